"""What the readers of all formats share: polygons of rings, coordinate systems, limits.

Nothing that a file says reaches PROJ but an EPSG code, or a description made of known words:
others can name files and addresses of grids.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import ProjError
from pyproj.network import (  # type: ignore[attr-defined]  # compiled, without stubs
    is_network_enabled,
    set_network_enabled,
)

from routeplan.errors import Fault, Faults, InputError
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    Layer = tuple[Sequence[Mapping[str, Any]], NDArray[np.object_], pyproj.CRS | None]
    # Attributes and polygon (or None) of each row; the coordinate system if the file has one.

_LARGEST_COORDINATE = 1e9  # metres or degrees; those of grids are in the millions
_LEAST_POSITIONS = 4
_NAME = re.compile(r"(?i)(?:urn:(?:x-)?ogc:def:crs:)?(EPSG|OGC):(?:[0-9.]*:)?(CRS84|[0-9]{1,9})")
_TEXT = re.compile(r'"[^"]*"')
# The words of coordinate systems on the ground, old and new spelling of WKT.
_WORDS = frozenset(
    re.findall(
        r"\w+",
        "GEOGCS PROJCS DATUM SPHEROID PRIMEM UNIT PROJECTION PARAMETER AUTHORITY AXIS TOWGS84 "
        "GEOGCRS GEODCRS GEOGRAPHICCRS GEODETICCRS PROJCRS PROJECTEDCRS BASEGEOGCRS BASEGEODCRS "
        "GEODETICDATUM TRF DYNAMIC FRAMEEPOCH ENSEMBLE MEMBER ENSEMBLEACCURACY ELLIPSOID "
        "PRIMEMERIDIAN CONVERSION METHOD CS ORDER MERIDIAN BEARING ANCHOR ANGLEUNIT LENGTHUNIT "
        "SCALEUNIT ID USAGE SCOPE AREA BBOX",
    )
)
_LONGEST_WKT, _DEEPEST_WKT = 20_000, 20
T = TypeVar("T")


def save_in_degrees() -> str:
    """Return what to do with a file whose positions are not understood."""
    return _("save it in WGS 84 (EPSG:4326)")


def refused(why: str, hint: str = "") -> InputError:
    """Return the error of a file that cannot be read."""
    message = _("cannot be read as a layer of polygons: {why}", why=why)
    return InputError([Fault("", message, hint)])


def parse_shapes(
    records: Iterable[tuple[str, T]], parse: Callable[[T], shapely.Geometry | None]
) -> NDArray[np.object_]:
    """Parse the shape of each record, given with its place; name every damaged one."""
    faults, shapes = Faults(), []
    for where, record in records:
        try:
            shapes.append(parse(record))
        except (ValueError, OverflowError, struct.error, shapely.errors.ShapelyError) as error:
            faults.add(where, _("is damaged: {error}", error=error))
    faults.raise_any()
    return np.array(shapes, dtype=np.object_)


def polygon(rings: Iterable[NDArray[np.float64]]) -> shapely.Polygon:
    """Return the polygon of some rings of shape (n, 2), the outer one first; close open rings."""
    closed = []
    for ring in rings:
        if not (np.abs(ring) <= _LARGEST_COORDINATE).all():
            raise ValueError(_("a position is outside of every coordinate system"))
        if len(ring) and (ring[0] != ring[-1]).any():
            ring = np.vstack((ring, ring[:1]))  # noqa: PLW2901  # the same ring, closed
        if len(ring) < _LEAST_POSITIONS:
            raise ValueError(_("a ring has fewer than three corners"))
        closed.append(ring)
    if not closed:
        raise ValueError(_("a polygon has no ring"))
    return shapely.Polygon(closed[0], closed[1:])


def crs_of_name(name: str) -> pyproj.CRS:
    """Return the coordinate system of a name such as ``urn:ogc:def:crs:EPSG::32643``."""
    match = _NAME.fullmatch(name)
    if match is None or (match[1].upper() == "EPSG") is (match[2].upper() == "CRS84"):
        why = _("its coordinate system {name!r} is not known", name=name[:80])
        raise refused(why, save_in_degrees())
    return crs_of_code(4326 if match[1].upper() == "OGC" else int(match[2]))


def crs_of_code(code: int) -> pyproj.CRS:
    """Return the coordinate system of an EPSG code."""
    try:
        return pyproj.CRS.from_epsg(code)
    except (ProjError, OverflowError):
        why = _("its coordinate system EPSG:{code} is not known", code=code)
        raise refused(why, save_in_degrees()) from None


def crs_of_wkt(text: str) -> pyproj.CRS:
    """Return the coordinate system of a well-known text that names no file or address."""
    texts, rest = _TEXT.findall(text), _TEXT.sub('""', text)
    words = set(re.findall(r"[^\W0-9]\w*(?=\s*[\[(])", rest))
    unknown = sorted(word for word in words if word.upper() not in _WORDS)
    # Names of methods may hold settings of PROJ, and these the names of files.
    unknown += [word for word in texts if re.search(r'[=\\@+]|//|^"PROJ ', word)]
    if unknown:
        why = _(
            "its description of coordinates has a part {part} that is not known",
            part=unknown[0][:80],
        )
        raise refused(why, save_in_degrees())
    levels = np.cumsum([0, *((c in "[(") - (c in "])") for c in rest)])
    if len(text) > _LONGEST_WKT or levels.max() > _DEEPEST_WKT:
        raise refused(_("its description of coordinates is too long"), save_in_degrees())
    try:
        return pyproj.CRS.from_wkt(text)
    except ProjError:
        raise refused(_("its description of coordinates is damaged"), save_in_degrees()) from None


def to_degrees(shapes: NDArray[np.object_], crs: pyproj.CRS | None) -> NDArray[np.object_]:
    """Return shapes in degrees of WGS 84, x being lon; without a system they must be in them."""
    network = is_network_enabled()
    set_network_enabled(active=False)  # else the environment can make PROJ download grids
    try:
        if crs is not None:
            transform = pyproj.Transformer.from_crs(crs, 4326, always_xy=True).transform
            shapes = shapely.transform(shapes, lambda xy: np.column_stack(transform(*xy.T)))
    except (ProjError, shapely.errors.ShapelyError) as error:
        why = _("its positions are outside of its coordinate system: {error}", error=error)
        raise refused(why, save_in_degrees()) from None
    finally:
        set_network_enabled(active=network)
    if not (np.abs(shapely.get_coordinates(shapes)) <= (180, 90)).all():
        why = _("it is not in degrees, and does not name its coordinate system")
        raise refused(why, save_in_degrees())
    return shapes
