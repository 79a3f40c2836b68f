"""What a plan becomes on paper, phones and screens: all of it, or one kind."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from routeplan.cli import options
from routeplan.cli.output import check_folder, counted, write_folder
from routeplan.cli.planning import show_plan
from routeplan.errors import Fault, InputError
from routeplan.files import check_writable, read_bytes, write_whole
from routeplan.formats import plan_to_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from routeplan.cli.output import Output, Steps
    from routeplan.handouts import MapData
    from routeplan.language import Language
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.planner import Options
    from routeplan.workflow.edits import CheckedEdits
    from routeplan.workflow.prepare import Prepared

KINDS = ("map", "sheets", "phone", "workbook", "layers", "csv")


def _split_files(
    context: click.Context, parameter: click.Parameter, files: tuple[Path, ...]
) -> tuple[Path | None, Path]:
    if len(files) > 2:  # noqa: PLR2004
        message = "expected PLAN, or SCENARIO and PLAN, and nothing more"
        raise click.BadParameter(message, context, parameter)
    return (files[0] if len(files) > 1 else None), files[-1]


plan_files_argument = click.argument(
    "files", nargs=-1, required=True, metavar="[SCENARIO] PLAN", callback=_split_files, type=Path
)


@options.command()
@plan_files_argument
@options.output("FOLDER", "Where they go.", "outputs/handouts")
@click.option(
    *("--only", "kinds"),
    multiple=True,
    type=click.Choice(KINDS),
    help="Make this kind and no other (repeatable).",
)
@options.language
def handouts(
    out: Output,
    files: tuple[Path | None, Path],
    output: Path,
    kinds: tuple[str, ...],
    language: Language | None,
) -> None:
    """Write all that crews take along, and organizers' files.

    With scenario.toml before the plan, ways follow the roads; with problem.json before it, or
    beside it, they are straight.
    """
    from routeplan.handouts import make_handouts
    from routeplan.workflow import outputs
    from routeplan.workflow.edits import fingerprint_of

    check_writable(output / outputs.INDEX)
    made: dict[str, bytes] = {}
    with out.steps() as steps:
        read = read_plan(steps, *files, language)
        fingerprint = fingerprint_of(read[1])
        for step, make in make_handouts(*read, fingerprint=fingerprint, kinds=kinds or None):
            steps.on_step(step)
            made |= make()
        steps.on_step("writing files")
        outputs.write_folder(output, made)
    folders = Counter(name.rpartition("/")[0] for name in made)
    out.answer(
        {"files": {name: str(output / name) for name in made}},
        [f"{output / folder}: {count} files" for folder, count in sorted(folders.items())],
    )


@options.command()
@options.paths("scenario", "plan")
@options.output("MAP", "Where the map goes.", "map.html")
@options.language
def draw(out: Output, scenario: Path, plan: Path, output: Path, language: Language | None) -> None:
    """Draw a plan on its scenario's roads."""
    from routeplan.workflow.draw import draw_map

    options.check_output(output, scenario, plan)
    with out.steps() as steps:
        made, prepared = _prepare(steps, scenario, plan, language)
        steps.on_step("drawing the map")
        draw_map(prepared, made).save(output)
    out.files({"map": output})


@options.command()
@options.paths("scenario", "plan")
@options.output("FOLDER", "Where the PDFs go.", "sheets")
@options.option("--crew", "ID", "Those of this crew alone.")
@options.option("--day", "DAY", "Those of this day alone: its number on the sheets, or its date.")
@options.language
def sheets(
    *,
    out: Output,
    scenario: Path,
    plan: Path,
    output: Path,
    crew: str | None,
    day: str | None,
    language: Language | None,
) -> None:
    """Write a plan as PDF: day, tally and check-in sheets."""
    from routeplan.handouts import Selection
    from routeplan.workflow.draw import draw_sheets

    check_folder(output, "sheets.pdf")
    with out.steps() as steps:
        made, prepared = _prepare(steps, scenario, plan, language)
        selection = Selection(
            crew, None if day is None else options.find_day(prepared.problem, day)
        )
        steps.on_step("drawing sheets")
        drawn = draw_sheets(prepared, made, selection=selection)
        written = write_folder(output, drawn)
    out.files(written)


@options.command()
@options.paths("scenario", "plan")
@options.output("FOLDER", "Where the files go.", "phone")
@options.language
def phone(out: Output, scenario: Path, plan: Path, output: Path, language: Language | None) -> None:
    """Write a plan as GPX and KML for phones, by crew and day."""
    from routeplan.handouts import build_view
    from routeplan.handouts.phone import phone_files

    check_folder(output, "any.gpx")
    with out.steps() as steps:
        problem, made, data = read_plan(steps, scenario, plan, language)
        files = phone_files(problem, made, build_view(problem, made, data))
    out.files(write_folder(output, files))


@options.command()
@options.paths("scenario", "plan")
@options.output("GPKG", "Where it goes.", "plan.gpkg")
@options.language
def layers(
    out: Output, scenario: Path, plan: Path, output: Path, language: Language | None
) -> None:
    """Write a plan as a GeoPackage, styled for QGIS."""
    from routeplan.handouts import build_view
    from routeplan.handouts.layers import make_layers

    options.check_output(output, scenario, plan)
    with out.steps() as steps:
        problem, made, data = read_plan(steps, scenario, plan, language)
        layers = make_layers(problem, made, build_view(problem, made, data))
    write_whole({output: layers})
    out.files({"layers": output})


@options.command()
@options.paths("scenario", "plan")
@options.output("XLSX", "Where it goes.", "plan.xlsx")
@options.flag("--csv", "Write stops, villages and what is left out as CSV, too.")
@options.language
def write_workbook(
    *, out: Output, scenario: Path, plan: Path, output: Path, csv: bool, language: Language | None
) -> None:
    """Write a plan as a workbook that can be edited.

    SCENARIO is scenario.toml, or problem.json.
    """
    from routeplan.handouts import build_view
    from routeplan.handouts.workbook import make_workbook
    from routeplan.handouts.workbook_sheets import make_tables
    from routeplan.workflow.edits import fingerprint_of
    from routeplan.workflow.outputs import check_replaceable

    options.check_output(output, scenario, plan)
    with out.steps() as steps:
        problem, made, data = read_plan(steps, scenario, plan, language)
        view = build_view(problem, made, data)
    workbook = make_workbook(problem, made, view, fingerprint=fingerprint_of(made))
    files: dict[Path, str | bytes] = {output: workbook}
    if csv:
        tables = make_tables(problem, made, view)
        beside = {output.parent / name: data for name, data in tables.items()}
        check_replaceable(beside)
        files |= beside
    write_whole(files)
    out.files({"workbook": output} | {path.stem: path for path in [*files][1:]})


@options.command()
@options.paths("workbook", "problem", "plan")
@options.output("PLAN2", "Plan anew around the edits, into this file.")
@options.search()
def read_workbook(
    out: Output, workbook: Path, problem: Path, plan: Path, output: Path | None, search: Options
) -> int:
    """Read the edits of a workbook, as pins or as a new plan.

    PLAN is the plan that the workbook was written for.
    """
    from routeplan.handouts.workbook_edits import read_edits
    from routeplan.workflow.edits import check_edits, fingerprint_of, replan

    options.check_output(output, workbook, problem, plan)
    posed, made, sha256 = options.read_problem_and_plan(problem, plan)
    edits = read_edits(
        *(read_bytes(workbook), posed, made),
        source=workbook.name,
        fingerprint=fingerprint_of(made),
    )
    checked, new = check_edits(posed, made, edits), None
    if output is not None:
        with out.steps() as steps:
            steps.on_step("planning around what was edited")
            new, checked = replan(posed, checked, search, report=steps.report, sha256=sha256)
        write_whole({output: plan_to_json(new)})
        if not out.as_json:
            show_plan(out, posed, new, {"plan": output})
    values: dict[str, object] = {
        "kept": [{"pin": edit.text, "cells": edit.cells} for edit in checked.edits],
        "not_kept": [asdict(fault) for fault in checked.faults],
    }
    if new is not None:
        values |= {"summary": asdict(new.summary), "files": {"plan": str(output)}}
    out.answer(values, _edit_lines(checked))
    if checked.faults:
        return InputError.exit_code
    return 0 if new is None else options.exit_code_of(new)


def read_plan(
    steps: Steps, scenario: Path | None, plan_file: Path, language: Language | None
) -> tuple[Problem, Plan, MapData]:
    """Read a plan with its problem, and what it is drawn on where a scenario is given.

    `scenario` may also be the problem's file; None means the problem beside the plan.
    """
    from routeplan.handouts import MapData, check_references
    from routeplan.workflow.draw import trace_map_data

    path = scenario or plan_file.with_name("problem.json")
    if path.suffix == ".toml":
        plan, prepared = _prepare(steps, path, plan_file, language)
        steps.on_step("tracing the way")
        return prepared.problem, plan, trace_map_data(prepared, plan)
    steps.on_step("reading the plan")
    if not path.exists():
        hint = "give the scenario, or the problem, before the plan"
        raise InputError([Fault(str(path), "is not there, and the plan needs its problem", hint)])
    problem, plan, _ = options.read_problem_and_plan(path, plan_file)
    check_references(problem, plan)
    return problem, plan, MapData(language or "en")


def _prepare(
    steps: Steps, scenario: Path, plan_file: Path, language: Language | None
) -> tuple[Plan, Prepared]:
    """Read a plan, and prepare the scenario that it was made for."""
    from routeplan.workflow.prepare import prepare

    plan = options.read_plan_file(plan_file)
    prepared = prepare(options.read_scenario_in(language, scenario), on_step=steps.on_step)
    options.check_made_for(plan, plan_file, prepared, scenario)
    return plan, prepared


def _edit_lines(checked: CheckedEdits) -> Iterator[str]:
    """Yield what is kept of the edits, and what is not and why."""
    for edit in checked.edits:
        yield f"kept: {edit.text} ({', '.join(edit.cells)})"
    for fault in checked.faults:
        yield f"not kept: {fault}"
    kept, faults = counted(len(checked.edits), "edit"), counted(len(checked.faults), "fault")
    yield f"{kept} kept, {faults}" if checked.edits or checked.faults else "nothing was edited"
