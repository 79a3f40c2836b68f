"""What each command does: compose, show, and say how it ended."""

from __future__ import annotations

from functools import partial
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from routeplan.audit import audit_plan
from routeplan.cli import pack_commands, show, show_plan
from routeplan.cli.asked import (
    check_made_for,
    check_output,
    code_of,
    options_of,
    read_asked,
    read_both,
)
from routeplan.cli.fetching import fetch_extract, fetch_osm
from routeplan.cli.handout_commands import hand_out
from routeplan.cli.matching import match
from routeplan.cli.roads import roads
from routeplan.cli.sheet_commands import sheets
from routeplan.cli.tables import layers, phone, read_workbook, write_workbook
from routeplan.cli.terminal import write_json_text
from routeplan.cli.written import check_folder
from routeplan.errors import AuditError
from routeplan.files import read_bytes, write_whole
from routeplan.formats import (
    plan_from_json,
    plan_to_json,
    problem_from_json,
    problem_sha256,
    problem_to_json,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable


__all__ = ["COMMANDS"]


def demo(asked: argparse.Namespace) -> int:
    """Go the whole line on the embedded district."""
    return _whole_line(asked, _demo_folder() / "scenario.toml")


def run(asked: argparse.Namespace) -> int:
    """Go the whole line on a scenario."""
    return _whole_line(asked, asked.scenario)


def villages(asked: argparse.Namespace) -> int:
    """List villages and where they meet the roads."""
    from routeplan.workflow.inputs import condition_notes  # noqa: PLC0415
    from routeplan.workflow.prepare import locate  # noqa: PLC0415

    with show.Steps(quiet=asked.quiet) as steps:
        located = locate(asked.scenario, on_step=steps.on_step)
        for remark in condition_notes(located.graph, located.conditions):
            steps.note(remark)
    show.villages(located, as_json=asked.json)
    return 0


def problem(asked: argparse.Namespace) -> int:
    """Write the problem that a scenario poses."""
    from routeplan.workflow.prepare import prepare  # noqa: PLC0415

    check_output(asked.output, asked.scenario)
    with show.Steps(quiet=asked.quiet) as steps:
        prepared = prepare(asked.scenario, on_step=steps.on_step)
    write_whole({asked.output: problem_to_json(prepared.problem)})
    show.files({"problem": asked.output}, as_json=asked.json)
    return 0


def solve(asked: argparse.Namespace) -> int:
    """Plan the tours of a problem file."""
    from routeplan import planner  # noqa: PLC0415

    if asked.output is not None:
        check_output(asked.output, *filter(None, (asked.problem, asked.start)))
    data = read_bytes(asked.problem)
    posed = problem_from_json(data, source=asked.problem.name)
    start = None
    if asked.start is not None:
        start = plan_from_json(read_bytes(asked.start), source=asked.start.name)
    pins = planner.parse_pins(
        posed, tours=asked.pin, visits=asked.pin_village, skipped=asked.skip_village
    )
    with show.Steps(quiet=asked.quiet) as steps:
        steps.on_step("planning")
        plan = planner.solve(
            *(posed, options_of(asked)),
            start=start,
            pins=pins,
            report=steps.report,
            sha256=problem_sha256(data),
        )
    text = plan_to_json(plan, version=asked.format_version, problem=posed)
    if asked.output is None:
        write_json_text(text)
    else:
        write_whole({asked.output: text})
        show_plan.plan(posed, plan, {"plan": asked.output}, as_json=asked.json)
    return code_of(plan)


def check(asked: argparse.Namespace) -> int:
    """Check a plan against every rule of its problem."""
    data = read_bytes(asked.problem)
    posed = problem_from_json(data, source=asked.problem.name)
    plan = plan_from_json(read_bytes(asked.plan), source=asked.plan.name)
    violations = audit_plan(posed, plan, problem_sha256=problem_sha256(data))
    show.audited(plan, violations, as_json=asked.json)
    return AuditError.exit_code if violations else 0


def explain(asked: argparse.Namespace) -> int:
    """Tell why a village is left out, what it would take, and what forcing it in costs."""
    from routeplan import planner  # noqa: PLC0415

    posed, plan, _ = read_both(asked.problem, asked.plan)
    with show.Steps(quiet=asked.quiet) as steps:
        steps.on_step("explaining")
        found = planner.explain(posed, plan, asked.village, options_of(asked), report=steps.report)
    show.explained(posed, found, as_json=asked.json)
    return 0 if found.forced is None else code_of(found.forced.plan)


def draw(asked: argparse.Namespace) -> int:
    """Draw a plan on its scenario's roads."""
    from routeplan.workflow.draw import draw_map  # noqa: PLC0415
    from routeplan.workflow.prepare import prepare  # noqa: PLC0415

    check_output(asked.output, asked.scenario, asked.plan)
    plan = plan_from_json(read_bytes(asked.plan), source=asked.plan.name)
    with show.Steps(quiet=asked.quiet) as steps:
        prepared = prepare(read_asked(asked, asked.scenario), on_step=steps.on_step)
        check_made_for(plan, asked.plan, prepared, asked.scenario)
        steps.on_step("drawing the map")
        draw_map(prepared, plan).save(asked.output)
    show.files({"map": asked.output}, as_json=asked.json)
    return 0


def coverage(asked: argparse.Namespace) -> int:
    """Tell how far crews get in a day, and where a host would help."""
    from routeplan.cli.coverage import coverage as cover  # noqa: PLC0415

    return cover(asked)


def _analysis(name: str, asked: argparse.Namespace) -> int:
    from routeplan.cli import analysis_commands  # noqa: PLC0415  # loads pandas

    code: int = getattr(analysis_commands, name)(asked)
    return code


def _stores(name: str, asked: argparse.Namespace) -> int:
    from routeplan.cli import store_commands  # noqa: PLC0415  # loads what reads roads

    code: int = getattr(store_commands, name)(asked)
    return code


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "demo": demo,
    "run": run,
    "roads": roads,
    "villages": villages,
    "villages match": match,
    "problem": problem,
    "solve": solve,
    "audit": check,
    "explain": explain,
    "map": draw,
    "sheets": sheets,
    "phone": phone,
    "workbook write": write_workbook,
    "workbook read": read_workbook,
    "layers": layers,
    "handouts": hand_out,
    "pack": pack_commands.pack,
    "pack open": pack_commands.open_pack,
    "pack keygen": pack_commands.keygen,
    **{name: partial(_stores, name) for name in ("doctor", "wipe")},
    "fetch osm": fetch_osm,
    "fetch extract": fetch_extract,
    "coverage": coverage,
    **{name: partial(_analysis, name) for name in ("compare", "frontier", "sweep", "country")},
}


def _whole_line(asked: argparse.Namespace, scenario: Path) -> int:
    from routeplan.workflow import prepare as campaign  # noqa: PLC0415
    from routeplan.workflow.inputs import condition_notes  # noqa: PLC0415

    check_folder(asked.output, *campaign.FILES)
    with show.Steps(quiet=asked.quiet) as steps:
        results = campaign.run(
            *(read_asked(asked, scenario), asked.output, options_of(asked)),
            on_step=steps.on_step,
            report=steps.report,
        )
        for remark in condition_notes(results.prepared.graph, results.prepared.conditions):
            steps.note(remark)
    files = {"problem": results.problem_file, "plan": results.plan_file, "map": results.map_file}
    show_plan.plan(results.prepared.problem, results.plan, files, as_json=asked.json)
    return code_of(results.plan)


def _demo_folder() -> Path:
    """Return the folder of the embedded district: in the package, or beside it in a checkout."""
    inside = Path(str(resources.files("routeplan"))) / "demo"
    return inside if inside.is_dir() else inside.parents[1] / "data" / "demo"
