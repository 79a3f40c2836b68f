"""From an extract and a table of speeds to the road graph."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from routeplan.errors import RoadError
from routeplan.roads.chains import chains
from routeplan.roads.graph import RoadGraph, haversine_metres
from routeplan.roads.judge import ignored_values, judge_node, judge_way
from routeplan.roads.tags import CONDITIONAL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from routeplan.roads.chains import Chains
    from routeplan.roads.extract import Extract
    from routeplan.roads.judge import Kind
    from routeplan.roads.speeds import SpeedTable

__all__ = ["build_graph"]

# Tags that no judgement looks at; roads that differ in nothing else are of one kind.
_NOT_JUDGED = ("name", "ref", "lanes", "bridge", "service", "seasonal", "winter_road", "ice_road")


def build_graph(extract: Extract, speeds: SpeedTable) -> RoadGraph:
    """Build the graph of all roads that some vehicle drives.

    Junctions and ends of roads become nodes; what lies between two of them becomes one link, also
    where tags change on the way, unless a vehicle may pass on one side only.

    Raises
    ------
    RoadError
        Where no vehicle drives any road of the extract.
    """
    kinds = _Kinds()
    way_kind = np.array([kinds.of_way(tags, speeds) for tags in extract.way_tags], dtype=np.int32)
    flat = _flatten(extract, way_kind)
    if not len(flat.node):
        raise RoadError(
            f"none of the {len(way_kind)} roads is one that a vehicle drives; "
            "footpaths, private roads and classes without a speed are left out"
        )
    flat, ignored = _with_barriers(flat, _barriers(extract, speeds), kinds)
    if not (flat.kind >= 0).any():
        raise RoadError("no vehicle drives any road: each is closed by a barrier or has no length")
    found = chains(flat.node, flat.kind, _open_bits(kinds.known))
    driven = [extract.way_tags[way] for way in np.flatnonzero(way_kind >= 0)]
    values = Counter(value for tags in driven for value in ignored_values(tags, speeds))
    return RoadGraph(
        vehicles=speeds.vehicles,
        off_road_kmh=speeds.off_road_kmh,
        kinds=tuple(kinds.known),
        names=tuple(tags.get("ref") or tags.get("name", "") for tags in extract.way_tags),
        way_ids=extract.way_ids,
        **_arrays(flat, found),
        ignored_barriers=ignored,
        ignored_values=dict(values),
    )


class _Kinds:
    """The kinds of road met so far, each once."""

    def __init__(self) -> None:
        self.known: list[Kind] = []
        self._numbers: dict[Kind, int] = {}
        self._by_tags: dict[frozenset[tuple[str, str]], int] = {}

    def number(self, kind: Kind) -> int:
        """Return the number of a kind; -1 where nobody passes."""
        if not kind.open:
            return -1
        if kind not in self._numbers:
            self._numbers[kind] = len(self.known)
            self.known.append(kind)
        return self._numbers[kind]

    def of_way(self, tags: Mapping[str, str], speeds: SpeedTable) -> int:
        """Return the number of the kind of a way; -1 where nobody drives it."""
        judged = frozenset(
            (key, text)
            for key, text in tags.items()
            if key not in _NOT_JUDGED and not key.endswith(CONDITIONAL)
        )
        if judged not in self._by_tags:
            kind = judge_way(tags, speeds)
            self._by_tags[judged] = -1 if kind is None else self.number(kind)
        return self._by_tags[judged]


@dataclass(frozen=True, slots=True, eq=False)
class _Flat:
    """All points of the driven ways one after the other, shape (n,) or (n, 2) each.

    Segment i runs from point i to point i + 1 and has kind -1 where there is no way to drive, as
    at the last point of each way.
    """

    node: NDArray[np.int64]
    node_ids: NDArray[np.int64]  # of each node, sorted; shorter than the rest
    points: NDArray[np.float64]
    way: NDArray[np.int32]
    kind: NDArray[np.int32]


def _flatten(extract: Extract, way_kind: NDArray[np.int32]) -> _Flat:
    way = np.repeat(np.arange(len(way_kind), dtype=np.int32), np.diff(extract.offsets))
    keep = way_kind[way] >= 0
    # A node that is named twice in a row would be a road from itself to itself.
    keep[1:] &= (way[1:] != way[:-1]) | (extract.node_ids[1:] != extract.node_ids[:-1])
    way = way[keep]
    node_ids, node = np.unique(extract.node_ids[keep], return_inverse=True)
    kind = way_kind[way]
    kind[:-1][way[1:] != way[:-1]] = -1
    kind[-1:] = -1
    return _Flat(node.astype(np.int64), node_ids, extract.points[keep], way, kind)


def _barriers(extract: Extract, speeds: SpeedTable) -> dict[int, Kind]:
    judged = {node: judge_node(tags, speeds) for node, tags in extract.node_tags.items()}
    return {node: kind for node, kind in judged.items() if kind is not None}


def _with_barriers(flat: _Flat, barriers: Mapping[int, Kind], kinds: _Kinds) -> tuple[_Flat, int]:
    """Put a segment of no length into the road at each barrier.

    The node is doubled, and the new segment joins it with its double. At a junction a barrier
    could be on any of the roads: it is ignored, and counted.
    """
    ids = np.array(sorted(barriers), dtype=np.int64)
    ids = ids[np.isin(ids, flat.node_ids)]
    nodes = np.searchsorted(flat.node_ids, ids)
    ends = np.flatnonzero(flat.kind >= 0)
    degree = np.bincount(
        np.concatenate((flat.node[ends], flat.node[ends + 1])), minlength=len(flat.node_ids)
    )
    # At the end of a road there is nowhere to pass on to.
    within = degree[nodes] == 2  # noqa: PLR2004
    order = np.argsort(flat.node, kind="stable")
    at = order[np.searchsorted(flat.node, nodes[within], sorter=order)]
    doubles = len(flat.node_ids) + np.arange(len(at))
    # The last point of a way has its double before it, any other one behind it.
    is_last = flat.kind[at] < 0
    road = np.where(is_last, flat.kind[at - 1], flat.kind[at])
    kind = [
        kinds.number(kinds.known[number].with_barrier(barriers[node]))
        for number, node in zip(road, ids[within].tolist(), strict=True)
    ]
    return _Flat(
        node=np.insert(flat.node, at + ~is_last, doubles),
        node_ids=flat.node_ids,
        points=np.insert(flat.points, at, flat.points[at], axis=0),
        way=np.insert(flat.way, at, flat.way[at]),
        kind=np.insert(flat.kind, at, np.array(kind, dtype=np.int32)),
    ), int((degree[nodes] > 2).sum())  # noqa: PLR2004


def _open_bits(kinds: list[Kind]) -> NDArray[np.int64]:
    """Return which vehicles pass, as bits, shape (2, kinds): along the way, and against it."""
    bits = [
        [sum(pair[way].passes << vehicle for vehicle, pair in enumerate(kind.verdicts))
         for kind in kinds]
        for way in (0, 1)
    ]  # fmt: skip
    return np.array(bits, dtype=np.int64)


class _Arrays(TypedDict):
    """The arrays of a `RoadGraph`."""

    node_count: int
    link_nodes: NDArray[np.int64]
    offsets: NDArray[np.int64]
    points: NDArray[np.float64]
    segment_kind: NDArray[np.int32]
    segment_way: NDArray[np.int32]
    segment_flipped: NDArray[np.bool_]
    segment_metres: NDArray[np.float64]


def _arrays(flat: _Flat, found: Chains) -> _Arrays:
    points = flat.points[found.points]
    ends = found.offsets[1:] - 1
    kind = flat.kind[found.segments]
    kind[ends] = -1
    metres = np.zeros(len(points))
    metres[:-1] = haversine_metres(points[:-1], points[1:])
    metres[ends] = 0.0
    first_and_last = flat.node[found.points[np.column_stack((found.offsets[:-1], ends))]]
    nodes, link_nodes = np.unique(first_and_last, return_inverse=True)
    return _Arrays(
        node_count=len(nodes),
        link_nodes=link_nodes.reshape(-1, 2).astype(np.int64),
        offsets=found.offsets,
        points=points,
        segment_kind=kind,
        segment_way=flat.way[found.segments],
        segment_flipped=found.flipped,
        segment_metres=metres,
    )
