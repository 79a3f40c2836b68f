"""GeoPackages: databases of SQLite, read from memory, so that no other file can be opened."""

from __future__ import annotations

import contextlib
import sqlite3
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from routeplan.errors import Faults
from routeplan.polygons.layer import Layer, polygon, refused, table_of
from routeplan.polygons.positions import crs_of_code, crs_of_wkt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from pyproj import CRS

__all__ = ["SQLITE", "parse_geopackage"]

SQLITE = b"SQLite format 3\0"

# Where a database says how it is written to; 1 for one without a log beside it, as in memory.
_WRITTEN = slice(18, 20)
_ALLOWED = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ)
_COLUMNS = "table_xinfo"
# A database may be made to count without end: this many steps of SQLite take a few seconds.
_STEPS, _MOST_ROUNDS = 1_000_000, 500

_HEADER = 8
_ENVELOPES = (0, 32, 48, 48, 64)
_POLYGON, _MULTIPOLYGON, _GEOMETRIES = 3, 6, 17
# Numbers of no coordinate system.
_UNKNOWN = (-1, 0)
_DIMENSIONS = (2, 3, 3, 4)


def parse_geopackage(data: bytes) -> Layer:
    """Return the rows of the first layer of a GeoPackage that may hold polygons.

    Raises
    ------
    InputError
        Where it is damaged or no GeoPackage, with each row whose geometry is damaged; or where
        the layer is no plain table: views and computed columns are programs.
    """
    memory = bytearray(data)
    memory[_WRITTEN] = b"\1\1"
    try:
        with contextlib.closing(_opened(bytes(memory))) as database:
            table, column, srs = _layer(database)
            crs = _crs(database, srs)
            rows = list(_rows(database, table))
    except (sqlite3.Error, sqlite3.Warning, UnicodeError, OverflowError) as error:
        raise refused(f"it is a damaged GeoPackage, or none: {error}") from None
    faults, shapes = Faults(), np.full(len(rows), None)
    for number, row in enumerate(rows):
        try:
            shapes[number] = _shape(row.pop(column, None))
        except (ValueError, struct.error) as error:
            faults.add(f"{table}[{number}]", f"is damaged: {error}")
    faults.raise_any()
    return Layer(table_of(rows), shapes, crs)


def _opened(data: bytes) -> sqlite3.Connection:
    database = sqlite3.connect(":memory:")
    database.deserialize(data)
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, len(data))
    for setting in ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON"):
        database.execute(f"PRAGMA {setting}")
    rounds = iter(range(_MOST_ROUNDS))
    database.set_progress_handler(lambda: next(rounds, None) is None, _STEPS)
    database.set_authorizer(_authorize)
    return database


def _authorize(action: int, what: str | None, *rest: str | None) -> int:
    # The last of all is the view or trigger that asks.
    asked = action in _ALLOWED or (action == sqlite3.SQLITE_PRAGMA and what == _COLUMNS)
    return sqlite3.SQLITE_OK if asked and rest[-1] is None else sqlite3.SQLITE_DENY


def _layer(database: sqlite3.Connection) -> tuple[str, str, int]:
    """Return table, column of geometries and coordinate system of the layer."""
    plain = {
        name
        for name, kind, page in database.execute("SELECT name, type, rootpage FROM sqlite_master")
        if kind == "table" and page
    }
    order = [
        name
        for name, kind in database.execute("SELECT table_name, data_type FROM gpkg_contents")
        if kind == "features"
    ]
    layers = {
        table: (table, column, srs, str(kind).upper())
        for table, column, srs, kind in database.execute(
            "SELECT table_name, column_name, srs_id, geometry_type_name FROM gpkg_geometry_columns"
        )
    }
    found = [layers[name] for name in order if name in layers]
    polygons = [one for one in found if "POLYGON" in one[3] or "GEOM" in one[3]]
    if not found:
        raise refused("it has no layer", "save the polygons as a layer of a GeoPackage")
    table, column, srs, _ = (polygons or found)[0]
    if table not in plain:
        raise refused(f"its layer {table!r} is no plain table", "save the layer as a new file")
    return table, column, srs


def _crs(database: sqlite3.Connection, srs: int) -> CRS | None:
    systems = database.execute(
        "SELECT srs_id, organization, organization_coordsys_id, definition "
        "FROM gpkg_spatial_ref_sys"
    )
    for number, organization, code, definition in systems:
        if number == srs and number not in _UNKNOWN:
            if str(organization).upper() == "EPSG" and isinstance(code, int):
                return crs_of_code(code)
            return crs_of_wkt(str(definition))
    return None


def _rows(database: sqlite3.Connection, table: str) -> Iterator[dict[str, Any]]:
    quoted = '"' + table.replace('"', '""') + '"'
    columns = database.execute(f"PRAGMA {_COLUMNS}({quoted})").fetchall()
    if any(column[-1] for column in columns):
        raise refused(f"its layer {table!r} has computed columns", "save the layer as a new file")
    # The number of a row says nothing of it.
    names = [(place, name) for place, name, *_, key, _ in columns if not key]
    for row in database.execute(f"SELECT * FROM {quoted}"):  # noqa: S608  # it is quoted
        yield {name: row[place] for place, name in names}


def _shape(blob: object) -> shapely.Geometry | None:
    if blob is None:
        return None
    if not isinstance(blob, bytes) or blob[:2] != b"GP" or len(blob) < _HEADER:
        raise ValueError("its geometry is none of a GeoPackage")
    flags = blob[3]
    envelope = flags >> 1 & 7
    if envelope >= len(_ENVELOPES) or flags & 0x20:
        raise ValueError("its geometry is of no known type")
    return None if flags & 0x10 else _Binary(blob, _HEADER + _ENVELOPES[envelope]).shape()


class _Binary:
    """Well-known binary of polygons, read from its beginning to its end.

    Libraries read a shape within a shape for as long as there are any, and end where the memory of
    their calls does; here there are none but the parts of a multipolygon.
    """

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at = data, at

    def shape(self) -> shapely.Geometry | None:
        """Return the polygon or multipolygon, None for what else is known."""
        order, kind, dimensions = self._begin()
        if kind == _POLYGON:
            return self._polygon(order, dimensions)
        if kind != _MULTIPOLYGON:
            return None
        parts = []
        for _ in range(self._number(order)):
            inner, kind, dimensions = self._begin()
            if kind != _POLYGON:
                raise ValueError("a part of a multipolygon is no polygon")
            parts.append(self._polygon(inner, dimensions))
        return shapely.MultiPolygon(parts)

    def _begin(self) -> tuple[str, int, int]:
        """Return order of bytes, kind of shape and numbers of a position."""
        order = "<" if self._take(1) == b"\1" else ">"
        thousands, kind = divmod(self._number(order), 1000)
        if thousands >= len(_DIMENSIONS) or not 0 < kind <= _GEOMETRIES:
            raise ValueError("its geometry is of no known type")
        return order, kind, _DIMENSIONS[thousands]

    def _polygon(self, order: str, dimensions: int) -> shapely.Polygon:
        return polygon(self._ring(order, dimensions) for _ in range(self._number(order)))

    def _ring(self, order: str, dimensions: int) -> NDArray[np.float64]:
        flat = self._take(self._number(order) * dimensions * 8)
        return np.frombuffer(flat, order + "f8").reshape(-1, dimensions)[:, :2].astype(np.float64)

    def _number(self, order: str) -> int:
        return int(struct.unpack(order + "I", self._take(4))[0])

    def _take(self, size: int) -> bytes:
        self._at += size
        if self._at > len(self._data):
            raise ValueError("its geometry is cut off")
        return self._data[self._at - size : self._at]
