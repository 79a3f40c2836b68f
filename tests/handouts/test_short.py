"""Plans with drives of no length: villages where a base is, or where another village is."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import gpxpy
import numpy as np
import pyogrio
import pytest
from hypothesis import given
from hypothesis import strategies as st

import routeplan as rp
from routeplan.analysis.frames import frame_isochrones, frame_legs
from routeplan.handouts import MapData, day_files, team_day
from routeplan.handouts.geometry import simplify_line
from routeplan.handouts.layers import LAYERS
from routeplan.handouts.team_days import make_handouts
from routeplan.model.road_notes import ClosedRoad, RoadLine
from routeplan.workflow.draw import trace_map_data
from routeplan.workflow.edits import fingerprint_of
from tests.handouts.test_geometry import unpacked
from tests.handouts.test_map import payload_of
from tests.helpers.campaign import HEADER, Undertaking
from tests.helpers.handouts import toy_plan, toy_problem
from tests.helpers.roads import at
from tests.helpers.sheets import pages

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

PLAN = toy_plan()
HERE = (43.0, 79.0)
# Metres from each place to the road, and points of the road on the way.
WAYS = {"one point": 0.0, "less than is drawn": 5.0}


def gathered(metres: float) -> tuple[Problem, MapData]:
    """Return the toy with all its places at one point, and drives by a road so far from it."""
    problem = toy_problem()
    problem = problem.replace(
        places=tuple(replace(place, lat=HERE[0], lon=HERE[1]) for place in problem.places)
    )
    road = (HERE[0] + metres / 111_195, HERE[1])
    line = np.array([HERE, road, HERE] if metres else [HERE])
    ways = {("car", *drive): line for tour in PLAN.tours for drive in tour.drives}
    closed = ClosedRoad(
        "Ford", "track", "car", "season", "thaw", 0.0, metres, (line.repeat(2, axis=0),), ()
    )
    roads = [RoadLine("track", False, np.array([HERE, (43.1, 79.1)]))]  # noqa: FBT003
    return problem, MapData(lines=ways, roads=roads, closed_roads=(closed,))


@pytest.mark.parametrize("metres", WAYS.values(), ids=WAYS)
def test_every_handout_is_made_of_a_plan_whose_drives_have_no_length(
    tmp_path: Path, metres: float
) -> None:
    problem, data = gathered(metres)
    check_all(problem, PLAN, data, tmp_path)
    own = team_day(problem, PLAN, data, team="A", day=0)
    check_map(day_files(own)["map.html"])


def check_all(problem: Problem, plan: Plan, data: MapData, folder: Path) -> None:
    """Make all handouts, and look at what each of them has for a line."""
    files: dict[str, bytes] = {}
    for _, make in make_handouts(problem, plan, data, fingerprint=fingerprint_of(plan)):
        files |= make()
    drives = sum(len(tour.drives) for tour in plan.tours)
    check_layers(files["plan.gpkg"], folder, drives=drives)
    for name, content in files.items():
        match name.rpartition(".")[2]:
            case "html":
                check_map(content)
            case "pdf":
                assert pages(content, scale=0.5)
            case "gpx":
                tracks = gpxpy.parse(content.decode()).tracks
                assert all(len(part.points) > 1 for track in tracks for part in track.segments)
            case "kml":
                check_kml(content)


def check_layers(data: bytes, folder: Path, *, drives: int) -> None:
    """Rows are all there, and no geometry is invalid."""
    path = folder / "plan.gpkg"
    path.write_bytes(data)
    for layer in LAYERS:
        frame = pyogrio.read_dataframe(path, layer=layer)
        assert frame.geometry.is_valid.all(), layer
        assert layer != "legs" or len(frame) == drives


def check_map(page: bytes) -> None:
    """Lines have two points, as the page's script takes for granted."""
    payload = payload_of(page.decode())
    legs = [leg for tour in payload["tours"] for leg in tour["legs"]]
    assert legs
    assert all(leg["traced"] for leg in legs)
    assert all(len(line) > 1 for leg in legs for line in unpacked(leg["line"]))


def check_kml(text: bytes) -> None:
    for line in re.findall(rb"<LineString>.*?<coordinates>(.*?)</coordinates>", text, re.DOTALL):
        assert len(set(line.split())) > 1


@given(
    st.lists(st.tuples(*[st.integers(-9, 9)] * 2), min_size=1, max_size=5),
    st.sampled_from([0.0, 0.01, 1.0, 8.0, 100.0]),
)
def test_a_leg_is_drawn_from_where_it_begins_to_where_it_ends_however_short(
    metres: list[tuple[int, int]], tolerance: float
) -> None:
    line: NDArray[np.float64] = HERE + np.array(metres) / 3 / 111_195
    drawn = simplify_line(line, tolerance)
    assert len(drawn) > 1
    ends = tuple(tuple(point) for point in line[[0, -1]].round(5).tolist())
    assert (drawn[0], drawn[-1]) == ends
    assert len(drawn) == 2 or all(a != b for a, b in pairwise(drawn))


@pytest.mark.parametrize(("north", "east"), [(0, 2600.4), (5, 2600)])
def test_a_village_where_the_base_is_can_be_handed_out(
    tmp_path: Path, north: float, east: float
) -> None:
    (lat, lon), there = at(2600, north), at(east, north)
    rows = [HEADER, f"v1,Aq,{lat},{lon},30,1", f"v2,Bulaq,{there[0]},{there[1]},30,"]
    prepared = rp.prepare(Undertaking(lat=lat, lon=lon, table=rows).write(tmp_path))
    plan = rp.solve(prepared.problem, rp.Options(iterations=5, bound=False))
    assert sum(len(tour.drives) for tour in plan.tours) > 1
    check_all(prepared.problem, plan, trace_map_data(prepared, plan), tmp_path)
    legs = frame_legs(prepared, plan)
    assert legs.geometry.is_valid.all()
    assert len(legs) == sum(len(tour.drives) for tour in plan.tours)
    assert not frame_isochrones(prepared, [0, 1]).empty
