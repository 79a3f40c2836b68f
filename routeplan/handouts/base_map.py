"""The roads of a map: classes that are drawn alike, simplified, within a margin around a plan."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from routeplan.handouts.geometry import simplify_lines
from routeplan.handouts.map_view import RoadView

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from routeplan.handouts.geometry import Bounds
    from routeplan.handouts.map_view import MapView
    from routeplan.model.road_notes import RoadLine

__all__ = ["fewer_roads", "road_views"]

TOLERANCE_METRES = 12.0

# Factors of the tolerance, tried until a map fits its budget.
COARSER = (2, 4, 8, 16)

# Of what is shown of a plan, on each side.
MARGIN_SHARE, MARGIN_METRES = 0.1, 2_000.0

RANKS = {
    "highway": ("motorway", "trunk", "primary"),
    "district": ("secondary", "tertiary"),
    "local": ("unclassified", "residential", "living_street", "service", "road", "busway"),
    "track": (),
}
"""OpenStreetMap's classes of roads by how the map draws them; all others are tracks."""

RANK_OF = {road_class: rank for rank, classes in RANKS.items() for road_class in classes}


def road_views(roads: Iterable[RoadLine], bounds: Bounds) -> tuple[RoadView, ...]:
    """Group roads by rank and surface, clip them to a margin around bounds, and simplify them."""
    groups: dict[tuple[str, bool], list[NDArray[np.float64]]] = defaultdict(list)
    for road in roads:
        rank = RANK_OF.get(road.road_class.removesuffix("_link"), "track")
        groups[rank, road.paved].append(road.points)
    box = bounds.buffered(share=MARGIN_SHARE, metres=MARGIN_METRES)
    views = (
        RoadView(rank, paved, simplify_lines(groups[rank, paved], TOLERANCE_METRES, box))
        for rank in RANKS
        for paved in (True, False)
        if (rank, paved) in groups
    )
    return tuple(view for view in views if view.lines)


def fewer_roads(view: MapView) -> Iterator[tuple[tuple[RoadView, ...], str]]:
    """Yield the roads of a map, ever fewer, with the key of a text that says so."""
    roads = view.roads
    yield roads, ""
    box = view.bounds.buffered(share=MARGIN_SHARE, metres=MARGIN_METRES)
    for factor in COARSER:
        tolerance = factor * TOLERANCE_METRES
        roads = tuple(replace(r, lines=simplify_lines(r.lines, tolerance, box)) for r in view.roads)
        yield roads, "coarse"
    while roads:
        roads = roads[:-1]
        yield roads, "fewer"
