"""The template is filled in and read without a question, in each language."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import openpyxl
import pytest

from routeplan import cli
from routeplan.errors import InputError
from routeplan.language import LANGUAGES
from routeplan.villages import read_table
from routeplan.villages.columns import COLUMNS, MATCH_COLUMNS, identify
from routeplan.villages.template import village_template
from tests.helpers.campaign import Undertaking

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl import Workbook

    from routeplan.language import Language


def opened(language: Language) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(village_template(language)))


def headings(book: Workbook) -> dict[str, int]:
    """Return the number of each column that the template has."""
    (row,) = book.worksheets[0].iter_rows(values_only=True)
    found = {identify(str(text)) or str(text): n for n, text in enumerate(row, start=1)}
    assert len(found) == len(row)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_heading_names_a_column_of_its_own(language: Language) -> None:
    assert headings(opened(language)).keys() == set(COLUMNS) - {
        *("id", "oblast", "population"),
        *MATCH_COLUMNS,
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_column_is_explained_with_an_example_that_is_read(
    tmp_path: Path, language: Language
) -> None:
    book = opened(language)
    columns = headings(book)
    _, *rows = list(book.worksheets[1].iter_rows(values_only=True))[: len(columns) + 1]
    for heading, note, example in rows:
        assert note
        book.worksheets[0].cell(2, columns[identify(str(heading)) or ""], example)
    # Both cannot hold at once: a part, and not all.
    book.save(tmp_path / "villages.xlsx")
    notes: list[str] = []
    (village,) = read_table(tmp_path / "villages.xlsx", on_note=notes.append)
    assert (village.name, village.households, village.signed) == ("Ақкөл", 120, 15)
    assert (village.options.partial, village.options.required) == (True, False)
    assert (len(village.closed), village.teams_per_night, village.options.pace) == (2, 1, 0.8)
    assert notes == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_cells_are_checked_as_they_are_filled_in(language: Language) -> None:
    book = opened(language)
    columns = headings(book)
    rules = {
        next(iter(rule.sqref.ranges)).min_col: rule
        for rule in book.worksheets[0].data_validations.dataValidation
    }
    assert rules.keys() == set(columns.values())
    assert rules[columns["households"]].type == "whole"
    assert rules[columns["lat"]].type == "decimal"
    assert rules[columns["required"]].type == "list"


def test_an_empty_template_is_a_table_without_villages(tmp_path: Path) -> None:
    path = tmp_path / "villages.xlsx"
    path.write_bytes(village_template("ru"))
    with pytest.raises(InputError, match="has a header, but no villages under it"):
        read_table(path)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_template_is_written_filled_in_and_planned_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], language: Language
) -> None:
    path = tmp_path / "villages.xlsx"
    assert command("villages", "template", path, "--language", language) == 0
    book = openpyxl.load_workbook(path)
    columns = headings(book)
    undertaking = Undertaking(villages='table = "villages.xlsx"')
    names = ("name", "lat", "lon", "households")
    for row, line in enumerate(undertaking.table[1:], start=2):
        _, name, lat, lon, households, _ = line.split(",")
        cells: tuple[str | float, ...] = (name, float(lat), float(lon), int(households))
        for column, value in zip(names, cells, strict=True):
            book.worksheets[0].cell(row, columns[column], value)
    book.save(path)
    scenario = undertaking.write(tmp_path)
    search = ("--iterations", 5, "--no-bound")
    assert command("run", scenario, "-o", tmp_path / "out", *search) == 0
    assert "of 191 households reached" in capsys.readouterr().out


def test_a_table_that_is_there_is_not_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "villages.xlsx"
    path.write_bytes(b"filled in")
    assert command("villages", "template", path) == 2
    assert "is there already; choose another name" in capsys.readouterr().err
    assert path.read_bytes() == b"filled in"
    assert command("villages", "template", tmp_path / "villages.csv") == 2


def test_a_template_is_wiped_only_until_it_is_filled_in(tmp_path: Path) -> None:
    empty, filled = tmp_path / "empty.xlsx", tmp_path / "filled.xlsx"
    for path in (empty, filled):
        assert command("villages", "template", path) == 0
    book = openpyxl.load_workbook(filled)
    book.worksheets[0].cell(2, 1, "Ақкөл")
    book.save(filled)
    assert command("wipe", tmp_path, "--yes") == 0
    assert (empty.exists(), filled.exists()) == (False, True)


def command(*arguments: object) -> object:
    with pytest.raises(SystemExit) as ended:
        cli.main([str(argument) for argument in arguments])
    return ended.value.code
