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
    from routeplan.planner.solution.draft import Draft

seeds = st.integers(0, 10**6)


def partly_filled(problem: Problem, seed: int) -> Draft:
    """A plan in which some of the shifts are filled, as a seed wills."""
    try:
        draft = home_chain(Instance(problem))
    except PlanError:
        assume(False)  # noqa: FBT003
    rng = Random(seed)
    shifts = range(len(draft.visits))
    complete(draft, [shift for shift in shifts if rng.random() < 0.6], rng)
    return draft


def is_kept(draft: Draft, shift: int, position: int, visit: Visit) -> bool:
    order = draft.visits[shift]
    longer = [*order[:position], visit, *order[position:]]
    return time_day(draft.instance, shift, *draft.bounds(shift), longer) is not None


@given(problem=problems(), seed=seeds)
@example(problem=toy_problem(), seed=0)
def test_a_visit_can_be_inserted_where_there_is_slack_for_its_doors(
    problem: Problem, seed: int
) -> None:
    draft = partly_filled(problem, seed)
    inst, rng = draft.instance, Random(seed)
    villages = np.arange(len(inst.villages))
    for at in positions_of(draft, villages=len(villages)):
        slack = slack_at(draft, at, villages)
        for row, village in np.ndindex(slack.spare.shape):
            shift, position = int(at.shift[row]), int(at.position[row])
            if village in {visit.village for visit in draft.visits[shift]}:
                assert not slack.way[row, village]
                continue
            households = rng.randint(0, 60)
            doors = inst.pace(shift, village).seconds(households)
            may = slack.way[row, village] and inst.shifts[shift].open[village]
            has_time = may and slack.spare[row, village] >= doors
            assert has_time == is_kept(draft, shift, position, Visit(village, households))


@given(problem=problems(), seed=seeds)
def test_every_position_is_looked_at_but_those_of_empty_shifts_alike(
    problem: Problem, seed: int
) -> None:
    draft = partly_filled(problem, seed)
    seen = {
        cell
        for at in positions_of(draft, villages=1)
        for cell in zip(at.shift.tolist(), at.position.tolist(), strict=True)
    }
    for shift, order in enumerate(draft.visits):
        own = {(shift, position) for position in range(len(order) + 1)}
        day = draft.instance.shifts[shift].day
        alike = any(
            (other, 0) in seen and draft.bounds(other) == draft.bounds(shift)
            for other in range(shift)
            if not draft.visits[other] and draft.instance.shifts[other].day == day
        )
        assert own <= seen or (not order and alike)


@given(problem=problems(), seed=seeds)
@example(problem=toy_problem(), seed=0)
def test_what_fits_is_found_in_the_first_shift_that_it_fits_into(
    problem: Problem, seed: int
) -> None:
    draft = partly_filled(problem, seed)
    assert fitting(draft) == {
        village: shift
        for village in range(len(draft.instance.villages))
        for shift in [next(_shifts_into_which(draft, village), None)]
        if shift is not None
    }


def _shifts_into_which(draft: Draft, village: int) -> Iterator[int]:
    """Yield the shifts into which more households of a village fit, tried one by one."""
    inst, left = draft.instance, int(draft.left()[village])
    if not left and not draft.unvisited_required()[village]:
        return
    for shift, order in enumerate(draft.visits):
        fewest = int(draft.fewest(inst.shifts[shift].day)[village])
        now = {visit.village: visit.households for visit in order}
        if village not in now:
            least = max(fewest, min(left, 1))
            may = least <= left and least <= inst.most[village]
            visit = Visit(village, least)
            if may and any(is_kept(draft, shift, n, visit) for n in range(len(order) + 1)):
                yield shift
        elif left and now[village] < inst.most[village]:
            more = [Visit(v, h + (v == village)) for v, h in order]
            if time_day(inst, shift, *draft.bounds(shift), more) is not None:
                yield shift
