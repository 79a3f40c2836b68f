"""One tour for its sheets: labels of its day, check-ins with the base, fallbacks from each stop.

Times are seconds after the day's midnight.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from routeplan.handouts import labels
from routeplan.language import date_label, number_label, translation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from routeplan.handouts.map_view import LegView, MapView, TourView
    from routeplan.language import Language
    from routeplan.model.plan import Tour
    from routeplan.model.problem import Problem

__all__ = ["CheckIn", "Fallback", "Refuge", "SheetDay", "check_ins", "fallbacks"]

# A team is overdue this long after it was expected, or half its drive if that is longer; and the
# alarm is raised this long after that.
GRACE_SECONDS, ALARM_SECONDS = 1_800, 3_600


@dataclass(frozen=True)
class SheetDay:
    """One tour, and what its sheets are made of.

    Parameters
    ----------
    problem, tour
        The tour, and the problem that it is for.
    view
        The same tour as the map shows it.
    whole
        All that the map shows, in the language of the sheets.
    """

    problem: Problem
    tour: Tour
    view: TourView
    whole: MapView

    @property
    def language(self) -> Language:
        """The language of the sheets."""
        return self.whole.language

    @property
    def date(self) -> str:
        """The date with its weekday and year."""
        date = self.problem.days[self.tour.day].date
        return f"{date_label(date, self.language)} {date.year}"

    @property
    def heading(self) -> str:
        """Team and date in a line."""
        label = translation(self.language).gettext("Crew")
        return f"{label} {self.tour.team} · {self.date}"

    @property
    def vehicle(self) -> str:
        """What the team drives."""
        return labels.vehicle_label(self.problem.team_of[self.tour.team].vehicle, self.language)

    @property
    def stays(self) -> bool:
        """Whether the team neither drives nor visits."""
        return not self.tour.stops and not self.view.legs

    def legs_before(self) -> Iterator[LegView | None]:
        """Yield the leg to each stop and to the day's end; None where none is driven."""
        driven = iter(self.view.legs)
        for start, end in pairwise(self.tour.places):
            yield None if start == end else next(driven)

    def km_label(self, km: float) -> str:
        """Return a distance."""
        _ = translation(self.language).gettext
        return _("{km} km").format(km=number_label(km, self.language))

    def minutes_label(self, minutes: int) -> str:
        """Return a duration."""
        _ = translation(self.language).gettext
        hours, rest = divmod(minutes, 60)
        if not hours:
            return _("{minutes} min").format(minutes=rest)
        return _("{hours} h {minutes} min").format(hours=hours, minutes=rest)

    def length_label(self, km: float | None, minutes: int) -> str:
        """Return how long a drive is: kilometres where they are known, and minutes."""
        far = [] if km is None else [self.km_label(km)]
        return " · ".join([*far, self.minutes_label(minutes)])


@dataclass(frozen=True, slots=True)
class Refuge:
    """An overnight place or base, and the drive there; metres are None where none are known."""

    place: str
    seconds: int
    metres: int | None


@dataclass(frozen=True, slots=True)
class Fallback:
    """What to do from one stop.

    Parameters
    ----------
    leave_by
        The latest time at which to leave for the place where the day ends, to be there within the
        working hours; None where there is no way.
    refuge
        The overnight place or base that is nearest by time, whoever is to sleep there; None where
        there is no way to any.
    """

    leave_by: int | None
    refuge: Refuge | None


@dataclass(frozen=True, slots=True)
class CheckIn:
    """When those at the base hear from a team.

    Parameters
    ----------
    team, place
        Who is to be where.
    stop
        Number of the stop, from 1; 0 where the day begins, None where it ends.
    expected, overdue, alarm
        When the plan has it there; when to begin to call it; when to search for it.
    """

    team: str
    place: str
    stop: int | None
    expected: int
    overdue: int
    alarm: int


def fallbacks(problem: Problem, tour: Tour) -> tuple[Fallback, ...]:
    """Return what to do from each stop of a tour."""
    latest = problem.days[tour.day].work.end
    found = []
    for stop in tour.stops:
        home = _drive_seconds(problem, tour.team, stop.place, tour.end)
        leave_by = None if home is None else latest - home
        found.append(Fallback(leave_by, _refuge(problem, tour.team, stop.place)))
    return tuple(found)


def check_ins(problem: Problem, tour: Tour) -> tuple[CheckIn, ...]:
    """Return when a team reports: leaving, at each stop, and where the day ends.

    Returns
    -------
    tuple of CheckIn
        In the order of the day; none where the team neither drives nor visits.
    """
    if not tour.stops and tour.start == tour.end:
        return ()
    points: list[tuple[str, int | None, int]] = [(tour.start, 0, tour.depart)]
    points += [(stop.place, n, stop.arrive) for n, stop in enumerate(tour.stops, start=1)]
    points.append((tour.end, None, tour.arrive))
    found = []
    before = tour.start
    for place, number, expected in points:
        drive = _drive_seconds(problem, tour.team, before, place) or 0
        overdue = expected + max(GRACE_SECONDS, drive // 2)
        found.append(CheckIn(tour.team, place, number, expected, overdue, overdue + ALARM_SECONDS))
        before = place
    return tuple(found)


def _drive_seconds(problem: Problem, team: str, start: str, end: str) -> int | None:
    travel = problem.travel[problem.team_of[team].vehicle]
    pair = problem.index[start], problem.index[end]
    return int(travel.seconds[pair]) if travel.reachable[pair] else None


def _refuge(problem: Problem, team: str, start: str) -> Refuge | None:
    places = {sleep.place for sleep in problem.sleeps if sleep.teams_per_night}
    places |= {base for each in problem.teams for base in (each.start, each.end)}
    drives = {place: _drive_seconds(problem, team, start, place) for place in places}
    reachable = [(seconds, place) for place, seconds in drives.items() if seconds is not None]
    if not reachable:
        return None
    seconds, place = min(reachable)
    return Refuge(place, seconds, problem.metres(team, (start, place)))
