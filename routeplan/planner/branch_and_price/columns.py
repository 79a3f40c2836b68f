"""The engine `columns`: day routes as columns; generate, select, certify.

A greedy first plan is bettered by simulated annealing (`annealing`), whose good routes become
columns of a master problem. The prices of its linear program tell which other routes would help;
pricing finds them, and proves how much any plan could reach (`certificate`); CP-SAT chooses among
the columns (`choice`). The search ends when plan and bound meet, or when it is told to.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from routeplan.model.plan import StoppedBy
from routeplan.planner.branch_and_price.generation import Generation
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
    from routeplan.planner.native_instance import NativeInstance
    from routeplan.planner.solution import Solution

__all__ = ["search"]

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
    """Search for a plan and a bound; see the module's text, and `engine.Engine`."""
    best = Best(start or initial_solution(instance), report)
    rounds = 0
    stopped_by = StoppedBy.TIME if options.iterations is None else StoppedBy.ITERATIONS
    try:
        tables = make_native_instance(instance)
        best.keep(construct(instance, tables, best.solution))
        if is_small(instance):
            _solve_small(best, options, clock)
        if not best.is_proven and instance.shifts:
            rounds = _generate(best, tables, options, clock)
    except KeyboardInterrupt:
        stopped_by = StoppedBy.INTERRUPT
    if best.is_proven:
        stopped_by = StoppedBy.PROVED
    elif stopped_by is StoppedBy.ITERATIONS and clock.over():
        stopped_by = StoppedBy.TIME
    return Outcome(best.solution, best.bound, rounds, stopped_by)


class Best:
    """The best solution so far and the best bound; whoever waits for news is told.

    Parameters
    ----------
    solution
        To begin with.
    report
        Told of each better solution and bound.
    """

    def __init__(
        self, solution: Solution, report: Callable[[Solution, float | None], None]
    ) -> None:
        self.solution, self._score = solution, solution.score()
        self.is_settled = False
        self._report = report
        villages = solution.instance.villages
        most = sum((decimal(v.weight) * v.households for v in villages), Fraction(0))
        # A bound of what is pinned would be none of the problem.
        self.bound = None if solution.instance.is_pinned else outward(most)

    def keep(self, solution: Solution) -> None:
        """Keep a solution where it is better."""
        score = solution.score()
        if score <= self._score:
            return
        solution.reuse_times(self.solution)
        if solution.is_feasible():
            self.solution, self._score = solution, score
            self._report(solution, self.bound)

    def lower(self, bound: float | None) -> None:
        """Keep a bound where it is lower."""
        if bound is not None and self.bound is not None and bound < self.bound:
            self.bound = bound
            self._report(self.solution, self.bound)

    @property
    def is_proven(self) -> bool:
        """Tell whether no plan reaches more, pins kept."""
        missing, weighted, _ = self._score
        met = self.bound is not None and weighted >= self.bound * (1 - ROUNDING)
        return self.is_settled or (met and missing == 0)


def _solve_small(best: Best, options: Options, clock: Clock) -> None:
    """Solve a small problem by the exact model, in half the time."""
    left = clock.left()
    found = solve_exactly(
        best.solution.instance,
        best.solution,
        seconds=None if left is None else left / 2,
        deterministic=EXACT_WORK if options.iterations is not None else None,
        seed=options.seed,
    )
    if found is None or found.solution is None:
        return
    best.keep(found.solution)
    best.lower(found.bound)
    best.is_settled = found.proved
    if found.interrupted:
        raise KeyboardInterrupt


def _generate(best: Best, tables: NativeInstance, options: Options, clock: Clock) -> int:
    """Search by columns; return how many iterations of ruin and recreate were taken."""
    with watch_interrupt() as interrupted:
        generation = Generation(tables, options, clock, best, interrupted)
        try:
            generation.run()
        finally:
            rounds = generation.close()
    return rounds
