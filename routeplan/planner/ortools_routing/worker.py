"""Running a routing task in a process of its own, with a watchdog on its time."""

from __future__ import annotations

import contextlib
import pickle
import queue
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

from routeplan.errors import RouteplanError
from routeplan.isolation import child_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from routeplan.planner.ortools_routing.task import RoutingAnswer, RoutingTask

__all__ = ["answers"]

# The process is ended from outside when it is not done this long after its time.
GRACE_SECONDS = 0.5
COMMAND = (sys.executable, "-P", "-m", "routeplan.planner.ortools_routing.model")


def answers(task: RoutingTask) -> Iterator[RoutingAnswer]:
    """Yield better and better answers; where several wait, only the newest.

    Ends with the last answer, or without it when the task's seconds are over.

    Raises
    ------
    RouteplanError
        When the process ends before its last answer.
    """
    ends = None if task.seconds is None else time.monotonic() + task.seconds + GRACE_SECONDS
    with _process(task) as arrivals:
        while True:
            left = None if ends is None else max(0.0, ends - time.monotonic())
            try:
                answer = _newest(arrivals, left)
            except queue.Empty:
                return
            yield answer
            if answer.last:
                return


def _newest(arrivals: queue.Queue[RoutingAnswer | None], left: float | None) -> RoutingAnswer:
    answer = arrivals.get(timeout=left)
    with contextlib.suppress(queue.Empty):
        while answer is not None and not answer.last:
            answer = arrivals.get_nowait()
    if answer is None:
        raise RouteplanError("the routing process ended before its last answer")
    return answer


@contextlib.contextmanager
def _process(task: RoutingTask) -> Iterator[queue.Queue[RoutingAnswer | None]]:
    """Run the task; what it answers arrives in the queue, None when it has ended."""
    arrivals: queue.Queue[RoutingAnswer | None] = queue.Queue()
    process = subprocess.Popen(  # noqa: S603  # our own interpreter, our own module
        COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=child_environment(),
        # Ctrl-C is for the parent, which keeps the best answer and then ends the process.
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )
    # Both ways in a thread: a process that does not read would hold up whoever writes to it.
    talker = threading.Thread(target=_talk, args=(process, task, arrivals), daemon=True)
    try:
        talker.start()
        yield arrivals
    finally:
        process.kill()
        process.wait()
        if talker.is_alive():
            talker.join()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]


def _talk(
    process: subprocess.Popen[bytes],
    task: RoutingTask,
    arrivals: queue.Queue[RoutingAnswer | None],
) -> None:
    """Hand over the task, and pass on what is answered; None when there is no more."""
    sent = time.time()
    # A Ctrl-C while this thread starts closes the pipes before it has begun: a ValueError.
    with contextlib.suppress(EOFError, pickle.UnpicklingError, OSError, ValueError):
        pickle.dump((task, sent), process.stdin)  # type: ignore[arg-type]
        process.stdin.close()  # type: ignore[union-attr]
        while True:
            arrivals.put(pickle.load(process.stdout))  # type: ignore[arg-type]  # noqa: S301  # our own process wrote it
    arrivals.put(None)
