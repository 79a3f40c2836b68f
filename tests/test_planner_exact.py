"""Engines against the exact optimum of small problems."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from routeplan.audit import audit_plan
from routeplan.errors import PlanError
from routeplan.planner import Options, routing, solve
from tests.oracles.naive_plans import find_tour, make_plan
from tests.oracles.optima import optimum
from tests.small_problems import small_problem
from tests.test_planner_routing import in_this_process

if TYPE_CHECKING:
    from routeplan.plan import Plan

ITERATIONS = 2000
TOLERANCE = 1e-6

each_problem = pytest.mark.parametrize("seed", range(200))
some_problems = pytest.mark.parametrize("seed", range(0, 200, 5))


@cache
def planned(seed: int) -> Plan | None:
    """Return the plan of the engine `columns`, None where it says that there is none."""
    try:
        options = Options(engine="columns", iterations=ITERATIONS, seed=1)
        return solve(small_problem(seed), options)
    except PlanError:
        return None


@each_problem
def test_columns_proves_the_optimum(seed: int) -> None:
    """It says that there is no plan exactly where there is none."""
    plan, best = planned(seed), optimum(seed)
    assert (plan is None) == (best is None)
    if plan is not None and best is not None:
        assert plan.summary.weighted == pytest.approx(best.weighted, abs=TOLERANCE)
        assert plan.summary.upper_bound == pytest.approx(best.weighted, abs=TOLERANCE)


@each_problem
def test_every_plan_of_columns_passes_the_audit(seed: int) -> None:
    plan = planned(seed)
    assert plan is None or audit_plan(small_problem(seed), plan) == ()


@some_problems
def test_routing_never_reaches_more_than_the_optimum(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may say that there is no plan where there is one, but not the other way."""
    monkeypatch.setattr(routing, "answers", in_this_process)
    try:
        plan = solve(small_problem(seed), Options(engine="routing", iterations=20))
    except PlanError:
        return
    best = optimum(seed)
    assert best is not None
    assert plan.summary.weighted <= best.weighted + TOLERANCE


@each_problem
def test_a_plan_that_passes_the_audit_reaches_the_optimum(seed: int) -> None:
    """So that the optimum itself is none too high."""
    problem, best = small_problem(seed), optimum(seed)
    if best is None:
        return
    tours = [
        find_tour(problem, problem.team_of[d.team], d.day, (d.start, d.end), (*d.visits.items(),))
        for d in best.days
    ]
    plan = make_plan(problem, [tour for tour in tours if tour is not None])
    assert audit_plan(problem, plan) == ()
    assert plan.summary.weighted == best.weighted
