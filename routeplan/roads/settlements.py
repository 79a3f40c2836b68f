"""Settlements: which roads lie inside of them, by places of the map and by the streets around."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import KDTree

from routeplan.roads.extract import EARTH_RADIUS_METRES, haversine_metres, on_sphere

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

    Both its ends lie within the radius of one place, or where residential streets are dense. What
    the source says of a segment comes first.
    """
    said = extract.settlement
    if settlement is None or len(extract.points) == 0:
        return np.zeros(len(extract.points), dtype=np.bool_)
    if said is not None and (said >= 0).all():
        return said > 0
    inside = _by_places_and_streets(extract, settlement)
    return inside if said is None else np.where(said >= 0, said > 0, inside)


def _by_places_and_streets(extract: Extract, settlement: Settlement) -> NDArray[np.bool_]:
    inside = np.zeros(len(extract.points), dtype=np.bool_)
    positions = on_sphere(extract.points)
    for kind, metres in settlement.radius_metres.items():
        places = [place for place in extract.places if place.kind == kind]
        if places and metres > 0:
            tree = KDTree(on_sphere(_points(places)))
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
    # Of a long stretch only what lies in the squares around its middle.
    lengths = np.minimum(haversine_metres(begin, end), 3 * _CELL_METRES)
    metres = np.bincount(number.ravel(), lengths)
    (south, west), (rows, columns) = cells.min(axis=0) - 2, np.ptp(cells, axis=0) + 5
    keys = (cells[:, 0] - south) * columns + cells[:, 1] - west
    steps = np.add.outer(np.array([-1, 0, 1]) * columns, [-1, 0, 1]).ravel()
    around = np.unique(np.add.outer(keys, steps))
    index = np.minimum(np.searchsorted(keys, np.add.outer(around, steps)), len(keys) - 1)
    total = np.where(keys[index] == np.add.outer(around, steps), metres[index], 0.0).sum(axis=1)
    lat = (around // columns + south) * width[0]
    area = 9 * (_CELL_METRES / 1000) ** 2 * np.cos(np.radians(lat)) / scale[1]
    dense = around[total / 1000 >= density * area]
    row, column = (np.floor(extract.points / width) - (south, west)).T
    segment[:] = np.isin((row * columns + column).astype(np.int64), dense)
    segment &= (row > 0) & (row < rows - 1) & (column > 0) & (column < columns - 1)
    return segment


def _points(places: Sequence[OsmPlace]) -> NDArray[np.float64]:
    return np.array([(place.lat, place.lon) for place in places])
