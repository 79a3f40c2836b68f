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

    from routeplan.handouts.districts import DistrictView
    from routeplan.handouts.earlier import EarlierTour, EarlierView
    from routeplan.handouts.geometry import Bounds, Points
    from routeplan.handouts.sheet_day import Refuge
    from routeplan.language import Language
    from routeplan.model.road_notes import ClosedRoad, RoadLine, RoadNote

# The palette of Okabe and Ito (2008), without the yellow, which is lost on a light ground, and
# with a grey for the black of the map's own lettering.
TEAM_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#5a5a5a")

# Lengths in pixels of strokes and gaps, from one day to the next as unlike as can be.
DASHES = ("", "10 5", "3 4", "16 4 3 4", "6 3", "16 4 3 4 3 4")

# How far the first day leans to black and the last one to white.
DARKEST, LIGHTEST = -0.28, 0.22

_BLACK, _WHITE = "#000000", "#ffffff"


def team_colour(position: int) -> str:
    """Return the colour of the team at a position; an eighth team shares that of the first."""
    return TEAM_COLOURS[position % len(TEAM_COLOURS)]


def shade_of_day(colour: str, day: int, days: int) -> str:
    """Return a team's colour on one of so many days: dark on the first, light on the last."""
    if days == 1:
        return colour
    lean = DARKEST + (LIGHTEST - DARKEST) * day / (days - 1)
    pairs = zip(_channels(colour), _channels(_BLACK if lean < 0 else _WHITE), strict=True)
    return "#" + bytes(round(a + (b - a) * abs(lean)) for a, b in pairs).hex()


def dash_of_day(day: int) -> str:
    """Return the strokes and gaps that a day's lines are drawn with; empty for a whole line."""
    return DASHES[day % len(DASHES)]


def ink_on(colour: str) -> str:
    """Return black or white, whichever reads better on a colour."""
    return max(_WHITE, _BLACK, key=lambda ink: contrast(ink, colour))


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21, as WCAG 2 defines it."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.removeprefix("#")))


def _luminance(colour: str) -> float:
    shares = [channel / 255 for channel in _channels(colour)]
    # The transfer curve of sRGB.
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares)  # noqa: PLR2004  # sRGB
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


RoadState: TypeAlias = Literal["paved", "unpaved", "track"]
"""State of a road; what is driven off all roads is a track too."""

ROAD_STATES: tuple[RoadState, ...] = ("paved", "unpaved", "track")

LegKey: TypeAlias = tuple[str, str, str]
"""Vehicle, place from and place to."""


@dataclass(frozen=True, slots=True)
class OtherVisit:
    """What another team does in a village; times are seconds after the day's midnight."""

    team: str
    start: int
    end: int
    households: int


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
    others
        By village: visits of other teams at the same time, where these are not in the plan.
    refuges
        By village: where to go in an emergency, where that place is not in the problem.
    earlier
        Tours of the plan of before, where the map shows what changes.
    districts
        Ids of villages by the names of districts, for the map of a country.
    """

    language: Language = "en"
    lines: Mapping[LegKey, NDArray[np.float64]] = field(default_factory=dict)
    states: Mapping[LegKey, Mapping[RoadState, float]] = field(default_factory=dict)
    road_notes: Mapping[LegKey, tuple[RoadNote, ...]] = field(default_factory=dict)
    roads: Sequence[RoadLine] = ()
    closed_roads: tuple[ClosedRoad, ...] = ()
    signed: Mapping[str, int] = field(default_factory=dict)
    nights_to_come: int = 0
    others: Mapping[str, tuple[OtherVisit, ...]] = field(default_factory=dict)
    refuges: Mapping[str, Refuge | None] = field(default_factory=dict)
    earlier: tuple[EarlierTour, ...] = ()
    districts: Mapping[str, Sequence[str]] = field(default_factory=dict)


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
    """One piece of rest; one inside a visit may have a name of its own, such as lunch."""

    start: str
    end: str
    inside: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class StopView:
    """A visit: its number on the day, and which visit to its village in the plan it is, from 1.

    Parameters
    ----------
    hours
        From when to when, with the rest that interrupts it; empty where none does.
    announced
        Whether it keeps an announced visit.
    sharing
        Who else is there at the same time, and how many households each reaches.
    """

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
    hours: str = ""
    announced: bool = False
    sharing: tuple[str, ...] = ()

    @property
    def period(self) -> str:
        """From when to when, as people read it."""
        return self.hours or f"{self.start} – {self.end}"


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
    work_starts, leaves
        Of a day that begins with a visit where the team slept: when that visit starts, and when the
        team first drives, empty where it does not. Both are empty for other days.
    not_kept
        Names of villages where it was announced for this day, and that it does not visit.
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
    work_starts: str = ""
    leaves: str = ""
    not_kept: tuple[str, ...] = ()


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
    announced
        Which visits were announced there, and whether each is kept.
    """

    households: int
    reached: int
    missed: int
    signed: int
    reason: str
    detail: str
    requirements: tuple[str, ...]
    announced: tuple[str, ...] = ()


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
    earlier
        Tours of the plan of before.
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
    earlier: tuple[EarlierView, ...] = ()
    districts: tuple[DistrictView, ...] = ()
