"""Tables of people: a CSV or XLSX file as rows of texts, and the values of their cells.

Each parser of a cell refuses, with a hint, what it cannot read.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from routeplan.errors import Fault, Faults, InputError
from routeplan.files import read_bytes
from routeplan.files.workbooks import column_letters, read_workbook
from routeplan.formats.fields import guess_number
from routeplan.model.problem import Window
from routeplan.villages.columns import identify, personal_value

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping
    from pathlib import Path

    from routeplan.villages.columns import Column

T = TypeVar("T")

LARGEST_BYTES = 32 * 2**20
MOST_ROWS = 200_000
MOST_PEOPLE = 10_000_000
MOST_DAYS = 366
MOST_MINUTES = MOST_DAYS * 24 * 60

_ZIP = b"PK"
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_YES = frozenset({"true", "yes", "y", "1", "да", "истина", "иә", "ия", "ақиқат"})
_NO = frozenset({"false", "no", "n", "0", "нет", "ложь", "жоқ", "жок", "жалған"})
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"


class Row(NamedTuple):
    """A row that is not empty, and its number in the file, counted from 1."""

    number: int
    cells: tuple[str, ...]

    def cell(self, position: int | None) -> str:
        """Return a cell; empty where the row is shorter."""
        return self.cells[position] if position is not None and position < len(self.cells) else ""


def read_sheet(path: Path) -> list[Row]:
    """Read all rows with some text of a table, whose format is recognised by its bytes.

    It is a CSV file (UTF-8 with or without byte order mark, UTF-16 with one, or cp1251; comma,
    semicolon or tab) or the first sheet of an XLSX workbook, whose numbers and dates are written
    as in a CSV file. White space is cleaned.

    Raises
    ------
    InputError
        Where the file cannot be read, is empty, or is neither of the two.
    """
    data = read_bytes(path, name=path.name, most=LARGEST_BYTES)
    if data.startswith(_OLE):
        what = "is protected by a password" if _ENCRYPTED in data else "is an old .xls workbook"
        raise _error(what, "save it as XLSX without a password, or as CSV UTF-8", where=path.name)
    read = _workbook_rows if data.startswith(_ZIP) else _csv_rows
    kept: list[Row] = []
    characters = 0
    for row in read(data, path.name):
        if any(row.cells):
            kept.append(row)
            characters += sum(map(len, row.cells))
        if len(kept) > MOST_ROWS or characters > LARGEST_BYTES:
            most = f"{MOST_ROWS:,} rows" if len(kept) > MOST_ROWS else f"{LARGEST_BYTES:,} letters"
            raise _error(
                f"holds more than {most}", "keep the rows of the district", where=path.name
            )
    if not kept:
        hint = "its first row names the columns: name, lat, lon, …"
        raise _error("is empty", hint, where=path.name)
    return kept


def _csv_rows(data: bytes, name: str) -> Iterator[Row]:
    text = _decode(data, name)
    first = next((line for line in text.splitlines() if line.strip()), "")

    def fitness(delimiter: str) -> tuple[int, int]:
        """Return the number of known columns, then that of all columns, in the first line."""
        headers = next(csv.reader([first], delimiter=delimiter), [])
        return sum(identify(header) is not None for header in headers), len(headers)

    number = 1
    try:
        delimiter = max(",;\t", key=fitness)
        reader = csv.reader(io.StringIO(text, newline=None), delimiter=delimiter, strict=True)
        for cells in reader:
            yield Row(number, tuple(map(_clean, cells)))
            number = reader.line_num + 1
    except csv.Error:
        message = "a quotation mark is not closed, or text stands behind one"
        hint = "write a quotation mark inside a quoted text twice"
        raise InputError([Fault(f"{name}:{number}", message, hint)]) from None


def _decode(data: bytes, name: str) -> str:
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "cp1251"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not re.search(r"[\x00-\x08\x0e-\x1f\x7f]", text):
            return text
    raise _error("is no text table", "save it as CSV UTF-8 or as XLSX", where=name)


def _workbook_rows(data: bytes, name: str) -> Iterator[Row]:
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
        return _clean(str(value))

    for number, values in sheet.rows.items():
        yield Row(number, tuple(text(value, type(value)) for value in values))


def _clean(text: str) -> str:
    """Return the text in composed letters, without invisible ones, with single spaces."""
    visible = re.sub("[\u00ad\u200b\u2060\ufeff]", "", unicodedata.normalize("NFC", text))
    return " ".join(visible.split())


class TableRow:
    """The cells of one row by column, read one by one; their faults are collected."""

    def __init__(self, table: str, row: Row, columns: Mapping[str, Column], faults: Faults) -> None:
        self.source = f"{table}:{row.number}"
        self.columns = columns
        self.sound = True
        self._row = row
        self._faults = faults

    def fault(self, column: str, message: str, hint: str = "") -> None:
        """Add a fault of a cell, under the header that the table has for its column."""
        self.sound = False
        header = self.columns[column].header if column in self.columns else column
        self._faults.add(f"{self.source} {header}", message, hint)

    def text(self, column: str) -> str:
        """Return a cell; empty where there is none."""
        return self._row.cell(self.columns[column].position) if column in self.columns else ""

    def read(self, column: str, parse: Callable[[str], T], default: T) -> T:
        """Read a cell; return the default where it is empty or cannot be read."""
        text = self.text(column)
        return self.build(lambda: parse(text), default, column) if text else default

    def require(self, column: str, parse: Callable[[str], T], default: T) -> T:
        """Read a cell that must be filled; a missing column is a fault of the header."""
        if column in self.columns and not self.text(column):
            self.fault(column, "is empty", "fill it in")
        return self.read(column, parse, default)

    def build(self, make: Callable[[], T], default: T, column: str = "") -> T:
        """Return what a function makes of cells; where it refuses them, add faults."""
        try:
            return make()
        except InputError as error:
            personal = personal_value(self.text(column))
            for fault in [personal] if personal else error.faults:
                self.fault(column or fault.where, fault.message, fault.hint)
            return default

    def check_unnamed(self, header: Row) -> None:
        """Refuse cells in columns without a header."""
        cells = enumerate(self._row.cells)
        stray = next((n for n, text in cells if text and not header.cell(n)), None)
        if stray is not None:
            self._faults.add(
                self.source,
                f"has something in column {stray + 1}, which the header does not name",
                "name the column or empty it; put a text with a comma in it into quotation marks",
            )


def parse_count(text: str) -> int:
    """Read a count: digits, perhaps in groups of three or with the ``.0`` of a spreadsheet."""
    number = _number(text, "a whole number")
    if not number.is_integer():
        groups = re.fullmatch(r"[0-9]{1,3}(?:,[0-9]{3})+", text)
        hint = f"did you mean {text.replace(',', '')}?" if groups else ""
        raise _error(f"{text!r} is not a whole number", hint)
    if number < 0:
        raise _error(f"{text} is below 0")
    if number > MOST_PEOPLE:
        raise _error(
            f"{text} is more than any village has (at most {MOST_PEOPLE:,})".replace(",", " ")
        )
    return int(number)


def parse_number(text: str) -> float:
    """Read a number with a decimal point or comma; small ones may be written as ``1e-05``."""
    if text.endswith("%"):
        share = _number(text[:-1].strip(), "a number")
        raise _error(f"{text!r} is not a plain number", f"did you mean {share / 100:g}?")
    if re.fullmatch("-?[0-9](?:[.,][0-9]+)?[eE]-[0-9]{2}", text):
        return float(text.replace(",", "."))
    return _number(text, "a number")


def parse_degrees(text: str) -> float:
    """Read a latitude or longitude in decimal degrees."""
    if re.search("[°′'\"]|[0-9] +[0-9]|[NSEWСЮВЗ]$", text):
        message = f"{text!r} is not in decimal degrees"
        raise _error(message, "write degrees with decimals, as 43.0213")
    return parse_number(text)


def parse_minutes(text: str) -> int:
    """Read a length of time in minutes; return seconds."""
    count = parse_number(text)
    if count < 0:
        raise _error(f"{text} is below 0")
    if count > MOST_MINUTES:
        raise _error(f"is more than {MOST_MINUTES:,} minutes, which is a year")
    return round(count * 60)


def parse_yes_no(text: str) -> bool:
    """Read yes or no, in three languages."""
    word = text.casefold()
    if word not in _YES | _NO:
        hint = "write yes or no, да or нет, иә or жоқ, 1 or 0"
        raise _error(f"{text!r} is neither yes nor no", hint)
    return word in _YES


def parse_window(text: str) -> Window:
    """Read hours of a day, as ``10:00-18:00``; an end past midnight is written as ``25:30``."""
    match = re.fullmatch(r"([0-9]{1,2}):([0-5][0-9]) ?[-‐-―] ?([0-9]{1,2}):([0-5][0-9])", text)
    if match is None:
        raise _error(f"{text!r} are no hours of a day", "write them as 10:00-18:00")
    start_hour, start_minute, end_hour, end_minute = map(int, match.groups())
    start, end = start_hour * 3600 + start_minute * 60, end_hour * 3600 + end_minute * 60
    if end < start:
        hint = "hours after midnight are written as 25:30"
        raise _error(f"{text!r} ends before it starts", hint)
    return Window(start, end)


def parse_dates(text: str) -> tuple[dt.date, ...]:
    """Read dates and ranges, as ``2027-05-03 2027-05-05..2027-05-07``; return all in order."""
    joined = re.sub(rf"({_DATE}) ?(?:\.\.|/|[-‐-―]) ?(?={_DATE})", r"\1..", text)
    found: set[dt.date] = set()
    for piece in re.split("[ ,;]+", joined.strip(" ,;")):
        first, *rest = map(_date, piece.split(".."))
        last = rest[-1] if rest else first
        if last < first:
            raise _error(f"{last} does not come after {first}")
        if (last - first).days > MOST_DAYS:
            raise _error(f"from {first} to {last} is more than a year", "is the year right?")
        found.update(first + dt.timedelta(days) for days in range((last - first).days + 1))
    return tuple(sorted(found))


def _date(text: str) -> dt.date:
    dotted = re.fullmatch(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})", text)
    if dotted:
        day, month, year = dotted.groups()
        raise _error(f"{text!r} is not a date", f"did you mean {year}-{month:0>2}-{day:0>2}?")
    if not re.fullmatch(_DATE, text):
        raise _error(f"{text!r} is not a date", "write it as 2027-05-03")
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        message = f"{text!r} is not a date of the calendar"
        raise _error(message, "write year-month-day, as 2027-05-03") from None


def _number(text: str, expected: str) -> float:
    # Spaces separate thousands; a comma is a decimal comma.
    joined = text.replace("−", "-")
    if re.fullmatch(r"[+-]?[0-9]{1,3}(?: [0-9]{3})+(?:[.,][0-9]+)?", joined):
        joined = joined.replace(" ", "")
    if not re.fullmatch(r"[+-]?[0-9]+(?:[.,][0-9]+)?", joined):
        hint = guess_number(text)
        if re.fullmatch(_DATE, text):
            hint = "a spreadsheet took it for a date: format the column as numbers, write it again"
        raise _error(f"{text!r} is not {expected}", hint)
    return float(joined.replace(",", "."))


def _error(message: str, hint: str = "", *, where: str = "") -> InputError:
    return InputError([Fault(where, message, hint)])
