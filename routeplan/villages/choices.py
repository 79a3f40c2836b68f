"""Choices of candidates, written into the table of villages that they are for."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from routeplan.files import read_bytes
from routeplan.files.workbooks import with_cells as with_cells_of_workbook
from routeplan.formats import new_workbook
from routeplan.villages import text_tables
from routeplan.villages.columns import PLACE_COLUMNS, identify
from routeplan.villages.encoding import decode_table
from routeplan.villages.sheets import LARGEST_BYTES, read_sheet, sheet_title

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from routeplan.villages.cells import Row

CHOICE = PLACE_COLUMNS[-1]
_ENCODINGS = {"KZ-1048": "kz1048", "Windows-1251": "cp1251"}
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def ending_of(data: bytes) -> str:
    """Return how the name of a table ends, by its content: ``.csv`` for all that is no workbook."""
    if data.startswith(_OLE):
        return ".xls"
    if not data.startswith(b"PK"):
        return ".csv"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return ".ods" if "mimetype" in archive.namelist() else ".xlsx"
    except zipfile.BadZipFile:
        return ".xlsx"


def with_choices(path: Path, choices: Mapping[int, str]) -> tuple[bytes, str]:
    """Return a table with choices of places in the column ``place_choice``, and its ending.

    All else stays as it is in CSV and XLSX; of ODS and XLS an XLSX with the rows of villages is
    made. Rows keep their numbers.

    Parameters
    ----------
    path
        The table, which can be read as one of villages.
    choices
        The text to write, by the number of the row.

    Raises
    ------
    InputError
        Where the table cannot be read.
    """
    data = read_bytes(path, name=path.name, most=LARGEST_BYTES)
    header, *rows = read_sheet(path)
    known = [identify(text) for text in header.cells]
    width = max(len(row.cells) for row in (header, *rows))
    position = known.index(CHOICE) if CHOICE in known else width
    cells = {(row, position): text for row, text in choices.items()}
    if CHOICE not in known:
        cells[header.number, position] = CHOICE
    ending = ending_of(data)
    if ending == ".csv":
        return _text_with(data, path.name, cells), ending
    if ending == ".xlsx":
        shifted = {(row, column + 1): text for (row, column), text in cells.items()}
        return with_cells_of_workbook(data, sheet_title(data, path.name), shifted), ending
    return _new_workbook([header, *rows], cells), ".xlsx"


def _text_with(data: bytes, name: str, cells: Mapping[tuple[int, int], str]) -> bytes:
    """Return a text table with other cells, in its own encoding if that has all the letters."""
    decoded = decode_table(data, name)
    text = text_tables.with_cells(decoded.text, identify, cells)
    if decoded.encoding:
        try:
            return text.encode(_ENCODINGS[decoded.encoding])
        except UnicodeEncodeError:
            return text.encode("utf-8-sig")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return text.encode("utf-16")
    mark = b"\xef\xbb\xbf"
    return (mark if data.startswith(mark) else b"") + text.removeprefix("\ufeff").encode()


def _new_workbook(rows: Sequence[Row], cells: Mapping[tuple[int, int], str]) -> bytes:
    data = io.BytesIO()
    with new_workbook(data) as book:
        sheet = book.add_worksheet("villages")
        for row in rows:
            sheet.write_row(row.number - 1, 0, row.cells)
        for (number, position), text in cells.items():
            sheet.write_string(number - 1, position, text)
    return data.getvalue()
