"""The parts of a problem: places, villages, overnight places, teams, days, rules and promises.

Each refuses to exist in a bad state, naming every fault at once; that they fit one another is
checked by the problem. Times are whole seconds after the day's local midnight.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003  # types of fields are read when files are
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from routeplan.display import short_repr
from routeplan.errors import Faults
from routeplan.language import gettext as _
from routeplan.language import ngettext
from routeplan.model.travel import LARGEST
from routeplan.model.values import (
    check_above_zero,
    check_amount,
    check_positive,
    check_whole,
    take,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "Announced",
    "Day",
    "District",
    "Place",
    "Rules",
    "Sleep",
    "Team",
    "Village",
    "Window",
]


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` to `end`, both included, in seconds after the day's midnight.

    Examples
    --------
    >>> Window(8 * 3600, 20 * 3600).narrowed(Window(36_000, 80_000))
    Window(start=36000, end=72000)
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        take(self, whole=("start", "end"))
        faults = Faults()
        if self.start < 0:
            faults.add("", _("starts at {start}, before the day does", start=self.start))
        if self.end > LARGEST:
            message = _(
                "ends at {end}, above {most}, the largest number that is taken",
                end=self.end,
                most=LARGEST,
            )
            faults.add("", message)
        if self.end < self.start:
            faults.add(
                "", _("ends at {end}, before it starts at {start}", end=self.end, start=self.start)
            )
        faults.raise_any()

    def narrowed(self, other: Window | None) -> Window | None:
        """Return the intersection of both windows; None where it is empty."""
        if other is None:
            return self
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Window(start, end) if start <= end else None


@dataclass(frozen=True, slots=True)
class Place:
    """A point that teams can be at (WGS 84, degrees).

    Examples
    --------
    >>> Place("v01", "Ақбұлақ", lat=43.11, lon=79.35).name
    'Ақбұлақ'
    """

    id: str
    name: str
    lat: float
    lon: float

    __repr__ = short_repr

    def __post_init__(self) -> None:
        take(self, texts=("id", "name"), numbers=("lat", "lon"))
        faults = Faults()
        if not self.id.strip():
            faults.add("id", _("is empty"))
        if not -90 <= self.lat <= 90:  # noqa: PLR2004  # degrees
            swapped = abs(self.lat) <= 180 and abs(self.lon) <= 90  # noqa: PLR2004  # degrees
            hint = _("are lat and lon swapped?") if swapped else ""
            faults.add("lat", _("{degrees} is not a latitude (-90 to 90)", degrees=self.lat), hint)
        if not -180 <= self.lon <= 180:  # noqa: PLR2004  # degrees
            faults.add("lon", _("{degrees} is not a longitude (-180 to 180)", degrees=self.lon))
        faults.raise_any()


@dataclass(frozen=True, slots=True)
class Village:
    """Households still to be reached at a place, and how they may be.

    Parameters
    ----------
    weight
        What one household reached there is worth.
    partial
        Whether a visit may reach only some of them.
    min_households
        No visit reaches fewer, or than all that earlier days left, if that is fewer.
    setup_seconds
        Spent at every visit before the first door.
    pace
        Multiplies a team's households per hour there.
    max_share_per_visit
        One visit reaches at most this share of the households, rounded up.
    closed_days
        Indices of days on which it is not visited.
    knock
        When its doors may be knocked; narrows the day's own window.
    required
        Whether some visit must be made.

    Examples
    --------
    >>> Village("v01", households=240, min_households=10, setup_seconds=600).weight
    1.0
    """

    place: str
    households: int
    weight: float = 1.0
    partial: bool = True
    min_households: int = 1
    setup_seconds: int = 0
    pace: float = 1.0
    max_share_per_visit: float = 1.0
    closed_days: tuple[int, ...] = ()
    knock: Window | None = None
    required: bool = False

    __repr__ = short_repr

    def __post_init__(self) -> None:
        take(
            self,
            texts=("place",),
            whole=("households", "min_households", "setup_seconds", "closed_days"),
            numbers=("weight", "pace", "max_share_per_visit"),
        )
        faults = Faults()
        check_whole(self, ("households", "min_households", "setup_seconds"), faults)
        check_positive(self, ("weight", "pace"), faults)
        if not 0 < self.max_share_per_visit <= 1:
            faults.add(
                "max_share_per_visit",
                _("{share} is not above 0 and at most 1", share=self.max_share_per_visit),
            )
        elif self.max_share_per_visit < 1 and not self.partial:
            faults.add(
                "max_share_per_visit",
                _("below 1 where a visit reaches all or none"),
                _("leave it out, or let partial be true"),
            )
        _check_unique("closed_days", self.closed_days, faults)
        faults.raise_any()


@dataclass(frozen=True, slots=True)
class Sleep:
    """A place where teams may spend a night, and how many at once.

    Examples
    --------
    >>> Sleep("v01")
    Sleep(place='v01')
    """

    place: str
    teams_per_night: int = 1

    __repr__ = short_repr

    def __post_init__(self) -> None:
        take(self, texts=("place",), whole=("teams_per_night",))
        faults = Faults()
        check_whole(self, ("teams_per_night",), faults)
        faults.raise_any()


@dataclass(frozen=True, slots=True)
class Team:
    """One vehicle with its people.

    Parameters
    ----------
    start, end
        Where its first day begins and its last one ends.
    households_per_hour
        The whole team's pace; None where a visit takes no time beyond its setup.
    days
        Indices of the days that it works; None means all.
    max_nights_away
        Most nights in a row elsewhere than at `end`; None means any number.
    households_per_hour_by_day
        The pace on each of the problem's days, instead of `households_per_hour`; None among them
        means the same as there.

    Examples
    --------
    >>> team = Team("A", "base", "base", "car", households_per_hour=20.0, max_nights_away=2)
    >>> team.pace_on(0)
    20.0
    """

    id: str
    start: str
    end: str
    vehicle: str
    households_per_hour: float | None = None
    days: tuple[int, ...] | None = None
    max_nights_away: int | None = None
    households_per_hour_by_day: tuple[float | None, ...] | None = None

    __repr__ = short_repr

    def __post_init__(self) -> None:
        take(
            self,
            texts=("id", "start", "end", "vehicle"),
            whole=("days", "max_nights_away"),
            numbers=("households_per_hour", "households_per_hour_by_day"),
        )
        faults = Faults()
        if not self.id.strip():
            faults.add("id", _("is empty"))
        check_positive(self, ("households_per_hour",), faults)
        check_whole(self, ("max_nights_away",), faults)
        _check_unique("days", self.days or (), faults)
        for day, pace in enumerate(self.households_per_hour_by_day or ()):
            check_above_zero(f"households_per_hour_by_day[{day}]", pace, faults)
        faults.raise_any()

    def pace_on(self, day: int) -> float | None:
        """Return the households an hour on a day of the problem; None: no time beyond setup."""
        by_day = self.households_per_hour_by_day
        return self.households_per_hour if by_day is None else by_day[day]


@dataclass(frozen=True, slots=True)
class Day:
    """A date, when a team may be on its way, and when doors may be knocked (None: the same).

    Examples
    --------
    >>> day = Day(dt.date(2027, 5, 3), Window(8 * 3600, 20 * 3600))
    >>> day.doors == day.work
    True
    """

    date: dt.date
    work: Window
    knock: Window | None = None

    def __post_init__(self) -> None:
        take(self, dates=("date",))
        faults = Faults()
        if self.work.narrowed(self.knock) is None:
            faults.add("knock", _("lies outside the working hours"))
        faults.raise_any()

    @property
    def doors(self) -> Window:
        """When setup and doors may be, inside the working hours."""
        return self.work.narrowed(self.knock) or self.work


@dataclass(frozen=True, slots=True)
class Rules:
    """Limits for every team on every day; rest is taken in one piece, on days with a visit.

    Parameters
    ----------
    rest_between
        When the rest begins: it may then interrupt a visit. None means at any time, before or
        after a visit.
    drive_hour_worth
        What one hour of driving costs, in weighted households.

    Examples
    --------
    >>> Rules(max_drive_seconds_per_day=6 * 3600, rest_seconds_per_day=2700).rest_between is None
    True
    """

    max_drive_seconds_per_day: int | None = None
    rest_seconds_per_day: int = 0
    rest_between: Window | None = None
    drive_hour_worth: float = 0.0

    def __post_init__(self) -> None:
        take(
            self,
            whole=("max_drive_seconds_per_day", "rest_seconds_per_day"),
            numbers=("drive_hour_worth",),
        )
        faults = Faults()
        check_whole(self, ("max_drive_seconds_per_day", "rest_seconds_per_day"), faults)
        check_amount("drive_hour_worth", self.drive_hour_worth, faults)
        faults.raise_any()


@dataclass(frozen=True, slots=True)
class Announced:
    """A visit that a team has been announced to make; to keep it is worth a bonus.

    Parameters
    ----------
    day
        As an index into the problem's days.
    bonus
        In weighted households.

    Examples
    --------
    >>> Announced("A", 1, "v01", bonus=20.0).visit
    ('A', 1, 'v01')
    """

    team: str
    day: int
    place: str
    bonus: float

    __repr__ = short_repr

    def __post_init__(self) -> None:
        take(self, texts=("team", "place"), whole=("day",), numbers=("bonus",))
        faults = Faults()
        check_amount("bonus", self.bonus, faults)
        faults.raise_any()

    @property
    def visit(self) -> tuple[str, int, str]:
        """The team, the day and the place."""
        return self.team, self.day, self.place


@dataclass(frozen=True, slots=True)
class District:
    """Villages in which so many households are to be reached together.

    Examples
    --------
    >>> District("north", ("v01", "v02"), min_households=60).places
    ('v01', 'v02')
    """

    id: str
    places: tuple[str, ...]
    min_households: int

    __repr__ = short_repr

    def __post_init__(self) -> None:
        take(self, texts=("id", "places"), whole=("min_households",))
        faults = Faults()
        if not self.id.strip():
            faults.add("id", _("is empty"))
        check_whole(self, ("min_households",), faults)
        faults.raise_any()


def _check_unique(name: str, values: Iterable[int], faults: Faults) -> None:
    repeated = sorted(value for value, count in Counter(values).items() if count > 1)
    if repeated:
        listed = ", ".join(map(str, repeated))
        few = len(repeated)
        message = ngettext(
            "{numbers} is there twice", "{numbers} are there twice", few, numbers=listed
        )
        faults.add(name, message)
