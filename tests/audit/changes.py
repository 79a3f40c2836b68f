"""Changes of problems and plans, for plans that are good but for one thing."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from routeplan.model.plan import LeftOut, Plan, Reason, Summary, Tour

if TYPE_CHECKING:
    from routeplan.model.problem import Problem


def tour(plan: Plan, team: str, day: int) -> Tour:
    return next(tour for tour in plan.tours if (tour.team, tour.day) == (team, day))


def with_tour(plan: Plan, team: str, day: int, /, **changes: Any) -> Plan:
    old = tour(plan, team, day)
    new = dataclasses.replace(old, **changes)
    return plan.replace(tours=tuple(new if one is old else one for one in plan.tours))


def with_stop(plan: Plan, team: str, day: int, position: int, /, **changes: Any) -> Plan:
    stops = list(tour(plan, team, day).stops)
    stops[position] = dataclasses.replace(stops[position], **changes)
    return with_tour(plan, team, day, stops=tuple(stops))


def with_summary(plan: Plan, **changes: Any) -> Plan:
    return plan.replace(summary=dataclasses.replace(plan.summary, **changes))


def with_village(problem: Problem, place: str, /, **changes: Any) -> Problem:
    villages = (
        dataclasses.replace(village, **changes) if village.place == place else village
        for village in problem.villages
    )
    return problem.replace(villages=tuple(villages))


def with_team(problem: Problem, team: str, /, **changes: Any) -> Problem:
    teams = (
        dataclasses.replace(one, **changes) if one.id == team else one for one in problem.teams
    )
    return problem.replace(teams=tuple(teams))


def added_up(problem: Problem, plan: Plan) -> Plan:
    """Return the plan with its figures and what it leaves out made right again."""
    stops = [stop for one in plan.tours for stop in one.stops]
    weight = {village.place: village.weight for village in problem.villages}
    left = {
        village.place: village.households
        - sum(stop.households for stop in stops if stop.place == village.place)
        for village in problem.villages
    }
    return plan.replace(
        left_out=tuple(
            LeftOut(place, count, Reason.NO_TIME) for place, count in left.items() if count > 0
        ),
        summary=Summary(
            sum(stop.households for stop in stops),
            sum(stop.households * weight[stop.place] for stop in stops),
            340.0,
            sum(one.drive_seconds for one in plan.tours),
        ),
    )
