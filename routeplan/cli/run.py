"""Run all steps: scenario, roads, plan, map."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from routeplan.cli import inputs, options
from routeplan.cli.output import Output, check_folder
from routeplan.cli.plan_tables import exit_code_of, show_plan

if TYPE_CHECKING:
    from routeplan.language import Language
    from routeplan.planner import Options

FILES_HELP = "Where problem.json, plan.json and map.html go."


@options.command()
@options.paths("scenario")
@options.output("FOLDER", FILES_HELP, default="outputs")
@options.language
@options.search()
def run(
    out: Output, scenario: Path, output: Path, language: Language | None, search: Options
) -> int:
    """Run all steps: scenario, roads, plan, map."""
    return run_all_steps(out, scenario, output, language, search)


def run_all_steps(
    out: Output, scenario: Path, output: Path, language: Language | None, search: Options
) -> int:
    """Take the steps, show the plan, and return the exit code."""
    from routeplan.workflow import prepare
    from routeplan.workflow.inputs import base_notes, condition_notes

    check_folder(output, *prepare.FILES)
    with out.steps() as steps:
        results = prepare.run(
            *(inputs.read_scenario_in(language, scenario), output, search),
            on_step=steps.on_step,
            report=steps.report,
        )
        found = results.prepared
        remarks = condition_notes(found.graph, found.conditions, found.snaps)
        for remark in (*remarks, *base_notes(found.scenario, found.snaps)):
            steps.note(remark)
    files = {"problem": results.problem_file, "plan": results.plan_file, "map": results.map_file}
    show_plan(out, results.prepared.problem, results.plan, files)
    return exit_code_of(results.plan)
