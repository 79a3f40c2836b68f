"""What is left of a plan after a day: the problem, and the tours as far as they still fit."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING

from routeplan.planner.instance import Instance
from routeplan.planner.routes import DayRoute, Visit
from routeplan.planner.solution import make_tour, most_households, time_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from routeplan.model.plan import Plan, Tour
    from routeplan.model.problem import Problem, Team, Village
    from routeplan.model.results import VisitResult

__all__ = ["households_left", "kept_tours", "remaining_problem"]


def households_left(problem: Problem, results: Iterable[VisitResult]) -> Counter[str]:
    """Return the households that neither signed nor refused, by place."""
    left = Counter({village.place: village.households for village in problem.villages})
    for result in results:
        left[result.place] = max(0, left[result.place] - result.signed - result.refused)
    return left


def remaining_problem(
    problem: Problem, tours: Iterable[Tour], results: Iterable[VisitResult], day: int
) -> Problem:
    """Return the problem after a day, with the days of before: teams work on later ones only.

    Each starts where its last tour ended. One that is away may spend so many nights less in a
    row: never more than the rules allow, though now and then fewer.
    """
    counted, driven = list(results), list(tours)
    left = households_left(problem, counted)
    visited = {result.place for result in counted}
    past = range(day + 1)

    def village_left(village: Village) -> Village:
        closed = tuple(sorted({*village.closed_days, *past}))
        required = village.required and village.place not in visited
        most = left[village.place]
        return dataclasses.replace(village, households=most, closed_days=closed, required=required)

    villages = tuple(map(village_left, problem.villages))
    floors = []
    for district in problem.districts:
        reached = sum(result.reached for result in counted if result.place in district.places)
        most = sum(left[place] for place in district.places)
        least = max(0, min(district.min_households - reached, most))
        floors.append(dataclasses.replace(district, min_households=least))
    return problem.replace(
        villages=villages,
        teams=tuple(_team_later(problem, driven, team, day) for team in problem.teams),
        announced=tuple(each for each in problem.announced if each.day > day),
        districts=tuple(floors),
    )


def _team_later(problem: Problem, tours: Iterable[Tour], team: Team, day: int) -> Team:
    past = {tour.day: tour.end for tour in tours if tour.team == team.id and tour.day <= day}
    ends = [past[each] for each in sorted(past)]
    most = team.max_nights_away
    return dataclasses.replace(
        team,
        start=ends[-1] if ends else team.start,
        days=tuple(each for each in problem.working_days(team) if each > day),
        max_nights_away=None if most is None else max(0, most - _nights_away(ends, team.end)),
    )


def _nights_away(ends: Sequence[str], home: str) -> int:
    """Return how many of the last places are not home, without a break."""
    return next((n for n, end in enumerate(reversed(ends)) if end == home), len(ends))


def kept_tours(rest: Problem, plan: Plan) -> list[Tour]:
    """Return the tours that are left with the households that fit, day by day.

    Stops stay in their order: the last ones are cut first, and what fits besides is reached at
    stops that there are, but for households that a later stop reaches.
    """
    instance = Instance(rest)
    shifts = {(instance.team(s.index).id, s.day): s.index for s in instance.shifts}
    left = Counter({n: village.households for n, village in enumerate(instance.villages)})
    routes: dict[int, DayRoute] = {}
    for tour in sorted(plan.tours, key=lambda tour: tour.day):
        shift = shifts.get((tour.team, tour.day))
        if shift is not None:
            routes[shift] = _cut(instance, shift, _route(instance, tour, left))
            left.subtract(_households(routes[shift]))
    extended = {shift: _extended(instance, shift, route, left) for shift, route in routes.items()}
    timed = [(shift, route, time_day(instance, shift, route)) for shift, route in extended.items()]
    return [make_tour(instance, shift, route, times) for shift, route, times in timed if times]


def _route(instance: Instance, tour: Tour, left: Counter[int]) -> DayRoute:
    """Return the route of a tour, without the households that nobody can reach any more."""
    number = {village.place: n for n, village in enumerate(instance.villages)}
    visits = []
    for stop in tour.stops:
        village = number[stop.place]
        most = min(stop.households, left[village], int(instance.max_households[village]))
        if most > 0:
            visits.append(Visit(village, most))
    index = instance.problem.index
    return DayRoute(index[tour.start], index[tour.end], tuple(visits))


def _households(route: DayRoute) -> dict[int, int]:
    return {visit.village: visit.households for visit in route.visits}


def _cut(instance: Instance, shift: int, route: DayRoute) -> DayRoute:
    """Return a route with the households that fit, the last stops cut first."""
    for position in reversed(range(len(route.visits))):
        if time_day(instance, shift, route) is not None:
            break
        village, now = route.visits[position]
        most = most_households(instance, shift, route, position, now)
        if most >= max(1, min(instance.villages[village].min_households, now)):
            return route.with_households(position, most)
        visits = route.visits[:position] + route.visits[position + 1 :]
        route = route._replace(visits=visits)
    return route


def _extended(instance: Instance, shift: int, route: DayRoute, left: Counter[int]) -> DayRoute:
    if time_day(instance, shift, route) is None:
        return route
    for position, (village, now) in enumerate(route.visits):
        possible = min(int(instance.max_households[village]), now + left[village])
        most = most_households(instance, shift, route, position, max(now, possible))
        left[village] -= most - now
        route = route.with_households(position, most)
    return route
