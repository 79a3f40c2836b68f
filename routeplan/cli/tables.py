"""What the plan becomes for phones, spreadsheets and maps on a computer."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from routeplan.cli import show, show_plan
from routeplan.cli.asked import check_output, code_of, options_of, read_both
from routeplan.cli.handout_commands import read_plan
from routeplan.cli.written import check_folder, write_folder
from routeplan.errors import InputError
from routeplan.files import read_bytes, write_whole
from routeplan.formats import plan_to_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from pathlib import Path

    from routeplan.handouts import MapView
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.workflow.edits import CheckedEdits

__all__ = ["layers", "phone", "read_workbook", "write_workbook"]


def phone(asked: argparse.Namespace) -> int:
    """Write a plan for phones."""
    from routeplan.handouts.phone import phone_files  # noqa: PLC0415

    check_folder(asked.output, "any.gpx")
    problem, plan, view = _seen(asked)
    files = phone_files(problem, plan, view)
    show.files(write_folder(asked.output, files), as_json=asked.json)
    return 0


def layers(asked: argparse.Namespace) -> int:
    """Write a plan as layers."""
    from routeplan.handouts.layers import make_layers  # noqa: PLC0415

    check_output(asked.output, asked.scenario, asked.plan)
    write_whole({asked.output: make_layers(*_seen(asked))})
    show.files({"layers": asked.output}, as_json=asked.json)
    return 0


def write_workbook(asked: argparse.Namespace) -> int:
    """Write a plan as a workbook."""
    from routeplan.handouts.workbook import make_tables, make_workbook  # noqa: PLC0415
    from routeplan.workflow.edits import fingerprint_of  # noqa: PLC0415
    from routeplan.workflow.outputs import check_replaceable  # noqa: PLC0415

    check_output(asked.output, asked.scenario, asked.plan)
    seen = _seen(asked)
    files: dict[Path, str | bytes] = {
        asked.output: make_workbook(*seen, fingerprint=fingerprint_of(seen[1]))
    }
    if asked.csv:
        tables = {asked.output.parent / name: data for name, data in make_tables(*seen).items()}
        check_replaceable(tables)
        files |= tables
    write_whole(files)
    names = {"workbook": asked.output} | {path.stem: path for path in [*files][1:]}
    show.files(names, as_json=asked.json)
    return 0


def read_workbook(asked: argparse.Namespace) -> int:
    """Take back what was edited in a workbook."""
    from routeplan.handouts.workbook_edits import read_edits  # noqa: PLC0415
    from routeplan.workflow.edits import check_edits, fingerprint_of, replan  # noqa: PLC0415

    if asked.output is not None:
        check_output(asked.output, asked.workbook, asked.problem, asked.plan)
    problem, plan, sha256 = read_both(asked.problem, asked.plan)
    edits = read_edits(
        *(read_bytes(asked.workbook), problem, plan),
        source=asked.workbook.name,
        fingerprint=fingerprint_of(plan),
    )
    taken, new = check_edits(problem, plan, edits), None
    if asked.output is not None:
        with show.Steps(quiet=asked.quiet) as steps:
            steps.on_step("planning around what was edited")
            new, taken = replan(
                *(problem, taken, options_of(asked)), report=steps.report, sha256=sha256
            )
        write_whole({asked.output: plan_to_json(new)})
    if new is not None and not asked.json:
        show_plan.plan(problem, new, {"plan": asked.output}, as_json=False)
    values = _values(taken)
    if new is not None:
        values |= {"summary": asdict(new.summary), "files": {"plan": str(asked.output)}}
    show.answer(values, _lines(taken), as_json=asked.json)
    if taken.faults:
        return InputError.exit_code
    return 0 if new is None else code_of(new)


def _seen(asked: argparse.Namespace) -> tuple[Problem, Plan, MapView]:
    """Return a plan as handouts see it, of a scenario or of a problem without its roads."""
    from routeplan.handouts import build_view  # noqa: PLC0415

    with show.Steps(quiet=asked.quiet) as steps:
        problem, plan, data = read_plan(asked, steps)
        return problem, plan, build_view(problem, plan, data)


def _values(taken: CheckedEdits) -> dict[str, object]:
    return {
        "kept": [{"pin": edit.text, "cells": edit.cells} for edit in taken.edits],
        "not_kept": [asdict(fault) for fault in taken.faults],
    }


def _lines(taken: CheckedEdits) -> Iterator[str]:
    """Yield what is kept of the edits, and what is not and why."""
    for edit in taken.edits:
        yield f"kept: {edit.text} ({', '.join(edit.cells)})"
    for fault in taken.faults:
        yield f"not kept: {fault}"
    counts = (len(taken.edits), "edit"), (len(taken.faults), "fault")
    kept, faults = (f"{n} {noun}{'' if n == 1 else 's'}" for n, noun in counts)
    yield f"{kept} kept, {faults}" if taken.edits or taken.faults else "nothing was edited"
