"""Districts: what their names come to, and which one a point lies in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

import shapely

from routeplan.errors import Fault, InputError
from routeplan.villages.names import words

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Districts", "Naming", "district_key", "district_keys", "read_districts"]

_TITLES = frozenset(
    word
    for word in words(
        "район ауданы аудан аудандық district rayon raion область облысы облыс oblast oblysy "
        "region городская администрация г а қ ә им имени атындағы атын город қаласы"
    )
)
_ADJECTIVE = re.compile(r"(?:(?:in|en|ov|ev)?sk)(?:i|a|oe)?$")
_SHORTEST = 3
_CODES = ("kato", "code", "adm2_pcode")
_NAMES = ("name", "adm2_", "district", "shapename", "rayon", "nazv")
_OBLASTS = ("adm1_", "region", "oblast")


@lru_cache(maxsize=5_000)
def district_key(name: str) -> str:
    """Return the skeleton of a district's name, without what tells that it is one."""
    core = [word for word in words(name) if word not in _TITLES]
    return "".join(core or words(name))


@lru_cache(maxsize=5_000)
def district_keys(name: str) -> frozenset[str]:
    """Return what the name of a district may come to: Абайский and Абай ауданы share one.

    Examples
    --------
    >>> sorted(area_keys("Аксуатский район") & area_keys("Ақсуат ауданы"))
    ['aksuat']
    """
    folded = district_key(name)
    shapes = {folded, re.sub("sk(?:i|a|oe)$", "", folded), _ADJECTIVE.sub("", folded)}
    # A final vowel is lost before -ский: Алга, Алгинский.
    shapes |= {re.sub("[aeio]$", "", shape) for shape in shapes}
    return frozenset(shape for shape in shapes if len(shape) >= _SHORTEST)


class Naming(Protocol):
    """What knows districts by their names, as the register does."""

    def district_of_polygon(self, code: str, names: tuple[str, ...], oblast: str) -> str:
        """Return the code of the district that a polygon is, empty where it is not known."""


@dataclass(frozen=True, slots=True, eq=False)
class Districts:
    """Polygons of districts.

    Parameters
    ----------
    codes
        The district of each polygon, as the register has it; else the polygon's own code.
    names
        What each polygon is called.
    shapes
        The polygons, in WGS 84.
    """

    codes: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]
    shapes: NDArray[np.object_]

    def of_points(self, points: NDArray[np.float64]) -> list[str]:
        """Return the district that each point lies in, empty where it lies in none.

        Parameters
        ----------
        points
            Shape (n, 2), lat and lon, degrees.
        """
        tree = shapely.STRtree(self.shapes)
        inside, shape = tree.query(
            shapely.points(points[:, 1], points[:, 0]), predicate="intersects"
        )
        found = [""] * len(points)
        for point, n in sorted(zip(inside.tolist(), shape.tolist(), strict=True), reverse=True):
            found[point] = self.codes[n]
        return found

    def called(self, name: str) -> str:
        """Return the district of a name; empty where it is not one for sure."""
        keys = district_keys(name)
        fits = {
            code
            for code, names in zip(self.codes, self.names, strict=True)
            if any(keys & district_keys(one) for one in names)
        }
        return fits.pop() if len(fits) == 1 else ""


def read_districts(path: Path, naming: Naming | None = None) -> Districts:
    """Read polygons of districts (GeoJSON, GeoPackage, shapefile).

    Parameters
    ----------
    path
        The file. Its columns are known by their beginnings: ``KATO`` or ``code`` for the code,
        ``ADM2_…``, ``name…`` or ``district…`` for names, ``ADM1_…`` or ``region…`` for oblasts.
    naming
        The register, whose codes then stand for the districts.

    Raises
    ------
    InputError
        Where it cannot be read, or holds no polygons with names.
    """
    from routeplan.polygons import read_polygons  # noqa: PLC0415  # takes long to load

    table = read_polygons(path)
    texts = table.columns
    code = next((head for head in texts if head.lower() in _CODES), None)
    called = [head for head in texts if head != code and _begins(head, _NAMES)]
    if not called or shapely.is_missing(table.shapes).any():
        message = "holds no polygons of districts with names"
        raise InputError(
            [Fault(str(path), message, "its columns may be called KATO, name, name_ru")]
        )
    rows = zip(*(texts[head] for head in called), strict=True)
    names = tuple(tuple(dict.fromkeys(filter(None, row))) for row in rows)
    own = texts[code] if code else tuple(row[0] if row else "" for row in names)
    oblast = next((head for head in reversed([*texts]) if _begins(head, _OBLASTS)), None)
    oblasts = texts[oblast] if oblast else [""] * len(names)
    codes = own
    if naming is not None:
        named = map(naming.district_of_polygon, own, names, oblasts)
        codes = tuple(code or n for code, n in zip(named, own, strict=True))
    return Districts(codes, names, table.shapes)


def _begins(head: str, beginnings: tuple[str, ...]) -> bool:
    # A code of another office is no name.
    return head.lower().startswith(beginnings) and "code" not in head.lower()
