"""The server of the office: on 127.0.0.1 alone, and no longer than it is used."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

import uvicorn

from routeplan.errors import Fault, InputError
from routeplan.files import enter_in_index, error_text
from routeplan.files.locks import locked_file
from routeplan.isolation import LOOPBACK
from routeplan.language import gettext as _
from routeplan.web.folders import LOCK
from routeplan.web.guard import Guard
from routeplan.web.office import Office
from routeplan.web.pages import Pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

UNUSED_SECONDS = 3600.0
"""An office that nobody uses for so long ends."""

BACKLOG = 32
GRACE_SECONDS = 2
"""Answers that are not sent after so long are cut off at the end."""


def serve(
    folder: Path,
    *,
    port: int = 0,
    on_ready: Callable[[str], None],
    unused_seconds: float = UNUSED_SECONDS,
) -> None:
    """Open the office of a campaign's folder, and return when it is locked or unused.

    Parameters
    ----------
    folder
        With the campaign's scenario.
    port
        To listen on; 0 is any free one.
    on_ready
        Called with the start link when it works.
    unused_seconds
        Without a request or a running job, after which the office ends.

    Raises
    ------
    InputError
        Where the folder has no scenario or has an office already, or the port is taken.
    KeyboardInterrupt
        After Ctrl-C.
    """
    office = Office(folder)
    with _locked(office.folder), _listening(port) as listener:
        guard = Guard(listener.getsockname()[1], office.use)
        guard.app = Pages(office, guard.lock).application()
        config = uvicorn.Config(
            guard,
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            log_level="critical",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            backlog=BACKLOG,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        server = _Server(config, office, unused_seconds, lambda: on_ready(guard.start_link))
        try:
            server.run(sockets=[listener])
        finally:
            office.finish()


class _Server(uvicorn.Server):
    """Ends with the office, and the office with it."""

    def __init__(
        self,
        config: uvicorn.Config,
        office: Office,
        unused_seconds: float,
        on_ready: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._office = office
        self._unused_seconds = unused_seconds
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        self._on_ready()

    async def on_tick(self, counter: int) -> bool:
        """Look, ten times a second, whether it is time to end."""
        office = self._office
        if office.is_closing or office.unused_seconds() > self._unused_seconds:
            self.should_exit = True
        office.is_closing = office.is_closing or self.should_exit
        return await super().on_tick(counter)


@contextlib.contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        # On Windows, only this option keeps others from the port; elsewhere a port that has just
        # been left may be taken again.
        exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
        listener.setsockopt(socket.SOL_SOCKET, exclusive or socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError as error:
            hint = _("choose another one, or leave --port out")
            raise InputError([Fault(f"--port {port}", error_text(error), hint)]) from None
        yield listener


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder."""
    path = folder / LOCK
    with contextlib.ExitStack() as stack:
        try:
            is_ours = stack.enter_context(locked_file(path))
        except OSError as error:
            raise InputError([Fault(str(path), error_text(error))]) from None
        if not is_ours:
            message = _("has an open office already")
            hint = _("go on in its page, or end it there with Lock, or with Ctrl-C in its window")
            raise InputError([Fault(str(folder), message, hint)])
        enter_in_index(path)
        yield
