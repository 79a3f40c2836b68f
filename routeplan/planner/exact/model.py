"""A whole instance as one constraint model: all rules, and nothing that they do not ask for."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from ortools.sat.python import cp_model

from routeplan.planner.exact.days import FreeDay, added
from routeplan.planner.solution import Solution
from routeplan.planner.times import decimal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ortools.sat.python.cp_model import CpSolver, IntVar, LinearExpr

    from routeplan.planner.instance import Instance

__all__ = ["ExactModel"]


# Villages of a day are told apart by a bit each.
MOST_IN_CODE = 40


class _Visit(NamedTuple):
    """A visit that may be made, or one that is fixed."""

    shift: int
    visited: IntVar
    households: LinearExpr


class ExactModel:
    """The model of an instance.

    Parameters
    ----------
    instance
        What is planned, with all that is pinned.
    unit
        Parts of a household of weight 1, such that weights become whole.

    Attributes
    ----------
    model
        Its constraints; without an objective.
    worth
        Weighted households reached, in parts.
    drive
        Driving seconds, but for fixed shifts.
    """

    def __init__(self, instance: Instance, unit: int) -> None:
        self.model = cp_model.CpModel()
        self._instance = instance
        self._ends = [dict(self._make_ends(shift.index)) for shift in instance.shifts]
        self._days = {
            shift: FreeDay(self.model, instance, shift, self._starts(shift), ends)
            for shift, ends in enumerate(self._ends)
            if shift not in instance.fixed
        }
        self._add_nights()
        self._alike = [
            pair for pair in itertools.pairwise(instance.chains) if self._are_alike(*pair)
        ]
        for first, second in self._alike:
            codes = (self._code(self._days[chain[0]].visited) for chain in (first, second))
            self.model.add(next(codes) >= next(codes))
        for village in range(len(instance.villages)):
            self._add_village(village)
        self.worth = added(
            (int(decimal(weight) * unit), visit.households)
            for village, weight in enumerate(instance.weight.tolist())
            for visit in self._visits_to(village)
        )
        self.drive = added((1, day.drive) for day in self._days.values())

    def solution(self, solver: CpSolver) -> Solution:
        """Return the plan of a solution."""
        ends = [
            next(place for place, lit in ends.items() if solver.boolean_value(lit))
            for ends in self._ends
        ]
        fixed = self._instance.pins.routes
        visits = [
            self._days[shift].visits(solver) if shift in self._days else fixed[shift].visits
            for shift in range(len(ends))
        ]
        return Solution(self._instance, self._instance.day_routes(ends, visits))

    def hint(self, solution: Solution) -> None:
        """Suggest a plan to begin from."""
        solution = self._in_order(solution)
        self.model.clear_hints()  # type: ignore[no-untyped-call]
        for shift, ends in enumerate(self._ends):
            for place, literal in ends.items():
                if shift not in self._instance.fixed_ends and len(ends) > 1:
                    self.model.add_hint(literal, place == solution.routes[shift].end)
        for shift, day in self._days.items():
            day.hint(solution.routes[shift])

    def _are_alike(self, first: range, second: range) -> bool:
        """Tell whether two teams could change places, and are few enough villages to be told apart.

        Of plans that differ in nothing else, one is enough: the team that comes first has the
        higher code on its first day.
        """
        inst, kept = self._instance, {*self._instance.fixed, *self._instance.fixed_ends}
        days = [[inst.shifts[shift].day for shift in chain] for chain in (first, second)]
        teams = [replace(inst.team(chain[0]), id="any", days=None) for chain in (first, second)]
        free = kept.isdisjoint(first) and kept.isdisjoint(second) and not inst.pins.teams
        few = len(inst.villages) <= MOST_IN_CODE
        return free and few and days[0] == days[1] and teams[0] == teams[1]

    def _code(self, visited: Mapping[int, LinearExpr]) -> LinearExpr:
        return added((1 << village, literal) for village, literal in visited.items())

    def _in_order(self, solution: Solution) -> Solution:
        """Let teams that are alike change places until they are in the order of their codes."""
        ordered = solution.copy()

        def code(chain: range) -> int:
            return sum(1 << village for village, _ in ordered.routes[chain[0]].visits)

        for _ in self._alike:
            for first, second in self._alike:
                if code(first) < code(second):
                    for a, b in zip(first, second, strict=True):
                        one, other = ordered.routes[a], ordered.routes[b]
                        ordered.set_end(a, other.end)
                        ordered.set_end(b, one.end)
                        ordered.set_visits(a, other.visits)
                        ordered.set_visits(b, one.visits)
        return ordered

    def _make_ends(self, shift: int) -> Iterator[tuple[int, IntVar]]:
        """Yield the places where a shift may end, each with whether it does."""
        inst, model = self._instance, self.model
        home, night = inst.home(shift), inst.nights[shift]
        if shift in inst.fixed_ends:
            yield inst.fixed_ends[shift], model.new_constant(1)
        elif night is None:
            yield home, model.new_constant(1)
        else:
            places = sorted({home, *(place for place, room in inst.beds.items() if room)})
            found = {place: model.new_bool_var(f"night {shift} {place}") for place in places}
            model.add_exactly_one(found.values())
            yield from found.items()

    def _starts(self, shift: int) -> dict[int, IntVar]:
        inst = self._instance
        if inst.first(shift):
            return {inst.problem.index[inst.team(shift).start]: self.model.new_constant(1)}
        return self._ends[shift - 1]

    def _add_nights(self) -> None:
        """Keep to beds and to nights away in a row."""
        inst = self._instance
        sleepers: dict[tuple[int, int], list[IntVar]] = {}
        for shift, night in enumerate(inst.nights):
            for place, literal in self._ends[shift].items() if night is not None else ():
                if night is not None and place != inst.home(shift):
                    for day in night.days:
                        sleepers.setdefault((place, day), []).append(literal)
        for (place, _), literals in sleepers.items():
            self.model.add(sum(literals) <= inst.beds.get(place, 0))
        for chain in inst.chains:
            for run in self._too_long(chain):
                homes = [self._ends[s][inst.home(s)] for s in run if inst.home(s) in self._ends[s]]
                self.model.add_bool_or(homes)

    def _too_long(self, chain: range) -> Iterator[range]:
        """Yield the shortest runs of nights that a team may not all be away."""
        inst = self._instance
        limit = inst.team(chain[0]).max_nights_away
        if limit is None:
            return
        for first in chain:
            away = 0
            for last in range(first, chain.stop - 1):
                night = inst.nights[last]
                away += night.count if night else 0
                if away > limit:
                    yield range(first, last + 1)
                    break

    def _visits_to(self, village: int) -> list[_Visit]:
        constant = self.model.new_constant
        return [
            *(
                _Visit(shift, day.visited[village], day.households[village])
                for shift, day in self._days.items()
                if village in day.visited
            ),
            *(
                _Visit(shift, constant(1), constant(visit.households))
                for shift, tour in self._instance.pins.routes.items()
                for visit in tour.visits
                if visit.village == village
            ),
        ]

    def _add_village(self, village: int) -> None:
        """Keep to its households, all or none, the least of a visit, and that it is visited."""
        inst, model = self._instance, self.model
        visits = self._visits_to(village)
        households = int(inst.households[village])
        model.add(added((1, visit.households) for visit in visits) <= households)
        if inst.required[village]:
            model.add_bool_or([visit.visited for visit in visits])
        for visit in visits:
            if visit.shift in inst.fixed:
                continue
            day = inst.shifts[visit.shift].day
            self._add_least(village, visit, [v for v in visits if inst.shifts[v.shift].day < day])
            if inst.whole[village]:
                every = model.new_bool_var(f"every {visit.shift} {village}")
                model.add(visit.households == households * every)

    def _add_least(self, village: int, visit: _Visit, before: list[_Visit]) -> None:
        """Let a visit reach no fewer than the least, or than all that earlier days left."""
        model = self.model
        households = int(self._instance.households[village])
        least = min(int(self._instance.min_households[village]), households)
        if not before:
            model.add(visit.households >= least).only_enforce_if(visit.visited)
            return
        last = model.new_bool_var(f"last {visit.shift} {village}")
        reached = added((1, other.households) for other in [*before, visit])
        model.add(reached >= households).only_enforce_if(last)
        model.add(visit.households >= least).only_enforce_if(visit.visited, ~last)
