"""A sweep of 24 scenarios on one worker and on two, of which one is killed in the middle.

Run as ``python -m tests.bench.sweep``. It ends the run where the plans differ from those of a
single process, or where a second call plans anything. With ``--seconds 2 --villages 60`` the time
of two workers is compared with half of what all searches take.
"""

from __future__ import annotations

import argparse
import itertools
import os
import signal
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from distributed import LocalCluster

from routeplan.analysis import Case, Runner, Variant
from routeplan.planner import Options
from tests.bench.districts import make_district
from tests.bench.tables import cell, show

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from routeplan.model.plan import Plan

CREWS, DAYS, NIGHTS = (1, 2, 3), (2, 3), (0, 1, 2, 3)


def main() -> None:
    """Print the seconds that the sweep takes, by what plans it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--iterations", type=int, default=60, help="for each plan")
    parser.add_argument("--villages", type=int, default=20)
    parser.add_argument("--seconds", type=float, help="for each plan, instead of iterations")
    asked = parser.parse_args()
    problem = make_district(asked.villages, 3, 3, 5, seed=1)
    by_iterations = Options(iterations=asked.iterations)
    options = by_iterations if asked.seconds is None else Options(seconds=asked.seconds)
    cases = [
        Case(problem, options, variant=Variant(crews=crews, days=days, nights=nights))
        for crews, days, nights in itertools.product(CREWS, DAYS, NIGHTS)
    ]
    if asked.seconds is not None:
        took, plans = _on_cluster(cases, workers=2)
        ideal = sum(plan.run.seconds for plan in plans if plan is not None) / 2
        show(f"{len(cases)} cells: {took:.1f} s, {took / ideal:.2f} times the ideal {ideal:.1f} s")
        return
    show(cell("planned by", 34), cell("cells", 6), cell("seconds", 9), cell("ratio", 7))
    single, alone = _timed(lambda: Runner(workers=0).plan(cases))
    show(cell("this process", 34), cell(len(cases), 6), cell(single, 9, 1))
    one, plans = _on_cluster(cases, workers=1)
    _same(plans, alone)
    show(cell("a cluster of one worker", 34), cell(len(cases), 6), cell(one, 9, 1))
    two, plans = _on_cluster(cases, workers=2)
    _same(plans, alone)
    show(cell("of two", 34), cell(len(cases), 6), cell(two, 9, 1), cell(one / two, 7, 2))
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        killed, plans = _on_cluster(cases, workers=2, folder=folder, kill=True)
        _same(plans, alone)
        name = "of two, one killed in the middle"
        show(cell(name, 34), cell(len(cases), 6), cell(killed, 9, 1), cell(one / killed, 7, 2))
        counts: list[tuple[int, int]] = []
        again = Runner(folder, workers=0, report=lambda *reported: counts.append(reported))
        second, plans = _timed(lambda: again.plan(cases))
        _same(plans, alone)
        if counts != [(len(cases), len(cases))]:
            raise SystemExit(f"the second call planned cells: {counts}")
        show(cell("kept: a second call", 34), cell(0, 6), cell(second, 9, 1))


def _on_cluster(
    cases: Sequence[Case], *, workers: int, folder: Path | None = None, kill: bool = False
) -> tuple[float, list[Plan | None]]:
    with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=workers,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address=None,
        worker_dashboard_address=None,
    ) as cluster:
        # Loading what plans takes as long as some cells do, and is not what is compared.
        first = [Case(make_district(4, 1, 1, 0, seed=n), Options(iterations=1)) for n in range(8)]
        Runner(scheduler=cluster.scheduler_address).plan(first)
        killed: list[int] = []

        def report(done: int, total: int) -> None:
            if kill and not killed and done >= total // 2:
                killed.append(next(iter(cluster.workers.values())).pid)
                os.kill(killed[0], signal.SIGKILL)

        planned = Runner(folder, scheduler=cluster.scheduler_address, report=report)
        return _timed(lambda: planned.plan(cases))


def _timed(plan: Callable[[], list[Plan | None]]) -> tuple[float, list[Plan | None]]:
    began = time.monotonic()
    plans = plan()
    return time.monotonic() - began, plans


def _same(plans: Sequence[Plan | None], alone: Sequence[Plan | None]) -> None:
    for number, (one, other) in enumerate(zip(plans, alone, strict=True)):
        if one is None or other is None or one.tours != other.tours:
            raise SystemExit(f"cell {number} came out otherwise than in a single process")


if __name__ == "__main__":
    main()
