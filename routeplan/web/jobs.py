"""Long work in a child process: planning, handouts. Its progress, and how it is stopped."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from routeplan.isolation import child_environment
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Job", "Kind", "State"]

Kind: TypeAlias = Literal[
    "district",
    "plan",
    "edit",
    "what_if",
    "handouts",
    "packs",
    "ledger",
    "evening",
    "replan",
    "week",
]
"""The module of `routeplan.web.tasks` that does the work."""

PAGES: dict[Kind, str] = {
    "district": "/district",
    "plan": "/plan",
    "edit": "/plan",
    "what_if": "/what-if",
    "handouts": "/handouts",
    "packs": "/handouts",
    "ledger": "/results",
    "evening": "/evening",
    "replan": "/changes",
    "week": "/next-week",
}
"""Where the progress of each kind of job is shown."""

COMMAND = (sys.executable, "-P", "-m", "routeplan.web.worker")


@dataclass(frozen=True, slots=True)
class State:
    """How far a job is.

    Parameters
    ----------
    step
        What is being done, in the language of messages.
    households, objective, bound
        Of the best plan so far, and the proven bound on the objective; None while there is none.
    search_seconds
        Since the search began, at the last report; None while there is none.
    remarks, faults
        What the organizer should know, and why it failed.
    result
        What it found, as values of JSON, where that is not written into files.
    ended, succeeded
        Whether it is over, and has written its files.
    """

    step: str = ""
    households: int | None = None
    objective: float | None = None
    bound: float | None = None
    search_seconds: float | None = None
    remarks: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    result: Mapping[str, Any] | None = None
    ended: bool = False
    succeeded: bool = False


class Job:
    """One child process, whose state is read at any time.

    Parameters
    ----------
    kind
        What it makes.
    folder
        The campaign's folder.
    values
        What the worker needs beside, as values of JSON: see `routeplan.web.tasks`.
    """

    def __init__(self, kind: Kind, folder: Path, values: Mapping[str, Any]) -> None:
        self.kind = kind
        self.state = State(step=_("starting"))
        self._began = time.monotonic()
        self._seconds: float | None = None
        self._process = subprocess.Popen(  # noqa: S603  # our own interpreter, our own module
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=child_environment(),
            # Ctrl-C is for the office; the worker keeps its best plan when its input ends.
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        request = {"kind": kind, "folder": str(folder), **values}
        self._write(json.dumps(request) + "\n")
        threading.Thread(target=self._follow, daemon=True).start()

    @property
    def page(self) -> str:
        """The address of the page that shows it."""
        return PAGES[self.kind]

    @property
    def is_search(self) -> bool:
        """Whether it looks for a plan."""
        return self.kind not in {"district", "handouts", "packs", "ledger"}

    @property
    def seconds(self) -> float:
        """How long it has run, or ran."""
        return time.monotonic() - self._began if self._seconds is None else self._seconds

    def stop(self) -> None:
        """Let it end with the best that it has."""
        if not self.state.ended:
            self.state = dataclasses.replace(self.state, step=_("stopping"))
            self._write("stop\n")

    def _write(self, text: str) -> None:
        pipe = self._process.stdin
        assert pipe is not None  # noqa: S101  # it was asked for
        # A process that is over has said why.
        with contextlib.suppress(OSError):
            pipe.write(text.encode())
            pipe.flush()

    def _follow(self) -> None:
        """Read events until the process ends."""
        pipe = self._process.stdout
        assert pipe is not None  # noqa: S101  # it was asked for
        for line in pipe:
            with contextlib.suppress(ValueError):  # a library has printed something
                event = json.loads(line)
                if isinstance(event, dict):
                    self.state = _after(self.state, event)
        self._process.wait()
        self._seconds = self.seconds
        if not self.state.succeeded and not self.state.faults:
            message = _("the work ended without a result")
            self.state = dataclasses.replace(self.state, faults=(message,))
        self.state = dataclasses.replace(self.state, ended=True)
        for each in (self._process.stdin, pipe):
            with contextlib.suppress(OSError):
                each.close()  # type: ignore[union-attr]  # it is a pipe


def _after(state: State, event: Mapping[str, Any]) -> State:
    """Return the state after an event; lists come as lists, texts as texts."""
    known = {each.name for each in dataclasses.fields(State)} - {"ended"}
    values = {name: value for name, value in event.items() if name in known}
    for name in ("remarks", "faults"):
        if name in values:
            values[name] = tuple(map(str, values[name]))
    return dataclasses.replace(state, **values)
