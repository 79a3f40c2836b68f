"""Reading workbooks (XLSX, ODS, XLS) within limits; the only module that opens one.

A workbook is a zip of XML parts, which can unpack to far more than its size suggests. The sizes of
its parts are added up before any of them is unpacked, and rows are counted as they are read.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import struct
import warnings
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from routeplan.errors import Fault, InputError
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    from openpyxl.workbook import Workbook

LARGEST_BYTES = 64 * 2**20
"""Largest size of all parts when unpacked."""
LARGEST_RATIO = 200
"""Largest compression ratio of a large part; office programs reach 10 to 40."""
SMALL_BYTES = 2**20
"""Size up to which a part may have any ratio."""
MOST_TAGS = 2_000_000
"""Most tags of all parts; a cell has two or three."""
MOST_CELLS = 600_000
"""Most cells of all sheets that are read, with the empty ones before the last value."""

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ODS_TYPE = b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"
_BEGINNING = 128  # bytes, in which the first part of an ODS names its type
_NAMES = "{{urn:oasis:names:tc:opendocument:xmlns:{}:1.0}}".format
_OFFICE, _TABLE, _TEXT = map(_NAMES, ("office", "table", "text"))

# What openpyxl raises on workbooks that were damaged byte by byte; errors of XML are syntax errors.
# The reader of XLS raises much of the same.
_UNSOUND = (
    *(zipfile.BadZipFile, zlib.error, SyntaxError, EOFError, OSError, ArithmeticError),
    *(AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError),
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook.

    `rows` are the values of each row that has any, by its number from 1: None for an empty cell,
    dates as dates, formulas as their results. `uncalculated` are row and column, from 1, of
    formulas whose result is not in the file. `merged` are ranges of cells that are shown as one:
    first row and column, last row and column; the value is in the first.
    """

    title: str
    rows: dict[int, tuple[Hashable, ...]]
    uncalculated: tuple[tuple[int, int], ...] = ()
    merged: tuple[tuple[int, int, int, int], ...] = ()
    hidden: bool = False


def read_workbook(data: bytes, source: str, *, hint: str = "") -> list[Sheet]:
    """Read the sheets of a workbook: XLSX, ODS, or XLS of Excel 97 to 2003; one at least.

    Faults call it `source`; `hint` says what to do if it is damaged or no workbook. One that holds
    more than can be read is refused.
    """
    kind, read = "XLSX", _xlsx_sheets
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise _locked(source)
        kind, read = "XLS", _xls_sheets
    elif _ODS_TYPE in data[:_BEGINNING]:
        kind, read = "ODS", _ods_sheets
    try:
        return read(data, source)
    except InputError:
        raise
    except _UNSOUND:
        raise InputError(
            [Fault(source, _("is not a sound {kind} workbook", kind=kind), hint)]
        ) from None


def _locked(source: str) -> InputError:
    hint = _("save it as XLSX without a password, or as CSV UTF-8")
    return InputError([Fault(source, _("is protected by a password"), hint)])


def with_cells(data: bytes, title: str, cells: Mapping[tuple[int, int], str]) -> bytes:
    """Return a sound XLSX workbook with other texts in cells of a sheet, by row and column from 1.

    Formulas become their results; drawings are left out.
    """
    import openpyxl  # noqa: PLC0415  # see `_open`

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    for (row, column), text in cells.items():
        cell = book[title].cell(row, column)
        cell.value = text
        # A text that begins with = is no formula.
        cell.data_type = "s"
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def column_letters(number: int) -> str:
    """Return the letters of a column, which is counted from 1."""
    from openpyxl.utils import get_column_letter  # noqa: PLC0415  # see `_open`

    return get_column_letter(number)


class _Limit:
    """Limits the number of cells that are read."""

    def __init__(self, source: str, most: int) -> None:
        self._source = source
        self._left = most

    def take(self, cells: int) -> int:
        """Return a number of cells, which are read, unless they are too many."""
        self._left -= cells
        if self._left < 0:
            message = _("holds more than {n:,} cells", n=MOST_CELLS)
            raise _too_large(self._source, message)
        return cells

    def rows(self, rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        """Yield rows until there are too many cells."""
        for row in rows:
            self.take(max(len(row), 1))
            yield row


def _too_large(source: str, message: str) -> InputError:
    hint = _("copy the table alone into a new workbook, or save it as CSV UTF-8")
    return InputError([Fault(source, message, hint)])


def _check_sizes(data: bytes, source: str) -> None:
    """Refuse workbooks larger than any table, by the sizes that parts declare and their tags."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        for part in parts:
            if part.file_size > max(SMALL_BYTES, LARGEST_RATIO * part.compress_size):
                message = _("holds a part over {n} times as large as packed", n=LARGEST_RATIO)
                raise _too_large(source, message)
        if sum(part.file_size for part in parts) > LARGEST_BYTES:
            message = _("holds more than {n:,} bytes when unpacked", n=LARGEST_BYTES)
            raise _too_large(source, message)
        tags = 0
        for part in parts:
            # No more is unpacked than the part declares.
            with archive.open(part) as file:
                while piece := file.read(SMALL_BYTES):
                    tags += piece.count(b"<")
    if tags > MOST_TAGS:
        raise _too_large(source, _("holds more than {n:,} tags", n=MOST_TAGS))


def _open(data: bytes, *, data_only: bool) -> Workbook:
    import openpyxl  # noqa: PLC0415  # takes longer to load than a plan to begin

    # The library warns of parts that it ignores (styles, drop-down lists); none is needed.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=data_only)


def _xlsx_sheets(data: bytes, source: str) -> list[Sheet]:
    _check_sizes(data, source)
    books = [_open(data, data_only=data_only) for data_only in (True, False)]
    limit = _Limit(source, 2 * MOST_CELLS)
    pairs = zip(books[0].worksheets, books[1].worksheets, strict=True)
    return [_xlsx_sheet(pair, data, limit) for pair in pairs]


def _xlsx_sheet(pages: tuple[Any, Any], data: bytes, limit: _Limit) -> Sheet:
    both = []
    for page in pages:
        # Declared sizes of sheets are not always right.
        page.reset_dimensions()
        both.append(limit.rows(page.iter_rows(values_only=True)))
    from openpyxl.utils.escape import unescape  # noqa: PLC0415  # see `_open`

    rows: dict[int, tuple[Hashable, ...]] = {}
    uncalculated = []
    for number, (row, written) in enumerate(zip(*both, strict=True), start=1):
        if any(value is not None for value in row):
            # Control characters are written as _x001B_.
            rows[number] = tuple(unescape(cell) if isinstance(cell, str) else cell for cell in row)
        uncalculated += [
            (number, column)
            for column, (value, formula) in enumerate(zip(row, written, strict=True), start=1)
            if value is None and formula is not None
        ]
    hidden = pages[0].sheet_state != "visible"
    part = pages[0]._worksheet_path  # noqa: SLF001  # has no public name
    return Sheet(pages[0].title, rows, tuple(uncalculated), _merged_ranges(data, part), hidden)


def _merged_ranges(data: bytes, part: str) -> tuple[tuple[int, int, int, int], ...]:
    """Return the merged ranges of a sheet, which openpyxl leaves out when it reads row by row."""
    from openpyxl.utils import range_boundaries  # noqa: PLC0415  # see `_open`

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        text = archive.read(part.removeprefix("/"))
    found = re.findall(rb'mergeCell[^>]* ref="([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})"', text)
    bounds: Any = map(range_boundaries, map(bytes.decode, found))
    return tuple((top, left, bottom, right) for left, top, right, bottom in bounds)


def _xls_sheets(data: bytes, source: str) -> list[Sheet]:
    import xlrd  # noqa: PLC0415  # few read such files

    limit = _Limit(source, MOST_CELLS)
    try:
        # With the formats, which say what cells are merged. Its warnings go nowhere.
        book = xlrd.open_workbook(
            file_contents=data, formatting_info=True, ragged_rows=True, logfile=io.StringIO()
        )
    except (xlrd.XLRDError, xlrd.compdoc.CompDocError, struct.error) as error:
        raise _locked(source) if "encrypted" in str(error) else ValueError from None

    def value(cell: Any) -> Hashable:  # noqa: ANN401  # of a library without types
        match cell.ctype:
            case xlrd.XL_CELL_EMPTY | xlrd.XL_CELL_BLANK:
                return None
            case xlrd.XL_CELL_DATE:
                date: Hashable = xlrd.xldate_as_datetime(cell.value, book.datemode)
                return date
            case xlrd.XL_CELL_BOOLEAN:
                return bool(cell.value)
            case xlrd.XL_CELL_ERROR:
                return str(xlrd.error_text_from_code.get(cell.value, "#N/A"))
        content: Hashable = cell.value
        return content

    sheets = []
    for page in book.sheets():
        cells = limit.rows(map(page.row, range(page.nrows)))
        numbered = enumerate((tuple(map(value, row)) for row in cells), start=1)
        rows = {n: row for n, row in numbered if any(each is not None for each in row)}
        merged = tuple(
            (top + 1, left + 1, end, right) for top, end, left, right in page.merged_cells
        )
        sheets.append(Sheet(page.name, rows, (), merged, bool(page.visibility)))
    return sheets


def _ods_sheets(data: bytes, source: str) -> list[Sheet]:
    _check_sizes(data, source)
    limit = _Limit(source, MOST_CELLS)
    with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open("content.xml") as part:
        tables = ET.parse(part).getroot().iter(f"{_TABLE}table")  # noqa: S314  # its size is checked
        return [_ods_sheet(table, limit) for table in tables]


def _ods_sheet(table: ET.Element, limit: _Limit) -> Sheet:
    rows: dict[int, tuple[Hashable, ...]] = {}
    merged: list[tuple[int, int, int, int]] = []
    number = 1
    for row in table.iter(f"{_TABLE}table-row"):
        values: list[Hashable] = []
        empty = 0  # cells before the next value
        for cell in row:
            tall, wide = (
                int(cell.get(f"{_TABLE}number-{n}-spanned", 1)) for n in ("rows", "columns")
            )
            if tall * wide > 1:
                left = len(values) + empty + 1
                merged.append((number, left, number + tall - 1, left + wide - 1))
            value, count = _ods_value(cell), int(cell.get(f"{_TABLE}number-columns-repeated", 1))
            if value is None:
                empty += count
            else:
                limit.take(empty + count)
                values += [None] * empty + [value] * count
                empty = 0
        count = int(row.get(f"{_TABLE}number-rows-repeated", 1))
        if values:
            limit.take(len(values) * (count - 1))
            rows |= dict.fromkeys(range(number, number + count), tuple(values))
        number += count
    return Sheet(table.get(f"{_TABLE}name", ""), rows, (), tuple(merged))


def _ods_value(cell: ET.Element) -> Hashable:
    match cell.get(f"{_OFFICE}value-type"):
        case "float" | "percentage" | "currency":
            return float(cell.get(f"{_OFFICE}value", "nan"))
        case "date":
            return dt.datetime.fromisoformat(cell.get(f"{_OFFICE}date-value", ""))
        case "boolean":
            return cell.get(f"{_OFFICE}boolean-value") == "true"
    for blank in ("s", "tab", "line-break"):
        for each in cell.iter(f"{_TEXT}{blank}"):
            each.text = " "
    # Of a comment, the paragraphs lie deeper.
    return "\n".join("".join(each.itertext()) for each in cell.findall(f"{_TEXT}p")) or None
