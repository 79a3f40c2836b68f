"""What is read from a file of roads, whatever its format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Extract", "OsmPlace"]


@dataclass(frozen=True, slots=True)
class OsmPlace:
    """A settlement as OpenStreetMap knows it.

    Parameters
    ----------
    id
        ``n`` and the number of its node.
    kind
        Value of its ``place`` tag: city, town, village, hamlet, isolated_dwelling and others.
    name
        What the map calls it; empty where it has no name in any language.
    names
        All its names by their key: ``name``, ``name:kk``, ``name:ru``, ``old_name`` and others.
    lat, lon
        WGS 84, degrees.
    population
        As tagged, None where it is not tagged or not a number.
    """

    id: str
    kind: str
    name: str
    names: Mapping[str, str]
    lat: float
    lon: float
    population: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Extract:
    """Ways with their points, in flat arrays, and the nodes that matter to a driver.

    A way that names nodes outside the file is cut: each run of two or more known nodes in a row
    stands as a way of its own, with the same number and tags.

    Parameters
    ----------
    way_ids
        Shape (w,), numbers of the ways.
    way_tags
        Tags kept of each way, see `routeplan.roads.tags.kept`.
    offsets
        Shape (w + 1,); the points of way i are those from ``offsets[i]`` to ``offsets[i + 1]``.
    node_ids
        Shape (n,), the node at each point. Ways meet where they share a node.
    points
        Shape (n, 2), lat and lon of each point, degrees.
    node_tags
        Tags of nodes with a barrier or a ford, by node.
    places
        Settlements.
    cut_ways
        How many ways name nodes that the file does not hold.
    """

    way_ids: NDArray[np.int64]
    way_tags: tuple[Mapping[str, str], ...]
    offsets: NDArray[np.int64]
    node_ids: NDArray[np.int64]
    points: NDArray[np.float64]
    node_tags: Mapping[int, Mapping[str, str]]
    places: tuple[OsmPlace, ...]
    cut_ways: int
