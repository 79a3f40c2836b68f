"""Travel times: matrices over the roads of a vehicle, and isochrones."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely

from routeplan.errors import Faults
from routeplan.language import gettext as _
from routeplan.model.problem import TravelTimes
from routeplan.roads.graph import MICROSECONDS, MILLIMETRES
from routeplan.roads.hierarchy import contract, many_to_many
from routeplan.roads.network import build_network
from routeplan.roads.turns import open_arcs

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from routeplan.model.road_notes import Snap
    from routeplan.roads.graph import RoadGraph


def travel_times(graph: RoadGraph, vehicle: str, snaps: Sequence[Snap]) -> TravelTimes:
    """Return how long a vehicle takes from every place to every place, and how far it is.

    The fastest path on the roads counts, of equally fast ones the shortest, with the access
    between the places and the road. Seconds are rounded up once, metres to the nearest. A detour
    over a third place is never shorter, also after rounding, unless a turn is forbidden on the
    direct drive and one turns round at that stop. Places that are not on the roads are unreachable.

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
    nodes = network.place_node[found], network.arrival_node[found]
    for batch in many_to_many(hierarchy, *nodes):
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
    edge_open = graph.edge_costs(vehicle).open
    arcs, is_open = open_arcs(graph, vehicle, edge_open), edge_open[:, edge]
    first, last = np.searchsorted(edge, edges), np.searchsorted(edge, edges, side="right") - 1
    # Seconds to each point from the first point of its edge, and from the last one.
    along, against = np.cumsum(taken, axis=1) - taken
    along, against = along - along[first][edge], against[last][edge] - against
    nodes = np.full(len(arcs.node), np.inf)
    seconds = np.full(len(position), np.inf)
    for start, on_edge, number in starts:
        (found,) = network.shortest_paths(network.place_node[[number]]).microseconds
        found = found[: len(arcs.node)] / MICROSECONDS + access[number]
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
    # At the beginning of each edge, there and back, from wherever it may be driven on.
    begun = np.full(edge_open.shape, np.inf)
    np.minimum.at(begun, (arcs.direction, arcs.edge), nodes[arcs.tail])
    return PointTimes(
        position=position,
        points=np.column_stack([np.interp(position, index, axis) for axis in graph.points.T[::-1]]),
        seconds=np.minimum.reduce([seconds, begun[0, edge] + along, begun[1, edge] + against]),
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

    faults, where = Faults(), "minutes"
    if not len(minutes):
        faults.add(where, _("there are none"), _("name some, such as 60, 120, 180"))
    for limit in minutes:
        if not 0 <= limit < np.inf:
            message = _("{limit:g} is not a number of 0 or more", limit=limit)
            faults.add(where, message)
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
