"""Legs: drives between two places, their parts by what decided the speed, and notes on them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from routeplan.model.road_notes import RoadNote
from routeplan.roads.graph import SECONDS_PER_METRE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from routeplan.roads.edge_speed import EdgeSpeed, LimitingFactor
    from routeplan.roads.graph import RoadGraph

__all__ = ["Leg", "LegPart", "driven_parts", "road_notes", "summarize_parts"]

# Delays of a leg below this are not noted.
_NOTED_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LegPart:
    """A part of a leg with one reason for its speed.

    Seconds and metres are not rounded: those of all parts add up to the leg's before rounding.
    """

    road_class: str  # of its `SpeedProfile`; ``off_road`` between a place and the road
    surface: str = ""
    surface_assumed: bool = False
    paved: bool = False
    names: tuple[str, ...] = ()  # numbers or names of the roads, each once
    reason: str  # what decided the speed, or the delay
    limiting_factor: LimitingFactor | None = None  # the one that decided, if one did
    seconds: float
    metres: float

    @property
    def kmh(self) -> float:
        """The average speed; 0 at a barrier, which has no length."""
        return self.metres / self.seconds * SECONDS_PER_METRE if self.seconds else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Leg:
    """The drive from one place to another."""

    points: NDArray[np.float64]  # (n, 2), lat and lon, from place to place along the roads
    seconds: int  # as in the matrix of travel times, as the metres are
    metres: int
    parts: tuple[LegPart, ...]  # in the order of the drive
    segments: NDArray[np.int64]  # (k,), driven segments of the graph
    against: NDArray[np.bool_]  # (k,), whether against their way
    shares: NDArray[np.float64]  # (k,), driven share of each


def summarize_parts(leg: Leg) -> tuple[LegPart, ...]:
    """Add up the parts of a leg that are alike, in the order in which each is first met."""
    alike: dict[tuple[object, ...], list[LegPart]] = {}
    for part in leg.parts:
        key = (part.road_class, part.surface, part.surface_assumed, part.reason)
        alike.setdefault((*key, part.limiting_factor), []).append(part)
    return tuple(_sum_parts(parts) for parts in alike.values())


def road_notes(graph: RoadGraph, vehicle: str, leg: Leg) -> tuple[RoadNote, ...]:
    """Return what slows a leg by a minute or more, or opens a part of it."""
    number = graph.vehicle_index(vehicle)
    metres = graph.segment_metres[leg.segments] * leg.shares
    profiles = graph.segment_profile[leg.segments].tolist()
    # By limiting factor: metres, seconds now and on a dry day of each segment.
    costs: dict[LimitingFactor, list[tuple[float, float, float]]] = {}
    for profile, against, length in zip(
        profiles, leg.against.tolist(), metres.tolist(), strict=True
    ):
        now = graph.profiles[profile].speeds[number][against]
        dry = graph.profiles[profile].dry_speeds[number][against]
        if now.limiting_factor is not None and now != dry:
            dry_seconds = _seconds(dry, length) if dry.passes else math.inf
            segment = (length, _seconds(now, length), dry_seconds)
            costs.setdefault(now.limiting_factor, []).append(segment)
    notes = []
    for factor, segments in costs.items():
        length, seconds, dry_seconds = map(sum, zip(*segments, strict=True))
        if math.isinf(dry_seconds):
            notes.append(RoadNote(factor.code, factor.detail, length, seconds, None))
        elif seconds - dry_seconds >= _NOTED_SECONDS:
            notes.append(RoadNote(factor.code, factor.detail, length, seconds, dry_seconds))
    return tuple(notes)


def _seconds(speed: EdgeSpeed, metres: float) -> float:
    return (metres * (SECONDS_PER_METRE / speed.kmh) if speed.kmh else 0.0) + speed.seconds


def driven_parts(
    graph: RoadGraph,
    vehicle: int,
    segments: NDArray[np.int64],
    against: NDArray[np.intp],
    costs: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> Iterator[LegPart]:
    """Yield the parts of a drive over some segments; neighbours that are alike make one.

    Costs are the seconds and metres of each segment.
    """
    if not len(segments):
        return
    rows = np.stack((graph.segment_profile[segments], graph.segment_way[segments], against))
    starts = np.flatnonzero(np.append([True], (rows[:, 1:] != rows[:, :-1]).any(axis=0)))
    seconds, metres = (np.add.reduceat(cost, starts).tolist() for cost in costs)
    parts = []
    for (number, way, reverse), took, length in zip(
        rows[:, starts].T.tolist(), seconds, metres, strict=True
    ):
        profile, name = graph.profiles[number], graph.names[way]
        speed = profile.speeds[vehicle][reverse]
        part = LegPart(
            road_class=profile.road_class,
            surface=profile.surface,
            surface_assumed=profile.surface_assumed,
            paved=profile.paved,
            names=(name,) if name else (),
            reason=speed.reason,
            limiting_factor=speed.limiting_factor,
            seconds=took,
            metres=length,
        )
        parts.append(part)
    for _, alike in groupby(parts, key=lambda part: replace(part, seconds=0.0, metres=0.0)):
        yield _sum_parts(list(alike))


def _sum_parts(parts: Sequence[LegPart]) -> LegPart:
    return replace(
        parts[0],
        names=tuple(dict.fromkeys(name for part in parts for name in part.names)),
        seconds=sum(part.seconds for part in parts),
        metres=sum(part.metres for part in parts),
    )
