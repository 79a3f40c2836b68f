"""The two public files, ``problem.json`` and ``plan.json``, read from text and written to it.

A reader notes every fault before it raises, refuses a version that it does not know, and ignores
no field. A writer leaves no field out, puts one object or row of a matrix on a line, and what it
writes reads back equal.
"""

from __future__ import annotations

import hashlib

from routeplan.formats.plans import plan_from_json, plan_to_json
from routeplan.formats.problems import problem_from_json, problem_to_json

__all__ = [
    "plan_from_json",
    "plan_to_json",
    "problem_from_json",
    "problem_sha256",
    "problem_to_json",
]


def problem_sha256(text: str | bytes) -> str:
    """Return the SHA-256, in hexadecimal, of a problem file's bytes (or of its text as UTF-8)."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()
