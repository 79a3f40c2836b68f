"""A problem: places, travel times, villages, overnight places, teams, days and rules.

All objects are immutable and refuse to exist in a bad state, naming every fault at once; a variant
is made by `replace`. Times are whole seconds after the day's local midnight and may run past
86 400; distances are whole metres. See `routeplan.formats` for the file.
"""

from __future__ import annotations

import dataclasses
import datetime as dt  # noqa: TC003  # types of fields are read when files are
import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from routeplan.display import Mark, sketch, table
from routeplan.errors import Faults
from routeplan.model.references import check_references
from routeplan.model.travel import LARGEST, TravelTimes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "Day",
    "Place",
    "Problem",
    "Rules",
    "Sleep",
    "Team",
    "TravelTimes",
    "Village",
    "Window",
]


LARGEST_FACTOR = 1e12
"""What a weight or pace may be; the smallest is as many times below 1."""

VILLAGE_COLOUR, BASE_COLOUR, BED_COLOUR = "#0072b2", "#d55e00", "#e69f00"


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` to `end`, both included, in seconds after the day's midnight."""

    start: int
    end: int

    def __post_init__(self) -> None:
        faults = Faults()
        if self.start < 0:
            faults.add("", f"starts at {self.start}, before the day does")
        if self.end > LARGEST:
            faults.add("", f"ends at {self.end}, above {LARGEST}, the largest number that is taken")
        if self.end < self.start:
            faults.add("", f"ends at {self.end}, before it starts at {self.start}")
        faults.raise_any()

    def narrowed(self, other: Window | None) -> Window | None:
        """Return the intersection of both windows; None where it is empty."""
        if other is None:
            return self
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Window(start, end) if start <= end else None


@dataclass(frozen=True, slots=True)
class Place:
    """A point that teams can be at (WGS 84, degrees)."""

    id: str
    name: str
    lat: float
    lon: float

    def __post_init__(self) -> None:
        faults = Faults()
        if not self.id.strip():
            faults.add("id", "is empty")
        if not -90 <= self.lat <= 90:  # noqa: PLR2004
            swapped = abs(self.lat) <= 180 and abs(self.lon) <= 90  # noqa: PLR2004
            hint = "are lat and lon swapped?" if swapped else ""
            faults.add("lat", f"{self.lat} is not a latitude (-90 to 90)", hint)
        if not -180 <= self.lon <= 180:  # noqa: PLR2004
            faults.add("lon", f"{self.lon} is not a longitude (-180 to 180)")
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

    def __post_init__(self) -> None:
        faults = Faults()
        _check_whole(self, ("households", "min_households", "setup_seconds"), faults)
        _check_positive(self, ("weight", "pace"), faults)
        if not 0 < self.max_share_per_visit <= 1:
            faults.add(
                "max_share_per_visit", f"{self.max_share_per_visit} is not above 0 and at most 1"
            )
        elif self.max_share_per_visit < 1 and not self.partial:
            faults.add(
                "max_share_per_visit",
                "below 1 where a visit reaches all or none",
                "leave it out, or let partial be true",
            )
        _check_unique("closed_days", self.closed_days, faults)
        faults.raise_any()


@dataclass(frozen=True, slots=True)
class Sleep:
    """A place where teams may spend a night, and how many at once."""

    place: str
    teams_per_night: int = 1

    def __post_init__(self) -> None:
        faults = Faults()
        _check_whole(self, ("teams_per_night",), faults)
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
    """

    id: str
    start: str
    end: str
    vehicle: str
    households_per_hour: float | None = None
    days: tuple[int, ...] | None = None
    max_nights_away: int | None = None

    def __post_init__(self) -> None:
        faults = Faults()
        if not self.id.strip():
            faults.add("id", "is empty")
        _check_positive(self, ("households_per_hour",), faults)
        _check_whole(self, ("max_nights_away",), faults)
        _check_unique("days", self.days or (), faults)
        faults.raise_any()


@dataclass(frozen=True, slots=True)
class Day:
    """A date, when a team may be on its way, and when doors may be knocked (None: the same)."""

    date: dt.date
    work: Window
    knock: Window | None = None

    def __post_init__(self) -> None:
        faults = Faults()
        if self.work.narrowed(self.knock) is None:
            faults.add("knock", "lies outside the working hours")
        faults.raise_any()

    @property
    def doors(self) -> Window:
        """When setup and doors may be, inside the working hours."""
        return self.work.narrowed(self.knock) or self.work


@dataclass(frozen=True, slots=True)
class Rules:
    """Limits for every team on every day; rest is taken in one piece, on days with a visit."""

    max_drive_seconds_per_day: int | None = None
    rest_seconds_per_day: int = 0

    def __post_init__(self) -> None:
        faults = Faults()
        _check_whole(self, ("max_drive_seconds_per_day", "rest_seconds_per_day"), faults)
        faults.raise_any()


@dataclass(frozen=True)
class Problem:
    """The input of a planner.

    Parameters
    ----------
    places
        Every place; the matrices of `travel` are in their order.
    travel
        Travel times by the name of the vehicle.

    Raises
    ------
    InputError
        With every unknown reference, repeated id and matrix of the wrong shape.

    Examples
    --------
    >>> problem.village_at["v01"].households, problem.place("v01").name
    (51, 'Жыландытоғай')
    >>> shorter = problem.replace(rules=Rules(max_drive_seconds_per_day=4 * 3600))
    >>> shorter.rules.max_drive_seconds_per_day
    14400
    """

    places: tuple[Place, ...]
    travel: Mapping[str, TravelTimes]
    villages: tuple[Village, ...]
    teams: tuple[Team, ...]
    days: tuple[Day, ...]
    sleeps: tuple[Sleep, ...] = ()
    rules: Rules = dataclasses.field(default_factory=Rules)
    name: str = ""

    def __post_init__(self) -> None:
        faults = Faults()
        check_references({**vars(self), "travel": tuple(self.travel)}, getattr, faults)
        for vehicle, times in self.travel.items():
            if len(times) != len(self.places):
                shape = f"{len(times)} × {len(times)}"
                message = f"is {shape}, but there are {len(self.places)} places"
                faults.add(f"travel.{vehicle}", message)
        faults.raise_any()

    def replace(self, **changes: object) -> Problem:
        """Return the problem with some fields changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]

    @cached_property
    def index(self) -> Mapping[str, int]:
        """Position of each place, by its id, in `places` and in the matrices."""
        return {place.id: position for position, place in enumerate(self.places)}

    @cached_property
    def village_at(self) -> Mapping[str, Village]:
        """Villages by the id of their place."""
        return {village.place: village for village in self.villages}

    @cached_property
    def team_of(self) -> Mapping[str, Team]:
        """Teams by id."""
        return {team.id: team for team in self.teams}

    def _repr_html_(self) -> str:
        return self.to_html()

    def to_html(self, roads: Iterable[Sequence[Sequence[float]]] = ()) -> str:
        """Return figures, teams and a sketch map as HTML, with lines of points (lat, lon)."""
        households = sum(village.households for village in self.villages)
        first, last = self.days[0].date, self.days[-1].date
        dates = f"{first}" if first == last else f"{first} to {last}"
        figures = [
            f"{households:,} households in {len(self.villages)} villages",
            f"{len(self.days)} days, {dates}",
            f"{len(self.sleeps)} sleeping places beside the bases",
        ]
        heads = ("crew", "from", "to", "vehicle", "households an hour", "days", "nights away")
        rows = []
        for team in self.teams:
            pace = "any" if team.households_per_hour is None else f"{team.households_per_hour:g}"
            nights = "any" if team.max_nights_away is None else team.max_nights_away
            start, end = self.place(team.start).name, self.place(team.end).name
            days = len(self.working_days(team))
            rows.append((team.id, start, end, team.vehicle, pace, days, nights))
        legend = "Villages by households (blue), beds (yellow), bases (red squares); north is up."
        html = table(self.name or "Problem", figures, heads, rows)
        return html + sketch(self._marks(), roads, legend)

    def _marks(self) -> list[Mark]:
        def mark(place_id: str, text: str, colour: str, radius: float = 3.0) -> Mark:
            place, is_base = self.place(place_id), colour == BASE_COLOUR
            return Mark(place.lat, place.lon, f"{place.name}: {text}", colour, radius, is_base)

        most = max((village.households for village in self.villages), default=0) or 1
        bases = sorted({end for team in self.teams for end in (team.start, team.end)})
        return [
            *(
                mark(
                    *(village.place, f"{village.households} households", VILLAGE_COLOUR),
                    radius=2.0 + 8.0 * math.sqrt(village.households / most),
                )
                for village in self.villages
            ),
            *(
                mark(sleep.place, f"beds for {sleep.teams_per_night} crews", BED_COLOUR)
                for sleep in self.sleeps
            ),
            *(mark(base, "base", BASE_COLOUR) for base in bases),
        ]

    def place(self, place_id: str) -> Place:
        """Return a place by its id."""
        return self.places[self.index[place_id]]

    def metres(self, team: str, places: Iterable[str]) -> int | None:
        """Return how far a team drives from place to place; None where distances are not known."""
        lengths = self.travel[self.team_of[team].vehicle].metres
        if lengths is None:
            return None
        return sum(int(lengths[pair]) for pair in pairwise(self.index[place] for place in places))

    def day_index(self, text: str) -> int | None:
        """Return the index of a day by its date, or its number from 1, which may be past the last.

        None stands for a text that is neither.
        """
        dates = [str(day.date) for day in self.days]
        if text in dates:
            return dates.index(text)
        return int(text) - 1 if re.fullmatch("[0-9]{1,9}", text) else None

    @property
    def days_hint(self) -> str:
        """How days are named: by number from 1, or by date; empty where there are none."""
        if not self.days:
            return ""
        first, last = self.days[0].date, self.days[-1].date
        return f"the days are 1 to {len(self.days)}, or {first} to {last}"

    def working_days(self, team: Team) -> tuple[int, ...]:
        """Return the indices of the days that a team works, in order."""
        return tuple(range(len(self.days))) if team.days is None else tuple(sorted(team.days))


def _check_whole(item: object, names: Iterable[str], faults: Faults) -> None:
    for name in names:
        value = getattr(item, name)
        if value is not None and value < 0:
            faults.add(name, f"{value} is below 0")
        elif value is not None and value > LARGEST:
            faults.add(name, f"{value} is above {LARGEST}, the largest number that is taken")


def _check_positive(item: object, names: Iterable[str], faults: Faults) -> None:
    for name in names:
        value, least = getattr(item, name), 1 / LARGEST_FACTOR
        if value is not None and not (math.isfinite(value) and value > 0):
            faults.add(name, f"{value} is not a number above 0")
        elif value is not None and not least <= value <= LARGEST_FACTOR:
            faults.add(name, f"{value} is not within {least:g} and {LARGEST_FACTOR:g}")


def _check_unique(name: str, values: Iterable[int], faults: Faults) -> None:
    repeated = sorted(value for value, count in Counter(values).items() if count > 1)
    if repeated:
        listed = ", ".join(map(str, repeated))
        faults.add(name, f"{listed} {'is' if len(repeated) == 1 else 'are'} there twice")
