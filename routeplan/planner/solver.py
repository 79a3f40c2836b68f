"""From a problem to a plan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from routeplan import __version__
from routeplan.errors import Faults, InputError, PlanError, nearest
from routeplan.formats import detail_of, problem_sha256, problem_to_json, requirement_text
from routeplan.language import gettext as _
from routeplan.language import message_language
from routeplan.model.plan import LeftOut, Plan, Run, StoppedBy, Summary
from routeplan.model.problem import problem_of
from routeplan.planner.branch_and_price.engine import search as branch_and_price
from routeplan.planner.engine import (
    Clock,
    Engine,
    Options,
    Outcome,
    Progress,
    record_interrupt,
)
from routeplan.planner.exact import is_small, solve_exactly
from routeplan.planner.explain.reasons import why_left_out, why_never
from routeplan.planner.instance import Instance
from routeplan.planner.ortools_routing import engine as routing
from routeplan.planner.pins.checks import pinned_instance
from routeplan.planner.solution import (
    better_of,
    complete,
    initial_solution,
    repaired_from_plan,
    solution_from_plan,
    summary_of,
    tours_of,
    with_fewer_nights,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from routeplan.model.problem import Posed, Problem
    from routeplan.planner.exact.model import Exact
    from routeplan.planner.pins import Pins
    from routeplan.planner.solution import Solution

# Share of the time left that the exact model may take; and its work where iterations are counted.
EXACT_SHARE = 0.5
EXACT_WORK = 10.0
# Seconds for each village that are kept of a time limit for explanations.
EXPLAINING = 5e-4

ENGINES: dict[str, Engine] = {"columns": branch_and_price, "routing": routing.search}


def solve(
    problem: Posed,
    options: Options | None = None,
    *,
    start: Plan | None = None,
    pins: Pins | None = None,
    report: Callable[[Progress], None] | None = None,
    sha256: str | None = None,
) -> Plan:
    """Plan tours that reach as many weighted households as possible.

    Parameters
    ----------
    problem
        What is to be planned: a problem or a prepared scenario. `routeplan.plan_tours` does the
        same, and of a prepared scenario it says how far villages are from the roads.
    options
        Engine, limits and seed; 30 seconds where left out.
    start
        A plan to begin from, repaired where it breaks rules. The new plan is never a worse one.
    pins
        What must stay as it is. No bound is proved then: a bound is for the problem without pins.
    report
        Called with each better plan.
    sha256
        Of the problem's file, where there is one; else that of the text that would be written.

    Returns
    -------
    Plan
        The best found until the search stopped, by Ctrl-C too.

    Raises
    ------
    InputError
        For an engine that does not exist, a start plan for other villages, and every pin that
        names what there is not, contradicts another one, or breaks a rule.
    PlanError
        When a team cannot get from its start to its end, or a required village is not visited.

    Examples
    --------
    >>> reports = []
    >>> plan = solve(problem, Options(iterations=5, bound=False), report=reports.append)
    >>> reports[-1].weighted == plan.summary.weighted
    True
    """
    problem, options = problem_of(problem), options or Options()
    search = find_engine(options.engine)
    limit = _search_seconds(problem, options.limit)
    clock = Clock(limit, cpu=options.cpu_seconds is not None)
    sha256 = sha256 or problem_sha256(problem_to_json(problem))
    instance = Instance(problem)
    check_required(instance)
    if pins:
        instance, options = pinned_instance(instance, pins, start), replace(options, bound=False)
    begin, interrupted = first_solution(instance, start, options, clock)

    def on_better(solution: Solution, bound: float | None) -> None:
        if report is not None:
            figures = summary_of(solution, None if pins else bound)
            proven = figures.upper_bound
            found = figures.households, figures.weighted
            report(Progress(*found, proven, clock.wall_spent(), figures.objective))

    if begin is not None and interrupted:
        outcome = Outcome(begin, None, 0, StoppedBy.INTERRUPT)
    else:
        outcome = search(instance, options, clock, on_better, begin)
    with record_interrupt() as late:
        solution = with_fewer_nights(outcome.solution)
        solution = solution if start is None else better_of(solution, start)
        check_visited(solution)
        check_floors(solution)
        summary = summary_of(solution, None if pins else outcome.bound)
        found = tours_of(solution), left_out_of(solution), summary
        run = Run(
            engine=options.engine,
            seed=options.seed,
            seconds=round(clock.wall_spent(), 3),
            iterations=outcome.iterations,
            stopped_by=outcome.stopped_by,
            routeplan=__version__,
        )
        plan = Plan(sha256, *found, run)
    if late.is_set():
        plan = plan.replace(run=replace(run, stopped_by=StoppedBy.INTERRUPT))
    return plan


def transferred(problem: Problem, plan: Plan) -> Plan:
    """Return a plan as one of another problem, with the same tours as far as they keep its rules.

    Visits that are not possible there are shrunk or dropped. What is left out is that of `problem`,
    and nothing is proved of it. Raises what `repaired_from_plan` raises.
    """
    solution = repaired_from_plan(Instance(problem), plan)
    found = tours_of(solution), left_out_of(solution), summary_of(solution, None)
    stopped = plan.run.stopped_by
    if stopped is StoppedBy.PROVED:  # of the other problem
        stopped = StoppedBy.ITERATIONS
    sha256 = problem_sha256(problem_to_json(problem))
    return Plan(sha256, *found, replace(plan.run, stopped_by=stopped))


def mended_figures(problem: Problem, plan: Plan) -> Summary:
    """Return the figures of a plan for another problem, as far as it can be kept there.

    Visits that are not possible are shrunk or dropped, those that are left are made longer where
    there is time, and nothing is searched. Raises what `repaired_from_plan` raises.
    """
    solution = repaired_from_plan(Instance(problem), plan)
    complete(solution)
    return summary_of(solution, None)


def _search_seconds(problem: Problem, seconds: float | None) -> float | None:
    """Return the time limit without what it takes to explain what is left out, a fifth at most."""
    if seconds is None:
        return None
    return seconds - min(EXPLAINING * len(problem.villages), seconds / 5)


def left_out_of(solution: Solution) -> tuple[LeftOut, ...]:
    """Return the households that no tour reaches, by village."""
    return tuple(left for left in why_left_out(solution).values() if left.households > 0)


def find_engine(name: str) -> Engine:
    """Return an engine by its name; raise `InputError` where there is none."""
    if name not in ENGINES:
        faults = Faults()
        faults.add("engine", _("there is no engine {name!r}", name=name), nearest(name, ENGINES))
        faults.raise_any(InputError)
    return ENGINES[name]


# ---- What a plan must do ----
# The searches begin from days that could be driven without a visit, and are greedy about required
# villages, which proves nothing. Where they fail on a small problem, the exact model is solved.


def check_required(instance: Instance) -> None:
    """Refuse required villages that no team can visit, naming each, by a `PlanError`."""
    faults = Faults()
    required = np.flatnonzero(instance.required).tolist()
    for number, (reason, requirement) in why_never(instance, required).items():
        message = _(
            "is required but cannot be visited: {reason}, {why}",
            reason=reason.label,
            why=requirement_text(requirement, language=message_language()),
        )
        faults.add(instance.villages[number].place, message)
    faults.raise_any(PlanError)


def check_visited(solution: Solution) -> None:
    """Refuse a solution that misses what is required, naming every village, by a `PlanError`."""
    missing = np.flatnonzero(solution.unvisited_required()).tolist()
    reasons = why_left_out(solution) if missing else {}
    instance, faults = solution.instance, Faults()
    for number in missing:
        left, village = reasons[number], instance.villages[number]
        reason = left.reason.label
        why = detail_of(left, visited=False, problem=instance.problem, language=message_language())
        if village.required:
            message = _("is required but not visited: {reason}, {why}", reason=reason, why=why)
        else:
            message = _("is pinned but not visited: {reason}, {why}", reason=reason, why=why)
        faults.add(village.place, message)
    faults.raise_any(PlanError)


def check_floors(solution: Solution) -> None:
    """Refuse a solution that misses floors of districts, naming every one, by a `PlanError`.

    The search puts floors before all else, so that it reaches as many there as it found possible.
    """
    faults = Faults()
    lacking = solution.lacking_in_districts().tolist()
    for district, missing in zip(solution.instance.problem.districts, lacking, strict=True):
        if missing:
            most = district.min_households - missing
            message = _(
                "at least {least} households are to be reached there, and at most {most} were "
                "found possible together with all else that is required",
                least=district.min_households,
                most=most,
            )
            where = _("district {district}", district=district.id)
            faults.add(where, message, _("lower the floor, or give more days"))
    faults.raise_any(PlanError)


def first_solution(
    instance: Instance, start: Plan | None, options: Options, clock: Clock
) -> tuple[Solution | None, bool]:
    """Return what a search is to begin from, and whether Ctrl-C ended its making.

    None leaves the first solution to the engine. Ctrl-C is raised where there is no plan yet that
    could be kept. Errors are those of `repaired_from_plan`, but on a small problem only where no
    plan is found; and there also where it is proved that no plan visits all that is required.
    """
    if start is not None:
        solution_from_plan(instance, start)
        if not is_small(instance):
            return repaired_from_plan(instance, start), False
    elif not is_small(instance):
        return None, False
    try:
        begin = initial_solution(instance) if start is None else repaired_from_plan(instance, start)
    except (InputError, PlanError):
        exact = _solve_exactly(instance, options, clock)
        if exact is None or exact.solution is None:
            raise
        return exact.solution, exact.interrupted
    found = _visit_required(begin, options, clock)
    if found is not None:
        return found.solution, found.interrupted
    return None if start is None else begin, False


def _visit_required(begin: Solution, options: Options, clock: Clock) -> Exact | None:
    """Return an exact solution where greedy insertion misses what is required."""
    full = begin.copy()
    complete(full)
    if not full.unvisited_required().any():
        return None
    exact = _solve_exactly(begin.instance, options, clock)
    if exact is not None and exact.infeasible:
        check_visited(full)
    return exact if exact is not None and exact.solution is not None else None


def _solve_exactly(instance: Instance, options: Options, clock: Clock) -> Exact | None:
    left = clock.left()
    exact = solve_exactly(
        instance,
        seconds=None if left is None else clock.wall(EXACT_SHARE * left),
        deterministic=None if options.iterations is None else EXACT_WORK,
        seed=options.seed,
    )
    if exact is not None and exact.interrupted and exact.solution is None:
        raise KeyboardInterrupt
    return exact
