"""Reading files of OpenStreetMap by pyosmium: roads, settlements and homes."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import osmium
from osmium.filter import KeyFilter, TagFilter
from osmium.osm import NODE, RELATION, WAY

from routeplan.errors import Fault, InputError, RoadError
from routeplan.language import gettext as _
from routeplan.roads.extract import Extract, haversine_metres
from routeplan.roads.graph import SECONDS_PER_METRE
from routeplan.roads.graphml import read_graphml
from routeplan.roads.osm_file import UNKNOWN, Versions, read_current, read_items
from routeplan.roads.places import (
    AREA_KINDS,
    PER_DEGREE,
    PlaceReader,
    node_positions,
    way_lines,
    ways_of_ids,
)
from routeplan.roads.restrictions import MODES, RESTRICTION, Relation, resolve
from routeplan.roads.tags import (
    FERRY,
    FERRY_KMH,
    driving_tags,
    duration_seconds,
    ice_road_tags,
    is_ferry,
    obstacle_tags,
    winter_tag,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from routeplan.roads.extract import Region

# Points of roads that are gathered before those far from a region are dropped.
_POINTS_AT_ONCE = 500_000

_RESTRICTIONS = (RESTRICTION, *(f"{RESTRICTION}:{mode}" for mode in MODES))

# Nodes so near to the 180th meridian, and to each other, are one; in ten-millionths of a degree.
_AT_180 = 50

# A duration by which a ferry were faster is a mistake.
_FASTEST_FERRY_KMH = 60.0


def read_roads(path: Path, region: Region | None = None) -> Extract:
    """Read roads and settlements.

    An OpenStreetMap file is read in one pass, with memory for the roads of the region and 16 bytes
    for each node of the file; a small one, and one that is not in order, is looked through before.
    A file that was cut off is recognized by its damaged end; a PBF cut
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
    hint = _("known are {words}", words=", ".join(_READERS))
    raise InputError([Fault(str(path), _("is no file of roads by its name"), hint)])


def _read_osm(path: Path, region: Region | None) -> Extract:
    raw = read_current(path, lambda versions: _read_ways(path, region, versions))
    if not raw.tags:
        raise RoadError(_("{path} holds no roads: no way in it has a highway tag", path=path))
    extract = raw.extract()
    if not extract.way_tags:
        raise RoadError(
            _(
                "{path} holds {n} roads, but positions for none of them; "
                "the file lacks their nodes",
                path=path,
                n=len(raw.tags),
            )
        )
    return extract if region is None else region.cut(extract)


def _read_ways(path: Path, region: Region | None, versions: Versions) -> _RawExtract:
    raw = _RawExtract(versions)
    # The filters run in C++: Python never sees an object without one of these keys.
    ways = KeyFilter("highway", "route", "place")
    nodes = KeyFilter("place", "barrier", "ford", "highway")
    relations = TagFilter(
        ("route", FERRY),
        *(("place", kind) for kind in AREA_KINDS),
        *(("type", kind) for kind in _RESTRICTIONS),
    )
    for one, kind in ((ways, WAY), (nodes, NODE), (relations, RELATION)):
        one.enable_for(kind)
    filters = (ways, nodes, relations)
    for item in read_items(path, NODE | WAY | RELATION, *filters, locations=True):
        if not versions.counts(item):
            continue
        if isinstance(item, osmium.osm.Way):
            raw.add_way(item)
            if region is not None and len(raw.nodes) - raw.checked_points > _POINTS_AT_ONCE:
                raw.drop_far(region)
        elif isinstance(item, osmium.osm.Node):
            raw.add_node(item)
        else:
            raw.add_relation(item)
    versions.check_saved(np.array(raw.nodes))
    raw.add_ferry_members(path)
    raw.lines |= way_lines(path, versions, raw.places.ways_needed() - raw.lines.keys())
    return raw


_READERS: dict[str, Callable[[Path, Region | None], Extract]] = {
    ".osm.pbf": _read_osm,
    ".pbf": _read_osm,
    ".osm": _read_osm,
    ".osm.gz": _read_osm,
    ".osm.bz2": _read_osm,
    ".graphml": read_graphml,
}


@dataclass(slots=True)
class _RawExtract:
    """Ways as the file has them: unknown nodes are still among the points."""

    versions: Versions
    ids: array[int] = field(default_factory=lambda: array("q"))
    tags: list[Mapping[str, str]] = field(default_factory=list)
    sizes: array[int] = field(default_factory=lambda: array("q"))
    nodes: array[int] = field(default_factory=lambda: array("q"))
    lats: array[int] = field(default_factory=lambda: array("i"))
    lons: array[int] = field(default_factory=lambda: array("i"))
    node_tags: dict[int, Mapping[str, str]] = field(default_factory=dict)
    places: PlaceReader = field(default_factory=PlaceReader)
    # Points of the ways that are settlements; tags and ways of each relation that is a ferry.
    lines: dict[int, NDArray[np.float64]] = field(default_factory=dict)
    ferries: list[tuple[dict[str, str], list[int]]] = field(default_factory=list)
    # Of turns; and the numbers of ways that were dropped, being far from the region.
    relations: list[Relation] = field(default_factory=list)
    dropped: array[int] = field(default_factory=lambda: array("q"))
    # Ways and points before these have been compared with the region.
    checked_ways: int = 0
    checked_points: int = 0

    def add_way(self, way: osmium.osm.Way, more_tags: Mapping[str, str] | None = None) -> None:
        if "place" in way.tags:
            self.places.add(way)
            if way.id in self.places.areas:
                self.lines[way.id] = node_positions(way, self.versions)
        tags = driving_tags((tag.k, tag.v) for tag in way.tags)
        if more_tags:
            tags = {**more_tags, **tags}
        if "highway" in tags or is_ferry(tags):
            self._add_road(way, tags)
        if is_ferry(tags) and winter_tag(tags) is not None:
            # While the river is frozen, one drives where the ferry sails.
            self._add_road(way, ice_road_tags(tags))

    def _add_road(self, way: osmium.osm.Way, tags: Mapping[str, str]) -> None:
        self.ids.append(way.id)
        self.tags.append(tags)
        self.sizes.append(len(way.nodes))
        nodes, lats, lons = self.nodes, self.lats, self.lons
        for node in way.nodes:
            location = node.location
            nodes.append(node.ref)
            lats.append(location.y)
            lons.append(location.x)
        if self.versions.positions:
            for n in range(len(nodes) - self.sizes[-1], len(nodes)):
                position = (lats[n], lons[n])
                lats[n], lons[n] = self.versions.positions.get(nodes[n], position)

    def add_node(self, node: osmium.osm.Node) -> None:
        tags = obstacle_tags((tag.k, tag.v) for tag in node.tags)
        if tags:
            self.node_tags[node.id] = tags
        self.places.add(node)

    def add_relation(self, relation: osmium.osm.Relation) -> None:
        self.places.add(relation)
        tags = driving_tags((tag.k, tag.v) for tag in relation.tags)
        if is_ferry(tags):
            ways = [one.ref for one in relation.members if one.type == "w"]
            self.ferries.append((tags, ways))
        if (relation.tags.get("type") or "").startswith(RESTRICTION):
            members = tuple((one.type, one.ref, one.role) for one in relation.members)
            self.relations.append(Relation({tag.k: tag.v for tag in relation.tags}, members))

    def add_ferry_members(self, path: Path) -> None:
        """Give the ways of relations that are ferries their tags, also where they have none."""
        tags_of = {way: tags for tags, ways in self.ferries for way in ways}
        # A road that a relation has among its ways is no ferry.
        for n, number in enumerate(self.ids if tags_of else ()):
            tags = tags_of.pop(number, {})
            self.tags[n] = {**tags, **self.tags[n]} if is_ferry(self.tags[n]) else self.tags[n]
        if not tags_of:
            return
        for way in ways_of_ids(path, tags_of):
            if not way.deleted and way.id in tags_of:
                self.add_way(way, tags_of.pop(way.id))

    def time_ferries(self) -> None:
        """Give each ferry whose duration is mapped its speed, over all ways of its relation."""
        number_of = {way: n for n, way in enumerate(self.ids) if is_ferry(self.tags[n])}
        for ways in (*(ways for __, ways in self.ferries), *([way] for way in [*number_of])):
            group = [number_of.pop(way) for way in ways if way in number_of]
            kmh = self._sailing_kmh(group)
            for n in group if kmh else ():
                self.tags[n] = {**self.tags[n], FERRY_KMH: repr(kmh)}

    def _sailing_kmh(self, ways: Sequence[int]) -> float | None:
        """Return the speed by which ways that are one ferry take its duration; None for none."""
        begins = np.cumsum([0, *self.sizes])
        metres = sum(self._metres(begins[n], begins[n + 1]) for n in ways)
        durations = {self.tags[n].get("duration", "") for n in ways}
        seconds = max(filter(None, map(duration_seconds, durations)), default=math.inf)
        kmh = metres / seconds * SECONDS_PER_METRE
        return kmh if 0 < kmh <= _FASTEST_FERRY_KMH else None

    def _metres(self, begin: int, end: int) -> float:
        lats, lons = np.array(self.lats[begin:end]), np.array(self.lons[begin:end])
        points = np.column_stack((lats, lons))[lats != UNKNOWN] / PER_DEGREE
        return float(haversine_metres(points[:-1], points[1:]).sum())

    def drop_far(self, region: Region) -> None:
        """Drop the latest ways outside a region; one is kept, to show that there are roads."""
        ways, points = self.checked_ways, self.checked_points
        sizes = np.array(self.sizes[ways:])
        lats, lons = np.array(self.lats[points:]), np.array(self.lons[points:])
        way = np.repeat(np.arange(len(sizes)), sizes)
        near = region.near(np.column_stack((lats, lons)) / PER_DEGREE)
        kept = np.bincount(way[near], minlength=len(sizes)) > 0
        if not ways:
            kept[way[lats != UNKNOWN][:1]] = True
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
        self.time_ferries()
        lats, lons = np.array(self.lats), np.array(self.lons)
        sizes = np.array(self.sizes)
        way = np.repeat(np.arange(len(sizes)), sizes)
        known = (np.abs(lats) <= 90 * PER_DEGREE) & (np.abs(lons) <= 180 * PER_DEGREE)
        starts = known.copy()
        starts[1:] &= ~known[:-1] | (way[1:] != way[:-1])
        run = np.cumsum(starts) - 1
        lengths = np.bincount(run[known], minlength=int(starts.sum()))
        keep = known.copy()
        keep[known] = lengths[run[known]] > 1
        way_of_run = way[starts][lengths > 1]
        node_ids = _joined_at_180(np.array(self.nodes)[keep], lats[keep], lons[keep])
        way_ids = np.array(self.ids)[way_of_run]
        way_tags = tuple(self.tags[index] for index in way_of_run)
        offsets = np.concatenate(([0], np.cumsum(lengths[lengths > 1]))).astype(np.int64)
        ways = (way_ids, way_tags, offsets, node_ids)
        restrictions, ignored = resolve(self.relations, *ways, set(self.dropped))
        return Extract(
            way_ids=way_ids,
            way_tags=way_tags,
            offsets=offsets,
            node_ids=node_ids,
            points=np.column_stack((lats[keep], lons[keep])) / PER_DEGREE,
            node_tags=self.node_tags,
            places=self.places.places(self.lines),
            cut_ways=len(np.unique(way[~known])),
            restrictions=restrictions,
            ignored_restrictions=ignored,
        )


def _joined_at_180(
    node_ids: NDArray[np.int64], lats: NDArray[np.int32], lons: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Return nodes with one number for both that a road is cut into at the 180th meridian."""
    at = np.flatnonzero(np.abs(lons.astype(np.int64)) >= 180 * PER_DEGREE - _AT_180)
    _, first, same = np.unique(lats[at] // _AT_180, return_index=True, return_inverse=True)
    node_ids[at] = node_ids[at][first][same]
    return node_ids
