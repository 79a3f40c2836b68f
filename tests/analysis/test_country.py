"""A country of districts: crews shared out the best way, and its plans joined."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeplan.analysis import Country, Floor, Runner, join, plan_country, share_out
from routeplan.audit import audit_plan
from routeplan.errors import InputError
from routeplan.formats import (
    plan_from_json,
    plan_to_json,
    problem_from_json,
    problem_sha256,
    problem_to_json,
)
from routeplan.model.problem import Announced, District, Problem, problem_of
from routeplan.planner import Options
from tests.bench.districts import make_district
from tests.helpers.toy import toy_plan, toy_problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from routeplan.analysis.runner import Job, K
    from routeplan.model.plan import Plan

OPTIONS = Options(iterations=3)
SIZES = {"north": 4, "middle": 3, "south": 2}
PROBLEMS = {name: make_district(n, 1, 1, 1, seed=n) for name, n in SIZES.items()}

curves_of_any_shape = st.lists(
    st.lists(st.integers(0, 50).map(float) | st.just(math.nan), max_size=4).map(
        lambda values: [0.0, *values]
    ),
    min_size=1,
    max_size=4,
)


@given(curves_of_any_shape, st.integers(0, 7))
def test_no_way_to_share_out_crews_brings_more(curves: list[list[float]], crews: int) -> None:
    named = {str(n): curve for n, curve in enumerate(curves)}
    given_to = share_out(named, crews)
    assert sum(given_to.values()) <= crews
    ways = itertools.product(*(range(len(curve)) for curve in curves))
    sums = [
        sum(curve[n] for curve, n in zip(curves, way, strict=True))
        for way in ways
        if sum(way) <= crews
    ]
    best = max(value for value in sums if not math.isnan(value))
    assert sum(named[name][n] for name, n in given_to.items()) == best


def test_crews_that_bring_nothing_are_given_to_nobody() -> None:
    assert share_out({"a": [0, 5, 5], "b": [0, 0, 0]}, 4) == {"a": 1, "b": 0}


def test_a_second_crew_may_be_what_makes_a_first_one_worth_it() -> None:
    # Greedy, one crew at a time, would take north's 10 and then 1.
    assert share_out({"north": [0, 10, 11], "south": [0, 0, 30]}, 2) == {"north": 0, "south": 2}


def test_the_country_s_plan_keeps_every_rule_of_the_joined_problem() -> None:
    country = plan_country(PROBLEMS, 3, OPTIONS, most=2)
    problem, plan = join(country.cases(), name="country")
    assert audit_plan(problem, plan) == ()
    assert plan.summary.households == country.table()["reached"].sum()
    assert problem_from_json(problem_to_json(problem)) == problem
    assert plan_from_json(plan_to_json(plan)) == plan


def test_the_country_s_file_has_no_cell_for_two_places_of_different_districts() -> None:
    problems = {f"d{n}": make_district(5, 1, 1, 1, seed=n) for n in range(4)}
    problem, _plan = join({name: (posed, toy_plan()) for name, posed in problems.items()})
    (times,) = json.loads(problem_to_json(problem))["travel"].values()
    assert [len(row["to"]) for row in times["rows"]] == [5] * 24


def test_the_country_is_no_worse_than_any_even_split_and_below_its_bound() -> None:
    country = plan_country(PROBLEMS, 3, OPTIONS, most=2)
    even = 0.0
    for frontier in country.frontiers.values():
        plan = frontier.plans[1,]
        assert plan is not None
        even += plan.summary.weighted
    reached = country.table()["weighted"].sum()
    assert country.upper_bound is not None
    assert even <= reached <= country.upper_bound + 1e-6


def test_a_district_without_crews_is_left_out_whole() -> None:
    country = plan_country(PROBLEMS, 1, OPTIONS, most=1)
    assert sorted(country.crews.values()) == [0, 0, 1]
    problem, plan = join(country.cases())
    empty = {name for name, crews in country.crews.items() if not crews}
    left = {name.partition("/")[0] for name in (left.place for left in plan.left_out)}
    assert empty <= left
    assert audit_plan(problem, plan) == ()


def test_districts_with_other_days_or_rules_are_not_joined() -> None:
    cases = {"toy": (toy_problem(), toy_plan()), "north": (PROBLEMS["north"], None)}
    with pytest.raises(InputError) as caught:
        join(cases)
    assert [str(fault) for fault in caught.value.faults] == [
        "north: its days are not those of toy",
        "north: its rules are not those of toy",
    ]
    with pytest.raises(InputError, match="there are none"):
        join({})


def test_a_country_without_crews_is_refused() -> None:
    with pytest.raises(InputError, match="crews: 0 is below 1"):
        plan_country(PROBLEMS, 0, OPTIONS)


def with_promises(name: str) -> Problem:
    """Return a district with a floor, a price of driving and an announced visit."""
    problem = PROBLEMS[name]
    first = problem.villages[0]
    return problem.replace(
        rules=replace(problem.rules, drive_hour_worth=0.5),
        announced=(Announced(problem.teams[0].id, 0, first.place, 4.0),),
        districts=(District("all", tuple(v.place for v in problem.villages), 1),),
    )


def test_announced_visits_and_floors_of_districts_are_joined() -> None:
    problems = {name: with_promises(name) for name in ("north", "south")}
    country = plan_country(problems, 2, OPTIONS, most=2)
    assert set(country.crews.values()) == {1}
    problem, plan = join(country.cases())
    assert [each.id for each in problem.districts] == ["north/all", "south/all"]
    assert {each.team for each in problem.announced} <= {team.id for team in problem.teams}
    assert len(problem.announced) == 2
    assert audit_plan(problem, plan) == ()
    assert plan.summary.objective == pytest.approx(country.table()["objective"].sum())
    assert plan.summary.objective != plan.summary.weighted
    assert country.upper_bound is not None
    assert plan.summary.objective <= country.upper_bound + 1e-6


def test_a_floor_that_no_crew_is_left_for_is_refused() -> None:
    problems = {name: with_promises(name) for name in ("north", "south")}
    with pytest.raises(InputError, match="1 are too few: the floors of all districts take 2"):
        plan_country(problems, 1, OPTIONS, most=1)


# ---- Floors: what districts are given at least, and what that costs ----


@pytest.fixture(scope="module")
def free() -> Country:
    return plan_country(PROBLEMS, 2, OPTIONS, most=2)


def test_floors_are_met_and_no_way_to_meet_them_brings_more(free: Country) -> None:
    assert 0 in free.crews.values()
    floors = {name: Floor(crew_days=1) for name in ("middle", "south")} | {"north": Floor()}
    country = plan_country(PROBLEMS, 2, OPTIONS, most=2, floors=floors)
    table = country.table().set_index("district")
    assert (table["crew_days"] >= table["min_crew_days"]).all()
    assert table["crews"].to_dict() == {"north": 0, "middle": 1, "south": 1}
    ways = [way for way in itertools.product(range(3), repeat=3) if sum(way) <= 2]
    curves = [[0.0, *each.table()["objective"]] for each in country.frontiers.values()]
    values = [sum(curve[n] for curve, n in zip(curves, way, strict=True)) for way in ways]
    met = [value for value, way in zip(values, ways, strict=True) if min(way[1:]) >= 1]
    assert table["objective"].sum() == max(met)
    assert country.without_floors is not None
    assert country.without_floors.crews == free.crews
    assert country.price_of_floors == free.households - country.households > 0
    assert table["reached_without_floors"].sum() == free.households


def test_a_floor_of_households_is_in_the_problem_that_is_written(free: Country) -> None:
    empty = next(name for name, crews in free.crews.items() if not crews)
    country = plan_country(PROBLEMS, 2, OPTIONS, most=2, floors={empty: Floor(households=10)})
    posed, plan = country.cases()[empty]
    problem = problem_of(posed)
    assert plan is not None
    assert plan.summary.households >= 10
    assert [each.min_households for each in problem.districts] == [10]
    assert plan.problem_sha256 == problem_sha256(problem_to_json(problem))
    joined, whole = join(country.cases())
    assert audit_plan(joined, whole) == ()


def test_a_floor_is_reached_where_households_are_not_all_that_counts() -> None:
    problem = make_district(4, 1, 1, 1, seed=4)
    villages = sorted(problem.villages, key=lambda village: village.households)
    # The smallest village is worth a thousand others.
    heavy = replace(villages[0], weight=1000.0, partial=False, setup_seconds=6 * 3600)
    posed = problem.replace(
        villages=tuple(heavy if v.place == heavy.place else v for v in problem.villages)
    )
    without = plan_country({"all": posed}, 1, OPTIONS)
    floor = {"all": Floor(households=without.households + 1)}
    country = plan_country({"all": posed}, 1, OPTIONS, floors=floor)
    assert country.households > without.households == country.households + country.price_of_floors
    assert country.table()["objective"].sum() < without.table()["objective"].sum()
    assert audit_plan(*country.cases()["all"]) == ()  # type: ignore[arg-type]  # there is a plan


def test_a_floor_that_the_best_plan_meets_costs_nothing() -> None:
    problem = make_district(8, 2, 2, 2, seed=1)
    first, *others = problem.villages
    posed = problem.replace(villages=(replace(first, weight=2.0), *others))
    # So short a search finds another plan where the floor is posed.
    options = Options(engine="routing", iterations=3)
    country = plan_country({"all": posed}, 2, options, floors={"all": Floor(households=1)})
    assert country.price_of_floors == 0
    assert audit_plan(*country.cases()["all"]) == ()  # type: ignore[arg-type]  # there is a plan


def test_floors_that_cannot_be_met_are_named() -> None:
    floors = {"north": Floor(households=100_000), "nroth": Floor(crew_days=1)}
    with pytest.raises(InputError) as caught:
        plan_country(PROBLEMS, 2, OPTIONS, floors=floors)
    there = sum(village.households for village in PROBLEMS["north"].villages)
    assert [str(fault) for fault in caught.value.faults] == [
        f"north: at least 100000 households are more than the {there} there",
        "nroth: has a floor, but is no district; did you mean 'north'?",
    ]
    floors = {name: Floor(crew_days=7) for name in ("north", "south")}
    with pytest.raises(InputError) as caught:
        plan_country(PROBLEMS, 2, OPTIONS, most=1, floors=floors)
    hint = "lower the floor, or plan more with --most"
    assert [str(fault) for fault in caught.value.faults] == [
        f"{name}: its floor is not met by the most crews that were planned: 1; {hint}"
        for name in ("north", "south")
    ]
    with pytest.raises(InputError, match="min_households: -1 is below 0"):
        Floor(households=-1)


def test_seeds_show_the_range_of_what_each_district_s_crews_find() -> None:
    country = plan_country(PROBLEMS, 2, OPTIONS, most=1, seeds=2)
    table = country.table()
    assert (table["low"] <= table["high"]).all()
    assert (table["high"] == table["objective"]).all()


class Unproved(Runner):
    """Makes plans without a bound."""

    def plan_jobs(self, jobs: Mapping[K, Job[K]]) -> dict[K, Plan | None]:
        made = super().plan_jobs(jobs)
        return {key: plan and without_bound(plan) for key, plan in made.items()}


def without_bound(plan: Plan) -> Plan:
    return plan.replace(summary=replace(plan.summary, upper_bound=None))


def test_where_nothing_was_proved_there_is_no_bound_for_the_country() -> None:
    country = plan_country(PROBLEMS, 2, OPTIONS, most=1, runner=Unproved(workers=0))
    assert sum(country.crews.values()) == 2
    assert country.upper_bound is None
