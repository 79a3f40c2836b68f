"""What the benchmarks share: who takes part, plans that are judged, and tables to compare by."""

from __future__ import annotations

import importlib
import math
import statistics
import sys
from typing import TYPE_CHECKING, NamedTuple

from routeplan.audit import audit_plan
from routeplan.planner import ENGINES, Options, solve

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Sequence

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.planner import Progress
    from tests.bench.instances import Instance

__all__ = [
    "PYVRP",
    "add_arguments",
    "cell",
    "compare",
    "contenders",
    "gap_percent",
    "judged_plan",
    "show",
]

PYVRP = "pyvrp"


def add_arguments(parser: argparse.ArgumentParser, *, seconds: float) -> None:
    """Add what every benchmark may be told."""
    engines = [Options().engine]
    parser.add_argument("--seconds", type=float, default=seconds, help="for each plan")
    parser.add_argument("--seeds", type=int, default=1, help="how many; figures are medians")
    parser.add_argument("--engine", nargs="+", default=engines, choices=sorted(ENGINES))
    parser.add_argument("--against", choices=[PYVRP], help="needs the extra bench")


def contenders(arguments: argparse.Namespace) -> list[str]:
    """Return the engines that take part, the first being the one that others are held against."""
    return [*arguments.engine, *([arguments.against] if arguments.against else [])]


def judged_plan(
    problem: Problem, options: Options, report: Callable[[Progress], None] | None = None
) -> Plan:
    """Plan, and end the run where the plan breaks a rule."""
    if options.engine == PYVRP:
        ENGINES[PYVRP] = importlib.import_module("tests.bench.pyvrp_engine").ENGINE
    plan = solve(problem, options, report=report)
    violations = audit_plan(problem, plan)
    if violations:
        raise SystemExit("\n".join([f"{problem.name}, {options}:", *map(str, violations)]))
    return plan


def gap_percent(reference: float | None, households: float) -> float | None:
    """Return how far the households stay below a reference, in percent of it."""
    if reference is None:
        return None
    return 100 * (reference - households) / reference if reference else 0.0


def cell(value: float | str | None, width: int, digits: int = 0) -> str:
    """Return a value as a cell of a table, a dash where there is none."""
    if isinstance(value, str):
        return f"{value:>{width}s}"
    known = value is not None and math.isfinite(value)
    return f"{value:{width}.{digits}f}" if known else f"{'–':>{width}s}"


def show(*cells: str) -> None:
    """Print a line of a table at once, so that a long run can be watched."""
    print(*cells)
    sys.stdout.flush()


class Score(NamedTuple):
    """What one engine reached on one instance: medians over the seeds, and the best bound."""

    households: float
    bound: float | None
    seconds: float

    @property
    def proved(self) -> bool:
        """Whether the bound shows that no plan reaches more whole households."""
        return self.bound is not None and self.households >= math.floor(self.bound + 1e-6)


def compare(instances: Sequence[Instance], arguments: argparse.Namespace) -> None:
    """Print what each engine reaches on each instance, then each engine's mean and worst gap."""
    engines = contenders(arguments)
    wide = max(len(instance.name) for instance in instances)
    print(f"{arguments.seconds:g} s a plan, seeds 1 to {arguments.seeds}, gaps to the best known")
    heads = (cell(e, 9) + cell("gap %", 8) + cell("bound", 8) for e in engines)
    show(cell("instance", wide), cell("best", 6), cell("most", 6), *heads)
    scores: list[list[Score]] = []
    for instance in instances:
        row = [_score(instance, engine, arguments) for engine in engines]
        scores.append(row)
        cells = (
            cell(s.households, 9)
            + cell(gap_percent(instance.best, s.households), 8, 2)
            + cell(s.bound, 8, 1)
            for s in row
        )
        names = cell(instance.name, wide), cell(instance.best, 6), cell(instance.upper_bound, 6)
        show(*names, *cells)
    _conclude(instances, engines, scores)


def _score(instance: Instance, engine: str, arguments: argparse.Namespace) -> Score:
    plans = [
        judged_plan(instance.problem, Options(engine, seconds=arguments.seconds, seed=seed))
        for seed in range(1, arguments.seeds + 1)
    ]
    reached = [plan.summary.households for plan in plans]
    bounds = [p.summary.upper_bound for p in plans if p.summary.upper_bound is not None]
    if instance.upper_bound is not None and max(reached) > instance.upper_bound:
        most = f"no plan can reach more than {instance.upper_bound}"
        raise SystemExit(f"{instance.name}, {engine}: {max(reached)} households, {most}")
    return Score(
        statistics.median(reached),
        min(bounds, default=None),
        statistics.median(plan.run.seconds for plan in plans),
    )


def _conclude(
    instances: Sequence[Instance], engines: Sequence[str], scores: Sequence[Sequence[Score]]
) -> None:
    """Print a line for each engine: its gaps, and how far it is behind any other on one."""
    heads = ("mean gap %", "worst gap %", "at best", "proved", "most behind %", "mean s")
    show("\n" + cell("engine", 10), *(cell(head, 14) for head in heads), " worst on")
    for number, engine in enumerate(engines):
        own = [row[number] for row in scores]
        known = [(i.best, s.households, i.name) for i, s in zip(instances, own, strict=True)]
        gaps = _numbers((gap_percent(best, reached), name) for best, reached, name in known)
        behind = _numbers(
            (gap_percent(max(score.households for score in row), row[number].households), "")
            for row in scores
        )
        worst = max(gaps, default=(math.nan, ""))
        show(
            cell(engine, 10),
            cell(statistics.mean(gap for gap, _ in gaps) if gaps else None, 14, 3),
            cell(worst[0], 14, 2),
            cell(f"{sum(gap <= 0 for gap, _ in gaps)} of {len(gaps)}", 14),
            cell(f"{sum(score.proved for score in own)} of {len(own)}", 14),
            cell(max(behind)[0], 14, 2),
            cell(statistics.mean(score.seconds for score in own), 14, 2),
            f" {worst[1]}",
        )


def _numbers(pairs: Iterable[tuple[float | None, str]]) -> list[tuple[float, str]]:
    return [(number, name) for number, name in pairs if number is not None]
