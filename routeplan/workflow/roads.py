"""The state of the roads on a plan's days: how they are judged, and what a crew is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from routeplan.errors import RoadError, nearest
from routeplan.roads import (
    check_known,
    conditions_on,
    read_overrides,
    roads_not_taken,
    trace_legs,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from routeplan.errors import Faults
    from routeplan.model.problem import Place, Problem, TravelTimes
    from routeplan.roads import (
        ClosedRoad,
        Conditions,
        Leg,
        Override,
        RoadGraph,
        Snap,
        SpeedTable,
    )
    from routeplan.scenario import Scenario
    from routeplan.villages import VillageRow

__all__ = [
    "Explained",
    "closed_roads",
    "conditions_of",
    "explain_leg",
    "find_place",
    "overrides_of",
    "remarks_of",
]

# Of Kazakhstan, degrees.
MIDDLE_LAT = 48.0


def overrides_of(scenario: Scenario, speeds: SpeedTable | None = None) -> tuple[Override, ...]:
    """Read what people know of single roads; nothing where the scenario names no file.

    Raises
    ------
    InputError
        With the faults of the file, and where the table of speeds is there and does not know the
        scenario's season or vehicles of overrides.
    """
    file = scenario.roads.overrides
    overrides = () if file is None else read_overrides(file)
    if speeds is not None:
        check_known(speeds, scenario.roads.season, overrides)
    return overrides


def conditions_of(
    scenario: Scenario,
    rows: Iterable[VillageRow],
    speeds: SpeedTable,
    overrides: tuple[Override, ...],
) -> Conditions:
    """Return the scenario's days, with their seasons as they come amid its villages and bases.

    `rows` are the villages that are known before the roads are read; where there are none, and no
    places either, seasons are those of the middle of the country.
    """
    lats = [*(place.lat for place in scenario.places), *(row.lat for row in rows)] or [MIDDLE_LAT]
    return conditions_on(
        scenario.dates,
        speeds,
        lat=sum(lats) / len(lats),
        season=scenario.roads.season,
        overrides=overrides,
    )


def remarks_of(graph: RoadGraph, conditions: Conditions) -> list[str]:
    """Return what a planner should know of the conditions of the roads."""
    seasons = conditions.seasons
    remarks = []
    verdicts = (one for kind in graph.kinds for pair in kind.verdicts for one in pair)
    if len(seasons) == 1 and any(one.cause and one.cause.code == "season" for one in verdicts):
        remarks.append(f"roads are taken as in the season {seasons[0]!r}")
    if len(seasons) > 1:
        names = ", ".join(map(repr, seasons))
        remarks.append(f"the days lie in {names}: each road is taken as on the worst of them")
    remarks += [
        f"{one.source} expired on {one.expires}, before the first day, and counts no more "
        f"({one.note})"
        for one in conditions.expired()
    ]
    return remarks


def find_place(places: Sequence[Place], text: str, where: str, faults: Faults) -> int | None:
    """Return the position of the place with an id or name; note a fault where there is not one."""
    by_id = [n for n, place in enumerate(places) if place.id == text]
    found = by_id or [n for n, one in enumerate(places) if one.name.casefold() == text.casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(repr(places[n].id) for n in found)
        faults.add(where, f"{len(found)} places are called {text!r}", f"write the id: {ids}")
    else:
        known = {name for place in places for name in (place.id, place.name) if name}
        faults.add(where, f"no place is called {text!r}", nearest(text, known))
    return None


@dataclass(frozen=True, eq=False, slots=True)
class Explained:
    """How the minutes of one leg came about.

    Parameters
    ----------
    start, end
        The places.
    vehicle
        Who drives.
    leg
        As it is driven now; None where there is no way.
    trouble
        Why there is none, else empty.
    not_taken
        Roads that would be driven on a dry day.
    """

    start: Place
    end: Place
    vehicle: str
    leg: Leg | None
    trouble: str
    not_taken: tuple[ClosedRoad, ...]


def explain_leg(
    graph: RoadGraph,
    snaps: Sequence[Snap],
    travel: TravelTimes,
    vehicle: str,
    pair: tuple[int, int],
    *,
    limit_metres: float,
) -> Explained:
    """Explain a leg between two places, given as their positions among the snaps."""
    leg, trouble = None, ""
    try:
        (leg,) = trace_legs(graph, vehicle, snaps, [pair])
    except RoadError as error:
        trouble = str(error)
    not_taken = roads_not_taken(graph, vehicle, snaps, travel, [pair], limit_metres=limit_metres)
    start, end = (snaps[place].place for place in pair)
    return Explained(start, end, vehicle, leg, trouble, not_taken)


def closed_roads(
    graph: RoadGraph,
    snaps: Mapping[str, Sequence[Snap]],
    problem: Problem,
    *,
    limit_metres: float,
) -> tuple[ClosedRoad, ...]:
    """Return the roads that are not taken on the ways from each team's base to each village."""
    return tuple(
        road
        for vehicle, found in snaps.items()
        for road in roads_not_taken(
            *(graph, vehicle, found, problem.travel[vehicle]),
            _from_bases(problem, vehicle),
            limit_metres=limit_metres,
        )
    )


def _from_bases(problem: Problem, vehicle: str) -> list[tuple[int, int]]:
    bases = sorted({problem.index[t.start] for t in problem.teams if t.vehicle == vehicle})
    villages = [problem.index[village.place] for village in problem.villages if village.households]
    return [(base, village) for base in bases for village in villages]
