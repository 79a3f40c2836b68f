"""The plan as a GeoPackage: tours, stops, legs, villages and roads, with styles for QGIS.

Names of layers and columns are the same in every language; the table `gpkg_data_columns` holds
their headings and meanings, and `layer_styles` the styles, where QGIS looks for them.
"""

from __future__ import annotations

import dataclasses
import io
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import pyogrio.raw
import shapely

from routeplan.handouts.geometry import has_length
from routeplan.handouts.layer_styles import Style, Symbol, to_qml
from routeplan.handouts.view_builder import tours_with_views
from routeplan.language import translation

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from _typeshed import DataclassInstance

    from routeplan.handouts.geometry import Points
    from routeplan.handouts.map_view import MapView, StopView, TourView, VillageView
    from routeplan.language import Language
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

SHAPES = {
    "roads": "MultiLineString",
    "villages": "Point",
    "plan": "MultiLineString",
    "legs": "LineString",
    "stops": "Point",
}
LAYERS = tuple(SHAPES)
"""Names of the layers, the lowest first."""

# The same plan gives the same file, and no file says when it was made.
NO_TIME = "2000-01-01T00:00:00.000Z"

# By this name a file is recognised when it is to be wiped.
MAKER = "routeplan"

# As QGIS makes it.
STYLES_TABLE = """
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256),
    f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
    useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME
)"""

# As the GeoPackage standard has it, in its extension for schemas.
COLUMNS_TABLE = """
CREATE TABLE gpkg_data_columns (
    table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT,
    mime_type TEXT, constraint_name TEXT,
    CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
    CONSTRAINT gdc_tn UNIQUE (table_name, name)
)"""


ROAD_WIDTHS = {"highway": 0.8, "district": 0.6, "local": 0.4, "track": 0.3}


class _Column(NamedTuple):
    """A column: its name in the file, its heading, its type as numpy has it, what it means."""

    name: str
    heading: str
    kind: str
    about: str


Columns: TypeAlias = tuple[_Column, ...]
_Row: TypeAlias = dict[str, Any]


STYLES = {
    "roads": Style(
        tuple(
            Symbol(
                f'"rank" = \'{rank}\' AND {"" if paved else "NOT "}"paved"',
                *("line", "#8c8c8c" if paved else "#a58f6f", width),
                dashed=not paved,
            )
            for rank, width in ROAD_WIDTHS.items()
            for paved in (True, False)
        )
    ),
    "villages": Style(
        (
            Symbol('"reached" = 0', "marker", "#ffffff", 2.6),
            Symbol('"reached" > 0 AND "reached" < "households"', "marker", "#f2c14e", 2.6),
            Symbol('"reached" >= "households"', "marker", "#3f8f5b", 2.6),
        ),
        label='"name" || \'\\n\' || "reached" || \'/\' || "households"',
    ),
    "plan": Style((Symbol("", "line", "#1f4e8c", 1.2, own_colour=True),)),
    "legs": Style((Symbol("", "line", "#ffffff", 0.2),), label="\"drive_minutes\" || ' min'"),
    "stops": Style(
        (Symbol("", "marker", "#1f4e8c", 4.4, own_colour=True),), label='"number"', on_top=True
    ),
}


def make_layers(problem: Problem, plan: Plan, view: MapView) -> bytes:
    """Return the bytes of a GeoPackage with headings in the language of the view.

    The same plan gives the same bytes.
    """
    columns = _columns(view.language)
    rows: dict[str, list[_Row]] = {name: [] for name in LAYERS}
    for road in view.roads:
        rows["roads"].append({**_fields(road), "shape": _lines(road.lines)})
    rows["villages"] += map(_village, view.villages)
    for tour, tour_view in tours_with_views(problem, plan, view):
        own = {
            "team": tour.team,
            "day": tour.day,
            "date": problem.days[tour.day].date,
            "colour": tour_view.colour,
        }
        rows["plan"].append(_tour(tour_view) | own)
        rows["legs"] += (
            _fields(leg)
            | own
            | {"number": number, "drive_minutes": leg.minutes, "shape": _line(leg.points)}
            for number, leg in enumerate(tour_view.legs, start=1)
        )
        rows["stops"] += (_stop(stop) | own for stop in tour_view.stops)
    # In memory: a temporary file could stay behind.
    with closing(sqlite3.connect(":memory:")) as file:
        file.execute("PRAGMA temp_store = MEMORY")
        for layer in LAYERS:
            _add(file, layer, rows[layer], columns[layer])
        _annotate(file, columns, view.language)
        return file.serialize()


def _fields(view: DataclassInstance) -> _Row:
    return {field.name: getattr(view, field.name) for field in dataclasses.fields(view)}


def _tour(tour: TourView) -> _Row:
    return _fields(tour) | {
        "work_starts": tour.work_starts or tour.depart,
        "depart": tour.leaves if tour.work_starts else tour.depart,
        "drive_minutes": tour.minutes,
        "shape": _lines(leg.points for leg in tour.legs),
    }


def _stop(stop: StopView) -> _Row:
    return _fields(stop) | {
        "begin": stop.start,
        "finish": stop.end,
        "rest": ", ".join(f"{rest.start} – {rest.end}" for rest in stop.rests),
        "sharing": " ".join(stop.sharing),
        "shape": shapely.Point(stop.lon, stop.lat),
    }


def _village(village: VillageView) -> _Row:
    share = round(100 * village.reached / (village.households or 1), 1)
    return _fields(village) | {
        "share": share if village.households else None,
        "detail": "; ".join(filter(None, (village.detail, *village.requirements))),
        "announced": "; ".join(village.announced),
        "shape": shapely.Point(village.lon, village.lat),
    }


def _line(points: Points) -> shapely.LineString:
    # A line without length is invalid; its row has an empty one.
    return shapely.LineString([(lon, lat) for lat, lon in points] if has_length(points) else [])


def _lines(lines: Iterable[Points]) -> shapely.MultiLineString:
    return shapely.MultiLineString([_line(line) for line in lines if has_length(line)])


def _add(file: sqlite3.Connection, layer: str, rows: Sequence[_Row], columns: Columns) -> None:
    """Add the tables of a GeoPackage of one layer to those that are there."""
    with closing(sqlite3.connect(":memory:")) as source, file:
        source.deserialize(_one_layer(layer, rows, columns))
        for setting in ("application_id", "user_version"):
            (value,) = source.execute(f"PRAGMA {setting}").fetchone()
            file.execute(f"PRAGMA {setting} = {value}")
        schema = "SELECT type, name, sql FROM sqlite_master WHERE sql > ''"
        items = source.execute(schema).fetchall()
        there = {name for (name,) in file.execute("SELECT name FROM sqlite_master")}
        # The parts of a spatial index are made with it, and SQLite's own tables are there.
        parts = tuple(f"{name}_" for _, name, sql in items if " USING rtree" in sql)
        # Triggers last, or they would count again what they counted in the source.
        for kind, name, sql in sorted(items, key=lambda item: item[0] != "table"):
            if kind == "table" and name.startswith(("sqlite_", *parts)):
                continue
            if name not in there:
                file.execute(sql)
            if kind == "table":
                # The names are those that GDAL gave to its tables.
                found = source.execute(f'SELECT * FROM "{name}"')  # noqa: S608  # our own tables
                marks = ", ".join("?" * len(found.description))
                file.executemany(f'INSERT OR IGNORE INTO "{name}" VALUES ({marks})', found)  # noqa: S608  # our own tables


def _one_layer(layer: str, rows: Sequence[_Row], columns: Columns) -> bytes:
    written = io.BytesIO()
    pyogrio.raw.write(
        written,
        shapely.to_wkb(np.array([row["shape"] for row in rows], dtype=object)),
        [np.array([row[c.name] for row in rows], dtype=c.kind) for c in columns],
        [column.name for column in columns],
        layer=layer,
        driver="GPKG",
        geometry_type=SHAPES[layer],
        crs="EPSG:4326",
    )
    return written.getvalue()


def _columns(language: Language) -> dict[str, Columns]:
    _ = translation(language).gettext
    team = _Column("team", _("Crew"), "object", "id of the crew in the problem")
    date = _Column("date", _("Date"), "datetime64[D]", "calendar date of the day")
    day = _Column("day", _("Day"), "int32", "number of the day in the problem, from 0")
    minutes = _Column("drive_minutes", _("Drive, min"), "int32", "driving, minutes rounded up")
    km = _Column("km", _("km"), "float64", "driving, kilometres; empty where not known")
    colour = _Column("colour", _("Colour"), "object", "of crew and day on the map, #rrggbb")
    place = _Column("place", _("Code"), "object", "id of the place in the problem")
    village = _Column("name", _("Village"), "object", "name of the village")
    reached = _Column("households", _("Households"), "int32", "households reached")
    arrive = _Column("arrive", _("Arrives"), "object", "time of day, hh:mm; +1 past midnight")
    start = _Column("start", _("From"), "object", "name of the place where it begins")
    end = _Column("end", _("To"), "object", "name of the place where it ends")
    number = _Column("number", _("No."), "int32", "in the order of the day, from 1")
    empty = "percent of households; empty where there are none"
    share = _Column("share", _("Share, %"), "float64", empty)
    return {
        "plan": (
            *(team, date, day, start, end),
            _Column("work_starts", _("Work starts"), "object", "of the first drive or visit"),
            _Column("depart", _("Leaves"), "object", "of the first drive, hh:mm; +1 past midnight"),
            *(arrive, reached, minutes, km, colour),
        ),
        "legs": (
            *(team, date, day, number, start, end, minutes, km),
            _Column("traced", _("Along roads"), "bool", "false: a straight line"),
            colour,
        ),
        "stops": (
            *(team, date, day, number, place, village, arrive),
            _Column("begin", _("Starts"), "object", "of setup and doors, hh:mm"),
            _Column("finish", _("Ends"), "object", "of doors, hh:mm"),
            _Column("rest", _("Rest"), "object", "before, after or inside the visit, hh:mm"),
            reached,
            _Column("announced", _("Announced"), "bool", "whether it keeps an announced visit"),
            _Column("sharing", _("Others there"), "object", "other crews at the same time"),
            _Column("visit", _("Visit"), "int32", "which visit to this village, from 1"),
            _Column("visits", _("Visits"), "int32", "visits to this village in the whole plan"),
            colour,
        ),
        "villages": (
            *(place, village),
            _Column("households", _("Households"), "int32", "households to be reached"),
            _Column("reached", _("Reached"), "int32", "households reached in all visits"),
            share,
            _Column("reason", _("Why not all"), "object", "empty where all are reached"),
            _Column("detail", _("Detail"), "object", "what it would take"),
            _Column("announced", _("Announced"), "object", "announced visits, kept or not"),
        ),
        "roads": (
            _Column("rank", _("Class"), "object", "highway, district, local or track"),
            _Column("paved", _("Paved"), "bool", "whether the surface is hard"),
        ),
    }


def _annotate(file: sqlite3.Connection, columns: dict[str, Columns], language: Language) -> None:
    """Add styles and the meanings of columns, and fix the times at which things were made."""
    _ = translation(language).gettext
    headings = _("Roads"), _("Villages"), _("Plan"), _("Drives"), _("Stops")
    titles = dict(zip(LAYERS, headings, strict=True))
    with file:
        file.execute(STYLES_TABLE)
        file.execute(COLUMNS_TABLE)
        file.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change) "
            "VALUES ('layer_styles', 'attributes', 'layer_styles', ?)",
            (NO_TIME,),
        )
        file.execute(
            "INSERT INTO gpkg_extensions VALUES ('gpkg_data_columns', NULL, 'gpkg_schema', "
            "'http://www.geopackage.org/spec/#extension_schema', 'read-write')"
        )
        for layer in LAYERS:
            file.executemany(
                "INSERT INTO gpkg_data_columns VALUES (?, ?, ?, ?, ?, NULL, NULL)",
                [(layer, c.name, c.heading, c.heading, c.about) for c in columns[layer]],
            )
            file.execute(
                "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, "
                "f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, "
                "owner, ui, update_time) VALUES ('', '', ?, 'geom', ?, ?, '', 1, ?, ?, NULL, ?)",
                (layer, layer, to_qml(STYLES[layer]), titles[layer], MAKER, NO_TIME),
            )
            file.execute(
                "UPDATE gpkg_contents SET description = ? WHERE table_name = ?",
                (titles[layer], layer),
            )
        file.execute("UPDATE gpkg_contents SET last_change = ?", (NO_TIME,))
