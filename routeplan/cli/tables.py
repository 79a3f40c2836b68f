"""What the plan becomes for phones, spreadsheets and maps on a computer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.cli import show
from routeplan.cli.asked import check_made_for, check_output, code_of, options_of, read_asked
from routeplan.errors import Fault, InputError
from routeplan.files import check_writable, read_bytes, write_whole
from routeplan.formats import plan_from_json, plan_to_json, problem_from_json, problem_sha256

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from routeplan.handouts import MapView
    from routeplan.language import Language
    from routeplan.plan import Plan
    from routeplan.problem import Problem

__all__ = ["layers", "phone", "workbook"]


def phone(asked: argparse.Namespace) -> int:
    """Write a plan for phones."""
    from routeplan.handouts.phone import phone_files  # noqa: PLC0415

    check_writable(asked.output / "any.gpx")
    problem, plan, view = _seen_on_roads(asked)
    files = phone_files(problem, plan, view)
    write_whole({asked.output / name: text for name, text in files.items()})
    show.files({name: asked.output / name for name in files}, as_json=asked.json)
    return 0


def layers(asked: argparse.Namespace) -> int:
    """Write a plan as layers."""
    from routeplan.handouts.layers import make_layers  # noqa: PLC0415

    check_output(asked.output, asked.scenario, asked.plan)
    write_whole({asked.output: make_layers(*_seen_on_roads(asked))})
    show.files({"layers": asked.output}, as_json=asked.json)
    return 0


def workbook(asked: argparse.Namespace) -> int:
    """Write a workbook, or read one back."""
    return {"write": _write, "read": _read}[asked.action](asked)


def _write(asked: argparse.Namespace) -> int:
    from routeplan.edits import fingerprint_of  # noqa: PLC0415
    from routeplan.handouts.tables import make_tables  # noqa: PLC0415
    from routeplan.handouts.workbook import make_workbook  # noqa: PLC0415

    check_output(asked.output, asked.problem, asked.plan)
    seen = _seen(asked)
    files: dict[Path, str | bytes] = {
        asked.output: make_workbook(*seen, fingerprint=fingerprint_of(seen[1]))
    }
    if asked.csv:
        files |= {asked.output.parent / name: data for name, data in make_tables(*seen).items()}
    write_whole(files)
    names = {"workbook": asked.output} | {path.stem: path for path in [*files][1:]}
    show.files(names, as_json=asked.json)
    return 0


def _read(asked: argparse.Namespace) -> int:
    from routeplan.edits import fingerprint_of, replan, take_back  # noqa: PLC0415
    from routeplan.handouts.workbook_edits import read_edits  # noqa: PLC0415

    if asked.output is not None:
        check_output(asked.output, asked.workbook, asked.problem, asked.plan)
    problem, plan, sha256 = _read_both(asked)
    edits = read_edits(
        *(read_bytes(asked.workbook), problem, plan),
        source=asked.workbook.name,
        fingerprint=fingerprint_of(plan),
    )
    taken, new = take_back(problem, plan, edits), None
    if asked.output is not None:
        with show.Steps(quiet=asked.quiet) as steps:
            steps.tell("planning around what was edited")
            new, taken = replan(
                *(problem, taken, options_of(asked)), report=steps.report, sha256=sha256
            )
        write_whole({asked.output: plan_to_json(new)})
    show.taken_back(problem, taken, new, asked.output, as_json=asked.json)
    if taken.faults:
        return InputError.exit_code
    return 0 if new is None else code_of(new)


def _seen(asked: argparse.Namespace) -> tuple[Problem, Plan, MapView]:
    """Return a plan as handouts see it, of a scenario or of a problem without its roads."""
    if asked.problem.suffix.lower() == ".toml":
        asked.scenario = asked.problem
        return _seen_on_roads(asked)
    from routeplan.drawing import telling_of  # noqa: PLC0415
    from routeplan.handouts import build_view  # noqa: PLC0415

    problem, plan, _ = _read_both(asked)
    language: Language = asked.language or "en"
    telling = telling_of(problem, plan, {}, snaps={}, signed={}, language=language)
    title = problem.name or "routeplan"
    view = build_view(problem, plan, lines={}, roads=[], title=title, telling=telling)
    return problem, plan, view


def _seen_on_roads(asked: argparse.Namespace) -> tuple[Problem, Plan, MapView]:
    from routeplan.campaign import prepare, view_plan  # noqa: PLC0415

    plan = plan_from_json(read_bytes(asked.plan), source=asked.plan.name)
    with show.Steps(quiet=asked.quiet) as steps:
        prepared = prepare(read_asked(asked, asked.scenario), tell=steps.tell)
        check_made_for(plan, asked.plan, prepared, asked.scenario)
        steps.tell("tracing the way")
        return prepared.problem, plan, view_plan(prepared, plan)


def _read_both(asked: argparse.Namespace) -> tuple[Problem, Plan, str]:
    """Read a problem and its plan; and the problem's hash."""
    data = read_bytes(asked.problem)
    problem = problem_from_json(data, source=asked.problem.name)
    plan = plan_from_json(read_bytes(asked.plan), source=asked.plan.name)
    sha256 = problem_sha256(data)
    if sha256 != plan.problem_sha256:
        message = f"was not made for the problem in {asked.problem}"
        raise InputError([Fault(str(asked.plan), message, "plan it anew with 'solve --start'")])
    return problem, plan, sha256
