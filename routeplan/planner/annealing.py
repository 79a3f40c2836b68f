"""Simulated annealing over whole plans: the compiled rounds, and what lies between them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from routeplan.planner.crews import Route
from routeplan.planner.daykernel import empty_state
from routeplan.planner.draft import Draft
from routeplan.planner.instance import Visit
from routeplan.planner.kernels import seeded
from routeplan.planner.rounds import anneal, take_stock
from routeplan.planner.workspace import Score, Tuning, make_harvest, make_work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from routeplan.planner.daykernel import State
    from routeplan.planner.instance import Instance
    from routeplan.planner.tables import Tables

__all__ = ["Annealer"]

# In what a village is worth on average: what may be lost by one round, at first and at last.
HOT, COLD = 0.7, 0.01
# All driving of working hours long costs this share of all households.
DRIVING = 0.1
# Routes are gathered from plans that reach so much less than the best.
MARGIN = 0.03
HARVEST = 4000
# A chunk of rounds lasts about this long: the longest that a stop has to wait.
CHUNK_SECONDS = 0.1

# Measured by `tests.bench.ruin_parameters`: days of many stops want gains shaken much harder, and
# villages forced in; districts gain nothing by that.
FEW_STOPS = Tuning(
    whole_shifts=0.1,
    near_villages=0.1,
    most_shifts=3,
    most_villages=8,
    most_strings=4,
    longest=15.0,
    shake=0.2,
    detour=1.0,
    power=1.1,
    nights=0.3,
    driving=0.0,
    forced=0.0,
    tails=0.0,
    most_forced=8,
    taken_away=0.5,
    trim=0.3,
    shortened=0.0,
)
MANY_STOPS = FEW_STOPS._replace(
    whole_shifts=0.05,
    near_villages=0.05,
    most_strings=3,
    shake=3.0,
    power=0.8,
    forced=0.8,
    tails=0.1,
    shortened=1.0,
)


class Annealer:
    """One walk through the plans of an instance.

    Parameters
    ----------
    instance, tables
        What is planned, and the same for kernels.
    start
        Where to begin: a draft that keeps every rule.
    seed
        Of all random choices.
    """

    def __init__(self, instance: Instance, tables: Tables, start: Draft, seed: int) -> None:
        self._instance, self._tables = instance, tables
        self._rng = seeded(seed)
        self._harvest = make_harvest(tables, HARVEST)
        self._score = Score(np.zeros(3), np.full(3, np.inf))
        self._best = empty_state(tables)
        self._chunk = 50
        self.rounds = 0
        worth = float((tables.weight * tables.households).sum())
        self._unit = worth / max(int((tables.households > 0).sum()), 1)
        hours = float((tables.work_end - tables.work_start).sum())
        driving = DRIVING * worth / max(hours, 1.0)
        self._tuning = (FEW_STOPS if tables.num.any() else MANY_STOPS)._replace(driving=driving)
        self._work = make_work(tables, self._tuning, seed)
        self.begin(start)

    def begin(self, start: Draft) -> None:
        """Go on from a draft."""
        self._state = _state(self._tables, start)
        weighted = float(start.reached_on.sum(axis=0) @ self._instance.weight)
        missing = int(start.unvisited_required().sum())
        found = np.array([weighted, float(self._state.driven.sum()), float(missing)])
        self._score.now[:] = found
        if _better(found, self._score.best):
            self._score.best[:] = found
            self._best = _state(self._tables, start)

    def score(self) -> tuple[float, float, float]:
        """Return of the best draft what `Draft.score` does: the larger, the better."""
        weighted, driven, missing = self._score.best
        return -float(missing), float(weighted), -float(driven)

    def best(self) -> Draft:
        """Return the best draft."""
        return _draft(self._instance, self._best)

    def run(self, done: Callable[[], float]) -> Iterator[None]:
        """Cool down from hot to cold while `done` goes from 0 to 1; stop between any two chunks."""
        while (share := done()) < 1:
            began = time.monotonic()
            self.turn(self._chunk, share)
            lasted = max(time.monotonic() - began, 1e-6)
            faster = min(4.0, max(0.25, CHUNK_SECONDS / lasted))
            self._chunk = max(10, int(self._chunk * faster))
            yield

    def turn(self, rounds: int, share: float) -> None:
        """Take so many rounds at the heat of a share of the cooling."""
        heat = self._unit * HOT * (COLD / HOT) ** share
        margin = MARGIN * float(self._score.best[0])
        anneal(
            self._tables,
            self._state,
            self._best,
            self._work,
            self._harvest,
            self._score,
            self._tuning,
            self._rng,
            rounds,
            heat,
            margin,
        )
        self.rounds += rounds

    def routes(self) -> list[Route]:
        """Take away the routes of good plans that were found since the last time."""
        h, t = self._harvest, self._tables
        found = []
        for row in range(int(h.size[0])):
            n = int(h.stops[row])
            shift, start, end = int(h.shift[row]), int(h.start[row]), int(h.end[row])
            villages, doors = h.route[row, :n].tolist(), h.doors[row, :n].tolist()
            found.append(Route(int(t.kind[shift]), start, end, tuple(villages), tuple(doors)))
        h.size[0] = 0
        return found


def _better(found: np.ndarray, best: np.ndarray) -> bool:
    return (found[2], -found[0], found[1]) < (best[2], -best[0], best[1])


def _state(t: Tables, draft: Draft) -> State:
    """Return a draft as a state."""
    st = empty_state(t)
    for s, visits in enumerate(draft.visits):
        st.stops[s], st.end[s] = len(visits), draft.ends[s]
        for p, (village, households) in enumerate(visits):
            st.route[s, p], st.doors[s, p] = village, households
    take_stock(t, st)
    return st


def _draft(instance: Instance, st: State) -> Draft:
    visits = [
        [Visit(int(v), int(h)) for v, h in zip(route[:n], doors[:n], strict=True)]
        for route, doors, n in zip(st.route, st.doors, st.stops, strict=True)
    ]
    return Draft(instance, st.end.tolist(), visits)
