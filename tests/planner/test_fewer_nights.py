"""Of solutions that are as good, one with fewer nights away and fewer visits."""

from __future__ import annotations

import datetime as dt

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from routeplan.errors import PlanError
from routeplan.model.problem import Day, Place, Problem, Sleep, Team, TravelTimes, Village, Window
from routeplan.planner.instance import Instance
from routeplan.planner.native_instance import make_native_instance
from routeplan.planner.routes import DayRoute, Visit
from routeplan.planner.ruin_and_recreate import construct
from routeplan.planner.solution import Solution, initial_solution, with_fewer_nights
from tests.helpers.strategies import problems
from tests.planner.test_kernels import audited

HOUR = 3600
BASE, NEAR, FAR = range(3)


def three_days(hours: int = 10) -> Instance:
    """Along one road: a base, and two hours and three hours from it villages with a bed.

    A door takes six minutes.
    """
    at = np.array([0, 2, 3]) * HOUR
    seconds = np.abs(at[:, None] - at)
    dates = [dt.date(2027, 5, 3) + dt.timedelta(days) for days in range(3)]
    problem = Problem(
        name="road",
        places=tuple(
            Place(name, name, 50 + n, 70.0) for n, name in enumerate(("base", "near", "far"))
        ),
        travel={"car": TravelTimes(seconds, np.ones_like(seconds, dtype=bool))},
        villages=(Village("near", 10), Village("far", 10)),
        teams=(Team("A", "base", "base", "car", 10.0),),
        days=tuple(Day(date, Window(8 * HOUR, (8 + hours) * HOUR)) for date in dates),
        sleeps=(Sleep("near", 1), Sleep("far", 1)),
    )
    return Instance(problem)


def routes_of(*days: tuple[int, int, dict[int, int]]) -> list[DayRoute]:
    return [
        DayRoute(start, end, tuple(Visit(village, n) for village, n in visits.items()))
        for start, end, visits in days
    ]


def test_a_day_without_a_visit_is_spent_at_home() -> None:
    routes = routes_of((BASE, FAR, {0: 10, 1: 10}), (FAR, FAR, {}), (FAR, BASE, {}))
    one_day = routes_of((BASE, BASE, {0: 10, 1: 10}), (BASE, BASE, {}), (BASE, BASE, {}))
    assert with_fewer_nights(Solution(three_days(), routes)).routes == one_day


def test_two_days_that_do_not_fit_into_one_stay_two() -> None:
    """But not with a day between."""
    routes = routes_of((BASE, FAR, {0: 10}), (FAR, FAR, {}), (FAR, BASE, {1: 10}))
    two_days = routes_of((BASE, FAR, {0: 10}), (FAR, BASE, {1: 10}), (BASE, BASE, {}))
    assert with_fewer_nights(Solution(three_days(6), routes)).routes == two_days


def test_one_visit_reaches_all_of_a_village_where_it_may() -> None:
    routes = routes_of((BASE, FAR, {1: 5}), (FAR, FAR, {1: 2}), (FAR, BASE, {1: 3, 0: 10}))
    found = with_fewer_nights(Solution(three_days(6), routes))
    assert found.visit_counts.tolist() == [1, 1]
    assert found.score()[:2] == (0, 20.0)


@given(problem=st.integers(1, 2).flatmap(problems))
def test_no_solution_becomes_worse(problem: Problem) -> None:
    """And it is one that the audit accepts."""
    try:
        instance = Instance(problem)
        solution = construct(instance, make_native_instance(instance), initial_solution(instance))
    except PlanError:
        assume(False)  # noqa: FBT003  # takes nothing else
    assume(solution.is_feasible() and solution.score()[0] == 0)
    found = with_fewer_nights(solution)
    audited(problem, found)
    assert found.score() >= solution.score()
