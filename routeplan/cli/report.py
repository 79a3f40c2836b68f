"""Write a report of a plan: one page with map, tables, figures, proof and inputs."""

from __future__ import annotations

from pathlib import Path

from routeplan.cli import options
from routeplan.cli.analysis import load_plots
from routeplan.cli.inputs import PlanFiles, plan_alone_too
from routeplan.cli.output import Output, check_output
from routeplan.language import gettext as _


@options.command()
@plan_alone_too
@options.option("--draws", "NUMBER", "Weeks drawn at random; 0 for none.", type=int, default=200)
@options.output("PAGE", "Where the report goes.", default="report.html")
@options.language
def report(out: Output, source: PlanFiles, draws: int, output: Path) -> None:
    """Write a report of a plan: one page with map, tables, figures, proof and inputs."""
    load_plots()
    from routeplan.analysis.report import InputFile, draw_report, files_of
    from routeplan.analysis.uncertainty import Trials
    from routeplan.scenario import read_scenario

    check_output(output, source.scenario, source.plan)
    with out.steps() as steps:
        problem, plan, data = source.read(steps)
        files = [source.scenario]
        if source.scenario.suffix == ".toml":
            files += files_of(read_scenario(source.scenario))
        steps.on_step(_("writing the report"))
        read = [InputFile.read(path) for path in files]
        trials = Trials(count=draws) if draws else None
        draw_report(problem, plan, data, files=read, trials=trials).save(output)
    out.files({"report": output})
