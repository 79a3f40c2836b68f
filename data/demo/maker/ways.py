"""From roads and villages to the nodes, ways and tags of an OpenStreetMap file."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby, pairwise
from operator import itemgetter
from typing import TYPE_CHECKING

from maker.land import Dice, Noise, Point, along, distance, position, unit
from maker.settlements import TOWN_NAME
from maker.shapes import bent, ring

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from maker.land import Land
    from maker.network import Road
    from maker.settlements import Settlement

__all__ = ["Chart", "Tags", "draw_roads", "nearest_on_ring"]

Tags = dict[str, str]
Segment = tuple[Point, Point, Tags]
RING_RADIUS = 0.03
LEFT_BY_RIVER = 2.5
# How far a road leaves its smooth line, in kilometres.
SWAY = {"primary": 0.05, "secondary": 0.08, "tertiary": 0.12, "unclassified": 0.15, "track": 0.17}

# What a segment of each class is made of; one that is listed twice is twice as common.
ASPHALT = {"surface": "asphalt"}
SURFACES: dict[str, list[Tags]] = {
    "primary": [
        ASPHALT | {"smoothness": "good"},
        ASPHALT | {"smoothness": "intermediate"},
        ASPHALT | {"smoothness": "bad"},
    ],
    "secondary": [
        ASPHALT | {"smoothness": "intermediate"},
        ASPHALT | {"smoothness": "bad"},
        ASPHALT | {"smoothness": "bad", "maxspeed": "60"},
    ],
    "tertiary": [
        ASPHALT | {"smoothness": "bad"},
        {"surface": "gravel", "smoothness": "bad"},
        {"surface": "gravel"},
        {"surface": "compacted"},
    ],
    "unclassified": [
        {"surface": "gravel"},
        {"surface": "gravel", "smoothness": "bad"},
        {"surface": "compacted"},
        {"surface": "ground", "smoothness": "bad"},
        {"surface": "unpaved"},
        {},
    ],
    "track": [
        {"tracktype": "grade2", "surface": "gravel"},
        {"tracktype": "grade3", "surface": "ground"},
        {"tracktype": "grade3"},
        {"tracktype": "grade4", "surface": "ground"},
        {"tracktype": "grade4", "surface": "dirt", "smoothness": "very_bad"},
    ],
}
ROUGH_TRACK: Tags = {"tracktype": "grade5", "surface": "ground", "smoothness": "very_bad"}
OPEN_ROAD_SPEED = {"primary": "90", "secondary": "80"}
VILLAGE_SPEED = {"primary": "60", "secondary": "60", "tertiary": "60"}


@dataclass
class Chart:
    """Nodes and ways under way to a file; points that coincide are one node.

    Attributes
    ----------
    dice
        Chance for all that is drawn.
    river
        Points of the river, in any order; it runs from north to south.
    nodes
        (lat, lon) by node; the first has the id 1.
    node_tags
        Tags by the node's id.
    ways
        Ids of a way's nodes, and its tags.
    """

    dice: Dice
    river: list[Point]
    nodes: list[tuple[float, float]] = field(default_factory=list)
    node_tags: dict[int, Tags] = field(default_factory=dict)
    ways: list[tuple[list[int], Tags]] = field(default_factory=list)
    _ids: dict[tuple[float, float], int] = field(default_factory=dict)

    def node(self, point: Point, tags: Tags | None = None) -> int:
        """Return the id of the node at a point, after adding tags to it."""
        place = position(point)
        if place not in self._ids:
            self.nodes.append(place)
            self._ids[place] = len(self.nodes)
        if tags:
            self.node_tags.setdefault(self._ids[place], {}).update(tags)
        return self._ids[place]

    def way(self, points: Iterable[Point], tags: Tags) -> None:
        """Add a way."""
        self.ways.append(([self.node(point) for point in points], dict(tags)))


def draw_roads(
    chart: Chart, land: Land, roads: Sequence[Road], town: int, villages: Sequence[Settlement]
) -> dict[int, list[Point]]:
    """Draw all roads with their bridges, the ford and the roundabout.

    Returns
    -------
    dict[int, list[Point]]
        By the node of each settlement: the directions in which roads leave it.
    """
    homes = {town, *(village.node for village in villages)}
    points = _eased_points(land, roads, homes)
    sway = Noise(chart.dice, 1.1), Noise(chart.dice, 1.1)
    inner_speed = {points[home]: 1.3 if home == town else 0.7 for home in homes}
    names = {village.node: village.name for village in villages} | {town: TOWN_NAME}
    arms: dict[int, list[Point]] = {home: [] for home in homes}
    for road in roads:
        line = bent([points[node] for node in road.nodes], sway, SWAY[road.highway])
        for home in homes.intersection(road.nodes):
            arms[home] += _leaving(line, points[home])
        tags = _road_tags(road, names)
        for piece in _round_the_ring(line, points[town]):
            segments = _surfaced(chart, road, _over_the_river(chart, land, road, piece))
            limited = [(a, b, _limit(road, a, b, inner_speed) | more) for a, b, more in segments]
            for segment, group in groupby(limited, key=itemgetter(2)):
                ends = list(group)
                chart.way([ends[0][0], *(b for _, b, _ in ends)], tags | segment)
    circle = ring(points[town], RING_RADIUS)
    circle_tags = {"highway": "primary", "junction": "roundabout", "surface": "asphalt"}
    chart.way([*circle, circle[0]], circle_tags | {"maxspeed": "40"})
    return arms


def _eased_points(land: Land, roads: Sequence[Road], homes: set[int]) -> list[Point]:
    """Take the zigzag of the grid out of the roads, but near the river and in the villages."""
    points = list(land.nodes)
    moved: set[int] = set()
    for road in roads:
        for before, node, after in zip(road.nodes, road.nodes[1:], road.nodes[2:], strict=False):
            x, y = points[node]
            if node in moved or node in homes or abs(x - land.river(y)) < LEFT_BY_RIVER:
                continue
            moved.add(node)
            (ax, ay), (bx, by) = points[before], points[after]
            points[node] = (2 * x + ax + bx) / 4, (2 * y + ay + by) / 4
    return points


def _leaving(line: list[Point], home: Point) -> list[Point]:
    # As seen half a kilometre away, where the streets end.
    at = line.index(home)
    ahead, behind = line[at + 1 : at + 3], line[max(at - 2, 0) : at]
    return [unit(home, part[-1]) for part in (ahead, behind[::-1]) if part]


def _round_the_ring(line: list[Point], centre: Point) -> list[list[Point]]:
    """Cut a line where it meets the roundabout, and join the ends to it."""
    if centre not in line:
        return [line]
    at = line.index(centre)
    pieces = []
    if at:
        pieces.append([*line[:at], nearest_on_ring(centre, line[at - 1])])
    if at + 1 < len(line):
        pieces.append([nearest_on_ring(centre, line[at + 1]), *line[at + 1 :]])
    return pieces


def nearest_on_ring(centre: Point, point: Point) -> Point:
    """Return the point of the roundabout where a road from elsewhere meets it."""
    return min(ring(centre, RING_RADIUS), key=lambda corner: distance(corner, point))


def _over_the_river(chart: Chart, land: Land, road: Road, line: list[Point]) -> list[Segment]:
    """Cut a line into segments, with a bridge, on a track a ford, where it crosses the river."""
    segments: list[Segment] = []
    for a, b in pairwise(line):
        if land.is_east(a) == land.is_east(b):
            segments.append((a, b, {}))
            continue
        middle, heading = _mid_river(land, a, b), unit(a, b)
        reach = 0.8 * min(distance(a, middle), distance(middle, b))
        if road.highway == "track":
            chart.river.append(middle)
            half = min(0.02, reach)
            start, end = along(middle, heading, -half), along(middle, heading, half)
            ford = {"ford": "yes", "note": "only a four-wheel drive gets through"}
            over: list[Segment] = [(start, middle, ford), (middle, end, ford)]
        else:
            half = min(0.06, reach)
            start, end = along(middle, heading, -half), along(middle, heading, half)
            over = [(start, end, {"bridge": "yes", "layer": "1"})]
        segments += [(a, start, {}), *over, (end, b, {})]
    return segments


def _mid_river(land: Land, a: Point, b: Point) -> Point:
    """Return where the way from a to b crosses the river, by halving."""
    west = land.is_east(a)
    for _ in range(40):
        middle = (a[0] + b[0]) / 2, (a[1] + b[1]) / 2
        if land.is_east(middle) == west:
            a = middle
        else:
            b = middle
    return a


def _surfaced(chart: Chart, road: Road, segments: Iterable[Segment]) -> list[Segment]:
    """Change a road's surface every few kilometres."""
    choices = SURFACES[road.highway]
    if road.purpose not in {"main", "village"}:
        choices = [*choices[1:], ROUGH_TRACK]
    surfaced: list[Segment] = []
    left, surface = 0.0, choices[0]
    for a, b, tags in segments:
        if left <= 0:
            left, surface = chart.dice.between(4, 17), chart.dice.pick(choices)
        left -= distance(a, b)
        surfaced.append((a, b, surface | tags))
    return surfaced


def _limit(road: Road, a: Point, b: Point, inner: dict[Point, float]) -> Tags:
    if road.highway not in VILLAGE_SPEED:
        return {}
    middle = (a[0] + b[0]) / 2, (a[1] + b[1]) / 2
    if any(distance(middle, home) < radius for home, radius in inner.items()):
        return {"maxspeed": VILLAGE_SPEED[road.highway]}
    return {"maxspeed": OPEN_ROAD_SPEED[road.highway]} if road.highway in OPEN_ROAD_SPEED else {}


def _road_tags(road: Road, names: dict[int, str]) -> Tags:
    tags = {"highway": road.highway}
    if road.ref:
        tags["ref"] = road.ref
    ends = [names[node] for node in (road.nodes[0], road.nodes[-1]) if node in names]
    if road.highway in {"secondary", "tertiary"} and ends:
        tags["name"] = " — ".join(ends) if ends[1:] else f"{ends[0]} жолы"
    if road.purpose == "winter":
        tags |= {"seasonal": "winter", "winter_road": "yes", "name": "Қысқы жол"}
    if road.purpose == "thaw":
        tags["motor_vehicle:conditional"] = "no @ (Mar 15-Apr 20)"
    return tags
