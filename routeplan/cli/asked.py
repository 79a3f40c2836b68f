"""What several commands are asked alike."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from routeplan.errors import INTERRUPTED, Fault, InputError
from routeplan.files import check_writable, read_bytes
from routeplan.formats import (
    plan_from_json,
    problem_from_json,
    problem_sha256,
    problem_to_json,
)
from routeplan.model.plan import StoppedBy

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.planner import Options
    from routeplan.scenario import Scenario
    from routeplan.workflow.prepare import Prepared

__all__ = [
    "check_made_for",
    "check_output",
    "code_of",
    "find_day",
    "options_of",
    "read_asked",
    "read_both",
]


def read_asked(asked: argparse.Namespace, path: Path) -> Scenario:
    """Read a scenario; its handouts are in the language that is asked for, if one is."""
    from routeplan.scenario import read_scenario  # noqa: PLC0415

    scenario = read_scenario(path)
    return scenario if asked.language is None else scenario.replace(language=asked.language)


def check_made_for(plan: Plan, plan_file: Path, prepared: Prepared, scenario_file: Path) -> None:
    """Refuse a plan for another problem than its scenario poses now.

    Raises
    ------
    InputError
        Where the scenario, its villages or its roads have changed since.
    """
    if problem_sha256(problem_to_json(prepared.problem)) != plan.problem_sha256:
        message = f"was not made for the problem that {scenario_file} poses now"
        raise InputError([Fault(str(plan_file), message, "plan it anew with 'run'")])


def check_output(output: Path, *inputs: Path) -> None:
    """Refuse an output that cannot be written, or that the command reads."""
    check_writable(output)
    if any(read.exists() and output.exists() and output.samefile(read) for read in inputs):
        message = "is read by this command and would be overwritten by it"
        raise InputError([Fault(str(output), message, "choose another name with -o")])


def options_of(asked: argparse.Namespace) -> Options:
    """Return how long and how to search."""
    from routeplan.planner import Options  # noqa: PLC0415

    return Options(
        engine=asked.engine,
        seconds=None if asked.iterations is not None else asked.seconds,
        iterations=asked.iterations,
        seed=asked.seed,
        bound=asked.bound,
    )


def code_of(plan: Plan) -> int:
    """Return the exit code of a command that made a plan."""
    return INTERRUPTED if plan.run.stopped_by is StoppedBy.INTERRUPT else 0


def read_both(problem_file: Path, plan_file: Path) -> tuple[Problem, Plan, str]:
    """Read a problem and a plan for it; and return the problem's hash, too.

    Raises
    ------
    InputError
        With every fault of a file; or where the plan was made for another problem.
    """
    data = read_bytes(problem_file)
    problem = problem_from_json(data, source=problem_file.name)
    plan = plan_from_json(read_bytes(plan_file), source=plan_file.name)
    sha256 = problem_sha256(data)
    if sha256 != plan.problem_sha256:
        message = f"was not made for the problem in {problem_file}"
        raise InputError([Fault(str(plan_file), message, "plan it anew with 'solve --start'")])
    return problem, plan, sha256


def find_day(problem: Problem, text: str) -> int:
    """Return the index of a day that is given by its number on the sheets, from 1, or its date.

    Raises
    ------
    InputError
        Where it is neither; whether there is a day of that number is for others to say.
    """
    dates = [str(day.date) for day in problem.days]
    if text in dates:
        return dates.index(text)
    if re.fullmatch("[0-9]{1,9}", text):
        return int(text) - 1
    hint = f"the days are 1 to {len(dates)}, or {dates[0]} to {dates[-1]}"
    raise InputError([Fault("--day", f"{text!r} is no day", hint)])
