"""Plans under uncertainty: driven with travel times, paces, households and contact drawn at random.

All draws are by place, team and day: the same seed gives the same roads, doors and teams to every
plan, so that two plans differ by what they plan and not by luck (common random numbers: Law,
Simulation Modeling and Analysis, 5th ed. 2015, section 11.2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from routeplan.analysis.compare import check_own_plan, problem_by_plan
from routeplan.analysis.uncertainty import Trials, WhenLate
from routeplan.model.problem import problem_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from routeplan.analysis.compare import Problems
    from routeplan.model.plan import Plan, Stop, Tour
    from routeplan.model.problem import Posed, Problem, Village

# Sums of seconds in floats are off by less.
_TOLERANCE = 1e-6
# Households a second, where a visit takes no time beyond its setup.
_AT_ONCE = 1e15
_FIGURES = (
    *("planned", "households", "low", "high"),
    *("in_time", "in_time_low", "in_time_high", "late_minutes"),
)


@dataclass(frozen=True, slots=True, repr=False)
class Simulation:
    """A plan driven many times; arrays have a column a draw.

    Parameters
    ----------
    plan
        What was driven.
    households
        Shape (tours, draws), reached by each tour of the plan, in its order.
    contacts
        Shape (tours, draws), of those, where somebody opened.
    late_seconds
        Shape (tours, draws), by how much each came home after the end of work; below 0 before it.

    Examples
    --------
    >>> found = simulate(problem, plan, Trials(count=50))
    >>> found.households.shape == found.in_time.shape == (len(plan.tours), 50)
    True
    """

    plan: Plan
    households: NDArray[np.int64]
    contacts: NDArray[np.int64]
    late_seconds: NDArray[np.float64]

    def __repr__(self) -> str:
        reached = self.households.sum(axis=0)
        tours, draws = self.households.shape
        return f"<Simulation of {tours} tours, {draws} draws: {reached.mean():,.0f} households>"

    @property
    def in_time(self) -> NDArray[np.bool_]:
        """Shape (tours, draws), whether each came home by the end of work."""
        return self.late_seconds <= _TOLERANCE

    def summary(self, level: float = 0.8) -> pd.Series:
        """Return the figures of the whole plan.

        Returns
        -------
        pandas.Series
            ``planned`` households; ``households`` reached, on average, and between ``low`` and
            ``high`` with a chance of `level`; ``contacts``, ``contacts_low``, ``contacts_high``;
            ``in_time``, the share of tours home by the end of work, ``all_in_time``, the chance
            that all are.
        """
        figures: dict[str, float] = {"planned": self.plan.summary.households}
        for name, values in (("", self.households), ("contacts", self.contacts)):
            total = values.sum(axis=0)
            low, high = interval(total, level)
            start = f"{name}_" if name else ""
            figures |= {name or "households": round(float(total.mean()), 1)}
            figures |= {f"{start}low": low, f"{start}high": high}
        # Of no tours none is late.
        share = self.in_time.mean() if self.in_time.size else 1.0
        figures["in_time"] = round(float(share), 4)
        figures["all_in_time"] = round(float(self.in_time.all(axis=0).mean()), 4)
        return pd.Series(figures)

    def table(self, level: float = 0.8) -> pd.DataFrame:
        """Return the figures of each team and day.

        Returns
        -------
        pandas.DataFrame
            A row a tour: ``team``; ``day`` from 1; ``planned`` households; ``households``, ``low``
            and ``high`` as in `summary`; ``in_time``, the chance to be home by the end of work,
            with ``in_time_low`` and ``in_time_high``, between which it is known by these draws
            (Wilson's interval at 95 %); ``late_minutes``, above which a tenth of the draws are, 0
            where they are in time.
        """
        rows = [
            (tour.team, tour.day + 1, *self._figures([number], level))
            for number, tour in enumerate(self.plan.tours)
        ]
        return pd.DataFrame(rows, columns=["team", "day", *_FIGURES])

    def by_day(self, level: float = 0.8) -> pd.DataFrame:
        """Return the figures of each day.

        Returns
        -------
        pandas.DataFrame
            A row a day that has tours: the figures of `table` without ``team``, of all teams:
            ``in_time`` is the chance that all of them are home by the end of work, and
            ``late_minutes`` those of the last one.
        """
        days = sorted({tour.day for tour in self.plan.tours})
        rows = [
            (
                day + 1,
                *self._figures([n for n, t in enumerate(self.plan.tours) if t.day == day], level),
            )
            for day in days
        ]
        return pd.DataFrame(rows, columns=["day", *_FIGURES])

    def _figures(self, numbers: list[int], level: float) -> tuple[float, ...]:
        """Return `_FIGURES` of some tours together."""
        reached = self.households[numbers].sum(axis=0)
        late = self.late_seconds[numbers].max(axis=0)
        chance = stats.binomtest(int((late <= _TOLERANCE).sum()), len(late))
        known = chance.proportion_ci(0.95, method="wilson")
        tenth = max(float(np.quantile(late, 0.9)), 0.0) / 60
        return (
            sum(self.plan.tours[number].households for number in numbers),
            *(round(float(reached.mean()), 1), *interval(reached, level)),
            *(chance.statistic, round(known.low, 4), round(known.high, 4)),
            round(tenth, 1),
        )


def interval(values: NDArray[np.int64], level: float) -> tuple[float, float]:
    """Return between which of the values a share of them lies, as much above it as below."""
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2], method="inverted_cdf")
    return float(low), float(high)


def simulate(problem: Posed, plan: Plan, trials: Trials | None = None) -> Simulation:
    """Drive a plan many times, each time with other travel times, paces and households.

    Teams leave when the plan says, start at each stop when they are there and doors may be knocked,
    rest where the plan does, and do not add visits or households to those planned.

    Parameters
    ----------
    problem, plan
        A problem or a prepared scenario, and a plan for it.
    trials
        How often, with which draws, and what teams do that run late; by default `Trials()`.

    Raises
    ------
    InputError
        If the plan was made for another problem.

    Examples
    --------
    >>> same = simulate(problem, plan, Trials(Uncertainty.none(), 1)).summary()
    >>> bool(same["households"] == plan.summary.households)
    True
    """
    problem = problem_of(problem)
    check_own_plan(problem, plan)
    week = _Week(problem, trials or Trials())
    order = sorted(range(len(plan.tours)), key=lambda n: (plan.tours[n].day, plan.tours[n].team))
    driven = {n: week.drive(plan.tours[n]) for n in order}
    rows = [driven[n] for n in range(len(plan.tours))]
    shape = (len(rows), week.trials.count)
    return Simulation(
        plan=plan,
        households=np.array([row[0] for row in rows], dtype=np.int64).reshape(shape),
        contacts=np.array([row[1] for row in rows], dtype=np.int64).reshape(shape),
        late_seconds=np.array([row[2] for row in rows], dtype=np.float64).reshape(shape),
    )


def compare_under_uncertainty(
    problem: Problems,
    plans: Mapping[str, Plan],
    trials: Trials | None = None,
    *,
    level: float = 0.8,
) -> pd.DataFrame:
    """Drive several plans over the same draws.

    Parameters
    ----------
    problem, plans
        The problem or prepared scenario of all plans, or, of variants, that of each by the same
        names; and the plans by the name under which each is shown. Others are compared with the
        first.
    trials
        As of `simulate`.
    level
        Of the intervals.

    Returns
    -------
    pandas.DataFrame
        A row a plan: the figures of `Simulation.summary`; and of the households reached, draw by
        draw, less those of the first plan: ``more`` on average, between ``more_low`` and
        ``more_high`` in a week; ``more_error``, the standard error of that average: with ever more
        draws it would hardly be more than twice that away; ``more_often``, the chance that they
        are more, half of those draws that are equal included.

    Examples
    --------
    >>> table = compare_under_uncertainty(problem, {"one": plan, "two": plan}, Trials(count=9))
    >>> table["more"].tolist()
    [0.0, 0.0]
    """
    rows = {}
    first: NDArray[np.int64] | None = None
    problems = problem_by_plan(plans, problem)
    for name, plan in plans.items():
        found = simulate(problems[name], plan, trials)
        total = found.households.sum(axis=0)
        first = total if first is None else first
        more = total - first
        low, high = interval(more, level)
        often = float((more > 0).mean() + (more == 0).mean() / 2)
        # Of a single draw nothing is known of how far others are from it.
        error = more.std(ddof=1) / math.sqrt(len(more)) if len(more) > 1 else math.nan
        figures = {"more": round(float(more.mean()), 1), "more_low": low, "more_high": high}
        figures |= {"more_error": round(float(error), 2), "more_often": round(often, 4)}
        rows[name] = {**found.summary(level), **figures}
    return pd.DataFrame.from_dict(rows, orient="index")


@dataclass
class _Week:
    """The draws of a problem, and the households that are left in them."""

    problem: Problem
    trials: Trials
    left: dict[str, NDArray[np.int64]] = field(default_factory=dict)

    @property
    def _turns_back(self) -> bool:
        return self.trials.when_late is WhenLate.TURN_BACK

    def drive(self, tour: Tour) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Return the households and contacts of a tour, and how late it is home, in seconds."""
        work_end = self.problem.days[tour.day].work.end
        home_of = self._planned_home(tour)
        time = np.full(self.trials.count, float(tour.depart))
        back = np.zeros(self.trials.count, dtype=np.bool_)
        home = time.copy()
        reached, contacts = np.zeros((2, self.trials.count), dtype=np.int64)
        at = tour.start
        for number, stop in enumerate(tour.stops):
            until = work_end - home_of[number]
            if self._turns_back and self._planned(tour, at, tour.end) < math.inf:
                turns = ~back & ~self._can_visit(tour, at, stop, time, until)
                home = np.where(turns, time + self._taken(tour, at, tour.end), home)
                back |= turns
            arrival = time + self._taken(tour, at, stop.place)
            found, opened, time = self._visit(tour, stop, arrival, until, ~back)
            reached += found
            contacts += opened
            at = stop.place
        home = np.where(back, home, time + self._taken(tour, at, tour.end))
        return reached, contacts, home - work_end

    def _visit(
        self,
        tour: Tour,
        stop: Stop,
        arrival: NDArray[np.float64],
        until: float,
        is_there: NDArray[np.bool_],
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Return households and contacts of a stop, and when the team leaves."""
        village = self.problem.village_at[stop.place]
        before, inside, after, earliest = _rests(self.problem, tour, stop)
        opens, closes = _doors(self.problem, tour.day, village)
        ready = np.maximum(arrival, earliest) + before if before else arrival
        start = np.maximum(ready, opens)
        latest = float(closes - inside)
        if self._turns_back:
            latest = min(latest, until - inside - after)
        available = np.maximum(latest - start, 0.0)
        rate = self._rate(tour, village)
        left = self.left.setdefault(stop.place, self._households(village))
        target = np.minimum(stop.households, left)
        needed = village.setup_seconds + target / rate
        done = np.floor((available - village.setup_seconds) * rate + _TOLERANCE)
        fits = needed <= available + _TOLERANCE
        found = np.where(fits, target, np.clip(done, 0, target) if village.partial else 0)
        found = np.where(is_there, found, 0).astype(np.int64)
        self.left[stop.place] = left - found
        leaves = start + np.where(fits, needed, available)
        if inside or after:
            leaves = np.maximum(leaves, earliest) + inside + after
        return found, self._contacts(tour, stop, found), leaves

    def _can_visit(
        self, tour: Tour, at: str, stop: Stop, time: NDArray[np.float64], until: float
    ) -> NDArray[np.bool_]:
        """Return whether a visit can begin, by planned times, and the team be home in time."""
        village = self.problem.village_at[stop.place]
        before, inside, after, earliest = _rests(self.problem, tour, stop)
        opens, closes = _doors(self.problem, tour.day, village)
        arrival = time + self._planned(tour, at, stop.place)
        ready = np.maximum(arrival, earliest) + before if before else arrival
        pace = self.problem.team_of[tour.team].pace_on(tour.day)
        doors = stop.households if not village.partial else min(stop.households, 1)
        needed = 0.0 if pace is None else doors * 3600 / (pace * village.pace)
        ends = np.maximum(ready, opens) + village.setup_seconds + needed
        return ends <= min(closes - inside, until - inside - after) + _TOLERANCE

    def _planned_home(self, tour: Tour) -> list[float]:
        """Return the seconds of driving home from each stop, straight or by those that follow."""
        places = [stop.place for stop in tour.stops]
        home = [self._planned(tour, place, tour.end) for place in places]
        for n in range(len(places) - 2, -1, -1):
            home[n] = min(home[n], self._planned(tour, places[n], places[n + 1]) + home[n + 1])
        return home

    def _planned(self, tour: Tour, start: str, end: str) -> float:
        times = self.problem.travel[self.problem.team_of[tour.team].vehicle]
        cell = self.problem.index[start], self.problem.index[end]
        return float(times.seconds[cell]) if times.reachable[cell] else math.inf

    def _taken(self, tour: Tour, start: str, end: str) -> NDArray[np.float64]:
        """Return the seconds of a drive, shape (draws,)."""
        trials, given = self.trials, self.trials.uncertainty
        planned = self._planned(tour, start, end)
        if not 0 < planned < math.inf:
            return np.full(self.trials.count, planned)
        day = trials.factor(given.drive_factor, given.drive_by_day, "roads", tour.day)
        leg = trials.factor(1.0, given.drive_by_leg, "leg", start, end, tour.day)
        return planned * day * leg

    def _rate(self, tour: Tour, village: Village) -> NDArray[np.float64]:
        """Return the households a second, shape (draws,)."""
        trials, given = self.trials, self.trials.uncertainty
        pace = self.problem.team_of[tour.team].pace_on(tour.day)
        if pace is None:
            return np.full(self.trials.count, _AT_ONCE)
        team = trials.factor(given.pace, given.pace_by_team, "team", tour.team, tour.day)
        visit = trials.factor(1.0, given.pace_by_visit, "doors", village.place, tour.day)
        return pace * village.pace / 3600 * team * visit

    def _households(self, village: Village) -> NDArray[np.int64]:
        width = self.trials.uncertainty.households
        factor = self.trials.factor(1.0, width, "households", village.place)
        return np.rint(village.households * factor).astype(np.int64)

    def _contacts(self, tour: Tour, stop: Stop, found: NDArray[np.int64]) -> NDArray[np.int64]:
        given = self.trials.uncertainty
        mean, spread = given.contact, given.contact_spread
        share: NDArray[np.float64] | float = mean
        if spread and 0 < mean < 1:
            size = mean * (1 - mean) / spread**2 - 1
            drawn = self.trials.uniform("contact", stop.place, tour.day)
            share = stats.beta.ppf(drawn, mean * size, (1 - mean) * size)
        drawn = self.trials.uniform("opened", stop.place, tour.team, tour.day)
        opened = stats.binom.ppf(drawn, found, share)
        return np.maximum(opened, 0).astype(np.int64)


def _doors(problem: Problem, day: int, village: Village) -> tuple[int, int]:
    """Return when doors of a village may be knocked on a day."""
    window = problem.days[day].doors.narrowed(village.knock)
    # A plan that keeps the rules has no stop where there is none.
    return (window.start, window.end) if window else (0, 0)


def _rests(problem: Problem, tour: Tour, stop: Stop) -> tuple[int, int, int, int]:
    """Return the rest before, inside and after a visit, and when it may begin at the earliest.

    Of several rests at one stop all count, each where the plan has it.
    """
    rests = [rest for rest in tour.rests if rest.place == stop.place]
    inside = sum(rest.end - rest.start for rest in rests if rest.interrupts(stop))
    before = sum(rest.end - rest.start for rest in rests if rest.end <= stop.start)
    total = sum(rest.end - rest.start for rest in rests)
    between = problem.rules.rest_between
    return before, inside, total - before - inside, 0 if between is None else between.start
