"""What a rest within hours costs: households of the demo with lunch, and with a rest at will.

Run as ``python -m tests.bench.lunch``.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

from routeplan.planner import Options
from routeplan.scenario import read_scenario
from routeplan.workflow.prepare import prepare
from tests.bench.tables import cell, judged_plan, show
from tests.helpers.paths import DEMO


def main() -> None:
    """Print a row for each of both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0)
    seconds = parser.parse_args().seconds
    problem = prepare(read_scenario(DEMO / "scenario.toml")).problem
    show(*(cell(title, 12) for title in ("rest", "households", "weighted", "bound")))
    for name, hours in (("12 to 15", problem.rules.rest_between), ("at will", None)):
        rules = replace(problem.rules, rest_between=hours)
        summary = judged_plan(problem.replace(rules=rules), Options(seconds=seconds)).summary
        figures = summary.households, summary.weighted, summary.upper_bound
        show(cell(name, 12), *(cell(each, 12, 0) for each in figures))


if __name__ == "__main__":
    main()
