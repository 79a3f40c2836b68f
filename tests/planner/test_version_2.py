"""Rules of version 2 of the files: plans and bounds against the optimum, and what is refused."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import TYPE_CHECKING

import pytest

from routeplan.audit import audit_plan
from routeplan.errors import PlanError
from routeplan.model.plan import StoppedBy
from routeplan.model.problem import (
    Day,
    District,
    Place,
    Problem,
    Team,
    TravelTimes,
    Village,
    Window,
)
from routeplan.planner import Options, solve, solver
from routeplan.planner.branch_and_price import engine
from routeplan.planner.ortools_routing import engine as routing
from tests.helpers.small_problems import new_problem
from tests.oracles.naive_plans import find_tour, make_plan
from tests.oracles.optima import NEW_SEEDS, optimum_of_new
from tests.planner.test_ortools_routing import in_this_process

if TYPE_CHECKING:
    from routeplan.model.plan import Plan

ITERATIONS = 200
TOLERANCE = 1e-6

each_problem = pytest.mark.parametrize("seed", NEW_SEEDS)


@cache
def planned(seed: int) -> Plan | None:
    """Return the plan of the engine `columns`, None where it says that there is none."""
    try:
        return solve(new_problem(seed), Options(engine="columns", iterations=ITERATIONS, seed=1))
    except PlanError:
        return None


@pytest.mark.parametrize("seed", NEW_SEEDS[::2])
def test_plan_and_bound_are_the_optimum(seed: int) -> None:
    """It says that there is no plan exactly where there is none; and each plan is audited."""
    plan, best = planned(seed), optimum_of_new(seed)
    assert (plan is None) == (best is None)
    if plan is not None and best is not None:
        assert audit_plan(new_problem(seed), plan) == ()
        assert plan.summary.objective == pytest.approx(best.weighted, abs=TOLERANCE)
        assert plan.summary.upper_bound == pytest.approx(best.weighted, abs=TOLERANCE)


@each_problem
def test_a_plan_that_passes_the_audit_reaches_the_optimum(seed: int) -> None:
    """So that the optimum itself is none too high."""
    problem, best = new_problem(seed), optimum_of_new(seed)
    if best is None:
        return
    tours = []
    for day in best.days:
        team = problem.team_of[day.team]
        found = find_tour(problem, team, day.day, (day.start, day.end), (*day.visits.items(),))
        assert found is not None
        tours.append(found)
    plan = make_plan(problem, tours)
    assert audit_plan(problem, plan) == ()
    assert plan.summary.objective == pytest.approx(best.weighted, abs=TOLERANCE)


def generated(seed: int) -> Plan | None:
    """Return the plan that is found by columns alone, without the exact model."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "is_small", lambda _: False)
        patch.setattr(solver, "is_small", lambda _: False)
        try:
            return solve(new_problem(seed), Options(iterations=ITERATIONS))
        except PlanError:
            return None


@pytest.mark.parametrize("seed", NEW_SEEDS[::6])
def test_the_bound_of_columns_is_never_below_the_optimum_nor_their_plan_above_it(seed: int) -> None:
    plan, best = generated(seed), optimum_of_new(seed)
    if plan is None:
        return
    assert audit_plan(new_problem(seed), plan) == ()
    assert best is not None
    assert plan.summary.upper_bound is not None
    assert plan.summary.objective <= best.weighted + TOLERANCE
    assert plan.summary.upper_bound >= best.weighted - TOLERANCE
    if plan.run.stopped_by is StoppedBy.PROVED:
        assert plan.summary.objective == pytest.approx(best.weighted, abs=TOLERANCE)


@pytest.mark.parametrize("seed", NEW_SEEDS[::12])
def test_routing_never_reaches_more_than_the_optimum(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its plans are audited; it may say that there is none where there is, but not otherwise."""
    monkeypatch.setattr(routing, "routing_results", in_this_process)
    try:
        plan = solve(new_problem(seed), Options(engine="routing", iterations=20))
    except PlanError:
        return
    best = optimum_of_new(seed)
    assert best is not None
    assert audit_plan(new_problem(seed), plan) == ()
    assert plan.summary.objective <= best.weighted + TOLERANCE


# ---- Floors that cannot be met ----


def two_sides(floors: tuple[int, int]) -> Problem:
    """Two villages an hour from base on either side, where a door takes an hour of ten."""
    hour = 3600
    rows: list[list[int | None]] = [
        [0, hour, hour],
        [hour, 0, 2 * hour],
        [hour, 2 * hour, 0],
    ]
    return Problem(
        places=tuple(Place(name, name, 43.0, 77.0) for name in ("base", "west", "east")),
        travel={"car": TravelTimes.from_rows(rows)},
        villages=(Village("west", 9), Village("east", 9)),
        teams=(Team("t", "base", "base", "car", 1.0),),
        days=(Day(dt.date(2027, 5, 3), Window(8 * hour, 18 * hour)),),
        districts=(
            District("W", ("west",), floors[0]),
            District("E", ("east",), floors[1]),
        ),
    )


@pytest.fixture(params=["columns without the exact model", "columns", "routing"])
def search(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Options:
    monkeypatch.setattr(routing, "routing_results", in_this_process)
    if request.param == "columns without the exact model":
        monkeypatch.setattr(engine, "is_small", lambda _: False)
        monkeypatch.setattr(solver, "is_small", lambda _: False)
    return Options(engine=request.param.split()[0], iterations=20)


def test_floors_of_two_districts_are_met_by_one_tour_though_one_village_is_as_good(
    search: Options,
) -> None:
    """Ten hours less four of driving: six doors there, or eight on one side alone."""
    problem = two_sides((3, 3))
    plan = solve(problem, search)
    assert audit_plan(problem, plan) == ()
    assert plan.summary.households == 6
    assert solve(two_sides((8, 0)), search).summary.households == 8


def test_a_floor_that_cannot_be_met_is_named_with_the_most_that_can(search: Options) -> None:
    with pytest.raises(PlanError) as caught:
        solve(two_sides((9, 0)), search)
    (fault,) = caught.value.faults
    assert fault.where == "district W"
    assert "at least 9 households" in fault.message
    assert "at most 8 were found possible" in fault.message


def test_each_of_two_floors_that_cannot_be_met_is_named(search: Options) -> None:
    """None is to be met at all: all days are too short for any door."""
    problem = two_sides((1, 2))
    short = problem.replace(days=(Day(problem.days[0].date, Window(0, 7200)),))
    with pytest.raises(PlanError) as caught:
        solve(short, search)
    assert [fault.where for fault in caught.value.faults] == ["district W", "district E"]
    assert all("at most 0 were found" in fault.message for fault in caught.value.faults)


def test_of_floors_that_cannot_be_met_together_one_is_named(search: Options) -> None:
    """Either could be met alone; as much of both together as can be is six doors."""
    with pytest.raises(PlanError) as caught:
        solve(two_sides((4, 4)), search)
    lacking = [int(fault.message.split("at most ")[1].split()[0]) for fault in caught.value.faults]
    assert [fault.where[:8] for fault in caught.value.faults] == ["district"] * len(lacking)
    assert sum(lacking) + 4 * (2 - len(lacking)) == 6
