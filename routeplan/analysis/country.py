"""Teams allocated to districts, so that together they reach the most."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from routeplan.analysis.frontier import trace_frontiers
from routeplan.display import counted, one_line
from routeplan.display import table as table_html
from routeplan.errors import Faults
from routeplan.language import gettext as _
from routeplan.model.problem import problem_of
from routeplan.model.variants import MOST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from routeplan.analysis.frontier import Frontier
    from routeplan.analysis.runner import Runner
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Posed, Problem
    from routeplan.planner import Options


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
        On the objectives of all together: no other allocation of as many teams, with as many in a
        district as its frontier has at most, reaches more. None where nothing was proved.

    Examples
    --------
    >>> districts = {"north": problem, "south": vary(problem, Variant(days=1))}
    >>> country = plan_country(districts, 2, Options(iterations=1, bound=False), most=1)
    >>> country.table()["crews"].tolist()
    [1, 1]
    """

    problems: Mapping[str, Posed]
    frontiers: Mapping[str, Frontier]
    crews: Mapping[str, int]
    upper_bound: float | None

    def __repr__(self) -> str:
        given = ((self.frontiers[name], crews) for name, crews in self.crews.items() if crews)
        plans = [plan for frontier, crews in given if (plan := frontier.plans[crews,]) is not None]
        return one_line(
            *("Country", ""),
            counted(len(self.problems), "district"),
            counted(sum(self.crews.values()), "crew"),
            counted(sum(plan.summary.households for plan in plans), "household"),
        )

    def _repr_html_(self) -> str:
        shown = self.table()
        return table_html("Country", [], shown.columns, shown.itertuples(index=False, name=None))

    def cases(self) -> dict[str, tuple[Posed, Plan | None]]:
        """Return each district with its teams, as it was given, and its plan.

        There is no plan where it has no teams.
        """
        cases: dict[str, tuple[Posed, Plan | None]] = {}
        for name, crews in self.crews.items():
            cases[name] = self.problems[name], None
            if crews:
                cases[name] = self.frontiers[name].cases()[crews,]
        return cases

    def table(self) -> pd.DataFrame:
        """Return what each district is given and reaches.

        Returns
        -------
        pandas.DataFrame
            A row a district: ``crews``; ``households`` there; ``reached``; ``share``, 0 to 1;
            ``weighted``; ``objective`` and the proven ``upper_bound`` on it; ``last_brings`` and
            ``next_brings``, what the last team that was given adds to the objective, and what one
            more would (missing where that was not planned); ``at_most``, whether its frontier has
            no more teams.
        """
        rows = []
        for name, crews in self.crews.items():
            brings = _by_crews(self.frontiers[name], "objective")
            plan = self.frontiers[name].plans[crews,] if crews else None
            villages = problem_of(self.problems[name]).villages
            households = sum(village.households for village in villages)
            reached = 0 if plan is None else plan.summary.households
            more = crews + 1 < len(brings)
            rows.append(
                {
                    "district": name,
                    "crews": crews,
                    "households": households,
                    "reached": reached,
                    "share": round(reached / households, 4) if households else math.nan,
                    "weighted": _by_crews(self.frontiers[name], "weighted")[crews],
                    "objective": brings[crews],
                    "upper_bound": _by_crews(self.frontiers[name], "upper_bound")[crews],
                    "last_brings": brings[crews] - brings[crews - 1] if crews else math.nan,
                    "next_brings": brings[crews + 1] - brings[crews] if more else math.nan,
                    "at_most": not more,
                }
            )
        return pd.DataFrame(rows)


def plan_country(
    problems: Mapping[str, Posed],
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
        By district, each a problem or a prepared scenario. Its first teams are given first, then
        copies of them.
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
    brings, bounds = (
        {name: _curve(problem_of(problems[name]), each, column) for name, each in frontiers.items()}
        for column in ("objective", "upper_bound")
    )
    allocation = share_out(brings, crews)
    _check_floors(brings, allocation)
    # One that is missing may be any: without all of them, nothing is proved of the sum.
    is_proved = all(
        math.isnan(found) or not math.isnan(proven)
        for name in problems
        for found, proven in zip(brings[name], bounds[name], strict=True)
    )
    best = share_out(bounds, crews)
    bound = sum(bounds[name][n] for name, n in best.items()) if is_proved else math.nan
    return Country(problems, frontiers, allocation, None if math.isnan(bound) else bound)


def _check_country(problems: Mapping[str, Posed], crews: int, most: int | None) -> None:
    faults = Faults()
    if not problems:
        faults.add("districts", _("there are none"))
    for name, value in (("crews", crews), ("most", most)):
        if value is not None and value < 1:
            faults.add(name, _("{value} is below 1", value=value))
        elif value is not None and value > MOST["crews"]:
            message = _(
                "{value} is above {most}, the most that are shared out",
                value=value,
                most=MOST["crews"],
            )
            faults.add(name, message)
    for name, posed in problems.items():
        if not problem_of(posed).teams:
            faults.add(name, _("has no team that says what a crew is"))
    faults.raise_any()


def _curve(problem: Problem, frontier: Frontier, column: str) -> list[float]:
    """Return a figure by the number of teams, from none; without any, floors are not met."""
    none, *others = _by_crews(frontier, column)
    has_floor = any(district.min_households for district in problem.districts)
    return [math.nan if has_floor else none, *others]


def _check_floors(brings: Mapping[str, Sequence[float]], allocation: Mapping[str, int]) -> None:
    faults = Faults()
    for name, crews in allocation.items():
        if math.isnan(brings[name][crews]):
            message = _("its least number of households is not reached by {n} crews", n=crews)
            faults.add(name, message, _("give more crews, or lower the number"))
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
