"""A whole instance as one constraint model: all rules, and nothing that they do not ask for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

from routeplan.planner.draft import Draft
from routeplan.planner.exact_days import FreeDay
from routeplan.planner.instance import decimal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ortools.sat.python.cp_model import CpSolver, LinearExprT, LiteralT

    from routeplan.planner.instance import Instance

__all__ = ["ExactModel", "worth_unit"]

# Sums of worth are told as floating numbers, which hold whole ones up to 2 ** 53.
LARGEST_WORTH = 2**50


def worth_unit(instance: Instance) -> int | None:
    """Return how many parts a weight is split into so that all become whole numbers.

    Returns
    -------
    int or None
        None where sums would then be too large to stay exact.
    """
    weights = [decimal(weight) for weight in instance.weight.tolist()]
    unit = math.lcm(*(weight.denominator for weight in weights))
    total = sum(w * h for w, h in zip(weights, instance.households.tolist(), strict=True))
    return unit if unit * total <= LARGEST_WORTH else None


class ExactModel:
    """The model of an instance.

    Parameters
    ----------
    instance
        What is planned, with all that is pinned.
    unit
        Parts of a household of weight 1, as `worth_unit` tells.

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
            shift.index: FreeDay(
                self.model, instance, shift.index, self._starts(shift.index), self._ends[shift.index]
            )
            for shift in instance.shifts
            if shift.index not in instance.fixed
        }
        self._add_nights()
        for village in range(len(instance.villages)):
            self._add_village(village)
        self.worth: LinearExprT = sum(
            int(decimal(float(instance.weight[village])) * unit) * count
            for village in range(len(instance.villages))
            for _, _, count in self._visits_to(village)
        )
        self.drive: LinearExprT = sum(day.drive for day in self._days.values())

    def draft(self, solver: CpSolver) -> Draft:
        """Return the plan of a solution."""
        ends = [
            next(place for place, lit in ends.items() if solver.boolean_value(lit))
            for ends in self._ends
        ]
        fixed = self._instance.held.tours
        visits = [
            self._days[shift].visits(solver) if shift in self._days else fixed[shift].visits
            for shift in range(len(ends))
        ]
        return Draft(self._instance, ends, visits)

    def hint(self, draft: Draft) -> None:
        """Suggest a plan to begin from."""
        self.model.clear_hints()
        for shift, ends in enumerate(self._ends):
            for place, literal in ends.items():
                if shift not in self._instance.fixed_ends and len(ends) > 1:
                    self.model.add_hint(literal, place == draft.ends[shift])
        for shift, day in self._days.items():
            day.hint(*draft.bounds(shift), draft.visits[shift])

    def _make_ends(self, shift: int) -> Iterator[tuple[int, LiteralT]]:
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

    def _starts(self, shift: int) -> dict[int, LiteralT]:
        inst = self._instance
        if inst.first(shift):
            return {inst.problem.index[inst.team(shift).start]: self.model.new_constant(1)}
        return self._ends[shift - 1]

    def _add_nights(self) -> None:
        """Keep to beds and to nights away in a row."""
        inst = self._instance
        sleepers: dict[tuple[int, int], list[LiteralT]] = {}
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

    def _visits_to(self, village: int) -> list[tuple[int, LiteralT, LinearExprT]]:
        """Return all visits that may be: their shift, whether they are, and households."""
        found: list[tuple[int, LiteralT, LinearExprT]] = [
            (shift, day.visited[village], day.households[village])
            for shift, day in self._days.items()
            if village in day.visited
        ]
        for shift, tour in self._instance.held.tours.items():
            for visit in tour.visits:
                if visit.village == village:
                    found.append((shift, self.model.new_constant(1), visit.households))
        return found

    def _add_village(self, village: int) -> None:
        """Keep to its households, all or none, the least of a visit, and that it is visited."""
        inst, model = self._instance, self.model
        visits = self._visits_to(village)
        households = int(inst.households[village])
        model.add(sum(count for _, _, count in visits) <= households)
        if inst.required[village]:
            model.add_bool_or([visited for _, visited, _ in visits])
        for shift, visited, count in visits:
            if shift in inst.fixed:
                continue
            day = inst.shifts[shift].day
            before = sum(c for other, _, c in visits if inst.shifts[other].day < day)
            self._add_least(village, (visited, count), before)
            if inst.whole[village]:
                every = model.new_bool_var(f"whole {shift} {village}")
                model.add(count == households * every)

    def _add_least(
        self, village: int, visit: tuple[LiteralT, LinearExprT], before: LinearExprT
    ) -> None:
        """Let a visit reach no fewer than the least, or than all that earlier days left."""
        model, (visited, count) = self.model, visit
        households = int(self._instance.households[village])
        least = min(int(self._instance.fewest[village]), households)
        if not least:
            return
        if isinstance(before, int):
            model.add(count >= min(least, households - before)).only_enforce_if(visited)
            return
        last = model.new_bool_var(f"last {village}")
        model.add(before + count >= households).only_enforce_if(last)
        model.add(count >= least).only_enforce_if(visited, ~last)
