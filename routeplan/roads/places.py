"""Settlements and homes of an OpenStreetMap file, without its roads."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import os
import re
from array import array
from typing import TYPE_CHECKING

import numpy as np
import osmium
from osmium.filter import KeyFilter
from osmium.osm import NODE, WAY

from routeplan.errors import RoadError, RouteplanError
from routeplan.roads.extract import OsmPlace
from routeplan.roads.tags import population

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["check_there", "opened", "place_of", "read_homes", "read_places", "reading"]

# Of files that are packed as a whole: up to which size it is checked what comes out of them.
LARGEST_CHECKED = 32 * 2**20
LARGEST_RATIO = 100
UNPACKED_BYTES = 64 * 2**20

_NAME_KEYS = ("name", "int_name", "official_name", "alt_name", "old_name", "loc_name")
_HOMES = frozenset(
    (
        *("house", "detached", "residential", "semidetached_house", "semi", "terrace"),
        *("apartments", "bungalow", "farm", "hut", "ger", "cabin", "static_caravan", "dormitory"),
    )
)


def read_places(path: Path) -> tuple[OsmPlace, ...]:
    """Read the settlements of an OpenStreetMap file, and nothing else of it.

    Raises
    ------
    RoadError
        Where the file is missing, empty, damaged or cut off.
    """
    with reading(path):
        items = opened(path, NODE).with_filter(KeyFilter("place"))
        nodes = (item for item in items if isinstance(item, osmium.osm.Node))
        return tuple(place for node in nodes if (place := place_of(node)) is not None)


def read_homes(path: Path, *, untyped: bool = False) -> tuple[NDArray[np.float64], int]:
    """Read where people's homes stand: buildings that are residential by their tag.

    Parameters
    ----------
    path
        The OpenStreetMap file.
    untyped
        Count ``building=yes`` too, of which the map does not tell what it is.

    Returns
    -------
    array of shape (n, 2), and int
        Lat and lon of each home, a house of flats once for each flat that it is tagged with; and
        how many buildings of no kind the file has.

    Raises
    ------
    RoadError
        Where the file is missing, empty, damaged or cut off.
    """
    points = array("d")
    without_kind = 0
    with reading(path):
        for kind, flats, point in _buildings(path):
            without_kind += kind == "yes"
            if kind in _HOMES or (untyped and kind == "yes"):
                points.extend(point * flats)
    return np.array(points, dtype=np.float64).reshape(-1, 2), without_kind


def place_of(node: osmium.osm.Node) -> OsmPlace | None:
    """Return the settlement that a node is, None where it is none."""
    kind = node.tags.get("place")
    if not kind or not node.location.valid():
        return None
    names = {
        tag.k: tag.v
        for tag in node.tags
        if tag.k in _NAME_KEYS or tag.k.startswith(("name:", "old_name:"))
    }
    return OsmPlace(
        id=f"n{node.id}",
        kind=kind,
        name=names.get("name") or next(iter(names.values()), ""),
        names=names,
        lat=node.location.lat,
        lon=node.location.lon,
        population=population(node.tags.get("population") or ""),
    )


def check_there(path: Path) -> None:
    """Refuse a file that cannot be opened at all.

    Raises
    ------
    RoadError
        Where it is missing, a folder, empty, or may not be read.
    """
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise RoadError(f"{path} {what}; name a file of OpenStreetMap data")
    if not os.access(path, os.R_OK):
        raise RoadError(f"{path} may not be read; check the rights to the file")
    if path.stat().st_size == 0:
        raise RoadError(f"{path} is empty; copy or download it again")


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Check that a file of OpenStreetMap data is there, and catch what pyosmium raises of it.

    Raises
    ------
    RoadError
        Where it cannot be opened, is damaged, or is far larger when unpacked.
    """
    check_there(path)
    try:
        _check_packing(path)
        yield
    except RouteplanError:
        raise
    except (RuntimeError, OSError, EOFError, ValueError, osmium.InvalidLocationError) as error:
        raise RoadError(
            f"{path} could not be read as OpenStreetMap data ({error}); "
            "it is damaged, cut off, or something else: copy or download it again"
        ) from error


def _check_packing(path: Path) -> None:
    """Refuse a small file that was packed to keep its reader busy; text packs to a tenth or so."""
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
            f"{path} is over {LARGEST_RATIO} times as large when unpacked; no map is so"
        )


def opened(path: Path, kinds: osmium.osm.osm_entity_bits) -> osmium.FileProcessor:
    """Return what goes through a file of OpenStreetMap data.

    A path that begins with ``http:`` is an address to libosmium, which has it fetched, also where
    a folder of that name is there; an absolute path never is.
    """
    return osmium.FileProcessor(str(path.absolute()), kinds)


def _buildings(path: Path) -> Iterator[tuple[str, int, tuple[float, float]]]:
    """Yield kind, number of flats and position of each building."""
    processor = opened(path, NODE | WAY).with_locations()
    for item in processor.with_filter(KeyFilter("building")):
        if isinstance(item, osmium.osm.Way):
            corner = next((node for node in item.nodes if node.location.valid()), None)
            if corner is None:
                continue
            point = (corner.location.lat, corner.location.lon)
        elif isinstance(item, osmium.osm.Node) and item.location.valid():
            point = (item.location.lat, item.location.lon)
        else:
            continue
        flats = re.fullmatch("[1-9][0-9]{0,2}", item.tags.get("building:flats") or "")
        yield item.tags["building"], int(flats[0]) if flats else 1, point
