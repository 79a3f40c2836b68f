"""The table of speeds: rows by tag, seasons with their calendars, settlements."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from routeplan.roads.tags import AccessRules

__all__ = [
    "NO_SURFACE",
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

NO_SURFACE = "unknown"
"""Surface in the section ``learned`` of roads with a track type only."""


@dataclass(frozen=True, slots=True)
class Season:
    """A season of the roads, whose rows replace the table's own while it lasts.

    Parameters
    ----------
    name
        As the calendars have it.
    means
        OpenStreetMap's names of it, in ``seasonal`` and in conditions: winter, wet, summer.
    winter_roads
        Whether roads over ice and frozen ground are open.
    seasonal_roads
        Whether roads are open that are tagged ``seasonal=yes`` and do not say when.
    street_kmh
        Speed of roads inside settlements that it would close; None where it closes them too.
    kmh
        Rows of the table that it replaces, by tag and its value.
    ford_seconds, ford_kmh
        Of fords; None for the table's own.
    """

    name: str
    means: frozenset[str]
    winter_roads: bool
    seasonal_roads: bool
    street_kmh: Speeds | None = None
    kmh: Mapping[str, Mapping[str, Speeds]] = field(default_factory=dict)
    ford_seconds: Delays | None = None
    ford_kmh: Speeds | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """When the seasons begin in one region; each lasts until the next one begins.

    Parameters
    ----------
    name
        Of the region.
    from_lat
        Its southern edge, degrees; its northern one is that of the next region.
    begins
        Day of the year as (month, day), and the season that begins then, in their order.
    """

    name: str
    from_lat: float
    begins: tuple[tuple[tuple[int, int], str], ...]

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
    """Speed inside settlements, and their extent.

    Parameters
    ----------
    kmh
        At most, of each vehicle.
    radius_metres
        Around a place's node, by the value of its tag ``place``.
    """

    kmh: Speeds
    radius_metres: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class SpeedTable:
    """How fast vehicles drive; each row holds one number for each of `vehicles`, in their order.

    Parameters
    ----------
    vehicles
        Their names.
    kmh
        By tag (highway, surface, tracktype, smoothness) and its value; 0 where the vehicle does
        not pass.
    assumed_surface
        Surface by class, for roads without one.
    paved_surfaces, paved_tracktypes
        Values that count as paved.
    limits
        Speed limits in km/h by name; infinite where the name sets none.
    barriers
        Seconds by kind of barrier, ``other`` for the rest; None where the vehicle does not pass.
    ford_seconds, ford_kmh
        At a ford mapped as a node, and along one mapped as a way.
    off_road_kmh
        Between the road and the middle of a village.
    access
        Which access values close a way.
    settlement
        None where settlements are not slower.
    seasons
        By name.
    calendars
        Of the seasons, by region.
    learned
        Factors from drivers' reports, by class and surface, one for each vehicle.
    season
        The one whose rows are in force, see `in_season`.
    """

    vehicles: tuple[str, ...]
    kmh: Mapping[str, Mapping[str, Speeds]]
    assumed_surface: Mapping[str, str]
    paved_surfaces: frozenset[str]
    paved_tracktypes: frozenset[str]
    limits: Mapping[str, float]
    barriers: Mapping[str, Delays]
    ford_seconds: Delays
    ford_kmh: Speeds
    off_road_kmh: Speeds
    access: AccessRules
    settlement: Settlement | None = None
    seasons: Mapping[str, Season] = field(default_factory=dict)
    calendars: tuple[Calendar, ...] = ()
    learned: Mapping[tuple[str, str], Speeds] = field(default_factory=dict)
    season: Season | None = None

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
