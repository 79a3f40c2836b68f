"""The routing model of a task, solved by OR-Tools in a process of its own.

``python -m routeplan.planner.ortools_routing.model`` reads one pickled `RoutingTask`, and when it
was sent, from standard input, and writes pickled `RoutingResult` to standard output, each better
than the one before and the last one marked. A process of its own, because the library neither
releases the interpreter while it searches nor always keeps to its time limit: a parent can stop
waiting, and keeps the best result so far.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import pickle
import sys
import time
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from routeplan.isolation import isolate_child
from routeplan.planner.ortools_routing.task import RoutingResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from routeplan.planner.ortools_routing.task import RoutingTask

SECONDS_BETWEEN_RESULTS = 0.25
CHECKS_PER_SOLUTION = 20_000
# The library marks every second of a time with gaps by a bit. In longer ones there are no gaps:
# visits outside their windows are repaired by the engine.
LONGEST_WITH_GAPS = 2**24
# The library warns on standard error of a guided search without any limit of time.
A_WEEK = 604_800


def solve_task(task: RoutingTask, on_result: Callable[[RoutingResult], None]) -> None:
    """Search, and pass on every better result as it comes (a few a second), then the last one.

    The task's seconds count from here on, the making of the model included.
    """
    began = time.monotonic()
    nodes, vehicles = len(task.drive[0]), len(task.classes)
    manager = pywrapcp.RoutingIndexManager(nodes, vehicles, list(task.starts), list(task.ends))
    routing = pywrapcp.RoutingModel(manager)
    _add_driving(routing, task)
    _add_time(routing, manager, task)
    for node, penalty in enumerate(task.penalties):
        index = manager.NodeToIndex(node)
        routing.AddDisjunction([index], penalty)
        routing.VehicleVar(index).SetValues([-1, *task.vehicles[node]])
    parameters = _parameters(task.solutions)
    routing.CloseModelWithParameters(parameters)
    record = _Record(routing, manager, task, on_result)
    if task.solutions is not None:
        # On very small tasks the search can go round without a solution for ever; what it does in
        # between is counted, not timed, so that a counted search stays reproducible.
        countdown = itertools.count(CHECKS_PER_SOLUTION * task.solutions, -1)
        limit = routing.solver().CustomLimit(lambda: next(countdown) <= 0)
        routing.AddSearchMonitor(limit)
    # A callback that raises or is collected brings the library down: keep it, and keep it plain.
    routing.AddAtSolutionCallback(record.on_solution)
    first = routing.ReadAssignmentFromRoutes(
        [[manager.NodeToIndex(node) for node in route] for route in task.routes],
        True,  # noqa: FBT003  # the library's
    )
    if task.seconds is not None:
        seconds = task.seconds - (time.monotonic() - began)
        parameters.time_limit.FromMilliseconds(max(1, round(seconds * 1000)))
    if first is None:
        routing.SolveWithParameters(parameters)
    else:
        routing.SolveFromAssignmentWithParameters(first, parameters)
    record.finish()


class _Record:
    """The best solution so far, passed on now and then."""

    def __init__(
        self,
        routing: pywrapcp.RoutingModel,
        manager: pywrapcp.RoutingIndexManager,
        task: RoutingTask,
        on_result: Callable[[RoutingResult], None],
    ) -> None:
        self._routing, self._manager, self._on_result = routing, manager, on_result
        self._best: tuple[tuple[int, ...], ...] = task.routes
        self._cost: int | None = None
        self._solutions = 0
        self._passed_on = 0.0
        # What is passed on meanwhile depends on the clock; a counted search only has its end.
        self._is_timed = task.solutions is None

    def on_solution(self) -> None:
        self._solutions += 1
        cost = self._routing.CostVar().Value()
        if self._cost is not None and cost >= self._cost:
            return
        self._cost, self._best = cost, self._routes()
        now = time.monotonic()
        if self._is_timed and now - self._passed_on >= SECONDS_BETWEEN_RESULTS:
            self._passed_on = now
            self._on_result(RoutingResult(self._best, self._solutions, last=False))

    def finish(self) -> None:
        self._on_result(RoutingResult(self._best, self._solutions, last=True))

    def _routes(self) -> tuple[tuple[int, ...], ...]:
        routing, manager = self._routing, self._manager
        routes = []
        for vehicle in range(routing.vehicles()):
            route = []
            index = routing.NextVar(routing.Start(vehicle)).Value()
            while not routing.IsEnd(index):
                route.append(manager.IndexToNode(index))
                index = routing.NextVar(index).Value()
            routes.append(tuple(route))
        return tuple(routes)


def _add_driving(routing: pywrapcp.RoutingModel, task: RoutingTask) -> None:
    longest = max(int(drive.max()) for drive in task.drive)
    limit = task.drive_limit if task.drive_limit is not None else longest * len(task.drive[0])
    # The library knows no mask: an arc without a way is longer than any vehicle may drive.
    arcs = [
        routing.RegisterTransitMatrix(np.where(reachable, drive, limit + 1).tolist())
        for drive, reachable in zip(task.drive, task.reachable, strict=True)
    ]
    for vehicle, number in enumerate(task.classes):
        routing.SetArcCostEvaluatorOfVehicle(arcs[number], vehicle)
        routing.SetVehicleUsedWhenEmpty(True, vehicle)  # noqa: FBT003  # the library's
    transits = [arcs[number] for number in task.classes]
    routing.AddDimensionWithVehicleTransits(transits, 0, limit, True, "drive")  # noqa: FBT003  # its way


def _add_time(
    routing: pywrapcp.RoutingModel, manager: pywrapcp.RoutingIndexManager, task: RoutingTask
) -> None:
    end = max(task.closing)
    arcs = [
        routing.RegisterTransitMatrix(np.minimum(span, end + 1).tolist()) for span in task.spans
    ]
    transits = [arcs[number] for number in task.classes]
    routing.AddDimensionWithVehicleTransits(transits, end, end, False, "time")  # noqa: FBT003  # its way
    time_of = routing.GetDimensionOrDie("time")
    for vehicle, (opening, closing) in enumerate(zip(task.opening, task.closing, strict=True)):
        time_of.CumulVar(routing.Start(vehicle)).SetValue(opening)
        time_of.CumulVar(routing.End(vehicle)).SetRange(opening, closing)
    for node, windows in enumerate(task.windows):
        variable = time_of.CumulVar(manager.NodeToIndex(node))
        variable.SetRange(windows[0][0], windows[-1][1])
        if windows[-1][1] - windows[0][0] > LONGEST_WITH_GAPS:
            continue
        for (_, gap), (end_of_gap, _) in itertools.pairwise(windows):
            variable.RemoveInterval(gap + 1, end_of_gap - 1)


def _parameters(solutions: int | None) -> pywrapcp.RoutingSearchParameters:
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic
    parameters.local_search_metaheuristic = metaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromSeconds(A_WEEK)
    if solutions is not None:
        parameters.solution_limit = solutions
    return parameters


def _serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Solve one task; its seconds began when the parent sent it, not when this process was up."""
    try:
        task, sent = pickle.load(source)  # noqa: S301  # the parent wrote it
    except EOFError:
        return  # the parent was stopped before it could send it
    if task.seconds is not None:
        left = task.seconds - (time.time() - sent)
        task = dataclasses.replace(task, seconds=left)

    def on_result(result: RoutingResult) -> None:
        pickle.dump(result, sink)
        sink.flush()

    # A parent that is gone has no use for a result.
    with contextlib.suppress(BrokenPipeError):
        solve_task(task, on_result)


if __name__ == "__main__":
    isolate_child()
    _serve(sys.stdin.buffer, sys.stdout.buffer)
