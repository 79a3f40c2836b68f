"""How much can be brought from a village on: completion bounds, compiled.

The day is driven backward first, without cuts, and its labels tell for every village and moment
how much can be brought from there on. A label that cannot reach what is wanted that way is
dropped (Baldacci, Mingozzi and Roberti 2011, Operations Research 59, section 5, where such bounds
come of a like relaxation).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from routeplan.planner.kernels import inlined, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from routeplan.planner.labels import Labels
    from routeplan.planner.network import Network

__all__ = ["NOTHING", "look_onward", "may_reach", "prize_within"]

NOTHING = -1e300
# Steps of a day that are looked at together.
BLOCK = 16


@inlined
def prize_within(la: Labels, label: int, seconds: float) -> float:
    """Return what a label brings with so many seconds of further doors."""
    got = la.prize[label]
    for k in range(la.pieces[label]):
        if seconds <= 0.0:
            break
        step = min(seconds, la.lengths[label, k])
        got += la.rates[label, k] * step
        seconds -= step
    return got


@inlined
def may_reach(n: Network, la: Labels, label: int) -> bool:
    """Tell whether a label may bring as much as is wanted, by what can be brought from there on."""
    onward, steps = n.onward[la.rested[label], la.node[label]], n.onward.shape[2]
    step = (n.work_end - n.work_start) / steps
    left = n.work_end - la.ready[label]
    top = min(steps - 1, int(left / step))
    if la.total[label] + onward[top] < n.floor:
        return False
    # Further doors leave time between so many steps and one more: looked through by many at once.
    while top >= 0:
        low = max(0, top - BLOCK + 1)
        most = prize_within(la, label, left - low * step)
        if most + onward[top] >= n.floor:
            for b in range(top, low - 1, -1):
                if prize_within(la, label, left - b * step) + onward[b] >= n.floor:
                    return True
        if most >= la.total[label]:
            break
        top = low - 1
    return False


@inlined
def keep_best(n: Network, la: Labels, label: int, there: NDArray[np.float64]) -> None:
    """Keep what a label of the day driven backward brings in any time that may be left for it."""
    j, spent, steps = la.node[label], la.ready[label] - n.work_start, there.shape[2]
    step = (n.work_end - n.work_start) / steps
    for b in range(max(0, int(spent / step) - 1), steps):
        seconds = (b + 1) * step - spent
        if seconds >= 0.0:
            got = prize_within(la, label, seconds)
            # Who has rested already need not rest again, and may.
            there[1, j, b] = max(there[1, j, b], got)
            if la.rested[label] == 1:
                there[0, j, b] = max(there[0, j, b], got)


@kernel
def look_onward(
    n: Network,
    la: Labels,
    made: int,
    there: NDArray[np.float64],
    onward: NDArray[np.float64],
) -> None:
    """Bound what can be brought from leaving a node on, by labels of the day driven backward.

    `n` is the network turned round; `there`, shaped like `onward`, is room to work in.
    """
    nodes, steps = n.back.shape[0], onward.shape[2]
    step = (n.work_end - n.work_start) / steps
    there[:], onward[:] = NOTHING, NOTHING
    for label in range(made):
        if la.dead[label] == 0:
            keep_best(n, la, label, there)
    for j in range(nodes):
        for b in range(steps):
            left = (b + 1) * step
            for e in range(len(n.bonus)):
                if n.out[e, j] <= left:
                    onward[1, j, b] = max(onward[1, j, b], n.bonus[e])
            for k in range(nodes):
                # Ways are turned round: from j to k.
                spare = left - n.drive[k, j]
                if k != j and spare > 0.0:
                    at = min(steps - 1, int(np.ceil(spare / step)) - 1)
                    for rested in range(2):
                        onward[rested, j, b] = max(onward[rested, j, b], there[rested, k, at])
