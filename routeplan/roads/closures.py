"""Closures and overrides: roads not taken on the plan's days, and what people say of roads."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from routeplan.errors import Faults, InputError, nearest
from routeplan.files import LARGEST_TOML, read_bytes
from routeplan.formats.document import file_error
from routeplan.formats.fields import Fields
from routeplan.formats.toml import parse_toml
from routeplan.language import gettext as _
from routeplan.model.road_notes import ClosedRoad, Detour
from routeplan.roads.areas import area_of_corners, area_of_file, normalized
from routeplan.roads.conditions import Effect, Override
from routeplan.roads.graph import find_components
from routeplan.roads.legs import trace_legs
from routeplan.roads.snap import snap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from routeplan.model.problem import Place, TravelTimes
    from routeplan.model.road_notes import Snap
    from routeplan.roads.conditions import Conditions
    from routeplan.roads.edge_speed import LimitingFactor
    from routeplan.roads.extract import Extract
    from routeplan.roads.graph import RoadGraph
    from routeplan.roads.legs import Leg


_VERSION = 1


def read_overrides(path: Path) -> tuple[Override, ...]:
    """Read a file of overrides.

    Parameters
    ----------
    path
        A TOML file with ``version = 1`` and a table ``[[override]]`` for each of them.

    Raises
    ------
    InputError
        With everything that is wrong in the file.
    """
    faults = Faults()
    fields = Fields(parse_toml(read_bytes(path, most=LARGEST_TOML), path.name), "", faults)
    version = fields.whole("version")
    if version != _VERSION and fields.ok("version"):
        hint = _("this routeplan reads {version}", version=_VERSION)
        fields.fault("version", _("{version} is not known", version=version), hint)
    found = [_override(entry, path) for entry in fields.children("override")]
    fields.finish()
    if faults:
        raise file_error(faults, path.name)
    return tuple(one for one in found if one is not None)


def _override(fields: Fields, path: Path) -> Override | None:
    effect, note = fields.read("effect", Effect), fields.text("note")
    kmh = fields.read("kmh", float | None)
    if fields.ok("note") and not note.strip():
        fields.fault("note", _("says nothing"), _("say why, so that others understand"))
    if kmh is not None and kmh <= 0:
        fields.fault("kmh", _("{kmh:g} is not above 0", kmh=kmh), _('write effect = "close"'))
    if effect is Effect.SLOW and not fields.has("kmh"):
        fields.fault("kmh", _("is missing"), _("say how fast one drives there at most"))
    if effect is Effect.CLOSE and fields.has("kmh"):
        fields.fault("kmh", _("means nothing where a road is closed"))
    if not any(map(fields.has, ("ways", "names", "area", "area_file"))):
        fields.fault("names", _("is missing"), _("choose roads by names, ways, area or area_file"))
    source = f"{path.name} {fields.where}"
    return fields.build(Override, note=note, source=source, area=_area(fields, path))


def _area(fields: Fields, path: Path) -> str:
    if fields.has("area") and fields.has("area_file"):
        fields.fault("area", _("is given beside area_file"), _("keep one of them"))
        return ""
    try:
        if fields.has("area_file"):
            return area_of_file(path.parent / fields.text("area_file"))
        return area_of_corners(fields.items("area")) if fields.has("area") else ""
    except InputError as error:
        name = "area_file" if fields.has("area_file") else "area"
        for fault in error.faults:
            fields.fault(name, fault.message, fault.hint, at=fault.where)
        return ""


def match_overrides(
    extract: Extract, conditions: Conditions
) -> tuple[list[tuple[Override, ...]], NDArray[np.int64]]:
    """Return the sets of overrides that occur together, and the set of each segment of an extract.

    The first set is empty. Segments are numbered by the points before them.

    Raises
    ------
    InputError
        With every override in force that matches no segment.
    """
    sets: list[tuple[Override, ...]] = [()]
    number = np.zeros(len(extract.points), dtype=np.int64)
    faults = Faults()
    expired = conditions.expired()
    for override in conditions.overrides:
        if override in expired:
            continue
        matched = _matched(extract, override)
        if not matched.any():
            message = _("concerns no road of this map")
            faults.add(override.source, message, _hint(extract, override))
        for old in np.unique(number[matched]).tolist():
            number[matched & (number == old)] = len(sets)
            sets.append((*sets[old], override))
    faults.raise_any()
    return sets, number


def _matched(extract: Extract, override: Override) -> NDArray[np.bool_]:
    ways = np.ones(len(extract.way_ids), dtype=np.bool_)
    if override.ways:
        ways &= np.isin(extract.way_ids, override.ways)
    if override.names:
        names = {normalized(name) for name in override.names}
        ways &= np.array([not names.isdisjoint(_names(tags)) for tags in extract.way_tags])
    matched = np.repeat(ways, np.diff(extract.offsets))
    # The last point of a way has no segment behind it.
    matched[extract.offsets[1:] - 1] = False
    if override.area:
        at = np.flatnonzero(matched)
        middles = (extract.points[at] + extract.points[at + 1]) / 2
        area = shapely.from_wkt(override.area)
        matched[at] = shapely.contains_xy(area, middles[:, 1], middles[:, 0])
    return matched


def _names(tags: Mapping[str, str]) -> set[str]:
    names = [tags.get("name", ""), *tags.get("ref", "").split(";")]
    return {normalized(name) for name in names if name}


def _hint(extract: Extract, override: Override) -> str:
    if override.area:
        return _(
            "does the area lie in this district? lat comes before lon, but in GeoJSON behind it"
        )
    if override.names:
        known = {tags[key] for tags in extract.way_tags for key in ("name", "ref") if key in tags}
        return nearest(override.names[0], known)
    return _("is the number that of a way, and does the file hold it?")


_NOTED_SECONDS = 600  # of a detour, at least
_STILL_FAST = 0.7  # share of its dry speed with which a road explains no detour


def roads_not_taken(
    graph: RoadGraph,
    vehicle: str,
    snaps: Sequence[Snap],
    times: TravelTimes,
    pairs: Iterable[tuple[int, int]],
    *,
    limit_metres: float = 2000.0,
) -> tuple[ClosedRoad, ...]:
    """Find the roads that would be driven on a dry day and are closed or slow now.

    Those that lengthen a drive by ten minutes or more, or leave no way; the longest first.

    Parameters
    ----------
    graph, vehicle, snaps, times, limit_metres
        As for `routeplan.roads.snap` and `travel_times`.
    pairs
        Origins and destinations, as positions among the snaps.
    """
    if all(profile.speeds == profile.dry_speeds for profile in graph.profiles):
        return ()
    places = [one.place for one in snaps]
    dry_legs = _legs_on_a_dry_day(graph, vehicle, places, [*pairs], limit_metres)
    longer = [
        pair
        for pair, leg in dry_legs.items()
        if times.reachable[pair] and int(times.seconds[pair]) - leg.seconds >= _NOTED_SECONDS
    ]
    driven = dict(zip(longer, trace_legs(graph, vehicle, snaps, longer), strict=True))
    runs: list[_Run] = []
    for pair, dry_leg in dry_legs.items():
        if pair in driven or not times.reachable[pair]:
            start, end = (places[place].id for place in pair)
            runs += _hindered_runs(graph, vehicle, dry_leg, driven.get(pair), start, end)
    roads = [_closed_road(graph, vehicle, group) for group in (_connected(runs) if runs else ())]
    return tuple(sorted(roads, key=lambda road: (-road.metres, road.name)))


def _legs_on_a_dry_day(
    graph: RoadGraph,
    vehicle: str,
    places: Sequence[Place],
    pairs: Sequence[tuple[int, int]],
    limit_metres: float,
) -> dict[tuple[int, int], Leg]:
    """Return the legs between pairs of places that roads join on a dry day."""
    dry = graph.on_a_dry_day()
    bases = {places[start].id for start, _ in pairs}
    snaps = snap(dry, vehicle, places, limit_metres, bases=bases)
    component = find_components(dry, vehicle).component
    at = [-1 if one.point is None else int(component[one.point.edge]) for one in snaps]
    joined = [(a, b) for a, b in pairs if a != b and at[a] >= 0 and at[a] == at[b]]
    return dict(zip(joined, trace_legs(dry, vehicle, snaps, joined), strict=True))


class _Hindrance(NamedTuple):
    """Why a road is closed or slow."""

    name: str
    road_class: str
    factor: LimitingFactor
    closed: bool


class _Run(NamedTuple):
    """Consecutive segments that are closed or slow, and the detour around them."""

    hindrance: _Hindrance
    kmh: float
    segments: tuple[int, ...]
    detour: Detour


def _hindered_runs(
    graph: RoadGraph, vehicle: str, dry_leg: Leg, leg: Leg | None, start: str, end: str
) -> Iterator[_Run]:
    """Yield the runs of a dry day's leg that are closed now, or slow and not driven."""
    number = graph.vehicle_index(vehicle)
    detour = Detour(start, end, None if leg is None else leg.seconds, dry_leg.seconds)
    driven = set() if leg is None else set(leg.segments.tolist())
    steps = zip(dry_leg.segments.tolist(), dry_leg.against.tolist(), strict=True)
    left = [(segment, against) for segment, against in steps if segment not in driven]
    slowed = ((one, *_hindrance(graph, number, one, against=back)) for one, back in left)
    for hindrance, group in groupby(slowed, key=lambda step: step[1]):
        # Where there is no way at all, only closed roads explain it.
        if hindrance is not None and (hindrance.closed or leg is not None):
            segments, _, kmh = zip(*group, strict=True)
            yield _Run(hindrance, min(kmh), segments, detour)


def _hindrance(
    graph: RoadGraph, vehicle: int, segment: int, *, against: bool
) -> tuple[_Hindrance | None, float]:
    """Return why a segment is closed or slow, None where it is not, and its speed now."""
    profile = graph.profiles[graph.segment_profile[segment]]
    now, dry = profile.speeds[vehicle][against], profile.dry_speeds[vehicle][against]
    if now.limiting_factor is None or (now.passes and now.kmh >= _STILL_FAST * dry.kmh):
        return None, now.kmh
    name = graph.names[graph.segment_way[segment]]
    return _Hindrance(name, profile.road_class, now.limiting_factor, not now.passes), now.kmh


def _connected(runs: Sequence[_Run]) -> list[list[_Run]]:
    """Group runs with the same hindrance that share a segment, also by way of other runs."""
    first: dict[tuple[_Hindrance, int], int] = {}
    pairs = [
        (number, first.setdefault((run.hindrance, segment), number))
        for number, run in enumerate(runs)
        for segment in run.segments
    ]
    adjacency = coo_array((np.ones(len(pairs)), np.array(pairs).T), shape=(len(runs), len(runs)))
    groups: dict[int, list[_Run]] = {}
    for label, run in zip(connected_components(adjacency)[1].tolist(), runs, strict=True):
        groups.setdefault(label, []).append(run)
    return list(groups.values())


def _closed_road(graph: RoadGraph, vehicle: str, runs: Sequence[_Run]) -> ClosedRoad:
    hindrance = runs[0].hindrance
    segments = np.array(sorted({segment for run in runs for segment in run.segments}))
    parts = np.split(segments, np.flatnonzero(np.diff(segments) > 1) + 1)
    return ClosedRoad(
        name=hindrance.name,
        road_class=hindrance.road_class,
        vehicle=vehicle,
        code=hindrance.factor.code,
        detail=hindrance.factor.detail,
        kmh=min(run.kmh for run in runs),
        metres=float(graph.segment_metres[segments].sum()),
        lines=tuple(graph.points[part[0] : part[-1] + 2] for part in parts),
        detours=tuple(dict.fromkeys(run.detour for run in runs)),
    )
