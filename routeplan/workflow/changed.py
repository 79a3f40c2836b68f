"""A plan that is changed from a day on: on the roads of now, and into files.

`Ground` is what a plan is changed on; `write_changed` writes the plan, its map with the plan of
before in grey, and the handouts that change.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from routeplan.errors import Fault, InputError, nearest
from routeplan.files import sign, write_whole
from routeplan.formats import plan_to_json, problem_to_json
from routeplan.handouts import MapData, build_view, render_map
from routeplan.language import gettext as _
from routeplan.language import message_language, ngettext
from routeplan.scenario import Campaign
from routeplan.workflow.difference import earlier_tours
from routeplan.workflow.draw import changed_sheets, trace_map_data, write_handouts
from routeplan.workflow.outputs import check_own
from routeplan.workflow.prepare import prepare
from routeplan.workflow.run import FILES
from routeplan.workflow.what_if import closure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from routeplan.language import Language
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem, Team
    from routeplan.scenario import Scenario
    from routeplan.workflow.later import Changes
    from routeplan.workflow.prepare import Prepared
    from routeplan.workflow.replan import Replanned

    Posed = tuple[Problem, Plan]

__all__ = [
    "HANDOUTS",
    "WRITER",
    "Ground",
    "Written",
    "check_files",
    "further_team",
    "ground_of",
    "missing_results",
    "place_named",
    "write_changed",
    "write_changed_handouts",
]

WRITER = "replan"
"""Writer of the problem and plan, in the index of their folder."""

HANDOUTS = "handouts"
KINDS = ("map", "sheets", "phone")
"""What is made again for the days that change."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The problem with the travel times of now; and the scenario on its roads, if there is one."""

    problem: Problem
    language: Language
    campaign: Campaign
    prepared: Prepared | None = None


def ground_of(
    posed: Problem,
    scenario: Scenario | None,
    *,
    language: Language | None = None,
    closed: Iterable[str] = (),
    on_step: Callable[[str], None] = lambda _: None,
) -> Ground:
    """Read the roads again where a scenario is given.

    Parameters
    ----------
    posed
        The problem of the plan.
    scenario
        That was planned; None for the travel times of the problem.
    language
        Of maps and sheets; that of the scenario by default, else that of messages.
    closed
        Roads that are closed now, as `routeplan.workflow.what_if.closure` takes them.
    on_step
        Called with the name of each step.

    Raises
    ------
    InputError
        Where roads are closed and there is no scenario, or it has other places or vehicles.
    """
    if scenario is None:
        if tuple(closed):
            message = _("needs the roads")
            raise InputError([Fault("--close-road", message, _("name them with --scenario"))])
        return Ground(posed, language or message_language(), Campaign())
    overrides = [
        closure(road, note=_("closed now"), source=f"--close-road {road}") for road in closed
    ]
    prepared = prepare(scenario, on_step=on_step, overrides=tuple(overrides))
    now = prepared.problem
    if now.places != posed.places or not posed.travel.keys() <= now.travel.keys():
        message = _("has other places or vehicles than the plan's problem")
        raise InputError([Fault(scenario.source, message, _("give the scenario that was planned"))])
    problem = posed.replace(travel={name: now.travel[name] for name in posed.travel})
    return Ground(problem, language or scenario.language, scenario.campaign, prepared)


def further_team(problem: Problem, new: str, like: str) -> Team:
    """Return a further team like another one, from the base of that one.

    Raises InputError where there is no such other team.
    """
    if not new or like not in problem.team_of:
        named = f"{new}:{like}"
        message = _("{text!r} is not a new name and a team, like C:A", text=named)
        hint = nearest(like, problem.team_of) if like else ""
        raise InputError([Fault("--team", message, hint)])
    team = problem.team_of[like]
    return dataclasses.replace(team, id=new, start=team.end)


def place_named(problem: Problem, text: str) -> str:
    """Return the id of a place by its id or its name.

    Raises InputError where there is no such place, or several have the name.
    """
    if text in problem.index:
        return text
    found = [place.id for place in problem.places if place.name == text]
    if len(found) != 1:
        names = [each for place in problem.places for each in (place.id, place.name)]
        message = _("there is no place {place!r}", place=text)
        raise InputError([Fault("--slept", message, nearest(text, names))])
    return found[0]


def check_files(output: Path, *, overwrite: bool) -> list[Path]:
    """Return the files that are written into a folder.

    Raises InputError where others than `write_changed` wrote the problem or the plan, unless they
    may be replaced.
    """
    files = [output / name for name in FILES]
    if not overwrite:
        check_own(WRITER, *files[:2])
    return files


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: the teams and days whose sheets change, and what the map is drawn on."""

    sheets: tuple[tuple[str, int], ...]
    data: MapData


def write_changed(
    ground: Ground,
    old: Posed,
    found: Replanned,
    changes: Changes,
    folder: Path,
    on_step: Callable[[str], None] = lambda _: None,
) -> Written:
    """Write a problem, its plan and their map into a folder.

    Parameters
    ----------
    ground, old, found, changes
        What was planned on, the problem and plan of before, and what
        `routeplan.workflow.replan.replan` made of them.
    folder
        Where the files go.
    on_step
        Called with the name of each step.
    """
    files = [folder / name for name in FILES]
    texts = problem_to_json(found.problem), plan_to_json(found.plan, problem=found.problem)
    write_whole(dict(zip(files[:2], texts, strict=True)))
    sign(WRITER, *files[:2])
    on_step(_("drawing the map"))
    data = _map_data(ground, old, found, changes)
    view = build_view(found.problem, found.plan, data)
    write_whole({files[2]: render_map(view)})
    new = found.problem, found.plan
    return Written(changed_sheets(old, new, found.difference.first_day), data)


def write_changed_handouts(
    folder: Path, found: Replanned, written: Written, on_step: Callable[[str], None]
) -> None:
    """Write maps, sheets and tracks of the teams and days that change, below a folder."""
    read = found.problem, found.plan, written.data
    write_handouts(folder / HANDOUTS, read, on_step, kinds=KINDS, team_days=written.sheets)


def _map_data(ground: Ground, old: Posed, found: Replanned, changes: Changes) -> MapData:
    """Return what the map and the handouts are drawn on, with the plan of before."""
    data = MapData(ground.language)
    if ground.prepared is not None:
        prepared = ground.prepared.replace(problem=found.problem)
        data = trace_map_data(prepared, found.plan, language=ground.language, also=old[1])
    earlier = earlier_tours(old, found.difference, changes.results, ground.language)
    return replace(data, earlier=earlier)


def missing_results(problem: Problem, plan: Plan, changes: Changes) -> Sequence[str]:
    """Return a remark where past visits have no result: their villages count as not visited."""
    if changes.results is None:
        return []
    known = {result.key for result in changes.results}
    missing = [
        stop.place
        for tour in plan.tours
        for stop in tour.stops
        if tour.day < changes.first_day
        and (tour.team, problem.days[tour.day].date, stop.place) not in known
    ]
    if not missing:
        return []
    text = ngettext(
        "{n} visit of past days has no result: nobody counts as reached there",
        "{n} visits of past days have no result: nobody counts as reached there",
        len(missing),
    )
    return [text]
