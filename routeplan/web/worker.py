"""The child process of a job: ``python -m routeplan.web.worker``.

It reads its request, one line of JSON, and writes events, a line of JSON each, with fields of
`routeplan.web.jobs.State`. When another line comes, or its input ends because the office has, the
search ends as with Ctrl-C and its best plan is written.
"""

from __future__ import annotations

import _thread
import importlib
import json
import signal
import sys
import threading
import traceback
from pathlib import Path

from routeplan.errors import Fault, RouteplanError
from routeplan.files import error_text
from routeplan.isolation import isolate_child
from routeplan.language import gettext as _
from routeplan.web.tasks import Work


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


def _without_option(fault: Fault) -> Fault:
    """Return a fault without the option of the command line that it names."""
    return Fault("", fault.message, fault.hint) if fault.where.startswith("--") else fault


def _interrupt_on_request(done: threading.Event) -> None:
    sys.stdin.readline()
    if not done.is_set():
        _thread.interrupt_main()


if __name__ == "__main__":
    main()
