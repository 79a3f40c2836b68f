"""Sheets of several plans: which visit a number stands for, and which are missing."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from routeplan.errors import InputError
from routeplan.formats import plan_to_json, problem_sha256, problem_to_json
from routeplan.ledger import Entry
from routeplan.model.results import VisitResult
from routeplan.tally import sheet_code
from routeplan.web.folders import changed_from, folder_before, plan_folders, read_plan_in
from routeplan.web.sheets import Plans
from tests.helpers.week import sheets_of, week_folder

if TYPE_CHECKING:
    from pathlib import Path

    from routeplan.web.sheets import Sheet

DAYS = [dt.date(2027, 5, day) for day in (3, 4, 5)]


def entry_of(sheet: Sheet) -> Entry:
    now = dt.datetime(2027, 5, 4, tzinfo=dt.UTC)
    return Entry(1, VisitResult(*sheet.visit.key, reached=1, signed=1), None, None, now, "")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return week_folder(tmp_path)


def change(folder: Path, first: dt.date, *teams: str) -> Path:
    """Write a plan from a day on that has the tours of some teams alone."""
    problem, plan = read_plan_in(folder / "outputs")
    dates = [day.date for day in problem.days]
    tours = tuple(t for t in plan.tours if dates[t.day] >= first and t.team in teams)
    text = problem_to_json(problem)
    later = plan.replace(tours=tours, problem_sha256=problem_sha256(text.encode()))
    where = folder / "outputs" / first.isoformat()
    where.mkdir()
    (where / "problem.json").write_text(text, encoding="utf-8")
    (where / "plan.json").write_text(plan_to_json(later), encoding="utf-8")
    return where


def test_a_plan_holds_from_its_first_day_on(folder: Path) -> None:
    assert [Plans(folder).holding(date) for date in DAYS] == [0, 0, 0]
    where = change(folder, DAYS[1], "A")
    assert [Plans(folder).holding(date) for date in DAYS] == [0, 1, 1]
    assert Plans(folder).holding(DAYS[0] - dt.timedelta(days=1)) is None
    assert Plans(folder).holding(DAYS[2] + dt.timedelta(days=1)) is None
    assert changed_from(folder, where) == folder / "outputs"
    assert changed_from(folder, folder / "outputs") is None
    assert folder_before(folder, DAYS[1]) == folder / "outputs"
    assert folder_before(folder, DAYS[2]) == where
    assert plan_folders(folder) == [folder / "outputs", where]


def test_a_number_stands_for_the_visits_of_plans_that_hold(folder: Path) -> None:
    first = sheets_of(folder)
    change(folder, DAYS[1], "B")
    plans = Plans(folder)
    for sheet in first:
        number = sheet.visit.sheet
        assert number is not None
        changed = plans.planned(1).sheets.get(number)
        keys = {each.key for each in (sheet.visit, changed) if each is not None}
        # Monday is as it was; from Tuesday on crew B alone works, as before.
        holding = {key for key in keys if key[1] == DAYS[0] or key[0] == "B"}
        assert {each.visit.key for each in plans.find(sheet.code)} == (holding or keys)
    # Monday's first sheet has a number of the change, too.
    assert len(plans.find(sheet_code(1))) == 2
    with pytest.raises(InputError, match="the plan has no sheet"):
        plans.find(sheet_code(99))


def test_sheets_are_missing_up_to_yesterday_and_to_the_last_day_with_results(folder: Path) -> None:
    plans, sheets = Plans(folder), sheets_of(folder)
    (week,) = plans.weeks()

    def due(today: dt.date, *entries: Entry) -> set[dt.date]:
        days = plans.of_week(week, entries, today)
        return {date for date, own in days for sheet in own if sheet.is_due}

    assert due(DAYS[0]) == set()
    assert due(DAYS[1]) == {DAYS[0]}
    assert due(dt.date(2026, 1, 1)) == set()
    tuesday = next(each for each in sheets if each.visit.date == DAYS[1])
    assert due(dt.date(2026, 1, 1), entry_of(tuesday)) == {DAYS[0], DAYS[1]}
    days = dict(plans.of_week(week, [entry_of(tuesday)], DAYS[0]))
    assert [each.visit.key for each in days[DAYS[1]] if each.entry] == [tuesday.visit.key]
    assert sum(map(len, days.values())) == len(sheets)


def test_a_tour_that_does_not_change_is_on_paper_with_its_first_number(folder: Path) -> None:
    first = {each.visit.key: each for each in sheets_of(folder)}
    change(folder, DAYS[1], "B")
    plans = Plans(folder)
    (week,) = plans.weeks()
    listed = [sheet for _date, own in plans.of_week(week, [], DAYS[0]) for sheet in own]
    assert {each.visit.team for each in listed if each.visit.date > DAYS[0]} == {"B"}
    assert all(each.code == first[each.visit.key].code for each in listed)
    assert all(each.plan == 0 for each in listed)
