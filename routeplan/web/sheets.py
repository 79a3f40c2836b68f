"""The tally sheets of all plans: which is which visit, and which are still to come in.

A plan that was changed from a day on has sheets of its own numbers, while those of days that did
not change are on paper with the numbers of the plan of before. So a number may stand for several
visits: those of the plan that holds on their day come first.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from routeplan.errors import Fault, InputError
from routeplan.language import gettext as _
from routeplan.recording import PlannedVisits
from routeplan.tally import sheet_code
from routeplan.web.folders import first_date, plan_folders, read_plan_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from routeplan.ledger import Entry
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.recording import Visit

    Key = tuple[str, dt.date, str]

__all__ = ["Plans", "Sheet", "current_date"]


def current_date() -> dt.date:
    """Return the date of now, where this machine is."""
    return dt.datetime.now().astimezone().date()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A visit with the plan on whose paper it is.

    Parameters
    ----------
    plan
        Index of the plan, in the order of their first days.
    visit
        With the number of its sheet; without one it was not planned.
    village
        Its name.
    planned
        Households; None for a visit that was not planned.
    path
        Address of its page.
    entry
        What is recorded of it, if anything is.
    is_due
        Whether its results should be there by now.
    """

    plan: int
    visit: Visit
    village: str
    planned: int | None
    path: str
    entry: Entry | None = None
    is_due: bool = False

    @property
    def code(self) -> str:
        """The code on paper, empty where there is none."""
        return "" if self.visit.sheet is None else sheet_code(self.visit.sheet)


class Plans:
    """All plans of a campaign's folder, in the order of their first days.

    Parameters
    ----------
    folder
        The campaign's.
    """

    def __init__(self, folder: Path) -> None:
        self.folders = plan_folders(folder)
        self._planned: dict[int, PlannedVisits] = {}

    def read(self, number: int) -> tuple[Problem, Plan]:
        """Return a plan with its problem."""
        return read_plan_in(self.folders[number])

    def planned(self, number: int) -> PlannedVisits:
        """Return the visits of a plan."""
        if number not in self._planned:
            self._planned[number] = PlannedVisits(*self.read(number))
        return self._planned[number]

    def weeks(self) -> list[tuple[dt.date, ...]]:
        """Return the days of each week that is planned; changed plans have those of before."""
        days = (tuple(day.date for day in self.read(n)[0].days) for n in range(len(self.folders)))
        return list(dict.fromkeys(days))

    def holding(self, date: dt.date) -> int | None:
        """Return the plan that holds on a day: the last of those that begin by then."""
        found = None
        for number, folder in enumerate(self.folders):
            problem = self.read(number)[0]
            if first_date(folder, problem) <= date <= problem.days[-1].date:
                found = number
        return found

    def sheet(self, number: int, visit: Visit) -> Sheet:
        """Return the sheet of a visit of a plan."""
        planned = self.planned(number)
        problem, plan = planned.problem, planned.plan
        day = [each.date for each in problem.days].index(visit.date)
        indices = list(problem.team_of).index(visit.team), day, problem.index[visit.place]
        path = "/results/" + "/".join(map(str, (number, *indices)))
        tours = [tour for tour in plan.tours_of(visit.team) if tour.day == day]
        stops = [s.households for t in tours for s in t.stops if s.place == visit.place]
        households = sum(stops) if visit.sheet is not None else None
        return Sheet(number, visit, planned.labels[visit.place], households, path)

    def at(self, number: int, team: int, day: int, place: int) -> Sheet:
        """Return a sheet by the numbers of its address; IndexError where there is none."""
        planned = self.planned(number)
        problem = planned.problem
        village = problem.places[place].id
        if village not in problem.village_at:
            raise IndexError
        team_id, date = list(problem.team_of)[team], problem.days[day].date
        return self.sheet(number, planned.visit(team_id, date, village))

    def find(self, text: str) -> list[Sheet]:
        """Return the visits that a code may stand for: those of plans that hold, else the others.

        Raises InputError where it is no code, or no plan has such a sheet.
        """
        found: dict[Key, Sheet] = {}
        faults: InputError | None = None
        for number in reversed(range(len(self.folders))):
            try:
                visit = self.planned(number).coded_sheet(text)
            except InputError as error:
                faults = faults or error
            else:
                found.setdefault(visit.key, self.sheet(number, visit))
        if not found:
            raise faults or InputError([Fault("", _("There is no plan of this week yet."))])
        holding = [sheet for sheet in found.values() if self._holds(sheet)]
        return holding or list(found.values())

    def _holds(self, sheet: Sheet) -> bool:
        held = self.holding(sheet.visit.date)
        return held is not None and self.planned(held).visit(*sheet.visit.key).sheet is not None

    def of_week(
        self, week: Sequence[dt.date], entries: Iterable[Entry], today: dt.date
    ) -> Iterator[tuple[dt.date, list[Sheet]]]:
        """Yield the days of a week with their sheets: those planned by team, then the others.

        Sheets are due up to yesterday, and up to the last day of which anything is recorded.
        """
        known = {each.result.key: each for each in entries if each.result.date in week}
        last = max([today - dt.timedelta(days=1), *(date for _team, date, _place in known)])
        for date in week:
            held = self.holding(date)
            if held is not None:
                sheets = (self._as_printed(held, each) for each in self._visits(held, date, known))
                yield date, [self._with_entry(each, known, is_due=date <= last) for each in sheets]

    def _visits(self, held: int, date: dt.date, known: Iterable[Key]) -> Iterator[Visit]:
        """Yield the visits that a plan has on a day, then the others that are known of it."""
        planned = self.planned(held)
        visits = [each for each in planned.sheets.values() if each.date == date]
        yield from visits
        own = {each.key for each in visits}
        teams, villages = planned.problem.team_of, planned.labels
        for team, day, place in known:
            if (
                day == date
                and (team, day, place) not in own
                and team in teams
                and place in villages
            ):
                yield planned.visit(team, day, place)

    def _with_entry(self, sheet: Sheet, known: dict[Key, Entry], *, is_due: bool) -> Sheet:
        entry = known.get(sheet.visit.key)
        values = sheet.plan, sheet.visit, sheet.village, sheet.planned, sheet.path
        return Sheet(*values, entry, is_due)

    def _as_printed(self, held: int, visit: Visit) -> Sheet:
        """Return the sheet of the plan on whose paper it is: the first with the same tour."""
        tour = self._tour(held, visit)
        for number in range(held):
            earlier = self.planned(number)
            if visit.date in [day.date for day in earlier.problem.days] and (
                tour is not None and self._tour(number, visit) == tour
            ):
                return self.sheet(number, earlier.visit(*visit.key))
        return self.sheet(held, visit)

    def _tour(self, number: int, visit: Visit) -> tuple[tuple[str, int], ...] | None:
        problem, plan = self.read(number)
        for tour in plan.tours_of(visit.team):
            if problem.days[tour.day].date == visit.date:
                return tuple((stop.place, stop.households) for stop in tour.stops)
        return None
