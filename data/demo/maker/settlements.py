"""The town and the villages: where they lie, what they are called, who lives there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from maker.land import HALF_HEIGHT, HALF_WIDTH, distance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from maker.land import Dice, Land

__all__ = ["TOWN_NAME", "VILLAGES", "Settlement", "found_villages", "in_russian"]

VILLAGES = 60
TOWN_NAME = "Ойдан"
CUT_OFF_AT = (53.0, 37.0)
CLEAR_OF_CUT_OFF, CLEAR_OF_ROADS, APART = 6.5, 2.8, 6.0
SHARE_AT_ROADS = 0.15
TOO_HIGH = 0.6
# Nobody would leave a larger village without a road.
MOST_CUT_OFF = 60

# Common words of which Kazakh villages are named; any likeness to a real village is chance.
FIRST = (
    "Ақ", "Қара", "Сары", "Көк", "Жаңа", "Қызыл", "Бес", "Үш", "Тас", "Құм", "Ұзын", "Ескі",
    "Күміс", "Алтын", "Кең", "Терең", "Әсем", "Гауһар", "Іңкәр", "Ащы", "Жыланды", "Құланды",
    "Мың", "Қос", "Боз", "Шұбар", "Үлкен", "Кіші",
)  # fmt: skip
SECOND = (
    "бұлақ", "су", "тоғай", "көл", "тау", "төбе", "жар", "сай", "құдық", "дала", "өзек", "қоныс",
    "арал", "шоқы", "өткел", "кент", "жайлау", "қайың", "тал", "терек", "қамыс", "жота",
)  # fmt: skip
# Towns that there really are.
TAKEN = {"Ақтау", "Ақтөбе", "Қаратау", "Ақсу", "Ақсай", "Қарасу", "Сарысу", "Қызылжар", "Ескікент"}
IN_RUSSIAN = str.maketrans("ӘәҒғҚқҢңӨөҰұҮүҺһІі", "АаГгКкНнОоУуУуХхИи")


@dataclass(frozen=True, slots=True)
class Settlement:
    """A village on a node of the grid.

    Parameters
    ----------
    node
        Its node of the grid, where its streets meet the road.
    name
        In Kazakh.
    households
        How many live there.
    cut_off
        Whether no road reaches it.
    """

    node: int
    name: str
    households: int
    cut_off: bool


def in_russian(name: str) -> str:
    """Write a Kazakh name with Russian letters."""
    return name.translate(IN_RUSSIAN)


def found_villages(
    land: Land, dice: Dice, on_roads: Sequence[int], first: Sequence[int]
) -> list[Settlement]:
    """Return the villages from west to east, the cut-off one among them.

    The land round the cut-off village becomes unusable for roads.

    Parameters
    ----------
    land, dice
        Where, and by what luck.
    on_roads
        Nodes on the main roads: a village lies at one of them, or well away from all.
    first
        The town's node, and nodes where there shall be a village.
    """
    cut_off = land.nearest(CUT_OFF_AT)
    for node, point in enumerate(land.nodes):
        if node != cut_off and distance(point, land.nodes[cut_off]) < CLEAR_OF_CUT_OFF:
            land.usable[node] = False
    nodes = [*first, cut_off]
    while len(nodes) < VILLAGES + 1:
        at_road = dice.chance(SHARE_AT_ROADS)
        node = dice.pick(on_roads) if at_road else int(dice.between(0, len(land.nodes)))
        apart = (distance(land.nodes[node], land.nodes[other]) > APART for other in nodes)
        if _is_site(land, dice, node) and all(apart):
            clear = (
                distance(land.nodes[node], land.nodes[other]) > CLEAR_OF_ROADS for other in on_roads
            )
            if at_road or all(clear):
                nodes.append(node)
    nodes = nodes[1:]
    nodes.sort(key=lambda node: land.nodes[node])
    sizes = _sizes(dice, cut_off_position := nodes.index(cut_off))
    names = _names(dice)
    return [
        Settlement(node, name, size, cut_off=position == cut_off_position)
        for position, (node, name, size) in enumerate(zip(nodes, names, sizes, strict=True))
    ]


def _is_site(land: Land, dice: Dice, node: int) -> bool:
    # Most villages lie by the river or near the middle line that the highway takes.
    x, y = land.nodes[node]
    inside = abs(x) < HALF_WIDTH - 3 and abs(y) < HALF_HEIGHT - 3
    by_river = 1 - abs(x - land.river(y)) / 14
    by_highway = 1 - abs(y + 6) / 14
    liked = 0.4 + 0.6 * max(0.0, by_river, by_highway)
    return inside and land.usable[node] and land.height((x, y)) < TOO_HIGH and dice.chance(liked)


def _sizes(dice: Dice, cut_off: int) -> list[int]:
    """Draw a few large villages and many small ones, spread evenly over the luck of the draw."""
    drawn = []
    for rank in range(VILLAGES):
        luck = dice.between(rank / VILLAGES, (rank + 1) / VILLAGES)
        eighth = luck * luck * luck * luck * luck * luck * luck * luck
        drawn.append((dice.between(0, 1), int(8 + 90 * luck * luck + 20 * luck + 280 * eighth)))
    sizes = [size for _, size in sorted(drawn)]
    if sizes[cut_off] > MOST_CUT_OFF:
        smallest = sizes.index(min(sizes))
        sizes[cut_off], sizes[smallest] = sizes[smallest], sizes[cut_off]
    return sizes


def _names(dice: Dice) -> list[str]:
    names: dict[str, None] = {}
    while len(names) < VILLAGES:
        name = dice.pick(FIRST) + dice.pick(SECOND)
        if name not in TAKEN:
            names[name] = None
    return list(names)
