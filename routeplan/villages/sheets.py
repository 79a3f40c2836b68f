"""Tables of people: a CSV file or a workbook as rows of texts, the first of which is the header.

Titles above the header, headers of two rows, merged cells and cover sheets are understood, and said
to be so in notes.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from routeplan.errors import Fault, Faults, InputError
from routeplan.files import read_bytes
from routeplan.files.workbooks import column_letters, read_workbook
from routeplan.language import gettext as _
from routeplan.villages.cells import Row
from routeplan.villages.columns import identify
from routeplan.villages.encoding import decode_table

if TYPE_CHECKING:
    from collections.abc import (
        Callable,
        Collection,
        Hashable,
        Iterable,
        Iterator,
        Mapping,
        Sequence,
    )
    from pathlib import Path

    from routeplan.files.workbooks import Sheet

    Identify = Callable[[str], object]
    OnSpoilt = Callable[[range, Fault], None]

LARGEST_BYTES = 32 * 2**20
MOST_ROWS = 200_000

_WORKBOOKS = (b"PK", bytes.fromhex("d0cf11e0a1b11ae1"))
# A header is looked for in so many rows.
_HEADER_ROWS = 40
# A header that names so many columns is that of a table, and no part of a cover sheet.
_ENOUGH_COLUMNS = 2
# A value of a merged cell in these columns is that of each row; in others it may be a sum.
_SHARED = frozenset(
    {"district", "oblast", "weight", "partial", "setup_minutes", "pace", "max_share_per_visit"}
    | {"closed", "knock", "required"}
)
_SEPARATOR = re.compile(r'"?sep=(.)"?(?:\r\n|\r|\n)', re.IGNORECASE)


class _Table(NamedTuple):
    """The rows of a file or sheet that hold something."""

    title: str
    rows: list[Row]
    sheet: Sheet | None = None  # of a workbook


class _Reading(NamedTuple):
    """How a table of a name is read, and where notes and faults go."""

    name: str
    known: Identify
    shared: Collection[str]
    on_note: Callable[[str], None]
    on_fault: OnSpoilt


class _Header(NamedTuple):
    """The names of the columns, and where they are among the rows."""

    names: Row
    columns: int  # how many of them are known
    first: int  # index of its first row
    end: int  # index of the row after its last one


def ignore_note(_note: str) -> None:
    """Take a note, and do nothing with it."""


def read_sheet(
    path: Path,
    known: Identify = identify,
    on_note: Callable[[str], None] = ignore_note,
    *,
    shared: Collection[str] = _SHARED,
    on_spoilt: OnSpoilt | None = None,
) -> list[Row]:
    """Read the header and the rows under it of a table, whose format is recognised by its bytes.

    It is a CSV file (`routeplan.villages.encoding`; comma, semicolon or tab) or a workbook (XLSX,
    ODS, XLS), whose numbers and dates are written as in a CSV file. Of a workbook the first sheet
    is read that has a header. White space is cleaned; empty rows, titles, and what a header repeats
    are left out. Where no row names a known column, all rows are returned.

    Parameters
    ----------
    path
        The table.
    known
        Returns which column a heading names, a false value for an unknown one.
    on_note
        Called with each note on how the table is read.
    shared
        Columns in which the value of a merged cell is that of each of its rows.
    on_spoilt
        Called with each fault of cells and the numbers of its rows, which are then left out. By
        default such faults are raised, all together.

    Raises
    ------
    InputError
        Where the file cannot be read, is empty, or is no table.
    """
    name = path.name
    data = read_bytes(path, name=name, most=LARGEST_BYTES)
    tables = _tables(data, name, known, on_note)
    if not tables:
        hint = _("its first row names the columns: name, lat, lon, …")
        raise InputError([Fault(name, _("is empty"), hint)])
    headers = [_find_header(table.rows, known) for table in tables]
    counts = [0 if header is None else header.columns for header in headers]
    at = _choose_sheet([table.title for table in tables], counts, name, on_note)
    faults = Faults()
    spoilt: set[int] = set()

    def note_fault(rows: range, fault: Fault) -> None:
        spoilt.update(rows)
        if on_spoilt is None:
            faults.append(fault)
        else:
            on_spoilt(rows, fault)

    reading = _Reading(name, known, frozenset(shared), on_note, note_fault)
    rows = _rows_of_table(tables[at], headers[at], reading)
    faults.raise_any()
    return [*rows[:1], *(row for row in rows[1:] if row.number not in spoilt)]


def _choose_sheet(
    titles: Sequence[str], counts: Sequence[int], name: str, on_note: Callable[[str], None]
) -> int:
    """Return which sheet to read, by how many columns each names: the first that is a table."""
    # A cover sheet may name one column by chance.
    tables = [n for n, count in enumerate(counts) if count >= _ENOUGH_COLUMNS]
    at = tables[0] if tables else counts.index(max(counts))
    others = ", ".join(titles[n] for n in tables[1:])
    if at or others:
        names = {"name": name, "sheet": titles[at], "others": others}
        note = _("{name}: the sheet {sheet!r} is read", **names)
        if others:
            note = _(
                "{name}: the sheet {sheet!r} is read; not read, though tables too: {others}",
                **names,
            )
        on_note(note)
    return at


def _rows_of_table(table: _Table, header: _Header | None, reading: _Reading) -> list[Row]:
    """Return the header and the rows under it; all rows where there is no header."""
    if table.sheet is not None:
        _check_formulas(table.sheet, reading)
    if header is None:
        return table.rows
    names = {"name": reading.name, "row": header.names.number}
    if header.first:
        text = _("{name}: row {row} names the columns; rows above it are not read", **names)
        reading.on_note(text)
    rows = _rows_below(table.rows, header)
    if table.sheet is not None:
        rows = _unmerge(rows, header.names, table.sheet, reading)
    return [header.names, *rows]


def _tables(
    data: bytes, name: str, known: Identify, on_note: Callable[[str], None]
) -> list[_Table]:
    """Return the tables of a file that hold something; hidden sheets if no other does."""
    if data.startswith(_WORKBOOKS):
        tables = _sheets(data, name)
    else:
        decoded = decode_table(data, name)
        if decoded.encoding:
            on_note(_("{name} is read as {encoding}", name=name, encoding=decoded.encoding))
        tables = [_Table("", _kept_rows(_csv_rows(decoded.text, name, known), name))]
    return [table for table in tables if table.rows]


def _sheets(data: bytes, name: str) -> list[_Table]:
    sheets = read_workbook(data, name, hint=_("save it again as XLSX, or as CSV UTF-8"))
    visible = [sheet for sheet in sheets if sheet.rows and not sheet.hidden]
    pages = ((sheet.title, workbook_rows(sheet), sheet) for sheet in visible or sheets)
    return [_Table(title, _kept_rows(rows, name), sheet) for title, rows, sheet in pages]


def _kept_rows(rows: Iterable[Row], name: str) -> list[Row]:
    kept: list[Row] = []
    characters = 0
    for row in rows:
        if any(row.cells):
            kept.append(row)
            characters += sum(map(len, row.cells))
        if len(kept) > MOST_ROWS or characters > LARGEST_BYTES:
            message = _("holds more than {most:,} letters", most=LARGEST_BYTES)
            if len(kept) > MOST_ROWS:
                message = _("holds more than {most:,} rows", most=MOST_ROWS)
            raise InputError([Fault(name, message, _("keep the rows of the district"))])
    return kept


def _csv_rows(text: str, name: str, known: Identify) -> Iterator[Row]:
    # Excel writes the delimiter into the first line.
    separator = _SEPARATOR.match(text)
    lines_before = 1 if separator else 0
    text = text[separator.end() :] if separator else text
    delimiter = separator[1] if separator else _delimiter(text, known)
    number = 1 + lines_before
    try:
        reader = csv.reader(io.StringIO(text, newline=None), delimiter=delimiter, strict=True)
        for cells in reader:
            yield Row(number, tuple(map(clean_text, cells)))
            number = reader.line_num + 1 + lines_before
    except csv.Error:
        message = _("a quotation mark is not closed, or text stands behind one")
        hint = _("write a quotation mark inside a quoted text twice")
        raise InputError([Fault(f"{name}:{number}", message, hint)]) from None


def _delimiter(text: str, known: Identify) -> str:
    lines = [line for line in text.split("\n", _HEADER_ROWS)[:_HEADER_ROWS] if line.strip()]

    def fitness(delimiter: str) -> tuple[int, int]:
        """Return the most known columns, then the most columns, in any line."""
        rows = [next(csv.reader([line], delimiter=delimiter), []) for line in lines]
        counts = ((len(_known_cells(row, known)), len(row)) for row in rows)
        return max(counts, default=(0, 0))

    try:
        return max(",;\t", key=fitness)
    except csv.Error:  # a cell larger than any; the reader names it
        return ","


def workbook_rows(sheet: Sheet) -> Iterator[Row]:
    """Yield the rows of a sheet as texts, as a CSV file has them."""

    @cache  # workbooks repeat values; the type parts equal ones that are written differently
    def text(value: Hashable, _type: type[object]) -> str:
        if isinstance(value, dt.datetime) and value.time() == dt.time():
            value = value.date()
        match value:
            case None:
                return ""
            case bool():
                return str(value).lower()
            case float() if value.is_integer():
                return str(int(value))
        return clean_text(str(value))

    for number, values in sheet.rows.items():
        yield Row(number, tuple(text(value, type(value)) for value in values))


def _check_formulas(sheet: Sheet, reading: _Reading) -> None:
    for number, column in sheet.uncalculated:
        fault = Fault(
            f"{reading.name}:{number} {column_letters(column)}{number}",
            _("is a formula that was never worked out"),
            _("open the table in a spreadsheet program and save it"),
        )
        reading.on_fault(range(number, number + 1), fault)


def _find_header(rows: Sequence[Row], known: Identify) -> _Header | None:
    """Return the row that names the most columns, with what the rows beside it add to it."""
    counts = [len(_known_cells(row.cells, known)) for row in rows[:_HEADER_ROWS]]
    if not any(counts):
        return None
    at = counts.index(max(counts))
    own = rows[at].cells
    below = rows[at + 1].cells if at + 1 < len(rows) else ()
    two_rows = _with_row_below(own, below, known)
    all_rows = _with_row_above(two_rows, rows[at - 1].cells if at else (), known)
    first, end = at - (all_rows != two_rows), at + 1 + (two_rows != own)
    names = Row(rows[at].number, all_rows)
    return _Header(names, len(_known_cells(all_rows, known)), first, end)


def _with_row_below(
    cells: tuple[str, ...], below: Sequence[str], known: Identify
) -> tuple[str, ...]:
    """Return a header with the names under it: широта and долгота under their heading."""
    if not _adds_columns(cells, below, known):
        return cells
    pairs = itertools.zip_longest(cells, below, fillvalue="")
    return tuple(under if under and not (own and known(own)) else own for own, under in pairs)


def _with_row_above(
    cells: tuple[str, ...], above: Sequence[str], known: Identify
) -> tuple[str, ...]:
    """Return a header whose gaps are filled with names that begin in the row above."""
    pairs = list(zip(cells, above, strict=False))
    if not _adds_columns(cells, [over for own, over in pairs if not own], known):
        return cells
    filled = (over if not own and known(over) else own for own, over in pairs)
    return (*filled, *cells[len(pairs) :])


def _known_cells(cells: Iterable[str], known: Identify) -> set[object]:
    return {column for column in map(known, cells) if column}


def _adds_columns(cells: Iterable[str], others: Iterable[str], known: Identify) -> bool:
    return bool(_known_cells(others, known) - _known_cells(cells, known))


def _rows_below(rows: Sequence[Row], header: _Header) -> list[Row]:
    """Return the rows under a header, without its repetitions and without numbers of columns."""
    repeated = {row.cells for row in rows[header.first : header.end]}
    below = [row for row in rows[header.end :] if row.cells not in repeated]
    return below[1:] if below and _numbers_columns(below[0].cells) else below


def _numbers_columns(cells: Iterable[str]) -> bool:
    """Return whether cells count from 1; in some tables the first columns have letters: А, Б, 1."""
    numbers = [text for text in cells if text and not (len(text) == 1 and text.isalpha())]
    few = 2
    return len(numbers) > few and numbers == [str(n) for n in range(1, len(numbers) + 1)]


def _unmerge(rows: Sequence[Row], header: Row, sheet: Sheet, reading: _Reading) -> list[Row]:
    """Write the values of merged cells into each of their rows; leave headings of rows out."""
    by_number = {row.number: row for row in rows}
    merged = [each for each in sheet.merged if each[0] in by_number]
    if _rows_spanned(merged) > MOST_ROWS:
        message = _("has more merged cells than rows")
        raise InputError([Fault(reading.name, message, _("unmerge them"))])
    headings = _headings(by_number, merged, reading.name, reading.on_note)
    for top, left, bottom, right in merged:
        if top not in headings and by_number[top].cell(left - 1):
            columns = _known_cells(header.cells[left - 1 : right], reading.known)
            _unmerge_range(by_number, (top, left, bottom), header, columns, reading)
    for number in headings:
        del by_number[number]
    return list(by_number.values())


def _unmerge_range(
    by_number: dict[int, Row],
    merged: tuple[int, int, int],
    header: Row,
    columns: set[object],
    reading: _Reading,
) -> None:
    """Write the value of one merged cell, over these columns, into its rows, or note a fault."""
    top, left, bottom = merged
    if len(columns) == 1 and columns <= set(reading.shared):
        _copy_down(by_number, top, bottom, left - 1)
    elif len(columns) > 1 or (columns and bottom > top):
        fault = _merged_fault(f"{reading.name}:{top} {header.cell(left - 1)}", top, bottom)
        reading.on_fault(range(top, bottom + 1), fault)


def _merged_fault(where: str, top: int, bottom: int) -> Fault:
    if top == bottom:
        hint = _("unmerge it, and write a value into each column")
        return Fault(where, _("is one cell for several columns"), hint)
    message = _("is one cell for rows {top} to {bottom}", top=top, bottom=bottom)
    return Fault(where, message, _("unmerge it, and write a value into each row"))


def _rows_spanned(merged: Iterable[tuple[int, int, int, int]]) -> int:
    return sum(bottom - top for top, _, bottom, _ in merged)


def _headings(
    by_number: Mapping[int, Row],
    merged: Iterable[tuple[int, int, int, int]],
    name: str,
    on_note: Callable[[str], None],
) -> list[int]:
    """Return, and note, the numbers of rows that are one cell across the table."""
    wide = {top for top, left, bottom, right in merged if bottom == top and right > left + 1}
    found = sorted(number for number in wide if sum(map(bool, by_number[number].cells)) == 1)
    if found:
        rows = ", ".join(map(str, found))
        text = _("{name}: a heading, not a village, and not read: row {rows}", name=name, rows=rows)
        on_note(text)
    return found


def _copy_down(by_number: dict[int, Row], top: int, bottom: int, position: int) -> None:
    text = by_number[top].cell(position)
    for number in range(top + 1, bottom + 1):
        if number in by_number:
            cells = list(by_number[number].cells)
            cells += [""] * (position + 1 - len(cells))
            cells[position] = text
            by_number[number] = Row(number, tuple(cells))


def clean_text(text: str) -> str:
    """Return the text in composed letters, without invisible ones, with single spaces."""
    visible = re.sub("[\u00ad\u200b\u2060\ufeff]", "", unicodedata.normalize("NFC", text))
    return " ".join(visible.split())
