"""Graphs of osmnx: ours serve its own functions, and it serves us with its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import osmnx
import pytest

from routeplan.errors import InputError, RoadError
from routeplan.roads import build_graph, from_networkx, read_speeds, snap, travel_times
from tests.helpers.roads import AQ, BULAQ, VILLAGES, at, place, toy

if TYPE_CHECKING:
    from pathlib import Path

    from routeplan.roads import RoadGraph


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> RoadGraph:
    return toy().graph(tmp_path_factory.mktemp("toy"))


def test_osmnx_finds_nodes_and_paths_on_our_graph(graph: RoadGraph) -> None:
    roads = graph.to_networkx("car")
    ends = [at(0, 0), at(5000, 3000)]
    start, end = osmnx.nearest_nodes(roads, [lon for _, lon in ends], [lat for lat, _ in ends])
    route = osmnx.shortest_path(roads, start, end, weight="travel_time")
    assert route is not None
    seconds = sum(osmnx.routing.route_to_gdf(roads, route)["travel_time"])
    corners = [place("a", 0, 0), place("b", 5000, 3000)]
    times = travel_times(graph, "car", snap(graph, "car", corners))
    assert times.seconds[0, 1] - 1 < seconds <= times.seconds[0, 1] + 0.02


def test_osmnx_measures_our_graph(graph: RoadGraph) -> None:
    stats = osmnx.basic_stats(graph.to_networkx("four_wheel_drive"))
    assert stats["street_length_total"] == pytest.approx(graph.segment_metres.sum(), abs=0.1)
    assert stats["streets_per_node_counts"][1] > 0
    assert stats["street_segment_count"] == graph.edge_count


def test_osmnx_saves_our_graph_and_draws_tables_of_it(graph: RoadGraph, tmp_path: Path) -> None:
    roads = graph.to_networkx("car")
    osmnx.save_graphml(roads, tmp_path / "ours.graphml")
    again = osmnx.load_graphml(tmp_path / "ours.graphml")
    assert sorted(again.edges) == sorted(roads.edges)
    _, edges = osmnx.graph_to_gdfs(roads)
    assert {"osmid", "highway", "name", "travel_time", "speed_kph", "length"} <= set(edges.columns)
    assert edges.crs == "epsg:4326"
    assert set(edges["highway"].explode().dropna()) >= {"primary", "tertiary"}


def test_edges_are_those_that_the_vehicle_may_drive_with_its_own_times(graph: RoadGraph) -> None:
    car, four = (graph.to_networkx(vehicle) for vehicle in ("car", "four_wheel_drive"))
    assert car.size() < four.size()
    costs = graph.edge_costs("car")
    assert car.size() == costs.open.sum()
    taken = sorted(data["travel_time"] for _, _, data in car.edges(data=True))
    assert taken == pytest.approx(sorted(costs.microseconds[costs.open] / 1e6))


def test_our_graph_read_back_has_the_same_roads_and_times(graph: RoadGraph) -> None:
    back = build_graph(from_networkx(graph.to_networkx("four_wheel_drive")), read_speeds())
    # Barriers and track types are no tags of an edge: those roads get their speed without them.
    pair = [AQ, BULAQ]
    times, found = (travel_times(one, "car", snap(one, "car", pair)) for one in (graph, back))
    assert np.abs(times.seconds - found.seconds).max() <= 1
    open_metres = back.segment_metres.sum()
    assert open_metres == pytest.approx(graph.segment_metres.sum(), abs=1)
    assert len(snap(back, "car", VILLAGES)) == len(VILLAGES)


def test_an_osmnx_graph_in_memory_is_read_as_its_file_is() -> None:
    roads: nx.MultiDiGraph[int] = nx.MultiDiGraph(crs="epsg:4326")
    for number, (lat, lon) in enumerate((at(0, 0), at(4000, 0))):
        roads.add_node(number, x=lon, y=lat, street_count=1)
    for start, end in ((0, 1), (1, 0)):
        roads.add_edge(start, end, osmid=7, highway="primary", oneway=False, length=4000.0)
    (tags,) = from_networkx(roads).way_tags
    assert tags == {"highway": "primary", "oneway": "no"}


def test_projected_and_empty_graphs_are_refused() -> None:
    with pytest.raises(RoadError, match="before projecting"):
        from_networkx(nx.MultiDiGraph(crs="epsg:32643"))
    with pytest.raises(RoadError, match="the graph holds no roads"):
        from_networkx(nx.MultiDiGraph(crs="epsg:4326"))


def test_an_unknown_vehicle_has_no_graph(graph: RoadGraph) -> None:
    with pytest.raises(InputError, match="did you mean 'car'"):
        graph.to_networkx("cra")
