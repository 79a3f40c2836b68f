"""Travel times: the routing network of a vehicle, matrices over it, isochrones."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from routeplan.errors import Faults
from routeplan.model.problem import TravelTimes
from routeplan.roads.graph import MICROSECONDS, MILLIMETRES, SECONDS_PER_METRE
from routeplan.roads.hierarchy import contract, many_to_many

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from routeplan.model.road_notes import RoadPoint, Snap
    from routeplan.roads.graph import RoadGraph


class ShortestPaths(NamedTuple):
    """Fastest paths from some nodes, shape (sources, nodes) each; infinite where there is none."""

    microseconds: NDArray[np.float64]
    millimetres: NDArray[np.float64]
    predecessors: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """A directed graph of one vehicle's edges, split at places; all costs are whole numbers.

    Places at the same junction share its node; places that are not on the roads have node -1.
    """

    matrix: csr_array[np.float64]  # microseconds from node to node, of the fastest parallel arc
    keys: NDArray[np.int64]  # (arcs,), row * nodes + column in the matrix's order, ascending
    millimetres: NDArray[np.int64]  # (arcs,)
    edge: NDArray[np.int64]  # (arcs,), the edge of the road graph
    begin: NDArray[np.float64]  # (arcs,), from where along the edge
    end: NDArray[np.float64]  # (arcs,), to where along the edge
    place_node: NDArray[np.int64]  # (places,)
    access_microseconds: NDArray[np.int64]  # (places,), between each place and its road
    access_millimetres: NDArray[np.int64]  # (places,)

    @property
    def node_count(self) -> int:
        """Number of nodes: those of the road graph, and one for each place."""
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
    size = graph.node_count + len(snaps)
    # The node of each place: a new one, or the junction where it is at one; else -1.
    place_node = np.full(len(snaps), -1)
    for number, snap in enumerate(snaps):
        if snap.point is not None:
            length = graph.offsets[snap.point.edge + 1] - graph.offsets[snap.point.edge] - 1
            begin, end = graph.edge_nodes[snap.point.edge].tolist()
            ends = {0.0: begin, float(length): end}
            place_node[number] = ends.get(snap.point.along, graph.node_count + number)
    pieces = _split_edges(graph, vehicle, snaps, place_node)
    # One arc for each direction in which a piece is open: 0 along its edge, 1 against it.
    direction, piece = np.nonzero(graph.edge_costs(vehicle).open[:, pieces.edge])
    start, end = pieces.nodes[piece, direction], pieces.nodes[piece, 1 - direction]
    microseconds = pieces.microseconds[piece, direction]
    # Sparse matrices add parallel arcs up, so only the fastest is kept.
    order = np.lexsort((microseconds, end, start))
    keys = (start * size + end)[order]
    first = np.ones(len(keys), dtype=np.bool_)
    first[1:] = keys[1:] != keys[:-1]
    order, keys = order[first], keys[first]
    direction, piece = direction[order], piece[order]
    indptr = np.searchsorted(start[order], np.arange(size + 1))
    metres = np.array([0.0 if snap.metres is None else snap.metres for snap in snaps])
    pace = SECONDS_PER_METRE / graph.off_road_kmh[graph.vehicle_index(vehicle)]
    return Network(
        matrix=csr_array((microseconds[order], end[order], indptr), shape=(size, size)),
        keys=keys,
        millimetres=pieces.millimetres[piece].astype(np.int64),
        edge=pieces.edge[piece],
        begin=pieces.along[piece, direction],
        end=pieces.along[piece, 1 - direction],
        place_node=place_node,
        access_microseconds=np.round(metres * pace * MICROSECONDS).astype(np.int64),
        access_millimetres=np.round(metres * MILLIMETRES).astype(np.int64),
    )


class _Pieces(NamedTuple):
    """Edges or pieces of them: where they lie, and what they cost."""

    edge: NDArray[np.int64]
    nodes: NDArray[np.int64]  # (n, 2), at both ends
    along: NDArray[np.float64]  # (n, 2)
    microseconds: NDArray[np.float64]  # (n, 2), along the edge and against it
    millimetres: NDArray[np.float64]


def _split_edges(
    graph: RoadGraph, vehicle: str, snaps: Sequence[Snap], place_node: NDArray[np.int64]
) -> _Pieces:
    on_edge: dict[int, list[tuple[RoadPoint, int]]] = defaultdict(list)
    for snap, node in zip(snaps, place_node.tolist(), strict=True):
        if snap.point is not None and node >= graph.node_count:
            on_edge[snap.point.edge].append((snap.point, node))
    whole = np.setdiff1d(np.arange(graph.edge_count), np.array([*on_edge], dtype=np.int64))
    costs = graph.edge_costs(vehicle)
    lengths = np.diff(graph.offsets)[whole] - 1.0
    pieces = [
        _Pieces(
            whole,
            graph.edge_nodes[whole],
            np.column_stack((np.zeros(len(whole)), lengths)),
            costs.microseconds[:, whole].T,
            costs.millimetres[whole],
        )
    ]
    seconds = graph.segment_seconds(vehicle)
    for edge, points in on_edge.items():
        ordered = sorted(points, key=lambda point: (point[0].along, point[1]))
        pieces.append(_split_edge(graph, seconds, edge, ordered))
    return _Pieces(*map(np.concatenate, zip(*pieces, strict=True)))


def _split_edge(
    graph: RoadGraph,
    seconds: NDArray[np.float64],
    edge: int,
    points: Sequence[tuple[RoadPoint, int]],
) -> _Pieces:
    """Split an edge at the places on it, given in their order along it."""
    low, high = graph.offsets[edge], graph.offsets[edge + 1] - 1
    start, end = graph.edge_nodes[edge]
    nodes = np.array([start, *(node for _, node in points), end])
    along = np.array([0.0, *(point.along for point, _ in points), float(high - low)])
    # Costs from the start of the edge to each place are rounded before differences are taken, so
    # that the pieces add up to the whole.
    costs = np.vstack(
        (seconds[:, low:high] * MICROSECONDS, graph.segment_metres[low:high] * MILLIMETRES)
    )
    sums = np.concatenate((np.zeros((3, 1)), np.cumsum(costs, axis=1)), axis=1)
    steps = np.diff([np.round(np.interp(along, np.arange(high - low + 1), row)) for row in sums])
    return _Pieces(
        np.full(len(nodes) - 1, edge),
        np.column_stack((nodes[:-1], nodes[1:])),
        np.column_stack((along[:-1], along[1:])),
        steps[:2].T,
        steps[2],
    )


def travel_times(graph: RoadGraph, vehicle: str, snaps: Sequence[Snap]) -> TravelTimes:
    """Return how long a vehicle takes from every place to every place, and how far it is.

    The fastest path on the roads counts, of equally fast ones the shortest, with the access
    between the places and the road. Seconds are rounded up once, metres to the nearest. A detour
    over a third place is never shorter, also after rounding. Places that are not on the roads are
    unreachable.

    Parameters
    ----------
    graph, vehicle
        The roads, and one of their vehicles.
    snaps
        The places on them, see `routeplan.roads.snap`.
    """
    network = build_network(graph, vehicle, snaps)
    access, access_lengths = network.access_microseconds, network.access_millimetres
    reachable = np.eye(len(snaps), dtype=np.bool_)
    seconds, metres = np.zeros((2, len(snaps), len(snaps)), dtype=np.int64)
    found = np.flatnonzero(network.place_node >= 0)
    hierarchy = contract(network.matrix, network.millimetres)
    for batch in many_to_many(hierarchy, network.place_node[found]):
        for source, microseconds, millimetres in zip(*batch, strict=True):
            place = int(found[source])
            # From a place to itself nobody drives to the road and back.
            reached = (microseconds >= 0) & (found != place)
            others = found[reached]
            taken = microseconds[reached] + access[others] + access[place]
            length = millimetres[reached] + access_lengths[others] + access_lengths[place]
            reachable[place, others] = True
            seconds[place, others] = seconds_rounded_up(taken)
            metres[place, others] = metres_rounded(length)
    return TravelTimes(seconds, reachable, metres)


def seconds_rounded_up(microseconds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return whole seconds, rounded up."""
    return -(-microseconds // MICROSECONDS)


def metres_rounded(millimetres: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return whole metres, the nearest."""
    return (millimetres + MILLIMETRES // 2) // MILLIMETRES


class PointTimes(NamedTuple):
    """Times at all points of the graph and of the sources, and the pieces of road behind them."""

    position: NDArray[np.float64]  # (m,), index among the graph's points, with a fraction
    points: NDArray[np.float64]  # (m, 2), lon and lat
    seconds: NDArray[np.float64]  # (m,), from the nearest source; inf for no way
    taken: NDArray[np.float64]  # (2, m), seconds for each piece: along its edge, and against it
    open: NDArray[np.bool_]  # (2, m)
    metres: NDArray[np.float64]  # (m,)


def times_from_sources(graph: RoadGraph, vehicle: str, sources: Sequence[Snap]) -> PointTimes:
    """Return the seconds from the nearest source to each point of the graph."""
    network = build_network(graph, vehicle, sources)
    access = network.access_microseconds / MICROSECONDS
    starts = [
        (float(graph.offsets[snap.point.edge] + snap.point.along), snap.point.edge, number)
        for number, snap in enumerate(sources)
        if snap.point is not None
    ]
    index = np.arange(len(graph.points), dtype=np.float64)
    position = np.union1d(index, [start for start, _, _ in starts])
    segment = position.astype(np.int64)
    share = np.diff(position, append=len(index))
    taken = graph.segment_seconds(vehicle)[:, segment] * share
    edges = np.arange(graph.edge_count)
    edge = np.repeat(edges, np.diff(graph.offsets))[segment]
    is_open = graph.edge_costs(vehicle).open[:, edge]
    first, last = np.searchsorted(edge, edges), np.searchsorted(edge, edges, side="right") - 1
    # Seconds to each point from the first point of its edge, and from the last one.
    along, against = np.cumsum(taken, axis=1) - taken
    along, against = along - along[first][edge], against[last][edge] - against
    nodes = np.full(graph.node_count, np.inf)
    seconds = np.full(len(position), np.inf)
    for start, on_edge, number in starts:
        (found,) = network.shortest_paths(network.place_node[[number]]).microseconds
        found = found[: graph.node_count] / MICROSECONDS + access[number]
        np.minimum(nodes, found, out=nodes)
        # On the source's own edge there is a direct way too.
        at = int(np.searchsorted(position, start))
        for costs, direction, points in (
            (along, 0, slice(at, last[on_edge] + 1)),
            (against, 1, slice(first[on_edge], at + 1)),
        ):
            if is_open[direction, at]:
                direct = access[number] + costs[points] - costs[at]
                seconds[points] = np.minimum(seconds[points], direct)
    begin, end = graph.edge_nodes[edge].T
    return PointTimes(
        position=position,
        points=np.column_stack([np.interp(position, index, axis) for axis in graph.points.T[::-1]]),
        seconds=np.minimum.reduce(
            [
                seconds,
                np.where(is_open[0], nodes[begin] + along, np.inf),
                np.where(is_open[1], nodes[end] + against, np.inf),
            ]
        ),
        taken=taken,
        open=is_open & ((graph.segment_profile >= 0) & ~graph.is_ferry)[segment],
        metres=graph.segment_metres[segment] * share,
    )


AROUND_METRES = 1000.0
CRS = "EPSG:4326"


def reachable_roads(
    graph: RoadGraph, vehicle: str, sources: Sequence[Snap], minutes: Sequence[float]
) -> gpd.GeoDataFrame:
    """Return the roads that a vehicle reaches in so many minutes from the nearest source.

    Parameters
    ----------
    graph, vehicle
        The roads, and one of their vehicles.
    sources
        Starting places, see `routeplan.roads.snap`; those that are not on the roads are ignored.
        The drive from the place itself to the road is part of the minutes.
    minutes
        Limits, each of 0 or more.

    Returns
    -------
    geopandas.GeoDataFrame
        A row for each limit, ascending, lines in WGS 84: ``minutes``, ``road_km``. A road is cut
        where the time is over, and counts once, from whichever side it is reached.

    Raises
    ------
    InputError
        Where there is no limit, or one is below 0; or the vehicle is not known.
    """
    import geopandas as gpd  # noqa: PLC0415  # takes longer to load than a plan to begin

    faults = Faults()
    if not len(minutes):
        faults.add("minutes", "there are none", "name some, such as 60, 120, 180")
    for limit in minutes:
        if not 0 <= limit < np.inf:
            faults.add("minutes", f"{limit:g} is not a number of 0 or more")
    faults.raise_any()
    limits = sorted(set(minutes))
    pieces = times_from_sources(graph, vehicle, sources)
    rows = [_within(pieces, 60 * limit) for limit in limits]
    return gpd.GeoDataFrame(
        {"minutes": limits, "road_km": [metres / 1000 for _, metres in rows]},
        geometry=[lines for lines, _ in rows],
        crs=CRS,
    )


def isochrones(
    graph: RoadGraph,
    vehicle: str,
    sources: Sequence[Snap],
    minutes: Sequence[float] = (60, 120, 180),
    *,
    around_metres: float = AROUND_METRES,
) -> gpd.GeoDataFrame:
    """Return the land along the roads that a vehicle reaches in so many minutes.

    Parameters
    ----------
    graph, vehicle, sources, minutes
        As for `reachable_roads`.
    around_metres
        Distance from a road within which land counts as reached, at no extra time.

    Returns
    -------
    geopandas.GeoDataFrame
        A row for each limit, ascending, polygons in WGS 84, each within the next: ``minutes``,
        ``road_km``, ``square_km``.
    """
    import geopandas as gpd  # noqa: PLC0415  # takes longer to load than a plan to begin

    roads = reachable_roads(graph, vehicle, sources, minutes)
    south, west, north, east = graph.bounds
    district = gpd.GeoSeries([shapely.box(west, south, east, north)], crs=CRS)
    flat = roads.geometry.to_crs(district.estimate_utm_crs()).line_merge()
    land = flat.map(lambda lines: _buffer(lines, around_metres)).set_crs(flat.crs)
    table = roads[["minutes", "road_km"]].assign(square_km=land.area / 1e6)
    return gpd.GeoDataFrame(table, geometry=land.to_crs(CRS))


def _buffer(lines: shapely.Geometry, metres: float) -> shapely.Geometry:
    # Buffering line by line and joining then is many times as quick as all at once.
    simplified = shapely.simplify(shapely.get_parts(lines), metres / 20)
    return shapely.union_all(shapely.buffer(simplified, metres, quad_segs=4))


def _within(pieces: PointTimes, limit: float) -> tuple[shapely.MultiLineString, float]:
    """Return the roads reached within some seconds, and their metres."""
    left = limit - np.stack([pieces.seconds, np.append(pieces.seconds[1:], np.inf)])
    shares = np.divide(left, pieces.taken, out=np.ones_like(left), where=pieces.taken > 0)
    shares = np.where(pieces.open & (left >= 0), np.clip(shares, 0.0, 1.0), 0.0)
    # A piece that is reached whole is taken from its first point.
    shares[:, shares.sum(axis=0) >= 1] = (1.0,), (0.0,)
    from_first, from_last = (np.flatnonzero(row > 0) for row in shares)
    piece = np.concatenate([from_first, from_last])
    low = np.concatenate([np.zeros(len(from_first)), 1 - shares[1, from_last]])
    high = np.concatenate([shares[0, from_first], np.ones(len(from_last))])
    begin = pieces.points[piece]
    step = pieces.points[piece + 1] - begin
    ends = np.stack([begin + low[:, None] * step, begin + high[:, None] * step], axis=1)
    return shapely.MultiLineString(list(ends)), float(((high - low) * pieces.metres[piece]).sum())
