"""What it would take to reach more households of a village: minutes, a team-day, or a night."""

from __future__ import annotations

import copy
from collections import Counter, defaultdict
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from routeplan.model.objective import exact
from routeplan.model.plan import Requirement, RequirementKind
from routeplan.planner.explain.fits import added_drive, value_added
from routeplan.planner.explain.trips import Trip, TripFinder
from routeplan.planner.instance import NEVER
from routeplan.planner.routes import DayRoute, Visit
from routeplan.planner.solution import (
    drive_legs,
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

_NIGHTS = ((True, True), (False, True), (True, False))
"""Whether a team sleeps away before and after a day with a visit."""


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

    def __init__(
        self, solution: Solution, villages: Sequence[int], trips: TripFinder | None = None
    ) -> None:
        self._solution, self._inst = solution, solution.instance
        self._number = {village: n for n, village in enumerate(villages)}
        self._villages = np.array(villages, dtype=np.int64)
        self._trips = trips or TripFinder(solution.instance)
        self._left = solution.left()
        self._most = np.minimum(self._left, self._inst.max_households)

    def of(self, village: int) -> tuple[Requirement, ...]:
        """Return what it would take to reach more of a village, the smallest first.

        Where driving has a price, what costs more than it brings is none of it, but is said where
        there is nothing else.
        """
        minutes = self._minutes(village)
        team_day = self._day_alone(village, self._from_home, RequirementKind.CREW_DAY)
        night = self._day_alone(village, self._from_beds, RequirementKind.NIGHT)
        if night and team_day and (night.households or 0) <= (team_day.households or 0):
            night = None
        options = [each for each in (minutes, team_day, night) if each is not None]
        options = options or [self._by_other_nights(village)]
        paying = tuple(each for each in options if each.kind is not RequirementKind.DETOUR)
        return paying or tuple(options[:1])

    def _by_other_nights(self, village: int) -> Requirement:
        """Return a trip of one more team with any nights; or a longer day where none was found."""
        inst = self._inst
        if self._solution.reached[village] > inst.fixed_households[village]:
            # A team with the same days could visit it as well.
            return Requirement(RequirementKind.CREW_DAY)
        trip = self._best_trips.get(village)
        if trip is None:
            return Requirement(RequirementKind.LONGER_DAY)
        home = inst.home(trip.shift)
        is_night = trip.end != home or trip.start not in {home, inst.origins[trip.shift]}
        place = trip.end if trip.end != home else trip.start
        required = Requirement(
            RequirementKind.NIGHT if is_night else RequirementKind.CREW_DAY,
            *(inst.team(trip.shift).id, inst.shifts[trip.shift].day),
            place=inst.problem.places[place].id,
            households=trip.households,
            nights=self._full_nights(place) if is_night else None,
        )
        route = DayRoute(trip.start, trip.end, (Visit(village, trip.households),))
        if value_added(inst, trip.shift, route, route._replace(visits=())) > 0:
            return required
        driven = sum(drive_legs(inst, trip.shift, route) or ())
        minutes = -(-driven // 60)
        return replace(required, kind=RequirementKind.DETOUR, minutes=minutes, nights=None)

    @cached_property
    def _best_trips(self) -> dict[int, Trip]:
        least = np.maximum(self._inst.fewest_households(self._left), 1)
        villages = self._villages
        return self._trips.best(villages, least[villages], self._most[villages])

    def _minutes(self, village: int) -> Requirement | None:
        """Return by how much a day would have to be longer, at the least."""
        options = list(self._longer_visits.get(village, ()))
        best, number = self._new_visits, self._number[village]
        detour = None
        if best.shift[number] >= 0:
            shift, position = int(best.shift[number]), int(best.position[number])
            new, detour = self._new_visit(village, shift, position)
            options += new
        options = [option for option in options if option[0] <= MOST_MINUTES]
        if not options:
            return detour
        minutes, shift, households = min(options)
        return Requirement(
            RequirementKind.MINUTES,
            team=self._inst.team(shift).id,
            day=self._inst.shifts[shift].day,
            minutes=minutes,
            households=households,
        )

    def _new_visit(
        self, village: int, shift: int, position: int
    ) -> tuple[list[tuple[int, int, int]], Requirement | None]:
        """Return minutes, shift and households of a new visit; or that its drive is too dear.

        It reaches the fewest households that a visit must reach and that are worth the drive.
        """
        number, day = self._number[village], self._inst.shifts[shift].day
        least, most = int(self._least(day)[number]), int(self._most[village])
        before = self._solution.routes[shift]
        route = before.with_visit(position, Visit(village, least))
        seconds = self._excess_seconds(shift, route)
        if seconds is None:
            return [], None
        gain = value_added(self._inst, shift, route, before)
        if gain <= 0:
            weight = exact(self._inst.villages[village].weight)
            households = least + int(-gain // weight) + 1
            route = route.with_households(position, min(households, most))
            seconds = self._excess_seconds(shift, route)
            if households > most or seconds is None or seconds > 60 * MOST_MINUTES:
                driven = added_drive(self._inst, shift, route, position)
                return [], Requirement(
                    RequirementKind.DETOUR,
                    team=self._inst.team(shift).id,
                    day=day,
                    minutes=-(-driven // 60),
                    households=least,
                )
            least = households
        return [(-(-seconds // 60), shift, least)], None

    @cached_property
    def _longer_visits(self) -> dict[int, list[tuple[int, int, int]]]:
        """By village: minutes, shift and households of each visit that could be longer."""
        options: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        for shift, route in enumerate(self._solution.routes):
            for position, (village, now) in enumerate(route.visits):
                if shift in self._inst.fixed:
                    continue
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
        if over > 0 and self._inst.whole[village]:
            return []
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
        """One shift of each class of team and day, without those that are fixed."""
        classes: dict[object, int] = {}
        for shift in self._inst.shifts:
            team = self._inst.team(shift.index)
            if shift.index not in self._inst.fixed:
                pace = self._inst.households_per_hour(shift.index)
                ends = (team.start, team.end, team.days, team.max_nights_away)
                classes.setdefault((team.vehicle, pace, ends, shift.day), shift.index)
        return list(classes.values())

    @cached_property
    def _from_home(self) -> _Best:
        """The shift that would reach most from its team's home, and that home."""
        best = _Best(len(self._villages))
        for shift in self._shift_classes:
            homes = np.full(len(self._villages), self._inst.home(shift))
            self._rate(best, shift, (homes, homes), homes)
        return best

    @cached_property
    def _from_beds(self) -> _Best:
        """The shift that would reach most with a night at an overnight place, and that place.

        Places are counted on for each of `_NIGHTS`.
        """
        inst, best = self._inst, _Best(len(self._villages))
        places = len(inst.problem.places)
        for shift in self._shift_classes if inst.beds else ():
            times, at = inst.travel(shift), inst.at[self._villages]
            for form, (before, after) in enumerate(_NIGHTS):
                beds = np.array(self._beds_in_reach(shift, before=before, after=after), np.int64)
                if not len(beds):
                    continue
                seconds = np.zeros((len(beds), len(at)))
                if before:
                    cells = np.ix_(beds, at)
                    seconds += np.where(times.reachable[cells], times.seconds[cells], np.inf)
                if after:
                    cells = np.ix_(at, beds)
                    back = np.where(times.reachable[cells], times.seconds[cells], np.inf)
                    seconds += back.T
                chosen = beds[seconds.argmin(axis=0)]
                start = np.full(len(at), self._start_of(shift))
                end = np.full(len(at), inst.home(shift))
                trip = chosen if before else start, chosen if after else end
                self._rate(best, shift, trip, form * places + chosen)
        return best

    def _start_of(self, shift: int) -> int:
        """Return where a team is before a shift that has not been away."""
        origin = self._inst.origins[shift]
        return self._inst.home(shift) if origin is None else origin

    def _beds_in_reach(self, shift: int, *, before: bool, after: bool) -> list[int]:
        """Return where one more team could sleep before or after a shift, at home otherwise.

        It drives there in a day without visits, and home in another.
        """
        inst, home = self._inst, self._inst.home(shift)
        chain = next(each for each in inst.chains if shift in each)
        nights = [shift - 1] * before + [shift] * after
        shifts = {*nights, *(night + 1 for night in nights)}
        if not shifts <= {*chain} - inst.fixed:
            return []
        limit = inst.team(shift).max_nights_away
        away = sum(night.nights for s in nights if (night := inst.nights[s]) is not None)
        first = self._start_of(min(shifts))
        is_home = inst.origins[min(shifts)] is not None or self._is_home_by(chain[0])
        if not is_home or (limit is not None and away > limit):
            return []
        return [
            bed
            for bed, count in inst.beds.items()
            if count
            and bed != home
            and (not before or time_day(inst, shift - 1, DayRoute(first, bed)) is not None)
            and (not after or time_day(inst, shift + 1, DayRoute(bed, home)) is not None)
        ]

    def _is_home_by(self, first: int) -> bool:
        """Return whether a team can get home on its first day."""
        route = DayRoute(self._start_of(first), self._inst.home(first))
        return first in self._inst.fixed or time_day(self._inst, first, route) is not None

    def _rate(
        self,
        best: _Best,
        shift: int,
        trip: tuple[NDArray[np.int64], NDArray[np.int64]],
        codes: NDArray[np.int64],
    ) -> None:
        """Rate a day from and to a place for each village, by what its households are worth."""
        inst, day, villages = self._inst, self._inst.shifts[shift], self._villages
        times, at, (starts, ends) = inst.travel(shift), inst.at[villages], trip
        there, back = times.seconds[starts, at], times.seconds[at, ends]
        begin = np.maximum(day.start + there, day.opens[villages])
        spare = np.minimum(day.end - back, day.closes[villages]) - begin - inst.setup[villages]
        pace = np.maximum(inst.seconds_per_household[shift][villages], 1e-9)
        households = np.minimum(spare / pace, self._most[villages])
        possible = times.reachable[starts, at] & times.reachable[at, ends] & day.open[villages]
        if inst.drive_limit is not None:
            possible &= there + back <= inst.drive_limit
        cost = inst.drive_cost * (there + back) / inst.weight[villages]
        best.update(np.where(possible & (spare >= 0), cost - households, np.inf), shift, codes)

    def _day_alone(self, village: int, best: _Best, kind: RequirementKind) -> Requirement | None:
        """Return a day with no other visit, of one more team that is elsewhere at home."""
        inst, number = self._inst, self._number[village]
        shift, code = int(best.shift[number]), int(best.position[number])
        if shift < 0:
            return None
        form, place = divmod(code, len(inst.problem.places))
        routes = {shift: DayRoute(place, place)}
        if kind is RequirementKind.NIGHT:
            routes = self._days_of_night(shift, place, form)
        route = routes[shift].with_visit(0, Visit(village, 0))
        households = most_households(inst, shift, route, 0, int(self._most[village]))
        if households < max(1, int(self._least(inst.shifts[shift].day)[number])):
            return None
        routes[shift] = route = route.with_households(0, households)
        value = exact(inst.villages[village].weight) * households
        driven = sum(sum(drive_legs(inst, s, each) or ()) for s, each in routes.items())
        place_id = inst.problem.places[place].id
        required = Requirement(
            kind, inst.team(shift).id, inst.shifts[shift].day, place_id, households=households
        )
        if value <= inst.drive_cost_exactly * driven:
            minutes = -(-driven // 60)
            return replace(required, kind=RequirementKind.DETOUR, minutes=minutes)
        if kind is RequirementKind.NIGHT:
            return replace(required, nights=self._full_nights(place))
        return required

    def _full_nights(self, place: int) -> int:
        """Return on how many nights an overnight place is full."""
        taken = self._teams_by_night[place].values()
        return sum(teams >= self._inst.beds[place] for teams in taken)

    def _days_of_night(self, shift: int, place: int, form: int) -> dict[int, DayRoute]:
        """Return the routes around nights at a place, for one of `_NIGHTS`."""
        before, after = _NIGHTS[form]
        home = self._inst.home(shift)
        start = self._start_of(shift - 1 if before else shift)
        routes = {shift: DayRoute(place if before else start, place if after else home)}
        if before:
            routes[shift - 1] = DayRoute(start, place)
        if after:
            routes[shift + 1] = DayRoute(place, home)
        return routes

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
