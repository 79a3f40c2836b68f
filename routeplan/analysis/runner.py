"""Plan many problems side by side, and keep each plan under a hash of all that it depends on.

A second run takes the plans that are kept, so that an interrupted one goes on where it stopped.
The same cases can be planned in this process, in processes of this machine, or on a Dask cluster.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import math
import os
import re
import sys
from collections import Counter, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from routeplan import __version__
from routeplan.analysis.pools import InProcess, Pool, Processes, Task, plan_from_entry
from routeplan.display import one_line
from routeplan.errors import Fault, InputError
from routeplan.files.store import Store, key_of
from routeplan.formats import plan_to_json, problem_to_json
from routeplan.language import gettext

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence
    from pathlib import Path

    from routeplan.analysis.variants import Variant
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.planner import Options

K = TypeVar("K", bound="Hashable")

LAST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class Case:
    """A problem, how long and how to search, a plan to start from, and a variant to plan instead.

    Variants of one problem are read by a worker, and sent to a cluster, as that problem, once.

    Examples
    --------
    >>> Case(problem, Options(seconds=5)).start is None
    True
    """

    problem: Problem
    options: Options
    start: Plan | None = None
    variant: Variant | None = None

    def __repr__(self) -> str:
        more = [] if self.variant is None else [self.variant.label()]
        more += [] if self.start is None else [f"from {self.start!r}"]
        return one_line("Case", "", repr(self.problem), repr(self.options), *more)


class Job(NamedTuple, Generic[K]):
    """A case that is posed when the jobs are done that it comes after, given their plans."""

    after: tuple[K, ...]
    pose: Callable[[Sequence[Plan | None]], Case]


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
            At Ctrl-C; the plans that are done by then are kept, and `note` is told how many.
        """
        jobs = {n: Job[int]((), functools.partial(_as_it_is, case)) for n, case in enumerate(cases)}
        plans = self.plan_jobs(jobs)
        return [plans[n] for n in jobs]

    def plan_jobs(self, jobs: Mapping[K, Job[K]]) -> dict[K, Plan | None]:
        """Plan jobs as `plan` does, each as soon as those are done that it comes after."""
        return _Planning(self, jobs).run()

    def pool(self, cases: int) -> Pool:
        """Return where so many cases are planned."""
        if self.scheduler is not None:
            # The library is heavy, and an extra.
            from routeplan.analysis.cluster import Cluster  # noqa: PLC0415  # as above

            return Cluster(self.scheduler, self.note or (lambda _: None))
        cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
        workers = min(cores if self.workers is None else self.workers, cases)
        return Processes(workers) if workers else InProcess()


def _as_it_is(case: Case, _plans: Sequence[Plan | None]) -> Case:
    return case


class _Planning(Generic[K]):
    """Jobs under way: which are done, which are planned now, and which wait for others.

    One pool plans them all; it is made when there is the first task that is not kept.
    """

    def __init__(self, runner: Runner, jobs: Mapping[K, Job[K]]) -> None:
        self._runner, self._jobs = runner, jobs
        self._store = None if runner.folder is None else Store(runner.folder, ".json")
        self._done: dict[K, Plan | None] = {}
        # By the key of a task, the jobs that it is planned for: equal ones are planned once.
        self._running: dict[str, list[K]] = {}
        self._missing = Counter({key: len(job.after) for key, job in jobs.items()})
        self._ready = deque(key for key in jobs if not self._missing[key])
        self._next: dict[K, list[K]] = {}
        for key, job in jobs.items():
            for before in job.after:
                self._next.setdefault(before, []).append(key)
        self._texts: dict[int, tuple[Problem, str]] = {}
        self._pool: Pool | None = None

    def run(self) -> dict[K, Plan | None]:
        """Plan all jobs, and report how many are done each time that some are."""
        finished = False
        try:
            self._start_ready()
            while self._pool is not None and self._running:
                for key, entry in self._pool.wait():
                    if self._store:
                        self._store.write(key, entry.encode())
                    plan = plan_from_entry(entry)
                    for job in self._running.pop(key):
                        self._settle(job, plan)
                    self._start_ready()
            finished = True
        except KeyboardInterrupt:
            self._note_kept()
            raise
        finally:
            if self._pool is not None:
                self._pool.close(kill=not finished)
        return self._done

    def _start_ready(self) -> None:
        """Take the plans of jobs that are ready and kept, and have the others planned."""
        while self._ready:
            key = self._ready.popleft()
            job = self._jobs[key]
            task = self._task(job.pose([self._done[before] for before in job.after]))
            name = key_of(*task, __version__)
            # What is missing or damaged is planned.
            with contextlib.suppress(ValueError):
                self._settle(key, plan_from_entry((self._store and self._store.read(name)) or b""))
                continue
            self._running.setdefault(name, []).append(key)
            if len(self._running[name]) == 1:
                if self._pool is None:
                    self._pool = self._runner.pool(len(self._jobs))
                self._pool.submit(name, task)
        if self._runner.report is not None:
            self._runner.report(len(self._done), len(self._jobs))

    def _settle(self, key: K, plan: Plan | None) -> None:
        self._done[key] = plan
        for later in self._next.get(key, ()):
            self._missing[later] -= 1
            if not self._missing[later]:
                self._ready.append(later)

    def _task(self, case: Case) -> Task:
        start = None
        if case.start is not None:
            # How long it took to find does not belong to the key.
            run = dataclasses.replace(case.start.run, seconds=0.0)
            start = plan_to_json(case.start.replace(run=run))
        problem = case.problem
        if id(problem) not in self._texts:
            self._texts[id(problem)] = problem, problem_to_json(problem)
        return Task(self._texts[id(problem)][1], case.variant, case.options, start)

    def _note_kept(self) -> None:
        runner = self._runner
        if runner.note is not None and self._store is not None:
            done, total = len(self._done), len(self._jobs)
            text = gettext("{done} of {total} plans are done and kept", done=done, total=total)
            runner.note(text)


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


def objective_value(plan: Plan | None) -> float:
    """Return what a plan was maximized for, NaN where there is none."""
    return math.nan if plan is None else plan.summary.objective


def run_figures(plan: Plan | None) -> dict[str, object]:
    """Return how long the search of a plan went on, and why it stopped; missing without a plan."""
    if plan is None:
        return {"iterations": math.nan, "stopped_by": None}
    return {"iterations": plan.run.iterations, "stopped_by": plan.run.stopped_by.value}
