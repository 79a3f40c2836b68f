"""Real extracts: both load, and travel times agree with networkx on osmnx's own graph of them.

Where the two graphs agree, times agree to the second. They differ at barriers only: osmnx knows
none, here a gate costs 30 seconds and a bollard stops a car. Each pair of places whose times differ
is shown to drive over a barrier, and with the barriers put on osmnx's graph no pair differs.

One-way roads could differ too, for osmnx lets motorways without a oneway tag be driven both ways;
it is shown that in these extracts they do not. Ways that osmnx takes for roads and no table of
speeds does (footpaths, private roads) are left out of its graph: they have no speed to compare.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import networkx as nx
import numpy as np
import osmium
import osmnx
import pytest

from routeplan.model.problem import Place
from routeplan.roads import build_graph, read_roads, read_speeds, report, snap, travel_times
from routeplan.roads.obstacles import node_profile
from tests.helpers.paths import ALMATY, BAYREUTH
from tests.helpers.roads import open_profile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from routeplan.roads import Extract, RoadGraph, SpeedProfile

TABLE = read_speeds()
# Places lie at nodes to within their seven decimals: what a centimetre off the road may take.
SLACK_SECONDS = 0.02
# Places from which networkx drives to all others.
STARTS = 5
SETTLEMENTS = ("city", "town", "village", "hamlet", "isolated_dwelling")


def settlements(extract: Extract) -> list[Place]:
    return [
        Place(one.id, one.name or one.id, one.lat, one.lon)
        for one in extract.places
        if one.kind in SETTLEMENTS
    ]


def test_the_clipped_extract_of_almaty_loads_and_says_how_many_ways_are_cut() -> None:
    extract = read_roads(ALMATY)
    found = report(extract, build_graph(extract, TABLE))
    assert (found.ways, found.cut_ways, len(settlements(extract))) == (4279, 20, 27)
    assert 2850 < found.km < 2947
    assert all(parts.main_km > 0.95 * parts.km for parts in found.vehicles)


@pytest.fixture(scope="module")
def bayreuth() -> tuple[list[Place], RoadGraph]:
    """The settlements of North Bayreuth, and its roads."""
    extract = read_roads(BAYREUTH)
    assert extract.cut_ways == 0
    return settlements(extract), build_graph(extract, TABLE)


@pytest.mark.parametrize("vehicle", TABLE.vehicles)
def test_every_village_of_north_bayreuth_is_within_240_metres_of_the_roads(
    bayreuth: tuple[list[Place], RoadGraph], vehicle: str
) -> None:
    places, graph = bayreuth
    assert len(places) == 71
    snaps = snap(graph, vehicle, places)
    assert all(one.metres is not None and one.metres < 240 for one in snaps)
    assert all(one.found for one in snaps)


class Copy(NamedTuple):
    """Highways whose nodes are all known, as a file that osmnx can read, and its graphs."""

    villages: list[Place]
    extract: Extract
    graph: RoadGraph
    osmnx_graph: nx.MultiDiGraph[int]
    profiles: dict[int, SpeedProfile | None]


@pytest.fixture(scope="module", params=[ALMATY, BAYREUTH], ids=["almaty", "bayreuth"])
def copy(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Copy:
    path = tmp_path_factory.mktemp("copy") / "highways.osm"
    whole: set[int] = set()
    nodes: set[int] = set()
    for item in osmium.FileProcessor(str(request.param)).with_locations():
        if isinstance(item, osmium.osm.Way) and "highway" in item.tags:
            refs = [node.ref for node in item.nodes if node.location.valid()]
            if len(refs) == len(item.nodes):
                whole.add(item.id)
                nodes.update(refs)
    with osmium.SimpleWriter(str(path)) as writer:
        for item in osmium.FileProcessor(str(request.param)):
            kept = nodes if isinstance(item, osmium.osm.Node) else whole
            if not isinstance(item, osmium.osm.Relation) and item.id in kept:
                writer.add(item)
    extract = read_roads(path)
    assert extract.cut_ways == 0
    graph = osmnx.graph_from_xml(path, simplify=False, retain_all=True)
    villages = settlements(read_roads(request.param))
    # Where settlements slow a road is no matter of osmnx's graph.
    graph_of_copy = build_graph(extract, replace(TABLE, settlement=None))
    ways = zip(extract.way_ids.tolist(), extract.way_tags, strict=True)
    profiles = {way: open_profile(tags, TABLE) for way, tags in ways}
    return Copy(villages, extract, graph_of_copy, graph, profiles)


def timed(copy: Copy, vehicle: int) -> nx.DiGraph[int]:
    """Return the graph of osmnx with our times on its edges."""
    ways = zip(copy.extract.way_ids.tolist(), copy.extract.way_tags, strict=True)
    oneways = {way: tags.get("oneway", "") for way, tags in ways}
    roads: nx.DiGraph[int] = nx.DiGraph()
    for start, end, data in copy.osmnx_graph.edges(data=True):
        profile = copy.profiles[data["osmid"]]
        if profile is None:
            continue
        against = data["reversed"] != (oneways[data["osmid"]] in ("-1", "reverse"))
        speed, opposite = profile.speeds[vehicle][:: -1 if against else 1]
        # What osmnx takes for drivable in this direction, so do we.
        assert speed.passes or not opposite.passes
        if speed.passes:
            seconds = data["length"] * 3.6 / speed.kmh
            if not roads.has_edge(start, end) or roads.edges[start, end]["seconds"] > seconds:
                roads.add_edge(start, end, seconds=seconds)
    return roads


def barriers(copy: Copy, roads: nx.DiGraph[int], vehicle: int) -> dict[int, float]:
    """Return what each barrier on a road costs, infinite where it stops the vehicle."""
    touching: dict[int, set[int]] = defaultdict(set)
    for start, end, data in copy.osmnx_graph.edges(data=True):
        if copy.profiles[data["osmid"]] is not None:
            touching[start].add(end)
            touching[end].add(start)
    costs = {}
    for node, tags in copy.extract.node_tags.items():
        profile = node_profile(tags, TABLE)
        # At a junction it is not known which road a barrier is on; at an end it bars nothing.
        if profile is not None and node in roads and len(touching[node]) == 2:
            speed = profile.speeds[vehicle][0]
            costs[node] = speed.seconds if speed.passes else math.inf
    return costs


def with_barriers(roads: nx.DiGraph[int], costs: dict[int, float]) -> nx.DiGraph[int]:
    """Return the roads with half of each barrier on each edge that touches it."""
    roads = roads.copy()
    roads.remove_nodes_from([node for node, seconds in costs.items() if math.isinf(seconds)])
    for start, end, data in roads.edges(data=True):
        data["seconds"] += (costs.get(start, 0.0) + costs.get(end, 0.0)) / 2
    return roads


def at_nodes(copy: Copy, roads: nx.DiGraph[int], vehicle: str) -> list[Place]:
    """Return for each village a place right at the nearest node of the main roads."""
    parts = [sorted(part) for part in nx.strongly_connected_components(roads)]
    main = np.array(max(parts, key=len))
    nodes = copy.osmnx_graph.nodes
    where = np.array([(nodes[node]["y"], nodes[node]["x"]) for node in main.tolist()])
    scale = np.array([1.0, math.cos(math.radians(where[0, 0]))])
    offsets = [(where - (one.lat, one.lon)) * scale for one in copy.villages]
    nearest = dict.fromkeys(int(np.hypot(*offset.T).argmin()) for offset in offsets)
    places = [Place(str(main[n]), str(main[n]), *where[n].tolist()) for n in nearest]
    snaps = snap(copy.graph, vehicle, places, 0.05)
    return [place for place, one in zip(places, snaps, strict=True) if one.found]


def disagreements(
    roads: nx.DiGraph[int], places: Sequence[Place], seconds: NDArray[np.int64]
) -> list[list[int]]:
    """Return for each pair whose whole seconds differ the way that networkx drives."""
    found = []
    # From a few places, to all of them: networkx takes its time.
    for row in range(0, len(places), math.ceil(len(places) / STARTS)):
        start = int(places[row].id)
        before, taken = nx.dijkstra_predecessor_and_distance(roads, start, weight="seconds")
        for column, place in enumerate(places):
            early = taken[int(place.id)] - seconds[row, column]
            if row != column and not -1 - SLACK_SECONDS < early <= SLACK_SECONDS:
                way = [int(place.id)]
                while before[way[-1]]:
                    way.append(before[way[-1]][0])
                found.append(way)
    return found


@pytest.mark.parametrize("vehicle", TABLE.vehicles)
def test_travel_times_agree_with_networkx_on_the_graph_of_osmnx(copy: Copy, vehicle: str) -> None:
    number = TABLE.vehicles.index(vehicle)
    roads = timed(copy, number)
    places = at_nodes(copy, roads, vehicle)
    assert len(places) >= 0.8 * len(copy.villages)
    times = travel_times(copy.graph, vehicle, snap(copy.graph, vehicle, places))
    assert times.reachable.all()
    costs = barriers(copy, roads, number)
    differing = disagreements(roads, places, times.seconds)
    assert all(not costs.keys().isdisjoint(way) for way in differing)
    assert len(differing) < 0.05 * STARTS * len(places)
    assert not disagreements(with_barriers(roads, costs), places, times.seconds)
