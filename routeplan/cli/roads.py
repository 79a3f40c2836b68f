"""``roads``: show what a file of roads contains; correct speeds by reports."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from routeplan.cli import options
from routeplan.cli.output import Output, check_output
from routeplan.cli.terminal import counted
from routeplan.errors import Fault, InputError
from routeplan.files import write_whole


@options.command()
@options.paths("osmfile")
@options.path("--speeds", "FILE", "Own table of speeds (TOML).")
@options.path(
    *("--area", "FILE"),
    "Only within these polygons and 25 km around (GeoJSON, GeoPackage, shapefile).",
)
@options.option(
    *("--area-name", "NAME", "Of many polygons the one with this name or code (repeatable)."),
    multiple=True,
)
def roads_report(
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
    console = out.console(dataclasses.asdict(found))
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
    unread, turns = counted(found.unread_limits, "way"), found.ignored_restrictions
    remarks = [
        (found.assumed_surface_km, f"surface assumed by class: {found.assumed_surface_km:.0f} km"),
        (found.seasonal_km, f"there in some seasons only: {found.seasonal_km:.0f} km"),
        (found.conditional_km, f"with rules by date or hour: {found.conditional_km:.0f} km"),
        (found.unread_limits, f"speed limits that cannot be read: {unread}"),
        (found.ignored_barriers, f"barriers at junctions, ignored: {found.ignored_barriers}"),
        (turns, f"turn restrictions, incomplete or by hours, ignored: {turns}"),
    ]
    console.lines(*(text for figure, text in remarks if figure))


@options.command()
@options.paths("scenario", "reports")
@options.output("SPEEDS", "New table of speeds (TOML).", required=True)
def roads_learn(out: Output, scenario: Path, reports: Path, output: Path) -> None:
    """Correct speeds by the minutes that drivers report.

    REPORTS is CSV or a workbook with the columns from, to, minutes, vehicle, date.
    """
    from routeplan.villages import read_reports
    from routeplan.workflow.legs import learn_speeds
    from routeplan.workflow.prepare import prepare

    check_output(output, scenario, reports)
    with out.steps() as steps:
        rows = read_reports(reports)
        prepared = prepare(scenario, on_step=steps.on_step)
        steps.on_step("learning")
        learned, text = learn_speeds(prepared.scenario, prepared.problem.places, rows)
    write_whole({output: text})
    values = [{**dataclasses.asdict(one), "after": one.after} for one in learned]
    console = out.console({"learned": values, "files": {"speeds": output}})
    cells = (
        (
            *(one.road_class, one.surface or "not known", f"{one.metres / 1000:.0f}"),
            *(one.legs, f"{one.before:.2f}", f"{one.after:.2f}"),
        )
        for one in learned
    )
    console.table("Learned", ("class", "surface", "km", "legs", "before", "after"), cells)
    console.files({"speeds": output})
    console.lines('name it in the scenario: [roads] speeds = "…"')
