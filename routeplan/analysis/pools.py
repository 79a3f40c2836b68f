"""Where cases are planned: in this process, or in processes of this machine.

A pool takes tasks as texts, which any process of any machine can read, and gives back entries as
they are done.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import functools
import json
import multiprocessing
import os
import signal
from collections import deque
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, NamedTuple, Protocol

from routeplan.analysis.variants import Variant, vary
from routeplan.errors import INTERRUPTED, PlanError, RouteplanError
from routeplan.formats import (
    plan_from_json,
    plan_to_json,
    problem_from_json,
    problem_sha256,
)
from routeplan.isolation import isolate_child, isolated_imports
from routeplan.language import gettext as _
from routeplan.model.plan import StoppedBy
from routeplan.planner import Options, solve

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

FORMAT, VERSION = "routeplan-cell", 1
# Workers that are lost this often are not lost by chance.
MAX_LOSSES = 3


class Task(NamedTuple):
    """A case as texts: the problem, a variant of it that is planned, how, and a plan to start from.

    Variants of one problem have its text in common.
    """

    problem: str
    variant: Variant | None
    options: Options
    start: str | None


class Pool(Protocol):
    """Plans tasks, each under a key."""

    def submit(self, key: str, task: Task) -> None:
        """Take a task."""

    def wait(self) -> Sequence[tuple[str, str]]:
        """Wait until tasks are done; return their keys and entries."""

    def close(self, *, kill: bool) -> None:
        """End the pool; `kill` tasks that are not done."""


def plan_task(task: Task) -> str:
    """Plan one task, in any process; return its entry."""
    problem, sha256 = _read_problem(task.problem), None
    if task.variant is None:
        sha256 = problem_sha256(task.problem)
    else:
        problem = vary(problem, task.variant)
    plan: str | None = None
    why_not: list[str] = []
    try:
        start = None if task.start is None else plan_from_json(task.start)
        found = solve(problem, task.options, start=start, sha256=sha256)
    except PlanError as error:
        # Without texts, which are in the language of the process.
        why_not = [fault.where for fault in error.faults]
    else:
        if found.run.stopped_by is StoppedBy.INTERRUPT:
            raise KeyboardInterrupt
        plan = plan_to_json(found)
    values = {"format": FORMAT, "version": VERSION, "plan": plan, "why_not": why_not}
    return json.dumps(values, ensure_ascii=False)


@functools.lru_cache(maxsize=2)
def _read_problem(text: str) -> Problem:
    return problem_from_json(text)


def plan_from_entry(entry: str | bytes) -> Plan | None:
    """Read an entry that `plan_task` wrote; ValueError if it is damaged or of another version."""
    values = json.loads(entry)
    written = {"format": FORMAT, "version": VERSION}
    if not isinstance(values, dict) or not values.items() >= written.items():
        raise ValueError("is not a plan of this version")
    plan = values.get("plan")
    return None if plan is None else plan_from_json(plan)


class InProcess:
    """Plans one task after the other in this process."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[str, Task]] = deque()

    def submit(self, key: str, task: Task) -> None:
        """Take a task."""
        self._waiting.append((key, task))

    def wait(self) -> list[tuple[str, str]]:
        """Plan the next task."""
        key, task = self._waiting.popleft()
        return [(key, plan_task(task))]

    def close(self, *, kill: bool) -> None:
        """Do nothing: nothing goes on."""


class Processes:
    """Plans in processes of this machine, which are started once."""

    def __init__(self, workers: int) -> None:
        self._workers, self._losses = workers, 0
        self._tasks: dict[str, Task] = {}
        self._futures: dict[concurrent.futures.Future[str], str] = {}
        self._others = set(multiprocessing.active_children())
        self._pool = self._new_pool()

    def _new_pool(self) -> concurrent.futures.ProcessPoolExecutor:
        # The pool starts a resource tracker, and with tasks its processes.
        with isolated_imports():
            return concurrent.futures.ProcessPoolExecutor(
                self._workers,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_start_worker,
            )

    def submit(self, key: str, task: Task) -> None:
        """Take a task."""
        self._tasks[key] = task
        try:
            self._send([key])
        except BrokenProcessPool:
            self._start_again()

    def _send(self, keys: Iterable[str]) -> None:
        with isolated_imports():
            for key in keys:
                self._futures[self._pool.submit(plan_task, self._tasks[key])] = key

    def wait(self) -> list[tuple[str, str]]:
        """Wait until tasks are done; where a process was lost, its task is planned again.

        Raises
        ------
        RouteplanError
            Where processes are lost again and again.
        """
        done, _pending = concurrent.futures.wait(
            self._futures, return_when=concurrent.futures.FIRST_COMPLETED
        )
        found = []
        for future in done:
            try:
                entry = future.result()
            except BrokenProcessPool:
                continue
            found.append((self._futures.pop(future), entry))
            del self._tasks[found[-1][0]]
        if len(found) < len(done):
            self._start_again()
        return found

    def _start_again(self) -> None:
        """Plan all that is not done in new processes."""
        for losses in range(self._losses + 1, MAX_LOSSES):
            self._losses = losses
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool, self._futures = self._new_pool(), {}
            with contextlib.suppress(BrokenProcessPool):
                self._send(self._tasks)
                return
        message = _("processes that plan were lost {n} times; is memory short?", n=MAX_LOSSES)
        raise RouteplanError(message)

    def close(self, *, kill: bool) -> None:
        """End the processes, at once if tasks are to be killed: nobody waits for them."""
        self._pool.shutdown(wait=not kill, cancel_futures=kill)
        if kill:
            for process in set(multiprocessing.active_children()) - self._others:
                process.terminate()


def _start_worker() -> None:
    """Let Ctrl-C end a worker at once; its parent reports it."""
    isolate_child()
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
