"""The one place where vector files are opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from routeplan.errors import Fault, InputError
from routeplan.files import read_bytes
from routeplan.polygons.geojson import parse_geojson
from routeplan.polygons.geopackage import SQLITE, parse_geopackage
from routeplan.polygons.layer import check_crossings, refused
from routeplan.polygons.positions import to_degrees
from routeplan.polygons.shapefile import BESIDE, SHAPEFILE, parse_shapefile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from routeplan.polygons.layer import Layer

__all__ = ["Polygons", "read_polygons"]

_PARTS = (*BESIDE, ".shx", ".sbn", ".qix")
_PACKED = (b"PK", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf")

# Lists of JSON take up to twenty times the memory of their text.
MOST_BYTES = 40 * 2**20


@dataclass(frozen=True, slots=True, eq=False)
class Polygons:
    """Polygons of a file, and what its columns say of each.

    Parameters
    ----------
    columns
        The texts of each column, one a polygon; empty where it has none.
    shapes
        Polygon or multipolygon of each row in WGS 84, x being lon; None where a row has neither.
    """

    columns: Mapping[str, tuple[str, ...]]
    shapes: NDArray[np.object_]


def read_polygons(path: Path) -> Polygons:
    """Read polygons from GeoJSON, a GeoPackage or a shapefile, as the content tells.

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
        degrees and without a word on how its coordinates are to be read.
    """
    data = _bytes_of(path)
    beside = {}
    if data.startswith(SHAPEFILE):
        places = {end: _beside(path, end) for end in BESIDE}
        beside = {end: _bytes_of(place) for end, place in places.items() if place is not None}
    try:
        layer = _parsed(path, data, beside)
        check_crossings(layer.shapes)
        return Polygons(layer.columns, to_degrees(layer.shapes, layer.crs))
    except InputError as error:
        raise InputError(
            Fault(f"{path.name} {fault.where}".rstrip(), fault.message, fault.hint)
            for fault in error.faults
        ) from None


def _parsed(path: Path, data: bytes, beside: dict[str, bytes]) -> Layer:
    if data.startswith(SQLITE):
        log = path.with_name(path.name + "-wal")
        if log.is_file() and log.stat().st_size:
            raise refused("another program has it open", "close it there, and try again")
        return parse_geopackage(data)
    if path.suffix.lower() in _PARTS:
        raise refused("it is a part of a shapefile", "name the .shp")
    if data.startswith(SHAPEFILE):
        return parse_shapefile(data, beside)
    if data.startswith(_PACKED):
        raise refused("it is packed", "unpack it, and name the file that was in it")
    return parse_geojson(data)


def _beside(path: Path, end: str) -> Path | None:
    """Return the file of the same name with another ending, however it is written."""
    both = (path.with_suffix(end), path.with_suffix(end.upper()))
    return next((one for one in both if one.exists()), None)


def _bytes_of(path: Path) -> bytes:
    if path.exists() and not path.is_file():
        what = "it is a folder" if path.is_dir() else "it is no ordinary file"
        raise InputError([Fault(path.name, f"cannot be read: {what}", "name the file itself")])
    if path.exists() and path.stat().st_size > MOST_BYTES:
        message = f"is larger than {MOST_BYTES // 2**20} MiB"
        raise InputError([Fault(path.name, message, "keep only the polygons that are needed")])
    return read_bytes(path)
