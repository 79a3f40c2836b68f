"""Whole chains of a team's day routes, drawn by the reduced costs of their columns.

Where the linear program is tight, the nights of good plans are among those whose routes have small
reduced costs: of the chain of a plan, they add up to what it falls short of the bound. Pricing has
routes to all overnight places, also to those that no plan found so far sleeps in.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

    from routeplan.planner.branch_and_price.master import Column
    from routeplan.planner.branch_and_price.team_classes import NightNode, TeamClass
    from routeplan.planner.routes import DayRoute

# Chains are as likely as exp(sum of reduced costs / temperature); temperatures are these shares of
# the objective. Of 50,000 chains of ten hotels and six days, the best known is then one of some
# hundred likely ones after two seconds of heuristic pricing.
TEMPERATURES = (0.0005, 0.001, 0.002, 0.005)


class _Step(NamedTuple):
    """The best column of an arc: the night node that it leads to, route and reduced cost."""

    end: NightNode
    route: DayRoute
    cost: float


class ChainSampler:
    """Draws the routes of all days of a team, of an optimal linear program.

    `reduced_costs` are those of its columns, 0 or less, and `objective` its value.
    """

    def __init__(
        self,
        team_classes: Sequence[TeamClass],
        reduced_costs: Mapping[Column, float],
        objective: float,
    ) -> None:
        self._team_classes = team_classes
        best: dict[tuple[int, int, NightNode, NightNode], tuple[float, DayRoute]] = {}
        for (k, arc, route), cost in reduced_costs.items():
            key = k, arc.day, arc.start, arc.end
            if key not in best or cost > best[key][0]:
                best[key] = cost, route
        self._steps: dict[tuple[int, int, NightNode], list[_Step]] = {}
        for (k, day, start, end), (cost, route) in best.items():
            self._steps.setdefault((k, day, start), []).append(_Step(end, route, cost))
        temperatures = (max(share * objective, 1e-9) for share in TEMPERATURES)
        self._weights = [self._weigh(temperature) for temperature in temperatures]

    def draw(self, rng: Random) -> dict[int, DayRoute]:
        """Return the routes of a team by shift; none where no chain of columns leads home."""
        k = rng.randrange(len(self._team_classes))
        team_class, weights = self._team_classes[k], rng.choice(self._weights)
        chain, node, routes = rng.choice(team_class.chains), team_class.origin, {}
        for day, shift in enumerate(chain):
            steps = self._steps.get((k, day, node), ())
            likely = [weights.get((k, day, node, step.end), 0.0) for step in steps]
            if not any(likely):
                return {}
            (step,) = rng.choices(steps, likely)
            routes[shift], node = step.route, step.end
        return routes

    def _weigh(self, temperature: float) -> dict[tuple[int, int, NightNode, NightNode], float]:
        """Return how likely each step is beside the others from its node, given all days after."""
        weights: dict[tuple[int, int, NightNode, NightNode], float] = {}
        total: dict[tuple[int, int, NightNode], float] = {}
        for k, day, start in sorted(self._steps, key=lambda each: -each[1]):
            is_last = self._team_classes[k].is_last(day)
            for step in self._steps[k, day, start]:
                after = 1.0 if is_last else total.get((k, day + 1, step.end), 0.0)
                weight = math.exp(min(step.cost, 0.0) / temperature) * after
                weights[k, day, start, step.end] = weight
                total[k, day, start] = total.get((k, day, start), 0.0) + weight
        return weights
