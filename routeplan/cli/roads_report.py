"""Show what a file of roads contains."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from routeplan.cli import options
from routeplan.cli.console import counted
from routeplan.cli.output import Output
from routeplan.errors import Fault, InputError


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
    unread = counted(found.unread_limits, "way")
    remarks = [
        (found.assumed_surface_km, f"surface assumed by class: {found.assumed_surface_km:.0f} km"),
        (found.seasonal_km, f"there in some seasons only: {found.seasonal_km:.0f} km"),
        (found.conditional_km, f"with rules by date or hour: {found.conditional_km:.0f} km"),
        (found.unread_limits, f"speed limits that cannot be read: {unread}"),
        (found.ignored_barriers, f"barriers at junctions, ignored: {found.ignored_barriers}"),
    ]
    console.lines(*(text for figure, text in remarks if figure))
