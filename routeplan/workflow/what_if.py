"""What if: variants of a problem that has a plan, each searched for as long, side by side."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from routeplan.errors import Fault, InputError
from routeplan.language import gettext as _
from routeplan.model.objective import gap_percent
from routeplan.model.problem import Sleep
from routeplan.model.variants import limit_days, resize_days, resize_teams

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem, Team
    from routeplan.roads import Leg, Override
    from routeplan.workflow.legs import LegKey

VariantKind: TypeAlias = Literal["same", "team", "day", "bed", "road"]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """One variant.

    Parameters
    ----------
    kind
        The ``same`` problem; one more ``team``, ``day`` or ``bed``; or a ``road`` that is closed.
    value
        Which team it is like, where the bed is, or which road; empty for others.
    """

    kind: VariantKind
    value: str = ""

    def problem(self, problem: Problem) -> Problem:
        """Return the variant of a problem; with a closed road, but for the travel times.

        Raises
        ------
        InputError
            For a team or a place that there is not.
        """
        if self.kind == "team":
            return problem.replace(teams=(*problem.teams, _like(problem, self.value)))
        if self.kind == "day":
            count = len(problem.days) + 1
            teams = tuple(_on_added_day(team, count) for team in problem.teams)
            return problem.replace(days=resize_days(problem.days, count), teams=teams)
        if self.kind == "bed":
            if self.value not in problem.index:
                raise InputError([Fault(self.value, _("there is no such place"))])
            beds = {sleep.place: sleep.teams_per_night for sleep in problem.sleeps}
            beds[self.value] = beds.get(self.value, 0) + 1
            sleeps = tuple(Sleep(place, count) for place, count in beds.items())
            return problem.replace(sleeps=sleeps)
        return problem


def _like(problem: Problem, name: str) -> Team:
    """Return a further team like another one, under a new id."""
    if name not in problem.team_of:
        raise InputError([Fault(name, _("there is no team {team!r}", team=name))])
    others = (team for team in problem.teams if team.id != name)
    teams = (problem.team_of[name], *others)
    return resize_teams(teams, len(teams) + 1)[-1]


def _on_added_day(team: Team, count: int) -> Team:
    """Return a team for one more day, on which it works if it does on the last one."""
    longer = limit_days(team, count)
    if longer.days is None or count - 2 not in longer.days:
        return longer
    return dataclasses.replace(longer, days=(*longer.days, count - 1))


def closure(road: str, *, note: str, source: str) -> Override:
    """Return the closure of a road, by its name or number, or as ``way:NUMBER``."""
    from routeplan.roads import Effect, Override  # noqa: PLC0415  # they load slowly

    kind, _colon, number = road.partition(":")
    if kind == "way" and number.isascii() and number.isdecimal():
        return Override(Effect.CLOSE, note, source, ways=(int(number),))
    return Override(Effect.CLOSE, note, source, names=(road,))


def road_names(legs: Mapping[LegKey, Leg]) -> tuple[str, ...]:
    """Return the names of the roads that are driven, those with most metres first."""
    metres: dict[str, float] = {}
    for leg in legs.values():
        for part in leg.parts:
            for name in part.names:
                metres[name] = metres.get(name, 0.0) + part.metres
    return tuple(sorted(metres, key=lambda name: -metres[name]))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a plan reaches, and what it takes.

    Parameters
    ----------
    crew_days
        Days of teams with a visit.
    metres
        Driven; None where distances are not known.
    low, high
        The objective, and the proven bound on it; None where nothing was proved.
    reached
        Households by village.
    """

    households: int
    crew_days: int
    metres: int | None
    low: float
    high: float | None
    reached: Mapping[str, int]

    @property
    def gap(self) -> float | None:
        """By how many per cent a plan could be better at most."""
        return None if self.high is None else gap_percent(self.low, self.high)

    def record(self) -> dict[str, Any]:
        """Return it as values of JSON."""
        return {**dataclasses.asdict(self), "gap": self.gap}


def outcome_of(problem: Problem, plan: Plan) -> Outcome:
    """Return what a plan reaches, and what it takes."""
    reached: dict[str, int] = {}
    for tour in plan.tours:
        for stop in tour.stops:
            reached[stop.place] = reached.get(stop.place, 0) + stop.households
    lengths = [problem.metres(tour.team, tour.places) for tour in plan.tours]
    return Outcome(
        households=plan.summary.households,
        crew_days=sum(bool(tour.stops) for tour in plan.tours),
        metres=None if None in lengths else sum(filter(None, lengths)),
        low=plan.summary.objective,
        high=plan.summary.upper_bound,
        reached={place: count for place, count in reached.items() if count},
    )


def difference_between(
    base: tuple[float, float | None], other: tuple[float, float | None]
) -> tuple[float | None, float | None]:
    """Return least and most by which the best plan of a variant differs from that of the base.

    Each is given by what was found and what was proved; None where nothing was proved.

    Examples
    --------
    >>> difference_between((100.0, 104.0), (103.0, 110.0))
    (-1.0, 10.0)
    """
    (low, high), (other_low, other_high) = base, other
    least = None if high is None else other_low - high
    most = None if other_high is None else other_high - low
    return least, most
