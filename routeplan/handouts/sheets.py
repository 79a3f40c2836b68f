"""All that goes on paper: for each crew and day a day sheet and tally sheets, and check-ins.

One PDF each, named by crew, number of the day and date.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from routeplan.handouts.checkinsheet import check_in_sheet
from routeplan.handouts.daysheet import day_sheet
from routeplan.handouts.tallysheet import tally_sheet
from routeplan.handouts.tourday import Day
from routeplan.tally import tally_rows

if TYPE_CHECKING:
    from routeplan.handouts.tourday import NotTaken
    from routeplan.handouts.values import MapView
    from routeplan.plan import Plan
    from routeplan.problem import Problem

__all__ = ["render_sheets"]


def render_sheets(
    problem: Problem,
    plan: Plan,
    view: MapView,
    *,
    not_taken: NotTaken | None = None,
) -> dict[str, bytes]:
    """Render every sheet of a plan.

    Parameters
    ----------
    problem, plan, view
        A plan for that problem, and the view of both.
    not_taken
        Roads that were not taken, and why; nothing is said of them where it is left out.

    Returns
    -------
    dict
        What each PDF holds by the name of its file; by crew and day, the check-ins last.
    """
    tours = [tour for team in problem.teams for tour in plan.tours_of(team.id)]
    days = [Day(problem, tour, seen, view) for tour, seen in zip(tours, view.tours, strict=True)]
    rows = tally_rows(problem, plan)
    stems = _stems(problem)
    made: dict[str, bytes] = {}
    for day in days:
        name = f"{stems[day.tour.team]}_{_day_stem(problem, day.tour.day)}"
        made[f"{name}.pdf"] = day_sheet(day, not_taken or {}).pdf()
        own = [sheet for sheet in rows if (sheet.team, sheet.day) == (day.tour.team, day.tour.day)]
        if own:
            made[f"{name}_tally.pdf"] = tally_sheet(day, own).pdf()
    for index in range(len(problem.days)):
        out = [day for day in days if day.tour.day == index]
        if out:
            made[f"check-in_{_day_stem(problem, index)}.pdf"] = check_in_sheet(out).pdf()
    return made


def _day_stem(problem: Problem, day: int) -> str:
    """Return a day as names of files have it: ``day1_2027-05-03``."""
    return f"day{day + 1}_{problem.days[day].date}"


def _stems(problem: Problem) -> dict[str, str]:
    """Return the crews as names of files have them, no two alike on any machine."""
    stems: dict[str, str] = {}
    taken: set[str] = {"check-in"}
    for team in problem.teams:
        plain = re.sub(r"[^\w-]+", "-", team.id).strip("-") or "crew"
        stem, n = plain, 1
        while stem.casefold() in taken:
            n += 1
            stem = f"{plain}-{n}"
        taken.add(stem.casefold())
        stems[team.id] = stem
    return stems
