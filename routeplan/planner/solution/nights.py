"""Where teams sleep: chains of night places that are allowed, and a search among them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from routeplan.planner.solution.chains import beds_kept, nights_away_kept, settle
from routeplan.planner.solution.insertion import complete, mend
from routeplan.planner.solution.solution import Solution
from routeplan.planner.solution.timing import time_day

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from routeplan.planner.instance import Instance

__all__ = ["change_nights", "home_chain", "may_roam"]

LONGEST_RUN = 3
# Households of middling weight that may be lost by one step, at the beginning and at the end.
# Measured on the demo and a district of 80 villages: without, one seed in two ends 3 % lower.
WARM, COLD = 4.0, 0.3
# What a required village counts for, and how many times the working time that there is for each
# household one household's worth of driving is: as good as nothing, but not nothing.
REQUIRED = 1e6
HOUSEHOLD_WORTH = 500.0


def home_chain(instance: Instance) -> Solution:
    """Return a solution without visits in which every team sleeps away as seldom as can be.

    Raises
    ------
    PlanError
        Naming every team that cannot get from its start to its end in its days and windows.
    """
    solution = Solution(instance, [instance.home(s.index) for s in instance.shifts])
    settle(solution)
    return solution


def change_nights(
    solution: Solution,
    rng: Random,
    *,
    progress: Callable[[], float],
    better: Callable[[Solution], None],
) -> None:
    """Try other night places, a run of nights of one team at a time, by simulated annealing.

    The days before, between and after the changed nights are planned anew.

    Parameters
    ----------
    solution
        Where to begin; not changed.
    rng
        Chooses what to try, and which worse solutions to go on from.
    progress
        Asked before each try how much of the search is done; it ends at 1.
    better
        Told each better solution.
    """
    inst = solution.instance
    if not may_roam(inst):
        return
    chains = [chain for chain in inst.chains if len(chain) > 1]
    unit = float(np.median(inst.weight))
    current, best_score = solution, solution.score()
    current_worth = _worth(inst, best_score, unit)
    while (done := progress()) < 1:
        trial = _with_other_nights(current, rng.choice(chains), rng)
        if trial is None:
            continue
        score = trial.score()
        worth = _worth(inst, score, unit)
        warmth = unit * WARM * (COLD / WARM) ** done
        loss = current_worth - worth
        if loss <= 0 or rng.random() < math.exp(-loss / warmth):
            current, current_worth = trial, worth
            if score > best_score:
                best_score = score
                better(trial)


def may_roam(instance: Instance) -> bool:
    """Tell whether there is a night that a team may spend elsewhere: beds, and free days around."""
    free = (
        night is not None and night.before not in instance.fixed_ends for night in instance.nights
    )
    return bool(instance.beds) and any(free)


def _worth(instance: Instance, score: tuple[int, float, int], unit: float) -> float:
    missing, weighted, undriven = score
    driving = undriven / (HOUSEHOLD_WORTH * instance.working_seconds_per_household)
    return weighted + unit * (REQUIRED * missing + driving)


def _with_other_nights(solution: Solution, chain: range, rng: Random) -> Solution | None:
    inst = solution.instance
    length = rng.randint(1, min(LONGEST_RUN, len(chain) - 1))
    first = rng.randrange(chain.start, chain.stop - length)
    bed = rng.choice([inst.home(first), *sorted(inst.beds)])
    trial = solution.copy()
    trial.ends[first : first + length] = [bed] * length
    changed = range(first, first + length + 1)
    if not inst.fixed.isdisjoint(changed) or not _may_sleep(trial, chain, changed):
        return None
    for shift in changed:
        trial.set_visits(shift, [])
    # Visits of later days by other teams may have relied on these to leave them few enough.
    mend(trial)
    complete(trial, changed, rng)
    return trial


def _may_sleep(solution: Solution, chain: range, changed: range) -> bool:
    empty_days = (
        time_day(solution.instance, shift, *solution.bounds(shift), ()) is not None
        for shift in changed
    )
    return nights_away_kept(solution, chain) and beds_kept(solution) and all(empty_days)
