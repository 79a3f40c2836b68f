"""How the minutes of a leg came about: kilometres by class and surface, speeds and reasons."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from routeplan.roads.units import SECONDS_PER_METRE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from routeplan.roads.graph import RoadGraph
    from routeplan.roads.edge_speed import EdgeSpeed, LimitingFactor
    from routeplan.roads.trace import Leg, LegPart

__all__ = ["RoadNote", "road_notes", "summarize_parts"]

# What is less slower than this is not worth a word.
_NOTED_SECONDS = 60.0


def summarize_parts(leg: Leg) -> tuple[LegPart, ...]:
    """Add up the parts of a leg that are alike, in the order in which each is first met."""
    alike: dict[tuple[object, ...], list[LegPart]] = {}
    for part in leg.parts:
        key = (part.road_class, part.surface, part.surface_assumed, part.reason)
        alike.setdefault((*key, part.limiting_factor), []).append(part)
    return tuple(
        replace(
            parts[0],
            names=tuple(dict.fromkeys(name for part in parts for name in part.names)),
            metres=sum(part.metres for part in parts),
            seconds=sum(part.seconds for part in parts),
        )
        for parts in alike.values()
    )


@dataclass(frozen=True, slots=True)
class RoadNote:
    """What a season, a date or an override does to a leg, for those who drive it.

    Parameters
    ----------
    code, detail
        See `routeplan.roads.LimitingFactor`.
    metres, seconds
        Of the leg that it concerns.
    dry_seconds
        What the same would take on a dry day; None where one could not drive there at all.
    """

    code: str
    detail: str
    metres: float
    seconds: float
    dry_seconds: float | None


def road_notes(graph: RoadGraph, vehicle: str, leg: Leg) -> tuple[RoadNote, ...]:
    """Return what slows a leg by a minute or more, or opens a part of it."""
    found: dict[LimitingFactor, list[tuple[float, float, float | None]]] = {}
    number = graph.vehicle_index(vehicle)
    metres = graph.segment_metres[leg.segments] * leg.shares
    profiles = graph.segment_profile[leg.segments].tolist()
    for kind_number, against, length in zip(
        profiles, leg.against.tolist(), metres.tolist(), strict=True
    ):
        kind = graph.profiles[kind_number]
        now, dry = kind.speeds[number][against], kind.dry_speeds[number][against]
        if now.limiting_factor is not None and now != dry:
            before = _seconds(dry, length) if dry.passes else None
            found.setdefault(now.limiting_factor, []).append(
                (length, _seconds(now, length), before)
            )
    notes = (_note(limiting_factor, parts) for limiting_factor, parts in found.items())
    return tuple(
        note
        for note in notes
        if note.dry_seconds is None or note.seconds - note.dry_seconds >= _NOTED_SECONDS
    )


def _seconds(verdict: EdgeSpeed, metres: float) -> float:
    pace = SECONDS_PER_METRE / verdict.kmh if verdict.kmh else 0.0
    return metres * pace + verdict.seconds


def _note(
    limiting_factor: LimitingFactor, parts: Sequence[tuple[float, float, float | None]]
) -> RoadNote:
    dry = [before for _, _, before in parts if before is not None]
    return RoadNote(
        code=limiting_factor.code,
        detail=limiting_factor.detail,
        metres=sum(metres for metres, _, _ in parts),
        seconds=sum(now for _, now, _ in parts),
        dry_seconds=sum(dry) if len(dry) == len(parts) else None,
    )
