"""The engine `routing`: its plans keep every rule, always, and it stops as it is told."""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from routeplan.audit import audit_plan
from routeplan.errors import InputError, PlanError, RouteplanError
from routeplan.formats import plan_to_json
from routeplan.model.plan import Plan, Reason, StoppedBy
from routeplan.model.problem import Problem, TravelTimes, Village, Window
from routeplan.planner import Options, solve, solver
from routeplan.planner.engine import Outcome
from routeplan.planner.instance import Instance
from routeplan.planner.ortools_routing import engine as routing
from routeplan.planner.ortools_routing.model import solve_task
from routeplan.planner.ortools_routing.task import TaskBuilder
from routeplan.planner.routes import DayRoute, Visit
from routeplan.planner.solution import (
    Solution,
    anneal_overnight_places,
    beds_suffice,
    complete,
    initial_solution,
    nights_away_allowed,
    repair,
)
from tests.bench.districts import make_district
from tests.helpers.strategies import problems
from tests.helpers.toy import toy_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from routeplan.planner import Progress
    from routeplan.planner.ortools_routing.task import RoutingResult, RoutingTask


def in_this_process(task: RoutingTask) -> Iterator[RoutingResult]:
    """Stand in for the worker where a process for each example would be too slow."""
    answers: list[RoutingResult] = []
    solve_task(task, answers.append)
    yield answers[-1]


@pytest.fixture(scope="module")
def district() -> Problem:
    return make_district(40, 2, 4, 8, seed=1)


def judged(problem: Problem, plan: Plan) -> Plan:
    violations = audit_plan(problem, plan)
    assert violations == (), "\n".join(map(str, violations))
    return plan


def as_plan(problem: Problem, solution: Solution) -> Plan:
    """Make a plan of a solution by the solver's own last steps."""
    with pytest.MonkeyPatch.context() as patch:
        outcome = Outcome(solution, None, 0, StoppedBy.ITERATIONS)
        patch.setitem(solver.ENGINES, "given", lambda *_: outcome)
        return solve(problem, Options("given", iterations=0))


every_problem = problems() | problems(version=2)


@settings(max_examples=80)
@given(problem=every_problem, iterations=st.integers(0, 40), seed=st.integers(0, 3))
def test_every_plan_passes_the_audit(problem: Problem, iterations: int, seed: int) -> None:
    """Whatever the rules ask: a plan keeps them all, or something required cannot be."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routing, "routing_results", in_this_process)
        try:
            plan = solve(problem, Options("routing", iterations=iterations, seed=seed))
        except PlanError:
            assume(False)  # noqa: FBT003
        judged(problem, plan)


def test_a_visit_that_reaches_all_or_none_is_not_filled_in_part() -> None:
    """It may be there with no household, where it is required: that is no room for some."""
    posed = make_district(1, 1, 1, 0, seed=1, nights=False)
    whole = Village("v0001", 1000, partial=False, min_households=0, required=True)
    instance = Instance(posed.replace(villages=(whole,)))
    solution = Solution(instance, [DayRoute(0, 0, (Visit(0, 0),))])
    complete(solution)
    assert solution.routes == [DayRoute(0, 0, (Visit(0, 0),))]


@given(problem=every_problem, data=st.data())
def test_any_solution_can_be_mended(problem: Problem, data: st.DataObject) -> None:
    """However wild the visits that a search hands over, the mended solution passes the audit."""
    instance = Instance(problem)
    try:
        solution = initial_solution(instance)
    except PlanError:
        assume(False)  # noqa: FBT003
    visit = st.builds(Visit, st.integers(0, len(instance.villages) - 1), st.integers(0, 60))
    wild = [data.draw(st.lists(visit, max_size=5)) for _ in instance.shifts]
    ends = [route.end for route in solution.routes]
    solution = Solution(instance, instance.day_routes(ends, wild))
    repair(solution)
    complete(solution)
    assume(solution.score()[0] == 0)
    judged(problem, as_plan(problem, solution))


@given(problem=problems(), seed=st.integers(0, 5))
def test_changed_nights_keep_beds_and_nights_away(problem: Problem, seed: int) -> None:
    instance = Instance(problem)
    try:
        solution = initial_solution(instance)
    except PlanError:
        assume(False)  # noqa: FBT003
    complete(solution)
    found = [solution]
    done = iter([step / 20 for step in range(21)])
    anneal_overnight_places(
        solution, random.Random(seed), progress=lambda: next(done), better=found.append
    )
    assert [d.score() for d in found] == sorted(d.score() for d in found)
    for better in found:
        assert beds_suffice(better)
        assert all(nights_away_allowed(better, chain) for chain in instance.chains)


@given(problem=problems())
@example(problem=toy_problem())
def test_blocks_hold_all_doors_and_respect_shares(problem: Problem) -> None:
    """Blocks of a village add up to its households, none above what one visit may reach."""
    instance = Instance(problem)
    model = TaskBuilder(instance)
    routes = (tuple(range(len(model))),) + ((),) * (len(instance.shifts) - 1)
    sums = [0] * len(instance.villages)
    for visit in model.visits(routes)[0] if instance.shifts else []:
        assert visit.households <= instance.max_households[visit.village]
        sums[visit.village] += visit.households
    for number, doors in enumerate(sums):
        assert doors <= instance.households[number]


def test_no_village_is_out_of_the_model_for_its_size(district: Problem) -> None:
    """However slow the team, a block of every village fits into a day."""
    slow = district.replace(
        teams=tuple(replace(team, households_per_hour=3.0) for team in district.teams)
    )
    model = TaskBuilder(Instance(slow))
    routes = (tuple(range(len(model))),) + ((),) * 7
    villages = {visit.village for visit in model.visits(routes)[0]}
    assert villages == set(range(len(slow.villages)))


def test_the_same_iterations_and_seed_give_the_same_plan_to_the_byte(
    district: Problem, capfd: pytest.CaptureFixture[str]
) -> None:
    texts = set()
    for _ in range(2):
        plan = judged(district, solve(district, Options("routing", iterations=100, seed=7)))
        texts.add(plan_to_json(plan.replace(run=replace(plan.run, seconds=0.0))))
        assert plan.run.stopped_by is StoppedBy.ITERATIONS
        assert plan.run.iterations >= 100
    assert len(texts) == 1
    assert capfd.readouterr() == ("", "")


def test_a_search_with_seconds_says_that_time_stopped_it_and_nothing_else(
    district: Problem, capfd: pytest.CaptureFixture[str]
) -> None:
    problem = district.replace(sleeps=())
    plan = judged(problem, solve(problem, Options("routing", seconds=2)))
    assert capfd.readouterr() == ("", "")
    assert plan.run.stopped_by is StoppedBy.TIME
    assert plan.summary.upper_bound is None


def test_nights_out_reach_more_than_nights_at_home(district: Problem) -> None:
    home = judged(district, solve(district.replace(sleeps=()), Options("routing", iterations=80)))
    out = judged(district, solve(district, Options("routing", iterations=160)))
    assert {tour.end for tour in home.tours} == {"base"}
    assert {tour.end for tour in out.tours} != {"base"}
    assert out.summary.households > home.summary.households


def test_the_days_search_betters_the_greedy_plan() -> None:
    problem = make_district(50, 3, 3, 0, seed=1, nights=False)
    greedy = initial_solution(Instance(problem))
    complete(greedy)
    plan = judged(problem, solve(problem, Options("routing", iterations=20)))
    assert plan.summary.households > int(greedy.reached_on.sum())


def test_ctrl_c_keeps_the_best_plan_and_marks_it(district: Problem) -> None:
    reported: list[Progress] = []

    def stop_at_the_third(progress: Progress) -> None:
        reported.append(progress)
        if len(reported) == 3:
            raise KeyboardInterrupt

    plan = judged(
        district, solve(district, Options("routing", seconds=60), report=stop_at_the_third)
    )
    assert plan.run.stopped_by is StoppedBy.INTERRUPT
    assert plan.summary.households == reported[-1].households


def test_progress_only_ever_gets_better(district: Problem) -> None:
    reported: list[Progress] = []
    solve(district, Options("routing", iterations=200), report=reported.append)
    assert len(reported) > 1
    assert [p.weighted for p in reported] == sorted(p.weighted for p in reported)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("no way", Reason.UNREACHABLE),
        ("doors never open", Reason.CLOSED),
        ("all days closed", Reason.CLOSED),
        ("a drive beyond the limit", Reason.TOO_FAR),
        ("more doors than a day holds", Reason.TOO_FAR),
        ("too many households", Reason.NO_TIME),
    ],
)
def test_each_reason_for_being_left_out(change: str, reason: Reason) -> None:
    problem = lone_village(change)
    plan = judged(problem, solve(problem, Options("routing", iterations=5)))
    (left,) = plan.left_out
    assert left.reason is reason
    assert left.requirements


def test_a_village_that_is_only_reached_by_way_of_another_is_not_called_unreachable() -> None:
    """Times that people bring need not be shortest: the way may lead through a village."""
    district = make_district(2, 1, 1, 0, seed=3, nights=False)
    rows: list[list[int | None]] = [[0, 600, None], [600, 0, 600], [None, 600, 0]]
    problem = district.replace(
        travel={"car": TravelTimes.from_rows(rows)},
        villages=(Village("v0001", 50), Village("v0002", 50)),
    )
    plan = judged(problem, solve(problem, Options("routing", iterations=5)))
    assert plan.summary.households + sum(left.households for left in plan.left_out) == 100
    assert {left.reason for left in plan.left_out} <= {Reason.NO_TIME, Reason.SEARCH}


@pytest.mark.parametrize("change", ["no way", "doors never open", "a drive beyond the limit"])
def test_a_required_village_that_cannot_be_visited_is_refused_by_name(change: str) -> None:
    problem = lone_village(change)
    (village,) = problem.villages
    asked = problem.replace(villages=(replace(village, required=True),))
    with pytest.raises(PlanError, match="v0001: is required but cannot be visited"):
        solve(asked, Options("routing", iterations=5))


def lone_village(change: str) -> Problem:
    """The first village of a district alone, for one team and one day, with one thing wrong."""
    district = make_district(1, 1, 1, 0, seed=3, nights=False)
    base, place = district.places
    village = Village("v0001", 20)
    rows: list[list[int | None]] = [[0, 1200], [1200, 0]]
    match change:
        case "no way":
            rows = [[0, 1200], [None, 0]]
        case "doors never open":
            village = Village("v0001", 20, knock=Window(0, 3600))
        case "all days closed":
            village = Village("v0001", 20, closed_days=(0,))
        case "a drive beyond the limit":
            rows = [[0, 4 * 3600], [4 * 3600, 0]]
        case "more doors than a day holds":
            village = Village("v0001", 300, partial=False)
        case "too many households":
            village = Village("v0001", 300)
    return district.replace(
        places=(base, replace(place, id="v0001")),
        travel={"car": TravelTimes.from_rows(rows)},
        villages=(village,),
    )


def test_a_team_that_cannot_get_home_is_refused_by_name() -> None:
    problem = lone_village("no way")
    (team,) = problem.teams
    stranded = replace(team, start="v0001")
    with pytest.raises(PlanError, match="team t0 cannot get from v0001 to base"):
        solve(problem.replace(teams=(stranded,)), Options("routing", iterations=5))


def test_an_engine_that_does_not_exist_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'routing'"):
        solve(toy_problem(), Options(engine="rooting"))


def test_options_that_cannot_be_are_refused_all_at_once() -> None:
    with pytest.raises(InputError) as caught:
        Options(seconds=0, iterations=-1, seed=2**70)
    assert [fault.where for fault in caught.value.faults] == ["seconds", "iterations", "seed"]


def test_seconds_of_the_processor_are_a_limit_of_their_own() -> None:
    options = Options(cpu_seconds=2)
    assert (options.seconds, options.limit) == (None, 2)
    with pytest.raises(InputError) as caught:
        Options(engine="routing", seconds=1, cpu_seconds=0)
    assert [fault.message for fault in caught.value.faults] == [
        "0 is not above 0 and at most 604800 (a week)",
        "is given beside seconds",
        "the engine routing has no limit of the processor's time",
    ]


def task_of(problem: Problem, seconds: float) -> RoutingTask:
    instance = Instance(problem)
    return replace(TaskBuilder(instance).task(initial_solution(instance), None), seconds=seconds)


def test_the_watchdog_ends_a_search_that_does_not_end_itself(
    district: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlimited = (sys.executable, "-c", "import time; time.sleep(600)")
    monkeypatch.setattr(routing, "COMMAND", unlimited)
    monkeypatch.setattr(routing, "GRACE_SECONDS", 0.1)
    assert list(routing.routing_results(task_of(district, 0.1))) == []


def test_a_search_that_breaks_down_is_not_passed_over(
    district: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routing, "COMMAND", (sys.executable, "-c", "raise SystemExit(3)"))
    with pytest.raises(RouteplanError, match="ended before its last result"):
        list(routing.routing_results(task_of(district, 5.0)))
