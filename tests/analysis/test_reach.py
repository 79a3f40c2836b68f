"""Who is reached in a day, and where a host would help: against the planner, and by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from routeplan.analysis import day_reach, find_hosts, host_candidates, reach_by_way, with_host
from routeplan.errors import InputError
from routeplan.model.problem import Problem, Rules, Sleep, Village
from routeplan.planner import Options, day_trips
from routeplan.planner.instance import Instance
from routeplan.planner.routes import DayRoute, Visit
from routeplan.planner.solution import most_households, time_day
from tests.helpers.strategies import problems
from tests.helpers.toy import toy_problem

QUICK = Options(iterations=5)


def timed(problem: Problem, team: str, start: str, end: str, village: int) -> int:
    """Return the most of a day with one stop, by the planner's own clock, shift by shift."""
    instance, best = Instance(problem), 0
    asked = problem.villages[village]
    least = max(asked.min_households, 1) if asked.partial else asked.households
    for shift in instance.shifts:
        if instance.team(shift.index).id != team or not shift.open[village]:
            continue
        visits = (Visit(village, 0),)
        route = DayRoute(problem.index[start], problem.index[end], visits)
        most = int(instance.max_households[village])
        if time_day(instance, shift.index, route) is None:
            continue
        found = most_households(instance, shift.index, route, 0, most)
        if found >= min(least, asked.households):
            best = max(best, found)
    return best


@given(problem=problems())
@settings(max_examples=40)
def test_a_day_trip_reaches_what_the_planner_times(problem: Problem) -> None:
    for team in problem.teams:
        trips = [(team.start, team.end), (problem.places[-1].id, problem.places[0].id)]
        found = day_trips(problem, team.id, trips)
        for (start, end), row in zip(trips, found.tolist(), strict=True):
            for village, households in enumerate(row):
                assert households == timed(problem, team.id, start, end, village)


def test_the_toy_s_villages_are_reached_from_where_a_person_would_say() -> None:
    table = day_reach(toy_problem()).set_index("place")
    # 50 minutes to mill and back are within the 8000 s of driving, as are 80 to ford; the ways to
    # dell and hill are 50 and 70 minutes with the bridge. Nobody reaches isle.
    assert table["reached_from"].to_dict() == {
        **dict.fromkeys(["north", "mill", "ford", "dell", "hill"], "base"),
        "isle": "never",
    }
    assert table.loc["mill", "base_minutes"] == 60
    assert table.loc["ford", "base_households"] == 30
    assert table.loc["isle", "reason"] == "unreachable"
    assert table.loc["mill", "bed_minutes"] == 0
    # On day 2, without hours for doors but those of work: B has 43200 s, less 1800 of rest.
    assert table.loc["mill", "bed_households"] == 100


def test_with_little_driving_only_beds_reach_the_far_ones() -> None:
    problem = toy_problem().replace(rules=Rules(max_drive_seconds_per_day=2400))
    table = day_reach(problem).set_index("place")["reached_from"]
    assert table.to_dict() == {
        "north": "base",  # 40 minutes there and back
        "mill": "bed",
        # 20 from the bed at mill; but between the days of the team that could lie three nights.
        "ford": "never",
        "dell": "bed",
        "hill": "bed",
        "isle": "never",
    }
    ways = reach_by_way(day_reach(problem)).set_index("reached_from")
    assert ways["households"].to_dict() == {"base": 60, "bed": 175, "on the way": 0, "never": 42}


def test_crews_that_are_home_every_night_use_no_bed() -> None:
    teams = tuple(replace(team, max_nights_away=0) for team in toy_problem().teams)
    rules = Rules(max_drive_seconds_per_day=2400)
    table = day_reach(toy_problem().replace(teams=teams, rules=rules)).set_index("place")
    assert set(table["bed"]) == {""}
    assert table.loc["mill", "reached_from"] == "never"
    assert table.loc["mill", "reason"] == "too_far"


def test_crews_of_another_pace_by_day_are_another_kind() -> None:
    problem = toy_problem()
    first, second = (replace(team, households_per_hour=2.0) for team in problem.teams)
    quick = replace(first, id="C", households_per_hour_by_day=(40.0, 40.0, 40.0))
    before = day_reach(problem.replace(teams=(first, second)))["bed_households"]
    after = day_reach(problem.replace(teams=(first, second, quick)))["bed_households"]
    assert (after >= before).all()
    assert (after > before).any()


def test_rules_that_contradict_each_other_are_named() -> None:
    tight = Village("north", 60, min_households=40, max_share_per_visit=0.5)
    others = toy_problem().villages[1:]
    table = day_reach(toy_problem().replace(villages=(tight, *others))).set_index("place")
    assert table.loc["north", "reached_from"] == "never"
    assert table.loc["north", "reason"] == "below_minimum"
    assert table.loc["north", "detail"].startswith("a visit has to reach more than one may reach")


def test_a_bed_that_no_road_leads_to_reaches_nobody() -> None:
    sleeps = (*toy_problem().sleeps, Sleep("isle", 1))
    table = day_reach(toy_problem().replace(sleeps=sleeps)).set_index("place")
    assert table.loc["isle", "reached_from"] == "never"
    assert table.loc["isle", "bed_households"] == 0
    assert table.loc["isle", "reason"] == "unreachable"


def bare() -> Problem:
    """The toy without beds, where nobody drives for more than 40 minutes a day."""
    rules = Rules(max_drive_seconds_per_day=2400)
    villages = tuple(replace(village, required=False) for village in toy_problem().villages)
    return toy_problem().replace(sleeps=(), rules=rules, villages=villages)


def test_a_host_opens_the_villages_that_nobody_reached_before() -> None:
    table = host_candidates(bare()).set_index("place")
    # From north: north, mill and ford in reach; weighted 150 + 30 are new.
    assert table.loc["north", "opens"] == 180
    # From dell: dell and hill, 50 + 50 weighted; 20 to hill and back.
    assert table.loc["dell", "opens"] == 100
    assert "isle" not in table.index
    assert table.index[0] in {"north", "mill", "ford"}


def test_the_best_host_is_the_one_whose_plan_reaches_most() -> None:
    found = find_hosts(bare(), QUICK, candidates=4)
    assert found["found"].is_monotonic_decreasing
    assert found["found"].iloc[0] > 0
    assert (found["most"] >= found["found"] - 1e-6).all()


def test_a_host_is_worth_nothing_where_everybody_is_reached_already() -> None:
    few = tuple(replace(village, households=1) for village in bare().villages[:1])
    problem = bare().replace(villages=(*few, Village("mill", 0)))
    found = find_hosts(problem, QUICK, candidates=2)
    assert found["found"].tolist() == [0.0] * len(found)


def test_where_nobody_may_sleep_away_no_host_helps_and_that_is_said() -> None:
    teams = tuple(replace(team, max_nights_away=0) for team in bare().teams)
    with pytest.raises(InputError, match="no crew may sleep away"):
        find_hosts(bare().replace(teams=teams), QUICK)


def test_a_new_host_stands_beside_the_others_and_takes_the_place_of_its_own_beds() -> None:
    problem = toy_problem()
    assert with_host(problem, "ford", 2).sleeps == (*problem.sleeps, Sleep("ford", 2))
    assert with_host(problem, "mill", 3).sleeps == (Sleep("dell", 2), Sleep("mill", 3))


def test_the_best_day_of_a_crew_is_that_of_its_best_pace() -> None:
    """Days alike in hours differ where the pace does: a quick last day reaches more."""
    toy = toy_problem()
    problem = toy.replace(
        days=tuple(replace(toy.days[0], date=day.date) for day in toy.days),
        villages=tuple(replace(village, closed_days=()) for village in toy.villages),
    )
    slow = tuple(replace(team, households_per_hour=2.0) for team in problem.teams)
    paces = (2.0, 2.0, 40.0)
    quick = tuple(replace(team, households_per_hour_by_day=paces) for team in slow)
    before = day_reach(problem.replace(teams=slow))["base_households"]
    after = day_reach(problem.replace(teams=quick))["base_households"]
    assert (after >= before).all()
    assert (after > before).any()
