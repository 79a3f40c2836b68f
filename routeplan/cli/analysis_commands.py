"""What each command for analysts does."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from routeplan.analysis import (
    Runner,
    compare_plans,
    coverage_by_group,
    differences,
    join,
    overlap,
    plan_country,
    read_sweep,
    trace_frontier,
)
from routeplan.cli import show
from routeplan.cli.written import check_folder, csv_bytes, load_plots, slug, write_folder
from routeplan.errors import Fault, Faults, InputError, nearest
from routeplan.files import read_bytes
from routeplan.formats import (
    plan_from_json,
    plan_to_json,
    problem_from_json,
    problem_sha256,
    problem_to_json,
)
from routeplan.planner import Options

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

__all__ = ["compare", "country", "frontier", "sweep"]


def compare(asked: argparse.Namespace) -> int:
    """Put plans side by side."""
    plans, problems = _read_cases(asked.plans, asked.problem)
    districts = None if asked.districts is None else _read_districts(asked.districts)
    table = compare_plans(
        plans, problems, districts=districts, litres_per_100_km=dict(asked.litres)
    )
    tables = {"Plans": table.reset_index(), "Reached by size": coverage_by_group(plans, problems)}
    if districts is not None:
        tables["Reached by district"] = coverage_by_group(plans, problems, districts=districts)
    if len(plans) > 1:
        tables["Overlap of what is visited"] = overlap(plans)
    written = {}
    if asked.output is not None:
        plots = load_plots()

        villages = differences(plans, problems)
        last = tables.get("Reached by district", tables["Reached by size"])
        files: dict[str, str | bytes] = {
            f"{slug(title)}.csv": csv_bytes(each) for title, each in tables.items()
        }
        files["plans.png"] = plots.png(plots.draw_comparison(table, last))
        if len(plans) > 1:
            files["differences.geojson"] = villages.to_json(drop_id=True, ensure_ascii=False)
            files["differences.png"] = plots.png(plots.draw_differences(villages))
        written = write_folder(asked.output, files)
    # Plans stand beside each other, figures below each other: there are more of these.
    turned = table.T.reset_index(names="")
    show.tables({**tables, "Plans": turned}, written, data=tables, as_json=asked.json)
    return 0


def frontier(asked: argparse.Namespace) -> int:
    """Tell what more of each thing brings."""
    plots = load_plots()

    names = ("crews", "days", "nights", "drive_hours")
    axes = {name: getattr(asked, name) for name in names if getattr(asked, name) is not None}
    if not axes:
        hint = "name one at least: --crews 1:5, --days 3:7, --nights 0:2, --drive-hours 3:6"
        raise InputError([Fault("frontier", "is told of nothing to have more of", hint)])
    check_folder(asked.output, "frontier.csv", "steps.csv", "frontier.png")
    options = Options(
        engine=asked.engine,
        seconds=None if asked.iterations is not None else asked.seconds,
        iterations=asked.iterations,
        seed=asked.seed,
        bound=asked.bound,
    )
    with show.Steps(quiet=asked.quiet) as steps:
        problem = _load(asked.posed, steps)
        steps.on_step("planning")
        found = trace_frontier(problem, axes, options, runner=_runner(asked, steps))
    table, brings = found.table(), found.steps()
    written = write_folder(
        asked.output,
        {
            "frontier.csv": csv_bytes(table),
            "steps.csv": csv_bytes(brings),
            "frontier.png": plots.png(plots.draw_frontier(found)),
        },
    )
    show.tables({"Frontier": table, "What one more brings": brings}, written, as_json=asked.json)
    return 0


def sweep(asked: argparse.Namespace) -> int:
    """Plan every cell of a sweep."""
    check_folder(asked.output, "sweep.csv")
    with show.Steps(quiet=asked.quiet) as steps:
        swept = read_sweep(asked.sweep, lambda path: _load(path, steps))
        steps.on_step("planning")
        table, _ = swept.run(_runner(asked, steps))
    written = write_folder(asked.output, {"sweep.csv": csv_bytes(table)})
    narrow = ["district", "variant", "households", "weighted", "crew_days", "drive_hours"]
    shown = table[[column for column in narrow if column in table.columns]]
    data = {"Sweep": table}
    show.tables({"Sweep": shown}, written, data=data, as_json=asked.json)
    return 0


def country(asked: argparse.Namespace) -> int:
    """Share crews out over districts and plan them all."""
    plots = load_plots()

    check_folder(asked.output, "country.csv", "country.png", "problem.json", "plan.json")
    with show.Steps(quiet=asked.quiet) as steps:
        swept = read_sweep(asked.sweep, lambda path: _load(path, steps))
        steps.on_step("planning")
        shared = plan_country(
            {district.name: district.problem for district in swept.districts},
            *(asked.crews, swept.options),
            most=asked.most,
            runner=_runner(asked, steps),
        )
    problem, plan = join(shared.cases(), name=swept.name)
    table = shared.table()
    written = write_folder(
        asked.output,
        {
            "country.csv": csv_bytes(table),
            "country.png": plots.png(plots.draw_country(shared)),
            "problem.json": problem_to_json(problem),
            "plan.json": plan_to_json(plan),
        },
    )
    total = f"crews: {table['crews'].sum()}; households reached: {table['reached'].sum()}"
    if shared.upper_bound is not None:
        total += f"; no way to share them out reaches more than {shared.upper_bound:.1f} (weighted)"
    show.tables({"Country": table}, written, note=total, as_json=asked.json)
    return 0


def _runner(asked: argparse.Namespace, steps: show.Steps) -> Runner:
    if asked.workers is not None and asked.workers < 0:
        raise InputError([Fault("--workers", f"{asked.workers} is below 0")])
    return Runner(
        folder=asked.output / "cells",
        workers=asked.workers,
        scheduler=asked.scheduler,
        report=steps.count,
    )


def _load(path: Path, steps: show.Steps) -> Problem:
    """Read a problem, or the problem that a scenario poses."""
    if path.suffix.lower() != ".toml":
        return problem_from_json(read_bytes(path), source=path.name)
    from routeplan.workflow.prepare import prepare  # noqa: PLC0415  # loads the roads' libraries

    return prepare(path, on_step=steps.on_step).problem


def _read_cases(
    paths: list[Path], problem_file: Path | None
) -> tuple[dict[str, Plan], dict[str, Problem]]:
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
            faults.add(str(path), "is named twice")
        if problem_sha256(data) != plan.problem_sha256:
            hint = "name its problem with --problem"
            faults.add(str(plan_file), f"was not made for the problem in {source}", hint)
        plans[name], problems[name] = plan, problem
    faults.raise_any()
    return plans, problems


def _read_districts(path: Path) -> dict[str, str]:
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError([Fault(str(path), "is not in UTF-8", "save it so")]) from None
    head = text.partition("\n")[0]
    rows = csv.DictReader(io.StringIO(text), delimiter=";" if ";" in head else ",")
    faults = Faults()
    try:
        columns = [column.strip() for column in rows.fieldnames or ()]
        rows.fieldnames = columns
        found = list(rows)
    except csv.Error as error:
        raise InputError([Fault(path.name, f"is no table in CSV: {error}")]) from None
    for column in ("id", "district"):
        if column not in columns:
            faults.add(path.name, f"has no column {column!r}", nearest(column, columns))
    faults.raise_any()
    return {row["id"]: row["district"] for row in found if row["id"] and row["district"]}
