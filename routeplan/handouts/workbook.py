"""The plan as an XLSX workbook that is edited by hand and read back.

Cells that may be edited are yellow and unlocked, in sheets that are protected without a password;
what was edited turns orange. Names are written as text, whatever they begin with. Formulas carry
their values, for programs that do not compute them.
"""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace
from typing import TYPE_CHECKING

from routeplan.formats import new_workbook
from routeplan.handouts.workbook_edits import allow_edits, mark_edits
from routeplan.handouts.workbook_layout import FIRST_ROW, MARK, VERSION, Formula
from routeplan.handouts.workbook_sheets import make_sheets

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from routeplan.handouts.map_view import MapView
    from routeplan.handouts.workbook_layout import Cell, Column, Sheet
    from routeplan.language import Language
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem


# Programs write Kazakh months with a capital or without: there the month is a number.
DATES = {
    "en": "[$-409]ddd, d mmmm",
    "kk": "[$-43F]dd.mm.yyyy, ddd",
    "ru": "[$-419]ddd, d mmmm",
}
HEADING_HEIGHT = 32
ORANGE, GREY, RED = "#F8C07A", "#E9EDF0", "#C0392B"
EDITABLE = {"bg_color": "#FFF6CC", "border": 1, "border_color": "#D9C98B", "locked": False}


def make_workbook(problem: Problem, plan: Plan, view: MapView, *, fingerprint: str) -> bytes:
    """Return the bytes of the workbook in the language of the view, the same for the same plan.

    By the fingerprint of the plan a reader recognises that the workbook was made of it.
    """
    sheets = {sheet.name: sheet for sheet in make_sheets(problem, plan, view)}
    stream = io.BytesIO()
    with new_workbook(stream, title=view.title) as book:
        formats = _Formats(book, view.language)
        for sheet in sheets.values():
            page = book.add_worksheet(sheet.title)
            _write_sheet(page, sheet, formats)
            allow_edits(page, sheet, sheets["lists"], view.language)
            mark_edits(page, sheet, formats.edited, formats.too_many)
        hidden = book.get_worksheet_by_name(sheets["lists"].title)
        hidden.write_row(1, 0, [f"{MARK}version", VERSION, f"{MARK}plan", fingerprint])
        hidden.hide()
    return stream.getvalue()


class _Formats:
    """Formats of cells, each made once."""

    def __init__(self, book: Workbook, language: Language) -> None:
        self._book = book
        self._cached: dict[tuple[str, bool], Format] = {}
        self._numbers = {
            "text": "@",
            "count": "#,##0",
            "number": "0",
            "date": DATES[language],
            "time": "[h]:mm",
            "km": "0.0",
            "share": "0.0 %",
        }
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.note = book.add_format({"italic": True, "font_color": "#555555"})
        self.bold = book.add_format({"bold": True})
        heading = {"bold": True, "bg_color": GREY, "bottom": 1, "text_wrap": True, "valign": "top"}
        self.headings = {
            side: book.add_format({**heading, "align": side, "indent": 1})
            for side in ("left", "right")
        }
        self.edited = book.add_format({"bg_color": ORANGE, "bold": True})
        self.too_many = book.add_format({"font_color": RED, "bold": True})

    def of(self, column: Column) -> Format:
        """Return the format of a column's cells."""
        key = column.kind, bool(column.choices)
        if key not in self._cached:
            self._cached[key] = self._book.add_format(
                {
                    "num_format": self._numbers[column.kind],
                    "valign": "top",
                    **(EDITABLE if column.choices else {}),
                    "align": _side(column),
                    "indent": 1,
                }
            )
        return self._cached[key]


def _side(column: Column) -> str:
    return "left" if column.kind in {"text", "date", "number"} else "right"


def _write_sheet(page: Worksheet, sheet: Sheet, formats: _Formats) -> None:
    page.write_string(0, 0, f"{MARK}{sheet.name}")
    page.write_string(1, 1, sheet.title, formats.title)
    page.write_string(2, 1, sheet.note, formats.note)
    page.set_column(0, 0, None, None, {"hidden": True})
    page.set_row(0, None, None, {"hidden": True})
    page.set_row(FIRST_ROW - 2, HEADING_HEIGHT)
    for number, column in enumerate(sheet.columns, start=1):
        hidden = {"hidden": not column.heading}
        page.set_column(number, number, column.width, None, hidden)
        page.write_string(0, number, column.name)
        page.write_string(FIRST_ROW - 2, number, column.heading, formats.headings[_side(column)])
    for position, row in enumerate(sheet.rows, start=FIRST_ROW - 1):
        _write_cell(page, (position, 0), row.get("key"), None)
        for number, column in enumerate(sheet.columns, start=1):
            fixed = column.name in sheet.fixed and "key" in row
            own = formats.of(replace(column, choices="") if fixed else column)
            _write_cell(page, (position, number), row.get(column.name), own)
    page.freeze_panes(FIRST_ROW - 1, 2)
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    page.repeat_rows(FIRST_ROW - 2)
    if sheet.rows and sheet.name not in {"summary", "lists"}:
        page.autofilter(FIRST_ROW - 2, 1, FIRST_ROW - 2 + len(sheet.rows), len(sheet.columns))
    for position, text in enumerate(sheet.below, start=FIRST_ROW + len(sheet.rows)):
        page.write_string(position, 1, text, formats.bold if text == sheet.below[0] else None)


def _write_cell(
    page: Worksheet, at: tuple[int, int], cell: Cell, cell_format: Format | None
) -> None:
    match cell:
        case None | "":
            page.write_blank(*at, None, cell_format)
        case Formula():
            page.write_formula(*at, cell.text.format(row=at[0] + 1), cell_format, cell.value)
        case str():
            page.write_string(*at, cell, cell_format)
        case dt.date():
            page.write_datetime(*at, cell, cell_format)
        case _:
            page.write_number(*at, cell, cell_format)
