"""The engine `columns`: a greedy first plan, the exact model for small problems, else columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.model.plan import StoppedBy
from routeplan.planner.branch_and_price.column_search import ColumnSearch
from routeplan.planner.engine import Incumbent, Outcome, watch_interrupt
from routeplan.planner.exact import is_small, solve_exactly
from routeplan.planner.native_instance import make_native_instance
from routeplan.planner.ruin_and_recreate import construct
from routeplan.planner.solution import initial_solution
from routeplan.planner.times import outward

if TYPE_CHECKING:
    from collections.abc import Callable

    from routeplan.planner.engine import Clock, Options
    from routeplan.planner.instance import Instance
    from routeplan.planner.solution import Solution

__all__ = ["search"]

# CP-SAT's deterministic time for small problems, where no seconds are given.
EXACT_WORK = 20.0


def search(
    instance: Instance,
    options: Options,
    clock: Clock,
    report: Callable[[Solution, float | None], None],
    start: Solution | None,
) -> Outcome:
    """Search for a plan and a bound; see `routeplan.planner.engine.Engine`."""
    # With pins, a bound would be none of the problem.
    bound = None if instance.is_pinned else outward(instance.weighted_households)
    incumbent = Incumbent(start or initial_solution(instance), report, bound)
    iterations = 0
    stopped_by = StoppedBy.TIME if options.iterations is None else StoppedBy.ITERATIONS
    try:
        arrays = make_native_instance(instance)
        incumbent.keep(construct(instance, arrays, incumbent.solution))
        if is_small(instance):
            _solve_small(incumbent, options, clock)
        if not incumbent.is_proven and instance.shifts:
            with watch_interrupt() as interrupted:
                running = ColumnSearch(arrays, options, clock, incumbent, interrupted)
                try:
                    running.run()
                finally:
                    iterations = running.close()
    except KeyboardInterrupt:
        stopped_by = StoppedBy.INTERRUPT
    if incumbent.is_proven:
        stopped_by = StoppedBy.PROVED
    elif stopped_by is StoppedBy.ITERATIONS and clock.over():
        stopped_by = StoppedBy.TIME
    return Outcome(incumbent.solution, incumbent.upper_bound, iterations, stopped_by)


def _solve_small(incumbent: Incumbent, options: Options, clock: Clock) -> None:
    """Solve a small problem by the exact model, in half the time."""
    left = clock.left()
    found = solve_exactly(
        incumbent.solution.instance,
        incumbent.solution,
        seconds=None if left is None else left / 2,
        deterministic=EXACT_WORK if options.iterations is not None else None,
        seed=options.seed,
    )
    if found is None or found.solution is None:
        return
    incumbent.keep(found.solution)
    incumbent.lower(found.bound)
    incumbent.is_optimal = found.proved
    if found.interrupted:
        raise KeyboardInterrupt
