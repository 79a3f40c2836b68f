"""The two public files, ``problem.json`` and ``plan.json``, and tables for spreadsheets.

A reader notes every fault before it raises, refuses a version that it does not know, and ignores
no field. A writer leaves no field out but those of a requirement that do not apply, puts one object
or row of a matrix on a line, and what it writes reads back equal. Both files are read in versions 1
and 2, and written in version 2 unless version 1 is chosen, which is refused where it lacks
something that is used.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import numbers
import re
from types import SimpleNamespace
from typing import IO, TYPE_CHECKING

from routeplan.formats.plans import plan_from_json, plan_to_json
from routeplan.formats.problems import problem_from_json, problem_to_json
from routeplan.formats.requirements import detail_of, requirement_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xlsxwriter.workbook import Workbook

__all__ = [
    "detail_of",
    "new_workbook",
    "plan_from_json",
    "plan_to_json",
    "problem_from_json",
    "problem_sha256",
    "problem_to_json",
    "requirement_text",
    "table_to_csv",
]


def problem_sha256(text: str | bytes) -> str:
    """Return the SHA-256, in hexadecimal, of a problem file's bytes (or of its text as UTF-8)."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


# A cell that begins so is run by a spreadsheet, whatever its type; so is what follows a
# separator in it, where the file is opened with other separators than it was written with.
_ACTIVE = re.compile(
    r"\A(?=[\t\r\n])|(?:\A|(?<=[;,|\t\r\n]))(?=[\s\x22\x00-\x1f\u200b-\u200f\ufeff]*[=+\-@＝＋－＠])"
)

NO_TIME = dt.datetime(2000, 1, 1)  # noqa: DTZ001  # the format knows no zones


def table_to_csv(
    headings: Iterable[object],
    rows: Iterable[Iterable[object]],
    *,
    delimiter: str = ",",
    decimal: str = ".",
) -> bytes:
    r"""Write a table as CSV in UTF-8, with the mark by which spreadsheets know that encoding.

    Parameters
    ----------
    headings, rows
        The first row, and all others: numbers stay numbers; None and NaN are empty. All else is
        text, in which an apostrophe is put before what a spreadsheet would run.
    delimiter, decimal
        Between cells, and between the whole and the rest of a number.

    Examples
    --------
    >>> table_to_csv(["name", "metres"], [["=1+1", -2.5], ["Aral", None]]).decode("utf-8-sig")
    "name,metres\r\n'=1+1,-2.5\r\nAral,\r\n"
    """
    lines: list[str] = []
    writer = csv.writer(SimpleNamespace(write=lines.append), delimiter=delimiter)
    for row in (headings, *rows):
        writer.writerow([_cell(cell, decimal) for cell in row])
    return "".join(lines).encode("utf-8-sig", errors="backslashreplace")


def _cell(value: object, decimal: str) -> str:
    if value is None:
        return ""
    if isinstance(value, numbers.Number):
        return "" if value != value else str(value).replace(".", decimal)  # noqa: PLR0124  # NaN
    return _ACTIVE.sub("'", str(value))


def new_workbook(file: IO[bytes], *, title: str = "", author: str = "routeplan") -> Workbook:
    """Begin a workbook, which is written into a file (open for bytes) once it is closed.

    Text is written as text, whatever it begins with; `title` and `author` are among the workbook's
    properties.
    """
    import xlsxwriter  # noqa: PLC0415  # most commands write no workbook

    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(file, options)
    book.set_properties({"created": NO_TIME, "title": title, "author": author})
    return book
