"""Show why a village is left out, and what it would take."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from routeplan.cli import inputs, options
from routeplan.cli.output import Output
from routeplan.cli.plan_tables import exit_code_of
from routeplan.cli.terminal import counted
from routeplan.formats import requirement_text

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

    posed, made, _ = inputs.read_problem_and_plan(problem, plan)
    with out.steps() as steps:
        steps.on_step("explaining")
        found = planner.explain(posed, made, village, search, report=steps.report)
    values = dataclasses.asdict(found)
    if found.forced is not None:
        del values["forced"]["plan"]
    console = out.console(values)
    name = found.name if found.name.strip() else found.place
    console.bold(f"{name}: {found.reached} of {counted(found.households, 'household')} reached")
    for team, day, households in found.visits:
        console.lines(f"  team {team} on {posed.days[day].date:%a %d %b}: {households}")
    if found.reason is not None:
        console.lines(f"why not more: {found.reason}, {found.detail}")
    for each in found.requirements[1:]:  # the first one is part of the detail
        text = requirement_text(each, visited=bool(found.visits), problem=posed)
        console.lines(f"  or: {text}")
    if found.forced is not None and found.forced.stopped_by == "interrupt":
        console.bold("stopped with Ctrl-C: this is what was found until then")
    console.bold(found.conclusion)
    return 0 if found.forced is None else exit_code_of(found.forced.plan)
