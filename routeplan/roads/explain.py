"""How the minutes of a leg came about: kilometres by class and surface, speeds and reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from routeplan.model.road_notes import RoadNote
from routeplan.roads.units import SECONDS_PER_METRE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from routeplan.roads.graph import RoadGraph
    from routeplan.roads.judge import Cause, Verdict
    from routeplan.roads.trace import Leg, LegPart

__all__ = ["Stretch", "notes_of", "stretches_of"]

# What is less slower than this is not worth a word.
_NOTED_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """All of a leg that is of one class and surface and as fast for one reason.

    Parameters
    ----------
    road_class, surface, surface_assumed, reason, cause
        See `routeplan.roads.LegPart`.
    names
        Of the roads, each once, in the order of the leg.
    metres, seconds
        Not rounded.
    """

    road_class: str
    surface: str
    surface_assumed: bool
    reason: str
    cause: Cause | None
    names: tuple[str, ...]
    metres: float
    seconds: float

    @property
    def kmh(self) -> float:
        """The speed that is assumed; 0 at a barrier, which has no length."""
        return self.metres / self.seconds * SECONDS_PER_METRE if self.seconds else 0.0


def stretches_of(leg: Leg) -> tuple[Stretch, ...]:
    """Add up the parts of a leg that are alike, in the order in which each is first met."""
    alike: dict[tuple[object, ...], list[LegPart]] = {}
    for part in leg.parts:
        key = (part.road_class, part.surface, part.surface_assumed, part.reason, part.cause)
        alike.setdefault(key, []).append(part)
    return tuple(_stretch(parts) for parts in alike.values())


def _stretch(parts: Sequence[LegPart]) -> Stretch:
    first = parts[0]
    return Stretch(
        road_class=first.road_class,
        surface=first.surface,
        surface_assumed=first.surface_assumed,
        reason=first.reason,
        cause=first.cause,
        names=tuple(dict.fromkeys(part.name for part in parts if part.name)),
        metres=sum(part.metres for part in parts),
        seconds=sum(part.seconds for part in parts),
    )


def notes_of(graph: RoadGraph, vehicle: str, leg: Leg) -> tuple[RoadNote, ...]:
    """Return what slows a leg by a minute or more, or opens a part of it."""
    found: dict[Cause, list[tuple[float, float, float | None]]] = {}
    number = graph.vehicle_index(vehicle)
    metres = graph.segment_metres[leg.segments] * leg.shares
    kinds = graph.segment_kind[leg.segments].tolist()
    for kind_number, against, length in zip(
        kinds, leg.against.tolist(), metres.tolist(), strict=True
    ):
        kind = graph.kinds[kind_number]
        now, dry = kind.verdicts[number][against], kind.otherwise[number][against]
        if now.cause is not None and now != dry:
            before = _seconds(dry, length) if dry.passes else None
            found.setdefault(now.cause, []).append((length, _seconds(now, length), before))
    notes = (_note(cause, parts) for cause, parts in found.items())
    return tuple(
        note
        for note in notes
        if note.dry_seconds is None or note.seconds - note.dry_seconds >= _NOTED_SECONDS
    )


def _seconds(verdict: Verdict, metres: float) -> float:
    pace = SECONDS_PER_METRE / verdict.kmh if verdict.kmh else 0.0
    return metres * pace + verdict.seconds


def _note(cause: Cause, parts: Sequence[tuple[float, float, float | None]]) -> RoadNote:
    dry = [before for _, _, before in parts if before is not None]
    return RoadNote(
        code=cause.code,
        detail=cause.detail,
        metres=sum(metres for metres, _, _ in parts),
        seconds=sum(now for _, now, _ in parts),
        dry_seconds=sum(dry) if len(dry) == len(parts) else None,
    )
