"""Drives under turn restrictions by a search over edges, with networkx.

Relations are read by pyosmium and matched by the numbers of their ways. Nodes of the search are the
edges that were driven last, as many as some restriction may ask for. Only the edges, what they cost
and who passes them are taken from the road graph.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import groupby, takewhile
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import osmium

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from routeplan.roads import RoadGraph, RoadPoint

Driven = tuple[int, ...]  # directed edges, each twice its number, and one more if against it
Position = tuple[int, int]  # ten-millionths of a degree


@dataclass
class Rule:
    """A restriction as its relation says it."""

    kind: str
    first: list[int] = field(default_factory=list)
    last: list[int] = field(default_factory=list)
    over: list[int] = field(default_factory=list)
    at: list[Position] = field(default_factory=list)
    whole: bool = True


def read_rules(path: Path) -> list[Rule]:
    """Read all relations with ``type=restriction``, as if they bound every vehicle at all times."""
    nodes: dict[int, Position] = {}
    rules = []
    for item in osmium.FileProcessor(str(path)):
        if isinstance(item, osmium.osm.Node):
            nodes[item.id] = (item.location.y, item.location.x)
        elif isinstance(item, osmium.osm.Relation) and item.tags.get("type") == "restriction":
            rule = Rule(item.tags.get("restriction") or "")
            for one in item.members:
                if one.role == "via" and one.type == "n":
                    rule.whole &= one.ref in nodes
                    rule.at.append(nodes.get(one.ref, (0, 0)))
                elif one.type == "w":
                    {"from": rule.first, "to": rule.last, "via": rule.over}[one.role].append(
                        one.ref
                    )
            rules.append(rule)
    return rules


class EdgeSearch:
    """The fastest drives of one vehicle over the edges of a road graph."""

    def __init__(self, graph: RoadGraph, vehicle: str, rules: list[Rule]) -> None:
        self.graph = graph
        self.costs = graph.edge_costs(vehicle)
        self.seconds = graph.segment_seconds(vehicle)
        self.ends = graph.edge_nodes.tolist()
        self.open = [
            2 * edge + against
            for edge in range(graph.edge_count)
            for against in (0, 1)
            if self.costs.open[against, edge]
        ]
        self.leaving: dict[int, list[int]] = defaultdict(list)
        for arc in self.open:
            self.leaving[self.tail(arc)].append(arc)
        # By their ways, and by the node where they begin: all edges that anybody drives in that
        # direction.
        self.by_way: dict[int, list[int]] = defaultdict(list)
        self.next_arcs: dict[int, list[int]] = defaultdict(list)
        for arc in sorted(self._drivable()):
            for way in set(self._ways(arc)):
                self.by_way[way].append(arc)
            self.next_arcs[self.tail(arc)].append(arc)
        self.forbidden: set[Driven] = set()
        forced: set[Driven] = set()
        for rule in rules:
            walks = self._walks_of(rule)
            if rule.kind.startswith("no_"):
                self.forbidden |= walks
                # Nobody turns round on the way between who has come by the first one.
                self.forbidden |= {
                    (*walk[:n], walk[n - 1] ^ 1) for walk in walks for n in range(2, len(walk))
                }
            else:
                forced |= {walk for walk in walks if all(map(self._is_open, walk[1:]))}
        self.forbidden |= self._deviations(forced) | self._rounds()
        self.long = {arc for path in self.forbidden if len(path) > 2 for arc in path[:-1]}
        self.depth = max((len(path) - 1 for path in self.forbidden), default=1)
        self.lines = self._line_graph()

    def tail(self, arc: int) -> int:
        return int(self.ends[arc // 2][arc % 2])

    def head(self, arc: int) -> int:
        return int(self.ends[arc // 2][1 - arc % 2])

    def microseconds(self, start: RoadPoint, ends: list[RoadPoint]) -> list[float]:
        """Return how long it takes from one point to others, turning round nowhere on an edge."""
        self.lines.add_node("start")
        for arc, cost in self._from(start):
            self.lines.add_edge("start", (arc,), weight=cost)
        taken = nx.single_source_dijkstra_path_length(self.lines, "start")
        self.lines.remove_node("start")
        by_head: dict[int, list[tuple[Driven, float]]] = defaultdict(list)
        for driven, cost in taken.items():
            if not isinstance(driven, str):
                by_head[self.head(driven[-1])].append((driven, cost))
        return [self._to(start, end, by_head) for end in ends]

    def _from(self, point: RoadPoint) -> list[tuple[int, float]]:
        node = self._node(point)
        if node is not None:
            return [(arc, self._cost(arc)) for arc in self.leaving[node]]
        arcs = [2 * point.edge + against for against in (0, 1)]
        return [
            (arc, self._cost(arc) - self._part(arc, point)) for arc in arcs if self._is_open(arc)
        ]

    def _to(
        self, start: RoadPoint, end: RoadPoint, by_head: dict[int, list[tuple[Driven, float]]]
    ) -> float:
        node, from_node = self._node(end), self._node(start)
        if node is not None:
            ways = [cost for _, cost in by_head[node]]
            return 0.0 if node == from_node else min(ways, default=np.inf)
        ways = []
        for arc in (2 * end.edge, 2 * end.edge + 1):
            if not self._is_open(arc):
                continue
            part = self._part(arc, end)
            tail = self.tail(arc)
            ways += [cost + part for driven, cost in by_head[tail] if self._may(driven, arc)]
            if from_node == tail:
                ways.append(part)
            if from_node is None and start.edge == end.edge and self._part(arc, start) <= part:
                ways.append(part - self._part(arc, start))
        return min(ways, default=np.inf)

    def _node(self, point: RoadPoint) -> int | None:
        size = self.graph.offsets[point.edge + 1] - self.graph.offsets[point.edge] - 1
        nodes: list[int] = self.ends[point.edge]
        return nodes[0] if point.along == 0 else nodes[1] if point.along == size else None

    def _is_open(self, arc: int) -> bool:
        return bool(self.costs.open[arc % 2, arc // 2])

    def _cost(self, arc: int) -> float:
        return float(self.costs.microseconds[arc % 2, arc // 2])

    def _part(self, arc: int, point: RoadPoint) -> float:
        """Return the microseconds from the beginning of a directed edge to a point on it."""
        low, high = self.graph.offsets[point.edge : point.edge + 2]
        sums = np.concatenate(([0.0], np.cumsum(self.seconds[arc % 2, low : high - 1] * 1e6)))
        part = float(np.round(np.interp(point.along, np.arange(len(sums)), sums)))
        return self._cost(arc) - part if arc % 2 else part

    # ---- Restrictions ----

    def _drivable(self) -> set[int]:
        passes = [
            [
                any(pair[way].passes for pair in (*one.speeds, *one.dry_speeds))
                for way in (False, True)
            ]
            for one in self.graph.profiles
        ]
        starts = self.graph.offsets[:-1]
        profiles = self.graph.segment_profile[starts].tolist()
        flipped = self.graph.segment_flipped[starts].tolist()
        return {
            2 * edge + against
            for edge, (profile, turned) in enumerate(zip(profiles, flipped, strict=True))
            for against in (0, 1)
            if passes[profile][against ^ turned]
        }

    def _ways(self, arc: int) -> list[int]:
        """Return the numbers of the ways of a directed edge, as they are driven."""
        low, high = self.graph.offsets[arc // 2 : arc // 2 + 2]
        ways = self.graph.way_ids[self.graph.segment_way[low : high - 1]].tolist()
        return list(ways[::-1] if arc % 2 else ways)

    def _position(self, arc: int) -> Position:
        """Return where a directed edge ends."""
        low, high = self.graph.offsets[arc // 2 : arc // 2 + 2]
        lat, lon = self.graph.points[low if arc % 2 else high - 1]
        return round(lat * 1e7), round(lon * 1e7)

    def _walks_of(self, rule: Rule) -> set[Driven]:
        if not rule.whole or not rule.first or not rule.last:
            return set()
        if (len(rule.first) > 1 and rule.kind != "no_entry") or (
            len(rule.last) > 1 and rule.kind != "no_exit"
        ):
            return set()
        if (len(rule.at), len(rule.over) > 0) not in ((1, False), (0, True)):
            return set()
        found: set[Driven] = set()
        for first in rule.first:
            for last in rule.last:
                walks = set(self._walks(rule, first, last))
                if rule.at and first == last and rule.kind.endswith("u_turn"):
                    walks = {walk for walk in walks if walk[0] ^ 1 == walk[-1]}
                elif len(walks) > 1:
                    return set()
                found |= walks
        return found

    def _deviations(self, forced: set[Driven]) -> set[Driven]:
        """Return all that leaves one of some walks, and follows no other of them."""
        allowed = {walk[:size] for walk in forced for size in range(2, len(walk) + 1)}
        others = {
            (*walk[:size], other)
            for walk in forced
            for size in range(1, len(walk))
            for other in self.leaving[self.head(walk[size - 1])]
        }
        return others - allowed

    def _rounds(self) -> set[Driven]:
        """Return turning round where two edges meet that everybody drives on from one another."""
        at: dict[int, list[int]] = defaultdict(list)
        for arc in range(2 * self.graph.edge_count):
            at[self.tail(arc)].append(arc)
        pairs = [arcs for arcs in at.values() if len(arcs) == 2]
        return {
            (arc ^ 1, arc)
            for one, other in pairs
            if self._passing(one) == self._passing(other ^ 1)
            and self._passing(one ^ 1) == self._passing(other)
            for arc in (one, other)
        }

    def _passing(self, arc: int) -> list[bool]:
        segment = self.graph.offsets[arc // 2]
        profile = self.graph.profiles[self.graph.segment_profile[segment]]
        way = arc % 2 ^ int(self.graph.segment_flipped[segment])
        return [pair[way].passes for pair in (*profile.speeds, *profile.dry_speeds)]

    def _walks(self, rule: Rule, first: int, last: int) -> Iterator[Driven]:
        """Yield all walks from a way to another; what is told twice is told too little."""
        for arc in self.by_way[first]:
            ways = self._ways(arc)
            if rule.at:
                if ways[-1] == first and self._position(arc) == rule.at[0]:
                    yield from self._from_walk(rule, (arc,), [], last)
                continue
            for n, way in enumerate(ways):
                if way == first and (n + 1 == len(ways) or ways[n + 1] in rule.over):
                    yield from self._from_walk(rule, (arc,), ways[n + 1 :], last)

    def _from_walk(self, rule: Rule, walk: Driven, ways: list[int], last: int) -> Iterator[Driven]:
        between = list(takewhile(lambda way: way in rule.over, ways))
        runs = [way for way, _ in groupby(between)]
        if len(between) < len(ways):
            if ways[len(between)] == last and sorted(runs) == sorted(rule.over):
                yield walk
            return
        arcs = {arc // 2 for arc in walk}
        if len(set(runs)) < len(runs) or len(arcs) < len(walk):
            return
        for arc in self.next_arcs[self.head(walk[-1])]:
            yield from self._from_walk(rule, (*walk, arc), ways + self._ways(arc), last)

    # ---- The search ----

    def _may(self, driven: Driven, arc: int) -> bool:
        path = (*driven, arc)
        return not any(path[begin:] in self.forbidden for begin in range(len(driven)))

    def _kept(self, driven: Driven) -> Driven:
        """Return as much of the edges driven last as may matter."""
        size = 1
        while size < min(self.depth, len(driven)) and driven[-size] in self.long:
            size += 1
        return driven[-size:]

    def _line_graph(self) -> nx.DiGraph[Driven | str]:
        lines: nx.DiGraph[Driven | str] = nx.DiGraph()
        left: list[Driven] = [(arc,) for arc in self.open]
        lines.add_nodes_from(left)
        while left:
            driven = left.pop()
            for arc in self.leaving[self.head(driven[-1])]:
                if self._may(driven, arc):
                    after = self._kept((*driven, arc))
                    if after not in lines:
                        left.append(after)
                    lines.add_edge(driven, after, weight=self._cost(arc))
        return lines
