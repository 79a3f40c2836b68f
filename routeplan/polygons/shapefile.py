"""Shapefiles: the shapes of a ``.shp`` and, of what lies beside it, the table and two texts."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from routeplan.errors import Faults
from routeplan.polygons.layer import Layer, polygon, refused, table_of
from routeplan.polygons.positions import crs_of_wkt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["BESIDE", "SHAPEFILE", "parse_shapefile"]

SHAPEFILE = b"\0\0\x27\x0a"
BESIDE = (".dbf", ".prj", ".cpg")
"""Endings of the files that are read beside a ``.shp``; what else lies there is not opened."""

_HEADER = 100
_POLYGONS = (5, 15, 25)
_OTHERS = (0, 1, 3, 8, 11, 13, 18, 21, 23, 28, 31)
# Pairs of a hole and an outer ring of one shape.
_MOST_TRIED = 1_000_000
_DELETED = b"*"
_FIELD = 32

# By the number in a table's head, where no text beside it names an encoding.
_LANGUAGES = {
    **dict.fromkeys((0x26, 0x65), "cp866"),
    **dict.fromkeys((0x03, 0x57, 0x58, 0x59), "cp1252"),
    **dict.fromkeys((0x01,), "cp437"),
    **dict.fromkeys((0x02,), "cp850"),
    **dict.fromkeys((0xC9,), "cp1251"),
    **dict.fromkeys((0xC8,), "cp1250"),
    **dict.fromkeys((0xCA,), "cp1254"),
}
_PAGES = frozenset((437, 850, 852, 855, 866, *range(1250, 1259)))


def parse_shapefile(data: bytes, beside: dict[str, bytes]) -> Layer:
    """Return the rows of a shapefile.

    Parameters
    ----------
    data
        What the ``.shp`` holds.
    beside
        What lies beside it, by ending; see `BESIDE`.

    Raises
    ------
    InputError
        Where it is damaged, with each record that is; or where the text of its table is in an
        encoding that is not named.
    """
    faults, shapes = Faults(), []
    for number, record in enumerate(_records(data)):
        try:
            shapes.append(_shape(record))
        except (ValueError, struct.error, shapely.errors.ShapelyError) as error:
            faults.add(f"record {number + 1}", f"is damaged: {error}")
    faults.raise_any()
    rows: list[dict[str, str] | None] = [{} for _ in shapes]
    if ".dbf" in beside:
        rows = list(_table(beside[".dbf"], beside.get(".cpg", b"")))
        if len(rows) != len(shapes):
            why = f"it has {len(shapes):,} shapes, and its .dbf {len(rows):,} rows"
            raise refused(why, "copy all of its files again")
    crs = None
    if beside.get(".prj", b"").strip():
        crs = crs_of_wkt(beside[".prj"].decode("utf-8-sig", errors="replace").strip())
    left = np.full(sum(row is not None for row in rows), None)
    left[:] = [shape for shape, row in zip(shapes, rows, strict=True) if row is not None]
    return Layer(table_of([row for row in rows if row is not None]), left, crs)


def _records(data: bytes) -> Iterator[bytes]:
    at = _HEADER
    while at < len(data):
        words = int.from_bytes(data[at + 4 : at + 8], "big", signed=True)
        at += 8
        if not 0 < words <= (len(data) - at) // 2:
            raise refused("its .shp is cut off or damaged", "copy all of its files again")
        yield data[at : at + 2 * words]
        at += 2 * words


def _shape(record: bytes) -> shapely.Geometry | None:
    (kind,) = struct.unpack_from("<i", record)
    if kind in _OTHERS:
        return None
    if kind not in _POLYGONS:
        raise ValueError("its shape is of no known type")
    parts, points = struct.unpack_from("<2i", record, 36)
    end = 44 + 4 * parts + 16 * points
    if not (0 <= parts <= points and end <= len(record)):
        raise ValueError("its shape is cut off")
    starts = np.frombuffer(record, "<i4", parts, 44)
    flat = np.frombuffer(record, "<f8", 2 * points, 44 + 4 * parts).astype(np.float64)
    if parts and (starts[0] != 0 or (np.diff(starts) <= 0).any() or starts[-1] >= points):
        raise ValueError("its rings do not follow each other")
    rings = [polygon([ring]) for ring in np.split(flat.reshape(-1, 2), starts[1:]) if len(ring)]
    return _assembled(np.array(rings, dtype=object))


def _assembled(rings: NDArray[np.object_]) -> shapely.Geometry:
    """Return one shape of rings: those that run clockwise are outer ones, the others holes."""
    edges = shapely.get_exterior_ring(rings)
    holes = shapely.is_ccw(edges)
    if holes.all():
        holes[:] = False  # drawn the wrong way round
    outer, tree = rings[~holes], shapely.STRtree(rings[~holes])
    areas, tried = shapely.area(outer), 0
    shapely.prepare(outer)
    cut: list[list[Any]] = [[] for _ in areas]
    alone = []
    for edge in edges[holes]:
        near = tree.query(edge)
        tried += len(near)
        if tried > _MOST_TRIED:
            raise ValueError("too many of its rings lie within each other")
        around = near[shapely.covers(outer[near], edge)]
        if len(around):
            cut[around[np.argmin(areas[around])]].append(edge)
        else:
            alone.append(shapely.Polygon(edge))
    pairs = zip(edges[~holes], cut, strict=True)
    whole = [shapely.Polygon(edge, within) for edge, within in pairs] + alone
    return whole[0] if len(whole) == 1 else shapely.MultiPolygon(whole)


def _table(data: bytes, named: bytes) -> Iterator[dict[str, str] | None]:
    """Yield the row of each record of a ``.dbf``, None for one that is deleted."""
    if len(data) < _FIELD:
        raise refused("its .dbf is cut off", "copy all of its files again")
    count, head, size = struct.unpack_from("<IHH", data, 4)
    fields, at = [], 1
    encoding = _encoding(named, data[29])
    for start in range(_FIELD, head - _FIELD, _FIELD):
        field = data[start : start + _FIELD]
        if field[:1] == b"\r" or len(field) < _FIELD:
            break
        name = _decoded(field[:11].split(b"\0")[0], encoding)
        fields.append((name, slice(at, at + field[16])))
        at += field[16]
    if at > size or head + count * size > len(data):
        raise refused("its .dbf is cut off or damaged", "copy all of its files again")
    for start in range(head, head + count * size, size):
        record = data[start : start + size]
        if record[:1] == _DELETED:
            yield None
            continue
        yield {name: _decoded(record[part], encoding) for name, part in fields}


def _decoded(raw: bytes, encoding: str) -> str:
    raw = raw.rstrip(b"\0 ")
    try:
        return raw.decode(encoding).strip()
    except UnicodeDecodeError as error:
        # A long text may be cut within its last letter.
        if encoding == "utf-8" and error.end == len(raw) and error.reason.startswith("unexpected"):
            return raw[: error.start].decode(encoding).strip()
        why = f"the text of its .dbf is not in {encoding}"
        hint = "name its encoding in a file .cpg beside it, as 1251"
        raise refused(why, hint) from None


def _encoding(named: bytes, language: int) -> str:
    word = named.decode("ascii", errors="replace").strip().lower()
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
