"""Overrides of single roads: read from ``roads.toml``, and matched with the ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from routeplan.errors import Faults, InputError, nearest
from routeplan.files import LARGEST_TOML, read_bytes
from routeplan.formats.document import file_error, parse_toml
from routeplan.formats.fields import Fields
from routeplan.roads.areas import area_of_corners, area_of_file, normalized
from routeplan.roads.conditions import Effect, Override

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from routeplan.roads.conditions import Conditions
    from routeplan.roads.extract import Extract

__all__ = ["match_overrides", "read_overrides"]

_VERSION = 1


def read_overrides(path: Path) -> tuple[Override, ...]:
    """Read a file of overrides.

    Parameters
    ----------
    path
        A TOML file with ``version = 1`` and a table ``[[override]]`` for each of them.

    Raises
    ------
    InputError
        With everything that is wrong in the file.
    """
    faults = Faults()
    fields = Fields(parse_toml(read_bytes(path, most=LARGEST_TOML), path.name), "", faults)
    version = fields.whole("version")
    if version != _VERSION and fields.ok("version"):
        fields.fault("version", f"{version} is not known", f"this routeplan reads {_VERSION}")
    found = [_override(entry, path) for entry in fields.children("override")]
    fields.finish()
    if faults:
        raise file_error(faults, path.name)
    return tuple(one for one in found if one is not None)


def _override(fields: Fields, path: Path) -> Override | None:
    effect, note = fields.read("effect", Effect), fields.text("note")
    kmh = fields.read("kmh", float | None)
    if fields.ok("note") and not note.strip():
        fields.fault("note", "says nothing", "say why, so that others understand")
    if kmh is not None and kmh <= 0:
        fields.fault("kmh", f"{kmh:g} is not above 0", 'write effect = "close"')
    if effect is Effect.SLOW and not fields.has("kmh"):
        fields.fault("kmh", "is missing", "say how fast one drives there at most")
    if effect is Effect.CLOSE and fields.has("kmh"):
        fields.fault("kmh", "means nothing where a road is closed")
    if not any(map(fields.has, ("ways", "names", "area", "area_file"))):
        fields.fault("names", "is missing", "choose roads by names, ways, area or area_file")
    source = f"{path.name} {fields.where}"
    return fields.build(Override, note=note, source=source, area=_area(fields, path))


def _area(fields: Fields, path: Path) -> str:
    if fields.has("area") and fields.has("area_file"):
        fields.fault("area", "is given beside area_file", "keep one of them")
        return ""
    try:
        if fields.has("area_file"):
            return area_of_file(path.parent / fields.text("area_file"))
        return area_of_corners(fields.items("area")) if fields.has("area") else ""
    except InputError as error:
        name = "area_file" if fields.has("area_file") else "area"
        for fault in error.faults:
            fields.fault(name, fault.message, fault.hint, at=fault.where)
        return ""


def match_overrides(
    extract: Extract, conditions: Conditions
) -> tuple[list[tuple[Override, ...]], NDArray[np.int64]]:
    """Return the sets of overrides that occur together, and the set of each segment of an extract.

    The first set is empty. Segments are numbered by the points before them.

    Raises
    ------
    InputError
        With every override in force that matches no segment.
    """
    sets: list[tuple[Override, ...]] = [()]
    number = np.zeros(len(extract.points), dtype=np.int64)
    faults = Faults()
    expired = conditions.expired()
    for override in conditions.overrides:
        if override in expired:
            continue
        matched = _matched(extract, override)
        if not matched.any():
            faults.add(override.source, "concerns no road of this map", _hint(extract, override))
        for old in np.unique(number[matched]).tolist():
            number[matched & (number == old)] = len(sets)
            sets.append((*sets[old], override))
    faults.raise_any()
    return sets, number


def _matched(extract: Extract, override: Override) -> NDArray[np.bool_]:
    ways = np.ones(len(extract.way_ids), dtype=np.bool_)
    if override.ways:
        ways &= np.isin(extract.way_ids, override.ways)
    if override.names:
        names = {normalized(name) for name in override.names}
        ways &= np.array([not names.isdisjoint(_names(tags)) for tags in extract.way_tags])
    matched = np.repeat(ways, np.diff(extract.offsets))
    # The last point of a way has no segment behind it.
    matched[extract.offsets[1:] - 1] = False
    if override.area:
        at = np.flatnonzero(matched)
        middles = (extract.points[at] + extract.points[at + 1]) / 2
        area = shapely.from_wkt(override.area)
        matched[at] = shapely.contains_xy(area, middles[:, 1], middles[:, 0])
    return matched


def _names(tags: Mapping[str, str]) -> set[str]:
    names = [tags.get("name", ""), *tags.get("ref", "").split(";")]
    return {normalized(name) for name in names if name}


def _hint(extract: Extract, override: Override) -> str:
    if override.area:
        return "does the area lie in this district? lat comes before lon, but in GeoJSON behind it"
    if override.names:
        known = {tags[key] for tags in extract.way_tags for key in ("name", "ref") if key in tags}
        return nearest(override.names[0], known)
    return "is the number that of a way, and does the file hold it?"
