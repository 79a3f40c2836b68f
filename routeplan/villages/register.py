"""The state's register of settlements (КАТО), as a file that the user hands over."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rapidfuzz import fuzz

from routeplan.errors import Fault, Faults, InputError, nearest
from routeplan.villages.areas import district_key, district_keys
from routeplan.villages.matching import PlaceRecord
from routeplan.villages.sheets import read_sheet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["Register", "read_register"]

# How the columns are called in the register's own workbook and in tables made of it.
_TITLES: Mapping[str, tuple[str, ...]] = {
    "code": ("kato", "te", "code", "код", "като", "код като", "коды", "әаож"),
    "ru": ("name_ru", "rus_name", "name_rus", "наименование на русском языке", "название"),
    "kk": ("name_kk", "kaz_name", "name_kaz", "наименование на казахском языке", "атауы"),
}
_CODE = re.compile(r"[0-9]{9}")
_DISTRICT_DIGITS = 4
_DISTRICT_WORD = re.compile(r"район|аудан|district|ский\b", re.IGNORECASE)

# Districts made of others since 2018, which older lists and polygons do not know: villages of the
# new one are there under the old one.
_MADE_OF: Mapping[str, tuple[str, ...]] = {
    "104100000": ("101000000",),  # Жаңасемей, of Семей
    "615500000": ("612000000", "611000000"),  # Сауран, of Кентау and Түркістан
    "635500000": ("635200000",),  # Марқакөл, of Күршім
    "636300000": ("635400000",),  # Үлкен Нарын, of Катонқарағай
}
# The oblasts of before 2018 and 2022 by those that they were split into.
_OBLASTS_OF: Mapping[str, tuple[str, ...]] = {
    "63": ("63", "10"),  # Шығыс Қазақстан: Абай
    "19": ("19", "33"),  # Алматы: Жетісу
    "35": ("35", "62"),  # Қарағанды: Ұлытау
    "61": ("61", "79"),  # Оңтүстік Қазақстан: Түркістан, Шымкент
}
_OTHER_OBLASTS = {
    "южно казахстанская область": "61",
    "оңтүстік қазақстан облысы": "61",
    "north kazakhstan": "59",
    "east kazakhstan": "63",
    "west kazakhstan": "27",
}
# Names that districts had, and lists and people still have.
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


@dataclass(frozen=True, slots=True, eq=False)
class Register:
    """Settlements and districts by their codes.

    Parameters
    ----------
    settlements
        With the district of each, and those that it was made of, as areas.
    districts
        Names of each district, by its code.
    oblasts
        Names of each oblast, by the first two digits of its codes.
    """

    settlements: tuple[PlaceRecord, ...]
    districts: Mapping[str, tuple[str, ...]]
    oblasts: Mapping[str, tuple[str, ...]]
    skeletons: Mapping[str, frozenset[str]] = field(init=False)
    keys: Mapping[str, frozenset[str]] = field(init=False)

    def __post_init__(self) -> None:
        named = self.districts.items()
        shapes = {code: frozenset(map(district_key, names)) for code, names in named}
        keys = {code: frozenset().union(*map(district_keys, names)) for code, names in named}
        object.__setattr__(self, "skeletons", shapes)
        object.__setattr__(self, "keys", keys)

    def name(self, code: str) -> str:
        """Return what a district is called, in Russian where the register has it."""
        return self.districts[code][0]

    def oblast(self, code: str) -> str:
        """Return what the oblast of a code is called, as the register has it."""
        return self.oblasts.get(code[:2], (code[:2],))[0]

    def district(self, name: str, oblast: str = "") -> str:
        """Return the code of a district by any of its names; empty where it is not one for sure.

        Parameters
        ----------
        name
            ``Аксуатский``, ``Ақсуат ауданы``, ``Aksuat``.
        oblast
            Needed where several have the district; the one that it was split off counts too.
        """
        wanted = self._oblast(oblast) if oblast else set()
        for called in (self._called(name, strict=True), self._called(name), self._nearly(name)):
            codes = {code for code in called if code[:2] in wanted} if wanted else called
            codes = codes if len(codes) < 2 else self._of_kind(name, codes)  # noqa: PLR2004
            if codes:
                return codes.pop() if len(codes) == 1 else ""
        return ""

    def areas(self, district: str) -> tuple[str, ...]:
        """Return a district, and those that it was made of and older polygons still have."""
        return _areas(district)

    def district_of_polygon(self, code: str, names: Sequence[str], oblast: str) -> str:
        """Return the code of the district that a polygon is, or lies in, by its name and code."""
        if code in self.districts:
            return code
        named = {self.district(name, oblast) for name in names} - {""}
        if len(named) == 1:
            return named.pop()
        above = code[:_DISTRICT_DIGITS] + "00000"
        return above if above in self.districts else ""

    def why_no_district(self, name: str) -> tuple[str, str]:
        """Say why a name is not that of one district, and what to do about it."""
        codes = sorted(self._called(name))
        if len(codes) > 1:
            several = ", ".join(f"{self.name(code)} ({self.oblast(code)})" for code in codes)
            return (
                f"{name!r} may be {several}",
                "name the oblast too, and write 'район' or 'Г.А.' as the register does",
            )
        known = [names[0] for names in self.districts.values()]
        return f"{name!r} is no district of the register", nearest(name, known)

    def _called(self, name: str, *, strict: bool = False) -> set[str]:
        keys = {district_key(name)} if strict else district_keys(name)
        shapes = self.skeletons if strict else self.keys
        return {code for code, those in shapes.items() if keys & those}

    def _nearly(self, name: str) -> set[str]:
        asked = district_key(name)
        likeness = {
            code: max(fuzz.ratio(asked, shape) for shape in shapes)
            for code, shapes in self.skeletons.items()
        }
        best = max(likeness.values(), default=0.0)
        near = {code for code, score in likeness.items() if score > best - _NEAR_MARGIN}
        return near if best >= _NEAR_SCORE else set()

    def _of_kind(self, name: str, codes: set[str]) -> set[str]:
        # A town and the district around it have one name: the word beside it decides.
        if not _DISTRICT_WORD.search(name):
            return codes
        rural = {code for code in codes if _DISTRICT_WORD.search(self.name(code))}
        return rural or codes

    def _oblast(self, name: str) -> set[str]:
        keys = district_keys(name)
        found = {
            first
            for first, names in self.oblasts.items()
            if keys & frozenset().union(*map(district_keys, names))
        }
        found |= {first for other, first in _OTHER_OBLASTS.items() if keys & district_keys(other)}
        return {part for first in found for part in _OBLASTS_OF.get(first, (first,))}


def read_register(path: Path) -> Register:
    """Read the register from a CSV or XLSX table.

    Parameters
    ----------
    path
        With columns for the code (``kato`` or ``te``) and the Russian and Kazakh name
        (``name_ru``, ``name_kk``, or as the register's own workbook has them); others are not
        looked at.

    Raises
    ------
    InputError
        Where it cannot be read, lacks a column, or holds wrong or repeated codes.
    """
    header, *lines = read_sheet(path)
    columns = _columns(header.cells, f"{path.name}:{header.number}")
    rows: dict[str, tuple[str, ...]] = {}
    faults = Faults()
    for line in lines:
        code, *names = (line.cells[n] if n < len(line.cells) else "" for n in columns)
        where = f"{path.name}:{line.number} {header.cells[columns[0]]}"
        if not _CODE.fullmatch(code):
            faults.add(where, f"{code!r} is not a code of nine digits")
        elif code in rows:
            faults.add(where, f"{code} is there twice", "keep one")
        elif not any(names):
            faults.add(where, f"{code} has no name")
        else:
            rows[code] = tuple(dict.fromkeys(filter(None, names)))
    faults.raise_any()
    return _register(rows)


def _columns(heads: Sequence[str], where: str) -> list[int]:
    places: dict[str, int] = {}
    for n, head in enumerate(heads):
        for column, titles in _TITLES.items():
            if head.casefold() in titles:
                places.setdefault(column, n)
    missing = [titles[0] for column, titles in _TITLES.items() if column not in places]
    if missing:
        hint = "hand over the register as it is published, or with columns kato, name_ru, name_kk"
        raise InputError([Fault(where, f"has no column {name!r}", hint) for name in missing])
    return [places[column] for column in _TITLES]


def _register(rows: Mapping[str, tuple[str, ...]]) -> Register:
    oblasts: dict[str, tuple[str, ...]] = {}
    districts: dict[str, tuple[str, ...]] = {}
    below: dict[str, list[str]] = defaultdict(list)
    for code, names in rows.items():
        if code.endswith("0" * 7):
            oblasts[code[:2]] = names
        elif code.endswith("0" * 5):
            districts[code] = names + _former(names)
        else:
            below[code[:_DISTRICT_DIGITS] + "00000"].append(code)
    settlements = [
        PlaceRecord(code, rows[code], _areas(district))
        for district, codes in below.items()
        for code in codes
        if not code.endswith("000") or _is_town(rows[code][0])
    ]
    return Register(tuple(settlements), districts, oblasts)


def _areas(district: str) -> tuple[str, ...]:
    return (district, *_MADE_OF.get(district, ()))


def _is_town(name: str) -> bool:
    # What a district is parted into: towns, which are settlements, and rural districts.
    return bool(re.match(r"г\.|п\.(?! ?а)", name)) and "о." not in name


def _former(names: Sequence[str]) -> tuple[str, ...]:
    keys = frozenset().union(*map(district_keys, names))
    return tuple(old for old, new in _FORMER_NAMES.items() if keys & district_keys(new))
