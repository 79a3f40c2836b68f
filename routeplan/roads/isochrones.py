"""How far a vehicle gets in so many minutes: the roads that it reaches, and the land along them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely

from routeplan.errors import Faults
from routeplan.roads.network import join
from routeplan.roads.units import MICROSECONDS, SECONDS_PER_METRE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from routeplan.model.road_notes import Snap
    from routeplan.roads.graph import RoadGraph

__all__ = ["isochrones", "point_seconds", "reached_roads"]

AROUND_METRES = 1000.0
CRS = "EPSG:4326"


def reached_roads(
    graph: RoadGraph, vehicle: str, sources: Sequence[Snap], minutes: Sequence[float]
) -> gpd.GeoDataFrame:
    """Return the roads that a vehicle reaches in so many minutes from the nearest source.

    Parameters
    ----------
    graph, vehicle
        The roads, and one of their vehicles.
    sources
        Where it sets out, see `routeplan.roads.snap`; those that are not on the roads count for
        nothing. The drive from the place itself to the road is part of the minutes.
    minutes
        Limits, each of 0 or more.

    Returns
    -------
    geopandas.GeoDataFrame
        A row a limit, ascending, lines in WGS 84: ``minutes``, ``road_km``. A road is cut where
        the time is over, and is there once, from whichever side it is reached.

    Raises
    ------
    InputError
        Where there is no limit, or one is below 0; or the vehicle is not known.
    """
    import geopandas as gpd  # noqa: PLC0415  # takes longer to load than a plan to begin

    limits = _checked(minutes)
    times = point_seconds(graph, vehicle, sources)
    starts = _starts(graph, vehicle, sources)
    rows = [_within(graph, vehicle, times, starts, 60 * limit) for limit in limits]
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
        As for `reached_roads`.
    around_metres
        How far land may lie from a reached road and count as reached; no time is taken for it.

    Returns
    -------
    geopandas.GeoDataFrame
        A row a limit, ascending, polygons in WGS 84, each within the next: ``minutes``,
        ``road_km``, ``square_km``.

    Raises
    ------
    InputError
        As `reached_roads` does.
    """
    import geopandas as gpd  # noqa: PLC0415  # takes longer to load than a plan to begin

    roads = reached_roads(graph, vehicle, sources, minutes)
    south, west, north, east = graph.bounds
    district = gpd.GeoSeries([shapely.box(west, south, east, north)], crs=CRS)
    flat = roads.geometry.to_crs(district.estimate_utm_crs()).line_merge()
    land = flat.map(lambda lines: _around(lines, around_metres)).set_crs(flat.crs)
    table = roads[["minutes", "road_km"]].assign(square_km=land.area / 1e6)
    return gpd.GeoDataFrame(table, geometry=land.to_crs(CRS))


def point_seconds(graph: RoadGraph, vehicle: str, sources: Sequence[Snap]) -> NDArray[np.float64]:
    """Return the seconds from the nearest source to each point of the graph, inf for no way."""
    along, against = _from_ends(graph, vehicle)
    is_along, is_against = np.repeat(graph.link_costs(vehicle).open, np.diff(graph.offsets), axis=1)
    network = join(graph, vehicle, sources)
    nodes = np.full(graph.node_count, np.inf)
    times = np.full(len(graph.points), np.inf)
    for snap, node, access in zip(
        sources, network.place_node, network.access_microseconds / MICROSECONDS, strict=True
    ):
        if snap.point is None:
            continue
        (found,) = network.ways(np.array([node])).microseconds
        np.minimum(nodes, found[: graph.node_count] / MICROSECONDS + access, out=nodes)
        # On the source's own road not only by way of its ends.
        link = slice(*graph.offsets[snap.point.link : snap.point.link + 2])
        place, spots = snap.point.along, np.arange(link.stop - link.start)
        for costs, is_open, is_on in (
            (along[link], is_along[link], spots >= place),
            (against[link], is_against[link], spots <= place),
        ):
            there = access + costs - np.interp(place, spots, costs)
            times[link] = np.minimum(times[link], np.where(is_open & is_on, there, np.inf))
    first, last = np.repeat(graph.link_nodes, np.diff(graph.offsets), axis=0).T
    by_first = np.where(is_along, nodes[first] + along, np.inf)
    by_last = np.where(is_against, nodes[last] + against, np.inf)
    best: NDArray[np.float64] = np.minimum.reduce([times, by_first, by_last])
    return best


def _around(lines: shapely.Geometry, metres: float) -> shapely.Geometry:
    """Return the land within some metres of lines; these are thinned first, below what shows."""
    # One by one and joined then: many times as quick as all at once.
    thinned = shapely.simplify(shapely.get_parts(lines), metres / 20)
    return shapely.union_all(shapely.buffer(thinned, metres, quad_segs=4))


def _starts(graph: RoadGraph, vehicle: str, sources: Sequence[Snap]) -> list[_Start]:
    pace = SECONDS_PER_METRE / graph.off_road_kmh[graph.vehicle_index(vehicle)]
    starts = []
    for snap in sources:
        if snap.point is not None and snap.metres is not None:
            first = int(graph.offsets[snap.point.link])
            # At the last point of a link one is at the end of its last segment.
            most = int(graph.offsets[snap.point.link + 1]) - first - 2
            step = min(int(snap.point.along), most)
            start = _Start(first + step, snap.point.along - step, snap.metres * pace)
            starts.append(start)
    return starts


def _from_ends(graph: RoadGraph, vehicle: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the seconds to each point from the first and from the last point of its link."""
    along, against = graph.segment_seconds(vehicle)
    sizes, starts = np.diff(graph.offsets), graph.offsets[:-1]
    passed = np.cumsum(along) - along
    ahead = np.cumsum(against) - against
    ends = graph.offsets[1:] - 1
    return passed - np.repeat(passed[starts], sizes), np.repeat(ahead[ends], sizes) - ahead


def _within(
    graph: RoadGraph,
    vehicle: str,
    times: NDArray[np.float64],
    starts: Sequence[_Start],
    limit: float,
) -> tuple[shapely.MultiLineString, float]:
    """Return the roads reached within some seconds, and their metres."""
    shares = _shares(graph, vehicle, times, limit)
    spans = _spans(graph, vehicle, shares, starts, limit)
    # What is reached of the segments where sources are is known better than from their ends.
    shares[:, [segment for segment, _, _ in spans]] = 0.0
    some, other = (np.flatnonzero(row > 0) for row in shares)
    segment = np.concatenate([some, other, [segment for segment, _, _ in spans]]).astype(np.int64)
    low = np.concatenate([0.0 * some, 1 - shares[1, other], [span for _, span, _ in spans]])
    high = np.concatenate([shares[0, some], 1.0 + 0 * other, [span for _, _, span in spans]])
    begin = graph.points[segment, ::-1]
    step = graph.points[segment + 1, ::-1] - begin
    ends = np.stack([begin + low[:, None] * step, begin + high[:, None] * step], axis=1)
    metres = float(((high - low) * graph.segment_metres[segment]).sum())
    return shapely.MultiLineString(list(ends)), metres


def _shares(
    graph: RoadGraph, vehicle: str, times: NDArray[np.float64], limit: float
) -> NDArray[np.float64]:
    """Return how much of each segment is reached from its first point, and from its last.

    Shape (2, n); of one that is reached whole, all from its first point.
    """
    last = np.append(times[1:], np.inf)
    taken = graph.segment_seconds(vehicle)
    left = limit - np.stack([times, last])
    shares = np.divide(left, taken, out=np.ones_like(left), where=taken > 0)
    is_open = np.repeat(graph.link_costs(vehicle).open, np.diff(graph.offsets), axis=1)
    is_open &= graph.segment_kind >= 0
    shares = np.where(is_open & (left >= 0), np.clip(shares, 0.0, 1.0), 0.0)
    shares[:, shares.sum(axis=0) >= 1] = (1.0,), (0.0,)
    return shares


class _Start(NamedTuple):
    """A source on the roads: its segment, how far along that, and the seconds to get there."""

    segment: int
    along: float
    access: float


def _spans(
    graph: RoadGraph,
    vehicle: str,
    shares: NDArray[np.float64],
    starts: Sequence[_Start],
    limit: float,
) -> list[tuple[int, float, float]]:
    """Return what is reached of the segments where sources are: segment, from where, to where."""
    seconds, open_ = graph.segment_seconds(vehicle), graph.link_costs(vehicle).open
    found: dict[int, list[tuple[float, float]]] = {}
    for segment, along, access in starts:
        ends = found.setdefault(segment, [(0.0, shares[0, segment]), (1 - shares[1, segment], 1.0)])
        link = int(np.searchsorted(graph.offsets, segment, side="right")) - 1
        ahead, back = (
            max(limit - access, 0.0) / max(taken, 1e-9) if is_open else 0.0
            for taken, is_open in zip(seconds[:, segment], open_[:, link], strict=True)
        )
        ends.append((max(along - back, 0.0), min(along + ahead, 1.0)))
    return [(segment, *span) for segment, spans in found.items() for span in _joined(sorted(spans))]


def _joined(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Join spans that touch; they come in their order, and empty ones are left out."""
    joined: list[tuple[float, float]] = []
    for low, high in spans:
        if joined and low <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(high, joined[-1][1])
        elif high > low:
            joined.append((low, high))
    return joined


def _checked(minutes: Sequence[float]) -> list[float]:
    faults = Faults()
    if not len(minutes):
        faults.add("minutes", "there are none", "name some, such as 60, 120, 180")
    for limit in minutes:
        if not 0 <= limit < np.inf:
            faults.add("minutes", f"{limit:g} is not a number of 0 or more")
    faults.raise_any()
    return sorted(set(minutes))
