"""Share crews out over districts, and plan them all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from routeplan.cli import options
from routeplan.cli.analysis import (
    Cases,
    MakeRunner,
    cells_options,
    check_results,
    csv_bytes,
    load_plots,
    read_problem,
    with_folders,
    write_results,
)
from routeplan.cli.output import Output, check_folder
from routeplan.formats import plan_to_json, problem_to_json
from routeplan.language import gettext as _
from routeplan.language import marked, message_language

if TYPE_CHECKING:
    import pandas as pd

    from routeplan.analysis import Country

FILES = ("country.csv", "country.png", "problem.json", "plan.json", "map.html")
# Columns of the file that a terminal has no room for.
HIDDEN = ["iterations", "folder"]


@options.command()
@options.paths("file", metavar="SWEEP")
@options.option("--crews", "NUMBER", "Crews for all districts.", type=int, required=True)
@options.option(
    "--most", "NUMBER", "Most crews for one. Default: twice its even part + 1.", type=int
)
@cells_options("outputs/country")
def country(
    out: Output, file: Path, crews: int, most: int | None, output: Path, runner: MakeRunner
) -> None:
    """Share crews out over districts, and plan them all.

    SWEEP is sweep.toml, with districts.
    """
    from routeplan.analysis import join, joined_villages, plan_country, read_sweep
    from routeplan.handouts import MapData
    from routeplan.workflow.draw import draw_plan

    plots = load_plots()
    check_folder(output, *FILES)
    with out.steps() as steps:
        swept = read_sweep(file, lambda path: read_problem(path, steps))
        check_results(output, [(district.name,) for district in swept.districts])
        steps.on_step(_("planning"))
        shared = plan_country(
            {district.name: district.problem for district in swept.districts},
            *(crews, swept.options),
            most=most,
            runner=runner(report=steps.count, note=steps.note),
        )
    problem, plan = join(shared.cases(), name=swept.name)
    data = MapData(message_language(), districts=joined_villages(shared.cases()))
    cases: Cases = {(name,): case for name, case in shared.cases().items()}
    table = with_folders(shared.table(), cases)
    contents = (
        csv_bytes(table),
        plots.png(plots.draw_country(shared)),
        problem_to_json(problem),
        plan_to_json(plan),
        draw_plan(problem, plan, data).html,
    )
    files = dict(zip(FILES, contents, strict=True))
    written = write_results(output, files, cases, writer="country")
    shown = table.drop(columns=HIDDEN)
    out.tables(
        {marked("Country"): shown}, written, data={"Country": table}, note=_note(shared, table)
    )


def _note(shared: Country, table: pd.DataFrame) -> str:
    """Return what is reached in all, and what is proved of it."""
    note = _(
        "crews: {crews}; households reached: {reached}",
        crews=table["crews"].sum(),
        reached=table["reached"].sum(),
    )
    if shared.upper_bound is None:
        return note
    if (table["objective"] == table["weighted"]).all():
        bound = _(
            "no way to share them out reaches more than {bound:.1f} (weighted)",
            bound=shared.upper_bound,
        )
    else:
        bound = _(
            "no way to share them out is worth more than {bound:.1f} "
            "(weighted, with bonuses and the price of driving)",
            bound=shared.upper_bound,
        )
    return f"{note}; {bound}"
