"""Areas as people give them, by corners or in a file of polygons, as WKT."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import shapely

from routeplan.errors import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["area_of_file", "area_of_points"]

_LEAST_CORNERS = 3
_POLYGONS = ("Polygon", "MultiPolygon")


def area_of_points(corners: Sequence[Any]) -> str:
    """Return the polygon with some corners, each a list of lat and lon, as WKT.

    Raises
    ------
    InputError
        With every corner that is none, placed as ``[3]``.
    """
    faults = [
        Fault(f"[{n}]", "expected a list of lat and lon", "write a corner as [48.512, 68.201]")
        for n, corner in enumerate(corners)
        if not _is_position(corner)
    ]
    if len(corners) < _LEAST_CORNERS:
        faults.append(Fault("", "has fewer than three corners"))
    if faults:
        raise InputError(faults)
    area = shapely.Polygon([(lon, lat) for lat, lon in corners])
    if not area.is_valid:
        raise InputError([Fault("", "crosses itself", "name the corners in their order around it")])
    return str(area.wkt)


def _is_position(corner: object) -> bool:
    return (
        isinstance(corner, list)
        and len(corner) == 2  # noqa: PLR2004
        and all(type(one) in (int, float) for one in corner)
        and abs(corner[0]) <= 90  # noqa: PLR2004
        and abs(corner[1]) <= 180  # noqa: PLR2004
    )


def area_of_file(path: Path) -> str:
    """Return all polygons of a file (GeoJSON, GeoPackage, shapefile) as one area in WKT.

    Raises
    ------
    InputError
        Where it cannot be read or holds no polygons.
    """
    import geopandas  # noqa: PLC0415  # heavy, and needed by few

    if not path.is_file():
        raise InputError([Fault("", f"there is no file {path.name}", f"looked in {path.parent}")])
    try:
        frame = geopandas.read_file(path)
    except (RuntimeError, ValueError, OSError) as error:
        raise InputError([Fault("", f"{path.name} cannot be read: {error}")]) from None
    if not isinstance(frame, geopandas.GeoDataFrame) or frame.crs is None:
        raise InputError([Fault("", f"{path.name} says not where on earth its shapes lie")])
    shapes = frame.geometry.to_crs(4326)
    shapes = shapes[shapes.geom_type.isin(_POLYGONS)]
    if shapes.empty:
        raise InputError([Fault("", f"{path.name} holds no polygon", "draw the area as a polygon")])
    return str(shapes.make_valid().union_all().wkt)
