"""The part of a country that is wanted of its file: a district, a box, or around some places."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from routeplan.errors import Fault, InputError, RoadError, nearest
from routeplan.roads.graph import EARTH_RADIUS_METRES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from routeplan.polygons import Polygons
    from routeplan.roads.extract import Extract, OsmPlace

__all__ = ["MARGIN_METRES", "Region", "bounding_box", "buffer_around", "read_area"]

MARGIN_METRES = 25_000.0
"""The fastest way between two villages of a district may leave it, mostly not so far as this."""

_METRES_PER_DEGREE = math.radians(EARTH_RADIUS_METRES)
# A circle is drawn as a polygon inside of it, whose sides pass this much nearer to the middle.
_QUARTER = 16
_INSIDE = math.cos(math.pi / 4 / _QUARTER)


@dataclass(frozen=True, slots=True)
class Region:
    """An area, and how far around it roads are kept too.

    Parameters
    ----------
    area_wkb
        Polygons in degrees, x being lon, as well-known binary.
    margin_metres
        Roads within this distance of the area are kept, whole: also where they lead out of it.
    """

    area_wkb: bytes
    margin_metres: float = MARGIN_METRES

    def inside(self, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell which points (n, 2), as lat and lon, lie in the area."""
        return _covers(shapely.from_wkb(self.area_wkb), points)

    def near(self, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell which points (n, 2), as lat and lon, lie in the area or in its margin."""
        return _covers(_widened(shapely.from_wkb(self.area_wkb), self.margin_metres), points)

    def cut(self, extract: Extract) -> Extract:
        """Keep the roads that touch the area or its margin, and all settlements: they slow roads.

        Raises
        ------
        RoadError
            Where no road does.
        """
        sizes = np.diff(extract.offsets)
        way = np.repeat(np.arange(len(sizes)), sizes)
        kept = np.bincount(way[self.near(extract.points)], minlength=len(sizes)) > 0
        if not kept.any():
            raise RoadError(
                "no road of the file lies in the area that is asked for or "
                f"within {self.margin_metres / 1000:g} km of it; is it another country's file?"
            )
        ways, points = np.flatnonzero(kept), kept[way]
        node_ids = extract.node_ids[points]
        tagged = np.array([*extract.node_tags], dtype=np.int64)
        there = set(tagged[np.isin(tagged, node_ids)].tolist())
        return replace(
            extract,
            way_ids=extract.way_ids[ways],
            way_tags=tuple(extract.way_tags[index] for index in ways),
            offsets=np.concatenate(([0], np.cumsum(sizes[ways]))),
            node_ids=node_ids,
            points=extract.points[points],
            node_tags={node: tags for node, tags in extract.node_tags.items() if node in there},
        )

    def settlements(self, places: Sequence[OsmPlace]) -> tuple[OsmPlace, ...]:
        """Return the settlements of the area itself."""
        where = np.array([(one.lat, one.lon) for one in places]).reshape(-1, 2)
        return tuple(one for one, inside in zip(places, self.inside(where), strict=True) if inside)


def bounding_box(
    *,
    south: float,
    west: float,
    north: float,
    east: float,
    margin_metres: float = MARGIN_METRES,
) -> Region:
    """Return what lies between four degrees."""
    return Region(_packed(shapely.box(west, south, east, north)), margin_metres)


def buffer_around(
    points: Sequence[tuple[float, float]],
    metres: float,
    *,
    margin_metres: float = MARGIN_METRES,
) -> Region:
    """Return the surroundings of some points, given as lat and lon."""
    circles = [_widened(shapely.Point(lon, lat), metres) for lat, lon in points]
    return Region(_packed(shapely.union_all(circles)), margin_metres)


def read_area(
    path: Path, names: Sequence[str] = (), *, margin_metres: float = MARGIN_METRES
) -> Region:
    """Read the area of some polygons: GeoJSON, a GeoPackage or a shapefile.

    Parameters
    ----------
    path
        The file.
    names
        Which of its polygons: each a name or a code that stands in any of their columns; several
        polygons of one name are taken where they lie side by side, as the districts of a region
        do. No names for all polygons.
    margin_metres
        How far around the area roads are kept.

    Raises
    ------
    InputError
        Where the file cannot be read, holds no polygons, or with each name that is in no column,
        or that polygons apart from each other have.
    """
    from routeplan.polygons import read_polygons  # noqa: PLC0415  # takes long to load

    layer = read_polygons(path)
    if shapely.is_missing(layer.shapes).all():
        message = "holds no polygons; an area is a polygon, or several"
        raise InputError([Fault(path.name, message)])
    rows = _rows_named(path.name, layer, names) if names else range(len(layer.shapes))
    # The other method takes seconds for a hundred edges that cross each other.
    sound = shapely.make_valid(layer.shapes[list(rows)], method="structure", keep_collapsed=False)
    area = shapely.union_all(sound)
    return Region(_packed(area), margin_metres)


def _rows_named(source: str, layer: Polygons, names: Iterable[str]) -> list[int]:
    """Return the row of each name; refuse those that are in none, or in several."""
    columns = list(layer.columns.values())
    words: dict[str, set[int]] = {}
    written: dict[str, str] = {}
    for column in columns:
        for row, word in enumerate(column):
            words.setdefault(_folded(word), set()).add(row)
            written[_folded(word)] = word
    faults, rows = [], []
    for name in names:
        found = sorted(words.get(_folded(name), ()))
        rows += found
        if not found:
            hint = nearest(_folded(name), words)
            match = hint.removeprefix("did you mean '").removesuffix("'?")
            hint = f"did you mean {written[match]!r}?" if match in written else ""
            faults.append(Fault(source, f"no polygon has the name or code {name!r}", hint))
        elif not _side_by_side(layer.shapes[found]):
            rivals = (", ".join(dict.fromkeys(col[row] for col in columns)) for row in found[:3])
            hint = f"name one by what it alone has: {' | '.join(rivals)}"
            message = f"{len(found)} polygons have the name or code {name!r}"
            faults.append(Fault(source, message, hint))
    if faults:
        raise InputError(faults)
    return rows


def _side_by_side(shapes: NDArray[np.object_]) -> bool:
    # Borders of real layers leave slits between neighbours.
    west, _, east, _ = shapely.total_bounds(shapes)
    wide = shapely.buffer(shapes, (east - west) / 1000)
    return bool(shapely.union_all(wide).geom_type == "Polygon")


def _folded(word: str) -> str:
    return " ".join(word.casefold().split())


def _packed(area: Any) -> bytes:  # noqa: ANN401  # any geometry
    packed: bytes = shapely.to_wkb(area)
    return packed


def _widened(area: Any, metres: float) -> Any:  # noqa: ANN401  # any geometry
    """Return an area with all points within some metres of it, and few others.

    A degree of longitude is taken to be as short as it is at the end nearest to the pole, so that
    nothing within that distance is lost.
    """
    if not metres:
        return area
    degrees = metres / _METRES_PER_DEGREE
    _, south, _, north = area.bounds
    shrink = max(math.cos(math.radians(min(max(north, -south) + degrees, 89.0))), 1e-3)
    flat = shapely.transform(area, lambda points: points * (shrink, 1.0))
    wide = shapely.buffer(flat, degrees / _INSIDE, quad_segs=_QUARTER)
    return shapely.transform(wide, lambda points: points / (shrink, 1.0))


def _covers(area: Any, points: NDArray[np.float64]) -> NDArray[np.bool_]:  # noqa: ANN401
    shapely.prepare(area)
    found: NDArray[np.bool_] = shapely.intersects_xy(area, points[:, 1], points[:, 0])
    return found
