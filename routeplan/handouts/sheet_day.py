"""One tour, and how its day is spoken of on paper."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from routeplan.handouts import words
from routeplan.language import date_label, number_label, translation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from routeplan.handouts.map_view import LegView, MapView, TourView
    from routeplan.language import Language
    from routeplan.model.plan import Tour
    from routeplan.model.problem import Problem

__all__ = ["Day"]


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
        All that the map shows; in its language all is written.
    """

    problem: Problem
    tour: Tour
    view: TourView
    whole: MapView

    @property
    def language(self) -> Language:
        """Return the language of the sheets."""
        return self.whole.language

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
    def vehicle(self) -> str:
        """Return what the crew drives."""
        return words.vehicle_label(self.problem.team_of[self.tour.team].vehicle, self.language)

    @property
    def stays(self) -> bool:
        """Tell whether the crew neither drives nor visits."""
        return not self.tour.stops and not self.view.legs

    def legs_before(self) -> Iterator[LegView | None]:
        """Yield the leg to each stop and to the night's place; None where none is driven."""
        driven = iter(self.view.legs)
        for start, end in pairwise(self.tour.places):
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

    def length_label(self, km: float | None, minutes: int) -> str:
        """Return how far it is: kilometres where they are known, and minutes."""
        far = [] if km is None else [self.km_label(km)]
        return " · ".join([*far, self.minutes_label(minutes)])
