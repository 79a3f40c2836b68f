"""Parts of a plan that are held fixed, judged before a search begins."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.audit import Rule, audit_plan
from routeplan.errors import Fault, Faults, InputError, nearest
from routeplan.formats import requirement_text
from routeplan.model.plan import Rest, Stop, Tour
from routeplan.model.travel import LARGEST
from routeplan.planner.explain.reasons import why_never
from routeplan.planner.instance import DayRoute, Instance, InstancePins, Visit
from routeplan.planner.solution import time_day

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from routeplan.audit import Violation
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

__all__ = ["PinConflict", "Pins", "check_pins", "hold"]

# Rules that only mean something for a whole plan, or that are judged here by themselves.
WHOLE = {
    *(Rule.TOURS, Rule.LEFT_OUT, Rule.SUMMARY, Rule.UPPER_BOUND, Rule.REQUIRED),
    Rule.MIN_HOUSEHOLDS,
}
# What is judged by times, which are made anew: those that the plan tells do not matter.
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
    visits_by
        Place of a village, day and team: that team visits it on that day, and nobody does on any
        other day.
    skipped
        Places of villages that are not visited.

    Examples
    --------
    >>> Pins(tours=(("A", 0),), skipped=("v07",))
    Pins(tours=(('A', 0),), visits=(), skipped=('v07',), visits_by=())
    """

    tours: tuple[tuple[str, int], ...] = ()
    visits: tuple[tuple[str, int], ...] = ()
    skipped: tuple[str, ...] = ()
    visits_by: tuple[tuple[str, int, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.tours or self.visits or self.skipped or self.visits_by)


@dataclass(frozen=True, slots=True)
class PinConflict(Fault):
    """A pin that contradicts a pinned tour.

    Parameters
    ----------
    tour
        Team and day of the tour; the message says of it why.
    """

    tour: tuple[str, int] = ("", 0)

    def __str__(self) -> str:
        team, day = self.tour
        return str(Fault(self.where, self.contradicting(f"'pin {team}:{day}'"), self.hint))

    def contradicting(self, name: str) -> str:
        """Return the whole message, with a name for the pin of the tour."""
        return f"contradicts {name}, {self.message}"


class _Call(NamedTuple):
    """A visit that is pinned to a day, and to a team where it is told."""

    place: str
    day: int
    team: str | None = None

    def __str__(self) -> str:
        end = "" if self.team is None else f":{self.team}"
        return f"pin-village {self.place}:{self.day}{end}"


def check_pins(problem: Problem, pins: Pins, start: Plan | None = None) -> None:
    """Refuse pins that no plan could keep, without a search.

    Parameters
    ----------
    problem, pins, start
        As `routeplan.planner.solve` takes them.

    Raises
    ------
    InputError
        Naming every pin that names nothing there is, contradicts another one, or breaks a rule.
    """
    hold(Instance(problem), pins, start)


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
    tours, where = _tours(problem, pins, start, faults), _Free(free)
    if start is not None:
        _judge_tours(where, start, tours, faults)
    known = set(problem.village_at)
    for place in pins.skipped:
        _judge_skip(problem, place, pins, tours, faults)
    for call in dict.fromkeys(_calls(pins)):
        _judge_visit(problem, call, pins, tours, faults)
    _note_strange(pins, known, faults)
    faults.raise_any()
    number = {village.place: n for n, village in enumerate(problem.villages)}
    position = {team.id: n for n, team in enumerate(problem.teams)}
    decided = InstancePins(
        routes={where.shift(tour): fixed for tour in tours if (fixed := where.fixed(tour))},
        days={
            **{number[place]: frozenset[int]() for place in pins.skipped},
            **{number[call.place]: frozenset({call.day}) for call in _calls(pins)},
        },
        teams={number[place]: position[team] for place, _, team in pins.visits_by},
    )
    pinned = Instance(problem, decided)
    _judge_required(free, pinned, pins, faults)
    faults.raise_any()
    return pinned


def _calls(pins: Pins) -> list[_Call]:
    return [*(_Call(*visit) for visit in pins.visits), *(_Call(*visit) for visit in pins.visits_by)]


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


class _Free:
    """The problem without pins, and where tours are in it."""

    def __init__(self, instance: Instance) -> None:
        self.instance, self.problem = instance, instance.problem
        self._shifts = {(instance.team(s.index).id, s.day): s.index for s in instance.shifts}
        self._villages = {village.place: n for n, village in enumerate(instance.villages)}

    def shift(self, tour: Tour) -> int:
        """Return the shift of a tour."""
        return self._shifts[_key(tour)]

    def fixed(self, tour: Tour) -> DayRoute | None:
        """Return a tour in positions, None where it names a place that there is not."""
        index, number = self.problem.index, self._villages
        strange = {s.place for s in tour.stops} - number.keys()
        if strange or not {tour.start, tour.end} <= index.keys():
            return None
        visits = tuple(Visit(number[stop.place], stop.households) for stop in tour.stops)
        return DayRoute(index[tour.start], index[tour.end], visits)

    @cached_property
    def longer(self) -> Instance:
        """The same with days that end late."""
        longer = copy.copy(self.instance)
        never = np.full(len(longer.villages), LARGEST)
        longer.shifts = tuple(replace(s, end=LARGEST, closes=never) for s in longer.shifts)
        return longer


def _judge_tours(free: _Free, start: Plan, tours: list[Tour], faults: Faults) -> None:
    """Note every rule that the pinned tours break, whatever the others are."""
    problem = free.problem
    timed = {_key(tour): _timed(free, tour) for tour in tours}
    pinned = {_key(tour): timed[_key(tour)] or tour for tour in tours}
    eves = [eve for tour in tours for eve in _eve(problem, tour) if _key(eve) not in pinned]
    judged = start.replace(tours=(*pinned.values(), *eves), left_out=())
    found = [v for v in audit_plan(problem, judged) if _counts(v, pinned)]
    # Where a day cannot even be timed, its times say nothing, and what forbids it says enough.
    untimed = {key for key, tour in timed.items() if tour is None}
    told = {_day_of(v) for v in found if v.rule not in TIMES} & untimed
    for violation in found:
        if violation.rule not in TIMES or _day_of(violation) not in told:
            where = ", ".join(_pin(tour) for tour in _meant(violation, pinned))
            faults.add(where, f"{violation.rule}: {violation.message}")
    _judge_fewest(problem, tours, faults)


def _counts(violation: Violation, pinned: Mapping[tuple[str, int], Tour]) -> bool:
    """Tell whether a violation means something where only some tours are looked at."""
    of_an_eve = violation.team is not None and _day_of(violation) not in pinned
    return violation.rule not in WHOLE and (not of_an_eve or violation.rule in OF_NIGHTS)


def _day_of(violation: Violation) -> tuple[str, int]:
    return violation.team or "", -1 if violation.day is None else violation.day


def _eve(problem: Problem, tour: Tour) -> Iterator[Tour]:
    """Yield a day before that ends where the tour starts, to judge the night between."""
    days = problem.working_days(problem.team_of[tour.team])
    if tour.day != days[0]:
        before = days[days.index(tour.day) - 1]
        spot = tour.start
        yield Tour(tour.team, before, spot, spot, tour.depart, tour.depart, 0)


def _timed(free: _Free, tour: Tour) -> Tour | None:
    """Return a tour with times made anew, past its hours where it does not fit into them.

    None where it cannot be driven at all.
    """
    fixed, shift = free.fixed(tour), free.shift(tour)
    times = fixed and time_day(free.instance, shift, fixed)
    if fixed and times is None:
        times = time_day(free.longer, shift, fixed)
    if times is None:
        return None
    stops = zip(tour.stops, times.stops, strict=True)
    return replace(
        tour,
        depart=times.depart,
        arrive=times.arrive,
        drive_seconds=times.drive_seconds,
        stops=tuple(Stop(stop.place, *when, stop.households) for stop, when in stops),
        rests=(Rest(tour.stops[times.rest[0]].place, *times.rest[1:]),) if times.rest else (),
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


def _judge_fewest(problem: Problem, tours: list[Tour], faults: Faults) -> None:
    """Note visits that reach too few, unless pinned tours of earlier days left no more."""
    visits: dict[str, list[tuple[int, int]]] = {}
    for tour in tours:
        for stop in tour.stops:
            visits.setdefault(stop.place, []).append((tour.day, stop.households))
    for tour in tours:
        for stop in tour.stops:
            village = problem.village_at.get(stop.place)
            if village is None:
                continue
            before = sum(number for day, number in visits[stop.place] if day < tour.day)
            least = min(village.min_households, max(0, village.households - before))
            if 0 <= stop.households < least:
                message = (
                    f"reaches {stop.households} households in {stop.place}, {least} are the least"
                )
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
            _note_conflict(where, tour, "which visits it", faults)
    for call in _calls(pins):
        if call.place == place:
            faults.add(where, f"is also to be visited on day {call.day}")


def _judge_visit(
    problem: Problem, call: _Call, pins: Pins, tours: list[Tour], faults: Faults
) -> None:
    place, day, team = call
    where, village = str(call), problem.village_at.get(place)
    if not 0 <= day < len(problem.days):
        message = f"there is no day {day}"
        faults.add(where, message, f"the days are 0 to {len(problem.days) - 1}")
        return
    if team is not None and team not in problem.team_of:
        faults.add(where, f"there is no team {team!r}", nearest(team, problem.team_of))
        return
    if village is None:
        return
    if day in village.closed_days:
        faults.add(where, f"{Rule.CLOSED_DAY}: {place} is closed on day {day}")
    elif problem.days[day].doors.narrowed(village.knock) is None:
        message = f"{Rule.KNOCK_HOURS}: no doors may be knocked in {place} on day {day}"
        faults.add(where, message)
    _judge_others(call, pins, faults)
    _judge_tours_of(call, problem, tours, faults)


def _judge_tours_of(call: _Call, problem: Problem, tours: list[Tour], faults: Faults) -> None:
    """Note pinned tours that visit a village otherwise, or leave no room for its visit."""
    where = str(call)
    visiting = [tour for tour in tours if any(stop.place == call.place for stop in tour.stops)]
    for tour in visiting:
        if tour.day != call.day:
            _note_conflict(where, tour, "which visits it on another day", faults)
        elif call.team not in {None, tour.team}:
            _note_conflict(where, tour, "by which another team visits it", faults)
    asked = {call.team} if call.team is not None else set(problem.team_of)
    fixed = {tour.team for tour in tours if tour.day == call.day} & asked
    working = {t.id for t in problem.teams if call.day in problem.working_days(t)} & asked
    if working <= fixed and not any(tour.day == call.day for tour in visiting):
        who = "nobody works" if call.team is None else f"{call.team} does not work"
        why = "all tours of that day are pinned without it" if fixed else f"{who} on that day"
        faults.add(where, why)


def _note_conflict(where: str, tour: Tour, message: str, faults: Faults) -> None:
    faults.adopt(InputError([PinConflict(where, message, tour=_key(tour))]))


def _judge_others(call: _Call, pins: Pins, faults: Faults) -> None:
    """Note that the same village is pinned to another day or team, too."""
    others = [other for other in _calls(pins) if other.place == call.place]
    days = sorted({other.day for other in others} - {call.day})
    if days:
        faults.add(str(call), f"is pinned to day {days[0]}, too, and can be held on one day only")
    teams = sorted({other.team for other in others if other.team is not None} - {call.team})
    if teams and call.team is not None:
        faults.add(str(call), f"is pinned to team {teams[0]}, too, and can be held by one only")


def _note_strange(pins: Pins, known: set[str], faults: Faults) -> None:
    """Note villages that there are not, with the nearest that there is."""
    asked = [(f"skip-village {place}", place) for place in pins.skipped]
    asked += [(str(call), call.place) for call in _calls(pins)]
    for where, place in asked:
        if place not in known:
            faults.add(where, f"there is no village {place!r}", nearest(place, known))


def _judge_required(free: Instance, pinned: Instance, pins: Pins, faults: Faults) -> None:
    """Note villages that must be visited and, with what is pinned, cannot be."""
    calls = {call.place: call for call in _calls(pins)}
    for number, village in enumerate(pinned.villages):
        never = why_never(pinned, number) if pinned.required[number] else None
        if never is None:
            continue
        reason, detail = never[0], requirement_text(never[1])
        if village.place in calls:
            where = str(calls[village.place])
            faults.add(where, f"cannot be visited then: {reason}, {detail}")
        elif why_never(free, number) is None:
            message = f"{Rule.REQUIRED}: {village.place} must be visited, and the tours that are"
            faults.add("pins", f"{message} pinned leave no day for it")


def _pin(tour: Tour) -> str:
    return f"pin {tour.team}:{tour.day}"


def _key(tour: Tour) -> tuple[str, int]:
    return tour.team, tour.day
