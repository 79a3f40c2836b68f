"""Binary formats of vector files: GeoPackages, which are SQLite databases, and shapefiles.

A GeoPackage is opened in memory, so that it can name no other file, and only plain tables are
read: views and computed columns are programs.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from routeplan.language import gettext as _
from routeplan.polygons.layer import crs_of_code, crs_of_wkt, parse_shapes, polygon, refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray
    from pyproj import CRS

    from routeplan.polygons.layer import Layer

SQLITE = b"SQLite format 3\0"
SHAPEFILE = b"\0\0\x27\x0a"
SIDECARS = (".dbf", ".prj", ".cpg")
"""Endings of the files that are read beside a ``.shp``; others are not opened."""

# The bytes that say how a database is written to; 1 for one without a log beside it, as in memory.
_WRITE_VERSION = slice(18, 20)
_ALLOWED = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ)
_COLUMNS = "table_xinfo"
# A query may be made to run without end: this many steps of SQLite take a few seconds.
_STEPS, _MOST_CALLBACKS = 1_000_000, 500

_GPKG_HEADER = 8
_ENVELOPES = (0, 32, 48, 48, 64)
_WKB_POLYGON, _WKB_MULTIPOLYGON, _WKB_TYPES = 3, 6, 17
_DIMENSIONS = (2, 3, 3, 4)
_NO_CRS = (-1, 0)

_SHP_HEADER = 100
_SHP_POLYGONS = (5, 15, 25)
_SHP_OTHERS = (0, 1, 3, 8, 11, 13, 18, 21, 23, 28, 31)
_MOST_RING_PAIRS = 1_000_000
_DBF_DELETED = b"*"
_DBF_FIELD = 32

# By the language number of a .dbf, where no .cpg names an encoding.
_LANGUAGES = {
    **dict.fromkeys((0x26, 0x65), "cp866"),
    **dict.fromkeys((0x03, 0x57, 0x58, 0x59), "cp1252"),
    0x01: "cp437",
    0x02: "cp850",
    0xC9: "cp1251",
    0xC8: "cp1250",
    0xCA: "cp1254",
}
_PAGES = frozenset((437, 850, 852, 855, 866, *range(1250, 1259)))


def parse_geopackage(data: bytes) -> Layer:
    """Return the rows of the first layer of a GeoPackage that may hold polygons."""
    memory = bytearray(data)
    memory[_WRITE_VERSION] = b"\1\1"
    try:
        with contextlib.closing(_open(bytes(memory))) as database:
            table, geometry, srs = _find_layer(database)
            crs = _gpkg_crs(database, srs)
            rows = list(_gpkg_rows(database, table))
    except (sqlite3.Error, sqlite3.Warning, UnicodeError, OverflowError) as error:
        raise refused(_("it is a damaged GeoPackage, or none: {error}", error=error)) from None
    blobs = ((f"{table}[{number}]", row.pop(geometry, None)) for number, row in enumerate(rows))
    return rows, parse_shapes(blobs, _gpkg_shape), crs


def _open(data: bytes) -> sqlite3.Connection:
    def authorize(action: int, what: str | None, *rest: str | None) -> int:
        # The last argument is the view or trigger that runs the action.
        allowed = action in _ALLOWED or (action == sqlite3.SQLITE_PRAGMA and what == _COLUMNS)
        return sqlite3.SQLITE_OK if allowed and rest[-1] is None else sqlite3.SQLITE_DENY

    database = sqlite3.connect(":memory:")
    database.deserialize(data)
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, len(data))
    for setting in ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON"):
        database.execute(f"PRAGMA {setting}")
    callbacks = iter(range(_MOST_CALLBACKS))
    database.set_progress_handler(lambda: next(callbacks, None) is None, _STEPS)
    database.set_authorizer(authorize)
    return database


def _find_layer(database: sqlite3.Connection) -> tuple[str, str, int]:
    """Return table, geometry column and coordinate system of the layer."""
    plain = {
        name
        for name, kind, page in database.execute("SELECT name, type, rootpage FROM sqlite_master")
        if kind == "table" and page
    }
    found = database.execute(
        "SELECT g.table_name, g.column_name, g.srs_id, g.geometry_type_name "
        "FROM gpkg_contents AS c CROSS JOIN gpkg_geometry_columns AS g "
        "ON g.table_name = c.table_name WHERE c.data_type = 'features'"
    ).fetchall()
    if not found:
        raise refused(_("it has no layer"), _("save the polygons as a layer of a GeoPackage"))
    polygons = [row for row in found if re.search("POLYGON|GEOM", str(row[3]).upper())]
    table, column, srs = (polygons or found)[0][:3]
    if table not in plain:
        why = _("its layer {name!r} is no plain table", name=table)
        raise refused(why, _("save the layer as a new file"))
    return table, column, srs


def _gpkg_crs(database: sqlite3.Connection, srs: int) -> CRS | None:
    systems = database.execute(
        "SELECT srs_id, organization, organization_coordsys_id, definition "
        "FROM gpkg_spatial_ref_sys"
    )
    for number, organization, code, definition in systems:
        if number == srs and number not in _NO_CRS:
            if str(organization).upper() == "EPSG" and isinstance(code, int):
                return crs_of_code(code)
            return crs_of_wkt(str(definition))
    return None


def _gpkg_rows(database: sqlite3.Connection, table: str) -> Iterator[dict[str, Any]]:
    quoted = '"' + table.replace('"', '""') + '"'
    columns = database.execute(f"PRAGMA {_COLUMNS}({quoted})").fetchall()
    if any(column[-1] for column in columns):
        why = _("its layer {name!r} has computed columns", name=table)
        raise refused(why, _("save the layer as a new file"))
    # A primary key is no attribute.
    names = [(position, name) for position, name, *__, key, __ in columns if not key]
    for row in database.execute(f"SELECT * FROM {quoted}"):  # noqa: S608  # it is quoted
        yield {name: row[position] for position, name in names}


def _gpkg_shape(blob: object) -> shapely.Geometry | None:
    if blob is None:
        return None
    if not isinstance(blob, bytes) or blob[:2] != b"GP" or len(blob) < _GPKG_HEADER:
        raise ValueError(_("its geometry is none of a GeoPackage"))
    flags = blob[3]
    envelope = flags >> 1 & 7
    if envelope >= len(_ENVELOPES) or flags & 0x20:
        raise ValueError(_("its geometry is of no known type"))
    return None if flags & 0x10 else _WkbReader(blob, _GPKG_HEADER + _ENVELOPES[envelope]).shape()


@dataclass
class _WkbReader:
    """Reader of polygons in well-known binary.

    Libraries follow geometries nested in geometries until their stack overflows; here none nest
    but the parts of a multipolygon.
    """

    data: bytes
    offset: int

    def shape(self) -> shapely.Geometry | None:
        """Return the polygon or multipolygon, None for other known types."""
        order, kind, dimensions = self._header()
        if kind == _WKB_POLYGON:
            return self._polygon(order, dimensions)
        if kind != _WKB_MULTIPOLYGON:
            return None
        parts = []
        for __ in range(self._number(order)):
            inner, kind, dimensions = self._header()
            if kind != _WKB_POLYGON:
                raise ValueError(_("a part of a multipolygon is no polygon"))
            parts.append(self._polygon(inner, dimensions))
        return shapely.MultiPolygon(parts)

    def _header(self) -> tuple[str, int, int]:
        """Return byte order, type and number of dimensions."""
        order = "<" if self._take(1) == b"\1" else ">"
        thousands, kind = divmod(self._number(order), 1000)
        if thousands >= len(_DIMENSIONS) or not 0 < kind <= _WKB_TYPES:
            raise ValueError(_("its geometry is of no known type"))
        return order, kind, _DIMENSIONS[thousands]

    def _polygon(self, order: str, dimensions: int) -> shapely.Polygon:
        flat = (
            self._take(self._number(order) * dimensions * 8) for __ in range(self._number(order))
        )
        rings = (np.frombuffer(ring, order + "f8").reshape(-1, dimensions) for ring in flat)
        return polygon(ring[:, :2].astype(np.float64) for ring in rings)

    def _number(self, order: str) -> int:
        return int(struct.unpack(order + "I", self._take(4))[0])

    def _take(self, size: int) -> bytes:
        self.offset += size
        if self.offset > len(self.data):
            raise ValueError(_("its geometry is cut off"))
        return self.data[self.offset - size : self.offset]


def parse_shapefile(data: bytes, sidecars: Mapping[str, bytes]) -> Layer:
    """Return the rows of a shapefile, with its `SIDECARS` by ending."""
    where = _("record {n}")
    records = ((where.format(n=n), each) for n, each in enumerate(_shp_records(data), start=1))
    shapes = parse_shapes(records, _shp_shape)
    rows: list[dict[str, str] | None] = [{} for __ in shapes]
    if ".dbf" in sidecars:
        rows = list(_dbf_rows(sidecars[".dbf"], sidecars.get(".cpg", b"")))
        if len(rows) != len(shapes):
            counts = {"shapes": len(shapes), "rows": len(rows)}
            why = _("it has {shapes:,} shapes, and its .dbf {rows:,} rows", **counts)
            raise refused(why, _copy_again())
    crs = None
    if sidecars.get(".prj", b"").strip():
        crs = crs_of_wkt(sidecars[".prj"].decode("utf-8-sig", errors="replace").strip())
    kept = np.array([row is not None for row in rows], dtype=bool)
    return [row for row in rows if row is not None], shapes[kept], crs


def _copy_again() -> str:
    return _("copy all of its files again")


def _shp_records(data: bytes) -> Iterator[bytes]:
    offset = _SHP_HEADER
    while offset < len(data):
        words = int.from_bytes(data[offset + 4 : offset + 8], "big", signed=True)
        offset += 8
        if not 0 < words <= (len(data) - offset) // 2:
            raise refused(_("its .shp is cut off or damaged"), _copy_again())
        yield data[offset : offset + 2 * words]
        offset += 2 * words


def _shp_shape(record: bytes) -> shapely.Geometry | None:
    (kind,) = struct.unpack_from("<i", record)
    if kind in _SHP_OTHERS:
        return None
    if kind not in _SHP_POLYGONS:
        raise ValueError(_("its shape is of no known type"))
    parts, points = struct.unpack_from("<2i", record, 36)
    if not (0 <= parts <= points and 44 + 4 * parts + 16 * points <= len(record)):
        raise ValueError(_("its shape is cut off"))
    starts = np.frombuffer(record, "<i4", parts, 44)
    flat = np.frombuffer(record, "<f8", 2 * points, 44 + 4 * parts).astype(np.float64)
    if parts and (starts[0] != 0 or (np.diff([*starts, points]) <= 0).any()):
        raise ValueError(_("its rings do not follow each other"))
    rings = [polygon([ring]) for ring in np.split(flat.reshape(-1, 2), starts[1:]) if len(ring)]
    return _assemble(np.array(rings, dtype=object))


def _assemble(rings: NDArray[np.object_]) -> shapely.Geometry:
    """Return the shape of some rings: clockwise ones are outer rings, the others holes."""
    edges = shapely.get_exterior_ring(rings)
    hole = shapely.is_ccw(edges)
    if hole.all():
        hole[:] = False  # drawn in the wrong direction
    outer, tree = rings[~hole], shapely.STRtree(rings[~hole])
    areas, pairs = shapely.area(outer), 0
    shapely.prepare(outer)
    holes: list[list[Any]] = [[] for __ in areas]
    alone = []
    for edge in edges[hole]:
        near = tree.query(edge)
        pairs += len(near)
        if pairs > _MOST_RING_PAIRS:
            raise ValueError(_("too many of its rings lie within each other"))
        around = near[shapely.covers(outer[near], edge)]
        if len(around):
            holes[around[np.argmin(areas[around])]].append(edge)
        else:
            alone.append(shapely.Polygon(edge))
    polygons = [*map(shapely.Polygon, edges[~hole], holes), *alone]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _dbf_rows(data: bytes, cpg: bytes) -> Iterator[dict[str, str] | None]:
    """Yield the row of each record of a ``.dbf``, None for one that is deleted."""
    if len(data) < _DBF_FIELD:
        raise refused(_("its .dbf is cut off"), _copy_again())
    count, header, size = struct.unpack_from("<IHH", data, 4)
    fields, offset = [], 1
    encoding = _encoding(cpg, data[29])
    for start in range(_DBF_FIELD, header - _DBF_FIELD, _DBF_FIELD):
        field = data[start : start + _DBF_FIELD]
        if field[:1] == b"\r" or len(field) < _DBF_FIELD:
            break
        name = _decode(field[:11].split(b"\0")[0], encoding)
        fields.append((name, slice(offset, offset + field[16])))
        offset += field[16]
    if offset > size or header + count * size > len(data):
        raise refused(_("its .dbf is cut off or damaged"), _copy_again())
    for start in range(header, header + count * size, size):
        record = data[start : start + size]
        if record[:1] == _DBF_DELETED:
            yield None
        else:
            yield {name: _decode(record[part], encoding) for name, part in fields}


def _decode(raw: bytes, encoding: str) -> str:
    raw = raw.rstrip(b"\0 ")
    try:
        return raw.decode(encoding).strip()
    except UnicodeDecodeError as error:
        # A long text may be cut within its last character.
        if encoding == "utf-8" and error.end == len(raw) and error.reason.startswith("unexpected"):
            return raw[: error.start].decode(encoding).strip()
        why = _("the text of its .dbf is not in {encoding}", encoding=encoding)
        hint = _("name its encoding in a file .cpg beside it, as 1251")
        raise refused(why, hint) from None


def _encoding(cpg: bytes, language: int) -> str:
    word = cpg.decode("ascii", errors="replace").strip().lower()
    if word in ("utf-8", "utf8", "65001") or not (word or language in _LANGUAGES):
        return "utf-8"
    if not word:
        return _LANGUAGES[language]
    page = re.fullmatch(r"(?:cp|windows-|ansi |oem )?([0-9]{3,4})", word)
    if page and int(page[1]) in _PAGES:
        return f"cp{page[1]}"
    iso = re.fullmatch(r"(?:iso[- ]?)?8859[-_ ]?([1-9]|1[0-6])", word)
    if iso and iso[1] != "12":
        return f"iso8859-{iso[1]}"
    if word in ("koi8-r", "koi8-u"):
        return word
    raise refused(_("its .cpg names an encoding that is not known: {word!r}", word=word[:40]))
