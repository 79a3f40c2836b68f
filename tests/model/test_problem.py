"""The values that all packages share refuse a bad state, naming every fault at once."""

from __future__ import annotations

import dataclasses
import datetime as dt
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeplan.errors import (
    AuditError,
    Fault,
    Faults,
    InputError,
    PlanError,
    RoadError,
    RouteplanError,
    nearest,
)
from routeplan.formats.fields import Fields, guess_number
from routeplan.model.plan import Rest, Stop, StoppedBy, Summary
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
from tests.helpers.strategies import problems
from tests.helpers.toy import full_toy_plan, full_toy_problem, toy_plan, toy_problem

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST = dt.date(2027, 5, 3)


def faults_of(make: Callable[[], object]) -> list[str]:
    """Return what is wrong with a value that refuses to exist."""
    with pytest.raises(InputError) as caught:
        make()
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (
            lambda: Window(-1, -2),
            ["starts at -1, before the day does", "ends at -2, before it starts at -1"],
        ),
        (
            lambda: Window(0, 2**31),
            ["ends at 2147483648, above 2147483647, the largest number that is taken"],
        ),
        (
            lambda: Place(" ", "", 79.0, 181.0),
            ["id: is empty", "lon: 181.0 is not a longitude (-180 to 180)"],
        ),
        (
            lambda: Place("p", "", 179.2, 43.0),
            ["lat: 179.2 is not a latitude (-90 to 90); are lat and lon swapped?"],
        ),
        (
            lambda: Place("p", "", float("nan"), float("nan")),
            [
                "lat: nan is not a latitude (-90 to 90)",
                "lon: nan is not a longitude (-180 to 180)",
            ],
        ),
        (
            lambda: Village(
                *("v", -1, 0.0),
                min_households=-2,
                setup_seconds=2**31,
                pace=float("inf"),
                max_share_per_visit=1.1,
                closed_days=(1, 1),
            ),
            [
                "households: -1 is below 0",
                "min_households: -2 is below 0",
                "setup_seconds: 2147483648 is above 2147483647, the largest number that is taken",
                "weight: 0.0 is not a number above 0",
                "pace: inf is not a number above 0",
                "max_share_per_visit: 1.1 is not above 0 and at most 1",
                "closed_days: 1 is there twice",
            ],
        ),
        (
            lambda: Village("v", 1, partial=False, max_share_per_visit=0.9),
            [
                (
                    "max_share_per_visit: below 1 where a visit reaches all or none; "
                    "leave it out, or let partial be true"
                )
            ],
        ),
        (lambda: Sleep("v", -1), ["teams_per_night: -1 is below 0"]),
        (
            lambda: Team("", "a", "a", "car", -1.0, days=(2, 0, 2, 0), max_nights_away=-1),
            [
                "id: is empty",
                "households_per_hour: -1.0 is not a number above 0",
                "max_nights_away: -1 is below 0",
                "days: 0, 2 are there twice",
            ],
        ),
        (
            lambda: Day(FIRST, Window(0, 10), Window(11, 12)),
            ["knock: lies outside the working hours"],
        ),
        (
            lambda: Rules(-1, -1),
            ["max_drive_seconds_per_day: -1 is below 0", "rest_seconds_per_day: -1 is below 0"],
        ),
        (
            lambda: Rules(drive_hour_worth=float("nan")),
            ["drive_hour_worth: nan is not a number of 0 or more"],
        ),
        (
            lambda: Team("A", "a", "a", "car", households_per_hour_by_day=(1.0, None, 0.0, 1e13)),
            [
                "households_per_hour_by_day[2]: 0.0 is not a number above 0",
                "households_per_hour_by_day[3]: 10000000000000.0 is not within 1e-12 and 1e+12",
            ],
        ),
        (
            lambda: Announced("A", 0, "v", -0.5),
            ["bonus: -0.5 is not a number of 0 or more"],
        ),
        (lambda: Announced("A", 0, "v", 1e13), ["bonus: 10000000000000.0 is above 1e+12"]),
        (
            lambda: District(" ", (), -1),
            ["id: is empty", "min_households: -1 is below 0"],
        ),
    ],
)
def test_values_refuse_to_be_bad(make: Callable[[], object], expected: list[str]) -> None:
    assert faults_of(make) == expected


def test_a_problem_names_every_reference_to_nothing() -> None:
    """Bad references, repeated names, days and shapes are all named together."""
    toy = toy_problem()
    place, village, team = toy.places[0], toy.villages[1], toy.teams[0]
    days = (toy.days[1], toy.days[0])
    changes: dict[str, Any] = {
        "places": (*toy.places, place),
        "villages": (village, village, dataclasses.replace(village, place="norht")),
        "sleeps": (Sleep("mil"), Sleep("mil")),
        "teams": (team, dataclasses.replace(team, start="bas", vehicle="cat", days=(0, 2, -1))),
        "days": days,
    }
    assert faults_of(lambda: toy.replace(**changes)) == [
        "places[7].id: 'base' is already at places[0]",
        "villages[1].place: 'mill' is already at villages[0]",
        "sleeps[1].place: 'mil' is already at sleeps[0]",
        "teams[1].id: 'A' is already at teams[0]",
        "villages[2].place: no place has the id 'norht'; did you mean 'north'?",
        "sleeps[0].place: no place has the id 'mil'; did you mean 'mill'?",
        "sleeps[1].place: no place has the id 'mil'; did you mean 'mill'?",
        "teams[1].start: no place has the id 'bas'; did you mean 'base'?",
        "teams[1].vehicle: no travel times for 'cat'; did you mean 'car'?",
        "days[1].date: 2027-05-03 does not come after 2027-05-04",
        "teams[1].days: 2, -1 are no days; they count from 0 to 1",
        "travel.car: is 7 × 7, but there are 8 places",
        "travel.four_wheel_drive: is 7 × 7, but there are 8 places",
    ]


def test_a_problem_names_every_reference_of_version_2_to_nothing() -> None:
    toy = full_toy_problem()
    first, second = toy.teams
    changes: dict[str, Any] = {
        "teams": (first, dataclasses.replace(second, households_per_hour_by_day=(1.0,))),
        "announced": (
            Announced("a", 3, "mil", 1.0),
            Announced("B", 0, "base", 1.0),
            Announced("B", 0, "ford", 1.0),
            Announced("B", 0, "ford", 2.0),
        ),
        "districts": (
            District("east", ("north", "mill", "north"), 161),
            District("east", ("dell", "mill", "del"), 0),
            District("none", (), 1),
        ),
    }
    villages = "'dell', 'ford', 'hill', 'isle', 'mill', 'north'"
    assert faults_of(lambda: toy.replace(**changes)) == [
        "districts[1].id: 'east' is already at districts[0]",
        "announced[0].team: no team has the id 'a'; known are 'A', 'B'",
        "announced[0].place: no village is at 'mil'; did you mean 'mill'?",
        f"announced[1].place: no village is at 'base'; known are {villages}",
        "districts[1].places[2]: no village is at 'del'; did you mean 'dell'?",
        "districts[0].places[2]: 'north' is already in districts[0].places[0]",
        "districts[1].places[1]: 'mill' is already in districts[0].places[1]",
        "announced[3]: this visit is already announced in announced[2]",
        (
            "districts[0].min_households: 161 are more than the 160 households "
            "of its villages together"
        ),
        "districts[2].min_households: 1 are more than the 0 households of its villages together",
        "announced[0].day: 3 is no day; they count from 0 to 2",
        "teams[1].households_per_hour_by_day: has 1 numbers, but there are 3 days",
    ]


def test_a_team_has_its_pace_by_day_or_one_for_all() -> None:
    first, second = full_toy_problem().teams
    assert [first.pace_on(day) for day in range(3)] == [20.0, 20.0, 20.0]
    assert [second.pace_on(day) for day in range(3)] == [30.0, None, 36.0]


def test_the_page_of_a_problem_names_each_pace_of_a_team() -> None:
    html = full_toy_problem().to_html()
    assert ">20<" in html
    assert ">30, 36<" in html


def test_the_objective_is_weighted_where_it_is_left_out() -> None:
    assert Summary(1, 2.5, None, 0).objective == 2.5
    assert Summary(1, 2.5, None, 0, 3.5).objective == 3.5
    assert Summary(1, 2.5, None, 0) == Summary(1, 2.5, None, 0, 2.5)
    with pytest.raises(InputError, match="objective: nan"):
        Summary(1, 2.5, None, 0, float("nan"))


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        (Rest("v", 10, 20), True),
        (Rest("v", 12, 13), True),
        (Rest("v", 9, 12), False),
        (Rest("v", 19, 21), False),
        (Rest("v", 20, 25), False),
        (Rest("v", 12, 12), False),
        (Rest("w", 12, 13), False),
    ],
)
def test_a_rest_interrupts_the_visit_that_it_lies_inside_of(rest: Rest, expected: bool) -> None:  # noqa: FBT001
    assert rest.interrupts(Stop("v", 0, 10, 20, 1)) == expected


def test_an_empty_problem_names_each_part_that_it_lacks() -> None:
    assert faults_of(lambda: Problem((), {}, (), (), ())) == [
        f"{part}: is empty; at least one is needed"
        for part in ("places", "travel", "teams", "days")
    ]


@pytest.mark.parametrize(
    ("seconds", "metres", "expected"),
    [
        ([[0, 1]], None, ["seconds: has shape (1, 2), expected as many rows as columns"]),
        ([[0, 1], [2]], None, ["seconds: expected rows of whole numbers, all of one length"]),
        ([[0, "x"], [2, 0]], None, ["seconds: expected rows of whole numbers, all of one length"]),
        (
            [[0, 1.5], [-1, 3]],
            None,
            [
                "seconds[0][1]: 1.5 is not a whole number from 0 to 2147483647",
                "seconds[1][0]: -1 is not a whole number from 0 to 2147483647",
                "seconds[1][1]: 3 is not 0, as the way from a place to itself is",
            ],
        ),
        (
            [[None, 1], [1, 0]],
            None,
            ["seconds[0][0]: the way from a place to itself is 0, not null"],
        ),
        ([[0, 1], [1, 0]], [[0]], ["metres: has shape (1, 1), reachable (2, 2)"]),
        (
            [[0, 1], [None, 0]],
            [[0, None], [1, 0]],
            [
                "metres[0][1]: there is a way for seconds or for metres, but not for both",
                "metres[1][0]: there is a way for seconds or for metres, but not for both",
            ],
        ),
    ],
)
def test_bad_travel_times_are_named_cell_by_cell(
    seconds: Any, metres: Any, expected: list[str]
) -> None:
    assert faults_of(lambda: TravelTimes.from_rows(seconds, metres)) == expected


def test_arrays_of_different_shapes_are_refused_in_words() -> None:
    def make() -> object:
        return TravelTimes(np.zeros((3, 3), dtype=int), np.ones((2, 2), dtype=bool))

    assert faults_of(make) == ["seconds: has shape (3, 3), reachable (2, 2)"]


def test_many_bad_cells_are_counted() -> None:
    assert faults_of(lambda: TravelTimes.from_rows([[-1] * 4] * 4))[-1] == (
        "seconds: has 11 more faults like these"
    )


def test_travel_times_are_a_copy_that_nobody_can_change() -> None:
    seconds = np.array([[0, 5], [7, 0]])
    times = TravelTimes(seconds, np.array([[True, False], [True, True]]))
    seconds[1, 0] = 8
    assert times.seconds.tolist() == [[0, 0], [7, 0]], "a cell without a way holds 0"
    with pytest.raises(ValueError, match="read-only"):
        times.seconds[1, 0] = 8
    with pytest.raises(ValueError, match="read-only"):
        times.reachable[1, 0] = False


def test_matrices_that_nobody_can_change_are_kept_but_are_looked_at_all_the_same() -> None:
    def fixed(rows: list[list[int]], dtype: type = np.int64) -> Any:
        matrix: Any = np.array(rows, dtype=dtype)
        matrix.setflags(write=False)
        return matrix

    reachable, good = fixed([[1, 0], [1, 1]], np.bool_), fixed([[0, 0], [7, 0]])
    times = TravelTimes(good, reachable, good)
    assert times.seconds is good
    assert times.reachable is reachable
    assert TravelTimes(fixed([[0, 5], [7, 0]]), reachable).seconds.tolist() == [[0, 0], [7, 0]]
    view = np.array([[0, 0], [7, 0]])
    shown = view[:]
    shown.setflags(write=False)
    times = TravelTimes(shown, reachable)
    view[1, 0] = 8
    assert times.seconds[1, 0] == 7
    assert faults_of(lambda: TravelTimes(fixed([[0, 0], [-7, 0]]), reachable)) == [
        "seconds[1][0]: -7 is not a whole number from 0 to 2147483647"
    ]
    assert faults_of(lambda: TravelTimes(fixed([[3, 0], [7, 0]]), reachable)) == [
        "seconds[0][0]: 3 is not 0, as the way from a place to itself is"
    ]


def test_travel_times_are_equal_by_what_they_say() -> None:
    rows: list[list[int | None]] = [[0, 5], [None, 0]]
    one = TravelTimes.from_rows(rows)
    assert one == TravelTimes(np.array([[0, 5], [99, 0]]), one.reachable)
    assert one != TravelTimes.from_rows(rows, rows)
    assert one != TravelTimes.from_rows([[0, 6], [None, 0]])
    assert one != rows
    assert one.reachable.tolist() == [[True, True], [False, True]]
    assert one.seconds.tolist() == [[0, 5], [0, 0]]
    assert one.metres is None


def test_a_problem_finds_places_villages_and_working_days() -> None:
    toy = toy_problem()
    assert (toy.index["mill"], toy.place("mill").name) == (2, "Mill")
    assert toy.village_at["hill"].required
    assert [toy.working_days(team) for team in toy.teams] == [(0, 1, 2), (0, 2)]
    assert toy.working_days(Team("C", "base", "base", "car", days=(2, 0))) == (0, 2)
    assert toy.days[0].doors == Window(36000, 68400)
    assert toy.days[2].doors == toy.days[2].work


@given(problems(version=2))
def test_problems_survive_replace_and_pickling(problem: Problem) -> None:
    assert problem.replace() == problem
    assert pickle.loads(pickle.dumps(problem)) == problem  # noqa: S301


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
def test_a_narrowed_window_holds_what_both_hold(a: int, b: int, c: int, d: int) -> None:
    one, other = Window(*sorted((a, b))), Window(*sorted((c, d)))
    both = set(range(one.start, one.end + 1)) & set(range(other.start, other.end + 1))
    narrowed = one.narrowed(other)
    assert both == (set(range(narrowed.start, narrowed.end + 1)) if narrowed else set())
    assert one.narrowed(None) == one


def test_the_page_of_a_plan_says_what_it_is_worth_where_that_is_not_what_it_reaches() -> None:
    html = full_toy_plan()._repr_html_()
    assert "worth 335.8 with bonuses and driving" in html
    assert "no plan is worth more than 340.0" in html
    assert "worth" not in toy_plan()._repr_html_()


def test_a_plan_gives_a_teams_tours_in_the_order_of_the_days() -> None:
    plan = toy_plan()
    turned = plan.replace(tours=plan.tours[::-1])
    assert [tour.day for tour in turned.tours_of("A")] == [0, 1, 2]
    assert plan.tours[0].households == 70
    assert turned.tours_of("Z") == ()


@pytest.mark.parametrize("figure", [float("nan"), float("inf")])
def test_the_figures_of_a_plan_are_numbers(figure: float) -> None:
    summary, run = toy_plan().summary, toy_plan().run
    changed: dict[str, Any] = {"weighted": figure, "upper_bound": figure}
    assert faults_of(lambda: dataclasses.replace(summary, **changed)) == [
        f"weighted: {figure} is not a number that a file can hold",
        f"upper_bound: {figure} is not a number that a file can hold",
    ]
    assert faults_of(lambda: dataclasses.replace(run, seconds=figure)) == [
        f"seconds: {figure} is not a number that a file can hold"
    ]


@pytest.mark.parametrize(
    ("kind", "code"),
    [(RouteplanError, 1), (InputError, 2), (RoadError, 3), (PlanError, 4), (AuditError, 5)],
)
def test_every_error_has_its_exit_code_and_survives_pickling(
    kind: type[RouteplanError], code: int
) -> None:
    error = kind([Fault("villages.csv:41", "is odd", "mend it"), Fault("", "so is this")])
    again = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (type(again), again.faults, again.exit_code) == (kind, error.faults, code)
    assert str(again) == "villages.csv:41: is odd; mend it\nso is this"
    assert str(kind("all wrong")) == "all wrong"


def test_an_input_error_is_a_value_error() -> None:
    assert issubclass(InputError, ValueError)


def test_faults_are_raised_together_and_placed_from_outside_in() -> None:
    inner, outer = Faults(), Faults()
    outer.raise_any()
    inner.add("[3]", "is odd")
    inner.add("name", "is missing")
    inner.add("", "is small")
    outer.adopt(InputError(inner), "places")
    assert [fault.where for fault in outer] == ["places[3]", "places.name", "places"]
    with pytest.raises(RoadError):
        outer.raise_any(RoadError)


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [
        ("househlods", ["weight", "households"], "did you mean 'households'?"),
        ("xyz", ["b", "a"], "known are 'a', 'b'"),
        ("xyz", [f"{n:02}" for n in range(13)], "known are '00', '01', "),
        ("xyz", [], ""),
    ],
)
def test_the_nearest_word_is_offered(word: str, known: list[str], expected: str) -> None:
    assert nearest(word, known).startswith(expected)
    assert nearest(word, known).endswith("…") == (len(known) > 12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3O", "did you mean 30?"),
        ("43,5", "did you mean 43.5?"),
        ("1 200", "did you mean 1200?"),
        ("many", ""),
        ("nan", ""),
        ("1e999", ""),
    ],
)
def test_mistyped_numbers_are_guessed(text: str, expected: str) -> None:
    assert guess_number(text) == expected


def test_fields_say_what_they_expected_and_got() -> None:
    """One of each kind of reading, each with its fault, and nothing raised on the way."""
    faults = Faults()
    long = "x" * 99
    fields = Fields(
        {"a": 1, "b": "no", "c": 2.0, "d": 10**400, "e": [1, True], "f": {}, "g": [3], "h": long},
        "file",
        faults,
    )
    assert fields.text("a") == ""
    assert fields.flag("b") is False
    assert fields.whole("c") == 0
    assert fields.number("d") == 0.0
    assert fields.read("e", tuple[int, ...]) is None
    assert fields.items("f") == []
    assert len(fields.children("g")) == 1
    assert fields.read("h", StoppedBy) is None
    assert fields.read("missing", str | None) is None
    assert not any(fields.ok(name) for name in "abcdefh")
    fields.finish()
    assert [fault.where for fault in faults] == [
        *("file.a", "file.b", "file.c", "file.d", "file.e[1]", "file.f"),
        *("file.g[0]", "file.h"),
    ]
    assert all(len(str(fault)) < 160 for fault in faults)


def test_a_missing_object_is_named_once() -> None:
    faults = Faults()
    fields = Fields({}, "", faults)
    child = fields.child("rules")
    child.whole("most")
    child.finish()
    assert list(map(str, faults)) == ["rules: is missing"]
    assert fields.build(dict) is None


def test_what_is_no_object_is_named_once() -> None:
    faults = Faults()
    fields = Fields([], "villages[0]", faults)
    assert (fields.text("place"), fields.whole("households"), fields.sound) == ("", 0, False)
    assert list(map(str, faults)) == ["villages[0]: expected an object with fields, got a list"]


def test_what_cannot_be_built_is_named_from_outside() -> None:
    faults = Faults()
    fields = Fields({}, "days[1].work", faults)
    assert fields.build(Window, start=5, end=3) is None
    assert list(map(str, faults)) == ["days[1].work: ends at 3, before it starts at 5"]


def test_a_problem_of_lists_is_that_of_tuples() -> None:
    problem = toy_problem()
    names = ("places", "villages", "teams", "days", "sleeps", "announced", "districts")
    listed = problem.replace(**{name: [*getattr(problem, name)] for name in names})
    assert listed == problem
    assert isinstance(listed.villages, tuple)
