"""The fictional district of the demo: it can be made again, and it is what it says it is."""

from __future__ import annotations

import csv
import datetime as dt
import runpy
import tomllib
from dataclasses import dataclass, field
from itertools import pairwise
from math import cos, hypot, radians
from typing import TYPE_CHECKING, Any

import osmium
import pytest
from shapely import STRtree
from shapely.geometry import LineString

from tests.helpers import paths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

DEMO = paths.DEMO
FILES = ("scenario.toml", "steppe.osm.pbf", "villages.csv")
Tags = dict[str, str]
Row = dict[str, str]


@dataclass
class Map:
    """What the demo's map holds: (lat, lon) and tags by node, nodes and tags of each way."""

    points: dict[int, tuple[float, float]] = field(default_factory=dict)
    tags: dict[int, Tags] = field(default_factory=dict)
    ways: list[tuple[list[int], Tags]] = field(default_factory=list)

    @property
    def roads(self) -> list[tuple[list[int], Tags]]:
        return [(nodes, tags) for nodes, tags in self.ways if "highway" in tags]

    @property
    def places(self) -> dict[str, int]:
        return {tags["name"]: node for node, tags in self.tags.items() if "place" in tags}

    def line(self, nodes: Iterable[int]) -> LineString:
        return LineString([self.points[node][::-1] for node in nodes])

    def reached(self, start: int, *, backwards: bool = False) -> set[int]:
        """Return every node of the roads that a car gets to from one of them."""
        steps: dict[int, list[int]] = {}
        for nodes, tags in self.roads:
            one_way = "oneway" in tags or "junction" in tags
            for a, b in pairwise(nodes[::-1] if backwards else nodes):
                steps.setdefault(a, []).append(b)
                if not one_way:
                    steps.setdefault(b, []).append(a)
        found, waiting = {start}, [start]
        while waiting:
            fresh = set(steps.get(waiting.pop(), ())) - found
            found |= fresh
            waiting += fresh
        return found


@pytest.fixture(scope="module")
def district() -> Map:
    found = Map()
    for item in osmium.FileProcessor(DEMO / "steppe.osm.pbf"):
        if isinstance(item, osmium.osm.Node):
            found.points[item.id] = item.lat, item.lon
            found.tags[item.id] = dict(item.tags)
        elif isinstance(item, osmium.osm.Way):
            found.ways.append(([node.ref for node in item.nodes], dict(item.tags)))
    return found


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    with (DEMO / "villages.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def scenario() -> dict[str, Any]:
    return tomllib.loads((DEMO / "scenario.toml").read_text(encoding="utf-8"))


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    north, east = b[0] - a[0], (b[1] - a[1]) * cos(radians(a[0]))
    return hypot(north, east) * 111_195


def kilometres_from_base(rows: list[Row], scenario: dict[str, Any]) -> list[float]:
    base = scenario["places"][0]["lat"], scenario["places"][0]["lon"]
    return [metres(base, (float(row["lat"]), float(row["lon"]))) / 1000 for row in rows]


def signed_share(row: Row) -> float:
    return int(row["signed"] or 0) / int(row["households"])


def test_the_maker_makes_the_files_again_byte_for_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(DEMO)
    make_demo: Callable[[Path], None] = runpy.run_path(str(DEMO / "make_demo.py"))["make_demo"]
    make_demo(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (DEMO / name).read_bytes(), name


def test_it_is_called_fictional_wherever_somebody_may_look(
    district: Map, scenario: dict[str, Any]
) -> None:
    header = osmium.io.Reader(str(DEMO / "steppe.osm.pbf")).header()
    border = next(tags for _, tags in district.ways if "boundary" in tags)
    town = next(tags for tags in district.tags.values() if tags.get("place") == "town")
    readme = (DEMO.parent / "README.md").read_text(encoding="utf-8")
    for text in (header.get("generator"), border["note"], town["note"], scenario["name"], readme):
        assert "fictional" in text.lower()


def test_the_map_is_small(district: Map) -> None:
    assert (DEMO / "steppe.osm.pbf").stat().st_size < 600_000
    assert len(district.roads) > 300


def test_there_are_sixty_villages_and_more_households_than_two_crews_reach(rows: list[Row]) -> None:
    households = [int(row["households"]) for row in rows]
    signed = [int(row["signed"] or 0) for row in rows]
    assert len(rows) == 60
    assert [row["id"] for row in rows] == [f"v{number:02}" for number in range(1, 61)]
    assert len({row["name"] for row in rows}) == 60
    assert min(households) >= 8
    assert 350 < max(households) <= 400
    assert all(0 <= done <= all_ for done, all_ in zip(signed, households, strict=True))
    # Two crews of 15 households an hour, eleven hours a day for five days, reach 1650 at most.
    assert 2000 < sum(households) - sum(signed) < 2800


def test_near_the_base_most_have_signed_and_at_the_far_ends_few(
    rows: list[Row], scenario: dict[str, Any]
) -> None:
    away = kilometres_from_base(rows, scenario)
    near = [row for row, far in zip(rows, away, strict=True) if far < 40]
    ends = [row for row, far in zip(rows, away, strict=True) if far > 70]
    assert len(near) > 15
    assert len(ends) > 10
    # A share of some households is rounded down to whole ones.
    assert all(0.75 - 1 / int(row["households"]) < signed_share(row) <= 0.95 for row in near)
    assert all(0 <= signed_share(row) <= 0.2 for row in ends)


def test_the_far_half_of_the_villages_holds_most_households_that_have_not_signed(
    rows: list[Row], scenario: dict[str, Any]
) -> None:
    away = kilometres_from_base(rows, scenario)
    left = [int(row["households"]) - int(row["signed"] or 0) for row in rows]
    by_distance = [number for _, number in sorted(zip(away, left, strict=True))]
    assert sum(by_distance[30:]) > 0.8 * sum(left)


def test_the_names_hold_every_letter_that_only_kazakh_has(rows: list[Row]) -> None:
    letters = set("".join(row["name"] for row in rows).lower())
    assert set("әғқңөұүһі") <= letters


def test_every_village_is_on_the_map_near_where_the_table_says(
    district: Map, rows: list[Row]
) -> None:
    assert len(district.places) == 61
    for row in rows:
        place = district.points[district.places[row["name"]]]
        reported = float(row["lat"]), float(row["lon"])
        assert 0 < metres(place, reported) < 110, row["name"]


def test_the_map_spreads_over_a_district(district: Map) -> None:
    places = [district.points[node] for node in district.places.values()]
    lats, lons = [lat for lat, _ in places], [lon for _, lon in places]
    assert 75_000 < metres((min(lats), 68.2), (max(lats), 68.2)) < 90_000
    assert 110_000 < metres((48.5, min(lons)), (48.5, max(lons))) < 130_000


def test_roads_cross_the_river_by_two_bridges_and_one_ford_on_a_track(district: Map) -> None:
    river = next(district.line(nodes) for nodes, tags in district.ways if "waterway" in tags)
    crossing = [tags for nodes, tags in district.roads if district.line(nodes).intersects(river)]
    bridges = [tags for tags in crossing if tags.get("bridge") == "yes"]
    fords = [tags for tags in crossing if tags.get("ford") == "yes"]
    assert len(crossing) == 3
    assert sorted(tags["highway"] for tags in bridges) == ["primary", "secondary"]
    assert [tags["highway"] for tags in fords] == ["track"]


def test_roads_meet_at_shared_nodes_only(district: Map) -> None:
    segments = [district.line(pair) for nodes, _ in district.roads for pair in pairwise(nodes)]
    crossings = STRtree(segments).query(segments, predicate="crosses")
    assert crossings.size == 0


def test_all_roads_but_those_of_one_village_hang_together_both_ways(
    district: Map, rows: list[Row]
) -> None:
    ring = next(nodes for nodes, tags in district.roads if "junction" in tags)
    mainland = district.reached(ring[0])
    assert mainland == district.reached(ring[0], backwards=True)
    island = {node for nodes, _ in district.roads for node in nodes} - mainland
    assert 0 < len(island) < 20
    far = []
    for row in rows:
        point = float(row["lat"]), float(row["lon"])
        nearest = min(metres(point, district.points[node]) for node in mainland)
        assert nearest < 200 or nearest > 4000
        far += [row["name"]] if nearest > 4000 else []
    assert len(far) == 1


def test_the_roads_are_tagged_as_the_real_map_tags_them(district: Map) -> None:
    kinds = {tags["highway"] for _, tags in district.roads}
    assert kinds == {
        *("primary", "secondary", "tertiary", "unclassified", "track", "residential", "service")
    }
    keys = {key for _, tags in district.roads for key in tags}
    assert {"surface", "smoothness", "tracktype", "maxspeed", "name", "ref", "seasonal"} <= keys
    assert {"winter_road", "motor_vehicle:conditional"} <= keys
    tracktypes = {tags.get("tracktype") for _, tags in district.roads}
    assert {f"grade{grade}" for grade in range(2, 6)} <= tracktypes
    assert sum("oneway" in tags for _, tags in district.roads) == 2
    assert sum(tags.get("junction") == "roundabout" for _, tags in district.roads) == 1
    assert [tags for tags in district.tags.values() if "barrier" in tags] == [{"barrier": "gate"}]


def test_places_are_named_in_kazakh_and_russian_and_most_tell_their_people(district: Map) -> None:
    places = [tags for tags in district.tags.values() if "place" in tags]
    assert {tags["place"] for tags in places} == {"town", "village", "hamlet"}
    assert all(tags["name"] == tags["name:kk"] and tags["name:ru"] for tags in places)
    assert 45 < sum("population" in tags for tags in places) < 61


def test_the_planners_options_are_all_used(rows: list[Row], scenario: dict[str, Any]) -> None:
    for column in rows[0]:
        assert any(row[column] for row in rows), column
    first, last = scenario["days"]["first"], scenario["days"]["last"]
    closed = {dt.date.fromisoformat(day) for row in rows for day in row["closed"].split()}
    assert closed
    assert all(first <= day <= last for day in closed)
    assert sum(row["required"] == "yes" for row in rows) == 1
    assert sum(row["partial"] == "no" for row in rows) == 1
    assert {row["teams_per_night"] for row in rows} == {"", "1", "2"}


def test_crews_may_sleep_in_thirteen_villages_all_of_them_far(
    rows: list[Row], scenario: dict[str, Any]
) -> None:
    away = kilometres_from_base(rows, scenario)
    beds = [far for row, far in zip(rows, away, strict=True) if row["teams_per_night"]]
    assert len(beds) == 13
    assert min(beds) > 45


def test_the_scenario_asks_for_two_crews_from_monday_to_friday(
    district: Map, scenario: dict[str, Any]
) -> None:
    assert scenario["days"]["first"] == dt.date(2027, 5, 3)
    assert scenario["days"]["last"] == dt.date(2027, 5, 7)
    assert scenario["days"]["first"].isoweekday() == 1
    assert {team["vehicle"] for team in scenario["teams"]} == {"car", "four_wheel_drive"}
    base = scenario["places"][0]
    assert {team["base"] for team in scenario["teams"]} == {base["id"]}
    town = district.points[district.places[base["name"]]]
    assert metres(town, (base["lat"], base["lon"])) < 2
    assert (DEMO / scenario["roads"]["file"]).is_file()
    assert (DEMO / scenario["villages"]["table"]).is_file()
