"""Of many small problems, what is said of each village that is left out is true.

The change that a requirement names is made, and a plan is found that reaches as much as it says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from routeplan.errors import InputError, PlanError
from routeplan.model.plan import LeftOut, Plan, Reason, RequirementKind, Run, StoppedBy
from routeplan.model.problem import Problem, Sleep, TravelTimes
from routeplan.planner import Options, Pins, explain, solve
from routeplan.planner.explain.reasons import why_left_out
from routeplan.planner.instance import Instance
from routeplan.planner.solution import (
    complete,
    initial_solution,
    solution_from_plan,
    summary_of,
    tours_of,
)
from tests.helpers.small_problems import small_problem, with_version_2
from tests.oracles.requirements import untrue_statements

if TYPE_CHECKING:
    from routeplan.planner.solution import Solution

BRIEF = Options(iterations=1)


def drawn(seed: int) -> Problem:
    """Return a problem, with rules of version 2 for odd seeds; of every fifth, cut a village off.

    The village that no road leads to has a bed.
    """
    problem = small_problem(seed)
    if seed % 2:
        problem = with_version_2(problem, seed)
    if seed % 5:
        return problem
    place = problem.villages[seed % len(problem.villages)].place
    sleeps = (*(s for s in problem.sleeps if s.place != place), Sleep(place, 1))
    return problem.replace(sleeps=sleeps, travel=without_roads(problem, place))


def without_roads(problem: Problem, place: str) -> dict[str, TravelTimes]:
    """Return travel times without any way to or from a place."""
    at, travel = problem.index[place], {}
    for vehicle, times in problem.travel.items():
        reachable = times.reachable.copy()
        reachable[at], reachable[:, at], reachable[at, at] = False, False, True
        travel[vehicle] = TravelTimes(np.where(reachable, times.seconds, 0), reachable)
    return travel


def filled(problem: Problem, step: int) -> Solution | None:
    """Return a solution of which every shift, or every second one, is filled; None for none."""
    instance = Instance(problem)
    try:
        solution = initial_solution(instance)
    except PlanError:
        return None
    complete(solution, range(0, len(instance.shifts), step))
    return solution


def solved(problem: Problem) -> Plan | None:
    try:
        return solve(problem, BRIEF)
    except PlanError:
        return None


def reasons_of(solution: Solution) -> list[LeftOut]:
    return [left for left in why_left_out(solution).values() if left.households]


@pytest.mark.parametrize("first", range(0, 120, 30))
def test_what_is_said_of_120_solutions_holds(first: int) -> None:
    for seed in range(first, first + 30):
        solution = filled(drawn(seed), 1 + seed % 3 // 2)
        if solution is not None:
            assert untrue_statements(solution, reasons_of(solution)) == [], seed


@pytest.mark.parametrize("first", range(200, 220, 10))
def test_what_a_plan_says_of_its_villages_holds(first: int) -> None:
    """Most of these plans are proved optimal: nothing that would gain was missed."""
    for seed in range(first, first + 10):
        problem = drawn(seed)
        plan = solved(problem)
        if plan is None:
            continue
        solution = solution_from_plan(Instance(problem), plan)
        left_out = [left for left in plan.left_out if left.households]
        assert untrue_statements(solution, left_out) == [], seed
        if plan.run.stopped_by == "proved":
            assert Reason.SEARCH not in {left.reason for left in left_out}, seed


@pytest.mark.parametrize("first", range(300, 320, 10))
def test_days_that_are_over_are_cited_by_nothing(first: int) -> None:
    """The first day is pinned as it was planned; what is left out then is said of the others."""
    for seed in range(first, first + 10):
        problem = drawn(seed)
        before = filled(problem, 1)
        if before is None or len(problem.days) == 1:
            continue
        plan = solved(problem)
        if plan is None:
            continue
        over = tuple((tour.team, tour.day) for tour in plan.tours if tour.day == 0)
        try:
            later = solve(problem, BRIEF, start=plan, pins=Pins(tours=over))
        except (InputError, PlanError):
            continue
        said = [each for left in later.left_out for each in left.requirements]
        assert all(each.day != 0 for each in said), seed
        assert RequirementKind.UNPIN not in {each.kind for each in said}, seed
        solution = solution_from_plan(Instance(problem), later)
        past = {left.place for left in later.left_out if left.reason is Reason.PAST}
        coming = [left for left in later.left_out if left.place not in past and left.households]
        assert untrue_statements(solution, coming) == [], seed


@pytest.mark.parametrize("first", range(410, 430, 10))
def test_what_the_search_missed_gains_where_it_is_forced_in(first: int) -> None:
    checked = 0
    for seed in range(first, first + 10):
        solution = filled(drawn(seed), 2)
        if solution is None or solution.unvisited_required().any():
            continue
        if solution.lacking_in_districts().any():
            continue
        plan = plan_of(solution)
        missed = [left for left in reasons_of(solution) if left.reason is Reason.SEARCH]
        for left in missed[:1]:
            found = explain(drawn(seed), plan, left.place, BRIEF)
            assert found.forced is not None, seed
            assert found.forced.objective > 0, seed
            assert found.conclusion.startswith("it could fit: the search missed it"), seed
            checked += 1
    assert checked


def plan_of(solution: Solution) -> Plan:
    run = Run("by hand", 0, 0.0, 0, StoppedBy.ITERATIONS, "0.1.0")
    left_out = tuple(reasons_of(solution))
    return Plan("", tours_of(solution), left_out, summary_of(solution, None), run)
