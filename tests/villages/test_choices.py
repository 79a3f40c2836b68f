"""Choices of candidates are written into tables of any kind, whose other cells stay."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import openpyxl
import openpyxl.styles
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeplan.model.road_notes import OsmPlace
from routeplan.villages import ReferenceData, read_table
from routeplan.villages.choices import ending_of, with_choices
from routeplan.villages.columns import identify
from routeplan.villages.sheets import read_sheet
from routeplan.villages.text_tables import csv_rows, with_cells

if TYPE_CHECKING:
    from pathlib import Path

    from routeplan.villages.table import Unplaced

TEXT = 'Район Ойдан;;\nназвание;дворы;прочее\nАқкөл;10;"a;b"\nАқбұлақ;20;x\n'
PLACES = ReferenceData(
    places=(
        OsmPlace("n1", "village", "Аққөл", {}, 48.0, 67.0),
        OsmPlace("n2", "hamlet", "Ақкөл", {}, 48.0, 67.0),
        OsmPlace("n3", "hamlet", "Ақкөл", {}, 48.5, 67.5),
        OsmPlace("n4", "village", "Ақбұлақ", {}, 48.1, 67.1),
    )
)


def workbook() -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "Обложка"  # type: ignore[union-attr]
    sheet = book.create_sheet("Сёла")
    for line in TEXT.splitlines():
        sheet.append([cell.strip('"') for cell in line.replace("a;b", "a,b").split(";")])
    sheet["A3"].font = openpyxl.styles.Font(bold=True)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


TABLES = {
    "utf-8": TEXT.encode(),
    "bom": TEXT.encode("utf-8-sig"),
    "crlf": TEXT.replace("\n", "\r\n").encode(),
    "utf-16": TEXT.encode("utf-16"),
    "kz1048": TEXT.encode("kz1048"),
    "xlsx": workbook(),
}


@pytest.mark.parametrize("kind", TABLES)
def test_a_choice_gives_the_village_its_position_and_keeps_the_rest(
    tmp_path: Path, kind: str
) -> None:
    table = tmp_path / "table"
    table.write_bytes(TABLES[kind])
    unplaced: list[Unplaced] = []
    rows = read_table(table, reference=PLACES, on_unplaced=unplaced.append)
    assert [row.name for row in rows] == ["Ақбұлақ"]
    (one,) = unplaced
    assert one.row.source == "table:3"
    assert one.row.households == 10
    assert [place.id for place in one.places] == ["n2", "n3"]
    before = read_sheet(table)
    data, ending = with_choices(table, {3: one.match.candidates[1].text})
    assert ending == (".xlsx" if kind == "xlsx" else ".csv")
    table.write_bytes(data)
    after = read_sheet(table)
    assert [row.cells[:3] for row in after] == [row.cells[:3] for row in before]
    assert [row.number for row in after] == [2, 3, 4]
    rows = read_table(table, reference=PLACES)
    assert [(row.name, row.lat) for row in rows] == [("Ақкөл", 48.5), ("Ақбұлақ", 48.1)]
    # Another choice takes the place of the first one.
    table.write_bytes(with_choices(table, {3: "n2"})[0])
    assert read_table(table, reference=PLACES)[0].lat == 48.0
    if kind == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(table.read_bytes()))
        assert book.sheetnames == ["Обложка", "Сёла"]
        assert book["Сёла"]["A3"].font.bold
    else:
        old, new = TABLES[kind], table.read_bytes()
        assert old.splitlines()[0] == new.splitlines()[0]
        assert old[:2] == new[:2]


def test_without_the_reader_of_unplaced_villages_they_are_faults(tmp_path: Path) -> None:
    table = tmp_path / "villages.csv"
    table.write_text(TEXT, encoding="utf-8")
    with pytest.raises(
        ValueError, match=r"villages\.csv:3 название: fits several places of the map"
    ):
        read_table(table, reference=PLACES)


cells = st.text(alphabet='аб;,"\n x', max_size=5)
headings = st.text(alphabet='аб"\n x', max_size=5)


@given(
    st.lists(st.lists(cells, min_size=2, max_size=4), min_size=1, max_size=5),
    st.data(),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "sep=;"]),
)
def test_only_the_named_cells_of_a_text_table_change(
    rows: list[list[str]], data: st.DataObject, line_end: str, first_line: str
) -> None:
    def written(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"' if set(cell) & set(';"\n') else cell

    lines = ["name;id", *(";".join(map(written, row)) for row in rows)]
    text = line_end.join([first_line, *lines] if first_line else lines)
    before = list(csv_rows(text, "t", identify))
    row = data.draw(st.sampled_from([each.number for each in before]))
    # The delimiter is told by the heading.
    values = headings if row == before[0].number else cells
    position, value = data.draw(st.integers(0, 5)), data.draw(values)
    after = list(csv_rows(with_cells(text, identify, {(row, position): value}), "t", identify))
    assert len(after) == len(before)
    for old, new in zip(before, after, strict=True):
        if old.number == row:
            assert new.cell(position) == " ".join(value.split())
        width = max(len(old.cells), len(new.cells))
        others = [n for n in range(width) if (old.number, n) != (row, position)]
        assert [old.cell(n) for n in others] == [new.cell(n) for n in others]


def test_the_ending_is_that_of_the_content() -> None:
    assert ending_of(TABLES["xlsx"]) == ".xlsx"
    assert ending_of(b"PK\x03\x04 no archive") == ".xlsx"
    assert ending_of(TABLES["kz1048"]) == ".csv"
    assert ending_of(bytes.fromhex("d0cf11e0a1b11ae1")) == ".xls"
