"""The problem as a planner's integers: shifts, door windows, paces, driving times."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.model.problem import Window
from routeplan.model.travel import LARGEST
from routeplan.planner.drives import Rows, nearest, shortest
from routeplan.planner.paces import Pace, decimal, most_at_once, paces_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from numpy.typing import NDArray

    from routeplan.model.problem import Problem, Team, TravelTimes

__all__ = ["DayRoute", "Held", "Instance", "Night", "Pace", "Shift", "Visit", "decimal", "outward"]


class Visit(NamedTuple):
    """A village, by its position in the problem, and the households reached there."""

    village: int
    households: int


@dataclass(frozen=True, slots=True)
class Shift:
    """One team's working day.

    Parameters
    ----------
    index
        Its position among all shifts; those of one team follow each other in the order of days.
    team, day
        Positions in the problem.
    start, end
        The working hours.
    opens, closes
        Shape (villages,): when setup may begin and doors must end.
    open
        Shape (villages,): whether there is any such time, and a way there and on.
    """

    index: int
    team: int
    day: int
    start: int
    end: int
    opens: NDArray[np.int64]
    closes: NDArray[np.int64]
    open: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Night:
    """What lies between two consecutive shifts of one team.

    Parameters
    ----------
    before, after
        Indices of the shifts.
    days
        Indices of the days that end with a night in the same bed.
    count
        Calendar nights between the two dates.
    """

    before: int
    after: int
    days: range
    count: int


class DayRoute(NamedTuple):
    """A shift that stays as it is: positions of the places where it starts and ends, its visits."""

    start: int
    end: int
    visits: tuple[Visit, ...]


class Held(NamedTuple):
    """What of a plan is decided before the search.

    Parameters
    ----------
    tours
        By shift: those that stay as they are.
    days
        By village: the days on which it may be visited, no other; none where it is left out. A
        village with such days must be visited on one of them.
    teams
        By village: the position of the only team that may visit it.
    """

    tours: Mapping[int, DayRoute]
    days: Mapping[int, frozenset[int]]
    teams: Mapping[int, int]


class Instance:
    """A problem made ready for planning.

    Parameters
    ----------
    problem
        What is asked.
    held
        What is decided already; nothing where left out.

    Attributes
    ----------
    at
        Shape (villages,): position of each village's place.
    fewest, most, whole, required
        Shape (villages,): least and most households of one visit, whether it is all or none, and
        whether there must be one (beside those of fixed tours).
    fixed
        Shifts whose visits and both end places are not to be changed; open for their own visits
        only.
    fixed_ends
        By shift: position of the place where it ends, where that is not to be changed.
    fixed_households
        Shape (villages,): reached by fixed tours.
    shifts, nights
        Of all teams, ordered by team, then day. ``nights[s]`` follows shift s, None after the last
        one of its team.
    origins
        By shift: position of the place where its team starts, where it is the team's first.
    paces
        By team and village: how long doors take.
    """

    def __init__(self, problem: Problem, held: Held | None = None) -> None:
        self.problem = problem
        self.held = held or Held({}, {}, {})
        self.fixed = frozenset(self.held.tours)
        self.villages = problem.villages
        self.at = np.array([problem.index[v.place] for v in self.villages], dtype=np.int64)
        self.households = np.array([v.households for v in self.villages], dtype=np.int64)
        self.weight = np.array([v.weight for v in self.villages], dtype=float)
        self.setup = np.array([v.setup_seconds for v in self.villages], dtype=np.int64)
        self.fewest = np.array([v.min_households for v in self.villages], dtype=np.int64)
        self.whole = np.array([not v.partial for v in self.villages], dtype=bool)
        self.required = np.array([v.required for v in self.villages], dtype=bool)
        self.most = np.array([most_at_once(v) for v in self.villages], dtype=np.int64)
        self.beds = {problem.index[s.place]: s.teams_per_night for s in problem.sleeps}
        self.rest = problem.rules.rest_seconds_per_day
        self.drive_limit = problem.rules.max_drive_seconds_per_day
        self.shifts: tuple[Shift, ...] = tuple(self._make_shifts())
        self.nights: tuple[Night | None, ...] = tuple(self._make_nights())
        self.fixed_ends = self._fixed_ends()
        self.fixed_households = np.zeros(len(self.villages), dtype=np.int64)
        self._require_held()
        self._nights: dict[int, tuple[int, ...]] = {}
        self._direct: dict[_Drive, tuple[NDArray[np.float64], NDArray[np.int64]]] = {}
        self._shortest: dict[_Drive, NDArray[np.float64]] = {}
        self.origins = tuple(
            problem.index[self.team(s).start] if self.first(s) else None
            for s in range(len(self.shifts))
        )
        speeds = {team.households_per_hour for team in problem.teams}
        paces = {speed: paces_of(speed, self.villages) for speed in speeds}
        self.paces = [paces[team.households_per_hour] for team in problem.teams]

    def team(self, shift: int) -> Team:
        """Return the team of a shift."""
        return self.problem.teams[self.shifts[shift].team]

    def travel(self, shift: int) -> TravelTimes:
        """Return the travel times of a shift's vehicle."""
        return self.problem.travel[self.team(shift).vehicle]

    def drive(self, shift: int) -> Rows:
        """Return the same as rows of plain numbers, None where there is no way."""
        return self._rows[self.team(shift).vehicle]

    def legs(
        self, shifts: NDArray[np.int64], origins: NDArray[np.int64], targets: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return seconds of drives in the vehicles of shifts, and whether there is a way."""
        seconds, way = np.zeros(len(shifts), dtype=np.int64), np.zeros(len(shifts), dtype=np.bool_)
        for number, times in enumerate(self.problem.travel.values()):
            own = self._vehicles[shifts] == number
            seconds[own] = times.seconds[origins[own], targets[own]]
            way[own] = times.reachable[origins[own], targets[own]]
        return seconds, way

    def pace(self, shift: int, village: int) -> Pace:
        """Return how long doors take a shift's team."""
        return self.paces[self.shifts[shift].team][village]

    def first(self, shift: int) -> bool:
        """Tell whether a shift is its team's first."""
        return shift == 0 or self.shifts[shift - 1].team != self.shifts[shift].team

    @property
    def is_pinned(self) -> bool:
        """Tell whether anything is decided already."""
        return bool(self.held.tours or self.held.days)

    def home(self, shift: int) -> int:
        """Return the position of the place where a shift's team has its own beds."""
        return self.problem.index[self.team(shift).end]

    @cached_property
    def working_seconds_per_household(self) -> float:
        """Working time of all shifts over all households, at least 1: the scale of the problem."""
        seconds = sum(shift.end - shift.start for shift in self.shifts)
        return max(seconds / max(int(self.households.sum()), 1), 1.0)

    @cached_property
    def chains(self) -> tuple[range, ...]:
        """Shifts of each team, for teams that work at all."""
        cuts = [*(s for s in range(len(self.shifts)) if self.first(s)), len(self.shifts)]
        return tuple(range(a, b) for a, b in itertools.pairwise(cuts))

    @cached_property
    def seconds_per_household(self) -> NDArray[np.float64]:
        """Shape (teams, villages): door time, not rounded."""
        known: dict[int, NDArray[np.float64]] = {}
        for row in self.paces:
            if id(row) not in known:
                known[id(row)] = np.array([pace.num / pace.den for pace in row], dtype=float)
        return np.array([known[id(row)] for row in self.paces], dtype=float)

    @cached_property
    def kinds(self) -> dict[int, tuple[object, ...]]:
        """The first shift of each kind of beginning, end, vehicle, pace, hours and windows.

        With it, all of these but the windows.
        """
        kinds: dict[tuple[object, ...], int] = {}
        for shift in self.shifts:
            team, number = self.team(shift.index), shift.index
            start = team.start if self.first(number) else None
            end = team.end if self.nights[number] is None else None
            pace = (team.vehicle, team.households_per_hour)
            kind = (start, end, team.end, pace, shift.start, shift.end)
            kinds.setdefault((*kind, id(shift.open)), number)
        return {number: kind[:-1] for kind, number in kinds.items()}

    def bounds(self, shift: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the places where a shift can begin and where it can end."""
        home, origin = self.home(shift), self.origins[shift]
        if home not in self._nights:
            beds = (place for place, room in self.beds.items() if room)
            self._nights[home] = tuple(sorted({home, *beds}))
        starts = self._nights[home] if origin is None else (origin,)
        return starts, (home,) if self.nights[shift] is None else self._nights[home]

    def direct(
        self, shift: int, places: tuple[int, ...], *, to: bool
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return what `drives.nearest` does, for a shift's vehicle."""
        vehicle = self.team(shift).vehicle
        key = vehicle, places, to
        if key not in self._direct:
            self._direct[key] = nearest(self.problem.travel[vehicle], places, to=to)
        return self._direct[key]

    def shortest(self, shift: int, places: tuple[int, ...], *, to: bool) -> NDArray[np.float64]:
        """Return what `drives.shortest` does, for a shift's vehicle and by way of any villages.

        Times made on roads are shortest already; those that people bring may not be.
        """
        vehicle = self.team(shift).vehicle
        key = vehicle, places, to
        if key not in self._shortest:
            self._shortest[key] = shortest(self.problem.travel[vehicle], places, self.at, to=to)
        return self._shortest[key]

    @cached_property
    def _rows(self) -> dict[str, Rows]:
        return {vehicle: Rows(times) for vehicle, times in self.problem.travel.items()}

    @cached_property
    def _vehicles(self) -> NDArray[np.int64]:
        """Shape (shifts,): the vehicle of each, numbered in the order of the travel times."""
        number = {vehicle: n for n, vehicle in enumerate(self.problem.travel)}
        of_teams = [number[team.vehicle] for team in self.problem.teams]
        return np.array([of_teams[shift.team] for shift in self.shifts], dtype=np.int64)

    def _make_shifts(self) -> list[Shift]:
        shifts: list[Shift] = []
        windows = self._make_windows()
        for k, team in enumerate(self.problem.teams):
            taken = [v for v, only in self.held.teams.items() if only != k]
            for d in self.problem.working_days(team):
                opens, closes, is_open = windows[d]
                tour = self.held.tours.get(len(shifts))
                if tour is not None:
                    visited = [visit.village for visit in tour.visits]
                    is_open = is_open & np.isin(np.arange(len(is_open)), visited)
                if taken:
                    is_open = is_open.copy()
                    is_open[taken] = False
                work = self.problem.days[d].work
                shifts.append(
                    Shift(len(shifts), k, d, work.start, work.end, opens, closes, is_open)
                )
        return shifts

    def _make_windows(self) -> list[_Windows]:
        """Return when each village's doors may be knocked, by day; days alike share arrays."""
        knocks = [v.knock or Window(0, LARGEST) for v in self.villages]
        starts = np.array([knock.start for knock in knocks], dtype=np.int64)
        ends = np.array([knock.end for knock in knocks], dtype=np.int64)
        known: dict[bytes, _Windows] = {}
        windows = []
        for number, day in enumerate(self.problem.days):
            opens = np.maximum(starts, day.doors.start)
            closes = np.minimum(ends, day.doors.end)
            is_open = opens <= closes
            is_open[[n for n, v in enumerate(self.villages) if number in v.closed_days]] = False
            is_open[[n for n, days in self.held.days.items() if number not in days]] = False
            opens[~is_open] = closes[~is_open] = 0
            found = _Windows(opens, closes, is_open)
            alike = b"".join(each.tobytes() for each in found)
            windows.append(known.setdefault(alike, found))
        return windows

    def _fixed_ends(self) -> dict[int, int]:
        ends = {}
        for shift, tour in self.held.tours.items():
            ends[shift] = tour.end
            if not self.first(shift):
                ends[shift - 1] = tour.start
        return ends

    def _require_held(self) -> None:
        """Require visits on the days that are held, but for what fixed tours visit already."""
        self.required[[village for village, days in self.held.days.items() if days]] = True
        for tour in self.held.tours.values():
            for village, households in tour.visits:
                self.required[village] = False
                self.fixed_households[village] += households

    def _make_nights(self) -> list[Night | None]:
        nights: list[Night | None] = []
        for shift in self.shifts:
            after = shift.index + 1
            if after == len(self.shifts) or self.shifts[after].team != shift.team:
                nights.append(None)
                continue
            days = range(shift.day, self.shifts[after].day)
            dates = self.problem.days
            count = (dates[days.stop].date - dates[days.start].date).days
            nights.append(Night(shift.index, after, days, count))
        return nights


# A vehicle, places to drive from or to, and whether it is to them.
_Drive = tuple[str, tuple[int, ...], bool]


class _Windows(NamedTuple):
    """See the fields of `Shift`."""

    opens: NDArray[np.int64]
    closes: NDArray[np.int64]
    open: NDArray[np.bool_]


def outward(bound: Fraction) -> float:
    """Return the least double that is not below a bound as the decimals of both are written."""
    nearest = float(bound)
    return nearest if decimal(nearest) >= bound else math.nextafter(nearest, math.inf)
