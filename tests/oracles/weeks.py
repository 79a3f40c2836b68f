"""One week, driven tour by tour in plain Python, with random numbers of its own."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from routeplan.analysis import Uncertainty
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem


def households_of_one_week(
    problem: Problem, plan: Plan, uncertainty: Uncertainty, rng: Random
) -> int:
    """Return the households that teams reach which finish their visits, and do not rest."""
    drawn: defaultdict[tuple[object, ...], float] = defaultdict(lambda: rng.gauss(0.0, 1.0))

    def factor(width: float, *of: object) -> float:
        return math.exp(width * drawn[of])

    left = {
        village.place: round(village.households * factor(uncertainty.households, village.place))
        for village in problem.villages
    }
    total = 0
    for tour in sorted(plan.tours, key=lambda tour: tour.day):
        team, day = problem.team_of[tour.team], problem.days[tour.day]
        times = problem.travel[team.vehicle]
        time, at = float(tour.depart), tour.start
        for stop in tour.stops:
            planned = times.seconds[problem.index[at], problem.index[stop.place]]
            roads = factor(uncertainty.drive_by_day, "roads", tour.day)
            time += (
                planned
                * uncertainty.drive_factor
                * roads
                * factor(uncertainty.drive_by_leg, at, stop.place, tour.day)
            )
            time = max(time, day.doors.start)
            assert team.households_per_hour is not None
            each = 3600 / team.households_per_hour / uncertainty.pace
            each /= factor(uncertainty.pace_by_team, tour.team, tour.day)
            each /= factor(uncertainty.pace_by_visit, "doors", stop.place, tour.day)
            time += problem.village_at[stop.place].setup_seconds
            for _door in range(min(stop.households, left[stop.place])):
                if time + each > day.doors.end:
                    time = max(time, day.doors.end)
                    break
                time += each
                left[stop.place] -= 1
                total += 1
            at = stop.place
    return total
