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
from routeplan.planner.branch_and_price.branching import Leaf, Limit, Tree
from routeplan.planner.branch_and_price.certificate import Certificate
from routeplan.planner.branch_and_price.choice import Choice
from routeplan.planner.branch_and_price.cuts import Cut, broken_cuts, majors_of
from routeplan.planner.branch_and_price.master import Master
from routeplan.planner.branch_and_price.network import (
    NOTHING,
    Ends,
    Worth,
    make_network,
    make_nodes,
    turned,
)
from routeplan.planner.branch_and_price.pricing import LabelMemory, Pricer
from routeplan.planner.branch_and_price.team_classes import (
    Route,
    make_team_classes,
    sleeping_places,
)
from routeplan.planner.instance import DayRoute, Instance, Visit
from routeplan.planner.native_instance import make_native_instance
from routeplan.planner.ruin_and_recreate import Annealer
from routeplan.planner.solution import initial_solution, time_day
from routeplan.planner.times import is_metric
from tests.bench.districts import make_district
from tests.helpers.small_problems import Size, small_problem
from tests.oracles import planner as oracle
from tests.oracles.brute_force import best_weighted
from tests.oracles.brute_force_days import day_options
from tests.planner.test_ortools_routing import lone_village

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from routeplan.planner.branch_and_price.network import Network
    from routeplan.planner.branch_and_price.pricing import Priced
    from routeplan.planner.native_instance import NativeInstance
    from tests.oracles.brute_force_days import DayOption

DAYS = Size(villages=(2, 5), households=(1, 4), teams=(1, 1), days=(1, 2))
MANY = Size(villages=(4, 5), households=(1, 4), teams=(1, 1), days=(1, 1))
WEEKS = Size(villages=(2, 4), households=(1, 3), teams=(1, 2), days=(1, 3))
CLOSE = 1e-6
PASSES = 100
MORNING = Window(10 * 3600, 11 * 3600 + 1800)

seeds = st.integers(0, 10**6)


class Day:
    """One shift, with prizes of a seed, as pricing sees it and as brute force does."""

    def __init__(self, problem: Problem, seed: int) -> None:
        self.instance = Instance(problem)
        self.tables: NativeInstance = make_native_instance(self.instance)
        rng = Random(seed)
        self.shift = rng.randrange(len(self.instance.shifts))
        self.places = sleeping_places(self.tables)
        self.starts = rng.sample(self.places, rng.randint(1, len(self.places)))
        self.bonus = np.array([rng.choice([0.0, rng.uniform(-2, 2)]) for _ in self.starts])
        villages = problem.villages
        self.prizes = np.array([rng.choice([0.0, rng.uniform(0, 2)]) for _ in villages])
        self.visits = np.array(
            [rng.uniform(0, 3) if v.required else rng.choice([0.0, rng.uniform(-2, 3)])
             for v in villages]
        )  # fmt: skip
        metric = is_metric(self.instance.travel(self.shift), self.instance.at)
        self.pricer = Pricer(self.tables, self.shift, LabelMemory(), metric=metric)
        self.ending = np.zeros(len(self.places))
        self.cuts: list[tuple[Cut, float]] = []

    @property
    def ends(self) -> Ends:
        return Ends(np.array(self.starts), self.bonus, np.array(self.places), self.ending)

    def price(self, *, exact: bool = True, floor: float = NOTHING) -> Priced:
        worth = Worth(self.prizes, self.visits, self.cuts)
        return self.pricer.price(self.ends, worth, exact=exact, floor=floor)

    def network(self) -> Network:
        """Return the pricing network of all villages, without cuts."""
        tables, worth = self.pricer._single, Worth(self.prizes, self.visits)
        nodes = make_nodes(tables, np.arange(tables.villages), worth, metric=False)
        return make_network(tables, nodes, self.ends, worth, {})

    def options(self) -> Iterator[tuple[float, DayOption]]:
        """Yield all that the team can do on the day, with what it brings."""
        team = self.instance.team(self.shift)
        day = self.instance.shifts[self.shift].day
        for start, bonus in zip(self.starts, self.bonus, strict=True):
            for option in day_options(self.instance.problem, team, day, start, self.places):
                doors = sum(self.prizes[v] * h for v, h in option.visits)
                yield float(bonus + doors + self.made(option.visits)), option

    def made(self, visits: Iterable[tuple[int, int]]) -> float:
        """Return what visits that count bring beside their doors."""
        return float(sum(self.visits[v] for v, h in visits if self.counts(v, h)))

    def counts(self, village: int, households: int) -> bool:
        """Tell whether a visit is more than a remainder, or all that is asked for."""
        inst = self.instance
        if inst.required[village] and (households > 0 or inst.min_households[village] == 0):
            return True
        enough = not inst.whole[village] and households >= inst.min_households[village]
        return bool(enough or households == inst.max_households[village])

    def makes_sense(self, option: DayOption) -> bool:
        """Tell whether every visit may be needed: for its doors, as the required one, or as a way.

        One without doors, where earlier ones reached all, is none of the first two.
        """
        if not self.pricer._metric:
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
    day = Day(working(small_problem(seed, DAYS)), prizes)
    values = day.price().values
    assert values is not None
    assert (values >= day.best(day.makes_sense) - CLOSE).all()


@settings(max_examples=100)
@given(seed=seeds, prizes=seeds)
def test_no_day_brings_more_where_a_village_is_worth_less_than_nothing(
    seed: int, prizes: int
) -> None:
    """Doors of a required village may cost, and the visit be worth it all the same."""
    required = each_village(small_problem(seed, DAYS), lambda v: replace(v, required=True))
    day = Day(working(required), prizes)
    day.prizes -= 0.7
    values = day.price().values
    assert values is not None
    assert (values >= day.best(day.makes_sense) - CLOSE).all()


@settings(max_examples=100)
@given(seed=seeds, prizes=seeds)
def test_values_are_those_of_the_best_days_where_visits_are_all_or_none(
    seed: int, prizes: int
) -> None:
    """With shortest ways, all villages in each other's ng-sets, and the drive limit heeded."""
    problem = each_village(by_shortest_ways(small_problem(seed, DAYS)), all_or_none)
    day = Day(working(problem), prizes)
    day.pricer._strict = True
    values = day.price().values
    assert values is not None
    assert values == pytest.approx(day.best(_reaches_all(problem)), abs=CLOSE)


@settings(max_examples=100)
@given(seed=seeds, prizes=seeds)
def test_values_are_those_of_the_best_days_where_doors_take_no_time(seed: int, prizes: int) -> None:
    problem = each_village(
        by_shortest_ways(small_problem(seed, DAYS)),
        lambda v: replace(v, min_households=max(1, v.min_households)),
    )
    teams = tuple(replace(team, households_per_hour=None) for team in problem.teams)
    day = Day(working(problem.replace(teams=teams)), prizes)
    day.pricer._strict = True
    values = day.price().values
    assert values is not None
    assert values == pytest.approx(day.best(lambda _: True), abs=CLOSE)


@settings(max_examples=150)
@given(seed=seeds, prizes=seeds)
def test_days_that_bring_as_much_as_is_wanted_are_bounded_and_no_others_need_be(
    seed: int, prizes: int
) -> None:
    day = Day(working(small_problem(seed, DAYS)), prizes)
    rng = Random(prizes)
    day.ending = np.array([rng.choice([-math.inf, rng.uniform(-2, 2)]) for _ in day.places])
    full = day.price().values
    best = day.best(day.makes_sense) + day.ending
    assert full is not None
    most = float(best.max())
    floor = most - rng.uniform(0.001, 0.1) if math.isfinite(most) else 0.0
    values = day.price(floor=floor).values
    assert values is not None
    assert (values <= full + CLOSE).all()
    wanted = best > floor + CLOSE
    assert (values + day.ending >= best - CLOSE)[wanted].all()


@settings(max_examples=60)
@given(seed=seeds, prizes=seeds, steps=st.integers(1, 40), back=st.booleans())
def test_completion_bounds_are_what_labels_bring_a_step_of_time_more_or_less(
    seed: int, prizes: int, steps: int, *, back: bool
) -> None:
    """At each node, with the rest still to come and taken, in both directions of the day."""
    day = Day(working(small_problem(seed, DAYS)), prizes)
    network = turned(day.network(), day.ending) if back else day.network()
    bounds = np.empty((2, network.nodes, steps))
    with LabelMemory().extended(network, exact=True) as (made, pool):
        stepped = network._replace(steps=steps)
        native.call("bound_completions", stepped, pool, made, np.empty_like(bounds), bounds)
        labels = oracle.read_labels(network, pool, made)
    step = (network.work_end - network.work_start) / steps
    for (rested, node, number), bound in np.ndenumerate(bounds):
        least, most = (
            oracle.most_after(network, labels, node, rested=bool(rested), seconds=seconds)
            for seconds in ((number + 1) * step - CLOSE, (number + 2) * step + CLOSE)
        )
        assert max(least, NOTHING) - CLOSE <= bound <= max(most, NOTHING) + CLOSE


@settings(max_examples=150)
@given(seed=seeds, prizes=seeds)
def test_no_day_brings_more_than_the_value_of_its_end_less_what_its_cuts_cost(
    seed: int, prizes: int
) -> None:
    day = Day(working(small_problem(seed, MANY)), prizes)
    rng, villages = Random(prizes), range(len(day.tables.households))
    sizes = [size for size in (1, 3, 3, 3, 3) if size <= len(villages)]
    day.cuts = [(Cut(tuple(sorted(rng.sample(villages, n)))), rng.uniform(0, 8)) for n in sizes]
    values = day.price().values
    assert values is not None
    most = dict.fromkeys(day.places, -math.inf)
    for worth, option in day.options():
        majors = majors_of(as_route(dict(option.visits)), day.tables.households)
        costs = sum(price for cut, price in day.cuts if cut.counts(majors))
        if day.makes_sense(option):
            most[option.end] = max(most[option.end], worth - costs)
    assert (values >= np.array([most[place] for place in day.places]) - CLOSE).all()


def test_a_day_with_half_of_a_cut_behind_it_does_not_stand_for_one_without() -> None:
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
    assert day.price().values == pytest.approx([60.2])
    day.cuts = [(Cut((0, 3, 4)), 5.0)]
    assert day.price().values == pytest.approx([60.0])
    assert day.price(floor=59.9).values == pytest.approx([60.0])


def test_a_village_whose_visit_is_wanted_is_not_come_back_to_from_afar() -> None:
    """Though too many villages lie nearer to those that are visited in between."""
    minutes = {"base": 0, "wanted": 10} | {f"far{n}": 60 + n for n in range(9)}
    villages = tuple(Village(name, 1) for name in minutes if name != "base")
    day = Day(along_a_road(minutes, villages), 0)
    day.starts, day.bonus = [0], np.zeros(1)
    day.prizes, day.visits = np.ones(10), np.array([100.0, *[0.0] * 9])
    assert day.price().values == pytest.approx([110.0])


@pytest.mark.parametrize("seed", range(4))
def test_the_best_days_of_a_district_are_found_whatever_is_not_wanted(seed: int) -> None:
    """With cuts and without."""
    day = Day(make_district(24, 1, 1, 0, seed=seed), seed)
    rng = Random(seed)
    three = [tuple(sorted(rng.sample(range(24), 3))) for _ in range(12)]
    for day.cuts in ([], [(Cut(villages), rng.uniform(1, 40)) for villages in three]):
        values = day.price().values
        assert values is not None
        best = float(values.max())
        assert day.price(floor=best - 1e-6).values == pytest.approx(values)


def as_route(doors: dict[int, int]) -> Route:
    """Return a route of which only the doors matter."""
    return Route(0, 0, 0, tuple(doors), tuple(doors.values()))


def _reaches_all(problem: Problem) -> Callable[[DayOption], bool]:
    villages = problem.villages
    return lambda option: all(h == villages[v].households for v, h in option.visits)


@settings(max_examples=150)
@given(seed=seeds, prizes=seeds, exact=st.booleans())
def test_every_route_that_is_found_can_be_driven(seed: int, prizes: int, *, exact: bool) -> None:
    """Its doors are no more than a visit may reach, and it brings no more than its end's value."""
    day = Day(working(small_problem(seed, DAYS)), prizes)
    priced, inst = day.price(exact=exact), day.instance
    values = {} if priced.values is None else dict(zip(day.places, priced.values, strict=True))
    bonus = dict(zip(day.starts, day.bonus, strict=True))
    for route in day.pricer.routes(priced, day.prizes):
        visits = tuple(Visit(v, h) for v, h in zip(route.villages, route.doors, strict=True))
        assert time_day(inst, day.shift, DayRoute(route.start, route.end, visits)) is not None
        worth = float(bonus[route.start])
        for village, households in visits:
            assert households <= inst.max_households[village]
            assert not inst.whole[village] or households == inst.households[village]
            worth += float(day.prizes[village] * households)
        worth += day.made(visits)
        assert worth <= values.get(route.end, math.inf) + CLOSE


def test_the_value_of_a_day_by_hand() -> None:
    """Of 300 households a day of 10 hours of doors, setup and rest apart, reaches 183."""
    day = Day(lone_village("too many households"), 0)
    day.starts, day.bonus = [0], np.array([5.0])
    day.prizes, day.visits = np.array([2.0]), np.array([0.0])
    priced = day.price()
    assert priced.values is not None
    (route,) = (r for r in day.pricer.routes(priced, day.prizes) if r.villages)
    assert route.doors == (most_doors(day),)
    assert priced.values.tolist() == [5.0 + 2.0 * route.doors[0]]


def most_doors(day: Day) -> int:
    return max(h for _, option in day.options() for _, h in option.visits)


# ---- Weeks ----


@cache
def week(seed: int) -> tuple[Problem, float | None]:
    """Return a problem with shortest ways, and the most that any plan reaches."""
    problem = by_shortest_ways(small_problem(seed, WEEKS))
    return problem, best_weighted(problem)


def every_route(instance: Instance, tables: NativeInstance) -> Iterator[Route]:
    """Yield all that any team can do on any day, whatever the other days are; in no order."""
    places = sleeping_places(tables)
    for crew in make_team_classes(instance, tables):
        for shift, nodes in zip(crew.shifts, crew.nodes, strict=True):
            team, kind = instance.team(shift), int(tables.shift_class[shift])
            for start in {node.place for node in nodes}:
                day = instance.shifts[shift].day
                for option in day_options(instance.problem, team, day, start, places):
                    doors = dict(option.visits)
                    yield Route(kind, start, option.end, tuple(doors), tuple(doors.values()))


each_week = pytest.mark.parametrize("seed", range(60))


def master_of_all(instance: Instance) -> Master:
    tables = make_native_instance(instance)
    master = Master(tables, make_team_classes(instance, tables))
    for route in every_route(instance, tables):
        master.offer(route, None)
    return master


def certificate_of(instance: Instance, routes: Iterable[Route]) -> Certificate:
    tables = make_native_instance(instance)
    certificate = Certificate(instance, tables, make_team_classes(instance, tables))
    certificate.gains(routes)
    return certificate


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
    assert duals.value >= best - CLOSE
    certificate = certificate_of(instance, every_route(instance, make_native_instance(instance)))
    for _ in range(PASSES):
        more = certificate.improve(None)
        is_split = certificate.master.cuts or certificate.tree.leaves > 1
        assert certificate.bound >= duals.value - CLOSE or is_split
        assert (certificate.proven() or math.inf) >= best - CLOSE
        if not more:
            break
    assert not more
    assert math.isfinite(certificate.bound)


def test_cuts_prove_what_the_linear_program_cannot() -> None:
    problem, best = week(42)
    instance = Instance(problem)
    duals = master_of_all(instance).solve()
    certificate = certificate_of(instance, every_route(instance, make_native_instance(instance)))
    while certificate.improve(None):
        pass
    assert best is not None
    assert duals is not None
    assert best - CLOSE <= certificate.bound < duals.value - 0.3


def test_branches_prove_what_cuts_cannot() -> None:
    """The plan is the best one, and its bound says so once visits are counted."""
    instance = Instance(make_district(12, 1, 2, 2, seed=1))
    annealer = annealed(instance)
    certificate = certificate_of(instance, annealer.routes())
    while certificate.tree.leaves == 1:
        assert certificate.improve(None)
    reached = annealer.score()[1]
    assert certificate.bound > reached + 0.4
    while certificate.improve(None):
        assert certificate.bound >= reached
    assert certificate.proven() == reached


def test_no_column_gains_at_an_optimum_whatever_cuts_and_branches_have_come_in() -> None:
    """What a column gains is what the linear program counts for it, and all cuts count it."""
    instance = Instance(make_district(14, 1, 2, 2, seed=3))
    certificate = certificate_of(instance, annealed(instance).routes())
    master, numbers = certificate.master, set[int]()
    while certificate.improve(None):
        numbers.add(len(master.cuts))
        assert max(certificate.gains([]).values()) <= CLOSE
    for route in {route for _, _, route in master.columns}:
        majors = majors_of(route, master._tables.households)
        counting = [n for n, cut in enumerate(master.cuts) if cut.counts(majors)]
        assert master._counting(route) == counting
    assert len(numbers) > 2
    assert certificate.tree.leaves > 1


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
    assert found.value == pytest.approx(expected.value)
    assert len(asked) == 2


def test_a_leaf_is_split_where_most_hangs_on_a_visit_more_or_less() -> None:
    """But not on required villages; and the leaf with the highest bound comes next."""
    problem = make_district(5, 1, 1, 0, seed=1)
    first, *others = problem.villages
    problem = problem.replace(villages=(replace(first, households=200, required=True), *others))
    tree = Tree(make_native_instance(Instance(problem)))
    large = max(range(1, 5), key=lambda v: problem.villages[v].households)
    visits = np.ones(5)
    assert not tree.branch(visits)
    visits += 0.5
    tree.lower(100.0)
    assert tree.branch(visits)
    assert tree.leaf == Leaf(100.0, {large: Limit(2.0, math.inf)})
    assert not tree.turn()
    tree.lower(90.0)
    assert tree.bound == 100.0
    assert tree.turn()
    assert tree.leaf == Leaf(100.0, {large: Limit(-math.inf, 1.0)})
    tree.lower(80.0)
    assert (tree.bound, tree.leaves) == (90.0, 2)


@given(st.data())
def test_no_plan_breaks_a_cut(data: st.DataObject) -> None:
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
        used[majors_of(as_route(dict(enumerate(row.tolist()))), households)] += 1
    assert broken_cuts(used, len(households)) == {}


@given(st.dictionaries(st.frozensets(st.integers(0, 5), max_size=5), st.floats(0, 1), max_size=9))
def test_all_cuts_that_are_broken_are_found(used: dict[frozenset[int], float]) -> None:
    expected = {}
    for size in (1, 3):
        for villages in itertools.combinations(range(6), size):
            cut = Cut(villages)
            total = sum(value for majors, value in used.items() if cut.counts(majors))
            if total > 1.03:
                expected[cut] = pytest.approx(total - 1, abs=CLOSE)
    assert broken_cuts(used, 6) == expected


@each_week
def test_choosing_among_all_routes_finds_the_best_plan(seed: int) -> None:
    """But for visits that reach fewer than the least since earlier ones left fewer."""
    problem, best = week(seed)
    if best is None or any(v.min_households > 1 for v in problem.villages):
        return
    instance = Instance(problem)
    columns = master_of_all(instance).columns
    crews = make_team_classes(instance, make_native_instance(instance))
    solution = Choice(instance, crews, columns, 1).solve([], seconds=None, work=20.0, threads=1)
    assert solution is not None
    missing, weighted, _ = solution.score()
    assert missing == 0
    assert weighted == pytest.approx(best, abs=CLOSE)
