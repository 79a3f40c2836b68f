"""Folders and files that only the user can read, the cache folder, and temporary files."""

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

VARIABLE = "ROUTEPLAN_CACHE"
"""Environment variable that names the cache folder."""

# The process that writes a temporary file is part of its name.
_PREFIX = ".routeplan-"
_TEMPORARY = re.compile(r"\.routeplan-(?:([0-9]{1,10})-)?\w+(?:\.[\w.]+)?")
_ABANDONED_SECONDS = 3600.0


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
