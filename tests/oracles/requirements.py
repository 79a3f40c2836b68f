"""Whether what a plan says that it would take is true: the change is made, and a plan for it found.

Plans are the one that is explained, with one visit more or longer, or one more team; which of them
keep the rules, the audit says. Where it is said that no plan can visit a village, the brute force
looks at all.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from routeplan.audit import Rule, audit_plan
from routeplan.model.objective import exact, objective_of
from routeplan.model.plan import Plan, Reason, RequirementKind, Run, StoppedBy, Summary
from routeplan.model.problem import Sleep, Window
from routeplan.planner.instance import Instance
from routeplan.planner.routes import DayRoute, Visit
from routeplan.planner.solution import make_tour, time_day
from tests.oracles.brute_force import best_weighted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from routeplan.model.plan import LeftOut, Requirement, Tour
    from routeplan.model.problem import Problem, Team
    from routeplan.planner.solution import Solution

__all__ = ["untrue_statements"]

# What a plan says of itself, and what one that is filled greedily may lack without another visit.
IGNORED = {
    *(Rule.PROBLEM_HASH, Rule.LEFT_OUT, Rule.SUMMARY, Rule.UPPER_BOUND),
    *(Rule.REQUIRED, Rule.DISTRICT_FLOOR),
}
NEVER = {Reason.UNREACHABLE, Reason.TOO_FAR, Reason.CLOSED, Reason.BELOW_MINIMUM}


def untrue_statements(solution: Solution, left_out: Iterable[LeftOut]) -> list[str]:
    """Return the statements on what a solution leaves out that do not hold."""
    oracle = _Oracle(solution)
    found = []
    for left in left_out:
        if left.reason in NEVER and not oracle.is_never(left):
            found.append(f"{left.place}: {left.reason} though it can be visited")
        if left.reason is Reason.NO_TIME and not left.requirements:
            found.append(f"{left.place}: nothing is said")
        found += [
            f"{left.place}: {left.reason}, {said}"
            for said in left.requirements
            if not oracle.holds(left, said)
        ]
    return found


class _Oracle:
    """A solution, and the changes that are made to it."""

    def __init__(self, solution: Solution) -> None:
        self.solution, self.instance = solution, solution.instance
        self.problem = self.instance.problem
        self.number = {village.place: n for n, village in enumerate(self.instance.villages)}
        self.routes = list(solution.routes)
        tours = _tours(self.instance, enumerate(self.routes))
        if tours is None:
            raise AssertionError("the solution cannot be driven")
        self.tours = tours
        self.objective = objective_of(self.problem, self.tours)

    def holds(self, left: LeftOut, said: Requirement) -> bool:
        """Return whether a requirement is true."""
        return self._checks[said.kind](self.number[left.place], said)

    @property
    def _checks(self) -> dict[RequirementKind, Callable[[int, Requirement], bool]]:
        return {
            RequirementKind.MINUTES: self._in_a_longer_day,
            RequirementKind.CREW_DAY: self._one_more_crew_day,
            RequirementKind.NIGHT: self._one_more_night,
            RequirementKind.SEARCH: self._gains,
            RequirementKind.DETOUR: self._is_too_dear,
            RequirementKind.LOWER_MINIMUM: self._is_below_minimum,
            RequirementKind.OPEN_DAY: self._is_closed,
            RequirementKind.ROAD: self._is_a_road_missing,
            RequirementKind.LONGER_DAY: lambda *_: True,
        }

    def _in_a_longer_day(self, village: int, said: Requirement) -> bool:
        longer = _longer_day(self.problem, said.day or 0, said.minutes or 0)
        return said.households is not None and self._fits(longer, village, said, [said.households])

    def _gains(self, village: int, said: Requirement) -> bool:
        every = range(1, int(self.solution.left()[village]) + 1)
        gain = not self.solution.unvisited_required()[village]
        return self._fits(self.problem, village, said, every, gain=gain)

    def _is_below_minimum(self, village: int, said: Requirement) -> bool:
        before = self.problem.villages[village]
        share = exact(before.max_share_per_visit) * before.households
        if said.households is None:
            return min(before.min_households, before.households) > math.ceil(share)
        lower = _with_village(self.problem, village, min_households=said.households)
        return self._most_alone(lower, village) >= said.households

    def _is_closed(self, village: int, _: Requirement) -> bool:
        open_ = _with_village(self.problem, village, closed_days=(), knock=None)
        return _is_open(open_, village) and not _is_open(self.problem, village)

    def is_never(self, left: LeftOut) -> bool:
        """Return whether no plan reaches anybody in a village."""
        return self._most_alone(self.problem, self.number[left.place]) == 0

    def _fits(
        self,
        problem: Problem,
        village: int,
        said: Requirement,
        households: Sequence[int],
        *,
        gain: bool = False,
    ) -> bool:
        """Return whether so many households more fit into the day that is named."""
        instance = Instance(problem)
        return any(
            not gain or objective_of(problem, tours) > self.objective
            for shift in instance.shifts
            if (instance.team(shift.index).id, shift.day) == (said.team, said.day)
            for number in households
            for route in _with_more(self.routes[shift.index], village, number)
            if (tours := self._passing(instance, {shift.index: route})) is not None
        )

    def _passing(self, instance: Instance, changed: dict[int, DayRoute]) -> tuple[Tour, ...] | None:
        """Return the tours with some changed, None where they break a rule."""
        routes = dict(enumerate(self.routes)) | changed
        tours = _tours(instance, routes.items())
        return tours if tours is not None and _is_passed(instance.problem, tours) else None

    def _with_team(self, village: int, said: Requirement, team: Team, problem: Problem) -> bool:
        """Return whether one more team reaches so many households in a village on the day."""
        problem = problem.replace(teams=(*problem.teams, team))
        instance = Instance(problem)
        chain = [s for s in instance.shifts if instance.team(s.index).id == team.id]
        sleeps = [sleep.place for sleep in problem.sleeps]
        places = sorted({problem.index[place] for place in (team.end, *sleeps)})
        visit = Visit(village, said.households or 0)
        for nights in itertools.product(places, repeat=len(chain) - 1):
            ends = [*nights, problem.index[team.end]]
            starts = [problem.index[team.start], *nights]
            changed = {
                shift.index: DayRoute(start, end, (visit,) if shift.day == said.day else ())
                for shift, start, end in zip(chain, starts, ends, strict=True)
            }
            if self._passing(instance, changed) is not None:
                return True
        return False

    def _one_more_crew_day(self, village: int, said: Requirement) -> bool:
        """Return whether one more day, or team where none is named, reaches so many."""
        if said.households is None:
            return self._most_alone(self.problem, village) > 0
        alike, place, day = self.problem.team_of[said.team or ""], said.place or "", said.day or 0
        day_team = replace(alike, id="one more", start=place, days=(day,))
        return any(
            self._with_team(village, said, replace(day_team, end=end), self.problem)
            for end in (place, alike.end)
        )

    def _one_more_night(self, village: int, said: Requirement) -> bool:
        team = replace(self.problem.team_of[said.team or ""], id="one more")
        sleeps = tuple(
            Sleep(s.place, s.teams_per_night + bool(s.teams_per_night)) for s in self.problem.sleeps
        )
        return self._with_team(village, said, team, self.problem.replace(sleeps=sleeps))

    def _is_too_dear(self, village: int, said: Requirement) -> bool:
        """Return whether no visit more pays for its driving, as the plan is."""
        everywhere = (
            (shift.index, route)
            for shift in self.instance.shifts
            for number in range(1, int(self.solution.left()[village]) + 1)
            for route in _with_more(self.routes[shift.index], village, number)
        )
        found = (self._passing(self.instance, {shift: route}) for shift, route in everywhere)
        return bool(said.minutes) and not any(
            objective_of(self.problem, tours) > self.objective
            for tours in found
            if tours is not None
        )

    def _most_alone(self, problem: Problem, village: int) -> float:
        """Return the most households that a plan for this village alone reaches."""
        others = tuple(
            replace(v, weight=1.0, required=False)
            if n == village
            else replace(v, households=0, min_households=0, required=False, partial=True)
            for n, v in enumerate(problem.villages)
        )
        rules = replace(problem.rules, drive_hour_worth=0.0)
        alone = problem.replace(villages=others, rules=rules, announced=(), districts=())
        return best_weighted(alone) or 0

    def _is_a_road_missing(self, village: int, _: Requirement) -> bool:
        """Return whether no team has a way there and back, by way of any places."""
        at = int(self.instance.at[village])
        for team in self.problem.teams:
            reachable = self.problem.travel[team.vehicle].reachable
            start, home = self.problem.index[team.start], self.problem.index[team.end]
            if at in _connected(reachable, start) and home in _connected(reachable, at):
                return False
        return True


def _connected(reachable: NDArray[np.bool_], place: int) -> set[int]:
    """Return the places that there is a way to, by way of any others."""
    found, new = {place}, {place}
    while new:
        new = {int(other) for here in new for other in np.flatnonzero(reachable[here])} - found
        found |= new
    return found


def _with_more(route: DayRoute, village: int, households: int) -> Iterator[DayRoute]:
    """Yield a route with so many households more in a village."""
    for position in range(len(route.visits) + 1):
        yield route.with_visit(position, Visit(village, households))
    for position, (visited, now) in enumerate(route.visits):
        if visited == village:
            yield route.with_households(position, now + households)


def _longer_day(problem: Problem, day: int, minutes: int) -> Problem:
    before = problem.days[day]

    def later(window: Window) -> Window:
        return Window(window.start, window.end + 60 * minutes)

    knock = None if before.knock is None else later(before.knock)
    after = replace(before, work=later(before.work), knock=knock)
    return problem.replace(days=(*problem.days[:day], after, *problem.days[day + 1 :]))


def _with_village(problem: Problem, village: int, **changes: object) -> Problem:
    changed = replace(problem.villages[village], **changes)  # type: ignore[arg-type]
    villages = (*problem.villages[:village], changed, *problem.villages[village + 1 :])
    return problem.replace(villages=villages)


def _is_open(problem: Problem, village: int) -> bool:
    """Return whether a village may be visited on a day on which a team works."""
    closed, knock = problem.villages[village].closed_days, problem.villages[village].knock
    working = {day for team in problem.teams for day in problem.working_days(team)}
    return any(problem.days[day].doors.narrowed(knock) for day in working - {*closed})


def _tours(instance: Instance, routes: Iterable[tuple[int, DayRoute]]) -> tuple[Tour, ...] | None:
    tours = []
    for shift, route in routes:
        times = time_day(instance, shift, route)
        if times is None:
            return None
        tours.append(make_tour(instance, shift, route, times))
    return tuple(tours)


def _is_passed(problem: Problem, tours: tuple[Tour, ...]) -> bool:
    run = Run("by hand", 0, 0.0, 0, StoppedBy.ITERATIONS, "0.1.0")
    plan = Plan("", tours, (), Summary(0, 0.0, None, 0), run)
    return all(violation.rule in IGNORED for violation in audit_plan(problem, plan))
