"""Ctrl-C that Python would lose."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

__all__ = ["held", "pressed"]


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Let Ctrl-C wait until what is within is done, as modules that it would leave half loaded.

    Nothing is set outside the main thread, or where Ctrl-C means something else already.
    """
    usual, came = signal.getsignal(signal.SIGINT), threading.Event()
    if not _is_ours(usual):
        yield
        return
    signal.signal(signal.SIGINT, lambda _, __: came.set())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
    if came.is_set():
        raise KeyboardInterrupt


@contextlib.contextmanager
def pressed() -> Iterator[threading.Event]:
    """Yield an event that Ctrl-C sets, beside raising KeyboardInterrupt as ever.

    An exception that is raised while the callback of a weak reference or a destructor runs is
    printed and forgotten; who waits in turns can look at the event and raise it again. Nothing is
    set outside the main thread, or where Ctrl-C means something else already.
    """
    event = threading.Event()
    usual = signal.getsignal(signal.SIGINT)
    if not _is_ours(usual):
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


def _is_ours(handler: object) -> bool:
    """Tell whether Ctrl-C means what it usually does, and comes to this thread."""
    is_main = threading.current_thread() is threading.main_thread()
    return is_main and handler is signal.default_int_handler
