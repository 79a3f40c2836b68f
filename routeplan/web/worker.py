"""The child process of a job: ``python -m routeplan.web.worker``.

It reads its request, one line of JSON, and writes events, a line of JSON each, with fields of
`routeplan.web.jobs.State`. When another line comes, or its input ends because the office has, the
search ends as with Ctrl-C and its best plan is written.
"""

from __future__ import annotations

import _thread
import contextlib
import json
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from routeplan.errors import Fault, InputError, RouteplanError
from routeplan.files import error_text, read_bytes
from routeplan.formats import plan_from_json, problem_sha256, problem_to_json
from routeplan.isolation import isolate_child
from routeplan.language import gettext as _
from routeplan.planner import Options
from routeplan.scenario import read_scenario
from routeplan.web.office import HANDOUTS, OUTPUTS, SCENARIO
from routeplan.workflow.checks import faults_beside
from routeplan.workflow.draw import trace_map_data, write_handouts
from routeplan.workflow.prepare import plan_tours, prepare
from routeplan.workflow.run import check_results, write_results

if TYPE_CHECKING:
    from collections.abc import Mapping

    from routeplan.planner import Progress


def main() -> None:
    """Do what is asked for, and say how it went."""
    isolate_child()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    request = json.loads(sys.stdin.readline())
    make = {"plan": _plan, "handouts": _handouts}[request["kind"]]
    done = threading.Event()
    try:
        threading.Thread(target=_interrupt_on_request, args=(done,), daemon=True).start()
        make(Path(request["folder"]), request)
        done.set()
    except KeyboardInterrupt:
        _say(faults=[_("stopped before there was anything to keep")])
    except RouteplanError as error:
        _say(faults=list(map(str, error.faults)))
    except OSError as error:
        _say(faults=[f"{error.filename or ''}: {error_text(error)}"])
    except Exception as error:  # noqa: BLE001  # reported in one line, whatever it is
        last = traceback.extract_tb(error.__traceback__)[-1]
        what = f"{type(error).__name__} ({Path(last.filename).name}:{last.lineno})"
        _say(faults=[_("this should not have happened: {error}", error=what)])
    else:
        _say(succeeded=True)


def _plan(folder: Path, request: Mapping[str, Any]) -> None:
    """Plan the scenario's tours and write problem, plan and map."""
    outputs = folder / OUTPUTS
    check_results(outputs, overwrite=request["overwrite"])
    scenario = read_scenario(folder / SCENARIO, more_faults=faults_beside)
    prepared = prepare(scenario, on_step=_on_step)
    _say(remarks=prepared.remarks)
    _on_step(_("planning"))
    plan = plan_tours(prepared, Options(seconds=request["seconds"]), report=_report)
    write_results(prepared, plan, outputs, on_step=_on_step)


def _handouts(folder: Path, request: Mapping[str, Any]) -> None:
    """Make all handouts of the plan that is there."""
    del request
    file = folder / OUTPUTS / "plan.json"
    plan = plan_from_json(read_bytes(file), source=file.name)
    scenario = read_scenario(folder / SCENARIO, more_faults=faults_beside)
    prepared = prepare(scenario, on_step=_on_step)
    if problem_sha256(problem_to_json(prepared.problem)) != plan.problem_sha256:
        message = _("was not made for what {file} says now", file=SCENARIO)
        raise InputError([Fault(file.name, message, _("plan again first"))])
    _on_step(_("tracing the way"))
    read = prepared.problem, plan, trace_map_data(prepared, plan)
    write_handouts(folder / OUTPUTS / HANDOUTS, read, _on_step)


def _on_step(step: str) -> None:
    _say(step=step)


def _report(progress: Progress) -> None:
    _say(
        households=progress.households,
        objective=progress.objective,
        bound=progress.bound,
        search_seconds=progress.seconds,
    )


def _say(**event: object) -> None:
    """Send an event; an office that is gone hears none, and the work goes on."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write(json.dumps(event) + "\n")
        sys.stdout.flush()


def _interrupt_on_request(done: threading.Event) -> None:
    sys.stdin.readline()
    if not done.is_set():
        _thread.interrupt_main()


if __name__ == "__main__":
    main()
