"""More or fewer crews and days of the same kind, for problems and scenarios alike."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING

from routeplan.errors import Fault, InputError

if TYPE_CHECKING:
    from routeplan.model.problem import Day, Team

__all__ = ["crews_of", "days_of", "on_days", "with_pace"]


def crews_of(teams: tuple[Team, ...], count: int) -> tuple[Team, ...]:
    """Return so many crews: the first ones, then copies of them in turn."""
    crews = list(teams[:count])
    taken = {team.id for team in teams}
    for n in range(len(crews), count):
        like = teams[n % len(teams)]
        copy = n // len(teams) + 1
        while f"{like.id}-{copy}" in taken:
            copy += 1
        crews.append(dataclasses.replace(like, id=f"{like.id}-{copy}"))
        taken.add(crews[-1].id)
    return tuple(crews)


def days_of(days: tuple[Day, ...], count: int) -> tuple[Day, ...]:
    """Return so many days: the first ones, then days like the last on the dates after it.

    Raises
    ------
    InputError
        Where there are not so many dates.
    """
    last = days[-1]
    if count - len(days) > (dt.date.max - last.date).days:
        raise InputError([Fault("days", f"{count} go on after {dt.date.max}, the last date")])
    more = range(1, count - len(days) + 1)
    later = (dataclasses.replace(last, date=last.date + dt.timedelta(days=n)) for n in more)
    return (*days[:count], *later)


def on_days(team: Team, count: int) -> Team:
    """Return a crew that works on none but the first days, if it is told its days at all."""
    if team.days is None:
        return team
    return dataclasses.replace(team, days=tuple(day for day in team.days if day < count))


def with_pace(team: Team, factor: float) -> Team:
    """Return a crew that is so many times as quick at doors."""
    if team.households_per_hour is None:
        return team
    return dataclasses.replace(team, households_per_hour=team.households_per_hour * factor)
