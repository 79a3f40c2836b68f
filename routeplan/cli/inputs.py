"""Files that several commands read, checked against one another."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from routeplan.cli import options
from routeplan.cli.console import Steps
from routeplan.errors import Fault, InputError
from routeplan.files import read_bytes
from routeplan.formats import plan_from_json, problem_from_json, problem_sha256, problem_to_json
from routeplan.language import gettext as _
from routeplan.language import message_language
from routeplan.model.plan import Plan
from routeplan.model.problem import Problem

if TYPE_CHECKING:
    from routeplan.handouts import MapData
    from routeplan.language import Language
    from routeplan.scenario import Scenario
    from routeplan.workflow.prepare import Prepared


def read_text(path: Path) -> str:
    """Read a text in UTF-8."""
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError([Fault(str(path), _("is not in UTF-8"), _("save it as UTF-8"))]) from None


def read_plan(path: Path) -> Plan:
    """Read a plan."""
    return plan_from_json(read_bytes(path), source=path.name)


def read_problem(path: Path) -> tuple[Problem, str]:
    """Read a problem, and return its hash, too."""
    data = read_bytes(path)
    return problem_from_json(data, source=path.name), problem_sha256(data)


def read_problem_and_plan(problem_file: Path, plan_file: Path) -> tuple[Problem, Plan, str]:
    """Read a problem and a plan that was made for it, and return the problem's hash, too."""
    problem, sha256 = read_problem(problem_file)
    plan = read_plan(plan_file)
    if sha256 != plan.problem_sha256:
        message = _("was not made for the problem in {file}", file=problem_file)
        hint = _("plan it anew with 'solve --start'")
        raise InputError([Fault(str(plan_file), message, hint)])
    return problem, plan, sha256


def read_scenario_in(language: Language | None, path: Path) -> Scenario:
    """Read a scenario, whose handouts are in the given language, if there is one."""
    from routeplan.scenario import read_scenario
    from routeplan.workflow.checks import faults_beside

    scenario = read_scenario(path, more_faults=faults_beside)
    return scenario if language is None else scenario.replace(language=language)


def parse_date(option: str, text: str) -> dt.date:
    """Parse a date that is given with an option."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        message, hint = _("{text!r} is no date", text=text), _("write it as 2027-05-05")
        raise InputError([Fault(option, message, hint)]) from None


def find_day(problem: Problem, text: str, option: str = "--day") -> int:
    """Return the index of a day by its number, from 1, or its date; it may be past the last."""
    index = problem.day_index(text)
    if index is None:
        raise InputError([Fault(option, _("{text!r} is no day", text=text), problem.days_hint)])
    return index


@dataclasses.dataclass(frozen=True)
class PlanFiles:
    """A plan's file and that of its scenario, and the language of what is made of them."""

    scenario: Path
    plan: Path
    language: Language | None

    def read(self, steps: Steps) -> tuple[Problem, Plan, MapData]:
        """Read the plan with its problem, and what it is drawn on where a scenario is given.

        The scenario may also be the problem's file.
        """
        from routeplan.handouts import MapData, check_references
        from routeplan.workflow.draw import trace_map_data

        if self.scenario.suffix == ".toml":
            plan, prepared = self.prepare(steps)
            steps.on_step(_("tracing the way"))
            return prepared.problem, plan, trace_map_data(prepared, plan)
        steps.on_step(_("reading the plan"))
        if not self.scenario.exists():
            message = _("is not there, and the plan needs its problem")
            hint = _("give the scenario, or the problem, before the plan")
            raise InputError([Fault(str(self.scenario), message, hint)])
        problem, plan, _sha256 = read_problem_and_plan(self.scenario, self.plan)
        check_references(problem, plan)
        return problem, plan, MapData(self.language or message_language())

    def prepare(self, steps: Steps) -> tuple[Plan, Prepared]:
        """Read the plan, and prepare the scenario, which must pose the problem it was made for."""
        from routeplan.workflow.prepare import prepare

        plan = read_plan(self.plan)
        prepared = prepare(read_scenario_in(self.language, self.scenario), on_step=steps.on_step)
        if problem_sha256(problem_to_json(prepared.problem)) != plan.problem_sha256:
            message = _("was not made for the problem that {file} poses now", file=self.scenario)
            raise InputError([Fault(str(self.plan), message, _("plan it anew with 'run'"))])
        return plan, prepared


def scenario_and_plan(function: options.Function) -> options.Function:
    """Add SCENARIO and PLAN: with ``--language`` the function gets them as ``source``."""

    @functools.wraps(function)
    def run(*, scenario: Path, plan: Path, language: Language | None, **values: Any) -> Any:  # noqa: ANN401  # of any command
        return function(source=PlanFiles(scenario, plan, language), **values)

    return options.paths("scenario", "plan")(run)


def plan_alone_too(function: options.Function) -> options.Function:
    """Add PLAN, and before it SCENARIO, if not the problem beside the plan is meant."""

    @functools.wraps(function)
    def run(*, files: tuple[Path, ...], language: Language | None, **values: Any) -> Any:  # noqa: ANN401  # of any command
        scenario = files[0] if len(files) > 1 else files[0].with_name("problem.json")
        return function(source=PlanFiles(scenario, files[-1], language), **values)

    settings = {"metavar": "[SCENARIO] PLAN", "required": True, "callback": _check_two}
    return options.paths("files", nargs=-1, **settings)(run)


def _check_two(
    context: click.Context, parameter: click.Parameter, files: tuple[Path, ...]
) -> tuple[Path, ...]:
    if len(files) > 2:  # noqa: PLR2004  # a pair
        message = _("expected PLAN, or SCENARIO and PLAN, and nothing more")
        raise click.BadParameter(message, context, parameter)
    return files
