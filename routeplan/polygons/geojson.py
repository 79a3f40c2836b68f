"""GeoJSON: of RFC 7946, and older with a ``crs``; a link to a coordinate system is not followed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import shapely

from routeplan.polygons import layer

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pyproj import CRS

    from routeplan.polygons.layer import Layer

__all__ = ["parse_geojson"]


_OTHERS = ("Point", "MultiPoint", "LineString", "MultiLineString", "GeometryCollection")
_GEOMETRIES = ("Polygon", "MultiPolygon", *_OTHERS)


def parse_geojson(data: bytes) -> Layer:
    """Return the features of a GeoJSON file."""
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


def _feature_shape(feature: object, root: object) -> shapely.Geometry | None:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise ValueError("it is no feature")
    geometry = feature.get("geometry")
    for member in (feature, geometry):
        if member is not root and isinstance(member, dict) and member.get("crs") is not None:
            raise ValueError("it has a crs of its own; " + layer.SAVE_IN_DEGREES)
    if not isinstance(feature.get("properties") or {}, dict):
        raise ValueError("its properties are no object")  # noqa: TRY004  # a fault of the file, as the others are
    return None if geometry is None else _shape(geometry)


def _shape(geometry: object) -> shapely.Geometry | None:
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
    numbers = (int, float)
    if not all([type(degrees) in numbers for degrees in pair] == [True, True] for pair in pairs):
        raise ValueError("a position is no list of two numbers")
    return np.array(pairs, dtype=np.float64).reshape(-1, 2)


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("its coordinates are no lists")  # noqa: TRY004  # a fault of the file
    return value
