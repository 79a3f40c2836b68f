"""The problem as a planner's integers: shifts, door windows, paces, driving times."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from routeplan.problem import Problem, Team, TravelTimes, Village, Window

__all__ = ["FixedTour", "Held", "Instance", "Night", "Pace", "Shift", "Visit", "decimal", "outward"]


class Visit(NamedTuple):
    """A village, by its position in the problem, and the households reached there."""

    village: int
    households: int


class Pace(NamedTuple):
    """Door time as an exact ratio: `households` doors take ceil(households · num / den) seconds.

    The ratio is that of the decimals as they are written, so that 20 doors an hour at pace 1.1 are
    22 and not a hair more.
    """

    num: int
    den: int

    def seconds(self, households: int) -> int:
        """Return the time at that many doors."""
        return -(-households * self.num // self.den)

    def households(self, seconds: int, most: int) -> int:
        """Return how many doors fit into a time, `most` at the most."""
        if seconds < 0:
            return 0
        return most if self.num == 0 else min(most, seconds * self.den // self.num)


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


class FixedTour(NamedTuple):
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

    tours: Mapping[int, FixedTour]
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
        self.most = np.array([_most(v) for v in self.villages], dtype=np.int64)
        self.beds = {problem.index[s.place]: s.teams_per_night for s in problem.sleeps}
        self.rest = problem.rules.rest_seconds_per_day
        self.drive_limit = problem.rules.max_drive_seconds_per_day
        self.shifts: tuple[Shift, ...] = tuple(self._make_shifts())
        self.nights: tuple[Night | None, ...] = tuple(self._make_nights())
        self.fixed_ends = self._fixed_ends()
        self.fixed_households = np.zeros(len(self.villages), dtype=np.int64)
        self._require_held()
        self._shortest: dict[str, NDArray[np.float64]] = {}
        self.paces = [[_pace(team, v) for v in self.villages] for team in problem.teams]

    def team(self, shift: int) -> Team:
        """Return the team of a shift."""
        return self.problem.teams[self.shifts[shift].team]

    def travel(self, shift: int) -> TravelTimes:
        """Return the travel times of a shift's vehicle."""
        return self.problem.travel[self.team(shift).vehicle]

    def drive(self, shift: int) -> list[list[int | None]]:
        """Return the same as rows of plain numbers, None where there is no way."""
        return self._rows[self.team(shift).vehicle]

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
        return np.array([[p.num / p.den for p in row] for row in self.paces], dtype=float)

    def shortest(self, shift: int) -> NDArray[np.float64]:
        """Return the shortest times of a shift's vehicle by way of any villages, inf for no way.

        Times made on roads are shortest already; those that people bring may not be.
        """
        vehicle = self.team(shift).vehicle
        if vehicle not in self._shortest:
            times = self.problem.travel[vehicle]
            best = np.where(times.reachable, times.seconds, np.inf)
            by_way = np.empty_like(best)
            for middle in self.at:
                np.add(best[:, middle, None], best[middle], out=by_way)
                np.minimum(best, by_way, out=best)
            self._shortest[vehicle] = best
        return self._shortest[vehicle]

    @cached_property
    def _rows(self) -> dict[str, list[list[int | None]]]:
        rows = {}
        for vehicle, times in self.problem.travel.items():
            table = times.seconds.astype(object)
            table[~times.reachable] = None
            rows[vehicle] = table.tolist()
        return rows

    def _make_shifts(self) -> list[Shift]:
        shifts: list[Shift] = []
        windows = [self._windows(d) for d in range(len(self.problem.days))]
        for k, team in enumerate(self.problem.teams):
            for d in self.problem.working_days(team):
                opens = np.array([w.start if w else 0 for w in windows[d]], dtype=np.int64)
                closes = np.array([w.end if w else 0 for w in windows[d]], dtype=np.int64)
                is_open = np.array([w is not None for w in windows[d]], dtype=bool)
                if (tour := self.held.tours.get(len(shifts))) is not None:
                    visited = [visit.village for visit in tour.visits]
                    is_open &= np.isin(np.arange(len(is_open)), visited)
                is_open[[v for v, only in self.held.teams.items() if only != k]] = False
                work = self.problem.days[d].work
                shifts.append(
                    Shift(len(shifts), k, d, work.start, work.end, opens, closes, is_open)
                )
        return shifts

    def _windows(self, day: int) -> list[Window | None]:
        """Return when each village's doors may be knocked on a day."""
        doors, days = self.problem.days[day].doors, self.held.days
        return [
            None
            if day in v.closed_days or day not in days.get(n, (day,))
            else doors.narrowed(v.knock)
            for n, v in enumerate(self.villages)
        ]

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


def decimal(value: float) -> Fraction:
    """Return a number as it is written: 1.1 is 11/10."""
    return Fraction(repr(float(value)))


def outward(bound: Fraction) -> float:
    """Return the least double that is not below a bound as the decimals of both are written."""
    nearest = float(bound)
    return nearest if decimal(nearest) >= bound else math.nextafter(nearest, math.inf)


def _most(village: Village) -> int:
    share = decimal(village.max_share_per_visit) * village.households
    return -(-share.numerator // share.denominator)


def _pace(team: Team, village: Village) -> Pace:
    if team.households_per_hour is None:
        return Pace(0, 1)
    ratio = 3600 / (decimal(team.households_per_hour) * decimal(village.pace))
    return Pace(ratio.numerator, ratio.denominator)
