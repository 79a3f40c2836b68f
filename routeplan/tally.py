"""Rows of the tally sheets: one for each door, in the same order on paper and when typed in.

A row has a code, ``014-037-1``: sheet 14, row 37, and a check digit after Damm (H. M. Damm, "Total
anti-symmetrische Quasigruppen", Marburg 2004), which detects every wrong digit and every swap of
neighbours. It is the number of a door on that evening, and names no person and no address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from stdnum import damm

from routeplan.errors import Fault, InputError
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

# Spare rows: one in five of those planned, and at least a few.
SPARE_ONE_IN, FEWEST_SPARE = 5, 5


class Outcome(StrEnum):
    """What is ticked at a door, in the order of the columns."""

    REACHED = "reached"
    SIGNED = "signed"
    NOT_HOME = "not_home"
    REFUSED = "refused"
    COME_BACK = "come_back"


@dataclass(frozen=True, slots=True)
class TallySheet:
    """The rows of one visit.

    Parameters
    ----------
    number
        Of the sheet in the whole plan, from 1.
    team, day, stop, place
        Id of the team, index of the day, number of the stop from 1, id of the village's place.
    planned, spare
        Numbers of rows for the doors of the plan, and after them.
    """

    number: int
    team: str
    day: int
    stop: int
    place: str
    planned: int
    spare: int

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of all its rows, in their order."""
        return tuple(row_code(self.number, n + 1) for n in range(self.planned + self.spare))


def tally_rows(problem: Problem, plan: Plan) -> tuple[TallySheet, ...]:
    """Return the sheets of all visits, by team in the order of the problem, day and stop."""
    sheets: list[TallySheet] = []
    for tour in (tour for team in problem.teams for tour in plan.tours_of(team.id)):
        for number, stop in enumerate(tour.stops, start=1):
            spare = max(-(-stop.households // SPARE_ONE_IN), FEWEST_SPARE)
            visit = (tour.team, tour.day, number, stop.place, stop.households)
            sheets.append(TallySheet(len(sheets) + 1, *visit, spare))
    return tuple(sheets)


def sheet_code(sheet: int) -> str:
    """Return the code of a whole sheet, which is that of its row 0."""
    return row_code(sheet, 0)


def row_code(sheet: int, row: int) -> str:
    """Return the code of a row.

    Examples
    --------
    >>> row_code(14, 37)
    '014-037-1'
    """
    digits = f"{sheet:03}", f"{row:03}"
    return "-".join([*digits, damm.calc_check_digit("".join(digits))])


def read_code(text: str) -> tuple[int, int]:
    """Return sheet and row of a code as it is typed, with hyphens, blanks or neither.

    Raises InputError where it is no code, or one with a slip in it.
    """
    parts = re.fullmatch(r"([0-9]{3,})[- ]([0-9]{3,})[- ]([0-9])|([0-9]{3})([0-9]{3})([0-9])", text)
    if parts is None:
        message = _("{text!r} is not the code of a row", text=text)
        raise InputError([Fault("", message, _("write all of it, as in 014-037-1"))])
    sheet, row, check = filter(None, parts.groups())
    if damm.calc_check_digit(sheet + row) != check:
        message = _("{text!r} has a slip in it: its last digit does not fit the others", text=text)
        raise InputError([Fault("", message, _("compare it with the sheet"))])
    return int(sheet), int(row)
