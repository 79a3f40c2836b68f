"""Files of results: the sheet of results of a week's workbook, or a table of any shape.

Each row that cannot be read is a fault with its reason, and the others are kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from routeplan.errors import Fault, Faults, InputError
from routeplan.files import read_bytes
from routeplan.handouts.workbook_layout import FIRST_ROW, check_pages, read_pages
from routeplan.handouts.workbook_results import RESULTS
from routeplan.language import gettext as _
from routeplan.recording.visits import COUNTS, MEASURES, NAMES, VisitRow, check_together, read_visit
from routeplan.villages.cells import TableRow
from routeplan.villages.columns import COLUMNS as VILLAGE_COLUMNS
from routeplan.villages.columns import Column, loose_identifier, match_columns, words_by_line
from routeplan.villages.sheets import LARGEST_BYTES, ignore_note, read_sheet, workbook_rows
from routeplan.villages.village_sheet import is_total

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from routeplan.handouts.workbook_layout import Page
    from routeplan.model.results import VisitResult
    from routeplan.recording.planned import PlannedVisits
    from routeplan.villages.cells import Row

COLUMNS: Mapping[str, tuple[str, ...]] = {
    **words_by_line("""\
sheet: sheet number, tally sheet, number of the sheet, лист, листа, номер листа, лист учёта, номер
sheet: номер листа учёта, парақ, парақ нөмірі, есеп парағы, парақтың нөмірі, нөмірі
code: sheet code, code of the sheet, код, код листа, код листа учёта, парақ коды, парақтың коды
team: crew, car, экипаж, команда, бригада, группа, машина, топ, көлік
date: day, дата, день, дата посещения, день посещения, күні, күн, барған күні
reached: open, opened, doors opened, contacted, households reached, застали, открыли, открыто
reached: застали дворов, охвачено, опрошено, кездестік, ашты, есік ашты, ашылды, қамтылды
signed: signatures, подпись, подписи, подписали, подписано, подписей, собрано подписей
signed: қол қойды, қол қойған, қол қойғандар, қолдар
not_home: not at home, nobody home, no answer, absent, нет дома, не было дома, не открыли
not_home: никого нет, не застали, үйде жоқ, үйде болмады, есік ашпады
refused: refusals, refusal, отказ, отказы, отказов, отказались, отказано, бас тартты, бас тартқандар
refused: бас тарту
come_back: come again, to revisit, revisit, зайти ещё, зайти, повторно, перезайти, просили зайти
come_back: просили зайти ещё, вернуться, қайта келу, қайта келуді сұрады, қайта барыңыз
come_back_after: after, come after, when, зайти после, после, не раньше, вернуться после
come_back_after: қайта келу уақыты, кейін келу, кейін, қашан келу
door_minutes: minutes at doors, minutes at the doors, door time, doors min, минут у дверей
door_minutes: минуты у дверей, у дверей мин, время у дверей, есік алдында мин, есік алдындағы минут
door_minutes: есік алдындағы минуттар, есік алдында минут
drive_minutes: minutes of the drive, drive min, drive, driving minutes, минут в пути, минуты в пути
drive_minutes: переезд мин, минут переезда, в пути мин, переезд, жол жүру, жол минуты
drive_minutes: жолдағы минут, жолдағы минуттар, жолда мин"""),
    "village": ("id", "name", *VILLAGE_COLUMNS["name"]),
}
"""Columns of a table of results, with their other names."""

# Of merged cells in these, the value is that of each row; in others it may be a sum.
_SHARED = frozenset({"team", "date", "village"})

# Files that are no tables, by their first bytes.
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*", b"%PDF")
_HEIC = b"ftyp"  # after four bytes of its size


@dataclass(frozen=True)
class FileResults:
    """What was read of a file.

    Parameters
    ----------
    rows
        Visits that can be recorded.
    faults
        Those of all other rows that say something.
    """

    rows: tuple[VisitRow, ...]
    faults: tuple[Fault, ...] = field(default=())


def read_results(
    path: Path,
    planned: PlannedVisits,
    *,
    fingerprint: str,
    earlier: Iterable[VisitResult] = (),
    on_note: Callable[[str], None] = ignore_note,
) -> FileResults:
    """Read the results of visits from a workbook of the plan, or from a table.

    Parameters
    ----------
    path
        A workbook of ``routeplan workbook write`` with its sheet of results, or a table (CSV,
        XLSX, ODS, XLS) with columns for the sheet or its code, or for crew, day and village, for
        those who were reached and signed, and perhaps others (`COLUMNS`), named in English,
        Russian or Kazakh.
    planned
        The visits of the plan.
    fingerprint
        Of the plan, by which its workbook is recognised.
    earlier
        Results of the plan's days that are recorded already.
    on_note
        Called with each note on how the file is read.

    Raises
    ------
    InputError
        Where nothing of it can be read: it is no table, a workbook of another plan, or its header
        lacks columns or has some with persons' data.
    """
    data = read_bytes(path, name=path.name, most=LARGEST_BYTES)
    _check_kind(data, path.name)
    pages = _pages_of(data, path.name)
    faults = Faults()
    if pages:
        check_pages(pages, [RESULTS], path.name, fingerprint)
        cells = _workbook_cells(pages[RESULTS], faults)
    else:
        cells = _table_cells(path, faults, on_note)
    rows = [row for each in cells if (row := read_visit(each, planned))]
    rows, together = check_together(rows, planned, earlier)
    if not rows and not faults and not together:
        hint = _("fill in how many were reached and signed")
        faults.add(path.name, _("has no results in it"), hint)
    return FileResults(tuple(rows), (*faults, *together))


def _check_kind(data: bytes, name: str) -> None:
    """Refuse pictures, which many send instead of a table."""
    if data.startswith(_PICTURES) or data[4:8] == _HEIC:
        hint = _("type in what it shows: routeplan record without a file asks for it")
        raise InputError([Fault(name, _("is a picture or a scan, and no table"), hint)])


def _pages_of(data: bytes, name: str) -> dict[str, Page]:
    """Return the sheets that routeplan wrote; none for any other file."""
    is_workbook = data.startswith((b"PK", bytes.fromhex("d0cf11e0a1b11ae1")))
    return read_pages(data, name) if is_workbook else {}


class _WorkbookRow(TableRow):
    """A row of the workbook, whose faults are at the addresses of cells."""

    def __init__(self, page: Page, row: Row, columns: Mapping[str, Column], faults: Faults) -> None:
        super().__init__(page.place, row, columns, faults)
        self.source = f"{page.place}!{row.number}"
        self._page, self._number, self._noted = page, row.number, faults

    def fault(self, column: str, message: str, hint: str = "") -> None:
        """Add a fault of a cell."""
        self.sound = False
        letters = self._page.letters.get(column, "")
        self._noted.add(f"{self._page.place}!{letters}{self._number}", message, hint)


def _workbook_cells(page: Page, faults: Faults) -> Iterator[TableRow]:
    """Yield the rows of the sheet of results, but for those with cells that cannot be read."""
    columns = {name: Column(position, name) for position, name in enumerate(page.letters, start=1)}
    spoilt: set[int] = set()
    for rows, fault in _spoilt_cells(page):
        faults.append(fault)
        spoilt.update(rows)
    for row in workbook_rows(page.sheet):
        if row.number >= FIRST_ROW and row.number not in spoilt:
            yield _WorkbookRow(page, row, columns, faults)


def _spoilt_cells(page: Page) -> Iterator[tuple[range, Fault]]:
    """Yield the rows and faults of merged cells, and of formulas without a result."""
    letters = ["", "", *page.letters.values()]
    for top, left, bottom, right in page.sheet.merged:
        if bottom >= FIRST_ROW and left < len(letters):
            rows = range(max(top, FIRST_ROW), bottom + 1)
            message = _("is one cell for rows {top} to {bottom}", top=rows[0], bottom=bottom)
            if right > left:
                message = _("is one cell for several columns")
            hint = _("unmerge it, and write a value into each cell")
            yield rows, Fault(f"{page.place}!{letters[left]}{rows[0]}", message, hint)
    for row, column in page.sheet.uncalculated:
        if row >= FIRST_ROW and column < len(letters):
            message = _("is a formula that was never worked out")
            hint = _("open the table in a spreadsheet program and save it")
            where = f"{page.place}!{letters[column]}{row}"
            yield range(row, row + 1), Fault(where, message, hint)


def _table_cells(path: Path, faults: Faults, on_note: Callable[[str], None]) -> Iterator[TableRow]:
    """Yield the rows of a table, but for totals and rows with merged cells."""
    name, known = path.name, loose_identifier(COLUMNS)
    header, *rows = read_sheet(
        path,
        known,
        on_note,
        shared=_SHARED,
        on_spoilt=lambda _rows, fault: faults.append(fault),
    )
    columns = _columns(header, name, on_note)
    for row in rows:
        first = next(filter(None, row.cells), "")
        if is_total(first):
            note = _("{name}: a total, and not read: row {row}", name=name, row=row.number)
            on_note(note)
            continue
        cells = TableRow(name, row, columns, faults)
        count = len(faults)
        cells.check_unnamed(header)
        if len(faults) == count:
            yield cells


def _columns(header: Row, name: str, on_note: Callable[[str], None]) -> Mapping[str, Column]:
    """Return the columns of a table; InputError where it lacks one, or has persons' data."""
    faults, left_out = Faults(), list[str]()
    where = f"{name}:{header.number}"
    columns = match_columns(header.cells, where, faults, COLUMNS, left_out)
    if not columns.keys() & {*COUNTS, *MEASURES, *NAMES}:
        hint = _("begin the table with a row of names: sheet, reached, signed")
        raise InputError([Fault(where, _("the first filled row names no known column"), hint)])
    for column in ("reached", "signed"):
        if column not in columns:
            faults.add(where, _("has no column {name!r}", name=column), _("add it"))
    if not columns.keys() & {"sheet", "code"} and not columns.keys() >= {"team", "date", "village"}:
        message = _("has no column for the sheet, nor for crew, day and village")
        faults.add(where, message, _("add it"))
    faults.raise_any()
    if left_out:
        names = ", ".join(left_out)
        on_note(_("{name}: unknown columns are not read: {columns}", name=name, columns=names))
    return columns
