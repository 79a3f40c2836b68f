"""Small problems solved to optimality as a constraint model by OR-Tools CP-SAT.

The formulation has an index i for villages, k for shifts (a team on a day), p for the places where
shifts may start and end:

- ``end[k, p]``: shift k ends at p, where its team's next shift starts. Exactly one per shift;
  nights at an overnight place are at most its capacity, and of every run of nights that is longer
  than a team may be away one ends at home.
- ``visited[k, i]``, ``households[k, i]``: a visit and what it reaches, 0 without one. The visits of
  a village reach no more than it has; each reaches the least, or all that earlier days left.
- ``leg[k, a, b]``: shift k drives from node a to node b. The legs of a shift and loops at what it
  does not visit are a circuit (`add_circuit`), from the start over the visited villages to the end.
- ``begin[k, i]``, ``leave[k, i]``: when setup begins and when the team leaves, in the windows of
  village and day and apart by the driving of each chosen leg.
- ``rest[k, i, before, inside or after]``: exactly one on a day with a visit; it extends the stop.
  Where the rest has hours, ``rest_start[k]`` is in them.

Maximise weighted households and bonuses less the cost of driving; with these fixed, minimise
driving. The villages of a district reach its floor together. Teams that are alike are ordered by
the code of their first day's villages. Sums of whole days, implied by the rest, tighten the
relaxation.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from routeplan.model.objective import exact
from routeplan.planner.engine import defer_interrupt

if TYPE_CHECKING:
    from routeplan.planner.exact.model import Exact
    from routeplan.planner.instance import Instance
    from routeplan.planner.solution import Solution

__all__ = ["is_small", "solve_exactly"]

# Squares of the places that a shift may stop at, added up.
MOST_LEGS = 1000
# Households of all visits that may be: each is looked at when the model is made.
MOST_HOUSEHOLDS = 200_000
# The library returns sums as floating-point numbers, which hold whole ones up to 2 ** 53.
MOST_WEIGHTED = 2**50


def is_small(instance: Instance) -> bool:
    """Return whether an instance is mostly solved to optimality within seconds."""
    if int(instance.max_households.sum()) * len(instance.shifts) > MOST_HOUSEHOLDS:
        return False
    beds = 1 + len(instance.beds)
    terminals = (
        (1 if instance.first(shift) else beds) + (1 if night is None else beds)
        for shift, night in enumerate(instance.nights)
    )
    legs = (
        (int(shift.open.sum()) + count) ** 2
        for shift, count in zip(instance.shifts, terminals, strict=True)
        if shift.index not in instance.fixed
    )
    return sum(legs) <= MOST_LEGS


def solve_exactly(
    instance: Instance,
    start: Solution | None = None,
    *,
    seconds: float | None = None,
    deterministic: float | None = None,
    seed: int = 1,
) -> Exact | None:
    """Find a solution of the highest objective, and of those one that drives the least.

    None is returned where weights have so many digits that sums of them cannot be kept exact.
    Ctrl-C ends the search, which the result says.

    Parameters
    ----------
    instance
        A small one, with all that is pinned.
    start
        A solution that keeps every rule, to begin from.
    seconds, deterministic
        Limits of time, and of work, about a second's worth each; the same work gives the same
        result where seconds have no limit. None for none.
    """
    values = [*map(exact, [*instance.weight.tolist(), *instance.all_bonuses])]
    values.append(instance.drive_cost_exactly)
    unit = math.lcm(*(value.denominator for value in values))
    driving = sum(shift.end - shift.start for shift in instance.shifts)
    if unit * (instance.most_objective + instance.drive_cost_exactly * driving) > MOST_WEIGHTED:
        return None
    # The library takes a third of a second to load, and most problems are too large to need it.
    with defer_interrupt():
        from routeplan.planner.exact.model import ExactSearch  # noqa: PLC0415  # as above

    time_limit, work = (math.inf if each is None else each for each in (seconds, deterministic))
    search = ExactSearch(instance, unit, start, seconds=time_limit, work=work, seed=seed)
    return search.run()
