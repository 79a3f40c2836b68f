"""Polygons from files: three formats are read as they are meant, and nothing else is opened."""

from __future__ import annotations

import json
import math
import os
import socket
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from routeplan.errors import InputError
from routeplan.polygons import read_polygons
from routeplan.roads import read_area
from routeplan.roads.areas import area_of_file
from routeplan.villages import read_districts
from tests.helpers.hostile_layers import (
    DEGREES,
    SQUARE,
    feature_collection,
    write_good,
    write_hostile,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ENDINGS = (".geojson", ".gpkg", ".shp")


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Whatever connects to it waits in its queue until it is heard."""
    with socket.socket() as heard:
        heard.bind(("127.0.0.1", 0))
        heard.listen(128)
        heard.settimeout(0)
        yield heard


def url_of(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def written(folder: Path, content: Any, name: str = "a.geojson") -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def faults(path: Path) -> list[str]:
    with pytest.raises(InputError) as refused:
        read_polygons(path)
    return [str(fault) for fault in refused.value.faults]


def test_no_file_opens_another_or_an_address(tmp_path: Path, listener: socket.socket) -> None:
    kinds = write_hostile(tmp_path, url_of(listener))
    assert len(kinds) == 8
    assert all(len(paths) >= 5 for paths in kinds.values())
    opened: set[Path] = set()
    watching = True

    def watch(event: str, values: tuple[object, ...]) -> None:
        if watching and event == "open" and isinstance(values[0], str | bytes):
            opened.add(Path(os.fsdecode(values[0])))

    sys.addaudithook(watch)
    for path in (path for paths in kinds.values() for path in paths):
        assert faults(path), path
    watching = False
    named = {path.with_suffix("") for paths in kinds.values() for path in paths}
    assert {path.with_suffix("") for path in opened if tmp_path in path.parents} == named
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.parametrize(
    "path",
    [
        *("/vsicurl/{}/a.geojson", "/vsizip//vsicurl/{}/a.zip", "WFS:{}/wfs", "{}/a.geojson"),
        *("GeoJSON:{}/a.geojson", "/vsicurl_streaming/{}", "/vsistdin/", "OAPIF:{}"),
    ],
)
def test_no_path_is_an_address(path: str, listener: socket.socket) -> None:
    assert "cannot be read" in faults(Path(path.format(url_of(listener))))[0]
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.parametrize("reader", [read_area, read_districts, area_of_file])
def test_whoever_reads_polygons_refuses_links(
    reader: Callable[[Path], Any], tmp_path: Path
) -> None:
    link = {"type": "link", "properties": {"href": "http://127.0.0.1/", "type": "esriwkt"}}
    path = written(tmp_path, feature_collection(crs=link))
    with pytest.raises(InputError, match="its crs is a link to an address, and links are not"):
        reader(path)


def test_a_map_whose_path_looks_like_an_address_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listener: socket.socket
) -> None:
    from routeplan.errors import RoadError  # noqa: PLC0415
    from routeplan.roads import read_places, read_roads  # noqa: PLC0415

    monkeypatch.chdir(tmp_path)
    path = Path(url_of(listener).replace("//", "/")) / "a.osm.pbf"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no map at all")
    for read in (read_roads, read_places):
        with pytest.raises(RoadError, match="could not be read"):
            read(path)
    with pytest.raises(BlockingIOError):
        listener.accept()


corners = st.tuples(st.integers(-1000, 1000), st.integers(-800, 800), st.integers(2, 50))
squares = corners.map(lambda at: shapely.box(*at[:2], at[0] + at[2], at[1] + at[2]))
holed = squares.map(lambda one: one.difference(one.centroid.buffer(0.5, quad_segs=1)))
shapes = st.one_of(
    squares,
    holed,
    st.lists(holed, min_size=2, max_size=4)
    .map(shapely.union_all)
    .filter(lambda one: one.geom_type == "MultiPolygon"),
)
names = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=20)


@pytest.mark.parametrize("ending", ENDINGS)
@settings(max_examples=20)
@given(rows=st.lists(st.tuples(names, st.integers(0, 10**9), shapes), min_size=1, max_size=4))
def test_what_was_written_is_read_back(
    ending: str, rows: list[tuple[str, int, shapely.Geometry]]
) -> None:
    called, codes, _ = zip(*rows, strict=True)
    # Tenths of degrees.
    drawn = [shapely.transform(row[2], lambda points: points / 10) for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a{ending}"
        columns = {"name": called, "KATO": codes}
        frame = geopandas.GeoDataFrame(columns, geometry=drawn, crs=4326)
        frame.to_file(path, encoding="utf-8")
        read = read_polygons(path)
    assert read.columns["name"] == called
    assert read.columns["KATO"] == tuple(map(str, codes))
    for one, other in zip(read.shapes, drawn, strict=True):
        assert shapely.equals(one, other) or one.symmetric_difference(other).area < 1e-9


@pytest.mark.parametrize("ending", ENDINGS)
def test_positions_of_another_coordinate_system_become_degrees(tmp_path: Path, ending: str) -> None:
    frame = geopandas.GeoDataFrame(
        {"name": ["Aq"]}, geometry=[shapely.box(70, 48, 71, 49)], crs=4326
    )
    frame.to_crs(32642).to_file(tmp_path / f"a{ending}")
    (shape,) = read_polygons(tmp_path / f"a{ending}").shapes
    assert shape.symmetric_difference(shapely.box(70, 48, 71, 49)).area < 0.01


def test_rings_that_are_open_are_closed(tmp_path: Path) -> None:
    ring = SQUARE["coordinates"][0][:-1]
    (shape,) = read_polygons(written(tmp_path, {"type": "Polygon", "coordinates": [ring]})).shapes
    assert shape.equals(shapely.box(70, 48, 71, 49))


def test_every_damaged_feature_is_named(tmp_path: Path) -> None:
    collection = feature_collection()
    good = collection["features"][0]
    for geometry in (
        SQUARE | {"coordinates": [[[70, 48], [71, 48]]]},
        SQUARE | {"coordinates": [[[70, "48"], [71, 48], [71, 49]]]},
        SQUARE | {"coordinates": 7},
        {"type": "Circle"},
        SQUARE | {"coordinates": [[[10**400, 48], [71, 48], [71, 49]]]},
        SQUARE | {"coordinates": [[[1e300, 48], [71, 48], [71, 49]]]},
        SQUARE | {"crs": {"type": "name", "properties": {"name": "EPSG:4326"}}},
    ):
        collection["features"].append(good | {"geometry": geometry})
    found = faults(written(tmp_path, collection))
    assert [fault.split(":")[0] for fault in found] == [
        f"a.geojson features[{n}]" for n in range(1, 8)
    ]
    assert "a ring has fewer than three corners" in found[0]
    assert "a position is no list of two numbers" in found[1]
    assert "it has a crs of its own" in found[-1]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"type": "Polygon", "name": "\xe0\xe1"}', "its text is not in UTF-8 at byte 30"),
        (b'{"type": "Polygon", "coordinates": [[[NaN, 1]]]}', "NaN is no number"),
        (b"[" * 100_000, "neither GeoJSON"),
        (b'{"type": "Topology"}', "JSON of the type 'Topology'"),
        (b"PK\3\4", "it is packed; unpack it"),
        (b"", "neither GeoJSON"),
    ],
    ids=["letters", "NaN", "deep", "TopoJSON", "packed", "empty"],
)
def test_what_is_no_layer_is_refused_with_the_reason(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "a.geojson"
    path.write_bytes(content)
    assert words in faults(path)[0]


def test_edges_that_cross_each_other_thousands_of_times_each_are_refused(tmp_path: Path) -> None:
    turns = [2.4 * n for n in range(5_000)]
    star = [[70 + math.cos(turn), 48 + math.sin(turn)] for turn in turns]
    path = written(tmp_path, {"type": "Polygon", "coordinates": [star]})
    assert "its edges cross each other too often" in faults(path)[0]
    round_ = [[70 + math.cos(n / 800), 48 + math.sin(n / 800)] for n in range(5_000)]
    assert len(read_polygons(written(tmp_path, SQUARE | {"coordinates": [round_]})).shapes) == 1


@pytest.mark.parametrize("ending", [".dbf", ".shx", ".prj"])
def test_a_part_of_a_shapefile_is_refused_with_the_name_of_the_whole(
    tmp_path: Path, ending: str
) -> None:
    path = write_good(tmp_path / "a.shp").with_suffix(ending)
    assert "it is a part of a shapefile; name the .shp" in faults(path)[0]


def test_a_folder_and_a_file_too_large_are_refused(tmp_path: Path) -> None:
    assert "it is a folder" in faults(tmp_path)[0]
    with (tmp_path / "a.geojson").open("wb") as file:
        file.truncate(40 * 2**20 + 1)
    assert "is larger than 40 MiB" in faults(tmp_path / "a.geojson")[0]


def test_the_text_of_a_shapefile_is_read_as_it_says_or_refused(tmp_path: Path) -> None:
    frame = geopandas.GeoDataFrame(
        {"name": ["Жайық"]}, geometry=[shapely.box(0, 0, 1, 1)], crs=4326
    )
    path = tmp_path / "a.shp"
    frame.replace("Жайық", "Урал").to_file(path, encoding="cp1251")
    assert read_polygons(path).columns["name"] == ("Урал",)
    path.with_suffix(".cpg").write_text("UTF-8", encoding="utf-8")
    assert (
        "the text of its .dbf is not in utf-8; name its encoding in a file .cpg" in faults(path)[0]
    )


def test_a_package_that_is_being_written_to_is_refused(tmp_path: Path) -> None:
    path = write_good(tmp_path / "a.gpkg")
    path.with_name("a.gpkg-wal").write_bytes(b"changes")
    assert "another program has it open" in faults(path)[0]


def test_the_usual_descriptions_of_coordinates_are_known(tmp_path: Path) -> None:
    path = write_good(tmp_path / "a.shp")
    for code, form in ((4326, "WKT2_2019"), (4284, "WKT1_GDAL"), (4326, "WKT1_ESRI")):
        text = geopandas.GeoSeries([], crs=code).crs.to_wkt(form)
        path.with_suffix(".prj").write_text(text, encoding="utf-8")
        assert read_polygons(path).shapes[0].distance(shapely.box(70, 48, 71, 49)) < 0.01
    path.with_suffix(".prj").write_text(f"{DEGREES}]", encoding="utf-8")
    assert read_polygons(path).shapes[0].equals(shapely.box(70, 48, 71, 49))


@pytest.mark.parametrize("ending", ENDINGS)
@settings(max_examples=60)
@given(data=st.data())
def test_damage_is_refused_as_wrong_input(
    tmp_path_factory: pytest.TempPathFactory, ending: str, data: st.DataObject
) -> None:
    folder = tmp_path_factory.getbasetemp() / f"damaged{ending}"
    path = folder / f"a{ending}"
    if not folder.exists():
        folder.mkdir()
        write_good(folder / f"good{ending}")
    for good in folder.glob("good.*"):
        content = bytearray(good.read_bytes())
        for _ in range(data.draw(st.integers(0, 4))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        del content[data.draw(st.integers(len(content) // 2, len(content) * 2)) :]
        path.with_suffix(good.suffix).write_bytes(content)
    try:
        read_polygons(path)
    except InputError as error:
        assert error.faults  # noqa: PT017  # either will do, and nothing else
