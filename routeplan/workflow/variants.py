"""A prepared scenario on the roads of another one, of the same files and places."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from routeplan.roads import read_speeds, validate_conditions
from routeplan.workflow.inputs import conditions_of, load_roads, region_of
from routeplan.workflow.prepare import check_bases, snap_places

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from routeplan.model.problem import Problem, Village
    from routeplan.scenario import Roads, Scenario
    from routeplan.villages import VillageRow
    from routeplan.workflow.prepare import Prepared


def on_roads_of(scenario: Scenario, prepared: Prepared) -> Prepared:
    """Return a prepared problem on the roads of another scenario of the same files and places.

    Where that has another season, other speeds, or days in other seasons, roads are read and travel
    times computed again. Villages are closed on its days as the table says.

    Raises
    ------
    InputError, RoadError
        As `prepare` does.

    Examples
    --------
    >>> on_roads_of(scenario.with_season("mud"), prepared).conditions.seasons
    ('mud',)
    """
    if _read_for(scenario) == _read_for(prepared.scenario):
        return prepared.replace(scenario=scenario)
    speeds = read_speeds(scenario.roads.speeds)
    validate_conditions(speeds, scenario.roads.season, prepared.conditions.overrides)
    rows = prepared.rows
    known = () if scenario.villages.table is None else rows
    conditions = conditions_of(scenario, known, speeds, prepared.conditions.overrides)
    same_speeds = scenario.roads.speeds == prepared.scenario.roads.speeds
    problem = prepared.problem
    if not same_speeds or conditions.seasons != prepared.conditions.seasons:
        region = region_of(scenario.roads.cut, (*scenario.places, *(row.place for row in known)))
        roads = load_roads(scenario.roads.file, speeds, region, conditions=conditions)
        snaps, times = snap_places(scenario, roads, problem.places, sorted(problem.travel))
        check_bases(scenario, rows, conditions, roads.graph, snaps)
        prepared = prepared.replace(graph=roads.graph, snaps=snaps)
        problem = problem.replace(travel=times)
    problem = _closed_on_added_days(problem, rows, scenario.dates, len(prepared.scenario.dates))
    return prepared.replace(scenario=scenario, conditions=conditions, problem=problem)


def _read_for(scenario: Scenario) -> tuple[Roads, tuple[dt.date, ...]]:
    """Return what roads are read by."""
    return replace(scenario.roads, drive_factor=1.0), scenario.dates


def _closed_on_added_days(
    problem: Problem, rows: Iterable[VillageRow], dates: Sequence[dt.date], before: int
) -> Problem:
    """Return a problem whose villages are closed on days after the first so many as rows say."""
    if len(dates) <= before:
        return problem
    closed = {row.id: row.village(dates).closed_days for row in rows}

    def added(village: Village) -> tuple[int, ...]:
        return tuple(day for day in closed.get(village.place, ()) if day >= before)

    villages = (replace(v, closed_days=(*v.closed_days, *added(v))) for v in problem.villages)
    return problem.replace(villages=tuple(villages))
