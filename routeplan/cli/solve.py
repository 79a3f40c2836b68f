"""Plan the tours of a problem."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from routeplan.cli import inputs, options
from routeplan.cli.output import Output, check_output
from routeplan.cli.plan_tables import exit_code_of, show_plan
from routeplan.cli.terminal import write_json_text
from routeplan.files import write_whole
from routeplan.formats import plan_to_json
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from routeplan.planner import Options


@options.command()
@options.paths("problem")
@options.output("PLAN", "plan.json; else standard output.")
@options.choice(
    *("--format-version", [1, 2]),
    "Of plan.json: 1 has English texts where 2 has requirements.",
    default=2,
)
@options.search()
@options.path("--start", "PLAN", "Begin from this plan; broken rules are repaired.")
@options.option("--pin tours", "TEAM:DAY", "Keep this tour of the start plan.", multiple=True)
@options.option(
    *("--pin-village visits", "VILLAGE:DAY[:TEAM]", "Visit it on this day, by this team only."),
    multiple=True,
)
@options.option("--skip-village skipped", "VILLAGE", "Do not visit it.", multiple=True)
def solve(
    *,
    out: Output,
    problem: Path,
    output: Path | None,
    format_version: int,
    search: Options,
    start: Path | None,
    tours: tuple[str, ...],
    visits: tuple[str, ...],
    skipped: tuple[str, ...],
) -> int:
    """Plan the tours of a problem.

    Days are numbers, from 1, or dates; villages are ids or names. Pins can be repeated.
    """
    from routeplan import planner

    check_output(output, problem, start)
    began = time.monotonic()
    posed, sha256 = inputs.read_problem(problem)
    if search.seconds is not None:
        # Large problems take seconds to read.
        left = search.seconds - (time.monotonic() - began)
        search = replace(search, seconds=max(left, search.seconds / 2))
    pins = planner.parse_pins(posed, tours=tours, visits=visits, skipped=skipped)
    with out.steps() as steps:
        steps.on_step(_("planning"))
        plan = planner.solve(
            *(posed, search),
            start=None if start is None else inputs.read_plan(start),
            pins=pins,
            report=steps.report,
            sha256=sha256,
        )
    text = plan_to_json(plan, version=format_version, problem=posed)
    if output is None:
        write_json_text(text)
    else:
        write_whole({output: text})
        show_plan(out, posed, plan, {"plan": output})
    return exit_code_of(plan)
