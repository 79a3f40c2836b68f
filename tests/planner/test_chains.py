"""Chains of day routes drawn by a linear program: whole ones, as likely as reduced costs say."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from random import Random
from typing import TYPE_CHECKING

import pytest

from routeplan.planner.branch_and_price.algorithm import BranchAndPrice
from routeplan.planner.branch_and_price.chains import TEMPERATURES, ChainSampler
from routeplan.planner.branch_and_price.team_classes import make_team_classes
from routeplan.planner.instance import Instance
from routeplan.planner.native_instance import make_native_instance
from routeplan.planner.ruin_and_recreate import Annealer, construct
from routeplan.planner.ruin_and_recreate.night_search import NightSearch
from routeplan.planner.solution import initial_solution
from tests.planner.test_night_search import ends, two_valleys

if TYPE_CHECKING:
    from routeplan.planner.branch_and_price.master import Column
    from routeplan.planner.branch_and_price.team_classes import TeamClass
    from routeplan.planner.routes import DayRoute

DRAWS = 4000


def annealed_algorithm(instance: Instance, iterations: int = 300) -> BranchAndPrice:
    """Return branch and price with the routes of a short annealing, unsolved."""
    tables = make_native_instance(instance)
    annealer = Annealer(instance, tables, initial_solution(instance), seed=1)
    annealer.iterate(iterations, 0.0)
    algorithm = BranchAndPrice(instance, tables, make_team_classes(instance, tables))
    for shift_class, route in annealer.routes():
        algorithm.master.add_columns(shift_class, route, None)
    return algorithm


def every_chain(costs: dict[Column, float], days: int) -> dict[tuple[DayRoute, ...], float]:
    """Return all chains of columns from day to day of one team, and what their costs add up to."""
    by_day = [[column for column in costs if column.arc.day == day] for day in range(days)]
    found = {}
    for columns in itertools.product(*by_day):
        if all(a.arc.end == b.arc.start for a, b in itertools.pairwise(columns)):
            found[tuple(column.route for column in columns)] = sum(costs[c] for c in columns)
    return found


def test_chains_are_as_likely_as_their_reduced_costs_say() -> None:
    """One of the temperatures is drawn first; of the columns of an arc the best one counts."""
    instance = Instance(two_valleys())
    algorithm = annealed_algorithm(instance)
    next(algorithm.solve())
    duals = algorithm.master.solve()
    assert duals is not None
    costs: dict[object, tuple[float, Column]] = {}
    for column, cost in algorithm.master.reduced_costs(duals).items():
        key = column.team_class, column.arc
        costs[key] = max(costs.get(key, (-math.inf, column)), (cost, column))
    best = {column: cost for cost, column in costs.values()}
    chains = every_chain(best, len(instance.shifts))
    assert len(chains) >= 5
    expected = dict.fromkeys(chains, 0.0)
    # Wide enough apart for chains that are not optimal to be drawn.
    objective = 400 * duals.objective
    for share in TEMPERATURES:
        weights = {c: math.exp(cost / (share * objective)) for c, cost in chains.items()}
        for chain, weight in weights.items():
            expected[chain] += weight / sum(weights.values()) / len(TEMPERATURES)
    sampler = ChainSampler(make_classes(instance), best, objective)
    rng = Random(1)
    drawn = Counter(tuple(sampler.draw(rng).values()) for _ in range(DRAWS))
    assert drawn.keys() <= chains.keys()
    assert sum(1 for share in expected.values() if share > 0.02) > 2
    for chain, share in expected.items():
        assert drawn[chain] / DRAWS == pytest.approx(share, abs=0.03)


def make_classes(instance: Instance) -> list[TeamClass]:
    return make_team_classes(instance, make_native_instance(instance))


def test_a_chain_leads_a_team_from_its_start_to_its_end_over_all_its_shifts() -> None:
    instance = Instance(two_valleys())
    algorithm = annealed_algorithm(instance)
    rng = Random(2)
    assert algorithm.draw_chain(rng) == {}
    next(algorithm.solve())
    for _ in range(50):
        routes = algorithm.draw_chain(rng)
        assert list(routes) == [0, 1, 2]
        places = [routes[0].start, *(route.end for route in routes.values())]
        assert [route.start for route in routes.values()] == places[:-1]
        assert (places[0], places[-1]) == (0, 0)


def test_where_no_column_leads_home_nothing_is_drawn() -> None:
    instance = Instance(two_valleys())
    algorithm = annealed_algorithm(instance)
    duals = algorithm.master.solve()
    assert duals is not None
    costs = algorithm.master.reduced_costs(duals)
    first = {column: cost for column, cost in costs.items() if column.arc.day == 0}
    sampler = ChainSampler(make_classes(instance), first, duals.objective)
    assert sampler.draw(Random(3)) == {}


def test_a_search_goes_on_from_the_chains_that_it_is_given_and_keeps_every_rule() -> None:
    """The routes given visit a village on two days, and reach it twice."""
    instance = Instance(two_valleys())
    tables = make_native_instance(instance)
    start = construct(instance, tables, initial_solution(instance))
    best = construct(instance, tables, initial_solution(instance))
    for shift, end in enumerate((1, 1, 0)):
        best.set_end(shift, end)
        best.set_visits(shift, ())
    given = construct(instance, tables, best)
    routes = {
        shift: given.routes[shift]._replace(visits=given.routes[1].visits) for shift in (1, 2)
    }
    drawn = {0: given.routes[0], **routes}
    search = NightSearch(instance, tables, start, seed=1, draw=lambda _: drawn)
    left = iter(range(30))
    for _ in search.run(lambda: 0.0 if next(left, None) is not None else 1.0):
        pass
    assert ends(search.best()) == [1, 1, 0]
    assert search.best().is_feasible()
    assert search.score()[1] == pytest.approx(200)
