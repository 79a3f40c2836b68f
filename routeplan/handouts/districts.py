"""Districts of a country on its map: what each is given and reaches, and its outline."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from routeplan.handouts.geometry import DECIMALS, METRES_PER_DEGREE, rounded_points

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from routeplan.handouts.geometry import Points
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

MARGIN_METRES, TOLERANCE_METRES = 2_500.0, 300.0


@dataclass(frozen=True, slots=True)
class DistrictView:
    """A district: its villages, how many of them are visited, and its households.

    Parameters
    ----------
    lat, lon
        Where its name is written.
    places, teams
        Ids of its villages, and of the teams that visit any.
    min_households
        The floor of the plan's problem for it, 0 where there is none.
    outline
        Around its villages, a closed line.
    """

    name: str
    lat: float
    lon: float
    places: tuple[str, ...]
    teams: tuple[str, ...]
    visited: int
    households: int
    reached: int
    min_households: int
    outline: Points


def district_views(
    problem: Problem, plan: Plan, districts: Mapping[str, Sequence[str]]
) -> tuple[DistrictView, ...]:
    """Return the views of districts, given the ids of villages by their names.

    Those without a village are left out; a team belongs to the district of its first stop.
    """
    reached: Counter[str] = Counter()
    first_stops: dict[str, str] = {}
    for tour in plan.tours:
        for stop in tour.stops:
            reached[stop.place] += stop.households
            first_stops.setdefault(tour.team, stop.place)
    floors = {frozenset(each.places): each.min_households for each in problem.districts}

    def view(name: str, places: Sequence[str]) -> DistrictView:
        own = frozenset(places)
        outline = _outline(np.array([(p.lat, p.lon) for p in map(problem.place, places)]))
        lat, lon = np.array(outline[:-1]).mean(axis=0).round(DECIMALS).tolist()
        return DistrictView(
            *(name, lat, lon, tuple(places)),
            teams=tuple(team for team, place in first_stops.items() if place in own),
            visited=sum(place in reached for place in places),
            households=sum(problem.village_at[place].households for place in places),
            reached=sum(reached[place] for place in places),
            min_households=floors.get(own, 0),
            outline=outline,
        )

    return tuple(view(name, places) for name, places in districts.items() if places)


def _outline(points: NDArray[np.float64]) -> Points:
    """Return the convex hull of points with a margin."""
    middle = np.cos(np.radians(points[:, 0].mean()))
    scale = METRES_PER_DEGREE * np.array([1.0, middle])
    hull = shapely.MultiPoint(points * scale).convex_hull.buffer(MARGIN_METRES, quad_segs=3)
    ring = shapely.get_coordinates(hull.simplify(TOLERANCE_METRES)) / scale
    return rounded_points(ring)
