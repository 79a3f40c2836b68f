"""Forbidden turns: paths over edges, and the copies of nodes by which searches keep off them.

A forbidden turn is a path of two or more directed edges. A drive that has followed the beginning of
one arrives at a copy of the node there, which only the permitted edges leave; it forgets this as
soon as it has left the path (Aho and Corasick, Communications of the ACM 18, 1975). Searches over
such a graph know nothing of turns.
"""

from __future__ import annotations

from collections import defaultdict
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from routeplan.roads.graph import RoadGraph
    from routeplan.roads.restrictions import Restriction

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
    arcs = Arcs(np.arange(graph.node_count), tail, head, edge, direction, len(edge))
    forbidden = _forbidden(graph, vehicle, is_open)
    return _with_copies(graph, arcs, forbidden) if forbidden else arcs


def _with_copies(graph: RoadGraph, arcs: Arcs, forbidden: set[Path]) -> Arcs:
    """Add a copy of the node behind each beginning of a forbidden path."""
    begun = {path[:size]: 0 for path in sorted(forbidden) for size in range(1, len(path))}
    copies = {path: graph.node_count + number for number, path in enumerate(begun)}
    last = np.array([path[-1] for path in copies])
    copied = graph.edge_nodes[last // 2, 1 - last % 2]
    code = 2 * arcs.edge + arcs.direction
    leaving: dict[int, list[int]] = defaultdict(list)
    near = np.isin(arcs.tail, copied)
    for node, arc in zip(arcs.tail[near].tolist(), code[near].tolist(), strict=True):
        leaving[node].append(arc)
    # A drive that has begun no such path arrives at a copy, too, by the first edge of one.
    head = arcs.head.copy()
    for at in np.flatnonzero(np.isin(code, last)).tolist():
        head[at] = copies.get((int(code[at]),), head[at])
    rows = [
        (copy, end, arc)
        for (path, copy), node in zip(copies.items(), copied.tolist(), strict=True)
        for arc in leaving[node]
        if (end := _next(graph, forbidden, copies, (*path, arc))) is not None
    ]
    tails, heads, codes = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return Arcs(
        node=np.concatenate((arcs.node, copied)),
        tail=np.concatenate((arcs.tail, tails)),
        head=np.concatenate((head, heads)),
        edge=np.concatenate((arcs.edge, codes // 2)),
        direction=np.concatenate((arcs.direction, codes % 2)),
        free=arcs.free,
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
    return int(graph.edge_nodes[driven[-1] // 2, 1 - driven[-1] % 2]) if copy is None else copy


# ---- From nodes to edges ----


class Turns(NamedTuple):
    """Paths over nodes of the segments, and whom they concern: a bit for each vehicle.

    The higher bits are those of a dry day.
    """

    paths: list[tuple[int, ...]]
    forbidden: list[int]
    forced: list[int]  # to go on along the path, once on it


class Roads(NamedTuple):
    """Segments between nodes, and the edges that they make up."""

    node: NDArray[np.int64]  # (points,), at the beginning of the segment behind each point
    points: NDArray[np.float64]  # (points, 2)
    profile: NDArray[np.int32]  # (points,), -1 where there is no segment
    node_count: int  # those from this number on are doubles of others, behind barriers
    offsets: NDArray[np.int64]  # (edges + 1,), where each edge begins in the next two
    segments: NDArray[np.int64]
    flipped: NDArray[np.bool_]
    edge_nodes: NDArray[np.int64]  # (edges, 2), numbered as `node`
    access: NDArray[np.int64]  # (2, profiles), who passes along a way, and against it


class ForbiddenTurns(NamedTuple):
    """Paths over edges; see `routeplan.roads.graph.RoadGraph`."""

    edges: NDArray[np.int64]
    offsets: NDArray[np.int64]
    vehicles: NDArray[np.int64]


def turns_at(
    restrictions: Iterable[Restriction],
    node_ids: NDArray[np.int64],
    bits: Callable[[Mapping[str, str]], tuple[int, int]],
) -> Turns:
    """Return the turns whose nodes are all among those of some sorted numbers in OpenStreetMap.

    `bits` gives whom the tags forbid a turn, and whom they force to it.
    """
    turns = Turns([], [], [])
    for restriction in restrictions:
        forbidden, forced = bits(restriction.tags)
        for path in restriction.paths if forbidden or forced else ():
            at = np.searchsorted(node_ids, path)
            if at.max() < len(node_ids) and (node_ids[at] == path).all():
                turns.paths.append(tuple(at.tolist()))
                turns.forbidden.append(forbidden)
                turns.forced.append(forced)
    return turns


def nodes_to_keep(turns: Turns) -> list[int]:
    """Return the nodes at which edges must end, also where only two roads meet.

    Where an edge runs through the node, nobody turns round, and one goes on as one is forced to.
    """
    kept = []
    for path, forbidden in zip(turns.paths, turns.forbidden, strict=True):
        if len(path) > 3 or (forbidden and path[0] != path[2]):  # noqa: PLR2004  # at one node
            kept += [path[1], path[-2]]
    return kept


def forbidden_turns(turns: Turns, roads: Roads) -> ForbiddenTurns:
    """Return the paths over edges that are forbidden, and to whom."""
    paths = _forbidden_paths(turns, roads) if turns.paths else {}
    return ForbiddenTurns(
        edges=np.array([arc for path in paths for arc in path], dtype=np.int64),
        offsets=np.cumsum([0, *map(len, paths)], dtype=np.int64),
        vehicles=np.array([*paths.values()], dtype=np.int64),
    )


def _forbidden_paths(turns: Turns, roads: Roads) -> dict[Path, int]:
    finder = _EdgeFinder(roads, {node for path in turns.paths for node in path})
    found, demanded = defaultdict[Path, int](int), defaultdict[Path, int](int)
    for path, forbidden, forced in zip(*turns, strict=True):
        for edges in finder.paths(path):
            found[edges] |= forbidden
            # Else one would turn round on the way between, twice, and then be free of all.
            for size in range(2, len(edges)):
                found[(*edges[:size], edges[size - 1] ^ 1)] |= forbidden
            # Nobody is forced to where the vehicle may not go.
            demanded[edges] |= reduce(and_, map(finder.passes, edges[1:]), forced)
    for edges in (*finder.rounds(nodes_to_keep(turns)), *finder.rounds_behind_barriers()):
        found[edges] = -1
    for edges, forced in _deviations(demanded, finder):
        found[edges] |= forced
    return {edges: bits for edges, bits in found.items() if bits}


def _deviations(demanded: Mapping[Path, int], finder: _EdgeFinder) -> Iterator[tuple[Path, int]]:
    """Yield all that leaves some paths, and whom they are demanded of.

    Of several demands on those who come by the same road, one may follow any.
    """
    allowed: dict[Path, int] = defaultdict(int)
    for edges, forced in demanded.items():
        for size in range(2, len(edges) + 1):
            allowed[edges[:size]] |= forced
    for edges, forced in demanded.items():
        yield from ((one, forced & ~allowed[one]) for one in finder.deviations(edges))


class _EdgeFinder:
    """The segments near some nodes, and the edges that they belong to."""

    def __init__(self, roads: Roads, nodes: set[int]) -> None:
        self.roads = roads
        # Of each node: the node itself, or the one that it is a double of.
        self._base = _without_doubles(roads)
        near = np.isin(self._base[roads.node], [*nodes])
        segments = np.flatnonzero(near[:-1] & near[1:] & (roads.profile[:-1] >= 0))
        # By node: the directed segments that leave it, twice their number or one more.
        self._out: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for segment in segments.tolist():
            one, other = roads.node[segment : segment + 2].tolist()
            self._out[one].append((2 * segment, other))
            self._out[other].append((2 * segment + 1, one))
        # By node: the node and its doubles.
        self._nodes: dict[int, list[int]] = defaultdict(list)
        for node in [*self._out]:
            self._nodes[int(self._base[node])].append(node)
        # By the node that they leave, sorted: the directed edges.
        tails = roads.edge_nodes.ravel()
        order = np.argsort(tails, kind="stable")
        self._leaving = (tails[order], order)
        is_last = np.zeros(len(roads.segments), dtype=np.bool_)
        is_last[roads.offsets[1:] - 1] = True
        self._at = dict.fromkeys(segments.tolist(), 0)
        at = np.flatnonzero(np.isin(roads.segments, segments) & ~is_last)
        self._at.update(zip(roads.segments[at].tolist(), at.tolist(), strict=True))

    def paths(self, path: tuple[int, ...]) -> Iterator[Path]:
        """Yield the paths over edges that lead over some nodes; several by parallel roads."""
        for node in self._nodes[path[0]]:
            for arc, other in self._out[node]:
                if self._base[other] == path[1]:
                    walks = [*self._walks((arc,), other, path[2:])]
                    if path[0] == path[-1] and len(path) == 3:  # noqa: PLR2004  # turning round
                        walks += [(arc, one, one ^ 1, arc ^ 1) for one in self._inwards(other)]
                    yield from (edges for edges in map(self._edges, walks) if len(edges) > 1)

    def _walks(
        self, arcs: tuple[int, ...], node: int, left: tuple[int, ...], passed: tuple[int, ...] = ()
    ) -> Iterator[tuple[int, ...]]:
        """Yield the directed segments from a node over others, across barriers at each of them."""
        if not left:
            yield arcs
            return
        base = self._base
        for arc, other in self._out[node]:
            if base[other] == left[0]:
                yield from self._walks((*arcs, arc), other, left[1:])
            elif base[other] == base[node] and other not in passed:
                yield from self._walks((*arcs, arc), other, left, (*passed, node))

    def _edges(self, arcs: tuple[int, ...]) -> Path:
        """Return the directed edges of directed segments; none where they turn inside an edge."""
        roads, found = self.roads, list[int]()
        before = at_end = 0
        for arc in arcs:
            at = self._at[arc // 2]
            edge = int(np.searchsorted(roads.offsets, at, side="right")) - 1
            against = arc % 2 ^ int(roads.flipped[at])
            first, last = int(roads.offsets[edge]), int(roads.offsets[edge + 1]) - 2
            if against:
                first, last, at = -last, -first, -at
            if not found or found[-1] != 2 * edge + against or at <= before:
                if found and not (at_end and at == first):
                    return ()
                found.append(2 * edge + against)
            before, at_end = at, at == last
        return tuple(found)

    def passes(self, arc: int) -> int:
        """Return who passes an edge."""
        at = self.roads.offsets[arc // 2]
        direction = arc % 2 ^ int(self.roads.flipped[at])
        return int(self.roads.access[direction, self.roads.profile[self.roads.segments[at]]])

    def deviations(self, path: Path) -> Iterator[Path]:
        """Yield the beginnings of a path, each with one edge behind, also the path's own."""
        for size, arc in enumerate(path[:-1], start=1):
            leaving = self._leaving_at(int(self.roads.edge_nodes[arc // 2, 1 - arc % 2]))
            yield from ((*path[:size], other) for other in leaving)

    def rounds(self, nodes: Iterable[int]) -> Iterator[Path]:
        """Yield turning round at those of some nodes where an edge would else run through."""
        for node in set(nodes):
            leaving = self._leaving_at(node)
            passing = [(self.passes(arc), self.passes(arc ^ 1)) for arc in leaving]
            if len(leaving) == 2 and passing[0] == passing[1][::-1]:  # noqa: PLR2004  # two roads
                yield from ((arc ^ 1, arc) for arc in leaving)

    def rounds_behind_barriers(self) -> Iterator[Path]:
        """Yield turning round between a barrier and the road to which one crosses it."""
        for node in [*self._out]:
            for arc in self._inwards(node):
                (edge,) = self._edges((arc,))
                # Others are part of an edge, inside of which nobody turns round.
                if np.diff(self.roads.offsets)[edge // 2] == 2:  # noqa: PLR2004  # one segment
                    yield (edge ^ 1, edge)

    def _inwards(self, node: int) -> list[int]:
        """Return the directed segment across a barrier from a double to its node."""
        base = self._base[node]
        return [arc for arc, other in self._out[node] if base != node and other == base]

    def _leaving_at(self, node: int) -> list[int]:
        """Return the directed edges that leave a node, also back along those that lead there."""
        own = slice(*np.searchsorted(self._leaving[0], [node, node + 1]).tolist())
        arcs: list[int] = self._leaving[1][own].tolist()
        return arcs


def _without_doubles(roads: Roads) -> NDArray[np.int64]:
    base = np.arange(max(roads.node_count, int(roads.node.max()) + 1))
    here, there = roads.node[:-1], roads.node[1:]
    at = np.flatnonzero(
        (np.maximum(here, there) >= roads.node_count)
        & (roads.profile[:-1] >= 0)
        & (roads.points[:-1] == roads.points[1:]).all(axis=1)
    )
    base[np.maximum(here, there)[at]] = np.minimum(here, there)[at]
    while not np.array_equal(base, base[base]):
        base = base[base]
    return base
