"""Which stretches of road lie inside settlements, told by the map's places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import KDTree

from routeplan.roads.graph import EARTH_RADIUS_METRES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from routeplan.roads.extract import OsmPlace
    from routeplan.roads.speeds import Settlement

__all__ = ["inside_settlements"]


def inside_settlements(
    points: NDArray[np.float64], places: Sequence[OsmPlace], settlement: Settlement | None
) -> NDArray[np.bool_]:
    """Tell for each pair of neighbouring points whether both lie around one place.

    Parameters
    ----------
    points
        Shape (n, 2), lat and lon, degrees.
    places
        Settlements.
    settlement
        How far each kind of them reaches; None where none does.

    Returns
    -------
    ndarray
        Shape (n,); the last point has no neighbour, and is outside.
    """
    inside = np.zeros(len(points), dtype=np.bool_)
    if settlement is None or len(points) == 0:
        return inside
    positions = _on_sphere(points)
    for kind, metres in settlement.radius_metres.items():
        chosen = [(place.lat, place.lon) for place in places if place.kind == kind]
        if chosen and metres > 0:
            tree = KDTree(_on_sphere(np.array(chosen)))
            # A point with no place near has the number behind the last one.
            nearest = np.asarray(tree.query(positions, distance_upper_bound=metres, workers=-1)[1])
            inside[:-1] |= (nearest[:-1] == nearest[1:]) & (nearest[:-1] < len(chosen))
    return inside


def _on_sphere(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points in metres from the middle of the earth; chords are as good as arcs here."""
    lats, lons = np.radians(points).T
    flat = np.cos(lats)
    axes = (flat * np.cos(lons), flat * np.sin(lons), np.sin(lats))
    positions: NDArray[np.float64] = np.column_stack(axes) * EARTH_RADIUS_METRES
    return positions
