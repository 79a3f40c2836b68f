"""Plan on a Dask cluster, and say what is wrong where it does not answer as one should."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import logging
import socket
import struct
import sys
import time
import warnings
from dataclasses import asdict
from importlib import metadata
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from routeplan.analysis.remote import code_hash
from routeplan.errors import Fault, Faults, InputError, RouteplanError
from routeplan.files.store import key_of
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Callable

    from routeplan.analysis.pools import Task

# How long a scheduler may take to answer, and workers; how long results are awaited before workers
# are looked at; how long there may be none at the start, and later on.
PATIENCE_SECONDS, WORKER_SECONDS, LOOK_SECONDS = 4.0, 8.0, 3.0
NO_WORKERS_SECONDS, LOST_WORKERS_SECONDS = 6.0, 60.0
# A scheduler begins with the length of a short greeting.
LONGEST_GREETING = 1 << 20


class Cluster:
    """Plans on the workers of a Dask scheduler.

    Workers get nothing but texts and plain functions, by value: a scheduler needs no routeplan, and
    a worker without it can say so. The text of a problem is sent once, and goes on from worker to
    worker; where all that have it are lost, the scheduler still does.

    Raises
    ------
    InputError
        If no scheduler answers, or one of another version.
    RouteplanError
        If there are no workers, or some with another version of Python or of this package.
    """

    def __init__(self, scheduler: str, note: Callable[[str], None]) -> None:
        self._scheduler, self._note = scheduler, note
        self._client = _client(scheduler)
        self._hold, self._plan = _remote_functions()
        self._problems: dict[str, Any] = {}
        self._futures: dict[Any, str] = {}
        self._submitted = 0
        try:
            check_workers(self._client, scheduler)
        except BaseException:
            self.close(kill=True)
            raise

    def submit(self, key: str, task: Task) -> None:
        """Take a task."""
        name = key_of(task.problem)
        with warnings.catch_warnings():
            # That a graph is large: so is a problem.
            warnings.simplefilter("ignore", UserWarning)
            if name not in self._problems:
                self._problems[name] = self._client.submit(
                    self._hold, task.problem, key=f"problem-{name}"
                )
            variant = None if task.variant is None else task.variant.changes()
            plain = (variant, asdict(task.options), task.start, code_hash())
            future = self._client.submit(self._plan, self._problems[name], *plain, key=key)
        self._futures[future] = key
        self._submitted += 1

    def wait(self) -> list[tuple[str, str]]:
        """Wait until tasks are done; return their keys and entries.

        Raises
        ------
        RouteplanError
            If the scheduler or its workers are lost, or workers cannot plan.
        """
        from distributed import KilledWorker  # noqa: PLC0415  # heavy, and an extra

        try:
            return self._results()
        except KilledWorker as error:
            message = _("workers of the cluster are lost again and again: {error}", error=error)
            raise RouteplanError(message) from None
        except (OSError, TimeoutError, concurrent.futures.CancelledError):
            message = _(
                "the scheduler at {address} is lost; {done} of {total} are done, and kept; start "
                "again to go on from there",
                address=self._scheduler,
                done=self._submitted - len(self._futures),
                total=self._submitted,
            )
            raise RouteplanError(message) from None
        except (ImportError, AttributeError, TypeError) as error:
            raise _cannot_plan(error) from None

    def _results(self) -> list[tuple[str, str]]:
        from distributed import wait  # noqa: PLC0415  # heavy, and an extra

        noted, alone_since = False, time.monotonic()
        while True:
            try:
                with self._client.as_current():
                    done = wait(  # type: ignore[no-untyped-call]  # library without types
                        list(self._futures), timeout=LOOK_SECONDS, return_when="FIRST_COMPLETED"
                    ).done
            except TimeoutError:
                if _has_workers(self._client):
                    noted, alone_since = False, time.monotonic()
                elif time.monotonic() - alone_since > LOST_WORKERS_SECONDS:
                    raise RouteplanError(_no_workers(self._scheduler)) from None
                elif not noted:
                    noted = True
                    self._note(_("the cluster has no workers any more: waiting for some"))
                continue
            found = []
            for future in done:
                found.append((self._futures[future], future.result(timeout=PATIENCE_SECONDS)))
                del self._futures[future]
                # A result that is not released is lost with its worker, and computed again.
                future.release()
            return found

    def close(self, *, kill: bool) -> None:
        """Let go of the scheduler, without a word where it is lost; `kill` what is not planned."""
        with contextlib.suppress(Exception):
            if kill and self._client.status == "running":
                self._client.cancel([*self._futures, *self._problems.values()])
        with contextlib.suppress(Exception):
            self._client.close(timeout=1)


def _remote_functions() -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return functions that are sent by value, since they are inside of another one.

    They import what they need where they run.
    """

    def hold(text: str) -> str:
        return text

    def plan(problem: str, variant: Any, options: Any, start: str | None, code: str) -> str:  # noqa: ANN401  # plain values
        from routeplan.analysis.remote import plan_plain  # noqa: PLC0415  # there

        return plan_plain(problem, variant, options, start, code=code)

    return hold, plan


def check_workers(client: Any, scheduler: str) -> None:  # noqa: ANN401  # of a library without types
    """Refuse a cluster without workers, and each worker that cannot plan as this process does.

    All is said within ten seconds.
    """

    def state() -> tuple[str, str]:
        import sys  # noqa: PLC0415  # there

        from routeplan.analysis.remote import code_hash as hash_there  # noqa: PLC0415  # there

        return "{}.{}".format(*sys.version_info), hash_there()

    try:
        client.wait_for_workers(1, timeout=NO_WORKERS_SECONDS)
    except TimeoutError:
        raise RouteplanError(_no_workers(scheduler)) from None
    try:
        run = client._run  # noqa: SLF001  # with a limit of time, which `run` has not
        states = client.sync(run, state, on_error="return", callback_timeout=WORKER_SECONDS)
    except TimeoutError:
        message = _("workers of the cluster do not answer within {n:g} s", n=WORKER_SECONDS)
        raise RouteplanError(message) from None
    here = "{}.{}".format(*sys.version_info), code_hash()
    faults = Faults()
    for address, there in states.items():
        if there == here:
            continue
        if isinstance(there, BaseException):
            faults.add(address, _("cannot plan: {error}", error=there), _how_to_install())
        else:
            message = _(
                "has Python {python}, routeplan {code}; but here are {own} and {own_code}",
                **dict(zip(("python", "code"), there, strict=True)),
                **dict(zip(("own", "own_code"), here, strict=True)),
            )
            faults.add(address, message, _how_to_install())
    faults.raise_any(RouteplanError)


def _cannot_plan(error: Exception) -> RouteplanError:
    message = _(
        "workers of the cluster cannot plan: {error}; {hint}", error=error, hint=_how_to_install()
    )
    return RouteplanError(message)


def _how_to_install() -> str:
    return _("install this very version of routeplan there, and start the worker again")


def _no_workers(scheduler: str) -> str:
    return _(
        "the cluster has no workers; start some, with routeplan installed: dask worker {address}",
        address=scheduler,
    )


def _has_workers(client: Any) -> bool:  # noqa: ANN401  # of a library without types
    """Return whether the scheduler has any workers; OSError where it is lost."""
    if client.status != "running":
        raise OSError("the connection is lost")
    return bool(client.scheduler_info()["workers"])


def _client(scheduler: str) -> Any:  # noqa: ANN401  # of a library without types
    try:
        import distributed  # noqa: PLC0415  # heavy, and an extra
    except ImportError:
        _refuse(
            _("dask.distributed is not here"), _("install it: pip install 'routeplan[cluster]'")
        )
    # What is lost is reported here, not by tracebacks of threads.
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] in {"distributed", "tornado"}:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    # A client that fails to connect takes long to end: it is made when all is known to be well.
    _check_greeting(scheduler)
    there = _version_there(scheduler)
    here = metadata.version("distributed")
    if there != here:
        message = _(
            "the scheduler has distributed {there}, but here is {here}", there=there, here=here
        )
        hint = _("install the same version: pip install distributed=={version}", version=there)
        _refuse(message, hint)
    try:
        return distributed.Client(  # type: ignore[no-untyped-call]  # library without types
            scheduler, timeout=PATIENCE_SECONDS, set_as_default=False
        )
    except Exception as error:  # noqa: BLE001  # of whatever kind, by versions of the library
        _no_answer(scheduler, error)


def _check_greeting(scheduler: str) -> None:
    """Refuse an address where nothing answers, or what is no scheduler."""
    parts = urlsplit(scheduler)
    try:
        with socket.create_connection(
            (parts.hostname or "", parts.port or 0), PATIENCE_SECONDS
        ) as connection:
            greeting = connection.makefile("rb").read(8)
    except TimeoutError:
        _no_answer(scheduler, _("nothing came in {seconds:g} s", seconds=PATIENCE_SECONDS))
    except (OSError, ValueError) as error:
        _no_answer(scheduler, error)
    if len(greeting) < 8 or struct.unpack("<Q", greeting)[0] > LONGEST_GREETING:  # noqa: PLR2004  # bytes of a length
        _no_answer(scheduler, _("what answers there is not one"))


def _version_there(scheduler: str) -> str:
    """Return the version of distributed that a scheduler has."""
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        # A notebook has a loop of its own in this thread.
        found = thread.submit(asyncio.run, _ask_version(scheduler))
        try:
            return found.result()
        except Exception as error:  # noqa: BLE001  # of whatever kind, by versions of the library
            _no_answer(scheduler, error)


async def _ask_version(scheduler: str) -> str:
    from distributed.comm.core import connect  # noqa: PLC0415  # heavy, and an extra

    async with asyncio.timeout(PATIENCE_SECONDS):
        comm = await connect(scheduler)  # type: ignore[no-untyped-call]  # library without types
        await comm.write({"op": "versions", "reply": True})
        answer = await comm.read()
        comm.abort()
    return str(answer["packages"]["distributed"])


def _no_answer(scheduler: str, why: object) -> NoReturn:
    message = _(
        "no scheduler answers at {address!r}: {why}",
        address=scheduler,
        why=str(why) or type(why).__name__,
    )
    _refuse(message, _("tcp://host:port, as it says when it starts"))


def _refuse(message: str, hint: str) -> NoReturn:
    raise InputError([Fault("--scheduler", message, hint)]) from None
