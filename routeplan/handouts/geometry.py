"""Geometry of what is drawn: bounding boxes, clipping, simplification.

Arrays of points have the shape (n, 2) and hold lat, lon in degrees (WGS 84).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


DECIMALS = 5
"""Of a degree, in every coordinate on the map: about a metre."""

METRES_PER_DEGREE = 111_195.0


Points: TypeAlias = tuple[tuple[float, float], ...]
"""A line as lat, lon pairs."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """A bounding box in degrees."""

    south: float
    west: float
    north: float
    east: float

    @classmethod
    def of_points(cls, points: NDArray[np.float64]) -> Bounds:
        """Return the bounding box of points."""
        south, west = map(float, points.min(axis=0))
        north, east = map(float, points.max(axis=0))
        return cls(south, west, north, east)

    def contains_any(self, line: Points) -> bool:
        """Return whether some point of a line lies in the box."""
        return any(
            self.south <= lat <= self.north and self.west <= lon <= self.east for lat, lon in line
        )

    def buffered(self, *, share: float, metres: float) -> Bounds:
        """Return the box with a margin: a share of its size, and some metres, on every side."""
        down = share * (self.north - self.south) + metres / METRES_PER_DEGREE
        across = share * (self.east - self.west) + metres / _metres_per_lon(self)
        return Bounds(self.south - down, self.west - across, self.north + down, self.east + across)


def rounded_points(line: NDArray[np.float64]) -> Points:
    """Return the points of a line as rounded pairs."""
    return tuple((lat, lon) for lat, lon in line.round(DECIMALS).tolist())


def has_length(line: Points) -> bool:
    """Return whether any points of a line differ."""
    return any(point != line[0] for point in line[1:])


def simplify_line(line: NDArray[np.float64], tolerance_metres: float) -> Points:
    """Simplify a line of one point or more (Douglas and Peucker), and keep its direction.

    A line shorter than the tolerance, as between a village and the base in it, becomes the same
    point twice.
    """
    scale = np.array([METRES_PER_DEGREE, _metres_per_lon(Bounds.of_points(line))])
    whole = shapely.linestrings((line if len(line) > 1 else line.repeat(2, axis=0)) * scale)
    drawn = shapely.simplify(whole, tolerance_metres, preserve_topology=False)
    points = _distinct_points(shapely.get_coordinates(drawn) / scale)
    return points if len(points) > 1 else points * 2


def simplify_lines(
    lines: Sequence[NDArray[np.float64]] | Sequence[Points],
    tolerance_metres: float,
    within: Bounds,
) -> tuple[Points, ...]:
    """Clip lines to a box, merge them where they continue one another, and simplify them.

    A line that is there twice, or once in either direction, is returned once.

    Each line has two points or more, and none strays from the true one by more than the tolerance
    (Douglas and Peucker).
    """
    if not lines:
        return ()
    scale = np.array([METRES_PER_DEGREE, _metres_per_lon(within)])
    # For shapely, x is lat and y is lon, both in metres on a plane.
    box = np.array([within.south, within.west, within.north, within.east]) * np.tile(scale, 2)
    flat = np.concatenate([np.asarray(line, dtype=float) for line in lines]) * scale
    owners = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    inside = shapely.clip_by_rect(shapely.linestrings(flat, indices=owners), *box)
    once = np.unique(shapely.to_wkb(shapely.normalize(_lines_in(inside))))
    joined = shapely.line_merge(shapely.multilinestrings(shapely.from_wkb(once)))
    drawn = shapely.simplify(_lines_in(joined), tolerance_metres, preserve_topology=False)
    points = (_distinct_points(shapely.get_coordinates(line) / scale) for line in drawn)
    return tuple(line for line in points if len(line) > 1)


def clip_near(
    lines: Sequence[NDArray[np.float64]], around: Sequence[NDArray[np.float64]], *, metres: float
) -> list[list[NDArray[np.float64]]]:
    """Return the pieces of each line within a buffer around other lines, in its direction.

    All lines are of two points or more.
    """
    scale = np.array([METRES_PER_DEGREE, _metres_per_lon(Bounds.of_points(np.concatenate(around)))])
    buffer = shapely.union_all([shapely.linestrings(one * scale).buffer(metres) for one in around])
    shapely.prepare(buffer)
    pieces: list[list[NDArray[np.float64]]] = []
    for line in lines:
        drawn = shapely.linestrings(line * scale)
        if shapely.contains_properly(buffer, drawn):
            pieces.append([line])
        elif shapely.intersects(buffer, drawn):
            parts = _lines_in(shapely.intersection(drawn, buffer))
            pieces.append([shapely.get_coordinates(part) / scale for part in parts])
        else:
            pieces.append([])
    return pieces


def _metres_per_lon(box: Bounds) -> float:
    return METRES_PER_DEGREE * float(np.cos(np.radians((box.south + box.north) / 2)))


def _lines_in(shapes: NDArray[np.object_] | shapely.Geometry) -> NDArray[np.object_]:
    parts = shapely.get_parts(np.atleast_1d(np.asarray(shapes, dtype=object)))
    is_line = shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING
    lines: NDArray[np.object_] = parts[is_line & ~shapely.is_empty(parts)]
    return lines


def _distinct_points(line: NDArray[np.float64]) -> Points:
    """Return the rounded points of a line, none of them twice in a row."""
    return tuple(point for point, _ in itertools.groupby(rounded_points(line)))
