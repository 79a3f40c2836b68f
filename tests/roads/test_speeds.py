"""Tags, the table of speeds, and edge speeds with their reasons."""

from __future__ import annotations

import math
from importlib import resources
from typing import TYPE_CHECKING

import pytest

from routeplan.errors import InputError
from routeplan.roads import read_speeds
from routeplan.roads.edge_speed import EdgeSpeed, ignored_values, speed_limit
from routeplan.roads.obstacles import node_profile
from routeplan.roads.places import population
from routeplan.roads.tags import directions, driving_tags
from tests.helpers.roads import open_profile

if TYPE_CHECKING:
    from pathlib import Path

TABLE = read_speeds()
CAR, FOUR = 0, 1


def speed(vehicle: int = CAR, /, **tags: str) -> EdgeSpeed:
    profile = open_profile({key.replace("__", ":"): text for key, text in tags.items()}, TABLE)
    assert profile is not None
    return profile.speeds[vehicle][0]


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({"highway": "primary"}, "highway=primary: 80 km/h"),
        ({"highway": "primary", "surface": "gravel"}, "surface=gravel: 50 km/h"),
        ({"highway": "track"}, "highway=track: 30 km/h"),
        ({"highway": "track", "surface": "ground"}, "highway=track: 30 km/h"),
        ({"highway": "unclassified"}, "surface=unpaved assumed for unclassified: 40 km/h"),
        ({"highway": "tertiary", "surface": "gravel;ground"}, "surface=ground: 30 km/h"),
        ({"highway": "track", "tracktype": "grade3"}, "tracktype=grade3: 25 km/h"),
        ({"highway": "primary", "smoothness": "bad"}, "smoothness=bad: 40 km/h"),
        ({"highway": "primary", "maxspeed": "20 mph"}, "maxspeed=20 mph: 32.2 km/h"),
        ({"highway": "primary", "maxspeed": "KZ:urban"}, "maxspeed=KZ:urban: 60 km/h"),
        ({"highway": "primary", "maxspeed": "120"}, "highway=primary: 80 km/h"),
        ({"highway": "primary", "surface": "lava"}, "highway=primary: 80 km/h"),
    ],
)
def test_the_lowest_speed_decides_and_is_the_reason(tags: dict[str, str], reason: str) -> None:
    assert speed(**tags).reason == reason


def test_a_four_wheel_drive_keeps_going_where_a_car_does_not() -> None:
    for tags in (
        {"highway": "track", "tracktype": "grade5"},
        {"highway": "tertiary", "ford": "yes"},
        {"highway": "unclassified", "surface": "mud"},
        {"highway": "track", "smoothness": "horrible"},
    ):
        assert not speed(CAR, **tags).passes
        assert speed(FOUR, **tags).passes


def test_a_limit_for_one_direction_holds_in_that_direction() -> None:
    profile = open_profile(
        {"highway": "primary", "maxspeed:backward": "40", "maxspeed": "60"}, TABLE
    )
    assert profile is not None
    along, against = profile.speeds[CAR]
    assert (along.kmh, against.kmh) == (60, 40)


@pytest.mark.parametrize(
    ("text", "kmh"),
    [
        ("60", 60.0),
        (" 60 km/h", 60.0),
        ("50 knots", 92.6),
        ("40 mph", 64.37376),
        ("40mph", 64.37376),
        ("60;40", 40.0),
        ("60; quick", 60.0),
        ("12,5", 12.5),
        ("walk", 6.0),
        ("none", math.inf),
        ("RU:urban", 60.0),
        ("quick", None),
        ("", None),
        ("0", None),
        ("-50", None),
        ("60 furlongs", None),
        ("1" * 400, None),
    ],
)
def test_speed_limits_are_read_in_their_own_unit(text: str, kmh: float | None) -> None:
    limit = speed_limit(text, TABLE.limits)
    assert limit == (kmh if kmh is None else pytest.approx(kmh))


@pytest.mark.parametrize(
    ("tags", "open_ways"),
    [
        ({"highway": "primary"}, (True, True)),
        ({"highway": "primary", "oneway": "yes"}, (True, False)),
        ({"highway": "primary", "oneway": "-1"}, (False, True)),
        ({"highway": "primary", "oneway": "reversible"}, (False, False)),
        ({"highway": "motorway"}, (True, False)),
        ({"highway": "motorway", "oneway": "no"}, (True, True)),
        ({"highway": "tertiary", "junction": "roundabout"}, (True, False)),
        ({"highway": "tertiary", "junction": "circular"}, (True, False)),
        ({"highway": "tertiary", "oneway": "alternating"}, (True, True)),
    ],
)
def test_one_way_roads_are_recognized_by_tag_or_by_class(
    tags: dict[str, str], open_ways: tuple[bool, bool]
) -> None:
    assert directions(tags) == open_ways


@pytest.mark.parametrize(
    ("tags", "driven"),
    [
        ({"highway": "track"}, True),
        ({"highway": "footway"}, False),
        ({"highway": "path"}, False),
        ({"highway": "path", "motor_vehicle": "yes"}, True),
        ({"highway": "path", "access": "yes"}, False),
        ({"highway": "service", "access": "private"}, False),
        ({"highway": "service", "access": "no", "motor_vehicle": "destination"}, True),
        ({"highway": "service", "access": "yes", "vehicle": "no"}, False),
        ({"highway": "track", "motor_vehicle": "agricultural;forestry"}, False),
        ({"highway": "track", "motor_vehicle": "agricultural;destination"}, True),
        ({"highway": "service", "motor_vehicle": "no", "motorcar": "yes"}, True),
        ({"highway": "pedestrian", "area": "yes"}, False),
        ({"highway": "service", "area": "yes"}, False),
        ({"highway": "construction"}, False),
        ({"highway": "track", "smoothness": "impassable"}, False),
    ],
)
def test_which_ways_are_driven(tags: dict[str, str], *, driven: bool) -> None:
    assert (open_profile(tags, TABLE) is not None) is driven


@pytest.mark.parametrize(
    ("tags", "car", "four"),
    [
        ({"barrier": "gate"}, 30, 30),
        ({"barrier": "yak"}, None, None),
        ({"barrier": "bollard"}, None, None),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, 0, 0),
        ({"barrier": "gate", "access": "private"}, None, None),
        ({"barrier": "gate", "locked": "yes"}, None, None),
        ({"barrier": "entrance"}, 0, 0),
        ({"barrier": "no"}, 0, 0),
        ({"ford": "yes"}, None, 60),
        ({"highway": "ford"}, None, 60),
        ({"ford": "no"}, 0, 0),
    ],
)
def test_barriers_and_fords_stop_or_delay(
    tags: dict[str, str], car: float | None, four: float | None
) -> None:
    profile = node_profile(tags, TABLE)
    if (car, four) == (0, 0):
        assert profile is None
        return
    assert profile is not None
    for expected, (one, other) in zip((car, four), profile.speeds[:2], strict=True):
        assert one == other
        assert (one.seconds if one.passes else None) == expected


def test_conditional_and_seasonal_tags_are_kept() -> None:
    tags = {"highway": "track", "maxspeed:conditional": "40 @ wet", "seasonal": "yes", "lit": "no"}
    assert driving_tags(tags.items()) == {key: tags[key] for key in tags if key != "lit"}


def test_values_that_mean_nothing_to_the_table_are_named() -> None:
    tags = {"highway": "track", "surface": "lava", "maxspeed": "quick", "tracktype": "grade1"}
    assert ignored_values(tags, TABLE) == ["surface=lava", "maxspeed=quick"]


@pytest.mark.parametrize(
    ("text", "people"),
    [("1240", 1240), ("1 240 (2009)", 1240), ("~300", 300), ("few", None), ("", None)],
)
def test_populations_are_read_or_left_out(text: str, people: int | None) -> None:
    assert population(text) == people


def packaged() -> str:
    return (resources.files("routeplan.roads") / "speeds.toml").read_text(encoding="utf-8")


def test_a_copy_of_the_table_can_be_edited(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    text = packaged().replace("gravel            = { car = 50,", "gravel            = { car = 51,")
    path.write_text("\ufeff" + text, encoding="utf-8")
    assert read_speeds(path).kmh["surface"]["gravel"] == (51, 55, 45)
    assert TABLE.kmh["surface"]["gravel"] == (50, 55, 45)


def test_vehicles_can_be_renamed(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(packaged().replace("four_wheel_drive", "bukhanka"), encoding="utf-8")
    assert read_speeds(path).vehicles == ("car", "bukhanka", "minibus")


def test_every_fault_of_a_table_is_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    changes = {
        "version = 1": "version = 2",
        "track          = { car = 30, four_wheel_drive = 35, minibus = 25 }": (
            'track = { car = "3O", fwd = 35, minibus = 25 }'
        ),
        "residential    = 30": "residential = -30",
        "off_road_kmh = 10": "off_road_kmh = 0",
        'primary        = "asphalt"': 'primary = "asfalt"',
        "walk               = 6": 'walk = "slow"',
        'tracktype = ["grade1"]': 'tracktype = ["grade9"]',
        "other          = false": "",
        'only_permitted = ["path"]': 'only_permited = ["path"]',
    }
    text = packaged()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_speeds(path)
    found = [str(fault) for fault in caught.value.faults]
    assert len(found) == len(set(found))
    for words in (
        "mine.toml version: 2 is not known",
        "mine.toml class.track.car: expected a number, got the text '3O'; did you mean 30?",
        "mine.toml class.track.four_wheel_drive: is missing",
        "mine.toml class.track.fwd: is not a known field",
        "mine.toml class.residential: -30 is below 0",
        "mine.toml off_road_kmh: must be above 0",
        "mine.toml assumed_surface.primary: 'asfalt' is in no row of its table; did you mean",
        "mine.toml maxspeed.walk: expected a number",
        "mine.toml paved.tracktype: 'grade9' is in no row",
        "mine.toml barrier.other: is missing",
        "mine.toml access.only_permitted: is missing",
        "mine.toml access.only_permited: is not a known field; did you mean 'only_permitted'",
    ):
        assert any(fault.startswith(words) for fault in found), "\n".join([words, *found])


@pytest.mark.parametrize("text", ["version = ", "vehicles = []", "version = 1", "\x00"])
def test_a_table_that_is_none_is_an_input_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"mine\.toml"):
        read_speeds(path)


def test_a_missing_table_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: no such file"):
        read_speeds(tmp_path / "none.toml")
