"""An empty table of villages to fill in: headings and notes in one language, cells that check."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

from routeplan.formats import new_workbook
from routeplan.language import translation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from routeplan.language import Language

_LAST_ROW = 2000
_MOST_PEOPLE = 1_000_000
_WIDEST_NOTE = 80


class _Column(NamedTuple):
    """A column of the template, in one language."""

    heading: str
    note: str
    example: str
    check: Mapping[str, object]  # what cells may hold, as xlsxwriter takes it
    number_format: str = "General"


def village_template(language: Language) -> bytes:
    """Return an XLSX workbook whose first sheet is a table of villages without rows.

    Its headings are those that `read_table` knows in that language. A second sheet, which is not
    read, says what each column holds, with examples.
    """
    _ = translation(language).gettext
    columns = _columns(language)
    data = io.BytesIO()
    # Once filled in, it is the user's own file, and none that routeplan made.
    with new_workbook(data, title=_("Villages"), author="") as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        page = book.add_worksheet(_("Villages"))
        page.freeze_panes(1, 1)
        for n, column in enumerate(columns):
            cells = book.add_format({"num_format": column.number_format})
            page.set_column(n, n, max(12, len(column.heading) + 2), cells)
            page.write_string(0, n, column.heading, bold)
            message = {"input_title": column.heading[:32], "input_message": column.note[:255]}
            page.data_validation(1, n, _LAST_ROW, n, {**column.check, **message})
        help_page = book.add_worksheet(_("How to fill it in"))
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        help_page.set_column(0, 0, 30)
        help_page.set_column(1, 1, _WIDEST_NOTE, wrap)
        help_page.set_column(2, 2, 30, wrap)
        rows = [
            (_("Heading"), _("What it holds"), _("For example")),
            *(column[:3] for column in columns),
        ]
        for n, row in enumerate(rows):
            for m, text in enumerate(row):
                help_page.write_string(n, m, text, *((bold,) if not n else ()))
        closing = _("Names, phones and addresses of people do not belong here; they are refused.")
        help_page.write_string(len(rows) + 1, 1, closing, wrap)
    return data.getvalue()


def _columns(language: Language) -> list[_Column]:
    _ = translation(language).gettext
    yes, no = _("yes"), _("no")
    anything: dict[str, object] = {"validate": "any"}
    count = _between("integer", 0, _MOST_PEOPLE)
    choice: dict[str, object] = {"validate": "list", "source": [yes, no]}
    degrees = "0.00000"
    # In Kazakhstan; elsewhere, or where the two are swapped, the program asks.
    lat, lon = (
        {**_between("decimal", *bounds), "error_type": "warning"} for bounds in ((40, 56), (46, 88))
    )
    return [
        _Column(_("village"), _("The name, one row for each village."), "Ақкөл", anything, "@"),
        _Column(
            _("district"),
            _("Needed where villages of two districts have one name, or positions are missing."),
            "Атбасар",
            anything,
            "@",
        ),
        _Column(
            _("latitude"),
            _("Degrees with decimals; empty if the scenario names a map that has the village."),
            "51.82000",
            lat,
            degrees,
        ),
        _Column(
            _("longitude"),
            _("Degrees with decimals; empty if the scenario names a map that has the village."),
            "68.36000",
            lon,
            degrees,
        ),
        _Column(_("households"), _("All of them, a whole number."), "120", count, "0"),
        _Column(_("signed so far"), _("Households that have signed so far."), "15", count, "0"),
        *_optional_columns(language, choice, count),
    ]


def _optional_columns(
    language: Language, choice: Mapping[str, object], count: Mapping[str, object]
) -> list[_Column]:
    _ = translation(language).gettext
    anything: dict[str, object] = {"validate": "any"}
    above_0 = {"validate": "decimal", "criteria": ">", "value": 0}
    minutes = _between("decimal", 0, 24 * 60)
    share = _between("decimal", 0, 1)
    closed = _("Days without visits, one after the other.")
    return [
        _Column(
            _("weight"), _("How much each household counts; 1 if empty."), "2", above_0, "General"
        ),
        _Column(
            _("partial"),
            _("May a visit reach a part of the households?"),
            _("yes"),
            choice,
        ),
        _Column(_("min households"), _("A visit reaches at least so many."), "5", count, "0"),
        _Column(_("setup minutes"), _("Minutes before the first door."), "10", minutes),
        _Column(_("pace"), _("0.8 where doors take longer than elsewhere."), "0.8", above_0),
        _Column(
            _("max share per visit"),
            _("The most that one visit reaches, as many people are not at home."),
            "0.7",
            share,
        ),
        _Column(_("closed days"), closed, "03.05.2027 05.05.2027", anything, "@"),
        _Column(
            _("knocking hours"), _("If other than in other villages."), "10:00-18:00", anything, "@"
        ),
        _Column(_("required"), _("Must the village be visited?"), _("no"), choice),
        _Column(_("teams per night"), _("How many crews may sleep there."), "1", count, "0"),
    ]


def _between(kind: str, least: float, most: float) -> dict[str, object]:
    return {"validate": kind, "criteria": "between", "minimum": least, "maximum": most}
