"""All that goes on paper: for each crew and day a day sheet and tally sheets, and check-ins.

One PDF each, named by crew, number of the day and date: ``A_day1_2027-05-03.pdf``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from routeplan.errors import Faults, nearest
from routeplan.handouts.checkinsheet import check_in_sheet
from routeplan.handouts.daysheet import day_sheet
from routeplan.handouts.naming import safe_filename
from routeplan.handouts.sheet_day import Day
from routeplan.handouts.tallysheet import tally_sheet
from routeplan.tally import tally_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from routeplan.handouts.map_view import MapView
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.tally import TallySheet

__all__ = ["Selection", "render_check_ins", "render_sheets"]

CHECK_IN = "check-in"
LONGEST_CREW = 30


@dataclass(frozen=True, slots=True)
class Selection:
    """Which sheets are made: of one crew, of one day by its index, or of all where None."""

    crew: str | None = None
    day: int | None = None

    def check(self, problem: Problem, plan: Plan) -> None:
        """Refuse a crew, a day or a crew's day that the plan does not have.

        Raises
        ------
        InputError
            Where there is none, with those that there are.
        """
        faults = Faults()
        if self.crew is not None and self.crew not in problem.team_of:
            hint = nearest(self.crew, problem.team_of)
            faults.add("crew", f"no crew has the id {self.crew!r}", hint)
        if self.day is not None and not 0 <= self.day < len(problem.days):
            hint = f"the days are 1 to {len(problem.days)}"
            faults.add("day", f"there is no day {self.day + 1}", hint)
        faults.raise_any()
        if not any(self.includes(tour.team, tour.day) for tour in plan.tours):
            faults.add("", "no crew has a tour on that day", "choose another day or crew")
        faults.raise_any()

    def includes(self, crew: str, day: int) -> bool:
        """Tell whether a crew's day is wanted."""
        return self.crew in {None, crew} and self.day in {None, day}


def render_sheets(
    problem: Problem,
    plan: Plan,
    view: MapView,
    *,
    wanted: Selection | None = None,
    tallies: Sequence[TallySheet] | None = None,
) -> dict[str, bytes]:
    """Render the sheets of a plan.

    Parameters
    ----------
    problem, plan, view
        A plan for that problem, and the view of both, in whose language all is written.
    wanted
        Which of them; all where left out. Check-ins are of all crews, and are not made for one.
    tallies
        As `tally_rows` gives them for a whole plan, where this one is cut out of it: rows keep
        the codes that whoever types them in has.

    Returns
    -------
    dict
        What each PDF holds, by the name of its file: by crew and day, the check-ins last.

    Raises
    ------
    InputError
        Where the plan has no such crew or day.
    """
    wanted = wanted or Selection()
    wanted.check(problem, plan)
    tours = [tour for team in problem.teams for tour in plan.tours_of(team.id)]
    days = [
        Day(problem, tour, seen, view)
        for tour, seen in zip(tours, view.tours, strict=True)
        if wanted.includes(tour.team, tour.day)
    ]
    made: dict[str, bytes] = {}
    tallies = tally_rows(problem, plan) if tallies is None else tallies
    crews = _crew_names(problem)
    for day in days:
        crew, index = day.tour.team, day.tour.day
        name = f"{crews[crew]}_{_day_name(problem, index)}"
        made[f"{name}.pdf"] = day_sheet(day).pdf()
        own = [sheet for sheet in tallies if (sheet.team, sheet.day) == (crew, index)]
        if own:
            made[f"{name}_tally.pdf"] = tally_sheet(day, own).pdf()
    if wanted.crew is None:
        made |= render_check_ins(problem, plan, view, day=wanted.day)
    return made


def render_check_ins(
    problem: Problem, plan: Plan, view: MapView, *, day: int | None = None
) -> dict[str, bytes]:
    """Render the check-in sheets of all crews, of one day by its index or of all."""
    tours = [tour for team in problem.teams for tour in plan.tours_of(team.id)]
    out: dict[int, list[Day]] = {}
    for tour, seen in zip(tours, view.tours, strict=True):
        if day in {None, tour.day}:
            out.setdefault(tour.day, []).append(Day(problem, tour, seen, view))
    return {
        f"{CHECK_IN}_{_day_name(problem, index)}.pdf": check_in_sheet(days).pdf()
        for index, days in sorted(out.items())
    }


def _day_name(problem: Problem, day: int) -> str:
    return f"day{day + 1}_{problem.days[day].date}"


def _crew_names(problem: Problem) -> dict[str, str]:
    """Return the crews as names of files have them, no two alike on any machine."""
    names: dict[str, str] = {}
    for team in problem.teams:
        taken = [f"{name}.pdf" for name in (CHECK_IN, *names.values())]
        names[team.id] = safe_filename(team.id[:LONGEST_CREW], taken=taken)
    return names
