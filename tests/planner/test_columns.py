"""The engine `columns`: its plans keep every rule, its bounds hold, and it stops as it is told."""

from __future__ import annotations

import itertools
import os
import random
import signal
import threading
import time
import weakref
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from routeplan.audit import audit_plan
from routeplan.errors import PlanError
from routeplan.formats import plan_to_json
from routeplan.model.plan import Plan, StoppedBy
from routeplan.model.problem import Problem, Window
from routeplan.planner import Options, solve
from routeplan.planner.branch_and_price import engine
from routeplan.planner.branch_and_price.restricted_master_heuristic import (
    RestrictedMasterHeuristic,
)
from routeplan.planner.engine import Clock, Incumbent, defer_interrupt
from routeplan.planner.instance import Instance
from routeplan.planner.native_instance import make_native_instance
from routeplan.planner.ruin_and_recreate import construct
from routeplan.planner.solution import initial_solution
from tests.bench.districts import make_district
from tests.bench.driving import saturated
from tests.helpers.processor import busy_at_most
from tests.helpers.strategies import problems
from tests.planner.test_ortools_routing import lone_village

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from routeplan.planner import Progress
    from routeplan.planner.solution import Solution

CLOSE = 1e-6
# What a promise to hold a time allows.
GRACE = 2.0
INTERRUPTS = 20


@pytest.fixture(autouse=True, scope="module")
def nothing_is_small() -> Iterator[None]:
    """Small problems would be solved by another model."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "is_small", lambda _: False)
        yield


@pytest.fixture(scope="module")
def district() -> Problem:
    return make_district(40, 2, 4, 8, seed=1)


def judged(problem: Problem, plan: Plan) -> Plan:
    violations = audit_plan(problem, plan)
    assert violations == (), "\n".join(map(str, violations))
    return plan


def planned(problem: Problem, options: Options) -> Plan:
    return judged(problem, solve(problem, options))


def as_text(plan: Plan) -> str:
    return plan_to_json(plan.replace(run=replace(plan.run, seconds=0.0)))


def bound_of(plan: Plan) -> float:
    assert plan.summary.upper_bound is not None
    return plan.summary.upper_bound


def constructed(problem: Problem) -> Solution:
    """Return the first solution that the search begins from."""
    instance = Instance(problem)
    return construct(instance, make_native_instance(instance), initial_solution(instance))


def greedy_weighted(problem: Problem) -> float:
    return constructed(problem).score()[1]


# ---- Every plan keeps every rule, every bound holds ----


@settings(max_examples=120)
@given(problem=problems(), iterations=st.integers(0, 400), seed=st.integers(-3, 3))
def test_every_plan_passes_the_audit(problem: Problem, iterations: int, seed: int) -> None:
    """Whatever the rules ask; or something required cannot be, or was not found to be."""
    try:
        plan = solve(problem, Options(iterations=iterations, seed=seed))
    except PlanError:
        assume(False)  # noqa: FBT003
    judged(problem, plan)
    assert bound_of(plan) >= plan.summary.weighted - CLOSE
    assert (plan.run.stopped_by is StoppedBy.PROVED) == (
        plan.summary.weighted >= bound_of(plan) - CLOSE
    )


@st.composite
def districts(draw: st.DrawFn) -> Problem:
    """Draw a district that is small enough to search a few times a second, with other rules."""
    sleeps = draw(st.integers(0, 4))
    problem = make_district(
        draw(st.integers(4, 12)),
        draw(st.integers(1, 3)),
        draw(st.integers(1, 3)),
        sleeps,
        seed=draw(st.integers(0, 10**6)),
        nights=sleeps > 0,
    )
    whole = draw(st.sampled_from([0, 2, 3]))
    share = draw(st.sampled_from([1.0, 0.4, 0.1]))
    return problem.replace(
        villages=tuple(
            replace(v, partial=False)
            if whole and n % whole == 0
            else replace(v, max_share_per_visit=share, knock=draw(knock))
            for n, v in enumerate(problem.villages)
        ),
        teams=tuple(replace(team, households_per_hour=draw(paces)) for team in problem.teams),
        rules=replace(
            problem.rules, max_drive_seconds_per_day=draw(st.sampled_from([None, 9000, 21600]))
        ),
    )


knock = st.none() | st.just(Window(11 * 3600, 16 * 3600))
paces = st.sampled_from([20.0, 20.0, 7.0, None])


@settings(max_examples=25)
@given(problem=districts(), seed=st.integers(0, 3), bound=st.booleans())
def test_every_plan_of_a_district_passes_the_audit(
    problem: Problem, seed: int, *, bound: bool
) -> None:
    """Where doors take little time, days have so many stops that a bound would take minutes."""
    bound = bound and all(team.households_per_hour for team in problem.teams)
    bound = bound and all(village.max_share_per_visit > 0.1 for village in problem.villages)
    plan = planned(problem, Options(iterations=400, seed=seed, bound=bound))
    assert plan.summary.weighted >= greedy_weighted(problem)
    assert bound_of(plan) >= plan.summary.weighted - CLOSE


def test_plan_and_bound_of_a_district_are_near_each_other() -> None:
    """It is little above what is reached; without pricing it is what the teams' time lets reach."""
    problem = make_district(16, 1, 2, 4, seed=3)
    plan = planned(problem, Options(iterations=1000))
    most = sum(village.households for village in problem.villages)
    assert plan.summary.weighted <= bound_of(plan) < 1.03 * plan.summary.weighted
    assert bound_of(plan) < 0.95 * most
    without = planned(problem, Options(iterations=300, bound=False))
    assert bound_of(plan) < bound_of(without) < most


# ---- It stops as it is told ----


def test_the_same_iterations_and_seed_give_the_same_plan_to_the_byte(district: Problem) -> None:
    """And another seed gives another one."""
    options = Options(iterations=300, seed=7)
    plans = [planned(district, options) for _ in range(2)]
    assert {plan.run.stopped_by for plan in plans} == {StoppedBy.ITERATIONS}
    assert {plan.run.iterations for plan in plans} == {300}
    assert as_text(plans[0]) == as_text(plans[1])
    other = planned(district, Options(iterations=300, seed=8))
    assert [tour.stops for tour in other.tours] != [tour.stops for tour in plans[0].tours]


def test_seconds_hold_and_are_said_to_have_stopped_it(district: Problem) -> None:
    with busy_at_most(3 + GRACE):
        plan = planned(district, Options(seconds=3))
    assert plan.run.seconds > 3 - GRACE
    assert plan.run.stopped_by is StoppedBy.TIME
    assert plan.summary.weighted > greedy_weighted(district)
    assert_no_thread_is_left()


def test_seconds_of_the_processor_are_not_those_of_the_wall_clock(
    district: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look at the wall clock is a minute later, as on a machine that does other work."""
    minutes = itertools.count(0.0, 60.0)
    monkeypatch.setattr("routeplan.planner.engine.time.monotonic", lambda: next(minutes))
    cut = planned(district, Options(seconds=30))
    whole = planned(district, Options(cpu_seconds=1))
    assert {cut.run.stopped_by, whole.run.stopped_by} == {StoppedBy.TIME}
    assert cut.run.iterations < whole.run.iterations


def test_a_solver_s_share_of_the_wall_clock_is_what_it_has_been(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = {"monotonic": 100.0, "process_time": 5.0}
    module = "routeplan.planner.engine.time"
    monkeypatch.setattr(f"{module}.monotonic", lambda: now["monotonic"])
    monkeypatch.setattr(f"{module}.process_time", lambda: now["process_time"])
    by_cpu, by_wall = Clock(10.0, cpu=True), Clock(10.0)
    assert by_cpu.wall(3.0) == 3.0
    now |= {"monotonic": 112.0, "process_time": 9.0}
    assert (by_cpu.spent(), by_cpu.left(), by_cpu.wall(2.0)) == (4.0, 6.0, 6.0)
    assert (by_wall.spent(), by_wall.over(), by_wall.wall(2.0)) == (12.0, True, 2.0)
    assert by_cpu.wall(None) is None


def test_seconds_hold_where_doors_take_no_time_and_days_have_many_stops() -> None:
    """What prices them takes much longer than there is, with iterations counted or not."""
    problem = make_district(80, 2, 3, 6, seed=2)
    teams = tuple(replace(team, households_per_hour=None) for team in problem.teams)
    villages = tuple(replace(v, setup_seconds=300) for v in problem.villages)
    problem = problem.replace(teams=teams, villages=villages)
    for options in (Options(seconds=2), Options(seconds=2, iterations=200)):
        with busy_at_most(2 + GRACE):
            planned(problem, options)


def test_an_easy_problem_is_proved_before_its_limits() -> None:
    """One village with more households than a day holds: the day's doors are the bound."""
    problem = lone_village("too many households")
    plan = planned(problem, Options(iterations=1000))
    assert plan.run.stopped_by is StoppedBy.PROVED
    assert plan.summary.weighted == bound_of(plan) < 300
    assert planned(problem, Options(seconds=6)).run.stopped_by is StoppedBy.PROVED


def test_a_plan_that_reaches_everyone_is_proved_at_once() -> None:
    plan = planned(make_district(5, 2, 4, 0, seed=1, nights=False), Options(iterations=10**4))
    assert plan.run.stopped_by is StoppedBy.PROVED
    assert plan.left_out == ()


def test_where_everybody_is_reached_the_search_goes_on_to_drive_less() -> None:
    """One of two teams is not needed then, and no village is visited twice."""
    problem = saturated(1)
    plan = planned(problem, Options(iterations=4000))
    assert plan.left_out == ()
    assert plan.summary.drive_seconds < 0.85 * constructed(problem).drive_seconds()
    assert len({tour.team for tour in plan.tours if tour.stops}) == 1
    assert max(Counter(s.place for tour in plan.tours for s in tour.stops).values()) == 1


def test_a_start_plan_is_never_made_worse_and_is_where_the_search_begins(
    district: Problem,
) -> None:
    start = planned(district, Options(iterations=1000, seed=2, bound=False))
    for iterations in (0, 1, 250):
        options = Options(iterations=iterations, seed=3, bound=False)
        plan = judged(district, solve(district, options, start=start))
        before, after = start.summary, plan.summary
        assert (after.weighted, -after.drive_seconds) >= (before.weighted, -before.drive_seconds)


def test_progress_only_ever_gets_better(district: Problem) -> None:
    """What is reached never falls, bounds never rise, and the last of both is the plan's."""
    reported: list[Progress] = []
    plan = judged(district, solve(district, Options(seconds=3), report=reported.append))
    assert len(reported) > 2
    weighted = [progress.weighted for progress in reported]
    bounds = [progress.bound for progress in reported if progress.bound is not None]
    assert weighted == sorted(weighted)
    assert bounds == sorted(bounds, reverse=True)
    assert (weighted[-1], bounds[-1]) == (plan.summary.weighted, bound_of(plan))


def test_a_part_that_fails_fails_the_search(
    district: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No error of a thread is passed over, and none of the others is left running."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(RestrictedMasterHeuristic, "solve", fail)
    with pytest.raises(RuntimeError, match="broken"):
        solve(district, Options(seconds=20))
    assert_no_thread_is_left()


# ---- Ctrl-C ----


def assert_no_thread_is_left() -> None:
    """Threads end soon after; how soon depends on what else the machine does."""
    until = time.monotonic() + 60
    while threading.active_count() > 1 and time.monotonic() < until:
        time.sleep(0.01)
    assert [thread.name for thread in threading.enumerate()] == ["MainThread"]


class Interrupt:
    """Ctrl-C after a time, unless what it is to interrupt is over by then.

    Parameters
    ----------
    after
        Seconds.
    """

    def __init__(self, after: float) -> None:
        self._lock, self._over = threading.Lock(), False
        self._timer = threading.Timer(after, self._strike)

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._over = True
        self._timer.cancel()
        self._timer.join()

    def _strike(self) -> None:
        with self._lock:
            if not self._over:
                signal.raise_signal(signal.SIGINT)


def interrupted(solved: Callable[[], Plan], after: float) -> Plan:
    with Interrupt(after):
        return solved()


def begin_columns_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first annealing have a hundredth of the time."""
    for name in ("SHARES", "SHARES_OF_NIGHTS"):
        monkeypatch.setattr(engine, name, (0.01, *getattr(engine, name)[1:]))


# Python tells of an interrupt that it loses, as a warning here.
LOST = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@LOST
@pytest.mark.parametrize("number", range(INTERRUPTS))
def test_ctrl_c_at_any_moment_keeps_the_best_plan_and_marks_it(
    district: Problem, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No thread is left running, and the search ends soon.

    Every other one is to come while columns are chosen or the bound is lowered.
    """
    if number % 2:
        begin_columns_soon(monkeypatch)
    after = random.Random(number).uniform(0.05, 1.5)
    reported: list[Progress] = []
    options = Options(seconds=20, seed=number)
    with busy_at_most(after + GRACE):
        plan = interrupted(lambda: solve(district, options, report=reported.append), after)
    assert_no_thread_is_left()
    judged(district, plan)
    assert plan.run.stopped_by is StoppedBy.INTERRUPT
    assert plan.summary.weighted >= greedy_weighted(district) > 0
    assert plan.summary.weighted >= max(progress.weighted for progress in reported)


@LOST
def test_a_ctrl_c_that_python_loses_in_the_callback_of_a_reference_is_heard(
    district: Problem,
) -> None:
    struck: list[float] = []

    def strike_once(progress: Progress) -> None:
        if progress.seconds > 0.3 and not struck:
            struck.append(time.process_time())
            watched = type("Watched", (), {})()
            _ = weakref.ref(watched, lambda _: signal.raise_signal(signal.SIGINT))
            del watched

    plan = solve(district, Options(seconds=20), report=strike_once)
    assert struck
    assert plan.run.stopped_by is StoppedBy.INTERRUPT
    assert time.process_time() - struck[0] < GRACE * (os.cpu_count() or 1)
    judged(district, plan)


def test_ctrl_c_waits_while_modules_load_and_is_not_forgotten() -> None:
    done = []

    def load() -> None:
        with defer_interrupt():
            signal.raise_signal(signal.SIGINT)
            done.append("loaded")

    with pytest.raises(KeyboardInterrupt):
        load()
    assert done == ["loaded"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@LOST
@pytest.mark.parametrize("number", range(4))
def test_ctrl_c_ends_a_search_that_counts_its_rounds(district: Problem, number: int) -> None:
    after = random.Random(number).uniform(0.05, 1.0)
    plan = interrupted(lambda: solve(district, Options(iterations=10**8)), after)
    assert_no_thread_is_left()
    assert judged(district, plan).run.stopped_by is StoppedBy.INTERRUPT


def test_ctrl_c_while_the_bound_is_lowered_keeps_plan_and_bound(
    district: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At each of some first times that progress is told, of the plan or the bound."""
    begin_columns_soon(monkeypatch)
    for stop_at in (2, 5, 9):
        reported: list[Progress] = []

        def stop(
            progress: Progress, reported: list[Progress] = reported, last: int = stop_at
        ) -> None:
            reported.append(progress)
            if len(reported) == last:
                raise KeyboardInterrupt

        plan = judged(district, solve(district, Options(seconds=20), report=stop))
        assert_no_thread_is_left()
        assert plan.run.stopped_by is StoppedBy.INTERRUPT
        assert plan.summary.weighted >= reported[-1].weighted


def test_a_solution_is_handed_over_whole(district: Problem) -> None:
    """What the incumbent has kept is no longer changed by whoever found it."""
    kept: list[tuple[Solution, tuple[int, float, int]]] = []
    instance = Instance(district)
    incumbent = Incumbent(
        initial_solution(instance), lambda solution, _: kept.append((solution, solution.score()))
    )
    options = Options(iterations=800, bound=False)
    tables = make_native_instance(instance)
    running = engine.ColumnSearch(tables, options, Clock(None), incumbent, threading.Event())
    running.run()
    assert running.close() == 800
    assert len(kept) > 1
    assert all(solution.score() == score for solution, score in kept)
