"""A plan as a solution to begin a search from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from routeplan.audit import Rule, audit_plan
from routeplan.errors import Faults, nearest
from routeplan.planner.instance import Visit
from routeplan.planner.solution import finish
from routeplan.planner.solution.chains import settle
from routeplan.planner.solution.forcing import force_in
from routeplan.planner.solution.insertion import mend
from routeplan.planner.solution.solution import Solution

if TYPE_CHECKING:
    from routeplan.model.plan import Plan
    from routeplan.planner.instance import Instance

__all__ = ["begin_from", "no_worse", "solution_of"]

# What a plan says of itself, and what a search is there to put right.
NOT_OF_TOURS = {
    *(Rule.LEFT_OUT, Rule.SUMMARY, Rule.UPPER_BOUND, Rule.REQUIRED, Rule.PROBLEM_HASH),
}


def solution_of(instance: Instance, plan: Plan) -> Solution:
    """Return a plan as it stands, be it a bad one; tours that the problem does not ask for go.

    Raises
    ------
    InputError
        Naming every stop that is at no village of the problem.
    """
    number = {village.place: n for n, village in enumerate(instance.villages)}
    strange = {s.place for tour in plan.tours for s in tour.stops if s.place not in number}
    faults = Faults()
    for place in sorted(strange):
        message = f"stops at {place!r}, which is no village of the problem"
        faults.add("start plan", message, nearest(place, number))
    faults.raise_any()
    tours = {(tour.team, tour.day): tour for tour in reversed(plan.tours)}
    ends, visits = [], []
    for shift in instance.shifts:
        tour = tours.get((instance.team(shift.index).id, shift.day))
        home = instance.home(shift.index)
        ends.append(instance.problem.index.get(tour.end, home) if tour else home)
        stops = tour.stops if tour else ()
        visits.append([Visit(number[stop.place], stop.households) for stop in stops])
    return Solution(instance, ends, visits)


def begin_from(instance: Instance, plan: Plan) -> Solution:
    """Return the solution nearest to a plan that keeps every rule.

    Nights that cannot be are chosen anew, visits that cannot be are shrunk or dropped, and
    villages that must be visited are forced in where that is easily done.

    Raises
    ------
    InputError
        As `solution_of` does; or where a team with pinned tours cannot get to its end.
    PlanError
        Where another team cannot.
    """
    solution = solution_of(instance, plan)
    for shift, end in instance.fixed_ends.items():
        solution.ends[shift] = end
    settle(solution)
    mend(solution)
    for village in np.flatnonzero(solution.unvisited_required()):
        solution = force_in(solution, int(village)) or solution
    return solution


def no_worse(solution: Solution, plan: Plan) -> Solution:
    """Return a solution, or the plan that it was made from as it stands, where that is better.

    A plan may keep every rule and be no solution to search from: a day that could not be driven
    without its visits.
    """
    stands = solution_of(solution.instance, plan)
    if stands.score() <= solution.score() or not _keeps_rules(stands, plan):
        return solution
    return stands


def _keeps_rules(solution: Solution, plan: Plan) -> bool:
    inst = solution.instance
    fixed = all(solution.ends[shift] == end for shift, end in inst.fixed_ends.items())
    if not fixed or any(solution.times(shift.index) is None for shift in inst.shifts):
        return False
    found = audit_plan(inst.problem, plan.replace(tours=finish.tours(solution), left_out=()))
    return all(violation.rule in NOT_OF_TOURS for violation in found)
