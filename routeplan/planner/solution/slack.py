"""How much time there is for one more visit, at every position of many shifts at once.

A day is timed forward and backward in two states, before and after the rest, as `timing` times one
day; what is in between is the slack of a position. Door times are divided in doubles, so there may
be a hair too much of it, but never too little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from routeplan.planner.instance import Instance, Shift
    from routeplan.planner.solution.solution import Solution

__all__ = ["HAIR", "Positions", "Slack", "positions_of", "slack_at"]

# Later than any day ends.
NEVER = 1 << 40
# Seconds that the division of door times may be wrong by.
HAIR = 1e-6
# Positions times villages that are looked at at once.
CELLS = 1 << 18


class Positions(NamedTuple):
    """Where a visit can be inserted, in shifts of one day with the same windows, vehicle and pace.

    Parameters
    ----------
    shift, position
        Shape (positions,): which position of which shift; in this order.
    before, after
        Shape (positions,): the places between which it is.
    ready, rested
        Shape (positions,): when the team can leave the place before, without and with its rest.
    latest, unrested
        Shape (positions,): when it must reach the place after, with and without its rest.
    driven
        Shape (positions,): driving of the whole shift.
    """

    shift: NDArray[np.int64]
    position: NDArray[np.int64]
    before: NDArray[np.int64]
    after: NDArray[np.int64]
    ready: NDArray[np.int64]
    rested: NDArray[np.int64]
    latest: NDArray[np.int64]
    unrested: NDArray[np.int64]
    driven: NDArray[np.int64]

    def part(self, rows: slice) -> Positions:
        """Return some of the positions."""
        return Positions(*(each[rows] for each in self))


class Slack(NamedTuple):
    """Time for the doors of a visit of each village at each position.

    Parameters
    ----------
    spare
        Shape (positions, villages): seconds, below 0 where there are too few.
    unrested
        The same, if no rest were due.
    way
        Shape (positions, villages): whether there is a way within the drive limit, and the shift
        has no visit of the village.
    """

    spare: NDArray[np.int64]
    unrested: NDArray[np.int64]
    way: NDArray[np.bool_]


def positions_of(solution: Solution, *, villages: int) -> Iterator[Positions]:
    """Yield all positions of shifts that may be changed; of empty shifts alike, of the first only.

    Parameters
    ----------
    solution
        Keeps every rule.
    villages
        For how many villages they are looked at: decides how many are yielded at once.
    """
    inst = solution.instance
    groups: dict[object, list[int]] = {}
    empty: set[object] = set()
    for shift in inst.shifts:
        number, team = shift.index, inst.team(shift.index)
        if number in inst.fixed:
            continue
        group = (shift.day, team.vehicle, team.households_per_hour, id(shift.open))
        alike = (group, solution.start(number), solution.ends[number])
        if solution.visits[number] or alike not in empty:
            groups.setdefault(group, []).append(number)
        if not solution.visits[number]:
            empty.add(alike)
    most = max(1, CELLS // max(villages, 1))
    for shifts in groups.values():
        found = _positions(solution, shifts)
        for first in range(0, len(found.shift), most):
            yield found.part(slice(first, first + most))


def slack_at(solution: Solution, at: Positions, villages: NDArray[np.int64]) -> Slack:
    """Return how much time there is for visits of some villages at some positions."""
    inst = solution.instance
    number = int(at.shift[0])
    day, times, rest = inst.shifts[number], inst.travel(number), inst.rest
    places = inst.at[villages]
    there, on = np.ix_(at.before, places), np.ix_(places, at.after)
    way = times.reachable[there] & times.reachable[on].T
    out, back = times.seconds[there], np.ascontiguousarray(times.seconds[on].T)
    if inst.drive_limit is not None:
        legs = times.seconds[at.before, at.after]
        way &= out + back <= (inst.drive_limit - at.driven + legs)[:, None]
    opens, closes, setup = day.opens[villages], day.closes[villages], inst.setup[villages]

    def between(ready: NDArray[np.int64], latest: NDArray[np.int64]) -> NDArray[np.int64]:
        ends = np.minimum(latest[:, None] - back, closes)
        spare: NDArray[np.int64] = ends - np.maximum(ready[:, None] + out, opens) - setup
        return spare

    unrested = between(at.ready, at.latest)
    # The rest was before the visit, or is before its doors; or it is after its doors, or later.
    early = between(np.minimum(at.rested, at.ready + rest), at.latest)
    late = between(at.ready, np.maximum(at.latest - rest, at.unrested))
    _rule_out_visited(solution, at, villages, way)
    return Slack(np.maximum(early, late), unrested, way)


def _rule_out_visited(
    solution: Solution, at: Positions, villages: NDArray[np.int64], way: NDArray[np.bool_]
) -> None:
    column = {village: n for n, village in enumerate(villages.tolist())}
    first = np.flatnonzero(np.diff(at.shift, prepend=-1))
    last = np.append(first[1:], len(at.shift))
    for shift, rows in zip(at.shift[first].tolist(), map(slice, first, last), strict=True):
        visited = [column[v] for v, _ in solution.visits[shift] if v in column]
        if visited:
            way[rows, visited] = False


def _positions(solution: Solution, shifts: Sequence[int]) -> Positions:
    """Return the positions of shifts of one day with the same windows, vehicle and pace."""
    inst = solution.instance
    day, times = inst.shifts[shifts[0]], inst.travel(shifts[0])
    counts = np.array([len(solution.visits[shift]) for shift in shifts])
    most = int(counts.max())
    villages, households = np.zeros((2, len(shifts), most), dtype=np.int64)
    places = np.repeat(
        np.array([solution.ends[shift] for shift in shifts])[:, None], most + 2, axis=1
    )
    places[:, 0] = [solution.start(shift) for shift in shifts]
    is_stop = np.arange(most) < counts[:, None]
    flat = [visit for shift in shifts for visit in solution.visits[shift]]
    villages[is_stop] = [visit.village for visit in flat]
    households[is_stop] = [visit.households for visit in flat]
    places[:, 1:-1] = np.where(is_stop, inst.at[villages], places[:, 1:-1])
    legs = times.seconds[places[:, :-1], places[:, 1:]]
    slow = inst.seconds_per_household[day.team][villages]
    doors = np.ceil(households * slow - HAIR).astype(np.int64)
    stops = _Stops(is_stop, day.opens[villages], day.closes[villages], inst.setup[villages] + doors)
    ready, rested = _forward(day, inst, legs, stops)
    latest, unrested = _backward(day, inst, legs, stops)
    row, position = np.nonzero(np.arange(most + 1) <= counts[:, None])
    cells = row, position
    return Positions(
        shift=np.array(shifts)[row],
        position=position,
        before=places[:, :-1][cells],
        after=places[:, 1:][cells],
        ready=ready[cells],
        rested=rested[cells],
        latest=latest[cells],
        unrested=unrested[cells],
        driven=legs.sum(axis=1)[row],
    )


class _Stops(NamedTuple):
    """Shape (shifts, stops): what are stops at all, their windows, and how long visits last."""

    real: NDArray[np.bool_]
    opens: NDArray[np.int64]
    closes: NDArray[np.int64]
    lasts: NDArray[np.int64]

    def at(self, position: int) -> _Stops:
        """Return the stops at a position."""
        opens, closes, lasts = (each[:, position] for each in self[1:])
        return _Stops(self.real[:, position], opens, closes, lasts)


def _forward(
    day: Shift, inst: Instance, legs: NDArray[np.int64], stops: _Stops
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return when each position is left at the earliest, before and after the rest."""
    ready, rested = np.full((2, *legs.shape), NEVER)
    ready[:, 0] = day.start
    if not inst.rest:
        rested[:, 0] = day.start
    for position in range(legs.shape[1] - 1):
        leg, stop = legs[:, position], stops.at(position)

        def serve(leave: NDArray[np.int64], stop: _Stops = stop) -> NDArray[np.int64]:
            done = np.maximum(leave, stop.opens) + stop.lasts
            return np.where(done <= stop.closes, done, NEVER)

        before, after = ready[:, position] + leg, rested[:, position] + leg
        plain = serve(before)
        least = np.minimum(np.minimum(serve(after), serve(before + inst.rest)), plain + inst.rest)
        ready[:, position + 1] = np.where(stop.real, plain, NEVER)
        rested[:, position + 1] = np.where(stop.real, least, NEVER)
    return ready, rested


def _backward(
    day: Shift, inst: Instance, legs: NDArray[np.int64], stops: _Stops
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return when the place after each position is reached at the latest, after the rest or not."""
    latest, unrested = np.empty((2, *legs.shape), dtype=np.int64)
    latest[:, -1] = day.end
    unrested[:, -1] = -NEVER if inst.rest else day.end
    for position in range(legs.shape[1] - 2, -1, -1):
        leg, stop = legs[:, position + 1], stops.at(position)

        def serve(reach: NDArray[np.int64], stop: _Stops = stop) -> NDArray[np.int64]:
            begin = np.minimum(reach, stop.closes) - stop.lasts
            return np.where(begin >= stop.opens, begin, -NEVER)

        after, due = latest[:, position + 1] - leg, unrested[:, position + 1] - leg
        plain = serve(after)
        most = np.maximum(np.maximum(serve(due), plain - inst.rest), serve(after - inst.rest))
        latest[:, position] = np.where(stop.real, plain, latest[:, position + 1])
        unrested[:, position] = np.where(stop.real, most, unrested[:, position + 1])
    return latest, unrested
