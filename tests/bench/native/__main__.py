"""How fast the inner loops are, against another checkout of the project: ratios of CPU time.

Run as ``python -m tests.bench.native --old FOLDER``, a checkout with its own ``.venv``, such as the
last one whose kernels numba compiled. Both do the same work by turns, each time in a process of its
own; figures are medians. A ratio above 1 says that this checkout is faster.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from itertools import product
from pathlib import Path
from typing import NamedTuple

from tests.bench.native import work
from tests.bench.native.inputs import INSTANCES, make_inputs
from tests.bench.tables import cell, show

PROJECT = Path(__file__).parents[3]
TITLES = {
    "rounds": "iterations of ruin and recreate per CPU s",
    "bounded": "exact pricings per CPU s, with bounds",
    "unbounded": "exact pricings per CPU s, without bounds",
    "roads": "many-to-many, with contraction, CPU s",
}
# Where exact pricing without bounds takes minutes.
LARGE = {"1000"}


class Checkout(NamedTuple):
    """A checkout of the project, and the Python that has what it needs."""

    folder: Path
    python: str

    def run(self, measure: str, facts: Path) -> work.Result:
        """Do some work in a process of its own."""
        result = subprocess.run(  # noqa: S603  # a checkout that the user named, and this one
            [self.python, work.__file__, measure, str(facts)],
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": str(self.folder)},
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        return work.Result(*json.loads(result.stdout))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--old", type=Path, required=True, help="folder of another checkout")
    parser.add_argument("--instance", nargs="+", default=[*INSTANCES], choices=[*INSTANCES])
    parser.add_argument("--measure", nargs="+", default=[*TITLES], choices=[*TITLES])
    parser.add_argument("--repeats", type=int, default=3, help="of which the median is taken")
    arguments = parser.parse_args()
    old = arguments.old.resolve()
    checkouts = Checkout(old, str(old / ".venv/bin/python")), Checkout(PROJECT, sys.executable)
    show(f"{'':42s}{'instance':>9s}", *(cell(head, 10) for head in ("old", "this", "ratio")))
    with tempfile.TemporaryDirectory() as folder:
        facts = {name: make_inputs(name, Path(folder)) for name in arguments.instance}
        ratios = [
            _row(checkouts, measure, facts[name], arguments.repeats)
            for measure, name in product(arguments.measure, arguments.instance)
            if not (measure == "unbounded" and name in LARGE)
        ]
    show(f"{'geometric mean':73s}", _ratio(ratios))


def _row(checkouts: tuple[Checkout, Checkout], measure: str, facts: Path, repeats: int) -> float:
    """Print the medians of a measure on an instance; return how much faster this checkout is."""
    runs = [one.run(measure, facts) for _ in range(repeats) for one in checkouts]
    first = runs[0].figures
    for result in runs:
        if not all(map(math.isclose, first, result.figures)):
            both = f"{first} in one, {result.figures} in another"
            raise SystemExit(f"{measure}, {facts.stem}: {both}")
    old, this = (statistics.median(run.rate for run in runs[part::2]) for part in (0, 1))
    figures = (1 / old, 1 / this) if measure == "roads" else (old, this)
    digits = 4 if measure == "roads" else 1
    cells = (cell(figure, 10, digits) for figure in figures)
    show(f"{TITLES[measure]:42s}{facts.stem:>9s}", *cells, _ratio([this / old]))
    return this / old


def _ratio(ratios: list[float]) -> str:
    return cell(statistics.geometric_mean(ratios), 10, 2)


if __name__ == "__main__":
    main()
