"""The small map of a day sheet: roads thin and grey, legs thick and black, stops by their numbers.

It is vector graphics, so that it prints sharp on any printer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from reportlab.lib.units import mm
from reportlab.platypus import Flowable

from routeplan.handouts.fonts import BOLD, REGULAR, draw_text, printable, text_width
from routeplan.handouts.geometry import METRES_PER_DEGREE, Bounds, simplify_lines
from routeplan.handouts.pdf import CONTENT_WIDTH, INK, PAPER, SMALL_PRINT, cut
from routeplan.language import translation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray
    from reportlab.pdfgen.canvas import Canvas

    from routeplan.handouts.geometry import Points
    from routeplan.handouts.sheet_day import SheetDay

# Width in points, darkness (0 is black) and strokes of each rank of road.
ROADS: dict[str, tuple[float, float, list[float]]] = {
    "track": (0.4, 0.66, [1.5, 1.5]),
    "local": (0.5, 0.62, []),
    "district": (0.9, 0.6, []),
    "highway": (1.6, 0.6, []),
}
LEG_WIDTH, CASING_WIDTH = 2.2, 4.2
TOLERANCE = 0.15 * mm  # of simplified roads, on paper
SMALLEST_METRES = 6_000.0  # a day in one village shows its surroundings
MARGIN = 9 * mm
SYMBOL, DOT, NAME_GAP = 2.6 * mm, 0.7 * mm, 0.5 * mm
ARROW, ARROW_EVERY = 2.6 * mm, 40 * mm
SHORTEST = 8 * mm  # a shorter leg lies under its symbols
NAME_SIZE, AROUND_SIZE = 9.0, 6.5
EDGE = 2.0  # between names and the frame
LONGEST_NAME = 45 * mm  # the list below the map has it in full
STROKED: Literal[1] = 1  # the text render mode of PDF: outlines alone


@dataclass(frozen=True, slots=True)
class Mark:
    """A place: `number` of a stop if it is one, `house` where the day begins or ends."""

    lat: float
    lon: float
    name: str
    number: str = ""
    house: bool = False


class _Box(NamedTuple):
    """A rectangle on paper."""

    left: float
    bottom: float
    right: float
    top: float

    def overlap(self, other: _Box) -> float:
        across = min(self.right, other.right) - max(self.left, other.left)
        up = min(self.top, other.top) - max(self.bottom, other.bottom)
        return max(across, 0.0) * max(up, 0.0)


class _Symbol(NamedTuple):
    """The house or the number of a place, and where its centre stands on paper."""

    mark: Mark
    x: float
    y: float
    house: bool


class _Projection:
    """From degrees to points on paper; equirectangular, true to scale in the middle of the map."""

    def __init__(self, points: NDArray[np.float64], width: float, height: float) -> None:
        """Choose the largest scale that shows all points within a margin."""
        tight = Bounds.of_points(points)
        lat, lon = (tight.south + tight.north) / 2, (tight.west + tight.east) / 2
        self.metres_per_lon = per_lon = METRES_PER_DEGREE * math.cos(math.radians(lat))
        up = max((tight.north - tight.south) * METRES_PER_DEGREE, SMALLEST_METRES)
        across = max((tight.east - tight.west) * per_lon, SMALLEST_METRES)
        scale = min((width - 2 * MARGIN) / across, (height - 2 * MARGIN) / up)
        half_lat = height / scale / METRES_PER_DEGREE / 2
        half_lon = width / scale / per_lon / 2
        self.points_per_metre = scale
        self.bounds = Bounds(lat - half_lat, lon - half_lon, lat + half_lat, lon + half_lon)

    def at(self, lat: float, lon: float) -> tuple[float, float]:
        """Return x and y on paper."""
        x = (lon - self.bounds.west) * self.metres_per_lon * self.points_per_metre
        y = (lat - self.bounds.south) * METRES_PER_DEGREE * self.points_per_metre
        return x, y


class DayMap(Flowable):
    """The legs of one day over the roads around, its places, and other villages where they fit."""

    def __init__(
        self, day: SheetDay, marks: Sequence[Mark], around: Sequence[Mark], height: float
    ) -> None:
        super().__init__()
        self.width, self.height = CONTENT_WIDTH, height
        self._day, self._marks = day, marks
        points = [(mark.lat, mark.lon) for mark in marks]
        points += [point for leg in day.view.legs for point in leg.points]
        self._project = _Projection(np.array(points), self.width, height)
        box = self._project.bounds
        self._around = [
            mark
            for mark in around
            if box.south < mark.lat < box.north and box.west < mark.lon < box.east
        ]
        self._taken: list[_Box] = []
        self._kept_free: list[_Box] = []
        self._symbols = self._place_symbols()

    def _place_symbols(self) -> list[_Symbol]:
        """Return houses and numbers where they stand, moved apart where they would overlap."""
        symbols = []
        for mark in self._marks:
            x, y = self._project.at(mark.lat, mark.lon)
            if mark.house:
                symbols.append(_Symbol(mark, x - _house_offset(mark), y, house=True))
            if mark.number:
                symbols.append(_Symbol(mark, x, y, house=False))
        centres = _moved_apart(np.array([(s.x, s.y) for s in symbols]), 2.1 * SYMBOL)
        size = np.array([self.width, self.height])
        inside = np.clip(centres, 1.2 * SYMBOL, size - 1.2 * SYMBOL)
        return [
            s._replace(x=float(x), y=float(y)) for s, (x, y) in zip(symbols, inside, strict=True)
        ]

    def draw(self) -> None:
        """Draw roads, legs, scale, places and names, each over those before."""
        self.canv.saveState()
        frame = self.canv.beginPath()
        frame.rect(0, 0, self.width, self.height)
        self.canv.clipPath(frame, stroke=0, fill=0)
        self.canv.setLineCap(1)
        self.canv.setLineJoin(1)
        self._draw_roads()
        self._draw_legs()
        self._draw_scale()
        self._draw_marks()
        self.canv.restoreState()
        self.canv.setStrokeColor(INK)
        self.canv.setLineWidth(0.7)
        self.canv.rect(0, 0, self.width, self.height)

    def _draw_roads(self) -> None:
        tolerance = TOLERANCE / self._project.points_per_metre
        within = self._project.bounds
        for rank, (width, grey, dashes) in ROADS.items():
            roads = [road for road in self._day.whole.roads if road.rank == rank]
            lines = [line for road in roads for line in road.lines]
            self.canv.setLineWidth(width)
            self.canv.setStrokeGray(grey)
            self.canv.setDash(dashes)
            self._draw_lines(simplify_lines(lines, tolerance, within))
        self.canv.setDash([])

    def _draw_legs(self) -> None:
        for width, colour in ((CASING_WIDTH, PAPER), (LEG_WIDTH, INK)):
            self.canv.setLineWidth(width)
            self.canv.setStrokeColor(colour)
            for leg in self._day.view.legs:
                # What does not follow the roads is not drawn as if it did.
                self.canv.setDash([] if leg.traced else [1, 5])
                self._draw_lines([leg.points])
        self.canv.setDash([])
        for leg in self._day.view.legs:
            line = [self._project.at(*point) for point in leg.points]
            for x, y, angle in _points_along(line, ARROW_EVERY):
                self._draw_arrow(x, y, angle)
            along = _points_along(line, 2 * LEG_WIDTH)
            self._taken += [_square(x, y, LEG_WIDTH) for x, y, _angle in along]

    def _draw_lines(self, lines: Iterable[Points]) -> None:
        path = self.canv.beginPath()
        for line in lines:
            path.moveTo(*self._project.at(*line[0]))
            for point in line[1:]:
                path.lineTo(*self._project.at(*point))
        self.canv.drawPath(path, stroke=1, fill=0)

    def _draw_arrow(self, x: float, y: float, angle: float) -> None:
        cos, sin = ARROW * math.cos(angle), ARROW * math.sin(angle)
        corners = [
            (x + ahead * cos - aside * sin, y + ahead * sin + aside * cos)
            for ahead, aside in ((0.6, 0.0), (-0.4, 0.45), (-0.4, -0.45))
        ]
        _fill_polygon(self.canv, corners, line_width=0.6)

    def _draw_marks(self) -> None:
        """Draw names where they cover nothing else if possible, and the symbols over them."""
        for mark in self._around:
            self._taken.append(_square(*self._project.at(mark.lat, mark.lon), DOT))
        self._taken += [_square(symbol.x, symbol.y, SYMBOL) for symbol in self._symbols]
        named = {symbol.mark: symbol for symbol in self._symbols}
        for mark, symbol in named.items():
            self._name(mark.name, (symbol.x, symbol.y, SYMBOL), (BOLD, NAME_SIZE), must=True)
        for mark in self._around:
            at = (*self._project.at(mark.lat, mark.lon), DOT)
            self._name(mark.name, at, (REGULAR, AROUND_SIZE), must=False)
            self.canv.setFillColor(PAPER)
            self.canv.setStrokeColor(SMALL_PRINT)
            self.canv.setLineWidth(0.7)
            self.canv.circle(*self._project.at(mark.lat, mark.lon), DOT, fill=1)
        self._draw_symbols()

    def _draw_symbols(self) -> None:
        for mark, x, y, house in self._symbols:
            place = self._project.at(mark.lat, mark.lon)
            if not house and math.dist(place, (x, y)) > SYMBOL:
                # A number beside its place is joined to it.
                self.canv.setStrokeColor(INK)
                self.canv.setLineWidth(0.8)
                self.canv.line(*place, x, y)
                self.canv.setFillColor(INK)
                self.canv.circle(*place, DOT, fill=1)
        for mark, x, y, house in self._symbols:
            if house:
                draw_house(self.canv, x, y, SYMBOL)
            else:
                draw_disc(self.canv, x, y, SYMBOL, mark.number)

    def _name(
        self, raw: str, at: tuple[float, float, float], font: tuple[str, float], *, must: bool
    ) -> None:
        """Write a name around a circle where it covers least; an optional one only over nothing."""
        x, y, radius = at
        name = cut(printable(raw), *font, LONGEST_NAME)
        boxes = list(_label_boxes(x, y, radius + NAME_GAP, text_width(name, *font), font[1]))
        best = min(filter(self._fits, boxes), key=self._covered, default=boxes[0])
        if not must and (not self._fits(best) or self._covered(best) > 0):
            return
        self._taken.append(best)
        self._write(name, best.left, best.bottom + 0.22 * font[1], font)

    def _fits(self, box: _Box) -> bool:
        edges = (box.left, box.bottom, self.width - box.right, self.height - box.top)
        return min(edges) > EDGE and not any(map(box.overlap, self._kept_free))

    def _covered(self, box: _Box) -> float:
        return sum(box.overlap(other) for other in self._taken)

    def _write(self, name: str, x: float, y: float, font: tuple[str, float]) -> None:
        """Write with a white outline."""
        self.canv.setLineWidth(2.2)
        self.canv.setStrokeColor(PAPER)
        self.canv.setFillColor(INK)
        # The text render mode outlives the text.
        self.canv.saveState()
        draw_text(self.canv, x, y, name, font, STROKED)
        self.canv.restoreState()
        draw_text(self.canv, x, y, name, font)

    def _draw_scale(self) -> None:
        """Draw a bar of a round length, an arrow to the north, and the credit."""
        longest = 0.22 * self.width / self._project.points_per_metre
        power = 10 ** math.floor(math.log10(longest))
        metres = max(float(n * power) for n in (1, 2, 5) if n * power <= longest)
        length = metres * self._project.points_per_metre
        left, bottom = 3 * mm, 3 * mm
        _ = translation(self._day.language).gettext
        label = _("{km} km").format(km=f"{metres / 1000:g}")
        self._write(label, left, bottom + 2 * mm, (BOLD, 7.5))
        self.canv.setStrokeColor(INK)
        self.canv.setLineWidth(1.5)
        right = left + length
        self.canv.lines(
            [
                (left, bottom, right, bottom),
                *((x, bottom - 3, x, bottom + 3) for x in (left, right)),
            ]
        )
        source = "© OpenStreetMap contributors"
        wide = text_width(source, REGULAR, 6)
        self._write(source, self.width - wide - 2 * mm, 1.5 * mm, (REGULAR, 6))
        right, top = self.width - 5 * mm, self.height - 3 * mm
        self._draw_arrow(right, top - 1 * mm, math.pi / 2)
        north = _("N")
        self._write(north, right - text_width(north, BOLD, 8) / 2, top - 6 * mm, (BOLD, 8))
        self._kept_free = [
            _Box(0, 0, left + max(length, 12 * mm) + 4, bottom + 5 * mm),
            _Box(self.width - wide - 3 * mm, 0, self.width, 4 * mm),
            _Box(right - 3 * mm, top - 7 * mm, self.width, self.height),
        ]
        self._taken += self._kept_free


def draw_disc(canvas: Canvas, x: float, y: float, radius: float, number: str) -> None:
    """Draw a black disc with a white number around a point."""
    canvas.setFillColor(INK)
    canvas.setStrokeColor(PAPER)
    canvas.setLineWidth(1)
    canvas.circle(x, y, radius, fill=1)
    size = 1.35 * radius if len(number) == 1 else 1.15 * radius
    canvas.setFillColor(PAPER)
    canvas.setFont(BOLD, size)
    canvas.drawCentredString(x, y - 0.36 * size, number)


def draw_house(canvas: Canvas, x: float, y: float, radius: float) -> None:
    """Draw a black house around a point."""
    walls = (-0.8, -0.85), (0.8, -0.85), (0.8, 0.1)
    roof = (1.15, 0.1), (0, 1.15), (-1.15, 0.1), (-0.8, 0.1)
    corners = [(x + radius * across, y + radius * up) for across, up in (*walls, *roof)]
    _fill_polygon(canvas, corners, line_width=1)


def _fill_polygon(
    canvas: Canvas, corners: Sequence[tuple[float, float]], *, line_width: float
) -> None:
    path = canvas.beginPath()
    path.moveTo(*corners[0])
    for corner in corners[1:]:
        path.lineTo(*corner)
    path.close()
    canvas.setFillColor(INK)
    canvas.setStrokeColor(PAPER)
    canvas.setLineWidth(line_width)
    canvas.drawPath(path, stroke=1, fill=1)


def _square(x: float, y: float, half: float) -> _Box:
    return _Box(x - half, y - half, x + half, y + half)


def _house_offset(mark: Mark) -> float:
    """Return how far to the left of its number a stop has its house, if it has both."""
    return 2.3 * SYMBOL if mark.number and mark.house else 0.0


def _moved_apart(centres: NDArray[np.float64], least: float) -> NDArray[np.float64]:
    """Return points moved as little as needed for no two to be nearer than this."""
    moved = centres.copy()
    for _round in range(100):
        between = moved[:, None] - moved[None]
        far = np.hypot(between[..., 0], between[..., 1])
        first, second = np.nonzero(np.triu(far < least - 0.01, 1))
        if not len(first):
            break
        for one, other in zip(first, second, strict=True):
            step = moved[one] - moved[other]
            length = math.hypot(*step)
            # Points that coincide part to the sides.
            way = step / length if length > 0 else np.array([-1.0, 0.0])
            push = max(least - length, 0.0) / 2 * way
            moved[one] += push
            moved[other] -= push
    return moved


def _label_boxes(x: float, y: float, gap: float, width: float, size: float) -> Iterator[_Box]:
    """Yield where a name may be around a symbol, the best first."""
    height = 1.1 * size
    middle, left = y - height / 2, x - width / 2
    east, west, above, below = x + gap, x - gap - width, y + gap, y - gap - height
    for corner in (
        *((east, middle), (west, middle), (left, above), (left, below)),
        *((east, above), (west, above), (east, below), (west, below)),
    ):
        yield _Box(*corner, corner[0] + width, corner[1] + height)


def _points_along(
    line: Sequence[tuple[float, float]], every: float
) -> Iterator[tuple[float, float, float]]:
    """Yield points of a line at equal distances, with its direction there.

    The first is a third of a step into it, so that arrows of a way out and back are apart.
    """
    points = np.array(line)
    steps = np.diff(points, axis=0)
    lengths = np.hypot(*steps.T)
    ends = lengths.cumsum()
    if not len(ends) or ends[-1] < SHORTEST:
        return
    count = max(1, round(ends[-1] / every))
    for n in range(count):
        along = ends[-1] * (n + 1 / 3) / count
        piece = int(np.searchsorted(ends, along))
        share = 1 - (ends[piece] - along) / lengths[piece]
        x, y = points[piece] + share * steps[piece]
        yield float(x), float(y), math.atan2(steps[piece][1], steps[piece][0])
