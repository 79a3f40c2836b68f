"""A sketch of the district, north up: roads, villages, and candidates that can be chosen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

WIDTH, LEAST_HEIGHT, MOST_HEIGHT, MARGIN = 1000.0, 420.0, 760.0, 30.0
"""Of the sketch, in units of which letters are 15 high."""

LEAST_DEGREES = 0.12
"""Of latitude, that it shows at least: 13 km."""

MOST_NAMES, MOST_DOTS = 60, 4000
_LETTER, _LINE = 9.6, 18.0
_KM_PER_DEGREE = 111.2


@dataclass(frozen=True, slots=True)
class Dot:
    """A village, a base or a candidate: where it is drawn, how large, and what it is called."""

    x: float
    y: float
    radius: float
    title: str
    kind: str


@dataclass(frozen=True, slots=True)
class Name:
    """A name beside a dot."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is drawn, in the order of drawing.

    Parameters
    ----------
    roads
        Whether each is a main one, and its path as SVG has it.
    names
        Of the larger places, as far as they do not lie on one another.
    """

    width: float
    height: float
    roads: Sequence[tuple[bool, str]]
    dots: Sequence[Dot]
    names: Sequence[Name]
    candidates: Sequence[Dot]


def sketch_district(
    found: Mapping[str, Any], candidates: Sequence[Mapping[str, Any]] = ()
) -> Sketch | None:
    """Draw what was found in a district; None where that is nothing.

    Parameters
    ----------
    found
        The result of the job (`routeplan.web.tasks.district`).
    candidates
        With ``lat``, ``lon`` and ``name``; the sketch shows their surroundings.
    """
    villages, bases = found.get("villages", ()), found.get("bases", ())
    points = [(each["lat"], each["lon"]) for each in candidates]
    points = points or [(v[5], v[6]) for v in villages] + [(lat, lon) for _, lat, lon in bases]
    if not points:
        return None
    view = _View(points)
    dots = _village_dots(villages, view)
    squares = list(_base_dots(bases, view))
    marks = [
        Dot(*view.at(each["lat"], each["lon"]), 16, each["name"], "candidate")
        for each in candidates
    ]
    paths = [(is_main, view.path(line)) for is_main, line in found.get("roads", ())]
    paths = [(is_main, path) for is_main, path in paths if path]
    names = list(_names([*squares, *dots], marks, view))
    return Sketch(WIDTH, view.height, paths, [*dots, *squares], names, marks)


def _base_dots(bases: Sequence[Any], view: _View) -> Iterator[Dot]:
    for name, lat, lon in bases:
        if view.shows(lat, lon):
            yield Dot(*view.at(lat, lon), 8, name, "base")


def _village_dots(villages: Sequence[Any], view: _View) -> list[Dot]:
    """Return the dots of villages, the largest first: smaller ones are drawn over them."""
    most = max((village[2] for village in villages), default=0) or 1
    dots = [
        Dot(
            *view.at(lat, lon),
            3 + 8 * math.sqrt(households / most),
            name,
            "far" if trouble else "village",
        )
        for _, name, households, _, _, lat, lon, trouble in villages
        if view.shows(lat, lon)
    ]
    return sorted(dots, key=lambda dot: -dot.radius)[:MOST_DOTS]


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the distance of two points (lat, lon) of one country, to about 1 %."""
    narrow = math.cos(math.radians((one[0] + other[0]) / 2))
    return math.hypot(one[0] - other[0], (one[1] - other[1]) * narrow) * _KM_PER_DEGREE


class _View:
    """The box that is shown, and where points lie in it."""

    def __init__(self, points: Sequence[tuple[float, float]]) -> None:
        lats, lons = zip(*points, strict=True)
        self._narrow = math.cos(math.radians((min(lats) + max(lats)) / 2))
        high = max(max(lats) - min(lats), LEAST_DEGREES) * 1.15
        wide = max((max(lons) - min(lons)) * self._narrow, LEAST_DEGREES) * 1.15
        inner = WIDTH - 2 * MARGIN
        self.height = min(max(inner * high / wide + 2 * MARGIN, LEAST_HEIGHT), MOST_HEIGHT)
        self._scale = min(inner / wide, (self.height - 2 * MARGIN) / high)
        self._middle = (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2

    def at(self, lat: float, lon: float) -> tuple[float, float]:
        """Return x and y of a point."""
        east = (lon - self._middle[1]) * self._narrow * self._scale
        south = (self._middle[0] - lat) * self._scale
        return round(WIDTH / 2 + east, 1), round(self.height / 2 + south, 1)

    def shows(self, lat: float, lon: float) -> bool:
        """Return whether a point lies in the box."""
        x, y = self.at(lat, lon)
        return 0 <= x <= WIDTH and 0 <= y <= self.height

    def path(self, line: Sequence[tuple[float, float]]) -> str:
        """Return a line as a path of SVG; empty where it lies outside the box."""
        points = [self.at(lat, lon) for lat, lon in line]
        xs, ys = zip(*points, strict=True)
        if max(xs) < 0 or min(xs) > WIDTH or max(ys) < 0 or min(ys) > self.height:
            return ""
        return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)


def _names(dots: Sequence[Dot], marks: Sequence[Dot], view: _View) -> Iterator[Name]:
    """Yield the names that find room, in the order of the dots."""
    taken = [(dot.x - 18, dot.y - 18, dot.x + 18, dot.y + 18) for dot in marks]
    left = MOST_NAMES
    for dot in dots:
        x, y = dot.x + dot.radius + 4, dot.y + 5
        box = (x, y - _LINE, x + _LETTER * len(dot.title), y + 4)
        is_inside = box[2] < WIDTH and box[1] > 0 and box[3] < view.height
        if left and is_inside and not any(_overlap(box, other) for other in taken):
            left -= 1
            taken.append(box)
            yield Name(x, y, dot.title)


def _overlap(
    one: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
