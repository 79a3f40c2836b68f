"""One team-day cut out of a plan, and the files that are made of it.

What is sealed for a team is drawn by the same renderers as the whole plan, but from a `TeamDay`,
in which nothing is left of other teams, days and villages: what is cut before it is drawn cannot
slip into a file.
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from routeplan.formats.document import VERSION, format_json
from routeplan.handouts.day_sheet import draw_day_sheet
from routeplan.handouts.geometry import clip_near
from routeplan.handouts.labels import safe_filename, time_label
from routeplan.handouts.layers import make_layers
from routeplan.handouts.map import render_map
from routeplan.handouts.map_view import MapData
from routeplan.handouts.phone import phone_files
from routeplan.handouts.sheet_day import Refuge, SheetDay, refuge_of
from routeplan.handouts.sheets import Selection, draw_tally_sheet, render_check_ins, render_sheets
from routeplan.handouts.tables import make_tables
from routeplan.handouts.view_builder import build_view, nights_after, tours_with_views
from routeplan.handouts.visits import begins_with_visit, drive_off, other_visits
from routeplan.handouts.workbook import make_workbook
from routeplan.language import gettext as _
from routeplan.model.objective import kept_visits, least_households
from routeplan.model.plan import Plan, Summary
from routeplan.model.problem import Announced, Problem, Sleep, TravelTimes, Village

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from routeplan.handouts.map_view import LegKey, MapView, TourView
    from routeplan.model.plan import Rest, Stop, Tour
    from routeplan.model.problem import Team
    from routeplan.tally import TallySheet

K = TypeVar("K")
T = TypeVar("T")
P = TypeVar("P", Village, Announced, Sleep, "Stop", "Rest")

SURROUNDINGS_METRES = 4_000.0
"""Width of the buffer around a day's legs in which roads are drawn: enough to find back to them."""

DAY_FORMAT = "routeplan-day"


class TeamDay(NamedTuple):
    """One tour as a plan of its own, for a problem of its own."""

    problem: Problem
    plan: Plan
    data: MapData


def team_day(problem: Problem, plan: Plan, data: MapData, *, team: str, day: int) -> TeamDay:
    """Cut out what one team needs on one day, by its index.

    Raises InputError where there is no such team or day, or it has no tour on it.
    """
    Selection(team, day).check(problem, plan)
    tour = next(tour for tour in plan.tours_of(team) if tour.day == day)
    reached = tour.households
    kept = {each.visit for each in kept_visits(problem, plan.tours)}
    stops = tuple(replace(stop, announced=(team, day, stop.place) in kept) for stop in tour.stops)
    alone = Plan(
        problem_sha256="",
        tours=(replace(tour, day=0, stops=stops),),
        left_out=(),
        summary=Summary(reached, float(reached), None, tour.drive_seconds),
        run=plan.run,
    )
    others = {stop.place: other_visits(plan, tour, stop) for stop in tour.stops}
    own_data = _own_data(problem, tour, data)
    own_data = replace(own_data, others={place: found for place, found in others.items() if found})
    return TeamDay(_own_problem(problem, plan, tour), alone, own_data)


def _own_problem(problem: Problem, plan: Plan, tour: Tour) -> Problem:
    places = dict.fromkeys(tour.places)
    # The team learns what was announced for its day, not what that is worth.
    visits = {(tour.team, tour.day, stop.place) for stop in tour.stops}
    announced = [each for each in problem.announced if each.visit in visits]
    least = _least_by_place(problem, plan, announced)
    own_team = problem.team_of[tour.team]
    square = np.ix_(*[[problem.index[place] for place in places]] * 2)
    return Problem(
        places=tuple(map(problem.place, places)),
        travel={own_team.vehicle: _own_travel(problem.travel[own_team.vehicle], square)},
        villages=tuple(
            _own_village(problem.village_at[place], least.get(place, 1))
            for place in dict.fromkeys(stop.place for stop in tour.stops)
        ),
        teams=(_own_team(own_team, tour),),
        days=(problem.days[tour.day],),
        sleeps=tuple(sleep for sleep in problem.sleeps if sleep.place == tour.end),
        rules=replace(problem.rules, drive_hour_worth=0.0),
        announced=tuple(replace(each, day=0, bonus=0.0) for each in announced),
    )


def _own_travel(times: TravelTimes, square: tuple[NDArray[np.intp], ...]) -> TravelTimes:
    metres = None if times.metres is None else times.metres[square]
    return TravelTimes(times.seconds[square], times.reachable[square], metres)


def _own_team(team: Team, tour: Tour) -> Team:
    return replace(
        team,
        start=tour.start,
        # A night away from the base remains one.
        end=team.end if team.end in tour.places else tour.start,
        days=None,
        max_nights_away=None,
        households_per_hour=team.pace_on(tour.day),
        households_per_hour_by_day=None,
    )


def _own_village(village: Village, least: int) -> Village:
    """Return what visitors must know of a village: not its weight, nor when it is closed."""
    return Village(
        *(village.place, village.households),
        min_households=least,
        setup_seconds=village.setup_seconds,
        pace=village.pace,
        knock=village.knock,
    )


def _least_by_place(problem: Problem, plan: Plan, announced: Iterable[Announced]) -> dict[str, int]:
    """Return by village the fewest households by which announced visits are kept."""
    least = {}
    for each in announced:
        reached: Counter[int] = Counter()
        for tour in plan.tours:
            reached[tour.day] += sum(s.households for s in tour.stops if s.place == each.place)
        least[each.place] = least_households(problem.village_at[each.place], reached, each.day)
    return least


def _own_data(problem: Problem, tour: Tour, data: MapData) -> MapData:
    """Keep the data of a tour's legs, and the roads around them."""
    vehicle, places = problem.team_of[tour.team].vehicle, tour.places
    legs = [(vehicle, start, end) for start, end in pairwise(places)]
    lines = _only(data.lines, legs)
    driven = [_driven_line(problem, leg, lines.get(leg, ())) for leg in legs]

    def near(lines: Sequence[NDArray[np.float64]]) -> list[list[NDArray[np.float64]]]:
        return clip_near(lines, driven, metres=SURROUNDINGS_METRES)

    roads = zip(data.roads, near([road.points for road in data.roads]), strict=True)
    # Closed roads without the villages that they would serve.
    closed_roads = (
        replace(road, detours=(), lines=tuple(itertools.chain(*near(road.lines))))
        for road in data.closed_roads
        if road.vehicle == vehicle
    )
    return MapData(
        data.language,
        lines=lines,
        states=_only(data.states, legs),
        road_notes=_only(data.road_notes, legs),
        roads=[replace(road, points=piece) for road, pieces in roads for piece in pieces],
        closed_roads=tuple(road for road in closed_roads if road.lines),
        signed=_only(data.signed, places),
        nights_to_come=nights_after(problem, tour),
        refuges=_refuges(problem, tour),
    )


def _refuges(problem: Problem, tour: Tour) -> dict[str, Refuge | None]:
    """Return those of the sheets of the whole plan, though their places are none of the day's."""
    return {stop.place: refuge_of(problem, tour.team, stop.place) for stop in tour.stops}


def _driven_line(
    problem: Problem, leg: LegKey, line: NDArray[np.float64] | tuple[()]
) -> NDArray[np.float64]:
    """Return a line, straight where a leg could not be traced, also one that is not driven."""
    straight = [(place.lat, place.lon) for place in map(problem.place, leg[1:])]
    return np.asarray(line if len(line) > 1 else straight)


def _only(values: Mapping[K, T], keys: Iterable[K]) -> dict[K, T]:
    return {key: values[key] for key in dict.fromkeys(keys) if key in values}


def rename_places(own: TeamDay, names: Mapping[str, str]) -> TeamDay:
    """Give every place a new name, by its id, which is its new id as well.

    Closed roads are left out: their own names may be those of villages.
    """

    def by_leg(values: Mapping[LegKey, T]) -> dict[LegKey, T]:
        return {
            (vehicle, names[start], names[end]): value
            for (vehicle, start, end), value in values.items()
        }

    def moved(items: Iterable[P]) -> tuple[P, ...]:
        return tuple(replace(item, place=names[item.place]) for item in items)

    problem, plan, data = own
    return TeamDay(
        problem.replace(
            places=tuple(replace(p, id=names[p.id], name=names[p.id]) for p in problem.places),
            villages=moved(problem.villages),
            announced=moved(problem.announced),
            sleeps=moved(problem.sleeps),
            teams=tuple(
                replace(team, start=names[team.start], end=names[team.end])
                for team in problem.teams
            ),
        ),
        plan.replace(
            tours=tuple(
                replace(
                    tour,
                    start=names[tour.start],
                    end=names[tour.end],
                    stops=moved(tour.stops),
                    rests=moved(tour.rests),
                )
                for tour in plan.tours
            )
        ),
        replace(
            data,
            lines=by_leg(data.lines),
            states=by_leg(data.states),
            road_notes=by_leg(data.road_notes),
            closed_roads=(),
            signed={names[place]: count for place, count in data.signed.items()},
            others={names[place]: others for place, others in data.others.items()},
            refuges=_renamed_refuges(data.refuges, names),
        ),
    )


def _renamed_refuges(
    refuges: Mapping[str, Refuge | None], names: Mapping[str, str]
) -> dict[str, Refuge | None]:
    return {
        names[place]: each and replace(each, place=names[each.place], name=names[each.place])
        for place, each in refuges.items()
    }


def day_files(own: TeamDay, tallies: Sequence[TallySheet] = ()) -> dict[str, bytes]:
    """Return a team's day as a map, sheets, tracks for a phone, and data, by the names of files.

    Names of files contain neither team nor day. `tallies` are the tally sheets of that day in the
    whole plan, whose codes stay; none are drawn without.
    """
    problem, plan, data = own
    (tour,) = plan.tours
    view = build_view(*own)
    day = SheetDay(problem, tour, view.tours[0], view, data.refuges)
    files = {
        "map.html": render_map(view).encode(),
        "day_sheet.pdf": draw_day_sheet(day),
        "day.json": _day_to_json(problem, tour).encode(),
    }
    if tallies:
        files["tally_sheets.pdf"] = draw_tally_sheet(day, tallies)
    for name, text in phone_files(problem, plan, view).items():
        files["track." + name.rpartition(".")[2]] = text.encode()
    return files


def _day_to_json(problem: Problem, tour: Tour) -> str:
    """Write a tour as JSON; times are as on a clock, past midnight as ``00:30 +1``."""

    def at(place_id: str, **fields: object) -> dict[str, object]:
        place = problem.place(place_id)
        return {"name": place.name, "lat": place.lat, "lon": place.lon, **fields}

    def span(item: Stop | Rest) -> dict[str, str]:
        return {"start": time_label(item.start), "end": time_label(item.end)}

    return format_json(
        {
            "format": DAY_FORMAT,
            "version": VERSION,
            "crew": tour.team,
            "date": problem.days[tour.day].date.isoformat(),
            "from": at(tour.start, **_start(problem, tour)),
            "stops": [
                at(stop.place, arrive=time_label(stop.arrive), **span(stop))
                | {"households": stop.households}
                | ({"announced": True} if stop.announced else {})
                for stop in tour.stops
            ],
            "rests": [at(rest.place, **span(rest)) for rest in tour.rests],
            "to": at(tour.end, arrive=time_label(tour.arrive)),
            "drive_seconds": tour.drive_seconds,
        }
    )


def _start(problem: Problem, tour: Tour) -> dict[str, str]:
    """Return when a team drives off, if it does, and when it starts work where it slept."""
    if not begins_with_visit(tour):
        return {"depart": time_label(tour.depart)}
    leaves, starts = drive_off(problem, tour), {"work_starts": time_label(tour.stops[0].start)}
    return starts if leaves is None else {**starts, "depart": time_label(leaves)}


Files = dict[str, bytes]


def make_handouts(
    problem: Problem,
    plan: Plan,
    data: MapData,
    *,
    fingerprint: str,
    kinds: Sequence[str] | None = None,
    team_days: Collection[tuple[str, int]] | None = None,
) -> Iterator[tuple[str, Callable[[], Files]]]:
    """Yield each step of the work: what it does in a few words, and what makes its files.

    By the fingerprint of the plan its workbook is recognised. Kinds are ``map``, ``sheets``,
    ``phone``, ``workbook``, ``layers`` and ``csv``; all if None. Files of single tours are those of
    some teams on some days, by their index, if `team_days` are given.
    """
    handouts = _Handouts(problem, plan, data, fingerprint, team_days)
    steps: dict[str, tuple[str, Callable[[], Files]]] = {
        "map": (_("drawing maps"), handouts.maps),
        "sheets": (_("drawing sheets"), handouts.sheets),
        "phone": (_("writing tracks for phones"), handouts.tracks),
        "workbook": (_("writing the workbook"), handouts.workbook),
        "layers": (_("writing layers"), handouts.layers),
        "csv": (_("writing tables"), handouts.tables),
    }
    yield from (step for kind, step in steps.items() if kinds is None or kind in kinds)


@dataclass(frozen=True)
class _Handouts:
    """Each method returns the contents of files by their paths, with ``/`` between folders."""

    problem: Problem
    plan: Plan
    data: MapData
    fingerprint: str
    team_days: Collection[tuple[str, int]] | None = None

    def maps(self) -> Files:
        """Draw the whole plan, and each tour with nothing of the others."""
        files = {"map.html": render_map(self._view).encode()}
        for stem, tour, _view in self._tours():
            own = team_day(self.problem, self.plan, self.data, team=tour.team, day=tour.day)
            files[f"{stem}.html"] = render_map(build_view(*own)).encode()
        return files

    def sheets(self) -> Files:
        """Draw day and tally sheets of each tour, and check-in sheets of each day."""
        files: Files = {}
        days = [None] if self.team_days is None else sorted({day for _team, day in self.team_days})
        for day in days:
            files |= render_check_ins(self.problem, self.plan, self._view, day=day)
        for stem, tour, _view in self._tours():
            selection = Selection(tour.team, tour.day)
            drawn = render_sheets(self.problem, self.plan, self._view, selection=selection)
            for name, pdf in drawn.items():
                files[f"{stem}_tally.pdf" if name.endswith("_tally.pdf") else f"{stem}.pdf"] = pdf
        return files

    def tracks(self) -> Files:
        """Write the files for phones of each tour."""
        files: Files = {}
        for stem, tour, tour_view in self._tours():
            own = self.plan.replace(tours=(tour,)), replace(self._view, tours=(tour_view,))
            for name, text in phone_files(self.problem, *own).items():
                files[f"{stem}.{name.rpartition('.')[2]}"] = text.encode()
        return files

    def workbook(self) -> Files:
        """Write the workbook."""
        data = make_workbook(*(self.problem, self.plan, self._view), fingerprint=self.fingerprint)
        return {"plan.xlsx": data}

    def layers(self) -> Files:
        """Write the layers for a map on a computer."""
        return {"plan.gpkg": make_layers(self.problem, self.plan, self._view)}

    def tables(self) -> Files:
        """Write the tables."""
        return make_tables(self.problem, self.plan, self._view)

    @cached_property
    def _view(self) -> MapView:
        return build_view(self.problem, self.plan, self.data)

    def _tours(self) -> Iterator[tuple[str, Tour, TourView]]:
        """Yield the path of each tour's files without suffix, and the tour, unless it stays put."""
        names: dict[str, str] = {}
        for tour, tour_view in tours_with_views(self.problem, self.plan, self._view):
            team = tour.team
            if team not in names:
                names[team] = safe_filename(team, taken=[f"{name}." for name in names.values()])
            asked = self.team_days is None or (team, tour.day) in self.team_days
            if asked and (tour_view.stops or tour_view.legs):
                date = self.problem.days[tour.day].date
                yield f"{names[team]}/{date}/{names[team]}-{date}", tour, tour_view
