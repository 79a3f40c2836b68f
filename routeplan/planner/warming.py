"""Compiling all kernels once: run as ``python -m routeplan.planner.warming`` in a process beside.

Compiling takes longer than a first plan may; what is compiled is kept on disk for all later runs.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from routeplan.planner.annealing import Annealer
from routeplan.planner.certificate import Certificate
from routeplan.planner.crews import make_crews
from routeplan.planner.daykernel import share_out
from routeplan.planner.instance import Instance
from routeplan.planner.kernels import forget, is_kept, kept_in
from routeplan.planner.labels import grow
from routeplan.planner.nights import home_chain
from routeplan.planner.onward import look_onward
from routeplan.planner.rounds import anneal
from routeplan.planner.tables import make_tables
from routeplan.problem import Day, Place, Problem, Team, TravelTimes, Village, Window

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Compiled", "are_warm", "compiled_kernels", "warm"]


@dataclass(frozen=True, slots=True)
class Compiled:
    """Where compiled kernels are kept, in which files, and whether they are up to date."""

    folder: Path
    files: tuple[Path, ...]
    ready: bool


def compiled_kernels() -> Compiled:
    """Return what stands compiled on disk."""
    folder = kept_in(anneal)
    return Compiled(folder, tuple(sorted(folder.glob("*.nb[ci]"))), are_warm())


def are_warm() -> bool:
    """Tell whether the kernels stand compiled on disk."""
    return all(map(is_kept, (anneal, grow, look_onward, share_out)))


def warm() -> None:
    """Compile all kernels, or load them where they were compiled before."""
    if not are_warm():
        forget(anneal)
    instance = Instance(_smallest())
    tables = make_tables(instance)
    annealer = Annealer(instance, tables, home_chain(instance), seed=1)
    # Enough rounds to find a route: without one, nothing is priced, and more than a day holds is
    # there, or nothing would be worth it.
    annealer.turn(100, 0.0)
    certificate = Certificate(instance, tables, make_crews(instance, tables))
    certificate.gains(annealer.routes())
    # Quickly, until nothing is found, then exactly.
    while certificate.improve(None):
        pass


def _smallest() -> Problem:
    seconds = np.array([[0, 600], [600, 0]], dtype=np.int64)
    return Problem(
        places=(Place("base", "base", 0.0, 0.0), Place("v", "v", 0.0, 0.1)),
        travel={"car": TravelTimes(seconds, np.ones((2, 2), dtype=np.bool_))},
        villages=(Village("v", 1000),),
        teams=(Team("t", "base", "base", "car", 10.0),),
        days=(Day(dt.date(2027, 5, 3), Window(0, 36_000)),),
    )


if __name__ == "__main__":
    warm()
