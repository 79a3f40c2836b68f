"""Lock and data: what is stored on this machine, and the end of the office."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.background import BackgroundTask
from starlette.routing import Route

from routeplan.web import views
from routeplan.web.screens import Screen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from routeplan.web.office import Office

LAST_LOOK_SECONDS = 1.0
"""After it is locked, the office goes on for so long: its last page is still loading its looks."""


class LockScreen(Screen):
    """What is stored, and the lock.

    Parameters
    ----------
    office
        The campaign.
    lock
        Called when the organizer locks the office.
    """

    def __init__(self, office: Office, lock: Callable[[], None]) -> None:
        super().__init__(office)
        self._lock = lock

    def routes(self) -> Sequence[BaseRoute]:
        """Return the page and its form."""
        return [
            Route("/lock", self.show, methods=["GET"]),
            Route("/lock", self.close, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        """Show what is stored, and lock."""
        del request
        return self.page("lock.html", "lock", stores=views.stored_in(self.office.folder))

    async def close(self, request: Request) -> Response:
        """Lock the office: nobody is let in any more, and it ends."""
        del request
        self.office.finish()
        self._lock()
        page = self.page("closed.html", "")
        page.background = BackgroundTask(self._end_soon)
        return page

    async def _end_soon(self) -> None:
        await asyncio.sleep(LAST_LOOK_SECONDS)
        self.office.is_closing = True
