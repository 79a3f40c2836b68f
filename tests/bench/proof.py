"""The proof alone: how low the bound of a district comes, with how many cuts and leaves, and when.

Run as ``python -m tests.bench.proof``. A few seconds of annealing give the first routes; what is
timed begins after them.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ThreadPoolExecutor

from routeplan.planner.branch_and_price.algorithm import BranchAndPrice
from routeplan.planner.branch_and_price.team_classes import make_team_classes
from routeplan.planner.instance import Instance
from routeplan.planner.native_instance import make_native_instance
from tests.bench.district import SHAPES
from tests.bench.districts import make_district
from tests.bench.ruin_parameters import annealed
from tests.bench.tables import cell, show

WIDTHS = {"seconds": 9, "bound": 11, "routes": 8, "cuts": 6, "nodes": 8}


def main() -> None:
    """Print a row whenever the bound is lower."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--villages", type=int, default=80, choices=[*SHAPES])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--annealing", type=float, default=10.0, help="seconds of it")
    parser.add_argument("--seconds", type=float, default=120.0, help="at most, of proving")
    parser.add_argument("--home", action="store_true", help="every night")
    arguments = parser.parse_args()
    problem = make_district(arguments.villages, *SHAPES[arguments.villages], seed=arguments.seed)
    instance = Instance(problem.replace(sleeps=()) if arguments.home else problem)
    tables = make_native_instance(instance)
    annealer = annealed(instance, arguments.annealing)
    algorithm = BranchAndPrice(instance, tables, make_team_classes(instance, tables))
    print(f"annealing reached {annealer.score()[1]:.0f}")
    show(*(cell(name, width) for name, width in WIDTHS.items()))
    began, last = time.monotonic(), float("inf")
    algorithm.reduced_costs(annealer.routes())
    master, tree = algorithm.master, algorithm.tree
    with ThreadPoolExecutor() as pool:
        rounds, more = algorithm.solve(pool), True
        while more and time.monotonic() - began < arguments.seconds:
            more = next(rounds, tree) is not tree
            if tree.upper_bound < last or not more:
                last = tree.upper_bound
                routes = len({column.route for column in master.columns})
                figures = (time.monotonic() - began, last, routes, len(master.cuts), len(tree))
                show(*map(cell, figures, WIDTHS.values(), (1, 2, 0, 0, 0)))


if __name__ == "__main__":
    main()
