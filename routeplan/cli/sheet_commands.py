"""The command that puts a plan on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.cli import show
from routeplan.cli.asked import check_made_for, find_day, read_asked
from routeplan.cli.written import check_folder, write_folder
from routeplan.files import read_bytes
from routeplan.formats import plan_from_json

if TYPE_CHECKING:
    import argparse

__all__ = ["sheets"]


def sheets(asked: argparse.Namespace) -> int:
    """Put a plan on paper."""
    from routeplan.handouts import Selection  # noqa: PLC0415
    from routeplan.workflow.draw import draw_sheets  # noqa: PLC0415
    from routeplan.workflow.prepare import prepare  # noqa: PLC0415

    check_folder(asked.output, "sheets.pdf")
    plan = plan_from_json(read_bytes(asked.plan), source=asked.plan.name)
    with show.Steps(quiet=asked.quiet) as steps:
        prepared = prepare(read_asked(asked, asked.scenario), on_step=steps.on_step)
        check_made_for(plan, asked.plan, prepared, asked.scenario)
        selection = Selection(
            asked.crew, None if asked.day is None else find_day(prepared.problem, asked.day)
        )
        steps.on_step("drawing sheets")
        drawn = draw_sheets(prepared, plan, selection=selection)
        written = write_folder(asked.output, drawn)
    show.files(written, as_json=asked.json)
    return 0
