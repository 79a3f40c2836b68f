"""The file of the table of speeds, which a user can edit: read, checked, and corrected."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, TypeVar

from routeplan.errors import Faults, nearest
from routeplan.files import LARGEST_TOML, read_bytes
from routeplan.formats.document import file_error
from routeplan.formats.fields import Fields
from routeplan.formats.toml import parse_toml
from routeplan.language import gettext as _
from routeplan.roads.edge_speed import Calendar, Season, Settlement, SpeedTable
from routeplan.roads.tags import ATTRIBUTES, AccessRules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from routeplan.roads.edge_speed import Speeds
    from routeplan.roads.legs import Group, SpeedCorrection

T = TypeVar("T")

_VERSION = 1
_LEAP_YEAR = 2028  # has every day of the calendar
_DAY_OF_YEAR = re.compile("([0-9]{2})-([0-9]{2})")
# Section of the file for each tag whose value limits the speed; rows of other tags name the key.
_SECTIONS = {"highway": "class"} | {
    key: key for key in ("surface", "tracktype", "smoothness", "attribute")
}


NO_SURFACE = "unknown"
"""Surface in the section ``learned`` of roads with a track type only."""


def read_speeds(path: Path | None = None) -> SpeedTable:
    """Read a table of speeds.

    Parameters
    ----------
    path
        A TOML file; None for the table that comes with the package.

    Raises
    ------
    InputError
        With everything that is wrong in the file.
    """
    name = path.name if path else "speeds.toml"
    faults = Faults()
    table = _table(parse_toml(_speeds_bytes(path), name), faults)
    if faults:
        raise file_error(faults, name)
    return table


def speeds_text(path: Path | None = None) -> str:
    """Return the text of a table of speeds; None stands for the one of the package."""
    return _speeds_bytes(path).decode("utf-8-sig")


def _speeds_bytes(path: Path | None) -> bytes:
    if path is None:
        return (resources.files("routeplan.roads") / "speeds.toml").read_bytes()
    return read_bytes(path, most=LARGEST_TOML)


def _table(values: dict[str, Any], faults: Faults) -> SpeedTable:
    fields = Fields(values, "", faults)
    version = fields.whole("version")
    if version != _VERSION and fields.has("version"):
        hint = _("this routeplan reads {version}", version=_VERSION)
        fields.fault("version", _("{version} is not known", version=version), hint)
    rows = _Rows(_vehicles(fields))
    paved, ford = fields.child("paved"), fields.child("ford")
    assumed, assumed_classes = _open_table(fields, "assumed_surface")
    limits, limit_names = _open_table(fields, "maxspeed")
    child, names = _open_table(fields, "season", required=False)
    seasons = {name: _season(child.child(name), name, rows) for name in names}
    ferry_kmh, ferry_wait = _ferry(fields, rows)
    table = SpeedTable(
        vehicles=rows.vehicles,
        kmh=rows.by_tag(fields),
        assumed_surface={name: assumed.text(name) for name in assumed_classes},
        paved_surfaces=_texts(paved, "surface"),
        paved_tracktypes=_texts(paved, "tracktype"),
        limits={name: _cell(limits, name) or math.inf for name in limit_names},
        barriers=rows.table(fields, "barrier", _delay),
        ford_seconds=rows.row(ford, "seconds", _delay),
        ford_kmh=rows.row(ford, "kmh", _cell),
        off_road_kmh=rows.row(fields, "off_road_kmh", _cell),
        ferry_kmh=ferry_kmh,
        ferry_wait=ferry_wait,
        access=_access(fields.child("access")),
        settlement=_settlement(fields, rows),
        seasons=seasons,
        calendars=_read_calendars(fields, seasons),
        learned=_learned(fields, rows),
    )
    paved.finish()
    ford.finish()
    fields.finish()
    _check_together(table, fields)
    return table


def _check_together(table: SpeedTable, fields: Fields) -> None:
    """Check what concerns several rows."""
    if not all(table.off_road_kmh):
        message = _("must be above 0: every place lies some way off the road")
        fields.fault("off_road_kmh", message)
    if table.barriers and "other" not in table.barriers:
        hint = _("say what barriers of other kinds cost")
        fields.fault("barrier.other", _("is missing"), hint)
    _check_attributes(table, fields)
    for where, words, rows in _references(table):
        # An empty table was noted when it was read.
        for word in sorted(set(words) - set(rows)) if rows else ():
            message = _("{word!r} is in no row of its table", word=word)
            fields.fault(where, message, nearest(word, rows))
    for road_class in table.kmh["highway"]:
        if table.assumed_surface and road_class not in table.assumed_surface:
            fields.fault(f"assumed_surface.{road_class}", _("is missing"))


def _check_attributes(table: SpeedTable, fields: Fields) -> None:
    """Check that the tags of the section ``attribute`` are among those that are read."""
    for tag in table.kmh["attribute"]:
        key = tag.partition("=")[0]
        if key not in ATTRIBUTES:
            message = _("{key!r} is no tag that is read for this", key=key)
            fields.fault(f"attribute.{tag}", message, nearest(key, ATTRIBUTES))


def _references(table: SpeedTable) -> list[tuple[str, Iterable[str], Mapping[str, Speeds]]]:
    """Return the values that each section names, and the rows in which they have to be."""
    classes, surfaces = table.kmh["highway"], table.kmh["surface"]
    return [
        ("paved.surface", table.paved_surfaces, surfaces),
        ("paved.tracktype", table.paved_tracktypes, table.kmh["tracktype"]),
        ("access.only_permitted", table.access.only_permitted, classes),
        ("assumed_surface", table.assumed_surface, classes),
        *(
            (f"assumed_surface.{road_class}", [surface], surfaces)
            for road_class, surface in table.assumed_surface.items()
        ),
        ("learned", {road_class for road_class, _ in table.learned}, classes),
        ("learned", {surface for _, surface in table.learned if surface}, surfaces),
        *(
            (f"season.{name}.{section}", season.kmh[key], table.kmh[key])
            for name, season in table.seasons.items()
            for key, section in _SECTIONS.items()
        ),
    ]


def _vehicles(fields: Fields) -> tuple[str, ...]:
    names = fields.read("vehicles", tuple[str, ...])
    if names == ():
        fields.fault("vehicles", _("is empty; name one vehicle at least"))
    if len(set(names or ())) < len(names or ()):
        fields.fault("vehicles", _("names one vehicle more than once"))
    return names or ()


def _settlement(fields: Fields, rows: _Rows) -> Settlement | None:
    if not fields.has("settlement"):
        return None
    child = fields.child("settlement")
    radii, kinds = _open_table(child, "radius_metres")
    radius = {kind: _cell(radii, kind) for kind in kinds}
    extent = {
        name: _cell(child, name) for name in ("street_density", "people_per_km2") if child.has(name)
    }
    found = Settlement(rows.row(child, "kmh", _cell), radius, **extent)
    if child.ok("kmh") and not all(found.kmh):
        hint = _("leave the section out where nothing slows down")
        child.fault("kmh", _("must be above 0"), hint)
    child.finish()
    return found


def _learned(fields: Fields, rows: _Rows) -> dict[tuple[str, str], Speeds]:
    child, classes = _open_table(fields, "learned", required=False)
    learned = {
        (road_class, "" if surface == NO_SURFACE else surface): factors
        for road_class in classes
        for surface, factors in rows.table(child, road_class, _cell).items()
    }
    if not all(factor for factors in learned.values() for factor in factors):
        fields.fault("learned", _("a factor must be above 0"))
    return learned


def _access(fields: Fields) -> AccessRules:
    rules = AccessRules(
        blocked=_texts(fields, "blocked"),
        permitted=_texts(fields, "permitted"),
        only_permitted=_texts(fields, "only_permitted"),
    )
    for both in sorted(rules.blocked & rules.permitted):
        fields.fault("permitted", _("{value!r} is among the blocked ones too", value=both))
    fields.finish()
    return rules


def _season(fields: Fields, name: str, rows: _Rows) -> Season:
    ford = fields.child("ford") if fields.has("ford") else None
    season = Season(
        name=name,
        means=_texts(fields, "means") if fields.has("means") else frozenset(),
        winter_roads=fields.flag("winter_roads", default=False),
        seasonal_roads=fields.flag("seasonal_roads", default=True),
        street_kmh=rows.row(fields, "street_kmh", _cell) if fields.has("street_kmh") else None,
        kmh=rows.by_tag(fields, required=False),
        ford_seconds=rows.row(ford, "seconds", _delay) if ford else None,
        ford_kmh=rows.row(ford, "kmh", _cell) if ford else None,
        ferry_kmh=_ferry_kmh(fields, rows),
    )
    if season.street_kmh is not None and not all(season.street_kmh):
        hint = _("leave it out where streets close too")
        fields.fault("street_kmh", _("must be above 0"), hint)
    if ford:
        ford.finish()
    fields.finish()
    return season


def _ferry_kmh(fields: Fields, rows: _Rows) -> Speeds | None:
    """Read how fast ferries of a season sail; None where it does not say."""
    if not fields.has("ferry"):
        return None
    ferry = fields.child("ferry")
    kmh = rows.row(ferry, "kmh", _cell)
    ferry.finish()
    return kmh


def _ferry(fields: Fields, rows: _Rows) -> tuple[Speeds | None, Speeds]:
    """Read how fast ferries sail, and how long one waits; None and nothing without a section."""
    if not fields.has("ferry"):
        return None, ()
    ferry = fields.child("ferry")
    found = rows.row(ferry, "kmh", _cell), rows.row(ferry, "wait_seconds", _cell)
    ferry.finish()
    return found


def _read_calendars(fields: Fields, seasons: Mapping[str, Season]) -> tuple[Calendar, ...]:
    """Read the section ``calendar``: a region each, with the dates when seasons begin."""
    if seasons and not fields.has("calendar"):
        fields.fault("calendar", _("is missing"), _("say when the seasons begin"))
        return ()
    child, names = _open_table(fields, "calendar", required=False)
    calendars = tuple(_calendar(child.child(name), name, seasons) for name in names)
    edges = [calendar.from_lat for calendar in calendars]
    for calendar in calendars:
        if edges.count(calendar.from_lat) > 1:
            lat = calendar.from_lat
            child.fault(calendar.name, _("begins at {lat:g} degrees as another does", lat=lat))
    return calendars


def _calendar(fields: Fields, name: str, seasons: Mapping[str, Season]) -> Calendar:
    begins: dict[tuple[int, int], str] = {}
    child, names = _open_table(fields, "begins")
    for season in names:
        if season not in seasons:
            child.fault(season, _("is no season of this table"), nearest(season, seasons))
        day = _day_of_year(child, season)
        if day in begins:
            child.fault(season, _("begins on the same day as {season}", season=begins[day]))
        elif day is not None:
            begins[day] = season
    if not names and fields.ok("begins"):
        fields.fault("begins", _("is empty; name one season at least"))
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
        message = _("{text!r} is no day of the year", text=text)
        fields.fault(name, message, _('write month and day: "03-20"'))
        return None
    return day.month, day.day


def _texts(fields: Fields, name: str) -> frozenset[str]:
    return frozenset(fields.read(name, tuple[str, ...]) or ())


def _open_table(fields: Fields, name: str, *, required: bool = True) -> tuple[Fields, list[str]]:
    """Return a table that a user may add rows to, and the names of its rows."""
    value = fields.raw(name, None)
    return fields.child(name, required=required), list(value) if isinstance(value, dict) else []


def _cell(fields: Fields, name: str) -> float:
    """Read a number that is not below 0, or false, which means 0."""
    if fields.raw(name, None) is False:
        return 0.0
    number = fields.number(name)
    if number < 0:
        message = _("{number:g} is below 0", number=number)
        fields.fault(name, message, _("false means that there is none"))
    return number


def _limit(fields: Fields, name: str) -> float:
    """Read a number as `_cell` does, or true, which sets no limit."""
    return math.inf if fields.raw(name, None) is True else _cell(fields, name)


def _delay(fields: Fields, name: str) -> float | None:
    """Read seconds, or false, which means None."""
    return None if fields.raw(name, None) is False else _cell(fields, name)


@dataclass(frozen=True)
class _Rows:
    """Reader of rows with one value for each vehicle, or one for all of them."""

    vehicles: tuple[str, ...]

    def by_tag(self, fields: Fields, *, required: bool = True) -> dict[str, dict[str, Speeds]]:
        """Read all rows of km/h by tag and its value."""
        rows = {
            key: self.table(fields, section, _cell, required=required)
            for key, section in _SECTIONS.items()
            if key != "attribute"
        }
        return rows | {"attribute": self.table(fields, "attribute", _limit, required=False)}

    def table(
        self, fields: Fields, name: str, read: Callable[[Fields, str], T], *, required: bool = True
    ) -> dict[str, tuple[T, ...]]:
        """Read a table of rows."""
        child, rows = _open_table(fields, name, required=required)
        return {row: self.row(child, row, read) for row in rows}

    def row(self, fields: Fields, name: str, read: Callable[[Fields, str], T]) -> tuple[T, ...]:
        """Read one row."""
        if not isinstance(fields.raw(name, None), dict):
            return (read(fields, name),) * len(self.vehicles)
        row = fields.child(name)
        cells = tuple(read(row, vehicle) for vehicle in self.vehicles)
        row.finish()
        return cells


def with_learned(text: str, table: SpeedTable, found: Sequence[SpeedCorrection]) -> str:
    """Return the text of a table of speeds with its section ``learned`` brought up to date.

    Parameters
    ----------
    text
        The file's text; everything else in it is kept, comments too.
    table, found
        The table as it was read, and its corrections.
    """
    factors = dict(table.learned)
    for one in found:
        before = factors.get((one.road_class, one.surface), (1.0,) * len(table.vehicles))
        factors[one.road_class, one.surface] = tuple(factor * one.change for factor in before)
    kept = _SECTION.sub("", text).rstrip()
    return f"{kept}\n[learned]\n{_learned_rows(table.vehicles, factors)}"


def _learned_rows(vehicles: Sequence[str], factors: Mapping[Group, Speeds]) -> str:
    lines = []
    for (road_class, surface), row in sorted(factors.items()):
        if all(factor == row[0] for factor in row):
            value = f"{row[0]:.4f}"
        else:
            cells = (
                f"{vehicle} = {factor:.4f}" for vehicle, factor in zip(vehicles, row, strict=True)
            )
            value = f"{{ {', '.join(cells)} }}"
        lines.append(f'"{road_class}"."{surface or NO_SURFACE}" = {value}\n')
    return "".join(lines)


_SECTION = re.compile(r"^\[learned\b[^\n]*\n(?:(?!\[)[^\n]*\n?)*", re.MULTILINE)
