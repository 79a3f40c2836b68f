"""The table of speeds: read from a file that a user can edit, every fault at once."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass, field, replace
from importlib import resources
from typing import TYPE_CHECKING, Any

from routeplan.errors import Fault, Faults, InputError, nearest
from routeplan.files import LARGEST_TOML, read_bytes
from routeplan.formats.fields import Fields
from routeplan.roads.rows import SECTIONS, Rows, cell, open_table, text_list, texts
from routeplan.roads.seasons import read_calendars, read_seasons
from routeplan.roads.tags import AccessRules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from routeplan.roads.rows import Delays, Speeds
    from routeplan.roads.seasons import Calendar, Season

__all__ = ["NO_SURFACE", "Settlement", "SpeedTable", "read_speeds", "speeds_text"]

_VERSION = 1

NO_SURFACE = "unknown"
"""Surface in the section ``learned`` of roads with a track type only."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """Speed inside settlements, and their extent.

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
    kmh
        By tag (highway, surface, tracktype, smoothness) and its value; 0 where the vehicle does
        not pass.
    assumed_surface
        Surface by class, for roads without one.
    paved_surfaces, paved_tracktypes
        Values that count as paved.
    limits
        Speed limits in km/h by name; infinite where the name sets none.
    barriers
        Seconds by kind of barrier, ``other`` for the rest; None where the vehicle does not pass.
    ford_seconds, ford_kmh
        At a ford mapped as a node, and along one mapped as a way.
    off_road_kmh
        Between the road and the middle of a village.
    access
        Which access values close a way.
    settlement
        None where settlements are not slower.
    seasons
        By name.
    calendars
        Of the seasons, by region.
    learned
        Factors from drivers' reports, by class and surface, one for each vehicle.
    season
        The one whose rows are in force, see `in_season`.
    """

    vehicles: tuple[str, ...]
    kmh: Mapping[str, Mapping[str, Speeds]]
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

    def in_season(self, name: str) -> SpeedTable:
        """Return the table with the rows of a season in place of its own."""
        season = self.seasons[name]
        return replace(
            self,
            kmh={key: {**rows, **season.kmh.get(key, {})} for key, rows in self.kmh.items()},
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
    try:
        values = tomllib.loads(speeds_text(path))
    except InputError:
        raise
    except (ValueError, RecursionError) as error:
        raise InputError([Fault(name, f"is no TOML in UTF-8: {error}")]) from error
    faults = Faults()
    table = _table(values, faults)
    try:
        faults.raise_any()
    except InputError as error:
        raise InputError(
            Fault(f"{name} {fault.where}", fault.message, fault.hint) for fault in error.faults
        ) from None
    return table


def speeds_text(path: Path | None = None) -> str:
    """Return the text of a table of speeds; None stands for the one of the package."""
    if path is None:
        source = resources.files("routeplan.roads") / "speeds.toml"
        return source.read_text(encoding="utf-8-sig")
    return read_bytes(path, most=LARGEST_TOML).decode("utf-8-sig")


def _table(values: dict[str, Any], faults: Faults) -> SpeedTable:
    fields = Fields(values, "", faults)
    version = fields.whole("version")
    if version != _VERSION and fields.has("version"):
        fields.fault("version", f"{version} is not known", f"this routeplan reads {_VERSION}")
    rows = Rows(_vehicles(fields))
    paved, ford = fields.child("paved"), fields.child("ford")
    table = SpeedTable(
        vehicles=rows.vehicles,
        kmh=rows.by_tag(fields),
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
    """Check what concerns several rows."""
    if not all(table.off_road_kmh):
        fields.fault("off_road_kmh", "must be above 0: every place lies some way off the road")
    if table.barriers and "other" not in table.barriers:
        fields.fault("barrier.other", "is missing", "say what barriers of other kinds cost")
    for where, words, rows in _references(table):
        # An empty table was noted when it was read.
        for word in sorted(set(words) - set(rows)) if rows else ():
            fields.fault(where, f"{word!r} is in no row of its table", nearest(word, rows))
    for road_class in table.kmh["highway"]:
        if table.assumed_surface and road_class not in table.assumed_surface:
            fields.fault(f"assumed_surface.{road_class}", "is missing")


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
            for key, section in SECTIONS.items()
        ),
    ]


def _vehicles(fields: Fields) -> tuple[str, ...]:
    names = text_list(fields, "vehicles")
    if not names and isinstance(fields.raw("vehicles", None), list):
        fields.fault("vehicles", "is empty; name one vehicle at least")
    if len(set(names)) < len(names):
        fields.fault("vehicles", "names one vehicle more than once")
    return tuple(names)


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
    radii, profiles = open_table(child, "radius_metres")
    found = Settlement(rows.speed(child, "kmh"), {kind: cell(radii, kind) for kind in profiles})
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
