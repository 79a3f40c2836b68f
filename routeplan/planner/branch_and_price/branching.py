"""The branch-and-bound tree: branching on how often a village is visited, best-first.

Where the linear program visits a village one and a half times, every plan visits it at most once
or at least twice. Which team comes, and on which day, stays open: identical teams and days leave
that undecided. Branching changes the pricing problem only by a prize of each visit.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from routeplan.planner.native_instance import NativeInstance

# A number of visits is integral when it is as near to an integer as this.
INTEGRALITY = 1e-4


class VisitBounds(NamedTuple):
    """The fewest and the most visits to a village."""

    low: float = -math.inf
    high: float = math.inf


class Node(NamedTuple):
    """The plans that keep the bounds on visits of some villages; none of them reaches more."""

    upper_bound: float
    visit_bounds: Mapping[int, VisitBounds]


class BranchAndBoundTree:
    """The open nodes; the first of them is the one in work."""

    def __init__(self, arrays: NativeInstance) -> None:
        self._weight = np.where(arrays.required, 0.0, arrays.weight * arrays.households)
        # Replaced as a whole: other threads read the bound.
        self._nodes: tuple[Node, ...] = (Node(math.inf, {}),)

    def __len__(self) -> int:
        return len(self._nodes)

    @property
    def node(self) -> Node:
        """The node in work."""
        return self._nodes[0]

    @property
    def upper_bound(self) -> float:
        """No plan reaches more weighted households."""
        return max(node.upper_bound for node in self._nodes)

    def select(self) -> Node:
        """Take up the node with the highest bound (best-first), the one in work among equals."""
        best = max(range(len(self._nodes)), key=lambda n: self._nodes[n].upper_bound)
        others = self._nodes[:best] + self._nodes[best + 1 :]
        self._nodes = (self._nodes[best], *others)
        return self.node

    def lower(self, bound: float) -> None:
        """Lower the bound of the node in work to this one, if that is lower."""
        node, *others = self._nodes
        self._nodes = (node._replace(upper_bound=min(bound, node.upper_bound)), *others)

    def branch(self, visits: NDArray[np.float64]) -> bool:
        """Split the node in work; return whether there was a fractional number of visits.

        `visits`, shape (villages,), is how often the solution of the linear program visits each.
        """
        down = np.floor(visits + INTEGRALITY)
        part = np.maximum(visits - down, 0.0)
        village = int(np.argmax(np.minimum(part, 1.0 - part) * self._weight))
        if part[village] <= INTEGRALITY:
            return False
        node, most = self.node, float(down[village])
        low, high = node.visit_bounds.get(village, VisitBounds())
        children = (
            node._replace(visit_bounds={**node.visit_bounds, village: bounds})
            for bounds in (VisitBounds(most + 1.0, high), VisitBounds(low, most))
        )
        self._nodes = (*children, *self._nodes[1:])
        return True


def least_counted(t: NativeInstance) -> NDArray[np.float64]:
    """Return the fewest households of a visit that counts as one, shape (villages,).

    A remainder of fewer households than a visit must reach does not count, or every route would
    end with one; but where a village is required, it is enough, and so may be a visit without
    households.
    """
    fewest, most = np.minimum(t.fewest, t.most), t.most
    enough = np.where(t.whole & (fewest > 0), most, np.minimum(fewest, 1))
    return np.where(t.required, enough, np.where(t.whole, most, fewest))
