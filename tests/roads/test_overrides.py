"""Overrides: what people know of single roads, read, found and put into force."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from routeplan.errors import InputError
from routeplan.roads import (
    Conditions,
    DayState,
    Effect,
    Override,
    build_graph,
    read_overrides,
    read_roads,
    read_speeds,
    snap,
    travel_times,
)
from tests.helpers.roads import AQ, BULAQ, KEMER, QAQPA, TASTY, at, toy

if TYPE_CHECKING:
    from pathlib import Path

    from routeplan.roads import Extract

TABLE = read_speeds()
PLACES = (AQ, BULAQ, KEMER, TASTY, QAQPA)
MAY = dt.date(2027, 5, 3)
NEAR_METRES = 500.0  # nearer than the other bank


@pytest.fixture(scope="module")
def extract(tmp_path_factory: pytest.TempPathFactory) -> Extract:
    return read_roads(toy().write(tmp_path_factory.mktemp("toy") / "district.osm"))


def minutes(
    extract: Extract, *overrides: Override, vehicle: str = "car"
) -> list[list[float | None]]:
    conditions = Conditions((DayState(MAY),), overrides)
    graph = build_graph(extract, TABLE, conditions)
    times = travel_times(graph, vehicle, snap(graph, vehicle, PLACES, NEAR_METRES))
    return [
        [int(s) / 60 if there else None for s, there in zip(*rows, strict=True)]
        for rows in zip(times.seconds, times.reachable, strict=True)
    ]


def override(effect: str, **values: object) -> Override:
    return Override(Effect(effect), "seen by a driver", "roads.toml override[0]", **values)  # type: ignore[arg-type]


def box(west: float, south: float, east: float, north: float) -> str:
    (low, left), (high, right) = at(west, south), at(east, north)
    return shapely.box(left, low, right, high).wkt


BRIDGE = (2,)  # the way over the river, from 3 to 6
TRACK_WITH_FORD = (4,)


def test_a_closed_bridge_separates_the_banks(extract: Extract) -> None:
    before, after = minutes(extract), minutes(extract, override("close", ways=BRIDGE))
    assert before[0][1] is not None
    assert after[0][1] is None
    assert after[0][3] == before[0][3]
    # It closes to those whom it names.
    assert minutes(extract, override("close", ways=BRIDGE, vehicles=("car",)))[0][1] is None
    others = override("close", ways=BRIDGE, vehicles=("minibus",))
    assert minutes(extract, others) == before


def test_a_slow_road_takes_its_time_and_a_limit_above_its_speed_changes_nothing(
    extract: Extract,
) -> None:
    plain = minutes(extract)
    slowed = minutes(extract, override("slow", ways=BRIDGE, kmh=10.0))
    assert plain[0][1] is not None
    assert slowed[0][1] is not None
    # The bridge is a kilometre, and was driven at 60 km/h.
    assert slowed[0][1] - plain[0][1] == pytest.approx(6 - 1, abs=0.05)
    assert minutes(extract, override("slow", ways=BRIDGE, kmh=200.0)) == plain


def test_names_are_found_whatever_their_case_and_numbers_too(extract: Extract) -> None:
    plain = minutes(extract)
    slow = minutes(extract, override("slow", names=("DALA  Joly",), kmh=5.0))
    assert all(a is not None and b is not None and a < b for a, b in [(plain[0][3], slow[0][3])])


def test_a_track_that_is_too_rough_for_a_car_can_be_opened_with_a_speed(
    tmp_path: Path,
) -> None:
    district = toy()
    district.way([24, 22], highway="track", tracktype="grade5", access="private")
    path = district.write(tmp_path / "d.osm")
    own = read_roads(path)
    number = (int(own.way_ids.max()),)
    shut = build_graph(own, TABLE, Conditions())
    opened = build_graph(own, TABLE, Conditions(overrides=(override("open", ways=number),)))
    by_speed = override("open", ways=number, kmh=15.0)
    driven = build_graph(own, TABLE, Conditions(overrides=(by_speed,)))
    kilometres = [
        sum(line.points.shape[0] for line in graph.lines()) for graph in (shut, opened, driven)
    ]
    assert kilometres[0] < kilometres[1] == kilometres[2]
    passes = [
        {
            vehicle
            for profile in graph.profiles
            for vehicle, pair in zip(graph.vehicles, profile.speeds, strict=True)
            if pair[0].limiting_factor is not None and pair[0].passes
        }
        for graph in (opened, driven)
    ]
    # The table says at what speed a four-wheel drive takes such a track; a car is told.
    assert passes == [{"four_wheel_drive"}, {"car", "four_wheel_drive", "minibus"}]


def test_an_area_selects_the_segments_whose_middle_is_inside(extract: Extract) -> None:
    plain = minutes(extract)
    assert minutes(extract, override("close", area=box(4900, 200, 5100, 900)))[0][1] is None
    # The middle of the bridge is at 500 m north; this box ends before.
    with pytest.raises(InputError, match="concerns no road"):
        minutes(extract, override("close", area=box(4900, 10, 5100, 400)))
    both = override("slow", names=("Dala joly",), area=box(7400, -10, 9000, 10), kmh=5.0)
    slowed = minutes(extract, both)
    assert slowed[0][1] == plain[0][1]
    assert slowed[0][4] != plain[0][4]


def test_overrides_that_match_no_road_are_refused_together(
    extract: Extract,
) -> None:
    with pytest.raises(InputError) as caught:
        minutes(
            extract,
            override("close", ways=(987654,)),
            override("close", names=("Dala jolly",)),
            override("close", ways=BRIDGE),
        )
    assert [str(fault) for fault in caught.value.faults] == [
        f"roads.toml override[0]: concerns no road of this map; {hint}"
        for hint in (
            "is the number that of a way, and does the file hold it?",
            "did you mean 'Dala joly'?",
        )
    ]


def test_an_override_applies_until_the_day_on_which_it_expires(extract: Extract) -> None:
    plain = minutes(extract)
    until = {"ways": BRIDGE, "expires": MAY}
    assert minutes(extract, override("close", **until))[0][1] is None
    stale = override("close", ways=BRIDGE, expires=MAY - dt.timedelta(days=1))
    assert minutes(extract, stale) == plain
    assert Conditions((DayState(MAY),), (stale,)).expired() == (stale,)
    # Of days on both sides the worse one counts.
    days = (DayState(MAY), DayState(MAY + dt.timedelta(days=1)))
    graph = build_graph(extract, TABLE, Conditions(days, (override("close", **until),)))
    times = travel_times(graph, "car", snap(graph, "car", PLACES, NEAR_METRES))
    assert not times.reachable[0, 1]


EFFECTS = st.one_of(
    st.just(("close", None)),
    st.tuples(st.just("slow"), st.floats(1, 100)),
    st.tuples(st.just("open"), st.floats(5, 50)),
)


@settings(max_examples=40)
@given(
    first=EFFECTS,
    second=EFFECTS,
    pair=st.permutations(range(1, 12)).map(lambda order: (order[0], order[1])),
)
def test_overrides_commute_where_they_do_not_overlap(
    extract: Extract,
    first: tuple[str, float | None],
    second: tuple[str, float | None],
    pair: tuple[int, int],
) -> None:
    one, other = (
        override(effect, ways=(way,), kmh=kmh)
        for (effect, kmh), way in zip((first, second), pair, strict=True)
    )
    for vehicle in ("car", "four_wheel_drive"):
        assert minutes(extract, one, other, vehicle=vehicle) == minutes(
            extract, other, one, vehicle=vehicle
        )


# ---- The file ----

SOUND = """\
version = 1

[[override]]
effect = "close"
note = "bridge washed away, told by the district's office"
names = ["OY-101", "Қысқы жол"]
expires = 2027-05-20

[[override]]
effect = "slow"
note = "road works"
kmh = 15
area = [[43.0, 77.0], [43.1, 77.0], [43.1, 77.1]]
vehicles = ["car"]

[[override]]
effect = "open"
note = "graded last week"
ways = [12, 13]
"""


def test_a_file_of_overrides_is_read(tmp_path: Path) -> None:
    path = tmp_path / "roads.toml"
    path.write_text("\ufeff" + SOUND, encoding="utf-8")
    closed, slowed, opened = read_overrides(path)
    assert (closed.effect, closed.expires) == (Effect.CLOSE, dt.date(2027, 5, 20))
    assert closed.source == "roads.toml override[0]"
    assert shapely.from_wkt(slowed.area).bounds == (77.0, 43.0, 77.1, 43.1)
    assert (slowed.kmh, slowed.vehicles, opened.ways) == (15, ("car",), (12, 13))


def test_an_area_may_lie_in_a_file_of_polygons(tmp_path: Path) -> None:
    square = [[77.0, 43.0], [77.1, 43.0], [77.1, 43.1], [77.0, 43.0]]
    shape = {"type": "Polygon", "coordinates": [square]}
    feature = {"type": "Feature", "properties": {}, "geometry": shape}
    whole = {"type": "FeatureCollection", "features": [feature]}
    (tmp_path / "flood.geojson").write_text(json.dumps(whole), encoding="utf-8")
    path = tmp_path / "roads.toml"
    text = 'version = 1\n[[override]]\neffect = "close"\nnote = "flood"\narea_file = "{}"\n'
    path.write_text(text.format("flood.geojson"), encoding="utf-8")
    (found,) = read_overrides(path)
    assert shapely.from_wkt(found.area).bounds == (77.0, 43.0, 77.1, 43.1)
    (tmp_path / "no.geojson").write_text("{}", encoding="utf-8")
    for name in ("none.geojson", "no.geojson"):
        path.write_text(text.format(name), encoding="utf-8")
        with pytest.raises(InputError, match=r"roads\.toml override\[0\]\.area_file"):
            read_overrides(path)


def test_every_fault_of_a_file_of_overrides_is_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "roads.toml"
    path.write_text(
        """\
version = 1
[[override]]
effect = "shut"
note = " "
names = ["A"]
[[override]]
effect = "slow"
note = "works"
expires = "20 May"
[[override]]
effect = "close"
note = "flood"
kmh = 5
area = [[43, 77], [143, 77], "x"]
[[override]]
effect = "open"
note = "graded"
ways = ["7"]
way = 7
""",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        read_overrides(path)
    found = "\n".join(map(str, caught.value.faults))
    for words in (
        "roads.toml override[0].effect: 'shut' is not one of its words; known are 'close'",
        "roads.toml override[0].note: says nothing",
        "roads.toml override[1].kmh: is missing; say how fast",
        "roads.toml override[1].names: is missing; choose roads by names, ways, area",
        "roads.toml override[1].expires: expected a date such as '2027-05-03', got the text",
        "roads.toml override[2].kmh: means nothing where a road is closed",
        "roads.toml override[2].area[1]: expected a list of lat and lon",
        "roads.toml override[2].area[2]: expected a list of lat and lon",
        "roads.toml override[3].ways[0]: expected a whole number",
        "roads.toml override[3].way: is not a known field; did you mean 'ways'?",
    ):
        assert words in found, found


@pytest.mark.parametrize("text", ["", "version = ", "version = 2", "\x00"])
def test_what_is_no_file_of_overrides_is_an_input_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "roads.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"roads\.toml"):
        read_overrides(path)
