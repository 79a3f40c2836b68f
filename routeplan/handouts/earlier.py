"""The plan of before on the map of a new one: what was planned, and what becomes of it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from routeplan.handouts.geometry import Points

__all__ = ["EarlierStopView", "EarlierTour", "EarlierView", "earlier_view"]


@dataclass(frozen=True, slots=True)
class EarlierTour:
    """A tour of the plan of before, drawn in grey under the new one.

    Parameters
    ----------
    team, day
        Whose tour, and the index of the day.
    places
        Ids of the places between which it drives, in their order.
    title, stops
        What is said of the whole; and of each of its stops, as id of the place and text.
    """

    team: str
    day: int
    places: tuple[str, ...]
    title: str
    stops: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class EarlierStopView:
    """A stop of a tour of before, and what becomes of it."""

    place: str
    name: str
    lat: float
    lon: float
    text: str


@dataclass(frozen=True, slots=True)
class EarlierView:
    """A tour of the plan of before: its drives as lines, and its stops."""

    team: str
    day: int
    title: str
    lines: tuple[Points, ...]
    stops: tuple[EarlierStopView, ...]


def earlier_view(
    tour: EarlierTour,
    place: Callable[[str], tuple[str, str, float, float]],
    line: Callable[[str, str], Points],
) -> EarlierView:
    """Return what the map shows of a tour of before.

    `place` returns the id, name and coordinates of a place, and `line` the points of a drive.
    """
    drives = [drive for drive in itertools.pairwise(tour.places) if drive[0] != drive[1]]
    return EarlierView(
        *(tour.team, tour.day, tour.title),
        lines=tuple(line(*drive) for drive in drives),
        stops=tuple(EarlierStopView(*place(stop), text) for stop, text in tour.stops),
    )
