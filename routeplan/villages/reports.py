"""Drivers' reports of how long legs took, from a table: places, minutes, vehicle and date only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from routeplan.errors import Faults, InputError
from routeplan.villages import cells
from routeplan.villages.columns import fold, personal_value, why_unknown
from routeplan.villages.sheets import read_sheet

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from routeplan.villages.sheets import Line

__all__ = ["LegReport", "read_reports"]

T = TypeVar("T")

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "from": ("start", "откуда", "из", "қайдан"),
    "to": ("end", "куда", "в", "қайда"),
    "minutes": ("min", "time", "минуты", "минут", "мин", "время в пути", "минуттар", "уақыты"),
    "vehicle": ("car", "машина", "автомобиль", "транспорт", "көлік", "машина түрі"),
    "date": ("day", "дата", "день", "күні", "дата поездки"),
}
_KNOWN = {fold(name): column for column, names in _COLUMNS.items() for name in (column, *names)}


@dataclass(frozen=True, slots=True)
class LegReport:
    """How long one leg took.

    Parameters
    ----------
    start, end
        Ids or names of places.
    seconds
        Of driving.
    vehicle
        As in the scenario.
    date
        Of the drive.
    source
        Its row, for faults: ``reports.csv:4``.
    """

    start: str
    end: str
    seconds: int
    vehicle: str
    date: dt.date
    source: str


def read_reports(path: Path) -> tuple[LegReport, ...]:
    """Read drivers' reports.

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
    header, *lines = read_sheet(path)
    faults = Faults()
    positions = _positions(header, f"{path.name}:{header.number}", faults)
    if not lines:
        faults.add(path.name, "has a header, but no reports under it")
    found = [_report(line, f"{path.name}:{line.number}", positions, faults) for line in lines]
    faults.raise_any()
    return tuple(report for report in found if report is not None)


def _positions(header: Line, where: str, faults: Faults) -> dict[str, int]:
    positions: dict[str, int] = {}
    for position, head in enumerate(header.cells):
        column = _KNOWN.get(fold(head))
        if column is None and head:
            # What looks like a person's data is not repeated.
            personal = personal_value(head)
            text = "" if personal else f" {head}"
            faults.add(f"{where}{text}", *why_unknown(head, _COLUMNS))
        elif column in positions:
            faults.add(f"{where} {head}", "stands there twice", "keep one")
        elif column is not None:
            positions[column] = position
    for column in _COLUMNS.keys() - positions.keys():
        faults.add(where, f"has no column {column!r}", "add it")
    return positions


def _report(
    line: Line, source: str, positions: Mapping[str, int], faults: Faults
) -> LegReport | None:
    before = len(faults)

    def read(column: str, parse: Callable[[str], T]) -> T | None:
        position = positions.get(column)
        if position is None:
            return None  # noted with the header
        text = line.cells[position] if position < len(line.cells) else ""
        where = f"{source} {column}"
        personal = personal_value(text)
        if not text or personal:
            message = personal.message if personal else "is empty"
            faults.add(where, message, personal.hint if personal else "fill it in")
            return None
        try:
            return parse(text)
        except InputError as error:
            for fault in error.faults:
                faults.add(where, fault.message, fault.hint)
            return None

    start, end, vehicle = (read(column, str) for column in ("from", "to", "vehicle"))
    seconds, dates = read("minutes", cells.minutes), read("date", cells.dates)
    if seconds == 0:
        faults.add(f"{source} minutes", "is 0", "leave the row out where nobody looked at a watch")
    if dates and len(dates) > 1:
        faults.add(f"{source} date", "names more than one day", "write one row for each drive")
    if len(faults) > before or not (start and end and vehicle and seconds and dates):
        return None
    return LegReport(start, end, seconds, vehicle, dates[0], source)
