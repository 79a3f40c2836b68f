"""Completion bounds: what a partial route can still bring after each node."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from routeplan import native
from routeplan.planner.branch_and_price.network import singleton_ng_sets

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from routeplan.planner.branch_and_price.labelling import LabelMemory
    from routeplan.planner.branch_and_price.network import Network

# Steps of time that a day is divided into.
STEPS = 390


def completion_bounds(
    network: Network, reverse: Network, memory: LabelMemory, threshold: float
) -> NDArray[np.float64] | None:
    """Bound what a partial route can still bring after each node.

    Labels are extended forward with singleton ng-sets, which bounds what a partial route of the
    reversed network can still bring; with these bounds, backward through the reversed network. The
    network has no cuts; routes of less value than the threshold are of no interest. Bounds have
    shape (2, nodes, STEPS); there are none where they would take too many labels.
    """
    near = singleton_ng_sets(network.bit)
    relaxed = network._replace(near=near, ng_words=near.shape[1], drive_limit=np.inf)
    forward = _bound_completions(relaxed, memory)
    if forward is None:
        return None
    return _bound_completions(with_bounds(reverse, forward, threshold), memory)


def with_bounds(network: Network, bounds: NDArray[np.float64], threshold: float) -> Network:
    """Return a network in which labels that cannot bring as much as a threshold are dropped."""
    return network._replace(completion=bounds, threshold=threshold, bounded=True, steps=STEPS)


def _bound_completions(network: Network, memory: LabelMemory) -> NDArray[np.float64] | None:
    """Bound what is brought up to each node: completion bounds of the reversed network."""
    with memory.extend(network, exact=True) as (count, pool):
        if count < 0:
            return None
        bounds = np.empty((2, network.nodes, STEPS))
        native.call(
            *("bound_completions", network._replace(steps=STEPS), pool, count),
            *(np.empty_like(bounds), bounds),
        )
        return bounds
