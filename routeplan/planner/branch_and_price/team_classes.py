"""Team classes: identical teams counted once, and the network of their nights.

Teams that agree in every field are interchangeable: a variable for each would make the linear
program symmetric. Between two days a team of a class is at a `NightNode`; a `DayArc` is one day of
the class from one night node to another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.planner.native_instance import INFINITE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from routeplan.planner.instance import Instance
    from routeplan.planner.native_instance import NativeInstance


class NightNode(NamedTuple):
    """Where a team is between two of its days, by the position of the place.

    It is away from its end place for so many nights in a row, 0 where these are not limited.
    """

    place: int
    nights_away: int


class DayArc(NamedTuple):
    """One day of a team class from one night node to another; the shift class says which routes."""

    shift_class: int
    day: int
    start: NightNode
    end: NightNode


class TeamClass:
    """Identical teams, and the shifts of each of them in the order of days.

    Attributes
    ----------
    shifts, shift_classes
        By day: the shift of the first team, and its class.
    origin, nodes
        The night node before the first day, and by day those at which it may begin.
    """

    def __init__(self, arrays: NativeInstance, chains: list[range]) -> None:
        self._arrays, self.chains, self.count = arrays, chains, len(chains)
        self.shifts = chains[0]
        first = self.shifts[0]
        self.end_place = int(arrays.home[first])
        self.max_nights_away = int(arrays.nights_away[first])
        self.shift_classes = [int(arrays.shift_class[s]) for s in self.shifts]
        self.origin = NightNode(int(arrays.start[first]), 0)
        self.nodes: list[tuple[NightNode, ...]] = []
        places = {self.end_place, *(int(p) for p in arrays.overnight_places)}
        nodes = {self.origin}
        for day in range(len(self.shifts)):
            self.nodes.append(tuple(sorted(nodes)))
            found = {self.successor(day, node, place) for node in nodes for place in places}
            nodes = {node for node in found if node is not None}

    def successor(self, day: int, start: NightNode, place: int) -> NightNode | None:
        """Return the node that a day's end at a place leads to, None where it may not end there."""
        if self.is_last(day):
            return NightNode(place, 0) if place == self.end_place else None
        if place == self.end_place or self.max_nights_away >= INFINITE:
            return NightNode(place, 0)
        away = start.nights_away + int(self._arrays.nights[self.shifts[day]])
        return NightNode(place, away) if away <= self.max_nights_away else None

    def is_last(self, day: int) -> bool:
        """Return whether a day is the last of the class."""
        return day == len(self.shifts) - 1

    def beds(self, day: int, place: int) -> Iterator[tuple[int, int]]:
        """Yield the beds, by place and day of the problem, that a day's end at a place takes."""
        if not self.is_last(day) and place != self.end_place:
            shift = self.shifts[day]
            nights = range(int(self._arrays.day[shift]), int(self._arrays.until[shift]))
            yield from ((place, d) for d in nights)

    def arcs(self, shift_class: int, start: int, end: int) -> Iterator[DayArc]:
        """Yield every arc along which a route of a shift class between two places can be driven."""
        for day, own in enumerate(self.shift_classes):
            if own == shift_class:
                for node in self.nodes[day]:
                    after = self.successor(day, node, end) if node.place == start else None
                    if after is not None:
                        yield DayArc(shift_class, day, node, after)


def make_team_classes(instance: Instance, arrays: NativeInstance) -> list[TeamClass]:
    """Return all team classes of an instance."""
    alike: dict[object, list[range]] = {}
    for chain in instance.chains:
        team = instance.team(chain[0])
        key = (team.start, team.end, team.max_nights_away)
        days = tuple((instance.shifts[s].day, int(arrays.shift_class[s])) for s in chain)
        alike.setdefault((*key, days), []).append(chain)
    return [TeamClass(arrays, chains) for chains in alike.values()]


def terminal_places(arrays: NativeInstance) -> list[int]:
    """Return the places where any day may begin or end, in order."""
    places = np.concatenate([arrays.overnight_places, arrays.home, arrays.start])
    return [int(place) for place in np.unique(places)]
