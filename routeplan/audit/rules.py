"""The rules of a plan, and how one is broken."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from routeplan.language import gettext as _


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
    """Every rest lies inside the time at a stop, wholly before or after its setup and doors; or
    wholly inside these, where the problem says when the rest begins."""
    REST_WINDOW = "rest_window"
    """The rest begins when the problem says."""
    ANNOUNCED = "announced"
    """Exactly those stops are marked as announced that keep an announced visit."""
    DISTRICT_FLOOR = "district_floor"
    """In the villages of every district as many households are reached as must be."""
    LEFT_OUT = "left_out"
    """The households left out are listed, village by village, with the right numbers."""
    TOUR_DRIVE = "tour_drive"
    """A tour's driving is the sum of its legs."""
    SUMMARY = "summary"
    """The summary adds up."""
    UPPER_BOUND = "upper_bound"
    """No bound lies below the plan's objective."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule broken at one place.

    Parameters
    ----------
    message
        What the plan says, and what it should, in the language of messages.
    place, team, day
        Where in the plan, as far as the rule has a place, a team or a day; the day is an index.
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
        named = [
            None if self.team is None else _("team {team}", team=self.team),
            None if self.day is None else _("day {day}", day=self.day + 1),
            None if self.place is None else _("place {place}", place=self.place),
            None if self.by is None else _("by {amount}", amount=self.by),
        ]
        where = ", ".join(filter(None, named))
        return f"{self.rule} ({where}): {self.message}" if where else f"{self.rule}: {self.message}"
