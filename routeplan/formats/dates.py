"""Dates as people write them, in the form of TOML and JSON."""

from __future__ import annotations

import datetime as dt
import re

_DAY_FIRST = re.compile(r"(?<![\w.+-])([0-9]{1,2})[./-]([0-9]{1,2})[./-]([0-9]{4})(?![\w.-])")
_YEAR_FIRST = re.compile(r"(?<![\w.+-])([0-9]{4})[./-]([0-9]{1,2})[./-]([0-9]{1,2})(?![\w.-])")


def iso_date(text: str) -> str:
    """Return dates in a text as TOML has them, if they exist.

    Examples
    --------
    >>> iso_date("03.05.2027"), iso_date("2027-5-3"), iso_date("31.02.2027")
    ('2027-05-03', '2027-05-03', '31.02.2027')
    """

    def iso(match: re.Match[str], order: tuple[int, int, int]) -> str:
        try:
            return dt.date(*(int(match[n]) for n in order)).isoformat()
        except ValueError:
            return match[0]

    text = _DAY_FIRST.sub(lambda match: iso(match, (3, 2, 1)), text)
    return _YEAR_FIRST.sub(lambda match: iso(match, (1, 2, 3)), text)
