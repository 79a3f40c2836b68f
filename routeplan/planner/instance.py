"""The problem as the planner's integers: shifts, time windows, paces, driving times."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from routeplan.model.objective import exact
from routeplan.model.problem import Window
from routeplan.model.travel import LARGEST
from routeplan.planner.routes import DayRoute, InstancePins, Night, Shift, Visit
from routeplan.planner.times import (
    DriveTimes,
    Pace,
    most_per_visit,
    nearest,
    paces_of,
    shortest,
    within,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from routeplan.model.problem import Problem, Team, TravelTimes

    Ints = NDArray[np.int64]

NEVER = 1 << 40
"""Seconds: later than any time of day."""


class Instance:
    """A problem made ready for planning, with what is decided already.

    Attributes
    ----------
    at
        Shape (villages,): position of each village's place.
    households, weight, setup, whole
        Shape (villages,): the villages' own; `whole` where a visit must reach all households.
    min_households, max_households
        Shape (villages,): bounds on the households of one visit, at most all that there are; but
        see `fewest_households`.
    required
        Shape (villages,): whether a visit must be made, beside those of fixed routes.
    beds
        By position of a place: teams that it can put up in a night.
    fixed, fixed_ends
        Shifts with a fixed route, open for their own visits only; and by shift, the position of the
        place where it ends, where that is fixed.
    fixed_households
        Shape (villages,): reached by fixed routes.
    shifts, nights
        Of all teams, ordered by team, then day. ``nights[s]`` follows shift s, None after the last
        one of its team.
    paces
        By shift and village.
    rest, rest_from, rest_until
        Seconds of rest on a day with visits, and from when until when it may begin.
    drive_cost
        Of a second of driving, in weighted households.
    bonuses
        By shift, of its announced visits by village: weighted households beside those reached.
    district, floors
        Shape (villages,): the number of each village's district, -1 for none. Shape (districts,):
        the fewest households to be reached in each.
    """

    def __init__(self, problem: Problem, pins: InstancePins | None = None) -> None:
        self.problem, self.villages = problem, problem.villages
        self.pins = pins or InstancePins({}, {}, {})
        self.fixed = frozenset(self.pins.routes)
        self.at: Ints = _ints(problem.index[v.place] for v in self.villages)
        self.households: Ints = self._column("households")
        self.weight: NDArray[np.float64] = self._column("weight", np.float64)
        self.setup: Ints = self._column("setup_seconds")
        self.whole: NDArray[np.bool_] = ~self._column("partial", np.bool_)
        self.required: NDArray[np.bool_] = self._column("required", np.bool_)
        self.min_households: Ints = np.minimum(self._column("min_households"), self.households)
        self.max_households: Ints = _ints(map(most_per_visit, self.villages))
        self.beds = {problem.index[s.place]: s.teams_per_night for s in problem.sleeps}
        self.rest = problem.rules.rest_seconds_per_day
        self.rest_from, self.rest_until = _hours_of_rest(problem)
        self.drive_limit = problem.rules.max_drive_seconds_per_day
        self.drive_cost = problem.rules.drive_hour_worth / 3600
        self.shifts: tuple[Shift, ...] = tuple(self._make_shifts())
        self.nights: tuple[Night | None, ...] = tuple(map(self._make_night, self.shifts))
        self.required[[village for village, days in self.pins.days.items() if days]] = True
        self.fixed_households = np.zeros(len(self.villages), dtype=np.int64)
        self.fixed_ends: dict[int, int] = {}
        for shift, route in self.pins.routes.items():
            self._fix(shift, route)
        speeds = [self.households_per_hour(shift.index) for shift in self.shifts]
        paces = {speed: paces_of(speed, self.villages) for speed in set(speeds)}
        self.paces = [*map(paces.__getitem__, speeds)]
        number = {village.place: n for n, village in enumerate(self.villages)}
        self.bonuses = self._make_bonuses(number)
        self.district, self.floors = self._make_districts()
        self._nearest: dict[_Drive, tuple[NDArray[np.float64], Ints]] = {}
        self._shortest: dict[_Drive, NDArray[np.float64]] = {}

    def fewest_households(self, left: Ints | None = None) -> Ints:
        """Return the fewest households that a visit to each village must reach.

        That is all of a village that is not partial; else `min_households`, or what is left of it
        by visits of earlier days, where that is less. No visit is possible where it is more than
        `max_households` or what is left. All shapes are (villages,).
        """
        remaining = self.min_households if left is None else np.minimum(self.min_households, left)
        fewest: Ints = np.where(self.whole, self.households, remaining)
        return fewest

    def team(self, shift: int) -> Team:
        """Return the team of a shift."""
        return self.problem.teams[self.shifts[shift].team]

    def travel(self, shift: int) -> TravelTimes:
        """Return the travel times of a shift's vehicle."""
        return self.problem.travel[self.team(shift).vehicle]

    def drive(self, shift: int) -> DriveTimes:
        """Return the travel times of a shift's vehicle as plain numbers."""
        return self._drive_times[self.team(shift).vehicle]

    def pace(self, shift: int, village: int) -> Pace:
        """Return the pace of a shift's team in a village."""
        return self.paces[shift][village]

    def households_per_hour(self, shift: int) -> float | None:
        """Return the households per hour of a shift's team, None where visits take no time."""
        return self.team(shift).pace_on(self.shifts[shift].day)

    def first(self, shift: int) -> bool:
        """Return whether a shift is its team's first."""
        return shift == 0 or self.shifts[shift - 1].team != self.shifts[shift].team

    def home(self, shift: int) -> int:
        """Return the position of the place where a shift's team has its own beds."""
        return self.problem.index[self.team(shift).end]

    def day_routes(
        self, ends: Sequence[int], visits: Iterable[Sequence[Visit]] | None = None
    ) -> list[DayRoute]:
        """Return the routes of all shifts, each starting where the one before it ends."""
        starts = (
            ends[shift - 1] if origin is None else origin
            for shift, origin in enumerate(self.origins)
        )
        orders = itertools.repeat((), len(ends)) if visits is None else map(tuple, visits)
        return [*map(DayRoute, starts, ends, orders)]

    @property
    def is_pinned(self) -> bool:
        """Whether anything is decided already."""
        return bool(self.pins.routes or self.pins.days)

    @cached_property
    def weighted_households(self) -> Fraction:
        """Weighted households of all villages, exactly as their weights are written."""
        return sum((exact(v.weight) * v.households for v in self.villages), Fraction(0))

    @cached_property
    def most_objective(self) -> Fraction:
        """What a plan would bring that reaches everybody without driving, exactly."""
        return self.weighted_households + sum(map(exact, self.all_bonuses), Fraction(0))

    @cached_property
    def all_bonuses(self) -> tuple[float, ...]:
        """Of all announced visits."""
        return tuple(b for of_shift in self.bonuses.values() for b in of_shift.values())

    @cached_property
    def drive_cost_exactly(self) -> Fraction:
        """Cost of a second of driving, as the worth of an hour is written."""
        return exact(self.problem.rules.drive_hour_worth) / 3600

    def route_value(self, shift: int, route: DayRoute) -> Fraction:
        """Return what a route that can be driven adds to the objective, exactly."""
        visited = {village for village, households in route.visits if households > 0}
        value = sum((exact(self.villages[v].weight) * h for v, h in route.visits), Fraction(0))
        for village, bonus in self.bonuses.get(shift, {}).items():
            value += exact(bonus) if village in visited else 0
        if self.drive_cost:
            legs = (self.drive(shift)[leg] or 0 for leg in itertools.pairwise(self.stops(route)))
            value -= self.drive_cost_exactly * sum(legs)
        return value

    def stops(self, route: DayRoute) -> list[int]:
        """Return the places of a route in their order, from its start to its end."""
        return [route.start, *(int(self.at[v]) for v, _ in route.visits), route.end]

    @cached_property
    def working_seconds_per_household(self) -> float:
        """Working time of all shifts over all households, at least 1: the scale of the problem."""
        seconds = sum(shift.end - shift.start for shift in self.shifts)
        return max(seconds / max(int(self.households.sum()), 1), 1.0)

    @cached_property
    def origins(self) -> tuple[int | None, ...]:
        """By shift: position of the place where its team starts, where it is the team's first."""
        return tuple(
            self.problem.index[self.team(s.index).start] if self.first(s.index) else None
            for s in self.shifts
        )

    @cached_property
    def chains(self) -> tuple[range, ...]:
        """Shifts of each team, for teams that work at all."""
        cuts = [*(s for s in range(len(self.shifts)) if self.first(s)), len(self.shifts)]
        return tuple(range(a, b) for a, b in itertools.pairwise(cuts))

    @cached_property
    def seconds_per_household(self) -> NDArray[np.float64]:
        """Shape (shifts, villages): service time of a household, not rounded."""
        rows = {id(row): [pace.num / pace.den for pace in row] for row in self.paces}
        return np.array([rows[id(row)] for row in self.paces], dtype=float)

    @cached_property
    def shift_classes(self) -> dict[int, tuple[object, ...]]:
        """The first shift of each class of terminals, vehicle, pace, hours and time windows.

        With it, all of these but the time windows.
        """
        first: dict[tuple[object, ...], int] = {}
        for number, shift in enumerate(self.shifts):
            pace = (self.team(number).vehicle, self.households_per_hour(number))
            own = (self.terminals(number), pace, shift.start, shift.end)
            first.setdefault((*own, id(shift.open)), number)
        return {number: own[:-1] for own, number in first.items()}

    def terminals(self, shift: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the places where a shift can start and those where it can end.

        Overnight places are among them that the team can get to from its start and get home from,
        day by day and by way of any villages.
        """
        origin = self.origins[shift]
        starts = self.possible_ends[shift - 1] if origin is None else (origin,)
        return starts, self.possible_ends[shift]

    @cached_property
    def days_over(self) -> int:
        """How many days are over: those before the first day with a shift that is not fixed.

        None are where every shift is fixed.
        """
        if not self.fixed:
            return 0
        free = (shift.day for shift in self.shifts if shift.index not in self.fixed)
        return min(free, default=0)

    @cached_property
    def possible_ends(self) -> tuple[tuple[int, ...], ...]:
        """By shift: the places where it can end, see `terminals`; at least its team's home."""
        found: dict[object, list[tuple[int, ...]]] = {}
        ends: list[tuple[int, ...]] = []
        for chain in self.chains:
            team = replace(self.team(chain[0]), id="any", households_per_hour_by_day=None)
            fixed = tuple(self.fixed_ends.get(shift) for shift in chain)
            key = team, tuple(self.shifts[shift].day for shift in chain), fixed
            if key not in found:
                found[key] = self._possible_ends_of(chain)
            ends += found[key]
        return tuple(ends)

    def _possible_ends_of(self, chain: range) -> list[tuple[int, ...]]:
        home, origin = self.home(chain[0]), self.problem.index[self.team(chain[0]).start]
        every = [self._ends_allowed(shift) for shift in chain]
        here: tuple[int, ...] = (origin,)
        there: list[tuple[int, ...]] = []
        for shift, ends in zip(chain, every, strict=True):
            here = ends if shift in self.fixed else self._within_a_day(shift, here, ends, to=False)
            there.append(here)
        back: list[tuple[int, ...]] = []
        here = (home,)
        for shift in reversed(chain):
            back.append(here)
            starts = every[shift - 1 - chain[0]] if shift > chain[0] else (origin,)
            if shift in self.fixed:
                here = starts
            else:
                here = self._within_a_day(shift, here, starts, to=True)
        both = zip(there, reversed(back), strict=True)
        return [tuple(sorted({*one} & {*other})) or (home,) for one, other in both]

    def _ends_allowed(self, shift: int) -> tuple[int, ...]:
        """Return the places where a shift may end, whether or not there is a way to them."""
        night, limit = self.nights[shift], self.team(shift).max_nights_away
        if shift in self.fixed_ends:
            return (self.fixed_ends[shift],)
        home = self.home(shift)
        if night is None or (limit is not None and night.nights > limit):
            return (home,)
        beds = sorted(place for place, count in self.beds.items() if count and place != home)
        return (home, *beds)

    def _within_a_day(
        self, shift: int, places: tuple[int, ...], others: tuple[int, ...], *, to: bool
    ) -> tuple[int, ...]:
        """Return which others are at most a day's drive from, or `to`, any of some places."""
        day, times = self.shifts[shift], self.travel(shift)
        limit = min(day.end - day.start, NEVER if self.drive_limit is None else self.drive_limit)
        return within(times, places, others, self.at, limit=limit, to=to)

    def nearest(
        self, shift: int, places: tuple[int, ...], *, to: bool
    ) -> tuple[NDArray[np.float64], Ints]:
        """Return what `times.nearest` does, for a shift's vehicle."""
        key = self.team(shift).vehicle, places, to
        if key not in self._nearest:
            self._nearest[key] = nearest(self.travel(shift), places, to=to)
        return self._nearest[key]

    def shortest(self, shift: int, places: tuple[int, ...], *, to: bool) -> NDArray[np.float64]:
        """Return what `times.shortest` does, for a shift's vehicle and by way of any villages."""
        key = self.team(shift).vehicle, places, to
        if key not in self._shortest:
            self._shortest[key] = shortest(self.travel(shift), places, self.at, to=to)
        return self._shortest[key]

    @cached_property
    def _drive_times(self) -> dict[str, DriveTimes]:
        return {vehicle: DriveTimes(times) for vehicle, times in self.problem.travel.items()}

    def _make_districts(self) -> tuple[Ints, Ints]:
        districts = self.problem.districts
        number = {place: n for n, district in enumerate(districts) for place in district.places}
        floors = _ints(district.min_households for district in districts)
        return _ints(number.get(village.place, -1) for village in self.villages), floors

    def _make_bonuses(self, number: Mapping[str, int]) -> dict[int, dict[int, float]]:
        shift_of = {(self.team(s.index).id, s.day): s.index for s in self.shifts}
        bonuses: dict[int, dict[int, float]] = {}
        for each in self.problem.announced:
            shift = shift_of.get((each.team, each.day))
            if shift is not None:
                bonuses.setdefault(shift, {})[number[each.place]] = each.bonus
        return bonuses

    def _column(self, name: str, dtype: type = np.int64) -> NDArray[Any]:
        return np.array([getattr(v, name) for v in self.villages], dtype=dtype)

    def _make_shifts(self) -> list[Shift]:
        shifts: list[Shift] = []
        windows = self._make_windows()
        for k, team in enumerate(self.problem.teams):
            of_others = [v for v, only in self.pins.teams.items() if only != k]
            for d in self.problem.working_days(team):
                opens, closes, is_open = windows[d]
                route = self.pins.routes.get(len(shifts))
                if route is not None:
                    visited = [visit.village for visit in route.visits]
                    is_open = is_open & np.isin(np.arange(len(is_open)), visited)
                if of_others:
                    is_open = is_open.copy()
                    is_open[of_others] = False
                work = self.problem.days[d].work
                shifts.append(
                    Shift(len(shifts), k, d, work.start, work.end, opens, closes, is_open)
                )
        return shifts

    def _make_windows(self) -> list[tuple[Ints, Ints, NDArray[np.bool_]]]:
        """Return `opens`, `closes` and `open` of shifts by day; days alike share arrays."""
        knocks = [v.knock or Window(0, LARGEST) for v in self.villages]
        starts = np.array([knock.start for knock in knocks], dtype=np.int64)
        ends = np.array([knock.end for knock in knocks], dtype=np.int64)
        alike: dict[bytes, tuple[Ints, Ints, NDArray[np.bool_]]] = {}
        windows = []
        for number, day in enumerate(self.problem.days):
            opens = np.maximum(starts, day.doors.start)
            closes = np.minimum(ends, day.doors.end)
            is_open = opens <= closes
            is_open[[n for n, v in enumerate(self.villages) if number in v.closed_days]] = False
            is_open[[n for n, days in self.pins.days.items() if number not in days]] = False
            opens[~is_open] = closes[~is_open] = 0
            key = opens.tobytes() + closes.tobytes() + is_open.tobytes()
            windows.append(alike.setdefault(key, (opens, closes, is_open)))
        return windows

    def _make_night(self, shift: Shift) -> Night | None:
        after = shift.index + 1
        if after == len(self.shifts) or self.shifts[after].team != shift.team:
            return None
        days, dates = range(shift.day, self.shifts[after].day), self.problem.days
        return Night(days, (dates[days.stop].date - dates[days.start].date).days)

    def _fix(self, shift: int, route: DayRoute) -> None:
        """Note where a fixed route starts and ends, and what it leaves to be required."""
        self.fixed_ends[shift] = route.end
        if not self.first(shift):
            self.fixed_ends[shift - 1] = route.start
        for village, households in route.visits:
            self.required[village] = False
            self.fixed_households[village] += households


def _hours_of_rest(problem: Problem) -> tuple[int, int]:
    hours = problem.rules.rest_between
    return (-NEVER, NEVER) if hours is None else (hours.start, hours.end)


def _ints(values: Iterable[int]) -> Ints:
    return np.array([*values], dtype=np.int64)


# A vehicle, places to drive from or to, and whether it is to them.
_Drive = tuple[str, tuple[int, ...], bool]
