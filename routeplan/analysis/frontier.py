"""What more crews, days, nights or hours at the wheel bring, with what is proven of it.

A plan for fewer of them stays a plan for more, and what cannot be reached with more cannot be
reached with fewer. So each cell of the grid is begun from the best plan of its smaller neighbours,
and its bound is the lowest of all cells that have as much of everything. What is found then never
falls, and what is left between found and proven is how far the search may be off.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from routeplan.analysis.runner import Case, Runner
from routeplan.analysis.variants import Variant, vary
from routeplan.errors import Faults, InputError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.planner import Options

__all__ = ["AXES", "Frontier", "trace_frontier", "trace_frontiers"]

AXES = ("crews", "days", "nights", "drive_hours")
"""Of what there may be more: see `Variant`."""


@dataclass(frozen=True, slots=True)
class Frontier:
    """Households against what they take.

    Parameters
    ----------
    axes
        The values of each axis, ascending.
    plans
        By a value of each axis, in their order; None where what is required cannot be planned.
    bounds
        By the same: no plan reaches more weighted households; None where nothing was proved.

    Examples
    --------
    >>> options = Options(iterations=1, bound=False)
    >>> found = trace_frontier(problem, {"days": (1, 2)}, options)
    >>> found.steps()[["of", "days", "to"]].values.tolist()
    [['days', 1, 2]]
    """

    axes: Mapping[str, tuple[float, ...]]
    plans: Mapping[tuple[float, ...], Plan | None]
    bounds: Mapping[tuple[float, ...], float | None]

    def table(self) -> pd.DataFrame:
        """Return the frontier as a table.

        Returns
        -------
        pandas.DataFrame
            A row a cell: the axes; ``households`` reached, ``weighted`` times their weights;
            ``upper_bound`` on ``weighted``, proven; ``wheel_hours`` driven by all crews. Missing
            where there is no plan, or no bound.
        """
        rows = []
        for at, plan in self.plans.items():
            summary = None if plan is None else plan.summary
            rows.append(
                {
                    **dict(zip(self.axes, at, strict=True)),
                    "households": math.nan if summary is None else summary.households,
                    "weighted": self._found(at),
                    "upper_bound": self._bound(at),
                    "wheel_hours": (
                        math.nan if summary is None else round(summary.drive_seconds / 3600, 1)
                    ),
                }
            )
        return pd.DataFrame(rows)

    def steps(self) -> pd.DataFrame:
        """Return what the next one of each thing is worth, all else being the same.

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
                after = values.index(at[number]) + 1
                if after == len(values):
                    continue
                then = (*at[:number], values[after], *at[number + 1 :])
                rows.append(
                    {
                        "of": axis,
                        **dict(zip(self.axes, at, strict=True)),
                        "to": values[after],
                        "found": round(self._found(then) - self._found(at), 6),
                        # Compared from its right, a missing bound stays one.
                        "least": round(max(self._found(then) - self._bound(at), 0.0), 6),
                        "most": round(self._bound(then) - self._found(at), 6),
                    }
                )
        columns = ["of", *self.axes, "to", "found", "least", "most"]
        return pd.DataFrame(rows, columns=columns)

    def _found(self, at: tuple[float, ...]) -> float:
        plan = self.plans[at]
        return math.nan if plan is None else plan.summary.weighted

    def _bound(self, at: tuple[float, ...]) -> float:
        bound = self.bounds[at]
        return math.nan if bound is None else bound


def trace_frontier(
    problem: Problem,
    axes: Mapping[str, Sequence[float]],
    options: Options,
    *,
    runner: Runner | None = None,
) -> Frontier:
    """Plan a problem with ever more of some things.

    Parameters
    ----------
    problem
        What is asked, with as much as it has where an axis is silent.
    axes
        Values of some of `AXES`.
    options
        How long and how to search in each cell.
    runner
        Where they are planned and kept; in this process and nowhere where left out.

    Raises
    ------
    InputError
        For an axis that there is not, or that has no values or one that cannot be; and as
        `Runner.plan` does.

    Examples
    --------
    >>> options = Options(iterations=1, bound=False)
    >>> found = trace_frontier(problem, {"days": (1, 2)}, options)
    >>> found.table()["households"].is_monotonic_increasing
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
    """Trace the frontiers of several problems, their cells planned side by side."""
    grid = _checked(axes)
    runner = runner or Runner(workers=0)
    plans: dict[str, dict[tuple[float, ...], Plan | None]] = {name: {} for name in problems}
    steps = [range(len(values)) for values in grid.values()]
    places = sorted(itertools.product(*steps), key=lambda place: (sum(place), place))
    for _, level in itertools.groupby(places, key=sum):
        waiting: list[tuple[str, tuple[float, ...], Case]] = []
        for place, (name, problem) in itertools.product(list(level), problems.items()):
            at = _values(grid, place)
            posed = vary(problem, _variant(grid, at))
            before = [plans[name][_values(grid, each)] for each in _smaller(place)]
            waiting.append((name, at, Case(posed, options, _best(before))))
        made = runner.plan([cell for _, _, cell in waiting])
        for (name, at, _), plan in zip(waiting, made, strict=True):
            plans[name][at] = plan
    return {
        name: Frontier(
            grid,
            {at: plans[name][at] for at in itertools.product(*grid.values())},
            _bounds(grid, plans[name], problem),
        )
        for name, problem in problems.items()
    }


def _checked(axes: Mapping[str, Sequence[float]]) -> dict[str, tuple[float, ...]]:
    faults = Faults()
    if not axes:
        faults.add("axes", "there are none", f"name some of {', '.join(AXES)}")
    for axis, values in axes.items():
        if axis not in AXES:
            faults.add(axis, "is nothing of which there can be more", nearest(axis, AXES))
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
        _variant({axis: (value,)}, (value,))
    except InputError as error:
        faults.adopt(error)


def _variant(grid: Mapping[str, Any], at: tuple[float, ...]) -> Variant:
    return Variant(**dict(zip(grid, at, strict=True)))  # type: ignore[arg-type]


def _values(grid: Mapping[str, tuple[float, ...]], place: tuple[int, ...]) -> tuple[float, ...]:
    return tuple(values[n] for values, n in zip(grid.values(), place, strict=True))


def _smaller(place: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Return the neighbours with one step less of one thing."""
    return [(*place[:n], step - 1, *place[n + 1 :]) for n, step in enumerate(place) if step]


def _best(plans: Sequence[Plan | None]) -> Plan | None:
    known = [plan for plan in plans if plan is not None]
    figures = [(plan.summary.weighted, -plan.summary.drive_seconds) for plan in known]
    return known[figures.index(max(figures))] if known else None


def _bounds(
    grid: Mapping[str, tuple[float, ...]],
    plans: Mapping[tuple[float, ...], Plan | None],
    problem: Problem,
) -> dict[tuple[float, ...], float | None]:
    """Return the lowest bound of all cells that have as much of everything."""
    # A crew that has to get from one place to another may be in the way of others, so that more
    # crews or days do not bound fewer; one that ends where it starts can stay there.
    all_round = all(team.start == team.end for team in problem.teams)
    bounding = [axis in {"nights", "drive_hours"} or all_round for axis in grid]
    bounds: dict[tuple[float, ...], float | None] = {}
    for at in itertools.product(*grid.values()):
        known = [
            plan.summary.upper_bound
            for other, plan in plans.items()
            if plan is not None
            and plan.summary.upper_bound is not None
            and all(
                there >= here if carries else there == here
                for here, there, carries in zip(at, other, bounding, strict=True)
            )
        ]
        bounds[at] = min(known, default=None)
    return bounds
