"""Twenty seeded districts and thirty crews: shared out by what a crew brings, against evenly.

Run as ``python -m tests.bench.country``. Both get the same seconds in all: sharing out spends them
on every district with one crew, two and so on, the even split on its own cells alone.

With ``--table kz_localities_wof_geonames.csv --districts 150 --crews 200 --most 2 -o FOLDER``
districts lie where the localities of the table do; then time, memory and what is written are
measured.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from routeplan.analysis import (
    Case,
    Runner,
    Variant,
    join,
    joined_villages,
    plan_country,
    vary,
)
from routeplan.audit import audit_plan
from routeplan.files import write_whole
from routeplan.formats import plan_to_json, problem_to_json
from routeplan.handouts import MapData, build_view, render_map
from routeplan.planner import Options
from tests.bench.districts import make_district, read_districts
from tests.bench.tables import cell, show

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def main() -> None:
    """Print what both ways to share out reach."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--districts", type=int, default=20)
    parser.add_argument("--crews", type=int, default=30)
    parser.add_argument("--most", type=int, default=4, help="crews for one district")
    parser.add_argument("--seconds", type=float, default=1.0, help="a cell when sharing out")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--table", type=Path, help="of localities")
    parser.add_argument("-o", "--output", type=Path, default=Path("outputs/country"))
    asked = parser.parse_args()
    if asked.table is not None:
        _measure(asked)
        return
    rng = random.Random(1)
    problems = {
        f"d{n:02d}": make_district(rng.choice([6, 10, 15, 25, 40]), 1, 3, 3, seed=n)
        for n in range(1, asked.districts + 1)
    }
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as kept:
        runner = Runner(Path(kept), workers=asked.workers)
        options = Options(seconds=asked.seconds)
        country = plan_country(problems, asked.crews, options, most=asked.most, runner=runner)
        shared = time.monotonic() - began
        base, more = divmod(asked.crews, asked.districts)
        even = {name: base + (n < more) for n, name in enumerate(problems)}
        seconds = asked.seconds * asked.most
        began = time.monotonic()
        plans = runner.plan(
            [
                Case(vary(problems[name], Variant(crews=crews)), Options(seconds=seconds))
                for name, crews in even.items()
                if crews
            ]
        )
        split = time.monotonic() - began
    curves = {name: [0.0, *each.table()["weighted"]] for name, each in country.frontiers.items()}
    problem, plan = join(country.cases())
    if audit_plan(problem, plan):
        raise SystemExit("the joined plan breaks a rule")
    reached = country.table()["reached"].sum()
    by_even = sum(made.summary.households for made in plans if made is not None)
    show(cell("shared out", 22), cell("crews", 6), cell("households", 11), cell("wall s", 8))
    show(cell("evenly", 22), cell(asked.crews, 6), cell(by_even, 11), cell(split, 8, 1))
    used = sum(country.crews.values())
    show(cell("by what a crew brings", 22), cell(used, 6), cell(reached, 11), cell(shared, 8, 1))
    greedy = _greedy(curves, asked.crews)
    by_greedy = sum(curves[name][n] for name, n in greedy.items())
    show(cell("one by one, greedily", 22), cell(sum(greedy.values()), 6), cell(by_greedy, 11))
    show(f"{100 * (reached / by_even - 1):.1f} % more; at most {country.upper_bound}")
    show(country.table().to_string(index=False))


def _measure(asked: argparse.Namespace) -> None:
    """Print how long a country of real localities takes, its memory, and the size of its files."""
    problems = read_districts(asked.table, asked.districts)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as kept:
        runner = Runner(Path(kept), workers=asked.workers)
        options = Options(seconds=asked.seconds)
        country = plan_country(problems, asked.crews, options, most=asked.most, runner=runner)
    planned = time.monotonic() - began
    cases = country.cases()
    problem, plan = join(cases, name="country")
    if audit_plan(problem, plan):
        raise SystemExit("the joined plan breaks a rule")
    page = render_map(build_view(problem, plan, MapData(districts=joined_villages(cases))))
    files = {
        "problem.json": problem_to_json(problem),
        "plan.json": plan_to_json(plan),
        "map.html": page,
    }
    write_whole({asked.output / name: text for name, text in files.items()})
    show(
        f"{len(problems)} districts, {len(problem.places)} places, {asked.most} crews at most each"
    )
    show(
        f"planned in {planned:.0f} s, joined, audited and written in "
        f"{time.monotonic() - began - planned:.0f} s; {country.households} households"
    )
    for name, text in files.items():
        show(f"{name}: {len(text.encode()) / 1e6:.1f} MB")
    own, largest = (
        resource.getrusage(who).ru_maxrss // 1024
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    show(f"most memory: {own} MiB, and {largest} MiB in the largest of {asked.workers} processes")


def _greedy(curves: Mapping[str, Sequence[float]], crews: int) -> dict[str, int]:
    """Give each crew to the district where the next one brings the most."""
    given = dict.fromkeys(curves, 0)
    for _ in range(crews):
        open_ = [name for name, curve in curves.items() if given[name] + 1 < len(curve)]
        best = max(
            open_, key=lambda name: curves[name][given[name] + 1] - curves[name][given[name]]
        )
        given[best] += 1
    return given


if __name__ == "__main__":
    main()
