"""The next week of a campaign: on later days, with what is still unsigned and what was learned."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import re
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from routeplan.errors import Fault, InputError
from routeplan.language import gettext as _
from routeplan.language import ngettext
from routeplan.ledger.learned import apply, one_round
from routeplan.ledger.learning import learn
from routeplan.planner import transferred
from routeplan.workflow.prepare import plan_tours, prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from routeplan.ledger import Remaining
    from routeplan.ledger.learned import Learned
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.model.results import VisitResult
    from routeplan.planner import Options
    from routeplan.planner import Progress as SearchProgress
    from routeplan.scenario import Scenario
    from routeplan.villages import VillageRow
    from routeplan.workflow.prepare import Prepared

__all__ = [
    "NextWeek",
    "Progress",
    "next_scenario",
    "plan_week",
    "prepare_week",
    "progress_lines",
    "progress_of",
]

DAYS_A_WEEK = 7
# The number of a week in the name of a scenario, in three languages.
_NUMBER = re.compile(r"(?i)(?<=week )\d+|(?<=неделя )\d+|(?<=апта )\d+|\d+(?=-(апта|я неделя))")
FEWEST_CREW_DAYS = 3
"""Of fewer crew-days no range is told."""
QUANTILE = statistics.NormalDist().inv_cdf(0.9)
"""Ends of an interval that holds in 80 of 100 cases."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a campaign is, and by when it reaches its goal at this pace.

    Parameters
    ----------
    signed, goal
        Households that signed, and that are to sign; no goal is None.
    crew_days
        Team-days with a visit so far.
    per_crew_day, low, high
        Households that signed on one of them: the mean, and the ends of an interval for it (80 %);
        None where there are too few crew-days.
    earliest, latest
        Dates by which the goal is reached within that interval; None where it is not, or reached.
    """

    signed: int
    goal: int | None
    crew_days: int
    per_crew_day: float | None
    low: float | None = None
    high: float | None = None
    earliest: dt.date | None = None
    latest: dt.date | None = None


@dataclass(frozen=True, slots=True)
class NextWeek:
    """What the next week is planned with.

    Parameters
    ----------
    prepared
        The scenario on its later days, with the households that are still unsigned, and, unless it
        was not wanted, with what was learned.
    learned
        What the visits so far show.
    progress
        Of the campaign.
    """

    prepared: Prepared
    learned: Learned
    progress: Progress


def next_scenario(scenario: Scenario, last: dt.date, first: dt.date | None = None) -> Scenario:
    """Return a scenario on the days after a date: whole weeks later, so that weekdays stay.

    The number of a week in its name goes on counting. Visits that were announced for its own days
    are left out.

    Parameters
    ----------
    scenario
        Of any week of the campaign.
    last
        The last day of the week before.
    first
        The first of the new days; whole weeks after that of the scenario if None.

    Raises
    ------
    InputError
        Where `first` is not after `last`.
    """
    began = scenario.days[0].date
    if first is None:
        weeks = max(0, (last - began).days // DAYS_A_WEEK + 1)
        first = began + dt.timedelta(weeks=weeks)
    if first <= last:
        message = _(
            "{first} is not after {last}, the last day of the week before", first=first, last=last
        )
        raise InputError([Fault("--first", message)])
    later = first - began
    days = tuple(dataclasses.replace(day, date=day.date + later) for day in scenario.days)
    name = _NUMBER.sub(lambda found: str(int(found[0]) + later.days // DAYS_A_WEEK), scenario.name)
    return scenario.replace(days=days, announced=(), name=name)


def prepare_week(
    scenario: Scenario,
    remaining: Mapping[str, Remaining],
    results: Iterable[VisitResult],
    *,
    problems: Iterable[Problem] = (),
    as_assumed: bool = False,
    on_step: Callable[[str], None] = lambda _: None,
) -> NextWeek:
    """Prepare a scenario with what a ledger knows.

    Parameters
    ----------
    scenario
        On the days of the new week.
    remaining, results
        By village and by visit, of the ledger.
    problems
        Those of the plans so far, by which teams that others had joined are told from fast ones.
    as_assumed
        Plan with the paces and shares of the scenario, whatever was learned.
    on_step
        As of `routeplan.workflow.prepare.prepare`.

    Raises
    ------
    InputError, RoadError
        As `routeplan.workflow.prepare.prepare` does.
    """
    known = list(results)
    prepared = with_remaining(prepare(scenario, on_step=on_step), remaining)
    households = {place: each.households for place, each in remaining.items()}
    learned = learn(at_own_size(known, problems), prepared.problem, households=households)
    progress = progress_of(known, remaining, prepared.problem, scenario.campaign.goal)
    if not as_assumed:
        prepared = prepared.replace(problem=apply(prepared.problem, learned))
    return NextWeek(prepared, learned, progress)


def at_own_size(results: Iterable[VisitResult], problems: Iterable[Problem]) -> list[VisitResult]:
    """Return results with the time that their teams would have taken without those who joined them.

    A team whose pace on a day is twice its own had twice its people: its hour at doors counts as
    two of its own.
    """
    factors: dict[tuple[str, dt.date], float] = {}
    for problem in problems:
        for team in problem.teams:
            own = team.households_per_hour
            for day, pace in zip(problem.days, team.households_per_hour_by_day or (), strict=False):
                if own and pace:
                    factors[team.id, day.date] = pace / own
    return [_lengthened(result, factors.get(result.key[:2], 1.0)) for result in results]


def _lengthened(result: VisitResult, factor: float) -> VisitResult:
    if result.door_seconds is None:
        return result
    return dataclasses.replace(result, door_seconds=round(result.door_seconds * factor))


def plan_week(
    prepared: Prepared,
    options: Options | None = None,
    *,
    report: Callable[[SearchProgress], None] | None = None,
) -> Plan:
    """Plan the tours of a week, in which each village has one round of knocking.

    The households that a round is expected to find are planned for
    (`routeplan.ledger.learned.one_round`): the others are as seldom at home on a second visit of
    the same week. Parameters and errors are those of `routeplan.workflow.prepare.plan_tours`.
    """
    found = plan_tours(
        prepared.replace(problem=one_round(prepared.problem)), options, report=report
    )
    return transferred(prepared.problem, found)


def with_remaining(prepared: Prepared, remaining: Mapping[str, Remaining]) -> Prepared:
    """Return a prepared scenario with the households that are still unsigned in each village.

    Villages that the ledger does not know keep those of their table.
    """
    rows = tuple(_row_of(row, remaining.get(row.id)) for row in prepared.rows)
    villages = tuple(
        dataclasses.replace(village, households=remaining[village.place].unsigned)
        if village.place in remaining
        else village
        for village in prepared.problem.villages
    )
    return prepared.replace(rows=rows, problem=prepared.problem.replace(villages=villages))


def _row_of(row: VillageRow, left: Remaining | None) -> VillageRow:
    """Return a row with what signed so far; who refused for good is none of its households."""
    if left is None:
        return row
    households = left.households - left.refused
    return dataclasses.replace(
        row, households=households, signed=max(0, households - left.unsigned)
    )


def progress_of(
    results: Iterable[VisitResult],
    remaining: Mapping[str, Remaining],
    problem: Problem,
    goal: int | None,
) -> Progress:
    """Return how far a campaign is; dates are counted on from the last day with a visit.

    The mean of a crew-day is that of all crew-days so far; its interval is the mean's, by the
    normal distribution. The crew-days of a week are those of `problem`.
    """
    by_day: dict[tuple[str, dt.date], int] = {}
    for result in results:
        key = result.team, result.date
        by_day[key] = by_day.get(key, 0) + result.signed
    # Those that signed before the first visit of the ledger count, too.
    signed = sum(each.households - each.unsigned - each.refused for each in remaining.values())
    figures = list(by_day.values())
    if not figures:
        return Progress(signed, goal, 0, None)
    mean = statistics.fmean(figures)
    if len(figures) < FEWEST_CREW_DAYS:
        return Progress(signed, goal, len(figures), mean)
    error = QUANTILE * statistics.stdev(figures) / math.sqrt(len(figures))
    low, high = max(0.0, mean - error), mean + error
    found = Progress(signed, goal, len(figures), mean, low, high)
    if goal is None or signed >= goal:
        return found
    last = max(date for _team, date in by_day)
    weekly = _crew_days_a_week(problem)
    return dataclasses.replace(
        found,
        earliest=_date_after(last, goal - signed, high * weekly),
        latest=_date_after(last, goal - signed, low * weekly),
    )


def progress_lines(progress: Progress) -> Iterator[str]:
    """Yield how far the campaign is, and by when it reaches its goal at this pace."""
    if progress.goal is None:
        yield ngettext("{n} household has signed", "{n} households have signed", progress.signed)
    else:
        yield ngettext(
            "{signed} of {n} household have signed",
            "{signed} of {n} households have signed",
            progress.goal,
            signed=progress.signed,
        )
    if progress.per_crew_day is None:
        return
    if progress.low is None or progress.high is None:
        yield _("a crew-day brought {mean:.1f} signatures", mean=progress.per_crew_day)
        return
    yield _(
        "a crew-day brought {mean:.1f} signatures ({low:.1f} to {high:.1f})",
        mean=progress.per_crew_day,
        low=progress.low,
        high=progress.high,
    )
    if progress.earliest is not None and progress.latest is not None:
        yield _(
            "at this pace the goal is reached between {earliest} and {latest}",
            earliest=progress.earliest,
            latest=progress.latest,
        )
    elif progress.earliest is not None:
        yield _(
            "at this pace the goal is reached on {earliest} at the earliest",
            earliest=progress.earliest,
        )


def _crew_days_a_week(problem: Problem) -> float:
    """Return the crew-days of a problem in each of its weeks."""
    first, last = problem.days[0].date, problem.days[-1].date
    weeks = -(-((last - first).days + 1) // DAYS_A_WEEK)
    return sum(len(problem.working_days(team)) for team in problem.teams) / weeks


def _date_after(last: dt.date, households: int, weekly: float) -> dt.date | None:
    """Return the date by which so many households sign; None where it is further than dates go."""
    if not weekly:
        return None
    days = math.ceil(households / weekly * DAYS_A_WEEK)
    return last + dt.timedelta(days=days) if days < (dt.date.max - last).days else None
