"""A country of districts: crews shared out by what one more brings in each, plans joined."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from routeplan.analysis.frontier import Frontier, trace_frontiers
from routeplan.analysis.joining import join
from routeplan.analysis.variants import MOST, Variant, vary
from routeplan.errors import Faults

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from routeplan.analysis.runner import Runner
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.planner import Options

__all__ = ["Country", "join", "plan_country", "share_out"]


@dataclass(frozen=True, slots=True)
class Country:
    """Districts with the crews that each is given.

    Parameters
    ----------
    problems
        By district, as they were posed.
    frontiers
        By district: households against crews.
    crews
        By district, 0 where none is sent.
    upper_bound
        On the weighted households of all: no other way to share out as many crews, with as many in
        a district as its frontier has at most, reaches more. None where nothing was proved.

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
        """Return problem and plan of each district with its crews; no plan where it has none."""
        found: dict[str, tuple[Problem, Plan | None]] = {}
        for name, crews in self.crews.items():
            problem = self.problems[name]
            if crews:
                plan = self.frontiers[name].plans[crews,]
                found[name] = vary(problem, Variant(crews=crews)), plan
            else:
                found[name] = problem, None
        return found

    def table(self) -> pd.DataFrame:
        """Return what each district is given and reaches.

        Returns
        -------
        pandas.DataFrame
            A row a district: ``crews``; ``households`` there; ``reached``; ``share``, 0 to 1;
            ``weighted`` and the proven ``upper_bound`` on it; ``last_brings`` and ``next_brings``,
            the weighted households of the last crew that was given and of one more (missing where
            that was not planned); ``at_most``, whether its frontier has no more crews.
        """
        rows = []
        for name, crews in self.crews.items():
            curve = _curve(self.frontiers[name])
            plan = self.frontiers[name].plans[crews,] if crews else None
            households = sum(village.households for village in self.problems[name].villages)
            reached = 0 if plan is None else plan.summary.households
            more = crews + 1 < len(curve)
            rows.append(
                {
                    "district": name,
                    "crews": crews,
                    "households": households,
                    "reached": reached,
                    "share": round(reached / households, 4) if households else math.nan,
                    "weighted": curve[crews],
                    "upper_bound": _bounds(self.frontiers[name])[crews],
                    "last_brings": curve[crews] - curve[crews - 1] if crews else math.nan,
                    "next_brings": curve[crews + 1] - curve[crews] if more else math.nan,
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
    """Share crews out over districts, so that together they reach the most.

    The frontier of every district is traced, all side by side; how the crews are shared out over
    these is then exact.

    Parameters
    ----------
    problems
        By district. Its teams say what a crew is there: the first ones are given first, then
        copies of them.
    crews
        How many there are for all.
    options
        How long and how to search for each district and number of crews.
    most
        Crews that one district may be given; twice its even part and one more where left out.
    runner
        As for `trace_frontier`.

    Raises
    ------
    InputError
        Where there are no districts or crews, a district has no teams, and as `Runner.plan` does.

    Examples
    --------
    >>> country = plan_country({"all": problem}, 1, Options(iterations=1, bound=False))
    >>> country.table()["crews"].tolist()
    [1]
    """
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
    if most is None:
        most = 2 * math.ceil(crews / len(problems)) + 1
    axes = {"crews": range(1, min(most, crews) + 1)}
    frontiers = trace_frontiers(problems, axes, options, runner=runner)
    given = share_out({name: _curve(each) for name, each in frontiers.items()}, crews)
    bounds = {name: _bounds(each) for name, each in frontiers.items()}
    reach = sum(bounds[name][n] for name, n in share_out(bounds, crews).items())
    return Country(problems, frontiers, given, None if math.isnan(reach) else reach)


def share_out(curves: Mapping[str, Sequence[float]], crews: int) -> dict[str, int]:
    """Share crews out over districts so that the sum of what they bring is the largest.

    Exact whatever the curves' shape: a knapsack over districts and crews.

    Parameters
    ----------
    curves
        By district: what 0, 1, 2 … crews bring there; NaN where so many cannot be sent.
    crews
        How many there are.

    Returns
    -------
    dict
        Crews by district. Those that would bring nothing are given to nobody.

    Examples
    --------
    >>> share_out({"north": [0, 50, 80], "south": [0, 10, 70]}, 3)
    {'north': 1, 'south': 2}
    """
    # What the districts so far bring with a number of crews, and how many the last of them got.
    best = [0.0] * (crews + 1)
    choices: list[list[int]] = []
    for curve in curves.values():
        reached, chosen = [], []
        for total in range(crews + 1):
            options = range(min(total, len(curve) - 1) + 1)
            values = [
                -math.inf if math.isnan(curve[n]) else best[total - n] + curve[n] for n in options
            ]
            reached.append(max(values))
            chosen.append(values.index(reached[-1]))
        best = reached
        choices.append(chosen)
    given: dict[str, int] = {}
    left = crews
    for name, chosen in zip(reversed(list(curves)), reversed(choices), strict=True):
        given[name] = chosen[left]
        left -= chosen[left]
    return {name: given[name] for name in curves}


def _curve(frontier: Frontier) -> list[float]:
    table = frontier.table()
    return [0.0, *map(float, table["weighted"])]


def _bounds(frontier: Frontier) -> list[float]:
    table = frontier.table()
    return [0.0, *map(float, table["upper_bound"])]
