"""Which roads a vehicle can both come to and leave again: the largest part, and all others."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from routeplan.roads.graph import RoadGraph

__all__ = ["Components", "Connectivity", "find_components"]


class Connectivity(IntEnum):
    """How a link stands to the largest part of the roads, for one vehicle."""

    MAIN = 0
    """In it: every road of it leads to every other one."""
    ISLAND = 1
    """No way leads from it, and none to it."""
    TRAP_IN = 2
    """One can drive to it, but not back."""
    TRAP_OUT = 3
    """One can drive from it, but not to it."""
    CLOSED = 4
    """The vehicle does not pass."""


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """The strongly connected parts of the roads that one vehicle drives.

    Parameters
    ----------
    standing
        Shape (links,), a `Connectivity` each.
    metres
        Length of the roads inside each part, the longest first; parts without any are left out.
    open_metres
        Length of all roads that the vehicle drives.
    """

    standing: NDArray[np.int8]
    metres: NDArray[np.float64]
    open_metres: float


def find_components(graph: RoadGraph, vehicle: str) -> Components:
    """Find the parts of the roads; the largest is the one with the most metres of road."""
    costs = graph.edge_costs(vehicle)
    along, against = costs.open
    metres = costs.millimetres / 1000
    start, end = graph.edge_nodes.T
    matrix = _matrix(graph, np.stack([along, against]))
    _, label = connected_components(matrix, connection="strong")
    inside = (along | against) & (label[start] == label[end])
    by_part = np.zeros(int(label.max()) + 1)
    np.add.at(by_part, label[start[inside]], metres[inside])
    main = label == by_part.argmax()
    reached, leads_back = _reachable(matrix, main), _reachable(matrix.T.tocsr(), main)
    enters = (along & reached[start]) | (against & reached[end])
    leaves = (along & leads_back[end]) | (against & leads_back[start])
    standing = np.select(
        [~(along | against), enters & leaves, enters, leaves],
        [Connectivity.CLOSED, Connectivity.MAIN, Connectivity.TRAP_IN, Connectivity.TRAP_OUT],
        Connectivity.ISLAND,
    )
    return Components(
        standing=standing.astype(np.int8),
        metres=np.sort(by_part[by_part > 0])[::-1],
        open_metres=float(metres[along | against].sum()),
    )


def _matrix(graph: RoadGraph, is_open: NDArray[np.bool_]) -> csr_array[np.int8]:
    start, end = graph.edge_nodes.T
    along, against = is_open
    rows = np.concatenate((start[along], end[against]))
    columns = np.concatenate((end[along], start[against]))
    shape = (graph.node_count, graph.node_count)
    return csr_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=shape)


def _reachable(matrix: csr_array[np.int8], main: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which nodes can be reached from a strongly connected set of them."""
    found = np.zeros(len(main), dtype=np.bool_)
    order = breadth_first_order(matrix, int(main.argmax()), return_predecessors=False)
    found[order] = True
    return found
