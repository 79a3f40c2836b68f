"""Cells of a workbook that may be edited, and what was edited in them.

What edits mean is decided elsewhere.

A cell that cannot be read is a fault, and counts as unchanged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from routeplan.errors import Fault, Faults, nearest
from routeplan.handouts.workbook_layout import (
    FIRST_ROW,
    cell_date,
    cell_text,
    check_pages,
    labels_of,
    read_key,
    read_pages,
)
from routeplan.handouts.workbook_sheets import PLANNED
from routeplan.language import gettext, translation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from routeplan.handouts.workbook_layout import Page, PageRow, Sheet
    from routeplan.language import Language
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

CROSS = "x"
"""Strikes a row out."""

LARGEST = 1_000_000

# The largest number, or share of a day, that may be written into cells.
_NUMBERS: Mapping[str, float] = {"number": LARGEST, "minutes": 24 * 60, "time": 1.25}


def allow_edits(page: Worksheet, sheet: Sheet, lists: Sheet, language: Language) -> None:
    """Protect a sheet but for its yellow cells, and let these be chosen or typed."""
    _ = translation(language).gettext
    page.protect("", {"format_columns": True, "format_rows": True, "autofilter": True})
    for number, column in enumerate(sheet.columns, start=1):
        rule: dict[str, object] = {
            "error_title": column.heading[:32],
            "error_message": _("Choose from the list."),
        }
        if column.choices in _NUMBERS:
            most: float | str = _NUMBERS[column.choices]
            if column.most:
                most = sheet.formula(f'=IF({{{column.most}}}="",{most},{{{column.most}}})')
            kind = "decimal" if column.choices == "time" else "integer"
            rule |= {"validate": kind, "criteria": "between", "minimum": 0, "maximum": most}
            texts = {
                "number": _("Write a whole number."),
                "minutes": _("Write a whole number."),
                "time": _("Write a time, as 18:00."),
            }
            if column.most:
                texts["number"] = _("Write a whole number, not above the households there.")
            rule |= {"error_message": texts[column.choices]}
        elif column.choices == "mark":
            rule |= {"validate": "list", "source": [CROSS]}
        elif column.choices:
            rule |= {"validate": "list", "source": f"={lists.span(column.choices)}"}
        else:
            continue
        page.data_validation(FIRST_ROW - 1, number, sheet.last_row - 1, number, rule)


def mark_edits(page: Worksheet, sheet: Sheet, edited: Format, too_many: Format) -> None:
    """Show what differs from the plan, and what cannot be: more households than there are."""
    names = {column.name for column in sheet.columns}
    for number, column in enumerate(sheet.columns, start=1):
        rules = []
        if column.wrong:
            rules.append((sheet.formula(column.wrong), too_many))
        if column.choices:
            planned = f"planned_{column.name}"
            before = f"{{{planned}}}" if planned in names else '""'
            rules.append((sheet.formula(f"={{{column.name}}}<>{before}"), edited))
        for text, cell_format in rules:
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
    pages = read_pages(data, source)
    check_pages(pages, ("stops", "villages"), source, fingerprint)
    reader = _Reader(problem, plan)
    visits = tuple(reader.visits(pages["stops"]))
    pins, skipped = reader.villages(pages["villages"])
    return Edits(visits, pins, skipped, tuple(reader.faults))


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

    def visits(self, page: Page) -> Iterator[Visit]:
        """Yield every visit, planned ones first; a row that is gone strikes its visit out."""
        rows, added = {}, []
        for row in page.rows():
            key = read_key(row.key)
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

    def villages(self, page: Page) -> tuple[tuple[VillagePin, ...], tuple[tuple[str, str], ...]]:
        """Return which villages are pinned and which are struck out."""
        pins, skipped = [], []
        for row in page.rows():
            place = (read_key(row.key) or ("",))[0]
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

    def _planned_visit(self, row: PageRow, place: str, was: tuple[str, int, int, int]) -> Visit:
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

    def _added_visit(self, row: PageRow) -> Visit | None:
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

    def _team(self, row: PageRow, was: str | None, *, required: bool = False) -> str | None:
        text = row.text("team")
        if text in self._problem.team_of:
            return text
        if text or required:
            message = gettext("names no crew")
            if text:
                message = gettext("there is no crew {name!r}", name=text)
            self._note(row, "team", message, nearest(text, self._problem.team_of), empty=not text)
        return was

    def _day(self, row: PageRow, was: int | None, *, required: bool = False) -> int | None:
        value = row.cells.get("date")
        date = cell_date(value)
        if date in self._dates:
            return self._dates[date]
        if cell_text(value) or required:
            days = ", ".join(map(str, self._dates))
            found = cell_text(date or value)
            message = gettext("names no day")
            if found:
                message = gettext("{day!r} is no day of the plan", day=found)
            hint = gettext("its days are {days}", days=days)
            self._note(row, "date", message, hint, empty=not cell_text(value))
        return was

    def _number(self, row: PageRow, column: str, was: int | None) -> int | None:
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

    def _note(self, row: PageRow, column: str, message: str, hint: str, *, empty: bool) -> None:
        if row.text("strike"):
            return  # what is struck out need not be filled in
        if empty:
            cell = row.at("strike").rpartition("!")[2]
            hint = gettext("to strike it out, put a cross into {cell}", cell=cell)
        self.faults.add(row.at(column), message, hint)


def _cells(row: PageRow) -> dict[str, str]:
    cells = {name: row.at(name) for name in (*PLANNED, "village", "strike")}
    return cells | {"row": cells["village"]}
