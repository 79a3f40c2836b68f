"""The branch-and-price algorithm: `BranchAndPrice.solve` is its loop."""

from __future__ import annotations

import math
import threading
import time
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.planner.branch_and_price.branching import BranchAndBoundTree
from routeplan.planner.branch_and_price.chains import ChainSampler
from routeplan.planner.branch_and_price.labelling import MOST_LABELS, LabelMemory
from routeplan.planner.branch_and_price.master import RestrictedMaster
from routeplan.planner.branch_and_price.network import Prizes, Terminals
from routeplan.planner.branch_and_price.pricing import (
    PricingProblem,
    is_metric,
    unpriced_value,
)
from routeplan.planner.branch_and_price.team_classes import terminal_places
from routeplan.planner.branch_and_price.upper_bound import ObjectiveSteps, lagrangian_bound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor
    from random import Random

    from routeplan.planner.branch_and_price.branching import VisitBounds
    from routeplan.planner.branch_and_price.master import Column, Duals
    from routeplan.planner.branch_and_price.pricing import PricingResult
    from routeplan.planner.branch_and_price.team_classes import NightNode, TeamClass
    from routeplan.planner.instance import Instance
    from routeplan.planner.native_instance import NativeInstance
    from routeplan.planner.routes import DayRoute


# Pricing is heuristic until it adds fewer columns than this.
FEW_COLUMNS = 4
# Where the linear program of a new node stays below this share of the node's bound, it lacks
# columns. Dual values are wild then, and exact pricing may take minutes: heuristic comes first.
LACKING = 0.995
# Routes that bring less than the best one known by this share of the objective are of no interest.
SLACK = 1e-6
# Cuts of no higher dual value are left out of pricing, which bounds all the same.
FREE = 1e-7
# Most cuts that are added at once.
CUTS = 30
# Chains are drawn by a later linear program after so many seconds, and so many times what it took.
RESAMPLED, SPARING = 1.0, 10.0


class PricingTask(NamedTuple):
    """One pricing problem for all days, each of a team class, whose prizes differ by a constant."""

    shift_class: int
    terminals: Terminals
    threshold: float
    days: tuple[tuple[tuple[int, int], float], ...]


class BranchAndPrice:
    """Branch and price over the day routes of an instance.

    Pricing problems that take more labels than `most_labels` are given up, and the search with
    them. `exact_since` is when the exact pricing under way began, by the clock that `read` reads.
    """

    def __init__(
        self,
        instance: Instance,
        arrays: NativeInstance,
        team_classes: Sequence[TeamClass],
        most_labels: int = MOST_LABELS,
        *,
        read: Callable[[], float] = time.monotonic,
    ) -> None:
        self._instance, self._arrays, self._team_classes = instance, arrays, team_classes
        self._ends = np.array(terminal_places(arrays))
        self._memory, self._read = LabelMemory(most_labels), read
        self._steps = ObjectiveSteps(instance)
        self._lock = threading.Lock()
        self.master = RestrictedMaster(arrays, team_classes)
        self.tree = BranchAndBoundTree(arrays)
        self.exact_since: float | None = None
        # Of the linear program as it is.
        self._duals: Duals | None = None
        self._chains: ChainSampler | None = None
        self._sample_again = -math.inf

    def solve(self, executor: Executor | None = None) -> Iterator[None]:
        """Run branch and price, best-first; pause after each round.

        The executor prices at the root node. All else is done in the calling thread, which leaves
        more of the processor to other searches.
        """
        bounds, exact = self.tree.node.visit_bounds, False
        while True:
            node = self.tree.select()
            is_new, bounds = node.visit_bounds != bounds, node.visit_bounds
            duals = self._solve_master(bounds if is_new else None)
            if duals is None:
                return
            if is_new:
                exact = duals.objective > LACKING * node.upper_bound
            prizes, tasks = self._prizes(duals), self._pricing_tasks(duals)
            results = self._price(tasks, prizes, executor, exact=exact)
            if exact:
                bound = self._lagrangian_bound(duals, prizes, tasks, results)
                if bound is None:
                    return
                self.tree.lower(bound)
            added = self._add_columns(tasks, results, prizes, duals)
            tightened = [each.was_tightened() for each in self._pricing_problems.values()]
            is_optimal = exact and not added and not any(tightened)
            exact = exact or added < FEW_COLUMNS
            if is_optimal and not self._separate_or_branch():
                return
            yield

    @property
    def upper_bound(self) -> float | None:
        """The highest objective that a plan may have; None where no bound was proved."""
        return self._steps.round_down(self.tree.upper_bound)

    def reduced_costs(self, routes: Iterable[tuple[int, DayRoute]]) -> dict[Column, float]:
        """Add routes by shift class, whatever they gain; return all columns' reduced costs."""
        with self._lock:
            for shift_class, route in routes:
                self.master.add_columns(shift_class, route, None)
            duals = self.master.solve()
            return {} if duals is None else self.master.reduced_costs(duals)

    def draw_chain(self, rng: Random) -> dict[int, DayRoute]:
        """Return routes of all days of a team by shift, likely ones of small reduced costs.

        Empty before the linear program is solved. It may be called while another thread solves.
        """
        began = self._read()
        # The linear program may take long: chains are drawn by the last one meanwhile.
        if began >= self._sample_again and self._lock.acquire(blocking=False):
            try:
                duals = self._duals
                if duals is not None:
                    costs = self.master.reduced_costs(duals)
                    self._chains = ChainSampler(self._team_classes, costs, duals.objective)
                    now = self._read()
                    self._sample_again = now + max(RESAMPLED, SPARING * (now - began))
            finally:
                self._lock.release()
        return {} if self._chains is None else self._chains.draw(rng)

    def stop(self) -> None:
        """End what is under way in another thread."""
        self._memory.stop[0] = 1
        self.master.stop()

    def _solve_master(self, bounds: Mapping[int, VisitBounds] | None) -> Duals | None:
        with self._lock:
            if bounds is not None:
                self.master.bound_visits(bounds)
            self._duals = self.master.solve()
            return self._duals

    def _prizes(self, duals: Duals) -> Prizes:
        cuts = zip(self.master.cuts, duals.cuts.tolist(), strict=True)
        household = self._arrays.weight - duals.prices
        return Prizes(household, duals.visits, [cut for cut in cuts if cut[1] > FREE])

    def _price(
        self, tasks: list[PricingTask], prizes: Prizes, executor: Executor | None, *, exact: bool
    ) -> list[PricingResult]:
        problems = self._pricing_problems

        def solve(task: PricingTask) -> PricingResult:
            problem = problems[task.shift_class]
            return problem.solve(task.terminals, prizes, exact=exact, threshold=task.threshold)

        self.exact_since = self._read() if exact else None
        apply = map if executor is None or len(self.tree) > 1 else executor.map
        results = list(apply(solve, tasks))
        self.exact_since = None
        return results

    def _lagrangian_bound(
        self,
        duals: Duals,
        prizes: Prizes,
        tasks: list[PricingTask],
        results: list[PricingResult],
    ) -> float | None:
        """Return the bound that exact pricing proves; None where some of it was given up."""
        priced = []
        for task, result in zip(tasks, results, strict=True):
            if result.upper_bounds is None:
                return None
            # Routes below the threshold were not looked at.
            best = float((result.upper_bounds + task.terminals.end_prizes).max())
            priced += [(day, max(task.threshold, best) + more) for day, more in task.days]
        unpriced = unpriced_value(self._arrays, prizes)
        return lagrangian_bound(self._arrays, self._team_classes, duals, priced, unpriced)

    def _add_columns(
        self,
        tasks: list[PricingTask],
        results: list[PricingResult],
        prizes: Prizes,
        duals: Duals,
    ) -> int:
        """Add the columns of positive reduced cost that pricing found; return how many."""
        with self._lock:
            return sum(
                self.master.add_columns(task.shift_class, route, duals)
                for task, result in zip(tasks, results, strict=True)
                for route in self._pricing_problems[task.shift_class].feasible_routes(
                    result, prizes
                )
            )

    def _separate_or_branch(self) -> bool:
        """Cut off the solution of the node, or else split the node; return whether either did."""
        with self._lock:
            # Columns may be in cuts that these do not know.
            self._duals = None
            return self.master.separate(CUTS) > 0 or self.tree.branch(self.master.visit_counts())

    @cached_property
    def _pricing_problems(self) -> dict[int, PricingProblem]:
        """By shift class; made by the thread that prices, since it takes a while."""
        arrays, stop = self._arrays, self._memory.stop
        first = arrays.first_of_class
        times = {self._instance.team(s).vehicle: self._instance.travel(s) for s in first.values()}
        metric = all(
            is_metric(each, self._instance.at, lambda: bool(stop[0])) for each in times.values()
        )
        return {
            shift_class: PricingProblem(arrays, shift, self._memory, metric=metric)
            for shift_class, shift in first.items()
        }

    def _pricing_tasks(self, duals: Duals) -> list[PricingTask]:
        """Return what is to be priced, days that differ by a constant in one task."""
        tasks: dict[object, PricingTask] = {}
        slack = SLACK * max(1.0, abs(duals.objective))
        thresholds = self.master.pricing_thresholds(duals)
        for k, day, shift_class, nodes in self._days:
            terminals = Terminals(
                np.array([node.place for node in nodes]),
                np.array([duals.node(k, day, node) for node in nodes]),
                self._ends,
                np.array([self._end_prize(duals, k, day, nodes[0], int(e)) for e in self._ends]),
            )
            _merge(tasks, (k, day), shift_class, terminals, thresholds[k, day], slack)
        return list(tasks.values())

    @cached_property
    def _days(self) -> list[tuple[int, int, int, tuple[NightNode, ...]]]:
        """Team class, day, shift class, and night nodes with as many nights away."""
        return [
            (k, day, shift_class, tuple(node for node in nodes if node.nights_away == away))
            for k, each in enumerate(self._team_classes)
            for day, (shift_class, nodes) in enumerate(
                zip(each.shift_classes, each.nodes, strict=True)
            )
            for away in sorted({node.nights_away for node in nodes})
        ]

    def _end_prize(self, duals: Duals, k: int, day: int, node: NightNode, end: int) -> float:
        """Return what ending a day that began at a node in a place brings."""
        team_class = self._team_classes[k]
        after = team_class.successor(day, node, end)
        if after is None:
            return -math.inf
        dual = 0.0 if team_class.is_last(day) else duals.node(k, day + 1, after)
        return -float(dual + sum(duals.beds[bed] for bed in team_class.beds(day, end)))


def _merge(
    tasks: dict[object, PricingTask],
    day: tuple[int, int],
    shift_class: int,
    terminals: Terminals,
    threshold: float,
    slack: float,
) -> None:
    """Add a day to the task of those that differ from it by a constant and at most the slack.

    The task takes the larger prizes of them and the lowest threshold, less the slack.
    """
    before, after = float(terminals.start_prizes.max()), float(terminals.end_prizes.max())
    if after == -math.inf:
        after = 0.0
    starts, ends = terminals.start_prizes - before, terminals.end_prizes - after
    level = threshold - slack - before - after
    # -0.0 becomes 0.0.
    rounded = ((np.round(each / slack) + 0.0).tobytes() for each in (starts, ends))
    key = (shift_class, terminals.starts.tobytes(), *rounded)
    days: tuple[tuple[tuple[int, int], float], ...] = ((day, before + after),)
    if key in tasks:
        other = tasks[key]
        starts = np.maximum(starts, other.terminals.start_prizes)
        ends = np.maximum(ends, other.terminals.end_prizes)
        level, days = min(level, other.threshold), other.days + days
    terminals = terminals._replace(start_prizes=starts, end_prizes=ends)
    tasks[key] = PricingTask(shift_class, terminals, level, days)
