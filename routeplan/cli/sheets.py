"""Write a plan as PDF: day, tally and check-in sheets."""

from __future__ import annotations

from pathlib import Path

from routeplan.cli import options
from routeplan.cli.inputs import PlanFiles, find_day, scenario_and_plan
from routeplan.cli.output import Output, check_folder, write_folder
from routeplan.language import gettext as _


@options.command()
@scenario_and_plan
@options.output("FOLDER", "Where the PDFs go.", default="sheets")
@options.option("--crew", "ID", "Those of this crew alone.")
@options.option("--day", "DAY", "Those of this day alone: its number on the sheets, or its date.")
@options.language
def sheets(out: Output, source: PlanFiles, output: Path, crew: str | None, day: str | None) -> None:
    """Write a plan as PDF: day, tally and check-in sheets."""
    from routeplan.handouts import Selection, unprintable_names
    from routeplan.workflow.draw import draw_sheets

    check_folder(output, "sheets.pdf")
    with out.steps() as steps:
        plan, prepared = source.prepare(steps)
        selection = Selection(crew, None if day is None else find_day(prepared.problem, day))
        for remark in unprintable_names(prepared.problem):
            steps.note(remark)
        steps.on_step(_("drawing sheets"))
        written = write_folder(output, draw_sheets(prepared, plan, selection=selection))
    out.files(written)
