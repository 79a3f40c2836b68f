"""The Lagrangian upper bound, and the highest objective below it that a plan can have."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from routeplan.planner.native_instance import weight_unit
from routeplan.planner.times import decimal, outward

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from routeplan.planner.branch_and_price.master import Duals
    from routeplan.planner.branch_and_price.team_classes import TeamClass
    from routeplan.planner.instance import Instance
    from routeplan.planner.native_instance import NativeInstance

# Doubles are summed up a few thousand times: the bound is moved outward by far more than that.
OUTWARD = 1e-9


def lagrangian_bound(
    arrays: NativeInstance,
    team_classes: Sequence[TeamClass],
    duals: Duals,
    priced: Iterable[tuple[tuple[int, int], float]],
    unpriced_value: float,
) -> float:
    """Return the bound that dual values and exactly priced routes prove.

    With the rows of the master problem but those of teams and nights relaxed, what remains falls
    apart into day routes: no team of a class brings more on a day than the best route of that day
    (Barnhart et al. 1998, Section 3). No route of a team class and day brings more than is
    `priced`, once for each number of nights away, and `unpriced_value`.
    """
    bound = float(duals.households @ arrays.households) + duals.branching
    bound += float((duals.beds * arrays.beds[:, None]).sum() + duals.cuts.sum())
    bound -= float(duals.districts @ arrays.floors)
    best: dict[tuple[int, int], float] = {}
    for day, value in priced:
        best[day] = max(value, best.get(day, -math.inf))
    bound += sum(team_classes[k].count * (value + unpriced_value) for (k, _), value in best.items())
    return bound + OUTWARD * max(1.0, abs(bound))


class ObjectiveSteps:
    """The values that the objective of a plan can have: multiples of a step."""

    def __init__(self, instance: Instance) -> None:
        self._unit = Fraction(weight_unit(instance))
        parts = [
            decimal(v.weight) * (1 if v.partial else v.households)
            for v in instance.villages
            if v.households
        ]
        parts += [decimal(b) for each in instance.bonuses.values() for b in each.values()]
        if instance.drive_cost:
            parts.append(instance.drive_cost_exactly)
        common = math.lcm(*(part.denominator for part in parts)) if parts else 1
        whole = math.gcd(*(int(part * common) for part in parts)) if parts else 1
        self._step = Fraction(whole, common)

    def round_down(self, bound: float) -> float | None:
        """Return the highest value of a plan up to a bound of the arrays; None for infinity."""
        if not math.isfinite(bound):
            return None
        # The hair is for doubles just below a multiple.
        steps = math.floor(Fraction(bound) * self._unit / self._step + Fraction(1, 10**7))
        return outward(steps * self._step)
