"""A workbook goes out, is edited, and comes back: as pins, and as faults that name their cells."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeplan.audit import audit_plan
from routeplan.cli import main
from routeplan.errors import InputError
from routeplan.files import INDEX
from routeplan.formats import plan_from_json, plan_to_json, problem_sha256, problem_to_json
from routeplan.language import LANGUAGES
from routeplan.model.plan import Stop, Tour
from routeplan.planner import Options, Pins
from routeplan.workflow.edits import changed_days, replan
from routeplan.workflow.prepare import plan_tours, prepare
from tests.helpers import handouts as handouts_helpers
from tests.helpers import paths, toy
from tests.helpers.workbook import (
    cell_of,
    edited,
    opened,
    saved,
    sheet_of,
    taken,
    taken_after,
    written,
)

if TYPE_CHECKING:
    from pathlib import Path

    from routeplan.language import Language
    from routeplan.model.plan import Plan

BRIEF = Options(iterations=3)
DEMO = paths.DEMO / "scenario.toml"

# Four villages, each visited once: v1 and v3 by either crew on the first day.
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
MONDAY, TUESDAY = (day.date for day in PROBLEM.days)

SWAPPED = {
    ("stops", ("A", 0, "v1"), "team"): "B",
    ("stops", ("B", 0, "v3"), "team"): "A",
    ("villages", ("v2",), "date"): MONDAY,
    ("stops", ("B", 1, "v4"), "households"): 210,
}


def who(plan: Plan) -> set[tuple[str, int, str]]:
    return {(stop.place, tour.day, tour.team) for tour in plan.tours for stop in tour.stops}


def test_stops_swapped_between_crews_a_village_pinned_and_a_broken_rule_come_back() -> None:
    found = taken_after(PROBLEM, PLAN, SWAPPED)
    assert found.pins == Pins(visits=(("v2", 0),), visits_by=(("v1", 0, "B"), ("v3", 0, "A")))
    assert [edit.cells for edit in found.edits] == [
        ("week1.xlsx:Stops!B5",),
        ("week1.xlsx:Stops!B7",),
        ("week1.xlsx:Villages!G6",),
    ]
    (fault,) = found.faults
    assert str(fault).startswith("week1.xlsx:Stops!F8: households: ")


def test_what_is_kept_is_planned_and_what_is_broken_is_not_lost() -> None:
    found = taken_after(PROBLEM, PLAN, SWAPPED)
    plan, kept = replan(PROBLEM, found, BRIEF)
    assert audit_plan(PROBLEM, plan) == ()
    visits = who(plan)
    assert {visit for visit in visits if visit[0] in {"v1", "v3"}} == {
        ("v1", 0, "B"),
        ("v3", 0, "A"),
    }
    assert {day for place, day, _ in visits if place == "v2"} == {0}
    assert kept == found


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_workbook_that_nobody_edited_asks_for_nothing_in_any_language(language: Language) -> None:
    for problem, plan in ((PROBLEM, PLAN), (toy.toy_problem(), toy.toy_plan())):
        found = taken(problem, plan, written(problem, plan, language))
        assert (found.edits, found.faults, found.start) == ((), (), plan)


@pytest.mark.parametrize("language", LANGUAGES)
def test_edits_mean_the_same_in_any_language(language: Language) -> None:
    found = taken(PROBLEM, PLAN, edited(written(PROBLEM, PLAN, language), SWAPPED))
    assert found.pins == taken_after(PROBLEM, PLAN, SWAPPED).pins


def test_sorting_renaming_and_moving_sheets_changes_nothing() -> None:
    book = opened(edited(written(PROBLEM, PLAN), SWAPPED))
    stops = sheet_of(book, "stops")
    rows = [[cell.value for cell in row] for row in stops.iter_rows(min_row=5, max_row=8)]
    for target, values in zip(stops.iter_rows(min_row=5, max_row=8), rows[::-1], strict=True):
        for cell, value in zip(target, values, strict=True):
            cell.value = value
    stops.title = "Аялдамалар 2"
    book.move_sheet(stops, offset=3)
    found = taken(PROBLEM, PLAN, saved(book))
    assert found.pins == taken_after(PROBLEM, PLAN, SWAPPED).pins
    assert found.faults[0].where == "week1.xlsx:Аялдамалар 2!F5"


def test_households_and_order_pin_the_whole_day() -> None:
    problem, plan = toy.toy_problem(), toy.toy_plan()
    changes = {
        ("stops", ("A", 0, "mill"), "number"): 2,
        ("stops", ("A", 0, "north"), "number"): 1,
        ("stops", ("A", 1, "dell"), "households"): 35,
    }
    found = taken_after(problem, plan, changes)
    assert found.faults == ()
    assert found.pins == Pins(tours=(("A", 0), ("A", 1)))
    assert found.edits[0].cells == ("week1.xlsx:Stops!D6", "week1.xlsx:Stops!D5")
    new, _ = replan(problem, found, BRIEF)
    assert audit_plan(problem, new) == ()
    stops = {(t.team, t.day): [(s.place, s.households) for s in t.stops] for t in new.tours}
    assert stops["A", 0] == [("north", 30), ("mill", 40)]
    assert stops["A", 1] == [("mill", 20), ("dell", 35)]


def test_a_visit_to_the_few_that_others_leave_pins_the_days_that_leave_them() -> None:
    """B's last day reaches 4 in mill, fewer than its least, because earlier visits did the rest."""
    problem, plan = toy.toy_problem(), toy.toy_plan()
    found = taken_after(problem, plan, {("stops", ("B", 2, "north"), "households"): 29})
    assert (found.faults, len(found.edits)) == ((), 1)
    assert found.pins.tours == (("B", 2), ("A", 0), ("A", 1), ("B", 0))


def test_one_of_several_visits_that_is_moved_pins_both_its_days() -> None:
    problem, plan = toy.toy_problem(), toy.toy_plan()
    found = taken_after(problem, plan, {("stops", ("A", 0, "mill"), "date"): dt.date(2027, 5, 6)})
    assert found.pins == Pins(tours=(("A", 0), ("A", 2)))
    new, _ = replan(problem, found, BRIEF)
    assert ("mill", 2, "A") in who(new)
    assert ("mill", 0, "A") not in who(new)


def test_a_visit_can_be_struck_out_and_a_village_too() -> None:
    changes = {
        ("stops", ("A", 0, "v1"), "strike"): "x",
        ("villages", ("v3",), "strike"): "x",
    }
    found = taken_after(PROBLEM, PLAN, changes)
    assert found.pins == Pins(tours=(("A", 0),), skipped=("v3",))
    plan, _ = replan(PROBLEM, found, BRIEF)
    assert not {visit for visit in who(plan) if visit[0] == "v3" or visit[1:] == (0, "A")}


@pytest.mark.parametrize(
    ("key", "touched"),
    [
        (("stops", ("A", 0, "v1"), "strike"), ("A", 0)),
        (("stops", ("B", 1, "v4"), "strike"), ("B", 1)),
        (("villages", ("v3",), "strike"), ("B", 0)),
    ],
)
def test_days_that_no_edit_has_to_do_with_stay_as_they_are_unless_asked(
    key: tuple[str, tuple[object, ...], str], touched: tuple[str, int]
) -> None:
    found = taken_after(PROBLEM, PLAN, {key: "x"})
    new, _ = replan(PROBLEM, found, BRIEF)
    assert changed_days(PLAN, new) == (touched,)
    freely, _ = replan(PROBLEM, found, BRIEF, all_days=True)
    assert set(changed_days(PLAN, freely)) > {touched}
    assert audit_plan(PROBLEM, new) == audit_plan(PROBLEM, freely) == ()


def test_a_row_that_was_deleted_strikes_its_visit_out() -> None:
    book = opened(written(PROBLEM, PLAN))
    sheet_of(book, "stops").delete_rows(5)
    found = taken(PROBLEM, PLAN, saved(book))
    assert found.pins == Pins(tours=(("A", 0),))
    assert found.edits[0].cells == ("week1.xlsx:Stops",)


def test_a_visit_can_be_added_in_an_empty_row() -> None:
    row = ("stops", (), "team"), ("stops", (), "date"), ("stops", (), "village")
    found = taken_after(PROBLEM, PLAN, dict(zip(row, ("A", "04.05.2027", "Арал"), strict=True)))
    (fault,) = found.faults
    assert fault.where == "week1.xlsx:Stops!E9"
    assert "unreachable" in fault.message
    struck = {("stops", ("B", 1, "v4"), "strike"): "x"}
    again = dict(zip(row, ("A", TUESDAY, "{{ 7*7 }}"), strict=True))
    found = taken_after(PROBLEM, PLAN, {**struck, **again})
    assert found.pins == Pins(tours=(("B", 1),), visits_by=(("v4", 1, "A"),))


def test_every_cell_that_cannot_be_read_is_named_at_once_and_the_others_count() -> None:
    changes = {
        ("stops", ("A", 0, "v1"), "team"): "BB",
        ("stops", ("A", 1, "v2"), "date"): dt.date(2028, 5, 3),
        ("stops", ("B", 0, "v3"), "households"): "3O",
        ("stops", ("B", 1, "v4"), "team"): None,
        ("stops", (), "village"): "Ақбулақ",
        ("villages", ("v3",), "team"): "A",
        ("villages", ("v4",), "date"): MONDAY,
    }
    days = "2027-05-03, 2027-05-04"
    found = taken_after(PROBLEM, PLAN, changes)
    assert [str(fault) for fault in found.faults] == [
        "week1.xlsx:Stops!B5: there is no crew 'BB'; did you mean 'B'?",
        f"week1.xlsx:Stops!C6: '2028-05-03' is no day of the plan; its days are {days}",
        "week1.xlsx:Stops!F7: '3O' is not a whole number; the plan says 80",
        "week1.xlsx:Stops!B8: names no crew; to strike it out, put a cross into G8",
        "week1.xlsx:Stops!E9: there is no village 'Ақбулақ'; did you mean 'Ақбұлақ'?",
        "week1.xlsx:Stops!B9: names no crew; to strike it out, put a cross into G9",
        "week1.xlsx:Stops!C9: names no day; to strike it out, put a cross into G9",
        "week1.xlsx:Villages!H7: names a crew but no day; choose the day, too",
    ]
    assert found.pins == Pins(visits=(("v4", 0),))


def test_edits_that_contradict_each_other_are_named_and_the_first_is_kept() -> None:
    changes = {
        ("stops", ("A", 0, "v1"), "team"): "B",
        ("villages", ("v1",), "date"): TUESDAY,
        ("villages", ("v3",), "date"): TUESDAY,
        ("villages", ("v3",), "strike"): "x",
    }
    found = taken_after(PROBLEM, PLAN, changes)
    assert found.pins == Pins(visits=(("v3", 1),), visits_by=(("v1", 0, "B"),))
    assert {fault.where for fault in found.faults} == {
        "week1.xlsx:Villages!G5",
        "week1.xlsx:Villages!I7",
    }


def test_an_edit_that_another_one_forbids_names_the_cells_of_the_other() -> None:
    changes = {
        ("stops", ("A", 0, "v1"), "households"): 50,
        ("villages", ("v1",), "date"): TUESDAY,
    }
    (fault,) = taken_after(PROBLEM, PLAN, changes).faults
    assert str(fault) == (
        "week1.xlsx:Villages!G5: contradicts week1.xlsx:Stops!F5, which visits it on another day"
    )


def test_edits_that_each_could_be_but_not_together_are_named_when_planned() -> None:
    """One crew cannot knock in four far villages on one short day, each of them at length."""
    long = PROBLEM.replace(
        villages=tuple(replace(v, min_households=min(v.households, 70)) for v in PROBLEM.villages),
        days=tuple(replace(day, work=replace(day.work, end=72_000)) for day in PROBLEM.days),
    )
    plan = PLAN.replace(problem_sha256=problem_sha256(problem_to_json(long)))
    changes = {
        ("stops", ("A", 1, "v2"), "date"): MONDAY,
        ("stops", ("B", 0, "v3"), "team"): "A",
        ("stops", ("B", 1, "v4"), "team"): "A",
        ("stops", ("B", 1, "v4"), "date"): MONDAY,
    }
    data = edited(written(long, plan), changes)
    found = taken(long, plan, data)
    assert (len(found.edits), found.faults) == (3, ())
    new, kept = replan(long, found, Options(iterations=20))
    assert audit_plan(long, new) == ()
    assert kept.faults
    assert len(kept.edits) + len(kept.faults) == 3
    assert all("pinned but not visited" in fault.message for fault in kept.faults)
    for place, day, team in kept.pins.visits_by:
        assert (place, day, team) in who(new)


@settings(max_examples=15)
@given(data=st.data())
def test_no_edit_is_ever_lost(data: st.DataObject) -> None:
    """Whatever is typed where, each edited row is in a pin or in a fault."""
    keys = [(t.team, t.day, s.place) for t in PLAN.tours for s in t.stops]
    typed = {
        "team": st.sampled_from(["A", "B", "C", None, 1]),
        "date": st.sampled_from([MONDAY, TUESDAY, "2027-05-04", "tomorrow", None]),
        "households": st.sampled_from([1, 50, 10_000, -1, "many", 2.5, None]),
        "strike": st.sampled_from(["x", "х", None]),
    }
    columns = data.draw(st.lists(st.tuples(st.sampled_from(keys), st.sampled_from(sorted(typed)))))
    changes = {("stops", key, column): data.draw(typed[column]) for key, column in columns}
    before = {
        ("stops", (t.team, t.day, s.place), column): value
        for t in PLAN.tours
        for s in t.stops
        for column, value in {
            "team": t.team,
            "date": PROBLEM.days[t.day].date,
            "households": s.households,
            "strike": None,
        }.items()
    }
    found = taken_after(PROBLEM, PLAN, changes)
    reported = " ".join([cell for edit in found.edits for cell in edit.cells])
    reported += " ".join(fault.where for fault in found.faults)
    number = {key: row for row, key in enumerate(keys, start=5)}
    for change, value in changes.items():
        same = value == before[change] or (value == "2027-05-04" and change[1][1] == 1)
        if not same:
            assert f"{number[change[1]]}" in reported, (change, value, reported)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda _: b"name,lat\n", "is not a sound XLSX workbook"),
        (lambda data: data[:2000], "is not a sound XLSX workbook"),
        (lambda data: _without(data, "villages"), "has no sheet 'villages'"),
        (lambda data: _with_meta(data, "D2", "another"), "was written for another plan"),
        (lambda data: _with_meta(data, "B2", 9), "is of version 9"),
    ],
    ids=["no workbook", "cut off", "a sheet gone", "another plan", "another version"],
)
def test_what_is_no_workbook_for_the_plan_is_refused(spoil: object, message: str) -> None:
    data = spoil(written(PROBLEM, PLAN))  # type: ignore[operator]
    with pytest.raises(InputError, match=message):
        taken(PROBLEM, PLAN, data)


def _without(data: bytes, name: str) -> bytes:
    book = opened(data)
    book.remove(sheet_of(book, name))
    return saved(book)


def _with_meta(data: bytes, cell: str, value: str | int) -> bytes:
    book = opened(data)
    sheet_of(book, "lists")[cell] = value
    return saved(book)


# ---- The command ----


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "problem.json").write_text(problem_to_json(PROBLEM), encoding="utf-8")
    (tmp_path / "plan.json").write_text(plan_to_json(PLAN), encoding="utf-8")
    return tmp_path


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


def test_the_command_writes_and_reads_back_and_its_exit_code_reports_broken_edits(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problem, plan, book = (files / name for name in ("problem.json", "plan.json", "week1.xlsx"))
    assert run("workbook", "write", problem, plan, "-o", book, "--language", "ru", "--csv") == 0
    assert {path.name for path in files.iterdir()} == {
        INDEX,
        *("problem.json", "plan.json", "week1.xlsx", "stops.csv", "villages.csv", "left_out.csv"),
    }
    assert run("workbook", "read", book, problem, plan) == 0
    assert "nothing was edited" in capsys.readouterr().out
    book.write_bytes(edited(book.read_bytes(), SWAPPED))
    new = files / "plan2.json"
    asked = ("workbook", "read", book, problem, plan, "-q", "-o", new, "--iterations", 3)
    assert run(*asked) == 2
    reported = capsys.readouterr().out
    assert "kept: --pin-village v1:1:B (week1.xlsx:Остановки!B5)" in reported
    assert "not kept: week1.xlsx:Остановки!F8: households: " in reported
    made = plan_from_json(new.read_bytes(), source="new")
    assert {("v1", 0, "B"), ("v3", 0, "A")} <= who(made)
    changed = ", ".join(f"{team}:{day + 1}" for team, day in changed_days(PLAN, made))
    assert changed
    assert f"tours with other visits than before: {changed}" in reported
    assert run("audit", problem, new) == 0


def test_team_days_whose_visits_differ_are_listed_in_order_of_days() -> None:
    assert changed_days(PLAN, PLAN) == ()
    first = PLAN.tours[0]
    emptied = PLAN.replace(tours=(replace(first, stops=()), *PLAN.tours[1:]))
    assert changed_days(PLAN, emptied) == ((first.team, first.day),)
    every = sorted((t.day, t.team) for t in PLAN.tours if t.stops)
    assert changed_days(PLAN, PLAN.replace(tours=())) == tuple((t, d) for d, t in every)


def test_the_command_answers_in_json(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    problem, plan, book = (files / name for name in ("problem.json", "plan.json", "week1.xlsx"))
    run("workbook", "write", problem, plan, "-o", book)
    book.write_bytes(edited(book.read_bytes(), SWAPPED))
    capsys.readouterr()
    assert run("workbook", "read", book, problem, plan, "--json") == 2
    answer = json.loads(capsys.readouterr().out)
    assert answer["kept"][0] == {"pin": "pin-village v1:1:B", "cells": ["week1.xlsx:Stops!B5"]}
    assert answer["not_kept"][0]["where"] == "week1.xlsx:Stops!F8"


def test_the_demo_goes_out_is_edited_and_comes_back() -> None:
    prepared = prepare(DEMO)
    problem = prepared.problem
    plan = plan_tours(prepared, Options(iterations=40, bound=False))
    counts: dict[str, int] = {}
    for place, _, _ in who(plan):
        counts[place] = counts.get(place, 0) + 1
    once = {
        (tour.team, tour.day): stop.place
        for tour in plan.tours
        for stop in tour.stops
        if counts[stop.place] == 1
    }
    day = next(day for day in range(5) if {("A", day), ("B", day)} <= set(once))
    first, second = once["A", day], once["B", day]
    other = next(v for v in problem.villages if v.place not in counts and not v.closed_days)
    changes = {
        ("stops", ("A", day, first), "team"): "B",
        ("stops", ("B", day, second), "team"): "A",
        ("villages", (other.place,), "date"): problem.days[4].date,
    }
    busiest = max(plan.tours, key=lambda tour: len(tour.stops) * (tour.day != day))
    stop = busiest.stops[0]
    broken = ("stops", (busiest.team, busiest.day, stop.place), "households")
    found = taken_after(problem, plan, {**changes, broken: 100_000})
    assert {(first, day, "B"), (second, day, "A")} == set(found.pins.visits_by)
    assert found.pins.visits == ((other.place, 4),)
    cell = cell_of(opened(written(problem, plan)), broken)
    assert {fault.where for fault in found.faults} == {f"week1.xlsx:Stops!{cell}"}
    new, kept = replan(problem, found, Options(iterations=40))
    assert audit_plan(problem, new) == ()
    assert kept == found
    assert {(first, day, "B"), (second, day, "A")} <= who(new)
