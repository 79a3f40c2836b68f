"""Subset-row cuts for visits that may be in parts: what mixes of routes promise too much.

Two routes cannot both reach more than half of a village. So of any villages, an odd number of
them, at most half can be shared out in pairs: no more than one route may visit more than half of
two villages of three (Jepsen, Petersen, Spoorendonk and Pisinger 2008, Operations Research 56,
with visits to more than half of a village in the stead of visits).
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from routeplan.planner.crews import Route

__all__ = ["Cut", "broken_cuts", "majors_of"]

# By how much a solution must break a cut for it to be worth its price in labels.
BROKEN = 0.03


class Cut(NamedTuple):
    """One village or three, of which no more than one route may reach the larger part.

    Parameters
    ----------
    villages
        In order.
    """

    villages: tuple[int, ...]

    def counts(self, majors: frozenset[int]) -> bool:
        """Tell whether a route counts, by the villages more than half of which it reaches."""
        return 2 * sum(village in majors for village in self.villages) > len(self.villages)


def majors_of(route: Route, households: NDArray[np.int64]) -> frozenset[int]:
    """Return the villages more than half of which a route reaches."""
    visits = zip(route.villages, route.doors, strict=True)
    return frozenset(village for village, doors in visits if 2 * doors > households[village])


def broken_cuts(used: Mapping[frozenset[int], float], villages: int) -> dict[Cut, float]:
    """Return the cuts that a solution of the linear program breaks, and by how much.

    Parameters
    ----------
    used
        How often routes are driven, by the villages more than half of which they reach.
    villages
        How many there are.
    """
    together = np.zeros((villages, villages))
    threes: dict[tuple[int, ...], float] = defaultdict(float)
    for majors, value in used.items():
        order = sorted(majors)
        together[np.ix_(order, order)] += value
        for trio in itertools.combinations(order, 3):
            threes[trio] += value
    single = np.diagonal(together).copy()
    np.fill_diagonal(together, 0.0)
    sums: dict[tuple[int, ...], float] = {(v,): value for v, value in enumerate(single.tolist())}
    for three in _candidates(together):
        pairs = itertools.combinations(three, 2)
        sums[three] = sum(together[pair] for pair in pairs) - 2 * threes.get(three, 0.0)
    return {Cut(some): value - 1 for some, value in sums.items() if value > 1 + BROKEN}


def _candidates(together: NDArray[np.float64]) -> Iterator[tuple[int, ...]]:
    """Yield every three villages, in order, of which routes visit two often enough."""
    for a, b in np.argwhere(np.triu(together) > 0):
        total = together[a, b] + together[a] + together[b]
        total[[a, b]] = 0.0
        for c in np.flatnonzero(total > 1 + BROKEN):
            # Each is found from the first of its pairs that is ever visited.
            yield tuple(sorted((int(a), int(b), int(c))))
