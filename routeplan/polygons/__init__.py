"""Polygons of areas from GeoJSON, GeoPackages and shapefiles.

`read_polygons` is the one place where vector files are opened. Files come from strangers, and
libraries of many formats choose a format by content, of which some name other files or addresses
that are then opened. So the three formats are parsed here from bytes, and converted to degrees::

    read_polygons ─► parse_geojson | parse_geopackage | parse_shapefile ─► to_degrees
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from routeplan.errors import Fault, InputError
from routeplan.files import read_bytes
from routeplan.language import gettext as _
from routeplan.polygons import formats, layer
from routeplan.polygons.geojson import parse_geojson

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from routeplan.polygons.layer import Layer

__all__ = ["Polygons", "read_polygons"]

MOST_BYTES = 40 * 2**20  # lists of JSON take up to twenty times the memory of their text
MOST_CELLS = 5_000_000  # few bytes can make many: a table has the columns of all of its rows
MOST_CROSSINGS = 200_000

_SHAPEFILE_PARTS = (*formats.SIDECARS, ".shx", ".sbn", ".qix")
_PACKED = (b"PK", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf")
_EXACT_FLOAT = 1e15


@dataclass(frozen=True, slots=True, eq=False)
class Polygons:
    """Polygons of a file in WGS 84, x being lon, and the texts of their attributes."""

    columns: Mapping[str, tuple[str, ...]]  # one text a polygon; empty where it has none
    shapes: NDArray[np.object_]  # polygon or multipolygon of each row; None for neither


def read_polygons(path: Path) -> Polygons:
    """Read polygons from GeoJSON, a GeoPackage or a shapefile, recognised by their content.

    Nothing is opened but the file itself and, beside a ``.shp``, its ``.dbf``, ``.prj`` and
    ``.cpg``. Rings that are open are closed.

    Parameters
    ----------
    path
        The file; of a shapefile, the ``.shp``.

    Raises
    ------
    InputError
        Where it is missing, none of the three formats, larger than 40 MiB, damaged, or not in
        degrees without naming its coordinate system.
    """
    data = _read(path)
    sidecars = {}
    if data.startswith(formats.SHAPEFILE):
        for ending in formats.SIDECARS:
            paths = (path.with_suffix(ending), path.with_suffix(ending.upper()))
            if any(sidecar.exists() for sidecar in paths):
                sidecars[ending] = _read(next(sidecar for sidecar in paths if sidecar.exists()))
    try:
        rows, shapes, crs = _parse(path, data, sidecars)
        columns = _columns(rows)
        _check_crossings(shapes)
        return Polygons(columns, layer.to_degrees(shapes, crs))
    except InputError as error:
        raise InputError(
            Fault(f"{path.name} {fault.where}".rstrip(), fault.message, fault.hint)
            for fault in error.faults
        ) from None


def _read(path: Path) -> bytes:
    if path.exists() and not path.is_file():
        why = _("it is a folder") if path.is_dir() else _("it is no ordinary file")
        message = _("cannot be read: {why}", why=why)
        raise InputError([Fault(path.name, message, _("name the file itself"))])
    if path.exists() and path.stat().st_size > MOST_BYTES:
        message = _("is larger than {n} MiB", n=MOST_BYTES // 2**20)
        raise InputError([Fault(path.name, message, _("keep only the polygons that are needed"))])
    return read_bytes(path)


def _parse(path: Path, data: bytes, sidecars: Mapping[str, bytes]) -> Layer:
    if data.startswith(formats.SQLITE):
        log = path.with_name(path.name + "-wal")
        if log.is_file() and log.stat().st_size:
            raise layer.refused(
                _("another program has it open"), _("close it there, and try again")
            )
        return formats.parse_geopackage(data)
    if path.suffix.lower() in _SHAPEFILE_PARTS:
        raise layer.refused(_("it is a part of a shapefile"), _("name the .shp"))
    if data.startswith(formats.SHAPEFILE):
        return formats.parse_shapefile(data, sidecars)
    if data.startswith(_PACKED):
        raise layer.refused(_("it is packed"), _("unpack it, and name the file that was in it"))
    return parse_geojson(data)


def _check_crossings(shapes: NDArray[np.object_]) -> None:
    """Refuse shapes whose edges cross each other so often that their union would take too long.

    Each crossing becomes a corner, and a file of a few hundred kilobytes can have as many as the
    square of its edges. The number is estimated from a random sample of pairs of edges.
    """
    rings = shapely.get_rings(shapely.get_parts(shapes))
    points, ring = shapely.get_coordinates(rings, return_index=True)
    first = np.flatnonzero(ring[1:] == ring[:-1])
    if len(first) ** 2 < MOST_CROSSINGS:
        return
    rng = np.random.default_rng(0)
    some, others = (rng.choice(first, size=size) for size in (64, 20_000))
    # As complex numbers, whose product shows on which side of an edge a point lies.
    plane = points @ (1, 1j)
    a, b = plane[some][:, None], plane[some + 1][:, None]
    c, d = plane[others][None], plane[others + 1][None]
    one, other = (b - a).conj(), (d - c).conj()
    crossed = (one * (c - a)).imag * (one * (d - a)).imag < 0
    crossed &= (other * (a - c)).imag * (other * (b - c)).imag < 0
    if crossed.mean() * len(first) ** 2 / 2 > MOST_CROSSINGS:
        why = _("its edges cross each other too often")
        raise layer.refused(why, _("draw its polygons without crossings"))


def _columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    names = dict.fromkeys(name for row in rows for name in row)
    if len(names) * len(rows) > MOST_CELLS:
        counts = {"rows": len(rows), "columns": len(names)}
        why = _("{rows:,} rows of {columns:,} columns are too many", **counts)
        raise layer.refused(why, _("keep only the polygons and columns that are needed"))
    return {name: tuple(_text(row.get(name)) for row in rows) for name in names}


def _text(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT_FLOAT:
        return str(int(value))  # codes are often saved as numbers with a point
    return str(value)
