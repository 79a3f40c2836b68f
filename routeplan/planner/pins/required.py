"""What a plan must do: bring every team home, and visit what is required or pinned.

The searches begin from days that could be driven without a visit, and are greedy about required
villages: good enough for problems of any size, but no proof that there is no plan. Where they fail
on a small problem, the exact model is solved before it is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from routeplan.errors import Faults, InputError, PlanError
from routeplan.formats import detail_of, requirement_text
from routeplan.planner.exact import is_small, solve_exactly
from routeplan.planner.explain.reasons import why_left_out, why_never
from routeplan.planner.solution import (
    complete,
    initial_solution,
    repaired_from_plan,
    solution_from_plan,
)

if TYPE_CHECKING:
    from routeplan.model.plan import Plan
    from routeplan.planner.engine import Clock, Options
    from routeplan.planner.exact.model import Exact
    from routeplan.planner.instance import Instance
    from routeplan.planner.solution import Solution

__all__ = ["check_required", "check_visited", "first_solution"]

# Share of the time left that the exact model may take; and its work where iterations are counted.
EXACT_SHARE = 0.5
EXACT_WORK = 10.0


def check_required(instance: Instance) -> None:
    """Refuse required villages that no team can visit.

    Raises
    ------
    PlanError
        Naming every one of them.
    """
    faults = Faults()
    for number, village in enumerate(instance.villages):
        never = why_never(instance, number) if village.required else None
        if never is not None:
            message = f"is required but cannot be visited: {never[0]}, {requirement_text(never[1])}"
            faults.add(village.place, message)
    faults.raise_any(PlanError)


def check_visited(solution: Solution) -> None:
    """Refuse a solution that misses what is required.

    Raises
    ------
    PlanError
        Naming every village that must be visited and is not.
    """
    missing = np.flatnonzero(solution.unvisited_required()).tolist()
    reasons, instance, faults = (
        why_left_out(solution) if missing else {},
        solution.instance,
        Faults(),
    )
    for number in missing:
        left, village = reasons[number], instance.villages[number]
        must = "required" if village.required else "pinned"
        detail = detail_of(left, visited=False, problem=instance.problem)
        faults.add(village.place, f"is {must} but not visited: {left.reason}, {detail}")
    faults.raise_any(PlanError)


def first_solution(
    instance: Instance, start: Plan | None, options: Options, clock: Clock
) -> tuple[Solution | None, bool]:
    """Return what a search is to begin from, and whether Ctrl-C ended its making.

    None leaves the first solution to the engine.

    Raises
    ------
    InputError, PlanError
        As `repaired_from_plan` does, but on a small problem not while a plan may be found; and
        there also where it is proved that no plan visits all that is required.
    KeyboardInterrupt
        On Ctrl-C before there is a plan that could be kept.
    """
    if start is not None:
        solution_from_plan(instance, start)
        if not is_small(instance):
            return repaired_from_plan(instance, start), False
    elif not is_small(instance):
        return None, False
    try:
        begin = initial_solution(instance) if start is None else repaired_from_plan(instance, start)
    except (InputError, PlanError):
        exact = _solve_exactly(instance, options, clock)
        if exact is None or exact.solution is None:
            raise
        return exact.solution, exact.interrupted
    found = _visit_required(begin, options, clock)
    if found is not None:
        return found.solution, found.interrupted
    return None if start is None else begin, False


def _visit_required(begin: Solution, options: Options, clock: Clock) -> Exact | None:
    """Return an exact solution where greedy insertion misses what is required."""
    full = begin.copy()
    complete(full)
    if not full.unvisited_required().any():
        return None
    exact = _solve_exactly(begin.instance, options, clock)
    if exact is not None and exact.infeasible:
        check_visited(full)
    return exact if exact is not None and exact.solution is not None else None


def _solve_exactly(instance: Instance, options: Options, clock: Clock) -> Exact | None:
    left = clock.left()
    exact = solve_exactly(
        instance,
        seconds=None if left is None else EXACT_SHARE * left,
        deterministic=None if options.iterations is None else EXACT_WORK,
        seed=options.seed,
    )
    if exact is not None and exact.interrupted and exact.solution is None:
        raise KeyboardInterrupt
    return exact
