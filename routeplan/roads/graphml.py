"""Street networks of osmnx, read from GraphML or networkx."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from routeplan.errors import RoadError, RouteplanError
from routeplan.language import gettext as _
from routeplan.roads.extract import Extract
from routeplan.roads.restrictions import RESTRICTION, Restriction
from routeplan.roads.tags import driving_tags, obstacle_tags

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import networkx as nx

    from routeplan.roads.extract import Region

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
        Where it is projected or holds no roads.
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
    way_ids: list[int] = []
    way_tags: list[Mapping[str, str]] = []
    sizes: list[int] = []
    node_ids: list[int] = []
    coordinates: list[tuple[float, float]] = []
    base = {node: int(data.get("copy_of", node)) for node, data in graph.nodes(data=True)}
    roads = _roads(graph, base)
    nodes_of: dict[_Road, list[int]] = {}
    for road, (way_id, tags) in _ways(roads):
        (start, end), points = road[1:]
        way_ids.append(way_id)
        way_tags.append(tags)
        sizes.append(len(points))
        # osmnx drops the numbers of nodes between junctions; they get negative ones here.
        between = range(-len(node_ids) - len(points), -len(node_ids) - 2)
        nodes_of[road] = [start, *between, end]
        node_ids += nodes_of[road]
        coordinates += points
    positions = np.array(coordinates, dtype=np.float64)[:, ::-1]
    if not (np.abs(positions) <= (90, 180)).all():
        raise RoadError(
            _("{source} has positions that are not in degrees; save it again", source=source)
        )
    node_tags = {
        base[node]: obstacle_tags((key, str(value)) for key, value in data.items())
        for node, data in graph.nodes(data=True)
    }
    return Extract(
        way_ids=np.array(way_ids, dtype=np.int64),
        way_tags=tuple(way_tags),
        offsets=np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
        node_ids=np.array(node_ids, dtype=np.int64),
        points=positions,
        node_tags={node: tags for node, tags in node_tags.items() if tags},
        places=(),
        cut_ways=0,
        restrictions=tuple(_restrictions(graph, base, nodes_of)),
    )


def _roads(
    graph: nx.MultiDiGraph[Any], base: Mapping[Any, int]
) -> dict[_Road, tuple[dict[str, Any], set[bool]]]:
    """Return the tags of each road, and whether its edges lead along its points or against them."""
    roads: dict[_Road, tuple[dict[str, Any], set[bool]]] = {}
    for start, end, data in graph.edges(data=True):
        road, against = _road(graph, base, start, end, data)
        roads.setdefault(road, (data, set()))[1].add(against)
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


def _ways(
    roads: Mapping[_Road, tuple[dict[str, Any], set[bool]]],
) -> Iterator[tuple[_Road, tuple[int, Mapping[str, str]]]]:
    """Yield number and tags of each road, opposite edges paired."""
    for road, (data, seen) in roads.items():
        tags = driving_tags(
            (key, ";".join(map(str, _as_list(value))))
            for key, value in data.items()
            # osmnx turns ways round, so that tags of one direction are unreliable.
            if not key.endswith((":forward", ":backward"))
        )
        tags["oneway"] = "no" if len(seen) > 1 else "-1" if True in seen else "yes"
        yield road, (int(road[0][0]), tags)


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
        if others:
            nodes = tuple(_nodes(nodes_of, [*path, other]) for other in others)
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
