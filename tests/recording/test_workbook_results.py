"""The sheet of results goes out with the week's workbook, is filled in, and comes back."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from routeplan.errors import InputError
from routeplan.handouts.workbook_layout import labels_of
from routeplan.handouts.workbook_sheets import make_sheets
from routeplan.language import LANGUAGES, translation
from routeplan.model.results import VisitResult
from routeplan.recording import PlannedVisits, read_results
from routeplan.recording.tables import COLUMNS
from routeplan.tally import Outcome, sheet_code
from routeplan.villages.columns import loose_identifier
from routeplan.workflow.edits import fingerprint_of
from tests.helpers.recording import (
    FILLED,
    MONDAY,
    PLAN,
    PLANNED,
    PROBLEM,
    TUESDAY,
    counts,
    faults_of,
    filled_workbook,
    read_data,
)
from tests.helpers.workbook import opened, saved, sheet_of, taken, view_of, written
from tests.villages.test_organizer_tables import ods

if TYPE_CHECKING:
    from pathlib import Path

    from routeplan.language import Language

every_language = pytest.mark.parametrize("language", LANGUAGES)


@every_language
def test_planned_stops_are_in_the_printed_order_with_number_and_code(language: Language) -> None:
    page = sheet_of(opened(written(PROBLEM, PLAN, language)), "results")
    rows = list(page.iter_rows(min_row=5, max_row=11, min_col=2, max_col=8, values_only=True))
    labels = labels_of(PROBLEM)
    assert [(row[0], row[1], row[2], row[4]) for row in rows] == [
        (f"{number:03}", sheet_code(number), visit.team, labels[visit.place])
        for number, visit in PLANNED.sheets.items()
    ]
    assert [row[5] for row in rows] == [60, 100, 30, 90, 80, 40, 50]
    assert [row[6] for row in rows] == [110, 130, 130, 200, 80, 200, 110]


@every_language
def test_counts_are_in_the_order_of_the_tally_sheet_under_its_words(language: Language) -> None:
    sheets = {
        sheet.name: sheet for sheet in make_sheets(PROBLEM, PLAN, view_of(PROBLEM, PLAN, language))
    }
    names = [column.name for column in sheets["results"].columns]
    first = names.index("reached")
    assert names[first : first + 5] == [outcome.value for outcome in Outcome]


@every_language
def test_its_headings_are_known_in_a_table_too(language: Language) -> None:
    """Whoever saves the sheet as CSV, without its hidden row, gets a table that is read."""
    view = view_of(PROBLEM, PLAN, language)
    (sheet,) = (each for each in make_sheets(PROBLEM, PLAN, view) if each.name == "results")
    known = loose_identifier(COLUMNS)
    for column in sheet.columns:
        if column.name not in {"planned", "there"}:
            assert known(column.heading) == column.name, column.heading
        else:
            assert known(column.heading) is None


def test_cells_of_results_are_checked_as_they_are_typed() -> None:
    page = sheet_of(opened(written(PROBLEM, PLAN)), "results")
    rules = {str(rule.sqref): rule for rule in page.data_validations.dataValidation}
    reached = rules["I5:I31"]
    assert (reached.type, reached.formula1) == ("whole", "0")
    assert reached.formula2 == 'IF($H5="",1000000,$H5)'
    assert rules["N5:N31"].type == "decimal"
    assert (rules["O5:O31"].type, rules["O5:O31"].formula2) == ("whole", "1440")
    assert rules["D5:D31"].formula1 == "'routeplan'!$B$5:$B$10"
    formulas = [
        formula
        for each in page.conditional_formatting
        for rule in each.rules
        for formula in rule.formula
    ]
    assert "$J5+$L5+$M5>$I5" in formulas
    assert 'AND($H5<>"",$I5+$K5>$H5)' in formulas


@every_language
def test_what_is_filled_in_comes_back_with_times_and_the_place_before(
    tmp_path: Path, language: Language
) -> None:
    spare = [
        {"team": "B", "date": dt.datetime(2027, 5, 4), "village": "Арал", "reached": 3}  # noqa: DTZ001
        | {"signed": 2, "drive_minutes": 15}
    ]
    data = filled_workbook(FILLED, spare=spare, language=language)
    found = read_data(tmp_path, data, "week1.xlsx")
    assert not found.faults
    first, second, unplanned = found.rows
    assert first.result == VisitResult(
        *("A", MONDAY, "v1"),
        reached=40,
        signed=30,
        not_home=12,
        refused=5,
        come_back=4,
        come_back_after=66_600,
        door_seconds=11_400,
        drive_seconds=1_320,
        from_place="base",
    )
    assert (first.sheet, second.sheet, unplanned.sheet) == (1, 3, None)
    assert second.result == VisitResult("A", TUESDAY, "v2", reached=20, signed=20)
    assert unplanned.result.key == ("B", TUESDAY, "v5")
    # Nobody wrote down where that drive began.
    assert (unplanned.result.drive_seconds, unplanned.result.from_place) == (900, None)


def test_results_are_no_edits_of_the_plan() -> None:
    checked = taken(PROBLEM, PLAN, filled_workbook(FILLED))
    assert not checked.edits
    assert not checked.faults


def test_rows_may_be_sorted_and_the_sheet_renamed(tmp_path: Path) -> None:
    book = opened(filled_workbook(FILLED))
    page = sheet_of(book, "results")
    first, third = ([cell.value for cell in page[n]] for n in (5, 7))
    for number, values in ((7, first), (5, third)):
        for column, value in enumerate(values, start=1):
            page.cell(number, column).value = value
    page.title = "моё"
    found = read_data(tmp_path, saved(book), "week1.xlsx")
    assert [(row.sheet, row.source) for row in found.rows] == [
        (3, "week1.xlsx:моё!5"),
        (1, "week1.xlsx:моё!7"),
    ]


def test_a_workbook_saved_by_libreoffice_is_read(tmp_path: Path) -> None:
    book = opened(filled_workbook(FILLED))
    sheets = {
        page.title: [
            [str(cell) if isinstance(cell, dt.time) else cell for cell in row]
            for row in page.iter_rows(values_only=True)
        ]
        for page in book.worksheets
    }
    sheets = {
        title: [
            [cell.isoformat() if isinstance(cell, dt.datetime) else cell for cell in row]
            for row in rows
        ]
        for title, rows in sheets.items()
    }
    for rows in sheets.values():
        for row in rows:
            row[:] = [str(cell)[:10] if str(cell).startswith("2027-") else cell for cell in row]
    found = read_data(tmp_path, ods(sheets), "week1.ods")
    assert [(row.sheet, counts(row)[:2]) for row in found.rows] == [(1, (40, 30)), (3, (20, 20))]


def test_faults_name_the_cell_and_good_rows_survive(tmp_path: Path) -> None:
    rows: dict[int, dict[str, Any]] = {
        **FILLED,
        2: {"reached": 5, "signed": 6},
        4: {"reached": "много", "signed": 1},
        5: {"reached": 81, "signed": 1},
        6: {"signed": 1},
        7: {"reached": 9, "signed": 1, "team": "A"},
    }
    spare: list[dict[str, Any]] = [
        {"team": "B", "date": "04.05.2028", "village": "Арал", "reached": 3, "signed": 1},
        {"team": "B", "date": "04.05.2027", "village": "Орал", "reached": 3, "signed": 1},
        {"reached": 3, "signed": 1},
    ]
    found = read_data(tmp_path, filled_workbook(rows, spare=spare), "week1.xlsx")
    assert [row.sheet for row in found.rows] == [1, 3]
    where = [fault.where.removeprefix("week1.xlsx:Results!") for fault in found.faults]
    assert where == ["I6", "I8", "I9", "I10", "D11", "E12", "F13", "D14", "E14", "F14"]


@pytest.mark.parametrize(("cells", "spoilt"), [("I5:I6", "I5"), ("I7:J7", "I7")])
def test_merged_cells_spoil_their_rows_alone(tmp_path: Path, cells: str, spoilt: str) -> None:
    rows = {**FILLED, 4: {"reached": 5, "signed": 4}}
    found = read_data(tmp_path, filled_workbook(rows, merged=[cells]), "week1.xlsx")
    assert [fault.where for fault in found.faults] == [f"week1.xlsx:Results!{spoilt}"]
    assert "is one cell for" in found.faults[0].message
    rows_of_spoilt = {1, 2} if cells == "I5:I6" else {3}
    assert [row.sheet for row in found.rows] == [n for n in (1, 3, 4) if n not in rows_of_spoilt]


def test_formulas_without_a_result_spoil_their_row_alone(tmp_path: Path) -> None:
    rows = {**FILLED, 3: {"reached": "=10+10", "signed": 20}}
    found = read_data(tmp_path, filled_workbook(rows), "week1.xlsx")
    assert [row.sheet for row in found.rows] == [1]
    assert [str(fault) for fault in found.faults] == [
        (
            "week1.xlsx:Results!I7: is a formula that was never worked out; "
            "open the table in a spreadsheet program and save it"
        )
    ]


def test_the_workbook_of_last_week_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "week0.xlsx"
    path.write_bytes(filled_workbook(FILLED))
    other = PLAN.replace(tours=PLAN.tours[:-1])
    with pytest.raises(InputError, match=r"week0\.xlsx: was written for another plan"):
        read_results(path, PlannedVisits(PROBLEM, other), fingerprint=fingerprint_of(other))


def test_a_workbook_without_the_sheet_is_refused(tmp_path: Path) -> None:
    book = opened(filled_workbook(FILLED))
    del book["Results"]
    assert faults_of(tmp_path, saved(book), "week1.xlsx") == [
        (
            "week1.xlsx: has no sheet 'results' as routeplan writes it; "
            "edit a workbook of 'routeplan workbook write'"
        )
    ]


@every_language
def test_the_note_of_the_sheet_says_what_to_do(language: Language) -> None:
    view = view_of(PROBLEM, PLAN, language)
    (sheet,) = (each for each in make_sheets(PROBLEM, PLAN, view) if each.name == "results")
    assert sheet.title == translation(language).gettext("Results")
    assert "routeplan record" in sheet.note
