"""Which villages can be reached in a day, and where an overnight place would help most."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routeplan.analysis.compare import or_nan, point_frame, village_frame
from routeplan.analysis.runner import Case, Runner, objective_value
from routeplan.errors import Fault, InputError
from routeplan.language import gettext as _
from routeplan.model.plan import StoppedBy
from routeplan.model.problem import P, Sleep, problem_of, with_problem
from routeplan.planner import Options, beds_in_reach, day_trips, why_no_visit

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd

    from routeplan.model.problem import Posed, Problem, Team

    Trips = Iterable[tuple[Team, list[tuple[str, str]]]]
    """Teams, and where a day of each may begin and end."""
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from routeplan.model.plan import Plan

WAYS = ("base", "bed", "on the way", "never")
"""From where a village can be reached in a day, the easiest first."""


def day_reach(problem: Posed) -> gpd.GeoDataFrame:
    """Return from where each village can be visited in one day, and how much is reached.

    A day is the drive there, setup, the fewest doors that a visit may have, rest and the drive
    back, within the hours of work and of doors and the drive limit; the team makes no other stop.
    A base serves the teams that it belongs to; an overnight place every team that may sleep away,
    and can get to it from its start and home from it. Of a problem, or of a prepared scenario.

    Returns
    -------
    geopandas.GeoDataFrame
        A point a village in WGS 84: ``place``, ``name``, ``households``; ``reached_from``, the
        first that holds of ``base`` (there and back to a team's own), ``bed`` (there and back to
        the same overnight place), ``on the way`` (only between two of these, or by way of other
        villages, or that is not ruled out) and ``never``; then for the best base and the best
        overnight place its name, ``base_place`` and ``bed_place`` with its id, ``base_minutes`` and
        ``bed_minutes`` there and back, and ``base_households`` and ``bed_households``, the most of
        one day; last ``reason`` and ``detail`` where it is never reached.

    Examples
    --------
    >>> table = day_reach(problem)
    >>> set(table["reached_from"]) <= set(WAYS)
    True
    """
    problem = problem_of(problem)
    away = kinds_sleeping_away(problem)
    in_reach = beds_in_reach(problem)
    beds = [(team, [(place, place) for place in in_reach[team.id]]) for team in away]
    best = {
        "base": _best_trips(problem, _home_trips(problem)),
        "bed": _best_trips(problem, beds),
    }
    without_nights = problem if away else problem.replace(sleeps=())
    table = village_frame(problem).drop(columns="weight")
    from_base, from_bed = ((trips["households"] > 0).to_numpy() for trips in best.values())
    is_near = dict(zip(table["place"], from_base | from_bed, strict=True))
    asked = [v.place for v in problem.villages if v.households and not is_near[v.place]]
    never_reached = why_no_visit(without_nights, asked)
    reasons = [never_reached.get(place, ("", "")) for place in table["place"]]
    for way, trips in best.items():
        table[[way, *(f"{way}_{name}" for name in ("place", "minutes", "households"))]] = trips
    table = table.join(pd.DataFrame(reasons, columns=["reason", "detail"], dtype=object))
    base, bed, on_the_way, never = WAYS
    is_never = table["reason"] != ""
    ways = np.select([from_base, from_bed, is_never], [base, bed, never], on_the_way)
    table.insert(3, "reached_from", ways)
    return point_frame(table, problem.place)


def reach_by_way(reached: pd.DataFrame) -> pd.DataFrame:
    """Add up villages and households of `day_reach` by from where they can be reached.

    Returns
    -------
    pandas.DataFrame
        A row for each of `WAYS`: ``reached_from``, ``villages``, ``households`` and their
        ``share`` of all, 0 to 1.

    Examples
    --------
    >>> reach_by_way(day_reach(problem))["reached_from"].tolist()
    ['base', 'bed', 'on the way', 'never']
    """
    groups = reached.groupby("reached_from")["households"]
    table = groups.agg(["size", "sum"]).reindex(list(WAYS), fill_value=0)
    table.columns = pd.Index(["villages", "households"])
    total = table["households"].sum()
    table["share"] = table["households"] / total if total else math.nan
    return table.reset_index()


def _home_trips(problem: Problem) -> Trips:
    for team in problem.teams:
        ends = {(team.start, team.end)}
        if len(problem.working_days(team)) > 1:
            ends.add((team.end, team.end))
        yield team, sorted(ends)


def kinds_sleeping_away(problem: Problem) -> list[Team]:
    """Return one team for each vehicle, pace, days and base of those that may sleep away."""
    teams = [team for team in problem.teams[::-1] if team.max_nights_away != 0]
    kinds = {
        (
            *(team.vehicle, team.households_per_hour, team.households_per_hour_by_day),
            *(team.days, team.start, team.end),
        ): team
        for team in teams
    }
    return list(kinds.values())[::-1]


def _best_trips(problem: Problem, trips: Trips) -> pd.DataFrame:
    """Return by village the most households of a day trip, its drive and where it ends."""
    count = len(problem.villages)
    households, drive = np.zeros(count, dtype=np.int64), np.full(count, np.nan)
    name, ended = np.full((2, count), "", dtype=object)
    at = np.array([problem.index[village.place] for village in problem.villages], dtype=np.int64)
    for team, ends in trips:
        seconds = problem.travel[team.vehicle].seconds
        for (start, end), most in zip(ends, day_trips(problem, team.id, ends), strict=True):
            minutes = (seconds[problem.index[start], at] + seconds[at, problem.index[end]]) / 60
            nearer = (most == households) & (minutes < drive)
            better = (most > 0) & ((most > households) | nearer)
            households[better], drive[better] = most[better], minutes[better]
            name[better], ended[better] = problem.place(end).name, end
    columns = {"name": name, "place": ended, "minutes": drive, "households": households}
    return pd.DataFrame(columns)


def overnight_places(problem: Problem) -> list[str]:
    """Return the places where teams may sleep away."""
    return [sleep.place for sleep in problem.sleeps if sleep.teams_per_night]


def with_host(problem: P, place: str, teams_per_night: int = 1) -> P:
    """Return a problem or a prepared scenario with one more overnight place.

    Examples
    --------
    >>> len(with_host(problem, "v01").sleeps) - len(problem.sleeps)
    1
    """
    posed = problem_of(problem)
    others = tuple(sleep for sleep in posed.sleeps if sleep.place != place)
    return with_problem(problem, posed.replace(sleeps=(*others, Sleep(place, teams_per_night))))


def host_candidates(problem: Posed) -> pd.DataFrame:
    """Return, for each village without beds, what a team that slept there could reach in a day.

    Only teams that may sleep away count. Of a problem, or of a prepared scenario.

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
    problem = problem_of(problem)
    bases = [team.end for team in problem.teams]
    present = sorted({*bases, *itertools.chain(*beds_in_reach(problem).values())})
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
    problem: Posed,
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
        A problem or a prepared scenario without the new place; how long (by default 5 seconds) and
        how to search.
    candidates, teams_per_night
        How many places are planned with, and for how many teams.
    runner
        Where they are planned and kept; by default in this process, and not kept.

    Returns
    -------
    pandas.DataFrame
        A row a candidate, the best first: the columns of `host_candidates`; ``found``, how much
        higher the objective of the plan with this place is (0 where the search found none better,
        for the plan without is one with it, too); ``most``, what is proven that it can bring;
        ``proved``, whether both plans are proven optimal, so that ``found`` is exact.

    Raises InputError if no team may sleep away; and as `Runner.plan` does.

    Examples
    --------
    >>> hosts = find_hosts(problem, Options(iterations=5, bound=False), candidates=1)
    >>> list(hosts.columns)
    ['place', 'name', 'opens', 'saves_hours', 'found', 'most', 'proved']
    """
    problem = problem_of(problem)
    if all(team.max_nights_away == 0 for team in problem.teams):
        message = _("no crew may sleep away, so that no host helps")
        hint = _("let them: home_every_night = false, and max_nights_away above 0")
        raise InputError([Fault("nights", message, hint)])
    options, runner = options or Options(seconds=5.0), runner or Runner(workers=0)
    table = host_candidates(problem).head(candidates)
    before: Plan | None = None
    plans: list[Plan | None] = []
    if not table.empty:
        (first,) = runner.plan([Case(problem, options)])
        variants = [with_host(problem, place, teams_per_night) for place in table["place"]]
        cases = [Case(variant, options, first) for variant in (problem, *variants)]
        before, *plans = runner.plan(cases)
    base = objective_value(before)
    # A comparison with NaN is false: what is missing stays missing.
    table = table.assign(
        found=[round(max(objective_value(p) - base, 0.0), 6) for p in plans],
        most=[or_nan(p.summary.upper_bound if p else None) - base for p in plans],
        proved=[_is_proved(before) and _is_proved(p) for p in plans],
    )
    order = ["found", "opens", "saves_hours"]
    return table.sort_values(order, ascending=False, ignore_index=True, na_position="last")


def _is_proved(plan: Plan | None) -> bool:
    return plan is not None and plan.run.stopped_by is StoppedBy.PROVED
