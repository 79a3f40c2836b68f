"""What is left of a plan that has begun: the problem from a day on.

What is past is fixed: the problem has the days of the plan, but teams work only from the first open
day on and start where they slept. What was announced for these days is worth a bonus in the
objective, so that a search weighs it and a bound is one of the problem that is solved.
"""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from routeplan.errors import Faults, nearest
from routeplan.language import gettext as _
from routeplan.model.objective import exact
from routeplan.model.plan import Plan, Reason, Tour
from routeplan.model.problem import Announced, District, Problem, Sleep, Team, Village, Window
from routeplan.planner import why_no_visit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from routeplan.model.results import VisitResult

__all__ = ["Changes", "Join", "check_changes", "later_problem", "start_of", "with_past_reasons"]

# Reasons that are proven by trying every day on which somebody works.
_NEVER = {Reason.UNREACHABLE, Reason.TOO_FAR, Reason.CLOSED, Reason.BELOW_MINIMUM}


@dataclass(frozen=True, slots=True)
class Join:
    """The people of one team go on with another one.

    Parameters
    ----------
    team, to
        Which team drops out, and whose pace grows.
    households_per_hour
        The pace of both together; None adds up the paces of the two, which is right where all
        knock equally fast: the pace then grows by the ratio of the sizes.
    """

    team: str
    to: str
    households_per_hour: float | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What is different from a day on.

    Parameters
    ----------
    first_day
        Index of the first day that is still open; days before it are past.
    without
        Teams that drop out.
    joins
        Teams that drop out, and whose people join another one.
    further
        Teams that are added; they work from that day on, on their own `days`.
    slept
        By team, the place where it slept before that day, where it is not that of the plan.
    results
        Of visits since the first of the problem's days; who signed or refused is not asked again.
        None: the visits of past days reached everybody who was planned, and nobody is asked again.
    """

    first_day: int
    without: tuple[str, ...] = ()
    joins: tuple[Join, ...] = ()
    further: tuple[Team, ...] = ()
    slept: Mapping[str, str] = field(default_factory=dict)
    results: tuple[VisitResult, ...] | None = None

    @property
    def dropped(self) -> frozenset[str]:
        """Teams that do not work any more."""
        return frozenset({*self.without, *(join.team for join in self.joins)})


def later_problem(
    problem: Problem,
    plan: Plan,
    changes: Changes,
    *,
    worth: float = 0.0,
) -> Problem:
    """Return the problem that is left of a plan from a day on.

    The days stay, so that numbers and dates of days mean what they did. Teams start where they
    slept. One that is away keeps the first day of its nights away in a row as a working day without
    hours, which it spends where it is: nights and beds go on counting.

    Parameters
    ----------
    problem, plan
        Of before. Travel times may be those of now.
    changes
        What is different from its first open day on, and what is known of the days before.
    worth
        Of each stop of the plan from that day on, in weighted households; `math.inf` for more than
        everything else together.

    Raises
    ------
    InputError
        Naming every day, team and place of the changes that does not exist.
    """
    check_changes(problem, changes)
    reached, closed = _of_past(problem, plan, changes)
    past = range(changes.first_day)
    villages = tuple(_village(each, reached, closed, past) for each in problem.villages)
    teams, anchors = _teams(problem, plan, changes)
    sleepers = Counter(
        team.start for team in teams if team.days and team.id in anchors and team.start != team.end
    )
    days = tuple(
        dataclasses.replace(day, work=Window(0, 0), knock=None) if n in anchors.values() else day
        for n, day in enumerate(problem.days)
    )
    later = problem.replace(
        villages=villages,
        teams=teams,
        days=days,
        sleeps=_sleeps(problem, sleepers),
        announced=(),
        districts=tuple(_district(each, villages, reached) for each in problem.districts),
    )
    bonus = _dominating_worth(later) if math.isinf(worth) else worth
    return later.replace(announced=_announced(later, plan, changes.first_day, bonus))


def check_changes(problem: Problem, changes: Changes) -> None:
    """Refuse changes that name a day, a team or a place that does not exist, by an InputError."""
    faults, teams, places = Faults(), problem.team_of, problem.index
    if not 0 <= changes.first_day < len(problem.days):
        message = _("there is no day {day}", day=changes.first_day + 1)
        faults.add("--from", message, problem.days_hint)
    named = [
        *(("--without", name) for name in changes.without),
        *(("--join", name) for join in changes.joins for name in (join.team, join.to)),
        *(("--slept", name) for name in changes.slept),
    ]
    for option, name in named:
        if name not in teams:
            message = _("there is no team {team!r}", team=name)
            faults.add(option, message, nearest(name, teams))
    for place in changes.slept.values():
        if place not in places:
            message = _("there is no place {place!r}", place=place)
            faults.add("--slept", message, nearest(place, places))
    _check_teams(problem, changes, faults)
    faults.raise_any()


def _check_teams(problem: Problem, changes: Changes, faults: Faults) -> None:
    for join in changes.joins:
        if join.to in changes.dropped:
            message = _("{team} drops out, and nobody can join it", team=join.to)
            faults.add("--join", message)
    for team in changes.further:
        if team.id in problem.team_of:
            faults.add("--team", _("there is a team {team!r} already", team=team.id))
    if changes.dropped.issuperset(problem.team_of) and not changes.further:
        faults.add("--without", _("no team is left"))


def _of_past(problem: Problem, plan: Plan, changes: Changes) -> tuple[Counter[str], Counter[str]]:
    """Return by village the households reached on past days, and those not to be asked again."""
    reached: Counter[str] = Counter()
    closed: Counter[str] = Counter()
    if changes.results is None:
        for tour in plan.tours:
            for stop in tour.stops if tour.day < changes.first_day else ():
                reached[stop.place] += stop.households
        return reached, reached
    for result in changes.results:
        if result.date >= problem.days[0].date:
            reached[result.place] += result.reached
            closed[result.place] += result.signed + result.refused
    return reached, closed


def _village(
    village: Village, reached: Counter[str], closed: Counter[str], past: Sequence[int]
) -> Village:
    """Return a village as it is now; nobody can visit it on days that are over.

    One visit reaches as many households as before: so many are at home at once.
    """
    left = max(0, village.households - closed[village.place])
    most = math.ceil(exact(village.max_share_per_visit) * village.households)
    return dataclasses.replace(
        village,
        households=left,
        # Half a household less, so that rounding up gives this very number.
        max_share_per_visit=1.0 if left <= most else (most - 0.5) / left,
        required=village.required and not reached[village.place],
        closed_days=tuple(sorted({*village.closed_days, *past})),
    )


def _district(district: District, villages: Sequence[Village], reached: Counter[str]) -> District:
    """Return a district with the floor that is left: no more than the households there."""
    own = [village for village in villages if village.place in district.places]
    least = district.min_households - sum(reached[village.place] for village in own)
    most = sum(village.households for village in own)
    return dataclasses.replace(district, min_households=max(0, min(least, most)))


def _teams(
    problem: Problem, plan: Plan, changes: Changes
) -> tuple[tuple[Team, ...], dict[str, int]]:
    """Return all teams from a day on; and by team the past day that it keeps, if it is away."""
    teams, anchors = [], {}
    for team in problem.teams:
        later = [day for day in problem.working_days(team) if day >= changes.first_day]
        if team.id in changes.dropped or not later:
            teams.append(dataclasses.replace(team, days=()))
            continue
        place, away = _last_night(plan, team, changes)
        anchor = _anchor(problem, team, away, later[0])
        if anchor is not None:
            anchors[team.id] = anchor
            later.insert(0, anchor)
        joined = _joined(team, changes, problem)
        teams.append(dataclasses.replace(joined, start=place, days=tuple(later)))
    for team in changes.further:
        days = tuple(day for day in problem.working_days(team) if day >= changes.first_day)
        teams.append(dataclasses.replace(team, days=days))
    return tuple(teams), anchors


def _last_night(plan: Plan, team: Team, changes: Changes) -> tuple[str, list[int]]:
    """Return where a team slept, and the past days after which it was away, without a break."""
    past = [tour for tour in plan.tours_of(team.id) if tour.day < changes.first_day]
    ends = [tour.end for tour in past]
    if team.id in changes.slept:
        ends[-1:] = [changes.slept[team.id]] if past else []
    place = changes.slept.get(team.id, ends[-1] if ends else team.start)
    away: list[int] = []
    for tour, end in zip(reversed(past), reversed(ends), strict=True):
        if end == team.end:
            break
        away.insert(0, tour.day)
    return place, away


def _anchor(problem: Problem, team: Team, away: Sequence[int], next_day: int) -> int | None:
    """Return the first of the days since which a team is away; None where it is at home.

    One that was away for longer than it may counts as many nights as it may.
    """
    date, most = problem.days[next_day].date, team.max_nights_away
    nights = ((date - problem.days[day].date).days for day in away)
    return next((d for d, n in zip(away, nights, strict=True) if most is None or n <= most), None)


def _joined(team: Team, changes: Changes, problem: Problem) -> Team:
    """Return a team with the people who join it."""
    paces = [team.pace_on(day) for day in range(len(problem.days))]
    joins = [join for join in changes.joins if join.to == team.id]
    for join in joins:
        for day in range(changes.first_day, len(paces)):
            more, own = problem.team_of[join.team].pace_on(day), paces[day]
            if join.households_per_hour is not None:
                paces[day] = join.households_per_hour
            elif own is not None:
                paces[day] = None if more is None else own + more
    return dataclasses.replace(team, households_per_hour_by_day=tuple(paces)) if joins else team


def _sleeps(problem: Problem, sleepers: Counter[str]) -> tuple[Sleep, ...]:
    """Return the overnight places; where teams did sleep, at least so many can."""
    beds = {sleep.place: sleep.teams_per_night for sleep in problem.sleeps}
    beds |= {place: max(beds.get(place, 0), count) for place, count in sleepers.items()}
    return tuple(Sleep(place, count) for place, count in beds.items())


def _announced(problem: Problem, plan: Plan, first_day: int, bonus: float) -> tuple[Announced, ...]:
    """Return the stops of a plan from a day on that its team could still make.

    Those of teams that drop out, and of villages where nobody is left to be asked, are none.
    """
    working = {team.id: problem.working_days(team) for team in problem.teams}
    visits = dict.fromkeys(
        (tour.team, tour.day, stop.place)
        for tour in sorted(plan.tours, key=lambda tour: (tour.day, tour.team))
        for stop in tour.stops
        if stop.households and first_day <= tour.day and tour.day in working.get(tour.team, ())
    )
    return tuple(
        Announced(*visit, bonus) for visit in visits if problem.village_at[visit[2]].households
    )


def _dominating_worth(problem: Problem) -> float:
    """Return a number above all that two plans can differ by, but for what was announced."""
    households = sum(exact(each.weight) * each.households for each in problem.villages)
    limit = problem.rules.max_drive_seconds_per_day
    hours = sum(
        min(day.work.end - day.work.start, math.inf if limit is None else limit)
        for team in problem.teams
        for day in (problem.days[n] for n in problem.working_days(team))
    )
    return math.ceil(households + exact(problem.rules.drive_hour_worth) * int(hours) / 3600) + 1.0


def start_of(posed: Problem, plan: Plan, changes: Changes) -> Plan:
    """Return a plan from a day on, for a search of the problem that is left to begin from."""
    tours = [tour for tour in plan.tours if tour.day >= changes.first_day]
    known = {team.id: posed.working_days(team) for team in posed.teams}
    tours = [tour for tour in tours if tour.day in known.get(tour.team, ())]
    for team in posed.teams:
        for day in posed.working_days(team):
            if day < changes.first_day:
                tours.append(Tour(team.id, day, team.start, team.start, 0, 0, 0))
    return plan.replace(tours=tuple(tours), left_out=())


def with_past_reasons(problem: Problem, later: Problem, plan: Plan, changes: Changes) -> Plan:
    """Return a plan of what is left of a problem, with `Reason.PAST` for what was possible before.

    That are villages that a team which still works could have visited on a day that is over.
    """
    asked = [left.place for left in plan.left_out if left.reason in _NEVER]
    if not asked:
        return plan
    past = set(asked) - why_no_visit(_with_past_days(problem, later, changes), asked).keys()
    left_out = tuple(
        dataclasses.replace(left, reason=Reason.PAST) if left.place in past else left
        for left in plan.left_out
    )
    return plan.replace(left_out=left_out)


def _with_past_days(problem: Problem, later: Problem, changes: Changes) -> Problem:
    """Return what is left of a problem as if no day were over."""
    teams = []
    for team in later.teams:
        before = problem.team_of.get(team.id, team)
        if team.id not in changes.dropped:
            teams.append(dataclasses.replace(team, start=before.start, days=before.days))
    villages = tuple(
        dataclasses.replace(each, closed_days=problem.village_at[each.place].closed_days)
        for each in later.villages
    )
    return later.replace(teams=tuple(teams), villages=villages, days=problem.days, announced=())
