"""Areas as people give them, by corners or in a file of polygons, as WKT."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import shapely

from routeplan.errors import Fault, InputError
from routeplan.roads.region import read_area

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["area_of_file", "area_of_points"]

_LEAST_CORNERS = 3


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
    if not path.is_file():
        raise InputError([Fault("", f"there is no file {path.name}", f"looked in {path.parent}")])
    try:
        area = read_area(path, margin_metres=0).area_wkb
    except InputError as error:
        # Where it stands in the file of overrides is told by who reads that.
        faults = (Fault("", f"{one.where} {one.message}", one.hint) for one in error.faults)
        raise InputError(faults) from None
    return str(shapely.from_wkb(area).wkt)
