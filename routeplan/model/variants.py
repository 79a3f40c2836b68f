"""What is varied in problems and scenarios alike: teams, days, nights, driving, pace, roads.

A variant of a problem (`routeplan.analysis.Variant`) and the methods of a scenario
(`Scenario.with_crews` and so on) have the same names, limits and meanings. None is what it is in
the files: no limit, the season of the dates, the built-in table of speeds. What is not named stays
as it is.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from enum import Enum
from numbers import Real
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np

from routeplan.errors import Fault, Faults, InputError
from routeplan.language import gettext as _
from routeplan.model.travel import TravelTimes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from routeplan.model.problem import Announced, Day, Rules, Team


class _Mark(Enum):
    UNCHANGED = "unchanged"

    def __repr__(self) -> str:
        return self.name


Unchanged: TypeAlias = Literal[_Mark.UNCHANGED]
UNCHANGED: Final = _Mark.UNCHANGED
"""The value of what a variant does not change; None would be no limit."""

LEAST = {"crews": 1, "days": 1, "nights": 0, "drive_hours": 0}
"""The smallest value of what may be 0 or is counted from 1; all else is above 0."""

MOST = {
    "crews": 1000,
    "days": 366,
    "nights": 366,
    "drive_hours": 1000.0,
    "pace": 1000.0,
    "drive_factor": 1000.0,
}
"""The largest value of each number that is varied."""

WHOLE = ("crews", "days", "nights")
NUMBERS = ("drive_hours", "pace", "drive_factor")
LIMITS = ("nights", "drive_hours")
"""What may be without a limit, which is None."""


def check_change(name: str, value: float | None, faults: Faults) -> None:
    """Note a number that cannot be planned for."""
    if value is None and name in LIMITS:
        return
    if not isinstance(value, Real):
        faults.add(name, _("{value!r} is not a number", value=value))
    elif name in WHOLE and not float(value).is_integer():
        faults.add(name, _("{value:g} is not a whole number", value=value))
    elif name in LEAST and not LEAST[name] <= value < math.inf:
        least = LEAST[name]
        text = _("{value:g} is not a number of {least:g} or more", value=value, least=least)
        faults.add(name, text)
    elif name not in LEAST and not 0 < value < math.inf:
        faults.add(name, _("{value:g} is not a number above 0", value=value))
    elif value > MOST[name]:
        values = {"value": value, "most": MOST[name]}
        faults.add(name, _("{value:g} is above {most:g}, the most that is planned for", **values))


def checked_change(name: str, value: float | None) -> None:
    """Refuse a number that cannot be planned for."""
    faults = Faults()
    check_change(name, value, faults)
    faults.raise_any()


def resize_teams(teams: tuple[Team, ...], count: int) -> tuple[Team, ...]:
    """Return so many teams: the first ones, then copies of them in turn."""
    resized = list(teams[:count])
    taken = {team.id for team in teams}
    for n in range(len(resized), count):
        like = teams[n % len(teams)]
        copy = n // len(teams) + 1
        while f"{like.id}-{copy}" in taken:
            copy += 1
        resized.append(dataclasses.replace(like, id=f"{like.id}-{copy}"))
        taken.add(resized[-1].id)
    return tuple(resized)


def resize_days(days: tuple[Day, ...], count: int) -> tuple[Day, ...]:
    """Return so many days: the first ones, then days like the last on the dates after it."""
    last = days[-1]
    if count - len(days) > (dt.date.max - last.date).days:
        message = _("{n} go on after {date}, the last date", n=count, date=dt.date.max)
        raise InputError([Fault("days", message)])
    more = range(1, count - len(days) + 1)
    later = (dataclasses.replace(last, date=last.date + dt.timedelta(days=n)) for n in more)
    return (*days[:count], *later)


def limit_days(team: Team, count: int) -> Team:
    """Return a team for so many days: on added ones it works only where it has no list of days.

    Where its pace differs by day, that on added days is the last one.
    """
    days, paces = team.days, team.households_per_hour_by_day
    if days is not None:
        days = tuple(day for day in days if day < count)
    if paces is not None:
        paces = (*paces[:count], *paces[-1:] * (count - len(paces)))
    return dataclasses.replace(team, days=days, households_per_hour_by_day=paces)


def limit_announced(
    announced: Iterable[Announced], teams: Sequence[Team], days: int
) -> tuple[Announced, ...]:
    """Return the announced visits of these teams on the first so many days."""
    ids = {team.id for team in teams}
    return tuple(each for each in announced if each.team in ids and each.day < days)


def scale_pace(team: Team, factor: float) -> Team:
    """Return a team that is so many times as quick at doors."""
    pace, by_day = team.households_per_hour, team.households_per_hour_by_day
    return dataclasses.replace(
        team,
        households_per_hour=_times(pace, factor),
        households_per_hour_by_day=by_day and tuple(_times(each, factor) for each in by_day),
    )


def _times(pace: float | None, factor: float) -> float | None:
    return None if pace is None else pace * factor


def limit_driving(rules: Rules, hours: float | None) -> Rules:
    """Return rules with so many hours of driving a day for each team; None is no limit."""
    seconds = None if hours is None else round(hours * 3600)
    return dataclasses.replace(rules, max_drive_seconds_per_day=seconds)


def scale_times(times: TravelTimes, factor: float) -> TravelTimes:
    """Return travel times that are so many times as long, rounded up."""
    # Less a millionth, so that the rounding error of the product adds no second.
    seconds = np.ceil(times.seconds * factor - 1e-6).astype(np.int64)
    return TravelTimes(seconds, times.reachable, times.metres)
