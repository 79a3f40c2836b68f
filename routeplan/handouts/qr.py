"""Codes on paper that open a place on the map of a phone."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import quote

import segno
from reportlab.platypus import Flowable

from routeplan.handouts.geometry import DECIMALS
from routeplan.handouts.pdf import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["QrCode", "geo_uri"]

# More letters of a name make the code too fine for a poor camera.
LABEL_LETTERS = 16

QUIET_MODULES = 4


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
            for start, length in _dark_runs(row):
                path.rect((start + QUIET_MODULES) * module, y, length * module, module)
        self.canv.setFillGray(0)
        self.canv.drawPath(path, stroke=0, fill=1)


def geo_uri(lat: float, lon: float, label: str) -> str:
    """Return the address of a point for the maps of a phone.

    OsmAnd and Organic Maps show the point and its label where the coordinates stand twice and the
    label stands last; other maps show the point.

    Examples
    --------
    >>> geo_uri(48.44377, 67.81192, "2 Qarasu")
    'geo:48.44377,67.81192?q=48.44377,67.81192(2%20Qarasu)'
    """
    point = f"{lat:.{DECIMALS}f},{lon:.{DECIMALS}f}"
    short = clean(label)[:LABEL_LETTERS].strip()
    return f"geo:{point}?q={point}({quote(short, safe='')})"


def _dark_runs(row: bytearray) -> Iterator[tuple[int, int]]:
    start = 0
    for dark, run in groupby(row):
        length = len(list(run))
        if dark:
            yield start, length
        start += length
