"""Travel times of a wide country: only those pairs of places that a day's drive joins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.model.problem import TravelTimes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Near", "SparseTravelTimes"]


class Near(NamedTuple):
    """Places within reach of one, by their number, and how long and far it is; shape (k,) each."""

    places: NDArray[np.int32]
    seconds: NDArray[np.int32]
    metres: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class SparseTravelTimes:
    """Travel times row by row; a pair of places that is in no row lies too far apart.

    Parameters
    ----------
    offsets
        Shape (places + 1,); the row of place i runs from ``offsets[i]`` to ``offsets[i + 1]``.
    places
        Shape (pairs,), where to; ascending in each row. Each place reaches itself.
    seconds
        Shape (pairs,), whole seconds, rounded up.
    metres
        Shape (pairs,), whole metres.

    Examples
    --------
    >>> times = near_travel_times(graph, "car", snaps, within_seconds=6 * 3600)  # doctest: +SKIP
    >>> near = times.near(0)                                                     # doctest: +SKIP
    >>> times.dense(near.places)                                                 # doctest: +SKIP
    """

    offsets: NDArray[np.int64]
    places: NDArray[np.int32]
    seconds: NDArray[np.int32]
    metres: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def near(self, place: int) -> Near:
        """Return what a place reaches."""
        row = slice(self.offsets[place], self.offsets[place + 1])
        return Near(self.places[row], self.seconds[row], self.metres[row])

    def dense(self, places: Sequence[int] | NDArray[np.integer]) -> TravelTimes:
        """Return the times between some of the places, in their order, as a problem has them.

        Pairs that lie too far apart have no way.
        """
        chosen = np.asarray(places, dtype=np.int64)
        column = np.full(len(self), -1)
        column[chosen] = np.arange(len(chosen))
        reachable = np.zeros((len(chosen), len(chosen)), dtype=np.bool_)
        seconds, metres = np.zeros((2, *reachable.shape), dtype=np.int64)
        for row, place in enumerate(chosen.tolist()):
            near = self.near(place)
            kept = column[near.places] >= 0
            there = column[near.places[kept]]
            reachable[row, there] = True
            seconds[row, there] = near.seconds[kept]
            metres[row, there] = near.metres[kept]
        return TravelTimes(seconds, reachable, metres)
