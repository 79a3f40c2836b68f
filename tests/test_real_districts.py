"""Two real districts go through all steps: a clipped extract of 2012 and a dense rural one of 2014.

Nothing real is known of the households there: they are made by seed, and called so.
"""

from __future__ import annotations

import csv
import random
from typing import TYPE_CHECKING

import pytest

import routeplan as rp
from routeplan.handouts.map import SIZE_BUDGET_BYTES
from routeplan.model.plan import Reason
from routeplan.roads import read_roads
from tests.helpers.paths import ALMATY, BAYREUTH, DATA

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from routeplan.workflow.run import Results

Row = tuple[str, str, float, float]

SCENARIO = """\
format = "routeplan-scenario"
version = 1
name = "{name}, households made by seed"
[roads]
file = "{roads}"
[villages]
{villages}
[villages.defaults]
min_households = 5
setup_minutes = 10
[days]
first = 2027-05-03
last = 2027-05-05
work = ["08:00", "21:00"]
knock = ["10:00", "20:00"]
[rules]
max_drive_hours_per_day = 6
rest_minutes_per_day = 45
[[teams]]
id = "A"
base = "{base}"
vehicle = "car"
size = 3
households_per_hour = 5
[[teams]]
id = "B"
base = "{base}"
vehicle = "four_wheel_drive"
size = 3
households_per_hour = 5
"""


def write_scenario(
    folder: Path, roads: Path, name: str, base: str, rows: Iterable[Row] | None
) -> Path:
    """Write a scenario, with a table of villages where there are rows, else with the map's own."""
    villages = "osm = true\npeople_per_household = 3.2"
    if rows is not None:
        villages = 'table = "villages.csv"'
        rng = random.Random(2012)
        with (folder / "villages.csv").open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(["id", "name", "lat", "lon", "households", "teams_per_night"])
            for row in rows:
                households = max(5, min(150, round(rng.lognormvariate(3.4, 0.7))))
                table.writerow([*row, households, 1 if rng.random() < 0.2 else ""])
    path = folder / "scenario.toml"
    text = SCENARIO.format(name=name, roads=roads.as_posix(), base=base, villages=villages)
    path.write_text(text, encoding="utf-8")
    return path


def localities() -> list[Row]:
    """Return the localities among the roads of the extract of Almaty."""
    with (DATA / "almaty_localities.csv").open(encoding="utf-8", newline="") as file:
        return [
            (row["wof_id"], row["name"], float(row["lat"]), float(row["lon"]))
            for row in csv.DictReader(file)
        ]


def settlements() -> list[Row]:
    """Return the villages and hamlets of the extract itself."""
    places = read_roads(BAYREUTH).places
    return [(place.id, place.name or place.id, place.lat, place.lon) for place in places]


@pytest.fixture(scope="module")
def almaty(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("almaty")
    scenario = write_scenario(folder, ALMATY, "Around Almaty", "1310019647", localities())
    return rp.run(scenario, folder / "out", rp.Options(seconds=4))


@pytest.fixture(scope="module")
def bayreuth(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("bayreuth")
    rows = settlements()
    base = next(row[0] for row in rows if row[1] == "Neudrossenfeld")
    scenario = write_scenario(folder, BAYREUTH, "North of Bayreuth", base, rows)
    return rp.run(scenario, folder / "out", rp.Options(seconds=4))


@pytest.mark.parametrize("district", ["almaty", "bayreuth"])
def test_a_real_district_gets_a_plan_that_keeps_every_rule_and_a_map_of_its_real_roads(
    request: pytest.FixtureRequest, district: str
) -> None:
    results: Results = request.getfixturevalue(district)
    problem = rp.problem_from_json(results.problem_file.read_bytes())
    plan = rp.plan_from_json(results.plan_file.read_bytes())
    assert rp.audit_plan(problem, plan, problem_sha256=plan.problem_sha256) == ()
    # Two crews of 15 households an hour reach at most 150 each in ten hours.
    assert 600 < plan.summary.households <= 3 * 2 * 150
    assert {tour.team for tour in plan.tours if tour.stops} == {"A", "B"}
    page = results.map_file.read_text(encoding="utf-8")
    assert len(page.encode()) <= SIZE_BUDGET_BYTES
    assert '"traced":true' in page
    assert '"traced":false' not in page
    assert "households made by seed" in page


def test_villages_of_today_far_from_the_roads_of_2012_are_named_unreachable(
    almaty: Results,
) -> None:
    assert len(almaty.prepared.rows) == 110
    reasons = {left.place: left for left in almaty.plan.left_out}
    unreachable = [left for left in reasons.values() if left.reason is Reason.UNREACHABLE]
    assert 5 <= len(unreachable) <= 15
    assert all("the limit is 2,000 m" in (left.requirements[0].text or "") for left in unreachable)


def test_every_village_and_hamlet_of_the_rural_extract_can_be_reached(bayreuth: Results) -> None:
    assert len(bayreuth.prepared.rows) == 71
    assert {left.reason for left in bayreuth.plan.left_out} <= {Reason.NO_TIME, Reason.SEARCH}


def test_places_of_the_map_are_villages_where_it_tells_their_population(tmp_path: Path) -> None:
    base = next(row[0] for row in settlements() if row[1] == "Neudrossenfeld")
    scenario = write_scenario(tmp_path, BAYREUTH, "North of Bayreuth", base, None)
    prepared = rp.prepare(scenario)
    assert sorted((row.name, row.households) for row in prepared.rows) == [
        *(("Harsdorf", 340), ("Neudrossenfeld", 1238))
    ]
    assert len(prepared.unplaced) == 69
    plan = rp.plan_tours(prepared, rp.Options(iterations=5))
    assert rp.audit_plan(prepared.problem, plan) == ()
    assert plan.summary.households > 600
