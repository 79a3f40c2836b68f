"""One tour, and how its day is spoken of on paper."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from routeplan.language import date_label, number_label, translation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from routeplan.handouts.values import LegView, MapView, TourView
    from routeplan.language import Language
    from routeplan.plan import Tour
    from routeplan.problem import Problem

__all__ = ["Day", "Drive", "RoadNotes"]

Drive = tuple[str, str, str]
"""Vehicle, place from and place to."""


@dataclass(frozen=True)
class RoadNotes:
    """What is said of the roads, in the language of the sheets.

    Parameters
    ----------
    legs
        Notes on the state of a leg, by vehicle, place from and place to.
    not_taken
        By the same: roads that would have been shorter, each with why they were not taken.
    """

    legs: Mapping[Drive, Sequence[str]]
    not_taken: Mapping[Drive, Sequence[str]]


@dataclass(frozen=True)
class Day:
    """One tour, and what its sheets are made of.

    Parameters
    ----------
    problem, tour
        Whose day it is.
    view
        The same tour as the map shows it.
    whole
        All that the map shows.
    language
        Of the sheets.
    """

    problem: Problem
    tour: Tour
    view: TourView
    whole: MapView
    language: Language

    @property
    def date(self) -> str:
        """Return the date with its weekday and year."""
        date = self.problem.days[self.tour.day].date
        return f"{date_label(date, self.language)} {date.year}"

    @property
    def heading(self) -> str:
        """Return whose day it is in a line."""
        crew = translation(self.language).gettext("Crew")
        return f"{crew} {self.tour.team} · {self.date}"

    @property
    def drives(self) -> tuple[Drive, ...]:
        """Return vehicle, place from and place to of each leg."""
        vehicle = self.problem.team_of[self.tour.team].vehicle
        places = [self.tour.start, *(stop.place for stop in self.tour.stops), self.tour.end]
        return tuple((vehicle, a, b) for a, b in pairwise(places) if a != b)

    def legs_before(self) -> Iterator[tuple[LegView, Drive] | None]:
        """Yield the leg to each stop and to the night's place; None where none is driven."""
        driven = iter(zip(self.view.legs, self.drives, strict=True))
        places = [self.tour.start, *(stop.place for stop in self.tour.stops), self.tour.end]
        for start, end in pairwise(places):
            yield None if start == end else next(driven)

    def point(self, place_id: str) -> tuple[float, float, str]:
        """Return lat, lon and name of a place."""
        place = self.problem.place(place_id)
        return place.lat, place.lon, place.name

    def km_label(self, km: float) -> str:
        """Return a distance."""
        _ = translation(self.language).gettext
        return _("{km} km").format(km=number_label(km, self.language))

    def minutes_label(self, minutes: int) -> str:
        """Return how long something takes."""
        _ = translation(self.language).gettext
        hours, rest = divmod(minutes, 60)
        if not hours:
            return _("{minutes} min").format(minutes=rest)
        return _("{hours} h {minutes} min").format(hours=hours, minutes=rest)
