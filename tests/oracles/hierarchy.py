"""The contraction hierarchy in plain Python; see `routeplan/native/hierarchy.c`.

Nodes are numbered by rank. Arcs are pairs of nodes, from tail to head; costs are pairs of time and
length, which compare as tuples do.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Costs", "add", "ancestors", "customize", "fill_in", "first_nodes", "parents", "sweep"]

Costs = tuple[float, float]

UNREACHABLE: Costs = (inf, inf)


def add(one: Costs, other: Costs) -> Costs:
    """Return the costs of two paths, one after the other."""
    return one[0] + other[0], one[1] + other[1]


def fill_in(size: int, edges: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Contract all nodes; return the higher neighbours of each when it was contracted."""
    near: list[set[int]] = [set() for _ in range(size)]
    for one, other in edges:
        near[one].add(other)
        near[other].add(one)
    for node in range(size):
        near[node] = {other for other in near[node] if other > node}
        for other in near[node]:
            near[other] |= near[node]
    return [sorted(others) for others in near]


def parents(heads: Sequence[Sequence[int]]) -> list[int]:
    """Return the elimination tree: the lowest of the higher neighbours, -1 for none."""
    return [min(higher, default=-1) for higher in heads]


def first_nodes(parent: Sequence[int]) -> list[int]:
    """Return the lowest node of each subtree."""
    return [
        min(node for node in range(len(parent)) if root in ancestors(parent, [node]))
        for root in range(len(parent))
    ]


def ancestors(parent: Sequence[int], nodes: Iterable[int]) -> list[int]:
    """Return some nodes and all their ancestors in the elimination tree, ascending."""
    found: set[int] = set()
    for start in nodes:
        node = start
        while node >= 0:
            found.add(node)
            node = parent[node]
    return sorted(found)


def customize(
    heads: Sequence[Sequence[int]], edges: Mapping[tuple[int, int], Costs]
) -> dict[tuple[int, int], Costs]:
    """Return the costs of all arcs: each is an edge, or joins two by way of a lower node."""
    costs: dict[tuple[int, int], Costs] = {}
    for low, higher in enumerate(heads):
        for high in higher:
            costs[low, high] = edges.get((low, high), UNREACHABLE)
            costs[high, low] = edges.get((high, low), UNREACHABLE)
    for middle, higher in enumerate(heads):
        for tail in higher:
            for head in higher:
                if tail != head:
                    path = add(costs[tail, middle], costs[middle, head])
                    costs[tail, head] = min(costs[tail, head], path)
    return costs


def sweep(
    heads: Sequence[Sequence[int]], costs: Mapping[tuple[int, int], Costs], source: int
) -> list[Costs]:
    """Return the costs from a source to all nodes: up the hierarchy, then down."""
    found = [UNREACHABLE] * len(heads)
    found[source] = (0, 0)
    for node, higher in enumerate(heads):
        for head in higher:
            found[head] = min(found[head], add(found[node], costs[node, head]))
    for node in reversed(range(len(heads))):
        for tail in heads[node]:
            found[node] = min(found[node], add(found[tail], costs[tail, node]))
    return found
