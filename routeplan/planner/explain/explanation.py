"""Why a plan does not reach all of a village, what it would take, and what forcing it in costs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from routeplan.audit import Rule, audit_plan
from routeplan.errors import AuditError, Faults, PlanError
from routeplan.formats import detail_of
from routeplan.model.plan import Reason, StoppedBy
from routeplan.planner.engine import Options
from routeplan.planner.explain.reasons import why_left_out
from routeplan.planner.instance import Instance
from routeplan.planner.pins.naming import find_village
from routeplan.planner.solution import solution_from_plan
from routeplan.planner.solver import find_engine, solve

if TYPE_CHECKING:
    from collections.abc import Callable

    from routeplan.model.plan import Plan, Requirement
    from routeplan.model.problem import Problem, Village
    from routeplan.planner.engine import Progress

__all__ = ["Explanation", "Forced", "explain"]

SECONDS = 10.0
# Reasons that no plan can do anything about.
NEVER = {Reason.UNREACHABLE, Reason.TOO_FAR, Reason.CLOSED}
# What a plan says of itself is for `routeplan audit` to judge: its tours are what counts here.
FIGURES = {*(Rule.LEFT_OUT, Rule.SUMMARY, Rule.UPPER_BOUND, Rule.PROBLEM_HASH)}


@dataclass(frozen=True, slots=True)
class Forced:
    """A plan made anew with the village forced in, beside the plan that is explained.

    Parameters
    ----------
    reached
        Households of the village that it reaches.
    elsewhere
        Households that it reaches in all other villages, less those of the plan: below 0 for loss.
    weighted
        Weighted households that it reaches in all, less those of the plan.
    stopped_by
        Why its search stopped.
    plan
        The plan itself.
    """

    reached: int
    elsewhere: int
    weighted: float
    stopped_by: StoppedBy
    plan: Plan


@dataclass(frozen=True, slots=True)
class Explanation:
    """What there is to say of one village in a plan.

    Parameters
    ----------
    place, name
        Of the village.
    households, reached
        There, and of these in the plan.
    visits
        Team, day and households of each visit.
    reason, detail
        Why the others are not reached; None and nothing where all are.
    requirements
        What it would take, the smallest thing first.
    forced
        What forcing it in costs; None where there is nothing to force, it cannot be, or no plan
        was found that does.
    verdict
        The answer in one sentence.

    Examples
    --------
    >>> known = explain(problem, plan, "Ескішоқы")
    >>> known.reason.value, known.verdict
    ('unreachable', 'no plan can reach it')
    """

    place: str
    name: str
    households: int
    reached: int
    visits: tuple[tuple[str, int, int], ...]
    reason: Reason | None
    detail: str
    requirements: tuple[Requirement, ...]
    forced: Forced | None
    verdict: str


def explain(
    problem: Problem,
    plan: Plan,
    village: str,
    options: Options | None = None,
    *,
    report: Callable[[Progress], None] | None = None,
) -> Explanation:
    """Tell why a plan does not reach all of a village, and what reaching it would cost.

    To know the cost, the plan is made anew from where it stands: a village without a visit must
    have one, with as many households as pay; of a village that is visited as many as can be are
    reached, whatever that costs.

    Parameters
    ----------
    problem, plan
        What is asked, and an answer that keeps its rules.
    village
        Id of its place, or its name.
    options
        Of the search with the village forced in; 10 seconds where left out.
    report
        Told of each better plan of that search.

    Raises
    ------
    InputError
        Where there is no such village, or several; or no such engine.
    AuditError
        Where the plan breaks a rule of the problem.

    Examples
    --------
    >>> known = explain(problem, plan, "v10", Options(iterations=5, bound=False))
    >>> known.name, known.households
    ('Ұзынкөл', 62)
    """
    options = options or Options(seconds=SECONDS)
    find_engine(options.engine)
    place = find_village(problem, village)
    _check(problem, plan)
    asked = problem.village_at[place]
    known = _without_forcing(problem, plan, asked)
    if known.reason is None or known.reason in NEVER:
        return known
    forced = _force(problem, plan, asked, options, report)
    return replace(known, forced=forced, verdict=_verdict(known, forced))


def _check(problem: Problem, plan: Plan) -> None:
    faults = Faults()
    for violation in audit_plan(problem, plan):
        if violation.rule not in FIGURES:
            faults.add("plan", str(violation))
    faults.raise_any(AuditError)


def _without_forcing(problem: Problem, plan: Plan, village: Village) -> Explanation:
    """Tell what can be told without a search."""
    solution = solution_from_plan(Instance(problem), plan)
    number = problem.villages.index(village)
    visits = _visits(plan, village.place)
    reached = sum(households for _, _, households in visits)
    known = Explanation(
        place=village.place,
        name=problem.place(village.place).name,
        households=village.households,
        reached=reached,
        visits=visits,
        reason=None,
        detail="",
        requirements=(),
        forced=None,
        verdict="all of its households are reached",
    )
    if village.households == 0:
        return replace(known, verdict="it has no households that are still to be reached")
    if reached == village.households:
        return known
    left = why_left_out(solution)[number]
    return replace(
        known,
        reason=left.reason,
        detail=detail_of(left, visited=bool(visits), problem=problem),
        requirements=left.requirements,
        verdict="no plan can reach it" if left.reason in NEVER else "",
    )


def _force(
    problem: Problem,
    plan: Plan,
    village: Village,
    options: Options,
    report: Callable[[Progress], None] | None,
) -> Forced | None:
    """Make the plan anew with the village forced in; None where no search found a way."""
    before = _visits(plan, village.place)
    if before:
        # Worth more than all households together, so that no other is chosen over one of these.
        most = sum(v.weight * v.households for v in problem.villages)
        changed = replace(village, weight=max(1.0, most) + village.weight)
    else:
        changed = replace(village, required=True)
    others = tuple(changed if v is village else v for v in problem.villages)
    posed = problem.replace(villages=others)
    options = replace(options, bound=False)
    try:
        found = solve(posed, options, start=plan, report=None if before else report)
    except PlanError:
        return None
    reached = sum(households for _, _, households in _visits(found, village.place))
    change = _households(found) - _households(plan)
    return Forced(
        reached=reached,
        elsewhere=change - (reached - sum(households for _, _, households in before)),
        weighted=_weighted(problem, found) - _weighted(problem, plan),
        stopped_by=found.run.stopped_by,
        plan=found,
    )


def _verdict(known: Explanation, forced: Forced | None) -> str:
    if forced is None:
        return "no plan that visits it was found: give the search more time"
    more = forced.reached - known.reached
    if more <= 0:
        return "no plan that reaches more of it was found"
    if forced.weighted >= 0:
        in_all = f"{forced.weighted:+.1f} weighted in all"
        return f"it could fit: the search missed it ({more} more there, {in_all})"
    cost = (
        f"costs {-forced.elsewhere} elsewhere" if forced.elsewhere < 0 else "costs none elsewhere"
    )
    return f"forcing it in reaches {more} more there and {cost} ({forced.weighted:+.1f} weighted)"


def _visits(plan: Plan, place: str) -> tuple[tuple[str, int, int], ...]:
    return tuple(
        (tour.team, tour.day, stop.households)
        for tour in plan.tours
        for stop in tour.stops
        if stop.place == place
    )


def _households(plan: Plan) -> int:
    return sum(tour.households for tour in plan.tours)


def _weighted(problem: Problem, plan: Plan) -> float:
    stops = (stop for tour in plan.tours for stop in tour.stops)
    return float(sum(stop.households * problem.village_at[stop.place].weight for stop in stops))
