"""A visit put into the days of a plan: where it fits, and what it breaks, in plain words."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from routeplan.audit import Rule
from routeplan.language import gettext as _
from routeplan.language import ngettext
from routeplan.model.plan import Stop
from routeplan.planner import days_in_reach, timed_days

if TYPE_CHECKING:
    from collections.abc import Iterable

    from routeplan.audit import Violation
    from routeplan.model.plan import Plan, Tour
    from routeplan.model.problem import Problem

# Of a leg without a way.
_LONG = 10**9
# Rules that are broken by so many seconds, which other stops of the day could make up for.
_OF_SECONDS = {Rule.WORK_HOURS, Rule.KNOCK_HOURS, Rule.DRIVE_LIMIT, Rule.REST, Rule.REST_WINDOW}


@dataclass(frozen=True, slots=True)
class Trial:
    """A visit put into a day of a plan, the other stops as they are, and what it breaks.

    `in_reach` says whether the team could make it with nothing else on that day.
    """

    team: str
    day: int
    violations: tuple[Violation, ...]
    more_drive_seconds: int
    in_reach: bool = True

    @property
    def seconds_over(self) -> float:
        """By how much the day is too long; infinite where the team cannot make the visit at all.

        Where it is not a matter of time, it is longer than any day.
        """
        if not self.in_reach:
            return math.inf
        if not self.is_of_time:
            return _LONG
        return max((v.by or 0.0 for v in self.violations), default=0.0)

    @property
    def is_of_time(self) -> bool:
        """Whether shorter visits to other stops would do."""
        return all(v.rule in _OF_SECONDS for v in self.violations)


def try_days(problem: Problem, board: Plan, place: str, households: int) -> tuple[Trial, ...]:
    """Put a village into every day of a plan that does not visit it then, the best day first.

    `households` are those that the visit is to reach; visits elsewhere stay as they are.
    """
    added = [
        replace(tour, stops=inserted(problem, tour, Stop(place, 0, 0, 0, households)))
        for tour in board.tours
        if place not in tour.places[1:-1]
    ]
    days = [(tour.team, tour.day) for tour in added]
    timed = timed_days(problem, board.replace(tours=tuple(added)), days)
    before = {(tour.team, tour.day): tour.drive_seconds for tour in board.tours}
    reaching = days_in_reach(problem, place)
    trials = [
        Trial(
            *(*day, broken, _driven(problem, tour) - before[day]),
            in_reach=not broken or (day in reaching and not _is_too_large(place, broken)),
        )
        for day, (tour, broken) in timed.items()
    ]
    return tuple(sorted(trials, key=lambda each: (each.seconds_over, each.more_drive_seconds)))


def _is_too_large(place: str, broken: Iterable[Violation]) -> bool:
    """Return whether a visit reaches more of its village than any may."""
    return any(each.rule is Rule.MAX_SHARE and each.place == place for each in broken)


def without_stop(plan: Plan, place: str, team: str, day: int) -> Plan:
    """Return a plan in which a team does not visit a village on a day."""

    def left(tour: Tour) -> Tour:
        if (tour.team, tour.day) != (team, day):
            return tour
        return replace(tour, stops=tuple(stop for stop in tour.stops if stop.place != place))

    return plan.replace(tours=tuple(map(left, plan.tours)))


def least_visit(problem: Problem, place: str) -> int:
    """Return how many households a visit to a village reaches at least."""
    village = problem.village_at[place]
    if not village.partial:
        return village.households
    return min(village.households, max(village.min_households, 1))


def inserted(problem: Problem, tour: Tour, stop: Stop) -> tuple[Stop, ...]:
    """Return the stops of a tour with one more, where it adds least driving."""

    def detour(position: int) -> int:
        before, after = tour.places[position], tour.places[position + 1]
        legs = (before, stop.place), (stop.place, after), (before, after)
        there, on, direct = (_seconds(problem, tour, *leg) for leg in legs)
        return there + on - direct

    best = min(range(len(tour.stops) + 1), key=detour)
    return (*tour.stops[:best], stop, *tour.stops[best:])


def _driven(problem: Problem, tour: Tour) -> int:
    return sum(_seconds(problem, tour, *pair) for pair in pairwise(tour.places))


def _seconds(problem: Problem, tour: Tour, start: str, end: str) -> int:
    travel = problem.travel[problem.team_of[tour.team].vehicle]
    pair = problem.index[start], problem.index[end]
    return int(travel.seconds[pair]) if travel.reachable[pair] else _LONG


def trial_text(trial: Trial, problem: Problem) -> str:
    """Return in plain words whether a visit fits into a day."""
    if not trial.violations:
        return _("fits")
    if not trial.in_reach:
        texts = [breach_text(v, problem) for v in trial.violations if v.rule not in _OF_SECONDS]
        why = texts[0] if texts else _("too far for this crew")
        return _("not possible: {why}", why=why)
    if not trial.is_of_time:
        return _("not as the day is; other stops give way")
    minutes = -(-round(trial.seconds_over) // 60)
    return ngettext(
        "{n} minute too much; other stops give way",
        "{n} minutes too much; other stops give way",
        minutes,
    )


def breach_text(violation: Violation, problem: Problem) -> str:
    """Return in plain words which rule a day breaks, and by how much."""
    minutes = -(-round(violation.by or 0) // 60)
    name = "" if violation.place is None else problem.place(violation.place).name
    if violation.rule is Rule.WORK_HOURS:
        return ngettext(
            "the working day is {n} minute too short",
            "the working day is {n} minutes too short",
            minutes,
        )
    if violation.rule is Rule.DRIVE_LIMIT:
        return ngettext(
            "{n} minute more at the wheel than is allowed",
            "{n} minutes more at the wheel than are allowed",
            minutes,
        )
    if violation.rule is Rule.KNOCK_HOURS:
        return ngettext(
            "{village}: doors are knocked {n} minute outside the hours for that",
            "{village}: doors are knocked {n} minutes outside the hours for that",
            minutes,
            village=name,
        )
    texts = {
        Rule.WAY: _(
            "{village}: this crew's car has no way there from the stop before", village=name
        ),
        Rule.CLOSED_DAY: _("{village} takes no visits on this day", village=name),
        Rule.ONE_VISIT_A_DAY: _("{village} would be visited twice on this day", village=name),
        Rule.REST: _("the crew does not get its rest"),
        Rule.REST_WINDOW: _("the crew does not get its rest in the hours for it"),
        Rule.REST_AT_STOP: _("the crew does not get its rest"),
        Rule.MAX_SHARE: _("{village}: not so many are at home on one day", village=name),
        Rule.HOUSEHOLDS: _("{village} has fewer households", village=name),
    }
    return texts.get(violation.rule) or violation.message
