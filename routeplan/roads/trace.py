"""Tracing: the fastest paths between places, as legs along the roads."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.errors import RoadError
from routeplan.roads.graph import MICROSECONDS, MILLIMETRES
from routeplan.roads.legs import Leg, LegPart, driven_parts
from routeplan.roads.travel import build_network, metres_rounded, seconds_rounded_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from routeplan.model.road_notes import Snap
    from routeplan.roads.graph import RoadGraph
    from routeplan.roads.travel import ShortestPaths

__all__ = ["trace_legs"]


def trace_legs(
    graph: RoadGraph, vehicle: str, snaps: Sequence[Snap], pairs: Iterable[tuple[int, int]]
) -> tuple[Leg, ...]:
    """Trace legs between places, given as their positions among the snaps.

    Raises
    ------
    RoadError
        Where one of them has no way.
    """
    pairs = list(pairs)
    tracer = _Tracer(graph, vehicle, snaps)
    legs: dict[tuple[int, int], Leg] = {}
    # One search serves all legs that begin at the same place.
    for start in sorted({start for start, _ in pairs}):
        node = tracer.network.place_node[[start]]
        paths = None if node < 0 else tracer.network.shortest_paths(node)
        ends = {end for first, end in pairs if first == start}
        legs |= {(start, end): tracer.leg(start, end, paths) for end in ends}
    return tuple(legs[pair] for pair in pairs)


class _Run(NamedTuple):
    """Driven segments in their order, and the points between them."""

    segments: NDArray[np.int64]
    against: NDArray[np.intp]  # 0 along the edge, 1 against it
    shares: NDArray[np.float64]
    points: NDArray[np.float64]


_EMPTY = _Run(
    np.empty(0, dtype=np.int64), np.empty(0, dtype=np.intp), np.empty(0), np.empty((0, 2))
)


class _Tracer:
    """The network of one vehicle, and the legs on it."""

    def __init__(self, graph: RoadGraph, vehicle: str, snaps: Sequence[Snap]) -> None:
        self.graph = graph
        self.vehicle = graph.vehicle_index(vehicle)
        self.snaps = snaps
        self.seconds = graph.segment_seconds(vehicle)
        self.network = build_network(graph, vehicle, snaps)

    def leg(self, start: int, end: int, paths: ShortestPaths | None) -> Leg:
        """Return the leg from one place to another, by the paths from the one."""
        if start == end:
            points = _positions(self.snaps[start])[:1]
            return Leg(points, 0, 0, (), _EMPTY.segments, _EMPTY.against > 0, _EMPTY.shares)
        network, target = self.network, int(self.network.place_node[end])
        if paths is None or target < 0 or not np.isfinite(paths.microseconds[0, target]):
            origin, destination = self.snaps[start], self.snaps[end]
            message = f"there is no way from {origin.place.name} to {destination.place.name}"
            detail = origin.detail or destination.detail
            raise RoadError(f"{message}: {detail}" if detail else message)
        microseconds, predecessors = paths.microseconds[0], paths.predecessors[0]
        path = [target]
        while predecessors[path[-1]] >= 0:
            path.append(int(predecessors[path[-1]]))
        nodes = np.array(path[::-1], dtype=np.int64)
        arcs = network.arcs(nodes[:-1], nodes[1:])
        runs = [self._arc_run(arc) for arc in arcs.tolist()]
        run = _Run(*map(np.concatenate, zip(_EMPTY, *runs, strict=True)))
        ends = [start, end]
        taken = microseconds[[target]].astype(np.int64) + network.access_microseconds[ends].sum()
        length = network.millimetres[arcs].sum() + network.access_millimetres[ends].sum()
        first, last = (self._off_road(place) for place in ends)
        against = run.against ^ self.graph.segment_flipped[run.segments]
        costs = (
            run.shares * self.seconds[run.against, run.segments],
            run.shares * self.graph.segment_metres[run.segments],
        )
        parts = driven_parts(self.graph, self.vehicle, run.segments, against, costs)
        points = np.concatenate(
            (_positions(self.snaps[start]), run.points, _positions(self.snaps[end])[::-1])
        )
        moved = np.ones(len(points), dtype=np.bool_)
        moved[1:] = (points[1:] != points[:-1]).any(axis=1)
        return Leg(
            points=points[moved],
            seconds=int(seconds_rounded_up(taken)[0]),
            metres=int(metres_rounded(np.array([length]))[0]),
            parts=(first, *parts, last),
            segments=run.segments,
            against=against > 0,
            shares=run.shares,
        )

    def _arc_run(self, arc: int) -> _Run:
        begin, end = self.network.begin[arc], self.network.end[arc]
        edge = int(self.network.edge[arc])
        low, high = min(begin, end), max(begin, end)
        steps = np.arange(math.floor(low), math.ceil(high))
        shares = np.minimum(high, steps + 1) - np.maximum(low, steps)
        offset, after = self.graph.offsets[edge], self.graph.offsets[edge + 1]
        at = np.concatenate(([low], steps[1:], [high]))
        line = self.graph.points[offset:after]
        points = np.column_stack([np.interp(at, np.arange(len(line)), axis) for axis in line.T])
        against = begin > end
        order = slice(None, None, -1 if against else 1)
        return _Run(
            segments=offset + steps[order],
            against=np.full(len(steps), int(against)),
            shares=shares[order],
            points=points[order],
        )

    def _off_road(self, place: int) -> LegPart:
        return LegPart(
            road_class="off_road",
            reason=f"off the road: {self.graph.off_road_kmh[self.vehicle]:g} km/h",
            seconds=int(self.network.access_microseconds[place]) / MICROSECONDS,
            metres=int(self.network.access_millimetres[place]) / MILLIMETRES,
        )


def _positions(snap: Snap) -> NDArray[np.float64]:
    """Return a place and its point on the road, as lat, lon."""
    at = [(snap.place.lat, snap.place.lon)]
    return np.array(at if snap.point is None else [*at, (snap.point.lat, snap.point.lon)])
