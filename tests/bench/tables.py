"""What the benchmarks share: who takes part, plans that are judged, and tables to compare by."""

from __future__ import annotations

import importlib
import math
import sys
from typing import TYPE_CHECKING

from routeplan.audit import audit_plan
from routeplan.planner import ENGINES, Options, solve

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.planner import Progress

__all__ = [
    "PYVRP",
    "add_arguments",
    "cell",
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
