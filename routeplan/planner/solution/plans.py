"""Solutions as parts of a plan, and plans as solutions."""

from __future__ import annotations

from itertools import chain, starmap
from typing import TYPE_CHECKING

import numpy as np

from routeplan.audit import Rule, audit_plan
from routeplan.errors import Faults, nearest
from routeplan.language import gettext as _
from routeplan.model.plan import Plan, Rest, Run, Stop, StoppedBy, Summary, Tour
from routeplan.planner.routes import DayRoute, Visit
from routeplan.planner.solution.insertion import force_visit, repair
from routeplan.planner.solution.overnight import (
    assign_overnight_places,
    beds_suffice,
    nights_away_allowed,
)
from routeplan.planner.solution.solution import Solution, time_day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from routeplan.planner.instance import Instance
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
        message = _("stops at {place!r}, which is no village of the problem", place=place)
        faults.add(_("start plan"), message, nearest(place, number))
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
    return unchanged if _keeps_every_rule(unchanged) else solution


def with_fewer_nights(solution: Solution) -> Solution:
    """Return a solution that is as good, with fewer nights away and fewer visits where that is so.

    A day without a visit is spent at home instead of away, two days are made one, and all
    households of a village are reached by one visit, as long as no household and no driving is lost
    by it.
    """
    if solution.instance.is_pinned:
        return solution
    found = _improved(solution, _keeps_nights_and_visits)
    if found is solution or _keeps_every_rule(found):
        return found
    return _improved(solution, _keeps_every_rule)


def _improved(solution: Solution, accepts: Callable[[Solution], bool]) -> Solution:
    best, score = solution, _score_with_nights(solution)
    while True:
        trials = chain(_with_days_closed_up(best), _with_joined_visits(best))
        feasible = (trial for trial in trials if trial.is_feasible())
        better = (t for t in feasible if _score_with_nights(t) > score and accepts(t))
        found = next(better, None)
        if found is None:
            return best
        best, score = found, _score_with_nights(found)


def _keeps_nights_and_visits(solution: Solution) -> bool:
    """Return whether beds, nights away in a row, and the least of visits are kept."""
    inst = solution.instance
    return (
        beds_suffice(solution)
        and all(nights_away_allowed(solution, shifts) for shifts in inst.chains)
        and all(
            shift.open[village]
            and solution.fewest_households(shift.day)[village] <= households
            and households <= inst.max_households[village]
            for shift in inst.shifts
            for village, households in solution.routes[shift.index].visits
        )
    )


def _score_with_nights(solution: Solution) -> tuple[int, float, int, int, int]:
    inst = solution.instance
    away = sum(
        night.nights
        for shift, night in enumerate(inst.nights)
        if night is not None and solution.routes[shift].end != inst.home(shift)
    )
    missing, weighted, undriven = solution.score()
    return missing, round(weighted, 6), undriven, -away, -int(solution.visit_counts.sum())


def _with_days_closed_up(solution: Solution) -> Iterator[Solution]:
    """Yield solutions in which a team's day away is dropped or joined to the next one.

    The days until it is at home again are then a day earlier, or those since it left a day later.
    """
    inst, routes = solution.instance, solution.routes
    for shift, route in enumerate(routes):
        home = inst.home(shift)
        if route.end == home:
            continue
        following, at_home = routes[shift + 1], DayRoute(home, home, ())
        joined = DayRoute(route.start, following.end, _joined_visits(route, following))
        last = next(s for s in range(shift + 1, len(routes)) if routes[s].end == home)
        if time_day(inst, shift, joined) is not None:
            yield _with_routes(solution, shift, [joined, *routes[shift + 2 : last + 1], at_home])
        first = shift
        while routes[first].start != home and first and inst.nights[first - 1] is not None:
            first -= 1
        if routes[first].start == home and time_day(inst, shift + 1, joined) is not None:
            yield _with_routes(solution, first, [at_home, *routes[first:shift], joined])


def _joined_visits(first: DayRoute, second: DayRoute) -> tuple[Visit, ...]:
    """Return the visits of two days as one day's; the last of one may go on with the first."""
    if first.visits and second.visits and first.visits[-1].village == second.visits[0].village:
        village, households = first.visits[-1]
        visit = Visit(village, households + second.visits[0].households)
        return (*first.visits[:-1], visit, *second.visits[1:])
    return (*first.visits, *second.visits)


def _with_joined_visits(solution: Solution) -> Iterator[Solution]:
    """Yield solutions in which one visit to a village reaches what several do."""
    everybody, most = solution.reached, solution.instance.max_households
    for village in np.flatnonzero((solution.visit_counts > 1) & (everybody <= most)).tolist():
        visiting = [
            (shift, position)
            for shift, route in enumerate(solution.routes)
            for position, visit in enumerate(route.visits)
            if visit.village == village
        ]
        others = solution.copy()
        for shift, _position in visiting:
            visits = (v for v in solution.routes[shift].visits if v.village != village)
            others.set_visits(shift, visits)
        for shift, position in visiting:
            visit, trial = Visit(village, int(everybody[village])), others.copy()
            trial.set_route(shift, others.routes[shift].with_visit(position, visit))
            yield trial


def _with_routes(solution: Solution, first: int, routes: Sequence[DayRoute]) -> Solution:
    """Return a solution with other routes from a shift on."""
    trial = solution.copy()
    for shift, route in enumerate(routes, first):
        trial.set_route(shift, route)
    return trial


def _keeps_every_rule(solution: Solution) -> bool:
    """Return whether the tours of a solution pass the audit."""
    run = Run("", 0, 0.0, 0, StoppedBy.TIME, "")
    plan = Plan("", tours_of(solution), (), summary_of(solution, None), run)
    return all(each.rule in NOT_OF_TOURS for each in audit_plan(solution.instance.problem, plan))
