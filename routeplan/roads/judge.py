"""What the table of speeds makes of the tags of a way or a node, and why."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from routeplan.roads.tags import access, directions, listed, permitted, speed_limit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from routeplan.roads.speeds import SpeedTable

__all__ = ["Kind", "Verdict", "ignored_values", "judge_node", "judge_way"]

_NO_FORD = ("", "no")


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
    """

    passes: bool
    kmh: float
    seconds: float
    reason: str


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
    """

    road_class: str
    surface: str
    surface_assumed: bool
    paved: bool
    verdicts: tuple[tuple[Verdict, Verdict], ...]

    @property
    def open(self) -> bool:
        """Whether any vehicle passes in any direction."""
        return any(verdict.passes for pair in self.verdicts for verdict in pair)

    def with_barrier(self, barrier: Kind) -> Kind:
        """Return the kind of a barrier that stands on a road of this kind."""
        return dataclasses.replace(self, verdicts=barrier.verdicts)


@dataclass(frozen=True, slots=True)
class _Cap:
    """The speed that one tag allows, for each vehicle, and how to name it."""

    label: str
    speeds: tuple[float, ...]


def judge_way(tags: Mapping[str, str], table: SpeedTable) -> Kind | None:
    """Judge a way; None where it is no road that any vehicle drives.

    The lowest of the speeds that its class, surface, track type, smoothness, fords and speed limit
    allow decides, and gives the reason.
    """
    known = _caps(tags, "highway", table.classes)
    if not known or tags.get("area") == "yes" or access(tags, table.access) is False:
        return None
    by_class = min(known, key=lambda cap: cap.speeds)
    road_class = by_class.label.partition("=")[2]
    if road_class in table.access.only_permitted and not permitted(tags, table.access):
        return None
    surface, assumed, surface_caps = _surface(tags, road_class, table)
    caps = [
        by_class,
        *surface_caps,
        *_caps(tags, "tracktype", table.tracktypes),
        *_caps(tags, "smoothness", table.smoothness),
    ]
    if tags.get("ford", "") not in _NO_FORD:
        caps.append(_Cap(f"ford={tags['ford']}", table.ford_kmh))
    verdicts = tuple(
        _verdicts(tags, vehicle, caps, table) for vehicle in range(len(by_class.speeds))
    )
    kind = Kind(
        road_class=road_class,
        surface=surface,
        surface_assumed=assumed,
        paved=surface in table.paved_surfaces
        or (not surface and tags.get("tracktype") in table.paved_tracktypes),
        verdicts=verdicts,
    )
    return kind if kind.open else None


def _surface(
    tags: Mapping[str, str], road_class: str, table: SpeedTable
) -> tuple[str, bool, list[_Cap]]:
    """Return the surface of a road, whether it is assumed, and what it allows."""
    caps = _caps(tags, "surface", table.surfaces)
    if caps:
        return min(caps, key=lambda cap: cap.speeds).label.partition("=")[2], False, caps
    if _caps(tags, "tracktype", table.tracktypes):
        # How firm a track is says more of its surface than its class does.
        return "", False, []
    surface = table.assumed_surface[road_class]
    label = f"surface={surface} assumed for {road_class}"
    return surface, True, [_Cap(label, table.surfaces[surface])]


def _caps(tags: Mapping[str, str], key: str, rows: Mapping[str, tuple[float, ...]]) -> list[_Cap]:
    values = listed(tags.get(key, ""))
    return [_Cap(f"{key}={value}", rows[value]) for value in values if value in rows]


def _verdicts(
    tags: Mapping[str, str], vehicle: int, caps: Sequence[_Cap], table: SpeedTable
) -> tuple[Verdict, Verdict]:
    cap = min(caps, key=lambda one: one.speeds[vehicle])
    kmh = cap.speeds[vehicle]
    reason = f"{cap.label}: {kmh:g} km/h" if kmh else f"{cap.label}: does not pass"
    along, against = (
        _limited(tags, direction, Verdict(kmh > 0, kmh, 0.0, reason), table)
        for direction in ("forward", "backward")
    )
    may_along, may_against = directions(tags)
    return (
        along if may_along else _closed(_one_way(tags)),
        against if may_against else _closed(_one_way(tags)),
    )


def _limited(
    tags: Mapping[str, str], direction: str, verdict: Verdict, table: SpeedTable
) -> Verdict:
    """Return the verdict under the speed limit, the one for the direction if there is one."""
    for key in (f"maxspeed:{direction}", "maxspeed"):
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


def _closed(label: str) -> Verdict:
    return Verdict(passes=False, kmh=0.0, seconds=0.0, reason=f"{label}: does not pass")


def ignored_values(tags: Mapping[str, str], table: SpeedTable) -> list[str]:
    """Return the tags of a way that the table has no row for, or that cannot be read."""
    rows = {
        "surface": table.surfaces,
        "tracktype": table.tracktypes,
        "smoothness": table.smoothness,
    }
    found = [key for key, known in rows.items() if key in tags and not _caps(tags, key, known)]
    found += [
        key
        for key in ("maxspeed", "maxspeed:forward", "maxspeed:backward")
        if key in tags and speed_limit(tags[key], table.limits) is None
    ]
    return [f"{key}={tags[key]}" for key in found]


def judge_node(tags: Mapping[str, str], table: SpeedTable) -> Kind | None:
    """Judge a barrier or a ford; None where it neither stops nor slows anyone."""
    label, delays = _obstacle(tags, table)
    allowed = access(tags, table.access)
    if allowed is False or (tags.get("locked") == "yes" and not allowed):
        verdicts = [_closed(f"{label}, closed by its access tags")] * len(table.vehicles)
    else:
        verdicts = [_delayed(label, delay, let_in=bool(allowed)) for delay in delays]
    if all(verdict.passes and not verdict.seconds for verdict in verdicts):
        return None
    return Kind(
        road_class="",
        surface="",
        surface_assumed=False,
        paved=False,
        verdicts=tuple((verdict, verdict) for verdict in verdicts),
    )


def _obstacle(tags: Mapping[str, str], table: SpeedTable) -> tuple[str, tuple[float | None, ...]]:
    barrier = tags.get("barrier", "no")
    if barrier != "no":
        return f"barrier={barrier}", table.barriers.get(barrier, table.barriers["other"])
    ford = tags.get("ford", "yes" if tags.get("highway") == "ford" else "no")
    if ford in _NO_FORD:
        return "ford=no", (0.0,) * len(table.vehicles)
    return f"ford={ford}", table.ford_seconds


def _delayed(label: str, delay: float | None, *, let_in: bool) -> Verdict:
    # A bollard that says cars may pass can be lowered: it costs nothing that we know of.
    if delay is None and not let_in:
        return _closed(label)
    seconds = delay or 0.0
    return Verdict(passes=True, kmh=0.0, seconds=seconds, reason=f"{label}: {seconds:g} s")
