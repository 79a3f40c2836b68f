"""A plan in the making, and when one shift's visits happen.

The rest of a day is one piece at one of its stops, before, after or inside setup and doors, so a
day is timed forward in two states, before and after the rest. Being earlier never hurts, hence the
earliest time of each state is enough. Inside doors a rest is of use only where they last until
after the hours in which it may begin: after them it takes no longer.
"""

from __future__ import annotations

import bisect
from copy import copy
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from routeplan.planner.instance import Instance
    from routeplan.planner.routes import DayRoute, Visit


class Solution:
    """A route for each shift, changed in place while a plan is searched.

    Each starts where its team's route before it ends. Households reached are counted by village in
    `reached`, and by day and village in `reached_on`.
    """

    def __init__(self, instance: Instance, routes: Iterable[DayRoute]) -> None:
        self.instance = instance
        self.routes = list(routes)
        days, villages = len(instance.problem.days), len(instance.villages)
        self.reached_on: NDArray[np.int64] = np.zeros((days, villages), dtype=np.int64)
        self.reached: NDArray[np.int64] = np.zeros(villages, dtype=np.int64)
        self.visit_counts: NDArray[np.int64] = np.zeros(villages, dtype=np.int64)
        # By day, as long as no visit changes.
        self._fewest: dict[int, NDArray[np.int64]] = {}
        # By shift: the route that was timed last, and its times.
        self._timed: dict[int, tuple[DayRoute, DayTimes | None]] = {}
        for shift in range(len(self.routes)):
            self._count(shift, 1)

    def copy(self) -> Solution:
        """Return a solution that can be changed apart from this one."""
        twin = copy(self)
        twin.routes = list(self.routes)
        twin.reached_on, twin.reached = self.reached_on.copy(), self.reached.copy()
        twin.visit_counts = self.visit_counts.copy()
        twin._fewest, twin._timed = {}, dict(self._timed)  # noqa: SLF001  # its own
        return twin

    def reuse_times(self, other: Solution) -> None:
        """Take over the times of another solution, for the routes that are equal."""
        self._timed = {**other._timed, **self._timed}

    def times(self, shift: int) -> DayTimes | None:
        """Return the times of a shift; None where its route is not feasible."""
        route = self.routes[shift]
        timed = self._timed.get(shift)
        if timed is None or timed[0] != route:
            timed = route, time_day(self.instance, shift, route)
            self._timed[shift] = timed
        return timed[1]

    def is_feasible(self) -> bool:
        """Return whether the route of every shift is feasible by itself."""
        return all(self.times(shift.index) is not None for shift in self.instance.shifts)

    def set_visits(self, shift: int, visits: Iterable[Visit]) -> None:
        """Give a shift other visits."""
        self.set_route(shift, self.routes[shift]._replace(visits=tuple(visits)))

    def set_route(self, shift: int, route: DayRoute) -> None:
        """Give a shift another route."""
        self._count(shift, -1)
        self.routes[shift] = route
        self._count(shift, 1)

    def set_end(self, shift: int, place: int) -> None:
        """Let a shift end at another place, where its team's next one then starts."""
        self.routes[shift] = self.routes[shift]._replace(end=place)
        if self.instance.nights[shift] is not None:
            self.routes[shift + 1] = self.routes[shift + 1]._replace(start=place)

    def left(self) -> NDArray[np.int64]:
        """Return the households that no visit reaches, shape (villages,)."""
        left: NDArray[np.int64] = self.instance.households - self.reached
        return left

    def fewest_households(self, day: int) -> NDArray[np.int64]:
        """Return the fewest households that a visit on a day must reach, shape (villages,)."""
        inst = self.instance
        if day not in self._fewest:
            left = inst.households - self.reached_on[:day].sum(axis=0)
            self._fewest[day] = inst.fewest_households(left)
        return self._fewest[day]

    def unvisited_required(self) -> NDArray[np.bool_]:
        """Return where a visit must be made and none is, shape (villages,)."""
        unvisited: NDArray[np.bool_] = self.instance.required & (self.visit_counts == 0)
        return unvisited

    def score(self) -> tuple[int, float, int]:
        """Return the objective, the larger the better.

        Required villages visited and households that districts must have come first, then
        weighted households with bonuses and less the cost of driving, then the least driving.
        """
        inst, driven = self.instance, self.drive_seconds()
        missing = int(self.unvisited_required().sum() + self.lacking_in_districts().sum())
        weighted = float(self.reached @ inst.weight) + self.bonus() - inst.drive_cost * driven
        return -missing, weighted, -driven

    def lacking_in_districts(self) -> NDArray[np.int64]:
        """Return how many households each district lacks of its fewest, shape (districts,)."""
        inst = self.instance
        inside = inst.district >= 0
        in_district = inst.district[inside], self.reached[inside]
        reached = np.bincount(*in_district, minlength=len(inst.floors)).astype(np.int64)
        lacking: NDArray[np.int64] = np.maximum(inst.floors - reached, 0)
        return lacking

    def bonus(self) -> float:
        """Return the bonuses of announced visits that are made."""
        return sum(
            bonuses.get(village, 0.0)
            for shift, bonuses in self.instance.bonuses.items()
            for village, households in self.routes[shift].visits
            if households > 0
        )

    def drive_seconds(self) -> int:
        """Return the driving of all shifts whose driving is possible."""
        legs = (drive_legs(self.instance, shift, r) for shift, r in enumerate(self.routes))
        return sum(sum(seconds) for seconds in legs if seconds is not None)

    def _count(self, shift: int, sign: int) -> None:
        day = self.instance.shifts[shift].day
        self._fewest.clear()
        for village, households in self.routes[shift].visits:
            self.reached_on[day, village] += sign * households
            self.reached[village] += sign * households
            self.visit_counts[village] += sign


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
    """Earliest time to leave a stop, and the stops and the rest that led there."""

    ready: int
    stop: StopTimes | None = None
    rest: tuple[int, int, int] | None = None
    previous: _State | None = None


def drive_legs(instance: Instance, shift: int, route: DayRoute) -> list[int] | None:
    """Return the seconds of each leg; None where there is no way, or beyond the drive limit."""
    drive, limit = instance.drive(shift), instance.drive_limit
    legs = []
    for leg in pairwise(instance.stops(route)):
        seconds = drive[leg]
        if seconds is None:
            return None
        legs.append(seconds)
    return legs if limit is None or sum(legs) <= limit else None


def time_day(instance: Instance, shift: int, route: DayRoute) -> DayTimes | None:
    """Time a day as early as possible, but leave as late as that allows; None if not feasible."""
    legs = drive_legs(instance, shift, route)
    if legs is None:
        return None
    day, last = instance.shifts[shift], legs[-1]
    before: _State | None = _State(day.start)
    after = None if instance.rest and route.visits else before
    for position, (visit, leg) in enumerate(zip(route.visits, legs, strict=False)):
        if not day.open[visit.village]:
            return None
        before, after = _visit(instance, shift, (position, visit, leg), before, after)
    if after is None or after.ready + last > day.end:
        return None
    if not route.visits:
        return DayTimes(day.start, day.start + last, last, (), None)
    stops, rest = _stops_of(after, instance)
    depart = stops[0].arrive - legs[0]
    return DayTimes(depart, after.ready + last, sum(legs), stops, rest)


def most_households(
    instance: Instance, shift: int, route: DayRoute, position: int, most: int
) -> int:
    """Return how many households the visit at a position can reach, the others as they are.

    That is at most `most`, and -1 where the route is not even feasible with 0 households there.
    """

    def is_too_many(households: int) -> bool:
        changed = route.with_households(position, households)
        return time_day(instance, shift, changed) is None

    if not is_too_many(most):
        return most
    return bisect.bisect(range(most), x=False, key=is_too_many) - 1


def _visit(
    instance: Instance,
    shift: int,
    stop: tuple[int, Visit, int],
    before: _State | None,
    after: _State | None,
) -> tuple[_State | None, _State | None]:
    """Extend the states before and after the rest by a stop: position, visit and leg to it."""
    position, visit, leg = stop
    day, seconds = instance.shifts[shift], instance.rest
    opens, closes = int(day.opens[visit.village]), int(day.closes[visit.village])
    setup = int(instance.setup[visit.village])
    lasts = setup + instance.pace(shift, visit.village).seconds(visit.households)

    def serve(state: _State, rest: tuple[int, int, int] | None = None) -> _State | None:
        """Time the visit, after a rest at its stop where one is given."""
        arrive = state.ready + leg
        begin = max(rest[2] if rest else arrive, opens)
        if begin + lasts > closes:
            return None
        stop = StopTimes(arrive, begin, begin + lasts)
        return _State(stop.end, stop, rest or state.rest, state)

    plain = serve(before) if before else None
    options = [serve(after) if after else None]
    if seconds and before:
        rest_from = max(before.ready + leg, instance.rest_from)
        if rest_from <= instance.rest_until:
            options.append(serve(before, (position, rest_from, rest_from + seconds)))
    if seconds and plain:
        options.append(_rest_after(instance, position, plain))
        options.append(_rest_inside(instance, position, plain, (setup, closes)))
    possible = [state for state in options if state is not None]
    return plain, min(possible, key=lambda state: state.ready, default=None)


def _rest_after(instance: Instance, position: int, plain: _State) -> _State | None:
    """Return the state with the rest after a visit without one, where it may begin then."""
    begin = max(plain.ready, instance.rest_from)
    if begin > instance.rest_until:
        return None
    end = begin + instance.rest
    return plain._replace(ready=end, rest=(position, begin, end))


def _rest_inside(
    instance: Instance, position: int, plain: _State, visit: tuple[int, int]
) -> _State | None:
    """Return the state with the rest inside a visit, of so much setup, that closes at a time."""
    if plain.stop is None:
        return None
    (setup, closes), (arrive, start, end) = visit, plain.stop
    is_late = end <= instance.rest_until or start > instance.rest_until
    if is_late or end + instance.rest > closes:
        return None
    # After setup, if it may be.
    begin = max(start, min(start + setup, instance.rest_until), instance.rest_from)
    stop = StopTimes(arrive, start, end + instance.rest)
    return plain._replace(ready=stop.end, stop=stop, rest=(position, begin, begin + instance.rest))


def _stops_of(
    last: _State, instance: Instance
) -> tuple[tuple[StopTimes, ...], tuple[int, int, int] | None]:
    """Return all stops and the rest, the first reached as late as keeps all that follows."""
    stops: list[StopTimes] = []
    state: _State | None = last
    while state is not None and state.stop is not None:
        stops.insert(0, state.stop)
        state = state.previous
    first, rest = stops[0], last.rest
    reached = first.start
    if rest is not None and rest[0] == 0 and rest[1] < first.start:
        reached = min(first.start - instance.rest, instance.rest_until)
        rest = (0, reached, reached + instance.rest)
    stops[0] = first._replace(arrive=reached)
    return tuple(stops), rest
