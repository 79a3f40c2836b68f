"""The state's register of settlements (КАТО), as a file of the user, and polygons of districts."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import shapely
from rapidfuzz import fuzz

from routeplan.errors import Fault, Faults, InputError, nearest
from routeplan.language import gettext as _
from routeplan.villages.matching import PlaceRecord
from routeplan.villages.names import name_words
from routeplan.villages.sheets import read_sheet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from routeplan.polygons import Polygons
    from routeplan.villages.cells import Row

# Headers of the register's own workbook and of tables made of it.
_HEADERS: Mapping[str, tuple[str, ...]] = {
    "code": ("kato", "te", "code", "код", "като", "код като", "коды", "әаож"),
    "ru": ("name_ru", "rus_name", "name_rus", "наименование на русском языке", "название"),
    "kk": ("name_kk", "kaz_name", "name_kaz", "наименование на казахском языке", "атауы"),
}
_CODE = re.compile(r"[0-9]{9}")
_DISTRICT_DIGITS = 4
_RURAL_DIGITS = 6
_DISTRICT_WORD = re.compile(r"район|аудан|district|ский\b", re.IGNORECASE)

# Districts split off from others since 2018: older lists and polygons have their villages under
# the predecessors.
_PREDECESSORS: Mapping[str, tuple[str, ...]] = {
    "104100000": ("101000000",),  # Жаңасемей, of Семей
    "615500000": ("612000000", "611000000"),  # Сауран, of Кентау and Түркістан
    "635500000": ("635200000",),  # Марқакөл, of Күршім
    "636300000": ("635400000",),  # Үлкен Нарын, of Катонқарағай
}
# The oblasts into which those of before 2018 and 2022 were split.
_SUCCESSORS: Mapping[str, tuple[str, ...]] = {
    "63": ("63", "10"),  # Шығыс Қазақстан: Абай
    "19": ("19", "33"),  # Алматы: Жетісу
    "35": ("35", "62"),  # Қарағанды: Ұлытау
    "61": ("61", "79"),  # Оңтүстік Қазақстан: Түркістан, Шымкент
}
_OBLAST_NAMES = {
    "южно казахстанская область": "61",
    "оңтүстік қазақстан облысы": "61",
    "north kazakhstan": "59",
    "east kazakhstan": "63",
    "west kazakhstan": "27",
}
# Former names of districts, which lists and people still use.
_FORMER_NAMES: Mapping[str, str] = {
    "Зыряновский": "Алтай",
    "Лебяжинский": "Аққулы",
    "Качирский": "Тереңкөл",
    "Зеленовский": "Бәйтерек",
    "Тарановский": "Беимбет Майлин",
    "Енбекшильдерский": "Біржан сал",
    "Щучинский": "Бурабай",
    "Урдинский": "Бөкей ордасы",
    "Маканчинский": "Мақаншы",
}
_NEAR_SCORE = 86.0
_NEAR_MARGIN = 8.0
_TOWN = re.compile(r"(?!.*о\.)(?:г\.|п\.(?! ?а))")
_CODE_HEADERS = ("kato", "code", "adm2_pcode")
_NAME_PREFIXES = ("name", "adm2_", "district", "shapename", "rayon", "nazv")
_OBLAST_PREFIXES = ("adm1_", "region", "oblast")


@dataclass(frozen=True, slots=True, eq=False)
class Register:
    """Settlements and districts by their codes."""

    settlements: tuple[PlaceRecord, ...]  # each with its district, and the predecessors of that
    districts: Mapping[str, tuple[str, ...]]  # names by code
    oblasts: Mapping[str, tuple[str, ...]]  # names by the first two digits of codes
    rural_districts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # names by code

    def name(self, code: str) -> str:
        """Return the name of a district, in Russian where the register has it."""
        return self.districts[code][0]

    def oblast(self, code: str) -> str:
        """Return the name of the oblast of a code."""
        return self.oblasts.get(code[:2], (code[:2],))[0]

    def location(self, code: str) -> str:
        """Return the rural district, the district and the oblast of a settlement, by its code."""
        rural = self.rural_districts.get(code[:_RURAL_DIGITS] + "000", ("",))[0]
        district = self.districts.get(code[:_DISTRICT_DIGITS] + "00000", ("",))[0]
        return ", ".join(filter(None, (rural, district, self.oblast(code))))

    def district(self, name: str, oblast: str = "") -> str:
        """Return the code of a district by any of its names; empty where it is not one for sure.

        Parameters
        ----------
        name
            ``Аксуатский``, ``Ақсуат ауданы``, ``Aksuat``.
        oblast
            Needed where several have a district of that name; may be the one before a split.
        """
        oblasts = self._oblast_prefixes(oblast) if oblast else set()
        key = district_key(name)
        exact = {code for code, names in self.districts.items() if key in map(district_key, names)}
        for codes in (exact, self._codes(name), self._near_codes(key)):
            found = {code for code in codes if code[:2] in oblasts} if oblasts else codes
            found = self._of_type(found, name)
            if found:
                return found.pop() if len(found) == 1 else ""
        return ""

    def district_of_polygon(self, code: str, names: Sequence[str], oblast: str) -> str:
        """Return the code of the district that a polygon is, or is in, else its own code."""
        if code in self.districts:
            return code
        found = {self.district(name, oblast) for name in names} - {""}
        if len(found) == 1:
            return found.pop()
        above = code[:_DISTRICT_DIGITS] + "00000"
        return above if above in self.districts else code

    def why_no_district(self, name: str) -> tuple[str, str]:
        """Return why a name is not that of one district, and a hint."""
        codes = sorted(self._codes(name))
        if len(codes) > 1:
            several = ", ".join(f"{self.name(code)} ({self.oblast(code)})" for code in codes)
            return (
                _("{name!r} may be {several}", name=name, several=several),
                _("name the oblast too, and write 'район' or 'Г.А.' as the register does"),
            )
        known = [names[0] for names in self.districts.values()]
        message = _("{name!r} is no district of the register", name=name)
        return message, nearest(name, known)

    def _codes(self, name: str) -> set[str]:
        keys = district_keys(name)
        return {code for code, names in self.districts.items() if keys & _keys_of(names)}

    def _of_type(self, codes: set[str], name: str) -> set[str]:
        # A town and the district around it have one name: the word beside it decides.
        if len(codes) < 2 or not _DISTRICT_WORD.search(name):  # noqa: PLR2004  # several
            return codes
        return {code for code in codes if _DISTRICT_WORD.search(self.name(code))} or codes

    def _near_codes(self, key: str) -> set[str]:
        scores = {
            code: max(fuzz.ratio(key, district_key(name)) for name in names)
            for code, names in self.districts.items()
        }
        best = max(scores.values(), default=0.0)
        near = {code for code, score in scores.items() if score > best - _NEAR_MARGIN}
        return near if best >= _NEAR_SCORE else set()

    def _oblast_prefixes(self, name: str) -> set[str]:
        keys = district_keys(name)
        found = {prefix for prefix, names in self.oblasts.items() if keys & _keys_of(names)}
        found |= {prefix for other, prefix in _OBLAST_NAMES.items() if keys & district_keys(other)}
        return {each for prefix in found for each in _SUCCESSORS.get(prefix, (prefix,))}


def with_predecessors(district: str) -> tuple[str, ...]:
    """Return a district, and those that it was split off from and older polygons still have."""
    return (district, *_PREDECESSORS.get(district, ()))


@lru_cache(maxsize=5_000)
def _keys_of(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset().union(*map(district_keys, names))


def read_register(path: Path) -> Register:
    """Read the register from a table (CSV or a workbook).

    Parameters
    ----------
    path
        With columns for the code (``kato`` or ``te``) and the Russian and Kazakh name
        (``name_ru``, ``name_kk``, or as the register's own workbook has them); others are
        ignored.

    Raises
    ------
    InputError
        Where it cannot be read, lacks a column, or holds wrong or repeated codes.
    """
    known = frozenset(name for names in _HEADERS.values() for name in names)
    header, *rows = read_sheet(path, lambda text: text.casefold() in known and text.casefold())
    columns = _positions(header, f"{path.name}:{header.number}")
    faults = Faults()
    by_code: dict[str, tuple[str, ...]] = {}
    for row in rows:
        code, *names = map(row.cell, columns)
        where = f"{path.name}:{row.number} {header.cells[columns[0]]}"
        if not _CODE.fullmatch(code):
            faults.add(where, _("{code!r} is not a code of nine digits", code=code))
        elif code in by_code:
            faults.add(where, _("{value} is there twice", value=code), _("keep one"))
        elif not any(names):
            faults.add(where, _("{code} has no name", code=code))
        else:
            by_code[code] = tuple(dict.fromkeys(filter(None, names)))
    faults.raise_any()
    return _register(by_code)


def _positions(header: Row, where: str) -> list[int]:
    folded = [text.casefold() for text in header.cells]
    found = [[n for n, text in enumerate(folded) if text in names] for names in _HEADERS.values()]
    hint = _("hand over the register as it is published, or with columns kato, name_ru, name_kk")
    faults = Faults()
    for names, positions in zip(_HEADERS.values(), found, strict=True):
        if not positions:
            faults.add(where, _("has no column {name!r}", name=names[0]), hint)
    faults.raise_any()
    return [positions[0] for positions in found]


def _register(by_code: Mapping[str, tuple[str, ...]]) -> Register:
    oblasts: dict[str, tuple[str, ...]] = {}
    districts: dict[str, tuple[str, ...]] = {}
    rural: dict[str, tuple[str, ...]] = {}
    members: dict[str, list[PlaceRecord]] = defaultdict(list)
    for code, names in by_code.items():
        if code.endswith("0" * 7):
            oblasts[code[:2]] = names
        elif code.endswith("0" * 5):
            keys = _keys_of(names)
            former = filter(lambda old: keys & district_keys(_FORMER_NAMES[old]), _FORMER_NAMES)
            districts[code] = (*names, *former)
        # Below a district, 000 ends the codes of towns, which are settlements, and of rural
        # districts, which are not.
        elif not code.endswith("000") or _TOWN.match(names[0]):
            district = code[:_DISTRICT_DIGITS] + "00000"
            members[district].append(PlaceRecord(code, names, with_predecessors(district)))
        else:
            rural[code] = names
    settlements = (place for places in members.values() for place in places)
    return Register(tuple(settlements), districts, oblasts, rural)


@dataclass(frozen=True, slots=True, eq=False)
class Districts:
    """Polygons of districts."""

    codes: tuple[str, ...]  # district of each by the register, else the polygon's own code
    names: tuple[tuple[str, ...], ...]  # names of each
    shapes: NDArray[np.object_]  # in WGS 84

    def of_points(self, points: NDArray[np.float64]) -> list[str]:
        """Return the district that each point is in, empty where it is in none.

        Parameters
        ----------
        points
            Shape (n, 2), lat and lon, degrees.
        """
        pairs = shapely.STRtree(self.shapes).query(
            shapely.points(points[:, 1], points[:, 0]), predicate="intersects"
        )
        found = [""] * len(points)
        for point, shape in sorted(pairs.T.tolist(), reverse=True):
            found[point] = self.codes[shape]
        return found

    def by_name(self, name: str) -> str:
        """Return the district of a name; empty where it is not one for sure."""
        pairs = zip(self.codes, self.names, strict=True)
        fits = {code for code, names in pairs if district_keys(name) & _keys_of(names)}
        return fits.pop() if len(fits) == 1 else ""


def read_districts(path: Path, register: Register | None = None) -> Districts:
    """Read polygons of districts (GeoJSON, GeoPackage, shapefile).

    Parameters
    ----------
    path
        The file. Its columns are recognised by prefixes: ``KATO`` or ``code`` for the code,
        ``ADM2_…``, ``name…`` or ``district…`` for names, ``ADM1_…`` or ``region…`` for oblasts.
    register
        Its codes then replace the polygons' own.

    Raises
    ------
    InputError
        Where it cannot be read, or holds no polygons with names.
    """
    from routeplan.polygons import read_polygons  # noqa: PLC0415  # takes long to load

    layer = read_polygons(path)
    columns = _columns(layer, _NAME_PREFIXES)
    if not columns or shapely.is_missing(layer.shapes).any():
        message = _("holds no polygons of districts with names")
        hint = _("its columns may be called KATO, name, name_ru")
        raise InputError([Fault(str(path), message, hint)])
    names = tuple(tuple(dict.fromkeys(filter(None, row))) for row in zip(*columns, strict=True))
    codes = tuple(next(iter(row), "") for row in names)
    for header in reversed([*layer.columns]):
        if header.lower() in _CODE_HEADERS:
            codes = layer.columns[header]
    if register is not None:
        oblasts = [("",) * len(names), *_columns(layer, _OBLAST_PREFIXES)][-1]
        codes = tuple(map(register.district_of_polygon, codes, names, oblasts))
    return Districts(codes, names, layer.shapes)


def _columns(layer: Polygons, prefixes: tuple[str, ...]) -> list[tuple[str, ...]]:
    # The code of another office is no name.
    items = [(key.lower(), texts) for key, texts in layer.columns.items()]
    return [texts for key, texts in items if key.startswith(prefixes) and "code" not in key]


_ADJECTIVE = re.compile(r"(?:(?:in|en|ov|ev)?sk)(?:i|a|oe)?$")


_DISTRICT_WORDS = frozenset(
    name_words(
        "район ауданы аудан аудандық district rayon raion область облысы облыс oblast oblysy "
        "region городская администрация г а қ ә им имени атындағы атын город қаласы"
    )
)


_SHORTEST_DISTRICT_KEY = 3


@lru_cache(maxsize=5_000)
def district_key(name: str) -> str:
    """Return the normalised key of a district's name, without words such as район."""
    words = name_words(name)
    return "".join([word for word in words if word not in _DISTRICT_WORDS] or words)


@lru_cache(maxsize=5_000)
def district_keys(name: str) -> frozenset[str]:
    """Return keys of a district's name with and without endings: Абайский, Абай ауданы share one.

    Examples
    --------
    >>> sorted(district_keys("Аксуатский район") & district_keys("Ақсуат ауданы"))
    ['aksuat']
    """
    key = district_key(name)
    keys = {key, re.sub("sk(?:i|a|oe)$", "", key), _ADJECTIVE.sub("", key)}
    # A final vowel is lost before -ский: Алга, Алгинский.
    keys |= {re.sub("[aeio]$", "", each) for each in keys}
    return frozenset(each for each in keys if len(each) >= _SHORTEST_DISTRICT_KEY)
