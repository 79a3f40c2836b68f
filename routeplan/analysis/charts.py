"""What all figures have in common: how they are shown, their titles, axes and numbers."""

from __future__ import annotations

import io
import textwrap
from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

from routeplan.language import number_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DOTS_PER_INCH = 150
# As large as a notebook shows them; they are sharp on fine screens, too.
PIXELS_PER_INCH = 80
LONGEST_LABEL = 60


class Chart(Figure):
    """A figure that shows itself in a notebook with any backend."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        width, height = (round(PIXELS_PER_INCH * inches) for inches in self.get_size_inches())
        return png(self), {"width": width, "height": height}


def png(figure: Figure) -> bytes:
    """Return a figure as the bytes of a PNG file."""
    file = io.BytesIO()
    # Without the version, by which the user could be identified.
    figure.savefig(file, format="png", dpi=DOTS_PER_INCH, metadata={"Software": "routeplan"})
    return file.getvalue()


def label_of(name: object) -> str:
    """Return a name on one line, shortened, and escaped from matplotlib's formulas."""
    text = " ".join(str(name).split())
    text = text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 1]}…"
    return text.replace("$", r"\$")


def two_lines(what: str, meaning: str) -> str:
    """Return a title, and below it what is to be known to read a figure."""
    return f"{what}\n{meaning}"


def fit_titles(figure: Figure, *others: Text) -> None:
    """Break titles that are wider than their panel, and others that are wider than the figure."""
    figure.draw_without_rendering()
    for panel in figure.axes:
        # A map may be narrower than the part of the figure that is its own.
        own = panel.get_position(original=True)
        _break_lines(panel.title, own.width * figure.bbox.width)
    for text in others:
        _break_lines(text, figure.bbox.width)


def _break_lines(text: Text, width: float) -> None:
    actual = text.get_window_extent().width
    if actual <= width:
        return
    lines = text.get_text().split("\n")
    letters = max(1, int(0.95 * max(map(len, lines)) * width / actual))
    broken = [
        part
        for line in lines
        for part in textwrap.wrap(line, letters, break_long_words=False, break_on_hyphens=False)
    ]
    text.set_text("\n".join(broken))


class _Numbers(ScalarFormatter):
    """Writes the numbers of an axis with the signs of the language of messages."""

    def __init__(self) -> None:
        super().__init__(useOffset=False)
        self.set_scientific(False)

    def __call__(self, x: float, pos: int | None = None) -> str:
        return number_text(super().__call__(x, pos))


def plain(panel: Axes) -> None:
    """Leave out what says nothing, and write numbers as the language of messages does."""
    panel.spines[["top", "right"]].set_visible(False)
    panel.grid(visible=True, color="#e4e4e4", linewidth=0.6)
    panel.set_axisbelow(True)
    for axis in (panel.xaxis, panel.yaxis):
        # Others have labels that are given.
        if isinstance(axis.get_major_formatter(), ScalarFormatter):
            axis.set_major_formatter(_Numbers())
