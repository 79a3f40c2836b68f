"""Snapping: each place to the nearest edge of the components that bases and villages need."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely

from routeplan.model.road_notes import RoadPoint, Snap, SnapFailure
from routeplan.roads.extract import EARTH_RADIUS_METRES, FULL_TURN, HALF_TURN
from routeplan.roads.graph import find_components
from routeplan.roads.reasons import reason_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from routeplan.model.problem import Place
    from routeplan.roads.graph import RoadGraph

# A nearer road that cannot be used is noted where the used one is so much farther.
_NOTED_METRES = 100.0

# Longer roads are more than an island.
_ISLAND_METRES = 5000.0


def snap(
    graph: RoadGraph,
    vehicle: str,
    places: Sequence[Place],
    limit_metres: float = 2000.0,
    *,
    bases: Collection[str] = (),
) -> tuple[Snap, ...]:
    """Snap each place to the nearest road that the vehicle drives there and back.

    Such roads are those of the strongly connected component that takes the most places, of several
    the longest. Where bases are known it is such a component for each of them, and roads that no
    base is joined to are left aside. Ferries take no place. Distances are taken on a plane that
    touches the earth at the place, good to a metre within tens of kilometres.

    Parameters
    ----------
    graph, vehicle, places
        The roads, one of their vehicles, and what is to be snapped.
    limit_metres
        The largest distance.
    bases
        Ids of the places that drives begin and end at.
    """
    snapper = _Snapper(graph, vehicle, limit_metres)
    snaps = tuple(snapper.snap(place) for place in places)
    if all(one.found for one in snaps) or not snapper.choose(places, bases):
        return snaps
    return tuple(snapper.snap(place) for place in places)


class _Nearest(NamedTuple):
    """The nearest point of some roads, and its distance."""

    metres: float
    point: RoadPoint


class _Snapper:
    """The roads of one vehicle with a spatial index."""

    def __init__(self, graph: RoadGraph, vehicle: str, limit_metres: float) -> None:
        self.graph = graph
        self.vehicle = vehicle
        self.limit_metres = limit_metres
        self.components = find_components(graph, vehicle)
        self.is_ferry = graph.is_ferry
        self.east = graph.bounds[3]
        edge_of_point = np.repeat(np.arange(graph.edge_count), np.diff(graph.offsets))
        lines = shapely.linestrings(graph.points[:, ::-1], indices=edge_of_point)
        self.tree = shapely.STRtree(np.asarray(lines))

    def choose(self, places: Sequence[Place], bases: Collection[str]) -> bool:
        """Choose the components that the bases need; without bases, the one of the most places.

        Return whether they are others than the largest one.
        """
        near = {place: self._components_near(place) for place in places}
        taken = _positions_taken(near)
        # A component of one place alone leads nowhere.
        useful = {number for number in taken if taken[number] > 1}
        groups = [near[place] & useful for place in places if place.id in bases]
        metres = self.components.metres
        chosen = {
            max(group, key=lambda number: (taken[number], metres[number]))
            for group in filter(None, groups if bases else [useful])
        }
        if not chosen or chosen == {int(metres.argmax())}:
            return False
        self.components = find_components(self.graph, self.vehicle, sorted(chosen))
        return True

    def _components_near(self, place: Place) -> set[int]:
        edges = self._candidates(place)
        edges = edges[self.components.component[edges] >= 0]
        segment, metres, _ = self._distances(place, edges)
        edge = np.searchsorted(self.graph.offsets, segment, side="right") - 1
        return set(self.components.component[edge[metres <= self.limit_metres]].tolist())

    def _candidates(self, place: Place) -> NDArray[np.int64]:
        # A box in degrees that holds all points within the limit.
        high = math.degrees(self.limit_metres / EARTH_RADIUS_METRES) * 1.01
        wide = high / max(math.cos(math.radians(place.lat)), 1e-3)
        lat, lon = place.lat, place.lon
        # Roads across the 180th meridian have longitudes from 0 to 360.
        lon += FULL_TURN if lon < 0 and self.east > HALF_TURN else 0.0
        found: NDArray[np.int64] = self.tree.query(
            shapely.box(lon - wide, lat - high, lon + wide, lat + high)
        )
        return found

    def snap(self, place: Place) -> Snap:
        candidates = self._candidates(place)
        usable = self.components.usable[candidates]
        used = self._within_limit(place, candidates[usable])
        other = self._within_limit(place, candidates[~usable])
        if used is None:
            return self._failed(place, other)
        note = ""
        if other is not None and other.metres + _NOTED_METRES < used.metres:
            why = self._failure_text(other)
            note = reason_of("noted", why=why, metres=f"{used.metres:,.0f}")
        return Snap(place, used.metres, used.point, note=note)

    def _within_limit(self, place: Place, edges: NDArray[np.int64]) -> _Nearest | None:
        nearest = self._nearest(place, edges)
        return nearest if nearest is not None and nearest.metres <= self.limit_metres else None

    def _failed(self, place: Place, other: _Nearest | None) -> Snap:
        failure, why = SnapFailure.TOO_FAR, reason_of("no_road")
        if other is not None:
            failure = self.components.failure(other.point.edge) or failure
            why = self._failure_text(other)
        usable = self._nearest(place, np.flatnonzero(self.components.usable))
        if usable is None:
            detail = reason_of("no_way", why=why, vehicle=self.vehicle)
            return Snap(place, None, None, failure=failure, detail=detail)
        detail = reason_of(
            "too_far",
            why=why,
            vehicle=self.vehicle,
            metres=f"{usable.metres:,.0f}",
            limit=f"{self.limit_metres:,.0f}",
        )
        return Snap(place, usable.metres, None, failure=failure, detail=detail)

    def _failure_text(self, nearest: _Nearest) -> str:
        edge, metres = nearest.point.edge, f"{nearest.metres:,.0f}"
        failure = self.components.failure(edge) or SnapFailure.ISLAND
        if failure is SnapFailure.CLOSED:
            graph = self.graph
            profile = graph.profiles[graph.segment_profile[graph.offsets[edge]]]
            along, _ = profile.speeds[graph.vehicle_index(self.vehicle)]
            named = {"vehicle": self.vehicle, "reason": along.reason}
            return reason_of("closed_road", metres=metres, **named)
        length = self.components.metres[self.components.component[edge]]
        if failure is SnapFailure.ISLAND and length > _ISLAND_METRES:
            return reason_of("large_island", metres=metres)
        return reason_of(failure.value, metres=metres)

    def _nearest(self, place: Place, edges: NDArray[np.int64]) -> _Nearest | None:
        """Return the nearest point on some edges; None where there is none."""
        segment, metres, share = self._distances(place, edges)
        if not len(segment):
            return None
        graph, best = self.graph, int(metres.argmin())
        at, fraction = int(segment[best]), float(share[best])
        edge = int(np.searchsorted(graph.offsets, at, side="right")) - 1
        lat, lon = graph.points[at] + fraction * (graph.points[at + 1] - graph.points[at])
        along = at - int(graph.offsets[edge]) + fraction
        lon -= FULL_TURN if lon > HALF_TURN else 0.0
        return _Nearest(float(metres[best]), RoadPoint(edge, along, float(lat), float(lon)))

    def _distances(
        self, place: Place, edges: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Return the segments of some edges, how far each is, and where on it it is nearest."""
        graph = self.graph
        sizes = graph.offsets[edges + 1] - graph.offsets[edges] - 1
        step = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        segment = np.repeat(graph.offsets[edges], sizes) + step
        # Barriers have no length; the roads on both sides of them are there.
        segment = segment[(graph.segment_metres[segment] > 0) & ~self.is_ferry[segment]]
        begin, end = _plane(place, graph.points[segment]), _plane(place, graph.points[segment + 1])
        run = end - begin
        share = np.clip(-(begin * run).sum(axis=1) / (run**2).sum(axis=1), 0.0, 1.0)
        return segment, np.hypot(*(begin + share[:, None] * run).T), share


def _positions_taken(near: Mapping[Place, Collection[int]]) -> Counter[int]:
    """Count the positions that each component can take places at."""
    points = {(number, place.lat, place.lon) for place in near for number in near[place]}
    return Counter(number for number, _, _ in points)


def _plane(place: Place, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return metres north and east of a place, shape (n, 2), of points as lat, lon."""
    scale = np.array([1.0, math.cos(math.radians(place.lat))]) * EARTH_RADIUS_METRES
    degrees = points - np.array([place.lat, place.lon])
    degrees[:, 1] -= FULL_TURN * np.round(degrees[:, 1] / FULL_TURN)
    plane: NDArray[np.float64] = np.radians(degrees) * scale
    return plane
