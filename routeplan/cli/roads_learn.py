"""Correct speeds by the minutes that drivers report."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from routeplan.cli import options
from routeplan.cli.output import Output, check_output
from routeplan.files import write_whole


@options.command()
@options.paths("scenario", "reports")
@options.output("SPEEDS", "New table of speeds (TOML).", required=True)
def roads_learn(out: Output, scenario: Path, reports: Path, output: Path) -> None:
    """Correct speeds by the minutes that drivers report.

    REPORTS is CSV or XLSX with the columns from, to, minutes, vehicle, date.
    """
    from routeplan.villages import read_reports
    from routeplan.workflow.learn import learn_speeds
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
