"""Plan what is left of a plan again, from a day on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from routeplan.cli import inputs, options
from routeplan.cli.ledger import passphrase_file, passphrase_of
from routeplan.cli.output import Output, check_folder, check_output
from routeplan.cli.replan_tables import show_replanned
from routeplan.errors import Faults, InputError
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Day, Problem, Team
    from routeplan.model.results import VisitResult
    from routeplan.planner import Options
    from routeplan.scenario import Campaign
    from routeplan.workflow.later import Changes, Join


@options.command()
@options.paths("plan")
@options.option("--from first", "DAY", "The first day that is still open.", required=True)
@options.option("--without", "TEAM", "This team drops out (repeatable).", multiple=True)
@options.option(
    *("--join", "FROM:TO[:PACE]", "The people of one team go on with another (repeatable)."),
    multiple=True,
)
@options.option("--team", "NEW:LIKE", "A further team like another (repeatable).", multiple=True)
@options.option(
    *("--slept", "TEAM:PLACE", "Where it slept, if not where it was planned (repeatable)."),
    multiple=True,
)
@options.option(
    *("--close-road", "ROAD", "By its name or number, or way:NUMBER (repeatable; --scenario)."),
    multiple=True,
)
@options.option(
    *(
        "--change-worth",
        "NUMBER",
        "Households an announced stop is worth more; inf: all stay.",
    ),
    type=float,
)
@options.option("--most-changes", "NUMBER", "So many announced stops may move.", type=int)
@options.option("--ledger", "LEDGER", "Results of past days. Default: as was planned.")
@passphrase_file
@options.path("--scenario", "SCENARIO", "Its roads are read again, for travel times and the map.")
@options.output("FOLDER", "Where problem.json, plan.json and map.html go.", required=True)
@options.flag("--handouts", "Make the maps, sheets and tracks again that change.")
@options.flag("--overwrite", "Replace a problem and a plan that another command made.")
@options.language
@options.search()
def replan(
    *,
    out: Output,
    plan: Path,
    output: Path,
    handouts: bool,
    overwrite: bool,
    search: Options,
    **asked: Any,  # noqa: ANN401  # of all types
) -> int:
    """Plan what is left of a plan again, from a day on.

    PLAN is a plan with its problem.json beside it; neither is changed. Past days stay as they were,
    and teams go on from where they slept. Days are numbers, from 1, or dates.
    """
    from routeplan.workflow import replan as search_again
    from routeplan.workflow.changed import (
        ground_of,
        missing_results,
        write_changed,
        write_changed_handouts,
    )
    from routeplan.workflow.later import check_changes

    problem_file = plan.with_name("problem.json")
    files = _check_files(plan, output, overwrite=overwrite)
    posed, made, _sha256 = inputs.read_problem_and_plan(problem_file, plan)
    with out.steps() as steps:
        path: Path | None = asked["scenario"]
        ground = ground_of(
            posed,
            None if path is None else inputs.read_scenario_in(asked["language"], path),
            language=asked["language"],
            closed=asked["close_road"],
            on_step=steps.on_step,
        )
        changes = _changes(ground.problem, made, asked, ground.campaign)
        check_changes(ground.problem, changes)
        price = search_again.Price(_worth(asked, ground.campaign), asked["most_changes"])
        steps.on_step(_("planning from {date} on", date=posed.days[changes.first_day].date))
        found = search_again.replan(
            *(ground.problem, made, changes),
            price=price,
            options=search,
            report=steps.report,
        )
        for note in missing_results(posed, made, changes):
            steps.note(note)
        made_files = write_changed(
            *(ground, (posed, made), found, changes, output), on_step=steps.on_step
        )
        if handouts:
            write_changed_handouts(output, found, made_files, steps.on_step)
    written = dict(zip(("problem", "plan", "map"), files, strict=True))
    return show_replanned(out, posed, found, made_files.sheets, written)


def _check_files(plan: Path, output: Path, *, overwrite: bool) -> list[Path]:
    """Return the files that are written, none of which may be those that are read."""
    from routeplan.workflow.changed import check_files

    files = check_files(output, overwrite=overwrite)
    for file in files:
        check_output(file, plan, plan.with_name("problem.json"))
    check_folder(output, *(file.name for file in files))
    return files


# ---- What is different ----


def _changes(problem: Problem, plan: Plan, asked: Mapping[str, Any], campaign: Campaign) -> Changes:
    from routeplan.workflow.later import Changes

    faults = Faults()
    further = tuple(_further(problem, text, faults) for text in asked["team"])
    joins = tuple(_join(text, faults) for text in asked["join"])
    slept = dict(_slept(problem, text, faults) for text in asked["slept"])
    faults.raise_any()
    return Changes(
        inputs.find_day(problem, asked["first"], "--from"),
        without=asked["without"],
        joins=tuple(filter(None, joins)),
        further=tuple(filter(None, further)),
        slept=slept,
        results=_results(
            asked["ledger"] or campaign.ledger,
            problem.days[plan.first_day :],
            asked["passphrase_file"],
        ),
    )


def _results(
    ledger: Path | str | None, days: Sequence[Day], passphrase_file: Path | None
) -> tuple[VisitResult, ...] | None:
    """Return what is recorded of some days; None without a ledger."""
    if ledger is None:
        return None
    from routeplan.ledger import open_ledger

    with open_ledger(ledger, passphrase=passphrase_of(ledger, file=passphrase_file)) as opened:
        return tuple(opened.results(first=days[0].date, last=days[-1].date))


def _worth(asked: Mapping[str, Any], campaign: Campaign) -> float:
    """Return the worth of an announced stop: that which is asked for, or the campaign's."""
    given: float | None = asked["change_worth"]
    return campaign.announced_worth if given is None else given


def _join(text: str, faults: Faults) -> Join | None:
    from routeplan.workflow.later import Join

    team, _colon, rest = text.partition(":")
    to, _colon, pace = rest.partition(":")
    try:
        number = float(pace) if pace else None
    except ValueError:
        number = math.nan
    if not team or not to or (number is not None and not 0 < number < math.inf):
        faults.add("--join", _("{text!r} is not like B:A, or B:A:25", text=text))
        return None
    return Join(team, to, number)


def _further(problem: Problem, text: str, faults: Faults) -> Team | None:
    from routeplan.workflow.changed import further_team

    new, _colon, like = text.partition(":")
    try:
        return further_team(problem, new, like)
    except InputError as error:
        faults.adopt(error)
        return None


def _slept(problem: Problem, text: str, faults: Faults) -> tuple[str, str]:
    from routeplan.workflow.changed import place_named

    team, _colon, name = text.partition(":")
    try:
        return team, place_named(problem, name)
    except InputError as error:
        faults.adopt(error)
        return team, name
