"""The two public files, ``problem.json`` and ``plan.json``, and tables for spreadsheets.

A reader notes every fault before it raises, refuses a version that it does not know, and ignores
no field. A writer leaves no field out but those of a requirement that do not apply, puts one object
or row of a matrix on a line, and what it writes reads back equal. Both files are read in versions 1
and 2, and written in version 2 unless version 1 is chosen, which is refused where it lacks
something that is used.
"""

from __future__ import annotations

import hashlib

from routeplan.formats.plans import detail_of, plan_from_json, plan_to_json, requirement_text
from routeplan.formats.problems import problem_from_json, problem_to_json
from routeplan.formats.tables import new_workbook, table_to_csv

__all__ = [
    "detail_of",
    "new_workbook",
    "plan_from_json",
    "plan_to_json",
    "problem_from_json",
    "problem_sha256",
    "problem_to_json",
    "requirement_text",
    "table_to_csv",
]


def problem_sha256(text: str | bytes) -> str:
    """Return the SHA-256, in hexadecimal, of a problem file's bytes (or of its text as UTF-8)."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()
