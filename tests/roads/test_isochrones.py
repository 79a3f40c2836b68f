"""How far a vehicle gets: against the travel times that are planned with, and by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from routeplan.errors import InputError
from routeplan.roads import isochrones, reachable_roads, snap, travel_times
from routeplan.roads.travel import times_from_sources
from tests.helpers.roads import AQ, TUZAQ, VILLAGES, District, place, toy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from routeplan.roads import RoadGraph, Snap

BASE = place("base", 2600, 30)


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> RoadGraph:
    return toy().graph(tmp_path_factory.mktemp("roads"))


@pytest.fixture
def road(tmp_path: Path) -> RoadGraph:
    """Ten kilometres of straight road at 60 km/h: a kilometre a minute."""
    district = District()
    district.node(1, 0, 0)
    district.node(2, 4000, 0)
    district.node(3, 10000, 0)
    district.way([1, 2, 3], highway="tertiary", maxspeed="60", surface="asphalt")
    return district.graph(tmp_path)


def point_seconds(graph: RoadGraph, vehicle: str, sources: Sequence[Snap]) -> NDArray[np.float64]:
    """Seconds from the nearest source to each point of the graph, inf for no way."""
    found = times_from_sources(graph, vehicle, sources)
    return found.seconds[np.searchsorted(found.position, np.arange(len(graph.points)))]


def speed(graph: RoadGraph) -> float:
    """Metres a minute on the whole of a straight road."""
    return float(60 * graph.segment_metres.sum() / graph.segment_seconds("car")[0].sum())


def test_a_road_is_cut_where_the_minutes_are_over(road: RoadGraph) -> None:
    (source,) = snap(road, "car", [place("start", 0, 0)])
    found = reachable_roads(road, "car", [source], [3, 1, 60])
    assert found["minutes"].tolist() == [1, 3, 60]
    expected = [speed(road) / 1000, 3 * speed(road) / 1000, 10.0]
    assert found["road_km"].tolist() == pytest.approx(expected, rel=0.01)


def test_from_the_middle_of_a_road_both_directions_are_reached(road: RoadGraph) -> None:
    (source,) = snap(road, "car", [place("middle", 5000, 0)])
    (km,) = reachable_roads(road, "car", [source], [2])["road_km"]
    assert km == pytest.approx(4 * speed(road) / 1000, rel=0.01)


def test_two_sources_reach_no_road_twice(road: RoadGraph) -> None:
    sources = snap(road, "car", [place("west", 0, 0), place("east", 10000, 0)])
    assert reachable_roads(road, "car", sources, [60])["road_km"][0] == pytest.approx(10, rel=0.01)


def test_the_drive_from_a_place_to_its_road_is_part_of_the_minutes(road: RoadGraph) -> None:
    near, far = (
        reachable_roads(road, "car", snap(road, "car", [place("start", 0, north)]), [4])["road_km"][
            0
        ]
        for north in (0, 200)
    )
    assert far < near


def test_a_one_way_road_is_not_driven_against_its_way(graph: RoadGraph) -> None:
    # Tuzaq lies on a one-way road west from Aq: it is reached from there, and nothing from it.
    times = point_seconds(graph, "car", snap(graph, "car", [AQ]))
    west = graph.points[:, 1].argmin()
    assert np.isfinite(times[west])
    (trapped,) = snap(graph, "car", [TUZAQ])
    if trapped.point is None:
        assert not np.isfinite(point_seconds(graph, "car", [trapped])).any()


@pytest.mark.parametrize("vehicle", ["car", "four_wheel_drive"])
def test_places_lie_where_the_travel_times_say(graph: RoadGraph, vehicle: str) -> None:
    """On both sides of a place the road is reached at times that bracket that of the matrix."""
    snaps = snap(graph, vehicle, [BASE, *VILLAGES])
    matrix = travel_times(graph, vehicle, snaps)
    times = point_seconds(graph, vehicle, snaps[:1])
    seconds = graph.segment_seconds(vehicle)
    checked = 0
    for number, found in enumerate(snaps):
        if found.point is None or not number or not matrix.reachable[0, number]:
            continue
        at = int(graph.offsets[found.point.edge]) + int(found.point.along)
        pace = 3.6 / graph.off_road_kmh[graph.vehicle_index(vehicle)]
        on_road = matrix.seconds[0, number] - (found.metres or 0) * pace
        step = seconds[:, at].max() + 1
        assert min(times[at : at + 2]) - 1 <= on_road <= min(times[at : at + 2]) + step
        checked += 1
    assert checked >= 4


def test_land_grows_with_the_minutes_and_holds_the_roads_that_are_reached(graph: RoadGraph) -> None:
    snaps = snap(graph, "car", [BASE])
    land = isochrones(graph, "car", snaps, [2, 5, 60], around_metres=300)
    roads = reachable_roads(graph, "car", snaps, [2, 5, 60])
    assert land["road_km"].tolist() == roads["road_km"].tolist()
    assert land["square_km"].is_monotonic_increasing
    for near, far in zip(land.geometry, land.geometry[1:], strict=False):
        assert far.buffer(1e-4).contains(near)
    for lines, around in zip(roads.geometry, land.geometry, strict=True):
        assert around.buffer(1e-5).contains(lines)


def test_from_a_place_off_the_roads_nothing_is_reached(graph: RoadGraph) -> None:
    snaps = snap(graph, "car", [place("nowhere", 90000, 90000)])
    land = isochrones(graph, "car", snaps, [60])
    assert land[["road_km", "square_km"]].to_numpy().tolist() == [[0.0, 0.0]]


def test_limits_that_cannot_be_are_refused_all_at_once(graph: RoadGraph) -> None:
    snaps = snap(graph, "car", [BASE])
    with pytest.raises(InputError, match="there are none"):
        reachable_roads(graph, "car", snaps, [])
    with pytest.raises(InputError) as caught:
        reachable_roads(graph, "car", snaps, [-1, float("nan"), 5])
    assert len(caught.value.faults) == 2
