"""Checks of a whole plan: its tours and places, nights and beds."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from routeplan.audit.tours import Rule, Violation, team_days

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
            message = f"there is no team {team!r}"
        elif not 0 <= day < len(audit.problem.days):
            message = f"there is no day {day + 1}"
        elif (team, day) not in expected:
            message = f"{team} does not work on day {day + 1}"
        elif count > 1:
            message, by = f"{team} has {count} tours on day {day + 1}, expected one", count - 1
        else:
            continue
        yield Violation(Rule.TOURS, message, team=team, day=day, by=by)
    for team, day in sorted(expected - set(given)):
        message = f"{team} has no tour on day {day + 1}"
        yield Violation(Rule.TOURS, message, team=team, day=day, by=1)


def check_places(audit: AuditedPlan) -> Iterator[Violation]:
    """Check that every place is known, and every stop at a village."""
    for (team, day), tour in audit.tours.items():
        stops = {stop.place for stop in tour.stops}
        named = [tour.start, tour.end, *stops, *(rest.place for rest in tour.rests)]
        for place in dict.fromkeys(named):
            if not audit.knows(place):
                message = f"there is no place {place!r}"
                yield Violation(Rule.KNOWN_PLACE, message, place, team, day)
            elif place in stops and place not in audit.problem.village_at:
                message = f"{place} is no village, but a stop"
                yield Violation(Rule.VILLAGE_STOP, message, place, team, day)
    for left in audit.plan.left_out:
        if not audit.knows(left.place):
            message = f"left_out names {left.place!r}, but there is no such place"
            yield Violation(Rule.KNOWN_PLACE, message, left.place)


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
            reason = f"but day {day + 1} ended at {evening}"
        if rule is Rule.NIGHT_LINK and evening not in (None, team.end):
            message = f"ends at {evening}, its end is {team.end}"
            yield Violation(Rule.LAST_END, message, evening, team.id, day)


def check_nights(audit: AuditedPlan) -> Iterator[Violation]:
    """Check where each team sleeps, and for how many nights in a row away."""
    days, beds = audit.problem.days, {sleep.place for sleep in audit.problem.sleeps}
    for team in audit.problem.teams:
        away, is_noted = 0, False
        for day, next_day in pairwise(audit.problem.working_days(team)):
            _, place = _ends(audit, team, day)
            if place is None or place == team.end:
                away, is_noted = 0, False
                continue
            if place not in beds:
                message = f"sleeps at {place}, which is no sleeping place"
                yield Violation(Rule.SLEEPING_PLACE, message, place, team.id, day)
            away += (days[next_day].date - days[day].date).days
            most = team.max_nights_away
            if most is not None and away > most and not is_noted:
                is_noted = True
                message = f"{away} nights in a row away from {team.end}, {most} allowed"
                yield Violation(Rule.NIGHTS_AWAY, message, place, team.id, day, away - most)


def check_beds(audit: AuditedPlan) -> Iterator[Violation]:
    """Check how many teams sleep at each place on the night after each day."""
    sleepers: dict[tuple[str, int], list[str]] = defaultdict(list)
    for team in audit.problem.teams:
        for first, next_day in pairwise(audit.problem.working_days(team)):
            _, place = _ends(audit, team, first)
            if place is not None and place != team.end:
                for day in range(first, next_day):
                    sleepers[place, day].append(team.id)
    for sleep in audit.problem.sleeps:
        for day in range(len(audit.problem.days)):
            teams = sleepers[sleep.place, day]
            extra = len(teams) - sleep.teams_per_night
            if extra > 0:
                message = (
                    f"{', '.join(teams)} sleep at {sleep.place} after day {day + 1}, "
                    f"there are beds for {sleep.teams_per_night}"
                )
                yield Violation(Rule.BEDS, message, sleep.place, day=day, by=extra)


def _ends(audit: AuditedPlan, team: Team, day: int) -> tuple[str | None, str | None]:
    """Return where a day begins and ends; None where the plan names no known place."""
    tour = audit.tours.get((team.id, day))
    if tour is None:
        return None, None
    start, end = (place if audit.knows(place) else None for place in (tour.start, tour.end))
    return start, end
