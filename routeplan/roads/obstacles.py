"""Barriers, fords and ferries: what stops or delays a vehicle on its way, where, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain, compress
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.roads.edge_speed import (
    EdgeSpeed,
    LimitingFactor,
    SpeedProfile,
    closed,
    closing_keys,
    ford_season,
)
from routeplan.roads.reasons import reason_of
from routeplan.roads.tags import FERRY, FERRY_KMH, access_key, has_access, split_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from routeplan.roads.build import Profiles, Segments
    from routeplan.roads.edge_speed import Delays, EdgeSpeeds, SpeedTable
    from routeplan.roads.extract import Extract

_INNER_DEGREE = 2  # of a node that is neither a junction nor a dead end


def node_profile(
    tags: Mapping[str, str], table: SpeedTable, *, wet: bool = True
) -> SpeedProfile | None:
    """Return the speed profile of a barrier or a ford; None where it delays nobody.

    `wet` says whether a ford carries water.
    """
    label, delays, factor = _obstacle(tags, table, wet=wet)
    speeds = [
        closed(label, factor)
        if delay is None
        else EdgeSpeed(
            passes=True, seconds=delay, reason=reason_of("delay", what=label, seconds=f"{delay:g}")
        )
        for delay in delays
    ]
    if not any(speed.seconds or not speed.passes for speed in speeds):
        return None
    dry = speeds
    if factor is not None and factor.code == "barrier":
        dry = [replace(speed, passes=True, limiting_factor=None) for speed in speeds]
    return SpeedProfile(
        road_class="",
        surface="",
        surface_assumed=False,
        paved=False,
        speeds=tuple(zip(speeds, speeds, strict=True)),
        dry_speeds=tuple(zip(dry, dry, strict=True)),
    )


def is_ford(tags: Mapping[str, str]) -> bool:
    """Return whether a node is a ford and no barrier, so that its water is met from every side."""
    return tags.get("barrier", "no") == "no"


def _obstacle(
    tags: Mapping[str, str], table: SpeedTable, *, wet: bool
) -> tuple[str, Sequence[float | None], LimitingFactor | None]:
    """Return a barrier or a ford, its delays, None for no passing, and what limits the speed."""
    barrier = tags.get("barrier", "no")
    ford = tags.get("ford", "yes" if tags.get("highway") == "ford" else "no")
    delays: Sequence[float | None]
    if barrier != "no":
        label, factor = f"barrier={barrier}", LimitingFactor("barrier", f"barrier={barrier}")
        delays = _barrier_delays(tags, table)
    elif ford in ("", "no") or not wet:
        label, factor, delays = f"ford={ford}", None, (0.0,) * len(table.vehicles)
    else:
        label, factor, delays = f"ford={ford}", ford_season(table), table.ford_seconds
    allowed = has_access(tags, table.access)
    if allowed:
        # A bollard that cars may pass can be lowered: no delay is known.
        return label, [delay or 0.0 for delay in delays], factor
    if allowed is False or tags.get("locked") == "yes":
        return reason_of("barred", what=label), [None] * len(delays), factor
    return label, delays, factor


def _barrier_delays(tags: Mapping[str, str], table: SpeedTable) -> Delays:
    """Return the longest delay of all kinds that a barrier is said to be of."""
    kinds = split_values(tags["barrier"]) or ["other"]
    if kinds == ["bollard"] and tags.get("bollard") == "rising":
        kinds = ["rising_bollard"]
    rows = [table.barriers.get(kind, table.barriers["other"]) for kind in kinds]
    return tuple(
        None
        if any(delay is None for delay in delays)
        else max(map(float, filter(None, delays)), default=0.0)
        for delays in zip(*rows, strict=True)
    )


def ferry_profile(tags: Mapping[str, str], table: SpeedTable) -> SpeedProfile | None:
    """Return the speed profile of a ferry; None where it carries no cars.

    A ferry carries cars only where a tag says so: most that say nothing are boats for people.
    """
    if table.ferry_kmh is None or not _carries_cars(tags, table):
        return None
    found = tuple(
        (_sailing(tags, table, kmh, there), _sailing(tags, table, kmh, back))
        for there, back in [closing_keys(tags, table.access)]
        for kmh in table.ferry_kmh
    )
    return SpeedProfile(
        FERRY, "", surface_assumed=False, paved=False, speeds=found, dry_speeds=found
    )


def _sailing(
    tags: Mapping[str, str], table: SpeedTable, kmh: float, closing_key: str | None
) -> EdgeSpeed:
    """Return the speed of a ferry in one direction for one vehicle, which the table has as km/h."""
    season = table.season
    if closing_key is not None:
        return closed(f"{closing_key}={tags.get(closing_key, '')}")
    if not kmh and season is not None and season.ferry_kmh is not None:
        label = reason_of("in_season", what=reason_of("ferry"), season=season.name)
        return closed(label, LimitingFactor("season", season.name))
    if not kmh:
        return closed(reason_of("ferry"))
    kmh = float(tags.get(FERRY_KMH, kmh))
    factor = LimitingFactor(FERRY, tags.get("name") or tags.get("ref", ""))
    reason = reason_of("speed", what=reason_of("ferry"), kmh=f"{kmh:.3g}")
    return EdgeSpeed(passes=True, kmh=kmh, reason=reason, limiting_factor=factor)


def _carries_cars(tags: Mapping[str, str], table: SpeedTable) -> bool:
    if access_key(tags) is None and access_key(tags, "forward") is None:
        return tags.get("hgv") in ("yes", "designated") or any(
            value in table.kmh["highway"] for value in split_values(tags.get("highway", ""))
        )
    return any(
        key is not None and not table.access.permitted.isdisjoint(split_values(tags[key]))
        for key in (access_key(tags, "forward"), access_key(tags, "backward"))
    )


def boarding_profile(ferry: SpeedProfile, table: SpeedTable) -> SpeedProfile | None:
    """Return the profile of a landing: half of the wait, so that a crossing has all of it."""
    if not any(table.ferry_wait):
        return None

    def waits(speed: EdgeSpeed, seconds: float) -> EdgeSpeed:
        reason = reason_of("delay", what=reason_of("wait"), seconds=f"{seconds:g}")
        return replace(speed, kmh=0.0, seconds=seconds, reason=reason) if speed.passes else speed

    def at_landing(
        pairs: Sequence[tuple[EdgeSpeed, EdgeSpeed]],
    ) -> tuple[tuple[EdgeSpeed, EdgeSpeed], ...]:
        return tuple(
            (waits(there, wait / 2), waits(back, wait / 2))
            for (there, back), wait in zip(pairs, table.ferry_wait, strict=True)
        )

    return replace(ferry, speeds=at_landing(ferry.speeds), dry_speeds=at_landing(ferry.dry_speeds))


def with_obstacles(
    segments: Segments, extract: Extract, profiles: Profiles
) -> tuple[Segments, int]:
    """Insert a segment of no length at each barrier, ford and ferry landing.

    At a junction a barrier could be on any of the roads: it is ignored, and counted, unless only
    two of them are open to a vehicle.
    """
    obstacles = _obstacles(extract, profiles)
    ids = np.array(sorted(obstacles), dtype=np.int64)
    ids = ids[np.isin(ids, segments.node_ids)]
    nodes = np.searchsorted(segments.node_ids, ids)
    # The last one is that of profile -1.
    is_ferry = np.array([*(one.road_class == FERRY for one in profiles.distinct), False])
    sails = np.flatnonzero(is_ferry[segments.profile])
    arms = _Arms.at_nodes(segments, [nodes, segments.node[sails], segments.node[sails + 1]])
    passes = _passes(profiles.distinct)
    inserted = _landings(arms, is_ferry, profiles) if len(sails) else []
    ignored = 0
    for node_id, node in zip(ids.tolist(), nodes.tolist(), strict=True):
        own = arms.at(node)
        tags = extract.node_tags[node_id]
        if is_ford(tags):
            new = _ford(own, obstacles[node_id])
        else:
            new = _barrier(own, obstacles[node_id], passes)
            ignored += not new and len(own) > _INNER_DEGREE
        inserted += (one._replace(tags=tags) for one in new)
    return _insert(segments, inserted, profiles), ignored


def _obstacles(extract: Extract, profiles: Profiles) -> dict[int, SpeedProfile]:
    """Return the nodes that stop or delay a vehicle."""
    found = {node: profiles.model.node(tags) for node, tags in extract.node_tags.items()}
    return {node: profile for node, profile in found.items() if profile is not None}


class _Arm(NamedTuple):
    """A driven segment as it is seen from one of its ends."""

    point: int  # of the end
    before: bool  # whether the segment lies before that point
    profile: int


class _Inserted(NamedTuple):
    """A segment of no length to be inserted between an arm and its node."""

    arm: _Arm
    speeds: EdgeSpeeds
    dry_speeds: EdgeSpeeds
    tags: Mapping[str, str] = MappingProxyType({})  # of the node; none of a landing


@dataclass(frozen=True, slots=True, eq=False)
class _Arms:
    """Both ends of the driven segments that meet at some nodes, by the node at the end."""

    node: NDArray[np.int64]  # (n,), ascending
    point: NDArray[np.int64]
    before: NDArray[np.bool_]
    profile: NDArray[np.int32]

    @classmethod
    def at_nodes(cls, segments: Segments, nodes: Sequence[NDArray[np.int64]]) -> _Arms:
        wanted = np.zeros(len(segments.node_ids), dtype=np.bool_)
        wanted[np.concatenate(nodes)] = True
        driven, at = segments.profile >= 0, wanted[segments.node]
        behind = np.flatnonzero(driven & at)
        ahead = np.flatnonzero(driven[:-1] & at[1:])
        point = np.concatenate((behind, ahead + 1))
        before = np.repeat([False, True], [len(behind), len(ahead)])
        profile = segments.profile[np.concatenate((behind, ahead))]
        order = np.argsort(segments.node[point], kind="stable")
        return cls(segments.node[point][order], point[order], before[order], profile[order])

    def at(self, node: int) -> list[_Arm]:
        """Return the arms that meet at a node."""
        own = slice(*np.searchsorted(self.node, [node, node + 1]).tolist())
        rows = (self.point[own], self.before[own], self.profile[own])
        return [_Arm(*arm) for arm in zip(*(row.tolist() for row in rows), strict=True)]


def _passes(profiles: Sequence[SpeedProfile]) -> list[list[bool]]:
    """Return by vehicle and profile whether a vehicle passes now, in either direction."""
    return [
        [any(speed.passes for speed in pair) for pair in vehicle]
        for vehicle in zip(*(profile.speeds for profile in profiles), strict=True)
    ]


def _barrier(
    arms: Sequence[_Arm], barrier: SpeedProfile, passes: Sequence[Sequence[bool]]
) -> list[_Inserted]:
    """Return a barrier on one arm of its node, for the vehicles to which only two are open."""
    open_arms = [_open(arms, row) for row in passes]
    inner = len(arms) == _INNER_DEGREE
    holds = [inner or len(own) == _INNER_DEGREE for own in open_arms]
    # A barrier at the end of a road stops nobody.
    if len(arms) < _INNER_DEGREE or not any(holds):
        return []
    held_arms = [*chain(*compress(open_arms, holds))]
    free = (EdgeSpeed(passes=True),) * 2
    speeds = tuple(pair if held else free for pair, held in zip(barrier.speeds, holds, strict=True))
    dry = barrier.dry_speeds if inner else (free,) * len(speeds)
    return [_Inserted(max(arms, key=held_arms.count), speeds, dry)]


def _open(arms: Sequence[_Arm], passes: Sequence[bool]) -> list[_Arm]:
    return [arm for arm in arms if passes[arm.profile]]


def _ford(arms: Sequence[_Arm], ford: SpeedProfile) -> list[_Inserted]:
    """Return a ford on its road; at a junction half of it on each arm, so that all cross it."""
    if len(arms) <= _INNER_DEGREE:
        return [_Inserted(arm, ford.speeds, ford.dry_speeds) for arm in arms[1:]]
    speeds, dry = (
        tuple((replace(a, seconds=a.seconds / 2), replace(b, seconds=b.seconds / 2)) for a, b in of)
        for of in (ford.speeds, ford.dry_speeds)
    )
    return [_Inserted(arm, speeds, dry) for arm in arms]


def _landings(arms: _Arms, is_ferry: NDArray[np.bool_], profiles: Profiles) -> list[_Inserted]:
    """Return the wait for each ferry where it meets a road."""
    by_ferry = is_ferry[arms.profile]
    nodes = np.intersect1d(arms.node[by_ferry], arms.node[~by_ferry])
    found = []
    for arm in (arm for node in nodes.tolist() for arm in arms.at(node) if is_ferry[arm.profile]):
        boarding = boarding_profile(profiles.distinct[arm.profile], profiles.model.table)
        if boarding is not None:
            found.append(_Inserted(arm, boarding.speeds, boarding.dry_speeds))
    return found


def _insert(segments: Segments, inserted: Sequence[_Inserted], profiles: Profiles) -> Segments:
    """Return the segments with others of no length, each between a node and a double of it."""
    # At one point, those before its node come first.
    ordered = sorted(inserted, key=lambda one: (one.arm.point, not one.arm.before))
    at = np.array([one.arm.point for one in ordered], dtype=np.int64)
    behind = np.array([not one.arm.before for one in ordered], dtype=np.int64)
    doubles = len(segments.node_ids) + np.arange(len(at))
    numbers = [
        profiles.number(
            replace(
                profiles.distinct[one.arm.profile], speeds=one.speeds, dry_speeds=one.dry_speeds
            )
        )
        for one in ordered
    ]
    return replace(
        segments,
        node=np.insert(segments.node, at + behind, doubles),
        points=np.insert(segments.points, at, segments.points[at], axis=0),
        way=np.insert(segments.way, at, segments.way[at]),
        profile=np.insert(segments.profile, at, np.array(numbers, dtype=np.int32)),
        inside=np.insert(segments.inside, at, segments.inside[at]),
        obstacle=np.insert(segments.obstacle, at, np.arange(len(at))),
        obstacle_tags=tuple(one.tags for one in ordered),
    )
