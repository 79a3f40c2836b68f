"""Settlements: which roads lie inside of them, by places of the map and by the streets around."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import KDTree

from routeplan.roads.extract import EARTH_RADIUS_METRES, haversine_metres

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from routeplan.model.road_notes import OsmPlace
    from routeplan.roads.edge_speed import Settlement
    from routeplan.roads.extract import Extract

_STREETS = ("residential", "living_street")
# Streets are counted in squares of this size, three by three of them around each point.
_CELL_METRES = 250.0
_METRES_PER_DEGREE = math.radians(EARTH_RADIUS_METRES)


def inside_settlements(extract: Extract, settlement: Settlement | None) -> NDArray[np.bool_]:
    """Return for each segment, behind its point, whether it lies inside a settlement.

    Both its ends lie within the radius of one place, or where residential streets are dense.
    """
    inside = np.zeros(len(extract.points), dtype=np.bool_)
    if settlement is None or len(inside) == 0:
        return inside
    positions = _on_sphere(extract.points)
    for kind, metres in settlement.radius_metres.items():
        places = [place for place in extract.places if place.kind == kind]
        if places and metres > 0:
            tree = KDTree(_on_sphere(_points(places)))
            # A point without a place within the radius gets the number after the last one.
            nearest = np.asarray(tree.query(positions, distance_upper_bound=metres, workers=-1)[1])
            inside[:-1] |= (nearest[:-1] == nearest[1:]) & (nearest[:-1] < len(places))
            inside |= _inside_larger(extract.points, places, metres, settlement)
    if settlement.street_density > 0:
        built_up = _built_up(extract, settlement.street_density)
        inside[:-1] |= built_up[:-1] & built_up[1:]
    return inside


def _inside_larger(
    points: NDArray[np.float64],
    places: Sequence[OsmPlace],
    metres: float,
    settlement: Settlement,
) -> NDArray[np.bool_]:
    """Return whether segments lie inside places whose people need more room than the radius."""
    inside = np.zeros(len(points), dtype=np.bool_)
    for place in places if settlement.people_per_km2 > 0 else ():
        area = (place.population or 0) / settlement.people_per_km2
        radius = math.sqrt(area / math.pi) * 1000
        if radius > metres:
            near = np.flatnonzero(np.abs(points[:, 0] - place.lat) * _METRES_PER_DEGREE <= radius)
            centre = np.broadcast_to((place.lat, place.lon), (len(near), 2))
            within = np.zeros(len(points), dtype=np.bool_)
            within[near] = haversine_metres(points[near], centre) <= radius
            inside[:-1] |= within[:-1] & within[1:]
    return inside


def _built_up(extract: Extract, density: float) -> NDArray[np.bool_]:
    """Return for each point whether there are so many km of streets in each square km around."""
    is_street = np.array([tags.get("highway") in _STREETS for tags in extract.way_tags])
    segment = np.repeat(is_street, np.diff(extract.offsets))
    segment[extract.offsets[1:] - 1] = False
    at = np.flatnonzero(segment)
    if not len(at):
        return segment
    begin, end = extract.points[at], extract.points[at + 1]
    # Squares of one width in degrees throughout; their area differs with the latitude.
    scale = np.array([1.0, math.cos(math.radians(float(extract.points[:, 0].mean())))])
    width = _CELL_METRES / _METRES_PER_DEGREE / scale
    cells, number = np.unique(
        np.floor((begin + end) / 2 / width).astype(np.int64), axis=0, return_inverse=True
    )
    metres = np.bincount(number.ravel(), haversine_metres(begin, end))
    (south, west), (rows, columns) = cells.min(axis=0) - 2, np.ptp(cells, axis=0) + 5
    keys = (cells[:, 0] - south) * columns + cells[:, 1] - west
    own = np.floor(extract.points / width).astype(np.int64) - (south, west)
    known = ((own > 0) & (own < (rows - 1, columns - 1))).all(axis=1)
    found, back = np.unique(own[known] @ (columns, 1), return_inverse=True)
    total = np.zeros(len(found))
    for step in (row * columns + column for row in (-1, 0, 1) for column in (-1, 0, 1)):
        index = np.minimum(np.searchsorted(keys, found + step), len(keys) - 1)
        total += np.where(keys[index] == found + step, metres[index], 0.0)
    lat = (found // columns + south) * width[0]
    area = 9 * (_CELL_METRES / 1000) ** 2 * np.cos(np.radians(lat)) / scale[1]
    segment[:] = False
    segment[known] = (total / 1000 >= density * area)[back]
    return segment


def _points(places: Sequence[OsmPlace]) -> NDArray[np.float64]:
    return np.array([(place.lat, place.lon) for place in places])


def _on_sphere(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points in metres from the centre of the earth; chords replace arcs well here."""
    lats, lons = np.radians(points).T
    axes = (np.cos(lats) * np.cos(lons), np.cos(lats) * np.sin(lons), np.sin(lats))
    positions: NDArray[np.float64] = np.column_stack(axes) * EARTH_RADIUS_METRES
    return positions
