"""The plan on a phone: GPX that OsmAnd navigates, KML that Organic Maps shows, by crew and day.

A GPX file holds what an app may ask for: the traced way as a track, the stops as waypoints, and
the same stops as a route. A KML file holds bookmarks and the line. Neither names a picture, a
style or a schema that an app would have to fetch, and neither tells when or by whom it was made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import fastkml
import pygeoif
from fastkml.enums import Verbosity
from gpxpy.gpx import GPX, GPXRoute, GPXRoutePoint, GPXTrack, GPXTrackPoint, GPXTrackSegment
from gpxpy.gpx import GPXWaypoint as Waypoint

from routeplan.handouts.geometry import DECIMALS, has_length
from routeplan.handouts.naming import safe_filename
from routeplan.handouts.words import clock
from routeplan.language import date_label, translation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from routeplan.handouts.geometry import Points
    from routeplan.handouts.map_view import LegView, MapView, TourView
    from routeplan.language import Language
    from routeplan.model.plan import Plan, Tour
    from routeplan.model.problem import Problem

__all__ = ["phone_files"]

CREATOR = "routeplan"

# Organic Maps gives bookmarks the colours that these names of styles stand for.
STOP_STYLE, NIGHT_STYLE, LINE_STYLE = "placemark-red", "placemark-blue", "line"
STOP_COLOUR, NIGHT_COLOUR = "ff1b1be6", "ffe65000"
LINE_WIDTH = 5.0

# Of letters; 255 bytes are the most that common systems take.
LONGEST_NAME = 60


def phone_files(problem: Problem, plan: Plan, view: MapView) -> dict[str, str]:
    """Return the texts of the files of every tour that goes anywhere, by the name of the file.

    Parameters
    ----------
    problem, plan
        A plan for that problem.
    view
        What `routeplan.handouts.build_view` made of the two, in the language of the files.

    Returns
    -------
    dict
        ``A-2027-05-03.gpx`` and ``A-2027-05-03.kml`` for each crew and day.
    """
    ordered = (tour for team in problem.teams for tour in plan.tours_of(team.id))
    files: dict[str, str] = {}
    for tour, shown in zip(ordered, view.tours, strict=True):
        if not shown.stops and not shown.legs:
            continue
        day = _day(problem, tour, shown, view.language)
        name = safe_filename(f"{tour.team}-{problem.days[tour.day].date}", taken=files)
        files[f"{name}.gpx"] = _gpx(day)
        files[f"{name}.kml"] = _kml(day)
    return files


@dataclass(frozen=True, slots=True)
class _Point:
    """A place of the day, with its number and what happens there."""

    name: str
    about: str
    lat: float
    lon: float
    is_stop: bool


@dataclass(frozen=True, slots=True)
class _Day:
    """What both kinds of files tell of one tour; colour is as ``#rrggbb``."""

    title: str
    about: str
    colour: str
    points: tuple[_Point, ...]
    lines: tuple[Points, ...]


def _day(problem: Problem, tour: Tour, shown: TourView, language: Language) -> _Day:
    _ = translation(language).gettext
    date = problem.days[tour.day].date
    doors = translation(language).ngettext("{n} household", "{n} households", tour.households)
    return _Day(
        title=_("Crew {crew}, {date}").format(
            crew=_printed(tour.team), date=date_label(date, language)
        ),
        about=doors.format(n=tour.households),
        colour=shown.colour,
        points=tuple(_points(problem, tour, shown, language)),
        lines=tuple(_joined(shown.legs)),
    )


def _points(problem: Problem, tour: Tour, shown: TourView, language: Language) -> Iterator[_Point]:
    """Yield where the day begins, its stops, and where it ends; a stop may be all three."""
    _ = translation(language).gettext
    leave = _("Leave at {time}").format(time=clock(tour.depart))
    back = _("Night; be there at {time}") if shown.sleeps_in else _("Be back at {time}")
    back = back.format(time=clock(tour.arrive))
    first, last = (tour.stops[0].place, tour.stops[-1].place) if tour.stops else ("", "")
    if tour.start != first:
        yield _end_point(problem, 0, tour.start, leave)
    for stop in shown.stops:
        about = [_about_stop(stop.start, stop.end, stop.households, language)]
        if tour.end == last and stop.number == len(shown.stops):
            about.append(back)
        yield _Point(
            _named(stop.number, stop.name), "\n".join(about), stop.lat, stop.lon, is_stop=True
        )
    if tour.end != last:
        yield _end_point(problem, len(shown.stops) + 1, tour.end, back)


def _end_point(problem: Problem, number: int, place_id: str, about: str) -> _Point:
    place = problem.place(place_id)
    lat, lon = (round(degrees, DECIMALS) for degrees in (place.lat, place.lon))
    return _Point(_named(number, place.name), about, lat, lon, is_stop=False)


def _named(number: int, name: str) -> str:
    return f"{number} {_printed(name)}".strip()


def _printed(text: str) -> str:
    """Return a text without what no XML file may hold."""
    return "".join(letter for letter in text if letter.isprintable())


def _about_stop(start: str, end: str, households: int, language: Language) -> str:
    count = translation(language).ngettext("{n} household", "{n} households", households)
    return f"{start} – {end}, {count.format(n=households)}"


def _joined(legs: tuple[LegView, ...]) -> Iterator[Points]:
    """Yield the way in pieces, which end where a leg could not be traced; none without length."""
    line: list[tuple[float, float]] = []
    for leg in legs:
        if not leg.traced:
            if line:
                yield tuple(line)
            line = []
        elif has_length(leg.points):
            joins = bool(line) and line[-1] == leg.points[0]
            line += leg.points[joins:]
    if line:
        yield tuple(line)


def _gpx(day: _Day) -> str:
    gpx = GPX()
    gpx.creator = CREATOR
    gpx.name, gpx.description = day.title, day.about
    for point in day.points:
        kind = "stop" if point.is_stop else "base"
        gpx.waypoints.append(
            Waypoint(point.lat, point.lon, name=point.name, description=point.about, type=kind)
        )
    route = GPXRoute(name=day.title)
    route.points = [GPXRoutePoint(p.lat, p.lon, name=p.name) for p in day.points]
    gpx.routes.append(route)
    if day.lines:
        track = GPXTrack(name=day.title)
        track.segments = [
            GPXTrackSegment([GPXTrackPoint(lat, lon) for lat, lon in line]) for line in day.lines
        ]
        gpx.tracks.append(track)
    return gpx.to_xml(version="1.1")


def _kml(day: _Day) -> str:
    document = fastkml.Document(
        name=day.title,
        description=day.about,
        styles=[
            _pin_style(STOP_STYLE, STOP_COLOUR),
            _pin_style(NIGHT_STYLE, NIGHT_COLOUR),
            fastkml.Style(
                id=LINE_STYLE,
                styles=[fastkml.LineStyle(color=_kml_colour(day.colour), width=LINE_WIDTH)],
            ),
        ],
        features=[
            *(_bookmark(point) for point in day.points),
            *(_line(day.title, line) for line in day.lines),
        ],
    )
    text = fastkml.KML(features=[document]).to_string(prettyprint=True, verbosity=Verbosity.normal)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'


def _pin_style(name: str, colour: str) -> fastkml.Style:
    # An icon would have to be fetched; a label's colour asks for nothing.
    return fastkml.Style(id=name, styles=[fastkml.LabelStyle(color=colour)])


def _bookmark(point: _Point) -> fastkml.Placemark:
    return fastkml.Placemark(
        name=point.name,
        description=point.about,
        style_url=fastkml.StyleUrl(url=f"#{STOP_STYLE if point.is_stop else NIGHT_STYLE}"),
        geometry=pygeoif.Point(point.lon, point.lat),
    )


def _line(title: str, line: Points) -> fastkml.Placemark:
    return fastkml.Placemark(
        name=title,
        style_url=fastkml.StyleUrl(url=f"#{LINE_STYLE}"),
        geometry=pygeoif.LineString([(lon, lat) for lat, lon in line]),
    )


def _kml_colour(colour: str) -> str:
    """Return a colour as KML writes it: opacity, blue, green, red."""
    red, green, blue = colour[1:3], colour[3:5], colour[5:7]
    return f"ff{blue}{green}{red}"
