"""Where teams sleep: chains of night places that are allowed, and a search among them."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from routeplan.errors import Faults, PlanError
from routeplan.planner.draft import Draft
from routeplan.planner.insertion import complete, mend
from routeplan.planner.timing import time_day

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    from routeplan.planner.instance import Instance

__all__ = ["beds_kept", "change_nights", "home_chain", "nights_away_kept"]

LONGEST_RUN = 3
# Households of middling weight that may be lost by one step, at the beginning and at the end.
# Measured on the demo and a district of 80 villages: without, one seed in two ends 3 % lower.
WARM, COLD = 4.0, 0.3
# What a required village counts for, and how many times the working time that there is for each
# household one household's worth of driving is: as good as nothing, but not nothing.
REQUIRED = 1e6
HOUSEHOLD_WORTH = 500.0


def home_chain(instance: Instance) -> Draft:
    """Return a draft without visits in which every team sleeps away as seldom as can be.

    Raises
    ------
    PlanError
        Naming every team that cannot get from its start to its end in its days and windows.
    """
    faults = Faults()
    draft = Draft(instance, [instance.home(s.index) for s in instance.shifts])
    for chain in instance.chains:
        ends = _fewest_nights_away(instance, chain, draft)
        if ends is None:
            team = instance.team(chain[0])
            message = f"team {team.id} cannot get from {team.start} to {team.end} in its days"
            hint = "longer hours, a higher drive limit or a sleeping place between would help"
            faults.add("", message, hint)
            continue
        draft.ends[chain.start : chain.stop] = ends
    faults.raise_any(PlanError)
    return draft


def change_nights(
    draft: Draft,
    rng: Random,
    *,
    progress: Callable[[], float],
    better: Callable[[Draft], None],
) -> None:
    """Try other night places, a run of nights of one team at a time, by simulated annealing.

    The days before, between and after the changed nights are planned anew.

    Parameters
    ----------
    draft
        Where to begin; not changed.
    rng
        Chooses what to try, and which worse drafts to go on from.
    progress
        Asked before each try how much of the search is done; it ends at 1.
    better
        Told each better draft.
    """
    inst = draft.instance
    chains = [chain for chain in inst.chains if len(chain) > 1]
    if not chains or not inst.beds:
        return
    unit = float(np.median(inst.weight))
    current, best_score = draft, draft.score()
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


def _worth(instance: Instance, score: tuple[int, float, int], unit: float) -> float:
    missing, weighted, undriven = score
    driving = undriven / (HOUSEHOLD_WORTH * instance.working_seconds_per_household)
    return weighted + unit * (REQUIRED * missing + driving)


def beds_kept(draft: Draft) -> bool:
    """Tell whether no place has more teams in a night than it has room for."""
    inst = draft.instance
    used: Counter[tuple[int, int]] = Counter()
    for night in inst.nights:
        if night is not None and draft.ends[night.before] != inst.home(night.before):
            used.update((draft.ends[night.before], day) for day in night.days)
    return all(count <= inst.beds.get(place, 0) for (place, _), count in used.items())


def nights_away_kept(draft: Draft, chain: Sequence[int]) -> bool:
    """Tell whether a team is never away for more nights in a row than it may be."""
    inst = draft.instance
    limit = inst.team(chain[0]).max_nights_away
    away = 0
    for shift in chain:
        night = inst.nights[shift]
        if night is None:
            continue
        away = 0 if draft.ends[shift] == inst.home(shift) else away + night.count
        if limit is not None and away > limit:
            return False
    return True


def _with_other_nights(draft: Draft, chain: range, rng: Random) -> Draft | None:
    inst = draft.instance
    length = rng.randint(1, min(LONGEST_RUN, len(chain) - 1))
    first = rng.randrange(chain.start, chain.stop - length)
    bed = rng.choice([inst.home(first), *sorted(inst.beds)])
    trial = draft.copy()
    trial.ends[first : first + length] = [bed] * length
    changed = range(first, first + length + 1)
    if not _may_sleep(trial, chain, changed):
        return None
    for shift in changed:
        trial.set_visits(shift, [])
    # Visits of later days by other teams may have relied on these to leave them few enough.
    mend(trial)
    complete(trial, changed, rng)
    return trial


def _may_sleep(draft: Draft, chain: range, changed: range) -> bool:
    empty_days = (
        time_day(draft.instance, shift, *draft.bounds(shift), ()) is not None for shift in changed
    )
    return nights_away_kept(draft, chain) and beds_kept(draft) and all(empty_days)


def _fewest_nights_away(instance: Instance, chain: range, draft: Draft) -> list[int] | None:
    """Find the chain with the fewest nights away, day by day from the last to the first."""
    home = instance.home(chain[0])
    if draft.start(chain[0]) == home:
        return [home] * len(chain)
    places = sorted({home, *instance.beds})
    # From each place: nights away still to come, and where the coming shifts end.
    onward: dict[int, tuple[int, list[int]]] = {home: (0, [])}
    for shift in reversed(chain):
        starts = [draft.start(shift)] if instance.first(shift) else places
        reached: dict[int, tuple[int, list[int]]] = {}
        for start in starts:
            options = [
                (away + (end != home and instance.nights[shift] is not None), end != start, ends)
                for end, (away, rest) in onward.items()
                for ends in [[end, *rest]]
                if time_day(instance, shift, start, end, ()) is not None
            ]
            if options:
                away, _, ends = min(options)
                reached[start] = (away, ends)
        onward = reached
    if not onward:
        return None
    trial = draft.copy()
    trial.ends[chain.start : chain.stop] = next(iter(onward.values()))[1]
    kept = nights_away_kept(trial, chain) and beds_kept(trial)
    return trial.ends[chain.start : chain.stop] if kept else None
