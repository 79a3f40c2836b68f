"""From a problem and a plan to the plain values that the map shows.

No files, no clock, no map library.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from routeplan.formats import detail_of
from routeplan.handouts import colours, words
from routeplan.handouts.belonging import check_belongs
from routeplan.handouts.lines import DECIMALS, Bounds, points_of, thinned, thinned_leg
from routeplan.handouts.values import (
    ROAD_STATES,
    BaseView,
    DayView,
    LegView,
    MapView,
    NightView,
    RestView,
    RoadLine,
    RoadView,
    SleepView,
    StopView,
    TeamView,
    Telling,
    TourView,
    VillageView,
)
from routeplan.language import date_label, day_label, period_label

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from routeplan.handouts.values import RoadState
    from routeplan.language import Language
    from routeplan.model.plan import LeftOut, Plan, Stop, Tour
    from routeplan.model.problem import Problem

__all__ = ["ROAD_TOLERANCE_METRES", "build_view", "nights_after", "road_margin"]

LEG_TOLERANCE_METRES = 8.0
ROAD_TOLERANCE_METRES = 12.0

# How much of the roads is drawn around all else.
MARGIN_SHARE, MARGIN_METRES = 0.1, 2_000.0

# Less of a leg than this is not told of.
LEAST_STATE_METRES = 50.0

RANKS = {
    "highway": ("motorway", "trunk", "primary"),
    "district": ("secondary", "tertiary"),
    "local": ("unclassified", "residential", "living_street", "service", "road", "busway"),
}
"""OpenStreetMap's classes of roads by how the map draws them; all others are tracks."""

RANK_OF = {kind: rank for rank, kinds in RANKS.items() for kind in kinds}

Lines: TypeAlias = "Mapping[tuple[str, str, str], NDArray[np.float64]]"


def build_view(
    problem: Problem,
    plan: Plan,
    *,
    lines: Mapping[tuple[str, str, str], NDArray[np.float64]],
    roads: Sequence[RoadLine],
    title: str,
    telling: Telling | None = None,
) -> MapView:
    """Work out what the map shows.

    Parameters
    ----------
    problem, plan
        A plan for that problem.
    lines
        By vehicle, place from and place to: the leg as it is driven, shape (n, 2), lat, lon. A leg
        that is not there is shown as a straight line, and marked so.
    roads
        Of the district; those far from all that is shown are not drawn.
    title
        Of the map.
    telling
        In which language, and what else is known; in English and nothing where left out.

    Raises
    ------
    InputError
        With everything in the plan that the problem does not know.
    """
    check_belongs(problem, plan)
    telling = telling or Telling()
    sources = _Sources(problem, plan, lines, telling, _visits_by_place(plan))
    tours = tuple(
        _tour_view(sources, tour) for team in problem.teams for tour in plan.tours_of(team.id)
    )
    bounds = _bounds_of(problem, tours)
    return MapView(
        title=title,
        language=telling.language,
        dates=period_label(problem.days[0].date, problem.days[-1].date, telling.language),
        days=_day_views(problem, telling.language),
        bounds=bounds,
        households=sum(village.households for village in problem.villages),
        reached=sum(tour.households for tour in plan.tours),
        teams=_team_views(sources, tours),
        tours=tours,
        villages=_village_views(sources),
        sleeps=_sleep_views(sources),
        bases=_base_views(problem),
        roads=_road_views(roads, road_margin(bounds)),
        closed_roads=telling.closed_roads,
    )


def road_margin(bounds: Bounds) -> Bounds:
    """Return the box in which roads are drawn."""
    return bounds.widened(share=MARGIN_SHARE, metres=MARGIN_METRES)


@dataclass(frozen=True, slots=True)
class _Sources:
    """What the views of tours are made of."""

    problem: Problem
    plan: Plan
    lines: Lines
    telling: Telling
    visits: Mapping[str, Sequence[tuple[int, str]]]

    def date(self, day: int) -> str:
        """Return the label of a day."""
        return date_label(self.problem.days[day].date, self.telling.language)


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


def _nights_after(sources: _Sources, tour: Tour) -> int:
    return nights_after(sources.problem, tour) or sources.telling.nights_to_come


def _nights_away_after(sources: _Sources, tour: Tour) -> int:
    at_base = tour.end == sources.problem.team_of[tour.team].end
    return 0 if at_base else _nights_after(sources, tour)


def _day_views(problem: Problem, language: Language) -> tuple[DayView, ...]:
    return tuple(
        DayView(date_label(day.date, language), day_label(day.date, language))
        for day in problem.days
    )


def _team_colour(problem: Problem, team: str) -> str:
    return colours.team_colour(list(problem.team_of).index(team))


def _tour_view(sources: _Sources, tour: Tour) -> TourView:
    problem = sources.problem
    colour = colours.shade_of_day(_team_colour(problem, tour.team), tour.day, len(problem.days))
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
        depart=words.clock(tour.depart),
        arrive=words.clock(tour.arrive),
        households=tour.households,
        minutes=_minutes(tour.drive_seconds),
        km=_km(problem, [tour]),
        sleeps_in=problem.place(tour.end).name if _nights_after(sources, tour) else "",
        sleeps_at=tour.end if _nights_after(sources, tour) else "",
        nights_away=_nights_away_after(sources, tour),
        legs=tuple(_leg_view(sources, tour.team, *drive) for drive in tour.drives),
        stops=tuple(_stop_view(sources, tour, n) for n in range(len(tour.stops))),
    )


def _leg_view(sources: _Sources, team: str, start: str, end: str) -> LegView:
    problem = sources.problem
    vehicle = problem.team_of[team].vehicle
    travel, pair = problem.travel[vehicle], (problem.index[start], problem.index[end])
    leg = (vehicle, start, end)
    line = sources.lines.get(leg)
    ends = [(place.lat, place.lon) for place in map(problem.place, (start, end))]
    # A line of one point is the way between two places at that point, and between no others.
    if line is not None and len(line) == 1 and ends[0] != ends[1]:
        line = None
    return LegView(
        start=problem.place(start).name,
        end=problem.place(end).name,
        to=end,
        minutes=_minutes(int(travel.seconds[pair])),
        km=None if travel.metres is None else round(int(travel.metres[pair]) / 1000, 1),
        states=_states(sources.telling.states.get(leg, {})),
        road_notes=sources.telling.road_notes.get(leg, ()),
        traced=line is not None,
        points=points_of(np.array(ends))
        if line is None
        else thinned_leg(line, LEG_TOLERANCE_METRES),
    )


def _states(metres: Mapping[RoadState, float]) -> tuple[tuple[RoadState, float], ...]:
    told = [(state, metres.get(state, 0.0)) for state in ROAD_STATES]
    return tuple(
        (state, round(length / 1000, 1)) for state, length in told if length >= LEAST_STATE_METRES
    )


def _stop_view(sources: _Sources, tour: Tour, position: int) -> StopView:
    stop: Stop = tour.stops[position]
    visits = sources.visits[stop.place]
    name, lat, lon = _where(sources.problem, stop.place)
    return StopView(
        number=position + 1,
        place=stop.place,
        name=name,
        lat=lat,
        lon=lon,
        arrive=words.clock(stop.arrive),
        start=words.clock(stop.start),
        end=words.clock(stop.end),
        households=stop.households,
        rests=tuple(
            RestView(words.clock(rest.start), words.clock(rest.end))
            for rest in tour.rests
            if rest.place == stop.place
        ),
        visit=visits.index((tour.day, tour.team)) + 1,
        visits=len(visits),
    )


def _where(problem: Problem, place_id: str) -> tuple[str, float, float]:
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
    return Bounds.around(np.array(points).round(DECIMALS))


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
    problem, telling = sources.problem, sources.telling
    reached: dict[str, int] = defaultdict(int)
    for tour in sources.plan.tours:
        for stop in tour.stops:
            reached[stop.place] += stop.households
    left_out = {left.place: left for left in sources.plan.left_out}
    views = []
    for village in problem.villages:
        left, visited = left_out.get(village.place), village.place in reached
        if village.households or telling.signed.get(village.place):
            views.append(
                VillageView(
                    village.place,
                    *_where(problem, village.place),
                    households=village.households,
                    reached=reached[village.place],
                    missed=left.households if left else 0,
                    signed=telling.signed.get(village.place, 0),
                    reason=words.reason_label(left.reason, telling.language) if left else "",
                    detail=_detail(sources, left, visited=visited) if left else "",
                    needs=_needs(sources, left) if left else (),
                )
            )
    return tuple(views)


def _detail(sources: _Sources, left: LeftOut, *, visited: bool) -> str:
    """Return more of why: English in full, in other languages what the roads know."""
    if any(each.is_quantified for each in left.requirements):
        return ""
    language = sources.telling.language
    if language == "en":
        return detail_of(left, visited=visited, problem=sources.problem)
    return "; ".join(filter(None, (words.road_label(each, language) for each in left.requirements)))


def _needs(sources: _Sources, left: LeftOut) -> tuple[str, ...]:
    return tuple(
        words.requirement_label(each, sources.problem, sources.telling.language)
        for each in left.requirements
        if each.is_quantified
    )


def _sleep_views(sources: _Sources) -> tuple[SleepView, ...]:
    problem = sources.problem
    nights: dict[str, list[tuple[int, str, int]]] = defaultdict(list)
    for tour in sources.plan.tours:
        if count := _nights_away_after(sources, tour):
            nights[tour.end].append((tour.day, tour.team, count))
    return tuple(
        SleepView(
            place.id,
            *_where(problem, place.id),
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
        BaseView(place.id, *_where(problem, place.id), teams=tuple(teams[place.id]))
        for place in problem.places
        if place.id in teams
    )


def _road_views(roads: Iterable[RoadLine], within: Bounds) -> tuple[RoadView, ...]:
    groups: dict[tuple[str, bool], list[NDArray[np.float64]]] = defaultdict(list)
    for road in roads:
        rank = RANK_OF.get(road.kind.removesuffix("_link"), "track")
        groups[rank, road.paved].append(road.points)
    ranks = [*RANKS, "track"]
    views = (
        RoadView(rank, paved, thinned(groups[rank, paved], ROAD_TOLERANCE_METRES, within))
        for rank in ranks
        for paved in (True, False)
        if (rank, paved) in groups
    )
    return tuple(view for view in views if view.lines)
