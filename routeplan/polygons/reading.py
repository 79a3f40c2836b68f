"""Reading of vector files, of which GeoJSON (RFC 7946, and older with a ``crs``) is parsed here."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import shapely

from routeplan.errors import Fault, InputError
from routeplan.files import read_bytes
from routeplan.polygons import binary, layer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from pyproj import CRS

    from routeplan.polygons.layer import Layer

__all__ = ["Polygons", "read_polygons"]

# Lists of JSON take up to twenty times the memory of their text.
MOST_BYTES = 40 * 2**20
# A table has the columns of all of its rows: a few bytes can make many cells.
MOST_CELLS = 5_000_000

_SHAPEFILE_PARTS = (*binary.SIDECARS, ".shx", ".sbn", ".qix")
_PACKED = (b"PK", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf")
_OTHERS = ("Point", "MultiPoint", "LineString", "MultiLineString", "GeometryCollection")
_GEOMETRIES = ("Polygon", "MultiPolygon", *_OTHERS)
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
    if data.startswith(binary.SHAPEFILE):
        for ending in binary.SIDECARS:
            paths = (path.with_suffix(ending), path.with_suffix(ending.upper()))
            if any(sidecar.exists() for sidecar in paths):
                sidecars[ending] = _read(next(sidecar for sidecar in paths if sidecar.exists()))
    try:
        rows, shapes, crs = _parse(path, data, sidecars)
        columns = _columns(rows)
        layer.check_crossings(shapes)
        return Polygons(columns, layer.to_degrees(shapes, crs))
    except InputError as error:
        raise InputError(
            Fault(f"{path.name} {fault.where}".rstrip(), fault.message, fault.hint)
            for fault in error.faults
        ) from None


def _read(path: Path) -> bytes:
    if path.exists() and not path.is_file():
        what = "it is a folder" if path.is_dir() else "it is no ordinary file"
        raise InputError([Fault(path.name, f"cannot be read: {what}", "name the file itself")])
    if path.exists() and path.stat().st_size > MOST_BYTES:
        message = f"is larger than {MOST_BYTES // 2**20} MiB"
        raise InputError([Fault(path.name, message, "keep only the polygons that are needed")])
    return read_bytes(path)


def _parse(path: Path, data: bytes, sidecars: Mapping[str, bytes]) -> Layer:
    if data.startswith(binary.SQLITE):
        log = path.with_name(path.name + "-wal")
        if log.is_file() and log.stat().st_size:
            raise layer.refused("another program has it open", "close it there, and try again")
        return binary.parse_geopackage(data)
    if path.suffix.lower() in _SHAPEFILE_PARTS:
        raise layer.refused("it is a part of a shapefile", "name the .shp")
    if data.startswith(binary.SHAPEFILE):
        return binary.parse_shapefile(data, sidecars)
    if data.startswith(_PACKED):
        raise layer.refused("it is packed", "unpack it, and name the file that was in it")
    return parse_geojson(data)


def _columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    names = dict.fromkeys(name for row in rows for name in row)
    if len(names) * len(rows) > MOST_CELLS:
        why = f"{len(rows):,} rows of {len(names):,} columns are too many"
        raise layer.refused(why, "keep only the polygons and columns that are needed")
    return {name: tuple(_text(row.get(name)) for row in rows) for name in names}


def _text(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT_FLOAT:
        # Codes are often saved as numbers with a point.
        return str(int(value))
    return str(value)


def parse_geojson(data: bytes) -> Layer:
    """Return the features of a GeoJSON file; a link to a coordinate system is not followed."""
    root = _parse_json(data)
    kind = root.get("type") if isinstance(root, dict) else None
    features = [root]
    if kind == "FeatureCollection":
        features = root.get("features")
    elif kind in _GEOMETRIES:
        features = [{"type": "Feature", "geometry": root}]
    elif kind != "Feature":
        why = f"it is JSON of the type {str(kind)[:40]!r}, and no GeoJSON"
        raise layer.refused(why, "save it so")
    if not isinstance(features, list):
        raise layer.refused("its features are no list")
    crs = _crs(root.get("crs"))
    where = "features[{}]" if root["type"] == "FeatureCollection" else ""
    records = ((where.format(n), feature) for n, feature in enumerate(features))
    shapes = layer.parse_shapes(records, lambda feature: _feature_shape(feature, root))
    return [feature.get("properties") or {} for feature in features], shapes, crs


def _parse_json(data: bytes) -> Any:  # noqa: ANN401  # any JSON value
    def refuse(word: str) -> NoReturn:
        raise ValueError(f"{word} is no number")

    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=refuse)
    except UnicodeDecodeError as error:
        why = f"its text is not in UTF-8 at byte {error.start + 1:,}"
        hint = "save it as GeoJSON in UTF-8, a GeoPackage or a shapefile"
        raise layer.refused(why, hint) from None
    except (ValueError, RecursionError) as error:
        why = f"it is neither GeoJSON ({error}) nor a GeoPackage nor a shapefile"
        hint = "save it as one of these; unpack it first if it is packed"
        raise layer.refused(why, hint) from None


def _crs(crs: Any) -> CRS | None:  # noqa: ANN401  # any JSON value
    if crs is None:
        return None
    properties = crs.get("properties") if isinstance(crs, dict) else None
    if not isinstance(properties, dict) or crs.get("type") != "name":
        why = "its crs is no name of a coordinate system"
        if isinstance(crs, dict) and crs.get("type") == "link":
            why = "its crs is a link to an address, and links are not followed"
        raise layer.refused(why, layer.SAVE_IN_DEGREES)
    return layer.crs_of_name(str(properties.get("name")))


def _feature_shape(feature: Any, root: object) -> shapely.Geometry | None:  # noqa: ANN401
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise ValueError("it is no feature")
    geometry = feature.get("geometry")
    for member in (feature, geometry):
        if member is not root and isinstance(member, dict) and member.get("crs") is not None:
            raise ValueError("it has a crs of its own; " + layer.SAVE_IN_DEGREES)
    if not isinstance(feature.get("properties") or {}, dict):
        raise ValueError("its properties are no object")  # noqa: TRY004
    return None if geometry is None else _shape(geometry)


def _shape(geometry: Any) -> shapely.Geometry | None:  # noqa: ANN401
    if not isinstance(geometry, dict) or geometry.get("type") not in _GEOMETRIES:
        raise ValueError("its geometry is of no known type")
    if geometry["type"] in _OTHERS:
        return None
    parts = _list(geometry.get("coordinates"))
    if geometry["type"] == "Polygon":
        return layer.polygon(map(_ring, parts)) if parts else None
    return shapely.MultiPolygon([layer.polygon(map(_ring, _list(part))) for part in parts])


def _ring(positions: object) -> NDArray[np.float64]:
    pairs = [position[:2] for position in map(_list, _list(positions))]
    if not all(len(pair) == 2 and {*map(type, pair)} <= {int, float} for pair in pairs):  # noqa: PLR2004
        raise ValueError("a position is no list of two numbers")
    return np.array(pairs, dtype=np.float64).reshape(-1, 2)


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("its coordinates are no lists")  # noqa: TRY004
    return value
