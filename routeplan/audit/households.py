"""Households: what visits may reach, what is left out, and whether the plan's figures add up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from routeplan.audit.case import exact
from routeplan.audit.rules import Rule, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from routeplan.audit.case import Case
    from routeplan.model.problem import Village

__all__ = ["check_bound", "check_left_out", "check_reached", "check_summary"]

TOLERANCE = exact(1e-6)
"""Relative, where a plan's figure is a fraction."""


@dataclass(frozen=True, slots=True)
class _Visit:
    team: str
    day: int
    households: int


def check_reached(case: Case) -> Iterator[Violation]:
    """Judge how many households each visit reaches, and all visits to a village together."""
    visits_to = _visits(case)
    for village in case.problem.villages:
        visits = visits_to[village.place]
        for visit in visits:
            yield from _check_visit(village, visit)
            if case.whole:
                yield from _check_minimum(village, visit, visits)
        reached = sum(visit.households for visit in visits)
        if reached > village.households:
            extra = reached - village.households
            message = f"{reached} households reached, there are {village.households}"
            yield Violation(Rule.HOUSEHOLDS, message, village.place, by=extra)
        if village.required and case.whole and not visits:
            message = f"{village.place} is required, but not visited"
            yield Violation(Rule.REQUIRED, message, village.place)


def check_left_out(case: Case) -> Iterator[Violation]:
    """Judge that what is not reached is listed, once and with the right number."""
    listed = Counter(left.place for left in case.plan.left_out)
    # An entry for an unknown place was meant for a village that cannot be told.
    if not case.whole or not all(map(case.knows, listed)):
        return
    for place, count in listed.items():
        if count > 1:
            message = f"{place} is listed {count} times"
            yield Violation(Rule.LEFT_OUT, message, place, by=count - 1)
        if place not in case.problem.village_at:
            yield Violation(Rule.LEFT_OUT, f"{place} is no village", place)
    stated = {left.place: left.households for left in case.plan.left_out}
    for place, visits in _visits(case).items():
        reached = [visit.households for visit in visits]
        left = max(0, case.problem.village_at[place].households - sum(reached))
        number = stated.get(place, 0)
        if number != left and min(reached, default=0) >= 0:
            message = f"{left} households are left, the plan lists {number}"
            yield Violation(Rule.LEFT_OUT, message, place, by=abs(left - number))
        elif place in stated and number == left == 0:
            yield Violation(Rule.LEFT_OUT, f"nothing is left of {place}, but it is listed", place)


def check_summary(case: Case) -> Iterator[Violation]:
    """Judge that the summary adds up."""
    if not case.whole:
        return
    summary = case.plan.summary
    households = sum(tour.households for tour in case.plan.tours)
    if summary.households != households:
        message = f"households is {summary.households}, the visits reach {households}"
        yield Violation(Rule.SUMMARY, message, by=abs(summary.households - households))
    weighted = _weighted(case)
    apart = abs(exact(summary.weighted) - weighted)
    if apart > TOLERANCE * max(exact(1), abs(weighted)):
        message = f"weighted is {summary.weighted}, the visits reach {float(weighted)}"
        yield Violation(Rule.SUMMARY, message, by=float(apart))
    yield from _check_drive(case)


def check_bound(case: Case) -> Iterator[Violation]:
    """Judge that a plan which keeps every other rule reaches no more than its bound."""
    bound = case.plan.summary.upper_bound
    if bound is None or not case.whole:
        return
    above = _weighted(case) - exact(bound)
    if above > TOLERANCE * max(exact(1), abs(exact(bound))):
        message = f"upper_bound is {bound}, but {float(_weighted(case))} is reached"
        yield Violation(Rule.UPPER_BOUND, message, by=float(above))


def _visits(case: Case) -> dict[str, list[_Visit]]:
    """Return all visits of the plan, by the place of the village."""
    visits: dict[str, list[_Visit]] = {village.place: [] for village in case.problem.villages}
    for (team, day), tour in case.tours.items():
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
    reached = sum(other.households for other in visits if other.day < visit.day)
    left = max(0, village.households - reached)
    least = min(village.min_households, left)
    if 0 <= visit.households < least:
        message = f"reaches {visit.households} households, {least} are the fewest ({left} left)"
        short = least - visit.households
        here = village.place, visit.team, visit.day
        yield Violation(Rule.MIN_HOUSEHOLDS, message, *here, short)


def _weighted(case: Case) -> Fraction:
    villages = case.problem.village_at
    stops = (stop for tour in case.tours.values() for stop in tour.stops)
    return sum((stop.households * exact(villages[stop.place].weight) for stop in stops), exact(0))


def _check_drive(case: Case) -> Iterator[Violation]:
    stated = sum(tour.drive_seconds for tour in case.plan.tours)
    driven = [case.drive_seconds(tour) for tour in case.plan.tours]
    # A tour whose own figure is wrong was noted: the summary may follow its legs or its figure.
    right = {stated} | ({sum(filter(None, driven))} if None not in driven else set())
    total = case.plan.summary.drive_seconds
    if total not in right:
        message = f"drive_seconds is {total}, the tours add up to {stated}"
        yield Violation(Rule.SUMMARY, message, by=abs(total - stated))
