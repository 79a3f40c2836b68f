"""What the table of speeds makes of the tags of a way or a node, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from routeplan.roads.tags import (
    IMPLIED_LIMITS,
    access,
    directions,
    listed,
    permitted,
    speed_limit,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from routeplan.roads.speeds import SpeedTable

__all__ = [
    "EdgeSpeed",
    "LimitingFactor",
    "SpeedProfile",
    "closed",
    "ignored_values",
    "is_ford",
    "judge_way",
    "node_profile",
    "way_profile",
]

_NO_FORD = ("", "no")

EdgeSpeeds: TypeAlias = "tuple[tuple[EdgeSpeed, EdgeSpeed], ...]"


@dataclass(frozen=True, slots=True)
class LimitingFactor:
    """Why a road is closed or slower than on a dry day with nothing in the way.

    Parameters
    ----------
    code
        ``season`` (it closes or slows such roads), ``seasonal`` (there in other seasons only),
        ``winter_road``, ``conditional`` (a tag by date), ``override`` or ``barrier``.
    detail
        The season's name, the tag as it stands, or the note of the override.
    """

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class EdgeSpeed:
    """How one vehicle drives a road in one direction.

    Parameters
    ----------
    passes
        Whether it may and can.
    kmh
        How fast; 0 where it does not pass, and at a barrier, which has no length.
    seconds
        Spent once, at a barrier or a ford.
    reason
        What decided: ``surface=ground: 30 km/h``.
    limiting_factor
        Of a season, a date, an override or a closed barrier, where that decided.
    """

    passes: bool
    kmh: float
    seconds: float
    reason: str
    limiting_factor: LimitingFactor | None = None


@dataclass(frozen=True, slots=True)
class SpeedProfile:
    """All that roads with the same tags have in common.

    Parameters
    ----------
    road_class
        Value of the highway tag.
    surface
        As tagged or assumed; empty where only the track type is known.
    surface_assumed
        Whether it stands in no tag.
    paved
        Whether it counts as paved.
    speeds
        For each vehicle of the table, along the way's points and against them.
    dry_speeds
        The same on a dry day: without seasons, dates, overrides and closed barriers.
    """

    road_class: str
    surface: str
    surface_assumed: bool
    paved: bool
    speeds: EdgeSpeeds
    dry_speeds: EdgeSpeeds

    @property
    def open(self) -> bool:
        """Whether any vehicle passes in any direction."""
        return any(verdict.passes for pair in self.speeds for verdict in pair)

    @property
    def ever_open(self) -> bool:
        """Whether any vehicle passes now or on a dry day."""
        pairs = (*self.speeds, *self.dry_speeds)
        return any(verdict.passes for pair in pairs for verdict in pair)

    def with_barrier(self, barrier: SpeedProfile) -> SpeedProfile:
        """Return the kind of a barrier that stands on a road of this kind."""
        return replace(self, speeds=barrier.speeds, dry_speeds=barrier.dry_speeds)


@dataclass(frozen=True, slots=True)
class _Cap:
    """The speed that one tag allows, for each vehicle, how to name it, and a season's part."""

    label: str
    speeds: tuple[float, ...]
    limiting_factor: LimitingFactor | None = None


def judge_way(
    tags: Mapping[str, str], table: SpeedTable, *, inside_settlement: bool = False
) -> SpeedProfile | None:
    """Judge a way; None where it is no road that any vehicle drives.

    The lowest of the speeds that its class, surface, track type, smoothness, fords, settlement and
    speed limit allow decides, and gives the reason.
    """
    kind = way_profile(tags, table, inside_settlement=inside_settlement)
    return kind if kind is not None and kind.open else None


def way_profile(
    tags: Mapping[str, str], table: SpeedTable, *, inside_settlement: bool = False
) -> SpeedProfile | None:
    """Judge a way, also one that is too rough for every vehicle; None where cars may not be."""
    known = _caps(tags, "highway", table)
    if not known or tags.get("area") == "yes" or access(tags, table.access) is False:
        return None
    by_class = min(known, key=lambda cap: cap.speeds)
    road_class = _value(by_class)
    if road_class in table.access.only_permitted and not permitted(tags, table.access):
        return None
    surface, assumed, surface_caps = _surface(tags, road_class, table)
    caps = [
        by_class,
        *surface_caps,
        *_caps(tags, "tracktype", table),
        *_caps(tags, "smoothness", table),
        *_settled(tags, table, inside_settlement=inside_settlement),
    ]
    if is_ford(tags):
        caps.append(_Cap(f"ford={tags['ford']}", table.ford_kmh, _season_of_fords(table)))
    factors = table.learned.get((road_class, surface), (1.0,) * len(table.vehicles))
    speeds = tuple(
        _verdicts(tags, _slowest(caps, vehicle), table, factor)
        for vehicle, factor in enumerate(factors)
    )
    return SpeedProfile(
        road_class=road_class,
        surface=surface,
        surface_assumed=assumed,
        paved=surface in table.paved_surfaces
        or (not surface and tags.get("tracktype") in table.paved_tracktypes),
        speeds=speeds,
        dry_speeds=speeds,
    )


def is_ford(tags: Mapping[str, str]) -> bool:
    """Tell whether water runs over a way."""
    return tags.get("ford", "") not in _NO_FORD


def _value(cap: _Cap) -> str:
    return cap.label.split(" ")[0].partition("=")[2]


def _season_of_fords(table: SpeedTable) -> LimitingFactor | None:
    season = table.season
    return LimitingFactor("season", season.name) if season and season.ford_kmh else None


def _settled(tags: Mapping[str, str], table: SpeedTable, *, inside_settlement: bool) -> list[_Cap]:
    """Return the speed inside settlements, where a road is in one and its own limit agrees."""
    settlement = table.settlement
    if settlement is None or not inside_settlement:
        return []
    limit = speed_limit(tags.get("maxspeed", ""), table.limits)
    bypass = limit is not None and limit > max(settlement.kmh)
    return [] if bypass else [_Cap("inside a settlement", settlement.kmh)]


def _surface(
    tags: Mapping[str, str], road_class: str, table: SpeedTable
) -> tuple[str, bool, list[_Cap]]:
    """Return the surface of a road, whether it is assumed, and what it allows."""
    caps = _caps(tags, "surface", table)
    if caps:
        return _value(min(caps, key=lambda cap: cap.speeds)), False, caps
    if _caps(tags, "tracktype", table):
        # How firm a track is says more of its surface than its class does.
        return "", False, []
    surface = table.assumed_surface[road_class]
    (cap,) = _caps({"surface": surface}, "surface", table)
    return surface, True, [replace(cap, label=f"{cap.label} assumed for {road_class}")]


def _caps(tags: Mapping[str, str], key: str, table: SpeedTable) -> list[_Cap]:
    rows, seasonal = table.rows(key)
    values = [value for value in listed(tags.get(key, "")) if value in rows]
    name = table.season.name if table.season else ""
    return [
        _Cap(f"{key}={value} in {name}", rows[value], LimitingFactor("season", name))
        if value in seasonal
        else _Cap(f"{key}={value}", rows[value])
        for value in values
    ]


def _slowest(caps: Sequence[_Cap], vehicle: int) -> EdgeSpeed:
    cap = min(caps, key=lambda one: one.speeds[vehicle])
    kmh = cap.speeds[vehicle]
    if not kmh:
        return closed(cap.label, cap.limiting_factor)
    return EdgeSpeed(
        passes=True,
        kmh=kmh,
        seconds=0.0,
        reason=f"{cap.label}: {kmh:g} km/h",
        limiting_factor=cap.limiting_factor,
    )


def _verdicts(
    tags: Mapping[str, str], verdict: EdgeSpeed, table: SpeedTable, factor: float
) -> tuple[EdgeSpeed, EdgeSpeed]:
    # What is faster than the table says is no faster than the law; what is slower is so below it.
    along, against = (
        _learned(
            _limited(tags, direction, _learned(verdict, max(factor, 1.0)), table), min(factor, 1.0)
        )
        for direction in ("forward", "backward")
    )
    may_along, may_against = directions(tags)
    return (
        along if may_along else closed(_one_way(tags)),
        against if may_against else closed(_one_way(tags)),
    )


def _learned(verdict: EdgeSpeed, factor: float) -> EdgeSpeed:
    """Return a verdict corrected by what drivers reported."""
    if factor == 1 or not verdict.passes:
        return verdict
    kmh = verdict.kmh * factor
    reason = f"{verdict.reason}, as drivers report {kmh:.3g} km/h"
    return replace(verdict, kmh=kmh, reason=reason)


def _limited(
    tags: Mapping[str, str], direction: str, verdict: EdgeSpeed, table: SpeedTable
) -> EdgeSpeed:
    """Return the verdict under the speed limit, the one for the direction if there is one."""
    for key in (f"maxspeed:{direction}", "maxspeed", *IMPLIED_LIMITS):
        limit = speed_limit(tags.get(key, ""), table.limits)
        if limit is not None:
            if limit >= verdict.kmh or not verdict.passes:
                return verdict
            reason = f"{key}={tags[key]}: {limit:.3g} km/h"
            return EdgeSpeed(passes=True, kmh=limit, seconds=0.0, reason=reason)
    return verdict


def _one_way(tags: Mapping[str, str]) -> str:
    if "oneway" in tags:
        return f"oneway={tags['oneway']}"
    return f"junction={tags['junction']}" if "junction" in tags else f"highway={tags['highway']}"


def closed(label: str, limiting_factor: LimitingFactor | None = None) -> EdgeSpeed:
    """Return the verdict of a road that is closed."""
    return EdgeSpeed(
        passes=False,
        kmh=0.0,
        seconds=0.0,
        reason=f"{label}: does not pass",
        limiting_factor=limiting_factor,
    )


def ignored_values(tags: Mapping[str, str], table: SpeedTable) -> list[str]:
    """Return the tags of a way that the table has no row for, or that cannot be read."""
    keys = ("surface", "tracktype", "smoothness")
    found = [key for key in keys if key in tags and not _caps(tags, key, table)]
    found += [
        key
        for key in ("maxspeed", "maxspeed:forward", "maxspeed:backward")
        if key in tags and speed_limit(tags[key], table.limits) is None
    ]
    return [f"{key}={tags[key]}" for key in found]


def node_profile(tags: Mapping[str, str], table: SpeedTable) -> SpeedProfile | None:
    """Judge a barrier or a ford; None where it neither stops nor slows anyone."""
    obstacle = _obstacle(tags, table)
    allowed = access(tags, table.access)
    if allowed is False or (tags.get("locked") == "yes" and not allowed):
        label = f"{obstacle.label}, closed by its access tags"
        speeds = [closed(label, obstacle.limiting_factor)] * len(table.vehicles)
    else:
        speeds = [_delayed(obstacle, delay, let_in=bool(allowed)) for delay in obstacle.delays]
    if all(verdict.passes and not verdict.seconds for verdict in speeds):
        return None
    pairs = tuple((verdict, verdict) for verdict in speeds)
    is_barrier = tags.get("barrier", "no") != "no"
    return SpeedProfile(
        road_class="",
        surface="",
        surface_assumed=False,
        paved=False,
        speeds=pairs,
        dry_speeds=tuple((_opened(one), _opened(one)) for one in speeds) if is_barrier else pairs,
    )


@dataclass(frozen=True, slots=True)
class _Obstacle:
    """A barrier or a ford: seconds for each vehicle, None where it does not pass."""

    label: str
    delays: tuple[float | None, ...]
    limiting_factor: LimitingFactor | None = None


def _obstacle(tags: Mapping[str, str], table: SpeedTable) -> _Obstacle:
    barrier = tags.get("barrier", "no")
    if barrier != "no":
        label = f"barrier={barrier}"
        delays = table.barriers.get(barrier, table.barriers["other"])
        return _Obstacle(label, delays, LimitingFactor("barrier", label))
    ford = tags.get("ford", "yes" if tags.get("highway") == "ford" else "no")
    if ford in _NO_FORD:
        return _Obstacle("ford=no", (0.0,) * len(table.vehicles))
    return _Obstacle(f"ford={ford}", table.ford_seconds, _season_of_fords(table))


def _delayed(obstacle: _Obstacle, delay: float | None, *, let_in: bool) -> EdgeSpeed:
    # A bollard that says cars may pass can be lowered: it costs nothing that we know of.
    if delay is None and not let_in:
        return closed(obstacle.label, obstacle.limiting_factor)
    seconds = delay or 0.0
    reason = f"{obstacle.label}: {seconds:g} s"
    return EdgeSpeed(passes=True, kmh=0.0, seconds=seconds, reason=reason)


def _opened(verdict: EdgeSpeed) -> EdgeSpeed:
    return replace(verdict, passes=True, limiting_factor=None)
