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
    from routeplan.scenario import Scenario

FILES_HELP = "Where problem.json, plan.json and map.html go."
OVERWRITE_HELP = "Replace a problem and a plan that were changed or made by another command."


@options.command()
@options.paths("scenario")
@options.output("FOLDER", FILES_HELP, default="outputs")
@options.language
@options.flag("--overwrite", OVERWRITE_HELP)
@options.search()
def run(
    *,
    out: Output,
    scenario: Path,
    output: Path,
    language: Language | None,
    overwrite: bool,
    search: Options,
) -> int:
    """Run all steps: scenario, roads, plan, map."""
    read = inputs.read_scenario_in(language, scenario)
    return run_all_steps(out, read, output, search, overwrite=overwrite)


def run_all_steps(
    out: Output, scenario: Scenario, output: Path, search: Options, *, overwrite: bool = False
) -> int:
    """Take the steps, show the plan, and return the exit code."""
    from routeplan.workflow import run as workflow

    check_folder(output, *workflow.FILES)
    with out.steps() as steps:
        results = workflow.run(
            *(scenario, output, search),
            overwrite=overwrite,
            on_step=steps.on_step,
            report=steps.report,
        )
        for remark in results.prepared.remarks:
            steps.note(remark)
    files = {"problem": results.problem_file, "plan": results.plan_file, "map": results.map_file}
    show_plan(out, results.prepared.problem, results.plan, files)
    return exit_code_of(results.plan)
