"""The restricted master heuristic: the best plan of the columns at hand, by OR-Tools CP-SAT."""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

from routeplan.planner.exact.model import new_solver
from routeplan.planner.routes import DayRoute, Visit
from routeplan.planner.solution import Solution

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from routeplan.planner.branch_and_price.master import Column
    from routeplan.planner.branch_and_price.team_classes import DayArc, NightNode, TeamClass
    from routeplan.planner.instance import Instance

# Objective coefficients are scaled to integers of this sum.
LARGEST = 10**12


class RestrictedMasterHeuristic:
    """The master problem over some columns, in integers.

    Columns that reach fewer households than a visit must are left out.
    """

    def __init__(
        self,
        instance: Instance,
        team_classes: Sequence[TeamClass],
        columns: Iterable[Column],
        seed: int,
    ) -> None:
        self._instance, self._team_classes = instance, team_classes
        self._model = cp_model.CpModel()
        self._solver = new_solver(seed)
        self._variables = {
            column: self._model.new_int_var(0, team_classes[column.team_class].count, "")
            for column in columns
            if all(h >= instance.min_households[v] for v, h in column.route.visits)
        }
        self._add_households()
        self._add_nights()
        scale = Fraction(LARGEST) / max(instance.most_objective, Fraction(1))
        value_of = instance.route_value
        self._model.maximize(
            sum(
                round(value_of(self._shift_of(column), column.route) * scale) * variable
                for column, variable in self._variables.items()
            )
            - LARGEST * sum(self._add_floors())
        )

    def _shift_of(self, column: Column) -> int:
        return self._team_classes[column.team_class].shifts[column.arc.day]

    def stop(self) -> None:
        """End a solve that is under way."""
        self._solver.stop_search()

    def solve(
        self,
        hint: Iterable[Column],
        *,
        seconds: float | None,
        work: float | None,
        threads: int,
    ) -> Solution | None:
        """Solve; return None where no plan was found.

        The columns of a plan may be the `hint`. Limits are seconds, and `work` is CP-SAT's
        deterministic time.
        """
        hints = Counter(hint)
        for column, variable in self._variables.items():
            self._model.add_hint(variable, hints[column])
        parameters = self._solver.parameters
        parameters.num_workers = threads
        if seconds is not None:
            parameters.max_time_in_seconds = seconds
        if work is not None:
            parameters.max_deterministic_time = work
        is_solved = self._solver.solve(self._model) in {cp_model.OPTIMAL, cp_model.FEASIBLE}
        return self._solution() if is_solved else None

    def _add_households(self) -> None:
        inst, model = self._instance, self._model
        households, visits = defaultdict(list), defaultdict(list)
        for column, variable in self._variables.items():
            for village, reached in column.route.visits:
                households[village].append(reached * variable)
                visits[village].append(variable)
        for village, terms in households.items():
            model.add(sum(terms) <= int(inst.households[village]))
        for village, needed in enumerate(inst.required):
            if needed:
                model.add(sum(visits[village]) >= 1)

    def _add_floors(self) -> list[cp_model.IntVar]:
        """Return how many households each district lacks of its fewest."""
        inst, lacking = self._instance, []
        for number, floor in enumerate(inst.floors.tolist()):
            reached = (
                households * variable
                for column, variable in self._variables.items()
                for village, households in column.route.visits
                if inst.district[village] == number
            )
            lacking.append(self._model.new_int_var(0, floor, ""))
            self._model.add(sum(reached) + lacking[-1] >= floor)
        return lacking

    def _add_nights(self) -> None:
        inst, model = self._instance, self._model
        flow, beds, started = defaultdict(list), defaultdict(list), defaultdict(list)
        for (k, arc, _), variable in self._variables.items():
            team_class = self._team_classes[k]
            if arc.day == 0:
                started[k].append(variable)
            else:
                flow[k, arc.day, arc.start].append(-variable)
            if not team_class.is_last(arc.day):
                flow[k, arc.day + 1, arc.end].append(variable)
            for bed in team_class.beds(arc.day, arc.end.place):
                beds[bed].append(variable)
        for k, team_class in enumerate(self._team_classes):
            model.add(sum(started[k]) == team_class.count)
        for balance in flow.values():
            model.add(sum(balance) == 0)
        for (place, _), sleepers in beds.items():
            model.add(sum(sleepers) <= inst.beds.get(place, 0))

    def _solution(self) -> Solution:
        """Hand the chosen routes to the teams of each class, day by day."""
        waiting: dict[tuple[int, int, NightNode], list[tuple[DayArc, DayRoute]]] = defaultdict(list)
        for (k, arc, route), variable in self._variables.items():
            waiting[k, arc.day, arc.start].extend([(arc, route)] * self._solver.value(variable))
        shifts = len(self._instance.shifts)
        ends, visits = [0] * shifts, [list[Visit]() for _ in range(shifts)]
        for k, team_class in enumerate(self._team_classes):
            for chain in team_class.chains:
                node = team_class.origin
                for day, shift in enumerate(chain):
                    arc, route = waiting[k, day, node].pop()
                    node, ends[shift], visits[shift] = arc.end, route.end, list(route.visits)
        return Solution(self._instance, self._instance.day_routes(ends, visits))
