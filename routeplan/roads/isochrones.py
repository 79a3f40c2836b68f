"""Isochrones: the roads that a vehicle reaches in so many minutes, and the land along them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from routeplan.errors import Faults
from routeplan.roads.travel import times_from_sources

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

    from routeplan.model.road_notes import Snap
    from routeplan.roads.graph import RoadGraph
    from routeplan.roads.travel import PointTimes

__all__ = ["isochrones", "reachable_roads"]

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
