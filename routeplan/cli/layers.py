"""Write a plan as a GeoPackage, styled for QGIS."""

from __future__ import annotations

from pathlib import Path

from routeplan.cli import options
from routeplan.cli.inputs import PlanFiles, scenario_and_plan
from routeplan.cli.output import Output, check_output
from routeplan.files import write_whole


@options.command()
@scenario_and_plan
@options.output("GPKG", "Where it goes.", default="plan.gpkg")
@options.language
def layers(out: Output, source: PlanFiles, output: Path) -> None:
    """Write a plan as a GeoPackage, styled for QGIS."""
    from routeplan.handouts import build_view
    from routeplan.handouts.layers import make_layers

    check_output(output, source.scenario, source.plan)
    with out.steps() as steps:
        problem, plan, data = source.read(steps)
        made = make_layers(problem, plan, build_view(problem, plan, data))
    write_whole({output: made})
    out.files({"layers": output})
