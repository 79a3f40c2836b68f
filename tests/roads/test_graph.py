"""The road graph: contraction, barriers, the base map; against plain graphs without any of it."""

from __future__ import annotations

import math
import tempfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from routeplan.errors import RoadError
from routeplan.roads import (
    SnapFailure,
    build_graph,
    read_roads,
    read_speeds,
    snap,
    trace_legs,
    travel_times,
)
from routeplan.roads.graph import find_components
from routeplan.roads.obstacles import node_profile
from tests.helpers.roads import EARTH_RADIUS_METRES, District, open_profile, place, toy

if TYPE_CHECKING:
    from routeplan.model.problem import Place
    from routeplan.roads import RoadGraph

TABLE = read_speeds()
TAGS: list[dict[str, str]] = [
    {"highway": "primary"},
    {"highway": "primary", "oneway": "yes"},
    {"highway": "tertiary", "oneway": "-1"},
    {"highway": "tertiary", "maxspeed:forward": "40"},
    {"highway": "residential", "surface": "gravel"},
    {"highway": "track", "tracktype": "grade5"},
    {"highway": "track", "ford": "yes"},
]
NODE_TAGS: list[dict[str, str]] = [{}, {}, {}, {"barrier": "gate"}, {"ford": "yes"}]


def position(number: int) -> tuple[float, float]:
    """Return a point on a parabola: no road between two of them passes through a third."""
    return 700.0 * number, 110.0 * number * number


def districts(tags: list[dict[str, str]]) -> st.SearchStrategy[District]:
    @st.composite
    def draw_district(draw: st.DrawFn) -> District:
        district = District()
        count = draw(st.integers(3, 9))
        for number in range(count):
            at_node = draw(st.sampled_from(NODE_TAGS))
            district.node(number + 1, *position(number), **at_node)
        for _ in range(draw(st.integers(1, 7))):
            way = draw(st.lists(st.integers(1, count), min_size=2, max_size=6))
            district.way(way, **draw(st.sampled_from(tags)))
        return district

    return draw_district()


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    lat, lon, other_lat, other_lon = map(math.radians, (*one, *other))
    half = math.sin((other_lat - lat) / 2) ** 2
    half += math.cos(lat) * math.cos(other_lat) * math.sin((other_lon - lon) / 2) ** 2
    return 2 * EARTH_RADIUS_METRES * math.asin(math.sqrt(half))


def plain_graph(district: District, vehicle: int) -> nx.DiGraph[tuple[int, str]]:
    """Join every two neighbouring nodes of every way, and the two sides of every node.

    A road leaves from a node's far side and arrives at its near side; what a barrier costs lies
    between the two. Where not exactly two roads touch, or two that the vehicle passes, barriers do
    not count, but fords do.
    """
    graph: nx.DiGraph[tuple[int, str]] = nx.DiGraph()
    touching = dict.fromkeys(district.nodes, 0)
    passing = dict.fromkeys(district.nodes, 0)
    for _, nodes, tags in district.ways:
        profile = open_profile(tags, TABLE)
        if profile is None:
            continue
        for start, end in pairwise(nodes):
            if start == end:
                continue
            length = metres(district.nodes[start][0], district.nodes[end][0])
            for pair, speed in zip(
                ((start, end), (end, start)), profile.speeds[vehicle], strict=True
            ):
                touching[pair[0]] += 1
                passing[pair[0]] += any(one.passes for one in profile.speeds[vehicle])
                if speed.passes:
                    _keep_faster(graph, pair, length * 3.6 / speed.kmh)
    for number, (_, tags) in district.nodes.items():
        counts = touching[number] == 2 or (touching[number] > 2 and "ford" in tags)
        counts |= passing[number] == 2
        barrier = node_profile(tags, TABLE) if counts else None
        if barrier is None:
            graph.add_edge((number, "near"), (number, "far"), seconds=0.0)
        elif barrier.speeds[vehicle][0].passes:
            seconds = barrier.speeds[vehicle][0].seconds
            graph.add_edge((number, "near"), (number, "far"), seconds=seconds)
    return graph


def _keep_faster(graph: nx.DiGraph[Any], pair: tuple[int, int], seconds: float) -> None:
    edge = ((pair[0], "far"), (pair[1], "near"))
    if not graph.has_edge(*edge) or graph.edges[edge]["seconds"] > seconds:
        graph.add_edge(*edge, seconds=seconds)


def places_at_nodes(district: District) -> list[tuple[int, Place]]:
    """Return a place at each node that has no barrier of its own."""
    return [
        (number, place(f"p{number}", *position(number - 1)))
        for number, (_, tags) in district.nodes.items()
        if not tags
    ]


def built(district: District) -> RoadGraph:
    """Build the graph; a district without a road to drive is no example of anything."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            extract = read_roads(district.write(Path(folder) / "district.osm"))
            # Streets that are dense are no matter of the graph.
            return build_graph(extract, replace(TABLE, settlement=None))
        except RoadError:
            assume(condition=False)
            raise


@settings(max_examples=120, deadline=None)
@given(districts(TAGS), st.sampled_from([0, 1]))
def test_contraction_keeps_every_travel_time(district: District, vehicle: int) -> None:
    graph = built(district)
    plain = plain_graph(district, vehicle)
    named = places_at_nodes(district)
    name = TABLE.vehicles[vehicle]
    snaps = snap(graph, name, [one for _, one in named], 1.0)
    times = travel_times(graph, name, snaps)
    for row, (start, _) in enumerate(named):
        if not snaps[row].found:
            continue
        reached = nx.single_source_dijkstra_path_length(plain, (start, "far"), weight="seconds")
        for column, (end, _) in enumerate(named):
            if snaps[column].found and row != column:
                expected = reached[end, "near"]
                assert expected - 1e-4 <= times.seconds[row, column] < expected + 1 + 1e-4


@settings(max_examples=60, deadline=None)
@given(districts(TAGS[:5]), st.lists(st.tuples(st.integers(0, 6000), st.integers(-900, 9000)),
                                     min_size=3, max_size=6))  # fmt: skip
def test_no_detour_is_shorter_and_every_leg_has_its_matrix_figures(
    district: District, points: list[tuple[int, int]]
) -> None:
    graph = built(district)
    places = [place(f"p{n}", east, north) for n, (east, north) in enumerate(points)]
    snaps = snap(graph, "car", places, 20_000.0)
    times = travel_times(graph, "car", snaps)
    assert times.metres is not None
    through = times.reachable[:, :, None] & times.reachable[None, :, :]
    detour = times.seconds[:, :, None] + times.seconds[None, :, :]
    direct = np.broadcast_to(times.seconds[:, None, :], detour.shape)
    assert (direct <= detour)[through].all()
    pairs = [(start, end) for start, end in np.argwhere(times.reachable).tolist()]
    for pair, leg in zip(pairs, trace_legs(graph, "car", snaps, pairs), strict=True):
        assert (leg.seconds, leg.metres) == (times.seconds[pair], times.metres[pair])
        drawn = sum(metres(tuple(a), tuple(b)) for a, b in pairwise(leg.points.tolist()))
        assert drawn == pytest.approx(leg.metres, rel=2e-4, abs=2)


@settings(max_examples=60, deadline=None)
@given(districts([tags for tags in TAGS if "oneway" not in tags and "40" not in tags.values()]))
def test_without_one_way_roads_there_and_back_take_the_same(district: District) -> None:
    graph = built(district)
    places = [one for _, one in places_at_nodes(district)]
    times = travel_times(graph, "four_wheel_drive", snap(graph, "four_wheel_drive", places))
    np.testing.assert_array_equal(times.seconds, times.seconds.T)
    np.testing.assert_array_equal(times.reachable, times.reachable.T)


@settings(max_examples=60, deadline=None)
@given(districts(TAGS))
def test_simplification_leaves_only_junctions_and_dead_ends(
    district: District,
) -> None:
    for number, (at, _) in district.nodes.items():
        district.nodes[number] = (at, {})
    district.ways = [(n, nodes, TAGS[0]) for n, nodes, _ in district.ways]
    graph = built(district)
    degree = np.bincount(graph.edge_nodes.ravel(), minlength=graph.node_count)
    rings = graph.edge_nodes[graph.edge_nodes[:, 0] == graph.edge_nodes[:, 1], 0]
    assert set(np.flatnonzero(degree == 2)) <= set(rings)
    segments = sum(a != b for _, nodes, _ in district.ways for a, b in pairwise(nodes))
    assert (graph.segment_profile >= 0).sum() == segments


def straight(tmp_path: Path, *tags: dict[str, str], **at_middle: str) -> RoadGraph:
    """Build one road of two ways that meet in a node with tags of its own."""
    district = District()
    for number, east in enumerate((0, 1000, 2000), start=1):
        district.node(number, east, 0, **(at_middle if number == 2 else {}))
    for nodes, way in zip(((1, 2), (3, 2)), tags, strict=True):
        district.way(nodes, **way)
    return district.graph(tmp_path)


def test_two_ways_end_to_end_are_one_edge_with_both_profiles(tmp_path: Path) -> None:
    graph = straight(tmp_path, {"highway": "primary"}, {"highway": "tertiary"})
    assert graph.edge_count == 1
    assert graph.segment_flipped[graph.segment_profile >= 0].tolist() in (
        [False, True],
        [True, False],
    )
    assert [line.road_class for line in graph.lines()] in (
        ["primary", "tertiary"],
        ["tertiary", "primary"],
    )


def test_an_edge_ends_where_a_vehicle_cannot_pass(tmp_path: Path) -> None:
    graph = straight(tmp_path, {"highway": "track"}, {"highway": "track", "tracktype": "grade5"})
    assert graph.edge_count == 2
    components = find_components(graph, "car")
    assert {components.failure(edge) for edge in range(2)} == {None, SnapFailure.CLOSED}


@pytest.mark.parametrize(
    "ways",
    [
        [(1, 2, 3)],
        [(3, 2, 1)],
        [(1, 2), (2, 3)],
        [(1, 2), (3, 2)],
        [(2, 1), (2, 3)],
        [(2, 1), (3, 2)],
    ],
)
def test_a_gate_costs_once_however_the_ways_meet_at_it(
    tmp_path: Path, ways: list[tuple[int, ...]]
) -> None:
    district = District()
    for number, east in enumerate((0, 1000, 2000), start=1):
        district.node(number, east, 0, **({"barrier": "gate"} if number == 2 else {}))
    for nodes in ways:
        district.way(nodes, highway="primary")
    graph = district.graph(tmp_path)
    ends = [place("west", 0, 0), place("east", 2000, 0)]
    times = travel_times(graph, "car", snap(graph, "car", ends))
    assert abs(int(times.seconds[0, 1]) - (90 + 30)) <= 1
    assert graph.edge_count == 1


def test_a_closed_barrier_leaves_both_banks_open(tmp_path: Path) -> None:
    road = {"highway": "primary"}
    graph = straight(tmp_path, road, road, barrier="bollard")
    # Both banks, and the barrier between them.
    assert graph.edge_costs("car").open.sum(axis=1).tolist() == [2, 2]
    components = find_components(graph, "car")
    assert graph.edge_count == 3
    assert {components.failure(edge) for edge in range(3)} == {
        *(None, SnapFailure.ISLAND, SnapFailure.CLOSED)
    }


def test_a_ford_separates_the_components_of_one_vehicle_only(tmp_path: Path) -> None:
    road = {"highway": "primary"}
    graph = straight(tmp_path, road, road, ford="yes")
    assert len(find_components(graph, "car").metres) == 2
    assert len(find_components(graph, "four_wheel_drive").metres) == 1


def test_a_barrier_at_a_junction_is_ignored_and_counted(tmp_path: Path) -> None:
    district = District()
    for number, (east, north) in enumerate([(0, 0), (1000, 0), (2000, 0), (1000, 500)], start=1):
        district.node(number, east, north, **({"barrier": "bollard"} if number == 2 else {}))
    district.way([1, 2, 3], highway="primary")
    district.way([2, 4], highway="service")
    graph = district.graph(tmp_path)
    assert graph.ignored_barriers == 1
    assert len(find_components(graph, "car").metres) == 1


def test_a_road_closed_by_barriers_only_has_no_open_profile(tmp_path: Path) -> None:
    district = District()
    for number in range(1, 5):
        district.node(number, 100 * number, 0, **({"barrier": "block"} if number > 1 else {}))
    district.way([1, 2, 3, 4], highway="track")
    graph = district.graph(tmp_path)
    # Three roads; the barrier at the end of the last one stops nobody.
    assert graph.edge_costs("car").open.sum(axis=1).tolist() == [3, 3]
    assert graph.segment_metres.sum() == pytest.approx(300, abs=0.1)


def test_the_base_map_draws_every_road_once(tmp_path: Path) -> None:
    graph = toy().graph(tmp_path)
    lines = list(graph.lines())
    drawn = sum(metres(tuple(a), tuple(b)) for line in lines for a, b in pairwise(line.points))
    assert drawn == pytest.approx(graph.segment_metres.sum())
    assert {(line.road_class, line.paved) for line in lines} == {
        ("primary", True),
        ("tertiary", True),
        ("residential", False),
        ("unclassified", False),
        ("service", False),
        ("track", False),
    }
    assert all(len(line.points) > 1 for line in lines)
    south, west, north, east = graph.bounds
    assert (south, west) < (42.992, 76.976)
    assert (north, east) > (43.053, 77.258)
