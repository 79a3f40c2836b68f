"""The frontier: what more teams, days, nights or driving hours bring.

A plan for fewer of them stays a plan for more, and what cannot be reached with more cannot be
reached with fewer. So each point of the grid starts from the best plan of its smaller neighbours,
and its bound is the lowest of all points that have as much of everything. The households found then
never fall, and the gap to the bound is how far the search may be off.
"""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import pandas as pd

from routeplan.analysis.compare import or_nan
from routeplan.analysis.runner import (
    Case,
    Job,
    Runner,
    best_plan,
    objective_value,
    run_figures,
    with_seeds,
)
from routeplan.analysis.variants import Variant, vary
from routeplan.display import counted, one_line
from routeplan.display import table as table_html
from routeplan.errors import Faults, nearest
from routeplan.language import gettext as _
from routeplan.model.problem import problem_of, with_problem
from routeplan.model.variants import check_change

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Posed, Problem
    from routeplan.planner import Options

AXES = ("crews", "days", "nights", "drive_hours")
"""Fields of `Variant` that a frontier can have as axes."""

K = TypeVar("K", bound="Hashable")

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
    found
        By a value of each axis, where there were several seeds: the objective of the plan of each,
        NaN where there is none. Of these, `plans` has the best.
    posed
        The problem or the prepared scenario that was varied.

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
    found: Mapping[Point, tuple[float, ...]] = field(default_factory=dict)
    posed: Posed | None = None

    def __repr__(self) -> str:
        reached = [plan.summary.households for plan in self.plans.values() if plan is not None]
        axes = (f"{axis} {of[0]:g} to {of[-1]:g}" for axis, of in self.axes.items())
        figures = [*axes, counted(len(self.plans), "point")]
        if reached:
            figures.append(f"{min(reached):,} to {counted(max(reached), 'household')}")
        return one_line("Frontier", "", *figures)

    def _repr_html_(self) -> str:
        shown = self.table()
        return table_html("Frontier", [], shown.columns, shown.itertuples(index=False, name=None))

    def cases(self) -> dict[Point, tuple[Posed, Plan | None]]:
        """Return each point varied as it was planned, and its plan.

        Of a prepared scenario they are prepared too, so that `draw_map` draws them along the roads.
        """
        posed = self.posed
        if posed is None:
            return {}
        varied = {at: vary(problem_of(posed), _variant(self.axes, at)) for at in self.plans}
        return {at: (with_problem(posed, each), self.plans[at]) for at, each in varied.items()}

    def table(self) -> pd.DataFrame:
        """Return the frontier as a table.

        Returns
        -------
        pandas.DataFrame
            A row a point: the axes; ``households`` reached, ``weighted`` times their weights;
            ``objective``, which was maximized, and the proven ``upper_bound`` on it;
            ``wheel_hours`` driven by all teams; ``iterations`` of the search, and why it
            ``stopped_by``. Missing where there is no plan, or no bound. With several seeds also
            ``low`` and ``high``: the objectives of the worst and the best seed.
        """
        rows = []
        for at, plan in self.plans.items():
            households, weighted, hours = math.nan, math.nan, math.nan
            if plan is not None:
                households, weighted = plan.summary.households, plan.summary.weighted
                hours = round(plan.summary.drive_seconds / 3600, 1)
            figures = households, weighted, self._objective(at), self._bound(at), hours
            searched = run_figures(plan).values()
            rows.append((*at, *figures, *searched, *(self.seed_range(at) if self.found else ())))
        columns = ["households", "weighted", "objective", "upper_bound", "wheel_hours"]
        columns += ["iterations", "stopped_by", *(["low", "high"] if self.found else [])]
        return pd.DataFrame(rows, columns=[*self.axes, *columns])

    def steps(self) -> pd.DataFrame:
        """Return what the next value of each axis brings, all others being the same.

        Returns
        -------
        pandas.DataFrame
            A row a step: ``of``, the axis; ``to``, its value then; the axes before the step;
            ``found``, by how much the objective of the plans that were found grows; ``least`` and
            ``most``, what is proven of the best plans. Where ``least`` is 0, it is not proven that
            the step brings anything. With several seeds also ``low`` and ``high``: what it brings
            from the best seed before to the worst one then, and the other way round. Where ``low``
            is not above 0, seeds differ by as much as the step.
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
                    between = self._between(at, then) if self.found else ()
                    rows.append((axis, *at, value, found, least, most, *between))
        columns = ["of", *self.axes, "to", "found", "least", "most"]
        columns += ["low", "high"] if self.found else []
        return pd.DataFrame(rows, columns=columns)

    def seed_range(self, at: Point) -> tuple[float, float]:
        """Return the lowest and highest objective of all seeds that found a plan."""
        values = [value for value in self.found[at] if not math.isnan(value)]
        return min(values, default=math.nan), max(values, default=math.nan)

    def _between(self, at: Point, then: Point) -> tuple[float, float]:
        (low, high), (low_then, high_then) = self.seed_range(at), self.seed_range(then)
        return round(low_then - high, 6), round(high_then - low, 6)

    def _objective(self, at: Point) -> float:
        return objective_value(self.plans[at])

    def _bound(self, at: Point) -> float:
        return or_nan(self.bounds[at])


def trace_frontier(
    problem: Posed,
    axes: Mapping[str, Sequence[float]],
    options: Options,
    *,
    runner: Runner | None = None,
    seeds: int = 1,
) -> Frontier:
    """Plan a problem with ever more teams, days, nights or driving hours.

    Parameters
    ----------
    problem, axes
        A problem or a prepared scenario, which says how much there is of what is no axis; and
        values of some of `AXES`. Roads are the same at all points, whatever season added days are
        in.
    options
        How long and how to search at each point.
    runner
        Where they are planned and kept; by default in this process, and not kept.
    seeds
        How many random seeds, from that of `options` on. Each traces a frontier of its own, so
        that what they find at a point tells how much of a step is luck of the search.

    Raises
    ------
    InputError
        For an unknown axis, or one without values or with an invalid one, or no seed; and as
        `Runner.plan` does.

    Examples
    --------
    >>> options = Options(iterations=1, bound=False)
    >>> frontier = trace_frontier(problem, {"days": (1, 2)}, options)
    >>> frontier.table()["households"].is_monotonic_increasing
    True
    """
    return trace_frontiers({"": problem}, axes, options, runner=runner, seeds=seeds)[""]


def trace_frontiers(
    problems: Mapping[K, Posed],
    axes: Mapping[str, Sequence[float]],
    options: Options,
    *,
    runner: Runner | None = None,
    seeds: int = 1,
) -> dict[K, Frontier]:
    """Trace the frontiers of several problems, their points planned side by side.

    A point is planned as soon as its smaller neighbours are.
    """
    grid = _checked_axes(axes)
    searches = with_seeds(options, seeds)
    jobs: dict[tuple[K, int, Point], Job[tuple[K, int, Point]]] = {}
    for point, smaller in _points(grid):
        variant = _variant(grid, point)
        for (name, posed), n in itertools.product(problems.items(), range(seeds)):
            case = Case(problem_of(posed), searches[n], variant=variant)
            after = tuple((name, n, each) for each in smaller)
            jobs[name, n, point] = Job(after, functools.partial(_from_best, case))
    plans = (runner or Runner(workers=0)).plan_jobs(jobs)
    runs: dict[K, list[dict[Point, Plan | None]]] = {
        name: [{} for _ in range(seeds)] for name in problems
    }
    for (name, n, point), plan in plans.items():
        runs[name][n][point] = plan
    return {name: _frontier(grid, runs[name], problem) for name, problem in problems.items()}


def _points(grid: Mapping[str, tuple[float, ...]]) -> list[tuple[Point, list[Point]]]:
    """Return all points with their smaller neighbours, those that others wait for first."""
    steps = itertools.product(*(range(len(values)) for values in grid.values()))
    return [
        (
            _point(grid, step),
            [
                _point(grid, (*step[:n], index - 1, *step[n + 1 :]))
                for n, index in enumerate(step)
                if index
            ],
        )
        for step in sorted(steps, key=lambda at: (sum(at), at))
    ]


def _from_best(case: Case, smaller: Sequence[Plan | None]) -> Case:
    """Return a case that starts from the best plan of its smaller neighbours."""
    return replace(case, start=best_plan(smaller))


def _frontier(
    grid: Mapping[str, tuple[float, ...]],
    runs: Sequence[Mapping[Point, Plan | None]],
    posed: Posed,
) -> Frontier:
    """Return the frontier of the best plans that seeds have found."""
    points = sorted(runs[0])
    bounds = [_bounds(grid, plans, problem_of(posed)) for plans in runs]
    proven = {at: [bound for one in bounds if (bound := one[at]) is not None] for at in points}
    found = {at: tuple(objective_value(plans[at]) for plans in runs) for at in points}
    return Frontier(
        grid,
        {at: best_plan([plans[at] for plans in runs]) for at in points},
        {at: min(proven[at], default=None) for at in points},
        found if len(runs) > 1 else {},
        posed,
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


def _check_value(axis: str, value: float | None, faults: Faults) -> None:
    if value is None:
        hint = _("give a number: with as many nights as days there is no limit")
        faults.add(axis, _("None, which is no limit, has no place on an axis"), hint)
    else:
        check_change(axis, value, faults)


def frontier_points(axes: Mapping[str, Sequence[float]]) -> list[str]:
    """Return the names of the points of a frontier, in the order of `Frontier.cases`."""
    grid = _checked_axes(axes)
    return [_variant(grid, at).label() for at in itertools.product(*grid.values())]


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
