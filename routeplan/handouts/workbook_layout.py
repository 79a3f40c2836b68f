"""Sheets of the workbook as plain values, and their rows when the workbook comes back.

The first row and the first column of every sheet are hidden and the same in every language: the row
names the sheet and its columns, the column holds the key of each row. By them a workbook is read
back in any language, with sheets renamed and rows sorted.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from xlsxwriter.utility import xl_col_to_name

from routeplan.errors import Fault, InputError
from routeplan.files.workbooks import column_letters, read_workbook
from routeplan.handouts.labels import SECONDS_PER_DAY
from routeplan.language import gettext

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from routeplan.files.workbooks import Sheet as ReadSheet
    from routeplan.model.problem import Problem

MARK = "routeplan:"
"""Before the name of a sheet in its first cell."""

VERSION = 1
"""Of the workbook's layout; a reader refuses any other."""

FIRST_ROW = 5
"""Number of the first row with values, as a spreadsheet counts."""

SPARE_ROWS = 20
"""Empty rows below those of the plan, for visits that somebody adds."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula, with ``{row}`` for the number of its row, and its value."""

    text: str
    value: float


Cell: TypeAlias = "str | int | float | dt.date | Formula | None"
Row: TypeAlias = "Mapping[str, Cell]"
Kind: TypeAlias = Literal["text", "number", "count", "date", "time", "km", "share"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet.

    Parameters
    ----------
    name, heading
        The same in every language; a column without a heading is hidden.
    kind, width
        The format of its cells, and its width in characters.
    choices
        Where cells may be edited: the list from which they are chosen, ``number``, ``minutes``,
        ``time``, or ``mark`` for a cross; else empty.
    most
        The column with the largest number that may be written, where that is filled in.
    wrong
        The formula by which a cell is shown to be wrong, with names of columns for their cells in
        the same row: ``={signed}>{reached}``.
    """

    name: str
    heading: str
    kind: Kind = "text"
    width: int = 12
    choices: str = ""
    most: str = ""
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet.

    Parameters
    ----------
    name, title
        The same in every language, and on its tab.
    note, below
        Lines above and below the table.
    rows
        Cells by column, and the key of the row under ``key``.
    fixed
        Columns that may be edited in rows without a key alone.
    """

    name: str
    title: str
    note: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    below: tuple[str, ...] = ()
    fixed: frozenset[str] = frozenset()

    def letter(self, column: str) -> str:
        """Return the letter of a column."""
        return str(xl_col_to_name(1 + [each.name for each in self.columns].index(column)))

    def formula(self, text: str) -> str:
        """Return a formula for the first row, with names of columns for their cells."""
        return text.format_map(
            {each.name: f"${self.letter(each.name)}{FIRST_ROW}" for each in self.columns}
        )

    @property
    def last_row(self) -> int:
        """The number of the last row of the table, as a spreadsheet counts."""
        return FIRST_ROW + max(len(self.rows), 1) - 1

    def span(self, column: str) -> str:
        """Return the range of a column as other sheets refer to it."""
        letter = self.letter(column)
        return f"'{self.title}'!${letter}${FIRST_ROW}:${letter}${self.last_row}"


def labels_of(problem: Problem) -> dict[str, str]:
    """Return the names of villages in the workbook, by place; with the id where names are equal."""
    names = {v.place: problem.place(v.place).name.strip() or v.place for v in problem.villages}
    counts = Counter(name.casefold() for name in names.values())
    return {
        place: name if counts[name.casefold()] == 1 else f"{name} ({place})"
        for place, name in names.items()
    }


def row_key(*parts: object) -> str:
    """Return the key of a row, which `read_key` reads back."""
    return json.dumps(parts, ensure_ascii=False)


def day_fraction(seconds: int) -> float:
    """Return a time of day, or a duration, as a spreadsheet counts: in days."""
    return seconds / SECONDS_PER_DAY


class PageRow(NamedTuple):
    """A row of a sheet: its cells by column, and where they are."""

    number: int
    key: str
    cells: Mapping[str, object]
    page: Page

    def text(self, column: str) -> str:
        """Return the text of a cell, empty where there is none."""
        return cell_text(self.cells.get(column))

    def at(self, column: str) -> str:
        """Return the address of a cell, for people."""
        return f"{self.page.place}!{self.page.letters[column]}{self.number}"


class Page(NamedTuple):
    """A sheet: its address for people, and the letters of its columns."""

    place: str
    letters: Mapping[str, str]
    sheet: ReadSheet

    def rows(self) -> Iterator[PageRow]:
        """Yield the rows of the table."""
        columns = list(self.letters)
        for number, values in self.sheet.rows.items():
            if number >= FIRST_ROW:
                cells = dict(zip(columns, values[1:], strict=False))
                yield PageRow(number, cell_text(values[0]), cells, self)


def read_pages(data: bytes, source: str) -> dict[str, Page]:
    """Read the sheets that routeplan wrote, by their hidden names.

    Raises InputError where it is no workbook.
    """
    pages = {}
    hint = gettext("save it again as XLSX without a password")
    for sheet in read_workbook(data, source, hint=hint):
        mark, *names = [cell_text(value) for value in sheet.rows.get(1, ("",))]
        if mark.startswith(MARK):
            letters = {name: column_letters(n) for n, name in enumerate(names, start=2) if name}
            pages[mark.removeprefix(MARK)] = Page(f"{source}:{sheet.title}", letters, sheet)
    return pages


def check_pages(
    pages: Mapping[str, Page], names: Iterable[str], source: str, fingerprint: str
) -> None:
    """Refuse a workbook without one of some sheets, of another version or for another plan."""
    missing = [name for name in (*names, "lists") if name not in pages]
    if missing:
        message = gettext("has no sheet {name!r} as routeplan writes it", name=missing[0])
        hint = gettext("edit a workbook of 'routeplan workbook write'")
        raise InputError([Fault(source, message, hint)])
    stated = [*pages["lists"].sheet.rows.get(2, ()), None, None, None, None]
    if stated[1] != VERSION:
        message = gettext(
            "is of version {version!r} of workbooks; this routeplan reads {known}",
            version=stated[1],
            known=VERSION,
        )
        hint = gettext("write it anew with 'routeplan workbook write'")
        raise InputError([Fault(source, message, hint)])
    if stated[3] != fingerprint:
        hint = gettext("give the plan that it was written for, or write it anew")
        raise InputError([Fault(source, gettext("was written for another plan"), hint)])


def read_key(text: str) -> Sequence[str | int] | None:
    """Parse the key of a row in its hidden cell; None where it is none."""
    try:
        key = json.loads(text)
    except ValueError:
        return None
    plain = isinstance(key, list) and all(isinstance(part, str | int) for part in key)
    return tuple(key) if plain else None


def cell_date(value: object) -> dt.date | None:
    """Return a date from a date cell or from text."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    text = cell_text(value)
    for pattern in ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"):
        try:
            return dt.datetime.strptime(text, pattern).date()  # noqa: DTZ007  # a date has no zone
        except ValueError:
            continue
    return None


def cell_text(value: object) -> str:
    """Return a cell as text; whole numbers without a decimal point."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()
