"""Tally sheets on paper: a row for each door to tick, with the code by which it is typed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reportlab.lib.colors import Color
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable, PageBreak, Spacer

from routeplan.handouts.pdf import (
    BOLD,
    BOXED,
    CONTENT_HEIGHT,
    CONTENT_WIDTH,
    INK,
    SMALL_PRINT,
    fitted,
    grid,
    text,
    total_height,
)
from routeplan.language import translation
from routeplan.tally import Outcome, sheet_code

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reportlab.platypus import Table

    from routeplan.handouts.pdf import Cell
    from routeplan.handouts.sheet_day import SheetDay
    from routeplan.language import Language
    from routeplan.tally import TallySheet

__all__ = ["draw_tally_sheet", "outcome_labels"]

ROW_HEIGHT = 7.2 * mm
SPARE = Color(0.9, 0.9, 0.9)
COLUMNS_ON_PAGE = 2
GAP = 6 * mm
TITLE_SIZE = 7.0


def draw_tally_sheet(day: SheetDay, sheets: Sequence[TallySheet]) -> bytes:
    """Return the PDF of one day's tally sheets, each village on pages of its own."""
    kind = translation(day.language).gettext("Tally sheet")
    return day.make_pdf(_flowables(day, sheets), f"{kind} · {day.heading}")


def outcome_labels(language: Language) -> dict[Outcome, str]:
    """Return the headings of the columns, in their order."""
    _ = translation(language).gettext
    return {
        Outcome.REACHED: _("reached"),
        Outcome.SIGNED: _("signed"),
        Outcome.NOT_HOME: _("not home"),
        Outcome.REFUSED: _("refused"),
        Outcome.COME_BACK: _("come back"),
    }


def _flowables(day: SheetDay, sheets: Sequence[TallySheet]) -> Iterator[Flowable]:
    for number, sheet in enumerate(sheets):
        if number:
            yield PageBreak()
        yield from _village(day, sheet)


def _village(day: SheetDay, sheet: TallySheet) -> Iterator[Flowable]:
    """Yield the pages of one village, each with as many rows as fit, the left column first."""
    rows = list(enumerate(sheet.codes, start=1))
    width = (CONTENT_WIDTH - GAP) / COLUMNS_ON_PAGE
    totals = [Spacer(0, 3 * mm), _totals(day)]
    head = list(_head(day, sheet))
    while rows:
        fixed = [*head, *totals, _rows(day, sheet, [], width)]
        most = int((CONTENT_HEIGHT - total_height(fixed)) // ROW_HEIGHT)
        columns = [rows[:most], rows[most : COLUMNS_ON_PAGE * most]]
        rows = rows[COLUMNS_ON_PAGE * most :]
        tables = [_rows(day, sheet, column, width) if column else "" for column in columns]
        yield from head
        yield grid([[tables[0], "", tables[1]]], [width, GAP, width])
        yield from [PageBreak()] if rows else totals
        name, label = day.view.stops[sheet.stop - 1].name, _sheet_label(day)
        head = [text(f"{name} · {label} {sheet.number:03}", 11, bold=True), Spacer(0, 2 * mm)]


def _head(day: SheetDay, sheet: TallySheet) -> Iterator[Flowable]:
    _, ngettext = translation(day.language).gettext, translation(day.language).ngettext
    stop = day.view.stops[sheet.stop - 1]
    doors = ngettext("{n} door planned", "{n} doors planned", sheet.planned)
    planned = doors.format(n=sheet.planned)
    aside = 34 * mm
    inner = CONTENT_WIDTH - aside - 4 * mm
    village = [
        fitted(stop.name, inner, largest=22, smallest=13),
        text(f"{day.heading} · {stop.start}–{stop.end} · {planned}", 10),
    ]
    code = [
        text(_sheet_label(day), 8.5, align="centre"),
        fitted(f"{sheet.number:03}", aside - 4 * mm, largest=22, smallest=10, align="centre"),
        text(sheet_code(sheet.number), 8.5, align="centre"),
    ]
    yield grid(
        [[village, code]],
        [CONTENT_WIDTH - aside, aside],
        ("BOX", (1, 0), (1, 0), 1.2, INK),
        ("BOTTOMPADDING", (1, 0), (1, 0), 1.5 * mm),
    )
    yield Spacer(0, 2 * mm)
    rule = _(
        "One row for each door, in the order in which you knock. Ticks only: no names, no "
        "addresses, nothing that tells whose door it was. Grey rows are spare."
    )
    yield text(rule, 9)
    yield Spacer(0, 2 * mm)


def _rows(day: SheetDay, sheet: TallySheet, rows: Sequence[tuple[int, str]], width: float) -> Table:
    labels = outcome_labels(day.language).values()
    first, code = 9 * mm, 17 * mm
    tick = (width - first - code) / len(labels)
    words = [word for label in labels for word in label.split()]
    widest = max(stringWidth(word, BOLD, TITLE_SIZE) for word in words)
    size = TITLE_SIZE * min(1.0, 0.97 * tick / widest)
    _ = translation(day.language).gettext
    titles: list[Cell] = [
        text(_("Row"), 7.5, align="centre"),
        text(_("Code"), 7.5, align="centre"),
        *(text(label, size, bold=True, align="centre") for label in labels),
    ]
    lines: list[list[Cell]] = [
        [
            text(str(number), 12, bold=True, align="centre"),
            text(row_code, 8, align="centre", colour=SMALL_PRINT),
            *([""] * len(labels)),
        ]
        for number, row_code in rows
    ]
    spare = [n for n, (number, _code) in enumerate(rows, start=1) if number > sheet.planned]
    shades = [("BACKGROUND", (0, n), (-1, n), SPARE) for n in spare]
    return grid(
        [titles, *lines],
        [first, code, *([tick] * len(labels))],
        ("GRID", (0, 1), (-1, -1), 0.6, INK),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        *shades,
        height=ROW_HEIGHT,
    )


def _totals(day: SheetDay) -> Table:
    """Return boxes for the totals, which are typed in first."""
    _ = translation(day.language).gettext
    labels = [_("doors in all"), *outcome_labels(day.language).values()]
    width = CONTENT_WIDTH / len(labels)
    cells = [[text(label, 8, align="centre"), Spacer(0, 8 * mm)] for label in labels]
    return grid(
        [cells],
        [width] * len(labels),
        *BOXED,
        ("TOPPADDING", (0, 0), (-1, -1), 1 * mm),
    )


def _sheet_label(day: SheetDay) -> str:
    _ = translation(day.language).gettext
    return _("Sheet")
