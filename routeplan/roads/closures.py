"""Roads that are not taken because they are closed or slow on the plan's days, and why."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.model.road_notes import ClosedRoad, Detour
from routeplan.roads.snap import snap
from routeplan.roads.trace import trace_legs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from routeplan.model.problem import TravelTimes
    from routeplan.model.road_notes import Snap
    from routeplan.roads.graph import RoadGraph
    from routeplan.roads.judge import Cause
    from routeplan.roads.trace import Leg

__all__ = ["roads_not_taken"]

# Which way round is worth a word, in seconds.
_NOTED_SECONDS = 600
# A road that is still this fast, against a dry day, is not what a detour comes from.
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

    Parameters
    ----------
    graph, vehicle, snaps, limit_metres
        As for `routeplan.roads.snap` and `travel_times`.
    times
        Between the places of the snaps, on this graph.
    pairs
        Positions of places between which it is asked.

    Returns
    -------
    tuple of ClosedRoad
        Those that lengthen a drive by ten minutes or more, or leave no way; the longest first.
    """
    if all(kind.verdicts == kind.otherwise for kind in graph.kinds):
        return ()
    dry = graph.on_a_dry_day()
    dry_snaps = snap(dry, vehicle, [one.place for one in snaps], limit_metres)
    asked = [
        (start, end)
        for start, end in pairs
        if start != end and dry_snaps[start].found and dry_snaps[end].found
    ]
    dry_legs = dict(zip(asked, trace_legs(dry, vehicle, dry_snaps, asked), strict=True))
    longer = [
        pair
        for pair, leg in dry_legs.items()
        if times.reachable[pair] and int(times.seconds[pair]) - leg.seconds >= _NOTED_SECONDS
    ]
    driven = dict(zip(longer, trace_legs(graph, vehicle, snaps, longer), strict=True))
    runs: list[_Run] = []
    for pair, leg in dry_legs.items():
        start, end = (snaps[place].place.id for place in pair)
        if pair in driven:
            detour = Detour(start, end, driven[pair].seconds, leg.seconds)
            # What is driven all the same is slow, but taken.
            taken = frozenset(driven[pair].segments.tolist())
            runs += _hindered(graph, vehicle, leg, detour, taken)
        elif not times.reachable[pair]:
            runs += _hindered(graph, vehicle, leg, Detour(start, end, None, leg.seconds))
    found = [_road(graph, vehicle, alike) for alike in _joined(runs)]
    return tuple(sorted(found, key=lambda road: (-road.metres, road.name)))


class _Look(NamedTuple):
    """What stretches of one road have in common."""

    name: str
    road_class: str
    cause: Cause
    closed: bool


class _Run(NamedTuple):
    """Segments in a row that are closed or slow, and the drive that would take them."""

    look: _Look
    kmh: float
    segments: tuple[int, ...]
    detour: Detour


def _hindered(
    graph: RoadGraph,
    vehicle: str,
    leg: Leg,
    detour: Detour,
    taken: frozenset[int] = frozenset(),
) -> Iterator[_Run]:
    """Yield the stretches of a dry day's leg that are closed now, or slow and not taken."""
    number = graph.vehicle_index(vehicle)
    steps = [
        (segment, *_look(graph, number, segment, against=against))
        for segment, against in zip(leg.segments.tolist(), leg.against.tolist(), strict=True)
        if segment not in taken
    ]
    for look, group in groupby(steps, key=lambda step: step[1]):
        same = list(group)
        # Where there is no way at all, it is what is closed that matters.
        if look is not None and (look.closed or detour.seconds is not None):
            slowest = min(kmh for _, _, kmh in same)
            yield _Run(look, slowest, tuple(segment for segment, _, _ in same), detour)


def _look(
    graph: RoadGraph, vehicle: int, segment: int, *, against: bool
) -> tuple[_Look | None, float]:
    """Return what is closed or slow of a segment, None where nothing is, and its speed now."""
    kind = graph.kinds[graph.segment_kind[segment]]
    now, dry = kind.verdicts[vehicle][against], kind.otherwise[vehicle][against]
    if now.cause is None or (now.passes and now.kmh >= _STILL_FAST * dry.kmh):
        return None, now.kmh
    name = graph.names[graph.segment_way[segment]]
    return _Look(name, kind.road_class, now.cause, not now.passes), now.kmh


def _joined(runs: Sequence[_Run]) -> list[list[_Run]]:
    """Put runs together that look alike and share a segment, also by way of other runs."""
    leader = list(range(len(runs)))

    def find(number: int) -> int:
        while leader[number] != number:
            leader[number] = leader[leader[number]]
            number = leader[number]
        return number

    first: dict[tuple[_Look, int], int] = {}
    for number, run in enumerate(runs):
        for segment in run.segments:
            leader[find(number)] = find(first.setdefault((run.look, segment), number))
    groups: dict[int, list[_Run]] = {}
    for number, run in enumerate(runs):
        groups.setdefault(find(number), []).append(run)
    return list(groups.values())


def _road(graph: RoadGraph, vehicle: str, runs: Sequence[_Run]) -> ClosedRoad:
    look = runs[0].look
    segments = np.array(sorted({segment for run in runs for segment in run.segments}))
    starts = np.flatnonzero(np.diff(segments, prepend=-2) > 1)
    lines = [graph.points[part[0] : part[-1] + 2] for part in np.split(segments, starts[1:])]
    return ClosedRoad(
        name=look.name,
        road_class=look.road_class,
        vehicle=vehicle,
        code=look.cause.code,
        detail=look.cause.detail,
        kmh=min(run.kmh for run in runs),
        metres=float(graph.segment_metres[segments].sum()),
        lines=tuple(lines),
        detours=tuple(dict.fromkeys(run.detour for run in runs)),
    )
