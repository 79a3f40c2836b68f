"""What a plan must do: bring every team home, and visit what is required.

The searches begin from days that could be driven without a visit, and are greedy about required
villages: good enough for problems of any size, but no proof that there is no plan. Where they fail
on a small problem, the exact model is asked before it is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.errors import Faults, InputError, PlanError
from routeplan.formats import detail_of, requirement_text
from routeplan.planner.exact.small import is_small, solve_exactly
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
    from routeplan.planner.exact.search import Exact
    from routeplan.planner.instance import Instance
    from routeplan.planner.solution import Solution

__all__ = ["FirstSolution", "check_required", "check_visited", "first_solution"]

# Of the time that there is, how much the exact model may take; and its work, where iterations are
# counted and not seconds.
EXACT_SHARE = 0.5
EXACT_WORK = 10.0


class FirstSolution(NamedTuple):
    """Where a search begins; None leaves that to the engine. Ctrl-C may have been heard already."""

    solution: Solution | None
    interrupted: bool = False


def check_required(instance: Instance) -> None:
    """Refuse before the search what no search can do.

    Raises
    ------
    PlanError
        Naming every required village that no team can visit.
    """
    faults = Faults()
    for number, village in enumerate(instance.villages):
        never = why_never(instance, number) if village.required else None
        if never is not None:
            reason, detail = never[0], requirement_text(never[1])
            faults.add(village.place, f"is required but cannot be visited: {reason}, {detail}")
    faults.raise_any(PlanError)


def check_visited(solution: Solution) -> None:
    """Refuse a solution that misses what is required.

    Raises
    ------
    PlanError
        Naming every village that must be visited and is not.
    """
    missing = np.flatnonzero(solution.unvisited_required())
    if not len(missing):
        return
    faults, reasons = Faults(), why_left_out(solution)
    for number in missing:
        left = reasons[int(number)]
        detail = detail_of(left, visited=False, problem=solution.instance.problem)
        village = solution.instance.villages[number]
        asked = "required" if village.required else "pinned"
        faults.add(village.place, f"is {asked} but not visited: {left.reason}, {detail}")
    faults.raise_any(PlanError)


def first_solution(
    instance: Instance, start: Plan | None, options: Options, clock: Clock
) -> FirstSolution:
    """Return what a search is to begin from.

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
        return FirstSolution(None if start is None else repaired_from_plan(instance, start))
    try:
        solution = (
            initial_solution(instance) if start is None else repaired_from_plan(instance, start)
        )
    except (InputError, PlanError):
        exact = _ask(instance, options, clock)
        if exact is None or exact.solution is None:
            raise
        return FirstSolution(exact.solution, exact.interrupted)
    full = solution.copy()
    complete(full)
    if full.unvisited_required().any():
        exact = _ask(instance, options, clock)
        if exact is not None and exact.infeasible:
            check_visited(full)
        if exact is not None and exact.solution is not None:
            return FirstSolution(exact.solution, exact.interrupted)
    return FirstSolution(None if start is None else solution)


def _ask(instance: Instance, options: Options, clock: Clock) -> Exact | None:
    """Ask the exact model for a plan."""
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
