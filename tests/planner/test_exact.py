"""Engines against the exact optimum of small problems."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from routeplan.audit import audit_plan
from routeplan.errors import PlanError
from routeplan.model.plan import StoppedBy
from routeplan.planner import Options, solve
from routeplan.planner.branch_and_price import engine
from routeplan.planner.ortools_routing import engine as routing
from tests.helpers.small_problems import small_problem
from tests.oracles.naive_plans import find_tour, make_plan
from tests.oracles.optima import SEEDS, optimum
from tests.planner.test_ortools_routing import in_this_process

if TYPE_CHECKING:
    from routeplan.model.plan import Plan

ITERATIONS = 2000
TOLERANCE = 1e-6

each_problem = pytest.mark.parametrize("seed", SEEDS[1::2])
half_of_these = pytest.mark.parametrize("seed", SEEDS[1::4])
some_problems = pytest.mark.parametrize("seed", SEEDS[::5])


@cache
def planned(seed: int) -> Plan | None:
    """Return the plan of the engine `columns`, None where it says that there is none."""
    try:
        options = Options(engine="columns", iterations=ITERATIONS, seed=1)
        return solve(small_problem(seed), options)
    except PlanError:
        return None


@half_of_these
def test_columns_proves_the_optimum(seed: int) -> None:
    """It says that there is no plan exactly where there is none."""
    plan, best = planned(seed), optimum(seed)
    assert (plan is None) == (best is None)
    if plan is not None and best is not None:
        assert plan.summary.weighted == pytest.approx(best.weighted, abs=TOLERANCE)
        assert plan.summary.upper_bound == pytest.approx(best.weighted, abs=TOLERANCE)


@half_of_these
def test_every_plan_of_columns_passes_the_audit(seed: int) -> None:
    plan = planned(seed)
    assert plan is None or audit_plan(small_problem(seed), plan) == ()


@cache
def generated(seed: int) -> Plan | None:
    """Return the plan that is found by columns alone, without the exact model."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "is_small", lambda _: False)
        try:
            return solve(small_problem(seed), Options(iterations=300))
        except PlanError:
            return None


@pytest.mark.parametrize("seed", range(0, 120, 2))
def test_the_bound_of_columns_is_never_below_the_optimum_nor_their_plan_above_it(seed: int) -> None:
    plan, best = generated(seed), optimum(seed)
    if plan is None:
        return
    assert audit_plan(small_problem(seed), plan) == ()
    assert best is not None
    assert plan.summary.upper_bound is not None
    assert plan.summary.weighted <= best.weighted + TOLERANCE
    assert plan.summary.upper_bound >= best.weighted - TOLERANCE
    if plan.run.stopped_by is StoppedBy.PROVED:
        assert plan.summary.weighted == pytest.approx(best.weighted, abs=TOLERANCE)


def test_columns_alone_prove_many_small_problems_and_solve_nearly_all() -> None:
    """So that bounds are of use, and what is found by columns is not left to luck."""
    found = [(generated(seed), optimum(seed)) for seed in range(0, 120, 2)]
    plans = [(plan, best) for plan, best in found if plan is not None and best is not None]
    proved = sum(plan.run.stopped_by is StoppedBy.PROVED for plan, _ in plans)
    reached = sum(plan.summary.weighted >= best.weighted - TOLERANCE for plan, best in plans)
    assert proved > 0.2 * len(plans) > 10
    assert reached > 0.75 * len(plans)


@some_problems
def test_routing_never_reaches_more_than_the_optimum(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may say that there is no plan where there is one, but not the other way."""
    monkeypatch.setattr(routing, "routing_results", in_this_process)
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
