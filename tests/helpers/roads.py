"""A small district drawn by hand, and the means to write it in every format."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

import osmium

from routeplan.model.problem import Place
from routeplan.roads import build_graph, read_roads, read_speeds
from routeplan.roads.edge_speed import way_profile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from routeplan.roads import RoadGraph, SpeedProfile, SpeedTable

EARTH_RADIUS_METRES = 6_371_009.0
LAT, LON = 43.0, 77.0


def at(east: float, north: float) -> tuple[float, float]:
    """Return lat, lon some metres from the middle of the district, as exact as OSM keeps them."""
    lat = LAT + math.degrees(north / EARTH_RADIUS_METRES)
    lon = LON + math.degrees(east / EARTH_RADIUS_METRES / math.cos(math.radians(LAT)))
    return round(lat, 7), round(lon, 7)


def place(name: str, east: float, north: float) -> Place:
    lat, lon = at(east, north)
    return Place(name, name, lat, lon)


def open_profile(tags: Mapping[str, str], table: SpeedTable) -> SpeedProfile | None:
    """Return the speed profile of a way that some vehicle drives, else None."""
    profile = way_profile(tags, table)
    return profile if profile is not None and profile.open else None


@dataclass
class District:
    """Nodes and ways of an OSM file under construction."""

    nodes: dict[int, tuple[tuple[float, float], dict[str, str]]] = field(default_factory=dict)
    ways: list[tuple[int, list[int], dict[str, str]]] = field(default_factory=list)
    restrictions: list[tuple[list[tuple[str, int, str]], dict[str, str]]] = field(
        default_factory=list
    )

    def node(self, number: int, east: float, north: float, /, **tags: str) -> None:
        self.nodes[number] = (at(east, north), _named(tags))

    def way(self, nodes: Sequence[int], /, **tags: str) -> None:
        self.ways.append((len(self.ways) + 1, list(nodes), _named(tags)))

    def restrict(self, first: int, via: str, last: int, /, **tags: str) -> None:
        """Restrict the turn from a way to another; via nodes and ways, such as ``n2`` or ``w3``."""
        over = [(one[0], int(one[1:]), "via") for one in via.split()]
        members = [("w", first, "from"), *over, ("w", last, "to")]
        self.restrictions.append((members, {"type": "restriction", **_named(tags)}))

    def xml(self) -> str:
        lines = ["<?xml version='1.0' encoding='UTF-8'?>", '<osm version="0.6">']
        for number, ((lat, lon), tags) in self.nodes.items():
            lines += [f'<node id="{number}" version="1" lat="{lat:.7f}" lon="{lon:.7f}">']
            lines += [*_tags(tags), "</node>"]
        for number, nodes, tags in self.ways:
            lines += [f'<way id="{number}" version="1">']
            lines += [f'<nd ref="{node}"/>' for node in nodes]
            lines += [*_tags(tags), "</way>"]
        kinds = {"n": "node", "w": "way", "r": "relation"}
        for number, (members, tags) in enumerate(self.restrictions, start=1):
            lines += [f'<relation id="{number}" version="1">']
            lines += [
                f'<member type="{kinds[kind]}" ref="{ref}" role="{role}"/>'
                for kind, ref, role in members
            ]
            lines += [*_tags(tags), "</relation>"]
        return "\n".join([*lines, "</osm>"])

    def write(self, path: Path) -> Path:
        """Write the district; every format but plain XML by way of osmium."""
        plain = path.parent / f"{path.name}.plain.osm"
        plain.write_text(self.xml(), encoding="utf-8")
        if path.name.endswith(".osm"):
            return plain.rename(path)
        with osmium.SimpleWriter(str(path), overwrite=True) as writer:
            for item in osmium.FileProcessor(str(plain)):
                writer.add(item)
        return path

    def graph(self, folder: Path) -> RoadGraph:
        """Write the district, read it back and build its graph by the packaged speeds."""
        path = self.write(folder / "district.osm")
        return build_graph(read_roads(path), read_speeds())


def _named(tags: dict[str, str]) -> dict[str, str]:
    return {key.replace("__", ":"): text for key, text in tags.items()}


def _tags(tags: dict[str, str]) -> list[str]:
    return [f"<tag k={quoteattr(key)} v={quoteattr(text)}/>" for key, text in tags.items()]


def toy() -> District:
    """Draw a district that a person can check by hand; all figures are metres east and north.

    ::

        Shet |  grade5, gate
        Kemer --gravel-- 7            Qaqpa | gate
             | ford      | bridge  Tasty    |
        -----2-----------3-------4---.--5 O 14---16      20 --Aral-- 21
        Aq                       one-way  roundabout     island
        |  Tuzaq: a one-way road west, and no way back
        cut
    """
    district = District()
    node, way = district.node, district.way
    for number, east in enumerate((0, 2500, 5000, 7500, 10000), start=1):
        node(number, east, 0)
    node(12, 8500, 0)
    way([1, 2, 3, 4, 12, 5], highway="primary", name="Dala joly")
    node(6, 5000, 1000)
    node(7, 5000, 3000)
    way([3, 6], highway="tertiary", bridge="yes")
    way([6, 7], highway="tertiary")
    node(8, 2500, 1000, ford="yes")
    node(9, 2500, 3000)
    way([2, 8, 9], highway="track")
    way([9, 7], highway="unclassified", surface="gravel")
    node(10, 7500, 1000)
    node(11, 8500, 1000)
    way([4, 10, 11, 12], highway="residential", oneway="yes")
    node(13, 10050, 50)
    node(14, 10100, 0)
    node(15, 10050, -50)
    way([5, 13, 14, 15, 5], highway="primary", junction="roundabout")
    node(16, 12000, 0)
    way([14, 16], highway="primary")
    node(17, -1000, 0)
    node(18, -2000, 0)
    way([1, 17, 18], highway="residential", oneway="yes")
    node(19, 5000, 4000)
    node(22, 5000, 6000)
    way([7, 19, 22], highway="track", tracktype="grade5", seasonal="yes")
    node(20, 20000, 0)
    node(21, 21000, 0)
    way([20, 21], highway="tertiary", maxspeed="quick")
    node(23, 12000, 1000, barrier="gate")
    node(24, 12000, 2000)
    way([16, 23, 24], highway="service", access__conditional="no @ (22:00-06:00)")
    node(25, 0, -1000)
    way([1, 25, 999, 998], highway="tertiary")
    way([7, 25], highway="footway")
    node(101, 100, 50, place="hamlet", name="Ақ", population="1 240", name__ru="Ак")
    node(102, 5050, 2000, place="village")
    return district


AQ = place("Aq", 100, 50)
BULAQ = place("Bulaq", 5050, 2000)
KEMER = place("Kemer", 2550, 2900)
TASTY = place("Tasty", 7450, 500)
QAQPA = place("Qaqpa", 12030, 1900)
SHET = place("Shet", 5000, 6030)
ARAL = place("Aral", 20500, 30)
TUZAQ = place("Tuzaq", -1500, 20)
VILLAGES = (AQ, BULAQ, KEMER, TASTY, QAQPA, SHET, ARAL, TUZAQ)
