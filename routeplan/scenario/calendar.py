"""Dates, hours and days of a scenario file."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from routeplan.model.problem import Day, Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from routeplan.formats.fields import Fields

__all__ = ["read_calendar", "read_dates", "read_days", "read_window"]

MOST_DAYS = 366
LATEST_HOUR = 47


def read_calendar(fields: Fields) -> tuple[dt.date, ...]:
    """Read the dates of the section ``days``: a list, or from a first to a last one.

    Returns
    -------
    tuple of date
        In their order; empty where they are at fault.
    """
    if not fields.has("dates"):
        return _from_first_to_last(fields)
    for name in ("first", "last", "skip"):
        if fields.has(name):
            fields.fault(name, "stands beside dates", "keep either dates, or first and last")
    dates = read_dates(fields, "dates")
    if not dates and fields.sound:
        fields.fault("dates", "is empty; at least one is needed")
    for n, (before, date) in enumerate(pairwise(dates), start=1):
        if date < before:
            fields.fault(f"dates[{n}]", f"{date} comes before {before}", "put them in order")
    return dates if fields.sound else ()


def read_days(fields: Fields, dates: Sequence[dt.date]) -> tuple[Day, ...]:
    """Read the hours of the section ``days``, for dates that were read from it.

    Returns
    -------
    tuple of Day
        One for each date; empty where hours are at fault.
    """
    work = read_window(fields, "work")
    knock = read_window(fields, "knock") if fields.has("knock") else None
    special = _special_days(fields, dates, work, knock)
    general = fields.build(Day, date=dt.date.min, work=work, knock=knock)
    if general is None:
        return ()
    return tuple(special.get(date) or dataclasses.replace(general, date=date) for date in dates)


def read_dates(fields: Fields, name: str) -> tuple[dt.date, ...]:
    """Read a list of dates, each of them there once."""
    values = fields.raw(name, [])
    if not isinstance(values, list):
        fields.fault(name, "expected a list of dates", "write them as [2027-05-03, 2027-05-05]")
        return ()
    dates: list[dt.date] = []
    for n, value in enumerate(values):
        date = _date(fields, f"{name}[{n}]", value)
        if date in dates:
            fields.fault(f"{name}[{n}]", f"{date} is there twice")
        elif date is not None:
            dates.append(date)
    return tuple(dates)


def read_window(fields: Fields, name: str) -> Window | None:
    """Read two times of day, the second of which may run past midnight; None where at fault."""
    values = fields.raw(name)
    if values is None:
        return None
    if not isinstance(values, list) or len(values) != 2:  # noqa: PLR2004
        fields.fault(name, "expected two times of day", 'write them as ["08:00", "21:00"]')
        return None
    times = [_seconds_of_day(value) for value in values]
    for n, (value, time) in enumerate(zip(values, times, strict=True)):
        if time is None:
            message = f"{str(value)!r} is no time of day"
            fields.fault(f"{name}[{n}]", message, 'write it as "08:00"')
    start, end = times
    if start is None or end is None:
        return None
    if end < start:
        message = f"ends at {values[1]}, before it starts at {values[0]}"
        fields.fault(name, message, 'an end after midnight is written as "25:30"')
        return None
    return Window(start, end)


def _from_first_to_last(fields: Fields) -> tuple[dt.date, ...]:
    first, last = (_date(fields, name, fields.raw(name)) for name in ("first", "last"))
    skip = read_dates(fields, "skip")
    if first is None or last is None:
        return ()
    length = (last - first).days + 1
    if length < 1:
        fields.fault("last", f"{last} comes before the first day, {first}")
        return ()
    if length > MOST_DAYS:
        fields.fault("last", f"{length} days are more than a year", "is the year right?")
        return ()
    dates = [first + dt.timedelta(days=n) for n in range(length)]
    for n, date in enumerate(skip):
        if date not in dates:
            fields.fault(f"skip[{n}]", f"{date} does not lie between {first} and {last}")
    kept = tuple(date for date in dates if date not in skip)
    if not kept:
        fields.fault("skip", "leaves no day")
    return kept


def _special_days(
    fields: Fields, dates: Sequence[dt.date], work: Window | None, knock: Window | None
) -> dict[dt.date, Day]:
    days: dict[dt.date, Day] = {}
    seen: set[dt.date] = set()
    for entry in fields.children("special", required=False):
        date = _date(entry, "date", entry.raw("date"))
        if date in seen:
            entry.fault("date", f"{date} is there twice")
        elif date is not None and dates and date not in dates:
            entry.fault("date", f"{date} is none of the days")
        own_work = read_window(entry, "work") if entry.has("work") else work
        own_knock = read_window(entry, "knock") if entry.has("knock") else knock
        if date is None or own_work is None:
            entry.finish()
            continue
        seen.add(date)
        day = entry.build(Day, date=date, work=own_work, knock=own_knock)
        if day is not None:
            days[date] = day
    return days


def _date(fields: Fields, name: str, value: object) -> dt.date | None:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    if isinstance(value, str) and re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            fields.fault(name, f"{value!r} is not a date of the calendar")
            return None
    if value is not None:
        fields.fault(name, f"{str(value)!r} is not a date", "write it as 2027-05-03")
    return None


def _seconds_of_day(value: object) -> int | None:
    if isinstance(value, dt.time):
        return value.hour * 3600 + value.minute * 60 + value.second
    match = re.fullmatch("([0-9]{1,2}):([0-5][0-9])", value) if isinstance(value, str) else None
    if match is None or int(match[1]) > LATEST_HOUR:
        return None
    return int(match[1]) * 3600 + int(match[2]) * 60
