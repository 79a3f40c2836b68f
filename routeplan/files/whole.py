"""Reading files, and writing them whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from routeplan.errors import Fault, Faults, InputError
from routeplan.files.index import ANY, INDEX, enter, index_from_json, index_to_json
from routeplan.files.private import make_folder, prefix, remove_abandoned

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from routeplan.files.index import Entries

__all__ = [
    "LARGEST_TOML",
    "check_writable",
    "digest_of",
    "expect",
    "indexed",
    "move_whole",
    "prune_index",
    "read_bytes",
    "write_whole",
]

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
            with tempfile.TemporaryFile(dir=_nearest_folder(path), prefix=prefix()):
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
    remove_abandoned(path.parent for path in contents)
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
    handle, name = tempfile.mkstemp(prefix=prefix(), dir=path.parent)
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
