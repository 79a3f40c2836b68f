"""The empty land: chance, hills, a river, and a crooked grid on which roads may run.

Points are (kilometres east, kilometres north) of the district's middle. Only ``+ - * /``, `sqrt`
and `random.Random.random` are used, which give the same bits on every machine; sines, logarithms
and sums by `sum` do not.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cached_property
from math import floor, sqrt
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "HALF_HEIGHT",
    "HALF_WIDTH",
    "Dice",
    "Hill",
    "Land",
    "Point",
    "along",
    "cross",
    "distance",
    "dot",
    "position",
    "unit",
]

Point = tuple[float, float]
T = TypeVar("T")

MIDDLE_LAT, MIDDLE_LON = 48.5, 68.2
KM_PER_DEGREE_LAT, KM_PER_DEGREE_LON = 111.2, 73.8
HALF_WIDTH, HALF_HEIGHT = 65.0, 45.0
GRID_STEP = 1.3
# The eight neighbours on the grid and the eight knight's moves, by their squared length.
MOVES = tuple(
    (dx, dy) for dx in range(-2, 3) for dy in range(-2, 3) if dx * dx + dy * dy in {1, 2, 5}
)
HILLS, HILLS_APART = 14, 14.0
# Kilometres from the river: where no road turns, and where none runs but to cross it.
BANK, WATER = 0.9, 0.5


def position(point: Point) -> tuple[float, float]:
    """Return lat, lon of a point, as fine as OSM stores them."""
    lat = MIDDLE_LAT + point[1] / KM_PER_DEGREE_LAT
    lon = MIDDLE_LON + point[0] / KM_PER_DEGREE_LON
    return round(lat, 7), round(lon, 7)


def distance(a: Point, b: Point) -> float:
    """Return the kilometres between two points."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    return sqrt(dx * dx + dy * dy)


def unit(a: Point, b: Point) -> Point:
    """Return the direction from one point to another, one kilometre long."""
    length = distance(a, b)
    return (b[0] - a[0]) / length, (b[1] - a[1]) / length


def along(a: Point, direction: Point, kilometres: float) -> Point:
    """Return the point so many kilometres from a point in a direction."""
    return a[0] + direction[0] * kilometres, a[1] + direction[1] * kilometres


def dot(a: Point, b: Point) -> float:
    """Return the dot product."""
    return a[0] * b[0] + a[1] * b[1]


def cross(a: Point, b: Point) -> float:
    """Return the cross product, above 0 where b lies to the left of a."""
    return a[0] * b[1] - a[1] * b[0]


class Dice:
    """Chance from a seed, the same on every version of Python."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311  (it draws a map and keeps no secret)

    def between(self, low: float, high: float) -> float:
        """Return a number from low up to high."""
        return low + (high - low) * self._random.random()

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of the choices."""
        return choices[int(self._random.random() * len(choices))]

    def chance(self, share: float) -> bool:
        """Return true in this share of the throws."""
        return self._random.random() < share


class Noise:
    """Smooth noise from -1 to 1, blended between random values a cell apart."""

    def __init__(self, dice: Dice, cell: float) -> None:
        self._cell = cell
        reach = range(-ceil_of(80 / cell), ceil_of(80 / cell) + 2)
        self._values = {(i, j): dice.between(-1, 1) for i in reach for j in reach}

    def at(self, x: float, y: float = 0.0) -> float:
        """Return the noise at a point."""
        i, j = floor(x / self._cell), floor(y / self._cell)
        s, t = _eased(x / self._cell - i), _eased(y / self._cell - j)
        low = _blend(self._values[i, j], self._values[i + 1, j], s)
        high = _blend(self._values[i, j + 1], self._values[i + 1, j + 1], s)
        return _blend(low, high, t)


def ceil_of(value: float) -> int:
    """Return the whole number at or above a positive value."""
    return int(value) + 1


def _eased(share: float) -> float:
    return share * share * (3 - 2 * share)


def _blend(a: float, b: float, share: float) -> float:
    return a + (b - a) * share


@dataclass(frozen=True, slots=True)
class Hill:
    """A round hill that roads bend around."""

    top: Point
    radius: float
    metres: int


class Land:
    """Hills, a river, and the crooked grid that every road runs along.

    Attributes
    ----------
    nodes
        Points of the grid, each pushed a little aside by chance.
    usable
        Whether roads may run through a node: not beside the river.
    toil
        How much dearer than flat ground a kilometre of road is at a node.
    """

    def __init__(self, dice: Dice) -> None:
        self._bends = (Noise(dice, 24), Noise(dice, 7), Noise(dice, 2.5))
        roughness = Noise(dice, 5)
        self.hills = _hills(dice)
        self.columns = 2 * ceil_of((HALF_WIDTH + 1) / GRID_STEP) + 1
        self.rows = 2 * ceil_of((HALF_HEIGHT + 1) / GRID_STEP) + 1
        self.nodes = [
            _nudged(dice, column - self.columns // 2, row - self.rows // 2)
            for row in range(self.rows)
            for column in range(self.columns)
        ]
        east_of_river = [x - self.river(y) for x, y in self.nodes]
        self.usable = [abs(away) > BANK for away in east_of_river]
        self._east = [away > 0 for away in east_of_river]
        self.toil = [1.6 + 7 * self.height(p) + 0.6 * roughness.at(*p) for p in self.nodes]

    def river(self, y: float) -> float:
        """Return how far east the river runs at so many kilometres north."""
        wide, middle, fine = self._bends
        return 9 + 0.12 * y + 8 * wide.at(y) + 2.4 * middle.at(y) + 0.5 * fine.at(y)

    def is_east(self, point: Point) -> bool:
        """Return whether a point lies on the river's eastern side."""
        return point[0] > self.river(point[1])

    @cached_property
    def river_line(self) -> list[Point]:
        """The river from north to south."""
        steps = int((HALF_HEIGHT + 3) * 2 / 0.4)
        ys = [HALF_HEIGHT + 3 - 0.4 * step for step in range(steps + 1)]
        return [(self.river(y), y) for y in ys]

    def height(self, point: Point) -> float:
        """Return the height of the land, about 1 on a hill."""
        height = 0.0
        for hill in self.hills:
            off = distance(point, hill.top) / hill.radius
            height += 1 / ((1 + off * off) * (1 + off * off))
        return height

    def nearest(self, point: Point, *, east: bool | None = None) -> int:
        """Return the usable node nearest to a point, on one side of the river if that is said."""
        fitting = [
            node
            for node in range(len(self.nodes))
            if self.usable[node] and (east is None or self._east[node] == east)
        ]
        return min(fitting, key=lambda node: distance(self.nodes[node], point))

    def around(self, node: int) -> list[int]:
        """Return the usable nodes one move away from which the river does not divide it."""
        row, column = divmod(node, self.columns)
        found = []
        for dx, dy in MOVES:
            if 0 <= column + dx < self.columns and 0 <= row + dy < self.rows:
                other = (row + dy) * self.columns + column + dx
                if self.usable[other] and not self._divides(node, other):
                    found.append(other)
        return found

    def _divides(self, node: int, other: int) -> bool:
        east, a, b = self._east[node], self.nodes[node], self.nodes[other]
        for share in (0.25, 0.5, 0.75, 1.0):
            away = _blend(a[0], b[0], share) - self.river(_blend(a[1], b[1], share))
            if (away > 0) != east or abs(away) < WATER:
                return True
        return False


def _nudged(dice: Dice, column: int, row: int) -> Point:
    reach = 0.33 * GRID_STEP
    return (
        column * GRID_STEP + dice.between(-reach, reach),
        row * GRID_STEP + dice.between(-reach, reach),
    )


def _hills(dice: Dice) -> list[Hill]:
    hills: list[Hill] = []
    while len(hills) < HILLS:
        top = dice.between(-58, 58), dice.between(-40, 40)
        if all(distance(top, hill.top) > HILLS_APART for hill in hills):
            hills.append(Hill(top, dice.between(2.5, 5.0), int(dice.between(480, 920))))
    return hills
