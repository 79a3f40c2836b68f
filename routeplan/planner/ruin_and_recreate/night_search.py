"""Search over overnight places: whole chains of them, each judged by a short annealing.

Where overnight places decide, a solution with another night is far worse than the incumbent until
its days are planned anew, and annealing does not accept it. Here the days around the changed nights
are filled greedily, then all days are annealed for a while with the nights as they are. Chains are
mutated and crossed as in Divsalar, Vansteenwegen, Sorensen and Cattrysse 2014 (European Journal of
Operational Research 237), section 3; others are given, with routes. Promising ones are annealed on,
the least annealed first.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from routeplan.planner.routes import DayRoute
from routeplan.planner.ruin_and_recreate import Annealer, Filler
from routeplan.planner.solution import beds_suffice, nights_away_allowed, repair
from routeplan.planner.solution.solution import Solution, time_day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from routeplan.planner.instance import Instance
    from routeplan.planner.native_instance import NativeInstance

    Ends = tuple[int, ...]
    Score = tuple[float, float, float]

# Chains of one team drawn at first where none are given, and solutions that are kept.
FIRST, KEPT = 100, 30
# Share of the chains that are drawn as a linear program has it, and how often one is drawn until
# there is one to be judged.
GIVEN, TRIES = 0.6, 20
# A chain that is drawn again is annealed by as many times more each time, at most by so many.
AGAIN, MOST_TIMES = 2, 8
# Iterations for each shift by which a chain is judged, and times as many to go on with one.
ITERATIONS, LONGER = 30, 10
# Shares of the steps that go on with one of the best, and that cross two chains.
GO_ON, CROSS = 0.15, 0.25
BEST = 5
# Shares of a cooling at which short ones begin: of a new chain, and of one that goes on.
NEW_SHARE, KEPT_SHARE = 0.3, 0.5
# The first ones of the elite are taken more often by this rate.
RATE = 0.25
# Of many places, mostly the nearest are drawn.
FEW_PLACES = 12
DRAWS = 20
# Beyond so many shifts a choice of nights takes too long to be judged.
MOST_SHIFTS = 60


@dataclass(slots=True)
class _Entry:
    """A chain of nights of all teams with the best solution known, after so many iterations."""

    score: Score
    solution: Solution
    iterations: int


class NightSearch:
    """One search over the overnight places of an instance, from a solution that keeps every rule.

    It offers what `Annealer` does. `draw` returns the routes of all days of a team by shift, of a
    chain that promises much; none as long as it knows of no such chain.
    """

    def __init__(
        self,
        instance: Instance,
        tables: NativeInstance,
        start: Solution,
        seed: int,
        draw: Callable[[Random], Mapping[int, DayRoute]] | None = None,
    ) -> None:
        self._instance, self._rng = instance, Random(seed)  # noqa: S311  # no secret
        self._annealer = Annealer(instance, tables, start, seed)
        self._annealer.keep_nights()
        self._filler = Filler(instance, tables, start)
        # Nights that may be spent elsewhere, by the shift before them, of each team.
        self._nights = [
            nights
            for chain in instance.chains
            if (nights := [s for s in chain if len(instance.possible_ends[s]) > 1])
        ]
        self._draw, self._is_guided = draw, False
        # How often each chain was judged.
        self._judged: Counter[Ends] = Counter()
        self._elite: dict[Ends, _Entry] = {}
        self.restart(start)

    @property
    def iterations(self) -> int:
        """Iterations of ruin and recreate so far."""
        return self._annealer.iterations

    def restart(self, start: Solution) -> None:
        """Take a solution among those to go on from."""
        self._enter(start, start.score(), 0)

    def score(self) -> Score:
        """Return of the incumbent what `Solution.score` does: the larger, the better."""
        return max(entry.score for entry in self._elite.values())

    def best(self) -> Solution:
        """Return the incumbent."""
        return max(self._elite.values(), key=lambda entry: entry.score).solution

    def run(self, progress: Callable[[], float]) -> Iterator[None]:
        """Try chains until `progress` is 1; yield between any two."""
        while progress() < 1:
            self._step()
            yield

    def routes(self) -> list[tuple[int, DayRoute]]:
        """Remove and return the routes of good solutions, each after its shift class."""
        return self._annealer.routes()

    def _step(self) -> None:
        ranked = sorted(self._elite.values(), key=lambda entry: entry.score, reverse=True)
        if self._rng.random() < GIVEN and (trial := self._given(ranked)) is not None:
            again = self._judged[_ends(trial)] - 1
            self._anneal(self._filler.fill(trial), min(AGAIN**again, MOST_TIMES), share=NEW_SHARE)
            return
        is_first = not self._is_guided and len(self._judged) <= FIRST
        if not is_first and self._rng.random() < GO_ON:
            entry = min(ranked[:BEST], key=lambda each: each.iterations)
            self._anneal(entry.solution, LONGER, share=KEPT_SHARE)
            return
        parent = self._parent(ranked)
        nights = self._rng.choice(self._nights)
        if is_first:
            ends = self._drawn(parent, nights)
        elif self._rng.random() < CROSS:
            ends = self._crossed(parent, self._rng.choice(ranked).solution, nights)
        else:
            chosen = {self._rng.choice(nights) for _ in range(self._rng.choice((1, 1, 2)))}
            ends = self._drawn(parent, sorted(chosen))
        if ends in self._judged:
            return
        self._judged[ends] += 1
        changed = self._with_ends(parent, ends)
        if changed is not None:
            self._anneal(self._filler.fill(changed), 1, share=NEW_SHARE)

    def _parent(self, ranked: list[_Entry]) -> Solution:
        return ranked[min(int(self._rng.expovariate(RATE)), len(ranked) - 1)].solution

    def _given(self, ranked: list[_Entry]) -> Solution | None:
        """Return a solution with the routes of a team as `draw` has them, None where it has none.

        Its chain is a new one, or one of the best: with other routes it may come to more.
        """
        for _ in range(TRIES):
            routes = self._draw(self._rng) if self._draw is not None else {}
            if not routes:
                return None
            self._is_guided = True
            trial = self._parent(ranked).copy()
            for shift, route in routes.items():
                trial.set_route(shift, route)
            ends = _ends(trial)
            if ends in self._judged and ends not in self._elite:
                continue
            self._judged[ends] += 1
            if self._instance.fixed.isdisjoint(routes) and self._keeps_nights(trial):
                repair(trial)
                return trial
        return None

    def _anneal(self, solution: Solution, times: int, *, share: float) -> None:
        iterations = times * ITERATIONS * len(self._instance.shifts)
        found, score = self._annealer.improve(
            solution, iterations, share=share, worth=self.score()[1]
        )
        self._enter(found, score, iterations)

    def _enter(self, solution: Solution, score: Score, iterations: int) -> None:
        """Keep what so many iterations found if it is among the best, once for each chain."""
        ends = _ends(solution)
        self._judged[ends] = max(self._judged[ends], 1)
        known = self._elite.get(ends)
        if known is not None:
            known.iterations += iterations
            if score > known.score:
                known.score, known.solution = score, solution
            return
        self._elite[ends] = _Entry(score, solution, iterations)
        if len(self._elite) > KEPT:
            del self._elite[min(self._elite, key=lambda each: self._elite[each].score)]

    # ---- Other chains ----

    def _drawn(self, parent: Solution, nights: list[int]) -> Ends:
        """Return the ends of shifts with some nights drawn anew, in their order."""
        ends = [route.end for route in parent.routes]
        for shift in nights:
            origin = self._instance.origins[shift]
            start = ends[shift - 1] if origin is None else origin
            drive = self._instance.drive(shift)
            places = list(self._instance.possible_ends[shift])
            if len(places) > FEW_PLACES:
                after = ends[shift + 1]
                reference = start if self._rng.random() < 0.5 else after  # noqa: PLR2004  # even
                places.sort(key=lambda p: _or_far(drive[reference, p]))
                places = places[: 1 + int(self._rng.expovariate(4 / len(places)))]
            for _ in range(DRAWS):
                place = self._rng.choice(places)
                if self._is_drivable(shift, start, place):
                    ends[shift] = place
                    break
        return tuple(ends)

    def _crossed(self, parent: Solution, other: Solution, nights: list[int]) -> Ends:
        """Return the ends of shifts with the last nights of a team as another solution has them."""
        ends = [route.end for route in parent.routes]
        for shift in nights[self._rng.randrange(len(nights)) :]:
            ends[shift] = other.routes[shift].end
        return tuple(ends)

    def _with_ends(self, parent: Solution, ends: Ends) -> Solution | None:
        """Return a solution with other nights and empty days around them, None against a rule."""
        inst, trial = self._instance, parent.copy()
        nights = [s for s, route in enumerate(parent.routes) if route.end != ends[s]]
        for shift in nights:
            trial.set_end(shift, ends[shift])
        days = sorted({*nights, *(shift + 1 for shift in nights)})
        is_allowed = (
            inst.fixed.isdisjoint(days)
            and all(self._is_drivable(s, trial.routes[s].start, trial.routes[s].end) for s in days)
            and self._keeps_nights(trial)
        )
        if not is_allowed:
            return None
        for shift in days:
            trial.set_visits(shift, ())
        # Visits of later days may have relied on these to leave them few enough.
        repair(trial)
        return trial

    def _keeps_nights(self, trial: Solution) -> bool:
        allowed = (nights_away_allowed(trial, chain) for chain in self._instance.chains)
        return beds_suffice(trial) and all(allowed)

    def _is_drivable(self, shift: int, start: int, end: int) -> bool:
        return time_day(self._instance, shift, DayRoute(start, end)) is not None


def _ends(solution: Solution) -> Ends:
    return tuple(route.end for route in solution.routes)


def is_searchable(instance: Instance) -> bool:
    """Return whether there are nights to choose, of so few shifts that a choice is soon judged."""
    return len(instance.shifts) <= MOST_SHIFTS and has_other_nights(instance)


def has_other_nights(instance: Instance) -> bool:
    """Return whether any team may spend any night in several places."""
    return any(len(places) > 1 for places in instance.possible_ends)


def _or_far(seconds: int | None) -> float:
    return float("inf") if seconds is None else seconds
