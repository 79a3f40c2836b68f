"""The sheet of results: what visits brought, typed in from tally sheets, one row for each.

Planned visits come first, in the order in which tally sheets are printed, each with the number and
the code of its sheet; empty rows below take visits that were not planned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.handouts.labels import outcome_labels
from routeplan.handouts.workbook_layout import SPARE_ROWS, Column, Sheet, row_key
from routeplan.language import translation
from routeplan.tally import Outcome, sheet_code, tally_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from routeplan.handouts.workbook_layout import Row
    from routeplan.language import Language
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

RESULTS = "results"
"""The name of the sheet, the same in every language."""


# What is shown in red: more answers than open doors, and more doors than there are.
_ANSWERED = "={signed}+{refused}+{come_back}>{reached}"
_KNOCKED = '=AND({there}<>"",{reached}+{not_home}>{there})'
_WRONG = {Outcome.REACHED: _KNOCKED, Outcome.NOT_HOME: _KNOCKED}


def make_results(
    problem: Problem, plan: Plan, labels: Mapping[str, str], language: Language
) -> Sheet:
    """Return the sheet of results; `labels` are the names of villages by place."""
    _ = translation(language).gettext
    counts = [
        Column(
            outcome.value,
            label,
            "count",
            choices="number",
            most="there",
            wrong=_WRONG.get(outcome, _ANSWERED),
        )
        for outcome, label in outcome_labels(language).items()
    ]
    columns = (
        Column("sheet", _("Sheet"), width=8),
        Column("code", _("Code"), width=13),
        Column("team", _("Crew"), width=10, choices="team"),
        Column("date", _("Date"), "date", 16, "date"),
        Column("village", _("Village"), width=24, choices="village"),
        Column("planned", _("Planned"), "count", 12),
        Column("there", _("Households there"), "count", 14),
        *counts,
        Column("come_back_after", _("Come back after"), "time", choices="time"),
        Column("door_minutes", _("Minutes at doors"), "count", choices="minutes"),
        Column("drive_minutes", _("Minutes of the drive"), "count", choices="minutes"),
    )
    rows: list[Row] = [
        {
            "key": row_key(sheet.team, sheet.day, sheet.place),
            "sheet": f"{sheet.number:03}",
            "code": sheet_code(sheet.number),
            "team": sheet.team,
            "date": problem.days[sheet.day].date,
            "village": labels[sheet.place],
            "planned": sheet.planned,
            "there": problem.village_at[sheet.place].households,
        }
        for sheet in tally_rows(problem, plan)
    ]
    note = _(
        "Type in the totals of the tally sheets; empty rows take visits that were not planned. The "
        "drive is the one from the stop before. Then: routeplan record"
    )
    return Sheet(
        *(RESULTS, _("Results"), note, columns, (*rows, *({} for _n in range(SPARE_ROWS)))),
        fixed=frozenset({"team", "date", "village"}),
    )
