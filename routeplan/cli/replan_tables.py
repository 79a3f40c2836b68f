"""What a plan that was made again from a day on changes, and what that costs and gains."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from routeplan.cli.output import Output
from routeplan.cli.plan_tables import exit_code_of, show_plan
from routeplan.language import date_label, message_language, ngettext
from routeplan.language import gettext as _
from routeplan.workflow.difference import Change, VisitChange, cause_text, change_text

if TYPE_CHECKING:
    from routeplan.model.problem import Problem
    from routeplan.workflow.replan import Replanned


def show_replanned(
    out: Output,
    before: Problem,
    found: Replanned,
    sheets: Sequence[tuple[str, int]],
    files: Mapping[str, Path],
) -> int:
    """Show a plan, and what it changes of that of before; return the exit code.

    `sheets` are the teams and days whose sheets change.
    """
    problem, difference = found.problem, found.difference
    if not out.as_json:
        show_plan(out, problem, found.plan, files)
    visits = [dataclasses.asdict(visit) | {"change": visit.change} for visit in difference.visits]
    console = out.console(
        {
            "summary": dataclasses.asdict(found.plan.summary),
            "run": dataclasses.asdict(found.plan.run),
            "change_worth": None if math.isinf(found.price.worth) else found.price.worth,
            "most_changes": found.price.most_changes,
            "bonus": found.worth,
            "moved": found.moved,
            "value": found.value,
            "bound": found.bound,
            "stay": found.stay and dataclasses.asdict(found.stay),
            "before": dataclasses.asdict(difference.before),
            "after": dataclasses.asdict(difference.after),
            "visits": visits,
            "sheets": [f"{team}:{day + 1}" for team, day in sheets],
            "files": files,
        }
    )
    heads = (_("village"), _("announced for"), _("households"), _("what becomes of it"), _("why"))
    date = problem.days[difference.first_day].date
    title = _("What changes from {date} on", date=date)
    rows = [*_change_rows(before, found)]
    if rows:
        console.table(title, heads, rows)
    console.lines(*_figure_lines(found), *_sheet_lines(found, sheets))
    return exit_code_of(found.plan)


def _change_rows(before: Problem, found: Replanned) -> Iterator[Sequence[object]]:
    """Yield the stops that do not stay as they were."""
    language, problem = message_language(), found.problem
    for visit in found.difference.visits:
        if visit.change is Change.KEPT and not visit.households:
            continue
        name, was = problem.place(visit.place).name, ""
        if visit.before is not None:
            date = date_label(before.days[visit.before.day].date, language)
            was = f"{visit.before.team}, {date}"
        what = change_text(visit, problem, language)
        yield name, was, _counts(visit), what, cause_text(visit.cause, language)


def _counts(visit: VisitChange) -> str:
    """Return the households of before and now, as ``20 → 35``."""
    before, after = (str(each.households) if each else "" for each in (visit.before, visit.after))
    return f"{before} → {after}".strip() if before != after else before


def _figure_lines(found: Replanned) -> Iterator[str]:
    """Yield what stays and what the change costs and gains."""
    difference, stops = found.difference, found.difference.before.stops
    numbers = {change: len(difference.of(change)) for change in Change}
    yield ngettext(
        "{n} announced stop: kept {kept}, moved {moved}, dropped {dropped}; new {new}",
        "{n} announced stops: kept {kept}, moved {moved}, dropped {dropped}; new {new}",
        stops,
        kept=numbers[Change.KEPT],
        moved=numbers[Change.MOVED],
        dropped=numbers[Change.DROPPED],
        new=numbers[Change.NEW],
    )
    before, after = difference.before, difference.after
    yield _(
        "households: {before} before, {after} now ({change:+d})",
        before=before.households,
        after=after.households,
        change=after.households - before.households,
    )
    hours = [figures.drive_seconds / 3600 for figures in (before, after)]
    yield _(
        "hours at the wheel: {before:.1f} before, {after:.1f} now; nights away: {nights_before} "
        "before, {nights_after} now",
        before=hours[0],
        after=hours[1],
        nights_before=before.nights_away,
        nights_after=after.nights_away,
    )
    if found.stay is not None:
        yield _(
            "what can be kept of the plan of before would reach {n} households (weighted "
            "{weighted:.1f}); this plan reaches {now} (weighted {now_weighted:.1f})",
            n=found.stay.households,
            weighted=found.stay.weighted,
            now=after.households,
            now_weighted=after.weighted,
        )
    yield from _price_lines(found)


def _price_lines(found: Replanned) -> Iterator[str]:
    """Yield how far the price of changes is kept, and what is proved of the plan."""
    most = found.price.most_changes
    if most is not None and found.moved > most:
        yield _(
            "{moved} of the stops that could be kept move, though only {most} may: no plan was "
            "found that moves fewer",
            moved=found.moved,
            most=most,
        )
    if found.bound is not None and (most is not None or math.isinf(found.price.worth)):
        yield _(
            "no plan that moves as few announced stops is worth more than {bound:.1f}; this one "
            "is worth {value:.1f}",
            bound=found.bound,
            value=found.value,
        )


def _sheet_lines(found: Replanned, sheets: Sequence[tuple[str, int]]) -> Iterator[str]:
    """Yield whose sheets and packs are to be made again."""
    days: dict[str, list[str]] = {}
    for team, day in sheets:
        date = date_label(found.problem.days[day].date, message_language())
        days.setdefault(team, []).append(date)
    for team, dates in days.items():
        listed = ", ".join(dates)
        yield _("sheets and packs to be made again: {team}, {dates}", team=team, dates=listed)
    others = {(tour.team, tour.day) for tour in found.plan.tours if tour.stops}.difference(sheets)
    if not days:
        yield _("no sheet and no pack changes")
    if others:
        yield _("other sheets stay valid; record their results with the plan of before")
