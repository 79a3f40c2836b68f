"""Judging roads as they are on the days of a plan: the worst of the days decides."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from routeplan.roads.conditional import tags_on, unread_conditions
from routeplan.roads.conditions import Effect
from routeplan.roads.judge import (
    EdgeSpeed,
    LimitingFactor,
    closed,
    ignored_values,
    node_profile,
    way_profile,
)
from routeplan.roads.tags import ACCESS_HIERARCHY, CONDITIONAL, directions, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from routeplan.roads.conditions import Conditions, DayState, Override
    from routeplan.roads.judge import EdgeSpeeds, SpeedProfile
    from routeplan.roads.speeds import SpeedTable

__all__ = ["SpeedModel"]

_NO = ("", "no")


class SpeedModel:
    """A table of speeds under the conditions of a plan's days.

    Parameters
    ----------
    table, conditions
        By what roads are judged.
    """

    def __init__(self, table: SpeedTable, conditions: Conditions) -> None:
        self.table = table
        self.conditions = conditions
        self._tables = {name: table.in_season(name) for name in conditions.seasons}
        words = {word for season in table.seasons.values() for word in season.means}
        self._words = {
            name: {word: word in table.seasons[name].means for word in words}
            for name in conditions.seasons
        }

    def way(
        self,
        tags: Mapping[str, str],
        overrides: Sequence[Override] = (),
        *,
        inside_settlement: bool = False,
    ) -> SpeedProfile | None:
        """Judge a way; None where no vehicle drives it, now or on a dry day."""
        cars_let_in = {key: text for key, text in tags.items() if key not in ACCESS_HIERARCHY}
        cars_let_in["motor_vehicle"] = "yes"
        freed = way_profile(cars_let_in, self.table, inside_settlement=inside_settlement)
        if freed is None:
            return None
        dry = way_profile(tags, self.table, inside_settlement=inside_settlement)
        dry_speeds = dry.speeds if dry else _all(freed, closed(_access_label(tags)))
        speeds = _worst(
            self._overridden(
                self._on(day, tags, freed, inside_settlement=inside_settlement),
                freed.speeds,
                [one for one in overrides if one.holds_on(day.date)],
                directions(tags),
            )
            for day in self._days(tags, overrides)
        )
        kind = replace(freed, speeds=speeds, dry_speeds=dry_speeds)
        return kind if kind.ever_open else None

    def node(self, tags: Mapping[str, str]) -> SpeedProfile | None:
        """Judge a barrier or a ford; None where it neither stops nor slows anyone."""
        dry = node_profile(tags, self.table)
        judged = [node_profile(tags, table) for table in self._tables.values()] or [dry]
        profiles = [kind for kind in judged if kind is not None]
        if not profiles:
            return dry
        free = EdgeSpeed(passes=True, kmh=0.0, seconds=0.0, reason="")
        dry_speeds = dry.dry_speeds if dry else _all(profiles[0], free)
        return replace(
            profiles[0], speeds=_worst(kind.speeds for kind in profiles), dry_speeds=dry_speeds
        )

    def passed_over(self, tags: Mapping[str, str]) -> list[str]:
        """Return the tags of a way that the table does not know, or that no date decides."""
        words = next(iter(self._words.values()), {})
        dated = any(day.date for day in self.conditions.days)
        return ignored_values(tags, self.table) + (unread_conditions(tags, words) if dated else [])

    def _days(self, tags: Mapping[str, str], overrides: Sequence[Override]) -> tuple[DayState, ...]:
        """Return one day of each sort that makes a difference to a way."""
        if any(key.endswith(CONDITIONAL) for key in tags):
            return self.conditions.days
        sorts = {
            (day.season, tuple(one.holds_on(day.date) for one in overrides)): day
            for day in self.conditions.days
        }
        return tuple(sorts.values())

    def _on(
        self,
        day: DayState,
        tags: Mapping[str, str],
        freed: SpeedProfile,
        *,
        inside_settlement: bool,
    ) -> EdgeSpeeds:
        """Judge a way on one day, but for overrides."""
        limiting_factor = self._out_of_season(tags, day)
        if limiting_factor is not None:
            return _all(freed, closed(limiting_factor.detail, limiting_factor))
        in_force: Mapping[str, str] = {}
        if day.date is not None:
            dated = tags_on(tags, day.date, self._words.get(day.season, {}))
            tags, in_force = dated.tags, dated.in_force
        table = self._tables.get(day.season, self.table)
        kind = way_profile(tags, table, inside_settlement=inside_settlement)
        if kind is None:
            label = _access_label(tags)
            condition = in_force.get(label.partition("=")[0])
            limiting_factor = LimitingFactor("conditional", condition) if condition else None
            return _all(freed, closed(condition or label, limiting_factor))
        if inside_settlement and table.season and table.season.street_kmh:
            kept = zip(kind.speeds, freed.speeds, table.season.street_kmh, strict=True)
            return tuple((_street(a, x, kmh), _street(b, y, kmh)) for (a, b), (x, y), kmh in kept)
        return kind.speeds

    def _out_of_season(self, tags: Mapping[str, str], day: DayState) -> LimitingFactor | None:
        """Return why a road is not there in the season of a day; None where it is."""
        if not day.season:
            return None
        season = self.table.seasons[day.season]
        for key in ("winter_road", "ice_road"):
            if tags.get(key, "") not in _NO and not season.winter_roads:
                return LimitingFactor("winter_road", f"{key}={tags[key]}")
        words = self._words[day.season] | {"yes": season.seasonal_roads}
        known = [words[word] for word in listed(tags.get("seasonal", "")) if word in words]
        if known and not any(known):
            return LimitingFactor("seasonal", f"seasonal={tags['seasonal']}")
        return None

    def _overridden(
        self,
        speeds: EdgeSpeeds,
        freed: EdgeSpeeds,
        overrides: Sequence[Override],
        may: tuple[bool, bool],
    ) -> EdgeSpeeds:
        for override in overrides:
            speeds = tuple(
                (
                    _apply(override, pair[0], free[0], may=may[0]),
                    _apply(override, pair[1], free[1], may=may[1]),
                )
                if vehicle in (override.vehicles or self.table.vehicles)
                else pair
                for vehicle, pair, free in zip(self.table.vehicles, speeds, freed, strict=True)
            )
        return speeds


def _apply(override: Override, verdict: EdgeSpeed, freed: EdgeSpeed, *, may: bool) -> EdgeSpeed:
    """Return a verdict after an override; `freed` is that of a dry day without access tags."""
    limiting_factor = LimitingFactor("override", override.note)
    kmh = override.kmh
    match override.effect:
        case Effect.CLOSE if may:
            return closed(override.source, limiting_factor)
        case Effect.SLOW if verdict.passes and kmh is not None and kmh < verdict.kmh:
            reason = f"{override.source}: {kmh:g} km/h"
            return replace(verdict, kmh=kmh, reason=reason, limiting_factor=limiting_factor)
        case Effect.OPEN if may and freed.passes:
            return replace(
                freed, reason=f"{freed.reason}, {override.source}", limiting_factor=limiting_factor
            )
        case Effect.OPEN if may and kmh is not None:
            reason = f"{override.source}: {kmh:g} km/h"
            return EdgeSpeed(
                passes=True, kmh=kmh, seconds=0.0, reason=reason, limiting_factor=limiting_factor
            )
    return verdict


def _street(verdict: EdgeSpeed, freed: EdgeSpeed, kmh: float) -> EdgeSpeed:
    """Keep a street of a settlement open, slowly, that only the season closes."""
    by_season = verdict.limiting_factor is not None and verdict.limiting_factor.code == "season"
    if not by_season or not freed.passes or verdict.kmh >= kmh:
        return verdict
    kept = min(kmh, freed.kmh)
    season = verdict.limiting_factor.detail if verdict.limiting_factor else ""
    reason = f"a street in {season}: {kept:g} km/h"
    return replace(verdict, passes=True, kmh=kept, reason=reason)


def _access_label(tags: Mapping[str, str]) -> str:
    """Return the access tag that decides."""
    return next(
        (f"{key}={tags[key]}" for key in reversed(ACCESS_HIERARCHY) if key in tags), "access"
    )


def _all(kind: SpeedProfile, verdict: EdgeSpeed) -> EdgeSpeeds:
    return ((verdict, verdict),) * len(kind.speeds)


def _worst(judged: Iterable[EdgeSpeeds]) -> EdgeSpeeds:
    """Return for each vehicle and direction the verdict of the worst day."""
    days = list(judged)
    return tuple(
        (_slowest(pair[0] for pair in pairs), _slowest(pair[1] for pair in pairs))
        for pairs in zip(*days, strict=True)
    )


def _slowest(speeds: Iterable[EdgeSpeed]) -> EdgeSpeed:
    return min(speeds, key=lambda one: (one.passes, one.kmh, -one.seconds))
