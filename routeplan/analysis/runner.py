"""Cells: problems to be planned, each kept by its content, planned side by side.

What a cell holds is told by a SHA-256 over the problem's bytes, the options, the plan to begin
from and the version; under that name its plan is kept. A second run finds it there, and a run that
was cut short goes on where it stopped. The same cells are planned in this process, in processes of
this machine, or on a Dask cluster.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import hashlib
import json
import multiprocessing
import os
import re
import signal
import sys
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from routeplan import __version__
from routeplan.errors import INTERRUPTED, Fault, InputError, PlanError, RouteplanError
from routeplan.files import write_whole
from routeplan.formats import (
    plan_from_json,
    plan_to_json,
    problem_from_json,
    problem_sha256,
    problem_to_json,
)
from routeplan.isolation import isolate_child, isolated_imports
from routeplan.model.plan import StoppedBy
from routeplan.planner import Options, solve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

__all__ = ["Case", "Runner"]

FORMAT = "routeplan-cell"
VERSION = 1
# A worker that is lost this often on the same cells was not lost by chance.
MOST_LOSSES = 3
LAST_PORT = 65_535
# How long a scheduler may take to answer.
PATIENCE = "10s"


@dataclass(frozen=True, slots=True)
class Case:
    """A problem, how long and how to search, and a plan to begin from.

    Examples
    --------
    >>> Cell(problem, Options(seconds=5)).start is None
    True
    """

    problem: Problem
    options: Options
    start: Plan | None = None


@dataclass(frozen=True, slots=True)
class _Task:
    """A cell as texts, which any process of any machine can read."""

    problem: str
    options: Options
    start: str | None

    @property
    def key(self) -> str:
        """The cell's name: the same wherever and whenever the same is asked."""
        asked = json.dumps(dataclasses.asdict(self.options), sort_keys=True)
        digest = hashlib.sha256()
        for part in (self.problem, asked, self.start or "", __version__):
            digest.update(hashlib.sha256(part.encode()).digest())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Runner:
    """Where cells are planned and kept.

    Parameters
    ----------
    folder
        Where plans are kept, None for nowhere.
    workers
        Processes of this machine: None for one a core, 0 for none but this one.
    scheduler
        Address of a Dask scheduler, ``tcp://host:port``; the only connection that is made, and
        only where it is given.
    report
        Told of how many cells are done, and of how many.

    Examples
    --------
    >>> cells = Cells(folder / "cells", workers=0)
    >>> plans = cells.plan([Cell(problem, Options(iterations=5, bound=False))])
    >>> plans[0].run.iterations
    5
    """

    folder: Path | None = None
    workers: int | None = None
    scheduler: str | None = None
    report: Callable[[int, int], None] | None = None

    def plan(self, cases: Sequence[Case]) -> list[Plan | None]:
        """Plan cells, or take their plans from where they are kept.

        Returns
        -------
        list of (Plan or None)
            In the order of the cells; None where what is required cannot be planned.

        Raises
        ------
        InputError
            Where a cell's start does not fit, the folder cannot be written to, or the cluster
            cannot be reached.
        RouteplanError
            Where workers are lost again and again.
        KeyboardInterrupt
            At Ctrl-C; the plans that are done by then are kept.
        """
        if self.scheduler is not None:
            _check_address(self.scheduler)
        tasks = [_task(cell) for cell in cases]
        keys = [task.key for task in tasks]
        waiting = dict(zip(keys, tasks, strict=True))
        done: dict[str, Plan | None] = {}
        for key in list(waiting):
            with contextlib.suppress(LookupError):
                done[key] = self._kept(key)
                del waiting[key]
        total = len(waiting) + len(done)
        self._tell(len(done), total)
        for key, text in self._planned(waiting):
            if self.folder is not None:
                write_whole({self._file(key): text}, index=False)
            done[key] = _read(text)
            self._tell(len(done), total)
        return [done[key] for key in keys]

    def _kept(self, key: str) -> Plan | None:
        if self.folder is None or not self._file(key).is_file():
            raise LookupError(key)
        try:
            return _read(self._file(key).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            # What cannot be read, whoever spoilt it, is planned anew.
            raise LookupError(key) from None

    def _file(self, key: str) -> Path:
        return Path(self.folder or ".") / f"{key}.json"

    def _tell(self, done: int, total: int) -> None:
        if self.report is not None:
            self.report(done, total)

    def _planned(self, waiting: dict[str, _Task]) -> Iterator[tuple[str, str]]:
        if not waiting:
            return iter(())
        if self.scheduler is not None:
            return _on_cluster(waiting, self.scheduler)
        workers = min(_cores() if self.workers is None else self.workers, len(waiting))
        if workers:
            return _in_processes(waiting, workers)
        return ((key, _plan_task(task)) for key, task in waiting.items())


def _task(cell: Case) -> _Task:
    start = None
    if cell.start is not None:
        # How long it took to find says nothing of the plan.
        run = dataclasses.replace(cell.start.run, seconds=0.0)
        start = plan_to_json(cell.start.replace(run=run))
    return _Task(problem_to_json(cell.problem), cell.options, start)


def _plan_task(task: _Task) -> str:
    """Plan one cell; runs in any process."""
    try:
        plan = solve(
            problem_from_json(task.problem),
            task.options,
            start=None if task.start is None else plan_from_json(task.start),
            sha256=problem_sha256(task.problem),
        )
    except PlanError as error:
        return _written(None, str(error))
    if plan.run.stopped_by is StoppedBy.INTERRUPT:
        raise KeyboardInterrupt
    return _written(plan_to_json(plan), "")


def _written(plan: str | None, why_not: str) -> str:
    values = {"format": FORMAT, "version": VERSION, "plan": plan, "why_not": why_not}
    return json.dumps(values, ensure_ascii=False)


def _read(text: str) -> Plan | None:
    values = json.loads(text)
    if not isinstance(values, dict) or (values.get("format"), values.get("version")) != (
        FORMAT,
        VERSION,
    ):
        raise ValueError(text[:40])
    plan = values.get("plan")
    return None if plan is None else plan_from_json(plan)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _in_processes(waiting: dict[str, _Task], workers: int) -> Iterator[tuple[str, str]]:
    left = dict(waiting)
    for _ in range(MOST_LOSSES):
        try:
            for key, text in _one_pool(left, workers):
                del left[key]
                yield key, text
        except BrokenProcessPool:
            continue
        if not left:
            return
    raise RouteplanError(f"processes that plan were lost {MOST_LOSSES} times; is memory short?")


def _one_pool(left: dict[str, _Task], workers: int) -> Iterator[tuple[str, str]]:
    context = multiprocessing.get_context("spawn")
    others = set(multiprocessing.active_children())
    with isolated_imports():
        # Begins a process that keeps count of what is shared.
        pool = concurrent.futures.ProcessPoolExecutor(
            workers, mp_context=context, initializer=_begin
        )
    try:
        # The first that is submitted begins the processes.
        with isolated_imports():
            futures = {pool.submit(_plan_task, task): key for key, task in left.items()}
        for future in concurrent.futures.as_completed(futures):
            yield futures[future], future.result()
    except BaseException:
        # Nobody waits for cells that are half done.
        pool.shutdown(wait=False, cancel_futures=True)
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
        raise
    pool.shutdown()


def _begin() -> None:
    """Let Ctrl-C end a process that plans at once; the one that began it says so."""
    isolate_child()
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))


def _on_cluster(waiting: dict[str, _Task], scheduler: str) -> Iterator[tuple[str, str]]:
    client = _client(scheduler)
    from distributed import KilledWorker, as_completed  # noqa: PLC0415  # heavy, and an extra

    futures = {client.submit(_plan_task, task, key=key): key for key, task in waiting.items()}
    try:
        for future in as_completed(list(futures), loop=client.loop):  # type: ignore[no-untyped-call]
            yield futures[future], future.result()
            # A worker that is lost takes with it what nobody has let go of.
            future.release()
    except KilledWorker as error:
        raise RouteplanError(f"workers of the cluster are lost again and again: {error}") from None
    finally:
        client.cancel(list(futures))
        client.close()


def _check_address(address: str) -> None:
    """Refuse what is no address of a scheduler before the library is asked, which tries for long.

    Raises
    ------
    InputError
        Where it is not like ``tcp://host:port``.
    """
    match = re.fullmatch(r"tcp://(?:[\w.-]+|\[[0-9a-fA-F:.%]+\]):([0-9]{1,5})", address)
    if match is None or not 0 < int(match[1]) <= LAST_PORT:
        message = f"{address!r} is not like tcp://host:port"
        hint = "give it as the scheduler says it when it starts"
        raise InputError([Fault("--scheduler", message, hint)])


def _client(scheduler: str) -> Any:  # noqa: ANN401  # of a library without types
    try:
        from distributed import Client  # noqa: PLC0415  # heavy, and an extra
    except ImportError:
        hint = "install it: pip install 'routeplan[cluster]'"
        raise InputError([Fault("--scheduler", "dask.distributed is not here", hint)]) from None
    try:
        return Client(scheduler, timeout=PATIENCE, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TimeoutError) as error:
        message = f"no scheduler answers at {scheduler!r}: {error}"
        raise InputError(
            [Fault("--scheduler", message, "tcp://host:port, as it says when it starts")]
        ) from None
