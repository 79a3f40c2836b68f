"""From an extract and a table of speeds to the road graph, contracted at nodes of degree two."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from routeplan.errors import RoadError
from routeplan.language import gettext as _
from routeplan.roads.closures import match_overrides
from routeplan.roads.conditions import Conditions, SpeedModel
from routeplan.roads.extract import FULL_TURN, haversine_metres
from routeplan.roads.graph import RoadGraph
from routeplan.roads.obstacles import with_obstacles
from routeplan.roads.settlements import inside_settlements
from routeplan.roads.turns import Roads, forbidden_turns, nodes_to_keep, turns_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from routeplan.roads.conditions import Override
    from routeplan.roads.edge_speed import SpeedProfile, SpeedTable
    from routeplan.roads.extract import Extract

# Tags that bear on no speed; ways that differ in nothing else have the same profile.
_NAMING_TAGS = ("name", "ref", "lanes", "bridge", "service")
# Roads to the east of this and to the west of its opposite are taken for one district.
_LAST_LON = 179.0
_INNER_DEGREE = 2  # of a node that is neither a junction nor a dead end


def build_graph(
    extract: Extract, speeds: SpeedTable, conditions: Conditions | None = None
) -> RoadGraph:
    """Build the graph of all roads that some vehicle drives, now or on a dry day.

    Junctions and dead ends become nodes; the road between two of them becomes one edge, also where
    tags change on the way, unless a vehicle may pass on one side only.

    Parameters
    ----------
    extract, speeds
        The ways and nodes of the map, and the table of speeds.
    conditions
        The plan's days with their seasons, and overrides; left out, a dry day.

    Raises
    ------
    InputError
        Where an override matches no road of the extract.
    RoadError
        Where no vehicle drives any road of the extract.
    """
    model = SpeedModel(speeds, conditions or Conditions())
    profiles = Profiles(model)
    inside = inside_settlements(extract, speeds.settlement)
    segments = _driven_segments(extract, _segment_profiles(extract, profiles, inside), inside)
    if not len(segments.node):
        raise _none_driven(len(extract.way_tags))
    turns = turns_at(extract.restrictions, segments.node_ids, model.turn)
    segments, ignored = with_obstacles(segments, extract, profiles)
    if not any(profile.open for profile in profiles.distinct):
        raise _none_open()
    access = _access_bits(profiles.distinct)
    edges = _simplify(segments.node, segments.profile, access, nodes_to_keep(turns))
    ends = edges.offsets[1:] - 1
    points = _unwrapped(segments.points[edges.points])
    profile = segments.profile[edges.segments]
    profile[ends] = -1
    metres = np.append(haversine_metres(points[:-1], points[1:]), 0.0)
    metres[ends] = 0.0
    first_and_last = segments.node[edges.points[np.column_stack((edges.offsets[:-1], ends))]]
    nodes, edge_nodes = np.unique(first_and_last, return_inverse=True)
    tags, segment_tags = _distinct_tags(extract, segments)
    edge_nodes = edge_nodes.reshape(-1, 2).astype(np.int64)
    forbidden = forbidden_turns(
        turns,
        Roads(
            node=segments.node,
            points=segments.points,
            profile=segments.profile,
            node_count=len(segments.node_ids),
            offsets=edges.offsets,
            segments=edges.segments,
            flipped=edges.flipped,
            edge_nodes=first_and_last,
            access=access,
        ),
    )
    return RoadGraph(
        vehicles=speeds.vehicles,
        off_road_kmh=speeds.off_road_kmh,
        profiles=tuple(profiles.distinct),
        names=tuple(tags.get("ref") or tags.get("name", "") for tags in extract.way_tags),
        way_ids=extract.way_ids,
        node_count=len(nodes),
        edge_nodes=edge_nodes,
        offsets=edges.offsets,
        points=points,
        segment_profile=profile,
        segment_way=segments.way[edges.segments],
        segment_flipped=edges.flipped,
        segment_metres=metres,
        tags=tags,
        segment_tags=segment_tags[edges.segments],
        segment_obstacle=segments.obstacle[edges.segments] >= 0,
        segment_settlement=segments.inside[edges.segments],
        turn_edges=forbidden.edges,
        turn_offsets=forbidden.offsets,
        turn_vehicles=forbidden.vehicles,
        ignored_barriers=ignored,
        ignored_values=_ignored_values(extract, model, np.unique(segments.way)),
    )


def _none_driven(roads: int) -> RoadError:
    return RoadError(
        _(
            "none of the {n} roads is one that a vehicle drives; "
            "footpaths, private roads and classes without a speed are left out",
            n=roads,
        )
    )


def _none_open() -> RoadError:
    return RoadError(
        _(
            "no vehicle drives any road: each is closed by a barrier, its season or an "
            "override, or has no length"
        )
    )


def _distinct_tags(
    extract: Extract, segments: Segments
) -> tuple[tuple[Mapping[str, str], ...], NDArray[np.int32]]:
    """Return the distinct tags of driven ways and obstacles, and the number of each segment's."""
    numbers: dict[frozenset[tuple[str, str]], int] = {}
    ways = np.unique(segments.way)
    of_way = np.zeros(len(extract.way_tags), dtype=np.int32)
    for way in ways.tolist():
        of_way[way] = numbers.setdefault(_without_names(extract.way_tags[way]), len(numbers))
    of_obstacle = [
        numbers.setdefault(frozenset(tags.items()), len(numbers)) for tags in segments.obstacle_tags
    ]
    # The last one is that of no obstacle.
    found = np.array([*of_obstacle, -1], dtype=np.int32)[segments.obstacle]
    return tuple(map(dict, numbers)), np.where(found < 0, of_way[segments.way], found)


def _without_names(tags: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset((key, text) for key, text in tags.items() if key not in _NAMING_TAGS)


def _ignored_values(
    extract: Extract, model: SpeedModel, driven: NDArray[np.int32]
) -> dict[str, int]:
    """Count the tags of driven ways and of restrictions that decide nothing."""
    ways = (model.ignored_tags(extract.way_tags[way]) for way in driven)
    turns = (model.ignored_turn_tags(one.tags) for one in extract.restrictions)
    return dict(Counter(chain.from_iterable(chain(ways, turns))))


def _unwrapped(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points on both sides of the 180th meridian with longitudes from 0 to 360."""
    lons = points[:, 1]
    if not ((lons >= _LAST_LON).any() and (lons <= -_LAST_LON).any()):
        return points
    return np.column_stack((points[:, 0], np.where(lons < 0, lons + FULL_TURN, lons)))


class Profiles:
    """The distinct speed profiles met so far."""

    def __init__(self, model: SpeedModel) -> None:
        self.distinct: list[SpeedProfile] = []
        self.model = model
        self._numbers: dict[SpeedProfile, int] = {}
        self._by_tags: dict[tuple[object, ...], int] = {}

    def number(self, profile: SpeedProfile | None) -> int:
        """Return the number of a profile; -1 where nobody ever passes."""
        if profile is None or not profile.ever_open:
            return -1
        if profile not in self._numbers:
            self._numbers[profile] = len(self.distinct)
            self.distinct.append(profile)
        return self._numbers[profile]

    def of_way(
        self, tags: Mapping[str, str], overrides: tuple[Override, ...], *, inside_settlement: bool
    ) -> int:
        """Return the number of a way's profile; -1 where nobody ever drives it."""
        key = (_without_names(tags), overrides, inside_settlement)
        if key not in self._by_tags:
            profile = self.model.way(tags, overrides, inside_settlement=inside_settlement)
            self._by_tags[key] = self.number(profile)
        return self._by_tags[key]


def _segment_profiles(
    extract: Extract, profiles: Profiles, inside: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """Return the profile of the segment behind each point, -1 at the last point of each way."""
    model = profiles.model
    way = np.repeat(np.arange(len(extract.way_tags)), np.diff(extract.offsets))
    overrides, number = match_overrides(extract, model.conditions)
    # All segments of a way with the same overrides, inside or outside settlements, are alike.
    combined = (way * len(overrides) + number) * 2 + inside
    distinct, where = np.unique(combined, return_inverse=True)
    found = [
        profiles.of_way(
            extract.way_tags[code // 2 // len(overrides)],
            overrides[code // 2 % len(overrides)],
            inside_settlement=bool(code % 2),
        )
        for code in distinct.tolist()
    ]
    profile: NDArray[np.int32] = np.array(found, dtype=np.int32)[where]
    profile[extract.offsets[1:] - 1] = -1
    return profile


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """All points of the driven ways one after the other, shape (n,) or (n, 2) each.

    Segment i runs from point i to point i + 1 and has profile -1 where nobody drives, as at the
    last point of each way.
    """

    node: NDArray[np.int64]
    node_ids: NDArray[np.int64]  # of each node, sorted; shorter than the rest
    points: NDArray[np.float64]
    way: NDArray[np.int32]
    profile: NDArray[np.int32]
    inside: NDArray[np.bool_]  # a settlement
    obstacle: NDArray[np.int32]  # into `obstacle_tags`, -1 for a road
    obstacle_tags: tuple[Mapping[str, str], ...] = ()  # of nodes


def _driven_segments(
    extract: Extract, profile: NDArray[np.int32], inside: NDArray[np.bool_]
) -> Segments:
    way = np.repeat(np.arange(len(extract.way_tags), dtype=np.int32), np.diff(extract.offsets))
    # A node that is named twice in a row would be a road from itself to itself.
    same = (way[1:] == way[:-1]) & (extract.node_ids[1:] == extract.node_ids[:-1])
    twice = np.flatnonzero(same) + 1
    profile, inside = profile.copy(), inside.copy()
    for point in twice[::-1]:
        profile[point - 1], inside[point - 1] = profile[point], inside[point]
    begins = profile >= 0
    keep = begins.copy()
    keep[1:] |= begins[:-1]
    keep[twice] = False
    way, profile = way[keep], profile[keep]
    node_ids, node = np.unique(extract.node_ids[keep], return_inverse=True)
    profile[:-1][way[1:] != way[:-1]] = -1
    profile[-1:] = -1
    return Segments(
        node=node.astype(np.int64),
        node_ids=node_ids,
        points=extract.points[keep],
        way=way,
        profile=profile,
        inside=inside[keep],
        obstacle=np.full(len(way), -1, dtype=np.int32),
    )


def _access_bits(profiles: list[SpeedProfile]) -> NDArray[np.int64]:
    """Return who passes along a way and against it, shape (2, profiles): a bit for each vehicle.

    The higher bits are those of a dry day.
    """

    def bits(profile: SpeedProfile, direction: int) -> int:
        pairs = enumerate((*profile.speeds, *profile.dry_speeds))
        return sum(pair[direction].passes << place for place, pair in pairs)

    return np.array([[bits(one, way) for one in profiles] for way in (0, 1)], dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class _Edges:
    """Edges from junction to junction, each a run of segments, one edge after the other."""

    offsets: NDArray[np.int64]  # (edges + 1,), where each edge begins
    points: NDArray[np.int64]  # (n,), indices of the points of each edge in order
    segments: NDArray[np.int64]  # (n,), segment behind each point; repeated at the last of an edge
    flipped: NDArray[np.bool_]  # (n,), whether the segment runs against its own direction


def _simplify(
    node: NDArray[np.int64],
    profile: NDArray[np.int32],
    access: NDArray[np.int64],
    kept: Sequence[int] = (),
) -> _Edges:
    """Contract every node of degree two whose segments let the same vehicles through.

    Most such nodes lie inside a way, where the segments are in order already: ways are first
    split into pieces at the nodes that stay, all at once; only pieces are then joined one by one.
    `node` and `profile` are those of `Segments`, `access` the bits of `_access_bits`; nodes to be
    kept are not contracted.
    """
    contracted = _contractible(node, profile, access)
    contracted[list(kept)] = False
    real = profile >= 0
    starts = real.copy()
    starts[1:] &= ~(real[:-1] & contracted[node[1:]])
    ends = np.zeros_like(real)
    ends[1:] = real[:-1] & (~real[1:] | starts[1:])
    first, last = np.flatnonzero(starts), np.flatnonzero(ends)
    return _join_pieces(first, last, _runs(_partners(node, first, last, contracted)))


def _contractible(
    node: NDArray[np.int64], profile: NDArray[np.int32], access: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return for each node whether an edge runs through it."""
    segments = np.flatnonzero(profile >= 0)
    along, against = access[:, profile[segments]]
    # Both ends of each segment: its node, who leaves by it and who arrives by it.
    at = np.concatenate((node[segments], node[segments + 1]))
    leaves = np.concatenate((along, against))
    arrives = np.concatenate((against, along))
    degree = np.bincount(at, minlength=int(node.max()) + 1)
    order = np.argsort(at, kind="stable")
    order = order[degree[at[order]] == _INNER_DEGREE]
    one, other = order[::2], order[1::2]
    same = (leaves[one] == arrives[other]) & (arrives[one] == leaves[other])
    contracted = np.zeros(len(degree), dtype=np.bool_)
    contracted[at[one[same]]] = True
    return contracted


def _partners(
    node: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    contracted: NDArray[np.bool_],
) -> list[int]:
    """Return the end that each end of a piece is joined to, else -1; those of i are 2i, 2i + 1."""
    at = node[np.stack((first, last), axis=1).ravel()]
    order = np.argsort(at, kind="stable")
    order = order[contracted[at[order]]]
    partners = np.full(len(at), -1)
    partners[order[::2]] = order[1::2]
    partners[order[1::2]] = order[::2]
    return partners.tolist()


def _runs(partners: Sequence[int]) -> list[list[int]]:
    """Follow joined pieces; each run lists the ends by which its pieces are entered."""
    loose = [end for end, partner in enumerate(partners) if partner < 0]
    seen = bytearray(len(partners) // 2)
    runs = []
    # Pieces that no loose end leads to form a ring, which may be entered anywhere.
    for start in [*loose, *range(0, len(partners), 2)]:
        run, end = [], start
        while end >= 0 and not seen[end // 2]:
            seen[end // 2] = True
            run.append(end)
            end = partners[end ^ 1]
        if run:
            runs.append(run)
    return runs


def _join_pieces(
    first: NDArray[np.int64], last: NDArray[np.int64], runs: Sequence[Sequence[int]]
) -> _Edges:
    entered = np.concatenate([np.array(run) for run in runs])
    closes = np.cumsum([len(run) for run in runs]) - 1
    piece, back = entered // 2, entered % 2 == 1
    # Each piece gives its points but the last, which the next piece or the end of the edge gives.
    sizes = (last - first)[piece]
    sizes[closes] += 1
    begins = np.cumsum(sizes) - sizes
    step = np.arange(sizes.sum()) - np.repeat(begins, sizes)
    flipped = np.repeat(back, sizes)
    lows, highs = np.repeat(first[piece], sizes), np.repeat(last[piece], sizes)
    return _Edges(
        offsets=np.concatenate(([0], (begins + sizes)[closes])).astype(np.int64),
        points=np.where(flipped, highs - step, lows + step),
        segments=np.where(
            flipped, np.maximum(highs - 1 - step, lows), np.minimum(lows + step, highs - 1)
        ),
        flipped=flipped,
    )
