"""Roads: what a file contains, how minutes come about, and speeds learned from drivers."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import click

from routeplan.cli import options
from routeplan.cli.output import Terminal, counted
from routeplan.cli.terminal import write_json
from routeplan.errors import Fault, Faults, InputError, nearest
from routeplan.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from routeplan.cli.output import Output
    from routeplan.roads import ClosedRoad, LegPart, RoadGraph, RoadReport, SpeedCorrection
    from routeplan.workflow.legs import ExplainedLeg
    from routeplan.workflow.prepare import Prepared


@options.command()
@options.paths("osmfile")
@options.path("--speeds", "FILE", "Own table of speeds (TOML).")
@options.path(
    "--area",
    "FILE",
    "Only within these polygons and 25 km around (GeoJSON, GeoPackage, shapefile).",
)
@options.option(
    "--area-name",
    "NAME",
    "Of many polygons the one with this name or code (repeatable).",
    multiple=True,
)
def report(
    out: Output, osmfile: Path, speeds: Path | None, area: Path | None, area_name: tuple[str, ...]
) -> None:
    """Show what a file of roads contains.

    OSMFILE is .osm.pbf, .osm, .osm.gz, .osm.bz2 or .graphml.
    """
    from routeplan import roads

    if area_name and area is None:
        message = "chooses among polygons, and no file of them is named"
        raise InputError([Fault("--area-name", message, "name one with --area")])
    with out.steps() as steps:
        table = roads.read_speeds(speeds)
        region = None if area is None else roads.read_area(area, list(area_name))
        steps.on_step(f"reading roads from {osmfile.name}")
        extract = roads.read_roads(osmfile, region)
        steps.on_step("building the road graph")
        graph = roads.build_graph(extract, table)
        if region is not None:
            places = region.settlements(extract.places)
            extract = dataclasses.replace(extract, places=places)
        found = roads.report(extract, graph)
    _show_report(out, found)


@options.command()
@options.paths("scenario")
@click.argument("start", metavar="FROM")
@click.argument("end", metavar="TO")
@options.option("--vehicle", "NAME", "Of the scenario's teams. Default: each of them.")
def explain(out: Output, scenario: Path, start: str, end: str, vehicle: str | None) -> None:
    """Show how the minutes between two places come about.

    FROM and TO are ids or names of places. Roads that are closed or slow, and would be shorter,
    are listed with the reason.
    """
    from routeplan.workflow.inputs import condition_notes
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
    remarks = condition_notes(prepared.graph, prepared.conditions)
    _show_explanations(out, prepared.graph, found, remarks)


@options.command()
@options.paths("scenario", "reports")
@options.output("SPEEDS", "New table of speeds (TOML).", required=True)
def learn(out: Output, scenario: Path, reports: Path, output: Path) -> None:
    """Correct speeds by the minutes that drivers report.

    REPORTS is CSV or XLSX with the columns from, to, minutes, vehicle, date.
    """
    from routeplan.villages import read_reports
    from routeplan.workflow.learn import learn_speeds
    from routeplan.workflow.prepare import prepare

    options.check_output(output, scenario, reports)
    with out.steps() as steps:
        rows = read_reports(reports)
        prepared = prepare(scenario, on_step=steps.on_step)
        steps.on_step("learning")
        learned, text = learn_speeds(prepared.scenario, prepared.problem.places, rows)
    write_whole({output: text})
    _show_learned(out, learned, output)


def _find_leg(
    prepared: Prepared, start: str, end: str, vehicle: str | None
) -> tuple[tuple[int, int], list[str]]:
    """Find the places and vehicles, or refuse them all at once."""
    from routeplan.workflow.legs import find_place

    faults = Faults()
    places = prepared.problem.places
    first = find_place(places, start, "FROM", faults)
    last = find_place(places, end, "TO", faults)
    vehicles = [vehicle] if vehicle else sorted(prepared.snaps)
    for name in vehicles:
        if name not in prepared.snaps:
            faults.add("--vehicle", f"no team has {name!r}", nearest(name, prepared.snaps))
    faults.raise_any()
    return (first or 0, last or 0), vehicles


def _show_report(out: Output, found: RoadReport) -> None:
    if out.as_json:
        write_json(dataclasses.asdict(found))
        return
    console = Terminal()
    for title, totals in (("class", found.km_by_class), ("surface", found.km_by_surface)):
        rows = ((label or "not known", f"{km:.0f}") for label, km in totals.items())
        console.table(f"Roads by {title}", (title, "km"), rows)
    console.table(
        "What each vehicle drives",
        ("vehicle", "km", "parts", "km in the largest"),
        ((v.vehicle, f"{v.km:.0f}", v.parts, f"{v.main_km:.0f}") for v in found.vehicles),
    )
    console.bold(
        f"{found.km:.0f} km of roads; {counted(found.places, 'place')}; "
        f"{counted(found.cut_ways, 'way')} cut at the edge of the file"
    )
    unread = counted(found.unread_limits, "way")
    remarks = [
        (found.assumed_surface_km, f"surface assumed by class: {found.assumed_surface_km:.0f} km"),
        (found.seasonal_km, f"there in some seasons only: {found.seasonal_km:.0f} km"),
        (found.conditional_km, f"with rules by date or hour: {found.conditional_km:.0f} km"),
        (found.unread_limits, f"speed limits that cannot be read: {unread}"),
        (found.ignored_barriers, f"barriers at junctions, ignored: {found.ignored_barriers}"),
    ]
    console.lines(*(text for figure, text in remarks if figure))


def _show_explanations(
    out: Output, graph: RoadGraph, found: Sequence[ExplainedLeg], remarks: Sequence[str]
) -> None:
    if out.as_json:
        write_json({"remarks": remarks, "legs": [_leg_values(graph, one) for one in found]})
        return
    console = Terminal()
    for one in found:
        _show_leg(console, graph, one)
    console.lines(*remarks)


def _show_leg(console: Terminal, graph: RoadGraph, one: ExplainedLeg) -> None:
    from routeplan.roads import road_notes, summarize_parts

    title = f"{one.start.name} to {one.end.name} by {one.vehicle}"
    if one.leg is None:
        console.bold(f"{title}: no way")
        console.lines(one.trouble)
    else:
        total = f"{one.leg.metres / 1000:.1f} km in {-(-one.leg.seconds // 60)} min"
        rows = (
            (
                part.road_class or "barrier",
                f"{part.surface} (assumed)" if part.surface_assumed else part.surface,
                f"{part.metres / 1000:.1f}",
                f"{part.kmh:.0f}" if part.metres else "",
                f"{part.seconds / 60:.1f}",
                part.reason,
            )
            for part in summarize_parts(one.leg)
        )
        columns = ("class", "surface", "km", "km/h", "min", "why")
        console.table(f"{title}: {total}", columns, rows)
        for note in road_notes(graph, one.vehicle, one.leg):
            dry = note.dry_seconds
            than = "closed else" if dry is None else f"{dry / 60:.0f} min on a dry day"
            text = f"{note.metres / 1000:.1f} km in {note.seconds / 60:.0f} min, {than}"
            console.lines(f"  {note.code} {note.detail}: {text}")
    console.lines(*(f"not taken: {_road_text(road)}" for road in one.not_taken))


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


def _leg_values(graph: RoadGraph, one: ExplainedLeg) -> dict[str, Any]:
    from routeplan.roads import road_notes, summarize_parts

    leg = one.leg
    stretches = () if leg is None else summarize_parts(leg)
    notes = () if leg is None else road_notes(graph, one.vehicle, leg)
    return {
        "from": one.start.id,
        "to": one.end.id,
        "vehicle": one.vehicle,
        "seconds": None if leg is None else leg.seconds,
        "metres": None if leg is None else leg.metres,
        "trouble": one.trouble,
        "stretches": list(map(_part_values, stretches)),
        "notes": [dataclasses.asdict(note) for note in notes],
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
    names = ("road_class", "surface", "surface_assumed", "reason", "names", "metres", "seconds")
    factor = part.limiting_factor
    return {name: getattr(part, name) for name in (*names, "kmh")} | {
        "cause": None if factor is None else dataclasses.asdict(factor)
    }


def _show_learned(out: Output, found: Sequence[SpeedCorrection], written: Path) -> None:
    if out.as_json:
        values = [{**dataclasses.asdict(one), "after": one.after} for one in found]
        write_json({"learned": values, "files": {"speeds": str(written)}})
        return
    console = Terminal()
    rows = (
        (
            *(one.road_class, one.surface or "not known", f"{one.metres / 1000:.0f}"),
            *(one.legs, f"{one.before:.2f}", f"{one.after:.2f}"),
        )
        for one in found
    )
    console.table("Learned", ("class", "surface", "km", "legs", "before", "after"), rows)
    console.files({"speeds": written})
    console.lines('name it in the scenario: [roads] speeds = "…"')
