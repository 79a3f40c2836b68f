"""Build from a problem and a plan what handouts show of it, as plain values."""

from __future__ import annotations

import bisect
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from routeplan.formats import detail_of
from routeplan.handouts import labels, map_view, visits
from routeplan.handouts.districts import district_views
from routeplan.handouts.earlier import earlier_view
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
    RoadView,
    SleepView,
    StopView,
    TeamView,
    TourView,
    VillageView,
)
from routeplan.handouts.references import check_references
from routeplan.language import date_label, day_label, period_label

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from routeplan.handouts.earlier import EarlierTour, EarlierView
    from routeplan.model.plan import LeftOut, Plan, Tour
    from routeplan.model.problem import Problem
    from routeplan.model.road_notes import RoadLine

LEG_TOLERANCE_METRES = 8.0

# A shorter part of a leg is not listed.
LEAST_STATE_METRES = 50.0


# Of roads: how far they are simplified, and the margin around all else in which they are shown.
ROAD_TOLERANCE_METRES, MARGIN_SHARE, MARGIN_METRES = 12.0, 0.1, 2_000.0

RANKS = {
    "highway": ("motorway", "trunk", "primary"),
    "district": ("secondary", "tertiary"),
    "local": ("unclassified", "residential", "living_street", "service", "road", "busway"),
    "track": (),
}
"""OpenStreetMap's classes of roads by how the map draws them; all others are tracks."""


RANK_OF = {road_class: rank for rank, classes in RANKS.items() for road_class in classes}


def build_view(problem: Problem, plan: Plan, data: MapData | None = None) -> MapView:
    """Build the view of a plan for a problem, which all handouts show.

    A leg without a line is shown as a straight one, and marked so; roads far from all that is shown
    are left out.

    Raises InputError with everything in the plan that the problem does not know.
    """
    check_references(problem, plan)
    builder = _Builder(problem, plan, data or MapData())
    tours = tuple(builder.tour(tour) for team in problem.teams for tour in plan.tours_of(team.id))
    legs = [leg.points for tour in tours for leg in tour.legs]
    places = np.array([(place.lat, place.lon) for place in problem.places])
    bounds = Bounds.of_points(np.concatenate([places, *map(np.array, legs)]).round(DECIMALS))
    language = builder.language
    return MapView(
        title=problem.name or "routeplan",
        language=language,
        dates=period_label(problem.days[0].date, problem.days[-1].date, language),
        days=builder.days(),
        bounds=bounds,
        households=sum(village.households for village in problem.villages),
        reached=sum(tour.households for tour in plan.tours),
        teams=builder.teams(),
        tours=tours,
        villages=builder.villages(),
        sleeps=builder.sleeps(),
        bases=builder.bases(),
        roads=road_views(builder.data.roads, bounds),
        closed_roads=builder.closed_roads(),
        earlier=builder.earlier(),
        districts=district_views(problem, plan, builder.data.districts),
    )


def road_views(roads: Iterable[RoadLine], bounds: Bounds) -> tuple[RoadView, ...]:
    """Group roads by rank and surface, clip them to a margin around bounds, and simplify them."""
    groups: dict[tuple[str, bool], list[NDArray[np.float64]]] = defaultdict(list)
    for road in roads:
        rank = RANK_OF.get(road.road_class.removesuffix("_link"), "track")
        groups[rank, road.paved].append(road.points)
    box = road_box(bounds)
    views = (
        RoadView(rank, paved, simplify_lines(groups[rank, paved], ROAD_TOLERANCE_METRES, box))
        for rank in RANKS
        for paved in (True, False)
        if (rank, paved) in groups
    )
    return tuple(view for view in views if view.lines)


def road_box(bounds: Bounds) -> Bounds:
    """Return the box in which the roads around these bounds are shown."""
    return bounds.buffered(share=MARGIN_SHARE, metres=MARGIN_METRES)


def tours_with_views(
    problem: Problem, plan: Plan, view: MapView
) -> Iterator[tuple[Tour, TourView]]:
    """Yield each tour with its view, by team in the order of the problem, then by day."""
    tours = (tour for team in problem.teams for tour in plan.tours_of(team.id))
    return zip(tours, view.tours, strict=True)


def total_km(problem: Problem, tours: Iterable[Tour]) -> float | None:
    """Return the kilometres of tours, None where distances are not known."""
    metres = [problem.metres(tour.team, tour.places) for tour in tours]
    known = [length for length in metres if length is not None]
    return sum(known) / 1000 if len(known) == len(metres) else None


def nights_after(problem: Problem, tour: Tour) -> int:
    """Return the number of nights from a tour to the next day of its team; 0 after its last."""
    days = problem.working_days(problem.team_of[tour.team])
    later = [day for day in days if day > tour.day]
    return (problem.days[later[0]].date - problem.days[tour.day].date).days if later else 0


class _Builder:
    """Builds the views of one plan."""

    def __init__(self, problem: Problem, plan: Plan, data: MapData) -> None:
        self.problem, self.plan, self.data = problem, plan, data
        self.language = data.language
        self.announced = visits.AnnouncedVisits(problem, plan)
        self.colours = {team: map_view.team_colour(n) for n, team in enumerate(problem.team_of)}
        # By place: on which day which team reaches how many.
        self.visits: dict[str, list[tuple[int, str, int]]] = defaultdict(list)
        for tour in plan.tours:
            for stop in tour.stops:
                bisect.insort(self.visits[stop.place], (tour.day, tour.team, stop.households))

    def date(self, day: int) -> str:
        return date_label(self.problem.days[day].date, self.language)

    def days(self) -> tuple[DayView, ...]:
        dates = [day.date for day in self.problem.days]
        return tuple(
            DayView(date_label(d, self.language), day_label(d, self.language)) for d in dates
        )

    def place(self, place_id: str) -> tuple[str, str, float, float]:
        place = self.problem.place(place_id)
        return place_id, place.name, round(place.lat, DECIMALS), round(place.lon, DECIMALS)

    def km(self, tours: Iterable[Tour]) -> float | None:
        """Return the kilometres of tours; the sum is rounded, not its parts."""
        km = total_km(self.problem, tours)
        return None if km is None else round(km, 1)

    def nights(self, tour: Tour, *, away: bool = False) -> int:
        """Return how many nights follow a tour; of those away, none at the base."""
        if away and tour.end == self.problem.team_of[tour.team].end:
            return 0
        return nights_after(self.problem, tour) or self.data.nights_to_come

    def tour(self, tour: Tour) -> TourView:
        days = len(self.problem.days)
        colour = map_view.shade_of_day(self.colours[tour.team], tour.day, days)
        start, end = (self.problem.place(place).name for place in (tour.start, tour.end))
        sleeps = self.nights(tour) > 0
        return TourView(
            team=tour.team,
            day=tour.day,
            date=self.date(tour.day),
            colour=colour,
            ink=map_view.ink_on(colour),
            dash=map_view.dash_of_day(tour.day),
            starts_at=tour.start,
            start=start,
            end=end,
            depart=labels.time_label(tour.depart),
            arrive=labels.time_label(tour.arrive),
            households=tour.households,
            minutes=_minutes(tour.drive_seconds),
            km=self.km([tour]),
            sleeps_in=end if sleeps else "",
            sleeps_at=tour.end if sleeps else "",
            nights_away=self.nights(tour, away=True),
            legs=tuple(self.leg(tour.team, *drive) for drive in tour.drives),
            stops=tuple(self.stop(tour, n) for n in range(len(tour.stops))),
            **self.start_in_place(tour),
            not_kept=self.announced.missed_on(tour),
        )

    def start_in_place(self, tour: Tour) -> dict[str, str]:
        """Return when work starts and the team drives off where a day begins with a visit."""
        if not visits.begins_with_visit(tour):
            return {}
        leaves = visits.drive_off(self.problem, tour)
        return {
            "work_starts": labels.time_label(tour.stops[0].start),
            "leaves": "" if leaves is None else labels.time_label(leaves),
        }

    def leg(self, team: str, start: str, end: str) -> LegView:
        vehicle = self.problem.team_of[team].vehicle
        travel = self.problem.travel[vehicle]
        pair = self.problem.index[start], self.problem.index[end]
        key, places = (vehicle, start, end), [self.problem.place(place) for place in (start, end)]
        metres, positions = (
            self.data.states.get(key, {}),
            np.array([(p.lat, p.lon) for p in places]),
        )
        line = self.data.lines.get(key, positions[:0])
        # A line of a single point joins places at that point alone.
        traced = len(line) > 1 or (len(line) == 1 and bool((positions[0] == positions[1]).all()))
        return LegView(
            start=places[0].name,
            end=places[1].name,
            to=end,
            minutes=_minutes(int(travel.seconds[pair])),
            km=None if travel.metres is None else round(int(travel.metres[pair]) / 1000, 1),
            states=tuple(
                (state, round(metres[state] / 1000, 1))
                for state in ROAD_STATES
                if metres.get(state, 0.0) >= LEAST_STATE_METRES
            ),
            road_notes=tuple(
                labels.road_note_label(note, self.language)
                for note in self.data.road_notes.get(key, ())
            ),
            traced=traced,
            points=simplify_line(line, LEG_TOLERANCE_METRES)
            if traced
            else rounded_points(positions),
        )

    def earlier(self) -> tuple[EarlierView, ...]:
        """Return the tours of the plan of before."""

        def view(tour: EarlierTour) -> EarlierView:
            return earlier_view(tour, self.place, lambda *drive: self.leg(tour.team, *drive).points)

        return tuple(map(view, self.data.earlier))

    def stop(self, tour: Tour, position: int) -> StopView:
        stop = tour.stops[position]
        every = [visit[:2] for visit in self.visits[stop.place]]
        rests = tuple(
            visits.rest_view(rest, stop, self.language)
            for rest in tour.rests
            if rest.place == stop.place
        )
        others = self.data.others.get(stop.place) or visits.other_visits(self.plan, tour, stop)
        return StopView(
            position + 1,
            *self.place(stop.place),
            arrive=labels.time_label(stop.arrive),
            start=labels.time_label(stop.start),
            end=labels.time_label(stop.end),
            households=stop.households,
            rests=rests,
            visit=every.index((tour.day, tour.team)) + 1,
            visits=len(every),
            hours=visits.hours_label(stop, rests, self.language),
            announced=self.announced.is_kept(tour, stop.place),
            sharing=visits.sharing_labels(stop, others, self.language),
        )

    def teams(self) -> tuple[TeamView, ...]:
        tours_of = {team: self.plan.tours_of(team) for team in self.colours}
        return tuple(
            TeamView(
                id=team,
                colour=self.colours[team],
                ink=map_view.ink_on(self.colours[team]),
                households=sum(tour.households for tour in tours),
                minutes=_minutes(sum(tour.drive_seconds for tour in tours)),
                km=self.km(tours),
                nights_away=sum(self.nights(tour, away=True) for tour in tours),
            )
            for team, tours in tours_of.items()
        )

    def villages(self) -> tuple[VillageView, ...]:
        left_out = {left.place: left for left in self.plan.left_out}
        announced = self.announced.labels(self.language)
        views = []
        for village in self.problem.villages:
            place, signed = village.place, self.data.signed.get(village.place, 0)
            if village.households or signed:
                left = left_out.get(place)
                reason, detail, requirements = self.left_out(left) if left else ("", "", ())
                views.append(
                    VillageView(
                        *self.place(place),
                        households=village.households,
                        reached=sum(visit[2] for visit in self.visits.get(place, ())),
                        missed=left.households if left else 0,
                        signed=signed,
                        reason=reason,
                        detail=detail,
                        requirements=requirements,
                        announced=announced.get(place, ()),
                    )
                )
        return tuple(views)

    def left_out(self, left: LeftOut) -> tuple[str, str, tuple[str, ...]]:
        """Return why a village is left out, more of why, and what it would take to reach more."""
        problem, language = self.problem, self.language
        requirements = tuple(
            labels.requirement_label(each, problem, language)
            for each in left.requirements
            if labels.has_requirement_label(each)
        )
        if requirements:
            detail = ""
        else:
            visited = left.place in self.visits
            detail = detail_of(left, visited=visited, problem=problem, language=language)
        return labels.reason_label(left.reason, language), detail, requirements

    def closed_roads(self) -> tuple[ClosedRoadView, ...]:
        language = self.language
        return tuple(
            ClosedRoadView(
                name=labels.closed_road_title(road, language),
                reason=labels.closure_label(road, language),
                villages=labels.detour_labels(road, self.problem, language),
                lines=tuple(simplify_line(line, LEG_TOLERANCE_METRES) for line in road.lines),
                vehicle=road.vehicle,
            )
            for road in self.data.closed_roads
        )

    def sleeps(self) -> tuple[SleepView, ...]:
        nights: dict[str, list[tuple[int, str, int]]] = defaultdict(list)
        for tour in self.plan.tours:
            if count := self.nights(tour, away=True):
                nights[tour.end].append((tour.day, tour.team, count))
        return tuple(
            SleepView(
                *self.place(place.id),
                nights=tuple(
                    NightView(team, self.date(day), n) for day, team, n in sorted(nights[place.id])
                ),
            )
            for place in self.problem.places
            if place.id in nights
        )

    def bases(self) -> tuple[BaseView, ...]:
        teams: dict[str, list[str]] = defaultdict(list)
        for team in self.problem.teams:
            for place in sorted({team.start, team.end}):
                teams[place].append(team.id)
        return tuple(
            BaseView(*self.place(place.id), teams=tuple(teams[place.id]))
            for place in self.problem.places
            if place.id in teams
        )


def _minutes(seconds: int) -> int:
    return -(-seconds // 60)
