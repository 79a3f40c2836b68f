"""What the text of one cell stands for; each reader refuses, with a hint, what it cannot take."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import NoReturn

from routeplan.errors import Fault, InputError
from routeplan.formats.fields import guess_number
from routeplan.model.problem import Window

__all__ = ["clean", "dates", "decimal", "degrees", "minutes", "whole", "window", "yes_no"]

MOST_PEOPLE = 10_000_000
MOST_DAYS = 366
MOST_MINUTES = MOST_DAYS * 24 * 60

_YES = frozenset({"true", "yes", "y", "1", "да", "истина", "иә", "ия", "ақиқат"})
_NO = frozenset({"false", "no", "n", "0", "нет", "ложь", "жоқ", "жок", "жалған"})
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"


def clean(text: str) -> str:
    """Return the text in composed letters, without invisible ones, parted by single spaces."""
    visible = re.sub("[\u00ad\u200b\u2060\ufeff]", "", unicodedata.normalize("NFC", text))
    return " ".join(visible.split())


def whole(text: str) -> int:
    """Read a count: digits, perhaps in groups of three or with the ``.0`` of a spreadsheet."""
    number = _number(text, "a whole number")
    if not number.is_integer():
        groups = re.fullmatch(r"[0-9]{1,3}(?:,[0-9]{3})+", text)
        hint = f"did you mean {text.replace(',', '')}?" if groups else ""
        _refuse(f"{text!r} is not a whole number", hint)
    if number < 0:
        _refuse(f"{text} is below 0")
    if number > MOST_PEOPLE:
        _refuse(f"{text} is more than any village has (at most {MOST_PEOPLE:,})".replace(",", " "))
    return int(number)


def decimal(text: str) -> float:
    """Read a number with a decimal point or comma; small ones may be written as ``1e-05``."""
    if text.endswith("%"):
        share = _number(text[:-1].strip(), "a number")
        _refuse(f"{text!r} is not a plain number", f"did you mean {share / 100:g}?")
    if re.fullmatch("-?[0-9](?:[.,][0-9]+)?[eE]-[0-9]{2}", text):
        return float(text.replace(",", "."))
    return _number(text, "a number")


def degrees(text: str) -> float:
    """Read a latitude or longitude in decimal degrees."""
    if re.search("[°′'\"]|[0-9] +[0-9]|[NSEWСЮВЗ]$", text):
        _refuse(f"{text!r} is not in decimal degrees", "write degrees with decimals, as 43.0213")
    return decimal(text)


def minutes(text: str) -> int:
    """Read a length of time in minutes.

    Returns
    -------
    int
        Seconds.
    """
    count = decimal(text)
    if count < 0:
        _refuse(f"{text} is below 0")
    if count > MOST_MINUTES:
        _refuse(f"is more than {MOST_MINUTES:,} minutes, which is a year")
    return round(count * 60)


def yes_no(text: str) -> bool:
    """Read yes or no, in three languages."""
    word = text.casefold()
    if word not in _YES | _NO:
        _refuse(f"{text!r} is neither yes nor no", "write yes or no, да or нет, иә or жоқ, 1 or 0")
    return word in _YES


def window(text: str) -> Window:
    """Read hours of a day, as ``10:00-18:00``; an end past midnight is written as ``25:30``."""
    match = re.fullmatch(r"([0-9]{1,2}):([0-5][0-9]) ?[-‐-―] ?([0-9]{1,2}):([0-5][0-9])", text)
    if match is None:
        _refuse(f"{text!r} are no hours of a day", "write them as 10:00-18:00")
    start_hour, start_minute, end_hour, end_minute = map(int, match.groups())
    start, end = start_hour * 3600 + start_minute * 60, end_hour * 3600 + end_minute * 60
    if end < start:
        _refuse(
            f"{text!r} ends before it starts",
            "hours after midnight are written as 25:30",
        )
    return Window(start, end)


def dates(text: str) -> tuple[dt.date, ...]:
    """Read dates and ranges of dates, as ``2027-05-03 2027-05-05..2027-05-07``.

    Returns
    -------
    tuple of date
        Every date once, in order, both ends of a range included.
    """
    joined = re.sub(rf"({_DATE}) ?(?:\.\.|/|[-‐-―]) ?(?={_DATE})", r"\1..", text)
    found: set[dt.date] = set()
    for piece in re.split("[ ,;]+", joined.strip(" ,;")):
        first, *rest = map(_date, piece.split(".."))
        last = rest[-1] if rest else first
        if last < first:
            _refuse(f"{last} does not come after {first}")
        if (last - first).days > MOST_DAYS:
            _refuse(f"from {first} to {last} is more than a year", "is the year right?")
        found.update(first + dt.timedelta(days) for days in range((last - first).days + 1))
    return tuple(sorted(found))


def _date(text: str) -> dt.date:
    dotted = re.fullmatch(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})", text)
    if dotted:
        day, month, year = dotted.groups()
        _refuse(f"{text!r} is not a date", f"did you mean {year}-{month:0>2}-{day:0>2}?")
    if not re.fullmatch(_DATE, text):
        _refuse(f"{text!r} is not a date", "write it as 2027-05-03")
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        _refuse(f"{text!r} is not a date of the calendar", "write year-month-day, as 2027-05-03")


def _number(text: str, expected: str) -> float:
    # Thousands are parted by spaces; a comma is a decimal comma.
    joined = text.replace("−", "-")
    if re.fullmatch(r"[+-]?[0-9]{1,3}(?: [0-9]{3})+(?:[.,][0-9]+)?", joined):
        joined = joined.replace(" ", "")
    if not re.fullmatch(r"[+-]?[0-9]+(?:[.,][0-9]+)?", joined):
        hint = guess_number(text)
        if re.fullmatch(_DATE, text):
            hint = "a spreadsheet took it for a date: format the column as numbers, write it again"
        _refuse(f"{text!r} is not {expected}", hint)
    return float(joined.replace(",", "."))


def _refuse(message: str, hint: str = "") -> NoReturn:
    raise InputError([Fault("", message, hint)])
