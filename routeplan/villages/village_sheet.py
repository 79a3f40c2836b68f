"""The sheet of a table of villages: its columns, and which of its rows are villages.

Totals, headings and repeated rows are left out, each with a note.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from routeplan.errors import Fault, Faults, InputError
from routeplan.language import gettext as _
from routeplan.villages.columns import header_key, identify, match_header, personal_value
from routeplan.villages.encoding import meant_text, save_hint
from routeplan.villages.sheets import ignore_note, read_sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from routeplan.villages.cells import Row
    from routeplan.villages.columns import Column

_TOTAL = re.compile(
    r"\b(?:итого|и т о г о|всего|барлы[ғг]ы|жиыны|жиынты[ғгқк]ы?|[қк]орытынды)\b"
    r"|^(?:в том числе|оны[ңн] ішінде|сумма|жалпы саны|(?:grand |sub)?total|sum)\b",
    re.IGNORECASE,
)
_RURAL_DISTRICT = re.compile(
    r"(?!с\.|село |аул )[^,(]*(?:\bс[./] ?о\.?|\bа[./] ?о\.?|сельский округ|ауылды[қк] округ\w*"
    r"|ауыл округі|rural district)",
    re.IGNORECASE,
)
_DISTRICT = re.compile(
    r".*\b(?:район\w*|аудан\w*|област[ьи]|облыс\w*|округ\w*|district)\b.*", re.IGNORECASE
)
_NAMES = ("id", "name", "district", "oblast")
# Headings of a column that holds both degrees, and what it holds.
_POSITION_KEYS = frozenset(
    map(header_key, ("координаты", "координата", "координаттар", "координаттары", "coordinates"))
) | {header_key("gps координаты"), header_key("gps координаттар"), "gps", "latlon", "широтадолгота"}
_POSITION = re.compile(r"(-?[0-9]{1,2}[.,][0-9]+)(?:\s*[;,]\s*|\s+)(-?[0-9]{1,3}[.,][0-9]+)")


class VillageSheet(NamedTuple):
    """A table of villages: its name, its header, rows of villages, and its columns by name."""

    name: str
    header: Row
    rows: list[Row]
    columns: Mapping[str, Column]


def read_village_sheet(
    path: Path,
    faults: Faults,
    optional: Collection[str] = (),
    on_note: Callable[[str], None] = ignore_note,
) -> VillageSheet:
    """Read a table of villages; faults of its header are added to `faults`.

    Columns that are `optional` may be missing; notes say what is left out, and how it is read.

    Raises
    ------
    InputError
        Where it cannot be read, has no header, or its letters were read in a wrong encoding.
    """
    return village_sheet(read_sheet(path, on_note=on_note), path.name, faults, optional, on_note)


def village_sheet(
    rows: list[Row],
    name: str,
    faults: Faults,
    optional: Collection[str] = (),
    on_note: Callable[[str], None] = ignore_note,
) -> VillageSheet:
    """Return the villages of rows, the first of which is the header, as `read_village_sheet`."""
    header, *rows = _with_degrees(rows, name, on_note)
    if not any(map(identify, header.cells)):
        raise InputError([_no_header([header, *rows], name)])
    left_out: list[str] = []
    columns = match_header(
        header.cells, f"{name}:{header.shown}", faults, optional, left_out=left_out
    )
    if left_out:
        names = ", ".join(left_out)
        on_note(_("{name}: unknown columns are not read: {columns}", name=name, columns=names))
    _check_letters(rows, columns, name)
    villages = _villages(rows, columns, name, on_note)
    district = columns.get("district")
    nowhere = [row.shown for row in villages if district and not row.cell(district.position)]
    if 0 < len(nowhere) < len(villages):
        numbers = ", ".join(nowhere)
        on_note(_("{name}: no district is named in row {rows}", name=name, rows=numbers))
    return VillageSheet(name, header, villages, columns)


def _with_degrees(rows: list[Row], name: str, on_note: Callable[[str], None]) -> list[Row]:
    """Return rows with columns lat and lon for one that holds both: "43.0213, 79.35"."""
    header = rows[0]
    found = [n for n, text in enumerate(header.cells) if header_key(text) in _POSITION_KEYS]
    if len(found) != 1 or {"lat", "lon"} & set(map(identify, header.cells)):
        return rows
    heading = header.cells[found[0]]
    on_note(_("{name}: the column {column!r} is read as lat and lon", name=name, column=heading))
    at, width = found[0], max(len(row.cells) for row in rows)

    def replaced(row: Row, *cells: str) -> Row:
        padded = (*row.cells, *[""] * (width - len(row.cells)))
        return row._replace(cells=(*padded[:at], "", *padded[at + 1 :], *cells))

    def with_degrees(row: Row) -> Row:
        both = _POSITION.fullmatch(row.cell(at))
        # What cannot be read is a fault of lat.
        return replaced(row, *(both.groups() if both else (row.cell(at), "")))

    return [replaced(header, "lat", "lon"), *map(with_degrees, rows[1:])]


def _no_header(rows: Sequence[Row], name: str) -> Fault:
    """Return why a table has no header; rows are not repeated: they may be a person's data."""
    texts = [text for row in rows for text in row.cells]
    if any(map(meant_text, texts)):
        message = _("holds letters that were read in a wrong encoding before it was saved")
        hint = _("make it anew from its source, and save it as 'CSV UTF-8' or as XLSX")
        return Fault(name, message, hint)
    if any("??" in text for text in texts):
        message = _("has lost letters, each of which is now a question mark")
        return Fault(name, message, save_hint())
    message = _("the first filled row names no known column")
    hint = _("begin the table with a row of names: id, name, lat, lon, households")
    return Fault(f"{name}:{rows[0].shown}", message, hint)


def _check_letters(rows: Iterable[Row], columns: Mapping[str, Column], name: str) -> None:
    """Refuse names whose letters were read in a wrong encoding before."""
    faults = Faults()
    named = [columns[column] for column in _NAMES if column in columns]
    for row in rows:
        for column in named:
            meant = meant_text(row.cell(column.position))
            if meant:
                guess = "" if personal_value(meant) else _("did you mean {word!r}?", word=meant)
                hint = _(
                    "make the table anew from its source, and save it as 'CSV UTF-8' or as XLSX"
                )
                faults.add(
                    f"{name}:{row.shown} {column.header}",
                    _("was read in a wrong encoding before the table was saved"),
                    f"{guess} {hint}".strip(),
                )
    faults.raise_any()


def _villages(
    rows: Sequence[Row],
    columns: Mapping[str, Column],
    name: str,
    on_note: Callable[[str], None],
) -> list[Row]:
    """Return the rows that are villages, and note which of the others are what."""
    kept: list[Row] = []
    others: dict[str, list[Row]] = {}
    for row in rows:
        filled = {column for column, each in columns.items() if row.cell(each.position)}
        what = _what_else(row, filled, columns)
        if not what and "total" in others and len(filled) == 1 < len(columns):
            what = "note"
        if what:
            others.setdefault(what, []).append(row)
        else:
            kept.append(row)
    for what, left in others.items():
        numbers = ", ".join(row.shown for row in left)
        on_note(_left_out_note(what, name, numbers))
    return kept


def _left_out_note(what: str, name: str, rows: str) -> str:
    names = {"name": name, "rows": rows}
    texts = {
        "total": _("{name}: a total, not a village, and not read: row {rows}", **names),
        "note": _(
            "{name}: a note under the total, not a village, and not read: row {rows}", **names
        ),
        "heading": _("{name}: a heading or note, not a village, and not read: row {rows}", **names),
        "rural district": _(
            "{name}: a rural district, not a village, and not read: row {rows}", **names
        ),
    }
    return texts[what]


def _what_else(row: Row, filled: set[str], columns: Mapping[str, Column]) -> str:
    """Return what a row is instead of a village; empty for a village."""
    if {"lat", "lon"} <= filled:
        return ""
    first = next((text for text in row.cells if re.search(r"[^\W\d_]", text)), "")
    name = row.cell(columns["name"].position) if "name" in columns else ""
    if is_total(first):
        return "total"
    names_area = filled <= {"district", "oblast"}
    if names_area or (filled <= {"id", "name"} and _DISTRICT.fullmatch(name)):
        return "heading"
    return "rural district" if _RURAL_DISTRICT.fullmatch(name) else ""


def is_total(text: str) -> bool:
    """Return whether the first text of a row says that it is a total of others."""
    return _TOTAL.search(text) is not None


def without_repeated(sheet: VillageSheet, on_note: Callable[[str], None]) -> list[Row]:
    """Return rows without those that repeat an earlier one in all known columns."""
    first: dict[tuple[str, ...], Row] = {}
    kept = []
    for row in sheet.rows:
        cells = tuple(row.cell(column.position) for column in sheet.columns.values())
        if first.setdefault(cells, row) is row or any(map(personal_value, cells)):
            kept.append(row)
        else:
            names = {"name": sheet.name, "row": row.shown, "first": first[cells].shown}
            on_note(_("{name}: row {row} repeats row {first}, and is not read", **names))
    return kept
