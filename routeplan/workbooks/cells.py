"""The parts of a workbook as their tags come: shared texts, formats of dates, cells."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from routeplan.errors import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

__all__ = [
    "EPOCH",
    "EPOCH_1904",
    "Cells",
    "Limits",
    "Part",
    "Sheet",
    "Styles",
    "Texts",
    "column_letters",
]

MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
MOST_FILLED_ROWS = 200_000
MOST_TAGS = 12_000_000
MOST_CELLS = 4_000_000
"""Cells of a workbook, with the empty ones left of a value."""

# Formats of numbers that every workbook has and that show dates or times.
_DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), *(45, 47), *range(50, 59)})
_DURATION_FORMAT = 46
EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001  # a cell has no zone
EPOCH_1904 = dt.datetime(1904, 1, 1)  # noqa: DTZ001
# Excel takes 1900 for a leap year; its first 59 days are off by one.
_FEBRUARY_29 = 60


@dataclass(slots=True)
class Sheet:
    """A sheet of a workbook.

    Parameters
    ----------
    title
        Its name.
    rows
        Values of each row that has any, by its number from 1; None where a cell is empty.
    uncalculated
        Row and column, from 1, of formulas whose result is not in the file.
    """

    title: str
    rows: dict[int, list[Hashable]] = field(default_factory=dict)
    uncalculated: list[tuple[int, int]] = field(default_factory=list)


def column_letters(number: int) -> str:
    """Return the letters of a column.

    Examples
    --------
    >>> column_letters(1), column_letters(27)
    ('A', 'AA')
    """
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


class Limits:
    """What a workbook may hold.

    Parameters
    ----------
    source
        Its name, for faults.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._cells = self._tags = 0

    def count_tags(self, tags: int) -> None:
        """Count tags, before time is spent on them."""
        self._tags += tags
        if self._tags > MOST_TAGS:
            raise self.too_large(f"more than {MOST_TAGS:,} tags")

    def check_rows(self, rows: int) -> None:
        """Refuse more rows with something in them than are read of one sheet."""
        if rows > MOST_FILLED_ROWS:
            raise self.too_large(f"more than {MOST_FILLED_ROWS:,} rows with something in them")

    def count(self, cells: int) -> None:
        """Count cells, before memory is taken for them."""
        self._cells += cells
        if self._cells > MOST_CELLS:
            raise self.too_large(f"more than {MOST_CELLS:,} cells")

    def check_place(self, row: int, column: int = 1) -> None:
        """Refuse a row or column that no workbook has."""
        if row > MOST_ROWS:
            raise self.too_large(f"a row {row:,}, and no workbook has more than {MOST_ROWS:,}")
        if column > MOST_COLUMNS:
            most = f"no workbook has more than {MOST_COLUMNS:,}"
            raise self.too_large(f"a column {column:,}, and {most}")
        if row < 1 or column < 1:
            raise ValueError("no such cell")

    def too_large(self, what: str) -> InputError:
        """Return the error of a workbook that holds too much."""
        hint = "copy the table alone into a new workbook, or save it as CSV UTF-8"
        return InputError([Fault(self._source, f"holds {what}", hint)])


class Part:
    """A part of a workbook, as its tags come."""

    def start(self, tag: str, values: Mapping[str, str]) -> None:
        """Take the beginning of an element."""

    def end(self, tag: str) -> None:
        """Take the end of an element."""

    def text(self, text: str) -> None:
        """Take letters between tags."""


class Texts(Part):
    """The texts that cells share."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._pieces: list[str] = []
        self._open = self._phonetic = False

    def start(self, tag: str, values: Mapping[str, str]) -> None:  # noqa: ARG002
        """Note the beginning of a text; hints of pronunciation are left out."""
        if tag == "rPh":
            self._phonetic = True
        elif tag == "t":
            self._open = not self._phonetic

    def end(self, tag: str) -> None:
        """Put the pieces of a text together."""
        if tag == "rPh":
            self._phonetic = False
        elif tag == "t":
            self._open = False
        elif tag == "si":
            self.texts.append(_unescaped("".join(self._pieces)))
            self._pieces = []

    def text(self, text: str) -> None:
        """Take a piece."""
        if self._open:
            self._pieces.append(text)


class Styles(Part):
    """What formats of cells show: ``date``, ``duration``, or empty for anything else."""

    def __init__(self) -> None:
        self.dates: list[str] = []
        self._own: dict[int, str] = {}
        self._in_cells = False

    def start(self, tag: str, values: Mapping[str, str]) -> None:
        """Note a format of numbers, or one of cells."""
        if tag == "numFmt" and not self._in_cells:
            self._own[int(values["numFmtId"])] = _shown(values.get("formatCode", ""))
        elif tag == "cellXfs":
            self._in_cells = True
        elif tag == "xf" and self._in_cells:
            number = int(values.get("numFmtId", 0))
            known = "date" if number in _DATE_FORMATS else ""
            known = "duration" if number == _DURATION_FORMAT else known
            self.dates.append(self._own.get(number, known))

    def end(self, tag: str) -> None:
        """Note the end of the formats of cells."""
        if tag == "cellXfs":
            self._in_cells = False


class Cells(Part):
    """The values of a sheet."""

    def __init__(
        self,
        limits: Limits,
        sheet: Sheet,
        texts: list[str],
        dates: list[str],
        epoch: dt.datetime,
    ) -> None:
        self._limits, self._sheet = limits, sheet
        self._texts, self._dates, self._epoch = texts, dates, epoch
        self._row = self._column = 0
        self._kind, self._style = "n", 0
        self._is_formula = self._phonetic = False
        self._value: list[str] = []
        self._open = False

    def start(self, tag: str, values: Mapping[str, str]) -> None:
        """Note where a row, cell or value begins."""
        if tag == "row":
            self._row = int(values["r"]) if "r" in values else self._row + 1
            self._column = 0
            self._limits.check_place(self._row)
        elif tag == "c":
            self._place(values.get("r"))
            self._kind, self._style = values.get("t", "n"), int(values.get("s", 0))
            self._is_formula, self._value = False, []
        elif tag == "f":
            self._is_formula = True
        elif tag == "rPh":
            self._phonetic = True
        elif tag == "v" or (tag == "t" and not self._phonetic):
            self._open = True

    def end(self, tag: str) -> None:
        """Take the value of a cell that ends."""
        if tag in ("v", "t"):
            self._open = False
        elif tag == "rPh":
            self._phonetic = False
        elif tag == "c":
            text = "".join(self._value)
            if text:
                self._put(self._read(text))
            elif self._is_formula:
                self._limits.count(1)
                self._sheet.uncalculated.append((self._row, self._column))

    def text(self, text: str) -> None:
        """Take letters of a value."""
        if self._open:
            self._value.append(text)

    def _place(self, reference: str | None) -> None:
        if reference is None:
            self._column += 1
        else:
            match = re.fullmatch("([A-Z]{1,7})([0-9]{1,15})", reference)
            if match is None:
                raise ValueError("no cell is called so")
            self._column = 0
            for letter in match[1]:
                self._column = 26 * self._column + ord(letter) - ord("A") + 1
            self._row = int(match[2])
        self._limits.check_place(self._row, self._column)

    def _put(self, value: Hashable) -> None:
        row = self._sheet.rows.setdefault(self._row, [])
        self._limits.check_rows(len(self._sheet.rows))
        missing = self._column - len(row)
        self._limits.count(max(missing, 0))
        row.extend([None] * missing)
        row[self._column - 1] = value

    def _read(self, text: str) -> Hashable:
        if self._kind == "s":
            return self._texts[int(text)]
        if self._kind == "b":
            return bool(int(text))
        if self._kind == "d":
            return dt.datetime.fromisoformat(text)
        if self._kind in ("str", "inlineStr", "e"):
            return _unescaped(text)
        number = float(text) if re.search("[.eE]", text) else int(text)
        known = 0 <= self._style < len(self._dates)
        shown = self._dates[self._style] if known else ""
        return _moment(number, self._epoch, shown) if shown else number


def _moment(number: float, epoch: dt.datetime, shown: str) -> Hashable:
    """Return a duration, a date, a date with a time, or a time alone where it is below a day."""
    try:
        since = dt.timedelta(milliseconds=round(number * 86_400_000))
        if shown == "duration":
            return since
        if dt.timedelta() <= since < dt.timedelta(days=1):
            return (epoch + since).time()
        early = 0 < number < _FEBRUARY_29 and epoch == EPOCH
        return epoch + since + dt.timedelta(days=int(early))
    except (OverflowError, ValueError):
        return "#VALUE!"


def _shown(code: str) -> str:
    """Return what a format of numbers shows."""
    # Quoted texts, escaped letters, and colours or conditions in brackets do not count.
    first = code.lower().partition(";")[0]
    bare = re.sub(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', "", first)
    if bare == "general" or not re.search("[dmhys]", bare):
        return ""
    return "duration" if "[" in bare else "date"


def _unescaped(text: str) -> str:
    """Return a text with its line breaks and tabs, which XML has no way to keep."""
    return re.sub(
        "_x(000[9AD]|005F)_", lambda match: chr(int(match[1], 16)), text, flags=re.IGNORECASE
    )
