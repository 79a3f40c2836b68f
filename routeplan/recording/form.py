"""A tally sheet as the fields of a form: lines of five counts, the sheet's own totals, measures.

The checks are those of the prompt (`routeplan.recording.typed`); each fault names its field.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from routeplan.errors import Faults, InputError
from routeplan.language import gettext as _
from routeplan.recording.counts import (
    COUNTS,
    Counts,
    check_answered,
    check_come_back,
    check_doors,
    check_sums,
    check_visit,
    total_of,
)
from routeplan.recording.visits import VisitRow, make_result
from routeplan.tally import sheet_code
from routeplan.villages import cells

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from routeplan.recording.planned import PlannedVisits, Visit

__all__ = ["AS_LINES", "MOST_LINES", "line_field", "read_form", "total_field"]

AS_LINES = "as_lines"
"""The field that says that the lines count, though the sheet's own totals differ."""

MOST_LINES = 60
"""Of one sheet."""

T = TypeVar("T")


def line_field(line: int, count: str) -> str:
    """Return the name of the field of a count in a line, from 1."""
    return f"line{line}_{count}"


def total_field(count: str) -> str:
    """Return the name of the field of one of the sheet's own totals."""
    return f"total_{count}"


def read_form(visit: Visit, planned: PlannedVisits, fields: Mapping[str, str]) -> VisitRow:
    """Return what a filled form says of a visit.

    Lines without a number are left out; in the others, what is empty is 0.

    Parameters
    ----------
    visit, planned
        The visit, and those of its plan.
    fields
        By name: see `line_field`, `total_field` and `AS_LINES`; beside them ``doors`` (all doors),
        ``come_back_after`` (``18:00``), ``door_minutes`` and ``drive_minutes``, which may be empty.

    Raises
    ------
    InputError
        With each fault, at the name of its field.
    """
    faults = Faults()
    read = _Reader({name: " ".join(text.split()) for name, text in fields.items()}, faults)
    lines = read.lines()
    stated, doors = read.totals(), read.number("doors", cells.parse_count)
    after = read.number("come_back_after", cells.parse_clock)
    at_doors = read.number("door_minutes", cells.parse_minutes)
    drive = read.number("drive_minutes", cells.parse_minutes)
    if not lines and not faults:
        first = line_field(1, COUNTS[0])
        faults.add(first, _("no line is entered"), _("type the lines of the sheet first"))
    faults.raise_any()
    total = total_of(lines)
    _within(faults, lambda: check_visit(visit, planned, total), total_field)
    if AS_LINES not in fields:
        _check_totals(stated, doors, total, faults)
    _within(faults, lambda: check_come_back(after, total, _("leave it empty")), str)
    faults.raise_any()
    names = visit.team, visit.date, planned.labels[visit.place]
    source = ", ".join(map(str, names)) if visit.sheet is None else sheet_code(visit.sheet)
    result = make_result(visit, total._asdict(), (after, at_doors, drive))
    return VisitRow(result, visit.sheet, source)


def _check_totals(stated: Counts | None, doors: int | None, total: Counts, faults: Faults) -> None:
    if stated is None:
        first = total_field(COUNTS[0])
        faults.add(first, _("the sheet's own totals are missing"), _("type them, too"))
        return
    for fault in check_sums(stated, total):
        faults.add(total_field(fault.where), fault.message, fault.hint)
    _within(faults, lambda: check_doors(doors, stated), str)


def _within(faults: Faults, check: Callable[[], None], name: Callable[[str], str]) -> None:
    """Add the faults of a check, at the names of their fields."""
    try:
        check()
    except InputError as error:
        for fault in error.faults:
            faults.add(name(fault.where), fault.message, fault.hint)


class _Reader:
    """Reads fields, and notes what is wrong with each."""

    def __init__(self, fields: Mapping[str, str], faults: Faults) -> None:
        self._fields, self._faults = fields, faults

    def number(self, name: str, parse: Callable[[str], T]) -> T | None:
        """Return the value of a field; None where it is empty, or has a fault."""
        text = self._fields.get(name, "")
        if not text:
            return None
        try:
            return parse(text)
        except InputError as error:
            for fault in error.faults:
                self._faults.add(name, fault.message, fault.hint)
            return None

    def lines(self) -> list[Counts]:
        """Return the lines in which anything is."""
        numbers = {
            int(found[1])
            for name, text in self._fields.items()
            if text and (found := re.fullmatch("line([1-9][0-9]?)_[a-z_]+", name))
        }
        lines = []
        for number in sorted(numbers):
            counts = self._counts(lambda count, number=number: line_field(number, count))  # type: ignore[misc]
            if counts is None:
                continue
            _within(
                self._faults,
                lambda counts=counts: check_answered(counts),  # type: ignore[misc]
                lambda count, number=number: line_field(number, count),  # type: ignore[misc]
            )
            lines.append(counts)
        return lines

    def totals(self) -> Counts | None:
        """Return the sheet's own totals; None where all are empty."""
        return self._counts(total_field)

    def _counts(self, name: Callable[[str], str]) -> Counts | None:
        found = {count: self.number(name(count), cells.parse_count) for count in COUNTS}
        if all(not self._fields.get(name(count)) for count in COUNTS):
            return None
        return Counts(**{count: value or 0 for count, value in found.items()})
