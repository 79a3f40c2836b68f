"""Driving where everybody is reached: how little of it each engine finds.

Run as ``python -m tests.bench.driving``. Districts have so few unsigned households that all are
reached with days to spare; teams are home every night, so that PyVRP can take part (extra
``bench``). What is compared are hours at the wheel of plans that the audit accepts and that reach
everybody.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import replace
from typing import TYPE_CHECKING

from routeplan.planner import Options
from tests.bench.districts import make_district
from tests.bench.tables import PYVRP, cell, judged_plan, show

if TYPE_CHECKING:
    from routeplan.model.problem import Problem

VILLAGES, TEAMS, DAYS = 30, 2, 5
# Of every so many households, one is still unsigned.
SHARE = 6
HOUR = 3600


def saturated(seed: int) -> Problem:
    """Return a district in which everybody can be reached."""
    problem = make_district(VILLAGES, TEAMS, DAYS, 0, seed=seed)
    villages = (replace(v, households=max(1, v.households // SHARE)) for v in problem.villages)
    return problem.replace(villages=tuple(villages))


def main() -> None:
    """Print a row for each seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15.0, help="for the engine columns")
    parser.add_argument("--others", type=float, default=60.0, help="for the other engines")
    parser.add_argument("--seeds", type=int, default=10)
    arguments = parser.parse_args()
    engines = ["columns", "routing", PYVRP]
    show(*(cell(title, 9) for title in ("seed", *engines, "more %")))
    for seed in range(1, arguments.seeds + 1):
        problem, hours = saturated(seed), []
        everybody = sum(village.households for village in problem.villages)
        for engine in engines:
            seconds = arguments.seconds if engine == "columns" else arguments.others
            plan = judged_plan(problem, Options(engine, seconds=seconds))
            is_whole = plan.summary.households == everybody
            hours.append(plan.summary.drive_seconds / HOUR if is_whole else math.inf)
        more = 100 * (hours[0] / min(hours) - 1)
        show(cell(seed, 9), *(cell(each, 9, 2) for each in [*hours, more]))


if __name__ == "__main__":
    main()
