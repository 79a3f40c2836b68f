"""Columns are known in three languages, and those that hold persons' data are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from routeplan.villages.columns import COLUMNS, identify
from tests.helpers.villages import HEADER, faults_of_cell, faults_of_rows, village_with

if TYPE_CHECKING:
    from pathlib import Path

PRIVACY = "no person's data is taken in, only villages and counts"


@pytest.mark.parametrize("column", COLUMNS)
def test_every_alias_names_its_own_column_however_it_is_typed(column: str) -> None:
    for alias in (column, *COLUMNS[column]):
        spellings = (alias, alias.upper(), alias.replace(" ", "_"), f" {alias.title()} ")
        assert {identify(spelling) for spelling in spellings} == {column}


@pytest.mark.parametrize(
    ("head", "column"),
    [
        ("Населенный пункт", "name"),
        ("аты", "name"),
        ("Атауы", "name"),
        ("название", "name"),
        ("Елди мекен", "name"),
        ("Кол-во домохозяйств", "households"),
        ("Халык саны", "population"),
        ("үй саны", "households"),
        ("жители", "population"),
        ("Подписей", "signed"),
        ("Ендiк", "lat"),
        ("Max. share per visit", "max_share_per_visit"),
        ("Наименование населенного пункта", "name"),
        ("ауылдың атауы", "name"),
        ("Елді мекендердің атауы", "name"),
        ("Кол-во дворов", "households"),
        ("Кол-во дворов, ед. (на 01.01.2027 г.)", "households"),
        ("Всего домохозяйств", "households"),
        ("шаруашылық саны", "households"),
        ("Үй шаруашылықтарының саны", "households"),
        ("Численность населения (чел.)", "population"),
        ("Тұрғындар саны, адам", "population"),
        ("Собрано подписей, всего", "signed"),
        ("GPS широта", "lat"),
        ("Longitude (WGS84)", "lon"),
        ("Аудан", "district"),
    ],
)
def test_ordinary_columns_are_known_though_typed_with_nearby_letters(
    head: str, column: str
) -> None:
    assert identify(head) == column


@pytest.mark.parametrize(
    ("what", "heads"),
    [
        (
            "phone numbers",
            *(["phone", "Mobile", "phone_number", "телефон", "Тел.", "номер телефона"],),
        ),
        ("phone numbers", ["моб. тел", "сотовый", "ұялы байланыс", "WhatsApp"]),
        ("identity numbers", ["IIN", "ИИН", "ЖСН", "passport no", "Паспорт", "төлқұжат"]),
        ("identity numbers", ["№ удостоверения", "жеке куәлік", "ID card"]),
        (
            "names of people",
            *(["surname", "Last name", "full_name", "head of household", "contact person"],),
        ),
        ("names of people", ["Фамилия", "имя", "ФИО", "Ф.И.О.", "отчество", "контактное лицо"]),
        ("names of people", ["тегі", "Аты-жөні", "аты жөні", "есімі", "әкесінің аты"]),
        (
            "addresses of homes or mail",
            *(["e-mail", "address", "house number", "адрес", "улица", "дом", "мекенжайы"],),
        ),
        (
            "people's birth dates or other marks of persons",
            *(["birth date", "Date of birth", "дата рождения", "туған күні", "возраст", "пол"],),
        ),
        (
            "free text, which may tell of persons",
            *(["note", "Notes", "comment", "примечание", "комментарии", "ескерту", "ескертпе"],),
        ),
    ],
)
def test_a_column_that_may_hold_a_persons_data_is_refused_with_the_reason(
    tmp_path: Path, what: str, heads: list[str]
) -> None:
    row = ("v1", "A", 43, 79, 1)
    for head in heads:
        faults = faults_of_rows(tmp_path, (*HEADER, head), (*row, "secret"))
        assert faults == [
            f"villages.csv:1 {head}: holds {what}; {PRIVACY}; remove the column from the table"
        ]


@pytest.mark.parametrize(
    ("head", "hint"),
    [
        ("househlods", "did you mean 'households'?"),
        ("Долготаа", "did you mean 'долгота'?"),
    ],
)
def test_a_misspelt_column_is_a_fault_with_the_nearest_known_one(
    tmp_path: Path, head: str, hint: str
) -> None:
    faults = faults_of_rows(tmp_path, (*HEADER, head), ("v1", "A", 43, 79, 1, ""))
    assert faults == [f"villages.csv:1 {head}: is not a known column; {hint}"]


@pytest.mark.parametrize("column", ["id", "name"])
@pytest.mark.parametrize(
    ("cell", "what"),
    [
        ("+7 701 123-45-67", "a phone number"),
        ("87011234567", "a phone number"),
        ("7011234567", "a phone number"),
        ("Ерлан 8 (701) 123 45 67", "a phone number"),
        ("8-727-250-12-34", "a phone number"),
        ("900101300123", "an identity number"),
        ("900101 300123", "an identity number"),
        ("ИИН900101300123", "an identity number"),
        ("erlan@example.org", "an e-mail address"),
    ],
)
def test_a_name_or_id_that_looks_like_a_persons_data_is_refused_and_not_repeated(
    tmp_path: Path, column: str, cell: str, what: str
) -> None:
    assert faults_of_cell(tmp_path, column, cell) == [
        f"villages.csv:2 {column}: looks like {what}; {PRIVACY}; keep it out of the table"
    ]


def test_a_phone_number_in_a_column_of_counts_is_not_repeated(tmp_path: Path) -> None:
    assert faults_of_cell(tmp_path, "households", "8 701 123 45 67") == [
        f"villages.csv:2 households: looks like a phone number; {PRIVACY}; keep it out of the table"
    ]


def test_a_phone_number_that_is_there_twice_is_not_repeated_as_an_id(tmp_path: Path) -> None:
    row = ("", "Ерлан 8 701 123 45 67", 43, 79, 1)
    faults = faults_of_rows(tmp_path, HEADER, row, row)
    assert len(faults) == 2
    assert not any("701" in fault for fault in faults)


@pytest.mark.parametrize(
    "cell",
    ["103230100", "102011495", "n7654321098", "5678901234", "Ферма №2 (км 1287)", "3-5"],
)
def test_codes_of_villages_are_not_taken_for_a_persons_data(tmp_path: Path, cell: str) -> None:
    assert village_with(tmp_path, "id", cell).id == cell
