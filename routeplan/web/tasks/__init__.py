"""The long work of the office, one module for each kind of job, with a function ``run``.

They are called in the child process of a job (`routeplan.web.worker`), by the name of their module.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from routeplan.errors import Fault, InputError
from routeplan.formats import problem_sha256, problem_to_json
from routeplan.language import gettext as _
from routeplan.scenario import read_scenario
from routeplan.web.folders import SCENARIO, current_folder, plan_folders, read_plan_in
from routeplan.web.records import Records
from routeplan.workflow.checks import faults_beside
from routeplan.workflow.prepare import prepare
from routeplan.workflow.week import next_scenario, with_remaining

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.planner import Progress
    from routeplan.scenario import Scenario
    from routeplan.workflow.prepare import Prepared


@dataclass(frozen=True, slots=True)
class Work:
    """What a job is asked for, and how it says how far it is.

    Parameters
    ----------
    folder
        The campaign's folder.
    values
        What the page gave.
    """

    folder: Path
    values: Mapping[str, Any]

    def say(self, **event: object) -> None:
        """Send fields of `routeplan.web.jobs.State`; an office that is gone hears none."""
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.write(json.dumps(event) + "\n")
            sys.stdout.flush()

    def on_step(self, step: str) -> None:
        """Say what is being done."""
        self.say(step=step)

    def report(self, progress: Progress) -> None:
        """Say how far a search is."""
        self.say(
            households=progress.households,
            objective=progress.objective,
            bound=progress.bound,
            search_seconds=progress.seconds,
        )

    def scenario(self) -> Scenario:
        """Read the scenario; errors name the faults of the files that it names, too."""
        return read_scenario(self.folder / SCENARIO, more_faults=faults_beside)

    def current(self) -> tuple[Path, Problem, Plan, Prepared]:
        """Return the folder of the plan that is there, its problem, itself, and its roads.

        The scenario is prepared with the problem of the plan. Raises InputError where no plan is
        there, or the scenario poses another problem now.
        """
        where = current_folder(self.folder)
        read = None if where is None else read_plan_in(where)
        if where is None or read is None:
            raise InputError([Fault("", _("There is no plan of this week yet."))])
        problem, plan = read
        scenario = self.scenario_of(problem)
        prepared = prepare(scenario, on_step=self.on_step)
        now = prepared.problem
        is_first = where == plan_folders(self.folder)[0]
        if (
            problem_sha256(problem_to_json(now)) != plan.problem_sha256
            if is_first
            else (now.places, now.travel.keys()) != (problem.places, problem.travel.keys())
        ):
            message = _("was not made for what {file} says now", file=SCENARIO)
            raise InputError([Fault("plan.json", message, _("plan again first"))])
        if not is_first and self.records.state(scenario) == "open":
            with self.records.open(scenario) as ledger:
                prepared = with_remaining(prepared, ledger.remaining())
        return where, problem, plan, prepared.replace(problem=problem)

    def scenario_of(self, problem: Problem) -> Scenario:
        """Read the scenario, on the days of a problem of any week."""
        scenario, first = self.scenario(), problem.days[0].date
        if first <= scenario.days[0].date:
            return scenario
        return next_scenario(scenario, first - dt.timedelta(days=1), first)

    @property
    def records(self) -> Records:
        """The campaign's ledger, with the passphrase that the office has."""
        records = Records()
        records.passphrase = self.values.get("passphrase")
        return records
