"""What several commands are asked alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.errors import Fault, InputError
from routeplan.formats import problem_sha256, problem_to_json

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from routeplan.campaign import Prepared
    from routeplan.plan import Plan
    from routeplan.scenario import Scenario

__all__ = ["check_made_for", "read_asked"]


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
