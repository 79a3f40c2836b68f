"""What was learned of a campaign, and the problem or scenario with it."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from routeplan.model.problem import Problem, TravelTimes
from routeplan.model.travel import LARGEST
from routeplan.model.variants import scale_pace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from routeplan.model.problem import Day, District, Team, Village

__all__ = [
    "LEVEL",
    "SIZES",
    "Assumed",
    "Estimate",
    "Learned",
    "apply",
    "assumed_share",
    "one_round",
    "size_class",
]

SIZES = {"1-29": 1, "30-99": 30, "100-299": 100, "300+": 300}
"""Classes of villages by their households, each with the least number of its villages."""

LEVEL = 0.8
"""Share of probability inside intervals."""


class Assumed(Protocol):
    """What is assumed of a campaign: a problem, or a scenario."""

    @property
    def teams(self) -> tuple[Team, ...]:
        """Teams with their paces."""

    @property
    def days(self) -> tuple[Day, ...]:
        """Days, by which paces may differ."""


AssumedT = TypeVar("AssumedT", bound=Assumed)


@dataclass(frozen=True, slots=True)
class Estimate:
    """One figure before and after, with an interval.

    Parameters
    ----------
    before
        What was assumed; None where nothing was.
    after, low, high
        The posterior mean, and the ends of the interval.
    observed
        The figure of the observations alone; None where there are none.
    observations
        Visits, or legs.
    """

    before: float | None
    after: float
    low: float
    high: float
    observed: float | None
    observations: int

    @property
    def factor(self) -> float:
        """What was learned over what was assumed; 1 where nothing was."""
        return self.after / self.before if self.before else 1.0


@dataclass(frozen=True, slots=True)
class Learned:
    """What visits show; every mapping is empty where there is no observation of its kind.

    Parameters
    ----------
    level
        Share of probability inside each interval.
    pace
        Households an hour at doors by team, in a village whose own pace is 1. Where a team's pace
        differs by day, it is the mean of its days.
    pace_by_size
        Factors of the pace by class of villages.
    contact, contact_by_size
        Households reached of those knocked, by team and by class of villages.
    signing, signing_by_size
        Households that signed of those reached, by team and by class of villages.
    legs, legs_by_team
        Minutes driven over planned, by vehicle and by team; geometric means.
    campaign
        Means of all: ``pace`` as a factor, ``contact``, ``signing``, ``legs``.
    unused
        Results of teams that are not known, and drives that differ too much to be right.
    """

    level: float = LEVEL
    pace: Mapping[str, Estimate] = field(default_factory=dict)
    pace_by_size: Mapping[str, Estimate] = field(default_factory=dict)
    contact: Mapping[str, Estimate] = field(default_factory=dict)
    contact_by_size: Mapping[str, Estimate] = field(default_factory=dict)
    signing: Mapping[str, Estimate] = field(default_factory=dict)
    signing_by_size: Mapping[str, Estimate] = field(default_factory=dict)
    legs: Mapping[str, Estimate] = field(default_factory=dict)
    legs_by_team: Mapping[str, Estimate] = field(default_factory=dict)
    campaign: Mapping[str, Estimate] = field(default_factory=dict)
    unused: int = 0


def size_class(households: int) -> str:
    """Return the class of a village by its households.

    Examples
    --------
    >>> size_class(29), size_class(30), size_class(5000)
    ('1-29', '30-99', '300+')
    """
    return [name for name, least in SIZES.items() if households >= least or least == 1][-1]


def apply(assumed: AssumedT, learned: Learned) -> AssumedT:
    """Return a problem or a scenario with what was learned in the place of what was assumed.

    Teams get their paces. A problem's villages also get the pace of their size, and as the most
    that one visit reaches the rate of contact of their size, where they may be reached in part; its
    drives take as long as those of their vehicle. A scenario has no villages or drives: let it be,
    and apply to the problem that is made of it. Never apply twice, or to what learned values are
    already in.

    Where no visit could then reach the least number of a village, that number is lowered.
    """
    teams = tuple(
        scale_pace(team, learned.pace[team.id].factor) if team.id in learned.pace else team
        for team in assumed.teams
    )
    changes: dict[str, object] = {"teams": tuple(map(_rounded, teams))} if learned.pace else {}
    if isinstance(assumed, Problem):
        if learned.contact_by_size or learned.pace_by_size:
            share = assumed_share(assumed.villages)
            changes["villages"] = tuple(_village(v, learned, share) for v in assumed.villages)
        if learned.legs:
            changes["travel"] = _travel(assumed, learned)
    return dataclasses.replace(assumed, **changes)  # type: ignore[type-var]  # both are dataclasses


def one_round(problem: Problem) -> Problem:
    """Return a problem with the households that one round of knocking is expected to find.

    A planner lets a second visit find all whom the first one did not: with a share of 0.6, two
    visits reach everybody. In fact it finds 0.6 of the rest, or fewer. For a week or so it is
    better to count each village's expected households once, and what is left in the next problem.
    """
    villages = tuple(
        dataclasses.replace(
            village,
            households=round(village.max_share_per_visit * village.households),
            max_share_per_visit=1.0,
        )
        for village in problem.villages
    )
    return problem.replace(villages=villages, districts=_floors(problem, villages))


def _floors(problem: Problem, villages: Iterable[Village]) -> tuple[District, ...]:
    """Return the districts with floors that are no more than the households there."""
    there = {village.place: village.households for village in villages}
    return tuple(
        dataclasses.replace(
            district,
            min_households=min(
                district.min_households, sum(there[place] for place in district.places)
            ),
        )
        for district in problem.districts
    )


def assumed_share(villages: Iterable[Village]) -> float:
    """Return the share of households that one visit is assumed to reach, over all villages."""
    pairs = [(village.max_share_per_visit, village.households) for village in villages]
    total = sum(households for _, households in pairs)
    return sum(share * households for share, households in pairs) / total if total else 1.0


def _rounded(team: Team) -> Team:
    """Return a team with paces of two decimals, so that times are ratios of small terms."""

    def two_decimals(pace: float | None) -> float | None:
        return None if pace is None else max(0.01, round(pace, 2))

    by_day = team.households_per_hour_by_day
    return dataclasses.replace(
        team,
        households_per_hour=two_decimals(team.households_per_hour),
        households_per_hour_by_day=by_day and tuple(map(two_decimals, by_day)),
    )


def _village(village: Village, learned: Learned, assumed_share: float) -> Village:
    """Return a village with the pace and the rate of contact of its class.

    Its own assumed share stays as far above or below that of all villages as it was.
    """
    size = size_class(village.households)
    pace, most = village.pace, village.max_share_per_visit
    if size in learned.pace_by_size:
        pace = max(0.001, round(pace * learned.pace_by_size[size].after, 3))
    least = village.min_households
    if village.partial and size in learned.contact_by_size:
        most *= learned.contact_by_size[size].after / assumed_share
        most = min(1.0, max(0.001, round(most, 3)))
        could = math.ceil(village.max_share_per_visit * village.households)
        can = math.floor(most * village.households)
        least = min(least, max(1, can)) if least <= could else least
    return dataclasses.replace(village, pace=pace, max_share_per_visit=most, min_households=least)


def _travel(problem: Problem, learned: Learned) -> dict[str, TravelTimes]:
    legs = learned.legs
    return {
        vehicle: _slower(times, legs[vehicle].after) if vehicle in legs else times
        for vehicle, times in problem.travel.items()
    }


def _slower(times: TravelTimes, factor: float) -> TravelTimes:
    """Return travel times by a factor, rounded up."""
    seconds = np.ceil(np.round(times.seconds * round(factor, 3), 6))
    return TravelTimes(np.minimum(seconds, LARGEST).astype(np.int64), times.reachable, times.metres)
