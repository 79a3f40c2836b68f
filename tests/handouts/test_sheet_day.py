"""Fallbacks and check-ins, worked out by hand from the toy plan."""

from __future__ import annotations

from dataclasses import replace

import pytest

from routeplan.handouts.day_sheet import Fallback, fallbacks
from routeplan.handouts.map_view import MapData
from routeplan.handouts.sheet_day import CheckIn, Refuge, check_ins
from routeplan.handouts.team_days import rename_places, team_day
from routeplan.model.plan import Stop, Tour
from routeplan.model.problem import Problem, Sleep, TravelTimes
from tests.helpers.handouts import TOURS, toy_plan, toy_problem

LATEST = 93_600


def test_a_crew_must_leave_so_as_to_reach_the_night_within_its_hours() -> None:
    first, second = fallbacks(toy_problem(), TOURS[0])
    assert first.leave_by == LATEST - 30 * 60
    assert second.leave_by == LATEST


def test_the_nearest_bed_or_base_is_the_refuge_whoever_sleeps_there() -> None:
    first, second = fallbacks(toy_problem(), TOURS[0])
    assert first.refuge == Refuge("base", 20 * 60, 20 * 900)
    assert second.refuge == Refuge("v2", 0, 0)
    full = replace(toy_problem(), sleeps=(Sleep("v2", 0),))
    assert fallbacks(full, TOURS[0])[1].refuge == Refuge("base", 40 * 60, 40 * 900)


@pytest.mark.parametrize("tour", TOURS, ids=lambda tour: f"{tour.team}{tour.day}")
def test_a_pack_names_the_same_refuge_as_the_sheet_of_the_whole_plan(tour: Tour) -> None:
    problem = toy_problem()
    own = team_day(problem, toy_plan(), MapData(), team=tour.team, day=tour.day)
    (packed,) = own.plan.tours
    alone = fallbacks(own.problem, packed, own.data.refuges)
    whole = fallbacks(problem, tour)
    assert alone == whole
    assert [each.refuge and each.refuge.name for each in alone] == [
        each.refuge and each.refuge.name for each in whole
    ]
    codes = {place.id: f"code {place.id}" for place in problem.places}
    renamed = rename_places(own, codes).data.refuges
    for stop, found in zip(tour.stops, whole, strict=True):
        refuge = renamed[codes[stop.place]]
        assert (refuge and refuge.name) == (found.refuge and codes[found.refuge.place])


@pytest.mark.parametrize("tour", TOURS, ids=lambda tour: f"{tour.team}{tour.day}")
def test_no_bed_and_no_base_is_nearer_than_the_refuge(tour: Tour) -> None:
    problem = toy_problem()
    seconds = problem.travel["car"].seconds
    for stop, found in zip(tour.stops, fallbacks(problem, tour), strict=True):
        row = problem.index[stop.place]
        assert found.refuge is not None
        assert found.refuge.seconds == min(seconds[row, problem.index[p]] for p in ("base", "v2"))


def test_without_a_way_there_is_no_fallback() -> None:
    problem = toy_problem()
    tour = Tour("A", 0, "base", "base", 0, 0, 0, stops=(Stop("v5", 0, 0, 0, 1),))
    assert fallbacks(problem, tour) == (Fallback(None, None),)


def test_metres_are_given_only_where_they_are_known() -> None:
    times = toy_problem().travel["car"]
    problem = toy_problem().replace(travel={"car": TravelTimes(times.seconds, times.reachable)})
    assert fallbacks(problem, TOURS[0])[0].refuge == Refuge("base", 1_200, None)


def test_a_crew_reports_when_it_leaves_at_each_stop_and_at_the_end() -> None:
    assert check_ins(toy_problem(), TOURS[0]) == (
        CheckIn("A", "base", 0, 34_800, 36_600, 40_200),
        CheckIn("A", "v1", 1, 36_000, 37_800, 41_400),
        CheckIn("A", "v2", 2, 51_900, 53_700, 57_300),
        CheckIn("A", "v2", None, 70_500, 72_300, 75_900),
    )


def test_after_a_long_drive_half_of_it_is_waited() -> None:
    tour = Tour("A", 0, "base", "v6", 30_000, 48_000, 18_000)
    *_, arrival = check_ins(toy_problem(), tour)
    assert (arrival.overdue, arrival.alarm) == (48_000 + 9_000, 48_000 + 12_600)


def test_a_crew_that_stays_where_it_is_reports_nothing() -> None:
    problem: Problem = toy_problem()
    assert check_ins(problem, Tour("A", 0, "v2", "v2", 0, 0, 0)) == ()
