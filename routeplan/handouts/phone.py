"""Files for phones, by team and day: GPX and KML of where a tour begins, its stops and its end."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import fastkml
import pygeoif
from fastkml.enums import Verbosity
from gpxpy.gpx import GPX, GPXRoute, GPXRoutePoint, GPXTrack, GPXTrackPoint, GPXTrackSegment
from gpxpy.gpx import GPXWaypoint as Waypoint

from routeplan.handouts.geometry import DECIMALS, has_length
from routeplan.handouts.labels import safe_filename, time_label
from routeplan.handouts.view_builder import tours_with_views
from routeplan.language import date_label, translation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from routeplan.handouts.geometry import Points
    from routeplan.handouts.map_view import LegView, MapView, StopView, TourView
    from routeplan.language import Language
    from routeplan.model.plan import Plan, Tour
    from routeplan.model.problem import Problem

# Organic Maps colours bookmarks by these names of styles.
STOP_STYLE, NIGHT_STYLE, LINE_STYLE = "placemark-red", "placemark-blue", "line"
PIN_COLOURS = {STOP_STYLE: "ff1b1be6", NIGHT_STYLE: "ffe65000"}
LINE_WIDTH = 5.0


class TourPoint(NamedTuple):
    """A place of the day, with its number and what happens there."""

    name: str
    about: str
    lat: float
    lon: float
    is_stop: bool


class TourTrack(NamedTuple):
    """What both kinds of files hold of one tour; the colour is ``#rrggbb``."""

    title: str
    about: str
    colour: str
    points: tuple[TourPoint, ...]
    lines: tuple[Points, ...]


def to_gpx(day: TourTrack) -> str:
    """Return the text of a GPX file."""
    gpx = GPX()
    gpx.creator, gpx.name, gpx.description = "routeplan", day.title, day.about
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


def to_kml(day: TourTrack) -> str:
    """Return the text of a KML file."""
    # Opacity, blue, green, red.
    line_colour = f"ff{day.colour[5:7]}{day.colour[3:5]}{day.colour[1:3]}"
    document = fastkml.Document(
        name=day.title,
        description=day.about,
        styles=[
            # An icon would have to be fetched; a colour is not.
            *(
                fastkml.Style(id=name, styles=[fastkml.LabelStyle(color=colour)])
                for name, colour in PIN_COLOURS.items()
            ),
            fastkml.Style(
                id=LINE_STYLE, styles=[fastkml.LineStyle(color=line_colour, width=LINE_WIDTH)]
            ),
        ],
        features=[
            *(
                fastkml.Placemark(
                    name=point.name,
                    description=point.about,
                    style_url=fastkml.StyleUrl(
                        url=f"#{STOP_STYLE if point.is_stop else NIGHT_STYLE}"
                    ),
                    geometry=pygeoif.Point(point.lon, point.lat),
                )
                for point in day.points
            ),
            *(
                fastkml.Placemark(
                    name=day.title,
                    style_url=fastkml.StyleUrl(url=f"#{LINE_STYLE}"),
                    geometry=pygeoif.LineString([(lon, lat) for lat, lon in line]),
                )
                for line in day.lines
            ),
        ],
    )
    text = fastkml.KML(features=[document]).to_string(prettyprint=True, verbosity=Verbosity.normal)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'


def phone_files(problem: Problem, plan: Plan, view: MapView) -> dict[str, str]:
    """Return the texts of the files of every tour but those that stay put, by the name of the file.

    They are ``A-2027-05-03.gpx`` and ``A-2027-05-03.kml`` for each team and day, in the language of
    the view.
    """
    language, files = view.language, dict[str, str]()
    _, ngettext = translation(language).gettext, translation(language).ngettext
    for tour, tour_view in tours_with_views(problem, plan, view):
        if not tour_view.stops and not tour_view.legs:
            continue
        date = date_label(problem.days[tour.day].date, language)
        households = ngettext("{n} household", "{n} households", tour.households)
        day = TourTrack(
            title=_("Crew {crew}, {date}").format(crew=_printable(tour.team), date=date),
            about=households.format(n=tour.households),
            colour=tour_view.colour,
            points=tuple(_points(problem, tour, tour_view, language)),
            lines=tuple(_traced_lines(tour_view.legs)),
        )
        name = safe_filename(f"{tour.team}-{problem.days[tour.day].date}", taken=files)
        files[f"{name}.gpx"] = to_gpx(day)
        files[f"{name}.kml"] = to_kml(day)
    return files


def _points(
    problem: Problem, tour: Tour, tour_view: TourView, language: Language
) -> Iterator[TourPoint]:
    """Yield where the day begins, its stops, and where it ends; a stop may be all three."""
    _ = translation(language).gettext
    first, last = (tour.stops[0].place, tour.stops[-1].place) if tour.stops else ("", "")
    leave = _("Leave at {time}").format(time=tour_view.leaves or time_label(tour.depart))
    back = _back(tour, tour_view, language)

    def end_point(number: int, place_id: str, about: str) -> TourPoint:
        place = problem.place(place_id)
        lat, lon = (round(degrees, DECIMALS) for degrees in (place.lat, place.lon))
        return TourPoint(
            f"{number} {_printable(place.name)}".strip(), about, lat, lon, is_stop=False
        )

    if tour.start != first:
        yield end_point(0, tour.start, leave)
    for stop in tour_view.stops:
        about = _about(stop, language)
        # Where the day begins with a visit, the team leaves after it.
        about += f"\n{leave}" if stop.number == 1 and tour_view.leaves else ""
        if tour.end == last and stop.number == len(tour_view.stops):
            about += f"\n{back}"
        name = f"{stop.number} {_printable(stop.name)}".strip()
        yield TourPoint(name, about, stop.lat, stop.lon, is_stop=True)
    if tour.end != last:
        yield end_point(len(tour_view.stops) + 1, tour.end, back)


def _back(tour: Tour, tour_view: TourView, language: Language) -> str:
    _ = translation(language).gettext
    back = _("Night; be there at {time}") if tour_view.sleeps_in else _("Be back at {time}")
    return back.format(time=time_label(tour.arrive))


def _about(stop: StopView, language: Language) -> str:
    """Return when a visit is, for how many households, and who else is there."""
    _, ngettext = translation(language).gettext, translation(language).ngettext
    count = ngettext("{n} household", "{n} households", stop.households)
    announced = [_("This visit was announced for today.")] if stop.announced else []
    hours = f"{stop.period}, {count.format(n=stop.households)}"
    return "\n".join([hours, *announced, *stop.sharing])


def _printable(text: str) -> str:
    """Return a text without characters that XML forbids."""
    return "".join(letter for letter in text if letter.isprintable())


def _traced_lines(legs: tuple[LegView, ...]) -> Iterator[Points]:
    """Yield traced legs as lines, joined where they meet; a leg that is not traced ends a line."""
    for traced, group in itertools.groupby(legs, key=lambda leg: leg.traced):
        line: list[tuple[float, float]] = []
        for leg in group:
            if traced and has_length(leg.points):
                line += leg.points[line[-1:] == [leg.points[0]] :]
        if line:
            yield tuple(line)
