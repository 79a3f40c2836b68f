"""The roads of one vehicle as the graph that osmnx's own functions take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import shapely

from routeplan.roads.units import MICROSECONDS, MILLIMETRES, SECONDS_PER_METRE

if TYPE_CHECKING:
    from routeplan.roads.graph import RoadGraph

__all__ = ["to_networkx"]


def to_networkx(graph: RoadGraph, vehicle: str) -> nx.MultiDiGraph[int]:
    """Make the graph that `RoadGraph.to_networkx` describes."""
    made: nx.MultiDiGraph[int] = nx.MultiDiGraph(crs="epsg:4326", simplified=True)
    where = np.empty((graph.node_count, 2))
    where[graph.edge_nodes] = graph.points[
        np.column_stack((graph.offsets[:-1], graph.offsets[1:] - 1))
    ]
    streets = np.bincount(graph.edge_nodes.ravel(), minlength=graph.node_count)
    for node, ((lat, lon), count) in enumerate(zip(where.tolist(), streets.tolist(), strict=True)):
        made.add_node(node, y=lat, x=lon, street_count=count)
    costs = graph.edge_costs(vehicle)
    seconds = (costs.microseconds / MICROSECONDS).tolist()
    metres = (costs.millimetres / MILLIMETRES).tolist()
    for edge, (start, end) in enumerate(graph.edge_nodes.tolist()):
        along, against = costs.open[:, edge].tolist()
        data = _tags(graph, edge) | {"length": metres[edge], "oneway": along != against}
        line = shapely.LineString(graph.points[slice(*graph.offsets[edge : edge + 2]), ::-1])
        if along:
            driven = _driven(metres[edge], seconds[0][edge])
            made.add_edge(start, end, **data, **driven, geometry=line, reversed=False)
        if against:
            driven = _driven(metres[edge], seconds[1][edge])
            made.add_edge(end, start, **data, **driven, geometry=line.reverse(), reversed=True)
    return made


def _driven(metres: float, seconds: float) -> dict[str, float]:
    # A barrier has no length, and no speed to speak of.
    kmh = metres / seconds * SECONDS_PER_METRE if seconds else 0.0
    return {"travel_time": seconds, "speed_kph": kmh}


def _tags(graph: RoadGraph, edge: int) -> dict[str, Any]:
    """Return the tags of a link's ways: one value each, or the list of them, as osmnx does."""
    segments = slice(graph.offsets[edge], graph.offsets[edge + 1] - 1)
    ways = dict.fromkeys(graph.segment_way[segments].tolist())
    profiles = [
        graph.profiles[kind] for kind in dict.fromkeys(graph.segment_profile[segments].tolist())
    ]
    values = {
        "osmid": dict.fromkeys(graph.way_ids[[*ways]].tolist()),
        "highway": dict.fromkeys(kind.road_class for kind in profiles if kind.road_class),
        "surface": dict.fromkeys(
            kind.surface for kind in profiles if kind.surface and not kind.surface_assumed
        ),
        "name": dict.fromkeys(graph.names[way] for way in ways if graph.names[way]),
    }
    return {
        key: [*found] if len(found) > 1 else next(iter(found))
        for key, found in values.items()
        if found
    }
