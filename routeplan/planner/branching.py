"""Branch and bound over how often villages are visited.

Where a solution of the linear program visits a village one and a half times, any plan visits it at
most once or at least twice, whoever comes and whenever: teams and days that are alike leave that
undecided, and pricing takes it as a prize of a visit. The leaf with the highest bound is worked on,
since that is the bound of all.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from routeplan.planner.tables import Tables

__all__ = ["Leaf", "Limit", "Tree", "fewest_counted"]

# A number of visits is whole when it is as near to a whole one as this.
WHOLE = 1e-4


class Limit(NamedTuple):
    """The fewest and the most visits to a village."""

    low: float
    high: float


class Leaf(NamedTuple):
    """Some of all plans: those that visit villages as often as their limits say.

    Parameters
    ----------
    bound
        None of them reaches more weighted households.
    limits
        By village.
    """

    bound: float
    limits: Mapping[int, Limit]


class Tree:
    """All plans, in leaves.

    Parameters
    ----------
    tables
        The instance.
    """

    def __init__(self, tables: Tables) -> None:
        self._worth = np.where(tables.required, 0.0, tables.weight * tables.households)
        self._others: list[Leaf] = []
        self.leaf = Leaf(math.inf, {})
        """The one that is worked on."""

    @property
    def leaves(self) -> int:
        """How many there are."""
        return 1 + len(self._others)

    @property
    def bound(self) -> float:
        """No plan reaches more."""
        return max(self.leaf.bound, *(leaf.bound for leaf in self._others), -math.inf)

    def lower(self, bound: float) -> None:
        """Lower the bound of the leaf that is worked on."""
        self.leaf = self.leaf._replace(bound=min(bound, self.leaf.bound))

    def turn(self) -> bool:
        """Turn to the leaf with the highest bound; tell whether it is another one."""
        highest = max(self._others, key=lambda leaf: leaf.bound, default=self.leaf)
        if highest.bound <= self.leaf.bound:
            return False
        self._others.remove(highest)
        self._others.append(self.leaf)
        self.leaf = highest
        return True

    def branch(self, visits: NDArray[np.float64]) -> bool:
        """Split the leaf that is worked on; False where all villages are visited a whole number.

        Parameters
        ----------
        visits
            Shape (villages,): how often the solution of the leaf's program visits each.
        """
        down = np.floor(visits + WHOLE)
        part = np.maximum(visits - down, 0.0)
        village = int(np.argmax(np.minimum(part, 1.0 - part) * self._worth))
        if part[village] <= WHOLE:
            return False
        low, high = self.leaf.limits.get(village, Limit(-math.inf, math.inf))
        more = self._with(village, Limit(float(down[village]) + 1.0, high))
        self._others.append(self._with(village, Limit(low, float(down[village]))))
        self.leaf = more
        return True

    def _with(self, village: int, limit: Limit) -> Leaf:
        return self.leaf._replace(limits={**self.leaf.limits, village: limit})


def fewest_counted(t: Tables) -> NDArray[np.int64]:
    """Return the fewest doors of a visit that counts as one, shape (villages,).

    A remainder of fewer doors than a visit must reach does not, or every route would end with one;
    but where a village is required, it is enough, and so may be a visit without doors.
    """
    fewest, most = np.minimum(t.fewest, t.most), t.most
    enough = np.where(t.whole & (fewest > 0), most, np.minimum(fewest, 1))
    return np.where(t.required, enough, np.where(t.whole, most, fewest))
