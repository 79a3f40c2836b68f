"""Files of OpenStreetMap written by hand, and how long drives on them take.

Most cases are a tertiary road A-B of ten kilometres, driven in 600 s, with something in its middle.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from routeplan.model.problem import Place
from routeplan.roads import (
    RoadGraph,
    build_graph,
    conditions_on,
    read_roads,
    read_speeds,
    snap,
    travel_times,
)
from tests.helpers.roads import at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

TABLE = read_speeds()
CAR, FOUR = "car", "four_wheel_drive"
JULY, JANUARY, APRIL = dt.date(2027, 7, 5), dt.date(2027, 1, 20), dt.date(2027, 4, 12)
TERTIARY = {"highway": "tertiary"}
CAR_FERRY = {"route": "ferry", "motor_vehicle": "yes"}


def tags_xml(tags: Mapping[str, str]) -> str:
    return "".join(f'<tag k="{key}" v="{text}"/>' for key, text in tags.items())


@dataclass
class Drawing:
    """The text of a file under construction; positions are metres east and north."""

    lines: list[str] = field(default_factory=list)

    def node(
        self, number: int, east: float, north: float = 0, more: str = 'version="1"', **tags: str
    ) -> None:
        self.tagged_node(number, east, north, tags, more)

    def tagged_node(
        self,
        number: int,
        east: float,
        north: float,
        tags: Mapping[str, str],
        more: str = 'version="1"',
    ) -> None:
        lat, lon = at(east, north)
        position = f'lat="{lat:.7f}" lon="{lon:.7f}"'
        self.lines.append(f'<node id="{number}" {more} {position}>{tags_xml(tags)}</node>')

    def way(
        self, number: int, nodes: Sequence[int], tags: Mapping[str, str], more: str = 'version="1"'
    ) -> None:
        refs = "".join(f'<nd ref="{node}"/>' for node in nodes)
        self.lines.append(f'<way id="{number}" {more}>{refs}{tags_xml(tags)}</way>')

    def relation(
        self, number: int, members: Sequence[tuple[str, int, str]], tags: Mapping[str, str]
    ) -> None:
        text = "".join(f'<member type="{a}" ref="{b}" role="{c}"/>' for a, b, c in members)
        self.lines.append(f'<relation id="{number}" version="1">{text}{tags_xml(tags)}</relation>')

    def write(self, folder: Path) -> Path:
        path = folder / "map.osm"
        body = "\n".join(self.lines)
        path.write_text(f'<osm version="0.6">\n{body}\n</osm>', encoding="utf-8")
        return path


def graph_of(path: Path, date: dt.date | None = None) -> RoadGraph:
    """Build the graph of a file as on a dry day, or on a date."""
    conditions = None if date is None else conditions_on([date], TABLE, lat=50)
    return build_graph(read_roads(path), TABLE, conditions)


def place_at(name: str, east: float, north: float = 0) -> Place:
    return Place(name, name, *at(east, north))


def seconds(
    path: Path,
    date: dt.date | None = None,
    vehicle: str = CAR,
    ends: tuple[float, float] = (0, 1e4),
) -> tuple[int | None, int | None]:
    """Return how long the drives there and back take, None where there is no way."""
    graph = graph_of(path, date)
    places = [place_at(str(east), east) for east in ends]
    times = travel_times(graph, vehicle, snap(graph, vehicle, places, 100))
    there, back = (
        int(times.seconds[pair]) if times.reachable[pair] else None for pair in ((0, 1), (1, 0))
    )
    return there, back


def one_way_time(path: Path, date: dt.date | None = None, vehicle: str = CAR) -> int | None:
    there, back = seconds(path, date, vehicle)
    assert there == back
    return there


def straight(
    folder: Path, node: Mapping[str, str] | None = None, tags: Mapping[str, str] = TERTIARY
) -> Path:
    """Draw the road, with a tail to the west that makes it the larger part of the network."""
    drawing = Drawing()
    for number, east in ((9, -20_000), (1, 0), (3, 10_000)):
        drawing.node(number, east)
    drawing.tagged_node(2, 5000, 0, node or {})
    drawing.way(900, [9, 1], TERTIARY)
    drawing.way(1, [1, 2, 3], tags)
    return drawing.write(folder)
