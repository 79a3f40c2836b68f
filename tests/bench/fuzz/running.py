"""One case in a child process with limits of memory and time, and what is to be said of it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from tests.bench.fuzz import cases

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Case", "Result", "in_child", "preload", "run_all"]

SECONDS = 20.0
MEMORY = 2 << 30
UNFORESEEN = "this should not have happened"
DONE = (0, 5, 130)


class Case(NamedTuple):
    """A changed file and the number of the command that reads it."""

    kind: str
    name: str
    data: bytes
    command: int


class Result(NamedTuple):
    """What was wrong, empty where nothing was; and the words by which it is known again."""

    what: str
    detail: str
    code: int


def preload() -> None:
    """Load what commands need, so that a child begins at once."""
    import geopandas  # noqa: F401, PLC0415
    import networkx as nx  # noqa: F401, PLC0415
    import osmnx  # noqa: F401, PLC0415


def in_child(work: Callable[[], None]) -> int:
    """Run some work in a child of this process, and return the child's number."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        work()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:  # noqa: BLE001  # the child must end here
        traceback.print_exc()
    finally:
        os._exit(code)


def run_all(todo: Callable[[], Case | None], seeds: Path, jobs: int) -> list[tuple[Case, Result]]:
    """Run cases until there are no more, so many at a time."""
    running: dict[int, tuple[Case, Path, float]] = {}
    results: list[tuple[Case, Result]] = []
    with tempfile.TemporaryDirectory(prefix="fuzz") as scratch:
        number, more = 0, True
        while more or running:
            while more and len(running) < jobs:
                case = todo()
                if case is None:
                    more = False
                    break
                number += 1
                folder = Path(scratch) / str(number)
                arguments = cases.prepare(seeds, folder, *case)
                child = in_child(lambda: _run(folder, arguments))  # noqa: B023  # it runs at once
                running[child] = case, folder, time.monotonic()
            for child, (case, folder, began) in list(running.items()):
                done, status, usage = os.wait4(child, os.WNOHANG)
                late = time.monotonic() - began > SECONDS
                if not done and late:
                    os.kill(child, signal.SIGKILL)
                    done, status, usage = os.wait4(child, 0)
                if done:
                    del running[child]
                    result = _judged(folder, seeds, case, status, usage.ru_maxrss, late=late)
                    results.append((case, result))
                    shutil.rmtree(folder)
            time.sleep(0.002)
    return results


def _run(folder: Path, arguments: list[str]) -> NoReturn:
    from routeplan.cli import main  # noqa: PLC0415

    os.chdir(folder)
    os.environ["ROUTEPLAN_CACHE"] = str(folder / "cache")
    for number, name in ((1, ".out"), (2, ".err")):
        os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT), number)
    # Whoever runs the fuzzer may have put streams of their own in place of these.
    sys.stdout, sys.stderr = (os.fdopen(number, "w", closefd=False) for number in (1, 2))
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main([*arguments, "-q", "--traceback"])


def _judged(folder: Path, seeds: Path, case: Case, status: int, peak: int, *, late: bool) -> Result:
    code = os.waitstatus_to_exitcode(status)
    said = (folder / ".err").read_text(errors="replace") if (folder / ".err").exists() else ""
    last = said.strip().splitlines()[-1] if said.strip() else ""
    if late:
        return Result("hang", f"{case.kind} {case.command}", code)
    if "not enough memory" in said or "MemoryError" in said or peak * 1024 > 2 * MEMORY:
        return Result("memory", f"{case.kind} {case.command}", code)
    if code < 0 or code == 70:
        return Result("crash", f"{code} {last[:100]}", code)
    if UNFORESEEN in said:
        # Found again by its kind and the last line of the program that it passed through.
        frames = re.findall(r"routeplan/(\S+)\", line (\d+)", said)
        kind = said.partition(UNFORESEEN)[2][2:].partition(":")[0]
        return Result("traceback", f"{kind} {':'.join(frames[-1]) if frames else last}", code)
    if code in (1, 120):
        return Result("exit", f"{code} {last[:100]}", code)
    result = _files(folder, seeds, code)
    return result if result.what else Result("", last[:200], code)


def _files(folder: Path, seeds: Path, code: int) -> Result:
    """Judge what a command left."""
    known = {path.relative_to(seeds) for path in seeds.rglob("*")} | {Path(".out"), Path(".err")}
    left = [
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.is_file() and "cache" not in path.relative_to(folder).parts[:1]
    ]
    new = [path for path in left if path not in known]
    if any(path.name.startswith(".routeplan-") for path in new):
        return Result("half-written", "a temporary file is left", code)
    if new and code not in DONE:
        cells = [path for path in new if path.parts[:2] == ("swept", "cells")]
        if len(cells) < len(new):
            return Result("half-written", f"exit {code}, and {new[0].name} is there", code)
    for path in new:
        if path.suffix == ".json":
            with contextlib.suppress(ValueError):
                json.loads((folder / path).read_bytes())
                continue
            return Result("half-written", f"{path.name} is no JSON", code)
    return Result("", "", code)
