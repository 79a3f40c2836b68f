"""From a prepared scenario and a plan to maps and sheets, with legs along the real roads.

The planner, the roads and the handouts do not know each other; here the results of the first two
become values of the third.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from routeplan.files import write_whole
from routeplan.handouts import (
    MapData,
    build_view,
    check_references,
    framed,
    make_handouts,
    pair_page,
    plan_map_of,
    render_map,
    render_sheets,
)
from routeplan.language import gettext as _
from routeplan.model.problem import Problem, problem_of
from routeplan.roads import road_notes
from routeplan.roads.tags import FERRY
from routeplan.workflow.legs import closed_roads, driven_legs
from routeplan.workflow.outputs import write_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from routeplan.handouts import MapView, PlanMap, RoadState, Selection
    from routeplan.language import Language
    from routeplan.model.plan import Plan, Tour
    from routeplan.roads import Leg
    from routeplan.workflow.prepare import Prepared

__all__ = [
    "MapPage",
    "changed_sheets",
    "draw_map",
    "draw_plan",
    "draw_sheets",
    "plan_map",
    "side_by_side",
    "trace_map_data",
    "view_plan",
    "write_handouts",
]


@dataclass(frozen=True, slots=True)
class MapPage:
    """A map as one HTML page that needs no network; it shows itself in a notebook.

    Examples
    --------
    >>> page = MapPage("<!DOCTYPE html><title>Week 1</title>")
    >>> page
    <MapPage of 36 characters>
    >>> page.save(folder / "map.html")
    """

    html: str

    def __repr__(self) -> str:
        return f"<MapPage of {len(self.html)} characters>"

    def save(self, path: str | Path) -> None:
        """Write the page, whole or not at all."""
        write_whole({Path(path): self.html})

    def _repr_html_(self) -> str:
        return framed(self.html)


def draw_map(
    prepared: Problem | Prepared, plan: Plan, *, language: Language | None = None
) -> MapPage:
    """Draw a plan with the legs that it drives along the real roads.

    Of a problem alone, without roads, they are straight lines, and the map says so. The language is
    by default the scenario's, and English for a problem.

    Raises
    ------
    InputError
        If the plan names what the problem does not have, or the language is unknown.

    Examples
    --------
    >>> draw_map(prepared, plan, language="kk").save(folder / "map.html")
    """
    return draw_plan(problem_of(prepared), plan, trace_map_data(prepared, plan, language=language))


def draw_plan(problem: Problem, plan: Plan, data: MapData | None = None) -> MapPage:
    """Draw a plan with what is known beside it, by default nothing: then all legs are straight."""
    return MapPage(render_map(build_view(problem, plan, data)))


def plan_map(
    prepared: Problem | Prepared, plan: Plan, *, language: Language | None = None
) -> PlanMap:
    """Draw a plan as `draw_map` does, as a folium map that takes layers of one's own.

    In a file and in a notebook it needs no network. Layers lie on the plan: lines and areas take
    the clicks of what is under them. Pins of `folium.Icon` have their colour, without the sign
    inside. Layers that would fetch something, such as tiles and most of `folium.plugins`, are
    refused when the map is written or shown.

    Parameters
    ----------
    prepared
        A prepared scenario; or a problem, whose drives are straight lines, and the map says so.
    plan
        A plan for it.
    language
        Of the map's texts: by default the scenario's, and English for a problem.

    Returns
    -------
    PlanMap
        A `folium.Map`: ``folium.GeoJson(…).add_to(…)`` adds a layer.

    Raises
    ------
    InputError
        If the plan names what the problem does not have, or the language is unknown.

    Examples
    --------
    >>> import folium
    >>> page = plan_map(prepared, plan)
    >>> _ = folium.GeoJson(frame_villages(problem), marker=folium.CircleMarker()).add_to(page)
    >>> page.save(folder / "map.html")
    """
    return plan_map_of(view_plan(prepared, plan, language=language))


def side_by_side(
    left: MapPage | PlanMap, right: MapPage | PlanMap, *, titles: tuple[str, str] = ("", "")
) -> MapPage:
    """Show two maps beside each other; where one looks, the other does.

    Parameters
    ----------
    left, right
        Maps of `draw_map` or `plan_map`, as they are now: layers that are added later are not
        shown.
    titles
        Of both.

    Examples
    --------
    >>> fewer = vary(prepared, crews=1)
    >>> one = plan_tours(fewer, Options(iterations=1, bound=False))
    >>> maps = draw_map(fewer, one), draw_map(prepared, plan)
    >>> side_by_side(*maps, titles=("one crew", "two crews")).save(folder / "both.html")
    """
    return MapPage(pair_page([left.html, right.html], titles))


def draw_sheets(
    prepared: Problem | Prepared,
    plan: Plan,
    *,
    selection: Selection | None = None,
    language: Language | None = None,
) -> dict[str, bytes]:
    """Draw day sheets, tally sheets and check-in sheets, as `draw_map` draws the map.

    The result is the content of each PDF, by its file name; of all teams and days unless some are
    selected.
    """
    view = view_plan(prepared, plan, language=language)
    return render_sheets(problem_of(prepared), plan, view, selection=selection)


def view_plan(
    prepared: Problem | Prepared, plan: Plan, *, language: Language | None = None
) -> MapView:
    """Return what handouts show of a plan; errors are those of `draw_map`."""
    data = trace_map_data(prepared, plan, language=language)
    return build_view(problem_of(prepared), plan, data)


def trace_map_data(
    prepared: Problem | Prepared,
    plan: Plan,
    *,
    language: Language | None = None,
    also: Plan | None = None,
) -> MapData:
    """Trace the legs of a plan, and gather all else that handouts are made from.

    The legs of another plan are traced too, as far as they can still be driven. Of a problem alone
    nothing is known beside it.
    """
    problem = problem_of(prepared)
    check_references(problem, plan)
    if isinstance(prepared, Problem):
        return MapData(language or "en")
    scenario, snaps = prepared.scenario, prepared.snaps
    if language is not None:
        scenario = scenario.replace(language=language)
    tours = () if also is None else _possible_tours(problem, also)
    traced = plan.replace(tours=(*plan.tours, *tours))
    legs = driven_legs(problem, traced, prepared.graph, snaps)
    limit = scenario.roads.snap_limit_metres
    return MapData(
        language=scenario.language,
        lines={key: leg.points for key, leg in legs.items()},
        states={key: _states(leg) for key, leg in legs.items()},
        signed={row.id: row.signed for row in prepared.rows},
        roads=tuple(prepared.graph.lines()),
        road_notes={key: road_notes(prepared.graph, key[0], leg) for key, leg in legs.items()},
        closed_roads=closed_roads(prepared.graph, snaps, problem, limit_metres=limit),
    )


def _possible_tours(problem: Problem, plan: Plan) -> tuple[Tour, ...]:
    """Return the tours of a plan that can be driven, whatever the times."""

    def can_drive(tour: Tour) -> bool:
        travel = problem.travel[problem.team_of[tour.team].vehicle]
        index = problem.index
        return all(travel.reachable[index[start], index[end]] for start, end in tour.drives)

    return tuple(filter(can_drive, plan.tours))


def changed_sheets(
    old: tuple[Problem, Plan], new: tuple[Problem, Plan], first_day: int
) -> tuple[tuple[str, int], ...]:
    """Return the teams and days, by day, for which other things are on paper and in packs.

    Compared are tours from a day on, with their times, who else is there, and the households of
    their villages; days have the same indices. Days that a team has no longer are none of them.
    """
    before, after = (dict(_on_paper(*each)) for each in (old, new))
    days = sorted(after, key=lambda team_day: team_day[::-1])
    return tuple(d for d in days if d[1] >= first_day and before.get(d) != after[d])


def _on_paper(problem: Problem, plan: Plan) -> Iterator[tuple[tuple[str, int], object]]:
    """Yield what each team that does not stay put has on paper on each day."""
    view = build_view(problem, plan)
    villages = {village.place: village.households for village in view.villages}
    for tour in view.tours:
        if tour.stops or tour.legs:
            # Not what is said of the whole plan, nor what was announced.
            stops = tuple(replace(s, visit=1, visits=1, announced=False) for s in tour.stops)
            households = [villages.get(stop.place) for stop in stops]
            yield (tour.team, tour.day), (replace(tour, stops=stops, not_kept=()), households)


def write_handouts(
    folder: Path,
    read: tuple[Problem, Plan, MapData],
    on_step: Callable[[str], None],
    *,
    kinds: Sequence[str] | None = None,
    team_days: Sequence[tuple[str, int]] | None = None,
) -> dict[str, bytes]:
    """Make handouts of a plan, as `routeplan.handouts.make_handouts` does, and write them."""
    from routeplan.workflow.edits import fingerprint_of  # noqa: PLC0415  # it loads the planner

    made: dict[str, bytes] = {}
    steps = make_handouts(
        *read, fingerprint=fingerprint_of(read[1]), kinds=kinds, team_days=team_days
    )
    for step, make in steps:
        on_step(step)
        made |= make()
    on_step(_("writing files"))
    write_folder(folder, made)
    return made


def _states(leg: Leg) -> dict[RoadState, float]:
    """Return the metres of a leg by the state of the road; ferries are in its notes."""
    metres: dict[RoadState, float] = {}
    for part in leg.parts:
        if part.road_class == FERRY:
            continue
        unmade = part.road_class in {"track", "off_road"}
        state: RoadState = "track" if unmade else "paved" if part.paved else "unpaved"
        metres[state] = metres.get(state, 0.0) + part.metres
    return metres
