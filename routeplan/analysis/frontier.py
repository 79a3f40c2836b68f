"""The frontier: what more teams, days, nights or driving hours bring.

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

from routeplan.analysis.compare import objective_value, or_nan
from routeplan.analysis.runner import Case, Runner
from routeplan.analysis.variants import Variant, vary
from routeplan.errors import Faults, InputError, nearest
from routeplan.language import gettext as _

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
        where nothing was proved (else no plan has a higher objective).

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
            ``objective``, which was maximized, and the proven ``upper_bound`` on it;
            ``wheel_hours`` driven by all teams. Missing where there is no plan, or no bound.
        """
        rows = []
        for at, plan in self.plans.items():
            households, weighted, hours = math.nan, math.nan, math.nan
            if plan is not None:
                households, weighted = plan.summary.households, plan.summary.weighted
                hours = round(plan.summary.drive_seconds / 3600, 1)
            figures = households, weighted, self._objective(at), self._bound(at), hours
            rows.append((*at, *figures))
        columns = ["households", "weighted", "objective", "upper_bound", "wheel_hours"]
        return pd.DataFrame(rows, columns=[*self.axes, *columns])

    def steps(self) -> pd.DataFrame:
        """Return what the next value of each axis brings, all others being the same.

        Returns
        -------
        pandas.DataFrame
            A row a step: ``of``, the axis; ``to``, its value then; the axes before the step;
            ``found``, by how much the objective of the plans that were found grows; ``least`` and
            ``most``, what is proven of the best plans. Where ``least`` is 0, it is not proven that
            the step brings anything.
        """
        rows = []
        for number, (axis, values) in enumerate(self.axes.items()):
            for at in self.plans:
                for value in values[values.index(at[number]) + 1 :][:1]:
                    then = (*at[:number], value, *at[number + 1 :])
                    found = round(self._objective(then) - self._objective(at), 6)
                    # A comparison with NaN is false: a missing bound stays missing.
                    least = round(max(self._objective(then) - self._bound(at), 0.0), 6)
                    most = round(self._bound(then) - self._objective(at), 6)
                    rows.append((axis, *at, value, found, least, most))
        columns = ["of", *self.axes, "to", "found", "least", "most"]
        return pd.DataFrame(rows, columns=columns)

    def _objective(self, at: Point) -> float:
        return objective_value(self.plans[at])

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
    for _total, level in itertools.groupby(sorted(steps, key=lambda at: (sum(at), at)), key=sum):
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
        key=lambda plan: (plan.summary.objective, -plan.summary.drive_seconds),
        default=None,
    )


def _checked_axes(axes: Mapping[str, Sequence[float]]) -> dict[str, tuple[float, ...]]:
    faults = Faults()
    if not axes:
        faults.add("axes", _("there are none"), _("name some of {names}", names=", ".join(AXES)))
    for axis, values in axes.items():
        if axis not in AXES:
            message = _("is not one of {names}", names=", ".join(AXES))
            faults.add(axis, message, nearest(axis, AXES))
        elif not len(values):
            faults.add(axis, _("has no values"))
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
        faults.add(axis, _("{value:g} is not a whole number", value=value))
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
