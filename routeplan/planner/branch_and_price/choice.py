"""Choosing among the columns of the master: whole routes, by OR-Tools CP-SAT."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

from routeplan.planner.branch_and_price.team_classes import Route
from routeplan.planner.exact.search import new_solver
from routeplan.planner.instance import Visit
from routeplan.planner.solution import Solution
from routeplan.planner.times import decimal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from routeplan.planner.branch_and_price.master import Column
    from routeplan.planner.branch_and_price.team_classes import DayArc, Node, TeamClass
    from routeplan.planner.instance import Instance

__all__ = ["Choice", "columns_of"]

# Weights are scaled to whole numbers of so much for all households together.
LARGEST = 10**12


class Choice:
    """The best plan that can be put together from columns.

    Parameters
    ----------
    instance, crews
        What is planned.
    columns
        Crew, leg and route; those that reach fewer households than a visit must are left out.
    seed
        Of the search.
    """

    def __init__(
        self, instance: Instance, crews: Sequence[TeamClass], columns: Iterable[Column], seed: int
    ) -> None:
        self._instance, self._crews = instance, crews
        self._model = cp_model.CpModel()
        self._solver = new_solver(seed)
        self._picked = {
            column: self._model.new_int_var(0, crews[column[0]].count, "")
            for column in columns
            if self._is_enough(column[2])
        }
        self._add_rows()

    def stop(self) -> None:
        """End a search that is under way."""
        self._solver.stop_search()

    def solve(
        self,
        known: Iterable[Column],
        *,
        seconds: float | None,
        work: float | None,
        threads: int,
    ) -> Solution | None:
        """Choose; None where no plan was found.

        Parameters
        ----------
        known
            Columns of a plan to begin with.
        seconds, work
            When to stop; `work` is CP-SAT's deterministic time.
        threads
            How many search.
        """
        hints: dict[Column, int] = defaultdict(int)
        for column in known:
            hints[column] += 1
        for column, variable in self._picked.items():
            self._model.add_hint(variable, hints.get(column, 0))
        parameters = self._solver.parameters
        parameters.num_workers = threads
        if seconds is not None:
            parameters.max_time_in_seconds = seconds
        if work is not None:
            parameters.max_deterministic_time = work
        status = self._solver.solve(self._model)
        if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
            return None
        return self._solution()

    def _is_enough(self, route: Route) -> bool:
        inst = self._instance
        return all(
            doors >= min(int(inst.min_households[v]), int(inst.households[v]))
            for v, doors in zip(route.villages, route.doors, strict=True)
        )

    def _add_rows(self) -> None:
        inst, model = self._instance, self._model
        households, visits = defaultdict(list), defaultdict(list)
        for (_, _, route), variable in self._picked.items():
            for village, doors in zip(route.villages, route.doors, strict=True):
                households[village].append(doors * variable)
                visits[village].append(variable)
        for village, terms in households.items():
            model.add(sum(terms) <= int(inst.households[village]))
        for village, needed in enumerate(inst.required):
            if needed:
                model.add(sum(visits[village]) >= 1)
        self._add_nights()
        model.maximize(sum(self._worth(c[2]) * var for c, var in self._picked.items()))

    def _add_nights(self) -> None:
        inst, model = self._instance, self._model
        nodes, beds, started = defaultdict(list), defaultdict(list), defaultdict(list)
        for (k, leg, _), variable in self._picked.items():
            crew = self._crews[k]
            if leg.day == 0:
                started[k].append(variable)
            else:
                nodes[k, leg.day, leg.start].append(-variable)
            if leg.day < len(crew.shifts) - 1:
                nodes[k, leg.day + 1, leg.end].append(variable)
            for bed in crew.beds(leg.day, leg.end.place):
                beds[bed].append(variable)
        for k, crew in enumerate(self._crews):
            model.add(sum(started[k]) == crew.count)
        for flow in nodes.values():
            model.add(sum(flow) == 0)
        for (place, _), sleepers in beds.items():
            model.add(sum(sleepers) <= inst.beds.get(place, 0))

    def _worth(self, route: Route) -> int:
        inst = self._instance
        worth = sum(
            (
                decimal(inst.villages[v].weight) * h
                for v, h in zip(route.villages, route.doors, strict=True)
            ),
            Fraction(0),
        )
        return round(worth * self._scale)

    @cached_property
    def _scale(self) -> Fraction:
        most = sum(decimal(v.weight) * v.households for v in self._instance.villages)
        return Fraction(LARGEST) / max(most, 1)

    def _solution(self) -> Solution:
        """Hand the chosen routes to the teams of each crew, day by day."""
        waiting: dict[tuple[int, int, Node], list[tuple[DayArc, Route]]] = defaultdict(list)
        for (k, leg, route), variable in self._picked.items():
            waiting[k, leg.day, leg.start].extend([(leg, route)] * self._solver.value(variable))
        shifts = len(self._instance.shifts)
        ends, visits = [0] * shifts, [list[Visit]() for _ in range(shifts)]
        for k, crew in enumerate(self._crews):
            for chain in crew.chains:
                node = crew.origin
                for day, shift in enumerate(chain):
                    leg, route = waiting[k, day, node].pop()
                    node = leg.end
                    ends[shift] = route.end
                    pairs = zip(route.villages, route.doors, strict=True)
                    visits[shift] = [Visit(v, h) for v, h in pairs]
        return Solution(self._instance, self._instance.day_routes(ends, visits))


def columns_of(
    solution: Solution, crews: Sequence[TeamClass], kinds: Mapping[int, int]
) -> list[Column]:
    """Return the columns that a solution is made of; `kinds` are by shift."""
    found = []
    for k, crew in enumerate(crews):
        for chain in crew.chains:
            node = crew.origin
            for day, shift in enumerate(chain):
                start, end, order = solution.routes[shift]
                villages = tuple(visit.village for visit in order)
                doors = tuple(visit.households for visit in order)
                route = Route(kinds[shift], start, end, villages, doors)
                after = crew.after(day, node, end)
                if after is None:
                    return []
                leg = next(
                    leg
                    for leg in crew.legs(route.kind, start, end)
                    if leg.day == day and leg.start == node
                )
                found.append((k, leg, route))
                node = after
    return found
