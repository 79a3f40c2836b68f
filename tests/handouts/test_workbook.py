"""The workbook as it is written: what may be edited, what follows, what no name can do to it."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import openpyxl
import pytest

from routeplan.handouts.tables import make_tables
from routeplan.handouts.workbook_sheets import make_sheets
from routeplan.language import LANGUAGES
from tests.helpers.handouts import toy_plan, toy_problem
from tests.helpers.workbook import opened, sheet_of, view_of, written

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from routeplan.language import Language
    from routeplan.model.problem import Problem

PROBLEM, PLAN = toy_problem(), toy_plan()
EVIL = ("=HYPERLINK(A1)", "+1", "-1", "@SUM(1)", "{=1}", "https://example.org", "=1+1 Ңұһ")

every_language = pytest.mark.parametrize("language", LANGUAGES)


def column(sheet: Worksheet, name: str) -> list[object]:
    number = next(cell.column for cell in sheet[1] if cell.value == name)
    return [row[number - 1].value for row in sheet.iter_rows(min_row=5)]


def evil_problem() -> Problem:
    """Return the toy with names that a spreadsheet would work out."""
    names = ("=cmd()", *EVIL[: len(PROBLEM.places) - 1])
    places = zip(PROBLEM.places, names, strict=True)
    return PROBLEM.replace(places=tuple(replace(place, name=name) for place, name in places))


@every_language
def test_the_workbook_has_a_sheet_for_each_thing_in_its_language(language: Language) -> None:
    book = opened(written(PROBLEM, PLAN, language))
    titles = {
        "en": ["Summary", "Plan", "Stops", "Results", "Villages", "Left out"],
        "kk": ["Қорытынды", "Жоспар", "Аялдамалар", "Нәтижелер", "Ауылдар", "Жоспардан тыс"],
        "ru": ["Итоги", "План", "Остановки", "Результаты", "Сёла", "Вне плана"],
    }
    shown = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
    assert shown == titles[language]


@every_language
def test_its_figures_are_those_of_the_plan(language: Language) -> None:
    data = written(PROBLEM, PLAN, language)
    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    stops = [stop.households for tour in PLAN.tours for stop in tour.stops]
    assert column(sheet_of(book, "stops"), "households")[: len(stops)] == stops
    assert column(sheet_of(book, "plan"), "households") == [160, 120, 120, 50]
    assert column(sheet_of(book, "plan"), "planned_stops") == [2, 2, 2, 1]
    assert column(sheet_of(book, "summary"), "households")[:3] == [280, 170, 450]
    assert column(sheet_of(book, "villages"), "now") == [110, 130, 80, 130, 0, 0]
    assert column(sheet_of(book, "left_out"), "households") == [70, 40, 25]


def test_counts_are_formulas_that_follow_what_is_edited() -> None:
    book = opened(written(PROBLEM, PLAN))
    assert all(str(cell).startswith("=SUMPRODUCT(") for cell in column(book["Plan"], "households"))
    assert all(str(cell).startswith("=SUMPRODUCT(") for cell in column(book["Villages"], "now"))
    # A formula tells what it comes to, for programs that do not work it out.
    parts = zipfile.ZipFile(io.BytesIO(written(PROBLEM, PLAN)))
    texts = [parts.read(name).decode() for name in parts.namelist() if "sheets/sheet" in name]
    formulas = [found for text in texts for found in re.findall(r"<f>.*?</f>(.*?)</c>", text)]
    assert formulas
    assert all(re.fullmatch(r"<v>-?[0-9.]+</v>", value) for value in formulas)


def test_only_yellow_cells_can_be_edited_and_the_others_are_locked_without_a_password() -> None:
    book = opened(written(PROBLEM, PLAN))
    unlocked: dict[str, set[str]] = {}
    for sheet in book.worksheets:
        assert sheet.protection.sheet
        assert not sheet.protection.password
        for row in sheet.iter_rows(min_row=5):
            for number, cell in enumerate(row, start=1):
                yellow = cell.fill.fgColor.rgb == "FFFFF6CC"
                assert yellow is not cell.protection.locked
                if yellow:
                    name = str(sheet.cell(1, number).value)
                    unlocked.setdefault(sheet.title, set()).add(name)
    outcomes = {"reached", "signed", "not_home", "refused", "come_back"}
    assert unlocked == {
        "Stops": {"team", "date", "number", "village", "households", "strike"},
        "Results": {*outcomes, "come_back_after", "door_minutes", "drive_minutes"}
        | {"team", "date", "village"},
        "Villages": {"date", "team", "strike"},
    }


def test_cells_are_chosen_from_lists_of_crews_days_and_villages() -> None:
    book = opened(written(PROBLEM, PLAN))
    rules = {
        str(rule.sqref): (rule.type, rule.formula1)
        for rule in sheet_of(book, "stops").data_validations.dataValidation
    }
    assert rules["B5:B31"] == ("list", "'routeplan'!$B$5:$B$10")
    assert rules["F5:F31"] == ("whole", "0")
    lists = sheet_of(book, "lists")
    assert column(lists, "team")[:2] == ["A", "B"]
    assert column(lists, "village") == [place.name for place in PROBLEM.places[1:]]


def test_a_name_that_looks_like_a_formula_is_text() -> None:
    book = opened(written(evil_problem(), PLAN))
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    named = [cell for cell in cells if cell.value in {"=cmd()", *EVIL}]
    assert len({cell.value for cell in named}) == len(PROBLEM.places)
    assert {cell.data_type for cell in named} == {"s"}
    assert not any(cell.hyperlink for cell in named)


def test_villages_of_one_name_are_distinguished() -> None:
    places = tuple(
        replace(p, name="Ақсу" if p.id in {"v1", "v2"} else p.name) for p in PROBLEM.places
    )
    book = opened(written(PROBLEM.replace(places=places), PLAN))
    assert column(book["Villages"], "name")[:3] == [
        "Ақсу (v1)",
        "Ақсу (v2)",
        PROBLEM.places[3].name,
    ]


def test_the_workbook_does_not_say_when_and_by_whom_it_was_made() -> None:
    data = written(PROBLEM, PLAN)
    assert data == written(PROBLEM, PLAN)
    properties = opened(data).properties
    # The tool, and nobody's name.
    assert properties.creator == properties.lastModifiedBy == "routeplan"
    assert properties.created.year == 2000


@every_language
def test_every_visible_column_has_a_heading_and_titles_fit_a_tab(language: Language) -> None:
    for sheet in make_sheets(PROBLEM, PLAN, view_of(PROBLEM, PLAN, language)):
        assert len(sheet.title) <= 31
        names = [each.name for each in sheet.columns]
        assert len(set(names)) == len(names)
        assert all(set(row) <= {"key", *names} for row in sheet.rows)


# ---- The same as CSV ----


@every_language
def test_csv_opens_in_excel_of_a_russian_locale(language: Language) -> None:
    """Byte order mark, semicolons, decimal comma; nothing that could be taken for a date."""
    tables = make_tables(PROBLEM, PLAN, view_of(PROBLEM, PLAN, language))
    assert sorted(tables) == ["left_out.csv", "stops.csv", "villages.csv"]
    for data in tables.values():
        assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(tables["stops.csv"].decode("utf-8-sig")), delimiter=";"))
    point = "." if language == "en" else ","
    assert rows[1] == [
        *("A", "2027-05-03", "1", "Ақбұлақ", "60", "110", "10:00", "10:00", "13:10", "00:20"),
        f"18{point}0",
    ]
    assert rows[-1][8] == "00:00 +1"
    assert len({len(row) for row in rows}) == 1


def test_in_csv_a_name_that_looks_like_a_formula_is_quoted() -> None:
    problem = evil_problem()
    tables = make_tables(problem, PLAN, view_of(problem, PLAN))
    for data in tables.values():
        for row in csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"):
            assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)
