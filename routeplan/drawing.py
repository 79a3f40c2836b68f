"""What a map is told beside the plan: the legs as they are driven, and what roads and villages are.

The planner, the roads and the handouts do not know each other; here the answers of the first two
become plain values of the third.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, TypeAlias

from routeplan.handouts import NeedLine, RoadGap, Telling
from routeplan.planner import needs_of
from routeplan.roads import trace_legs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from routeplan.handouts import RoadState
    from routeplan.language import Language
    from routeplan.plan import Plan
    from routeplan.planner import Need
    from routeplan.problem import Problem
    from routeplan.roads import Leg, RoadGraph, Snap

__all__ = ["Way", "driven_legs", "telling_of"]

Way: TypeAlias = tuple[str, str, str]
"""Vehicle, place from and place to."""

Snaps: TypeAlias = "Mapping[str, tuple[Snap, ...]]"


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
        places = [tour.start, *(stop.place for stop in tour.stops), tour.end]
        pairs = {(start, end) for start, end in itertools.pairwise(places) if start != end}
        driven.setdefault(problem.team_of[tour.team].vehicle, set()).update(pairs)
    legs: dict[Way, Leg] = {}
    for vehicle, pairs in driven.items():
        ordered = sorted(pairs)
        positions = [(problem.index[start], problem.index[end]) for start, end in ordered]
        traced = trace_legs(graph, vehicle, snaps[vehicle], positions)
        legs |= {(vehicle, *pair): leg for pair, leg in zip(ordered, traced, strict=True)}
    return legs


def telling_of(
    problem: Problem,
    plan: Plan,
    legs: Mapping[Way, Leg],
    *,
    snaps: Snaps,
    signed: Mapping[str, int],
    language: Language,
) -> Telling:
    """Gather what a map tells beside the plan.

    Parameters
    ----------
    problem, plan
        A plan for that problem.
    legs
        As they are driven.
    snaps
        By vehicle: where each place of the problem meets the roads.
    signed
        By village: households that had signed before.
    language
        Of the map.
    """
    return Telling(
        language=language,
        states={way: _states(leg) for way, leg in legs.items()},
        needs={
            place: tuple(_need_line(problem, need) for need in needs)
            for place, needs in needs_of(problem, plan).items()
        },
        gaps=_gaps(snaps),
        signed=signed,
    )


def _states(leg: Leg) -> dict[RoadState, float]:
    """Return the metres of a leg by what the road is like."""
    metres: dict[RoadState, float] = {}
    for part in leg.parts:
        unmade = part.road_class in {"track", "off_road"}
        state: RoadState = "track" if unmade else "paved" if part.paved else "unpaved"
        metres[state] = metres.get(state, 0.0) + part.metres
    return metres


def _need_line(problem: Problem, need: Need) -> NeedLine:
    place = "" if need.place is None else problem.place(need.place).name
    return NeedLine(need.kind.value, need.households, need.minutes, need.team, need.day, place)


def _gaps(snaps: Snaps) -> dict[str, RoadGap]:
    """Return why places are not on the roads, of the vehicle that comes nearest."""
    gaps: dict[str, RoadGap] = {}
    for found in itertools.chain.from_iterable(snaps.values()):
        if found.trouble is not None:
            gap, known = RoadGap(found.trouble.value, found.metres), gaps.get(found.place.id)
            if known is None or _far(gap) < _far(known):
                gaps[found.place.id] = gap
    return gaps


def _far(gap: RoadGap) -> float:
    return math.inf if gap.metres is None else gap.metres
