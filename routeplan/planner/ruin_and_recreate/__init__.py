"""Ruin and recreate with simulated annealing over whole plans.

An iteration ruins some shifts of a solution and recreates them (Schrimpf et al. 2000): it removes
strings of stops in shifts near to each other (Christiaens and Vanden Berghe 2020), the villages
around one, or all visits of consecutive shifts, chooses some overnight places anew, and inserts
villages greedily by households over the time that they take, with random factors in the place of
blinks. Where days have many stops, villages are also forced in and the shift is trimmed, tails are
swapped (2-opt*), and 2-opt and or-opt shorten the drives. The result is accepted by simulated
annealing (Kirkpatrick, Gelatt and Vecchi 1983). The iterations are the native library's.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from routeplan import native
from routeplan.planner.native_instance import weight_unit
from routeplan.planner.routes import DayRoute, Visit
from routeplan.planner.ruin_and_recreate.native_solution import (
    NativeSolution,
    RuinParameters,
    empty_solution,
    make_route_pool,
    make_workspace,
    read_solution,
    stop_capacity,
    to_solution,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from routeplan.planner.instance import Instance
    from routeplan.planner.native_instance import NativeInstance
    from routeplan.planner.solution.solution import Solution

    Ints = NDArray[np.int32]
    Structs = NDArray[np.void]

__all__ = ["Annealer", "construct"]

# In the value of an average village: what may be lost by one iteration, at first and at last.
INITIAL_TEMPERATURE, FINAL_TEMPERATURE = 0.7, 0.01
# All driving of working hours long costs this share of all households.
DRIVING = 0.1
# Seconds of driving that may be lost by one iteration, at first and at last, where only driving is
# to be made less.
LONGEST_DETOUR, SHORTEST_DETOUR = 20_000.0, 10.0
# Routes are pooled from plans that reach so much less than the incumbent.
MARGIN = 0.03
POOL = 4000
# Temperatures of a short cooling.
SHORT_STEPS = 5
# A chunk of iterations lasts about this long: the longest that a stop has to wait.
CHUNK_SECONDS = 0.1
# The first plan is made so many shifts at a time: all of a small one.
GROUP = 64

# Measured by `tests.bench.ruin_parameters`: days of many stops want much more noise, and villages
# forced in; districts gain nothing by that.
FEW_STOPS = RuinParameters(
    noise=0.2,
    detour=1.0,
    power=1.1,
    trim=0.3,
    forced=0.0,
    tails=0.0,
    whole_shifts=0.1,
    near_villages=0.1,
    most_shifts=3,
    most_villages=8,
    most_strings=4,
    most_forced=8,
    longest=15.0,
    nights=0.3,
    driving=0.0,
    taken_away=0.5,
    shortened=0.0,
)
MANY_STOPS = FEW_STOPS._replace(
    noise=3.0,
    power=0.8,
    forced=0.8,
    tails=0.1,
    whole_shifts=0.05,
    near_villages=0.05,
    most_strings=3,
    shortened=1.0,
)
# The first plan is made without noise.
GREEDY = FEW_STOPS._replace(noise=0.0, detour=0.0, power=1.0)


class Filler:
    """Fills solutions greedily, of so many stops a day as the first has, or a day can have."""

    def __init__(self, instance: Instance, tables: NativeInstance, first: Solution) -> None:
        self._instance, self._tables = instance, tables
        self._arrays = _native_solution(tables, first)
        workspace = make_workspace(tables, self._arrays.stop_capacity, GREEDY, seed=1)
        parts = {"Instance": tables, "Solution": self._arrays, "Workspace": workspace}
        self._structs = [native.Struct(name, part) for name, part in parts.items()]

    def fill(self, solution: Solution) -> Solution:
        """Return a solution with as many more visits as fit."""
        read_solution(self._tables, solution, self._arrays)
        native.call("construct", *self._structs, GROUP)
        return to_solution(self._instance, self._arrays)


def construct(instance: Instance, tables: NativeInstance, start: Solution) -> Solution:
    """Return a solution filled greedily."""
    return Filler(instance, tables, start).fill(start)


def _native_solution(tables: NativeInstance, start: Solution) -> NativeSolution:
    capacity = max([stop_capacity(tables), *(len(route.visits) for route in start.routes)])
    arrays = empty_solution(tables, capacity)
    read_solution(tables, start, arrays)
    return arrays


class Annealer:
    """One search through the plans of an instance, from a solution that keeps every rule."""

    def __init__(
        self, instance: Instance, tables: NativeInstance, start: Solution, seed: int
    ) -> None:
        self._instance, self._tables = instance, tables
        self._chunk, self._weight_unit = 50, weight_unit(instance)
        self.iterations = 0
        value = float((tables.weight * tables.households).sum())
        unit = value / max(int((tables.households > 0).sum()), 1)
        self._hottest, self._coolest = unit * INITIAL_TEMPERATURE, unit * FINAL_TEMPERATURE
        hours = float((tables.work_end - tables.work_start).sum())
        driving = DRIVING * value / max(hours, 1.0)
        has_paces = bool(tables.paces["num"].any())
        parameters = FEW_STOPS if has_paces else MANY_STOPS
        self._parameters = parameters._replace(driving=driving)
        self._solution = _native_solution(tables, start)
        capacity = self._solution.stop_capacity
        self._best = empty_solution(tables, capacity)
        self._pool = make_route_pool(capacity, POOL)
        self._seed = seed
        self._make_workspace()
        self.restart(start)

    def _make_workspace(self) -> None:
        """Make the memory of the search, without an incumbent."""
        capacity = self._solution.stop_capacity
        self._workspace = make_workspace(self._tables, capacity, self._parameters, self._seed)
        self._workspace.best_value[:] = np.inf
        # Made once: they take as long as a hundred iterations.
        parts = {
            "Instance": self._tables,
            "Solution": self._solution,
            "Tours": self._best,
            "Workspace": self._workspace,
            "RoutePool": self._pool,
            "RuinParameters": self._parameters,
        }
        self._structs = [native.Struct(name, part) for name, part in parts.items()]

    def restart(self, start: Solution) -> None:
        """Go on from a solution; the incumbent stays."""
        t, arrays, workspace = self._tables, self._solution, self._workspace
        read_solution(t, start, arrays)
        driven = float(arrays.driven.sum())
        weighted = float(t.weight @ (t.households - arrays.left)) - t.drive_cost * driven
        weighted += start.bonus() / self._weight_unit
        missing = float((arrays.visits[t.required_villages] == 0).sum())
        missing += float(np.maximum(t.floors - arrays.reached_in, 0).sum())
        workspace.value[:] = weighted, driven, missing
        workspace.differing[:] = np.arange(t.shifts)
        workspace.differing_count[0] = t.shifts
        workspace.differs[:] = True
        if _objective(workspace.value) > _objective(workspace.best_value):
            workspace.best_value[:] = workspace.value
            for name in ("village", "reached", "stops", "end"):
                getattr(self._best, name)[:] = getattr(arrays, name)

    def score(self) -> tuple[float, float, float]:
        """Return of the incumbent what `Solution.score` does: the larger, the better."""
        return _objective(self._workspace.best_value)

    def best(self) -> Solution:
        """Return the incumbent."""
        return to_solution(self._instance, self._best)

    def run(self, progress: Callable[[], float]) -> Iterator[None]:
        """Cool down while `progress` goes from 0 to 1; yield between any two chunks."""
        while (share := progress()) < 1:
            began = time.monotonic()
            self.iterate(self._chunk, share)
            lasted = max(time.monotonic() - began, 1e-6)
            faster = min(4.0, max(0.25, CHUNK_SECONDS / lasted))
            self._chunk = max(10, int(self._chunk * faster))
            yield

    def shorten_drives(self, start: Solution) -> None:
        """Look for less driving from now on, from a solution."""
        cost = self._parameters.driving + self._tables.drive_cost
        self._hottest, self._coolest = cost * LONGEST_DETOUR, cost * SHORTEST_DETOUR
        # Measured by `tests.bench.driving`: so much noise finds what no temperature finds.
        self._parameters = self._parameters._replace(noise=2.0, tails=0.1, shortened=0.5)
        self._make_workspace()
        self.restart(start)

    def keep_nights(self) -> None:
        """Leave all nights as they are from now on."""
        self._parameters = self._parameters._replace(nights=0.0, whole_shifts=0.0)
        self._make_workspace()

    def improve(
        self, start: Solution, iterations: int, *, share: float, worth: float
    ) -> tuple[Solution, tuple[float, float, float]]:
        """Return the best solution of a short cooling from a solution, and its score.

        It begins at a share of the whole one. Routes are pooled of solutions that reach nearly as
        much as `worth`, as solutions are scored.
        """
        self._workspace.best_value[:] = np.inf
        self.restart(start)
        for step in range(SHORT_STEPS):
            done = share + (1.0 - share) * step / (SHORT_STEPS - 1)
            short_of = float(self._workspace.best_value[0]) - (1.0 - MARGIN) * worth
            self.iterate(max(1, iterations // SHORT_STEPS), done, margin=short_of)
        return self.best(), self.score()

    def iterate(self, iterations: int, share: float, *, margin: float | None = None) -> None:
        """Take so many iterations at the temperature of a share of the cooling.

        Routes are pooled of solutions that are worth less than the incumbent by no more than the
        margin.
        """
        ratio = self._coolest / self._hottest if self._hottest else 1.0
        temperature = self._hottest * ratio**share
        if margin is None:
            margin = MARGIN * abs(float(self._workspace.best_value[0]))
        native.call("anneal", *self._structs, iterations, temperature, margin)
        self.iterations += iterations

    def routes(self) -> list[tuple[int, DayRoute]]:
        """Remove and return the routes of good solutions, each after its shift class."""
        p, t = self._pool, self._tables
        found = []
        for row in range(int(p.size[0])):
            n, start, end = int(p.stops[row]), int(p.start[row]), int(p.end[row])
            visits = map(Visit, p.village[row, :n].tolist(), p.reached[row, :n].tolist())
            shift_class = int(t.shift_class[p.shift[row]])
            found.append((shift_class, DayRoute(start, end, tuple(visits))))
        p.size[0] = 0
        return found


def _objective(value: np.ndarray) -> tuple[float, float, float]:
    """Return what `Solution.score` does, of `value` or `best_value` of a workspace."""
    weighted, driven, missing = value.tolist()
    return -missing, weighted, -driven
