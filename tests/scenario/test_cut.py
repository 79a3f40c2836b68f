"""What part of a country's file a scenario wants: read with all its faults, and then cut."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import shapely

import routeplan as rp
from routeplan.cli import main
from routeplan.scenario import RoadCut, read_scenario
from tests.helpers.campaign import Undertaking
from tests.helpers.roads import at

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, lines: str, **changed: str) -> Path:
    """Write an undertaking with some lines more in its section of roads."""
    path = Undertaking(**changed).write(folder)  # type: ignore[arg-type]
    text = path.read_text(encoding="utf-8").replace("[villages]", f"{lines}\n[villages]", 1)
    path.write_text(text, encoding="utf-8")
    (south, west), (north, east) = at(-500, -500), at(1500, 1500)
    shape = shapely.geometry.mapping(shapely.box(west, south, east, north))
    feature = {"type": "Feature", "properties": {"name": "Батыс"}, "geometry": shape}
    layer = {"type": "FeatureCollection", "features": [feature]}
    (folder / "area.geojson").write_text(json.dumps(layer), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("lines", "cut"),
    [
        ('area = "area.geojson"', RoadCut(margin_km=25)),
        (
            'area = "area.geojson"\narea_name = "Батыс"\nmargin_km = 0',
            RoadCut(area_names=("Батыс",), margin_km=0),
        ),
        ('area = "area.geojson"\narea_name = ["1", "2"]', RoadCut(area_names=("1", "2"))),
        (
            "bbox = {south = 43, west = 77, north = 44, east = 78.5}",
            RoadCut(bbox=(43, 77, 44, 78.5)),
        ),
        ("around_km = 60.5", RoadCut(around_km=60.5)),
    ],
)
def test_a_cut_is_read_as_it_is_written(tmp_path: Path, lines: str, cut: RoadCut) -> None:
    found = read_scenario(write(tmp_path, lines)).roads.cut
    assert found is not None
    area = tmp_path / "area.geojson" if "area =" in lines else None
    assert (found.area, found.area_names, found.bbox) == (area, cut.area_names, cut.bbox)
    assert (found.around_km, found.margin_km) == (cut.around_km, cut.margin_km)


def test_without_such_lines_all_of_the_file_is_wanted(tmp_path: Path) -> None:
    assert read_scenario(write(tmp_path, "")).roads.cut is None


@pytest.mark.parametrize(
    ("lines", "faults"),
    [
        (
            'area = "area.geojson"\naround_km = 0\nbbox = {south = 44, north = 43, west = 77}',
            [
                "roads.around_km: 0 is not above 0",
                "roads.around_km: is given beside area",
                "roads.bbox.east: is missing",
                "roads.bbox.north: 43 is not above south, 44",
                "roads.bbox: is given beside area",
            ],
        ),
        ("bbox = {south = 143, west = 77, north = 144, east = 78}", ["143 is no degree", "144"]),
        ('area = "araea.geojson"', ["roads.area: there is no file 'araea.geojson'; did you mean"]),
        ('area_name = "Батыс"', ["roads.area_name: chooses among polygons, and no file"]),
        ("margin_km = 5", ["roads.margin_km: widens an area, and none is named"]),
        ("around_km = 5\nmargin_km = -1", ["roads.margin_km: -1 is below 0"]),
        ('area = "area.geojson"\narea_name = 194200000', ["codes go into quotation marks too"]),
        ("around = 5", ["roads.around: is not a known field; did you mean 'around_km'?"]),
    ],
)
def test_every_fault_of_a_cut_is_named_at_once(
    tmp_path: Path, lines: str, faults: list[str]
) -> None:
    path = write(tmp_path, lines)
    with pytest.raises(rp.InputError) as refused:
        read_scenario(path)
    found = list(map(str, refused.value.faults))
    assert len(found) == len(faults), found
    for fault, words in zip(found, faults, strict=True):
        assert words in fault


@pytest.mark.parametrize(
    "lines",
    [
        'area = "area.geojson"\nmargin_km = 12',
        "bbox = {south = 42.9, west = 76.9, north = 43.05, east = 77.1}",
        "around_km = 4",
    ],
)
def test_what_is_cut_out_has_the_times_of_the_whole(tmp_path: Path, lines: str) -> None:
    whole, part = (rp.prepare(write(tmp_path, each)) for each in ("", lines))
    assert part.problem.travel == whole.problem.travel


def test_a_cut_leaves_far_roads_out(tmp_path: Path) -> None:
    whole = rp.prepare(write(tmp_path, ""))
    part = rp.prepare(write(tmp_path, 'area = "area.geojson"\nmargin_km = 1'))
    assert part.graph.edge_count < whole.graph.edge_count


def test_villages_of_the_map_are_those_of_the_area(tmp_path: Path) -> None:
    villages = 'osm = true\npeople_per_household = 4\nkinds = ["hamlet", "village"]'
    whole = rp.prepare(write(tmp_path, "", villages=villages))
    assert whole.unplaced == ("n102",)
    part = rp.prepare(write(tmp_path, 'area = "area.geojson"', villages=villages))
    assert [row.id for row in part.rows] == ["n101"]
    assert part.unplaced == ()


def test_an_unknown_name_is_refused_with_the_faults_of_the_table(tmp_path: Path) -> None:
    path = write(tmp_path, 'area = "area.geojson"\narea_name = "Батс"')
    (tmp_path / "villages.csv").write_text("id,name,lat,lon\n1,a,x,77\n", encoding="utf-8")
    with pytest.raises(rp.InputError, match=r"did you mean 'Батыс'") as refused:
        rp.prepare(path)
    assert len(refused.value.faults) > 1


def test_around_no_place_at_all_is_refused(tmp_path: Path) -> None:
    path = write(
        tmp_path, "around_km = 5", villages="osm = true\npeople_per_household = 4", base="n101"
    )
    text = path.read_text(encoding="utf-8")
    begin, end = text.index("[[places]]"), text.index("[days]")
    path.write_text(text[:begin] + text[end:], encoding="utf-8")
    with pytest.raises(rp.InputError, match="no place is known before the roads are read"):
        rp.prepare(path)


def test_the_command_tells_what_an_area_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, "")
    asked = ["roads", "report", str(tmp_path / "district.osm"), "--json"]
    area = ["--area", str(tmp_path / "area.geojson"), "--area-name", "батыс"]
    reported = []
    for each in (asked, asked + area):
        with pytest.raises(SystemExit, match="0"):
            main(each)
        reported.append(json.loads(capsys.readouterr().out)["places"])
    assert reported == [2, 1]
    with pytest.raises(SystemExit, match="2"):
        main([*asked, *area[2:]])
    assert "name one with --area" in capsys.readouterr().err
