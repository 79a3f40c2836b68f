"""Forbidden turns: every search holds to them as one over edges does, which shares no code."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from routeplan.errors import RoadError
from routeplan.model.problem import Place
from routeplan.roads import (
    RoadPoint,
    Snap,
    build_graph,
    from_networkx,
    read_roads,
    read_speeds,
    snap,
    trace_legs,
    travel_times,
)
from routeplan.roads.travel import times_from_sources
from tests.helpers.paths import ALMATY, BAYREUTH
from tests.helpers.roads import District, place
from tests.oracles.turns import EdgeSearch, read_rules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from routeplan.roads import RoadGraph

TABLE = read_speeds()
CAR = "car"
TAGS: list[dict[str, str]] = [
    {"highway": "primary"},
    {"highway": "primary"},
    {"highway": "tertiary"},
    {"highway": "primary", "oneway": "yes"},
    {"highway": "path"},
]
ONE_KIND = TAGS[:2]
KINDS = ("no_left_turn", "no_u_turn", "only_straight_on", "no_entry", "only_u_turn")


def at_node(number: int) -> tuple[float, float]:
    """Return a point on a parabola: no road between two of them passes through a third."""
    return 700.0 * number, 110.0 * number * number


@st.composite
def restricted(draw: st.DrawFn, tags: Sequence[Mapping[str, str]] = TAGS) -> District:
    """Some nodes joined by short ways, no two alike, and restrictions where ways meet."""
    district = District()
    count = draw(st.integers(4, 7))
    for number in range(1, count + 1):
        district.node(number, *at_node(number))
    seen: set[frozenset[int]] = set()
    node = st.integers(1, count)
    for _ in range(draw(st.integers(4, 9))):
        way = draw(st.lists(node, min_size=2, max_size=3, unique=True))
        parts = {frozenset(pair) for pair in pairwise(way)}
        if seen.isdisjoint(parts):
            seen |= parts
            district.way(way, **draw(st.sampled_from(tags)))
    ways = st.sampled_from(district.ways)
    for _ in range(draw(st.integers(1, 7))):
        number, nodes, _ = draw(ways)
        first = [way for way, others, _ in district.ways if nodes[0] in others]
        last = [way for way, others, _ in district.ways if nodes[-1] in others]
        over = draw(st.sampled_from([f"n{nodes[0]}", f"w{number}"]))
        if over[0] == "n":
            last = first
        else:
            first, last = ([one for one in ends if one != number] for ends in (first, last))
        if first and last:
            turn = (draw(st.sampled_from(first)), over, draw(st.sampled_from(last)))
            district.restrict(*turn, restriction=draw(st.sampled_from(KINDS)))
    return district


def built(district: District) -> tuple[RoadGraph, EdgeSearch]:
    """Build the graph, and the search over its edges; without roads it is no example."""
    assume(district.ways and district.restrictions)
    with tempfile.TemporaryDirectory() as folder:
        path = district.write(Path(folder) / "district.osm")
        try:
            graph = build_graph(read_roads(path), TABLE)
        except RoadError:
            assume(condition=False)
            raise
        return graph, EdgeSearch(graph, CAR, read_rules(path))


def points_on(graph: RoadGraph, rng: np.random.Generator, count: int) -> list[RoadPoint]:
    """Return points of some edges: at their ends, and anywhere on them."""
    edges = rng.integers(0, graph.edge_count, count).tolist()
    sizes = np.diff(graph.offsets) - 1
    shares = rng.choice([0.0, 1.0, *rng.uniform(0, 1, 4)], count)
    return [
        RoadPoint(edge, float(sizes[edge] * share), 0.0, 0.0)
        for edge, share in zip(edges, shares.tolist(), strict=True)
    ]


def snapped(points: Sequence[RoadPoint]) -> list[Snap]:
    return [Snap(Place(str(n), str(n), 0, 0), 0.0, one) for n, one in enumerate(points)]


def assert_same(
    graph: RoadGraph, search: EdgeSearch, points: Sequence[RoadPoint], few: int
) -> None:
    """Compare the matrix from the first few points to all, and its legs, with the other search."""
    snaps = snapped(points)
    times = travel_times(graph, CAR, snaps)
    pairs = [(a, b) for a in range(few) for b in range(len(points)) if times.reachable[a, b]]
    legs = dict(zip(pairs, trace_legs(graph, CAR, snaps, pairs), strict=True))
    for start in range(few):
        expected = search.microseconds(points[start], list(points))
        for end, taken in enumerate(expected):
            if end != start:
                assert times.reachable[start, end] == np.isfinite(taken)
                if np.isfinite(taken):
                    assert times.seconds[start, end] == np.ceil(taken / 1e6)
                    assert legs[start, end].seconds == times.seconds[start, end]


@settings(max_examples=60, deadline=None)
@given(restricted(), st.integers(0, 2**32 - 1))
def test_times_and_legs_are_those_of_a_search_over_edges(district: District, seed: int) -> None:
    graph, search = built(district)
    assert_same(graph, search, points_on(graph, np.random.default_rng(seed), 6), 3)


@settings(max_examples=60, deadline=None)
@given(restricted(), st.integers(0, 2**32 - 1))
def test_roads_are_reached_when_a_search_over_edges_gets_there(
    district: District, seed: int
) -> None:
    graph, search = built(district)
    (start,) = points_on(graph, np.random.default_rng(seed), 1)
    found = times_from_sources(graph, CAR, snapped([start]))
    at_points = found.seconds[np.searchsorted(found.position, np.arange(len(graph.points)))]
    ends = np.column_stack((graph.offsets[:-1], graph.offsets[1:] - 1))
    at_nodes = np.full(graph.node_count, np.inf)
    np.minimum.at(at_nodes, graph.edge_nodes, at_points[ends])
    edge_of = np.repeat(np.arange(graph.edge_count), np.diff(graph.offsets))
    for point, edge in enumerate(edge_of.tolist()):
        along = float(point - graph.offsets[edge])
        (taken,) = search.microseconds(start, [RoadPoint(edge, along, 0.0, 0.0)])
        node = {0.0: 0, float(ends[edge, 1] - ends[edge, 0]): 1}.get(along)
        seconds = at_points[point] if node is None else at_nodes[graph.edge_nodes[edge, node]]
        assert seconds == pytest.approx(taken / 1e6, abs=1e-5)


@settings(max_examples=60, deadline=None)
@given(restricted())
def test_shortest_paths_in_networkx_hold_to_restrictions(district: District) -> None:
    graph, search = built(district)
    roads = graph.to_networkx(CAR)
    copies = {node: {node} for node in range(graph.node_count)}
    for node, data in roads.nodes(data=True):
        copies[data.get("copy_of", node)].add(node)
    sizes = np.diff(graph.offsets) - 1
    points = {
        node: RoadPoint(edge, float(side * sizes[edge]), 0.0, 0.0)
        for edge, nodes in enumerate(graph.edge_nodes.tolist())
        for side, node in enumerate(nodes)
    }
    for start, point in points.items():
        taken = nx.single_source_dijkstra_path_length(roads, start, weight="travel_time")
        expected = search.microseconds(point, [points[node] for node in points])
        for node, microseconds in zip(points, expected, strict=True):
            best = min((taken.get(one, np.inf) for one in copies[node]), default=np.inf)
            assert best == pytest.approx(microseconds / 1e6, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(restricted(ONE_KIND))
def test_a_graph_read_back_from_networkx_has_the_same_restrictions(district: District) -> None:
    graph, _ = built(district)
    back = build_graph(from_networkx(graph.to_networkx(CAR)), TABLE)
    places = [place(f"p{n}", *at_node(n)) for n in range(1, 5)]
    places += [place(f"m{n}", 700 * n + 350, 110 * (n * n + n) + 55) for n in range(1, 4)]
    one, other = (travel_times(each, CAR, snap(each, CAR, places)) for each in (graph, back))
    np.testing.assert_array_equal(one.reachable, other.reachable)
    assert np.abs(one.seconds - other.seconds).max() <= 1


@pytest.mark.parametrize(
    ("path", "read"), [(ALMATY, (87, 1)), (BAYREUTH, (38, 2))], ids=["almaty", "bayreuth"]
)
def test_on_real_extracts_times_and_legs_are_those_of_a_search_over_edges(
    path: Path, read: tuple[int, int]
) -> None:
    extract = read_roads(path)
    assert (len(extract.restrictions), extract.ignored_restrictions) == read
    graph = build_graph(extract, TABLE)
    search = EdgeSearch(graph, CAR, read_rules(path))
    assert search.forbidden
    assert_same(graph, search, points_on(graph, np.random.default_rng(7), 30), 2)
