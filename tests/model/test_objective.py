"""The objective, and the announced visits that a plan keeps."""

from __future__ import annotations

import dataclasses

import pytest

from routeplan.model.objective import kept_visits, least_households, objective_of
from routeplan.model.plan import Stop, Tour
from routeplan.model.problem import Announced, Village
from tests.helpers.toy import full_toy_plan, full_toy_problem, toy_plan, toy_problem


def test_the_objective_of_the_toy_is_what_it_is_by_hand() -> None:
    assert objective_of(full_toy_problem(), full_toy_plan().tours) == 335.8
    assert objective_of(toy_problem(), toy_plan().tours) == 330.0


def test_the_objective_is_exact_before_it_is_rounded_once() -> None:
    """0.1 + 0.2 is 0.3, and a third of an hour costs a third of what an hour does."""
    problem = full_toy_problem()
    villages = [
        dataclasses.replace(village, weight=0.1) if village.place == "north" else village
        for village in problem.villages
    ]
    rules = dataclasses.replace(problem.rules, drive_hour_worth=0.3)
    announced = (Announced("A", 0, "north", 0.2),)
    problem = problem.replace(villages=tuple(villages), rules=rules, announced=announced)
    tour = Tour("A", 0, "base", "base", 0, 0, 1200, (Stop("north", 0, 0, 0, 1),))
    assert objective_of(problem, [tour]) == 0.2


def test_three_of_the_toys_announced_visits_are_kept() -> None:
    problem = full_toy_problem()
    assert kept_visits(problem, full_toy_plan().tours) == problem.announced[:3]
    assert kept_visits(toy_problem(), toy_plan().tours) == ()


@pytest.mark.parametrize(
    ("household", "is_kept"), [(9, False), (10, True), (0, False), (100, True)]
)
def test_a_visit_is_kept_from_the_least_households_on(household: int, is_kept: bool) -> None:  # noqa: FBT001
    tour = Tour("A", 1, "base", "base", 0, 0, 0, (Stop("mill", 0, 0, 0, household),))
    assert bool(kept_visits(full_toy_problem(), [tour])) == is_kept


def test_a_visit_of_another_team_or_day_is_not_kept() -> None:
    stops = (Stop("mill", 0, 0, 0, 50),)
    tours = [Tour(team, day, "", "", 0, 0, 0, stops) for team, day in (("B", 1), ("A", 2))]
    assert kept_visits(full_toy_problem(), tours) == ()


def test_a_bonus_counts_once_whatever_a_plan_says() -> None:
    stop = Stop("mill", 0, 0, 0, 10)
    tour = Tour("A", 1, "base", "base", 0, 0, 0, (stop, stop))
    assert objective_of(full_toy_problem(), [tour]) == 35.0


@pytest.mark.parametrize(
    ("village", "reached_on", "expected"),
    [
        (Village("v", 30, min_households=10), {}, 10),
        (Village("v", 30, min_households=10), {0: 24}, 6),
        (Village("v", 30, min_households=10), {1: 24, 2: 6}, 10),
        (Village("v", 30, min_households=10), {0: 30}, 0),
        (Village("v", 30, min_households=10), {0: 31}, 0),
        (Village("v", 30, partial=False), {0: 24}, 30),
        (Village("v", 30, min_households=0), {}, 0),
    ],
)
def test_the_least_is_lowered_by_earlier_days_only(
    village: Village, reached_on: dict[int, int], expected: int
) -> None:
    assert least_households(village, reached_on, 1) == expected
