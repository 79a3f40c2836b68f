"""A table with the place and the register's code of each village, and how they were matched.

The user's own columns stay as they are; the results follow them. A choice that the user writes
into a column ``…_choice`` is taken when the table is matched again.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from routeplan.errors import Fault, Faults
from routeplan.formats import new_workbook
from routeplan.language import gettext as _
from routeplan.villages.cells import TableRow, parse_degrees
from routeplan.villages.columns import (
    MATCH_COLUMNS,
    PLACE_COLUMNS,
    REGISTER_COLUMNS,
    identify,
)
from routeplan.villages.gazetteer import PlaceQuery, chosen_place
from routeplan.villages.matching import (
    Match,
    MatchType,
    PlaceRecord,
    chosen_key,
    match_names,
)
from routeplan.villages.names import split_names
from routeplan.villages.sheets import ignore_note
from routeplan.villages.village_sheet import read_village_sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from routeplan.model.road_notes import OsmPlace
    from routeplan.villages.gazetteer import ReferenceData
    from routeplan.villages.register import Districts, Register

_CHOICES = _PLACE_CHOICE, _CODE_CHOICE = PLACE_COLUMNS[-1], REGISTER_COLUMNS[-1]
_FOUND = ("lat", "lon", "district_found")
_WIDEST = 60
_NUMBERS = frozenset({"lat", "lon", "households", "population", "signed", "weight", "pace"})
_OPTIONAL = ("lat", "lon", "households", "population")


@dataclass(frozen=True, slots=True)
class MatchedRow:
    """One row of a table, and what was found for it."""

    source: str  # its place: ``villages.csv:41``
    name: str  # as in the table
    district: str  # as in the table
    district_found: str = ""  # its name in the register
    place: Match | None = None  # with the places of the map
    code: Match | None = None  # with the register
    position: tuple[float, float] | None = None  # lat and lon, of the table or of the place


@dataclass(frozen=True, slots=True, eq=False)
class MatchedTable:
    """A table with its matches."""

    rows: tuple[MatchedRow, ...]
    headers: tuple[str, ...]  # of the user's own columns
    cells: tuple[tuple[str, ...], ...]  # of each row in them
    choices: tuple[Mapping[str, str], ...]  # the user's, of each row by column

    def counts(self, part: str) -> dict[str, int]:
        """Return how many rows were matched how; ``part`` is ``place`` or ``code``."""
        found = [match for row in self.rows if (match := getattr(row, part)) is not None]
        counts = {how.value: sum(match.how is how for match in found) for how in MatchType}
        return {how: count for how, count in counts.items() if count}

    def table(self) -> list[list[str]]:
        """Return the header and rows of the table with its results."""
        known = [identify(header) or "" for header in self.headers]
        values = [_values(*pair) for pair in zip(self.rows, self.choices, strict=True)]
        columns = self._result_columns(values, known)
        table = [[*self.headers, *columns]]
        for row, cells in zip(values, self.cells, strict=True):
            own = (cell or row.get(name, "") for name, cell in zip(known, cells, strict=True))
            table.append([*own, *(row[name] for name in columns)])
        return table

    def _result_columns(self, values: Sequence[Mapping[str, str]], known: list[str]) -> list[str]:
        columns = [name for name in _FOUND if name not in known]
        columns = [name for name in columns if any(row[name] for row in values)]
        for part, block in (("place", PLACE_COLUMNS), ("code", REGISTER_COLUMNS)):
            columns += block if self.counts(part) else ()
        return columns

    def workbook(self) -> bytes:
        """Return the table as an XLSX workbook."""
        table = self.table()
        data = io.BytesIO()
        with new_workbook(data) as book:
            sheet = book.add_worksheet("villages")
            sheet.freeze_panes(1, 0)
            sheet.write_row(0, 0, table[0], book.add_format({"bold": True}))
            for column, (header, *cells) in enumerate(zip(*table, strict=True)):
                width = min(_WIDEST, max(map(len, (header, *cells))) + 2)
                sheet.set_column(column, column, width)
                numeric = identify(header) in _NUMBERS
                for row, text in enumerate(cells, start=1):
                    if numeric and re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]+)?", text):
                        sheet.write(row, column, float(text) if "." in text else int(text))
                    else:
                        sheet.write(row, column, text)
        return data.getvalue()


def _values(row: MatchedRow, choices: Mapping[str, str]) -> dict[str, str]:
    """Return the results of a row by column."""
    lat, lon = map(str, row.position or ("", ""))
    values = dict(zip(_FOUND, (lat, lon, row.district_found), strict=True))
    for columns, match in ((PLACE_COLUMNS, row.place), (REGISTER_COLUMNS, row.code)):
        values |= dict.fromkeys(columns, "") | {columns[1]: _("as given")}
        if match is not None:
            candidates = () if match.how is MatchType.EXACT else match.candidates
            like = "; ".join(f"{one.text} ({one.score:.0f})" for one in candidates)
            how = match.how.label + (f": {match.note}" if match.note else "")
            values |= zip(columns, (match.found, how, like), strict=False)
    return {**values, **choices}


@dataclass(slots=True)
class _Query:
    """A row being matched: its cells, and what was found so far."""

    row: TableRow
    query: PlaceQuery
    district: str
    matched: MatchedRow
    place: OsmPlace | None = None

    def choose_place(self, match: Match, places: Mapping[str, OsmPlace]) -> Match:
        """Return the match, or the user's choice of a place instead of it."""
        choice = self.row.text(_PLACE_CHOICE)
        if not choice:
            return match
        chosen = chosen_place(choice, places)
        if isinstance(chosen, Fault):
            self.row.fault(_PLACE_CHOICE, chosen.message, chosen.hint)
            return match
        return Match(MatchType.BY_HAND, chosen.id, match.candidates)

    def choose_code(self, match: Match, codes: Collection[str]) -> Match:
        """Return the match, or the user's choice of a code instead of it."""
        choice = self.row.text(_CODE_CHOICE)
        if not choice:
            return match
        chosen = chosen_key(choice, codes)
        if not chosen:
            hint = _("write the code of one of its candidates, or leave it empty")
            message = _("{choice!r} is none that is known, or several", choice=choice)
            self.row.fault(_CODE_CHOICE, message, hint)
        return Match(MatchType.BY_HAND, chosen, match.candidates)


def match_table(
    path: Path, reference: ReferenceData, on_note: Callable[[str], None] = ignore_note
) -> MatchedTable:
    """Match the villages of a table with places of the map and with the register.

    Parameters
    ----------
    path
        A table with a column for names, and perhaps for the district, the oblast and the
        position. Rows with a position keep it.
    reference
        Places to find positions, the register to find codes, and polygons of districts.
    on_note
        Called with each note on how the table is read: rows and columns that are left out.

    Raises
    ------
    InputError
        With every fault of the table: refused columns, unknown districts and choices.
    """
    faults = Faults()
    _name, header, rows, columns = read_village_sheet(path, faults, _OPTIONAL, on_note)
    faults.raise_any()
    queries = [_read(TableRow(path.name, row, columns, faults), reference) for row in rows]
    if reference.places:
        _match_places(queries, reference)
    if reference.register is not None:
        _match_codes(queries, reference.register, reference.districts)
    faults.raise_any()
    own = sorted(each.position for name, each in columns.items() if name not in MATCH_COLUMNS)
    return MatchedTable(
        tuple(query.matched for query in queries),
        tuple(map(header.cell, own)),
        tuple(tuple(map(row.cell, own)) for row in rows),
        tuple({column: query.row.text(column) for column in _CHOICES} for query in queries),
    )


def _read(row: TableRow, reference: ReferenceData) -> _Query:
    name = row.text("name") or row.text("id")
    if not name:
        row.fault("name", _("is empty"), _("give the village a name"))
    for column in ("id", "name"):
        row.check_name(column)
    position = None
    if row.text("lat") and row.text("lon"):
        position = (row.read("lat", parse_degrees, 0.0), row.read("lon", parse_degrees, 0.0))
    query = PlaceQuery(name, row.text("district"), row.text("oblast"))
    district = reference.district(query)
    if isinstance(district, Fault):
        row.fault("district", district.message, district.hint)
        district = ""
    found = reference.register.name(district) if reference.register and district else ""
    matched = MatchedRow(row.source, name, query.district, found, position=position)
    return _Query(row, query, district, matched)


def _match_places(queries: Sequence[_Query], reference: ReferenceData) -> None:
    """Find the positions of the rows that have none."""
    places = {place.id: place for place in reference.places}
    missing = [query for query in queries if query.matched.position is None]
    matches = reference.match_places([each.query for each in missing])
    for each, found in zip(missing, matches, strict=True):
        match = each.choose_place(reference.describe(found), places)
        each.place = places.get(match.found)
        position = None if each.place is None else (each.place.lat, each.place.lon)
        each.matched = replace(each.matched, place=match, position=position)


def _match_codes(
    queries: Sequence[_Query], register: Register, districts: Districts | None
) -> None:
    """Find the codes of all rows, each within its district."""
    codes = _districts_of(queries, districts)
    records = [
        PlaceRecord(query.row.source, split_names(query.query.name), (code,) if code else ())
        for query, code in zip(queries, codes, strict=True)
    ]
    matches = _match_renamed(queries, records, match_names(records, register.settlements), register)
    codes_known = {place.key for place in register.settlements}
    for query, match in zip(queries, matches, strict=True):
        located = tuple(replace(one, detail=register.location(one.key)) for one in match.candidates)
        code = query.choose_code(replace(match, candidates=located), codes_known)
        query.matched = replace(query.matched, code=code)


def _districts_of(queries: Sequence[_Query], districts: Districts | None) -> list[str]:
    """Return the district that each row names, else the one that it lies in."""
    codes = [query.district for query in queries]
    located = [n for n, query in enumerate(queries) if not codes[n] and query.matched.position]
    if located and districts is not None:
        points = np.array([queries[n].matched.position for n in located], dtype=np.float64)
        for n, code in zip(located, districts.of_points(points), strict=True):
            codes[n] = code
    return codes


def _match_renamed(
    queries: Sequence[_Query],
    records: Sequence[PlaceRecord],
    matches: Sequence[Match],
    register: Register,
) -> list[Match]:
    """Match unmatched rows again, by the other names that the map has for their places."""
    renamed = []
    for query, record, match in zip(queries, records, matches, strict=True):
        names = record.names
        if query.place is not None and match.how is MatchType.UNMATCHED:
            names += split_names(";".join(query.place.names.values()))
        renamed.append(replace(record, names=tuple(dict.fromkeys(names))))
    if renamed == list(records):
        return list(matches)
    again = match_names(renamed, register.settlements)
    note = _("by another name on the map")
    return [
        replace(new, note=new.note or note) if new.found and old.how is MatchType.UNMATCHED else old
        for old, new in zip(matches, again, strict=True)
    ]
