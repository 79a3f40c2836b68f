"""Roads and travel times: from an earlier run where nothing changed since, else made and kept."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from routeplan import __version__
from routeplan.errors import Fault, InputError
from routeplan.files.store import file_digest, key_of, load, store
from routeplan.roads import (
    bounding_box,
    buffer_around,
    build_graph,
    read_area,
    read_roads,
    snap,
    travel_times,
)
from routeplan.workflow.packing import pack_roads, pack_times, unpack_roads, unpack_times

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from routeplan.model.problem import Place, TravelTimes
    from routeplan.roads import Conditions, OsmPlace, Region, RoadGraph, Snap, SpeedTable
    from routeplan.scenario import RoadCut

__all__ = ["KnownRoads", "known_roads", "known_times", "wanted_region"]


@dataclass(frozen=True, slots=True, eq=False)
class KnownRoads:
    """A graph of roads, and what was read with it.

    Parameters
    ----------
    graph
        The roads.
    places
        Settlements of the file, or of the area that is wanted of it.
    key
        A hash of all that they were made of.
    """

    graph: RoadGraph
    places: tuple[OsmPlace, ...]
    key: str


def wanted_region(cut: RoadCut | None, places: Sequence[Place]) -> Region | None:
    """Return what part of the roads' file a scenario wants; None for all of it.

    Parameters
    ----------
    cut
        What the scenario says.
    places
        Its places and villages, as far as they are known before the roads are.

    Raises
    ------
    InputError
        Where a file of polygons cannot be read, or does not hold what is named; or where there is
        no place to go around.
    """
    if cut is None:
        return None
    margin = {"margin_metres": cut.margin_km * 1000}
    if cut.area is not None:
        return read_area(cut.area, cut.area_names, **margin)
    if cut.bbox is not None:
        south, west, north, east = cut.bbox
        return bounding_box(south=south, west=west, north=north, east=east, **margin)
    points = [(place.lat, place.lon) for place in places]
    if not points:
        message = "says how far around all places, and no place is known before the roads are read"
        hint = "add [[places]] or a table of villages, or use area or bbox"
        raise InputError([Fault("roads.around_km", message, hint)])
    return buffer_around(points, (cut.around_km or 0.0) * 1000, **margin)


def known_roads(
    path: Path,
    speeds: SpeedTable,
    region: Region | None = None,
    *,
    conditions: Conditions | None = None,
    on_step: Callable[[str], None] = lambda _: None,
) -> KnownRoads:
    """Return the graph of a file's roads.

    Parameters
    ----------
    path, region
        See `routeplan.roads.read_roads`.
    speeds, conditions
        See `routeplan.roads.build_graph`.
    on_step
        Told in a few words of each step that begins.

    Raises
    ------
    RoadError, InputError
        As those two do.
    """
    on_step(f"reading roads from {path.name}")
    try:
        digest = file_digest(path)
    except OSError:
        # Says what is wrong with it.
        read_roads(path, region)
        raise
    key = key_of("roads", _code_digest(), path.suffix, digest, speeds, conditions, region)
    kept = load("roads", key)
    if kept is not None:
        return KnownRoads(*unpack_roads(kept), key)
    extract = read_roads(path, region)
    on_step("building the road graph")
    graph = build_graph(extract, speeds, conditions)
    places = extract.places if region is None else region.settlements(extract.places)
    store("roads", key, pack_roads(graph, places))
    return KnownRoads(graph, places, key)


def known_times(
    roads: KnownRoads, vehicle: str, places: Sequence[Place], limit_metres: float
) -> tuple[tuple[Snap, ...], TravelTimes]:
    """Return where places meet the roads, and the travel times between them.

    Parameters
    ----------
    roads
        The roads.
    vehicle, places, limit_metres
        See `routeplan.roads.snap`.
    """
    where = [(place.lat, place.lon) for place in places]
    key = key_of("times", roads.key, vehicle, where, limit_metres)
    kept = load("times", key)
    if kept is not None:
        return unpack_times(kept, places)
    snaps = snap(roads.graph, vehicle, places, limit_metres)
    times = travel_times(roads.graph, vehicle, snaps)
    store("times", key, pack_times(snaps, times))
    return snaps, times


@functools.cache
def _code_digest() -> str:
    """Return a hash of the code that makes graphs: a version that nobody can forget to raise."""
    digest = hashlib.sha256(__version__.encode())
    for package in ("routeplan.roads", "routeplan.workflow"):
        files: list[Any] = sorted(resources.files(package).iterdir(), key=lambda file: file.name)
        for file in files:
            if file.name.endswith((".py", ".toml")):
                digest.update(file.read_bytes())
    return digest.hexdigest()
