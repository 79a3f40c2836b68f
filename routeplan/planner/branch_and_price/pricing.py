"""The pricing problem: the day routes of one shift class that bring most at some dual values.

Cycles that come up are forbidden by enlarging the ng-sets that allow them (Bulhões, Sadykov and
Uchoa 2018, Computers & Operations Research 92), so that the relaxation tightens where it matters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from routeplan import native
from routeplan.planner.branch_and_price.completion_bounds import completion_bounds, with_bounds
from routeplan.planner.branch_and_price.network import (
    NO_VALUE,
    make_network,
    make_nodes,
    reverse_network,
)
from routeplan.planner.native_instance import INFINITE
from routeplan.planner.routes import DayRoute, Visit
from routeplan.planner.ruin_and_recreate.native_solution import empty_solution, stop_capacity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from routeplan.model.travel import TravelTimes
    from routeplan.planner.branch_and_price.labelling import LabelMemory
    from routeplan.planner.branch_and_price.network import Network, Prizes, Terminals
    from routeplan.planner.native_instance import NativeInstance


# So many routes are returned, to each end at least so many, with different last villages.
ROUTES, ROUTES_TO_AN_END = 32, 2
# Villages that bring no more are left out of the network where the triangle inequality holds.
TINY_PRIZE = 1e-9
# Heuristic pricing drives to so many nodes nearest to each.
NEIGHBOURS = 16
# With more places than this the triangle inequality is not checked: that takes seconds, and days
# of so many villages cannot be priced anyhow. And so many rows at once, which a cache holds.
MOST_METRIC, ROWS = 1500, 64


class LabelRoute(NamedTuple):
    """A route of the relaxation: from a place to a place by visits of so many households."""

    start: int
    end: int
    villages: list[int]
    least: list[int]
    most: list[int]


class PricingResult(NamedTuple):
    """Routes that bring much, some of which may have cycles or break the drive limit; and bounds.

    By end, no route that reaches the threshold brings more than its bound, -inf where there is no
    route. Bounds are None where pricing was heuristic or given up.
    """

    upper_bounds: NDArray[np.float64] | None
    routes: list[LabelRoute]


class PricingProblem:
    """The pricing problem of one shift class, of which a shift is given.

    It is `metric` where no drive is shorter by way of another village. Where one may be, villages
    that bring nothing are nodes too.
    """

    def __init__(
        self, arrays: NativeInstance, shift: int, memory: LabelMemory, *, metric: bool
    ) -> None:
        self.shift_class = int(arrays.shift_class[shift])
        self._single, self._memory, self._metric = single_shift(arrays, shift), memory, metric
        self._state = empty_solution(self._single, stop_capacity(self._single))
        structs = (("Instance", self._single), ("Solution", self._state))
        self._structs = tuple(native.Struct(*each) for each in structs)
        self._ng_sets: dict[int, set[int]] = {}
        self._keeps_drive_limit = self._tightened = False

    def was_tightened(self) -> bool:
        """Return whether bounds may be lower than at the last call of this, duals alike."""
        tightened, self._tightened = self._tightened, False
        return tightened

    def solve(
        self, terminals: Terminals, prizes: Prizes, *, exact: bool, threshold: float = NO_VALUE
    ) -> PricingResult:
        """Find the routes that bring most, to each end.

        Pricing is heuristic unless it is `exact`, and bounds all routes. Those that bring less than
        the threshold, end prize included, are of no interest.
        """
        t = self._single
        pays = prizes.most_of_visits(t) > TINY_PRIZE
        windows = t.windows[t.window_set[0]]
        is_open = windows["opens"] <= windows["closes"]
        villages = np.flatnonzero((pays | (not self._metric)) & is_open)
        bounds, routes = self._routes_without_visits(terminals)
        if not len(villages):
            return PricingResult(bounds, routes)
        nodes = make_nodes(t, villages, prizes, metric=self._metric)
        network = make_network(t, nodes, terminals, prizes, self._ng_sets)
        if exact:
            network = self._exact_network(network, villages, terminals, prizes, threshold)
        else:
            # Elementary: what is found quickly shall be a route.
            network.near[:] = ~np.uint64(0)
            network = network._replace(drive=_nearest_only(network.drive))
        with self._memory.extend(network, exact=exact) as (count, pool):
            if count < 0:
                return PricingResult(None, [])
            best = pool.value.max(axis=1)
            bounds = np.where(best > NO_VALUE, np.maximum(bounds, best), bounds)
            most = max(ROUTES_TO_AN_END, ROUTES // len(terminals.ends))
            for end, values, labels in zip(terminals.ends, pool.value, pool.best, strict=True):
                for node in np.argsort(-values, kind="stable")[:most]:
                    if labels[node] >= 0:
                        start, stops = pool.trace(int(labels[node]))
                        visits = (each[stops].tolist() for each in nodes[:3])
                        routes.append(LabelRoute(int(terminals.starts[start]), int(end), *visits))
        return PricingResult(bounds if exact else None, routes)

    def feasible_routes(self, result: PricingResult, prizes: Prizes) -> Iterator[DayRoute]:
        """Yield the routes that are feasible, with their households; tighten the relaxation else.

        Not for several threads at once.
        """
        t, state = self._single, self._state
        for start, end, villages, least, most in result.routes:
            n = len(villages)
            if len(set(villages)) < n:
                self._forbid_cycle(villages)
                continue
            if n > state.stop_capacity:
                continue
            t.start[0] = start
            state.stops[0], state.end[0], state.village[0, :n] = n, end, villages
            few = np.minimum(np.maximum(least, 1), most)
            few = np.where(t.whole[villages], t.households[villages], few)
            bounds = few.astype(np.int32), np.array(most, dtype=np.int32)
            if native.call("share_households", *self._structs, *bounds, prizes.household):
                reached = state.reached[0, :n].tolist()
                yield DayRoute(start, end, tuple(map(Visit, villages, reached)))
            elif state.driven[0] > t.drive_limit and not self._keeps_drive_limit:
                self._keeps_drive_limit = self._tightened = True

    def _exact_network(
        self,
        network: Network,
        villages: NDArray[np.int64],
        terminals: Terminals,
        prizes: Prizes,
        threshold: float,
    ) -> Network:
        """Return the network without a drive limit that is not needed, and completion bounds."""
        if not self._keeps_drive_limit:
            # Few days are long enough for the limit; without it far fewer labels are unlike.
            network = network._replace(drive_limit=np.inf)
        if threshold <= NO_VALUE:
            return network
        prizes = prizes._replace(cuts=())
        nodes = make_nodes(self._single, villages, prizes, metric=self._metric)
        uncut = make_network(self._single, nodes, terminals, prizes, self._ng_sets)
        reverse = reverse_network(uncut, terminals.end_prizes)
        bounds = completion_bounds(uncut, reverse, self._memory, threshold)
        if bounds is None:
            return network
        return with_bounds(network, np.ascontiguousarray(bounds[:, network.bit]), threshold)

    def _routes_without_visits(
        self, terminals: Terminals
    ) -> tuple[NDArray[np.float64], list[LabelRoute]]:
        """Return what days without a visit bring, by their end, and the best of them."""
        t = self._single
        drives = t.drive[t.vehicle[0]][np.ix_(terminals.starts, terminals.ends)]
        most = min(t.drive_limit, int(t.work_end[0] - t.work_start[0]))
        prizes = terminals.start_prizes[:, None] - t.drive_cost * drives
        values = np.where(drives <= most, prizes, -np.inf)
        bounds: NDArray[np.float64] = values.max(axis=0)
        best = terminals.starts[values.argmax(axis=0)]
        ends = np.flatnonzero(bounds > -np.inf)
        return bounds, [LabelRoute(int(best[n]), int(terminals.ends[n]), [], [], []) for n in ends]

    def _forbid_cycle(self, villages: list[int]) -> None:
        """Put the village that a cycle comes back to into the ng-sets of those between."""
        self._tightened = True
        last: dict[int, int] = {}
        for position, village in enumerate(villages):
            for between in villages[last.get(village, position) + 1 : position]:
                self._ng_sets.setdefault(between, set()).add(village)
            last[village] = position


def unpriced_value(t: NativeInstance, prizes: Prizes) -> float:
    """Return the most that the villages which pricing leaves out can bring to a day.

    The instance is of all shifts; villages of a bonus are left out nowhere.
    """
    most = prizes.most_of_visits(t)
    return float(most[most <= TINY_PRIZE].sum())


def single_shift(arrays: NativeInstance, shift: int) -> NativeInstance:
    """Return the instance of one shift alone, as if it were its team's only one."""
    of_shifts = (
        *("vehicle", "day", "window_set", "pace_set", "shift_class", "work_start", "work_end"),
        *("start", "home", "first", "last", "fixed", "until", "nights", "nights_away"),
        "bonus_set",
    )
    changes = {name: getattr(arrays, name)[shift : shift + 1].copy() for name in of_shifts}
    changes["first"][:], changes["last"][:], changes["fixed"][:] = True, True, False
    return arrays._replace(shifts=1, **changes)


def _nearest_only(drive: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return driving times between nodes near each other, infinite ones between others."""
    both = drive + drive.T
    if len(drive) <= NEIGHBOURS:
        return drive
    farthest = np.partition(both, NEIGHBOURS - 1, axis=1)[:, NEIGHBOURS - 1 :][:, :1]
    return np.where(both <= farthest, drive, INFINITE)


def is_metric(
    times: TravelTimes, middle: NDArray[np.int64], stop: Callable[[], bool] = lambda: False
) -> bool:
    """Return whether travel times are known to satisfy the triangle inequality.

    A way may lead through the places `middle`. Of very many places it is not known, nor where
    `stop` returns True now and then.
    """
    if len(times) > MOST_METRIC:
        return False
    longest = int(times.seconds.max())
    dtype = np.int32 if 4 * longest + 2 <= np.iinfo(np.int32).max else np.int64
    # Where there is no way, a time longer than any by way of another place, but not than two such.
    seconds: NDArray[np.signedinteger[Any]] = np.where(
        times.reachable, times.seconds, 2 * longest + 1
    ).astype(dtype)
    by_way = np.empty((ROWS, len(times)), dtype=dtype)
    for first in range(0, len(times), ROWS):
        rows = seconds[first : first + ROWS]
        best, way = rows.copy(), by_way[: len(rows)]
        for place in middle:
            np.add(rows[:, place, None], seconds[place], out=way)
            np.minimum(best, way, out=best)
        if stop() or (best < rows).any():
            return False
    return True
