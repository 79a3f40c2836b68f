"""``workbook``: write a plan as a workbook, and read its edits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from routeplan.cli import inputs, options
from routeplan.cli.inputs import PlanFiles, scenario_and_plan
from routeplan.cli.output import Output, check_output
from routeplan.cli.plan_tables import exit_code_of, show_plan
from routeplan.errors import InputError
from routeplan.files import read_bytes, write_unlocked, write_whole
from routeplan.formats import plan_to_json
from routeplan.language import gettext as _
from routeplan.language import ngettext

if TYPE_CHECKING:
    from routeplan.planner import Options
    from routeplan.workflow.edits import CheckedEdits


@options.command()
@scenario_and_plan
@options.output("XLSX", "Where it goes.", default="plan.xlsx")
@options.flag("--csv", "Write stops, villages and what is left out as CSV, too.")
@options.language
def workbook_write(*, out: Output, source: PlanFiles, output: Path, csv: bool) -> None:
    """Write a plan as a workbook that can be edited.

    SCENARIO is scenario.toml, or problem.json.
    """
    from routeplan.handouts import build_view
    from routeplan.handouts.tables import make_tables
    from routeplan.handouts.workbook import make_workbook
    from routeplan.workflow.edits import fingerprint_of
    from routeplan.workflow.outputs import check_replaceable

    check_output(output, source.scenario, source.plan)
    with out.steps() as steps:
        problem, plan, data = source.read(steps)
        view = build_view(problem, plan, data)
    workbook = make_workbook(problem, plan, view, fingerprint=fingerprint_of(plan))
    files: dict[Path, str | bytes] = {output: workbook}
    if csv:
        tables = make_tables(problem, plan, view)
        beside = {output.parent / name: data for name, data in tables.items()}
        check_replaceable(beside)
        files |= beside
    faults = write_unlocked(files)
    faults.raise_any()
    out.files({"workbook": output} | {path.stem: path for path in [*files][1:]})


@options.command()
@options.paths("workbook", "problem", "plan")
@options.output("PLAN2", "Plan anew around the edits, into this file.")
@options.flag("--all-days", "Plan days anew, too, that no edit has to do with.")
@options.search()
def workbook_read(
    *,
    out: Output,
    workbook: Path,
    problem: Path,
    plan: Path,
    output: Path | None,
    all_days: bool,
    search: Options,
) -> int:
    """Read the edits of a workbook, as pins or as a new plan.

    PLAN is the plan that the workbook was written for. Days that no edit has to do with stay as
    they are.
    """
    from routeplan.handouts.workbook_edits import read_edits
    from routeplan.workflow.edits import changed_days, check_edits, fingerprint_of, replan

    check_output(output, workbook, problem, plan)
    posed, made, sha256 = inputs.read_problem_and_plan(problem, plan)
    edits = read_edits(
        *(read_bytes(workbook), posed, made),
        source=workbook.name,
        fingerprint=fingerprint_of(made),
    )
    checked, new = check_edits(posed, made, edits), None
    if output is not None:
        with out.steps() as steps:
            steps.on_step(_("planning around what was edited"))
            new, checked = replan(
                *(posed, checked, search),
                all_days=all_days,
                report=steps.report,
                sha256=sha256,
            )
        write_whole({output: plan_to_json(new)})
        if not out.as_json:
            show_plan(out, posed, new, {"plan": output})
    values: dict[str, object] = {
        "kept": [{"pin": edit.text, "cells": edit.cells} for edit in checked.edits],
        "not_kept": [asdict(fault) for fault in checked.faults],
    }
    lines = [*_edit_lines(checked)]
    if new is not None:
        changed = [f"{team}:{day + 1}" for team, day in changed_days(made, new)]
        values |= {"summary": asdict(new.summary), "files": {"plan": str(output)}}
        values |= {"changed": changed}
        tours = ", ".join(changed) or _("none")
        lines.append(_("tours with other visits than before: {tours}", tours=tours))
    out.answer(values, lines)
    if checked.faults:
        return InputError.exit_code
    return 0 if new is None else exit_code_of(new)


def _edit_lines(checked: CheckedEdits) -> Iterator[str]:
    """Yield what is kept of the edits, and what is not and why."""
    for edit in checked.edits:
        yield _("kept: {edit} ({cells})", edit=f"--{edit.text}", cells=", ".join(edit.cells))
    for fault in checked.faults:
        yield _("not kept: {fault}", fault=fault)
    if checked.edits or checked.faults:
        kept = ngettext("{n} edit kept", "{n} edits kept", len(checked.edits))
        faults = ngettext("{n} fault", "{n} faults", len(checked.faults))
        yield f"{kept}, {faults}"
    else:
        yield _("nothing was edited")
