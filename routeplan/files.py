"""Reading files, and writing them whole or not at all.

Every file that routeplan makes is entered in the index of its folder, ``.routeplan.index``, so that
it can be found and removed later. The index holds hashes of names and contents, nothing else: once
a file is gone, its entry does not tell what the file was. Files, folders and temporary files are
for the user alone, as far as the system has such rights.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from routeplan.errors import Fault, Faults, InputError
from routeplan.folderindex import ANY, INDEX, enter, index_from_json, index_to_json

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from routeplan.folderindex import Entries

__all__ = [
    "LARGEST_TOML",
    "VARIABLE",
    "cache_folder",
    "check_writable",
    "digest_of",
    "expect",
    "indexed",
    "is_temporary",
    "make_folder",
    "move_whole",
    "open_private",
    "private_files",
    "prune_index",
    "read_bytes",
    "sweep",
    "temporary_beside",
    "write_whole",
]

VARIABLE = "ROUTEPLAN_CACHE"

# The process that writes a temporary file is part of its name.
_PREFIX = ".routeplan-"
_TEMPORARY = re.compile(r"\.routeplan-(?:([0-9]{1,10})-)?\w+(?:\.[\w.]+)?")
_ABANDONED_SECONDS = 3600.0

# A process may have a few hundred files open.
_MOST_LOCKS = 100


LARGEST_BYTES = 2 * 2**30
"""What a file that is read whole may take."""
LARGEST_TOML = 2 * 2**20
"""What a file of settings may take, which is read slowly."""


def read_bytes(path: Path, *, name: str = "", most: int = LARGEST_BYTES) -> bytes:
    """Read a file.

    Parameters
    ----------
    path
        The file; no device or pipe, which may never end.
    name
        What to call it in faults; its path where that is left out.
    most
        Bytes that it may have.

    Raises
    ------
    InputError
        Where it is not there, cannot be read, or is larger.
    """
    name = name or str(path)
    try:
        if not path.is_dir():
            _check_ordinary(path)
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size > most:
                message = f"is larger than {most // 2**20:,} MiB, the most that is read"
                raise InputError([Fault(name, message)])
            return file.read()
    except OSError as error:
        raise InputError([Fault(name, f"cannot be read: {_why(error)}")]) from None


def check_writable(*paths: Path) -> None:
    """Make sure that files can be written, before long work is done for them.

    Nothing is made or left there.

    Raises
    ------
    InputError
        Naming every file that cannot be written.
    """
    _check_names(paths)
    faults = Faults()
    for path in paths:
        try:
            _check_ordinary(path)
            indexed(path.parent)
            with tempfile.TemporaryFile(dir=_nearest_folder(path), prefix=_prefix()):
                pass
        except InputError as error:
            faults.adopt(error)
        except OSError as error:
            faults.add(str(path), f"cannot be written: {_why(error)}", "choose another place")
    faults.raise_any()


def write_whole(contents: Mapping[Path, str | bytes], *, index: bool = True) -> None:
    """Write files, each whole or not at all: readers see the old one or the new one.

    All are written beside their places first, and moved there once all of them are safe on disk.
    What earlier runs that were killed left in these folders is removed.

    Parameters
    ----------
    contents
        What each file is to hold; text is written as UTF-8.
    index
        Whether they are entered in the index of their folder. What is made by machine for a
        machine, and says itself what it is, is found without one.

    Raises
    ------
    InputError
        Naming every file that cannot be written; then none is, and what stood there still does.
    """
    if index:
        _check_names(contents)
    sweep(path.parent for path in contents)
    ready: dict[Path, Path] = {}
    indexes: dict[Path, Path] = {}
    digests = {path: _digest(content) for path, content in contents.items()} if index else {}
    try:
        _prepare(contents, ready)
        with _alone_in(path.parent for path in digests):
            _prepare(_indexes(digests), indexes)
            # The index is moved first: a file that is there is never missing from it.
            _move(indexes | ready)
    finally:
        for temporary in (*indexes.values(), *ready.values()):
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def move_whole(source: Path, target: Path) -> None:
    """Move a file that is complete to its place in the same folder, and enter it in the index.

    Raises
    ------
    InputError
        Where it cannot be moved.
    """
    _enter({target: digest_of(source)})
    try:
        source.replace(target)
    except OSError as error:
        raise InputError([Fault(str(target), f"cannot be written: {_why(error)}")]) from None


def expect(*paths: Path) -> None:
    """Enter files in the index before they are written, whatever they will hold.

    Raises
    ------
    InputError
        Where the index cannot be written.
    """
    _enter(dict.fromkeys(paths, ANY))


def indexed(folder: Path) -> Entries:
    """Return what the index of a folder holds: by hash of a name, hashes of contents.

    Raises
    ------
    InputError
        Where there is a file of that name which is no index.
    """
    path = folder / INDEX
    if path.is_symlink() or not path.exists():
        return {}
    return index_from_json(read_bytes(path), source=str(path))


def prune_index(folder: Path) -> None:
    """Take what is gone out of the index of a folder; remove one that is empty then.

    Raises
    ------
    InputError
        Where the index is none, or cannot be written.
    """
    if (folder / INDEX).is_file():
        with _alone_in([folder]):
            entries = enter(indexed(folder), _names(folder), {})
            if entries:
                write_whole({folder / INDEX: index_to_json(entries)}, index=False)
            else:
                (folder / INDEX).unlink()


def digest_of(path: Path) -> str:
    """Return the hash of what a file holds."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def make_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing, for the user alone."""
    for each in (*reversed(folder.parents), folder):
        if each == folder or not each.exists():
            each.mkdir(mode=0o700, exist_ok=True)


def open_private(path: str, flags: int) -> int:
    """Open a file as `open` does it, for the user alone where it is new; an ``opener``."""
    return os.open(path, flags, 0o600)


def cache_folder() -> Path:
    """Return the folder of what is kept for later runs, which need not exist."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else platformdirs.user_cache_path("routeplan", appauthor=False)


@contextlib.contextmanager
def private_files() -> Iterator[None]:
    """Let files that libraries write meanwhile be for the user alone, too."""
    before = os.umask(0o077)
    os.umask(before | 0o077)
    try:
        yield
    finally:
        os.umask(before)


@contextlib.contextmanager
def temporary_beside(path: Path, suffix: str = "") -> Iterator[Path]:
    """Make an empty file beside another one, and remove it in the end."""
    handle, name = tempfile.mkstemp(suffix=suffix, prefix=_prefix(), dir=path.absolute().parent)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def is_temporary(path: Path) -> bool:
    """Tell whether a file is one that is moved to its place, or removed, when it is complete."""
    return _TEMPORARY.fullmatch(path.name) is not None


def sweep(folders: Iterable[Path]) -> list[Path]:
    """Remove the temporary files in folders whose writers have ended; return them."""
    gone = []
    for folder in dict.fromkeys(folders):
        with contextlib.suppress(OSError):
            for path in filter(is_temporary, folder.iterdir()):
                if _is_abandoned(path):
                    with contextlib.suppress(OSError):
                        path.unlink()
                        gone.append(path)
    return gone


def _is_abandoned(path: Path) -> bool:
    with contextlib.suppress(OSError):
        if not path.is_file() or path.is_symlink():
            return False
        if path.stat().st_mtime < time.time() - _ABANDONED_SECONDS:
            return True
    match = _TEMPORARY.fullmatch(path.name)
    # Windows has no signal that asks only whether a process is there.
    if match is None or match[1] is None or sys.platform == "win32":
        return False
    try:
        os.kill(int(match[1]), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def _enter(digests: Mapping[Path, str]) -> None:
    """Enter files in the indexes of their folders, which are made where they are missing."""
    for path in digests:
        make_folder(path.parent)
    with _alone_in(path.parent for path in digests):
        write_whole(_indexes(digests), index=False)


@contextlib.contextmanager
def _alone_in(folders: Iterable[Path]) -> Iterator[None]:
    """Keep other processes from writing the indexes of folders meanwhile, where that is possible.

    A folder itself is locked, so that no file stays behind. Windows and some network drives have no
    such locks; there an entry can be lost if two commands end in the same instant.
    """
    with contextlib.ExitStack() as stack:
        if sys.platform != "win32":
            for folder in sorted(set(folders))[:_MOST_LOCKS]:
                with contextlib.suppress(OSError):
                    handle = os.open(folder, os.O_RDONLY)
                    stack.callback(os.close, handle)
                    fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _indexes(digests: Mapping[Path, str]) -> dict[Path, str]:
    """Return the text of each folder's index once files with these hashes are in it."""
    made: dict[Path, dict[str, str]] = {}
    for path, digest in digests.items():
        made.setdefault(path.parent, {})[path.name] = digest
    return {
        folder / INDEX: index_to_json(enter(indexed(folder), _names(folder), files))
        for folder, files in made.items()
    }


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def _prepare(contents: Mapping[Path, str | bytes], ready: dict[Path, Path]) -> None:
    """Write each file beside its place; enter them in `ready` as they are written."""
    faults = Faults()
    for path, content in contents.items():
        try:
            ready[path] = _write_beside(path, content)
        except OSError as error:
            faults.add(str(path), f"cannot be written: {_why(error)}")
    faults.raise_any()


def _write_beside(path: Path, content: str | bytes) -> Path:
    _check_ordinary(path)
    make_folder(path.parent)
    # mkstemp lets nobody but the user read it.
    handle, name = tempfile.mkstemp(prefix=_prefix(), dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_bytes(content))
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def _digest(content: str | bytes) -> str:
    return hashlib.sha256(_bytes(content)).hexdigest()


def _prefix() -> str:
    return f"{_PREFIX}{os.getpid()}-"


def _move(ready: dict[Path, Path]) -> None:
    """Move files to their places; where one cannot be moved, put back what the others replaced."""
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
            raise InputError([Fault(str(path), f"cannot be written: {_why(error)}")]) from None
        raise


def _check_names(paths: Iterable[Path]) -> None:
    faults = Faults()
    for path in paths:
        if path.name.casefold() == INDEX:
            faults.add(str(path), "is the name of the index of its folder", "choose another name")
    faults.raise_any()


def _check_ordinary(path: Path) -> None:
    # A folder cannot be replaced; a device, which a mighty user could replace, must not be.
    if path.exists() and not path.is_file():
        raise OSError(None, "it is a folder" if path.is_dir() else "it is no ordinary file")


def _nearest_folder(path: Path) -> Path:
    """Return the folder of a file, or the nearest one above it that exists."""
    return next(folder for folder in path.absolute().parents if folder.exists())


def _why(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
