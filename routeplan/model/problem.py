"""A problem: places, travel times, villages, overnight places, teams, days and rules.

All objects are immutable and refuse to exist in a bad state, naming every fault at once; a variant
is made by `replace`. Times are whole seconds after the day's local midnight and may run past
86 400; distances are whole metres. See `routeplan.formats` for the file.
"""

from __future__ import annotations

import dataclasses
import math
import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

from routeplan.display import Mark, counted, one_line, sketch, table
from routeplan.errors import Fault, Faults, InputError
from routeplan.language import gettext as _
from routeplan.model.parts import (
    Announced,
    Day,
    District,
    Place,
    Rules,
    Sleep,
    Team,
    Village,
    Window,
)
from routeplan.model.references import check_references
from routeplan.model.travel import TravelTimes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "Announced",
    "Day",
    "District",
    "Place",
    "Posed",
    "Problem",
    "Rules",
    "Sleep",
    "Team",
    "TravelTimes",
    "Village",
    "Window",
    "problem_of",
    "with_problem",
]

VILLAGE_COLOUR, BASE_COLOUR, BED_COLOUR = "#0072b2", "#d55e00", "#e69f00"


@dataclass(frozen=True)
class Problem:
    """The input of a planner.

    Parameters
    ----------
    places
        Every place; the matrices of `travel` are in their order.
    travel
        Travel times by the name of the vehicle.
    announced
        Visits that have been announced, each with its bonus.
    districts
        Villages with a least number of households that are reached in them together.

    Raises
    ------
    InputError
        With every unknown reference, repeated id and matrix of the wrong shape.

    Examples
    --------
    A problem of one's own, with travel times of any routing engine:

    >>> import datetime as dt
    >>> small = Problem(
    ...     places=(Place("base", "Base", 43.02, 79.21), Place("v1", "Aqbulaq", 43.11, 79.35)),
    ...     travel={"car": TravelTimes.from_arrays([[0, 1260.4], [1290.0, 0]])},
    ...     villages=(Village("v1", households=240),),
    ...     teams=(Team("A", "base", "base", "car", households_per_hour=20.0),),
    ...     days=(Day(dt.date(2027, 5, 3), Window(8 * 3600, 20 * 3600)),),
    ... )
    >>> small
    <Problem: 240 households, 1 village, 1 team, 1 day from 2027-05-03>

    And the demo's:

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
    announced: tuple[Announced, ...] = ()
    districts: tuple[District, ...] = ()

    def __post_init__(self) -> None:
        for name in ("places", "villages", "teams", "days", "sleeps", "announced", "districts"):
            # Lists are taken too; nobody can change the problem afterwards.
            object.__setattr__(self, name, tuple(getattr(self, name)))
        faults = Faults()
        check_references({**vars(self), "travel": tuple(self.travel)}, getattr, faults)
        for vehicle, times in self.travel.items():
            if len(times) != len(self.places):
                shape = f"{len(times)} × {len(times)}"
                message = _("is {shape}, but there are {n} places", shape=shape, n=len(self.places))
                faults.add(f"travel.{vehicle}", message)
        faults.raise_any()

    def __repr__(self) -> str:
        return one_line(
            *("Problem", self.name),
            counted(sum(village.households for village in self.villages), "household"),
            counted(len(self.villages), "village"),
            counted(len(self.teams), "team"),
            " ".join([counted(len(self.days), "day"), *(f"from {d.date}" for d in self.days[:1])]),
        )

    def replace(self, **changes: object) -> Problem:
        """Return the problem with some fields changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]  # by field name

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
            pace = self._pace_text(team)
            nights = "any" if team.max_nights_away is None else team.max_nights_away
            start, end = self.place(team.start).name, self.place(team.end).name
            days = len(self.working_days(team))
            rows.append((team.id, start, end, team.vehicle, pace, days, nights))
        legend = "Villages by households (blue), beds (yellow), bases (red squares); north is up."
        html = table(self.name or "Problem", figures, heads, rows)
        return html + sketch(self._marks(), roads, legend)

    def _pace_text(self, team: Team) -> str:
        paces = dict.fromkeys(map(team.pace_on, self.working_days(team)))
        return ", ".join("any" if pace is None else f"{pace:g}" for pace in paces)

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

    def seconds(self, team: str, start: str, end: str) -> int:
        """Return how long a team drives from a place to another; 0 where there is no way."""
        times = self.travel[self.team_of[team].vehicle]
        return int(times.seconds[self.index[start], self.index[end]])

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
        n = len(self.days)
        return _("the days are 1 to {n}, or {first} to {last}", n=n, first=first, last=last)

    def working_days(self, team: Team) -> tuple[int, ...]:
        """Return the indices of the days that a team works, in order."""
        return tuple(range(len(self.days))) if team.days is None else tuple(sorted(team.days))


class _HasProblem(Protocol):
    """What has a problem, and more beside it."""

    @property
    def problem(self) -> Problem:
        """The problem."""

    def replace(self, **changes: object) -> _HasProblem:
        """Return a copy with some fields changed."""


Posed: TypeAlias = Problem | _HasProblem
"""A problem, or what has one: a prepared scenario."""

P = TypeVar("P", bound=Posed)


def problem_of(posed: Posed) -> Problem:
    """Return a problem as it is, and that of a prepared scenario; InputError for all else."""
    problem = posed if isinstance(posed, Problem) else getattr(posed, "problem", None)
    if not isinstance(problem, Problem):
        kind = type(posed).__name__
        message = _("is a {kind}, expected a problem or a prepared scenario", kind=kind)
        raise InputError([Fault("problem", message, _("prepare(scenario) gives one"))])
    return problem


def with_problem(posed: P, problem: Problem) -> P:
    """Return another problem instead of one, or in a prepared scenario."""
    if isinstance(posed, Problem):
        return problem  # type: ignore[return-value]  # of the same class
    return posed.replace(problem=problem)  # type: ignore[return-value]  # as above
