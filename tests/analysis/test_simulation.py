"""Plans under uncertainty: equal to the plan without it, right where chances are known by hand."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import math
from random import Random
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from routeplan.analysis import (
    Simulation,
    Trials,
    Uncertainty,
    WhenLate,
    compare_under_uncertainty,
    plan_robustly,
    simulate,
)
from routeplan.analysis.simulation_plots import draw_simulations
from routeplan.audit import audit_plan
from routeplan.errors import InputError
from routeplan.model.problem import Day, Place, Problem, Team, TravelTimes, Village, Window
from routeplan.planner import Options, solve
from tests.helpers.small_problems import small_problem, with_version_2
from tests.helpers.toy import toy_plan, toy_problem
from tests.oracles.weeks import households_of_one_week

if TYPE_CHECKING:
    from routeplan.model.plan import Plan

CERTAIN = Uncertainty.none()
HOUR = 3600
QUICK = Options(iterations=20, bound=False)
# Of problems with a plan, with rests, villages of all or none, nights and second visits.
SEEDS = (1, 2, 3, 5, 7, 10, 11, 13, 14, 15, 25, 27)


@functools.cache
def planned(seed: int) -> tuple[Problem, Plan]:
    """Return a small problem of many rules, and a plan for it that keeps them."""
    problem = small_problem(seed) if seed % 2 else with_version_2(small_problem(seed), seed)
    plan = solve(problem, QUICK)
    assert audit_plan(problem, plan) == ()
    return problem, plan


def one_visit(*, away: int, households: int = 60, end: int = 18 * HOUR) -> Problem:
    """Return one day of a team at a village without a drive there, and some seconds from its bed.

    60 households take an hour.
    """
    seconds = np.array([[0, away], [away, 0]])
    return Problem(
        places=(Place("v", "v", 43.0, 77.0), Place("bed", "bed", 43.1, 77.0)),
        travel={"car": TravelTimes(seconds, np.ones((2, 2), dtype=np.bool_))},
        villages=(Village("v", households),),
        teams=(Team("A", "v", "bed", "car", households_per_hour=60.0),),
        days=(Day(dt.date(2027, 5, 3), Window(8 * HOUR, end)),),
    )


@pytest.mark.parametrize("when_late", list(WhenLate))
@pytest.mark.parametrize("seed", SEEDS)
def test_without_uncertainty_every_tour_reaches_what_is_planned_and_is_home_in_time(
    seed: int, when_late: WhenLate
) -> None:
    problem, plan = planned(seed)
    found = simulate(problem, plan, Trials(CERTAIN, 2, when_late=when_late))
    for column in found.households.T:
        assert column.tolist() == [tour.households for tour in plan.tours]
    np.testing.assert_array_equal(found.contacts, found.households)
    assert found.in_time.all()
    arrivals = [tour.arrive - problem.days[tour.day].work.end for tour in plan.tours]
    assert (found.late_seconds[:, 0] <= np.array(arrivals) + 1e-6).all()


@pytest.mark.parametrize("when_late", list(WhenLate))
def test_the_toy_plan_without_uncertainty_is_what_it_says(when_late: WhenLate) -> None:
    row = simulate(toy_problem(), toy_plan(), Trials(CERTAIN, 1, when_late=when_late)).summary()
    assert (row["planned"], row["households"], row["low"], row["high"]) == (255, 255, 255, 255)
    assert (row["in_time"], row["all_in_time"]) == (1.0, 1.0)


SLOWER = st.floats(1.0, 2.0)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(SEEDS), SLOWER, SLOWER, st.integers(0, 5))
def test_teams_that_finish_never_reach_more_nor_are_home_earlier_on_slower_roads_and_at_doors(
    number: int, roads: float, doors: float, seed: int
) -> None:
    problem, plan = planned(number)
    given_widths = Uncertainty(contact=1.0, contact_spread=0.0)
    slower = dataclasses.replace(given_widths, drive_factor=roads, pace=1 / doors)
    fast, slow = (
        simulate(problem, plan, Trials(one, 40, seed, WhenLate.FINISH))
        for one in (given_widths, slower)
    )
    assert (slow.households.sum(axis=0) <= fast.households.sum(axis=0)).all()
    first = [n for n, tour in enumerate(plan.tours) if tour.day == 0]
    assert (slow.late_seconds[first] >= fast.late_seconds[first] - 1e-6).all()


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(SEEDS), st.integers(0, 5))
def test_no_draw_reaches_more_than_planned_and_turning_back_is_never_later_than_finishing(
    number: int, seed: int
) -> None:
    problem, plan = planned(number)
    back, finish = (simulate(problem, plan, Trials(Uncertainty(), 40, seed, w)) for w in WhenLate)
    most = np.array([tour.households for tour in plan.tours])[:, None]
    for found in (back, finish):
        assert (found.households <= most).all()
        assert (found.contacts <= found.households).all()
        assert (found.households >= 0).all()
    first = [n for n, tour in enumerate(plan.tours) if tour.day == 0]
    assert (back.in_time[first] >= finish.in_time[first]).all()


def test_the_chance_to_be_home_in_time_is_that_of_the_log_normal_drive() -> None:
    # The drive home takes an hour, and there is an hour and a quarter for it.
    problem = one_visit(away=HOUR, end=8 * HOUR + HOUR + HOUR + 900)
    plan = solve(problem, QUICK)
    assert plan.tours[0].stops[0].end == 9 * HOUR
    given_widths = dataclasses.replace(CERTAIN, drive_by_leg=0.3, drive_by_day=0.4)
    found = simulate(problem, plan, Trials(given_widths, 20_000, when_late=WhenLate.FINISH))
    expected = NormalDist().cdf(math.log(1.25) / math.hypot(0.3, 0.4))
    row = found.table().iloc[0]
    assert row["in_time"] == pytest.approx(expected, abs=0.01)
    assert row["in_time_low"] < row["in_time"] < row["in_time_high"]
    assert row["in_time_high"] - row["in_time_low"] < 0.02


def test_the_chance_to_reach_all_and_the_median_are_those_of_the_log_normal_pace() -> None:
    # 60 households by the plan take an hour of the 60 minutes that there are.
    problem = one_visit(away=0, end=9 * HOUR)
    plan = solve(problem, QUICK)
    given_widths = dataclasses.replace(CERTAIN, pace=0.9, pace_by_team=0.2)
    found = simulate(problem, plan, Trials(given_widths, 20_000))
    reached = found.households[0]
    chance = 1 - NormalDist().cdf(math.log(1 / 0.9) / 0.2)
    assert (reached == 60).mean() == pytest.approx(chance, abs=0.01)
    assert np.median(reached) in (53, 54)
    assert found.in_time.all()


def test_contacts_are_as_many_and_as_scattered_as_said() -> None:
    problem = one_visit(away=0)
    plan = solve(problem, QUICK)
    given_widths = dataclasses.replace(CERTAIN, contact=0.6, contact_spread=0.1)
    opened = simulate(problem, plan, Trials(given_widths, 20_000)).contacts[0]
    assert opened.mean() == pytest.approx(36, abs=0.2)
    # Of the binomial for each share, and of the shares.
    variance = 60 * (0.24 - 0.01) + 60**2 * 0.01
    assert opened.std() == pytest.approx(math.sqrt(variance), rel=0.03)


def test_villages_with_fewer_households_than_the_register_give_fewer() -> None:
    problem = one_visit(away=0)
    plan = solve(problem, QUICK)
    given_widths = dataclasses.replace(CERTAIN, households=0.3)
    reached = simulate(problem, plan, Trials(given_widths, 5_000)).households[0]
    assert (reached == 60).mean() == pytest.approx(0.5, abs=0.03)
    assert reached.min() < 40


def test_draws_are_those_of_the_seed_however_many_there_are() -> None:
    problem, plan = toy_problem(), toy_plan()
    few, many, other = (
        simulate(problem, plan, Trials(count=count, seed=seed))
        for count, seed in ((50, 1), (200, 1), (50, 2))
    )
    np.testing.assert_array_equal(few.households, many.households[:, :50])
    np.testing.assert_array_equal(few.late_seconds, many.late_seconds[:, :50])
    assert (few.late_seconds != other.late_seconds).any()


def test_a_tour_has_the_same_draws_in_whichever_plan_it_is() -> None:
    problem, plan = toy_problem(), toy_plan()
    own = plan.replace(tours=plan.tours_of("A")[:1])
    whole, part = (simulate(problem, one, Trials(count=30)) for one in (plan, own))
    at = plan.tours.index(own.tours[0])
    np.testing.assert_array_equal(whole.late_seconds[at], part.late_seconds[0])
    np.testing.assert_array_equal(whole.contacts[at], part.contacts[0])


def test_plans_are_compared_draw_by_draw() -> None:
    problem, plan = toy_problem(), toy_plan()
    less = plan.replace(tours=tuple(tour for tour in plan.tours if tour.team == "A"))
    table = compare_under_uncertainty(problem, {"both": plan, "A": less}, Trials(count=100))
    both, alone = table.to_dict("records")
    assert list(table.index) == ["both", "A"]
    assert [both[name] for name in ("more", "more_low", "more_high")] == [0, 0, 0]
    assert both["more_often"] == 0.5
    assert alone["more_high"] < 0
    assert alone["more_often"] == 0
    difference = alone["households"] - both["households"]
    assert alone["more"] == pytest.approx(difference, abs=0.11)


def test_the_standard_error_of_a_difference_is_that_of_its_draws() -> None:
    problem, plan = toy_problem(), toy_plan()
    less = plan.replace(tours=tuple(tour for tour in plan.tours if tour.team == "A"))
    plans, trials = {"both": plan, "A": less}, Trials(count=400)
    table = compare_under_uncertainty(problem, plans, trials)
    both, alone = (simulate(problem, p, trials).households.sum(axis=0) for p in plans.values())
    assert table["more_error"].tolist() == [0.0, round(float(stats.sem(alone - both)), 2)]
    single = compare_under_uncertainty(problem, plans, Trials(count=1))
    assert single["more_error"].isna().all(), "one draw says nothing of others"


def test_a_plan_without_tours_reaches_nobody_and_is_never_late() -> None:
    problem = toy_problem()
    free = (dataclasses.replace(v, closed_days=(0, 1, 2), required=False) for v in problem.villages)
    idle = problem.replace(villages=tuple(free))
    found = simulate(idle, solve(idle, QUICK).replace(tours=()), Trials(count=3))
    figures = found.summary()
    assert (figures["households"], figures["in_time"], figures["all_in_time"]) == (0, 1, 1)
    assert found.table().empty
    assert found.by_day().empty
    assert draw_simulations({"idle": found}).axes


def test_a_day_is_in_time_where_all_its_tours_are() -> None:
    found = simulate(toy_problem(), toy_plan(), Trials(Uncertainty(), 300))
    days, tours = found.by_day(), found.table()
    assert days["day"].tolist() == sorted(set(tours["day"]))
    for row in days.to_dict("records"):
        of_day = [n for n, tour in enumerate(found.plan.tours) if tour.day + 1 == row["day"]]
        assert row["in_time"] == pytest.approx(found.in_time[of_day].all(axis=0).mean())
        assert row["in_time_low"] <= row["in_time"] <= row["in_time_high"]
        own = tours[tours["day"] == row["day"]]
        assert row["planned"] == own["planned"].sum()
        assert row["households"] == pytest.approx(own["households"].sum(), abs=0.11)
        assert row["in_time"] <= own["in_time"].min()
        assert row["late_minutes"] >= own["late_minutes"].max()


def district(seed: int, villages: int = 5) -> Problem:
    """Return a day of a team among villages all around its base."""
    rng = Random(seed)
    spots = [(rng.uniform(-40, 40), rng.uniform(-40, 40)) for _ in range(villages)]
    spots.insert(0, (0.0, 0.0))
    seconds = [[round(90 * math.dist(a, b)) for b in spots] for a in spots]
    names = ["base", *(f"v{n}" for n in range(villages))]
    return Problem(
        places=tuple(Place(name, name, 43.0, 77.0) for name in names),
        travel={"car": TravelTimes.from_rows(seconds)},
        villages=tuple(
            Village(name, rng.randint(30, 150), setup_seconds=300) for name in names[1:]
        ),
        teams=(Team("A", "base", "base", "car", households_per_hour=20.0),),
        days=(Day(dt.date(2027, 5, 3), Window(8 * HOUR, 20 * HOUR), Window(10 * HOUR, 18 * HOUR)),),
    )


def test_in_four_of_five_districts_an_80_percent_interval_holds_the_week_of_the_oracle() -> None:
    # Slow teams, so that not all of the plan is the most likely outcome.
    given_widths = Uncertainty(drive_by_day=0.3, drive_by_leg=0.3, pace=0.7)
    inside = 0
    for seed in range(200):
        problem = district(seed)
        plan = solve(problem, Options(iterations=1, bound=False))
        found = simulate(problem, plan, Trials(given_widths, 300, seed, WhenLate.FINISH))
        row = found.summary(level=0.8)
        for week in range(4):
            rng = Random(4 * seed + week)
            reached = households_of_one_week(problem, plan, given_widths, rng)
            inside += row["low"] <= reached <= row["high"]
    assert 0.75 <= inside / 800 <= 0.85


def test_slack_is_chosen_that_brings_teams_home_in_time_and_the_plan_keeps_the_rules() -> None:
    problem = district(3)
    problem = problem.replace(
        days=(Day(dt.date(2027, 5, 3), Window(8 * HOUR, 17 * HOUR)),),
    )
    trials = Trials(Uncertainty(drive_by_leg=0.4), 300, when_late=WhenLate.FINISH)
    options = Options(iterations=60, bound=False)
    found = plan_robustly(problem, options, trials, slack_minutes=[0, 60, 120], in_time=0.9)
    in_time = found.table["in_time"]
    assert in_time[0] < 0.9 <= in_time[found.slack_minutes]
    assert in_time.is_monotonic_increasing
    assert list(found.table.index) == [0, 60, 120]
    enough = found.table[in_time >= 0.9]
    assert found.table.loc[found.slack_minutes, "households"] == enough["households"].max()
    for minutes, plan in found.plans.items():
        assert audit_plan(problem, plan) == ()
        assert all(tour.arrive <= 17 * HOUR - 60 * minutes for tour in plan.tours)
    assert found.nominal is found.plans[0]
    assert found.plan is found.plans[found.slack_minutes]


def test_where_no_slack_is_enough_the_one_most_often_in_time_is_chosen() -> None:
    trials = Trials(Uncertainty(drive_factor=9.0), 100, when_late=WhenLate.FINISH)
    found = plan_robustly(district(3), QUICK, trials, slack_minutes=[0, 30], in_time=1.0)
    assert found.table["in_time"].max() < 1
    assert found.table.loc[found.slack_minutes, "in_time"] == found.table["in_time"].max()


def test_what_cannot_be_drawn_is_refused_with_every_fault() -> None:
    with pytest.raises(InputError) as caught:
        Uncertainty(drive_factor=0.0, drive_by_leg=-0.1, contact=1.5)
    assert [fault.where for fault in caught.value.faults] == [
        "drive_factor",
        "drive_by_leg",
        "contact",
    ]
    with pytest.raises(InputError, match=r"contact_spread: 0.5 is not below 0.4"):
        Uncertainty(contact=0.2, contact_spread=0.5)
    with pytest.raises(InputError, match="count: 0 is not a number of 1 or more") as caught:
        Trials(count=0, when_late="never")  # type: ignore[arg-type]  # the wrong word
    assert [fault.where for fault in caught.value.faults] == ["count", "when_late"]
    assert Trials(when_late="finish").when_late is WhenLate.FINISH  # type: ignore[arg-type]  # its text
    with pytest.raises(InputError, match="seed"):
        Trials(seed=1.5)  # type: ignore[arg-type]  # no whole number
    with pytest.raises(InputError, match="in_time"):
        plan_robustly(toy_problem(), QUICK, slack_minutes=[], in_time=2.0)
    with pytest.raises(InputError):
        simulate(one_visit(away=0), toy_plan())


def test_a_simulation_shows_itself_in_one_line() -> None:
    found: Simulation = simulate(toy_problem(), toy_plan(), Trials(CERTAIN, 3))
    assert repr(found) == "<Simulation of 5 tours, 3 draws: 255 households>"
