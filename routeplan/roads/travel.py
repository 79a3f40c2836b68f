"""Travel times and distances between all places."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.model.problem import TravelTimes
from routeplan.roads.hierarchy import contract, reach
from routeplan.roads.network import join
from routeplan.roads.sparse import SparseTimes
from routeplan.roads.units import MICROSECONDS, MILLIMETRES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from routeplan.model.road_notes import Snap
    from routeplan.roads.graph import RoadGraph
    from routeplan.roads.network import Network

__all__ = ["metres_rounded", "near_travel_times", "seconds_rounded_up", "travel_times"]


class _Row(NamedTuple):
    """What one place reaches, and how: shape (k,) each, rounded."""

    places: NDArray[np.int64]
    seconds: NDArray[np.int64]
    metres: NDArray[np.int64]


def travel_times(graph: RoadGraph, vehicle: str, snaps: Sequence[Snap]) -> TravelTimes:
    """Return how long a vehicle takes from every place to every place, and how far it is.

    The fastest way is found on the roads, of equally fast ones the shortest; to it come the ways
    between the places and the road. Seconds are rounded up once, metres to the nearest. A way
    round by a third place is never shorter, also after rounding. Places that are not on the roads
    have no way to any other.

    Parameters
    ----------
    graph
        The roads.
    vehicle
        One of its vehicles.
    snaps
        The places on them, see `routeplan.roads.snap`.
    """
    reachable = np.eye(len(snaps), dtype=np.bool_)
    seconds, metres = np.zeros((2, len(snaps), len(snaps)), dtype=np.int64)
    for place, row in _rows(join(graph, vehicle, snaps)):
        reachable[place, row.places] = True
        seconds[place, row.places] = row.seconds
        metres[place, row.places] = row.metres
    return TravelTimes(seconds, reachable, metres)


def near_travel_times(
    graph: RoadGraph, vehicle: str, snaps: Sequence[Snap], *, within_seconds: int
) -> SparseTimes:
    """Return the same times and distances, but only those within what can be driven in a day.

    In a wide country most pairs of places lie farther apart; what is kept grows with the places
    near each, and not with the square of their number.

    Parameters
    ----------
    graph, vehicle, snaps
        As for `travel_times`.
    within_seconds
        The longest drive that is of use.
    """
    found: list[_Row] = [_Row(*np.array([[place], [0], [0]])) for place in range(len(snaps))]
    for place, row in _rows(join(graph, vehicle, snaps), within_seconds):
        found[place] = row
    sizes = [len(row.places) for row in found]
    columns = [
        np.concatenate([row[field].astype(np.int32) for row in found] or [np.empty(0, np.int32)])
        for field in range(3)
    ]
    return SparseTimes(np.concatenate(([0], np.cumsum(sizes, dtype=np.int64))), *columns)


def _rows(network: Network, within_seconds: int | None = None) -> Iterator[tuple[int, _Row]]:
    """Yield what each place on the roads reaches, in no order of the places."""
    found = np.flatnonzero(network.place_node >= 0)
    access, access_lengths = network.access_microseconds, network.access_millimetres
    nodes = network.place_node[found]
    limit = None if within_seconds is None else within_seconds * MICROSECONDS
    contracted = contract(network.matrix, network.millimetres)
    for part in reach(contracted, nodes, limit_microseconds=limit):
        for row, microseconds, millimetres in zip(*part, strict=True):
            place = int(found[row])
            reached = microseconds >= 0
            others = found[reached]
            # From a place to itself there is no way to the road and back.
            away = others != place
            taken = (microseconds[reached] + access[others] + access[place]) * away
            length = (millimetres[reached] + access_lengths[others] + access_lengths[place]) * away
            seconds, metres = seconds_rounded_up(taken), metres_rounded(length)
            if within_seconds is not None:
                near = seconds <= within_seconds
                others, seconds, metres = others[near], seconds[near], metres[near]
            yield place, _Row(others, seconds, metres)


def seconds_rounded_up(microseconds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return whole seconds that suffice."""
    return -(-microseconds // MICROSECONDS)


def metres_rounded(millimetres: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return whole metres, the nearest."""
    return (millimetres + MILLIMETRES // 2) // MILLIMETRES
