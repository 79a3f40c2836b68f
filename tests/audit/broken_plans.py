"""Plans for the toy that break one rule each, in each way that it can be broken."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from routeplan.audit import Rule
from routeplan.model.plan import LeftOut, Plan, Reason, Rest, Stop, Tour
from routeplan.model.problem import Announced, District, Problem, Rules, Window
from tests.audit.changes import (
    added_up,
    tour,
    with_stop,
    with_summary,
    with_team,
    with_tour,
    with_village,
)
from tests.helpers.toy import full_toy_plan, full_toy_problem, toy_plan, toy_problem

if TYPE_CHECKING:
    from collections.abc import Callable

Case = tuple[Problem, Plan]

BROKEN: dict[str, tuple[Rule, Callable[[], Case]]] = {}


def breaks(rule: Rule) -> Callable[[Callable[[], Case]], Callable[[], Case]]:
    """Enter a function that breaks the toy's plan in one rule."""

    def enter(make: Callable[[], Case]) -> Callable[[], Case]:
        BROKEN[make.__name__] = rule, make
        return make

    return enter


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


# ---- Rules of version 2 ----


def with_rules(problem: Problem, **changes: Any) -> Problem:
    return problem.replace(rules=dataclasses.replace(problem.rules, **changes))


@breaks(Rule.REST_WINDOW)
def rest_begins_a_second_late() -> Case:
    return with_rules(full_toy_problem(), rest_between=Window(40200, 45299)), full_toy_plan()


@breaks(Rule.REST_WINDOW)
def rest_inside_a_visit_begins_a_minute_early() -> Case:
    rests = (Rest("north", 40140, 41940),)
    return full_toy_problem(), with_tour(full_toy_plan(), "B", 2, rests=rests)


@breaks(Rule.REST)
def rests_a_second_too_short_inside_a_visit() -> Case:
    plan = with_stop(full_toy_plan(), "B", 2, 1, end=42399)
    return full_toy_problem(), with_tour(plan, "B", 2, rests=(Rest("north", 40200, 41999),))


@breaks(Rule.REST)
def takes_no_rest_though_it_may_inside_a_visit() -> Case:
    plan = with_stop(full_toy_plan(), "B", 2, 1, end=40600)
    return full_toy_problem(), with_tour(plan, "B", 2, rests=())


@breaks(Rule.REST)
def rests_in_two_pieces_inside_a_visit() -> Case:
    rests = (Rest("north", 40200, 41100), Rest("north", 41400, 42300))
    return full_toy_problem(), with_tour(full_toy_plan(), "B", 2, rests=rests)


@breaks(Rule.VISIT_LENGTH)
def visit_is_not_as_much_longer_as_its_rest() -> Case:
    return full_toy_problem(), with_stop(full_toy_plan(), "B", 2, 1, end=42399)


@breaks(Rule.VISIT_LENGTH)
def visits_are_as_long_as_on_another_day() -> Case:
    problem = with_team(full_toy_problem(), "B", households_per_hour_by_day=(30.0, 36.0, 30.0))
    return problem, full_toy_plan()


@breaks(Rule.REST_AT_STOP)
def rests_across_the_end_of_a_visit() -> Case:
    rests = (Rest("hill", 45240, 47040),)
    return full_toy_problem(), with_tour(full_toy_plan(), "A", 2, rests=rests)


@breaks(Rule.REST_AT_STOP)
def rests_across_the_start_of_a_visit() -> Case:
    plan = with_tour(full_toy_plan(), "B", 2, rests=(Rest("north", 40200, 42000),), arrive=46800)
    return full_toy_problem(), with_stop(
        plan, "B", 2, 1, arrive=37600, start=41000, end=44000, households=30
    )


@breaks(Rule.REST_AT_STOP)
def rests_while_driving_though_it_may_inside_a_visit() -> Case:
    plan = with_tour(full_toy_plan(), "B", 0, rests=(Rest("mill", 40300, 42100),))
    return full_toy_problem(), plan


@breaks(Rule.ANNOUNCED)
def kept_visit_is_not_marked() -> Case:
    return full_toy_problem(), with_stop(full_toy_plan(), "B", 2, 0, announced=False)


@breaks(Rule.ANNOUNCED)
def visit_is_marked_that_nobody_announced() -> Case:
    return full_toy_problem(), with_stop(full_toy_plan(), "A", 0, 0, announced=True)


@breaks(Rule.ANNOUNCED)
def visit_is_marked_that_was_announced_for_another_team() -> Case:
    announced = (Announced("B", 1, "mill", 5.0), *full_toy_problem().announced[1:])
    plan = with_summary(full_toy_plan(), objective=330.8)
    return full_toy_problem().replace(announced=announced), plan


@breaks(Rule.MIN_HOUSEHOLDS)
def announced_visit_reaches_too_few() -> Case:
    """What is left of an announced visit that is too small is that it is too small."""
    return with_village(full_toy_problem(), "mill", min_households=21), full_toy_plan()


@breaks(Rule.SUMMARY)
def objective_is_a_little_more() -> Case:
    return full_toy_problem(), with_summary(full_toy_plan(), objective=335.81)


@breaks(Rule.SUMMARY)
def objective_lacks_the_bonuses() -> Case:
    return full_toy_problem(), with_summary(full_toy_plan(), objective=327.1)


@breaks(Rule.SUMMARY)
def objective_lacks_the_driving() -> Case:
    return full_toy_problem(), with_summary(full_toy_plan(), objective=338.7)


@breaks(Rule.SUMMARY)
def objective_is_only_weighted() -> Case:
    return full_toy_problem(), with_summary(full_toy_plan(), objective=330.0)


@breaks(Rule.SUMMARY)
def weighted_is_wrong_and_the_objective_follows_it() -> Case:
    return full_toy_problem(), with_summary(full_toy_plan(), weighted=331.0, objective=336.8)


@breaks(Rule.UPPER_BOUND)
def bound_below_the_objective_but_above_the_households() -> Case:
    return full_toy_problem(), with_summary(full_toy_plan(), upper_bound=335.7)


@breaks(Rule.DISTRICT_FLOOR)
def district_lacks_a_household() -> Case:
    east, _ = full_toy_problem().districts
    west = District("west", ("dell", "hill"), 66)
    return full_toy_problem().replace(districts=(east, west)), full_toy_plan()
