"""Which day routes would help: routes of one kind of shift at given prizes, and what bounds them.

Cycles that come up are forbidden by enlarging the ng-sets that let them pass (Bulhões, Sadykov and
Uchoa 2018, Computers & Operations Research 92), so that the bound tightens where it matters.
"""

from __future__ import annotations

import queue
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.planner.crews import Route
from routeplan.planner.daykernel import empty_state, share_out
from routeplan.planner.labels import FULL, Labels, grow, make_labels
from routeplan.planner.network import itself, make_network, make_nodes, turned
from routeplan.planner.onward import NOTHING, look_onward

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from routeplan.planner.network import Ends, Network, Worth
    from routeplan.planner.tables import Tables

__all__ = ["FIRST_LABELS", "MOST_LABELS", "Path", "Priced", "Pricer", "Room"]

# So many routes at once, to each end at least so many, with different last villages.
ROUTES, ROUTES_TO_AN_END = 64, 6
FIRST_LABELS, MOST_LABELS = 100_000, 1_600_000
# So many are tried for each that may be kept, at most.
TRIED = 200
NO_ROUTE = -np.inf
TINY_PRIZE = 1e-9
STEPS = 390


class Path(NamedTuple):
    """Visits in their order, from a place to a place; how many doors each may reach."""

    start: int
    end: int
    villages: list[int]
    least: list[int]
    most: list[int]


class Priced(NamedTuple):
    """What pricing one day found.

    Parameters
    ----------
    values
        Shape (places,): no route to a place that brings as much as is wanted brings more; -inf
        where there is none. None where the search was cut short or not exact.
    paths
        Of what brings much; some may be no routes.
    """

    values: NDArray[np.float64] | None
    paths: list[Path]


class Room:
    """Room for labels, lent to one search at a time and kept between searches.

    Parameters
    ----------
    most
        A search that would take more labels is given up, and one that tries far more.
    """

    def __init__(self, most: int = MOST_LABELS) -> None:
        self._most = most
        self._free: queue.SimpleQueue[tuple[int, Labels]] = queue.SimpleQueue()
        self.stop = np.zeros(1, dtype=np.int8)

    def grow(self, network: Network, *, exact: bool) -> tuple[int, Labels]:
        """Make labels in as much room as they take, up to a limit."""
        (nodes, ends), cuts = network.back.shape, network.major.shape[1]
        try:
            size, labels = self._free.get_nowait()
        except queue.Empty:
            size, labels = 0, None
        while True:
            if labels is None or not _fits(labels, network):
                size = max(size, min(FIRST_LABELS, self._most))
                labels = make_labels(size, nodes, ends, 64 * cuts)
            made = int(grow(network, labels, exact, TRIED * self._most, self.stop))
            if made != FULL or size >= self._most:
                return made, labels
            size, labels = 2 * size, None

    def give_back(self, labels: Labels) -> None:
        """Let another search have the room."""
        self._free.put((len(labels.ready), labels))


def _fits(labels: Labels, network: Network) -> bool:
    """Tell whether there is room for the labels of a network."""
    (nodes, ends), cuts = network.back.shape, network.major.shape[1]
    rooms = labels.head.shape[0] >= nodes, labels.odd.shape[1] >= cuts
    return all(rooms) and labels.value.shape[0] == ends


class Pricer:
    """Prices routes of one kind of shift.

    Parameters
    ----------
    tables
        The instance.
    shift
        One of the kind.
    metric
        Whether no way is shorter by way of another village. Where it may be, villages that bring
        nothing are looked at too.
    room
        Room for labels.
    """

    def __init__(self, tables: Tables, shift: int, room: Room, *, metric: bool) -> None:
        self.kind = int(tables.kind[shift])
        self._single = _single(tables, shift)
        self._room = room
        self._metric = metric
        self._state = empty_state(self._single)
        self._near: dict[int, set[int]] = {}
        self._strict = self._tightened = False

    def was_tightened(self) -> bool:
        """Tell whether values may be lower than when this was asked last, prices alike."""
        tightened, self._tightened = self._tightened, False
        return tightened

    def price(self, ends: Ends, worth: Worth, *, exact: bool, floor: float = NOTHING) -> Priced:
        """Find the routes that bring most, from any of some places to each place.

        Parameters
        ----------
        ends, worth
            Where the day may begin and end, and what that and its visits bring.
        exact
            Whether the values must be bounds; else the search is quick.
        floor
            What brings less, its ending too, is not wanted.
        """
        t, (prizes, visits, _) = self._single, worth
        pays = np.maximum(prizes, 0.0) * t.most + np.maximum(visits, 0.0) > TINY_PRIZE
        villages = np.flatnonzero((pays | (not self._metric)) & (t.opens[0] <= t.closes[0]))
        values, paths = self._empty(ends)
        if not len(villages):
            return Priced(values, paths)
        nodes = make_nodes(t, villages, worth, metric=self._metric)
        network = make_network(t, nodes, ends, worth, self._near)
        if not exact:
            # What is found quickly is to be a route: no village comes again.
            network.near[:] = ~np.uint64(0)
        elif not self._strict:
            # Few days are long enough for the limit; without it far fewer labels are unlike.
            network = network._replace(drive_limit=np.inf)
        if exact and floor > NOTHING:
            onward = self._onward(villages, ends, worth, floor)
            if onward is not None:
                reached = np.ascontiguousarray(onward[:, network.bit])
                network = network._replace(onward=reached, floor=floor)
        made, labels = self._room.grow(network, exact=exact)
        try:
            if made < 0:
                return Priced(None, [])
            found, best = (each[:, : len(nodes.village)] for each in (labels.value, labels.best))
            most_found = found.max(axis=1)
            values = np.where(most_found > NOTHING, np.maximum(values, most_found), values)
            most = max(ROUTES_TO_AN_END, ROUTES // len(ends.places))
            for place, row, who in zip(ends.places, found, best, strict=True):
                for node in np.argsort(-row, kind="stable")[:most]:
                    if who[node] >= 0:
                        start, stops = _trace(labels, int(who[node]))
                        order = (each[stops].tolist() for each in nodes[:3])
                        paths.append(Path(int(ends.starts[start]), int(place), *order))
            return Priced(values if exact else None, paths)
        finally:
            self._room.give_back(labels)

    def _onward(
        self, villages: NDArray[np.int64], ends: Ends, worth: Worth, floor: float
    ) -> NDArray[np.float64] | None:
        """Bound what can be brought from each village on; None where that takes too many labels.

        The day is driven backward, without cuts; and before that forward, with no memory of
        villages but the last, so that the way back drops what is not wanted, too.
        """
        worth = worth._replace(cuts=())
        nodes = make_nodes(self._single, villages, worth, metric=self._metric)
        there = make_network(self._single, nodes, ends, worth, self._near)
        back = turned(there, ends.ending)
        behind = self._look(there._replace(near=itself(there.bit), drive_limit=np.inf))
        if behind is None:
            return None
        return self._look(back._replace(onward=behind, floor=floor))

    def _look(self, network: Network) -> NDArray[np.float64] | None:
        """Bound what is brought up to each node, for labels of the network turned round."""
        made, labels = self._room.grow(network, exact=True)
        try:
            if made < 0:
                return None
            onward = np.empty((2, len(network.bit), STEPS))
            look_onward(network, labels, made, np.empty_like(onward), onward)
            return onward
        finally:
            self._room.give_back(labels)

    def routes(self, priced: Priced, prizes: NDArray[np.float64]) -> Iterator[Route]:
        """Yield the paths that are routes, with their doors; cycles are forbidden from now on.

        Not for several threads at once.
        """
        t, st = self._single, self._state
        for start, end, villages, least, most in priced.paths:
            n = len(villages)
            if len(set(villages)) < n:
                self._forbid(villages)
                continue
            t.start[0] = start
            st.stops[0], st.end[0], st.route[0, :n] = n, end, villages
            usual = t.fewest[villages], t.most[villages]
            t.fewest[villages], t.most[villages] = least, most
            kept = share_out(t, st, 0, prizes)
            t.fewest[villages], t.most[villages] = usual
            if kept:
                doors = tuple(st.doors[0, :n].tolist())
                yield Route(self.kind, start, end, tuple(villages), doors)
            elif st.driven[0] > t.limits[1] and not self._strict:
                self._strict = self._tightened = True

    def _empty(self, ends: Ends) -> tuple[NDArray[np.float64], list[Path]]:
        """Return what days without a visit bring, by the place that they lead to, and the best."""
        t = self._single
        legs = t.drive[t.vehicle[0]][np.ix_(ends.starts, ends.places)]
        most = min(int(t.limits[1]), int(t.work_end[0] - t.work_start[0]))
        brings = np.where(legs <= most, ends.bonus[:, None], NO_ROUTE)
        values: NDArray[np.float64] = brings.max(axis=0)
        best = ends.starts[brings.argmax(axis=0)]
        reached = np.flatnonzero(values > NO_ROUTE)
        return values, [Path(int(best[n]), int(ends.places[n]), [], [], []) for n in reached]

    def _forbid(self, sequence: list[int]) -> None:
        """Let the villages of a cycle remember the one that it comes back to."""
        self._tightened = True
        last: dict[int, int] = {}
        for position, village in enumerate(sequence):
            for between in sequence[last.get(village, position) + 1 : position]:
                self._near.setdefault(between, set()).add(village)
            last[village] = position


def _trace(labels: Labels, label: int) -> tuple[int, list[int]]:
    """Return the start of a label, by its number, and its nodes."""
    nodes = []
    while label >= 0:
        nodes.append(int(labels.node[label]))
        label = int(labels.parent[label])
    return -1 - label, nodes[::-1]


def _single(tables: Tables, shift: int) -> Tables:
    """Return the tables of one shift alone, as if it were its team's only one."""
    of_shifts = (
        *("vehicle", "team", "day", "kind", "work_start", "work_end", "start", "home"),
        *("first", "last", "fixed", "opens", "closes", "until", "nights", "nights_away"),
    )
    changes = {name: getattr(tables, name)[shift : shift + 1].copy() for name in of_shifts}
    changes |= {name: getattr(tables, name).copy() for name in ("fewest", "most")}
    changes["first"][:], changes["last"][:], changes["fixed"][:] = True, True, False
    return tables._replace(**changes)
