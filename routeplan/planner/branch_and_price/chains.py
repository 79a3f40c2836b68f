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

    # A team class, a day, and where it begins.
    Start = tuple[int, int, NightNode]

# Chains are as likely as exp(sum of reduced costs / temperature); temperatures are these shares of
# the objective. Of 50,000 chains of ten hotels and six days, the best known is then one of some
# hundred likely ones after two seconds of heuristic pricing.
TEMPERATURES = (0.0005, 0.001, 0.002, 0.005)


class _Step(NamedTuple):
    """The best column of an arc: its reduced cost and route."""

    cost: float
    route: DayRoute


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
        # By the night node that they lead to.
        self._steps: dict[Start, dict[NightNode, _Step]] = {}
        for (k, arc, route), cost in reduced_costs.items():
            steps = self._steps.setdefault((k, arc.day, arc.start), {})
            if arc.end not in steps or cost > steps[arc.end].cost:
                steps[arc.end] = _Step(cost, route)
        temperatures = (max(share * objective, 1e-9) for share in TEMPERATURES)
        self._weights = [self._weigh(temperature) for temperature in temperatures]

    def draw(self, rng: Random) -> dict[int, DayRoute]:
        """Return the routes of a team by shift; none where no chain of columns leads home."""
        k = rng.randrange(len(self._team_classes))
        team_class, weights = self._team_classes[k], rng.choice(self._weights)
        chain, node, routes = rng.choice(team_class.chains), team_class.origin, {}
        for day, shift in enumerate(chain):
            likely = weights.get((k, day, node), [])
            if not any(likely):
                return {}
            steps = self._steps[k, day, node]
            (node,) = rng.choices([*steps], likely)
            routes[shift] = steps[node].route
        return routes

    def _weigh(self, temperature: float) -> dict[Start, list[float]]:
        """Return how likely each step is beside the others from its start, given all days after."""
        weights: dict[Start, list[float]] = {}
        for k, day, start in sorted(self._steps, key=lambda each: -each[1]):
            is_last = self._team_classes[k].is_last(day)
            weights[k, day, start] = [
                math.exp(min(step.cost, 0.0) / temperature)
                * (1.0 if is_last else sum(weights.get((k, day + 1, end), ())))
                for end, step in self._steps[k, day, start].items()
            ]
        return weights
