"""Graphs of osmnx: ours serve its own functions, and it serves us with its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import osmnx
import pytest

from routeplan.errors import InputError, RoadError
from routeplan.model.problem import Place
from routeplan.roads import (
    Conditions,
    DayState,
    build_graph,
    from_networkx,
    read_roads,
    read_speeds,
    snap,
    travel_times,
)
from tests.helpers.paths import BAYREUTH, DEMO
from tests.helpers.roads import AQ, BULAQ, VILLAGES, District, at, place, toy

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
    pair = [AQ, BULAQ]
    times, found = (travel_times(one, "car", snap(one, "car", pair)) for one in (graph, back))
    np.testing.assert_array_equal(times.seconds, found.seconds)
    open_metres = back.segment_metres.sum()
    assert open_metres == pytest.approx(graph.segment_metres.sum(), abs=1)
    assert len(snap(back, "car", VILLAGES)) == len(VILLAGES)


def crossing() -> District:
    """Draw a village at a river, a ferry that carries cars over it, and a ford in a track."""
    district = District()
    for number, east in enumerate((0, 300, 900, 4000, 4600, 9000), start=1):
        district.node(number, east, 0)
    district.way([1, 2, 3], highway="primary", name="Dala joly")
    district.way([3, 4], route="ferry", motor_vehicle="yes", duration="00:20")
    district.way([4, 5], highway="unclassified", maxspeed__forward="20", maxspeed__backward="40")
    district.way([6, 5], highway="track", tracktype="grade3", smoothness="bad")
    district.node(7, 6000, 2000, ford="yes")
    district.way([5, 7, 6], highway="unclassified", surface="gravel")
    district.node(8, 9000, 2000, barrier="gate")
    district.node(9, 9000, 4000)
    district.way([6, 8, 9], highway="residential")
    district.node(101, 100, 50, place="village", name="Ақ")
    return district


@pytest.mark.parametrize("season", [None, "winter"])
@pytest.mark.parametrize("vehicle", ["car", "four_wheel_drive"])
def test_settlements_ferries_fords_and_limits_come_back_from_a_file_of_osmnx(
    tmp_path: Path, vehicle: str, season: str | None
) -> None:
    extract, speeds = read_roads(crossing().write(tmp_path / "d.osm")), read_speeds()
    conditions = Conditions((DayState(season=season or ""),))
    osmnx.save_graphml(build_graph(extract, speeds).to_networkx(vehicle), tmp_path / "d.graphml")
    places = [place(f"p{n}", 1000 * n, 0) for n in range(10)]
    graphs = (
        build_graph(one, speeds, conditions)
        for one in (extract, read_roads(tmp_path / "d.graphml"))
    )
    ours, back = (travel_times(one, vehicle, snap(one, vehicle, places)) for one in graphs)
    assert ours.reachable[0, 9] == (season is None)
    np.testing.assert_array_equal(ours.reachable, back.reachable)
    np.testing.assert_array_equal(ours.seconds, back.seconds)
    np.testing.assert_array_equal(ours.metres, back.metres)


@pytest.mark.parametrize("path", [DEMO / "steppe.osm.pbf", BAYREUTH], ids=["demo", "bayreuth"])
def test_times_of_an_extract_are_the_same_after_osmnx_saved_it(path: Path, tmp_path: Path) -> None:
    graph = build_graph(read_roads(path), read_speeds())
    osmnx.save_graphml(graph.to_networkx("car"), tmp_path / "saved.graphml")
    back = build_graph(read_roads(tmp_path / "saved.graphml"), read_speeds())
    places = [
        Place(f"p{n}", "", *graph.points[at].tolist())
        for n, at in enumerate(np.random.default_rng(4).integers(len(graph.points), size=15))
    ]
    ours, read = (travel_times(one, "car", snap(one, "car", places)) for one in (graph, back))
    assert ours.reachable.sum() >= 200
    np.testing.assert_array_equal(ours.reachable, read.reachable)
    np.testing.assert_array_equal(ours.seconds, read.seconds)


def test_sections_that_are_not_those_of_a_changed_geometry_are_refused(graph: RoadGraph) -> None:
    roads = graph.to_networkx("car")
    *_, data = next(iter(roads.edges(data=True)))
    data["geometry"] = data["geometry"].segmentize(1e-4)
    with pytest.raises(RoadError, match=r"sections of way \d+ are not those of its geometry"):
        from_networkx(roads)


@pytest.mark.parametrize("odd", ["[]]", None, [7], [{"segments": "x"}], [{"segments": 1}]])
def test_sections_that_cannot_be_read_are_refused(graph: RoadGraph, odd: object) -> None:
    roads = graph.to_networkx("car")
    for *_, data in roads.edges(data=True):
        data["sections"] = odd
    with pytest.raises(RoadError, match=r"sections of way \d+ cannot be read"):
        from_networkx(roads, source="mine")


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
