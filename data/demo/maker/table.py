"""The table of villages as an organizer would have filled it in."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from maker.land import distance, position

if TYPE_CHECKING:
    from collections.abc import Sequence

    from maker.land import Dice, Point
    from maker.settlements import Settlement

__all__ = ["COLUMNS", "table_rows"]

COLUMNS = (
    "id", "name", "lat", "lon", "households", "signed", "weight", "partial", "min_households",
    "setup_minutes", "pace", "max_share_per_visit", "closed", "knock", "required",
    "teams_per_night",
)  # fmt: skip
HOSTS, HOST_HOUSEHOLDS, HOST_KILOMETRES = 13, 45, 48.0
# Earlier drives went to the villages near the base: the share that has signed falls from there to
# the far ones, over these kilometres; at either end it is drawn from so much.
NEAR, FAR = 40.0, 70.0
SIGNED_NEAR, SIGNED_FAR = (0.75, 0.95), (0.0, 0.2)
LARGE = 150
CLOSED = ("2027-05-03", "2027-05-05", "2027-05-07", "2027-05-07", "2027-05-06 2027-05-07")
KNOCK = ("10:00-18:00", "12:00-20:00", "10:00-16:00", "16:00-20:00")

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Wish:
    """So many villages, of so many households and so far from the base, have a cell filled in."""

    count: int
    column: str
    values: Sequence[str]
    households: tuple[int, int] = (0, 999)
    kilometres: tuple[float, float] = (0, 999)

    def fits(self, households: int, kilometres: float) -> bool:
        """Return whether a village is one of those that it may fall on."""
        (least, most), (near, far) = self.households, self.kilometres
        return least < households < most and near < kilometres < far


WISHES = (
    Wish(1, "required", ("yes",), households=(60, 120), kilometres=(30, 55)),
    Wish(1, "partial", ("no",), households=(25, 60), kilometres=(45, 999)),
    Wish(5, "closed", CLOSED, households=(15, 999), kilometres=(35, 999)),
    Wish(6, "knock", KNOCK, households=(30, 999), kilometres=(35, 999)),
    Wish(4, "weight", ("1.5",), kilometres=(45, 999)),
    Wish(4, "pace", ("0.8", "1.2"), households=(0, 40)),
    Wish(3, "setup_minutes", ("20", "30"), households=(60, 999)),
)


def table_rows(
    villages: Sequence[Settlement], places: Sequence[Point], base: Point, dice: Dice
) -> list[Row]:
    """Return the rows of the table, in the order of the villages.

    An empty cell means the default. The coordinates were taken by hand, up to some 90 m off the
    place on the map.
    """
    rows = [
        _plain_row(number, village, place, base, dice)
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
    for wish in WISHES:
        fitting = [n for n in range(len(rows)) if n not in taken and wish.fits(sizes[n], away[n])]
        for turn in range(wish.count):
            number = fitting.pop(int(dice.between(0, len(fitting))))
            rows[number][wish.column] = wish.values[turn % len(wish.values)]
            taken.add(number)
    return rows


def _signed(village: Settlement, kilometres: float, dice: Dice) -> int:
    """Draw how many households of a village so far from the base have signed."""
    way = min(1.0, max(0.0, (kilometres - NEAR) / (FAR - NEAR)))
    low, high = (
        near + (far - near) * way for near, far in zip(SIGNED_NEAR, SIGNED_FAR, strict=True)
    )
    return int(village.households * dice.between(low, high))


def _plain_row(number: int, village: Settlement, place: Point, base: Point, dice: Dice) -> Row:
    off = dice.between(-0.06, 0.06), dice.between(-0.06, 0.06)
    lat, lon = position((place[0] + off[0], place[1] + off[1]))
    signed = _signed(village, distance(place, base), dice)
    values = (f"v{number:02}", village.name, f"{lat:.5f}", f"{lon:.5f}", str(village.households))
    row = dict.fromkeys(COLUMNS, "") | dict(zip(COLUMNS, values, strict=False))
    return row | {"signed": str(signed) if signed else ""}


def _hosts(villages: Sequence[Settlement], places: Sequence[Point], base: Point) -> list[int]:
    """Choose far villages where crews may sleep, each as far as can be from the others."""
    fitting = [
        n
        for n, (village, place) in enumerate(zip(villages, places, strict=True))
        if village.households >= HOST_HOUSEHOLDS
        and distance(place, base) > HOST_KILOMETRES
        and not village.cut_off
    ]
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
