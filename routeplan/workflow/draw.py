"""From a prepared scenario and a plan to handouts: the legs as they are driven, what roads are.

The planner, the roads and the handouts do not know each other; here the answers of the first two
become plain values of the third.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from routeplan.files import write_whole
from routeplan.handouts import (
    MapData,
    build_view,
    check_references,
    render_map,
    render_sheets,
)
from routeplan.roads import notes_of, trace_legs
from routeplan.workflow.roads import closed_roads

if TYPE_CHECKING:
    from collections.abc import Mapping

    from routeplan.handouts import MapView, RoadState, Selection
    from routeplan.language import Language
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.roads import Leg, RoadGraph, Snap
    from routeplan.workflow.prepared import Prepared

__all__ = [
    "MapPage",
    "draw_map",
    "draw_sheets",
    "driven_legs",
    "trace_map_data",
    "view_plan",
]

Way: TypeAlias = tuple[str, str, str]
"""Vehicle, place from and place to."""

Snaps: TypeAlias = "Mapping[str, tuple[Snap, ...]]"


@dataclass(frozen=True, slots=True)
class MapPage:
    """A map as one HTML page that needs no network; shows itself in a notebook.

    Parameters
    ----------
    html
        The whole text of the page.

    Examples
    --------
    >>> page = MapPage("<!DOCTYPE html><title>Week 1</title>")
    >>> page
    <MapPage of 36 characters>
    >>> page.save(folder / "map.html")
    """

    html: str

    def __repr__(self) -> str:
        # The text itself would fill the screen.
        return f"<MapPage of {len(self.html)} characters>"

    def save(self, path: str | Path) -> None:
        """Write the page, whole or not at all."""
        write_whole({Path(path): self.html})

    def _repr_html_(self) -> str:
        page = html.escape(self.html, quote=True)
        style = "box-sizing:border-box;width:100%;height:600px;border:1px solid #ccc"
        # Its scripts run, but cannot reach the notebook around them.
        return (
            f'<iframe title="Map" srcdoc="{page}" style="{style}" sandbox="allow-scripts"></iframe>'
        )


def draw_map(prepared: Prepared, plan: Plan, *, language: Language | None = None) -> MapPage:
    """Draw a plan with the legs that it drives along the real roads.

    Parameters
    ----------
    prepared, plan
        A scenario, and a plan for its problem.
    language
        Of the page; the scenario's where left out.

    Raises
    ------
    InputError
        Where the plan names what the problem does not know, or the language is not known.

    Examples
    --------
    >>> draw_map(prepared, plan, language="kk").save(folder / "map.html")
    """
    return MapPage(render_map(view_plan(prepared, plan, language=language)))


def draw_sheets(
    prepared: Prepared,
    plan: Plan,
    *,
    selection: Selection | None = None,
    language: Language | None = None,
) -> dict[str, bytes]:
    """Draw what goes on paper: day sheets, tally sheets and check-in sheets.

    Parameters
    ----------
    prepared, plan, language
        As `draw_map` takes them.
    selection
        Of which team and day; all where left out.

    Returns
    -------
    dict
        What each PDF holds, by the name of its file.

    Raises
    ------
    InputError
        Where the plan names what the problem does not know, or has not what is selected.
    """
    view = view_plan(prepared, plan, language=language)
    return render_sheets(prepared.problem, plan, view, selection=selection)


def view_plan(prepared: Prepared, plan: Plan, *, language: Language | None = None) -> MapView:
    """Work out what handouts show of a plan, with the legs that it drives along the real roads.

    Parameters and errors are those of `draw_map`.
    """
    data = trace_map_data(prepared, plan, language=language)
    return build_view(prepared.problem, plan, data)


def trace_map_data(prepared: Prepared, plan: Plan, *, language: Language | None = None) -> MapData:
    """Trace the legs that a plan drives, and gather all else that handouts are made with.

    Parameters and errors are those of `draw_map`.
    """
    scenario = prepared.scenario
    if language is not None:
        scenario = scenario.replace(language=language)
    problem, snaps = prepared.problem, prepared.snaps
    check_references(problem, plan)
    legs = driven_legs(problem, plan, prepared.graph, snaps)
    limit = scenario.roads.snap_limit_metres
    return MapData(
        language=scenario.language,
        lines={way: leg.points for way, leg in legs.items()},
        states={way: _states(leg) for way, leg in legs.items()},
        signed={row.id: row.signed for row in prepared.rows},
        roads=tuple(prepared.graph.lines()),
        road_notes={way: notes_of(prepared.graph, way[0], leg) for way, leg in legs.items()},
        closed_roads=closed_roads(prepared.graph, snaps, problem, limit_metres=limit),
    )


def driven_legs(problem: Problem, plan: Plan, graph: RoadGraph, snaps: Snaps) -> dict[Way, Leg]:
    """Trace the legs that a plan drives, and no others.

    Parameters
    ----------
    problem, plan
        A plan for that problem.
    graph, snaps
        The roads, and by vehicle where each place of the problem meets them.
    """
    driven: dict[str, set[tuple[str, str]]] = {}
    for tour in plan.tours:
        driven.setdefault(problem.team_of[tour.team].vehicle, set()).update(tour.drives)
    legs: dict[Way, Leg] = {}
    for vehicle, pairs in driven.items():
        ordered = sorted(pairs)
        positions = [(problem.index[start], problem.index[end]) for start, end in ordered]
        traced = trace_legs(graph, vehicle, snaps[vehicle], positions)
        legs |= {(vehicle, *pair): leg for pair, leg in zip(ordered, traced, strict=True)}
    return legs


def _states(leg: Leg) -> dict[RoadState, float]:
    """Return the metres of a leg by what the road is like."""
    metres: dict[RoadState, float] = {}
    for part in leg.parts:
        unmade = part.road_class in {"track", "off_road"}
        state: RoadState = "track" if unmade else "paved" if part.paved else "unpaved"
        metres[state] = metres.get(state, 0.0) + part.metres
    return metres
