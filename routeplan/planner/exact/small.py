"""The best plan of a small problem, and the proof that there is no better one.

A constraint model holds every rule (`routeplan.planner.exact.model`); OR-Tools' CP-SAT solves it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from routeplan.planner.engine import defer_interrupt
from routeplan.planner.times import decimal

if TYPE_CHECKING:
    from collections.abc import Callable

    from routeplan.planner.exact.search import Exact
    from routeplan.planner.instance import Instance
    from routeplan.planner.solution import Solution

__all__ = ["is_small", "solve_exactly"]

# Squares of the places that a shift may stop at, added up.
MOST_LEGS = 1000
# Households of all visits that may be: each is looked at when the model is made.
MOST_HOUSEHOLDS = 200_000
# The library tells sums as floating numbers, which hold whole ones up to 2 ** 53.
MOST_WORTH = 2**50


def is_small(instance: Instance) -> bool:
    """Tell whether the best plan is mostly found and proved within seconds."""
    households = int(instance.max_households.sum()) * len(instance.shifts)
    if households > MOST_HOUSEHOLDS:
        return False
    legs = 0
    for shift, night in enumerate(instance.nights):
        beds = 1 + len(instance.beds)
        starts, ends = 1 if instance.first(shift) else beds, 1 if night is None else beds
        if shift not in instance.fixed:
            legs += (int(instance.shifts[shift].open.sum()) + starts + ends) ** 2
        if legs > MOST_LEGS:
            return False
    return True


def solve_exactly(
    instance: Instance,
    start: Solution | None = None,
    *,
    seconds: float | None = None,
    deterministic: float | None = None,
    seed: int = 1,
    stop: Callable[[], bool] | None = None,
) -> Exact | None:
    """Find a plan that reaches the most, and of those one that drives the least.

    Ctrl-C ends the search, and the answer tells of it.

    Parameters
    ----------
    instance
        A small one, with all that is pinned.
    start
        A plan that keeps every rule, to begin from.
    seconds
        Stop after that long; None means no limit.
    deterministic
        Stop after that much work, about a second's worth each; the same number gives the same
        answer where seconds have no limit. None means no limit.
    seed
        Of all random choices.
    stop
        Asked now and then whether to stop.

    Returns
    -------
    Exact or None
        None where weights have so many digits that sums of them cannot be kept exact.
    """
    unit = _worth_unit(instance)
    if unit is None:
        return None
    # The library takes a third of a second to load, and most problems are too large to need it.
    with defer_interrupt():
        from routeplan.planner.exact.search import ExactSearch, Limits  # noqa: PLC0415

    return ExactSearch(instance, unit, start).run(Limits(seconds, deterministic, stop), seed)


def _worth_unit(instance: Instance) -> int | None:
    """Return how many parts a weight is split into so that all become whole numbers."""
    weights = [decimal(weight) for weight in instance.weight.tolist()]
    unit = math.lcm(*(weight.denominator for weight in weights))
    total = sum(w * h for w, h in zip(weights, instance.households.tolist(), strict=True))
    return unit if unit * total <= MOST_WORTH else None
