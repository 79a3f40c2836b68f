"""The sheets of stops, villages and those left out as tables of text (CSV)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from routeplan.formats import table_to_csv
from routeplan.handouts.labels import SECONDS_PER_DAY, time_label
from routeplan.handouts.workbook_layout import Formula
from routeplan.handouts.workbook_sheets import make_sheets
from routeplan.language import number_signs

if TYPE_CHECKING:
    from routeplan.handouts.map_view import MapView
    from routeplan.handouts.workbook_layout import Cell, Column, Sheet
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

TABLES = ("stops", "villages", "left_out")


def make_tables(problem: Problem, plan: Plan, view: MapView) -> dict[str, bytes]:
    """Return the sheets of stops, villages and those left out as CSV, by the name of the file.

    As Excel opens them in Kazakh and Russian: UTF-8 with a byte order mark; semicolons between
    cells; a decimal comma but in English.
    """
    sheets = {sheet.name: sheet for sheet in make_sheets(problem, plan, view)}
    decimal = number_signs(view.language)[0]
    return {f"{name}.csv": _csv(sheets[name], decimal) for name in TABLES}


def _csv(sheet: Sheet, decimal: str) -> bytes:
    rows = [row for row in sheet.rows if "key" in row]
    # A column that is to be filled in, or follows edits, is left out.
    fixed = {column.name for column in sheet.columns}.intersection(
        *({name for name, cell in row.items() if not isinstance(cell, Formula)} for row in rows)
    )
    shown = [column for column in sheet.columns if column.heading and column.name in fixed]
    cells = ([_csv_cell(column, row.get(column.name)) for column in shown] for row in rows)
    return table_to_csv([column.heading for column in shown], cells, delimiter=";", decimal=decimal)


def _csv_cell(column: Column, cell: Cell) -> str | float | None:
    """Return a cell as text, or as a number of as many digits as are shown."""
    match cell:
        case None | str():
            return cell
        case dt.date():
            return cell.isoformat()
        case Formula():
            raise AssertionError("a formula means nothing in a table of text")
    if column.kind == "time":
        return time_label(round(cell * SECONDS_PER_DAY))
    if column.kind == "km":
        return round(float(cell), 1)
    return float(f"{cell:g}") if cell % 1 else int(cell)
