"""The table of speeds: read from a file that a user can edit, every fault at once."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from importlib import resources
from typing import TYPE_CHECKING, Any

from routeplan.errors import Faults, nearest
from routeplan.files import LARGEST_TOML, read_bytes
from routeplan.formats.document import file_error, parse_toml
from routeplan.formats.fields import Fields
from routeplan.roads.rows import Rows, cell, open_table, texts
from routeplan.roads.seasons import read_calendars, read_seasons
from routeplan.roads.tags import AccessRules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from routeplan.roads.rows import Delays, Speeds
    from routeplan.roads.seasons import Calendar, Season

__all__ = ["NO_SURFACE", "Settlement", "SpeedTable", "read_speeds", "speeds_text"]

_VERSION = 1

# Where the rows of a tag's values stand.
_ROWS = {
    "highway": "classes",
    "surface": "surfaces",
    "tracktype": "tracktypes",
    "smoothness": "smoothness",
}

NO_SURFACE = "unknown"
"""Stands in the section ``learned`` for roads of which only the track type is known."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """Where settlements lie, and how fast one drives inside.

    Parameters
    ----------
    kmh
        At most, of each vehicle.
    radius_metres
        Around a place's node, by the value of its tag ``place``.
    """

    kmh: Speeds
    radius_metres: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class SpeedTable:
    """How fast vehicles drive; each row holds one number for each of `vehicles`, in their order.

    Parameters
    ----------
    vehicles
        Their names.
    classes, surfaces, tracktypes, smoothness
        Km/h by the value of the tag; 0 where the vehicle does not pass.
    assumed_surface
        Surface by class, for roads without one.
    paved_surfaces, paved_tracktypes
        Values that count as paved.
    limits
        Speed limits in km/h by name; infinite where the name sets none.
    barriers
        Seconds by kind of barrier, ``other`` for the rest; None where the vehicle does not pass.
    ford_seconds, ford_kmh
        At a ford mapped as a point, and along one mapped as a stretch.
    off_road_kmh
        Between the road and the middle of a village.
    access
        Which access values close a way.
    settlement
        None where settlements slow nobody down.
    seasons
        By name; empty where the table knows none.
    calendars
        When they come, by region.
    learned
        What drivers' reports make of the speeds, by class and surface: a factor for each vehicle.
    season
        The one whose rows stand in this table, see `in_season`.
    """

    vehicles: tuple[str, ...]
    classes: Mapping[str, Speeds]
    surfaces: Mapping[str, Speeds]
    tracktypes: Mapping[str, Speeds]
    smoothness: Mapping[str, Speeds]
    assumed_surface: Mapping[str, str]
    paved_surfaces: frozenset[str]
    paved_tracktypes: frozenset[str]
    limits: Mapping[str, float]
    barriers: Mapping[str, Delays]
    ford_seconds: Delays
    ford_kmh: Speeds
    off_road_kmh: Speeds
    access: AccessRules
    settlement: Settlement | None = None
    seasons: Mapping[str, Season] = field(default_factory=dict)
    calendars: tuple[Calendar, ...] = ()
    learned: Mapping[tuple[str, str], Speeds] = field(default_factory=dict)
    season: Season | None = None

    def rows(self, key: str) -> tuple[Mapping[str, Speeds], Mapping[str, Speeds]]:
        """Return the rows of a tag's values, and those of them that are the season's own."""
        name = {"highway": "classes", "surface": "surfaces", "tracktype": "tracktypes"}.get(
            key, key
        )
        return getattr(self, name), getattr(self.season, name, {})

    def in_season(self, name: str) -> SpeedTable:
        """Return the table with the rows of a season in place of its own."""
        season = self.seasons[name]
        return replace(
            self,
            classes={**self.classes, **season.classes},
            surfaces={**self.surfaces, **season.surfaces},
            tracktypes={**self.tracktypes, **season.tracktypes},
            smoothness={**self.smoothness, **season.smoothness},
            ford_seconds=season.ford_seconds or self.ford_seconds,
            ford_kmh=season.ford_kmh or self.ford_kmh,
            season=season,
        )


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
        fields.fault("version", f"{version} is not known", f"this routeplan reads {_VERSION}")
    rows = Rows(_vehicles(fields))
    paved, ford = fields.child("paved"), fields.child("ford")
    table = SpeedTable(
        vehicles=rows.vehicles,
        classes=rows.speeds(fields, "class"),
        surfaces=rows.speeds(fields, "surface"),
        tracktypes=rows.speeds(fields, "tracktype"),
        smoothness=rows.speeds(fields, "smoothness"),
        assumed_surface=_assumed(fields),
        paved_surfaces=texts(paved, "surface"),
        paved_tracktypes=texts(paved, "tracktype"),
        limits=_limits(fields),
        barriers=rows.delays(fields, "barrier"),
        ford_seconds=rows.delay(ford, "seconds"),
        ford_kmh=rows.speed(ford, "kmh"),
        off_road_kmh=rows.speed(fields, "off_road_kmh"),
        access=_access(fields.child("access")),
        settlement=_settlement(fields, rows),
        seasons=(seasons := read_seasons(fields, rows)),
        calendars=read_calendars(fields, seasons),
        learned=_learned(fields, rows),
    )
    paved.finish()
    ford.finish()
    fields.finish()
    _check_together(table, fields)
    return table


def _check_together(table: SpeedTable, fields: Fields) -> None:
    """Note what no row shows by itself."""
    if not all(table.off_road_kmh):
        fields.fault("off_road_kmh", "must be above 0: every place lies some way off the road")
    if table.barriers and "other" not in table.barriers:
        fields.fault("barrier.other", "is missing", "say what barriers of other kinds cost")
    _check_known("paved.surface", table.paved_surfaces, table.surfaces, fields)
    _check_known("paved.tracktype", table.paved_tracktypes, table.tracktypes, fields)
    _check_known("access.only_permitted", table.access.only_permitted, table.classes, fields)
    _check_known("assumed_surface", table.assumed_surface, table.classes, fields)
    for road_class, surface in table.assumed_surface.items():
        _check_known(f"assumed_surface.{road_class}", [surface], table.surfaces, fields)
    _check_known("learned", {road for road, _ in table.learned}, table.classes, fields)
    surfaces = {surface for _, surface in table.learned if surface}
    _check_known("learned", surfaces, table.surfaces, fields)
    for name, season in table.seasons.items():
        for key, rows in _ROWS.items():
            where = f"season.{name}.{'class' if key == 'highway' else key}"
            _check_known(where, getattr(season, rows), getattr(table, rows), fields)
    for road_class in table.classes:
        if table.assumed_surface and road_class not in table.assumed_surface:
            fields.fault(f"assumed_surface.{road_class}", "is missing")


def _check_known(where: str, words: Iterable[str], known: Iterable[str], fields: Fields) -> None:
    known = set(known)
    # An empty table was noted when it was read.
    for word in sorted(set(words) - known) if known else ():
        fields.fault(where, f"{word!r} is in no row of its table", nearest(word, known))


def _vehicles(fields: Fields) -> tuple[str, ...]:
    names = fields.read("vehicles", tuple[str, ...])
    if names == ():
        fields.fault("vehicles", "is empty; name one vehicle at least")
    if len(set(names or ())) < len(names or ()):
        fields.fault("vehicles", "names one vehicle more than once")
    return names or ()


def _assumed(fields: Fields) -> dict[str, str]:
    child, names = open_table(fields, "assumed_surface")
    return {name: child.text(name) for name in names}


def _limits(fields: Fields) -> dict[str, float]:
    child, names = open_table(fields, "maxspeed")
    return {name: cell(child, name) or math.inf for name in names}


def _settlement(fields: Fields, rows: Rows) -> Settlement | None:
    if not fields.has("settlement"):
        return None
    child = fields.child("settlement")
    radii, kinds = open_table(child, "radius_metres")
    found = Settlement(rows.speed(child, "kmh"), {kind: cell(radii, kind) for kind in kinds})
    if child.ok("kmh") and not all(found.kmh):
        child.fault("kmh", "must be above 0", "leave the section out where nothing slows down")
    child.finish()
    return found


def _learned(fields: Fields, rows: Rows) -> dict[tuple[str, str], Speeds]:
    if not fields.has("learned"):
        return {}
    child, classes = open_table(fields, "learned")
    learned = {
        (road_class, "" if surface == NO_SURFACE else surface): factors
        for road_class in classes
        for surface, factors in rows.speeds(child, road_class).items()
    }
    if not all(factor for factors in learned.values() for factor in factors):
        fields.fault("learned", "a factor must be above 0")
    return learned


def _access(fields: Fields) -> AccessRules:
    rules = AccessRules(
        blocked=texts(fields, "blocked"),
        permitted=texts(fields, "permitted"),
        only_permitted=texts(fields, "only_permitted"),
    )
    for both in sorted(rules.blocked & rules.permitted):
        fields.fault("permitted", f"{both!r} stands among the blocked ones too")
    fields.finish()
    return rules
