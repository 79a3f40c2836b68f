"""The frontier: what more teams, days, nights or driving hours bring; teams shared out by it.

A plan for fewer of them stays a plan for more, and what cannot be reached with more cannot be
reached with fewer. So each point of the grid starts from the best plan of its smaller neighbours,
and its bound is the lowest of all points that have as much of everything. The households found then
never fall, and the gap to the bound is how far the search may be off.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import pandas as pd

from routeplan.analysis.compare import or_nan, weighted_of
from routeplan.analysis.runner import Case, Runner
from routeplan.analysis.variants import MOST, Variant, vary
from routeplan.errors import Faults, InputError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.planner import Options

AXES = ("crews", "days", "nights", "drive_hours")
"""Fields of `Variant` that a frontier can have as axes."""

Point: TypeAlias = "tuple[float, ...]"
"""A value of each axis."""


@dataclass(frozen=True, slots=True)
class Frontier:
    """Households reached against what they take.

    Parameters
    ----------
    axes
        The values of each axis, ascending.
    plans, bounds
        By a value of each axis, in their order: None where what is required cannot be planned; and
        where nothing was proved (else no plan reaches more weighted households).

    Examples
    --------
    >>> options = Options(iterations=1, bound=False)
    >>> frontier = trace_frontier(problem, {"days": (1, 2)}, options)
    >>> frontier.steps()[["of", "days", "to"]].values.tolist()
    [['days', 1, 2]]
    """

    axes: Mapping[str, tuple[float, ...]]
    plans: Mapping[Point, Plan | None]
    bounds: Mapping[Point, float | None]

    def table(self) -> pd.DataFrame:
        """Return the frontier as a table.

        Returns
        -------
        pandas.DataFrame
            A row a point: the axes; ``households`` reached, ``weighted`` times their weights;
            ``upper_bound`` on ``weighted``, proven; ``wheel_hours`` driven by all teams. Missing
            where there is no plan, or no bound.
        """
        rows = []
        for at, plan in self.plans.items():
            households, hours = math.nan, math.nan
            if plan is not None:
                households = plan.summary.households
                hours = round(plan.summary.drive_seconds / 3600, 1)
            rows.append((*at, households, self._weighted(at), self._bound(at), hours))
        columns = [*self.axes, "households", "weighted", "upper_bound", "wheel_hours"]
        return pd.DataFrame(rows, columns=columns)

    def steps(self) -> pd.DataFrame:
        """Return what the next value of each axis brings, all others being the same.

        Returns
        -------
        pandas.DataFrame
            A row a step: ``of``, the axis; ``to``, its value then; the axes before the step;
            ``found``, more weighted households in the plans that were found; ``least`` and
            ``most``, what is proven of the best plans. Where ``least`` is 0, it is not proven that
            the step brings anything.
        """
        rows = []
        for number, (axis, values) in enumerate(self.axes.items()):
            for at in self.plans:
                for value in values[values.index(at[number]) + 1 :][:1]:
                    then = (*at[:number], value, *at[number + 1 :])
                    found = round(self._weighted(then) - self._weighted(at), 6)
                    # A comparison with NaN is false: a missing bound stays missing.
                    least = round(max(self._weighted(then) - self._bound(at), 0.0), 6)
                    most = round(self._bound(then) - self._weighted(at), 6)
                    rows.append((axis, *at, value, found, least, most))
        columns = ["of", *self.axes, "to", "found", "least", "most"]
        return pd.DataFrame(rows, columns=columns)

    def _weighted(self, at: Point) -> float:
        return weighted_of(self.plans[at])

    def _bound(self, at: Point) -> float:
        return or_nan(self.bounds[at])


def trace_frontier(
    problem: Problem,
    axes: Mapping[str, Sequence[float]],
    options: Options,
    *,
    runner: Runner | None = None,
) -> Frontier:
    """Plan a problem with ever more teams, days, nights or driving hours.

    Parameters
    ----------
    problem, axes
        The problem, which says how much there is of what is no axis; and values of some of `AXES`.
    options
        How long and how to search at each point.
    runner
        Where they are planned and kept; by default in this process, and not kept.

    Raises
    ------
    InputError
        For an unknown axis, or one without values or with an invalid one; and as `Runner.plan`
        does.

    Examples
    --------
    >>> options = Options(iterations=1, bound=False)
    >>> frontier = trace_frontier(problem, {"days": (1, 2)}, options)
    >>> frontier.table()["households"].is_monotonic_increasing
    True
    """
    return trace_frontiers({"": problem}, axes, options, runner=runner)[""]


def trace_frontiers(
    problems: Mapping[str, Problem],
    axes: Mapping[str, Sequence[float]],
    options: Options,
    *,
    runner: Runner | None = None,
) -> dict[str, Frontier]:
    """Trace the frontiers of several problems, their points planned side by side."""
    grid = _checked_axes(axes)
    runner = runner or Runner(workers=0)
    plans: dict[str, dict[Point, Plan | None]] = {name: {} for name in problems}
    steps = itertools.product(*(range(len(values)) for values in grid.values()))
    for _, level in itertools.groupby(sorted(steps, key=lambda at: (sum(at), at)), key=sum):
        keys, cases = [], []
        for step, (name, problem) in itertools.product(list(level), problems.items()):
            point = _point(grid, step)
            start = _best_neighbour(plans[name], grid, step)
            keys.append((name, point))
            cases.append(Case(vary(problem, _variant(grid, point)), options, start))
        for (name, point), plan in zip(keys, runner.plan(cases), strict=True):
            plans[name][point] = plan
    return {
        name: Frontier(grid, dict(sorted(plans[name].items())), _bounds(grid, plans[name], problem))
        for name, problem in problems.items()
    }


def _best_neighbour(
    plans: Mapping[Point, Plan | None], grid: Mapping[str, tuple[float, ...]], step: tuple[int, ...]
) -> Plan | None:
    """Return the best plan of the neighbours with one step less on one axis."""
    smaller = [(*step[:n], index - 1, *step[n + 1 :]) for n, index in enumerate(step) if index]
    return max(
        (plan for each in smaller if (plan := plans[_point(grid, each)]) is not None),
        key=lambda plan: (plan.summary.weighted, -plan.summary.drive_seconds),
        default=None,
    )


def _checked_axes(axes: Mapping[str, Sequence[float]]) -> dict[str, tuple[float, ...]]:
    faults = Faults()
    if not axes:
        faults.add("axes", "there are none", f"name some of {', '.join(AXES)}")
    for axis, values in axes.items():
        if axis not in AXES:
            faults.add(axis, f"is not one of {', '.join(AXES)}", nearest(axis, AXES))
        elif not len(values):
            faults.add(axis, "has no values")
        else:
            for value in values:
                _check_value(axis, value, faults)
    faults.raise_any()
    return {
        axis: tuple(sorted({v if axis == "drive_hours" else int(v) for v in values}))
        for axis, values in axes.items()
    }


def _check_value(axis: str, value: float, faults: Faults) -> None:
    if axis != "drive_hours" and not float(value).is_integer():
        faults.add(axis, f"{value:g} is not a whole number")
        return
    try:
        _variant([axis], (value,))
    except InputError as error:
        faults.adopt(error)


def _variant(axes: Iterable[str], point: Point) -> Variant:
    return Variant(**dict(zip(axes, point, strict=True)))  # type: ignore[arg-type]  # whole where needed


def _point(grid: Mapping[str, tuple[float, ...]], step: tuple[int, ...]) -> Point:
    return tuple(values[n] for values, n in zip(grid.values(), step, strict=True))


def _bounds(
    grid: Mapping[str, tuple[float, ...]], plans: Mapping[Point, Plan | None], problem: Problem
) -> dict[Point, float | None]:
    """Return the lowest bound of all points that have as much of everything."""
    # Bounds for more teams or days hold for fewer only if teams end where they start: others may
    # have to get from one place to another.
    round_trips = all(team.start == team.end for team in problem.teams)
    monotone = [axis in {"nights", "drive_hours"} or round_trips for axis in grid]
    proven = {at: plan.summary.upper_bound for at, plan in plans.items() if plan is not None}
    bounds: dict[Point, float | None] = {}
    for at in itertools.product(*grid.values()):
        found = (bound for point, bound in proven.items() if _covers(point, at, monotone))
        bounds[at] = min((bound for bound in found if bound is not None), default=None)
    return bounds


def _covers(larger: Point, point: Point, monotone: Sequence[bool]) -> bool:
    """Return whether a bound at one point also holds at another."""
    return all(
        there >= here if holds else there == here
        for here, there, holds in zip(point, larger, monotone, strict=True)
    )


@dataclass(frozen=True, slots=True)
class Country:
    """Districts with the teams that each is given.

    Parameters
    ----------
    problems, frontiers
        By district, before teams are allocated; and households against teams.
    crews
        Teams by district, 0 where none is sent.
    upper_bound
        On the weighted households of all: no other allocation of as many teams, with as many in a
        district as its frontier has at most, reaches more. None where nothing was proved.

    Examples
    --------
    >>> districts = {"north": problem, "south": vary(problem, Variant(days=1))}
    >>> country = plan_country(districts, 2, Options(iterations=1, bound=False), most=1)
    >>> country.table()["crews"].tolist()
    [1, 1]
    """

    problems: Mapping[str, Problem]
    frontiers: Mapping[str, Frontier]
    crews: Mapping[str, int]
    upper_bound: float | None

    def cases(self) -> dict[str, tuple[Problem, Plan | None]]:
        """Return problem and plan of each district with its teams; no plan where it has none."""
        cases: dict[str, tuple[Problem, Plan | None]] = {}
        for name, crews in self.crews.items():
            cases[name] = self.problems[name], None
            if crews:
                problem = vary(self.problems[name], Variant(crews=crews))
                cases[name] = problem, self.frontiers[name].plans[crews,]
        return cases

    def table(self) -> pd.DataFrame:
        """Return what each district is given and reaches.

        Returns
        -------
        pandas.DataFrame
            A row a district: ``crews``; ``households`` there; ``reached``; ``share``, 0 to 1;
            ``weighted`` and the proven ``upper_bound`` on it; ``last_brings`` and ``next_brings``,
            the weighted households of the last team that was given and of one more (missing where
            that was not planned); ``at_most``, whether its frontier has no more teams.
        """
        rows = []
        for name, crews in self.crews.items():
            weighted = _by_crews(self.frontiers[name], "weighted")
            plan = self.frontiers[name].plans[crews,] if crews else None
            households = sum(village.households for village in self.problems[name].villages)
            reached = 0 if plan is None else plan.summary.households
            more = crews + 1 < len(weighted)
            rows.append(
                {
                    "district": name,
                    "crews": crews,
                    "households": households,
                    "reached": reached,
                    "share": round(reached / households, 4) if households else math.nan,
                    "weighted": weighted[crews],
                    "upper_bound": _by_crews(self.frontiers[name], "upper_bound")[crews],
                    "last_brings": weighted[crews] - weighted[crews - 1] if crews else math.nan,
                    "next_brings": weighted[crews + 1] - weighted[crews] if more else math.nan,
                    "at_most": not more,
                }
            )
        return pd.DataFrame(rows)


def plan_country(
    problems: Mapping[str, Problem],
    crews: int,
    options: Options,
    *,
    most: int | None = None,
    runner: Runner | None = None,
) -> Country:
    """Allocate teams to districts, so that together they reach the most.

    The frontier of every district is traced, all side by side; the allocation over these is then
    exact.

    Parameters
    ----------
    problems
        By district. Its first teams are given first, then copies of them.
    crews, most
        Teams for all districts; and for one, by default twice its even share, and one more.
    options, runner
        As for `trace_frontier`, for each district and number of teams.

    Raises
    ------
    InputError
        If there are no districts or teams, or a district has no teams; and as `Runner.plan` does.

    Examples
    --------
    >>> country = plan_country({"all": problem}, 1, Options(iterations=1, bound=False))
    >>> country.table()["crews"].tolist()
    [1]
    """
    _check_country(problems, crews, most)
    if most is None:
        most = 2 * math.ceil(crews / len(problems)) + 1
    axes = {"crews": range(1, min(most, crews) + 1)}
    frontiers = trace_frontiers(problems, axes, options, runner=runner)
    weighted = {name: _by_crews(each, "weighted") for name, each in frontiers.items()}
    bounds = {name: _by_crews(each, "upper_bound") for name, each in frontiers.items()}
    bound = sum(bounds[name][n] for name, n in share_out(bounds, crews).items())
    allocation = share_out(weighted, crews)
    return Country(problems, frontiers, allocation, None if math.isnan(bound) else bound)


def _check_country(problems: Mapping[str, Problem], crews: int, most: int | None) -> None:
    faults = Faults()
    if not problems:
        faults.add("districts", "there are none")
    for name, value in (("crews", crews), ("most", most)):
        if value is not None and value < 1:
            faults.add(name, f"{value} is below 1")
        elif value is not None and value > MOST["crews"]:
            faults.add(name, f"{value} is above {MOST['crews']}, the most that are shared out")
    for name, problem in problems.items():
        if not problem.teams:
            faults.add(name, "has no team that says what a crew is")
    faults.raise_any()


def share_out(curves: Mapping[str, Sequence[float]], crews: int) -> dict[str, int]:
    """Allocate teams to districts so that the sum of what they bring is the largest.

    `curves` are by district what 0, 1, 2 … teams bring there; NaN where so many cannot be sent.
    Exact for curves of any shape: a multiple-choice knapsack, solved by dynamic programming.
    Teams that would bring nothing are given to no district.

    Examples
    --------
    >>> share_out({"north": [0, 50, 80], "south": [0, 10, 70]}, 3)
    {'north': 1, 'south': 2}
    """
    # By number of teams: what the districts so far bring, and how many the last of them is given.
    best = [0.0] * (crews + 1)
    choices: list[list[int]] = []
    for curve in curves.values():
        values = [
            [
                -math.inf if math.isnan(brought) else best[total - n] + brought
                for n, brought in enumerate(curve[: total + 1])
            ]
            for total in range(crews + 1)
        ]
        best = [max(each) for each in values]
        choices.append([each.index(most) for each, most in zip(values, best, strict=True)])
    allocation: dict[str, int] = {}
    left = crews
    for name, choice in zip(reversed(list(curves)), reversed(choices), strict=True):
        allocation[name] = choice[left]
        left -= choice[left]
    return {name: allocation[name] for name in curves}


def _by_crews(frontier: Frontier, column: str) -> list[float]:
    return [0.0, *map(float, frontier.table()[column])]
