"""Parts of a plan that are held fixed, judged before a search begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from routeplan.audit import Rule, audit_plan
from routeplan.errors import Faults, nearest
from routeplan.plan import Tour
from routeplan.planner.instance import FixedTour, Held, Instance, Visit
from routeplan.planner.reasons import why_never
from routeplan.planner.timing import time_day

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from routeplan.audit import Violation
    from routeplan.plan import Plan
    from routeplan.problem import Problem

__all__ = ["Pins", "hold"]

# Rules that only mean something for a whole plan, or that are judged here by themselves.
WHOLE = {
    *(Rule.TOURS, Rule.LEFT_OUT, Rule.SUMMARY, Rule.UPPER_BOUND, Rule.REQUIRED),
    Rule.MIN_HOUSEHOLDS,
}
# Times are made anew: where a day can be timed at all, those that the plan tells do not matter.
TIMES = {
    *(Rule.TRAVEL_TIME, Rule.WORK_HOURS, Rule.STOP_ORDER, Rule.VISIT_LENGTH, Rule.KNOCK_HOURS),
    *(Rule.REST, Rule.REST_AT_STOP, Rule.TOUR_DRIVE),
}
# What can be wrong with the night before a pinned tour, whose own day is not pinned.
OF_NIGHTS = {Rule.SLEEPING_PLACE, Rule.NIGHTS_AWAY}


@dataclass(frozen=True, slots=True)
class Pins:
    """What of a plan must stay as it is said here.

    Parameters
    ----------
    tours
        Team and day: its tour of the start plan stays, with its start, end, stops and households.
        Its times are worked out anew.
    visits
        Place of a village and day: it is visited on that day and on no other.
    skipped
        Places of villages that are not visited.

    Examples
    --------
    >>> Pins(tours=(("A", 0),), skipped=("v07",))
    Pins(tours=(('A', 0),), visits=(), skipped=('v07',))
    """

    tours: tuple[tuple[str, int], ...] = ()
    visits: tuple[tuple[str, int], ...] = ()
    skipped: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.tours or self.visits or self.skipped)


def hold(free: Instance, pins: Pins, start: Plan | None) -> Instance:
    """Make an instance in which what is pinned is decided already.

    Parameters
    ----------
    free
        The problem without pins.
    pins
        What to hold.
    start
        The plan that pinned tours are taken from.

    Raises
    ------
    InputError
        Naming every pin that names nothing there is, contradicts another one, or breaks a rule.
    """
    problem, faults = free.problem, Faults()
    tours = _tours(problem, pins, start, faults)
    if start is not None:
        _judge_tours(free, start, tours, faults)
    known = set(problem.village_at)
    for place in pins.skipped:
        _judge_skip(problem, place, pins, tours, faults)
    for place, day in dict.fromkeys(pins.visits):
        _judge_visit(problem, (place, day), pins, tours, faults)
    _note_strange(pins, known, faults)
    faults.raise_any()
    number = {village.place: n for n, village in enumerate(problem.villages)}
    held = Held(
        tours=_fixed(free, tours),
        days={
            **{number[place]: frozenset[int]() for place in pins.skipped},
            **{number[place]: frozenset({day}) for place, day in pins.visits},
        },
    )
    pinned = Instance(problem, held)
    _judge_required(free, pinned, pins, faults)
    faults.raise_any()
    return pinned


def _tours(problem: Problem, pins: Pins, start: Plan | None, faults: Faults) -> list[Tour]:
    """Return the pinned tours; note those that are not there."""
    planned: dict[tuple[str, int], Tour] = {}
    for tour in start.tours if start is not None else ():
        planned.setdefault((tour.team, tour.day), tour)
    found = []
    for team, day in dict.fromkeys(pins.tours):
        where = f"pin {team}:{day}"
        if team not in problem.team_of:
            faults.add(where, f"there is no team {team!r}", nearest(team, problem.team_of))
        elif day not in (days := problem.working_days(problem.team_of[team])):
            listed = ", ".join(map(str, days)) or "none"
            faults.add(where, f"{team} does not work on day {day}", f"its days are {listed}")
        elif start is None:
            faults.add(where, "there is no start plan to take the tour from", "give one")
        elif (team, day) not in planned:
            faults.add(where, f"the start plan has no tour of {team} on day {day}")
        else:
            found.append(planned[team, day])
    return found


def _judge_tours(free: Instance, start: Plan, tours: list[Tour], faults: Faults) -> None:
    """Note every rule that the pinned tours break, whatever the others are."""
    problem = free.problem
    pinned = {(tour.team, tour.day): tour for tour in tours}
    eves = [eve for tour in tours for eve in _eve(problem, tour) if _key(eve) not in pinned]
    timed = {_key(tour) for tour in tours if _can_be_timed(free, tour)}
    for violation in audit_plan(problem, start.replace(tours=(*tours, *eves), left_out=())):
        key = (violation.team or "", -1 if violation.day is None else violation.day)
        of_an_eve = violation.team is not None and key not in pinned
        if (
            violation.rule in WHOLE
            or (violation.rule in TIMES and key in timed)
            or (of_an_eve and violation.rule not in OF_NIGHTS)
        ):
            continue
        where = ", ".join(_pin(tour) for tour in _meant(violation, pinned))
        faults.add(where, f"{violation.rule}: {violation.message}")
    for tour in tours:
        _judge_fewest(problem, tour, tours, faults)


def _eve(problem: Problem, tour: Tour) -> Iterator[Tour]:
    """Yield a day before that ends where the tour starts, to judge the night between."""
    days = problem.working_days(problem.team_of[tour.team])
    if tour.day != days[0]:
        before = days[days.index(tour.day) - 1]
        spot = tour.start
        yield Tour(tour.team, before, spot, spot, tour.depart, tour.depart, 0)


def _can_be_timed(free: Instance, tour: Tour) -> bool:
    fixed = _fixed_tour(free, tour)
    return fixed is not None and time_day(free, _shift(free, tour), *fixed) is not None


def _fixed_tour(free: Instance, tour: Tour) -> FixedTour | None:
    """Return a tour in positions, None where it names a place that there is not."""
    index = free.problem.index
    number = {village.place: n for n, village in enumerate(free.villages)}
    if not {tour.start, tour.end} <= set(index) or not {s.place for s in tour.stops} <= set(number):
        return None
    visits = tuple(Visit(number[stop.place], stop.households) for stop in tour.stops)
    return FixedTour(index[tour.start], index[tour.end], visits)


def _fixed(free: Instance, tours: list[Tour]) -> dict[int, FixedTour]:
    found = {_shift(free, tour): _fixed_tour(free, tour) for tour in tours}
    return {shift: tour for shift, tour in found.items() if tour is not None}


def _shift(free: Instance, tour: Tour) -> int:
    return next(
        s.index for s in free.shifts if (free.team(s.index).id, s.day) == (tour.team, tour.day)
    )


def _meant(violation: Violation, pinned: Mapping[tuple[str, int], Tour]) -> list[Tour]:
    """Return the pinned tours that a violation speaks of."""
    own = [t for t in pinned.values() if _key(t) == (violation.team, violation.day)]
    return own or [
        tour
        for tour in pinned.values()
        if violation.team in {None, tour.team}
        and violation.place in {tour.start, tour.end, *(stop.place for stop in tour.stops)}
    ]


def _judge_fewest(problem: Problem, tour: Tour, tours: list[Tour], faults: Faults) -> None:
    """Note visits that reach too few, unless pinned tours of earlier days left no more."""
    for stop in tour.stops:
        village = problem.village_at.get(stop.place)
        if village is None:
            continue
        before = (s for t in tours if t.day < tour.day for s in t.stops if s.place == stop.place)
        left = max(0, village.households - sum(s.households for s in before))
        least = min(village.min_households, left)
        if 0 <= stop.households < least:
            message = f"reaches {stop.households} households in {stop.place}, {least} are the least"
            hint = "pin the tours of earlier days that left no more as well"
            faults.add(_pin(tour), f"{Rule.MIN_HOUSEHOLDS}: {message}", hint)


def _judge_skip(
    problem: Problem, place: str, pins: Pins, tours: list[Tour], faults: Faults
) -> None:
    where = f"skip-village {place}"
    village = problem.village_at.get(place)
    if village is not None and village.required:
        faults.add(where, f"{Rule.REQUIRED}: the problem asks for a visit to {place}")
    for tour in tours:
        if any(stop.place == place for stop in tour.stops):
            faults.add(where, f"is visited in the tour that '{_pin(tour)}' holds")
    for other, day in pins.visits:
        if other == place:
            faults.add(where, f"is also to be visited on day {day}")


def _judge_visit(
    problem: Problem, visit: tuple[str, int], pins: Pins, tours: list[Tour], faults: Faults
) -> None:
    place, day = visit
    where, village = f"pin-village {place}:{day}", problem.village_at.get(place)
    if not 0 <= day < len(problem.days):
        message = f"there is no day {day}"
        faults.add(where, message, f"the days are 0 to {len(problem.days) - 1}")
        return
    if village is None:
        return
    if day in village.closed_days:
        faults.add(where, f"{Rule.CLOSED_DAY}: {place} is closed on day {day}")
    elif problem.days[day].doors.narrowed(village.knock) is None:
        message = f"{Rule.KNOCK_HOURS}: no doors may be knocked in {place} on day {day}"
        faults.add(where, message)
    others = sorted({other for name, other in pins.visits if name == place} - {day})
    if others:
        faults.add(where, f"is pinned to day {others[0]}, too, and can be held on one day only")
    visiting = [tour for tour in tours if any(stop.place == place for stop in tour.stops)]
    for tour in visiting:
        if tour.day != day:
            message = f"'{_pin(tour)}' holds a visit on another day, and no other day is left"
            faults.add(where, message)
    fixed = {tour.team for tour in tours if tour.day == day}
    working = {team.id for team in problem.teams if day in problem.working_days(team)}
    if working <= fixed and not any(tour.day == day for tour in visiting):
        why = "all tours of that day are pinned without it" if fixed else "nobody works on that day"
        faults.add(where, why)


def _note_strange(pins: Pins, known: set[str], faults: Faults) -> None:
    """Note villages that there are not, with the nearest that there is."""
    asked = [(f"skip-village {place}", place) for place in pins.skipped]
    asked += [(f"pin-village {place}:{day}", place) for place, day in pins.visits]
    for where, place in asked:
        if place not in known:
            faults.add(where, f"there is no village {place!r}", nearest(place, known))


def _judge_required(free: Instance, pinned: Instance, pins: Pins, faults: Faults) -> None:
    """Note villages that must be visited and, with what is pinned, cannot be."""
    days = dict(pins.visits)
    for number, village in enumerate(pinned.villages):
        never = why_never(pinned, number) if pinned.required[number] else None
        if never is None:
            continue
        reason, detail = never
        if village.place in days:
            where = f"pin-village {village.place}:{days[village.place]}"
            faults.add(where, f"cannot be visited then: {reason}, {detail}")
        elif why_never(free, number) is None:
            message = f"{Rule.REQUIRED}: {village.place} must be visited, and the tours that are"
            faults.add("pins", f"{message} pinned leave no day for it")


def _pin(tour: Tour) -> str:
    return f"pin {tour.team}:{tour.day}"


def _key(tour: Tour) -> tuple[str, int]:
    return tour.team, tour.day
