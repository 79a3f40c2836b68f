"""Reading the values of XLSX workbooks; the only module that opens one.

A workbook is a zip of XML parts. Both can be made to hold far more than their size suggests, so
every part is unpacked up to a limit, and no row or cell takes memory before it is known to be
possible. XML that declares a document type, and with it entities, is refused.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from typing import TYPE_CHECKING
from xml.parsers import expat

from routeplan.errors import Fault, InputError
from routeplan.workbooks.cells import EPOCH, EPOCH_1904, Cells, Limits, Sheet, Styles, Texts

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from routeplan.workbooks.cells import Part

__all__ = ["read_workbook"]

LARGEST_BYTES = 128 * 2**20
"""What all parts of a workbook may take when unpacked."""
LARGEST_RATIO = 200
"""How much smaller than its content a part may be; office programs come to 10 to 40."""
SMALL_BYTES = 2**20
"""What a part may take whatever its ratio is."""
LONGEST_MARKUP = 2**20
"""Bytes between two tags, or of a tag."""
MOST_PARTS = 10_000

_OFFICE = "/officeDocument"
_UNSOUND = (
    *(zipfile.BadZipFile, zlib.error, expat.ExpatError, EOFError, OSError),
    *(LookupError, RuntimeError, TypeError, ValueError),
)


def read_workbook(
    data: bytes, source: str, *, first_only: bool = False, hint: str = ""
) -> list[Sheet]:
    """Read the sheets of an XLSX workbook: what formulas came to, dates as dates.

    Parameters
    ----------
    data
        The bytes of the file.
    source
        Its name, for faults.
    first_only
        Whether to read the first sheet alone.
    hint
        What to do where it is damaged.

    Returns
    -------
    list of Sheet
        At least one.

    Raises
    ------
    InputError
        Where it is damaged or no workbook, or holds more than can be read.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            sheets = _Reader(archive, source).sheets(first_only=first_only)
    except InputError:
        raise
    except _UNSOUND:
        raise InputError([Fault(source, "is not a sound XLSX workbook", hint)]) from None
    return sheets


class _Reader:
    """Reads the parts of one workbook, and counts what they take."""

    def __init__(self, archive: zipfile.ZipFile, source: str) -> None:
        self._archive = archive
        self._limits = Limits(source)
        self._left = LARGEST_BYTES
        if len(archive.infolist()) > MOST_PARTS:
            raise self._limits.too_large(f"more than {MOST_PARTS:,} parts")

    def sheets(self, *, first_only: bool) -> list[Sheet]:
        """Read the sheets in their order."""
        main = next(
            (part for kind, part in self._relations("").values() if kind.endswith(_OFFICE)),
            "xl/workbook.xml",
        )
        relations = self._relations(main)
        listed, epoch = self._listed(main)
        texts, styles = Texts(), Styles()
        self._parse_all(relations, "/sharedStrings", texts)
        self._parse_all(relations, "/styles", styles)
        found = [
            (title, relations[name][1])
            for title, name in listed
            if relations[name][0].endswith("/worksheet")
        ]
        if not found:
            raise ValueError("no sheets")
        return [
            self._sheet(Sheet(title), part, texts.texts, styles.dates, epoch)
            for title, part in found[: 1 if first_only else None]
        ]

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Return kind and path of each part that a part refers to, by its name there."""
        folder, name = posixpath.split(part)
        path = posixpath.join(folder, "_rels", f"{name}.rels")
        found: dict[str, tuple[str, str]] = {}

        def start(tag: str, values: Mapping[str, str]) -> None:
            if tag == "Relationship" and values.get("TargetMode") != "External":
                target = posixpath.join("/", folder, values["Target"])
                found[values["Id"]] = values["Type"], posixpath.normpath(target).lstrip("/")

        if path in self._archive.namelist():
            self._parse(path, start)
        return found

    def _listed(self, part: str) -> tuple[list[tuple[str, str]], dt.datetime]:
        """Return title and relation of each sheet, and the day from which dates count."""
        listed: list[tuple[str, str]] = []
        epoch = EPOCH

        def start(tag: str, values: Mapping[str, str]) -> None:
            nonlocal epoch
            if tag == "sheet":
                listed.append((values["name"], values["id"]))
            elif tag == "workbookPr" and values.get("date1904") in ("1", "true"):
                epoch = EPOCH_1904

        self._parse(part, start)
        return listed, epoch

    def _parse_all(self, relations: Mapping[str, tuple[str, str]], ending: str, part: Part) -> None:
        for kind, path in relations.values():
            if kind.endswith(ending):
                self._parse(path, part.start, part.end, part.text)

    def _sheet(
        self, sheet: Sheet, path: str, texts: list[str], dates: list[str], epoch: dt.datetime
    ) -> Sheet:
        part = Cells(self._limits, sheet, texts, dates, epoch)
        self._parse(path, part.start, part.end, part.text)
        sheet.rows = dict(sorted(sheet.rows.items()))
        return sheet

    def _parse(
        self,
        path: str,
        start: Callable[[str, Mapping[str, str]], None],
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> None:
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartElementHandler = lambda tag, values: start(
            _local(tag), {_local(name): value for name, value in values.items()}
        )
        if end is not None:
            parser.EndElementHandler = lambda tag: end(_local(tag))
        if text is not None:
            parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.Parse(self._unpacked(path), True)  # noqa: FBT003  # it takes no names

    def _unpacked(self, path: str) -> bytes:
        entry = self._archive.getinfo(path)
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError("not packed as office programs do")
        most = max(SMALL_BYTES, LARGEST_RATIO * entry.compress_size)
        with self._archive.open(entry) as file:
            content = file.read(min(most, self._left) + 1)
        if len(content) > self._left:
            raise self._limits.too_large(f"more than {LARGEST_BYTES:,} bytes when unpacked")
        if len(content) > most:
            raise self._limits.too_large(
                f"a part over {LARGEST_RATIO} times as large when unpacked"
            )
        self._left -= len(content)
        self._limits.count_tags(content.count(b"<"))
        begin = 0
        while len(content) - begin > LONGEST_MARKUP:
            begin = content.rfind(b"<", begin, begin + LONGEST_MARKUP) + 1
            if not begin:
                raise self._limits.too_large(f"a tag or text of more than {LONGEST_MARKUP:,} bytes")
        return content


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _refuse_doctype(*_: object) -> None:
    raise ValueError("declares a document type")
