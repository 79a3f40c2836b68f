"""Coordinate systems that files name, and their positions as degrees.

Nothing that a file says reaches PROJ but an EPSG code, or a description made of words that are
known: others can name files and addresses of grids.
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import ProjError
from pyproj.network import (  # type: ignore[attr-defined]
    is_network_enabled,
    set_network_enabled,
)

from routeplan.polygons.layer import refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["SAVE_IN_DEGREES", "crs_of_code", "crs_of_name", "crs_of_wkt", "to_degrees"]

SAVE_IN_DEGREES = "save it in WGS 84 (EPSG:4326)"

_NAME = re.compile(
    r"(?:urn:(?:x-)?ogc:def:crs:)?(EPSG|OGC):(?:[0-9.]*:)?(CRS84|[0-9]{1,9})", re.IGNORECASE
)
_TEXT = re.compile(r'"[^"]*"')
# The words of coordinate systems on the ground, old and new spelling of WKT.
_WORDS = frozenset(
    (
        *("GEOGCS", "PROJCS", "DATUM", "SPHEROID", "PRIMEM", "UNIT", "PROJECTION"),
        *("PARAMETER", "AUTHORITY", "AXIS", "TOWGS84", "GEOGCRS", "GEODCRS"),
        *("GEOGRAPHICCRS", "GEODETICCRS", "PROJCRS", "PROJECTEDCRS", "BASEGEOGCRS"),
        *("BASEGEODCRS", "GEODETICDATUM", "TRF", "DYNAMIC", "FRAMEEPOCH", "ENSEMBLE"),
        *("MEMBER", "ENSEMBLEACCURACY", "ELLIPSOID", "PRIMEMERIDIAN", "CONVERSION"),
        *("METHOD", "CS", "ORDER", "MERIDIAN", "BEARING", "ANCHOR", "ANGLEUNIT"),
        *("LENGTHUNIT", "SCALEUNIT", "ID", "USAGE", "SCOPE", "AREA", "BBOX"),
    )
)
_LONGEST = 20_000
_DEEPEST = 20


def crs_of_name(name: str) -> pyproj.CRS:
    """Return the coordinate system of a name such as ``urn:ogc:def:crs:EPSG::32643``.

    Raises
    ------
    InputError
        Where it is no code of EPSG, nor ``CRS84``.
    """
    match = _NAME.fullmatch(name)
    if match is None or (match[1].upper() == "EPSG") is (match[2].upper() == "CRS84"):
        raise refused(f"its coordinate system {name[:80]!r} is not known", SAVE_IN_DEGREES)
    return crs_of_code(4326 if match[1].upper() == "OGC" else int(match[2]))


def crs_of_code(code: int) -> pyproj.CRS:
    """Return the coordinate system of an EPSG code.

    Raises
    ------
    InputError
        Where there is none.
    """
    try:
        return pyproj.CRS.from_epsg(code)
    except (ProjError, OverflowError):
        why = f"its coordinate system EPSG:{code} is not known"
        raise refused(why, SAVE_IN_DEGREES) from None


def crs_of_wkt(text: str) -> pyproj.CRS:
    """Return the coordinate system that is described as well-known text.

    Raises
    ------
    InputError
        Where the description is damaged, or names a file, an address, or what else is not known.
    """
    texts, rest = _TEXT.findall(text), _TEXT.sub('""', text)
    words = set(re.findall(r"[^\W0-9]\w*(?=\s*[\[(])", rest))
    odd = sorted(word for word in words if word.upper() not in _WORDS)
    # Names of methods may hold settings of PROJ, and these the names of files.
    odd += [word for word in texts if re.search(r'[=\\@+]|//|^"PROJ ', word)]
    depth = max(np.cumsum([(c in "[(") - (c in "])") for c in rest]), default=0)
    if odd or len(text) > _LONGEST or depth > _DEEPEST:
        what = f"has a part {odd[0][:80]} that is not known" if odd else "is too long"
        raise refused(f"its description of coordinates {what}", SAVE_IN_DEGREES)
    try:
        return pyproj.CRS.from_wkt(text)
    except ProjError:
        raise refused("its description of coordinates is damaged", SAVE_IN_DEGREES) from None


def to_degrees(shapes: NDArray[np.object_], crs: pyproj.CRS | None) -> NDArray[np.object_]:
    """Return shapes in degrees of WGS 84, x being lon.

    Parameters
    ----------
    shapes
        Geometries, or None.
    crs
        How their positions are to be read; None for degrees.

    Raises
    ------
    InputError
        Where that gives no degrees.
    """
    try:
        with _without_network():
            if crs is not None:
                turn = pyproj.Transformer.from_crs(crs, 4326, always_xy=True)
                shapes = shapely.transform(
                    shapes, lambda points: np.column_stack(turn.transform(*points.T))
                )
    except (ProjError, shapely.errors.ShapelyError) as error:
        raise refused(f"its positions are none of their grid: {error}", SAVE_IN_DEGREES) from None
    points = shapely.get_coordinates(shapes)
    if not (np.abs(points) <= (180, 90)).all():
        why = "it is not in degrees, and does not say how its coordinates are to be read"
        raise refused(why, SAVE_IN_DEGREES)
    return shapes


@contextlib.contextmanager
def _without_network() -> Iterator[None]:
    """Keep PROJ from fetching grids, which the environment can tell it to do."""
    before = is_network_enabled()
    set_network_enabled(active=False)
    try:
        yield
    finally:
        set_network_enabled(active=before)
