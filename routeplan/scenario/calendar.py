"""The days of a scenario: their dates, in order, and their hours."""

from __future__ import annotations

import dataclasses
import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING

from routeplan.language import gettext as _
from routeplan.model.problem import Day, Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from routeplan.formats.fields import Fields

MOST_DAYS = 366


def read_calendar(fields: Fields) -> tuple[dt.date, ...]:
    """Read the dates of the section ``days``, in their order; empty where they are at fault."""
    if not fields.has("dates"):
        return _from_first_to_last(fields)
    for name in filter(fields.has, ("first", "last", "skip")):
        hint = _("keep either dates, or first and last")
        fields.fault(name, _("is given beside dates"), hint)
    dates = read_dates(fields, "dates")
    if not dates and fields.sound:
        fields.fault("dates", _("is empty; at least one is needed"))
    for n, (before, date) in enumerate(pairwise(dates), start=1):
        if date < before:
            message = _("{date} comes before {before}", date=date, before=before)
            fields.fault("dates", message, _("put them in order"), at=f"[{n}]")
    return dates if fields.sound else ()


def read_days(fields: Fields, dates: Sequence[dt.date]) -> tuple[Day, ...]:
    """Read the hours of the section ``days`` for each date; empty where they are at fault."""
    work, knock = fields.read("work", Window), fields.read("knock", Window | None)
    special = _special_days(fields, dates, work, knock)
    general = fields.build(Day, date=dt.date.min, work=work, knock=knock)
    if general is None:
        return ()
    return tuple(special.get(date) or dataclasses.replace(general, date=date) for date in dates)


def read_dates(fields: Fields, name: str) -> tuple[dt.date, ...]:
    """Read a list of dates, each of them there once; empty where one is at fault."""
    if not isinstance(fields.raw(name, []), list):
        hint = _("write them as [2027-05-03, 2027-05-05]")
        fields.fault(name, _("expected a list of dates"), hint)
    dates = fields.read(name, tuple[dt.date, ...], ()) or ()
    for n, date in enumerate(dates):
        if date in dates[:n]:
            fields.fault(name, _("{value} is there twice", value=date), at=f"[{n}]")
    return tuple(dict.fromkeys(dates))


def _from_first_to_last(fields: Fields) -> tuple[dt.date, ...]:
    first, last = fields.read("first", dt.date), fields.read("last", dt.date)
    skip = read_dates(fields, "skip")
    if first is None or last is None:
        return ()
    length = (last - first).days + 1
    if length < 1:
        message = _("{last} comes before the first day, {first}", last=last, first=first)
        fields.fault("last", message)
        return ()
    if length > MOST_DAYS:
        message = _("{n} days are more than a year", n=length)
        fields.fault("last", message, _("is the year right?"))
        return ()
    dates = [first + dt.timedelta(days=n) for n in range(length)]
    bounds = {"first": first, "last": last}
    for n, date in enumerate(skip):
        if not first <= date <= last:
            text = _("{date} does not lie between {first} and {last}", **bounds, date=date)
            fields.fault("skip", text, at=f"[{n}]")
    kept = sorted(set(dates) - set(skip))
    if not kept:
        fields.fault("skip", _("leaves no day"))
    return tuple(kept)


def _special_days(
    fields: Fields, dates: Sequence[dt.date], work: Window | None, knock: Window | None
) -> dict[dt.date, Day]:
    days: dict[dt.date, Day] = {}
    seen: set[dt.date] = set()
    for entry in fields.children("special", required=False):
        date = entry.read("date", dt.date)
        if date in seen:
            entry.fault("date", _("{value} is there twice", value=date))
        elif date is not None and dates and date not in dates:
            entry.fault("date", _("{date} is none of the days", date=date))
        seen |= {date} - {None}
        own_work, own_knock = entry.read("work", Window, work), entry.read("knock", Window, knock)
        if own_work is None:
            entry.finish()
        elif day := entry.build(Day, date=date, work=own_work, knock=own_knock):
            days[day.date] = day
    return days
