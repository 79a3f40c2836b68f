"""The rules of a plan, and how a plan breaks one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Rule", "Violation"]


class Rule(StrEnum):
    """One rule of a problem that a plan can break."""

    PROBLEM_HASH = "problem_hash"
    """The plan is for this very problem file."""
    TOURS = "tours"
    """There is one tour for every team and each of its working days, and no other."""
    KNOWN_PLACE = "known_place"
    """Every place is one of the problem's."""
    VILLAGE_STOP = "village_stop"
    """Every stop is at a village."""
    FIRST_START = "first_start"
    """A team's first day begins at its `start`."""
    LAST_END = "last_end"
    """A team's last day ends at its `end`."""
    NIGHT_LINK = "night_link"
    """Every other day begins where the team's working day before it ended."""
    SLEEPING_PLACE = "sleeping_place"
    """Nights are spent at sleeping places, or at the team's own `end`."""
    BEDS = "beds"
    """No more teams sleep at a place than may."""
    NIGHTS_AWAY = "nights_away"
    """No team sleeps away from its `end` for more nights in a row than it may."""
    WAY = "way"
    """The team's vehicle can drive every leg."""
    TRAVEL_TIME = "travel_time"
    """No team arrives before it can have driven there."""
    WORK_HOURS = "work_hours"
    """Departure and arrival at the night's place lie in the day's work window."""
    STOP_ORDER = "stop_order"
    """At a stop a team arrives, then starts, then ends."""
    VISIT_LENGTH = "visit_length"
    """A visit lasts exactly its setup and its doors."""
    KNOCK_HOURS = "knock_hours"
    """Setup and doors lie in the knock windows of the day and of the village."""
    CLOSED_DAY = "closed_day"
    """No village is visited on a day on which it is closed."""
    ONE_VISIT_A_DAY = "one_visit_a_day"
    """One team visits one village at most once a day."""
    HOUSEHOLDS = "households"
    """All visits to a village together reach no more households than there are."""
    NEGATIVE = "negative"
    """No visit reaches a negative number of households."""
    ALL_OR_NONE = "all_or_none"
    """A visit to a village that is not partial reaches all of its households or none."""
    MIN_HOUSEHOLDS = "min_households"
    """No visit reaches too few, unless earlier days left no more."""
    MAX_SHARE = "max_share"
    """No visit reaches more than the share of households that are at home."""
    REQUIRED = "required"
    """Every required village is visited."""
    DRIVE_LIMIT = "drive_limit"
    """No team drives longer on a day than it may."""
    REST = "rest"
    """A team that makes a visit rests that day, long enough and in one piece."""
    REST_AT_STOP = "rest_at_stop"
    """Every rest lies inside the time at a stop, before or after its setup and doors."""
    LEFT_OUT = "left_out"
    """The households left out are listed, village by village, with the right numbers."""
    TOUR_DRIVE = "tour_drive"
    """A tour's driving is the sum of its legs."""
    SUMMARY = "summary"
    """The summary adds up."""
    UPPER_BOUND = "upper_bound"
    """No bound lies below what the plan reaches."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule broken at one place.

    Parameters
    ----------
    rule
        Which one.
    message
        What the plan says, and what it should.
    place, team, day
        Where in the plan, as far as the rule has a place, a team or a day.
    by
        By how much, in the unit of the rule (seconds, households, teams, nights).
    """

    rule: Rule
    message: str
    place: str | None = None
    team: str | None = None
    day: int | None = None
    by: float | None = None

    def __str__(self) -> str:
        named = {"team": self.team, "day": self.day, "place": self.place, "by": self.by}
        where = ", ".join(f"{name} {value}" for name, value in named.items() if value is not None)
        return f"{self.rule} ({where}): {self.message}" if where else f"{self.rule}: {self.message}"
