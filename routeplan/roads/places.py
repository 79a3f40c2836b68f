"""Reading settlements and homes from files of OpenStreetMap."""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import osmium
import shapely
from osmium.filter import EntityFilter, IdFilter, KeyFilter
from osmium.osm import NODE, RELATION, WAY
from scipy.spatial import KDTree

from routeplan.model.road_notes import OsmPlace
from routeplan.roads.extract import on_sphere
from routeplan.roads.osm_file import UNKNOWN, read_current, read_items

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from routeplan.roads.osm_file import OsmItem, Versions

# pyosmium's coordinates: whole ten-millionths of a degree.
PER_DEGREE = 1e7

AREA_KINDS = ("city", "town", "village", "hamlet", "isolated_dwelling", "farm")
"""Values of ``place`` of settlements that may be mapped as areas."""

_NAME_KEYS = ("name", "int_name", "official_name", "alt_name", "old_name", "loc_name", "place_name")
_HOMES = frozenset(
    (
        *("house", "detached", "residential", "semidetached_house", "semi", "terrace"),
        *("apartments", "bungalow", "farm", "hut", "ger", "cabin", "static_caravan", "dormitory"),
    )
)
# Settlements of one name that are nearer to each other are one, mapped twice.
_SAME_PLACE_METRES = 500.0


def read_places(path: Path) -> tuple[OsmPlace, ...]:
    """Read the settlements of an OpenStreetMap file, and nothing else of it.

    Raises
    ------
    RoadError
        Where the file is missing, empty, damaged or cut off.
    """

    def read(versions: Versions) -> tuple[OsmPlace, ...]:
        found = PlaceReader()
        for item in read_items(path, NODE | WAY | RELATION, KeyFilter("place")):
            if versions.counts(item):
                found.add(item)
        lines = way_lines(path, versions, found.ways_needed())
        return found.places(lines)

    return read_current(path, read)


def read_homes(path: Path, *, untyped: bool = False) -> tuple[NDArray[np.float64], int]:
    """Read the positions of people's homes: buildings that are residential by their tag.

    Parameters
    ----------
    path, untyped
        An OpenStreetMap file; whether to count ``building=yes`` too, whose use is unknown.

    Returns
    -------
    array of shape (n, 2), and int
        Lat and lon of each home, a house of flats once for each flat that it is tagged with; and
        the number of buildings of no type.

    Raises
    ------
    RoadError
        Where the file is missing, empty, damaged or cut off.
    """

    def read(versions: Versions) -> tuple[NDArray[np.float64], int]:
        points = array("d")
        without_type = 0
        for building, flats, point in _buildings(path, versions):
            without_type += building == "yes"
            if building in _HOMES or (untyped and building == "yes"):
                points.extend(point * flats)
        return np.array(points, dtype=np.float64).reshape(-1, 2), without_type

    return read_current(path, read)


def _buildings(path: Path, versions: Versions) -> Iterator[tuple[str, int, tuple[float, float]]]:
    """Yield type, number of flats and position of each building."""
    for item in read_items(path, NODE | WAY, KeyFilter("building"), locations=True):
        if not versions.counts(item):
            continue
        if isinstance(item, osmium.osm.Way):
            known = node_positions(item, versions)
        elif isinstance(item, osmium.osm.Node) and item.location.valid():
            known = np.array([(item.location.lat, item.location.lon)])
        else:
            continue
        if len(known):
            lat, lon = known[0].tolist()
            flats = re.fullmatch("[1-9][0-9]{0,2}", item.tags.get("building:flats") or "")
            yield item.tags["building"], int(flats[0]) if flats else 1, (lat, lon)


def node_positions(way: osmium.osm.Way, versions: Versions) -> NDArray[np.float64]:
    """Return the known positions of a way's nodes, as lat and lon, of shape (n, 2)."""
    own = [(node.location.y, node.location.x) for node in way.nodes]
    if versions.positions:
        refs = (node.ref for node in way.nodes)
        own = [versions.positions.get(ref, at) for ref, at in zip(refs, own, strict=True)]
    points = np.array([at for at in own if at[0] != UNKNOWN], dtype=np.float64).reshape(-1, 2)
    return points / PER_DEGREE


def way_lines(
    path: Path, versions: Versions, way_ids: Iterable[int]
) -> dict[int, NDArray[np.float64]]:
    """Read the points of some ways, as lat and lon."""
    ids = [*way_ids]
    if not ids:
        return {}
    # The ways were asked for before: any version with this number that has points will do.
    ways = ways_of_ids(path, ids)
    return {way.id: points for way in ways if len(points := node_positions(way, versions))}


def ways_of_ids(path: Path, way_ids: Iterable[int]) -> Iterator[osmium.osm.Way]:
    """Yield the ways with some numbers, with positions of their nodes."""
    filters = (EntityFilter(WAY), IdFilter([*way_ids]))
    for item in read_items(path, NODE | WAY, *filters, locations=True):
        if isinstance(item, osmium.osm.Way):
            yield item


@dataclass(slots=True)
class PlaceReader:
    """The settlements of a file as far as they have been read: nodes, areas and relations."""

    nodes: dict[int, OsmPlace] = field(default_factory=dict)
    areas: dict[int, OsmPlace] = field(default_factory=dict)  # by way; their position is unknown
    relations: list[tuple[OsmPlace, list[tuple[str, int, str]]]] = field(default_factory=list)

    def add(self, item: OsmItem) -> None:
        """Add an object if it is a settlement."""
        kind = item.tags.get("place")
        if not kind:
            return
        if isinstance(item, osmium.osm.Node):
            if item.location.valid():
                self.nodes[item.id] = _place(item, kind, item.location.lat, item.location.lon)
        elif kind not in AREA_KINDS:
            return
        elif isinstance(item, osmium.osm.Way):
            if item.is_closed():
                self.areas[item.id] = _place(item, kind)
        elif isinstance(item, osmium.osm.Relation):
            members = [(one.type, one.ref, one.role) for one in item.members]
            self.relations.append((_place(item, kind), members))

    def ways_needed(self) -> set[int]:
        """Return the ways whose points tell where areas lie."""
        needed = set(self.areas)
        for _, members in self.relations:
            if self._centre(members) is None:
                needed |= set(_outer_ways(members))
        return needed

    def places(self, lines: Mapping[int, NDArray[np.float64]]) -> tuple[OsmPlace, ...]:
        """Return all settlements, each once; `lines` are the points of the ways needed.

        A relation lies at its label or administrative centre, another area at its centroid. An
        area around a node of the same settlement is that node.
        """
        found = _distinct([*self.nodes.values()])
        areas = [(place, _polygon([lines.get(way)])) for way, place in self.areas.items()]
        for place, members in self.relations:
            centre = self._centre(members)
            if centre is not None:
                found = _with_population(found, centre, place)
            else:
                areas.append((place, _polygon([lines.get(way) for way in _outer_ways(members)])))
        for place, polygon in areas:
            if polygon is None:
                continue
            centre = next((one for one in found if _is_same(one, place, polygon)), None)
            if centre is not None:
                found = _with_population(found, centre, place)
            else:
                middle = polygon.centroid
                found.append(replace(place, lat=round(middle.y, 7), lon=round(middle.x, 7)))
        return tuple(found)

    def _centre(self, members: Sequence[tuple[str, int, str]]) -> OsmPlace | None:
        """Return the settlement that is the label or the centre of a relation."""
        for role in ("label", "admin_centre"):
            for kind, ref, own in members:
                if (kind, own) == ("n", role) and ref in self.nodes:
                    return self.nodes[ref]
        return None


def _outer_ways(members: Iterable[tuple[str, int, str]]) -> list[int]:
    return [ref for kind, ref, role in members if kind == "w" and role in ("outer", "")]


def _polygon(lines: Sequence[NDArray[np.float64] | None]) -> Any:  # noqa: ANN401  # any area
    """Return the area inside some lines, or around them where they leave gaps; None without any."""
    known = [
        shapely.LineString(line[:, ::-1]) for line in lines if line is not None and len(line) > 1
    ]
    if not known:
        return None
    rings = shapely.get_parts(shapely.polygonize([shapely.unary_union(known)]))
    area = shapely.union_all(rings) if len(rings) else shapely.MultiLineString(known).convex_hull
    return area if area.area > 0 else None


def _is_same(place: OsmPlace, area: OsmPlace, polygon: Any) -> bool:  # noqa: ANN401  # any area
    """Return whether a place in an area is the same settlement: of its kind or of its name."""
    alike = place.kind == area.kind or bool(_all_names(place) & _all_names(area))
    return alike and bool(shapely.intersects_xy(polygon, place.lon, place.lat))


def _all_names(place: OsmPlace) -> set[str]:
    return {name.casefold() for name in place.names.values()}


def _with_population(places: Sequence[OsmPlace], place: OsmPlace, area: OsmPlace) -> list[OsmPlace]:
    """Return places with the population and the names of an area for those that one lacks."""
    filled = replace(
        place,
        name=place.name or area.name,
        names={**area.names, **place.names},
        population=area.population if place.population is None else place.population,
    )
    return [filled if one.id == place.id else one for one in places]


def _distinct(places: Sequence[OsmPlace]) -> list[OsmPlace]:
    """Return places without those of one name that are near to an earlier settlement."""
    found = [*places]
    if not found:
        return found
    tree = KDTree(on_sphere(np.array([(place.lat, place.lon) for place in places])))
    gone = set()
    for first, other in sorted(tree.query_pairs(_SAME_PLACE_METRES)):
        place, twin = found[first], places[other]
        if first not in gone and _is_twin(place, twin):
            gone.add(other)
            if place.population is None:
                found[first] = replace(place, population=twin.population)
    return [place for n, place in enumerate(found) if n not in gone]


def _is_twin(place: OsmPlace, other: OsmPlace) -> bool:
    kinds = {"settlement" if one.kind in AREA_KINDS else one.kind for one in (place, other)}
    return bool(place.name) and place.name.casefold() == other.name.casefold() and len(kinds) == 1


def _place(item: OsmItem, kind: str, lat: float = 0.0, lon: float = 0.0) -> OsmPlace:
    names = {
        tag.k: tag.v
        for tag in item.tags
        if tag.k in _NAME_KEYS or tag.k.startswith(("name:", "old_name:"))
    }
    return OsmPlace(
        id=f"{item.type_str()}{item.id}",
        kind=kind,
        name=names.get("name") or next(iter(names.values()), ""),
        names=names,
        lat=lat,
        lon=lon,
        population=population(item.tags.get("population") or ""),
    )


def population(text: str) -> int | None:
    """Read a ``population`` value: digits, perhaps grouped, perhaps with a year in brackets.

    Examples
    --------
    >>> population("1 240 (2009)")
    1240
    """
    digits = re.sub(r"[\s,.'~]", "", text.partition("(")[0])
    return int(digits) if digits.isdecimal() and digits.isascii() else None
