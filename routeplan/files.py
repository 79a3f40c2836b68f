"""Reading files, and writing them whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from routeplan.errors import Fault, Faults, InputError

__all__ = ["check_folder", "read_bytes", "write_whole"]


def read_bytes(path: Path) -> bytes:
    """Read a file.

    Raises
    ------
    InputError
        Where it is not there or cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError([Fault(str(path), f"cannot be read: {_why(error)}")]) from None


def check_folder(folder: Path) -> None:
    """Make a folder, where it is not there, and make sure that files can be written in it.

    Raises
    ------
    InputError
        Where that cannot be.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        fault = Fault(str(folder), f"cannot be written to: {_why(error)}", "choose another with -o")
        raise InputError([fault]) from None


def write_whole(contents: dict[Path, str | bytes]) -> None:
    """Write files, each whole or not at all: readers see the old one or the new one.

    All are written beside their places first, and moved there once all of them are safe on disk.

    Parameters
    ----------
    contents
        What each file is to hold; text is written as UTF-8.

    Raises
    ------
    InputError
        Naming every file that cannot be written; then none is.
    """
    faults = Faults()
    ready: dict[Path, Path] = {}
    try:
        for path, content in contents.items():
            try:
                ready[path] = _write_beside(path, content)
            except OSError as error:
                faults.add(str(path), f"cannot be written: {_why(error)}")
        faults.raise_any()
        for path, temporary in ready.items():
            temporary.replace(path)
    finally:
        for temporary in ready.values():
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def _write_beside(path: Path, content: str | bytes) -> Path:
    if path.is_dir():
        raise IsADirectoryError(None, "it is a folder")
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode() if isinstance(content, str) else content
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp lets nobody else read it; a plan is given what any new file is given.
        temporary.chmod(0o666 & ~_umask())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _why(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
