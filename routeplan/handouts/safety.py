"""Where a crew goes when the day goes wrong, and when those at the base must hear of it.

Plain values from a problem and its plan; times are seconds after the day's midnight.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from routeplan.model.plan import Tour
    from routeplan.model.problem import Problem

__all__ = ["CheckIn", "Fallback", "Refuge", "check_ins", "fallbacks"]

# A crew is late this long after it was expected, or half its drive if that is longer; and this
# long after that somebody sets out to look for it.
GRACE_SECONDS, ALARM_SECONDS = 1_800, 3_600


@dataclass(frozen=True, slots=True)
class Refuge:
    """A sleeping place or base, and the drive there; metres are None where none are known."""

    place: str
    seconds: int
    metres: int | None


@dataclass(frozen=True, slots=True)
class Fallback:
    """What to do from one stop.

    Parameters
    ----------
    leave_by
        The latest time at which to leave for the night's place, to be there within the working
        hours; None where there is no way.
    refuge
        The sleeping place or base that is nearest by time, whoever is to sleep there; None where
        there is no way to any.
    """

    leave_by: int | None
    refuge: Refuge | None


@dataclass(frozen=True, slots=True)
class CheckIn:
    """When those at the base hear from a crew.

    Parameters
    ----------
    team, place
        Who is to be where.
    stop
        Number of the stop, from 1; 0 where the day begins, None where it ends.
    expected, overdue, alarm
        When the plan has it there; when to begin to ask; when to set out.
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
    """Return when a crew reports: leaving, at each stop, and at the night's place.

    Returns
    -------
    tuple of CheckIn
        In the order of the day; none where the crew neither drives nor visits.
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
    ways = [(seconds, place) for place, seconds in drives.items() if seconds is not None]
    if not ways:
        return None
    seconds, place = min(ways)
    metres = problem.travel[problem.team_of[team].vehicle].metres
    pair = problem.index[start], problem.index[place]
    return Refuge(place, seconds, None if metres is None else int(metres[pair]))
