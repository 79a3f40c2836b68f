"""Pricing, master and bound against everything that can be done: no value is ever too low."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from dataclasses import replace
from functools import cache
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.linear_solver import pywraplp

from routeplan import native
from routeplan.model.problem import Place, Problem, TravelTimes, Village, Window
from routeplan.planner.branch_and_price.algorithm import BranchAndPrice
from routeplan.planner.branch_and_price.branching import BranchAndBoundTree, Node, VisitBounds
from routeplan.planner.branch_and_price.cuts import SubsetRowCut, majority_villages, separate_cuts
from routeplan.planner.branch_and_price.labelling import LabelMemory
from routeplan.planner.branch_and_price.master import RestrictedMaster
from routeplan.planner.branch_and_price.network import (
    NO_VALUE,
    Prizes,
    Terminals,
    make_network,
    make_nodes,
    reverse_network,
)
from routeplan.planner.branch_and_price.pricing import PricingProblem, is_metric
from routeplan.planner.branch_and_price.restricted_master_heuristic import (
    RestrictedMasterHeuristic,
)
from routeplan.planner.branch_and_price.team_classes import make_team_classes, terminal_places
from routeplan.planner.instance import Instance
from routeplan.planner.native_instance import make_native_instance
from routeplan.planner.routes import DayRoute, Visit
from routeplan.planner.ruin_and_recreate import Annealer
from routeplan.planner.solution import drive_legs, initial_solution, time_day
from tests.bench.districts import make_district
from tests.helpers.small_problems import Size, small_problem, with_version_2
from tests.oracles import planner as oracle
from tests.oracles.brute_force import best_weighted
from tests.oracles.brute_force_days import day_options
from tests.planner.test_ortools_routing import lone_village

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from routeplan.planner.branch_and_price.network import Network
    from routeplan.planner.branch_and_price.pricing import PricingResult
    from routeplan.planner.native_instance import NativeInstance
    from tests.oracles.brute_force_days import DayOption

DAYS = Size(villages=(2, 5), households=(1, 4), teams=(1, 1), days=(1, 2))
MANY = Size(villages=(4, 5), households=(1, 4), teams=(1, 1), days=(1, 1))
WEEKS = Size(villages=(2, 4), households=(1, 3), teams=(1, 2), days=(1, 3))
CLOSE = 1e-6
PASSES = 100
# Weeks of seeds from this one on have rules of version 2.
OLD_WEEKS = 60
MORNING = Window(10 * 3600, 11 * 3600 + 1800)

seeds = st.integers(0, 10**6)


class Day:
    """One shift, with prizes of a seed, as pricing sees it and as brute force does."""

    def __init__(self, problem: Problem, seed: int) -> None:
        self.instance = Instance(problem)
        self.tables: NativeInstance = make_native_instance(self.instance)
        rng = Random(seed)
        self.shift = rng.randrange(len(self.instance.shifts))
        self.places = terminal_places(self.tables)
        self.starts = rng.sample(self.places, rng.randint(1, len(self.places)))
        self.bonus = np.array([rng.choice([0.0, rng.uniform(-2, 2)]) for _ in self.starts])
        villages = problem.villages
        self.prizes = np.array([rng.choice([0.0, rng.uniform(0, 2)]) for _ in villages])
        self.visits = np.array(
            [rng.uniform(0, 3) if v.required else rng.choice([0.0, rng.uniform(-2, 3)])
             for v in villages]
        )  # fmt: skip
        metric = is_metric(self.instance.travel(self.shift), self.instance.at)
        self.problem = PricingProblem(self.tables, self.shift, LabelMemory(), metric=metric)
        self.ending = np.zeros(len(self.places))
        self.cuts: list[tuple[SubsetRowCut, float]] = []

    @property
    def terminals(self) -> Terminals:
        return Terminals(np.array(self.starts), self.bonus, np.array(self.places), self.ending)

    def price(self, *, exact: bool = True, threshold: float = NO_VALUE) -> PricingResult:
        prizes = Prizes(self.prizes, self.visits, self.cuts)
        return self.problem.solve(self.terminals, prizes, exact=exact, threshold=threshold)

    def network(self) -> Network:
        """Return the pricing network of all villages, without cuts."""
        tables, prizes = self.problem._single, Prizes(self.prizes, self.visits)
        nodes = make_nodes(tables, np.arange(tables.villages), prizes, metric=False)
        return make_network(tables, nodes, self.terminals, prizes, {})

    def options(self) -> Iterator[tuple[float, DayOption]]:
        """Yield all that the team can do on the day, with what it brings."""
        team, inst = self.instance.team(self.shift), self.instance
        day, announced = inst.shifts[self.shift].day, inst.bonuses.get(self.shift, {})
        for start, bonus in zip(self.starts, self.bonus, strict=True):
            for option in day_options(self.instance.problem, team, day, start, self.places):
                doors = sum(self.prizes[v] * h for v, h in option.visits)
                doors += sum(announced.get(v, 0.0) for v, h in option.visits if h > 0)
                doors -= inst.drive_cost * option.driven
                yield float(bonus + doors + self.made(option.visits)), option

    def made(self, visits: Iterable[tuple[int, int]]) -> float:
        """Return what visits that count bring beside their doors."""
        return float(sum(self.visits[v] for v, h in visits if self.counts(v, h)))

    def counts(self, village: int, households: int) -> bool:
        """Return whether a visit is more than a remainder, or all that is asked for."""
        inst = self.instance
        if inst.required[village] and (households > 0 or inst.min_households[village] == 0):
            return True
        enough = not inst.whole[village] and households >= inst.min_households[village]
        return bool(enough or households == inst.max_households[village])

    def makes_sense(self, option: DayOption) -> bool:
        """Return whether every visit may be needed: for households, as required, or on the way.

        One without doors, where earlier ones reached all, is none of the first two.
        """
        if not self.problem._metric:
            return True
        asked = (v.required and v.min_households == 0 for v in self.instance.villages)
        bare = list(asked)
        return all(h > 0 or bare[v] for v, h in option.visits)

    def best(self, allowed: Callable[[DayOption], bool]) -> NDArray[np.float64]:
        """Return the most that any allowed day brings, by the place where it ends."""
        most = dict.fromkeys(self.places, -math.inf)
        for worth, option in self.options():
            if allowed(option):
                most[option.end] = max(most[option.end], worth)
        return np.array([most[place] for place in self.places])


def posed(seed: int, size: Size) -> Problem:
    """Return a small problem, every other one with rules of version 2."""
    problem = small_problem(seed, size)
    return with_version_2(problem, seed) if seed % 2 else problem


def working(problem: Problem) -> Problem:
    """Let every team work every day."""
    return problem.replace(teams=tuple(replace(team, days=None) for team in problem.teams))


def by_shortest_ways(problem: Problem) -> Problem:
    """Make all ways shortest ones, as they are on roads."""
    return problem.replace(
        travel={name: _shortest(times) for name, times in problem.travel.items()}
    )


def _shortest(times: TravelTimes) -> TravelTimes:
    best = np.where(times.reachable, times.seconds, np.inf)
    for middle in range(len(best)):
        best = np.minimum(best, best[:, middle, None] + best[middle])
    reachable = np.isfinite(best)
    return TravelTimes(np.where(reachable, best, 0).astype(np.int64), reachable)


def each_village(problem: Problem, change: Callable[[Village], Village]) -> Problem:
    return problem.replace(villages=tuple(map(change, problem.villages)))


def along_a_road(minutes: dict[str, int], villages: tuple[Village, ...]) -> Problem:
    """Return a problem whose places stand along one road, so many minutes from its beginning."""
    line = np.array([*minutes.values()])
    seconds = 60 * np.abs(line[:, None] - line)
    return lone_village("").replace(
        places=tuple(Place(name, name, 48.0, 67.0 + x / 100) for name, x in minutes.items()),
        travel={"car": TravelTimes(seconds, np.ones_like(seconds, dtype=bool))},
        villages=villages,
    )


def all_or_none(village: Village) -> Village:
    fewest = max(1, village.min_households)
    return replace(village, partial=False, max_share_per_visit=1.0, min_households=fewest)


# ---- Days ----


@settings(max_examples=250)
@given(seed=seeds, prizes=seeds)
def test_no_day_brings_more_than_the_value_of_its_end(seed: int, prizes: int) -> None:
    """Whatever is done: fewest doors or all, by way of a village or not."""
    day = Day(working(posed(seed, DAYS)), prizes)
    values = day.price().upper_bounds
    assert values is not None
    assert (values >= day.best(day.makes_sense) - CLOSE).all()


@settings(max_examples=100)
@given(seed=seeds, prizes=seeds)
def test_no_day_brings_more_where_a_village_is_worth_less_than_nothing(
    seed: int, prizes: int
) -> None:
    """Doors of a required village may cost, and the visit be worth it all the same."""
    required = each_village(posed(seed, DAYS), lambda v: replace(v, required=True))
    day = Day(working(required), prizes)
    day.prizes -= 0.7
    values = day.price().upper_bounds
    assert values is not None
    assert (values >= day.best(day.makes_sense) - CLOSE).all()


@settings(max_examples=100)
@given(seed=seeds, prizes=seeds)
def test_values_are_those_of_the_best_days_where_visits_are_all_or_none(
    seed: int, prizes: int
) -> None:
    """With shortest ways, all villages in each other's ng-sets, and the drive limit heeded."""
    problem = each_village(by_shortest_ways(posed(seed, DAYS)), all_or_none)
    day = Day(working(problem), prizes)
    day.problem._keeps_drive_limit = True
    values = day.price().upper_bounds
    assert values is not None
    assert values == pytest.approx(day.best(_reaches_all(problem)), abs=CLOSE)


@settings(max_examples=100)
@given(seed=seeds, prizes=seeds)
def test_values_are_those_of_the_best_days_where_doors_take_no_time(seed: int, prizes: int) -> None:
    problem = each_village(
        by_shortest_ways(posed(seed, DAYS)),
        lambda v: replace(v, min_households=max(1, v.min_households)),
    )
    teams = tuple(
        replace(team, households_per_hour=None, households_per_hour_by_day=None)
        for team in problem.teams
    )
    day = Day(working(problem.replace(teams=teams)), prizes)
    day.problem._keeps_drive_limit = True
    values = day.price().upper_bounds
    assert values is not None
    assert values == pytest.approx(day.best(lambda _: True), abs=CLOSE)


@settings(max_examples=150)
@given(seed=seeds, prizes=seeds)
def test_routes_above_the_threshold_are_bounded_and_no_others_need_be(
    seed: int, prizes: int
) -> None:
    day = Day(working(posed(seed, DAYS)), prizes)
    rng = Random(prizes)
    day.ending = np.array([rng.choice([-math.inf, rng.uniform(-2, 2)]) for _ in day.places])
    full = day.price().upper_bounds
    best = day.best(day.makes_sense) + day.ending
    assert full is not None
    most = float(best.max())
    threshold = most - rng.uniform(0.001, 0.1) if math.isfinite(most) else 0.0
    values = day.price(threshold=threshold).upper_bounds
    assert values is not None
    assert (values <= full + CLOSE).all()
    wanted = best > threshold + CLOSE
    assert (values + day.ending >= best - CLOSE)[wanted].all()


@settings(max_examples=60)
@given(seed=seeds, prizes=seeds, steps=st.integers(1, 40), back=st.booleans())
def test_completion_bounds_are_what_labels_bring_a_step_of_time_more_or_less(
    seed: int, prizes: int, steps: int, *, back: bool
) -> None:
    """At each node, with the rest still to come and taken, in both directions of the day."""
    day = Day(working(posed(seed, DAYS)), prizes)
    network = reverse_network(day.network(), day.ending) if back else day.network()
    bounds = np.empty((2, network.nodes, steps))
    with LabelMemory().extend(network, exact=True) as (made, pool):
        stepped = network._replace(steps=steps)
        native.call("bound_completions", stepped, pool, made, np.empty_like(bounds), bounds)
        labels = oracle.read_labels(network, pool, made)
    step = (network.work_end - network.work_start) / steps
    for (rested, node, number), bound in np.ndenumerate(bounds):
        least, most = (
            oracle.most_after(network, labels, node, rested=bool(rested), seconds=seconds)
            for seconds in ((number + 1) * step - CLOSE, (number + 2) * step + CLOSE)
        )
        assert max(least, NO_VALUE) - CLOSE <= bound <= max(most, NO_VALUE) + CLOSE


@settings(max_examples=150)
@given(seed=seeds, prizes=seeds)
def test_no_day_brings_more_than_the_value_of_its_end_less_what_its_cuts_cost(
    seed: int, prizes: int
) -> None:
    day = Day(working(posed(seed, MANY)), prizes)
    rng, villages = Random(prizes), range(len(day.tables.households))
    sizes = [size for size in (1, 3, 3, 3, 3) if size <= len(villages)]
    day.cuts = [
        (SubsetRowCut(tuple(sorted(rng.sample(villages, n)))), rng.uniform(0, 8)) for n in sizes
    ]
    values = day.price().upper_bounds
    assert values is not None
    most = dict.fromkeys(day.places, -math.inf)
    for worth, option in day.options():
        majority = majority_villages(as_route(dict(option.visits)), day.tables.households)
        costs = sum(price for cut, price in day.cuts if cut.covers(majority))
        if day.makes_sense(option):
            most[option.end] = max(most[option.end], worth - costs)
    assert (values >= np.array([most[place] for place in day.places]) - CLOSE).all()


def test_a_label_with_half_of_a_cut_does_not_dominate_one_without() -> None:
    """Of two villages that only the first hour serves, the one pays more, and is in the cut.

    Where both days are at the third village, which of them it was is forgotten: too many villages
    lie nearer to there, none of which any day has time for.
    """
    minutes = {"base": 0, "cut": 10, "other": 10, "third": 120, "last": 130}
    minutes |= {f"near{n}": 120 + n for n in range(1, 7)}
    villages = (
        *(Village(name, 20, partial=False, knock=MORNING) for name in ("cut", "other")),
        *(Village(name, 20, partial=False) for name in ("third", "last")),
        *(Village(name, 1000, partial=False) for name in minutes if name.startswith("near")),
    )
    day = Day(along_a_road(minutes, villages), 0)
    day.starts, day.bonus = [0], np.zeros(1)
    day.prizes, day.visits = np.array([1.01, *[1.0] * 9]), np.zeros(10)
    assert day.price().upper_bounds == pytest.approx([60.2])
    day.cuts = [(SubsetRowCut((0, 3, 4)), 5.0)]
    assert day.price().upper_bounds == pytest.approx([60.0])
    assert day.price(threshold=59.9).upper_bounds == pytest.approx([60.0])


def test_a_village_of_a_high_visit_prize_is_in_every_ng_set() -> None:
    """Though too many villages lie nearer to those that are visited in between."""
    minutes = {"base": 0, "wanted": 10} | {f"far{n}": 60 + n for n in range(9)}
    villages = tuple(Village(name, 1) for name in minutes if name != "base")
    day = Day(along_a_road(minutes, villages), 0)
    day.starts, day.bonus = [0], np.zeros(1)
    day.prizes, day.visits = np.ones(10), np.array([100.0, *[0.0] * 9])
    assert day.price().upper_bounds == pytest.approx([110.0])


@pytest.mark.parametrize("seed", range(4))
def test_a_threshold_does_not_lose_the_best_days_of_a_district(seed: int) -> None:
    """With cuts and without."""
    day = Day(make_district(24, 1, 1, 0, seed=seed), seed)
    rng = Random(seed)
    three = [tuple(sorted(rng.sample(range(24), 3))) for _ in range(12)]
    for day.cuts in ([], [(SubsetRowCut(villages), rng.uniform(1, 40)) for villages in three]):
        values = day.price().upper_bounds
        assert values is not None
        best = float(values.max())
        assert day.price(threshold=best - 1e-6).upper_bounds == pytest.approx(values)


def as_route(households: dict[int, int]) -> DayRoute:
    """Return a route of which only the visits matter."""
    return DayRoute(0, 0, tuple(Visit(*visit) for visit in households.items()))


def _reaches_all(problem: Problem) -> Callable[[DayOption], bool]:
    villages = problem.villages
    return lambda option: all(h == villages[v].households for v, h in option.visits)


@settings(max_examples=150)
@given(seed=seeds, prizes=seeds, exact=st.booleans())
def test_every_route_that_is_found_can_be_driven(seed: int, prizes: int, *, exact: bool) -> None:
    """Its doors are no more than a visit may reach, and it brings no more than its end's value."""
    day = Day(working(posed(seed, DAYS)), prizes)
    priced, inst = day.price(exact=exact), day.instance
    values = (
        {}
        if priced.upper_bounds is None
        else dict(zip(day.places, priced.upper_bounds, strict=True))
    )
    bonus = dict(zip(day.starts, day.bonus, strict=True))
    for route in day.problem.feasible_routes(priced, Prizes(day.prizes, day.visits)):
        assert time_day(inst, day.shift, route) is not None
        worth = float(bonus[route.start])
        for village, households in route.visits:
            assert households <= inst.max_households[village]
            assert not inst.whole[village] or households == inst.households[village]
            worth += float(day.prizes[village] * households)
        worth += day.made(route.visits)
        announced = inst.bonuses.get(day.shift, {})
        worth += sum(announced.get(v, 0.0) for v, h in route.visits if h > 0)
        worth -= inst.drive_cost * sum(drive_legs(inst, day.shift, route) or ())
        assert worth <= values.get(route.end, math.inf) + CLOSE


def test_the_value_of_a_day_by_hand() -> None:
    """Of 300 households a day of 10 hours of doors, setup and rest apart, reaches 183."""
    day = Day(lone_village("too many households"), 0)
    day.starts, day.bonus = [0], np.array([5.0])
    day.prizes, day.visits = np.array([2.0]), np.array([0.0])
    priced = day.price()
    assert priced.upper_bounds is not None
    found = day.problem.feasible_routes(priced, Prizes(day.prizes, day.visits))
    (visit,) = (visit for route in found for visit in route.visits)
    assert visit.households == most_households(day)
    assert priced.upper_bounds.tolist() == [5.0 + 2.0 * visit.households]


def most_households(day: Day) -> int:
    return max(h for _, option in day.options() for _, h in option.visits)


# ---- Weeks ----


@cache
def week(seed: int) -> tuple[Problem, float | None]:
    """Return a problem with shortest ways, and the most that any plan reaches."""
    problem = by_shortest_ways(small_problem(seed, WEEKS))
    if seed >= OLD_WEEKS:
        problem = with_version_2(problem, seed)
    return problem, best_weighted(problem)


def every_route(instance: Instance, tables: NativeInstance) -> Iterator[tuple[int, DayRoute]]:
    """Yield by shift class all that any team can do on any day, whatever the other days are."""
    places = terminal_places(tables)
    for team_class in make_team_classes(instance, tables):
        for shift, nodes in zip(team_class.shifts, team_class.nodes, strict=True):
            team, shift_class = instance.team(shift), int(tables.shift_class[shift])
            for start in {node.place for node in nodes}:
                day = instance.shifts[shift].day
                for option in day_options(instance.problem, team, day, start, places):
                    visits = tuple(Visit(*visit) for visit in dict(option.visits).items())
                    route = DayRoute(start, option.end, visits)
                    has_price = instance.drive_cost > 0
                    yield shift_class, in_order(instance, shift, route) if has_price else route


def in_order(instance: Instance, shift: int, route: DayRoute) -> DayRoute:
    """Return a route with its visits in the order that drives least."""
    orders = [route._replace(visits=visits) for visits in itertools.permutations(route.visits)]
    driven = {
        order: sum(drive_legs(instance, shift, order) or ())
        for order in orders
        if time_day(instance, shift, order) is not None
    }
    return min(driven, key=driven.__getitem__)


each_week = pytest.mark.parametrize("seed", range(OLD_WEEKS + 40))


def master_of_all(instance: Instance) -> RestrictedMaster:
    tables = make_native_instance(instance)
    master = RestrictedMaster(tables, make_team_classes(instance, tables))
    for shift_class, route in every_route(instance, tables):
        master.add_columns(shift_class, route, None)
    return master


def algorithm_with(instance: Instance, routes: Iterable[tuple[int, DayRoute]]) -> BranchAndPrice:
    tables = make_native_instance(instance)
    algorithm = BranchAndPrice(instance, tables, make_team_classes(instance, tables))
    algorithm.reduced_costs(routes)
    return algorithm


def annealed(instance: Instance) -> Annealer:
    annealer = Annealer(
        instance, make_native_instance(instance), initial_solution(instance), seed=1
    )
    for turn in range(20):
        annealer.iterate(200, turn / 20)
    return annealer


@each_week
def test_the_master_over_all_routes_and_the_bound_are_no_lower_than_any_plan(seed: int) -> None:
    """And the bound is no lower than the master until that is cut, or branched on."""
    problem, best = week(seed)
    if best is None:
        return
    instance = Instance(problem)
    duals = master_of_all(instance).solve()
    assert duals is not None
    assert duals.objective >= best - CLOSE
    algorithm = algorithm_with(instance, every_route(instance, make_native_instance(instance)))
    rounds, is_done = algorithm.solve(), False
    for _ in range(PASSES):
        is_done = next(rounds, instance) is instance
        is_split = algorithm.master.cuts or len(algorithm.tree) > 1
        assert algorithm.tree.upper_bound >= duals.objective - CLOSE or is_split
        assert (algorithm.upper_bound or math.inf) >= best - CLOSE
        if is_done:
            break
    assert is_done
    assert math.isfinite(algorithm.tree.upper_bound)


def test_cuts_prove_what_the_linear_program_cannot() -> None:
    problem, best = week(42)
    instance = Instance(problem)
    duals = master_of_all(instance).solve()
    algorithm = algorithm_with(instance, every_route(instance, make_native_instance(instance)))
    for _ in algorithm.solve():
        pass
    assert best is not None
    assert duals is not None
    assert best - CLOSE <= algorithm.tree.upper_bound < duals.objective - 0.3


def test_branches_prove_what_cuts_cannot() -> None:
    """The plan is the best one, and its bound says so once visits are counted."""
    instance = Instance(make_district(12, 1, 2, 2, seed=1))
    annealer = annealed(instance)
    algorithm = algorithm_with(instance, annealer.routes())
    rounds = algorithm.solve()
    while len(algorithm.tree) == 1:
        next(rounds)
    reached = annealer.score()[1]
    assert algorithm.tree.upper_bound > reached + 0.4
    for _ in rounds:
        assert algorithm.tree.upper_bound >= reached
    assert algorithm.upper_bound == reached


def test_no_column_has_positive_reduced_cost_at_an_optimum_with_cuts_and_branches() -> None:
    """Reduced costs are those of the linear program, and every cut that covers a route is in it."""
    instance = Instance(make_district(14, 1, 2, 2, seed=3))
    algorithm = algorithm_with(instance, annealed(instance).routes())
    master, numbers = algorithm.master, set[int]()
    for _ in algorithm.solve():
        numbers.add(len(master.cuts))
        assert max(algorithm.reduced_costs([]).values()) <= CLOSE
    for route in {column.route for column in master.columns}:
        majority = majority_villages(route, master._arrays.households)
        covering = [n for n, cut in enumerate(master.cuts) if cut.covers(majority)]
        assert master._of(route).cuts == covering
    assert len(numbers) > 2
    assert len(algorithm.tree) > 1


def test_a_linear_program_that_presolve_spoils_is_solved_without_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    master = master_of_all(Instance(week(42)[0]))
    expected, solve = master.solve(), master._solver.Solve
    asked: list[int] = []

    def spoiled() -> int:
        asked.append(solve())
        return pywraplp.Solver.ABNORMAL if len(asked) == 1 else asked[-1]

    monkeypatch.setattr(master._solver, "Solve", spoiled)
    found = master.solve()
    assert expected is not None
    assert found is not None
    assert found.objective == pytest.approx(expected.objective)
    assert len(asked) == 2


def test_a_node_is_split_at_the_village_whose_visits_weigh_most() -> None:
    """But not on required villages; and the node with the highest bound comes next."""
    problem = make_district(5, 1, 1, 0, seed=1)
    first, *others = problem.villages
    problem = problem.replace(villages=(replace(first, households=200, required=True), *others))
    tree = BranchAndBoundTree(make_native_instance(Instance(problem)))
    large = max(range(1, 5), key=lambda v: problem.villages[v].households)
    visits = np.ones(5)
    assert not tree.branch(visits)
    visits += 0.5
    tree.lower(100.0)
    assert tree.branch(visits)
    more, fewer = VisitBounds(low=2.0), VisitBounds(high=1.0)
    assert tree.select() == tree.node == Node(100.0, {large: more})
    tree.lower(90.0)
    assert tree.upper_bound == 100.0
    assert tree.select() == tree.node == Node(100.0, {large: fewer})
    tree.lower(80.0)
    assert (tree.upper_bound, len(tree)) == (90.0, 2)


@given(st.data())
def test_no_plan_violates_a_cut(data: st.DataObject) -> None:
    """However the households of villages are shared out, and whichever villages are looked at."""
    households = np.array(data.draw(st.lists(st.integers(1, 9), min_size=3, max_size=5)))
    routes = data.draw(st.integers(1, 5))
    doors = np.zeros((routes, len(households)), dtype=int)
    for village, count in enumerate(households.tolist()):
        for route in data.draw(st.permutations(range(routes))):
            left = count - int(doors[:, village].sum())
            doors[route, village] = data.draw(st.integers(0, left))
    used: dict[frozenset[int], float] = defaultdict(float)
    for row in doors:
        used[majority_villages(as_route(dict(enumerate(row.tolist()))), households)] += 1
    assert separate_cuts(used, len(households)) == {}


@given(st.dictionaries(st.frozensets(st.integers(0, 5), max_size=5), st.floats(0, 1), max_size=9))
def test_all_violated_cuts_are_found(used: dict[frozenset[int], float]) -> None:
    expected = {}
    for size in (1, 3):
        for villages in itertools.combinations(range(6), size):
            cut = SubsetRowCut(villages)
            total = sum(value for majority, value in used.items() if cut.covers(majority))
            if total > 1.03:
                expected[cut] = pytest.approx(total - 1, abs=CLOSE)
    assert separate_cuts(used, 6) == expected


@each_week
def test_the_heuristic_over_all_columns_finds_the_best_plan(seed: int) -> None:
    """But for visits that reach fewer than the least since earlier ones left fewer."""
    problem, best = week(seed)
    if best is None or any(v.min_households > 1 for v in problem.villages):
        return
    instance = Instance(problem)
    columns = master_of_all(instance).columns
    team_classes = make_team_classes(instance, make_native_instance(instance))
    heuristic = RestrictedMasterHeuristic(instance, team_classes, columns, 1)
    solution = heuristic.solve([], seconds=None, work=20.0, threads=1)
    assert solution is not None
    missing, weighted, _ = solution.score()
    assert missing == 0
    assert weighted == pytest.approx(best, abs=CLOSE)
