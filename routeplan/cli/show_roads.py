"""How answers about roads are shown."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from routeplan.cli.console import Terminal
from routeplan.cli.show import make_table
from routeplan.cli.terminal import write_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from routeplan.roads import ClosedRoad, LegPart, RoadGraph, SpeedCorrection
    from routeplan.workflow.legs import ExplainedLeg

__all__ = ["explained", "learned"]


def explained(
    graph: RoadGraph, found: Sequence[ExplainedLeg], remarks: Sequence[str], *, as_json: bool
) -> None:
    """Show how the minutes of legs came about."""
    if as_json:
        write_json({"remarks": remarks, "legs": [_values(graph, one) for one in found]})
        return
    shown = Terminal()
    for one in found:
        _show(shown, graph, one)
    for remark in remarks:
        shown.print(remark, highlight=False)


def _show(shown: Terminal, graph: RoadGraph, one: ExplainedLeg) -> None:
    from routeplan.roads import road_notes, summarize_parts  # noqa: PLC0415

    title = f"{one.start.name} to {one.end.name} by {one.vehicle}"
    if one.leg is None:
        shown.print(f"{title}: no way", style="bold", highlight=False)
        shown.print(one.trouble, highlight=False)
    else:
        total = f"{one.leg.metres / 1000:.1f} km in {-(-one.leg.seconds // 60)} min"
        rows = make_table(f"{title}: {total}", "class", "surface", "km", "km/h", "min", "why")
        for part in summarize_parts(one.leg):
            surface = f"{part.surface} (assumed)" if part.surface_assumed else part.surface
            rows.add_row(
                part.road_class or "barrier",
                surface,
                f"{part.metres / 1000:.1f}",
                f"{part.kmh:.0f}" if part.metres else "",
                f"{part.seconds / 60:.1f}",
                part.reason,
            )
        shown.print(rows)
        for note in road_notes(graph, one.vehicle, one.leg):
            dry = note.dry_seconds
            than = "closed else" if dry is None else f"{dry / 60:.0f} min on a dry day"
            text = f"{note.metres / 1000:.1f} km in {note.seconds / 60:.0f} min, {than}"
            shown.print(f"  {note.code} {note.detail}: {text}", highlight=False)
    for road in one.not_taken:
        shown.print(f"not taken: {_road_text(road)}", highlight=False)


def _road_text(road: ClosedRoad) -> str:
    name = road.name or f"{road.road_class} without a name"
    state = f"only {road.kmh:.0f} km/h" if road.kmh else "closed"
    why = f"{road.code} {road.detail}"
    (way,) = road.detours
    if way.seconds is None:
        after = "and there is no other way"
    else:
        after = f"the way is {(way.seconds - way.dry_seconds) / 60:.0f} min longer"
    return f"{name}, {road.metres / 1000:.1f} km, {state} ({why}); {after}"


def _values(graph: RoadGraph, one: ExplainedLeg) -> dict[str, Any]:
    from routeplan.roads import road_notes, summarize_parts  # noqa: PLC0415

    leg = one.leg
    return {
        "from": one.start.id,
        "to": one.end.id,
        "vehicle": one.vehicle,
        "seconds": None if leg is None else leg.seconds,
        "metres": None if leg is None else leg.metres,
        "trouble": one.trouble,
        "stretches": [] if leg is None else [_part_values(part) for part in summarize_parts(leg)],
        "notes": []
        if leg is None
        else [dataclasses.asdict(note) for note in road_notes(graph, one.vehicle, leg)],
        "not_taken": [
            {
                "name": road.name,
                "class": road.road_class,
                "cause": {"code": road.code, "detail": road.detail},
                "kmh": road.kmh,
                "metres": road.metres,
                "detours": [dataclasses.asdict(detour) for detour in road.detours],
            }
            for road in one.not_taken
        ],
    }


def _part_values(part: LegPart) -> dict[str, Any]:
    factor = part.limiting_factor
    return {
        "road_class": part.road_class,
        "surface": part.surface,
        "surface_assumed": part.surface_assumed,
        "reason": part.reason,
        "cause": None if factor is None else dataclasses.asdict(factor),
        "names": part.names,
        "metres": part.metres,
        "seconds": part.seconds,
        "kmh": part.kmh,
    }


def learned(found: Sequence[SpeedCorrection], written: Path, *, as_json: bool) -> None:
    """Show what drivers' reports changed."""
    if as_json:
        values = [{**dataclasses.asdict(one), "after": one.after} for one in found]
        write_json({"learned": values, "files": {"speeds": str(written)}})
        return
    shown = Terminal()
    rows = make_table("Learned", "class", "surface", "km", "legs", "before", "after")
    for one in found:
        rows.add_row(
            one.road_class,
            one.surface or "not known",
            f"{one.metres / 1000:.0f}",
            str(one.legs),
            f"{one.before:.2f}",
            f"{one.after:.2f}",
        )
    shown.print(rows)
    shown.print(f"speeds: {written}", highlight=False, soft_wrap=True)
    shown.print('name it in the scenario: [roads] speeds = "…"', highlight=False)
