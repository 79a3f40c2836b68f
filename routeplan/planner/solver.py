"""From a problem to a plan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from routeplan import __version__
from routeplan.errors import Faults, InputError, nearest
from routeplan.formats import problem_sha256, problem_to_json
from routeplan.model.plan import LeftOut, Plan, Run, StoppedBy
from routeplan.planner.branch_and_price.engine import search as branch_and_price
from routeplan.planner.engine import (
    Clock,
    Engine,
    Options,
    Outcome,
    Progress,
    record_interrupt,
)
from routeplan.planner.explain.reasons import why_left_out
from routeplan.planner.instance import Instance
from routeplan.planner.ortools_routing import engine as routing
from routeplan.planner.pins.checks import pinned_instance
from routeplan.planner.pins.required import check_required, check_visited, first_solution
from routeplan.planner.solution import better_of, summary_of, tours_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from routeplan.model.problem import Problem
    from routeplan.planner.pins import Pins
    from routeplan.planner.solution import Solution

__all__ = ["ENGINES", "find_engine", "solve"]

ENGINES: dict[str, Engine] = {"columns": branch_and_price, "routing": routing.search}


def solve(
    problem: Problem,
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
        What is to be planned.
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
    options = options or Options()
    search = find_engine(options.engine)
    clock = Clock(options.seconds)
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
            report(Progress(figures.households, figures.weighted, proven, clock.spent()))

    if begin is not None and interrupted:
        outcome = Outcome(begin, None, 0, StoppedBy.INTERRUPT)
    else:
        outcome = search(instance, options, clock, on_better, begin)
    with record_interrupt() as late:
        solution = outcome.solution if start is None else better_of(outcome.solution, start)
        check_visited(solution)
        summary = summary_of(solution, None if pins else outcome.bound)
        found = tours_of(solution), left_out_of(solution), summary
        run = Run(
            engine=options.engine,
            seed=options.seed,
            seconds=round(clock.spent(), 3),
            iterations=outcome.iterations,
            stopped_by=outcome.stopped_by,
            routeplan=__version__,
        )
        plan = Plan(sha256, *found, run)
    if late.is_set():
        plan = plan.replace(run=replace(run, stopped_by=StoppedBy.INTERRUPT))
    return plan


def left_out_of(solution: Solution) -> tuple[LeftOut, ...]:
    """Return the households that no tour reaches, by village."""
    return tuple(left for left in why_left_out(solution).values() if left.households > 0)


def find_engine(name: str) -> Engine:
    """Return an engine by its name.

    Raises
    ------
    InputError
        Where there is none.
    """
    if name not in ENGINES:
        faults = Faults()
        faults.add("engine", f"there is no engine {name!r}", nearest(name, ENGINES))
        faults.raise_any(InputError)
    return ENGINES[name]
