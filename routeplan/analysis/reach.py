"""Which villages can be reached in a day at all: from a base, or from an overnight place."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routeplan.analysis.compare import point_frame, village_frame
from routeplan.model.problem import Sleep
from routeplan.planner import day_trips, why_no_visit

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd

    from routeplan.model.problem import Problem, Team

    Trips = Iterable[tuple[Team, list[tuple[str, str]]]]
    """Teams, and where a day of each may begin and end."""

WAYS = ("base", "bed", "on the way", "never")
"""From where a village can be reached in a day, the easiest first."""


def day_reach(problem: Problem) -> gpd.GeoDataFrame:
    """Return from where each village can be visited in one day, and how much is reached.

    A day is the drive there, setup, the fewest doors that a visit may have, rest and the drive
    back, within the hours of work and of doors and the drive limit; the team makes no other stop.
    A base serves the teams that it belongs to; an overnight place every team that may sleep away.

    Returns
    -------
    geopandas.GeoDataFrame
        A point a village in WGS 84: ``place``, ``name``, ``households``; ``reached_from``, the
        first that holds of ``base`` (there and back to a team's own), ``bed`` (there and back to
        the same overnight place), ``on the way`` (only between two of these, or by way of other
        villages, or that is not ruled out) and ``never``; then for the best base and the best
        overnight place its name, ``base_minutes`` and ``bed_minutes`` there and back, and
        ``base_households`` and ``bed_households``, the most of one day; last ``reason`` and
        ``detail`` where it is never reached.

    Examples
    --------
    >>> table = day_reach(problem)
    >>> set(table["reached_from"]) <= set(WAYS)
    True
    """
    beds = [(place, place) for place in overnight_places(problem)]
    away = kinds_sleeping_away(problem)
    best = {
        "base": _best_trips(problem, _home_trips(problem)),
        "bed": _best_trips(problem, [(team, beds) for team in away]),
    }
    without_nights = problem if away else problem.replace(sleeps=())
    table = village_frame(problem).drop(columns="weight")
    from_base, from_bed = ((trips["households"] > 0).to_numpy() for trips in best.values())
    reasons = [
        (why_no_visit(without_nights, village.place) if village.households and not near else None)
        or ("", "")
        for village, near in zip(problem.villages, from_base | from_bed, strict=True)
    ]
    for way, trips in best.items():
        table[[way, f"{way}_minutes", f"{way}_households"]] = trips
    table = table.join(pd.DataFrame(reasons, columns=["reason", "detail"], dtype=object))
    base, bed, on_the_way, never = WAYS
    is_never = table["reason"] != ""
    ways = np.select([from_base, from_bed, is_never], [base, bed, never], on_the_way)
    table.insert(3, "reached_from", ways)
    return point_frame(table, problem.place)


def reach_by_way(reached: pd.DataFrame) -> pd.DataFrame:
    """Add up villages and households of `day_reach` by from where they can be reached.

    Returns
    -------
    pandas.DataFrame
        A row for each of `WAYS`: ``reached_from``, ``villages``, ``households`` and their
        ``share`` of all, 0 to 1.

    Examples
    --------
    >>> reach_by_way(day_reach(problem))["reached_from"].tolist()
    ['base', 'bed', 'on the way', 'never']
    """
    groups = reached.groupby("reached_from")["households"]
    table = groups.agg(["size", "sum"]).reindex(list(WAYS), fill_value=0)
    table.columns = pd.Index(["villages", "households"])
    total = table["households"].sum()
    table["share"] = table["households"] / total if total else math.nan
    return table.reset_index()


def _home_trips(problem: Problem) -> Trips:
    for team in problem.teams:
        ends = {(team.start, team.end)}
        if len(problem.working_days(team)) > 1:
            ends.add((team.end, team.end))
        yield team, sorted(ends)


def kinds_sleeping_away(problem: Problem) -> list[Team]:
    """Return one team for each vehicle, pace and days of those that may sleep away."""
    teams = [team for team in problem.teams[::-1] if team.max_nights_away != 0]
    kinds = {(team.vehicle, team.households_per_hour, team.days): team for team in teams}
    return list(kinds.values())[::-1]


def _best_trips(problem: Problem, trips: Trips) -> pd.DataFrame:
    """Return by village the most households of a day trip, its drive and where it ends."""
    count = len(problem.villages)
    households, drive = np.zeros(count, dtype=np.int64), np.full(count, np.nan)
    place = np.full(count, "", dtype=object)
    at = np.array([problem.index[village.place] for village in problem.villages], dtype=np.int64)
    for team, ends in trips:
        seconds = problem.travel[team.vehicle].seconds
        for (start, end), most in zip(ends, day_trips(problem, team.id, ends), strict=True):
            minutes = (seconds[problem.index[start], at] + seconds[at, problem.index[end]]) / 60
            nearer = (most == households) & (minutes < drive)
            better = (most > 0) & ((most > households) | nearer)
            households[better], drive[better] = most[better], minutes[better]
            place[better] = problem.place(end).name
    return pd.DataFrame({"place": place, "minutes": drive, "households": households})


def overnight_places(problem: Problem) -> list[str]:
    """Return the places where teams may sleep away."""
    return [sleep.place for sleep in problem.sleeps if sleep.teams_per_night]


def with_host(problem: Problem, place: str, teams_per_night: int = 1) -> Problem:
    """Return a problem with one more overnight place.

    Examples
    --------
    >>> len(with_host(problem, "v01").sleeps) - len(problem.sleeps)
    1
    """
    others = tuple(sleep for sleep in problem.sleeps if sleep.place != place)
    return problem.replace(sleeps=(*others, Sleep(place, teams_per_night)))
