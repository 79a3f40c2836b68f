"""Problems and plans as tables and layers of points, of pandas and geopandas, for analysts.

Points are in WGS 84 (EPSG:4326). Times of day are local, without a time zone; a drive home after
midnight belongs to the day that it began on. Hours, minutes and kilometres are not rounded.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from routeplan.analysis.compare import (
    check_own_plan,
    door_seconds,
    inside_seconds,
    local_time,
    ordered_tours,
    point_frame,
    tour_km,
    village_frame,
)
from routeplan.formats import detail_of
from routeplan.model.objective import kept_visits
from routeplan.planner import beds_in_reach
from routeplan.roads import isochrones
from routeplan.workflow.legs import driven_legs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from routeplan.model.plan import Plan, Stop, Tour
    from routeplan.model.problem import Problem
    from routeplan.workflow.prepare import Prepared

__all__ = [
    "frame_isochrones",
    "frame_left_out",
    "frame_legs",
    "frame_stops",
    "frame_tours",
    "frame_villages",
]


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
    if plan is not None:
        check_own_plan(problem, plan)
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
        setup and doors), ``rest_start`` and ``rest_end`` (before, after or inside the visit;
        missing where there is none), ``minutes`` of setup and doors, ``households`` reached,
        ``announced`` (whether it keeps an announced visit).

    Examples
    --------
    >>> stops = frame_stops(problem, plan)
    >>> int(stops["households"].sum()) == plan.summary.households
    True
    """
    check_own_plan(problem, plan)
    kept = {each.visit for each in kept_visits(problem, plan.tours)}
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
            *_rest_times(problem, tour, stop),
            (stop.end - stop.start - inside_seconds(tour, stop)) / 60,
            *(stop.households, (tour.team, tour.day, stop.place) in kept),
        )
        for tour in ordered_tours(problem, plan)
        for number, stop in enumerate(tour.stops, start=1)
    ]
    columns = ["team", "date", "number", "place", "name", "arrive", "start", "end"]
    columns += ["rest_start", "rest_end", "minutes", "households", "announced"]
    return point_frame(pd.DataFrame(rows, columns=columns), problem.place)


def _rest_times(problem: Problem, tour: Tour, stop: Stop) -> tuple[object, object]:
    """Return when the rest at a stop starts and ends; missing where there is none."""
    rest = next((rest for rest in tour.rests if rest.place == stop.place), None)
    if rest is None:
        return pd.NaT, pd.NaT
    return local_time(problem, tour, rest.start), local_time(problem, tour, rest.end)


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
    check_own_plan(problem, plan)
    rows = [
        (
            *(tour.team, local_time(problem, tour)),
            *(problem.place(tour.start).name, problem.place(tour.end).name),
            *(local_time(problem, tour, tour.depart), local_time(problem, tour, tour.arrive)),
            *(len(tour.stops), tour.households),
            *(door_seconds(tour) / 3600, tour.drive_seconds / 3600),
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
    check_own_plan(problem, plan)
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


def frame_legs(prepared: Prepared, plan: Plan) -> gpd.GeoDataFrame:
    """Return every drive of a plan, along the roads.

    Returns
    -------
    geopandas.GeoDataFrame
        A line a drive from place to place, an empty one where both are at the same point:
        ``team``, ``date``, ``number`` (of the drive on that day, from 1), ``start`` and ``end``
        (names of the places), ``minutes``, ``km``, ``unpaved_km`` (also off the roads), ``kmh``
        on average.

    Examples
    --------
    >>> legs = frame_legs(prepared, plan)
    >>> round(legs["minutes"].sum() * 60) == plan.summary.drive_seconds
    True
    """
    check_own_plan(prepared.problem, plan)
    problem = prepared.problem
    legs = driven_legs(problem, plan, prepared.graph, prepared.snaps)
    rows, lines = [], []
    for tour in ordered_tours(problem, plan):
        for number, (start, end) in enumerate(tour.drives, start=1):
            leg = legs[problem.team_of[tour.team].vehicle, start, end]
            unpaved = sum(part.metres for part in leg.parts if not part.paved) / 1000
            km, hours = leg.metres / 1000, leg.seconds / 3600
            names = problem.place(start).name, problem.place(end).name
            head = (tour.team, local_time(problem, tour), number, *names)
            rows.append((*head, hours * 60, km, unpaved, km / hours if hours else math.nan))
            # A line of one point is not valid, an empty one is.
            points = leg.points if len(leg.points) > 1 else leg.points[:0]
            lines.append(shapely.LineString(points[:, ::-1]))
    columns = ["team", "date", "number", "start", "end", "minutes", "km", "unpaved_km", "kmh"]
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry=lines, crs="EPSG:4326")


def frame_isochrones(
    prepared: Prepared, minutes: Sequence[float] = (60, 120, 180)
) -> gpd.GeoDataFrame:
    """Return how far teams get in so many minutes of driving.

    Returns
    -------
    geopandas.GeoDataFrame
        Polygons in WGS 84, for each ``vehicle``, ``sources`` (``bases``, those of its teams; and
        ``bases and beds``, with the overnight places) and limit in ``minutes``: ``road_km``
        reached, ``square_km`` within 1 km of these, ``villages`` and their ``households`` that
        are reached, by the travel times that are planned with.

    Examples
    --------
    >>> near = frame_isochrones(prepared, [60])
    >>> list(near["sources"])
    ['bases', 'bases and beds', 'bases', 'bases and beds']
    """
    layers = []
    for vehicle, sources, places in _sources(prepared.problem):
        snaps = [snap for snap in prepared.snaps[vehicle] if snap.place.id in places]
        layer = isochrones(prepared.graph, vehicle, snaps, minutes)
        layer.insert(0, "sources", sources)
        layer.insert(0, "vehicle", vehicle)
        within = [_within(prepared.problem, vehicle, places, 60 * m) for m in layer["minutes"]]
        layer["villages"], layer["households"] = zip(*within, strict=True)
        layers.append(layer)
    return gpd.GeoDataFrame(pd.concat(layers, ignore_index=True), crs="EPSG:4326")


def _sources(problem: Problem) -> Iterator[tuple[str, str, set[str]]]:
    """Yield each vehicle with the places that its teams set out from, and their name."""
    in_reach = beds_in_reach(problem)
    for vehicle in problem.travel:
        teams = [team for team in problem.teams if team.vehicle == vehicle]
        bases = {place for team in teams for place in (team.start, team.end)}
        beds = set().union(*(in_reach[team.id] for team in teams if team.max_nights_away != 0))
        if bases:
            yield vehicle, "bases", bases
        if beds:
            yield vehicle, "bases and beds", bases | beds


def _within(problem: Problem, vehicle: str, places: set[str], seconds: float) -> tuple[int, int]:
    """Return the number of villages within some seconds of any of the places, and households."""
    times, starts = problem.travel[vehicle], [problem.index[place] for place in sorted(places)]
    near = np.logical_or.reduce(times.reachable[starts] & (times.seconds[starts] <= seconds))
    households = [v.households for v in problem.villages if near[problem.index[v.place]]]
    return len(households), sum(households)
