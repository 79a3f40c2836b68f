"""A plan: which team drives where on which day, whom it visits, and where it sleeps.

All times are whole seconds after the day's local midnight. See `routeplan.formats` for the file.
A plan may break rules, so that it can be audited (`routeplan.audit`); only its figures must be
numbers.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from routeplan.display import clock, counted, one_line, table
from routeplan.errors import Faults
from routeplan.language import gettext as _

__all__ = [
    "LeftOut",
    "Plan",
    "Reason",
    "Requirement",
    "RequirementKind",
    "Rest",
    "Run",
    "Stop",
    "StoppedBy",
    "Summary",
    "Tour",
]


class Reason(StrEnum):
    """Why households of a village are not reached."""

    UNREACHABLE = "unreachable"
    """There is no way to it on the roads."""
    TOO_FAR = "too_far"
    """No team can visit it and be back in its windows."""
    CLOSED = "closed"
    """It is closed, or its doors may not be knocked, on every day."""
    NO_TIME = "no_time"
    """As much as fits is visited; more crew-days would reach more."""
    SEARCH = "search"
    """It could fit; the search did not find it."""
    BELOW_MINIMUM = "below_minimum"
    """A visit has to reach more households than one may reach."""
    PAST = "past"
    """Only days that are over could reach it."""

    @property
    def label(self) -> str:
        """What it is called, in the language of messages."""
        labels = {
            Reason.UNREACHABLE: _("unreachable"),
            Reason.TOO_FAR: _("too_far"),
            Reason.CLOSED: _("closed"),
            Reason.NO_TIME: _("no_time"),
            Reason.SEARCH: _("search"),
            Reason.BELOW_MINIMUM: _("below_minimum"),
            Reason.PAST: _("past"),
        }
        return labels[self]


class RequirementKind(StrEnum):
    """What it would take to reach more of a village."""

    MINUTES = "minutes"
    """A longer day of a team: work and knocking end later."""
    CREW_DAY = "crew_day"
    """One more team-day, from a base and back to it."""
    NIGHT = "night"
    """One more night at a place that is full or not used."""
    OPEN_DAY = "open_day"
    """A working day on which doors may be knocked there."""
    ROAD = "road"
    """A road there and back."""
    LONGER_DAY = "longer_day"
    """Longer days, or an overnight place that is nearer."""
    SEARCH = "search"
    """More search: the households fit into a day of the plan as it is."""
    DETOUR = "detour"
    """Cheaper driving: a visit costs more driving than its households are worth."""
    LOWER_MINIMUM = "lower_minimum"
    """A lower least number of a visit, or a larger share that one visit may reach."""
    UNPIN = "unpin"
    """That a pin is removed."""
    TEAM = "team"
    """A team: none is sent to the district."""
    NOTE = "note"
    """What a text says: a file of version 1 knows no other kind."""


class StoppedBy(StrEnum):
    """Why the search ended, whatever its plan is worth."""

    PROVED = "proved"
    ITERATIONS = "iterations"
    TIME = "time"
    INTERRUPT = "interrupt"


@dataclass(frozen=True, slots=True)
class Stop:
    """One visit of one team: it arrives, starts (setup, then doors), and ends.

    `announced` says that an announced visit is kept.
    """

    place: str
    arrive: int
    start: int
    end: int
    households: int
    announced: bool = False


@dataclass(frozen=True, slots=True)
class Rest:
    """One piece of rest, at a stop: before, after or inside its setup and doors."""

    place: str
    start: int
    end: int

    def interrupts(self, stop: Stop) -> bool:
        """Return whether it lies inside the setup and doors of a stop, and takes time."""
        is_inside = stop.start <= self.start < self.end <= stop.end
        return is_inside and self.place == stop.place


@dataclass(frozen=True, slots=True)
class Tour:
    """One team's day, from where it slept to where it sleeps.

    Parameters
    ----------
    day
        As an index into the problem's days.
    start, end
        Places where the day begins and ends; ``from`` and ``to`` in the file.
    stops, rests
        In the order of the day.
    """

    team: str
    day: int
    start: str
    end: str
    depart: int
    arrive: int
    drive_seconds: int
    stops: tuple[Stop, ...] = ()
    rests: tuple[Rest, ...] = ()

    @property
    def households(self) -> int:
        """Households reached on this day."""
        return sum(stop.households for stop in self.stops)

    @property
    def places(self) -> tuple[str, ...]:
        """Where the team is in the course of the day: start, stops, end."""
        return (self.start, *(stop.place for stop in self.stops), self.end)

    @property
    def drives(self) -> tuple[tuple[str, str], ...]:
        """Places between which the team drives, in the order of the day."""
        return tuple((start, end) for start, end in pairwise(self.places) if start != end)


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that would bring households in reach; fields that do not apply are None.

    Parameters
    ----------
    team, day
        Whose day it is; with ``crew_day`` and ``night``, that of a team such as this one.
    place
        The base of the team-day, or the overnight place.
    minutes
        By which the day would have to be longer; with ``detour``, of more driving.
    households
        How many more of the village would be reached; with ``longer_day`` the least of a visit that
        is proved to be out of reach, with ``lower_minimum`` what that would have to be.
    nights
        On how many nights the overnight place is full.
    metres, trouble
        To the nearest road that leads there and back, and why that is none (a `SnapFailure`).
    text
        What the roads say of the place, or a note, in English.
    """

    kind: RequirementKind
    team: str | None = None
    day: int | None = None
    place: str | None = None
    minutes: int | None = None
    households: int | None = None
    nights: int | None = None
    metres: int | None = None
    trouble: str | None = None
    text: str | None = None

    @property
    def is_quantified(self) -> bool:
        """Whether it is known how many households it would bring in reach, and where from."""
        return self.kind in QUANTIFIED and self.households is not None


QUANTIFIED = {RequirementKind.MINUTES, RequirementKind.CREW_DAY, RequirementKind.NIGHT}
"""Kinds that say how many households they would bring in reach, where that is known."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Households of a village that no tour reaches, and why; the smallest requirement first."""

    place: str
    households: int
    reason: Reason
    requirements: tuple[Requirement, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """The plan's figures.

    Parameters
    ----------
    weighted
        Households reached, each times its village's weight.
    upper_bound
        Proven, on ``objective`` for the problem; None where none was proved.
    objective
        What was maximized; ``weighted`` where it is left out, as in a problem without bonuses and
        costs of driving.
    """

    households: int
    weighted: float
    upper_bound: float | None
    drive_seconds: int
    objective: float = None  # type: ignore[assignment]  # it is a number once the summary is made

    def __post_init__(self) -> None:
        figures = {"upper_bound": self.upper_bound, "objective": self.objective}
        _check_finite(weighted=self.weighted, **figures)
        if self.objective is None:
            object.__setattr__(self, "objective", self.weighted)


@dataclass(frozen=True, slots=True)
class Run:
    """How the plan was made."""

    engine: str
    seed: int
    seconds: float
    iterations: int
    stopped_by: StoppedBy
    routeplan: str

    def __post_init__(self) -> None:
        _check_finite(seconds=self.seconds)


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan for one problem.

    Parameters
    ----------
    problem_sha256
        Of the bytes of the problem's file, in hexadecimal.
    tours
        One for every team and each of its working days.
    left_out
        One for every village with households that no tour reaches.

    Examples
    --------
    >>> first = plan.tours_of("A")[0]
    >>> first.start, first.households == sum(stop.households for stop in first.stops)
    ('base', True)
    """

    problem_sha256: str
    tours: tuple[Tour, ...]
    left_out: tuple[LeftOut, ...]
    summary: Summary
    run: Run

    def __repr__(self) -> str:
        summary = self.summary
        figures = [counted(summary.households, "household"), counted(len(self.tours), "tour")]
        if summary.objective != summary.households:
            figures.append(f"worth {summary.objective:,.6g}")
        if summary.upper_bound is not None:
            figures.append(f"at most {summary.upper_bound:,.6g}")
        stopped = f"stopped by {self.run.stopped_by.value}"
        return one_line("Plan", "", *figures, self.run.engine, stopped)

    def replace(self, **changes: object) -> Plan:
        """Return the plan with some fields changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]  # by field name

    def _repr_html_(self) -> str:
        summary, run = self.summary, self.run
        figures = [f"{summary.households:,} households reached, weighted {summary.weighted:,.1f}"]
        if summary.objective != summary.weighted:
            figures.append(f"worth {summary.objective:,.1f} with bonuses and driving")
        if summary.upper_bound is not None:
            verb = "reaches" if summary.objective == summary.weighted else "is worth"
            figures.append(f"no plan {verb} more than {summary.upper_bound:,.1f}")
        figures.append(f"{summary.drive_seconds / 3600:.1f} hours at the wheel")
        figures.append(f"stopped by {run.stopped_by.value} after {run.seconds:.1f} s")
        heads = ("team", "day", "from", "leaves", "stops (households)", "to", "arrives")
        rows = []
        for tour in sorted(self.tours, key=lambda tour: (tour.team, tour.day)):
            stops = ", ".join(f"{stop.place} ({stop.households})" for stop in tour.stops) or "–"
            leaves, arrives = clock(tour.depart), clock(tour.arrive)
            row = (tour.team, tour.day + 1, tour.start, leaves, stops, tour.end, arrives)
            rows.append((*row, tour.households))
        return table("Plan", figures, (*heads, "households"), rows)

    def tours_of(self, team: str) -> tuple[Tour, ...]:
        """Return one team's tours in the order of the days."""
        return tuple(sorted((t for t in self.tours if t.team == team), key=lambda t: t.day))

    @property
    def first_day(self) -> int:
        """Index of the first day with a visit, 0 where there is none.

        Days before it were over when the plan was made; what was reached on them is none of the
        problem's households.
        """
        return min((tour.day for tour in self.tours if tour.stops), default=0)


def _check_finite(**figures: float | None) -> None:
    faults = Faults()
    for name, value in figures.items():
        if value is not None and not math.isfinite(value):
            faults.add(name, _("{value} is not a number that a file can hold", value=value))
    faults.raise_any()
