"""The GeoPackage: typed layers, what their columns mean, and styles where QGIS looks for them."""

from __future__ import annotations

import datetime as dt
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pyogrio
import pytest

from routeplan.cli import main
from routeplan.formats import plan_to_json
from routeplan.handouts import MapData, build_view
from routeplan.handouts.layers import LAYERS, make_layers
from routeplan.language import LANGUAGES
from routeplan.planner import Options
from routeplan.workflow.prepare import plan_tours, prepare
from tests.helpers.campaign import Undertaking
from tests.helpers.handouts import toy_lines, toy_plan, toy_problem, toy_roads

if TYPE_CHECKING:
    from pathlib import Path

    from routeplan.language import Language
    from routeplan.model.plan import Plan

PROBLEM, PLAN = toy_problem(), toy_plan()


def made(language: Language = "en", plan: Plan = PLAN, *, bare: bool = False) -> bytes:
    data = MapData(language, lines={} if bare else toy_lines(), roads=[] if bare else toy_roads())
    return make_layers(PROBLEM, plan, build_view(PROBLEM, plan, data))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "plan.gpkg"
    path.write_bytes(made())
    return path


def rows(path: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def test_the_layers_are_those_of_the_plan(file: Path) -> None:
    shapes = {
        "roads": "MultiLineString",
        "villages": "Point",
        "plan": "MultiLineString",
        "legs": "LineString",
        "stops": "Point",
    }
    found = {name: shape for name, shape in pyogrio.list_layers(file) if name != "layer_styles"}
    assert found == shapes
    assert tuple(found) == LAYERS
    counts = {name: pyogrio.read_info(file, layer=name)["features"] for name in LAYERS}
    assert counts == {"roads": 5, "villages": 6, "plan": 4, "legs": 9, "stops": 7}
    assert {pyogrio.read_info(file, layer=name)["crs"] for name in LAYERS} == {"EPSG:4326"}


def test_attributes_are_typed_and_right(file: Path) -> None:
    tours = pyogrio.read_dataframe(file, layer="plan")
    assert list(tours["households"]) == [160, 120, 120, 50]
    assert list(tours["km"]) == [45.0, 67.5, 112.5, 36.0]
    assert [value.date() for value in tours["date"]][:2] == [
        dt.date(2027, 5, 3),
        dt.date(2027, 5, 4),
    ]
    types = dict(rows(file, "SELECT name, type FROM pragma_table_info('legs')"))
    assert types["date"] == "DATE"
    assert types["traced"] == "BOOLEAN"
    assert types["drive_minutes"] == "MEDIUMINT"
    assert types["km"] == "REAL"
    villages = pyogrio.read_dataframe(file, layer="villages").set_index("place")
    assert (villages["share"]["v4"], villages["reached"]["v4"]) == (65.0, 130)
    assert villages["reason"]["v5"] == "No road leads there"
    stops = pyogrio.read_dataframe(file, layer="stops")
    assert (stops.geometry[0].y, stops.geometry[0].x) == (43.1, 79.1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_column_says_what_it_means_in_the_language_of_the_reader(
    language: Language, tmp_path: Path
) -> None:
    path = tmp_path / "plan.gpkg"
    path.write_bytes(made(language))
    for name in LAYERS:
        about = rows(path, f"SELECT * FROM gpkg_data_columns WHERE table_name = '{name}'")  # noqa: S608
        assert {row[1] for row in about} == set(pyogrio.read_info(path, layer=name)["fields"])
        assert all(row[2] and row[4] for row in about)
        assert len({row[2] for row in about}) == len(about)
    headings = dict(rows(path, "SELECT column_name, title FROM gpkg_data_columns"))
    assert headings["team"] == {"en": "Crew", "kk": "Экипаж", "ru": "Экипаж"}[language]


def test_every_layer_has_a_default_style_in_the_table_that_qgis_reads(file: Path) -> None:
    columns = [row[1] for row in rows(file, "SELECT * FROM pragma_table_info('layer_styles')")]
    assert columns == [
        *("id", "f_table_catalog", "f_table_schema", "f_table_name", "f_geometry_column"),
        *("styleName", "styleQML", "styleSLD", "useAsDefault", "description", "owner", "ui"),
        "update_time",
    ]
    query = "SELECT f_table_name, f_geometry_column, useAsDefault, styleQML FROM layer_styles"
    styles = rows(file, query)
    geometry = dict(rows(file, "SELECT table_name, column_name FROM gpkg_geometry_columns"))
    assert {name: column for name, column, _, _ in styles} == geometry
    assert all(default == 1 for _, _, default, _ in styles)
    for name, _, _, text in styles:
        style = ET.fromstring(text)  # noqa: S314  # our own text
        names = set(pyogrio.read_info(file, layer=name)["fields"])
        rules = [rule.get("filter", "") for rule in style.iter("rule")]
        labels = [label.get("fieldName", "") for label in style.iter("text-style")]
        used = {part for text in (*rules, *labels) for part in text.split('"')[1::2]}
        used |= {o.get("value", "") for o in style.iter("Option") if o.get("name") == "field"}
        assert used <= names
        assert {rule.get("symbol") for rule in style.iter("rule")} == {
            symbol.get("name") for symbol in style.iter("symbol")
        }


def test_the_same_plan_gives_the_same_file_without_the_time_of_its_making() -> None:
    """However often the library that writes it saw fit to save it on the way."""
    assert len({made() for _ in range(12)}) == 1


def test_a_plan_that_stays_at_home_has_empty_layers_that_open(tmp_path: Path) -> None:
    path = tmp_path / "plan.gpkg"
    path.write_bytes(made(plan=PLAN.replace(tours=()), bare=True))
    counts = {name: len(pyogrio.read_dataframe(path, layer=name)) for name in LAYERS}
    assert counts == {"roads": 0, "villages": 6, "plan": 0, "legs": 0, "stops": 0}
    assert dict(pyogrio.list_layers(path))["legs"] == "LineString"


def test_the_command_writes_layers_along_real_roads(tmp_path: Path) -> None:
    scenario = Undertaking().write(tmp_path)
    plan = plan_tours(prepare(scenario), Options(iterations=1))
    (tmp_path / "plan.json").write_text(plan_to_json(plan), encoding="utf-8")
    path = tmp_path / "plan.gpkg"
    with pytest.raises(SystemExit) as ended:
        main(["layers", str(scenario), str(tmp_path / "plan.json"), "-o", str(path), "-q"])
    assert ended.value.code == 0
    assert len(pyogrio.read_dataframe(path, layer="stops")) == sum(len(t.stops) for t in plan.tours)
    assert len(pyogrio.read_dataframe(path, layer="roads")) > 0
