"""Sheets of A4 for black-and-white printers: letters, lines and pages, by ReportLab.

The same story gives the same bytes: no clock, no chance, nothing of the machine.
"""

from __future__ import annotations

import io
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Literal, TypeAlias
from xml.sax.saxutils import escape

from reportlab.lib.colors import Color
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from reportlab.pdfgen.canvas import Canvas
    from reportlab.platypus import Flowable

    from routeplan.language import Language

    Cell: TypeAlias = str | Flowable | Sequence[Flowable]

__all__ = [
    "BOLD",
    "CONTENT_HEIGHT",
    "CONTENT_WIDTH",
    "INK",
    "PAPER",
    "REGULAR",
    "SMALL_PRINT",
    "Sheet",
    "clean",
    "fitted",
    "grid",
    "text",
    "use_fonts",
]

REGULAR, BOLD = "routeplan", "routeplan-bold"
MARGIN, FOOT = 12 * mm, 15 * mm
CONTENT_WIDTH, CONTENT_HEIGHT = A4[0] - 2 * MARGIN, A4[1] - MARGIN - FOOT

INK, PAPER = Color(0, 0, 0), Color(1, 1, 1)

SMALL_PRINT = Color(0.3, 0.3, 0.3)
"""As light as letters may be that a tired printer is to show."""

LEADING = 1.22
TINY = 6.0

Align: TypeAlias = Literal["left", "centre", "right"]

_ALIGNMENT: dict[Align, Literal[0, 1, 2]] = {"left": 0, "centre": 1, "right": 2}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One PDF to be made.

    Parameters
    ----------
    title
        What the file calls itself.
    foot
        Stands at the bottom of every page, beside its number.
    language
        In which it is written.
    story
        Makes what stands on the pages, anew each time.
    """

    title: str
    foot: str
    language: Language
    story: Callable[[], Sequence[Flowable]]

    def pdf(self) -> bytes:
        """Return the bytes of the file; it is laid out twice, first to count its pages."""
        use_fonts()
        pages: list[int] = []
        self._build(lambda canvas: pages.append(canvas.getPageNumber()))
        return self._build(lambda canvas: self._draw_foot(canvas, len(pages)))

    def _build(self, on_page: Callable[[Canvas], None]) -> bytes:
        stream = io.BytesIO()
        document = BaseDocTemplate(
            stream, pagesize=A4, title=clean(self.title), lang=self.language, invariant=1
        )
        frame = Frame(
            *(MARGIN, FOOT, CONTENT_WIDTH, CONTENT_HEIGHT),
            leftPadding=0,
            rightPadding=0,
            topPadding=0,
            bottomPadding=0,
        )
        template = PageTemplate(frames=[frame], onPage=lambda canvas, _: on_page(canvas))
        document.addPageTemplates([template])
        document.build(list(self.story()))
        return stream.getvalue()

    def _draw_foot(self, canvas: Canvas, pages: int) -> None:
        canvas.setFont(REGULAR, 8)
        canvas.setFillColor(SMALL_PRINT)
        canvas.drawString(MARGIN, 0.7 * MARGIN, clean(self.foot))
        canvas.setFont(BOLD, 11)
        canvas.setFillColor(INK)
        number = f"{canvas.getPageNumber()} / {pages}"
        canvas.drawRightString(A4[0] - MARGIN, 0.7 * MARGIN, number)


@cache
def use_fonts() -> None:
    """Make the letters known to ReportLab: Open Sans, Kazakh ones and all."""
    folder = resources.files("ttf_opensans") / "ttf"
    for name, file in ((REGULAR, "OpenSans-Regular.ttf"), (BOLD, "OpenSans-Bold.ttf")):
        pdfmetrics.registerFont(TTFont(name, io.BytesIO((folder / file).read_bytes())))


def clean(raw: str) -> str:
    """Return a text on one line, its letters composed: some tables write Й as two signs."""
    return " ".join(unicodedata.normalize("NFC", raw).split())


def text(
    raw: str,
    size: float,
    *,
    bold: bool = False,
    align: Align = "left",
    colour: Color = INK,
) -> Paragraph:
    """Return a text that breaks into lines, and within a word where that is too long."""
    style = ParagraphStyle(
        "",
        fontName=BOLD if bold else REGULAR,
        fontSize=size,
        leading=LEADING * size,
        alignment=_ALIGNMENT[align],
        textColor=colour,
        splitLongWords=1,
    )
    return Paragraph(escape(clean(raw)), style)


def fitted(
    raw: str,
    width: float,
    *,
    largest: float,
    smallest: float,
    align: Align = "left",
    colour: Color = INK,
) -> Paragraph:
    """Return a bold text as large as it stands on one line.

    At the smallest size it breaks into lines, and is smaller still only where a word would break.
    """
    line = clean(raw)
    size = min(largest, max(_fitting(line, width), smallest))
    longest = min((_fitting(word, width) for word in line.split()), default=size)
    size = max(min(size, longest), TINY)
    return text(line, size, bold=True, align=align, colour=colour)


def _fitting(line: str, width: float) -> float:
    """Return the size at which bold letters are a little less wide than this."""
    return 0.98 * width / max(pdfmetrics.stringWidth(line, BOLD, 1), 1e-9)


def grid(
    rows: Sequence[Sequence[Cell]],
    widths: Sequence[float],
    *style: tuple[Any, ...],
    heading: int = 0,
    height: float | None = None,
) -> Table:
    """Return a table whose cells touch its edges.

    Parameters
    ----------
    rows, widths
        What stands in it, and how wide its columns are.
    style
        What is drawn in it, in ReportLab's words.
    heading
        Rows that stand on every page.
    height
        Of every row; as high as what stands in it where it is not given.
    """
    plain = [(f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")]
    return Table(
        [list(row) for row in rows],
        colWidths=list(widths),
        style=[("VALIGN", (0, 0), (-1, -1), "TOP"), *plain, *style],
        hAlign="LEFT",
        repeatRows=heading,
        rowHeights=height,
    )
