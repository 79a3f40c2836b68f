"""What it would take to reach more households of a village: minutes, a crew-day, or a night."""

from __future__ import annotations

import copy
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from routeplan.model.plan import Requirement, RequirementKind
from routeplan.planner.instance import DayRoute, Visit
from routeplan.planner.solution import (
    NEVER,
    insertion_positions,
    most_households,
    slack_at,
    time_day,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from routeplan.planner.instance import Instance
    from routeplan.planner.solution import Solution

__all__ = ["RequirementFinder"]

# A day that would have to be longer by more than this is not worth the talk.
MOST_MINUTES = 120


@dataclass(frozen=True, slots=True)
class _Best:
    """By village: the least or most so far, and the shift and position where that is."""

    value: NDArray[np.float64]
    shift: NDArray[np.int64]
    position: NDArray[np.int64]

    @classmethod
    def none(cls, count: int) -> _Best:
        return cls(np.full(count, np.inf), np.full(count, -1), np.zeros(count, dtype=np.int64))

    def take(
        self,
        values: NDArray[np.float64],
        shifts: NDArray[np.int64] | int,
        positions: NDArray[np.int64],
    ) -> None:
        """Keep what is less, or as much in an earlier shift, in place."""
        shifts = np.broadcast_to(shifts, values.shape)
        as_much = (values == self.value) & (values < np.inf) & (shifts < self.shift)
        less = (values < self.value) | as_much
        self.value[less], self.shift[less] = values[less], shifts[less]
        self.position[less] = positions[less]


class RequirementFinder:
    """What some villages would take, in a solution as it stands.

    Every village is looked at in every shift, but roughly; only the best is timed exactly.

    Parameters
    ----------
    solution
        Keeps every rule.
    villages
        Those that are asked about; no household more of them fits into the solution.
    """

    def __init__(self, solution: Solution, villages: Sequence[int]) -> None:
        self._solution, self._inst = solution, solution.instance
        self._asked = {village: n for n, village in enumerate(villages)}
        self._villages = np.array(villages, dtype=np.int64)
        self._room = np.minimum(solution.left(), self._inst.max_households)
        self._left = solution.left().tolist()

    def of(self, village: int) -> Iterator[Requirement]:
        """Yield what it would take, the smallest thing first."""
        longer = self._minutes(village)
        if longer is not None:
            yield longer
        crew_day = self._alone(village, self._homes, RequirementKind.CREW_DAY)
        if crew_day is not None:
            yield crew_day
        night = self._alone(village, self._beds, RequirementKind.NIGHT)
        most = crew_day.households if crew_day is not None else None
        if night is not None and (most or 0) < (night.households or 0):
            yield night

    # ---- Minutes ----

    def _minutes(self, village: int) -> Requirement | None:
        found = [*self._longer_visits.get(village, ())]
        nearest = self._new_visits
        number = self._asked[village]
        if nearest.shift[number] >= 0:
            shift, position = int(nearest.shift[number]), int(nearest.position[number])
            order = list(self._solution.routes[shift].visits)
            least = int(self._least(self._inst.shifts[shift].day)[number])
            order.insert(position, Visit(village, least))
            seconds = self._seconds_over(shift, order)
            if seconds is not None:
                found.append((-(-seconds // 60), shift, least))
        found = [option for option in found if option[0] <= MOST_MINUTES]
        if not found:
            return None
        minutes, shift, households = min(found)
        team, day = self._inst.team(shift).id, self._inst.shifts[shift].day
        return Requirement(
            RequirementKind.MINUTES, team, day, minutes=minutes, households=households
        )

    @cached_property
    def _longer_visits(self) -> dict[int, list[tuple[int, int, int]]]:
        """By village: minutes, shift and households of making a visit that there is longer."""
        found: dict[int, list[tuple[int, int, int]]] = {}
        for shift, (_, _, order) in enumerate(self._solution.routes):
            for position, (village, now) in enumerate(order):
                more = min(self._left[village], int(self._inst.max_households[village]) - now)
                if village in self._asked and more > 0:
                    option = self._longer(shift, position, more)
                    found.setdefault(village, []).extend([option] if option else [])
        return found

    def _longer(self, shift: int, position: int, more: int) -> tuple[int, int, int] | None:
        """Let a visit reach more households, but fewer where that takes too many minutes."""
        order = list(self._solution.routes[shift].visits)
        village, now = order[position]
        order[position] = Visit(village, now + more)
        seconds = self._seconds_over(shift, order)
        over = 0 if seconds is None else seconds - 60 * MOST_MINUTES
        if over > 0:
            team = self._inst.shifts[shift].team
            more -= int(-(-over // self._inst.seconds_per_household[team, village]))
            order[position] = Visit(village, now + more)
            seconds = self._seconds_over(shift, order) if more > 0 else None
        return None if seconds is None else (-(-seconds // 60), shift, more)

    @cached_property
    def _new_visits(self) -> _Best:
        """Find by how many seconds each village is nearest to a visit, and where."""
        inst, wanted = self._inst, self._villages
        best = _Best.none(len(wanted))
        for at in insertion_positions(self._solution, villages=len(wanted)):
            shift = inst.shifts[at.shift[0]]
            least = self._least(shift.day)
            needed = least * inst.seconds_per_household[shift.team][wanted]
            slack = slack_at(self._solution, at, wanted)
            # Where the village's own hours end too early, a longer day is of no use.
            own = (self._own_closes - shift.opens - inst.setup)[wanted] >= needed
            may = shift.open[wanted] & own & (least <= self._room[wanted])
            over = np.where(slack.reachable & may, needed - slack.without_rest, np.inf)
            rows = over.argmin(axis=0)
            values = over[rows, np.arange(len(wanted))]
            best.take(values, at.shift[rows], at.position[rows])
        return best

    def _least(self, day: int) -> NDArray[np.int64]:
        """Return the fewest households that are worth a visit of each village on a day."""
        return np.maximum(self._solution.fewest_households(day)[self._villages], 1)

    def _seconds_over(self, shift: int, order: list[Visit]) -> int | None:
        """Return by how much a day's hours would have to be longer for these visits."""
        route = self._solution.routes[shift]._replace(visits=tuple(order))
        times = time_day(self._lifted, shift, route)
        if times is None:
            return None
        day = self._inst.shifts[shift]
        over = [
            stop.end - int(day.closes[visit.village])
            for stop, visit in zip(times.stops, order, strict=True)
        ]
        return max(0, times.arrive - day.end, *over)

    # ---- One more crew-day, or a night elsewhere ----

    @cached_property
    def _kinds(self) -> list[int]:
        """One shift of each kind of team and day."""
        kinds: dict[object, int] = {}
        for shift in self._inst.shifts:
            team = self._inst.team(shift.index)
            away = team.max_nights_away != 0 and self._inst.nights[shift.index] is not None
            pace = (team.vehicle, team.households_per_hour, team.end)
            kinds.setdefault((*pace, shift.day, away), shift.index)
        return list(kinds.values())

    @cached_property
    def _homes(self) -> tuple[_Best, NDArray[np.int64]]:
        """Find the shift that would reach most from its team's home, and that home."""
        best = _Best.none(len(self._villages))
        for shift in self._kinds:
            home = np.full(len(self._villages), self._inst.home(shift))
            self._rate(best, shift, home)
        return best, best.position

    @cached_property
    def _beds(self) -> tuple[_Best, NDArray[np.int64]]:
        """Find the shift that would reach most from the nearest bed and back, and that bed."""
        best = _Best.none(len(self._villages))
        beds = np.array([b for b, room in self._inst.beds.items() if room], dtype=np.int64)
        nearest: dict[str, NDArray[np.int64]] = {}
        for shift in self._kinds if len(beds) else ():
            night, team = self._inst.nights[shift], self._inst.team(shift)
            if night is not None and team.max_nights_away != 0:
                if team.vehicle not in nearest:
                    nearest[team.vehicle] = beds[self._ways(shift, beds).argmin(axis=0)]
                self._rate(best, shift, nearest[team.vehicle])
        return best, best.position

    def _ways(self, shift: int, beds: NDArray[np.int64]) -> NDArray[np.float64]:
        """Shape (beds, villages): driving from a bed and back to it."""
        times, at = self._inst.travel(shift), self._inst.at[self._villages]
        there, back = np.ix_(beds, at), np.ix_(at, beds)
        way = times.reachable[there] & times.reachable[back].T
        return np.where(way, times.seconds[there] + times.seconds[back].T, np.inf)

    def _rate(self, best: _Best, shift: int, places: NDArray[np.int64]) -> None:
        """Rate a day from a place for each village and back to it by the doors that it reaches."""
        inst, day, wanted = self._inst, self._inst.shifts[shift], self._villages
        times, at = inst.travel(shift), inst.at[wanted]
        there, back = times.seconds[places, at], times.seconds[at, places]
        begin = np.maximum(day.start + there, day.opens[wanted])
        spare = np.minimum(day.end - back, day.closes[wanted]) - begin - inst.setup[wanted]
        slow = np.maximum(inst.seconds_per_household[day.team][wanted], 1e-9)
        doors = np.minimum(spare / slow, self._room[wanted])
        way = times.reachable[places, at] & times.reachable[at, places] & day.open[wanted]
        if inst.drive_limit is not None:
            way &= there + back <= inst.drive_limit
        best.take(np.where(way & (spare >= 0), -doors, np.inf), shift, places)

    def _alone(
        self, village: int, found: tuple[_Best, NDArray[np.int64]], kind: RequirementKind
    ) -> Requirement | None:
        best, places = found
        number = self._asked[village]
        shift, place = int(best.shift[number]), int(places[number])
        if shift < 0:
            return None
        day, room = self._inst.shifts[shift], int(self._room[village])
        route = DayRoute(place, place, (Visit(village, 0),))
        households = most_households(self._inst, shift, route, 0, room)
        if households < max(1, int(self._solution.fewest_households(day.day)[village])):
            return None
        spot = self._inst.problem.places[place].id
        nights = self._full_nights(place) if kind is RequirementKind.NIGHT else None
        return Requirement(kind, place=spot, households=households, nights=nights)

    def _full_nights(self, place: int) -> int:
        """Return on how many nights an overnight place is full."""
        return sum(count >= self._inst.beds[place] for count in self._taken[place].values())

    @cached_property
    def _taken(self) -> dict[int, Counter[int]]:
        """By sleeping place and day: how many beds are taken in the night after it."""
        inst = self._inst
        taken: dict[int, Counter[int]] = defaultdict(Counter)
        for night in inst.nights:
            place = self._solution.routes[night.before].end if night is not None else None
            if night is not None and place is not None and place != inst.home(night.before):
                taken[place].update(night.days)
        return taken

    @cached_property
    def _lifted(self) -> Instance:
        """The same with days that never end; the hours of a village alone still close it."""
        lifted = copy.copy(self._inst)
        shifts = (replace(s, end=NEVER, closes=self._own_closes) for s in lifted.shifts)
        lifted.shifts = tuple(shifts)
        return lifted

    @cached_property
    def _own_closes(self) -> NDArray[np.int64]:
        own = [v.knock.end if v.knock is not None else NEVER for v in self._inst.villages]
        return np.array(own, dtype=np.int64)
