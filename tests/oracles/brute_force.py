"""The exact optimum of a small problem, by trying everything: what an engine is checked against.

It shares no arithmetic with the planner. Days are enumerated one by one; what they leave behind
for other days is only where teams sleep, how many households are left, and which villages were
visited, so that a plan is a way through these states.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from tests.oracles.brute_force_days import DayOption, day_options, exact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from routeplan.model.problem import Problem

__all__ = ["Answer", "TeamDay", "best_answer", "best_weighted"]


class TeamDay(NamedTuple):
    """What one team does on one day; `visits` are households by place, in no order."""

    team: str
    day: int
    start: str
    end: str
    visits: dict[str, int]


class Answer(NamedTuple):
    """The highest objective of a plan, and days that reach it."""

    weighted: float
    days: tuple[TeamDay, ...]


def best_weighted(problem: Problem) -> float | None:
    """Return the highest objective of a plan that keeps every rule.

    Parameters
    ----------
    problem
        A small one: slow paces, long setups or short days keep the number of visits low.

    Returns
    -------
    float or None
        None where there is no plan.
    """
    answer = best_answer(problem)
    return None if answer is None else answer.weighted


def best_answer(problem: Problem) -> Answer | None:
    """Return also what the teams do on each day to reach that much."""
    search = _Search(problem)
    search.run()
    return search.answer()


class _Step(NamedTuple):
    """One team's working day.

    Parameters
    ----------
    team, day
        Their positions in the problem.
    next_day, nights
        The team's next working day and the calendar nights until then, None and 0 after its last.
    opens_day
        Whether no team was looked at on this day before.
    potential
        Per team, its first step from this one on, None where it has none.
    in_bed
        Teams that have a night's place already, and the day on which each leaves it.
    """

    team: int
    day: int
    next_day: int | None
    nights: int
    opens_day: bool
    potential: tuple[int | None, ...]
    in_bed: tuple[tuple[int, int], ...]


class _State(NamedTuple):
    """All that the steps so far leave behind.

    Parameters
    ----------
    places, away
        Where each team is, and how many nights in a row it has been elsewhere than at its end.
    left
        Households left in each village.
    fewest
        Fewest households that one visit to each village may reach on the present day.
    visited
        A bit for each required village with a visit.
    """

    places: tuple[int, ...]
    away: tuple[int, ...]
    left: tuple[int, ...]
    fewest: tuple[int, ...]
    visited: int


class _Prospect(NamedTuple):
    """A day, and the most that its team alone could reach by it and by all its days to come."""

    most: float
    option: DayOption


class _Search:
    """A depth-first search over team-days in the order of days.

    What has been reached follows from what is left, so that no state is evaluated twice; and
    none is at all where a bound on what can still be reached is no better than the best.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        # Weights become whole numbers of a common unit: sums of them are exact.
        weights = [exact(village.weight) for village in problem.villages]
        bonuses = {(b.team, b.day, b.place): exact(b.bonus) for b in problem.announced}
        cost = exact(problem.rules.drive_hour_worth) / 3600
        values = [*weights, *bonuses.values(), cost]
        self.unit = math.lcm(*(value.denominator for value in values))
        self.weights = [int(weight * self.unit) for weight in weights]
        self.bonuses = {key: int(bonus * self.unit) for key, bonus in bonuses.items()}
        self.drive_cost = int(cost * self.unit)
        self.required = sum(1 << n for n, v in enumerate(problem.villages) if v.required)
        self.ends = [problem.index[team.end] for team in problem.teams]
        self.beds = {problem.index[s.place]: s.teams_per_night for s in problem.sleeps}
        self.steps = _make_steps(problem)
        self.prospects: dict[tuple[int, int], list[_Prospect]] = {}
        self.best: int | None = None
        self.best_path: list[DayOption] = []
        self.path: list[DayOption] = []
        self.seen: dict[tuple[int, _State], int] = {}
        self.most = [[0] * len(weights)]
        self.visitable = [0]

    def run(self) -> None:
        """Look at all plans."""
        starts = tuple(self.problem.index[team.start] for team in self.problem.teams)
        left = tuple(village.households for village in self.problem.villages)
        for team, place in enumerate(starts):
            if self.steps:
                self._potential(self.steps[0].potential[team], place)
        self._gather_most()
        none = (0,) * len(starts)
        self._look(0, _State(starts, none, left, left, 0), 0)

    def answer(self) -> Answer | None:
        """Return the best plan that was seen."""
        if self.best is None:
            return None
        problem = self.problem
        at = [team.start for team in problem.teams]
        days = []
        for step, option in zip(self.steps, self.best_path, strict=True):
            start, end = at[step.team], problem.places[option.end].id
            visits = {problem.villages[village].place: h for village, h in option.visits}
            days.append(TeamDay(problem.teams[step.team].id, step.day, start, end, visits))
            at[step.team] = end
        return Answer(float(Fraction(self.best, self.unit)), tuple(days))

    def _look(self, number: int, state: _State, beside: int) -> None:
        """Look at all ways on; `beside` is what counts beside households, so far."""
        if number == len(self.steps):
            reached = self._reached(state) + beside
            is_whole = state.visited == self.required and self._keeps_floors(state)
            if is_whole and (self.best is None or reached > self.best):
                self.best, self.best_path = reached, list(self.path)
            return
        step = self.steps[number]
        if step.opens_day:
            state = state._replace(fewest=self._fewest(state.left))
        if beside <= self.seen.get((number, state), -math.inf):
            return
        if not self._can_improve(number, state, beside):
            return
        self.seen[number, state] = beside
        others = (
            self._reached(state)
            + beside
            + sum(
                self._potential(step.potential[team], place)
                for team, place in enumerate(state.places)
                if team != step.team
            )
        )
        if others == -math.inf:
            return
        for prospect in self.prospects[number, state.places[step.team]]:
            if self.best is not None and others + prospect.most <= self.best:
                return
            after = self._after(step, state, prospect.option)
            if after is not None:
                self.path.append(prospect.option)
                self._look(number + 1, after, beside + self._beside(step, prospect.option))
                self.path.pop()

    def _after(self, step: _Step, state: _State, option: DayOption) -> _State | None:
        """Return the state after a day, None where it breaks a rule."""
        left, visited = list(state.left), state.visited
        for village, households in option.visits:
            if not state.fewest[village] <= households <= left[village]:
                return None
            left[village] -= households
            visited |= self.required & 1 << village
        away = self._away(step, state, option.end)
        if away is None:
            return None
        places = _with(state.places, step.team, option.end)
        return _State(
            places, _with(state.away, step.team, away), tuple(left), state.fewest, visited
        )

    def _away(self, step: _Step, state: _State, place: int) -> int | None:
        """Return a team's nights away in a row, None where it cannot sleep there."""
        if step.next_day is None or place == self.ends[step.team]:
            return 0
        for day in range(step.day, step.next_day):
            others = sum(
                state.places[team] == place != self.ends[team] and day < leaves
                for team, leaves in step.in_bed
            )
            if others >= self.beds[place]:
                return None
        limit = self.problem.teams[step.team].max_nights_away
        if limit is None:
            return 0
        away = state.away[step.team] + step.nights
        return away if away <= limit else None

    def _reached(self, state: _State) -> int:
        villages = self.problem.villages
        return sum(
            weight * (village.households - left)
            for weight, village, left in zip(self.weights, villages, state.left, strict=True)
        )

    def _beside(self, step: _Step, option: DayOption) -> int:
        """Return what a day counts beside its households: bonuses, less driving."""
        problem, value = self.problem, -self.drive_cost * option.driven
        for village, households in option.visits:
            if households > 0:
                place = problem.villages[village].place
                value += self.bonuses.get((problem.teams[step.team].id, step.day, place), 0)
        return value

    def _keeps_floors(self, state: _State) -> bool:
        problem = self.problem
        places = [village.place for village in problem.villages]
        return all(
            sum(
                problem.villages[n].households - state.left[n]
                for n in map(places.index, district.places)
            )
            >= district.min_households
            for district in problem.districts
        )

    def _fewest(self, left: tuple[int, ...]) -> tuple[int, ...]:
        villages = self.problem.villages
        return tuple(min(v.min_households, n) for v, n in zip(villages, left, strict=True))

    def _can_improve(self, number: int, state: _State, beside: int) -> bool:
        """Return whether required villages can still be visited, and more reached than by now."""
        if self.required & ~(state.visited | self.visitable[number]):
            return False
        if self.best is None:
            return True
        more = sum(
            weight * min(left, most)
            for weight, left, most in zip(self.weights, state.left, self.most[number], strict=True)
        )
        return self._reached(state) + beside + more + sum(self.bonuses.values()) > self.best

    def _potential(self, number: int | None, place: int) -> float:
        """Return the most that a team can reach from a step on if it were alone."""
        if number is None:
            return 0
        if (number, place) not in self.prospects:
            self.prospects[number, place] = self._promises(number, place)
        prospects = self.prospects[number, place]
        return prospects[0].most if prospects else -math.inf

    def _promises(self, number: int, place: int) -> list[_Prospect]:
        step = self.steps[number]
        team, end = self.problem.teams[step.team], self.ends[step.team]
        targets = {end}
        if step.next_day is not None:
            targets |= {bed for bed, count in self.beds.items() if count > 0}
        later = None
        if number + 1 < len(self.steps):
            later = self.steps[number + 1].potential[step.team]
        found = []
        for option in day_options(self.problem, team, step.day, place, targets):
            reached = sum(self.weights[village] * h for village, h in option.visits)
            reached += self._beside(step, option)
            most = reached + self._potential(later, option.end)
            if most > -math.inf:
                found.append(_Prospect(most, option))
        return sorted(found, reverse=True)

    def _gather_most(self) -> None:
        """Note what can be reached of each village from each step on, the last step first."""
        for number in reversed(range(len(self.steps))):
            most = [0] * len(self.weights)
            visitable = self.visitable[0]
            for (at, _), prospects in self.prospects.items():
                for village, households in (
                    visit for p in prospects if at == number for visit in p.option.visits
                ):
                    most[village] = max(most[village], households)
                    visitable |= self.required & 1 << village
            self.most.insert(0, [a + b for a, b in zip(most, self.most[0], strict=True)])
            self.visitable.insert(0, visitable)


def _make_steps(problem: Problem) -> list[_Step]:
    every_day = range(len(problem.days))
    calendars = [sorted(every_day if t.days is None else t.days) for t in problem.teams]
    order = sorted((day, team) for team, days in enumerate(calendars) for day in days)
    steps = []
    for number, (day, team) in enumerate(order):
        next_day = _first(d for d in calendars[team] if d > day)
        dates = [problem.days[d].date for d in (day, next_day if next_day is not None else day)]
        in_bed = []
        for other, days in enumerate(calendars):
            for before, after in pairwise(days):
                if (before, other) < (day, team) and after > day:
                    in_bed.append((other, after))
        steps.append(
            _Step(
                team,
                day,
                next_day,
                (dates[1] - dates[0]).days,
                opens_day=number == 0 or order[number - 1][0] != day,
                potential=tuple(
                    _first(n for n, (_, t) in enumerate(order) if n >= number and t == other)
                    for other in range(len(calendars))
                ),
                in_bed=tuple(in_bed),
            )
        )
    return steps


def _with(values: tuple[int, ...], position: int, value: int) -> tuple[int, ...]:
    return (*values[:position], value, *values[position + 1 :])


def _first(values: Iterable[int]) -> int | None:
    return next(iter(values), None)
