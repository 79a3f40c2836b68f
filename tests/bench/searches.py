"""Libraries that find the fastest ways between many nodes, each told the same graph.

What each gives is held against our own times: to the microsecond where it counts in those, else to
the unit that it counts in.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.sparse.csgraph import dijkstra

from routeplan.roads.hierarchy import contract, many_to_many

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from routeplan.roads.network import Network

__all__ = ["SEARCHES", "Found", "Question", "Watch", "agrees", "own"]

MILLISECOND = 1000


class Question(NamedTuple):
    """A graph, the nodes of places, and where its nodes lie, shape (n, 2) as lat and lon."""

    network: Network
    places: NDArray[np.int64]  # to leave from
    arrivals: NDArray[np.int64]
    where: NDArray[np.float64]

    @property
    def edges(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Where each edge begins and ends, and its microseconds."""
        matrix = self.network.matrix
        start = np.repeat(np.arange(len(matrix.indptr) - 1), np.diff(matrix.indptr))
        return start, matrix.indices.astype(np.int64), matrix.data.astype(np.int64)


class Lap(NamedTuple):
    """Seconds by the wall, and of the CPU in all threads."""

    wall: float
    cpu: float


class Watch:
    """Takes the time of one step after the other."""

    def __init__(self) -> None:
        self.begun = Lap(time.perf_counter(), time.process_time())

    def lap(self) -> Lap:
        """Return what the last step took, and begin the next."""
        before, self.begun = self.begun, Lap(time.perf_counter(), time.process_time())
        return Lap(self.begun.wall - before.wall, self.begun.cpu - before.cpu)


class Found(NamedTuple):
    """Microseconds from the first few places to all, inf for no way, and how long it took."""

    microseconds: NDArray[np.float64]
    prepared: Lap
    searched: Lap
    unit: int = 1

    def seconds(self, times: float = 1.0) -> Lap:
        """Return what all of it took, had it searched so many times as much."""
        return Lap(
            *(one + times * other for one, other in zip(self.prepared, self.searched, strict=True))
        )


def own(asked: Question, count: int) -> Found:
    """Search as `routeplan.roads.travel_times` does."""
    network, places = asked.network, asked.places
    watch = Watch()
    contracted = contract(network.matrix, network.millimetres)
    prepared = watch.lap()
    rows = np.empty((len(places), len(places)))
    for part in many_to_many(contracted, places, asked.arrivals):
        rows[part.sources] = np.where(part.microseconds < 0, np.inf, part.microseconds)
    return Found(rows[:count], prepared, watch.lap())


def _scipy(asked: Question, count: int) -> Found:
    watch = Watch()
    rows = dijkstra(asked.network.matrix, indices=asked.places[:count])
    return Found(rows[:, asked.arrivals], Lap(0.0, 0.0), watch.lap())


def _networkx(asked: Question, count: int) -> Found:
    import networkx as nx  # noqa: PLC0415

    watch = Watch()
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_weighted_edges_from(zip(*(column.tolist() for column in asked.edges), strict=True))
    prepared = watch.lap()
    rows = [
        nx.single_source_dijkstra_path_length(graph, source)
        for source in asked.places[:count].tolist()
    ]
    searched = watch.lap()
    places = asked.arrivals.tolist()
    found = np.array([[row.get(place, np.inf) for place in places] for row in rows])
    return Found(found, prepared, searched)


def _igraph(asked: Question, count: int) -> Found:
    import igraph  # noqa: PLC0415

    watch = Watch()
    start, end, weights = asked.edges
    pairs = np.column_stack((start, end))
    graph = igraph.Graph(n=asked.network.node_count, edges=pairs, directed=True)
    prepared = watch.lap()
    # A target that is named twice is refused.
    targets, back = np.unique(asked.arrivals, return_inverse=True)
    rows = graph.distances(asked.places[:count].tolist(), targets.tolist(), weights.tolist())
    searched = watch.lap()
    return Found(np.array(rows)[:, back], prepared, searched)


def _networkit(asked: Question, count: int) -> Found:
    import networkit  # noqa: PLC0415

    watch = Watch()
    start, end, weights = asked.edges
    shape = (asked.network.node_count, asked.network.node_count)
    graph = networkit.GraphFromCoo(
        (weights.astype(np.float64), (start.astype(np.uint64), end.astype(np.uint64))),
        n=shape[0], weighted=True, directed=True,
    )  # fmt: skip
    prepared = watch.lap()
    targets, back = np.unique(asked.arrivals, return_inverse=True)
    search = networkit.distance.SPSP(graph, asked.places[:count].tolist(), targets.tolist())
    search.run()
    rows = np.array(search.getDistances())
    searched = watch.lap()
    rows[rows > 1e300] = np.inf
    return Found(rows[:, back], prepared, searched)


def _pandana(asked: Question, count: int) -> Found:
    import pandana  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415

    watch = Watch()
    start, end, weights = asked.edges
    lats, lons = (pd.Series(column) for column in asked.where.T)
    # It counts in whole thousandths of its unit, of which only so many fit.
    edges = pd.DataFrame({"seconds": weights / 1e6})
    network = pandana.Network(lons, lats, pd.Series(start), pd.Series(end), edges, twoway=False)
    prepared = watch.lap()
    sources = np.repeat(asked.places[:count], len(asked.arrivals))
    found = network.shortest_path_lengths(sources.tolist(), np.tile(asked.arrivals, count).tolist())
    searched = watch.lap()
    rows = np.array(found).reshape(count, -1) * 1e6
    rows[rows > 4e6 * 1e6] = np.inf
    return Found(rows, prepared, searched, MILLISECOND)


def _routingkit(asked: Question, count: int) -> Found:
    import routingkit_cch as cch  # noqa: PLC0415

    watch = Watch()
    start, end, weights = (column.tolist() for column in asked.edges)
    size = asked.network.node_count
    lats, lons = asked.where.astype(np.float32).T.tolist()
    order = cch.compute_order_inertial(size, start, end, lats, lons)
    # Its times have 31 bits: whole microseconds would end after half an hour.
    metric = cch.CCHMetric(
        cch.CCH(order, start, end, False),  # noqa: FBT003
        [weight // MILLISECOND for weight in weights],
    )
    prepared = watch.lap()
    search = cch.CCHOneToMany(metric, asked.arrivals.tolist())
    rows = [search.distances_from(source) for source in asked.places[:count].tolist()]
    searched = watch.lap()
    found = np.array(rows, dtype=np.float64) * MILLISECOND
    return Found(np.where(np.isnan(found), np.inf, found), prepared, searched, MILLISECOND)


SEARCHES: dict[str, tuple[Callable[[Question, int], Found], int]] = {
    "networkx": (_networkx, 10),
    "igraph": (_igraph, 100),
    "scipy": (_scipy, 100),
    "networkit": (_networkit, 100),
    "pandana": (_pandana, 100),
    "routingkit-cch": (_routingkit, 1000),
}
"""By library: its search, and from how many places it is measured; the rest is in proportion."""


def agrees(found: Found, ours: NDArray[Any]) -> bool:
    """Return whether a library's times are ours, but for what it rounds on each edge of a way."""
    if found.unit == 1:
        return bool(np.array_equal(found.microseconds, ours))
    there = np.isfinite(ours)
    # A way has some thousands of edges, each of which may be rounded by one unit.
    off = np.abs(found.microseconds[there] - ours[there])
    return bool((np.isfinite(found.microseconds) == there).all() and off.max() < 5000 * found.unit)
