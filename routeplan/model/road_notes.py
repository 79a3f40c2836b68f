"""Facts of the map beside travel times: settlements, snapped places, notes, closed roads."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from routeplan.model.problem import Place


class SnapFailure(StrEnum):
    """Why a place is not on the roads."""

    TOO_FAR = "too_far"
    """No road at all within the limit."""
    ISLAND = "island"
    """The roads within the limit are joined to no others."""
    TRAP_IN = "trap_in"
    """One-way roads lead there, and none back."""
    TRAP_OUT = "trap_out"
    """One-way roads lead away, and none there."""
    CLOSED = "closed"
    """The vehicle does not pass the roads within the limit."""


@dataclass(frozen=True, slots=True)
class OsmPlace:
    """A settlement of OpenStreetMap or of a gazetteer.

    Parameters
    ----------
    id
        ``n`` and the number of its node, of an area ``w`` or ``r`` and that of its way or relation;
        of a gazetteer's place, its own id.
    kind
        Value of its ``place`` tag: city, town, village, hamlet, isolated_dwelling and others.
    name
        Its name; empty where it has no name in any language.
    names
        All its names by their key: ``name``, ``name:kk``, ``name:ru``, ``old_name`` and others.
    lat, lon
        WGS 84, degrees.
    population
        As tagged, None where it is not tagged or not a number.
    """

    id: str
    kind: str
    name: str
    names: Mapping[str, str]
    lat: float
    lon: float
    population: int | None = None


@dataclass(frozen=True, slots=True)
class RoadPoint:
    """A point on a road, in WGS 84.

    Parameters
    ----------
    edge
        The edge of the road graph.
    along
        Where on it, counted in segments from its first point: 2.25 is a quarter into the third.
    """

    edge: int
    along: float
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Snap:
    """A place and the nearest point on the roads that lead there and back.

    Parameters
    ----------
    metres
        To the nearest such road, also where that is too far; None where there is no such road.
    point, failure
        Where on the road, or why there is no point.
    detail
        The same in words, with distances; empty where there is a point.
    note
        Of a place that has its point: which nearer road cannot be used, and why; mostly empty.
    """

    place: Place
    metres: float | None
    point: RoadPoint | None
    failure: SnapFailure | None = None
    detail: str = ""
    note: str = ""

    @property
    def found(self) -> bool:
        """Whether the place is on the roads."""
        return self.point is not None


@dataclass(frozen=True, slots=True)
class RoadNote:
    """What a season, a date or an override does to a leg, or its ferry, for those who drive it.

    Parameters
    ----------
    code, detail
        ``season`` with its name; ``seasonal``, ``conditional``, ``barrier`` or ``winter_road`` with
        the tag; ``override`` with its note; ``ferry`` with its name.
    metres, seconds, dry_seconds
        Of the part of the leg that it concerns; and on a dry day, None where it is closed then.
    """

    code: str
    detail: str
    metres: float
    seconds: float
    dry_seconds: float | None


@dataclass(frozen=True, slots=True)
class Detour:
    """Two places between which one drives another way, or none, because of a road.

    Parameters
    ----------
    seconds, dry_seconds
        What the drive takes now, None where there is no way; and on a dry day.
    """

    start: str
    end: str
    seconds: int | None
    dry_seconds: int


@dataclass(frozen=True, slots=True, eq=False)
class ClosedRoad:
    """A road that is closed now, or so slow that another way is taken.

    Parameters
    ----------
    vehicle
        The vehicle that does not take it.
    code, detail
        Why it is closed or slow, as in a `RoadNote`.
    kmh
        How fast one would drive there; 0 where it is closed.
    metres
        Its length, in one direction.
    lines
        Shape (n, 2) each, lat and lon.
    detours
        Between which places it would be driven on a dry day.
    """

    name: str
    road_class: str
    vehicle: str
    code: str
    detail: str
    kmh: float
    metres: float
    lines: tuple[NDArray[np.float64], ...]
    detours: tuple[Detour, ...]


@dataclass(frozen=True, slots=True, eq=False)
class RoadLine:
    """A piece of road of one class and one kind of surface, for a base map.

    Parameters
    ----------
    road_class
        OpenStreetMap's: ``tertiary``, ``track`` …
    points
        Shape (n, 2), lat and lon in degrees; two points or more.
    """

    road_class: str
    paved: bool
    points: NDArray[np.float64]
