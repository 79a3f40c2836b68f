"""Repair: shrink and drop visits until every rule holds, and force in those that must be made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from routeplan.planner.instance import Visit
from routeplan.planner.solution.insertion import complete
from routeplan.planner.solution.solution import most_households, time_day

if TYPE_CHECKING:
    from routeplan.planner.instance import Instance
    from routeplan.planner.solution.solution import Solution

__all__ = ["force_visit", "repair"]

# Shifts that are tried, those first with the shortest way there and back.
MOST_SHIFTS = 12


def repair(solution: Solution) -> None:
    """Shrink and drop visits until every rule of a day and of a village holds, in place.

    Fixed shifts stay as they are: they keep every rule by themselves.
    """
    inst = solution.instance
    free = [s for s, r in enumerate(solution.routes) if r.visits and s not in inst.fixed]
    for shift in free:
        _merge_repeats(solution, shift)
        while solution.times(shift) is None and solution.routes[shift].visits:
            _shrink_cheapest(solution, shift)
    order = sorted(free, key=lambda s: inst.shifts[s].day)
    changed = True
    while changed:
        changed = sum(_keep_to_households(solution, shift) for shift in order) > 0


def _merge_repeats(solution: Solution, shift: int) -> None:
    """Merge repeated visits of one village into the first of them."""
    merged: dict[int, int] = {}
    visits = solution.routes[shift].visits
    for village, households in visits:
        most = int(solution.instance.max_households[village])
        merged[village] = min(merged.get(village, 0) + households, most)
    kept = tuple(Visit(*item) for item in merged.items())
    if kept != visits:
        solution.set_visits(shift, kept)


def _shrink_cheapest(solution: Solution, shift: int) -> None:
    inst, route = solution.instance, solution.routes[shift]
    values = [_value(inst, visit) for visit in route.visits]
    position = values.index(min(values))
    village, now = route.visits[position]
    most = most_households(inst, shift, route, position, now)
    if most > 0 and most >= solution.fewest_households(inst.shifts[shift].day)[village]:
        visits = route.with_households(position, most).visits
    else:
        visits = route.visits[:position] + route.visits[position + 1 :]
    solution.set_visits(shift, visits)


def _value(instance: Instance, visit: Visit) -> float:
    return float(instance.weight[visit.village]) * visit.households


def _keep_to_households(solution: Solution, shift: int) -> bool:
    """Drop or shrink visits that reach more households than there are, or too few."""
    inst, route = solution.instance, solution.routes[shift]
    left, fewest = solution.left(), solution.fewest_households(inst.shifts[shift].day)
    kept: list[Visit] = []
    for village, households in route.visits:
        reached = households + min(int(left[village]), 0)
        empty = reached <= 0 and inst.households[village] > 0
        if reached >= fewest[village] and not empty:
            kept.append(Visit(village, reached))
    shorter = route._replace(visits=tuple(kept))
    if shorter == route:
        return False
    is_feasible = time_day(inst, shift, shorter) is not None
    solution.set_visits(shift, shorter.visits if is_feasible else ())
    return True


def force_visit(solution: Solution, village: int) -> Solution | None:
    """Give a village a visit, at the cost of others of the same day, the cheapest first.

    Returns
    -------
    Solution or None
        The best of those that were tried, which keeps every rule; None where no day is long
        enough, were it for this village alone, with its nights as they are.
    """
    inst = solution.instance
    at = int(inst.at[village])

    def driving(shift: int) -> float:
        drive, route = inst.drive(shift), solution.routes[shift]
        there, back = drive[route.start, at], drive[at, route.end]
        return np.inf if there is None or back is None else there + back

    free = [s.index for s in inst.shifts if s.open[village] and s.index not in inst.fixed]
    trials = []
    for shift in sorted(free, key=driving)[:MOST_SHIFTS]:
        trial = solution.copy()
        if _force_into(trial, shift, village):
            repair(trial)
            complete(trial, [shift])
            trials.append(trial)
    kept = [trial for trial in trials if trial.visit_counts[village]]
    return max(kept, key=lambda trial: trial.score(), default=None)


def _force_into(trial: Solution, shift: int, village: int) -> bool:
    """Drop the cheapest visits of a shift until the village fits with its fewest households."""
    inst, others = trial.instance, list(trial.routes[shift].visits)
    while True:
        trial.set_visits(shift, others)
        least = int(trial.fewest_households(inst.shifts[shift].day)[village])
        possible = int(min(inst.max_households[village], trial.left()[village]))
        for position in range(len(others) + 1):
            route = trial.routes[shift].with_visit(position, Visit(village, 0))
            most = most_households(inst, shift, route, position, possible)
            if most >= least:
                trial.set_visits(shift, route.with_households(position, most).visits)
                return True
        if not others:
            return False
        others.remove(min(others, key=lambda visit: _value(inst, visit)))
