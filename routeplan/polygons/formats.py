"""The formats of vector files: GeoPackages, which are SQLite databases, shapefiles, GeoJSON.

A GeoPackage is opened in memory, so that it can name no other file, and only plain tables are
read: views and computed columns are programs.
"""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import shapely

from routeplan.polygons import layer
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
_COPY_AGAIN = "copy all of its files again"

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
        raise refused(f"it is a damaged GeoPackage, or none: {error}") from None
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
        raise refused("it has no layer", "save the polygons as a layer of a GeoPackage")
    polygons = [row for row in found if re.search("POLYGON|GEOM", str(row[3]).upper())]
    table, column, srs, _ = (polygons or found)[0]
    if table not in plain:
        raise refused(f"its layer {table!r} is no plain table", "save the layer as a new file")
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
        raise refused(f"its layer {table!r} has computed columns", "save the layer as a new file")
    # A primary key is no attribute.
    names = [(position, name) for position, name, *_, key, _ in columns if not key]
    for row in database.execute(f"SELECT * FROM {quoted}"):  # noqa: S608  # it is quoted
        yield {name: row[position] for position, name in names}


def _gpkg_shape(blob: object) -> shapely.Geometry | None:
    if blob is None:
        return None
    if not isinstance(blob, bytes) or blob[:2] != b"GP" or len(blob) < _GPKG_HEADER:
        raise ValueError("its geometry is none of a GeoPackage")
    flags = blob[3]
    envelope = flags >> 1 & 7
    if envelope >= len(_ENVELOPES) or flags & 0x20:
        raise ValueError("its geometry is of no known type")
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
        for _ in range(self._number(order)):
            inner, kind, dimensions = self._header()
            if kind != _WKB_POLYGON:
                raise ValueError("a part of a multipolygon is no polygon")
            parts.append(self._polygon(inner, dimensions))
        return shapely.MultiPolygon(parts)

    def _header(self) -> tuple[str, int, int]:
        """Return byte order, type and number of dimensions."""
        order = "<" if self._take(1) == b"\1" else ">"
        thousands, kind = divmod(self._number(order), 1000)
        if thousands >= len(_DIMENSIONS) or not 0 < kind <= _WKB_TYPES:
            raise ValueError("its geometry is of no known type")
        return order, kind, _DIMENSIONS[thousands]

    def _polygon(self, order: str, dimensions: int) -> shapely.Polygon:
        flat = (
            self._take(self._number(order) * dimensions * 8) for _ in range(self._number(order))
        )
        rings = (np.frombuffer(ring, order + "f8").reshape(-1, dimensions) for ring in flat)
        return polygon(ring[:, :2].astype(np.float64) for ring in rings)

    def _number(self, order: str) -> int:
        return int(struct.unpack(order + "I", self._take(4))[0])

    def _take(self, size: int) -> bytes:
        self.offset += size
        if self.offset > len(self.data):
            raise ValueError("its geometry is cut off")
        return self.data[self.offset - size : self.offset]


def parse_shapefile(data: bytes, sidecars: Mapping[str, bytes]) -> Layer:
    """Return the rows of a shapefile, with its `SIDECARS` by ending."""
    records = ((f"record {n}", record) for n, record in enumerate(_shp_records(data), start=1))
    shapes = parse_shapes(records, _shp_shape)
    rows: list[dict[str, str] | None] = [{} for _ in shapes]
    if ".dbf" in sidecars:
        rows = list(_dbf_rows(sidecars[".dbf"], sidecars.get(".cpg", b"")))
        if len(rows) != len(shapes):
            why = f"it has {len(shapes):,} shapes, and its .dbf {len(rows):,} rows"
            raise refused(why, _COPY_AGAIN)
    crs = None
    if sidecars.get(".prj", b"").strip():
        crs = crs_of_wkt(sidecars[".prj"].decode("utf-8-sig", errors="replace").strip())
    kept = np.array([row is not None for row in rows], dtype=bool)
    return [row for row in rows if row is not None], shapes[kept], crs


def _shp_records(data: bytes) -> Iterator[bytes]:
    offset = _SHP_HEADER
    while offset < len(data):
        words = int.from_bytes(data[offset + 4 : offset + 8], "big", signed=True)
        offset += 8
        if not 0 < words <= (len(data) - offset) // 2:
            raise refused("its .shp is cut off or damaged", _COPY_AGAIN)
        yield data[offset : offset + 2 * words]
        offset += 2 * words


def _shp_shape(record: bytes) -> shapely.Geometry | None:
    (kind,) = struct.unpack_from("<i", record)
    if kind in _SHP_OTHERS:
        return None
    if kind not in _SHP_POLYGONS:
        raise ValueError("its shape is of no known type")
    parts, points = struct.unpack_from("<2i", record, 36)
    if not (0 <= parts <= points and 44 + 4 * parts + 16 * points <= len(record)):
        raise ValueError("its shape is cut off")
    starts = np.frombuffer(record, "<i4", parts, 44)
    flat = np.frombuffer(record, "<f8", 2 * points, 44 + 4 * parts).astype(np.float64)
    if parts and (starts[0] != 0 or (np.diff([*starts, points]) <= 0).any()):
        raise ValueError("its rings do not follow each other")
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
    holes: list[list[Any]] = [[] for _ in areas]
    alone = []
    for edge in edges[hole]:
        near = tree.query(edge)
        pairs += len(near)
        if pairs > _MOST_RING_PAIRS:
            raise ValueError("too many of its rings lie within each other")
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
        raise refused("its .dbf is cut off", _COPY_AGAIN)
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
        raise refused("its .dbf is cut off or damaged", _COPY_AGAIN)
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
        why = f"the text of its .dbf is not in {encoding}"
        raise refused(why, "name its encoding in a file .cpg beside it, as 1251") from None


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
    raise refused(f"its .cpg names an encoding that is not known: {word[:40]!r}")


_OTHERS = ("Point", "MultiPoint", "LineString", "MultiLineString", "GeometryCollection")
_GEOMETRIES = ("Polygon", "MultiPolygon", *_OTHERS)


def parse_geojson(data: bytes) -> Layer:
    """Return the features of a GeoJSON file."""
    root = _parse_json(data)
    kind = root.get("type") if isinstance(root, dict) else None
    features = [root]
    if kind == "FeatureCollection":
        features = root.get("features")
    elif kind in _GEOMETRIES:
        features = [{"type": "Feature", "geometry": root}]
    elif kind != "Feature":
        why = f"it is JSON of the type {str(kind)[:40]!r}, and no GeoJSON"
        raise layer.refused(why, "save it so")
    if not isinstance(features, list):
        raise layer.refused("its features are no list")
    crs = _crs(root.get("crs"))
    where = "features[{}]" if root["type"] == "FeatureCollection" else ""
    records = ((where.format(n), feature) for n, feature in enumerate(features))
    shapes = layer.parse_shapes(records, lambda feature: _feature_shape(feature, root))
    return [feature.get("properties") or {} for feature in features], shapes, crs


def _parse_json(data: bytes) -> Any:  # noqa: ANN401  # any JSON value
    def refuse(word: str) -> NoReturn:
        raise ValueError(f"{word} is no number")

    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=refuse)
    except UnicodeDecodeError as error:
        why = f"its text is not in UTF-8 at byte {error.start + 1:,}"
        hint = "save it as GeoJSON in UTF-8, a GeoPackage or a shapefile"
        raise layer.refused(why, hint) from None
    except (ValueError, RecursionError) as error:
        why = f"it is neither GeoJSON ({error}) nor a GeoPackage nor a shapefile"
        hint = "save it as one of these; unpack it first if it is packed"
        raise layer.refused(why, hint) from None


def _crs(crs: Any) -> CRS | None:  # noqa: ANN401  # any JSON value
    if crs is None:
        return None
    properties = crs.get("properties") if isinstance(crs, dict) else None
    if not isinstance(properties, dict) or crs.get("type") != "name":
        why = "its crs is no name of a coordinate system"
        if isinstance(crs, dict) and crs.get("type") == "link":
            why = "its crs is a link to an address, and links are not followed"
        raise layer.refused(why, layer.SAVE_IN_DEGREES)
    return layer.crs_of_name(str(properties.get("name")))


def _feature_shape(feature: object, root: object) -> shapely.Geometry | None:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise ValueError("it is no feature")
    geometry = feature.get("geometry")
    for member in (feature, geometry):
        if member is not root and isinstance(member, dict) and member.get("crs") is not None:
            raise ValueError("it has a crs of its own; " + layer.SAVE_IN_DEGREES)
    if not isinstance(feature.get("properties") or {}, dict):
        raise ValueError("its properties are no object")  # noqa: TRY004  # a fault of the file, as the others are
    return None if geometry is None else _shape(geometry)


def _shape(geometry: object) -> shapely.Geometry | None:
    if not isinstance(geometry, dict) or geometry.get("type") not in _GEOMETRIES:
        raise ValueError("its geometry is of no known type")
    if geometry["type"] in _OTHERS:
        return None
    parts = _list(geometry.get("coordinates"))
    if geometry["type"] == "Polygon":
        return layer.polygon(map(_ring, parts)) if parts else None
    return shapely.MultiPolygon([layer.polygon(map(_ring, _list(part))) for part in parts])


def _ring(positions: object) -> NDArray[np.float64]:
    pairs = [position[:2] for position in map(_list, _list(positions))]
    numbers = (int, float)
    if not all([type(degrees) in numbers for degrees in pair] == [True, True] for pair in pairs):
        raise ValueError("a position is no list of two numbers")
    return np.array(pairs, dtype=np.float64).reshape(-1, 2)


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("its coordinates are no lists")  # noqa: TRY004  # a fault of the file
    return value
