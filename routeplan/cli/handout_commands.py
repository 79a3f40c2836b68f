"""The command that makes all handouts, and what it shares with that which seals packs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from routeplan.cli import show
from routeplan.cli.asked import check_made_for, read_asked, read_both
from routeplan.errors import Fault, InputError
from routeplan.files import check_writable, read_bytes
from routeplan.formats import plan_from_json

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from routeplan.handouts import MapData
    from routeplan.language import Language
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

__all__ = ["hand_out", "read_plan"]


def hand_out(asked: argparse.Namespace) -> int:
    """Make everything that crews and organizers take away from a plan."""
    from routeplan.handouts import make_handouts  # noqa: PLC0415
    from routeplan.workflow.edits import fingerprint_of  # noqa: PLC0415
    from routeplan.workflow.outputs import INDEX, write_folder  # noqa: PLC0415

    check_writable(asked.output / INDEX)
    files: dict[str, bytes] = {}
    with show.Steps(quiet=asked.quiet) as steps:
        read = read_plan(asked, steps)
        fingerprint = fingerprint_of(read[1])
        for step, make in make_handouts(*read, fingerprint=fingerprint, kinds=asked.only):
            steps.on_step(step)
            files |= make()
        steps.on_step("writing files")
        write_folder(asked.output, files)
    folders = Counter(name.rpartition("/")[0] for name in files)
    show.answer(
        {"files": {name: str(asked.output / name) for name in files}},
        [f"{asked.output / folder}: {count} files" for folder, count in sorted(folders.items())],
        as_json=asked.json,
    )
    return 0


def read_plan(asked: argparse.Namespace, steps: show.Steps) -> tuple[Problem, Plan, MapData]:
    """Read a plan with its problem, and what it is drawn on where a scenario is given.

    Raises
    ------
    RouteplanError
        With every fault of the files; or where the plan was made for another problem.
    """
    from routeplan.workflow.draw import trace_map_data  # noqa: PLC0415
    from routeplan.workflow.prepare import prepare  # noqa: PLC0415

    path = asked.scenario or asked.plan.with_name("problem.json")
    if path.suffix != ".toml":
        steps.on_step("reading the plan")
        return _without_roads(asked, path)
    plan = plan_from_json(read_bytes(asked.plan), source=asked.plan.name)
    prepared = prepare(read_asked(asked, path), on_step=steps.on_step)
    check_made_for(plan, asked.plan, prepared, path)
    steps.on_step("tracing the way")
    return prepared.problem, plan, trace_map_data(prepared, plan)


def _without_roads(asked: argparse.Namespace, path: Path) -> tuple[Problem, Plan, MapData]:
    from routeplan.handouts import MapData, check_references  # noqa: PLC0415

    if not path.exists():
        hint = "give the scenario, or the problem, before the plan"
        raise InputError([Fault(str(path), "is not there, and the plan needs its problem", hint)])
    problem, plan, _ = read_both(path, asked.plan)
    check_references(problem, plan)
    language: Language = asked.language or "en"
    return problem, plan, MapData(language)
