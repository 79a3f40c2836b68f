"""What is timed, run as a script by the Python of either checkout.

``work.py MEASURE INPUT`` prints a line of JSON: how often a CPU second does the work, and what came
of it where that must be the same in both. Only what both checkouts have may be imported here.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from routeplan.formats import problem_from_json
from routeplan.planner.branch_and_price.labelling import LabelMemory
from routeplan.planner.branch_and_price.network import NO_VALUE, Prizes, Terminals
from routeplan.planner.branch_and_price.pricing import PricingProblem
from routeplan.planner.branch_and_price.team_classes import terminal_places
from routeplan.planner.instance import Instance
from routeplan.planner.native_instance import make_native_instance
from routeplan.planner.ruin_and_recreate import Annealer
from routeplan.planner.solution import initial_solution
from routeplan.roads.hierarchy import contract, many_to_many

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from routeplan.planner.routes import DayRoute

# Repeatable work is done over and over for so long.
CPU_SECONDS = 2.0
# Parts of the cooling.
SHARES = 6
# So many villages at the most have a prize: to price a thousand exactly takes minutes.
PAYING = 400


class Result(NamedTuple):
    """How often the work is done in a CPU second, and figures to compare."""

    rate: float
    figures: list[float]


class Input:
    """The files of one instance; see `tests.bench.native.inputs`."""

    def __init__(self, path: Path) -> None:
        self.facts = json.loads(path.read_text(encoding="utf-8"))
        self.instance = Instance(problem_from_json(path.with_suffix(".problem").read_text("utf-8")))
        self.tables = make_native_instance(self.instance)
        self.roads = path.with_suffix(".npz")


def rounds(given: Input) -> Result:
    """Ruin and recreate, from hot to cold."""
    annealer = Annealer(given.instance, given.tables, initial_solution(given.instance), 1)
    annealer.iterate(100, 0.0)
    count, began = int(given.facts["rounds"]), time.process_time()
    for part in range(SHARES):
        annealer.iterate(count // SHARES, part / SHARES)
    return Result(count / (time.process_time() - began), [])


class Priced:
    """Prizes of a seed, and one shift of an instance to be priced with them."""

    def __init__(self, given: Input, seed: int) -> None:
        tables, villages = given.tables, given.instance.problem.villages
        rng = np.random.default_rng(seed)
        self.prizes = np.array([village.weight for village in villages]) * rng.random(len(villages))
        self.prizes[rng.permutation(len(villages))[PAYING:]] = 0.0
        places = np.array(terminal_places(tables))
        start = tables.start[:1].astype(np.int64)
        self.terminals = Terminals(start, np.zeros(1), places, np.zeros(len(places)))
        self.problem = PricingProblem(tables, 0, LabelMemory(), metric=True)

    def routes(self) -> list[DayRoute]:
        """Return routes that heuristic pricing finds."""
        prizes = Prizes(self.prizes, np.zeros(len(self.prizes)))
        result = self.problem.solve(self.terminals, prizes, exact=False)
        return [*self.problem.feasible_routes(result, prizes)]

    def price(self, threshold: float) -> NDArray[np.float64]:
        """Return the values of the ends, exact where they are above the threshold."""
        prizes = Prizes(self.prizes, np.zeros(len(self.prizes)))
        result = self.problem.solve(self.terminals, prizes, exact=True, threshold=threshold)
        values = result.upper_bounds
        if values is None:
            raise SystemExit("the pricing problem takes more labels than are allowed")
        return values


def bounded(given: Input) -> Result:
    """Price exactly, with completion bounds and thresholds."""
    return _priced(given, [float(each) for each in given.facts["thresholds"]])


def unbounded(given: Input) -> Result:
    """Price exactly, without completion bounds."""
    return _priced(given, [NO_VALUE] * len(given.facts["thresholds"]))


def _priced(given: Input, thresholds: list[float]) -> Result:
    days = [Priced(given, seed) for seed in range(len(thresholds))]

    def price() -> list[float]:
        pairs = zip(days, thresholds, strict=True)
        return [float(day.price(threshold).max()) for day, threshold in pairs]

    rate, best = _repeated(price)
    return Result(len(thresholds) * rate, best)


def roads(given: Input) -> Result:
    """Contract roads, and search between all places."""
    with np.load(given.roads) as kept:
        size = len(kept["indptr"]) - 1
        matrix = csr_array((kept["data"], kept["indices"], kept["indptr"]), shape=(size, size))
        millimetres, nodes, arrivals = (kept[key] for key in ("millimetres", "nodes", "arrivals"))

    def search() -> list[float]:
        found = many_to_many(contract(matrix, millimetres), nodes, arrivals)
        return [float(sum(part.microseconds.sum() for part in found))]

    return Result(*_repeated(search))


def _repeated(work: Callable[[], list[float]]) -> tuple[float, list[float]]:
    """Return how often a CPU second does some work, and what comes of it."""
    # Not timed: where kernels are compiled when they are needed, they are now.
    figures, count, began = work(), 0, time.process_time()
    while (spent := time.process_time() - began) < CPU_SECONDS:
        work()
        count += 1
    return count / spent, figures


MEASURES: dict[str, Callable[[Input], Result]] = {
    "rounds": rounds,
    "bounded": bounded,
    "unbounded": unbounded,
    "roads": roads,
}

if __name__ == "__main__":
    measure, path = sys.argv[1:]
    json.dump(MEASURES[measure](Input(Path(path))), sys.stdout)
