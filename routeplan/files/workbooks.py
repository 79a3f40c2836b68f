"""Reading XLSX workbooks within limits; the only module that opens one.

A workbook is a zip of XML parts, which can unpack to far more than its size suggests. The sizes of
its parts are added up before any of them is unpacked, and rows are counted as they are read.
"""

from __future__ import annotations

import io
import warnings
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from routeplan.errors import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

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

# What openpyxl raises on workbooks that were damaged byte by byte; errors of XML are syntax errors.
_UNSOUND = (
    *(zipfile.BadZipFile, zlib.error, SyntaxError, EOFError, OSError, ArithmeticError),
    *(AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError),
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook.

    `rows` are the values of each row that has any, by its number from 1: None for an empty cell,
    dates as dates, formulas as their results. `uncalculated` are row and column, from 1, of
    formulas whose result is not in the file.
    """

    title: str
    rows: dict[int, tuple[Hashable, ...]]
    uncalculated: tuple[tuple[int, int], ...]


def read_workbook(
    data: bytes, source: str, *, first_only: bool = False, hint: str = ""
) -> list[Sheet]:
    """Read the sheets of an XLSX workbook: one at least.

    Faults call it `source`; `hint` says what to do if it is damaged or no workbook. One that holds
    more than can be read is refused.
    """
    try:
        _check_sizes(data, source)
        books = [_open(data, data_only=data_only) for data_only in (True, False)]
        count = 1 if first_only else len(books[0].worksheets)
        limit = _Limit(source)
        return [_sheet([book.worksheets[n] for book in books], limit) for n in range(count)]
    except InputError:
        raise
    except _UNSOUND:
        raise InputError([Fault(source, "is not a sound XLSX workbook", hint)]) from None


def column_letters(number: int) -> str:
    """Return the letters of a column, which is counted from 1."""
    from openpyxl.utils import get_column_letter  # noqa: PLC0415  # see `_open`

    return get_column_letter(number)


class _Limit:
    """Limits the number of cells that are read, of values and of formulas."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._left = 2 * MOST_CELLS

    def rows(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        """Yield rows until there are too many cells."""
        for row in rows:
            self._left -= max(len(row), 1)
            if self._left < 0:
                raise _too_large(self._source, f"more than {MOST_CELLS:,} cells")
            yield row


def _too_large(source: str, what: str) -> InputError:
    hint = "copy the table alone into a new workbook, or save it as CSV UTF-8"
    return InputError([Fault(source, f"holds {what}", hint)])


def _check_sizes(data: bytes, source: str) -> None:
    """Refuse workbooks larger than any table, by the sizes that parts declare and their tags."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        for part in parts:
            if part.file_size > max(SMALL_BYTES, LARGEST_RATIO * part.compress_size):
                raise _too_large(source, f"a part over {LARGEST_RATIO} times as large as packed")
        if sum(part.file_size for part in parts) > LARGEST_BYTES:
            raise _too_large(source, f"more than {LARGEST_BYTES:,} bytes when unpacked")
        tags = 0
        for part in parts:
            # No more is unpacked than the part declares.
            with archive.open(part) as file:
                while piece := file.read(SMALL_BYTES):
                    tags += piece.count(b"<")
    if tags > MOST_TAGS:
        raise _too_large(source, f"more than {MOST_TAGS:,} tags")


def _open(data: bytes, *, data_only: bool) -> Workbook:
    import openpyxl  # noqa: PLC0415  # takes longer to load than a plan to begin

    # The library warns of parts that it ignores (styles, drop-down lists); none is needed.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=data_only)


def _sheet(pages: list[Any], limit: _Limit) -> Sheet:
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
    return Sheet(pages[0].title, rows, tuple(uncalculated))
