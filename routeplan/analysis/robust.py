"""A plan with slack beside the one without: how much to leave unplanned is chosen by simulation."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from routeplan.analysis.runner import Case, Runner
from routeplan.analysis.simulation import compare_under_uncertainty
from routeplan.errors import Fault, Faults, PlanError
from routeplan.formats import problem_sha256, problem_to_json
from routeplan.language import gettext as _
from routeplan.model.problem import Window, problem_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from routeplan.analysis.uncertainty import Trials
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Day, Posed, Problem
    from routeplan.planner import Options

SLACKS = (0, 15, 30, 45, 60, 90)
"""Minutes of slack a day that are tried, where nothing else is said."""


@dataclass(frozen=True, slots=True, repr=False)
class RobustPlan:
    """Plans with more or less slack, and the one that was chosen.

    Parameters
    ----------
    plans
        By the minutes of slack a day, ascending: how much earlier than work ends every team is to
        be home. All are plans for the problem as it is.
    slack_minutes
        Of the chosen plan.
    table
        A row for each of them: the figures of `compare_under_uncertainty`, compared with the plan
        that has the least slack.

    Examples
    --------
    >>> options = Options(iterations=1, bound=False)
    >>> found = plan_robustly(problem, options, slack_minutes=[0, 20])
    >>> found.plan is found.plans[found.slack_minutes], found.nominal is found.plans[0]
    (True, True)
    """

    plans: Mapping[int, Plan]
    slack_minutes: int
    table: pd.DataFrame

    def __repr__(self) -> str:
        slacks = [*self.plans]
        tried = f"{slacks[0]} to {slacks[-1]}" if len(slacks) > 1 else f"{slacks[0]}"
        return f"<RobustPlan with {self.slack_minutes} minutes of slack, of {tried}>"

    @property
    def plan(self) -> Plan:
        """The chosen plan."""
        return self.plans[self.slack_minutes]

    @property
    def nominal(self) -> Plan:
        """The plan with the least slack."""
        return next(iter(self.plans.values()))


def plan_robustly(
    problem: Posed,
    options: Options,
    trials: Trials | None = None,
    *,
    slack_minutes: Sequence[int] = SLACKS,
    in_time: float = 0.9,
    runner: Runner | None = None,
) -> RobustPlan:
    """Plan with several amounts of slack, drive each plan many times, and choose one.

    It is planned as if work ended so much earlier on each day, and driven as the days are. Of the
    plans by which tours are home in time as often as is asked, the one that reaches the most
    households on average is chosen; where there is none such, the one that is in time most often.
    That slack is set before and its effect found by simulation is usual for timetables and crews
    (Ehrgott and Ryan, Journal of Multi-Criteria Decision Analysis 11, 2002).

    Parameters
    ----------
    problem, options
        A problem or a prepared scenario, and how long and how to search for each plan.
    trials
        As of `routeplan.analysis.simulate`. Draw the comparison again with another seed: the best
        of several plans looks a little better than it is.
    slack_minutes
        That are tried; days that would have no time left keep a second of it.
    in_time
        The share of tours that are to be home by the end of work, 0 to 1.
    runner
        Where plans are made and kept; by default in this process, and not kept.

    Raises
    ------
    InputError
        For a slack below 0, none at all, or a share that is none.
    PlanError
        Where what is required cannot be planned with any of them.

    Examples
    --------
    >>> options = Options(iterations=5, bound=False)
    >>> found = plan_robustly(problem, options, slack_minutes=[0, 30])
    >>> sorted(found.plans), found.slack_minutes in found.plans
    ([0, 30], True)
    """
    problem, slacks = problem_of(problem), _checked(slack_minutes, in_time)
    cases = [Case(_with_slack(problem, 60 * minutes), options) for minutes in slacks]
    made = (runner or Runner(workers=0)).plan(cases)
    digest = problem_sha256(problem_to_json(problem))
    plans = {
        minutes: _for_problem(plan, digest, is_same=not minutes)
        for minutes, plan in zip(slacks, made, strict=True)
        if plan is not None
    }
    if not plans:
        raise PlanError([Fault("required", _("no plan keeps all that is required"))])
    table = compare_under_uncertainty(
        problem,
        {str(minutes): plan for minutes, plan in plans.items()},
        trials,
    )
    table.index = pd.Index(plans, name="slack_minutes")
    # Of equal ones the first, with the least slack.
    is_enough = table["in_time"] >= in_time
    best = table["households"].where(is_enough) if is_enough.any() else table["in_time"]
    return RobustPlan(plans, [*plans][int(best.argmax())], table)


def _checked(slack_minutes: Sequence[int], in_time: float) -> list[int]:
    faults = Faults()
    if not len(slack_minutes):
        faults.add("slack_minutes", _("has no values"))
    for minutes in slack_minutes:
        if not (minutes >= 0 and float(minutes).is_integer()):
            message = _("{value:g} is not a whole number of 0 or more", value=minutes)
            faults.add("slack_minutes", message)
    if not 0 <= in_time <= 1:
        faults.add("in_time", _("{value:g} is not a number from 0 to 1", value=in_time))
    faults.raise_any()
    return sorted({int(minutes) for minutes in slack_minutes})


def _with_slack(problem: Problem, seconds: int) -> Problem:
    """Return a problem whose work ends earlier, as far as doors can still be knocked."""

    def shorter(day: Day) -> Day:
        end = max(day.work.end - seconds, day.doors.start + 1)
        work = Window(day.work.start, min(end, day.work.end))
        return dataclasses.replace(day, work=work)

    return problem.replace(days=tuple(map(shorter, problem.days))) if seconds else problem


def _for_problem(plan: Plan, digest: str, *, is_same: bool) -> Plan:
    """Return a plan for the problem as it is: what is proved of shorter days is not of its own."""
    summary = plan.summary if is_same else dataclasses.replace(plan.summary, upper_bound=None)
    return plan.replace(problem_sha256=digest, summary=summary)
