"""Households estimated from homes on the map, each counted for the nearest village."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyproj
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Estimate", "Homes", "nearest_counts"]


class Estimate(NamedTuple):
    """How many households a village may have, and of what that was made."""

    households: int
    note: str


@dataclass(frozen=True, slots=True, eq=False)
class Homes:
    """Buildings that people live in, and how households are made of them.

    Parameters
    ----------
    points
        Shape (n, 2), lat and lon of each.
    households_per_home
        How many of them live in one.
    within_metres
        Homes farther than this from every village belong to none.
    """

    points: NDArray[np.float64]
    households_per_home: float = 1.0
    within_metres: float = 2000.0

    def households(
        self, points: NDArray[np.float64], others: NDArray[np.float64] | None = None
    ) -> list[Estimate]:
        """Estimate the households of villages by the homes around them, as `nearest_counts`."""
        counts = nearest_counts(points, self.points, self.within_metres, others)
        return [
            Estimate(
                math.ceil(count * self.households_per_home),
                f"households estimated from {count} homes on the map",
            )
            for count in counts.tolist()
        ]


def nearest_counts(
    points: NDArray[np.float64],
    things: NDArray[np.float64],
    within_metres: float,
    others: NDArray[np.float64] | None = None,
) -> NDArray[np.int64]:
    """Count the things to which each point is the nearest, and not too far.

    Parameters
    ----------
    points
        Shape (n, 2), lat and lon of what is counted for.
    things
        Shape (m, 2), lat and lon of what is counted.
    within_metres
        Things farther than this from every point are not counted.
    others
        Shape (k, 2), points that take what is nearest to them, unless they lie within that
        distance of one of ``points``, which they then only name once more.

    Returns
    -------
    array of shape (n,)
        A thing as near to two points is counted for the first.
    """
    counts = np.zeros(len(points), dtype=np.int64)
    if not len(points) or not len(things):
        return counts
    here, there = _metres(points, points), _metres(things, points)
    rivals = (
        _apart(here, _metres(others, points), within_metres) if others is not None else here[:0]
    )
    tree = _tree(np.concatenate((here, rivals)))
    thing, nearest = tree.query_nearest(
        shapely.points(there), max_distance=within_metres, all_matches=True
    )
    order = np.lexsort((nearest, thing))
    _, first = np.unique(thing[order], return_index=True)
    owners = nearest[order][first]
    np.add.at(counts, owners[owners < len(points)], 1)
    return counts


def _apart(
    here: NDArray[np.float64], others: NDArray[np.float64], metres: float
) -> NDArray[np.float64]:
    """Return the others that are not one of our own points under another position."""
    if not len(others):
        return others
    near = _tree(here).query(shapely.points(others), predicate="dwithin", distance=metres / 2)
    return np.delete(others, np.unique(near[0]), axis=0)


def _tree(points: NDArray[np.float64]) -> shapely.STRtree:
    return shapely.STRtree(list(np.atleast_1d(np.asarray(shapely.points(points)))))


def _metres(points: NDArray[np.float64], around: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return x and y of points on a plane that touches the earth in the middle of some others."""
    lat, lon = around.mean(axis=0)
    plane = pyproj.Proj(proj="aeqd", lat_0=lat, lon_0=lon, ellps="WGS84")
    return np.column_stack(plane(points[:, 1], points[:, 0]))
