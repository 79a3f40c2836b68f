"""A plan in the making, and when one shift's visits happen.

The rest of a day is one piece at one of its stops, before setup or after the last household there,
so a day is timed forward in two states, before and after the rest. Being earlier never hurts, hence
the earliest time of each state is enough.
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

    from routeplan.planner.instance import DayRoute, Instance, Visit


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
        self._count(shift, -1)
        self.routes[shift] = self.routes[shift]._replace(visits=tuple(visits))
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

        Required villages visited come first, then weighted households, then the least driving.
        """
        missing = int(self.unvisited_required().sum())
        weighted = float(self.reached @ self.instance.weight)
        return -missing, weighted, -self.drive_seconds()

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
    stops = [int(instance.at[visit.village]) for visit in route.visits]
    legs = []
    for leg in pairwise([route.start, *stops, route.end]):
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
    stops, rest = _stops_of(after, instance.rest)
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
    service = instance.pace(shift, visit.village).seconds(visit.households)
    lasts = int(instance.setup[visit.village]) + service

    def serve(state: _State, rest: int) -> _State | None:
        arrive = state.ready + leg
        begin = max(arrive + rest, opens)
        if begin + lasts > closes:
            return None
        stop = StopTimes(arrive, begin, begin + lasts)
        taken = (position, arrive, arrive + rest) if rest else state.rest
        return _State(stop.end, stop, taken, state)

    plain = serve(before, 0) if before else None
    options = [serve(after, 0) if after else None]
    if seconds and before:
        options.append(serve(before, seconds))
    if seconds and plain:
        end = plain.ready + seconds
        options.append(plain._replace(ready=end, rest=(position, plain.ready, end)))
    possible = [state for state in options if state is not None]
    return plain, min(possible, key=lambda state: state.ready, default=None)


def _stops_of(
    last: _State, seconds: int
) -> tuple[tuple[StopTimes, ...], tuple[int, int, int] | None]:
    """Return all stops and the rest, the first reached as late as keeps all that follows."""
    stops: list[StopTimes] = []
    state: _State | None = last
    while state is not None and state.stop is not None:
        stops.insert(0, state.stop)
        state = state.previous
    first, rest = stops[0], last.rest
    rests_there_first = rest is not None and rest[0] == 0 and rest[1] < first.start
    reached = first.start - (seconds if rests_there_first else 0)
    stops[0] = first._replace(arrive=reached)
    return tuple(stops), (0, reached, first.start) if rests_there_first else rest
