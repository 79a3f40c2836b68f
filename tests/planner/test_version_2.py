"""Rules of version 2 of the files: plans and bounds against the optimum, and what is refused."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from routeplan.audit import audit_plan
from routeplan.errors import PlanError
from routeplan.model.plan import StoppedBy
from routeplan.planner import Options, solve, solver
from routeplan.planner.branch_and_price import engine
from routeplan.planner.ortools_routing import engine as routing
from tests.helpers.small_problems import new_problem
from tests.oracles.naive_plans import find_tour, make_plan
from tests.oracles.optima import optimum_of_new
from tests.planner.test_ortools_routing import in_this_process

if TYPE_CHECKING:
    from routeplan.model.plan import Plan

ITERATIONS = 200
TOLERANCE = 1e-6

each_problem = pytest.mark.parametrize("seed", range(300))


@cache
def planned(seed: int) -> Plan | None:
    """Return the plan of the engine `columns`, None where it says that there is none."""
    try:
        return solve(new_problem(seed), Options(engine="columns", iterations=ITERATIONS, seed=1))
    except PlanError:
        return None


@each_problem
def test_plan_and_bound_are_the_optimum(seed: int) -> None:
    """It says that there is no plan exactly where there is none; and each plan is audited."""
    plan, best = planned(seed), optimum_of_new(seed)
    assert (plan is None) == (best is None)
    if plan is not None and best is not None:
        assert audit_plan(new_problem(seed), plan) == ()
        assert plan.summary.objective == pytest.approx(best.weighted, abs=TOLERANCE)
        assert plan.summary.upper_bound == pytest.approx(best.weighted, abs=TOLERANCE)


@each_problem
def test_a_plan_that_passes_the_audit_reaches_the_optimum(seed: int) -> None:
    """So that the optimum itself is none too high."""
    problem, best = new_problem(seed), optimum_of_new(seed)
    if best is None:
        return
    tours = []
    for day in best.days:
        team = problem.team_of[day.team]
        found = find_tour(problem, team, day.day, (day.start, day.end), (*day.visits.items(),))
        assert found is not None
        tours.append(found)
    plan = make_plan(problem, tours)
    assert audit_plan(problem, plan) == ()
    assert plan.summary.objective == pytest.approx(best.weighted, abs=TOLERANCE)


def generated(seed: int) -> Plan | None:
    """Return the plan that is found by columns alone, without the exact model."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "is_small", lambda _: False)
        patch.setattr(solver, "is_small", lambda _: False)
        try:
            return solve(new_problem(seed), Options(iterations=ITERATIONS))
        except PlanError:
            return None


@pytest.mark.parametrize("seed", range(150))
def test_the_bound_of_columns_is_never_below_the_optimum_nor_their_plan_above_it(seed: int) -> None:
    plan, best = generated(seed), optimum_of_new(seed)
    if plan is None:
        return
    assert audit_plan(new_problem(seed), plan) == ()
    assert best is not None
    assert plan.summary.upper_bound is not None
    assert plan.summary.objective <= best.weighted + TOLERANCE
    assert plan.summary.upper_bound >= best.weighted - TOLERANCE
    if plan.run.stopped_by is StoppedBy.PROVED:
        assert plan.summary.objective == pytest.approx(best.weighted, abs=TOLERANCE)


@pytest.mark.parametrize("seed", range(0, 300, 4))
def test_routing_never_reaches_more_than_the_optimum(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its plans are audited; it may say that there is none where there is, but not otherwise."""
    monkeypatch.setattr(routing, "routing_results", in_this_process)
    try:
        plan = solve(new_problem(seed), Options(engine="routing", iterations=20))
    except PlanError:
        return
    best = optimum_of_new(seed)
    assert best is not None
    assert audit_plan(new_problem(seed), plan) == ()
    assert plan.summary.objective <= best.weighted + TOLERANCE
