"""Problems and plans as tables and layers of points, of pandas and geopandas, for analysts.

Points are in WGS 84 (EPSG:4326). Times of day are local, without a time zone; a drive home after
midnight belongs to the day that it began on. Hours, minutes and kilometres are not rounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from routeplan.analysis.compare import (
    local_time,
    ordered_tours,
    point_frame,
    tour_km,
    village_frame,
)
from routeplan.formats import detail_of

if TYPE_CHECKING:
    import geopandas as gpd

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

__all__ = ["frame_left_out", "frame_stops", "frame_tours", "frame_villages"]


def frame_villages(problem: Problem, plan: Plan | None = None) -> gpd.GeoDataFrame:
    """Return every village, and what a plan reaches of it.

    Returns
    -------
    geopandas.GeoDataFrame
        A point a village, by its ``place``: ``name``, ``households`` still to be reached,
        ``weight`` of one. With a plan: ``visits``, households ``reached`` and ``left``.

    Examples
    --------
    >>> table = frame_villages(problem, plan)
    >>> int(table["reached"].sum()) == plan.summary.households
    True
    """
    table = village_frame(problem)
    if plan is not None:
        stops = [(stop.place, stop.households) for tour in plan.tours for stop in tour.stops]
        visited = pd.DataFrame(stops, columns=["place", "reached"]).groupby("place")["reached"]
        table["visits"] = table["place"].map(visited.size()).fillna(0).astype(int)
        table["reached"] = table["place"].map(visited.sum()).fillna(0).astype(int)
        table["left"] = table["households"] - table["reached"]
    return point_frame(table, problem.place).set_index("place")


def frame_stops(problem: Problem, plan: Plan) -> gpd.GeoDataFrame:
    """Return every stop of a plan.

    Returns
    -------
    geopandas.GeoDataFrame
        A point a stop, in the order of teams and days: ``team``, ``date``, ``number`` (of the
        stop on that day, from 1), ``place``, ``name``, ``arrive``, ``start`` and ``end`` (of
        setup and doors), ``minutes`` between these two, ``households`` reached.

    Examples
    --------
    >>> stops = frame_stops(problem, plan)
    >>> int(stops["households"].sum()) == plan.summary.households
    True
    """
    rows = [
        (
            *(
                tour.team,
                local_time(problem, tour),
                number,
                stop.place,
                problem.place(stop.place).name,
            ),
            *(
                local_time(problem, tour, seconds)
                for seconds in (stop.arrive, stop.start, stop.end)
            ),
            *((stop.end - stop.start) / 60, stop.households),
        )
        for tour in ordered_tours(problem, plan)
        for number, stop in enumerate(tour.stops, start=1)
    ]
    columns = ["team", "date", "number", "place", "name", "arrive", "start", "end", "minutes"]
    return point_frame(pd.DataFrame(rows, columns=[*columns, "households"]), problem.place)


def frame_tours(problem: Problem, plan: Plan) -> pd.DataFrame:
    """Return every tour of a plan.

    Returns
    -------
    pandas.DataFrame
        A row for each team and working day: ``team``, ``date``, ``start`` and ``end`` (names of
        the places), ``depart``, ``arrive``, ``stops``, ``households``, ``door_hours`` (setups and
        doors), ``drive_hours``, ``km`` (missing where the problem has no distances), ``away``
        (whether the night is not at the team's own base).

    Examples
    --------
    >>> tours = frame_tours(problem, plan)
    >>> int(tours["households"].sum()) == plan.summary.households
    True
    """
    rows = [
        (
            *(tour.team, local_time(problem, tour)),
            *(problem.place(tour.start).name, problem.place(tour.end).name),
            *(local_time(problem, tour, tour.depart), local_time(problem, tour, tour.arrive)),
            *(len(tour.stops), tour.households),
            *(sum(stop.end - stop.start for stop in tour.stops) / 3600, tour.drive_seconds / 3600),
            *(tour_km(problem, tour), tour.end != problem.team_of[tour.team].end),
        )
        for tour in ordered_tours(problem, plan)
    ]
    columns = ["team", "date", "start", "end", "depart", "arrive", "stops", "households"]
    return pd.DataFrame(rows, columns=[*columns, "door_hours", "drive_hours", "km", "away"])


def frame_left_out(problem: Problem, plan: Plan) -> gpd.GeoDataFrame:
    """Return every village with households that a plan does not reach, and why.

    Returns
    -------
    geopandas.GeoDataFrame
        A point a village, the most households first: ``place``, ``name``, ``households`` not
        reached, ``reason`` (see `routeplan.model.plan.Reason`) and ``detail``, what it would take.

    Examples
    --------
    >>> left = frame_left_out(problem, plan)
    >>> len(left) == len(plan.left_out)
    True
    """
    visited = {stop.place for tour in plan.tours for stop in tour.stops}
    rows = [
        (
            *(left.place, problem.place(left.place).name, left.households, left.reason.value),
            detail_of(left, visited=left.place in visited, problem=problem),
        )
        for left in sorted(plan.left_out, key=lambda left: -left.households)
    ]
    columns = ["place", "name", "households", "reason", "detail"]
    return point_frame(pd.DataFrame(rows, columns=columns), problem.place)
