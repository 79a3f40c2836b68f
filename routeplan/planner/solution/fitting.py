"""Which villages would still fit into a plan as it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from routeplan.planner.instance import Visit
from routeplan.planner.solution.slack import HAIR, positions_of, slack_at
from routeplan.planner.solution.timing import time_day

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from routeplan.planner.solution.slack import Positions
    from routeplan.planner.solution.solution import Solution

__all__ = ["fitting"]


def fitting(solution: Solution) -> dict[int, int]:
    """Return the villages of which more households would fit into the solution as it stands.

    Returns
    -------
    dict
        By village: the first shift into which they would fit.
    """
    wanted = np.flatnonzero((solution.left() > 0) | solution.unvisited_required())
    longer, none = _longer_visits(solution), len(solution.visits)
    first = np.array([longer.get(v, none) for v in wanted.tolist()], dtype=np.int64)
    for at in positions_of(solution, villages=len(wanted)):
        asked = np.flatnonzero(first > at.shift[0])
        least = _least(solution, at, wanted[asked])
        fits = _fits(solution, at, wanted[asked], least)
        for n in np.flatnonzero(fits.any(axis=0)).tolist():
            rows = np.flatnonzero(fits[:, n] & (at.shift < first[asked[n]]))
            visit = Visit(int(wanted[asked[n]]), int(least[n]))
            kept = (int(at.shift[row]) for row in rows if _is_kept(solution, at, int(row), visit))
            first[asked[n]] = next(kept, first[asked[n]])
    return {
        v: s
        for v, s in zip(wanted.tolist(), first.tolist(), strict=True)
        if s < len(solution.visits)
    }


def _least(solution: Solution, at: Positions, villages: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the fewest households that a visit may reach; one where there are any."""
    day = solution.instance.shifts[at.shift[0]].day
    return np.maximum(solution.fewest(day)[villages], solution.left()[villages] > 0)


def _fits(
    solution: Solution, at: Positions, villages: NDArray[np.int64], least: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Shape (positions, villages): whether there is time for so many households."""
    inst, left = solution.instance, solution.left()[villages]
    day = inst.shifts[at.shift[0]]
    slack = slack_at(solution, at, villages)
    doors = least * inst.seconds_per_household[day.team][villages]
    may = day.open[villages] & (least <= np.minimum(left, inst.most[villages]))
    fits: NDArray[np.bool_] = slack.way & may & (slack.spare >= doors - HAIR)
    return fits


def _is_kept(solution: Solution, at: Positions, row: int, visit: Visit) -> bool:
    """Tell whether a shift can be kept with one more visit at a position."""
    shift, position = int(at.shift[row]), int(at.position[row])
    order = list(solution.visits[shift])
    order.insert(position, visit)
    return time_day(solution.instance, shift, *solution.bounds(shift), order) is not None


def _longer_visits(solution: Solution) -> dict[int, int]:
    """Return the villages of which a visit could reach one household more, and the first shift."""
    inst, left = solution.instance, solution.left().tolist()
    found: dict[int, int] = {}
    for shift, order in enumerate(solution.visits):
        for position, (village, now) in enumerate(order):
            more = left[village] > 0 and now < inst.most[village]
            if shift in inst.fixed or village in found or not more:
                continue
            longer = list(order)
            longer[position] = Visit(village, now + 1)
            if time_day(inst, shift, *solution.bounds(shift), longer) is not None:
                found[village] = shift
    return found
