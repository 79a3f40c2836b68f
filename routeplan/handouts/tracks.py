"""A tour as GPX, which OsmAnd navigates, and as KML, which Organic Maps shows.

A GPX file holds the traced legs as a track, the stops as waypoints, and the same stops as a route.
A KML file holds bookmarks and the line. Neither names a picture, a style or a schema that an app
would have to fetch, and neither says when or by whom it was made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import fastkml
import pygeoif
from fastkml.enums import Verbosity
from gpxpy.gpx import GPX, GPXRoute, GPXRoutePoint, GPXTrack, GPXTrackPoint, GPXTrackSegment
from gpxpy.gpx import GPXWaypoint as Waypoint

if TYPE_CHECKING:
    from routeplan.handouts.geometry import Points

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
