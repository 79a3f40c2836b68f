"""Barriers, fords and ferries as they are tagged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from routeplan.roads import isochrones, road_notes, snap, trace_legs
from routeplan.roads.tags import duration_seconds
from tests.helpers.drawing import (
    APRIL,
    CAR,
    CAR_FERRY,
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

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path


# ---- Barriers and fords ----


@pytest.mark.parametrize(
    "barrier",
    [
        *("planter", "horse_stile", "guard_rail", "retaining_wall", "cable_barrier", "hedge"),
        *("sump_buster", "turnstile", "tank_trap", "bollard", "block", "yes", "no_such_kind"),
        *("jersey_barrier", "motorcycle_barrier", "gate;bollard", "avalanche_protection"),
    ],
)
def test_a_barrier_that_is_no_gate_is_closed_to_cars(tmp_path: Path, barrier: str) -> None:
    assert one_way_time(straight(tmp_path, {"barrier": barrier})) is None
    free = straight(tmp_path, {"barrier": barrier, "motor_vehicle": "yes"})
    assert one_way_time(free) in (600, 630)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"barrier": "gate"}, 630),
        ({"barrier": "sliding_beam"}, 630),
        ({"barrier": "cattle_grid"}, 605),
        ({"barrier": "entrance"}, 600),
        ({"barrier": "bollard", "bollard": "rising"}, 630),
        ({"barrier": "gate", "access": "private"}, None),
        ({"barrier": "gate", "locked": "yes"}, None),
    ],
)
def test_a_gate_delays_and_a_closed_one_stops(
    tmp_path: Path, tags: dict[str, str], expected: int | None
) -> None:
    assert one_way_time(straight(tmp_path, tags)) == expected


@pytest.mark.parametrize(
    ("tags", "july", "january"),
    [
        ({"access": "private", "access:conditional": "yes @ (May-Sep)"}, 630, None),
        ({"motor_vehicle:conditional": "no @ (Nov-Apr)"}, 630, None),
        ({"access": "yes", "access:conditional": "no @ (Nov-Mar)"}, 630, None),
        ({"motorcar": "no", "access:conditional": "yes @ (May-Sep)"}, None, None),
        ({"access": "no", "vehicle:conditional": "permissive @ winter"}, None, 750),
        ({"locked:conditional": "yes @ (Nov-Mar)"}, 630, None),
        ({"access:conditional": "no @ (22:00-06:00)"}, 630, 750),
    ],
)
def test_a_gate_is_open_by_its_conditions(
    tmp_path: Path, tags: dict[str, str], july: int | None, january: int | None
) -> None:
    path = straight(tmp_path, {"barrier": "gate", **tags})
    assert (one_way_time(path, JULY), one_way_time(path, JANUARY)) == (july, january)


def test_a_gate_closed_by_a_condition_says_which(tmp_path: Path) -> None:
    tags = {"barrier": "gate", "access:conditional": "no @ (Nov-Mar)"}
    graph = graph_of(straight(tmp_path, tags), JANUARY)
    (closed,) = {
        pair[0].limiting_factor
        for profile in graph.profiles
        for pair in profile.speeds
        if not pair[0].passes
    }
    assert closed is not None
    assert (closed.code, closed.detail) == ("conditional", "access:conditional=no @ (Nov-Mar)")


def crossing(
    folder: Path, node: dict[str, str], tags: dict[str, str], branch: dict[str, str]
) -> Path:
    drawing = Drawing()
    for number, east, north in ((9, -20_000, 0), (1, 0, 0), (3, 10_000, 0), (7, 5000, 500)):
        drawing.node(number, east, north)
    drawing.node(2, 5000, 0, **node)
    drawing.way(900, [9, 1], TERTIARY)
    drawing.way(1, [1, 2, 3], tags)
    drawing.way(3, [2, 7], branch)
    return drawing.write(folder)


def test_a_gate_holds_where_the_other_road_at_its_junction_is_closed_that_day(
    tmp_path: Path,
) -> None:
    gate = {"barrier": "gate", "access": "private"}
    winter = crossing(tmp_path, gate, TERTIARY, {"highway": "track", "winter_road": "yes"})
    assert one_way_time(winter, JULY) is None
    assert one_way_time(winter, JANUARY) == 720
    # And for the vehicle that does not drive the other road.
    rough = crossing(tmp_path, gate, TERTIARY, {"highway": "track", "tracktype": "grade5"})
    assert (one_way_time(rough), one_way_time(rough, None, FOUR)) == (None, 600)
    path = crossing(tmp_path, gate, TERTIARY, {"highway": "footway"})
    assert one_way_time(path) is None


def test_a_ford_at_a_junction_is_crossed_from_every_side(tmp_path: Path) -> None:
    track = {"highway": "track"}
    path = crossing(tmp_path, {"ford": "yes"}, track, track)
    assert one_way_time(path) is None
    four = one_way_time(path, None, FOUR)
    dry = one_way_time(crossing(tmp_path, {"ford": "no"}, track, track), None, FOUR)
    assert dry is not None
    assert four == dry + 60


@pytest.mark.parametrize(
    ("tags", "july", "april"),
    [
        ({"ford": "yes"}, None, None),
        ({"ford": "yes", "depth": "0"}, 600, 600),
        ({"ford": "yes", "depth": "0.0 m"}, 600, 600),
        ({"ford": "yes", "depth": "0.5"}, None, None),
        ({"ford": "yes", "intermittent": "yes"}, 600, None),
        ({"ford": "yes", "seasonal": "yes"}, 600, None),
        ({"ford": "yes", "seasonal": "spring"}, 600, None),
        ({"ford": "yes", "seasonal": "summer"}, None, 600),
        ({"highway": "ford", "intermittent": "yes"}, 600, None),
    ],
)
def test_a_ford_stops_a_car_while_it_carries_water(
    tmp_path: Path, tags: dict[str, str], july: int | None, april: int | None
) -> None:
    path = straight(tmp_path, tags)
    assert (one_way_time(path, JULY), one_way_time(path, APRIL)) == (july, april)


def test_a_ford_along_a_way_is_dry_too_where_it_is_said_so(tmp_path: Path) -> None:
    ford = {**TERTIARY, "ford": "yes"}
    assert one_way_time(straight(tmp_path, tags=ford)) is None
    assert one_way_time(straight(tmp_path, tags={**ford, "depth": "0"})) == 600
    path = straight(tmp_path, tags={**ford, "intermittent": "yes"})
    assert (one_way_time(path, JULY), one_way_time(path, APRIL)) == (600, None)


# ---- Ferries ----


def island(folder: Path, ferry: Mapping[str, str], more: Mapping[str, str] | None = None) -> Path:
    """Draw a shore with 5 km of road, a ferry of 800 m, and 6.2 km of road on an island."""
    drawing = Drawing()
    for number, east in ((8, -20_000), (1, 0), (2, 5000), (25, 5400), (3, 5800), (4, 12_000)):
        drawing.node(number, east)
    drawing.way(1, [8, 1], TERTIARY)
    drawing.way(2, [1, 2], TERTIARY)
    drawing.way(3, [3, 4], TERTIARY)
    drawing.way(4, [2, 25, 3], ferry)
    if more is not None:
        drawing.way(5, [2, 3], more)
    return drawing.write(folder)


ISLAND = (0.0, 12_000.0)
ROADS, WAIT = 300 + 372, 900


@pytest.mark.parametrize(
    ("tags", "sails"),
    [
        ({"duration": "00:15"}, 900),
        ({"duration": "PT15M"}, 900),
        ({"duration": "15"}, 900),
        ({"duration": "1:00:00"}, 3600),
        ({}, 360),
        ({"duration": "whenever"}, 360),
        # No ferry makes 290 km/h.
        ({"duration": "PT10S"}, 360),
    ],
)
def test_a_ferry_takes_its_duration_and_the_wait(
    tmp_path: Path, tags: dict[str, str], sails: int
) -> None:
    path = island(tmp_path, {**CAR_FERRY, **tags})
    there, back = seconds(path, ends=ISLAND)
    assert there is not None
    assert there == back
    assert ROADS + WAIT + sails <= there <= ROADS + WAIT + sails + 2


@pytest.mark.parametrize(
    ("tags", "carries"),
    [
        ({}, False),
        ({"foot": "yes"}, False),
        ({"motor_vehicle": "no"}, False),
        ({"access": "private"}, False),
        ({"access": "yes"}, True),
        ({"vehicle": "yes"}, True),
        ({"motorcar": "designated"}, True),
        ({"access": "yes", "motor_vehicle": "no"}, False),
        ({"hgv": "yes"}, True),
    ],
)
def test_a_ferry_carries_cars_where_a_tag_says_so(
    tmp_path: Path, tags: dict[str, str], *, carries: bool
) -> None:
    there, _ = seconds(island(tmp_path, {"route": "ferry", **tags}), ends=ISLAND)
    assert (there is not None) is carries


@pytest.mark.parametrize(
    ("tags", "sails_in"),
    [
        ({}, {JULY}),
        ({"seasonal": "yes"}, {JULY}),
        ({"seasonal": "summer"}, {JULY}),
        ({"seasonal": "spring;summer"}, {JULY, APRIL}),
        ({"motor_vehicle:conditional": "no @ (Jun-Aug)"}, set()),
        ({"motor_vehicle:conditional": "yes @ (Apr 1-Nov 15)"}, {JULY, APRIL}),
        ({"motor_vehicle": "no", "motor_vehicle:conditional": "yes @ (Jan-Dec)"},
         {JULY, APRIL, JANUARY}),
    ],
)  # fmt: skip
def test_ferries_sail_while_the_river_is_open_or_when_tags_say_so(
    tmp_path: Path, tags: dict[str, str], sails_in: set[dt.date]
) -> None:
    path = island(tmp_path, {**CAR_FERRY, **tags})
    dates = (JULY, APRIL, JANUARY)
    assert {date for date in dates if seconds(path, date, ends=ISLAND)[0]} == sails_in


def test_the_ice_road_carries_in_winter_and_the_ferry_in_summer(tmp_path: Path) -> None:
    path = island(tmp_path, CAR_FERRY, {**TERTIARY, "ice_road": "yes"})
    summer, winter = (seconds(path, date, ends=ISLAND)[0] for date in (JULY, JANUARY))
    assert summer is not None
    assert winter is not None
    assert summer >= ROADS + WAIT + 360
    # 11.2 km at 50 km/h on land and 800 m at 30 on the ice.
    assert 902 <= winter <= 904


def test_one_way_may_be_a_ferry_in_summer_and_an_ice_road_in_winter(tmp_path: Path) -> None:
    path = island(tmp_path, {**CAR_FERRY, "ice_road": "yes", "duration": "00:15"})
    summer, spring, winter = (seconds(path, d, ends=ISLAND)[0] for d in (JULY, APRIL, JANUARY))
    assert summer is not None
    assert summer >= ROADS + WAIT + 900
    assert spring is None
    # 800 m at 20 km/h on ice.
    assert winter == 951


def test_the_ways_of_a_relation_are_one_ferry(tmp_path: Path) -> None:
    drawing = Drawing()
    for number, east in ((8, -20_000), (1, 0), (2, 5000), (25, 5400), (3, 5800), (4, 12_000)):
        drawing.node(number, east)
    drawing.way(2, [8, 1, 2], TERTIARY)
    drawing.way(3, [3, 4], TERTIARY)
    # One way with a tag, and one without any.
    drawing.way(4, [2, 25], {"route": "ferry"})
    drawing.way(5, [25, 3], {})
    members = [("way", 4, ""), ("way", 5, ""), ("way", 3, "")]
    drawing.relation(1, members, {**CAR_FERRY, "type": "route", "duration": "00:20"})
    there, _ = seconds(drawing.write(tmp_path), ends=ISLAND)
    assert there is not None
    assert ROADS + WAIT + 1200 <= there <= ROADS + WAIT + 1202


def test_no_village_lies_at_a_ferry_and_no_land_along_it(tmp_path: Path) -> None:
    graph = graph_of(island(tmp_path, {**CAR_FERRY, "name": "Ертіс"}))
    places = [place_at("A", 0), place_at("at sea", 5400, 60), place_at("I", 12_000)]
    snaps = snap(graph, CAR, places)
    assert [round(one.metres or 0, -1) for one in snaps] == [0, 400, 0]
    land = isochrones(graph, CAR, snaps[:1], [600])
    assert land.road_km[0] == pytest.approx(31.2, rel=0.01)


def test_a_leg_by_ferry_says_so(tmp_path: Path) -> None:
    graph = graph_of(island(tmp_path, {**CAR_FERRY, "name": "Ертіс", "duration": "00:15"}), JULY)
    snaps = snap(graph, CAR, [place_at("A", 0), place_at("I", 12_000)])
    (leg,) = trace_legs(graph, CAR, snaps, [(0, 1)])
    (note,) = road_notes(graph, CAR, leg)
    assert (note.code, note.detail) == ("ferry", "Ертіс")
    assert note.metres == pytest.approx(800, rel=1e-3)
    assert note.seconds == pytest.approx(1800)
    assert {part.road_class for part in leg.parts} >= {"tertiary", "ferry"}


def test_durations_are_read_as_they_are_written() -> None:
    texts = ("00:15", "1:30", "01:30:00", "PT15M", "PT1H30M", "P1DT2H", "90", "20 min", "", "soon")
    found = [duration_seconds(text) for text in texts]
    assert found == [900, 5400, 5400, 900, 5400, 93_600, 5400, 1200, None, None]
