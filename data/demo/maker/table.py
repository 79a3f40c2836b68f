"""The table of villages as an organizer would have filled it in."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from maker.land import distance, position

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from maker.land import Dice, Point
    from maker.settlements import Settlement

__all__ = ["COLUMNS", "table_rows"]

COLUMNS = (
    "id", "name", "lat", "lon", "households", "signed", "weight", "partial", "min_households",
    "setup_minutes", "pace", "max_share_per_visit", "closed", "knock", "required",
    "teams_per_night",
)  # fmt: skip
HOSTS = 13
LARGE = 150
CLOSED = ("2027-05-03", "2027-05-05", "2027-05-07", "2027-05-07", "2027-05-06 2027-05-07")
KNOCK = ("10:00-18:00", "12:00-20:00", "10:00-16:00", "16:00-20:00")

Row = dict[str, str]


def table_rows(
    villages: Sequence[Settlement], places: Sequence[Point], base: Point, dice: Dice
) -> list[Row]:
    """Return the rows of the table, in the order of the villages.

    An empty cell means the default. The coordinates were taken by hand, up to some 90 m off the
    place on the map.
    """
    rows = [
        _plain_row(number, village, place, dice)
        for number, (village, place) in enumerate(zip(villages, places, strict=True), start=1)
    ]
    sizes = [village.households for village in villages]
    away = [distance(place, base) for place in places]
    for number in _hosts(villages, places, base):
        rows[number]["teams_per_night"] = "2" if sizes[number] >= LARGE else "1"
    for row, size in zip(rows, sizes, strict=True):
        if size >= LARGE:
            row |= {"max_share_per_visit": "0.7", "min_households": "20"}
    taken = {n for n, village in enumerate(villages) if village.cut_off}

    def mark(count: int, fits: Callable[[int], bool], column: str, values: Sequence[str]) -> None:
        fitting = [n for n in range(len(rows)) if n not in taken and fits(n)]
        for turn in range(count):
            number = fitting.pop(int(dice.between(0, len(fitting))))
            rows[number][column] = values[turn % len(values)]
            taken.add(number)

    mark(1, lambda n: 60 < sizes[n] < 120 and 30 < away[n] < 55, "required", ["yes"])  # noqa: PLR2004
    mark(1, lambda n: 25 < sizes[n] < 60 and away[n] < 50, "partial", ["no"])  # noqa: PLR2004
    mark(5, lambda n: sizes[n] > 15, "closed", CLOSED)  # noqa: PLR2004
    mark(6, lambda n: sizes[n] > 30, "knock", KNOCK)  # noqa: PLR2004
    mark(4, lambda n: away[n] > 45, "weight", ["1.5"])  # noqa: PLR2004
    mark(4, lambda n: sizes[n] < 40, "pace", ["0.8", "1.2"])  # noqa: PLR2004
    mark(3, lambda n: sizes[n] > 60, "setup_minutes", ["20", "30"])  # noqa: PLR2004
    return rows


def _plain_row(number: int, village: Settlement, place: Point, dice: Dice) -> Row:
    off = dice.between(-0.06, 0.06), dice.between(-0.06, 0.06)
    lat, lon = position((place[0] + off[0], place[1] + off[1]))
    signed = int(village.households * dice.between(0.02, 0.35)) if dice.chance(0.4) else 0
    values = (f"v{number:02}", village.name, f"{lat:.5f}", f"{lon:.5f}", str(village.households))
    row = dict.fromkeys(COLUMNS, "") | dict(zip(COLUMNS, values, strict=False))
    return row | {"signed": str(signed) if signed else ""}


def _hosts(villages: Sequence[Settlement], places: Sequence[Point], base: Point) -> list[int]:
    """Choose villages where crews may sleep, each as far as can be from the base and the others."""
    fitting = [n for n, v in enumerate(villages) if v.households >= 45 and not v.cut_off]  # noqa: PLR2004
    hosts: list[int] = []
    while len(hosts) < HOSTS:
        taken = [base, *(places[n] for n in hosts)]
        hosts.append(max(fitting, key=lambda n: _nearest(places[n], taken)))
    return hosts


def _nearest(point: Point, others: Sequence[Point]) -> float:
    nearest = inf
    for other in others:
        nearest = min(nearest, distance(point, other))
    return nearest
