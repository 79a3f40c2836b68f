"""Folders of files that routeplan made: written whole, found again, and removed.

A file is known by the index of its folder, which every writer keeps (see `routeplan.files`), or by
what the file says of itself; never by its name alone. So a folder that holds other files too can be
wiped, and a file that was changed since it was made is told from one that was not.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import mmap
import os
import re
import sqlite3
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from routeplan.errors import Faults, InputError
from routeplan.files import (
    ANY,
    digest_of,
    indexed,
    is_temporary,
    name_digest,
    prune_index,
    read_bytes,
    write_whole,
)
from routeplan.files import INDEX as FOLDER_INDEX
from routeplan.files.store import MAGIC
from routeplan.formats.document import VERSION, format_json, parse_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from routeplan.files import Entries

__all__ = [
    "INDEX",
    "OSMNX_NAME",
    "Found",
    "check_own",
    "files_made_in",
    "look_into",
    "remove",
    "write_folder",
]

INDEX = "handouts.json"
FORMAT = "routeplan-handouts"

# What a file says of itself where routeplan made it.
HTML_MARK = b'<meta name="generator" content="routeplan">'
GPX_MARK = b'creator="routeplan"'
PDF_MARK = b"/Creator (routeplan)"
PNG_MARK = b"tEXtSoftware\0routeplan"
XLSX_PART, XLSX_MARK = "docProps/core.xml", b"<dc:creator>routeplan</dc:creator>"
GPKG_MARK = "SELECT count(*) FROM layer_styles WHERE owner = 'routeplan'"
JSON_MARK = re.compile(rb'\s*\{\s*"format":\s*"routeplan-\w+"')
PACK_MARK, PACK_NAME = b"age-encryption.org/v1\n", re.compile(r".+_day[0-9]+\.age")
KEY_MARK, KEY_ENDINGS = b"AGE-SECRET-KEY-", {"", ".txt", ".key", ".age"}

# osmnx names an answer by the hash of what was asked.
OSMNX_NAME = re.compile(r"[0-9a-f]{40}\.json")

HEAD_BYTES = 4096

# Fields of `Found` with files that nobody but the user can make anew.
_NOT_MADE = ("keys", "others")


@dataclass(frozen=True, slots=True)
class Found:
    """What is in a folder and below it, by who made it.

    Parameters
    ----------
    made
        Files that routeplan made, as it made them, and its indexes; these are wiped.
    changed
        Files that it made and that were changed since.
    keys
        Secret keys of packs: without them, what was sealed is lost.
    others
        All other files, and links, which are never followed.
    """

    made: tuple[Path, ...]
    changed: tuple[Path, ...] = ()
    keys: tuple[Path, ...] = ()
    others: tuple[Path, ...] = ()


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
    check_own(folder / name for name in files if name not in before)
    index = {
        "format": FORMAT,
        "version": VERSION,
        # Of the name, too, there is only a hash: once a file is gone, nothing tells what it was.
        "files": [
            {"name": name, "sha256": sha256}
            for name, sha256 in sorted(
                (name_digest(name), hashlib.sha256(data).hexdigest())
                for name, data in files.items()
            )
        ],
    }
    whole = {folder / name: data for name, data in files.items()}
    write_whole({**whole, folder / INDEX: format_json(index).encode()})
    remove([folder / name for name in before if name not in files], within=folder)


def check_own(paths: Iterable[Path]) -> None:
    """Make sure that no file would be replaced but such that routeplan made, changed or not.

    Raises
    ------
    InputError
        Naming each other file that stands in one of these places.
    """
    faults = Faults()
    there = [path for path in paths if path.exists()]
    indexes = {folder: _index_of(folder) for folder in {path.parent for path in there}}
    for path in there:
        if _kind(path, indexes[path.parent]) in _NOT_MADE:
            message = "is there already, was not made by routeplan, and would be lost"
            faults.add(str(path), message, "move it away, or choose another place with -o")
    faults.raise_any()


def look_into(folder: Path) -> Found:
    """Look for what routeplan made in a folder and below it; links are not followed."""
    found: dict[str, list[Path]] = {"made": [], "changed": [], "keys": [], "others": []}
    listed: dict[Path, list[str]] = {}
    for here, links, paths in _walk(folder):
        found["others"] += links
        index = _index_of(here)
        _list_named(here, listed)
        for path in paths:
            found[_kind(path, index, listed.get(path, ()))].append(path)
    return Found(**{kind: tuple(sorted(paths)) for kind, paths in found.items()})


def files_made_in(folder: Path) -> tuple[Path, ...]:
    """Return the files in a folder, and those below it, that routeplan made.

    Links are not followed. Keys of packs are not among them: what was sealed would be lost.
    """
    return look_into(folder).made


def remove(files: Iterable[Path], *, within: Path) -> None:
    """Remove files, and the folders in a folder that are empty then, and itself if it is.

    Raises
    ------
    InputError
        Naming each file that is not really in the folder, because a link leads out of it: then
        none is removed; or that cannot be removed: then the others are gone.
    """
    files = list(files)
    faults = Faults()
    for path in files:
        if not _is_inside(path, within):
            faults.add(
                str(path), f"is not in {within}: a link leads out of it", "nothing is removed"
            )
    faults.raise_any()
    folders: set[Path] = set()
    for path in files:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            faults.add(str(path), f"cannot be removed: {(error.strerror or str(error)).lower()}")
        folders.update(each for each in path.parents if each.is_relative_to(within))
    for folder in sorted(folders, reverse=True):
        with contextlib.suppress(OSError, InputError):
            prune_index(folder)
        # Nobody is left standing in a folder that is gone.
        if not Path.cwd().is_relative_to(folder.absolute()):
            with contextlib.suppress(OSError):
                folder.rmdir()
    faults.raise_any()


def _is_inside(path: Path, folder: Path) -> bool:
    """Return whether a path leads to a place in a folder without passing any link below it."""
    with contextlib.suppress(OSError, ValueError, RuntimeError):
        below = path.relative_to(folder)
        return ".." not in below.parts and path.parent.resolve() == folder.resolve() / below.parent
    return False


def _is_link(path: Path) -> bool:
    return path.is_symlink() or path.resolve() != path.parent.resolve() / path.name


def _walk(folder: Path) -> Iterator[tuple[Path, list[Path], list[Path]]]:
    """Yield a folder and each below it, with the links to folders and the files in it."""
    for parent, folders, names in os.walk(folder):
        here = Path(parent)
        links = [here / name for name in folders if _is_link(here / name)]
        folders[:] = sorted(name for name in folders if here / name not in links)
        yield here, links, [here / name for name in sorted(names)]


def _is_ordinary(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _check_unchanged(
    folder: Path, before: Mapping[str, set[str]], files: Mapping[str, bytes]
) -> None:
    faults = Faults()
    for name, known in before.items():
        new = hashlib.sha256(files.get(name, b"")).hexdigest()
        if digest_of(folder / name) not in known | {new}:
            hint = "move it away, or choose another folder with -o"
            message = "was changed since it was made, and would be lost"
            faults.add(str(folder / name), message, hint)
    faults.raise_any()


def _index(folder: Path) -> dict[str, set[str]]:
    """Return which files are there that were made the last time, with their hashes then."""
    path = folder / INDEX
    if not path.is_file():
        return {}
    faults = Faults()
    root = parse_document(read_bytes(path), str(path), FORMAT, faults)
    known: dict[str, set[str]] = {}
    for each in root.children("files"):
        known.setdefault(each.text("name"), set()).add(each.text("sha256"))
    if faults:
        raise InputError(faults)
    paths = [path for _, _, paths in _walk(folder) for path in paths if _is_ordinary(path)]
    names = [path.relative_to(folder).as_posix() for path in paths]
    # Earlier versions wrote the names themselves.
    found = {name: known.get(name_digest(name), known.get(name)) for name in names}
    return {name: sha256 for name, sha256 in found.items() if sha256}


def _is_plain(name: str) -> bool:
    """Return whether a path from an index leads only into its folder, by its own letters."""
    parts = name.split("/")
    return not {"", ".", ".."} & set(parts) and not any(letter in name for letter in '\\:*?"<>|')


def _index_of(folder: Path) -> Entries | None:
    """Return the index of a folder, None where there is none."""
    path = folder / FOLDER_INDEX
    try:
        return indexed(folder) if _is_ordinary(path) else None
    except InputError:
        return None


def _kind(path: Path, index: Entries | None, listed: Iterable[str] = ()) -> str:
    """Return which field of `Found` a file belongs to.

    Parameters
    ----------
    path
        The file.
    index
        That of its folder, None where there is none.
    listed
        Hashes of what it held when it was made, by other lists that name it.
    """
    known = [*listed, *(index or {}).get(name_digest(path.name), [])]
    try:
        if not _is_ordinary(path):
            return "others"
        if _is_key(path):
            return "keys"
        if known:
            return "made" if ANY in known or digest_of(path) in known else "changed"
        if path.name == FOLDER_INDEX or OSMNX_NAME.fullmatch(path.name):
            return "made" if index is not None else "others"
        return "made" if _is_marked(path) else "others"
    except OSError:
        return "others"


def _is_key(path: Path) -> bool:
    if path.suffix not in KEY_ENDINGS or path.stat().st_size > HEAD_BYTES:
        return False
    return any(line.startswith(KEY_MARK) for line in _head(path).splitlines())


def _is_marked(path: Path) -> bool:
    if is_temporary(path):
        return True
    judges: dict[str, Callable[[Path], bool]] = {
        ".json": lambda path: JSON_MARK.match(_head(path)) is not None,
        ".cache": lambda path: _head(path).startswith(MAGIC),
        ".age": _is_pack,
        ".html": lambda path: HTML_MARK in _head(path),
        ".gpx": lambda path: GPX_MARK in _head(path),
        # Each has a GPX file beside it, and nothing of its own to be known by.
        ".kml": lambda path: GPX_MARK in _head(path.with_suffix(".gpx")),
        ".pdf": _is_sheet,
        ".png": lambda path: PNG_MARK in _head(path),
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


def _is_sheet(path: Path) -> bool:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return data.find(PDF_MARK) >= 0


def _is_workbook(path: Path) -> bool:
    with zipfile.ZipFile(path) as parts, parts.open(XLSX_PART) as part:
        return XLSX_MARK in part.read(HEAD_BYTES)


def _is_geopackage(path: Path) -> bool:
    address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    with contextlib.closing(sqlite3.connect(address, uri=True)) as file:
        (styles,) = file.execute(GPKG_MARK).fetchone()
    return bool(styles)


def _list_named(folder: Path, listed: dict[Path, list[str]]) -> None:
    """Enter the files that an index of handouts or the manifest of an opened pack names.

    Only files that are as they were made are known so: such a list may be anybody's.
    """
    for name in (INDEX, "manifest.json"):
        for file_error, sha256 in _rows(folder / name):
            listed.setdefault(folder / file_error, []).append(sha256)


def _rows(path: Path) -> Iterator[tuple[str, str]]:
    values: Any = None
    with contextlib.suppress(OSError, ValueError, RecursionError):
        if not path.is_symlink() and JSON_MARK.match(_head(path)):
            values = json.loads(path.read_bytes())
    rows = values.get("files") if isinstance(values, dict) else None
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict):
            name, sha256 = row.get("name"), row.get("sha256")
            if isinstance(name, str) and isinstance(sha256, str) and _is_plain(name):
                yield name, sha256
