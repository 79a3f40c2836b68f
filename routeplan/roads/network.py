"""The roads of one vehicle with places on them, as a matrix for shortest ways."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from routeplan.roads.units import MICROSECONDS, MILLIMETRES, SECONDS_PER_METRE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from routeplan.model.road_notes import RoadPoint, Snap
    from routeplan.roads.graph import RoadGraph

__all__ = ["Network", "Ways", "join"]


class Ways(NamedTuple):
    """Fastest ways from some nodes, shape (sources, nodes) each; infinite where there is none."""

    microseconds: NDArray[np.float64]
    millimetres: NDArray[np.float64]
    predecessors: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """A directed graph of links, split where places are; all costs are whole numbers.

    Parameters
    ----------
    matrix
        Microseconds from node to node, of the fastest edge where several run side by side.
    keys
        Shape (edges,), ``row * nodes + column`` of each edge in the matrix's order, ascending.
    millimetres
        Shape (edges,).
    link, begin, end
        Shape (edges,), on which link of the graph each edge runs, from where to where along it.
    place_node
        Shape (places,), the node of each place; -1 where it is not on the roads. Places at the
        same junction share its node.
    access_microseconds, access_millimetres
        Shape (places,), between each place and its point on the road.
    """

    matrix: csr_array[np.float64]
    keys: NDArray[np.int64]
    millimetres: NDArray[np.int64]
    link: NDArray[np.int64]
    begin: NDArray[np.float64]
    end: NDArray[np.float64]
    place_node: NDArray[np.int64]
    access_microseconds: NDArray[np.int64]
    access_millimetres: NDArray[np.int64]

    @property
    def node_count(self) -> int:
        """How many nodes there are: those of the graph, and one for each place."""
        return int(self.matrix.shape[0])

    def ways(self, sources: NDArray[np.int64]) -> Ways:
        """Find the fastest ways from some nodes to all nodes, by Dijkstra's algorithm.

        Of ways that take equally long the shortest is taken: the second search knows only edges
        that lie on fastest ways.
        """
        microseconds = np.atleast_2d(dijkstra(self.matrix, indices=sources))
        millimetres = np.empty_like(microseconds)
        predecessors = np.empty(microseconds.shape, dtype=np.int32)
        for row, source in enumerate(sources.tolist()):
            fastest = self._on_fastest_ways(microseconds[row])
            millimetres[row], predecessors[row] = dijkstra(
                fastest, indices=source, return_predecessors=True
            )
        return Ways(microseconds, millimetres, predecessors)

    def _on_fastest_ways(self, microseconds: NDArray[np.float64]) -> csr_array[np.float64]:
        """Return the millimetres of those edges that lie on the fastest ways from one source."""
        matrix = self.matrix
        before = np.repeat(microseconds, np.diff(matrix.indptr))
        kept = np.isfinite(before) & (before + matrix.data == microseconds[matrix.indices])
        rows = np.concatenate(([0], np.cumsum(kept)))[matrix.indptr]
        lengths = self.millimetres[kept].astype(np.float64)
        return csr_array((lengths, matrix.indices[kept], rows), shape=matrix.shape)

    def edges(self, start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the number of the edge between each pair of neighbours."""
        return np.searchsorted(self.keys, start.astype(np.int64) * self.node_count + end)


class _Stretches(NamedTuple):
    """Links or pieces of them: the nodes at their ends, where they lie, and what they cost."""

    link: NDArray[np.int64]
    nodes: NDArray[np.int64]  # (n, 2)
    along: NDArray[np.float64]  # (n, 2)
    microseconds: NDArray[np.float64]  # (2, n): from the first node to the last, and back
    millimetres: NDArray[np.float64]


def join(graph: RoadGraph, vehicle: str, snaps: Sequence[Snap]) -> Network:
    """Join places to the roads of a vehicle."""
    size = graph.node_count + len(snaps)
    place_node = _place_nodes(graph, snaps)
    stretches = _stretches(graph, vehicle, snaps, place_node)
    # One edge for each direction in which a stretch is open: 0 along its link, 1 against it.
    way, stretch = np.nonzero(graph.link_costs(vehicle).open[:, stretches.link])
    start, end = stretches.nodes[stretch, way], stretches.nodes[stretch, 1 - way]
    microseconds = stretches.microseconds[way, stretch]
    # Of edges between the same two nodes the fastest is kept: sparse matrices may add them up.
    order = np.lexsort((microseconds, end, start))
    keys = (start * size + end)[order]
    first = np.ones(len(keys), dtype=np.bool_)
    first[1:] = keys[1:] != keys[:-1]
    order, keys = order[first], keys[first]
    way, stretch = way[order], stretch[order]
    rows = np.searchsorted(start[order], np.arange(size + 1))
    metres = np.array([0.0 if one.metres is None else one.metres for one in snaps])
    pace = SECONDS_PER_METRE / graph.off_road_kmh[graph.vehicle_index(vehicle)]
    return Network(
        matrix=csr_array((microseconds[order], end[order], rows), shape=(size, size)),
        keys=keys,
        millimetres=stretches.millimetres[stretch].astype(np.int64),
        link=stretches.link[stretch],
        begin=stretches.along[stretch, way],
        end=stretches.along[stretch, 1 - way],
        place_node=place_node,
        access_microseconds=np.round(metres * pace * MICROSECONDS).astype(np.int64),
        access_millimetres=np.round(metres * MILLIMETRES).astype(np.int64),
    )


def _place_nodes(graph: RoadGraph, snaps: Sequence[Snap]) -> NDArray[np.int64]:
    """Return the node of each place: a new one, or the junction where it is at one; else -1."""
    nodes = np.full(len(snaps), -1)
    for number, one in enumerate(snaps):
        if one.point is not None:
            length = graph.offsets[one.point.link + 1] - graph.offsets[one.point.link] - 1
            start, end = graph.link_nodes[one.point.link].tolist()
            ends = {0.0: start, float(length): end}
            nodes[number] = ends.get(one.point.along, graph.node_count + number)
    return nodes


def _stretches(
    graph: RoadGraph, vehicle: str, snaps: Sequence[Snap], place_node: NDArray[np.int64]
) -> _Stretches:
    on_link: dict[int, list[tuple[RoadPoint, int]]] = defaultdict(list)
    for one, node in zip(snaps, place_node.tolist(), strict=True):
        if one.point is not None and node >= graph.node_count:
            on_link[one.point.link].append((one.point, node))
    whole = np.setdiff1d(np.arange(graph.link_count), np.array([*on_link], dtype=np.int64))
    costs = graph.link_costs(vehicle)
    lengths = np.diff(graph.offsets)[whole] - 1.0
    pieces = [
        _Stretches(
            whole,
            graph.link_nodes[whole],
            np.column_stack((np.zeros(len(whole)), lengths)),
            costs.microseconds[:, whole],
            costs.millimetres[whole],
        )
    ]
    seconds = graph.segment_seconds(vehicle)
    for link, points in on_link.items():
        ordered = sorted(points, key=lambda point: (point[0].along, point[1]))
        pieces.append(_split(graph, seconds, link, ordered))
    return _Stretches(
        link=np.concatenate([piece.link for piece in pieces]),
        nodes=np.concatenate([piece.nodes for piece in pieces]),
        along=np.concatenate([piece.along for piece in pieces]),
        microseconds=np.concatenate([piece.microseconds for piece in pieces], axis=1),
        millimetres=np.concatenate([piece.millimetres for piece in pieces]),
    )


def _split(
    graph: RoadGraph,
    seconds: NDArray[np.float64],
    link: int,
    points: Sequence[tuple[RoadPoint, int]],
) -> _Stretches:
    """Split a link at the places on it, which stand in their order along it."""
    low, high = graph.offsets[link], graph.offsets[link + 1] - 1
    start, end = graph.link_nodes[link]
    nodes = np.array([start, *(node for _, node in points), end])
    along = np.array([0.0, *(point.along for point, _ in points), float(high - low)])
    # What it takes from the start of the link to each place; rounded before differences are
    # taken, so that the pieces add up to the whole.
    costs = np.vstack(
        (seconds[:, low:high] * MICROSECONDS, graph.segment_metres[low:high] * MILLIMETRES)
    )
    sums = np.concatenate((np.zeros((3, 1)), np.cumsum(costs, axis=1)), axis=1)
    steps = np.diff([np.round(np.interp(along, np.arange(high - low + 1), row)) for row in sums])
    return _Stretches(
        link=np.full(len(nodes) - 1, link),
        nodes=np.column_stack((nodes[:-1], nodes[1:])),
        along=np.column_stack((along[:-1], along[1:])),
        microseconds=steps[:2],
        millimetres=steps[2],
    )
