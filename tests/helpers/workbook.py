"""Workbooks for tests: written, edited as a person would, and found by what stands in them."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any, TypeAlias

import openpyxl

from routeplan.handouts import MapData, build_view
from routeplan.handouts.workbook import make_workbook
from routeplan.handouts.workbook_edits import read_edits
from routeplan.workflow.edits import check_edits, fingerprint_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from routeplan.handouts import MapView
    from routeplan.language import Language
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.workflow.edits import CheckedEdits

Change = tuple[str, tuple[object, ...], str]
"""Sheet, key of the row, column."""

Changes: TypeAlias = "Mapping[Any, Any]"
"""What stands in a cell from now on, by `Change`."""


def view_of(problem: Problem, plan: Plan, language: Language = "en") -> MapView:
    return build_view(problem, plan, MapData(language))


def written(problem: Problem, plan: Plan, language: Language = "en") -> bytes:
    view = view_of(problem, plan, language)
    return make_workbook(problem, plan, view, fingerprint=fingerprint_of(plan))


def opened(data: bytes) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def saved(book: Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def sheet_of(book: Workbook, name: str) -> Worksheet:
    return next(sheet for sheet in book.worksheets if sheet["A1"].value == f"routeplan:{name}")


def cell_of(book: Workbook, change: Change) -> str:
    """Return the address of a cell; a row without a key is the first empty one."""
    name, key, column = change
    sheet = sheet_of(book, name)
    text = json.dumps(key, ensure_ascii=False) if key else None
    row = next(cell.row for cell in sheet["A"] if cell.row > 4 and cell.value == text)
    letter = next(cell.column_letter for cell in sheet[1] if cell.value == column)
    return f"{letter}{row}"


def edited(data: bytes, changes: Changes) -> bytes:
    book = opened(data)
    cells = {change: cell_of(book, change) for change in changes}
    for change, value in changes.items():
        sheet_of(book, change[0])[cells[change]] = value
    return saved(book)


def taken(problem: Problem, plan: Plan, data: bytes) -> CheckedEdits:
    fingerprint = fingerprint_of(plan)
    edits = read_edits(data, problem, plan, source="week1.xlsx", fingerprint=fingerprint)
    return check_edits(problem, plan, edits)


def taken_after(problem: Problem, plan: Plan, changes: Changes) -> CheckedEdits:
    return taken(problem, plan, edited(written(problem, plan), changes))
