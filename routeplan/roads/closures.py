"""Closures: roads not taken because they are closed or slow on the plan's days, and why."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from routeplan.model.road_notes import ClosedRoad, Detour
from routeplan.roads.legs import trace_legs
from routeplan.roads.snap import snap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from routeplan.model.problem import TravelTimes
    from routeplan.model.road_notes import Snap
    from routeplan.roads.edge_speed import LimitingFactor
    from routeplan.roads.graph import RoadGraph
    from routeplan.roads.legs import Leg

__all__ = ["roads_not_taken"]

# Detours of at least so many seconds are noted.
_NOTED_SECONDS = 600
# A road that keeps this share of its dry speed does not explain a detour.
_STILL_FAST = 0.7


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
    connected = [
        (start, end)
        for start, end in pairs
        if start != end and dry_snaps[start].found and dry_snaps[end].found
    ]
    dry_legs = dict(zip(connected, trace_legs(dry, vehicle, dry_snaps, connected), strict=True))
    runs: list[_Run] = []
    for dry_leg, detour, taken in _detours(graph, vehicle, snaps, times, dry_legs):
        runs += _hindered_runs(graph, vehicle, dry_leg, detour, taken)
    found = [_closed_road(graph, vehicle, group) for group in _connected(runs)]
    return tuple(sorted(found, key=lambda road: (-road.metres, road.name)))


def _detours(
    graph: RoadGraph,
    vehicle: str,
    snaps: Sequence[Snap],
    times: TravelTimes,
    dry_legs: Mapping[tuple[int, int], Leg],
) -> Iterator[tuple[Leg, Detour, set[int]]]:
    """Yield each dry leg that is much longer now or has no way, and the segments driven now."""
    longer = [
        pair
        for pair, leg in dry_legs.items()
        if times.reachable[pair] and int(times.seconds[pair]) - leg.seconds >= _NOTED_SECONDS
    ]
    driven = dict(zip(longer, trace_legs(graph, vehicle, snaps, longer), strict=True))
    for pair, dry_leg in dry_legs.items():
        start, end = (snaps[place].place.id for place in pair)
        leg = driven.get(pair)
        if leg is not None:
            detour = Detour(start, end, leg.seconds, dry_leg.seconds)
            yield dry_leg, detour, set(leg.segments.tolist())
        elif not times.reachable[pair]:
            yield dry_leg, Detour(start, end, None, dry_leg.seconds), set()


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
    graph: RoadGraph, vehicle: str, leg: Leg, detour: Detour, taken: set[int]
) -> Iterator[_Run]:
    """Yield the runs of a dry day's leg that are closed now, or slow and not taken."""
    number = graph.vehicle_index(vehicle)
    steps = [
        (segment, *_hindrance(graph, number, segment, against=against))
        for segment, against in zip(leg.segments.tolist(), leg.against.tolist(), strict=True)
        if segment not in taken
    ]
    for hindrance, group in groupby(steps, key=lambda step: step[1]):
        same = list(group)
        # Where there is no way at all, only closed roads explain it.
        if hindrance is not None and (hindrance.closed or detour.seconds is not None):
            kmh = min(kmh for _, _, kmh in same)
            yield _Run(hindrance, kmh, tuple(segment for segment, _, _ in same), detour)


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
    if not runs:
        return []
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
    starts = np.flatnonzero(np.diff(segments, prepend=-2) > 1)
    lines = [graph.points[part[0] : part[-1] + 2] for part in np.split(segments, starts[1:])]
    return ClosedRoad(
        name=hindrance.name,
        road_class=hindrance.road_class,
        vehicle=vehicle,
        code=hindrance.factor.code,
        detail=hindrance.factor.detail,
        kmh=min(run.kmh for run in runs),
        metres=float(graph.segment_metres[segments].sum()),
        lines=tuple(lines),
        detours=tuple(dict.fromkeys(run.detour for run in runs)),
    )
