"""When one shift's visits happen: earliest times with door windows, drive limit and one rest.

The rest is one piece at one of the stops, before or after setup and doors there, so a day is timed
forward in two states, before and after the rest. Being earlier never hurts, hence the earliest time
of each state is enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from routeplan.planner.instance import Visit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from routeplan.planner.instance import Instance

__all__ = ["DayTimes", "StopTimes", "drive_seconds", "most_households", "time_day"]


class StopTimes(NamedTuple):
    """A stop's times, in seconds after the day's midnight."""

    arrive: int
    start: int
    end: int


class DayTimes(NamedTuple):
    """A timed day; `rest` is the position of the stop and the rest's start and end."""

    depart: int
    arrive: int
    drive_seconds: int
    stops: tuple[StopTimes, ...]
    rest: tuple[int, int, int] | None


class _State(NamedTuple):
    """Earliest readiness to leave a stop, and the stop and rest that led there."""

    ready: int
    stop: StopTimes | None
    rest: tuple[int, int, int] | None
    before: _State | None


def drive_seconds(
    instance: Instance, shift: int, start: int, end: int, visits: Sequence[Visit]
) -> int | None:
    """Return the driving of a day; None where there is no way or it is beyond the limit."""
    drive = instance.drive(shift)
    total, place = 0, start
    for visit in visits:
        leg = drive[place][int(instance.at[visit.village])]
        if leg is None:
            return None
        total, place = total + leg, int(instance.at[visit.village])
    last = drive[place][end]
    if last is None:
        return None
    total += last
    limit = instance.drive_limit
    return total if limit is None or total <= limit else None


def time_day(
    instance: Instance, shift: int, start: int, end: int, visits: Sequence[Visit]
) -> DayTimes | None:
    """Time a day as early as can be, leaving as late as that allows.

    Parameters
    ----------
    instance, shift
        Whose day.
    start, end
        Positions of the places where it begins and ends.
    visits
        In their order.

    Returns
    -------
    DayTimes or None
        None where the day cannot be kept.
    """
    driven = drive_seconds(instance, shift, start, end, visits)
    if driven is None:
        return None
    day = instance.shifts[shift]
    drive = instance.drive(shift)
    unrested: _State | None = _State(day.start, None, None, None)
    rested: _State | None = None if instance.rest and visits else unrested
    place = start
    for position, visit in enumerate(visits):
        at = int(instance.at[visit.village])
        leg = drive[place][at]
        if leg is None or not day.open[visit.village]:
            return None
        unrested, rested = _visit(instance, day.index, position, visit, leg, (unrested, rested))
        if unrested is None and rested is None:
            return None
        place = at
    back = drive[place][end]
    if rested is None or back is None or rested.ready + back > day.end:
        return None
    if not visits:
        return DayTimes(day.start, day.start + back, driven, (), None)
    stops, rest = _leave_late(_stops(rested), rested.rest, instance.rest)
    first_leg = drive[start][int(instance.at[visits[0].village])] or 0
    return DayTimes(stops[0].arrive - first_leg, rested.ready + back, driven, stops, rest)


def most_households(
    instance: Instance,
    shift: int,
    ends: tuple[int, int],
    visits: Sequence[Visit],
    position: int,
    most: int,
) -> int:
    """Return how many households the visit at a position can reach, the others as they are.

    Returns
    -------
    int
        At most `most`; -1 where the day cannot even be kept without a door there.
    """
    village = visits[position].village

    def fits(households: int) -> bool:
        changed = [*visits[:position], Visit(village, households), *visits[position + 1 :]]
        return time_day(instance, shift, *ends, changed) is not None

    if fits(most):
        return most
    low, high = -1, most
    while high - low > 1:
        middle = (low + high) // 2
        if fits(middle):
            low = middle
        else:
            high = middle
    return low


def _visit(
    instance: Instance,
    shift: int,
    position: int,
    visit: Visit,
    leg: int,
    states: tuple[_State | None, _State | None],
) -> tuple[_State | None, _State | None]:
    day = instance.shifts[shift]
    opens, closes = int(day.opens[visit.village]), int(day.closes[visit.village])
    doors = instance.pace(shift, visit.village).seconds(visit.households)
    lasts = int(instance.setup[visit.village]) + doors
    unrested, rested = states

    def serve(state: _State, rest: int) -> _State | None:
        arrive = state.ready + leg
        begin = max(arrive + rest, opens)
        if begin + lasts > closes:
            return None
        stop = StopTimes(arrive, begin, begin + lasts)
        taken = (position, arrive, arrive + rest) if rest else state.rest
        return _State(stop.end, stop, taken, state)

    plain = serve(unrested, 0) if unrested else None
    after: list[_State | None] = [serve(rested, 0) if rested else None]
    if instance.rest and unrested:
        after.append(serve(unrested, instance.rest))
    if instance.rest and plain and plain.stop:
        done = plain.stop.end
        rest = (position, done, done + instance.rest)
        after.append(_State(done + instance.rest, plain.stop, rest, plain.before))
    kept = [state for state in after if state is not None]
    return plain, min(kept, key=lambda state: state.ready, default=None)


def _stops(last: _State) -> list[StopTimes]:
    stops: list[StopTimes] = []
    state: _State | None = last
    while state is not None and state.stop is not None:
        stops.append(state.stop)
        state = state.before
    return stops[::-1]


def _leave_late(
    stops: list[StopTimes], rest: tuple[int, int, int] | None, seconds: int
) -> tuple[tuple[StopTimes, ...], tuple[int, int, int] | None]:
    """Reach the first stop as late as keeps all that follows: waiting is better done in bed."""
    first = stops[0]
    rests_there_first = rest is not None and rest[0] == 0 and rest[1] < first.start
    reached = first.start - (seconds if rests_there_first else 0)
    stops[0] = first._replace(arrive=reached)
    return tuple(stops), (0, reached, first.start) if rests_there_first else rest
