"""Cutting a district out of a larger file, and losing no road at its edge."""

from __future__ import annotations

import json
import math
import time
from typing import TYPE_CHECKING

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from routeplan.errors import InputError, RoadError
from routeplan.model.problem import Place
from routeplan.roads import (
    Extract,
    Region,
    bounding_box,
    buffer_around,
    build_graph,
    osm,
    read_area,
    read_roads,
    read_speeds,
    snap,
    travel_times,
)
from routeplan.roads.extract import haversine_metres
from tests.helpers import paths
from tests.helpers.roads import AQ, BULAQ, District, at, toy

if TYPE_CHECKING:
    from pathlib import Path

SHARED = paths.SHARED / "data"
DISTRICTS = SHARED / "villages" / "kaz_admbnda_adm2_2024.shp"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="needs the districts in ../shared")


def corners(east: float, north: float, wide: float, high: float) -> shapely.Polygon:
    (south, west), (top, right) = at(east, north), at(east + wide, north + high)
    return shapely.box(west, south, right, top)


@pytest.fixture
def layer() -> geopandas.GeoDataFrame:
    """Three districts in a row, the first two of one region, and one apart with a name again."""
    shapes = [corners(-100 + 5000 * n, -100, 5000, 8000) for n in (0, 1, 2, 9)]
    values = {
        "code": ["K1", "K2", "K3", "K9"],
        "region": ["West", "West", "East", "East"],
        "name": ["Ақ ауданы", "Қара", "Жамбыл", "Жамбыл"],
    }
    return geopandas.GeoDataFrame(values, geometry=shapes, crs="EPSG:4326")


@pytest.mark.parametrize("name", ["area.geojson", "area.gpkg", "area.shp"])
def test_an_area_is_read_from_every_format_of_polygons(
    tmp_path: Path, layer: geopandas.GeoDataFrame, name: str
) -> None:
    layer.to_file(tmp_path / name, encoding="utf-8")
    whole = read_area(tmp_path / name)
    one = read_area(tmp_path / name, ["ақ  АУДАНЫ"])
    points = np.array([at(100, 100), at(6000, 100), at(46_000, 100), at(30_000, 100)])
    assert whole.inside(points).tolist() == [True, True, True, False]
    assert one.inside(points).tolist() == [True, False, False, False]


def test_an_area_on_another_grid_is_turned_into_degrees(
    tmp_path: Path, layer: geopandas.GeoDataFrame
) -> None:
    layer.to_crs("EPSG:32643").to_file(tmp_path / "utm.gpkg")
    found = read_area(tmp_path / "utm.gpkg", ["K1"]).inside(np.array([at(100, 100), at(6000, 0)]))
    assert found.tolist() == [True, False]


def test_names_that_are_unknown_or_of_several_places_are_refused_together(
    tmp_path: Path, layer: geopandas.GeoDataFrame
) -> None:
    path = tmp_path / "area.geojson"
    layer.to_file(path)
    with pytest.raises(InputError) as refused:
        read_area(path, ["Қарa", "Жамбыл", "K3"])
    one, other = map(str, refused.value.faults)
    assert one == ("area.geojson: no polygon has the name or code 'Қарa'; did you mean 'Қара'?")
    assert "2 polygons have the name or code 'Жамбыл'" in other
    assert "K3, East, Жамбыл | K9, East, Жамбыл" in other


def test_a_name_that_neighbours_share_takes_all_of_them(
    tmp_path: Path, layer: geopandas.GeoDataFrame
) -> None:
    layer.to_file(tmp_path / "area.geojson")
    region = read_area(tmp_path / "area.geojson", ["West"])
    points = np.array([at(100, 100), at(6000, 100), at(11_000, 100)])
    assert region.inside(points).tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nothing at all", "cannot be read as a layer"),
        ('{"type": "FeatureCollection", "features": []}', "holds no polygons"),
        ('{"type": "Point", "coordinates": [77, 43]}', "holds no polygons"),
    ],
)
def test_what_is_no_area_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "area.geojson"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        read_area(path)


def test_an_area_that_is_in_metres_and_does_not_say_so_is_refused(
    tmp_path: Path, layer: geopandas.GeoDataFrame
) -> None:
    path = tmp_path / "area.shp"
    layer.to_crs("EPSG:32643").to_file(path)
    path.with_suffix(".prj").unlink()
    with pytest.raises(InputError, match="is not in degrees"):
        read_area(path)


latitudes = st.floats(-70, 70)


@given(
    lat=latitudes,
    lon=st.floats(-170, 170),
    metres=st.floats(1, 300_000),
    turn=st.floats(0, 2 * math.pi),
    share=st.floats(0, 1),
)
def test_no_point_within_the_distance_is_lost(
    lat: float, lon: float, metres: float, turn: float, share: float
) -> None:
    # A point that far away on the sphere.
    angle = metres * share / 6_371_009
    high = math.asin(
        math.sin(math.radians(lat)) * math.cos(angle)
        + math.cos(math.radians(lat)) * math.sin(angle) * math.cos(turn)
    )
    aside = math.atan2(
        math.sin(turn) * math.sin(angle) * math.cos(math.radians(lat)),
        math.cos(angle) - math.sin(math.radians(lat)) * math.sin(high),
    )
    point = np.array([[math.degrees(high), lon + math.degrees(aside)]])
    assert haversine_metres(point, np.array([[lat, lon]]))[0] <= metres * 1.0001
    assert buffer_around([(lat, lon)], metres).inside(point).all()
    small = bounding_box(
        south=lat - 1e-9, west=lon - 1e-9, north=lat, east=lon, margin_metres=metres
    )
    assert small.near(point).all()


def test_far_beyond_the_distance_nothing_is_kept() -> None:
    region = buffer_around([at(0, 0)], 10_000, margin_metres=5000)
    points = np.array([at(9_900, 0), at(10_600, 0), at(14_900, 0), at(15_600, 0)])
    assert region.inside(points).tolist() == [True, False, False, False]
    assert region.near(points).tolist() == [True, True, True, False]


def test_roads_of_the_margin_are_kept_whole_and_settlements_of_the_area_alone(
    tmp_path: Path,
) -> None:
    district = District()
    for number, east in enumerate((0, 3000, 6000, 9000, 12_000, 15_000), start=1):
        district.node(number, east, 0)
    district.way([1, 2], highway="primary")
    district.way([2, 3, 4], highway="primary")
    district.way([4, 5], highway="primary")
    district.way([5, 6], highway="primary")
    district.node(11, 100, 0, place="village", name="in")
    district.node(12, 4000, 0, place="village", name="beyond")
    district.node(13, 5900, 0, barrier="gate")
    district.node(14, 14_000, 0, barrier="gate")
    path = district.write(tmp_path / "d.osm")
    region = Region(shapely.to_wkb(corners(-100, -100, 2000, 200)), margin_metres=5000)
    found = read_roads(path, region)
    # The second way leads out of the margin, which ends at 6,900 m, and is kept to its end.
    assert found.way_ids.tolist() == [1, 2]
    assert found.node_ids.tolist() == [1, 2, 2, 3, 4]
    # Settlements beyond slow the roads that are kept; wanted are those of the area.
    assert [one.name for one in found.places] == ["in", "beyond"]
    assert [one.name for one in region.settlements(found.places)] == ["in"]
    assert not found.node_tags


def wanted(points: list[Place], metres: float) -> Region:
    return buffer_around([(one.lat, one.lon) for one in points], metres, margin_metres=metres)


def same(one: Extract, other: Extract) -> bool:
    arrays = ("way_ids", "offsets", "node_ids", "points")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in arrays) and (
        one.way_tags,
        one.node_tags,
        one.places,
    ) == (
        other.way_tags,
        other.node_tags,
        other.places,
    )


@pytest.mark.parametrize("at_once", [1, 7, 10**6])
def test_dropping_far_roads_while_reading_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    path = toy().write(tmp_path / "d.osm.pbf")
    region = wanted([AQ], 1500)
    expected = region.cut(read_roads(path))
    assert 0 < len(expected.way_ids) < len(read_roads(path).way_ids)
    monkeypatch.setattr(osm, "_POINTS_AT_ONCE", at_once)
    assert same(read_roads(path, region), expected)


def test_where_the_margin_is_wide_enough_times_are_those_of_the_whole_file(tmp_path: Path) -> None:
    path = toy().write(tmp_path / "d.osm")
    whole, part = (read_roads(path, region) for region in (None, wanted([AQ, BULAQ], 3000)))
    assert len(part.way_ids) < len(whole.way_ids)
    times = [
        travel_times(graph, "car", snap(graph, "car", [AQ, BULAQ]))
        for graph in (build_graph(extract, read_speeds()) for extract in (whole, part))
    ]
    assert times[0] == times[1]


@pytest.mark.parametrize("at_once", [1, 10**6])
def test_an_area_without_roads_is_a_road_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(osm, "_POINTS_AT_ONCE", at_once)
    path = toy().write(tmp_path / "d.osm")
    with pytest.raises(RoadError, match="no road of the file lies in the area"):
        read_roads(path, buffer_around([(51.0, 71.0)], 10_000))


@needs_shared
def test_real_districts_are_found_by_name_in_every_language_and_by_code() -> None:
    by_code = read_area(DISTRICTS, ["KZ101000"])
    assert read_area(DISTRICTS, ["Семей"]) == read_area(DISTRICTS, ["semey"]) == by_code
    assert by_code.inside(np.array([[50.41, 80.25], [43.24, 76.9]])).tolist() == [True, False]
    with pytest.raises(InputError, match="polygons have the name or code 'Жамбыл'"):
        read_area(DISTRICTS, ["Жамбыл"])
    oblast = read_area(DISTRICTS, ["KZ31"])
    assert oblast.inside(np.array([[42.9, 71.37], [43.24, 76.9]])).tolist() == [True, False]


def test_a_piece_of_a_real_extract_has_the_times_of_the_whole() -> None:
    path = paths.ALMATY
    whole = read_roads(path)
    near = [
        Place(one.id, one.id, one.lat, one.lon)
        for one in whole.places
        if one.kind == "village" and one.lat > 43.4
    ]
    part = read_roads(path, wanted(near, 4000))
    assert len(near) > 10
    assert len(part.way_ids) < 0.8 * len(whole.way_ids)
    times = [
        travel_times(graph, "car", snap(graph, "car", near))
        for graph in (build_graph(extract, read_speeds()) for extract in (whole, part))
    ]
    assert times[0] == times[1]


def test_an_area_with_crossing_edges_is_made_valid_quickly(tmp_path: Path) -> None:
    turns = [2.4 * n for n in range(200)]
    star = [[70 + math.cos(turn), 48 + math.sin(turn)] for turn in turns]
    path = tmp_path / "area.geojson"
    path.write_text(json.dumps({"type": "Polygon", "coordinates": [star]}), encoding="utf-8")
    began = time.process_time()
    assert read_area(path).inside(np.array([[48.0, 70.0], [48.0, 72.0]])).tolist() == [True, False]
    assert time.process_time() - began < 5
