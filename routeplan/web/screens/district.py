"""The district: its table of villages, what is wrong with it, and candidates to choose from."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.responses import RedirectResponse
from starlette.routing import Route

from routeplan.errors import Fault, InputError, RouteplanError
from routeplan.language import gettext as _
from routeplan.web.district_map import kilometres, sketch_district
from routeplan.web.guard import LARGEST_UPLOAD_BYTES
from routeplan.web.screens import MOST_ROWS, Screen
from routeplan.web.table_files import choose_place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from routeplan.web.jobs import Job
    from routeplan.web.office import Office


# What a look has found that found nothing.
_NOTHING: Mapping[str, Any] = {
    **dict.fromkeys(("taken", "kept"), ""),
    **dict.fromkeys(("faults", "unplaced", "villages", "bases", "roads"), ()),
    "refused": False,
}


class _InMemory(MultiPartParser):
    """Keeps a file of any size that is let in, and writes none to a folder of the system."""

    spool_max_size = LARGEST_UPLOAD_BYTES


class DistrictScreen(Screen):
    """The table of villages, and where they are.

    Parameters
    ----------
    office
        The campaign.
    """

    def __init__(self, office: Office) -> None:
        super().__init__(office)
        # What was chosen since the district was looked at, by row, and the table's digest then.
        self._looked: Job | None = None
        self._chosen: set[str] = set()
        self._sha256 = ""

    def routes(self) -> Sequence[BaseRoute]:
        """Return the page, its forms, and the pages of villages by the numbers of their rows."""
        return [
            Route("/district", self.show, methods=["GET"]),
            Route("/district", self.take, methods=["POST"]),
            Route("/district/look", self.look, methods=["POST"]),
            Route("/district/{row:int}", self.show_village, methods=["GET"]),
            Route("/district/{row:int}", self.choose, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        """Show what was found at the last look."""
        del request
        return self._page([])

    async def take(self, request: Request) -> Response:
        """Take a table that was sent, and look at the district with it."""
        parser = _InMemory(request.headers, request.stream(), max_files=1, max_fields=2)
        try:
            form = await parser.parse()
        except MultiPartException:
            raise HTTPException(400) from None
        table, find = form.get("table"), "find" in form
        data = await table.read() if isinstance(table, UploadFile) else b""
        await form.close()
        self._check_idle()
        if not data:
            message = _("No table was chosen: choose a file first, or drag it onto the field.")
            return self._page([message], status=422)
        values = {"table": base64.b64encode(data).decode(), "find": find}
        await run_in_threadpool(self.office.start, "district", values)
        return RedirectResponse("/district", 303)

    async def look(self, request: Request) -> Response:
        """Look at the district with the table that is there."""
        del request
        await run_in_threadpool(self.office.start, "district")
        return RedirectResponse("/district", 303)

    def show_village(self, request: Request) -> Response:
        """Show the candidates of a village."""
        village = self._village(str(request.path_params["row"]))
        return self._village_page(village, [])

    async def choose(self, request: Request) -> Response:
        """Write a candidate that was chosen into the table."""
        row = str(request.path_params["row"])
        village = self._village(row)
        async with request.form() as form:
            number = str(form.get("candidate", ""))
        candidates = village["candidates"]
        if number not in map(str, range(1, len(candidates) + 1)):
            message = _("Choose one of the places first.")
            return self._village_page(village, [message], status=422)
        await run_in_threadpool(self._write, row, candidates[int(number) - 1]["text"])
        if not self._waiting():
            await run_in_threadpool(self.office.start, "district")
        return RedirectResponse("/district", 303)

    def _check_idle(self) -> None:
        """Refuse to change a table that a job reads."""
        if self.office.running is not None or self.office.is_earlier_work_ending():
            raise InputError([Fault("", _("Other work is going on; this can be done after that."))])

    def _write(self, row: str, choice: str) -> None:
        self._check_idle()
        self._sha256 = choose_place(self.office.folder, int(row), choice, self._sha256)
        self._chosen.add(row)

    def _found(self) -> Mapping[str, Any]:
        """Return the result of the last look."""
        job = self.office.last("district")
        result = None if job is None or not job.state.ended else job.state.result
        if result is None:
            return _NOTHING
        if job is not self._looked:
            self._looked, self._chosen, self._sha256 = job, set(), result.get("sha256", "")
        return {**_NOTHING, **result}

    def _waiting(self) -> list[dict[str, Any]]:
        """Return the villages whose place is still to be chosen."""
        unplaced = self._found().get("unplaced", ())
        return [each for each in unplaced if each["row"] not in self._chosen]

    def _village(self, row: str) -> dict[str, Any]:
        found = (each for each in self._waiting() if each["row"] == row and each["candidates"])
        village = next(found, None)
        if village is None:
            raise HTTPException(404)
        return village

    def _page(self, faults: list[str], *, status: int = 200) -> Response:
        found = self._found()
        try:
            self.office.scenario()
            wrong = []
        except RouteplanError as error:
            wrong = list(map(str, error.faults))
        return self.page(
            "district.html",
            "district",
            status=status,
            faults=faults,
            wrong=wrong,
            found=found,
            waiting=self._waiting(),
            chosen=len(self._chosen),
            sketch=sketch_district(found),
            most_rows=MOST_ROWS,
            megabytes=LARGEST_UPLOAD_BYTES // 2**20,
        )

    def _village_page(
        self, village: Mapping[str, Any], faults: list[str], *, status: int = 200
    ) -> Response:
        found = self._found()
        candidates = village["candidates"]
        return self.page(
            "place.html",
            "district",
            status=status,
            faults=faults,
            village=village,
            lines=[_candidate_text(each, found) for each in candidates],
            sketch=sketch_district(found, candidates),
        )


def _candidate_text(candidate: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """Return what a candidate is and where it lies, beside its name."""
    kinds = {
        "city": _("city"),
        "town": _("town"),
        "village": _("village"),
        "hamlet": _("hamlet"),
        "isolated_dwelling": _("single dwelling"),
        "farm": _("farm"),
    }
    position = candidate["lat"], candidate["lon"]
    texts = [kinds.get(candidate["kind"], candidate["kind"]), candidate["district"]]
    for name, lat, lon in list(found.get("bases", ()))[:1]:
        km = kilometres(position, (lat, lon))
        texts.append(_("{km:.0f} km from {place}", km=km, place=name))
    texts.append(f"{position[0]:.4f} {position[1]:.4f}")
    return ", ".join(filter(None, texts))
