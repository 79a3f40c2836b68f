"""More or fewer teams and days of the same kind, for problems and scenarios alike."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING

from routeplan.errors import Fault, InputError
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from routeplan.model.problem import Announced, Day, Team


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
