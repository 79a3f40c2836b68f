"""Plans side by side: their figures, whom they reach by group, and where they differ."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import shapely

from routeplan.analysis.runner import run_figures
from routeplan.errors import Fault, Faults, InputError, nearest
from routeplan.language import gettext as _
from routeplan.model.problem import problem_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from routeplan.model.plan import Plan, Stop, Tour
    from routeplan.model.problem import Place, Posed, Problem, Village

    Problems = Posed | Mapping[str, Posed]

FUEL: Mapping[str, float] = {"car": 9.0, "four_wheel_drive": 13.0}
"""Assumed litres per 100 km on rural roads, by vehicle."""

OTHER_FUEL = 11.0
SIZES = (0, 25, 50, 100, 200)
ELSEWHERE = "elsewhere"


def compare_plans(
    plans: Mapping[str, Plan],
    problems: Problems | None = None,
    *,
    districts: Mapping[str, str] | None = None,
    litres_per_100_km: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Put the figures of plans side by side.

    Parameters
    ----------
    plans
        By the name under which each is shown.
    problems
        The problem or prepared scenario of all plans, or that of each by the same names; needed
        for the second group of columns below.
    districts
        The district of each village, by the id of its place; the others form one district.
    litres_per_100_km
        By vehicle; by default `FUEL`, and 11 for vehicles that are in neither.

    Returns
    -------
    pandas.DataFrame
        A row a plan: ``households`` reached; ``weighted``, the same times their weights;
        ``objective``, what was maximized: with bonuses and the price of driving; ``crew_days``,
        tours with a visit or a drive, and ``idle_days``, those without; ``per_crew_day``,
        households by crew-day; ``drive_hours``; ``evenings_away``, tours that end elsewhere than
        the team's last one does, each counted once however many days off follow it; ``left_out``,
        households not reached; ``iterations`` of the search, and why it ``stopped_by``: "proved",
        "iterations", "time" or "interrupt".

        With problems also: ``share``, households reached of all, 0 to 1; ``villages`` visited;
        ``upper_bound``, proven, on ``objective``, and ``gap``, by how much of it the bound lies
        above, 0.01 being one percent (both missing where nothing was proved); ``km`` driven,
        ``per_100_km``, households by 100 km, ``litres`` of fuel (missing where a problem has no
        distances); ``nights_away``, calendar nights; ``door_hours``, setups and doors; with
        districts ``gini``, how unevenly they are reached: 0 where all to the same share.

    Raises
    ------
    InputError
        If a plan has no problem, or names teams and places that its problem does not have.

    Examples
    --------
    >>> table = compare_plans({"first": plan, "second": plan}, problem)
    >>> table.loc["second", "crew_days"]
    np.int64(10)
    """
    rows = {name: _figures(plan) for name, plan in plans.items()}
    if problems is not None:
        fuel = {**FUEL, **(litres_per_100_km or {})}
        for name, problem in problem_by_plan(plans, problems).items():
            rows[name] |= _figures_with(problem, plans[name], fuel)
            if districts is not None:
                rows[name]["gini"] = round(gini(problem, plans[name], districts), 3)
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index.name = "plan"
    return table


def _figures(plan: Plan) -> dict[str, Any]:
    crew_days = sum(bool(tour.stops or tour.drives) for tour in plan.tours)
    households = plan.summary.households
    by_team = [plan.tours_of(team) for team in {tour.team for tour in plan.tours}]
    return {
        "households": households,
        "weighted": plan.summary.weighted,
        "objective": plan.summary.objective,
        "crew_days": crew_days,
        "idle_days": len(plan.tours) - crew_days,
        "per_crew_day": round(households / crew_days, 1) if crew_days else 0.0,
        "drive_hours": round(plan.summary.drive_seconds / 3600, 1),
        "evenings_away": sum(t.end != tours[-1].end for tours in by_team for t in tours),
        "left_out": sum(left.households for left in plan.left_out),
        **run_figures(plan),
    }


def _figures_with(problem: Problem, plan: Plan, fuel: Mapping[str, float]) -> dict[str, float]:
    households, objective = plan.summary.households, plan.summary.objective
    bound = or_nan(plan.summary.upper_bound)
    total = sum(village.households for village in problem.villages)
    stops = [stop for tour in plan.tours for stop in tour.stops]
    legs = [(tour_km(problem, t), problem.team_of[t.team].vehicle) for t in plan.tours]
    km = sum(each for each, _ in legs)
    return {
        "share": _ratio(households, total, 4),
        "villages": len({stop.place for stop in stops}),
        "upper_bound": bound,
        # A comparison with NaN is false: a missing bound stays missing.
        "gap": _ratio(max(bound - objective, 0.0), objective, 4),
        "km": round(km, 1),
        "per_100_km": _ratio(100 * households, km, 1),
        "litres": round(sum(each * fuel.get(v, OTHER_FUEL) / 100 for each, v in legs), 1),
        "nights_away": _nights_away(problem, plan),
        "door_hours": round(sum(map(door_seconds, plan.tours)) / 3600, 1),
    }


def _nights_away(problem: Problem, plan: Plan) -> int:
    return sum(
        (problem.days[after.day].date - problem.days[tour.day].date).days
        for team in problem.teams
        for tour, after in itertools.pairwise(plan.tours_of(team.id))
        if tour.end != team.end
    )


def _ratio(part: float, whole: float, digits: int) -> float:
    return round(part / whole, digits) if whole else math.nan


def problem_by_plan(plans: Mapping[str, Plan], problems: Problems) -> dict[str, Problem]:
    """Return the problem of each plan by its name; refuse plans that do not fit theirs."""
    faults = Faults()
    result: dict[str, Problem] = {}
    for name, plan in plans.items():
        posed = problems.get(name) if isinstance(problems, Mapping) else problems
        if posed is None:
            faults.add(name, _("has no problem"), nearest(name, problems))  # type: ignore[arg-type]  # a mapping here
            continue
        result[name] = problem_of(posed)
        _check_own(result[name], plan, name, faults)
    faults.raise_any()
    return result


def check_own_plan(problem: Problem, plan: Plan) -> None:
    """Refuse a plan that was made for another problem: its figures would mean nothing.

    The hash of the problem is one of a file, whose bytes may be others than those of `problem`. So
    it is looked whether teams, days and places are known, no village has more households reached
    and left out than it has, and none fewer, if every working day has its tour.
    """
    faults = Faults()
    _check_own(problem, plan, "plan", faults)
    faults.raise_any()


def _check_own(problem: Problem, plan: Plan, name: str, faults: Faults) -> None:
    if unknown := _unknown_names(problem, plan):
        names = ", ".join(unknown[:5])
        faults.add(name, _("names what its problem does not know: {names}", names=names))
        return
    counts = _reached_by_place(plan)
    for left in plan.left_out:
        counts[left.place] += left.households
    there = Counter({village.place: village.households for village in problem.villages})
    days = {(team.id, day) for team in problem.teams for day in problem.working_days(team)}
    is_whole = {(tour.team, tour.day) for tour in plan.tours} == days
    if not counts <= there or (is_whole and +counts != +there):
        hint = _("give the problem that it was made for")
        faults.add(name, _("was made for another problem, with other households"), hint)


def _unknown_names(problem: Problem, plan: Plan) -> list[str]:
    places = {place for tour in plan.tours for place in (tour.start, tour.end)}
    places |= set(_reached_by_place(plan))
    teams = {tour.team for tour in plan.tours} - set(problem.team_of)
    days = {tour.day for tour in plan.tours} - set(range(len(problem.days)))
    return [
        *(_("place {id!r}", id=place) for place in sorted(places - set(problem.index))),
        *(_("team {id!r}", id=team) for team in sorted(teams)),
        *(_("day {day}", day=day) for day in sorted(days)),
    ]


def coverage_by_group(
    plans: Mapping[str, Plan],
    problems: Problems,
    *,
    districts: Mapping[str, str] | None = None,
    sizes: Sequence[int] = SIZES,
) -> pd.DataFrame:
    """Return what plans reach by district, or by size of village.

    Parameters
    ----------
    plans, problems
        As for `compare_plans`.
    districts, sizes
        The district of each village, by the id of its place; or by default, the households at
        which a class of size begins, ascending.

    Returns
    -------
    pandas.DataFrame
        A row for each plan and group: ``plan``, ``group``, ``villages`` there, those ``visited``,
        ``households`` there, those ``reached``, and their ``share``, 0 to 1.

    Examples
    --------
    >>> table = coverage_by_group({"first": plan}, problem, sizes=(0, 100))
    >>> dict(zip(table["group"], table["villages"].tolist()))
    {'0 to 99': 54, '100 or more': 6}
    """
    if districts is None:
        edges = sorted(sizes)
        names = [
            f"{low} to {high - 1}" if high else f"{low} or more"
            for low, high in itertools.zip_longest(edges, edges[1:])
        ]

        def group_of(village: Village) -> str:
            return names[max(sum(village.households >= edge for edge in edges) - 1, 0)]
    else:
        names = sorted({*districts.values()})

        def group_of(village: Village) -> str:
            return districts.get(village.place, ELSEWHERE)

    if districts is not None:
        for problem in problem_by_plan(plans, problems).values():
            _check_districts(problem, districts)
    rows = [
        {"plan": plan, "group": group, **coverage}
        for plan, problem in problem_by_plan(plans, problems).items()
        for group, coverage in _coverage(problem, plans[plan], group_of, names).items()
    ]
    columns = ["plan", "group", "villages", "visited", "households", "reached", "share"]
    return pd.DataFrame(rows, columns=columns)


def gini(problem: Problem, plan: Plan, districts: Mapping[str, str]) -> float:
    """Return how unevenly a plan reaches districts, by the Gini coefficient of their shares.

    Each district is weighted by its households: 0 where all are reached to the same share, near 1
    where only a small one is reached, NaN where nobody is. InputError where the keys of `districts`
    are ids of other villages.
    """
    _check_districts(problem, districts)
    groups = _coverage(problem, plan, lambda village: districts.get(village.place, ELSEWHERE), ())
    covered = [(c["households"], c["share"]) for c in groups.values() if c["households"]]
    total = sum(households for households, _ in covered)
    reached = sum(coverage["reached"] for coverage in groups.values())
    if not reached:
        return math.nan
    apart = sum(h * other_h * abs(s - other_s) for h, s in covered for other_h, other_s in covered)
    return apart / (2 * total * reached)


def _check_districts(problem: Problem, districts: Mapping[str, str]) -> None:
    """Refuse districts of other villages: without one that is known, all would form one."""
    if districts and districts.keys().isdisjoint(problem.village_at):
        key = next(iter(districts))
        message = _("no village has the id {id!r}, and none the ids of the others", id=key)
        raise InputError([Fault("districts", message, nearest(key, problem.village_at))])


def overlap(plans: Mapping[str, Plan]) -> pd.DataFrame:
    """Return how much of what two plans visit is the same.

    Returns
    -------
    pandas.DataFrame
        A row for each two plans, ``plan`` and ``other``: ``villages`` visited by both, of those
        visited by either (Jaccard), and ``households`` reached by both, of those reached by
        either; 0 to 1, missing where neither visits any.

    Examples
    --------
    >>> overlap({"first": plan, "second": plan})["households"].tolist()
    [1.0]
    """
    rows = []
    reached = {name: _reached_by_place(plan) for name, plan in plans.items()}
    for plan, other in itertools.combinations(plans, 2):
        both, either = reached[plan] & reached[other], reached[plan] | reached[other]
        villages, others = set(reached[plan]), set(reached[other])
        share = _ratio(len(villages & others), len(villages | others), 3)
        rows.append((plan, other, share, _ratio(both.total(), either.total(), 3)))
    return pd.DataFrame(rows, columns=["plan", "other", "villages", "households"])


def differences(plans: Mapping[str, Plan], problems: Problems) -> gpd.GeoDataFrame:
    """Return by village what each plan reaches, and where the last differs from the first.

    Returns
    -------
    geopandas.GeoDataFrame
        A row for each village of any problem, a point in WGS 84: ``place``, ``name``,
        ``households`` there (the most of any problem), ``reached <plan>`` for each plan, and
        ``difference``, what the last plan reaches less what the first does.

    Examples
    --------
    >>> differences({"first": plan, "second": plan}, problem)["difference"].abs().sum()
    np.int64(0)
    """
    places: dict[str, Place] = {}
    households: Counter[str] = Counter()
    for problem in problem_by_plan(plans, problems).values():
        for village in problem.villages:
            places[village.place] = problem.place(village.place)
            households[village.place] = max(village.households, households[village.place])
    rows = [(id_, place.name, households[id_]) for id_, place in places.items()]
    table = pd.DataFrame(rows, columns=["place", "name", "households"])
    reached = [_reached_by_place(plan) for plan in plans.values()]
    for name, counts in zip(plans, reached, strict=True):
        table[f"reached {name}"] = [counts[place] for place in places]
    table["difference"] = [reached[-1][place] - reached[0][place] for place in places]
    return point_frame(table, places.__getitem__)


def village_frame(problem: Problem) -> pd.DataFrame:
    """Return ``place``, ``name``, ``households`` and ``weight`` of each village."""
    rows = [
        (village.place, problem.place(village.place).name, village.households, village.weight)
        for village in problem.villages
    ]
    return pd.DataFrame(rows, columns=["place", "name", "households", "weight"])


def point_frame(table: pd.DataFrame, place_of: Callable[[str], Place]) -> gpd.GeoDataFrame:
    """Return a table as a layer of points in WGS 84, where its column ``place`` says."""
    points = [shapely.Point(place.lon, place.lat) for place in map(place_of, table["place"])]
    return gpd.GeoDataFrame(table, geometry=points, crs="EPSG:4326")


def ordered_tours(problem: Problem, plan: Plan) -> Iterator[Tour]:
    """Yield tours in the order of the problem's teams, then of the days."""
    for team in problem.teams:
        yield from plan.tours_of(team.id)


def local_time(problem: Problem, tour: Tour, seconds: int = 0) -> pd.Timestamp:
    """Return a time of day on the date of a tour."""
    return pd.Timestamp(problem.days[tour.day].date) + pd.Timedelta(seconds=seconds)


def tour_km(problem: Problem, tour: Tour) -> float:
    """Return the kilometres of a tour, NaN if the problem has no distances."""
    return or_nan(problem.metres(tour.team, tour.places)) / 1000


def door_seconds(tour: Tour) -> int:
    """Return how long the setups and doors of a tour take, without rests inside them."""
    return sum(stop.end - stop.start - inside_seconds(tour, stop) for stop in tour.stops)


def inside_seconds(tour: Tour, stop: Stop) -> int:
    """Return how long rests interrupt a stop of a tour."""
    return sum(rest.end - rest.start for rest in tour.rests if rest.interrupts(stop))


def or_nan(value: float | None) -> float:
    """Return a value, NaN where there is none, as tables and charts have it."""
    return math.nan if value is None else value


def _reached_by_place(plan: Plan) -> Counter[str]:
    reached: Counter[str] = Counter()
    for tour in plan.tours:
        for stop in tour.stops:
            reached[stop.place] += stop.households
    return reached


def _coverage(
    problem: Problem, plan: Plan, group_of: Callable[[Village], str], order: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Return by group its villages and households, and how many of them are reached."""
    reached = _reached_by_place(plan)
    groups: dict[str, list[Village]] = {name: [] for name in order}
    for village in problem.villages:
        groups.setdefault(group_of(village), []).append(village)
    coverage = {}
    for name, villages in groups.items():
        households = sum(village.households for village in villages)
        done = sum(reached[village.place] for village in villages)
        if villages:
            coverage[name] = {
                "villages": len(villages),
                "visited": sum(village.place in reached for village in villages),
                "households": households,
                "reached": done,
                "share": done / households if households else math.nan,
            }
    return coverage
