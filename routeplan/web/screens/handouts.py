"""The handouts: made, listed, sent, opened to be printed, and sealed for each crew."""

from __future__ import annotations

import datetime as dt
import mimetypes
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from routeplan.errors import Faults, RouteplanError
from routeplan.files import read_bytes
from routeplan.language import gettext as _
from routeplan.language import message_language
from routeplan.web import stored
from routeplan.web.folders import PACKS, RECIPIENTS
from routeplan.web.guard import SHEET_POLICY
from routeplan.web.screens import Screen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from routeplan.web.jobs import Job
    from routeplan.web.office import Office

SHEETS_TITLE = "routeplan"
"""Of what is opened in a tab: the browser notes titles, so neither crew nor village is in it."""


class HandoutsScreen(Screen):
    """All that crews take along.

    Parameters
    ----------
    office
        The campaign.
    """

    def __init__(self, office: Office) -> None:
        super().__init__(office)
        # The job that seals packs, and the passphrases of crews until they are shown.
        self._sealing: tuple[Job, Mapping[str, str]] | None = None

    def routes(self) -> Sequence[BaseRoute]:
        """Return the page, its forms, and the files by their numbers."""
        return [
            Route("/handouts", self.show, methods=["GET"]),
            Route("/handouts", self.start, methods=["POST"]),
            Route("/handouts/packs", self.seal, methods=["POST"]),
            Route("/handouts/words", self.show_passphrases, methods=["POST"]),
            Route("/handouts/{number:int}", self.send, methods=["GET"]),
            Route("/handouts/{number:int}/open", self.open, methods=["GET"]),
            Route("/handouts/day/{number:int}", self.open_day, methods=["GET"]),
            Route("/handouts/crew/{number:int}", self.open_crew, methods=["GET"]),
        ]

    def show(self, request: Request) -> Response:
        """List the handouts by their folders."""
        del request
        office = self.office
        found = [] if office.running else office.handouts()
        planned, faults = self.planned()
        try:
            keys = self._kept_keys()
        except RouteplanError as error:
            keys, more = {}, list(map(str, error.faults))
            faults += more
        return self.page(
            "handouts.html",
            "handouts",
            faults=faults,
            folders=stored.handout_rows(found),
            sheets=stored.sheets_to_print(found),
            has_plan=planned is not None,
            are_made=any(each.folder != PACKS for each in found),
            are_old=office.are_handouts_old(),
            are_packs_old=office.are_packs_old(),
            crews=[] if planned is None else [team.id for team in planned[0].teams],
            keys=keys,
            has_passphrases=self._passphrases() is not None,
        )

    async def start(self, request: Request) -> Response:
        """Start making the handouts."""
        del request
        await run_in_threadpool(self.office.start, "handouts")
        return RedirectResponse("/handouts", 303)

    def send(self, request: Request) -> Response:
        """Send one of the handouts, by its number in the list, to be saved."""
        number = request.path_params["number"]
        found = self.office.handouts()
        if number >= len(found):
            raise HTTPException(404)
        kind = mimetypes.guess_type(found[number].name)[0] or "application/octet-stream"
        return FileResponse(found[number].path, media_type=kind, filename=found[number].name)

    def open(self, request: Request) -> Response:
        """Send one sheet, by its number in the list, to be looked at."""
        number = request.path_params["number"]
        found = self.office.handouts()
        if number >= len(found) or not found[number].is_sheet:
            raise HTTPException(404)
        return _sheets([found[number].path])

    def open_day(self, request: Request) -> Response:
        """Send all sheets of a day, by its number in the list of days."""
        return self._open_all(stored.sheets_to_print(self.office.handouts()).days, request)

    def open_crew(self, request: Request) -> Response:
        """Send all sheets of a crew, by its number in the list of crews."""
        return self._open_all(stored.sheets_to_print(self.office.handouts()).crews, request)

    def _open_all(self, listed: Mapping[str, Sequence[Path]], request: Request) -> Response:
        number = request.path_params["number"]
        if number >= len(listed):
            raise HTTPException(404)
        return _sheets(list(listed.values())[number])

    async def seal(self, request: Request) -> Response:
        """Start sealing packs for all crews."""
        async with request.form() as form:
            await run_in_threadpool(self._seal, form)
        return RedirectResponse("/handouts", 303)

    def _seal(self, form: FormData) -> None:
        planned, _faults = self.planned()
        if planned is None:
            return
        from routeplan import packs  # noqa: PLC0415  # loads slowly, and few pages need it

        crews = [team.id for team in planned[0].teams]
        keys = parse_keys(crews, form)
        language = message_language()
        words = {crew: packs.make_passphrase(language) for crew in crews if crew not in keys}
        values = {
            "keys": keys,
            "passphrases": words,
            "expires": parse_last_day(str(form.get("expires", ""))),
            "codes": "codes" in form,
            "keep": "keep" in form,
        }
        job = self.office.start("packs", values)
        if job is not None:
            self._sealing = job, words

    def show_passphrases(self, request: Request) -> Response:
        """Show the passphrases of the packs that were sealed last, once."""
        del request
        words, self._sealing = self._passphrases(), None
        if words is None:
            raise RouteplanError(
                _("the passphrases were shown already: seal the packs again to get new ones")
            )
        return self.page("words.html", "handouts", words=words)

    def _passphrases(self) -> Mapping[str, str] | None:
        """Return the passphrases that are still to be shown."""
        if self._sealing is None:
            return None
        job, words = self._sealing
        if job is not self.office.job or (job.state.ended and not job.state.succeeded):
            # Packs that were not written, or are wiped, or replaced, have none.
            self._sealing = None
            return None
        return words if job.state.ended and words else None

    def _kept_keys(self) -> Mapping[str, str]:
        path = self.office.folder / RECIPIENTS
        if not path.is_file():
            return {}
        from routeplan.packs.recipients import recipients_from_json  # noqa: PLC0415  # loads slowly

        return recipients_from_json(read_bytes(path), source=path.name)


def parse_keys(crews: Sequence[str], form: FormData) -> dict[str, str]:
    """Return the public key of each crew that has one; InputError names each that is none."""
    from routeplan.packs.recipients import check_recipients  # noqa: PLC0415  # loads slowly

    given = [str(form.get(f"key{number}", "")).strip() for number in range(len(crews))]
    keys = {crew: key for crew, key in zip(crews, given, strict=True) if key}
    check_recipients(keys)
    return keys


def parse_last_day(text: str) -> str | None:
    """Return the last day of packs in the form of ISO 8601, None where the field is empty."""
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        faults = Faults()
        faults.add(_("last day"), _("{text!r} is no date", text=text[:20]))
        raise RouteplanError(faults) from None


def _sheets(paths: Sequence[Path]) -> Response:
    """Return sheets as one document, which the browser shows in a tab of its own."""
    from routeplan.handouts.pdf import merge_pdfs  # noqa: PLC0415  # loads slowly

    merged = merge_pdfs(map(read_bytes, paths), title=SHEETS_TITLE)
    headers = {
        "Content-Security-Policy": SHEET_POLICY,
        "Content-Disposition": f'inline; filename="{SHEETS_TITLE}.pdf"',
    }
    return Response(merged, media_type="application/pdf", headers=headers)
