"""Lock and data: what is stored on this machine, how it is removed, and the end of the office."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse
from starlette.routing import Route

from routeplan.errors import RouteplanError
from routeplan.language import gettext as _
from routeplan.web import stored
from routeplan.web.folders import forget_plans
from routeplan.web.screens import Screen
from routeplan.workflow.outputs import scan_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from routeplan.web.office import Office

LAST_LOOK_SECONDS = 1.0
"""After it is locked, the office goes on for so long: its last page is still loading its looks."""


class LockScreen(Screen):
    """What is stored, what is removed, and the lock.

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
        # How many files were removed, until that is shown.
        self._removed: int | None = None

    def routes(self) -> Sequence[BaseRoute]:
        """Return the page and its forms."""
        return [
            Route("/lock", self.show, methods=["GET"]),
            Route("/lock", self.close, methods=["POST"]),
            Route("/lock/wipe", self.wipe, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        """Show what is stored and what would be removed, and lock."""
        del request
        removed, self._removed = self._removed, None
        office = self.office
        found = scan_folder(office.folder)
        return self.page(
            "lock.html",
            "lock",
            stores=stored.stored_in(office.folder, found),
            wiping=None if office.running else stored.wipe_view(office, found),
            word=wipe_word(),
            removed=removed,
            state=stored.state_of(office, found),
        )

    async def wipe(self, request: Request) -> Response:
        """Remove what routeplan made, if the word says so; not while a job runs."""
        async with request.form() as form:
            word = str(form.get("word", ""))
            caches, changed = "caches" in form, "changed" in form
        await run_in_threadpool(self._wipe, word, caches=caches, changed=changed)
        return RedirectResponse("/lock", 303)

    def _wipe(self, word: str, *, caches: bool, changed: bool) -> None:
        if word.strip().casefold() != wipe_word().casefold():
            message = _(
                "nothing was removed: to remove files, type the word {word}", word=wipe_word()
            )
            raise RouteplanError(message)
        with self.office.without_work():
            found = scan_folder(self.office.folder)
            selected = stored.select_files(self.office, found, caches=caches, changed=changed)
            selected.apply()
        forget_plans()
        self._removed = len(selected.files)

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


def wipe_word() -> str:
    """Return the word that is typed to remove files."""
    return _("remove")
