"""Limits of processor time: other work on the machine does not add to it."""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["busy_at_most"]


@contextlib.contextmanager
def busy_at_most(seconds: float) -> Iterator[None]:
    """Fail where the body takes more than so many seconds of all processors."""
    began = time.process_time()
    yield
    assert time.process_time() - began < seconds * (os.cpu_count() or 1)
