"""Teams allocated to districts, so that together they reach the most."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pandas as pd

from routeplan.analysis.allocation import check_allocation, share_out
from routeplan.analysis.frontier import trace_frontiers
from routeplan.analysis.runner import run_figures
from routeplan.analysis.variants import vary
from routeplan.display import counted, one_line
from routeplan.display import table as table_html
from routeplan.errors import Faults, nearest
from routeplan.formats import problem_sha256, problem_to_json
from routeplan.language import gettext as _
from routeplan.model.problem import District, problem_of, with_problem
from routeplan.model.variants import MOST, resize_teams

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from routeplan.analysis.frontier import Frontier
    from routeplan.analysis.runner import Runner
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Posed, Problem
    from routeplan.planner import Options


@dataclass(frozen=True, slots=True)
class Floor:
    """What a district is given at least.

    Parameters
    ----------
    households
        Reached there.
    crew_days
        Working days of the teams that it is given, also of those that stay put on some.

    Raises
    ------
    InputError
        For numbers below 0.

    Examples
    --------
    >>> floors = {"north": Floor(households=10)}
    >>> options = Options(iterations=1, bound=False)
    >>> plan_country({"north": problem}, 1, options, floors=floors).price_of_floors
    0
    """

    households: int = 0
    crew_days: int = 0

    def __post_init__(self) -> None:
        faults = Faults()
        names = {"min_households": self.households, "min_crew_days": self.crew_days}
        for name, value in names.items():
            if value < 0:
                faults.add(name, _("{value} is below 0", value=value))
        faults.raise_any()


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
    floors
        What districts are given at least.
    without_floors
        The same without floors, where there are any: the difference is their price.

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
    floors: Mapping[str, Floor] = field(default_factory=dict)
    without_floors: Country | None = None

    def __repr__(self) -> str:
        return one_line(
            *("Country", ""),
            counted(len(self.problems), "district"),
            counted(sum(self.crews.values()), "crew"),
            counted(self.households, "household"),
        )

    def _repr_html_(self) -> str:
        shown = self.table()
        return table_html("Country", [], shown.columns, shown.itertuples(index=False, name=None))

    @property
    def households(self) -> int:
        """Households reached in all districts."""
        plans = map(self._plan, self.crews)
        return sum(plan.summary.households for plan in plans if plan is not None)

    @property
    def price_of_floors(self) -> int:
        """How many more households are reached without floors."""
        return (
            0 if self.without_floors is None else self.without_floors.households - self.households
        )

    def _plan(self, name: str) -> Plan | None:
        crews = self.crews[name]
        return self.frontiers[name].plans[crews,] if crews else None

    def cases(self) -> dict[str, tuple[Posed, Plan | None]]:
        """Return each district with its teams, as it was given, and its plan, None without teams.

        Where a district has a floor, so has its problem, unless that has floors of its own.
        """
        cases: dict[str, tuple[Posed, Plan | None]] = {}
        for name, crews in self.crews.items():
            problem, plan = problem_of(self.problems[name]), self._plan(name)
            if crews:
                problem = vary(problem, crews=crews)
            floor = self.floors.get(name, Floor())
            if plan is not None and floor.households and not problem.districts:
                problem = with_floor(problem, floor)
                plan = plan.replace(problem_sha256=problem_sha256(problem_to_json(problem)))
            cases[name] = with_problem(self.problems[name], problem), plan
        return cases

    def table(self) -> pd.DataFrame:
        """Return what each district is given and reaches.

        Returns
        -------
        pandas.DataFrame
            A row a district: ``crews``, and ``crew_days``, their working days; ``households``
            there; ``reached``; ``share``, 0 to 1; ``weighted``; ``objective`` and the proven
            ``upper_bound`` on it; ``last_brings`` and ``next_brings``, what the last team that was
            given adds to the objective, and what one more would (missing where that was not
            planned); ``at_most``, whether its frontier has no more teams; ``iterations`` of the
            search, and why it ``stopped_by`` (missing without teams).

            With several seeds also ``low`` and ``high``: the objectives of the worst and the best
            seed with as many teams. With floors also ``min_households`` and ``min_crew_days``, and
            ``crews_without_floors`` and ``reached_without_floors``.
        """
        table = pd.DataFrame([self._row(name) for name in self.crews])
        if self.without_floors is not None:
            floors = [self.floors.get(name, Floor()) for name in self.crews]
            free = self.without_floors.table()
            table["min_households"] = [floor.households for floor in floors]
            table["min_crew_days"] = [floor.crew_days for floor in floors]
            table["crews_without_floors"] = free["crews"]
            table["reached_without_floors"] = free["reached"]
        return table

    def _row(self, name: str) -> dict[str, object]:
        crews, frontier, plan = self.crews[name], self.frontiers[name], self._plan(name)
        brings = _by_crews(frontier, "objective")
        households = _households(self.problems[name])
        reached = 0 if plan is None else plan.summary.households
        more = crews + 1 < len(brings)
        row = {
            "district": name,
            "crews": crews,
            "crew_days": _crew_days(self.problems[name], crews)[crews],
            "households": households,
            "reached": reached,
            "share": round(reached / households, 4) if households else math.nan,
            "weighted": _by_crews(frontier, "weighted")[crews],
            "objective": brings[crews],
            "upper_bound": _by_crews(frontier, "upper_bound")[crews],
            "last_brings": brings[crews] - brings[crews - 1] if crews else math.nan,
            "next_brings": brings[crews + 1] - brings[crews] if more else math.nan,
            "at_most": not more,
            **run_figures(plan),
        }
        if frontier.found:
            low, high = frontier.seed_range((crews,)) if crews else (0.0, 0.0)
            row |= {"low": low, "high": high}
        return row


def plan_country(  # noqa: PLR0913  # those of `trace_frontier`, and two of its own
    problems: Mapping[str, Posed],
    crews: int,
    options: Options,
    *,
    most: int | None = None,
    floors: Mapping[str, Floor] | None = None,
    runner: Runner | None = None,
    seeds: int = 1,
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
    floors
        What districts are given at least, by their names: an allocation that gives less is none.
    options, runner, seeds
        As for `trace_frontier`, for each district and number of teams.

    Raises
    ------
    InputError
        If there are no districts or teams, a district has no teams, or floors cannot be met; and as
        `Runner.plan` does.

    Examples
    --------
    >>> country = plan_country({"all": problem}, 1, Options(iterations=1, bound=False))
    >>> country.table()["crews"].tolist()
    [1]
    """
    floors = {name: floor for name, floor in (floors or {}).items() if floor != Floor()}
    _check_country(problems, crews, most, floors)
    if most is None:
        most = 2 * math.ceil(crews / len(problems)) + 1
    axes = {"crews": range(1, min(most, crews) + 1)}
    posed = {(name, False): problem for name, problem in problems.items()}
    posed |= {(name, True): problem for name, problem in _with_floors(problems, floors).items()}
    traced = trace_frontiers(posed, axes, options, runner=runner, seeds=seeds)
    frontiers = {name: traced[name, False] for name in problems}
    bounds = {name: _curve(problems[name], frontiers[name], "upper_bound") for name in problems}
    free = _allocated(problems, frontiers, crews, bounds, {})
    if not floors:
        return free
    meeting = {
        name: _meeting(floors[name], frontiers[name], traced[name, True])
        for name, is_posed in traced
        if is_posed
    }
    best = _allocated(problems, frontiers | meeting, crews, bounds, floors)
    return replace(best, floors=floors, without_floors=free)


def _with_floors(problems: Mapping[str, Posed], floors: Mapping[str, Floor]) -> dict[str, Problem]:
    """Return districts with their floors, where a plan that is worth less may reach more there."""
    return {
        name: with_floor(problem_of(problems[name]), floor)
        for name, floor in floors.items()
        if floor.households and not _counts_households(problem_of(problems[name]))
    }


def _meeting(floor: Floor, free: Frontier, posed: Frontier) -> Frontier:
    """Return a frontier with the plans for which a floor was posed where others do not meet it."""
    source = {
        at: posed if plan is None or plan.summary.households < floor.households else free
        for at, plan in free.plans.items()
    }
    plans = {at: each.plans[at] for at, each in source.items()}
    found = {at: source[at].found[at] for at in free.found}
    return replace(free, plans=plans, found=found)


def with_floor(problem: Problem, floor: Floor) -> Problem:
    """Return a problem that had no floors with one: so many households are to be reached."""
    places = tuple(village.place for village in problem.villages)
    return problem.replace(districts=(District("all", places, floor.households),))


def _counts_households(problem: Problem) -> bool:
    """Return whether of two plans the one that reaches more households is always the better.

    Also where a problem has floors of its own, beside which no other is posed.
    """
    weights = {village.weight for village in problem.villages}
    is_plain = not problem.announced and not problem.rules.drive_hour_worth and len(weights) < 2  # noqa: PLR2004  # all alike
    return is_plain or bool(problem.districts)


def _allocated(
    problems: Mapping[str, Posed],
    frontiers: Mapping[str, Frontier],
    crews: int,
    bounds: Mapping[str, Sequence[float]],
    floors: Mapping[str, Floor],
) -> Country:
    """Return the best allocation of which each meets its floor."""
    brings = {
        name: _where_met(problems[name], frontier, floors.get(name, Floor()))
        for name, frontier in frontiers.items()
    }
    check_allocation(brings, crews)
    # One that is missing may be any: without all of them, nothing is proved of the sum.
    is_proved = all(
        math.isnan(found) or not math.isnan(proven)
        for name in problems
        for found, proven in zip(brings[name], bounds[name], strict=True)
    )
    best = share_out(bounds, crews)
    bound = sum(bounds[name][n] for name, n in best.items()) if is_proved else math.nan
    allocation = share_out(brings, crews)
    return Country(problems, frontiers, allocation, None if math.isnan(bound) else bound)


def _check_country(
    problems: Mapping[str, Posed], crews: int, most: int | None, floors: Mapping[str, Floor]
) -> None:
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
    _check_floors(problems, floors, faults)
    faults.raise_any()


def _check_floors(
    problems: Mapping[str, Posed], floors: Mapping[str, Floor], faults: Faults
) -> None:
    for name, floor in floors.items():
        there = problems.get(name)
        if there is None:
            faults.add(name, _("has a floor, but is no district"), nearest(name, problems))
        elif floor.households > (most_there := _households(there)):
            message = _(
                "at least {n} households are more than the {all} there",
                n=floor.households,
                all=most_there,
            )
            faults.add(name, message)


def _households(posed: Posed) -> int:
    return sum(village.households for village in problem_of(posed).villages)


def _curve(posed: Posed, frontier: Frontier, column: str) -> list[float]:
    """Return a figure by the number of teams, from none; without any, floors are not met."""
    none, *others = _by_crews(frontier, column)
    has_floor = any(district.min_households for district in problem_of(posed).districts)
    return [math.nan if has_floor else none, *others]


def _where_met(posed: Posed, frontier: Frontier, floor: Floor) -> list[float]:
    """Return the objective by the number of teams, NaN where they do not meet a floor."""
    reached, brings = _by_crews(frontier, "households"), _curve(posed, frontier, "objective")
    days = _crew_days(posed, len(brings) - 1)
    is_met = (
        n >= floor.households and d >= floor.crew_days for n, d in zip(reached, days, strict=True)
    )
    return [value if met else math.nan for value, met in zip(brings, is_met, strict=True)]


def _crew_days(posed: Posed, most: int) -> list[int]:
    """Return the working days of the first teams by their number, from none to `most`."""
    problem = problem_of(posed)
    teams = resize_teams(problem.teams, most) if most else ()
    days = (len(problem.working_days(team)) for team in teams)
    return [0, *itertools.accumulate(days)]


def _by_crews(frontier: Frontier, column: str) -> list[float]:
    return [0.0, *map(float, frontier.table()[column])]
