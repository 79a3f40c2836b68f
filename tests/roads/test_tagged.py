"""Roads as they are tagged: parts of the network, seasons, directions, meridian, settlements."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from routeplan.model.problem import Place
from routeplan.roads import SnapFailure, bounding_box, buffer_around, snap, trace_legs, travel_times
from tests.helpers.drawing import (
    APRIL,
    CAR,
    FOUR,
    JANUARY,
    JULY,
    TERTIARY,
    Drawing,
    graph_of,
    one_way_time,
    place_at,
    seconds,
    straight,
)
from tests.helpers.roads import at

if TYPE_CHECKING:
    from pathlib import Path


# ---- Components ----


def two_parts(folder: Path) -> Path:
    """Draw a part of twelve kilometres with villages, and one of sixty without."""
    drawing = Drawing()
    for number, east in ((1, 0), (2, 6000), (3, 12_000), (4, 20_000), (5, 80_000)):
        drawing.node(number, east)
    drawing.way(1, [1, 2, 3], TERTIARY)
    drawing.way(2, [4, 5], TERTIARY)
    return drawing.write(folder)


def test_roads_are_chosen_by_the_places_on_them_and_not_by_their_length(tmp_path: Path) -> None:
    graph = graph_of(two_parts(tmp_path))
    places = [place_at("base", 0), place_at("V1", 6000), place_at("V2", 12_000)]
    times = travel_times(graph, CAR, snap(graph, CAR, places))
    assert times.reachable.all()
    assert times.seconds[0].tolist() == [0, 360, 720]


def test_places_of_another_component_than_the_bases_are_left_aside(tmp_path: Path) -> None:
    graph = graph_of(two_parts(tmp_path))
    places = [place_at("V1", 6000), place_at("base", 0), *(place_at(f"W{n}", 3e4 + n * 1e4)
              for n in range(3))]  # fmt: skip
    with_base = snap(graph, CAR, places, bases=["base"])
    assert [one.found for one in with_base] == [True, True, False, False, False]
    assert {one.failure for one in with_base[2:]} == {SnapFailure.ISLAND}
    # Without a base the part that takes more places is chosen.
    assert [one.found for one in snap(graph, CAR, places)] == [False, False, True, True, True]
    # Where each part has a base, each village is on the roads of one of them.
    both = snap(graph, CAR, places, bases=["base", "W0"])
    assert all(one.found for one in both)
    times = travel_times(graph, CAR, both)
    assert times.reachable.tolist()[0] == [True, True, False, False, False]


def test_a_component_of_one_place_alone_is_not_chosen(tmp_path: Path) -> None:
    graph = graph_of(two_parts(tmp_path))
    places = [place_at("base", 0), place_at("W", 40_000)]
    for bases in ((), ("base",)):
        alone, other = snap(graph, CAR, places, bases=bases)
        assert (alone.failure, other.found) == (SnapFailure.ISLAND, True)


# ---- Seasons ----


@pytest.mark.parametrize(
    "tags",
    [
        {"highway": "winter_road"},
        {"highway": "ice_road"},
        {"highway": "tertiary", "ice_road": "yes"},
        {"highway": "unclassified", "winter_road": "yes"},
    ],
)
def test_winter_roads_are_driven_in_winter_only(tmp_path: Path, tags: dict[str, str]) -> None:
    path = straight(tmp_path, tags=tags)
    assert (one_way_time(path, JANUARY) or 0) > 720
    assert one_way_time(path, JULY) is None
    assert one_way_time(path, APRIL) is None


@pytest.mark.parametrize("key", ["winter_service", "snowplowing"])
def test_a_road_that_nobody_ploughs_is_closed_to_cars_in_winter(tmp_path: Path, key: str) -> None:
    path = straight(tmp_path, tags={"highway": "secondary", key: "no"})
    assert (one_way_time(path, JULY), one_way_time(path, JANUARY)) == (515, None)
    assert one_way_time(path, JANUARY, FOUR) == 2400
    assert one_way_time(straight(tmp_path, tags={"highway": "secondary", key: "yes"}), JANUARY)


@pytest.mark.parametrize(
    "road_class", ["trunk", "primary", "secondary", "tertiary", "unclassified"]
)
def test_asphalt_is_slower_in_winter(tmp_path: Path, road_class: str) -> None:
    tags = {"highway": road_class, "surface": "asphalt"}
    summer, winter = (one_way_time(straight(tmp_path, tags=tags), d) for d in (JULY, JANUARY))
    assert summer is not None
    assert winter is not None
    assert 1.1 < winter / summer < 1.3


# ---- One-way, access and other tags ----


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"oneway": "yes"}, (600, None)),
        ({"oneway": "yes", "oneway:motor_vehicle": "no"}, (600, 600)),
        ({"oneway": "yes", "oneway:motorcar": "no"}, (600, 600)),
        ({"oneway": "no", "oneway:motorcar": "-1"}, (None, 600)),
        ({"oneway": "yes", "oneway:bicycle": "no"}, (600, None)),
        ({"motor_vehicle:backward": "no"}, (600, None)),
        ({"vehicle:forward": "no"}, (None, 600)),
        ({"access:backward": "private"}, (600, None)),
        ({"access:forward": "no", "motorcar": "yes"}, (600, 600)),
        ({"motor_vehicle": "no", "motor_vehicle:forward": "yes"}, (600, None)),
        ({"access:forward": "no", "access:backward": "no"}, (None, None)),
        ({"oneway": "yes", "motor_vehicle:forward": "no"}, (None, None)),
    ],
)
def test_each_direction_has_its_own_access(
    tmp_path: Path, tags: dict[str, str], expected: tuple[int | None, int | None]
) -> None:
    drawing = Drawing()
    for number, east, north in ((9, -20_000, 0), (1, 0, 0), (3, 10_000, 0), (5, 5000, 20_000)):
        drawing.node(number, east, north)
    drawing.way(900, [9, 1], TERTIARY)
    drawing.way(1, [1, 3], {**TERTIARY, **tags})
    # A way around, so that both ends are joined whatever the tags.
    drawing.way(2, [1, 5, 3], TERTIARY)
    found = seconds(drawing.write(tmp_path))
    around = 2474
    assert found == tuple(around if one is None else one for one in expected)


@pytest.mark.parametrize(
    ("key", "condition"),
    [
        ("motor_vehicle:backward", "no @ (Jun-Aug)"),
        ("oneway", "yes @ (Jun-Aug)"),
        ("oneway:motorcar", "yes @ summer"),
    ],
)
def test_directions_may_depend_on_the_date(tmp_path: Path, key: str, condition: str) -> None:
    drawing = Drawing()
    for number, east, north in ((9, -20_000, 0), (1, 0, 0), (3, 10_000, 0), (5, 5000, 20_000)):
        drawing.node(number, east, north)
    drawing.way(900, [9, 1], TERTIARY)
    drawing.way(1, [1, 3], {**TERTIARY, f"{key}:conditional": condition})
    drawing.way(2, [1, 5, 3], TERTIARY)
    path = drawing.write(tmp_path)
    assert seconds(path, JULY) == (600, 2474)
    assert seconds(path, JANUARY) == (720, 720)


@pytest.mark.parametrize(
    ("tags", "car", "four"),
    [
        ({"4wd_only": "yes"}, None, 1029),
        ({"4wd_only": "no"}, 1200, 1029),
        ({"4wd_only": "recommended"}, 1200, 1029),
        ({"abandoned": "yes"}, None, None),
        ({"disused": "yes"}, None, None),
        ({"disused": "no"}, 1200, 1029),
        ({"impassable": "yes"}, None, None),
        ({"smoothness": "impassable"}, None, None),
    ],
)
def test_tags_beside_class_and_surface_close_a_road(
    tmp_path: Path, tags: dict[str, str], car: int | None, four: int | None
) -> None:
    path = straight(tmp_path, tags={"highway": "track", **tags})
    assert (one_way_time(path), one_way_time(path, None, FOUR)) == (car, four)


# ---- The 180th meridian ----


@pytest.mark.parametrize("cut", [False, True])
def test_a_road_goes_on_beyond_the_180th_meridian(tmp_path: Path, *, cut: bool) -> None:
    drawing = Drawing()
    positions = {1: 179.9369409, 2: -179.9369409} | ({3: 180.0, 4: -180.0} if cut else {})
    for number, lon in positions.items():
        drawing.lines.append(f'<node id="{number}" version="1" lat="50" lon="{lon}"/>')
    # OpenStreetMap cuts roads there, so that each half has a node of its own.
    for number, nodes in enumerate(((1, 3), (4, 2)) if cut else ((1, 2),), start=1):
        drawing.way(number, nodes, TERTIARY)
    graph = graph_of(drawing.write(tmp_path))
    places = [
        Place("W", "W", 50, 179.9369409),
        Place("E", "E", 50, -179.9369409),
        Place("Z", "Z", 50.001, 180.0),
        Place("Y", "Y", 50.001, -180.0),
    ]
    snaps = snap(graph, CAR, places)
    times = travel_times(graph, CAR, snaps)
    # 9,014 m at 60 km/h; to the village 4,507 m and 111 m at 10.
    assert times.seconds[0].tolist() == [0, 541, 311, 311]
    assert times.metres is not None
    assert times.metres[0].tolist() == [0, 9014, 4618, 4618]
    (leg,) = trace_legs(graph, CAR, snaps, [(0, 1)])
    assert (abs(leg.points[:, 1]) <= 180).all()
    assert {round(abs(lon), 3) for lon in leg.points[:, 1].tolist()} <= {179.937, 180.0}


def test_a_region_may_lie_on_both_sides_of_the_180th_meridian() -> None:
    points = np.array([(50.0, 179.9), (50.0, -179.9), (50.0, 0.0)])
    box = bounding_box(south=49, west=179, north=51, east=-179, margin_metres=0)
    circle = buffer_around([(50.0, 179.95)], 20_000, margin_metres=0)
    for region in (box, circle):
        assert region.inside(points).tolist() == [True, True, False]


# ---- Settlements ----


def city(folder: Path, *, streets: bool = False, **tags: str) -> Path:
    """Draw a city with a main road, perhaps with streets from 6 to 8 km out."""
    drawing = Drawing()
    drawing.node(70, 0, 0, place="city", name="Қала", **tags)
    for n in range(100):
        drawing.node(100 + n, n * 200)
    drawing.way(1, [*range(100, 200)], {"highway": "primary"})
    if streets:
        for n in range(10):
            north = -450 + n * 100
            drawing.node(1000 + 2 * n, 6000, north)
            drawing.node(1001 + 2 * n, 8000, north)
            nodes = [1000 + 2 * n, 1001 + 2 * n]
            for m in range(1, 10):
                drawing.node(2000 + 10 * n + m, 6000 + 200 * m, north)
                nodes.insert(m, 2000 + 10 * n + m)
            drawing.way(10 + n, nodes, {"highway": "residential"})
    return drawing.write(folder)


def kmh_at(path: Path, east: float) -> float:
    """Return how fast a car drives on the main road behind the node so far east."""
    graph = graph_of(path)
    starts = np.flatnonzero(np.abs(graph.points - at(east, 0)).max(axis=1) < 1e-6)
    profiles = [graph.profiles[n] for n in graph.segment_profile[starts].tolist() if n >= 0]
    (main,) = {one for one in profiles if one.road_class == "primary"}
    speed: float = main.speeds[0][0].kmh
    return speed


def test_a_city_is_as_large_as_its_people_need(tmp_path: Path) -> None:
    unknown = city(tmp_path)
    assert [kmh_at(unknown, east) for east in (3000, 5000)] == [50, 80]
    large = city(tmp_path, population="1 800 200")
    assert [kmh_at(large, east) for east in (3000, 5000, 13_000, 15_000)] == [50, 50, 50, 80]


def test_a_road_among_streets_is_in_a_settlement_wherever_its_middle_is(tmp_path: Path) -> None:
    path = city(tmp_path, streets=True)
    assert [kmh_at(path, east) for east in (5000, 6800, 10_000)] == [80, 50, 80]
