"""Plans side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from routeplan.plan import Plan

__all__ = ["compare_plans"]


def compare_plans(plans: Mapping[str, Plan]) -> pd.DataFrame:
    """Put the figures of plans side by side.

    Parameters
    ----------
    plans
        By the name under which each is shown.

    Returns
    -------
    pandas.DataFrame
        A row a plan: ``households`` reached; ``weighted``, the same times their weights;
        ``crew_days``, tours of all teams, those without a stop too; ``per_crew_day``, households
        by crew-day; ``drive_hours``; ``evenings_away``, tours that end elsewhere than the team's
        last one does, each counted once however many days off follow it; ``left_out``, households
        not reached.

    Examples
    --------
    >>> table = compare_plans({"home": home, "out": out})       # doctest: +SKIP
    >>> table["per_crew_day"]                                   # doctest: +SKIP
    plan
    home    137.0
    out     138.7
    Name: per_crew_day, dtype: float64
    """
    rows = {name: _figures(plan) for name, plan in plans.items()}
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


def _evenings_away(plan: Plan) -> int:
    count = 0
    for team in {tour.team for tour in plan.tours}:
        tours = plan.tours_of(team)
        count += sum(tour.end != tours[-1].end for tour in tours[:-1])
    return count
