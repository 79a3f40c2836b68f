"""Compare plans side by side."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from routeplan.cli import options
from routeplan.cli.analysis import csv_files, load_plots
from routeplan.cli.inputs import read_text
from routeplan.cli.output import Output, write_folder
from routeplan.cli.words import head
from routeplan.errors import Fault, Faults, InputError, nearest
from routeplan.files import read_bytes
from routeplan.formats import plan_from_json, problem_from_json, problem_sha256
from routeplan.language import gettext as _
from routeplan.language import marked
from routeplan.model.plan import Plan
from routeplan.model.problem import Problem

if TYPE_CHECKING:
    import pandas as pd

MAX_LITRES = 1000


def parse_litres(text: str) -> tuple[str, float]:
    """Parse ``car=9.5``."""
    vehicle, _equals, amount = text.partition("=")
    try:
        number = float(amount)
    except ValueError:
        number = -1.0
    if not vehicle or not 0 <= number < MAX_LITRES:
        raise click.BadParameter(_("{text!r} is not like car=9.5", text=text))
    return vehicle, number


@options.command()
@click.argument("plans", nargs=-1, required=True, metavar="PLAN...", type=Path)
@options.path(
    "--problem", "FILE", "The problem of all plans. Default: problem.json beside each plan."
)
@options.path("--districts", "TABLE", "CSV with the columns id (of the village) and district.")
@options.option(
    *("--litres", "VEHICLE=L", "Per 100 km. Default: car=9, four_wheel_drive=13, others 11."),
    type=parse_litres,
    multiple=True,
)
@options.output("FOLDER", "Where tables and figures go.")
def compare(
    out: Output,
    plans: tuple[Path, ...],
    problem: Path | None,
    districts: Path | None,
    litres: tuple[tuple[str, float], ...],
    output: Path | None,
) -> None:
    """Compare plans side by side.

    Each PLAN is a plan file, or the folder of a run.
    """
    from routeplan import analysis

    made, problems = _read_plans(plans, problem)
    groups = None if districts is None else _read_districts(districts)
    table = analysis.compare_plans(made, problems, districts=groups, litres_per_100_km=dict(litres))
    by_size = analysis.coverage_by_group(made, problems)
    tables = {marked("Plans"): table.reset_index(), marked("Reached by size"): by_size}
    if groups is not None:
        by_district = analysis.coverage_by_group(made, problems, districts=groups)
        tables[marked("Reached by district")] = by_district
    if len(made) > 1:
        tables[marked("Overlap of what is visited")] = analysis.overlap(made)
    written = {}
    if output is not None:
        plots = load_plots()
        last = tables.get("Reached by district", by_size)
        files = csv_files(tables)
        files["plans.png"] = plots.png(plots.draw_comparison(table, last))
        if len(made) > 1:
            villages = analysis.differences(made, problems)
            files["differences.geojson"] = villages.to_json(drop_id=True, ensure_ascii=False)
            files["differences.png"] = plots.png(plots.draw_differences(villages))
        written = write_folder(output, files)
    # A column for each plan: there are more figures than plans.
    turned = table.T.reset_index(names="")
    turned[""] = turned[""].map(head)
    shown = {title: _in_words(each) for title, each in tables.items()} | {"Plans": turned}
    out.tables(shown, written, data=tables)


def _in_words(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose groups are in the language of messages."""
    from routeplan.analysis.labels import group_label

    return table.assign(group=table["group"].map(group_label)) if "group" in table else table


def _read_plans(
    paths: Sequence[Path], problem_file: Path | None
) -> tuple[dict[str, Plan], dict[str, Problem]]:
    """Read plans, by the name of their folder or file, and their problems."""
    faults = Faults()
    plans: dict[str, Plan] = {}
    problems: dict[str, Problem] = {}
    names = [path.name if path.is_dir() else path.stem for path in paths]
    for path, short in zip(paths, names, strict=True):
        name = short if names.count(short) == 1 else str(path)
        plan_file = path / "plan.json" if path.is_dir() else path
        try:
            plan = plan_from_json(read_bytes(plan_file), source=str(plan_file))
            source = problem_file or plan_file.parent / "problem.json"
            data = read_bytes(source)
            problem = problem_from_json(data, source=str(source))
        except InputError as error:
            faults.adopt(error)
            continue
        if name in plans:
            faults.add(str(path), _("is named twice"))
        if problem_sha256(data) != plan.problem_sha256:
            message = _("was not made for the problem in {file}", file=source)
            faults.add(str(plan_file), message, _("name its problem with --problem"))
        plans[name], problems[name] = plan, problem
    faults.raise_any()
    return plans, problems


def _read_districts(path: Path) -> dict[str, str]:
    """Read the district of each village from CSV."""
    text = read_text(path)
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    rows = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    faults = Faults()
    try:
        columns = [column.strip() for column in rows.fieldnames or ()]
        rows.fieldnames = columns
        found = list(rows)
    except csv.Error as error:
        raise InputError(
            [Fault(path.name, _("is no table in CSV: {error}", error=error))]
        ) from None
    for column in ("id", "district"):
        if column not in columns:
            message = _("has no column {column!r}", column=column)
            faults.add(path.name, message, nearest(column, columns))
    faults.raise_any()
    return {row["id"]: row["district"] for row in found if row["id"] and row["district"]}
