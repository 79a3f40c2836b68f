"""Ctrl-C that Python would lose."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

__all__ = ["pressed"]


@contextlib.contextmanager
def pressed() -> Iterator[threading.Event]:
    """Yield an event that Ctrl-C sets, beside raising KeyboardInterrupt as ever.

    An exception that is raised while the callback of a weak reference or a destructor runs is
    printed and forgotten; who waits in turns can look at the event and raise it again. Nothing is
    set outside the main thread, or where Ctrl-C means something else already.
    """
    event = threading.Event()
    usual = signal.getsignal(signal.SIGINT)
    if (
        usual is not signal.default_int_handler
        or threading.current_thread() is not threading.main_thread()
    ):
        yield event
        return

    def hear(_: int, __: FrameType | None) -> NoReturn:
        event.set()
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, hear)
    try:
        yield event
    finally:
        signal.signal(signal.SIGINT, usual)
