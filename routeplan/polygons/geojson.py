"""GeoJSON, the format of vector files that is text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import shapely

from routeplan.language import gettext as _
from routeplan.polygons.layer import crs_of_name, parse_shapes, polygon, refused, save_in_degrees

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pyproj import CRS

    from routeplan.polygons.layer import Layer

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
        why = _("it is JSON of the type {kind!r}, and no GeoJSON", kind=str(kind)[:40])
        raise refused(why, _("save it so"))
    if not isinstance(features, list):
        raise refused(_("its features are no list"))
    crs = _crs(root.get("crs"))
    where = "features[{}]" if root["type"] == "FeatureCollection" else ""
    records = ((where.format(n), feature) for n, feature in enumerate(features))
    shapes = parse_shapes(records, lambda feature: _feature_shape(feature, root))
    return [feature.get("properties") or {} for feature in features], shapes, crs


def _parse_json(data: bytes) -> Any:  # noqa: ANN401  # any JSON value
    def refuse(word: str) -> NoReturn:
        raise ValueError(_("{word} is no number", word=word))

    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=refuse)
    except UnicodeDecodeError as error:
        why = _("its text is not in UTF-8 at byte {position:,}", position=error.start + 1)
        hint = _("save it as GeoJSON in UTF-8, a GeoPackage or a shapefile")
        raise refused(why, hint) from None
    except (ValueError, RecursionError) as error:
        why = _("it is neither GeoJSON ({error}) nor a GeoPackage nor a shapefile", error=error)
        hint = _("save it as one of these; unpack it first if it is packed")
        raise refused(why, hint) from None


def _crs(crs: Any) -> CRS | None:  # noqa: ANN401  # any JSON value
    if crs is None:
        return None
    properties = crs.get("properties") if isinstance(crs, dict) else None
    if not isinstance(properties, dict) or crs.get("type") != "name":
        why = _("its crs is no name of a coordinate system")
        if isinstance(crs, dict) and crs.get("type") == "link":
            why = _("its crs is a link to an address, and links are not followed")
        raise refused(why, save_in_degrees())
    return crs_of_name(str(properties.get("name")))


def _feature_shape(feature: object, root: object) -> shapely.Geometry | None:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise ValueError(_("it is no feature"))
    geometry = feature.get("geometry")
    for member in (feature, geometry):
        if member is not root and isinstance(member, dict) and member.get("crs") is not None:
            raise ValueError(_("it has a crs of its own; save it in WGS 84 (EPSG:4326)"))
    if not isinstance(feature.get("properties") or {}, dict):
        raise ValueError(_("its properties are no object"))  # noqa: TRY004  # a fault of the file, as the others are
    return None if geometry is None else _shape(geometry)


def _shape(geometry: object) -> shapely.Geometry | None:
    if not isinstance(geometry, dict) or geometry.get("type") not in _GEOMETRIES:
        raise ValueError(_("its geometry is of no known type"))
    if geometry["type"] in _OTHERS:
        return None
    parts = _list(geometry.get("coordinates"))
    if geometry["type"] == "Polygon":
        return polygon(map(_ring, parts)) if parts else None
    return shapely.MultiPolygon([polygon(map(_ring, _list(part))) for part in parts])


def _ring(positions: object) -> NDArray[np.float64]:
    pairs = [position[:2] for position in map(_list, _list(positions))]
    numbers = (int, float)
    if not all([type(degrees) in numbers for degrees in pair] == [True, True] for pair in pairs):
        raise ValueError(_("a position is no list of two numbers"))
    return np.array(pairs, dtype=np.float64).reshape(-1, 2)


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(_("its coordinates are no lists"))  # noqa: TRY004  # a fault of the file
    return value
