"""Variants of a problem: the same with more or fewer teams, days, nights, driving or pace."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from routeplan.errors import Faults
from routeplan.language import gettext as _
from routeplan.model.problem import TravelTimes
from routeplan.model.variants import (
    limit_announced,
    limit_days,
    resize_days,
    resize_teams,
    scale_pace,
)

if TYPE_CHECKING:
    from routeplan.model.problem import Problem

WHOLE = ("crews", "days", "nights")
NUMBERS = ("drive_hours", "pace", "drive_factor")

MOST = {
    "crews": 1000,
    "days": 366,
    "nights": 366,
    "drive_hours": 1000.0,
    "pace": 1000.0,
    "drive_factor": 1000.0,
}
"""The largest value of each field of `Variant`."""


@dataclass(frozen=True, slots=True)
class Variant:
    """What is changed in a problem; None leaves a value as it is.

    Parameters
    ----------
    crews
        Number of teams: the first ones of the problem, then copies of them in turn. Announced
        visits of teams that are left out are left out too.
    days
        Number of days: the first ones, then days like the last one on the dates after it. On added
        days no village is closed, and teams that work only on some days do not work; announced
        visits on days that are left out are left out too.
    nights
        Most nights in a row that any team sleeps away, whatever its own limit was.
    drive_hours
        Most driving of one team on a day.
    pace, drive_factor
        Factors on every team's households per hour, and on all travel times, which are rounded up.

    Raises
    ------
    InputError
        With each value below or above what can be planned for.

    Examples
    --------
    >>> Variant(crews=3, nights=0).label()
    'crews 3, nights 0'
    """

    crews: int | None = None
    days: int | None = None
    nights: int | None = None
    drive_hours: float | None = None
    pace: float | None = None
    drive_factor: float | None = None

    def __post_init__(self) -> None:
        faults = Faults()
        least = {"crews": 1, "days": 1, "nights": 0, "drive_hours": 0.0}
        for name, value in self.changes().items():
            if name in least and not least[name] <= value < math.inf:
                faults.add(
                    name,
                    _(
                        "{value:g} is not a number of {least:g} or more",
                        value=value,
                        least=least[name],
                    ),
                )
            elif name not in least and not 0 < value < math.inf:
                faults.add(name, _("{value:g} is not a number above 0", value=value))
            elif value > MOST[name]:
                faults.add(
                    name,
                    _(
                        "{value:g} is above {most:g}, the most that is planned for",
                        value=value,
                        most=MOST[name],
                    ),
                )
        faults.raise_any()

    def changes(self) -> dict[str, float]:
        """Return what is changed, by name."""
        values = dataclasses.asdict(self)
        return {name: value for name, value in values.items() if value is not None}

    def label(self) -> str:
        """Return the changes in a few words."""
        return ", ".join(
            f"{name.replace('_', ' ')} {value:g}" for name, value in self.changes().items()
        )


def vary(problem: Problem, variant: Variant) -> Problem:
    """Return a problem with the changes of a variant.

    A plan for fewer teams, days, nights or driving hours breaks no rule with more of them.

    Examples
    --------
    >>> fewer = vary(problem, Variant(crews=1, days=3))
    >>> len(fewer.teams), len(fewer.days)
    (1, 3)
    """
    if variant.days is not None:
        problem = _with_days(problem, variant.days)
    teams, rules, travel = problem.teams, problem.rules, problem.travel
    if variant.crews is not None:
        teams = resize_teams(teams, variant.crews)
    if variant.nights is not None:
        most = variant.nights
        teams = tuple(dataclasses.replace(team, max_nights_away=most) for team in teams)
    if variant.pace is not None:
        teams = tuple(scale_pace(team, variant.pace) for team in teams)
    if variant.drive_hours is not None:
        seconds = round(variant.drive_hours * 3600)
        rules = dataclasses.replace(rules, max_drive_seconds_per_day=seconds)
    if variant.drive_factor is not None:
        travel = {name: _slower(each, variant.drive_factor) for name, each in travel.items()}
    announced = limit_announced(problem.announced, teams, len(problem.days))
    return problem.replace(teams=teams, rules=rules, travel=travel, announced=announced)


def _with_days(problem: Problem, count: int) -> Problem:
    villages = tuple(
        dataclasses.replace(v, closed_days=tuple(day for day in v.closed_days if day < count))
        for v in problem.villages
    )
    teams = tuple(limit_days(team, count) for team in problem.teams)
    announced = limit_announced(problem.announced, teams, count)
    days = resize_days(problem.days, count)
    return problem.replace(teams=teams, villages=villages, days=days, announced=announced)


def _slower(times: TravelTimes, factor: float) -> TravelTimes:
    # Less a millionth, so that the rounding error of the product adds no second.
    seconds = np.ceil(times.seconds * factor - 1e-6).astype(np.int64)
    return TravelTimes(seconds, times.reachable, times.metres)
