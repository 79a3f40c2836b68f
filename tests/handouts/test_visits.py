"""Rests inside visits, announced visits, shared villages and days that begin in place, everywhere.

Worked out by hand from the toy: a visit to h households takes 600 + 180 h seconds, and the rest of
45 minutes that interrupts it.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from routeplan.audit import audit_plan
from routeplan.errors import InputError
from routeplan.formats import plan_to_json
from routeplan.handouts import (
    MapData,
    TeamDay,
    build_view,
    day_files,
    rename_places,
    render_sheets,
    team_day,
)
from routeplan.handouts.layers import make_layers
from routeplan.handouts.phone import phone_files
from routeplan.handouts.sheet_day import check_ins
from routeplan.handouts.tables import make_tables
from routeplan.handouts.workbook_sheets import make_sheets
from routeplan.language import LANGUAGES, Language
from routeplan.model.objective import kept_visits, objective_of
from routeplan.model.plan import Plan, Rest, Stop, Tour
from routeplan.model.problem import Announced, District, Problem, Window
from routeplan.planner import Options
from routeplan.workflow.edits import replan
from tests.helpers.handouts import toy_plan, toy_problem
from tests.helpers.sheets import packed, pages
from tests.helpers.workbook import taken_after

if TYPE_CHECKING:
    from routeplan.handouts.map_view import MapView, TourView

LUNCH = Rest("v1", 43_200, 45_900)
TOURS = (
    Tour(
        *("A", 0, "base", "v2", 34_800, 51_900, 3_000),
        stops=(Stop("v1", 36_000, 36_000, 50_100, 60, announced=True),),
        rests=(LUNCH,),
    ),
    Tour(
        *("A", 1, "v2", "base", 36_000, 66_600, 4_500),
        stops=(Stop("v2", 36_000, 36_000, 42_000, 30), Stop("v4", 47_400, 47_400, 63_600, 87)),
        rests=(Rest("v2", 43_200, 45_900),),
    ),
    Tour(
        *("B", 0, "base", "base", 34_800, 47_700, 2_400),
        stops=(Stop("v1", 36_000, 36_000, 46_500, 40),),
        rests=(LUNCH,),
    ),
    Tour("B", 1, "base", "base", 30_000, 30_000, 0),
)
ANNOUNCED = (Announced("A", 0, "v1", 5.0), Announced("B", 1, "v4", 2.0))


def lunch_problem() -> Problem:
    problem = toy_problem()
    rules = replace(problem.rules, rest_between=Window(43_200, 54_000), drive_hour_worth=0.5)
    teams = tuple(
        replace(team, households_per_hour_by_day=(team.households_per_hour, 40.0))
        for team in problem.teams
    )
    districts = (District("north", ("v1", "v2"), 50),)
    return problem.replace(rules=rules, teams=teams, announced=ANNOUNCED, districts=districts)


def lunch_plan() -> Plan:
    return toy_plan().replace(tours=TOURS, left_out=())


def seen(language: Language = "en") -> MapView:
    return build_view(lunch_problem(), lunch_plan(), MapData(language))


def tour_of(view: MapView, team: str, day: int) -> TourView:
    return next(tour for tour in view.tours if (tour.team, tour.day) == (team, day))


# ---- What is seen of a visit ----


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "10:00 – 13:55, lunch 12:00 – 12:45"),
        ("ru", "10:00 – 13:55, обед 12:00 – 12:45"),
        ("kk", "10:00 – 13:55, түскі ас 12:00 – 12:45"),
    ],
)
def test_a_visit_that_lunch_interrupts_reads_like_one_visit(language: Language, text: str) -> None:
    (stop,) = tour_of(seen(language), "A", 0).stops
    assert stop.period == text
    assert [rest.inside for rest in stop.rests] == [True]


def test_a_rest_that_interrupts_a_visit_late_in_the_day_is_no_lunch() -> None:
    late = Rest("v4", 59_400, 60_000)
    tours = (TOURS[0], replace(TOURS[1], rests=(late,)), *TOURS[2:])
    view = build_view(lunch_problem(), lunch_plan().replace(tours=tours))
    assert tour_of(view, "A", 1).stops[1].period == "13:10 – 17:40, rest 16:30 – 16:40"


def test_a_rest_after_a_visit_does_not_interrupt_it() -> None:
    first, _ = tour_of(seen(), "A", 1).stops
    assert first.period == "10:00 – 11:40"
    assert [(rest.start, rest.inside, rest.name) for rest in first.rests] == [("12:00", False, "")]


def test_two_crews_in_one_village_learn_of_each_other_and_whose_share_is_whose() -> None:
    assert tour_of(seen(), "A", 0).stops[0].sharing == (
        "Crew B is here too, 10:00 – 12:55, for 40 households.",
        "Divide the houses between you: 60 yours, 40 theirs.",
    )
    assert tour_of(seen(), "B", 0).stops[0].sharing[1] == (
        "Divide the houses between you: 40 yours, 60 theirs."
    )
    assert tour_of(seen(), "A", 1).stops[0].sharing == ()


def test_crews_that_follow_each_other_share_nothing() -> None:
    later = replace(TOURS[2], stops=(Stop("v1", 50_100, 50_100, 57_900, 40),), rests=())
    view = build_view(lunch_problem(), lunch_plan().replace(tours=(TOURS[0], later)))
    assert [stop.sharing for tour in view.tours for stop in tour.stops] == [(), ()]


def test_a_day_that_begins_where_the_crew_slept_has_two_beginnings() -> None:
    tour = tour_of(seen(), "A", 1)
    assert (tour.work_starts, tour.leaves) == ("10:00", "12:45")
    assert (tour_of(seen(), "A", 0).work_starts, tour_of(seen(), "A", 0).leaves) == ("", "")
    stays = replace(TOURS[1], end="v2", stops=TOURS[1].stops[:1], drive_seconds=0)
    view = build_view(lunch_problem(), lunch_plan().replace(tours=(TOURS[0], stays)))
    assert (view.tours[1].work_starts, view.tours[1].leaves) == ("10:00", "")


def test_announced_visits_are_marked_as_kept_or_not() -> None:
    view = seen()
    assert tour_of(view, "A", 0).stops[0].announced
    assert tour_of(view, "B", 1).not_kept == ("{{ 7*7 }}",)
    announced = {village.place: village.announced for village in view.villages}
    assert announced["v1"] == ("crew A on Mon 3 May: kept",)
    assert announced["v4"] == ("crew B on Tue 4 May: not kept",)


# ---- Sheets and phones ----


def sheet_text(language: Language, name: str) -> str:
    sheets = render_sheets(lunch_problem(), lunch_plan(), seen(language))
    return "".join(page.text for page in pages(sheets[name]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_sheets_read_as_the_days_are_lived(language: Language) -> None:
    view = seen(language)
    text = sheet_text(language, "A_day1_2027-05-03.pdf")
    (stop,) = tour_of(view, "A", 0).stops
    lunch = {"en": "Lunch", "ru": "Обед", "kk": "Түскі ас"}[language]
    for part in (*stop.sharing, lunch, "12:00–12:45", "10:00–13:55"):
        assert packed(part) in text
    assert packed("{{ 7*7 }}") in sheet_text(language, "B_day2_2027-05-04.pdf")


def test_the_day_sheet_says_when_work_starts_and_when_the_crew_drives_off() -> None:
    text = sheet_text("en", "A_day2_2027-05-04.pdf")
    assert packed("Work starts") in text
    assert packed("in Верхний Ключ; drive off at 12:45") in text
    assert packed("Announced for today, but not in the plan: {{ 7*7 }}. Let them know.") in (
        sheet_text("en", "B_day2_2027-05-04.pdf")
    )


def test_a_crew_reports_when_it_starts_where_it_slept_and_when_it_drives_off() -> None:
    points = check_ins(lunch_problem(), TOURS[1])
    assert [(point.stop, point.place, point.expected) for point in points] == [
        (1, "v2", 36_000),
        (0, "v2", 45_900),
        (2, "v4", 47_400),
        (None, "base", 66_600),
    ]
    stays = replace(TOURS[1], end="v2", stops=TOURS[1].stops[:1], drive_seconds=0, arrive=45_900)
    assert [point.stop for point in check_ins(lunch_problem(), stays)] == [1, None]


def test_phones_show_lunch_others_and_the_time_of_driving_off() -> None:
    files = phone_files(lunch_problem(), lunch_plan(), seen())
    for line in (
        "10:00 – 13:55, lunch 12:00 – 12:45, 60 households",
        "This visit was announced for today.",
        "Crew B is here too",
    ):
        assert line in files["A-2027-05-03.gpx"]
        assert line in files["A-2027-05-03.kml"]
    assert "10:00 – 11:40, 30 households\nLeave at 12:45" in files["A-2027-05-04.gpx"]


# ---- Tables ----


def test_the_workbook_has_lunch_and_announced_visits() -> None:
    sheets = {sheet.name: sheet for sheet in make_sheets(lunch_problem(), lunch_plan(), seen())}
    first = sheets["stops"].rows[0]
    assert (first["rest"], first["rest_end"], first["announced"]) == (0.5, 45_900 / 86_400, "kept")
    villages = {row["key"]: row["announced"] for row in sheets["villages"].rows}
    assert villages['["v4"]'] == "crew B on Tue 4 May: not kept"
    plan = {row["key"]: row for row in sheets["plan"].rows}
    assert plan['["A", 1]']["depart"] == 45_900 / 86_400
    assert plan['["A", 1]']["begin"] == 36_000 / 86_400
    stops = make_tables(lunch_problem(), lunch_plan(), seen())["stops.csv"].decode("utf-8-sig")
    assert "Rest from;Rest to;Announced" in stops.splitlines()[0]
    assert "12:00;12:45;kept" in stops.splitlines()[1]


def test_a_workbook_with_a_rest_inside_a_visit_is_read_back_and_asks_for_nothing() -> None:
    problem, plan = lunch_problem(), lunch_plan()
    with pytest.raises(InputError):
        plan_to_json(plan, version=1)
    found = taken_after(problem, plan, {})
    assert (found.edits, found.faults) == ((), ())
    assert found.start == plan


def test_edits_around_lunch_pin_the_day_and_are_planned_again() -> None:
    problem, plan = lunch_problem(), lunch_plan()
    found = taken_after(problem, plan, {("stops", ("A", 0, "v1"), "households"): 50})
    assert ([edit.text for edit in found.edits], found.faults) == (["pin A:1"], ())
    again, kept = replan(problem, found, Options(iterations=20))
    assert (len(kept.edits), audit_plan(problem, again)) == (1, ())
    (stop,) = next(tour for tour in again.tours_of("A") if tour.day == 0).stops
    assert (stop.place, stop.households) == ("v1", 50)


def test_layers_have_lunch_others_and_announced_visits() -> None:
    with closing(sqlite3.connect(":memory:")) as file:
        file.deserialize(make_layers(lunch_problem(), lunch_plan(), seen()))
        stops = file.execute("SELECT rest, announced, sharing FROM stops").fetchall()
        tours = file.execute("SELECT work_starts, depart FROM plan").fetchall()
        (village,) = file.execute("SELECT announced FROM villages WHERE place = 'v4'").fetchone()
    assert stops[0][:2] == ("12:00 – 12:45", 1)
    assert stops[0][2].startswith("Crew B is here too")
    assert tours[:2] == [("09:40", "09:40"), ("10:00", "12:45")]
    assert village == "crew B on Tue 4 May: not kept"


# ---- One crew's day ----


def own_day(team: str, day: int) -> TeamDay:
    return team_day(lunch_problem(), lunch_plan(), MapData(), team=team, day=day)


def test_a_team_day_keeps_its_pace_its_lunch_and_its_announced_visit() -> None:
    problem, plan, _ = own_day("A", 0)
    assert problem.rules.rest_between == Window(43_200, 54_000)
    assert (problem.announced, problem.districts) == ((Announced("A", 0, "v1", 0.0),), ())
    assert len(kept_visits(problem, plan.tours)) == 1
    assert plan.summary.objective == objective_of(problem, plan.tours)
    problem, plan, _ = own_day("A", 1)
    assert [team.pace_on(0) for team in problem.teams] == [40.0]
    assert (problem.announced, plan.tours[0].day) == ((), 0)


def test_a_team_day_says_who_else_is_there_and_nothing_more_of_them() -> None:
    own = own_day("A", 0)
    (stop,) = build_view(*own).tours[0].stops
    assert stop.sharing == tour_of(seen(), "A", 0).stops[0].sharing
    assert [team.id for team in own.problem.teams] == ["A"]
    coded = rename_places(own, {"base": "X1", "v1": "X2", "v2": "X3"})
    (stop,) = build_view(*coded).tours[0].stops
    assert (stop.place, stop.announced, len(stop.sharing)) == ("X2", True, 2)


def test_the_data_of_a_day_has_both_beginnings() -> None:
    data = json.loads(day_files(own_day("A", 1))["day.json"])
    assert (data["from"]["work_starts"], data["from"]["depart"]) == ("10:00", "12:45")
    data = json.loads(day_files(own_day("A", 0))["day.json"])
    assert (data["from"]["depart"], "work_starts" in data["from"]) == ("09:40", False)
    assert data["stops"][0]["announced"] is True
