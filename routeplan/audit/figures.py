"""Checks of the figures that a plan states of itself: its summary and its bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.audit.reached import is_kept, visits_of
from routeplan.audit.rules import Rule, Violation
from routeplan.audit.tours import exact
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from routeplan.audit.tours import AuditedPlan

TOLERANCE = exact(1e-6)
"""Relative, where a plan's figure is a fraction."""


def check_summary(audit: AuditedPlan) -> Iterator[Violation]:
    """Check that the summary adds up."""
    if not audit.complete:
        return
    summary = audit.plan.summary
    households = sum(tour.households for tour in audit.plan.tours)
    if summary.households != households:
        message = _(
            "households is {stated}, the visits reach {reached}",
            stated=summary.households,
            reached=households,
        )
        yield Violation(Rule.SUMMARY, message, by=abs(summary.households - households))
    weighted = _weighted(audit)
    apart = abs(exact(summary.weighted) - weighted)
    if apart > TOLERANCE * max(exact(1), abs(weighted)):
        message = _(
            "weighted is {stated}, the visits reach {reached}",
            stated=summary.weighted,
            reached=float(weighted),
        )
        yield Violation(Rule.SUMMARY, message, by=float(apart))
    stated = sum(tour.drive_seconds for tour in audit.plan.tours)
    driven = [audit.drive_seconds(tour) for tour in audit.plan.tours]
    # A tour whose own figure is wrong was noted: the summary may follow its legs or its figure.
    right = {stated} | ({sum(filter(None, driven))} if None not in driven else set())
    if summary.drive_seconds not in right:
        message = _(
            "drive_seconds is {stated}, the tours add up to {driven}",
            stated=summary.drive_seconds,
            driven=stated,
        )
        yield Violation(Rule.SUMMARY, message, by=abs(summary.drive_seconds - stated))
    yield from _check_objective(audit, right)


def _check_objective(audit: AuditedPlan, driven: set[int]) -> Iterator[Violation]:
    """Check the objective; it may follow figures of the plan that are wrong, which were noted."""
    summary = audit.plan.summary
    weighted = {_weighted(audit), exact(summary.weighted)}
    bonuses = {_bonuses(audit, by_marks=False), _bonuses(audit, by_marks=True)}
    costs = {_drive_cost(audit, seconds) for seconds in driven | {summary.drive_seconds}}
    expected = _objective(audit)
    apart = min(
        abs(exact(summary.objective) - each - bonus + cost)
        for each in weighted
        for bonus in bonuses
        for cost in costs
    )
    if apart > TOLERANCE * max(exact(1), abs(expected)):
        message = _(
            "objective is {stated}, the plan is worth {worth}",
            stated=summary.objective,
            worth=float(expected),
        )
        yield Violation(Rule.SUMMARY, message, by=float(abs(exact(summary.objective) - expected)))


def _objective(audit: AuditedPlan) -> Fraction:
    driven = sum(tour.drive_seconds for tour in audit.plan.tours)
    return _weighted(audit) + _bonuses(audit, by_marks=False) - _drive_cost(audit, driven)


def _drive_cost(audit: AuditedPlan, seconds: int) -> Fraction:
    return exact(audit.problem.rules.drive_hour_worth) * seconds / 3600


def _bonuses(audit: AuditedPlan, *, by_marks: bool) -> Fraction:
    """Return the bonuses of announced visits that are kept, or marked as such, each once."""
    kept = set()
    for place, visits in visits_of(audit).items():
        village = audit.problem.village_at[place]
        for visit in visits:
            if visit.is_marked if by_marks else is_kept(audit, village, visit, visits):
                kept.add((place, visit.team, visit.day))
    return sum((audit.bonuses.get(visit, exact(0)) for visit in kept), exact(0))


def check_bound(audit: AuditedPlan) -> Iterator[Violation]:
    """Check that a plan which keeps every other rule is worth no more than its bound."""
    bound = audit.plan.summary.upper_bound
    if bound is None or not audit.complete:
        return
    objective = _objective(audit)
    above = objective - exact(bound)
    if above > TOLERANCE * max(exact(1), abs(exact(bound))):
        message = _(
            "upper_bound is {bound}, but the plan is worth {worth}",
            bound=bound,
            worth=float(objective),
        )
        yield Violation(Rule.UPPER_BOUND, message, by=float(above))


def _weighted(audit: AuditedPlan) -> Fraction:
    villages = audit.problem.village_at
    stops = (stop for tour in audit.tours.values() for stop in tour.stops)
    return sum((stop.households * exact(villages[stop.place].weight) for stop in stops), exact(0))
