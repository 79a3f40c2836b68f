"""The inner loops of the contraction hierarchy, compiled by numba; see `routeplan.roads.hierarchy`.

Costs have two columns: whole microseconds, and the millimetres that decide between equals.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

__all__ = [
    "FAR",
    "SIDE_BY_SIDE",
    "close_triangles",
    "fill_in",
    "mark_ancestors",
    "put_edges",
    "sweep",
]

Function = TypeVar("Function", bound=Callable[..., Any])

FAR = 1 << 60
"""Stands, in the arrays of kernels only, for a way that is not there; two of them still add up."""

SIDE_BY_SIDE = 8
"""Sources of one sweep; measured: with 8, what they need stays near the core that works on it."""


def kernel(function: Function) -> Function:
    """Compile a function, once; what is compiled is kept on disk."""
    options: dict[str, Any] = {"cache": True, "nogil": True}
    compiled: Function = njit(**options)(function)
    return compiled


@kernel
def mark_ancestors(ranks: Ints, parent: Ints, inside: NDArray[np.bool_]) -> None:
    """Mark some nodes, and all that a search from them climbs through."""
    for node in ranks:
        at = node
        while at >= 0 and not inside[at]:
            inside[at] = True
            at = parent[at]


@kernel
def fill_in(begins: Ints, neighbours: Ints) -> tuple[Ints, Ints, Ints]:
    """Return who stands above whom once all nodes were taken out: parents, offsets and heads."""
    size = len(begins) - 1
    parent = np.full(size, -1)
    first_child = np.full(size, -1)
    next_child = np.full(size, -1)
    offsets = np.zeros(size + 1, dtype=np.int64)
    heads = np.empty(4 * len(neighbours) + size, dtype=np.int64)
    seen = np.full(size, -1)
    for node in range(size):
        used = offsets[node]
        # Room for the most that can come: all nodes above.
        most = begins[node + 1] - begins[node]
        child = first_child[node]
        while child >= 0:
            most += offsets[child + 1] - offsets[child]
            child = next_child[child]
        if used + most > len(heads):
            longer = np.empty(2 * (used + most), dtype=np.int64)
            longer[:used] = heads[:used]
            heads = longer
        seen[node] = node
        end = used
        for at in range(begins[node], begins[node + 1]):
            if seen[neighbours[at]] != node:
                seen[neighbours[at]] = node
                heads[end] = neighbours[at]
                end += 1
        child = first_child[node]
        while child >= 0:
            for at in range(offsets[child], offsets[child + 1]):
                if seen[heads[at]] != node:
                    seen[heads[at]] = node
                    heads[end] = heads[at]
                    end += 1
            child = next_child[child]
        heads[used:end].sort()
        offsets[node + 1] = end
        if end > used:
            above = heads[used]
            parent[node] = above
            next_child[node] = first_child[above]
            first_child[above] = node
    return parent, offsets, heads[: offsets[size]].copy()


@kernel
def put_edges(
    offsets: Ints,
    heads: Ints,
    up: Ints,
    down: Ints,
    start: Ints,
    end: Ints,
    microseconds: Ints,
    millimetres: Ints,
) -> None:
    """Give each arc the fastest of the edges that it stands for."""
    for edge in range(len(start)):
        low, high = min(start[edge], end[edge]), max(start[edge], end[edge])
        if low == high:
            continue
        arc = offsets[low] + np.searchsorted(heads[offsets[low] : offsets[low + 1]], high)
        costs = up if low == start[edge] else down
        _lower(costs, arc, microseconds[edge], millimetres[edge])


@kernel
def _lower(costs: Ints, arc: int, microseconds: int, millimetres: int) -> None:
    if microseconds < costs[arc, 0] or (
        microseconds == costs[arc, 0] and millimetres < costs[arc, 1]
    ):
        costs[arc, 0] = microseconds
        costs[arc, 1] = millimetres


@kernel
def close_triangles(offsets: Ints, heads: Ints, up: Ints, down: Ints) -> None:
    """Give each arc the fastest way by any lower node."""
    for node in range(len(offsets) - 1):
        for one in range(offsets[node], offsets[node + 1]):
            low = heads[one]
            arc = offsets[low]
            for other in range(one + 1, offsets[node + 1]):
                while heads[arc] < heads[other]:
                    arc += 1
                if down[one, 0] < FAR and up[other, 0] < FAR:
                    _lower(up, arc, down[one, 0] + up[other, 0], down[one, 1] + up[other, 1])
                if down[other, 0] < FAR and up[one, 0] < FAR:
                    _lower(down, arc, down[other, 0] + up[one, 0], down[other, 1] + up[one, 1])


@kernel
def sweep(
    parent: Ints,
    offsets: Ints,
    heads: Ints,
    up: Ints,
    down: Ints,
    sources: Ints,
    targets: Ints,
    limit: int,
    times: Ints,
    lengths: Ints,
    found: Ints,
    found_lengths: Ints,
) -> None:
    """Climb from some sources, sweep down from the top, and read off the targets."""
    size = len(parent)
    near = np.zeros(size, dtype=np.bool_)
    times[:] = FAR
    lengths[:] = FAR
    for column in range(len(sources)):
        node = sources[column]
        times[node, column] = 0
        lengths[node, column] = 0
        while node >= 0:
            time, length = times[node, column], lengths[node, column]
            if time <= limit:
                near[node] = True
                for arc in range(offsets[node], offsets[node + 1]):
                    head = heads[arc]
                    sooner = time + up[arc, 0]
                    shorter = length + up[arc, 1]
                    if sooner < times[head, column] or (
                        sooner == times[head, column] and shorter < lengths[head, column]
                    ):
                        times[head, column] = sooner
                        lengths[head, column] = shorter
            node = parent[node]
    for node in range(size - 1, -1, -1):
        for arc in range(offsets[node], offsets[node + 1]):
            head = heads[arc]
            if not near[head] or down[arc, 0] > limit:
                continue
            pace, stretch = down[arc, 0], down[arc, 1]
            for column in range(SIDE_BY_SIDE):
                time, length = times[node, column], lengths[node, column]
                sooner = times[head, column] + pace
                shorter = lengths[head, column] + stretch
                better = (sooner < time) | ((sooner == time) & (shorter < length))
                times[node, column] = sooner if better else time
                lengths[node, column] = shorter if better else length
        for column in range(SIDE_BY_SIDE):
            near[node] |= times[node, column] <= limit
    for column in range(len(sources)):
        for place in range(len(targets)):
            reached = times[targets[place], column] <= limit
            found[column, place] = times[targets[place], column] if reached else -1
            found_lengths[column, place] = lengths[targets[place], column] if reached else -1
