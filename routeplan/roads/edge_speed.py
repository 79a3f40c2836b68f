"""Edge speeds: the table of speeds, how fast it lets a vehicle drive a way or node, and why."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from routeplan.roads.reasons import reason_of
from routeplan.roads.tags import (
    ATTRIBUTES,
    DIRECTIONS,
    IMPLIED_LIMITS,
    access_key,
    directions,
    has_access,
    has_own_permit,
    oneway_key,
    split_values,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from routeplan.roads.tags import AccessRules

Speeds: TypeAlias = tuple[float, ...]
"""One number for each vehicle; 0 km/h means that it does not pass."""

Delays: TypeAlias = tuple[float | None, ...]
"""Seconds for each vehicle; None means that it does not pass."""


@dataclass(frozen=True, slots=True)
class Season:
    """A season of the roads, whose rows replace the table's own while it lasts."""

    name: str
    means: frozenset[str]  # OpenStreetMap's names of it: winter, wet, summer
    winter_roads: bool  # whether roads over ice and frozen ground are open
    seasonal_roads: bool  # whether roads tagged seasonal=yes, which do not say when, are open
    # Of roads inside settlements that the season would close; None where it closes them too.
    street_kmh: Speeds | None = None
    kmh: Mapping[str, Mapping[str, Speeds]] = field(default_factory=dict)  # by tag and its value
    ford_seconds: Delays | None = None
    ford_kmh: Speeds | None = None
    ferry_kmh: Speeds | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """When the seasons begin in one region; each lasts until the next one begins."""

    name: str
    from_lat: float  # southern edge; the northern one is that of the next region
    begins: tuple[tuple[tuple[int, int], str], ...]  # (month, day) and season, in order

    def season_on(self, date: dt.date) -> str:
        """Return the season of a date; before the year's first one, the last of the year before."""
        day = (date.month, date.day)
        return next(
            (name for begin, name in reversed(self.begins) if begin <= day), self.begins[-1][1]
        )


def calendar_at(calendars: Sequence[Calendar], lat: float) -> Calendar | None:
    """Return the calendar of a latitude; south of all, the southernmost one."""
    south_first = sorted(calendars, key=lambda one: one.from_lat)
    fitting = [one for one in south_first if one.from_lat <= lat] or south_first[:1]
    return fitting[-1] if fitting else None


@dataclass(frozen=True, slots=True)
class Settlement:
    """Highest speed inside settlements, and their extent."""

    kmh: Speeds
    radius_metres: Mapping[str, float]  # around a place's node, by its tag ``place``
    # Kilometres of streets in a square kilometre from which land counts as built up; 0 for never.
    street_density: float = 0.0
    people_per_km2: float = 0.0  # from which a larger radius follows; 0 where none does


@dataclass(frozen=True, slots=True)
class SpeedTable:
    """How fast vehicles drive; rows hold one number for each of `vehicles`, in their order."""

    vehicles: tuple[str, ...]
    kmh: Mapping[str, Mapping[str, Speeds]]  # by tag and its value; 0 for no passing
    assumed_surface: Mapping[str, str]  # by class, for roads without one
    paved_surfaces: frozenset[str]  # that count as paved
    paved_tracktypes: frozenset[str]
    limits: Mapping[str, float]  # in km/h by name; infinite for none
    barriers: Mapping[str, Delays]  # by type, ``other`` for the rest
    ford_seconds: Delays  # at a ford mapped as a node
    ford_kmh: Speeds  # along a ford mapped as a way
    off_road_kmh: Speeds  # between the road and the middle of a village
    access: AccessRules
    ferry_kmh: Speeds | None = None  # where no duration is mapped; 0 for no ferry, None for none
    ferry_wait: Speeds = ()  # seconds of waiting and boarding
    settlement: Settlement | None = None  # None where settlements are not slower
    seasons: Mapping[str, Season] = field(default_factory=dict)  # by name
    calendars: tuple[Calendar, ...] = ()
    # Factors from drivers' reports, by class and surface.
    learned: Mapping[tuple[str, str], Speeds] = field(default_factory=dict)
    season: Season | None = None  # whose rows are in force, see `in_season`

    def in_season(self, name: str) -> SpeedTable:
        """Return the table with the rows of a season in place of its own."""
        season = self.seasons[name]
        return replace(
            self,
            kmh={key: {**rows, **season.kmh.get(key, {})} for key, rows in self.kmh.items()},
            ford_seconds=season.ford_seconds or self.ford_seconds,
            ford_kmh=season.ford_kmh or self.ford_kmh,
            ferry_kmh=self.ferry_kmh and (season.ferry_kmh or self.ferry_kmh),
            season=season,
        )


_KMH_PER_UNIT = {
    **dict.fromkeys(("", "km/h", "kmh", "kph"), 1.0),
    "mph": 1.609344,
    "knots": 1.852,
}
_LIMIT = re.compile(r"(\d+(?:[.,]\d+)?)\s*([a-z/]*)")


@dataclass(frozen=True, slots=True)
class LimitingFactor:
    """Why a road is closed or slower than on a dry day with nothing in the way.

    The code is ``season`` (it closes or slows such roads), ``seasonal`` (there in other seasons
    only), ``winter_road``, ``conditional`` (a tag by date), ``override``, ``barrier`` or ``ferry``.
    """

    code: str
    detail: str  # the season's name, the tag, the note of the override, or the ferry's name


@dataclass(frozen=True, slots=True)
class EdgeSpeed:
    """Speed of one vehicle on a road in one direction."""

    passes: bool  # whether it may and can
    kmh: float = 0.0  # 0 where it does not pass, and at a barrier, which has no length
    seconds: float = 0.0  # delay, once, at a barrier or a ford
    reason: str = ""  # the tag that decides: ``surface=ground: 30 km/h``
    limiting_factor: LimitingFactor | None = None  # if one decides


EdgeSpeeds: TypeAlias = tuple[tuple[EdgeSpeed, EdgeSpeed], ...]
"""For each vehicle of the table: along the way's points, and against them."""


@dataclass(frozen=True, slots=True)
class SpeedProfile:
    """What roads with the same tags have in common.

    Speeds are those of each vehicle of the table, along the way's points and against them; dry
    ones are without seasons, dates, overrides and closed barriers.
    """

    road_class: str  # value of the highway tag
    surface: str  # as tagged or assumed; empty where only the track type is known
    surface_assumed: bool  # whether no tag names it
    paved: bool  # whether it counts as paved
    speeds: EdgeSpeeds
    dry_speeds: EdgeSpeeds

    @property
    def open(self) -> bool:
        """Whether any vehicle passes in any direction."""
        return any(speed.passes for pair in self.speeds for speed in pair)

    @property
    def ever_open(self) -> bool:
        """Whether any vehicle passes now or on a dry day."""
        return self.open or any(speed.passes for pair in self.dry_speeds for speed in pair)


@dataclass(frozen=True, slots=True)
class _TagSpeed:
    """The speed of each vehicle that one tag allows."""

    tag: str
    speeds: tuple[float, ...]  # infinite where the tag sets no limit
    limiting_factor: LimitingFactor | None = None

    @property
    def value(self) -> str:
        return self.tag.split(" ")[0].partition("=")[2]

    def of_vehicle(self, vehicle: int) -> EdgeSpeed:
        kmh = self.speeds[vehicle]
        if not kmh:
            return closed(self.tag, self.limiting_factor)
        return EdgeSpeed(
            passes=True,
            kmh=kmh,
            reason=reason_of("speed", what=self.tag, kmh=f"{kmh:g}"),
            limiting_factor=self.limiting_factor,
        )


def closed(label: str, limiting_factor: LimitingFactor | None = None) -> EdgeSpeed:
    """Return the speed on a road that is closed."""
    reason = reason_of("closed", what=label)
    return EdgeSpeed(passes=False, reason=reason, limiting_factor=limiting_factor)


def way_profile(
    tags: Mapping[str, str],
    table: SpeedTable,
    *,
    inside_settlement: bool = False,
    wet: bool = True,
) -> SpeedProfile | None:
    """Return the speed profile of a way; None where cars may not be.

    The lowest of the speeds that its class, surface, track type, smoothness, fords, settlement,
    speed limit and other tags allow decides, and gives the reason. The way may be too rough for
    every vehicle. `wet` says whether a ford along it carries water.
    """
    by_class = _tag_speeds(tags, "highway", table)
    if not by_class or tags.get("area") == "yes":
        return None
    slowest_class = min(by_class, key=lambda tag: tag.speeds)
    road_class = slowest_class.value
    if not _may_be_driven(tags, road_class, table.access):
        return None
    surface, assumed, by_surface = _surface(tags, road_class, table)
    limits = [
        slowest_class,
        *by_surface,
        *_tag_speeds(tags, "tracktype", table),
        *_tag_speeds(tags, "smoothness", table),
        *_attribute_speeds(tags, table),
    ]
    if inside_settlement:
        limits += _settlement_speed(tags, table)
    if wet and tags.get("ford", "no") != "no":
        limits.append(_TagSpeed(f"ford={tags['ford']}", table.ford_kmh, ford_season(table)))
    learned = table.learned.get((road_class, surface), (1.0,) * len(table.vehicles))
    closing = closing_keys(tags, table.access)
    speeds = tuple(
        _by_direction(
            tags,
            min(limits, key=lambda tag: tag.speeds[vehicle]).of_vehicle(vehicle),
            table,
            factor,
            closing,
        )
        for vehicle, factor in enumerate(learned)
    )
    paved = surface in table.paved_surfaces
    if not surface:
        paved = tags.get("tracktype") in table.paved_tracktypes
    return SpeedProfile(road_class, surface, assumed, paved, speeds, dry_speeds=speeds)


def _may_be_driven(tags: Mapping[str, str], road_class: str, rules: AccessRules) -> bool:
    if road_class in rules.only_permitted and not has_own_permit(tags, rules):
        return False
    return any(has_access(tags, rules, way) is not False for way in DIRECTIONS)


def _tag_speeds(tags: Mapping[str, str], key: str, table: SpeedTable) -> list[_TagSpeed]:
    """Return the speeds that the values of a tag allow, if the table has rows for them."""
    rows = table.kmh[key]
    values = [value for value in split_values(tags.get(key, "")) if value in rows]
    return [_row(key, value, f"{key}={value}", table) for value in values]


def _attribute_speeds(tags: Mapping[str, str], table: SpeedTable) -> list[_TagSpeed]:
    """Return the speeds that other tags allow, whose rows name both key and value."""
    rows = table.kmh["attribute"]
    found = (f"{key}={tags[key]}" for key in ATTRIBUTES if key in tags)
    return [_row("attribute", tag, tag, table) for tag in found if tag in rows]


def _row(key: str, row: str, tag: str, table: SpeedTable) -> _TagSpeed:
    """Return one row of the table, and the season that it is from."""
    season = table.season
    if season is None or row not in season.kmh.get(key, {}):
        return _TagSpeed(tag, table.kmh[key][row])
    factor = LimitingFactor("season", season.name)
    label = reason_of("in_season", what=tag, season=season.name)
    return _TagSpeed(label, table.kmh[key][row], factor)


def _surface(
    tags: Mapping[str, str], road_class: str, table: SpeedTable
) -> tuple[str, bool, list[_TagSpeed]]:
    """Return the surface of a road, whether it is assumed, and the speeds that it allows."""
    tagged = _tag_speeds(tags, "surface", table)
    if tagged:
        return min(tagged, key=lambda tag: tag.speeds).value, False, tagged
    if _tag_speeds(tags, "tracktype", table):
        # The firmness of a track is better evidence of its surface than its class.
        return "", False, []
    surface = table.assumed_surface[road_class]
    (assumed,) = _tag_speeds({"surface": surface}, "surface", table)
    label = reason_of("assumed", what=assumed.tag, road_class=road_class)
    return surface, True, [replace(assumed, tag=label)]


def _settlement_speed(tags: Mapping[str, str], table: SpeedTable) -> list[_TagSpeed]:
    """Return the speed inside settlements, unless a higher limit of the road shows a bypass."""
    if table.settlement is None:
        return []
    limit = speed_limit(tags.get("maxspeed", ""), table.limits)
    if limit is not None and limit > max(table.settlement.kmh):
        return []
    return [_TagSpeed(reason_of("settlement"), table.settlement.kmh)]


def ford_season(table: SpeedTable) -> LimitingFactor | None:
    """Return the season that closes or slows fords, if one does."""
    season = table.season
    return LimitingFactor("season", season.name) if season and season.ford_kmh else None


def _by_direction(
    tags: Mapping[str, str],
    speed: EdgeSpeed,
    table: SpeedTable,
    factor: float,
    closing: Sequence[str | None],
) -> tuple[EdgeSpeed, EdgeSpeed]:
    """Return a speed in both directions, under speed limits and drivers' reports.

    `closing` are the tags that close the directions, as of `closing_keys`.
    """
    # Reports of higher speeds do not lift the speed limit; those of lower ones apply below it.
    along, against = (
        _scaled(_limited(tags, way, _scaled(speed, max(factor, 1.0)), table), min(factor, 1.0))
        if key is None
        else closed(f"{key}={tags.get(key, '')}")
        for way, key in zip(DIRECTIONS, closing, strict=True)
    )
    return along, against


def closing_keys(tags: Mapping[str, str], rules: AccessRules) -> list[str | None]:
    """Return the tag that closes a way to cars along its points, and against them."""
    found: list[str | None] = []
    for way, may in zip(DIRECTIONS, directions(tags), strict=True):
        refused = has_access(tags, rules, way) is False
        found.append(access_key(tags, way) if refused else None if may else oneway_key(tags))
    return found


def _scaled(speed: EdgeSpeed, factor: float) -> EdgeSpeed:
    """Return a speed corrected by what drivers reported."""
    if factor == 1 or not speed.passes:
        return speed
    kmh = speed.kmh * factor
    reason = reason_of("reported", reason=speed.reason, kmh=f"{kmh:.3g}")
    return replace(speed, kmh=kmh, reason=reason)


def _limited(
    tags: Mapping[str, str], direction: str, speed: EdgeSpeed, table: SpeedTable
) -> EdgeSpeed:
    """Return a speed under the speed limit; a limit of the direction comes first."""
    for key in (f"maxspeed:{direction}", "maxspeed", *IMPLIED_LIMITS):
        limit = speed_limit(tags.get(key, ""), table.limits)
        if limit is not None:
            if limit >= speed.kmh or not speed.passes:
                return speed
            reason = reason_of("speed", what=f"{key}={tags[key]}", kmh=f"{limit:.3g}")
            return EdgeSpeed(passes=True, kmh=limit, reason=reason)
    return speed


def speed_limit(text: str, named: Mapping[str, float]) -> float | None:
    """Read a ``maxspeed`` value in km/h; infinite for no limit, None where it cannot be read.

    It is in kilometres per hour, or has a unit (``mph``, ``knots``), or is one of the `named`
    limits (``walk``, ``RU:urban``); of a list the lowest counts.

    Examples
    --------
    >>> speed_limit("60; 40 mph", {})
    60.0
    """
    limits = []
    for part in split_values(text):
        match = _LIMIT.fullmatch(part.lower())
        if part in named:
            limits.append(named[part])
        elif match is not None and match[2] in _KMH_PER_UNIT:
            kmh = float(match[1].replace(",", ".")) * _KMH_PER_UNIT[match[2]]
            limits += [kmh] if 0 < kmh < math.inf else []
    return min(limits, default=None)


def ignored_values(tags: Mapping[str, str], table: SpeedTable) -> list[str]:
    """Return the tags of a way that the table has no row for, or that cannot be read."""
    surfaces = ("surface", "tracktype", "smoothness")
    limits = ("maxspeed", "maxspeed:forward", "maxspeed:backward")
    ignored = [key for key in surfaces if key in tags and not _tag_speeds(tags, key, table)]
    ignored += [
        key for key in limits if key in tags and speed_limit(tags[key], table.limits) is None
    ]
    return [f"{key}={tags[key]}" for key in ignored]
