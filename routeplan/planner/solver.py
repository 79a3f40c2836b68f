"""From a problem to a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from routeplan import __version__
from routeplan.errors import Faults, InputError, PlanError, nearest
from routeplan.formats import problem_sha256, problem_to_json
from routeplan.plan import Plan, Run
from routeplan.planner import finish, routing
from routeplan.planner.engine import Clock, Engine, Options, Progress
from routeplan.planner.instance import Instance
from routeplan.planner.reasons import why_left_out, why_never

if TYPE_CHECKING:
    from collections.abc import Callable

    from routeplan.planner.draft import Draft
    from routeplan.problem import Problem

__all__ = ["ENGINES", "find_engine", "solve"]

ENGINES: dict[str, Engine] = {"routing": routing.search}


def solve(
    problem: Problem,
    options: Options | None = None,
    *,
    report: Callable[[Progress], None] | None = None,
    sha256: str | None = None,
) -> Plan:
    """Plan tours that reach as many weighted households as can be.

    Parameters
    ----------
    problem
        What is asked.
    options
        Engine, limits and seed; 30 seconds where left out.
    report
        Told of each better plan.
    sha256
        Of the problem's file, where there is one; else that of the text that would be written.

    Returns
    -------
    Plan
        The best found until the search stopped, by Ctrl-C too.

    Raises
    ------
    InputError
        For an engine that does not exist.
    PlanError
        When a team cannot get from its start to its end, or a required village is not visited.
    """
    options = options or Options()
    search = find_engine(options.engine)
    clock = Clock(options.seconds)
    instance = Instance(problem)
    _check_required(instance)

    def tell(draft: Draft, bound: float | None) -> None:
        if report is not None:
            figures = finish.summary(draft, bound)
            report(Progress(figures.households, figures.weighted, bound, clock.spent()))

    outcome = search(instance, options, clock, tell)
    _check_visited(outcome.draft)
    return Plan(
        problem_sha256=sha256 or problem_sha256(problem_to_json(problem)),
        tours=finish.tours(outcome.draft),
        left_out=finish.left_out(outcome.draft),
        summary=finish.summary(outcome.draft, outcome.bound),
        run=Run(
            engine=options.engine,
            seed=options.seed,
            seconds=round(clock.spent(), 3),
            iterations=outcome.iterations,
            stopped_by=outcome.stopped_by,
            routeplan=__version__,
        ),
    )


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


def _check_required(instance: Instance) -> None:
    """Refuse before the search what no search can do."""
    faults = Faults()
    for number, village in enumerate(instance.villages):
        never = why_never(instance, number) if village.required else None
        if never is not None:
            reason, detail = never
            faults.add(village.place, f"is required but cannot be visited: {reason}, {detail}")
    faults.raise_any(PlanError)


def _check_visited(draft: Draft) -> None:
    missing = np.flatnonzero(draft.unvisited_required())
    if not len(missing):
        return
    faults, reasons = Faults(), why_left_out(draft)
    for number in missing:
        reason, detail = reasons[int(number)]
        place = draft.instance.villages[number].place
        faults.add(place, f"is required but not visited: {reason}, {detail}")
    faults.raise_any(PlanError)
