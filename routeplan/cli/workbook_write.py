"""Write a plan as a workbook that can be edited."""

from __future__ import annotations

from pathlib import Path

from routeplan.cli import options
from routeplan.cli.inputs import PlanFiles, scenario_and_plan
from routeplan.cli.output import Output, check_output
from routeplan.files import write_whole


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
    from routeplan.handouts.workbook import make_workbook
    from routeplan.handouts.workbook_sheets import make_tables
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
    write_whole(files)
    out.files({"workbook": output} | {path.stem: path for path in [*files][1:]})
