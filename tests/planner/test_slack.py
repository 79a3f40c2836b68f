"""Slack at all positions of many shifts at once, against days that are timed one by one."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import assume, example, given
from hypothesis import strategies as st

from routeplan.errors import PlanError
from routeplan.planner.instance import Instance, Visit
from routeplan.planner.solution.fitting import fitting
from routeplan.planner.solution.insertion import complete
from routeplan.planner.solution.nights import home_chain
from routeplan.planner.solution.slack import positions_of, slack_at
from routeplan.planner.solution.timing import time_day
from tests.helpers.strategies import problems
from tests.helpers.toy import toy_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from routeplan.model.problem import Problem
    from routeplan.planner.solution.solution import Solution

seeds = st.integers(0, 10**6)


def partly_filled(problem: Problem, seed: int) -> Solution:
    """A plan in which some of the shifts are filled, as a seed wills."""
    try:
        solution = home_chain(Instance(problem))
    except PlanError:
        assume(False)  # noqa: FBT003
    rng = Random(seed)
    shifts = range(len(solution.visits))
    complete(solution, [shift for shift in shifts if rng.random() < 0.6], rng)
    return solution


def is_kept(solution: Solution, shift: int, position: int, visit: Visit) -> bool:
    order = solution.visits[shift]
    longer = [*order[:position], visit, *order[position:]]
    return time_day(solution.instance, shift, *solution.bounds(shift), longer) is not None


@given(problem=problems(), seed=seeds)
@example(problem=toy_problem(), seed=0)
def test_a_visit_can_be_inserted_where_there_is_slack_for_its_doors(
    problem: Problem, seed: int
) -> None:
    solution = partly_filled(problem, seed)
    inst, rng = solution.instance, Random(seed)
    villages = np.arange(len(inst.villages))
    for at in positions_of(solution, villages=len(villages)):
        slack = slack_at(solution, at, villages)
        for row, village in np.ndindex(slack.spare.shape):
            shift, position = int(at.shift[row]), int(at.position[row])
            if village in {visit.village for visit in solution.visits[shift]}:
                assert not slack.way[row, village]
                continue
            households = rng.randint(0, 60)
            doors = inst.pace(shift, village).seconds(households)
            may = slack.way[row, village] and inst.shifts[shift].open[village]
            has_time = may and slack.spare[row, village] >= doors
            assert has_time == is_kept(solution, shift, position, Visit(village, households))


@given(problem=problems(), seed=seeds)
def test_every_position_is_looked_at_but_those_of_empty_shifts_alike(
    problem: Problem, seed: int
) -> None:
    solution = partly_filled(problem, seed)
    seen = {
        cell
        for at in positions_of(solution, villages=1)
        for cell in zip(at.shift.tolist(), at.position.tolist(), strict=True)
    }
    for shift, order in enumerate(solution.visits):
        own = {(shift, position) for position in range(len(order) + 1)}
        day = solution.instance.shifts[shift].day
        alike = any(
            (other, 0) in seen and solution.bounds(other) == solution.bounds(shift)
            for other in range(shift)
            if not solution.visits[other] and solution.instance.shifts[other].day == day
        )
        assert own <= seen or (not order and alike)


@given(problem=problems(), seed=seeds)
@example(problem=toy_problem(), seed=0)
def test_what_fits_is_found_in_the_first_shift_that_it_fits_into(
    problem: Problem, seed: int
) -> None:
    solution = partly_filled(problem, seed)
    assert fitting(solution) == {
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
    for shift, order in enumerate(solution.visits):
        fewest = int(solution.fewest(inst.shifts[shift].day)[village])
        now = {visit.village: visit.households for visit in order}
        if village not in now:
            least = max(fewest, min(left, 1))
            may = least <= left and least <= inst.most[village]
            visit = Visit(village, least)
            if may and any(is_kept(solution, shift, n, visit) for n in range(len(order) + 1)):
                yield shift
        elif left and now[village] < inst.most[village]:
            more = [Visit(v, h + (v == village)) for v, h in order]
            if time_day(inst, shift, *solution.bounds(shift), more) is not None:
                yield shift
