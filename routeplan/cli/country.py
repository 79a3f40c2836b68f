"""Share crews out over districts, and plan them all."""

from __future__ import annotations

from pathlib import Path

from routeplan.cli import options
from routeplan.cli.analysis import MakeRunner, cells_options, csv_bytes, load_plots, read_problem
from routeplan.cli.output import Output, check_folder, write_folder
from routeplan.formats import plan_to_json, problem_to_json
from routeplan.language import gettext as _
from routeplan.language import marked


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
    from routeplan.analysis import join, plan_country, read_sweep

    plots = load_plots()
    check_folder(output, "country.csv", "country.png", "problem.json", "plan.json")
    with out.steps() as steps:
        swept = read_sweep(file, lambda path: read_problem(path, steps))
        steps.on_step(_("planning"))
        shared = plan_country(
            swept.districts,
            *(crews, swept.options),
            most=most,
            runner=runner(report=steps.count, note=steps.note),
        )
    problem, plan = join(shared.cases(), name=swept.name)
    table = shared.table()
    files: dict[str, str | bytes] = {
        "country.csv": csv_bytes(table),
        "country.png": plots.png(plots.draw_country(shared)),
        "problem.json": problem_to_json(problem),
        "plan.json": plan_to_json(plan),
    }
    note = _(
        "crews: {crews}; households reached: {reached}",
        crews=table["crews"].sum(),
        reached=table["reached"].sum(),
    )
    if shared.upper_bound is not None:
        is_plain = bool((table["objective"] == table["weighted"]).all())
        bound = (
            _(
                "no way to share them out reaches more than {bound:.1f} (weighted)",
                bound=shared.upper_bound,
            )
            if is_plain
            else _(
                "no way to share them out is worth more than {bound:.1f} "
                "(weighted, with bonuses and the price of driving)",
                bound=shared.upper_bound,
            )
        )
        note = f"{note}; {bound}"
    out.tables({marked("Country"): table}, write_folder(output, files), note=note)
