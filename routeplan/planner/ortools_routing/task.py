"""The routing task of an instance: villages split into partial visits, shifts as vehicles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from routeplan.planner.routes import Visit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from routeplan.planner.instance import Instance
    from routeplan.planner.routes import Shift
    from routeplan.planner.solution import Solution

# Measured by tests/bench/routing_parameters.py: smaller parts slow the search more than they gain,
# because what is left of a day is filled with single households afterwards.
HOUSEHOLDS_PER_NODE = 60
MOST_NODES = 500
# A household of median weight counts as so many times the working time that there is for each
# household. Measured: 1 reaches 0.4 % more on districts and 4 % less on team orienteering.
HOUSEHOLD_VALUE = 4.0
# Villages times villages or shifts: of more, the library is not done with its model in time.
LARGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class RoutingTask:
    """A routing problem with fixed ends: nodes are partial visits, then the ends of days.

    Parameters
    ----------
    drive, spans, reachable
        By class of teams, shape (nodes, nodes): driving seconds; those from the end of one node's
        service to the end of the next one's; whether there is a way.
    penalties, windows, vehicles
        By partial visit: what dropping it costs, in seconds of driving; when its service may end,
        disjoint and ascending; the vehicles that may serve it.
    classes, starts, ends, opening, closing, routes
        By vehicle: its class, the nodes where its day begins and ends, and when; and its partial
        visits in the solution to begin with.
    drive_limit, seconds, solutions
        Of every vehicle, and when to stop; None for no limit.
    """

    drive: tuple[NDArray[np.int64], ...]
    spans: tuple[NDArray[np.int64], ...]
    reachable: tuple[NDArray[np.bool_], ...]
    penalties: tuple[int, ...]
    windows: tuple[tuple[tuple[int, int], ...], ...]
    vehicles: tuple[tuple[int, ...], ...]
    classes: tuple[int, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    opening: tuple[int, ...]
    closing: tuple[int, ...]
    drive_limit: int | None
    routes: tuple[tuple[int, ...], ...]
    seconds: float | None
    solutions: int | None


@dataclass(frozen=True, slots=True)
class RoutingResult:
    """Partial visits by vehicle in their order, and how many solutions were found so far."""

    routes: tuple[tuple[int, ...], ...]
    solutions: int
    last: bool


class TaskBuilder:
    """The partial visits of an instance, from a solution to a routing task and back.

    An instance that is too large for the library has none.
    """

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._nodes: list[Visit] = []
        villages = len(instance.villages)
        if villages * max(len(instance.shifts), villages) > LARGEST:
            return
        self._offsets = _offsets(instance)
        self._alike = _alike(instance, self._offsets)
        nodes = _split_villages(instance, list(self._alike))
        self._nodes = [node for node in nodes if self._serving(node)]
        per_hour = instance.households_per_hour
        keys = [(instance.team(s.index).vehicle, per_hour(s.index)) for s in instance.shifts]
        classes = list(dict.fromkeys(keys))
        self._class_of = [classes.index(key) for key in keys]

    def __len__(self) -> int:
        return len(self._nodes)

    def task(
        self, solution: Solution, solutions: int | None, *, seconds: float | None = None
    ) -> RoutingTask:
        """Return the task of improving a solution's days, its nights as they are."""
        inst, shifts = self._instance, self._instance.shifts
        starts = [route.start for route in solution.routes]
        # A fixed shift has no nodes; it does not drive, so that its end cannot be out of reach.
        ends = [
            route.start if shift in inst.fixed else route.end
            for shift, route in enumerate(solution.routes)
        ]
        depots = sorted({*starts, *ends})
        number = {place: len(self._nodes) + n for n, place in enumerate(depots)}
        firsts = map(self._class_of.index, range(len(set(self._class_of))))
        matrices = [self._matrices(shift, depots) for shift in firsts]
        drive, spans, reachable = zip(*matrices, strict=True)
        times = [(s.start + o, s.end + o) for s, o in zip(shifts, self._offsets, strict=True)]
        return RoutingTask(
            drive=drive,
            spans=spans,
            reachable=reachable,
            penalties=self._penalties(),
            windows=tuple(map(self._windows, self._nodes)),
            vehicles=self._vehicles(),
            classes=tuple(self._class_of),
            starts=tuple(map(number.__getitem__, starts)),
            ends=tuple(map(number.__getitem__, ends)),
            opening=tuple(opening for opening, _ in times),
            closing=tuple(closing for _, closing in times),
            drive_limit=inst.drive_limit,
            routes=self._routes(solution),
            seconds=seconds,
            solutions=solutions,
        )

    def visits(self, routes: tuple[tuple[int, ...], ...]) -> list[list[Visit]]:
        """Return the visits of every shift in routes of nodes, fixed ones as they are."""
        visits = [[self._nodes[number] for number in route] for route in routes]
        for shift, tour in self._instance.pins.routes.items():
            visits[shift] = list(tour.visits)
        return visits

    def _routes(self, solution: Solution) -> tuple[tuple[int, ...], ...]:
        """Return nodes that are surely inside the visits of a solution."""
        unused: dict[int, list[int]] = {}
        for number, node in enumerate(self._nodes):
            unused.setdefault(node.village, []).append(number)
        routes = []
        for shift, (_, _, order) in enumerate(solution.routes):
            route: list[int] = []
            for village, households in [] if shift in self._instance.fixed else order:
                left = households
                for number in list(unused.get(village, ())):
                    if self._nodes[number].households <= left:
                        left -= self._nodes[number].households
                        route.append(number)
                        unused[village].remove(number)
            routes.append(tuple(route))
        return tuple(routes)

    def _penalties(self) -> tuple[int, ...]:
        inst = self._instance
        weights = [inst.weight[node.village] for node in self._nodes]
        median = float(np.median(weights)) if weights else 1.0
        unit = HOUSEHOLD_VALUE * inst.working_seconds_per_household / median
        counts = [max(node.households, 1) for node in self._nodes]
        total = sum(w * n * unit for w, n in zip(weights, counts, strict=True))
        if inst.drive_cost:
            unit = min(unit, 1 / inst.drive_cost)
        unit *= min(1.0, 2.0**48 / max(total, 1.0))
        penalties = [max(1, round(w * n * unit)) for w, n in zip(weights, counts, strict=True)]
        # The first node of a required village counts more than all others together.
        seen: set[int] = set()
        most = sum(penalties)
        for number, node in enumerate(self._nodes):
            if inst.required[node.village] and node.village not in seen:
                penalties[number] += most
            seen.add(node.village)
        return tuple(penalties)

    def _vehicles(self) -> tuple[tuple[int, ...], ...]:
        """Return the shifts that may serve each node; equal tuples are shared."""
        shared: dict[tuple[int, ...], tuple[int, ...]] = {}
        for first in map(self._serving, self._nodes):
            shared[first] = tuple(sorted(s for shift in first for s in self._alike[shift]))
        return tuple(shared[self._serving(node)] for node in self._nodes)

    def _serving(self, node: Visit) -> tuple[int, ...]:
        """Return the shifts, one of those alike, that may serve a node."""
        shifts = self._instance.shifts
        return tuple(s for s in self._alike if self._window(node, shifts[s]) is not None)

    def _window(self, node: Visit, shift: Shift) -> tuple[int, int] | None:
        """Return when a node's service may end, where it is the first of its visit."""
        inst, village = self._instance, node.village
        service = inst.pace(shift.index, village).seconds(node.households)
        begins = max(int(shift.opens[village]), shift.start + inst.rest)
        opens = begins + int(inst.setup[village]) + service
        closes = int(shift.closes[village])
        is_open = shift.open[village] and shift.index not in inst.fixed
        return (opens, closes) if is_open and opens <= closes else None

    def _windows(self, node: Visit) -> tuple[tuple[int, int], ...]:
        windows: dict[int, tuple[int, int]] = {}
        for number in self._alike:
            window, offset = (
                self._window(node, self._instance.shifts[number]),
                self._offsets[number],
            )
            if window is not None:
                # Teams of another pace may begin at other times: the widest window serves all.
                low, high = window[0] + offset, window[1] + offset
                others = windows.get(offset, (low, high))
                windows[offset] = (min(low, others[0]), max(high, others[1]))
        return tuple(sorted(windows.values()))

    def _matrices(
        self, shift: int, depots: list[int]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        inst, paces = self._instance, self._instance.paces[shift]
        times = inst.travel(shift)
        villages = np.array([node.village for node in self._nodes], dtype=np.int64)
        places = np.array([*inst.at[villages], *depots], dtype=np.int64)
        pairs = np.ix_(places, places)
        drive, reachable = times.seconds[pairs], times.reachable[pairs]
        service = [paces[node.village].seconds(node.households) for node in self._nodes]
        none = [0] * len(depots)
        lasts = np.array([*service, *none], dtype=np.int64)
        setup = np.array([*inst.setup[villages], *none], dtype=np.int64)
        is_node = np.arange(len(places)) < len(villages)
        of_same = np.zeros(reachable.shape, dtype=bool)
        of_same[np.ix_(is_node, is_node)] = villages[:, None] == villages
        np.fill_diagonal(of_same, val=True)
        spans = drive + lasts + np.where(of_same, 0, setup)
        # The rest is taken before the first stop; the final timing puts it where it is best.
        spans[np.ix_(~is_node, is_node)] += inst.rest
        capped = [*(inst.max_households[villages] < inst.households[villages]), *none]
        # A node of a village with a share cap is a whole visit: no other of its village follows.
        is_self = np.eye(len(places), dtype=bool)
        reachable &= ~(of_same & np.array(capped, dtype=bool) & ~is_self)
        return drive, spans, reachable


def _alike(instance: Instance, offsets: list[int]) -> dict[int, list[int]]:
    """Return shifts that serve the same nodes at the same times, by the first of them."""
    alike: dict[object, list[int]] = {}
    for shift in instance.shifts:
        number, pace = shift.index, instance.households_per_hour(shift.index)
        key = (id(shift.open), pace, number in instance.fixed, offsets[number])
        alike.setdefault(key, []).append(number)
    return {shifts[0]: shifts for shifts in alike.values()}


def _split_villages(instance: Instance, shifts: list[int]) -> list[Visit]:
    """Split all villages into partial visits; of shifts alike, one is enough."""
    target = max(HOUSEHOLDS_PER_NODE, -(-int(instance.households.sum()) // MOST_NODES))
    may_be_visited = (instance.households > instance.fixed_households) | instance.required
    return [
        Visit(village, households)
        for village in np.flatnonzero(may_be_visited).tolist()
        for households in _parts(instance, village, target, shifts)
    ]


def _parts(instance: Instance, number: int, target: int, shifts: list[int]) -> list[int]:
    """Return the households of each partial visit of a village."""
    village, most = instance.villages[number], int(instance.max_households[number])
    households = village.households - int(instance.fixed_households[number])
    if not village.partial:
        return [households]
    in_a_day = _most_in_a_day(instance, number, shifts)
    # No more nodes than all days together have time for.
    households = min(households, max(in_a_day * len(instance.shifts), 1))
    if most < village.households:
        # A village with a share cap is visited a whole share at a time, or what a day holds of it.
        share = max(min(most, in_a_day), 1)
        full, rest = divmod(households, share)
        return [share] * full + ([rest] if rest else [])
    # Two nodes fit into a day at least, so that no village is out of the model for its size.
    target = max(min(target, in_a_day // 2), village.min_households, 1)
    count = max(1, households // target)
    size, more = divmod(households, count)
    return [size + (n < more) for n in range(count)]


def _most_in_a_day(instance: Instance, number: int, shifts: list[int]) -> int:
    """Return the most households that can be reached in a village in its opening hours."""
    setup, most = int(instance.setup[number]), int(instance.max_households[number])
    return max(
        (
            instance.pace(s, number).households(
                int(day.closes[number] - day.opens[number]) - setup, most
            )
            for s in shifts
            if (day := instance.shifts[s]).open[number] and s not in instance.fixed
        ),
        default=0,
    )


def _offsets(instance: Instance) -> list[int]:
    """Return what is added to the times of each shift.

    All days are at the same time, unless a village opens at other times on some of them.
    """
    unlike = {id(shift.open): shift for shift in instance.shifts}.values()
    shared = all(
        len({(int(s.opens[v]), int(s.closes[v])) for s in unlike if s.open[v]}) <= 1
        for v in range(len(instance.villages))
    )
    span = 1 + max((shift.end for shift in instance.shifts), default=0)
    return [0 if shared else shift.day * span for shift in instance.shifts]
