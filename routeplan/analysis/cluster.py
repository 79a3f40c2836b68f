"""Plan on a Dask cluster, and say what is wrong where it does not answer as one should."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import logging
import socket
import struct
import time
from importlib import metadata
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from routeplan.errors import Fault, InputError, RouteplanError
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# How long a scheduler may take to answer; how long results are awaited before its workers are
# looked at; how long there may be none.
PATIENCE_SECONDS, LOOK_SECONDS, WITHOUT_WORKERS_SECONDS = 10.0, 3.0, 600.0
# A scheduler begins with the length of a short greeting.
LONGEST_GREETING = 1 << 20


def on_cluster(
    plan_task: Callable[[Any], str],
    waiting: Mapping[str, Any],
    scheduler: str,
    note: Callable[[str], None],
) -> Iterator[tuple[str, str]]:
    """Yield keys and entries of tasks as the workers of a Dask scheduler have planned them.

    Raises
    ------
    InputError
        If no scheduler answers, or one of another version.
    RouteplanError
        If the scheduler or its workers are lost, or workers cannot plan.
    """
    client = _client(scheduler)
    from distributed import KilledWorker  # noqa: PLC0415  # heavy, and an extra

    futures = {client.submit(plan_task, task, key=key): key for key, task in waiting.items()}
    total = len(futures)
    try:
        yield from _results(client, futures, note)
    except KilledWorker as error:
        message = _("workers of the cluster are lost again and again: {error}", error=error)
        raise RouteplanError(message) from None
    except (OSError, TimeoutError, concurrent.futures.CancelledError):
        message = _(
            "the scheduler at {address} is lost; {done} of {total} are done, and kept; start again "
            "to go on from there",
            address=scheduler,
            done=total - len(futures),
            total=total,
        )
        raise RouteplanError(message) from None
    except (ImportError, AttributeError, TypeError) as error:
        message = _(
            "workers of the cluster cannot plan: {error}; install this version of routeplan there "
            "too",
            error=error,
        )
        raise RouteplanError(message) from None
    finally:
        _close(client, list(futures))


def _results(
    client: Any,  # noqa: ANN401  # of a library without types
    futures: dict[Any, str],
    note: Callable[[str], None],
) -> Iterator[tuple[str, str]]:
    """Yield keys and entries as they are done, and take them out of the futures."""
    from distributed import wait  # noqa: PLC0415  # heavy, and an extra

    noted, alone_since = False, time.monotonic()
    while futures:
        try:
            with client.as_current():
                done = wait(  # type: ignore[no-untyped-call]  # library without types
                    list(futures), timeout=LOOK_SECONDS, return_when="FIRST_COMPLETED"
                ).done
        except TimeoutError:
            if _has_workers(client):
                noted, alone_since = False, time.monotonic()
                continue
            alone = time.monotonic() - alone_since
            if alone > WITHOUT_WORKERS_SECONDS:
                message = _(
                    "the cluster has had no workers for {seconds:.0f} s; start some, with "
                    "routeplan installed",
                    seconds=alone,
                )
                raise RouteplanError(message) from None
            if not noted:
                noted = True
                note(
                    _("the cluster has no workers: waiting for some that have routeplan installed")
                )
            continue
        noted, alone_since = False, time.monotonic()
        for future in done:
            entry = future.result(timeout=PATIENCE_SECONDS)
            yield futures.pop(future), entry
            # A result that is not released is lost with its worker, and computed again.
            future.release()


def _has_workers(client: Any) -> bool:  # noqa: ANN401  # of a library without types
    """Return whether the scheduler has any workers; OSError where it is lost."""
    if client.status != "running":
        raise OSError("the connection is lost")
    return bool(client.scheduler_info()["workers"])


def _close(client: Any, futures: list[Any]) -> None:  # noqa: ANN401  # of a library without types
    """Let go of what is not planned, without a word where the scheduler is lost."""
    with contextlib.suppress(Exception):
        if client.status == "running":
            client.cancel(futures)
    with contextlib.suppress(Exception):
        client.close(timeout=1)


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
