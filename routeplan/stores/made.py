"""Folders of files that routeplan made: written with an index, found again by their marks.

A file is known by what it says of itself, never by its name alone, so that a folder in which other
things lie, too, can be wiped.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import sqlite3
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from routeplan.errors import Faults, InputError
from routeplan.files import read_bytes, write_whole
from routeplan.formats.document import VERSION, opened, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

__all__ = ["INDEX", "files_made_in", "remove", "write_folder"]

INDEX = "handouts.json"
FORMAT = "routeplan-handouts"

# What a file says of itself where routeplan made it.
HTML_MARK = b'<meta name="generator" content="routeplan">'
GPX_MARK = b'creator="routeplan"'
PDF_MARK = b"/Creator (routeplan)"
XLSX_PART, XLSX_MARK = "docProps/core.xml", b"<dc:creator>routeplan</dc:creator>"
GPKG_MARK = "SELECT count(*) FROM layer_styles WHERE owner = 'routeplan'"
JSON_MARK = re.compile(rb'\s*\{\s*"format":\s*"routeplan-\w+"')
PACK_MARK, PACK_NAME = b"age-encryption.org/v1\n", re.compile(r".+_day[0-9]+\.age")
LEFT_BEHIND = re.compile(r"\.routeplan-\w+")

HEAD_BYTES = 4096


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a folder, all or none, with an index; those of the last time make room.

    Parameters
    ----------
    folder
        Where they go.
    files
        By path within it, with ``/`` between folders.

    Raises
    ------
    InputError
        Naming each file of the last time that was changed since and would be lost; or that cannot
        be written.
    """
    before = _index(folder)
    _check_unchanged(folder, before, files)
    index = {
        "format": FORMAT,
        "version": VERSION,
        "files": [
            {"name": name, "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in sorted(files.items())
        ],
    }
    whole = {folder / name: data for name, data in files.items()}
    write_whole({**whole, folder / INDEX: written(index).encode()})
    remove([folder / name for name in before if name not in files], within=folder)


def files_made_in(folder: Path) -> tuple[Path, ...]:
    """Return the files in a folder, and those below it, that routeplan made.

    Links are not followed. Keys of packs are not among them: what was sealed would be lost.
    """
    found: set[Path] = set()
    for parent, _, names in os.walk(folder):
        here = Path(parent)
        for path in (here / name for name in names):
            if path.is_symlink() or not path.is_file():
                continue
            if _is_marked(path):
                found.add(path)
                found.update(_listed(path))
    return tuple(sorted(found))


def remove(files: Iterable[Path], *, within: Path) -> None:
    """Remove files, and the folders in a folder that are empty then, and itself if it is.

    Raises
    ------
    InputError
        Naming each file that cannot be removed; the others are gone.
    """
    faults = Faults()
    folders: set[Path] = set()
    for path in files:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            faults.add(str(path), f"cannot be removed: {(error.strerror or str(error)).lower()}")
        folders.update(each for each in path.parents if each.is_relative_to(within))
    for folder in sorted(folders, reverse=True):
        with contextlib.suppress(OSError):
            folder.rmdir()
    faults.raise_any()


def _check_unchanged(folder: Path, before: Mapping[str, str], files: Mapping[str, bytes]) -> None:
    faults = Faults()
    for name, sha256 in before.items():
        path = folder / name
        if path.is_file():
            data = path.read_bytes()
            known = {sha256, hashlib.sha256(files.get(name, b"")).hexdigest()}
            if hashlib.sha256(data).hexdigest() not in known:
                hint = "move it away, or choose another folder with -o"
                faults.add(str(path), "was changed since it was made, and would be lost", hint)
    faults.raise_any()


def _index(folder: Path) -> dict[str, str]:
    """Return what was made in a folder the last time, with its hash; nothing where none was."""
    path = folder / INDEX
    if not path.is_file():
        return {}
    faults = Faults()
    root = opened(read_bytes(path), str(path), FORMAT, faults)
    rows = [(each.text("name"), each.text("sha256")) for each in root.children("files")]
    if faults:
        raise InputError(faults)
    return {name: sha256 for name, sha256 in rows if _is_inside(name)}


def _is_inside(name: str) -> bool:
    """Tell whether a path from an index leads nowhere but into its folder."""
    parts = name.split("/")
    return not {"", ".", ".."} & set(parts) and not any(letter in name for letter in '\\:*?"<>|')


def _is_marked(path: Path) -> bool:
    if LEFT_BEHIND.fullmatch(path.name):
        return True
    judges: dict[str, Callable[[Path], bool]] = {
        ".json": lambda path: JSON_MARK.match(_head(path)) is not None,
        ".age": _is_pack,
        ".html": lambda path: HTML_MARK in _head(path),
        ".gpx": lambda path: GPX_MARK in _head(path),
        # Each has a GPX file beside it, and nothing of its own to be known by.
        ".kml": lambda path: GPX_MARK in _head(path.with_suffix(".gpx")),
        ".pdf": lambda path: PDF_MARK in path.read_bytes(),
        ".xlsx": _is_workbook,
        ".gpkg": _is_geopackage,
    }
    judge = judges.get(path.suffix)
    try:
        return judge is not None and judge(path)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, sqlite3.Error):
        return False
    except (zlib.error, RuntimeError):  # of damaged zips, and of packings that are not known
        return False


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def _is_pack(path: Path) -> bool:
    return PACK_NAME.fullmatch(path.name) is not None and _head(path).startswith(PACK_MARK)


def _is_workbook(path: Path) -> bool:
    with zipfile.ZipFile(path) as parts, parts.open(XLSX_PART) as part:
        return XLSX_MARK in part.read(HEAD_BYTES)


def _is_geopackage(path: Path) -> bool:
    address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    with contextlib.closing(sqlite3.connect(address, uri=True)) as file:
        (styles,) = file.execute(GPKG_MARK).fetchone()
    return bool(styles)


def _listed(path: Path) -> Iterator[Path]:
    """Yield the files that an index or the manifest of an opened pack names beside itself."""
    if path.name not in {INDEX, "manifest.json"}:
        return
    values: Any = None
    with contextlib.suppress(OSError, ValueError, RecursionError):
        values = json.loads(path.read_bytes())
    rows = values.get("files") if isinstance(values, dict) else None
    for row in rows if isinstance(rows, list) else ():
        name = row.get("name") if isinstance(row, dict) else None
        if isinstance(name, str) and _is_inside(name):
            named = path.parent / name
            if named.is_file() and not named.is_symlink():
                yield named
