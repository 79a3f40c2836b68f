"""What handouts show of a plan, as plain values, and what they are given beside it.

Times are texts ("09:15", past midnight "00:30 +1"), minutes of driving are rounded up, coordinates
are degrees (WGS 84) with five decimals.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from routeplan.handouts.geometry import Bounds, Points
    from routeplan.language import Language
    from routeplan.model.road_notes import ClosedRoad, RoadLine, RoadNote

RoadState: TypeAlias = Literal["paved", "unpaved", "track"]
"""State of a road; what is driven off all roads is a track too."""

ROAD_STATES: tuple[RoadState, ...] = ("paved", "unpaved", "track")

LegKey: TypeAlias = tuple[str, str, str]
"""Vehicle, place from and place to."""


@dataclass(frozen=True, eq=False, slots=True)
class MapData:
    """What handouts show beside a problem and a plan, and the language of their texts.

    Parameters
    ----------
    lines, states, road_notes
        By leg: its points along the roads, shape (n, 2), lat and lon; metres by state of the road;
        what slows it or opens a part of it.
    roads, closed_roads
        Of the district, and which of them are not taken.
    signed
        By village: households that had signed before.
    nights_to_come
        How many nights a team stays where its last day ends, if it goes on after these days.
    """

    language: Language = "en"
    lines: Mapping[LegKey, NDArray[np.float64]] = field(default_factory=dict)
    states: Mapping[LegKey, Mapping[RoadState, float]] = field(default_factory=dict)
    road_notes: Mapping[LegKey, tuple[RoadNote, ...]] = field(default_factory=dict)
    roads: Sequence[RoadLine] = ()
    closed_roads: tuple[ClosedRoad, ...] = ()
    signed: Mapping[str, int] = field(default_factory=dict)
    nights_to_come: int = 0


@dataclass(frozen=True, slots=True)
class RoadView:
    """All roads that are drawn alike; `rank` is highway, district, local or track."""

    rank: str
    paved: bool
    lines: tuple[Points, ...]


@dataclass(frozen=True, slots=True)
class LegView:
    """One leg; `start` and `end` are names of places, `to` is the id of the end.

    Parameters
    ----------
    km
        None where distances are unknown, as everywhere.
    states
        Kilometres by state of the road.
    traced
        Whether `points` follow the roads; else they are the straight line.
    """

    start: str
    end: str
    to: str
    minutes: int
    km: float | None
    states: tuple[tuple[RoadState, float], ...]
    road_notes: tuple[str, ...]
    traced: bool
    points: Points


@dataclass(frozen=True, slots=True)
class ClosedRoadView:
    """A road that is not taken: its name with its length, and why.

    Parameters
    ----------
    villages
        Which ones it would serve, and how much longer the drive there is now.
    vehicle
        The vehicle that does not take it; empty for all.
    """

    name: str
    reason: str
    villages: tuple[str, ...]
    lines: tuple[Points, ...]
    vehicle: str = ""


@dataclass(frozen=True, slots=True)
class RestView:
    """One piece of rest."""

    start: str
    end: str


@dataclass(frozen=True, slots=True)
class StopView:
    """A visit: its number on the day, and which visit to its village in the plan it is, from 1."""

    number: int
    place: str
    name: str
    lat: float
    lon: float
    arrive: str
    start: str
    end: str
    households: int
    rests: tuple[RestView, ...]
    visit: int
    visits: int


@dataclass(frozen=True, slots=True)
class TourView:
    """One team's day: a layer of the map, and a row of its table.

    Parameters
    ----------
    day, date
        Its position among the days, and ``Mon 3 May``.
    colour, ink, dash
        Of its lines and numbers, of what is written on that colour, and its strokes and gaps.
    starts_at, start, end
        Id and name of the place where the day begins, and the name of that where it ends.
    sleeps_in, sleeps_at, nights_away
        Name and id of the place where the team sleeps afterwards, empty after its last day; and for
        how many nights, 0 where that is its base.
    """

    team: str
    day: int
    date: str
    colour: str
    ink: str
    dash: str
    starts_at: str
    start: str
    end: str
    depart: str
    arrive: str
    households: int
    minutes: int
    km: float | None
    sleeps_in: str
    sleeps_at: str
    nights_away: int
    legs: tuple[LegView, ...]
    stops: tuple[StopView, ...]


@dataclass(frozen=True, slots=True)
class TeamView:
    """A team, and the sums over its days."""

    id: str
    colour: str
    ink: str
    households: int
    minutes: int
    km: float | None
    nights_away: int


@dataclass(frozen=True, slots=True)
class PlaceView:
    """A place: its id, name and coordinates."""

    place: str
    name: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class VillageView(PlaceView):
    """A village, the households reached there in all visits, and why not the others.

    Parameters
    ----------
    households, reached, missed, signed
        Unsigned before the plan, and of these with it; those that had signed before.
    requirements
        What it would take to reach more, as far as its households are known.
    """

    households: int
    reached: int
    missed: int
    signed: int
    reason: str
    detail: str
    requirements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NightView:
    """A team's nights from one date on."""

    team: str
    date: str
    nights: int


@dataclass(frozen=True, slots=True)
class SleepView(PlaceView):
    """A place where teams sleep away from their bases, and which of them when."""

    nights: tuple[NightView, ...]


@dataclass(frozen=True, slots=True)
class BaseView(PlaceView):
    """A place where teams begin their first day or end their last."""

    teams: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DayView:
    """A day of the plan: ``Mon 3 May`` and ``Mon 3``."""

    date: str
    short: str


@dataclass(frozen=True, slots=True)
class MapView:
    """All that the map shows.

    Parameters
    ----------
    dates
        ``Mon 3 May – Fri 7 May 2027``.
    bounds
        Around all that is shown but the roads.
    tours
        By team in the order of the problem, then by day.
    villages
        Those with households, unsigned or signed, in the order of the problem.
    closed_roads
        Those that are not taken because of their state, the longest first.
    """

    title: str
    language: Language
    dates: str
    days: tuple[DayView, ...]
    bounds: Bounds
    households: int
    reached: int
    teams: tuple[TeamView, ...]
    tours: tuple[TourView, ...]
    villages: tuple[VillageView, ...]
    sleeps: tuple[SleepView, ...]
    bases: tuple[BaseView, ...]
    roads: tuple[RoadView, ...]
    closed_roads: tuple[ClosedRoadView, ...] = ()
