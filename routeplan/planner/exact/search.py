"""Solving the exact model: the most households first, then the least driving."""

from __future__ import annotations

import math
import time
from concurrent.futures import ThreadPoolExecutor, wait
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from ortools.sat.python import cp_model

from routeplan.planner.exact.model import ExactModel
from routeplan.planner.times import decimal, outward

if TYPE_CHECKING:
    from collections.abc import Callable

    from ortools.sat.python.cp_model import CpSolver, CpSolverStatus

    from routeplan.planner.instance import Instance
    from routeplan.planner.solution import Solution

__all__ = ["Exact", "ExactSearch", "Limits", "new_solver"]

SEEDS = 2**31
# The least driving is found long before it is proved: on small problems made of seeds, the proof
# takes up to ten times as long as that of the households, and changes nothing.
DRIVING_WORK = 2.0
SECONDS_BETWEEN_LOOKS = 0.05


class Exact(NamedTuple):
    """What is known of an instance.

    Parameters
    ----------
    solution
        The best plan that was found, or handed over; None where there is none.
    bound
        No plan reaches more weighted households.
    proved
        Whether the solution reaches that bound.
    infeasible
        Whether there is no plan at all.
    interrupted
        Whether Ctrl-C ended the search.
    """

    solution: Solution | None
    bound: float
    proved: bool
    infeasible: bool
    interrupted: bool


class Limits:
    """How long to search.

    Parameters
    ----------
    seconds
        From now on; None means no limit.
    deterministic
        Work, about a second's worth each; None means no limit.
    stop
        Asked now and then whether to stop.
    """

    def __init__(
        self, seconds: float | None, deterministic: float | None, stop: Callable[[], bool] | None
    ) -> None:
        self.stop = stop or (lambda: False)
        self._ends = math.inf if seconds is None else time.monotonic() + seconds
        self._work = math.inf if deterministic is None else deterministic

    def set_on(self, solver: CpSolver, most: float) -> bool:
        """Hand a solver what is left, `most` of the work; False where that is nothing."""
        seconds = self._ends - time.monotonic()
        solver.parameters.max_time_in_seconds = max(seconds, 0.0)
        solver.parameters.max_deterministic_time = max(min(self._work, most), 0.0)
        return seconds > 0 and self._work > 0 and not self.stop()

    def use(self, solver: CpSolver) -> None:
        """Take off what a solver has worked."""
        self._work -= solver.response_proto.deterministic_time


class ExactSearch:
    """The best plan so far, and what is proved of it.

    Worth is counted in parts of a household of weight 1, such that weights become whole numbers.
    """

    def __init__(self, instance: Instance, unit: int, start: Solution | None) -> None:
        self._instance, self._unit, self._best = instance, unit, start
        self._weights = [int(decimal(weight) * unit) for weight in instance.weight.tolist()]
        self._bound = self._sum(instance.households.tolist())
        self._infeasible = self._interrupted = False

    def run(self, limits: Limits, seed: int) -> Exact:
        """Search until all is proved, or a limit or Ctrl-C ends it."""
        try:
            model = ExactModel(self._instance, self._unit)
            if self._most(model, limits, seed):
                self._least_driving(model, limits, seed)
        except KeyboardInterrupt:
            self._interrupted = True
        bound = outward(Fraction(self._bound, self._unit))
        proved = self._best is not None and self._worth(self._best) == self._bound
        return Exact(self._best, bound, proved, self._infeasible, self._interrupted)

    def _most(self, model: ExactModel, limits: Limits, seed: int) -> bool:
        """Reach the most; tell whether that is proved, so that only the driving is open."""
        if self._best is not None:
            model.hint(self._best)
        model.model.maximize(model.worth)
        solver = new_solver(seed)
        status = self._solve(solver, model, limits)
        self._infeasible = status == cp_model.INFEASIBLE
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return False
        solution = model.solution(solver)
        self._keep(solution)
        # Sums of worth are whole, and told as floating numbers.
        bound = math.floor(solver.best_objective_bound + 0.01)
        # A search that ends before it has proved anything tells a bound of 0.
        if status == cp_model.OPTIMAL or bound > self._worth(solution):
            self._bound = min(self._bound, bound)
        return status == cp_model.OPTIMAL

    def _least_driving(self, model: ExactModel, limits: Limits, seed: int) -> None:
        model.model.add(model.worth >= self._bound)
        model.model.minimize(model.drive)
        if self._best is not None:
            model.hint(self._best)
        solver = new_solver(seed)
        if self._solve(solver, model, limits, DRIVING_WORK) in (
            cp_model.OPTIMAL,
            cp_model.FEASIBLE,
        ):
            self._keep(model.solution(solver))

    def _solve(
        self, solver: CpSolver, model: ExactModel, limits: Limits, most: float = math.inf
    ) -> CpSolverStatus:
        """Run a solver in a thread of its own, so that Ctrl-C is heard meanwhile."""
        if not limits.set_on(solver, most):
            return cp_model.UNKNOWN
        with ThreadPoolExecutor(max_workers=1) as pool:
            solving = pool.submit(solver.solve, model.model)
            try:
                while not solving.done() and not limits.stop():
                    wait([solving], SECONDS_BETWEEN_LOOKS)
            except KeyboardInterrupt:
                self._interrupted = True
            stopped = not solving.done()
            while not solving.done():
                # A solver that is not yet up does not hear it.
                solver.stop_search()
                wait([solving], SECONDS_BETWEEN_LOOKS)
        status = solving.result()
        limits.use(solver)
        if stopped:
            # Stopped from outside, some versions say that all is proved.
            found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
            return cp_model.FEASIBLE if found else cp_model.UNKNOWN
        return status

    def _keep(self, solution: Solution) -> None:
        if self._best is None or self._value(solution) > self._value(self._best):
            self._best = solution

    def _value(self, solution: Solution) -> tuple[int, int]:
        return self._worth(solution), -solution.drive_seconds()

    def _worth(self, solution: Solution) -> int:
        return self._sum(solution.reached_on.sum(axis=0).tolist())

    def _sum(self, households: list[int]) -> int:
        return sum(w * h for w, h in zip(self._weights, households, strict=True))


def new_solver(seed: int) -> CpSolver:
    """Return a solver that does the same every time.

    It leaves signals alone: one that does not takes Ctrl-C away from Python, for good.
    """
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed % SEEDS
    solver.parameters.catch_sigint_signal = False
    return solver
