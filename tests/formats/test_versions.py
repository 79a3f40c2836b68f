"""Version 2 of the two files: read with every fault, and written as version 1 where it can be."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from routeplan.errors import InputError
from routeplan.formats import plan_from_json, plan_to_json, problem_from_json, problem_to_json
from routeplan.model.plan import LeftOut, Reason, Rest
from routeplan.model.problem import Announced, Place, Problem, TravelTimes, Window
from tests.helpers.toy import full_toy_plan, full_toy_problem, toy_plan, toy_problem

if TYPE_CHECKING:
    from collections.abc import Callable

FULL = full_toy_problem()


def faults_of(value: object, read: Callable[[str], object] = problem_from_json) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(json.dumps(value))
    return str(caught.value).splitlines()


def problem_values() -> dict[str, Any]:
    value: dict[str, Any] = json.loads(problem_to_json(FULL))
    return value


def plan_values() -> dict[str, Any]:
    value: dict[str, Any] = json.loads(plan_to_json(full_toy_plan()))
    return value


# ---- What version 2 has beside version 1 ----


def test_the_fields_of_version_2_are_in_the_file() -> None:
    value = problem_values()
    assert value["version"] == 2
    assert value["rules"]["rest_between"] == [40200, 45300]
    assert value["rules"]["drive_hour_worth"] == 0.6
    assert value["teams"][1]["households_per_hour_by_day"] == [30.0, None, 36.0]
    assert value["announced"][1] == {"team": "B", "day": 2, "place": "mill", "bonus": 0.7}
    assert value["districts"][1] == {
        "id": "west",
        "places": ["dell", "hill"],
        "min_households": 65,
    }
    assert problem_from_json(json.dumps(value)) == FULL


def test_the_fields_of_version_2_are_in_the_plan() -> None:
    value = plan_values()
    assert value["summary"]["objective"] == 335.8
    marks = [stop["announced"] for tour in value["tours"] for stop in tour["stops"]]
    assert marks == [False, False, True, False, False, True, False, True, False]
    assert plan_from_json(json.dumps(value)) == full_toy_plan()


def test_what_is_left_out_of_version_2_means_what_version_1_means() -> None:
    value = json.loads(problem_to_json(toy_problem(), version=1)) | {"version": 2}
    assert problem_from_json(json.dumps(value)) == toy_problem()
    value = json.loads(plan_to_json(toy_plan()))
    del value["summary"]["objective"]
    for tour in value["tours"]:
        for stop in tour["stops"]:
            del stop["announced"]
    assert plan_from_json(json.dumps(value)) == toy_plan()


def test_version_1_knows_no_field_of_version_2() -> None:
    value = problem_values() | {"version": 1}
    value["travel"]["car"] = {"rows": []}
    value["travel"]["four_wheel_drive"] = {
        "seconds": (np.eye(7, dtype=int) * 0).tolist(),
        "rows": None,
    }
    rows = "is not a known field; known are 'metres', 'seconds'"
    assert faults_of(value) == [
        "problem travel.car.seconds: is missing",
        f"problem travel.car.rows: {rows}",
        f"problem travel.four_wheel_drive.rows: {rows}",
        *(
            f"problem teams[{n}].households_per_hour_by_day: is not a known field; "
            "did you mean 'households_per_hour'?"
            for n in range(2)
        ),
        (
            "problem rules.rest_between: is not a known field; "
            "known are 'max_drive_seconds_per_day', 'rest_seconds_per_day'"
        ),
        (
            "problem rules.drive_hour_worth: is not a known field; "
            "known are 'max_drive_seconds_per_day', 'rest_seconds_per_day'"
        ),
        *(
            f"problem {name}: is not a known field; known are 'days', 'format', 'name', "
            "'places', 'rules', 'sleeps', 'teams', 'travel', 'version', 'villages'"
            for name in ("announced", "districts")
        ),
    ]


def test_version_1_of_a_plan_knows_no_field_of_version_2() -> None:
    value = plan_values() | {"version": 1, "left_out": []}
    value["tours"] = value["tours"][:1]
    stop = "is not a known field; known are 'arrive', 'end', 'households', 'place', 'start'"
    assert faults_of(value, plan_from_json) == [
        f"plan tours[0].stops[0].announced: {stop}",
        f"plan tours[0].stops[1].announced: {stop}",
        (
            "plan summary.objective: is not a known field; "
            "known are 'drive_seconds', 'households', 'upper_bound', 'weighted'"
        ),
    ]


def test_every_fault_of_the_new_fields_is_named() -> None:
    value = problem_values()
    value["rules"] |= {"rest_between": [45300, 40200], "drive_hour_worth": -1}
    value["teams"][0]["households_per_hour_by_day"] = [1, "2", 3, 4]
    value["teams"][1]["households_per_hour_by_day"] = [1, 2, 0, 4]
    value["announced"] = [
        {"team": "A", "day": 3, "place": "mil", "bonus": 1},
        {"team": "C", "day": 0, "place": "mill"},
        {"team": "A", "day": 0, "place": "mill", "bonus": "1,5", "worth": 1},
    ]
    value["districts"] = [
        {"id": "e", "places": ["north", "mill", "ford"], "min_households": 191},
        {"id": "e", "places": ["mill", 7], "min_households": 0.5},
    ]
    assert faults_of(value) == [
        (
            "problem teams[0].households_per_hour_by_day[1]: expected a number, got the text '2'; "
            "did you mean 2?"
        ),
        "problem teams[1].households_per_hour_by_day[2]: 0.0 is not a number above 0",
        "problem rules.rest_between: ends at 40200, before it starts at 45300",
        "problem announced[1].bonus: is missing",
        "problem announced[2].bonus: expected a number, got the text '1,5'; did you mean 1.5?",
        (
            "problem announced[2].worth: is not a known field; known are 'bonus', 'day', 'place', "
            "'team'"
        ),
        "problem districts[1].places[1]: expected a text, got the number 7",
        "problem districts[1].min_households: expected a whole number, got the number 0.5",
        "problem districts[1].id: 'e' is already at districts[0]",
        "problem announced[1].team: no team has the id 'C'; known are 'A', 'B'",
        "problem announced[0].place: no village is at 'mil'; did you mean 'mill'?",
        (
            "problem districts[0].min_households: 191 are more than the 190 households of its "
            "villages together"
        ),
        "problem announced[0].day: 3 is no day; they count from 0 to 2",
        "problem teams[1].households_per_hour_by_day: has 4 numbers, but there are 3 days",
    ]


# ---- Version 1 is refused where it lacks something ----


def refusals(value: Problem | Any, write: Callable[..., str]) -> list[str]:
    with pytest.raises(InputError) as caught:
        write(value, version=1)
    return str(caught.value).splitlines()


def test_every_feature_that_version_1_lacks_is_named_where_it_is_first() -> None:
    assert refusals(FULL, problem_to_json) == [
        (
            "teams[1].households_per_hour_by_day: "
            "version 1 has no households_per_hour_by_day of a team; write version 2"
        ),
        "rules.rest_between: version 1 has no rest_between of rules; write version 2",
        "rules.drive_hour_worth: version 1 has no drive_hour_worth of rules; write version 2",
        "announced: version 1 has no announced of a problem; write version 2",
        "districts: version 1 has no districts of a problem; write version 2",
    ]
    plan = full_toy_plan()
    left = (*plan.left_out, LeftOut("ford", 1, Reason.PAST), LeftOut("hill", 1, Reason.PAST))
    left = (*left, LeftOut("north", 1, Reason.BELOW_MINIMUM))
    assert refusals(plan.replace(left_out=left), plan_to_json) == [
        "tours[1].stops[0].announced: version 1 has no announced of a stop; write version 2",
        "summary.objective: version 1 has no objective of a summary; write version 2",
        "tours[4].rests[0]: version 1 has no rest inside a visit; write version 2",
        "left_out[2].reason: version 1 has no reason 'past'; write version 2",
        "left_out[4].reason: version 1 has no reason 'below_minimum'; write version 2",
    ]


@pytest.mark.parametrize("write", [problem_to_json, plan_to_json])
def test_no_other_version_is_written(write: Callable[..., str]) -> None:
    value = toy_problem() if write is problem_to_json else toy_plan()
    with pytest.raises(InputError, match="version: 3 is not known; known are 1 and 2"):
        write(value, version=3)


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("rest_between", replace(FULL.rules, rest_between=Window(0, 0))),
        ("drive_hour_worth", replace(FULL.rules, drive_hour_worth=1e-9)),
    ],
)
def test_a_field_is_in_use_whatever_it_says(name: str, changed: Any) -> None:
    assert name in "".join(refusals(FULL.replace(rules=changed), problem_to_json))


def test_a_rest_beside_a_visit_is_no_matter_of_version_2() -> None:
    tours = toy_plan().tours
    beside = replace(tours[0], rests=(Rest("mill", 36000, 36000), Rest("mill", 43800, 45600)))
    plan = toy_plan().replace(tours=(beside, *tours[1:]))
    again = plan_from_json(plan_to_json(plan, version=1))
    assert (again.tours, again.summary) == (plan.tours, plan.summary)


# ---- Rows of reachable places ----


def of_size(problem: Problem, *vehicles: TravelTimes) -> Problem:
    """Return the problem with as many more places as its travel times have."""
    more = range(len(problem.places), len(vehicles[0]))
    places = (*problem.places, *(Place(f"p{n}", "", 0.0, 0.0) for n in more))
    return problem.replace(places=places, travel=dict(zip(problem.travel, vehicles, strict=True)))


def ring(size: int, *, metres: bool) -> TravelTimes:
    """Return the times of a ring in one direction."""
    numbers = np.zeros((size, size), dtype=np.int64)
    here = np.arange(size)
    numbers[here, (here + 1) % size] = here + 1
    reachable = (numbers > 0) | np.eye(size, dtype=bool)
    return TravelTimes(numbers, reachable, numbers * 10 if metres else None)


@pytest.mark.parametrize("metres", [False, True])
def test_few_ways_are_written_as_rows_with_a_line_each(metres: bool) -> None:  # noqa: FBT001
    problem = of_size(toy_problem(), ring(7, metres=metres), ring(7, metres=False))
    text = problem_to_json(problem)
    lengths = ', "metres": [30]' if metres else ""
    assert f'{{"to": [3], "seconds": [3]{lengths}}},\n' in text
    assert problem_from_json(text) == problem
    assert "rows" not in problem_to_json(problem, version=1)
    assert problem_from_json(problem_to_json(problem, version=1)) == problem


@pytest.mark.parametrize(("ways", "is_sparse"), [(20, True), (21, False), (42, False)])
def test_half_of_the_ways_are_written_as_a_matrix(ways: int, is_sparse: bool) -> None:  # noqa: FBT001
    reachable = np.eye(7, dtype=bool)
    reachable[tuple(np.argwhere(~reachable)[:ways].T)] = True
    times = TravelTimes(np.zeros((7, 7), dtype=int), reachable)
    travel = json.loads(problem_to_json(of_size(toy_problem(), times, times)))["travel"]["car"]
    assert ("rows" in travel) == is_sparse


def test_one_place_has_a_matrix() -> None:
    times = TravelTimes.from_rows([[0]])
    team = replace(toy_problem().teams[0], start="base", end="base")
    problem = Problem((toy_problem().places[0],), {"car": times}, (), (team,), toy_problem().days)
    assert json.loads(problem_to_json(problem))["travel"]["car"]["seconds"] == [[0]]


def sparse(rows: object, **others: object) -> dict[str, Any]:
    return {
        "format": "routeplan-problem",
        "version": 2,
        "places": [{"id": f"p{n}", "name": "", "lat": 0, "lon": 0} for n in range(3)],
        "travel": {"car": {"rows": rows, **others}},
        "villages": [{"place": "p1", "households": 240}],
        "teams": [{"id": "A", "start": "p0", "end": "p0"}],
        "days": [{"date": "2027-05-03", "work": [28800, 75600]}],
    }


def row(*to: object, **others: object) -> dict[str, object]:
    return {"to": list(to), "seconds": [5] * len(to), **others}


def test_rows_give_the_same_times_as_matrices() -> None:
    rows: list[dict[str, Any]] = [
        {"to": [1, 2], "seconds": [7, 0]},
        {"to": [], "seconds": []},
        row(0, metres=None),
    ]
    times = problem_from_json(json.dumps(sparse(rows))).travel["car"]
    assert times == TravelTimes.from_rows([[0, 7, 0], [None, 0, None], [5, None, 0]])
    rows = [{**each, "metres": [70] * len(each["to"])} for each in rows]
    lengths: list[list[int | None]] = [[0, 70, 70], [None, 0, None], [70, None, 0]]
    times = problem_from_json(json.dumps(sparse(rows))).travel["car"]
    assert times == TravelTimes.from_rows([[0, 7, 0], [None, 0, None], [5, None, 0]], lengths)


@pytest.mark.parametrize(
    ("rows", "others", "said"),
    [
        (5, {}, ["rows: expected a list, got the number 5"]),
        ([row()] * 2, {}, ["rows: has 2 rows, but there are 3 places"]),
        ([row()] * 3, {"seconds": []}, ["seconds: is there beside rows; leave one of them out"]),
        ([row()] * 3, {"row": []}, ["row: is not a known field; did you mean 'rows'?"]),
        (
            [row(1), row(2, metres=[1]), row()],
            {},
            ["rows: has metres in some rows only; give them in all or in none"],
        ),
        (
            [row(2, 1), row(0, 0), row(0, 3)],
            {},
            [
                "rows[0].to: is not rising",
                "rows[1].to: is not rising",
                "rows[2].to: 3 is no place; they count from 0 to 2",
            ],
        ),
        (
            [row(-1), row(1), row(0, metres=[])],
            {},
            [
                "rows[0].to: holds a number that is not from 0 to 2147483647",
                "rows[1].to: 1 is the place itself, which is left out",
                "rows[2].metres: has 0 numbers, to has 1",
            ],
        ),
        (
            [row(1.0), {"to": [0], "seconds": [None]}, {"to": [0], "second": [2]}],
            {},
            [
                "rows[0].to[0]: expected a whole number, got the number 1.0",
                "rows[1].seconds[0]: expected a whole number, got null",
                "rows[2].seconds: is missing",
                "rows[2].second: is not a known field; did you mean 'seconds'?",
            ],
        ),
        (
            [[], {"to": [0, 2], "seconds": [10**30]}, row(0, 1, seconds=[1])],
            {},
            [
                "rows[0]: expected an object with fields, got a list",
                "rows[1].seconds: holds a number that is not from 0 to 2147483647",
                "rows[2].seconds: has 1 numbers, to has 2",
            ],
        ),
    ],
)
def test_bad_rows_are_named_where_they_are_bad(
    rows: object, others: dict[str, object], said: list[str]
) -> None:
    assert faults_of(sparse(rows, **others)) == [f"problem travel.car.{one}" for one in said]


def test_rows_full_of_faults_name_a_handful() -> None:
    value = sparse([{"to": [0.5], "seconds": [0.5]}] * 3)
    assert faults_of(value)[-1] == "problem travel.car.rows: has 1 more faults like these"


def test_announced_visits_and_districts_are_read_where_places_are_half_read() -> None:
    value = sparse([row()] * 3)
    del value["villages"][0]["place"]
    value["announced"] = [{"team": "A", "day": 0, "place": "p7", "bonus": 1}]
    value["districts"] = [{"id": "d", "places": ["p7"], "min_households": 9}]
    assert faults_of(value) == ["problem villages[0].place: is missing"]


def test_a_bonus_is_written_as_the_number_that_it_is() -> None:
    announced = (Announced("A", 0, "mill", np.float64(0.1)),)
    text = problem_to_json(FULL.replace(announced=announced))
    assert '"bonus": 0.1}' in text
