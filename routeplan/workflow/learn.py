"""From drivers' reports to a table of speeds that fits them better."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.errors import Faults, nearest
from routeplan.roads import (
    Observation,
    build_graph,
    conditions_on,
    learn,
    read_roads,
    read_speeds,
    snap,
    speeds_text,
    trace_legs,
    with_learned,
)
from routeplan.workflow.cache import wanted_region
from routeplan.workflow.roads import find_place, overrides_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from routeplan.model.problem import Place
    from routeplan.roads import (
        Conditions,
        Override,
        RoadGraph,
        Snap,
        SpeedCorrection,
        SpeedTable,
    )
    from routeplan.scenario import Scenario
    from routeplan.villages import LegReport

__all__ = ["BEYOND_PROPORTION", "learn_speeds"]

BEYOND_PROPORTION = 8.0
"""A report that is so many times the table's minutes, or less by as much, is a slip of the pen."""


def learn_speeds(
    scenario: Scenario, places: Sequence[Place], reports: Sequence[LegReport]
) -> tuple[tuple[SpeedCorrection, ...], str]:
    """Learn from reports, each leg judged in the season of its own date.

    Parameters
    ----------
    scenario
        Names the roads, the table of speeds and the overrides.
    places
        Between which the reports are.
    reports
        At least one.

    Returns
    -------
    tuple of Learned, str
        What was learned, and the text of the new table of speeds.

    Raises
    ------
    InputError
        With every report of an unknown place or vehicle, or of a leg without a way, or that is
        out of all proportion.
    """
    table = read_speeds(scenario.roads.speeds)
    ends = _ends(places, reports, table)
    region = wanted_region(scenario.roads.cut, places)
    extract, overrides = read_roads(scenario.roads.file, region), overrides_of(scenario)
    faults = Faults()
    observed: list[Observation] = []
    for conditions, group in _by_season(places, reports, table, overrides):
        graph = build_graph(extract, table, conditions)
        for vehicle in sorted({report.vehicle for report in group}):
            snaps = snap(graph, vehicle, places, scenario.roads.snap_limit_metres)
            own = {report: ends[report] for report in group if report.vehicle == vehicle}
            observed += _observed(graph, vehicle, snaps, own, faults)
    faults.raise_any()
    learned = learn(observed, table.learned)
    return learned, with_learned(speeds_text(scenario.roads.speeds), table, learned)


def _ends(
    places: Sequence[Place], reports: Sequence[LegReport], table: SpeedTable
) -> dict[LegReport, tuple[int, int]]:
    faults = Faults()
    found = {}
    for report in reports:
        if report.vehicle not in table.vehicles:
            message = f"no speeds are known for {report.vehicle!r}"
            faults.add(f"{report.source} vehicle", message, nearest(report.vehicle, table.vehicles))
        pair = [
            find_place(places, text, f"{report.source} {column}", faults)
            for column, text in (("from", report.start), ("to", report.end))
        ]
        if pair[0] == pair[1] and pair[0] is not None:
            faults.add(f"{report.source} to", "is where the leg begins")
        found[report] = (pair[0] or 0, pair[1] or 0)
    faults.raise_any()
    return found


def _by_season(
    places: Sequence[Place],
    reports: Sequence[LegReport],
    table: SpeedTable,
    overrides: tuple[Override, ...],
) -> list[tuple[Conditions, list[LegReport]]]:
    """Group reports by the season of their date, and by the overrides that held then."""
    lats = [place.lat for place in places]
    groups: dict[object, tuple[Conditions, list[LegReport]]] = {}
    for report in reports:
        held = tuple(one for one in overrides if one.holds_on(report.date))
        conditions = conditions_on(
            [report.date], table, lat=sum(lats) / max(len(lats), 1), overrides=held
        )
        group = groups.setdefault((conditions.seasons, held), (conditions, []))
        group[1].append(report)
    return list(groups.values())


def _observed(
    graph: RoadGraph,
    vehicle: str,
    snaps: Sequence[Snap],
    reports: Mapping[LegReport, tuple[int, int]],
    faults: Faults,
) -> list[Observation]:
    """Take the reported legs of one vehicle apart; note those that cannot be."""
    driven = {}
    for report, pair in reports.items():
        lost = [snaps[place] for place in pair if not snaps[place].found]
        if lost:
            message = f"there is no way: {lost[0].detail}"
            faults.add(report.source, message, "did the driver take a road that the map lacks?")
        else:
            driven[report] = pair
    legs = trace_legs(graph, vehicle, snaps, driven.values())
    for report, leg in zip(driven, legs, strict=True):
        ratio = report.seconds / max(leg.seconds, 1)
        if not 1 / BEYOND_PROPORTION <= ratio <= BEYOND_PROPORTION:
            message = f"is {ratio:.2g} times the {leg.seconds / 60:.0f} minutes of the table"
            faults.add(f"{report.source} minutes", message, "is it right? Else leave the row out")
    return [
        Observation.from_leg(leg, report.seconds) for report, leg in zip(driven, legs, strict=True)
    ]
