"""Closures: roads not taken because they are closed or slow on the plan's days, and why."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from routeplan.model.road_notes import ClosedRoad, Detour
from routeplan.roads.snap import snap
from routeplan.roads.trace import trace_legs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from routeplan.model.problem import TravelTimes
    from routeplan.model.road_notes import Snap
    from routeplan.roads.edge_speed import LimitingFactor
    from routeplan.roads.graph import RoadGraph
    from routeplan.roads.legs import Leg

__all__ = ["roads_not_taken"]

_NOTED_SECONDS = 600  # of a detour, at least
_STILL_FAST = 0.7  # share of its dry speed with which a road explains no detour


def roads_not_taken(
    graph: RoadGraph,
    vehicle: str,
    snaps: Sequence[Snap],
    times: TravelTimes,
    pairs: Iterable[tuple[int, int]],
    *,
    limit_metres: float = 2000.0,
) -> tuple[ClosedRoad, ...]:
    """Find the roads that would be driven on a dry day and are closed or slow now.

    Those that lengthen a drive by ten minutes or more, or leave no way; the longest first.

    Parameters
    ----------
    graph, vehicle, snaps, times, limit_metres
        As for `routeplan.roads.snap` and `travel_times`.
    pairs
        Origins and destinations, as positions among the snaps.
    """
    if all(profile.speeds == profile.dry_speeds for profile in graph.profiles):
        return ()
    dry = graph.on_a_dry_day()
    dry_snaps = snap(dry, vehicle, [one.place for one in snaps], limit_metres)
    found = [one.found for one in dry_snaps]
    connected = [(a, b) for a, b in pairs if a != b and found[a] and found[b]]
    dry_legs = dict(zip(connected, trace_legs(dry, vehicle, dry_snaps, connected), strict=True))
    longer = [
        pair
        for pair, leg in dry_legs.items()
        if times.reachable[pair] and int(times.seconds[pair]) - leg.seconds >= _NOTED_SECONDS
    ]
    driven = dict(zip(longer, trace_legs(graph, vehicle, snaps, longer), strict=True))
    runs: list[_Run] = []
    for pair, dry_leg in dry_legs.items():
        if pair in driven or not times.reachable[pair]:
            start, end = (snaps[place].place.id for place in pair)
            runs += _hindered_runs(graph, vehicle, dry_leg, driven.get(pair), start, end)
    roads = [_closed_road(graph, vehicle, group) for group in (_connected(runs) if runs else ())]
    return tuple(sorted(roads, key=lambda road: (-road.metres, road.name)))


class _Hindrance(NamedTuple):
    """Why a road is closed or slow."""

    name: str
    road_class: str
    factor: LimitingFactor
    closed: bool


class _Run(NamedTuple):
    """Consecutive segments that are closed or slow, and the detour around them."""

    hindrance: _Hindrance
    kmh: float
    segments: tuple[int, ...]
    detour: Detour


def _hindered_runs(
    graph: RoadGraph, vehicle: str, dry_leg: Leg, leg: Leg | None, start: str, end: str
) -> Iterator[_Run]:
    """Yield the runs of a dry day's leg that are closed now, or slow and not driven."""
    number = graph.vehicle_index(vehicle)
    detour = Detour(start, end, None if leg is None else leg.seconds, dry_leg.seconds)
    driven = set() if leg is None else set(leg.segments.tolist())
    steps = zip(dry_leg.segments.tolist(), dry_leg.against.tolist(), strict=True)
    left = [(segment, against) for segment, against in steps if segment not in driven]
    slowed = ((one, *_hindrance(graph, number, one, against=back)) for one, back in left)
    for hindrance, group in groupby(slowed, key=lambda step: step[1]):
        # Where there is no way at all, only closed roads explain it.
        if hindrance is not None and (hindrance.closed or leg is not None):
            segments, _, kmh = zip(*group, strict=True)
            yield _Run(hindrance, min(kmh), segments, detour)


def _hindrance(
    graph: RoadGraph, vehicle: int, segment: int, *, against: bool
) -> tuple[_Hindrance | None, float]:
    """Return why a segment is closed or slow, None where it is not, and its speed now."""
    profile = graph.profiles[graph.segment_profile[segment]]
    now, dry = profile.speeds[vehicle][against], profile.dry_speeds[vehicle][against]
    if now.limiting_factor is None or (now.passes and now.kmh >= _STILL_FAST * dry.kmh):
        return None, now.kmh
    name = graph.names[graph.segment_way[segment]]
    return _Hindrance(name, profile.road_class, now.limiting_factor, not now.passes), now.kmh


def _connected(runs: Sequence[_Run]) -> list[list[_Run]]:
    """Group runs with the same hindrance that share a segment, also by way of other runs."""
    first: dict[tuple[_Hindrance, int], int] = {}
    pairs = [
        (number, first.setdefault((run.hindrance, segment), number))
        for number, run in enumerate(runs)
        for segment in run.segments
    ]
    adjacency = coo_array((np.ones(len(pairs)), np.array(pairs).T), shape=(len(runs), len(runs)))
    groups: dict[int, list[_Run]] = {}
    for label, run in zip(connected_components(adjacency)[1].tolist(), runs, strict=True):
        groups.setdefault(label, []).append(run)
    return list(groups.values())


def _closed_road(graph: RoadGraph, vehicle: str, runs: Sequence[_Run]) -> ClosedRoad:
    hindrance = runs[0].hindrance
    segments = np.array(sorted({segment for run in runs for segment in run.segments}))
    parts = np.split(segments, np.flatnonzero(np.diff(segments) > 1) + 1)
    return ClosedRoad(
        name=hindrance.name,
        road_class=hindrance.road_class,
        vehicle=vehicle,
        code=hindrance.factor.code,
        detail=hindrance.factor.detail,
        kmh=min(run.kmh for run in runs),
        metres=float(graph.segment_metres[segments].sum()),
        lines=tuple(graph.points[part[0] : part[-1] + 2] for part in parts),
        detours=tuple(dict.fromkeys(run.detour for run in runs)),
    )
