"""Announced visits, floors of districts and the campaign, read from a scenario file."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from routeplan.language import gettext as _
from routeplan.model.problem import Announced, District
from routeplan.scenario.sources import Campaign

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from routeplan.formats.fields import Fields


# Of the URLs of ledgers that are databases.
URLS = ("postgresql://", "postgresql+")


def read_announced(fields: Fields, dates: Sequence[dt.date]) -> Announced | None:
    """Read a visit that has been announced, on a day of some dates; None where it is at fault."""
    fields.limit("bonus", least=0)
    day = _day(fields, dates)
    return fields.build(Announced, day=day)


def _day(fields: Fields, dates: Sequence[dt.date]) -> int | None:
    """Read a day by its date or its number, from 1; return its index."""
    has_date, has_number = fields.has("date"), fields.has("day")
    if has_date and has_number:
        fields.fault("date", _("is given beside day"), _("keep one of them"))
    elif has_date:
        return _index_of_date(fields, dates)
    elif has_number:
        return _index_of_number(fields, len(dates))
    else:
        hint = _("write the date, or as day its number from 1")
        fields.fault("date", _("is missing"), hint)
    return None


def _index_of_date(fields: Fields, dates: Sequence[dt.date]) -> int | None:
    date = fields.read("date", dt.date)
    if date in dates:
        return dates.index(date)
    if date is not None and dates:
        fields.fault("date", _("{date} is none of the scenario's days", date=date))
    return None


def _index_of_number(fields: Fields, days: int) -> int | None:
    number = fields.whole("day")
    if 1 <= number <= days:
        return number - 1
    if fields.ok("day") and days:
        hint = _("the days are 1 to {last}", last=days)
        fields.fault("day", _("there is no day {number}", number=number), hint)
    return None


def read_district(fields: Fields) -> District | None:
    """Read a district; without places it has the villages whose table names it.

    None where it is at fault.
    """
    fields.limit("min_households", kind=int, least=0)
    if fields.has("places") and fields.read("places", tuple[str, ...]) == ():
        hint = _("leave it out to take the villages whose column district has this id")
        fields.fault("places", _("is empty"), hint)
    return fields.build(District, places=fields.read("places", tuple[str, ...], ()))


def read_campaign(fields: Fields, folder: Path) -> Campaign:
    """Read what lasts longer than the scenario; a ledger that is a file counts from a folder.

    The file need not be there yet.
    """
    fields.limit("goal", kind=int, least=1)
    fields.limit("change_worth", least=0)
    ledger = fields.read("ledger", str | None)
    where: Path | str | None = ledger
    if ledger is not None and not ledger.strip():
        fields.fault("ledger", _("is empty"), _("name a file, or leave it out"))
    elif ledger is not None and "://" not in ledger:
        where = folder / ledger
    elif ledger is not None and not ledger.startswith(URLS):
        message = _("{url!r} is no ledger", url=ledger.partition("://")[0] + "://")
        fields.fault("ledger", message, _("name a file, or a URL like postgresql://…"))
    return fields.build(Campaign, ledger=where) or Campaign()
