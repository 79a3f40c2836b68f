"""Under which conditions roads are judged: the plan's days, their seasons, and overrides."""

from __future__ import annotations

import datetime as dt  # noqa: TC003  # types of fields are read when files are
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from routeplan.errors import Faults, nearest
from routeplan.roads.seasons import calendar_at

if TYPE_CHECKING:
    from collections.abc import Iterable

    from routeplan.roads.speeds import SpeedTable

__all__ = ["Conditions", "DayState", "Effect", "Override", "check_known", "conditions_on"]


class Effect(StrEnum):
    """What an override does."""

    CLOSE = "close"
    SLOW = "slow"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Override:
    """What somebody who knows says of some roads.

    A road must fit every selector that is not empty.

    Parameters
    ----------
    effect
        Closes, slows, or opens: as on a dry day, whatever its access tags or the season say.
    note
        Why, shown wherever it counts.
    source
        Where it stands, for faults: ``roads.toml override[2]``.
    ways
        Numbers of ways of OpenStreetMap.
    names
        Names or numbers of roads (``name`` and ``ref``), whatever their case.
    area
        Polygon in WKT, longitude before latitude; holds stretches whose middle is inside.
    kmh
        At most, where it slows; where it opens, the speed of roads that are too rough by the table.
    vehicles
        Whom it concerns; empty for all.
    expires
        The last day on which it counts; None for ever.
    """

    effect: Effect
    note: str
    source: str
    ways: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    area: str = ""
    kmh: float | None = None
    vehicles: tuple[str, ...] = ()
    expires: dt.date | None = None

    def holds_on(self, date: dt.date | None) -> bool:
        """Tell whether it counts on a date; without a date every override does."""
        return self.expires is None or date is None or date <= self.expires


@dataclass(frozen=True, slots=True)
class DayState:
    """A day and its season; a date of None stands for no day in particular, "" for no season."""

    date: dt.date | None = None
    season: str = ""


@dataclass(frozen=True, slots=True)
class Conditions:
    """Under which conditions roads are judged.

    A road is as on the worst of the days: closed if it is closed on one of them, else as slow as
    on the slowest. One matrix of travel times then serves the whole plan.

    Parameters
    ----------
    days
        Each with its season; one day without date and season is a dry day.
    overrides
        In the order in which they are applied.
    """

    days: tuple[DayState, ...] = (DayState(),)
    overrides: tuple[Override, ...] = ()

    @property
    def seasons(self) -> tuple[str, ...]:
        """The seasons of the days, each once, in their order."""
        return tuple(dict.fromkeys(day.season for day in self.days if day.season))

    def expired(self) -> tuple[Override, ...]:
        """Return the overrides that count on none of the days."""
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
    dates
        Of the days.
    table
        Whose calendars tell the seasons.
    lat
        Degrees, chooses the calendar.
    season
        Stands for what the calendar says; see `check_known`.
    overrides
        See `Conditions`.
    """
    calendar = calendar_at(table.calendars, lat)
    days = tuple(
        DayState(date, season or (calendar.season_on(date) if calendar else "")) for date in dates
    )
    return Conditions(days or (DayState(season=season or ""),), overrides)


def check_known(table: SpeedTable, season: str | None, overrides: tuple[Override, ...]) -> None:
    """Refuse a season or vehicles of overrides that the table of speeds does not know.

    Raises
    ------
    InputError
        With each of them and the nearest one that is known.
    """
    faults = Faults()
    if season is not None and season not in table.seasons:
        message = f"the table of speeds has no season {season!r}"
        faults.add("roads.season", message, nearest(season, table.seasons))
    for one in overrides:
        for vehicle in one.vehicles:
            if vehicle not in table.vehicles:
                message = f"no speeds are known for {vehicle!r}"
                faults.add(f"{one.source}.vehicles", message, nearest(vehicle, table.vehicles))
    faults.raise_any()
