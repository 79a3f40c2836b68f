"""GPX and KML, read back by GDAL, which did not write them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pyogrio
import pytest
from fastkml.validator import validate
from lxml import etree

from routeplan.cli import main
from routeplan.formats import plan_to_json
from routeplan.handouts import MapData, build_view
from routeplan.handouts.phone import phone_files
from routeplan.language import LANGUAGES
from routeplan.planner import Options
from routeplan.workflow.draw import view_plan
from routeplan.workflow.prepare import plan_tours, prepare
from tests.helpers.campaign import Undertaking
from tests.helpers.handouts import toy_lines, toy_plan, toy_problem, toy_roads

if TYPE_CHECKING:
    from pathlib import Path

    from geopandas import GeoDataFrame

    from routeplan.language import Language
    from routeplan.model.problem import Problem

PROBLEM, PLAN = toy_problem(), toy_plan()
GPX = "{http://www.topografix.com/GPX/1/1}"


def made(problem: Problem = PROBLEM, language: Language = "en") -> dict[str, str]:
    view = build_view(problem, PLAN, MapData(language, lines=toy_lines(), roads=toy_roads()))
    return phone_files(problem, PLAN, view)


def layer(folder: Path, name: str, text: str, layer: str | None = None) -> GeoDataFrame:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return pyogrio.read_dataframe(path, layer=layer)


def test_there_is_a_gpx_and_a_kml_for_every_crew_and_day() -> None:
    days = ("A-2027-05-03", "A-2027-05-04", "B-2027-05-03", "B-2027-05-04")
    assert set(made()) == {f"{day}.{kind}" for day in days for kind in ("gpx", "kml")}


def test_gpx_has_the_traced_legs_and_numbered_stops(tmp_path: Path) -> None:
    text = made()["A-2027-05-03.gpx"]
    stops = layer(tmp_path, "a.gpx", text, "waypoints")
    assert list(stops["name"]) == ["0 Қарасу", "1 Ақбұлақ", "2 Верхний Ключ"]
    assert stops["desc"][1] == "10:00 – 13:10, 60 households"
    assert stops["desc"][2].splitlines()[1] == "Night; be there at 19:35"
    assert [(p.y, p.x) for p in stops.geometry] == [(43.0, 79.0), (43.1, 79.1), (43.2, 79.25)]
    (track,) = layer(tmp_path, "a.gpx", text, "tracks").geometry
    (line,) = track.geoms
    way = [(43.0, 79.0), (43.0, 79.1), (43.1, 79.1), (43.1, 79.25), (43.2, 79.25)]
    assert [(lat, lon) for lon, lat in line.coords] == way
    (route,) = layer(tmp_path, "a.gpx", text, "routes").geometry
    assert [(lat, lon) for lon, lat in route.coords] == [way[0], way[2], way[4]]


def test_a_leg_that_could_not_be_traced_is_a_gap_and_no_straight_line(tmp_path: Path) -> None:
    """From v4 to the base no way is known."""
    tracks = layer(tmp_path, "b.gpx", made()["B-2027-05-03.gpx"], "tracks")
    (track,) = tracks.geometry
    assert len(track.geoms) == 1
    assert track.geoms[0].coords[-1] == (79.4, 43.05)


def test_kml_has_bookmarks_and_the_line(tmp_path: Path) -> None:
    found = layer(tmp_path, "b.kml", made()["B-2027-05-03.kml"])
    kinds = list(found.geometry.geom_type)
    assert kinds == ["Point"] * 4 + ["LineString"]
    names = ["0 Қарасу", '1 Rock & Roll\'s "End"', "2 {{ 7*7 }}", "3 Қарасу"]
    assert list(found["Name"])[:4] == names
    assert len(found.geometry[4].coords) == 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_files_are_valid(language: Language) -> None:
    for name, text in made(language=language).items():
        tree = etree.fromstring(text.encode())
        if name.endswith(".kml"):
            assert validate(element=tree)
        else:
            check_gpx(tree)


def check_gpx(tree: etree._Element) -> None:
    """Check what the schema of GPX 1.1 says of the elements that are there."""
    assert (tree.tag, tree.get("version"), tree.get("creator")) == (f"{GPX}gpx", "1.1", "routeplan")
    orders = {
        "gpx": ["metadata", "wpt", "rte", "trk"],
        "metadata": ["name", "desc"],
        "wpt": ["name", "desc", "type"],
        "rte": ["name", "rtept"],
        "rtept": ["name"],
        "trk": ["name", "trkseg"],
        "trkseg": ["trkpt"],
    }
    for element in tree.iter():
        order = orders.get(element.tag.removeprefix(GPX), [])
        places = [order.index(child.tag.removeprefix(GPX)) for child in element]
        assert places == sorted(places)
        if element.tag in {f"{GPX}wpt", f"{GPX}rtept", f"{GPX}trkpt"}:
            assert -90 <= float(element.get("lat", "")) <= 90
            assert -180 <= float(element.get("lon", "")) <= 180


def test_files_request_nothing_and_do_not_say_who_made_them_or_when() -> None:
    for text in made().values():
        reported = re.sub(r'(xmlns(:xsi)?|xsi:schemaLocation)="[^"]*"', "", text)
        assert "http" not in reported
        assert not re.search("<(time|author|link|href|copyright|email)", reported)


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("ru", ("Экипаж A, пн, 3 мая", "Ночлег; быть на месте в 19:35", "60 дворов")),
        ("kk", ("A экипажы, 3 мамыр, дс", "Түнеу; келу: 19:35", "60 үй")),
    ],
)
def test_texts_are_in_the_language_of_the_crew(language: Language, texts: tuple[str, ...]) -> None:
    for kind in ("gpx", "kml"):
        text = made(language=language)[f"A-2027-05-03.{kind}"]
        assert all(each in text for each in texts)


def test_any_name_of_a_crew_makes_a_file_of_its_own_and_any_name_of_a_village_is_written() -> None:
    a, b = PROBLEM.teams
    teams = (replace(a, id="Экипаж/1"), replace(b, id="экипаж:1"))
    places = tuple(replace(p, name=f"{p.name}\x0b<>&") for p in PROBLEM.places)
    problem = PROBLEM.replace(teams=teams, places=places)
    renamed = {"A": teams[0].id, "B": teams[1].id}
    plan = PLAN.replace(tours=tuple(replace(t, team=renamed[t.team]) for t in PLAN.tours))
    view = build_view(problem, plan, MapData(lines=toy_lines()))
    files = phone_files(problem, plan, view)
    assert "Экипаж_1-2027-05-03.gpx" in files
    assert "экипаж_1-2027-05-03_2.gpx" in files
    assert len(files) == 8
    for text in files.values():
        etree.fromstring(text.encode())


def test_the_command_writes_along_real_roads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = Undertaking().write(tmp_path)
    prepared = prepare(scenario)
    plan = plan_tours(prepared, Options(iterations=1))
    (tmp_path / "plan.json").write_text(plan_to_json(plan), encoding="utf-8")
    folder = tmp_path / "phone"
    with pytest.raises(SystemExit) as ended:
        main(["phone", str(scenario), str(tmp_path / "plan.json"), "-o", str(folder), "-q"])
    assert ended.value.code == 0
    made_files = sorted(path.name for path in folder.iterdir())
    assert "A-2027-05-03.gpx" in made_files
    assert "A-2027-05-03.gpx: " in capsys.readouterr().out
    view = view_plan(prepared, plan)
    track = pyogrio.read_dataframe(folder / "A-2027-05-03.gpx", layer="tracks").geometry[0]
    points = {(round(y, 5), round(x, 5)) for line in track.geoms for x, y in line.coords}
    assert points == {p for leg in view.tours[0].legs if leg.traced for p in leg.points}
