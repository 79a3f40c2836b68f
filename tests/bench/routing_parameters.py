"""Search parameters of the engine `routing`, side by side on seeded districts.

Run as ``python -m tests.bench.routing_parameters``; prints the households that the days' search
reaches alone (home every night) for each way to set it, with the same seconds each.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from unittest import mock

from ortools.constraint_solver import routing_enums_pb2
from ortools.util import optional_boolean_pb2

from routeplan.planner.instance import Instance
from routeplan.planner.ortools_routing import model as routing_model
from routeplan.planner.ortools_routing import task as task_of
from routeplan.planner.solution import Solution, complete, initial_solution, repair
from tests.bench.districts import make_district

if TYPE_CHECKING:
    from collections.abc import Callable

    from routeplan.planner.ortools_routing.task import RoutingResult

    Tune = Callable[[Any], None]

METAHEURISTICS = ("GREEDY_DESCENT", "SIMULATED_ANNEALING", "TABU_SEARCH", "GUIDED_LOCAL_SEARCH")
OPERATORS = (
    "use_extended_swap_active",
    "use_relocate_and_make_active",
    "use_exchange_and_make_active",
    "use_inactive_lns",
    "use_path_lns",
    "use_cross_exchange",
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--villages", type=int, default=80)
    options = parser.parse_args()
    instances = [
        Instance(make_district(options.villages, 3, 5, 0, seed=seed, nights=False))
        for seed in range(1, options.seeds + 1)
    ]
    greedy = [_greedy(instance) for instance in instances]
    reached = [int(solution.reached_on.sum()) for solution in greedy]
    print(f"{options.villages} villages, 3 teams, 5 days, {options.seconds:g} s each, households:")
    print(f"{'greedy, no search':48s}{statistics.mean(reached):8.1f}  {reached}")
    for name, doors, worth, tune in _ways():
        found = [
            _search(instance, solution, options.seconds, (doors, worth), tune)
            for instance, solution in zip(instances, greedy, strict=True)
        ]
        print(f"{name:48s}{statistics.mean(found):8.1f}  {found}")
        sys.stdout.flush()


def _ways() -> list[tuple[str, int, float, Tune]]:
    guided = _metaheuristic("GUIDED_LOCAL_SEARCH")
    return [
        *((name.lower(), 60, 4.0, _metaheuristic(name)) for name in METAHEURISTICS),
        *((f"guided, {doors} doors a block", doors, 4.0, guided) for doors in (20, 40, 120)),
        *((f"guided, worth {worth}", 60, worth, guided) for worth in (0.25, 1.0, 16.0)),
        *((f"guided, lambda {value}", 60, 4.0, _lambda(value)) for value in (0.02, 0.4)),
        *((f"guided, {name}", 60, 4.0, _operator(name)) for name in OPERATORS),
    ]


def _metaheuristic(name: str) -> Tune:
    def tune(parameters: Any) -> None:
        value = getattr(routing_enums_pb2.LocalSearchMetaheuristic, name)
        parameters.local_search_metaheuristic = value

    return tune


def _lambda(coefficient: float) -> Tune:
    def tune(parameters: Any) -> None:
        parameters.guided_local_search_lambda_coefficient = coefficient

    return tune


def _operator(name: str) -> Tune:
    def tune(parameters: Any) -> None:
        setattr(parameters.local_search_operators, name, optional_boolean_pb2.BOOL_TRUE)

    return tune


def _greedy(instance: Instance) -> Solution:
    solution = initial_solution(instance)
    complete(solution)
    return solution


def _search(
    instance: Instance,
    solution: Solution,
    seconds: float,
    sizes: tuple[int, float],
    tune: Tune,
) -> int:
    """Search in this process, and return the households after filling up."""
    answers: list[RoutingResult] = []
    own = routing_model._parameters

    def tuned(solutions: int | None) -> Any:
        parameters = own(solutions)
        tune(parameters)
        return parameters

    with (
        mock.patch.object(task_of, "HOUSEHOLDS_PER_NODE", sizes[0]),
        mock.patch.object(task_of, "HOUSEHOLD_VALUE", sizes[1]),
        mock.patch.object(routing_model, "_parameters", tuned),
    ):
        model = task_of.TaskBuilder(instance)
        task = replace(model.task(solution, None), seconds=seconds)
        routing_model.solve_task(task, answers.append)
        best = int(solution.reached_on.sum())
        ends = [route.end for route in solution.routes]
        for answer in answers:
            trial = Solution(instance, instance.day_routes(ends, model.visits(answer.routes)))
            repair(trial)
            complete(trial)
            best = max(best, int(trial.reached_on.sum()))
    return best


if __name__ == "__main__":
    main()
