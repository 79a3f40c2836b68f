"""Villages, roads and travel times of a scenario; the latter two from the cache if unchanged."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from importlib import resources
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from routeplan import __version__
from routeplan.errors import Fault, InputError
from routeplan.files import digest_of
from routeplan.files.store import key_of, load, save
from routeplan.language import gettext as _
from routeplan.model.plan import Requirement, RequirementKind
from routeplan.roads import (
    OsmPlace,
    RoadGraph,
    Snap,
    bounding_box,
    buffer_around,
    build_graph,
    conditions_on,
    read_area,
    read_homes,
    read_overrides,
    read_places,
    read_roads,
    shown_reason,
    snap,
    travel_times,
    validate_conditions,
)
from routeplan.roads.graph import find_components
from routeplan.villages import (
    Homes,
    ReferenceData,
    from_osm_places,
    read_districts,
    read_gazetteer,
    read_register,
    read_table,
)
from routeplan.villages.sheets import ignore_note
from routeplan.workflow.arrays import (
    roads_from_arrays,
    roads_to_arrays,
    times_from_arrays,
    times_to_arrays,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from routeplan.model.problem import Place, TravelTimes
    from routeplan.roads import Conditions, Override, Region, SpeedTable
    from routeplan.scenario import HomesSource, RoadCut, Scenario, VillageSource
    from routeplan.villages import Unplaced, VillageRow

# Of Kazakhstan, degrees.
MIDDLE_LAT = 48.0


@dataclass(frozen=True, slots=True, eq=False)
class CachedRoads:
    """A road graph, the settlements read with it, and a hash of all that they depend on."""

    graph: RoadGraph
    places: tuple[OsmPlace, ...]
    key: str


def rows_of_table(
    source: VillageSource,
    on_note: Callable[[str], None] = ignore_note,
    on_unplaced: Callable[[Unplaced], None] | None = None,
) -> tuple[VillageRow, ...] | None:
    """Read the villages of a table; None if they are taken from the map.

    All faults of the table and of the files that fill its gaps are named; `on_note` gets each note
    on how the table is read, and `on_unplaced` each village as `read_table` has it.
    """
    if source.table is None:
        return None
    reference = None
    if source.places is not None or source.homes is not None:
        reference = read_reference(
            source.places, source.register, source.districts, homes=_homes(source.homes)
        )
    people = source.people_per_household
    return read_table(
        *(source.table, source.defaults),
        people_per_household=people,
        reference=reference,
        on_note=on_note,
        on_unplaced=on_unplaced,
    )


def rows_of_map(
    scenario: Scenario, places: Sequence[OsmPlace]
) -> tuple[tuple[VillageRow, ...], tuple[str, ...]]:
    """Return the villages of a map, and the names of its places without a population.

    It is an error if no place has one.
    """
    source = scenario.villages
    found = from_osm_places(
        *(places, source.kinds, source.defaults),
        people_per_household=source.people_per_household,
        homes=_homes(source.homes),
    )
    if not found.rows:
        message = _("of {n} such places the map has no population", n=len(found.without_population))
        hint = _("make a table of villages, or take other kinds")
        raise InputError([Fault(f"{scenario.source}: villages", message, hint)])
    return found.rows, tuple(place.name or place.id for place in found.without_population)


def read_reference(
    places: Path | None,
    register: Path | None,
    districts: Path | None,
    *,
    homes: Homes | None = None,
    on_step: Callable[[str], None] = lambda _: None,
) -> ReferenceData:
    """Read what villages are found by, as far as files are named, and add the homes.

    Places are those of a map, or of a table (CSV or a workbook); `on_step` gets the name of each
    step.
    """
    for path, step in (
        (places, _("reading places from {file}")),
        (register, _("reading register from {file}")),
        (districts, _("reading districts from {file}")),
    ):
        if path is not None:
            on_step(step.format(file=path.name))
    known = None if register is None else read_register(register)
    found: Sequence[OsmPlace] = ()
    if places is not None:
        is_table = places.suffix.lower() in {".csv", ".xlsx", ".ods", ".xls"}
        found = read_gazetteer(places) if is_table else read_places(places)
    polygons = None if districts is None else read_districts(districts, known)
    return ReferenceData(places=found, register=known, districts=polygons, homes=homes)


def _homes(source: HomesSource | None) -> Homes | None:
    if source is None:
        return None
    points = read_homes(source.file, untyped=source.untyped)[0]
    return Homes(points, source.households_per_home, source.within_metres)


def region_of(cut: RoadCut | None, places: Sequence[Place]) -> Region | None:
    """Return the region of the road file that a scenario uses; None for all of it.

    `places` are the scenario's, and its villages as far as they are known before the roads.
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
        message = _(
            "says how far around all places, and no place is known before the roads are read"
        )
        hint = _("add [[places]] or a table of villages, or use area or bbox")
        raise InputError([Fault("roads.around_km", message, hint)])
    return buffer_around(points, (cut.around_km or 0.0) * 1000, **margin)


def overrides_of(scenario: Scenario, speeds: SpeedTable | None = None) -> tuple[Override, ...]:
    """Read the overrides of a scenario, if any, and check them against `speeds`."""
    file = scenario.roads.overrides
    overrides = () if file is None else read_overrides(file)
    if speeds is not None:
        validate_conditions(speeds, scenario.roads.season, overrides)
    return overrides


def conditions_of(
    scenario: Scenario,
    rows: Iterable[VillageRow],
    speeds: SpeedTable,
    overrides: tuple[Override, ...],
) -> Conditions:
    """Return the days of a scenario, with the seasons at the mean latitude of its places.

    `rows` are the villages that are known before the roads are read.
    """
    lats = [*(place.lat for place in scenario.places), *(row.lat for row in rows)] or [MIDDLE_LAT]
    return conditions_on(
        scenario.dates,
        speeds,
        lat=sum(lats) / len(lats),
        season=scenario.roads.season,
        overrides=overrides,
    )


def condition_notes(
    graph: RoadGraph,
    conditions: Conditions,
    snaps: Mapping[str, Sequence[Snap]] = MappingProxyType({}),
) -> list[str]:
    """Return notes on seasons, expired overrides and roads left aside, for whoever plans."""
    notes = _season_notes(graph, conditions)
    notes += [
        _(
            "{source} expired on {date}, before the first day, and counts no more ({note})",
            source=one.source,
            date=one.expires,
            note=one.note,
        )
        for one in conditions.expired()
    ]
    return [*notes, *chain.from_iterable(_left_aside(graph, *own) for own in snaps.items())]


def _season_notes(graph: RoadGraph, conditions: Conditions) -> list[str]:
    seasons = conditions.seasons
    notes = []
    speeds = (one for kind in graph.profiles for pair in kind.speeds for one in pair)
    if len(seasons) == 1 and any(
        one.limiting_factor and one.limiting_factor.code == "season" for one in speeds
    ):
        notes.append(_("roads are taken as in the season {season!r}", season=seasons[0]))
    if len(seasons) > 1:
        names = ", ".join(map(repr, seasons))
        notes.append(
            _("the days lie in {names}: each road is taken as on the worst of them", names=names)
        )
    return notes


def base_notes(scenario: Scenario, snaps: Mapping[str, Sequence[Snap]]) -> list[str]:
    """Return a note for each base from which closed roads let nobody set out."""
    return [
        _(
            "no {vehicle} can leave {place}: {why}",
            vehicle=vehicle,
            place=one.place.name or one.place.id,
            why=trouble_of(one),
        )
        for vehicle, own in snaps.items()
        for one in own
        if not one.found and one.place.id in bases_of(scenario, vehicle)
    ]


def road_requirement(snap: Snap) -> Requirement:
    """Return what a place off the roads would take, as a plan has it: its text is English."""
    return Requirement(
        RequirementKind.ROAD,
        metres=None if snap.metres is None else round(snap.metres),
        trouble=snap.failure and snap.failure.value,
        text=snap.detail,
    )


def trouble_of(snap: Snap) -> str:
    """Return why a place is not on the roads, in the language of messages."""
    return shown_reason(snap.detail)


def _left_aside(graph: RoadGraph, vehicle: str, snaps: Sequence[Snap]) -> list[str]:
    """Return a note where longer roads are left aside, or places lie on several components."""
    components = find_components(graph, vehicle)
    edges = [snap.point.edge for snap in snaps if snap.point is not None]
    used = np.unique(components.component[np.array(edges, dtype=np.int64)])
    left = np.delete(components.metres, used)
    if not edges or (len(used) == 1 and components.metres[used[0]] >= left.max(initial=0.0)):
        return []
    lengths = components.metres[used] / 1000
    values: dict[str, object] = {
        "vehicle": vehicle,
        "km": _(" and ").join(_("{n:,.0f}", n=length) for length in lengths),
        "aside": left.sum() / 1000,
        "n": int((left > 0).sum()),
    }
    if len(used) > 1:
        text = _(
            "{vehicle}: planned on {km} km of components that are not joined; left aside are "
            "{aside:,.0f} km in {n} other components",
            **values,
        )
    else:
        text = _(
            "{vehicle}: planned on {km} km of roads that reach the bases; left aside are "
            "{aside:,.0f} km in {n} other components",
            **values,
        )
    return [text]


def load_roads(
    path: Path,
    speeds: SpeedTable,
    region: Region | None = None,
    *,
    conditions: Conditions | None = None,
    on_step: Callable[[str], None] = lambda _: None,
) -> CachedRoads:
    """Return the road graph of a file, from the cache or built and cached.

    Parameters and errors are those of `routeplan.roads.read_roads` and `build_graph`; `on_step` is
    called with the name of each step.
    """
    on_step(_("reading roads from {file}", file=path.name))
    try:
        digest = digest_of(path)
    except OSError:
        # Raises the error that names the file.
        read_roads(path, region)
        raise
    key = key_of("roads", _code_digest(), path.suffix, digest, speeds, conditions, region)
    arrays = load("roads", key)
    if arrays is not None:
        return CachedRoads(*roads_from_arrays(arrays), key)
    extract = read_roads(path, region)
    on_step(_("building the road graph"))
    graph = build_graph(extract, speeds, conditions)
    places = extract.places if region is None else region.settlements(extract.places)
    save("roads", key, roads_to_arrays(graph, places))
    return CachedRoads(graph, places, key)


def bases_of(scenario: Scenario, vehicle: str) -> tuple[str, ...]:
    """Return the ids of the places where drives of a vehicle begin or end."""
    teams = [team for team in scenario.teams if team.vehicle == vehicle]
    return tuple(sorted({base for team in teams for base in (team.start, team.end)}))


def load_times(
    roads: CachedRoads,
    vehicle: str,
    places: Sequence[Place],
    limit_metres: float,
    bases: Collection[str] = (),
) -> tuple[tuple[Snap, ...], TravelTimes]:
    """Return the snaps of places and the travel times between them, from the cache or computed.

    Parameters are those of `routeplan.roads.snap`.
    """
    points = [(place.lat, place.lon, place.id in bases) for place in places]
    key = key_of("times", roads.key, vehicle, points, limit_metres)
    arrays = load("times", key)
    if arrays is not None:
        return times_from_arrays(arrays, places)
    snaps = snap(roads.graph, vehicle, places, limit_metres, bases=bases)
    times = travel_times(roads.graph, vehicle, snaps)
    save("times", key, times_to_arrays(snaps, times))
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
