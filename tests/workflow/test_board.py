"""Edits of the board: what they replace, what they break, and that a search keeps them."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeplan.audit import audit_plan
from routeplan.errors import InputError
from routeplan.formats import problem_sha256, problem_to_json
from routeplan.model.plan import Stop, Tour
from routeplan.planner import Options, Pins, solve
from routeplan.workflow.board import (
    BoardEdit,
    check_board,
    check_known,
    edits_to_hold,
    in_force,
)
from routeplan.workflow.edits import replan
from routeplan.workflow.trials import (
    breach_text,
    least_visit,
    trial_text,
    try_days,
    without_stop,
)
from tests.helpers import handouts as handouts_helpers
from tests.helpers.small_problems import SMALLER, small_problem

# Four villages, each visited once: v1 and v3 on the first day, v2 and v4 on the second.
PROBLEM = handouts_helpers.toy_problem()
PLAN = handouts_helpers.toy_plan().replace(
    problem_sha256=problem_sha256(problem_to_json(PROBLEM)),
    tours=tuple(
        Tour(team, day, "base", "base", *times, (Stop(place, 36_000, 36_000, end, households),))
        for team, day, place, times, end, households in (
            ("A", 0, "v1", (34_800, 51_000, 2_400), 47_400, 60),
            ("A", 1, "v2", (33_600, 57_000, 4_800), 54_600, 100),
            ("B", 0, "v3", (33_900, 53_100, 4_200), 51_000, 80),
            ("B", 1, "v4", (33_000, 55_800, 6_000), 52_800, 90),
        )
    ),
)
BRIEF = Options(iterations=3, bound=False)
MOVED = BoardEdit("move", "v1", "A", 0, "B", 1)


def places_of(plan: object, team: str, day: int) -> list[str]:
    tours = plan.tours  # type: ignore[attr-defined]  # it is a plan
    return [s.place for t in tours if (t.team, t.day) == (team, day) for s in t.stops]


def test_a_later_edit_replaces_what_was_said_of_the_same_stop_village_or_day() -> None:
    elsewhere = replace(MOVED, to_team="A", to_day=1)
    assert in_force([MOVED, elsewhere]) == (elsewhere,)
    assert in_force([MOVED, replace(MOVED, to_team="A", to_day=0)]) == ()
    skip, keep = BoardEdit("skip", "v1"), BoardEdit("keep", team="A", day=1)
    assert in_force([MOVED, keep, skip]) == (keep, skip)
    assert in_force([skip, MOVED]) == (MOVED,)
    assert in_force([keep, keep, BoardEdit("release", team="A", day=0)]) == (keep,)
    assert in_force([keep, skip, BoardEdit("release", team="A", day=1)]) == (skip,)
    assert in_force([skip, BoardEdit("release", "v1")]) == ()


def test_a_moved_stop_is_a_pin_and_the_days_without_edits_stay_untouched() -> None:
    board = check_board(PROBLEM, PLAN, [MOVED])
    assert board.checked.pins == Pins(visits_by=(("v1", 1, "B"),))
    assert set(board.checked.untouched) == {("A", 1), ("B", 0)}
    assert (places_of(board.plan, "A", 0), set(places_of(board.plan, "B", 1))) == ([], {"v1", "v4"})
    assert board.faults == {}


def test_a_day_that_becomes_too_long_says_by_how_much_and_the_edit_is_kept() -> None:
    tight = PROBLEM.replace(
        days=tuple(replace(day, work=replace(day.work, end=58_000)) for day in PROBLEM.days)
    )
    board = check_board(tight, PLAN, [MOVED])
    (violations,) = board.violations.values()
    texts = [breach_text(each, tight) for each in violations]
    late = next(t for t in board.plan.tours if (t.team, t.day) == ("B", 1)).arrive - 58_000
    assert f"the working day is {-(-late // 60)} minutes too short" in texts
    assert board.checked.pins == Pins(visits_by=(("v1", 1, "B"),))
    plan, kept = replan(tight, board.checked, BRIEF)
    assert kept.faults == ()
    assert "v1" in places_of(plan, "B", 1)
    assert audit_plan(tight, plan) == ()


def test_what_no_plan_can_keep_is_a_fault_of_its_edit_alone() -> None:
    closed = PROBLEM.replace(
        villages=tuple(
            replace(v, closed_days=(1,)) if v.place == "v1" else v for v in PROBLEM.villages
        )
    )
    skip = BoardEdit("skip", "v3")
    board = check_board(closed, PLAN, [MOVED, skip])
    assert [*board.faults] == [MOVED]
    assert "takes no visits on" in board.faults[MOVED][0]
    assert board.checked.pins == Pins(skipped=("v3",))
    # What a search begins from has the stop where it was; the board shows it where it was put.
    assert places_of(board.checked.start, "A", 0) == ["v1"]
    assert "v1" in places_of(board.plan, "B", 1)


def test_a_village_is_not_moved_to_a_day_that_visits_it_already() -> None:
    tours = tuple(
        replace(t, stops=(*t.stops, replace(t.stops[0], place="v1", households=10)))
        if (t.team, t.day) == ("B", 1)
        else t
        for t in PLAN.tours
    )
    board = check_board(PROBLEM, PLAN.replace(tours=tours), [MOVED])
    assert "would be visited twice" in board.faults[MOVED][0]
    assert board.checked.edits == ()


def test_a_day_that_is_kept_is_pinned_as_it_is_shown() -> None:
    board = check_board(PROBLEM, PLAN, [MOVED, BoardEdit("keep", team="B", day=1)])
    assert board.checked.pins.tours == (("B", 1),)
    plan, _kept = replan(PROBLEM, board.checked, BRIEF, all_days=True)
    assert places_of(plan, "B", 1) == places_of(board.plan, "B", 1)


def test_a_stop_that_is_struck_out_leaves_its_day_without_it() -> None:
    strike = BoardEdit("strike", "v1", "A", 0)
    board = check_board(PROBLEM, PLAN, [strike])
    plan, _kept = replan(PROBLEM, board.checked, BRIEF)
    assert places_of(plan, "A", 0) == []
    assert edits_to_hold(plan, board.edits) == (BoardEdit("keep", team="A", day=0),)


def test_edits_go_on_to_hold_and_do_not_open_their_days_again() -> None:
    board = check_board(PROBLEM, PLAN, [MOVED])
    plan, _kept = replan(PROBLEM, board.checked, BRIEF)
    held = edits_to_hold(plan, board.edits)
    assert held == (BoardEdit("visit", "v1", to_team="B", to_day=1),)
    again = check_board(PROBLEM, plan, [BoardEdit("keep", team="A", day=1)], held)
    assert again.faults == {}
    assert ("B", 1) in again.checked.untouched
    assert again.checked.pins.visits_by == (("v1", 1, "B"),)


@pytest.mark.parametrize(
    "edit",
    [
        replace(MOVED, place="v9"),
        replace(MOVED, day=1),
        replace(MOVED, to_team="C"),
        replace(MOVED, to_day=7),
        BoardEdit("skip", "base"),
        BoardEdit("keep", team="A", day=9),
    ],
)
def test_an_edit_of_what_there_is_not_is_refused(edit: BoardEdit) -> None:
    with pytest.raises(InputError, match="no such stop"):
        check_known(PROBLEM, PLAN, edit)


@settings(max_examples=12)
@given(st.integers(0, 40), st.data())
def test_a_trial_says_whether_the_day_keeps_the_rules_with_the_visit(
    seed: int, data: st.DataObject
) -> None:
    posed = small_problem(seed, SMALLER)
    villages = tuple(replace(village, required=False) for village in posed.villages)
    problem = posed.replace(villages=villages, districts=())
    plan = solve(problem, BRIEF)
    village = data.draw(st.sampled_from(problem.villages))
    bare = plan
    for tour in plan.tours:
        bare = without_stop(bare, village.place, tour.team, tour.day)
    for trial in try_days(problem, bare, village.place, least_visit(problem, village.place)):
        edit = BoardEdit("visit", village.place, to_team=trial.team, to_day=trial.day)
        board = check_board(problem, bare, [edit])
        assert board.violations.get((trial.team, trial.day), ()) == trial.violations
        assert (trial_text(trial, problem) == "fits") == (not trial.violations)
        # What no pin could keep is out of reach.
        assert trial.in_reach == (trial.seconds_over < math.inf)
        assert board.faults == {} or not trial.in_reach
