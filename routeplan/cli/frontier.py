"""Show what more crews, days, nights or driving bring."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from routeplan.cli import options
from routeplan.cli.analysis import (
    Cases,
    MakeRunner,
    cells_options,
    check_results,
    csv_bytes,
    load_plots,
    read_problem,
    seeds_option,
    with_folders,
    write_results,
)
from routeplan.cli.output import Output
from routeplan.errors import Fault, InputError
from routeplan.language import gettext as _
from routeplan.language import marked

if TYPE_CHECKING:
    from routeplan.planner import Options

# No axis is that long; a mistyped one is.
MAX_VALUES = 100


def parse_axis(text: str) -> tuple[float, ...]:
    """Parse ``1:5``, ``3:6:0.5`` (both ends included) or ``1,2,4``."""
    try:
        if ":" not in text:
            return tuple(float(part) for part in text.split(","))
        first, last, *rest = (float(part) for part in text.split(":"))
        (step,) = rest or [1.0]
        count = int((last - first) / step + 1e-9) + 1
    except (ValueError, ZeroDivisionError, OverflowError):
        raise click.BadParameter(
            _("{text!r} is not like 1:5, 3:6:0.5 or 1,2,4", text=text)
        ) from None
    if step <= 0 or not 1 <= count <= MAX_VALUES:
        message = _(
            "{text!r} has {count} values; expected are 1 to {most}",
            text=text,
            count=max(count, 0),
            most=MAX_VALUES,
        )
        raise click.BadParameter(message)
    return tuple(first + n * step for n in range(count))


@options.command()
@options.paths("posed", metavar="PROBLEM")
@options.option("--crews", "FROM:TO", "Numbers of crews: 1:5, or 1,2,4.", type=parse_axis)
@options.option("--days", "FROM:TO", "Numbers of days.", type=parse_axis)
@options.option("--nights", "FROM:TO", "Most nights away in a row.", type=parse_axis)
@options.option(
    "--drive-hours", "FROM:TO", "Most hours at the wheel a day: 3:6, or 3:6:0.5.", type=parse_axis
)
@options.search(seconds=5.0)
@seeds_option
@cells_options("outputs/frontier")
def frontier(
    *,
    out: Output,
    posed: Path,
    search: Options,
    seeds: int,
    output: Path,
    runner: MakeRunner,
    **axes: tuple[float, ...] | None,
) -> None:
    """Show what more crews, days, nights or driving bring.

    PROBLEM is problem.json or scenario.toml.
    """
    from routeplan.analysis import frontier_points, trace_frontier

    plots = load_plots()
    given = {name: values for name, values in axes.items() if values is not None}
    if not given:
        hint = _("name one at least: --crews 1:5, --days 3:7, --nights 0:2, --drive-hours 3:6")
        raise InputError([Fault("frontier", _("has no axis"), hint)])
    points = [(name,) for name in frontier_points(given)]
    check_results(output, points, "frontier.csv", "steps.csv", "frontier.png")
    with out.steps() as steps:
        problem = read_problem(posed, steps)
        steps.on_step(_("planning"))
        found = trace_frontier(
            *(problem, given, search),
            runner=runner(report=steps.count, note=steps.note),
            seeds=seeds,
        )
    cases: Cases = dict(zip(points, found.cases().values(), strict=True))
    table, brings = with_folders(found.table(), cases), found.steps()
    files: dict[str, str | bytes] = {
        "frontier.csv": csv_bytes(table),
        "steps.csv": csv_bytes(brings),
        "frontier.png": plots.png(plots.draw_frontier(found)),
    }
    data = {marked("Frontier"): table, marked("What one more brings"): brings}
    shown = {**data, "Frontier": table.drop(columns=["iterations", "folder"])}
    out.tables(shown, write_results(output, files, cases, writer="frontier"), data=data)
