"""The same problem with other crews, days, nights, driving or pace."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from routeplan.errors import Faults
from routeplan.model.problem import TravelTimes
from routeplan.model.variants import limit_days, resize_days, resize_teams, scale_pace

if TYPE_CHECKING:
    from routeplan.model.problem import Problem, Team, Village

__all__ = ["Variant", "vary"]


MOST = {
    "crews": 1000,
    "days": 366,
    "nights": 366,
    "drive_hours": 1000.0,
    "pace": 1000.0,
    "drive_factor": 1000.0,
}


@dataclass(frozen=True, slots=True)
class Variant:
    """What is changed in a problem; None leaves a thing as it is.

    Parameters
    ----------
    crews
        How many: the first ones of the problem, then copies of them in turn.
    days
        How many: the first ones, then days like the last one on the dates after it. On added days
        no village is closed, and crews that work some days only do not work.
    nights
        Most nights in a row that any crew sleeps away; it lowers a crew's own limit, never lifts
        it.
    drive_hours
        Most driving of one crew on a day.
    pace
        Factor on every crew's households per hour.
    drive_factor
        Factor on all travel times, which are rounded up.

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
                faults.add(name, f"{value:g} is not a number of {least[name]:g} or more")
            elif name not in least and not 0 < value < math.inf:
                faults.add(name, f"{value:g} is not a number above 0")
            elif value > MOST[name]:
                faults.add(name, f"{value:g} is above {MOST[name]:g}, the most that is planned for")
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
    """Return a problem with what a variant changes.

    More crews, days, nights or hours at the wheel never make a plan for fewer of them break a
    rule, so that what it reaches can be reached with more.

    Examples
    --------
    >>> fewer = vary(problem, Variant(crews=1, days=3))
    >>> len(fewer.teams), len(fewer.days)
    (1, 3)
    """
    teams, days, villages = problem.teams, problem.days, problem.villages
    if variant.crews is not None:
        teams = resize_teams(teams, variant.crews)
    if variant.days is not None:
        teams = tuple(limit_days(team, variant.days) for team in teams)
        villages = tuple(_open(village, variant.days) for village in villages)
        days = resize_days(days, variant.days)
    if variant.nights is not None:
        teams = tuple(_with_nights(team, variant.nights) for team in teams)
    if variant.pace is not None:
        teams = tuple(scale_pace(team, variant.pace) for team in teams)
    rules = problem.rules
    if variant.drive_hours is not None:
        most = round(variant.drive_hours * 3600)
        rules = dataclasses.replace(rules, max_drive_seconds_per_day=most)
    travel = problem.travel
    if variant.drive_factor is not None:
        travel = {name: _slower(each, variant.drive_factor) for name, each in travel.items()}
    return problem.replace(teams=teams, days=days, villages=villages, rules=rules, travel=travel)


def _open(village: Village, count: int) -> Village:
    closed = tuple(day for day in village.closed_days if day < count)
    return dataclasses.replace(village, closed_days=closed)


def _with_nights(team: Team, nights: int) -> Team:
    own = team.max_nights_away
    return dataclasses.replace(team, max_nights_away=nights if own is None else min(own, nights))


def _slower(times: TravelTimes, factor: float) -> TravelTimes:
    # A hair is taken off, so that the factor's own rounding adds no second.
    seconds = np.ceil(times.seconds * factor - 1e-6).astype(np.int64)
    return TravelTimes(seconds, times.reachable, times.metres)
