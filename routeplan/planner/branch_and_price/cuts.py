"""Subset-row cuts, for visits that may reach a part of a village.

At most one route reaches more than half of a village's households. So each village is a set
packing row over the routes that reach its majority, and the subset-row cuts of one and of three
rows hold: at most one route reaches the majority of a village, and at most one that of two
villages out of three (Jepsen, Petersen, Spoorendonk and Pisinger 2008, Operations Research 56,
Section 2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from routeplan.planner.routes import DayRoute

# Least violation of a cut that is worth what it costs in labels.
LEAST_VIOLATION = 0.03


class SubsetRowCut(NamedTuple):
    """At most one route reaches the majority of more than half of these villages, one or three."""

    villages: tuple[int, ...]

    def covers(self, majority: frozenset[int]) -> bool:
        """Return whether a route has coefficient 1, given the villages it reaches most of."""
        return 2 * sum(village in majority for village in self.villages) > len(self.villages)


def majority_villages(route: DayRoute, households: NDArray[np.int32]) -> frozenset[int]:
    """Return the villages more than half of whose households a route reaches."""
    return frozenset(v.village for v in route.visits if 2 * v.households > households[v.village])


def separate_cuts(
    usage: Mapping[frozenset[int], float], villages: int
) -> dict[SubsetRowCut, float]:
    """Return the cuts that a solution of the linear program violates, and by how much.

    `usage` is the sum of the values of columns, by the villages whose majority they reach.
    """
    reaches = np.zeros((len(usage), villages))
    for row, majority in zip(reaches, usage, strict=True):
        row[list(majority)] = 1.0
    weighted = reaches * np.array(list(usage.values()), dtype=float).reshape(-1, 1)
    together = reaches.T @ weighted
    single = np.diagonal(together).tolist()
    sums: dict[tuple[int, ...], float] = {(v,): value for v, value in enumerate(single)}
    np.fill_diagonal(together, 0.0)
    # Of three pairs that add up to more than 1, one is above a third.
    for a, b in np.argwhere(np.triu(together) > 1 / 3):
        total = together[a, b] + together[a] + together[b]
        total -= 2 * (weighted[:, a] * reaches[:, b]) @ reaches
        total[[a, b]] = 0.0
        for c in np.flatnonzero(total > 1 + LEAST_VIOLATION):
            sums[tuple(sorted(map(int, (a, b, c))))] = float(total[c])
    return {
        SubsetRowCut(rows): value - 1 for rows, value in sums.items() if value > 1 + LEAST_VIOLATION
    }
