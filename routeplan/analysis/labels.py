"""What tables and figures call what they are about."""

from __future__ import annotations

import re

from routeplan.analysis.compare import ELSEWHERE
from routeplan.language import gettext as _


def group_label(group: str) -> str:
    """Return a group of `coverage_by_group` in the language of messages; a district as it is.

    Examples
    --------
    >>> group_label("0 to 99"), group_label("Oidan")
    ('0 to 99', 'Oidan')
    """
    if match := re.fullmatch(r"(\d+) to (\d+)", group):
        return _("{low} to {high}", low=int(match[1]), high=int(match[2]))
    if match := re.fullmatch(r"(\d+) or more", group):
        return _("{low} or more", low=int(match[1]))
    return _("elsewhere") if group == ELSEWHERE else group
