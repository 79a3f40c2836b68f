"""The sheets of the workbook as CSV, as Excel opens it with a double click in Kazakh and Russian.

UTF-8 with a byte order mark, or letters come out broken; semicolons between cells, which is what
these languages part lists by; a comma before decimals but in English, or 12.3 becomes a date.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from routeplan.formats import table_to_csv
from routeplan.handouts.words import SECONDS_PER_DAY, clock
from routeplan.handouts.workbook_sheets import Formula, make_sheets
from routeplan.language import number_signs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from routeplan.handouts.map_view import MapView
    from routeplan.handouts.workbook_sheets import Cell, Column, Sheet
    from routeplan.language import Language
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

__all__ = ["make_tables"]

NAMES = ("stops", "villages", "left_out")


def make_tables(problem: Problem, plan: Plan, view: MapView) -> dict[str, bytes]:
    """Return the bytes of each table by the name of its file.

    Parameters
    ----------
    problem, plan
        A plan for that problem.
    view
        What `routeplan.handouts.build_view` made of the two, in the language of the tables.
    """
    sheets = {sheet.name: sheet for sheet in make_sheets(problem, plan, view)}
    return {f"{name}.csv": _csv(sheets[name], view.language) for name in NAMES}


def _csv(sheet: Sheet, language: Language) -> bytes:
    rows = [row for row in sheet.rows if "key" in row]
    shown = [
        column
        for column in sheet.columns
        if column.heading and not any(_is_live(column, row) for row in rows)
    ]
    cells = ([_cell(column, row.get(column.name)) for column in shown] for row in rows)
    decimal = number_signs(language)[0]
    return table_to_csv([column.heading for column in shown], cells, delimiter=";", decimal=decimal)


def _is_live(column: Column, row: Mapping[str, Cell]) -> bool:
    """Tell whether a cell is there to be edited, or follows what is."""
    return column.name not in row or isinstance(row[column.name], Formula)


def _cell(column: Column, cell: Cell) -> str | float | None:
    """Return a cell as text, or as a number of as many digits as are shown."""
    match cell:
        case None | str():
            return cell
        case dt.date():
            return cell.isoformat()
        case Formula():
            raise AssertionError("a formula means nothing in a table of text")
    if column.kind == "time":
        return clock(round(cell * SECONDS_PER_DAY))
    if column.kind == "km":
        return round(float(cell), 1)
    return float(f"{cell:g}") if cell % 1 else int(cell)
