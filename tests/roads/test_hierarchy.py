"""Contracted roads: the same times and lengths as searches of the whole graph."""

from __future__ import annotations

import functools
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from routeplan import native
from routeplan.errors import RoadError
from routeplan.model.problem import Place
from routeplan.roads import build_graph, read_roads, read_speeds, snap, travel_times
from routeplan.roads.hierarchy import Hierarchy, contract, many_to_many
from routeplan.roads.network import Network, build_network
from tests.helpers.paths import ALMATY, BAYREUTH
from tests.helpers.roads import toy
from tests.oracles import hierarchy as oracle

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from routeplan.roads import RoadGraph, Snap

TABLE = read_speeds()

Edges = dict[tuple[int, int], tuple[int, int]]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, Edges]:
    """Few nodes, and times so few that many ways take equally long."""
    size = draw(st.integers(1, 14))
    node = st.integers(0, size - 1)
    cost = st.tuples(st.integers(0, 4), st.integers(0, 5))
    return size, draw(st.dictionaries(st.tuples(node, node), cost, max_size=50))


def network(size: int, edges: Edges) -> Network:
    pairs = sorted(edges)
    start = np.array([one for one, _ in pairs], dtype=np.int64)
    end = np.array([other for _, other in pairs], dtype=np.int64)
    costs = np.array([edges[pair] for pair in pairs], dtype=np.int64).reshape(-1, 2)
    rows = np.searchsorted(start, np.arange(size + 1))
    nothing = np.zeros(size, dtype=np.int64)
    return Network(
        matrix=csr_array((costs[:, 0].astype(np.float64), end, rows), shape=(size, size)),
        keys=start * size + end,
        millimetres=costs[:, 1],
        edge=np.zeros(len(pairs), dtype=np.int64),
        begin=np.zeros(len(pairs)),
        end=np.zeros(len(pairs)),
        place_node=np.arange(size),
        arrival_node=np.arange(size),
        access_microseconds=nothing,
        access_millimetres=nothing,
    )


def contracted(roads: Network, limit: int | None = None) -> NDArray[np.int64]:
    size = roads.node_count
    found = np.full((2, size, size), -2)
    nodes = np.arange(size)
    for part in many_to_many(
        contract(roads.matrix, roads.millimetres), nodes, limit_microseconds=limit
    ):
        found[0, part.sources] = part.microseconds
        found[1, part.sources] = part.millimetres
    return found


def twin(hierarchy: Hierarchy, edges: Edges) -> tuple[list[list[int]], dict[Any, oracle.Costs]]:
    """Return the higher neighbours of each node, and the costs of arcs, as the oracle has them."""
    rank = hierarchy.rank.tolist()
    ranked = {(rank[start], rank[end]): costs for (start, end), costs in edges.items()}
    heads = oracle.fill_in(len(rank), ranked)
    return heads, oracle.customize(heads, ranked)


@given(graphs())
def test_neighbours_are_listed_once_whatever_the_direction(drawn: tuple[int, Edges]) -> None:
    size, edges = drawn
    matrix = network(size, edges).matrix
    graph = SimpleNamespace(
        node_count=size,
        begins=matrix.indptr.astype(np.int64),
        heads=matrix.indices.astype(np.int32),
        microseconds=matrix.data,
        millimetres=np.zeros(len(edges), dtype=np.int64),
    )
    begins = np.empty(size + 1, dtype=np.int64)
    neighbours = np.empty(2 * len(edges), dtype=np.int32)
    native.call("list_neighbours", graph, begins, neighbours, np.empty(size, dtype=np.int64))
    for node in range(size):
        expected = {end for start, end in edges if start == node}
        expected |= {start for start, end in edges if end == node}
        listed = neighbours[begins[node] : begins[node + 1]].tolist()
        assert sorted(listed) == sorted(expected - {node})


@given(graphs())
def test_a_hierarchy_is_that_of_contracting_nodes_one_by_one(drawn: tuple[int, Edges]) -> None:
    size, edges = drawn
    roads = network(size, edges)
    hierarchy = contract(roads.matrix, roads.millimetres)
    assert sorted(hierarchy.rank.tolist()) == list(range(size))
    heads, costs = twin(hierarchy, edges)
    assert hierarchy.parent.tolist() == oracle.parents(heads)
    assert hierarchy.first.tolist() == oracle.first_nodes(oracle.parents(heads))
    for node, higher in enumerate(heads):
        arcs = slice(*hierarchy.offsets[node : node + 2].tolist())
        assert hierarchy.heads[arcs].tolist() == higher
        assert hierarchy.up[arcs].tolist() == [costs[node, head] for head in higher]
        assert hierarchy.down[arcs].tolist() == [costs[head, node] for head in higher]


@given(graphs())
def test_subtrees_have_consecutive_numbers(drawn: tuple[int, Edges]) -> None:
    roads = network(*drawn)
    hierarchy = contract(roads.matrix, roads.millimetres)
    parent, first = hierarchy.parent.tolist(), hierarchy.first.tolist()
    for node in range(drawn[0]):
        below = [one for one in range(drawn[0]) if node in oracle.ancestors(parent, [one])]
        assert below == list(range(first[node], node + 1))


def test_few_shortcuts_are_added_to_a_grid() -> None:
    side = 20
    edges: Edges = {}
    for node in range(side * side):
        right, below = node + 1, node + side
        edges |= {(node, right): (1, 1)} if right % side else {}
        edges |= {(node, below): (1, 1)} if below < side * side else {}
    roads = network(side * side, edges)
    arcs = len(contract(roads.matrix, roads.millimetres).heads)
    rank = np.random.default_rng(1).permutation(side * side).tolist()
    by_chance = oracle.fill_in(len(rank), [(rank[one], rank[other]) for one, other in edges])
    assert len(edges) < arcs < sum(map(len, by_chance)) / 3


@given(graphs(), st.data())
def test_the_hierarchy_above_some_nodes_is_them_and_their_ancestors(
    drawn: tuple[int, Edges], data: st.DataObject
) -> None:
    size, edges = drawn
    roads = network(size, edges)
    whole = contract(roads.matrix, roads.millimetres)
    nodes = data.draw(st.lists(st.integers(0, size - 1), max_size=size))
    part = whole.above(np.array(nodes, dtype=np.int64))
    kept = oracle.ancestors(whole.parent.tolist(), [int(whole.rank[node]) for node in nodes])
    number = {node: n for n, node in enumerate(kept)} | {-1: -1}
    assert part.rank.tolist() == [number.get(node, -1) for node in whole.rank.tolist()]
    assert part.parent.tolist() == [number[node] for node in whole.parent[kept].tolist()]
    assert part.first.tolist() == oracle.first_nodes(part.parent.tolist())
    for n, node in enumerate(kept):
        arcs, expected = slice(*part.offsets[n : n + 2]), slice(*whole.offsets[node : node + 2])
        heads = whole.heads[expected].tolist()
        assert part.heads[arcs].tolist() == [number[head] for head in heads]
        assert part.up[arcs].tolist() == whole.up[expected].tolist()
        assert part.down[arcs].tolist() == whole.down[expected].tolist()


@given(graphs(), st.integers(0, 8))
def test_many_to_many_finds_what_a_sweep_from_each_source_finds(
    drawn: tuple[int, Edges], limit: int
) -> None:
    size, edges = drawn
    roads = network(size, edges)
    hierarchy = contract(roads.matrix, roads.millimetres)
    rank = hierarchy.rank.tolist()
    heads, costs = twin(hierarchy, edges)
    expected = np.full((2, size, size), -1)
    for source in range(size):
        found = oracle.sweep(heads, costs, rank[source])
        for target in range(size):
            time, length = found[rank[target]]
            if time <= limit:
                expected[:, source, target] = time, length
    np.testing.assert_array_equal(contracted(roads, limit), expected)


def test_many_to_many_in_several_threads_finds_what_dijkstra_finds() -> None:
    rng = np.random.default_rng(1)
    size = 300
    ends = rng.integers(size, size=(3 * size, 2)).tolist()
    edges = {(one, other): (int(rng.integers(1, 50)), 1) for one, other in ends}
    roads = network(size, edges)
    paths = roads.shortest_paths(np.arange(size))
    found = contracted(roads)
    for numbers, expected in zip(found, (paths.microseconds, paths.millimetres), strict=True):
        np.testing.assert_array_equal(numbers, np.where(np.isfinite(expected), expected, -1))


def test_sums_are_exact_up_to_the_largest_that_are_allowed() -> None:
    half = 2**52
    roads = network(3, {(0, 1): (half, half - 2), (1, 2): (half - 1, half - 1)})
    assert contracted(roads)[:, 0, 2].tolist() == [2**53 - 1, 2**53 - 3]
    with pytest.raises(RoadError, match="too long"):
        contracted(network(3, {(0, 1): (half, 1), (1, 2): (half, 1)}))


@given(graphs())
def test_a_contracted_graph_keeps_the_fastest_paths_and_the_shortest_of_those(
    drawn: tuple[int, Edges],
) -> None:
    size, edges = drawn
    # By hand: Floyd and Warshall, on pairs of time and length.
    best: dict[tuple[int, int], tuple[int, int]] = dict(edges)
    best.update(((node, node), (0, 0)) for node in range(size))
    for middle in range(size):
        for start in range(size):
            for end in range(size):
                if (start, middle) in best and (middle, end) in best:
                    one, other = best[start, middle], best[middle, end]
                    way = (one[0] + other[0], one[1] + other[1])
                    best[start, end] = min(best.get((start, end), way), way)
    expected = np.full((2, size, size), -1)
    for (start, end), costs in best.items():
        expected[:, start, end] = costs
    roads = network(size, edges)
    np.testing.assert_array_equal(contracted(roads), expected)
    paths = roads.shortest_paths(np.arange(size))
    for found, wanted in zip((paths.microseconds, paths.millimetres), expected, strict=True):
        np.testing.assert_array_equal(np.where(np.isfinite(found), found, -1), wanted)


@given(graphs(), st.integers(0, 8))
def test_a_limit_leaves_out_what_takes_longer_and_nothing_else(
    drawn: tuple[int, Edges], limit: int
) -> None:
    whole = contracted(network(*drawn))
    expected = np.where((whole[0] >= 0) & (whole[0] <= limit), whole, -1)
    np.testing.assert_array_equal(contracted(network(*drawn), limit), expected)


def test_no_place_at_all_has_an_empty_matrix(tmp_path: Path) -> None:
    assert travel_times(toy().graph(tmp_path), "car", []).seconds.shape == (0, 0)


def settlements(extract: Any) -> list[Place]:
    kinds = ("city", "town", "village", "hamlet", "isolated_dwelling")
    return [Place(one.id, one.id, one.lat, one.lon) for one in extract.places if one.kind in kinds]


@functools.cache
def real(path: Path) -> tuple[RoadGraph, list[Place]]:
    extract = read_roads(path)
    return build_graph(extract, TABLE), settlements(extract)


def by_networkx(graph: RoadGraph, vehicle: str, snaps: Sequence[Snap]) -> NDArray[np.float64]:
    """Return the seconds between places on the same weights, not rounded."""
    routing = build_network(graph, vehicle, snaps)
    start = np.repeat(np.arange(routing.node_count), np.diff(routing.matrix.indptr))
    edges = zip(
        *(start.tolist(), routing.matrix.indices.tolist(), routing.matrix.data.tolist()),
        strict=True,
    )
    roads: nx.DiGraph[int] = nx.DiGraph()
    roads.add_weighted_edges_from(edges)
    seconds = np.full((len(snaps), len(snaps)), np.inf)
    for row in np.flatnonzero(routing.place_node >= 0).tolist():
        taken = nx.single_source_dijkstra_path_length(roads, int(routing.place_node[row]))
        for column, node in enumerate(routing.arrival_node.tolist()):
            if row == column:
                seconds[row, column] = 0.0
            elif node in taken:
                access = routing.access_microseconds[[row, column]].sum()
                seconds[row, column] = (taken[node] + access) / 1e6
    return seconds


@pytest.mark.parametrize("vehicle", TABLE.vehicles)
@pytest.mark.parametrize("path", [ALMATY, BAYREUTH], ids=["almaty", "bayreuth"])
def test_on_real_extracts_times_are_those_of_networkx_on_the_same_weights(
    path: Path, vehicle: str
) -> None:
    graph, places = real(path)
    snaps = snap(graph, vehicle, places)
    expected = by_networkx(graph, vehicle, snaps)
    times = travel_times(graph, vehicle, snaps)
    found = np.isfinite(expected)
    assert found.sum() > 400
    np.testing.assert_array_equal(times.reachable, found | np.eye(len(snaps), dtype=np.bool_))
    np.testing.assert_array_equal(times.seconds[found], np.ceil(expected[found].round(6)))
    # No way round by a third place is shorter.
    assert times.metres is not None
    seconds = np.where(times.reachable, times.seconds, np.inf)
    for middle in range(len(snaps)):
        round_about = seconds[:, [middle]] + seconds[[middle], :]
        assert (seconds <= round_about).all()


@pytest.mark.parametrize("vehicle", TABLE.vehicles)
@pytest.mark.parametrize("path", [ALMATY, BAYREUTH], ids=["almaty", "bayreuth"])
def test_on_real_extracts_times_and_lengths_are_those_of_dijkstra(path: Path, vehicle: str) -> None:
    graph, places = real(path)
    roads = build_network(graph, vehicle, snap(graph, vehicle, places))
    nodes, arrivals = roads.place_node, roads.arrival_node
    nodes, arrivals = nodes[nodes >= 0], arrivals[nodes >= 0]
    paths = roads.shortest_paths(nodes)
    for part in many_to_many(contract(roads.matrix, roads.millimetres), nodes, arrivals):
        for found, every in zip(part[1:], (paths.microseconds, paths.millimetres), strict=True):
            expected = every[np.ix_(part.sources, arrivals)]
            np.testing.assert_array_equal(found, np.where(np.isfinite(expected), expected, -1))
