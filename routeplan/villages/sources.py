"""Where positions and households come from that a table does not tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.errors import Fault
from routeplan.villages.matching import MatchType, PlaceRecord, match_names
from routeplan.villages.names import PlaceType, split_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from routeplan.villages.areas import Districts
    from routeplan.villages.estimate import Estimate, Homes
    from routeplan.villages.matching import Match
    from routeplan.villages.osm import OsmPlace
    from routeplan.villages.register import Register

__all__ = ["PlaceQuery", "Position", "ReferenceData", "place_records"]

_VILLAGES = frozenset({"city", "town", "village", "hamlet"})
_FARMS = frozenset({"isolated_dwelling", "farm"})
_WHOLE_MAP = "map"
_COMPACT_METRES = 300_000
_METRES_PER_DEGREE = 111_200


class PlaceQuery(NamedTuple):
    """A village as a table calls it, and the district and oblast that it names, if any."""

    name: str
    district: str = ""
    oblast: str = ""


class Position(NamedTuple):
    """Where a village lies, and how that was found."""

    lat: float
    lon: float
    note: str


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceData:
    """Places, districts and homes that fill the gaps of a table.

    Parameters
    ----------
    places
        Settlements of the map or of a gazetteer.
    register
        The state's register, which knows districts by all their names.
    districts
        Polygons, which tell the district of each place.
    homes
        Of which households are estimated.
    """

    places: Sequence[OsmPlace] = ()
    register: Register | None = None
    districts: Districts | None = None
    homes: Homes | None = None

    @property
    def columns(self) -> frozenset[str]:
        """Columns of a table that may be missing."""
        positions = {"lat", "lon"} if self.places else set()
        return frozenset(positions | ({"households"} if self.homes else set()))

    def district(self, asked: PlaceQuery) -> str | Fault:
        """Return the code of the district that a row names, empty where it names none."""
        if not asked.district or (self.register is None and self.districts is None):
            return ""
        code = ""
        if self.register is not None:
            code = self.register.district(asked.district, asked.oblast)
        elif self.districts is not None:
            code = self.districts.called(asked.district)
        if code:
            return code
        if self.register is not None:
            return Fault("district", *self.register.why_no_district(asked.district))
        hint = "write it as one of the polygons has it"
        return Fault("district", f"{asked.district!r} is not one district for sure", hint)

    def areas(self, district: str) -> tuple[str, ...]:
        """Return the districts in whose polygons a village of one may lie."""
        if not district:
            return ()
        return self.register.areas(district) if self.register is not None else (district,)

    def match_places(self, asked: Sequence[PlaceQuery]) -> tuple[Match, ...]:
        """Match names with the places of the map, each in the district that it names.

        Without polygons it is not known which places lie in it. A map no larger than a district or
        two then counts as one; on a larger one only the same names are found.
        """
        names = []
        for n, one in enumerate(asked):
            district = self.district(one)
            areas = () if isinstance(district, Fault) else self.areas(district)
            if self.districts is None:
                areas = (_WHOLE_MAP,) if _is_compact(self.places) else ()
            names.append(PlaceRecord(str(n), split_names(one.name), areas))
        return match_names(names, place_records(self.places, self.districts))

    def positions(self, asked: Sequence[PlaceQuery]) -> list[Position | Fault]:
        """Find the positions of villages by their names, or say why they cannot be told."""
        by_id = {place.id: place for place in self.places}
        found = [_position(match, by_id.get(match.found)) for match in self.match_places(asked)]
        districts = map(self.district, asked)
        return [
            district if isinstance(district, Fault) else position
            for district, position in zip(districts, found, strict=True)
        ]

    def households(self, points: NDArray[np.float64]) -> list[Estimate]:
        """Estimate households by the homes nearer to each point than to any other or any place."""
        if self.homes is None:
            return []
        others = np.array([(place.lat, place.lon) for place in self.places], dtype=np.float64)
        return self.homes.households(points, others.reshape(-1, 2))


def place_records(
    places: Sequence[OsmPlace], districts: Districts | None
) -> tuple[PlaceRecord, ...]:
    """Return places of the map by all their names, each in the district of its polygon."""
    areas = [""] * len(places)
    if districts is not None:
        areas = districts.of_points(np.array([(p.lat, p.lon) for p in places]).reshape(-1, 2))
    return tuple(
        PlaceRecord(place.id, _names(place), (area,) if area else (), _sort(place))
        for place, area in zip(places, areas, strict=True)
        if _names(place)
    )


def _is_compact(places: Sequence[OsmPlace]) -> bool:
    lats, lons = np.array([(place.lat, place.lon) for place in places]).reshape(-1, 2).T
    north, east = np.ptp(lats), np.ptp(lons) * np.cos(np.radians(lats.mean()))
    return bool(max(north, east) * _METRES_PER_DEGREE <= _COMPACT_METRES)


def _names(place: OsmPlace) -> tuple[str, ...]:
    texts = (place.name, *place.names.values())
    return tuple(dict.fromkeys(name for text in texts for name in split_names(text)))


def _sort(place: OsmPlace) -> PlaceType:
    if place.kind in _VILLAGES:
        return PlaceType.VILLAGE
    return PlaceType.FARM if place.kind in _FARMS else PlaceType.UNKNOWN


def _position(match: Match, place: OsmPlace | None) -> Position | Fault:
    if place is not None:
        how = "" if match.how is MatchType.EXACT else f", a {match.how.value} match"
        also = f" ({match.note})" if match.note else ""
        return Position(
            place.lat, place.lon, f"position of {place.name} on the map, {place.id}{how}{also}"
        )
    told = ", ".join(f"{one.name} ({one.key})" for one in match.candidates[:3])
    hint = "write its lat and lon, or choose with 'routeplan villages match'"
    what = "fits several places" if match.how is MatchType.AMBIGUOUS else "fits no place for sure"
    why = f": {match.note}" if match.note else ""
    near = f"; like it are {told}" if told else ""
    return Fault("name", f"{what} of the map{why}{near}", hint)
