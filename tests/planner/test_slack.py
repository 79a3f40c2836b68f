"""Slack at all positions of many shifts at once, against days that are timed one by one."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import assume, example, given
from hypothesis import strategies as st

from routeplan.errors import PlanError
from routeplan.planner.instance import Instance
from routeplan.planner.routes import Visit
from routeplan.planner.solution import (
    complete,
    initial_solution,
    insertable_villages,
    insertion_positions,
    slack_at,
    time_day,
)
from tests.helpers.strategies import problems
from tests.helpers.toy import toy_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from routeplan.model.problem import Problem
    from routeplan.planner.solution import Solution

seeds = st.integers(0, 10**6)
every_problem = problems() | problems(version=2)


def partly_filled(problem: Problem, seed: int) -> Solution:
    """A plan in which some of the shifts are filled, chosen by a seed."""
    try:
        solution = initial_solution(Instance(problem))
    except PlanError:
        assume(False)  # noqa: FBT003
    rng = Random(seed)
    shifts = range(len(solution.routes))
    complete(solution, [shift for shift in shifts if rng.random() < 0.6], rng)
    return solution


def is_feasible(solution: Solution, shift: int, position: int, visit: Visit) -> bool:
    longer = solution.routes[shift].with_visit(position, visit)
    return time_day(solution.instance, shift, longer) is not None


@given(problem=every_problem, seed=seeds)
@example(problem=toy_problem(), seed=0)
def test_a_visit_can_be_inserted_where_there_is_slack_for_its_service(
    problem: Problem, seed: int
) -> None:
    solution = partly_filled(problem, seed)
    inst, rng = solution.instance, Random(seed)
    villages = np.arange(len(inst.villages))
    for at in insertion_positions(solution, villages=len(villages)):
        slack = slack_at(solution, at, villages)
        for row, village in np.ndindex(slack.spare.shape):
            shift, position = int(at.shift[row]), int(at.position[row])
            if village in {visit.village for visit in solution.routes[shift].visits}:
                assert not slack.reachable[row, village]
                continue
            households = rng.randint(0, 60)
            doors = inst.pace(shift, village).seconds(households)
            may = slack.reachable[row, village] and inst.shifts[shift].open[village]
            has_time = may and slack.spare[row, village] >= doors
            assert has_time == is_feasible(solution, shift, position, Visit(village, households))


@given(problem=every_problem, seed=seeds)
def test_every_position_is_evaluated_but_those_of_identical_empty_shifts(
    problem: Problem, seed: int
) -> None:
    solution = partly_filled(problem, seed)
    seen = {
        cell
        for at in insertion_positions(solution, villages=1)
        for cell in zip(at.shift.tolist(), at.position.tolist(), strict=True)
    }
    for shift, route in enumerate(solution.routes):
        order = route.visits
        own = {(shift, position) for position in range(len(order) + 1)}
        day = solution.instance.shifts[shift].day
        alike = any(
            (other, 0) in seen and solution.routes[other][:2] == route[:2]
            for other in range(shift)
            if not solution.routes[other].visits and solution.instance.shifts[other].day == day
        )
        assert own <= seen or (not order and alike)


@given(problem=every_problem, seed=seeds)
@example(problem=toy_problem(), seed=0)
def test_insertable_villages_come_with_the_first_shift_that_they_fit_into(
    problem: Problem, seed: int
) -> None:
    solution = partly_filled(problem, seed)
    assert insertable_villages(solution) == {
        village: shift
        for village in range(len(solution.instance.villages))
        for shift in [next(_shifts_into_which(solution, village), None)]
        if shift is not None
    }


def _shifts_into_which(solution: Solution, village: int) -> Iterator[int]:
    """Yield the shifts into which more households of a village fit, tried one by one."""
    inst, left = solution.instance, int(solution.left()[village])
    if not left and not solution.unvisited_required()[village]:
        return
    for shift, route in enumerate(solution.routes):
        order = route.visits
        fewest = int(solution.fewest_households(inst.shifts[shift].day)[village])
        now = {visit.village: visit.households for visit in order}
        if village not in now:
            least = max(fewest, min(left, 1))
            may = least <= left and least <= inst.max_households[village]
            visit = Visit(village, least)
            if may and any(is_feasible(solution, shift, n, visit) for n in range(len(order) + 1)):
                yield shift
        elif left and now[village] < inst.max_households[village]:
            more = tuple(Visit(v, h + (v == village)) for v, h in order)
            if time_day(inst, shift, route._replace(visits=more)) is not None:
                yield shift
