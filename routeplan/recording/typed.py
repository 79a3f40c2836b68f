"""Tally sheets typed in line by line, in the order in which they are printed.

A dialogue of lines and texts, without a terminal. A sheet is opened by its whole code. Each line
has the counts of a part of it (a row, a column, a page) in the order of its columns, and running
totals are shown. The sheet's own totals come last, after ``=``, and must be those of the lines.
Then the sheet is recorded at once. A visit that was not planned is opened by crew, day and village.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from routeplan.errors import Fault, InputError
from routeplan.language import gettext as _
from routeplan.language import ngettext
from routeplan.recording.counts import (
    COUNTS,
    Counts,
    check_answered,
    check_come_back,
    check_doors,
    check_sums,
    check_visit,
    count_labels,
    total_of,
)
from routeplan.recording.planned import Visit, parse_code
from routeplan.recording.visits import VisitRow, make_result
from routeplan.tally import sheet_code
from routeplan.villages import cells

if TYPE_CHECKING:
    from collections.abc import Callable

    from routeplan.recording.planned import PlannedVisits

SUM, TAKE_BACK, SHOW, UNKNOWN = "=", "<", "?", "-"
"""What a line begins with that is no counts: the sheet's own totals, a line to be taken back, a
question of what is entered; and what stands for a number that nobody wrote down."""


class SheetEntry:
    """A dialogue in which sheets are typed in.

    Parameters
    ----------
    planned
        The visits of the plan.
    record
        Called with each sheet as soon as it is complete; returns what is said of it. Where it
        raises InputError, its faults are said, and the sheet is left out.
    visit
        Of which one sheet alone is typed, where it is known from the start.

    Attributes
    ----------
    finished
        Whether the dialogue is at its end.
    """

    def __init__(
        self,
        planned: PlannedVisits,
        record: Callable[[VisitRow], str],
        *,
        visit: Visit | None = None,
    ) -> None:
        self.finished = False
        self._planned = planned
        self._record = record
        self._only = visit
        self._visit = visit
        self._lines: list[Counts] = []
        self._complete: Counts | None = None
        self._asked_again = False
        self._recorded: list[str] = []

    def greeting(self) -> str:
        """Return the first text."""
        if self._visit is not None:
            return self._opened_text(self._visit)
        return _(
            "code of the sheet, as 014-000-5; for a visit that was not planned: crew; day; village "
            "(an empty line ends, {show} shows what is entered):",
            show=SHOW,
        )

    def answer(self, line: str | None) -> str:
        """Take a line, None at the end of the input, and return what is said to it."""
        text = "" if line is None else " ".join(line.split())
        try:
            if text == SHOW:
                return self._shown()
            if line is None or not text:
                return self._answer_nothing(ended=line is None)
            self._asked_again = False
            if self._complete is not None:
                return self._finish(self._complete, text)
            return self._open(text) if self._visit is None else self._answer_line(text)
        except InputError as error:
            return _said(error)

    def _answer_nothing(self, *, ended: bool) -> str:
        if self._complete is not None and not ended:
            return self._finish(self._complete, "")
        if ended or self._visit is None or self._asked_again:
            return self._end()
        self._asked_again = True
        return _(
            "the sheet is not complete: {sum} and its totals record it; another empty line leaves "
            "it out",
            sum=SUM,
        )

    def _answer_line(self, text: str) -> str:
        if text.startswith(TAKE_BACK):
            return self._take_back(text[1:].strip())
        return self._compare(text[1:].strip()) if text.startswith(SUM) else self._add(text)

    def _open(self, text: str) -> str:
        named = [piece.strip() for piece in text.split(";")]
        if len(named) == len(("team", "date", "village")):
            self._visit = self._planned.named_visit(*named)
        else:
            self._visit = self._planned.sheet(parse_code(text))
        return self._opened_text(self._visit)

    def _opened_text(self, visit: Visit) -> str:
        label = self._planned.label(visit)
        if visit.sheet is not None:
            label = _("sheet {sheet:03}: {label}", sheet=visit.sheet, label=label)
        order = ", ".join(count_labels().values())
        asked = _(
            "type lines of five numbers: {order}; at the end {sum} and the sheet's own totals; "
            "{back} takes the last line back",
            order=order,
            sum=SUM,
            back=TAKE_BACK,
        )
        return f"{label}\n{asked}"

    def _add(self, text: str) -> str:
        counts = _parse_counts(text)
        self._lines.append(counts)
        try:
            self._check(self._total())
        except InputError:
            self._lines.pop()
            raise
        return _("so far: {totals}", totals=_named(self._total()))

    def _take_back(self, text: str) -> str:
        if not self._lines:
            if text or self._only is not None:
                raise _error(_("no line is entered"))
            self._close()
            return _("the sheet is closed again, and nothing of it is recorded")
        number = int(text) if re.fullmatch("[0-9]{1,4}", text) else 0
        if text and not 0 < number <= len(self._lines):
            message = _("{text!r} is no line of this sheet", text=text)
            raise _error(message, _("its lines are 1 to {n}", n=len(self._lines)))
        taken = self._lines.pop(number - 1 if text else -1)
        return _(
            "taken back: {line}; so far: {totals}", line=str(taken), totals=_named(self._total())
        )

    def _compare(self, text: str) -> str:
        """Compare the sheet's own totals with those of the lines."""
        total = self._total()
        if not self._lines:
            raise _error(_("no line is entered"), _("type the lines of the sheet first"))
        if text != SUM:
            self._check_sum(_parse_sum(text), total)
        self._complete = total
        return _(
            "that is right: {totals}\n"
            "come back after, minutes at doors, minutes of the drive, as 18:00 95 25 ({unknown} or "
            "an empty line where nobody wrote them down):",
            totals=_named(total),
            unknown=UNKNOWN,
        )

    def _check_sum(self, stated: Counts, total: Counts) -> None:
        wrong = check_sums(stated, total)
        if wrong:
            hint = _(
                "{show} shows the lines, {back} 3 takes one back; {sum} takes the lines as they "
                "are",
                show=SHOW,
                back=TAKE_BACK,
                sum=SUM * 2,
            )
            raise InputError([*wrong, Fault("", hint)])

    def _finish(self, total: Counts, text: str) -> str:
        """Record a complete sheet, with what was measured on the visit."""
        if text.startswith(TAKE_BACK):
            self._complete = None
            return self._take_back(text[1:].strip())
        visit = self._visit
        if visit is None:
            raise AssertionError("a complete sheet is one of a visit")
        measures = _parse_measures(text, total)
        result = make_result(visit, total._asdict(), measures)
        names = visit.team, visit.date, self._planned.labels[visit.place]
        source = ", ".join(map(str, names)) if visit.sheet is None else sheet_code(visit.sheet)
        try:
            said = self._record(VisitRow(result, visit.sheet, source))
            label = self._planned.label(visit)
            text = label if visit.sheet is None else f"{source} {label}"
            self._recorded.append(f"{text}: {_named(total)}")
        except InputError as error:
            said = _said(error)
        self._close()
        self.finished = self._only is not None
        return said if self.finished else f"{said}\n{self.greeting()}"

    def _end(self) -> str:
        self.finished = True
        texts = []
        if self._complete is not None:
            # Only what nobody need write down is missing.
            self._only = self._only or self._visit
            texts.append(self._finish(self._complete, ""))
        elif self._visit is not None:
            label = self._planned.label(self._visit)
            texts.append(_("not recorded, since it is not complete: {label}", label=label))
        n = len(self._recorded)
        texts.append(ngettext("{n} sheet is recorded", "{n} sheets are recorded", n))
        return "\n".join(texts)

    def _shown(self) -> str:
        if self._visit is None:
            return "\n".join(self._recorded) or _("nothing is entered")
        label = self._planned.label(self._visit)
        lines = [f"{number}. {line}" for number, line in enumerate(self._lines, start=1)]
        total = _("so far: {totals}", totals=_named(self._total()))
        return "\n".join([label, *lines, total])

    def _close(self) -> None:
        self._visit, self._lines, self._complete = None, [], None

    def _total(self) -> Counts:
        return total_of(self._lines)

    def _check(self, total: Counts) -> None:
        """Refuse totals that contradict one another, or are more than the village has."""
        if self._visit is not None:
            check_visit(self._visit, self._planned, total)


def _said(error: InputError) -> str:
    """Return what is wrong, without the names of fields."""
    return "\n".join(str(Fault("", fault.message, fault.hint)) for fault in error.faults)


def _named(total: Counts) -> str:
    labels = count_labels()
    return ", ".join(f"{labels[name]} {number}" for name, number in total._asdict().items())


def _parse_counts(text: str) -> Counts:
    numbers = [cells.parse_count(piece) for piece in _pieces(text)]
    if len(numbers) != len(COUNTS):
        order = ", ".join(count_labels().values())
        message = ngettext(
            "{n} number instead of five", "{n} numbers instead of five", len(numbers)
        )
        raise _error(message, _("in this order: {order}", order=order))
    counts = Counts(*numbers)
    check_answered(counts, _("in this order: {order}", order=", ".join(count_labels().values())))
    return counts


def _parse_sum(text: str) -> Counts:
    """Read the boxes of a sheet: all doors, then the counts; or the counts alone."""
    numbers = [cells.parse_count(piece) for piece in _pieces(text)]
    doors = numbers.pop(0) if len(numbers) == len(COUNTS) + 1 else None
    counts = _parse_counts(" ".join(map(str, numbers)))
    check_doors(doors, counts)
    return counts


def _parse_measures(text: str, total: Counts) -> tuple[int | None, int | None, int | None]:
    pieces = _pieces(text)
    parsers = (cells.parse_clock, cells.parse_minutes, cells.parse_minutes)
    if len(pieces) > len(parsers):
        raise _error(_("more than three values"), _("write them as 18:00 95 25"))
    values = [
        None if piece == UNKNOWN else parse(piece)
        for parse, piece in zip(parsers, pieces, strict=False)
    ]
    after, doors, drive = [*values, None, None, None][:3]
    check_come_back(after, total, _("write {unknown} in its place", unknown=UNKNOWN))
    return after, doors, drive


def _pieces(text: str) -> list[str]:
    return [piece for piece in re.split("[ ,;\t]+", text) if piece]


def _error(message: str, hint: str = "") -> InputError:
    return InputError([Fault("", message, hint)])
