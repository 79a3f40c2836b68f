"""Files of OpenStreetMap: opened, checked, and which version of each object counts."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import os
import re
from array import array
from typing import IO, TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np
import osmium
from osmium.osm import NODE, RELATION, WAY

from routeplan.errors import RoadError, RouteplanError
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray
    from osmium import BaseFilter

    OsmItem = osmium.osm.Node | osmium.osm.Way | osmium.osm.Relation

T = TypeVar("T")

# Compressed files up to this size are checked for their unpacked size.
LARGEST_CHECKED = 32 * 2**20
LARGEST_RATIO = 100
UNPACKED_BYTES = 64 * 2**20

# pyosmium's position of a node that the file does not hold.
UNKNOWN = 2**31 - 1

# Files up to this size are looked through for objects that are there twice or have been edited.
_LARGEST_LOOKED_THROUGH = {".osm": 16 * 2**20, ".gz": 2 * 2**20, ".bz2": 2 * 2**20, ".pbf": 2**19}
_PIECE = 2**22
_NOT_READ = (osmium.osm.Area, osmium.osm.Changeset)
_KINDS = "nwr"
_RANK = {kind: n for n, kind in enumerate(_KINDS)}


class OutOfOrderError(Exception):
    """A file is not sorted, so that an object may be in it twice; or it has unsaved objects."""


class _Current(NamedTuple):
    """The version of an object that counts, and whether it is a deleted one."""

    version: int
    deleted: bool


class Versions:
    """Which objects of a file count: of several versions the newest, unless it is deleted.

    Without a table of the objects that are there twice, objects must come in their order; else
    OutOfOrderError is raised.

    Parameters
    ----------
    repeated
        Objects that are there twice, or deleted; None for those of a file not looked through.
    positions
        Of nodes that libosmium does not find: unsaved ones, which have negative ids, those that
        are there twice, and all where ways come before nodes.
    """

    def __init__(
        self,
        repeated: Mapping[tuple[str, int], _Current] | None = None,
        positions: Mapping[int, tuple[int, int]] | None = None,
    ) -> None:
        self.positions = positions or {}
        self._repeated = repeated
        self._seen: set[tuple[str, int]] = set()
        self._last = (0, 0)

    def counts(self, item: OsmItem) -> bool:
        """Return whether an object of the file counts; it may be asked once for each object."""
        key = (item.type_str(), item.id)
        if self._repeated is None:
            place = (_RANK[key[0]], key[1])
            if place <= self._last or key[1] < 0 or item.deleted:
                raise OutOfOrderError
            self._last = place
            return True
        current = self._repeated.get(key)
        if current is None:
            return True
        if current.deleted or item.version != current.version or key in self._seen:
            return False
        self._seen.add(key)
        return True

    def check_saved(self, nodes: NDArray[np.int64]) -> None:
        """Refuse unsaved nodes of a file that was not looked through."""
        if self._repeated is None and (nodes < 0).any():
            raise OutOfOrderError


def read_current(path: Path, read: Callable[[Versions], T]) -> T:
    """Read a file by a function that asks for each object whether it counts.

    A file that is large and sorted is read at once; any other is looked through before.

    Raises
    ------
    RoadError
        Where it is missing, empty, damaged or cut off.
    """
    with reading(path):
        if not _is_suspect(path):
            with contextlib.suppress(OutOfOrderError):
                return read(Versions())
        return read(_look_through(path))


def _is_suspect(path: Path) -> bool:
    """Return whether objects may be there twice, deleted or unsaved, as far as is quickly seen."""
    suffix = path.suffix.lower()
    if path.stat().st_size <= _LARGEST_LOOKED_THROUGH.get(suffix, 0):
        return True
    if suffix != ".pbf":
        marks = (b"action=", b'visible="false', b"visible='false")
        return any(mark in piece for piece in _pieces(path) for mark in marks)
    return bool(open_osm(path, NODE).header.has_multiple_object_versions)


def _pieces(path: Path) -> Iterator[bytes]:
    """Yield the text of an XML file in pieces that end with a tag."""
    with _opened(path) as file:
        rest = b""
        while piece := file.read(_PIECE):
            whole, end, left = (rest + piece).rpartition(b">")
            yield whole + end
            rest = left


def _opened(path: Path) -> IO[bytes] | gzip.GzipFile | bz2.BZ2File:
    match path.suffix.lower():
        case ".gz":
            return gzip.open(path)
        case ".bz2":
            return bz2.open(path)
    return path.open("rb")


_DELETED = re.compile(rb"<(node|way|relation)\b([^>]*\baction=[\"']delete[\"'][^>]*)>")
_ID = re.compile(rb"\bid=[\"'](-?\d+)[\"']")


def _deleted_in_editor(path: Path) -> set[tuple[str, int]]:
    """Return the objects that an editor has marked as deleted, which libosmium does not know."""
    if path.suffix.lower() == ".pbf":
        return set()
    return {
        (found[1][:1].decode(), int(number[1]))
        for piece in _pieces(path)
        if b"action=" in piece
        for found in _DELETED.finditer(piece)
        if (number := _ID.search(found[2]))
    }


def _look_through(path: Path) -> Versions:
    deleted = _deleted_in_editor(path)
    # Of each kind, by object: its number, and twice its version, one more where it is deleted.
    numbers = {kind: array("q") for kind in _KINDS}
    states = {kind: array("q") for kind in _KINDS}
    lats, lons = array("i"), array("i")
    nodes_after_ways = False
    for item in read_items(path, NODE | WAY | RELATION):
        kind = item.type_str()
        numbers[kind].append(item.id)
        states[kind].append(2 * item.version + (item.deleted or (kind, item.id) in deleted))
        if isinstance(item, osmium.osm.Node):
            lats.append(item.location.y)
            lons.append(item.location.x)
            nodes_after_ways = nodes_after_ways or len(numbers["w"]) > 0
    repeated: dict[tuple[str, int], _Current] = {}
    for kind in _KINDS:
        ids, state = np.array(numbers[kind]), np.array(states[kind])
        newest, several = _newest(ids, state)
        odd = newest[several | (state[newest] % 2 == 1)]
        for number, now in zip(ids[odd].tolist(), state[odd].tolist(), strict=True):
            repeated[kind, number] = _Current(now // 2, bool(now % 2))
    ids, state = np.array(numbers["n"]), np.array(states["n"])
    newest, several = _newest(ids, state)
    asked = newest[several | (state[newest] % 2 == 1) | (ids[newest] < 0) | nodes_after_ways]
    where = np.column_stack((np.array(lats), np.array(lons)))[asked]
    where[state[asked] % 2 == 1] = UNKNOWN
    positions = dict(zip(ids[asked].tolist(), map(tuple, where.tolist()), strict=True))
    return Versions(repeated, positions)


def _newest(
    ids: NDArray[np.int64], states: NDArray[np.int64]
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return the newest object of each id, and whether there are several of that id."""
    order = np.lexsort((states, ids))
    ends = np.flatnonzero(np.append(np.diff(ids[order]) != 0, [True] * min(len(ids), 1)))
    return order[ends], np.diff(ends, prepend=-1) > 1


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Refuse a file that cannot be opened, and translate what pyosmium raises."""
    if path.is_dir():
        raise RoadError(_("{path} is a folder; name a file of OpenStreetMap data", path=path))
    if not path.is_file():
        raise RoadError(_("{path} does not exist; name a file of OpenStreetMap data", path=path))
    if not os.access(path, os.R_OK):
        raise RoadError(_("{path} may not be read; check the rights to the file", path=path))
    if path.stat().st_size == 0:
        raise RoadError(_("{path} is empty; copy or download it again", path=path))
    try:
        _check_compression(path)
        yield
    except RouteplanError:
        raise
    except (RuntimeError, OSError, EOFError, ValueError, osmium.InvalidLocationError) as error:
        raise RoadError(
            _(
                "{path} could not be read as OpenStreetMap data ({error}); "
                "it is damaged, cut off, or something else: copy or download it again",
                path=path,
                error=error,
            )
        ) from error


def _check_compression(path: Path) -> None:
    """Refuse a small file that expands without end; text is compressed to a tenth or so."""
    size = path.stat().st_size
    suffix = path.suffix.lower()
    if suffix not in (".gz", ".bz2") or size > LARGEST_CHECKED:
        return
    left = max(UNPACKED_BYTES, LARGEST_RATIO * size)
    with gzip.open(path) if suffix == ".gz" else bz2.open(path) as file:
        while left > 0 and (piece := file.read(2**20)):
            left -= len(piece)
    if left <= 0:
        raise RoadError(
            _(
                "{path} is over {n} times as large when unpacked; no map is so",
                path=path,
                n=LARGEST_RATIO,
            )
        )


def open_osm(path: Path, kinds: osmium.osm.osm_entity_bits) -> osmium.FileProcessor:
    """Return a reader of a file of OpenStreetMap data.

    libosmium takes a path that begins with ``http:`` for an address and fetches it, also where
    a folder of that name exists; an absolute path never begins so.
    """
    return osmium.FileProcessor(str(path.absolute()), kinds)


def read_items(
    path: Path, kinds: osmium.osm.osm_entity_bits, *filters: BaseFilter, locations: bool = False
) -> Iterator[OsmItem]:
    """Yield nodes, ways and relations that pass all filters, which run in C++."""
    processor = open_osm(path, kinds)
    if locations:
        processor = processor.with_locations()
    for one in filters:
        processor = processor.with_filter(one)
    for item in processor:
        if not isinstance(item, _NOT_READ):
            yield item
