"""Results of visits as organizers record them: from a workbook, a table, or typed line by line.

What was written of a visit is checked against the plan (`planned`, `visits`); files keep
their good rows beside the faults of the others (`tables`); sheets are typed in a dialogue of lines
(`typed`), which touches no terminal.
"""

from __future__ import annotations

from routeplan.recording.planned import PlannedVisits, Visit
from routeplan.recording.tables import FileResults, read_results
from routeplan.recording.typed import SheetEntry
from routeplan.recording.visits import VisitRow, make_result

__all__ = [
    "FileResults",
    "PlannedVisits",
    "SheetEntry",
    "Visit",
    "VisitRow",
    "make_result",
    "read_results",
]
