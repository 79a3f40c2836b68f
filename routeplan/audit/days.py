"""One team's day: its drives, hours, visits and rest."""

from __future__ import annotations

from collections import Counter
from math import ceil
from typing import TYPE_CHECKING

from routeplan.audit.case import clock, exact
from routeplan.audit.rules import Rule, Violation
from routeplan.model.plan import Rest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from routeplan.audit.case import Case
    from routeplan.model.plan import Stop, Tour
    from routeplan.model.problem import Team, Village

__all__ = ["check_driving", "check_hours", "check_rests", "check_visits"]


def check_driving(case: Case, tour: Tour) -> Iterator[Violation]:
    """Judge ways, travel times, the drive limit and the tour's own figure."""
    for leg in case.legs(tour):
        way = f"from {leg.origin} to {leg.target}"
        if leg.known and leg.seconds is None:
            yield _broken(Rule.WAY, tour, f"there is no way {way}", place=leg.target)
        elif leg.seconds is not None and leg.arrive < leg.ready + leg.seconds:
            earliest = leg.ready + leg.seconds
            message = (
                f"{way} it arrives at {clock(leg.arrive)}, {clock(earliest)} is the earliest: "
                f"free at {clock(leg.ready)}, {leg.seconds} s to drive"
            )
            short = earliest - leg.arrive
            yield _broken(Rule.TRAVEL_TIME, tour, message, place=leg.target, by=short)
    driven = case.drive_seconds(tour)
    if driven is None:
        return
    if driven != tour.drive_seconds:
        message = f"drive_seconds is {tour.drive_seconds}, the legs add up to {driven}"
        yield _broken(Rule.TOUR_DRIVE, tour, message, by=abs(driven - tour.drive_seconds))
    limit = case.problem.rules.max_drive_seconds_per_day
    if limit is not None and driven > limit:
        message = f"drives for {driven} s, {limit} s are allowed"
        yield _broken(Rule.DRIVE_LIMIT, tour, message, by=driven - limit)


def check_hours(case: Case, tour: Tour) -> Iterator[Violation]:
    """Judge departure and arrival by the day's work window."""
    work = case.problem.days[tour.day].work
    if tour.depart < work.start:
        message = f"departs at {clock(tour.depart)}, work begins at {clock(work.start)}"
        yield _broken(Rule.WORK_HOURS, tour, message, by=work.start - tour.depart)
    if tour.arrive > work.end:
        message = f"arrives at {clock(tour.arrive)}, work ends at {clock(work.end)}"
        yield _broken(Rule.WORK_HOURS, tour, message, by=tour.arrive - work.end)


def check_visits(case: Case, tour: Tour) -> Iterator[Violation]:
    """Judge the times of every visit by themselves."""
    team = case.problem.team_of[tour.team]
    for stop in tour.stops:
        village = case.problem.village_at.get(stop.place)
        if village is None:
            continue
        if tour.day in village.closed_days:
            message = f"{stop.place} is closed on day {tour.day}"
            yield _broken(Rule.CLOSED_DAY, tour, message, place=stop.place)
        if _in_order(stop):
            yield from _check_length(tour, stop, village, team)
            yield from _check_doors(case, tour, stop, village)
        else:
            yield _out_of_order(tour, stop)
    for place, count in Counter(stop.place for stop in tour.stops).items():
        if count > 1 and place in case.problem.village_at:
            message = f"visits {place} {count} times on one day"
            yield _broken(Rule.ONE_VISIT_A_DAY, tour, message, place=place, by=count - 1)


def check_rests(case: Case, tour: Tour) -> Iterator[Violation]:
    """Judge that a team rests long enough, and nowhere but at its stops."""
    if any(stop.place not in case.problem.village_at for stop in tour.stops):
        return
    spells = _idle_spells(case, tour)
    # Where the times of a stop are out of order, nobody knows what lies inside them.
    unclear = {stop.place for stop in tour.stops if not _in_order(stop)}
    for rest in tour.rests:
        clear = case.knows(rest.place) and rest.place not in unclear
        if clear and not _lies_in(rest, spells):
            message = (
                f"rests at {rest.place} from {clock(rest.start)} to {clock(rest.end)}, "
                "not inside its time there before or after a visit"
            )
            yield _broken(Rule.REST_AT_STOP, tour, message, place=rest.place)
    needed = case.problem.rules.rest_seconds_per_day
    longest = max((rest.end - rest.start for rest in tour.rests), default=0)
    if tour.stops and longest < needed:
        message = f"the longest rest is {longest} s, {needed} s in one piece are due"
        yield _broken(Rule.REST, tour, message, by=needed - longest)


def _broken(
    rule: Rule, tour: Tour, message: str, *, place: str | None = None, by: float | None = None
) -> Violation:
    return Violation(rule, message, place=place, team=tour.team, day=tour.day, by=by)


def _out_of_order(tour: Tour, stop: Stop) -> Violation:
    message = (
        f"arrives at {clock(stop.arrive)}, starts at {clock(stop.start)}, "
        f"ends at {clock(stop.end)}: not one after the other"
    )
    late = max(stop.arrive - stop.start, stop.start - stop.end)
    return _broken(Rule.STOP_ORDER, tour, message, place=stop.place, by=late)


def _check_length(tour: Tour, stop: Stop, village: Village, team: Team) -> Iterator[Violation]:
    if stop.households < 0:
        return
    needed = village.setup_seconds
    if team.households_per_hour is not None:
        pace = exact(team.households_per_hour) * exact(village.pace)
        needed += ceil(stop.households * 3600 / pace)
    length = stop.end - stop.start
    if length != needed:
        message = f"lasts {length} s, {stop.households} households and setup take {needed} s"
        by = abs(length - needed)
        yield _broken(Rule.VISIT_LENGTH, tour, message, place=stop.place, by=by)


def _check_doors(case: Case, tour: Tour, stop: Stop, village: Village) -> Iterator[Violation]:
    day = case.problem.days[tour.day]
    windows = [window for window in (day.work, day.knock, village.knock) if window is not None]
    opens = max(window.start for window in windows)
    closes = min(window.end for window in windows)
    outside = max(opens - stop.start, stop.end - closes)
    if outside > 0:
        message = (
            f"is there from {clock(stop.start)} to {clock(stop.end)}, "
            f"doors may be knocked from {clock(opens)} to {clock(closes)}"
        )
        yield _broken(Rule.KNOCK_HOURS, tour, message, place=stop.place, by=outside)


def _in_order(stop: Stop) -> bool:
    return stop.arrive <= stop.start <= stop.end


def _idle_spells(case: Case, tour: Tour) -> list[Rest]:
    """Return the times at stops before and after their visits, as the rests that they could be."""
    return [
        spell
        for stop, leg in zip(tour.stops, case.legs(tour)[1:], strict=True)
        for spell in (
            Rest(stop.place, stop.arrive, stop.start),
            Rest(stop.place, stop.end, leg.leave),
        )
    ]


def _lies_in(rest: Rest, spells: list[Rest]) -> bool:
    return rest.start <= rest.end and any(
        spell.place == rest.place and spell.start <= rest.start and rest.end <= spell.end
        for spell in spells
    )
