"""Turn restrictions: what they cost, and travel times against a search over edges."""

from __future__ import annotations

from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from routeplan.model.problem import Place
from routeplan.roads import RoadPoint, Snap, build_graph, read_roads, read_speeds, travel_times
from routeplan.roads.restrictions import Restriction
from tests.bench.searches import Watch
from tests.bench.tables import cell, show
from tests.oracles.turns import EdgeSearch, read_rules

if TYPE_CHECKING:
    from pathlib import Path

    from routeplan.roads import Extract, RoadGraph

__all__ = ["against_edges", "with_and_without", "with_random_restrictions"]

VEHICLE = "car"
ROUNDS = 5
SOURCES, TARGETS = 40, 25


def against_edges(path: Path) -> None:
    """Compare the times of a thousand random pairs of places with those of a search over edges."""
    graph = build_graph(read_roads(path), read_speeds())
    search = EdgeSearch(graph, VEHICLE, read_rules(path))
    places = _places(graph, SOURCES + TARGETS)
    points = [one.point for one in places if one.point is not None]
    times = travel_times(graph, VEHICLE, places)
    equal = 0
    for row, start in enumerate(points[:SOURCES]):
        taken = np.array(search.microseconds(start, points[SOURCES:]))
        reached = np.isfinite(taken)
        seconds = np.ceil(taken[reached] / 1e6)
        same = times.reachable[row, SOURCES:] == reached
        same[reached] &= times.seconds[row, SOURCES:][reached] == seconds
        equal += int(same.sum())
    turns, pairs = len(search.forbidden), SOURCES * TARGETS
    show(f"{path.name}, {turns} forbidden turns: {equal} of {pairs} times as searched over edges")


def with_and_without(name: str, extract: Extract, count: int) -> None:
    """Print the CPU seconds of a graph and its travel times, in turns with restrictions and not."""
    extracts = (extract, replace(extract, restrictions=()))
    laps: list[list[list[float]]] = [[[], []], [[], []]]
    for _ in range(ROUNDS):
        for one, (building, searching) in zip(extracts, laps, strict=True):
            watch = Watch()
            graph = build_graph(one, read_speeds())
            building.append(watch.lap().cpu)
            places = _places(graph, count)
            watch.lap()
            travel_times(graph, VEHICLE, places)
            searching.append(watch.lap().cpu)
    show(f"{name}: {len(extract.restrictions)} restrictions, {count} x {count} travel times")
    for step, given, none in zip(("build", "search"), *laps, strict=True):
        numbers = median(given), median(none)
        show(f"  {step:42s}", *(cell(each, 9, 2) for each in (*numbers, numbers[0] / numbers[1])))


def with_random_restrictions(extract: Extract, count: int) -> Extract:
    """Forbid some random turns from a segment to another."""
    way = np.repeat(np.arange(len(extract.way_ids)), np.diff(extract.offsets))
    inside = way[1:] == way[:-1]
    one, other = extract.node_ids[:-1][inside], extract.node_ids[1:][inside]
    at, beside = np.concatenate((one, other)), np.concatenate((other, one))
    order = np.argsort(at, kind="stable")
    at, beside = at[order], beside[order]
    nodes, first, size = np.unique(at, return_index=True, return_counts=True)
    rng = np.random.default_rng(1)
    found = []
    for node in rng.choice(np.flatnonzero(size > 2), count).tolist():  # junctions
        near = beside[first[node] : first[node] + size[node]]
        before, after = rng.choice(near, 2, replace=False).tolist()
        path = (before, int(nodes[node]), after)
        found.append(Restriction((path,), {"restriction": "no_left_turn"}))
    return replace(extract, restrictions=tuple(found))


def _places(graph: RoadGraph, count: int) -> list[Snap]:
    """Return random places on the roads, some of them at junctions."""
    rng = np.random.default_rng(1)
    edges = rng.integers(0, graph.edge_count, count).tolist()
    shares = rng.choice([0.0, 1.0, *rng.uniform(0, 1, 8)], count).tolist()
    sizes = np.diff(graph.offsets) - 1
    return [
        Snap(
            Place(str(number), str(number), 0.0, 0.0),
            0.0,
            RoadPoint(edge, float(sizes[edge] * share), 0.0, 0.0),
        )
        for number, (edge, share) in enumerate(zip(edges, shares, strict=True))
    ]
