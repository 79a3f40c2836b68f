"""Places of the map: villages made of them, and reference data for what a table lacks."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyproj
import shapely

from routeplan.errors import Fault, Faults
from routeplan.language import gettext as _
from routeplan.model.problem import Place, Village
from routeplan.model.road_notes import OsmPlace
from routeplan.villages.cells import TableRow, parse_degrees
from routeplan.villages.columns import Column, identify
from routeplan.villages.matching import MatchType, PlaceRecord, chosen_key, match_names
from routeplan.villages.names import PlaceType, split_names
from routeplan.villages.register import with_predecessors
from routeplan.villages.sheets import read_sheet
from routeplan.villages.village import VillageRow, check_people_per_household, households_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from routeplan.villages.cells import Row
    from routeplan.villages.matching import Match
    from routeplan.villages.register import Districts, Register

_NAME_HEADER = re.compile(r"(?:old_|alt_)?name(?:[_:].+)?")
_PLACE_TYPES = dict.fromkeys(("city", "town", "village", "hamlet"), PlaceType.VILLAGE)
_PLACE_TYPES |= dict.fromkeys(("isolated_dwelling", "farm"), PlaceType.FARM)
_WHOLE_MAP = "map"
_COMPACT_METRES = 300_000
_METRES_PER_DEGREE = 111_200


def read_gazetteer(path: Path) -> tuple[OsmPlace, ...]:
    """Read places from a table (CSV or a workbook), such as a gazetteer or an earlier campaign's.

    Parameters
    ----------
    path
        With columns for lat and lon and at least one for names (``name``, ``name_kk``,
        ``old_name``, or as in a table of villages), perhaps one for ids; others are ignored.
        The id of a place without one is its row.

    Raises
    ------
    InputError
        Where it cannot be read or lacks a column, and with every wrong position.
    """
    header, *rows = read_sheet(path)
    columns: dict[str, Column] = {}
    names: dict[str, int] = {}
    for n, text in enumerate(header.cells):
        column = identify(text)
        if column:
            columns.setdefault(column, Column(n, text))
        if column == "name" or _NAME_HEADER.fullmatch(text.casefold()):
            names.setdefault(text, n)
    faults = Faults()
    for name in ("lat", "lon", "name"):
        if name not in columns and not (name == "name" and names):
            message = _("has no column {name!r}", name=name)
            faults.add(f"{path.name}:{header.number}", message, _("add it"))
    faults.raise_any()
    places = [_place(TableRow(path.name, row, columns, faults), row, names) for row in rows]
    faults.raise_any()
    # A row of the same names and position as an earlier one is no other place.
    distinct: dict[object, OsmPlace] = {}
    for place in places:
        distinct.setdefault((place.lat, place.lon, *place.names.values()), place)
    return tuple(distinct.values())


def _place(cells: TableRow, row: Row, names: Mapping[str, int]) -> OsmPlace:
    lat, lon = (cells.require(column, parse_degrees, 0.0) for column in ("lat", "lon"))
    for column, value, most in (("lat", lat, 90), ("lon", lon, 180)):
        if abs(value) > most:
            cells.fault(column, _("{value:g} is beyond {most} degrees", value=value, most=most))
    found = {key: text for key, n in names.items() if (text := row.cell(n))}
    name = next(iter(found.values()), "")
    return OsmPlace(cells.text("id") or f"row {row.number}", "village", name, found, lat, lon)


class PlaceQuery(NamedTuple):
    """A village as a table names it, with what else the table says of where it is."""

    name: str
    district: str = ""
    oblast: str = ""
    choice: str = ""  # of one of its candidates


@dataclass(frozen=True, slots=True, eq=False)
class Homes:
    """Inhabited buildings, of which households are estimated."""

    points: NDArray[np.float64]  # (n, 2), lat and lon
    households_per_home: float = 1.0  # on average
    within_metres: float = 2000.0  # homes farther than this from every village do not count

    def households(
        self, points: NDArray[np.float64], others: NDArray[np.float64] | None = None
    ) -> list[tuple[int, str]]:
        """Estimate households, with a note, by the homes nearest to each (`nearest_counts`)."""
        counts = nearest_counts(points, self.points, self.within_metres, others).tolist()
        notes = {n: _("households estimated from {n} homes on the map", n=n) for n in set(counts)}
        return [(math.ceil(n * self.households_per_home), notes[n]) for n in counts]


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceData:
    """Places, districts and homes that supply what a table lacks."""

    places: Sequence[OsmPlace] = ()  # settlements of the map or of a gazetteer
    register: Register | None = None  # the state's, with all names of districts
    districts: Districts | None = None  # polygons
    homes: Homes | None = None  # of which households are estimated

    @property
    def columns(self) -> frozenset[str]:
        """Columns that a table may lack."""
        positions = {"lat", "lon"} if self.places else set()
        return frozenset(positions | ({"households"} if self.homes else set()))

    def district(self, query: PlaceQuery) -> str | Fault:
        """Return the code of the district that a query names, empty where it names none."""
        if not query.district:
            return ""
        if self.register is not None:
            code = self.register.district(query.district, query.oblast)
            return code or Fault("district", *self.register.why_no_district(query.district))
        if self.districts is not None:
            hint = _("write it as one of the polygons has it")
            message = _("{name!r} is not one district for sure", name=query.district)
            return self.districts.by_name(query.district) or Fault("district", message, hint)
        return ""

    def match_places(self, queries: Sequence[PlaceQuery]) -> tuple[Match, ...]:
        """Match names with places, each within the district that it names.

        Without polygons the district of a place is not known. A map no larger than a district or
        two then counts as one; on a larger one near matches are not tried.
        """
        whole = (_WHOLE_MAP,) if self.districts is None and _is_compact(self.places) else ()
        records = [
            PlaceRecord(str(n), split_names(query.name), whole or self._search_districts(query))
            for n, query in enumerate(queries)
        ]
        return match_names(records, _place_records(self.places, self.districts))

    def _search_districts(self, query: PlaceQuery) -> tuple[str, ...]:
        code = self.district(query)
        if self.districts is None or isinstance(code, Fault) or not code:
            return ()
        return (code,) if self.register is None else with_predecessors(code)

    def positions(
        self, queries: Sequence[PlaceQuery]
    ) -> list[tuple[float, float, str] | Match | Fault]:
        """Return the position of each village by its name, with where it is from.

        Where none fits for sure, the match with its candidates; or what is wrong with the query.
        """
        by_id = {place.id: place for place in self.places}
        found: list[tuple[float, float, str] | Match | Fault] = []
        for query, match in zip(queries, self.match_places(queries), strict=True):
            district = self.district(query)
            place = by_id.get(match.found)
            chosen = chosen_place(query.choice, by_id) if query.choice else None
            if isinstance(district, Fault):
                found.append(district)
            elif isinstance(chosen, Fault):
                found.append(chosen)
            elif chosen is not None:
                names = {"name": chosen.name, "id": chosen.id}
                origin = _("position of {name} on the map, {id}, chosen by hand", **names)
                found.append((chosen.lat, chosen.lon, origin))
            elif place is None:
                found.append(self.describe(match))
            else:
                note = f" ({match.note})" if match.note else ""
                found.append((place.lat, place.lon, _origin(place, match.how) + note))
        return found

    def describe(self, match: Match) -> Match:
        """Return a match with places of the map whose candidates say where each of them lies.

        That is its district, its position, and how far it is from the first candidate.
        """
        by_id = {place.id: place for place in self.places}
        places = [by_id[one.key] for one in match.candidates]
        if not places:
            return match
        districts = self.district_names(places)
        measure = pyproj.Geod(ellps="WGS84").inv
        described = []
        for one, place, district in zip(match.candidates, places, districts, strict=True):
            details = [district, f"{place.lat:.5f} {place.lon:.5f}"]
            if place is not places[0]:
                metres = measure(places[0].lon, places[0].lat, place.lon, place.lat)[2]
                km = metres / 1000
                details.append(_("{km:.0f} km from {place}", km=km, place=places[0].id))
            described.append(replace(one, detail=", ".join(filter(None, details))))
        return replace(match, candidates=tuple(described))

    def district_names(self, places: Sequence[OsmPlace]) -> list[str]:
        """Return the district that each place lies in; empty where that is not known."""
        if self.districts is None:
            return [""] * len(places)
        names = dict(zip(self.districts.codes, self.districts.names, strict=True))
        known = {} if self.register is None else self.register.districts
        codes = self.districts.of_points(_points(places))
        return [(known.get(code) or names.get(code) or ("",))[0] for code in codes]

    def households(self, points: NDArray[np.float64]) -> list[tuple[int, str]]:
        """Estimate households by the homes nearer to each point than to any other or any place."""
        return [] if self.homes is None else self.homes.households(points, _points(self.places))


def _place_records(
    places: Sequence[OsmPlace], districts: Districts | None
) -> tuple[PlaceRecord, ...]:
    """Return places by all their names, each in the district of its polygon."""
    codes = districts.of_points(_points(places)) if districts is not None else [""] * len(places)
    records = []
    for place, code in zip(places, codes, strict=True):
        names = tuple(dict.fromkeys(split_names(";".join((place.name, *place.names.values())))))
        place_type = _PLACE_TYPES.get(place.kind, PlaceType.UNKNOWN)
        records.append(PlaceRecord(place.id, names, (code,) if code else (), place_type))
    return tuple(record for record in records if record.names)


def _is_compact(places: Sequence[OsmPlace]) -> bool:
    lats, lons = _points(places).T
    height, width = np.ptp(lats), np.ptp(lons) * np.cos(np.radians(lats.mean()))
    return bool(max(height, width) * _METRES_PER_DEGREE <= _COMPACT_METRES)


def _points(places: Sequence[OsmPlace]) -> NDArray[np.float64]:
    return np.array([(place.lat, place.lon) for place in places], dtype=np.float64).reshape(-1, 2)


def _origin(place: OsmPlace, how: MatchType) -> str:
    """Return where a position is from that was found by its name."""
    names = {"name": place.name, "id": place.id}
    if how is MatchType.FOLDED:
        return _("position of {name} on the map, {id}, a folded match", **names)
    if how is MatchType.NEAR:
        return _("position of {name} on the map, {id}, a near match", **names)
    return _("position of {name} on the map, {id}", **names)


_POSITION = re.compile(r"(-?[0-9]{1,3}[.,][0-9]+)[ ,;]+(-?[0-9]{1,3}[.,][0-9]+)")
_SAME_DEGREES = 0.01


def chosen_place(choice: str, places: Mapping[str, OsmPlace]) -> OsmPlace | Fault:
    """Return the place that a choice names by its id, with its position or without, or a fault."""
    place = places.get(chosen_key(choice, places))
    column = "place_choice"
    if place is None:
        hint = _("write the key of one of its candidates, or leave it empty")
        message = _("{choice!r} is none that is known, or several", choice=choice)
        return Fault(column, message, hint)
    written = _POSITION.search(choice)
    if written is not None:
        lat, lon = (float(each.replace(",", ".")) for each in written.groups())
        if max(abs(lat - place.lat), abs(lon - place.lon)) > _SAME_DEGREES:
            where = {"there": f"{place.lat:.5f} {place.lon:.5f}", "written": f"{lat} {lon}"}
            text = _(
                "{place} lies at {there} on this map, not at {written}", place=place.id, **where
            )
            return Fault(column, text, _("match again, and choose from what this map has"))
    return place


def nearest_counts(
    points: NDArray[np.float64],
    homes: NDArray[np.float64],
    within_metres: float,
    others: NDArray[np.float64] | None = None,
) -> NDArray[np.int64]:
    """Count the homes of which each point is the nearest, none farther than some metres.

    Positions are arrays of lat and lon, of shape (n, 2). Homes nearest to other places are not
    counted; such a place within half that distance of a point is taken for the same village. A
    home as near to two points is counted for the first.
    """
    counts = np.zeros(len(points), dtype=np.int64)
    if not len(points) or not len(homes):
        return counts
    # A plane tangent to the earth in the middle of the villages.
    lat, lon = points.mean(axis=0)
    plane = pyproj.Proj(proj="aeqd", lat_0=lat, lon_0=lon, ellps="WGS84")

    def project(degrees: NDArray[np.float64]) -> NDArray[np.object_]:
        return np.atleast_1d(shapely.points(*plane(degrees[:, 1], degrees[:, 0])))

    sites = project(points)
    if others is not None and len(others):
        rivals = project(others)
        same, _ = shapely.STRtree(sites).query(
            rivals, predicate="dwithin", distance=within_metres / 2
        )
        sites = np.concatenate((sites, np.delete(rivals, np.unique(same))))
    home, nearest = shapely.STRtree(sites).query_nearest(
        project(homes), max_distance=within_metres, all_matches=True
    )
    order = np.lexsort((nearest, home))
    _, first = np.unique(home[order], return_index=True)
    owners = nearest[order][first]
    np.add.at(counts, owners[owners < len(points)], 1)
    return counts


@dataclass(frozen=True, slots=True)
class OsmVillages:
    """Villages made of places, and the places without a population."""

    rows: tuple[VillageRow, ...]
    without_population: tuple[OsmPlace, ...]


def from_osm_places(
    places: Iterable[OsmPlace],
    kinds: Collection[str],
    defaults: Village | None = None,
    *,
    people_per_household: float | None,
    homes: Homes | None = None,
) -> OsmVillages:
    """Make villages of the places of some types, in their order.

    Parameters
    ----------
    places
        Settlements of the map.
    kinds
        Values of the tag ``place``: ``village``, ``hamlet``.
    defaults
        A village with the options of all; its place and households are not used.
    people_per_household
        Converts population to households, rounded up; None to use homes alone.
    homes
        Of which households are estimated where the map has no population.

    Raises
    ------
    InputError
        Where an id is repeated, or the size of a household is not above 0.
    """
    check_people_per_household(people_per_household)
    by_id: dict[str, list[OsmPlace]] = {}
    for place in places:
        same = by_id.setdefault(place.id, [])
        if place.kind in kinds and place not in same:
            same.append(place)
    chosen = [*chain.from_iterable(by_id.values())]
    counts = _counts(chosen, people_per_household, homes)
    rows = [
        VillageRow(
            Place(place.id, place.name or place.id, place.lat, place.lon),
            counts[place.id][0],
            options=defaults or Village("", 0),
            source=f"OSM {place.id}",
            notes=tuple(filter(None, counts[place.id][1:])),
        )
        for place in chosen
        if place.id in counts
    ]
    return OsmVillages(tuple(rows), tuple(place for place in chosen if place.id not in counts))


def _counts(
    places: Sequence[OsmPlace], people_per_household: float | None, homes: Homes | None
) -> dict[str, tuple[int, str]]:
    """Return the households of each place by its id, and a note on an estimate."""
    faults = Faults()
    for place_id, number in Counter(place.id for place in places).items():
        if number > 1:
            hint = _("the file has two places of this number: keep one of them")
            faults.add(f"OSM {place_id}", _("is there twice"), hint)
    faults.raise_any()
    counts: dict[str, tuple[int, str]] = {}
    if homes is not None:
        estimates = homes.households(_points(places))
        counts = dict(zip([p.id for p in places], estimates, strict=True))
    if people_per_household is not None:
        counts |= {
            p.id: (households_of(p.population, people_per_household), "")
            for p in places
            if p.population is not None
        }
    return counts
