"""Checks of where days begin and end, and where teams sleep between them."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from routeplan.audit.rules import Rule, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from routeplan.audit.audited import AuditedPlan
    from routeplan.model.problem import Team

__all__ = ["check_beds", "check_chain", "check_nights"]


class _Stay(NamedTuple):
    """All nights of a team from one working day to its next, at one place."""

    day: int
    next_day: int
    place: str | None
    nights: int


def check_chain(audit: AuditedPlan) -> Iterator[Violation]:
    """Check where each day of each team begins and ends."""
    for team in audit.problem.teams:
        rule, reason = Rule.FIRST_START, f"its start is {team.start}"
        evening: str | None = team.start
        for day in audit.problem.working_days(team):
            morning, next_evening = _ends(audit, team, day)
            if None not in (morning, evening) and morning != evening:
                yield Violation(rule, f"begins at {morning}, {reason}", morning, team.id, day)
            rule, evening = Rule.NIGHT_LINK, next_evening
            reason = f"but day {day} ended at {evening}"
        if rule is Rule.NIGHT_LINK and evening not in (None, team.end):
            message = f"ends at {evening}, its end is {team.end}"
            yield Violation(Rule.LAST_END, message, evening, team.id, day)


def check_nights(audit: AuditedPlan) -> Iterator[Violation]:
    """Check where each team sleeps, and for how many nights in a row away."""
    beds = {sleep.place for sleep in audit.problem.sleeps}
    for team in audit.problem.teams:
        away, is_noted = 0, False
        for stay in _stays(audit, team):
            if stay.place is None or stay.place == team.end:
                away, is_noted = 0, False
                continue
            if stay.place not in beds:
                message = f"sleeps at {stay.place}, which is no sleeping place"
                yield Violation(Rule.SLEEPING_PLACE, message, stay.place, team.id, stay.day)
            away += stay.nights
            most = team.max_nights_away
            if most is not None and away > most and not is_noted:
                is_noted = True
                message = f"{away} nights in a row away from {team.end}, {most} allowed"
                by = away - most
                yield Violation(Rule.NIGHTS_AWAY, message, stay.place, team.id, stay.day, by)


def check_beds(audit: AuditedPlan) -> Iterator[Violation]:
    """Check how many teams sleep at each place on the night after each day."""
    sleepers: dict[tuple[str, int], list[str]] = defaultdict(list)
    for team in audit.problem.teams:
        for stay in _stays(audit, team):
            if stay.place is not None and stay.place != team.end:
                for day in range(stay.day, stay.next_day):
                    sleepers[stay.place, day].append(team.id)
    for sleep in audit.problem.sleeps:
        for day in range(len(audit.problem.days)):
            teams = sleepers[sleep.place, day]
            extra = len(teams) - sleep.teams_per_night
            if extra > 0:
                message = (
                    f"{', '.join(teams)} sleep at {sleep.place} after day {day}, "
                    f"there is room for {sleep.teams_per_night}"
                )
                yield Violation(Rule.BEDS, message, sleep.place, day=day, by=extra)


def _stays(audit: AuditedPlan, team: Team) -> Iterator[_Stay]:
    dates = [day.date for day in audit.problem.days]
    for day, next_day in pairwise(audit.problem.working_days(team)):
        _, place = _ends(audit, team, day)
        yield _Stay(day, next_day, place, (dates[next_day] - dates[day]).days)


def _ends(audit: AuditedPlan, team: Team, day: int) -> tuple[str | None, str | None]:
    """Return where a day begins and ends; None where the plan names no known place."""
    tour = audit.tours.get((team.id, day))
    if tour is None:
        return None, None
    start, end = (place if audit.knows(place) else None for place in (tour.start, tour.end))
    return start, end
