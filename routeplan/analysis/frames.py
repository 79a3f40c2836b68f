"""Problems and plans as tables and layers of points, of pandas and geopandas, for analysts.

Each is made of a problem or of a prepared scenario alike. ``team`` and all columns that are called
``place`` hold ids; ``day`` is the number of a day, from 1, and ``date`` its date. Points are in
WGS 84 (EPSG:4326). Times of day are local, without a time zone; a drive home after midnight belongs
to the day that it began on. Hours, minutes and kilometres are not rounded.
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
    or_nan,
    ordered_tours,
    point_frame,
    tour_km,
    village_frame,
)
from routeplan.errors import Fault, InputError
from routeplan.formats import detail_of
from routeplan.language import gettext as _
from routeplan.model.objective import kept_visits
from routeplan.model.problem import problem_of
from routeplan.planner import beds_in_reach
from routeplan.roads import isochrones
from routeplan.workflow.legs import driven_legs
from routeplan.workflow.prepare import Prepared

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from routeplan.model.plan import LeftOut, Plan, Stop, Tour
    from routeplan.model.problem import Posed, Problem
    from routeplan.roads import Leg
    from routeplan.workflow.legs import LegKey

__all__ = [
    "frame_isochrones",
    "frame_left_out",
    "frame_legs",
    "frame_stops",
    "frame_tours",
    "frame_villages",
]


def frame_villages(problem: Posed, plan: Plan | None = None) -> gpd.GeoDataFrame:
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
    problem = problem_of(problem)
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


def frame_stops(problem: Posed, plan: Plan) -> gpd.GeoDataFrame:
    """Return every stop of a plan.

    Returns
    -------
    geopandas.GeoDataFrame
        A point a stop, in the order of teams and days: ``team``, ``day``, ``date``, ``number`` (of
        the stop on that day, from 1), ``place``, ``name``, ``arrive``, ``start`` and ``end`` (of
        setup and doors), ``rest_start`` and ``rest_end`` (before, after or inside the visit;
        missing where there is none), ``minutes`` of setup and doors, ``households`` reached,
        ``announced`` (whether it keeps an announced visit).

    Examples
    --------
    >>> stops = frame_stops(problem, plan)
    >>> int(stops["households"].sum()) == plan.summary.households
    True
    """
    problem = problem_of(problem)
    check_own_plan(problem, plan)
    kept = {each.visit for each in kept_visits(problem, plan.tours)}
    rows = [
        (
            *(tour.team, tour.day + 1, local_time(problem, tour), number),
            *(stop.place, problem.place(stop.place).name),
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
    columns = ["team", "day", "date", "number", "place", "name", "arrive", "start", "end"]
    columns += ["rest_start", "rest_end", "minutes", "households", "announced"]
    return point_frame(pd.DataFrame(rows, columns=columns), problem.place)


def _rest_times(problem: Problem, tour: Tour, stop: Stop) -> tuple[object, object]:
    """Return when the rest at a stop starts and ends; missing where there is none."""
    rest = next((rest for rest in tour.rests if rest.place == stop.place), None)
    if rest is None:
        return pd.NaT, pd.NaT
    return local_time(problem, tour, rest.start), local_time(problem, tour, rest.end)


def frame_tours(problem: Posed, plan: Plan) -> pd.DataFrame:
    """Return every tour of a plan.

    Returns
    -------
    pandas.DataFrame
        A row for each team and working day: ``team``, ``day``, ``date``, ``start`` and ``end``
        (names of the places), ``start_place`` and ``end_place`` (their ids), ``depart``,
        ``arrive``, ``stops``, ``households``, ``door_hours`` (setups and doors), ``drive_hours``,
        ``km`` (missing where the problem has no distances), ``away`` (whether the night is not at
        the team's own base).

    Examples
    --------
    >>> tours = frame_tours(problem, plan)
    >>> int(tours["households"].sum()) == plan.summary.households
    True
    """
    problem = problem_of(problem)
    check_own_plan(problem, plan)
    rows = [
        (
            *(tour.team, tour.day + 1, local_time(problem, tour)),
            *(problem.place(tour.start).name, problem.place(tour.end).name, tour.start, tour.end),
            *(local_time(problem, tour, tour.depart), local_time(problem, tour, tour.arrive)),
            *(len(tour.stops), tour.households),
            *(door_seconds(tour) / 3600, tour.drive_seconds / 3600),
            *(tour_km(problem, tour), tour.end != problem.team_of[tour.team].end),
        )
        for tour in ordered_tours(problem, plan)
    ]
    columns = ["team", "day", "date", "start", "end", "start_place", "end_place", "depart"]
    columns += ["arrive", "stops", "households", "door_hours", "drive_hours", "km", "away"]
    return pd.DataFrame(rows, columns=columns)


def frame_left_out(problem: Posed, plan: Plan) -> gpd.GeoDataFrame:
    """Return every village with households that a plan does not reach, and why.

    Returns
    -------
    geopandas.GeoDataFrame
        A point a village, the most households first: ``place``, ``name``, ``households`` not
        reached, ``reason`` (see `routeplan.model.plan.Reason`) and ``detail``, what it would take;
        of the smallest requirement also ``requirement``, its kind (see
        `routeplan.model.plan.RequirementKind`; empty where none is known), and, missing where they
        do not apply: ``team``, ``day`` and ``date`` of whose day it is, ``minutes`` by which that
        would have to be longer, and households that ``would_reach``.

    Examples
    --------
    >>> left = frame_left_out(problem, plan)
    >>> len(left) == len(plan.left_out)
    True
    """
    problem = problem_of(problem)
    check_own_plan(problem, plan)
    visited = {stop.place for tour in plan.tours for stop in tour.stops}
    rows = [
        (
            *(left.place, problem.place(left.place).name, left.households, left.reason.value),
            detail_of(left, visited=left.place in visited, problem=problem),
            *_smallest_requirement(problem, left),
        )
        for left in sorted(plan.left_out, key=lambda left: -left.households)
    ]
    columns = ["place", "name", "households", "reason", "detail", "requirement", "team"]
    table = pd.DataFrame(rows, columns=[*columns, "day", "date", "minutes", "would_reach"])
    kinds = {"day": "Int64", "date": "datetime64[s]", "minutes": "Int64", "would_reach": "Int64"}
    return point_frame(table.astype(kinds), problem.place)


def _smallest_requirement(problem: Problem, left: LeftOut) -> tuple[object, ...]:
    """Return its kind, team, day, date, minutes and households; None where they do not apply."""
    if not left.requirements:
        return "", None, None, None, None, None
    first = left.requirements[0]
    day = first.day
    dated = (None, None) if day is None else (day + 1, pd.Timestamp(problem.days[day].date))
    return first.kind.value, first.team, *dated, first.minutes, first.households


def frame_legs(prepared: Posed, plan: Plan) -> gpd.GeoDataFrame:
    """Return every drive of a plan, along the roads; of a problem alone, as straight lines.

    Returns
    -------
    geopandas.GeoDataFrame
        A line a drive from place to place, an empty one where both are at the same point:
        ``team``, ``day``, ``date``, ``number`` (of the drive on that day, from 1), ``start`` and
        ``end`` (names of the places), ``start_place`` and ``end_place`` (their ids), ``minutes``,
        ``km`` (missing where a problem alone has no distances), ``unpaved_km`` (also off the roads;
        missing for a problem alone), ``kmh`` on average.

    Examples
    --------
    >>> legs = frame_legs(prepared, plan)
    >>> round(legs["minutes"].sum() * 60) == plan.summary.drive_seconds
    True
    """
    problem = problem_of(prepared)
    check_own_plan(problem, plan)
    legs: Mapping[LegKey, Leg] = {}
    if isinstance(prepared, Prepared):
        legs = driven_legs(problem, plan, prepared.graph, prepared.snaps)
    rows, lines = [], []
    for tour in ordered_tours(problem, plan):
        vehicle = problem.team_of[tour.team].vehicle
        for number, (start, end) in enumerate(tour.drives, start=1):
            leg = legs.get((vehicle, start, end))
            points, km, unpaved = _measured(problem, tour.team, (start, end), leg)
            hours = problem.seconds(tour.team, start, end) / 3600
            names = problem.place(start).name, problem.place(end).name
            head = (tour.team, tour.day + 1, local_time(problem, tour), number, *names, start, end)
            rows.append((*head, hours * 60, km, unpaved, km / hours if hours else math.nan))
            # A line of one point is not valid, an empty one is.
            lines.append(shapely.LineString((points if len(points) > 1 else points[:0])[:, ::-1]))
    columns = ["team", "day", "date", "number", "start", "end", "start_place", "end_place"]
    table = pd.DataFrame(rows, columns=[*columns, "minutes", "km", "unpaved_km", "kmh"])
    return gpd.GeoDataFrame(table, geometry=lines, crs="EPSG:4326")


def _measured(
    problem: Problem, team: str, pair: tuple[str, str], leg: Leg | None
) -> tuple[NDArray[np.float64], float, float]:
    """Return the points of a drive (lat, lon), its kilometres, and how many are not paved."""
    if leg is not None:
        unpaved = sum(part.metres for part in leg.parts if not part.paved) / 1000
        return leg.points, leg.metres / 1000, unpaved
    points = dict.fromkeys((problem.place(place).lat, problem.place(place).lon) for place in pair)
    km = or_nan(problem.metres(team, pair)) / 1000
    return np.array([*points]), km, math.nan


def frame_isochrones(
    prepared: Posed, minutes: Sequence[float] = (60, 120, 180)
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
    if not isinstance(prepared, Prepared):
        hint = _("give a prepared scenario, or use day_reach")
        raise InputError([Fault("isochrones", _("need roads, and a problem has none"), hint)])
    layers = []
    factor = prepared.scenario.roads.drive_factor
    for vehicle, sources, places in _sources(prepared.problem):
        snaps = [snap for snap in prepared.snaps[vehicle] if snap.place.id in places]
        layer = isochrones(prepared.graph, vehicle, snaps, [each / factor for each in minutes])
        layer["minutes"] = sorted(set(minutes))
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
