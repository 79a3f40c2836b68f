"""Areas that a user draws or names: polygons of a file, and corners in a file of overrides."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import shapely

from routeplan.errors import Fault, Faults, InputError
from routeplan.language import gettext as _
from routeplan.language import ngettext
from routeplan.roads.extract import MARGIN_METRES, Region

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from routeplan.polygons import Polygons


def read_area(
    path: Path, names: Sequence[str] = (), *, margin_metres: float = MARGIN_METRES
) -> Region:
    """Read the area of some polygons: GeoJSON, a GeoPackage or a shapefile.

    Parameters
    ----------
    path
        The file.
    names
        Which of its polygons: each a name or a code in any of their columns; several polygons of
        one name are taken where they lie side by side, as the districts of a region do. No names
        for all polygons.
    margin_metres
        Distance around the area within which roads are kept.

    Raises
    ------
    InputError
        Where the file cannot be read, holds no polygons, or with each name that is in no column,
        or that polygons apart from each other have.
    """
    from routeplan.polygons import read_polygons  # noqa: PLC0415  # takes long to load

    layer = read_polygons(path)
    if shapely.is_missing(layer.shapes).all():
        message = _("holds no polygons; an area is a polygon, or several")
        raise InputError([Fault(path.name, message)])
    rows = _rows_named(path.name, layer, names) if names else range(len(layer.shapes))
    # The other method takes seconds for a hundred edges that cross each other.
    valid = shapely.make_valid(layer.shapes[list(rows)], method="structure", keep_collapsed=False)
    return Region(shapely.to_wkb(shapely.union_all(valid)), margin_metres)


def _rows_named(source: str, layer: Polygons, names: Iterable[str]) -> list[int]:
    """Return the row of each name; refuse names in no row, or in rows apart from each other."""
    columns = list(layer.columns.values())
    rows_of: dict[str, set[int]] = {}
    written: dict[str, str] = {}
    for column in columns:
        for row, name in enumerate(column):
            rows_of.setdefault(normalized(name), set()).add(row)
            written[normalized(name)] = name
    faults, rows = Faults(), []
    for name in names:
        found = sorted(rows_of.get(normalized(name), ()))
        rows += found
        if not found:
            close = get_close_matches(normalized(name), sorted(rows_of), n=1)
            hint = _("did you mean {word!r}?", word=written[close[0]]) if close else ""
            message = _("no polygon has the name or code {name!r}", name=name)
            faults.add(source, message, hint)
        elif not _is_connected(layer.shapes[found]):
            rivals = (", ".join(dict.fromkeys(col[row] for col in columns)) for row in found[:3])
            hint = _("name one by what it alone has: {names}", names=" | ".join(rivals))
            message = ngettext(
                "{n} polygon has the name or code {name!r}",
                "{n} polygons have the name or code {name!r}",
                len(found),
                name=name,
            )
            faults.add(source, message, hint)
    faults.raise_any()
    return rows


def _is_connected(shapes: NDArray[np.object_]) -> bool:
    # Borders of real layers leave slits between neighbours.
    west, _, east, _ = shapely.total_bounds(shapes)
    wide = shapely.buffer(shapes, (east - west) / 1000)
    return bool(shapely.union_all(wide).geom_type == "Polygon")


def normalized(name: str) -> str:
    """Return a name without differences of case and spaces."""
    return " ".join(name.casefold().split())


def area_of_file(path: Path) -> str:
    """Return all polygons of a file (GeoJSON, GeoPackage, shapefile) as one area in WKT."""
    if not path.is_file():
        message = _("there is no file {name}", name=path.name)
        raise InputError([Fault("", message, _("looked in {folder}", folder=path.parent))])
    try:
        area = read_area(path, margin_metres=0).area_wkb
    except InputError as error:
        # The reader of overrides adds the place in its file.
        faults = (Fault("", f"{one.where} {one.message}", one.hint) for one in error.faults)
        raise InputError(faults) from None
    return str(shapely.from_wkb(area).wkt)


def area_of_corners(corners: Sequence[Any]) -> str:
    """Return the polygon with some corners, each a list of lat and lon, as WKT."""
    faults = Faults()
    for n, corner in enumerate(corners):
        if not _is_position(corner):
            hint = _("write a corner as [48.512, 68.201]")
            faults.add(f"[{n}]", _("expected a list of lat and lon"), hint)
    if len(corners) < 3:  # noqa: PLR2004  # a triangle's
        faults.add("", _("has fewer than three corners"))
    faults.raise_any()
    area = shapely.Polygon([(lon, lat) for lat, lon in corners])
    if not area.is_valid:
        hint = _("name the corners in their order around it")
        raise InputError([Fault("", _("crosses itself"), hint)])
    return str(area.wkt)


def _is_position(corner: object) -> bool:
    return (
        isinstance(corner, list)
        and [type(degrees) in (int, float) for degrees in corner] == [True, True]
        and abs(corner[0]) <= 90  # noqa: PLR2004  # degrees
        and abs(corner[1]) <= 180  # noqa: PLR2004  # degrees
    )
