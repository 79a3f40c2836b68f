"""Checks of the households that visits reach, of those left out, and of the plan's figures."""

from __future__ import annotations

from collections import Counter
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from routeplan.audit.audited import exact
from routeplan.audit.rules import Rule, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from routeplan.audit.audited import AuditedPlan
    from routeplan.model.problem import Village

__all__ = ["check_bound", "check_left_out", "check_reached", "check_summary"]

TOLERANCE = exact(1e-6)
"""Relative, where a plan's figure is a fraction."""


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
    yield from _check_listed(audit, listed)
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


def _check_listed(audit: AuditedPlan, listed: Counter[str]) -> Iterator[Violation]:
    for place, count in listed.items():
        if count > 1:
            message = f"{place} is listed {count} times"
            yield Violation(Rule.LEFT_OUT, message, place, by=count - 1)
        if place not in audit.problem.village_at:
            yield Violation(Rule.LEFT_OUT, f"{place} is no village", place)


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
