"""Tables as text, CSV of any delimiter: their rows, and cells changed among lines that stay."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from typing import TYPE_CHECKING

from routeplan.errors import Fault, InputError
from routeplan.language import gettext as _
from routeplan.villages.cells import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

HEADER_ROWS = 40
"""A header is looked for in so many rows."""

_SEPARATOR = re.compile(r'"?sep=(.)"?(?:\r\n|\r|\n)', re.IGNORECASE)
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def csv_rows(text: str, name: str, known: Callable[[str], object]) -> Iterator[Row]:
    """Yield the rows of a table, also empty ones; faults call it `name`."""
    delimiter, number = csv_format(text, known)
    lines = "".join(_LINE.findall(text)[number - 1 :])
    lines_before = number - 1
    try:
        reader = csv.reader(io.StringIO(lines, newline=None), delimiter=delimiter, strict=True)
        for cells in reader:
            yield Row(number, tuple(map(clean, cells)))
            number = reader.line_num + 1 + lines_before
    except csv.Error:
        message = _("a quotation mark is not closed, or text stands behind one")
        hint = _("write a quotation mark inside a quoted text twice")
        raise InputError([Fault(f"{name}:{number}", message, hint)]) from None


def csv_format(text: str, known: Callable[[str], object]) -> tuple[str, int]:
    """Return the delimiter of a table, and the number of its first row.

    Excel writes the delimiter into the first line; else it is that which makes most columns known.
    """
    separator = _SEPARATOR.match(text)
    if separator:
        return separator[1], 2
    lines = [line for line in text.split("\n", HEADER_ROWS)[:HEADER_ROWS] if line.strip()]

    def fitness(delimiter: str) -> tuple[int, int]:
        """Return the most known columns, then the most columns, in any line."""
        rows = [next(csv.reader([line], delimiter=delimiter), []) for line in lines]
        counts = ((len(set(filter(None, map(known, row)))), len(row)) for row in rows)
        return max(counts, default=(0, 0))

    try:
        return max(",;\t", key=fitness), 1
    except csv.Error:  # a cell larger than any; the reader names it
        return ",", 1


def with_cells(
    text: str, known: Callable[[str], object], cells: Mapping[tuple[int, int], str]
) -> str:
    """Return a sound table with other values of cells, by row (from 1) and position (from 0).

    All other cells stay as they are written. Rows that are too short get empty cells.
    """
    delimiter, number = csv_format(text, known)
    lines = _LINE.findall(text)
    changed = lines[: number - 1]
    by_row: dict[int, dict[int, str]] = {}
    for (row, position), value in cells.items():
        by_row.setdefault(row, {})[position] = value
    begin = number - 1
    reader = csv.reader((_ended(line) for line in lines[begin:]), delimiter=delimiter)
    first = begin
    for _row in reader:
        end = begin + reader.line_num
        record = "".join(lines[first:end])
        own = by_row.get(first + 1)
        changed.append(_with_cells(record, delimiter, own) if own else record)
        first = end
    return "".join(changed)


def _ended(line: str) -> str:
    return line.rstrip("\r\n") + "\n"


def _with_cells(record: str, delimiter: str, values: Mapping[int, str]) -> str:
    """Return the text of one row with other values of cells by their positions."""
    body = record.rstrip("\r\n")
    mark = re.escape(delimiter)
    written = [
        each[0] for each in re.finditer(rf'(?:^|(?<={mark}))(?:"(?:[^"]|"")*"|[^{mark}]*)', body)
    ]
    written += [""] * (max(values) + 1 - len(written))
    for position, value in values.items():
        needs_marks = any(each in value for each in (delimiter, '"', "\n", "\r"))
        written[position] = '"' + value.replace('"', '""') + '"' if needs_marks else value
    return delimiter.join(written) + record[len(body) :]


def clean(text: str) -> str:
    """Return the text in composed letters, without invisible ones, with single spaces."""
    visible = re.sub("[\u00ad\u200b\u2060\ufeff]", "", unicodedata.normalize("NFC", text))
    return " ".join(visible.split())
