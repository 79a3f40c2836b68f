"""Barriers, fords and ferries: what stops or delays a vehicle on its way, and why."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from routeplan.roads.edge_speed import (
    EdgeSpeed,
    LimitingFactor,
    SpeedProfile,
    closed,
    closing_keys,
    ford_season,
)
from routeplan.roads.tags import FERRY_KMH, access_key, has_access, split_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from routeplan.roads.edge_speed import Delays, SpeedTable

FERRY = "ferry"
"""Class of the roads that are ferries."""


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
        else EdgeSpeed(passes=True, seconds=delay, reason=f"{label}: {delay:g} s")
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
        return f"{label}, closed by its access tags", [None] * len(delays), factor
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
    name = tags.get("name") or tags.get("ref", "")
    mapped = float(tags.get(FERRY_KMH, 0))
    by_direction = closing_keys(tags, table.access)
    speeds = []
    for kmh in table.ferry_kmh:
        reason = f"ferry: {mapped or kmh:.3g} km/h"
        sails = EdgeSpeed(
            passes=True,
            kmh=mapped or kmh,
            reason=reason,
            limiting_factor=LimitingFactor(FERRY, name),
        )
        if not kmh:
            season = table.season
            factor = LimitingFactor("season", season.name) if season and season.ferry_kmh else None
            sails = closed(f"ferry in {season.name}" if factor and season else FERRY, factor)
        there, back = (
            sails if key is None else closed(f"{key}={tags.get(key)}") for key in by_direction
        )
        speeds.append((there, back))
    found = tuple(speeds)
    return SpeedProfile(
        FERRY, "", surface_assumed=False, paved=False, speeds=found, dry_speeds=found
    )


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
        reason = f"wait for the ferry: {seconds:g} s"
        return replace(speed, kmh=0.0, seconds=seconds, reason=reason) if speed.passes else speed

    def at_landing(
        pairs: Sequence[tuple[EdgeSpeed, EdgeSpeed]],
    ) -> tuple[tuple[EdgeSpeed, EdgeSpeed], ...]:
        return tuple(
            (waits(there, wait / 2), waits(back, wait / 2))
            for (there, back), wait in zip(pairs, table.ferry_wait, strict=True)
        )

    return replace(ferry, speeds=at_landing(ferry.speeds), dry_speeds=at_landing(ferry.dry_speeds))
