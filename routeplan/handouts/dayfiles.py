"""All that one crew takes along on one day, as files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.handouts.day import day_to_json
from routeplan.handouts.daysheet import day_sheet
from routeplan.handouts.map import render_map
from routeplan.handouts.phone import phone_files
from routeplan.handouts.sheet_day import Day
from routeplan.handouts.tallysheet import tally_sheet
from routeplan.handouts.view_builder import build_view

if TYPE_CHECKING:
    from collections.abc import Sequence

    from routeplan.handouts.team_days import TeamDay
    from routeplan.tally import TallySheet

__all__ = ["day_files"]


def day_files(portion: TeamDay, tallies: Sequence[TallySheet] = ()) -> dict[str, bytes]:
    """Return a crew's day as a map, sheets, tracks for a phone, and data.

    Parameters
    ----------
    portion
        One crew's one day, as `routeplan.handouts.team_day` cuts it out.
    tallies
        The rows of that day in the whole plan, whose codes they keep; no tally sheets without.

    Returns
    -------
    dict
        What each file holds by its name, which tells neither crew nor day.
    """
    problem, plan, data = portion
    (tour,) = plan.tours
    view = build_view(problem, plan, data)
    day = Day(problem, tour, view.tours[0], view)
    files = {
        "map.html": render_map(view).encode(),
        "day_sheet.pdf": day_sheet(day).pdf(),
        "day.json": day_to_json(problem, tour).encode(),
    }
    if tallies:
        files["tally_sheets.pdf"] = tally_sheet(day, tallies).pdf()
    for name, text in phone_files(problem, plan, view).items():
        files["track." + name.rpartition(".")[2]] = text.encode()
    return files
