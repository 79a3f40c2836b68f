"""A proven bound by column generation: prices from the master, routes and values from pricing."""

from __future__ import annotations

import math
import threading
import time
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.planner.branch_and_price.branching import Tree
from routeplan.planner.branch_and_price.master import Column, Duals, Master
from routeplan.planner.branch_and_price.network import Ends, Worth
from routeplan.planner.branch_and_price.pricing import MOST_LABELS, LabelMemory, Pricer, left_out
from routeplan.planner.branch_and_price.team_classes import sleeping_places
from routeplan.planner.native_instance import weight_unit
from routeplan.planner.times import decimal, is_metric, outward

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Executor

    from routeplan.planner.branch_and_price.pricing import Priced
    from routeplan.planner.branch_and_price.team_classes import Node, Route, TeamClass
    from routeplan.planner.instance import Instance
    from routeplan.planner.native_instance import NativeInstance

__all__ = ["Certificate"]

# Doubles are summed up a few thousand times: the bound is moved outward by far more than that.
OUTWARD = 1e-9
# The search for routes is quick until it finds fewer columns than this.
FEW_COLUMNS = 4
# Where a new leaf's solution stays below this share of its bound, it lacks routes that its limits
# call for. Prices are wild then, and an exact search may take minutes: the quick one comes first.
LACKING = 0.995
# Routes that bring less than the best one known by this share of the plan's worth are not wanted.
SLACK = 1e-6
# What costs no more is left out of pricing, which bounds all the same.
FREE = 1e-7
# So many cuts at once.
CUTS = 30


class _Job(NamedTuple):
    """One day of a crew that is priced at once, from all nodes with as many nights away."""

    crew: int
    day: int
    kind: int
    nodes: tuple[Node, ...]


class _Task(NamedTuple):
    """What is priced at once: days that differ by no more than what they bring beforehand.

    Parameters
    ----------
    kind, ends, floor
        See `Pricer`.
    days
        Crews and days, and what is brought beside; the same day again where nights are counted.
    """

    kind: int
    ends: Ends
    floor: float
    days: tuple[tuple[tuple[int, int], float], ...]


def _together(tasks: Iterable[_Task], slack: float) -> list[_Task]:
    """Join the days that pricing cannot tell apart, as those in the midst of a week mostly are.

    What is a little unlike is bounded by the larger; floors are lower by the slack.
    """
    found: dict[tuple[object, ...], _Task] = {}
    for kind, ends, floor, days in tasks:
        before, after = float(ends.bonus.max()), float(ends.ending.max())
        if after == -math.inf:
            after = 0.0
        bonus, ending = ends.bonus - before, ends.ending - after
        level = floor - slack - before - after
        # Nothing is 0, whatever its sign.
        unlike = ((np.round(each / slack) + 0.0).tobytes() for each in (bonus, ending))
        like = (kind, ends.starts.tobytes(), *unlike)
        task = found.get(like)
        if task is not None:
            bonus = np.maximum(bonus, task.ends.bonus)
            ending = np.maximum(ending, task.ends.ending)
            level = min(level, task.floor)
        shifted = tuple((day, more + before + after) for day, more in days)
        found[like] = _Task(
            kind,
            ends._replace(bonus=bonus, ending=ending),
            level,
            (task.days if task else ()) + shifted,
        )
    return list(found.values())


class Certificate:
    """The bound so far, and the master problem that it comes from.

    Where no route betters the master's solution, cuts do; and where none is left, branches.

    Parameters
    ----------
    instance, tables, crews
        What is planned.
    most_labels
        Days that would take more to price exactly are not.
    """

    def __init__(
        self,
        instance: Instance,
        tables: NativeInstance,
        crews: Sequence[TeamClass],
        most_labels: int = MOST_LABELS,
    ) -> None:
        self._instance, self._tables, self._crews = instance, tables, crews
        self._places = sleeping_places(tables)
        self._memory = LabelMemory(most_labels)
        self._jobs = [
            _Job(k, day, kind, tuple(node for node in nodes if node.away == away))
            for k, crew in enumerate(crews)
            for day, (kind, nodes) in enumerate(zip(crew.kinds, crew.nodes, strict=True))
            for away in sorted({node.away for node in nodes})
        ]
        self._step = _step(instance)
        self._unit = Fraction(weight_unit(instance))
        self.master = Master(tables, crews)
        self.tree = Tree(tables)
        self._limits = self.tree.leaf.limits
        self._exact = False
        self._lock = threading.Lock()
        self.exact_since: float | None = None
        """When the exact pricing that is under way began, on the monotonic clock."""

    @property
    def bound(self) -> float:
        """No plan reaches more weighted households, as the tables weight them."""
        return self.tree.bound

    @cached_property
    def _pricers(self) -> dict[int, Pricer]:
        """By kind of shift; made by the thread that prices, since it takes a while."""
        tables, stop = self._tables, self._memory.stop
        first = {int(kind): s for s, kind in reversed(list(enumerate(tables.shift_class)))}
        times = {self._instance.team(s).vehicle: self._instance.travel(s) for s in first.values()}
        metric = all(
            is_metric(each, self._instance.at, lambda: bool(stop[0])) for each in times.values()
        )
        return {kind: Pricer(tables, s, self._memory, metric=metric) for kind, s in first.items()}

    def stop(self) -> None:
        """End what is under way."""
        self._memory.stop[0] = 1
        self.master.stop()

    def gains(self, routes: Iterable[Route]) -> dict[Column, float]:
        """Take routes in, whatever they gain; return what all columns gain at an optimum, <= 0."""
        with self._lock:
            for route in routes:
                self.master.offer(route, None)
            duals = self.master.solve()
            return {} if duals is None else self.master.gains(duals)

    def improve(self, executor: Executor | None) -> bool:
        """Solve the master and price once; tell whether there is more to be gained.

        First routes are looked for quickly; when few are found so, exactly, which bounds.
        """
        with self._lock:
            self.tree.turn()
            is_new = self.tree.leaf.limits != self._limits
            if is_new:
                self._limits = self.tree.leaf.limits
                self.master.limit(self._limits)
            duals = self.master.solve()
        if duals is None:
            return False
        if is_new:
            self._exact = duals.value > LACKING * self.tree.leaf.bound
        exact = self._exact
        added = self._price(duals, executor, exact=exact)
        if added is None:
            return not exact
        self._exact = exact or added < FEW_COLUMNS
        tightened = [pricer.was_tightened() for pricer in self._pricers.values()]
        if not exact or added or any(tightened):
            return True
        # No route betters the master's solution: cuts may, and branches do.
        with self._lock:
            return self.master.cut(CUTS) > 0 or self.tree.branch(self.master.visits())

    def _price(self, duals: Duals, executor: Executor | None, *, exact: bool) -> int | None:
        """Price, and return how many columns gain; None where the search was cut short."""
        (households, visits, _, _, cuts), t = duals.prices, self._tables
        pricers = self._pricers
        priced_cuts = zip(self.master.cuts, cuts.tolist(), strict=True)
        worth = Worth(t.weight - households, visits, [c for c in priced_cuts if c[1] > FREE])
        tasks = _together(self._tasks(duals), SLACK * max(1.0, abs(duals.value)))
        apply = map if executor is None else executor.map

        def price(task: _Task) -> Priced:
            return pricers[task.kind].price(task.ends, worth, exact=exact, floor=task.floor)

        self.exact_since = time.monotonic() if exact else None
        priced = list(apply(price, tasks))
        self.exact_since = None
        if exact and not self._lower(duals, tasks, priced, left_out(t, worth)):
            return None
        with self._lock:
            return sum(
                self.master.offer(route, duals)
                for task, found in zip(tasks, priced, strict=True)
                for route in pricers[task.kind].routes(found, worth.prizes)
            )

    def _tasks(self, duals: Duals) -> Iterator[_Task]:
        """Yield what is priced: each day of a crew, from all nodes with as many nights away."""
        floors = self.master.floors(duals)
        for job in self._jobs:
            key = job.crew, job.day
            ends = Ends(
                np.array([node.place for node in job.nodes]),
                np.array([duals.node(*key, node) for node in job.nodes]),
                np.array(self._places),
                np.array(list(self._ending(job, duals))),
            )
            yield _Task(job.kind, ends, floors[key], ((key, 0.0),))

    def _lower(
        self, duals: Duals, tasks: list[_Task], priced: list[Priced], more_a_day: float
    ) -> bool:
        """Lower the bound by what was priced exactly; False where something was cut short."""
        prices, t = duals.prices, self._tables
        bound = float(prices.households @ t.households) + prices.limits
        bound += float((prices.beds * t.beds[:, None]).sum() + prices.cuts.sum())
        best: dict[tuple[int, int], float] = {}
        for task, found in zip(tasks, priced, strict=True):
            if found.values is None:
                return False
            # What brings less than the floor was not looked at.
            most = max(task.floor, float((found.values + task.ends.ending).max()))
            for key, more in task.days:
                best[key] = max(most + more, best.get(key, -math.inf))
        bound += sum(self._crews[k].count * (gain + more_a_day) for (k, _), gain in best.items())
        bound += OUTWARD * max(1.0, abs(bound))
        self.tree.lower(bound)
        return True

    def _ending(self, job: _Job, duals: Duals) -> Iterator[float]:
        """Yield what ending a day at each place brings: the worth of being there, less beds."""
        crew = self._crews[job.crew]
        is_last = job.day == len(crew.shifts) - 1
        for place in self._places:
            after = crew.after(job.day, job.nodes[0], place)
            if after is None:
                yield -math.inf
                continue
            there = 0.0 if is_last else duals.node(job.crew, job.day + 1, after)
            beds = sum(duals.prices.beds[bed] for bed in crew.beds(job.day, place))
            yield -float(there + beds)

    def proven(self) -> float | None:
        """Return the bound as far down as plans can come up to it; None where there is none."""
        if not math.isfinite(self.bound):
            return None
        # An integer plan reaches a multiple of the step; the hair is for doubles that are not one.
        return outward(
            math.floor(Fraction(self.bound) * self._unit / self._step + Fraction(1, 10**7))
            * self._step
        )


def _step(instance: Instance) -> Fraction:
    """Return the largest number that the weighted households of all plans are multiples of."""
    parts = [
        decimal(v.weight) * (1 if v.partial else v.households)
        for v in instance.villages
        if v.households
    ]
    common = math.lcm(*(part.denominator for part in parts)) if parts else 1
    whole = math.gcd(*(int(part * common) for part in parts)) if parts else 1
    return Fraction(whole, common)
