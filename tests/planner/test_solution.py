"""Solutions of the native library: counted, constructed and annealed, against plain Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from routeplan import native
from routeplan.errors import PlanError
from routeplan.planner.branch_and_price.team_classes import terminal_places
from routeplan.planner.instance import Instance
from routeplan.planner.native_instance import INFINITE, make_native_instance
from routeplan.planner.routes import Visit
from routeplan.planner.ruin_and_recreate import GREEDY, GROUP, Annealer
from routeplan.planner.ruin_and_recreate.native_solution import (
    empty_solution,
    make_workspace,
    read_solution,
    stop_capacity,
    to_solution,
)
from routeplan.planner.solution import initial_solution, most_households
from tests.bench.districts import make_district
from tests.helpers.small_problems import small_problem
from tests.helpers.strategies import problems
from tests.oracles import planner as oracle
from tests.planner.test_kernels import assert_true_counts, audited

if TYPE_CHECKING:
    from routeplan.model.problem import Problem
    from routeplan.planner.ruin_and_recreate.native_solution import NativeSolution

STOPS = 6


# ---- Villages by distance ----


@settings(max_examples=100)
@given(data=st.data(), vehicles=st.integers(1, 2), places=st.integers(1, 8))
def test_near_villages_are_the_first_of_all_in_order_of_distance(
    data: st.DataObject, vehicles: int, places: int
) -> None:
    """Of ties the first village; several villages at one place; and ways that there are not."""
    seconds = st.integers(0, 3) | st.integers(0, 10**5) | st.just(INFINITE)
    drive = data.draw(arrays(np.int32, (vehicles, places, places), elements=seconds))
    at = data.draw(st.lists(st.integers(0, places - 1), min_size=1, max_size=12))
    count = data.draw(st.integers(1, len(at)))
    village = np.zeros(len(at), dtype=native.dtype("Village"))
    village["at"] = at
    near = np.empty((len(at), count), dtype=np.int32)
    drive_to = np.ascontiguousarray(drive.transpose(0, 2, 1))
    native.call(
        "find_near_villages",
        *(drive, drive_to, vehicles, places, village, len(at), count, near),
        np.empty(len(at), dtype=np.int64),
    )
    assert near.tolist() == oracle.near_villages(drive, at, count)


def test_candidates_of_a_shift_are_the_first_villages_on_the_way_between_its_ends() -> None:
    """In a district of more villages than there are candidates."""
    instance = Instance(make_district(300, 4, 3, 20, seed=1))
    tables = make_native_instance(instance)
    annealer = Annealer(instance, tables, initial_solution(instance), 1)
    annealer.iterate(500, 0.5)
    workspace = annealer._workspace
    rows = np.flatnonzero(workspace.pair[:, 0] >= 0)
    assert len(rows) > 10
    assert workspace.candidate_count < tables.villages
    for row in rows:
        vehicle, start, end = workspace.pair[row].tolist()
        first = oracle.villages_between(tables, vehicle, start, end, workspace.candidate_count)
        assert workspace.candidates[row].tolist() == first


# ---- Counted ----


@settings(max_examples=60)
@given(problem=problems(), data=st.data())
def test_counts_of_any_solution_are_those_of_plain_python(
    problem: Problem, data: st.DataObject
) -> None:
    """Whether it keeps the rules or not."""
    tables = make_native_instance(Instance(problem))
    arrays = empty_solution(tables, STOPS)
    villages = st.lists(st.integers(0, tables.villages - 1), unique=True, max_size=STOPS)
    for shift in range(tables.shifts):
        order = data.draw(villages)
        arrays.stops[shift] = len(order)
        for stop, village in enumerate(order):
            arrays.village[shift, stop] = village
            arrays.reached[shift, stop] = data.draw(st.integers(0, 60))
        arrays.end[shift] = data.draw(st.sampled_from(terminal_places(tables)))
    native.call("count_solution", tables, arrays)
    assert_true_counts(tables, arrays)


# ---- Constructed ----


@settings(max_examples=60)
@given(problem=problems(), group=st.sampled_from([1, 2, GROUP]))
def test_a_constructed_solution_keeps_every_rule_and_its_counts_true(
    problem: Problem, group: int
) -> None:
    """And reaches something, where any lone visit fits."""
    instance = Instance(problem)
    tables = make_native_instance(instance)
    try:
        start = initial_solution(instance)
    except PlanError:
        assume(False)  # noqa: FBT003
    capacity = stop_capacity(tables)
    arrays = empty_solution(tables, capacity)
    read_solution(tables, start, arrays)
    workspace = make_workspace(tables, capacity, GREEDY, 1)
    native.call("construct", tables, arrays, workspace, group)
    assert_true_counts(tables, arrays)
    solution = to_solution(instance, arrays)
    assert (arrays.left < tables.households).any() or not fits_any_visit(instance)
    assume(not solution.unvisited_required().any())
    audited(problem, solution)


def fits_any_visit(instance: Instance) -> bool:
    """Return whether a day from a team's start to its home has time for any one visit."""
    for shift, route in enumerate(initial_solution(instance).routes):
        for village, most in enumerate(instance.max_households.tolist()):
            there, fewest = int(instance.households[village]), int(instance.min_households[village])
            tried = route.with_visit(0, Visit(village, 0))
            found = most_households(instance, shift, tried, 0, most)
            # Fewer than the fewest are enough where there are no more.
            if found >= max(1, there if instance.whole[village] else min(fewest, there)):
                return True
    return False


# ---- Annealed ----


def tours_of(tours: NativeSolution) -> list[tuple[list[int], list[int], int]]:
    rows = zip(tours.village, tours.reached, tours.stops.tolist(), tours.end.tolist(), strict=True)
    return [(village[:n].tolist(), reached[:n].tolist(), end) for village, reached, n, end in rows]


def make_annealer(problem: Problem, seed: int) -> Annealer:
    instance = Instance(problem)
    return Annealer(instance, make_native_instance(instance), initial_solution(instance), seed)


@pytest.mark.parametrize("seed", range(6))
def test_the_incumbent_is_the_best_solution_of_annealing(seed: int) -> None:
    """Though only shifts that differ are copied to it."""
    annealer = make_annealer(make_district(20, 2, 3, 6, seed=seed), seed)
    best, kept, better = annealer.score(), tours_of(annealer._best), 0
    for _ in range(1500):
        annealer.iterate(1, 0.3)
        assert annealer.score() >= best
        if annealer.score() > best:
            best, kept, better = annealer.score(), tours_of(annealer._solution), better + 1
        assert tours_of(annealer._best) == kept
    assert better > 5
    assert tours_of(annealer._solution) != kept


@pytest.mark.parametrize("seed", range(6))
def test_iterations_are_the_same_one_by_one_and_all_at_once(seed: int) -> None:
    problem = small_problem(seed)
    at_once, by_one = make_annealer(problem, 7), make_annealer(problem, 7)
    at_once.iterate(300, 0.5)
    for _ in range(300):
        by_one.iterate(1, 0.5)
    assert tours_of(at_once._solution) == tours_of(by_one._solution)
    assert tours_of(at_once._best) == tours_of(by_one._best)
