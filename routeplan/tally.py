"""Rows of the tally sheets: one for each door, in one order on paper and where it is typed in.

A row is known by its code alone, ``014-037-1``: sheet 14, row 37, and a check digit after Damm
(H. M. Damm, "Total anti-symmetrische Quasigruppen", Marburg 2004), which tells every wrong digit
and every two neighbours that were swapped. It stands for a door by its order on that evening, for
no person and no address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from stdnum import damm

from routeplan.errors import Fault, InputError

if TYPE_CHECKING:
    from routeplan.model.plan import Plan, Stop
    from routeplan.model.problem import Problem

__all__ = ["Outcome", "TallySheet", "read_code", "row_code", "sheet_code", "tally_rows"]

# Doors beyond those that are planned: one in five, and a few where the village is small.
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
    team, day, stop
        Whose visit it is: team, index of the day, number of the stop on it from 1.
    place
        The village, by the id of its place.
    planned, spare
        Rows for the doors of the plan, and those after them.
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
    """Return the sheets of all visits, by team in the order of the problem, day and stop.

    Paper and entry form both take their order and their codes from here.
    """
    visits = (
        (tour.team, tour.day, number, stop)
        for team in problem.teams
        for tour in plan.tours_of(team.id)
        for number, stop in enumerate(tour.stops, start=1)
    )
    return tuple(_sheet(sheet, *visit) for sheet, visit in enumerate(visits, start=1))


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
    """Read the code of a row as somebody types it, with hyphens, blanks or neither.

    Returns
    -------
    tuple of int
        Sheet and row.

    Raises
    ------
    InputError
        Where it is no code, or one with a slip in it.
    """
    parts = re.fullmatch(r"([0-9]{3,})[- ]([0-9]{3,})[- ]([0-9])|([0-9]{3})([0-9]{3})([0-9])", text)
    if parts is None:
        message = f"{text!r} is not the code of a row"
        raise InputError([Fault("", message, "write all of it, as in 014-037-1")])
    sheet, row, check = filter(None, parts.groups())
    if damm.calc_check_digit(sheet + row) != check:
        message = f"{text!r} has a slip in it: its last digit does not fit the others"
        raise InputError([Fault("", message, "compare it with the sheet")])
    return int(sheet), int(row)


def _sheet(number: int, team: str, day: int, position: int, stop: Stop) -> TallySheet:
    spare = max(-(-stop.households // SPARE_ONE_IN), FEWEST_SPARE)
    return TallySheet(number, team, day, position, stop.place, stop.households, spare)
