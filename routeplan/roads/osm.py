"""Reading files of OpenStreetMap by pyosmium: roads, settlements and homes."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import os
import re
from array import array
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import osmium
from osmium.filter import KeyFilter, TagFilter
from osmium.osm import NODE, RELATION, WAY

from routeplan.errors import Fault, InputError, RoadError, RouteplanError
from routeplan.model.road_notes import OsmPlace
from routeplan.roads.extract import Extract
from routeplan.roads.graphml import read_graphml
from routeplan.roads.restrictions import MODES, RESTRICTION, Relation, resolve
from routeplan.roads.tags import driving_tags, obstacle_tags

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from routeplan.roads.extract import Region

# Compressed files up to this size are checked for their unpacked size.
LARGEST_CHECKED = 32 * 2**20
LARGEST_RATIO = 100
UNPACKED_BYTES = 64 * 2**20

# pyosmium's coordinates: whole ten-millionths of a degree, and the largest int32 for the position
# of a node that the file does not hold.
_PER_DEGREE = 1e7
_UNKNOWN = 2**31 - 1

# Points of roads that are gathered before those far from a region are dropped.
_POINTS_AT_ONCE = 500_000

_RESTRICTIONS = (RESTRICTION, *(f"{RESTRICTION}:{mode}" for mode in MODES))

_NAME_KEYS = ("name", "int_name", "official_name", "alt_name", "old_name", "loc_name")
_HOMES = frozenset(
    (
        *("house", "detached", "residential", "semidetached_house", "semi", "terrace"),
        *("apartments", "bungalow", "farm", "hut", "ger", "cabin", "static_caravan", "dormitory"),
    )
)


def read_roads(path: Path, region: Region | None = None) -> Extract:
    """Read roads and settlements.

    An OpenStreetMap file is read in one pass, with memory for the roads of the region and 16 bytes
    for each node of the file. A file that was cut off is recognized by its damaged end; a PBF cut
    exactly between two of its blocks reads as a shorter one, for the format has no mark at the end.

    Parameters
    ----------
    path
        ``.osm.pbf``, ``.osm``, ``.osm.gz``, ``.osm.bz2``, or ``.graphml`` as osmnx saves it.
    region
        The part of it, see `routeplan.roads.read_area`; None for all of it.

    Raises
    ------
    InputError
        Where the name of the file has none of these endings.
    RoadError
        Where the file is missing, empty, damaged, cut off or holds no roads, or none in the region.
    """
    for suffix, reader in _READERS.items():
        if Path(path).name.lower().endswith(suffix):
            return reader(Path(path), region)
    known = ", ".join(_READERS)
    raise InputError([Fault(str(path), "is no file of roads by its name", f"known are {known}")])


def _read_osm(path: Path, region: Region | None) -> Extract:
    raw = _RawExtract()
    with _reading(path):
        # The filters run in C++: Python never sees a node or way without one of these keys.
        ways, nodes = KeyFilter("highway"), KeyFilter("place", "barrier", "ford", "highway")
        ways.enable_for(WAY)
        nodes.enable_for(NODE)
        turns = TagFilter(*(("type", text) for text in _RESTRICTIONS))
        turns.enable_for(RELATION)
        processor = _open(path, NODE | WAY | RELATION).with_locations()
        for item in processor.with_filter(ways).with_filter(nodes).with_filter(turns):
            raw.add(item)
            if region is not None and len(raw.nodes) - raw.checked_points > _POINTS_AT_ONCE:
                raw.drop_far(region)
    if not raw.tags:
        raise RoadError(f"{path} holds no roads: no way in it has a highway tag")
    extract = raw.extract()
    if not extract.way_tags:
        raise RoadError(
            f"{path} holds {len(raw.tags)} roads, but positions for none of them; "
            "nodes must stand before ways, and unsaved edits with negative ids are not read"
        )
    return extract if region is None else region.cut(extract)


_READERS: dict[str, Callable[[Path, Region | None], Extract]] = {
    ".osm.pbf": _read_osm,
    ".pbf": _read_osm,
    ".osm": _read_osm,
    ".osm.gz": _read_osm,
    ".osm.bz2": _read_osm,
    ".graphml": read_graphml,
}


def read_places(path: Path) -> tuple[OsmPlace, ...]:
    """Read the settlements of an OpenStreetMap file, and nothing else of it.

    Raises
    ------
    RoadError
        Where the file is missing, empty, damaged or cut off.
    """
    with _reading(path):
        items = _open(path, NODE).with_filter(KeyFilter("place"))
        nodes = (item for item in items if isinstance(item, osmium.osm.Node))
        return tuple(place for node in nodes if (place := _place(node)) is not None)


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
    points = array("d")
    without_type = 0
    with _reading(path):
        for building, flats, point in _buildings(path):
            without_type += building == "yes"
            if building in _HOMES or (untyped and building == "yes"):
                points.extend(point * flats)
    return np.array(points, dtype=np.float64).reshape(-1, 2), without_type


def _buildings(path: Path) -> Iterator[tuple[str, int, tuple[float, float]]]:
    """Yield type, number of flats and position of each building."""
    processor = _open(path, NODE | WAY).with_locations()
    for item in processor.with_filter(KeyFilter("building")):
        if isinstance(item, osmium.osm.Way):
            corner = next((node for node in item.nodes if node.location.valid()), None)
            if corner is None:
                continue
            point = (corner.location.lat, corner.location.lon)
        elif isinstance(item, osmium.osm.Node) and item.location.valid():
            point = (item.location.lat, item.location.lon)
        else:
            continue
        flats = re.fullmatch("[1-9][0-9]{0,2}", item.tags.get("building:flats") or "")
        yield item.tags["building"], int(flats[0]) if flats else 1, point


def _place(node: osmium.osm.Node) -> OsmPlace | None:
    """Return the settlement at a node, None where there is none."""
    kind = node.tags.get("place")
    if not kind or not node.location.valid():
        return None
    names = {
        tag.k: tag.v
        for tag in node.tags
        if tag.k in _NAME_KEYS or tag.k.startswith(("name:", "old_name:"))
    }
    return OsmPlace(
        id=f"n{node.id}",
        kind=kind,
        name=names.get("name") or next(iter(names.values()), ""),
        names=names,
        lat=node.location.lat,
        lon=node.location.lon,
        population=population(node.tags.get("population") or ""),
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


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Refuse a file that cannot be opened, and translate what pyosmium raises."""
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise RoadError(f"{path} {what}; name a file of OpenStreetMap data")
    if not os.access(path, os.R_OK):
        raise RoadError(f"{path} may not be read; check the rights to the file")
    if path.stat().st_size == 0:
        raise RoadError(f"{path} is empty; copy or download it again")
    try:
        _check_compression(path)
        yield
    except RouteplanError:
        raise
    except (RuntimeError, OSError, EOFError, ValueError, osmium.InvalidLocationError) as error:
        raise RoadError(
            f"{path} could not be read as OpenStreetMap data ({error}); "
            "it is damaged, cut off, or something else: copy or download it again"
        ) from error


def _check_compression(path: Path) -> None:
    """Refuse a small file that expands without end; text is compressed to a tenth or so."""
    size = path.stat().st_size
    suffix = path.suffix.lower()
    if suffix not in (".gz", ".bz2") or size > LARGEST_CHECKED:
        return
    left = max(UNPACKED_BYTES, LARGEST_RATIO * size)
    with gzip.open(path) if suffix == ".gz" else bz2.open(path) as file:
        while left > 0 and (piece := file.read(2**20)):
            left -= len(piece)
    if left <= 0:
        raise RoadError(
            f"{path} is over {LARGEST_RATIO} times as large when unpacked; no map is so"
        )


def _open(path: Path, kinds: osmium.osm.osm_entity_bits) -> osmium.FileProcessor:
    """Return a reader of a file of OpenStreetMap data.

    libosmium takes a path that begins with ``http:`` for an address and fetches it, also where
    a folder of that name exists; an absolute path never begins so.
    """
    return osmium.FileProcessor(str(path.absolute()), kinds)


@dataclass(slots=True)
class _RawExtract:
    """Ways as the file has them: unknown nodes are still among the points."""

    ids: array[int] = field(default_factory=lambda: array("q"))
    tags: list[Mapping[str, str]] = field(default_factory=list)
    sizes: array[int] = field(default_factory=lambda: array("q"))
    nodes: array[int] = field(default_factory=lambda: array("q"))
    lats: array[int] = field(default_factory=lambda: array("i"))
    lons: array[int] = field(default_factory=lambda: array("i"))
    node_tags: dict[int, Mapping[str, str]] = field(default_factory=dict)
    places: list[OsmPlace] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    # Numbers of ways that were dropped, being far from the region.
    dropped: array[int] = field(default_factory=lambda: array("q"))
    # Ways and points before these have been compared with the region.
    checked_ways: int = 0
    checked_points: int = 0

    def add(self, item: object) -> None:
        if isinstance(item, osmium.osm.Way):
            self.add_way(item)
        elif isinstance(item, osmium.osm.Node):
            self.add_node(item)
        elif isinstance(item, osmium.osm.Relation):
            self.add_relation(item)

    def add_way(self, way: osmium.osm.Way) -> None:
        self.ids.append(way.id)
        self.tags.append(driving_tags((tag.k, tag.v) for tag in way.tags))
        self.sizes.append(len(way.nodes))
        for node in way.nodes:
            self.nodes.append(node.ref)
            self.lats.append(node.location.y)
            self.lons.append(node.location.x)

    def add_node(self, node: osmium.osm.Node) -> None:
        tags = obstacle_tags((tag.k, tag.v) for tag in node.tags)
        if tags:
            self.node_tags[node.id] = tags
        place = _place(node)
        if place is not None:
            self.places.append(place)

    def add_relation(self, relation: osmium.osm.Relation) -> None:
        members = tuple((one.type, one.ref, one.role) for one in relation.members)
        self.relations.append(Relation({tag.k: tag.v for tag in relation.tags}, members))

    def drop_far(self, region: Region) -> None:
        """Drop the latest ways outside a region; one is kept, to show that there are roads."""
        ways, points = self.checked_ways, self.checked_points
        sizes = np.array(self.sizes[ways:])
        lats, lons = np.array(self.lats[points:]), np.array(self.lons[points:])
        way = np.repeat(np.arange(len(sizes)), sizes)
        near = region.near(np.column_stack((lats, lons)) / _PER_DEGREE)
        kept = np.bincount(way[near], minlength=len(sizes)) > 0
        if not ways:
            kept[way[lats != _UNKNOWN][:1]] = True
        self.dropped.frombytes(np.array(self.ids[ways:])[~kept].tobytes())
        self.tags[ways:] = [self.tags[ways + index] for index in np.flatnonzero(kept).tolist()]
        for values, mask, begin in (
            (self.ids, kept, ways),
            (self.sizes, kept, ways),
            (self.nodes, kept[way], points),
            (self.lats, kept[way], points),
            (self.lons, kept[way], points),
        ):
            tail = np.array(values[begin:])[mask]
            del values[begin:]
            values.frombytes(tail.tobytes())
        self.checked_ways, self.checked_points = len(self.ids), len(self.nodes)

    def extract(self) -> Extract:
        """Keep the runs of two or more known nodes of each way."""
        lats, lons = np.array(self.lats), np.array(self.lons)
        sizes = np.array(self.sizes)
        way = np.repeat(np.arange(len(sizes)), sizes)
        known = (np.abs(lats) <= 90 * _PER_DEGREE) & (np.abs(lons) <= 180 * _PER_DEGREE)
        starts = known.copy()
        starts[1:] &= ~known[:-1] | (way[1:] != way[:-1])
        run = np.cumsum(starts) - 1
        lengths = np.bincount(run[known], minlength=int(starts.sum()))
        keep = known.copy()
        keep[known] = lengths[run[known]] > 1
        way_of_run = way[starts][lengths > 1]
        way_ids, node_ids = np.array(self.ids)[way_of_run], np.array(self.nodes)[keep]
        way_tags = tuple(self.tags[index] for index in way_of_run)
        offsets = np.concatenate(([0], np.cumsum(lengths[lengths > 1]))).astype(np.int64)
        ways = (way_ids, way_tags, offsets, node_ids)
        restrictions, ignored = resolve(self.relations, *ways, set(self.dropped))
        return Extract(
            way_ids=way_ids,
            way_tags=way_tags,
            offsets=offsets,
            node_ids=node_ids,
            points=np.column_stack((lats[keep], lons[keep])) / _PER_DEGREE,
            node_tags=self.node_tags,
            places=tuple(self.places),
            cut_ways=len(np.unique(way[~known])),
            restrictions=restrictions,
            ignored_restrictions=ignored,
        )
