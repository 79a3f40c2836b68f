"""Reasons: why a road has its speed, and why a place is not on the roads, in words.

They are part of files and caches, so that they are in English whatever the language of messages;
`shown_reason` returns them in that language.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from routeplan.language import gettext, message_language, number_signs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Fields that are reasons themselves, or parts of one; and those that are numbers.
_NESTED = {"what", "reason", "why"}
_NUMBERS = {"kmh", "seconds", "metres", "limit"}
_FIELD = re.compile(r"\{(\w+)\}")


def _texts(_: Callable[[str], str]) -> dict[str, str]:
    """Return the text of each reason; of those that fit a reason, the first is the right one."""
    return {
        "noted": _("{why}; the road used is {metres} m away"),
        "no_way": _("{why}; no road leads there and back by {vehicle}"),
        "too_far": _(
            "{why}; the nearest road that leads there and back by {vehicle} is {metres} m away, "
            "the limit is {limit} m"
        ),
        "no_road": _("no road lies within the limit"),
        "island": _("the road {metres} m away is joined to no other road"),
        "large_island": _(
            "the road {metres} m away is not joined to the roads of the bases and of most places"
        ),
        "trap_in": _("the road {metres} m away can be driven to, but there is no way back"),
        "trap_out": _("the road {metres} m away can be left, but there is no way to it"),
        "closed_road": _("the road {metres} m away is closed to {vehicle} ({reason})"),
        "speed": _("{what}: {kmh} km/h"),
        "delay": _("{what}: {seconds} s"),
        "closed": _("{what}: does not pass"),
        "reported": _("{reason}, as drivers report {kmh} km/h"),
        "assumed": _("{what} assumed for {road_class}"),
        "barred": _("{what}, closed by its access tags"),
        "street": _("a street in {season}"),
        "in_season": _("{what} in {season}"),
        "settlement": _("inside a settlement"),
        "off_road": _("off the road"),
        "ferry": _("ferry"),
        "wait": _("wait for the ferry"),
        "opened": _("{reason}, {source}"),
    }


_ENGLISH = _texts(str)


def reason_of(name: str, **values: str) -> str:
    """Return a reason in English, by the name of its text; numbers are formatted already."""
    return _ENGLISH[name].format(**values)


def shown_reason(reason: str) -> str:
    """Return a reason in the language of messages; what is none stays as it is.

    Examples
    --------
    >>> shown_reason("surface=ground in thaw: 15 km/h")
    'surface=ground in thaw: 15 km/h'
    """
    language = message_language()
    if language == "en":
        return reason
    decimal, group = number_signs(language)
    return _in_texts(reason, _texts(gettext), {ord("."): decimal, ord(","): group})


def _in_texts(reason: str, texts: Mapping[str, str], signs: Mapping[int, str]) -> str:
    for name, pattern in _patterns().items():
        match = pattern.fullmatch(reason)
        if match is not None:
            values = {
                field: _in_texts(text, texts, signs)
                if field in _NESTED
                else text.translate(signs)
                if field in _NUMBERS
                else text
                for field, text in match.groupdict().items()
            }
            return texts[name].format(**values)
    return reason


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(_pattern(text), re.DOTALL) for name, text in _ENGLISH.items()}


def _pattern(text: str) -> str:
    """Return the regular expression of a text, with a group for each field."""
    pieces = _FIELD.split(text)
    for n, name in enumerate(pieces):
        # Every other piece is the name of a field.
        anything = r"[0-9.,e+-]+" if name in _NUMBERS else ".+"
        pieces[n] = f"(?P<{name}>{anything})" if n % 2 else re.escape(name)
    return "".join(pieces)
