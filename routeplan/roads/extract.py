"""Extracts of OpenStreetMap: ways, nodes and settlements, and the region to cut out."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from routeplan.errors import RoadError
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from routeplan.model.road_notes import OsmPlace
    from routeplan.roads.restrictions import Restriction

EARTH_RADIUS_METRES = 6_371_009.0

HALF_TURN, FULL_TURN = 180.0, 360.0  # degrees

MARGIN_METRES = 25_000.0
"""The fastest path between two villages of a district seldom leaves it farther than this."""

_METRES_PER_DEGREE = math.radians(EARTH_RADIUS_METRES)
# A circle is drawn as a polygon inside of it, whose sides are this much nearer to the centre.
_QUARTER_SEGMENTS = 16
_APOTHEM = math.cos(math.pi / 4 / _QUARTER_SEGMENTS)


@dataclass(frozen=True, slots=True, eq=False)
class Extract:
    """Ways with their points, in flat arrays, and the nodes that matter to a driver.

    A way that names nodes outside the file is cut: each run of two or more known nodes becomes a
    way of its own, with the same number and tags. Ways meet where they share a node.
    """

    way_ids: NDArray[np.int64]  # (ways,), their numbers
    way_tags: tuple[Mapping[str, str], ...]  # those that matter to driving, see `driving_tags`
    offsets: NDArray[np.int64]  # (ways + 1,), where the points of each way begin
    node_ids: NDArray[np.int64]  # (n,), the node at each point
    points: NDArray[np.float64]  # (n, 2), lat and lon, degrees
    node_tags: Mapping[int, Mapping[str, str]]  # of barriers and fords, by node
    places: tuple[OsmPlace, ...]  # settlements
    cut_ways: int  # number of ways that name nodes outside the file
    restrictions: tuple[Restriction, ...] = ()  # of turns
    ignored_restrictions: int = 0  # that are incomplete, ambiguous or of no known kind
    # (n,), 1 where the segment behind a point lies in a settlement, as the source says, 0 where it
    # does not, -1 where places and streets decide; None where they decide throughout.
    settlement: NDArray[np.int8] | None = None


@dataclass(frozen=True, slots=True)
class Region:
    """An area; roads within a margin of it are kept too, whole also where they lead farther."""

    area_wkb: bytes  # polygons in degrees, x being lon, as well-known binary
    margin_metres: float = MARGIN_METRES

    def inside(self, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return whether points (n, 2), as lat and lon, lie in the area."""
        return _covers(shapely.from_wkb(self.area_wkb), points)

    def near(self, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return whether points (n, 2), as lat and lon, lie in the area or in its margin."""
        return _covers(_buffer(shapely.from_wkb(self.area_wkb), self.margin_metres), points)

    def cut(self, extract: Extract) -> Extract:
        """Keep roads that touch the area or its margin, and all settlements, which slow roads.

        Raises
        ------
        RoadError
            Where no road does.
        """
        sizes = np.diff(extract.offsets)
        way = np.repeat(np.arange(len(sizes)), sizes)
        kept = np.bincount(way[self.near(extract.points)], minlength=len(sizes)) > 0
        if not kept.any():
            raise RoadError(
                _(
                    "no road of the file lies in the area or within {km:g} km of it; "
                    "is it another country's file?",
                    km=self.margin_metres / 1000,
                )
            )
        ways, points = np.flatnonzero(kept), kept[way]
        node_ids = extract.node_ids[points]
        tagged = np.array([*extract.node_tags], dtype=np.int64)
        nodes = set(tagged[np.isin(tagged, node_ids)].tolist())
        return replace(
            extract,
            way_ids=extract.way_ids[ways],
            way_tags=tuple(extract.way_tags[index] for index in ways),
            offsets=np.concatenate(([0], np.cumsum(sizes[ways]))),
            node_ids=node_ids,
            points=extract.points[points],
            node_tags={node: tags for node, tags in extract.node_tags.items() if node in nodes},
            restrictions=_restrictions_at(extract.restrictions, node_ids),
            settlement=None if extract.settlement is None else extract.settlement[points],
        )

    def settlements(self, places: Sequence[OsmPlace]) -> tuple[OsmPlace, ...]:
        """Return the settlements of the area itself."""
        points = np.array([(place.lat, place.lon) for place in places]).reshape(-1, 2)
        inside = zip(places, self.inside(points), strict=True)
        return tuple(place for place, is_inside in inside if is_inside)


def _restrictions_at(
    restrictions: Sequence[Restriction], node_ids: NDArray[np.int64]
) -> tuple[Restriction, ...]:
    """Return the restrictions of turns that lead over some nodes only."""
    named = [node for one in restrictions for path in one.paths for node in path]
    there = {*np.intersect1d(np.array(named, dtype=np.int64), node_ids).tolist()}
    return tuple(one for one in restrictions if there.issuperset(*one.paths))


def haversine_metres(
    points: NDArray[np.float64], others: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return great-circle distances between points, both of shape (n, 2) as lat, lon in degrees."""
    lats, lons = np.radians(points).T
    other_lats, other_lons = np.radians(others).T
    half = (
        np.sin((other_lats - lats) / 2) ** 2
        + np.cos(lats) * np.cos(other_lats) * np.sin((other_lons - lons) / 2) ** 2
    )
    distances: NDArray[np.float64] = 2 * EARTH_RADIUS_METRES * np.arcsin(np.sqrt(half))
    return distances


def on_sphere(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points in metres from the centre of the earth; chords replace arcs well here."""
    lats, lons = np.radians(points).T
    axes = (np.cos(lats) * np.cos(lons), np.cos(lats) * np.sin(lons), np.sin(lats))
    positions: NDArray[np.float64] = np.column_stack(axes) * EARTH_RADIUS_METRES
    return positions


def bounding_box(
    *, south: float, west: float, north: float, east: float, margin_metres: float = MARGIN_METRES
) -> Region:
    """Return the region between four degrees; an eastern one below the western lies beyond 180."""
    east += FULL_TURN if east < west else 0.0
    return Region(shapely.to_wkb(shapely.box(west, south, east, north)), margin_metres)


def buffer_around(
    points: Sequence[tuple[float, float]], metres: float, *, margin_metres: float = MARGIN_METRES
) -> Region:
    """Return the region around some points, given as lat and lon."""
    circles = [_buffer(shapely.Point(lon, lat), metres) for lat, lon in points]
    return Region(shapely.to_wkb(shapely.union_all(circles)), margin_metres)


def _buffer(area: Any, metres: float) -> Any:  # noqa: ANN401  # any geometry
    """Return an area with all points within some metres of it, and few others.

    A degree of longitude is taken to be as short as at the end nearest to the pole, so that
    nothing within that distance is lost.
    """
    if not metres:
        return area
    degrees = metres / _METRES_PER_DEGREE
    _, south, _, north = area.bounds
    shrink = max(math.cos(math.radians(min(max(north, -south) + degrees, 89.0))), 1e-3)
    flat = shapely.transform(area, lambda points: points * (shrink, 1.0))
    wide = shapely.buffer(flat, degrees / _APOTHEM, quad_segs=_QUARTER_SEGMENTS)
    return shapely.transform(wide, lambda points: points / (shrink, 1.0))


def _covers(area: Any, points: NDArray[np.float64]) -> NDArray[np.bool_]:  # noqa: ANN401  # as above
    shapely.prepare(area)
    lats, lons = points.T
    found: NDArray[np.bool_] = shapely.intersects_xy(area, lons, lats)
    west, _, east, _ = area.bounds
    # An area that crosses the 180th meridian has longitudes beyond it.
    if west < -HALF_TURN:
        found |= shapely.intersects_xy(area, lons - FULL_TURN, lats)
    if east > HALF_TURN:
        found |= shapely.intersects_xy(area, lons + FULL_TURN, lats)
    return found
