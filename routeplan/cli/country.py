"""Share crews out over districts, and plan them all."""

from __future__ import annotations

from dataclasses import replace
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
    seeds_option,
    with_folders,
    write_results,
)
from routeplan.cli.output import Output, check_folder
from routeplan.formats import plan_to_json, problem_to_json
from routeplan.language import gettext as _
from routeplan.language import marked, message_language
from routeplan.model.problem import problem_of

if TYPE_CHECKING:
    import pandas as pd

    from routeplan.analysis import Country, Floor, Sweep

FILES = ("country.csv", "country.png", "problem.json", "plan.json", "map.html")
# Columns of the file that a terminal has no room for.
HIDDEN = ["iterations", "folder"]


@options.command()
@options.paths("file", metavar="SWEEP")
@options.option("--crews", "NUMBER", "Crews for all districts.", type=int, required=True)
@options.option(
    "--most", "NUMBER", "Most crews for one. Default: twice its even part + 1.", type=int
)
@options.option(
    *("--min-households", "NUMBER"),
    "Reach at least so many in each district that names no number of its own in SWEEP, or all.",
    type=int,
    default=0,
)
@options.option(
    *("--min-crew-days", "NUMBER"),
    "Give at least so many to each district that names no number of its own in SWEEP.",
    type=int,
    default=0,
)
@seeds_option
@cells_options("outputs/country")
def country(
    *,
    out: Output,
    file: Path,
    crews: int,
    most: int | None,
    min_households: int,
    min_crew_days: int,
    seeds: int,
    output: Path,
    runner: MakeRunner,
) -> None:
    """Share crews out over districts, and plan them all.

    SWEEP is sweep.toml, with districts. What floors cost is shown: how many households more would
    be reached without them.
    """
    from routeplan.analysis import Floor, join, joined_villages, plan_country, read_sweep
    from routeplan.handouts import MapData
    from routeplan.workflow.draw import draw_plan

    plots = load_plots()
    check_folder(output, *FILES)
    with out.steps() as steps:
        swept = read_sweep(file, lambda path: read_problem(path, steps))
        check_results(output, [(name,) for name in swept.districts])
        steps.on_step(_("planning"))
        shared = plan_country(
            swept.districts,
            *(crews, swept.options),
            most=most,
            floors=_floors(swept, Floor(min_households, min_crew_days)),
            seeds=seeds,
            runner=runner(report=steps.count, note=steps.note),
        )
    by_name = shared.cases()
    problem, plan = join(by_name, name=swept.name)
    data = MapData(message_language(), districts=joined_villages(by_name))
    cases: Cases = {(name,): case for name, case in by_name.items()}
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


def _floors(swept: Sweep, default: Floor) -> dict[str, Floor]:
    """Return the floor of each district, by default one that asks for no more than is there."""
    floors = {}
    for name, posed in swept.districts.items():
        there = sum(village.households for village in problem_of(posed).villages)
        least = replace(default, households=min(default.households, there))
        own = swept.floors.get(name, least)
        floors[name] = replace(
            own,
            households=own.households or least.households,
            crew_days=own.crew_days or least.crew_days,
        )
    return floors


def _note(shared: Country, table: pd.DataFrame) -> str:
    """Return what is reached in all, and what is proved of it."""
    note = _(
        "crews: {crews}; households reached: {reached}",
        crews=table["crews"].sum(),
        reached=table["reached"].sum(),
    )
    if shared.without_floors is not None:
        price = _(
            "floors cost {price} households: without them {reached} are reached",
            price=shared.price_of_floors,
            reached=shared.without_floors.households,
        )
        note = f"{note}; {price}"
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
