"""Snapping, travel times and traced legs on the district drawn by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from routeplan.errors import InputError, RoadError
from routeplan.roads import SnapFailure, snap, trace_legs, travel_times
from tests.helpers.roads import (
    AQ,
    ARAL,
    BULAQ,
    KEMER,
    QAQPA,
    SHET,
    TASTY,
    TUZAQ,
    VILLAGES,
    District,
    place,
    toy,
)

if TYPE_CHECKING:
    from pathlib import Path

    from routeplan.model.problem import Place
    from routeplan.roads import RoadGraph

CAR, FOUR = "car", "four_wheel_drive"


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> RoadGraph:
    return toy().graph(tmp_path_factory.mktemp("toy"))


def seconds(graph: RoadGraph, vehicle: str, start: Place, end: Place) -> int:
    times = travel_times(graph, vehicle, snap(graph, vehicle, [start, end]))
    assert times.reachable[0, 1]
    return int(times.seconds[0, 1])


@pytest.mark.parametrize(
    ("vehicle", "start", "end", "expected"),
    [
        # 18 s to the road, 4,900 m at 80 km/h, 2,000 m at 60 km/h, 18 s from the road.
        (CAR, AQ, BULAQ, 18 + 220.5 + 120 + 18),
        (CAR, BULAQ, AQ, 18 + 120 + 220.5 + 18),
        # A car does not pass the ford: 100 m of track at 30, 2,500 m of gravel at 50, the bridge.
        (CAR, KEMER, BULAQ, 18 + 12 + 180 + 60 + 18),
        (CAR, KEMER, AQ, 18 + 12 + 180 + 180 + 220.5 + 18),
        # A four-wheel drive does: 2,900 m at 35 and 60 s of water, then 2,400 m at 75.
        (FOUR, KEMER, AQ, 18 + 2900 * 3.6 / 35 + 60 + 115.2 + 18),
        # Into the one-way road at its beginning, out of it at its end.
        (CAR, AQ, TASTY, 18 + 333 + 60 + 18),
        (CAR, TASTY, AQ, 18 + 300 + 378 + 18),
        # Half the roundabout, 141.4 m, both ways; 30 s at the gate on the service road.
        (CAR, AQ, QAQPA, 18 + 445.5 + 141.42 * 0.045 + 85.5 + 180 + 30 + 162 + 10.8),
        (CAR, QAQPA, AQ, 18 + 445.5 + 141.42 * 0.045 + 85.5 + 180 + 30 + 162 + 10.8),
        # The grade 5 track is no road for a car; for the other it is, at 15 km/h.
        (FOUR, SHET, BULAQ, 10.8 + 3000 * 0.24 + 60 + 18),
    ],
)
def test_travel_times_are_those_worked_out_by_hand(
    graph: RoadGraph, vehicle: str, start: Place, end: Place, expected: float
) -> None:
    # Positions are kept to a centimetre: seconds may differ where they nearly are whole.
    assert abs(seconds(graph, vehicle, start, end) - expected - 0.5) <= 0.52


def test_metres_are_those_of_the_fastest_path_with_both_ends(graph: RoadGraph) -> None:
    times = travel_times(graph, CAR, snap(graph, CAR, [AQ, BULAQ]))
    assert times.metres is not None
    assert abs(int(times.metres[0, 1]) - (50 + 4900 + 2000 + 50)) <= 1


@pytest.mark.parametrize(
    ("vehicle", "village", "failure", "words"),
    [
        (CAR, ARAL, SnapFailure.ISLAND, "joined to no other road"),
        (CAR, TUZAQ, SnapFailure.TRAP_IN, "no way back"),
        (CAR, SHET, SnapFailure.CLOSED, "closed to car (tracktype=grade5: does not pass)"),
        (
            CAR,
            place("Teniz", 50_000, -90_000),
            SnapFailure.TOO_FAR,
            "no road lies within the limit",
        ),
    ],
)
def test_a_village_off_the_main_roads_says_why_and_how_far(
    graph: RoadGraph, vehicle: str, village: Place, failure: SnapFailure, words: str
) -> None:
    limit = 1000.0
    (found,) = snap(graph, vehicle, [village], limit)
    assert not found.found
    assert found.failure is failure
    assert words in found.detail
    assert found.metres is not None
    assert found.metres > limit
    assert f"{found.metres:,.0f} m away, the limit is 1,000 m" in found.detail


def test_a_road_that_only_leads_away_is_a_trap_out(tmp_path: Path) -> None:
    district = District()
    for number, east in enumerate((0, 5000, 9000), start=1):
        district.node(number, east, 0)
    district.way([1, 2], highway="primary")
    district.way([3, 2], highway="primary", oneway="yes")
    (found,) = snap(district.graph(tmp_path), CAR, [place("Shyghys", 9000, 40)])
    assert found.failure is SnapFailure.TRAP_OUT


def test_a_place_is_snapped_to_the_road_and_not_to_its_nearest_node(graph: RoadGraph) -> None:
    (found,) = snap(graph, CAR, [place("Orta", 3700, 120)])
    assert found.metres == pytest.approx(120, abs=0.05)
    assert found.point is not None
    assert (found.point.lat, found.point.lon) == pytest.approx((43.0, 77.04549), abs=2e-5)


def test_the_limit_is_kept(graph: RoadGraph) -> None:
    near, far = place("near", 1000, 299), place("far", 1000, 301)
    assert [one.found for one in snap(graph, CAR, [near, far], 300.0)] == [True, False]


def test_a_nearer_road_that_cannot_be_used_is_noted(graph: RoadGraph) -> None:
    used, silent = snap(graph, CAR, [place("Shet", 5000, 4200), AQ])
    assert used.found
    assert used.metres == pytest.approx(1200, abs=1)
    assert "the road 0 m away is closed to car" in used.note
    assert not silent.note


def test_unreachable_places_are_masked_and_reach_themselves(graph: RoadGraph) -> None:
    times = travel_times(graph, CAR, snap(graph, CAR, VILLAGES))
    off = [VILLAGES.index(village) for village in (ARAL, SHET)]
    on = [number for number in range(len(VILLAGES)) if number not in off]
    assert times.reachable[np.ix_(on, on)].all()
    assert not times.reachable[np.ix_(on, off)].any()
    assert not times.reachable[np.ix_(off, on)].any()
    assert times.reachable.diagonal().all()


def test_no_place_at_all_gives_an_empty_matrix(graph: RoadGraph) -> None:
    assert len(travel_times(graph, CAR, snap(graph, CAR, []))) == 0


def test_places_on_one_edge_drive_straight_to_each_other(graph: RoadGraph) -> None:
    three = [place("a", 500, 0), place("c", 2000, 0), place("b", 1100, 0)]
    times = travel_times(graph, CAR, snap(graph, CAR, three))
    assert times.metres is not None
    assert times.metres.tolist() == [[0, 1500, 600], [1500, 0, 900], [600, 900, 0]]
    assert np.abs(times.seconds - times.metres * 0.045).max() < 1.01


def test_on_a_one_way_edge_the_drive_back_is_a_detour(graph: RoadGraph) -> None:
    early, late = place("early", 7500, 300), place("late", 7500, 700)
    assert abs(seconds(graph, CAR, early, late) - 48) <= 1
    # 300 m + 2,000 m of the one-way road at 30 km/h, 1,000 m of the main road at 80, 300 m again.
    assert abs(seconds(graph, CAR, late, early) - (276 + 45 + 36)) <= 1


def test_two_places_at_one_point_of_the_road_are_only_their_access_apart(
    graph: RoadGraph,
) -> None:
    north, south = place("north", 1300, 100), place("south", 1300, -100)
    times = travel_times(graph, CAR, snap(graph, CAR, [north, south]))
    assert times.metres is not None
    assert (times.seconds[0, 1], times.metres[0, 1]) == (72, 200)


def test_of_two_roads_side_by_side_the_faster_is_taken(tmp_path: Path) -> None:
    district = District()
    for number, east in enumerate((0, 1000, 9000, 10000), start=1):
        district.node(number, east, 0)
    district.node(5, 5000, 10)
    district.way([1, 2], highway="primary")
    district.way([2, 3], highway="track")
    district.way([2, 5, 3], highway="primary")
    district.way([3, 4], highway="primary")
    graph = district.graph(tmp_path)
    assert seconds(graph, CAR, place("a", 0, 0), place("b", 10000, 0)) == 451


def test_a_detour_over_a_third_place_is_never_shorter(graph: RoadGraph) -> None:
    times = travel_times(graph, FOUR, snap(graph, FOUR, VILLAGES)[:6])
    round_about = times.seconds[:, :, None] + times.seconds[None, :, :]
    assert (times.seconds[:, None, :] <= round_about).all()


@pytest.mark.parametrize("vehicle", [CAR, FOUR])
def test_every_traced_leg_has_the_matrix_figures_and_runs_from_door_to_door(
    graph: RoadGraph, vehicle: str
) -> None:
    snaps = snap(graph, vehicle, VILLAGES)
    times = travel_times(graph, vehicle, snaps)
    assert times.metres is not None
    pairs = [(start, end) for start, end in np.argwhere(times.reachable).tolist()]
    assert len(pairs) >= 36
    for (start, end), leg in zip(pairs, trace_legs(graph, vehicle, snaps, pairs), strict=True):
        assert (leg.seconds, leg.metres) == (times.seconds[start, end], times.metres[start, end])
        ends = [(place.lat, place.lon) for place in (VILLAGES[start], VILLAGES[end])]
        assert [tuple(leg.points[0]), tuple(leg.points[-1])] == ends
        whole = sum(part.seconds for part in leg.parts)
        assert whole - 1e-4 <= leg.seconds < whole + 1
        assert abs(sum(part.metres for part in leg.parts) - leg.metres) <= 0.51


def test_a_leg_follows_the_road_and_says_what_decided_each_speed(graph: RoadGraph) -> None:
    (leg,) = trace_legs(graph, FOUR, snap(graph, FOUR, [KEMER, AQ]), [(0, 1)])
    assert [(part.road_class, part.reason) for part in leg.parts] == [
        ("off_road", "off the road: 10 km/h"),
        ("track", "highway=track: 35 km/h"),
        ("track", "ford=yes: 60 s"),
        ("track", "highway=track: 35 km/h"),
        ("primary", "highway=primary: 75 km/h"),
        ("off_road", "off the road: 10 km/h"),
    ]
    assert [round(part.metres) for part in leg.parts] == [50, 1900, 0, 1000, 2400, 50]
    assert leg.parts[4].names == ("Dala joly",)
    assert leg.parts[4].surface_assumed
    east = (leg.points[:, 1] - 77) / (leg.points[1, 1] - 77) * 2500
    assert east.round().tolist() == [2550, 2500, 2500, 2500, 100, 100]


def test_a_leg_that_cannot_be_driven_is_refused_with_the_reason(graph: RoadGraph) -> None:
    snaps = snap(graph, CAR, [AQ, ARAL])
    for pair in ((0, 1), (1, 0)):
        with pytest.raises(RoadError, match=r"no way from .*: the road 30 m away is joined to no"):
            trace_legs(graph, CAR, snaps, [pair])


def test_a_leg_to_the_same_place_takes_nothing(graph: RoadGraph) -> None:
    (leg,) = trace_legs(graph, CAR, snap(graph, CAR, [AQ, BULAQ]), [(1, 1)])
    assert (leg.seconds, leg.metres, leg.parts, len(leg.points)) == (0, 0, (), 1)


def test_an_unknown_vehicle_is_refused_with_the_nearest_one(graph: RoadGraph) -> None:
    with pytest.raises(InputError, match="did you mean 'four_wheel_drive'"):
        snap(graph, "four_whel_drive", [AQ])
