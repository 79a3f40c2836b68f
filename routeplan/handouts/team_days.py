"""One crew's one day cut out of a plan: nothing of other crews, days and villages is left in it.

What is handed out sealed is drawn from such a portion by the same renderers as the whole plan; what
is not in the portion cannot slip into a file.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from routeplan.handouts.geometry import clip_near
from routeplan.handouts.map_view import MapData
from routeplan.handouts.sheets import Selection
from routeplan.handouts.view_builder import nights_after
from routeplan.model.plan import Plan, Summary
from routeplan.model.problem import Problem, TravelTimes, Village

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from routeplan.model.plan import Tour
    from routeplan.model.problem import Team
    from routeplan.model.road_notes import ClosedRoad

__all__ = ["SURROUNDINGS_METRES", "TeamDay", "rename_places", "team_day"]

T = TypeVar("T")

Way = tuple[str, str, str]
"""Vehicle, place from and place to."""

SURROUNDINGS_METRES = 4_000.0
"""How far to either side of a day's way its roads are drawn: enough to find back to it."""


class TeamDay(NamedTuple):
    """One tour as a plan of its own, for a problem of its own."""

    problem: Problem
    plan: Plan
    data: MapData


def team_day(problem: Problem, plan: Plan, data: MapData, *, team: str, day: int) -> TeamDay:
    """Cut out what one crew needs on one day.

    Parameters
    ----------
    problem, plan, data
        The whole plan, and what is shown beside it.
    team, day
        Whose day, and which, as an index into the problem's days.

    Returns
    -------
    TeamDay
        The places of that tour, its team and that day; the tour alone; its legs, and the roads
        around them.

    Raises
    ------
    InputError
        Where there is no such crew or day, or it has no tour on it.
    """
    Selection(team, day).check(problem, plan)
    tour = next(tour for tour in plan.tours_of(team) if tour.day == day)
    small = Problem(
        places=tuple(problem.place(place) for place in _places(tour)),
        travel=_travel(problem, tour),
        villages=tuple(
            _village(problem.village_at[place])
            for place in _places(tour)
            if place in problem.village_at and place in {stop.place for stop in tour.stops}
        ),
        teams=(_team(problem.team_of[team], tour),),
        days=(problem.days[day],),
        sleeps=tuple(sleep for sleep in problem.sleeps if sleep.place == tour.end),
        rules=problem.rules,
    )
    reached = tour.households
    alone = Plan(
        problem_sha256="",
        tours=(replace(tour, day=0),),
        left_out=(),
        summary=Summary(reached, float(reached), None, tour.drive_seconds),
        run=plan.run,
    )
    return TeamDay(small, alone, _data(problem, tour, data))


def rename_places(portion: TeamDay, names: Mapping[str, str]) -> TeamDay:
    """Call every place of a portion otherwise, by name and by id.

    Roads that are not taken are left out: their own names may be those of villages.

    Parameters
    ----------
    portion
        What is renamed.
    names
        The new name of each place, by its id; it is its new id, too.
    """
    problem, plan, data = portion
    return TeamDay(
        problem.replace(
            places=tuple(replace(p, id=names[p.id], name=names[p.id]) for p in problem.places),
            villages=tuple(replace(v, place=names[v.place]) for v in problem.villages),
            sleeps=tuple(replace(s, place=names[s.place]) for s in problem.sleeps),
            teams=tuple(
                replace(team, start=names[team.start], end=names[team.end])
                for team in problem.teams
            ),
        ),
        plan.replace(tours=tuple(_renamed_tour(tour, names) for tour in plan.tours)),
        replace(
            data,
            lines=_renamed_ways(data.lines, names),
            states=_renamed_ways(data.states, names),
            road_notes=_renamed_ways(data.road_notes, names),
            closed_roads=(),
            signed={names[place]: count for place, count in data.signed.items()},
        ),
    )


def _renamed_ways(values: Mapping[Way, T], names: Mapping[str, str]) -> dict[Way, T]:
    return {
        (vehicle, names[start], names[end]): value
        for (vehicle, start, end), value in values.items()
    }


def _renamed_tour(tour: Tour, names: Mapping[str, str]) -> Tour:
    return replace(
        tour,
        start=names[tour.start],
        end=names[tour.end],
        stops=tuple(replace(stop, place=names[stop.place]) for stop in tour.stops),
        rests=tuple(replace(rest, place=names[rest.place]) for rest in tour.rests),
    )


def _places(tour: Tour) -> tuple[str, ...]:
    """Return each place of a tour once, in the order of the day."""
    return tuple(dict.fromkeys(tour.places))


def _travel(problem: Problem, tour: Tour) -> dict[str, TravelTimes]:
    vehicle = problem.team_of[tour.team].vehicle
    times = problem.travel[vehicle]
    kept = [problem.index[place] for place in _places(tour)]
    square = np.ix_(kept, kept)
    metres = None if times.metres is None else times.metres[square]
    return {vehicle: TravelTimes(times.seconds[square], times.reachable[square], metres)}


def _village(village: Village) -> Village:
    """Return what its visitors must know of a village: not its worth, nor when it is closed."""
    return Village(
        village.place,
        village.households,
        setup_seconds=village.setup_seconds,
        pace=village.pace,
        knock=village.knock,
    )


def _team(team: Team, tour: Tour) -> Team:
    """Return the team as if this were its only tour; a bed away from its base stays one."""
    end = team.end if team.end in _places(tour) else tour.start
    return replace(team, start=tour.start, end=end, days=None, max_nights_away=None)


def _data(problem: Problem, tour: Tour, data: MapData) -> MapData:
    vehicle = problem.team_of[tour.team].vehicle
    stations = tour.places
    ways = {(vehicle, start, end) for start, end in pairwise(stations)}
    lines = {way: line for way, line in data.lines.items() if way in ways}
    traced = {way: line for way, line in lines.items() if len(line) > 1}
    # Where a leg could not be traced, and around a place from which none is driven.
    straight = [
        np.array([(spot.lat, spot.lon) for spot in map(problem.place, ends)])
        for ends in pairwise(stations)
        if (vehicle, *ends) not in traced
    ]
    driven = [*traced.values(), *straight]
    near_by = clip_near([r.points for r in data.roads], driven, metres=SURROUNDINGS_METRES)
    return MapData(
        data.language,
        lines=lines,
        states={way: states for way, states in data.states.items() if way in ways},
        road_notes={way: notes for way, notes in data.road_notes.items() if way in ways},
        roads=[
            replace(road, points=piece)
            for road, pieces in zip(data.roads, near_by, strict=True)
            for piece in pieces
        ],
        closed_roads=tuple(_closed((r for r in data.closed_roads if r.vehicle == vehicle), driven)),
        signed={place: n for place, n in data.signed.items() if place in stations},
        nights_to_come=nights_after(problem, tour),
    )


def _closed(
    roads: Iterable[ClosedRoad], driven: Sequence[NDArray[np.float64]]
) -> Iterator[ClosedRoad]:
    """Yield what is near the way of the roads that are not taken; not whom they would serve."""
    for road in roads:
        pieces = clip_near(road.lines, driven, metres=SURROUNDINGS_METRES)
        kept = tuple(piece for parts in pieces for piece in parts)
        if kept:
            yield replace(road, detours=(), lines=kept)
