"""Placing villages on the roads: the nearest point on a road that leads there and back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely

from routeplan.roads.graph import EARTH_RADIUS_METRES
from routeplan.roads.parts import Connectivity, find_components

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from routeplan.model.problem import Place
    from routeplan.roads.graph import RoadGraph

__all__ = ["RoadPoint", "Snap", "SnapFailure", "snap"]

# A nearer road that cannot be used is worth a word where the used one is so much farther.
_NOTED_METRES = 100.0


class SnapFailure(StrEnum):
    """Why a place is not on the roads."""

    TOO_FAR = "too_far"
    """No road at all within the limit."""
    ISLAND = "island"
    """The roads within the limit are joined to no others."""
    TRAP_IN = "trap_in"
    """One-way roads lead there, and none back."""
    TRAP_OUT = "trap_out"
    """One-way roads lead away, and none there."""
    CLOSED = "closed"
    """The vehicle does not pass the roads within the limit."""


_TROUBLES = {
    Connectivity.ISLAND: (SnapFailure.ISLAND, "is joined to no other road"),
    Connectivity.TRAP_IN: (SnapFailure.TRAP_IN, "can be driven to, but there is no way back"),
    Connectivity.TRAP_OUT: (SnapFailure.TRAP_OUT, "can be left, but there is no way to it"),
    Connectivity.CLOSED: (SnapFailure.CLOSED, "is closed"),
}


@dataclass(frozen=True, slots=True)
class RoadPoint:
    """A point on a road.

    Parameters
    ----------
    edge
        Which link of the graph it is on.
    along
        Where on it, counted in segments from its first point: 2.25 is a quarter into the third.
    lat, lon
        WGS 84, degrees.
    """

    edge: int
    along: float
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Snap:
    """A place and its point on the roads that lead there and back.

    Parameters
    ----------
    place
        The place.
    metres
        From the place to the nearest such road, also where that is too far; None where there is no
        such road at all.
    point
        Where on the road, None where it is too far.
    trouble
        Why there is no point, None where there is one.
    detail
        The same in words, with distances; empty where there is a point.
    note
        Of a place that has its point: which nearer road cannot be used, and why; mostly empty.
    """

    place: Place
    metres: float | None
    point: RoadPoint | None
    trouble: SnapFailure | None = None
    detail: str = ""
    note: str = ""

    @property
    def found(self) -> bool:
        """Whether the place is on the roads."""
        return self.point is not None


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
        self.standing = find_components(graph, vehicle).standing
        edge_of_point = np.repeat(np.arange(graph.edge_count), np.diff(graph.offsets))
        lines = shapely.linestrings(graph.points[:, ::-1], indices=edge_of_point)
        self.tree = shapely.STRtree(np.asarray(lines))

    def snap(self, place: Place) -> Snap:
        around = self.tree.query(_box(place, self.limit_metres))
        is_main = self.standing[around] == Connectivity.MAIN
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
        main = _nearest(self.graph, place, np.flatnonzero(self.standing == Connectivity.MAIN))
        trouble = SnapFailure.TOO_FAR if other is None else self._trouble(other)[0]
        limiting_factor = "no road lies within the limit" if other is None else self._cause(other)
        beyond = (
            f"no road leads there and back by {self.vehicle}"
            if main is None
            else f"the nearest road that leads there and back by {self.vehicle} is "
            f"{main.metres:,.0f} m away, the limit is {self.limit_metres:,.0f} m"
        )
        metres = None if main is None else main.metres
        return Snap(place, metres, None, trouble=trouble, detail=f"{limiting_factor}; {beyond}")

    def _trouble(self, near: _Near) -> tuple[SnapFailure, str]:
        return _TROUBLES[Connectivity(self.standing[near.point.edge])]

    def _cause(self, near: _Near) -> str:
        """Say what is wrong with a road that cannot be used."""
        trouble, words = self._trouble(near)
        if trouble is SnapFailure.CLOSED:
            kind = self.graph.profiles[
                self.graph.segment_profile[self.graph.offsets[near.point.edge]]
            ]
            along, _ = kind.speeds[self.graph.vehicle_index(self.vehicle)]
            words = f"{words} to {self.vehicle} ({along.reason})"
        return f"the road {near.metres:,.0f} m away {words}"


def _box(place: Place, metres: float) -> shapely.Polygon:
    """Return a box of degrees that holds all points within some metres."""
    high = math.degrees(metres / EARTH_RADIUS_METRES) * 1.01
    wide = high / max(math.cos(math.radians(place.lat)), 1e-3)
    return shapely.box(place.lon - wide, place.lat - high, place.lon + wide, place.lat + high)


def _nearest(graph: RoadGraph, place: Place, edges: NDArray[np.int64]) -> _Near | None:
    """Return the nearest point on some links; None where there is none."""
    if not len(edges):
        return None
    sizes = graph.offsets[edges + 1] - graph.offsets[edges] - 1
    step = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    segment = np.repeat(graph.offsets[edges], sizes) + step
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
    edge = int(np.searchsorted(graph.offsets, at, side="right")) - 1
    lat, lon = graph.points[at] + part * (graph.points[at + 1] - graph.points[at])
    along = at - int(graph.offsets[edge]) + part
    return _Near(float(metres[best]), RoadPoint(edge, along, float(lat), float(lon)))


def _plane(place: Place, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return metres north and east of a place, shape (n, 2), of points as lat, lon."""
    scale = np.array([1.0, math.cos(math.radians(place.lat))]) * EARTH_RADIUS_METRES
    plane: NDArray[np.float64] = np.radians(points - np.array([place.lat, place.lon])) * scale
    return plane
