"""What the engines reach on published instances and on districts, beside the best that is known.

Run as ``python -m tests.bench.published``; reads ``../shared/bench`` and ``../shared/data``. Prints
a Markdown table, and a line for each plan on stderr. Gaps are to the best known: of what is
published, and of this program's longest runs, which `LONGEST` keeps (``--keep`` adds to it).

Limits of hotel selection are read in two ways: as printed, and longer by 0.01, since published
optima were found before the limits were rounded. As printed, no optimum is larger than what is
proved.
"""

from __future__ import annotations

import argparse
import csv
import math
import statistics
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from routeplan.planner import Options
from tests.bench.district import SHAPES
from tests.bench.districts import make_district, read_census_district
from tests.bench.instances import BENCH, Instance, read_ophs, read_top, spread
from tests.bench.tables import PYVRP, add_arguments, contenders, gap_percent, judged_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from routeplan.model.plan import Plan

__all__: list[str] = []

LONGEST = Path(__file__).with_name("longest.csv")
CENSUS = BENCH.parent / "data" / "villages" / "ayyrtau_2009.csv"
LONGER = Decimal("0.01")
# Of each size: villages, and how many districts.
DISTRICTS = {40: 3, 80: 3}
HEADS = (
    "instances",
    "engine",
    "plans",
    "at best known",
    "mean gap %",
    "worst gap %",
    "worst on",
    "proved",
    "mean s",
)


class Known(NamedTuple):
    """The best plan and the lowest bound of this program's longest runs."""

    households: int
    bound: float
    seconds: float


class Run(NamedTuple):
    """What one plan came to."""

    instance: Instance
    engine: str
    households: int
    bound: float
    seconds: float


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", nargs="+", default=[*PARTS], choices=[*PARTS])
    parser.add_argument("--groups", nargs="+", help="of these alone, e.g. 'OPHS 10-4'")
    parser.add_argument("--limit", type=int, help="so many instances of a part, spread over it")
    parser.add_argument("--unproved", action="store_true", help="only where no plan is proved yet")
    parser.add_argument("--cpu", action="store_true", help="seconds are those of the processor")
    parser.add_argument("--keep", action="store_true", help="better plans and bounds for next time")
    add_arguments(parser, seconds=10.0)
    arguments = parser.parse_args()
    known = read_longest()
    runs: list[Run] = []
    for part in arguments.parts:
        instances = [i for i in PARTS[part]() if i.group in (arguments.groups or (i.group,))]
        if arguments.unproved:
            instances = [i for i in instances if not _is_proved(known.get((i.group, i.name)))]
        for instance in spread(instances, arguments.limit):
            for engine in contenders(arguments):
                for run in _runs(instance, engine, arguments):
                    runs.append(run)
                    print(_line(run, known), file=sys.stderr, flush=True)
            if arguments.keep:
                known = kept(known, runs)
                write_longest(known)
    known = kept(known, runs)
    print(f"| {' | '.join(HEADS)} |\n|{' --- |' * len(HEADS)}")
    for row in table(runs, known):
        print(f"| {' | '.join(row)} |")


# ---- Instances ----


def _top() -> list[Instance]:
    # Where nothing can be reached, teams may not even get to their end: there is no plan.
    return [instance for instance in read_top() if instance.best]


def _ophs_longer() -> list[Instance]:
    # What is proved of limits as printed may be exceeded.
    return [
        Instance(i.name, f"{i.group}, limits + {LONGER}", i.problem, i.best)
        for i in read_ophs(longer=LONGER)
    ]


def _districts() -> list[Instance]:
    found = []
    for nights in (True, False):
        for villages, count in DISTRICTS.items():
            group = f"districts of {villages}, {'nights away' if nights else 'home every night'}"
            for seed in range(1, count + 1):
                problem = make_district(villages, *SHAPES[villages], seed=seed, nights=nights)
                found.append(Instance(f"seed {seed}", group, problem, None))
    return found


def _census() -> list[Instance]:
    away = read_census_district(CENSUS)
    home = away.replace(sleeps=())
    return [
        Instance(CENSUS.stem, f"Ayyrtau, {nights}", problem, None)
        for nights, problem in (("nights away", away), ("home every night", home))
    ]


PARTS: dict[str, Callable[[], list[Instance]]] = {
    "top": _top,
    "ophs": read_ophs,
    "ophs-longer": _ophs_longer,
    "districts": _districts,
    "census": _census,
}


# ---- Runs ----


def _runs(instance: Instance, engine: str, arguments: argparse.Namespace) -> Iterator[Run]:
    """Plan once for each seed; not at all where an engine's model cannot say the problem."""
    if engine == PYVRP and instance.problem.sleeps:
        return
    limit = {"cpu_seconds" if arguments.cpu else "seconds": arguments.seconds}
    for seed in range(1, arguments.seeds + 1):
        plan = judged_plan(instance.problem, Options(engine, seed=seed, **limit))
        yield _run(instance, engine, plan)


def _run(instance: Instance, engine: str, plan: Plan) -> Run:
    reached, bound = plan.summary.households, plan.summary.upper_bound
    if reached > (instance.upper_bound or math.inf):
        most = f"no plan can reach more than {instance.upper_bound}"
        raise SystemExit(f"{instance.name}, {engine}: {reached} households, {most}")
    bound = math.inf if bound is None else bound
    return Run(instance, engine, reached, bound, plan.run.seconds)


def _line(run: Run, known: dict[tuple[str, str], Known]) -> str:
    gap = gap_percent(best_known(run.instance, known), run.households)
    gaps = "" if gap is None else f", gap {gap:.2f} %"
    figures = f"{run.households} of at most {run.bound:.1f}{gaps}, {run.seconds:.1f} s"
    return f"{run.instance.group}, {run.instance.name}, {run.engine}: {figures}"


# ---- The best that is known ----


def read_longest(path: Path = LONGEST) -> dict[tuple[str, str], Known]:
    """Read the best of this program's longest runs, by group and name."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {
            (row["group"], row["instance"]): Known(
                int(row["households"]), float(row["bound"]), float(row["seconds"])
            )
            for row in csv.DictReader(file)
        }


def kept(known: dict[tuple[str, str], Known], runs: Iterable[Run]) -> dict[tuple[str, str], Known]:
    """Return what is known with runs that reach more, or prove more."""
    found = dict(known)
    for run in runs:
        key = run.instance.group, run.instance.name
        old = found.get(key, Known(-1, math.inf, 0.0))
        households, bound = max(old.households, run.households), min(old.bound, run.bound)
        if (households, bound) != old[:2]:
            found[key] = Known(households, round(bound, 3), round(run.seconds, 1))
    return found


def write_longest(known: dict[tuple[str, str], Known], path: Path = LONGEST) -> None:
    """Write what is known, in order."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["group", "instance", *Known._fields])
        table.writerows([*key, *row] for key, row in sorted(known.items()))


def best_known(instance: Instance, known: dict[tuple[str, str], Known]) -> int | None:
    """Return the best of what is published and of the longest runs, no more than is proved."""
    own = known.get((instance.group, instance.name))
    if own is None:
        return instance.best
    return max(own.households, math.floor(min(instance.best or 0, own.bound + 1e-6)))


def _is_proved(found: Run | Known | None) -> bool:
    """Return whether the bound shows that no plan reaches more whole households."""
    return found is not None and found.bound < found.households + 1 - 1e-6


# ---- The table ----


def table(runs: Sequence[Run], known: dict[tuple[str, str], Known]) -> list[list[str]]:
    """Return a row for each group and engine, and one for all groups of a kind."""
    rows = []
    kinds: dict[str, dict[str, None]] = {}
    for run in runs:
        kinds.setdefault(_kind(run.instance.group), {})[run.instance.group] = None
    for kind, groups in kinds.items():
        for group in [*groups, *([kind] if len(groups) > 1 else [])]:
            of = [r for r in runs if group in (r.instance.group, _kind(r.instance.group))]
            rows += [
                _row(f"{group}, all" if group not in groups else group, engine, of, known)
                for engine in dict.fromkeys(run.engine for run in of)
            ]
    return rows


def _kind(group: str) -> str:
    """Return what a group is one of: its first word, and how its limits are read."""
    name, comma, how = group.partition(",")
    return name.split(maxsplit=1)[0] + comma + how


def _row(
    name: str, engine: str, runs: Sequence[Run], known: dict[tuple[str, str], Known]
) -> list[str]:
    own = [run for run in runs if run.engine == engine]
    gaps = [
        (gap, run.instance.name)
        for run in own
        if (gap := gap_percent(best_known(run.instance, known), run.households)) is not None
    ]
    worst, where = max(gaps, default=(math.nan, ""))
    return [
        name,
        engine,
        str(len(own)),
        str(sum(gap <= 0 for gap, _ in gaps)),
        f"{statistics.mean(gap for gap, _ in gaps):.3f}" if gaps else "–",
        f"{worst:.2f}",
        where if worst > 0 else "–",
        str(sum(map(_is_proved, own))),
        f"{statistics.mean(run.seconds for run in own):.1f}",
    ]


if __name__ == "__main__":
    main()
