"""Which day routes would help: routes of one kind of shift at given prizes, and what bounds them.

Cycles that come up are forbidden by enlarging the ng-sets that let them pass (Bulhões, Sadykov and
Uchoa 2018, Computers & Operations Research 92), so that the bound tightens where it matters.
"""

from __future__ import annotations

import contextlib
import queue
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan import native
from routeplan.planner.branch_and_price.network import (
    NOTHING,
    itself,
    make_network,
    make_nodes,
    turned,
)
from routeplan.planner.branch_and_price.team_classes import Route
from routeplan.planner.native_instance import INFINITE
from routeplan.planner.ruin_and_recreate.native_solution import empty_solution, stop_capacity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from routeplan.planner.branch_and_price.network import Ends, Network, Worth
    from routeplan.planner.native_instance import NativeInstance

__all__ = [
    "FIRST_LABELS",
    "MOST_LABELS",
    "LabelMemory",
    "Path",
    "Priced",
    "Pricer",
    "left_out",
    "single",
]

# So many routes at once, to each end at least so many, with different last villages.
ROUTES, ROUTES_TO_AN_END = 32, 2
FIRST_LABELS, MOST_LABELS = 100_000, 1_600_000
# So many are tried for each that may be kept, at most.
TRIED = 200
NO_ROUTE = -np.inf
TINY_PRIZE = 1e-9
STEPS = 390
# A quick search goes on to so many nodes nearest to each.
QUICK_NEIGHBOURS = 16
# Of ``routeplan.h``.
BUCKETS = 64
# In place of a number of labels: more than there is memory for.
FULL = -1


class Path(NamedTuple):
    """Visits in their order, from a place to a place; how many doors each may reach."""

    start: int
    end: int
    villages: list[int]
    least: list[int]
    most: list[int]


class Priced(NamedTuple):
    """What pricing one day found.

    Parameters
    ----------
    values
        Shape (places,): no route to a place that brings as much as is wanted brings more; -inf
        where there is none. None where the search was cut short or not exact.
    paths
        Of what brings much; some may be no routes.
    """

    values: NDArray[np.float64] | None
    paths: list[Path]


class LabelPool(NamedTuple):
    """Labels and what they lead to, field by field the structure of ``routeplan.h``."""

    stride: int
    capacity: int
    block_capacity: int
    labels: NDArray[np.uint8]
    blocks: NDArray[np.uint8]
    head: NDArray[np.int32]
    most_before: NDArray[np.float64]
    least_after: NDArray[np.float64]
    filled: NDArray[np.uint64]
    value: NDArray[np.float64]
    best: NDArray[np.int32]

    def route(self, label: int) -> tuple[int, list[int]]:
        """Return the start of a label's route, by its number, and its nodes."""
        nodes = np.empty(self.value.shape[1] + 1, dtype=np.int32)
        count = native.call("trace_label", self, label, len(nodes), nodes)
        return int(nodes[count]), nodes[:count][::-1].tolist()


class LabelMemory:
    """Memory for labels, lent to one search at a time and kept between searches.

    Parameters
    ----------
    most
        A search that would take more labels is given up, and one that tries far more.
    """

    def __init__(self, most: int = MOST_LABELS) -> None:
        self._most = most
        self._free: queue.SimpleQueue[NDArray[np.uint8]] = queue.SimpleQueue()
        self.stop = np.zeros(1, dtype=np.int8)

    @contextlib.contextmanager
    def extended(self, network: Network, *, exact: bool) -> Iterator[tuple[int, LabelPool]]:
        """Extend labels in as much memory as they take, up to a limit.

        Yields
        ------
        made, pool
            How many labels there are; below 0 where the search was given up.
        """
        made, memory = FULL, np.empty(0, dtype=np.uint8)
        with contextlib.suppress(queue.Empty):
            memory = self._free.get_nowait()
        try:
            while made == FULL:
                pool = _make_pool(network, memory, self._most)
                made = self._extend(network, pool, exact=exact)
                if made == FULL:
                    if pool.capacity == self._most:
                        break
                    more = max(2 * pool.capacity, min(FIRST_LABELS, self._most))
                    memory = np.empty(_bytes(network, more + 2), dtype=np.uint8)
            yield made, pool
        finally:
            self._free.put(memory)

    def _extend(self, network: Network, pool: LabelPool, *, exact: bool) -> int:
        most = TRIED * self._most
        try:
            return int(native.call("extend_labels", network, pool, exact, most, self.stop))
        except native.CapacityError:
            return FULL


def _bytes(network: Network, labels: int) -> int:
    """Return the memory that so many labels take, and the blocks that list them."""
    label = native.call("label_bytes", network.ng_words, network.cut_words)
    blocks = native.call("blocks_for", network.nodes, labels)
    return int(labels * label + blocks * native.call("block_bytes"))


def _make_pool(network: Network, memory: NDArray[np.uint8], most: int) -> LabelPool:
    """Make a pool of as many labels as there is memory for, `most` at the most."""
    stride = native.call("label_bytes", network.ng_words, network.cut_words)
    fixed, some = _bytes(network, 0), 1000
    each = (_bytes(network, some) - fixed) / some
    capacity = max(0, min(int((len(memory) - fixed) / each) - 1, most))
    blocks = native.call("blocks_for", network.nodes, capacity) if capacity else 0
    ends, lists = (network.ends, network.nodes), (network.nodes, 2, BUCKETS)
    return LabelPool(
        *(stride, capacity, blocks),
        *(memory[: capacity * stride], memory[capacity * stride :]),
        np.empty(lists, dtype=np.int32),
        *(np.empty(lists), np.empty(lists)),
        np.empty((network.nodes, 2), dtype=np.uint64),
        np.empty(ends),
        np.empty(ends, dtype=np.int32),
    )


class Pricer:
    """Prices routes of one kind of shift.

    Parameters
    ----------
    tables
        The instance.
    shift
        One of the kind.
    metric
        Whether no way is shorter by way of another village. Where it may be, villages that bring
        nothing are looked at too.
    memory
        For labels.
    """

    def __init__(
        self, tables: NativeInstance, shift: int, memory: LabelMemory, *, metric: bool
    ) -> None:
        self.kind = int(tables.shift_class[shift])
        self._single = single(tables, shift)
        self._memory = memory
        self._metric = metric
        self._state = empty_solution(self._single, stop_capacity(self._single))
        self._structs = (
            native.Struct("Instance", self._single),
            native.Struct("Solution", self._state),
        )
        self._near: dict[int, set[int]] = {}
        self._strict = self._tightened = False

    def was_tightened(self) -> bool:
        """Tell whether values may be lower than when this was asked last, prices alike."""
        tightened, self._tightened = self._tightened, False
        return tightened

    def price(self, ends: Ends, worth: Worth, *, exact: bool, floor: float = NOTHING) -> Priced:
        """Find the routes that bring most, from any of some places to each place.

        Parameters
        ----------
        ends, worth
            Where the day may begin and end, and what that and its visits bring.
        exact
            Whether the values must be bounds; else the search is quick.
        floor
            What brings less, its ending too, is not wanted.
        """
        t = self._single
        pays = most_brought(t, worth) > TINY_PRIZE
        windows = t.windows[t.window_set[0]]
        is_open = windows["opens"] <= windows["closes"]
        villages = np.flatnonzero((pays | (not self._metric)) & is_open)
        values, paths = self._empty(ends)
        if not len(villages):
            return Priced(values, paths)
        nodes = make_nodes(t, villages, worth, metric=self._metric)
        network = make_network(t, nodes, ends, worth, self._near)
        if not exact:
            # What is found quickly is to be a route: no village comes again.
            network.near[:] = ~np.uint64(0)
            network = network._replace(drive=_near_only(network.drive))
        elif not self._strict:
            # Few days are long enough for the limit; without it far fewer labels are unlike.
            network = network._replace(drive_limit=np.inf)
        if exact and floor > NOTHING:
            bounds = self._completion_bounds(villages, ends, worth, floor)
            if bounds is not None:
                reached = np.ascontiguousarray(bounds[:, network.bit])
                network = _bounded(network, reached, floor)
        with self._memory.extended(network, exact=exact) as (made, pool):
            if made < 0:
                return Priced(None, [])
            most_found = pool.value.max(axis=1)
            values = np.where(most_found > NOTHING, np.maximum(values, most_found), values)
            most = max(ROUTES_TO_AN_END, ROUTES // len(ends.places))
            for place, row, labels in zip(ends.places, pool.value, pool.best, strict=True):
                for node in np.argsort(-row, kind="stable")[:most]:
                    if labels[node] >= 0:
                        start, stops = pool.route(int(labels[node]))
                        order = (each[stops].tolist() for each in nodes[:3])
                        paths.append(Path(int(ends.starts[start]), int(place), *order))
            return Priced(values if exact else None, paths)

    def _completion_bounds(
        self, villages: NDArray[np.int64], ends: Ends, worth: Worth, floor: float
    ) -> NDArray[np.float64] | None:
        """Bound what can be brought from each village on; None where that takes too many labels.

        The day is driven backward, without cuts; and before that forward, with no memory of
        villages but the last, so that the way back drops what is not wanted, too.
        """
        worth = worth._replace(cuts=())
        nodes = make_nodes(self._single, villages, worth, metric=self._metric)
        there = make_network(self._single, nodes, ends, worth, self._near)
        back = turned(there, ends.ending)
        near = itself(there.bit)
        coarse = there._replace(near=near, ng_words=near.shape[1], drive_limit=np.inf)
        behind = self._bound_completions(coarse)
        if behind is None:
            return None
        return self._bound_completions(_bounded(back, behind, floor))

    def _bound_completions(self, network: Network) -> NDArray[np.float64] | None:
        """Bound what is brought up to each node, for labels of the network turned round."""
        with self._memory.extended(network, exact=True) as (made, pool):
            if made < 0:
                return None
            completion = np.empty((2, network.nodes, STEPS))
            native.call(
                *("bound_completions", network._replace(steps=STEPS), pool, made),
                *(np.empty_like(completion), completion),
            )
            return completion

    def routes(self, priced: Priced, prizes: NDArray[np.float64]) -> Iterator[Route]:
        """Yield the paths that are routes, with their doors; cycles are forbidden from now on.

        Not for several threads at once.
        """
        t, st = self._single, self._state
        for start, end, villages, least, most in priced.paths:
            n = len(villages)
            if len(set(villages)) < n:
                self._forbid(villages)
                continue
            if n > st.stop_capacity:
                continue
            t.start[0] = start
            st.stops[0], st.end[0], st.village[0, :n] = n, end, villages
            few = np.minimum(np.maximum(least, 1), most)
            few = np.where(t.whole[villages], t.households[villages], few)
            bounds = few.astype(np.int32), np.array(most, dtype=np.int32)
            if native.call("share_households", *self._structs, *bounds, prizes):
                doors = tuple(st.reached[0, :n].tolist())
                yield Route(self.kind, start, end, tuple(villages), doors)
            elif st.driven[0] > t.drive_limit and not self._strict:
                self._strict = self._tightened = True

    def _empty(self, ends: Ends) -> tuple[NDArray[np.float64], list[Path]]:
        """Return what days without a visit bring, by the place that they lead to, and the best."""
        t = self._single
        legs = t.drive[t.vehicle[0]][np.ix_(ends.starts, ends.places)]
        most = min(t.drive_limit, int(t.work_end[0] - t.work_start[0]))
        brings = np.where(legs <= most, ends.bonus[:, None], NO_ROUTE)
        values: NDArray[np.float64] = brings.max(axis=0)
        best = ends.starts[brings.argmax(axis=0)]
        reached = np.flatnonzero(values > NO_ROUTE)
        return values, [Path(int(best[n]), int(ends.places[n]), [], [], []) for n in reached]

    def _forbid(self, sequence: list[int]) -> None:
        """Let the villages of a cycle remember the one that it comes back to."""
        self._tightened = True
        last: dict[int, int] = {}
        for position, village in enumerate(sequence):
            for between in sequence[last.get(village, position) + 1 : position]:
                self._near.setdefault(between, set()).add(village)
            last[village] = position


def left_out(t: NativeInstance, worth: Worth) -> float:
    """Return the most that villages can bring to a day that pricing leaves out."""
    brought = most_brought(t, worth)
    return float(brought[brought <= TINY_PRIZE].sum())


def most_brought(t: NativeInstance, worth: Worth) -> NDArray[np.float64]:
    """Return the most that a visit to each village can bring, shape (villages,)."""
    most: NDArray[np.float64] = np.maximum(worth.prizes, 0.0) * t.most
    return most + np.maximum(worth.visits, 0.0)


def _near_only(drive: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return driving times between nodes near each other, infinite ones between others."""
    both = drive + drive.T
    if len(drive) <= QUICK_NEIGHBOURS:
        return drive
    farthest = np.partition(both, QUICK_NEIGHBOURS - 1, axis=1)[:, QUICK_NEIGHBOURS - 1 :][:, :1]
    return np.where(both <= farthest, drive, INFINITE)


def _bounded(network: Network, completion: NDArray[np.float64], floor: float) -> Network:
    """Return a network in which labels that cannot bring as much as `floor` are dropped."""
    return network._replace(completion=completion, threshold=floor, bounded=True, steps=STEPS)


def single(tables: NativeInstance, shift: int) -> NativeInstance:
    """Return the tables of one shift alone, as if it were its team's only one."""
    of_shifts = (
        *("vehicle", "day", "window_set", "pace_set", "shift_class", "work_start", "work_end"),
        *("start", "home", "first", "last", "fixed", "until", "nights", "nights_away"),
    )
    changes = {name: getattr(tables, name)[shift : shift + 1].copy() for name in of_shifts}
    changes["first"][:], changes["last"][:], changes["fixed"][:] = True, True, False
    return tables._replace(shifts=1, **changes)
