"""Checks of one team's day: drives, hours, visits and rest.

What one violation causes is not a second one: a tour, a place or a leg that is wrong is noted once,
and no other check relies on it. The plan is refused either way.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from routeplan.audit.rules import Rule, Violation
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from routeplan.model.plan import Plan, Rest, Stop, Tour
    from routeplan.model.problem import Problem, Village

    # A rule, a message, a place and by how much.
    Broken: TypeAlias = "Iterator[tuple[Rule, str, str | None, int | None]]"


class _Leg(NamedTuple):
    """One drive; `seconds` are None where it cannot be driven, or a place is not known."""

    origin: str
    target: str
    ready: int
    arrive: int
    seconds: int | None
    known: bool

    @property
    def leave(self) -> int:
        """Latest departure, or the arrival where the drive does not fit."""
        if self.seconds is None or self.arrive - self.seconds < self.ready:
            return self.arrive
        return self.arrive - self.seconds


@dataclass(frozen=True, slots=True)
class AuditedPlan:
    """A problem, a plan for it, and the first tour of each team on each of its working days.

    `complete` says whether no tour is missing and every stop is at a village, so that sums over the
    plan mean something. `bonuses` are those of announced visits, by place, team and day.
    """

    problem: Problem
    plan: Plan
    tours: Mapping[tuple[str, int], Tour]
    complete: bool
    bonuses: Mapping[tuple[str, str, int], Fraction]

    def knows(self, place: str) -> bool:
        """Return whether the place is one of the problem's."""
        return place in self.problem.index

    def legs(self, tour: Tour) -> tuple[_Leg, ...]:
        """Return a tour's drives in their order."""
        points = [(tour.start, tour.depart), *((stop.place, stop.end) for stop in tour.stops)]
        arrivals = [*((stop.place, stop.arrive) for stop in tour.stops), (tour.end, tour.arrive)]
        # A stop at no village was meant to be at another place, and its legs cannot be checked.
        wrong = {stop.place for stop in tour.stops} - self.problem.village_at.keys()
        times = self.problem.travel[self.problem.team_of[tour.team].vehicle]
        legs = []
        for (origin, ready), (target, arrive) in zip(points, arrivals, strict=True):
            known = all(self.knows(place) and place not in wrong for place in (origin, target))
            seconds = None
            if known:
                cell = self.problem.index[origin], self.problem.index[target]
                seconds = int(times.seconds[cell]) if times.reachable[cell] else None
            legs.append(_Leg(origin, target, ready, arrive, seconds, known))
        return tuple(legs)

    def drive_seconds(self, tour: Tour) -> int | None:
        """Return how long a tour drives; None where a leg cannot be driven or checked."""
        seconds = [leg.seconds for leg in self.legs(tour)]
        return None if None in seconds else sum(filter(None, seconds))


def audited(problem: Problem, plan: Plan) -> AuditedPlan:
    """Return a plan beside its problem."""
    expected = team_days(problem)
    tours: dict[tuple[str, int], Tour] = {}
    for tour in plan.tours:
        if (tour.team, tour.day) in expected:
            tours.setdefault((tour.team, tour.day), tour)
    stops = {stop.place for tour in plan.tours for stop in tour.stops}
    complete = set(tours) == expected and len(plan.tours) == len(expected)
    complete = complete and stops <= problem.village_at.keys()
    bonuses = {(each.place, each.team, each.day): exact(each.bonus) for each in problem.announced}
    return AuditedPlan(problem, plan, tours, complete, bonuses)


def check_tour(audit: AuditedPlan, tour: Tour) -> Iterator[Violation]:
    """Check one team's day."""
    for check in (_check_driving, _check_hours, _check_visits, _check_rests):
        for rule, message, place, by in check(audit, tour):
            yield Violation(rule, message, place, tour.team, tour.day, by)


def _check_driving(audit: AuditedPlan, tour: Tour) -> Broken:
    for leg in audit.legs(tour):
        if leg.known and leg.seconds is None:
            message = _(
                "there is no way from {origin} to {target}", origin=leg.origin, target=leg.target
            )
            yield Rule.WAY, message, leg.target, None
        elif leg.seconds is not None and leg.arrive < leg.ready + leg.seconds:
            earliest = leg.ready + leg.seconds
            message = _(
                "from {origin} to {target} it arrives at {arrive}, {earliest} is the earliest: "
                "free at {ready}, {seconds} s to drive",
                origin=leg.origin,
                target=leg.target,
                arrive=clock(leg.arrive),
                earliest=clock(earliest),
                ready=clock(leg.ready),
                seconds=leg.seconds,
            )
            yield Rule.TRAVEL_TIME, message, leg.target, earliest - leg.arrive
    driven = audit.drive_seconds(tour)
    if driven is None:
        return
    if driven != tour.drive_seconds:
        message = _(
            "drive_seconds is {stated}, the legs add up to {driven}",
            stated=tour.drive_seconds,
            driven=driven,
        )
        yield Rule.TOUR_DRIVE, message, None, abs(driven - tour.drive_seconds)
    limit = audit.problem.rules.max_drive_seconds_per_day
    if limit is not None and driven > limit:
        message = _("drives for {seconds} s, {most} s are allowed", seconds=driven, most=limit)
        yield Rule.DRIVE_LIMIT, message, None, driven - limit


def _check_hours(audit: AuditedPlan, tour: Tour) -> Broken:
    work = audit.problem.days[tour.day].work
    if tour.depart < work.start:
        message = _(
            "departs at {depart}, work begins at {start}",
            depart=clock(tour.depart),
            start=clock(work.start),
        )
        yield Rule.WORK_HOURS, message, None, work.start - tour.depart
    if tour.arrive > work.end:
        message = _(
            "arrives at {arrive}, work ends at {end}",
            arrive=clock(tour.arrive),
            end=clock(work.end),
        )
        yield Rule.WORK_HOURS, message, None, tour.arrive - work.end


def _check_visits(audit: AuditedPlan, tour: Tour) -> Broken:
    for stop in tour.stops:
        village = audit.problem.village_at.get(stop.place)
        if village is None:
            continue
        if tour.day in village.closed_days:
            message = _("{place} is closed on day {day}", place=stop.place, day=tour.day + 1)
            yield Rule.CLOSED_DAY, message, stop.place, None
        if _is_in_order(stop):
            yield from _check_length(audit, tour, stop, village)
            yield from _check_knock_hours(audit, tour, stop, village)
        else:
            message = _(
                "arrives at {arrive}, starts at {start}, ends at {end}: not one after the other",
                arrive=clock(stop.arrive),
                start=clock(stop.start),
                end=clock(stop.end),
            )
            late = max(stop.arrive - stop.start, stop.start - stop.end)
            yield Rule.STOP_ORDER, message, stop.place, late
    for place, count in Counter(stop.place for stop in tour.stops).items():
        if count > 1 and place in audit.problem.village_at:
            message = _("visits {place} {n} times on one day", place=place, n=count)
            yield Rule.ONE_VISIT_A_DAY, message, place, count - 1


def _check_rests(audit: AuditedPlan, tour: Tour) -> Broken:
    if any(stop.place not in audit.problem.village_at for stop in tour.stops):
        return
    yield from _check_rest_times(audit, tour)
    required = audit.problem.rules.rest_seconds_per_day
    longest = max((rest.end - rest.start for rest in tour.rests), default=0)
    if tour.stops and longest < required:
        message = _(
            "the longest rest is {longest} s, {least} s in one piece are due",
            longest=longest,
            least=required,
        )
        yield Rule.REST, message, None, required - longest
    elif tour.stops and required:
        yield from _check_rest_window(audit, tour)


def _check_rest_window(audit: AuditedPlan, tour: Tour) -> Broken:
    between, required = audit.problem.rules.rest_between, audit.problem.rules.rest_seconds_per_day
    if between is None:
        return
    rests = [rest for rest in tour.rests if rest.end - rest.start >= required]
    outside = {rest: max(between.start - rest.start, rest.start - between.end) for rest in rests}
    rest = min(rests, key=lambda rest: outside[rest])
    if outside[rest] > 0:
        message = _(
            "the rest begins at {start}, it may from {first} to {last}",
            start=clock(rest.start),
            first=clock(between.start),
            last=clock(between.end),
        )
        yield Rule.REST_WINDOW, message, rest.place, outside[rest]


def _check_rest_times(audit: AuditedPlan, tour: Tour) -> Broken:
    may_interrupt = audit.problem.rules.rest_between is not None
    # The times at stops before and after their visits, and inside them where that may be.
    free = []
    for stop, leg in zip(tour.stops, audit.legs(tour)[1:], strict=True):
        free += [(stop.place, stop.arrive, stop.start), (stop.place, stop.end, leg.leave)]
        free += [(stop.place, stop.start, stop.end)] * may_interrupt
    # Where the times of a stop are out of order, its rests cannot be checked.
    unclear = {stop.place for stop in tour.stops if not _is_in_order(stop)}
    for rest in tour.rests:
        is_checked = audit.knows(rest.place) and rest.place not in unclear
        if is_checked and not any(
            rest.place == place and start <= rest.start <= rest.end <= end
            for place, start, end in free
        ):
            message = _misplaced(rest, may_interrupt=may_interrupt)
            yield Rule.REST_AT_STOP, message, rest.place, None


def _misplaced(rest: Rest, *, may_interrupt: bool) -> str:
    start, end = clock(rest.start), clock(rest.end)
    if may_interrupt:
        return _(
            "rests at {place} from {start} to {end}, not inside its time there before, during or "
            "after a visit",
            place=rest.place,
            start=start,
            end=end,
        )
    return _(
        "rests at {place} from {start} to {end}, not inside its time there before or after a visit",
        place=rest.place,
        start=start,
        end=end,
    )


def _check_length(audit: AuditedPlan, tour: Tour, stop: Stop, village: Village) -> Broken:
    if stop.households < 0:
        return
    expected = village.setup_seconds
    pace = audit.problem.team_of[tour.team].pace_on(tour.day)
    if pace is not None:
        expected += ceil(stop.households * 3600 / (exact(pace) * exact(village.pace)))
    rest = 0 if audit.problem.rules.rest_between is None else _interruption(tour, stop)
    length = stop.end - stop.start
    if length != expected + rest:
        if rest:
            message = _(
                "lasts {length} s, {n} households and setup take {needed} s and the rest inside "
                "{rest} s",
                length=length,
                n=stop.households,
                needed=expected,
                rest=rest,
            )
        else:
            message = _(
                "lasts {length} s, {n} households and setup take {needed} s",
                length=length,
                n=stop.households,
                needed=expected,
            )
        yield Rule.VISIT_LENGTH, message, stop.place, abs(length - expected - rest)


def _interruption(tour: Tour, stop: Stop) -> int:
    """Return how long a team rests inside a visit; what two of its rests share counts once."""
    total, until = 0, stop.start
    for start, end in sorted(
        (rest.start, rest.end) for rest in tour.rests if rest.interrupts(stop)
    ):
        total += max(0, end - max(start, until))
        until = max(until, end)
    return total


def _check_knock_hours(audit: AuditedPlan, tour: Tour, stop: Stop, village: Village) -> Broken:
    day = audit.problem.days[tour.day]
    windows = [window for window in (day.work, day.knock, village.knock) if window is not None]
    opens = max(window.start for window in windows)
    closes = min(window.end for window in windows)
    outside = max(opens - stop.start, stop.end - closes)
    if outside > 0:
        message = _(
            "is there from {start} to {end}, doors may be knocked from {opens} to {closes}",
            start=clock(stop.start),
            end=clock(stop.end),
            opens=clock(opens),
            closes=clock(closes),
        )
        yield Rule.KNOCK_HOURS, message, stop.place, outside


def _is_in_order(stop: Stop) -> bool:
    return stop.arrive <= stop.start <= stop.end


def exact(number: float) -> Fraction:
    """Return the decimal number that is written, not its binary approximation.

    Ceilings then come out as by hand: a tenth of 30 households is 3, not 4.
    """
    return Fraction(repr(float(number)))


def clock(seconds: int) -> str:
    """Return a time of day; hours run past 24 for a late drive home."""
    sign = "-" if seconds < 0 else ""
    minutes, second = divmod(abs(seconds), 60)
    return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}:{second:02d}"


def team_days(problem: Problem) -> set[tuple[str, int]]:
    """Return every team with each of its working days."""
    return {(team.id, day) for team in problem.teams for day in problem.working_days(team)}
