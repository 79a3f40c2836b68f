"""The cells of a table by row and column, and the values that people write in them.

Each parser of a cell refuses, with a hint, what it cannot read.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from routeplan.errors import Fault, Faults, InputError
from routeplan.formats.fields import guess_number
from routeplan.language import gettext as _
from routeplan.model.problem import Window
from routeplan.villages.columns import personal_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from routeplan.villages.columns import Column

T = TypeVar("T")

MOST_PEOPLE = 10_000_000
MOST_DAYS = 366
MOST_MINUTES = MOST_DAYS * 24 * 60
LATEST_HOUR = 30  # of a day that ends after midnight

_YES = frozenset({"true", "yes", "y", "1", "да", "истина", "иә", "ия", "ақиқат"})
_NO = frozenset({"false", "no", "n", "0", "нет", "ложь", "жоқ", "жок", "жалған"})
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"


class Row(NamedTuple):
    """A row that is not empty: its number in the file, counted from 1, or its label in a frame."""

    number: int
    cells: tuple[str, ...]
    label: str = ""

    @property
    def shown(self) -> str:
        """What whoever owns the table looks for it by."""
        return self.label or str(self.number)

    def cell(self, position: int | None) -> str:
        """Return a cell; empty where the row is shorter."""
        return self.cells[position] if position is not None and position < len(self.cells) else ""


class TableRow:
    """The cells of one row by column, read one by one; their faults are collected."""

    def __init__(self, table: str, row: Row, columns: Mapping[str, Column], faults: Faults) -> None:
        self.source = f"{table}:{row.shown}"
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
            self.fault(column, _("is empty"), _("fill it in"))
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

    def check_name(self, column: str) -> bool:
        """Return whether a name or id is sound; a person's data and spoilt text are faults."""
        text = self.text(column)
        fault = personal_value(text) or _spoilt(text)
        if fault is not None:
            self.fault(column, fault.message, fault.hint)
        return fault is None

    def check_unnamed(self, header: Row) -> None:
        """Refuse cells behind the last column that the header names."""
        end = max((n for n, text in enumerate(header.cells, start=1) if text), default=0)
        stray = next((n for n, text in enumerate(self._row.cells) if text and n >= end), None)
        if stray is not None:
            self._faults.add(
                self.source,
                _("has something in column {n}, which the header does not name", n=stray + 1),
                _(
                    "name the column or empty it; put a text with a comma in it into quotation"
                    " marks"
                ),
            )


# Months as spreadsheets write them in dates: 01.май, май.26, 1-May, May-26.
_MONTHS = {
    ".": "янв фев мар апр май июн июл авг сен окт ноя дек қаң ақп нау сәу мам мау шіл там қыр қаз "
    "қар жел",
    "-": "jan feb mar apr may jun jul aug sep oct nov dec",
}
_MONTH_DATES = "|".join(
    rf"[0-9]{{1,2}}\{mark}(?:{month})(?:\{mark}[0-9]+)?|(?:{month})\{mark}[0-9]+"
    for mark, months in _MONTHS.items()
    for month in months.split()
)
_WRITTEN_DATE = re.compile(
    rf"{_DATE}(?: [0-9:.]+)?|[0-9]{{1,2}}([./])[0-9]{{1,2}}\1(?:[0-9]{{2}}|[0-9]{{4}})"
    rf"|[0-9]{{1,2}}:[0-9]{{2}}(?::[0-9]{{2}})?|{_MONTH_DATES}",
    re.IGNORECASE,
)


def _spoilt(text: str) -> Fault | None:
    """Return what a spreadsheet or an encoding made of a name or id, and what to do about it."""
    if re.fullmatch(r"#[A-ZА-Я0/]+[!?]?", text):
        return Fault("", _("{text!r} is an error of the spreadsheet", text=text))
    if re.search(r"[^\W\d_]\?|\?[^\W\d_]|\?\?|^\?$|\ufffd", text):
        # What becomes of Қ and Ө in an encoding that lacks them.
        hint = _("save the table again as XLSX or as CSV UTF-8")
        return Fault("", _("{text!r} has lost letters", text=text), hint)
    if re.fullmatch("##+", text):
        hint = _("widen the column, and save the table again")
        return Fault("", _("was too wide for its column"), hint)
    if _WRITTEN_DATE.fullmatch(text):
        message = _("{text!r} is a date, for which a spreadsheet took it", text=text)
        return Fault("", message, _("format the column as text, and write it again"))
    if re.fullmatch(r"[0-9](?:[.,][0-9]+[eE]\+?|[eE]\+)[0-9]+", text):
        message = _("{text!r} is a code that a spreadsheet shortened", text=text)
        return Fault("", message, _("format the column as text, and write it again"))
    return None


def parse_count(text: str) -> int:
    """Read a count: digits, perhaps in groups of three or with the ``.0`` of a spreadsheet."""
    number = _number(text, whole=True)
    if not number.is_integer():
        groups = re.fullmatch(r"[0-9]{1,3}(?:,[0-9]{3})+", text)
        hint = _("did you mean {value}?", value=text.replace(",", "")) if groups else ""
        raise _error(_("{text!r} is not a whole number", text=text), hint)
    if number < 0:
        raise _error(_("{value} is below 0", value=text))
    if number > MOST_PEOPLE:
        most = f"{MOST_PEOPLE:,}".replace(",", " ")
        raise _error(
            _("{text} is more than any village has (at most {most})", text=text, most=most)
        )
    return int(number)


def parse_number(text: str) -> float:
    """Read a number with a decimal point or comma; small ones may be written as ``1e-05``."""
    if text.endswith("%"):
        share = _number(text[:-1].strip())
        meant = f"{share / 100:g}"
        hint = _("did you mean {value}?", value=meant)
        raise _error(_("{text!r} is not a plain number", text=text), hint)
    if re.fullmatch("-?[0-9](?:[.,][0-9]+)?[eE]-[0-9]{2}", text):
        return float(text.replace(",", "."))
    return _number(text)


def parse_degrees(text: str) -> float:
    """Read a latitude or longitude in decimal degrees."""
    if re.search("[°′'\"]|[0-9] +[0-9]|[NSEWСЮВЗ]$", text):
        message = _("{text!r} is not in decimal degrees", text=text)
        raise _error(message, _("write degrees with decimals, as 43.0213"))
    return parse_number(text)


def parse_minutes(text: str) -> int:
    """Read a length of time in minutes; return seconds."""
    count = parse_number(text)
    if count < 0:
        raise _error(_("{value} is below 0", value=text))
    if count > MOST_MINUTES:
        raise _error(_("is more than {most:,} minutes, which is a year", most=MOST_MINUTES))
    return round(count * 60)


def parse_yes_no(text: str) -> bool:
    """Read yes or no, in three languages."""
    word = text.casefold()
    if word not in _YES | _NO:
        hint = _("write yes or no, да or нет, иә or жоқ, 1 or 0")
        raise _error(_("{text!r} is neither yes nor no", text=text), hint)
    return word in _YES


def parse_window(text: str) -> Window:
    """Read hours of a day, as ``10:00-18:00``; an end past midnight is written as ``25:30``."""
    match = re.fullmatch(r"([0-9]{1,2}):([0-5][0-9]) ?[-‐-―] ?([0-9]{1,2}):([0-5][0-9])", text)
    if match is None:
        message = _("{text!r} are no hours of a day", text=text)
        raise _error(message, _("write them as 10:00-18:00"))
    start_hour, start_minute, end_hour, end_minute = map(int, match.groups())
    start, end = start_hour * 3600 + start_minute * 60, end_hour * 3600 + end_minute * 60
    if end < start:
        hint = _("hours after midnight are written as 25:30")
        raise _error(_("{text!r} ends before it starts", text=text), hint)
    return Window(start, end)


def parse_clock(text: str) -> int:
    """Read a time of day, as ``18:00``; return seconds after midnight.

    Times after midnight are written as ``25:30``. Spreadsheets write ``18:00:00``, or the share of
    the day.

    Examples
    --------
    >>> parse_clock("18:30"), parse_clock("18.30"), parse_clock("0,75"), parse_clock("19")
    (66600, 66600, 64800, 68400)
    """
    if re.fullmatch(r"0[.,][0-9]+", text):
        return round(float(text.replace(",", ".")) * 1440) * 60
    # Workbooks of Excel 97 put the day 0 of their calendar before a time.
    match = re.fullmatch(
        r"(?:1899-12-3[01] )?([0-9]{1,2})(?:[:.]([0-5][0-9])(?::[0-5][0-9](?:\.[0-9]+)?)?)?", text
    )
    if match is None or int(match[1]) > LATEST_HOUR:
        raise _error(_("{text!r} is no time of day", text=text), _("write it as 18:00"))
    return int(match[1]) * 3600 + int(match[2] or 0) * 60


def parse_dates(text: str) -> tuple[dt.date, ...]:
    """Read dates and ranges, as ``2027-05-03 2027-05-05..2027-05-07``; return all in order.

    They may be written as 03.05.2027 too.
    """
    text = re.sub(
        r"(?<![0-9])(?<![0-9]\.)([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})(?: ?г(?:ода|\.)?)?(?![0-9])",
        lambda found: f"{found[3]}-{found[2]:0>2}-{found[1]:0>2}",
        text,
    )
    joined = re.sub(rf"({_DATE}) ?(?:\.\.|/|[-‐-―]) ?(?={_DATE})", r"\1..", text)
    found: set[dt.date] = set()
    for piece in re.split("[ ,;]+", joined.strip(" ,;")):
        first, *rest = map(_date, piece.split(".."))
        last = rest[-1] if rest else first
        if last < first:
            raise _error(_("{last} does not come after {first}", last=last, first=first))
        if (last - first).days > MOST_DAYS:
            message = _("from {first} to {last} is more than a year", first=first, last=last)
            raise _error(message, _("is the year right?"))
        found.update(first + dt.timedelta(days) for days in range((last - first).days + 1))
    return tuple(sorted(found))


def _date(text: str) -> dt.date:
    short = re.fullmatch(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{2})", text)
    if short:
        day, month, year = short.groups()
        meant = f"20{year}-{month:0>2}-{day:0>2}"
        hint = _("did you mean {value}?", value=meant)
        raise _error(_("{text!r} is not a date", text=text), hint)
    if not re.fullmatch(_DATE, text):
        raise _error(_("{text!r} is not a date", text=text), _("write it as 2027-05-03"))
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        message = _("{text!r} is not a date of the calendar", text=text)
        raise _error(message, _("write year-month-day, as 2027-05-03")) from None


def _number(text: str, *, whole: bool = False) -> float:
    # Spaces separate thousands; a comma is a decimal comma.
    joined = text.replace("−", "-")
    if re.fullmatch(r"[+-]?[0-9]{1,3}(?: [0-9]{3})+(?:[.,][0-9]+)?", joined):
        joined = joined.replace(" ", "")
    if not re.fullmatch(r"[+-]?[0-9]+(?:[.,][0-9]+)?", joined):
        hint = guess_number(text)
        unit = re.fullmatch(
            r"([0-9 ]+)(?:дв|двор|хоз|чел|семе|үй|адам|households|people)\w*\.?", text
        )
        if unit:
            hint = _("did you mean {value}?", value=unit[1].replace(" ", ""))
        if re.fullmatch(_DATE, text):
            hint = _(
                "a spreadsheet took it for a date: format the column as numbers, write it again"
            )
        message = _("{text!r} is not a number", text=text)
        if whole:
            message = _("{text!r} is not a whole number", text=text)
        raise _error(message, hint)
    return float(joined.replace(",", "."))


def _error(message: str, hint: str = "") -> InputError:
    return InputError([Fault("", message, hint)])
