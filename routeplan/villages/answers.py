"""A table with the place and the register's code of each of its villages, and how they were found.

The user's own columns stay as they are; the answers stand behind them. What the user writes into
a column of choices is taken as it is when the table is matched again, and called so.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from routeplan.errors import Fault, Faults, InputError
from routeplan.formats import new_workbook
from routeplan.villages import cells
from routeplan.villages.columns import identify, match_header, personal_value
from routeplan.villages.matching import Candidate, Match, MatchType, PlaceRecord, match_names
from routeplan.villages.names import split_names
from routeplan.villages.sheets import read_sheet
from routeplan.villages.sources import PlaceQuery

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from routeplan.villages.areas import Districts
    from routeplan.villages.columns import Title
    from routeplan.villages.osm import OsmPlace
    from routeplan.villages.register import Register
    from routeplan.villages.sheets import Line
    from routeplan.villages.sources import ReferenceData

__all__ = ["MatchedRow", "MatchedTable", "match_table"]

_PLACE = ("place_found", "place_match", "place_candidates", "place_choice")
_REGISTER = ("register_code", "register_match", "register_candidates", "register_choice")
_WIDEST = 60
_NUMBERS = frozenset({"lat", "lon", "households", "population", "signed", "weight", "pace"})
_NEEDED = ("lat", "lon", "households", "population")


@dataclass(frozen=True, slots=True)
class MatchedRow:
    """One row of a table, and what was found for it.

    Parameters
    ----------
    source
        Where it stands: ``villages.csv:41``.
    name, district
        As the table has them.
    district_found
        What the register calls that district.
    place, code
        What became of it among the places of the map, and in the register; None where that was
        not asked.
    position
        Lat and lon, as told or found; None where neither.
    """

    source: str
    name: str
    district: str
    district_found: str = ""
    place: Match | None = None
    code: Match | None = None
    position: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class MatchedTable:
    """A table with its answers.

    Parameters
    ----------
    rows
        In the order of the table.
    heads, texts
        The user's own columns, and the cells of each row in them.
    choices
        What the user chose in each row, by column.
    """

    rows: tuple[MatchedRow, ...]
    heads: tuple[str, ...]
    texts: tuple[tuple[str, ...], ...]
    choices: tuple[Mapping[str, str], ...]

    def counts(self, part: str) -> dict[str, int]:
        """Return how many rows were matched how; ``part`` is ``place`` or ``code``."""
        found = [match for row in self.rows if (match := getattr(row, part)) is not None]
        counts = {how.value: sum(match.how is how for match in found) for how in MatchType}
        return {how: count for how, count in counts.items() if count}

    def table(self) -> list[list[str]]:
        """Return the rows of the table that is handed back, its header first."""
        known = [identify(head) for head in self.heads]
        extra = [name for name in ("lat", "lon") if name not in known and self._positions()]
        if any(row.district_found for row in self.rows):
            extra.append("district_found")
        blocks = [("place", _PLACE), ("code", _REGISTER)]
        asked = [(part, names) for part, names in blocks if self.counts(part)]
        heads = [*self.heads, *extra, *(name for _, names in asked for name in names)]
        table = [heads]
        for row, texts, choices in zip(self.rows, self.texts, self.choices, strict=True):
            told = dict(zip(("lat", "lon"), map(str, row.position or ("", "")), strict=True))
            told["district_found"] = row.district_found
            own = [
                text or told.get(column or "", "")
                for column, text in zip(known, texts, strict=True)
            ]
            answers = [
                cell
                for part, names in asked
                for cell in _cells(getattr(row, part), choices.get(names[-1], ""))
            ]
            table.append([*own, *(told[name] for name in extra), *answers])
        return table

    def workbook(self) -> bytes:
        """Return the table as an XLSX workbook."""
        table = self.table()
        data = io.BytesIO()
        with new_workbook(data) as book:
            sheet = book.add_worksheet("villages")
            sheet.freeze_panes(1, 0)
            sheet.write_row(0, 0, table[0], book.add_format({"bold": True}))
            for column, (head, *texts) in enumerate(zip(*table, strict=True)):
                width = min(_WIDEST, max(map(len, (head, *texts))) + 2)
                sheet.set_column(column, column, width)
                for row, text in enumerate(texts, start=1):
                    sheet.write(row, column, _written(head, text))
        return data.getvalue()

    def _positions(self) -> bool:
        return any(row.position for row in self.rows)


def match_table(path: Path, sources: ReferenceData) -> MatchedTable:
    """Match the villages of a table with places of the map and with the register.

    Parameters
    ----------
    path
        A table with a column for names, and perhaps for the district, the oblast and the
        position. Rows with a position keep it.
    sources
        The places, where positions are asked for; the register, where codes are; and polygons.

    Raises
    ------
    InputError
        With every fault of the table: unknown columns, districts and choices.
    """
    header, *lines = read_sheet(path)
    faults = Faults()
    titles = match_header(header.cells, f"{path.name}:{header.number}", faults, _NEEDED)
    faults.raise_any()
    rows = [_read(path.name, line, titles, sources, faults) for line in lines]
    if sources.places:
        rows = _places(rows, sources, faults)
    if sources.register is not None:
        rows = _codes(rows, sources.register, sources.districts, faults)
    faults.raise_any()
    answered = ("district_found", *_PLACE, *_REGISTER)
    own = [n for n, head in enumerate(header.cells) if identify(head) not in answered]
    return MatchedTable(
        tuple(row.matched for row in rows),
        tuple(header.cells[n] for n in own),
        tuple(tuple(_cell(line, n) for n in own) for line in lines),
        tuple(row.chosen for row in rows),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """A row as it is read, and what was found for it so far."""

    matched: MatchedRow
    asked: PlaceQuery
    district: str
    chosen: Mapping[str, str]
    found: OsmPlace | None = None


def _read(
    table: str, line: Line, titles: Mapping[str, Title], sources: ReferenceData, faults: Faults
) -> _Row:
    texts = {column: _cell(line, title.position) for column, title in titles.items()}
    source = f"{table}:{line.number}"
    name = texts.get("name", "") or texts.get("id", "")
    if not name:
        faults.add(f"{source} name", "is empty", "give the village a name")
    personal = personal_value(name)
    if personal is not None:
        faults.add(f"{source} name", personal.message, personal.hint)
    position = None
    if texts.get("lat") and texts.get("lon"):
        values = [_degrees(source, column, texts[column], faults) for column in ("lat", "lon")]
        position = (values[0], values[1])
    asked = PlaceQuery(name, texts.get("district", ""), texts.get("oblast", ""))
    district = sources.district(asked)
    if isinstance(district, Fault):
        where = f"{source} {titles['district'].text}"
        faults.add(where, district.message, district.hint)
        district = ""
    chosen = {column: texts.get(column, "") for column in (_PLACE[-1], _REGISTER[-1])}
    found = sources.register.name(district) if sources.register and district else ""
    row = MatchedRow(source, name, asked.district, found, position=position)
    return _Row(row, asked, district, chosen)


def _degrees(source: str, column: str, text: str, faults: Faults) -> float:
    try:
        return cells.degrees(text)
    except InputError as error:
        for fault in error.faults:
            faults.add(f"{source} {column}", fault.message, fault.hint)
        return 0.0


def _places(rows: Sequence[_Row], sources: ReferenceData, faults: Faults) -> list[_Row]:
    known = {place.id: place for place in sources.places}
    lost = [n for n, row in enumerate(rows) if row.matched.position is None]
    result = list(rows)
    matches = sources.match_places([rows[n].asked for n in lost])
    for n, matched in zip(lost, matches, strict=True):
        match = _by_hand(rows[n], _PLACE[-1], matched, known, faults)
        place = known.get(match.found)
        position = None if place is None else (place.lat, place.lon)
        told = replace(rows[n].matched, place=match, position=position)
        result[n] = replace(rows[n], matched=told, found=place)
    return result


def _codes(
    rows: Sequence[_Row], register: Register, districts: Districts | None, faults: Faults
) -> list[_Row]:
    areas = _areas(rows, districts)
    names = [split_names(row.asked.name) for row in rows]
    asked = [PlaceRecord(str(n), *parts) for n, parts in enumerate(zip(names, areas, strict=True))]
    matches = list(match_names(asked, register.settlements))
    _by_map_names(rows, asked, matches, register.settlements)
    known = {one.key for one in register.settlements}
    codes = [
        _by_hand(row, _REGISTER[-1], match, known, faults)
        for row, match in zip(rows, matches, strict=True)
    ]
    return [
        replace(row, matched=replace(row.matched, code=code))
        for row, code in zip(rows, codes, strict=True)
    ]


def _areas(rows: Sequence[_Row], districts: Districts | None) -> list[tuple[str, ...]]:
    """Return the district of each row: the one that it names, else the one that it lies in."""
    areas: list[tuple[str, ...]] = [(row.district,) if row.district else () for row in rows]
    lost = [n for n, row in enumerate(rows) if not areas[n] and row.matched.position]
    if lost and districts is not None:
        points = np.array([rows[n].matched.position for n in lost], dtype=np.float64)
        for n, district in zip(lost, districts.of_points(points), strict=True):
            areas[n] = (district,) if district else ()
    return areas


def _by_map_names(
    rows: Sequence[_Row],
    asked: Sequence[PlaceRecord],
    matches: list[Match],
    known: Sequence[PlaceRecord],
) -> None:
    """Try the other names that the map has for a place: what was renamed is found so."""
    more = [
        replace(one, names=tuple(dict.fromkeys((*one.names, *_names(row.found)))))
        if row.found is not None and match.how is MatchType.UNMATCHED
        else one
        for row, one, match in zip(rows, asked, matches, strict=True)
    ]
    if more != list(asked):
        for n, match in enumerate(match_names(more, known)):
            if match.matched and matches[n].how is MatchType.UNMATCHED:
                matches[n] = replace(match, note=match.note or "by another name on the map")


def _names(place: OsmPlace) -> tuple[str, ...]:
    return tuple(name for text in place.names.values() for name in split_names(text))


def _by_hand(row: _Row, column: str, match: Match, known: Collection[str], faults: Faults) -> Match:
    chosen = row.chosen[column]
    if not chosen:
        return match
    if chosen not in known:
        hint = "write the key of one of its candidates, or leave it empty"
        faults.add(f"{row.matched.source} {column}", f"{chosen!r} is none that is known", hint)
    return Match(MatchType.BY_HAND, chosen, match.candidates)


def _written(head: str, text: str) -> str | float:
    """Return what a cell holds: a number where its column is one of numbers and it is one."""
    if identify(head) in _NUMBERS and re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]+)?", text):
        return float(text) if "." in text else int(text)
    return text


def _cell(line: Line, position: int) -> str:
    return line.cells[position] if position < len(line.cells) else ""


def _cells(match: Match | None, chosen: str) -> tuple[str, str, str, str]:
    if match is None:
        return "", "as told", "", ""
    told = "" if match.how is MatchType.EXACT else "; ".join(map(_told, match.candidates))
    note = f": {match.note}" if match.note else ""
    return match.found, f"{match.how.value}{note}", told, chosen


def _told(candidate: Candidate) -> str:
    return f"{candidate.key} {candidate.name} ({candidate.score:.0f})"
