"""Draw a plan on its scenario's roads."""

from __future__ import annotations

from pathlib import Path

from routeplan.cli import options
from routeplan.cli.inputs import PlanFiles, scenario_and_plan
from routeplan.cli.output import Output, check_output
from routeplan.language import gettext as _


@options.command()
@scenario_and_plan
@options.output("MAP", "Where the map goes.", default="map.html")
@options.language
def map(out: Output, source: PlanFiles, output: Path) -> None:  # noqa: A001  # the command's name
    """Draw a plan on its scenario's roads."""
    from routeplan.workflow.draw import draw_map

    check_output(output, source.scenario, source.plan)
    with out.steps() as steps:
        plan, prepared = source.prepare(steps)
        steps.on_step(_("drawing the map"))
        draw_map(prepared, plan).save(output)
    out.files({"map": output})
