"""The child process of a job: ``python -m routeplan.web.worker``.

It reads its request, one line of JSON, and writes events, a line of JSON each, with fields of
`routeplan.web.jobs.State`. When another line comes, or its input ends because the office has, the
search ends as with Ctrl-C and its best plan is written. One worker at a time is busy in a folder.
"""

from __future__ import annotations

import _thread
import contextlib
import importlib
import json
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from routeplan.errors import Fault, RouteplanError
from routeplan.files import enter_in_index, error_text
from routeplan.files.locks import locked_file
from routeplan.isolation import isolate_child
from routeplan.language import gettext as _
from routeplan.web.folders import WORK
from routeplan.web.tasks import Work

if TYPE_CHECKING:
    from collections.abc import Iterator

WAIT_SECONDS = 0.2
"""How often a worker looks whether another one has ended."""


def main() -> None:
    """Do what is asked for, and say how it went."""
    isolate_child()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    request = json.loads(sys.stdin.readline())
    task = importlib.import_module(f"routeplan.web.tasks.{request['kind']}")
    work = Work(Path(request["folder"]), request)
    done = threading.Event()
    try:
        threading.Thread(target=_interrupt_on_request, args=(done,), daemon=True).start()
        with _alone(work):
            task.run(work)
        done.set()
    except KeyboardInterrupt:
        work.say(faults=[_("stopped before there was anything to keep")])
    except RouteplanError as error:
        work.say(faults=[str(_without_option(fault)) for fault in error.faults])
    except OSError as error:
        work.say(faults=[f"{error.filename or ''}: {error_text(error)}"])
    except Exception as error:  # noqa: BLE001  # reported in one line, whatever it is
        last = traceback.extract_tb(error.__traceback__)[-1]
        what = f"{type(error).__name__} ({Path(last.filename).name}:{last.lineno})"
        work.say(faults=[_("this should not have happened: {error}", error=what)])
    else:
        work.say(succeeded=True)


@contextlib.contextmanager
def _alone(work: Work) -> Iterator[None]:
    """Wait until no other worker is busy in the folder; that of an office that ended may be."""
    path = work.folder / WORK
    enter_in_index(path)
    is_said = False
    while True:
        with locked_file(path) as is_ours:
            if is_ours:
                yield
                return
        if not is_said:
            work.on_step(_("waiting: earlier work in this folder is still being saved"))
            is_said = True
        time.sleep(WAIT_SECONDS)


def _without_option(fault: Fault) -> Fault:
    """Return a fault without the option of the command line that it names."""
    return Fault("", fault.message, fault.hint) if fault.where.startswith("--") else fault


def _interrupt_on_request(done: threading.Event) -> None:
    sys.stdin.readline()
    if not done.is_set():
        _thread.interrupt_main()


if __name__ == "__main__":
    main()
