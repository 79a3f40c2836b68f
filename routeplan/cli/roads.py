"""``roads``: show what a file of roads contains; correct speeds by reports."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from routeplan.cli import options
from routeplan.cli.output import Output, check_output
from routeplan.cli.words import word
from routeplan.errors import Fault, InputError
from routeplan.files import write_whole
from routeplan.language import gettext as _
from routeplan.language import ngettext, number_text

if TYPE_CHECKING:
    from routeplan.roads.graph import RoadReport


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
        message = _("chooses among polygons, and no file of them is named")
        raise InputError([Fault("--area-name", message, _("name one with --area"))])
    with out.steps() as steps:
        table = roads.read_speeds(speeds)
        region = None if area is None else roads.read_area(area, list(area_name))
        steps.on_step(_("reading roads from {file}", file=osmfile.name))
        extract = roads.read_roads(osmfile, region)
        steps.on_step(_("building the road graph"))
        graph = roads.build_graph(extract, table)
        if region is not None:
            places = region.settlements(extract.places)
            extract = dataclasses.replace(extract, places=places)
        found = roads.report(extract, graph)
    console = out.console(dataclasses.asdict(found))
    by_class = _km_rows(found.km_by_class)
    console.table(_("Roads by class"), (_("class"), _("km")), by_class)
    by_surface = _km_rows(found.km_by_surface)
    console.table(_("Roads by surface"), (_("surface"), _("km")), by_surface)
    console.table(
        _("What each vehicle drives"),
        (_("vehicle"), _("km"), _("parts"), _("km in the largest")),
        ((word(v.vehicle), f"{v.km:.0f}", v.parts, f"{v.main_km:.0f}") for v in found.vehicles),
    )
    figures = (
        _("{km:.0f} km of roads", km=found.km),
        ngettext("{n} place", "{n} places", found.places),
        ngettext(
            "{n} way cut at the edge of the file",
            "{n} ways cut at the edge of the file",
            found.cut_ways,
        ),
    )
    console.bold("; ".join(figures))
    console.lines(*_report_remarks(found))


def _km_rows(totals: Mapping[str, float]) -> list[tuple[str, str]]:
    return [(word(label or "not known"), f"{km:.0f}") for label, km in totals.items()]


def _report_remarks(found: RoadReport) -> Iterator[str]:
    """Yield what a file has that is to be known, as far as it has it."""
    if km := found.assumed_surface_km:
        yield _("surface assumed by class: {km:.0f} km", km=km)
    if km := found.seasonal_km:
        yield _("there in some seasons only: {km:.0f} km", km=km)
    if km := found.conditional_km:
        yield _("with rules by date or hour: {km:.0f} km", km=km)
    if n := found.unread_limits:
        yield ngettext(
            "speed limits that cannot be read: {n} way",
            "speed limits that cannot be read: {n} ways",
            n,
        )
    if n := found.ignored_barriers:
        yield _("barriers at junctions, ignored: {n}", n=n)
    if n := found.ignored_restrictions:
        yield _("turn restrictions, incomplete or by hours, ignored: {n}", n=n)


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
        steps.on_step(_("learning"))
        learned, text = learn_speeds(prepared.scenario, prepared.problem.places, rows)
    write_whole({output: text})
    values = [{**dataclasses.asdict(one), "after": one.after} for one in learned]
    console = out.console({"learned": values, "files": {"speeds": output}})
    cells = (
        (
            *(word(one.road_class), word(one.surface or "not known"), f"{one.metres / 1000:.0f}"),
            *(one.legs, number_text(f"{one.before:.2f}"), number_text(f"{one.after:.2f}")),
        )
        for one in learned
    )
    columns = (_("class"), _("surface"), _("km"), _("legs"), _("before"), _("after"))
    console.table(_("Learned"), columns, cells)
    console.files({"speeds": output})
    console.lines(_('name it in the scenario: [roads] speeds = "…"'))
