"""Sheets of A4 for black-and-white printers: letters, lines and pages, by ReportLab.

The same story gives the same bytes: no clock, no chance, nothing of the machine.
"""

from __future__ import annotations

import io
import unicodedata
from dataclasses import dataclass
from functools import cache, partial
from importlib import resources
from typing import TYPE_CHECKING, Literal, TypeAlias
from xml.sax.saxutils import escape

from reportlab.lib.colors import Color
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

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
    "cut",
    "fitted",
    "grid",
    "text",
]

REGULAR, BOLD = "routeplan", "routeplan-bold"
MARGIN, FOOT, FOOT_SIZE = 12 * mm, 15 * mm, 8.0
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
        Makes what stands on the pages.
    """

    title: str
    foot: str
    language: Language
    story: Callable[[], Iterable[Flowable]]

    def pdf(self) -> bytes:
        """Return the bytes of the file."""
        use_fonts()
        stream = io.BytesIO()
        document = BaseDocTemplate(
            stream,
            pagesize=A4,
            title=clean(self.title),
            creator="routeplan",
            lang=self.language,
            invariant=1,
        )
        frame = Frame(
            *(MARGIN, FOOT, CONTENT_WIDTH, CONTENT_HEIGHT),
            leftPadding=0,
            rightPadding=0,
            topPadding=0,
            bottomPadding=0,
        )
        document.addPageTemplates([PageTemplate(frames=[frame])])
        document.build(list(self.story()), canvasmaker=partial(_Pages, foot=clean(self.foot)))
        return stream.getvalue()


class _Pages(Canvas):
    """Pages that know at the end how many they are, and say so at the foot of each."""

    def __init__(self, *arguments: Any, foot: str, **options: Any) -> None:  # noqa: ANN401
        super().__init__(*arguments, **options)
        self._foot = cut(foot, REGULAR, FOOT_SIZE, CONTENT_WIDTH - 20 * mm)
        self._done: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802  # ReportLab's name
        """Put a page aside, as it is."""
        self._done.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]  # as its own showPage does

    def save(self) -> None:
        """Write the pages with their numbers."""
        for page in self._done:
            self.__dict__.update(page)
            self._draw_foot(len(self._done))
            super().showPage()
        super().save()

    def _draw_foot(self, pages: int) -> None:
        self.setFont(REGULAR, FOOT_SIZE)
        self.setFillColor(SMALL_PRINT)
        self.drawString(MARGIN, 0.7 * MARGIN, self._foot)
        self.setFont(BOLD, 11)
        self.setFillColor(INK)
        self.drawRightString(A4[0] - MARGIN, 0.7 * MARGIN, f"{self.getPageNumber()} / {pages}")


# No row of a table may be higher than a page, whatever names there are.
LONGEST_TEXT, LONGEST_NAME = 1000, 200


@cache
def use_fonts() -> None:
    """Make the letters known to ReportLab: Open Sans, Kazakh ones and all."""
    folder = resources.files("ttf_opensans") / "ttf"
    for name, file in ((REGULAR, "OpenSans-Regular.ttf"), (BOLD, "OpenSans-Bold.ttf")):
        pdfmetrics.registerFont(TTFont(name, io.BytesIO((folder / file).read_bytes())))


def clean(raw: str) -> str:
    """Return a text on one line, its letters composed: some tables write Й as two signs."""
    return " ".join(unicodedata.normalize("NFC", raw).split())


def cut(line: str, font: str, size: float, width: float) -> str:
    """Return a line, or what of it is no wider than this, with an ellipsis."""
    if pdfmetrics.stringWidth(line, font, size) <= width:
        return line
    while line and pdfmetrics.stringWidth(f"{line}…", font, size) > width:
        line = line[:-1]
    return f"{line}…"


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
    return Paragraph(escape(_shortened(clean(raw), LONGEST_TEXT)), style)


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
    line = _shortened(clean(raw), LONGEST_NAME)
    size = min(largest, max(_fitting(line, width), smallest))
    longest = min((_fitting(word, width) for word in line.split()), default=size)
    size = max(min(size, longest), TINY)
    return text(line, size, bold=True, align=align, colour=colour)


def _shortened(line: str, most: int) -> str:
    return line if len(line) <= most else f"{line[: most - 1]}…"


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
