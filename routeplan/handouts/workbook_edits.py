"""Cells of a workbook that may be edited, and what was edited in them.

What edits mean is decided elsewhere.

Sheets, columns and rows are found by their hidden names, so that language, sorting, hidden columns
and renamed sheets do not matter. A cell that cannot be read is a fault, and counts as unchanged.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from routeplan.errors import Fault, Faults, InputError, nearest
from routeplan.files.workbooks import column_letters, read_workbook
from routeplan.handouts.workbook_sheets import FIRST_ROW, MARK, PLANNED, VERSION, labels_of
from routeplan.language import gettext, translation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from routeplan.files.workbooks import Sheet
    from routeplan.handouts.workbook_sheets import Sheet as ToEdit
    from routeplan.language import Language
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem


CROSS = "x"
"""Strikes a row out."""

LARGEST = 1_000_000


def allow_edits(page: Worksheet, sheet: ToEdit, lists: ToEdit, language: Language) -> None:
    """Protect a sheet but for its yellow cells, and let these be chosen or typed."""
    _ = translation(language).gettext
    page.protect("", {"format_columns": True, "format_rows": True, "autofilter": True})
    for number, column in enumerate(sheet.columns, start=1):
        rule: dict[str, object] = {
            "error_title": column.heading[:32],
            "error_message": _("Choose from the list."),
        }
        if column.choices == "number":
            whole = {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": LARGEST}
            rule |= whole | {"error_message": _("Write a whole number.")}
        elif column.choices == "mark":
            rule |= {"validate": "list", "source": [CROSS]}
        elif column.choices:
            rule |= {"validate": "list", "source": f"={lists.span(column.choices)}"}
        else:
            continue
        page.data_validation(FIRST_ROW - 1, number, sheet.last_row - 1, number, rule)


def mark_edits(page: Worksheet, sheet: ToEdit, edited: Format, too_many: Format) -> None:
    """Show what differs from the plan, and where more households are reached than there are."""
    names = {column.name for column in sheet.columns}
    for number, column in enumerate(sheet.columns, start=1):
        here, planned = sheet.letter(column.name), f"planned_{column.name}"
        if column.choices:
            before = f"${sheet.letter(planned)}{FIRST_ROW}" if planned in names else '""'
            text, cell_format = f"=${here}{FIRST_ROW}<>{before}", edited
        elif column.name == "left":
            text, cell_format = f"=${here}{FIRST_ROW}<0", too_many
        else:
            continue
        rule = {"type": "formula", "criteria": text, "format": cell_format}
        page.conditional_format(FIRST_ROW - 1, number, sheet.last_row - 1, number, rule)


@dataclass(frozen=True, slots=True)
class Visit:
    """A row of the sheet of stops.

    Parameters
    ----------
    number, households
        None in an added row without them.
    was
        Team, day, number and households as planned; None for an added row.
    cells
        The address of each cell, by its column, and of the row under ``row``.
    struck
        Whether it is struck out, or its row is gone.
    """

    place: str
    team: str
    day: int
    number: int | None
    households: int | None
    was: tuple[str, int, int, int] | None
    cells: Mapping[str, str]
    struck: bool = False

    @property
    def moved(self) -> bool:
        """Whether another team or day was chosen."""
        return self.was is not None and (self.team, self.day) != self.was[:2]

    @property
    def new(self) -> bool:
        """Whether it was planned elsewhere or not at all."""
        return self.moved or self.was is None

    @property
    def renumbered(self) -> bool:
        """Whether another number was written."""
        return self.was is not None and self.number != self.was[2]

    @property
    def moved_cells(self) -> tuple[str, ...]:
        """The cells that say where it is now."""
        if self.was is None:
            return (self.cells["row"],)
        changed = {"team": self.team != self.was[0], "date": self.day != self.was[1]}
        return tuple(self.cells[name] for name, is_changed in changed.items() if is_changed)

    @property
    def edited(self) -> bool:
        """Whether anything is other than planned."""
        now = (self.team, self.day, self.number, self.households)
        return self.struck or now != self.was


@dataclass(frozen=True, slots=True)
class VillagePin:
    """A village that is to be visited on a day, by one team if it is named."""

    place: str
    day: int
    team: str | None
    cell: str


@dataclass(frozen=True, slots=True)
class Edits:
    """All that was read from a workbook, and the faults of cells that cannot be read.

    Parameters
    ----------
    visits
        Of every row of the sheet of stops, in the order of the plan, added ones last.
    skipped
        Place and cell of villages that are struck out.
    """

    visits: tuple[Visit, ...]
    pins: tuple[VillagePin, ...]
    skipped: tuple[tuple[str, str], ...]
    faults: tuple[Fault, ...]


def read_edits(
    data: bytes, problem: Problem, plan: Plan, *, source: str, fingerprint: str
) -> Edits:
    """Read a workbook, of the name `source`, that was written for a plan with a fingerprint.

    Raises InputError where it is no workbook, lacks a sheet, or was written for another plan. Cells
    that cannot be read are among the edits.
    """
    pages = _pages(data, source)
    missing = [name for name in ("stops", "villages", "lists") if name not in pages]
    if missing:
        message = gettext("has no sheet {name!r} as routeplan writes it", name=missing[0])
        hint = gettext("edit a workbook of 'routeplan workbook write'")
        raise InputError([Fault(source, message, hint)])
    stated = [*pages["lists"].sheet.rows.get(2, ()), None, None, None, None]
    if stated[1] != VERSION:
        message = gettext(
            "is of version {version!r} of workbooks; this routeplan reads {known}",
            version=stated[1],
            known=VERSION,
        )
        hint = gettext("write it anew with 'routeplan workbook write'")
        raise InputError([Fault(source, message, hint)])
    if stated[3] != fingerprint:
        hint = gettext("give the plan that it was written for, or write it anew")
        raise InputError([Fault(source, gettext("was written for another plan"), hint)])
    reader = _Reader(problem, plan)
    visits = tuple(reader.visits(pages["stops"]))
    pins, skipped = reader.villages(pages["villages"])
    return Edits(visits, pins, skipped, tuple(reader.faults))


class _Row(NamedTuple):
    """A row of a sheet: its cells by column, and where they are."""

    number: int
    key: str
    cells: Mapping[str, object]
    page: _Page

    def text(self, column: str) -> str:
        """Return the text of a cell, empty where there is none."""
        return _text(self.cells.get(column))

    def at(self, column: str) -> str:
        """Return the address of a cell, for people."""
        return f"{self.page.place}!{self.page.letters[column]}{self.number}"


class _Page(NamedTuple):
    """A sheet: its address for people, and the letters of its columns."""

    place: str
    letters: Mapping[str, str]
    sheet: Sheet

    def rows(self) -> Iterator[_Row]:
        """Yield the rows of the table."""
        columns = list(self.letters)
        for number, values in self.sheet.rows.items():
            if number >= FIRST_ROW:
                cells = dict(zip(columns, values[1:], strict=False))
                yield _Row(number, _text(values[0]), cells, self)


def _pages(data: bytes, source: str) -> dict[str, _Page]:
    """Read the sheets that routeplan wrote, by their hidden names."""
    pages = {}
    hint = gettext("save it again as XLSX without a password")
    for sheet in read_workbook(data, source, hint=hint):
        mark, *names = [_text(value) for value in sheet.rows.get(1, ("",))]
        if mark.startswith(MARK):
            letters = {name: column_letters(n) for n, name in enumerate(names, start=2) if name}
            pages[mark.removeprefix(MARK)] = _Page(f"{source}:{sheet.title}", letters, sheet)
    return pages


class _Reader:
    """Reads rows, and notes the cells that it cannot read."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.faults = Faults()
        self._problem = problem
        self._dates = {day.date: n for n, day in enumerate(problem.days)}
        self._places = {label: place for place, label in labels_of(problem).items()}
        self._planned = {
            (tour.team, tour.day, stop.place): (tour.team, tour.day, number, stop.households)
            for team in problem.teams
            for tour in plan.tours_of(team.id)
            for number, stop in enumerate(tour.stops, start=1)
        }

    def visits(self, page: _Page) -> Iterator[Visit]:
        """Yield every visit, planned ones first; a row that is gone strikes its visit out."""
        rows, added = {}, []
        for row in page.rows():
            key = _key(row.key)
            if key in self._planned and key not in rows:
                rows[key] = row
            elif any(row.text(name) for name in (*PLANNED, "village")):
                added.append(row)
        for key, was in self._planned.items():
            if key in rows:
                yield self._planned_visit(rows[key], key[2], was)
            else:
                yield Visit(key[2], *was, was, {"row": page.place}, struck=True)
        yield from filter(None, map(self._added_visit, added))

    def villages(self, page: _Page) -> tuple[tuple[VillagePin, ...], tuple[tuple[str, str], ...]]:
        """Return which villages are pinned and which are struck out."""
        pins, skipped = [], []
        for row in page.rows():
            place = (_key(row.key) or ("",))[0]
            if place not in self._problem.village_at:
                continue
            if row.text("strike"):
                skipped.append((str(place), row.at("strike")))
            team, day = self._team(row, None), self._day(row, None)
            if team is not None and day is None and not row.text("date"):
                message = gettext("names a crew but no day")
                self.faults.add(row.at("team"), message, gettext("choose the day, too"))
            if day is not None:
                pins.append(VillagePin(str(place), day, team, row.at("date")))
        return tuple(pins), tuple(skipped)

    def _planned_visit(self, row: _Row, place: str, was: tuple[str, int, int, int]) -> Visit:
        team, day, number, households = was
        return Visit(
            place,
            self._team(row, team, required=True) or team,
            day if (new_day := self._day(row, day, required=True)) is None else new_day,
            self._number(row, "number", number),
            self._number(row, "households", households),
            was,
            _cells(row),
            struck=bool(row.text("strike")),
        )

    def _added_visit(self, row: _Row) -> Visit | None:
        faults_before = len(self.faults)
        label = row.text("village")
        if label not in self._places:
            message = gettext("names no village")
            if label:
                message = gettext("there is no village {name!r}", name=label)
            self.faults.add(row.at("village"), message, nearest(label, self._places))
        team, day = self._team(row, None, required=True), self._day(row, None, required=True)
        number = self._number(row, "number", None)
        households = self._number(row, "households", None)
        if len(self.faults) > faults_before or team is None or day is None or row.text("strike"):
            return None
        return Visit(self._places[label], team, day, number, households, None, _cells(row))

    def _team(self, row: _Row, was: str | None, *, required: bool = False) -> str | None:
        text = row.text("team")
        if text in self._problem.team_of:
            return text
        if text or required:
            message = gettext("names no crew")
            if text:
                message = gettext("there is no crew {name!r}", name=text)
            self._note(row, "team", message, nearest(text, self._problem.team_of), empty=not text)
        return was

    def _day(self, row: _Row, was: int | None, *, required: bool = False) -> int | None:
        value = row.cells.get("date")
        date = _date(value)
        if date in self._dates:
            return self._dates[date]
        if _text(value) or required:
            days = ", ".join(map(str, self._dates))
            found = _text(date or value)
            message = gettext("names no day")
            if found:
                message = gettext("{day!r} is no day of the plan", day=found)
            hint = gettext("its days are {days}", days=days)
            self._note(row, "date", message, hint, empty=not _text(value))
        return was

    def _number(self, row: _Row, column: str, was: int | None) -> int | None:
        text = row.text(column)
        if re.fullmatch(r"[0-9]{1,9}", text):
            return int(text)
        if text or was is not None:
            message = gettext("is empty")
            if text:
                message = gettext("{value!r} is not a whole number", value=text)
            hint = gettext("the plan says {number}", number=was) if was is not None else ""
            self._note(row, column, message, hint, empty=not text)
        return was

    def _note(self, row: _Row, column: str, message: str, hint: str, *, empty: bool) -> None:
        if row.text("strike"):
            return  # what is struck out need not be filled in
        if empty:
            cell = row.at("strike").rpartition("!")[2]
            hint = gettext("to strike it out, put a cross into {cell}", cell=cell)
        self.faults.add(row.at(column), message, hint)


def _cells(row: _Row) -> dict[str, str]:
    cells = {name: row.at(name) for name in (*PLANNED, "village", "strike")}
    return cells | {"row": cells["village"]}


def _key(text: str) -> Sequence[str | int] | None:
    """Parse the key of a row in its hidden cell."""
    try:
        key = json.loads(text)
    except ValueError:
        return None
    plain = isinstance(key, list) and all(isinstance(part, str | int) for part in key)
    return tuple(key) if plain else None


def _date(value: object) -> dt.date | None:
    """Return a date from a date cell or from text."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    text = _text(value)
    for pattern in ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"):
        try:
            return dt.datetime.strptime(text, pattern).date()  # noqa: DTZ007  # a date has no zone
        except ValueError:
            continue
    return None


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()
