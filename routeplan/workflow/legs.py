"""Legs between places: those that a plan drives, how their minutes come about, what is closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from routeplan.errors import Faults, RoadError, nearest
from routeplan.language import gettext as _
from routeplan.language import ngettext
from routeplan.roads import (
    Observation,
    build_graph,
    conditions_on,
    learn,
    read_roads,
    read_speeds,
    roads_not_taken,
    snap,
    speeds_text,
    trace_legs,
    with_learned,
)
from routeplan.workflow.inputs import bases_of, overrides_of, region_of, trouble_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Place, Problem, TravelTimes
    from routeplan.roads import (
        ClosedRoad,
        Conditions,
        Leg,
        Override,
        RoadGraph,
        Snap,
        SpeedCorrection,
        SpeedTable,
    )
    from routeplan.scenario import Scenario
    from routeplan.villages import LegReport

LegKey: TypeAlias = tuple[str, str, str]
"""Vehicle, place from and place to."""

Snaps: TypeAlias = "Mapping[str, Sequence[Snap]]"
"""By vehicle, the snap of each place of a problem."""


@dataclass(frozen=True, eq=False, slots=True)
class ExplainedLeg:
    """How the minutes of one leg come about.

    Parameters
    ----------
    leg, trouble
        As it is driven; or None, and why there is no way.
    not_taken
        Roads that would be driven on a dry day.
    """

    start: Place
    end: Place
    vehicle: str
    leg: Leg | None
    trouble: str
    not_taken: tuple[ClosedRoad, ...]


def driven_legs(problem: Problem, plan: Plan, graph: RoadGraph, snaps: Snaps) -> dict[LegKey, Leg]:
    """Trace the legs that a plan drives, and no others."""
    driven: dict[str, set[tuple[str, str]]] = {}
    for tour in plan.tours:
        driven.setdefault(problem.team_of[tour.team].vehicle, set()).update(tour.drives)
    legs: dict[LegKey, Leg] = {}
    for vehicle, pairs in driven.items():
        ordered = sorted(pairs)
        positions = [(problem.index[start], problem.index[end]) for start, end in ordered]
        traced = trace_legs(graph, vehicle, snaps[vehicle], positions)
        legs |= {(vehicle, *pair): leg for pair, leg in zip(ordered, traced, strict=True)}
    return legs


def explain_leg(
    graph: RoadGraph,
    snaps: Sequence[Snap],
    travel: TravelTimes,
    vehicle: str,
    pair: tuple[int, int],
    *,
    limit_metres: float,
) -> ExplainedLeg:
    """Explain a leg between two places, given as their positions among the snaps."""
    leg, trouble = None, ""
    try:
        (leg,) = trace_legs(graph, vehicle, snaps, [pair])
    except RoadError as error:
        trouble = str(error)
    not_taken = roads_not_taken(graph, vehicle, snaps, travel, [pair], limit_metres=limit_metres)
    start, end = (snaps[place].place for place in pair)
    return ExplainedLeg(start, end, vehicle, leg, trouble, not_taken)


def closed_roads(
    graph: RoadGraph, snaps: Snaps, problem: Problem, *, limit_metres: float
) -> tuple[ClosedRoad, ...]:
    """Return the roads that are not taken between each team's base and each village."""
    villages = [problem.index[village.place] for village in problem.villages if village.households]
    roads: list[ClosedRoad] = []
    for vehicle, own in snaps.items():
        bases = sorted({problem.index[t.start] for t in problem.teams if t.vehicle == vehicle})
        pairs = [(base, village) for base in bases for village in villages]
        travel = problem.travel[vehicle]
        roads += roads_not_taken(graph, vehicle, own, travel, pairs, limit_metres=limit_metres)
    return tuple(roads)


def find_place(places: Sequence[Place], text: str, where: str, faults: Faults) -> int | None:
    """Return the position of the place with an id or name; add a fault unless there is one."""
    by_id = {place.id: n for n, place in enumerate(places)}
    if text in by_id:
        return by_id[text]
    name = text.casefold()
    matches = [n for n, place in enumerate(places) if place.name.casefold() == name]
    if len(matches) == 1:
        return matches[0]
    if matches:
        ids = ", ".join(repr(places[n].id) for n in matches)
        message = ngettext(
            "{n} place is called {name!r}",
            "{n} places are called {name!r}",
            len(matches),
            name=text,
        )
        faults.add(where, message, _("write the id: {ids}", ids=ids))
    else:
        known = {*by_id, *(place.name for place in places)} - {""}
        faults.add(where, _("no place is called {name!r}", name=text), nearest(text, known))
    return None


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
            limit = scenario.roads.snap_limit_metres
            snaps = snap(graph, vehicle, places, limit, bases=bases_of(scenario, vehicle))
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
            message = _("no speeds are known for {vehicle!r}", vehicle=report.vehicle)
            faults.add(f"{report.source} vehicle", message, nearest(report.vehicle, table.vehicles))
        pair = [
            find_place(places, text, f"{report.source} {column}", faults)
            for column, text in (("from", report.start), ("to", report.end))
        ]
        if pair[0] == pair[1] and pair[0] is not None:
            faults.add(f"{report.source} to", _("is where the leg begins"))
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
            message = _("there is no way: {why}", why=trouble_of(off_road[0]))
            hint = _("did the driver take a road that the map lacks?")
            faults.add(report.source, message, hint)
        else:
            driven[report] = pair
    legs = trace_legs(graph, vehicle, snaps, driven.values())
    for report, leg in zip(driven, legs, strict=True):
        ratio = report.seconds / max(leg.seconds, 1)
        if not 1 / BEYOND_PROPORTION <= ratio <= BEYOND_PROPORTION:
            message = _(
                "is {ratio:.2g} times the {minutes:.0f} minutes of the table",
                ratio=ratio,
                minutes=leg.seconds / 60,
            )
            hint = _("is it right? Else leave the row out")
            faults.add(f"{report.source} minutes", message, hint)
    return [
        Observation.from_leg(leg, report.seconds) for report, leg in zip(driven, legs, strict=True)
    ]
