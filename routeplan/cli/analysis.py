"""Commands for analysts: ``compare``, ``frontier``, ``sweep``, ``country``, ``coverage``."""

from __future__ import annotations

import csv
import functools
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from routeplan.cli import options
from routeplan.cli.output import check_folder, csv_bytes, load_plots, slug, write_folder
from routeplan.errors import Fault, Faults, InputError, nearest
from routeplan.files import read_bytes
from routeplan.formats import (
    plan_from_json,
    plan_to_json,
    problem_from_json,
    problem_sha256,
    problem_to_json,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from routeplan.analysis import Runner
    from routeplan.cli.output import Output, Steps
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.planner import Options

    MakeRunner = Callable[..., Runner]

# No axis is that long; a mistyped one is.
MAX_VALUES = 100
MAX_LITRES = 1000


def parse_axis(text: str) -> tuple[float, ...]:
    """Parse ``1:5``, ``3:6:0.5`` (both ends included) or ``1,2,4``."""
    try:
        if ":" not in text:
            return tuple(float(part) for part in text.split(","))
        first, last, *rest = (float(part) for part in text.split(":"))
        (step,) = rest or [1.0]
        count = int((last - first) / step + 1e-9) + 1
    except (ValueError, ZeroDivisionError, OverflowError):
        raise click.BadParameter(f"{text!r} is not like 1:5, 3:6:0.5 or 1,2,4") from None
    if step <= 0 or not 1 <= count <= MAX_VALUES:
        message = f"{text!r} has {max(count, 0)} values; expected are 1 to {MAX_VALUES}"
        raise click.BadParameter(message)
    return tuple(first + n * step for n in range(count))


def parse_litres(text: str) -> tuple[str, float]:
    """Parse ``car=9.5``."""
    vehicle, _, amount = text.partition("=")
    try:
        number = float(amount)
    except ValueError:
        number = -1.0
    if not vehicle or not 0 <= number < MAX_LITRES:
        raise click.BadParameter(f"{text!r} is not like car=9.5")
    return vehicle, number


def parse_minutes(text: str) -> tuple[float, ...]:
    """Parse ``60,120,180``."""
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise click.BadParameter(f"{text!r} is not like 60,120,180") from None


def cells_options(folder: str) -> options.Decorator:
    """Add the options of many plans, of which the function gets ``output`` and ``runner``.

    The latter makes the `Runner`, given what reports how many of them are done.
    """
    text = "Where tables, figures and planned cells go; a second run continues from there."
    scheduler_text = "Plan on the Dask cluster at tcp://host:port, the only connection made."

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def run(*, output: Path, workers: int | None, scheduler: str | None, **values: Any) -> None:  # noqa: ANN401
            from routeplan.analysis import Runner

            _check_not_negative(workers=workers)
            folder = output / "cells"
            runner = functools.partial(Runner, folder, workers=workers, scheduler=scheduler)
            function(output=output, runner=runner, **values)

        return options.combined(
            options.output("FOLDER", text, folder),
            options.workers,
            options.option("--scheduler", "ADDRESS", scheduler_text),
        )(run)

    return decorate


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
    tables = {"Plans": table.reset_index(), "Reached by size": by_size}
    if groups is not None:
        by_district = analysis.coverage_by_group(made, problems, districts=groups)
        tables["Reached by district"] = by_district
    if len(made) > 1:
        tables["Overlap of what is visited"] = analysis.overlap(made)
    written = {}
    if output is not None:
        plots = load_plots()
        last = tables.get("Reached by district", by_size)
        files: dict[str, str | bytes] = {
            f"{slug(title)}.csv": csv_bytes(each) for title, each in tables.items()
        }
        files["plans.png"] = plots.png(plots.draw_comparison(table, last))
        if len(made) > 1:
            villages = analysis.differences(made, problems)
            files["differences.geojson"] = villages.to_json(drop_id=True, ensure_ascii=False)
            files["differences.png"] = plots.png(plots.draw_differences(villages))
        written = write_folder(output, files)
    # A column for each plan: there are more figures than plans.
    turned = table.T.reset_index(names="")
    out.tables({**tables, "Plans": turned}, written, data=tables)


@options.command()
@click.argument("posed", metavar="PROBLEM", type=Path)
@options.option("--crews", "FROM:TO", "Numbers of crews: 1:5, or 1,2,4.", type=parse_axis)
@options.option("--days", "FROM:TO", "Numbers of days.", type=parse_axis)
@options.option("--nights", "FROM:TO", "Most nights away in a row.", type=parse_axis)
@options.option(
    "--drive-hours", "FROM:TO", "Most hours at the wheel a day: 3:6, or 3:6:0.5.", type=parse_axis
)
@options.search(seconds=5.0)
@cells_options("outputs/frontier")
def frontier(
    *,
    out: Output,
    posed: Path,
    search: Options,
    output: Path,
    runner: MakeRunner,
    **axes: tuple[float, ...] | None,
) -> None:
    """Show what more crews, days, nights or driving bring.

    PROBLEM is problem.json or scenario.toml.
    """
    from routeplan.analysis import trace_frontier

    plots = load_plots()
    given = {name: values for name, values in axes.items() if values is not None}
    if not given:
        hint = "name one at least: --crews 1:5, --days 3:7, --nights 0:2, --drive-hours 3:6"
        raise InputError([Fault("frontier", "has no axis", hint)])
    check_folder(output, "frontier.csv", "steps.csv", "frontier.png")
    with out.steps() as steps:
        problem = _read_problem(posed, steps)
        steps.on_step("planning")
        found = trace_frontier(problem, given, search, runner=runner(report=steps.count))
    table, brings = found.table(), found.steps()
    files: dict[str, str | bytes] = {
        "frontier.csv": csv_bytes(table),
        "steps.csv": csv_bytes(brings),
        "frontier.png": plots.png(plots.draw_frontier(found)),
    }
    out.tables({"Frontier": table, "What one more brings": brings}, write_folder(output, files))


@options.command()
@click.argument("file", metavar="SWEEP", type=Path)
@cells_options("outputs/sweep")
def sweep(out: Output, file: Path, output: Path, runner: MakeRunner) -> None:
    """Plan every cell of a grid or list of variants.

    SWEEP is sweep.toml.
    """
    from routeplan.analysis import read_sweep

    check_folder(output, "sweep.csv")
    with out.steps() as steps:
        swept = read_sweep(file, lambda path: _read_problem(path, steps))
        steps.on_step("planning")
        table, _ = swept.run(runner(report=steps.count))
    written = write_folder(output, {"sweep.csv": csv_bytes(table)})
    narrow = ["district", "variant", "households", "weighted", "crew_days", "drive_hours"]
    shown = table[[column for column in narrow if column in table.columns]]
    out.tables({"Sweep": shown}, written, data={"Sweep": table})


@options.command()
@click.argument("file", metavar="SWEEP", type=Path)
@options.option("--crews", "N", "Crews for all districts.", type=int, required=True)
@options.option("--most", "N", "Most crews for one. Default: twice its even part + 1.", type=int)
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
        swept = read_sweep(file, lambda path: _read_problem(path, steps))
        steps.on_step("planning")
        shared = plan_country(
            {district.name: district.problem for district in swept.districts},
            *(crews, swept.options),
            most=most,
            runner=runner(report=steps.count),
        )
    problem, plan = join(shared.cases(), name=swept.name)
    table = shared.table()
    files: dict[str, str | bytes] = {
        "country.csv": csv_bytes(table),
        "country.png": plots.png(plots.draw_country(shared)),
        "problem.json": problem_to_json(problem),
        "plan.json": plan_to_json(plan),
    }
    note = f"crews: {table['crews'].sum()}; households reached: {table['reached'].sum()}"
    if shared.upper_bound is not None:
        note += f"; no way to share them out reaches more than {shared.upper_bound:.1f} (weighted)"
    out.tables({"Country": table}, write_folder(output, files), note=note)


@options.command()
@options.paths("scenario")
@options.option(
    "--minutes", "M,M,…", "Of the isochrones.", type=parse_minutes, default="60,120,180"
)
@options.option("--hosts", "N", "Plan with one at each of N likely villages.", type=int, default=5)
@options.option("--seconds", "S", "Time limit of each such plan.", type=float, default=5.0)
@options.workers
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
    from routeplan.analysis.road_frames import frame_isochrones
    from routeplan.planner import Options
    from routeplan.workflow.prepare import prepare

    _check_not_negative(hosts=hosts, workers=workers)
    if output is not None:
        check_folder(output, "villages.csv", "villages.geojson", "isochrones.geojson")
    with out.steps() as steps:
        prepared = prepare(scenario, on_step=steps.on_step)
        steps.on_step("computing how far crews get")
        isochrones = frame_isochrones(prepared, minutes)
        reached = analysis.day_reach(prepared.problem)
        tables = {
            "How far crews get": isochrones.drop(columns="geometry").round(1),
            "Reached in a day from": analysis.reach_by_way(reached),
            "Villages": reached.drop(columns="geometry").round(1),
        }
        if hosts and any(team.max_nights_away != 0 for team in prepared.problem.teams):
            steps.on_step("planning with one more host")
            runner = analysis.Runner(workers=workers, report=steps.count)
            tables["One more host"] = analysis.find_hosts(
                prepared.problem, Options(seconds=seconds), candidates=hosts, runner=runner
            )
    written = {}
    if output is not None:
        files: dict[str, str | bytes] = {
            "isochrones.geojson": isochrones.to_json(drop_id=True, ensure_ascii=False),
            "villages.geojson": reached.to_json(drop_id=True, ensure_ascii=False),
            "coverage.png": plots.png(plots.draw_reach(isochrones, reached)),
            **{f"{slug(title)}.csv": csv_bytes(table) for title, table in tables.items()},
        }
        written = write_folder(output, files)
    hard = reached[(reached["reached_from"] != "base") & (reached["households"] > 0)]
    columns = ["place", "name", "households", "reached_from", "bed", "reason", "detail"]
    shown = {title: table for title, table in tables.items() if title != "Villages"}
    shown["Villages not reached in a day from a base"] = hard[columns]
    out.tables(shown, written, data=tables)


def _check_not_negative(**numbers: int | None) -> None:
    faults = Faults()
    for name, number in numbers.items():
        if number is not None and number < 0:
            faults.add(f"--{name}", f"{number} is below 0")
    faults.raise_any()


def _read_problem(path: Path, steps: Steps) -> Problem:
    """Read a problem, or the problem that a scenario poses."""
    if path.suffix.lower() != ".toml":
        return problem_from_json(read_bytes(path), source=path.name)
    from routeplan.workflow.prepare import prepare

    return prepare(path, on_step=steps.on_step).problem


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
            faults.add(str(path), "is named twice")
        if problem_sha256(data) != plan.problem_sha256:
            hint = "name its problem with --problem"
            faults.add(str(plan_file), f"was not made for the problem in {source}", hint)
        plans[name], problems[name] = plan, problem
    faults.raise_any()
    return plans, problems


def _read_districts(path: Path) -> dict[str, str]:
    """Read the district of each village from CSV."""
    text = options.read_text(path)
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    rows = csv.DictReader(io.StringIO(text), delimiter=delimiter)
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
