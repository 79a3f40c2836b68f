"""Parameters of ruin and recreate, side by side on seeded districts and team orienteering.

Run as ``python -m tests.bench.ruin_parameters``; prints, for each way to set it, the weighted
households that one walk reaches in the same seconds on districts of 80 villages, and its mean gap
to the best known on hard instances of team orienteering.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from typing import TYPE_CHECKING
from unittest import mock

from routeplan.planner import ruin_and_recreate as annealing
from routeplan.planner.instance import Instance
from routeplan.planner.native_instance import make_native_instance
from routeplan.planner.ruin_and_recreate import Annealer
from routeplan.planner.solution import initial_solution
from tests.bench.districts import make_district
from tests.bench.instances import read_top
from tests.bench.tables import gap_percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from routeplan.model.problem import Problem

HARD = (
    *("p4.2.f", "p4.2.h", "p4.2.l", "p4.2.r", "p4.4.l", "p4.4.n", "p4.4.p"),
    *("p7.2.k", "p7.2.o", "p7.2.s", "p7.4.l", "p7.4.o", "p7.4.q", "p7.4.t"),
)
WAYS: tuple[Mapping[str, float], ...] = (
    {},
    *({"shake": value} for value in (0.1, 0.5, 1.0, 2.0, 3.0)),
    *({"power": value} for value in (0.6, 0.8, 1.1, 1.5)),
    *({"detour": value} for value in (0.4, 1.6)),
    {"whole_shifts": 0.4, "near_villages": 0.3},
    {"whole_shifts": 0.05, "near_villages": 0.05},
    *({"most_strings": value} for value in (2, 3, 6)),
    *({"longest": value} for value in (6.0, 30.0)),
    *({"forced": value} for value in (0.0, 0.3, 0.6, 0.9)),
    {"tails": 0.3, "forced": 0.6},
    *({"most_forced": value} for value in (2, 4)),
    *({"taken_away": value} for value in (0.0, 1.0)),
    *({"trim": value} for value in (0.0, 0.1, 1.0)),
    *({"shortened": value} for value in (0.0, 0.3)),
    *({"nights": value} for value in (0.0, 1.0)),
    *({"hot": value} for value in (0.2, 2.0)),
    *({"cold": value} for value in (0.003, 0.03)),
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    seeds = range(1, options.seeds + 1)
    districts = [make_district(80, 3, 5, 12, seed=seed) for seed in seeds]
    known = {instance.name: instance for instance in read_top()}
    print(f"{options.seconds:g} s each; {'way':40s}{'district':>10s}{'TOP gap %':>10s}")
    for way in WAYS:
        reached = [_reached(problem, way, options.seconds) for problem in districts]
        gaps = [
            gap_percent(known[name].best, _reached(known[name].problem, way, options.seconds)) or 0
            for name in HARD
        ]
        print(f"{way!s:51s}{statistics.mean(reached):10.1f}{statistics.mean(gaps):10.2f}")
        sys.stdout.flush()


def _reached(problem: Problem, way: Mapping[str, float], seconds: float) -> float:
    tuned = dict(way)
    hot = tuned.pop("hot", annealing.INITIAL_TEMPERATURE)
    cold = tuned.pop("cold", annealing.FINAL_TEMPERATURE)
    instance = Instance(problem)
    with mock.patch.multiple(
        annealing,
        INITIAL_TEMPERATURE=hot,
        FINAL_TEMPERATURE=cold,
        FEW_STOPS=annealing.FEW_STOPS._replace(**tuned),  # type: ignore[arg-type]
        MANY_STOPS=annealing.MANY_STOPS._replace(**tuned),  # type: ignore[arg-type]
    ):
        return annealed(instance, seconds).score()[1]


def annealed(instance: Instance, seconds: float) -> Annealer:
    """Cool down once, from home every night."""
    annealer = Annealer(
        instance, make_native_instance(instance), initial_solution(instance), seed=1
    )
    began = time.monotonic()
    for _ in annealer.run(lambda: (time.monotonic() - began) / seconds):
        pass
    return annealer


if __name__ == "__main__":
    main()
