"""One crew's one day cut out of a plan: nothing of other crews, days and villages is left in it.

What is handed out sealed is drawn from such a portion by the same renderers as the whole plan; what
is not in the portion cannot slip into a file.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from routeplan.handouts.ground import Ground
from routeplan.handouts.lines import near, points_of
from routeplan.handouts.sheets import Wanted
from routeplan.handouts.values import Telling
from routeplan.handouts.view import nights_after
from routeplan.model.plan import Plan, Summary
from routeplan.model.problem import Problem, TravelTimes, Village

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from routeplan.handouts.values import ClosedRoadView
    from routeplan.model.plan import Tour
    from routeplan.model.problem import Team

__all__ = ["SURROUNDINGS_METRES", "Portion", "crew_day", "renamed"]

T = TypeVar("T")

Way = tuple[str, str, str]
"""Vehicle, place from and place to."""

SURROUNDINGS_METRES = 4_000.0
"""How far to either side of a day's way its roads are drawn: enough to find back to it."""

Portion = tuple[Problem, Plan, Ground]
"""A problem, a plan for it, and the lines to draw it with."""


def crew_day(problem: Problem, plan: Plan, ground: Ground, *, team: str, day: int) -> Portion:
    """Cut out what one crew needs on one day.

    Parameters
    ----------
    problem, plan, ground
        The whole plan, and the lines to draw it with.
    team, day
        Whose day, and which, as an index into the problem's days.

    Returns
    -------
    problem
        The places of that tour, its team, and that day.
    plan
        That tour alone; nothing is left out of it.
    ground
        Its legs, and the roads around them.

    Raises
    ------
    InputError
        Where there is no such crew or day, or it has no tour on it.
    """
    Wanted(team, day).check(problem, plan)
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
    return small, alone, _ground(problem, tour, ground)


def renamed(portion: Portion, names: Mapping[str, str]) -> Portion:
    """Call every place of a portion otherwise, by name and by id.

    Roads that are not taken are left out: their own names may be those of villages.

    Parameters
    ----------
    portion
        What is renamed.
    names
        The new name of each place, by its id; it is its new id, too.
    """
    problem, plan, ground = portion
    telling = ground.telling
    return (
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
            ground,
            lines=_renamed_ways(ground.lines, names),
            telling=replace(
                telling,
                states=_renamed_ways(telling.states, names),
                road_notes=_renamed_ways(telling.road_notes, names),
                closed_roads=(),
                signed={names[place]: count for place, count in telling.signed.items()},
            ),
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


def _ground(problem: Problem, tour: Tour, ground: Ground) -> Ground:
    vehicle = problem.team_of[tour.team].vehicle
    stations = tour.places
    ways = {(vehicle, start, end) for start, end in pairwise(stations)}
    lines = {way: line for way, line in ground.lines.items() if way in ways}
    traced = {way: line for way, line in lines.items() if len(line) > 1}
    # Where a leg could not be traced, and around a place from which none is driven.
    straight = [
        np.array([(spot.lat, spot.lon) for spot in map(problem.place, ends)])
        for ends in pairwise(stations)
        if (vehicle, *ends) not in traced
    ]
    driven = [*traced.values(), *straight]
    near_by = near([r.points for r in ground.roads], driven, metres=SURROUNDINGS_METRES)
    telling = ground.telling
    return Ground(
        lines,
        roads=[
            replace(road, points=piece)
            for road, pieces in zip(ground.roads, near_by, strict=True)
            for piece in pieces
        ],
        telling=Telling(
            telling.language,
            states={way: told for way, told in telling.states.items() if way in ways},
            road_notes={way: told for way, told in telling.road_notes.items() if way in ways},
            closed_roads=tuple(
                _closed((r for r in telling.closed_roads if r.vehicle in {"", vehicle}), driven)
            ),
            signed={place: n for place, n in telling.signed.items() if place in stations},
            nights_to_come=nights_after(problem, tour),
        ),
    )


def _closed(
    roads: Iterable[ClosedRoadView], driven: Sequence[NDArray[np.float64]]
) -> Iterator[ClosedRoadView]:
    """Yield what is near the way of the roads that are not taken; not whom they would serve."""
    for road in roads:
        lines = [np.array(line) for line in road.lines]
        pieces = near(lines, driven, metres=SURROUNDINGS_METRES)
        kept = tuple(points_of(piece) for parts in pieces for piece in parts)
        if kept:
            yield replace(road, villages=(), lines=kept)
