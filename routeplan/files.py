"""Reading files, and writing them whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from routeplan.errors import Fault, Faults, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LARGEST_TOML", "check_writable", "read_bytes", "write_whole"]


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
    faults = Faults()
    for path in paths:
        try:
            _check_ordinary(path)
            with tempfile.TemporaryFile(dir=_nearest_folder(path)):
                pass
        except OSError as error:
            faults.add(str(path), f"cannot be written: {_why(error)}", "choose another place")
    faults.raise_any()


def write_whole(contents: Mapping[Path, str | bytes], *, private: bool = False) -> None:
    """Write files, each whole or not at all: readers see the old one or the new one.

    All are written beside their places first, and moved there once all of them are safe on disk.

    Parameters
    ----------
    contents
        What each file is to hold; text is written as UTF-8.
    private
        Whether nobody but the owner may read them, where the system knows owners.

    Raises
    ------
    InputError
        Naming every file that cannot be written; then none is, and what stood there still does.
    """
    faults = Faults()
    ready: dict[Path, Path] = {}
    try:
        for path, content in contents.items():
            try:
                ready[path] = _write_beside(path, content, private=private)
            except OSError as error:
                faults.add(str(path), f"cannot be written: {_why(error)}")
        faults.raise_any()
        _move(ready)
    finally:
        for temporary in ready.values():
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def _write_beside(path: Path, content: str | bytes, *, private: bool = False) -> Path:
    _check_ordinary(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode() if isinstance(content, str) else content
    handle, name = tempfile.mkstemp(prefix=".routeplan-", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp lets nobody else read it; a plan is given what any new file is given.
        if not private:
            temporary.chmod(0o666 & ~_umask())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


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


def _check_ordinary(path: Path) -> None:
    # A folder cannot be replaced; a device, which a mighty user could replace, must not be.
    if path.exists() and not path.is_file():
        raise OSError(None, "it is a folder" if path.is_dir() else "it is no ordinary file")


def _nearest_folder(path: Path) -> Path:
    """Return the folder of a file, or the nearest one above it that exists."""
    return next(folder for folder in path.absolute().parents if folder.exists())


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _why(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
