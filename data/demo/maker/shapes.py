"""What roads and streets look like: bends, rows of houses, a roundabout."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import TYPE_CHECKING

from maker.land import along, cross, distance, dot, unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from maker.land import Dice, Noise, Point

__all__ = ["Streets", "bent", "gaps", "lay_streets", "ring"]

# Twelve points of the unit circle, against the clock, with half the root of three written out.
CIRCLE = (
    (1.0, 0.0), (0.8660254, 0.5), (0.5, 0.8660254), (0.0, 1.0), (-0.5, 0.8660254),
    (-0.8660254, 0.5), (-1.0, 0.0), (-0.8660254, -0.5), (-0.5, -0.8660254), (0.0, -1.0),
    (0.5, -0.8660254), (0.8660254, -0.5),
)  # fmt: skip
POINT_EVERY = 0.25
# Angles are counted in right angles, 0 to 4, which needs no arc tangent.
STRAIGHT, FULL = 2.0, 4.0
WIDEST_REACH, NARROW = 4.0, 0.05
# Two opposite directions have no middle: their sum is this short or shorter.
OPPOSITE = 0.15


def ring(centre: Point, radius: float) -> list[Point]:
    """Return a roundabout's points, against the clock, without the first one again."""
    return [along(centre, direction, radius) for direction in CIRCLE]


def bent(points: Sequence[Point], sway: tuple[Noise, Noise], reach: float) -> list[Point]:
    """Draw a smooth line through all points, swaying at most so many kilometres between them."""
    line = [points[0]]
    for n, (a, b) in enumerate(pairwise(points)):
        before = points[n - 1] if n else a
        after = points[n + 2] if n + 2 < len(points) else b
        length = distance(a, b)
        steps = max(3, int(length / POINT_EVERY))
        slopes = _slope(before, a, b, length), _slope(a, b, after, length)
        for step in range(1, steps):
            t = step / steps
            off = reach * 4 * t * (1 - t)
            x, y = _hermite((a, b), slopes, t)
            line.append((x + off * sway[0].at(x, y), y + off * sway[1].at(x, y)))
        line.append(b)
    return line


def _slope(before: Point, here: Point, after: Point, length: float) -> Point:
    # As steep as the shorter neighbour allows, so that the curve never loops.
    sides = [d for d in (distance(before, here), distance(here, after)) if d > 0]
    direction = unit(before, after)
    reach = min(*sides, length) if len(sides) > 1 else length
    return direction[0] * reach, direction[1] * reach


def _hermite(ends: tuple[Point, Point], slopes: tuple[Point, Point], t: float) -> Point:
    (a, b), (u, v) = ends, slopes
    t2, t3 = t * t, t * t * t
    wa, wu, wb, wv = 2 * t3 - 3 * t2 + 1, t3 - 2 * t2 + t, 3 * t2 - 2 * t3, t3 - t2
    return (
        wa * a[0] + wu * u[0] + wb * b[0] + wv * v[0],
        wa * a[1] + wu * u[1] + wb * b[1] + wv * v[1],
    )


@dataclass(frozen=True, slots=True)
class Streets:
    """Streets of one settlement on one side of its roads.

    Parameters
    ----------
    spine
        From the road through the middle of all rows.
    rows
        Streets along which the houses stand, the nearest to the road first.
    closers
        Streets that join the ends of the rows.
    """

    spine: list[Point]
    rows: list[list[Point]]
    closers: list[list[Point]]


def gaps(arms: Sequence[Point]) -> list[tuple[float, Point, float]]:
    """Return the free sectors between the roads that leave a place, the widest first.

    Each with its width (in right angles, roughly), its middle direction, and how far its
    rows may reach to each side, per kilometre away from the road.
    """
    if not arms:
        return [(FULL, (0.0, 1.0), WIDEST_REACH)]
    turned = sorted(arms, key=_turn)
    found = []
    for a, b in zip(turned, turned[1:] + turned[:1], strict=True):
        width = (_turn(b) - _turn(a)) % FULL if len(turned) > 1 else FULL
        middle = _middle(a, b, width)
        ahead, aside = dot(a, middle), abs(cross(a, middle))
        reach = min(WIDEST_REACH, 0.6 * aside / ahead) if ahead > NARROW else WIDEST_REACH
        found.append((width, middle, reach))
    return sorted(found, reverse=True)


def lay_streets(
    centre: Point, gap: tuple[float, Point, float], dice: Dice, *, rows: int, columns: int
) -> Streets:
    """Lay streets into a gap between roads: a spine, rows across it, and streets that close them.

    Parameters
    ----------
    centre
        Where the spine leaves the road.
    gap
        As `gaps` gives it.
    dice
        Pushes every corner a few metres aside.
    rows, columns
        Rows of houses, and house blocks from the spine to each end of a row.
    """
    _, ahead, reach = gap
    aside = -ahead[1], ahead[0]
    spacing, block = dice.between(0.09, 0.12), dice.between(0.09, 0.13)
    spine, lines = [centre], []
    # A narrow gap has room for a first row only farther away from the road.
    off = max(0.11, block / reach)
    for _ in range(rows):
        half = min(columns, int(off * reach / block * 1.001))
        lines.append(_row(along(centre, ahead, off), aside, block, half, dice))
        spine.append(lines[-1][half])
        off += spacing
    shortest = min(len(line) for line in lines) // 2
    closers = [[line[len(line) // 2 + side * shortest] for line in lines] for side in (-1, 1)]
    return Streets(spine, lines, closers[: rows - 1])


def _row(middle: Point, aside: Point, block: float, half: int, dice: Dice) -> list[Point]:
    return [
        along(
            (middle[0] + dice.between(-0.006, 0.006), middle[1] + dice.between(-0.006, 0.006)),
            aside,
            column * block,
        )
        for column in range(-half, half + 1)
    ]


def _turn(direction: Point) -> float:
    """Return how far a direction is turned against the clock: 0 to 4 without a sine."""
    x, y = direction
    size = abs(x) + abs(y)
    if y >= 0:
        return y / size if x >= 0 else 1 - x / size
    return 2 - y / size if x < 0 else 3 + x / size


def _middle(a: Point, b: Point, width: float) -> Point:
    if width >= FULL:
        return -a[0], -a[1]
    x, y = a[0] + b[0], a[1] + b[1]
    size = sqrt(x * x + y * y)
    if size < OPPOSITE:
        return -a[1], a[0]
    return (x / size, y / size) if width < STRAIGHT else (-x / size, -y / size)
