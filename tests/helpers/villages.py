"""Tables written by code, and the faults that reading one names."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import openpyxl
import pytest

from routeplan.errors import InputError
from routeplan.villages import VillageRow, read_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    Cells = Sequence[Sequence[object]]

HEADER = ("id", "name", "lat", "lon", "households")


def csv_bytes(rows: Cells, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def workbook_bytes(rows: Cells) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def read_bytes(folder: Path, data: bytes, name: str = "villages.csv") -> tuple[VillageRow, ...]:
    path = folder / name
    path.write_bytes(data)
    return read_table(path, people_per_household=4)


def read_rows(folder: Path, *rows: Sequence[object]) -> tuple[VillageRow, ...]:
    return read_bytes(folder, csv_bytes(rows))


def faults_of(folder: Path, data: bytes, name: str = "villages.csv") -> list[str]:
    with pytest.raises(InputError) as caught:
        read_bytes(folder, data, name)
    return [str(fault) for fault in caught.value.faults]


def faults_of_rows(folder: Path, *rows: Sequence[object]) -> list[str]:
    return faults_of(folder, csv_bytes(rows))


def faults_of_cell(folder: Path, column: str, cell: str) -> list[str]:
    """Faults of a sound village with one more cell, or one of its cells written otherwise."""
    village = {"id": "v1", "name": "Aqbulaq", "lat": "43.1", "lon": "79.3", "households": "40"}
    village[column] = cell
    return faults_of_rows(folder, tuple(village), tuple(village.values()))


def village_with(folder: Path, column: str, cell: str) -> VillageRow:
    village = {"id": "v1", "name": "Aqbulaq", "lat": "43.1", "lon": "79.3", "households": "40"}
    village[column] = cell
    (row,) = read_rows(folder, tuple(village), tuple(village.values()))
    return row
