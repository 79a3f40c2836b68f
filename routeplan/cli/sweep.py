"""Plan every cell of a grid or list of variants."""

from __future__ import annotations

from pathlib import Path

from routeplan.cli import options
from routeplan.cli.analysis import (
    Cases,
    MakeRunner,
    cells_options,
    check_results,
    csv_bytes,
    read_posed,
    seeds_option,
    with_folders,
    write_results,
)
from routeplan.cli.output import Output, check_folder
from routeplan.language import gettext as _
from routeplan.language import marked


@options.command()
@options.paths("file", metavar="SWEEP")
@seeds_option
@cells_options("outputs/sweep")
def sweep(out: Output, file: Path, seeds: int, output: Path, runner: MakeRunner) -> None:
    """Plan every cell of a grid or list of variants.

    SWEEP is sweep.toml.
    """
    from routeplan.analysis import read_sweep

    check_folder(output, "sweep.csv")
    with out.steps() as steps:
        swept = read_sweep(file, lambda path: read_posed(path, steps))
        posed = swept.cases()
        check_results(output, posed)
        steps.on_step(_("planning"))
        table, plans = swept.run(runner(report=steps.count, note=steps.note), seeds=seeds)
    cases: Cases = dict(zip(posed, zip(posed.values(), plans, strict=True), strict=True))
    table = with_folders(table, cases)
    written = write_results(output, {"sweep.csv": csv_bytes(table)}, cases, writer="sweep")
    narrow = ["district", "variant", "households", "weighted", "crew_days", "drive_hours"]
    narrow += ["wheel_hours", "low", "high", "stopped_by"]
    shown = table[[column for column in narrow if column in table.columns]]
    out.tables({marked("Sweep"): shown}, written, data={"Sweep": table})
