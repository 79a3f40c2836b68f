"""Placing villages on the roads: the nearest point on a road that leads there and back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely

from routeplan.model.road_notes import RoadPoint, Snap, SnapFailure
from routeplan.roads.graph import EARTH_RADIUS_METRES
from routeplan.roads.parts import Standing, find_parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from routeplan.model.problem import Place
    from routeplan.roads.graph import RoadGraph

__all__ = ["snap"]

# A nearer road that cannot be used is worth a word where the used one is so much farther.
_NOTED_METRES = 100.0


_FAILURES = {
    Standing.ISLAND: (SnapFailure.ISLAND, "is joined to no other road"),
    Standing.TRAP_IN: (SnapFailure.TRAP_IN, "can be driven to, but there is no way back"),
    Standing.TRAP_OUT: (SnapFailure.TRAP_OUT, "can be left, but there is no way to it"),
    Standing.CLOSED: (SnapFailure.CLOSED, "is closed"),
}


def snap(
    graph: RoadGraph, vehicle: str, places: Sequence[Place], limit_metres: float = 2000.0
) -> tuple[Snap, ...]:
    """Place each place on the nearest road of the largest part that the vehicle drives.

    Distances are taken on a plane that touches the earth at the place, good to a metre within
    tens of kilometres.
    """
    snapper = _Snapper(graph, vehicle, limit_metres)
    return tuple(snapper.snap(place) for place in places)


class _Near(NamedTuple):
    """The nearest point of some roads, and how far it is."""

    metres: float
    point: RoadPoint


class _Snapper:
    """The roads of one vehicle, ready to be searched."""

    def __init__(self, graph: RoadGraph, vehicle: str, limit_metres: float) -> None:
        self.graph = graph
        self.vehicle = vehicle
        self.limit_metres = limit_metres
        self.standing = find_parts(graph, vehicle).standing
        link_of_point = np.repeat(np.arange(graph.link_count), np.diff(graph.offsets))
        lines = shapely.linestrings(graph.points[:, ::-1], indices=link_of_point)
        self.tree = shapely.STRtree(np.asarray(lines))

    def snap(self, place: Place) -> Snap:
        around = self.tree.query(_box(place, self.limit_metres))
        is_main = self.standing[around] == Standing.MAIN
        main = self._within(_nearest(self.graph, place, around[is_main]))
        other = self._within(_nearest(self.graph, place, around[~is_main]))
        if main is None:
            return self._stranded(place, other)
        note = ""
        if other is not None and other.metres + _NOTED_METRES < main.metres:
            note = f"{self._cause(other)}; the road used is {main.metres:,.0f} m away"
        return Snap(place, main.metres, main.point, note=note)

    def _within(self, near: _Near | None) -> _Near | None:
        return near if near is not None and near.metres <= self.limit_metres else None

    def _stranded(self, place: Place, other: _Near | None) -> Snap:
        main = _nearest(self.graph, place, np.flatnonzero(self.standing == Standing.MAIN))
        failure = SnapFailure.TOO_FAR if other is None else self._failure(other)[0]
        cause = "no road lies within the limit" if other is None else self._cause(other)
        beyond = (
            f"no road leads there and back by {self.vehicle}"
            if main is None
            else f"the nearest road that leads there and back by {self.vehicle} is "
            f"{main.metres:,.0f} m away, the limit is {self.limit_metres:,.0f} m"
        )
        metres = None if main is None else main.metres
        return Snap(place, metres, None, failure=failure, detail=f"{cause}; {beyond}")

    def _failure(self, near: _Near) -> tuple[SnapFailure, str]:
        return _FAILURES[Standing(self.standing[near.point.link])]

    def _cause(self, near: _Near) -> str:
        """Say what is wrong with a road that cannot be used."""
        failure, words = self._failure(near)
        if failure is SnapFailure.CLOSED:
            kind = self.graph.kinds[self.graph.segment_kind[self.graph.offsets[near.point.link]]]
            along, _ = kind.verdicts[self.graph.vehicle_index(self.vehicle)]
            words = f"{words} to {self.vehicle} ({along.reason})"
        return f"the road {near.metres:,.0f} m away {words}"


def _box(place: Place, metres: float) -> shapely.Polygon:
    """Return a box of degrees that holds all points within some metres."""
    high = math.degrees(metres / EARTH_RADIUS_METRES) * 1.01
    wide = high / max(math.cos(math.radians(place.lat)), 1e-3)
    return shapely.box(place.lon - wide, place.lat - high, place.lon + wide, place.lat + high)


def _nearest(graph: RoadGraph, place: Place, links: NDArray[np.int64]) -> _Near | None:
    """Return the nearest point on some links; None where there is none."""
    if not len(links):
        return None
    sizes = graph.offsets[links + 1] - graph.offsets[links] - 1
    step = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    segment = np.repeat(graph.offsets[links], sizes) + step
    # Barriers have no length; the roads on both sides of them are there.
    segment = segment[graph.segment_metres[segment] > 0]
    if not len(segment):
        return None
    begin, end = _plane(place, graph.points[segment]), _plane(place, graph.points[segment + 1])
    run = end - begin
    share = np.clip(-(begin * run).sum(axis=1) / (run**2).sum(axis=1), 0.0, 1.0)
    metres = np.hypot(*(begin + share[:, None] * run).T)
    best = int(metres.argmin())
    at, part = int(segment[best]), float(share[best])
    link = int(np.searchsorted(graph.offsets, at, side="right")) - 1
    lat, lon = graph.points[at] + part * (graph.points[at + 1] - graph.points[at])
    along = at - int(graph.offsets[link]) + part
    return _Near(float(metres[best]), RoadPoint(link, along, float(lat), float(lon)))


def _plane(place: Place, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return metres north and east of a place, shape (n, 2), of points as lat, lon."""
    scale = np.array([1.0, math.cos(math.radians(place.lat))]) * EARTH_RADIUS_METRES
    plane: NDArray[np.float64] = np.radians(points - np.array([place.lat, place.lon])) * scale
    return plane
