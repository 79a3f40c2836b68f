"""What every format comes to: shapes, columns and how positions are to be read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from routeplan.errors import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray
    from pyproj import CRS

__all__ = ["Layer", "check_crossings", "polygon", "refused", "table_of"]

# A table is as wide as all of its rows together: a few bytes can ask for many cells.
MOST_CELLS = 5_000_000
MOST_CROSSINGS = 200_000

_LEAST_POSITIONS = 4
# Metres or degrees; grids are numbered in their millions.
_FARTHEST = 1e9
_EXACT = 1e15


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """Rows of a file as they stand there.

    Parameters
    ----------
    columns
        The texts of each column, one a row; empty where a row has none.
    shapes
        Polygon or multipolygon of each row, None where a row has neither.
    crs
        How positions are to be read; None where the file does not say so.
    """

    columns: Mapping[str, tuple[str, ...]]
    shapes: NDArray[np.object_]
    crs: CRS | None


def refused(why: str, hint: str = "", *, where: str = "") -> InputError:
    """Return the error of a file that cannot be read."""
    return InputError([Fault(where, f"cannot be read as a layer of polygons: {why}", hint)])


def polygon(rings: Iterable[NDArray[np.float64]]) -> shapely.Polygon:
    """Return the polygon of some rings, the outer one first; close those that are open.

    Parameters
    ----------
    rings
        Positions, shape (n, 2), x before y.

    Raises
    ------
    ValueError
        Where there is no ring, or one has fewer than three corners, or a position that is on
        no grid of the Earth.
    """
    closed = [_closed(ring) for ring in rings]
    if not closed:
        raise ValueError("a polygon has no ring")
    return shapely.Polygon(closed[0], closed[1:])


def _closed(ring: NDArray[np.float64]) -> NDArray[np.float64]:
    if not (np.abs(ring) <= _FARTHEST).all():
        raise ValueError("a position is on no grid of the Earth")
    if len(ring) and (ring[0] != ring[-1]).any():
        ring = np.vstack((ring, ring[:1]))
    if len(ring) < _LEAST_POSITIONS:
        raise ValueError("a ring has fewer than three corners")
    return ring


def check_crossings(shapes: NDArray[np.object_]) -> None:
    """Refuse shapes whose edges cross each other so often that uniting them would take too much.

    Each crossing becomes a corner, and a file of a few hundred kilobytes can have as many as the
    square of its edges. They are counted among some pairs of edges, drawn by lot.

    Raises
    ------
    InputError
        Where there are more than some hundred thousand.
    """
    points, ring = shapely.get_coordinates(
        shapely.get_rings(shapely.get_parts(shapes)), return_index=True
    )
    first = np.flatnonzero(ring[1:] == ring[:-1])
    if len(first) ** 2 < MOST_CROSSINGS:
        return
    lot = np.random.default_rng(0)
    some, others = (lot.choice(first, size=size) for size in (64, 20_000))
    a, b = points[some][:, None], points[some + 1][:, None]
    c, d = points[others][None], points[others + 1][None]
    apart = _side(a, b, c) * _side(a, b, d) < 0
    crossed = apart & (_side(c, d, a) * _side(c, d, b) < 0)
    if crossed.mean() * len(first) ** 2 / 2 > MOST_CROSSINGS:
        raise refused("its edges cross each other too often", "draw its polygons without crossings")


def _side(
    start: NDArray[np.float64], end: NDArray[np.float64], point: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return a number whose sign is the side of an edge on which a point lies."""
    along, aside = end - start, point - start
    sides: NDArray[np.float64] = along[..., 0] * aside[..., 1] - along[..., 1] * aside[..., 0]
    return sides


def table_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """Return the columns of some rows as texts.

    Raises
    ------
    InputError
        Where there are too many.
    """
    names = dict.fromkeys(name for row in rows for name in row)
    if len(names) * len(rows) > MOST_CELLS:
        why = f"{len(rows):,} rows of {len(names):,} columns are too many"
        raise refused(why, "keep only the polygons and columns that are needed")
    return {name: tuple(_text(row.get(name)) for row in rows) for name in names}


def _text(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        # Codes are often kept as numbers with a point.
        return str(int(value))
    return str(value)
