"""Tables become villages, and every fault of a table is named at once."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routeplan.errors import InputError
from routeplan.model.problem import Place, Village, Window
from routeplan.villages import VillageRow, check_not_swapped, read_table
from tests.helpers.villages import (
    HEADER,
    csv_bytes,
    faults_of,
    faults_of_cell,
    faults_of_rows,
    read_bytes,
    read_rows,
    village_with,
    workbook_bytes,
)

if TYPE_CHECKING:
    from pathlib import Path

AQBULAQ = ("v1", "Ақбұлақ", 43.11, 79.35, 240)
PRIVACY = "no person's data is taken in, only villages and counts"


def test_a_table_with_every_column_gives_every_option(tmp_path: Path) -> None:
    header = (
        *HEADER,
        *("signed", "weight", "partial", "min_households", "setup_minutes", "pace"),
        *("max_share_per_visit", "closed", "knock", "required", "teams_per_night"),
    )
    options = (40, 1.5, "yes", 5, 7.5, 0.8, 0.6, "2027-05-03", "10:00-18:00", "yes", 2)
    (row,) = read_rows(tmp_path, header, (*AQBULAQ, *options))
    assert row == VillageRow(
        Place("v1", "Ақбұлақ", 43.11, 79.35),
        households=240,
        signed=40,
        options=Village(
            "v1",
            0,
            weight=1.5,
            partial=True,
            min_households=5,
            setup_seconds=450,
            pace=0.8,
            max_share_per_visit=0.6,
            knock=Window(36000, 64800),
            required=True,
        ),
        closed=(dt.date(2027, 5, 3),),
        teams_per_night=2,
        source="villages.csv:2",
    )
    assert row.unsigned == 200


def test_a_row_becomes_a_village_with_its_closed_dates_as_days(tmp_path: Path) -> None:
    row = village_with(tmp_path, "closed", "2027-05-02 2027-05-05")
    dates = [dt.date(2027, 5, day) for day in (3, 4, 5)]
    assert row.village(dates) == Village("v1", 40, closed_days=(2,))


def test_what_the_table_leaves_out_is_taken_from_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "villages.csv"
    path.write_bytes(csv_bytes([(*HEADER, "pace"), (*AQBULAQ, ""), ("v2", "B", 43, 79, 9, "0,5")]))
    defaults = Village(
        place="",
        households=0,
        weight=2.0,
        min_households=5,
        setup_seconds=600,
        pace=0.9,
        max_share_per_visit=0.5,
        knock=Window(36000, 72000),
    )
    first, second = read_table(path, defaults)
    assert first.village() == dataclasses.replace(defaults, place="v1", households=240)
    assert second.options.pace == 0.5


def test_a_village_that_is_reached_whole_is_spared_the_default_share(tmp_path: Path) -> None:
    path = tmp_path / "villages.csv"
    path.write_bytes(csv_bytes([(*HEADER, "partial"), (*AQBULAQ, "жоқ")]))
    (row,) = read_table(path, Village("", 0, max_share_per_visit=0.5))
    assert (row.options.partial, row.options.max_share_per_visit) == (False, 1.0)


def test_population_becomes_households_rounded_up_where_those_are_missing(tmp_path: Path) -> None:
    header = ("name", "lat", "lon", "households", "population")
    rows = read_rows(tmp_path, header, ("A", 43, 79, "", 41), ("B", 43, 79, 7, 41))
    assert [row.households for row in rows] == [11, 7]


def test_population_without_the_size_of_a_household_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "villages.csv"
    path.write_bytes(csv_bytes([("name", "lat", "lon", "население"), ("A", 43, 79, 41)]))
    with pytest.raises(InputError) as caught:
        read_table(path)
    assert str(caught.value) == (
        "villages.csv:1 население: cannot be made into households;"
        " say how many people a household has: people_per_household"
    )


@pytest.mark.parametrize("size", [0, -1, float("nan")])
def test_a_household_of_no_people_is_a_fault(tmp_path: Path, size: float) -> None:
    path = tmp_path / "villages.csv"
    path.write_bytes(csv_bytes([HEADER, AQBULAQ]))
    with pytest.raises(InputError, match=r"^people_per_household: .* is not above 0$"):
        read_table(path, people_per_household=size)


def test_an_id_that_is_left_out_is_made_of_the_name(tmp_path: Path) -> None:
    rows = read_rows(tmp_path, HEADER, ("", "Үлкен Ақбұлақ (2)", 43, 79, 1), ("7", "", 43, 79, 1))
    assert [(row.id, row.name) for row in rows] == [
        ("үлкен-ақбұлақ-2", "Үлкен Ақбұлақ (2)"),
        ("7", "7"),
    ]


def test_letters_put_together_differently_are_the_same_letters(tmp_path: Path) -> None:
    (row,) = read_rows(tmp_path, ("name", "lat", "lon", "hh"), ("Сары\u200bаи\u0306", 43, 79, 1))
    assert row.name == "Сарыай"


def test_empty_rows_are_skipped_and_rows_keep_the_numbers_of_the_file(tmp_path: Path) -> None:
    text = 'name,lat,lon,households\n\n,,,\n"Two\nlines",43,79,1\nThird,43,79,1\n'
    rows = read_bytes(tmp_path, text.encode())
    assert [(row.name, row.source) for row in rows] == [
        ("Two lines", "villages.csv:4"),
        ("Third", "villages.csv:6"),
    ]


def test_rows_of_a_workbook_have_the_numbers_of_the_workbook(tmp_path: Path) -> None:
    data = workbook_bytes([(), HEADER, (), (), AQBULAQ])
    (row,) = read_bytes(tmp_path, data, "villages.xlsx")
    assert row.source == "villages.xlsx:5"


def test_every_fault_of_a_table_is_named_at_once(tmp_path: Path) -> None:
    header = (*HEADER, "подписали", "телефон", "wieght")
    faults = faults_of_rows(
        tmp_path,
        header,
        ("v1", "A", 43, 79, "3O", 0, "", ""),
        ("v1", "B", 143, "east", 8, 9, "", ""),
        ("v3", "", "", 79, -2, "", "", ""),
    )
    assert faults == [
        f"villages.csv:1 телефон: holds phone numbers; {PRIVACY}; remove the column from the table",
        "villages.csv:1 wieght: is not a known column; did you mean 'weight'?",
        "villages.csv:2 households: '3O' is not a whole number; did you mean 30?",
        "villages.csv:3 lon: 'east' is not a number",
        "villages.csv:3 lat: 143.0 is not a latitude (-90 to 90); are lat and lon swapped?",
        "villages.csv:3 подписали: 9 signed, but only 8 households",
        "villages.csv:4 households: -2 is below 0",
        "villages.csv:4 lat: is empty; fill it in",
        (
            "villages.csv:3 id: 'v1' is the id of villages.csv:2 too;"
            " give each village an id of its own"
        ),
    ]


@pytest.mark.parametrize(
    ("column", "cell", "fault"),
    [
        ("households", "3O", "'3O' is not a whole number; did you mean 30?"),
        ("households", "-3", "-3 is below 0"),
        ("households", "30.5", "'30.5' is not a whole number"),
        ("households", "30,5", "'30,5' is not a whole number"),
        ("households", "1,240", "'1,240' is not a whole number; did you mean 1240?"),
        ("households", "12 40", "'12 40' is not a whole number; did you mean 1240?"),
        ("households", "1 240 дв.", "'1 240 дв.' is not a whole number; did you mean 1240?"),
        ("households", "", "is empty; fill it in"),
        ("households", "#N/A", "'#N/A' is not a whole number"),
        ("households", "nan", "'nan' is not a whole number"),
        ("households", "10000001", "10000001 is more than any village has (at most 10 000 000)"),
        ("signed", "41", "41 signed, but only 40 households"),
        ("lat", "", "is empty; fill it in"),
        ("lat", "91", "91.0 is not a latitude (-90 to 90); are lat and lon swapped?"),
        ("lat", "430.2", "430.2 is not a latitude (-90 to 90)"),
        ("lon", "181", "181.0 is not a longitude (-180 to 180)"),
        ("lat", "43°01'", ("\"43°01'\" is not in decimal degrees;"
         " write degrees with decimals, as 43.0213")),
        ("lon", "79.2E", ("'79.2E' is not in decimal degrees;"
         " write degrees with decimals, as 43.0213")),
        ("weight", "0", "0.0 is not a number above 0"),
        ("weight", "2027-05-01", ("'2027-05-01' is not a number;"
         " a spreadsheet took it for a date: format the column as numbers, write it again")),
        ("pace", "-1", "-1.0 is not a number above 0"),
        ("setup_minutes", "-10", "-10 is below 0"),
        ("max_share_per_visit", "60%", "'60%' is not a plain number; did you mean 0.6?"),
        ("max_share_per_visit", "1,5", "1.5 is not above 0 and at most 1"),
        ("partial", "maybe", ("'maybe' is neither yes nor no;"
         " write yes or no, да or нет, иә or жоқ, 1 or 0")),
        ("closed", "03.05.27", "'03.05.27' is not a date; did you mean 2027-05-03?"),
        ("closed", "monday", "'monday' is not a date; write it as 2027-05-03"),
        ("closed", "2027-13-01", ("'2027-13-01' is not a date of the calendar;"
         " write year-month-day, as 2027-05-03")),
        ("closed", "2027-05-05..2027-05-03", "2027-05-03 does not come after 2027-05-05"),
        ("closed", "2027-05-05..2207-05-06", ("from 2027-05-05 to 2207-05-06 is more than a year;"
         " is the year right?")),
        ("knock", "evening", "'evening' are no hours of a day; write them as 10:00-18:00"),
        ("knock", "18:00-10:00", ("'18:00-10:00' ends before it starts;"
         " hours after midnight are written as 25:30")),
        ("teams_per_night", "1.5", "'1.5' is not a whole number"),
        ("name", "?арасу", ("'?арасу' has lost letters;"
         " save the table again as XLSX or as CSV UTF-8")),
        ("name", "#REF!", "'#REF!' is an error of the spreadsheet"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_named_with_what_to_do(
    tmp_path: Path, column: str, cell: str, fault: str
) -> None:
    assert faults_of_cell(tmp_path, column, cell) == [f"villages.csv:2 {column}: {fault}"]


@pytest.mark.parametrize(
    ("column", "cell", "field", "value"),
    [
        ("households", "30.0", "households", 30),
        ("households", "1 240", "households", 1240),
        ("households", "1\u00a0240", "households", 1240),
        ("households", "1\u202f240,0", "households", 1240),
        ("signed", "", "signed", 0),
        ("lat", "43,5", "lat", 43.5),
        ("lon", "−79.5", "lon", -79.5),
        ("partial", "НЕТ", "partial", False),
        ("partial", "Жоқ", "partial", False),
        ("required", "Иә", "required", True),
        ("required", "да", "required", True),
        ("required", "1", "required", True),
        ("required", "TRUE", "required", True),
        ("setup_minutes", "7,5", "setup_seconds", 450),
        ("knock", "9:30 – 25:30", "knock", Window(34200, 91800)),
        ("closed", "03.05.2027", "closed", (dt.date(2027, 5, 3),)),
        ("closed", "3.5.2027..4.5.2027", "closed", (dt.date(2027, 5, 3), dt.date(2027, 5, 4))),
        ("closed", "2027-05-05, 2027-05-03", "closed", (dt.date(2027, 5, 3), dt.date(2027, 5, 5))),
        ("closed", "2027-05-03/2027-05-04", "closed", (dt.date(2027, 5, 3), dt.date(2027, 5, 4))),
        ("closed", "2027-05-03 - 2027-05-04", "closed", (dt.date(2027, 5, 3), dt.date(2027, 5, 4))),
    ],
)
def test_a_cell_is_read_as_people_write_it(
    tmp_path: Path, column: str, cell: str, field: str, value: object
) -> None:
    row = village_with(tmp_path, column, cell)
    assert getattr(row if hasattr(row, field) else row.options, field) == value


def test_a_share_of_a_village_that_is_reached_whole_is_a_fault(tmp_path: Path) -> None:
    faults = faults_of_rows(tmp_path, (*HEADER, "partial", "max share"), (*AQBULAQ, "no", 0.5))
    assert faults == [
        (
            "villages.csv:2 max share: below 1 where a visit reaches all or none;"
            " leave it out, or let partial be true"
        )
    ]


def test_villages_of_one_name_need_ids(tmp_path: Path) -> None:
    faults = faults_of_rows(
        tmp_path, ("аты", "lat", "lon", "hh"), ("Қарасу", 43, 79, 1), ("қарасу", 44, 79, 1)
    )
    assert faults == [
        (
            "villages.csv:3 аты: 'қарасу' is the id of villages.csv:2 too;"
            " give each village an id of its own"
        )
    ]


def test_a_row_without_name_and_id_is_a_fault(tmp_path: Path) -> None:
    faults = faults_of_rows(tmp_path, HEADER, ("", "", 43, 79, 1), ("", "—", 43, 79, 1))
    assert faults == [
        "villages.csv:2 name: is empty; give the village a name or an id",
        (
            "villages.csv:3 name: has no letter or digit to make an id of;"
            " give the village a name or an id"
        ),
    ]


def test_a_comma_that_parts_a_number_in_two_is_found(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, b"id,name,lat,lon,households\nv1,A,43,11,79,35,240\n")
    assert faults == [
        (
            "villages.csv:2: has something in column 6, which the header does not name;"
            " name the column or empty it; put a text with a comma in it into quotation marks"
        )
    ]


def test_a_table_without_a_header_is_a_fault_that_repeats_nothing_of_it(tmp_path: Path) -> None:
    assert faults_of_rows(tmp_path, ("Erlan", "+7 701 123 45 67"), AQBULAQ) == [
        (
            "villages.csv:1: the first filled row names no known column;"
            " begin the table with a row of names: id, name, lat, lon, households"
        )
    ]


def test_columns_that_are_missing_or_there_twice_are_faults(tmp_path: Path) -> None:
    assert faults_of_rows(tmp_path, ("широта", "latitude"), (43, 43)) == [
        "villages.csv:1 latitude: means the same as 'широта'; keep one",
        "villages.csv:1: has no column 'name' or 'id'; add it",
        "villages.csv:1: has no column 'lon'; add it",
        "villages.csv:1: has no column 'households' or 'population'; add it",
        "villages.csv:2 id: is empty; give the village a name or an id",
    ]


def test_of_names_in_two_languages_side_by_side_the_first_are_read_and_the_others_named(
    tmp_path: Path,
) -> None:
    path = tmp_path / "villages.csv"
    header = ("Елді мекен атауы", "Наименование населенного пункта", "lat", "lon", "дворов")
    path.write_bytes(csv_bytes([header, ("Ақкөл", "Акколь", 50.1, 70.1, 120)]))
    notes: list[str] = []
    (row,) = read_table(path, on_note=notes.append)
    assert row.name == "Ақкөл"
    assert any("Наименование населенного пункта" in note for note in notes)


def test_a_table_of_nothing_but_its_header_is_a_fault(tmp_path: Path) -> None:
    assert faults_of_rows(tmp_path, HEADER) == [
        "villages.csv: has a header, but no villages under it"
    ]


EMPTY = "is empty; its first row names the columns: name, lat, lon, …"
UNSOUND = "is not a sound XLSX workbook; save it again as XLSX, or as CSV UTF-8"
OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(64)


def zip_of(name: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(name, "x")
    return data.getvalue()


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", EMPTY),
        (b" \r\n\r\n,,,\n", EMPTY),
        (workbook_bytes([]), EMPTY),
        (bytes(range(256)) * 4, "is no text table; save it as CSV UTF-8 or as XLSX"),
        (OLE, "is not a sound XLS workbook; save it again as XLSX, or as CSV UTF-8"),
        (
            OLE + "EncryptedPackage".encode("utf-16-le"),
            "is protected by a password; save it as XLSX without a password, or as CSV UTF-8",
        ),
        (workbook_bytes([HEADER, AQBULAQ])[:-400], UNSOUND),
        (zip_of("content.xml"), UNSOUND),
    ],
    ids=["empty", "blank", "empty sheet", "rubbish", "xls", "password", "truncated", "no workbook"],
)
def test_a_file_that_is_no_table_is_named_as_what_it_is(
    tmp_path: Path, data: bytes, fault: str
) -> None:
    assert faults_of(tmp_path, data) == [f"villages.csv: {fault}"]


def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^villages\.csv: cannot be read: no such file"):
        read_table(tmp_path / "villages.csv")


def test_a_quotation_mark_that_is_not_closed_is_named_with_its_row(tmp_path: Path) -> None:
    data = b'name,lat,lon,households\nA,43,79,1\n"B,43,79,1\nC,43,79,1\n'
    assert faults_of(tmp_path, data) == [
        (
            "villages.csv:3: a quotation mark is not closed, or text stands behind one;"
            " write a quotation mark inside a quoted text twice"
        )
    ]


def test_a_formula_that_was_never_worked_out_is_a_fault(tmp_path: Path) -> None:
    data = workbook_bytes([HEADER, ("v1", "A", 43, 79, "=20+3")])
    assert faults_of(tmp_path, data, "villages.xlsx") == [
        (
            "villages.xlsx:2 E2: is a formula that was never worked out;"
            " open the table in a spreadsheet program and save it"
        )
    ]


def test_a_workbook_with_broken_bytes_is_an_error_or_is_read_but_nothing_else(
    tmp_path: Path,
) -> None:
    data = workbook_bytes([HEADER, AQBULAQ])
    refused = 0
    for position in range(2, len(data), 41):
        broken = bytearray(data)
        broken[position] ^= 0x5A
        try:
            read_bytes(tmp_path, bytes(broken))
        except InputError:
            refused += 1
    assert refused > 0


def test_a_workbook_keeps_dates_and_numbers_as_a_table_of_text_would(tmp_path: Path) -> None:
    header = (*HEADER, "closed", "partial", "pace")
    cells = ("v1", "A", "43,5", 79.25, 30.0, dt.datetime(2027, 5, 3), False, 0.00001)  # noqa: DTZ001
    (row,) = read_bytes(tmp_path, workbook_bytes([header, cells]), "villages.xlsx")
    assert (row.lat, row.lon, row.households) == (43.5, 79.25, 30)
    assert row.closed == (dt.date(2027, 5, 3),)
    assert (row.options.partial, row.options.pace) == (False, 0.00001)


def test_only_the_first_sheet_is_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.append(HEADER)
    first.append(AQBULAQ)
    book.create_sheet("people").append(["ИИН", "900101300123"])
    book.save(tmp_path / "villages.xlsx")
    assert [row.id for row in read_table(tmp_path / "villages.xlsx")] == ["v1"]


WORDS = [
    "Карасу",
    "Новосёловка",
    "Жаркент",
    "Ак; Су",
    "Узун, Агаш",
    "Шыгыс 2",
    'Бель "Агаш"',
    "рзд 5",
]
NAMES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
VILLAGES = st.lists(
    st.tuples(
        NAMES,
        st.integers(-90_00000, 90_00000).map(lambda number: number / 100000),
        st.integers(-180_00000, 180_00000).map(lambda number: number / 100000),
        st.integers(0, 99999),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda village: round(village[1], 2),
    # By abbreviations alone no encoding is recognised for sure, and the table is refused.
).filter(lambda villages: any(name.replace("рзд 5", "").strip() for name, *_ in villages))
STYLE = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from(",;\t"),
        "encoding": st.sampled_from(["utf-8", "utf-8-sig", "cp1251", "utf-16"]),
        "decimal_mark": st.sampled_from(".,"),
        "thousands": st.sampled_from(["", " ", "\u00a0"]),
        "yes_no": st.sampled_from([("да", "нет"), ("yes", "no"), ("1", "0")]),
        "header": st.sampled_from(
            [
                ("id", "name", "lat", "lon", "households", "required"),
                ("Код", "Населённый пункт", "Широта", "ДОЛГОТА", "Число дворов", "Обязательно"),
            ]
        ),
    }
)
IN_ONE_FOLDER = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def expected_rows(villages: list[tuple[Any, ...]], source: str) -> tuple[VillageRow, ...]:
    return tuple(
        VillageRow(
            Place(f"v{n}", name, lat, lon),
            households,
            options=Village(f"v{n}", 0, required=flag),
            source=f"{source}:{n + 2}",
        )
        for n, (name, lat, lon, households, flag) in enumerate(villages)
    )


@IN_ONE_FOLDER
@given(villages=VILLAGES, style=STYLE)
def test_a_table_in_any_encoding_delimiter_and_style_of_numbers_reads_back_equal(
    tmp_path: Path, villages: list[tuple[Any, ...]], style: dict[str, Any]
) -> None:
    def decimal(number: float) -> str:
        return f"{number:.5f}".replace(".", style["decimal_mark"])

    rows = [
        (
            f"v{n}",
            name,
            decimal(lat),
            decimal(lon),
            f"{households:,}".replace(",", style["thousands"]),
            style["yes_no"][not flag],
        )
        for n, (name, lat, lon, households, flag) in enumerate(villages)
    ]
    data = csv_bytes([style["header"], *rows], style["delimiter"], style["encoding"])
    assert read_bytes(tmp_path, data) == expected_rows(villages, "villages.csv")


@IN_ONE_FOLDER
@given(villages=VILLAGES)
def test_a_workbook_reads_back_as_the_same_table_in_csv_does(
    tmp_path: Path, villages: list[tuple[Any, ...]]
) -> None:
    cells = [(f"v{n}", *village) for n, village in enumerate(villages)]
    rows = [(*HEADER, "required"), *cells]
    from_workbook = read_bytes(tmp_path, workbook_bytes(rows), "villages.xlsx")
    assert from_workbook == expected_rows(villages, "villages.xlsx")
    assert read_bytes(tmp_path, csv_bytes(rows)) == expected_rows(villages, "villages.csv")


def test_kazakh_letters_survive_in_utf_8(tmp_path: Path) -> None:
    (row,) = read_bytes(tmp_path, csv_bytes([HEADER, AQBULAQ], ";", "utf-8-sig"))
    assert row.name == "Ақбұлақ"


def test_a_row_names_every_wrong_count() -> None:
    with pytest.raises(InputError) as caught:
        VillageRow(Place("a", "A", 43, 79), -1, signed=2, teams_per_night=-1)
    assert [fault.where for fault in caught.value.faults] == [
        *("households", "teams_per_night", "signed"),
    ]


def test_villages_that_lie_among_the_roads_only_when_swapped_are_refused() -> None:
    box = {"south": 42.5, "west": 78.0, "north": 44.0, "east": 80.5}
    sound = ("villages.csv:2", Place("a", "A", 43.1, 79.3))
    far = ("villages.csv:3", Place("b", "B", 50.0, 60.0))
    swapped = ("villages.csv:4", Place("c", "C", 79.3, 43.1))
    check_not_swapped([sound, far], **box)
    with pytest.raises(InputError) as caught:
        check_not_swapped([sound, far, swapped], **box)
    assert str(caught.value) == (
        "villages.csv:4 lat: lat 79.3, lon 43.1 is far from the roads, but among them the other"
        " way round; are lat and lon swapped?"
    )
