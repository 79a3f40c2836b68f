"""A country of districts: teams allocated by what one more brings in each, and plans joined."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from routeplan import __version__
from routeplan.analysis.frontier import MOST, Frontier, Variant, trace_frontiers, vary
from routeplan.errors import Faults
from routeplan.formats import problem_sha256, problem_to_json
from routeplan.model.plan import (
    LeftOut,
    Plan,
    Reason,
    Requirement,
    RequirementKind,
    Run,
    StoppedBy,
    Summary,
)
from routeplan.model.problem import Problem, TravelTimes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from routeplan.analysis.runner import Runner
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
    _check(problems, crews, most)
    if most is None:
        most = 2 * math.ceil(crews / len(problems)) + 1
    axes = {"crews": range(1, min(most, crews) + 1)}
    frontiers = trace_frontiers(problems, axes, options, runner=runner)
    weighted = {name: _by_crews(each, "weighted") for name, each in frontiers.items()}
    bounds = {name: _by_crews(each, "upper_bound") for name, each in frontiers.items()}
    bound = sum(bounds[name][n] for name, n in share_out(bounds, crews).items())
    allocation = share_out(weighted, crews)
    return Country(problems, frontiers, allocation, None if math.isnan(bound) else bound)


def _check(problems: Mapping[str, Problem], crews: int, most: int | None) -> None:
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


def join(
    cases: Mapping[str, tuple[Problem, Plan | None]], *, name: str = ""
) -> tuple[Problem, Plan]:
    """Join districts and their plans into one problem and its plan, with ids like ``north/v01``.

    Districts are not connected to each other; the bound is the sum of theirs. In a case, the plan
    is None where no team is sent.

    Raises
    ------
    InputError
        Naming each district whose days or rules differ from those of the first one; or if no
        team is sent anywhere.
    """
    first, faults = next(iter(cases), None), Faults()
    for district, (problem, _) in cases.items():
        for part in ("days", "rules"):
            if getattr(problem, part) != getattr(cases[first][0], part):  # type: ignore[index]
                faults.add(district, f"its {part} are not those of {first}")
    if first is None:
        faults.add("districts", "there are none")
    faults.raise_any()
    joined = _joined_problem(cases, name)
    return joined, _joined_plan(cases, problem_sha256(problem_to_json(joined)))


def _joined_problem(cases: Mapping[str, tuple[Problem, Plan | None]], name: str) -> Problem:
    problems = {district: problem for district, (problem, _) in cases.items()}

    def prefixed(part: str, *fields: str) -> tuple[Any, ...]:
        return tuple(
            each
            for district, (problem, plan) in cases.items()
            if part != "teams" or plan is not None
            for each in _prefixed(district, getattr(problem, part), *fields)
        )

    return next(iter(problems.values())).replace(
        name=name,
        places=prefixed("places", "id"),
        travel=_block_diagonal(list(problems.values())),
        villages=prefixed("villages", "place"),
        sleeps=prefixed("sleeps", "place"),
        teams=prefixed("teams", "id", "start", "end"),
    )


def _prefixed(district: str, values: Iterable[Any], *fields: str) -> tuple[Any, ...]:
    """Return dataclasses with the name of their district before the ids in some fields."""

    def prefixed(each: Any) -> Any:  # noqa: ANN401  # any dataclass
        ids = {field: getattr(each, field) for field in fields}
        return replace(each, **{field: f"{district}/{id_}" for field, id_ in ids.items() if id_})

    return tuple(map(prefixed, values))


def _block_diagonal(problems: Sequence[Problem]) -> dict[str, TravelTimes]:
    size = sum(len(problem.places) for problem in problems)
    joined = {}
    for vehicle in sorted({vehicle for problem in problems for vehicle in problem.travel}):
        seconds, metres = np.zeros((2, size, size), dtype=np.int64)
        reachable = np.eye(size, dtype=np.bool_)
        has_metres = True
        stop = 0
        for problem in problems:
            block = slice(stop, stop + len(problem.places))
            stop = block.stop
            if (times := problem.travel.get(vehicle)) is None:
                continue
            seconds[block, block] = times.seconds
            reachable[block, block] = times.reachable
            has_metres = has_metres and times.metres is not None
            if times.metres is not None:
                metres[block, block] = times.metres
        joined[vehicle] = TravelTimes(seconds, reachable, metres if has_metres else None)
    return joined


def _joined_plan(cases: Mapping[str, tuple[Problem, Plan | None]], sha256: str) -> Plan:
    plans = {district: plan for district, (_, plan) in cases.items() if plan is not None}
    tours = tuple(
        replace(
            tour,
            stops=_prefixed(district, tour.stops, "place"),
            rests=_prefixed(district, tour.rests, "place"),
        )
        for district, plan in plans.items()
        for tour in _prefixed(district, plan.tours, "team", "start", "end")
    )
    left_out = tuple(
        left for district, case in cases.items() for left in _joined_left_out(district, *case)
    )
    summary = _joined_summary([plan.summary for plan in plans.values()])
    run = _joined_run([plan.run for plan in plans.values()])
    return Plan(sha256, tours, left_out, summary, run)


def _joined_left_out(district: str, problem: Problem, plan: Plan | None) -> tuple[LeftOut, ...]:
    no_team = (Requirement(RequirementKind.TEAM),)
    left_out = (
        plan.left_out
        if plan
        else [
            LeftOut(village.place, village.households, Reason.NO_TIME, no_team)
            for village in problem.villages
            if village.households
        ]
    )
    return _prefixed(
        district,
        [
            replace(left, requirements=_prefixed(district, left.requirements, "team", "place"))
            for left in left_out
        ],
        "place",
    )


def _joined_summary(summaries: Sequence[Summary]) -> Summary:
    bounds = [each.upper_bound for each in summaries]
    return Summary(
        households=sum(each.households for each in summaries),
        weighted=sum(each.weighted for each in summaries),
        upper_bound=None if None in bounds else sum(bound or 0.0 for bound in bounds),
        drive_seconds=sum(each.drive_seconds for each in summaries),
    )


def _joined_run(runs: Sequence[Run]) -> Run:
    reasons = {run.stopped_by for run in runs} or {StoppedBy.PROVED}
    worst_first = [StoppedBy.INTERRUPT, StoppedBy.TIME, StoppedBy.ITERATIONS, StoppedBy.PROVED]
    return Run(
        engine="+".join(sorted({run.engine for run in runs})),
        seed=runs[0].seed if runs else 0,
        seconds=round(sum(run.seconds for run in runs), 3),
        iterations=sum(run.iterations for run in runs),
        stopped_by=next(reason for reason in worst_first if reason in reasons),
        routeplan=__version__,
    )
