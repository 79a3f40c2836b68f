"""The command that puts a plan on paper."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from routeplan.cli import show
from routeplan.cli.asked import check_made_for, read_asked
from routeplan.errors import Fault, InputError
from routeplan.files import check_writable, read_bytes, write_whole
from routeplan.formats import plan_from_json

if TYPE_CHECKING:
    import argparse

    from routeplan.problem import Problem

__all__ = ["sheets"]


def sheets(asked: argparse.Namespace) -> int:
    """Put a plan on paper."""
    from routeplan.campaign import draw_sheets, prepare  # noqa: PLC0415
    from routeplan.handouts import Wanted  # noqa: PLC0415

    check_writable(asked.output / "sheets.pdf")
    plan = plan_from_json(read_bytes(asked.plan), source=asked.plan.name)
    with show.Steps(quiet=asked.quiet) as steps:
        prepared = prepare(read_asked(asked, asked.scenario), tell=steps.tell)
        check_made_for(plan, asked.plan, prepared, asked.scenario)
        wanted = Wanted(asked.crew, _day(prepared.problem, asked.day))
        steps.tell("drawing sheets")
        drawn = draw_sheets(prepared, plan, wanted=wanted)
        write_whole({asked.output / name: pdf for name, pdf in drawn.items()})
    show.files({name: asked.output / name for name in drawn}, as_json=asked.json)
    return 0


def _day(problem: Problem, text: str | None) -> int | None:
    """Return the index of a day that is given by its number, from 1, or its date."""
    dates = [str(day.date) for day in problem.days]
    if text is None or text in dates:
        return None if text is None else dates.index(text)
    if re.fullmatch("[0-9]{1,9}", text):
        return int(text) - 1
    hint = f"the days are 1 to {len(dates)}, or {dates[0]} to {dates[-1]}"
    raise InputError([Fault("--day", f"{text!r} is no day", hint)])
