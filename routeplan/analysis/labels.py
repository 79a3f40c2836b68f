"""What tables and figures call what they are about."""

from __future__ import annotations

import re

from routeplan.analysis.compare import ELSEWHERE
from routeplan.language import gettext as _

_SIZE = re.compile(r"(\d+) (?:to (\d+)|or more)")


def is_size(group: str) -> bool:
    """Return whether a group of `coverage_by_group` is one of sizes of villages."""
    return _SIZE.fullmatch(group) is not None


def group_label(group: str) -> str:
    """Return a group of `coverage_by_group` in the language of messages; a district as it is.

    Examples
    --------
    >>> group_label("0 to 99"), group_label("Oidan")
    ('0 to 99', 'Oidan')
    """
    match = _SIZE.fullmatch(group)
    if match is None:
        return _("elsewhere") if group == ELSEWHERE else group
    low, high = match.groups()
    if high is None:
        return _("{low} or more", low=int(low))
    return _("{low} to {high}", low=int(low), high=int(high))
