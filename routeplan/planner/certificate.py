"""A proven bound by column generation: prices from the master, routes and values from pricing."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from routeplan.planner.crews import sleeping_places
from routeplan.planner.instance import decimal
from routeplan.planner.master import Duals, Master, Prices, lagrangian
from routeplan.planner.pricing import Pricer, Room

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from routeplan.planner.annealing import Route
    from routeplan.planner.crews import Crew
    from routeplan.planner.instance import Instance
    from routeplan.planner.pricing import Priced
    from routeplan.planner.tables import Tables

__all__ = ["Certificate"]

# How far prices keep to those of the best bound so far (Wentges 1997, smoothing).
SMOOTHING = 0.5
# Doubles are summed up a few thousand times: the bound is moved outward by far more than that.
OUTWARD = 1e-9


class Certificate:
    """The bound so far, and the master problem that it comes from.

    Parameters
    ----------
    instance, tables, crews
        What is planned.
    """

    def __init__(self, instance: Instance, tables: Tables, crews: Sequence[Crew]) -> None:
        self._tables, self._crews = tables, crews
        self._places = list(sleeping_places(tables))
        self._room = Room()
        metric = _is_metric(instance, tables)
        first = {int(kind): s for s, kind in reversed(list(enumerate(tables.kind)))}
        self._pricers = {
            kind: Pricer(tables, s, self._places, self._room, metric=metric)
            for kind, s in first.items()
        }
        self._starts = self._find_starts()
        self._step = _step(instance)
        self.master = Master(tables, crews)
        self.bound = math.inf
        self.duals: Duals | None = None
        self._best: Prices | None = None
        self._exact = False
        self.is_closed = False
        """Whether no route can lower the bound any more."""

    def stop(self) -> None:
        """End a search for routes that is under way."""
        self._room.stop[0] = 1

    def offer(self, routes: Iterable[Route]) -> None:
        """Take routes in, whatever they gain."""
        for route in routes:
            self.master.offer(route, None)

    def improve(self, executor: Executor | None) -> bool:
        """Solve the master and price once; tell whether there is more to be gained.

        First routes are looked for quickly; when none are found so, exactly, which bounds.
        """
        duals = self.master.solve()
        if duals is None:
            self.is_closed = True
            return False
        self.duals = duals
        exact, smoothed = self._exact, duals.prices
        if exact and self._best is not None:
            smoothed = duals.prices.mixed(self._best, SMOOTHING)
        priced = self._price(smoothed, executor, exact=exact)
        if exact and not self._lower(smoothed, priced):
            self.is_closed = True
            return False
        added = self._take_in(smoothed, priced, duals)
        if exact and added == 0 and self._best is not None:
            return self._close(duals, executor)
        self._exact = exact or added < FEW_COLUMNS
        return True

    def _close(self, duals: Duals, executor: Executor | None) -> bool:
        """Price at the master's own prices; where that finds nothing either, the bound is done."""
        priced = self._price(duals.prices, executor, exact=True)
        before = self.bound
        if not self._lower(duals.prices, priced):
            return False
        added = self._take_in(duals.prices, priced, duals)
        cycles = any(pricer.forbade() for pricer in self._pricers.values())
        self.is_closed = added == 0 and not cycles and self.bound >= before - OUTWARD
        return not self.is_closed

    def _price(
        self, prices: Prices, executor: Executor | None, *, exact: bool
    ) -> dict[tuple[int, int], Priced]:
        worth = self._tables.weight - prices.households
        apply = map if executor is None else executor.map

        def price(job: tuple[int, int]) -> Priced:
            kind, start = job
            return self._pricers[kind].price(start, worth, prices.visits, exact=exact)

        return dict(zip(self._starts, apply(price, self._starts), strict=True))

    def _take_in(
        self, prices: Prices, priced: dict[tuple[int, int], Priced], duals: Duals
    ) -> int:
        """Offer the routes that were found to the master; return how many columns they became."""
        worth = self._tables.weight - prices.households
        return sum(
            self.master.offer(route, duals)
            for (kind, start), found in priced.items()
            for route in self._pricers[kind].routes(start, found, worth)
        )

    def _lower(self, prices: Prices, priced: dict[tuple[int, int], Priced]) -> bool:
        """Lower the bound by what was priced exactly; False where something was cut short."""
        values: dict[int, dict[int, NDArray[np.float64]]] = {}
        for (kind, start), found in priced.items():
            if found.values is None:
                return False
            values.setdefault(kind, {})[start] = found.values
        bound = lagrangian(self._tables, self._crews, prices, values, self._places)
        bound += OUTWARD * max(1.0, abs(bound))
        if bound < self.bound:
            self.bound, self._best = bound, prices
        return True

    def proven(self) -> float | None:
        """Return the bound as far down as plans can come up to it; None where there is none."""
        if not math.isfinite(self.bound):
            return None
        steps = math.floor(self.bound / self._step + 1e-7)
        return float(steps * self._step)

    def _find_starts(self) -> list[tuple[int, int]]:
        starts = {
            (kind, node.place)
            for crew in self._crews
            for kind, nodes in zip(crew.kinds, crew.nodes, strict=True)
            for node in nodes
        }
        return sorted(starts)


# The search for routes is quick until it finds no more columns than this.
FEW_COLUMNS = 20


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
        bool((instance.shortest(s) >= np.where(instance.travel(s).reachable, instance.travel(s).seconds, np.inf)).all())
        for s in shifts.values()
    )
