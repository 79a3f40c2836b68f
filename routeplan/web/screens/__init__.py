"""The screens of the office: one class for each page and what its forms do.

No address has more in it than the name of a page and a number: villages, crews and files of the
organizer are in the pages alone, which no browser keeps.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
from starlette.responses import HTMLResponse

from routeplan.errors import RouteplanError
from routeplan.language import date_label, gettext, message_language, ngettext
from routeplan.web import views

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.web.board import Boards
    from routeplan.web.office import Office

TEMPLATES = Path(__file__).parent.parent / "templates"

MOST_ROWS = 2000
"""Of a table; a page with more is slow, and nobody reads them."""

LANGUAGE_NAMES = {"kk": "Қазақша", "ru": "Русский", "en": "English"}


class Screen(ABC):
    """One page of the office, or several that belong together.

    Parameters
    ----------
    office
        The campaign.
    """

    def __init__(self, office: Office) -> None:
        self.office = office
        self._templates = _environment()

    @abstractmethod
    def routes(self) -> Sequence[BaseRoute]:
        """Return the addresses of the screen, and what answers them."""

    def planned(self) -> tuple[tuple[Problem, Plan] | None, list[str]]:
        """Return the plan unless one is made, and what is wrong with it if it is not readable."""
        try:
            return None if self.office.running else self.office.plan(), []
        except RouteplanError as error:
            return None, list(map(str, error.faults))

    def page(self, template: str, here: str, *, status: int = 200, **values: object) -> Response:
        """Render a page; `here` is the name of its entry in the navigation."""
        job, running = self.office.job, self.office.running
        text = self._templates.get_template(template).render(
            here=here,
            language=message_language(),
            languages=LANGUAGE_NAMES,
            navigation=views.NAVIGATION,
            running=running,
            is_work_ending=self.office.is_earlier_work_ending(),
            live=None if running is None else views.job_values(running),
            last=None if job is None or running else job,
            **values,
        )
        return HTMLResponse(text, status)


class BoardedScreen(Screen):
    """A screen of the plan with the edits of the organizer.

    Parameters
    ----------
    office
        The campaign.
    boards
        Its plan with these edits.
    """

    def __init__(self, office: Office, boards: Boards) -> None:
        super().__init__(office)
        self._boards = boards


def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(_=gettext, ngettext=ngettext, date_text=_date_text)
    return made


def _date_text(date: dt.date) -> str:
    return date_label(date, message_language())
