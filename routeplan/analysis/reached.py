"""Who is reached: by district and by size of village, how fairly, and where plans differ."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely

from routeplan.errors import Faults, nearest
from routeplan.model.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Village

__all__ = ["coverage_by_group", "differences", "gini", "overlap", "problems_of", "reached_by_place"]

SIZES = (0, 25, 50, 100, 200)
ELSEWHERE = "elsewhere"


def reached_by_place(plan: Plan) -> Counter[str]:
    """Return the households that a plan reaches, by the id of the place."""
    reached: Counter[str] = Counter()
    for tour in plan.tours:
        for stop in tour.stops:
            reached[stop.place] += stop.households
    return reached


def problems_of(
    plans: Mapping[str, Plan], problems: Problem | Mapping[str, Problem]
) -> dict[str, Problem]:
    """Return the problem of each plan by its name, once sure that they belong together.

    Raises
    ------
    InputError
        Naming every plan that has no problem, or whose teams, days or places it does not know.
    """
    faults = Faults()
    found: dict[str, Problem] = {}
    for name, plan in plans.items():
        problem = problems if isinstance(problems, Problem) else problems.get(name)
        if problem is None:
            faults.add(name, "has no problem", nearest(name, problems))  # type: ignore[arg-type]
            continue
        found[name] = problem
        used = {place for tour in plan.tours for place in (tour.start, tour.end)}
        used |= set(reached_by_place(plan))
        strange = [f"place {place!r}" for place in sorted(used - set(problem.index))]
        teams = {tour.team for tour in plan.tours} - set(problem.team_of)
        strange += [f"team {team!r}" for team in sorted(teams)]
        days = {tour.day for tour in plan.tours} - set(range(len(problem.days)))
        strange += [f"day {day}" for day in sorted(days)]
        if strange:
            named = ", ".join(strange[:5])
            faults.add(name, f"names what its problem does not know: {named}")
    faults.raise_any()
    return found


def coverage_by_group(
    plans: Mapping[str, Plan],
    problems: Problem | Mapping[str, Problem],
    *,
    districts: Mapping[str, str] | None = None,
    sizes: Sequence[int] = SIZES,
) -> pd.DataFrame:
    """Tell what plans reach by district, or by size of village.

    Parameters
    ----------
    plans, problems
        As for `compare_plans`.
    districts
        The district of each village, by the id of its place; where left out, villages are grouped
        by size.
    sizes
        Households at which a class of size begins, ascending.

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

    rows = []
    for plan, problem in problems_of(plans, problems).items():
        for group, villages in _grouped(problem, group_of, names).items():
            rows.append({"plan": plan, "group": group, **_covered(villages, plans[plan])})
    return pd.DataFrame(
        rows,
        columns=["plan", "group", "villages", "visited", "households", "reached", "share"],
    )


def gini(problem: Problem, plan: Plan, districts: Mapping[str, str]) -> float:
    """Return how unevenly a plan reaches districts, by the Gini coefficient of their shares.

    Each district counts by its households: 0 where all are reached to the same share, near 1 where
    a small one is all that is reached, NaN where nobody is.
    """
    groups = _grouped(problem, lambda village: districts.get(village.place, ELSEWHERE), ())
    covered = [_covered(villages, plan) for villages in groups.values()]
    total = sum(each["households"] for each in covered)
    reached = sum(each["reached"] for each in covered)
    if not reached:
        return math.nan
    apart = sum(
        one["households"] * other["households"] * abs(one["share"] - other["share"])
        for one in covered
        for other in covered
        if one["households"] and other["households"]
    )
    return apart / (2 * total * reached)


def overlap(plans: Mapping[str, Plan]) -> pd.DataFrame:
    """Tell how much of what two plans visit is the same.

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
    reached = {name: reached_by_place(plan) for name, plan in plans.items()}
    for one, other in itertools.combinations(plans, 2):
        either = reached[one] | reached[other]
        both = reached[one] & reached[other]
        villages = len(set(reached[one]) | set(reached[other]))
        same = len(set(reached[one]) & set(reached[other]))
        rows.append(
            {
                "plan": one,
                "other": other,
                "villages": round(same / villages, 3) if villages else math.nan,
                "households": (
                    round(both.total() / either.total(), 3) if either.total() else math.nan
                ),
            }
        )
    return pd.DataFrame(rows, columns=["plan", "other", "villages", "households"])


def differences(
    plans: Mapping[str, Plan], problems: Problem | Mapping[str, Problem]
) -> gpd.GeoDataFrame:
    """Tell village by village what each plan reaches, and where the last differs from the first.

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
    found = problems_of(plans, problems)
    rows: dict[str, dict[str, object]] = {}
    most: dict[str, int] = {}
    for problem in found.values():
        for village in problem.villages:
            place = problem.place(village.place)
            most[place.id] = max(village.households, most.get(place.id, 0))
            rows[place.id] = {
                "place": place.id,
                "name": place.name,
                "geometry": shapely.Point(place.lon, place.lat),
            }
    reached = {name: reached_by_place(plan) for name, plan in plans.items()}
    for place_id, row in rows.items():
        row["households"] = most[place_id]
        row |= {f"reached {name}": reached[name][place_id] for name in plans}
        counts = [reached[name][place_id] for name in plans]
        row["difference"] = counts[-1] - counts[0]
    head = ["place", "name", "households"]
    columns = [*head, *(f"reached {name}" for name in plans), "difference", "geometry"]
    return gpd.GeoDataFrame(list(rows.values()), columns=columns, crs="EPSG:4326")


def _grouped(
    problem: Problem, group_of: Callable[[Village], str], order: Sequence[str]
) -> dict[str, list[Village]]:
    groups: dict[str, list[Village]] = {name: [] for name in order}
    for village in problem.villages:
        groups.setdefault(group_of(village), []).append(village)
    return {name: villages for name, villages in groups.items() if villages}


def _covered(villages: Sequence[Village], plan: Plan) -> dict[str, float]:
    reached = reached_by_place(plan)
    households = sum(village.households for village in villages)
    done = sum(reached[village.place] for village in villages)
    return {
        "villages": len(villages),
        "visited": sum(village.place in reached for village in villages),
        "households": households,
        "reached": done,
        "share": done / households if households else math.nan,
    }
