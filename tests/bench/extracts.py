"""A seeded maker of extracts as large as a country's: roads between real localities, and ballast.

Positions are those of the live localities of Kazakhstan; everything else is made. Roads join
neighbours (a Gabriel graph, so that none cross), bend every hundred metres or so, and have the
class that their place in the hierarchy of towns gives them; villages have streets, roads have
field tracks that end somewhere. The ballast is what most of a real file is: buildings and rivers.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import osmium
from osmium.osm.mutable import Node, Way
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay

from routeplan.model.problem import Place

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["BALLAST_NODES", "make_country", "read_localities"]

BALLAST_NODES = 10_000_000

DEAD_CODES = {"PPLQ", "PPLF", "PPLW"}
METRES_PER_DEGREE = 111_195.0
POINT_METRES = 110.0
SPUR_POINTS = 30
POINTS_PER_WAY = 120
RIVER_POINTS = 250
CITIES, TOWNS = 25, 700
SURFACES: Mapping[str, tuple[str, ...]] = {
    "trunk": ("asphalt",),
    "primary": ("asphalt", "asphalt", ""),
    "secondary": ("asphalt", "", "gravel"),
    "tertiary": ("", "asphalt", "gravel"),
    "unclassified": ("", "gravel", "unpaved", "ground"),
    "track": ("", "ground", "dirt"),
}
STREETS = ({"highway": "residential"}, {"highway": "service"}, {"highway": "unclassified"})


def read_localities(path: Path, share: float = 1.0) -> list[Place]:
    """Return the live localities, or that share of them which lies nearest to Karaganda."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if row["superseded"] == "False"
            and not row["deprecated"]
            and row["is_current"] != "0"
            and row["gn_feature_code"] not in DEAD_CODES
        ]
    places = [
        Place(row["wof_id"], row["name"] or row["wof_id"], float(row["lat"]), float(row["lon"]))
        for row in rows
    ]
    middle = (49.8, 73.1)
    places.sort(key=lambda one: (math.dist((one.lat, one.lon), middle), one.id))
    return places[: round(len(places) * share)]


def make_country(path: Path, places: list[Place], *, share: float = 1.0, seed: int = 1) -> None:
    """Write a country as a PBF; its share says how much of the ballast is put in."""
    maker = _Maker(np.array([(one.lat, one.lon) for one in places]), np.random.default_rng(seed))
    maker.villages()
    maker.roads()
    maker.ballast(round(BALLAST_NODES * share))
    maker.write(path)


@dataclass
class _Maker:
    """Nodes and ways under construction."""

    centres: NDArray[np.float64]
    rng: np.random.Generator
    points: list[NDArray[np.float64]] = field(default_factory=list)
    ways: list[tuple[NDArray[np.int64], Mapping[str, str]]] = field(default_factory=list)
    count: int = 0

    def add(self, points: NDArray[np.float64]) -> NDArray[np.int64]:
        """Add nodes, shape (n, 2) as lat, lon; return their numbers."""
        self.points.append(points)
        self.count += len(points)
        return np.arange(self.count - len(points) + 1, self.count + 1)

    def villages(self) -> None:
        """Lay out a grid of streets in each locality; at its corners roads begin."""
        self.gates = np.empty((len(self.centres), 4), dtype=np.int64)
        for number, centre in enumerate(self.centres):
            rows, columns = self.rng.integers(2, 7, size=2)
            turn, block = self.rng.uniform(0, math.pi), self.rng.uniform(90, 180)
            east, north = np.meshgrid(np.arange(columns) * block, np.arange(rows) * block)
            east, north = east - east.mean(), north - north.mean()
            spun = np.column_stack(
                (
                    (math.sin(turn) * east + math.cos(turn) * north).ravel(),
                    (math.cos(turn) * east - math.sin(turn) * north).ravel(),
                )
            )
            grid = self.add(centre + spun * _degrees(centre)).reshape(rows, columns)
            tags = STREETS[int(self.rng.integers(len(STREETS)))]
            self.ways += [(line, tags) for line in (*grid, *grid.T)]
            self.gates[number] = grid[[0, 0, -1, -1], [0, -1, 0, -1]]

    def roads(self) -> None:
        """Join neighbouring localities, and let field tracks leave the roads between them."""
        start, end, metres = _neighbours(self.centres)
        classes = _classes(start, end, metres, len(self.centres))
        streets = np.concatenate(self.points)
        for one, other, length, road_class in zip(start, end, metres, classes, strict=True):
            gates = [int(self.rng.choice(self.gates[village])) for village in (one, other)]
            begin, finish = streets[np.array(gates) - 1]
            middle = self._bent(begin, finish, length)
            nodes = np.concatenate((gates[:1], self.add(middle), gates[1:]))
            self._cut_into_ways(nodes, road_class)
            for at in range(SPUR_POINTS, len(middle), SPUR_POINTS):
                self._spur(nodes[at + 1], middle[at])

    def _bent(
        self, start: NDArray[np.float64], end: NDArray[np.float64], metres: float
    ) -> NDArray[np.float64]:
        """Return points between two others, on a line that sways by a tenth of its length."""
        steps = max(2, round(metres / POINT_METRES))
        share = np.arange(1, steps) / steps
        waves = self.rng.normal(size=5) / (1 + np.arange(5)) ** 1.5
        sway = np.sin(np.outer(share, np.arange(1, 6) * math.pi)) @ waves * 0.05
        across = (end - start)[::-1] * np.array([1.0, -1.0])
        jitter = self.rng.normal(scale=8.0 / METRES_PER_DEGREE, size=(len(share), 2))
        return start + np.outer(share, end - start) + np.outer(sway, across) + jitter

    def _cut_into_ways(self, nodes: NDArray[np.int64], road_class: str) -> None:
        for begin in range(0, len(nodes) - 1, POINTS_PER_WAY):
            surfaces = SURFACES[road_class]
            surface = surfaces[int(self.rng.integers(len(surfaces)))]
            tags = {"highway": road_class} | ({"surface": surface} if surface else {})
            if road_class in ("trunk", "primary"):
                tags |= {"ref": f"A-{len(self.ways) % 400}", "maxspeed": "90"}
            self.ways.append((nodes[begin : begin + POINTS_PER_WAY + 1], tags))

    def _spur(self, node: np.int64, at: NDArray[np.float64]) -> None:
        steps = self.rng.normal(scale=POINT_METRES, size=2) + self.rng.normal(
            scale=30, size=(int(self.rng.integers(3, 12)), 2)
        )
        line = at + np.cumsum(steps, axis=0) * _degrees(at)
        tags = {"highway": "track", "tracktype": f"grade{self.rng.integers(2, 6)}"}
        self.ways.append((np.concatenate(([node], self.add(line))), tags))

    def ballast(self, nodes: int) -> None:
        """Add buildings around the localities, and rivers between them."""
        buildings = nodes * 3 // 4 // 4
        around = self.centres[self.rng.integers(len(self.centres), size=buildings)]
        around = around + self.rng.normal(scale=0.008, size=around.shape)
        square = np.array([(0, 0), (0, 1), (1, 1), (1, 0)]) * 1e-4
        corners = self.add((around[:, None, :] + square).reshape(-1, 2)).reshape(-1, 4)
        house = {"building": "yes"}
        self.ways += [(ring, house) for ring in corners[:, [0, 1, 2, 3, 0]]]
        river = {"waterway": "river", "name": "Өзен"}
        for _ in range(nodes // 4 // RIVER_POINTS):
            source = self.centres[self.rng.integers(len(self.centres))]
            steps = self.rng.normal(scale=0.002, size=2) + self.rng.normal(
                scale=0.001, size=(RIVER_POINTS, 2)
            )
            self.ways.append((self.add(source + np.cumsum(steps, axis=0)), river))

    def write(self, path: Path) -> None:
        """Write all nodes and then all ways, both in the order of their numbers."""
        points = np.round(np.concatenate(self.points), 7)
        villages = {"place": "village", "name": "Ауыл"}
        named = set(self.gates[:, 0].tolist())
        with osmium.SimpleWriter(str(path), overwrite=True, bufsz=16 << 20) as writer:
            for number, (lat, lon) in enumerate(points.tolist(), start=1):
                tags: Mapping[str, str] | None = villages if number in named else None
                writer.add_node(Node(id=number, version=1, location=(lon, lat), tags=tags))
            for number, (nodes, tags) in enumerate(self.ways, start=1):
                writer.add_way(Way(id=number, version=1, nodes=nodes.tolist(), tags=tags))


def _degrees(at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return degrees of lat and lon per metre."""
    return np.array([1.0, 1 / math.cos(math.radians(at[0]))]) / METRES_PER_DEGREE


def _neighbours(
    centres: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return pairs with no third locality in the circle between them, and their distances."""
    scale = METRES_PER_DEGREE * np.array([1.0, math.cos(math.radians(48.0))])
    flat = centres * scale
    corners = Delaunay(flat).simplices
    pairs = np.sort(np.concatenate((corners[:, :2], corners[:, 1:], corners[:, ::2])), axis=1)
    pairs = np.unique(pairs, axis=0)
    opposite = np.concatenate((corners[:, [0, 1, 2]], corners[:, [1, 2, 0]], corners[:, [2, 0, 1]]))
    ends, third = np.sort(opposite[:, :2], axis=1), opposite[:, 2]
    # By Thales: a third locality lies in the circle where the angle at it is above 90 degrees.
    at = ((flat[ends[:, 0]] - flat[third]) * (flat[ends[:, 1]] - flat[third])).sum(axis=1)
    key = pairs[:, 0] * len(flat) + pairs[:, 1]
    inside = np.unique((ends[:, 0] * len(flat) + ends[:, 1])[at < 0])
    pairs = pairs[~np.isin(key, inside)]
    metres = np.maximum(np.hypot(*(flat[pairs[:, 0]] - flat[pairs[:, 1]]).T), 1.0)
    return pairs[:, 0].astype(np.int64), pairs[:, 1].astype(np.int64), metres


def _classes(
    start: NDArray[np.int64], end: NDArray[np.int64], metres: NDArray[np.float64], count: int
) -> list[str]:
    """Return the class of each road: what hangs the highest places together ranks highest."""
    matrix = csr_array((metres, (start, end)), shape=(count, count))
    tree = minimum_spanning_tree(matrix)
    spread = np.linspace(0, count - 1, TOWNS, dtype=np.int64)
    ranks = np.full(len(metres), 4)
    edge = {pair: n for n, pair in enumerate(zip(start.tolist(), end.tolist(), strict=True))}
    for one, other in zip(*tree.nonzero(), strict=True):
        ranks[edge[min(one, other), max(one, other)]] = 3
    for rank, towns in ((2, spread), (1, spread[::5]), (0, spread[:: TOWNS // CITIES])):
        _, (before,) = dijkstra(matrix, directed=False, indices=towns[:1], return_predecessors=True)
        for town in towns.tolist():
            at = town
            while before[at] >= 0:
                pair = (min(at, int(before[at])), max(at, int(before[at])))
                ranks[edge[pair]] = min(ranks[edge[pair]], rank)
                at = int(before[at])
    names = ("trunk", "primary", "secondary", "tertiary", "track")
    odd = {3: ("tertiary", "unclassified"), 4: ("track", "unclassified")}
    return [
        odd[rank][n % 2] if rank in odd else names[rank] for n, rank in enumerate(ranks.tolist())
    ]
