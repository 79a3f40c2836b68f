"""The master problem: which crew drives which day route on which day, as a linear program.

Rows are households of villages, nights (a crew's routes of one day end where those of its next day
begin), beds, crews, limits of visits and cuts; see `Duals` for what they are worth.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from ortools.linear_solver import pywraplp

from routeplan.planner.branch_and_price.branching import Limit, fewest_counted
from routeplan.planner.branch_and_price.cuts import broken_cuts, majors_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from routeplan.planner.branch_and_price.cuts import Cut
    from routeplan.planner.branch_and_price.team_classes import DayArc, Node, Route, TeamClass
    from routeplan.planner.native_instance import NativeInstance

__all__ = ["Column", "Duals", "Master", "Prices"]

Column = tuple[int, "DayArc", "Route"]
"""A crew, by its number, one of its days, and what it does."""

# A column must gain so much, in weighted households, to be worth taking in.
GAIN = 1e-6


class Prices(NamedTuple):
    """What villages and beds are worth: the duals that a bound is made of.

    Parameters
    ----------
    households
        Shape (villages,): of one household there, 0 or more.
    visits
        Shape (villages,): of a visit to a village, more than 0 where more visits are wanted, less
        where fewer are.
    limits
        What the limits of visits add to a bound.
    beds
        Shape (places, days): of a bed on a night, 0 or more.
    cuts
        Shape (cuts,): of a cut's right side, 0 or more.
    """

    households: NDArray[np.float64]
    visits: NDArray[np.float64]
    limits: float
    beds: NDArray[np.float64]
    cuts: NDArray[np.float64]


class Duals(NamedTuple):
    """What an optimum of the linear program says.

    Parameters
    ----------
    value
        Of the optimum.
    prices
        Of villages and beds.
    nodes
        By crew, day and node where it begins: what has been brought in until there.
    crews
        By crew: what one team more would bring.
    """

    value: float
    prices: Prices
    nodes: Mapping[tuple[int, int, Node], float]
    crews: Sequence[float]

    def node(self, k: int, day: int, node: Node) -> float:
        """Return the dual of a node; one that no column leads to looks worth going to."""
        if day == 0:
            return 0.0
        known = self.nodes.get((k, day, node))
        if known is None:
            of_day = (dual for (c, d, _), dual in self.nodes.items() if (c, d) == (k, day))
            known = min(of_day, default=0.0)
        return known


class Master:
    """The linear program over the routes that were taken in so far.

    Parameters
    ----------
    tables, crews
        The instance.
    """

    def __init__(self, tables: NativeInstance, crews: Sequence[TeamClass]) -> None:
        self._tables, self._crews = tables, crews
        self._solver = pywraplp.Solver.CreateSolver("GLOP")
        self._endless = self._solver.infinity()
        self._objective = self._solver.Objective()
        self._objective.SetMaximization()
        # A visit too many or too few costs that much, so that no limit is out of reach.
        self._stretch = float(tables.weight @ tables.households)
        row = self._solver.Constraint
        self._households = [row(-self._endless, float(h)) for h in tables.households]
        self._of_crews = [row(float(crew.count), float(crew.count)) for crew in crews]
        self._nodes: dict[tuple[int, int, Node], pywraplp.Constraint] = {}
        teams = sum(crew.count for crew in crews)
        self._beds = {
            (int(place), day): row(-self._endless, float(tables.beds[place]))
            for place in tables.overnight_places
            for day in range(tables.days)
            if tables.beds[place] < teams
        }
        self.columns: dict[Column, pywraplp.Variable] = {}
        self._fewest = fewest_counted(tables)
        self._visits: dict[int, pywraplp.Constraint] = {}
        self._limits: dict[int, Limit] = {}
        self.limit({})
        self.cuts: list[Cut] = []
        self._of_cuts: list[pywraplp.Constraint] = []
        self._counted: dict[Route, list[int]] = {}
        self._used: dict[Column, float] = {}

    def limit(self, limits: Mapping[int, Limit]) -> None:
        """Limit the visits of villages from now on, beside those that are required."""
        required = np.flatnonzero(self._tables.required).tolist()
        self._limits = dict.fromkeys(required, Limit(1.0, math.inf)) | dict(limits)
        for village in self._limits.keys() - self._visits.keys():
            self._visits[village] = self._row_of_visits(village)
        for village, row in self._visits.items():
            low, high = self._limits.get(village, Limit(-math.inf, math.inf))
            row.SetBounds(max(low, -self._endless), min(high, self._endless))

    def _row_of_visits(self, village: int) -> pywraplp.Constraint:
        row = self._solver.Constraint(-self._endless, self._endless)
        for (_, _, route), column in self.columns.items():
            if village in self._visited(route):
                row.SetCoefficient(column, 1.0)
        for sign in (1.0, -1.0):
            stretch = self._solver.NumVar(0.0, self._endless, "")
            row.SetCoefficient(stretch, sign)
            self._objective.SetCoefficient(stretch, -self._stretch)
        return row

    def visits(self) -> NDArray[np.float64]:
        """Return how often the solution visits each village, shape (villages,)."""
        found = np.zeros(len(self._households))
        for (_, _, route), value in self._used.items():
            found[self._visited(route)] += value
        return found

    def _visited(self, route: Route) -> list[int]:
        """Return the villages that a route pays a visit which counts."""
        visits = zip(route.villages, route.doors, strict=True)
        return [village for village, doors in visits if doors >= self._fewest[village]]

    def worth(self, route: Route) -> float:
        """Return the weighted households of a route."""
        return float(self._tables.weight[list(route.villages)] @ np.array(route.doors, dtype=float))

    def offer(self, route: Route, duals: Duals | None) -> int:
        """Take a route in on every day on which it gains at the duals; return on how many."""
        own = 0.0 if duals is None else self._own_gain(route, duals.prices)
        added = 0
        for k, crew in enumerate(self._crews):
            for leg in crew.legs(route.kind, route.start, route.end):
                if duals is not None and own + self._leg_gain(k, leg, duals) <= GAIN:
                    continue
                if (k, leg, route) not in self.columns:
                    self._add(k, leg, route)
                    added += 1
        return added

    def _own_gain(self, route: Route, prices: Prices) -> float:
        villages = list(route.villages)
        net = self._tables.weight[villages] - prices.households[villages]
        gain = float(net @ np.array(route.doors, dtype=float))
        gain += float(prices.visits[self._visited(route)].sum())
        return gain - float(prices.cuts[self._counting(route)].sum())

    def _counting(self, route: Route) -> list[int]:
        """Return the cuts that count a route, by number."""
        if route not in self._counted:
            majors = majors_of(route, self._tables.households)
            self._counted[route] = [n for n, cut in enumerate(self.cuts) if cut.counts(majors)]
        return self._counted[route]

    def cut(self, most: int) -> int:
        """Take in the cuts that the solution breaks most, up to so many; return how many."""
        households = self._tables.households
        used: dict[frozenset[int], float] = defaultdict(float)
        for (_, _, route), value in self._used.items():
            used[majors_of(route, households)] += value
        broken = broken_cuts(used, len(households))
        new = sorted(broken.keys() - set(self.cuts), key=lambda cut: (-broken[cut], cut))[:most]
        known = len(self.cuts)
        self.cuts += new
        self._of_cuts += [self._solver.Constraint(-self._endless, 1.0) for _ in new]
        counting: dict[Route, list[int]] = {}
        for route, counted in self._counted.items():
            majors = majors_of(route, households)
            counting[route] = [n for n, cut in enumerate(new, known) if cut.counts(majors)]
            counted.extend(counting[route])
        for (_, _, route), column in self.columns.items():
            for n in counting[route]:
                self._of_cuts[n].SetCoefficient(column, 1.0)
        return len(new)

    def _leg_gain(self, k: int, leg: DayArc, duals: Duals) -> float:
        crew = self._crews[k]
        beds = sum(duals.prices.beds[bed] for bed in crew.beds(leg.day, leg.end.place))
        before = -duals.crews[k] if leg.day == 0 else duals.node(k, leg.day, leg.start)
        is_last = leg.day == len(crew.shifts) - 1
        after = 0.0 if is_last else duals.node(k, leg.day + 1, leg.end)
        return float(before - after - beds)

    def _add(self, k: int, leg: DayArc, route: Route) -> None:
        crew = self._crews[k]
        column = self._solver.NumVar(0.0, self._endless, "")
        self.columns[k, leg, route] = column
        self._objective.SetCoefficient(column, self.worth(route))
        for village, doors in zip(route.villages, route.doors, strict=True):
            self._households[village].SetCoefficient(column, float(doors))
        for village in self._visited(route):
            if village in self._visits:
                self._visits[village].SetCoefficient(column, 1.0)
        for n in self._counting(route):
            self._of_cuts[n].SetCoefficient(column, 1.0)
        if leg.day == 0:
            self._of_crews[k].SetCoefficient(column, 1.0)
        else:
            self._node(k, leg.day, leg.start).SetCoefficient(column, -1.0)
        if leg.day < len(crew.shifts) - 1:
            self._node(k, leg.day + 1, leg.end).SetCoefficient(column, 1.0)
        for bed in crew.beds(leg.day, leg.end.place):
            if bed in self._beds:
                self._beds[bed].SetCoefficient(column, 1.0)

    def _node(self, k: int, day: int, node: Node) -> pywraplp.Constraint:
        key = (k, day, node)
        if key not in self._nodes:
            self._nodes[key] = self._solver.Constraint(0.0, 0.0)
        return self._nodes[key]

    def stop(self) -> None:
        """End a solve that is under way."""
        self._solver.InterruptSolve()

    def solve(self) -> Duals | None:
        """Solve the linear program; None where it has no solution or none was found."""
        status = self._solver.Solve()
        if status == pywraplp.Solver.ABNORMAL:
            # From where the last solution left off, presolve may go astray; without it, never yet.
            self._solver.SetSolverSpecificParametersAsString("use_preprocessing:false")
            status = self._solver.Solve()
            self._solver.SetSolverSpecificParametersAsString("")
        if status != pywraplp.Solver.OPTIMAL:
            return None
        t = self._tables
        values = ((column, var.solution_value()) for column, var in self.columns.items())
        self._used = {column: value for column, value in values if value > GAIN}
        visits, beds = np.zeros(len(t.at)), np.zeros((t.places, t.days))
        limits = 0.0
        for village, (low, high) in self._limits.items():
            dual = self._visits[village].dual_value()
            limit = high if dual > 0.0 else low
            if math.isfinite(limit):
                visits[village] = -dual
                limits += dual * limit
        for bed, row in self._beds.items():
            beds[bed] = max(0.0, row.dual_value())
        households = np.array([row.dual_value() for row in self._households])
        return Duals(
            value=self._objective.Value(),
            prices=Prices(
                np.maximum(households, 0.0),
                visits,
                limits,
                beds,
                np.array([max(0.0, row.dual_value()) for row in self._of_cuts]),
            ),
            nodes={key: row.dual_value() for key, row in self._nodes.items()},
            crews=[row.dual_value() for row in self._of_crews],
        )

    def floors(self, duals: Duals) -> dict[tuple[int, int], float]:
        """Return what the best route that the solution drives brings, by crew and day.

        What it brings is as in pricing: the first days' does not pay for the crew.
        """
        days = ((k, day) for k, crew in enumerate(self._crews) for day in range(len(crew.shifts)))
        found = dict.fromkeys(days, -math.inf)
        for k, leg, route in self._used:
            gain = self._own_gain(route, duals.prices) + self._leg_gain(k, leg, duals)
            if leg.day == 0:
                gain += float(duals.crews[k])
            found[k, leg.day] = max(gain, found[k, leg.day])
        return found

    def gains(self, duals: Duals) -> dict[Column, float]:
        """Return what each column gains at the duals, 0 or less at an optimum."""
        own: dict[Route, float] = {}
        found = {}
        for k, leg, route in self.columns:
            if route not in own:
                own[route] = self._own_gain(route, duals.prices)
            found[k, leg, route] = own[route] + self._leg_gain(k, leg, duals)
        return found
