"""Documents of A4 pages for black-and-white printers, by ReportLab, with fonts and page numbers.

The same flowables give the same bytes: no clock, no random number, nothing of the machine.
"""

from __future__ import annotations

import io
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Literal, TypeAlias

import segno
from reportlab.lib.colors import Color
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Paragraph, Table

from routeplan.errors import Fault, InputError
from routeplan.handouts.fonts import (
    BOLD,
    REGULAR,
    draw_text,
    markup,
    printable,
    register_fonts,
    text_width,
)
from routeplan.handouts.labels import clean
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from routeplan.language import Language

    Cell: TypeAlias = str | Flowable | Sequence[Flowable]

MARGIN, FOOT, FOOT_SIZE = 12 * mm, 15 * mm, 8.0
CONTENT_WIDTH, CONTENT_HEIGHT = A4[0] - 2 * MARGIN, A4[1] - MARGIN - FOOT

INK, PAPER = Color(0, 0, 0), Color(1, 1, 1)

SMALL_PRINT = Color(0.3, 0.3, 0.3)
"""As light as text may be on a worn printer."""


def make_pdf(flowables: Iterable[Flowable], *, title: str, foot: str, language: Language) -> bytes:
    """Return the bytes of a PDF with a foot on every page, beside its number.

    Flowables of a generator are made after fonts are registered.
    """
    register_fonts()
    stream = io.BytesIO()
    document = BaseDocTemplate(
        stream, pagesize=A4, title=clean(title), creator="routeplan", lang=language, invariant=1
    )
    # Without padding on any side.
    frame = Frame(MARGIN, FOOT, CONTENT_WIDTH, CONTENT_HEIGHT, 0, 0, 0, 0)
    document.addPageTemplates([PageTemplate(frames=[frame])])
    document.build(list(flowables), canvasmaker=partial(_NumberedCanvas, foot=printable(foot)))
    return stream.getvalue()


class _NumberedCanvas(Canvas):
    """A canvas that writes at the foot of each page how many there are."""

    def __init__(self, *arguments: Any, foot: str, **options: Any) -> None:  # noqa: ANN401  # those of Canvas
        super().__init__(*arguments, **options)
        self._foot = cut(foot, REGULAR, FOOT_SIZE, CONTENT_WIDTH - 20 * mm)
        self._done: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802  # ReportLab's name
        """Keep the page until all are there."""
        self._done.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]  # as its own showPage does

    def save(self) -> None:
        """Write the pages with their numbers."""
        for page in self._done:
            self.__dict__.update(page)
            self.setFillColor(SMALL_PRINT)
            draw_text(self, MARGIN, 0.7 * MARGIN, self._foot, (REGULAR, FOOT_SIZE))
            self.setFont(BOLD, 11)
            self.setFillColor(INK)
            number = f"{self.getPageNumber()} / {len(self._done)}"
            self.drawRightString(A4[0] - MARGIN, 0.7 * MARGIN, number)
            super().showPage()
        super().save()


def merge_pdfs(documents: Iterable[bytes], *, title: str) -> bytes:
    """Return one PDF with all pages of others, which says nothing of itself but a title.

    Raises InputError where one is damaged.
    """
    import pypdf  # noqa: PLC0415  # loads slowly, and few documents are merged
    from pypdf.errors import PyPdfError  # noqa: PLC0415

    merged = pypdf.PdfWriter()
    for document in documents:
        try:
            for page in pypdf.PdfReader(io.BytesIO(document)).pages:
                merged.add_page(page)
        except PyPdfError:
            message = _("one of the sheets is damaged or was changed: make the handouts again")
            raise InputError([Fault("", message)]) from None
    merged.metadata = {"/Title": title}
    stream = io.BytesIO()
    merged.write(stream)
    return stream.getvalue()


def cut(line: str, font: str, size: float, width: float) -> str:
    """Return a line, or what of it is no wider than this, with an ellipsis."""
    if text_width(line, font, size) <= width:
        return line
    while line and text_width(f"{line}…", font, size) > width:
        line = line[:-1]
    return f"{line}…"


LEADING = 1.22
TINY = 6.0
QUIET_MODULES = 4

# No row of a table may be higher than a page, whatever names there are.
LONGEST_TEXT, LONGEST_NAME = 1000, 200

BOX = ("BOX", (0, 0), (-1, -1), 1.2, INK)
"""A thick line around a table."""

BOXED = (BOX, ("INNERGRID", (0, 0), (-1, -1), 0.6, INK))
"""A thick line around a table, thin ones between its cells."""

Align: TypeAlias = Literal["left", "centre", "right"]
_ALIGNMENT: dict[Align, Literal[0, 1, 2]] = {"left": 0, "centre": 1, "right": 2}


def text(
    raw: str, size: float, *, bold: bool = False, align: Align = "left", colour: Color = INK
) -> Paragraph:
    """Return a text that wraps, also within a word that is too long."""
    font = BOLD if bold else REGULAR
    style = ParagraphStyle(
        "",
        fontName=font,
        fontSize=size,
        leading=LEADING * size,
        alignment=_ALIGNMENT[align],
        textColor=colour,
        splitLongWords=1,
    )
    return Paragraph(markup(_shortened(printable(raw), LONGEST_TEXT), font), style)


def fitted(
    raw: str,
    width: float,
    *,
    largest: float,
    smallest: float,
    align: Align = "left",
    colour: Color = INK,
) -> Paragraph:
    """Return a bold text as large as fits on one line.

    At the smallest size it wraps, and is smaller still only where a word would break.
    """
    line = _shortened(clean(raw), LONGEST_NAME)
    shown = printable(line)
    size = min(largest, max(_fitting(shown, width), smallest))
    longest = min((_fitting(word, width) for word in shown.split()), default=size)
    size = max(min(size, longest), TINY)
    return text(line, size, bold=True, align=align, colour=colour)


def _shortened(line: str, most: int) -> str:
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _fitting(line: str, width: float) -> float:
    """Return the size at which bold letters are a little less wide than this."""
    return 0.98 * width / max(text_width(line, BOLD, 1), 1e-9)


def grid(
    rows: Sequence[Sequence[Cell]],
    widths: Sequence[float],
    *style: tuple[Any, ...],
    heading: int = 0,
    height: float | None = None,
) -> Table:
    """Return a table whose cells touch its edges, with a style of ReportLab's commands.

    `heading` is how many rows are repeated on every page; without a height of every row, each is as
    high as its content.
    """
    return Table(
        [list(row) for row in rows],
        colWidths=list(widths),
        style=[("VALIGN", (0, 0), (-1, -1), "TOP"), *padding(0, 0), *style],
        hAlign="LEFT",
        repeatRows=heading,
        rowHeights=height,
    )


def padding(across: float, up: float) -> list[tuple[Any, ...]]:
    """Return commands that pad every cell of a table, left and right, above and below."""
    sides = (("LEFT", across), ("RIGHT", across), ("TOP", up), ("BOTTOM", up))
    return [(f"{side}PADDING", (0, 0), (-1, -1), points) for side, points in sides]


def total_height(flowables: Iterable[Flowable]) -> float:
    """Return how high flowables are together."""
    return sum(part.wrap(CONTENT_WIDTH, CONTENT_HEIGHT)[1] for part in flowables)


class QrCode(Flowable):
    """A square code in rectangles, with the white around it that readers need (ISO/IEC 18004)."""

    def __init__(self, content: str, side: float) -> None:
        super().__init__()
        self.width = self.height = side
        self._rows = segno.make(content, error="m", micro=False).matrix

    def draw(self) -> None:
        """Draw each run of dark modules as one rectangle."""
        module = self.width / (len(self._rows) + 2 * QUIET_MODULES)
        path = self.canv.beginPath()
        for n, row in enumerate(self._rows, start=1):
            y = self.height - (n + QUIET_MODULES) * module
            start = QUIET_MODULES
            for dark, run in groupby(row):
                length = len(list(run))
                if dark:
                    path.rect(start * module, y, length * module, module)
                start += length
        self.canv.setFillGray(0)
        self.canv.drawPath(path, stroke=0, fill=1)
