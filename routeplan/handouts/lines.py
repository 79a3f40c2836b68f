"""Lines on the map: cut to a box, joined, thinned, rounded, and packed into text.

Arrays of points have the shape (n, 2) and hold lat, lon in degrees (WGS 84).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = [
    "DECIMALS",
    "Bounds",
    "Points",
    "has_length",
    "near",
    "pack",
    "points_of",
    "thinned",
    "thinned_leg",
]

DECIMALS = 5
"""Of a degree, in every coordinate on the map: about a metre."""

METRES_PER_DEGREE = 111_195.0

Points: TypeAlias = tuple[tuple[float, float], ...]
"""A line as lat, lon pairs."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """A box in degrees."""

    south: float
    west: float
    north: float
    east: float

    @classmethod
    def around(cls, points: NDArray[np.float64]) -> Bounds:
        """Return the smallest box around points."""
        south, west = map(float, points.min(axis=0))
        north, east = map(float, points.max(axis=0))
        return cls(south, west, north, east)

    def holds(self, line: Points) -> bool:
        """Tell whether some point of a line lies in the box."""
        return any(
            self.south <= lat <= self.north and self.west <= lon <= self.east for lat, lon in line
        )

    def widened(self, *, share: float, metres: float) -> Bounds:
        """Return the box with a margin: a share of its size, and some metres, on every side."""
        down = share * (self.north - self.south) + metres / METRES_PER_DEGREE
        across = share * (self.east - self.west) + metres / _metres_per_lon(self)
        return Bounds(self.south - down, self.west - across, self.north + down, self.east + across)


def points_of(line: NDArray[np.float64]) -> Points:
    """Return the points of a line as plain rounded values."""
    return tuple((lat, lon) for lat, lon in line.round(DECIMALS).tolist())


def has_length(line: Points) -> bool:
    """Return whether a line leads anywhere: whether any of its points differ."""
    return any(point != line[0] for point in line[1:])


def thinned_leg(line: NDArray[np.float64], tolerance_metres: float) -> Points:
    """Leave points out of one line, which keeps its direction; see `thinned`.

    Parameters
    ----------
    line
        Of one point or more.
    tolerance_metres
        As `thinned` takes it.

    Returns
    -------
    tuple
        Two points or more. A leg shorter than the tolerance, as between a village and the base
        in it, has the same point twice.
    """
    scale = np.array([METRES_PER_DEGREE, _metres_per_lon(Bounds.around(line))])
    whole = line.repeat(2, axis=0) if len(line) == 1 else line
    drawn = shapely.simplify(
        shapely.linestrings(whole * scale), tolerance_metres, preserve_topology=False
    )
    points = points_of(_without_repeats((shapely.get_coordinates(drawn) / scale).round(DECIMALS)))
    return points if len(points) > 1 else points * 2


def thinned(
    lines: Sequence[NDArray[np.float64]] | Sequence[Points],
    tolerance_metres: float,
    within: Bounds,
) -> tuple[Points, ...]:
    """Cut lines to a box, join them where they continue one another, and leave points out.

    A line that is given twice, or once in either direction, is drawn once.

    Parameters
    ----------
    lines
        Each of two points or more.
    tolerance_metres
        No line that is drawn strays farther than this from the true one (Douglas and Peucker).
    within
        What lies outside is not drawn.
    """
    if not lines:
        return ()
    scale = np.array([METRES_PER_DEGREE, _metres_per_lon(within)])
    # shapely counts x, y; here x is lat and y is lon, both in metres on a flat sheet.
    box = np.array([within.south, within.west, within.north, within.east]) * np.tile(scale, 2)
    flat = np.concatenate([np.asarray(line, dtype=float) for line in lines]) * scale
    owners = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    inside = shapely.clip_by_rect(shapely.linestrings(flat, indices=owners), *box)
    once = np.unique(shapely.to_wkb(shapely.normalize(_lines_in(inside))))
    joined = shapely.line_merge(shapely.multilinestrings(shapely.from_wkb(once)))
    drawn = shapely.simplify(_lines_in(joined), tolerance_metres, preserve_topology=False)
    rounded = ((shapely.get_coordinates(line) / scale).round(DECIMALS) for line in drawn)
    return tuple(points_of(line) for line in map(_without_repeats, rounded) if len(line) > 1)


def near(
    lines: Sequence[NDArray[np.float64]], ways: Sequence[NDArray[np.float64]], *, metres: float
) -> list[list[NDArray[np.float64]]]:
    """Cut lines to what lies near some ways.

    Parameters
    ----------
    lines
        Each of two points or more.
    ways
        Each of two points or more; at least one.
    metres
        How near.

    Returns
    -------
    list of list of array
        The pieces that are left of each line, in its direction.
    """
    scale = np.array([METRES_PER_DEGREE, _metres_per_lon(Bounds.around(np.concatenate(ways)))])
    around = shapely.union_all([shapely.linestrings(way * scale).buffer(metres) for way in ways])
    shapely.prepare(around)
    pieces: list[list[NDArray[np.float64]]] = []
    for line in lines:
        drawn = shapely.linestrings(line * scale)
        if shapely.contains_properly(around, drawn):
            pieces.append([line])
        elif shapely.intersects(around, drawn):
            parts = _lines_in(shapely.intersection(drawn, around))
            pieces.append([shapely.get_coordinates(part) / scale for part in parts])
        else:
            pieces.append([])
    return pieces


def pack(lines: Sequence[Points]) -> dict[str, object]:
    """Write lines as short text that a page unpacks with a few lines of script.

    Coordinates count in 0.00001 degrees; each is written as the step from the one before it, over
    the ends of lines, in the variable-length digits of Google's "encoded polyline" format.

    Returns
    -------
    dict
        `counts`, points in each line, and `steps`, the text.
    """
    counts = [len(line) for line in lines]
    if not counts:
        return {"counts": [], "steps": ""}
    units = np.concatenate([np.array(line) for line in lines])
    whole = np.rint(units * 10**DECIMALS).astype(np.int64)
    steps = np.diff(whole, axis=0, prepend=[[0, 0]]).ravel()
    return {"counts": counts, "steps": _digits(steps).tobytes().decode("ascii")}


def _digits(numbers: NDArray[np.int64]) -> NDArray[np.uint8]:
    # The sign moves to the lowest bit, so that small steps either way have few digits.
    unsigned = np.where(numbers < 0, ~(numbers << 1), numbers << 1)
    shifts = np.arange(0, 35, 5)
    rest = unsigned[:, None] >> shifts
    more = (rest >> 5) > 0
    digits = (rest & 31) + 32 * more + 63
    written: NDArray[np.uint8] = digits[(rest > 0) | (shifts == 0)].astype(np.uint8)
    return written


def _metres_per_lon(box: Bounds) -> float:
    return METRES_PER_DEGREE * float(np.cos(np.radians((box.south + box.north) / 2)))


def _lines_in(shapes: NDArray[np.object_] | shapely.Geometry) -> NDArray[np.object_]:
    parts = shapely.get_parts(np.atleast_1d(np.asarray(shapes, dtype=object)))
    is_line = shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING
    lines: NDArray[np.object_] = parts[is_line & ~shapely.is_empty(parts)]
    return lines


def _without_repeats(line: NDArray[np.float64]) -> NDArray[np.float64]:
    moves = np.ones(len(line), dtype=bool)
    moves[1:] = (line[1:] != line[:-1]).any(axis=1)
    return line[moves]
