"""Show why a village is left out, and what it would take."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from routeplan.cli import inputs, options
from routeplan.cli.output import Output
from routeplan.cli.plan_tables import exit_code_of
from routeplan.formats import requirement_text
from routeplan.language import gettext as _
from routeplan.language import message_language, ngettext

if TYPE_CHECKING:
    from routeplan.planner import Options


@options.command()
@options.paths("problem", "plan")
@click.argument("village")
@options.search(seconds=10.0)
def explain(out: Output, problem: Path, plan: Path, village: str, search: Options) -> int:
    """Show why a village is left out, and what it would take.

    VILLAGE is its id or its name.
    """
    from routeplan import planner

    posed, made, _sha256 = inputs.read_problem_and_plan(problem, plan)
    with out.steps() as steps:
        steps.on_step(_("explaining"))
        found = planner.explain(posed, made, village, search, report=steps.report)
    values = dataclasses.asdict(found)
    if found.forced is not None:
        del values["forced"]["plan"]
    console = out.console(values)
    name = found.name if found.name.strip() else found.place
    console.bold(
        ngettext(
            "{name}: {reached} of {n} household reached",
            "{name}: {reached} of {n} households reached",
            found.households,
            name=name,
            reached=found.reached,
        )
    )
    for team, day, households in found.visits:
        text = _(
            "team {team} on {date:%a %d %b}: {households}",
            team=team,
            date=posed.days[day].date,
            households=households,
        )
        console.lines(f"  {text}")
    if found.reason is not None:
        why = ", ".join(filter(None, (found.reason.label, found.detail)))
        console.lines(_("why not more: {why}", why=why))
    for each in found.requirements[1:]:  # the first one is part of the detail
        text = requirement_text(
            each, visited=bool(found.visits), problem=posed, language=message_language()
        )
        console.lines(_("  or: {text}", text=text))
    if found.forced is not None and found.forced.stopped_by == "interrupt":
        console.bold(_("stopped with Ctrl-C: this is what was found until then"))
    console.bold(found.conclusion)
    return 0 if found.forced is None else exit_code_of(found.forced.plan)
