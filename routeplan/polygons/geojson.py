"""GeoJSON, RFC 7946 and the older kind that names a coordinate system by its code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import shapely

from routeplan.errors import Faults
from routeplan.polygons.layer import Layer, polygon, refused, table_of
from routeplan.polygons.positions import SAVE_IN_DEGREES, crs_of_name

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pyproj import CRS

__all__ = ["parse_geojson"]

_OTHERS = ("Point", "MultiPoint", "LineString", "MultiLineString", "GeometryCollection")
_GEOMETRIES = ("Polygon", "MultiPolygon", *_OTHERS)


def parse_geojson(data: bytes) -> Layer:
    """Return the rows of a GeoJSON file.

    Raises
    ------
    InputError
        Where it is no GeoJSON; with each feature that is damaged; or where the positions are
        explained by a link, which is never followed.
    """
    root = _parsed(data)
    kind = root.get("type") if isinstance(root, dict) else None
    if kind == "FeatureCollection":
        features, named = root.get("features"), "features[{}]"
    elif kind == "Feature" or kind in _GEOMETRIES:
        features, named = [root], ""
    else:
        raise refused(f"it is JSON of the type {str(kind)[:40]!r}, and no GeoJSON", "save it so")
    if not isinstance(features, list):
        raise refused("its features are no list")
    crs = _crs(root.get("crs"))
    faults, shapes, rows = Faults(), np.full(len(features), None), []
    for number, feature in enumerate(features):
        try:
            if feature is not root:
                _check_no_crs(feature)
            alone = kind in _GEOMETRIES
            shapes[number] = _shape(feature if alone else _geometry(feature))
            rows.append({} if alone else _properties(feature))
        except (ValueError, OverflowError) as error:
            faults.add(named.format(number), f"is damaged: {error}")
    faults.raise_any()
    return Layer(table_of(rows), shapes, crs)


def _parsed(data: bytes) -> Any:  # noqa: ANN401  # whatever JSON holds
    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=_no_number)
    except UnicodeDecodeError as error:
        why = f"its text is not in UTF-8 at byte {error.start + 1:,}"
        raise refused(why, "save it as GeoJSON in UTF-8, a GeoPackage or a shapefile") from None
    except (ValueError, RecursionError) as error:
        why = f"it is neither GeoJSON ({error}) nor a GeoPackage nor a shapefile"
        raise refused(why, "save it as one of these; unpack it first if it is packed") from None


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _crs(member: Any) -> CRS | None:  # noqa: ANN401  # whatever JSON holds
    if member is None:
        return None
    properties = member.get("properties") if isinstance(member, dict) else None
    if not isinstance(properties, dict) or member.get("type") != "name":
        why = "its crs is no name of a coordinate system"
        if isinstance(member, dict) and member.get("type") == "link":
            why = "its crs is a link to an address, and links are not followed"
        raise refused(why, SAVE_IN_DEGREES)
    return crs_of_name(str(properties.get("name")))


def _check_no_crs(member: Any) -> None:  # noqa: ANN401  # whatever JSON holds
    """Refuse a crs of what is not the whole file."""
    if isinstance(member, dict) and member.get("crs") is not None:
        raise ValueError("it has a crs of its own; " + SAVE_IN_DEGREES)


def _geometry(feature: Any) -> Any:  # noqa: ANN401  # whatever JSON holds
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise ValueError("it is no feature")
    geometry = feature.get("geometry")
    _check_no_crs(geometry)
    return geometry


def _shape(geometry: Any) -> shapely.Geometry | None:  # noqa: ANN401
    if geometry is None:
        return None
    if not isinstance(geometry, dict) or geometry.get("type") not in _GEOMETRIES:
        raise ValueError("its geometry is of no known type")
    if geometry["type"] in _OTHERS:
        return None
    parts = _list(geometry.get("coordinates"))
    if not parts:
        return None
    if geometry["type"] == "Polygon":
        return polygon(map(_ring, parts))
    return shapely.MultiPolygon([polygon(map(_ring, _list(part))) for part in parts])


def _properties(feature: dict[str, Any]) -> dict[str, Any]:
    properties = feature.get("properties") or {}
    if not isinstance(properties, dict):
        raise ValueError("its properties are no object")  # noqa: TRY004
    return properties


def _ring(positions: object) -> NDArray[np.float64]:
    pairs = [position[:2] for position in map(_list, _list(positions))]
    if not all(
        len(pair) == 2 and type(pair[0]) in (int, float) and type(pair[1]) in (int, float)  # noqa: PLR2004
        for pair in pairs
    ):
        raise ValueError("a position is no list of two numbers")
    return np.array(pairs, dtype=np.float64).reshape(-1, 2)


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("its coordinates are no lists")  # noqa: TRY004
    return value
