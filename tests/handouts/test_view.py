"""What the map shows, as plain values; all numbers are worked out by hand from the toy plan."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pytest

from routeplan.audit import audit_plan
from routeplan.errors import InputError
from routeplan.handouts import MapData, MapView, build_view
from routeplan.handouts.geometry import Bounds
from routeplan.handouts.map_view import (
    BaseView,
    LegView,
    NightView,
    RestView,
    SleepView,
    StopView,
    TeamView,
    VillageView,
)
from routeplan.model.plan import LeftOut, Plan, Reason, Requirement, RequirementKind, Stop, Tour
from routeplan.model.problem import Problem, TravelTimes
from routeplan.model.road_notes import RoadLine, RoadNote
from tests.helpers.handouts import (
    CREW_DAY,
    toy_lines,
    toy_plan,
    toy_plan_that_requires,
    toy_problem,
    toy_roads,
)


def toy_view(
    problem: Problem | None = None, plan: Plan | None = None, data: MapData | None = None
) -> MapView:
    data = dataclasses.replace(data or MapData(), lines=toy_lines(), roads=toy_roads())
    return build_view(problem or toy_problem(), plan or toy_plan(), data)


def reached_in_part(view: MapView) -> tuple[VillageView, ...]:
    return tuple(v for v in view.villages if v.missed and v.reached)


@pytest.fixture(scope="module")
def view() -> MapView:
    return toy_view()


def test_the_toy_plan_keeps_every_rule_of_its_problem() -> None:
    assert audit_plan(toy_problem(), toy_plan()) == ()


def test_the_view_says_what_is_planned_in_all(view: MapView) -> None:
    assert (view.title, view.dates) == ("toy", "Mon 3 May – Tue 4 May 2027")
    assert (view.reached, view.households) == (450, 585)


def test_layers_are_ordered_by_team_then_by_day_whatever_the_order_of_the_tours(
    view: MapView,
) -> None:
    plan = toy_plan()
    rows = [("A", "Mon 3 May"), ("A", "Tue 4 May"), ("B", "Mon 3 May"), ("B", "Tue 4 May")]
    assert [(tour.team, tour.date) for tour in view.tours] == rows
    assert toy_view(plan=plan.replace(tours=plan.tours[::-1])) == view


def test_the_table_has_times_households_drive_and_night_of_each_tour(view: MapView) -> None:
    table = [
        (t.depart, t.arrive, t.households, t.minutes, t.km, t.sleeps_in, t.nights_away)
        for t in view.tours
    ]
    assert table == [
        ("09:40", "19:35", 160, 50, 45.0, "Верхний Ключ", 1),
        ("10:00", "18:20", 120, 75, 67.5, "", 0),
        ("09:25", "18:35", 120, 125, 112.5, "Қарасу", 0),
        ("16:40", "00:20 +1", 50, 40, 36.0, "", 0),
    ]


def test_teams_have_the_sums_over_their_days(view: MapView) -> None:
    assert view.teams == (
        TeamView("A", "#0072b2", "#ffffff", 280, 125, 112.5, 1),
        TeamView("B", "#d55e00", "#000000", 170, 165, 148.5, 0),
    )


def test_stops_are_numbered_in_the_order_of_the_day_with_their_times_and_rests(
    view: MapView,
) -> None:
    awkward = "{{ 7*7 }}"
    assert view.tours[2].stops == (
        StopView(
            *(1, "v3", 'Rock & Roll\'s "End"', 42.9, 79.2, "10:00", "10:00", "14:10", 80),
            rests=(RestView("14:10", "14:55"),),
            visit=1,
            visits=1,
        ),
        StopView(
            *(2, "v4", awkward, 43.05, 79.4, "15:35", "15:35", "17:45", 40),
            rests=(),
            visit=1,
            visits=2,
        ),
    )
    later = view.tours[1].stops[1]
    assert (later.place, later.visit, later.visits) == ("v4", 2, 2)
    late = view.tours[3].stops[0]
    assert (late.arrive, late.start, late.end) == ("17:00", "21:20", "00:00 +1")


def test_legs_follow_the_traced_lines_and_are_straight_and_marked_where_there_is_none(
    view: MapView,
) -> None:
    first, last = view.tours[1].legs
    assert first == LegView(
        *("Верхний Ключ", "{{ 7*7 }}", "v4", 25, 22.5, (), (), True),
        points=((43.2, 79.25), (43.2, 79.4), (43.05, 79.4)),
    )
    assert last == LegView(
        *("{{ 7*7 }}", "Қарасу", "base", 50, 45.0, (), (), False),
        points=((43.05, 79.4), (43.0, 79.0)),
    )


def test_a_line_of_one_point_is_no_trace() -> None:
    lines = {("car", "base", "v1"): np.array([[43.0, 79.0]])}
    shown = build_view(toy_problem(), toy_plan(), MapData(lines=lines))
    assert not shown.tours[0].legs[0].traced
    assert len(shown.tours[0].legs[0].points) == 2


def test_no_leg_is_driven_to_a_stop_where_the_team_already_is(view: MapView) -> None:
    assert [len(tour.legs) for tour in view.tours] == [2, 2, 3, 2]


def test_minutes_are_rounded_up() -> None:
    problem = toy_problem()
    times = problem.travel["car"]
    longer = TravelTimes(np.where(times.seconds > 0, times.seconds + 1, 0), times.reachable)
    legs = toy_view(problem.replace(travel={"car": longer})).tours[0].legs
    assert [leg.minutes for leg in legs] == [21, 31]


def test_distances_are_none_where_the_problem_knows_none() -> None:
    problem = toy_problem()
    times = problem.travel["car"]
    bare = TravelTimes(times.seconds, times.reachable)
    shown = toy_view(problem.replace(travel={"car": bare}))
    assert {leg.km for tour in shown.tours for leg in tour.legs} == {None}
    assert {tour.km for tour in shown.tours} == {team.km for team in shown.teams} == {None}


def test_villages_say_what_was_reached_and_why_not_the_rest(view: MapView) -> None:
    counts = {v.place: (v.households, v.reached, v.missed) for v in view.villages}
    assert counts == {
        "v1": (110, 110, 0),
        "v2": (130, 130, 0),
        "v3": (80, 80, 0),
        "v4": (200, 130, 70),
        "v5": (40, 0, 40),
        "v6": (25, 0, 25),
    }
    assert [v.place for v in view.villages if v.missed and not v.reached] == ["v5", "v6"]
    assert reached_in_part(view) == (
        VillageView(
            *("v4", "{{ 7*7 }}", 43.05, 79.4, 200, 130, 70, 0),
            reason="More crew-days would reach more",
            detail="One more crew-day would reach 60 of them.",
            requirements=(),
        ),
    )


def test_legs_have_the_states_of_their_road_and_its_notes() -> None:
    way = ("car", "v2", "v4")
    states = {way: {"paved": 18_260.0, "track": 4_200.0, "unpaved": 40.0}}
    notes = {way: (RoadNote("override", "a ford after rain", 12_000, 1_800, 1_500),)}
    shown = toy_view(data=MapData(states=states, road_notes=notes))  # type: ignore[arg-type]
    first, last = shown.tours[1].legs
    assert first.states == (("paved", 18.3), ("track", 4.2))
    assert first.road_notes == ("12 km slow, 5 min more than on a dry day: a ford after rain",)
    assert (last.states, last.road_notes) == ((), ())


def test_in_another_language_nothing_of_the_planner_s_english_is_shown() -> None:
    minutes = Requirement(RequirementKind.MINUTES, "A", 1, minutes=30, households=5)
    shown = toy_view(plan=toy_plan_that_requires(minutes), data=MapData("ru"))
    reported = {v.place: (v.reason, v.detail, v.requirements) for v in shown.villages if v.missed}
    assert reported == {
        "v4": (
            "Чтобы охватить больше, нужны ещё дни экипажей",
            "",
            ("ещё 30 мин у экипажа A (вт, 4 мая): 5 дворов",),
        ),
        "v5": ("На карте туда нет дороги", "до ближайшей пригодной дороги 4,1 км", ()),
        "v6": ("Слишком далеко, чтобы вернуться вовремя", "", ()),
    }
    assert (shown.language, shown.dates) == ("ru", "пн, 3 мая – вт, 4 мая 2027")
    assert [day.short for day in shown.days] == ["пн 3", "вт 4"]


def test_requirements_replace_the_planner_s_own_words() -> None:
    village = reached_in_part(toy_view(plan=toy_plan_that_requires(CREW_DAY)))[0]
    assert village.detail == ""
    assert village.requirements == ("one more crew-day from Қарасу: 60 households",)


def test_where_nothing_would_help_the_planner_s_own_words_stand() -> None:
    crew_day = Requirement(RequirementKind.CREW_DAY)
    village = reached_in_part(toy_view(plan=toy_plan_that_requires(crew_day)))[0]
    assert village.requirements == ()
    assert village.detail == "visited as long as fits; more crew-days would reach the others"


def test_a_village_where_all_have_signed_is_shown_with_them() -> None:
    problem = toy_problem()
    empty = dataclasses.replace(problem.villages[4], households=0)
    villages = (*problem.villages[:4], empty, problem.villages[5])
    plan = toy_plan()
    rest = tuple(left for left in plan.left_out if left.place != "v5")
    data = MapData(signed={"v5": 40})
    shown = toy_view(problem.replace(villages=villages), plan.replace(left_out=rest), data)
    assert [(v.households, v.signed) for v in shown.villages if v.place == "v5"] == [(0, 40)]


def test_a_village_without_households_is_not_shown() -> None:
    problem = toy_problem()
    empty = dataclasses.replace(problem.villages[4], households=0)
    villages = (*problem.villages[:4], empty, problem.villages[5])
    plan = toy_plan()
    rest = tuple(left for left in plan.left_out if left.place != "v5")
    shown = toy_view(problem.replace(villages=villages), plan.replace(left_out=rest))
    assert [village.place for village in shown.villages] == ["v1", "v2", "v3", "v4", "v6"]


def test_sleeping_places_and_bases_say_who_is_there_when(view: MapView) -> None:
    nights = (NightView("A", "Mon 3 May", 1),)
    assert view.sleeps == (SleepView("v2", "Верхний Ключ", 43.2, 79.25, nights),)
    assert view.bases == (BaseView("base", "Қарасу", 43.0, 79.0, ("A", "B")),)


def test_days_off_between_two_days_are_nights_too() -> None:
    problem = toy_problem()
    first, second = problem.days
    later = dataclasses.replace(second, date=second.date + dt.timedelta(days=2))
    shown = toy_view(problem.replace(days=(first, later)))
    assert shown.sleeps[0].nights == (NightView("A", "Mon 3 May", 3),)
    assert shown.teams[0].nights_away == 3


def test_bounds_hold_all_that_is_shown_but_the_roads(view: MapView) -> None:
    assert view.bounds == Bounds(42.85, 79.0, 43.25, 79.6)


def test_roads_are_grouped_by_how_they_are_drawn_and_links_count_as_what_they_link() -> None:
    line = np.array([[43.0, 79.0], [43.1, 79.1]])
    other = line + 0.01
    roads = [
        RoadLine("path", paved=False, points=line),
        RoadLine("trunk_link", paved=True, points=other),
        RoadLine("primary", paved=True, points=line),
        RoadLine("tertiary", paved=False, points=line),
        RoadLine("primary", paved=True, points=np.array([[60.0, 79.0], [60.1, 79.1]])),
    ]
    shown = build_view(toy_problem(), toy_plan(), MapData(roads=roads))
    groups = [(road.rank, road.paved, len(road.lines)) for road in shown.roads]
    assert groups == [("highway", True, 2), ("district", False, 1), ("track", False, 1)]


def test_coordinates_have_five_decimals() -> None:
    problem = toy_problem()
    moved = dataclasses.replace(problem.places[1], lat=43.123456789)
    shown = toy_view(problem.replace(places=(problem.places[0], moved, *problem.places[2:])))
    assert shown.tours[0].stops[0].lat == 43.12346


def test_all_that_the_problem_does_not_know_is_named_at_once() -> None:
    plan = toy_plan()
    strange = Tour("C", 7, "base", "nowhere", 0, 0, 0, stops=(Stop("v1", 0, 0, 0, 1),))
    islanded = Tour("A", 0, "base", "v5", 0, 0, 0)
    left = LeftOut("base", 1, Reason.SEARCH)
    wrong = plan.replace(tours=(strange, islanded), left_out=(left,))
    with pytest.raises(InputError) as caught:
        toy_view(plan=wrong)
    places = [fault.where for fault in caught.value.faults]
    assert places == ["tours[0].team", "tours[0].day", "tours[0]", "tours[1]", "left_out[0].place"]
    assert "no way from 'base' to 'v5'" in caught.value.faults[3].message
