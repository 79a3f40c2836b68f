"""Making room in a solution for a village that must be visited."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from routeplan.planner.instance import Visit
from routeplan.planner.solution.insertion import complete, mend
from routeplan.planner.solution.timing import most_households

if TYPE_CHECKING:
    from routeplan.planner.solution.solution import Solution

__all__ = ["force_in"]

# Shifts that are tried, those first that would spend the least on the way there and back.
MOST_SHIFTS = 12


def force_in(solution: Solution, village: int) -> Solution | None:
    """Give a village a visit, at the cost of others of the same day, the cheapest first.

    Returns
    -------
    Solution or None
        The best of those that were tried, which keeps every rule; None where no day has room,
        were it for this village alone, with its nights as they are.
    """
    trials = []
    for shift in _nearest_shifts(solution, village):
        trial = _with_visit(solution, shift, village)
        if trial is not None:
            mend(trial)
            complete(trial, [shift])
            trials.append(trial)
    kept = [trial for trial in trials if trial.visit_counts[village]]
    return max(kept, key=lambda trial: trial.score(), default=None)


def _nearest_shifts(solution: Solution, village: int) -> list[int]:
    inst = solution.instance
    at = int(inst.at[village])

    def driving(shift: int) -> float:
        start, end = solution.bounds(shift)
        drive = inst.drive(shift)
        there, back = drive[start][at], drive[at][end]
        return np.inf if there is None or back is None else there + back

    free = [s.index for s in inst.shifts if s.open[village] and s.index not in inst.fixed]
    return sorted(free, key=driving)[:MOST_SHIFTS]


def _with_visit(solution: Solution, shift: int, village: int) -> Solution | None:
    """Drop the cheapest visits of a shift until the village fits in with the least it may have."""
    inst = solution.instance
    trial = solution.copy()
    others = list(solution.visits[shift])
    while True:
        trial.set_visits(shift, others)
        least = int(trial.fewest(inst.shifts[shift].day)[village])
        room = int(min(inst.most[village], trial.left()[village]))
        for position in range(len(others) + 1):
            order = [*others[:position], Visit(village, 0), *others[position:]]
            most = most_households(inst, shift, solution.bounds(shift), order, position, room)
            if most >= least:
                order[position] = Visit(village, most)
                trial.set_visits(shift, order)
                return trial
        if not others:
            return None
        others.remove(min(others, key=lambda v: float(inst.weight[v.village]) * v.households))
