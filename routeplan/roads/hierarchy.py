"""Fastest ways between many nodes at once, by a contraction hierarchy.

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
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse import csc_array, csr_array, diags_array
from scipy.sparse.linalg import splu

from routeplan.roads.kernels import (
    FAR,
    SIDE_BY_SIDE,
    close_triangles,
    fill_in,
    mark_ancestors,
    put_edges,
    sweep,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["Hierarchy", "Reached", "contract", "reach"]


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
        mark_ancestors(self.rank[nodes], self.parent, inside)
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
    parent, offsets, heads = fill_in(begins, second)
    up, down = np.full((2, len(heads), 2), FAR)
    put_edges(
        *(offsets, heads, up, down),
        *(start, end, matrix.data.astype(np.int64), millimetres.astype(np.int64)),
    )
    close_triangles(offsets, heads, up, down)
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
        sweep(
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
    ones = csr_array((np.ones(matrix.nnz), matrix.indices, matrix.indptr), shape=matrix.shape)
    joined = ones + ones.T
    joined.data[:] = -1.0
    degree = np.diff(joined.indptr) + 1.0
    laplacian = csc_array(joined + diags_array(degree))
    factors = splu(
        laplacian,
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )
    return factors.perm_c.astype(np.int64)
