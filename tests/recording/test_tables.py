"""Tables of results: read in any shape, and refused row by row with the reason."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
from typing import TYPE_CHECKING

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from routeplan.errors import InputError
from routeplan.model.results import VisitResult
from routeplan.recording.tables import COLUMNS
from routeplan.tally import row_code, sheet_code
from routeplan.villages.columns import header_key
from tests.helpers.recording import (
    GOOD,
    HEADER,
    MONDAY,
    PLANNED,
    TUESDAY,
    counts,
    faults_of,
    filled_workbook,
    read_data,
    read_rows,
)
from tests.helpers.villages import csv_bytes, workbook_bytes
from tests.villages.test_organizer_tables import ods, xlsx

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SECOND = (sheet_code(3), 20, 20, 0, 0, 0)
BY_VISIT = ("team", "date", "village", "reached", "signed")


def test_a_row_is_a_visit_with_all_that_was_written_of_it(tmp_path: Path) -> None:
    header = (*HEADER, "come_back_after", "door_minutes", "drive_minutes")
    found = read_rows(tmp_path, header, (*GOOD, "18:30", "190", "22,5"))
    assert not found.faults
    (row,) = found.rows
    assert (row.sheet, row.source) == (1, "results.csv:2")
    assert row.result == VisitResult(
        *("A", MONDAY, "v1"),
        reached=40,
        signed=30,
        not_home=12,
        refused=5,
        come_back=4,
        come_back_after=66_600,
        door_seconds=11_400,
        drive_seconds=1_350,
        from_place="base",
    )


@pytest.mark.parametrize(
    ("header", "row"),
    [
        (("sheet", "village", "reached", "signed"), (7, "Ақбұлақ", 40, 30)),
        (("sheet", "village", "reached", "signed"), ("007", "акбулак", "40", "30")),
        (("Лист", "Село", "Застали", "Подпись"), ("7", "с. Ақбұлақ", "40", "30")),
        (("Парақ", "Ауыл", "Кездестік", "Қол қойды"), ("007", "Ақбұлақ ауылы", "40", "30")),
        (("№ листа", "Экипаж", "Открыли", "Подписали"), ("7.0", "b", "40,0", "30")),
        (("code", "reached", "signed"), (sheet_code(7), 40, 30)),
        (("Код", "застали", "подписи"), (sheet_code(7).replace("-", ""), 40, 30)),
        # What a spreadsheet leaves of it as a number.
        (("код листа", "открыто", "подписано"), (sheet_code(7).replace("-", "")[2:], 40, 30)),
        (("crew", "day", "name", "reached", "signed"), ("B", "04.05.2027", "v1", " 40 ", "30")),
        (("топ", "күні", "ауыл", "ашты", "қол қойды"), ("B", "2027-05-04", "Aqbulaq", "40", "30")),
        (("Код листа", "Застали (дворов)", "Кол-во подписей, чел."), (sheet_code(7), 40, 30)),
        (BY_VISIT, ("В", "4.5.2027", "АҚБҰЛАҚ", "\u00a040\u202f", "30")),
    ],
)
def test_a_sheet_is_found_by_code_number_or_visit_in_three_languages(
    tmp_path: Path, header: Sequence[str], row: Sequence[object]
) -> None:
    found = read_rows(tmp_path, header, row)
    assert not found.faults
    assert [(r.sheet, r.result.key, counts(r)[:2]) for r in found.rows] == [
        (7, ("B", TUESDAY, "v1"), (40, 30))
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251", "kz1048"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_text_is_read_in_each_encoding_and_with_each_delimiter(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    # Windows-1251 has no Kazakh letters: there a Russian table it is.
    kazakh = encoding != "cp1251"
    rows = [
        ("Экипаж", "Күні" if kazakh else "Дата", "Село", "Застали", "Подпись", "Нет дома"),
        ("A", "03.05.2027", "Ақбұлақ" if kazakh else "Акбулак", 40, 30, 2),
        ("A", "04.05.2027", "Верхний Ключ", 20, 10, 1),
    ]
    found = read_data(tmp_path, csv_bytes(rows, delimiter, encoding))
    assert not found.faults
    assert [(row.sheet, counts(row)[0]) for row in found.rows] == [(1, 40), (3, 20)]


def table_rows() -> list[Sequence[object]]:
    """Return a table under a title, with a total and an unknown column."""
    return [
        ("Результаты за неделю", None, None, None, None, None),
        ("Экипаж", "Дата", "Село", "Застали", "Подпись", "Погода"),
        ("A", dt.date(2027, 5, 3), "Ақбұлақ", 40.0, "30", "снег"),
        ("B", dt.date(2027, 5, 3), "{{ 7*7 }}", 10, 5, None),
        ("Итого", None, None, 50, 35, None),
    ]


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_workbooks_are_read_with_titles_dates_and_totals(tmp_path: Path, kind: str) -> None:
    sheets = {"Лист1": table_rows()}
    data = xlsx(sheets) if kind == "xlsx" else ods(sheets)
    notes: list[str] = []
    found = read_data(tmp_path, data, f"results.{kind}", notes=notes)
    assert not found.faults
    assert [(row.sheet, counts(row)[:2]) for row in found.rows] == [(1, (40, 30)), (6, (10, 5))]
    assert notes == [
        f"results.{kind}: row 2 names the columns; rows above it are not read",
        f"results.{kind}: unknown columns are not read: Погода",
        f"results.{kind}: a total, and not read: row 5",
    ]


def test_times_of_workbooks_are_read_as_they_are_shown(tmp_path: Path) -> None:
    header = (*HEADER, "come_back_after")
    for time in (dt.time(18, 30), dt.timedelta(hours=18, minutes=30), "18:30", 18.5 / 24):
        found = read_data(tmp_path, workbook_bytes([header, (*GOOD, time)]), "results.xlsx")
        assert [row.result.come_back_after for row in found.rows] == [66_600]


def test_a_visit_that_was_not_planned_has_no_sheet(tmp_path: Path) -> None:
    found = read_rows(tmp_path, BY_VISIT, ("B", "2027-05-04", "Арал", 3, 2))
    assert not found.faults
    assert [(row.sheet, row.result.key) for row in found.rows] == [(None, ("B", TUESDAY, "v5"))]


def test_rows_without_any_count_are_visits_that_were_not_made_yet(tmp_path: Path) -> None:
    found = read_rows(tmp_path, HEADER, GOOD, (sheet_code(2), "", "", "", "", ""))
    assert [row.sheet for row in found.rows] == [1]
    assert not found.faults


SPLIT = sheet_code(1)[:-1]
WRONG_DIGIT = SPLIT + str((int(sheet_code(1)[-1]) + 1) % 10)

# Each row is bad in one way; a good one beside it survives.
BAD_ROWS = {
    "wrong check digit": (
        HEADER,
        (WRONG_DIGIT, 1, 1, 0, 0, 0),
        (
            f"3 code: {WRONG_DIGIT!r} has a slip in it: its last digit does not fit the others; "
            "compare it with the sheet"
        ),
    ),
    "no code": (
        HEADER,
        ("14-37", 1, 1, 0, 0, 0),
        "3 code: '14-37' is not the code of a row; write all of it, as in 014-037-1",
    ),
    "the code of a row": (
        HEADER,
        (row_code(2, 5), 1, 1, 0, 0, 0),
        (
            f"3 code: {row_code(2, 5)!r} is the code of row 5, not of the sheet; "
            f"that of the sheet is {sheet_code(2)}"
        ),
    ),
    "a sheet that the plan lacks": (
        HEADER,
        (sheet_code(8), 1, 1, 0, 0, 0),
        "3 code: the plan has no sheet 008; its sheets are 001 to 007; is it one of another week?",
    ),
    "more answers than doors": (
        HEADER,
        (sheet_code(2), 5, 3, 0, 2, 1),
        "3 reached: 5 were reached, but 6 signed, refused or asked to come back",
    ),
    "more reached than there are": (
        HEADER,
        (sheet_code(2), 131, 3, 0, 2, 1),
        (
            "3 reached: 131 were reached, but Верхний Ключ has 130 households; "
            "compare it with the sheet"
        ),
    ),
    "more knocked than there are": (
        HEADER,
        (sheet_code(2), 100, 3, 31, 2, 1),
        (
            "3 not_home: 131 were reached or not home, but Верхний Ключ has 130 households; "
            "compare it with the sheet"
        ),
    ),
    "letters for digits": (
        HEADER,
        (sheet_code(2), "3O", 3, 1, 2, 1),
        "3 reached: '3O' is not a whole number; did you mean 30?",
    ),
    "below 0": (HEADER, (sheet_code(2), 30, -3, 1, 2, 1), "3 signed: -3 is below 0"),
    "half a household": (
        HEADER,
        (sheet_code(2), "30.5", 3, 1, 2, 1),
        "3 reached: '30.5' is not a whole number",
    ),
    "nobody signed, or nobody counted": (
        HEADER,
        (sheet_code(2), 30, "", 1, 2, 1),
        "3 signed: is empty; fill it in",
    ),
    "unknown village": (
        ("code", *BY_VISIT),
        ("", "A", "2027-05-04", "Ақбулах", 1, 1),
        "3 village: there is no village 'Ақбулах'; did you mean 'Ақбұлақ'?",
    ),
    "unknown crew": (
        ("code", *BY_VISIT),
        ("", "C", "2027-05-04", "Арал", 1, 1),
        "3 team: there is no crew 'C'; known are 'A', 'B'",
    ),
    "next year": (
        ("code", *BY_VISIT),
        ("", "A", "04.05.2028", "Арал", 1, 1),
        "3 date: 2028-05-04 is no day of the plan; did you mean 2027-05-04?",
    ),
    "last week": (
        ("code", *BY_VISIT),
        ("", "A", "26.04.2027", "Арал", 1, 1),
        (
            "3 date: 2027-04-26 is no day of the plan; its days are from 2027-05-03 to 2027-05-04; "
            "results of another week are recorded with the plan of that week"
        ),
    ),
    "another village than the sheet's": (
        ("code", *BY_VISIT),
        (sheet_code(2), "A", "2027-05-03", "Арал", 1, 1),
        (
            "3 village: sheet 002 is that of crew A, 2027-05-03, Верхний Ключ; compare it with the "
            "sheet; leave the sheet out where the visit was another one"
        ),
    ),
    "no visit": (
        ("code", *BY_VISIT),
        ("", "A", "", "Арал", 1, 1),
        "3 date: is empty; name crew, day and village, or the sheet by its code",
    ),
    "a bare number": (
        ("code", "sheet", "reached", "signed"),
        ("", "2", 1, 1),
        (
            "3 sheet: is a number without a check digit, and nothing to compare it with; "
            "write the whole code of the sheet, or name the village, too"
        ),
    ),
    "code and number differ": (
        ("code", "sheet", "reached", "signed"),
        (sheet_code(2), "3", 1, 1),
        f"3 sheet: is not the sheet of the code {sheet_code(2)!r}; compare it with the sheet",
    ),
    "come back, but nobody asked": (
        (*HEADER, "come_back_after"),
        (sheet_code(2), 3, 3, 0, 0, 0, "18:00"),
        (
            "3 come_back_after: says when to come back, but nobody asked for it; "
            "empty it, or write how many asked for it"
        ),
    ),
    "no time of day": (
        (*HEADER, "come_back_after"),
        (sheet_code(2), 3, 1, 0, 0, 1, "evening"),
        "3 come_back_after: 'evening' is no time of day; write it as 18:00",
    ),
}


@pytest.mark.parametrize("case", BAD_ROWS)
def test_a_bad_row_is_a_fault_with_its_reason_and_the_good_row_survives(
    tmp_path: Path, case: str
) -> None:
    header, bad, fault = BAD_ROWS[case]
    good = dict(zip(HEADER, GOOD, strict=True))
    row = [good.get(name, "") for name in header]
    found = read_rows(tmp_path, header, row, bad)
    assert [str(each) for each in found.faults] == [f"results.csv:{fault}"]
    assert [(each.sheet, counts(each)[:2]) for each in found.rows] == [(1, (40, 30))]


def test_all_faults_of_a_file_are_named_at_once(tmp_path: Path) -> None:
    rows = [bad for header, bad, _fault in BAD_ROWS.values() if header == HEADER]
    found = read_rows(tmp_path, HEADER, *rows)
    assert len(found.faults) == len(rows)
    assert not found.rows


def test_a_visit_written_twice_counts_once_if_both_rows_agree(tmp_path: Path) -> None:
    found = read_rows(tmp_path, HEADER, GOOD, GOOD)
    assert [row.source for row in found.rows] == ["results.csv:2"]
    assert [str(fault) for fault in found.faults] == [
        "results.csv:3: crew A, 2027-05-03, Ақбұлақ is in results.csv:2, too; keep one of the rows"
    ]


def test_a_visit_written_twice_with_other_numbers_does_not_count(tmp_path: Path) -> None:
    other = (sheet_code(3), 3, 2, 1, 0, 0)
    found = read_rows(tmp_path, HEADER, GOOD, (*GOOD[:2], 29, *GOOD[3:]), other)
    assert [row.sheet for row in found.rows] == [3]
    assert sorted(fault.where for fault in found.faults) == ["results.csv:2", "results.csv:3"]


def test_no_more_households_answer_for_good_than_a_village_has(tmp_path: Path) -> None:
    rows = [(sheet_code(n), 66, 60, 0, 6, 0) for n in (1, 7)]
    found = read_rows(tmp_path, HEADER, *rows)
    assert [row.sheet for row in found.rows] == [1]
    assert [str(fault) for fault in found.faults] == [
        (
            "results.csv:3: 132 households of Ақбұлақ signed or refused in all, but it has 110; "
            "compare the sheets of its visits"
        )
    ]
    # With those that were recorded before, too, but once for the same visit.
    (first,) = found.rows
    data = csv_bytes([HEADER, rows[1]])
    assert read_data(tmp_path, data, earlier=[first.result]).faults
    assert not read_data(tmp_path, csv_bytes([HEADER, rows[0]]), earlier=[first.result]).faults


@pytest.mark.parametrize("merged", ["B3:B4", "C3:D3"])
def test_merged_counts_spoil_their_rows_and_no_other(tmp_path: Path, merged: str) -> None:
    rows = [HEADER, GOOD, (sheet_code(2), 9, 8, 0, 0, 0), (sheet_code(3), None, 7, 0, 0, 0)]
    found = read_data(tmp_path, xlsx({"a": rows}, [merged]), "results.xlsx")
    texts = [str(fault) for fault in found.faults]
    if merged == "B3:B4":
        assert [row.sheet for row in found.rows] == [1]
        assert texts == [
            (
                "results.xlsx:3 reached: is one cell for rows 3 to 4; "
                "unmerge it, and write a value into each row"
            )
        ]
    else:
        assert texts[0] == (
            "results.xlsx:3 signed: is one cell for several columns; "
            "unmerge it, and write a value into each column"
        )
        assert [row.sheet for row in found.rows] == [1]


def test_a_merged_day_is_that_of_each_row(tmp_path: Path) -> None:
    rows = [BY_VISIT, ("A", "03.05.2027", "v1", 4, 3), ("A", None, "Верхний Ключ", 5, 4)]
    found = read_data(tmp_path, xlsx({"a": rows}, ["B2:B3"]), "results.xlsx")
    assert not found.faults
    assert [row.sheet for row in found.rows] == [1, 2]


def test_cells_beyond_the_header_spoil_their_row(tmp_path: Path) -> None:
    """A decimal comma in a table with commas moves all cells behind it."""
    rows = [HEADER, GOOD, (*SECOND[:5], 0, 5)]
    found = read_rows(tmp_path, *rows)
    assert [row.sheet for row in found.rows] == [1]
    assert [fault.where for fault in found.faults] == ["results.csv:3"]
    assert "has something in column 7" in found.faults[0].message


def test_formulas_without_a_result_spoil_their_row(tmp_path: Path) -> None:
    rows = [HEADER, GOOD, (sheet_code(3), "=20+1", 20, 0, 0, 0)]
    found = read_data(tmp_path, workbook_bytes(rows), "results.xlsx")
    assert [row.sheet for row in found.rows] == [1]
    assert [str(fault) for fault in found.faults] == [
        (
            "results.xlsx:3 B3: is a formula that was never worked out; "
            "open the table in a spreadsheet program and save it"
        )
    ]


def picture(kind: str) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (8, 8)).save(data, kind)
    return data.getvalue()


def workbook_with_nothing() -> bytes:
    data = io.BytesIO()
    openpyxl.Workbook().save(data)
    return data.getvalue()


NO_TABLES = {
    "sheet.jpg": (picture("JPEG"), "is a picture or a scan, and no table; type in what it shows"),
    "sheet.png": (picture("PNG"), "is a picture or a scan, and no table; type in what it shows"),
    "sheet.pdf": (b"%PDF-1.7 ...", "is a picture or a scan, and no table; type in what it shows"),
    "results.xlsx": (picture("PNG"), "is a picture or a scan, and no table"),
    "sound.csv": (b"\x00\x01\x02\x03", "is no text table"),
    "letter.xlsx": (b"PK\x03\x04 and so on", "is not a sound XLSX workbook"),
    "empty.xlsx": (workbook_with_nothing(), "is empty"),
    "empty.csv": (b"", "is empty"),
    "plan.csv": (b'{"format": "routeplan-plan"}', "the first filled row names no known column"),
    "villages.csv": (
        "name,lat,lon,households\nАрал,43,79,12\n".encode(),
        "has no column 'reached'; add it",
    ),
    "nameless.csv": (b"reached,signed\n1,1\n", "has no column for the sheet, nor for crew, day"),
    "people.csv": (
        "code,reached,signed,Фамилия\n".encode(),
        "holds names of people; no person's data is taken in",
    ),
    "header.csv": (b"code,reached,signed\n", "has no results in it"),
}


@pytest.mark.parametrize("name", NO_TABLES)
def test_what_is_no_table_of_results_is_refused_with_the_reason(tmp_path: Path, name: str) -> None:
    data, fault = NO_TABLES[name]
    assert any(fault in each for each in faults_of(tmp_path, data, name))


def test_each_name_of_a_column_means_one_column() -> None:
    keys = [header_key(name) for names in COLUMNS.values() for name in names]
    of_columns = {
        column: {header_key(name) for name in (column, *names)} for column, names in COLUMNS.items()
    }
    for column, own in of_columns.items():
        others = set().union(*(each for name, each in of_columns.items() if name != column))
        assert not own & others, column
    assert all(keys)


@settings(max_examples=50)
@given(
    sheet=st.integers(1, 7),
    reached=st.integers(0, 130),
    parts=st.tuples(*[st.integers(0, 60)] * 3),
    not_home=st.integers(0, 130),
)
def test_a_row_is_taken_if_and_only_if_its_counts_can_be_true(
    tmp_path_factory: pytest.TempPathFactory,
    sheet: int,
    reached: int,
    parts: tuple[int, int, int],
    not_home: int,
) -> None:
    folder = tmp_path_factory.getbasetemp()
    signed, refused, come_back = parts
    there = PLANNED.households[PLANNED.sheets[sheet].place]
    possible = sum(parts) <= reached and reached + not_home <= there
    found = read_rows(
        folder, HEADER, (sheet_code(sheet), reached, signed, not_home, refused, come_back)
    )
    assert bool(found.rows) is possible
    assert bool(found.faults) is not possible
    for row in found.rows:
        assert counts(row) == (reached, signed, not_home, refused, come_back)


odd_cells = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["9" * 5_000, f"001-{'0' * 5_000}-3", "0." + "9" * 400, "1e-05", "Ақбұлақ"]),
    st.sampled_from([sheet_code(1), sheet_code(2), "A", "B", "2027-05-03", "0", "7", "18:00"]),
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(odd_cells, min_size=10, max_size=10), min_size=1, max_size=4))
def test_whatever_cells_hold_a_row_is_good_or_a_fault(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    header = ("sheet", "code", "team", "date", "village", *HEADER[1:4], "come_back_after", "drive")
    try:
        found = read_rows(folder, header, *rows)
    except InputError:
        return
    assert found.rows or found.faults
    for row in found.rows:
        assert row.result.key[0] in {"A", "B"}
        assert row.result.knocked <= PLANNED.households[row.result.place]


@settings(max_examples=50)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    whole = bytearray(data.draw(st.sampled_from(FILES)))
    for _n in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(InputError):
        read_data(tmp_path_factory.getbasetemp(), bytes(whole), "results.xlsx")


FILES = (
    csv_bytes([HEADER, GOOD, SECOND]),
    workbook_bytes([HEADER, GOOD, SECOND]),
    ods({"a": [HEADER, GOOD, SECOND]}),
)


def test_a_workbook_of_this_plan_is_read_by_its_sheet_of_results_alone(tmp_path: Path) -> None:
    found = read_data(tmp_path, filled_workbook({2: {"reached": 5, "signed": 4}}), "week1.xlsx")
    assert [(row.sheet, counts(row)) for row in found.rows] == [(2, (5, 4, 0, 0, 0))]
    assert faults_of(tmp_path, filled_workbook({}), "week1.xlsx") == [
        "week1.xlsx: has no results in it; fill in how many were reached and signed"
    ]
