"""Reading roads from files of every profile, and refusing the bad ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import osmnx
import pytest

from routeplan.errors import InputError, RoadError
from routeplan.roads import build_graph, read_roads, read_speeds, report, snap, travel_times
from tests.helpers.roads import VILLAGES, District, toy

if TYPE_CHECKING:
    from pathlib import Path

    from routeplan.model.problem import TravelTimes
    from routeplan.roads import RoadGraph

TAGS = ("surface", "tracktype", "smoothness", "oneway", "junction", "ford", "barrier", "highway")


def times(graph: RoadGraph, vehicle: str) -> TravelTimes:
    return travel_times(graph, vehicle, snap(graph, vehicle, VILLAGES))


@pytest.mark.parametrize("name", ["d.osm.pbf", "d.pbf", "d.osm.gz", "d.osm.bz2"])
def test_every_osm_format_gives_the_same_roads(tmp_path: Path, name: str) -> None:
    plain = read_roads(toy().write(tmp_path / "d.osm"))
    other = read_roads(toy().write(tmp_path / name))
    assert other.way_tags == plain.way_tags
    assert other.places == plain.places
    assert other.node_tags == plain.node_tags
    assert other.cut_ways == plain.cut_ways == 1
    for field in ("way_ids", "offsets", "node_ids", "points"):
        np.testing.assert_array_equal(getattr(other, field), getattr(plain, field))


def saved_by_osmnx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, simplify: bool) -> Path:
    # osmnx refuses ways that name unknown nodes, and keeps footpaths in a graph from a file.
    district = toy()
    district.ways = [
        (number, [node for node in nodes if node in district.nodes], tags)
        for number, nodes, tags in district.ways
        if tags["highway"] != "footway"
    ]
    monkeypatch.setattr(osmnx.settings, "useful_tags_way", [*TAGS, "name", "ref", "maxspeed"])
    monkeypatch.setattr(osmnx.settings, "useful_tags_node", list(TAGS))
    path = district.write(tmp_path / "whole.osm")
    graph = osmnx.graph_from_xml(path, simplify=False, retain_all=True)
    if simplify:
        graph = osmnx.simplify_graph(
            graph, node_attrs_include=["barrier", "ford"], edge_attrs_differ=["osmid"]
        )
    saved = tmp_path / "saved.graphml"
    osmnx.save_graphml(graph, saved)
    return saved


@pytest.mark.parametrize("simplify", [False, True])
def test_a_graph_saved_by_osmnx_gives_the_same_travel_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, simplify: bool
) -> None:
    saved = saved_by_osmnx(tmp_path, monkeypatch, simplify=simplify)
    monkeypatch.undo()
    graph = build_graph(read_roads(saved), read_speeds())
    own = toy().graph(tmp_path)
    for vehicle in graph.vehicles:
        found, expected = times(graph, vehicle), times(own, vehicle)
        np.testing.assert_array_equal(found.reachable, expected.reachable)
        assert found.metres is not None
        assert expected.metres is not None
        # The roundabout's two halves are equal: either may be taken.
        assert np.abs(found.seconds - expected.seconds).max() <= 1
        assert np.abs(found.metres - expected.metres).max() <= 1


def test_opposite_edges_of_osmnx_become_one_way_of_two_directions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extract = read_roads(saved_by_osmnx(tmp_path, monkeypatch, simplify=False))
    oneway = [tags["oneway"] for tags in extract.way_tags]
    # Two-way segments: 5 + 2 + 2 + 1 + 1 + 2 + 1 + 2 + 1; one-way: 3 + the roundabout's 4 + 2.
    assert oneway.count("no") == 17
    assert len(oneway) - oneway.count("no") == 9


def test_of_values_that_osmnx_merged_the_slowest_decides(tmp_path: Path) -> None:
    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph(crs="epsg:4326")
    for number, lat in enumerate((43.0, 43.1)):
        graph.add_node(number, x=77.0, y=lat, street_count=1)
    for start, end in ((0, 1), (1, 0)):
        graph.add_edge(
            start, end, osmid=[7, 8], highway=["primary", "track"], oneway=False, length=11120.0
        )
    path = tmp_path / "merged.graphml"
    osmnx.save_graphml(graph, path)
    built = build_graph(read_roads(path), read_speeds())
    assert [profile.road_class for profile in built.profiles] == ["track"]
    assert built.edge_costs("car").open.tolist() == [[True], [True]]


def test_a_cut_way_keeps_each_run_of_known_nodes(tmp_path: Path) -> None:
    district = District()
    for number in range(1, 7):
        district.node(number, 100 * number, 0)
    district.way([1, 2, 91, 3, 92, 4, 5, 6, 93], highway="track")
    district.way([94, 95], highway="track")
    extract = read_roads(district.write(tmp_path / "cut.osm"))
    runs = np.split(extract.node_ids, extract.offsets[1:-1])
    assert [run.tolist() for run in runs] == [[1, 2], [4, 5, 6]]
    assert extract.way_ids.tolist() == [1, 1]
    assert extract.cut_ways == 2


def test_settlements_come_with_all_their_names(tmp_path: Path) -> None:
    first, second = read_roads(toy().write(tmp_path / "d.osm")).places
    assert (first.id, first.kind, first.name, first.population) == ("n101", "hamlet", "Ақ", 1240)
    assert first.names == {"name": "Ақ", "name:ru": "Ак"}
    assert (second.name, second.population) == ("", None)
    assert (first.lat, first.lon) == pytest.approx((43.00045, 77.00123), abs=1e-5)


def test_the_report_counts_what_was_read(tmp_path: Path) -> None:
    extract = read_roads(toy().write(tmp_path / "d.osm"))
    graph = build_graph(extract, read_speeds())
    found = report(extract, graph)
    assert (found.ways, found.cut_ways, found.places) == (14, 1, 2)
    expected = {
        "primary": 10.0 + 0.283 + 1.9,
        "track": 6.0,
        "tertiary": 5.0,
        "residential": 5.0,
        "unclassified": 2.5,
        "service": 2.0,
    }
    lengths = list(found.km_by_class.values())
    assert lengths == sorted(lengths, reverse=True)
    assert found.km_by_class == pytest.approx(expected, abs=0.05)
    assert found.km == pytest.approx(sum(found.km_by_class.values()))
    assert found.km == pytest.approx(sum(found.km_by_surface.values()))
    assert found.km_by_surface["gravel"] == pytest.approx(2.5, abs=0.01)
    assert found.assumed_surface_km == pytest.approx(found.km - 2.5 - 3.0, abs=0.01)
    assert (found.seasonal_km, found.conditional_km) == pytest.approx((3.0, 2.0), abs=0.01)
    assert (found.ignored_values, found.unread_limits) == ({"maxspeed=quick": 1}, 1)
    car, four, _ = found.vehicles
    # The island is a component; the one-way trap is in none, since nothing leads back on it.
    assert (car.parts, four.parts) == (2, 2)
    assert four.km - car.km == pytest.approx(3.0, abs=0.01)
    assert car.main_km == pytest.approx(car.km - 1.0 - 2.0, abs=0.01)


# A PBF has no mark at its end: cut between two of its blocks, as at 0.5, it reads as a shorter one.
@pytest.mark.parametrize("share", [0.2, 0.6, 0.9, 0.99])
@pytest.mark.parametrize("name", ["d.osm", "d.osm.pbf", "d.osm.gz", "d.osm.bz2", "d.graphml"])
def test_a_file_cut_off_is_a_road_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, share: float
) -> None:
    if name.endswith("graphml"):
        whole = saved_by_osmnx(tmp_path, monkeypatch, simplify=False)
    else:
        whole = toy().write(tmp_path / name)
    part = tmp_path / f"part.{name}"
    part.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * share)])
    with pytest.raises(RoadError, match="cut off"):
        read_roads(part)


@pytest.mark.parametrize("suffix", ["osm", "osm.pbf", "osm.gz", "osm.bz2", "graphml"])
def test_empty_missing_and_foreign_files_are_road_errors(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"bad.{suffix}"
    with pytest.raises(RoadError, match="does not exist"):
        read_roads(path)
    path.write_bytes(b"")
    with pytest.raises(RoadError, match=r"is empty|no element found"):
        read_roads(path)
    path.write_bytes(b"<html><body>404 not found</body></html>")
    with pytest.raises(RoadError, match="something else"):
        read_roads(path)


def test_a_folder_is_a_road_error(tmp_path: Path) -> None:
    (tmp_path / "folder.osm").mkdir()
    with pytest.raises(RoadError, match="is a folder"):
        read_roads(tmp_path / "folder.osm")


def test_a_file_of_another_format_is_an_input_error_that_names_the_known_ones(
    tmp_path: Path,
) -> None:
    with pytest.raises(InputError, match=r"roads.shp.*known are .osm.pbf"):
        read_roads(tmp_path / "roads.shp")


def test_a_file_without_roads_is_a_road_error(tmp_path: Path) -> None:
    district = toy()
    district.ways = []
    with pytest.raises(RoadError, match="holds no roads"):
        read_roads(district.write(tmp_path / "d.osm"))


def test_roads_without_positions_are_a_road_error(tmp_path: Path) -> None:
    district = toy()
    district.nodes = {}
    with pytest.raises(RoadError, match="positions for none of them"):
        read_roads(district.write(tmp_path / "d.osm"))


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({"highway": "footway"}, "none of the 1 roads"),
        ({"highway": "track", "access": "private"}, "none of the 1 roads"),
    ],
)
def test_roads_that_nobody_drives_are_a_road_error(
    tmp_path: Path, tags: dict[str, str], words: str
) -> None:
    district = District()
    district.node(1, 0, 0)
    district.node(2, 100, 0)
    district.way([1, 2], **tags)
    with pytest.raises(RoadError, match=words):
        district.graph(tmp_path)


def test_a_projected_graph_of_osmnx_is_refused(tmp_path: Path) -> None:
    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph(crs="epsg:32643")
    graph.add_node(0, x=1.0, y=1.0)
    path = tmp_path / "projected.graphml"
    osmnx.save_graphml(graph, path)
    with pytest.raises(RoadError, match="before projecting"):
        read_roads(path)
