"""What forms say, as texts by the names of their fields, and what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.errors import Fault, InputError
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request

__all__ = ["by_field", "fields_of", "parse_decimal", "parse_whole"]

MOST_FIELDS = 1000


async def fields_of(request: Request) -> dict[str, str]:
    """Return the fields of a form; of several with one name the last."""
    async with request.form(max_fields=MOST_FIELDS) as form:
        return {name: str(value) for name, value in form.multi_items()}


def by_field(faults: Iterable[Fault]) -> dict[str, list[str]]:
    """Return what is wrong by the name of the field; that of no field by an empty name."""
    found: dict[str, list[str]] = {}
    for fault in faults:
        found.setdefault(fault.where, []).append(str(Fault("", fault.message, fault.hint)))
    return found


def parse_whole(name: str, text: str, most: int) -> int | None:
    """Return a whole number, None for an empty text; InputError at the field for any other."""
    text = text.strip()
    if not text:
        return None
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1  # noqa: PLR2004  # digits
    if not 0 <= number <= most:
        message = _("write a whole number from 0 to {most}", most=most)
        raise InputError([Fault(name, message)])
    return number


def parse_decimal(name: str, text: str, most: float) -> float | None:
    """Return a number above 0, None for an empty text; InputError at the field for any other."""
    text = text.strip().replace(",", ".")
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number <= most:
        message = _("write a number above 0, at most {most:g}", most=most)
        raise InputError([Fault(name, message)])
    return number
