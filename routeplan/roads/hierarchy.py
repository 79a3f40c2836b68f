"""Fastest paths between many nodes at once, by a contraction hierarchy.

Nodes are contracted one after the other, those with the fewest neighbours first: the neighbours of
each are joined by shortcuts, so that what remains keeps its distances (Geisberger et al. 2008). The
order depends on the graph and not on its times, so that no search is needed to contract it, and a
search from a node only climbs its ancestors in the elimination tree (Dibbelt, Strasser and Wagner
2016). From the top, one sweep down finds the times to all targets, from several sources at once
(Delling et al. 2011). The inner loops are those of ``routeplan/native/hierarchy.c``.

Of paths that take equally long the shortest counts, so that the length depends on the roads and not
on the order in which they are searched. All sums are of whole numbers, and exact.
"""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.errors import RoadError
from routeplan.language import gettext as _
from routeplan.native import call, constant, dtype

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

EXACT = 2**53  # whole numbers below this are exact as floating-point numbers
SWEEPS = 8  # of one call: more of them save calls, fewer save memory


class TravelRows(NamedTuple):
    """Costs from some sources to all targets, a row for each source, -1 where unreachable."""

    sources: NDArray[np.int64]
    microseconds: NDArray[np.int64]
    millimetres: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Hierarchy:
    """A contracted graph; nodes are numbered by their rank, those of a subtree consecutively."""

    rank: NDArray[np.int32]  # (nodes,), number of each node of the graph; -1 where left out
    parent: NDArray[np.int32]  # (nodes,), the lowest of the higher neighbours, -1 for none
    first: NDArray[np.int32]  # (nodes,), the lowest node of the subtree below each node
    offsets: NDArray[np.int64]  # higher neighbours of node i begin at ``offsets[i]``
    heads: NDArray[np.int32]  # (arcs,), the higher neighbours, ascending
    up: NDArray[np.void]  # (arcs,), ``time`` and ``length`` to them, infinite for no path
    down: NDArray[np.void]  # (arcs,), back from them

    @property
    def node_count(self) -> int:
        """Number of nodes."""
        return len(self.parent)

    def above(self, nodes: NDArray[np.int64]) -> Hierarchy:
        """Return the part above some nodes, which all searches between them stay in."""
        number = np.empty(self.node_count, dtype=np.int32)
        size = np.empty(2, dtype=np.int64)
        call("number_ancestors", self, self.rank[nodes], len(nodes), number, size)
        node_count, arc_count = size.tolist()
        parent, first = np.empty((2, node_count), dtype=np.int32)
        offsets = np.empty(node_count + 1, dtype=np.int64)
        heads = np.empty(arc_count, dtype=np.int32)
        up, down = np.empty((2, arc_count), dtype("ArcCost"))
        upper = Hierarchy(number[self.rank], parent, first, offsets, heads, up, down)
        call("copy_numbered", self, number, upper)
        return upper


def contract(matrix: csr_array[np.float64], millimetres: NDArray[np.int64]) -> Hierarchy:
    """Contract a graph of whole microseconds from node to node, and millimetres of each edge.

    Raises
    ------
    RoadError
        Where a path might be so long that its microseconds or millimetres are not exact.
    """
    if max(matrix.data.sum(), millimetres.sum()) >= EXACT:
        raise RoadError(_("the roads are too long for exact sums of microseconds and millimetres"))
    size, edges = matrix.shape[0], len(millimetres)
    graph = SimpleNamespace(
        node_count=size,
        begins=matrix.indptr.astype(np.int64),
        heads=matrix.indices.astype(np.int32),
        microseconds=matrix.data,
        millimetres=np.ascontiguousarray(millimetres),
    )
    begins = np.empty(size + 1, dtype=np.int64)
    near = np.empty(2 * edges, dtype=np.int32)
    call("list_neighbours", graph, begins, near, np.empty(size, dtype=np.int64))
    rank, parent, first, arc_count = np.empty((4, size), dtype=np.int32)
    lists = np.empty((3, size), dtype=np.int32)
    nodes = np.empty(size, dtype("QuotientNode"))
    entries = np.empty(begins[-1], dtype("QuotientEntry"))
    call("order_nodes", size, begins, near, nodes, entries, lists, rank, parent, first, arc_count)
    offsets = np.concatenate(([0], np.cumsum(arc_count, dtype=np.int64)))
    heads = np.empty(offsets[-1], dtype=np.int32)
    up, down = np.empty((2, len(heads)), dtype("ArcCost"))
    hierarchy = Hierarchy(rank, parent, first, offsets, heads, up, down)
    call("fill_in", begins, near, rank, hierarchy, lists)
    call("customize", graph, rank, hierarchy)
    return hierarchy


def many_to_many(
    hierarchy: Hierarchy,
    nodes: NDArray[np.int64],
    arrivals: NDArray[np.int64] | None = None,
    *,
    limit_microseconds: int | None = None,
) -> Iterator[TravelRows]:
    """Find the fastest paths from all of some nodes to all, or to others, a few sources at a time.

    Sources are sorted by their rank, which puts near ones into the same sweep: what is too far
    from one of them is mostly too far from all. Paths beyond the limit count as unreachable.
    """
    upper = hierarchy.above(nodes if arrivals is None else np.concatenate((nodes, arrivals)))
    sources = upper.rank[nodes]
    targets = sources if arrivals is None else upper.rank[arrivals]
    limit = float(EXACT if limit_microseconds is None else limit_microseconds)
    lanes = constant("LANES")
    order = np.argsort(sources, kind="stable")
    batches = [order[at : at + SWEEPS * lanes] for at in range(0, len(order), SWEEPS * lanes)]

    def search(batch: NDArray[np.int64]) -> TravelRows:
        microseconds, millimetres = np.empty((2, len(batch), len(targets)), dtype=np.int64)
        costs = np.empty((upper.node_count, 2, lanes))
        near, climbed = np.empty((2, upper.node_count), dtype=np.bool_)
        call(
            *("many_to_many", upper, sources[batch], len(batch), targets, len(targets), limit),
            *(costs, near, climbed, microseconds, millimetres),
        )
        return TravelRows(batch, microseconds, millimetres)

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        # Only as many batches are begun as there are threads: their results are large.
        begun: deque[Future[TravelRows]] = deque()
        for batch in batches:
            begun.append(threads.submit(search, batch))
            if len(begun) > (os.cpu_count() or 1):
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
