"""Values of fields as numpy, pandas and people give them: made Python's own, or named."""

from __future__ import annotations

import datetime as dt
import math
import operator
from typing import TYPE_CHECKING

from routeplan.errors import Faults
from routeplan.language import gettext as _
from routeplan.model.travel import LARGEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


LARGEST_FACTOR = 1e12
"""What a weight, pace, bonus or worth may be; a weight or pace is at least as far below 1."""


def take(
    item: object,
    *,
    whole: Iterable[str] = (),
    numbers: Iterable[str] = (),
    texts: Iterable[str] = (),
    dates: Iterable[str] = (),
) -> None:
    """Make fields of a frozen dataclass what they are to be, while it is made.

    Integers of numpy and floats without a fraction are taken as whole numbers, and timestamps at
    midnight as dates. Of a list or tuple each value is taken; None is left to fields whose default
    it is, and to values in a tuple.

    Raises
    ------
    InputError
        With each field that is nothing of the kind.
    """
    faults = Faults()
    for names, kind in ((whole, int), (numbers, float), (texts, str), (dates, dt.date)):
        for name in names:
            value = getattr(item, name)
            if type(value) is kind:
                continue
            try:
                object.__setattr__(item, name, _taken(item, name, value, kind))
            except (TypeError, ValueError, OverflowError):
                faults.add(name, _message(kind, value))
    faults.raise_any()


def _taken(item: object, name: str, value: object, kind: type) -> object:
    converted = _CONVERTERS[kind]
    if isinstance(value, list | tuple):
        return tuple(None if each is None else converted(each) for each in value)
    if value is None and item.__dataclass_fields__[name].default is None:  # type: ignore[attr-defined]  # a dataclass
        return None
    return converted(value)


def _message(kind: type, value: object) -> str:
    messages = {
        int: _("{value!r} is not a whole number", value=value),
        float: _("{value!r} is not a number", value=value),
        str: _("{value!r} is not a text", value=value),
        dt.date: _("{value!r} is not a date", value=value),
    }
    return messages[kind]


def _whole(value: object) -> int:
    if isinstance(value, bool):
        raise TypeError
    try:
        return operator.index(value)  # type: ignore[arg-type]  # refused if it is none
    except TypeError:
        number = _number(value)
    if not number.is_integer():
        raise ValueError
    return int(number)


def _number(value: object) -> float:
    if isinstance(value, str | bytes | bool):
        raise TypeError
    return float(value)  # type: ignore[arg-type]  # refused if it is none


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return str(value)


def _date(value: object) -> dt.date:
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date()
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
        raise TypeError
    return value


_CONVERTERS: dict[type, Callable[[object], object]] = {
    int: _whole,
    float: _number,
    str: _text,
    dt.date: _date,
}


def check_whole(item: object, names: Iterable[str], faults: Faults) -> None:
    """Refuse fields below 0 or above the largest whole number; None is left."""
    for name in names:
        value = getattr(item, name)
        if value is not None and value < 0:
            faults.add(name, _("{value} is below 0", value=value))
        elif value is not None and value > LARGEST:
            message = _(
                "{value} is above {most}, the largest number that is taken",
                value=value,
                most=LARGEST,
            )
            faults.add(name, message)


def check_positive(item: object, names: Iterable[str], faults: Faults) -> None:
    """Refuse fields that are not above 0, or beyond the largest factor; None is left."""
    for name in names:
        check_above_zero(name, getattr(item, name), faults)


def check_above_zero(name: str, value: float | None, faults: Faults) -> None:
    """Refuse a value that is not above 0, or beyond the largest factor; None is left."""
    least = 1 / LARGEST_FACTOR
    if value is not None and not (math.isfinite(value) and value > 0):
        faults.add(name, _("{value} is not a number above 0", value=value))
    elif value is not None and not least <= value <= LARGEST_FACTOR:
        message = _(
            "{value} is not within {least:g} and {most:g}",
            value=value,
            least=least,
            most=LARGEST_FACTOR,
        )
        faults.add(name, message)


def check_amount(name: str, value: float, faults: Faults) -> None:
    """Refuse a value that is not 0 or more, or above the largest factor."""
    if not (math.isfinite(value) and value >= 0):
        faults.add(name, _("{value} is not a number of 0 or more", value=value))
    elif value > LARGEST_FACTOR:
        faults.add(name, _("{value} is above {most:g}", value=value, most=LARGEST_FACTOR))
