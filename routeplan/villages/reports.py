"""Tables of drivers' reports, as people keep them in a spreadsheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from routeplan.errors import Faults, InputError
from routeplan.language import gettext as _
from routeplan.villages import cells
from routeplan.villages.columns import (
    identifier,
    match_all_columns,
    personal_value,
    words_by_line,
)
from routeplan.villages.sheets import read_sheet

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

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
        A table with the columns ``from``, ``to``, ``minutes``, ``vehicle`` and ``date``, their
        names perhaps in Russian or Kazakh. Any other column is refused, those with persons' data
        with the reason.

    Raises
    ------
    InputError
        With every fault of the table.
    """
    header, *rows = read_sheet(path, identifier(_REPORT_COLUMNS))
    faults = Faults()
    where = f"{path.name}:{header.number}"
    columns = match_all_columns(header.cells, where, faults, _REPORT_COLUMNS)
    if not rows:
        faults.add(path.name, _("has a header, but no reports under it"))
    reports: list[LegReport] = []
    for row in rows:
        read = cells.TableRow(path.name, row, columns, faults)
        start, end, vehicle = (
            read.require(column, _not_personal, "") for column in ("from", "to", "vehicle")
        )
        seconds = read.require("minutes", cells.parse_minutes, -1)
        dates: tuple[dt.date, ...] = read.require("date", cells.parse_dates, ())
        if seconds == 0:
            hint = _("leave the row out where nobody looked at a watch")
            read.fault("minutes", _("is 0"), hint)
        if len(dates) > 1:
            read.fault("date", _("names more than one day"), _("write one row for each drive"))
        if read.sound and dates:
            reports.append(LegReport(start, end, seconds, vehicle, dates[0], read.source))
    faults.raise_any()
    return tuple(reports)


def _not_personal(text: str) -> str:
    personal = personal_value(text)
    if personal:
        raise InputError([personal])
    return text
