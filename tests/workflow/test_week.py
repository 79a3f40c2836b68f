"""The next week: its days, what is left, how far the campaign is, and one round of knocking."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from routeplan.audit import audit_plan
from routeplan.errors import InputError
from routeplan.ledger import Remaining
from routeplan.model.results import VisitResult
from routeplan.planner import Options
from routeplan.scenario import read_scenario
from routeplan.workflow.prepare import prepare
from routeplan.workflow.week import (
    at_own_size,
    next_scenario,
    plan_week,
    prepare_week,
    progress_of,
    with_remaining,
)
from tests.helpers import paths
from tests.helpers.toy import toy_problem

if TYPE_CHECKING:
    from routeplan.scenario import Scenario
    from routeplan.workflow.prepare import Prepared

MONDAY = dt.date(2027, 5, 3)


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return read_scenario(paths.DEMO / "scenario.toml")


@pytest.fixture(scope="module")
def prepared(scenario: Scenario) -> Prepared:
    return prepare(scenario)


def visit(team: str, day: int, place: str, signed: int, **more: Any) -> VisitResult:
    date = MONDAY + dt.timedelta(days=day)
    return VisitResult(team, date, place, reached=signed, signed=signed, **more)


@pytest.mark.parametrize(("last", "weeks"), [(4, 1), (6, 1), (7, 2), (11, 2), (-30, 0)])
def test_the_days_are_whole_weeks_later_and_after_the_week_before(
    scenario: Scenario, last: int, weeks: int
) -> None:
    later = next_scenario(scenario, MONDAY + dt.timedelta(days=last))
    shift = {after - before for after, before in zip(later.dates, scenario.dates, strict=True)}
    assert shift == {dt.timedelta(weeks=weeks)}


def test_a_first_day_that_is_not_after_the_week_before_is_refused(scenario: Scenario) -> None:
    friday = MONDAY + dt.timedelta(days=4)
    assert next_scenario(scenario, friday, friday + dt.timedelta(days=1)).dates[0].day == 8
    with pytest.raises(InputError, match="2027-05-07 is not after 2027-05-07"):
        next_scenario(scenario, friday, friday)


@pytest.mark.parametrize(
    ("name", "next_name"),
    [
        ("Oidan, week 1", "Oidan, week 2"),
        ("Ойдан, неделя 9", "Ойдан, неделя 10"),
        ("Ойдан, 3-апта", "Ойдан, 4-апта"),
        ("Spring 2027", "Spring 2027"),
    ],
)
def test_the_number_of_a_week_goes_on_counting(
    scenario: Scenario, name: str, next_name: str
) -> None:
    later = next_scenario(scenario.replace(name=name), MONDAY + dt.timedelta(days=4))
    assert later.name == next_name


def test_what_is_left_is_that_of_the_ledger_and_of_the_table_where_it_knows_nothing(
    prepared: Prepared,
) -> None:
    first, second = prepared.rows[:2]
    left = Remaining(first.households, 11, 30, 5, 2, 3, 1)
    known = with_remaining(prepared, {first.id: left})
    assert known.problem.village_at[first.id].households == 11
    assert known.rows[0].unsigned == 11
    assert known.rows[0].households == first.households - 5
    assert known.problem.village_at[second.id] == prepared.problem.village_at[second.id]


def test_progress_is_told_with_the_range_of_its_mean_and_of_the_date() -> None:
    problem = toy_problem()
    results = [visit("A", 0, "mill", 10), visit("A", 0, "north", 10), visit("A", 1, "dell", 30)]
    results.append(visit("B", 1, "mill", 40))
    remaining = {"mill": Remaining(200, 60, 50, 0, 0, 0, 0)}
    progress = progress_of(results, remaining, problem, 1_000)
    # Crew-days of 20, 30 and 40; the standard error of their mean is 10 / sqrt(3).
    assert (progress.signed, progress.crew_days, progress.per_crew_day) == (140, 3, 30.0)
    assert (progress.low, progress.high) == pytest.approx((30 - 7.399, 30 + 7.399), abs=1e-2)
    assert progress.earliest is not None
    assert progress.latest is not None
    crew_days = sum(len(problem.working_days(team)) for team in problem.teams)
    mean = dt.timedelta(days=7 * (1_000 - 140) / (30 * crew_days))
    assert progress.earliest < MONDAY + dt.timedelta(days=1) + mean < progress.latest


def test_of_few_crew_days_no_range_is_told_and_of_none_no_pace() -> None:
    problem = toy_problem()
    few = progress_of([visit("A", 0, "mill", 10)], {}, problem, 100)
    assert (few.per_crew_day, few.low, few.earliest) == (10.0, None, None)
    none = progress_of([], {}, problem, 100)
    assert (none.per_crew_day, none.crew_days) == (None, 0)


def test_a_goal_that_is_reached_has_no_date() -> None:
    results = [visit("A", day, "mill", 10 + day) for day in range(3)]
    remaining = {"mill": Remaining(100, 40, 33, 0, 0, 0, 0)}
    assert progress_of(results, remaining, toy_problem(), 50).earliest is None


def test_an_hour_of_a_team_that_others_had_joined_counts_as_more_of_its_own() -> None:
    problem = toy_problem()
    first, *others = problem.teams
    doubled = replace(
        first, households_per_hour=20.0, households_per_hour_by_day=(20.0, 40.0, 40.0)
    )
    joined = problem.replace(teams=(doubled, *others))
    results = [visit(first.id, day, "mill", 10, door_seconds=3_600) for day in range(2)] + [
        visit(first.id, 1, "dell", 10)
    ]
    seconds = [each.door_seconds for each in at_own_size(results, [problem, joined])]
    assert seconds == [3_600, 7_200, None]
    assert at_own_size(results, [problem]) == results


def test_a_week_has_one_round_of_knocking_and_its_plan_keeps_every_rule(
    scenario: Scenario, prepared: Prepared
) -> None:
    results = [
        visit(team, day, row.id, 10, not_home=10, door_seconds=3_600)
        for team in ("A", "B")
        for day, row in enumerate(prepared.rows[:4])
    ]
    found = prepare_week(next_scenario(scenario, MONDAY + dt.timedelta(days=4)), {}, results)
    plan = plan_week(found.prepared, Options(iterations=60, bound=False))
    problem = found.prepared.problem
    assert audit_plan(problem, plan) == ()
    reached = Counter[str]()
    for tour in plan.tours:
        for stop in tour.stops:
            reached[stop.place] += stop.households
    for place, households in reached.items():
        village = problem.village_at[place]
        expected = round(village.max_share_per_visit * village.households)
        assert households <= expected, "those who are not at home are left to the next week"


def test_what_was_learned_is_left_out_on_request(scenario: Scenario, prepared: Prepared) -> None:
    results = [
        visit("A", day, row.id, 10, door_seconds=7_200) for day, row in enumerate(prepared.rows[:4])
    ]
    later = next_scenario(scenario, MONDAY + dt.timedelta(days=4))
    as_assumed = prepare_week(later, {}, results, as_assumed=True)
    assert as_assumed.learned.pace["A"].after < 15
    assert [t.households_per_hour for t in as_assumed.prepared.problem.teams] == [15.0, 15.0]
    learned = prepare_week(later, {}, results)
    slower = learned.prepared.problem.team_of["A"].households_per_hour
    assert slower is not None
    assert slower < 15
