"""Who can be reached in a day at all, from bases and from beds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from routeplan.planner import day_trips, why_no_visit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from routeplan.model.problem import Problem, Team

__all__ = ["WAYS", "best_of_day", "day_reach", "reach_by_way"]

WAYS = ("base", "bed", "on the way", "never")
"""From where a village can be reached in a day, the easiest first."""


class _Trips(NamedTuple):
    """A crew, and where its day may begin and end."""

    team: Team
    ways: list[tuple[str, str]]


@dataclass(frozen=True, slots=True, eq=False)
class _Best:
    """By village: the most households of one day, and where that day begins and ends."""

    households: NDArray[np.int64]
    drive_minutes: NDArray[np.float64]
    place: NDArray[np.object_]


def day_reach(problem: Problem) -> gpd.GeoDataFrame:
    """Tell of each village from where a crew can visit it on one day, and how much it reaches.

    A day is the drive there, setup, the least number of doors that a visit may have, rest and the
    drive back, in the hours of work and of doors and within the drive limit; the crew makes no
    other stop. A base serves the crews whose it is; a bed serves every crew that may sleep away.

    Parameters
    ----------
    problem
        What is asked.

    Returns
    -------
    geopandas.GeoDataFrame
        A point a village in WGS 84: ``place``, ``name``, ``households``; ``reached_from``, the
        first that holds of ``base`` (there and back to a crew's own), ``bed`` (there and back to
        the same bed), ``on the way`` (only between two beds, or by way of other villages, or that
        is not ruled out) and ``never``; then for the best base and the best bed its name,
        ``base_minutes`` and ``bed_minutes`` there and back, and ``base_households`` and
        ``bed_households``, the most of one day; last ``reason`` and ``detail`` where it is never
        reached.

    Examples
    --------
    >>> table = day_reach(problem)
    >>> set(table["reached_from"]) <= set(WAYS)
    True
    """
    best = {
        "base": _best(problem, _home_trips(problem)),
        "bed": _best(problem, _bed_trips(problem)),
    }
    away = any(team.max_nights_away != 0 for team in problem.teams)
    asked = problem if away else problem.replace(sleeps=())
    rows = []
    for n, village in enumerate(problem.villages):
        ways = [way for way, found in best.items() if found.households[n]]
        why = None if ways or not village.households else why_no_visit(asked, village.place)
        way = ways[0] if ways else "never" if why else "on the way"
        row = {
            "place": village.place,
            "name": problem.place(village.place).name,
            "households": village.households,
            "reached_from": way,
        }
        for name, found in best.items():
            row[name] = found.place[n]
            row[f"{name}_minutes"] = found.drive_minutes[n]
            row[f"{name}_households"] = int(found.households[n])
        row["reason"], row["detail"] = why or ("", "")
        rows.append(row)
    places = [problem.place(village.place) for village in problem.villages]
    points = gpd.points_from_xy([p.lon for p in places], [p.lat for p in places])
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=points, crs="EPSG:4326")


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


def best_of_day(problem: Problem, places: Sequence[str]) -> NDArray[np.int64]:
    """Return the most households of a day there and back by any crew that may sleep away.

    Returns
    -------
    numpy.ndarray
        Shape (places, villages).
    """
    best = np.zeros((len(places), len(problem.villages)), dtype=np.int64)
    for team in _unlike(problem.teams):
        if team.max_nights_away != 0:
            trips = [(place, place) for place in places]
            np.maximum(best, day_trips(problem, team.id, trips), out=best)
    return best


def _home_trips(problem: Problem) -> list[_Trips]:
    trips = []
    for team in problem.teams:
        ways = {(team.start, team.end)}
        if len(problem.working_days(team)) > 1:
            ways.add((team.end, team.end))
        trips.append(_Trips(team, sorted(ways)))
    return trips


def _bed_trips(problem: Problem) -> list[_Trips]:
    beds = [(sleep.place, sleep.place) for sleep in problem.sleeps if sleep.teams_per_night]
    return [_Trips(team, beds) for team in _unlike(problem.teams) if team.max_nights_away != 0]


def _unlike(teams: Sequence[Team]) -> list[Team]:
    """Return one crew of each kind: of the same vehicle, pace and days."""
    kinds = {(team.vehicle, team.households_per_hour, team.days): team for team in teams[::-1]}
    return list(kinds.values())[::-1]


def _best(problem: Problem, trips: Sequence[_Trips]) -> _Best:
    count = len(problem.villages)
    best = _Best(
        np.zeros(count, dtype=np.int64), np.full(count, np.nan), np.full(count, "", dtype=object)
    )
    at = np.array([problem.index[village.place] for village in problem.villages], dtype=np.int64)
    for team, ways in trips:
        seconds = problem.travel[team.vehicle].seconds
        for (start, end), found in zip(ways, day_trips(problem, team.id, ways), strict=True):
            minutes = (seconds[problem.index[start], at] + seconds[at, problem.index[end]]) / 60
            nearer = (found == best.households) & (minutes < best.drive_minutes)
            better = (found > 0) & ((found > best.households) | nearer)
            best.households[better] = found[better]
            best.drive_minutes[better] = minutes[better]
            best.place[better] = problem.place(end).name
    return best
