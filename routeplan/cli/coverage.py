"""Show how far crews get in a day, and where a host helps."""

from __future__ import annotations

from pathlib import Path

import click

from routeplan.cli import options
from routeplan.cli.analysis import check_not_negative, csv_files, load_plots, workers_option
from routeplan.cli.output import Output, check_folder, write_folder
from routeplan.language import gettext as _
from routeplan.language import marked


def parse_minutes(text: str) -> tuple[float, ...]:
    """Parse ``60,120,180``."""
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise click.BadParameter(_("{text!r} is not like 60,120,180", text=text)) from None


@options.command()
@options.paths("scenario")
@options.option(
    "--minutes", "M,M,…", "Of the isochrones.", type=parse_minutes, default="60,120,180"
)
@options.option(
    "--hosts", "NUMBER", "Plan with one at each of so many likely villages.", type=int, default=5
)
@options.option("--seconds", "S", "Time limit of each such plan.", type=float, default=5.0)
@workers_option
@options.output("FOLDER", "Where tables, layers and a map go.")
def coverage(
    *,
    out: Output,
    scenario: Path,
    minutes: tuple[float, ...],
    hosts: int,
    seconds: float,
    workers: int | None,
    output: Path | None,
) -> None:
    """Show how far crews get in a day, and where a host helps."""
    plots = load_plots()
    from routeplan import analysis
    from routeplan.analysis.frames import frame_isochrones
    from routeplan.planner import Options
    from routeplan.workflow.prepare import prepare

    check_not_negative(hosts=hosts, workers=workers)
    if output is not None:
        check_folder(output, "villages.csv", "villages.geojson", "isochrones.geojson")
    with out.steps() as steps:
        prepared = prepare(scenario, on_step=steps.on_step)
        steps.on_step(_("computing how far crews get"))
        isochrones = frame_isochrones(prepared, minutes)
        reached = analysis.day_reach(prepared.problem)
        tables = {
            marked("How far crews get"): isochrones.drop(columns="geometry").round(1),
            marked("Reached in a day from"): analysis.reach_by_way(reached),
            marked("Villages"): reached.drop(columns="geometry").round(1),
        }
        if hosts and any(team.max_nights_away != 0 for team in prepared.problem.teams):
            steps.on_step(_("planning with one more host"))
            runner = analysis.Runner(workers=workers, report=steps.count)
            tables[marked("One more host")] = analysis.find_hosts(
                prepared.problem, Options(seconds=seconds), candidates=hosts, runner=runner
            )
    written = {}
    if output is not None:
        files: dict[str, str | bytes] = {
            "isochrones.geojson": isochrones.to_json(drop_id=True, ensure_ascii=False),
            "villages.geojson": reached.to_json(drop_id=True, ensure_ascii=False),
            "coverage.png": plots.png(plots.draw_reach(isochrones, reached)),
            **csv_files(tables),
        }
        written = write_folder(output, files)
    hard = reached[(reached["reached_from"] != "base") & (reached["households"] > 0)]
    columns = ["place", "name", "households", "reached_from", "bed", "reason", "detail"]
    shown = {title: table for title, table in tables.items() if title != "Villages"}
    shown[marked("Villages not reached in a day from a base")] = hard[columns]
    out.tables(shown, written, data=tables)
