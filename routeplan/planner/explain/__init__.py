"""Why households are left out, and what it would take to reach them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from routeplan.audit import Rule, audit_plan
from routeplan.display import counted, one_line, table
from routeplan.errors import AuditError, Faults, PlanError
from routeplan.formats import detail_of
from routeplan.language import gettext as _
from routeplan.language import message_language
from routeplan.model.objective import objective_of
from routeplan.model.plan import Reason, StoppedBy
from routeplan.model.problem import problem_of
from routeplan.planner.engine import ROUNDING, Options
from routeplan.planner.explain.reasons import (
    beds_in_reach,
    day_trips,
    days_in_reach,
    why_left_out,
    why_no_visit,
)
from routeplan.planner.instance import Instance
from routeplan.planner.pins import find_village
from routeplan.planner.solution import solution_from_plan
from routeplan.planner.solver import find_engine, solve

if TYPE_CHECKING:
    from collections.abc import Callable

    from routeplan.model.plan import Plan, Requirement
    from routeplan.model.problem import Posed, Problem, Village
    from routeplan.planner.engine import Progress

__all__ = [
    "Explanation",
    "Forced",
    "beds_in_reach",
    "day_trips",
    "days_in_reach",
    "explain",
    "why_no_visit",
]


SECONDS = 10.0
# Reasons that no plan can do anything about.
NEVER = {Reason.UNREACHABLE, Reason.TOO_FAR, Reason.CLOSED, Reason.BELOW_MINIMUM}
# What a plan says of itself is for `routeplan audit` to check: its tours are what counts here.
FIGURES = {
    *(Rule.LEFT_OUT, Rule.SUMMARY, Rule.UPPER_BOUND, Rule.PROBLEM_HASH, Rule.ANNOUNCED),
}


@dataclass(frozen=True, slots=True)
class Forced:
    """A new plan with the village forced in, compared with the plan that is explained.

    Parameters
    ----------
    reached
        Households of the village that it reaches.
    elsewhere
        Households that it reaches in all other villages, less those of the plan: below 0 for loss.
    weighted
        Weighted households that it reaches in all, less those of the plan.
    objective
        What it is worth in all, with bonuses and driving, less what the plan is worth.
    stopped_by
        Why its search stopped.
    plan
        The plan itself.
    """

    reached: int
    elsewhere: int
    weighted: float
    objective: float
    stopped_by: StoppedBy
    plan: Plan


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known of one village in a plan.

    Parameters
    ----------
    place, name
        Of the village.
    households, reached
        There, and of these in the plan.
    visits
        Team, day and households of each visit.
    reason, detail
        Why the others are not reached; None and empty where all are.
    requirements
        What it would take, the smallest first.
    forced
        What forcing it in costs; None where nothing is left out, no plan can reach it, or no plan
        was found that does.
    conclusion
        The conclusion in one sentence, in the language of messages.

    Examples
    --------
    >>> explanation = explain(problem, plan, "Ескішоқы")
    >>> explanation.reason.value, explanation.conclusion
    ('unreachable', 'no plan can reach it')
    """

    place: str
    name: str
    households: int
    reached: int
    visits: tuple[tuple[str, int, int], ...]
    reason: Reason | None = None
    detail: str = ""
    requirements: tuple[Requirement, ...] = ()
    forced: Forced | None = None
    conclusion: str = ""

    def __repr__(self) -> str:
        reached = f"{self.reached:,} of {counted(self.households, 'household')} reached"
        figures = [] if self.reason is None else [self.reason.value]
        if self.forced is not None:
            figures.append(f"{self.forced.reached:,} where forced in")
        return one_line("Explanation", self.name, reached, *figures)

    def _repr_html_(self) -> str:
        figures = [f"{self.reached:,} of {counted(self.households, 'household')} reached"]
        figures += [
            f"{counted(count, 'household')} by {team} on day {day + 1}"
            for team, day, count in self.visits
        ]
        if self.reason is not None:
            figures.append(f"the others: {self.reason.label} {self.detail}".rstrip())
        figures += [self.conclusion] if self.conclusion else []
        heads = ("what it would take", "team", "day", "place", "minutes", "households")
        rows = [
            tuple(
                "" if value is None else value
                for value in (
                    *(each.kind.value, each.team, None if each.day is None else each.day + 1),
                    *(each.place, each.minutes, each.households),
                )
            )
            for each in self.requirements
        ]
        return table(self.name, figures, heads, rows)


def explain(
    problem: Posed,
    plan: Plan,
    village: str,
    options: Options | None = None,
    *,
    report: Callable[[Progress], None] | None = None,
) -> Explanation:
    """Explain why a plan does not reach all of a village, and what reaching it would cost.

    For the cost, the problem is solved again from the plan on: a village without a visit is
    required; of a village that is visited as many households as possible are reached, whatever
    that costs.

    Parameters
    ----------
    problem, plan
        A problem or a prepared scenario, and a plan that keeps its rules.
    village
        Id of its place, or its name.
    options
        Of the search with the village forced in; 10 seconds where left out.
    report
        Called with each better plan of that search.

    Raises
    ------
    InputError
        Where there is no such village, or several; or no such engine.
    AuditError
        Where the plan breaks a rule of the problem.

    Examples
    --------
    >>> explanation = explain(problem, plan, "v10", Options(iterations=5, bound=False))
    >>> explanation.name, explanation.households
    ('Ұзынкөл', 62)
    """
    problem, options = problem_of(problem), options or Options(seconds=SECONDS)
    find_engine(options.engine)
    place = find_village(problem, village)
    faults = Faults()
    for violation in audit_plan(problem, plan):
        if violation.rule not in FIGURES:
            faults.add(_("plan"), str(violation))
    faults.raise_any(AuditError)
    found = _without_forcing(problem, plan, problem.village_at[place])
    if found.conclusion:
        return found
    forced = _force(problem, plan, problem.village_at[place], options, report)
    objective = objective_of(problem, plan.tours)
    return replace(found, forced=forced, conclusion=_conclusion(found, forced, objective))


def _without_forcing(problem: Problem, plan: Plan, village: Village) -> Explanation:
    """Return what is known without a search; the conclusion is empty where it needs one."""
    visits = _visits(plan, village.place)
    found = Explanation(
        place=village.place,
        name=problem.place(village.place).name,
        households=village.households,
        reached=sum(households for _, _, households in visits),
        visits=visits,
    )
    if village.households == 0:
        conclusion = _("it has no households that are still to be reached")
        return replace(found, conclusion=conclusion)
    if found.reached == village.households:
        return replace(found, conclusion=_("all of its households are reached"))
    solution = solution_from_plan(Instance(problem), plan)
    left = why_left_out(solution)[problem.villages.index(village)]
    return replace(
        found,
        reason=left.reason,
        detail=detail_of(left, visited=bool(visits), problem=problem, language=message_language()),
        requirements=left.requirements,
        conclusion=_("no plan can reach it") if left.reason in NEVER else "",
    )


def _force(
    problem: Problem,
    plan: Plan,
    village: Village,
    options: Options,
    report: Callable[[Progress], None] | None,
) -> Forced | None:
    """Solve again with the village forced in; None where no plan is found."""
    before = _visits(plan, village.place)
    if before:
        # Worth more than all households together, so that no other is chosen over one of these.
        most = sum(v.weight * v.households for v in problem.villages)
        changed = replace(village, weight=max(1.0, most) + village.weight)
    else:
        # A visit that reaches nobody, where the rules let it, would force nothing.
        changed = replace(village, required=True, min_households=max(village.min_households, 1))
    others = tuple(changed if v is village else v for v in problem.villages)
    changed_problem, options = problem.replace(villages=others), replace(options, bound=False)
    try:
        found = solve(changed_problem, options, start=plan, report=None if before else report)
    except PlanError:
        return None
    reached = sum(households for _, _, households in _visits(found, village.place))
    change = _households(found) - _households(plan)
    return Forced(
        reached=reached,
        elsewhere=change - (reached - sum(households for _, _, households in before)),
        weighted=_weighted(problem, found) - _weighted(problem, plan),
        objective=objective_of(problem, found.tours) - objective_of(problem, plan.tours),
        stopped_by=found.run.stopped_by,
        plan=found,
    )


def _conclusion(found: Explanation, forced: Forced | None, objective: float) -> str:
    """Return the conclusion of a village in a plan with an objective."""
    if forced is None:
        return _("no plan that visits it was found: give the search more time")
    more = forced.reached - found.reached
    if more <= 0:
        return _("no plan that reaches more of it was found")
    if abs(forced.objective) <= ROUNDING * max(1.0, abs(objective)):
        return _instead(more, forced.elsewhere)
    is_weighted, change = forced.objective == forced.weighted, forced.objective
    in_all = _("{change:+.1f} in all", change=change)
    if forced.objective > 0:
        gain = _("{change:+.1f} weighted in all", change=change) if is_weighted else in_all
        return _(
            "it could fit: the search missed it ({more} more there, {gain})", more=more, gain=gain
        )
    loss = _("{change:+.1f} weighted", change=change) if is_weighted else in_all
    return _(
        "forcing it in reaches {more} more there and {cost} ({loss})",
        more=more,
        cost=_cost(forced),
        loss=loss,
    )


def _instead(more: int, elsewhere: int) -> str:
    if elsewhere == 0:
        return _(
            "it could be reached instead of others of the same worth "
            "({more} more there, none fewer elsewhere)",
            more=more,
        )
    return _(
        "it could be reached instead of others of the same worth "
        "({more} more there, {elsewhere:+d} elsewhere)",
        more=more,
        elsewhere=elsewhere,
    )


def _cost(forced: Forced) -> str:
    """Return what forcing a village in costs, as a clause of the conclusion."""
    if forced.elsewhere >= 0:
        cost = _("costs none elsewhere")
    else:
        cost = _("costs {n} elsewhere", n=-forced.elsewhere)
    if forced.weighted >= 0:
        cost = _("{cost}, but more driving than that is worth", cost=cost)
    return cost


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
