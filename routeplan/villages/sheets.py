"""The bytes of a CSV or XLSX file as numbered rows of texts."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from routeplan.errors import Fault, Faults, InputError
from routeplan.files import read_bytes
from routeplan.files.workbooks import column_letters, read_workbook
from routeplan.villages.cells import clean
from routeplan.villages.columns import identify

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator
    from pathlib import Path

__all__ = ["Line", "read_sheet"]

_ZIP = b"PK"
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")

LARGEST_BYTES = 32 * 2**20
MOST_ROWS = 200_000


class Line(NamedTuple):
    """A row that is not empty, and its number in the file, counted from 1."""

    number: int
    cells: tuple[str, ...]


def read_sheet(path: Path) -> list[Line]:
    """Read a table, its kind told by its bytes and not by its name.

    Parameters
    ----------
    path
        A CSV file (UTF-8 with or without byte order mark, UTF-16 with one, or cp1251; comma,
        semicolon or tab) or an XLSX workbook, of which the first sheet is read.

    Returns
    -------
    list of Line
        All rows with some text in them, white space cleaned, numbers and dates of a workbook
        written as in a CSV file.

    Raises
    ------
    InputError
        Where the file cannot be read, is empty, or is neither of the two.
    """
    data = read_bytes(path, name=path.name, most=LARGEST_BYTES)
    if data.startswith(_OLE):
        locked = "is protected by a password" if _ENCRYPTED in data else "is an old .xls workbook"
        raise _fault(path.name, locked, "save it as XLSX without a password, or as CSV UTF-8")
    lines = _workbook_rows(data, path.name) if data.startswith(_ZIP) else _text_rows(data, path)
    kept: list[Line] = []
    letters = 0
    for line in lines:
        if any(line.cells):
            kept.append(line)
            letters += sum(map(len, line.cells))
        if len(kept) > MOST_ROWS or letters > LARGEST_BYTES:
            most = f"{MOST_ROWS:,} rows" if len(kept) > MOST_ROWS else f"{LARGEST_BYTES:,} letters"
            raise _fault(path.name, f"holds more than {most}", "keep the rows of the district")
    if not kept:
        raise _fault(path.name, "is empty", "its first row names the columns: name, lat, lon, …")
    return kept


def _text_rows(data: bytes, path: Path) -> Iterator[Line]:
    text = _decode(data, path.name)
    number = 1
    try:
        delimiter = _delimiter(text)
        reader = csv.reader(io.StringIO(text, newline=None), delimiter=delimiter, strict=True)
        for row in reader:
            yield Line(number, tuple(map(clean, row)))
            number = reader.line_num + 1
    except csv.Error:
        raise _fault(
            f"{path.name}:{number}",
            "a quotation mark is not closed, or text stands behind one",
            "write a quotation mark inside a quoted text twice",
        ) from None


def _decode(data: bytes, name: str) -> str:
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "cp1251"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not re.search(r"[\x00-\x08\x0e-\x1f\x7f]", text):
            return text
    raise _fault(name, "is no text table", "save it as CSV UTF-8 or as XLSX")


def _delimiter(text: str) -> str:
    # The one that parts the first filled line into most known columns, then into most cells.
    first = next((line for line in text.splitlines() if line.strip()), "")

    def fitness(delimiter: str) -> tuple[int, int]:
        heads = next(csv.reader([first], delimiter=delimiter), [])
        return sum(identify(head) is not None for head in heads), len(heads)

    return max(",;\t", key=fitness)


def _workbook_rows(data: bytes, name: str) -> list[Line]:
    # What a formula came to is read; where a program never worked it out, that is a fault.
    hint = "save it again as XLSX, or as CSV UTF-8"
    sheet = read_workbook(data, name, first_only=True, hint=hint)[0]
    faults = Faults()
    for number, column in sheet.uncalculated:
        faults.add(
            f"{name}:{number} {column_letters(column)}{number}",
            "is a formula that was never worked out",
            "open the table in a spreadsheet program and save it",
        )
    faults.raise_any()
    # Texts that many cells share are cleaned once.
    text = cache(_text)
    return [
        Line(number, tuple(text(value, type(value)) for value in row))
        for number, row in sheet.rows.items()
    ]


def _text(value: Hashable, _kind: type[object]) -> str:
    # The kind parts what is equal but written differently, as 1 and true.
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        value = value.date()
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float() if value.is_integer():
            return str(int(value))
    return clean(str(value))


def _fault(where: str, message: str, hint: str = "") -> InputError:
    return InputError([Fault(where, message, hint)])
