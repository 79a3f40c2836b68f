"""Reading OpenStreetMap files; the only module that knows pyosmium."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import osmium
from osmium.filter import KeyFilter
from osmium.osm import NODE, WAY

from routeplan.errors import RoadError
from routeplan.roads.extract import Extract
from routeplan.roads.places import opened, place_of, reading
from routeplan.roads.tags import kept, kept_at_node

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from routeplan.roads.extract import OsmPlace
    from routeplan.roads.region import Region

__all__ = ["read_osm"]

# How pyosmium holds coordinates: whole ten-millionths of a degree, and the largest int32 for the
# position of a node that the file does not hold.
_PER_DEGREE = 1e7
_UNKNOWN = 2**31 - 1

# Points of roads that are gathered before those far from a region are dropped.
_POINTS_AT_ONCE = 500_000


def read_osm(path: Path, region: Region | None = None) -> Extract:
    """Read the roads and settlements of an OpenStreetMap file in one pass.

    Memory is taken for the roads of the region, and 16 bytes for each node of the file. A file that
    was cut off is told by what is broken at its end; a PBF cut exactly between two of its blocks
    reads as a shorter one, for the format has no mark at the end.

    Parameters
    ----------
    path
        The file.
    region
        What is wanted of it; None for all of it.

    Raises
    ------
    RoadError
        Where the file is missing, empty, damaged, cut off or holds no roads, or none there.
    """
    raw = _Raw()
    with reading(path):
        _scan(path, raw, region)
    if not raw.tags:
        raise RoadError(f"{path} holds no roads: no way in it has a highway tag")
    extract = _cut(raw)
    if not extract.way_tags:
        raise RoadError(
            f"{path} holds {len(raw.tags)} roads, but positions for none of them; "
            "nodes must stand before ways, and unsaved edits with negative ids are not read"
        )
    return extract if region is None else region.cut(extract)


@dataclass(slots=True)
class _Raw:
    """Ways as they stand in the file: nodes that are not known are still among the points."""

    ids: array[int] = field(default_factory=lambda: array("q"))
    tags: list[Mapping[str, str]] = field(default_factory=list)
    sizes: array[int] = field(default_factory=lambda: array("q"))
    nodes: array[int] = field(default_factory=lambda: array("q"))
    lats: array[int] = field(default_factory=lambda: array("i"))
    lons: array[int] = field(default_factory=lambda: array("i"))
    node_tags: dict[int, Mapping[str, str]] = field(default_factory=dict)
    places: list[OsmPlace] = field(default_factory=list)


def _scan(path: Path, raw: _Raw, region: Region | None) -> None:
    # The filters run in C++: Python never sees a node or way without one of these keys.
    roads, spots = KeyFilter("highway"), KeyFilter("place", "barrier", "ford", "highway")
    roads.enable_for(WAY)
    spots.enable_for(NODE)
    processor = opened(path, NODE | WAY).with_locations()
    processor.with_filter(roads).with_filter(spots)
    checked = _Checked()
    for item in processor:
        if isinstance(item, osmium.osm.Way):
            _take_way(item, raw)
            if region is not None and len(raw.nodes) - checked.points > _POINTS_AT_ONCE:
                checked = _drop_far(raw, region, checked)
        elif isinstance(item, osmium.osm.Node):
            _take_node(item, raw)


def _take_way(way: osmium.osm.Way, raw: _Raw) -> None:
    raw.ids.append(way.id)
    raw.tags.append(kept((tag.k, tag.v) for tag in way.tags))
    raw.sizes.append(len(way.nodes))
    for node in way.nodes:
        raw.nodes.append(node.ref)
        raw.lats.append(node.location.y)
        raw.lons.append(node.location.x)


class _Checked(NamedTuple):
    """Up to which way, and which point, it is known what of a file is wanted."""

    ways: int = 0
    points: int = 0


def _drop_far(raw: _Raw, region: Region, checked: _Checked) -> _Checked:
    """Drop the ways read last that lie outside a region; but keep one, to know of roads at all."""
    sizes = _numbers(raw.sizes[checked.ways :], np.int64)
    lats = _numbers(raw.lats[checked.points :], np.int32)
    lons = _numbers(raw.lons[checked.points :], np.int32)
    way = np.repeat(np.arange(len(sizes)), sizes)
    near = region.near(np.column_stack((lats, lons)) / _PER_DEGREE)
    kept = np.bincount(way[near], minlength=len(sizes)) > 0
    if not checked.ways:
        kept[way[lats != _UNKNOWN][:1]] = True
    of_way, of_point = np.flatnonzero(kept) + checked.ways, kept[way]
    raw.tags[checked.ways :] = [raw.tags[index] for index in of_way.tolist()]
    for values, mask, begin in (
        (raw.ids, kept, checked.ways),
        (raw.sizes, kept, checked.ways),
        (raw.nodes, of_point, checked.points),
        (raw.lats, of_point, checked.points),
        (raw.lons, of_point, checked.points),
    ):
        tail = np.array(values[begin:])[mask]
        del values[begin:]
        values.frombytes(tail.tobytes())
    return _Checked(len(raw.ids), len(raw.nodes))


def _take_node(node: osmium.osm.Node, raw: _Raw) -> None:
    tags = kept_at_node((tag.k, tag.v) for tag in node.tags)
    if tags:
        raw.node_tags[node.id] = tags
    place = place_of(node)
    if place is not None:
        raw.places.append(place)


def _cut(raw: _Raw) -> Extract:
    """Keep the runs of two or more known nodes of each way."""
    lats, lons = _numbers(raw.lats, np.int32), _numbers(raw.lons, np.int32)
    sizes = _numbers(raw.sizes, np.int64)
    way = np.repeat(np.arange(len(sizes)), sizes)
    known = (np.abs(lats) <= 90 * _PER_DEGREE) & (np.abs(lons) <= 180 * _PER_DEGREE)
    starts = known.copy()
    starts[1:] &= ~known[:-1] | (way[1:] != way[:-1])
    run = np.cumsum(starts) - 1
    lengths = np.bincount(run[known], minlength=int(starts.sum()))
    keep = known.copy()
    keep[known] = lengths[run[known]] > 1
    way_of_run = way[starts][lengths > 1]
    return Extract(
        way_ids=_numbers(raw.ids, np.int64)[way_of_run],
        way_tags=tuple(raw.tags[index] for index in way_of_run),
        offsets=np.concatenate(([0], np.cumsum(lengths[lengths > 1]))).astype(np.int64),
        node_ids=_numbers(raw.nodes, np.int64)[keep],
        points=np.column_stack((lats[keep], lons[keep])) / _PER_DEGREE,
        node_tags=raw.node_tags,
        places=tuple(raw.places),
        cut_ways=len(np.unique(way[~known])),
    )


def _numbers(values: array[int], dtype: type[np.signedinteger]) -> NDArray[np.signedinteger]:
    return np.array(values, dtype=dtype)
