"""A proven bound by column generation: prices from the master, routes and values from pricing."""

from __future__ import annotations

import math
import threading
import time
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.planner.crews import sleeping_places
from routeplan.planner.instance import decimal, outward
from routeplan.planner.master import Column, Duals, Master
from routeplan.planner.pricing import MOST_LABELS, Pricer, Room

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from routeplan.planner.crews import Crew, Node, Route
    from routeplan.planner.instance import Instance
    from routeplan.planner.pricing import Priced
    from routeplan.planner.tables import Tables

__all__ = ["Certificate"]

# How far prices keep to those of the best bound so far (Wentges 1997, smoothing).
SMOOTHING = 0.5
# Doubles are summed up a few thousand times: the bound is moved outward by far more than that.
OUTWARD = 1e-9
# The search for routes is quick until it finds fewer columns than this.
FEW_COLUMNS = 4


class _Job(NamedTuple):
    """One day of a crew that is priced at once, from all nodes with as many nights away."""

    crew: int
    day: int
    kind: int
    nodes: tuple[Node, ...]


class Certificate:
    """The bound so far, and the master problem that it comes from.

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
        tables: Tables,
        crews: Sequence[Crew],
        most_labels: int = MOST_LABELS,
    ) -> None:
        self._tables, self._crews = tables, crews
        self._places = sleeping_places(tables)
        self._room = Room(most_labels)
        metric = _is_metric(instance, tables)
        first = {int(kind): s for s, kind in reversed(list(enumerate(tables.kind)))}
        self._pricers = {
            kind: Pricer(tables, s, self._places, self._room, metric=metric)
            for kind, s in first.items()
        }
        self._jobs = [
            _Job(k, day, kind, tuple(node for node in nodes if node.away == away))
            for k, crew in enumerate(crews)
            for day, (kind, nodes) in enumerate(zip(crew.kinds, crew.nodes, strict=True))
            for away in sorted({node.away for node in nodes})
        ]
        self._step = _step(instance)
        self.master = Master(tables, crews)
        self.bound = math.inf
        self.duals: Duals | None = None
        self._best: Duals | None = None
        self._exact = False
        self._lock = threading.Lock()
        self.exact_since: float | None = None
        """When the exact pricing that is under way began, on the monotonic clock."""

    def stop(self) -> None:
        """End a search for routes that is under way."""
        self._room.stop[0] = 1

    def gains(self, routes: Iterable[Route]) -> dict[Column, float]:
        """Take routes in, whatever they gain; return what all columns gain at an optimum, <= 0."""
        with self._lock:
            for route in routes:
                self.master.offer(route, None)
            duals = self.master.solve()
            return {} if duals is None else self.master.gains(duals)

    def improve(self, executor: Executor | None) -> bool:
        """Solve the master and price once; tell whether there is more to be gained.

        First routes are looked for quickly; when none are found so, exactly, which bounds.
        """
        with self._lock:
            duals = self.master.solve()
        if duals is None:
            return False
        self.duals = duals
        exact, smoothed = self._exact, duals
        if exact and self._best is not None:
            smoothed = duals.mixed(self._best, SMOOTHING)
        added = self._price(smoothed, duals, executor, exact=exact)
        if added is None:
            return not exact
        if exact and added == 0:
            # Nothing more at mixed prices: at the master's own, that would be the end.
            added = self._price(duals, duals, executor, exact=True)
            tightened = [pricer.was_tightened() for pricer in self._pricers.values()]
            if added is None or (added == 0 and not any(tightened)):
                return False
        self._exact = exact or (added or 0) < FEW_COLUMNS
        return True

    def _price(
        self, prices: Duals, duals: Duals, executor: Executor | None, *, exact: bool
    ) -> int | None:
        """Price at some duals; return how many columns gain at the master's.

        None where the search was cut short.
        """
        worth = self._tables.weight - prices.prices.households
        apply = map if executor is None else executor.map

        def price(job: _Job) -> Priced:
            bonus = np.array([prices.node(job.crew, job.day, node) for node in job.nodes])
            starts = np.array([node.place for node in job.nodes])
            visits = prices.prices.visits
            return self._pricers[job.kind].price(starts, bonus, worth, visits, exact=exact)

        self.exact_since = time.monotonic() if exact else None
        priced = dict(zip(self._jobs, apply(price, self._jobs), strict=True))
        self.exact_since = None
        if exact and not self._lower(prices, priced):
            return None
        with self._lock:
            return sum(
                self.master.offer(route, duals)
                for job, found in priced.items()
                for route in self._pricers[job.kind].routes(found, worth)
            )

    def _lower(self, duals: Duals, priced: dict[_Job, Priced]) -> bool:
        """Lower the bound by what was priced exactly; False where something was cut short."""
        prices, t = duals.prices, self._tables
        bound = float(prices.households @ t.households) - float(prices.visits.sum())
        bound += float((prices.beds * t.room[:, None]).sum())
        best: dict[tuple[int, int], float] = {}
        for job, found in priced.items():
            if found.values is None:
                return False
            gain = max(self._onward(job, found.values, duals), default=-math.inf)
            key = job.crew, job.day
            best[key] = max(gain, best.get(key, -math.inf))
        bound += sum(self._crews[k].count * gain for (k, _), gain in best.items())
        bound += OUTWARD * max(1.0, abs(bound))
        if bound < self.bound:
            self.bound, self._best = bound, duals
        return True

    def _onward(self, job: _Job, values: NDArray[np.float64], duals: Duals) -> Iterator[float]:
        """Yield what a day brings, by the place where it ends, less what being there is worth."""
        crew = self._crews[job.crew]
        is_last = job.day == len(crew.shifts) - 1
        for place, value in zip(self._places, values, strict=True):
            after = crew.after(job.day, job.nodes[0], place)
            if after is not None and value > -math.inf:
                there = 0.0 if is_last else duals.node(job.crew, job.day + 1, after)
                beds = sum(duals.prices.beds[bed] for bed in crew.beds(job.day, place))
                yield float(value - there - beds)

    def proven(self) -> float | None:
        """Return the bound as far down as plans can come up to it; None where there is none."""
        if not math.isfinite(self.bound):
            return None
        # An integer plan reaches a multiple of the step; the hair is for doubles that are not one.
        return outward(
            math.floor(Fraction(self.bound) / self._step + Fraction(1, 10**7)) * self._step
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


def _is_metric(instance: Instance, tables: Tables) -> bool:
    """Tell whether no way is shorter, or is a way at all, by way of a village."""
    shifts = {int(v): s for s, v in enumerate(tables.vehicle)}
    return all(
        bool(
            (
                instance.shortest(s)
                >= np.where(instance.travel(s).reachable, instance.travel(s).seconds, np.inf)
            ).all()
        )
        for s in shifts.values()
    )
