"""The two files: read back equal, refused with every fault at once."""

from __future__ import annotations

import copy
import datetime as dt
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from routeplan.errors import InputError
from routeplan.formats import (
    plan_from_json,
    plan_to_json,
    problem_from_json,
    problem_sha256,
    problem_to_json,
)
from routeplan.formats.matrices import row_texts, take_rows
from routeplan.model.plan import LeftOut, Plan, Reason, Requirement, RequirementKind, StoppedBy
from routeplan.model.problem import Day, Place, Problem, Rules, Team, TravelTimes, Village, Window
from tests.helpers import paths
from tests.helpers.strategies import plans, problems
from tests.helpers.toy import full_toy_plan, full_toy_problem, toy_plan, toy_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from routeplan.errors import Fault

EXAMPLES = paths.SHARED / "examples"
needs_examples = pytest.mark.skipif(
    not EXAMPLES.exists(), reason="the shared examples are not here"
)


def least() -> dict[str, Any]:
    """Return the values of a problem file in which all that may be left out is."""
    return {
        "format": "routeplan-problem",
        "version": 1,
        "places": [
            {"id": "base", "name": "Qarasu", "lat": 43.02, "lon": 79.21},
            {"id": "v01", "name": "Aqbulaq", "lat": 43.11, "lon": 79.35},
        ],
        "travel": {"car": {"seconds": [[0, 1260], [1290, 0]]}},
        "villages": [{"place": "v01", "households": 240}],
        "teams": [{"id": "A", "start": "base", "end": "base"}],
        "days": [{"date": "2027-05-03", "work": [28800, 75600]}],
    }


def faults_of(value: object, read: Callable[[str], object] = problem_from_json) -> list[str]:
    """Return the faults of a file, line by line."""
    text = value if isinstance(value, str) else json.dumps(value)
    with pytest.raises(InputError) as caught:
        read(text)
    return str(caught.value).splitlines()


@given(problems(version=2))
def test_every_problem_reads_back_equal(problem: Problem) -> None:
    text = problem_to_json(problem)
    again = problem_from_json(text)
    assert again == problem
    assert problem_to_json(again) == text
    assert problem_from_json(text.encode()) == problem


@given(problems())
def test_every_problem_of_version_1_is_written_in_version_1_too(problem: Problem) -> None:
    text = problem_to_json(problem, version=1)
    assert json.loads(text)["version"] == 1
    assert problem_from_json(text) == problem


@given(plans(version=2))
def test_every_plan_reads_back_equal(plan: Plan) -> None:
    text = plan_to_json(plan)
    again = plan_from_json(text)
    assert again == plan
    assert plan_to_json(again) == text


@given(plans())
def test_every_plan_is_written_in_version_1_too_and_its_texts_read_back_equal(plan: Plan) -> None:
    text = plan_to_json(plan, version=1)
    again = plan_from_json(text)
    assert plan_to_json(again, version=1) == text
    without = [replace(left, requirements=()) for left in plan.left_out]
    assert [replace(left, requirements=()) for left in again.left_out] == without
    assert again.replace(left_out=()) == plan.replace(left_out=())


def test_version_1_has_english_texts_where_version_2_has_fields() -> None:
    crew_day = Requirement(RequirementKind.CREW_DAY, place="base", households=8)
    minutes = Requirement(RequirementKind.MINUTES, "B", 1, minutes=45, households=10)
    left = LeftOut("dell", 10, Reason.NO_TIME, (minutes, crew_day))
    plan = toy_plan().replace(left_out=(left,))
    (written,) = json.loads(plan_to_json(plan))["left_out"]
    assert written["requirements"] == [
        {"kind": "minutes", "team": "B", "day": 1, "minutes": 45, "households": 10},
        {"kind": "crew_day", "place": "base", "households": 8},
    ]
    text = plan_to_json(plan, version=1)
    detail = "visited as long as fits; 45 minutes more for team B on day 2 would reach 10 more"
    assert json.loads(text)["left_out"] == [
        {"place": "dell", "households": 10, "reason": "no_time", "detail": detail}
    ]
    (read,) = plan_from_json(text).left_out
    assert read.requirements == (Requirement(RequirementKind.NOTE, text=detail),)
    by_date = plan_to_json(plan, version=1, problem=toy_problem())
    assert "for team B on 2027-05-04" in by_date


@pytest.mark.parametrize(
    ("version", "left", "said"),
    [
        (1, {"requirements": []}, "requirements: is not a known field"),
        (2, {"detail": ""}, "detail: is not a known field"),
        (2, {"requirements": [{"kind": "nigt"}]}, "did you mean 'night'?"),
        (2, {"requirements": [{"kind": "night", "beds": 1}]}, "beds: is not a known field"),
        (2, {"requirements": [{"kind": "night", "households": 1.5}]}, "expected a whole number"),
        (1, {"reason": "past"}, "'past' is not one of its words; known are 'closed', 'no_time'"),
        (2, {"reason": "pasta"}, "did you mean 'past'?"),
    ],
)
def test_what_a_version_does_not_know_is_refused(
    version: int, left: dict[str, object], said: str
) -> None:
    value = json.loads(plan_to_json(toy_plan(), version=version))
    value["left_out"][0] |= left
    (fault,) = faults_of(value, plan_from_json)
    assert said in fault


def test_a_version_that_is_not_known_is_neither_read_nor_written() -> None:
    value = json.loads(plan_to_json(toy_plan())) | {"version": 3}
    assert faults_of(value, plan_from_json) == [
        "plan version: 3 is not known; known are versions 1 and 2"
    ]
    with pytest.raises(InputError, match="version: 3 is not known"):
        plan_to_json(toy_plan(), version=3)


@needs_examples
@pytest.mark.parametrize("name", ["one_village_problem", "district_40_problem"])
def test_shared_problems_are_read(name: str) -> None:
    data = (EXAMPLES / f"{name}.json").read_bytes()
    problem = problem_from_json(data)
    assert len(problem.villages) == len(json.loads(data)["villages"])
    assert problem_from_json(problem_to_json(problem)) == problem


@needs_examples
def test_the_shared_plan_is_read_and_names_its_problem() -> None:
    plan = plan_from_json((EXAMPLES / "one_village_plan.json").read_bytes())
    data = (EXAMPLES / "one_village_problem.json").read_bytes()
    assert plan.problem_sha256 == problem_sha256(data)
    assert (plan.tours[0].start, plan.tours[0].stops[0].households) == ("base", 196)


def test_a_problem_is_written_one_object_or_row_a_line_with_every_field() -> None:
    assert problem_to_json(problem_from_json(json.dumps(least()))) == (
        """\
{
  "format": "routeplan-problem",
  "version": 2,
  "name": "",
  "places": [
    {"id": "base", "name": "Qarasu", "lat": 43.02, "lon": 79.21},
    {"id": "v01", "name": "Aqbulaq", "lat": 43.11, "lon": 79.35}
  ],
  "travel": {
    "car": {
      "seconds": [
        [0, 1260],
        [1290, 0]
      ],
      "metres": null
    }
  },
  "villages": [
    {"place": "v01", "households": 240, "weight": 1.0, "partial": true, "min_households": 1, """
        """"setup_seconds": 0, "pace": 1.0, "max_share_per_visit": 1.0, "closed_days": [], """
        """"knock": null, "required": false}
  ],
  "sleeps": [],
  "teams": [
    {"id": "A", "start": "base", "end": "base", "vehicle": "car", "households_per_hour": null, """
        """"days": null, "max_nights_away": null, "households_per_hour_by_day": null}
  ],
  "days": [
    {"date": "2027-05-03", "work": [28800, 75600], "knock": null}
  ],
  "announced": [],
  "districts": [],
  "rules": {"max_drive_seconds_per_day": null, "rest_seconds_per_day": 0, "rest_between": null, """
        """"drive_hour_worth": 0.0}
}
"""
    )


def test_what_is_left_out_has_its_default() -> None:
    problem = problem_from_json(json.dumps(least()))
    assert problem.villages == (Village("v01", 240),)
    assert problem.teams == (Team("A", "base", "base", "car"),)
    assert problem.days == (Day(dt.date(2027, 5, 3), Window(28800, 75600)),)
    assert (problem.sleeps, problem.rules, problem.name) == ((), Rules(), "")
    assert problem.travel["car"].metres is None


def test_a_plan_is_written_with_its_tours_open_and_its_stops_a_line_each() -> None:
    text = plan_to_json(toy_plan())
    assert (
        """\
      "from": "base",
      "to": "mill",
      "depart": 34200,
      "arrive": 52200,
      "drive_seconds": 3000,
      "stops": [
        {"place": "mill", "arrive": 36000, "start": 36000, "end": 43800, "households": 40, """
        """"announced": false},
        {"place": "north", "arrive": 46200, "start": 46200, "end": 51600, "households": 30, """
        """"announced": false}
      ],
      "rests": [
        {"place": "mill", "start": 43800, "end": 45600}
      ]
""" in text
    )
    assert text.endswith("}\n")


NUMBERS = st.none() | st.integers(0, 1200) | st.integers(0, 2**31 - 1)
ROWS = st.integers(1, 5).flatmap(
    lambda width: st.lists(st.lists(NUMBERS, min_size=width, max_size=width), min_size=1)
)


@given(rows=ROWS)
def test_rows_of_numbers_are_written_as_json_writes_them(rows: list[list[int | None]]) -> None:
    known = np.array([[cell is not None for cell in row] for row in rows])
    numbers = np.array([[cell or 0 for cell in row] for row in rows])
    assert list(row_texts(numbers, known)) == [json.dumps(row) for row in rows]


@given(rows=ROWS, ends=st.sampled_from(["\n", ",\n", "\r\n"]))
def test_rows_with_a_line_of_their_own_are_taken_out_and_put_in_again(
    rows: list[list[int | None]], ends: str
) -> None:
    lines = "".join(f"  {json.dumps(row)}{ends}" for row in rows)
    rest, taken = take_rows(lines)
    assert [[None if np.isnan(cell) else cell for cell in row] for row in taken.values()] == rows
    for name, row in zip(taken, rows, strict=True):
        rest = rest.replace(json.dumps(name, ensure_ascii=False), json.dumps(row))
    assert rest.split() == lines.split()


@given(line=st.text("0127, nul[]-.e\t\u00a0\ue000", max_size=12))
@example("[]")
@example("[01]")
@example("[1, -1]")
@example("[1,2]")
@example("[1, 99999999999999999999]")
def test_no_row_is_taken_out_that_json_reads_otherwise(line: str) -> None:
    for text in (line, f"[{line}]", f"[{line}], 1"):
        rest, taken = take_rows(text)
        if not taken:
            assert rest == text
        for row in taken.values():
            assert json.loads(text.strip().removesuffix(",")) == [
                None if np.isnan(cell) else cell for cell in row
            ]


@given(problem=problems(), indent=st.sampled_from([None, 0, 1]))
def test_a_problem_reads_alike_however_its_rows_are_laid_out(
    problem: Problem, indent: int | None
) -> None:
    text = json.dumps(json.loads(problem_to_json(problem)), indent=indent)
    assert problem_from_json(text) == problem


def test_null_is_no_way() -> None:
    value = least()
    value["travel"]["car"] = {"seconds": [[0, None], [5, 0]], "metres": [[0, None], [70, 0]]}
    times = problem_from_json(json.dumps(value)).travel["car"]
    assert times.reachable.tolist() == [[True, False], [True, True]]
    assert times == TravelTimes.from_rows([[0, None], [5, 0]], [[0, None], [70, 0]])


def test_numbers_out_of_arrays_are_written_as_numbers() -> None:
    problem = toy_problem()
    counted = Village("mill", int(np.int64(7)), weight=float(np.float64(0.1)))
    arrays = Village("mill", np.int64(7), weight=np.float64(0.1))  # type: ignore[arg-type]
    assert problem_to_json(problem.replace(villages=(arrays,))) == problem_to_json(
        problem.replace(villages=(counted,))
    )


def test_the_hash_is_over_the_bytes() -> None:
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert problem_sha256(b"abc") == problem_sha256("abc") == expected
    assert problem_sha256("Ақбұлақ") == problem_sha256("Ақбұлақ".encode())


def test_a_byte_order_mark_is_read_over() -> None:
    text = "\ufeff" + json.dumps(least())
    assert problem_from_json(text) == problem_from_json(text.encode())


BROKEN: dict[str, Any] = {
    "format": "routeplan-problem",
    "version": 1,
    "name": 7,
    "placse": [],
    "places": [
        {"id": "base", "name": "Qarasu", "lat": 43.02, "lon": 79.21},
        {"id": "v01", "name": "Aqbulaq", "lat": 143.11, "lon": 79.35},
        {"id": "v01", "name": "Aqbulaq", "lat": "43,1", "lon": 79.35},
    ],
    "travel": {
        "car": {"seconds": [[0, 1.0, 2], [True, 0], "row"], "meters": None},
        "truck": {"seconds": [[0, -1, 2], [1, 0, 2], [1, 2, None]], "metres": [[0] * 3] * 2},
    },
    "villages": [
        {"place": "v01", "households": 12.0, "weight": 0, "knock": [5, 3, 1]},
        {"place": "v02", "househlods": 12, "closed_days": [0, 1, "2"]},
        {"place": "v01", "households": -3, "pace": -1.0, "closed_days": [4, 4]},
        {"place": "base", "households": 1, "partial": False, "max_share_per_visit": 0.5},
        "v03",
    ],
    "sleeps": [{"place": "bas", "teams_per_night": True}],
    "teams": [
        {"id": "A", "start": "base", "end": "bose"},
        {"id": "A", "start": "base", "end": "base", "vehicle": "carr", "days": [0, 2]},
    ],
    "days": [
        {"date": "2027-05-04", "work": [75600, 28800]},
        {"date": "2027-05-03", "work": [28800, 75600], "knock": [0, 100]},
        {"date": "4 May", "work": 8},
    ],
    "rules": {"max_drive_seconds_per_day": "21 600", "rest_seconds_per_day": None},
}

MESSAGES = """\
week.json name: expected a text, got the number 7
week.json places[2].lat: expected a number, got the text '43,1'; did you mean 43.1?
week.json places[1].lat: 143.11 is not a latitude (-90 to 90); are lat and lon swapped?
week.json travel.car.seconds[0][1]: expected a whole number or null, got the number 1.0
week.json travel.car.seconds[1]: has 2 numbers, but there are 3 places
week.json travel.car.seconds[1][0]: expected a whole number or null, got true
week.json travel.car.seconds[2]: expected a row of 3 numbers, got the text 'row'
week.json travel.car.meters: is not a known field; did you mean 'metres'?
week.json travel.truck.metres: has 2 rows, but there are 3 places
week.json villages[0].knock: expected [start, end] in seconds after midnight, got 3 numbers
week.json villages[0].households: expected a whole number, got the number 12.0; did you mean 12?
week.json villages[1].closed_days[2]: expected a whole number, got the text '2'; did you mean 2?
week.json villages[1].households: is missing
week.json villages[1].househlods: is not a known field; did you mean 'households'?
week.json villages[2].households: -3 is below 0
week.json villages[2].pace: -1.0 is not a number above 0
week.json villages[2].closed_days: 4 is there twice
week.json villages[3].max_share_per_visit: below 1 where a visit reaches all or none; \
leave it out, or let partial be true
week.json villages[4]: expected an object with fields, got the text 'v03'
week.json sleeps[0].teams_per_night: expected a whole number, got true
week.json teams[0].vehicle: is missing, and there are several: 'car', 'truck'
week.json days[0].work: ends at 28800, before it starts at 75600
week.json days[1].knock: lies outside the working hours
week.json days[2].date: expected a date such as '2027-05-03', got the text '4 May'
week.json days[2].work: expected a list, got the number 8
week.json rules.max_drive_seconds_per_day: expected a whole number, got the text '21 600'; \
did you mean 21600?
week.json rules.rest_seconds_per_day: expected a whole number, got null
week.json places[2].id: 'v01' is already at places[1]
week.json villages[1].place: no place has the id 'v02'; did you mean 'v01'?
week.json sleeps[0].place: no place has the id 'bas'; did you mean 'base'?
week.json teams[0].end: no place has the id 'bose'; did you mean 'base'?
week.json teams[1].vehicle: no travel times for 'carr'; did you mean 'car'?
week.json villages[2].place: 'v01' is already at villages[0]
week.json teams[1].id: 'A' is already at teams[0]
week.json days[1].date: 2027-05-03 does not come after 2027-05-04
week.json villages[2].closed_days: 4, 4 are no days; they count from 0 to 2
week.json placse: is not a known field; did you mean 'places'?"""


def test_every_fault_of_a_file_is_named_at_once() -> None:
    with pytest.raises(InputError) as caught:
        problem_from_json(json.dumps(BROKEN), source="week.json")
    assert sorted(str(caught.value).splitlines()) == sorted(MESSAGES.splitlines())


def test_every_fault_of_a_plan_is_named_at_once() -> None:
    value = json.loads(plan_to_json(toy_plan()))
    value["tours"][0]["stops"][1] |= {"households": 3.5, "arive": 0}
    del value["tours"][0]["from"]
    value["left_out"][0]["reason"] = "no_tme"
    value["summary"]["weighted"] = float("nan")
    value["run"]["stopped_by"] = None
    value["summary"]["bound"] = 1
    assert faults_of(value, plan_from_json) == [
        "plan tours[0].from: is missing",
        "plan tours[0].stops[1].households: expected a whole number, got the number 3.5",
        "plan tours[0].stops[1].arive: is not a known field; did you mean 'arrive'?",
        "plan left_out[0].reason: 'no_tme' is not one of its words; did you mean 'no_time'?",
        "plan summary.weighted: expected a number, got the number nan",
        "plan summary.bound: is not a known field; did you mean 'upper_bound'?",
        "plan run.stopped_by: expected a text, got null",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "problem: is empty"),
        (" \n", "problem: is empty"),
        ("\ufeff", "problem: is empty"),
        ("[]", "problem: expected an object with fields, got a list"),
        ('{\n  "format" 1}', "problem:2:12: is not JSON: Expecting ':' delimiter"),
        ("[" * 100_000, "problem: is nested too deeply to be read"),
        ('{"a": 1' + "0" * 5000 + "}", "problem: holds a number of too many digits"),
        ('{"version": 1}', "problem format: is missing"),
        (
            '{"format": "routeplan-plan", "version": 1}',
            "problem format: expected 'routeplan-problem', got the text 'routeplan-plan'",
        ),
        (
            '{"format": "routeplan-problem", "version": 3}',
            "problem version: 3 is not known; known are versions 1 and 2",
        ),
        (
            '{"format": "routeplan-problem", "version": 1.0}',
            "problem version: expected a whole number, got the number 1.0; did you mean 1?",
        ),
        (
            '{"format": "routeplan-problem", "version": true}',
            "problem version: expected a whole number, got true",
        ),
    ],
)
def test_what_is_no_problem_file_is_refused_in_one_line(text: str, said: str) -> None:
    assert faults_of(text) == [said]


def test_an_unknown_version_is_the_only_fault() -> None:
    assert len(faults_of(BROKEN | {"version": 3})) == 1


def test_bytes_that_are_not_utf8_are_named() -> None:
    with pytest.raises(InputError, match="is not UTF-8: byte 0xff at position 1; save it as UTF-8"):
        problem_from_json(b'"\xff"')


def test_repeated_names_are_named_with_their_path() -> None:
    text = json.dumps(least()).replace('"households": 240', '"households": 1, "households": 2')
    assert faults_of(text) == ["problem villages[0].households: is there more than once"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_is_not_a_finite_number_is_refused(number: str) -> None:
    text = json.dumps(least()).replace("43.11", number).replace("1260", number)
    where = [said.split(":")[0] for said in faults_of(text)]
    assert where == ["problem places[1].lat", "problem travel.car.seconds[0][1]"]


def test_missing_lists_are_named_and_nothing_in_them() -> None:
    assert faults_of({"format": "routeplan-problem", "version": 1}) == [
        f"problem {name}: is missing" for name in ("places", "travel", "villages", "teams", "days")
    ]


@pytest.mark.parametrize("part", ["places", "travel", "teams", "days"])
def test_empty_lists_are_named(part: str) -> None:
    value = least()
    value[part] = {} if part == "travel" else []
    assert f"problem {part}: is empty; at least one is needed" in faults_of(value)


def test_null_where_an_object_belongs_is_named() -> None:
    assert faults_of(least() | {"rules": None}) == [
        "problem rules: expected an object with fields, got null"
    ]


def test_a_half_read_list_of_places_makes_no_other_place_unknown() -> None:
    value = least()
    del value["places"][1]["id"]
    assert faults_of(value) == ["problem places[1].id: is missing"]


def test_a_team_needs_no_vehicle_where_the_only_one_is_broken() -> None:
    value = least()
    value["travel"]["car"]["seconds"][0][1] = -1
    assert faults_of(value) == [
        "problem travel.car.seconds[0][1]: -1 is not a whole number from 0 to 2147483647"
    ]


def test_half_a_letter_is_refused() -> None:
    value = least()
    value["places"][0]["name"] = "\ud83d"
    assert faults_of(value)[0].startswith("problem places[0].name: holds half a letter")


@pytest.mark.parametrize("date", ["20270503", "2027-W18-1", "2027-5-3", "2027-02-30", ""])
def test_dates_have_one_form(date: str) -> None:
    value = least()
    value["days"][0]["date"] = date
    hint = "; did you mean 2027-05-03?" if date == "2027-5-3" else ""
    assert faults_of(value) == [
        f"problem days[0].date: expected a date such as '2027-05-03', got the text {date!r}{hint}"
    ]


@pytest.mark.parametrize(
    ("matrices", "said"),
    [
        ({"seconds": [[0, 1]]}, ["seconds: has 1 rows, but there are 2 places"]),
        ({"seconds": 5}, ["seconds: expected a list, got the number 5"]),
        ({}, ["seconds: is missing"]),
        ({"seconds": [[0, 1], [1, 0, 0]]}, ["seconds[1]: has 3 numbers, but there are 2 places"]),
        (
            {"seconds": [[0, 1], [1, 7]]},
            ["seconds[1][1]: 7 is not 0, as the way from a place to itself is"],
        ),
        (
            {"seconds": [[0, 1], [1, None]]},
            ["seconds[1][1]: the way from a place to itself is 0, not null"],
        ),
        (
            {"seconds": [[0, 2**31], [10**400, 0]]},
            ["seconds: holds a number above 2147483647"],
        ),
        (
            {"seconds": [[0, 1], [1, 0]], "metres": [[0, None], [1, 0]]},
            ["metres[0][1]: there is a way for seconds or for metres, but not for both"],
        ),
    ],
)
def test_bad_matrices_are_named_where_they_are_bad(
    matrices: dict[str, object], said: list[str]
) -> None:
    value = least()
    value["travel"]["car"] = matrices
    assert faults_of(value) == [f"problem travel.car.{one}" for one in said]


def test_a_matrix_full_of_faults_names_a_handful() -> None:
    value = least()
    value["places"] = [{"id": f"p{n}", "name": "", "lat": 0, "lon": 0} for n in range(9)]
    value["travel"]["car"]["seconds"] = [[0.5] * 9] * 9
    said = [one for one in faults_of(value) if "seconds" in one]
    assert len(said) == 6
    assert said[-1] == "problem travel.car.seconds: has 76 more faults like these"


def nodes(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the paths to all parts of a file."""
    if isinstance(value, dict):
        children = list(value.items())
    else:
        children = list(enumerate(value)) if isinstance(value, list) else []
    return [path, *(node for key, child in children for node in nodes(child, (*path, key)))]


PROBLEM = json.loads(problem_to_json(full_toy_problem()))
PLAN = json.loads(plan_to_json(full_toy_plan()))
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)


def refusal(read: Callable[[str], object], text: str) -> tuple[Fault, ...] | None:
    """Return why a file is refused, None where it is read."""
    try:
        read(text)
    except InputError as error:
        return error.faults
    return None


@given(st.data(), ANYTHING)
def test_a_file_with_any_value_anywhere_is_read_or_refused(
    data: st.DataObject, odd: object
) -> None:
    """A reader raises nothing but InputError, with at least one fault that says where."""
    read, whole = data.draw(st.sampled_from([(problem_from_json, PROBLEM), (plan_from_json, PLAN)]))
    value = copy.deepcopy(whole)
    *inner, last = data.draw(st.sampled_from(nodes(whole)[1:]))
    part = value
    for key in inner:
        part = part[key]
    part[last] = odd
    faults = refusal(read, json.dumps(value))
    assert faults is None or faults
    assert all(fault.where and fault.message for fault in faults or ())


@pytest.mark.parametrize("name", ["seconds", "households_per_hour"])
def test_every_team_and_matrix_of_the_toy_is_in_its_file(name: str) -> None:
    assert problem_to_json(toy_problem(), version=1).count(f'"{name}"') == 2


def test_a_plan_cannot_hold_what_a_file_cannot() -> None:
    summary, run = toy_plan().summary, toy_plan().run
    with pytest.raises(InputError, match="weighted: inf is not a number that a file can hold"):
        type(summary)(1, float("inf"), None, 0)
    with pytest.raises(InputError, match="seconds: nan"):
        type(run)("", 0, float("nan"), 0, StoppedBy.TIME, "")


def test_places_may_be_named_in_any_script() -> None:
    problem = toy_problem()
    places = (Place("base", "Қарасу «1»\n", 0.0, 0.0), *problem.places[1:])
    text = problem_to_json(problem.replace(places=places))
    assert '"Қарасу «1»\\n"' in text
    assert problem_from_json(text).places == places
