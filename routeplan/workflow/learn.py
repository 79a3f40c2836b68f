"""Speeds learned from drivers' reports, each leg in the season of its own date."""

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
from routeplan.workflow.inputs import overrides_of, region_of
from routeplan.workflow.legs import find_place

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

BEYOND_PROPORTION = 8.0
"""Reports that differ from the table by more than this factor are taken for mistakes."""


def learn_speeds(
    scenario: Scenario, places: Sequence[Place], reports: Sequence[LegReport]
) -> tuple[tuple[SpeedCorrection, ...], str]:
    """Fit the table of speeds to drivers' reports, each leg in the season of its own date.

    Return the corrections, and the text of the new table. InputError names every report of an
    unknown place or vehicle, of a leg without a way, or out of proportion.
    """
    table = read_speeds(scenario.roads.speeds)
    ends = _ends(places, reports, table)
    region = region_of(scenario.roads.cut, places)
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
    ends = {}
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
        ends[report] = (pair[0] or 0, pair[1] or 0)
    faults.raise_any()
    return ends


def _by_season(
    places: Sequence[Place],
    reports: Sequence[LegReport],
    table: SpeedTable,
    overrides: tuple[Override, ...],
) -> list[tuple[Conditions, list[LegReport]]]:
    """Group reports by the season of their date, and by the overrides of that date."""
    lats = [place.lat for place in places]
    groups: dict[object, tuple[Conditions, list[LegReport]]] = {}
    for report in reports:
        on_date = tuple(one for one in overrides if one.holds_on(report.date))
        conditions = conditions_on(
            [report.date], table, lat=sum(lats) / max(len(lats), 1), overrides=on_date
        )
        group = groups.setdefault((conditions.seasons, on_date), (conditions, []))
        group[1].append(report)
    return list(groups.values())


def _observed(
    graph: RoadGraph,
    vehicle: str,
    snaps: Sequence[Snap],
    reports: Mapping[LegReport, tuple[int, int]],
    faults: Faults,
) -> list[Observation]:
    """Return the observations of one vehicle; add faults for reports that cannot be used."""
    driven = {}
    for report, pair in reports.items():
        off_road = [snaps[place] for place in pair if not snaps[place].found]
        if off_road:
            message = f"there is no way: {off_road[0].detail}"
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
