"""A crew's day as a small JSON file, for whoever reads it with a program of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.formats.document import VERSION, format_json
from routeplan.handouts.words import clock

if TYPE_CHECKING:
    from routeplan.model.plan import Tour
    from routeplan.model.problem import Problem

__all__ = ["day_to_json"]

FORMAT = "routeplan-day"


def day_to_json(problem: Problem, tour: Tour) -> str:
    """Write a tour: the same tour always gives the same text.

    Times are as on a clock, on the day's date; past midnight as ``00:30 +1``.
    """
    return format_json(
        {
            "format": FORMAT,
            "version": VERSION,
            "crew": tour.team,
            "date": problem.days[tour.day].date.isoformat(),
            "from": _spot(problem, tour.start) | {"depart": clock(tour.depart)},
            "stops": [
                _spot(problem, stop.place)
                | {
                    "arrive": clock(stop.arrive),
                    "start": clock(stop.start),
                    "end": clock(stop.end),
                    "households": stop.households,
                }
                for stop in tour.stops
            ],
            "rests": [
                _spot(problem, rest.place) | {"start": clock(rest.start), "end": clock(rest.end)}
                for rest in tour.rests
            ],
            "to": _spot(problem, tour.end) | {"arrive": clock(tour.arrive)},
            "drive_seconds": tour.drive_seconds,
        }
    )


def _spot(problem: Problem, place_id: str) -> dict[str, object]:
    place = problem.place(place_id)
    return {"name": place.name, "lat": place.lat, "lon": place.lon}
