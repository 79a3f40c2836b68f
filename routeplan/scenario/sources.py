"""Where a scenario takes roads, villages and homes from: the files, and what of them is read."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003  # types of fields are read when files are

from routeplan.model.problem import Village

SNAP_LIMIT_METRES = 2000.0


DEFAULT_CHANGE_WORTH = 20.0
"""Households that an announced stop is worth more than a new one, unless it is said."""


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
    drive_factor
        On all travel times.
    cut
        Which part of the file to read; None for all of it.
    """

    file: Path
    speeds: Path | None = None
    snap_limit_metres: float = SNAP_LIMIT_METRES
    overrides: Path | None = None
    season: str | None = None
    drive_factor: float = 1.0
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
        CSV or a workbook, None where the places of the map are taken.
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
class Campaign:
    """What lasts longer than one scenario.

    Parameters
    ----------
    ledger
        File of the results, or the URL of a database; None where there is none.
    goal
        Households that are to sign in all.
    change_worth
        A stop that was announced is worth so many households more than a new one.
    """

    ledger: Path | str | None = None
    goal: int | None = None
    change_worth: float | None = None

    @property
    def announced_worth(self) -> float:
        """What a stop that was announced is worth more, also where the scenario does not say it."""
        return DEFAULT_CHANGE_WORTH if self.change_worth is None else self.change_worth
