"""The exact model of small problems: it knows every rule, and stops when it is told to."""

from __future__ import annotations

import itertools
import threading
from dataclasses import replace
from functools import cache
from signal import SIGINT, raise_signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.sat.python.cp_model import OPTIMAL

from routeplan.audit import audit_plan
from routeplan.errors import PlanError
from routeplan.planner import Options, Pins, solve
from routeplan.planner.exact import is_small, solve_exactly
from routeplan.planner.exact.model import ExactModel, new_solver
from routeplan.planner.instance import Instance
from routeplan.planner.ortools_routing import engine as routing
from routeplan.planner.pins.checks import pinned_instance
from routeplan.planner.solution import Solution, initial_solution
from routeplan.planner.times import Pace
from tests.bench.districts import make_district
from tests.helpers.processor import busy_at_most
from tests.helpers.small_problems import small_problem
from tests.helpers.strategies import problems
from tests.oracles.optima import optimum
from tests.planner.test_ortools_routing import as_plan, in_this_process

if TYPE_CHECKING:
    from routeplan.model.problem import Problem
    from routeplan.planner.exact.model import Exact

TOLERANCE = 1e-6
# Work that proves the optimum of each of the small problems.
ENOUGH = 30.0

# An eighth of them; a quarter is proved through the engine that asks this model, too.
some_problems = pytest.mark.parametrize("seed", [*range(2, 200, 8), 55])


@cache
def solved(seed: int) -> Exact:
    exact = solve_exactly(Instance(small_problem(seed)), deterministic=ENOUGH)
    assert exact is not None
    return exact


def weighted(exact: Exact) -> float:
    assert exact.solution is not None
    return float(exact.solution.score()[1])


@some_problems
def test_it_proves_the_optimum(seed: int) -> None:
    """Or that there is no plan, exactly where there is none."""
    best, exact = optimum(seed), solved(seed)
    assert exact.infeasible == (best is None)
    assert exact.proved == (best is not None)
    if best is None:
        assert exact.solution is None
    else:
        assert exact.bound >= best.weighted == pytest.approx(weighted(exact), abs=TOLERANCE)
        assert exact.bound == pytest.approx(best.weighted, abs=TOLERANCE)


@some_problems
def test_its_plans_pass_the_audit(seed: int) -> None:
    solution, problem = solved(seed).solution, small_problem(seed)
    assert solution is None or audit_plan(problem, as_plan(problem, solution)) == ()


@some_problems
def test_a_search_that_is_cut_short_tells_nothing_wrong(seed: int) -> None:
    problem, best = small_problem(seed), optimum(seed)
    exact = solve_exactly(Instance(problem), deterministic=0.02)
    assert exact is not None
    assert best is None or exact.bound >= best.weighted
    assert not (exact.infeasible and best)
    if exact.solution is not None:
        assert best is not None
        assert audit_plan(problem, as_plan(problem, exact.solution)) == ()
        assert not exact.proved or weighted(exact) == pytest.approx(best.weighted, abs=TOLERANCE)


@some_problems
def test_a_start_is_understood_whichever_of_two_teams_alike_does_what(seed: int) -> None:
    """With all that is suggested of it taken for granted, there still is a plan, as good."""
    problem = small_problem(seed)
    instance, solution = Instance(problem), solved(seed).solution
    if solution is None:
        return
    if alike(problem):
        half = len(solution.routes) // 2
        solution = Solution(instance, [*solution.routes[half:], *solution.routes[:half]])
    exact = ExactModel(instance, 10)
    exact.hint(solution)
    exact.model.maximize(exact.weighted)
    solver = new_solver(1)
    solver.parameters.fix_variables_to_their_hinted_value = True
    assert solver.solve(exact.model) == OPTIMAL
    assert solver.objective_value / 10 == pytest.approx(solution.score()[1])


def alike(problem: Problem) -> bool:
    return len({replace(team, id="any") for team in problem.teams}) < len(problem.teams)


def test_some_small_problems_have_teams_alike() -> None:
    assert all(alike(small_problem(seed)) for seed in (55, 118, 173))


@settings(max_examples=40)
@given(problem=problems())
def test_any_plan_passes_the_audit(problem: Problem) -> None:
    """Whatever the rules ask, and however many households there are."""
    exact = solve_exactly(Instance(problem), deterministic=0.3)
    if exact is not None and exact.solution is not None:
        assert audit_plan(problem, as_plan(problem, exact.solution)) == ()
        assert weighted(exact) <= exact.bound + TOLERANCE


@pytest.mark.parametrize("seed", [20, 84, 116, 182])
def test_the_same_work_and_seed_give_the_same_plan(seed: int) -> None:
    solutions = []
    for _ in range(2):
        exact = solve_exactly(Instance(small_problem(seed)), deterministic=0.4, seed=-7)
        assert exact is not None
        assert exact.solution is not None
        solutions.append(exact.solution)
    assert solutions[0].routes == solutions[1].routes


def test_of_plans_that_reach_as_much_it_drives_the_least() -> None:
    """All villages fit into one day, so that only their order is open."""
    problem = make_district(5, 1, 1, 0, seed=2).replace(sleeps=())
    (team,) = problem.teams
    problem = problem.replace(teams=(replace(team, households_per_hour=None),))
    exact = solve_exactly(Instance(problem))
    assert exact is not None
    assert exact.solution is not None
    seconds = problem.travel["car"].seconds.tolist()
    ways = ((0, *order, 0) for order in itertools.permutations(range(1, 6)))
    shortest = min(sum(seconds[a][b] for a, b in itertools.pairwise(way)) for way in ways)
    assert exact.solution.left().sum() == 0
    assert exact.solution.drive_seconds() == shortest


@pytest.mark.parametrize("seed", range(0, 200, 8))
def test_pinned_tours_stay_and_the_rest_is_as_good_as_can_be(seed: int) -> None:
    """With any first tours of a best plan pinned, the best is as good as without."""
    problem, best = small_problem(seed), solved(seed)
    if best.solution is None:
        return
    plan = as_plan(problem, best.solution)
    pinned = plan.tours[: 1 + seed // 8 % len(plan.tours)]
    pins = Pins(tours=tuple((tour.team, tour.day) for tour in pinned))
    instance = pinned_instance(Instance(problem), pins, plan)
    exact = solve_exactly(instance, deterministic=ENOUGH)
    assert exact is not None
    assert exact.solution is not None
    assert exact.proved
    assert exact.bound == best.bound
    for number, route in instance.pins.routes.items():
        assert exact.solution.routes[number] == route


def test_a_pinned_village_is_visited_on_its_day_only() -> None:
    problem = make_district(5, 1, 2, 0, seed=2, nights=False)
    instance = pinned_instance(
        Instance(problem), Pins(visits=(("v0003", 1),), skipped=("v0002",)), None
    )
    exact = solve_exactly(instance)
    assert exact is not None
    assert exact.solution is not None
    days = [{visit.village for visit in route.visits} for route in exact.solution.routes]
    assert 2 in days[1] - days[0]
    assert 1 not in days[0] | days[1]


@pytest.fixture
def unlimited() -> Instance:
    """So large that nobody would see the end of it."""
    return Instance(make_district(26, 2, 3, 2, seed=1))


def test_ctrl_c_is_heard_and_keeps_the_best_plan(unlimited: Instance) -> None:
    start = initial_solution(unlimited)
    timer = threading.Timer(1.0, raise_signal, [SIGINT])
    with busy_at_most(3.0):
        timer.start()
        exact = solve_exactly(unlimited, start)
    assert exact is not None
    assert exact.interrupted
    assert exact.solution is not None
    assert not exact.proved
    assert weighted(exact) <= exact.bound


def test_it_stops_when_the_time_is_over(unlimited: Instance) -> None:
    with busy_at_most(2.0):
        exact = solve_exactly(unlimited, seconds=0.3)
    assert exact is not None
    assert not exact.interrupted
    assert not exact.proved
    assert not exact.infeasible


def test_without_time_the_start_stands(unlimited: Instance) -> None:
    start = initial_solution(unlimited)
    exact = solve_exactly(unlimited, start, seconds=1e-9)
    assert exact is not None
    assert exact.solution is start
    assert exact.bound == unlimited.households.sum()


def test_weights_of_too_many_digits_are_left_alone() -> None:
    problem = make_district(3, 1, 1, 0, seed=1, nights=False)
    first, *others = problem.villages
    odd = problem.replace(villages=(replace(first, weight=0.1 + 0.2), *others))
    assert solve_exactly(Instance(odd)) is None


@given(
    num=st.integers(0, 10**15), den=st.integers(1, 10**12), most=st.integers(0, 60), data=st.data()
)
def test_a_simpler_rate_gives_the_same_door_times(
    num: int, den: int, most: int, data: st.DataObject
) -> None:
    pace = Pace(num, den)
    rate = pace.rounded(most)
    households = data.draw(st.integers(0, most))
    assert rate.seconds(households) == pace.seconds(households)
    assert rate.den <= max(most, 1)
    assert most == 0 or rate.num * den >= num * rate.den


def test_what_is_small() -> None:
    assert all(is_small(Instance(small_problem(seed))) for seed in range(200))
    assert not is_small(Instance(make_district(26, 2, 3, 2, seed=1)))
    assert not is_small(Instance(make_district(60, 1, 1, 0, seed=1, nights=False)))


# Days that cannot be driven without a visit; required visits that reach nobody, or need nights.
HARD_TO_BEGIN = [10, 58, 87, 93, 101, 126, 150, 167]
NO_PLAN = [33, 73, 94, 121]


@pytest.mark.parametrize("seed", HARD_TO_BEGIN)
def test_a_small_problem_is_not_refused_while_there_is_a_plan(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the engine does with such a start, its plan keeps every rule; and so on from it."""
    monkeypatch.setattr(routing, "routing_results", in_this_process)
    problem, options = small_problem(seed), Options(engine="routing", iterations=20)
    plan = solve(problem, options)
    assert audit_plan(problem, plan) == ()
    again = solve(problem, options, start=plan)
    assert audit_plan(problem, again) == ()
    assert again.summary.weighted >= plan.summary.weighted


@pytest.mark.parametrize("seed", NO_PLAN)
def test_a_small_problem_without_a_plan_is_refused_before_the_search(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routing, "routing_results", in_this_process)
    refused = "is required but (not visited|cannot be visited: below_minimum)"
    with busy_at_most(5.0), pytest.raises(PlanError, match=refused):
        solve(small_problem(seed), Options(engine="routing", seconds=60))


@pytest.mark.parametrize("has_solution", [False, True])
def test_ctrl_c_before_the_search_keeps_a_plan_that_is_there(
    has_solution: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = solved(10)._replace(interrupted=True, proved=False)
    exact = found if has_solution else found._replace(solution=None)
    monkeypatch.setattr("routeplan.planner.solver.solve_exactly", lambda *_, **__: exact)
    if has_solution:
        plan = solve(small_problem(10), Options(seconds=60))
        assert plan.run.stopped_by == "interrupt"
        assert audit_plan(small_problem(10), plan) == ()
    else:
        with pytest.raises(KeyboardInterrupt):
            solve(small_problem(10), Options(seconds=60))
