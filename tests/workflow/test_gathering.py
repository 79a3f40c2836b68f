"""Villages of a scenario whose table tells neither where they lie nor how many live there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import routeplan as rp
from routeplan import cli
from routeplan.errors import RoadError
from routeplan.roads import read_homes, read_places
from routeplan.scenario import HomesSource, read_scenario
from tests.helpers.campaign import Undertaking
from tests.helpers.roads import District, at, toy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PLACES = {"Aq": "Ақ", "Bulaq": "Бұлақ", "Kemer": "Кемер"}
SPOTS = {"Aq": (100, 50), "Bulaq": (5050, 2000), "Kemer": (2550, 2900)}
MAP = 'table = "villages.csv"\nplaces = "places.osm"\n'
HOMES = '[villages.homes]\nfile = "places.osm"\nwithin_metres = 1500\nhouseholds_per_home = 2\n'


def draw_places(folder: Path) -> Path:
    """Draw three villages with some houses around them."""
    district = District()
    for number, (name, (east, north)) in enumerate(SPOTS.items(), start=1):
        district.node(number, east, north, place="village", name=PLACES[name])
    for number, kind in enumerate(("house", "detached", "yes", "garage"), start=10):
        district.node(number, 120 + number, 60, building=kind)
    for number in range(20, 24):
        district.node(number, 5000 + 10 * number, 2000 + (number % 2))
    district.way([20, 21, 22, 23, 20], building="apartments", building__flats="12")
    return district.write(folder / "places.osm")


def undertaking(folder: Path, villages: str, table: Sequence[str]) -> Path:
    draw_places(folder)
    return Undertaking(villages=villages, table=list(table)).write(folder)


def test_villages_get_their_positions_from_the_map_by_their_names(tmp_path: Path) -> None:
    table = ["name,households", "с. Ак,40", "Bulaq,60", "Кемер ауылы,30"]
    prepared = rp.prepare(undertaking(tmp_path, MAP, table))
    placed = {row.name: (row.lat, row.lon) for row in prepared.rows}
    spots = [at(*spot) for spot in SPOTS.values()]
    for found, spot in zip(placed.values(), spots, strict=True):
        assert found == pytest.approx(spot, abs=1e-6)
    assert prepared.rows[1].notes == ("position of Бұлақ on the map, n2, a folded match",)


def test_an_estimate_is_told_wherever_the_village_is_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = ["name,households", "Ақ,", "Бұлақ,", "Кемер,30"]
    path = undertaking(tmp_path, MAP + HOMES, table)
    for arguments in (["villages", str(path), "--json"], ["villages", str(path)]):
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        assert ended.value.code == 0
        reported = capsys.readouterr().out
        if "--json" in arguments:
            rows = json.loads(reported)["villages"]
            assert [row["households"] for row in rows] == [4, 24, 30]
            assert rows[0]["notes"][-1] == "households estimated from 2 homes on the map"
            assert len(rows[2]["notes"]) == 1
        else:
            assert "estimated" in reported


def test_a_village_that_the_map_has_not_for_sure_stops_the_run_with_its_row(
    tmp_path: Path,
) -> None:
    path = undertaking(tmp_path, MAP, ["name,households", "Ақ,40", "Қайда,5"])
    with pytest.raises(rp.InputError, match=r"villages\.csv:3 name: fits no place for sure"):
        rp.prepare(path)


def test_homes_are_buildings_that_people_live_in_and_flats_count_each(tmp_path: Path) -> None:
    path = draw_places(tmp_path)
    points, untyped = read_homes(path)
    assert (len(points), untyped) == (14, 1)
    assert len(read_homes(path, untyped=True)[0]) == 15


def test_places_are_read_without_roads(tmp_path: Path) -> None:
    assert [place.name for place in read_places(draw_places(tmp_path))] == list(PLACES.values())
    toy().write(tmp_path / "district.osm")
    assert [place.id for place in read_places(tmp_path / "district.osm")] == ["n101", "n102"]


@pytest.mark.parametrize("read", [read_places, read_homes])
def test_a_map_that_is_damaged_is_told_as_ever(tmp_path: Path, read: object) -> None:
    path = tmp_path / "broken.osm"
    path.write_text("<osm version='0.6'><node", encoding="utf-8")
    with pytest.raises(RoadError, match="damaged, cut off"):
        read(path)  # type: ignore[operator]


def test_a_scenario_names_what_villages_are_found_by(tmp_path: Path) -> None:
    for name in ("kato.csv", "districts.geojson"):
        (tmp_path / name).touch()
    more = 'register = "kato.csv"\ndistricts = "districts.geojson"\n'
    path = undertaking(tmp_path, MAP + more + HOMES, ["name,households", "Ақ,40"])
    source = read_scenario(path).villages
    assert source.places == tmp_path / "places.osm"
    assert (source.register, source.districts) == (
        tmp_path / "kato.csv",
        tmp_path / "districts.geojson",
    )
    assert source.homes == HomesSource(tmp_path / "places.osm", 2.0, 1500.0)


@pytest.mark.parametrize(
    ("villages", "fault"),
    [
        ('table = "villages.csv"\nregister = "places.osm"', "register: has no places to find"),
        ('osm = true\npeople_per_household = 4\nplaces = "places.osm"', "places: serves to find"),
        (f"{MAP}[villages.homes]\nwithin_metres = 5", "homes.file: is missing"),
        (f"{MAP}{HOMES}households_per_door = 1", "homes.households_per_door: is not a known"),
        (f"{MAP}{HOMES.replace('1500', '0')}", "homes.within_metres: 0 is not above 0"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, villages: str, fault: str) -> None:
    path = undertaking(tmp_path, villages, ["name,households", "Ақ,40"])
    with pytest.raises(rp.InputError, match=f"villages.{fault}"):
        read_scenario(path)


def test_places_of_the_map_without_population_are_estimated_by_homes(tmp_path: Path) -> None:
    villages = "osm = true\n" + HOMES.replace("places.osm", "homes.osm")
    draw_places(tmp_path).rename(tmp_path / "homes.osm")
    path = Undertaking(villages=villages, base="n101").write(tmp_path)
    rows = rp.prepare(path).rows
    assert [row.households for row in rows] == [4, 24]
    assert all(row.notes for row in rows)
