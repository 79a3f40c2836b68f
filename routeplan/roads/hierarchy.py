"""Fastest ways between many nodes at once, by a contraction hierarchy; the kernels and their arrays.

Nodes are taken out of the graph one after the other, those with the fewest neighbours first, and
the neighbours of each are joined: what remains keeps its distances (Geisberger et al. 2008). The
order looks at the graph alone and not at its times, so that no way need be searched while it is
contracted, and a search from a node only climbs its ancestors (Dibbelt, Strasser and Wagner 2016).
From the top, one sweep down gives the times to all targets (Delling et al. 2011), a handful of
sources side by side.

Of ways that take equally long the shortest counts, so that the length of a way is a matter of the
roads and not of the order in which they were looked at. All sums are of whole numbers, and exact.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
from numba import njit
from scipy.sparse import csc_matrix, eye_array
from scipy.sparse.linalg import splu

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

__all__ = ["FAR", "SIDE_BY_SIDE", "Hierarchy", "Reached", "contract", "reach"]

Function = TypeVar("Function", bound=Callable[..., Any])

FAR = 1 << 60
"""Stands, in arrays of this module only, for a way that is not there; two of them still add up."""

SIDE_BY_SIDE = 8
"""Sources of one sweep; measured: with 8 their numbers just stay in the cache of a core."""


class Reached(NamedTuple):
    """What some nodes reach: their positions, and a row for each, -1 where there is no way."""

    sources: NDArray[np.int64]
    microseconds: NDArray[np.int64]
    millimetres: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Hierarchy:
    """A contracted graph; nodes are numbered by the order in which they were taken out.

    Parameters
    ----------
    rank
        Shape (nodes,), the number of each node of the graph.
    parent
        Shape (nodes,), the lowest of the higher neighbours, -1 where there is none.
    offsets, heads
        The higher neighbours of node i, ascending, from ``offsets[i]`` on.
    up, down
        Shape (arcs, 2), microseconds and millimetres to the higher neighbour, and back from it.
    """

    rank: NDArray[np.int64]
    parent: NDArray[np.int64]
    offsets: NDArray[np.int64]
    heads: NDArray[np.int64]
    up: NDArray[np.int64]
    down: NDArray[np.int64]

    def above(self, nodes: NDArray[np.int64]) -> Hierarchy:
        """Return the part that searches between some nodes of the graph climb through.

        Nodes of the graph outside of it have rank -1 in it.
        """
        inside = np.zeros(len(self.parent), dtype=np.bool_)
        _mark_ancestors(self.rank[nodes], self.parent, inside)
        number = np.cumsum(inside) - 1
        kept = np.flatnonzero(inside)
        sizes = np.diff(self.offsets)
        arcs = np.flatnonzero(np.repeat(inside, sizes))
        parent = self.parent[kept]
        return Hierarchy(
            rank=np.where(inside[self.rank], number[self.rank], -1),
            parent=np.where(parent >= 0, number[parent], -1),
            offsets=np.concatenate(([0], np.cumsum(sizes[kept]))),
            heads=number[self.heads[arcs]],
            up=self.up[arcs],
            down=self.down[arcs],
        )


def contract(matrix: csr_array[np.float64], millimetres: NDArray[np.int64]) -> Hierarchy:
    """Contract a graph.

    Parameters
    ----------
    matrix
        Whole microseconds from node to node.
    millimetres
        Shape (edges,), in the matrix's order.
    """
    size = matrix.shape[0]
    rank = _ranks(matrix)
    start = rank[np.repeat(np.arange(size), np.diff(matrix.indptr))]
    end = rank[matrix.indices]
    low, high = np.minimum(start, end), np.maximum(start, end)
    pairs = np.unique(low * size + high)
    first, second = np.divmod(pairs[pairs // size != pairs % size], size)
    begins = np.searchsorted(first, np.arange(size + 1))
    parent, offsets, heads = _fill_in(begins, second)
    up, down = np.full((2, len(heads), 2), FAR)
    _put_edges(
        *(offsets, heads, up, down),
        *(start, end, matrix.data.astype(np.int64), millimetres.astype(np.int64)),
    )
    _close_triangles(offsets, heads, up, down)
    return Hierarchy(rank, parent, offsets, heads, up, down)


def reach(
    hierarchy: Hierarchy,
    nodes: NDArray[np.int64],
    *,
    limit_microseconds: int | None = None,
) -> Iterator[Reached]:
    """Find the fastest ways between all of some nodes, a handful of sources at a time.

    Sources come in the order in which they lie in the hierarchy: near ones together, so that what
    is too far from one is mostly too far from all of a handful.

    Parameters
    ----------
    hierarchy
        The graph.
    nodes
        Nodes of it.
    limit_microseconds
        Ways that take longer count as none.
    """
    part = hierarchy.above(nodes)
    places = part.rank[nodes]
    limit = FAR - 1 if limit_microseconds is None else limit_microseconds
    order = np.argsort(places, kind="stable")
    batches = [order[at : at + SIDE_BY_SIDE] for at in range(0, len(order), SIDE_BY_SIDE)]

    def search(batch: NDArray[np.int64]) -> Reached:
        found = np.empty((2, len(batch), len(places)), dtype=np.int64)
        space = np.empty((2, len(part.parent), SIDE_BY_SIDE), dtype=np.int64)
        _sweep(
            *(part.parent, part.offsets, part.heads, part.up, part.down),
            *(places[batch], places, limit),
            *(space[0], space[1], found[0], found[1]),
        )
        return Reached(batch, found[0], found[1])

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        # No more batches are begun than can be worked on: their results are large.
        width = 4 * (os.cpu_count() or 1)
        for at in range(0, len(batches), width):
            yield from threads.map(search, batches[at : at + width])


def _ranks(matrix: csr_array[np.float64]) -> NDArray[np.int64]:
    """Return in which place each node is taken out: fewest neighbours first.

    This is the order in which sparse matrices are factored with the least new entries; the library
    that factors them gives it.
    """
    size = matrix.shape[0]
    joined = matrix.astype(np.bool_).astype(np.float64)
    joined = joined + joined.T
    joined.data[:] = -1.0
    degree = np.diff(joined.indptr) + 1.0
    laplacian = csc_matrix(joined + eye_array(size, format="csr").multiply(degree[:, None]))
    factors = splu(
        laplacian,
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )
    return factors.perm_c.astype(np.int64)


def kernel(function: Function) -> Function:
    """Compile a function, once; what is compiled is kept on disk."""
    compiled: Function = njit(cache=True, nogil=True)(function)
    return compiled


@kernel
def _mark_ancestors(ranks, parent, inside):
    for node in ranks:
        at = node
        while at >= 0 and not inside[at]:
            inside[at] = True
            at = parent[at]


@kernel
def _fill_in(begins, neighbours):
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
def _put_edges(offsets, heads, up, down, start, end, microseconds, millimetres):
    for edge in range(len(start)):
        low, high = min(start[edge], end[edge]), max(start[edge], end[edge])
        if low == high:
            continue
        arc = offsets[low] + np.searchsorted(heads[offsets[low] : offsets[low + 1]], high)
        costs = up if low == start[edge] else down
        _lower(costs, arc, microseconds[edge], millimetres[edge])


@kernel
def _lower(costs, arc, microseconds, millimetres):
    if microseconds < costs[arc, 0] or (
        microseconds == costs[arc, 0] and millimetres < costs[arc, 1]
    ):
        costs[arc, 0] = microseconds
        costs[arc, 1] = millimetres


@kernel
def _close_triangles(offsets, heads, up, down):
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
def _sweep(
    parent, offsets, heads, up, down, sources, targets, limit, times, lengths, found, found_lengths
):
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
