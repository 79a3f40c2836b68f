"""Tables of villages, as people keep them in a spreadsheet."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from routeplan.errors import Fault, Faults, InputError
from routeplan.language import gettext as _
from routeplan.model.problem import Place, Village
from routeplan.villages import cells
from routeplan.villages.columns import personal_value
from routeplan.villages.gazetteer import PlaceQuery, ReferenceData
from routeplan.villages.matching import Match, MatchType
from routeplan.villages.names import normalise
from routeplan.villages.sheets import ignore_note
from routeplan.villages.village import VillageRow, check_people_per_household, households_of
from routeplan.villages.village_sheet import read_village_sheet, without_repeated

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from routeplan.model.road_notes import OsmPlace
    from routeplan.villages.cells import Row
    from routeplan.villages.columns import Column
    from routeplan.villages.village_sheet import VillageSheet


# Options of a village by their columns.
_OPTIONS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "weight": ("weight", cells.parse_number),
    "partial": ("partial", cells.parse_yes_no),
    "min_households": ("min_households", cells.parse_count),
    "setup_minutes": ("setup_seconds", cells.parse_minutes),
    "pace": ("pace", cells.parse_number),
    "knock": ("knock", cells.parse_window),
    "required": ("required", cells.parse_yes_no),
}
# Not needed for the names of villages.
_UNNEEDED = ("lat", "lon", "households", "population")


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A village of a table that fits no place for sure.

    Parameters
    ----------
    row
        The village; its position is not used.
    match
        Its candidates, and why none of them is taken.
    places, districts
        The candidates as the map has them, and the district of each, as far as that is known.
    """

    row: VillageRow
    match: Match
    places: tuple[OsmPlace, ...]
    districts: tuple[str, ...]

    @property
    def why(self) -> str:
        """Why it has no position, in the language of messages."""
        return _no_position(self.match).message.partition("; ")[0]


def read_table(
    path: Path,
    defaults: Village | None = None,
    *,
    people_per_household: float | None = None,
    reference: ReferenceData | None = None,
    on_note: Callable[[str], None] = ignore_note,
    on_unplaced: Callable[[Unplaced], None] | None = None,
) -> tuple[VillageRow, ...]:
    """Read villages from a table: CSV, XLSX, ODS or XLS.

    A row names its columns, in English, Russian or Kazakh (`routeplan.villages.columns`).
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
    on_note
        Called with each note on how the table is read: rows and columns that are left out.
    on_unplaced
        Called with each village that fits no place of the reference data for sure, which is then
        left out; by default it is a fault.

    Raises
    ------
    InputError
        With every fault of the table, each with its row and column:
        ``villages.csv:41 households``.
    """
    check_people_per_household(people_per_household)
    faults = Faults()
    reference = reference or ReferenceData()
    sheet = read_village_sheet(path, faults, reference.columns, on_note)
    return rows_of_sheet(
        *(sheet, faults, defaults),
        people_per_household=people_per_household,
        reference=reference,
        on_note=on_note,
        on_unplaced=on_unplaced,
    )


def rows_of_sheet(  # noqa: PLR0913  # those of `read_table`
    sheet: VillageSheet,
    faults: Faults,
    defaults: Village | None,
    *,
    people_per_household: float | None,
    reference: ReferenceData,
    on_note: Callable[[str], None],
    on_unplaced: Callable[[Unplaced], None] | None = None,
) -> tuple[VillageRow, ...]:
    """Return the villages of a sheet, as `read_table`; raise the faults that there are before."""
    name, header, columns = sheet.name, sheet.header, sheet.columns
    if people_per_household is None and "population" in columns and "households" not in columns:
        faults.add(
            f"{name}:{header.shown} {columns['population'].header}",
            _("cannot be made into households"),
            _("say how many people a household has: people_per_household"),
        )
    rows = without_repeated(sheet, on_note)
    if not rows:
        faults.add(name, _("has a header, but no villages under it"))
    inputs = [_VillageInput(name, row, columns, faults) for row in rows]
    _add_districts_to_ids(inputs)
    if not faults:
        _find_positions(inputs, reference, may_be_unplaced=on_unplaced is not None)
        _estimate_households(inputs, reference)
    options = defaults or Village("", 0)
    built = [(each, each.build_row(options, people_per_household)) for each in inputs]
    _check_rows(inputs, header)
    faults.raise_any()
    return tuple(_placed(built, reference, on_unplaced))


def _placed(
    built: Iterable[tuple[_VillageInput, VillageRow | None]],
    reference: ReferenceData,
    on_unplaced: Callable[[Unplaced], None] | None,
) -> Iterator[VillageRow]:
    """Yield the villages that have a position; hand the others out with their candidates."""
    by_id = {place.id: place for place in reference.places}
    for each, village in built:
        if village is not None and each.unplaced is None:
            yield village
        elif village is not None and each.unplaced is not None and on_unplaced is not None:
            places = tuple(by_id[one.key] for one in each.unplaced.candidates)
            districts = tuple(reference.district_names(places))
            on_unplaced(Unplaced(village, each.unplaced, places, districts))


def _add_districts_to_ids(rows: Sequence[_VillageInput]) -> None:
    """Make different ids of the same names in different districts."""
    for same in _grouped(rows, lambda row: "" if row.text("id") else row.id):
        districts = {_id_of(row.text("district")) for row in same} - {""}
        if len(districts) == len(same) > 1:
            for row in same:
                row.id = f"{row.id}-{_id_of(row.text('district'))}"


def _check_rows(rows: Sequence[_VillageInput], header: Row) -> None:
    """Refuse cells beyond the header, repeated ids, and one village in two rows."""
    for row in rows:
        row.check_unnamed(header)
    named = [row for row in rows if not row.personal]
    for first, *others in _grouped(named, lambda row: row.id):
        for row in others:
            row.fault(
                "id" if row.text("id") else "name",
                _("{id!r} is the id of {row} too", id=row.id, row=first.source),
                _("give each village an id of its own"),
            )
    for first, *others in _grouped(named, _name_and_position):
        for row in others:
            if row.id != first.id:
                names = {"name": row.name, "row": first.source}
                message = _("{name!r} is in {row} too, at the same position", **names)
                row.fault("name", message, _("keep one of the rows"))


def _grouped(
    rows: Sequence[_VillageInput], key: Callable[[_VillageInput], str]
) -> Iterable[list[_VillageInput]]:
    groups: dict[str, list[_VillageInput]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    groups.pop("", None)
    return groups.values()


def _name_and_position(row: _VillageInput) -> str:
    position = row.position()
    name = normalise(row.name)
    return f"{name} {position[0]:.3f} {position[1]:.3f}" if position and name else ""


def _id_of(name: str) -> str:
    """Return letters and digits joined by dashes: "Үлкен Ақбұлақ (2)", "үлкен-ақбұлақ-2"."""
    return "-".join(re.findall(r"[^\W_]+", name.casefold()))


def village_names(path: Path) -> tuple[tuple[str, str, str], ...]:
    """Return id, name and district of each village of a table, whatever else is wrong with it.

    Raises InputError where it cannot be read as a table of villages.
    """
    sheet = read_village_sheet(path, Faults(), _UNNEEDED)
    inputs = [_VillageInput(path.name, row, sheet.columns, Faults()) for row in sheet.rows]
    _add_districts_to_ids(inputs)
    named = [row for row in inputs if row.id and not row.personal]
    return tuple((row.id, row.name, row.text("district")) for row in named)


class _VillageInput(cells.TableRow):
    """The cells of one village, and what reference data supplied."""

    def __init__(self, table: str, row: Row, columns: Mapping[str, Column], faults: Faults) -> None:
        super().__init__(table, row, columns, faults)
        self.supplied: dict[str, str] = {}
        self.unplaced: Match | None = None
        self.notes: list[str] = []
        self.name = self.text("name") or self.text("id")
        self.id = self.text("id") or _id_of(self.name)
        self.personal = bool(personal_value(self.id) or personal_value(self.name))

    def text(self, column: str) -> str:
        """Return a cell, or what was supplied for it."""
        return self.supplied.get(column) or super().text(column)

    def leave_unplaced(self, match: Match) -> None:
        """Note that no place is found for sure; what else is wrong with the row is still found."""
        self.unplaced = match
        self.supplied |= {"lat": "0", "lon": "0"}
        if not self.text("households") + self.text("population"):
            self.supplied["households"] = "0"

    def position(self) -> tuple[float, float] | None:
        """Return lat and lon, None where they cannot be read, which `build_row` makes a fault."""
        if self.unplaced is not None:
            return None
        try:
            return cells.parse_degrees(self.text("lat")), cells.parse_degrees(self.text("lon"))
        except InputError:
            return None

    def build_row(self, defaults: Village, people_per_household: float | None) -> VillageRow | None:
        """Return the village; None, with faults, where its cells make none."""
        self._check_texts()
        households = self._households(people_per_household)
        signed = self.read("signed", cells.parse_count, 0)
        counts = (0, 0) if households is None else (households, signed)
        lat, lon = (self.require(name, cells.parse_degrees, 0.0) for name in ("lat", "lon"))
        options = {
            option: self.read(column, parse, getattr(defaults, option))
            for column, (option, parse) in _OPTIONS.items()
        }
        # A row of "all or none" does not take the default share of those who are at home.
        share = 1.0 if defaults.partial and not options["partial"] else defaults.max_share_per_visit
        options["max_share_per_visit"] = self.read("max_share_per_visit", cells.parse_number, share)
        closed: tuple[dt.date, ...] = self.read("closed", cells.parse_dates, ())
        teams = self.read("teams_per_night", cells.parse_count, 0)
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
            return self.require("households", cells.parse_count, None)
        people = self.require("population", cells.parse_count, None)
        if people is None or not people_per_household:
            return None
        return households_of(people, people_per_household)

    def _check_texts(self) -> None:
        sound = [self.check_name(column) for column in ("id", "name", "district", "oblast")]
        if not self.id and all(sound):
            column = "name" if "name" in self.columns else "id"
            message = _("has no letter or digit to make an id of") if self.name else _("is empty")
            self.fault(column, message, _("give the village a name or an id"))


def _find_positions(
    rows: Sequence[_VillageInput], reference: ReferenceData, *, may_be_unplaced: bool
) -> None:
    """Find positions by place name; what cannot be found is a fault, unless it may be unplaced."""
    missing = [row for row in rows if not row.text("lat") and not row.text("lon")]
    if not missing or "lat" not in reference.columns:
        return
    queries = [
        PlaceQuery(row.name, *map(row.text, ("district", "oblast", "place_choice")))
        for row in missing
    ]
    for row, found in zip(missing, reference.positions(queries), strict=True):
        if isinstance(found, tuple):
            row.supplied |= {"lat": str(found[0]), "lon": str(found[1])}
            row.notes.append(found[2])
        elif isinstance(found, Match) and may_be_unplaced:
            row.leave_unplaced(found)
        else:
            fault = _no_position(found) if isinstance(found, Match) else found
            row.supplied |= {"lat": "0", "lon": "0"}
            row.fault(fault.where, fault.message, fault.hint)


def _no_position(match: Match) -> Fault:
    message = _("fits no place for sure of the map")
    if match.how is MatchType.AMBIGUOUS:
        message = _("fits several places of the map")
    message += f": {match.note}" if match.note else ""
    like = "; ".join(one.text for one in match.candidates[:3])
    hint = _("write its lat and lon")
    if like:
        message += "; " + _("similar are {names}", names=like)
        hint = _("copy the right one into a column place_choice, or write its lat and lon")
    return Fault("name", message, hint)


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
