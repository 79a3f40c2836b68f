"""Legs between places: those that a plan drives, how their minutes come about, what is closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from routeplan.errors import Faults, RoadError, nearest
from routeplan.roads import roads_not_taken, trace_legs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Place, Problem, TravelTimes
    from routeplan.roads import ClosedRoad, Leg, RoadGraph, Snap

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
        faults.add(where, f"{len(matches)} places are called {text!r}", f"write the id: {ids}")
    else:
        known = {*by_id, *(place.name for place in places)} - {""}
        faults.add(where, f"no place is called {text!r}", nearest(text, known))
    return None
