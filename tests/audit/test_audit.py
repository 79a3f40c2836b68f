"""The audit: a good plan passes, and a plan that breaks one rule violates that rule alone."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeplan.audit import Rule, audit_plan
from routeplan.audit.figures import _objective
from routeplan.audit.reached import is_kept, visits_of
from routeplan.audit.tours import audited
from routeplan.formats import plan_from_json, problem_from_json, problem_sha256
from routeplan.model.objective import kept_visits, objective_of
from routeplan.model.plan import Plan, Rest, Run, Stop, StoppedBy, Summary, Tour
from routeplan.model.problem import (
    Announced,
    Day,
    District,
    Place,
    Problem,
    Rules,
    Sleep,
    Team,
    TravelTimes,
    Village,
    Window,
)
from tests.audit.broken_plans import (
    BROKEN,
    Case,
    departs_a_minute_late,
    departs_before_work,
    three_nights_away_where_one_may_be,
    visits_a_closed_village,
    with_rules,
)
from tests.audit.changes import (
    added_up,
    with_stop,
    with_summary,
    with_team,
    with_tour,
    with_village,
)
from tests.helpers import paths
from tests.helpers.strategies import plans, problems
from tests.helpers.toy import full_toy_plan, full_toy_problem, toy_plan, toy_problem

EXAMPLES = paths.SHARED / "examples"


HASHES = {plan.problem_sha256 for plan in (toy_plan(), full_toy_plan())}


def rules_broken(problem: Problem, plan: Plan) -> set[Rule]:
    return {violation.rule for violation in audit_plan(problem, plan)}


def test_the_toy_keeps_every_rule() -> None:
    assert (
        audit_plan(toy_problem(), toy_plan(), problem_sha256=toy_plan().problem_sha256.upper())
        == ()
    )


def test_the_full_toy_keeps_every_rule_of_version_2() -> None:
    assert audit_plan(full_toy_problem(), full_toy_plan()) == ()


@pytest.mark.parametrize("name", BROKEN)
def test_a_plan_that_breaks_one_rule_violates_that_rule_alone(name: str) -> None:
    rule, make = BROKEN[name]
    problem, plan = make()
    sha256 = plan.problem_sha256 if plan.problem_sha256 in HASHES else min(HASHES)
    violations = audit_plan(problem, plan, problem_sha256=sha256)
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
        ("rest_begins_a_second_late", ("hill", "A", 2, 1)),
        ("rest_inside_a_visit_begins_a_minute_early", ("north", "B", 2, 60)),
        ("rests_a_second_too_short_inside_a_visit", (None, "B", 2, 1)),
        ("rests_in_two_pieces_inside_a_visit", (None, "B", 2, 900)),
        ("visit_is_not_as_much_longer_as_its_rest", ("north", "B", 2, 1)),
        ("rests_across_the_end_of_a_visit", ("hill", "A", 2, None)),
        ("kept_visit_is_not_marked", ("mill", "B", 2, None)),
        ("announced_visit_reaches_too_few", ("mill", "A", 1, 1)),
        ("objective_is_only_weighted", (None, None, None, 5.8)),
        ("district_lacks_a_household", (None, None, None, 1)),
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
        "travel_time (team B, day 1, place ford, by 60): from base to ford it arrives at 10:00:00, "
        "10:01:00 is the earliest: free at 09:21:00, 2400 s to drive"
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("tour_is_missing", "tours (team B, day 3, by 1): B has no tour on day 3"),
        ("tour_on_a_day_before_the_first", "tours (team B, day 0): there is no day 0"),
        (
            "visits_a_closed_village",
            "closed_day (team B, day 1, place dell): dell is closed on day 1",
        ),
        (
            "rest_begins_a_second_late",
            (
                "rest_window (team A, day 3, place hill, by 1): the rest begins at 12:35:00, "
                "it may from 11:10:00 to 12:34:59"
            ),
        ),
        (
            "visit_is_not_as_much_longer_as_its_rest",
            (
                "visit_length (team B, day 3, place north, by 1): lasts 4799 s, 30 households and "
                "setup take 3000 s and the rest inside 1800 s"
            ),
        ),
        (
            "rests_across_the_end_of_a_visit",
            (
                "rest_at_stop (team A, day 3, place hill): rests at hill from 12:34:00 to "
                "13:04:00, not inside its time there before, during or after a visit"
            ),
        ),
        (
            "district_lacks_a_household",
            "district_floor (by 1): 65 households are reached in district west, 66 are the fewest",
        ),
        (
            "bound_below_the_objective_but_above_the_households",
            "upper_bound (by 0.1): upper_bound is 335.7, but the plan is worth 335.8",
        ),
    ],
)
def test_messages_count_days_from_1(name: str, said: str) -> None:
    assert said in [str(found) for found in audit_plan(*BROKEN[name][1]())]


def test_a_violation_has_its_day_as_an_index() -> None:
    (found,) = audit_plan(*visits_a_closed_village())
    assert found.day == 0


def test_a_rest_that_may_begin_at_any_time_may_not_interrupt_a_visit() -> None:
    problem = with_rules(full_toy_problem(), rest_between=None)
    assert Rule.REST_AT_STOP in rules_broken(problem, full_toy_plan())


@pytest.mark.parametrize("between", [Window(0, 0), Window(86400, 86400)])
def test_where_no_rest_is_due_none_must_begin_at_any_time(between: Window) -> None:
    problem = with_rules(full_toy_problem(), rest_between=between, rest_seconds_per_day=0)
    assert rules_broken(problem, full_toy_plan()) == set()


def test_one_of_two_rests_is_enough() -> None:
    """A second, shorter rest inside the visit makes it as much longer, at any time."""
    plan = with_stop(full_toy_plan(), "B", 2, 1, end=42500)
    rests = Rest("north", 38000, 38100), Rest("north", 40200, 42000)
    plan = with_tour(plan, "B", 2, rests=rests, arrive=43700)
    assert audit_plan(full_toy_problem(), plan) == ()


def test_rests_that_overlap_make_a_visit_longer_once() -> None:
    rests = Rest("north", 40200, 41200), Rest("north", 40200, 42000), Rest("north", 41000, 41500)
    assert audit_plan(full_toy_problem(), with_tour(full_toy_plan(), "B", 2, rests=rests)) == ()


def test_a_bound_is_on_the_objective_and_may_lie_below_the_households() -> None:
    problem = with_rules(full_toy_problem(), drive_hour_worth=6.0)
    plan = with_summary(full_toy_plan(), objective=309.7, upper_bound=309.7)
    assert audit_plan(problem, plan) == ()


def test_none_of_all_or_none_keeps_no_announced_visit() -> None:
    problem, plan = one_visit(Village("v", 5, partial=False, min_households=0), 0, 0)
    problem = problem.replace(announced=(Announced("A", 0, "v", 2.0),))
    assert audit_plan(problem, plan) == ()
    (found,) = audit_plan(problem, with_stop(plan, "A", 0, 0, announced=True))
    assert (found.rule, found.by) == (Rule.ANNOUNCED, 5)


def test_a_visit_takes_no_time_beyond_setup_on_a_day_without_a_pace() -> None:
    problem, plan = one_visit(Village("v", 21, setup_seconds=60), 60, 21)
    problem = with_team(problem, "A", households_per_hour_by_day=(None,))
    assert audit_plan(problem, plan) == ()


def test_a_district_without_villages_has_no_floor_to_miss() -> None:
    problem = full_toy_problem().replace(districts=(District("none", (), 0),))
    assert audit_plan(problem, full_toy_plan()) == ()


@given(st.data())
def test_the_audit_and_the_model_find_the_same_objective_and_kept_visits(
    data: st.DataObject,
) -> None:
    """Both are written apart, so that each checks the other."""
    problem = data.draw(problems(version=2))
    places, numbers = st.sampled_from([*problem.village_at]), st.integers(0, 60)
    visits = st.lists(st.tuples(places, numbers), unique_by=lambda visit: visit[0], max_size=3)
    tours = tuple(
        Tour(
            *(team.id, day, team.start, team.end, 0, 0, data.draw(st.integers(0, 90000))),
            stops=tuple(Stop(place, 0, 0, 0, count) for place, count in data.draw(visits)),
        )
        for team in problem.teams
        for day in problem.working_days(team)
    )
    audit = audited(problem, full_toy_plan().replace(tours=tours))
    assert float(_objective(audit)) == objective_of(problem, tours)
    kept = {
        (visit.team, visit.day, place)
        for place, all_there in visits_of(audit).items()
        for visit in all_there
        if is_kept(audit, problem.village_at[place], visit, all_there)
    }
    assert kept == {announced.visit for announced in kept_visits(problem, tours)}


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
    problem = data.draw(problems(version=2))
    plan = data.draw(plans(problem, version=2))
    assert all(str(found).startswith(found.rule) for found in audit_plan(problem, plan))
