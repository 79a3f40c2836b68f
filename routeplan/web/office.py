"""The campaign's folder, as the pages see it: scenario, plan, ledger, handouts, and one job."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from routeplan.errors import Fault, InputError, RouteplanError
from routeplan.files import is_signed
from routeplan.files.locks import is_locked
from routeplan.language import gettext as _
from routeplan.scenario import read_scenario
from routeplan.web.folders import (
    FILES,
    HANDOUTS,
    OUTPUTS,
    PACKS,
    SCENARIO,
    WORK,
    current_folder,
    read_plan_in,
)
from routeplan.web.jobs import Job
from routeplan.web.records import Records
from routeplan.workflow.outputs import INDEX, RUN, remove_files, scan_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.scenario import Scenario
    from routeplan.web.jobs import Kind


@dataclass(frozen=True, slots=True)
class Handout:
    """One file of the handouts: its path, and its folder's and own name."""

    path: Path
    folder: str
    name: str

    @property
    def is_sheet(self) -> bool:
        """Whether it is to be printed."""
        return self.path.suffix == ".pdf"


class Office:
    """The state of one office.

    Parameters
    ----------
    folder
        The campaign's folder, with its scenario.

    Attributes
    ----------
    job
        The last job.
    records
        The campaign's ledger.

    Raises
    ------
    InputError
        Where the folder has no scenario.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.job: Job | None = None
        self._ended: dict[Kind, Job] = {}
        self._results: dict[Kind, Mapping[str, Any]] = {}
        self.records = Records()
        self.is_closing = False
        self._last_used = time.monotonic()
        self._starting = threading.Lock()
        if not (self.folder / SCENARIO).is_file():
            message = _("has no {file}", file=SCENARIO)
            hint = _("name the campaign's folder: routeplan office FOLDER")
            raise InputError([Fault(str(folder), message, hint)])

    def use(self) -> None:
        """Note that the office is used now."""
        self._last_used = time.monotonic()

    def unused_seconds(self) -> float:
        """Return for how long nobody has used it; while a job runs, it is in use."""
        if self.running is not None:
            self.use()
        return time.monotonic() - self._last_used

    @property
    def running(self) -> Job | None:
        """The job that runs, if one does."""
        job = self.job
        return None if job is None or job.state.ended else job

    def start(self, kind: Kind, values: Mapping[str, object] | None = None) -> Job | None:
        """Start a job and return it; None where one runs already."""
        with self._starting:
            if self.running is not None:
                return None
            self._keep_ended()
            given = {**(values or {}), "passphrase": self.records.passphrase}
            self.job = Job(kind, self.folder, given)
            return self.job

    def is_earlier_work_ending(self) -> bool:
        """Return whether the worker of an office that has ended is still busy in the folder."""
        return self.running is None and is_locked(self.folder / WORK)

    @contextlib.contextmanager
    def without_work(self) -> Iterator[None]:
        """Let no job start meanwhile; RouteplanError where one runs."""
        with self._starting:
            if self.running is not None or self.is_earlier_work_ending():
                raise RouteplanError(_("Other work is going on; this can be done after that."))
            yield
            self.job = None
            self._ended.clear()
            self._results.clear()

    def last(self, kind: Kind) -> Job | None:
        """Return the last job of a kind, which may still run."""
        job = self.job
        return job if job is not None and job.kind == kind else self._ended.get(kind)

    def result_of(self, kind: Kind) -> Mapping[str, Any] | None:
        """Return what the last ended job of a kind that found anything did; None without one."""
        self._keep_ended()
        return self._results.get(kind)

    def _keep_ended(self) -> None:
        job = self.job
        if job is None or not job.state.ended:
            return
        self._ended[job.kind] = job
        if job.state.result is not None:
            self._results[job.kind] = job.state.result

    def finish(self) -> None:
        """Let the job keep the best that it has."""
        if self.running is not None:
            self.running.stop()

    def scenario(self) -> Scenario:
        """Read the scenario; errors name all its own faults, not those of files that it names."""
        return read_scenario(self.folder / SCENARIO)

    @property
    def plan_folder(self) -> Path:
        """The folder of the plan that holds, or of the first plan while there is none."""
        return current_folder(self.folder) or self.folder / OUTPUTS

    def plan(self) -> tuple[Problem, Plan] | None:
        """Return the plan with its problem; None where there is none yet."""
        where = current_folder(self.folder)
        return None if where is None else read_plan_in(where)

    def take_back(self) -> None:
        """Remove what routeplan made in the folder of the plan that holds; not of the first one.

        Raises InputError where that plan or its problem was changed since.
        """
        where = current_folder(self.folder)
        if where is None or where.name == OUTPUTS:
            raise InputError(
                [Fault("", _("The first plan is not taken back; plan again instead."))]
            )
        made = scan_folder(where).made
        if not {where / name for name in FILES}.issubset(made):
            message = _("This plan was changed by hand since, and is left as it is.")
            raise InputError([Fault("", message, _("remove its folder yourself"))])
        remove_files(made, within=where)

    def is_plan_changed(self) -> bool:
        """Return whether a first plan is there that the last run did not write so."""
        files = [self.folder / OUTPUTS / name for name in ("problem.json", "plan.json")]
        return any(path.is_file() and not is_signed(RUN, path) for path in files)

    def map_file(self) -> Path | None:
        """Return the map of the plan, if it is drawn."""
        path = self.plan_folder / "map.html"
        return path if path.is_file() else None

    def handouts(self) -> list[Handout]:
        """Return the files of the handouts, in the order of their names."""
        top = self.plan_folder / HANDOUTS
        found = [
            path
            for path in sorted(top.rglob("*"))
            if path.is_file() and not path.is_symlink() and not path.name.startswith(".")
            if path.name != INDEX
        ]
        return [Handout(p, p.parent.relative_to(top).as_posix(), p.name) for p in found]

    def are_handouts_made(self) -> bool:
        """Return whether the handouts are there and not older than the plan."""
        index = self.plan_folder / HANDOUTS / INDEX
        return index.is_file() and not self._is_older_than_plan(index)

    def are_handouts_old(self) -> bool:
        """Return whether handouts are there, and older than the plan."""
        return self._is_older_than_plan(self.plan_folder / HANDOUTS / INDEX)

    def are_packs_old(self) -> bool:
        """Return whether sealed packs are there, and older than the plan."""
        return self._is_older_than_plan(self.plan_folder / HANDOUTS / PACKS / INDEX)

    def _is_older_than_plan(self, index: Path) -> bool:
        plan = self.plan_folder / "plan.json"
        is_there = index.is_file() and plan.is_file()
        return is_there and index.stat().st_mtime_ns < plan.stat().st_mtime_ns
