"""The audit: a good plan passes, and a plan that breaks one rule violates that rule alone."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeplan.audit import Rule, audit_plan
from routeplan.formats import plan_from_json, problem_from_json, problem_sha256
from routeplan.model.plan import LeftOut, Plan, Reason, Rest, Run, Stop, StoppedBy, Summary, Tour
from routeplan.model.problem import (
    Day,
    Place,
    Problem,
    Rules,
    Sleep,
    Team,
    TravelTimes,
    Village,
    Window,
)
from tests.helpers import paths
from tests.helpers.strategies import plans, problems
from tests.helpers.toy import toy_plan, toy_problem

if TYPE_CHECKING:
    from collections.abc import Callable

Case = tuple[Problem, Plan]

EXAMPLES = paths.SHARED / "examples"

BROKEN: dict[str, tuple[Rule, Callable[[], Case]]] = {}


def breaks(rule: Rule) -> Callable[[Callable[[], Case]], Callable[[], Case]]:
    """Enter a function that breaks the toy's plan in one rule."""

    def enter(make: Callable[[], Case]) -> Callable[[], Case]:
        BROKEN[make.__name__] = rule, make
        return make

    return enter


def tour(plan: Plan, team: str, day: int) -> Tour:
    return next(tour for tour in plan.tours if (tour.team, tour.day) == (team, day))


def with_tour(plan: Plan, team: str, day: int, /, **changes: Any) -> Plan:
    old = tour(plan, team, day)
    new = dataclasses.replace(old, **changes)
    return plan.replace(tours=tuple(new if one is old else one for one in plan.tours))


def with_stop(plan: Plan, team: str, day: int, position: int, /, **changes: Any) -> Plan:
    stops = list(tour(plan, team, day).stops)
    stops[position] = dataclasses.replace(stops[position], **changes)
    return with_tour(plan, team, day, stops=tuple(stops))


def with_summary(plan: Plan, **changes: Any) -> Plan:
    return plan.replace(summary=dataclasses.replace(plan.summary, **changes))


def with_village(problem: Problem, place: str, /, **changes: Any) -> Problem:
    villages = (
        dataclasses.replace(village, **changes) if village.place == place else village
        for village in problem.villages
    )
    return problem.replace(villages=tuple(villages))


def with_team(problem: Problem, team: str, /, **changes: Any) -> Problem:
    teams = (
        dataclasses.replace(one, **changes) if one.id == team else one for one in problem.teams
    )
    return problem.replace(teams=tuple(teams))


def added_up(problem: Problem, plan: Plan) -> Plan:
    """Return the plan with its figures and what it leaves out made right again."""
    stops = [stop for one in plan.tours for stop in one.stops]
    weight = {village.place: village.weight for village in problem.villages}
    left = {
        village.place: village.households
        - sum(stop.households for stop in stops if stop.place == village.place)
        for village in problem.villages
    }
    return plan.replace(
        left_out=tuple(
            LeftOut(place, count, Reason.NO_TIME) for place, count in left.items() if count > 0
        ),
        summary=Summary(
            sum(stop.households for stop in stops),
            sum(stop.households * weight[stop.place] for stop in stops),
            340.0,
            sum(one.drive_seconds for one in plan.tours),
        ),
    )


@breaks(Rule.PROBLEM_HASH)
def plan_for_another_file() -> Case:
    return toy_problem(), toy_plan().replace(problem_sha256="0" * 64)


@breaks(Rule.TOURS)
def tour_is_missing() -> Case:
    plan = toy_plan()
    return toy_problem(), plan.replace(tours=plan.tours[:-1])


@breaks(Rule.TOURS)
def tour_stands_twice() -> Case:
    plan = toy_plan()
    return toy_problem(), plan.replace(tours=(*plan.tours, plan.tours[1]))


@breaks(Rule.TOURS)
def tour_of_an_unknown_team() -> Case:
    return toy_problem(), with_tour(toy_plan(), "B", 2, team="Z")


@breaks(Rule.TOURS)
def tour_on_an_unknown_day() -> Case:
    return toy_problem(), with_tour(toy_plan(), "B", 2, day=3)


@breaks(Rule.TOURS)
def tour_on_a_day_before_the_first() -> Case:
    return toy_problem(), with_tour(toy_plan(), "B", 2, day=-1)


@breaks(Rule.TOURS)
def tour_on_a_day_off() -> Case:
    plan = toy_plan()
    idle = Tour("B", 1, "base", "base", 36000, 36000, 0)
    return toy_problem(), plan.replace(tours=(*plan.tours, idle))


@breaks(Rule.KNOWN_PLACE)
def stop_at_an_unknown_place() -> Case:
    return toy_problem(), with_stop(toy_plan(), "B", 0, 0, place="nowhere")


@breaks(Rule.KNOWN_PLACE)
def night_at_an_unknown_place() -> Case:
    return toy_problem(), with_tour(toy_plan(), "A", 0, end="nowhere")


@breaks(Rule.KNOWN_PLACE)
def start_at_an_unknown_place() -> Case:
    return toy_problem(), with_tour(toy_plan(), "A", 0, start="nowhere")


@breaks(Rule.KNOWN_PLACE)
def rest_at_an_unknown_place() -> Case:
    return toy_problem(), with_tour(toy_plan(), "B", 0, rests=(Rest("nowhere", 40200, 42000),))


@breaks(Rule.KNOWN_PLACE)
def unknown_place_left_out() -> Case:
    plan = toy_plan()
    left = dataclasses.replace(plan.left_out[1], place="nowhere")
    return toy_problem(), plan.replace(left_out=(plan.left_out[0], left))


@breaks(Rule.VILLAGE_STOP)
def stop_at_no_village() -> Case:
    return toy_problem(), with_stop(toy_plan(), "B", 0, 0, place="base")


@breaks(Rule.FIRST_START)
def first_day_begins_elsewhere() -> Case:
    plan = with_tour(toy_plan(), "B", 0, start="mill", depart=35400, drive_seconds=3000)
    return toy_problem(), added_up(toy_problem(), plan)


@breaks(Rule.LAST_END)
def last_day_ends_elsewhere() -> Case:
    plan = with_tour(toy_plan(), "B", 2, end="north", arrive=43080, drive_seconds=2400)
    return toy_problem(), added_up(toy_problem(), plan)


@breaks(Rule.NIGHT_LINK)
def day_begins_where_nobody_slept() -> Case:
    plan = with_tour(toy_plan(), "A", 1, start="base", depart=34200, drive_seconds=4800)
    return toy_problem(), added_up(toy_problem(), plan)


@breaks(Rule.SLEEPING_PLACE)
def night_where_no_beds_are() -> Case:
    plan = with_tour(toy_plan(), "A", 0, end="north", arrive=51600, drive_seconds=2400)
    plan = with_tour(plan, "A", 1, start="north", depart=35400, drive_seconds=3600)
    return toy_problem(), plan


@breaks(Rule.BEDS)
def two_teams_in_one_bed() -> Case:
    problem = with_team(toy_problem(), "B", max_nights_away=None)
    plan = with_tour(toy_plan(), "B", 0, end="mill", arrive=47520, drive_seconds=3000)
    plan = with_tour(plan, "B", 2, start="mill", depart=36000, drive_seconds=1800)
    return problem, added_up(problem, plan)


@breaks(Rule.NIGHTS_AWAY)
def three_nights_away_where_one_may_be() -> Case:
    plan = with_tour(toy_plan(), "B", 0, end="dell", arrive=50520, drive_seconds=6000)
    plan = with_tour(plan, "B", 2, start="dell", depart=32400, drive_seconds=5400)
    return toy_problem(), added_up(toy_problem(), plan)


@breaks(Rule.WAY)
def car_through_the_ford() -> Case:
    return with_team(toy_problem(), "B", vehicle="car"), toy_plan()


@breaks(Rule.TRAVEL_TIME)
def departs_a_minute_late() -> Case:
    return toy_problem(), with_tour(toy_plan(), "B", 0, depart=33660)


@breaks(Rule.TRAVEL_TIME)
def leaves_before_the_visit_ends() -> Case:
    return toy_problem(), with_tour(toy_plan(), "B", 0, arrive=49319)


@breaks(Rule.TRAVEL_TIME)
def leaves_before_it_has_rested() -> Case:
    return toy_problem(), with_tour(toy_plan(), "A", 2, arrive=47699)


@breaks(Rule.WORK_HOURS)
def departs_before_work() -> Case:
    return toy_problem(), with_tour(toy_plan(), "B", 2, depart=28799)


@breaks(Rule.WORK_HOURS)
def arrives_after_work() -> Case:
    return toy_problem(), with_tour(toy_plan(), "B", 2, arrive=72001)


@breaks(Rule.STOP_ORDER)
def starts_before_it_arrives() -> Case:
    return toy_problem(), with_stop(toy_plan(), "B", 2, 0, arrive=37900)


@breaks(Rule.STOP_ORDER)
def ends_before_it_starts() -> Case:
    return toy_problem(), with_stop(toy_plan(), "B", 2, 0, end=37700)


@breaks(Rule.VISIT_LENGTH)
def visit_is_a_minute_long() -> Case:
    return toy_problem(), with_tour(
        with_stop(toy_plan(), "B", 2, 1, end=43140), "B", 2, arrive=44340
    )


@breaks(Rule.KNOCK_HOURS)
def knocks_before_the_day_allows() -> Case:
    plan = with_tour(toy_plan(), "B", 0, depart=33000)
    return toy_problem(), with_stop(plan, "B", 0, 0, arrive=35400, start=35400, end=39600)


@breaks(Rule.KNOCK_HOURS)
def knocks_after_the_village_allows() -> Case:
    return with_village(toy_problem(), "dell", knock=Window(39600, 52199)), toy_plan()


@breaks(Rule.CLOSED_DAY)
def visits_a_closed_village() -> Case:
    stops = (*tour(toy_plan(), "B", 0).stops, Stop("dell", 50520, 50520, 51720, 10))
    plan = with_tour(toy_plan(), "B", 0, stops=stops, arrive=53520, drive_seconds=7800)
    return toy_problem(), added_up(toy_problem(), plan)


@breaks(Rule.ONE_VISIT_A_DAY)
def visits_a_village_twice_a_day() -> Case:
    mill = tour(toy_plan(), "B", 2).stops[0]
    twice = Stop("north", 39480, 39480, 41280, 15), Stop("north", 41280, 41280, 43080, 15)
    return toy_problem(), with_tour(toy_plan(), "B", 2, stops=(mill, *twice))


@breaks(Rule.HOUSEHOLDS)
def reaches_more_than_there_are() -> Case:
    stops = Stop("mill", 36000, 37800, 39000, 5), Stop("north", 39600, 39600, 43200, 30)
    plan = with_tour(toy_plan(), "B", 2, stops=stops, arrive=44400)
    return toy_problem(), added_up(toy_problem(), plan)


@breaks(Rule.NEGATIVE)
def reaches_less_than_nothing() -> Case:
    plan = with_stop(toy_plan(), "B", 2, 0, households=-1)
    return toy_problem(), added_up(toy_problem(), plan)


@breaks(Rule.ALL_OR_NONE)
def leaves_one_of_all_or_none() -> Case:
    plan = with_stop(toy_plan(), "B", 0, 0, households=29, end=40080)
    return toy_problem(), added_up(toy_problem(), plan)


@breaks(Rule.MIN_HOUSEHOLDS)
def reaches_four_of_nine_left() -> Case:
    plan = with_stop(toy_plan(), "A", 1, 0, households=15, end=39300)
    return toy_problem(), added_up(toy_problem(), plan)


@breaks(Rule.MAX_SHARE)
def reaches_one_more_than_are_at_home() -> Case:
    plan = with_stop(toy_plan(), "B", 2, 1, households=29, end=42960)
    plan = with_stop(plan, "A", 0, 1, households=31, end=51780)
    return toy_problem(), with_tour(plan, "A", 0, arrive=52380)


@breaks(Rule.REQUIRED)
def skips_a_required_village() -> Case:
    plan = with_tour(toy_plan(), "A", 2, stops=(), rests=(), arrive=37200, drive_seconds=1800)
    return toy_problem(), added_up(toy_problem(), plan)


@breaks(Rule.DRIVE_LIMIT)
def drives_a_second_too_long() -> Case:
    return toy_problem().replace(rules=Rules(4799, 1800)), toy_plan()


@breaks(Rule.REST)
def takes_no_rest() -> Case:
    return toy_problem(), with_tour(toy_plan(), "B", 0, rests=())


@breaks(Rule.REST)
def rests_in_two_short_pieces() -> Case:
    pieces = Rest("ford", 40200, 41100), Rest("ford", 41100, 42000)
    return toy_problem(), with_tour(toy_plan(), "B", 0, rests=pieces)


@breaks(Rule.REST_AT_STOP)
def rests_while_driving() -> Case:
    return toy_problem(), with_tour(toy_plan(), "B", 0, rests=(Rest("ford", 40201, 42001),))


@breaks(Rule.REST_AT_STOP)
def rests_during_a_visit() -> Case:
    return toy_problem(), with_tour(toy_plan(), "B", 0, rests=(Rest("ford", 36000, 37800),))


@breaks(Rule.REST_AT_STOP)
def rests_where_it_does_not_stop() -> Case:
    return toy_problem(), with_tour(toy_plan(), "B", 0, rests=(Rest("north", 40200, 42000),))


@breaks(Rule.LEFT_OUT)
def lists_a_wrong_number() -> Case:
    plan = toy_plan()
    wrong = dataclasses.replace(plan.left_out[0], households=9)
    return toy_problem(), plan.replace(left_out=(wrong, plan.left_out[1]))


@breaks(Rule.LEFT_OUT)
def lists_too_little() -> Case:
    return toy_problem(), toy_plan().replace(left_out=toy_plan().left_out[:1])


@breaks(Rule.LEFT_OUT)
def lists_one_village_twice() -> Case:
    return toy_problem(), toy_plan().replace(left_out=toy_plan().left_out * 2)


@breaks(Rule.LEFT_OUT)
def lists_what_was_reached() -> Case:
    extra = LeftOut("ford", 0, Reason.NO_TIME)
    return toy_problem(), toy_plan().replace(left_out=(*toy_plan().left_out, extra))


@breaks(Rule.LEFT_OUT)
def lists_what_is_no_village() -> Case:
    extra = LeftOut("base", 1, Reason.NO_TIME)
    return toy_problem(), toy_plan().replace(left_out=(*toy_plan().left_out, extra))


@breaks(Rule.TOUR_DRIVE)
def tour_says_it_drives_less() -> Case:
    return toy_problem(), with_tour(toy_plan(), "B", 0, drive_seconds=4799)


@breaks(Rule.SUMMARY)
def summary_counts_one_more() -> Case:
    return toy_problem(), with_summary(toy_plan(), households=256)


@breaks(Rule.SUMMARY)
def summary_weighs_more() -> Case:
    return toy_problem(), with_summary(toy_plan(), weighted=330.01)


@breaks(Rule.SUMMARY)
def summary_drives_less() -> Case:
    return toy_problem(), with_summary(toy_plan(), drive_seconds=17399)


@breaks(Rule.UPPER_BOUND)
def bound_below_the_plan() -> Case:
    return toy_problem(), with_summary(toy_plan(), upper_bound=329.9)


def toy_hash() -> str:
    return toy_plan().problem_sha256


def rules_broken(problem: Problem, plan: Plan) -> set[Rule]:
    return {violation.rule for violation in audit_plan(problem, plan)}


def test_the_toy_keeps_every_rule() -> None:
    assert audit_plan(toy_problem(), toy_plan(), problem_sha256=toy_hash().upper()) == ()


@pytest.mark.parametrize("name", BROKEN)
def test_a_plan_that_breaks_one_rule_violates_that_rule_alone(name: str) -> None:
    rule, make = BROKEN[name]
    problem, plan = make()
    violations = audit_plan(problem, plan, problem_sha256=toy_hash())
    assert {violation.rule for violation in violations} == {rule}, "\n".join(map(str, violations))


def test_every_rule_is_broken_by_some_plan() -> None:
    assert {rule for rule, _ in BROKEN.values()} == set(Rule)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("departs_a_minute_late", ("ford", "B", 0, 60)),
        ("departs_before_work", (None, "B", 2, 1)),
        ("arrives_after_work", (None, "B", 2, 1)),
        ("starts_before_it_arrives", ("mill", "B", 2, 100)),
        ("ends_before_it_starts", ("mill", "B", 2, 100)),
        ("visits_a_village_twice_a_day", ("north", "B", 2, 1)),
        ("rests_in_two_short_pieces", (None, "B", 0, 900)),
        ("visit_is_a_minute_long", ("north", "B", 2, 60)),
        ("knocks_before_the_day_allows", ("ford", "B", 0, 600)),
        ("reaches_more_than_there_are", ("mill", None, None, 1)),
        ("leaves_one_of_all_or_none", ("ford", "B", 0, 1)),
        ("reaches_four_of_nine_left", ("mill", "B", 2, 5)),
        ("reaches_one_more_than_are_at_home", ("north", "A", 0, 1)),
        ("three_nights_away_where_one_may_be", ("dell", "B", 0, 2)),
        ("two_teams_in_one_bed", ("mill", None, 0, 1)),
        ("drives_a_second_too_long", (None, "B", 0, 1)),
        ("takes_no_rest", (None, "B", 0, 1800)),
        ("lists_a_wrong_number", ("dell", None, None, 1)),
        ("tour_says_it_drives_less", (None, "B", 0, 1)),
        ("tour_stands_twice", (None, "A", 1, 1)),
        ("summary_counts_one_more", (None, None, None, 1)),
        ("summary_drives_less", (None, None, None, 1)),
    ],
)
def test_a_violation_has_its_place_and_by_how_much(
    name: str, expected: tuple[str | None, str | None, int | None, float]
) -> None:
    (found,) = audit_plan(*BROKEN[name][1]())
    assert (found.place, found.team, found.day, found.by) == expected


def test_a_violation_prints_as_one_line() -> None:
    (found,) = audit_plan(*departs_a_minute_late())
    assert str(found) == (
        "travel_time (team B, day 0, place ford, by 60): from base to ford it arrives at 10:00:00, "
        "10:01:00 is the earliest: free at 09:21:00, 2400 s to drive"
    )


def test_two_broken_rules_are_both_named() -> None:
    problem, plan = departs_before_work()
    assert rules_broken(problem, with_summary(plan, households=1)) == {
        Rule.WORK_HOURS,
        Rule.SUMMARY,
    }


@pytest.mark.skipif(not EXAMPLES.exists(), reason="the shared examples are not here")
def test_the_shared_example_passes() -> None:
    text = (EXAMPLES / "one_village_problem.json").read_bytes()
    plan = plan_from_json((EXAMPLES / "one_village_plan.json").read_bytes())
    assert audit_plan(problem_from_json(text), plan, problem_sha256=problem_sha256(text)) == ()


def one_visit(village: Village, length: int, reached: int, pace: float | None = 20.0) -> Case:
    """Return a problem of one village next door, and a plan with one visit to it."""
    problem = Problem(
        places=(Place("base", "", 0.0, 0.0), Place("v", "", 0.0, 0.0)),
        travel={"car": TravelTimes.from_rows([[0, 0], [0, 0]])},
        villages=(village,),
        teams=(Team("A", "base", "base", "car", pace),),
        days=(Day(dt.date(2027, 5, 3), Window(0, 86400)),),
    )
    plan = Plan(
        problem_sha256="",
        tours=(Tour("A", 0, "base", "base", 0, length, 0, (Stop("v", 0, 0, length, reached),)),),
        left_out=(),
        summary=Summary(0, 0.0, None, 0),
        run=Run("", 0, 0.0, 0, StoppedBy.TIME, ""),
    )
    return problem, added_up(problem, plan)


@pytest.mark.parametrize(("reached", "broken"), [(3, set()), (4, {Rule.MAX_SHARE})])
def test_a_tenth_of_thirty_households_is_three(reached: int, broken: set[Rule]) -> None:
    visited = one_visit(Village("v", 30, max_share_per_visit=0.1), 180 * reached, reached)
    assert rules_broken(*visited) == broken


@pytest.mark.parametrize(("length", "broken"), [(36000, set()), (36001, {Rule.VISIT_LENGTH})])
def test_the_length_of_a_visit_is_exact(length: int, broken: set[Rule]) -> None:
    """Seven an hour at pace 0.3 are 2.1, though not in binary, where this would take 36,001 s."""
    assert rules_broken(*one_visit(Village("v", 21, pace=0.3), length, 21, 7.0)) == broken


def test_a_team_without_a_pace_takes_no_time_beyond_setup() -> None:
    assert rules_broken(*one_visit(Village("v", 21, setup_seconds=60), 60, 21, None)) == set()


@pytest.mark.parametrize(("length", "broken"), [(60, set()), (59, {Rule.VISIT_LENGTH})])
def test_a_visit_that_reaches_nobody_still_takes_its_setup(length: int, broken: set[Rule]) -> None:
    village = Village("v", 5, min_households=0, setup_seconds=60)
    assert rules_broken(*one_visit(village, length, 0)) == broken


def test_a_visit_that_reaches_nobody_is_below_the_minimum() -> None:
    assert rules_broken(*one_visit(Village("v", 5), 0, 0)) == {Rule.MIN_HOUSEHOLDS}


def test_none_is_one_way_of_all_or_none() -> None:
    village = Village("v", 5, partial=False, min_households=0)
    assert rules_broken(*one_visit(village, 0, 0)) == set()


def test_not_even_a_visit_to_all_may_pass_the_share_at_home() -> None:
    visited = one_visit(Village("v", 30, max_share_per_visit=0.9), 5400, 30)
    assert rules_broken(*visited) == {Rule.MAX_SHARE}


def test_fractions_need_agree_only_to_a_millionth() -> None:
    plan = with_summary(toy_plan(), weighted=330.0003, upper_bound=329.9997)
    assert audit_plan(toy_problem(), plan) == ()


def test_driving_and_resting_just_as_long_as_the_rules_say_is_fine() -> None:
    """B drives 4,800 s on day 0, and its longest rest of two lasts 1,800 s."""
    problem = toy_problem().replace(rules=Rules(4800, 1800))
    rests = Rest("ford", 40200, 42000), Rest("mill", 47520, 47520)
    assert audit_plan(problem, with_tour(toy_plan(), "B", 0, rests=rests)) == ()


def test_a_required_village_without_households_may_be_visited() -> None:
    assert rules_broken(*one_visit(Village("v", 0, required=True), 0, 0)) == set()


def test_visits_of_the_same_day_do_not_lower_the_minimum() -> None:
    """On day 0 A and B reach 40 and 36 of mill's 76: B's would do only if A's had come before."""
    problem = with_village(toy_problem(), "mill", households=76, min_households=37)
    plan = toy_plan()
    plan = with_tour(plan, "A", 1, stops=plan.tours[1].stops[1:], rests=())
    plan = with_tour(plan, "A", 1, rests=(Rest("dell", 52200, 54000),), arrive=54000)
    plan = with_tour(plan, "B", 2, stops=plan.tours[4].stops[1:], rests=())
    plan = with_tour(
        plan, "B", 2, rests=(Rest("north", 43080, 44880),), arrive=46080, drive_seconds=2400
    )
    (found,) = audit_plan(problem, added_up(problem, plan))
    assert (found.rule, found.team, found.by) == (Rule.MIN_HOUSEHOLDS, "B", 1)


def test_a_team_off_work_keeps_its_bed() -> None:
    """B sleeps at dell on both nights while it is off; A joins it there on the second."""
    problem = toy_problem().replace(sleeps=(Sleep("mill"), Sleep("dell", 1)))
    problem = with_team(problem, "B", max_nights_away=None)
    plan = three_nights_away_where_one_may_be()[1]
    (found,) = audit_plan(problem, plan)
    assert (found.rule, found.place, found.day) == (Rule.BEDS, "dell", 1)


def test_a_teams_own_end_takes_any_number_of_teams() -> None:
    problem = toy_problem()
    problem = problem.replace(sleeps=(*problem.sleeps, Sleep("base", 0)))
    assert audit_plan(problem, toy_plan()) == ()


def test_nights_away_count_by_the_calendar() -> None:
    """A is away for one night and then two, though only over two breaks between its days."""
    (found,) = audit_plan(with_team(toy_problem(), "A", max_nights_away=2), toy_plan())
    assert (found.rule, found.team, found.by) == (Rule.NIGHTS_AWAY, "A", 1)


def test_a_day_without_a_visit_needs_no_rest_and_may_be_a_drive() -> None:
    """B works on day 1 too, and only drives from one sleeping place to another."""
    problem = with_team(toy_problem(), "B", days=None, max_nights_away=None)
    plan = three_nights_away_where_one_may_be()[1]
    plan = plan.replace(tours=(*plan.tours, Tour("B", 1, "dell", "base", 28800, 30600, 1800)))
    plan = with_tour(plan, "B", 2, start="base", depart=34200, drive_seconds=3600)
    assert audit_plan(problem, added_up(problem, plan)) == ()


def test_waiting_is_fine() -> None:
    """To depart early, and to linger after a visit, breaks nothing."""
    plan = with_tour(toy_plan(), "B", 2, depart=28800, arrive=72000)
    assert audit_plan(toy_problem(), plan) == ()


def test_no_bound_is_fine() -> None:
    assert audit_plan(toy_problem(), with_summary(toy_plan(), upper_bound=None)) == ()


@given(st.data())
def test_any_plan_can_be_audited(data: st.DataObject) -> None:
    """Whatever the plan says, the audit answers, and each answer prints."""
    problem = data.draw(problems())
    plan = data.draw(plans(problem))
    assert all(str(found).startswith(found.rule) for found in audit_plan(problem, plan))
