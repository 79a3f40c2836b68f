"""Write the planning problem of a scenario."""

from __future__ import annotations

from pathlib import Path

from routeplan.cli import options
from routeplan.cli.output import Output, check_output
from routeplan.files import write_whole
from routeplan.formats import problem_to_json


@options.command()
@options.paths("scenario")
@options.output("PROBLEM", "problem.json", required=True)
@options.choice(
    *("--format-version", [1, 2]),
    "Of problem.json: 1 knows no hours of rest, bonuses, floors and prices of driving.",
    default=2,
)
def problem(out: Output, scenario: Path, output: Path, format_version: int) -> None:
    """Write the planning problem of a scenario."""
    from routeplan.workflow.prepare import prepare

    check_output(output, scenario)
    with out.steps() as steps:
        prepared = prepare(scenario, on_step=steps.on_step)
        for remark in prepared.remarks:
            steps.note(remark)
    write_whole({output: problem_to_json(prepared.problem, version=format_version)})
    out.files({"problem": output})
