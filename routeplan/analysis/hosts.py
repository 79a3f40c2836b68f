"""Where one more host with beds would open the most households."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routeplan.analysis.reach import best_of_day
from routeplan.analysis.runner import Case, Runner
from routeplan.errors import Fault, InputError
from routeplan.model.problem import Sleep
from routeplan.planner import Options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

__all__ = ["find_hosts", "host_candidates", "with_host"]

COLUMNS = ["place", "name", "opens", "saves_hours", "found", "most", "proved"]


def with_host(problem: Problem, place: str, teams_per_night: int = 1) -> Problem:
    """Return a problem with beds at one more place.

    Examples
    --------
    >>> len(with_host(problem, "v01").sleeps) - len(problem.sleeps)
    1
    """
    others = tuple(sleep for sleep in problem.sleeps if sleep.place != place)
    return problem.replace(sleeps=(*others, Sleep(place, teams_per_night)))


def host_candidates(problem: Problem) -> pd.DataFrame:
    """Tell of each village without beds what a crew that slept there could reach in a day.

    Parameters
    ----------
    problem
        What is asked; crews that may not sleep away do not count.

    Returns
    -------
    pandas.DataFrame
        A row a village that a crew can drive to, the most promising first: ``place``, ``name``;
        ``opens``, weighted households of villages that no base or bed reaches in a day and this
        one would; ``saves_hours``, how much less would be driven if all others were reached in
        day trips from the nearest base or bed, each as often as its households take.

    Examples
    --------
    >>> host_candidates(problem)["place"][0]
    'v01'
    """
    known = sorted(
        {sleep.place for sleep in problem.sleeps if sleep.teams_per_night}
        | {team.end for team in problem.teams}
    )
    places = [v.place for v in problem.villages if v.place not in known]
    before, after = best_of_day(problem, known), best_of_day(problem, places)
    weighted = np.array([v.weight * v.households for v in problem.villages], dtype=float)
    households = np.array([village.households for village in problem.villages])
    most = before.max(axis=0, initial=0)
    trips = -(-households // np.maximum(most, 1)) * (most > 0)
    here = np.where(before > 0, _hours(problem, known), np.inf).min(axis=0, initial=np.inf)
    there = np.where(after > 0, _hours(problem, places), np.inf)
    both = np.isfinite(here) & np.isfinite(there)
    saved = np.maximum(np.subtract(here, there, out=np.zeros_like(there), where=both), 0.0)
    table = pd.DataFrame(
        {
            "place": places,
            "name": [problem.place(place).name for place in places],
            "opens": ((after > 0) & (most == 0)) @ weighted,
            "saves_hours": (saved @ trips).round(1),
        }
    )
    # Where a crew gets from no base, it cannot stay.
    at = {place: n for n, place in enumerate(places)}
    from_base = _hours(problem, [team.end for team in problem.teams]).min(axis=0, initial=np.inf)
    reachable = [
        village.place
        for village, hours in zip(problem.villages, from_base, strict=True)
        if np.isfinite(hours)
    ]
    table = table.iloc[[at[place] for place in reachable if place in at]]
    return table.sort_values(["opens", "saves_hours"], ascending=False, ignore_index=True)


def _hours(problem: Problem, places: Sequence[str]) -> NDArray[np.float64]:
    """Return the drives there and back, shape (places, villages), of the quickest vehicle."""
    spots = [problem.index[place] for place in places]
    at = [problem.index[village.place] for village in problem.villages]
    best = np.full((len(spots), len(at)), np.inf)
    for vehicle in sorted({t.vehicle for t in problem.teams if t.max_nights_away != 0}):
        times = problem.travel[vehicle]
        seconds = np.where(times.reachable, times.seconds, np.inf)
        np.minimum(best, seconds[np.ix_(spots, at)] + seconds[np.ix_(at, spots)].T, out=best)
    return best / 3600


def find_hosts(
    problem: Problem,
    options: Options | None = None,
    *,
    candidates: int = 5,
    teams_per_night: int = 1,
    runner: Runner | None = None,
) -> pd.DataFrame:
    """Tell where one more host would let crews reach the most households.

    What a bed is worth shows in whole plans only: it saves drives of several days. So the most
    promising of `host_candidates` are each given beds, and planned from the plan without. Bounds
    would not tell them apart, being the same for most places after a short search; on small
    problems both plans are proven the best, and the answer is exact. The plan without is searched
    for as long again, so that more search is not taken for a better bed.

    Parameters
    ----------
    problem
        What is asked.
    options
        How long and how to search for each plan; 5 seconds where left out.
    candidates
        How many places are planned with.
    teams_per_night
        Of the new host.
    runner
        Where they are planned and kept; in this process and nowhere where left out.

    Returns
    -------
    pandas.DataFrame
        A row a candidate, the best first: the columns of `host_candidates`; ``found``, more
        weighted households in the plan with this host (0 where the search found none better, for
        the plan without is one with it, too); ``most``, what is proven that it can bring;
        ``proved``, whether both plans are proven the best, so that ``found`` is exact.

    Raises
    ------
    InputError
        Where no crew may sleep away; and as `Runner.plan` does.

    Examples
    --------
    >>> hosts = find_hosts(problem, Options(iterations=5, bound=False), candidates=1)
    >>> list(hosts.columns)
    ['place', 'name', 'opens', 'saves_hours', 'found', 'most', 'proved']
    """
    if all(team.max_nights_away == 0 for team in problem.teams):
        hint = "let them: home_every_night = false, and max_nights_away above 0"
        raise InputError([Fault("nights", "no crew may sleep away, so that no host helps", hint)])
    options, runner = options or Options(seconds=5.0), runner or Runner(workers=0)
    asked = host_candidates(problem).head(candidates)
    if asked.empty:
        return pd.DataFrame(columns=COLUMNS)
    (before,) = runner.plan([Case(problem, options)])
    posed = [with_host(problem, place, teams_per_night) for place in asked["place"]]
    same, *after = runner.plan([Case(each, options, before) for each in (problem, *posed)])
    table = asked.assign(**_gains(same, after))
    return table.sort_values(
        ["found", "opens", "saves_hours"], ascending=False, ignore_index=True, na_position="last"
    )


def _gains(
    before: Plan | None, after: Sequence[Plan | None]
) -> dict[str, list[float] | list[bool]]:
    here = math.nan if before is None else before.summary.weighted
    return {
        "found": [
            math.nan if plan is None else round(max(plan.summary.weighted - here, 0.0), 6)
            for plan in after
        ],
        "most": [_bound(plan) - here for plan in after],
        "proved": [_proved(before) and _proved(plan) for plan in after],
    }


def _bound(plan: Plan | None) -> float:
    if plan is None or plan.summary.upper_bound is None:
        return math.nan
    return plan.summary.upper_bound


def _proved(plan: Plan | None) -> bool:
    return plan is not None and plan.run.stopped_by.value == "proved"
