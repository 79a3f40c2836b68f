"""The command that makes all handouts, and what it shares with that which seals packs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.cli import show
from routeplan.cli.asked import read_asked
from routeplan.errors import Fault, InputError
from routeplan.files import check_writable, read_bytes
from routeplan.formats import (
    plan_from_json,
    problem_from_json,
    problem_sha256,
    problem_to_json,
)

if TYPE_CHECKING:
    import argparse

    from routeplan.handouts import Ground
    from routeplan.plan import Plan
    from routeplan.problem import Problem

__all__ = ["hand_out", "read_plan"]


def hand_out(asked: argparse.Namespace) -> int:
    """Make everything that crews and organizers take away from a plan."""
    from routeplan.handouts import make_handouts  # noqa: PLC0415
    from routeplan.stores import INDEX, write_folder  # noqa: PLC0415

    check_writable(asked.output / INDEX)
    files: dict[str, bytes] = {}
    with show.Steps(quiet=asked.quiet) as steps:
        problem, plan, ground = read_plan(asked, steps)
        for step, make in make_handouts(problem, plan, ground, kinds=asked.only):
            steps.tell(step)
            files |= make()
        steps.tell("writing files")
        write_folder(asked.output, files)
    show.files({name: asked.output / name for name in files}, as_json=asked.json)
    return 0


def read_plan(asked: argparse.Namespace, steps: show.Steps) -> tuple[Problem, Plan, Ground]:
    """Read a plan with its problem, and what it is drawn on where a scenario is given.

    Raises
    ------
    RouteplanError
        With every fault of the files; or where the plan was made for another problem.
    """
    from routeplan.handouts import Ground, Telling, check_belongs  # noqa: PLC0415

    plan = plan_from_json(read_bytes(asked.plan), source=asked.plan.name)
    if asked.scenario is not None:
        from routeplan.campaign import prepare, trace_ground  # noqa: PLC0415

        prepared = prepare(read_asked(asked, asked.scenario), tell=steps.tell)
        posed = f"the problem that {asked.scenario} poses now"
        _check_made_for(asked, plan, problem_to_json(prepared.problem).encode(), posed)
        steps.tell("tracing ways")
        return prepared.problem, plan, trace_ground(prepared, plan)
    path = asked.problem or asked.plan.with_name("problem.json")
    if not path.exists():
        hint = "give the scenario before the plan, or the problem with --problem"
        raise InputError([Fault(str(path), "is not there, and the plan needs its problem", hint)])
    data = read_bytes(path)
    problem = problem_from_json(data, source=path.name)
    _check_made_for(asked, plan, data, f"the problem in {path}")
    check_belongs(problem, plan)
    return problem, plan, Ground(telling=Telling(asked.language or "en"))


def _check_made_for(asked: argparse.Namespace, plan: Plan, problem: bytes, posed: str) -> None:
    if problem_sha256(problem) != plan.problem_sha256:
        message = f"was not made for {posed}"
        raise InputError([Fault(str(asked.plan), message, "plan it anew with 'run'")])
