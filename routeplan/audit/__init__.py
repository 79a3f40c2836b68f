"""Audit a plan by every rule of its problem, apart from the planner.

It shares no arithmetic with the planner on purpose, and its own is exact: numbers count as the
decimals that are written, so that a ceiling comes out as by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.audit.figures import check_bound, check_summary
from routeplan.audit.plans import check_beds, check_chain, check_nights, check_places, check_tours
from routeplan.audit.reached import check_districts, check_left_out, check_reached
from routeplan.audit.rules import Rule, Violation
from routeplan.audit.tours import audited, check_tour
from routeplan.language import gettext as _
from routeplan.model.problem import problem_of

if TYPE_CHECKING:
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Posed

__all__ = ["Rule", "Violation", "audit_plan"]

PLAN_CHECKS = (
    *(check_tours, check_places, check_chain, check_nights, check_beds),
    *(check_reached, check_districts, check_left_out, check_summary),
)


def audit_plan(
    problem: Posed, plan: Plan, *, problem_sha256: str | None = None
) -> tuple[Violation, ...]:
    """Return every violation of a rule by a plan.

    What only follows from another violation is left out: the sums of a plan that lacks a tour,
    the travel time to a place that does not exist, the bound of a plan that cannot be driven.

    Parameters
    ----------
    problem, plan
        What is audited: a problem or a prepared scenario, and a plan.
    problem_sha256
        Of the problem's file, to be compared with the one that the plan names, if given.

    Examples
    --------
    >>> audit_plan(problem, plan)
    ()
    >>> len(audit_plan(problem, plan.replace(tours=plan.tours[1:]))) > 0
    True
    """
    audit = audited(problem_of(problem), plan)
    found: list[Violation] = []
    if problem_sha256 is not None and problem_sha256.lower() != plan.problem_sha256.lower():
        wanted, given = plan.problem_sha256[:12], problem_sha256[:12]
        message = _("the plan is for {wanted}…, this is {given}…", wanted=wanted, given=given)
        found.append(Violation(Rule.PROBLEM_HASH, message))
    for check in PLAN_CHECKS:
        found += check(audit)
    for tour in audit.tours.values():
        found += check_tour(audit, tour)
    # A bound is on plans that keep the rules; one that breaks them may well lie above it.
    return tuple(found or check_bound(audit))
