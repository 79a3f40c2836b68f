"""Learning speeds from drivers' reports, and the reports themselves."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeplan import prepare
from routeplan.errors import InputError
from routeplan.roads import Observation, learn, read_speeds, with_learned
from routeplan.scenario import read_scenario
from routeplan.villages import LegReport, read_reports
from routeplan.workflow.legs import learn_speeds
from tests.helpers.campaign import Undertaking

if TYPE_CHECKING:
    from pathlib import Path

TABLE = read_speeds()
DIRT, ROCKS = ("track", "dirt"), ("tertiary", "gravel")
FACTORS = st.floats(0.25, 4)


def drive(group: tuple[str, str], km: float, *, table_kmh: float, real_kmh: float) -> Observation:
    return Observation(
        seconds=km / real_kmh * 3600,
        fixed_seconds=0.0,
        group_seconds={group: km / table_kmh * 3600},
        group_metres={group: km * 1000},
    )


# ---- The estimate ----


@given(real=st.lists(st.tuples(FACTORS, st.floats(0.5, 200)), min_size=1, max_size=8))
def test_what_is_learned_lies_between_the_table_and_the_reports(
    real: list[tuple[float, float]],
) -> None:
    legs = [drive(DIRT, km, table_kmh=30, real_kmh=30 * factor) for factor, km in real]
    (found,) = learn(legs)
    mean = math.exp(sum(km * math.log(factor) for factor, km in real) / sum(km for _, km in real))
    assert min(1, mean) - 1e-6 <= found.change <= max(1, mean) + 1e-6
    assert found.metres == pytest.approx(1000 * sum(km for _, km in real))


def test_few_kilometres_change_little_and_many_change_nearly_all() -> None:
    changes = [
        learn([drive(DIRT, 30, table_kmh=30, real_kmh=15)] * n)[0].change for n in (1, 3, 30)
    ]
    # Thirty kilometres weigh as much as the table: half of the way on a scale of factors.
    assert changes[0] == pytest.approx(math.sqrt(0.5), abs=1e-6)
    assert changes == sorted(changes, reverse=True)
    assert changes[2] == pytest.approx(0.5, abs=0.02)


def test_reports_that_agree_with_the_table_change_nothing() -> None:
    found = learn([drive(DIRT, 50, table_kmh=30, real_kmh=30)])
    assert found[0].change == pytest.approx(1, abs=1e-9)
    assert learn([]) == ()


def test_legs_over_two_surfaces_are_separated() -> None:
    generator = np.random.default_rng(4)
    legs = []
    for dirt, gravel in generator.uniform(1, 60, (120, 2)):
        dirt_seconds, gravel_seconds = dirt / 30 * 3600, gravel / 50 * 3600
        legs.append(
            Observation(
                seconds=dirt_seconds / 0.6 + gravel_seconds / 1.2 + 60,
                fixed_seconds=60.0,
                group_seconds={DIRT: dirt_seconds, ROCKS: gravel_seconds},
                group_metres={DIRT: dirt * 1000, ROCKS: gravel * 1000},
            )
        )
    change = {(one.road_class, one.surface): one.change for one in learn(legs)}
    assert change[DIRT] == pytest.approx(0.6, abs=0.02)
    assert change[ROCKS] == pytest.approx(1.2, abs=0.05)


def test_what_is_learned_twice_is_learned_on_top_and_the_rest_of_the_table_stays(
    tmp_path: Path,
) -> None:
    text = (resources.files("routeplan.roads") / "speeds.toml").read_text(encoding="utf-8")
    table = TABLE
    for n in (1, 2):
        found = learn([drive(DIRT, 30, table_kmh=30, real_kmh=15)], table.learned)
        text = with_learned(text, table, found)
        path = tmp_path / "speeds.toml"
        path.write_text(text, encoding="utf-8")
        table = read_speeds(path)
        assert table.learned[DIRT] == pytest.approx((0.5 ** (n / 2),) * 3, abs=1e-3)
        assert found[0].before == pytest.approx(0.5 ** ((n - 1) / 2), abs=1e-3)
        assert replace(table, learned={}) == TABLE
    assert text.count("[learned]") == 1
    assert text.startswith("# How fast vehicles drive")


# ---- The table of reports ----


def write(folder: Path, *rows: str) -> Path:
    path = folder / "reports.csv"
    path.write_text("\n".join([*rows, ""]), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "header",
    [
        "from,to,minutes,vehicle,date",
        "Откуда;Куда;Минут;Машина;Дата",
        "қайдан;қайда;минуттар;көлік;күні",
    ],
)
def test_reports_are_read_in_three_languages(tmp_path: Path, header: str) -> None:
    comma = ";" if ";" in header else ","
    path = write(tmp_path, header, comma.join(["base", "Aq", "12", "car", "2027-05-03"]))
    assert read_reports(path) == (
        LegReport("base", "Aq", 720, "car", dt.date(2027, 5, 3), "reports.csv:2"),
    )


def test_persons_data_and_all_other_faults_are_refused_at_once(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "from,to,minutes,vehicle,date,driver name,phone,weather",
        "base,Aq,12,car,03.05.27,x,x,x",
        "base,Aq,0,car,2027-05-03,,,",
        "base,,12,+7 701 234 56 78,2027-05-03,,,",
    )
    with pytest.raises(InputError) as caught:
        read_reports(path)
    found = "\n".join(map(str, caught.value.faults))
    for words in (
        "reports.csv:1 phone: holds phone numbers; no person's data is taken in",
        "reports.csv:1 driver name: ",
        "reports.csv:1 weather: is not a known column",
        "reports.csv:2 date: '03.05.27' is not a date; did you mean 2027-05-03?",
        "reports.csv:3 minutes: is 0",
        "reports.csv:4 to: is empty",
        "reports.csv:4 vehicle: looks like a phone number",
    ):
        assert words in found, found
    assert "234" not in found


# ---- The whole ----


def test_reports_of_a_slow_district_slow_its_roads_down(tmp_path: Path) -> None:
    path = Undertaking().write(tmp_path)
    scenario, places = read_scenario(path), prepare(path).problem.places
    before = prepare(path).problem.travel["car"].seconds
    ids = [place.id for place in places]
    base, bulaq = ids.index("base"), ids.index("Bulaq")
    twice = round(2 * int(before[base, bulaq]))
    reports = [
        LegReport("base", "Bulaq", twice, "car", dt.date(2027, 5, 3), f"r:{n}") for n in range(400)
    ]
    learned, text = learn_speeds(scenario, places, reports)
    assert {one.road_class for one in learned} == {"primary", "tertiary"}
    assert all(one.after < 1 for one in learned)
    (tmp_path / "speeds.toml").write_text(text, encoding="utf-8")
    own = scenario.replace(roads=replace(scenario.roads, speeds=tmp_path / "speeds.toml"))
    after = int(prepare(own).problem.travel["car"].seconds[base, bulaq])
    assert 0.9 * twice < after <= twice


def test_reports_that_cannot_be_are_refused_at_once(tmp_path: Path) -> None:
    path = Undertaking().write(tmp_path)
    scenario, places = read_scenario(path), prepare(path).problem.places
    day = dt.date(2027, 5, 3)
    with pytest.raises(InputError) as caught:
        learn_speeds(
            scenario,
            places,
            [
                LegReport("base", "Bulak", 600, "car", day, "r.csv:2"),
                LegReport("base", "Aq", 600, "cart", day, "r.csv:3"),
                LegReport("Aq", "Ақ", 600, "car", day, "r.csv:4"),
            ],
        )
    found = [str(fault) for fault in caught.value.faults]
    assert found[0] == "r.csv:2 to: no place is called 'Bulak'; did you mean 'Bulaq'?"
    assert found[1].startswith("r.csv:3 vehicle: no speeds are known for 'cart'; did you mean")
    with pytest.raises(InputError) as caught:
        learn_speeds(
            scenario,
            places,
            [
                LegReport("base", "Aral", 600, "car", day, "r.csv:2"),
                LegReport("base", "Bulaq", 60_000, "car", day, "r.csv:3"),
            ],
        )
    found = [str(fault) for fault in caught.value.faults]
    assert found[0].startswith("r.csv:2: there is no way: the road 30 m away")
    assert "times the" in found[1]
