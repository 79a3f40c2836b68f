"""Tracing the way between two places back to a line, and to what decided its speed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.errors import RoadError
from routeplan.roads.network import join
from routeplan.roads.travel import metres_rounded, seconds_rounded_up
from routeplan.roads.units import MICROSECONDS, MILLIMETRES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from routeplan.model.road_notes import Snap
    from routeplan.roads.graph import RoadGraph
    from routeplan.roads.judge import Cause
    from routeplan.roads.network import Network

__all__ = ["Leg", "LegPart", "trace", "trace_legs"]


@dataclass(frozen=True, slots=True)
class LegPart:
    """A stretch of a leg on one road with one reason for its speed.

    Parameters
    ----------
    road_class, surface, surface_assumed
        See `routeplan.roads.judge.Kind`; the class is ``off_road`` between a place and the road.
    paved
        Whether the road counts as paved.
    name
        Number or name of the road, empty where it has none.
    reason
        What decided the speed, or the delay.
    cause
        Of a season, a date or an override, where that decided.
    seconds, metres
        Not rounded: those of all parts add up to the leg's before rounding.
    """

    road_class: str
    surface: str
    surface_assumed: bool
    paved: bool
    name: str
    reason: str
    cause: Cause | None
    seconds: float
    metres: float


@dataclass(frozen=True, slots=True, eq=False)
class Leg:
    """The way from one place to another.

    Parameters
    ----------
    points
        Shape (n, 2), lat and lon, from the one place along the roads to the other.
    seconds, metres
        As they stand in the matrix of travel times.
    parts
        In the order of the way.
    segments, against, shares
        Shape (k,), the segments of the graph that are driven, whether against their way, and how
        much of each.
    """

    points: NDArray[np.float64]
    seconds: int
    metres: int
    parts: tuple[LegPart, ...]
    segments: NDArray[np.int64]
    against: NDArray[np.bool_]
    shares: NDArray[np.float64]


def trace(graph: RoadGraph, vehicle: str, snaps: Sequence[Snap], start: int, end: int) -> Leg:
    """Trace the way between two places, given as their positions among the snaps.

    Raises
    ------
    RoadError
        Where there is no way.
    """
    return trace_legs(graph, vehicle, snaps, [(start, end)])[0]


def trace_legs(
    graph: RoadGraph, vehicle: str, snaps: Sequence[Snap], pairs: Iterable[tuple[int, int]]
) -> tuple[Leg, ...]:
    """Trace many legs; one search serves all that begin at the same place.

    Raises
    ------
    RoadError
        Where one of them has no way.
    """
    pairs = list(pairs)
    tracer = _Tracer(graph, vehicle, snaps)
    legs: dict[tuple[int, int], Leg] = {}
    for start in sorted({start for start, _ in pairs}):
        ends = {end for first, end in pairs if first == start}
        legs.update({(start, end): leg for end, leg in tracer.legs(start, ends).items()})
    return tuple(legs[pair] for pair in pairs)


class _Run(NamedTuple):
    """Driven segments in their order, and the points between them."""

    segments: NDArray[np.int64]
    against: NDArray[np.intp]  # 0 along the link, 1 against it
    shares: NDArray[np.float64]  # how much of each is driven
    points: NDArray[np.float64]


_NO_RUN = _Run(
    segments=np.empty(0, dtype=np.int64),
    against=np.empty(0, dtype=np.intp),
    shares=np.empty(0),
    points=np.empty((0, 2)),
)


class _Tracer:
    """The roads of one vehicle with places on them, ready to be traced."""

    def __init__(self, graph: RoadGraph, vehicle: str, snaps: Sequence[Snap]) -> None:
        self.graph = graph
        self.vehicle = graph.vehicle_index(vehicle)
        self.snaps = snaps
        self.network: Network = join(graph, vehicle, snaps)
        self.seconds = graph.segment_seconds(vehicle)

    def legs(self, start: int, ends: Iterable[int]) -> dict[int, Leg]:
        """Trace the ways from one place to some others."""
        if self.snaps[start].point is None:
            return {end: self._standing_still(start, end) for end in ends}
        ways = self.network.ways(self.network.place_node[[start]])
        return {
            end: self._standing_still(start, end)
            if end == start or self.snaps[end].point is None
            else self._leg(start, end, ways.microseconds[0], ways.predecessors[0])
            for end in ends
        }

    def _standing_still(self, start: int, end: int) -> Leg:
        if start != end:
            raise self._no_way(start, end)
        return Leg(
            points=_positions(self.snaps[start])[:1],
            seconds=0,
            metres=0,
            parts=(),
            segments=_NO_RUN.segments,
            against=_NO_RUN.against.astype(np.bool_),
            shares=_NO_RUN.shares,
        )

    def _no_way(self, start: int, end: int) -> RoadError:
        details = [one.detail for one in (self.snaps[start], self.snaps[end]) if one.detail]
        names = f"{self.snaps[start].place.name} to {self.snaps[end].place.name}"
        return RoadError(": ".join([f"there is no way from {names}", *details[:1]]))

    def _leg(
        self,
        start: int,
        end: int,
        microseconds: NDArray[np.float64],
        predecessors: NDArray[np.int32],
    ) -> Leg:
        network = self.network
        target = int(network.place_node[end])
        if not np.isfinite(microseconds[target]):
            raise self._no_way(start, end)
        nodes = _path(predecessors, target)
        edges = network.edges(nodes[:-1], nodes[1:])
        run = self._run(edges)
        ends = [start, end]
        taken = microseconds[[target]].astype(np.int64) + network.access_microseconds[ends].sum()
        length = network.millimetres[edges].sum() + network.access_millimetres[ends].sum()
        first, last = (self._off_road(one) for one in ends)
        points = np.concatenate(
            (_positions(self.snaps[start]), run.points, _positions(self.snaps[end])[::-1])
        )
        moved = np.ones(len(points), dtype=np.bool_)
        moved[1:] = (points[1:] != points[:-1]).any(axis=1)
        return Leg(
            points=points[moved],
            seconds=int(seconds_rounded_up(taken)[0]),
            metres=int(metres_rounded(np.array([length]))[0]),
            parts=(first, *self._parts(run), last),
            segments=run.segments,
            against=(run.against ^ self.graph.segment_flipped[run.segments]).astype(np.bool_),
            shares=run.shares,
        )

    def _run(self, edges: NDArray[np.int64]) -> _Run:
        network = self.network
        runs = [
            self._edge_run(int(network.link[edge]), network.begin[edge], network.end[edge])
            for edge in edges
        ]
        return _Run(*(np.concatenate(columns) for columns in zip(_NO_RUN, *runs, strict=True)))

    def _edge_run(self, link: int, begin: float, end: float) -> _Run:
        low, high = min(begin, end), max(begin, end)
        steps = np.arange(math.floor(low), math.ceil(high))
        shares = np.minimum(high, steps + 1) - np.maximum(low, steps)
        offset, after = self.graph.offsets[link], self.graph.offsets[link + 1]
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

    def _parts(self, run: _Run) -> Iterator[LegPart]:
        graph = self.graph
        if not len(run.segments):
            return
        kind, way = graph.segment_kind[run.segments], graph.segment_way[run.segments]
        against = run.against ^ graph.segment_flipped[run.segments]
        seconds = run.shares * self.seconds[run.against, run.segments]
        metres = run.shares * graph.segment_metres[run.segments]
        rows = np.stack((kind, way, against))
        starts = np.flatnonzero(np.append([True], (rows[:, 1:] != rows[:, :-1]).any(axis=0)))
        stretches = (
            self._part(*rows[:, first].tolist(), seconds=took, metres=length)
            for first, took, length in zip(
                starts,
                np.add.reduceat(seconds, starts).tolist(),
                np.add.reduceat(metres, starts).tolist(),
                strict=True,
            )
        )
        for _, same in groupby(stretches, key=lambda part: replace(part, seconds=0.0, metres=0.0)):
            alike = list(same)
            yield replace(
                alike[0],
                seconds=sum(part.seconds for part in alike),
                metres=sum(part.metres for part in alike),
            )

    def _part(
        self, kind_number: int, way: int, against: int, *, seconds: float, metres: float
    ) -> LegPart:
        kind = self.graph.kinds[kind_number]
        verdict = kind.verdicts[self.vehicle][against]
        return LegPart(
            road_class=kind.road_class,
            surface=kind.surface,
            surface_assumed=kind.surface_assumed,
            paved=kind.paved,
            name=self.graph.names[way],
            reason=verdict.reason,
            cause=verdict.cause,
            seconds=seconds,
            metres=metres,
        )

    def _off_road(self, place: int) -> LegPart:
        return LegPart(
            road_class="off_road",
            surface="",
            surface_assumed=False,
            paved=False,
            name="",
            reason=f"off the road: {self.graph.off_road_kmh[self.vehicle]:g} km/h",
            cause=None,
            seconds=int(self.network.access_microseconds[place]) / MICROSECONDS,
            metres=int(self.network.access_millimetres[place]) / MILLIMETRES,
        )


def _path(predecessors: NDArray[np.int32], target: int) -> NDArray[np.int64]:
    """Return the nodes from the source of a tree of shortest ways to a target."""
    nodes = [target]
    while predecessors[nodes[-1]] >= 0:
        nodes.append(int(predecessors[nodes[-1]]))
    return np.array(nodes[::-1], dtype=np.int64)


def _positions(one: Snap) -> NDArray[np.float64]:
    """Return a place and its point on the road, as lat, lon."""
    at = [(one.place.lat, one.place.lon)]
    return np.array(at if one.point is None else [*at, (one.point.lat, one.point.lon)])
