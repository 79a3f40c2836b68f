"""Street networks of osmnx: read from GraphML or networkx, and made of a road graph."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import InitVar, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from routeplan.errors import RoadError, RouteplanError
from routeplan.language import gettext as _
from routeplan.roads.extract import Extract
from routeplan.roads.restrictions import RESTRICTION, Restriction
from routeplan.roads.sections import SECTIONS, Part, read_section, sections_of, turned_round
from routeplan.roads.tags import driving_tags, obstacle_tags
from routeplan.roads.turns import open_arcs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import networkx as nx

    from routeplan.roads.extract import Region
    from routeplan.roads.graph import RoadGraph

LARGEST_BYTES = 200 * 2**20
_Coordinates = tuple[tuple[float, float], ...]  # lon and lat, as osmnx keeps them
# The numbers of its ways, its end nodes, and its points.
_Road = tuple[tuple[Any, ...], tuple[int, int], _Coordinates]
_Directed = tuple[_Road, bool]  # and whether against the points


def read_graphml(path: Path, region: Region | None = None) -> Extract:
    """Read a street network as ``osmnx.save_graphml`` wrote it, or the region of it.

    Two edges of the same ways and points, one there and one back, become one two-way way; an edge
    without its opposite becomes a one-way one. Only tags that osmnx kept are there.

    Raises
    ------
    RoadError
        Where the file is missing, damaged, no graph of osmnx, projected, or holds no roads.
    """
    if not path.is_file():
        raise RoadError(_("{path} does not exist; name a GraphML file that osmnx saved", path=path))
    if path.stat().st_size > LARGEST_BYTES:
        raise RoadError(
            _(
                "{path} is larger than {n} MiB; save its roads as .osm.pbf",
                path=path,
                n=LARGEST_BYTES >> 20,
            )
        )
    # Loading osmnx takes longer than reading most files of roads without it.
    import osmnx  # noqa: PLC0415  # heavy

    try:
        extract = from_networkx(osmnx.load_graphml(path), source=str(path))
    except (RouteplanError, MemoryError):
        raise
    except Exception as error:
        # Tags, numbers and lines are read by several libraries, each with errors of its own.
        what = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise RoadError(
            _(
                "{path} could not be read as a graph that osmnx saved ({what}); "
                "it is damaged, cut off, or something else: save or copy it again",
                path=path,
                what=what,
            )
        ) from error
    return extract if region is None else region.cut(extract)


def from_networkx(graph: nx.MultiDiGraph[Any], *, source: str = "the graph") -> Extract:
    """Read a street network as osmnx makes it, or as `RoadGraph.to_networkx` does.

    Speeds and times that it holds are ignored: those of a road graph come from its table of speeds.
    Where an edge has ``sections``, as ours have, they count, and its other tags do not.

    Parameters
    ----------
    graph
        Nodes have x and y in degrees; edges the tags of their ways, and a geometry unless they
        are straight.
    source
        Its name in error messages.

    Raises
    ------
    RoadError
        Where it is projected or holds no roads, or the sections of an edge are not those of its
        geometry.
    """
    if str(graph.graph.get("crs", "")).lower() not in ("epsg:4326", "wgs84"):
        raise RoadError(
            _(
                "{source} is no street network in degrees (its crs is {crs!r}); "
                "save the graph with osmnx before projecting it",
                source=source,
                crs=graph.graph.get("crs"),
            )
        )
    if not graph.number_of_edges():
        raise RoadError(_("{source} holds no roads: the graph has no edges", source=source))
    base = {node: int(data.get("copy_of", node)) for node, data in graph.nodes(data=True)}
    found = _Ways(_roads(graph, base), source)
    positions = np.array(found.coordinates, dtype=np.float64).reshape(-1, 2)[:, ::-1]
    if not (np.abs(positions) <= (90, 180)).all():
        raise RoadError(
            _("{source} has positions that are not in degrees; save it again", source=source)
        )
    for node, data in graph.nodes(data=True):
        tags = obstacle_tags((key, str(value)) for key, value in data.items())
        if tags:
            found.node_tags[found.number(base[node])] = tags
    return Extract(
        way_ids=np.array(found.way_ids, dtype=np.int64),
        way_tags=tuple(found.way_tags),
        offsets=np.concatenate(([0], np.cumsum(found.sizes))).astype(np.int64),
        node_ids=np.array(found.node_ids, dtype=np.int64),
        points=positions,
        node_tags=found.node_tags,
        places=(),
        cut_ways=0,
        restrictions=tuple(_restrictions(graph, base, found.nodes_of)),
        settlement=np.array(found.settlement, dtype=np.int8),
    )


@dataclass(slots=True)
class _Ways:
    """Ways of an extract, as the roads of a graph give them."""

    roads: InitVar[Mapping[_Road, tuple[dict[str, Any], set[bool]]]]
    source: str
    way_ids: list[int] = field(default_factory=list)
    way_tags: list[Mapping[str, str]] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    node_ids: list[int] = field(default_factory=list)
    coordinates: list[tuple[float, float]] = field(default_factory=list)
    settlement: list[int] = field(default_factory=list)
    node_tags: dict[int, Mapping[str, str]] = field(default_factory=dict)
    nodes_of: dict[_Road, list[int]] = field(default_factory=dict)
    # Ends of roads that are nothing but an obstacle are one node of the map.
    same: dict[int, int] = field(default_factory=dict)
    points_read: int = 0

    def __post_init__(self, roads: Mapping[_Road, tuple[dict[str, Any], set[bool]]]) -> None:
        parts_of = {road: self._parts(road, *values) for road, values in roads.items()}
        for (_ways, ends, _points), parts in parts_of.items():
            if all(part.is_obstacle for part in parts):
                one, other = sorted(map(self.number, ends))
                if one != other:
                    self.same[other] = one
        for road, parts in parts_of.items():
            self._add(road, parts)

    def number(self, node: int) -> int:
        """Return the number of a node of the graph in the extract."""
        while node in self.same:
            node = self.same[node]
        return node

    def _parts(self, road: _Road, data: Mapping[str, Any], seen: set[bool]) -> list[Part]:
        """Return the parts of a road along its points, the first of `seen` being that of data."""
        ways, _ends, points = road
        oneway = {"oneway": "no" if len(seen) > 1 else "-1" if True in seen else "yes"}
        if SECTIONS not in data:
            tags = driving_tags(
                (key, ";".join(map(str, _as_list(value))))
                for key, value in data.items()
                # osmnx turns ways round, so that tags of one direction are unreliable.
                if not key.endswith((":forward", ":backward"))
            )
            return [Part(len(points) - 1, int(ways[0]), {**tags, **oneway})]
        against = bool(data["against"])
        try:
            parts = [read_section(each, oneway, against=against) for each in data[SECTIONS]]
        except (TypeError, KeyError, ValueError, AttributeError, OverflowError) as error:
            raise RoadError(
                _(
                    "{source}: the sections of way {way} cannot be read; delete them, and the "
                    "other tags of its edge count",
                    source=self.source,
                    way=ways[0],
                )
            ) from error
        sizes = [part.segments for part in parts]
        if min(sizes, default=0) < 1 or sum(sizes) != len(points) - 1:
            raise RoadError(
                _(
                    "{source}: the sections of way {way} are not those of its geometry; "
                    "where you change a geometry, delete the sections of its edge",
                    source=self.source,
                    way=ways[0],
                )
            )
        return parts[::-1] if against else parts

    def _add(self, road: _Road, parts: Sequence[Part]) -> None:
        points, nodes = road[2], self._nodes(road, parts)
        first = 0
        for part in parts:
            last = first + part.segments
            if not part.is_obstacle:
                self.way_ids.append(part.way_id)
                self.way_tags.append(part.tags)
                self.sizes.append(part.segments + 1)
                self.node_ids += nodes[first : last + 1]
                self.coordinates += points[first : last + 1]
                self.settlement += [part.settlement] * (part.segments + 1)
            elif part.tags:
                self.node_tags[nodes[first]] = part.tags
            first = last
        self.nodes_of[road] = [node for node, _same in itertools.groupby(nodes)]

    def _nodes(self, road: _Road, parts: Sequence[Part]) -> list[int]:
        """Return the node at each point of a road; those on both sides of an obstacle are one."""
        (start, end), points = road[1:]
        # osmnx drops the numbers of nodes between junctions; they get negative ones here.
        self.points_read += len(points)
        between = range(-self.points_read, -self.points_read + len(points) - 2)
        nodes = [self.number(start), *between, self.number(end)]
        is_obstacle = [part.is_obstacle for part in parts for _ in range(part.segments)]
        for at in itertools.compress(range(len(nodes)), is_obstacle):
            nodes[at + 1] = nodes[at]
        # Those of an obstacle at the end are the end.
        nodes[-1] = self.number(end)
        for at in itertools.takewhile(is_obstacle.__getitem__, range(len(nodes) - 2, -1, -1)):
            nodes[at] = nodes[-1]
        return nodes


def _roads(
    graph: nx.MultiDiGraph[Any], base: Mapping[Any, int]
) -> dict[_Road, tuple[dict[str, Any], set[bool]]]:
    """Return the tags of each road, and whether its edges lead along its points or against them."""
    roads: dict[_Road, tuple[dict[str, Any], set[bool]]] = {}
    for start, end, data in graph.edges(data=True):
        road, against = _road(graph, base, start, end, data)
        roads.setdefault(road, ({**data, "against": against}, set()))[1].add(against)
    return roads


def _road(
    graph: nx.MultiDiGraph[Any],
    base: Mapping[Any, int],
    start: Any,  # noqa: ANN401  # a node's number
    end: Any,  # noqa: ANN401  # a node's number
    data: Mapping[str, Any],
) -> tuple[_Road, bool]:
    """Return the road of an edge, and whether the edge leads against its points."""
    points = _points(graph, start, end, data)
    ends = (base[start], base[end])
    against = (points[::-1], *ends[::-1]) < (points, *ends)
    ways = tuple(sorted(_as_list(data.get("osmid", 0))))
    return (ways, ends[::-1] if against else ends, points[::-1] if against else points), against


def _restrictions(
    graph: nx.MultiDiGraph[Any],
    base: Mapping[Any, int],
    nodes_of: Mapping[_Road, list[int]],
) -> Iterator[Restriction]:
    """Yield the turns that are forbidden because a copy of a node lacks edges that leave the node.

    Those who are at a copy have come there by the edges of the shortest path to it from a node
    that is no copy.
    """
    if all(base[node] == node for node in graph):
        return
    leaving = _leaving(graph, base)
    for copy, path in _paths(base, leaving).items():
        others = [one for one in leaving[base[copy]] if one not in leaving[copy]]
        # A turn from or to a barrier that is an edge of its own has no way that names it.
        if others and len(nodes_of[path[0][0]]) > 1:
            nodes = tuple(
                _nodes(nodes_of, [*path, other]) for other in others if len(nodes_of[other[0]]) > 1
            )
            yield Restriction(nodes, {RESTRICTION: "no_entry"})


def _paths(
    base: Mapping[Any, int], leaving: Mapping[Any, Mapping[_Directed, Any]]
) -> dict[Any, list[_Directed]]:
    """Return the shortest path to each copy from a node that is none."""
    paths: dict[Any, list[_Directed]] = {node: [] for node in base if base[node] == node}
    left = [*paths]
    for node in left:
        for directed, end in leaving[node].items():
            if end not in paths:
                paths[end] = [*paths[node], directed]
                left.append(end)
    return paths


def _leaving(
    graph: nx.MultiDiGraph[Any], base: Mapping[Any, int]
) -> Mapping[Any, Mapping[_Directed, Any]]:
    """Return the roads that leave each node, and where they end."""
    leaving: dict[Any, dict[_Directed, Any]] = defaultdict(dict)
    for start, end, data in graph.edges(data=True):
        leaving[start][_road(graph, base, start, end, data)] = end
    return leaving


def _nodes(nodes_of: Mapping[_Road, list[int]], path: Sequence[_Directed]) -> tuple[int, ...]:
    """Return the nodes of a path, from the last but one of its first road to its last."""
    first, *between, last = (
        nodes_of[road][::-1] if against else nodes_of[road] for road, against in path
    )
    return (*first[-2:], *(node for nodes in between for node in nodes[1:]), last[1])


def _points(
    graph: nx.MultiDiGraph[int], start: int, end: int, data: Mapping[str, Any]
) -> _Coordinates:
    if "geometry" in data:
        return tuple((lon, lat) for lon, lat in data["geometry"].coords)
    ends = (graph.nodes[start], graph.nodes[end])
    return tuple((float(node["x"]), float(node["y"])) for node in ends)


def _as_list(value: Any) -> Iterable[Any]:  # noqa: ANN401  # any attribute of an edge
    return value if isinstance(value, list | set | tuple) else [value]


# ---- From a road graph ----


def to_networkx(graph: RoadGraph, vehicle: str) -> nx.MultiDiGraph[int]:
    """Return the roads that a vehicle drives; see `RoadGraph.to_networkx`."""
    import networkx as nx  # noqa: PLC0415  # takes long to load

    network: nx.MultiDiGraph[int] = nx.MultiDiGraph(crs="epsg:4326", simplified=True)
    positions = np.empty((graph.node_count, 2))
    ends = np.column_stack((graph.offsets[:-1], graph.offsets[1:] - 1))
    positions[graph.edge_nodes] = graph.points[ends]
    streets = np.bincount(graph.edge_nodes.ravel(), minlength=graph.node_count)
    costs = graph.edge_costs(vehicle)
    arcs = open_arcs(graph, vehicle, costs.open)
    for node, at in enumerate(arcs.node.tolist()):
        lat, lon = positions[at].tolist()
        copied = {"copy_of": at} if at != node else {}
        network.add_node(node, y=lat, x=lon, street_count=int(streets[at]), **copied)
    seconds, metres = costs.seconds, costs.metres.tolist()
    order = np.lexsort((arcs.direction, arcs.edge))
    rows = (column[order].tolist() for column in arcs[1:5])
    last = -1
    for start, end, edge, against in zip(*rows, strict=True):
        if edge != last:
            data = _edge_tags(graph, edge) | {"length": metres[edge]}
            line = shapely.LineString(graph.points[slice(*graph.offsets[edge : edge + 2]), ::-1])
            sections = sections_of(graph, edge)
            last = edge
        taken = float(seconds[against, edge])
        network.add_edge(
            *(start, end),
            **data,
            oneway=bool(costs.open[0, edge] != costs.open[1, edge]),
            travel_time=taken,
            # A barrier has no length, and no speed.
            speed_kph=metres[edge] / taken * 3.6 if taken else 0.0,
            geometry=line.reverse() if against else line,
            reversed=bool(against),
            sections=turned_round(sections) if against else sections,
        )
    return network


def _edge_tags(graph: RoadGraph, edge: int) -> dict[str, Any]:
    """Return the tags of an edge's ways: one value each, or the list of them, as osmnx does."""
    segments = slice(graph.offsets[edge], graph.offsets[edge + 1] - 1)
    ways = dict.fromkeys(graph.segment_way[segments].tolist())
    numbers = dict.fromkeys(graph.segment_profile[segments].tolist())
    profiles = [graph.profiles[number] for number in numbers]
    tags = {
        "osmid": _distinct(graph.way_ids[[*ways]].tolist()),
        "highway": _distinct(one.road_class for one in profiles),
        "surface": _distinct(one.surface for one in profiles if not one.surface_assumed),
        "name": _distinct(graph.names[way] for way in ways),
    }
    return {key: value for key, value in tags.items() if value is not None}


def _distinct(values: Iterable[object]) -> object:
    found = [*dict.fromkeys(value for value in values if value != "")]
    return found if len(found) > 1 else next(iter(found), None)
