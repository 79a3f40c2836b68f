"""Show how the minutes between two places come about."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from routeplan.cli import options
from routeplan.cli.console import Terminal
from routeplan.cli.output import Output
from routeplan.cli.words import word
from routeplan.errors import Faults, nearest
from routeplan.language import gettext as _
from routeplan.language import number_text

if TYPE_CHECKING:
    from routeplan.model.road_notes import RoadNote
    from routeplan.roads import ClosedRoad, LegPart, RoadGraph
    from routeplan.workflow.legs import ExplainedLeg
    from routeplan.workflow.prepare import Prepared


@options.command()
@options.paths("scenario")
@click.argument("start", metavar="FROM")
@click.argument("end", metavar="TO")
@options.option("--vehicle", "NAME", "Of the scenario's teams. Default: each of them.")
def roads_explain(out: Output, scenario: Path, start: str, end: str, vehicle: str | None) -> None:
    """Show how the minutes between two places come about.

    FROM and TO are ids or names of places. Roads that are closed or slow, and would be shorter,
    are listed with the reason.
    """
    from routeplan.workflow.legs import explain_leg
    from routeplan.workflow.prepare import prepare

    with out.steps() as steps:
        prepared = prepare(scenario, on_step=steps.on_step)
        pair, vehicles = _find_leg(prepared, start, end, vehicle)
        found = [
            explain_leg(
                *(prepared.graph, prepared.snaps[name], prepared.problem.travel[name]),
                *(name, pair),
                limit_metres=prepared.scenario.roads.snap_limit_metres,
            )
            for name in vehicles
        ]
    remarks = prepared.remarks
    legs = [_leg_values(prepared.graph, one) for one in found]
    console = out.console({"remarks": remarks, "legs": legs})
    for one in found:
        _show_leg(console, prepared.graph, one)
    console.lines(*remarks)


def _find_leg(
    prepared: Prepared, start: str, end: str, vehicle: str | None
) -> tuple[tuple[int, int], list[str]]:
    """Find the places and vehicles, or refuse them all at once."""
    from routeplan.workflow.legs import find_place

    faults = Faults()
    places = prepared.problem.places
    first = find_place(places, start, _("FROM"), faults)
    last = find_place(places, end, _("TO"), faults)
    vehicles = [vehicle] if vehicle else sorted(prepared.snaps)
    for name in vehicles:
        if name not in prepared.snaps:
            message = _("no team has {name!r}", name=name)
            faults.add("--vehicle", message, nearest(name, prepared.snaps))
    faults.raise_any()
    return (first or 0, last or 0), vehicles


def _show_leg(console: Terminal, graph: RoadGraph, one: ExplainedLeg) -> None:
    from routeplan.roads import road_notes, shown_reason, summarize_parts

    title = _(
        "{start} to {end} by {vehicle}",
        start=one.start.name,
        end=one.end.name,
        vehicle=word(one.vehicle),
    )
    if one.leg is None:
        console.bold(_("{title}: no way", title=title))
        console.lines(shown_reason(one.trouble))
    else:
        total = _(
            "{km:.1f} km in {minutes} min",
            km=one.leg.metres / 1000,
            minutes=-(-one.leg.seconds // 60),
        )
        rows = (
            (
                word(part.road_class or "barrier"),
                _surface_text(part),
                number_text(f"{part.metres / 1000:.1f}"),
                f"{part.kmh:.0f}" if part.metres else "",
                number_text(f"{part.seconds / 60:.1f}"),
                shown_reason(part.reason),
            )
            for part in summarize_parts(one.leg)
        )
        columns = (_("class"), _("surface"), _("km"), _("km/h"), _("min"), _("why"))
        console.table(f"{title}: {total}", columns, rows)
        for note in road_notes(graph, one.vehicle, one.leg):
            console.lines(f"  {note.code} {note.detail}: {_note_text(note)}")
    console.lines(*(_("not taken: {road}", road=_road_text(road)) for road in one.not_taken))


def _surface_text(part: LegPart) -> str:
    surface = word(part.surface)
    return _("{surface} (assumed)", surface=surface) if part.surface_assumed else surface


def _note_text(note: RoadNote) -> str:
    km, minutes = note.metres / 1000, note.seconds / 60
    if note.dry_seconds is None:
        return _("{km:.1f} km in {minutes:.0f} min, closed else", km=km, minutes=minutes)
    return _(
        "{km:.1f} km in {minutes:.0f} min, {dry:.0f} min on a dry day",
        km=km,
        minutes=minutes,
        dry=note.dry_seconds / 60,
    )


def _road_text(road: ClosedRoad) -> str:
    name = road.name or _("{road_class} without a name", road_class=word(road.road_class))
    state = _("only {kmh:.0f} km/h", kmh=road.kmh) if road.kmh else _("closed")
    (way,) = road.detours
    if way.seconds is None:
        after = _("and there is no other way")
    else:
        longer = (way.seconds - way.dry_seconds) / 60
        after = _("the way is {minutes:.0f} min longer", minutes=longer)
    length = _("{km:.1f} km", km=road.metres / 1000)
    return f"{name}, {length}, {state} ({road.code} {road.detail}); {after}"


def _leg_values(graph: RoadGraph, one: ExplainedLeg) -> dict[str, Any]:
    from routeplan.roads import road_notes, summarize_parts

    leg = one.leg
    stretches = () if leg is None else map(_part_values, summarize_parts(leg))
    notes = () if leg is None else map(dataclasses.asdict, road_notes(graph, one.vehicle, leg))
    return {
        "from": one.start.id,
        "to": one.end.id,
        "vehicle": one.vehicle,
        "seconds": None if leg is None else leg.seconds,
        "metres": None if leg is None else leg.metres,
        "trouble": one.trouble,
        "stretches": list(stretches),
        "notes": list(notes),
        "not_taken": [
            {
                "name": road.name,
                "class": road.road_class,
                "cause": {"code": road.code, "detail": road.detail},
                "kmh": road.kmh,
                "metres": road.metres,
                "detours": list(map(dataclasses.asdict, road.detours)),
            }
            for road in one.not_taken
        ],
    }


def _part_values(part: LegPart) -> dict[str, Any]:
    names = ("road_class", "surface", "surface_assumed", "reason", "names", "metres", "seconds")
    factor = part.limiting_factor
    return {name: getattr(part, name) for name in (*names, "kmh")} | {
        "cause": None if factor is None else dataclasses.asdict(factor)
    }
