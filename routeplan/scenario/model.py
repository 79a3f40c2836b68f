"""What a scenario is: roads, villages, days, teams and rules of one undertaking."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003  # types of fields are read when files are
from typing import TYPE_CHECKING

from routeplan.errors import Fault, Faults, InputError
from routeplan.formats.document import file_error
from routeplan.language import LANGUAGES
from routeplan.model.problem import Day, Place, Rules, Sleep, Team, Village
from routeplan.model.references import check_known, check_unique
from routeplan.model.variants import limit_days, resize_days, resize_teams, scale_pace

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from routeplan.language import Language

SNAP_LIMIT_METRES = 2000.0


@dataclass(frozen=True, slots=True)
class RoadCut:
    """Which part of a file of roads to read: an area, a box, or the surroundings of all places.

    Parameters
    ----------
    area, area_names
        Polygons, as GeoJSON, GeoPackage or shapefile; and which of them, by a name or a code in any
        of their columns (none for all).
    bbox
        Degrees in the south, west, north and east.
    around_km
        This far around each of the scenario's places and the villages of its table.
    margin_km
        So far beyond all that roads are kept too, since the fastest way between two villages may
        leave their district.
    """

    area: Path | None = None
    area_names: tuple[str, ...] = ()
    bbox: tuple[float, float, float, float] | None = None
    around_km: float | None = None
    margin_km: float = 25.0


@dataclass(frozen=True, slots=True)
class Roads:
    """Where the roads are read from.

    Parameters
    ----------
    speeds
        Own table of speeds, None for the built-in one.
    snap_limit_metres
        A village farther than this from every road is unreachable.
    overrides
        File of roads that people know to be closed, slow or open.
    season
        Instead of those of the dates.
    cut
        Which part of the file to read; None for all of it.
    """

    file: Path
    speeds: Path | None = None
    snap_limit_metres: float = SNAP_LIMIT_METRES
    overrides: Path | None = None
    season: str | None = None
    cut: RoadCut | None = None


@dataclass(frozen=True, slots=True)
class HomesSource:
    """The buildings of a map, of which households are estimated.

    Parameters
    ----------
    households_per_home
        How many households live in a building, or in a flat.
    within_metres, untyped
        Homes farther than this from every village belong to none; whether buildings of unknown type
        count.
    """

    file: Path
    households_per_home: float = 1.0
    within_metres: float = 2000.0
    untyped: bool = False


@dataclass(frozen=True, slots=True)
class VillageSource:
    """Where the villages are read from: a table, or the places of the roads' own file.

    Parameters
    ----------
    table
        CSV or XLSX, None where the places of the map are taken.
    kinds
        Values of the tag ``place`` that are villages, where those are taken.
    people_per_household
        Makes households of population.
    places, register, districts
        Where positions that the table lacks are found by name: a map's places, the state's
        register (which knows the districts by all their names), polygons of districts.
    homes
        How unknown households are estimated; None where they are not.
    defaults
        Options of every village without its own, as a village without a place.
    """

    table: Path | None = None
    kinds: tuple[str, ...] = ()
    people_per_household: float | None = None
    places: Path | None = None
    register: Path | None = None
    districts: Path | None = None
    homes: HomesSource | None = None
    defaults: Village = dataclasses.field(default_factory=lambda: Village("", 0))


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a scenario file says.

    Parameters
    ----------
    places
        Points that are no villages: bases, hosts.
    teams
        As in the file; `effective_teams` are those of the problem.
    sleeps
        Where teams may sleep besides the villages whose table says so.
    home_every_night
        Whether every team sleeps at its end place every night, whatever its own limit.
    max_nights_away
        Of teams without a limit of their own.
    source
        Name of its file, for faults.
    language
        Of all handouts.

    Raises
    ------
    InputError
        Where there is no team or day, an id is there twice, or the language is not known.

    Examples
    --------
    A variant is made by `replace`, or by one of the methods for what is varied most.

    >>> more = scenario.with_crews(3).with_days(6).with_nights(1)
    >>> [team.id for team in more.teams], len(more.days), more.max_nights_away
    (['A', 'B', 'A-2'], 6, 1)
    >>> scenario.replace(home_every_night=True).effective_teams[0].max_nights_away
    0
    """

    roads: Roads
    villages: VillageSource
    places: tuple[Place, ...]
    days: tuple[Day, ...]
    teams: tuple[Team, ...]
    rules: Rules = dataclasses.field(default_factory=Rules)
    sleeps: tuple[Sleep, ...] = ()
    home_every_night: bool = False
    max_nights_away: int | None = None
    name: str = ""
    source: str = "scenario"
    language: Language = "en"

    def __post_init__(self) -> None:
        faults = Faults()
        for name in ("days", "teams"):
            if not getattr(self, name):
                faults.add(name, "is empty; at least one is needed")
        for name, field in (("places", "id"), ("teams", "id"), ("sleeps", "place")):
            check_unique(
                name, field, [getattr(item, field) for item in getattr(self, name)], faults
            )
        if self.language not in LANGUAGES:
            hint = f"choose from {', '.join(LANGUAGES)}"
            faults.add("language", f"{self.language!r} is not known", hint)
        faults.raise_any()

    def replace(self, **changes: object) -> Scenario:
        """Return the scenario with some fields changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]

    def with_crews(self, count: int) -> Scenario:
        """Return it with so many teams: the first ones, then copies of them in turn."""
        _at_least(1, "crews", count)
        return self.replace(teams=resize_teams(self.teams, count))

    def with_days(self, count: int) -> Scenario:
        """Return it with so many days: the first ones, then days like the last on later dates.

        Teams that work some days only do not work on added ones.
        """
        _at_least(1, "days", count)
        teams = tuple(limit_days(team, count) for team in self.teams)
        return self.replace(days=resize_days(self.days, count), teams=teams)

    def with_nights(self, most: int | None) -> Scenario:
        """Return it with so many nights away in a row, for every team; 0 is home every night.

        None lets teams stay away for as long as there are days.
        """
        _at_least(0, "nights", 0 if most is None else most)
        teams = tuple(dataclasses.replace(team, max_nights_away=None) for team in self.teams)
        return self.replace(teams=teams, max_nights_away=most, home_every_night=False)

    def with_drive_hours(self, most: float | None) -> Scenario:
        """Return it with so many hours of driving a day for each team; None is no limit."""
        _at_least(0, "drive_hours", 0 if most is None else most)
        seconds = None if most is None else round(most * 3600)
        rules = dataclasses.replace(self.rules, max_drive_seconds_per_day=seconds)
        return self.replace(rules=rules)

    def with_pace(self, factor: float) -> Scenario:
        """Return it with teams that are so many times as quick at doors."""
        return self.replace(teams=tuple(scale_pace(team, factor) for team in self.teams))

    def with_speeds(self, table: Path | None) -> Scenario:
        """Return it with another table of speeds (TOML); None is the built-in one."""
        return self.replace(roads=dataclasses.replace(self.roads, speeds=table))

    @property
    def dates(self) -> tuple[dt.date, ...]:
        """Dates of the days, in their order."""
        return tuple(day.date for day in self.days)

    @property
    def effective_teams(self) -> tuple[Team, ...]:
        """Teams, each with its own limit of nights away."""
        nights = [
            self.max_nights_away if team.max_nights_away is None else team.max_nights_away
            for team in self.teams
        ]
        return tuple(
            dataclasses.replace(team, max_nights_away=0 if self.home_every_night else most)
            for team, most in zip(self.teams, nights, strict=True)
        )

    def check_places(self, village_ids: Iterable[str]) -> None:
        """Refuse teams and overnight places that are neither the scenario's places nor villages.

        Places that have the id of a village are refused, too.
        """
        faults = Faults()
        villages, places = set(village_ids), [place.id for place in self.places]
        for n, place in enumerate(places):
            if place in villages:
                hint = "name the village itself as base, or choose another id"
                faults.add(f"places[{n}].id", f"{place!r} is the id of a village too", hint)
        references = {f"teams[{n}].base": team.start for n, team in enumerate(self.teams)}
        for n, team in enumerate(self.teams):
            references |= {f"teams[{n}].end": team.end} if team.end != team.start else {}
        references |= {f"nights.places[{n}].place": one.place for n, one in enumerate(self.sleeps)}
        check_known(references, {*places, *villages}, "no place and no village has the id", faults)
        self._raise(faults)

    def check_vehicles(self, known: Iterable[str]) -> None:
        """Refuse teams whose vehicle has no speeds; the nearest vehicle with some is named."""
        faults = Faults()
        vehicles = {f"teams[{n}].vehicle": team.vehicle for n, team in enumerate(self.teams)}
        check_known(vehicles, known, "no speeds are known for", faults)
        self._raise(faults)

    def _raise(self, faults: Faults) -> None:
        if faults:
            raise file_error(faults, f"{self.source}:")


def _at_least(least: int, name: str, value: float) -> None:
    if not least <= value < math.inf:
        raise InputError([Fault(name, f"{value:g} is not a number of {least} or more")])
