"""One shift of the exact model: a round trip over chosen villages, and when each visit happens.

A place where the shift may begin or end is a node of its own, so that every leg has one driving
time and a leg without a way is simply not there.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

from ortools.sat.python.cp_model import LinearExpr

from routeplan.planner.instance import Visit
from routeplan.planner.solution import time_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ortools.sat.python.cp_model import CpModel, CpSolver, IntVar

    from routeplan.planner.instance import DayRoute, Instance
    from routeplan.planner.times import Pace

__all__ = ["FreeDay", "added"]

# In sums of door time that only sharpen the model, a second has this many parts.
PARTS = 1000

Node = tuple[str, int]
"""Kind and position: a place to start from, a village, or a place to end at."""


class _Call(NamedTuple):
    """A visit that a shift may make.

    Parameters
    ----------
    village
        Its position.
    most
        Households that can be reached there at the most.
    earliest, latest
        When setup may begin, and when the team must have left.
    rate
        Of terms as small as `most` allows.
    """

    village: int
    most: int
    earliest: int
    latest: int
    rate: Pace


def added(terms: Iterable[tuple[int, LinearExpr]]) -> LinearExpr:
    """Return the sum of some terms, each a factor and what it multiplies."""
    pairs = list(terms)
    return LinearExpr.weighted_sum([term for _, term in pairs], [factor for factor, _ in pairs])


class FreeDay:
    """The variables and rules of a shift whose visits are free.

    Parameters
    ----------
    model
        Where they are added.
    instance, shift
        Whose day it is.
    starts, ends
        Whether the shift starts or ends at a place, by its position.
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
        self.calls = {c.village: c for c in _possible_calls(instance, shift, starts, ends)}
        villages = list(self.calls)
        self.visited = {v: self._bool("visited", v) for v in villages}
        self.households = {
            v: self._int("households", v, (0, call.most)) for v, call in self.calls.items()
        }
        day = instance.shifts[shift]
        self._begins = {
            v: self._int("begin", v, (call.earliest, day.end)) for v, call in self.calls.items()
        }
        self._leaves = {
            v: self._int("leave", v, (day.start, call.latest)) for v, call in self.calls.items()
        }
        self._rests = {
            (v, when): self._bool(f"rest {when}", v)
            for v in (villages if instance.rest else ())
            for when in ("before", "after")
        }
        self._legs = dict(self._make_legs(starts, ends))
        self._add_round(starts, ends)
        self._add_times()
        self._add_rest()
        self._add_sums()

    @property
    def drive(self) -> LinearExpr:
        """The driving of the day."""
        return added((self._seconds(leg), literal) for leg, literal in self._legs.items())

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
        """Suggest a day that can be kept."""
        start, end, visits = route
        model, times = self._model, time_day(self._instance, self._shift, route)
        if times is None or not {visit.village for visit in visits} <= set(self.calls):
            return
        nodes = [("start", start), *(("village", v.village) for v in visits), ("end", end)]
        legs = set(itertools.pairwise(nodes))
        for leg, literal in self._legs.items():
            model.add_hint(literal, leg in legs)
        reached = dict(visits)
        stops = {v.village: stop for v, stop in zip(visits, times.stops, strict=True)}
        rest = None
        if times.rest is not None:
            village = visits[times.rest[0]].village
            before = times.rest[1] < stops[village].start
            rest = (village, "before" if before else "after")
        for village, call in self.calls.items():
            model.add_hint(self.visited[village], village in reached)
            model.add_hint(self.households[village], min(reached.get(village, 0), call.most))
            if village in stops:
                rested = self._instance.rest if rest == (village, "after") else 0
                model.add_hint(self._begins[village], stops[village].start)
                model.add_hint(self._leaves[village], stops[village].end + rested)
        for key, literal in self._rests.items():
            model.add_hint(literal, key == rest)

    def _bool(self, name: str, village: int) -> IntVar:
        return self._model.new_bool_var(f"{name} {self._shift} {village}")

    def _int(self, name: str, village: int, domain: tuple[int, int]) -> IntVar:
        return self._model.new_int_var(*domain, f"{name} {self._shift} {village}")

    def _seconds(self, leg: tuple[Node, Node]) -> int:
        """Return the driving of a leg that there is."""
        (origin, target) = (self._place(node) for node in leg)
        return self._instance.drive(self._shift)[origin, target] or 0

    def _place(self, node: Node) -> int:
        kind, number = node
        return int(self._instance.at[number]) if kind == "village" else number

    def _make_legs(
        self, starts: Iterable[int], ends: Iterable[int]
    ) -> Iterator[tuple[tuple[Node, Node], IntVar]]:
        drive = self._instance.drive(self._shift)
        villages: list[Node] = [("village", v) for v in self.calls]
        first: list[Node] = [("start", place) for place in starts]
        last: list[Node] = [("end", place) for place in ends]
        for leg in itertools.product([*first, *villages], [*villages, *last]):
            origin, target = leg
            there = drive[self._place(origin), self._place(target)]
            if origin != target and there is not None and self._in_time(leg, there):
                yield leg, self._model.new_bool_var(f"{self._shift} {origin} {target}")

    def _in_time(self, leg: tuple[Node, Node], seconds: int) -> bool:
        (origin, a), (target, b) = leg
        day, limit = self._instance.shifts[self._shift], self._instance.drive_limit
        ready, latest = day.start, day.end
        if origin == "village":
            ready = self.calls[a].earliest + int(self._instance.setup[a])
        if target == "village":
            closes = min(int(day.closes[b]), self.calls[b].latest)
            latest = closes - int(self._instance.setup[b])
        return ready + seconds <= latest and (limit is None or seconds <= limit)

    def _add_round(self, starts: Mapping[int, IntVar], ends: Mapping[int, IntVar]) -> None:
        """Make the legs one way from the start, over what is visited, to the end."""
        on_way: dict[Node, IntVar] = {
            **{("start", place): literal for place, literal in starts.items()},
            **{("village", village): literal for village, literal in self.visited.items()},
            **{("end", place): literal for place, literal in ends.items()},
        }
        number = {node: n for n, node in enumerate(on_way, start=1)}
        self._model.add_circuit(
            [
                *((number[a], number[b], literal) for (a, b), literal in self._legs.items()),
                # What is not on the way goes round by itself.
                *((n, n, ~on_way[node]) for node, n in number.items()),
                *((0, number["start", place], literal) for place, literal in starts.items()),
                *((number["end", place], 0, literal) for place, literal in ends.items()),
            ]
        )

    def _add_times(self) -> None:
        inst, model, day = self._instance, self._model, self._instance.shifts[self._shift]
        for v, call in self.calls.items():
            doors, parts = call.rate
            ready = self._begins[v] + int(inst.setup[v])
            done = parts * ready + doors * self.households[v]
            model.add(done <= parts * int(day.closes[v]))
            model.add(done <= parts * (self._leaves[v] - self._rest(v, "after")))
            model.add(self.households[v] == 0).only_enforce_if(~self.visited[v])
        for leg, literal in self._legs.items():
            (origin, a), (target, b) = leg
            if (origin, target) == ("start", "end"):
                continue  # it was in time, or there would be no such leg
            leave: LinearExpr | int = self._leaves[a] if origin == "village" else day.start
            by: LinearExpr | int = day.end
            if target == "village":
                by = self._begins[b] - self._rest(b, "before")
            model.add(by - leave >= self._seconds(leg)).only_enforce_if(literal)

    def _rest(self, village: int, when: str) -> LinearExpr:
        """Return the rest that is taken at a stop."""
        taken = [literal for key, literal in self._rests.items() if key == (village, when)]
        return added((self._instance.rest, literal) for literal in taken)

    def _add_rest(self) -> None:
        """Ask for one rest where there is a visit; a day without goes straight to its end."""
        if not self._rests:
            return
        straight = [lit for (a, b), lit in self._legs.items() if (a[0], b[0]) == ("start", "end")]
        self._model.add_exactly_one([*self._rests.values(), *straight])
        for (village, _), literal in self._rests.items():
            self._model.add_implication(literal, self.visited[village])

    def _add_sums(self) -> None:
        """Keep to the drive limit; and say of whole days what follows from the times of visits.

        The latter is what bounds the doors of a day as long as its order is open.
        """
        inst, day = self._instance, self._instance.shifts[self._shift]
        if inst.drive_limit is not None:
            self._model.add(self.drive <= inst.drive_limit)
        if not self.calls:
            return
        setups = added((int(inst.setup[v]), visited) for v, visited in self.visited.items())
        doors = added(
            (PARTS * c.rate.num // c.rate.den, self.households[v]) for v, c in self.calls.items()
        )
        rest = added((inst.rest, literal) for literal in self._rests.values())
        all_day = doors + PARTS * (setups + rest + self.drive)
        self._model.add(all_day <= PARTS * (day.end - day.start))
        between = added(
            (self._seconds(leg), literal)
            for leg, literal in self._legs.items()
            if leg[0][0] == leg[1][0] == "village"
        )
        opens = min(call.earliest for call in self.calls.values())
        closes = max(int(day.closes[village]) for village in self.calls)
        self._model.add(doors + PARTS * (setups + between) <= PARTS * (closes - opens))


def _possible_calls(
    instance: Instance, shift: int, starts: Iterable[int], ends: Iterable[int]
) -> Iterator[_Call]:
    """Yield the visits that are not out of the question, from and to some of these places."""
    day = instance.shifts[shift]
    outward = instance.shortest(shift, tuple(starts), to=False)
    homeward = instance.shortest(shift, tuple(ends), to=True)
    for village, place in enumerate(instance.at.tolist()):
        there, back = float(outward[place]), float(homeward[place])
        limit = float("inf") if instance.drive_limit is None else instance.drive_limit
        if not day.open[village] or not there + back < float("inf") or there + back > limit:
            continue
        earliest = max(int(day.opens[village]), day.start + int(there))
        latest = day.end - int(back)
        setup, pace = int(instance.setup[village]), instance.pace(shift, village)
        room = min(int(day.closes[village]), latest) - earliest - setup
        hours = day.end - day.start - int(there) - int(back) - setup - instance.rest
        if min(room, hours) >= 0:
            most = pace.households(min(room, hours), int(instance.max_households[village]))
            yield _Call(village, most, earliest, latest, pace.rounded(most))
