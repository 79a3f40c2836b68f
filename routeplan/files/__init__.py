"""Files: read, written whole or not at all, readable by the user alone, and found again.

Every file that routeplan writes is entered in the index of its folder, ``.routeplan.index``, so
that it can be found and removed later. The index holds only hashes of names and contents: once a
file is gone, its entry does not reveal what the file was. Files, folders and temporary files are
readable by the user alone, as far as the system has such permissions.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import sys
import tempfile
import time
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from routeplan.errors import Fault, Faults, InputError
from routeplan.files.system_errors import error_text as error_text
from routeplan.files.system_errors import unwritable
from routeplan.language import gettext as _

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

VARIABLE = "ROUTEPLAN_CACHE"
"""Environment variable that names the cache folder."""

# The process that writes a temporary file is part of its name.
_PREFIX = ".routeplan-"
_TEMPORARY = re.compile(r"\.routeplan-(?:([0-9]{1,10})-)?\w+(?:\.[\w.]+)?")
_ABANDONED_SECONDS = 3600.0
INDEX = ".routeplan.index"
"""Name of the file that holds the index of its folder."""
ANY = "*"
"""In place of a hash in the index: any content."""
LARGEST_BYTES = 2 * 2**30
"""Largest file that is read whole."""
LARGEST_TOML = 2 * 2**20
"""Largest file of settings, whose parser is slow."""
# They cannot be replaced while a program has them open.
_WORKBOOKS = (".xlsx", ".xls", ".ods", ".csv")

Entries = dict[str, list[str]]
"""An index: by the hash of a name, the hashes of what the file may hold."""

_FORMAT, _VERSION = "routeplan-files", 1
# A process may have a few hundred files open.
_MAX_LOCKS = 100


class LockedFileError(InputError):
    """A workbook that another program has open, at `path`."""

    path: Path


def read_bytes(path: Path, *, name: str = "", most: int = LARGEST_BYTES) -> bytes:
    """Read a regular file; devices and pipes are refused, since they may never end.

    Faults call it by `name`, or else its path. InputError is raised if it does not exist, cannot be
    read, or has more than `most` bytes.
    """
    name = name or str(path)
    try:
        if not path.is_dir():
            _check_regular(path)
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size > most:
                size = most // 2**20
                message = _("is larger than {size:,} MiB, the most that is read", size=size)
                raise InputError([Fault(name, message)])
            return file.read()
    except OSError as error:
        message = _("cannot be read: {why}", why=error_text(error))
        raise InputError([Fault(name, message)]) from None


def check_writable(*paths: Path) -> None:
    """Check that files can be written before a long computation; leave nothing behind.

    All files that cannot be written are named.
    """
    _check_names(paths)
    faults = Faults()
    for path in paths:
        try:
            _check_regular(path)
            read_index(path.parent)
            nearest = next(folder for folder in path.absolute().parents if folder.exists())
            with tempfile.TemporaryFile(dir=nearest, prefix=prefix()):
                pass
        except InputError as error:
            faults.adopt(error)
        except OSError as error:
            faults.add(str(path), unwritable(error), _("choose another place"))
    faults.raise_any()


def write_whole(contents: Mapping[Path, str | bytes], *, index: bool = True) -> None:
    """Write files, each whole or not at all: readers see the old one or the new one.

    All are written as temporary files beside their places, and moved once all are safe on disk.
    Temporary files of processes that were killed are removed from these folders. Text is written as
    UTF-8; the files are entered in the indexes of their folders if `index` is true.

    Raises InputError, naming every file that cannot be written; then all files are as they were.
    """
    if index:
        _check_names(contents)
    data = {path: c.encode() if isinstance(c, str) else c for path, c in contents.items()}
    digests = {path: hashlib.sha256(d).hexdigest() for path, d in data.items()} if index else {}
    remove_abandoned(path.parent for path in data)
    ready: dict[Path, Path] = {}
    indexes: dict[Path, Path] = {}
    try:
        _write_temporary(data, ready)
        with locked_folders(path.parent for path in digests):
            _write_temporary(_updated_indexes(digests), indexes)
            # Indexes first: no file is ever missing from its index.
            _move(indexes | ready)
    finally:
        for temporary in (*indexes.values(), *ready.values()):
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def write_unlocked(contents: Mapping[Path, str | bytes]) -> Faults:
    """Write files as `write_whole` does, but leave out workbooks that another program has open.

    Their faults are returned.
    """
    left, faults = dict(contents), Faults()
    while True:
        try:
            write_whole(left)
        except LockedFileError as error:
            faults.adopt(error)
            del left[error.path]
        else:
            return faults


def move_whole(source: Path, target: Path) -> None:
    """Move a complete file to its place in the same folder, and enter it in the index."""
    _enter({target: digest_of(source)})
    try:
        source.replace(target)
    except OSError as error:
        raise InputError([Fault(str(target), unwritable(error))]) from None


def cache_folder() -> Path:
    """Return the cache folder, which need not exist."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else platformdirs.user_cache_path("routeplan", appauthor=False)


def make_folder(folder: Path) -> None:
    """Make a folder and its missing parents, accessible to the user alone."""
    for each in (*reversed(folder.parents), folder):
        if each == folder or not each.exists():
            each.mkdir(mode=0o700, exist_ok=True)


def open_private(path: str, flags: int) -> int:
    """Open a file, readable by the user alone if it is new; an ``opener`` for `open`."""
    return os.open(path, flags, 0o600)


@contextlib.contextmanager
def private_files() -> Iterator[None]:
    """Make files that libraries write in the meantime readable by the user alone."""
    before = os.umask(0o077)
    os.umask(before | 0o077)
    try:
        yield
    finally:
        os.umask(before)


@contextlib.contextmanager
def temporary_beside(path: Path, suffix: str = "") -> Iterator[Path]:
    """Make an empty file beside another one, and remove it at the end."""
    handle, name = tempfile.mkstemp(suffix=suffix, prefix=prefix(), dir=path.absolute().parent)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def prefix() -> str:
    """Return the prefix of this process's temporary files."""
    return f"{_PREFIX}{os.getpid()}-"


def is_temporary(path: Path) -> bool:
    """Return whether a file is a temporary file of routeplan, by its name."""
    return _TEMPORARY.fullmatch(path.name) is not None


def remove_abandoned(folders: Iterable[Path]) -> list[Path]:
    """Remove temporary files in folders whose writers have ended; return them."""
    removed = []
    for folder in dict.fromkeys(folders):
        with contextlib.suppress(OSError):
            for path in filter(is_temporary, folder.iterdir()):
                if _is_abandoned(path):
                    with contextlib.suppress(OSError):
                        path.unlink()
                        removed.append(path)
    return removed


def _is_abandoned(path: Path) -> bool:
    with contextlib.suppress(OSError):
        if not path.is_file() or path.is_symlink():
            return False
        if path.stat().st_mtime < time.time() - _ABANDONED_SECONDS:
            return True
    match = _TEMPORARY.fullmatch(path.name)
    # Windows has no signal that only checks whether a process exists.
    if match is None or match[1] is None or sys.platform == "win32":
        return False
    try:
        os.kill(int(match[1]), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        pass
    return False


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def name_digest(name: str) -> str:
    """Return the hash of a file name, the same for each spelling that a file system may return."""
    folded = unicodedata.normalize("NFC", name).casefold()
    return hashlib.sha256(folded.encode(errors="surrogatepass")).hexdigest()


def read_index(folder: Path) -> Entries:
    """Read the index of a folder; empty where there is none. An invalid one is an InputError."""
    path = folder / INDEX
    if path.is_symlink() or not path.exists():
        return {}
    data = read_bytes(path)
    try:
        values = json.loads(data)
        if (values["format"], values["version"]) == (_FORMAT, _VERSION):
            files = values["files"].items()
            return {str(name): [str(each) for each in digests] for name, digests in files}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    message = _("is not the index that routeplan keeps under this name")
    raise InputError([Fault(str(path), message, _("move it away"))])


def enter_in_index(*paths: Path, content: str = ANY) -> None:
    """Enter files in the index before they are written: their hash, or a note on any content."""
    _enter(dict.fromkeys(paths, content))


def sign(writer: str, *paths: Path) -> None:
    """Note in the index who wrote files, with the content that they have now."""
    _enter({path: f"{writer}:{digest_of(path)}" for path in paths})


def is_signed(writer: str, path: Path) -> bool:
    """Return whether a file is as this writer signed it."""
    known = read_index(path.parent).get(name_digest(path.name), [])
    return f"{writer}:{digest_of(path)}" in known


def prune_index(folder: Path) -> None:
    """Remove files that no longer exist from the index of a folder; remove it if it is empty."""
    if (folder / INDEX).is_file():
        with locked_folders([folder]):
            entries = _entered(folder, {})
            if entries:
                write_whole({folder / INDEX: _index_json(entries)}, index=False)
            else:
                (folder / INDEX).unlink()


def _enter(digests: Mapping[Path, str]) -> None:
    for path in digests:
        make_folder(path.parent)
    with locked_folders(path.parent for path in digests):
        write_whole(_updated_indexes(digests), index=False)


def _updated_indexes(digests: Mapping[Path, str]) -> dict[Path, bytes]:
    """Return the content of each folder's index with files of these hashes in it."""
    folders: dict[Path, dict[str, str]] = {}
    for path, digest in digests.items():
        folders.setdefault(path.parent, {})[path.name] = digest
    return {
        folder / INDEX: _index_json(_entered(folder, files)) for folder, files in folders.items()
    }


def _entered(folder: Path, digests: Mapping[str, str]) -> Entries:
    """Return the index of a folder with new files, and without those that no longer exist."""
    entries = read_index(folder)
    there = {name_digest(path.name) for path in folder.iterdir()} if entries else set()
    result = {name: known for name, known in entries.items() if name in there}
    for name, digest in digests.items():
        key = name_digest(name)
        # Until a new file is moved to its place, the old one is there.
        result[key] = list(dict.fromkeys([*result.get(key, [])[-1:], digest]))
    return result


def _index_json(entries: Entries) -> bytes:
    values = {"format": _FORMAT, "version": _VERSION, "files": dict(sorted(entries.items()))}
    return (json.dumps(values, indent=0) + "\n").encode()


@contextlib.contextmanager
def locked_folders(folders: Iterable[Path]) -> Iterator[None]:
    """Keep other processes from changing indexes and sealed ledgers in folders, where possible.

    The folder itself is locked, so that no lock file is left. Windows and some network drives have
    no such locks; there an entry can be lost if two commands end at the same instant.
    """
    with contextlib.ExitStack() as stack:
        if sys.platform != "win32":
            for folder in sorted(set(folders))[:_MAX_LOCKS]:
                with contextlib.suppress(OSError):
                    handle = os.open(folder, os.O_RDONLY)
                    stack.callback(os.close, handle)
                    fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _write_temporary(data: Mapping[Path, bytes], ready: dict[Path, Path]) -> None:
    """Write each file beside its place; add it to `ready` as soon as it is written."""
    faults = Faults()
    for path, content in data.items():
        try:
            ready[path] = _write_beside(path, content)
        except OSError as error:
            faults.add(str(path), unwritable(error))
    faults.raise_any()


def _write_beside(path: Path, content: bytes) -> Path:
    _check_regular(path)
    make_folder(path.parent)
    # mkstemp lets nobody but the user read it.
    handle, name = tempfile.mkstemp(prefix=prefix(), dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _move(ready: dict[Path, Path]) -> None:
    """Move files to their places; if one cannot be moved, restore those that were replaced."""
    replaced: dict[Path, bytes | None] = {}
    path = Path()
    try:
        for path, temporary in ready.items():
            before = path.read_bytes() if path.exists() else None
            temporary.replace(path)
            replaced[path] = before
    except BaseException as error:
        for moved, before in replaced.items():
            if before is None:
                moved.unlink()
            else:
                _write_beside(moved, before).replace(moved)
        if isinstance(error, OSError):
            raise _not_written(path, error) from None
        raise


def _not_written(path: Path, error: OSError) -> InputError:
    if isinstance(error, PermissionError) and path.suffix.lower() in _WORKBOOKS and path.exists():
        hint = _("close it in Excel, and repeat this")
        locked = LockedFileError([Fault(str(path), unwritable(error), hint)])
        locked.path = path
        return locked
    return InputError([Fault(str(path), unwritable(error))])


def _check_names(paths: Iterable[Path]) -> None:
    faults = Faults()
    for path in paths:
        if path.name.casefold() == INDEX:
            message = _("is the name of the index of its folder")
            faults.add(str(path), message, _("choose another name"))
    faults.raise_any()


def _check_regular(path: Path) -> None:
    # A folder cannot be replaced; a device could be by root, and must not be.
    if path.exists() and not path.is_file():
        raise OSError(None, _("it is a folder") if path.is_dir() else _("it is no ordinary file"))
