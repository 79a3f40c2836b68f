"""Where days begin and end, and where teams sleep between them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from routeplan.audit.rules import Rule, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from routeplan.audit.case import Case
    from routeplan.model.problem import Team

__all__ = ["check_beds", "check_chain", "check_nights"]


@dataclass(frozen=True, slots=True)
class _Night:
    """All nights of a team from one working day to its next, spent at one place."""

    day: int
    next_day: int
    place: str | None
    count: int


def check_chain(case: Case) -> Iterator[Violation]:
    """Judge where each day of each team begins and ends."""
    for team in case.problem.teams:
        days = case.working_days(team)
        if not days:
            continue
        first = case.tours.get((team.id, days[0]))
        if first and case.knows(first.start) and first.start != team.start:
            message = f"begins at {first.start}, its start is {team.start}"
            yield Violation(Rule.FIRST_START, message, first.start, team.id, days[0])
        last = case.tours.get((team.id, days[-1]))
        if last and case.knows(last.end) and last.end != team.end:
            message = f"ends at {last.end}, its end is {team.end}"
            yield Violation(Rule.LAST_END, message, last.end, team.id, days[-1])
        for before, day in pairwise(days):
            yield from _check_link(case, team, before, day)


def check_nights(case: Case) -> Iterator[Violation]:
    """Judge every team's nights: where it may sleep, and for how long away."""
    beds = {sleep.place for sleep in case.problem.sleeps}
    for team in case.problem.teams:
        nights = _nights(case, team)
        for night in nights:
            if night.place is not None and night.place not in beds | {team.end}:
                message = f"sleeps at {night.place}, which is no sleeping place"
                yield Violation(Rule.SLEEPING_PLACE, message, night.place, team.id, night.day)
        yield from _check_away(team, nights)


def check_beds(case: Case) -> Iterator[Violation]:
    """Judge room at each sleeping place on the night after each day."""
    sleepers: dict[tuple[str, int], list[str]] = defaultdict(list)
    for team in case.problem.teams:
        for night in _nights(case, team):
            if night.place is not None and night.place != team.end:
                for day in range(night.day, night.next_day):
                    sleepers[night.place, day].append(team.id)
    for sleep in case.problem.sleeps:
        for day in range(len(case.problem.days)):
            teams = sleepers[sleep.place, day]
            extra = len(teams) - sleep.teams_per_night
            if extra > 0:
                message = (
                    f"{', '.join(teams)} sleep at {sleep.place} after day {day}, "
                    f"there is room for {sleep.teams_per_night}"
                )
                yield Violation(Rule.BEDS, message, sleep.place, day=day, by=extra)


def _check_link(case: Case, team: Team, before: int, day: int) -> Iterator[Violation]:
    evening, morning = case.tours.get((team.id, before)), case.tours.get((team.id, day))
    if evening is None or morning is None:
        return
    if not (case.knows(evening.end) and case.knows(morning.start)):
        return
    if morning.start != evening.end:
        message = f"begins at {morning.start}, but day {before} ended at {evening.end}"
        yield Violation(Rule.NIGHT_LINK, message, morning.start, team.id, day)


def _nights(case: Case, team: Team) -> list[_Night]:
    nights = []
    dates = [day.date for day in case.problem.days]
    for day, next_day in pairwise(case.working_days(team)):
        tour = case.tours.get((team.id, day))
        place = tour.end if tour and case.knows(tour.end) else None
        nights.append(_Night(day, next_day, place, (dates[next_day] - dates[day]).days))
    return nights


def _check_away(team: Team, nights: list[_Night]) -> Iterator[Violation]:
    """Judge each run of nights away; a team off work stays where it slept."""
    if team.max_nights_away is None:
        return
    away = 0
    told = False
    for night in nights:
        if night.place is None or night.place == team.end:
            away, told = 0, False
            continue
        away += night.count
        if away > team.max_nights_away and not told:
            told = True
            message = f"{away} nights in a row away from {team.end}, {team.max_nights_away} allowed"
            by = away - team.max_nights_away
            yield Violation(Rule.NIGHTS_AWAY, message, night.place, team.id, night.day, by)
