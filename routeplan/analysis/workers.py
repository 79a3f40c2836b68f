"""Plan tasks in processes of this machine or on a Dask cluster, each as texts that any can read."""

from __future__ import annotations

import concurrent.futures
import json
import multiprocessing
import os
import signal
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any, TypeAlias

from routeplan.errors import INTERRUPTED, Fault, InputError, PlanError, RouteplanError
from routeplan.formats import plan_from_json, plan_to_json, problem_from_json, problem_sha256
from routeplan.isolation import isolate_child, isolated_imports
from routeplan.model.plan import StoppedBy
from routeplan.planner import Options, solve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from routeplan.model.plan import Plan

FORMAT, VERSION = "routeplan-cell", 1
# Workers that are lost this often on the same cases are not lost by chance.
MAX_LOSSES = 3


# How long a scheduler may take to answer.
PATIENCE = "10s"

Task: TypeAlias = tuple[str, Options, str | None]
"""A case with its problem and start as texts, which any process of any machine can read."""


def plan_task(task: Task) -> str:
    """Plan one case, in any process; return its entry."""
    problem, options, start = task
    plan, why_not = None, ""
    try:
        found = solve(
            *(problem_from_json(problem), options),
            start=None if start is None else plan_from_json(start),
            sha256=problem_sha256(problem),
        )
    except PlanError as error:
        why_not = str(error)
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
    raise RouteplanError(f"processes that plan were lost {MAX_LOSSES} times; is memory short?")


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


def on_cluster(waiting: dict[str, Task], scheduler: str) -> Iterator[tuple[str, str]]:
    """Yield keys and entries of tasks as the workers of a Dask scheduler have planned them."""
    client = _client(scheduler)
    from distributed import KilledWorker, as_completed  # noqa: PLC0415  # heavy, and an extra

    futures = {client.submit(plan_task, task, key=key): key for key, task in waiting.items()}
    try:
        for future in as_completed(list(futures), loop=client.loop):  # type: ignore[no-untyped-call]  # library without types
            yield futures[future], future.result()
            # A result that is not released is lost with its worker, and computed again.
            future.release()
    except KilledWorker as error:
        raise RouteplanError(f"workers of the cluster are lost again and again: {error}") from None
    finally:
        client.cancel(list(futures))
        client.close()


def _client(scheduler: str) -> Any:  # noqa: ANN401  # of a library without types
    try:
        from distributed import Client  # noqa: PLC0415  # heavy, and an extra
    except ImportError:
        hint = "install it: pip install 'routeplan[cluster]'"
        raise InputError([Fault("--scheduler", "dask.distributed is not here", hint)]) from None
    try:
        return Client(scheduler, timeout=PATIENCE, set_as_default=False)  # type: ignore[no-untyped-call]  # library without types
    except (OSError, ValueError, TimeoutError) as error:
        message = f"no scheduler answers at {scheduler!r}: {error}"
        hint = "tcp://host:port, as it says when it starts"
        raise InputError([Fault("--scheduler", message, hint)]) from None
