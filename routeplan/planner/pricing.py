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
from routeplan.planner.labels import FULL, Labels, Network, grow, make_labels, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from routeplan.planner.tables import Tables

__all__ = ["FIRST_LABELS", "MOST_LABELS", "Path", "Priced", "Pricer", "Room"]

NEIGHBOURS = 8
# So many routes at once, to each end at least so many, with different last villages.
ROUTES, ROUTES_TO_AN_END = 64, 6
FIRST_LABELS, MOST_LABELS = 100_000, 1_600_000
NO_ROUTE = -np.inf
TINY_PRIZE = 1e-9


class Path(NamedTuple):
    """Villages in their order, from a place to a place."""

    start: int
    end: int
    villages: list[int]


class Priced(NamedTuple):
    """What pricing one day found.

    Parameters
    ----------
    values
        Shape (places,): no route to a place brings more; -inf where there is none. None where
        the search was cut short or not exact.
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
        A search that would take more labels is given up.
    """

    def __init__(self, most: int = MOST_LABELS) -> None:
        self._most = most
        self._free: queue.SimpleQueue[tuple[int, Labels]] = queue.SimpleQueue()
        self.stop = np.zeros(1, dtype=np.int8)

    def grow(self, network: Network, *, exact: bool) -> tuple[int, Labels]:
        """Make labels in as much room as they take, up to a limit."""
        nodes, ends = network.back.shape
        try:
            size, labels = self._free.get_nowait()
        except queue.Empty:
            size, labels = 0, None
        while True:
            fits = labels is not None and labels.head.shape[0] >= nodes
            if not fits or labels.value.shape[0] != ends:  # type: ignore[union-attr]
                size = max(size, min(FIRST_LABELS, self._most))
                labels = make_labels(size, nodes, ends)
            assert labels is not None  # noqa: S101  # for the type checker
            made = int(grow(network, labels, exact, self.stop))
            if made != FULL or size >= self._most:
                return made, labels
            size, labels = 2 * size, None

    def give_back(self, labels: Labels) -> None:
        """Let another search have the room."""
        self._free.put((len(labels.ready), labels))


class Pricer:
    """Prices routes of one kind of shift.

    Parameters
    ----------
    tables
        The instance.
    shift
        One of the kind.
    places
        Where days may begin and end.
    metric
        Whether no way is shorter by way of another village. Where it may be, villages that bring
        nothing are looked at too.
    room
        Room for labels.
    """

    def __init__(
        self, tables: Tables, shift: int, places: Sequence[int], room: Room, *, metric: bool
    ) -> None:
        self.kind = int(tables.kind[shift])
        self._single = _single(tables, shift)
        self._places = np.array(places)
        self._room = room
        self._metric = metric
        self._state = empty_state(self._single)
        self._near: dict[int, set[int]] = {}
        self._strict = self._tightened = False

    def was_tightened(self) -> bool:
        """Tell whether values may be lower than when this was asked last, prices alike."""
        tightened, self._tightened = self._tightened, False
        return tightened

    def price(
        self,
        starts: NDArray[np.int64],
        bonus: NDArray[np.float64],
        prizes: NDArray[np.float64],
        visits: NDArray[np.float64],
        *,
        exact: bool,
    ) -> Priced:
        """Find the routes that bring most, from any of some places to each place.

        Parameters
        ----------
        starts, bonus
            Shape (starts,): the places, and what a route from there brings beside its visits.
        prizes, visits
            Shape (villages,): what a household reached and a visit made bring.
        exact
            Whether the values must be bounds; else the search is quick.
        """
        t = self._single
        pays = np.maximum(prizes, 0.0) * t.most + visits > TINY_PRIZE
        villages = np.flatnonzero((pays | (not self._metric)) & (t.opens[0] <= t.closes[0]))
        values, paths = self._empty(starts, bonus)
        if not len(villages):
            return Priced(values, paths)
        worth = prizes, visits
        network = self._network(starts, bonus, villages, worth)
        if not exact:
            # What is found quickly is to be a route: no village comes again.
            network.near[:] = ~np.uint64(0)
        elif not self._strict:
            # Few days are long enough for the limit; without it far fewer labels are unlike.
            network = network._replace(drive_limit=np.inf)
        made, labels = self._room.grow(network, exact=exact)
        try:
            if made < 0:
                return Priced(None, [])
            found, best = (each[:, : len(villages)] for each in (labels.value, labels.best))
            np.maximum(values, found.max(axis=1), out=values)
            most = max(ROUTES_TO_AN_END, ROUTES // len(self._places))
            for place, row, who in zip(self._places, found, best, strict=True):
                for node in np.argsort(-row, kind="stable")[:most]:
                    if who[node] >= 0:
                        start, nodes = _trace(labels, int(who[node]))
                        order = villages[nodes].tolist()
                        paths.append(Path(int(starts[start]), int(place), order))
            return Priced(values if exact else None, paths)
        finally:
            self._room.give_back(labels)

    def routes(self, priced: Priced, prizes: NDArray[np.float64]) -> Iterator[Route]:
        """Yield the paths that are routes, with their doors; cycles are forbidden from now on.

        Not for several threads at once.
        """
        t, st = self._single, self._state
        for start, end, villages in priced.paths:
            n = len(villages)
            if len(set(villages)) < n:
                self._forbid(villages)
                continue
            t.start[0] = start
            st.stops[0], st.end[0], st.route[0, :n] = n, end, villages
            if share_out(t, st, 0, prizes):
                doors = tuple(st.doors[0, :n].tolist())
                yield Route(self.kind, start, end, tuple(villages), doors)
            elif st.driven[0] > t.limits[1] and not self._strict:
                self._strict = self._tightened = True

    def _empty(
        self, starts: NDArray[np.int64], bonus: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], list[Path]]:
        """Return what days without a visit bring, by the place that they lead to, and the best."""
        t = self._single
        legs = t.drive[t.vehicle[0]][np.ix_(starts, self._places)]
        most = min(int(t.limits[1]), int(t.work_end[0] - t.work_start[0]))
        brings = np.where(legs <= most, bonus[:, None], NO_ROUTE)
        values: NDArray[np.float64] = brings.max(axis=0)
        best = starts[brings.argmax(axis=0)]
        ends = np.flatnonzero(values > NO_ROUTE)
        return values, [Path(int(best[n]), int(self._places[n]), []) for n in ends]

    def _forbid(self, sequence: list[int]) -> None:
        """Let the villages of a cycle remember the one that it comes back to."""
        self._tightened = True
        last: dict[int, int] = {}
        for position, village in enumerate(sequence):
            for between in sequence[last.get(village, position) + 1 : position]:
                self._near.setdefault(between, set()).add(village)
            last[village] = position

    def _network(
        self,
        starts: NDArray[np.int64],
        bonus: NDArray[np.float64],
        villages: NDArray[np.int64],
        worth: tuple[NDArray[np.float64], NDArray[np.float64]],
    ) -> Network:
        t, (prizes, visits) = self._single, worth
        drive, at = t.drive[t.vehicle[0]].astype(float), t.at[villages]
        num, den = t.num[t.team[0], villages], t.den[t.team[0], villages]
        whole, most = t.whole[villages], t.most[villages]
        # A visit may reach a single household, if no more are left, and none where it pays all
        # the same: since it is required, or lies on the way. What may be bounds what is.
        none = t.required[villages] & (t.fewest[villages] == 0) | (not self._metric)
        least = np.where(none, 0, np.where(whole, most, np.minimum(1, most)))
        least = np.where((num == 0) & (prizes[villages] > 0.0), most, least)
        door = num / den
        lasts = np.where(whole, -(-least * num // den), least * door)
        length = (most - least) * door
        rate = np.divide(prizes[villages], door, out=np.zeros(len(villages)), where=door > 0)
        doors = np.unique(door[length > 0])
        between = np.ascontiguousarray(drive[np.ix_(at, at)])
        back = np.ascontiguousarray(drive[np.ix_(at, self._places)])
        return Network(
            drive=between,
            out=np.ascontiguousarray(drive[np.ix_(starts, at)]),
            back=back,
            home=_nearest_end(between, back),
            bonus=bonus,
            opens=t.opens[0, villages].astype(float),
            closes=t.closes[0, villages].astype(float),
            lasts=t.setup[villages] + lasts,
            prize=prizes[villages] * least + visits[villages],
            rate=rate,
            length=length,
            near=self._ng_sets(villages, between),
            work_start=float(t.work_start[0]),
            work_end=float(t.work_end[0]),
            rest=float(t.limits[0]),
            drive_limit=float(t.limits[1]),
            door=float(doors[0]) if len(doors) == 1 else 0.0,
        )

    def _ng_sets(
        self, villages: NDArray[np.int64], between: NDArray[np.float64]
    ) -> NDArray[np.uint64]:
        nodes = len(villages)
        number = {int(v): n for n, v in enumerate(villages)}
        near = np.argsort(between + between.T, axis=1, kind="stable")[:, :NEIGHBOURS]
        member = np.zeros((nodes, 64 * words(nodes)), dtype=np.uint8)
        np.put_along_axis(member, near, 1, axis=1)
        member[np.arange(nodes), np.arange(nodes)] = 1
        for village, others in self._near.items():
            if village in number:
                member[number[village], [number[v] for v in others if v in number]] = 1
        packed = np.packbits(member, axis=1, bitorder="little")
        return np.ascontiguousarray(packed).view("<u8").astype(np.uint64)


def _nearest_end(between: NDArray[np.float64], back: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the shortest ways to any end, by way of other villages where those are shorter."""
    nearest: NDArray[np.float64] = back.min(axis=1)
    shorter = (between + nearest).min(axis=1)
    while (shorter < nearest).any():
        nearest = np.minimum(nearest, shorter)
        shorter = (between + nearest).min(axis=1)
    return nearest


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
    changes["first"][:], changes["last"][:], changes["fixed"][:] = True, True, False
    return tables._replace(**changes)
