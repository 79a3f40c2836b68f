"""Checks of a whole plan: its tours and places, nights, households and figures."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from routeplan.audit.tours import Rule, Violation, exact, team_days

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from routeplan.audit.tours import AuditedPlan
    from routeplan.model.problem import Team, Village

TOLERANCE = exact(1e-6)
"""Relative, where a plan's figure is a fraction."""


def check_tours(audit: AuditedPlan) -> Iterator[Violation]:
    """Check that there is one tour for every team and working day."""
    expected = team_days(audit.problem)
    given = Counter((tour.team, tour.day) for tour in audit.plan.tours)
    for (team, day), count in given.items():
        by = None
        if team not in audit.problem.team_of:
            message = f"there is no team {team!r}"
        elif not 0 <= day < len(audit.problem.days):
            message = f"there is no day {day}"
        elif (team, day) not in expected:
            message = f"{team} does not work on day {day}"
        elif count > 1:
            message, by = f"{team} has {count} tours on day {day}, expected one", count - 1
        else:
            continue
        yield Violation(Rule.TOURS, message, team=team, day=day, by=by)
    for team, day in sorted(expected - set(given)):
        message = f"{team} has no tour on day {day}"
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
            reason = f"but day {day} ended at {evening}"
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
                    f"{', '.join(teams)} sleep at {sleep.place} after day {day}, "
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


class _Visit(NamedTuple):
    team: str
    day: int
    households: int


def check_reached(audit: AuditedPlan) -> Iterator[Violation]:
    """Check how many households each visit reaches, and all visits to a village together."""
    visits_to = _visits(audit)
    for village in audit.problem.villages:
        visits = visits_to[village.place]
        for visit in visits:
            yield from _check_visit(village, visit)
            if audit.complete:
                yield from _check_minimum(village, visit, visits)
        reached = sum(visit.households for visit in visits)
        if reached > village.households:
            extra = reached - village.households
            message = f"{reached} households reached, there are {village.households}"
            yield Violation(Rule.HOUSEHOLDS, message, village.place, by=extra)
        if village.required and audit.complete and not visits:
            message = f"{village.place} is required, but not visited"
            yield Violation(Rule.REQUIRED, message, village.place)


def check_left_out(audit: AuditedPlan) -> Iterator[Violation]:
    """Check that what is not reached is listed, once and with the right number."""
    listed = Counter(left.place for left in audit.plan.left_out)
    # An entry for an unknown place may be meant for any village.
    if not audit.complete or not all(map(audit.knows, listed)):
        return
    for place, count in listed.items():
        if count > 1:
            message = f"{place} is listed {count} times"
            yield Violation(Rule.LEFT_OUT, message, place, by=count - 1)
        if place not in audit.problem.village_at:
            yield Violation(Rule.LEFT_OUT, f"{place} is no village", place)
    yield from _check_numbers(audit)


def _check_numbers(audit: AuditedPlan) -> Iterator[Violation]:
    stated = {left.place: left.households for left in audit.plan.left_out}
    for place, visits in _visits(audit).items():
        reached = [visit.households for visit in visits]
        left = max(0, audit.problem.village_at[place].households - sum(reached))
        number = stated.get(place, 0)
        if number != left and min(reached, default=0) >= 0:
            message = f"{left} households are left, the plan lists {number}"
            yield Violation(Rule.LEFT_OUT, message, place, by=abs(left - number))
        elif place in stated and number == left == 0:
            yield Violation(Rule.LEFT_OUT, f"nothing is left of {place}, but it is listed", place)


def check_summary(audit: AuditedPlan) -> Iterator[Violation]:
    """Check that the summary adds up."""
    if not audit.complete:
        return
    summary = audit.plan.summary
    households = sum(tour.households for tour in audit.plan.tours)
    if summary.households != households:
        message = f"households is {summary.households}, the visits reach {households}"
        yield Violation(Rule.SUMMARY, message, by=abs(summary.households - households))
    weighted = _weighted(audit)
    apart = abs(exact(summary.weighted) - weighted)
    if apart > TOLERANCE * max(exact(1), abs(weighted)):
        message = f"weighted is {summary.weighted}, the visits reach {float(weighted)}"
        yield Violation(Rule.SUMMARY, message, by=float(apart))
    stated = sum(tour.drive_seconds for tour in audit.plan.tours)
    driven = [audit.drive_seconds(tour) for tour in audit.plan.tours]
    # A tour whose own figure is wrong was noted: the summary may follow its legs or its figure.
    right = {stated} | ({sum(filter(None, driven))} if None not in driven else set())
    if summary.drive_seconds not in right:
        message = f"drive_seconds is {summary.drive_seconds}, the tours add up to {stated}"
        yield Violation(Rule.SUMMARY, message, by=abs(summary.drive_seconds - stated))


def check_bound(audit: AuditedPlan) -> Iterator[Violation]:
    """Check that a plan which keeps every other rule reaches no more than its bound."""
    bound = audit.plan.summary.upper_bound
    if bound is None or not audit.complete:
        return
    above = _weighted(audit) - exact(bound)
    if above > TOLERANCE * max(exact(1), abs(exact(bound))):
        message = f"upper_bound is {bound}, but {float(_weighted(audit))} is reached"
        yield Violation(Rule.UPPER_BOUND, message, by=float(above))


def _visits(audit: AuditedPlan) -> dict[str, list[_Visit]]:
    """Return all visits of the plan, by the place of the village."""
    visits: dict[str, list[_Visit]] = {village.place: [] for village in audit.problem.villages}
    for (team, day), tour in audit.tours.items():
        for stop in tour.stops:
            if stop.place in visits:
                visits[stop.place].append(_Visit(team, day, stop.households))
    return visits


def _check_visit(village: Village, visit: _Visit) -> Iterator[Violation]:
    here = village.place, visit.team, visit.day
    count, there = visit.households, village.households
    if count < 0:
        yield Violation(Rule.NEGATIVE, f"reaches {count} households", *here, -count)
    # A visit that reaches more than there are breaks that rule, not these.
    if not 0 < count <= there:
        return
    if not village.partial and count != there:
        message = f"reaches {count} households, all {there} or none are to be reached"
        yield Violation(Rule.ALL_OR_NONE, message, *here, there - count)
    most = ceil(exact(village.max_share_per_visit) * there)
    if count > most:
        message = f"reaches {count} households, {most} of {there} are at home at once"
        yield Violation(Rule.MAX_SHARE, message, *here, count - most)


def _check_minimum(village: Village, visit: _Visit, visits: list[_Visit]) -> Iterator[Violation]:
    earlier = sum(other.households for other in visits if other.day < visit.day)
    left = max(0, village.households - earlier)
    least, count = min(village.min_households, left), visit.households
    if 0 <= count < least:
        message = f"reaches {count} households, {least} are the fewest ({left} left)"
        here = village.place, visit.team, visit.day
        yield Violation(Rule.MIN_HOUSEHOLDS, message, *here, least - count)


def _weighted(audit: AuditedPlan) -> Fraction:
    villages = audit.problem.village_at
    stops = (stop for tour in audit.tours.values() for stop in tour.stops)
    return sum((stop.households * exact(villages[stop.place].weight) for stop in stops), exact(0))


PLAN_CHECKS = (
    check_tours,
    check_places,
    check_chain,
    check_nights,
    check_beds,
    check_reached,
    check_left_out,
    check_summary,
)
