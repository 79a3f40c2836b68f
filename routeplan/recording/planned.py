"""The visits of a plan, found by what people write of them: sheets, crews, days and villages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from routeplan.errors import Fault, Faults, InputError, closest, nearest
from routeplan.handouts.workbook_layout import labels_of
from routeplan.language import gettext as _
from routeplan.tally import read_code, sheet_code, tally_rows
from routeplan.villages import cells
from routeplan.villages.names import normalise

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.model.results import VisitResult

# Numbers of sheets have at most so many digits; codes have more.
LONGEST_NUMBER, _CODE_DIGITS = 4, 7
LONGEST_CODE = 20  # in letters; what is longer is none


class Visit(NamedTuple):
    """A visit by its team, date and place; sheet and the place before it if it was planned."""

    team: str
    date: dt.date
    place: str
    sheet: int | None = None
    from_place: str | None = None

    @property
    def key(self) -> tuple[str, dt.date, str]:
        """Team, date and place."""
        return self.team, self.date, self.place


class PlannedVisits:
    """The visits of a plan, found by what people write of them.

    Parameters
    ----------
    problem, plan
        The plan, with the problem that it was made for.
    """

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem, self.plan = problem, plan
        self.sheets: Mapping[int, Visit] = {
            sheet.number: Visit(
                *(sheet.team, problem.days[sheet.day].date, sheet.place, sheet.number),
                _place_before(plan, sheet.team, sheet.day, sheet.stop),
            )
            for sheet in tally_rows(problem, plan)
        }
        self.labels = labels_of(problem)
        self.households = {v.place: v.households for v in problem.villages}
        self._planned = {visit.key: visit for visit in self.sheets.values()}
        self._dates = [day.date for day in problem.days]
        self._teams = _Names({team: (team,) for team in problem.team_of})
        self._villages = _Names(
            {
                place: (label, place, problem.place(place).name)
                for place, label in self.labels.items()
            }
        )

    def visit(self, team: str, date: dt.date, place: str) -> Visit:
        """Return a visit by its key, with its sheet if it was planned."""
        key = (team, date, place)
        return self._planned.get(key, Visit(*key))

    def named_visit(self, team: str, date: str, village: str) -> Visit:
        """Return a visit by team, day and village as they were written.

        Raises InputError with each of them that is not known.
        """
        faults, found = Faults(), list[Any]()
        for read, text in ((self.team, team), (self.date, date), (self.village, village)):
            try:
                found.append(read(text))
            except InputError as error:
                faults.adopt(error)
        faults.raise_any()
        return self.visit(*found)

    def label(self, visit: Visit | VisitResult) -> str:
        """Return team, date and village, for people."""
        names = {"team": visit.team, "date": visit.date}
        village = self.labels.get(visit.place, visit.place)
        return _("crew {team}, {date}, {village}", village=village, **names)

    def team(self, text: str) -> str:
        """Return the id of a team that was written; InputError for an unknown one."""
        found = self._teams.find(text)
        if found is None:
            message = _("there is no crew {name!r}", name=text)
            raise _error(message, self._teams.nearest(text))
        return found

    def village(self, text: str) -> str:
        """Return the place of a village that was written by name or id.

        Raises InputError for an unknown one, with the nearest, and for a name that several have.
        """
        found = self._villages.find(text)
        if found is None:
            several = self._villages.several(text)
            if several:
                message = _("{name!r} is the name of several villages", name=text)
                names = ", ".join(repr(self.labels[place]) for place in several)
                raise _error(message, _("write one of {names}", names=names))
            message = _("there is no village {name!r}", name=text)
            raise _error(message, self._villages.nearest(text))
        return found

    def find_village(self, text: str) -> str | None:
        """Return the place of a village by name or id; None for an unknown or ambiguous one."""
        return self._villages.find(text)

    def date(self, text: str) -> dt.date:
        """Return a day of the plan that was written; InputError for any other."""
        dates = cells.parse_dates(text)
        if len(dates) != 1:
            raise _error(_("names more than one day"), _("write one row for each visit"))
        (date,) = dates
        if date in self._dates:
            return date
        same_day = [
            each for each in self._dates if (each.month, each.day) == (date.month, date.day)
        ]
        if same_day:
            hint = _("did you mean {value}?", value=same_day[0])
        else:
            first, last = self._dates[0], self._dates[-1]
            hint = _(
                "its days are from {first} to {last}; results of another week are recorded with "
                "the plan of that week",
                first=first,
                last=last,
            )
        raise _error(_("{day} is no day of the plan", day=date), hint)

    def sheet(self, number: int) -> Visit:
        """Return the visit of a tally sheet; InputError where the plan has no such sheet."""
        if number not in self.sheets:
            message = _("the plan has no sheet {sheet:03}", sheet=number)
            hint = _(
                "its sheets are 001 to {last:03}; is it one of another week?", last=len(self.sheets)
            )
            raise _error(message, hint)
        return self.sheets[number]

    def coded_sheet(self, text: str) -> Visit:
        """Return the visit of a tally sheet by its code, as `parse_code` reads it."""
        return self.sheet(parse_code(text))

    def numbered_sheet(self, text: str) -> Visit:
        """Return the visit of a tally sheet by its number, as 007 or 7, or by its whole code."""
        text = _whole(text)
        is_number = text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER
        return self.sheet(int(text)) if is_number else self.coded_sheet(text)

    def check_counts(self, place: str, reached: int, not_home: int) -> None:
        """Refuse more households than the village has.

        Raises InputError where more were reached, or more doors were knocked at.
        """
        there = self.households[place]
        names = {"there": there, "village": self.labels[place]}
        hint = _("compare it with the sheet")
        if reached > there:
            message = _(
                "{n} were reached, but {village} has {there} households", n=reached, **names
            )
            raise InputError([Fault("reached", message, hint)])
        knocked = reached + not_home
        if knocked > there:
            message = _(
                "{n} were reached or not home, but {village} has {there} households",
                n=knocked,
                **names,
            )
            raise InputError([Fault("not_home", message, hint)])


def _place_before(plan: Plan, team: str, day: int, stop: int) -> str:
    tour = next(tour for tour in plan.tours_of(team) if tour.day == day)
    return tour.places[stop - 1]


class _Names:
    """Names of things, found in each of their usual spellings."""

    def __init__(self, names: Mapping[str, Iterable[str]]) -> None:
        self._names = sorted({name for each in names.values() for name in each})
        # Each spelling counts where all earlier ones find nothing.
        self._found: list[dict[str, set[str]]] = []
        for spelling in _SPELLINGS:
            found: dict[str, set[str]] = {}
            for key, each in names.items():
                for name in each:
                    found.setdefault(spelling(name), set()).add(key)
            self._found.append(found)

    def find(self, text: str) -> str | None:
        """Return what has a name; None where nothing has it, or several things have."""
        found = self.several(text)
        return found[0] if len(found) == 1 else None

    def several(self, text: str) -> list[str]:
        """Return all that have a name."""
        for spelling, found in zip(_SPELLINGS, self._found, strict=True):
            key = spelling(text)
            if key and key in found:
                return sorted(found[key])
        return []

    def nearest(self, text: str) -> str:
        """Return the name that was probably meant."""
        if closest(text, self._names):
            return nearest(text, self._names)
        keys = {normalise(name): name for name in self._names}
        near = closest(normalise(text), keys)
        return _("did you mean {word!r}?", word=keys[near]) if near else nearest(text, self._names)


def _without_zeros(text: str) -> str:
    return text.lstrip("0") if text.isascii() and text.isdigit() else ""


def _by_looks(text: str) -> str:
    """Return a text with Latin letters for the Cyrillic ones that look like them."""
    return text.upper().translate(_LATIN)


_LATIN = str.maketrans("АВСЕНІКМОРТХУ", "ABCEHIKMOPTXY")
_SPELLINGS: tuple[Callable[[str], str], ...] = (
    str,
    str.casefold,
    _without_zeros,
    _by_looks,
    normalise,
)


def _whole(text: str) -> str:
    """Return a number without the decimals that a spreadsheet gave it: 7,0."""
    return re.sub("[.,]0+$", "", text) if re.fullmatch("[0-9]+[.,]0+", text) else text


def parse_code(text: str) -> int:
    """Return the number of a sheet by its whole code, whose zeros a spreadsheet may have cut off.

    Raises InputError where it has a slip in it, or is the code of a row.
    """
    text = _whole(text)
    if text.isascii() and text.isdigit() and len(text) > LONGEST_NUMBER:
        text = text.zfill(_CODE_DIGITS)
    sheet, row = read_code(text[:LONGEST_CODE])
    if row:
        message = _("{text!r} is the code of row {row}, not of the sheet", text=text, row=row)
        raise _error(message, _("that of the sheet is {code}", code=sheet_code(sheet)))
    return sheet


def _error(message: str, hint: str = "") -> InputError:
    return InputError([Fault("", message, hint)])
