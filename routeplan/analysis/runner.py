"""Plan many problems side by side, and keep each plan under a hash of all that it depends on.

A second run takes the plans that are kept, so that an interrupted one goes on where it stopped.
The same cases can be planned in this process, in processes of this machine, or on a Dask cluster.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import json
import multiprocessing
import os
import re
import signal
import sys
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from routeplan import __version__
from routeplan.display import one_line
from routeplan.errors import INTERRUPTED, Fault, InputError, PlanError, RouteplanError
from routeplan.files.store import Store, key_of
from routeplan.formats import (
    plan_from_json,
    plan_to_json,
    problem_from_json,
    problem_sha256,
    problem_to_json,
)
from routeplan.isolation import isolate_child, isolated_imports
from routeplan.language import gettext
from routeplan.model.plan import StoppedBy
from routeplan.planner import Options, solve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

FORMAT, VERSION = "routeplan-cell", 1
# Workers that are lost this often on the same cases are not lost by chance.
MAX_LOSSES = 3

Task: TypeAlias = tuple[str, Options, str | None]
"""A case with its problem and start as texts, which any process of any machine can read."""


def plan_task(task: Task) -> str:
    """Plan one case, in any process; return its entry."""
    problem, options, start = task
    plan: str | None = None
    why_not: list[str] = []
    try:
        found = solve(
            *(problem_from_json(problem), options),
            start=None if start is None else plan_from_json(start),
            sha256=problem_sha256(problem),
        )
    except PlanError as error:
        # Without texts, which are in the language of the process.
        why_not = [fault.where for fault in error.faults]
    else:
        if found.run.stopped_by is StoppedBy.INTERRUPT:
            raise KeyboardInterrupt
        plan = plan_to_json(found)
    values = {"format": FORMAT, "version": VERSION, "plan": plan, "why_not": why_not}
    return json.dumps(values, ensure_ascii=False)


def plan_from_entry(entry: str | bytes) -> Plan | None:
    """Read an entry that `plan_task` wrote; ValueError if it is damaged or of another version."""
    values = json.loads(entry)
    written = {"format": FORMAT, "version": VERSION}
    if not isinstance(values, dict) or not values.items() >= written.items():
        raise ValueError("is not a plan of this version")
    plan = values.get("plan")
    return None if plan is None else plan_from_json(plan)


def in_processes(waiting: dict[str, Task], workers: int) -> Iterator[tuple[str, str]]:
    """Yield keys and entries of tasks as processes of this machine have planned them."""
    left = dict(waiting)
    for _ in range(MAX_LOSSES):
        try:
            for key, entry in _one_pool(left, workers):
                del left[key]
                yield key, entry
        except BrokenProcessPool:
            continue
        if not left:
            return
    message = gettext("processes that plan were lost {n} times; is memory short?", n=MAX_LOSSES)
    raise RouteplanError(message)


def _one_pool(left: dict[str, Task], workers: int) -> Iterator[tuple[str, str]]:
    context = multiprocessing.get_context("spawn")
    others = set(multiprocessing.active_children())
    # The pool starts a resource tracker, and with the first task its processes.
    with isolated_imports():
        pool = concurrent.futures.ProcessPoolExecutor(
            workers, mp_context=context, initializer=_start_worker
        )
    try:
        with isolated_imports():
            futures = {pool.submit(plan_task, task): key for key, task in left.items()}
        for future in concurrent.futures.as_completed(futures):
            yield futures[future], future.result()
    except BaseException:
        # Nobody waits for cases that are half done.
        pool.shutdown(wait=False, cancel_futures=True)
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
        raise
    pool.shutdown()


def _start_worker() -> None:
    """Let Ctrl-C end a worker at once; its parent reports it."""
    isolate_child()
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))


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

    def __repr__(self) -> str:
        start = [] if self.start is None else [f"from {self.start!r}"]
        return one_line("Case", "", repr(self.problem), repr(self.options), *start)


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
    note
        Called with remarks, such as that a cluster has no workers.

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
    note: Callable[[str], None] | None = None

    def __post_init__(self) -> None:
        if self.scheduler is None:
            return
        # The library would try an invalid address for long.
        pattern = r"tcp://(?:[\w.-]+|\[[0-9a-fA-F:.%]+\]):([0-9]{1,5})"
        match = re.fullmatch(pattern, self.scheduler)
        if match is None or not 0 < int(match[1]) <= LAST_PORT:
            message = gettext("{address!r} is not like tcp://host:port", address=self.scheduler)
            hint = gettext("give it as the scheduler says it when it starts")
            raise InputError([Fault("--scheduler", message, hint)])

    def plan(self, cases: Sequence[Case]) -> list[Plan | None]:
        """Plan cases unless their plans are kept; None where what is required cannot be planned.

        Raises
        ------
        InputError
            If the start of a case does not fit, the folder cannot be written to, or the cluster
            cannot be reached or is of another version.
        RouteplanError
            If workers are lost again and again, or the cluster is.
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
            # The library is heavy, and an extra.
            from routeplan.analysis.cluster import on_cluster  # noqa: PLC0415  # as above

            return on_cluster(plan_task, waiting, self.scheduler, self.note or (lambda _: None))
        cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
        workers = min(cores if self.workers is None else self.workers, len(waiting))
        if workers:
            return in_processes(waiting, workers)
        return ((key, plan_task(task)) for key, task in waiting.items())


def with_seeds(options: Options, seeds: int) -> list[Options]:
    """Return options with so many random seeds, from their own on; refuse less than one."""
    if seeds < 1:
        message = gettext("{value} is not a number of 1 or more", value=seeds)
        raise InputError([Fault("seeds", message)])
    return [dataclasses.replace(options, seed=options.seed + n) for n in range(seeds)]


def best_plan(plans: Sequence[Plan | None]) -> Plan | None:
    """Return the plan with the highest objective, of equal ones the one with the least driving."""
    return max(
        (plan for plan in plans if plan is not None),
        key=lambda plan: (plan.summary.objective, -plan.summary.drive_seconds),
        default=None,
    )


def _task(case: Case) -> Task:
    start = None
    if case.start is not None:
        # How long it took to find does not belong to the key.
        run = dataclasses.replace(case.start.run, seconds=0.0)
        start = plan_to_json(case.start.replace(run=run))
    return problem_to_json(case.problem), case.options, start
