"""What is stored on a machine: folders of outputs, caches, and their removal.

A file is recognized by the index of its folder, which every writer keeps (see `routeplan.files`),
or by a mark in its content; never by its name alone. So a folder that holds other files too can be
wiped, and a file that was changed since it was written is distinguished from one that was not.
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

import platformdirs

from routeplan.errors import Faults, InputError, RouteplanError
from routeplan.files import (
    ANY,
    LockedFileError,
    cache_folder,
    digest_of,
    error_text,
    is_signed,
    is_temporary,
    name_digest,
    prune_index,
    read_bytes,
    read_index,
    write_whole,
)
from routeplan.files import INDEX as FOLDER_INDEX
from routeplan.files.store import MAGIC
from routeplan.formats.document import VERSION, format_json, parse_document
from routeplan.language import gettext as _
from routeplan.ledger.marks import find_kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from routeplan.files import Entries

INDEX = "handouts.json"
FORMAT = "routeplan-handouts"
RUN = "run"
"""Writer of the problem and plan of a run, in the index of its folder."""

# Files of the caches: entries, and the list of fonts that matplotlib keeps for figures.
CACHE_NAME = re.compile(r"[0-9a-f]{64}\.cache|fontlist-v[\w.-]+\.json")
# osmnx keeps answers of servers here by default, named by the hash of the query.
OSMNX_FOLDER, OSMNX_NAME = Path("cache"), re.compile(r"[0-9a-f]{40}\.json")
PACK_MARK, PACK_NAME = b"age-encryption.org/v1\n", re.compile(r".+_day[0-9]+\.age")
KEY_MARK, KEY_ENDINGS = b"AGE-SECRET-KEY-", {"", ".txt", ".key", ".age"}
JSON_MARK = re.compile(rb'\s*\{\s*"format":\s*"routeplan-\w+"')
HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class FolderContents:
    """The files in a folder and below it, by who wrote them.

    Parameters
    ----------
    made, changed
        Files as routeplan wrote them, and its indexes, which are wiped; and those changed since.
    keys
        Secret keys of packs: without them, what was sealed is lost.
    ledgers
        Ledgers, sealed ones too, and what SQLite keeps beside them: what was recorded is nowhere
        else.
    others
        All other files, and links, which are never followed.
    """

    made: tuple[Path, ...]
    changed: tuple[Path, ...] = ()
    keys: tuple[Path, ...] = ()
    ledgers: tuple[Path, ...] = ()
    others: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder where results are kept: its name, what it reveals (`holds`), and all its files.

    `wiped` says whether `routeplan wipe` empties it.
    """

    name: str
    holds: str
    folder: Path
    files: tuple[Path, ...]
    wiped: bool = True


def find_caches() -> tuple[Cache, ...]:
    """Return all caches, also empty ones."""
    own, matplotlib = cache_folder(), platformdirs.user_cache_path("matplotlib", appauthor=False)
    # The user may have named a folder with other files in it.
    entries = [p for p in _files_in(own) if CACHE_NAME.fullmatch(p.name) or is_temporary(p)]
    osmnx = () if OSMNX_FOLDER.is_symlink() else _files_in(OSMNX_FOLDER)
    answers = [path for path in osmnx if OSMNX_NAME.fullmatch(path.name)]
    holds = {
        "roads": _("roads and travel times that were worked out: they tell of which district"),
        "osmnx": _("answers of map servers to osmnx in this folder: they tell of which district"),
        "matplotlib": _(
            "names of the fonts of this machine, kept by matplotlib, which is not wiped"
        ),
    }
    return (
        Cache("roads", holds["roads"], own, tuple(entries)),
        Cache("osmnx", holds["osmnx"], OSMNX_FOLDER, tuple(answers)),
        Cache("matplotlib", holds["matplotlib"], matplotlib, _files_in(matplotlib), wiped=False),
    )


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a folder, all or none, with an index; remove those of the last time.

    Only workbooks that another program has open are left out, and named once the rest is written.

    Files are named by their path within the folder, with ``/`` between folders. InputError names
    each file of the last time that was changed since and would be lost; or that cannot be written.
    """
    before = _read_handout_index(folder)
    faults = Faults()
    for name, known in before.items():
        new = hashlib.sha256(files.get(name, b"")).hexdigest()
        if digest_of(folder / name) not in known | {new}:
            message = _("was changed since it was made, and would be lost")
            hint = _("move it away, or choose another folder with -o")
            faults.add(str(folder / name), message, hint)
    faults.raise_any()
    check_replaceable(folder / name for name in files if name not in before)
    locked = _write_with_index(folder, files, before)
    remove_files([folder / name for name in before if name not in files], within=folder)
    locked.raise_any()


def _write_with_index(
    folder: Path, files: Mapping[str, bytes], before: Mapping[str, set[str]]
) -> Faults:
    """Write files and their index; return the faults of workbooks that stay as they were."""
    kept: set[str] = set()
    locked = Faults()
    while True:
        new = {name: data for name, data in files.items() if name not in kept}
        contents: dict[Path, str | bytes] = {folder / name: data for name, data in new.items()}
        contents[folder / INDEX] = _index_of_files(new, kept, before)
        try:
            write_whole(contents)
        except LockedFileError as error:
            kept.add(error.path.relative_to(folder).as_posix())
            locked.adopt(error)
        else:
            return locked


def _index_of_files(
    new: Mapping[str, bytes], kept: Iterable[str], before: Mapping[str, set[str]]
) -> str:
    # Names are hashed, too: once a file is gone, nothing reveals what it was.
    digests = {name: {hashlib.sha256(data).hexdigest()} for name, data in new.items()}
    digests |= {name: before.get(name, set()) for name in kept}
    rows = [
        {"name": name_digest(name), "sha256": sha256}
        for name, known in digests.items()
        for sha256 in sorted(known)
    ]
    rows.sort(key=lambda row: row["name"])
    return format_json({"format": FORMAT, "version": VERSION, "files": rows})


def check_replaceable(paths: Iterable[Path]) -> None:
    """Check that no file would be replaced that routeplan did not write; name each."""
    faults = Faults()
    present = [path for path in paths if path.exists()]
    indexes = {folder: _index_of(folder) for folder in {path.parent for path in present}}
    for path in present:
        if _owner(path, indexes[path.parent]) in ("keys", "ledgers", "others"):
            message = _("is there already, was not made by routeplan, and would be lost")
            hint = _("move it away, or choose another place with -o")
            faults.add(str(path), message, hint)
    faults.raise_any()


def check_own(writer: str, *paths: Path) -> None:
    """Refuse files that are there, but are not as this writer signed them."""
    faults = Faults()
    for path in filter(Path.exists, paths):
        if not is_signed(writer, path):
            message = _(
                "was changed since the last run, or made by another command, and would be lost"
            )
            hint = _("choose another folder with -o, or repeat this with --overwrite")
            faults.add(str(path), message, hint)
    faults.raise_any()


def without_map(
    error: RouteplanError | OSError, problem: Path, plan: Path, page: Path
) -> RouteplanError:
    """Return the error of a map that could not be made, with what is written all the same."""
    faults = Faults()
    if isinstance(error, OSError):
        faults.add(str(page), _("cannot be written: {why}", why=error_text(error)))
    else:
        faults.adopt(error)
    message = _(
        "the plan is kept: {problem} and {plan} are written, {map} is not",
        problem=problem,
        plan=plan,
        map=page.name,
    )
    faults.add("", message, _("draw the map anew with 'routeplan map'"))
    if page.exists():
        faults.add(str(page), _("is the map of an earlier plan"))
    kind = InputError if isinstance(error, OSError) else type(error)
    return kind(faults)


def scan_folder(folder: Path) -> FolderContents:
    """Find what routeplan wrote in a folder and below it; links are not followed."""
    contents: dict[str, list[Path]] = {
        owner: [] for owner in ("made", "changed", "keys", "ledgers", "others")
    }
    listed: dict[Path, list[str]] = {}
    for here, links, paths in _walk(folder):
        contents["others"] += links
        # Indexes of handouts and manifests of opened packs may be anybody's: only files that are
        # as these say are recognized by them.
        for name in (INDEX, "manifest.json"):
            for file, sha256 in _listed_files(here / name):
                listed.setdefault(here / file, []).append(sha256)
        index = _index_of(here)
        for path in paths:
            contents[_owner(path, index, listed.get(path, ()))].append(path)
    return FolderContents(**{owner: tuple(sorted(paths)) for owner, paths in contents.items()})


def remove_files(files: Iterable[Path], *, within: Path) -> None:
    """Remove files, and each folder that is empty then, up to the one that they are in.

    InputError names each file that is not really in the folder, because a link leads out of it:
    then none is removed; or that cannot be removed: then the others are.
    """
    files = list(files)
    faults = Faults()
    for path in files:
        if not _is_inside(path, within):
            message = _("is not in {folder}: a link leads out of it", folder=within)
            faults.add(str(path), message, _("nothing is removed"))
    faults.raise_any()
    folders: set[Path] = set()
    for path in files:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            faults.add(str(path), _("cannot be removed: {why}", why=error_text(error)))
        folders.update(each for each in path.parents if each.is_relative_to(within))
    for folder in sorted(folders, reverse=True):
        with contextlib.suppress(OSError, InputError):
            prune_index(folder)
        # The current folder must not disappear.
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


def _walk(folder: Path) -> Iterator[tuple[Path, list[Path], list[Path]]]:
    """Yield a folder and each below it, with the links to folders and the files in it."""
    for parent, folders, names in os.walk(folder):
        here = Path(parent)
        links = [
            here / name for name in folders if (here / name).resolve() != here.resolve() / name
        ]
        folders[:] = sorted(name for name in folders if here / name not in links)
        yield here, links, [here / name for name in sorted(names)]


def _files_in(folder: Path) -> tuple[Path, ...]:
    return tuple(sorted(path for _, _, paths in _walk(folder) for path in paths if _is_file(path)))


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _read_handout_index(folder: Path) -> dict[str, set[str]]:
    """Return the files of the last time that are still there, with their hashes then."""
    path = folder / INDEX
    if not path.is_file():
        return {}
    faults = Faults()
    rows = parse_document(read_bytes(path), str(path), FORMAT, faults).children("files")
    known: dict[str, set[str]] = {}
    for row in rows:
        known.setdefault(row.text("name"), set()).add(row.text("sha256"))
    faults.raise_any()
    names = [each.relative_to(folder).as_posix() for each in _files_in(folder)]
    # Earlier versions wrote the names themselves.
    digests = {name: known.get(name_digest(name)) or known.get(name) for name in names}
    return {name: sha256 for name, sha256 in digests.items() if sha256}


def _listed_files(path: Path) -> Iterator[tuple[str, str]]:
    """Yield path and hash of each file that an index of handouts or a manifest lists."""
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


def _is_plain(name: str) -> bool:
    """Return whether a path from an index leads only into its folder, by its own letters."""
    return not {"", ".", ".."} & set(name.split("/")) and not set(name) & set('\\:*?"<>|')


def _index_of(folder: Path) -> Entries | None:
    """Return the index of a folder, None if it has no valid one."""
    with contextlib.suppress(InputError):
        if _is_file(folder / FOLDER_INDEX):
            return read_index(folder)
    return None


def _owner(path: Path, index: Entries | None, listed: Iterable[str] = ()) -> str:
    """Return which field of `FolderContents` a file belongs to, by its index and other lists."""
    known = [*listed, *(index or {}).get(name_digest(path.name), [])]
    with contextlib.suppress(OSError):
        if not _is_file(path):
            return "others"
        if _is_key(path):
            return "keys"
        if find_kind(path):
            return "ledgers"
        if known:
            return "made" if {ANY, digest_of(path)} & set(known) else "changed"
        if _is_marked(path, indexed=index is not None):
            return "made"
    return "others"


def _is_key(path: Path) -> bool:
    is_small = path.suffix in KEY_ENDINGS and path.stat().st_size <= HEAD_BYTES
    return is_small and any(line.startswith(KEY_MARK) for line in _head(path).splitlines())


def _is_marked(path: Path, *, indexed: bool) -> bool:
    """Return whether the name or the content of a file says that routeplan wrote it."""
    if path.name == FOLDER_INDEX or OSMNX_NAME.fullmatch(path.name):
        return indexed
    if is_temporary(path):
        return True
    tests: dict[str, Callable[[Path], bool]] = {
        ".json": lambda path: JSON_MARK.match(_head(path)) is not None,
        ".cache": lambda path: _head(path).startswith(MAGIC),
        ".age": lambda path: (
            PACK_NAME.fullmatch(path.name) is not None and _head(path).startswith(PACK_MARK)
        ),
        ".html": lambda path: b'<meta name="generator" content="routeplan">' in _head(path),
        ".gpx": lambda path: b'creator="routeplan"' in _head(path),
        # Has no mark of its own, but a GPX file beside it.
        ".kml": lambda path: b'creator="routeplan"' in _head(path.with_suffix(".gpx")),
        ".pdf": _is_own_pdf,
        ".png": lambda path: b"tEXtSoftware\0routeplan" in _head(path),
        ".xlsx": _is_own_workbook,
        ".gpkg": _is_own_geopackage,
    }
    damaged = (OSError, ValueError, KeyError, zipfile.BadZipFile, sqlite3.Error, zlib.error)
    # A RuntimeError is raised for unknown compressions.
    with contextlib.suppress(*damaged, RuntimeError):
        return path.suffix in tests and tests[path.suffix](path)
    return False


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def _is_own_pdf(path: Path) -> bool:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return data.find(b"/Creator (routeplan)") >= 0


def _is_own_workbook(path: Path) -> bool:
    with zipfile.ZipFile(path) as parts, parts.open("docProps/core.xml") as part:
        return b"<dc:creator>routeplan</dc:creator>" in part.read(HEAD_BYTES)


def _is_own_geopackage(path: Path) -> bool:
    address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    with contextlib.closing(sqlite3.connect(address, uri=True)) as file:
        query = "SELECT count(*) FROM layer_styles WHERE owner = 'routeplan'"
        (styles,) = file.execute(query).fetchone()
    return bool(styles)
