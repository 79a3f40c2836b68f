"""The workbook: the plan as an XLSX file that is edited by hand and read back.

Cells that may be edited are yellow and unlocked, in sheets that are protected without a password;
what was edited turns orange. Names are written as text, whatever they begin with. Formulas carry
what they come to, for programs that show a workbook without working it out.
"""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace
from typing import TYPE_CHECKING

from routeplan.formats import new_workbook
from routeplan.handouts.workbook_sheets import FIRST_ROW, MARK, Formula, make_sheets
from routeplan.language import translation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from routeplan.handouts.map_view import MapView
    from routeplan.handouts.workbook_sheets import Cell, Column, Sheet
    from routeplan.language import Language
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

__all__ = ["CROSS", "VERSION", "make_workbook"]

VERSION = 1
"""Of the workbook's frame; a reader refuses any other."""

CROSS = "x"
"""What strikes out."""

# What a spreadsheet calls the languages, in dates.
LOCALES = {"en": "409", "kk": "43F", "ru": "419"}

MOST = 1_000_000
HEADING_HEIGHT = 32
YELLOW, ORANGE, GREY, RED = "#FFF6CC", "#F8C07A", "#E9EDF0", "#C0392B"


def make_workbook(problem: Problem, plan: Plan, view: MapView, *, fingerprint: str) -> bytes:
    """Return the bytes of the workbook; the same plan gives the same bytes.

    Parameters
    ----------
    problem, plan
        A plan for that problem.
    view
        What `routeplan.handouts.build_view` made of the two, in the language of the workbook.
    fingerprint
        Of the plan, by which the workbook is known for the one that was made of it.
    """
    sheets = {sheet.name: sheet for sheet in make_sheets(problem, plan, view)}
    stream = io.BytesIO()
    with new_workbook(stream, title=view.title) as book:
        looks = _Looks(book, view.language)
        for sheet in sheets.values():
            page = book.add_worksheet(sheet.title)
            _write_sheet(page, sheet, looks)
            _allow_edits(page, sheet, sheets["lists"], view.language)
            _mark_edits(page, sheet, looks)
            _set_page(page, sheet)
        hidden = book.get_worksheet_by_name(sheets["lists"].title)
        hidden.write_row(1, 0, [f"{MARK}version", VERSION, f"{MARK}plan", fingerprint])
        hidden.hide()
    return stream.getvalue()


class _Looks:
    """How cells look, each look made once."""

    def __init__(self, book: Workbook, language: Language) -> None:
        self._book = book
        self._made: dict[tuple[str, bool], Format] = {}
        self._numbers = {
            "text": "@",
            "count": "#,##0",
            "number": "0",
            "date": f"[$-{LOCALES[language]}]ddd, d mmmm",
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
        """Return the look of a column's cells."""
        editable = bool(column.choices)
        if (column.kind, editable) not in self._made:
            look: dict[str, object] = {"num_format": self._numbers[column.kind], "valign": "top"}
            if editable:
                look |= {
                    "bg_color": YELLOW,
                    "border": 1,
                    "border_color": "#D9C98B",
                    "locked": False,
                }
            look |= {"align": _side(column), "indent": 1}
            self._made[column.kind, editable] = self._book.add_format(look)
        return self._made[column.kind, editable]


def _side(column: Column) -> str:
    return "left" if column.kind in {"text", "date", "number"} else "right"


def _write_sheet(page: Worksheet, sheet: Sheet, looks: _Looks) -> None:
    page.write_string(0, 0, f"{MARK}{sheet.name}")
    page.write_string(1, 1, sheet.title, looks.title)
    page.write_string(2, 1, sheet.note, looks.note)
    page.set_column(0, 0, None, None, {"hidden": True})
    page.set_row(0, None, None, {"hidden": True})
    page.set_row(FIRST_ROW - 2, HEADING_HEIGHT)
    for number, column in enumerate(sheet.columns, start=1):
        hidden = {"hidden": not column.heading}
        page.set_column(number, number, column.width, None, hidden)
        page.write_string(0, number, column.name)
        page.write_string(FIRST_ROW - 2, number, column.heading, looks.headings[_side(column)])
    for position, row in enumerate(sheet.rows, start=FIRST_ROW - 1):
        _write_cell(page, (position, 0), row.get("key"), None)
        for number, column in enumerate(sheet.columns, start=1):
            own = _fixed(column, row)
            _write_cell(page, (position, number), row.get(column.name), looks.of(own))
    for position, text in enumerate(sheet.below, start=FIRST_ROW + len(sheet.rows)):
        page.write_string(position, 1, text, looks.bold if text == sheet.below[0] else None)


def _fixed(column: Column, row: Mapping[str, Cell]) -> Column:
    """Return a column as it is in a row: the village of a stop that there is stays."""
    return replace(column, choices="") if column.choices == "village" and "key" in row else column


def _write_cell(page: Worksheet, at: tuple[int, int], cell: Cell, look: Format | None) -> None:
    match cell:
        case None | "":
            page.write_blank(*at, None, look)
        case Formula():
            page.write_formula(*at, cell.text.format(row=at[0] + 1), look, cell.value)
        case str():
            page.write_string(*at, cell, look)
        case dt.date():
            page.write_datetime(*at, cell, look)
        case _:
            page.write_number(*at, cell, look)


def _allow_edits(page: Worksheet, sheet: Sheet, lists: Sheet, language: Language) -> None:
    """Protect a sheet but for its yellow cells, and let these be chosen or typed."""
    _ = translation(language).gettext
    page.protect("", {"format_columns": True, "format_rows": True, "autofilter": True})
    last = FIRST_ROW - 1 + max(len(sheet.rows), 1) - 1
    for number, column in enumerate(sheet.columns, start=1):
        rule: dict[str, object] = {
            "error_title": column.heading[:32],
            "error_message": _("Choose from the list."),
        }
        if column.choices == "number":
            whole = {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": MOST}
            rule |= whole | {"error_message": _("Write a whole number.")}
        elif column.choices == "mark":
            rule |= {"validate": "list", "source": [CROSS]}
        elif column.choices:
            rule |= {"validate": "list", "source": f"={lists.span(column.choices)}"}
        else:
            continue
        page.data_validation(FIRST_ROW - 1, number, last, number, rule)


def _mark_edits(page: Worksheet, sheet: Sheet, looks: _Looks) -> None:
    """Show what differs from the plan, and where more households are reached than there are."""
    last = FIRST_ROW - 1 + max(len(sheet.rows), 1) - 1
    names = {column.name for column in sheet.columns}
    for number, column in enumerate(sheet.columns, start=1):
        here, planned = sheet.letter(column.name), f"planned_{column.name}"
        if column.choices:
            before = f"${sheet.letter(planned)}{FIRST_ROW}" if planned in names else '""'
            text, look = f"=${here}{FIRST_ROW}<>{before}", looks.edited
        elif column.name == "left":
            text, look = f"=${here}{FIRST_ROW}<0", looks.too_many
        else:
            continue
        rule = {"type": "formula", "criteria": text, "format": look}
        page.conditional_format(FIRST_ROW - 1, number, last, number, rule)


def _set_page(page: Worksheet, sheet: Sheet) -> None:
    page.freeze_panes(FIRST_ROW - 1, 2)
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    page.repeat_rows(FIRST_ROW - 2)
    if sheet.rows and sheet.name not in {"summary", "lists"}:
        page.autofilter(FIRST_ROW - 2, 1, FIRST_ROW - 2 + len(sheet.rows), len(sheet.columns))
