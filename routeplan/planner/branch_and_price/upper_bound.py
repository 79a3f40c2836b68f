"""Upper bounds: of the time that teams have, at once, and of dual values; and their rounding."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.model.objective import exact
from routeplan.planner.native_instance import weight_unit
from routeplan.planner.times import outward

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from routeplan.planner.branch_and_price.master import Duals
    from routeplan.planner.branch_and_price.team_classes import TeamClass
    from routeplan.planner.instance import Instance
    from routeplan.planner.native_instance import NativeInstance
    from routeplan.planner.routes import Shift

# Doubles are summed up a few thousand times: the bound is moved outward by far more than that.
OUTWARD = 1e-9


# Of more villages times groups of shifts, all shifts are one group.
MOST_COSTS = 100_000
RESOURCES = 5
# Rows of travel times that are looked at together.
ROWS = 512


class _Group(NamedTuple):
    """Shifts of the same vehicle, pace, hours and windows, and what visits take of their time.

    A household of a village, where it is `open`, takes the `costs` of each of the resources, shape
    (resources, villages); all shifts have `capacity` of these, shape (resources,). It is worth
    `value`, shape (villages,).
    """

    capacity: NDArray[np.float64]
    costs: NDArray[np.float64]
    value: NDArray[np.float64]
    open: NDArray[np.bool_]


def first_bound(instance: Instance) -> float:
    """Return the bound that is known before any search, as the objective of a plan can be."""
    most = outward(instance.most_objective)
    if not instance.shifts or not len(instance.villages):
        return most
    bound = ObjectiveSteps(instance).round_down(capacity_bound(instance) / weight_unit(instance))
    return most if bound is None else min(most, bound)


def capacity_bound(instance: Instance) -> float:
    """Bound the objective by the time that all teams have together.

    A visit takes its setup, its households' time, and at least the shortest drive to the village
    from anywhere; a day with visits takes a rest and a drive to its end, and no less driving than
    its farthest village asks for. With visits divided at will, what can be reached in that time is
    a linear program, a fractional knapsack for each group of shifts (Dantzig 1957, Operations
    Research 5). Its dual values prove the bound, whatever their rounding.
    """
    groups = [_group(instance, shifts) for shifts in _alike(instance)]
    if len(groups) * len(instance.villages) > MOST_COSTS:
        groups = [_merged(groups)]
    prices = _resource_prices(instance, groups)
    households = np.zeros(len(instance.villages))
    bound = float(sum(instance.all_bonuses))
    for group, price in zip(groups, prices, strict=True):
        bound += float(group.capacity @ price)
        households = np.maximum(
            households, np.where(group.open, group.value - price @ group.costs, 0)
        )
    bound += float(households @ instance.households)
    return bound + OUTWARD * max(1.0, abs(bound))


def _alike(instance: Instance) -> list[list[int]]:
    groups: dict[object, list[int]] = {}
    for shift in instance.shifts:
        pace = instance.team(shift.index).vehicle, instance.households_per_hour(shift.index)
        groups.setdefault((*pace, shift.start, shift.end, id(shift.open)), []).append(shift.index)
    return list(groups.values())


def _group(instance: Instance, shifts: Sequence[int]) -> _Group:
    """Return the group of some shifts that are alike but for where they start and end."""
    shift, slow = instance.shifts[shifts[0]], instance.seconds_per_household[shifts[0]]
    starts, ends = (
        sorted({place for s in shifts for place in instance.terminals(s)[side]}) for side in (0, 1)
    )
    first = instance.nearest(shift.index, tuple(starts), to=False)[0][instance.at]
    last = instance.nearest(shift.index, tuple(ends), to=True)[0][instance.at]
    into = np.minimum(_shortest_into(instance, shift.index), first)
    is_open = shift.open & np.isfinite(into)
    back = float(last[is_open].min(initial=np.inf))
    if not (is_open & np.isfinite(first + back)).any():
        is_open[:] = False
        nothing = np.zeros(len(is_open))
        return _Group(np.zeros(RESOURCES), np.zeros((RESOURCES, len(is_open))), nothing, is_open)
    into = np.where(is_open, into, 0.0)
    # When the first visit can begin, and all that follow it must end.
    begin = np.maximum(shift.start + first, shift.opens)
    end = min(int(shift.closes[is_open].max()), shift.end - back)
    doors = end - begin - _least_rest_within(instance, begin, end)
    # The first visit may be to a village where nobody is reached.
    longest, with_drive = (float(each[is_open].max()) for each in (doors, doors + into))
    alone, driven = _time_alone(instance, shift, tuple(starts), tuple(ends))
    spare = np.minimum(longest, alone) - instance.setup
    fits = np.where(slow > 0, spare // np.maximum(slow, 1e-9), np.where(spare >= 0, np.inf, 0.0))
    most = np.minimum(instance.max_households, fits)
    limit = np.inf if instance.drive_limit is None else instance.drive_limit
    is_open &= driven <= limit
    is_open &= (most >= 1) & ~(instance.whole & (most < instance.max_households))
    visits = 1 / np.maximum(most, 1)
    day = shift.end - shift.start
    capacity = (
        day - instance.rest - back,
        longest,
        with_drive,
        min(limit, day) - back,
        1.0,
    )
    visit_costs = (instance.setup + into, instance.setup, instance.setup + into, into)
    services = (slow, slow, slow, np.zeros(len(slow)))
    costs = [a + b * visits for a, b in zip(services, visit_costs, strict=True)]
    # Of all doors and setups of a day, the farthest village leaves no more time than this.
    in_day = np.minimum(longest, day - instance.rest - driven)
    costs.append(np.where(in_day > 0, costs[1] / np.maximum(in_day, 1), 0.0))
    value = instance.weight - instance.drive_cost * into * visits
    return _Group(len(shifts) * np.maximum(capacity, 0.0), np.array(costs), value, is_open)


def _time_alone(
    instance: Instance, shift: Shift, starts: tuple[int, ...], ends: tuple[int, ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the most time that a visit to each village can take, and the driving with no other.

    Shapes are (villages,). No shift that is alike has more time, by way of whatever villages.
    """
    out = instance.shortest(shift.index, starts, to=False)[instance.at]
    back = instance.shortest(shift.index, ends, to=True)[instance.at]
    begin = np.maximum(shift.start + out, shift.opens)
    end = np.minimum(shift.end - back, shift.closes)
    return np.where(np.isfinite(out + back), end - begin, -1.0), out + back


def _shortest_into(instance: Instance, shift: int) -> NDArray[np.float64]:
    """Return the shortest drive to each village from another one, shape (villages,)."""
    times, at = instance.travel(shift), instance.at
    shortest = np.full(len(at), np.inf)
    for begin in range(0, len(at), ROWS):
        rows = np.ix_(at[begin : begin + ROWS], at)
        seconds = np.where(times.reachable[rows], times.seconds[rows], np.inf)
        seconds[np.arange(len(seconds)), np.arange(begin, begin + len(seconds))] = np.inf
        shortest = np.minimum(shortest, seconds.min(axis=0, initial=np.inf))
    return shortest


def _least_rest_within(
    instance: Instance, begin: NDArray[np.float64], end: float
) -> NDArray[np.float64]:
    """Return how much of the rest surely lies between some times of day and another."""

    def within(start: int) -> NDArray[np.float64]:
        return np.maximum(0.0, min(start + instance.rest, end) - np.maximum(start, begin))

    # It is a concave function of when the rest begins.
    least: NDArray[np.float64] = np.minimum(within(instance.rest_from), within(instance.rest_until))
    return least


def _merged(groups: Sequence[_Group]) -> _Group:
    """Return one group that can do what all of them can."""
    costs = np.min([np.where(g.open, g.costs, np.inf) for g in groups], axis=0)
    is_open = np.any([g.open for g in groups], axis=0)
    value = np.max([np.where(g.open, g.value, -np.inf) for g in groups], axis=0)
    capacity = np.sum([g.capacity for g in groups], axis=0)
    return _Group(capacity, np.where(is_open, costs, 0.0), np.where(is_open, value, 0.0), is_open)


def _resource_prices(instance: Instance, groups: Sequence[_Group]) -> list[NDArray[np.float64]]:
    """Return the dual values of each group's resources, 0 or more, shape (resources,)."""
    # It takes a while to load.
    from ortools.linear_solver import pywraplp  # noqa: PLC0415  # loads GLOP

    solver = pywraplp.Solver.CreateSolver("GLOP")
    infinity, objective = solver.infinity(), solver.Objective()
    objective.SetMaximization()
    households = [solver.Constraint(-infinity, float(h)) for h in instance.households]
    rows = []
    for group in groups:
        resources = [solver.Constraint(-infinity, float(most)) for most in group.capacity]
        rows.append(resources)
        for village in np.flatnonzero(group.open).tolist():
            variable = solver.NumVar(0.0, infinity, "")
            objective.SetCoefficient(variable, float(group.value[village]))
            households[village].SetCoefficient(variable, 1.0)
            for row, cost in zip(resources, group.costs[:, village].tolist(), strict=True):
                row.SetCoefficient(variable, cost)
    if solver.Solve() != pywraplp.Solver.OPTIMAL:
        return [np.zeros(len(group.capacity)) for group in groups]
    return [np.maximum([row.dual_value() for row in resources], 0.0) for resources in rows]


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


def _parts_of_objective(instance: Instance) -> Iterator[Fraction]:
    """Yield what can be added to the objective, or taken from it, each any number of times."""
    for village in instance.villages:
        if village.households:
            yield exact(village.weight) * (1 if village.partial else village.households)
    yield from map(exact, instance.all_bonuses)
    yield instance.drive_cost_exactly


class ObjectiveSteps:
    """The values that the objective of a plan can have: multiples of a step."""

    def __init__(self, instance: Instance) -> None:
        self._unit = Fraction(weight_unit(instance))
        parts = [part for part in _parts_of_objective(instance) if part] or [Fraction(1)]
        common = math.lcm(*(part.denominator for part in parts))
        self._step = Fraction(math.gcd(*(int(part * common) for part in parts)), common)

    def round_down(self, bound: float) -> float | None:
        """Return the highest value of a plan up to a bound of the arrays; None for infinity."""
        if not math.isfinite(bound):
            return None
        # The hair is for doubles just below a multiple.
        steps = math.floor(Fraction(bound) * self._unit / self._step + Fraction(1, 10**7))
        return outward(steps * self._step)
