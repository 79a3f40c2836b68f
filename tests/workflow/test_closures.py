"""A road that is closed does not stop planning: who is cut off is named, and so is the road."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

import routeplan as rp
from routeplan.errors import PlanError
from routeplan.language import LANGUAGE_VARIABLE
from routeplan.workflow.inputs import base_notes, condition_notes, trouble_of
from tests.helpers.drawing import TERTIARY, Drawing
from tests.helpers.roads import at

if TYPE_CHECKING:
    from pathlib import Path

    from routeplan.workflow.prepare import Prepared

SCENARIO = """\
format = "routeplan-scenario"
version = 1
name = "week"
[roads]
file = "map.osm"
overrides = "roads.toml"
[villages]
table = "villages.csv"
[[places]]
id = "base"
name = "Base"
lat = {lat}
lon = {lon}
[days]
first = 2027-05-03
last = 2027-05-04
work = ["08:30", "21:00"]
knock = ["09:00", "20:00"]
[[teams]]
id = "A"
base = "base"
vehicle = "car"
size = 2
households_per_hour = 5
"""
FEW = rp.Options(iterations=5, bound=False)


def prepared(folder: Path, *ways: int, required: str = "no") -> Prepared:
    """Prepare a road from the base over the village near by to a far one, some of it closed."""
    drawing = Drawing()
    for number, east in ((1, 0), (2, 3000), (3, 6000), (4, 9000), (5, 40_000)):
        drawing.node(number, east)
    drawing.way(1, [1, 2, 3], TERTIARY)
    drawing.way(2, [3, 4], {**TERTIARY, "ref": "A-1"})
    drawing.way(3, [4, 5], TERTIARY)
    drawing.write(folder)
    rows = ["id,name,lat,lon,households,required"]
    for name, east in (("near", 3000), ("far", 15_000)):
        lat, lon = at(east, 50)
        rows.append(f"{name},{name},{lat},{lon},20,{required}")
    (folder / "villages.csv").write_text("\n".join(rows), encoding="utf-8")
    close = f'[[override]]\neffect = "close"\nnote = "bridge is down"\nways = {list(ways)}\n'
    (folder / "roads.toml").write_text(f"version = 1\n{close}", encoding="utf-8")
    lat, lon = at(0, 0)
    path = folder / "week.toml"
    path.write_text(SCENARIO.format(lat=lat, lon=lon), encoding="utf-8")
    return rp.prepare(path)


def test_a_village_that_a_closed_road_cuts_off_is_unreachable_by_name(tmp_path: Path) -> None:
    # The base is on the shorter part of what is left of the road.
    found = prepared(tmp_path, 2)
    plan = rp.plan_tours(found, FEW)
    assert [stop.place for tour in plan.tours for stop in tour.stops] == ["near"]
    (left,) = plan.left_out
    assert (left.place, left.reason.value) == ("far", "unreachable")
    assert left.requirements[0].trouble == "island"
    (note,) = condition_notes(found.graph, found.conditions, found.snaps)
    assert note == (
        "car: planned on 6 km of roads that reach the bases; "
        "left aside are 31 km in 1 other components"
    )


def test_a_required_village_is_named_with_the_road_that_is_closed(tmp_path: Path) -> None:
    found = prepared(tmp_path, 2, required="yes")
    with pytest.raises(PlanError) as caught:
        rp.plan_tours(found, FEW)
    (fault,) = caught.value.faults
    assert fault.where == "far"
    assert fault.message.startswith("is required but cannot be visited: unreachable")
    assert fault.hint == "A-1 is closed to car (bridge is down)"


def test_a_base_that_closed_roads_cut_off_from_all_is_noted(tmp_path: Path) -> None:
    found = prepared(tmp_path, 1)
    plan = rp.plan_tours(found, FEW)
    assert {left.place: left.reason.value for left in plan.left_out} == {
        "near": "unreachable",
        "far": "unreachable",
    }
    (note,) = base_notes(found.scenario, found.snaps)
    assert note.startswith("no car can leave Base: the road 0 m away is closed to car")


def test_why_a_place_is_off_the_roads_is_said_in_the_language_of_messages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = prepared(tmp_path, 1).snaps["car"][0]
    assert trouble_of(base) == base.detail
    monkeypatch.setenv(LANGUAGE_VARIABLE, "ru")
    assert re.match("[а-я]+ ", trouble_of(base))


def test_a_plan_says_why_villages_are_left_out_alike_in_every_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    english = rp.plan_tours(prepared(tmp_path, 1), FEW)
    monkeypatch.setenv(LANGUAGE_VARIABLE, "kk")
    assert rp.plan_tours(prepared(tmp_path, 1), FEW).left_out == english.left_out
