"""Results of visits in files of every kind, and what is read of them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from routeplan.errors import InputError
from routeplan.formats import problem_sha256, problem_to_json
from routeplan.recording import PlannedVisits, read_results
from routeplan.tally import sheet_code
from routeplan.workflow.edits import fingerprint_of
from tests.helpers import handouts as handouts_helpers
from tests.helpers.villages import csv_bytes
from tests.helpers.workbook import opened, saved, sheet_of, written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from routeplan.language import Language
    from routeplan.recording import FileResults, VisitRow

PROBLEM = handouts_helpers.toy_problem()
PLAN = handouts_helpers.toy_plan().replace(problem_sha256=problem_sha256(problem_to_json(PROBLEM)))
PLANNED = PlannedVisits(PROBLEM, PLAN)
MONDAY, TUESDAY = (day.date for day in PROBLEM.days)

HEADER = ("code", "reached", "signed", "not_home", "refused", "come_back")
GOOD = (sheet_code(1), 40, 30, 12, 5, 4)
"""Of the first sheet: crew A in Ақбұлақ on Monday."""


def read_data(
    folder: Path,
    data: bytes,
    name: str = "results.csv",
    *,
    notes: list[str] | None = None,
    earlier: Sequence[Any] = (),
) -> FileResults:
    path = folder / name
    path.write_bytes(data)
    return read_results(
        path,
        PLANNED,
        fingerprint=fingerprint_of(PLAN),
        earlier=earlier,
        on_note=([] if notes is None else notes).append,
    )


def read_rows(folder: Path, *rows: Sequence[object]) -> FileResults:
    return read_data(folder, csv_bytes(rows))


def counts(row: VisitRow) -> tuple[int, ...]:
    result = row.result
    return tuple(
        getattr(result, name) for name in ("reached", "signed", "not_home", "refused", "come_back")
    )


def faults_of(folder: Path, data: bytes, name: str = "results.csv") -> list[str]:
    """Return the faults of a file, whether or not some of its rows are good."""
    try:
        return [str(fault) for fault in read_data(folder, data, name).faults]
    except InputError as error:
        return [str(fault) for fault in error.faults]


def filled_workbook(
    rows: Mapping[int, Mapping[str, Any]],
    *,
    spare: Sequence[Mapping[str, Any]] = (),
    language: Language = "en",
    merged: Sequence[str] = (),
) -> bytes:
    """Return the week's workbook, with cells of its results by sheet and column."""
    book = opened(written(PROBLEM, PLAN, language))
    page = sheet_of(book, "results")
    columns = {cell.value: cell.coordinate[:-1] for cell in page[1]}
    first_spare = 5 + len(PLANNED.sheets)
    cells = {4 + sheet: values for sheet, values in rows.items()}
    cells |= {first_spare + n: values for n, values in enumerate(spare)}
    for number, values in cells.items():
        for column, value in values.items():
            page[f"{columns[column]}{number}"].value = value
    for cells_merged in merged:
        page.merge_cells(cells_merged)
    return saved(book)


FILLED: dict[int, dict[str, Any]] = {
    1: {"reached": 40, "signed": 30, "not_home": 12, "refused": 5, "come_back": 4}
    | {"come_back_after": dt.time(18, 30), "door_minutes": 190, "drive_minutes": 22},
    3: {"reached": 20, "signed": 20},
}
"""What is typed into the workbook of two sheets."""
