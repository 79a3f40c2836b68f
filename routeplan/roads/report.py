"""What was read, in kilometres: what a planner should know of the roads before trusting them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from routeplan.roads.parts import find_components
from routeplan.roads.tags import CONDITIONAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from routeplan.roads.extract import Extract
    from routeplan.roads.graph import RoadGraph

__all__ = ["RoadReport", "VehicleParts", "report"]

_NO_SEASON = ("", "no")
_SEASONAL = ("seasonal", "winter_road", "ice_road")


@dataclass(frozen=True, slots=True)
class VehicleParts:
    """The roads of one vehicle, and into how many parts they fall.

    Parameters
    ----------
    vehicle
        Its name.
    km
        All roads that it drives, in one direction at least.
    parts
        How many strongly connected parts hold any road.
    main_km
        Road inside the largest part.
    """

    vehicle: str
    km: float
    parts: int
    main_km: float


@dataclass(frozen=True, slots=True)
class RoadReport:
    """What was read of a file of roads; roads that no vehicle drives are in no figure.

    Parameters
    ----------
    ways
        Ways of every kind that the file holds, footpaths too.
    cut_ways
        Ways that name nodes outside the file.
    places
        Settlements.
    km
        Of road.
    km_by_class, km_by_surface
        The longest first; an empty surface is one of which only the track type is known.
    vehicles
        Parts of the roads by vehicle.
    assumed_surface_km
        Of road whose surface is assumed by its class.
    seasonal_km
        Of road that is there in some seasons only, or on ice.
    conditional_km
        Of road with a rule for certain hours or dates.
    ignored_barriers
        Barriers and fords at junctions.
    ignored_values
        Tags that the table of speeds does not know, and on how many ways each stands.
    unread_limits
        On how many ways a speed limit cannot be read.
    """

    ways: int
    cut_ways: int
    places: int
    km: float
    km_by_class: Mapping[str, float]
    km_by_surface: Mapping[str, float]
    vehicles: tuple[VehicleParts, ...]
    assumed_surface_km: float
    seasonal_km: float
    conditional_km: float
    ignored_barriers: int
    ignored_values: Mapping[str, int]
    unread_limits: int


def report(extract: Extract, graph: RoadGraph) -> RoadReport:
    """Report on the roads of an extract and the graph built of it."""
    ways = len(extract.way_tags)
    km_of_way = np.bincount(graph.segment_way, graph.segment_metres, minlength=ways) / 1000
    # The last column takes the points at the ends of links, which have no length.
    profiles = graph.segment_profile % (len(graph.profiles) + 1)
    km_of_kind = np.bincount(profiles, graph.segment_metres, minlength=len(graph.profiles)) / 1000
    return RoadReport(
        ways=len(np.unique(extract.way_ids)),
        cut_ways=extract.cut_ways,
        places=len(extract.places),
        km=float(km_of_way.sum()),
        km_by_class=_totals((kind.road_class for kind in graph.profiles), km_of_kind),
        km_by_surface=_totals((kind.surface for kind in graph.profiles), km_of_kind),
        vehicles=tuple(_parts(graph, vehicle) for vehicle in graph.vehicles),
        assumed_surface_km=_sum((kind.surface_assumed for kind in graph.profiles), km_of_kind),
        seasonal_km=_sum(map(_is_seasonal, extract.way_tags), km_of_way),
        conditional_km=_sum(map(_is_conditional, extract.way_tags), km_of_way),
        ignored_barriers=graph.ignored_barriers,
        ignored_values=graph.ignored_values,
        unread_limits=sum(
            count for value, count in graph.ignored_values.items() if value.startswith("maxspeed")
        ),
    )


def _parts(graph: RoadGraph, vehicle: str) -> VehicleParts:
    parts = find_components(graph, vehicle)
    main_km = float(parts.metres[:1].sum()) / 1000
    return VehicleParts(vehicle, parts.open_metres / 1000, len(parts.metres), main_km)


def _totals(labels: Iterable[str], km: NDArray[np.float64]) -> dict[str, float]:
    totals: Counter[str] = Counter()
    for label, length in zip(labels, km.tolist(), strict=False):
        totals[label] += length
    return dict(sorted(totals.items(), key=lambda item: (-item[1], item[0])))


def _sum(chosen: Iterable[bool], km: NDArray[np.float64]) -> float:
    mask = np.array(list(chosen), dtype=np.bool_)
    return float(km[: len(mask)][mask].sum())


def _is_seasonal(tags: Mapping[str, str]) -> bool:
    return any(tags.get(key, "") not in _NO_SEASON for key in _SEASONAL)


def _is_conditional(tags: Mapping[str, str]) -> bool:
    return any(key.endswith(CONDITIONAL) for key in tags)
