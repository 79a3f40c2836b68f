"""Subset-row cuts for visits that may be in parts: what mixes of routes promise too much.

Two routes cannot both reach more than half of a village. So of any villages, an odd number of
them, at most half can be shared out in pairs: no more than one route may visit more than half of
two villages of three (Jepsen, Petersen, Spoorendonk and Pisinger 2008, Operations Research 56,
with visits to more than half of a village in the stead of visits).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from routeplan.planner.branch_and_price.team_classes import Route

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


def majors_of(route: Route, households: NDArray[np.int32]) -> frozenset[int]:
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
    inside = np.zeros((len(used), villages))
    for row, majors in zip(inside, used, strict=True):
        row[list(majors)] = 1.0
    weighted = inside * np.array(list(used.values()), dtype=float).reshape(-1, 1)
    together = inside.T @ weighted
    single = np.diagonal(together).tolist()
    sums: dict[tuple[int, ...], float] = {(v,): value for v, value in enumerate(single)}
    np.fill_diagonal(together, 0.0)
    # Of three pairs that add up to more than 1, one is above a third.
    for a, b in np.argwhere(np.triu(together) > 1 / 3):
        total = together[a, b] + together[a] + together[b]
        total -= 2 * (weighted[:, a] * inside[:, b]) @ inside
        total[[a, b]] = 0.0
        sums |= {_in_order(a, b, c): float(total[c]) for c in np.flatnonzero(total > 1 + BROKEN)}
    return {Cut(some): value - 1 for some, value in sums.items() if value > 1 + BROKEN}


def _in_order(*villages: np.int64) -> tuple[int, ...]:
    return tuple(sorted(map(int, villages)))
