"""The table of speeds: its rows by vehicle and tag, seasons and calendars."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from routeplan.roads.tags import AccessRules

__all__ = [
    "Calendar",
    "Delays",
    "Season",
    "Settlement",
    "SpeedTable",
    "Speeds",
    "calendar_at",
]


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
            season=season,
        )
