"""PyVRP as one more engine, for problems that its model can say; needs the extra ``bench``.

It gets the nodes, times and windows that the engine `routing` hands to OR-Tools: villages in blocks
of doors, team-days as vehicles. It cannot choose where teams sleep, so they are home every night.
Its answer is timed, mended and filled up like that of `routing`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyvrp
from pyvrp.stop import MaxRuntime

from routeplan.model.plan import StoppedBy
from routeplan.planner.engine import Outcome
from routeplan.planner.ortools_routing.blocks import BlockModel
from routeplan.planner.solution import Solution, complete, initial_solution, repair

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from routeplan.planner.engine import Clock, Engine, Options
    from routeplan.planner.instance import Instance
    from routeplan.planner.ortools_routing.task import RoutingTask

__all__ = ["ENGINE", "search"]

# A household is worth this many times the time that there is for one, so that it comes before
# driving. On eight hard instances of sets 4 and 7, 6 s each, the mean gap was 1.5 % with 10, 0.9 %
# with 30 and with 100, 1.1 % with 1000; with 1 or less no point was worth its way.
PRIZE = 30.0
NO_LIMIT = 2**62


def search(
    instance: Instance,
    options: Options,
    clock: Clock,
    report: Callable[[Solution, float | None], None],
    start: Solution | None,
) -> Outcome:
    """Search until the seconds are over; see `routeplan.planner.engine.Engine`."""
    del report  # It hands out no plan before its last.
    if instance.beds or options.seconds is None or start is not None:
        raise ValueError("PyVRP needs teams that are home every night, seconds, and no plan")
    home = initial_solution(instance)
    model = BlockModel(instance)
    task = model.task(home, None)
    vehicles = _vehicles(task)
    data = _data(task, _households(model, task), vehicles)
    result = pyvrp.solve(
        data,
        MaxRuntime(max(clock.left() or 0.0, 0.0)),
        seed=options.seed,
        collect_stats=False,
    )
    routes: list[tuple[int, ...]] = [() for _ in task.starts]
    unused = [list(shifts) for shifts in vehicles.values()]
    for route in result.best.routes():
        shift = unused[route.vehicle_type()].pop()
        routes[shift] = tuple(visit.idx for visit in route if visit.is_client())
    ends = [route.end for route in home.routes]
    solution = Solution(instance, instance.day_routes(ends, model.visits(tuple(routes))))
    repair(solution)
    complete(solution)
    return Outcome(solution, None, result.num_iterations, StoppedBy.TIME)


Kind = tuple[int, int, int, int, int]
"""Class, node of the start and of the end, opening and closing."""


def _vehicles(task: RoutingTask) -> dict[Kind, list[int]]:
    """Return the shifts of each kind of vehicle."""
    kinds: dict[Kind, list[int]] = {}
    fields = (task.classes, task.starts, task.ends, task.opening, task.closing)
    for shift, kind in enumerate(zip(*fields, strict=True)):
        kinds.setdefault(kind, []).append(shift)
    return kinds


def _households(model: BlockModel, task: RoutingTask) -> list[int]:
    blocks = range(len(task.prizes))
    return [model.visits(((block,),))[0][0].households for block in blocks]


def _data(
    task: RoutingTask, households: list[int], vehicles: dict[Kind, list[int]]
) -> pyvrp.ProblemData:
    everyone = set(range(len(task.starts)))
    if any(len(w) > 1 for w in task.windows) or any(set(v) < everyone for v in task.vehicles):
        raise ValueError("PyVRP needs villages that are open alike to all teams on all days")
    unit = PRIZE * (sum(task.closing) - sum(task.opening)) / sum(households)
    blocks, nodes = len(households), len(task.spans[0])
    return pyvrp.ProblemData(
        [pyvrp.Location(0, 0) for _ in range(nodes)],
        [
            pyvrp.Client(n, tw_early=low, tw_late=high, prize=round(unit * doors), required=False)
            for n, (doors, ((low, high),)) in enumerate(zip(households, task.windows, strict=True))
        ],
        [pyvrp.Depot(node) for node in range(blocks, nodes)],
        [
            _vehicle_type(kind, len(shifts), blocks, task.drive_limit)
            for kind, shifts in vehicles.items()
        ],
        [_matrix(times, way, task) for times, way in zip(task.drive, task.way, strict=True)],
        [_matrix(times, way, task) for times, way in zip(task.spans, task.way, strict=True)],
    )


def _vehicle_type(
    kind: Kind, count: int, blocks: int, drive_limit: int | None
) -> pyvrp.VehicleType:
    profile, start, end, opening, closing = kind
    return pyvrp.VehicleType(
        count,
        start_depot=start - blocks,
        end_depot=end - blocks,
        tw_early=opening,
        tw_late=closing,
        profile=profile,
        max_distance=NO_LIMIT if drive_limit is None else drive_limit,
    )


def _matrix(
    times: NDArray[np.int64], way: NDArray[np.bool_], task: RoutingTask
) -> Any:  # PyVRP's own types of arrays are not numpy's.
    """Return times that PyVRP takes: where there is no way, more than any day has."""
    matrix = np.where(way, times, max(task.closing) + 1)
    np.fill_diagonal(matrix, 0)
    return matrix


# So that a change of what engines are told is seen here too.
ENGINE: Engine = search
