"""Review a day: planned against reached, what was missed, and what tomorrow brings."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from routeplan.cli import inputs, options
from routeplan.cli.ledger import passphrase_file, passphrase_of
from routeplan.cli.output import Output
from routeplan.language import gettext as _
from routeplan.language import number_text

if TYPE_CHECKING:
    from routeplan.cli.console import Terminal
    from routeplan.ledger.learned import Learned
    from routeplan.model.problem import Problem
    from routeplan.planner import Options
    from routeplan.workflow.evening import Review, TeamDay


@options.command()
@options.paths("plan")
@options.option("--ledger", "LEDGER", "File or address of the campaign's ledger.", required=True)
@options.option("--day", "DAY", "Number of the day, from 1, or its date.", required=True)
@passphrase_file
@options.flag("--no-search", "Do not try whether planning anew pays.")
@options.search(seconds=10.0)
def evening(
    *,
    out: Output,
    plan: Path,
    ledger: str,
    passphrase_file: Path | None,
    day: str,
    no_search: bool,
    search: Options,
) -> None:
    """Review a day: planned against reached, what was missed, and what tomorrow brings.

    PLAN is a plan with its problem beside it, or the folder of both.
    """
    from routeplan.ledger import open_ledger
    from routeplan.workflow.evening import review
    from routeplan.workflow.words import conclusion_of

    file = plan / "plan.json" if plan.is_dir() else plan
    posed, made, _sha256 = inputs.read_problem_and_plan(file.with_name("problem.json"), file)
    number = inputs.find_day(posed, day)
    passphrase = passphrase_of(ledger, file=passphrase_file)
    with open_ledger(ledger, passphrase=passphrase) as opened:
        results = opened.results(posed.days[made.first_day].date, posed.days[-1].date)
    with out.steps() as steps:
        steps.on_step(_("reviewing the day"))
        found = review(
            *(posed, made, results, number),
            options=None if no_search else search,
            report=steps.report,
        )
    console = out.console(_values(found))
    _show_today(console, found)
    _show_missed(console, posed, found)
    show_learned(console, found.learned)
    _show_next(console, posed, found)
    if found.replanning is not None:
        again = found.replanning
        console.bold(conclusion_of(again.kept, again.gain, again.trouble))


def _values(found: Review) -> dict[str, object]:
    """Return what machines get: all but the plan that was found by the way."""
    values = dataclasses.asdict(dataclasses.replace(found, replanning=None))
    if found.replanning is not None:
        names = ("kept", "replanned", "gain", "trouble")
        values["replanning"] = {name: getattr(found.replanning, name) for name in names}
    return values


def _show_today(console: Terminal, found: Review) -> None:
    counts = (_("planned"), _("reached"), _("signed"), _("refused"), _("come back"))
    by_team = (_("team"), _("visits"), *counts, _("not home"), _("an hour"), _("minutes driven"))
    console.table(_("Crews"), by_team, map(_team_row, found.teams))
    by_village = (_("village"), _("team"), *counts, _("not home"), _("left"))
    rows = (
        (each.name or each.place, ", ".join(each.teams), *dataclasses.astuple(each)[3:])
        for each in found.villages
    )
    console.table(_("Villages"), by_village, rows)


def _team_row(team: TeamDay) -> Sequence[object]:
    def both(planned: object, actual: object, *, known: object) -> str:
        return f"{actual} / {planned}" if known else "–"

    pace = None if team.pace is None else number_text(f"{team.pace:.1f}")
    assumed = None if team.assumed_pace is None else number_text(f"{team.assumed_pace:.1f}")
    drives = round(team.planned_drive_seconds / 60), round(team.drive_seconds / 60)
    return (
        team.team,
        both(team.stops, team.visits, known=True),
        *(team.planned, team.reached, team.signed, team.refused, team.come_back, team.not_home),
        both(assumed, pace, known=pace and assumed),
        both(*drives, known=team.planned_drive_seconds),
    )


def _show_missed(console: Terminal, problem: Problem, found: Review) -> None:
    if not found.missed:
        return
    heads = (_("village"), _("date"), _("team"), _("planned"), _("reached"), _("missing"))
    rows = (
        (
            each.name or each.place,
            ", ".join(_date(problem, day) for day in each.days),
            ", ".join(each.teams),
            *(each.planned, each.reached if each.visited else _("not visited"), each.missing),
            each.later or "",
        )
        for each in found.missed
    )
    console.table(_("To be visited again"), (*heads, _("planned later")), rows)


def _date(problem: Problem, day: int) -> str:
    return _("{date:%a %d %b}", date=problem.days[day].date)


def show_learned(console: Terminal, learned: Learned) -> None:
    """Show what was assumed and what was learned, side by side."""
    from routeplan.workflow.words import learned_figures, learned_label

    rows = [
        (learned_label(each.kind), each.name, *map(_figure, each[2:]))
        for each in learned_figures(learned)
    ]
    if rows:
        level = round(100 * learned.level)
        heads = (
            _("what"),
            _("group"),
            _("assumed"),
            _("seen"),
            _("learned"),
            _("at least"),
            _("at most"),
        )
        title = _("What was learned (at least … at most: with {level} % probability)", level=level)
        console.table(title, heads, rows, {_("what"), _("group")})


def _figure(value: float | None) -> str:
    return "–" if value is None else number_text(f"{value:.1f}")


def _show_next(console: Terminal, problem: Problem, found: Review) -> None:
    if not found.tomorrow:
        return
    heads = (_("team"), _("date"), _("planned"), _("would not fit"), _("would fit besides"))
    rows = (
        (each.team, _date(problem, each.day), each.planned, each.lost, each.gained)
        for each in found.tomorrow
    )
    console.table(_("The next day at what was learned"), heads, rows)
