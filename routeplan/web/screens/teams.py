"""Teams, days and nights: a form of the scenario file."""

from __future__ import annotations

import hashlib
import re
import string
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse
from starlette.routing import Route

from routeplan.errors import Fault, InputError, RouteplanError
from routeplan.files import write_whole
from routeplan.handouts.labels import vehicle_label
from routeplan.language import date_label, message_language
from routeplan.language import gettext as _
from routeplan.roads import read_speeds
from routeplan.scenario import read_scenario
from routeplan.villages import village_names
from routeplan.web.folders import SCENARIO
from routeplan.web.scenario_form import NEW, Form, Places, is_editable
from routeplan.web.screens import LANGUAGE_NAMES, Screen
from routeplan.web.table_files import scenario_text
from routeplan.workflow.checks import check_places, check_vehicles, faults_beside

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from routeplan.scenario.editing import ScenarioText

MOST_FIELDS = 4000
"""Of the form: some for each day of each team."""


class TeamsScreen(Screen):
    """The form, and what it writes."""

    def routes(self) -> Sequence[BaseRoute]:
        """Return the page and its form."""
        return [
            Route("/teams", self.show, methods=["GET"]),
            Route("/teams", self.save, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        """Show the form, with what is wrong with the file."""
        try:
            form = self._form(None)
        except InputError as error:
            faults = self._faults_of_file() or list(map(str, error.faults))
            return self.page("teams.html", "teams", form=None, general=faults, is_saved=False)
        general = _place_faults(form, self._check(form.document))
        is_saved = "saved" in request.query_params
        return self._show(form, general, is_saved=is_saved)

    async def save(self, request: Request) -> Response:
        """Write what was typed into the file, if it can be read then without faults."""
        async with request.form(max_fields=MOST_FIELDS) as sent:
            typed: dict[str, list[str]] = {}
            for name, value in sent.multi_items():
                typed.setdefault(name, []).append(str(value).replace("\r\n", "\n"))
        return await run_in_threadpool(self._save, typed)

    def _save(self, typed: Mapping[str, Sequence[str]]) -> Response:
        form = self._form(typed)
        if typed.get("version") != [_version(form.document)]:
            message = _(
                "The file was changed while this page was open. Here is what it says now; nothing "
                "was saved."
            )
            return self._show(self._form(None), [message], status=409)
        before = form.document.text
        form.apply()
        place = _add_or_remove(form.document, typed)
        faults = self._check(form.document)
        if faults:
            changed = form
            form = self._form(typed)
            form.moved = changed.moved
            return self._show(form, _place_faults(form, faults), status=422)
        if form.document.text != before:
            # It is the organizer's own file, which no wipe removes.
            write_whole({self.office.folder / SCENARIO: form.document.text}, index=False)
        return RedirectResponse(f"/teams?saved{place}", 303)

    def _form(self, typed: Mapping[str, Sequence[str]] | None) -> Form:
        document = scenario_text(self.office.folder)
        if not is_editable(document):
            raise InputError([Fault(SCENARIO, _("has sections that are no tables"))])
        return Form(document, Places(self._named(document)), typed)

    def _named(self, document: ScenarioText) -> Iterator[tuple[str, str]]:
        """Yield id and name of the places and of the villages, as far as they can be read."""
        places = document.get("places")
        for each in places if isinstance(places, list) else ():
            if isinstance(each, dict) and "id" in each:
                yield str(each["id"]), str(each.get("name", each["id"]))
        table = document.get("villages.table")
        if isinstance(table, str) and (self.office.folder / table).is_file():
            try:
                names = village_names(self.office.folder / table)
            except RouteplanError:
                return
            for village, name, _district in names:
                yield village, name

    def _check(self, document: ScenarioText) -> list[Fault]:
        """Return what is wrong with the text of the document, and with whom it refers to."""
        path = self.office.folder / SCENARIO
        try:
            data = document.text.encode()
            scenario = read_scenario(path, data=data, more_faults=faults_beside)
            check_vehicles(scenario, read_speeds(scenario.roads.speeds).vehicles)
            if scenario.villages.table is not None:
                ids, _names, districts = zip(*village_names(scenario.villages.table), strict=True)
                check_places(scenario, ids, districts)
        except (RouteplanError, ValueError) as error:
            return list(error.faults) if isinstance(error, RouteplanError) else []
        return []

    def _faults_of_file(self) -> list[str]:
        """Return all that is wrong with the file, each with its line."""
        try:
            read_scenario(self.office.folder / SCENARIO, more_faults=faults_beside)
        except RouteplanError as error:
            return list(map(str, error.faults))
        return []

    def _show(
        self, form: Form, general: list[str], *, status: int = 200, is_saved: bool = False
    ) -> Response:
        language = message_language()
        vehicles = {each: vehicle_label(each, language) for each in self._vehicles(form.document)}
        return self.page(
            "teams.html",
            "teams",
            status=status,
            form=form,
            version=_version(form.document),
            general=general,
            is_saved=is_saved,
            vehicles=vehicles,
            handout_languages=LANGUAGE_NAMES,
            dates=[(day, date_label(day, language)) for day in form.dates],
            worked=[(day, date_label(day, language)) for day in form.worked_dates()],
            teams=len(form.document.get("teams") or ()),
            nights=[*range(len(form.document.get("nights.places") or ())), NEW],
            is_server="://" in str(form.document.get("campaign.ledger") or ""),
        )

    def _vehicles(self, document: ScenarioText) -> list[str]:
        speeds = document.get("roads.speeds")
        try:
            known = read_speeds(self.office.folder / speeds if isinstance(speeds, str) else None)
        except RouteplanError:
            known = read_speeds(None)
        used = [str(each.get("vehicle", "")) for each in document.get("teams") or ()]
        return list(dict.fromkeys([*known.vehicles, *filter(None, used)]))


def _version(document: ScenarioText) -> str:
    return hashlib.sha256(document.text.encode()).hexdigest()


def _add_or_remove(document: ScenarioText, typed: Mapping[str, Sequence[str]]) -> str:
    """Add a team like another one, or remove one, if that was asked for; return where it is."""
    teams = document.get("teams") or []
    for name in ("add", "remove"):
        number = "".join(typed.get(name, ()))
        if number not in map(str, range(len(teams))):
            continue
        if name == "remove":
            document.remove("teams", int(number))
            return "#teams-title"
        used = {str(each.get("id")) for each in teams}
        ids = [*string.ascii_uppercase, *(f"T{n}" for n in range(1, len(teams) + 2))]
        new = next(each for each in ids if each not in used)
        count = len(teams)
        document.append("teams", {**teams[int(number)], "id": new})
        return f"#team-{count}"
    return ""


def _place_faults(form: Form, faults: Sequence[Fault]) -> list[str]:
    """Put faults beside their fields; return those that have none on the page."""
    general = []
    table = str(form.document.get("villages.table") or "")
    for fault in faults:
        match = re.fullmatch(rf"{re.escape(SCENARIO)}(:[0-9]+)?: (.*)", fault.where)
        name = form.field_of(match[2]) if match else ""
        text = f"{fault.message}; {fault.hint}" if fault.hint else fault.message
        if _has_field(name):
            form.faults.setdefault(re.sub(r"\[[0-9]+\]$", "", name), []).append(text)
        elif not (table and fault.where.startswith(Path(table).name)):
            general.append(str(fault))
    if len(general) + sum(map(len, form.faults.values())) < len(faults):
        text = _(
            "The table of villages is to be mended too: what is wrong is on the page District."
        )
        general.append(text)
    return general


_PATTERNS = (
    r"name|days\.(first|last|dates|work|knock)(\[[0-9]+\])?|rules\.max_drive_hours_per_day"
    r"|nights\.(home_every_night|max_nights_away)|campaign\.(goal|ledger)|handouts\.language"
    r"|teams\[[0-9]+\]\.(id|base|vehicle|size|households_per_hour|max_nights_away|days)(\[[0-9]+\])?"
    r"|nights\.places\[\w+\]\.(place|teams)|special\.[-0-9]+\.(work|knock)(\[[01]\])?"
)


def _has_field(name: str) -> bool:
    """Return whether the page has a place for the faults of a field."""
    return re.fullmatch(_PATTERNS, name) is not None
