"""Where one more overnight place would let teams reach the most households."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from routeplan.analysis.compare import or_nan, village_frame, weighted_of
from routeplan.analysis.reach import kinds_sleeping_away, overnight_places, with_host
from routeplan.analysis.runner import Case, Runner
from routeplan.errors import Fault, InputError
from routeplan.model.plan import StoppedBy
from routeplan.planner import Options, day_trips

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem


def host_candidates(problem: Problem) -> pd.DataFrame:
    """Return, for each village without beds, what a team that slept there could reach in a day.

    Only teams that may sleep away count.

    Returns
    -------
    pandas.DataFrame
        A row a village that a team can drive to, the most promising first: ``place``, ``name``;
        ``opens``, weighted households of villages that no base or overnight place reaches in a day
        and this one would; ``saves_hours``, how much less would be driven if all others were
        reached in day trips from the nearest of these, each as often as its households take.

    Examples
    --------
    >>> host_candidates(problem)["place"][0]
    'v01'
    """
    bases = [team.end for team in problem.teams]
    present = sorted({*bases, *overnight_places(problem)})
    villages = village_frame(problem)
    table = villages.loc[~villages["place"].isin(present), ["place", "name"]]
    places = table["place"].tolist()
    before, after = _most_of_day(problem, present), _most_of_day(problem, places)
    households = villages["households"].to_numpy()
    weighted = (villages["weight"] * households).to_numpy(float)
    most = before.max(axis=0, initial=0)
    trips = -(-households // np.maximum(most, 1)) * (most > 0)
    hours = np.where(before > 0, _return_hours(problem, present), np.inf)
    here = hours.min(axis=0, initial=np.inf)
    there = np.where(after > 0, _return_hours(problem, places), np.inf)
    both = np.isfinite(here) & np.isfinite(there)
    saved = np.maximum(np.subtract(here, there, out=np.zeros_like(there), where=both), 0.0)
    opens = ((after > 0) & (most == 0)) @ weighted
    table = table.assign(opens=opens, saves_hours=(saved @ trips).round(1))
    # Nobody sleeps where no base has a way to.
    from_base = _return_hours(problem, bases).min(axis=0, initial=np.inf)
    reachable: pd.DataFrame = table.loc[np.isfinite(from_base)[table.index]]
    return reachable.sort_values(["opens", "saves_hours"], ascending=False, ignore_index=True)


def _most_of_day(problem: Problem, places: Sequence[str]) -> NDArray[np.int64]:
    """Return the most households of a day trip, shape (places, villages)."""
    best = np.zeros((len(places), len(problem.villages)), dtype=np.int64)
    for team in kinds_sleeping_away(problem):
        np.maximum(best, day_trips(problem, team.id, [(p, p) for p in places]), out=best)
    return best


def _return_hours(problem: Problem, places: Sequence[str]) -> NDArray[np.float64]:
    """Return the drives there and back, shape (places, villages), of the fastest vehicle."""
    starts = [problem.index[place] for place in places]
    at = [problem.index[village.place] for village in problem.villages]
    best = np.full((len(starts), len(at)), np.inf)
    for vehicle in sorted({t.vehicle for t in problem.teams if t.max_nights_away != 0}):
        times = problem.travel[vehicle]
        seconds = np.where(times.reachable, times.seconds, np.inf)
        np.minimum(best, seconds[np.ix_(starts, at)] + seconds[np.ix_(at, starts)].T, out=best)
    return best / 3600


def find_hosts(
    problem: Problem,
    options: Options | None = None,
    *,
    candidates: int = 5,
    teams_per_night: int = 1,
    runner: Runner | None = None,
) -> pd.DataFrame:
    """Find where one more overnight place would let teams reach the most households.

    What it is worth shows in whole plans only, since it saves drives of several days. So the first
    of `host_candidates` are each added, and planned from the plan without, which is searched for as
    long again, so that more search is not taken for a better place.

    Parameters
    ----------
    problem, options
        The problem without the new place; how long (by default 5 seconds) and how to search.
    candidates, teams_per_night
        How many places are planned with, and for how many teams.
    runner
        Where they are planned and kept; by default in this process, and not kept.

    Returns
    -------
    pandas.DataFrame
        A row a candidate, the best first: the columns of `host_candidates`; ``found``, more
        weighted households in the plan with this place (0 where the search found none better, for
        the plan without is one with it, too); ``most``, what is proven that it can bring;
        ``proved``, whether both plans are proven optimal, so that ``found`` is exact.

    Raises InputError if no team may sleep away; and as `Runner.plan` does.

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
    table = host_candidates(problem).head(candidates)
    before: Plan | None = None
    plans: list[Plan | None] = []
    if not table.empty:
        (first,) = runner.plan([Case(problem, options)])
        variants = [with_host(problem, place, teams_per_night) for place in table["place"]]
        cases = [Case(variant, options, first) for variant in (problem, *variants)]
        before, *plans = runner.plan(cases)
    base = weighted_of(before)
    # A comparison with NaN is false: what is missing stays missing.
    table = table.assign(
        found=[round(max(weighted_of(p) - base, 0.0), 6) for p in plans],
        most=[or_nan(p.summary.upper_bound if p else None) - base for p in plans],
        proved=[_is_proved(before) and _is_proved(p) for p in plans],
    )
    order = ["found", "opens", "saves_hours"]
    return table.sort_values(order, ascending=False, ignore_index=True, na_position="last")


def _is_proved(plan: Plan | None) -> bool:
    return plan is not None and plan.run.stopped_by is StoppedBy.PROVED
