"""Seeded districts: households, proof, time to get there, memory; nights free and home every night.

Run as ``python -m tests.bench.district``. Each plan is made in a process of its own, whose peak
memory is that of the process and of the largest one that it started.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import resource
import statistics
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from routeplan.model.plan import StoppedBy
from routeplan.planner import Options
from tests.bench.districts import SPACING, make_district
from tests.bench.tables import (
    PYVRP,
    add_arguments,
    cell,
    contenders,
    gap_percent,
    judged_plan,
    show,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from routeplan.planner import Progress

SHAPES = {40: (2, 4, 8), 80: (3, 5, 12), 120: (4, 6, 20), 300: (8, 8, 40), 1000: (20, 10, 100)}
"""By villages: teams, days, sleeping places."""

NEAR = 0.99
KIB_PER_MIB = 1024
COLUMNS = {
    "seed": (6, 0),
    "reached": (9, 0),
    "bound": (9, 0),
    "gap %": (8, 2),
    "first s": (8, 2),
    "1 % s": (8, 2),
    "proof s": (8, 1),
    "all s": (8, 1),
    "MiB": (7, 0),
}
"""Widths and digits."""


class Figures(NamedTuple):
    """What is measured of one plan; not a number or infinite where it did not come to that."""

    reached: float
    bound: float
    gap: float
    first_seconds: float
    near_seconds: float
    proof_seconds: float
    seconds: float
    mebibytes: float


class Case(NamedTuple):
    """A district and how it is planned."""

    villages: int
    engine: str
    seconds: float
    seed: int
    nights: bool
    spacing: float = SPACING


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--villages", type=int, nargs="+", default=[*SHAPES], choices=[*SHAPES])
    parser.add_argument("--spacing", type=float, default=SPACING, help="km between villages")
    add_arguments(parser, seconds=60.0)
    arguments = parser.parse_args()
    engines, seeds = contenders(arguments), range(1, arguments.seeds + 1)
    print(f"{arguments.seconds:g} s a plan; the seed is that of the district and of the search")
    for villages in arguments.villages:
        teams, days, sleeps = SHAPES[villages]
        print(f"\n{villages} villages, {teams} teams, {days} days, {sleeps} sleeping places")
        show(f"{'nights':8s}{'engine':10s}", *(cell(n, w) for n, (w, _) in COLUMNS.items()))
        medians: dict[tuple[bool, str], float] = {}
        for nights in (True, False):
            for engine in engines:
                # PyVRP's model has no say in where teams sleep.
                if not (nights and engine == PYVRP):
                    how = engine, arguments.seconds
                    cases = [Case(villages, *how, s, nights, arguments.spacing) for s in seeds]
                    medians[nights, engine] = _rows(cases)
        _compare_nights(medians)


def _rows(cases: Sequence[Case]) -> float:
    """Print a row for each seed and one of medians; return the median of what is reached."""
    figures = []
    for case in cases:
        figures.append(_alone(case))
        _row(case, str(case.seed), figures[-1])
    middle = Figures(*map(statistics.median, zip(*figures, strict=True)))
    if len(cases) > 1:
        _row(cases[0], "median", middle)
    return middle.reached


def _row(case: Case, seed: str, figures: Figures) -> None:
    names = f"{'free' if case.nights else 'home':8s}{case.engine:10s}"
    (wide, _), *sizes = COLUMNS.values()
    cells = zip(figures, sizes, strict=True)
    show(names, cell(seed, wide), *(cell(value, *size) for value, size in cells))


def _compare_nights(medians: dict[tuple[bool, str], float]) -> None:
    for (nights, engine), free in medians.items():
        for (other_nights, other), home in medians.items():
            if nights and not other_nights and home:
                more = 100 * (free / home - 1)
                show(f"nights free with {engine}: {more:+.1f} % on home every night with {other}")


def _alone(case: Case) -> Figures:
    """Measure in a process of its own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(measure, case).result()


def measure(case: Case) -> Figures:
    """Plan one district, and tell what came of it."""
    problem = make_district(
        case.villages, *SHAPES[case.villages], seed=case.seed, spacing=case.spacing
    )
    if not case.nights:
        problem = problem.replace(sleeps=())
    seen: list[Progress] = []
    options = Options(case.engine, seconds=case.seconds, seed=case.seed)
    plan = judged_plan(problem, options, seen.append)
    reached, bound = plan.summary.households, plan.summary.upper_bound
    near = (p.seconds for p in seen if p.households >= NEAR * reached)
    proved = plan.run.stopped_by is StoppedBy.PROVED
    gap = gap_percent(bound, reached)
    return Figures(
        reached=reached,
        bound=math.inf if bound is None else bound,
        gap=math.inf if gap is None else gap,
        first_seconds=seen[0].seconds if seen else math.inf,
        near_seconds=next(near, math.inf),
        proof_seconds=plan.run.seconds if proved else math.inf,
        seconds=plan.run.seconds,
        mebibytes=_peak_mebibytes(),
    )


def _peak_mebibytes() -> float:
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(resource.getrusage(kind).ru_maxrss for kind in kinds) / KIB_PER_MIB


if __name__ == "__main__":
    main()
