"""From an extract and a table of speeds to the road graph."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from routeplan.errors import RoadError
from routeplan.roads.chains import chains
from routeplan.roads.conditions import Conditions
from routeplan.roads.days import SpeedModel
from routeplan.roads.graph import RoadGraph, haversine_metres
from routeplan.roads.overrides import match_overrides
from routeplan.roads.settlements import inside_settlements

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from routeplan.roads.chains import Chains
    from routeplan.roads.conditions import Override
    from routeplan.roads.extract import Extract
    from routeplan.roads.judge import SpeedProfile
    from routeplan.roads.speeds import SpeedTable

__all__ = ["build_graph"]

# Tags that no judgement looks at; roads that differ in nothing else are of one kind.
_NOT_JUDGED = ("name", "ref", "lanes", "bridge", "service")


def build_graph(
    extract: Extract, speeds: SpeedTable, conditions: Conditions | None = None
) -> RoadGraph:
    """Build the graph of all roads that some vehicle drives, now or on a dry day.

    Junctions and ends of roads become nodes; what lies between two of them becomes one link, also
    where tags change on the way, unless a vehicle may pass on one side only.

    Parameters
    ----------
    extract
        What was read.
    speeds
        The table.
    conditions
        The plan's days with their seasons, and overrides; left out, a dry day.

    Raises
    ------
    InputError
        Where an override is about no road of the extract.
    RoadError
        Where no vehicle drives any road of the extract.
    """
    judge = SpeedModel(speeds, conditions or Conditions())
    profiles = _Kinds(judge)
    segment_profile = _segment_kinds(extract, profiles)
    flat = _flatten(extract, segment_profile)
    if not len(flat.node):
        raise RoadError(
            f"none of the {len(extract.way_tags)} roads is one that a vehicle drives; "
            "footpaths, private roads and classes without a speed are left out"
        )
    flat, ignored = _with_barriers(flat, _barriers(extract, judge), profiles)
    if not any(kind.open for kind in profiles.known):
        raise RoadError(
            "no vehicle drives any road: each is closed by a barrier, its season or an override, "
            "or has no length"
        )
    found = chains(flat.node, flat.kind, _open_bits(profiles.known))
    driven = [extract.way_tags[way] for way in np.unique(flat.way)]
    values = Counter(value for tags in driven for value in judge.passed_over(tags))
    return RoadGraph(
        vehicles=speeds.vehicles,
        off_road_kmh=speeds.off_road_kmh,
        profiles=tuple(profiles.known),
        names=tuple(tags.get("ref") or tags.get("name", "") for tags in extract.way_tags),
        way_ids=extract.way_ids,
        **_arrays(flat, found),
        ignored_barriers=ignored,
        ignored_values=dict(values),
    )


class _Kinds:
    """The kinds of road met so far, each once."""

    def __init__(self, judge: SpeedModel) -> None:
        self.known: list[SpeedProfile] = []
        self.judge = judge
        self._numbers: dict[SpeedProfile, int] = {}
        self._by_tags: dict[tuple[object, ...], int] = {}

    def number(self, kind: SpeedProfile) -> int:
        """Return the number of a kind; -1 where nobody ever passes."""
        if not kind.ever_open:
            return -1
        if kind not in self._numbers:
            self._numbers[kind] = len(self.known)
            self.known.append(kind)
        return self._numbers[kind]

    def of_way(
        self,
        tags: Mapping[str, str],
        overrides: tuple[Override, ...] = (),
        *,
        inside_settlement: bool = False,
    ) -> int:
        """Return the number of the kind of a way's stretch; -1 where nobody ever drives it."""
        judged = frozenset((key, text) for key, text in tags.items() if key not in _NOT_JUDGED)
        sort = (judged, overrides, inside_settlement)
        if sort not in self._by_tags:
            kind = self.judge.way(tags, overrides, inside_settlement=inside_settlement)
            self._by_tags[sort] = -1 if kind is None else self.number(kind)
        return self._by_tags[sort]


def _segment_kinds(extract: Extract, profiles: _Kinds) -> NDArray[np.int32]:
    """Return the kind of the segment behind each point, -1 at the last point of each way."""
    judge = profiles.judge
    way = np.repeat(np.arange(len(extract.way_tags)), np.diff(extract.offsets))
    sets, number = match_overrides(extract, judge.conditions)
    inside = inside_settlements(extract.points, extract.places, judge.table.settlement)
    # Most ways lie wholly in one spot; only each spot of each way is judged.
    spots = (way * len(sets) + number) * 2 + inside
    found, where = np.unique(spots, return_inverse=True)
    judged = [
        profiles.of_way(
            extract.way_tags[spot // 2 // len(sets)],
            sets[spot // 2 % len(sets)],
            inside_settlement=bool(spot % 2),
        )
        for spot in found.tolist()
    ]
    kind: NDArray[np.int32] = np.array(judged, dtype=np.int32)[where]
    kind[extract.offsets[1:] - 1] = -1
    return kind


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


def _flatten(extract: Extract, segment_profile: NDArray[np.int32]) -> _Flat:
    way = np.repeat(np.arange(len(extract.way_tags), dtype=np.int32), np.diff(extract.offsets))
    # A node that is named twice in a row would be a road from itself to itself.
    same = (way[1:] == way[:-1]) & (extract.node_ids[1:] == extract.node_ids[:-1])
    twice = np.flatnonzero(same) + 1
    segment_profile = segment_profile.copy()
    for point in twice[::-1]:
        segment_profile[point - 1] = segment_profile[point]
    begins = segment_profile >= 0
    keep = begins.copy()
    keep[1:] |= begins[:-1]
    keep[twice] = False
    way, kind = way[keep], segment_profile[keep]
    node_ids, node = np.unique(extract.node_ids[keep], return_inverse=True)
    kind[:-1][way[1:] != way[:-1]] = -1
    kind[-1:] = -1
    return _Flat(node.astype(np.int64), node_ids, extract.points[keep], way, kind)


def _barriers(extract: Extract, judge: SpeedModel) -> dict[int, SpeedProfile]:
    judged = {node: judge.node(tags) for node, tags in extract.node_tags.items()}
    return {node: kind for node, kind in judged.items() if kind is not None}


def _with_barriers(
    flat: _Flat, barriers: Mapping[int, SpeedProfile], profiles: _Kinds
) -> tuple[_Flat, int]:
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
        profiles.number(profiles.known[number].with_barrier(barriers[node]))
        for number, node in zip(road, ids[within].tolist(), strict=True)
    ]
    return _Flat(
        node=np.insert(flat.node, at + ~is_last, doubles),
        node_ids=flat.node_ids,
        points=np.insert(flat.points, at, flat.points[at], axis=0),
        way=np.insert(flat.way, at, flat.way[at]),
        kind=np.insert(flat.kind, at, np.array(kind, dtype=np.int32)),
    ), int((degree[nodes] > 2).sum())  # noqa: PLR2004


def _open_bits(profiles: list[SpeedProfile]) -> NDArray[np.int64]:
    """Return which vehicles pass, now and on a dry day, as bits, shape (2, kinds).

    Row 0 is along the way, row 1 against it.
    """
    bits = [
        [
            sum(
                pair[way].passes << place
                for place, pair in enumerate((*kind.speeds, *kind.dry_speeds))
            )
            for kind in profiles
        ]
        for way in (0, 1)
    ]
    return np.array(bits, dtype=np.int64)


class _Arrays(TypedDict):
    """The arrays of a `RoadGraph`."""

    node_count: int
    edge_nodes: NDArray[np.int64]
    offsets: NDArray[np.int64]
    points: NDArray[np.float64]
    segment_profile: NDArray[np.int32]
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
    nodes, edge_nodes = np.unique(first_and_last, return_inverse=True)
    return _Arrays(
        node_count=len(nodes),
        edge_nodes=edge_nodes.reshape(-1, 2).astype(np.int64),
        offsets=found.offsets,
        points=points,
        segment_profile=kind,
        segment_way=flat.way[found.segments],
        segment_flipped=found.flipped,
        segment_metres=metres,
    )
