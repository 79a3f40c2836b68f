"""Variants of a problem or a scenario: more or fewer teams, days, nights, driving, other roads."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from routeplan.errors import Faults
from routeplan.language import gettext as _
from routeplan.model.problem import Posed, Problem, problem_of, with_problem
from routeplan.model.variants import (
    UNCHANGED,
    Unchanged,
    check_change,
    limit_announced,
    limit_days,
    limit_driving,
    resize_days,
    resize_teams,
    scale_pace,
    scale_times,
)
from routeplan.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T", bound=Posed | Scenario)

OF_ROADS = ("season", "speeds")
"""What only a scenario knows."""


@dataclass(frozen=True, slots=True)
class Variant:
    """What is changed in a problem or a scenario; what is left out stays as it is.

    The names are those of the scenario's methods: ``Variant(crews=3)`` does what
    ``scenario.with_crews(3)`` does. None is what it is in the files: no limit of nights and
    driving, the season of each date, the built-in table of speeds.

    Parameters
    ----------
    crews
        Number of teams: the first ones of the problem, then copies of them in turn. Announced
        visits of teams that are left out are left out too.
    days
        Number of days: the first ones, then days like the last one on the dates after it. On added
        days of a problem no village is closed, and teams that work only on some days do not work;
        announced visits on days that are left out are left out too.
    nights
        Most nights in a row that any team sleeps away, whatever its own limit was.
    drive_hours
        Most driving of one team on a day.
    pace, drive_factor
        Factors on every team's households per hour, and on all travel times, which are rounded up.
    season, speeds
        As which season the roads are, whatever the dates; and a file with a table of speeds. Both
        need a scenario, prepared or not.

    Raises
    ------
    InputError
        With each value below or above what can be planned for.

    Examples
    --------
    >>> Variant(crews=3, nights=0).label()
    'crews 3, nights 0'
    >>> Variant(nights=None, season="mud").label()
    'nights without limit, season mud'
    """

    crews: int | Unchanged = UNCHANGED
    days: int | Unchanged = UNCHANGED
    nights: int | Unchanged | None = UNCHANGED
    drive_hours: float | Unchanged | None = UNCHANGED
    pace: float | Unchanged = UNCHANGED
    drive_factor: float | Unchanged = UNCHANGED
    season: str | Unchanged | None = UNCHANGED
    speeds: Path | Unchanged | None = UNCHANGED

    def __post_init__(self) -> None:
        faults = Faults()
        for name, value in self.changes().items():
            if name not in OF_ROADS:
                check_change(name, value, faults)  # type: ignore[arg-type]  # a number or None
        faults.raise_any()

    def __repr__(self) -> str:
        return f"Variant({', '.join(f'{k}={v!r}' for k, v in self.changes().items())})"

    def changes(self) -> dict[str, float | str | Path | None]:
        """Return what is changed, by name."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {name: value for name, value in values.items() if value is not UNCHANGED}

    def label(self) -> str:
        """Return the changes in a few words."""
        without = {"season": "season of the dates", "speeds": "built-in speeds"}
        words = []
        for key, value in self.changes().items():
            name = key.replace("_", " ")
            if value is None:
                words.append(without.get(key, f"{name} without limit"))
            elif isinstance(value, Path):
                words.append(f"{name} {value.name}")
            else:
                words.append(f"{name} {value}" if isinstance(value, str) else f"{name} {value:g}")
        return ", ".join(words)


def vary(problem: T, variant: Variant | None = None, **changes: object) -> T:
    """Return a problem, a prepared scenario or a scenario with the changes of a variant.

    A plan for fewer teams, days, nights or driving hours breaks no rule with more of them. A
    prepared scenario keeps its roads, unless its season, its speeds, or days in another season
    change them: then they are read again. So it can be planned and drawn at once.

    Parameters
    ----------
    problem
        What is varied.
    variant, changes
        What is changed: a `Variant`, or its fields by name, or both.

    Raises
    ------
    InputError
        For a value that cannot be planned for; and for a season or speeds where there are no
        roads, in a problem, or where they are not known.
    RoadError
        Where no road leads to a team's base in that season.

    Examples
    --------
    >>> fewer = vary(problem, crews=1, days=3)
    >>> len(fewer.teams), len(fewer.days)
    (1, 3)
    >>> wet = vary(prepared, Variant(season="mud"), nights=None)
    >>> wet.conditions.seasons, wet.problem.teams[0].max_nights_away
    (('mud',), None)
    """
    variant = dataclasses.replace(variant or Variant(), **changes)  # type: ignore[arg-type]  # by name
    return _varied(problem, variant)  # type: ignore[return-value]  # of the same class


def _varied(problem: Posed | Scenario, variant: Variant) -> Posed | Scenario:
    if isinstance(problem, Scenario):
        return _vary_scenario(problem, variant)
    if isinstance(problem, Problem):
        return _vary_problem(problem, variant)
    posed = problem_of(problem)
    # It loads the roads.
    from routeplan.workflow.prepare import Prepared  # noqa: PLC0415  # as above
    from routeplan.workflow.variants import on_roads_of  # noqa: PLC0415  # as above

    if not isinstance(problem, Prepared):
        return with_problem(problem, _vary_problem(posed, variant))
    posed = _vary_problem(posed, dataclasses.replace(variant, season=UNCHANGED, speeds=UNCHANGED))
    return on_roads_of(_vary_scenario(problem.scenario, variant), with_problem(problem, posed))


def _vary_scenario(scenario: Scenario, variant: Variant) -> Scenario:
    for name, value in variant.changes().items():
        change: Callable[[object], Scenario] = getattr(scenario, f"with_{name}")
        scenario = change(value)
    return scenario


def _check_without_roads(variant: Variant) -> None:
    faults = Faults()
    for name in [name for name in OF_ROADS if name in variant.changes()]:
        hint = _("give the prepared scenario, or the scenario")
        faults.add(name, _("needs roads, and a problem has none"), hint)
    faults.raise_any()


def _vary_problem(problem: Problem, variant: Variant) -> Problem:
    _check_without_roads(variant)
    if variant.days is not UNCHANGED:
        problem = _with_days(problem, int(variant.days))
    teams, rules, travel = problem.teams, problem.rules, problem.travel
    if variant.crews is not UNCHANGED:
        teams = resize_teams(teams, int(variant.crews))
    if variant.nights is not UNCHANGED:
        most = variant.nights
        teams = tuple(dataclasses.replace(team, max_nights_away=most) for team in teams)
    if variant.pace is not UNCHANGED:
        factor = variant.pace
        teams = tuple(scale_pace(team, factor) for team in teams)
    if variant.drive_hours is not UNCHANGED:
        rules = limit_driving(rules, variant.drive_hours)
    if variant.drive_factor is not UNCHANGED:
        factor = variant.drive_factor
        travel = {name: scale_times(each, factor) for name, each in travel.items()}
    announced = limit_announced(problem.announced, teams, len(problem.days))
    return problem.replace(teams=teams, rules=rules, travel=travel, announced=announced)


def _with_days(problem: Problem, count: int) -> Problem:
    villages = tuple(
        dataclasses.replace(v, closed_days=tuple(day for day in v.closed_days if day < count))
        for v in problem.villages
    )
    teams = tuple(limit_days(team, count) for team in problem.teams)
    announced = limit_announced(problem.announced, teams, count)
    days = resize_days(problem.days, count)
    return problem.replace(teams=teams, villages=villages, days=days, announced=announced)
