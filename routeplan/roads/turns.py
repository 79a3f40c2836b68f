"""Forbidden turns: the open edges of a vehicle, with copies of nodes where it may not go on freely.

A forbidden turn is a path of two or more directed edges. A drive that has followed the beginning of
one arrives at a copy of the node there, which only the permitted edges leave; it forgets this as
soon as it has left the path (Aho and Corasick, Communications of the ACM 18, 1975). Searches over
such a graph know nothing of turns.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from routeplan.roads.graph import RoadGraph

Path = tuple[int, ...]
"""Directed edges one after the other, each twice its number, and one more if against it."""


class Arcs(NamedTuple):
    """The directed edges that a vehicle drives, from node to node.

    The first `free` arcs are those of a drive that begins on its edge or arrives from any; the
    others are driven from copies of nodes.
    """

    node: NDArray[np.int64]  # (nodes and copies,), the node of the road graph; copies come last
    tail: NDArray[np.int64]  # (arcs,)
    head: NDArray[np.int64]  # (arcs,)
    edge: NDArray[np.int64]  # (arcs,)
    direction: NDArray[np.int64]  # (arcs,), 0 along the edge, 1 against it
    free: int


def open_arcs(graph: RoadGraph, vehicle: str, is_open: NDArray[np.bool_]) -> Arcs:
    """Return the edges that a vehicle drives, those open to it being given, shape (2, edges)."""
    direction, edge = np.nonzero(is_open)
    tail, head = graph.edge_nodes[edge, direction], graph.edge_nodes[edge, 1 - direction]
    nodes = np.arange(graph.node_count)
    code = 2 * edge + direction
    forbidden = _forbidden(graph, vehicle, is_open)
    if not forbidden:
        return Arcs(nodes, tail, head, edge, direction, len(edge))
    begun = {path[:size]: 0 for path in sorted(forbidden) for size in range(1, len(path))}
    copies = {path: graph.node_count + number for number, path in enumerate(begun)}
    last = np.array([path[-1] for path in copies])
    copied = graph.edge_nodes[last // 2, 1 - last % 2]
    leaving: dict[int, list[int]] = defaultdict(list)
    near = np.isin(tail, copied)
    for node, arc in zip(tail[near].tolist(), code[near].tolist(), strict=True):
        leaving[node].append(arc)
    # Where a drive that follows no forbidden path arrives.
    arrives = {path[0]: copy for path, copy in copies.items() if len(path) == 1}
    for arc in np.flatnonzero(np.isin(code, [*arrives])).tolist():
        head[arc] = arrives[int(code[arc])]
    rows = [
        (copy, end, arc)
        for (path, copy), node in zip(copies.items(), copied.tolist(), strict=True)
        for arc in leaving[node]
        if (end := _next(graph, forbidden, copies, (*path, arc))) is not None
    ]
    tails, heads, codes = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return Arcs(
        node=np.concatenate((nodes, copied)),
        tail=np.concatenate((tail, tails)),
        head=np.concatenate((head, heads)),
        edge=np.concatenate((edge, codes // 2)),
        direction=np.concatenate((direction, codes % 2)),
        free=len(edge),
    )


def _forbidden(graph: RoadGraph, vehicle: str, is_open: NDArray[np.bool_]) -> set[Path]:
    """Return the forbidden paths that a vehicle could drive at all."""
    bit = 1 << graph.vehicle_index(vehicle)
    rows = np.flatnonzero(graph.turn_vehicles & bit).tolist()
    paths = (graph.turn_edges[slice(*graph.turn_offsets[row : row + 2])] for row in rows)
    return {tuple(path.tolist()) for path in paths if is_open[path % 2, path // 2].all()}


def _next(
    graph: RoadGraph, forbidden: set[Path], copies: dict[Path, int], driven: Path
) -> int | None:
    """Return where a drive over the latest edges arrives; None where it may not do that."""
    endings = [driven[begin:] for begin in range(len(driven))]
    if not forbidden.isdisjoint(endings):
        return None
    # The longest of all forbidden paths that it has begun leaves nothing out of the others.
    copy = next((copies[ending] for ending in endings if ending in copies), None)
    return _head(graph, driven[-1]) if copy is None else copy


def _head(graph: RoadGraph, arc: int) -> int:
    return int(graph.edge_nodes[arc // 2, 1 - arc % 2])
