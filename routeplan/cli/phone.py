"""Write a plan as GPX and KML for phones, by crew and day."""

from __future__ import annotations

from pathlib import Path

from routeplan.cli import options
from routeplan.cli.inputs import PlanFiles, scenario_and_plan
from routeplan.cli.output import Output, check_folder, write_folder


@options.command()
@scenario_and_plan
@options.output("FOLDER", "Where the files go.", default="phone")
@options.language
def phone(out: Output, source: PlanFiles, output: Path) -> None:
    """Write a plan as GPX and KML for phones, by crew and day."""
    from routeplan.handouts import build_view
    from routeplan.handouts.phone import phone_files

    check_folder(output, "any.gpx")
    with out.steps() as steps:
        problem, plan, data = source.read(steps)
        files = phone_files(problem, plan, build_view(problem, plan, data))
    out.files(write_folder(output, files))
