"""Fields of parsed JSON and TOML, converted by the types of dataclasses, with every fault gathered.

A field that is missing or of the wrong type becomes a fault, and reading goes on. (cattrs, too,
gathers faults, but gives up an object that has one, and with it the check of its references: of
37 faults in a problem of the tests it names 16.)
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from dataclasses import is_dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType, UnionType
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, get_args, get_origin, get_type_hints

from routeplan.errors import Fault, Faults, InputError, nearest
from routeplan.formats.dates import iso_date
from routeplan.language import gettext as _
from routeplan.model.problem import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    Hooks: TypeAlias = Mapping[type, Callable[[Any], Any]]

T = TypeVar("T")

NOTHING: Mapping[type, Collection[str]] = MappingProxyType({})

REQUIRED: Any = object()
"""Marks a field without a default."""

LARGEST_WHOLE = 2**63 - 1
MOST_HINTS = 50
LARGEST_GUESS = 1e15


def mismatch(expected: type, value: object) -> InputError:
    """Return the error that says what was expected, what was found, and what may be meant."""
    hint = ""
    if isinstance(value, str) and expected in (int, float):
        hint = guess_number(value)
    elif isinstance(value, str) and expected is dt.date and iso_date(value) != value:
        hint = _("did you mean {value}?", value=iso_date(value))
    elif isinstance(value, float) and expected is int and value.is_integer():
        is_short = abs(value) < LARGEST_GUESS
        hint = _("did you mean {value}?", value=str(int(value))) if is_short else ""
    kinds = {
        str: _("a text"),
        bool: _("true or false"),
        int: _("a whole number"),
        float: _("a number"),
        dt.date: _("a date such as '2027-05-03'"),
        list: _("a list"),
    }
    return InputError([Fault("", expectation(kinds[expected], value), hint)])


def expectation(expected: str, value: object) -> str:
    """Return the message that something was expected, and what was found instead."""
    return _("expected {expected}, got {found}", expected=expected, found=kind_of(value))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise mismatch(str, value)
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise InputError(_("holds half a letter (a lone surrogate), which no file can hold"))
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise mismatch(bool, value)
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise mismatch(int, value)
    if not -LARGEST_WHOLE - 1 <= value <= LARGEST_WHOLE:
        raise InputError(_("is too large for a whole number of 64 bits"))
    return value


def _number(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            return number
    raise mismatch(float, value)


def _date(value: object) -> dt.date:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    try:
        date = dt.date.fromisoformat(_text(value))
    except ValueError:
        date = None
    # Python also takes 20270503 and 2027-W18-1; other readers of the file may not.
    if date is None or date.isoformat() != value:
        raise mismatch(dt.date, value)
    return date


def _window(value: object) -> Window:
    bounds = _convert(tuple[int, ...], value, HOOKS)
    if len(bounds) != 2:  # noqa: PLR2004  # a pair
        text = _("expected [start, end] in seconds after midnight, got {n} numbers", n=len(bounds))
        raise InputError(text)
    return Window(*bounds)


HOOKS: Hooks = {
    str: _text,
    bool: _flag,
    int: _whole,
    float: _number,
    dt.date: _date,
    Window: _window,
}
"""How values of each type are made of parsed ones; raises InputError where they cannot be."""


class Fields:
    """The fields of one object of a file.

    `where` is its path in the file, such as ``villages[3]``; faults are gathered in `faults`, and
    `hooks` say how values are converted, by their type.
    """

    def __init__(self, value: object, where: str, faults: Faults, hooks: Hooks = HOOKS) -> None:
        self.where, self.faults, self.hooks = where, faults, hooks
        self.values: dict[str, Any] = {}
        self.sound = self._is_object = isinstance(value, dict)
        self._parsed: dict[str, Any] = value if isinstance(value, dict) else {}
        self._known: set[str] = set()
        self._wrong: set[str] = set()
        if not self._is_object:
            faults.add(where, expectation(_("an object with fields"), value))

    def path(self, name: str) -> str:
        """Return the path of the named field."""
        return f"{self.where}.{name}" if self.where else name

    def has(self, name: str) -> bool:
        """Return whether the field is given; its name counts as known from here on."""
        self._known.add(name)
        return name in self._parsed

    def names(self) -> tuple[str, ...]:
        """Return the names of all fields that are given."""
        return tuple(self._parsed)

    def get(self, name: str) -> Any:
        """Return the value of a field that was read without a fault, else None."""
        return self.values.get(name)

    def ok(self, name: str) -> bool:
        """Return whether the named field had no fault when it was read."""
        return self._is_object and name not in self._wrong

    def fault(self, name: str, message: str, hint: str = "", *, at: str = "") -> None:
        """Note a fault at the named field, or at an item of it: ``[3]``."""
        self.sound = False
        self._wrong.add(name)
        self.faults.add(f"{self.path(name)}{at}", message, hint)

    def raw(self, name: str, default: object = REQUIRED) -> Any:
        """Return the value as parsed."""
        if self.has(name):
            return self._parsed[name]
        if default is not REQUIRED:
            return default
        # What is no object at all was noted as that; a misspelt name is noted by `finish`.
        if self.ok(name):
            self.fault(name, _("is missing"))
        return None

    def read(self, name: str, kind: Any, default: object = REQUIRED) -> Any:
        """Read a field of a type with a hook, a StrEnum, a dataclass, or a tuple of one of these.

        It is None where it is at fault, or may be null (``float | None``) and is, or is left out.
        """
        if name in self.values or not self.ok(name):
            return self.values.get(name)
        may_be_null = isinstance(kind, UnionType)
        value = self.raw(name, None if may_be_null and default is REQUIRED else default)
        if name not in self._parsed:
            return value
        try:
            self.values[name] = _convert(kind, value, self.hooks)
        except InputError as error:
            self.faults.adopt(error, self.path(name))
            self.sound = False
            self._wrong.add(name)
        return self.values.get(name)

    def text(self, name: str, default: str = REQUIRED) -> str:
        """Read a string; empty where it is at fault."""
        return self.read(name, str, default) or ""

    def flag(self, name: str, default: bool = REQUIRED) -> bool:  # noqa: FBT001  # a field's default
        """Read true or false; false where it is at fault."""
        return self.read(name, bool, default) or False

    def whole(self, name: str, default: int = REQUIRED) -> int:
        """Read a whole number, 0 where it is at fault; 3.0 is refused as 3.5 is."""
        return self.read(name, int, default) or 0

    def number(self, name: str, default: float = REQUIRED) -> float:
        """Read a finite number; 0 where it is at fault."""
        return self.read(name, float, default) or 0.0

    def limit(
        self, *names: str, kind: type = float, least: float = -math.inf, above: float = -math.inf
    ) -> None:
        """Read numbers that may be left out, and note each one that is below its limit."""
        for name in filter(self.has, names):
            value = self.read(name, kind)
            if self.ok(name) and value < least:
                self.fault(name, _("{value:g} is below {least:g}", value=value, least=least))
            elif self.ok(name) and value <= above:
                self.fault(name, _("{value:g} is not above {above:g}", value=value, above=above))

    def items(self, name: str, default: object = REQUIRED) -> list[Any]:
        """Read a list, whatever it holds; empty where it is at fault."""
        value = self.raw(name, default)
        if isinstance(value, list | tuple):
            return list(value)
        if name in self._parsed:
            self.fault(name, expectation(_("a list"), value))
        return []

    def child(self, name: str, *, required: bool = True) -> Fields:
        """Read an object."""
        value = self.raw(name, REQUIRED if required else {})
        if not self.ok(name):
            # That it is missing was noted; what it lacks is not.
            return Fields(None, self.path(name), Faults(), self.hooks)
        child = Fields(value, self.path(name), self.faults, self.hooks)
        if not child.sound:
            self.sound = False
            self._wrong.add(name)
        return child

    def children(self, name: str, *, required: bool = True) -> list[Fields]:
        """Read a list of objects."""
        return [
            Fields(item, f"{self.path(name)}[{position}]", self.faults, self.hooks)
            for position, item in enumerate(self.items(name, REQUIRED if required else []))
        ]

    def finish(self) -> None:
        """Note every field that is not known, with the nearest one that is."""
        unknown = [name for name in self._parsed if name not in self._known]
        for n, name in enumerate(unknown):
            # To look for the nearest one takes a while: not for thousands of them.
            hint = nearest(name, self._known) if n < MOST_HINTS else ""
            self.fault(name, _("is not a known field"), hint)

    def build(self, make: Callable[..., T], **values: object) -> T | None:
        """Make a dataclass of values and, for all other fields, of what is read.

        It is None where a field is at fault or the class refuses them, which is noted.
        """
        names = [field.name for field in dataclasses.fields(make)] if is_dataclass(make) else []
        if not values.keys() >= set(names):
            for name, kind, default in _schema(make):
                if name not in values:
                    values[name] = self.read(name, kind, default)
        self.values |= values
        self.finish()
        if not self.sound:
            return None
        try:
            return make(**values)
        except InputError as error:
            self.faults.adopt(error, self.where)
            return None


def record(value: Any, without: Mapping[type, Collection[str]] = NOTHING) -> dict[str, Any]:
    """Return a dataclass as an object of JSON, field by field.

    `without` names fields that are left out, by the dataclass that has them.
    """
    left_out = without.get(value.__class__, ())
    return {
        name: _plain(getattr(value, name), kind, without)
        for name, kind, _ in _schema(value.__class__)
        if name not in left_out
    }


def _plain(value: Any, kind: Any, without: Mapping[type, Collection[str]]) -> object:
    if isinstance(value, Window):
        return [value.start, value.end]
    if is_dataclass(value):
        return record(value, without)
    if isinstance(value, tuple):
        return [_plain(item, _item_kind(kind), without) for item in value]
    if value is not None and float in (kind, *get_args(kind)):
        return float(value)
    return value.isoformat() if isinstance(value, dt.date) else value


def _item_kind(kind: Any) -> Any:
    """Return the type of the items of a tuple that may be None."""
    return get_args(get_args(kind)[0] if isinstance(kind, UnionType) else kind)[0]


@cache
def _schema(kind: Any) -> tuple[tuple[str, Any, Any], ...]:
    """Return the name, the type and the default of each field of a dataclass."""
    hints = get_type_hints(kind)
    found = []
    for field in dataclasses.fields(kind):
        default = REQUIRED if field.default is dataclasses.MISSING else field.default
        if field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        found.append((field.name, hints[field.name], default))
    return tuple(found)


def _convert(kind: Any, value: Any, hooks: Hooks) -> Any:
    """Convert a parsed value; raise InputError with all its faults, as seen from the value."""
    if isinstance(kind, UnionType):
        return None if value is None else _convert(get_args(kind)[0], value, hooks)
    if kind in hooks:
        return hooks[kind](value)
    if get_origin(kind) is not tuple:
        return _object(kind, value, hooks)
    if not isinstance(value, list):
        raise mismatch(list, value)
    faults = Faults()
    items = []
    for n, item in enumerate(value):
        try:
            items.append(_convert(get_args(kind)[0], item, hooks))
        except InputError as error:
            faults.adopt(error, f"[{n}]")
    faults.raise_any()
    return tuple(items)


def _object(kind: Any, value: Any, hooks: Hooks) -> Any:
    if issubclass(kind, StrEnum):
        return read_word(value, tuple(kind))
    return read_object(kind, value, hooks)


def read_word(value: Any, words: Collection[T]) -> T:
    """Return one of some words of a `StrEnum`; raise InputError where it is another."""
    for word in words:
        if _text(value) == word:
            return word
    hint = nearest(value, map(str, words))
    message = _("{word!r} is not one of its words", word=value[:40])
    raise InputError([Fault("", message, hint)])


def read_object(make: Callable[..., T], value: Any, hooks: Hooks, **values: object) -> T | None:
    """Make a dataclass of an object and of `values`, whose names the object may not have."""
    faults = Faults()
    made = Fields(value, "", faults, hooks).build(make, **values)
    faults.raise_any()
    return made


def kind_of(value: object) -> str:
    """Describe a parsed value in a word or two."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and not -LARGEST_WHOLE <= value <= LARGEST_WHOLE:
        # Python writes none of thousands of digits.
        return _("a number of more than 64 bits")
    if isinstance(value, int | float):
        return _("the number {number}", number=str(value)[:49])
    if isinstance(value, str):
        return _("the text {text!r}", text=value[:40])
    if isinstance(value, dict):
        return _("an object")
    return {type(None): "null", list: _("a list")}.get(type(value), str(value)[:60])


def guess_number(text: str) -> str:
    """Return a hint at the number that a mistyped text may stand for, empty if none is guessed.

    Examples
    --------
    >>> guess_number("3O")
    'did you mean 30?'
    """
    # Letters that look like digits on Latin and Cyrillic keyboards, and the decimal comma.
    alike = str.maketrans({"O": "0", "o": "0", "О": "0", "о": "0", "l": "1", "I": "1", ",": "."})
    try:
        number = float("".join(text.split()).translate(alike))
    except ValueError:
        return ""
    if not abs(number) < LARGEST_GUESS:
        return ""
    meant = str(int(number) if number.is_integer() else number)
    return _("did you mean {value}?", value=meant)
