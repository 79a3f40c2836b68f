"""Legs: drives between two places traced on the roads, and speeds learned from their minutes."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.errors import RoadError
from routeplan.language import gettext as _
from routeplan.model.road_notes import RoadNote
from routeplan.roads.extract import FULL_TURN, HALF_TURN
from routeplan.roads.graph import MICROSECONDS, MILLIMETRES, SECONDS_PER_METRE
from routeplan.roads.network import build_network
from routeplan.roads.reasons import reason_of, shown_reason
from routeplan.roads.tags import FERRY
from routeplan.roads.travel import metres_rounded, seconds_rounded_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from routeplan.model.road_notes import Snap
    from routeplan.roads.edge_speed import EdgeSpeed, LimitingFactor, Speeds
    from routeplan.roads.graph import RoadGraph
    from routeplan.roads.network import ShortestPaths

# Delays of a leg below this are not noted.
_NOTED_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LegPart:
    """A part of a leg with one reason for its speed.

    Seconds and metres are not rounded: those of all parts add up to the leg's before rounding.
    """

    road_class: str  # of its `SpeedProfile`; ``off_road`` between a place and the road
    surface: str = ""
    surface_assumed: bool = False
    paved: bool = False
    names: tuple[str, ...] = ()  # numbers or names of the roads, each once
    reason: str  # what decided the speed, or the delay
    limiting_factor: LimitingFactor | None = None  # the one that decided, if one did
    seconds: float
    metres: float

    @property
    def kmh(self) -> float:
        """The average speed; 0 at a barrier, which has no length."""
        return self.metres / self.seconds * SECONDS_PER_METRE if self.seconds else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Leg:
    """The drive from one place to another."""

    points: NDArray[np.float64]  # (n, 2), lat and lon, from place to place along the roads
    seconds: int  # as in the matrix of travel times, as the metres are
    metres: int
    parts: tuple[LegPart, ...]  # in the order of the drive
    segments: NDArray[np.int64]  # (k,), driven segments of the graph
    against: NDArray[np.bool_]  # (k,), whether against their way
    shares: NDArray[np.float64]  # (k,), driven share of each


def summarize_parts(leg: Leg) -> tuple[LegPart, ...]:
    """Add up the parts of a leg that are alike, in the order in which each is first met."""
    alike: dict[tuple[object, ...], list[LegPart]] = {}
    for part in leg.parts:
        key = (part.road_class, part.surface, part.surface_assumed, part.reason)
        alike.setdefault((*key, part.limiting_factor), []).append(part)
    return tuple(_sum_parts(parts) for parts in alike.values())


def road_notes(graph: RoadGraph, vehicle: str, leg: Leg) -> tuple[RoadNote, ...]:
    """Return what slows a leg by a minute or more, or opens a part of it, and its ferries."""
    number = graph.vehicle_index(vehicle)
    metres = graph.segment_metres[leg.segments] * leg.shares
    profiles = graph.segment_profile[leg.segments].tolist()
    # By limiting factor: metres, seconds now and on a dry day of each segment.
    costs: dict[LimitingFactor, list[tuple[float, float, float]]] = {}
    for profile, against, length in zip(
        profiles, leg.against.tolist(), metres.tolist(), strict=True
    ):
        now = graph.profiles[profile].speeds[number][against]
        dry = graph.profiles[profile].dry_speeds[number][against]
        if now.limiting_factor is not None and (now != dry or now.limiting_factor.code == FERRY):
            dry_seconds = _seconds(dry, length) if dry.passes else math.inf
            segment = (length, _seconds(now, length), dry_seconds)
            costs.setdefault(now.limiting_factor, []).append(segment)
    notes = []
    for factor, segments in costs.items():
        length, seconds, dry_seconds = map(sum, zip(*segments, strict=True))
        if math.isinf(dry_seconds) or factor.code == FERRY:
            notes.append(RoadNote(factor.code, factor.detail, length, seconds, None))
        elif seconds - dry_seconds >= _NOTED_SECONDS:
            notes.append(RoadNote(factor.code, factor.detail, length, seconds, dry_seconds))
    return tuple(notes)


def _seconds(speed: EdgeSpeed, metres: float) -> float:
    return (metres * (SECONDS_PER_METRE / speed.kmh) if speed.kmh else 0.0) + speed.seconds


def driven_parts(
    graph: RoadGraph,
    vehicle: int,
    segments: NDArray[np.int64],
    against: NDArray[np.intp],
    costs: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> Iterator[LegPart]:
    """Yield the parts of a drive over some segments; neighbours that are alike make one.

    Costs are the seconds and metres of each segment.
    """
    if not len(segments):
        return
    rows = np.stack((graph.segment_profile[segments], graph.segment_way[segments], against))
    starts = np.flatnonzero(np.append([True], (rows[:, 1:] != rows[:, :-1]).any(axis=0)))
    seconds, metres = (np.add.reduceat(cost, starts).tolist() for cost in costs)
    parts = []
    for (number, way, reverse), took, length in zip(
        rows[:, starts].T.tolist(), seconds, metres, strict=True
    ):
        profile, name = graph.profiles[number], graph.names[way]
        speed = profile.speeds[vehicle][reverse]
        part = LegPart(
            road_class=profile.road_class,
            surface=profile.surface,
            surface_assumed=profile.surface_assumed,
            paved=profile.paved,
            names=(name,) if name else (),
            reason=speed.reason,
            limiting_factor=speed.limiting_factor,
            seconds=took,
            metres=length,
        )
        parts.append(part)
    for __, alike in groupby(parts, key=lambda part: replace(part, seconds=0.0, metres=0.0)):
        yield _sum_parts(list(alike))


def _sum_parts(parts: Sequence[LegPart]) -> LegPart:
    return replace(
        parts[0],
        names=tuple(dict.fromkeys(name for part in parts for name in part.names)),
        seconds=sum(part.seconds for part in parts),
        metres=sum(part.metres for part in parts),
    )


def trace_legs(
    graph: RoadGraph, vehicle: str, snaps: Sequence[Snap], pairs: Iterable[tuple[int, int]]
) -> tuple[Leg, ...]:
    """Trace legs between places, given as their positions among the snaps.

    Raises
    ------
    RoadError
        Where one of them has no way.
    """
    pairs = list(pairs)
    tracer = _Tracer(graph, vehicle, snaps)
    legs: dict[tuple[int, int], Leg] = {}
    # One search serves all legs that begin at the same place.
    for start in sorted({pair[0] for pair in pairs}):
        node = tracer.network.place_node[[start]]
        paths = None if node < 0 else tracer.network.shortest_paths(node)
        ends = {end for first, end in pairs if first == start}
        legs |= {(start, end): tracer.leg(start, end, paths) for end in ends}
    return tuple(legs[pair] for pair in pairs)


class _Run(NamedTuple):
    """Driven segments in their order, and the points between them."""

    segments: NDArray[np.int64]
    against: NDArray[np.intp]  # 0 along the edge, 1 against it
    shares: NDArray[np.float64]
    points: NDArray[np.float64]


_EMPTY = _Run(
    np.empty(0, dtype=np.int64), np.empty(0, dtype=np.intp), np.empty(0), np.empty((0, 2))
)


class _Tracer:
    """The network of one vehicle, and the legs on it."""

    def __init__(self, graph: RoadGraph, vehicle: str, snaps: Sequence[Snap]) -> None:
        self.graph = graph
        self.vehicle = graph.vehicle_index(vehicle)
        self.snaps = snaps
        self.seconds = graph.segment_seconds(vehicle)
        self.network = build_network(graph, vehicle, snaps)

    def leg(self, start: int, end: int, paths: ShortestPaths | None) -> Leg:
        """Return the leg from one place to another, by the paths from the one."""
        if start == end:
            points = _positions(self.snaps[start])[:1]
            return Leg(points, 0, 0, (), _EMPTY.segments, _EMPTY.against > 0, _EMPTY.shares)
        network, target = self.network, int(self.network.arrival_node[end])
        if paths is None or target < 0 or not np.isfinite(paths.microseconds[0, target]):
            raise _no_way(self.snaps[start], self.snaps[end])
        microseconds, predecessors = paths.microseconds[0], paths.predecessors[0]
        path = [target]
        while predecessors[path[-1]] >= 0:
            path.append(int(predecessors[path[-1]]))
        nodes = np.array(path[::-1], dtype=np.int64)
        arcs = network.arcs(nodes[:-1], nodes[1:])
        runs = [self._arc_run(arc) for arc in arcs.tolist()]
        run = _Run(*map(np.concatenate, zip(_EMPTY, *runs, strict=True)))
        ends = [start, end]
        taken = microseconds[[target]].astype(np.int64) + network.access_microseconds[ends].sum()
        length = network.millimetres[arcs].sum() + network.access_millimetres[ends].sum()
        first, last = (self._off_road(place) for place in ends)
        against = run.against ^ self.graph.segment_flipped[run.segments]
        costs = (
            run.shares * self.seconds[run.against, run.segments],
            run.shares * self.graph.segment_metres[run.segments],
        )
        parts = driven_parts(self.graph, self.vehicle, run.segments, against, costs)
        points = np.concatenate(
            (_positions(self.snaps[start]), run.points, _positions(self.snaps[end])[::-1])
        )
        points[points[:, 1] > HALF_TURN, 1] -= FULL_TURN
        moved = np.ones(len(points), dtype=np.bool_)
        moved[1:] = (points[1:] != points[:-1]).any(axis=1)
        return Leg(
            points=points[moved],
            seconds=int(seconds_rounded_up(taken)[0]),
            metres=int(metres_rounded(np.array([length]))[0]),
            parts=(first, *parts, last),
            segments=run.segments,
            against=against > 0,
            shares=run.shares,
        )

    def _arc_run(self, arc: int) -> _Run:
        begin, end = self.network.begin[arc], self.network.end[arc]
        edge = int(self.network.edge[arc])
        low, high = min(begin, end), max(begin, end)
        # Between two places at one point there is nothing to drive.
        steps = np.arange(math.floor(low), math.ceil(high) if low < high else math.floor(low))
        shares = np.minimum(high, steps + 1) - np.maximum(low, steps)
        offset, after = self.graph.offsets[edge], self.graph.offsets[edge + 1]
        at = np.concatenate(([low], steps[1:], [high]))
        line = self.graph.points[offset:after]
        points = np.column_stack([np.interp(at, np.arange(len(line)), axis) for axis in line.T])
        against = begin > end
        order = slice(None, None, -1 if against else 1)
        return _Run(
            segments=offset + steps[order],
            against=np.full(len(steps), int(against)),
            shares=shares[order],
            points=points[order],
        )

    def _off_road(self, place: int) -> LegPart:
        kmh = self.graph.off_road_kmh[self.vehicle]
        return LegPart(
            road_class="off_road",
            reason=reason_of("speed", what=reason_of("off_road"), kmh=f"{kmh:g}"),
            seconds=int(self.network.access_microseconds[place]) / MICROSECONDS,
            metres=int(self.network.access_millimetres[place]) / MILLIMETRES,
        )


def _no_way(start: Snap, end: Snap) -> RoadError:
    names = {"start": start.place.name, "end": end.place.name}
    why = shown_reason(start.detail or end.detail)
    if why:
        return RoadError(_("there is no way from {start} to {end}: {why}", why=why, **names))
    return RoadError(_("there is no way from {start} to {end}", **names))


def _positions(snap: Snap) -> NDArray[np.float64]:
    """Return a place and its point on the road, as lat, lon."""
    at = [(snap.place.lat, snap.place.lon)]
    return np.array(at if snap.point is None else [*at, (snap.point.lat, snap.point.lon)])


PRIOR_KM = 30.0
"""Kilometres of reports that weigh as much as the table."""

_STEPS, _TOLERANCE = 50, 1e-9

Group = tuple[str, str]


class Observation(NamedTuple):
    """A driven leg: its reported seconds, and those by the table of speeds."""

    seconds: float
    fixed_seconds: float  # off the road, at barriers and on ferries, where nothing is learned
    group_seconds: Mapping[Group, float]  # by class and surface
    group_metres: Mapping[Group, float]

    @classmethod
    def from_leg(cls, leg: Leg, reported_seconds: float) -> Observation:
        """Split a leg by class and surface."""
        seconds: dict[Group, float] = defaultdict(float)
        metres: dict[Group, float] = defaultdict(float)
        fixed = 0.0
        for part in leg.parts:
            if part.road_class in ("off_road", FERRY) or not part.metres:
                fixed += part.seconds
            else:
                seconds[part.road_class, part.surface] += part.seconds
                metres[part.road_class, part.surface] += part.metres
        return cls(reported_seconds, fixed, dict(seconds), dict(metres))


@dataclass(frozen=True, slots=True)
class SpeedCorrection:
    """Correction of the speeds on roads of one class and surface."""

    road_class: str
    surface: str  # empty where only the track type is known
    metres: float  # reported on in all
    legs: int  # reported on
    before: float  # the table's factor until now, on average over its vehicles
    change: float  # the factor on top of that

    @property
    def after(self) -> float:
        """The factor of the new table."""
        return self.before * self.change


def learn(
    observations: Sequence[Observation],
    before: Mapping[Group, Speeds] | None = None,
    *,
    prior_km: float = PRIOR_KM,
) -> tuple[SpeedCorrection, ...]:
    """Estimate correction factors for the speeds of each class and surface, the longest first.

    The logarithm of a leg's reported seconds is explained by those of its groups' factors: ridge
    regression (Hoerl and Kennard, Technometrics 12, 1970) towards a factor of 1, which is the mean
    of the posterior under a normal prior, each leg weighing as its kilometres and the prior as
    `prior_km`. A leg's seconds are a sum over its groups, so that its logarithm is not linear in
    theirs; it is solved by Gauss-Newton steps.

    Parameters
    ----------
    observations
        Legs by the table and by drivers' reports.
    before
        Factors that the table has learned already, one for each vehicle.
    prior_km
        Weight of the table itself, in kilometres.
    """
    usable = [one for one in observations if one.group_seconds]
    groups = sorted(set[Group]().union(*(one.group_seconds for one in usable)))
    if not groups:
        return ()
    seconds = _columns([one.group_seconds for one in usable], groups)
    metres = _columns([one.group_metres for one in usable], groups)
    fixed, reported = np.array([(one.fixed_seconds, one.seconds) for one in usable]).T
    slowness = _ridge(seconds, fixed, reported, metres.sum(axis=1) / 1000, prior_km)
    found = [
        SpeedCorrection(
            *group,
            metres=float(total),
            legs=int(legs),
            before=float(np.mean((before or {}).get(group, (1.0,)))),
            change=math.exp(-log),
        )
        for group, total, legs, log in zip(
            groups, metres.sum(axis=0), (metres > 0).sum(axis=0), slowness, strict=True
        )
    ]
    return tuple(sorted(found, key=lambda one: -one.metres))


def _columns(rows: Sequence[Mapping[Group, float]], groups: Sequence[Group]) -> NDArray[np.float64]:
    return np.array([[row.get(group, 0.0) for group in groups] for row in rows])


def _ridge(
    seconds: NDArray[np.float64],
    fixed: NDArray[np.float64],
    reported: NDArray[np.float64],
    weights: NDArray[np.float64],
    prior: float,
) -> NDArray[np.float64]:
    """Return the logarithm of each group's slowness, shape (groups,)."""
    logs = np.zeros(seconds.shape[1])
    for __ in range(_STEPS):
        scaled = seconds * np.exp(logs)
        total = fixed + scaled.sum(axis=1)
        slopes = scaled / total[:, None]
        left = np.log(reported) - np.log(total)
        normal = slopes.T @ (weights[:, None] * slopes) + prior * np.eye(len(logs))
        step = np.linalg.solve(normal, slopes.T @ (weights * left) - prior * logs)
        # The linear model does not hold beyond a factor of e.
        logs += np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < _TOLERANCE:
            break
    return logs
