"""Report of what was read, in kilometres: what to know of the roads before trusting them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from routeplan.roads.graph import find_components
from routeplan.roads.tags import CONDITIONAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from routeplan.roads.extract import Extract
    from routeplan.roads.graph import RoadGraph

__all__ = ["RoadReport", "VehicleRoads", "report"]


@dataclass(frozen=True, slots=True)
class VehicleRoads:
    """The roads of one vehicle and their strongly connected components."""

    vehicle: str
    km: float  # of all roads that it drives, in one direction at least
    parts: int  # components that hold any road
    main_km: float  # inside the largest component


@dataclass(frozen=True, slots=True)
class RoadReport:
    """Kilometres of road that some vehicle drives, and what is uncertain about them."""

    ways: int  # of the file, footpaths too
    cut_ways: int  # that name nodes outside the file
    places: int
    km: float
    km_by_class: Mapping[str, float]  # the longest first
    km_by_surface: Mapping[str, float]  # empty where only the track type is known
    vehicles: tuple[VehicleRoads, ...]
    assumed_surface_km: float  # whose surface is assumed by its class
    seasonal_km: float  # of road that is there in some seasons only, or on ice
    conditional_km: float  # with a rule for certain hours or dates
    ignored_barriers: int  # and fords, at junctions
    ignored_values: Mapping[str, int]  # ways by tag that the table of speeds does not know
    unread_limits: int  # ways with a speed limit that cannot be read


def report(extract: Extract, graph: RoadGraph) -> RoadReport:
    """Report on the roads of an extract and the graph built from it."""
    ways = len(extract.way_tags)
    km_of_way = np.bincount(graph.segment_way, graph.segment_metres, minlength=ways) / 1000
    # The last column takes the points at the ends of edges, which have no length.
    column = graph.segment_profile % (len(graph.profiles) + 1)
    km = np.bincount(column, graph.segment_metres, minlength=len(graph.profiles)) / 1000
    return RoadReport(
        ways=len(np.unique(extract.way_ids)),
        cut_ways=extract.cut_ways,
        places=len(extract.places),
        km=float(km_of_way.sum()),
        km_by_class=_totals((profile.road_class for profile in graph.profiles), km),
        km_by_surface=_totals((profile.surface for profile in graph.profiles), km),
        vehicles=tuple(
            VehicleRoads(
                vehicle,
                km=found.open_metres / 1000,
                parts=len(found.metres),
                main_km=float(found.metres[:1].sum()) / 1000,
            )
            for vehicle in graph.vehicles
            for found in [find_components(graph, vehicle)]
        ),
        assumed_surface_km=_sum((profile.surface_assumed for profile in graph.profiles), km),
        seasonal_km=_sum(map(_is_seasonal, extract.way_tags), km_of_way),
        conditional_km=_sum(
            (any(key.endswith(CONDITIONAL) for key in tags) for tags in extract.way_tags), km_of_way
        ),
        ignored_barriers=graph.ignored_barriers,
        ignored_values=graph.ignored_values,
        unread_limits=sum(
            count for value, count in graph.ignored_values.items() if value.startswith("maxspeed")
        ),
    )


def _totals(labels: Iterable[str], km: NDArray[np.float64]) -> dict[str, float]:
    totals: Counter[str] = Counter()
    for label, length in zip(labels, km.tolist(), strict=False):
        totals[label] += length
    return dict(sorted(totals.items(), key=lambda item: (-item[1], item[0])))


def _sum(chosen: Iterable[bool], km: NDArray[np.float64]) -> float:
    mask = np.array([*chosen], dtype=np.bool_)
    return float(km[: len(mask)][mask].sum())


def _is_seasonal(tags: Mapping[str, str]) -> bool:
    keys = ("seasonal", "winter_road", "ice_road")
    return any(tags.get(key, "") not in ("", "no") for key in keys)
