"""Files that one process locks against all others, for as long as it lives.

The system unlocks them when the process ends in any way; the files stay.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def locked_file(path: Path) -> Iterator[bool]:
    """Lock a file, which is made if there is none.

    Yields whether it is locked now, and not by another process. Raises OSError where the file can
    neither be opened nor made.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield _is_locked_now(handle, shared=False)
    finally:
        os.close(handle)


def is_locked(path: Path) -> bool:
    """Return whether a process has locked a file."""
    try:
        handle = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        # Two that look at once do not take each other for an owner.
        return not _is_locked_now(handle, shared=True)
    finally:
        os.close(handle)


def _is_locked_now(handle: int, *, shared: bool) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
