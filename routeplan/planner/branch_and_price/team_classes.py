"""Teams alike as one crew, and where each of its days may begin and end."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.planner.native_instance import INFINITE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from routeplan.planner.instance import Instance
    from routeplan.planner.native_instance import NativeInstance

__all__ = ["DayArc", "Node", "Route", "TeamClass", "make_team_classes", "sleeping_places"]


class Route(NamedTuple):
    """What one shift of a kind may do: from a place by way of visits to a place."""

    kind: int
    start: int
    end: int
    villages: tuple[int, ...]
    doors: tuple[int, ...]


class Node(NamedTuple):
    """Where a team is between two of its days: a place, and nights away in a row until then.

    Nights are counted only where they are limited; elsewhere they are 0.
    """

    place: int
    away: int


class DayArc(NamedTuple):
    """One day of a crew, by its number, from one node to another; by kind of shift."""

    kind: int
    day: int
    start: Node
    end: Node


class TeamClass:
    """Teams alike in every field: counted rather than copied, or symmetry eats the search.

    Parameters
    ----------
    tables
        The instance.
    chains
        The shifts of each of the teams.
    """

    def __init__(self, tables: NativeInstance, chains: list[range]) -> None:
        self.chains = chains
        self.shifts = chains[0]
        self.count = len(chains)
        self._tables = tables
        first = self.shifts[0]
        self.home = int(tables.home[first])
        self.limit = int(tables.nights_away[first])
        self.kinds = [int(tables.shift_class[s]) for s in self.shifts]
        self.origin = Node(int(tables.start[first]), 0)
        self.nodes = list(self._make_nodes())

    def after(self, day: int, start: Node, place: int) -> Node | None:
        """Return the node that a day's end at a place leads to, None where it may not end there."""
        if day == len(self.shifts) - 1:
            return Node(place, 0) if place == self.home else None
        if place == self.home or self.limit >= INFINITE:
            return Node(place, 0)
        away = start.away + int(self._tables.nights[self.shifts[day]])
        return Node(place, away) if away <= self.limit else None

    def beds(self, day: int, place: int) -> Iterator[tuple[int, int]]:
        """Return the beds, by place and day of the problem, that the night after a day takes."""
        if day < len(self.shifts) - 1 and place != self.home:
            shift = self.shifts[day]
            nights = range(int(self._tables.day[shift]), int(self._tables.until[shift]))
            yield from ((place, d) for d in nights)

    def legs(self, kind: int, start: int, end: int) -> Iterator[DayArc]:
        """Return every day on which a route of a kind between two places can be driven."""
        for day, own in enumerate(self.kinds):
            if own == kind:
                for node in self.nodes[day]:
                    after = self.after(day, node, end) if node.place == start else None
                    if after is not None:
                        yield DayArc(kind, day, node, after)

    def _make_nodes(self) -> Iterator[tuple[Node, ...]]:
        """Yield the nodes where each day may begin."""
        nodes = {self.origin}
        for day in range(len(self.shifts)):
            yield tuple(sorted(nodes))
            places = {self.home, *(int(p) for p in self._tables.overnight_places)}
            found = {self.after(day, node, place) for node in nodes for place in places}
            nodes = {node for node in found if node is not None}


def make_team_classes(instance: Instance, tables: NativeInstance) -> list[TeamClass]:
    """Return all crews."""
    alike: dict[object, list[range]] = {}
    for chain in instance.chains:
        team = instance.team(chain[0])
        key = (team.start, team.end, team.vehicle, team.households_per_hour, team.max_nights_away)
        days = tuple(instance.shifts[s].day for s in chain)
        alike.setdefault((*key, days), []).append(chain)
    return [TeamClass(tables, chains) for chains in alike.values()]


def sleeping_places(tables: NativeInstance) -> list[int]:
    """Return the places where any day may begin or end, in order."""
    return [
        int(p)
        for p in np.unique(np.concatenate([tables.overnight_places, tables.home, tables.start]))
    ]
