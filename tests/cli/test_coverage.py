"""The command `coverage`: what it answers and writes, and what it refuses."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import geopandas as gpd
import pytest

from routeplan import cli
from routeplan.files import INDEX
from tests.helpers.campaign import HOUSEHOLDS, Undertaking

if TYPE_CHECKING:
    from pathlib import Path

QUICK = ("--workers", "0", "--seconds", "0.2")


def answer(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        cli.main(["coverage", *map(str, arguments)])
    out, err = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, out, err


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    return Undertaking().write(tmp_path)


def test_machines_are_told_every_village_and_how_far_crews_get(
    scenario: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = answer(capsys, scenario, *QUICK, "--minutes", "5,600", "--json", "-q")
    reported = json.loads(out)
    assert code == 0
    around = reported["how_far_crews_get"]
    assert [(row["sources"], row["minutes"]) for row in around] == [
        *(("bases", 5), ("bases", 600), ("bases and beds", 5), ("bases and beds", 600))
    ]
    assert {row["place"] for row in reported["villages"]} == set(HOUSEHOLDS)
    ways = {row["reached_from"]: row["households"] for row in reported["reached_in_a_day_from"]}
    assert sum(ways.values()) == sum(HOUSEHOLDS.values())
    # To Aral no road leads, to Shet none that a car takes.
    never = {row["place"] for row in reported["villages"] if row["reached_from"] == "never"}
    assert never == {"Aral", "Shet"}
    assert ways["never"] == sum(HOUSEHOLDS[place] for place in never)
    assert 0 < len(reported["one_more_host"]) <= 5
    assert reported["files"] == {}


def test_people_are_shown_the_villages_that_are_hard_to_reach_only(
    scenario: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = answer(capsys, scenario, "--hosts", "0")
    assert code == 0
    assert "Aral" in out
    assert "Kemer" not in out
    assert "One more host" not in out
    assert "computing how far crews get" in err


def test_the_folder_has_tables_layers_and_a_figure(
    scenario: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    code, _, _ = answer(capsys, scenario, *QUICK, "--hosts", "1", "-o", folder, "-q")
    assert code == 0
    assert sorted(path.name for path in folder.iterdir()) == [
        INDEX,
        "coverage.png",
        "how-far-crews-get.csv",
        "isochrones.geojson",
        "one-more-host.csv",
        "reached-in-a-day-from.csv",
        "villages.csv",
        "villages.geojson",
    ]
    assert gpd.read_file(folder / "isochrones.geojson")["minutes"].tolist() == [60, 120, 180] * 2
    with (folder / "villages.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["place"]: int(row["households"]) for row in rows} == HOUSEHOLDS


def test_where_crews_are_home_every_night_no_host_is_looked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Undertaking(more="[nights]\nhome_every_night = true\n").write(tmp_path)
    code, out, _ = answer(capsys, path, *QUICK, "--json", "-q")
    assert code == 0
    assert "one_more_host" not in json.loads(out)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--minutes", "an hour"), "'an hour' is not like 60,120,180"),
        (("--minutes=-5",), "-5 is not a number of 0 or more"),
        (("--hosts", "-1", "--workers", "-2"), "--workers: -2 is below 0"),
        (("--seconds", "0", "--workers", "0"), "0 is not above 0"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    scenario: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    code, out, err = answer(capsys, scenario, *arguments)
    assert (code, out) == (2, "")
    assert said in err
