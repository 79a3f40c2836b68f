"""Checks of the households that a plan reaches, village by village, and of what it leaves out."""

from __future__ import annotations

from collections import Counter
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from routeplan.audit.rules import Rule, Violation
from routeplan.audit.tours import exact
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from routeplan.audit.tours import AuditedPlan
    from routeplan.model.problem import Village


class Visit(NamedTuple):
    """What one visit of a plan reaches; `is_marked` where the plan says that it was announced."""

    team: str
    day: int
    households: int
    is_marked: bool


def check_reached(audit: AuditedPlan) -> Iterator[Violation]:
    """Check how many households each visit reaches, and all visits to a village together."""
    visits_to = visits_of(audit)
    for village in audit.problem.villages:
        visits = visits_to[village.place]
        for visit in visits:
            yield from _check_visit(audit, village, visit, visits)
        reached = sum(visit.households for visit in visits)
        if reached > village.households:
            extra = reached - village.households
            message = _(
                "{reached} households reached, there are {there}",
                reached=reached,
                there=village.households,
            )
            yield Violation(Rule.HOUSEHOLDS, message, village.place, by=extra)
        if village.required and audit.complete and not visits:
            message = _("{place} is required, but not visited", place=village.place)
            yield Violation(Rule.REQUIRED, message, village.place)


def check_left_out(audit: AuditedPlan) -> Iterator[Violation]:
    """Check that what is not reached is listed, once and with the right number."""
    listed = Counter(left.place for left in audit.plan.left_out)
    # An entry for an unknown place may be meant for any village.
    if not audit.complete or not all(map(audit.knows, listed)):
        return
    for place, count in listed.items():
        if count > 1:
            message = _("{place} is listed {n} times", place=place, n=count)
            yield Violation(Rule.LEFT_OUT, message, place, by=count - 1)
        if place not in audit.problem.village_at:
            yield Violation(Rule.LEFT_OUT, _("{place} is no village", place=place), place)
    yield from _check_numbers(audit)


def _check_numbers(audit: AuditedPlan) -> Iterator[Violation]:
    stated = {left.place: left.households for left in audit.plan.left_out}
    for place, visits in visits_of(audit).items():
        reached = [visit.households for visit in visits]
        left = max(0, audit.problem.village_at[place].households - sum(reached))
        number = stated.get(place, 0)
        if number != left and min(reached, default=0) >= 0:
            message = _(
                "{left} households are left, the plan lists {stated}", left=left, stated=number
            )
            yield Violation(Rule.LEFT_OUT, message, place, by=abs(left - number))
        elif place in stated and number == left == 0:
            message = _("nothing is left of {place}, but it is listed", place=place)
            yield Violation(Rule.LEFT_OUT, message, place)


def visits_of(audit: AuditedPlan) -> dict[str, list[Visit]]:
    """Return all visits of the plan, by the place of the village."""
    visits: dict[str, list[Visit]] = {village.place: [] for village in audit.problem.villages}
    for (team, day), tour in audit.tours.items():
        for stop in tour.stops:
            if stop.place in visits:
                visits[stop.place].append(Visit(team, day, stop.households, stop.announced))
    return visits


def _check_visit(
    audit: AuditedPlan, village: Village, visit: Visit, visits: list[Visit]
) -> Iterator[Violation]:
    found = [*_check_number(village, visit)]
    if audit.complete:
        found += _check_minimum(village, visit, visits)
    yield from found
    # Whether a visit that breaks these rules keeps an announced one is not a second violation.
    if audit.complete and not found:
        yield from _check_mark(audit, village, visit, visits)


def _check_number(village: Village, visit: Visit) -> Iterator[Violation]:
    here = village.place, visit.team, visit.day
    count, there = visit.households, village.households
    if count < 0:
        yield Violation(Rule.NEGATIVE, _("reaches {n} households", n=count), *here, -count)
    # A visit that reaches more than there are breaks that rule, not these.
    if not 0 < count <= there:
        return
    if not village.partial and count != there:
        message = _(
            "reaches {n} households, all {there} or none are to be reached", n=count, there=there
        )
        yield Violation(Rule.ALL_OR_NONE, message, *here, there - count)
    most = ceil(exact(village.max_share_per_visit) * there)
    if count > most:
        message = _(
            "reaches {n} households, {most} of {there} are at home at once",
            n=count,
            most=most,
            there=there,
        )
        yield Violation(Rule.MAX_SHARE, message, *here, count - most)


def _check_minimum(village: Village, visit: Visit, visits: list[Visit]) -> Iterator[Violation]:
    left, count = _left_before(village, visit.day, visits), visit.households
    least = min(village.min_households, left)
    if 0 <= count < least:
        message = _(
            "reaches {n} households, {least} are the fewest ({left} left)",
            n=count,
            least=least,
            left=left,
        )
        here = village.place, visit.team, visit.day
        yield Violation(Rule.MIN_HOUSEHOLDS, message, *here, least - count)


def _left_before(village: Village, day: int, visits: list[Visit]) -> int:
    """Return how many households of a village the visits of earlier days leave."""
    return max(0, village.households - sum(other.households for other in visits if other.day < day))


def _check_mark(
    audit: AuditedPlan, village: Village, visit: Visit, visits: list[Visit]
) -> Iterator[Violation]:
    here = village.place, visit.team, visit.day
    keeps_one = is_kept(audit, village, visit, visits)
    if visit.is_marked and here not in audit.bonuses:
        message = _("is marked as announced, which it was not")
        yield Violation(Rule.ANNOUNCED, message, *here)
    elif visit.is_marked and not keeps_one:
        least, count = _least(village, visit.day, visits), visit.households
        message = _(
            "is marked as announced, but reaches {n} households of {least}", n=count, least=least
        )
        yield Violation(Rule.ANNOUNCED, message, *here, least - count)
    elif keeps_one and not visit.is_marked:
        message = _("keeps an announced visit, but is not marked")
        yield Violation(Rule.ANNOUNCED, message, *here)


def is_kept(audit: AuditedPlan, village: Village, visit: Visit, visits: list[Visit]) -> bool:
    """Return whether a visit, one of those to a village, keeps an announced one."""
    is_announced = (village.place, visit.team, visit.day) in audit.bonuses
    return is_announced and visit.households >= _least(village, visit.day, visits)


def _least(village: Village, day: int, visits: list[Visit]) -> int:
    """Return the fewest households with which a visit keeps an announced one: one, if not more."""
    if not village.partial:
        return max(1, village.households)
    return max(1, min(village.min_households, _left_before(village, day, visits)))


def check_districts(audit: AuditedPlan) -> Iterator[Violation]:
    """Check that in each district as many households are reached as must be."""
    if not audit.complete:
        return
    visits = visits_of(audit)
    for district in audit.problem.districts:
        reached = sum(visit.households for place in district.places for visit in visits[place])
        missing = district.min_households - reached
        if missing > 0:
            message = _(
                "{reached} households are reached in district {district}, {least} are the fewest",
                reached=reached,
                district=district.id,
                least=district.min_households,
            )
            yield Violation(Rule.DISTRICT_FLOOR, message, by=missing)
