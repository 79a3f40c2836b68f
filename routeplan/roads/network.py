"""The routing network of a vehicle: its roads split at places, and shortest paths from some."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from routeplan.roads.graph import MICROSECONDS, MILLIMETRES, SECONDS_PER_METRE
from routeplan.roads.turns import open_arcs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from routeplan.model.road_notes import RoadPoint, Snap
    from routeplan.roads.graph import RoadGraph
    from routeplan.roads.turns import Arcs


class ShortestPaths(NamedTuple):
    """Fastest paths from some nodes, shape (sources, nodes) each; infinite where there is none."""

    microseconds: NDArray[np.float64]
    millimetres: NDArray[np.float64]
    predecessors: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """A directed graph of one vehicle's edges, split at places; all costs are whole numbers.

    Places at the same point share a node; places that are not on the roads have node -1. One leaves
    a place in any direction, however one came, but does not turn round at those that one passes.
    Where no turn is forbidden, that would be no use. Else a place has a node to leave from, one to
    arrive at, and one to be passed by in each direction.
    """

    matrix: csr_array[np.float64]  # microseconds from node to node, of the fastest parallel arc
    keys: NDArray[np.int64]  # (arcs,), row * nodes + column in the matrix's order, ascending
    millimetres: NDArray[np.int64]  # (arcs,)
    edge: NDArray[np.int64]  # (arcs,), the edge of the road graph
    begin: NDArray[np.float64]  # (arcs,), from where along the edge
    end: NDArray[np.float64]  # (arcs,), to where along the edge
    place_node: NDArray[np.int64]  # (places,), from which each is left
    arrival_node: NDArray[np.int64]  # (places,), mostly the same
    access_microseconds: NDArray[np.int64]  # (places,), between each place and its road
    access_millimetres: NDArray[np.int64]  # (places,)

    @property
    def node_count(self) -> int:
        """Number of nodes: of the road graph, copies of them, and for the places."""
        return int(self.matrix.shape[0])

    def shortest_paths(self, sources: NDArray[np.int64]) -> ShortestPaths:
        """Find the fastest paths from some nodes to all nodes by Dijkstra's algorithm.

        Of equally fast paths the shortest is taken: a second search uses only arcs that lie on
        fastest paths.
        """
        matrix = self.matrix
        microseconds = np.atleast_2d(dijkstra(matrix, indices=sources))
        millimetres = np.empty_like(microseconds)
        predecessors = np.empty(microseconds.shape, dtype=np.int32)
        for row, source in enumerate(sources.tolist()):
            reached = microseconds[row]
            before = np.repeat(reached, np.diff(matrix.indptr))
            fastest = np.isfinite(before) & (before + matrix.data == reached[matrix.indices])
            indptr = np.concatenate(([0], np.cumsum(fastest)))[matrix.indptr]
            lengths = self.millimetres[fastest].astype(np.float64)
            millimetres[row], predecessors[row] = dijkstra(
                csr_array((lengths, matrix.indices[fastest], indptr), shape=matrix.shape),
                indices=source,
                return_predecessors=True,
            )
        return ShortestPaths(microseconds, millimetres, predecessors)

    def arcs(self, start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the number of the arc between each pair of neighbours."""
        return np.searchsorted(self.keys, start.astype(np.int64) * self.node_count + end)


def build_network(graph: RoadGraph, vehicle: str, snaps: Sequence[Snap]) -> Network:
    """Connect places to the roads of a vehicle."""
    costs = graph.edge_costs(vehicle)
    arcs = open_arcs(graph, vehicle, costs.open)
    places = _Places(graph, snaps, arcs)
    split = np.isin(arcs.edge, np.array([*places.on_edge], dtype=np.int64))
    edge, direction = arcs.edge[~split], arcs.direction[~split]
    ends = np.zeros((2, len(edge)))
    ends[1 - direction, np.arange(len(edge))] = np.diff(graph.offsets)[edge] - 1.0
    taken, lengths = costs.microseconds[direction, edge], costs.millimetres[edge]
    pieces = [_Pieces(arcs.tail[~split], arcs.head[~split], edge, ends[0], ends[1], taken, lengths)]
    pieces += places.split_edges(graph.segment_seconds(vehicle), np.flatnonzero(split))
    pieces += places.arrivals_at_once()
    all_pieces = _Pieces(*map(np.concatenate, zip(*pieces, strict=True)))
    size = places.node_count
    arrival = np.full(size, -1)
    for node, other in places.arrivals.items():
        arrival[node] = other
    also = np.flatnonzero(arrival[all_pieces.head] >= 0)
    start = np.concatenate((all_pieces.tail, all_pieces.tail[also]))
    end = np.concatenate((all_pieces.head, arrival[all_pieces.head[also]]))
    piece = np.concatenate((np.arange(len(all_pieces.tail)), also))
    # Sparse matrices add parallel arcs up, so only the fastest is kept.
    order = np.lexsort((all_pieces.microseconds[piece], end, start))
    keys = (start * size + end)[order]
    first = np.ones(len(keys), dtype=np.bool_)
    first[1:] = keys[1:] != keys[:-1]
    order, keys = order[first], keys[first]
    start, end, piece = start[order], end[order], piece[order]
    indptr = np.searchsorted(start, np.arange(size + 1))
    metres = np.array([0.0 if snap.metres is None else snap.metres for snap in snaps])
    pace = SECONDS_PER_METRE / graph.off_road_kmh[graph.vehicle_index(vehicle)]
    return Network(
        matrix=csr_array((all_pieces.microseconds[piece], end, indptr), shape=(size, size)),
        keys=keys,
        millimetres=all_pieces.millimetres[piece].astype(np.int64),
        edge=all_pieces.edge[piece],
        begin=all_pieces.begin[piece],
        end=all_pieces.end[piece],
        place_node=places.node,
        arrival_node=np.array(
            [places.arrivals.get(node, node) for node in places.node.tolist()], dtype=np.int64
        ),
        access_microseconds=np.round(metres * pace * MICROSECONDS).astype(np.int64),
        access_millimetres=np.round(metres * MILLIMETRES).astype(np.int64),
    )


class _Pieces(NamedTuple):
    """Edges or pieces of them in the direction of a drive: what they join, and what they cost."""

    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    edge: NDArray[np.int64]
    begin: NDArray[np.float64]
    end: NDArray[np.float64]
    microseconds: NDArray[np.float64]
    millimetres: NDArray[np.float64]


class _Sections(NamedTuple):
    """An edge in one direction, cut at places."""

    stops: list[int]  # nodes of the places, in the order of the drive
    begin: list[float]  # of each section, one more than there are stops
    end: list[float]
    microseconds: list[float]
    millimetres: list[float]


class _Places:
    """The nodes of places, and the pieces of the edges on which they lie."""

    def __init__(self, graph: RoadGraph, snaps: Sequence[Snap], arcs: Arcs) -> None:
        self.graph = graph
        self.snaps = snaps
        self.arcs = arcs
        self.node_count = len(arcs.node) + len(snaps)
        # The node of each place: a new one, or the junction where it is at one; else -1.
        self.node = np.full(len(snaps), -1)
        self.on_edge: dict[int, list[tuple[RoadPoint, int]]] = defaultdict(list)
        # By edge and where along it.
        self.points: dict[tuple[int, float], int] = {}
        # Where one arrives, by the nodes that lie at a place.
        self.arrivals: dict[int, int] = {}
        for number, snap in enumerate(snaps):
            if snap.point is not None:
                self._add(number, snap.point)

    def _add(self, number: int, point: RoadPoint) -> None:
        graph, edge = self.graph, point.edge
        begin, end = graph.edge_nodes[edge].tolist()
        ends = {0.0: begin, float(graph.offsets[edge + 1] - graph.offsets[edge] - 1): end}
        new = ends.get(point.along, len(self.arcs.node) + number)
        node = self.points.setdefault((edge, point.along), new)
        self.node[number] = node
        if node == new >= graph.node_count:
            self.on_edge[edge].append((point, node))

    def new_node(self) -> int:
        self.node_count += 1
        return self.node_count - 1

    def arrivals_at_once(self) -> Iterator[_Pieces]:
        """Yield the way from where one leaves a place to where one arrives at it: none at all."""
        copies: dict[int, list[int]] = defaultdict(list)
        for copy in range(self.graph.node_count, len(self.arcs.node)):
            copies[int(self.arcs.node[copy])].append(copy)
        for point, node in self.points.items():
            if node in copies and node not in self.arrivals:
                self.arrivals |= dict.fromkeys((node, *copies[node]), self.new_node())
            if node in self.arrivals:
                edge, along = point
                yield _pieces(edge, [(node, self.arrivals[node], along, along, 0.0, 0.0)])

    def split_edges(
        self, seconds: NDArray[np.float64], split: NDArray[np.int64]
    ) -> Iterator[_Pieces]:
        """Yield the pieces of the edges with places on them, whose arcs are given."""
        arcs_of: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        rows = (column[split].tolist() for column in self.arcs[1:5])
        for tail, head, edge, direction in zip(*rows, strict=True):
            arcs_of[edge, direction].append((tail, head))
        for edge, points in self.on_edge.items():
            ordered = sorted(points, key=lambda point: (point[0].along, point[1]))
            both = _sections(self.graph, seconds, edge, ordered)
            drives = (self._drives(way, arcs_of[edge, n]) for n, way in enumerate(both))
            yield _pieces(edge, [row for rows in drives for row in rows])

    def _drives(
        self, way: _Sections, arcs: Sequence[tuple[int, int]]
    ) -> Iterator[tuple[float, ...]]:
        """Yield the pieces of an edge in one direction, its arcs being given.

        Where turns are forbidden, drives pass nodes of their own beside each place: others for
        each direction, so that nobody turns round at a place on the way, and for each head.
        """
        for number, head in enumerate(dict.fromkeys(head for _, head in arcs)):
            stops = [self._beside(stop) for stop in way.stops]
            first, behind = ([part[0] for part in way[1:]], [part[1:] for part in way[1:]])
            yield from ((tail, stops[0], *first) for tail, other in arcs if other == head)
            yield from zip(stops, [*stops[1:], head], *behind, strict=True)
            # The first arc of an edge is that of drives which begin on it.
            if number == 0 and stops != way.stops:
                yield from zip(way.stops, [*stops[1:], head], *behind, strict=True)

    def _beside(self, stop: int) -> int:
        """Return a node to pass a place by: its own, where no turn is forbidden anywhere."""
        if len(self.arcs.node) == self.graph.node_count:
            return stop
        if stop not in self.arrivals:
            self.arrivals[stop] = self.new_node()
        node = self.new_node()
        self.arrivals[node] = self.arrivals[stop]
        return node


def _sections(
    graph: RoadGraph,
    seconds: NDArray[np.float64],
    edge: int,
    points: Sequence[tuple[RoadPoint, int]],
) -> tuple[_Sections, _Sections]:
    """Cut an edge at the places on it, given in their order along it, there and back."""
    low, high = graph.offsets[edge], graph.offsets[edge + 1] - 1
    nodes = [node for _, node in points]
    along = np.array([0.0, *(point.along for point, _ in points), float(high - low)])
    # Costs from the start of the edge to each place are rounded before differences are taken, so
    # that the pieces add up to the whole.
    costs = np.vstack(
        (seconds[:, low:high] * MICROSECONDS, graph.segment_metres[low:high] * MILLIMETRES)
    )
    sums = np.concatenate((np.zeros((3, 1)), np.cumsum(costs, axis=1)), axis=1)
    steps = np.diff([np.round(np.interp(along, np.arange(high - low + 1), row)) for row in sums])
    there, back, millimetres = steps.tolist()
    bounds = along.tolist()
    return (
        _Sections(nodes, bounds[:-1], bounds[1:], there, millimetres),
        _Sections(nodes[::-1], bounds[:0:-1], bounds[-2::-1], back[::-1], millimetres[::-1]),
    )


def _pieces(edge: int, rows: Sequence[tuple[float, ...]]) -> _Pieces:
    tail, head, *rest = np.array(rows, dtype=np.float64).reshape(-1, 6).T
    nodes = tail.astype(np.int64), head.astype(np.int64)
    return _Pieces(*nodes, np.full(len(rows), edge), *rest)
