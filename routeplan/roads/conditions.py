"""Conditions of roads on a plan's days: seasons, dates, overrides, and the speeds under them."""

from __future__ import annotations

import datetime as dt  # noqa: TC003  # types of fields are read when files are
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from routeplan.errors import Faults, nearest
from routeplan.language import gettext as _
from routeplan.roads.edge_speed import (
    EdgeSpeed,
    LimitingFactor,
    calendar_at,
    closed,
    ignored_values,
    way_profile,
)
from routeplan.roads.obstacles import ferry_profile, node_profile
from routeplan.roads.reasons import reason_of
from routeplan.roads.restrictions import restriction_keys, vehicles_bound
from routeplan.roads.tags import (
    ACCESS_KEYS,
    CONDITIONAL,
    access_key,
    carries_water,
    directions,
    is_dated,
    is_ferry,
    split_values,
    tags_on,
    unread_conditions,
    value_on,
    winter_tag,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from routeplan.roads.edge_speed import EdgeSpeeds, SpeedProfile, SpeedTable


class Effect(StrEnum):
    """What an override does."""

    CLOSE = "close"
    SLOW = "slow"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Override:
    """Local knowledge of some roads that overrules the table of speeds.

    A road must match every selector that is not empty. Opened roads are as on a dry day, whatever
    their access tags or the season say.
    """

    effect: Effect
    note: str  # why, shown wherever it applies
    source: str  # its place in the file: ``roads.toml override[2]``
    ways: tuple[int, ...] = ()  # their numbers in OpenStreetMap
    names: tuple[str, ...] = ()  # ``name`` and ``ref`` of roads, whatever their case
    area: str = ""  # polygon in WKT, longitude first; selects segments by their middle
    kmh: float | None = None  # at most where it slows; of roads too rough where it opens
    vehicles: tuple[str, ...] = ()  # empty for all
    expires: dt.date | None = None  # the last day on which it applies; None for ever

    def holds_on(self, date: dt.date | None) -> bool:
        """Return whether it applies on a date; without a date every override does."""
        return self.expires is None or date is None or date <= self.expires


@dataclass(frozen=True, slots=True)
class DayState:
    """A day and its season; date None for no day in particular, season "" for none."""

    date: dt.date | None = None
    season: str = ""


@dataclass(frozen=True, slots=True)
class Conditions:
    """Days and overrides under which edge speeds are found.

    A road is as on the worst of the days: closed if it is closed on one of them, else as slow as
    on the slowest. One matrix of travel times then serves the whole plan.
    """

    days: tuple[DayState, ...] = (DayState(),)  # one without date and season is a dry day
    overrides: tuple[Override, ...] = ()  # in the order in which they are applied

    @property
    def seasons(self) -> tuple[str, ...]:
        """The seasons of the days, each once, in their order."""
        return tuple(dict.fromkeys(day.season for day in self.days if day.season))

    def expired(self) -> tuple[Override, ...]:
        """Return the overrides that apply on none of the days."""
        return tuple(
            one for one in self.overrides if not any(one.holds_on(day.date) for day in self.days)
        )


def conditions_on(
    dates: Iterable[dt.date],
    table: SpeedTable,
    *,
    lat: float,
    season: str | None = None,
    overrides: tuple[Override, ...] = (),
) -> Conditions:
    """Return the conditions of a plan's days.

    Parameters
    ----------
    dates, overrides
        Of the days; see `Conditions`.
    table, lat
        The calendars of the seasons, and the latitude that chooses one.
    season
        Replaces the calendar's season; see `validate_conditions`.
    """
    calendar = calendar_at(table.calendars, lat)
    days = tuple(
        DayState(date, season or (calendar.season_on(date) if calendar else "")) for date in dates
    )
    return Conditions(days or (DayState(season=season or ""),), overrides)


def validate_conditions(
    table: SpeedTable, season: str | None, overrides: tuple[Override, ...]
) -> None:
    """Refuse a season or vehicles of overrides that the table of speeds does not know.

    Raises
    ------
    InputError
        With each of them and the nearest one that is known.
    """
    faults = Faults()
    if season is not None and season not in table.seasons:
        message = _("the table of speeds has no season {season!r}", season=season)
        faults.add("roads.season", message, nearest(season, table.seasons))
    for one in overrides:
        for vehicle in one.vehicles:
            if vehicle not in table.vehicles:
                message = _("no speeds are known for {vehicle!r}", vehicle=vehicle)
                faults.add(f"{one.source}.vehicles", message, nearest(vehicle, table.vehicles))
    faults.raise_any()


class SpeedModel:
    """Speed profiles by a table of speeds under conditions; the worst of the days decides."""

    def __init__(self, table: SpeedTable, conditions: Conditions) -> None:
        self.table = table
        self.conditions = conditions
        self._tables = {name: table.in_season(name) for name in conditions.seasons}
        names = {name for season in table.seasons.values() for name in season.means}
        # By season of the table: which of OpenStreetMap's names of seasons mean it.
        self._season_names = {
            season: {name: name in table.seasons[season].means for name in names}
            for season in conditions.seasons
        }

    def way(
        self,
        tags: Mapping[str, str],
        overrides: Sequence[Override] = (),
        *,
        inside_settlement: bool = False,
    ) -> SpeedProfile | None:
        """Return the speed profile of a way; None where no vehicle drives it, now or ever."""
        unrestricted = {key: text for key, text in tags.items() if key not in ACCESS_KEYS}
        unrestricted["motor_vehicle"] = "yes"
        free = _profile(unrestricted, self.table, {}, inside_settlement=inside_settlement)
        if free is None:
            return None
        dry = _profile(tags, self.table, {}, inside_settlement=inside_settlement)
        may = directions(tags)
        days = []
        for day in self._distinct_days(tags, overrides):
            factor = self._out_of_season(tags, day)
            if factor is not None:
                speeds = _all(free, closed(factor.detail, factor))
            else:
                speeds = self._on_day(day, tags, free, inside_settlement=inside_settlement)
            for override in overrides:
                if override.holds_on(day.date):
                    speeds = self._overridden(override, speeds, free.speeds, may)
            days.append(speeds)
        profile = replace(
            free,
            speeds=_worst(days),
            dry_speeds=dry.speeds if dry else _all(free, closed(_access_tag(tags))),
        )
        return profile if profile.ever_open else None

    def node(self, tags: Mapping[str, str]) -> SpeedProfile | None:
        """Return the speed profile of a barrier or a ford; None where it delays nobody."""
        dry = node_profile(tags, self.table, wet=carries_water(tags, {}, seasonal=True))
        found = [self._node_on_day(day, tags) for day in self._distinct_days(tags, ())]
        profiles = [profile for profile in found if profile is not None]
        if not profiles:
            return dry and replace(dry, speeds=_all(dry, EdgeSpeed(passes=True)))
        return replace(
            profiles[0],
            speeds=_worst([profile.speeds for profile in profiles]),
            dry_speeds=dry.dry_speeds if dry else _all(profiles[0], EdgeSpeed(passes=True)),
        )

    def _node_on_day(self, day: DayState, tags: Mapping[str, str]) -> SpeedProfile | None:
        names, table = self._season_names.get(day.season, {}), self._tables.get(day.season)
        tags, in_force = tags_on(tags, day.date, names)
        wet = carries_water(tags, names, seasonal=True)
        profile = node_profile(tags, table or self.table, wet=wet)
        condition = in_force.get("locked") or in_force.get(access_key(tags) or "")
        if profile is None or condition is None:
            return profile
        speeds = tuple(
            (_by_condition(there, condition), _by_condition(back, condition))
            for there, back in profile.speeds
        )
        return replace(profile, speeds=speeds)

    def ignored_tags(self, tags: Mapping[str, str]) -> list[str]:
        """Return the tags of a way that the table does not know, or that no date decides."""
        ignored = ignored_values(tags, self.table)
        if any(day.date for day in self.conditions.days):
            ignored += unread_conditions(tags, next(iter(self._season_names.values()), {}))
        return ignored

    def turn(self, tags: Mapping[str, str]) -> tuple[int, int]:
        """Return whom the tags of a turn restriction forbid its turn, and whom they force to it.

        A bit for each vehicle; the higher bits are those of a dry day.
        """

        def value_of(day: DayState) -> Callable[[str], str | None]:
            names = self._season_names.get(day.season, {})
            return lambda text: value_on(text, day.date, names) if day.date else None

        vehicles = self.table.vehicles
        now, dry = (
            vehicles_bound(tags, vehicles, [value_of(day) for day in days])
            for days in (self.conditions.days, (DayState(),))
        )
        return now[0] | dry[0] << len(vehicles), now[1] | dry[1] << len(vehicles)

    def ignored_turn_tags(self, tags: Mapping[str, str]) -> list[str]:
        """Return the conditional tags of a turn restriction that no date decides."""
        names = next(iter(self._season_names.values()), {})
        keys = {f"{key}{CONDITIONAL}" for key in restriction_keys(*self.table.vehicles)}
        unread = (key for key in keys & tags.keys() if not is_dated(tags[key], names))
        return [f"{key}={tags[key]}" for key in unread]

    def _distinct_days(
        self, tags: Mapping[str, str], overrides: Sequence[Override]
    ) -> Iterable[DayState]:
        """Return one of all days that are alike for a way."""
        if any(key.endswith(CONDITIONAL) for key in tags):
            return self.conditions.days
        return {
            (day.season, tuple(one.holds_on(day.date) for one in overrides)): day
            for day in self.conditions.days
        }.values()

    def _on_day(
        self, day: DayState, tags: Mapping[str, str], free: SpeedProfile, *, inside_settlement: bool
    ) -> EdgeSpeeds:
        """Return the speeds of a way on one day, without overrides."""
        names, table = self._season_names.get(day.season, {}), self._tables.get(day.season)
        tags, in_force = tags_on(tags, day.date, names)
        if is_ferry(tags) and self._is_said_to_sail(tags, in_force, day):
            table = None
        table = table or self.table
        profile = _profile(tags, table, names, inside_settlement=inside_settlement)
        if profile is None:
            condition = in_force.get(access_key(tags, "forward") or "")
            factor = LimitingFactor("conditional", condition) if condition else None
            return _all(free, closed(condition or _access_tag(tags), factor))
        speeds = tuple((_dated(a, in_force), _dated(b, in_force)) for a, b in profile.speeds)
        return _streets(speeds, free.speeds, table) if inside_settlement else speeds

    def _is_said_to_sail(
        self, tags: Mapping[str, str], in_force: Mapping[str, str], day: DayState
    ) -> bool:
        """Return whether tags let a ferry sail on a day, whatever is usual in its season."""
        names = self._season_names.get(day.season, {})
        seasons = (names.get(name, False) for name in split_values(tags.get("seasonal", "")))
        return not ACCESS_KEYS.isdisjoint(in_force) or any(seasons)

    def _out_of_season(self, tags: Mapping[str, str], day: DayState) -> LimitingFactor | None:
        """Return why a road does not exist in the season of a day, if so."""
        if not day.season:
            return None
        season = self.table.seasons[day.season]
        if not season.winter_roads and not is_ferry(tags):
            tag = winter_tag(tags)
            if tag is not None:
                return LimitingFactor("winter_road", tag)
        # What is seasonal=yes is dry land; ferries are by the table.
        may = season.seasonal_roads or is_ferry(tags)
        names = self._season_names[day.season] | {"yes": may}
        known = [names[name] for name in split_values(tags.get("seasonal", "")) if name in names]
        if known and not any(known):
            return LimitingFactor("seasonal", f"seasonal={tags['seasonal']}")
        return None

    def _overridden(
        self, override: Override, speeds: EdgeSpeeds, free: EdgeSpeeds, may: tuple[bool, bool]
    ) -> EdgeSpeeds:
        return tuple(
            (
                _apply(override, pair[0], free_pair[0], may=may[0]),
                _apply(override, pair[1], free_pair[1], may=may[1]),
            )
            if vehicle in (override.vehicles or self.table.vehicles)
            else pair
            for vehicle, pair, free_pair in zip(self.table.vehicles, speeds, free, strict=True)
        )


def _apply(override: Override, speed: EdgeSpeed, free: EdgeSpeed, *, may: bool) -> EdgeSpeed:
    """Return a speed after an override; `free` is that of a dry day without access tags."""
    factor = LimitingFactor("override", override.note)
    kmh = override.kmh
    match override.effect:
        case Effect.CLOSE if may:
            return closed(override.source, factor)
        case Effect.SLOW if speed.passes and kmh is not None and kmh < speed.kmh:
            reason = reason_of("speed", what=override.source, kmh=f"{kmh:g}")
            return replace(speed, kmh=kmh, reason=reason, limiting_factor=factor)
        case Effect.OPEN if may and free.passes:
            reason = reason_of("opened", reason=free.reason, source=override.source)
            return replace(free, reason=reason, limiting_factor=factor)
        case Effect.OPEN if may and kmh is not None:
            reason = reason_of("speed", what=override.source, kmh=f"{kmh:g}")
            return EdgeSpeed(passes=True, kmh=kmh, reason=reason, limiting_factor=factor)
    return speed


def _streets(speeds: EdgeSpeeds, free: EdgeSpeeds, table: SpeedTable) -> EdgeSpeeds:
    """Keep streets of settlements open that only the season closes, if its table says so."""
    if table.season is None or table.season.street_kmh is None:
        return speeds
    rows = zip(speeds, free, table.season.street_kmh, strict=True)
    return tuple((_street(a, x, kmh), _street(b, y, kmh)) for (a, b), (x, y), kmh in rows)


def _street(speed: EdgeSpeed, free: EdgeSpeed, kmh: float) -> EdgeSpeed:
    """Keep a street of a settlement open, slowly, that only the season closes."""
    factor = speed.limiting_factor
    if factor is None or factor.code != "season" or not free.passes or speed.kmh >= kmh:
        return speed
    kmh = min(kmh, free.kmh)
    what = reason_of("street", season=factor.detail)
    reason = reason_of("speed", what=what, kmh=f"{kmh:g}")
    return replace(speed, passes=True, kmh=kmh, reason=reason)


def _profile(
    tags: Mapping[str, str],
    table: SpeedTable,
    seasons: Mapping[str, bool],
    *,
    inside_settlement: bool,
) -> SpeedProfile | None:
    """Return the profile of a road or a ferry, by a table and the names of the season."""
    if is_ferry(tags):
        return ferry_profile(tags, table)
    wet = "ford" not in tags or carries_water(tags, seasons, seasonal=False)
    return way_profile(tags, table, inside_settlement=inside_settlement, wet=wet)


def _by_condition(speed: EdgeSpeed, condition: str) -> EdgeSpeed:
    """Return a speed that is closed by a conditional tag, if it is closed."""
    return speed if speed.passes else closed(condition, LimitingFactor("conditional", condition))


def _dated(speed: EdgeSpeed, in_force: Mapping[str, str]) -> EdgeSpeed:
    """Return a speed with the conditional tag that closes its direction, if one does."""
    condition = in_force.get(speed.reason.partition("=")[0])
    return speed if condition is None else _by_condition(speed, condition)


def _access_tag(tags: Mapping[str, str]) -> str:
    """Return the access tag that decides."""
    key = access_key(tags, "forward")
    return "access" if key is None else f"{key}={tags[key]}"


def _all(profile: SpeedProfile, speed: EdgeSpeed) -> EdgeSpeeds:
    return ((speed, speed),) * len(profile.speeds)


def _worst(days: Sequence[EdgeSpeeds]) -> EdgeSpeeds:
    """Return for each vehicle and direction the speed of the worst day."""

    def slowest(speeds: Iterable[EdgeSpeed]) -> EdgeSpeed:
        return min(speeds, key=lambda speed: (speed.passes, speed.kmh, -speed.seconds))

    return tuple(
        (slowest(pair[0] for pair in pairs), slowest(pair[1] for pair in pairs))
        for pairs in zip(*days, strict=True)
    )
