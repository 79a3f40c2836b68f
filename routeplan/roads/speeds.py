"""The table of speeds: read from a file that a user can edit, every fault at once."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, TypeVar

from routeplan.errors import Fault, Faults, InputError, nearest
from routeplan.fields import Fields
from routeplan.roads.tags import AccessRules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

__all__ = ["SpeedTable", "read_speeds"]

T = TypeVar("T")

_VERSION = 1

# One number for each vehicle; 0 km/h means that it does not pass.
_Speeds = tuple[float, ...]
# None means that it does not pass.
_Delays = tuple[float | None, ...]


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
    """

    vehicles: tuple[str, ...]
    classes: Mapping[str, _Speeds]
    surfaces: Mapping[str, _Speeds]
    tracktypes: Mapping[str, _Speeds]
    smoothness: Mapping[str, _Speeds]
    assumed_surface: Mapping[str, str]
    paved_surfaces: frozenset[str]
    paved_tracktypes: frozenset[str]
    limits: Mapping[str, float]
    barriers: Mapping[str, _Delays]
    ford_seconds: _Delays
    ford_kmh: _Speeds
    off_road_kmh: _Speeds
    access: AccessRules


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
    source = path or resources.files("routeplan.roads") / "speeds.toml"
    name = path.name if path else "speeds.toml"
    try:
        values = tomllib.loads(source.read_text(encoding="utf-8-sig"))
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError([Fault(str(path), f"the table of speeds cannot be read: {reason}")]) from (
            error
        )
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


def _table(values: dict[str, Any], faults: Faults) -> SpeedTable:
    fields = Fields(values, "", faults)
    version = fields.whole("version")
    if version != _VERSION and fields.has("version"):
        fields.fault("version", f"{version} is not known", f"this routeplan reads {_VERSION}")
    rows = _Rows(_vehicles(fields))
    paved, ford = fields.child("paved"), fields.child("ford")
    table = SpeedTable(
        vehicles=rows.vehicles,
        classes=rows.speeds(fields, "class"),
        surfaces=rows.speeds(fields, "surface"),
        tracktypes=rows.speeds(fields, "tracktype"),
        smoothness=rows.speeds(fields, "smoothness"),
        assumed_surface=_assumed(fields),
        paved_surfaces=_texts(paved, "surface"),
        paved_tracktypes=_texts(paved, "tracktype"),
        limits=_limits(fields),
        barriers=rows.delays(fields, "barrier"),
        ford_seconds=rows.delay(ford, "seconds"),
        ford_kmh=rows.speed(ford, "kmh"),
        off_road_kmh=rows.speed(fields, "off_road_kmh"),
        access=_access(fields.child("access")),
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
    for road_class in table.classes:
        if table.assumed_surface and road_class not in table.assumed_surface:
            fields.fault(f"assumed_surface.{road_class}", "is missing")


def _check_known(where: str, words: Iterable[str], known: Iterable[str], fields: Fields) -> None:
    known = set(known)
    # An empty table was noted when it was read.
    for word in sorted(set(words) - known) if known else ():
        fields.fault(where, f"{word!r} is in no row of its table", nearest(word, known))


def _vehicles(fields: Fields) -> tuple[str, ...]:
    names = _text_list(fields, "vehicles")
    if not names and isinstance(fields.raw("vehicles", None), list):
        fields.fault("vehicles", "is empty; name one vehicle at least")
    if len(set(names)) < len(names):
        fields.fault("vehicles", "names one vehicle more than once")
    return tuple(names)


def _assumed(fields: Fields) -> dict[str, str]:
    child, names = _open(fields, "assumed_surface")
    return {name: child.text(name) for name in names}


def _limits(fields: Fields) -> dict[str, float]:
    child, names = _open(fields, "maxspeed")
    return {name: _cell(child, name) or math.inf for name in names}


def _access(fields: Fields) -> AccessRules:
    rules = AccessRules(
        blocked=_texts(fields, "blocked"),
        permitted=_texts(fields, "permitted"),
        only_permitted=_texts(fields, "only_permitted"),
    )
    for both in sorted(rules.blocked & rules.permitted):
        fields.fault("permitted", f"{both!r} stands among the blocked ones too")
    fields.finish()
    return rules


def _texts(fields: Fields, name: str) -> frozenset[str]:
    return frozenset(_text_list(fields, name))


def _text_list(fields: Fields, name: str) -> list[str]:
    value = fields.raw(name)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    if value is not None:
        fields.fault(name, "expected a list of texts")
    return []


def _open(fields: Fields, name: str) -> tuple[Fields, list[str]]:
    """Return a table that a user may add rows to, and the names of its rows."""
    value = fields.raw(name, None)
    return fields.child(name), list(value) if isinstance(value, dict) else []


def _cell(fields: Fields, name: str) -> float:
    """Read a number that is not below 0, or false, which stands as 0."""
    if fields.raw(name, None) is False:
        return 0.0
    number = fields.number(name)
    if number < 0:
        fields.fault(name, f"{number:g} is below 0", "false means that there is none")
    return number


def _delay_cell(fields: Fields, name: str) -> float | None:
    return None if fields.raw(name, None) is False else _cell(fields, name)


class _Rows:
    """Rows with one value for each vehicle, or one for all of them."""

    def __init__(self, vehicles: tuple[str, ...]) -> None:
        self.vehicles = vehicles

    def speeds(self, fields: Fields, name: str) -> dict[str, _Speeds]:
        child, rows = _open(fields, name)
        return {row: self.speed(child, row) for row in rows}

    def delays(self, fields: Fields, name: str) -> dict[str, _Delays]:
        child, rows = _open(fields, name)
        return {row: self.delay(child, row) for row in rows}

    def speed(self, fields: Fields, name: str) -> _Speeds:
        return self._row(fields, name, _cell)

    def delay(self, fields: Fields, name: str) -> _Delays:
        return self._row(fields, name, _delay_cell)

    def _row(self, fields: Fields, name: str, read: Callable[[Fields, str], T]) -> tuple[T, ...]:
        if not isinstance(fields.raw(name, None), dict):
            return (read(fields, name),) * len(self.vehicles)
        row = fields.child(name)
        cells = tuple(read(row, vehicle) for vehicle in self.vehicles)
        row.finish()
        return cells
