"""Travel times and distances between all places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from routeplan.problem import TravelTimes
from routeplan.roads.graph import MICROSECONDS, MILLIMETRES
from routeplan.roads.network import join

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from routeplan.roads.graph import RoadGraph
    from routeplan.roads.network import Network
    from routeplan.roads.snap import Snap

__all__ = ["metres_rounded", "seconds_rounded_up", "travel_times"]

# How many distances are held at a time, at twelve bytes each.
_DISTANCES_AT_ONCE = 8_000_000


def travel_times(graph: RoadGraph, vehicle: str, snaps: Sequence[Snap]) -> TravelTimes:
    """Return how long a vehicle takes from every place to every place, and how far it is.

    The fastest way is found on the roads; to it come the ways between the places and the road.
    Seconds are rounded up once, metres to the nearest. A way round by a third place is never
    shorter, also after rounding. Places that are not on the roads have no way to any other.

    Parameters
    ----------
    graph
        The roads.
    vehicle
        One of its vehicles.
    snaps
        The places on them, see `routeplan.roads.snap`.
    """
    network = join(graph, vehicle, snaps)
    found = np.flatnonzero(network.place_node >= 0)
    microseconds = np.zeros((len(snaps), len(snaps)), dtype=np.int64)
    millimetres = np.zeros_like(microseconds)
    reachable = np.eye(len(snaps), dtype=np.bool_)
    chunk = max(1, _DISTANCES_AT_ONCE // network.node_count)
    for begin in range(0, len(found), chunk):
        rows = np.ix_(found[begin : begin + chunk], found)
        ways = network.ways(network.place_node[rows[0][:, 0]])
        taken = ways.microseconds[:, network.place_node[found]]
        reachable[rows] = np.isfinite(taken)
        microseconds[rows] = np.where(np.isfinite(taken), taken, 0)
        millimetres[rows] = _lengths(network, ways.predecessors, network.place_node[found])
    microseconds += np.add.outer(network.access_microseconds, network.access_microseconds)
    millimetres += np.add.outer(network.access_millimetres, network.access_millimetres)
    for matrix in (microseconds, millimetres):
        np.fill_diagonal(matrix, 0)
    return TravelTimes(seconds_rounded_up(microseconds), reachable, metres_rounded(millimetres))


def _lengths(
    network: Network, predecessors: NDArray[np.int32], targets: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Add up the millimetres of each way, from all targets back to their sources at once."""
    sources = len(predecessors)
    lengths = np.zeros(sources * len(targets), dtype=np.int64)
    way = np.arange(len(lengths))
    row, node = np.divmod(way, len(targets))
    node = targets[node]
    while len(way):
        before = predecessors[row, node].astype(np.int64)
        # A source has no predecessor: that way is walked to its end.
        on = before >= 0
        way, row, node, before = way[on], row[on], node[on], before[on]
        lengths[way] += network.millimetres[network.edges(before, node)]
        node = before
    return lengths.reshape(sources, len(targets))


def seconds_rounded_up(microseconds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return whole seconds that suffice."""
    return -(-microseconds // MICROSECONDS)


def metres_rounded(millimetres: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return whole metres, the nearest."""
    return (millimetres + MILLIMETRES // 2) // MILLIMETRES
