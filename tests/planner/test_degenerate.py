"""Degenerate input is planned: every kind of it, by both engines, and no bound is below a plan."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeplan.audit import audit_plan
from routeplan.errors import PlanError
from routeplan.model.problem import Day, Rules, Village, Window
from routeplan.planner import Options, solve, solver
from routeplan.planner.branch_and_price import engine
from routeplan.planner.branch_and_price.algorithm import BranchAndPrice
from routeplan.planner.branch_and_price.labelling import FIRST_LABELS
from routeplan.planner.branch_and_price.master import columns_of
from routeplan.planner.branch_and_price.team_classes import make_team_classes
from routeplan.planner.exact import is_small, solve_exactly
from routeplan.planner.instance import Instance
from routeplan.planner.native_instance import make_native_instance
from routeplan.planner.ortools_routing import engine as routing
from routeplan.planner.ortools_routing import model as routing_model
from routeplan.planner.ruin_and_recreate import construct
from routeplan.planner.ruin_and_recreate.native_solution import FORCED, stop_capacity
from routeplan.planner.solution import initial_solution
from tests.helpers.degenerate import KINDS, alike, degenerate_problem, degenerate_problems
from tests.oracles.brute_force import best_weighted
from tests.planner.test_ortools_routing import in_this_process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.planner.ortools_routing.task import RoutingResult, RoutingTask

# Doubles are rounded outward by less than this share.
CLOSE = 1e-9
STEPS = 30
PASSES = 30
# Of the exact model, in the engines too, and of a search in which nothing can be improved.
WORK, CHECKS = 0.5, 1000

engines = pytest.mark.parametrize(
    ("engine", "allowed"), [("columns", True), ("columns", False), ("routing", True)]
)
"""An engine, and whether the columns engine hands small problems to the exact model."""


@pytest.fixture(autouse=True, scope="module")
def _no_processes() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routing, "routing_results", within_seconds)
        patch.setattr(routing_model, "CHECKS_PER_SOLUTION", CHECKS)
        for user in (engine, solver):
            patch.setattr(user, "EXACT_WORK", WORK)
        yield


def within_seconds(task: RoutingTask) -> Iterator[RoutingResult]:
    """Search in this process; of a few problems each step of the library takes very long."""
    return in_this_process(replace(task, seconds=5.0) if task.seconds is None else task)


def planned(problem: Problem, options: Options, *, exact_allowed: bool = True) -> Plan | None:
    """Return a plan that the audit passes; None where the problem has none.

    That is proved of small problems; what is required may be too hard for a search otherwise.
    """
    with pytest.MonkeyPatch.context() as patch:
        if not exact_allowed:
            patch.setattr(engine, "is_small", lambda _: False)
        try:
            plan = solve(problem, options)
        except PlanError as error:
            if exact_allowed and options.seconds is None and best_known(problem) is not None:
                raise AssertionError("there is a plan") from error
            return None
    violations = audit_plan(problem, plan)
    assert violations == (), "\n".join(map(str, violations))
    assert plan.summary.upper_bound is None or not_below(
        plan.summary.upper_bound, plan.summary.weighted
    )
    return plan


def not_below(bound: float, weighted: float) -> bool:
    return bound >= weighted * (1 - CLOSE)


def best_known(problem: Problem) -> float | None:
    """Return what a plan of a small problem reaches: the best one, where that is found quickly."""
    instance = Instance(problem)
    found = solve_exactly(instance, deterministic=WORK) if is_small(instance) else None
    return None if found is None or found.solution is None else found.solution.score()[1]


# ---- Each kind, and kinds together ----


@engines
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_of_degenerate_problem_is_planned(
    kind: str, engine: str, *, allowed: bool
) -> None:
    """The plan keeps every rule, and a plan is refused only where there is none."""
    for seed in range(2):
        problem = degenerate_problem(seed, kind)
        planned(problem, Options(engine, iterations=STEPS, seed=seed), exact_allowed=allowed)


@settings(max_examples=60)
@given(
    problem=degenerate_problems(),
    engine=st.sampled_from(["columns", "columns", "routing"]),
    iterations=st.integers(0, STEPS),
    bound=st.booleans(),
    allowed=st.booleans(),
)
def test_problems_that_are_degenerate_in_several_ways_are_planned(
    problem: Problem, engine: str, iterations: int, *, bound: bool, allowed: bool
) -> None:
    options = Options(engine, iterations=iterations, bound=bound)
    planned(problem, options, exact_allowed=allowed)


@pytest.mark.parametrize("engine", ["columns", "routing"])
@pytest.mark.parametrize(
    "kinds",
    [
        ("some hours empty", "required"),
        ("one point", "no doors", "no setup"),
        ("no villages", "idle team"),
        ("countless households", "paces apart"),
        ("hours of years", "ways of years", "many decimals"),
    ],
    ids=" ".join,
)
def test_a_degenerate_problem_is_planned_in_a_given_time(
    kinds: tuple[str, ...], engine: str
) -> None:
    planned(degenerate_problem(3, *kinds), Options(engine, seconds=0.3), exact_allowed=False)


@pytest.mark.parametrize("engine", ["columns", "routing"])
@pytest.mark.parametrize(("count", "seconds"), [(165, 60), (240, 0), (500, 600)])
def test_days_of_very_many_stops_are_planned(count: int, seconds: int, engine: str) -> None:
    """Villages with the same travel times; by columns, as many are visited as there is time for."""
    problem = alike(count, seconds)
    plan = planned(problem, Options(engine, seconds=0.3))
    assert plan is not None
    work = problem.days[0].work
    fitting = (work.end - work.start) // seconds - 1 if seconds else count
    visited = sum(len(tour.stops) for tour in plan.tours)
    assert visited == min(count, fitting) if engine == "columns" else visited > 0


def test_more_villages_than_a_day_has_time_for_are_planned_and_bounded() -> None:
    """All have the same travel times: no route is better than another one."""
    plan = planned(alike(60, 900), Options(iterations=500))
    assert plan is not None
    assert plan.summary.upper_bound == plan.summary.weighted > 0


@pytest.mark.parametrize("seed", range(4))
def test_no_day_has_more_stops_than_capacity_for_them(seed: int) -> None:
    """Also where it begins at a village, and where neither driving nor visits take time."""
    for kinds in (("one point", "no doors", "no setup"), ("bases are villages", "no doors")):
        problem = degenerate_problem(seed, *kinds, "one shift")
        plan = planned(problem, Options(iterations=STEPS))
        if plan is not None:
            most = max(len(tour.stops) for tour in plan.tours)
            assert most <= stop_capacity(make_native_instance(Instance(problem))) - FORCED


def test_a_day_that_begins_at_a_village_has_capacity_for_a_stop_there() -> None:
    """It takes no drive: two villages a minute apart are both visited in a minute."""
    problem = alike(2, 60)
    team, day = problem.teams[0], problem.days[0]
    problem = problem.replace(
        teams=(replace(team, start="v0", end="v1"),), days=(Day(day.date, Window(0, 60)),)
    )
    plan = planned(problem, Options(iterations=STEPS))
    assert plan is not None
    assert len(plan.tours[0].stops) == 2
    assert stop_capacity(make_native_instance(Instance(problem))) - FORCED >= 2


# ---- What cannot be planned is refused by name ----


@pytest.mark.parametrize("engine", ["columns", "routing"])
@pytest.mark.parametrize(
    "kind", ["all hours empty", "all idle", "closed", "knock outside", "no ways", "setup of years"]
)
def test_a_required_village_that_nobody_can_visit_is_named(kind: str, engine: str) -> None:
    problem = degenerate_problem(1, kind)
    first = replace(problem.villages[0], required=True, min_households=1, households=1)
    problem = problem.replace(villages=(first, *problem.villages[1:]))
    with pytest.raises(PlanError, match=f"{first.place}: is required"):
        solve(problem, Options(engine, iterations=STEPS))


# ---- Bounds ----


@settings(max_examples=50)
@given(problem=degenerate_problems())
def test_no_bound_is_below_the_best_known_plan(problem: Problem) -> None:
    plan = planned(problem, Options(iterations=STEPS), exact_allowed=False)
    if plan is not None:
        assert plan.summary.upper_bound is not None
        assert not_below(plan.summary.upper_bound, best_known(problem) or 0.0)


@pytest.mark.parametrize(
    "kind", ["some hours empty", "many decimals", "never away", "light", "heavy", "one place"]
)
def test_no_bound_is_below_what_brute_force_reaches(kind: str) -> None:
    for seed in range(6):
        problem = degenerate_problem(seed, kind)
        best = best_weighted(problem)
        if best is not None:
            assert not_below(proven(problem), best)


@pytest.mark.parametrize("problem", [alike(40, 0), alike(200, 60), alike(500, 0)])
def test_pricing_of_days_of_very_many_stops_gives_up_or_bounds(problem: Problem) -> None:
    most = float(sum(village.households for village in problem.villages))
    assert proven(problem, passes=2) >= min(most, 200.0)


def test_paces_of_many_decimals_lose_no_household() -> None:
    """Three doors take a hair less than 100 seconds, and the day has no more."""
    problem = degenerate_problem(0, "one place")
    village = Village(problem.villages[0].place, households=50)
    problem = problem.replace(
        villages=(village,),
        teams=(replace(problem.teams[0], households_per_hour=108.0000000001, days=(0,)),),
        days=(Day(problem.days[0].date, Window(0, 100)),),
        rules=Rules(),
    )
    plan = planned(problem, Options(iterations=500), exact_allowed=False)
    assert plan is not None
    assert plan.summary.weighted == plan.summary.upper_bound == 3
    assert proven(problem) == 3


def proven(problem: Problem, passes: int = PASSES) -> float:
    """Return a proven bound, infinite where there is none."""
    instance = Instance(problem)
    tables = make_native_instance(instance)
    team_classes = make_team_classes(instance, tables)
    algorithm = BranchAndPrice(instance, tables, team_classes, FIRST_LABELS // 10)
    solution = construct(instance, tables, initial_solution(instance))
    columns = columns_of(solution, team_classes, tables)
    algorithm.reduced_costs((column.arc.shift_class, column.route) for column in columns)
    for _ in itertools.islice(algorithm.solve(), passes):
        pass
    bound = algorithm.upper_bound
    return math.inf if bound is None else bound
