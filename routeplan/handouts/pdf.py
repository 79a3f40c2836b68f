"""Documents of A4 pages for black-and-white printers, by ReportLab, with fonts and page numbers.

The same flowables give the same bytes: no clock, no random number, nothing of the machine.
"""

from __future__ import annotations

import io
from functools import cache, partial
from importlib import resources
from typing import TYPE_CHECKING, TypeAlias

from reportlab.lib.colors import Color
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate

from routeplan.handouts.labels import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from routeplan.language import Language

    Cell: TypeAlias = str | Flowable | Sequence[Flowable]

REGULAR, BOLD = "routeplan", "routeplan-bold"
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
    document.build(list(flowables), canvasmaker=partial(_NumberedCanvas, foot=clean(foot)))
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
            self.setFont(REGULAR, FOOT_SIZE)
            self.setFillColor(SMALL_PRINT)
            self.drawString(MARGIN, 0.7 * MARGIN, self._foot)
            self.setFont(BOLD, 11)
            self.setFillColor(INK)
            number = f"{self.getPageNumber()} / {len(self._done)}"
            self.drawRightString(A4[0] - MARGIN, 0.7 * MARGIN, number)
            super().showPage()
        super().save()


@cache
def register_fonts() -> None:
    """Register Open Sans, which has the Kazakh letters, with ReportLab."""
    folder = resources.files("ttf_opensans") / "ttf"
    for name, file in ((REGULAR, "OpenSans-Regular.ttf"), (BOLD, "OpenSans-Bold.ttf")):
        pdfmetrics.registerFont(TTFont(name, io.BytesIO((folder / file).read_bytes())))


def cut(line: str, font: str, size: float, width: float) -> str:
    """Return a line, or what of it is no wider than this, with an ellipsis."""
    if pdfmetrics.stringWidth(line, font, size) <= width:
        return line
    while line and pdfmetrics.stringWidth(f"{line}…", font, size) > width:
        line = line[:-1]
    return f"{line}…"
