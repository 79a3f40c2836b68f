"""The same problem with more or fewer crews, days, nights, driving or pace."""

from __future__ import annotations

import dataclasses

import pytest

from routeplan.analysis import Variant, vary
from routeplan.errors import InputError
from routeplan.model.problem import Announced, District
from tests.helpers.toy import toy_problem

TOY = toy_problem()


def test_a_variant_that_says_nothing_changes_nothing() -> None:
    assert vary(TOY, Variant()) == TOY


def test_the_first_crews_come_first_and_then_copies_in_turn() -> None:
    assert [team.id for team in vary(TOY, Variant(crews=1)).teams] == ["A"]
    teams = vary(TOY, Variant(crews=5)).teams
    assert [team.id for team in teams] == ["A", "B", "A-2", "B-2", "A-3"]
    assert teams[3].days == TOY.teams[1].days


def test_fewer_crews_are_the_first_of_more_crews() -> None:
    more = vary(TOY, Variant(crews=6)).teams
    assert all(vary(TOY, Variant(crews=n)).teams == more[:n] for n in range(1, 7))


def test_fewer_days_drop_what_is_said_of_later_ones() -> None:
    shorter = vary(TOY, Variant(days=2))
    assert shorter.days == TOY.days[:2]
    assert shorter.teams[1].days == (0,)
    assert all(day < 2 for village in shorter.villages for day in village.closed_days)


def test_more_days_are_like_the_last_one_on_the_dates_after_it() -> None:
    longer = vary(TOY, Variant(days=5))
    assert [day.date.day for day in longer.days] == [3, 4, 6, 7, 8]
    assert longer.days[4].work == TOY.days[2].work


def test_nights_are_those_of_every_crew_whatever_its_own_limit_was() -> None:
    for nights in (0, 2):
        limits = [team.max_nights_away for team in vary(TOY, Variant(nights=nights)).teams]
        assert limits == [nights, nights]


def test_driving_pace_and_travel_times_change_as_told() -> None:
    varied = vary(TOY, Variant(drive_hours=1.5, pace=0.5, drive_factor=1.1))
    assert varied.rules.max_drive_seconds_per_day == 5400
    assert [team.households_per_hour for team in varied.teams] == [10.0, 15.0]
    before, after = TOY.travel["car"].seconds, varied.travel["car"].seconds
    assert ((after >= 1.1 * before - 1e-6) & (after < 1.1 * before + 1)).all()


def test_every_value_that_cannot_be_is_named() -> None:
    with pytest.raises(InputError) as caught:
        Variant(crews=0, nights=-1, pace=0)
    assert [fault.where for fault in caught.value.faults] == ["crews", "nights", "pace"]


def test_fewer_crews_or_days_drop_what_was_announced_for_them() -> None:
    announced = (
        Announced("A", 0, "mill", 3.0),
        Announced("A", 2, "north", 3.0),
        Announced("B", 0, "dell", 3.0),
    )
    district = District("west", ("north", "mill"), 40)
    teams = tuple(
        dataclasses.replace(team, households_per_hour_by_day=(9.0, None, 12.0))
        for team in TOY.teams
    )
    problem = TOY.replace(announced=announced, districts=(district,), teams=teams)
    assert vary(problem, Variant(crews=1)).announced == announced[:2]
    assert vary(problem, Variant(days=2)).announced == (announced[0], announced[2])
    assert vary(problem, Variant(crews=1, days=1)).announced == announced[:1]
    longer = vary(problem, Variant(crews=3, days=4, pace=2.0))
    assert (longer.announced, longer.districts) == (announced, (district,))
    assert longer.teams[2].households_per_hour_by_day == (18.0, None, 24.0, 24.0)
