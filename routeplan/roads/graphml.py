"""Reading graphs of osmnx, from files and as they are; with multigraph, all that knows of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from routeplan.errors import RoadError, RouteplanError
from routeplan.roads.extract import Extract
from routeplan.roads.tags import kept, kept_at_node

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    import networkx as nx

    from routeplan.roads.region import Region

__all__ = ["from_networkx", "read_graphml"]

LARGEST_BYTES = 200 * 2**20

# Points as (lon, lat), the order in which osmnx keeps them.
_Coordinates = tuple[tuple[float, float], ...]


def read_graphml(path: Path, region: Region | None = None) -> Extract:
    """Read a street network as ``osmnx.save_graphml`` wrote it.

    Two edges of the same ways and points, one there and one back, become one two-way way; an edge
    without its opposite becomes a one-way one. Of the tags, those that osmnx was told to keep are
    there; ones for one direction only are left aside, since osmnx turns ways round.

    Parameters
    ----------
    path
        The file.
    region
        What is wanted of it; None for all of it.

    Raises
    ------
    RoadError
        Where the file is missing, damaged, no graph of osmnx, projected, or holds no roads, or
        none in the region.
    """
    if not path.is_file():
        raise RoadError(f"{path} does not exist; name a GraphML file that osmnx saved")
    if path.stat().st_size > LARGEST_BYTES:
        raise RoadError(
            f"{path} is larger than {LARGEST_BYTES >> 20} MiB; save its roads as .osm.pbf"
        )
    try:
        extract = from_networkx(_load(path), source=str(path))
    except (RouteplanError, MemoryError):
        raise
    except Exception as error:
        # Tags, numbers and lines are read by several libraries, each with errors of its own.
        what = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise RoadError(
            f"{path} could not be read as a graph that osmnx saved ({what}); "
            "it is damaged, cut off, or something else: save or copy it again"
        ) from error
    return extract if region is None else region.cut(extract)


def from_networkx(graph: nx.MultiDiGraph[Any], *, source: str = "the graph") -> Extract:
    """Read a street network as osmnx makes it, or as `RoadGraph.to_networkx` does.

    Its roads are judged anew by the table of speeds that the road graph is then built with; what
    speeds and times it holds itself are left aside.

    Parameters
    ----------
    graph
        Nodes have x and y in degrees; edges the tags of their ways, and a geometry unless they
        are straight.
    source
        What to call it where it is refused.

    Raises
    ------
    RoadError
        Where it is projected or holds no roads.
    """
    if str(graph.graph.get("crs", "")).lower() not in ("epsg:4326", "wgs84"):
        raise RoadError(
            f"{source} is no street network in degrees (its crs is {graph.graph.get('crs')!r}); "
            "save the graph with osmnx before projecting it"
        )
    if not graph.number_of_edges():
        raise RoadError(f"{source} holds no roads: the graph has no edges")
    return _extract(graph, source)


def _load(path: Path) -> nx.MultiDiGraph[int]:
    # Loading osmnx takes longer than reading most files of roads without it.
    import osmnx  # noqa: PLC0415

    return osmnx.load_graphml(path)


def _extract(graph: nx.MultiDiGraph[int], source: str) -> Extract:
    way_ids: list[int] = []
    way_tags: list[Mapping[str, str]] = []
    sizes: list[int] = []
    node_ids: list[int] = []
    coordinates: list[tuple[float, float]] = []
    for way_id, tags, (start, end), points in _ways(graph):
        way_ids.append(way_id)
        way_tags.append(tags)
        sizes.append(len(points))
        # osmnx drops the numbers of nodes between junctions; any numbers of their own will do.
        between = range(-len(node_ids) - len(points), -len(node_ids) - 2)
        node_ids += [start, *between, end]
        coordinates += points
    positions = np.array(coordinates, dtype=np.float64)[:, ::-1]
    if not (np.abs(positions) <= (90, 180)).all():
        raise RoadError(f"{source} has positions that are not in degrees; save it again")
    return Extract(
        way_ids=np.array(way_ids, dtype=np.int64),
        way_tags=tuple(way_tags),
        offsets=np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
        node_ids=np.array(node_ids, dtype=np.int64),
        points=positions,
        node_tags=_node_tags(graph),
        places=(),
        cut_ways=0,
    )


def _ways(
    graph: nx.MultiDiGraph[int],
) -> Iterator[tuple[int, Mapping[str, str], tuple[int, int], _Coordinates]]:
    """Yield number, tags, end nodes and points of each road, opposite edges paired."""
    roads: dict[tuple[Any, ...], tuple[dict[str, Any], set[bool]]] = {}
    for start, end, data in graph.edges(data=True):
        points = _points(graph, start, end, data)
        against = (points[::-1], end, start) < (points, start, end)
        ends = (end, start) if against else (start, end)
        ways = tuple(sorted(_several(data.get("osmid", 0))))
        key = (ways, ends, points[::-1] if against else points)
        roads.setdefault(key, (data, set()))[1].add(against)
    for (ways, ends, points), (data, seen) in roads.items():
        oneway = "no" if len(seen) > 1 else "-1" if True in seen else "yes"
        yield int(ways[0]), {**_tags(data), "oneway": oneway}, ends, points


def _points(
    graph: nx.MultiDiGraph[int], start: int, end: int, data: dict[str, Any]
) -> _Coordinates:
    if "geometry" in data:
        return tuple((lon, lat) for lon, lat in data["geometry"].coords)
    nodes = graph.nodes
    return tuple((float(nodes[node]["x"]), float(nodes[node]["y"])) for node in (start, end))


def _tags(data: Mapping[str, Any]) -> dict[str, str]:
    texts = ((key, ";".join(map(str, _several(value)))) for key, value in data.items())
    return {
        key: text
        for key, text in kept(texts).items()
        if not key.endswith((":forward", ":backward"))
    }


def _node_tags(graph: nx.MultiDiGraph[int]) -> dict[int, Mapping[str, str]]:
    found = {
        node: kept_at_node((key, str(value)) for key, value in data.items())
        for node, data in graph.nodes(data=True)
    }
    return {node: tags for node, tags in found.items() if tags}


def _several(value: Any) -> Iterable[Any]:  # noqa: ANN401
    return value if isinstance(value, list | set | tuple) else [value]
