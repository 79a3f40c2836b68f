"""Contracted roads: the same times and lengths as searches that look at every road."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from routeplan.problem import Place
from routeplan.roads import (
    build_graph,
    near_travel_times,
    read_roads,
    read_speeds,
    snap,
    travel,
    travel_times,
)
from routeplan.roads.hierarchy import contract, reach
from routeplan.roads.network import Network, join
from tests.roads_helpers import VILLAGES, toy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from routeplan.roads import RoadGraph, Snap

DATA = Path(__file__).parents[1].parent / "shared" / "data" / "osm"
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
        link=np.zeros(len(pairs), dtype=np.int64),
        begin=np.zeros(len(pairs)),
        end=np.zeros(len(pairs)),
        place_node=np.arange(size),
        access_microseconds=nothing,
        access_millimetres=nothing,
    )


def contracted(roads: Network, limit: int | None = None) -> NDArray[np.int64]:
    size = roads.node_count
    found = np.full((2, size, size), -2)
    nodes = np.arange(size)
    for part in reach(contract(roads.matrix, roads.millimetres), nodes, limit_microseconds=limit):
        found[0, part.sources] = part.microseconds
        found[1, part.sources] = part.millimetres
    return found


@given(graphs())
def test_a_contracted_graph_has_the_fastest_ways_and_the_shortest_of_those(
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
    ways = roads.ways(np.arange(size))
    for found, wanted in zip((ways.microseconds, ways.millimetres), expected, strict=True):
        np.testing.assert_array_equal(np.where(np.isfinite(found), found, -1), wanted)


@given(graphs(), st.integers(0, 8))
def test_a_limit_leaves_out_what_takes_longer_and_nothing_else(
    drawn: tuple[int, Edges], limit: int
) -> None:
    whole = contracted(network(*drawn))
    expected = np.where((whole[0] >= 0) & (whole[0] <= limit), whole, -1)
    np.testing.assert_array_equal(contracted(network(*drawn), limit), expected)


@pytest.mark.parametrize("limit", [0, 10**9])
@pytest.mark.parametrize("vehicle", TABLE.vehicles)
def test_the_sparse_form_holds_the_pairs_of_the_dense_one_that_are_near(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vehicle: str, limit: int
) -> None:
    # Once with contraction and once without.
    monkeypatch.setattr(travel, "_WORTH_CONTRACTING", limit)
    graph = toy().graph(tmp_path)
    snaps = snap(graph, vehicle, VILLAGES)
    dense = travel_times(graph, vehicle, snaps)
    assert dense.metres is not None
    sparse = near_travel_times(graph, vehicle, snaps, within_seconds=500)
    near = dense.reachable & (dense.seconds <= 500)
    assert 0 < near.sum() < dense.reachable.sum()
    assert len(sparse) == len(VILLAGES)
    for start in range(len(VILLAGES)):
        row = sparse.near(start)
        assert row.places.tolist() == np.flatnonzero(near[start]).tolist()
        np.testing.assert_array_equal(row.seconds, dense.seconds[start, row.places])
        np.testing.assert_array_equal(row.metres, dense.metres[start, row.places])
    chosen = [3, 0, 6, 1]
    part = sparse.dense(chosen)
    np.testing.assert_array_equal(part.reachable, near[np.ix_(chosen, chosen)])
    kept = np.where(part.reachable, dense.seconds[np.ix_(chosen, chosen)], 0)
    np.testing.assert_array_equal(part.seconds, kept)


def test_no_place_at_all_has_an_empty_sparse_form(tmp_path: Path) -> None:
    graph = toy().graph(tmp_path)
    assert len(near_travel_times(graph, "car", [], within_seconds=60)) == 0


def settlements(extract: Any) -> list[Place]:
    kinds = ("city", "town", "village", "hamlet", "isolated_dwelling")
    return [Place(one.id, one.id, one.lat, one.lon) for one in extract.places if one.kind in kinds]


@functools.cache
def real(name: str) -> tuple[RoadGraph, list[Place]]:
    extract = read_roads(DATA / name)
    return build_graph(extract, TABLE), settlements(extract)


def by_networkx(graph: RoadGraph, vehicle: str, snaps: Sequence[Snap]) -> NDArray[np.float64]:
    """Return the seconds between places on the same weights, not rounded."""
    joined = join(graph, vehicle, snaps)
    start = np.repeat(np.arange(joined.node_count), np.diff(joined.matrix.indptr))
    edges = zip(
        *(start.tolist(), joined.matrix.indices.tolist(), joined.matrix.data.tolist()), strict=True
    )
    roads: nx.DiGraph[int] = nx.DiGraph()
    roads.add_weighted_edges_from(edges)
    seconds = np.full((len(snaps), len(snaps)), np.inf)
    for row in np.flatnonzero(joined.place_node >= 0).tolist():
        taken = nx.single_source_dijkstra_path_length(roads, int(joined.place_node[row]))
        for column, node in enumerate(joined.place_node.tolist()):
            if node in taken:
                access = joined.access_microseconds[[row, column]].sum() * (row != column)
                seconds[row, column] = (taken[node] + access) / 1e6
    return seconds


@pytest.mark.skipif(not DATA.is_dir(), reason="needs the extracts in ../shared")
@pytest.mark.parametrize("vehicle", TABLE.vehicles)
@pytest.mark.parametrize("name", ["almaty_2012.osm.pbf", "north_bayreuth_2014.osm.gz"])
def test_on_real_extracts_times_are_those_of_networkx_on_the_same_weights(
    monkeypatch: pytest.MonkeyPatch, name: str, vehicle: str
) -> None:
    graph, places = real(name)
    snaps = snap(graph, vehicle, places)
    expected = by_networkx(graph, vehicle, snaps)
    plain = travel_times(graph, vehicle, snaps)
    monkeypatch.setattr(travel, "_WORTH_CONTRACTING", 0)
    times = travel_times(graph, vehicle, snaps)
    assert times == plain
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
