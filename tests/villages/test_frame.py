"""A GeoDataFrame of villages is read as a table is, with the same checks and faults."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

import routeplan as rp
from routeplan.errors import InputError
from routeplan.scenario import read_scenario
from routeplan.villages import read_table, villages_from_frame
from tests.helpers.paths import DEMO
from tests.helpers.toy import toy_plan, toy_problem

UTM = "EPSG:32644"


def frame(**columns: Any) -> gpd.GeoDataFrame:
    """Return three villages; columns are added to theirs, or are instead of them."""
    own = {"name": ["Ақбұлақ", "Арал", "Ойдан"], "households": [240, 40, 7]}
    points = gpd.points_from_xy([79.1, 79.2, 79.3], [43.0, 43.1, 43.2])
    return gpd.GeoDataFrame({**own, **columns}, geometry=points, crs="EPSG:4326")


def faults_of(given_frame: pd.DataFrame) -> list[str]:
    with pytest.raises(InputError) as caught:
        villages_from_frame(given_frame)
    return [str(fault) for fault in caught.value.faults]


def test_a_frame_gives_the_villages_of_the_file_that_it_was_read_from() -> None:
    table = pd.read_csv(DEMO / "villages.csv")
    points = gpd.points_from_xy(table.pop("lon"), table.pop("lat"))
    layer = gpd.GeoDataFrame(table, geometry=points, crs="EPSG:4326")
    expected = {row.id: replace(row, source="") for row in read_table(DEMO / "villages.csv")}
    for each in (layer, layer.to_crs(UTM), layer.assign(lat=layer.geometry.y, lon=0).iloc[::-1]):
        found = {row.id: replace(row, source="") for row in villages_from_frame(each)}
        assert found == expected


@given(
    lat=st.floats(41, 55),
    lon=st.floats(66, 72),
    crs=st.sampled_from(["EPSG:4326", "EPSG:3857", "EPSG:4284", "EPSG:32642"]),
)
def test_points_in_any_reference_system_keep_their_place(lat: float, lon: float, crs: str) -> None:
    point = gpd.GeoDataFrame(
        {"name": ["a"], "households": [1]}, geometry=[shapely.Point(lon, lat)], crs=4326
    )
    (row,) = villages_from_frame(point.to_crs(crs))
    assert (row.lat, row.lon) == pytest.approx((lat, lon), abs=1e-6)


def test_every_value_of_pandas_is_read_as_people_write_it() -> None:
    columns = {
        "households": [240.0, 40.0, 7.0],
        "weight": [1.5, np.nan, 1e-6],
        "partial": [True, None, False],
        "signed": pd.array([40, None, 0], dtype="Int64"),
        "closed": [pd.Timestamp(2027, 5, 3), None, None],
        "knock": ["10:00-18:00", None, None],
    }
    first, second, third = villages_from_frame(frame(**columns))
    assert (first.households, first.signed, first.options.weight) == (240, 40, 1.5)
    assert first.closed == (dt.date(2027, 5, 3),)
    assert (second.signed, second.options.weight, second.options.partial) == (0, 1.0, True)
    assert (third.options.weight, third.options.partial) == (1e-6, False)
    listed = [["2027-05-03", dt.date(2027, 5, 5)], [], None]
    assert [len(row.closed) for row in villages_from_frame(frame(closed=listed))] == [2, 0, 0]


def test_frames_of_a_problem_are_read_back_with_their_ids() -> None:
    problem = toy_problem()
    expected = [(v.place, v.households, v.weight) for v in problem.villages]
    rows = villages_from_frame(rp.frame_villages(problem, toy_plan()))
    assert [(row.id, row.households, row.options.weight) for row in rows] == expected
    left = villages_from_frame(rp.frame_left_out(problem, toy_plan()))
    assert [row.id for row in left] == ["isle", "dell"]


def test_an_index_with_a_name_is_a_column_and_one_without_is_none() -> None:
    coded = frame().set_index(pd.Index(["k1", "k2", "k3"], name="kato"))
    assert [row.id for row in villages_from_frame(coded)] == ["k1", "k2", "k3"]
    plain = frame().set_index(pd.Index(["k1", "k2", "k3"]))
    rows = villages_from_frame(plain)
    assert [row.id for row in rows] == ["ақбұлақ", "арал", "ойдан"]
    assert [row.source for row in rows] == ["villages:k1", "villages:k2", "villages:k3"]


def test_a_frame_without_geometry_has_columns_of_degrees() -> None:
    table = pd.DataFrame(
        {"id": [7, 8], "lat": [43.0, 43.1], "lon": [79, 79.25], "population": [9, 8]}
    )
    rows = villages_from_frame(table, people_per_household=4)
    assert [(row.id, row.lat, row.lon, row.households) for row in rows] == [
        ("7", 43.0, 79.0, 3),
        ("8", 43.1, 79.25, 2),
    ]


def test_every_fault_of_a_frame_is_named_by_row_and_column_at_once() -> None:
    wrong = frame(households=[-2, None, 3.5], phone=["1", "2", "3"]).set_index(pd.Index([5, 9, 11]))
    wrong.loc[9, "geometry"] = None
    assert faults_of(wrong) == [
        "villages:9 geometry: has no point; give it one, or leave the row out",
        (
            "villages:columns phone: holds phone numbers; no person's data is taken in, only "
            "villages and counts; remove the column from the table"
        ),
        "villages:5 households: -2 is below 0",
        "villages:9 households: is empty; fill it in",
        "villages:11 households: '3.5' is not a whole number",
    ]
    assert faults_of(frame().rename(columns={"households": "househods"})) == [
        "villages:columns househods: is not a known column; did you mean 'households'?",
        "villages:columns: has no column 'households' or 'population'; add it",
    ]


def test_polygons_are_refused_with_how_to_take_a_point_in_each() -> None:
    areas = frame().to_crs(UTM)
    areas = areas.set_geometry(areas.buffer(500))
    hint = "take a point in each: frame.set_geometry(frame.representative_point())"
    assert faults_of(areas) == [
        f"villages:{n} geometry: is a Polygon, expected a point; {hint}" for n in range(3)
    ]
    rows = villages_from_frame(areas.set_geometry(areas.representative_point()))
    assert [row.lat for row in rows] == pytest.approx([43.0, 43.1, 43.2], abs=0.005)
    many = pd.concat([areas] * 3, ignore_index=True)
    assert [fault for fault in faults_of(many) if "more faults" in fault] == [
        "villages geometry: has 4 more faults like these"
    ]


def test_single_points_that_a_file_keeps_as_several_are_points() -> None:
    several = frame()
    several.geometry = [shapely.MultiPoint([point]) for point in several.geometry]
    assert [row.lon for row in villages_from_frame(several)] == [79.1, 79.2, 79.3]
    several.loc[0, "geometry"] = shapely.MultiPoint([(79, 43), (79, 44)])
    (fault,) = faults_of(several)
    assert fault.startswith("villages:0 geometry: is a MultiPoint, expected a point")


def test_a_frame_without_a_reference_system_or_a_geometry_is_refused() -> None:
    assert faults_of(frame().set_crs(None, allow_override=True)) == [
        (
            "villages geometry: has no coordinate reference system; "
            "say which its coordinates are in: frame.set_crs(…)"
        )
    ]
    assert faults_of(gpd.GeoDataFrame({"name": ["a"], "households": [1]})) == [
        "villages: has no column of points; set it: frame.set_geometry(…)"
    ]


def test_points_that_are_nowhere_on_earth_are_refused() -> None:
    far = frame().set_crs(UTM, allow_override=True)
    far.loc[1, "geometry"] = shapely.Point(1e30, 1e30)
    far.loc[[0, 2], "geometry"] = shapely.Point(5e5, 4.8e6)
    far["name"] = ["a", "b", "c"]
    assert faults_of(far) == [
        (
            "villages:1 geometry: cannot be converted to degrees; "
            "is the reference system the right one?"
        )
    ]


def test_notes_say_which_columns_and_rows_are_not_read() -> None:
    notes: list[str] = []
    doubled = pd.concat([frame(lat=1, lon=2, area_km2=3.5)] * 2, ignore_index=True)
    assert len(villages_from_frame(doubled, on_note=notes.append)) == 3
    assert notes == [
        "villages: positions are those of the points, not of lat, lon",
        "villages: unknown columns are not read: area_km2",
        *(f"villages: row {n + 3} repeats row {n}, and is not read" for n in range(3)),
    ]


def test_a_scenario_is_prepared_with_the_villages_of_a_frame_instead_of_its_table() -> None:
    scenario = read_scenario(DEMO / "scenario.toml")
    table = pd.read_csv(DEMO / "villages.csv")
    points = gpd.points_from_xy(table.pop("lon"), table.pop("lat"))
    layer = gpd.GeoDataFrame(table, geometry=points, crs="EPSG:4326").iloc[:20]
    rows = villages_from_frame(layer, scenario.villages.defaults)
    prepared = rp.prepare(scenario, rows=rows)
    assert prepared.rows == rows
    ids = [place.id for place in prepared.problem.places]
    assert ids == [*(place.id for place in scenario.places), *table["id"][:20]]
    whole = rp.prepare(scenario).problem
    assert prepared.problem.villages == whole.villages[:20]


def test_a_frame_is_left_as_it_was() -> None:
    given_frame = frame(lat=1.0, lon=2.0).to_crs(UTM)
    before = given_frame.copy()
    villages_from_frame(given_frame)
    assert given_frame.equals(before)
    assert given_frame.crs == before.crs
