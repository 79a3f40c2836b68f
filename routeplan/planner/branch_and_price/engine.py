"""The engine `columns`: a greedy first plan, the exact model for small problems, else columns."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from routeplan.model.plan import StoppedBy
from routeplan.planner.branch_and_price.column_search import ColumnSearch
from routeplan.planner.engine import Outcome, watch_interrupt
from routeplan.planner.exact.small import is_small, solve_exactly
from routeplan.planner.native_instance import make_native_instance
from routeplan.planner.ruin_and_recreate import construct
from routeplan.planner.solution import initial_solution
from routeplan.planner.times import decimal, outward

if TYPE_CHECKING:
    from collections.abc import Callable

    from routeplan.planner.engine import Clock, Options
    from routeplan.planner.instance import Instance
    from routeplan.planner.solution import Solution

__all__ = ["Incumbent", "search"]

# CP-SAT's deterministic time for small problems, where no seconds are given.
EXACT_WORK = 20.0
# Sums of weights are doubles, and bounds are rounded outward.
ROUNDING = 1e-9


def search(
    instance: Instance,
    options: Options,
    clock: Clock,
    report: Callable[[Solution, float | None], None],
    start: Solution | None,
) -> Outcome:
    """Search for a plan and a bound; see `routeplan.planner.engine.Engine`."""
    incumbent = Incumbent(start or initial_solution(instance), report)
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


class Incumbent:
    """The best solution and the lowest upper bound so far.

    Parameters
    ----------
    solution
        The first one.
    report
        Called with each better solution, and when the bound falls.
    """

    def __init__(
        self, solution: Solution, report: Callable[[Solution, float | None], None]
    ) -> None:
        self.solution, self._score = solution, solution.score()
        self.is_optimal = False
        self._report = report
        villages = solution.instance.villages
        most = sum((decimal(v.weight) * v.households for v in villages), Fraction(0))
        # With pins, a bound would be none of the problem.
        self.upper_bound = None if solution.instance.is_pinned else outward(most)

    def keep(self, solution: Solution) -> None:
        """Keep a solution if it is better."""
        score = solution.score()
        if score <= self._score:
            return
        solution.reuse_times(self.solution)
        if solution.is_feasible():
            self.solution, self._score = solution, score
            self._report(solution, self.upper_bound)

    def lower(self, bound: float | None) -> None:
        """Keep a bound if it is lower."""
        if bound is not None and self.upper_bound is not None and bound < self.upper_bound:
            self.upper_bound = bound
            self._report(self.solution, self.upper_bound)

    @property
    def is_proven(self) -> bool:
        """Whether no plan reaches more, pins kept."""
        missing, weighted, _ = self._score
        met = self.upper_bound is not None and weighted >= self.upper_bound * (1 - ROUNDING)
        return self.is_optimal or (met and missing == 0)


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
