"""Plans side by side."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import pandas as pd

from routeplan.analysis.reached import gini, problems_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from routeplan.model.plan import Plan, Tour
    from routeplan.model.problem import Problem

__all__ = ["FUEL", "compare_plans"]

FUEL: Mapping[str, float] = {"car": 9.0, "four_wheel_drive": 13.0}
"""An assumption: litres per 100 km on rural roads, by vehicle."""

OTHER_FUEL = 11.0


def compare_plans(
    plans: Mapping[str, Plan],
    problems: Problem | Mapping[str, Problem] | None = None,
    *,
    districts: Mapping[str, str] | None = None,
    litres_per_100_km: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Put the figures of plans side by side.

    Parameters
    ----------
    plans
        By the name under which each is shown.
    problems
        The problem of all plans, or that of each by the same names; needed for the second lot of
        columns below.
    districts
        The district of each village, by the id of its place; the others are a district together.
    litres_per_100_km
        By vehicle; where it is silent, `FUEL` is assumed, and 11 for vehicles that it knows not.

    Returns
    -------
    pandas.DataFrame
        A row a plan: ``households`` reached; ``weighted``, the same times their weights;
        ``crew_days``, tours of all teams, those without a stop too; ``per_crew_day``, households
        by crew-day; ``drive_hours``; ``evenings_away``, tours that end elsewhere than the team's
        last one does, each counted once however many days off follow it; ``left_out``, households
        not reached.

        With problems also: ``share``, households reached of all, 0 to 1; ``villages`` visited;
        ``upper_bound``, proven, on ``weighted``, and ``gap``, by how much of ``weighted`` it lies
        above, 0.01 being one percent (both missing where nothing was proved); ``km`` driven,
        ``per_100_km``, households by 100 km, ``litres`` of fuel (missing where a problem tells no
        distances); ``nights_away``, calendar nights; ``door_hours``, setups and doors; with
        districts ``gini``, how unevenly they are reached: 0 where all to the same share.

    Raises
    ------
    InputError
        Where a plan has no problem, or is not of its problem's teams and places.

    Examples
    --------
    >>> table = compare_plans({"first": plan, "second": plan}, problem)
    >>> table.loc["second", "crew_days"]
    np.int64(10)
    """
    rows = {name: _figures(plan) for name, plan in plans.items()}
    if problems is not None:
        fuel = {**FUEL, **(litres_per_100_km or {})}
        for name, problem in problems_of(plans, problems).items():
            rows[name] |= _figures_with(problem, plans[name], fuel)
            if districts is not None:
                rows[name]["gini"] = round(gini(problem, plans[name], districts), 3)
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index.name = "plan"
    return table


def _figures(plan: Plan) -> dict[str, float]:
    crew_days = len(plan.tours)
    households = plan.summary.households
    return {
        "households": households,
        "weighted": plan.summary.weighted,
        "crew_days": crew_days,
        "per_crew_day": round(households / crew_days, 1) if crew_days else 0.0,
        "drive_hours": round(plan.summary.drive_seconds / 3600, 1),
        "evenings_away": _evenings_away(plan),
        "left_out": sum(left.households for left in plan.left_out),
    }


def _figures_with(problem: Problem, plan: Plan, fuel: Mapping[str, float]) -> dict[str, float]:
    households, bound = plan.summary.households, plan.summary.upper_bound
    total = sum(village.households for village in problem.villages)
    stops = [stop for tour in plan.tours for stop in tour.stops]
    km = [(_km(problem, tour), problem.team_of[tour.team].vehicle) for tour in plan.tours]
    driven = sum(each for each, _ in km)
    return {
        "share": round(households / total, 4) if total else math.nan,
        "villages": len({stop.place for stop in stops}),
        "upper_bound": math.nan if bound is None else bound,
        "gap": _gap(plan.summary.weighted, bound),
        "km": round(driven, 1),
        "per_100_km": round(100 * households / driven, 1) if driven else math.nan,
        "litres": round(sum(each * fuel.get(v, OTHER_FUEL) / 100 for each, v in km), 1),
        "nights_away": _nights_away(problem, plan),
        "door_hours": round(sum(stop.end - stop.start for stop in stops) / 3600, 1),
    }


def _gap(weighted: float, bound: float | None) -> float:
    if bound is None or not weighted:
        return math.nan
    return round(max(bound / weighted - 1, 0.0), 4)


def _km(problem: Problem, tour: Tour) -> float:
    metres = problem.metres(tour.team, tour.places)
    return math.nan if metres is None else metres / 1000


def _evenings_away(plan: Plan) -> int:
    count = 0
    for team in {tour.team for tour in plan.tours}:
        tours = plan.tours_of(team)
        count += sum(tour.end != tours[-1].end for tour in tours[:-1])
    return count


def _nights_away(problem: Problem, plan: Plan) -> int:
    nights = 0
    for team in problem.teams:
        for tour, after in itertools.pairwise(plan.tours_of(team.id)):
            if tour.end != team.end:
                nights += (problem.days[after.day].date - problem.days[tour.day].date).days
    return nights
