"""Tables of villages and of drivers' reports, as people keep them in a spreadsheet."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from routeplan.errors import Fault, Faults, InputError
from routeplan.model.problem import Place, Village
from routeplan.villages import sheets
from routeplan.villages.columns import identify, match_header, personal_value, words_by_line
from routeplan.villages.gazetteer import PlaceQuery, ReferenceData
from routeplan.villages.village import VillageRow, check_people_per_household, households_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from routeplan.villages.columns import Column
    from routeplan.villages.sheets import Row


# Options of a village by their columns.
_OPTIONS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "weight": ("weight", sheets.parse_number),
    "partial": ("partial", sheets.parse_yes_no),
    "min_households": ("min_households", sheets.parse_count),
    "setup_minutes": ("setup_seconds", sheets.parse_minutes),
    "pace": ("pace", sheets.parse_number),
    "knock": ("knock", sheets.parse_window),
    "required": ("required", sheets.parse_yes_no),
}


def read_table(
    path: Path,
    defaults: Village | None = None,
    *,
    people_per_household: float | None = None,
    reference: ReferenceData | None = None,
) -> tuple[VillageRow, ...]:
    """Read villages from a CSV or XLSX table.

    Its first row names the columns, in English, Russian or Kazakh (`routeplan.villages.columns`).
    Required are ``lat``, ``lon``, ``name`` or ``id``, and ``households`` or ``population``. An id
    that is left out is made of the name; where a row has both households and population, its
    households count.

    Parameters
    ----------
    path
        The table.
    defaults
        A village with the options that the table leaves out; its place and households are not
        used.
    people_per_household
        Converts population to households, rounded up.
    reference
        Supplies the positions and households that the table lacks; the notes of rows say so.

    Raises
    ------
    InputError
        With every fault of the table, each with its row and column:
        ``villages.csv:41 households``.
    """
    header, *rows = sheets.read_sheet(path)
    where = f"{path.name}:{header.number}"
    check_people_per_household(people_per_household)
    faults = Faults()
    reference = reference or ReferenceData()
    columns = _columns(header, where, faults, reference.columns)
    if people_per_household is None and "population" in columns and "households" not in columns:
        faults.add(
            f"{where} {columns['population'].header}",
            "cannot be made into households",
            "say how many people a household has: people_per_household",
        )
    if not rows:
        faults.add(path.name, "has a header, but no villages under it")
    inputs = [_VillageInput(path.name, row, columns, faults) for row in rows]
    if not faults:
        _find_positions(inputs, reference)
        _estimate_households(inputs, reference)
    options = defaults or Village("", 0)
    villages = [village.build_row(options, people_per_household) for village in inputs]
    _check_rows(inputs, header)
    faults.raise_any()
    return tuple(filter(None, villages))


def _columns(
    header: Row, where: str, faults: Faults, optional: Collection[str]
) -> dict[str, Column]:
    if not any(map(identify, header.cells)):
        # The row is not repeated: it may be a person's data.
        message = "the first filled row names no known column"
        hint = "begin the table with a row of names: id, name, lat, lon, households"
        raise InputError([Fault(where, message, hint)])
    return match_header(header.cells, where, faults, optional)


def _check_rows(rows: Sequence[_VillageInput], header: Row) -> None:
    """Refuse cells in columns without a header, and repeated ids."""
    first: dict[str, _VillageInput] = {}
    for row in rows:
        row.check_unnamed(header)
        other = first.setdefault(row.id, row)
        if other is not row and row.id and not row.personal:
            row.fault(
                "id" if row.text("id") else "name",
                f"{row.id!r} is the id of {other.source} too",
                "give each village an id of its own",
            )


class _VillageInput(sheets.TableRow):
    """The cells of one village, and what reference data supplied."""

    def __init__(self, table: str, row: Row, columns: Mapping[str, Column], faults: Faults) -> None:
        super().__init__(table, row, columns, faults)
        self.supplied: dict[str, str] = {}
        self.notes: list[str] = []
        self.name = self.text("name") or self.text("id")
        # Letters and digits joined by dashes: "Үлкен Ақбұлақ (2)", "үлкен-ақбұлақ-2".
        self.id = self.text("id") or "-".join(re.findall(r"[^\W_]+", self.name.casefold()))
        self.personal = bool(personal_value(self.id) or personal_value(self.name))

    def text(self, column: str) -> str:
        """Return a cell, or what was supplied for it."""
        return self.supplied.get(column) or super().text(column)

    def position(self) -> tuple[float, float] | None:
        """Return lat and lon, None where they cannot be read, which `build_row` makes a fault."""
        try:
            return sheets.parse_degrees(self.text("lat")), sheets.parse_degrees(self.text("lon"))
        except InputError:
            return None

    def build_row(self, defaults: Village, people_per_household: float | None) -> VillageRow | None:
        """Return the village; None, with faults, where its cells make none."""
        self._check_texts()
        households = self._households(people_per_household)
        signed = self.read("signed", sheets.parse_count, 0)
        counts = (0, 0) if households is None else (households, signed)
        lat, lon = (self.require(name, sheets.parse_degrees, 0.0) for name in ("lat", "lon"))
        options = {
            option: self.read(column, parse, getattr(defaults, option))
            for column, (option, parse) in _OPTIONS.items()
        }
        # A row of "all or none" does not take the default share of those who are at home.
        share = 1.0 if defaults.partial and not options["partial"] else defaults.max_share_per_visit
        options["max_share_per_visit"] = self.read(
            "max_share_per_visit", sheets.parse_number, share
        )
        closed: tuple[dt.date, ...] = self.read("closed", sheets.parse_dates, ())
        teams = self.read("teams_per_night", sheets.parse_count, 0)
        place = self.build(lambda: Place(self.id or "?", self.name, lat, lon), Place("?", "", 0, 0))
        village = self.build(lambda: replace(defaults, place=place.id, **options), defaults)
        row = self.build(
            lambda: VillageRow(
                *(place, *counts, village, closed, teams, self.source, tuple(self.notes)),
                district=self.text("district"),
            ),
            None,
        )
        return row if self.sound else None

    def _households(self, people_per_household: float | None) -> int | None:
        """Return the number of households, None where it cannot be read."""
        by_people = people_per_household and self.text("population") and not self.text("households")
        if not by_people and ("households" in self.columns or self.text("households")):
            return self.require("households", sheets.parse_count, None)
        people = self.require("population", sheets.parse_count, None)
        if people is None or not people_per_household:
            return None
        return households_of(people, people_per_household)

    def _check_texts(self) -> None:
        if not self.id:
            column = "name" if "name" in self.columns else "id"
            message = "has no letter or digit to make an id of" if self.name else "is empty"
            self.fault(column, message, "give the village a name or an id")
        for column in ("id", "name"):
            text = self.text(column)
            personal = personal_value(text)
            if personal:
                self.fault(column, personal.message, personal.hint)
            elif re.search(r"[^\W\d_]\?|\?[^\W\d_]|\ufffd", text):
                # What becomes of Қ and Ө in an encoding that lacks them.
                hint = "save the table again as XLSX or as CSV UTF-8"
                self.fault(column, f"{text!r} has lost letters", hint)
            elif re.fullmatch(r"#[A-Z0/]+[!?]?", text):
                self.fault(column, f"{text!r} is an error of the spreadsheet")


def _find_positions(rows: Sequence[_VillageInput], reference: ReferenceData) -> None:
    """Find positions by place name; what cannot be found is a fault."""
    missing = [row for row in rows if not row.text("lat") and not row.text("lon")]
    if not missing or "lat" not in reference.columns:
        return
    queries = [PlaceQuery(row.name, row.text("district"), row.text("oblast")) for row in missing]
    for row, found in zip(missing, reference.positions(queries), strict=True):
        if isinstance(found, Fault):
            row.supplied |= {"lat": "0", "lon": "0"}
            row.fault(found.where, found.message, found.hint)
        else:
            row.supplied |= {"lat": str(found[0]), "lon": str(found[1])}
            row.notes.append(found[2])


def _estimate_households(rows: Sequence[_VillageInput], reference: ReferenceData) -> None:
    """Estimate the households of rows that have neither households nor a population."""
    missing = [row for row in rows if not row.text("households") + row.text("population")]
    if "households" not in reference.columns or not missing:
        return
    placed = [row for row in rows if row.position() is not None]
    points = np.array([row.position() for row in placed], dtype=np.float64).reshape(-1, 2)
    for row, (households, note) in zip(placed, reference.households(points), strict=True):
        if row in missing:
            row.supplied["households"] = str(households)
            row.notes.append(note)


# Columns of a table of drivers' reports, with their other names.
_REPORT_COLUMNS: Mapping[str, tuple[str, ...]] = words_by_line("""\
from: start, откуда, из, қайдан
to: end, куда, в, қайда
minutes: min, time, минуты, минут, мин, время в пути, минуттар, уақыты
vehicle: car, машина, автомобиль, транспорт, көлік, машина түрі
date: day, дата, день, күні, дата поездки""")


@dataclass(frozen=True, slots=True)
class LegReport:
    """The reported time of one leg."""

    start: str  # id or name of a place
    end: str  # id or name of a place
    seconds: int  # driving time
    vehicle: str  # as in the scenario
    date: dt.date
    source: str  # its row, for faults: ``reports.csv:4``


def read_reports(path: Path) -> tuple[LegReport, ...]:
    """Read drivers' reports of the times of legs.

    Parameters
    ----------
    path
        CSV or XLSX with the columns ``from``, ``to``, ``minutes``, ``vehicle`` and ``date``, their
        names perhaps in Russian or Kazakh. Any other column is refused, those with persons' data
        with the reason.

    Raises
    ------
    InputError
        With every fault of the table.
    """
    header, *rows = sheets.read_sheet(path)
    faults = Faults()
    where = f"{path.name}:{header.number}"
    columns = match_header(header.cells, where, faults, columns=_REPORT_COLUMNS)
    if not rows:
        faults.add(path.name, "has a header, but no reports under it")
    reports: list[LegReport] = []
    for row in rows:
        cells = sheets.TableRow(path.name, row, columns, faults)
        start, end, vehicle = (
            cells.require(column, _not_personal, "") for column in ("from", "to", "vehicle")
        )
        seconds = cells.require("minutes", sheets.parse_minutes, -1)
        dates: tuple[dt.date, ...] = cells.require("date", sheets.parse_dates, ())
        if seconds == 0:
            cells.fault("minutes", "is 0", "leave the row out where nobody looked at a watch")
        if len(dates) > 1:
            cells.fault("date", "names more than one day", "write one row for each drive")
        if cells.sound and dates:
            reports.append(LegReport(start, end, seconds, vehicle, dates[0], cells.source))
    faults.raise_any()
    return tuple(reports)


def _not_personal(text: str) -> str:
    personal = personal_value(text)
    if personal:
        raise InputError([personal])
    return text
