"""``week new``: the plan of the next week, with what was recorded and learned."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from routeplan.cli import inputs, options
from routeplan.cli.evening import show_learned
from routeplan.cli.ledger import passphrase_file, passphrase_of
from routeplan.cli.output import Output, check_folder
from routeplan.cli.plan_tables import exit_code_of, show_plan
from routeplan.errors import Fault, InputError
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from routeplan.language import Language
    from routeplan.planner import Options

HANDOUTS = "handouts"


@options.command()
@options.paths("scenario")
@options.path("--after", "FOLDER", "The folder of the week before.", required=True)
@options.option("--ledger", "LEDGER", "The campaign's ledger. Default: the scenario's.")
@passphrase_file
@options.option("--first", "DATE", "The first day. Default: whole weeks after the scenario's.")
@options.flag(
    "--as-assumed", "Plan with the scenario's paces and shares, not with what was learned."
)
@options.output("FOLDER", "Where the files of the week go.", required=True)
@options.flag("--overwrite", "Replace a problem and a plan that were changed since.")
@options.language
@options.search()
def week_new(
    *,
    out: Output,
    scenario: Path,
    after: Path,
    ledger: str | None,
    passphrase_file: Path | None,
    first: str | None,
    as_assumed: bool,
    output: Path,
    overwrite: bool,
    language: Language | None,
    search: Options,
) -> int:
    """Plan the next week with what is still unsigned and what was learned.

    Writes the problem, the plan, its map and all handouts. The days are those of the scenario,
    whole weeks later; the folder of the week before is not changed.
    """
    from routeplan.ledger import open_ledger
    from routeplan.workflow import run as workflow
    from routeplan.workflow import week
    from routeplan.workflow.draw import trace_map_data, write_handouts

    _check_folders(after, output)
    check_folder(output, *workflow.FILES)
    workflow.check_results(output, overwrite=overwrite)
    date = None if first is None else inputs.parse_date("--first", first)
    posed, _plan, _sha256 = inputs.read_problem_and_plan(
        after / "problem.json", after / "plan.json"
    )
    read = inputs.read_scenario_in(language, scenario)
    read = week.next_scenario(read, posed.days[-1].date, date)
    where = ledger or read.campaign.ledger
    if where is None:
        hint = _("name it with --ledger, or in the scenario: [campaign] ledger = …")
        raise InputError([Fault(str(scenario), _("names no ledger"), hint)])
    with open_ledger(where, passphrase=passphrase_of(where, file=passphrase_file)) as opened:
        remaining, results = opened.remaining(), opened.results()
        problems = [plan.problem for plan in opened.plans()]
    with out.steps() as steps:
        found = week.prepare_week(
            *(read, remaining, results),
            problems=problems,
            as_assumed=as_assumed,
            on_step=steps.on_step,
        )
        for remark in found.prepared.remarks:
            steps.note(remark)
        problem = found.prepared.problem
        steps.on_step(_("planning"))
        plan = week.plan_week(found.prepared, search, report=steps.report)
        made = workflow.write_results(found.prepared, plan, output, on_step=steps.on_step)
        read_back = problem, made.plan, trace_map_data(found.prepared, made.plan)
        write_handouts(output / HANDOUTS, read_back, steps.on_step)
    if not out.as_json:
        show_learned(out.console({}), found.learned)
    progress = dataclasses.asdict(found.progress)
    files = {"problem": made.problem_file, "plan": made.plan_file, "map": made.map_file}
    values = {"progress": progress, "learned": dataclasses.asdict(found.learned)}
    show_plan(out, problem, made.plan, files, more=values)
    if not out.as_json:
        out.console({}).lines(*week.progress_lines(found.progress))
    return exit_code_of(made.plan)


def _check_folders(after: Path, output: Path) -> None:
    if output.exists() and after.exists() and output.samefile(after):
        message = _("is the folder of the week before")
        raise InputError([Fault(str(output), message, _("choose another name with -o"))])
