"""Plan many problems side by side, and keep each plan under a hash of all that it depends on.

A second run takes the plans that are kept, so that an interrupted one goes on where it stopped.
The same cases can be planned in this process, in processes of this machine, or on a Dask cluster.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from routeplan import __version__
from routeplan.analysis.workers import Task, in_processes, on_cluster, plan_from_entry, plan_task
from routeplan.errors import Fault, InputError
from routeplan.files.store import Store, key_of
from routeplan.formats import (
    plan_to_json,
    problem_to_json,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.planner import Options

LAST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class Case:
    """A problem, how long and how to search, and a plan to start from.

    Examples
    --------
    >>> Case(problem, Options(seconds=5)).start is None
    True
    """

    problem: Problem
    options: Options
    start: Plan | None = None


@dataclass(frozen=True, slots=True)
class Runner:
    """Where cases are planned, and where their plans are kept.

    Parameters
    ----------
    folder
        Where plans are kept; nowhere by default.
    workers
        Processes of this machine: by default one a core, 0 to plan in this process.
    scheduler
        Address of a Dask scheduler, ``tcp://host:port``, which else is an InputError; the only
        connection that is opened, and only if it is given.
    report
        Called with the number of cases that are done, and of all.

    Examples
    --------
    >>> runner = Runner(folder / "cells", workers=0)
    >>> plans = runner.plan([Case(problem, Options(iterations=5, bound=False))])
    >>> plans[0].run.iterations
    5
    """

    folder: Path | None = None
    workers: int | None = None
    scheduler: str | None = None
    report: Callable[[int, int], None] | None = None

    def __post_init__(self) -> None:
        if self.scheduler is None:
            return
        # The library would try an invalid address for long.
        pattern = r"tcp://(?:[\w.-]+|\[[0-9a-fA-F:.%]+\]):([0-9]{1,5})"
        match = re.fullmatch(pattern, self.scheduler)
        if match is None or not 0 < int(match[1]) <= LAST_PORT:
            message = f"{self.scheduler!r} is not like tcp://host:port"
            hint = "give it as the scheduler says it when it starts"
            raise InputError([Fault("--scheduler", message, hint)])

    def plan(self, cases: Sequence[Case]) -> list[Plan | None]:
        """Plan cases unless their plans are kept; None where what is required cannot be planned.

        Raises
        ------
        InputError
            If the start of a case does not fit, the folder cannot be written to, or the cluster
            cannot be reached.
        RouteplanError
            If workers are lost again and again.
        KeyboardInterrupt
            At Ctrl-C; the plans that are done by then are kept.
        """
        store = None if self.folder is None else Store(self.folder, ".json")
        tasks = [_task(case) for case in cases]
        keys = [key_of(task, __version__) for task in tasks]
        waiting = dict(zip(keys, tasks, strict=True))
        done: dict[str, Plan | None] = {}
        for key in list(waiting):
            # What is missing or damaged is planned.
            with contextlib.suppress(ValueError):
                done[key] = plan_from_entry((store and store.read(key)) or b"")
                del waiting[key]
        total = len(waiting) + len(done)
        self._report(len(done), total)
        for key, entry in self._run(waiting):
            if store:
                store.write(key, entry.encode())
            done[key] = plan_from_entry(entry)
            self._report(len(done), total)
        return [done[key] for key in keys]

    def _report(self, done: int, total: int) -> None:
        if self.report is not None:
            self.report(done, total)

    def _run(self, waiting: dict[str, Task]) -> Iterator[tuple[str, str]]:
        """Yield keys and entries of tasks as they are done."""
        if not waiting:
            return iter(())
        if self.scheduler is not None:
            return on_cluster(waiting, self.scheduler)
        cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
        workers = min(cores if self.workers is None else self.workers, len(waiting))
        if workers:
            return in_processes(waiting, workers)
        return ((key, plan_task(task)) for key, task in waiting.items())


def _task(case: Case) -> Task:
    start = None
    if case.start is not None:
        # How long it took to find does not belong to the key.
        run = dataclasses.replace(case.start.run, seconds=0.0)
        start = plan_to_json(case.start.replace(run=run))
    return problem_to_json(case.problem), case.options, start
