"""Roads over the land: cheapest ways round the hills that join the roads already there."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from math import inf
from typing import TYPE_CHECKING

from maker.land import HALF_HEIGHT, HALF_WIDTH, cross, distance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from maker.land import Dice, Land, Point
    from maker.settlements import Settlement

__all__ = ["Network", "Road", "lay_main_roads", "lay_village_roads"]

Edge = tuple[int, int]

# What a kilometre along a road that is already there costs, against a new one: low enough that
# roads meet outside the villages.
REUSE = {"primary": 0.5, "secondary": 0.5, "tertiary": 0.5, "unclassified": 0.55, "track": 0.65}
# Roads for these use what is there; others go straight.
THRIFTY = {"village", "field"}
FIELD_TRACKS = 22
LONGEST_LINK, WINTER_ROAD = 20.0, (15.0, 26.0)
TERTIARY_HOUSEHOLDS, UNCLASSIFIED_HOUSEHOLDS = 110, 42


@dataclass(frozen=True, slots=True)
class Road:
    """A stretch of one class between two junctions, or ends, as nodes of the grid.

    `purpose` is ``main``, ``village``, ``link`` (between two of them; ``thaw`` if closed in spring,
    ``winter`` if open in winter only) or ``field``.
    """

    highway: str
    nodes: tuple[int, ...]
    ref: str = ""
    purpose: str = "village"


class Network:
    """The roads laid so far."""

    def __init__(self, land: Land) -> None:
        self.land = land
        self.roads: list[Road] = []
        self._built: dict[Edge, str] = {}
        self._barred: set[Edge] = set()
        self._spans: dict[int, list[int]] = {}
        self._around: dict[int, list[int]] = {}

    def lay(self, template: Road) -> None:
        """Lay the cheapest road through all nodes of a template; keep what of it is new."""
        path = [template.nodes[0]]
        for start, end in pairwise(template.nodes):
            path += self._cheapest(start, end, thrifty=template.purpose in THRIFTY)[1:]
        fresh: list[int] = []
        for a, b in pairwise(path):
            if _edge(a, b) not in self._built:
                fresh = fresh or [a]
                fresh.append(b)
            elif fresh:
                self._keep(template, fresh)
                fresh = []
        if fresh:
            self._keep(template, fresh)

    def span(self, north: float) -> tuple[int, int]:
        """Let roads cross the river so far north; return the nodes on its west and east bank."""
        river = self.land.river(north)
        west = self.land.nearest((river - 1.1, north), east=False)
        east = self.land.nearest((river + 1.1, north), east=True)
        self._spans.setdefault(west, []).append(east)
        self._spans.setdefault(east, []).append(west)
        return west, east

    def nodes(self) -> list[int]:
        """Return the nodes on roads, in order."""
        return sorted({node for edge in self._built for node in edge})

    def kilometres_from(self, start: int) -> dict[int, float]:
        """Return the kilometres along the roads to every node that they reach."""
        return _explore(start, self._road_steps)[0]

    def _road_steps(self, node: int) -> Iterable[tuple[int, float]]:
        for other in self._neighbours(node):
            if _edge(node, other) in self._built:
                yield other, distance(self.land.nodes[node], self.land.nodes[other])

    def _cheapest(self, start: int, end: int, *, thrifty: bool) -> list[int]:
        _, before = _explore(start, lambda node: self._new_steps(node, thrifty=thrifty), end)
        path = [end]
        while path[-1] != start:
            path.append(before[path[-1]])
        return path[::-1]

    def _new_steps(self, node: int, *, thrifty: bool) -> Iterable[tuple[int, float]]:
        land = self.land
        for other in self._neighbours(node):
            edge = _edge(node, other)
            if edge not in self._barred:
                share = REUSE.get(self._built.get(edge, ""), 1.0) if thrifty else 1.0
                toil = (land.toil[node] + land.toil[other]) / 2
                yield other, share * toil * distance(land.nodes[node], land.nodes[other])

    def _neighbours(self, node: int) -> list[int]:
        if node not in self._around:
            self._around[node] = self.land.around(node)
        return self._around[node] + self._spans.get(node, [])

    def _keep(self, template: Road, nodes: Sequence[int]) -> None:
        self.roads.append(replace(template, nodes=tuple(nodes)))
        for a, b in pairwise(nodes):
            self._built[_edge(a, b)] = template.highway
            self._bar_crossings(a, b)

    def _bar_crossings(self, a: int, b: int) -> None:
        # No later road may cross this one but at a node: there are no flyovers in the steppe.
        columns = self.land.columns
        for drow in range(-3, 4):
            for dcolumn in range(-3, 4):
                near = a + drow * columns + dcolumn
                if 0 <= near < len(self.land.nodes):
                    for other in self._neighbours(near):
                        if near < other and self._cross(a, b, near, other):
                            self._barred.add((near, other))

    def _cross(self, a: int, b: int, c: int, d: int) -> bool:
        if {a, b} & {c, d}:
            return False
        p, q, r, s = (self.land.nodes[n] for n in (a, b, c, d))
        return _turn(p, q, r) * _turn(p, q, s) < 0 and _turn(r, s, p) * _turn(r, s, q) < 0


def lay_main_roads(land: Land, town: int) -> tuple[Network, int]:
    """Lay the highway and the district's roads, on both of its bridges.

    Returns
    -------
    tuple[Network, int]
        The roads, and the node where the last of them ends inside the district.
    """
    network = Network(land)
    west, east = land.nearest((-HALF_WIDTH, -16)), land.nearest((HALF_WIDTH, -9))
    north, south = land.nearest((-31, HALF_HEIGHT)), land.nearest((-12, -HALF_HEIGHT))
    last = land.nearest((47, 15))
    network.lay(Road("primary", (west, town, *network.span(-8), east), "OY-1", "main"))
    network.lay(Road("secondary", (town, north), "OY-10", "main"))
    network.lay(Road("secondary", (town, south), "OY-11", "main"))
    network.lay(Road("secondary", (town, *network.span(24), last), "OY-12", "main"))
    return network, last


def lay_village_roads(
    network: Network, town: int, villages: Sequence[Settlement], dice: Dice
) -> None:
    """Lay a road from the town to every village, the greatest first, and all lesser tracks.

    Villages that are `cut_off` get none.
    """
    land = network.land
    reached = [village for village in villages if not village.cut_off]
    order = sorted(reached, key=lambda v: distance(land.nodes[town], land.nodes[v.node]))
    _prefer_villages(land, reached)
    refs = 100
    for highway in ("tertiary", "unclassified", "track"):
        for village in order:
            if _highway_to(village) == highway:
                refs += highway == "tertiary"
                ref = f"OY-{refs}" if highway == "tertiary" else ""
                network.lay(Road(highway, (village.node, town), ref))
    _lay_ford(network, reached)
    _lay_links(network, reached)
    _lay_winter_road(network, reached)
    _lay_field_tracks(network, reached, dice)


def _prefer_villages(land: Land, villages: Sequence[Settlement]) -> None:
    # A road goes through a village or keeps clear of it; it does not pass its gardens by.
    homes = [village.node for village in villages]
    for home in homes:
        for node in land.around(home):
            land.toil[node] += 1.5
    for home in homes:
        land.toil[home] = 0.2


def _highway_to(village: Settlement) -> str:
    if village.households >= TERTIARY_HOUSEHOLDS:
        return "tertiary"
    return "unclassified" if village.households >= UNCLASSIFIED_HOUSEHOLDS else "track"


def _lay_ford(network: Network, villages: Sequence[Settlement]) -> None:
    # Far from both bridges, so that it saves a four-wheel drive an hour.
    west, east = network.span(-33)
    land = network.land
    ends = []
    for bank in (west, east):
        side = [v.node for v in villages if land.is_east(land.nodes[v.node]) == (bank == east)]
        ends.append(min(side, key=lambda node: distance(land.nodes[node], land.nodes[bank])))
    network.lay(Road("track", (ends[0], west, east, ends[1]), purpose="link"))


def _lay_links(network: Network, villages: Sequence[Settlement]) -> None:
    """Join neighbours between whom the way round is more than twice as long; the first in thaw."""
    purpose = "thaw"
    for straight, a, b in _same_bank_pairs(network.land, villages):
        if straight < LONGEST_LINK and network.kilometres_from(a)[b] > 2 * straight:
            network.lay(Road("track", (a, b), purpose=purpose))
            purpose = "link"


def _lay_winter_road(network: Network, villages: Sequence[Settlement]) -> None:
    west = [v for v in villages if not network.land.is_east(network.land.nodes[v.node])]
    detours = [
        (network.kilometres_from(a)[b] / straight, a, b)
        for straight, a, b in _same_bank_pairs(network.land, west)
        if WINTER_ROAD[0] < straight < WINTER_ROAD[1]
    ]
    _, a, b = max(detours)
    network.lay(Road("track", (a, b), purpose="winter"))


def _same_bank_pairs(land: Land, villages: Sequence[Settlement]) -> list[tuple[float, int, int]]:
    """Return the distance and the nodes of all pairs on one bank, the nearest first."""
    points = {village.node: land.nodes[village.node] for village in villages}
    return sorted(
        (distance(points[a], points[b]), a, b)
        for a, b in combinations(points, 2)
        if land.is_east(points[a]) == land.is_east(points[b])
    )


def _lay_field_tracks(network: Network, villages: Sequence[Settlement], dice: Dice) -> None:
    """Lay tracks that end at a well or a pasture, as every steppe map is full of."""
    land = network.land
    for _ in range(FIELD_TRACKS):
        x, y = land.nodes[dice.pick(villages).node]
        target = x + dice.between(-6, 6), y + dice.between(-6, 6)
        end = land.nearest(target, east=land.is_east((x, y)))
        home = min(villages, key=lambda v: distance(land.nodes[v.node], land.nodes[end]))
        network.lay(Road("track", (end, home.node), purpose="field"))


def _explore(
    start: int, steps: Callable[[int], Iterable[tuple[int, float]]], goal: int | None = None
) -> tuple[dict[int, float], dict[int, int]]:
    """Search as Dijkstra did, to the goal or to all there is; return costs and the way back."""
    cost, before, done = {start: 0.0}, {start: start}, set[int]()
    queue = [(0.0, start)]
    while queue:
        so_far, node = heapq.heappop(queue)
        if node == goal:
            break
        if node in done:
            continue
        done.add(node)
        for other, step in steps(node):
            if so_far + step < cost.get(other, inf):
                cost[other], before[other] = so_far + step, node
                heapq.heappush(queue, (cost[other], other))
    return cost, before


def _edge(a: int, b: int) -> Edge:
    return (a, b) if a < b else (b, a)


def _turn(a: Point, b: Point, c: Point) -> float:
    return cross((b[0] - a[0], b[1] - a[1]), (c[0] - a[0], c[1] - a[1]))
