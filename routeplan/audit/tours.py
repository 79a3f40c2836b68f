"""Checks of one team's day: its drives, hours, visits and rest."""

from __future__ import annotations

from collections import Counter
from math import ceil
from typing import TYPE_CHECKING

from routeplan.audit.audited import clock, exact
from routeplan.audit.rules import Rule, Violation
from routeplan.model.plan import Rest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from routeplan.audit.audited import AuditedPlan
    from routeplan.model.plan import Stop, Tour
    from routeplan.model.problem import Village

__all__ = ["check_tour"]


def check_tour(audit: AuditedPlan, tour: Tour) -> Iterator[Violation]:
    """Check one team's day."""
    for check in (_check_driving, _check_hours, _check_visits, _check_rests):
        for rule, message, place, by in check(audit, tour):
            yield Violation(rule, message, place, tour.team, tour.day, by)


# Each check yields a rule, a message, a place and by how much.
if TYPE_CHECKING:
    Broken = Iterator[tuple[Rule, str, str | None, int | None]]


def _check_driving(audit: AuditedPlan, tour: Tour) -> Broken:
    for leg in audit.legs(tour):
        drive = f"from {leg.origin} to {leg.target}"
        if leg.known and leg.seconds is None:
            yield Rule.WAY, f"there is no way {drive}", leg.target, None
        elif leg.seconds is not None and leg.arrive < leg.ready + leg.seconds:
            earliest = leg.ready + leg.seconds
            message = (
                f"{drive} it arrives at {clock(leg.arrive)}, {clock(earliest)} is the earliest: "
                f"free at {clock(leg.ready)}, {leg.seconds} s to drive"
            )
            yield Rule.TRAVEL_TIME, message, leg.target, earliest - leg.arrive
    driven = audit.drive_seconds(tour)
    if driven is None:
        return
    if driven != tour.drive_seconds:
        message = f"drive_seconds is {tour.drive_seconds}, the legs add up to {driven}"
        yield Rule.TOUR_DRIVE, message, None, abs(driven - tour.drive_seconds)
    limit = audit.problem.rules.max_drive_seconds_per_day
    if limit is not None and driven > limit:
        message = f"drives for {driven} s, {limit} s are allowed"
        yield Rule.DRIVE_LIMIT, message, None, driven - limit


def _check_hours(audit: AuditedPlan, tour: Tour) -> Broken:
    work = audit.problem.days[tour.day].work
    if tour.depart < work.start:
        message = f"departs at {clock(tour.depart)}, work begins at {clock(work.start)}"
        yield Rule.WORK_HOURS, message, None, work.start - tour.depart
    if tour.arrive > work.end:
        message = f"arrives at {clock(tour.arrive)}, work ends at {clock(work.end)}"
        yield Rule.WORK_HOURS, message, None, tour.arrive - work.end


def _check_visits(audit: AuditedPlan, tour: Tour) -> Broken:
    for stop in tour.stops:
        village = audit.problem.village_at.get(stop.place)
        if village is None:
            continue
        if tour.day in village.closed_days:
            yield Rule.CLOSED_DAY, f"{stop.place} is closed on day {tour.day}", stop.place, None
        if _is_in_order(stop):
            yield from _check_length(audit, tour, stop, village)
            yield from _check_knock_hours(audit, tour, stop, village)
        else:
            message = (
                f"arrives at {clock(stop.arrive)}, starts at {clock(stop.start)}, "
                f"ends at {clock(stop.end)}: not one after the other"
            )
            late = max(stop.arrive - stop.start, stop.start - stop.end)
            yield Rule.STOP_ORDER, message, stop.place, late
    for place, count in Counter(stop.place for stop in tour.stops).items():
        if count > 1 and place in audit.problem.village_at:
            message = f"visits {place} {count} times on one day"
            yield Rule.ONE_VISIT_A_DAY, message, place, count - 1


def _check_rests(audit: AuditedPlan, tour: Tour) -> Broken:
    if any(stop.place not in audit.problem.village_at for stop in tour.stops):
        return
    idle = _idle_times(audit, tour)
    # Where the times of a stop are out of order, its rests cannot be checked.
    unclear = {stop.place for stop in tour.stops if not _is_in_order(stop)}
    for rest in tour.rests:
        is_checked = audit.knows(rest.place) and rest.place not in unclear
        if is_checked and not any(_is_inside(rest, time) for time in idle):
            message = (
                f"rests at {rest.place} from {clock(rest.start)} to {clock(rest.end)}, "
                "not inside its time there before or after a visit"
            )
            yield Rule.REST_AT_STOP, message, rest.place, None
    required = audit.problem.rules.rest_seconds_per_day
    longest = max((rest.end - rest.start for rest in tour.rests), default=0)
    if tour.stops and longest < required:
        message = f"the longest rest is {longest} s, {required} s in one piece are due"
        yield Rule.REST, message, None, required - longest


def _check_length(audit: AuditedPlan, tour: Tour, stop: Stop, village: Village) -> Broken:
    if stop.households < 0:
        return
    expected = village.setup_seconds
    pace = audit.problem.team_of[tour.team].households_per_hour
    if pace is not None:
        expected += ceil(stop.households * 3600 / (exact(pace) * exact(village.pace)))
    length = stop.end - stop.start
    if length != expected:
        message = f"lasts {length} s, {stop.households} households and setup take {expected} s"
        yield Rule.VISIT_LENGTH, message, stop.place, abs(length - expected)


def _check_knock_hours(audit: AuditedPlan, tour: Tour, stop: Stop, village: Village) -> Broken:
    day = audit.problem.days[tour.day]
    windows = [window for window in (day.work, day.knock, village.knock) if window is not None]
    opens = max(window.start for window in windows)
    closes = min(window.end for window in windows)
    outside = max(opens - stop.start, stop.end - closes)
    if outside > 0:
        message = (
            f"is there from {clock(stop.start)} to {clock(stop.end)}, "
            f"doors may be knocked from {clock(opens)} to {clock(closes)}"
        )
        yield Rule.KNOCK_HOURS, message, stop.place, outside


def _is_in_order(stop: Stop) -> bool:
    return stop.arrive <= stop.start <= stop.end


def _idle_times(audit: AuditedPlan, tour: Tour) -> list[Rest]:
    """Return the times at stops before and after their visits, as the rests that they could be."""
    times = []
    for stop, leg in zip(tour.stops, audit.legs(tour)[1:], strict=True):
        times.append(Rest(stop.place, stop.arrive, stop.start))
        times.append(Rest(stop.place, stop.end, leg.leave))
    return times


def _is_inside(rest: Rest, time: Rest) -> bool:
    return rest.place == time.place and time.start <= rest.start <= rest.end <= time.end
