"""Files as people have them: objects twice, deleted or unsaved, places as areas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from routeplan.roads import read_homes, read_places, read_roads, report
from tests.helpers.drawing import TERTIARY, Drawing, graph_of, one_way_time
from tests.helpers.roads import at

if TYPE_CHECKING:
    from pathlib import Path


# ---- Files ----


def test_a_way_that_is_there_twice_keeps_its_gate(tmp_path: Path) -> None:
    drawing = Drawing()
    for number, east in ((9, -20_000), (1, 0), (3, 10_000)):
        drawing.node(number, east)
    drawing.node(2, 5000, barrier="gate")
    drawing.way(900, [9, 1], TERTIARY)
    once = [*drawing.lines]
    drawing.way(1, [1, 2, 3], TERTIARY)
    # Two extracts joined: nodes follow ways, and most objects come twice.
    drawing.lines = [*drawing.lines, *once]
    drawing.way(1, [1, 2, 3], TERTIARY)
    path = drawing.write(tmp_path)
    assert one_way_time(path) == 630
    assert report(read_roads(path), graph_of(path)).km == pytest.approx(30, rel=1e-3)


@pytest.mark.parametrize("newest_first", [False, True])
def test_of_several_versions_the_newest_counts(tmp_path: Path, *, newest_first: bool) -> None:
    drawing = Drawing()
    for number, east in ((9, -20_000), (1, 0), (3, 10_000)):
        drawing.node(number, east)
    versions = (("1", 5000, 9000), ("2", 5000, 0), ("3", 5000, 0))
    for version, east, north in versions[::-1] if newest_first else versions:
        tags = {"barrier": "wall"} if version == "2" else {}
        drawing.node(2, east, north, f'version="{version}"', **tags)
    drawing.way(900, [9, 1], TERTIARY)
    ways = [("1", {"highway": "track"}), ("2", {"highway": "tertiary"})]
    for version, tags in ways[::-1] if newest_first else ways:
        drawing.way(1, [1, 2, 3], tags, f'version="{version}"')
    assert one_way_time(drawing.write(tmp_path)) == 600


@pytest.mark.parametrize(
    ("older", "newest"),
    [
        ([], 'version="1" action="delete"'),
        ([], "action='delete' version='1'"),
        ([], 'version="1" visible="false"'),
        (['version="1"'], 'version="2" visible="false"'),
        (['version="1"', 'version="3"'], 'version="4" visible="false"'),
    ],
)
def test_a_deleted_road_is_no_road(tmp_path: Path, older: list[str], newest: str) -> None:
    drawing = Drawing()
    for number, east, north in ((9, -20_000, 0), (1, 0, 0), (3, 10_000, 0), (5, 5000, 9000)):
        drawing.node(number, east, north)
    drawing.way(900, [9, 1], TERTIARY)
    for more in older:
        drawing.way(1, [1, 3], TERTIARY, more)
    # A deleted way has no tags in a file of all versions.
    drawing.way(1, [1, 3] if not older else [], TERTIARY if not older else {}, newest)
    drawing.way(77, [1, 5, 3], TERTIARY)
    assert one_way_time(drawing.write(tmp_path)) == 1236


def test_a_road_whose_newest_version_is_none_is_no_road(tmp_path: Path) -> None:
    drawing = Drawing()
    for number, east in ((9, -20_000), (1, 0), (3, 10_000)):
        drawing.node(number, east)
    drawing.way(900, [9, 1], TERTIARY)
    drawing.way(1, [1, 3], TERTIARY)
    drawing.way(1, [1, 3], {"razed:highway": "tertiary"}, 'version="2"')
    assert one_way_time(drawing.write(tmp_path)) is None


def test_a_deleted_node_is_neither_a_barrier_nor_a_place(tmp_path: Path) -> None:
    drawing = Drawing()
    for number, east in ((9, -20_000), (1, 0), (3, 10_000)):
        drawing.node(number, east)
    drawing.node(70, 0, 50, 'version="1" action="delete"', place="village", name="Ақкөл")
    drawing.way(900, [9, 1], TERTIARY)
    drawing.way(1, [1, 3], TERTIARY)
    path = drawing.write(tmp_path)
    assert (read_places(path), read_roads(path).places) == ((), ())


def test_unsaved_objects_are_read_as_they_are(tmp_path: Path) -> None:
    drawing = Drawing()
    for number, east in ((9, -20_000), (1, 0), (3, 10_000)):
        drawing.node(number, east)
    drawing.node(-2, 5000, 0, "", barrier="gate")
    drawing.node(-7, 0, 40, "", place="village", name="Жаңа", population="90")
    drawing.way(900, [9, 1], TERTIARY)
    drawing.way(-5, [1, -2, 3], TERTIARY, "")
    path = drawing.write(tmp_path)
    assert one_way_time(path) == 630
    assert [(one.id, one.population) for one in read_places(path)] == [("n-7", 90)]


def test_ways_may_come_before_their_nodes(tmp_path: Path) -> None:
    drawing = Drawing()
    drawing.way(900, [9, 1], TERTIARY)
    drawing.way(1, [1, 3], TERTIARY)
    for number, east in ((9, -20_000), (1, 0), (3, 10_000)):
        drawing.node(number, east)
    assert one_way_time(drawing.write(tmp_path)) == 600


def test_large_files_that_are_not_in_order_are_looked_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routeplan.roads.osm_file._LARGEST_LOOKED_THROUGH", {})
    drawing = Drawing()
    for number, east in ((1, 0), (3, 10_000), (9, -20_000)):
        drawing.node(number, east)
    drawing.node(70, 0, 50, place="village", name="Ақкөл", population="9")
    drawing.way(1, [1, 3], TERTIARY)
    drawing.way(900, [9, 1], TERTIARY)
    sorted_once = [*drawing.lines]
    drawing.lines += sorted_once
    path = drawing.write(tmp_path)
    assert one_way_time(path) == 600
    assert report(read_roads(path), graph_of(path)).ways == 2
    assert [one.id for one in read_places(path)] == ["n70"]
    drawing.lines = [*sorted_once[:-2], sorted_once[-1], sorted_once[-2]]
    drawing.way(1, [1, 3], TERTIARY, 'version="1" action="delete"')
    assert one_way_time(drawing.write(tmp_path)) is None


def test_a_building_that_is_there_twice_is_one_home(tmp_path: Path) -> None:
    drawing = Drawing()
    for number, east in ((1, 0), (2, 10), (3, 20)):
        drawing.node(number, east)
    drawing.way(5, [1, 2, 3, 1], {"building": "house"})
    drawing.lines *= 2
    points, _ = read_homes(drawing.write(tmp_path))
    assert len(points) == 1


# ---- Places ----


def square(drawing: Drawing, first: int, east: float, north: float, size: float) -> list[int]:
    corners = ((0, 0), (size, 0), (size, size), (0, size))
    for n, (x, y) in enumerate(corners):
        drawing.node(first + n, east + x, north + y)
    return [*range(first, first + 4), first]


def test_places_that_are_there_twice_are_one_place(tmp_path: Path) -> None:
    drawing = Drawing()
    drawing.node(1, 0)
    drawing.node(2, 5000)
    drawing.node(70, 0, 50, place="village", name="Ақкөл", population="350")
    drawing.node(72, 5000, 60, place="village", name="Вольное")
    drawing.way(1, [1, 2], TERTIARY)
    drawing.lines *= 2
    # Drawn a second time by somebody else, with the people that the first one lacks.
    drawing.node(80, 5100, 60, place="hamlet", name="вольное", population="20")
    drawing.node(81, 9000, 60, place="village", name="Вольное")
    path = drawing.write(tmp_path)
    found = [(one.id, one.population) for one in read_places(path)]
    assert found == [("n70", 350), ("n72", 20), ("n81", None)]
    assert read_roads(path).places == read_places(path)


def test_a_village_that_is_an_area_lies_at_its_centroid(tmp_path: Path) -> None:
    drawing = Drawing()
    drawing.node(1, 0)
    drawing.node(2, 5000)
    ring = square(drawing, 60, 1000, 100, 400)
    drawing.way(1, [1, 2], TERTIARY)
    tags = {"place": "village", "name": "Ақкөл", "population": "420"}
    drawing.way(500, ring, {**tags, "highway": "residential"})
    path = drawing.write(tmp_path)
    (found,) = read_places(path)
    assert (found.id, found.name, found.population) == ("w500", "Ақкөл", 420)
    assert (found.lat, found.lon) == pytest.approx(at(1200, 300), abs=1e-6)
    assert read_roads(path).places == (found,)


@pytest.mark.parametrize(
    ("node", "area"),
    [
        ({"place": "village", "name": "Ақкөл"}, {"place": "village", "name": "пос. Акколь"}),
        ({"place": "hamlet", "name": "Ақкөл"}, {"place": "village", "name": "Ақкөл"}),
        ({"place": "village"}, {"place": "village", "name": "Ақкөл"}),
    ],
)
def test_an_area_around_the_node_of_a_village_is_that_village(
    tmp_path: Path, node: dict[str, str], area: dict[str, str]
) -> None:
    drawing = Drawing()
    drawing.node(1, 0)
    drawing.node(2, 5000)
    drawing.node(70, 1150, 300, **node)
    ring = square(drawing, 60, 1000, 100, 400)
    drawing.way(1, [1, 2], TERTIARY)
    drawing.way(500, ring, {**area, "population": "420"})
    (found,) = read_places(drawing.write(tmp_path))
    assert (found.id, found.population) == ("n70", 420)
    assert found.name
    assert (found.lat, found.lon) == at(1150, 300)


@pytest.mark.parametrize(
    ("role", "expected"), [("label", "n70"), ("admin_centre", "n70"), ("", "r9")]
)
def test_a_village_that_is_a_relation_lies_at_its_label_or_centroid(
    tmp_path: Path, role: str, expected: str
) -> None:
    drawing = Drawing()
    drawing.node(1, 0)
    drawing.node(2, 5000)
    if role:
        drawing.node(70, 3000, 900, place="village", name="Ақкөл")
    ring = square(drawing, 60, 1000, 100, 400)
    drawing.way(1, [1, 2], TERTIARY)
    # The border is cut into two ways that no tag marks.
    drawing.way(500, ring[:3], {})
    drawing.way(501, ring[2:], {})
    members = [("way", 500, "outer"), ("way", 501, "outer")]
    members += [("node", 70, role)] if role else []
    tags = {"type": "boundary", "place": "village", "name": "Ақкөл", "population": "55"}
    drawing.relation(9, members, tags)
    path = drawing.write(tmp_path)
    (found,) = read_places(path)
    assert (found.id, found.population) == (expected, 55)
    where = at(3000, 900) if role else at(1200, 300)
    assert (found.lat, found.lon) == pytest.approx(where, abs=1e-6)
    assert read_roads(path).places == (found,)


def test_areas_that_are_no_settlements_are_no_places(tmp_path: Path) -> None:
    drawing = Drawing()
    drawing.node(1, 0)
    drawing.node(2, 5000)
    ring = square(drawing, 60, 1000, 100, 400)
    drawing.way(1, [1, 2], TERTIARY)
    drawing.way(500, ring, {"place": "island", "name": "Арал"})
    drawing.way(501, ring[:3], {"place": "village", "name": "a line"})
    assert read_places(drawing.write(tmp_path)) == ()
