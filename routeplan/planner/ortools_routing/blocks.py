"""A solution's days as a routing task: villages in blocks of doors, days as vehicles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from routeplan.planner.instance import Visit
from routeplan.planner.ortools_routing.task import RoutingTask

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from routeplan.planner.instance import Instance, Shift
    from routeplan.planner.solution import Solution

__all__ = ["BlockModel"]

# Measured by tests/bench/routing_parameters.py: finer blocks slow the search more than they gain,
# because what is left of a day is filled with single doors afterwards.
DOORS_PER_BLOCK = 60
MOST_BLOCKS = 500
# A household of middling weight is worth this many times the working time that there is for each
# household. Measured: 1 reaches 0.4 % more on districts and 4 % less on team orienteering.
HOUSEHOLD_WORTH = 4.0
# Villages times villages or shifts: of more, the library is not done with its model in time.
LARGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class _Block:
    village: int
    doors: int


class BlockModel:
    """Blocks of doors of one instance, and the way from a solution to a task and back.

    Of an instance that is too large for the library there are none.

    Parameters
    ----------
    instance
        What is planned.
    """

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._blocks: list[_Block] = []
        villages = len(instance.villages)
        if villages * max(len(instance.shifts), villages) > LARGEST:
            return
        self._offsets = _offsets(instance)
        self._alike = _alike(instance, self._offsets)
        blocks = _blocks(instance, list(self._alike))
        self._blocks = [block for block in blocks if self._serving(block)]
        kinds = [(team.vehicle, team.households_per_hour) for team in instance.problem.teams]
        self._kinds = sorted(set(kinds), key=kinds.index)
        self._class_of = [self._kinds.index(kind) for kind in kinds]

    def __len__(self) -> int:
        return len(self._blocks)

    def task(self, solution: Solution, solutions: int | None) -> RoutingTask:
        """Make the task of improving a solution's days, its nights as they are, in any time."""
        inst = self._instance
        shifts = inst.shifts
        # A fixed shift has no blocks; it stands still, so that its end cannot be out of reach.
        bounds = [
            (route.start, route.start if shift in inst.fixed else route.end)
            for shift, route in enumerate(solution.routes)
        ]
        depots = sorted({place for pair in bounds for place in pair})
        node = {place: len(self._blocks) + n for n, place in enumerate(depots)}
        matrices = [self._matrices(team, depots) for team in self._class_teams()]
        return RoutingTask(
            drive=tuple(m[0] for m in matrices),
            spans=tuple(m[1] for m in matrices),
            way=tuple(m[2] for m in matrices),
            prizes=self._prizes(),
            windows=tuple(self._windows(block) for block in self._blocks),
            vehicles=self._vehicles(),
            classes=tuple(self._class_of[s.team] for s in shifts),
            starts=tuple(node[start] for start, _ in bounds),
            ends=tuple(node[end] for _, end in bounds),
            opening=tuple(s.start + o for s, o in zip(shifts, self._offsets, strict=True)),
            closing=tuple(s.end + o for s, o in zip(shifts, self._offsets, strict=True)),
            drive_limit=inst.drive_limit,
            routes=self._routes(solution),
            seconds=None,
            solutions=solutions,
        )

    def visits(self, routes: tuple[tuple[int, ...], ...]) -> list[list[Visit]]:
        """Return the visits of every shift that an answer's blocks stand for, fixed ones as is."""
        visits = [
            [Visit(self._blocks[b].village, self._blocks[b].doors) for b in route]
            for route in routes
        ]
        for shift, tour in self._instance.pins.routes.items():
            visits[shift] = list(tour.visits)
        return visits

    def _class_teams(self) -> list[int]:
        return [self._class_of.index(kind) for kind in range(len(self._kinds))]

    def _routes(self, solution: Solution) -> tuple[tuple[int, ...], ...]:
        """Return blocks that are surely inside the visits of a solution."""
        unused: dict[int, list[int]] = {}
        for number, block in enumerate(self._blocks):
            unused.setdefault(block.village, []).append(number)
        routes = []
        for shift, (_, _, order) in enumerate(solution.routes):
            route: list[int] = []
            for village, households in [] if shift in self._instance.fixed else order:
                doors = 0
                for number in list(unused.get(village, ())):
                    if doors + self._blocks[number].doors <= households:
                        doors += self._blocks[number].doors
                        route.append(number)
                        unused[village].remove(number)
            routes.append(tuple(route))
        return tuple(routes)

    def _prizes(self) -> tuple[int, ...]:
        inst = self._instance
        weights = [inst.weight[block.village] for block in self._blocks]
        middling = float(np.median(weights)) if weights else 1.0
        unit = HOUSEHOLD_WORTH * inst.working_seconds_per_household / middling
        total = sum(w * max(b.doors, 1) * unit for w, b in zip(weights, self._blocks, strict=True))
        unit *= min(1.0, 2.0**48 / max(total, 1.0))
        prizes = [
            max(1, round(w * max(b.doors, 1) * unit))
            for w, b in zip(weights, self._blocks, strict=True)
        ]
        # The first block of a required village is worth more than all others together.
        seen: set[int] = set()
        most = sum(prizes)
        for number, block in enumerate(self._blocks):
            if inst.required[block.village] and block.village not in seen:
                prizes[number] += most
            seen.add(block.village)
        return tuple(prizes)

    def _vehicles(self) -> tuple[tuple[int, ...], ...]:
        """Return the shifts that may serve each block; blocks alike share what they are in."""
        known: dict[tuple[int, ...], tuple[int, ...]] = {}
        for first in map(self._serving, self._blocks):
            known[first] = tuple(sorted(s for shift in first for s in self._alike[shift]))
        return tuple(known[self._serving(block)] for block in self._blocks)

    def _serving(self, block: _Block) -> tuple[int, ...]:
        """Return the first of each shifts alike that may serve a block."""
        shifts = self._instance.shifts
        return tuple(s for s in self._alike if self._window(block, shifts[s]) is not None)

    def _window(self, block: _Block, shift: Shift) -> tuple[int, int] | None:
        """Return when a block's doors may end, where it is the first of its visit."""
        inst, village = self._instance, block.village
        doors = inst.pace(shift.index, village).seconds(block.doors)
        begins = max(int(shift.opens[village]), shift.start + inst.rest)
        opens = begins + int(inst.setup[village]) + doors
        closes = int(shift.closes[village])
        is_open = shift.open[village] and shift.index not in inst.fixed
        return (opens, closes) if is_open and opens <= closes else None

    def _windows(self, block: _Block) -> tuple[tuple[int, int], ...]:
        windows: dict[int, tuple[int, int]] = {}
        for number in self._alike:
            window, offset = (
                self._window(block, self._instance.shifts[number]),
                self._offsets[number],
            )
            if window is not None:
                # Teams of another pace may begin at other times: the widest window serves all.
                low, high = window[0] + offset, window[1] + offset
                known = windows.get(offset, (low, high))
                windows[offset] = (min(low, known[0]), max(high, known[1]))
        return tuple(sorted(windows.values()))

    def _matrices(
        self, team: int, depots: list[int]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        inst = self._instance
        times = inst.problem.travel[inst.problem.teams[team].vehicle]
        villages = [block.village for block in self._blocks]
        places = np.array([*(inst.at[v] for v in villages), *depots], dtype=np.int64)
        drive, way = times.seconds[np.ix_(places, places)], times.reachable[np.ix_(places, places)]
        paces = inst.paces[team]
        doors = [paces[b.village].seconds(b.doors) for b in self._blocks]
        lasts = np.array([*doors, *(0 for _ in depots)], dtype=np.int64)
        setup = np.array([*(inst.setup[v] for v in villages), *(0 for _ in depots)], dtype=np.int64)
        kind = np.array([*villages, *(-1 - n for n in range(len(depots)))])
        spans = drive + lasts + np.where(kind[:, None] == kind, 0, setup)
        is_block = kind >= 0
        # The rest is taken before the first stop; the final timing puts it where it is best.
        spans[np.ix_(~is_block, is_block)] += inst.rest
        capped = np.array(
            [*(inst.max_households[v] < inst.households[v] for v in villages), *(0 for _ in depots)]
        )
        # A block of a village with a share cap is a whole visit: no other of its kind follows.
        way &= ~((kind[:, None] == kind) & capped.astype(bool) & ~np.eye(len(kind), dtype=bool))
        return drive, spans, way


def _alike(instance: Instance, offsets: list[int]) -> dict[int, list[int]]:
    """Return shifts that serve the same blocks at the same times, by the first of them."""
    alike: dict[object, list[int]] = {}
    for shift in instance.shifts:
        number, pace = shift.index, instance.team(shift.index).households_per_hour
        kind = (id(shift.open), pace, number in instance.fixed, offsets[number])
        alike.setdefault(kind, []).append(number)
    return {shifts[0]: shifts for shifts in alike.values()}


def _blocks(instance: Instance, shifts: list[int]) -> list[_Block]:
    """Split all villages; of shifts alike, one is enough."""
    target = max(DOORS_PER_BLOCK, -(-int(instance.households.sum()) // MOST_BLOCKS))
    return [
        _Block(number, doors)
        for number in range(len(instance.villages))
        if instance.households[number] > instance.fixed_households[number]
        or instance.required[number]
        for doors in _sizes(instance, number, target, shifts)
    ]


def _sizes(instance: Instance, number: int, target: int, shifts: list[int]) -> list[int]:
    """Return into how many doors each a village is split."""
    village, most = instance.villages[number], int(instance.max_households[number])
    households = village.households - int(instance.fixed_households[number])
    if not village.partial:
        return [households]
    in_a_day = _most_in_a_day(instance, number, shifts)
    # No more blocks than all days together have time for.
    households = min(households, max(in_a_day * len(instance.shifts), 1))
    if most < village.households:
        # A village with a share cap is visited a whole share at a time, or what a day holds of it.
        share = max(min(most, in_a_day), 1)
        full, rest = divmod(households, share)
        return [share] * full + ([rest] if rest else [])
    # Two blocks fit into a day at least, so that no village is out of the model for its size.
    target = max(min(target, in_a_day // 2), village.min_households, 1)
    count = max(1, households // target)
    size, more = divmod(households, count)
    return [size + (n < more) for n in range(count)]


def _most_in_a_day(instance: Instance, number: int, shifts: list[int]) -> int:
    """Return the most doors that can be done in a village between opening and closing."""
    most = (
        instance.pace(shift.index, number).households(
            int(shift.closes[number] - shift.opens[number] - instance.setup[number]),
            int(instance.max_households[number]),
        )
        for shift in map(instance.shifts.__getitem__, shifts)
        if shift.open[number] and shift.index not in instance.fixed
    )
    return max(most, default=0)


def _offsets(instance: Instance) -> list[int]:
    """Return by how much each shift's clock is set on.

    Days share one clock, unless a village's doors open at other times on some of them.
    """
    unlike = {id(shift.open): shift for shift in instance.shifts}.values()
    shared = all(
        len({(int(s.opens[v]), int(s.closes[v])) for s in unlike if s.open[v]}) <= 1
        for v in range(len(instance.villages))
    )
    span = 1 + max((shift.end for shift in instance.shifts), default=0)
    return [0 if shared else shift.day * span for shift in instance.shifts]
