"""Ctrl-C that Python would lose."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

__all__ = ["held", "noted", "pressed"]


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Let Ctrl-C wait until what is within is done, as modules that it would leave half loaded.

    Nothing is set outside the main thread, or where Ctrl-C means something else already.
    """
    with noted() as came:
        yield
    if came.is_set():
        raise KeyboardInterrupt


@contextlib.contextmanager
def noted() -> Iterator[threading.Event]:
    """Yield an event that Ctrl-C sets, and does nothing else: for what must be done to its end.

    Nothing is set outside the main thread, or where Ctrl-C means something else already.
    """
    event = threading.Event()
    with _handled(lambda _, __: event.set()):
        yield event


@contextlib.contextmanager
def pressed() -> Iterator[threading.Event]:
    """Yield an event that Ctrl-C sets, beside raising KeyboardInterrupt as ever.

    An exception that is raised while the callback of a weak reference or a destructor runs is
    printed and forgotten; who waits in turns can look at the event and raise it again. Nothing is
    set outside the main thread, or where Ctrl-C means something else already.
    """
    event = threading.Event()

    def hear(_: int, __: FrameType | None) -> NoReturn:
        event.set()
        raise KeyboardInterrupt

    with _handled(hear):
        yield event


@contextlib.contextmanager
def _handled(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Let a handler hear Ctrl-C, where it means what it usually does and comes to this thread."""
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
