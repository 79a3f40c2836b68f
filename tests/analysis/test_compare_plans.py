"""Plans beside their problems, with figures worked out by hand from the toy."""

from __future__ import annotations

from dataclasses import replace

import pytest

import routeplan as rp
from routeplan.analysis import compare_plans, coverage_by_group, differences, gini, overlap
from routeplan.errors import InputError
from tests.helpers.toy import toy_plan, toy_problem

PLAN, PROBLEM = toy_plan(), toy_problem()
TEAM_A = PLAN.replace(tours=PLAN.tours_of("A"))
TEAM_B = PLAN.replace(tours=PLAN.tours_of("B"))
DISTRICTS = {"mill": "west", "north": "west", "ford": "east", "dell": "east", "hill": "east"}


def test_the_figures_that_need_the_problem_are_those_worked_out_by_hand() -> None:
    row = compare_plans({"toy": PLAN}, PROBLEM).loc["toy"]
    # 255 of 277 households in 5 of 6 villages; 340 / 330; doors of 2 h 10 + 1 h 30 + 1 h 10 + 2 h
    # + 2 h 35 + 1 h 10 + 1 h 22 + 0 h 18 with the setup before, + 1 h. A is away on Monday's
    # night, and on two from Tuesday to Thursday.
    assert row["share"] == pytest.approx(255 / 277, abs=1e-4)
    assert (row["villages"], row["gap"], row["upper_bound"]) == (5, 0.0303, 340.0)
    assert row["nights_away"] == 3
    seconds = [7800, 5400, 4200, 7200, 9300, 4200, 4920, 1080, 3600]
    assert row["door_hours"] == round(sum(seconds) / 3600, 1)


def test_kilometres_are_those_of_the_legs_and_fuel_is_what_is_assumed_of_the_vehicle() -> None:
    table = compare_plans({"toy": PLAN}, PROBLEM, litres_per_100_km={"car": 0.0})
    times = PROBLEM.travel["four_wheel_drive"].metres
    assert times is not None
    legs = [("base", "ford"), ("ford", "mill"), ("mill", "base"), ("base", "mill")]
    legs += [("mill", "north"), ("north", "base")]
    km = sum(int(times[PROBLEM.index[a], PROBLEM.index[b]]) for a, b in legs) / 1000
    assert table.loc["toy"].litres == pytest.approx(13 * km / 100, abs=0.05)


def test_without_distances_kilometres_and_fuel_are_missing_and_not_zero() -> None:
    travel = {name: replace(times, metres=None) for name, times in PROBLEM.travel.items()}
    table = compare_plans({"toy": PLAN}, PROBLEM.replace(travel=travel))
    assert table[["km", "per_100_km", "litres"]].isna().all(axis=None)


def test_coverage_by_size_counts_every_village_once() -> None:
    table = coverage_by_group({"toy": PLAN}, PROBLEM, sizes=(0, 30, 60))
    assert list(table["group"]) == ["0 to 29", "30 to 59", "60 or more"]
    assert table["villages"].sum() == len(PROBLEM.villages)
    assert table["reached"].sum() == 255
    # Hill's 25 and isle's 12; ford's 30 and 40 of dell's 50; mill's 100 and north's 60.
    assert list(table["reached"]) == [25, 70, 160]
    assert list(table["households"]) == [37, 80, 160]


def test_villages_without_a_district_stand_together() -> None:
    table = coverage_by_group({"toy": PLAN}, PROBLEM, districts=DISTRICTS).set_index("group")
    assert table.loc["elsewhere"].to_dict() == {
        "plan": "toy",
        "villages": 1,
        "visited": 0,
        "households": 12,
        "reached": 0,
        "share": 0.0,
    }
    assert table.loc["west"].share == 1.0


def test_gini_is_0_where_all_districts_are_reached_to_the_same_share() -> None:
    everywhere = dict.fromkeys(PROBLEM.index, "one")
    assert gini(PROBLEM, PLAN, everywhere) == 0.0


def test_gini_is_that_of_the_curve_of_households_reached_over_households_there() -> None:
    # Isle: 0 of 12; east: 95 of 105; west: 160 of 160. The area under the curve by hand.
    there, reached = [12, 105, 160], [0, 95, 160]
    area = before = 0.0
    for count, got in zip(there, reached, strict=True):
        area += count / 277 * (before + got / 2) / 255
        before += got
    assert gini(PROBLEM, PLAN, DISTRICTS) == pytest.approx(1 - 2 * area)


def test_overlap_is_the_shared_part_of_what_either_visits() -> None:
    row = overlap({"A": TEAM_A, "B": TEAM_B}).iloc[0]
    # Both visit mill and north of all five; at mill 60 and 40, at north 30 each.
    assert row.villages == pytest.approx(2 / 5)
    both, either = 40 + 30, 60 + 30 + 30 + 40 + 25
    assert row.households == pytest.approx(both / either, abs=1e-3)
    assert list(overlap({"A": PLAN, "B": PLAN}).iloc[0])[2:] == [1.0, 1.0]


def test_differences_are_the_last_plan_s_less_the_first_s_and_lie_where_the_villages_do() -> None:
    table = differences({"A": TEAM_A, "B": TEAM_B}, PROBLEM).set_index("place")
    assert table["difference"].to_dict() == {
        "mill": -20,
        "north": 0,
        "ford": 30,
        "dell": -40,
        "hill": -25,
        "isle": 0,
    }
    mill = PROBLEM.place("mill")
    assert (table.geometry["mill"].x, table.geometry["mill"].y) == (mill.lon, mill.lat)
    assert table.crs == "EPSG:4326"


def test_a_plan_of_a_problem_with_other_households_is_refused() -> None:
    first, *others = PROBLEM.villages
    more = replace(first, households=first.households + 1)
    for other in (PROBLEM.replace(villages=(more, *others)), PROBLEM.replace(villages=others)):
        for frame in (rp.frame_stops, rp.frame_tours, rp.frame_left_out, rp.frame_villages):
            with pytest.raises(InputError, match=r"another problem|does not know"):
                frame(other, PLAN)
        with pytest.raises(InputError, match=r"toy: .*(another problem|does not know)"):
            compare_plans({"toy": PLAN}, other)


def test_districts_of_other_villages_are_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"no village has the id 'mil'.*did you mean 'mill'"):
        compare_plans({"toy": PLAN}, PROBLEM, districts={"mil": "north"})


def test_a_plan_of_other_teams_and_places_is_refused_by_name() -> None:
    other = PROBLEM.replace(teams=PROBLEM.teams[:1])
    with pytest.raises(InputError, match="toy: names what its problem does not know: team 'B'"):
        compare_plans({"toy": PLAN}, other)
    with pytest.raises(InputError, match="two: has no problem; did you mean 'too'"):
        compare_plans({"two": PLAN}, {"too": PROBLEM})
