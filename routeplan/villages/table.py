"""Villages from a table that people keep in a spreadsheet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from routeplan.errors import Faults, InputError
from routeplan.model.problem import Village
from routeplan.villages import cells
from routeplan.villages.columns import identify, match_header, personal_value
from routeplan.villages.rows import VillageRow, households_of
from routeplan.villages.sheets import read_sheet
from routeplan.villages.sources import PlaceQuery, Position

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from routeplan.villages.columns import Title
    from routeplan.villages.sources import ReferenceData

__all__ = ["read_table"]

T = TypeVar("T")


def read_table(
    path: Path,
    defaults: Village | None = None,
    *,
    people_per_household: float | None = None,
    sources: ReferenceData | None = None,
) -> tuple[VillageRow, ...]:
    """Read villages from a CSV or XLSX table.

    Its first row names the columns, in English, Russian or Kazakh (`routeplan.villages.columns`).
    Needed are ``lat``, ``lon``, ``name`` or ``id``, and ``households`` or ``population``. An id
    that is left out is made of the name; where a row has both households and population, its
    households count.

    Parameters
    ----------
    path
        The table.
    defaults
        A village whose options hold where the table has none; its place and households are not
        looked at.
    people_per_household
        Makes households of population, rounded up.
    sources
        Where positions and households come from that the table does not tell.

    Returns
    -------
    tuple of VillageRow
        In the order of the table. What was found or estimated is told in the notes of each.

    Raises
    ------
    InputError
        With every fault of the table, each with its row and column:
        ``villages.csv:41 households``.
    """
    header, *lines = read_sheet(path)
    where = f"{path.name}:{header.number}"
    faults = Faults()
    if not any(map(identify, header.cells)):
        # What stands there is not repeated: it may be a person's data.
        faults.add(
            where,
            "the first filled row names no known column",
            "begin the table with a row of names: id, name, lat, lon, households",
        )
        faults.raise_any()
    without = sources.columns if sources else ()
    titles = match_header(header.cells, where, faults, without)
    _check_people(titles, people_per_household, where, faults)
    if not lines:
        faults.add(path.name, "has a header, but no villages under it")
    rows = [_Row(f"{path.name}:{line.number}", line.cells, titles, faults) for line in lines]
    if sources and not faults:
        _fill_positions(rows, sources)
        _fill_households(rows, sources)
    villages = [_village(row, defaults or Village("", 0), people_per_household) for row in rows]
    for row in rows:
        row.check_unnamed(header.cells)
    _check_repeats(rows)
    faults.raise_any()
    return tuple(village for village in villages if village is not None)


def _fill_positions(rows: Sequence[_Row], sources: ReferenceData) -> None:
    """Find the rows without a position by their names; what cannot be told is a fault."""
    lost = [row for row in rows if not row.text("lat") and not row.text("lon")]
    if not lost or not sources.columns & {"lat"}:
        return
    asked = [PlaceQuery(row.name, row.text("district"), row.text("oblast")) for row in lost]
    for row, found in zip(lost, sources.positions(asked), strict=True):
        if isinstance(found, Position):
            row.filled |= {"lat": found.lat, "lon": found.lon}
            row.notes.append(found.note)
        else:
            row.fault(found.where, found.message, found.hint)
            row.filled |= {"lat": 0.0, "lon": 0.0}


def _fill_households(rows: Sequence[_Row], sources: ReferenceData) -> None:
    """Estimate the households of the rows that tell neither them nor a population."""
    if "households" not in sources.columns or all(map(_tells_people, rows)):
        return
    placed = [row for row in rows if row.position() is not None]
    points = np.array([row.position() for row in placed], dtype=np.float64).reshape(-1, 2)
    for row, estimate in zip(placed, sources.households(points), strict=True):
        if not _tells_people(row):
            row.filled["households"] = estimate.households
            row.notes.append(estimate.note)


def _tells_people(row: _Row) -> bool:
    return bool(row.text("households") or row.text("population"))


class _Row:
    """The cells of one village, read one by one; faults are gathered, and defaults handed on.

    Parameters
    ----------
    source
        The row, for the faults: ``villages.csv:41``.
    texts
        Its cells.
    titles
        The columns of the table.
    faults
        Where faults are gathered.
    """

    def __init__(
        self, source: str, texts: Sequence[str], titles: Mapping[str, Title], faults: Faults
    ) -> None:
        self.source = source
        self.titles = titles
        self.sound = True
        self.filled: dict[str, float] = {}
        self.notes: list[str] = []
        self._texts = texts
        self._faults = faults
        self.name = self.text("name") or self.text("id")
        self.id = self.text("id") or _slug(self.name)
        self.personal = bool(personal_value(self.id) or personal_value(self.name))

    def fault(self, column: str, message: str, hint: str = "") -> None:
        """Note a fault at a cell, by the name that the table has for its column."""
        self.sound = False
        title = self.titles[column].text if column in self.titles else column
        self._faults.add(f"{self.source} {title}", message, hint)

    def text(self, column: str) -> str:
        """Return the cell; empty where there is none."""
        title = self.titles.get(column)
        return self._texts[title.position] if title and title.position < len(self._texts) else ""

    def read(self, column: str, parse: Callable[[str], T], default: T) -> T:
        """Read a cell that may be empty."""
        text = self.text(column)
        try:
            return parse(text) if text else default
        except InputError as error:
            personal = personal_value(text)
            for fault in [personal] if personal else error.faults:
                self.fault(column, fault.message, fault.hint)
            return default

    def position(self) -> tuple[float, float] | None:
        """Return lat and lon, None where they cannot be read, which is noted elsewhere."""
        if "lat" in self.filled:
            return self.filled["lat"], self.filled["lon"]
        try:
            return cells.degrees(self.text("lat")), cells.degrees(self.text("lon"))
        except InputError:
            return None

    def needed(self, column: str, parse: Callable[[str], T], default: T) -> T:
        """Read a cell that must be filled; a missing column was noted with the header."""
        if column in self.filled:
            return self.filled[column]  # type: ignore[return-value]
        if column in self.titles and not self.text(column):
            self.fault(column, "is empty", "fill it in")
        return self.read(column, parse, default)

    def check_unnamed(self, heads: Sequence[str]) -> None:
        """Refuse cells that stand under no name."""
        stray = [n for n, text in enumerate(self._texts) if text and not "".join(heads[n : n + 1])]
        if stray:
            self._faults.add(
                self.source,
                f"has something in column {stray[0] + 1}, which the header does not name",
                "name the column or empty it; put a text with a comma in it into quotation marks",
            )


def _village(row: _Row, defaults: Village, people_per_household: float | None) -> VillageRow | None:
    _check_texts(row)
    households, signed = _counts(row, people_per_household)
    partial = row.read("partial", cells.yes_no, defaults.partial)
    # A row that says "all or none" does not mean the share of those who are at home elsewhere.
    share = defaults.max_share_per_visit if partial or not defaults.partial else 1.0
    try:
        village = VillageRow(
            id=row.id or "?",
            name=row.name,
            lat=row.needed("lat", cells.degrees, 0.0),
            lon=row.needed("lon", cells.degrees, 0.0),
            households=households,
            signed=signed,
            weight=row.read("weight", cells.decimal, defaults.weight),
            partial=partial,
            min_households=row.read("min_households", cells.whole, defaults.min_households),
            setup_seconds=row.read("setup_minutes", cells.minutes, defaults.setup_seconds),
            pace=row.read("pace", cells.decimal, defaults.pace),
            max_share_per_visit=row.read("max_share_per_visit", cells.decimal, share),
            closed=row.read("closed", cells.dates, ()),
            knock=row.read("knock", cells.window, defaults.knock),
            required=row.read("required", cells.yes_no, defaults.required),
            teams_per_night=row.read("teams_per_night", cells.whole, 0),
            source=row.source,
            notes=tuple(row.notes),
        )
    except InputError as error:
        for fault in error.faults:
            row.fault(fault.where, fault.message, fault.hint)
        return None
    return village if row.sound else None


def _counts(row: _Row, people_per_household: float | None) -> tuple[int, int]:
    # Households and signed ones; both 0 where the former cannot be told, which is noted.
    if "households" in row.filled:
        return int(row.filled["households"]), row.read("signed", cells.whole, 0)
    use_people = people_per_household and row.text("population") and not row.text("households")
    column = "population" if use_people or "households" not in row.titles else "households"
    count = row.needed(column, cells.whole, None)
    signed = row.read("signed", cells.whole, 0)
    if count is None:
        return 0, 0
    if column == "households":
        return count, signed
    return (households_of(count, people_per_household), signed) if people_per_household else (0, 0)


def _check_texts(row: _Row) -> None:
    if not row.id:
        column = "name" if "name" in row.titles else "id"
        message = "has no letter or digit to make an id of" if row.name else "is empty"
        row.fault(column, message, "give the village a name or an id")
    for column in ("id", "name"):
        text = row.text(column)
        personal = personal_value(text)
        if personal:
            row.fault(column, personal.message, personal.hint)
        elif re.search(r"[^\W\d_]\?|\?[^\W\d_]|\ufffd", text):
            # What becomes of Қ and Ө in an encoding that lacks them.
            hint = "save the table again as XLSX or as CSV UTF-8"
            row.fault(column, f"{text!r} has lost letters", hint)
        elif re.fullmatch(r"#[A-Z0/]+[!?]?", text):
            row.fault(column, f"{text!r} is an error of the spreadsheet")


def _check_people(
    titles: Mapping[str, Title], people_per_household: float | None, where: str, faults: Faults
) -> None:
    if people_per_household is None:
        if "population" in titles and "households" not in titles:
            faults.add(
                f"{where} {titles['population'].text}",
                "cannot be made into households",
                "say how many people a household has: people_per_household",
            )
    elif not people_per_household > 0:
        raise InputError(f"people_per_household: {people_per_household} is not above 0")


def _check_repeats(rows: Sequence[_Row]) -> None:
    first: dict[str, _Row] = {}
    for row in rows:
        other = first.setdefault(row.id, row)
        if other is not row and row.id and not row.personal:
            row.fault(
                "id" if row.text("id") else "name",
                f"{row.id!r} is the id of {other.source} too",
                "give each village an id of its own",
            )


def _slug(name: str) -> str:
    # Letters and digits in lower case, joined by dashes: "Үлкен Ақбұлақ (2)", "үлкен-ақбұлақ-2".
    return "-".join(re.findall(r"[^\W_]+", name.casefold()))
