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
    "Cause",
    "Kind",
    "Verdict",
    "closed",
    "ignored_values",
    "is_ford",
    "judge_any",
    "judge_node",
    "judge_way",
]

_NO_FORD = ("", "no")

Verdicts: TypeAlias = "tuple[tuple[Verdict, Verdict], ...]"


@dataclass(frozen=True, slots=True)
class Cause:
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
class Verdict:
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
    cause
        Of a season, a date, an override or a closed barrier, where that decided.
    """

    passes: bool
    kmh: float
    seconds: float
    reason: str
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class Kind:
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
    verdicts
        For each vehicle of the table, along the way's points and against them.
    otherwise
        The same on a dry day: without seasons, dates, overrides and closed barriers.
    """

    road_class: str
    surface: str
    surface_assumed: bool
    paved: bool
    verdicts: Verdicts
    otherwise: Verdicts

    @property
    def open(self) -> bool:
        """Whether any vehicle passes in any direction."""
        return any(verdict.passes for pair in self.verdicts for verdict in pair)

    @property
    def ever_open(self) -> bool:
        """Whether any vehicle passes now or on a dry day."""
        pairs = (*self.verdicts, *self.otherwise)
        return any(verdict.passes for pair in pairs for verdict in pair)

    def with_barrier(self, barrier: Kind) -> Kind:
        """Return the kind of a barrier that stands on a road of this kind."""
        return replace(self, verdicts=barrier.verdicts, otherwise=barrier.otherwise)


@dataclass(frozen=True, slots=True)
class _Cap:
    """The speed that one tag allows, for each vehicle, how to name it, and a season's part."""

    label: str
    speeds: tuple[float, ...]
    cause: Cause | None = None


def judge_way(
    tags: Mapping[str, str], table: SpeedTable, *, inside_settlement: bool = False
) -> Kind | None:
    """Judge a way; None where it is no road that any vehicle drives.

    The lowest of the speeds that its class, surface, track type, smoothness, fords, settlement and
    speed limit allow decides, and gives the reason.
    """
    kind = judge_any(tags, table, inside_settlement=inside_settlement)
    return kind if kind is not None and kind.open else None


def judge_any(
    tags: Mapping[str, str], table: SpeedTable, *, inside_settlement: bool = False
) -> Kind | None:
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
    verdicts = tuple(
        _verdicts(tags, _slowest(caps, vehicle), table, factor)
        for vehicle, factor in enumerate(factors)
    )
    return Kind(
        road_class=road_class,
        surface=surface,
        surface_assumed=assumed,
        paved=surface in table.paved_surfaces
        or (not surface and tags.get("tracktype") in table.paved_tracktypes),
        verdicts=verdicts,
        otherwise=verdicts,
    )


def is_ford(tags: Mapping[str, str]) -> bool:
    """Tell whether water runs over a way."""
    return tags.get("ford", "") not in _NO_FORD


def _value(cap: _Cap) -> str:
    return cap.label.split(" ")[0].partition("=")[2]


def _season_of_fords(table: SpeedTable) -> Cause | None:
    season = table.season
    return Cause("season", season.name) if season and season.ford_kmh else None


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
        _Cap(f"{key}={value} in {name}", rows[value], Cause("season", name))
        if value in seasonal
        else _Cap(f"{key}={value}", rows[value])
        for value in values
    ]


def _slowest(caps: Sequence[_Cap], vehicle: int) -> Verdict:
    cap = min(caps, key=lambda one: one.speeds[vehicle])
    kmh = cap.speeds[vehicle]
    if not kmh:
        return closed(cap.label, cap.cause)
    return Verdict(
        passes=True, kmh=kmh, seconds=0.0, reason=f"{cap.label}: {kmh:g} km/h", cause=cap.cause
    )


def _verdicts(
    tags: Mapping[str, str], verdict: Verdict, table: SpeedTable, factor: float
) -> tuple[Verdict, Verdict]:
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


def _learned(verdict: Verdict, factor: float) -> Verdict:
    """Return a verdict corrected by what drivers reported."""
    if factor == 1 or not verdict.passes:
        return verdict
    kmh = verdict.kmh * factor
    reason = f"{verdict.reason}, as drivers report {kmh:.3g} km/h"
    return replace(verdict, kmh=kmh, reason=reason)


def _limited(
    tags: Mapping[str, str], direction: str, verdict: Verdict, table: SpeedTable
) -> Verdict:
    """Return the verdict under the speed limit, the one for the direction if there is one."""
    for key in (f"maxspeed:{direction}", "maxspeed", *IMPLIED_LIMITS):
        limit = speed_limit(tags.get(key, ""), table.limits)
        if limit is not None:
            if limit >= verdict.kmh or not verdict.passes:
                return verdict
            reason = f"{key}={tags[key]}: {limit:.3g} km/h"
            return Verdict(passes=True, kmh=limit, seconds=0.0, reason=reason)
    return verdict


def _one_way(tags: Mapping[str, str]) -> str:
    if "oneway" in tags:
        return f"oneway={tags['oneway']}"
    return f"junction={tags['junction']}" if "junction" in tags else f"highway={tags['highway']}"


def closed(label: str, cause: Cause | None = None) -> Verdict:
    """Return the verdict of a road that is closed."""
    return Verdict(
        passes=False, kmh=0.0, seconds=0.0, reason=f"{label}: does not pass", cause=cause
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


def judge_node(tags: Mapping[str, str], table: SpeedTable) -> Kind | None:
    """Judge a barrier or a ford; None where it neither stops nor slows anyone."""
    obstacle = _obstacle(tags, table)
    allowed = access(tags, table.access)
    if allowed is False or (tags.get("locked") == "yes" and not allowed):
        label = f"{obstacle.label}, closed by its access tags"
        verdicts = [closed(label, obstacle.cause)] * len(table.vehicles)
    else:
        verdicts = [_delayed(obstacle, delay, let_in=bool(allowed)) for delay in obstacle.delays]
    if all(verdict.passes and not verdict.seconds for verdict in verdicts):
        return None
    pairs = tuple((verdict, verdict) for verdict in verdicts)
    is_barrier = tags.get("barrier", "no") != "no"
    return Kind(
        road_class="",
        surface="",
        surface_assumed=False,
        paved=False,
        verdicts=pairs,
        otherwise=tuple((_opened(one), _opened(one)) for one in verdicts) if is_barrier else pairs,
    )


@dataclass(frozen=True, slots=True)
class _Obstacle:
    """A barrier or a ford: seconds for each vehicle, None where it does not pass."""

    label: str
    delays: tuple[float | None, ...]
    cause: Cause | None = None


def _obstacle(tags: Mapping[str, str], table: SpeedTable) -> _Obstacle:
    barrier = tags.get("barrier", "no")
    if barrier != "no":
        label = f"barrier={barrier}"
        delays = table.barriers.get(barrier, table.barriers["other"])
        return _Obstacle(label, delays, Cause("barrier", label))
    ford = tags.get("ford", "yes" if tags.get("highway") == "ford" else "no")
    if ford in _NO_FORD:
        return _Obstacle("ford=no", (0.0,) * len(table.vehicles))
    return _Obstacle(f"ford={ford}", table.ford_seconds, _season_of_fords(table))


def _delayed(obstacle: _Obstacle, delay: float | None, *, let_in: bool) -> Verdict:
    # A bollard that says cars may pass can be lowered: it costs nothing that we know of.
    if delay is None and not let_in:
        return closed(obstacle.label, obstacle.cause)
    seconds = delay or 0.0
    reason = f"{obstacle.label}: {seconds:g} s"
    return Verdict(passes=True, kmh=0.0, seconds=seconds, reason=reason)


def _opened(verdict: Verdict) -> Verdict:
    return replace(verdict, passes=True, cause=None)
