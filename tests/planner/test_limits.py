"""What large problems call for: work that is shared, and plans that are cut short."""

from __future__ import annotations

import signal
from dataclasses import replace
from itertools import count
from random import Random
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import assume, example, given
from hypothesis import strategies as st

from routeplan.audit import audit_plan
from routeplan.errors import PlanError
from routeplan.model.plan import StoppedBy
from routeplan.model.problem import Rules, TravelTimes, Window
from routeplan.planner import Options, solve, solver
from routeplan.planner.instance import Instance
from routeplan.planner.solution import complete, initial_solution
from routeplan.planner.solution.insertion import best_insertion, extend_visits, gain_factors
from tests.bench.districts import make_district
from tests.helpers.strategies import problems
from tests.helpers.toy import toy_problem
from tests.planner.test_ortools_routing import as_plan

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

    from routeplan.model.plan import LeftOut
    from routeplan.model.problem import Problem
    from routeplan.planner.routes import Visit
    from routeplan.planner.solution import Solution


def home(problem: Problem) -> Solution:
    try:
        return initial_solution(Instance(problem))
    except PlanError:
        assume(False)  # noqa: FBT003
        raise


def with_a_rest() -> Problem:
    """Return a problem in which two days reach all households of a village but one."""
    problem = make_district(2, 1, 3, 0, seed=1, nights=False)
    first, second = problem.villages
    near = replace(first, households=34, min_households=0, setup_seconds=0, closed_days=(0, 1))
    far = replace(second, households=41, min_households=6, setup_seconds=0, pace=0.3)
    seconds = np.array([[0, 0, 2400], [0, 0, 2400], [2400, 2400, 0]])
    work, late = Window(8 * 3600, 20 * 3600), Window(10 * 3600, 19 * 3600)
    days = [replace(day, work=work, knock=None) for day in problem.days]
    return problem.replace(
        villages=(replace(near, knock=Window(11 * 3600, 16 * 3600)), far),
        teams=(replace(problem.teams[0], households_per_hour=7.0),),
        days=(days[0], replace(days[1], knock=late), days[2]),
        travel={"car": TravelTimes(seconds, np.ones_like(seconds, dtype=bool))},
        rules=Rules(),
    )


def insert_evaluating_all(solution: Solution, seed: int) -> None:
    """Fill a solution as `complete` does, but evaluate every shift before every insertion."""
    factors = gain_factors(solution, Random(seed))
    shifts = [
        shift for shift in range(len(solution.routes)) if shift not in solution.instance.fixed
    ]
    extend_visits(solution, shifts)
    while True:
        found = {shift: best_insertion(solution, shift, factors) for shift in shifts}
        gains = [(best.gain, -shift) for shift, best in found.items() if best is not None]
        if not gains:
            break
        shift = -max(gains)[1]
        best = found[shift]
        assert best is not None
        route = solution.routes[shift].with_visit(best.position, best.visit)
        solution.set_visits(shift, route.visits)
    extend_visits(solution, shifts)


@given(problem=problems(), seed=st.integers(0, 10**6))
@example(problem=toy_problem(), seed=0)
@example(problem=make_district(25, 4, 4, 0, seed=1), seed=1)
def test_identical_shifts_are_filled_as_if_each_was_evaluated(problem: Problem, seed: int) -> None:
    """Where visits may reach any number: else a visit to the rest of a village comes later."""
    villages = tuple(replace(village, min_households=0) for village in problem.villages)
    problem = problem.replace(villages=villages)
    solution, plain = home(problem), home(problem)
    complete(solution, rng=Random(seed))
    insert_evaluating_all(plain, seed)
    assert solution.routes == plain.routes


@given(problem=problems(), seed=st.integers(0, 10**6))
@example(problem=with_a_rest(), seed=0)
def test_nothing_more_fits_into_a_solution_that_is_complete(problem: Problem, seed: int) -> None:
    solution = home(problem)
    complete(solution, rng=Random(seed))
    shifts = [
        shift for shift in range(len(solution.routes)) if shift not in solution.instance.fixed
    ]
    factors = gain_factors(solution, Random(seed))
    assert [best_insertion(solution, shift, factors) for shift in shifts] == [None] * len(shifts)


@given(problem=problems(), steps=st.integers(0, 8))
def test_a_first_plan_that_is_cut_short_keeps_the_rules(problem: Problem, steps: int) -> None:
    solution, asked = home(problem), count()
    complete(solution, stop=lambda: next(asked) >= steps)
    assume(not solution.unvisited_required().any())
    assert audit_plan(problem, as_plan(problem, solution)) == ()


def test_ctrl_c_during_the_first_plan_keeps_what_is_planned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may come between any two lines, while visits are counted too."""
    problem = make_district(30, 2, 3, 0, seed=1)
    whole = solve(problem, Options("routing", iterations=0))
    for strike in (1, 3, 6):
        asked = count(1)

        def set_visits(solution: Solution, shift: int, visits: Iterable[Visit]) -> None:
            solution.routes[shift] = solution.routes[shift]._replace(visits=tuple(visits))
            if next(asked) == strike:  # noqa: B023
                signal.raise_signal(signal.SIGINT)
            solution._count(shift, 1)

        with monkeypatch.context() as patch:
            patch.setattr("routeplan.planner.solution.solution.Solution.set_visits", set_visits)
            plan = solve(problem, Options("routing", iterations=0))
        assert audit_plan(problem, plan) == ()
        assert plan.run.stopped_by is StoppedBy.INTERRUPT
        assert 0 < plan.summary.weighted <= whole.summary.weighted


def test_ctrl_c_while_the_plan_is_made_from_the_solution_only_marks_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    usual = solver.left_out_of

    def left_out_of(solution: Solution) -> tuple[LeftOut, ...]:
        signal.raise_signal(signal.SIGINT)
        return usual(solution)

    monkeypatch.setattr(solver, "left_out_of", left_out_of)
    problem = toy_problem()
    plan = solve(problem, Options("routing", iterations=2))
    assert plan.run.stopped_by is StoppedBy.INTERRUPT
    assert audit_plan(problem, plan) == ()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
