"""Checks of a whole plan: its tours and places, nights and beds."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from routeplan.audit.rules import Rule, Violation
from routeplan.audit.tours import team_days
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from routeplan.audit.tours import AuditedPlan
    from routeplan.model.problem import Team


def check_tours(audit: AuditedPlan) -> Iterator[Violation]:
    """Check that there is one tour for every team and working day."""
    expected = team_days(audit.problem)
    given = Counter((tour.team, tour.day) for tour in audit.plan.tours)
    for (team, day), count in given.items():
        by = None
        if team not in audit.problem.team_of:
            message = _("there is no team {team!r}", team=team)
        elif not 0 <= day < len(audit.problem.days):
            message = _("there is no day {day}", day=day + 1)
        elif (team, day) not in expected:
            message = _("{team} does not work on day {day}", team=team, day=day + 1)
        elif count > 1:
            message = _(
                "{team} has {n} tours on day {day}, expected one", team=team, n=count, day=day + 1
            )
            by = count - 1
        else:
            continue
        yield Violation(Rule.TOURS, message, team=team, day=day, by=by)
    for team, day in sorted(expected - set(given)):
        message = _("{team} has no tour on day {day}", team=team, day=day + 1)
        yield Violation(Rule.TOURS, message, team=team, day=day, by=1)


def check_places(audit: AuditedPlan) -> Iterator[Violation]:
    """Check that every place is known, and every stop at a village."""
    for (team, day), tour in audit.tours.items():
        stops = {stop.place for stop in tour.stops}
        named = [tour.start, tour.end, *stops, *(rest.place for rest in tour.rests)]
        for place in dict.fromkeys(named):
            if not audit.knows(place):
                message = _("there is no place {place!r}", place=place)
                yield Violation(Rule.KNOWN_PLACE, message, place, team, day)
            elif place in stops and place not in audit.problem.village_at:
                message = _("{place} is no village, but a stop", place=place)
                yield Violation(Rule.VILLAGE_STOP, message, place, team, day)
    for left in audit.plan.left_out:
        if not audit.knows(left.place):
            message = _("left_out names {place!r}, but there is no such place", place=left.place)
            yield Violation(Rule.KNOWN_PLACE, message, left.place)


def check_chain(audit: AuditedPlan) -> Iterator[Violation]:
    """Check where each day of each team begins and ends."""
    for team in audit.problem.teams:
        last, evening = None, None
        for day in audit.problem.working_days(team):
            morning, next_evening = _ends(audit, team, day)
            if last is None:
                yield from _check_first(team, day, morning)
            elif None not in (morning, evening) and morning != evening:
                message = _(
                    "begins at {place}, but day {day} ended at {evening}",
                    place=morning,
                    day=last + 1,
                    evening=evening,
                )
                yield Violation(Rule.NIGHT_LINK, message, morning, team.id, day)
            last, evening = day, next_evening
        if last is not None and evening not in (None, team.end):
            message = _("ends at {place}, its end is {end}", place=evening, end=team.end)
            yield Violation(Rule.LAST_END, message, evening, team.id, last)


def _check_first(team: Team, day: int, morning: str | None) -> Iterator[Violation]:
    if morning not in (None, team.start):
        message = _("begins at {place}, its start is {start}", place=morning, start=team.start)
        yield Violation(Rule.FIRST_START, message, morning, team.id, day)


def check_nights(audit: AuditedPlan) -> Iterator[Violation]:
    """Check where each team sleeps, and for how many nights in a row away."""
    days, beds = audit.problem.days, {sleep.place for sleep in audit.problem.sleeps}
    for team in audit.problem.teams:
        away, is_noted = 0, False
        for day, next_day in pairwise(audit.problem.working_days(team)):
            place = _ends(audit, team, day)[1]
            if place is None or place == team.end:
                away, is_noted = 0, False
                continue
            if place not in beds:
                message = _("sleeps at {place}, which is no sleeping place", place=place)
                yield Violation(Rule.SLEEPING_PLACE, message, place, team.id, day)
            away += (days[next_day].date - days[day].date).days
            most = team.max_nights_away
            if most is not None and away > most and not is_noted:
                is_noted = True
                message = _(
                    "{n} nights in a row away from {place}, {most} allowed",
                    n=away,
                    place=team.end,
                    most=most,
                )
                yield Violation(Rule.NIGHTS_AWAY, message, place, team.id, day, away - most)


def check_beds(audit: AuditedPlan) -> Iterator[Violation]:
    """Check how many teams sleep at each place on the night after each day."""
    sleepers: dict[tuple[str, int], list[str]] = defaultdict(list)
    for team in audit.problem.teams:
        for first, next_day in pairwise(audit.problem.working_days(team)):
            place = _ends(audit, team, first)[1]
            if place is not None and place != team.end:
                for day in range(first, next_day):
                    sleepers[place, day].append(team.id)
    for sleep in audit.problem.sleeps:
        for day in range(len(audit.problem.days)):
            teams = sleepers[sleep.place, day]
            extra = len(teams) - sleep.teams_per_night
            if extra > 0:
                message = _(
                    "{teams} sleep at {place} after day {day}, there are beds for {most}",
                    teams=", ".join(teams),
                    place=sleep.place,
                    day=day + 1,
                    most=sleep.teams_per_night,
                )
                yield Violation(Rule.BEDS, message, sleep.place, day=day, by=extra)


def _ends(audit: AuditedPlan, team: Team, day: int) -> tuple[str | None, str | None]:
    """Return where a day begins and ends; None where the plan names no known place."""
    tour = audit.tours.get((team.id, day))
    if tour is None:
        return None, None
    start, end = (place if audit.knows(place) else None for place in (tour.start, tour.end))
    return start, end
