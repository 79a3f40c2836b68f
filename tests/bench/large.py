"""Large problems: whether time limits and Ctrl-C hold, when the first plan is there, and memory.

Run as ``python -m tests.bench.large``. Each plan is made in a process of its own and judged by the
audit; what the clock counts begins with the call of the solver. With ``--busy``, two processes
keep both cores of a small machine busy beside it; with ``--interrupt``, Ctrl-C is pressed after the
seconds instead.
"""

from __future__ import annotations

import _thread
import argparse
import math
import multiprocessing
import resource
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from routeplan.audit import audit_plan
from routeplan.model.problem import Place, Problem, Sleep, TravelTimes
from routeplan.planner import Options, Progress, solve
from tests.bench.districts import HOUR, KM_PER_DEGREE, SPACING, make_district
from tests.bench.tables import cell, show

SHAPES = (
    *((400, 20, 30, 3), (1000, 20, 20, 3), (1000, 20, 60, 5), (3000, 6, 6, 3)),
    *((1000, 300, 60, 5), (5000, 6, 6, 5), (5000, 20, 10, 30)),
)
"""Villages, teams, days and seconds."""

KMH = 50
KIB_PER_MIB = 1024
WIDTHS = (9, 7, 6, 9, 9, 9, 10, 9, 7)
TITLES = ("villages", "teams", "days", "seconds", "took", "first s", "reached", "rounds", "MiB")


class Figures(NamedTuple):
    """What is measured of one plan."""

    took: float
    first: float
    reached: float
    rounds: int
    mebibytes: float


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--busy", action="store_true", help="keep two cores busy beside")
    parser.add_argument("--interrupt", action="store_true", help="press Ctrl-C after the seconds")
    arguments = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    others = [context.Process(target=spin, daemon=True) for _ in range(2 * arguments.busy)]
    for other in others:
        other.start()
    show(*map(cell, TITLES, WIDTHS))
    for shape in SHAPES:
        with ProcessPoolExecutor(1, mp_context=context) as process:
            found = process.submit(measured, *shape, interrupt=arguments.interrupt).result()
        show(*map(cell, (*shape, *found), WIDTHS, (0, 0, 0, 1, 1, 2, 0, 0, 0)))
    for other in others:
        other.terminate()


def spin() -> None:
    """Keep a core busy."""
    while True:
        math.factorial(1000)


def measured(villages: int, teams: int, days: int, seconds: float, *, interrupt: bool) -> Figures:
    """Plan once, and judge the plan."""
    problem = make_large(villages, teams, days)
    reported: list[Progress] = []
    options = Options(seconds=1e4 if interrupt else seconds)
    timer = threading.Timer(seconds, _thread.interrupt_main)
    if interrupt:
        timer.start()
    began = time.monotonic()
    plan = solve(problem, options, report=reported.append)
    took = time.monotonic() - began
    timer.cancel()
    violations = audit_plan(problem, plan)
    if violations:
        raise SystemExit("\n".join(map(str, violations)))
    mebibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_PER_MIB
    first = next((progress.seconds for progress in reported if progress.households), math.nan)
    return Figures(took, first, plan.summary.weighted, plan.run.iterations, mebibytes)


def make_large(villages: int, teams: int, days: int) -> Problem:
    """Make a district of any size: a tenth of the villages has beds, and all roads are straight."""
    frame = make_district(1, teams, days, 0, seed=1)
    rng = np.random.default_rng(1)
    side = SPACING * math.sqrt(villages)
    spots = np.vstack([np.full(2, side / 2), rng.uniform(0, side, (villages, 2))])
    km = 1.3 * np.linalg.norm(spots[:, None] - spots, axis=2)
    seconds = np.ceil(km / KMH * HOUR).astype(np.int64)
    ids = ["base", *(f"v{n:04d}" for n in range(1, villages + 1))]
    degrees = spots / KM_PER_DEGREE
    households = np.clip(rng.lognormal(math.log(35), 0.6, villages).round(), 8, 200)
    (village,) = frame.villages
    return frame.replace(
        places=tuple(
            Place(name, name, 40 + lat, 50 + lon)
            for name, (lat, lon) in zip(ids, degrees.tolist(), strict=True)
        ),
        travel={"car": TravelTimes(seconds, np.ones_like(seconds, dtype=bool))},
        villages=tuple(
            replace(village, place=name, households=int(count))
            for name, count in zip(ids[1:], households, strict=True)
        ),
        sleeps=tuple(Sleep(name, 2) for name in ids[1 : 1 + villages // 10]),
    )


if __name__ == "__main__":
    main()
