"""The search over overnight places: rules are kept, seeds repeat, and the best chain is found."""

from __future__ import annotations

import datetime as dt
import itertools

import numpy as np
import pytest

from routeplan.audit import audit_plan
from routeplan.model.problem import Day, Place, Problem, Sleep, Team, TravelTimes, Village, Window
from routeplan.planner import Options, solve
from routeplan.planner.instance import Instance
from routeplan.planner.native_instance import make_native_instance
from routeplan.planner.ruin_and_recreate import construct
from routeplan.planner.ruin_and_recreate.night_search import NightSearch, has_other_nights
from routeplan.planner.solution import Solution, initial_solution
from tests.helpers.small_problems import small_problem, with_version_2

STEPS = 60


def searched(instance: Instance, seed: int, steps: int = STEPS) -> NightSearch:
    """Return a search after so many steps."""
    tables = make_native_instance(instance)
    search = NightSearch(
        instance, tables, construct(instance, tables, initial_solution(instance)), seed
    )
    left = iter(range(steps))
    for _ in search.run(lambda: 0.0 if next(left, None) is not None else 1.0):
        pass
    return search


def ends(solution: Solution) -> list[int]:
    return [route.end for route in solution.routes]


@pytest.mark.parametrize("seed", [1, 2, 3, 8, 9, 11])  # with nights to choose
def test_what_is_found_keeps_every_rule_and_is_no_worse_than_the_start(seed: int) -> None:
    problem = with_version_2(small_problem(seed), seed) if seed % 3 else small_problem(seed)
    instance = Instance(problem)
    assert has_other_nights(instance)
    start = construct(instance, make_native_instance(instance), initial_solution(instance))
    search = searched(instance, seed)
    best = search.best()
    assert best.is_feasible()
    assert search.score() >= start.score()
    assert search.score() == pytest.approx(best.score())
    for shift_class, route in search.routes():
        assert shift_class >= 0
        assert route.visits


def two_valleys() -> Problem:
    """Three days of four hours between two valleys, east and west, each with a bed at its mouth.

    Four villages are an hour beyond each bed, which is two hours from the base; those of the west
    are a little smaller. Who sleeps in one valley twice visits all its villages; who changes sides,
    two in all.
    """
    ids = ["base", "east", "west", *(f"e{n}" for n in range(4)), *(f"w{n}" for n in range(4))]

    def hours(one: str, other: str) -> int:
        if one == other:
            return 0
        from_base = {"base": 0, "east": 2, "west": 2}
        far, near = sorted((from_base.get(each, 3) for each in (one, other)), reverse=True)
        if one[0] != other[0]:
            return far + near
        return 2 if far == near else 1

    seconds = np.array([[3600 * hours(one, other) for other in ids] for one in ids], dtype=np.int64)
    dates = [dt.date(2027, 5, 3) + dt.timedelta(days=n) for n in range(3)]
    return Problem(
        name="two valleys",
        places=tuple(Place(each, each, 48.0 + n / 100, 68.0) for n, each in enumerate(ids)),
        travel={"car": TravelTimes(seconds, np.ones_like(seconds, dtype=np.bool_))},
        villages=tuple(
            Village(each, 50 if each[0] == "e" else 45, partial=False) for each in ids[3:]
        ),
        teams=(Team("t", "base", "base", "car"),),
        days=tuple(Day(date, Window(0, 4 * 3600)) for date in dates),
        sleeps=(Sleep("east"), Sleep("west")),
    )


def test_both_nights_are_moved_to_the_better_valley() -> None:
    problem = two_valleys()
    instance = Instance(problem)
    search = searched(instance, 1)
    assert [problem.places[end].id for end in ends(search.best())] == ["east", "east", "base"]
    assert search.score()[1] == pytest.approx(200)


def test_a_seed_gives_the_same_search_again() -> None:
    instance = Instance(two_valleys())
    first, again = (searched(instance, 7) for _ in range(2))
    assert ends(first.best()) == ends(again.best())
    assert first.score() == again.score()
    assert first.iterations == again.iterations
    assert first.routes() == again.routes()


def test_a_plan_with_nights_to_choose_keeps_every_rule_when_time_ends_it() -> None:
    problem = two_valleys()
    plan = solve(problem, Options(seconds=2))
    assert audit_plan(problem, plan) == ()
    assert plan.summary.households == 200


def test_all_chains_of_a_small_problem_are_no_better_than_the_one_that_is_found() -> None:
    problem = two_valleys()
    instance = Instance(problem)
    tables = make_native_instance(instance)
    best = 0.0
    for chain in itertools.product(range(3), range(3)):
        solution = Solution(instance, instance.day_routes([*chain, 0]))
        if solution.is_feasible():
            best = max(best, construct(instance, tables, solution).score()[1])
    assert best <= searched(instance, 3).score()[1] + 1e-9
