"""Draw a plan on its scenario's roads."""

from __future__ import annotations

from pathlib import Path

from routeplan.cli import options
from routeplan.cli.inputs import PlanFiles, plan_alone_too
from routeplan.cli.output import Output, check_output
from routeplan.language import gettext as _


@options.command()
@plan_alone_too
@options.output("MAP", "Where the map goes.", default="map.html")
@options.language
def map(out: Output, source: PlanFiles, output: Path) -> None:  # noqa: A001  # the command's name
    """Draw a plan on its scenario's roads.

    With scenario.toml before the plan, ways follow the roads; with problem.json before it, or
    beside it, they are straight.
    """
    from routeplan.workflow.draw import draw_plan

    check_output(output, source.scenario, source.plan)
    with out.steps() as steps:
        read = source.read(steps)
        steps.on_step(_("drawing the map"))
        draw_plan(*read).save(output)
    out.files({"map": output})
