"""One shift of the exact model: a circuit over the visited villages, and the times of visits.

A place where the shift may start or end is a node of its own, so that every leg has one driving
time; a leg that cannot be driven in time has no variable.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, NamedTuple

from ortools.sat.python.cp_model import LinearExpr

from routeplan.planner.routes import Visit
from routeplan.planner.solution import time_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ortools.sat.python.cp_model import CpModel, CpSolver, IntVar

    from routeplan.planner.instance import Instance
    from routeplan.planner.routes import DayRoute
    from routeplan.planner.times import Pace

# In sums that only tighten the relaxation, a second has this many parts.
PARTS = 1000

Node = tuple[str, int]
"""Role (``start``, ``village`` or ``end``) and position of a place, or number of a village."""


class _Candidate(NamedTuple):
    """A visit that a shift may make: when setup may begin, and when the team must have left.

    It reaches at most so many households; the pace is of terms as small as these allow.
    """

    most: int
    earliest: int
    latest: int
    pace: Pace


def weighted_sum(terms: Iterable[tuple[int, LinearExpr]]) -> LinearExpr:
    """Return the sum of some terms, each a coefficient and an expression."""
    pairs = list(terms)
    return LinearExpr.weighted_sum([term for _, term in pairs], [factor for factor, _ in pairs])


class ShiftModel:
    """The variables and constraints of a shift whose visits are free.

    `starts` and `ends` are whether the shift starts or ends at a place, by its position.
    """

    def __init__(
        self,
        model: CpModel,
        instance: Instance,
        shift: int,
        starts: Mapping[int, IntVar],
        ends: Mapping[int, IntVar],
    ) -> None:
        self._model, self._instance, self._shift = model, instance, shift
        self._day = day = instance.shifts[shift]
        self._has_hours = instance.problem.rules.rest_between is not None
        self._candidates = dict(_candidates(instance, shift, tuple(starts), tuple(ends)))
        candidates = self._candidates.items()
        self.visited = {v: self._bool(f"visited {v}") for v in self._candidates}
        self.households = {v: self._int(f"households {v}", 0, c.most) for v, c in candidates}
        self._begins = {v: self._int(f"begin {v}", c.earliest, day.end) for v, c in candidates}
        self._leaves = {v: self._int(f"leave {v}", day.start, c.latest) for v, c in candidates}
        self._rests = {
            (v, when): self._bool(f"rest {when} {v}")
            for v in (self._candidates if instance.rest else ())
            for when in (("before", "after", "inside") if self._has_hours else ("before", "after"))
        }
        self._arrivals: dict[int, IntVar] = {}
        if self._has_hours:
            self._rest_start = self._int("rest", instance.rest_from, instance.rest_until)
        self._legs = dict(self._make_legs(starts, ends))
        self._add_circuit(starts, ends)
        self._add_times()
        self._add_rest()
        self._add_sums()

    @property
    def drive(self) -> LinearExpr:
        """Driving seconds of the shift."""
        return weighted_sum((self._seconds(leg), literal) for leg, literal in self._legs.items())

    def visits(self, solver: CpSolver) -> list[Visit]:
        """Return the visits of a solution in their order."""
        after = {a: b for (a, b), lit in self._legs.items() if solver.boolean_value(lit)}
        node = next(node for node in after if node[0] == "start")
        found = []
        while (node := after[node])[0] == "village":
            village = node[1]
            found.append(Visit(village, solver.value(self.households[village])))
        return found

    def hint(self, route: DayRoute) -> None:
        """Hint at a route that keeps every rule."""
        start, end, visits = route
        model, times = self._model, time_day(self._instance, self._shift, route)
        reached = dict(visits)
        if times is None or not reached.keys() <= self._candidates.keys():
            return
        nodes = [("start", start), *(("village", v.village) for v in visits), ("end", end)]
        legs = set(itertools.pairwise(nodes))
        for leg, literal in self._legs.items():
            model.add_hint(literal, leg in legs)
        stops = {v.village: stop for v, stop in zip(visits, times.stops, strict=True)}
        rest = None
        if times.rest is not None:
            rested = visits[times.rest[0]].village
            when = "before" if times.rest[1] < stops[rested].start else "after"
            is_inside = stops[rested].start <= times.rest[1] < stops[rested].end
            rest = (rested, "inside" if is_inside else when)
        for village, candidate in self._candidates.items():
            model.add_hint(self.visited[village], village in reached)
            model.add_hint(self.households[village], min(reached.get(village, 0), candidate.most))
        for village, stop in stops.items():
            after = self._instance.rest if rest == (village, "after") else 0
            model.add_hint(self._begins[village], stop.start)
            model.add_hint(self._leaves[village], stop.end + after)
        for key, literal in self._rests.items():
            model.add_hint(literal, key == rest)

    def _bool(self, name: str) -> IntVar:
        return self._model.new_bool_var(f"{self._shift} {name}")

    def _int(self, name: str, low: int, high: int) -> IntVar:
        return self._model.new_int_var(low, high, f"{self._shift} {name}")

    def _seconds(self, leg: tuple[Node, Node]) -> int:
        """Return the driving of a leg that has a variable."""
        origin, target = map(self._place, leg)
        return self._instance.drive(self._shift)[origin, target] or 0

    def _place(self, node: Node) -> int:
        role, number = node
        return int(self._instance.at[number]) if role == "village" else number

    def _make_legs(
        self, starts: Iterable[int], ends: Iterable[int]
    ) -> Iterator[tuple[tuple[Node, Node], IntVar]]:
        drive = self._instance.drive(self._shift)
        villages: list[Node] = [("village", v) for v in self._candidates]
        first: list[Node] = [("start", place) for place in starts]
        last: list[Node] = [("end", place) for place in ends]
        for leg in itertools.product([*first, *villages], [*villages, *last]):
            origin, target = leg
            seconds = drive[self._place(origin), self._place(target)]
            if origin != target and seconds is not None and self._in_time(leg, seconds):
                yield leg, self._bool(f"{origin} {target}")

    def _in_time(self, leg: tuple[Node, Node], seconds: int) -> bool:
        (origin, a), (target, b) = leg
        inst, ready, latest = self._instance, self._day.start, self._day.end
        if origin == "village":
            ready = self._candidates[a].earliest + int(inst.setup[a])
        if target == "village":
            closes = min(int(self._day.closes[b]), self._candidates[b].latest)
            latest = closes - int(inst.setup[b])
        in_limit = inst.drive_limit is None or seconds <= inst.drive_limit
        return ready + seconds <= latest and in_limit

    def _add_circuit(self, starts: Mapping[int, IntVar], ends: Mapping[int, IntVar]) -> None:
        """Let the legs lead from the start over what is visited to the end."""
        visited: dict[Node, IntVar] = {
            **{("start", place): literal for place, literal in starts.items()},
            **{("village", village): literal for village, literal in self.visited.items()},
            **{("end", place): literal for place, literal in ends.items()},
        }
        number = {node: n for n, node in enumerate(visited, start=1)}
        self._model.add_circuit(
            [
                *((number[a], number[b], literal) for (a, b), literal in self._legs.items()),
                # What is not visited has a loop.
                *((n, n, ~visited[node]) for node, n in number.items()),
                *((0, number["start", place], literal) for place, literal in starts.items()),
                *((number["end", place], 0, literal) for place, literal in ends.items()),
            ]
        )

    def _add_times(self) -> None:
        model = self._model
        for v, candidate in self._candidates.items():
            num, den = candidate.pace
            ready = self._begins[v] + int(self._instance.setup[v])
            end = den * ready + num * self.households[v]
            model.add(end <= den * (int(self._day.closes[v]) - self._rest(v, "inside")))
            model.add(end <= den * (self._leaves[v] - self._rest(v, "after", "inside")))
            if self._has_hours and self._rests:
                self._add_hours_of_rest(v, end)
            model.add(self.households[v] == 0).only_enforce_if(~self.visited[v])
        for leg, literal in self._legs.items():
            (origin, a), (target, b) = leg
            if (origin, target) == ("start", "end"):
                continue  # it is in time, or it would have no variable
            leave: LinearExpr | int = self._leaves[a] if origin == "village" else self._day.start
            by: LinearExpr | int = self._day.end
            if target == "village":
                by = self._arrivals.get(b, self._begins[b] - self._rest(b, "before"))
            model.add(by - leave >= self._seconds(leg)).only_enforce_if(literal)

    def _rest(self, village: int, *when: str) -> LinearExpr:
        keys = [key for key in ((village, each) for each in when) if key in self._rests]
        return weighted_sum((self._instance.rest, self._rests[key]) for key in keys)

    def _add_hours_of_rest(self, village: int, end: LinearExpr) -> None:
        """Let the rest begin in its hours, and the team be there; `end` is that of the doors.

        The end is multiplied by the denominator of the pace.
        """
        model, rest, begin = self._model, self._instance.rest, self._begins[village]
        start, den = self._rest_start, self._candidates[village].pace.den
        before, after, inside = (
            self._rests[village, when] for when in ("before", "after", "inside")
        )
        arrival = self._arrivals[village] = self._int(
            f"arrive {village}", self._day.start, self._day.end
        )
        model.add(arrival <= begin)
        model.add(arrival <= start).only_enforce_if(before)
        model.add(start + rest <= begin).only_enforce_if(before)
        model.add(end <= den * start).only_enforce_if(after)
        model.add(start + rest <= self._leaves[village]).only_enforce_if(after)
        model.add(begin <= start).only_enforce_if(inside)
        model.add(den * start <= end).only_enforce_if(inside)

    def _add_rest(self) -> None:
        """Take one rest where there is a visit; a day without goes straight to its end."""
        if not self._rests:
            return
        straight = [lit for (a, b), lit in self._legs.items() if (a[0], b[0]) == ("start", "end")]
        self._model.add_exactly_one([*self._rests.values(), *straight])
        for (village, _), literal in self._rests.items():
            self._model.add_implication(literal, self.visited[village])

    def _add_sums(self) -> None:
        """Keep to the drive limit; and add sums that the times of visits imply.

        These bound the service of a day as long as its order is open.
        """
        inst, day = self._instance, self._day
        if inst.drive_limit is not None:
            self._model.add(self.drive <= inst.drive_limit)
        if not self._candidates:
            return
        setups = weighted_sum((int(inst.setup[v]), visited) for v, visited in self.visited.items())
        service = weighted_sum(
            (PARTS * c.pace.num // c.pace.den, self.households[v])
            for v, c in self._candidates.items()
        )
        rest = weighted_sum((inst.rest, literal) for literal in self._rests.values())
        all_day = service + PARTS * (setups + rest + self.drive)
        self._model.add(all_day <= PARTS * (day.end - day.start))
        between = weighted_sum(
            (self._seconds(leg), literal)
            for leg, literal in self._legs.items()
            if leg[0][0] == leg[1][0] == "village"
        )
        opens = min(candidate.earliest for candidate in self._candidates.values())
        closes = max(int(day.closes[village]) for village in self._candidates)
        self._model.add(service + PARTS * (setups + between) <= PARTS * (closes - opens))


def _candidates(
    instance: Instance, shift: int, starts: tuple[int, ...], ends: tuple[int, ...]
) -> Iterator[tuple[int, _Candidate]]:
    """Yield the villages, and their visits, that cannot be ruled out from and to these places."""
    day = instance.shifts[shift]
    outward = instance.shortest(shift, starts, to=False)
    homeward = instance.shortest(shift, ends, to=True)
    limit = math.inf if instance.drive_limit is None else instance.drive_limit
    for village, place in enumerate(instance.at.tolist()):
        there, back = float(outward[place]), float(homeward[place])
        if not day.open[village] or not there + back < math.inf or there + back > limit:
            continue
        earliest = max(int(day.opens[village]), day.start + int(there))
        latest = day.end - int(back)
        setup, pace = int(instance.setup[village]), instance.pace(shift, village)
        in_window = min(int(day.closes[village]), latest) - earliest - setup
        in_day = day.end - day.start - int(there) - int(back) - setup - instance.rest
        if min(in_window, in_day) >= 0:
            most = pace.households(min(in_window, in_day), int(instance.max_households[village]))
            yield village, _Candidate(most, earliest, latest, pace.rounded(most))
