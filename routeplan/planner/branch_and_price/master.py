"""The restricted master problem: which team class drives which day route on which day.

A linear program over the columns generated so far, solved by OR-Tools GLOP; the package's text
states it. `Duals` holds the dual values by which routes are priced.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from ortools.linear_solver import pywraplp

from routeplan.planner.branch_and_price.branching import VisitBounds, least_counted
from routeplan.planner.branch_and_price.cuts import majority_villages, separate_cuts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from routeplan.planner.branch_and_price.cuts import SubsetRowCut
    from routeplan.planner.branch_and_price.team_classes import DayArc, NightNode, TeamClass
    from routeplan.planner.native_instance import NativeInstance
    from routeplan.planner.routes import DayRoute
    from routeplan.planner.solution import Solution


# A column must improve the objective by so many weighted households to be added.
TOLERANCE = 1e-6


class Column(NamedTuple):
    """A day route that a team class, by its number, may drive along an arc."""

    team_class: int
    arc: DayArc
    route: DayRoute


class Duals(NamedTuple):
    """Dual values at an optimum of the restricted master problem, of value `objective`.

    0 or more are those of a household, shape (villages,), of a bed for a night, shape (places,
    days), of each cut, and of the floor of each district, shape (districts,). A household must
    bring more than `prices`, shape (villages,): its dual value less that of the floor of its
    district. `visits`, shape (villages,), are rewards of a visit, above 0 where a bound asks for
    more; `branching` is what these bounds contribute to the dual objective. `nodes` are by team
    class, day and night node; and those of one team by team class.
    """

    objective: float
    households: NDArray[np.float64]
    prices: NDArray[np.float64]
    visits: NDArray[np.float64]
    branching: float
    beds: NDArray[np.float64]
    cuts: NDArray[np.float64]
    districts: NDArray[np.float64]
    nodes: Mapping[tuple[int, int, NightNode], float]
    team_classes: Sequence[float]

    def node(self, k: int, day: int, node: NightNode) -> float:
        """Return the dual value of a night node; optimistic for one that no column leads to."""
        if day == 0:
            return 0.0
        dual = self.nodes.get((k, day, node))
        if dual is None:
            of_day = (value for (c, d, _), value in self.nodes.items() if (c, d) == (k, day))
            dual = min(of_day, default=0.0)
        return dual


class _Coefficients(NamedTuple):
    """What of a route its columns have in common: its visits, and the numbers of its cuts.

    `counted` are the villages to which it makes a visit that counts, `majority` those more than
    half of whose households it reaches.
    """

    villages: list[int]
    households: NDArray[np.float64]
    counted: list[int]
    majority: frozenset[int]
    cuts: list[int]


class RestrictedMaster:
    """The linear program over the columns added so far."""

    def __init__(self, arrays: NativeInstance, team_classes: Sequence[TeamClass]) -> None:
        self._arrays, self._team_classes = arrays, team_classes
        self._solver = pywraplp.Solver.CreateSolver("GLOP")
        self._infinity = self._solver.infinity()
        self._objective = self._solver.Objective()
        self._objective.SetMaximization()
        # Penalty of an artificial variable: a visit too many or too few.
        self._penalty = float(arrays.weight @ arrays.households)
        row = self._solver.Constraint
        self._households = [row(-self._infinity, float(h)) for h in arrays.households]
        self._districts = [row(float(floor), self._infinity) for floor in arrays.floors]
        for of_district in self._districts:
            self._add_artificial(of_district, 1.0)
        self._teams = [row(float(each.count), float(each.count)) for each in team_classes]
        self._nodes: dict[tuple[int, int, NightNode], pywraplp.Constraint] = {}
        teams = sum(each.count for each in team_classes)
        self._beds = {
            (int(place), day): row(-self._infinity, float(arrays.beds[place]))
            for place in arrays.overnight_places
            for day in range(arrays.days)
            if arrays.beds[place] < teams
        }
        self.columns: dict[Column, pywraplp.Variable] = {}
        self._coefficients: dict[DayRoute, _Coefficients] = {}
        self._first_of_class = arrays.first_of_class
        self._least_counted = least_counted(arrays)
        self._visits: dict[int, pywraplp.Constraint] = {}
        self._visit_bounds: dict[int, VisitBounds] = {}
        self.bound_visits({})
        self.cuts: list[SubsetRowCut] = []
        self._cut_rows: list[pywraplp.Constraint] = []
        self._values: dict[Column, float] = {}

    def bound_visits(self, bounds: Mapping[int, VisitBounds]) -> None:
        """Replace the bounds on the visits of villages; those of required villages stay."""
        required = np.flatnonzero(self._arrays.required).tolist()
        self._visit_bounds = dict.fromkeys(required, VisitBounds(low=1.0)) | dict(bounds)
        for village in self._visit_bounds.keys() - self._visits.keys():
            self._visits[village] = self._add_visit_row(village)
        for village, row in self._visits.items():
            low, high = self._visit_bounds.get(village, VisitBounds())
            row.SetBounds(max(low, -self._infinity), min(high, self._infinity))

    def add_columns(self, shift_class: int, route: DayRoute, duals: Duals | None) -> int:
        """Add a route's columns of positive reduced cost (all without duals); return how many."""
        of_route = 0.0 if duals is None else self._route_reduced_cost(shift_class, route, duals)
        added = 0
        for k, team_class in enumerate(self._team_classes):
            for arc in team_class.arcs(shift_class, route.start, route.end):
                column = Column(k, arc, route)
                if duals is not None and of_route + self._arc_dual(column, duals) <= TOLERANCE:
                    continue
                if column not in self.columns:
                    self._add(column)
                    added += 1
        return added

    def stop(self) -> None:
        """End a solve that is under way."""
        self._solver.InterruptSolve()

    def solve(self) -> Duals | None:
        """Solve the linear program; return None where no optimum was found."""
        status = self._solver.Solve()
        if status == pywraplp.Solver.ABNORMAL:
            # Presolve may fail from the last basis; without it, it never has yet.
            self._solver.SetSolverSpecificParametersAsString("use_preprocessing:false")
            status = self._solver.Solve()
            self._solver.SetSolverSpecificParametersAsString("")
        if status != pywraplp.Solver.OPTIMAL:
            return None
        values = ((column, var.solution_value()) for column, var in self.columns.items())
        self._values = {column: value for column, value in values if value > TOLERANCE}
        return self._read_duals()

    def _read_duals(self) -> Duals:
        t = self._arrays
        visits, beds, branching = np.zeros(len(t.at)), np.zeros((t.places, t.days)), 0.0
        for village, (low, high) in self._visit_bounds.items():
            dual = self._visits[village].dual_value()
            bound = high if dual > 0.0 else low
            if math.isfinite(bound):
                visits[village] = -dual
                branching += dual * bound
        for bed, row in self._beds.items():
            beds[bed] = max(0.0, row.dual_value())
        households = np.maximum(np.array([r.dual_value() for r in self._households]), 0.0)
        districts = np.array([max(0.0, -row.dual_value()) for row in self._districts])
        return Duals(
            objective=self._objective.Value(),
            households=households,
            # Villages without a district have the number of what is appended.
            prices=households - np.append(districts, 0.0)[t.district],
            visits=visits,
            branching=branching,
            beds=beds,
            cuts=np.array([max(0.0, row.dual_value()) for row in self._cut_rows]),
            districts=districts,
            nodes={key: row.dual_value() for key, row in self._nodes.items()},
            team_classes=[row.dual_value() for row in self._teams],
        )

    def visit_counts(self) -> NDArray[np.float64]:
        """Return how often the solution visits each village, shape (villages,)."""
        counts = np.zeros(len(self._households))
        for column, value in self._values.items():
            counts[self._coefficients[column.route].counted] += value
        return counts

    def separate(self, most: int) -> int:
        """Add the cuts that the solution violates most, at most so many; return how many."""
        usage: dict[frozenset[int], float] = defaultdict(float)
        for column, value in self._values.items():
            usage[self._coefficients[column.route].majority] += value
        violation = separate_cuts(usage, len(self._households))
        new = sorted(violation.keys() - set(self.cuts), key=lambda cut: (-violation[cut], cut))
        first = len(self.cuts)
        self.cuts += new[:most]
        self._cut_rows += [self._solver.Constraint(-self._infinity, 1.0) for _ in new[:most]]
        for of_route in self._coefficients.values():
            numbers = range(first, len(self.cuts))
            of_route.cuts.extend(n for n in numbers if self.cuts[n].covers(of_route.majority))
        for column, variable in self.columns.items():
            for n in self._coefficients[column.route].cuts:
                if n >= first:
                    self._cut_rows[n].SetCoefficient(variable, 1.0)
        return len(new[:most])

    def reduced_costs(self, duals: Duals) -> dict[Column, float]:
        """Return the reduced cost of each column, 0 or less at an optimum."""
        of_routes: dict[tuple[int, DayRoute], float] = {}
        found = {}
        for column in self.columns:
            key = column.arc.shift_class, column.route
            if key not in of_routes:
                of_routes[key] = self._route_reduced_cost(*key, duals)
            found[column] = of_routes[key] + self._arc_dual(column, duals)
        return found

    def pricing_thresholds(self, duals: Duals) -> dict[tuple[int, int], float]:
        """Return the best value that a column of the solution has in pricing, by class and day.

        As in pricing, the dual value of the team is left out on the first day.
        """
        classes = enumerate(self._team_classes)
        days = ((k, day) for k, each in classes for day in range(len(each.shifts)))
        best = dict.fromkeys(days, -math.inf)
        for column in self._values:
            k, arc, route = column
            value = self._route_reduced_cost(arc.shift_class, route, duals)
            value += self._arc_dual(column, duals)
            if arc.day == 0:
                value += float(duals.team_classes[k])
            best[k, arc.day] = max(value, best[k, arc.day])
        return best

    def _of(self, route: DayRoute) -> _Coefficients:
        """Return the coefficients of a route, worked out once."""
        found = self._coefficients.get(route)
        if found is None:
            least, majority = self._least_counted, majority_villages(route, self._arrays.households)
            found = self._coefficients[route] = _Coefficients(
                villages=[visit.village for visit in route.visits],
                households=np.array([visit.households for visit in route.visits], dtype=float),
                counted=[v.village for v in route.visits if v.households >= least[v.village]],
                majority=majority,
                cuts=[n for n, cut in enumerate(self.cuts) if cut.covers(majority)],
            )
        return found

    def _beside_households(self, shift_class: int, route: DayRoute) -> float:
        """Return the bonuses of a route of a shift class, less the cost of its driving."""
        t, shift, value = self._arrays, self._first_of_class[shift_class], 0.0
        villages, households = self._of(route)[:2]
        if t.bonus_set[shift] >= 0:
            value += float(t.bonus[t.bonus_set[shift], villages][households > 0].sum())
        if t.drive_cost:
            places = [route.start, *t.at[villages], route.end]
            value -= t.drive_cost * float(t.drive[t.vehicle[shift], places[:-1], places[1:]].sum())
        return value

    def _route_reduced_cost(self, shift_class: int, route: DayRoute, duals: Duals) -> float:
        """Return the part of a column's reduced cost that its route decides."""
        villages, households, counted, _, cuts = self._of(route)
        net = self._arrays.weight[villages] - duals.prices[villages]
        gain = float(net @ households) + float(duals.visits[counted].sum())
        return gain - float(duals.cuts[cuts].sum()) + self._beside_households(shift_class, route)

    def _arc_dual(self, column: Column, duals: Duals) -> float:
        """Return the part of a column's reduced cost that its arc decides."""
        k, arc, _ = column
        team_class = self._team_classes[k]
        beds = sum(duals.beds[bed] for bed in team_class.beds(arc.day, arc.end.place))
        before = -duals.team_classes[k] if arc.day == 0 else duals.node(k, arc.day, arc.start)
        last = team_class.is_last(arc.day)
        after = 0.0 if last else duals.node(k, arc.day + 1, arc.end)
        return float(before - after - beds)

    def _add_visit_row(self, village: int) -> pywraplp.Constraint:
        row = self._solver.Constraint(-self._infinity, self._infinity)
        for column, variable in self.columns.items():
            if village in self._coefficients[column.route].counted:
                row.SetCoefficient(variable, 1.0)
        for sign in (1.0, -1.0):
            self._add_artificial(row, sign)
        return row

    def _add_artificial(self, row: pywraplp.Constraint, coefficient: float) -> None:
        artificial = self._solver.NumVar(0.0, self._infinity, "")
        row.SetCoefficient(artificial, coefficient)
        self._objective.SetCoefficient(artificial, -self._penalty)

    def _add(self, column: Column) -> None:
        k, arc, route = column
        team_class = self._team_classes[k]
        variable = self.columns[column] = self._solver.NumVar(0.0, self._infinity, "")
        villages, households, counted, _, cuts = self._of(route)
        weighted = float(self._arrays.weight[villages] @ households)
        weighted += self._beside_households(arc.shift_class, route)
        self._objective.SetCoefficient(variable, weighted)
        for village, reached in zip(villages, households.tolist(), strict=True):
            self._households[village].SetCoefficient(variable, reached)
        for number, row in enumerate(self._districts):
            inside = self._arrays.district[villages] == number
            row.SetCoefficient(variable, float(households[inside].sum()))
        for village in self._visits.keys() & set(counted):
            self._visits[village].SetCoefficient(variable, 1.0)
        for n in cuts:
            self._cut_rows[n].SetCoefficient(variable, 1.0)
        if arc.day == 0:
            self._teams[k].SetCoefficient(variable, 1.0)
        else:
            self._node_row(k, arc.day, arc.start).SetCoefficient(variable, -1.0)
        if not team_class.is_last(arc.day):
            self._node_row(k, arc.day + 1, arc.end).SetCoefficient(variable, 1.0)
        for bed in team_class.beds(arc.day, arc.end.place):
            if bed in self._beds:
                self._beds[bed].SetCoefficient(variable, 1.0)

    def _node_row(self, k: int, day: int, node: NightNode) -> pywraplp.Constraint:
        key = (k, day, node)
        if key not in self._nodes:
            self._nodes[key] = self._solver.Constraint(0.0, 0.0)
        return self._nodes[key]


def columns_of(
    solution: Solution, team_classes: Sequence[TeamClass], arrays: NativeInstance
) -> list[Column]:
    """Return the columns that a solution is made of; none where it breaks a limit of nights."""
    found = []
    for k, team_class in enumerate(team_classes):
        for chain in team_class.chains:
            node = team_class.origin
            for day, shift in enumerate(chain):
                route = solution.routes[shift]
                arcs = team_class.arcs(int(arrays.shift_class[shift]), route.start, route.end)
                arc = next((arc for arc in arcs if arc.day == day and arc.start == node), None)
                if arc is None:
                    return []
                found.append(Column(k, arc, route))
                node = arc.end
    return found
