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

    from routeplan.planner.native_instance import NativeInstance

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

    def __init__(self, tables: NativeInstance) -> None:
        self._worth = np.where(tables.required, 0.0, tables.weight * tables.households)
        # Exchanged as a whole: the bound is asked for from other threads.
        self._leaves: tuple[Leaf, ...] = (Leaf(math.inf, {}),)

    @property
    def leaf(self) -> Leaf:
        """The one that is worked on."""
        return self._leaves[0]

    @property
    def leaves(self) -> int:
        """How many there are."""
        return len(self._leaves)

    @property
    def bound(self) -> float:
        """No plan reaches more."""
        return max(leaf.bound for leaf in self._leaves)

    def lower(self, bound: float) -> None:
        """Lower the bound of the leaf that is worked on."""
        leaf, *others = self._leaves
        self._leaves = (leaf._replace(bound=min(bound, leaf.bound)), *others)

    def turn(self) -> bool:
        """Turn to the leaf with the highest bound; tell whether it is another one."""
        number = max(range(len(self._leaves)), key=lambda n: self._leaves[n].bound)
        if self._leaves[number].bound <= self.leaf.bound:
            return False
        others = self._leaves[:number] + self._leaves[number + 1 :]
        self._leaves = (self._leaves[number], *others)
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
        fewer = self._with(village, Limit(low, float(down[village])))
        self._leaves = (more, fewer, *self._leaves[1:])
        return True

    def _with(self, village: int, limit: Limit) -> Leaf:
        return self.leaf._replace(limits={**self.leaf.limits, village: limit})


def fewest_counted(t: NativeInstance) -> NDArray[np.int64]:
    """Return the fewest doors of a visit that counts as one, shape (villages,).

    A remainder of fewer doors than a visit must reach does not, or every route would end with one;
    but where a village is required, it is enough, and so may be a visit without doors.
    """
    fewest, most = np.minimum(t.fewest, t.most), t.most
    enough = np.where(t.whole & (fewest > 0), most, np.minimum(fewest, 1))
    return np.where(t.required, enough, np.where(t.whole, most, fewest))
