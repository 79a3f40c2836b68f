"""The bytes of a CSV or XLSX file as numbered rows of texts."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import warnings
import zipfile
import zlib
from typing import TYPE_CHECKING, NamedTuple
from xml.etree.ElementTree import ParseError

from routeplan.errors import Fault, Faults, InputError
from routeplan.villages.cells import clean
from routeplan.villages.columns import identify

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from openpyxl.workbook import Workbook

__all__ = ["Line", "read_sheet"]

_ZIP = b"PK"
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")

# What the library raises on workbooks that were damaged on purpose, byte by byte.
_UNSOUND = (
    *(zipfile.BadZipFile, zlib.error, ParseError, EOFError, OSError),
    *(AttributeError, LookupError, RuntimeError, TypeError, ValueError),
)


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
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _fault(path.name, f"cannot be read: {error.strerror}") from None
    if data.startswith(_OLE):
        locked = "is protected by a password" if _ENCRYPTED in data else "is an old .xls workbook"
        raise _fault(path.name, locked, "save it as XLSX without a password, or as CSV UTF-8")
    lines = _workbook_rows(data, path.name) if data.startswith(_ZIP) else _text_rows(data, path)
    kept = [Line(number, cells) for number, cells in lines if any(cells)]
    if not kept:
        raise _fault(path.name, "is empty", "its first row names the columns: name, lat, lon, …")
    return kept


def _text_rows(data: bytes, path: Path) -> Iterator[Line]:
    text = _decode(data, path.name)
    reader = csv.reader(io.StringIO(text, newline=None), delimiter=_delimiter(text), strict=True)
    number = 1
    try:
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
    from openpyxl.utils import get_column_letter  # noqa: PLC0415  # takes longer to load than a plan to begin

    # What a formula came to is read; where a program never worked it out, that is a fault.
    try:
        values = list(_first_sheet(data, data_only=True))
        formulas = list(_first_sheet(data, data_only=False))
    except _UNSOUND:
        raise _fault(
            name, "is not a sound XLSX workbook", "save it again as XLSX, or as CSV UTF-8"
        ) from None
    faults = Faults()
    for number, (cells, written) in enumerate(zip(values, formulas, strict=True), start=1):
        for column, (value, formula) in enumerate(zip(cells, written, strict=True), start=1):
            if value is None and formula is not None:
                letter = get_column_letter(column)
                faults.add(
                    f"{name}:{number} {letter}{number}",
                    "is a formula that was never worked out",
                    "open the table in a spreadsheet program and save it",
                )
    faults.raise_any()
    return [Line(number, tuple(map(_text, row))) for number, row in enumerate(values, start=1)]


def _first_sheet(data: bytes, *, data_only: bool) -> Iterable[tuple[object, ...]]:
    import openpyxl  # noqa: PLC0415  # takes longer to load than a plan to begin

    # The library warns of parts that it leaves out (styles, drop-down lists): none is needed.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book: Workbook = openpyxl.load_workbook(
            io.BytesIO(data), read_only=True, data_only=data_only
        )
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        return [tuple(row) for row in sheet.iter_rows(values_only=True)]


def _text(value: object) -> str:
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
