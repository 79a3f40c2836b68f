"""What an instance works out for many places and shifts at once, against the plain way."""

from __future__ import annotations

import itertools
from random import Random

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from routeplan.errors import PlanError
from routeplan.model.problem import Problem, TravelTimes
from routeplan.planner.branch_and_price.pricing import is_metric
from routeplan.planner.instance import Instance
from routeplan.planner.routes import Visit
from routeplan.planner.solution import Solution, drive_legs, initial_solution, time_day
from tests.helpers.strategies import problems

seeds = st.integers(0, 10**6)


def with_any_times(problem: Problem, seed: int, most: int) -> Problem:
    """The problem with times that need not be shortest, and ways that may be missing."""
    rng = np.random.default_rng(seed)
    shape = (len(problem.places),) * 2
    travel = {}
    for vehicle in problem.travel:
        seconds, way = rng.integers(0, most, shape), rng.random(shape) < 0.8
        np.fill_diagonal(seconds, 0)
        np.fill_diagonal(way, val=True)
        travel[vehicle] = TravelTimes(seconds, way)
    return problem.replace(travel=travel)


def closure(times: TravelTimes, middle: list[int]) -> np.ndarray:
    """Shortest times by way of some places, by Floyd and Warshall."""
    best = np.where(times.reachable, times.seconds, np.inf)
    for place in middle:
        best = np.minimum(best, best[:, place, None] + best[place])
    return best


@given(problem=problems(), seed=seeds)
def test_shortest_times_are_those_of_floyd_and_warshall(problem: Problem, seed: int) -> None:
    instance = Instance(with_any_times(problem, seed, 5000))
    rng, places = Random(seed), range(len(problem.places))
    chosen = tuple(rng.sample(places, rng.randint(1, len(places))))
    for shift in range(len(instance.shifts)):
        best = closure(instance.travel(shift), instance.at.tolist())
        found = instance.shortest(shift, chosen, to=False)
        assert np.array_equal(found, best[list(chosen)].min(axis=0))
        found = instance.shortest(shift, chosen, to=True)
        assert np.array_equal(found, best[:, list(chosen)].min(axis=1))


@given(problem=problems(), seed=seeds, most=st.sampled_from([2, 5, 5000, 2**31]))
def test_times_are_metric_where_no_way_by_a_village_is_shorter(
    problem: Problem, seed: int, most: int
) -> None:
    middle = Instance(problem).at
    for posed in (problem, with_any_times(problem, seed, most)):
        for times in posed.travel.values():
            plain = np.where(times.reachable, times.seconds, np.inf)
            assert is_metric(times, middle) == all(
                plain[a, c] <= plain[a, b] + plain[b, c]
                for a, b, c in itertools.product(range(len(times)), middle, range(len(times)))
            )


@given(problem=problems(), seed=seeds)
def test_drive_times_are_those_of_the_matrix(problem: Problem, seed: int) -> None:
    instance = Instance(with_any_times(problem, seed, 5000))
    for shift in range(len(instance.shifts)):
        times, rows = instance.travel(shift), instance.drive(shift)
        for cell in np.ndindex(times.seconds.shape):
            expected = int(times.seconds[cell]) if times.reachable[cell] else None
            assert rows[cell] == expected


def any_solution(problem: Problem, seed: int) -> Solution:
    """Any visits at all, feasible or not."""
    instance, rng = Instance(problem), Random(seed)
    places, villages = range(len(problem.places)), range(len(instance.villages))
    visits = [
        [Visit(rng.choice(villages), rng.randint(0, 20)) for _ in range(rng.randint(0, 4))]
        for _ in instance.shifts
    ]
    ends = [rng.choice(places) for _ in instance.shifts]
    return Solution(instance, instance.day_routes(ends, visits))


@given(problem=problems(), seed=seeds)
def test_the_driving_of_a_solution_is_that_of_its_shifts(problem: Problem, seed: int) -> None:
    solution = any_solution(with_any_times(problem, seed, 5000), seed)
    legs = (drive_legs(solution.instance, s, route) for s, route in enumerate(solution.routes))
    assert solution.drive_seconds() == sum(sum(each) for each in legs if each is not None)


@given(problem=problems(), seed=seeds)
def test_a_solution_counts_the_same_however_it_was_made(problem: Problem, seed: int) -> None:
    """Made at once, visit by visit, or as a copy that was changed."""
    made, other = any_solution(problem, seed), any_solution(problem, seed + 1)
    grown = Solution(made.instance, made.instance.day_routes([0] * len(made.routes)))
    changed = other.copy()
    for shift, route in enumerate(made.routes):
        for each in (grown, changed):
            each.set_end(shift, route.end)
            each.set_visits(shift, route.visits)
    for solution in (grown, changed):
        assert np.array_equal(solution.reached_on, made.reached_on)
        assert np.array_equal(solution.left(), made.left())
        assert np.array_equal(solution.visit_counts, made.visit_counts)
        assert solution.score() == made.score()


@given(problem=problems(), seed=seeds)
def test_reused_times_are_those_of_the_route(problem: Problem, seed: int) -> None:
    try:
        solution = initial_solution(Instance(problem))
    except PlanError:
        assume(False)  # noqa: FBT003
    solution.is_feasible()
    changed = any_solution(problem, seed)
    changed = Solution(solution.instance, changed.routes)
    changed.reuse_times(solution)
    for shift, route in enumerate(changed.routes):
        assert changed.times(shift) == time_day(changed.instance, shift, route)
