"""Seasons of the roads: their changes to the table of speeds, and when they begin."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from routeplan.errors import nearest
from routeplan.roads.rows import open_table, texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from routeplan.formats.fields import Fields
    from routeplan.roads.rows import Delays, Rows, Speeds

__all__ = ["Calendar", "Season", "calendar_at", "read_calendars", "read_seasons"]

# A year that has every day of the calendar.
_LEAP_YEAR = 2028
_DAY_OF_YEAR = re.compile("([0-9]{2})-([0-9]{2})")


@dataclass(frozen=True, slots=True)
class Season:
    """A season of the roads, whose rows replace the table's own while it lasts.

    Parameters
    ----------
    name
        As the calendars have it.
    means
        OpenStreetMap's names of it, in ``seasonal`` and in conditions: winter, wet, summer.
    winter_roads
        Whether roads over ice and frozen ground are open.
    seasonal_roads
        Whether roads are open that are tagged ``seasonal=yes`` and do not say when.
    street_kmh
        Speed of roads inside settlements that it would close; None where it closes them too.
    kmh
        Rows of the table that it replaces, by tag and its value.
    ford_seconds, ford_kmh
        Of fords; None for the table's own.
    """

    name: str
    means: frozenset[str]
    winter_roads: bool
    seasonal_roads: bool
    street_kmh: Speeds | None = None
    kmh: Mapping[str, Mapping[str, Speeds]] = field(default_factory=dict)
    ford_seconds: Delays | None = None
    ford_kmh: Speeds | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """When the seasons begin in one region; each lasts until the next one begins.

    Parameters
    ----------
    name
        Of the region.
    from_lat
        Its southern edge, degrees; its northern one is that of the next region.
    begins
        Day of the year as (month, day), and the season that begins then, in their order.
    """

    name: str
    from_lat: float
    begins: tuple[tuple[tuple[int, int], str], ...]

    def season_on(self, date: dt.date) -> str:
        """Return the season of a date; before the year's first one, the last of the year before."""
        day = (date.month, date.day)
        return next(
            (name for begin, name in reversed(self.begins) if begin <= day), self.begins[-1][1]
        )


def calendar_at(calendars: Sequence[Calendar], lat: float) -> Calendar | None:
    """Return the calendar of a latitude; south of all, the southernmost one."""
    south_first = sorted(calendars, key=lambda one: one.from_lat)
    fitting = [one for one in south_first if one.from_lat <= lat] or south_first[:1]
    return fitting[-1] if fitting else None


def read_seasons(fields: Fields, rows: Rows) -> dict[str, Season]:
    """Read the section ``season``, which a table of speeds may leave out."""
    if not fields.has("season"):
        return {}
    child, names = open_table(fields, "season")
    return {name: _season(child.child(name), name, rows) for name in names}


def _season(fields: Fields, name: str, rows: Rows) -> Season:
    ford = fields.child("ford") if fields.has("ford") else None
    season = Season(
        name=name,
        means=texts(fields, "means") if fields.has("means") else frozenset(),
        winter_roads=fields.flag("winter_roads", default=False),
        seasonal_roads=fields.flag("seasonal_roads", default=True),
        street_kmh=rows.speed(fields, "street_kmh") if fields.has("street_kmh") else None,
        kmh=rows.by_tag(fields, required=False),
        ford_seconds=rows.delay(ford, "seconds") if ford else None,
        ford_kmh=rows.speed(ford, "kmh") if ford else None,
    )
    if season.street_kmh is not None and not all(season.street_kmh):
        fields.fault("street_kmh", "must be above 0", "leave it out where streets close too")
    if ford:
        ford.finish()
    fields.finish()
    return season


def read_calendars(fields: Fields, seasons: Mapping[str, Season]) -> tuple[Calendar, ...]:
    """Read the section ``calendar``: a region each, with the dates when seasons begin."""
    if not fields.has("calendar"):
        if seasons:
            fields.fault("calendar", "is missing", "say when the seasons begin")
        return ()
    child, names = open_table(fields, "calendar")
    calendars = tuple(_calendar(child.child(name), name, seasons) for name in names)
    edges = [calendar.from_lat for calendar in calendars]
    for calendar in calendars:
        if edges.count(calendar.from_lat) > 1:
            child.fault(calendar.name, f"begins at {calendar.from_lat:g} degrees as another does")
    return calendars


def _calendar(fields: Fields, name: str, seasons: Mapping[str, Season]) -> Calendar:
    begins: dict[tuple[int, int], str] = {}
    child, names = open_table(fields, "begins")
    for season in names:
        if season not in seasons:
            child.fault(season, "is no season of this table", nearest(season, seasons))
        day = _day_of_year(child, season)
        if day in begins:
            child.fault(season, f"begins on the same day as {begins[day]}")
        elif day is not None:
            begins[day] = season
    if not names and fields.ok("begins"):
        fields.fault("begins", "is empty; name one season at least")
    calendar = Calendar(name, fields.number("from_lat"), tuple(sorted(begins.items())))
    fields.finish()
    return calendar


def _day_of_year(fields: Fields, name: str) -> tuple[int, int] | None:
    text = fields.text(name)
    match = _DAY_OF_YEAR.fullmatch(text)
    try:
        day = dt.date(_LEAP_YEAR, int(match[1]), int(match[2])) if match else None
    except ValueError:
        day = None
    if day is None:
        fields.fault(name, f"{text!r} is no day of the year", 'write month and day: "03-20"')
        return None
    return day.month, day.day
