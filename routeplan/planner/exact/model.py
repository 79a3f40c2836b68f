"""A whole instance as one constraint model, and its solution: the objective, then driving."""

from __future__ import annotations

import itertools
import math
import time
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from ortools.sat.python import cp_model

from routeplan.model.objective import exact
from routeplan.planner.exact.shifts import ShiftModel, weighted_sum
from routeplan.planner.solution import Solution, drive_legs
from routeplan.planner.times import outward

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ortools.sat.python.cp_model import CpSolver, CpSolverStatus, IntVar, LinearExpr

    from routeplan.planner.instance import Instance

# Villages in the code of a day, a bit each.
MOST_IN_CODE = 40
SEEDS = 2**31
# The least driving is found long before it is proved: on small problems made of seeds, the proof
# takes up to ten times as long as that of the households, and changes nothing.
DRIVING_WORK = 2.0
POLL_SECONDS = 0.05
SOLVED = {cp_model.OPTIMAL, cp_model.FEASIBLE}


class Exact(NamedTuple):
    """The best solution, and an upper bound on the objective.

    The solution is `proved` where it reaches that bound, and None where there is none; it
    `is_shortest` where no other such drives less. There is no plan at all where the instance is
    proved `infeasible`. Ctrl-C `interrupted` the search, or not.
    """

    solution: Solution | None
    bound: float
    proved: bool
    is_shortest: bool
    infeasible: bool
    interrupted: bool


class _Visit(NamedTuple):
    """A visit that may be made, or one that is fixed."""

    shift: int
    visited: IntVar
    households: LinearExpr


class ExactModel:
    """The constraint model of an instance; `routeplan.planner.exact` has the formulation.

    It has no objective: that is `weighted`, the households reached times their weights, bonuses and
    cost of driving, times `unit`, which makes them whole; or `drive`, the driving seconds without
    those of fixed shifts.
    """

    def __init__(self, instance: Instance, unit: int) -> None:
        self.model, self._instance = cp_model.CpModel(), instance
        self._ends = [self._make_ends(shift.index) for shift in instance.shifts]
        self._shifts = {
            shift: ShiftModel(self.model, instance, shift, self._starts(shift), ends)
            for shift, ends in enumerate(self._ends)
            if shift not in instance.fixed
        }
        self._add_capacities()
        self._add_nights_away()
        self._alike = [p for p in itertools.pairwise(instance.chains) if self._are_alike(*p)]
        self._add_order()
        for village in range(len(instance.villages)):
            self._add_village(village)
        self._add_floors()
        self.drive = weighted_sum((1, shift.drive) for shift in self._shifts.values())
        self.weighted = weighted_sum((int(value * unit), term) for value, term in self._values())
        if instance.drive_cost:
            self.weighted -= int(instance.drive_cost_exactly * unit) * self._all_driving()

    def solution(self, solver: CpSolver) -> Solution:
        """Return the solution that a solver has found."""
        ends = [
            next(place for place, lit in ends.items() if solver.boolean_value(lit))
            for ends in self._ends
        ]
        fixed = self._instance.pins.routes
        visits = [
            self._shifts[shift].visits(solver) if shift in self._shifts else fixed[shift].visits
            for shift in range(len(ends))
        ]
        return Solution(self._instance, self._instance.day_routes(ends, visits))

    def hint(self, solution: Solution) -> None:
        """Hint at a solution to begin from."""
        solution = self._in_order(solution)
        self.model.clear_hints()  # type: ignore[no-untyped-call]  # library without types
        for shift, ends in enumerate(self._ends):
            for place, literal in ends.items():
                if shift not in self._instance.fixed_ends and len(ends) > 1:
                    self.model.add_hint(literal, place == solution.routes[shift].end)
        for shift, model in self._shifts.items():
            model.hint(solution.routes[shift])

    def _are_alike(self, first: range, second: range) -> bool:
        """Return whether two teams could change places, and villages fit into a code.

        Of solutions that differ in nothing else, one is enough: the team that comes first has the
        higher code on its first day.
        """
        inst, fixed = self._instance, {*self._instance.fixed, *self._instance.fixed_ends}
        if inst.pins.teams or len(inst.villages) > MOST_IN_CODE:
            return False
        days = [[inst.shifts[shift].day for shift in chain] for chain in (first, second)]
        teams = [replace(inst.team(chain[0]), id="any", days=None) for chain in (first, second)]
        are_free = fixed.isdisjoint([*first, *second])
        return are_free and days[0] == days[1] and teams[0] == teams[1]

    def _in_order(self, solution: Solution) -> Solution:
        """Let teams that are alike change places until their codes descend."""
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

    def _make_ends(self, shift: int) -> dict[int, IntVar]:
        """Return the places where a shift may end, each with whether it does."""
        inst, model = self._instance, self.model
        if shift in inst.fixed_ends:
            return {inst.fixed_ends[shift]: model.new_constant(1)}
        if inst.nights[shift] is None:
            return {inst.home(shift): model.new_constant(1)}
        places = inst.terminals(shift)[1]
        ends = {place: model.new_bool_var(f"night {shift} {place}") for place in places}
        model.add_exactly_one(ends.values())
        return ends

    def _starts(self, shift: int) -> dict[int, IntVar]:
        origin = self._instance.origins[shift]
        return self._ends[shift - 1] if origin is None else {origin: self.model.new_constant(1)}

    def _add_capacities(self) -> None:
        """Keep to the capacity of overnight places."""
        inst = self._instance
        teams: dict[tuple[int, int], list[IntVar]] = {}
        for shift, night in enumerate(inst.nights):
            for place, day in itertools.product(self._ends[shift], night.days if night else ()):
                if place != inst.home(shift):
                    teams.setdefault((place, day), []).append(self._ends[shift][place])
        for (place, _), literals in teams.items():
            self.model.add(sum(literals) <= inst.beds.get(place, 0))

    def _add_nights_away(self) -> None:
        """End at home once in each shortest run of nights that is longer than allowed."""
        inst = self._instance
        for chain in inst.chains:
            limit = inst.team(chain[0]).max_nights_away
            if limit is None:
                continue
            nights = [night.nights if (night := inst.nights[shift]) else 0 for shift in chain]
            for first, last in _shortest_runs(nights[:-1], limit):
                run = (self._ends[shift] for shift in chain[first : last + 1])
                home = inst.home(chain[0])
                self.model.add_bool_or([ends[home] for ends in run if home in ends])

    def _visits_to(self, village: int) -> list[_Visit]:
        constant = self.model.new_constant
        return [
            *(
                _Visit(shift, day.visited[village], day.households[village])
                for shift, day in self._shifts.items()
                if village in day.visited
            ),
            *(
                _Visit(shift, constant(1), constant(visit.households))
                for shift, tour in self._instance.pins.routes.items()
                for visit in tour.visits
                if visit.village == village
            ),
        ]

    def _all_driving(self) -> LinearExpr:
        """Return the driving seconds, with those of fixed shifts."""
        inst = self._instance
        return self.drive + sum(sum(drive_legs(inst, *p) or ()) for p in inst.pins.routes.items())

    def _add_order(self) -> None:
        """Order the first days of teams that are alike."""
        for pair in self._alike:
            first, second = (_code(self._shifts[chain[0]].visited) for chain in pair)
            self.model.add(first >= second)

    def _add_floors(self) -> None:
        """Reach the fewest households of each district."""
        district = self._instance.district.tolist()
        for number, floor in enumerate(self._instance.floors.tolist()):
            villages = [village for village, of in enumerate(district) if of == number]
            visits = (visit for village in villages for visit in self._visits_to(village))
            self.model.add(weighted_sum((1, visit.households) for visit in visits) >= floor)

    def _values(self) -> Iterator[tuple[Fraction, LinearExpr]]:
        """Yield what the objective counts, driving aside: a value, and how often."""
        for village, weight in enumerate(self._instance.weight.tolist()):
            for visit in self._visits_to(village):
                yield exact(weight), visit.households
        yield from self._announced()

    def _announced(self) -> Iterator[tuple[Fraction, LinearExpr]]:
        """Yield the bonuses of announced visits, each with whether the visit reaches anybody."""
        for shift, bonuses in self._instance.bonuses.items():
            for village, bonus in bonuses.items():
                for visit in self._visits_to(village):
                    if visit.shift == shift:
                        kept = self.model.new_bool_var(f"announced {shift} {village}")
                        self.model.add(visit.households >= 1).only_enforce_if(kept)
                        yield exact(bonus), kept

    def _add_village(self, village: int) -> None:
        """Keep to its households, all or none, the least of a visit, and that it is visited."""
        inst, model = self._instance, self.model
        visits = self._visits_to(village)
        households = int(inst.households[village])
        model.add(weighted_sum((1, visit.households) for visit in visits) <= households)
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
        model, households = self.model, int(self._instance.households[village])
        least = int(self._instance.min_households[village])
        if not before:
            model.add(visit.households >= least).only_enforce_if(visit.visited)
            return
        last = model.new_bool_var(f"last {visit.shift} {village}")
        reached = weighted_sum((1, other.households) for other in [*before, visit])
        model.add(reached >= households).only_enforce_if(last)
        model.add(visit.households >= least).only_enforce_if(visit.visited, ~last)


def _shortest_runs(nights: Sequence[int], limit: int) -> Iterator[tuple[int, int]]:
    """Yield first and last of the shortest runs of numbers with a sum above the limit."""
    for first in range(len(nights)):
        sums = itertools.accumulate(nights[first:])
        last = next((first + n for n, total in enumerate(sums) if total > limit), None)
        if last is not None:
            yield first, last


def _code(visited: Mapping[int, LinearExpr]) -> LinearExpr:
    return weighted_sum((1 << village, literal) for village, literal in visited.items())


class ExactSearch:
    """The incumbent, and what is proved of it; see `routeplan.planner.exact.solve_exactly`.

    Weights are multiplied by `unit`, such that they become whole. Limits are infinite for none.
    """

    def __init__(
        self,
        instance: Instance,
        unit: int,
        start: Solution | None,
        *,
        seconds: float,
        work: float,
        seed: int,
    ) -> None:
        self._instance, self._unit, self._best = instance, unit, start
        self._until, self._work, self._seed = time.monotonic() + seconds, work, seed
        self._bound = int(instance.most_objective * unit)
        self._is_shortest = self._infeasible = self._interrupted = False

    def run(self) -> Exact:
        """Search until optimality is proved, or a limit or Ctrl-C ends it."""
        try:
            model = ExactModel(self._instance, self._unit)
            if self._maximize(model):
                model.model.add(model.weighted >= self._bound)
                model.model.minimize(model.drive)
                self._is_shortest = self._solve(model, DRIVING_WORK)[1] == cp_model.OPTIMAL
        except KeyboardInterrupt:
            self._interrupted = True
        bound = outward(Fraction(self._bound, self._unit))
        proved = self._best is not None and self._weighted(self._best) == self._bound
        state = (proved, proved and self._is_shortest, self._infeasible, self._interrupted)
        return Exact(self._best, bound, *state)

    def _maximize(self, model: ExactModel) -> bool:
        """Return whether the highest objective is found and proved: only driving is open."""
        model.model.maximize(model.weighted)
        solver, status = self._solve(model)
        self._infeasible = status == cp_model.INFEASIBLE
        if status not in SOLVED:
            return False
        # Sums are whole, and returned as floating-point numbers.
        bound = math.floor(solver.best_objective_bound + 0.01)
        # A search that ends before it has proved anything returns a bound of 0.
        if status == cp_model.OPTIMAL or bound > self._weighted(model.solution(solver)):
            self._bound = min(self._bound, bound)
        return status == cp_model.OPTIMAL

    def _solve(
        self, model: ExactModel, most_work: float = math.inf
    ) -> tuple[CpSolver, CpSolverStatus]:
        """Solve a model from the incumbent on, and keep what is better."""
        if self._best is not None:
            model.hint(self._best)
        solver, seconds = new_solver(self._seed), self._until - time.monotonic()
        if seconds <= 0 or self._work <= 0:
            return solver, cp_model.UNKNOWN
        solver.parameters.max_time_in_seconds = seconds
        solver.parameters.max_deterministic_time = min(self._work, most_work)
        status, stopped = self._run(solver, model)
        self._work -= solver.response_proto.deterministic_time
        if status not in SOLVED:
            # Stopped from outside, some versions return that all is proved.
            return solver, cp_model.UNKNOWN if stopped else status
        found = [*filter(None, [self._best]), model.solution(solver)]
        self._best = max(found, key=self._score)
        return solver, cp_model.FEASIBLE if stopped else status

    def _run(self, solver: CpSolver, model: ExactModel) -> tuple[CpSolverStatus, bool]:
        """Run a solver in a thread of its own, so that Ctrl-C is heard meanwhile."""
        with ThreadPoolExecutor(max_workers=1) as pool:
            solving = pool.submit(solver.solve, model.model)
            try:
                while not solving.done():
                    wait([solving], POLL_SECONDS)
            except KeyboardInterrupt:
                self._interrupted = True
            stopped = not solving.done()
            while not solving.done():
                # A solver that has not begun yet ignores it.
                solver.stop_search()
                wait([solving], POLL_SECONDS)
        return solving.result(), stopped

    def _score(self, solution: Solution) -> tuple[int, int, int]:
        """Return what `Solution.score` does, exactly: a start may miss what is required."""
        missing = solution.score()[0]
        return missing, self._weighted(solution), -solution.drive_seconds()

    def _weighted(self, solution: Solution) -> int:
        value_of = self._instance.route_value
        return int(self._unit * sum(value_of(s, r) for s, r in enumerate(solution.routes)))


def new_solver(seed: int) -> CpSolver:
    """Return a solver that does the same every time.

    It leaves signals alone: one that does not takes Ctrl-C away from Python, for good.
    """
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed % SEEDS
    solver.parameters.catch_sigint_signal = False
    return solver
