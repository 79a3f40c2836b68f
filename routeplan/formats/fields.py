"""Reading the fields of parsed JSON or TOML, gathering every fault instead of stopping at one."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from routeplan.errors import Faults, InputError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["REQUIRED", "Fields", "kind_of", "meant_number"]

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

LARGEST_WHOLE = 2**63 - 1
"""What arrays of numbers can still hold."""


MOST_HINTS = 50
LARGEST_MEANT = 1e15
"""No slip of the pen is taken for a larger number."""


class _Required:
    """Stands where a field has no default."""


REQUIRED = _Required()


class Fields:
    """The fields of one object, asked for one by one.

    A field that is missing or of the wrong type is noted as a fault, and its default or a neutral
    value is handed back so that reading goes on; `build` then makes nothing of the object.

    Parameters
    ----------
    value
        What the parser gave; a fault where it is not an object.
    where
        Where it stands, as a path: ``villages[3]``.
    faults
        Where faults are gathered.
    """

    def __init__(self, value: object, where: str, faults: Faults) -> None:
        self.where = where
        self.faults = faults
        self.sound = self._is_object = isinstance(value, dict)
        self._values: dict[str, Any] = value if isinstance(value, dict) else {}
        self._asked: set[str] = set()
        self._wrong_names: set[str] = set()
        if not self._is_object:
            faults.add(where, f"expected an object with fields, got {kind_of(value)}")

    def path(self, name: str) -> str:
        """Return where the named field stands."""
        return f"{self.where}.{name}" if self.where else name

    def has(self, name: str) -> bool:
        """Tell whether the field is given, and count it as asked for."""
        self._asked.add(name)
        return name in self._values

    def names(self) -> tuple[str, ...]:
        """Return the names of all fields that are given."""
        return tuple(self._values)

    def ok(self, name: str) -> bool:
        """Tell whether nothing was wrong with the named field when it was read."""
        return self._is_object and name not in self._wrong_names

    def fault(self, name: str, message: str, hint: str = "", *, at: str = "") -> None:
        """Note a fault at the named field, or at a part of it: ``[3]``."""
        self.sound = False
        self._wrong_names.add(name)
        self.faults.add(f"{self.path(name)}{at}", message, hint)

    def raw(self, name: str, default: object = REQUIRED) -> Any:  # noqa: ANN401
        """Return the value as parsed."""
        if self.has(name):
            return self._values[name]
        if isinstance(default, _Required):
            # What is no object at all was noted as that; a misspelt name is noted by `finish`.
            if self._is_object:
                self.fault(name, "is missing")
            return None
        return default

    def text(self, name: str, default: str | _Required = REQUIRED) -> str:
        """Read a string."""
        value = self.raw(name, default)
        if not isinstance(value, str):
            return self._wrong(name, value, "a text", "")
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            self.fault(name, "holds half a letter (a lone surrogate), which no file can hold")
        return value

    def flag(self, name: str, default: bool | _Required = REQUIRED) -> bool:  # noqa: FBT001
        """Read true or false."""
        value = self.raw(name, default)
        if isinstance(value, bool):
            return value
        return self._wrong(name, value, "true or false", neutral=False)

    def whole(self, name: str, default: int | _Required = REQUIRED) -> int:
        """Read a whole number; 3.0 is refused as 3.5 is."""
        value = self.raw(name, default)
        if isinstance(value, int) and not isinstance(value, bool):
            if not -LARGEST_WHOLE - 1 <= value <= LARGEST_WHOLE:
                self.fault(name, "is too large for a whole number of 64 bits")
                return 0
            return value
        return self._wrong(name, value, "a whole number", 0)

    def number(self, name: str, default: float | _Required = REQUIRED) -> float:
        """Read a finite number."""
        value = self.raw(name, default)
        if isinstance(value, int | float) and not isinstance(value, bool):
            try:
                number = float(value)
            except OverflowError:
                number = math.inf
            if math.isfinite(number):
                return number
        return self._wrong(name, value, "a number", 0.0)

    def maybe(self, name: str, read: Callable[[str], T]) -> T | None:
        """Read a field that may be null or left out."""
        if not self.has(name) or self._values[name] is None:
            return None
        return read(name)

    def wholes(self, name: str, default: tuple[int, ...] | _Required = REQUIRED) -> tuple[int, ...]:
        """Read a list of whole numbers."""
        values = self.items(name, default)
        for position, value in enumerate(values):
            if type(value) is not int:
                message = f"expected a whole number, got {kind_of(value)}"
                self.fault(name, message, _meant(value, "a whole number"), at=f"[{position}]")
        return tuple(values) if self.ok(name) else ()

    def choice(self, name: str, kinds: type[E]) -> E | None:
        """Read one of a few words; None where it is none of them."""
        word = self.text(name)
        if not self.ok(name):
            return None
        try:
            return kinds(word)
        except ValueError:
            self.fault(
                name, f"{word[:40]!r} is not one of its words", nearest(word, list(map(str, kinds)))
            )
            return None

    def items(self, name: str, default: object = REQUIRED) -> list[Any]:
        """Read a list, whatever it holds."""
        value = self.raw(name, default)
        if isinstance(value, list | tuple):
            return list(value)
        return self._wrong(name, value, "a list", [])

    def child(self, name: str) -> Fields:
        """Read an object."""
        value = self.raw(name)
        if not self.ok(name):
            # That it is missing was noted; nothing is said of what it lacks.
            return Fields(None, self.path(name), Faults())
        child = Fields(value, self.path(name), self.faults)
        if not child.sound:
            self.sound = False
            self._wrong_names.add(name)
        return child

    def children(self, name: str, *, required: bool = True) -> list[Fields]:
        """Read a list of objects."""
        return [
            Fields(item, f"{self.path(name)}[{position}]", self.faults)
            for position, item in enumerate(self.items(name, REQUIRED if required else []))
        ]

    def finish(self) -> None:
        """Note every field that was never asked for, with the nearest one that exists."""
        unknown = [name for name in self._values if name not in self._asked]
        for n, name in enumerate(unknown):
            # To look for the nearest one takes a while: not for thousands of them.
            hint = nearest(name, self._asked) if n < MOST_HINTS else ""
            self.fault(name, "is not a known field", hint)

    def build(self, make: Callable[..., T], **values: object) -> T | None:
        """Make the object of its values, where all its fields were sound; else note why not."""
        self.finish()
        if not self.sound:
            return None
        try:
            return make(**values)
        except InputError as error:
            self.faults.adopt(error, self.where)
            return None

    def _wrong(self, name: str, value: object, expected: str, neutral: T) -> T:
        # A missing field was noted when it was asked for.
        if name in self._values:
            self.fault(name, f"expected {expected}, got {kind_of(value)}", _meant(value, expected))
        return neutral


def kind_of(value: object) -> str:
    """Say what a parsed value is, in a word or two."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and not -LARGEST_WHOLE <= value <= LARGEST_WHOLE:
        return "a number of more than 64 bits"  # Python writes none of thousands of digits
    if isinstance(value, int | float):
        return f"the number {value}"[:60]
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    if isinstance(value, dict):
        return "an object"
    return {type(None): "null", list: "a list"}.get(type(value), type(value).__name__)


def meant_number(text: str) -> str:
    """Guess which number a mistyped text stands for.

    Returns
    -------
    str
        ``did you mean 30?``, or nothing where it cannot be guessed.

    Examples
    --------
    >>> meant_number("3O")
    'did you mean 30?'
    """
    # Letters that look like digits on Latin and Cyrillic keyboards, and the decimal comma.
    alike = str.maketrans({"O": "0", "o": "0", "О": "0", "о": "0", "l": "1", "I": "1", ",": "."})
    try:
        number = float("".join(text.split()).translate(alike))
    except ValueError:
        return ""
    if not abs(number) < LARGEST_MEANT:
        return ""
    return f"did you mean {int(number) if number.is_integer() else number}?"


def _meant(value: object, expected: str) -> str:
    if isinstance(value, str) and "number" in expected:
        return meant_number(value)
    if isinstance(value, float) and expected == "a whole number" and value.is_integer():
        return f"did you mean {int(value)}?" if abs(value) < LARGEST_MEANT else ""
    return ""
