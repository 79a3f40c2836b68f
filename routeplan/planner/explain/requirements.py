"""What it would take to reach more households of a village: minutes, a team-day, or a night."""

from __future__ import annotations

import copy
from collections import Counter, defaultdict
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from routeplan.model.plan import Requirement, RequirementKind
from routeplan.planner.instance import NEVER, DayRoute, Visit
from routeplan.planner.solution import (
    insertion_positions,
    most_households,
    slack_at,
    time_day,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from routeplan.planner.instance import Instance
    from routeplan.planner.solution import Solution

MOST_MINUTES = 120
"""A requirement of a day that is longer by more than this is of no use."""


class _Best:
    """By village: the least value so far, and the shift and position where that is."""

    def __init__(self, count: int) -> None:
        self.value = np.full(count, np.inf)
        self.shift, self.position = np.full(count, -1), np.zeros(count, dtype=np.int64)

    def update(
        self,
        values: NDArray[np.float64],
        shifts: NDArray[np.int64] | int,
        positions: NDArray[np.int64],
    ) -> None:
        """Keep what is less, or equal in an earlier shift."""
        shifts = np.broadcast_to(shifts, values.shape)
        equal = (values == self.value) & (values < np.inf) & (shifts < self.shift)
        better = (values < self.value) | equal
        self.value[better], self.shift[better] = values[better], shifts[better]
        self.position[better] = positions[better]


class RequirementFinder:
    """Requirements of some villages, of which no household more fits into a solution.

    Every village is compared in every shift, but roughly; only the best is timed exactly.
    """

    def __init__(self, solution: Solution, villages: Sequence[int]) -> None:
        self._solution, self._inst = solution, solution.instance
        self._number = {village: n for n, village in enumerate(villages)}
        self._villages = np.array(villages, dtype=np.int64)
        self._left = solution.left()
        self._most = np.minimum(self._left, self._inst.max_households)

    def of(self, village: int) -> tuple[Requirement, ...]:
        """Return what it would take to reach more of a village, the smallest first."""
        minutes = self._minutes(village)
        team_day = self._day_alone(village, self._from_home, RequirementKind.CREW_DAY)
        night = self._day_alone(village, self._from_beds, RequirementKind.NIGHT)
        if night and team_day and (night.households or 0) <= (team_day.households or 0):
            night = None
        return tuple(each for each in (minutes, team_day, night) if each is not None)

    def _minutes(self, village: int) -> Requirement | None:
        """Return by how much a day would have to be longer, at the least."""
        options = list(self._longer_visits.get(village, ()))
        best, number = self._new_visits, self._number[village]
        if best.shift[number] >= 0:
            shift, position = int(best.shift[number]), int(best.position[number])
            least = int(self._least(self._inst.shifts[shift].day)[number])
            route = self._solution.routes[shift].with_visit(position, Visit(village, least))
            seconds = self._excess_seconds(shift, route)
            if seconds is not None:
                options.append((-(-seconds // 60), shift, least))
        options = [option for option in options if option[0] <= MOST_MINUTES]
        if not options:
            return None
        minutes, shift, households = min(options)
        return Requirement(
            RequirementKind.MINUTES,
            team=self._inst.team(shift).id,
            day=self._inst.shifts[shift].day,
            minutes=minutes,
            households=households,
        )

    @cached_property
    def _longer_visits(self) -> dict[int, list[tuple[int, int, int]]]:
        """By village: minutes, shift and households of each visit that could be longer."""
        options: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        for shift, route in enumerate(self._solution.routes):
            for position, (village, now) in enumerate(route.visits):
                more = min(int(self._left[village]), int(self._inst.max_households[village]) - now)
                if village in self._number and more > 0:
                    options[village] += self._longer(shift, position, more)
        return options

    def _longer(self, shift: int, position: int, more: int) -> list[tuple[int, int, int]]:
        """Let a visit reach more households, but fewer where that takes too many minutes."""
        route = self._solution.routes[shift]
        village, now = route.visits[position]
        seconds = self._excess_seconds(shift, route.with_households(position, now + more))
        over = 0 if seconds is None else seconds - 60 * MOST_MINUTES
        if over > 0:
            more -= int(-(-over // self._inst.seconds_per_household[shift, village]))
            fewer = route.with_households(position, now + more)
            seconds = self._excess_seconds(shift, fewer) if more > 0 else None
        return [] if seconds is None else [(-(-seconds // 60), shift, more)]

    @cached_property
    def _new_visits(self) -> _Best:
        """By how many seconds each village is nearest to a visit, and where."""
        inst, villages = self._inst, self._villages
        best = _Best(len(villages))
        for at in insertion_positions(self._solution, villages=len(villages)):
            shift = inst.shifts[at.shift[0]]
            least = self._least(shift.day)
            needed = least * inst.seconds_per_household[shift.index][villages]
            slack = slack_at(self._solution, at, villages)
            # Where the village's own hours end too early, a longer day is of no use.
            in_hours = (self._own_closes - shift.opens - inst.setup)[villages] >= needed
            possible = shift.open[villages] & in_hours & (least <= self._most[villages])
            over = np.where(slack.reachable & possible, needed - slack.without_rest, np.inf)
            rows = over.argmin(axis=0)
            best.update(over[rows, np.arange(len(villages))], at.shift[rows], at.position[rows])
        return best

    def _least(self, day: int) -> NDArray[np.int64]:
        """Return the fewest households of a visit to each village on a day."""
        return np.maximum(self._solution.fewest_households(day)[self._villages], 1)

    def _excess_seconds(self, shift: int, route: DayRoute) -> int | None:
        """Return by how much a day's hours would have to be longer for a route."""
        times = time_day(self._unlimited, shift, route)
        if times is None:
            return None
        day = self._inst.shifts[shift]
        over = [
            stop.end - int(day.closes[visit.village])
            for stop, visit in zip(times.stops, route.visits, strict=True)
        ]
        return max(0, times.arrive - day.end, *over)

    @cached_property
    def _shift_classes(self) -> list[int]:
        """One shift of each class of team and day."""
        classes: dict[object, int] = {}
        for shift in self._inst.shifts:
            team = self._inst.team(shift.index)
            away = team.max_nights_away != 0 and self._inst.nights[shift.index] is not None
            pace = (team.vehicle, self._inst.households_per_hour(shift.index), team.end)
            classes.setdefault((*pace, shift.day, away), shift.index)
        return list(classes.values())

    @cached_property
    def _from_home(self) -> _Best:
        """The shift that would reach most from its team's home, and that home."""
        best = _Best(len(self._villages))
        for shift in self._shift_classes:
            self._rate(best, shift, np.full(len(self._villages), self._inst.home(shift)))
        return best

    @cached_property
    def _from_beds(self) -> _Best:
        """The shift that would reach most from the nearest overnight place, and that place."""
        best = _Best(len(self._villages))
        beds = np.array([b for b, count in self._inst.beds.items() if count], dtype=np.int64)
        nearest: dict[str, NDArray[np.int64]] = {}
        for shift in self._shift_classes if len(beds) else ():
            team = self._inst.team(shift)
            if self._inst.nights[shift] is not None and team.max_nights_away != 0:
                if team.vehicle not in nearest:
                    times, at = self._inst.travel(shift), self._inst.at[self._villages]
                    there, back = np.ix_(beds, at), np.ix_(at, beds)
                    reachable = times.reachable[there] & times.reachable[back].T
                    seconds = times.seconds[there] + times.seconds[back].T
                    nearest[team.vehicle] = beds[
                        np.where(reachable, seconds, np.inf).argmin(axis=0)
                    ]
                self._rate(best, shift, nearest[team.vehicle])
        return best

    def _rate(self, best: _Best, shift: int, places: NDArray[np.int64]) -> None:
        """Rate a day from a place for each village, and back, by the households it reaches."""
        inst, day, villages = self._inst, self._inst.shifts[shift], self._villages
        times, at = inst.travel(shift), inst.at[villages]
        there, back = times.seconds[places, at], times.seconds[at, places]
        begin = np.maximum(day.start + there, day.opens[villages])
        spare = np.minimum(day.end - back, day.closes[villages]) - begin - inst.setup[villages]
        pace = np.maximum(inst.seconds_per_household[shift][villages], 1e-9)
        households = np.minimum(spare / pace, self._most[villages])
        possible = times.reachable[places, at] & times.reachable[at, places] & day.open[villages]
        if inst.drive_limit is not None:
            possible &= there + back <= inst.drive_limit
        best.update(np.where(possible & (spare >= 0), -households, np.inf), shift, places)

    def _day_alone(self, village: int, best: _Best, kind: RequirementKind) -> Requirement | None:
        """Return a day from the best place and back, with no other visit."""
        number = self._number[village]
        shift, place = int(best.shift[number]), int(best.position[number])
        if shift < 0:
            return None
        route = DayRoute(place, place, (Visit(village, 0),))
        households = most_households(self._inst, shift, route, 0, int(self._most[village]))
        if households < max(
            1, int(self._solution.fewest_households(self._inst.shifts[shift].day)[village])
        ):
            return None
        nights = None
        if kind is RequirementKind.NIGHT:
            taken = self._teams_by_night[place].values()
            nights = sum(teams >= self._inst.beds[place] for teams in taken)
        place_id = self._inst.problem.places[place].id
        return Requirement(kind, place=place_id, households=households, nights=nights)

    @cached_property
    def _teams_by_night(self) -> defaultdict[int, Counter[int]]:
        """By overnight place and day: how many teams sleep there in the night after it."""
        inst = self._inst
        taken: defaultdict[int, Counter[int]] = defaultdict(Counter)
        for shift, night in enumerate(inst.nights):
            place = self._solution.routes[shift].end
            if night is not None and place != inst.home(shift):
                taken[place].update(night.days)
        return taken

    @cached_property
    def _unlimited(self) -> Instance:
        """The instance with days that never end; the hours of a village alone still close it."""
        unlimited = copy.copy(self._inst)
        shifts = (replace(s, end=NEVER, closes=self._own_closes) for s in unlimited.shifts)
        unlimited.shifts = tuple(shifts)
        return unlimited

    @cached_property
    def _own_closes(self) -> NDArray[np.int64]:
        own = [v.knock.end if v.knock is not None else NEVER for v in self._inst.villages]
        return np.array(own, dtype=np.int64)
