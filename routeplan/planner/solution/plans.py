"""Solutions as parts of a plan, and plans as solutions."""

from __future__ import annotations

from itertools import starmap
from typing import TYPE_CHECKING

import numpy as np

from routeplan.audit import Rule, audit_plan
from routeplan.errors import Faults, nearest
from routeplan.model.plan import Rest, Stop, Summary, Tour
from routeplan.planner.routes import Visit
from routeplan.planner.solution.insertion import force_visit, repair
from routeplan.planner.solution.overnight import assign_overnight_places
from routeplan.planner.solution.solution import Solution

if TYPE_CHECKING:
    from routeplan.model.plan import Plan
    from routeplan.planner.instance import Instance
    from routeplan.planner.routes import DayRoute
    from routeplan.planner.solution.solution import DayTimes

# Rules of what a plan says of itself, and of what a search is there to mend.
NOT_OF_TOURS = {
    *(Rule.LEFT_OUT, Rule.SUMMARY, Rule.UPPER_BOUND, Rule.REQUIRED, Rule.PROBLEM_HASH),
    *(Rule.ANNOUNCED, Rule.DISTRICT_FLOOR),
}


def tours_of(solution: Solution) -> tuple[Tour, ...]:
    """Return the tours of all teams, day by day, of a solution that is feasible."""
    tours = []
    for shift in sorted(solution.instance.shifts, key=lambda shift: (shift.day, shift.team)):
        times = solution.times(shift.index)
        if times is None:
            raise AssertionError(f"shift {shift.index} is not feasible")
        route = solution.routes[shift.index]
        tours.append(make_tour(solution.instance, shift.index, route, times))
    return tuple(tours)


def make_tour(inst: Instance, shift: int, route: DayRoute, times: DayTimes) -> Tour:
    """Return the tour of a shift."""
    places = inst.problem.places
    names = [inst.villages[village].place for village, _ in route.visits]
    announced = inst.bonuses.get(shift, {})
    stops = tuple(
        Stop(name, *stop, visit.households, visit.households > 0 and visit.village in announced)
        for name, stop, visit in zip(names, times.stops, route.visits, strict=True)
    )
    return Tour(
        team=inst.team(shift).id,
        day=inst.shifts[shift].day,
        start=places[route.start].id,
        end=places[route.end].id,
        depart=times.depart,
        arrive=times.arrive,
        drive_seconds=times.drive_seconds,
        stops=stops,
        rests=(Rest(names[times.rest[0]], *times.rest[1:]),) if times.rest else (),
    )


def summary_of(solution: Solution, bound: float | None) -> Summary:
    """Return the figures of a solution."""
    villages, reached = solution.instance.villages, solution.reached_on.sum(axis=0)
    weighted = float(sum(v.weight * int(h) for v, h in zip(villages, reached, strict=True)))
    driven, objective = solution.drive_seconds(), weighted
    if solution.instance.bonuses or solution.instance.drive_cost:
        objective = float(sum(starmap(solution.instance.route_value, enumerate(solution.routes))))
    return Summary(int(reached.sum()), weighted, bound, driven, objective)


def solution_from_plan(instance: Instance, plan: Plan) -> Solution:
    """Return a plan as it is, feasible or not, without the tours of other teams and days.

    An `InputError` names every stop that is at no village of the problem.
    """
    number = {village.place: n for n, village in enumerate(instance.villages)}
    stopped_at = {stop.place for tour in plan.tours for stop in tour.stops}
    faults = Faults()
    for place in sorted(stopped_at - number.keys()):
        message = f"stops at {place!r}, which is no village of the problem"
        faults.add("start plan", message, nearest(place, number))
    faults.raise_any()
    tours = {(tour.team, tour.day): tour for tour in reversed(plan.tours)}
    ends: list[int] = []
    visits: list[list[Visit]] = []
    for shift in instance.shifts:
        tour = tours.get((instance.team(shift.index).id, shift.day))
        home = instance.home(shift.index)
        ends.append(home if tour is None else instance.problem.index.get(tour.end, home))
        stops = () if tour is None else tour.stops
        visits.append([Visit(number[stop.place], stop.households) for stop in stops])
    return Solution(instance, instance.day_routes(ends, visits))


def repaired_from_plan(instance: Instance, plan: Plan) -> Solution:
    """Return a solution near to a plan that keeps every rule.

    Overnight places that are not possible are chosen anew, visits that are not possible are shrunk
    or dropped, and villages that must be visited are forced in where that is easily done. It raises
    what `solution_from_plan` and `assign_overnight_places` do.
    """
    solution = solution_from_plan(instance, plan)
    for shift, end in instance.fixed_ends.items():
        solution.set_end(shift, end)
    assign_overnight_places(solution)
    repair(solution)
    for village in np.flatnonzero(solution.unvisited_required()):
        solution = force_visit(solution, int(village)) or solution
    return solution


def better_of(solution: Solution, plan: Plan) -> Solution:
    """Return a solution, or the plan that it was made from as it is, where that is better.

    A plan may keep every rule and be no solution to search from: a day that could not be driven
    without its visits.
    """
    inst, unchanged = solution.instance, solution_from_plan(solution.instance, plan)
    is_fixed = all(unchanged.routes[s].end == end for s, end in inst.fixed_ends.items())
    if unchanged.score() <= solution.score() or not (is_fixed and unchanged.is_feasible()):
        return solution
    found = audit_plan(inst.problem, plan.replace(tours=tours_of(unchanged), left_out=()))
    return unchanged if all(v.rule in NOT_OF_TOURS for v in found) else solution
