"""From a scenario to its problem and plan, and what a plan is worth."""

from __future__ import annotations

import dataclasses
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import click

from routeplan.audit import audit_plan
from routeplan.cli import options
from routeplan.cli.output import Terminal, check_folder, counted
from routeplan.cli.terminal import write_json, write_json_text
from routeplan.errors import AuditError
from routeplan.files import write_whole
from routeplan.formats import detail_of, plan_to_json, problem_to_json, requirement_text
from routeplan.model.plan import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from routeplan.cli.output import Output
    from routeplan.language import Language
    from routeplan.model.plan import Plan, Tour
    from routeplan.model.problem import Problem
    from routeplan.planner import Explanation, Options

FILES_HELP = "Where problem.json, plan.json and map.html go."
# Villages that only lack time are shown so many of.
FEW = 5
# Rows of a table: more take seconds to be laid out, and nobody reads them.
MAX_ROWS = 500


@options.command()
@options.output("FOLDER", FILES_HELP, "outputs/demo")
@options.language
@options.search(seconds=20.0)
def demo(out: Output, output: Path, language: Language | None, search: Options) -> int:
    """Run all steps on a fictional district."""
    return _run_all_steps(out, demo_folder() / "scenario.toml", output, language, search)


@options.command()
@options.paths("scenario")
@options.output("FOLDER", FILES_HELP, "outputs")
@options.language
@options.search()
def run(
    out: Output, scenario: Path, output: Path, language: Language | None, search: Options
) -> int:
    """Run all steps: scenario, roads, plan, map."""
    return _run_all_steps(out, scenario, output, language, search)


@options.command()
@options.paths("scenario")
@options.output("PROBLEM", "problem.json", required=True)
def problem(out: Output, scenario: Path, output: Path) -> None:
    """Write the planning problem of a scenario."""
    from routeplan.workflow.prepare import prepare

    options.check_output(output, scenario)
    with out.steps() as steps:
        prepared = prepare(scenario, on_step=steps.on_step)
    write_whole({output: problem_to_json(prepared.problem)})
    out.files({"problem": output})


@options.command()
@options.paths("problem")
@options.output("PLAN", "plan.json; else standard output.")
@click.option(
    "--format-version",
    type=click.Choice([1, 2]),
    default=2,
    help="Of plan.json: 1 has English texts where 2 has requirements.",
)
@options.search()
@options.path("--start", "PLAN", "Begin from this plan; broken rules are repaired.")
@options.option("--pin tours", "TEAM:DAY", "Keep this tour of the start plan.", multiple=True)
@options.option(
    *("--pin-village visits", "VILLAGE:DAY[:TEAM]", "Visit it on this day, by this team only."),
    multiple=True,
)
@options.option("--skip-village skipped", "VILLAGE", "Do not visit it.", multiple=True)
def solve(
    *,
    out: Output,
    problem: Path,
    output: Path | None,
    format_version: int,
    search: Options,
    start: Path | None,
    tours: tuple[str, ...],
    visits: tuple[str, ...],
    skipped: tuple[str, ...],
) -> int:
    """Plan the tours of a problem.

    Days are numbers, from 1, or dates; villages are ids or names. Pins can be repeated.
    """
    from routeplan import planner

    options.check_output(output, problem, start)
    posed, sha256 = options.read_problem_file(problem)
    pins = planner.parse_pins(posed, tours=tours, visits=visits, skipped=skipped)
    with out.steps() as steps:
        steps.on_step("planning")
        plan = planner.solve(
            *(posed, search),
            start=None if start is None else options.read_plan_file(start),
            pins=pins,
            report=steps.report,
            sha256=sha256,
        )
    text = plan_to_json(plan, version=format_version, problem=posed)
    if output is None:
        write_json_text(text)
    else:
        write_whole({output: text})
        show_plan(out, posed, plan, {"plan": output})
    return options.exit_code_of(plan)


@options.command()
@options.paths("problem", "plan")
def audit(out: Output, problem: Path, plan: Path) -> int:
    """Check a plan against every rule of its problem."""
    posed, sha256 = options.read_problem_file(problem)
    made = options.read_plan_file(plan)
    violations = audit_plan(posed, made, problem_sha256=sha256)
    lines = [str(violation) for violation in violations]
    if not violations:
        tours = counted(len(made.tours), "tour")
        households = counted(made.summary.households, "household")
        lines = [f"the plan keeps every rule: {tours}, {households} reached"]
    out.answer({"violations": [dataclasses.asdict(each) for each in violations]}, lines)
    return AuditError.exit_code if violations else 0


@options.command()
@options.paths("problem", "plan")
@click.argument("village")
@options.search(seconds=10.0)
def explain(out: Output, problem: Path, plan: Path, village: str, search: Options) -> int:
    """Show why a village is left out, and what it would take.

    VILLAGE is its id or its name.
    """
    from routeplan import planner

    posed, made, _ = options.read_problem_and_plan(problem, plan)
    with out.steps() as steps:
        steps.on_step("explaining")
        found = planner.explain(posed, made, village, search, report=steps.report)
    _show_explanation(out, posed, found)
    return 0 if found.forced is None else options.exit_code_of(found.forced.plan)


def demo_folder() -> Path:
    """Return the folder of the fictional district: in the package, or beside it in a checkout."""
    inside = Path(str(resources.files("routeplan"))) / "demo"
    return inside if inside.is_dir() else inside.parents[1] / "data" / "demo"


def _run_all_steps(
    out: Output, scenario: Path, output: Path, language: Language | None, search: Options
) -> int:
    from routeplan.workflow import prepare
    from routeplan.workflow.inputs import condition_notes

    check_folder(output, *prepare.FILES)
    with out.steps() as steps:
        results = prepare.run(
            *(options.read_scenario_in(language, scenario), output, search),
            on_step=steps.on_step,
            report=steps.report,
        )
        for remark in condition_notes(results.prepared.graph, results.prepared.conditions):
            steps.note(remark)
    files = {"problem": results.problem_file, "plan": results.plan_file, "map": results.map_file}
    show_plan(out, results.prepared.problem, results.plan, files)
    return options.exit_code_of(results.plan)


def _show_explanation(out: Output, problem: Problem, found: Explanation) -> None:
    if out.as_json:
        values = dataclasses.asdict(found)
        if found.forced is not None:
            del values["forced"]["plan"]
        write_json(values)
        return
    console = Terminal()
    name = found.name if found.name.strip() else found.place
    console.bold(f"{name}: {found.reached} of {counted(found.households, 'household')} reached")
    for team, day, households in found.visits:
        console.lines(f"  team {team} on {problem.days[day].date:%a %d %b}: {households}")
    if found.reason is not None:
        console.lines(f"why not more: {found.reason}, {found.detail}")
    for each in found.requirements[1:]:  # the first one is part of the detail
        text = requirement_text(each, visited=bool(found.visits), problem=problem)
        console.lines(f"  or: {text}")
    if found.forced is not None and found.forced.stopped_by == "interrupt":
        console.bold("stopped with Ctrl-C: this is what was found until then")
    console.bold(found.conclusion)


def show_plan(out: Output, problem: Problem, plan: Plan, written: Mapping[str, Path]) -> None:
    """Show what a plan reaches, what it leaves out, and where its files are."""
    if out.as_json:
        write_json(
            {
                "summary": dataclasses.asdict(plan.summary),
                "run": dataclasses.asdict(plan.run),
                "left_out": [dataclasses.asdict(left) for left in plan.left_out],
                "files": {name: str(path) for name, path in written.items()},
            }
        )
        return
    console = Terminal()
    columns = ("villages", "households", "km", "at the wheel")
    if len(plan.tours) <= MAX_ROWS:
        console.table("Tours", ("team", "date", *columns, "night"), _tour_rows(problem, plan))
    else:
        console.table("Tours", ("team", "days", *columns), _team_rows(problem, plan))
    if plan.left_out:
        columns = ("village", "households", "why", "detail")
        console.table("Left out", columns, _left_out_rows(problem, plan))
    total = sum(village.households for village in problem.villages)
    console.bold(f"{plan.summary.households} of {total} households reached")
    if plan.summary.upper_bound is not None:
        gap = 100 * (plan.summary.upper_bound / max(plan.summary.weighted, 1e-9) - 1)
        bound = f"no plan reaches more than {plan.summary.upper_bound:.1f}"
        console.lines(f"{bound} (weighted): {max(gap, 0):.1f} % more than this one")
    if plan.run.stopped_by == "interrupt":
        console.bold("stopped with Ctrl-C: this is the best plan found until then")
    console.files(written)


def _tour_rows(problem: Problem, plan: Plan) -> Iterator[Sequence[object]]:
    """Yield the tours, team by team."""
    for team in problem.teams:
        tours = plan.tours_of(team.id)
        for tour in tours:
            night = "" if tour is tours[-1] else problem.place(tour.end).name
            date = f"{problem.days[tour.day].date:%a %d %b}"
            yield team.id, date, *_totals(problem, [tour]), night
        yield ()


def _team_rows(problem: Problem, plan: Plan) -> Iterator[Sequence[object]]:
    """Yield the sums of each team's tours, which are too many to be read one by one."""
    for team in problem.teams:
        tours = plan.tours_of(team.id)
        yield team.id, len(tours), *_totals(problem, tours)


def _totals(problem: Problem, tours: Sequence[Tour]) -> tuple[object, ...]:
    """Return villages, households, kilometres and hours of driving of tours."""
    metres = [problem.metres(tour.team, tour.places) for tour in tours]
    known = [length for length in metres if length is not None]
    seconds = sum(tour.drive_seconds for tour in tours)
    return (
        sum(len(tour.stops) for tour in tours),
        sum(tour.households for tour in tours),
        f"{sum(known) / 1000:.0f}" if len(known) == len(metres) > 0 else "",
        f"{seconds // 3600}:{seconds % 3600 // 60:02d}",
    )


def _left_out_rows(problem: Problem, plan: Plan) -> Iterator[Sequence[object]]:
    """Yield what is left out, the largest first; of what only lacks time, a few."""
    order = sorted(plan.left_out, key=lambda left: -left.households)
    few = [left for left in order if left.reason is Reason.NO_TIME]
    others = [left for left in order if left.reason is not Reason.NO_TIME]
    visited = {stop.place for tour in plan.tours for stop in tour.stops}
    for left in (*others[:MAX_ROWS], *few[:FEW]):
        detail = detail_of(left, visited=left.place in visited, problem=problem)
        yield problem.place(left.place).name, left.households, left.reason.value, detail
    more: dict[Reason, list[int]] = {}
    for left in (*others[MAX_ROWS:], *few[FEW:]):
        more.setdefault(left.reason, []).append(left.households)
    for reason, households in more.items():
        yield f"{len(households)} more", sum(households), reason.value, "see the plan"
