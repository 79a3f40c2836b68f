"""Folders and files for the user alone, caches, and temporary files."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "VARIABLE",
    "cache_folder",
    "is_temporary",
    "make_folder",
    "open_private",
    "prefix",
    "private_files",
    "remove_abandoned",
    "temporary_beside",
]

VARIABLE = "ROUTEPLAN_CACHE"

# The process that writes a temporary file is part of its name.
_PREFIX = ".routeplan-"
_TEMPORARY = re.compile(r"\.routeplan-(?:([0-9]{1,10})-)?\w+(?:\.[\w.]+)?")
_ABANDONED_SECONDS = 3600.0


def cache_folder() -> Path:
    """Return the folder of what is kept for later runs, which need not exist."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else platformdirs.user_cache_path("routeplan", appauthor=False)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing, for the user alone."""
    for each in (*reversed(folder.parents), folder):
        if each == folder or not each.exists():
            each.mkdir(mode=0o700, exist_ok=True)


def open_private(path: str, flags: int) -> int:
    """Open a file as `open` does it, for the user alone where it is new; an ``opener``."""
    return os.open(path, flags, 0o600)


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
    handle, name = tempfile.mkstemp(suffix=suffix, prefix=prefix(), dir=path.absolute().parent)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def is_temporary(path: Path) -> bool:
    """Return whether a file is one that is moved to its place, or removed, when it is complete."""
    return _TEMPORARY.fullmatch(path.name) is not None


def remove_abandoned(folders: Iterable[Path]) -> list[Path]:
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


def prefix() -> str:
    """Return what the names of this process's temporary files begin with."""
    return f"{_PREFIX}{os.getpid()}-"
