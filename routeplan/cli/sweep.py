"""Plan every cell of a grid or list of variants."""

from __future__ import annotations

from pathlib import Path

from routeplan.cli import options
from routeplan.cli.analysis import (
    MakeRunner,
    cells_options,
    csv_bytes,
    read_posed,
    seeds_option,
)
from routeplan.cli.output import Output, check_folder, write_folder
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
        steps.on_step(_("planning"))
        table, _cells = swept.run(runner(report=steps.count, note=steps.note), seeds=seeds)
    written = write_folder(output, {"sweep.csv": csv_bytes(table)})
    narrow = ["district", "variant", "households", "weighted", "crew_days", "drive_hours"]
    narrow += ["low", "high"]
    shown = table[[column for column in narrow if column in table.columns]]
    out.tables({marked("Sweep"): shown}, written, data={"Sweep": table})
