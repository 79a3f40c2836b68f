"""Plan what is left of a plan again, from a day on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from routeplan.cli import inputs, options
from routeplan.cli.ledger import passphrase_file, passphrase_of
from routeplan.cli.output import Output, check_folder, check_output
from routeplan.cli.replan_tables import show_replanned
from routeplan.errors import Fault, Faults, InputError, nearest
from routeplan.files import sign, write_whole
from routeplan.formats import plan_to_json, problem_to_json
from routeplan.language import gettext as _
from routeplan.language import message_language, ngettext

if TYPE_CHECKING:
    from collections.abc import Sequence

    from routeplan.handouts import MapData
    from routeplan.language import Language
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Day, Problem, Team
    from routeplan.model.results import VisitResult
    from routeplan.planner import Options
    from routeplan.scenario import Campaign
    from routeplan.workflow.later import Changes, Join
    from routeplan.workflow.prepare import Prepared
    from routeplan.workflow.replan import Replanned

WRITER = "replan"
DEFAULT_WORTH = 20.0
HANDOUTS = "handouts"


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
    from routeplan.workflow.draw import write_handouts
    from routeplan.workflow.later import check_changes

    problem_file = plan.with_name("problem.json")
    folder = _check_files(plan, output, overwrite=overwrite)
    posed, made, _sha256 = inputs.read_problem_and_plan(problem_file, plan)
    with out.steps() as steps:
        ground = _ground(posed, asked, steps.on_step)
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
        for note in _missing_results(posed, made, changes):
            steps.note(note)
        texts = problem_to_json(found.problem), plan_to_json(found.plan, problem=found.problem)
        write_whole(dict(zip(folder[:2], texts, strict=True)))
        sign(WRITER, *folder[:2])
        steps.on_step(_("drawing the map"))
        data = _map_data(ground, (posed, made), found, changes)
        sheets = _draw(found, (posed, made), data, folder[2])
        if handouts:
            read = found.problem, found.plan, data
            write_handouts(
                *(output / HANDOUTS, read, steps.on_step),
                kinds=("map", "sheets", "phone"),
                team_days=sheets,
            )
    written = dict(zip(("problem", "plan", "map"), folder, strict=True))
    return show_replanned(out, posed, found, sheets, written)


@dataclass(frozen=True, slots=True)
class _Ground:
    """The problem with the travel times of now; and the scenario on its roads, if there is one."""

    problem: Problem
    language: Language
    campaign: Campaign
    prepared: Prepared | None = None


def _check_files(plan: Path, output: Path, *, overwrite: bool) -> list[Path]:
    """Return the files that are written, none of which may be those that are read."""
    from routeplan.workflow.outputs import check_own
    from routeplan.workflow.run import FILES

    files = [output / name for name in FILES]
    for file in files:
        check_output(file, plan, plan.with_name("problem.json"))
    check_folder(output, *FILES)
    if not overwrite:
        check_own(WRITER, *files[:2])
    return files


# ---- What is different ----


def _ground(posed: Problem, asked: Mapping[str, Any], on_step: Callable[[str], None]) -> _Ground:
    """Read the roads again where a scenario is given."""
    from routeplan.scenario import Campaign
    from routeplan.workflow.prepare import prepare
    from routeplan.workflow.what_if import closure

    path: Path | None = asked["scenario"]
    if path is None:
        if asked["close_road"]:
            message = _("needs the roads")
            raise InputError([Fault("--close-road", message, _("name them with --scenario"))])
        return _Ground(posed, asked["language"] or message_language(), Campaign())
    scenario = inputs.read_scenario_in(asked["language"], path)
    closed = [
        closure(road, note=_("closed now"), source=f"--close-road {road}")
        for road in asked["close_road"]
    ]
    prepared = prepare(scenario, on_step=on_step, overrides=tuple(closed))
    now = prepared.problem
    if now.places != posed.places or not posed.travel.keys() <= now.travel.keys():
        message = _("has other places or vehicles than the plan's problem")
        raise InputError([Fault(str(path), message, _("give the scenario that was planned"))])
    problem = posed.replace(travel={name: now.travel[name] for name in posed.travel})
    return _Ground(problem, scenario.language, scenario.campaign, prepared)


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
    given = (asked["change_worth"], campaign.change_worth, DEFAULT_WORTH)
    worth: float = next(each for each in given if each is not None)
    return worth


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
    new, _colon, like = text.partition(":")
    if not new or like not in problem.team_of:
        message = _("{text!r} is not a new name and a team, like C:A", text=text)
        faults.add("--team", message, nearest(like, problem.team_of) if like else "")
        return None
    team = problem.team_of[like]
    return replace(team, id=new, start=team.end)


def _slept(problem: Problem, text: str, faults: Faults) -> tuple[str, str]:
    team, _colon, name = text.partition(":")
    if name in problem.index:
        return team, name
    found = [place.id for place in problem.places if place.name == name]
    if len(found) != 1:
        names = [each for place in problem.places for each in (place.id, place.name)]
        faults.add("--slept", _("there is no place {place!r}", place=name), nearest(name, names))
    return team, found[0] if found else name


# ---- What comes of it ----


def _map_data(
    ground: _Ground, old: tuple[Problem, Plan], found: Replanned, changes: Changes
) -> MapData:
    """Return what the map and the handouts are drawn on, with the plan of before."""
    from routeplan.handouts import MapData
    from routeplan.workflow.difference import earlier_tours
    from routeplan.workflow.draw import trace_map_data

    data = MapData(ground.language)
    if ground.prepared is not None:
        prepared = ground.prepared.replace(problem=found.problem)
        data = trace_map_data(prepared, found.plan, also=old[1])
    earlier = earlier_tours(old, found.difference, changes.results, ground.language)
    return replace(data, earlier=earlier)


def _draw(
    found: Replanned, old: tuple[Problem, Plan], data: MapData, page: Path
) -> tuple[tuple[str, int], ...]:
    """Write the map, and return the teams and days whose sheets change."""
    from routeplan.handouts import build_view, render_map
    from routeplan.workflow.draw import changed_sheets

    view = build_view(found.problem, found.plan, data)
    write_whole({page: render_map(view)})
    return changed_sheets(old, (found.problem, found.plan), found.difference.first_day)


def _missing_results(problem: Problem, plan: Plan, changes: Changes) -> Iterator[str]:
    """Yield a remark where past visits have no result: their villages count as not visited."""
    if changes.results is None:
        return
    known = {result.key for result in changes.results}
    missing = [
        stop.place
        for tour in plan.tours
        for stop in tour.stops
        if tour.day < changes.first_day
        and (tour.team, problem.days[tour.day].date, stop.place) not in known
    ]
    if missing:
        yield ngettext(
            "{n} visit of past days has no result: nobody counts as reached there",
            "{n} visits of past days have no result: nobody counts as reached there",
            len(missing),
        )
