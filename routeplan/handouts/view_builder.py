"""Work out from a problem and a plan what handouts show of it, as plain values."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from routeplan.errors import Faults, nearest
from routeplan.formats import detail_of
from routeplan.handouts import colours, labels
from routeplan.handouts.geometry import (
    DECIMALS,
    Bounds,
    rounded_points,
    simplify_line,
    simplify_lines,
)
from routeplan.handouts.map_view import (
    ROAD_STATES,
    BaseView,
    ClosedRoadView,
    DayView,
    LegView,
    MapData,
    MapView,
    NightView,
    RestView,
    RoadView,
    SleepView,
    StopView,
    TeamView,
    TourView,
    VillageView,
)
from routeplan.language import date_label, day_label, period_label

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from routeplan.model.plan import LeftOut, Plan, Stop, Tour
    from routeplan.model.problem import Problem
    from routeplan.model.road_notes import RoadLine

__all__ = [
    "ROAD_TOLERANCE_METRES",
    "build_view",
    "check_references",
    "nights_after",
    "road_margin",
    "tours_with_views",
]

LEG_TOLERANCE_METRES = 8.0
ROAD_TOLERANCE_METRES = 12.0

# How much of the roads is drawn around all else.
MARGIN_SHARE, MARGIN_METRES = 0.1, 2_000.0

# A shorter part of a leg is not listed.
LEAST_STATE_METRES = 50.0

RANKS = {
    "highway": ("motorway", "trunk", "primary"),
    "district": ("secondary", "tertiary"),
    "local": ("unclassified", "residential", "living_street", "service", "road", "busway"),
}
"""OpenStreetMap's classes of roads by how the map draws them; all others are tracks."""

RANK_OF = {kind: rank for rank, kinds in RANKS.items() for kind in kinds}

UNNAMED = "routeplan"
"""Title of what belongs to a problem without a name."""


def check_references(problem: Problem, plan: Plan) -> None:
    """Refuse a plan for another problem.

    Raises
    ------
    InputError
        With everything in the plan that the problem does not know.
    """
    faults = Faults()
    for n, tour in enumerate(plan.tours):
        if tour.team not in problem.team_of:
            hint = nearest(tour.team, problem.team_of)
            faults.add(f"tours[{n}].team", f"no team has the id {tour.team!r}", hint)
        if not 0 <= tour.day < len(problem.days):
            message = f"{tour.day} is no day; they count from 0 to {len(problem.days) - 1}"
            faults.add(f"tours[{n}].day", message)
        unknown = {place for drive in tour.drives for place in drive} - problem.index.keys()
        for place in sorted(unknown):
            hint = nearest(place, problem.index)
            faults.add(f"tours[{n}]", f"no place has the id {place!r}", hint)
        if tour.team in problem.team_of and not unknown:
            vehicle = problem.team_of[tour.team].vehicle
            for start, end in tour.drives:
                if not problem.travel[vehicle].reachable[problem.index[start], problem.index[end]]:
                    message = f"there is no way from {start!r} to {end!r} by {vehicle!r}"
                    faults.add(f"tours[{n}]", message)
    for n, left in enumerate(plan.left_out):
        _check_left_out(problem, left, f"left_out[{n}]", faults)
    faults.raise_any()


def _check_left_out(problem: Problem, left: LeftOut, where: str, faults: Faults) -> None:
    if left.place not in problem.village_at:
        hint = nearest(left.place, problem.village_at)
        faults.add(f"{where}.place", f"no village is at {left.place!r}", hint)
    for n, required in enumerate(left.requirements):
        place, day, at = required.place, required.day, f"{where}.requirements[{n}]"
        if place is not None and place not in problem.index:
            hint = nearest(place, problem.index)
            faults.add(f"{at}.place", f"no place has the id {place!r}", hint)
        if day is not None and not 0 <= day < len(problem.days):
            message = f"{day} is no day; they count from 0 to {len(problem.days) - 1}"
            faults.add(f"{at}.day", message)


def build_view(problem: Problem, plan: Plan, data: MapData | None = None) -> MapView:
    """Work out what the map shows.

    Parameters
    ----------
    problem, plan
        A plan for that problem.
    data
        The language, and what else is known. A leg without a line is shown as a straight one, and
        marked so; roads far from all that is shown are left out.

    Raises
    ------
    InputError
        With everything in the plan that the problem does not know.
    """
    check_references(problem, plan)
    data = data or MapData()
    sources = _Sources(problem, plan, data, _visits_by_place(plan))
    tours = tuple(
        _tour_view(sources, tour) for team in problem.teams for tour in plan.tours_of(team.id)
    )
    bounds = _bounds_of(problem, tours)
    return MapView(
        title=problem.name or UNNAMED,
        language=data.language,
        dates=period_label(problem.days[0].date, problem.days[-1].date, data.language),
        days=tuple(
            DayView(date_label(day.date, data.language), day_label(day.date, data.language))
            for day in problem.days
        ),
        bounds=bounds,
        households=sum(village.households for village in problem.villages),
        reached=sum(tour.households for tour in plan.tours),
        teams=_team_views(sources, tours),
        tours=tours,
        villages=_village_views(sources),
        sleeps=_sleep_views(sources),
        bases=_base_views(problem),
        roads=_road_views(data.roads, road_margin(bounds)),
        closed_roads=_closed_road_views(sources),
    )


def tours_with_views(
    problem: Problem, plan: Plan, view: MapView
) -> Iterator[tuple[Tour, TourView]]:
    """Yield each tour with its view, by team in the order of the problem, then by day."""
    tours = (tour for team in problem.teams for tour in plan.tours_of(team.id))
    return zip(tours, view.tours, strict=True)


def road_margin(bounds: Bounds) -> Bounds:
    """Return the box in which roads are drawn."""
    return bounds.buffered(share=MARGIN_SHARE, metres=MARGIN_METRES)


@dataclass(frozen=True, slots=True)
class _Sources:
    """What views are made of; visits are days and teams by place."""

    problem: Problem
    plan: Plan
    data: MapData
    visits: Mapping[str, Sequence[tuple[int, str]]]

    def date(self, day: int) -> str:
        """Return the label of a day's date."""
        return date_label(self.problem.days[day].date, self.data.language)


def _visits_by_place(plan: Plan) -> Mapping[str, Sequence[tuple[int, str]]]:
    """Return when which team comes, in the order of the days."""
    visits = defaultdict(list)
    for tour in plan.tours:
        for stop in tour.stops:
            visits[stop.place].append((tour.day, tour.team))
    return {place: sorted(found) for place, found in visits.items()}


def nights_after(problem: Problem, tour: Tour) -> int:
    """Return how many nights lie between a tour and the next day of its team; 0 after its last."""
    days = problem.working_days(problem.team_of[tour.team])
    later = [day for day in days if day > tour.day]
    return (problem.days[later[0]].date - problem.days[tour.day].date).days if later else 0


def _nights_after(sources: _Sources, tour: Tour, *, away: bool = False) -> int:
    at_base = tour.end == sources.problem.team_of[tour.team].end
    if away and at_base:
        return 0
    return nights_after(sources.problem, tour) or sources.data.nights_to_come


def _team_colour(problem: Problem, team: str) -> str:
    return colours.team_colour(list(problem.team_of).index(team))


def _tour_view(sources: _Sources, tour: Tour) -> TourView:
    problem = sources.problem
    colour = colours.shade_of_day(_team_colour(problem, tour.team), tour.day, len(problem.days))
    sleeps = _nights_after(sources, tour) > 0
    return TourView(
        team=tour.team,
        day=tour.day,
        date=sources.date(tour.day),
        colour=colour,
        ink=colours.ink_on(colour),
        dash=colours.dash_of_day(tour.day),
        starts_at=tour.start,
        start=problem.place(tour.start).name,
        end=problem.place(tour.end).name,
        depart=labels.time_label(tour.depart),
        arrive=labels.time_label(tour.arrive),
        households=tour.households,
        minutes=_minutes(tour.drive_seconds),
        km=_km(problem, [tour]),
        sleeps_in=problem.place(tour.end).name if sleeps else "",
        sleeps_at=tour.end if sleeps else "",
        nights_away=_nights_after(sources, tour, away=True),
        legs=tuple(_leg_view(sources, tour.team, *drive) for drive in tour.drives),
        stops=tuple(_stop_view(sources, tour, n) for n in range(len(tour.stops))),
    )


def _leg_view(sources: _Sources, team: str, start: str, end: str) -> LegView:
    problem = sources.problem
    vehicle = problem.team_of[team].vehicle
    travel, pair = problem.travel[vehicle], (problem.index[start], problem.index[end])
    leg = (vehicle, start, end)
    line, states = sources.data.lines.get(leg), sources.data.states.get(leg, {})
    ends = [(place.lat, place.lon) for place in map(problem.place, (start, end))]
    # A line of one point joins places at that point, and no others.
    if line is not None and len(line) == 1 and ends[0] != ends[1]:
        line = None
    return LegView(
        start=problem.place(start).name,
        end=problem.place(end).name,
        to=end,
        minutes=_minutes(int(travel.seconds[pair])),
        km=None if travel.metres is None else round(int(travel.metres[pair]) / 1000, 1),
        states=tuple(
            (state, round(states[state] / 1000, 1))
            for state in ROAD_STATES
            if states.get(state, 0.0) >= LEAST_STATE_METRES
        ),
        road_notes=tuple(
            labels.road_note_label(note, sources.data.language)
            for note in sources.data.road_notes.get(leg, ())
        ),
        traced=line is not None,
        points=rounded_points(np.array(ends))
        if line is None
        else simplify_line(line, LEG_TOLERANCE_METRES),
    )


def _stop_view(sources: _Sources, tour: Tour, position: int) -> StopView:
    stop: Stop = tour.stops[position]
    visits = sources.visits[stop.place]
    name, lat, lon = _position(sources.problem, stop.place)
    return StopView(
        number=position + 1,
        place=stop.place,
        name=name,
        lat=lat,
        lon=lon,
        arrive=labels.time_label(stop.arrive),
        start=labels.time_label(stop.start),
        end=labels.time_label(stop.end),
        households=stop.households,
        rests=tuple(
            RestView(labels.time_label(rest.start), labels.time_label(rest.end))
            for rest in tour.rests
            if rest.place == stop.place
        ),
        visit=visits.index((tour.day, tour.team)) + 1,
        visits=len(visits),
    )


def _position(problem: Problem, place_id: str) -> tuple[str, float, float]:
    place = problem.place(place_id)
    return place.name, round(place.lat, DECIMALS), round(place.lon, DECIMALS)


def _minutes(seconds: int) -> int:
    return -(-seconds // 60)


def _km(problem: Problem, tours: Iterable[Tour]) -> float | None:
    """Return the kilometres of tours; the sum is rounded, not its parts."""
    metres = 0
    for tour in tours:
        length = problem.metres(tour.team, tour.places)
        if length is None:
            return None
        metres += length
    return round(metres / 1000, 1)


def _bounds_of(problem: Problem, tours: Iterable[TourView]) -> Bounds:
    points = [(place.lat, place.lon) for place in problem.places]
    points += [point for tour in tours for leg in tour.legs for point in leg.points]
    return Bounds.of_points(np.array(points).round(DECIMALS))


def _team_views(sources: _Sources, views: Iterable[TourView]) -> tuple[TeamView, ...]:
    problem = sources.problem
    nights = dict.fromkeys(problem.team_of, 0)
    for view in views:
        nights[view.team] += view.nights_away
    return tuple(
        TeamView(
            id=team,
            colour=_team_colour(problem, team),
            ink=colours.ink_on(_team_colour(problem, team)),
            households=sum(tour.households for tour in sources.plan.tours_of(team)),
            minutes=_minutes(sum(tour.drive_seconds for tour in sources.plan.tours_of(team))),
            km=_km(problem, sources.plan.tours_of(team)),
            nights_away=nights[team],
        )
        for team in problem.team_of
    )


def _village_views(sources: _Sources) -> tuple[VillageView, ...]:
    signed = sources.data.signed
    reached: dict[str, int] = defaultdict(int)
    for tour in sources.plan.tours:
        for stop in tour.stops:
            reached[stop.place] += stop.households
    left_out = {left.place: left for left in sources.plan.left_out}
    views = []
    for village in sources.problem.villages:
        place = village.place
        if village.households or signed.get(place):
            left = left_out.get(place)
            reason, detail, needs = _left_out_labels(sources, left, visited=place in reached)
            views.append(
                VillageView(
                    place,
                    *_position(sources.problem, place),
                    households=village.households,
                    reached=reached.get(place, 0),
                    missed=left.households if left else 0,
                    signed=signed.get(place, 0),
                    reason=reason,
                    detail=detail,
                    needs=needs,
                )
            )
    return tuple(views)


def _left_out_labels(
    sources: _Sources, left: LeftOut | None, *, visited: bool
) -> tuple[str, str, tuple[str, ...]]:
    """Return why a village is left out, more of why, and what it would take to reach more."""
    if left is None:
        return "", "", ()
    problem, language = sources.problem, sources.data.language
    needs = tuple(
        labels.requirement_label(each, problem, language)
        for each in left.requirements
        if each.is_quantified
    )
    if needs:
        detail = ""
    elif language == "en":
        detail = detail_of(left, visited=visited, problem=problem)
    else:
        roads = (labels.road_label(each, language) for each in left.requirements)
        detail = "; ".join(filter(None, roads))
    return labels.reason_label(left.reason, language), detail, needs


def _closed_road_views(sources: _Sources) -> tuple[ClosedRoadView, ...]:
    problem, language = sources.problem, sources.data.language
    return tuple(
        ClosedRoadView(
            name=labels.closed_road_title(road, language),
            reason=labels.closure_label(road, language),
            villages=labels.detour_labels(road, problem, language),
            lines=tuple(simplify_line(line, LEG_TOLERANCE_METRES) for line in road.lines),
            vehicle=road.vehicle,
        )
        for road in sources.data.closed_roads
    )


def _sleep_views(sources: _Sources) -> tuple[SleepView, ...]:
    problem = sources.problem
    nights: dict[str, list[tuple[int, str, int]]] = defaultdict(list)
    for tour in sources.plan.tours:
        if count := _nights_after(sources, tour, away=True):
            nights[tour.end].append((tour.day, tour.team, count))
    return tuple(
        SleepView(
            place.id,
            *_position(problem, place.id),
            nights=tuple(
                NightView(team, sources.date(day), count)
                for day, team, count in sorted(nights[place.id])
            ),
        )
        for place in problem.places
        if place.id in nights
    )


def _base_views(problem: Problem) -> tuple[BaseView, ...]:
    teams: dict[str, list[str]] = defaultdict(list)
    for team in problem.teams:
        for place in sorted({team.start, team.end}):
            teams[place].append(team.id)
    return tuple(
        BaseView(place.id, *_position(problem, place.id), teams=tuple(teams[place.id]))
        for place in problem.places
        if place.id in teams
    )


def _road_views(roads: Iterable[RoadLine], within: Bounds) -> tuple[RoadView, ...]:
    groups: dict[tuple[str, bool], list[NDArray[np.float64]]] = defaultdict(list)
    for road in roads:
        rank = RANK_OF.get(road.road_class.removesuffix("_link"), "track")
        groups[rank, road.paved].append(road.points)
    ranks = [*RANKS, "track"]
    views = (
        RoadView(rank, paved, simplify_lines(groups[rank, paved], ROAD_TOLERANCE_METRES, within))
        for rank in ranks
        for paved in (True, False)
        if (rank, paved) in groups
    )
    return tuple(view for view in views if view.lines)
