"""Parsing of JSON files of a known kind and version, and writing of JSON, line by line."""

from __future__ import annotations

import json
from collections import Counter, deque
from typing import TYPE_CHECKING, Any

import numpy as np

from routeplan.errors import Fault, Faults, InputError
from routeplan.formats.fields import Fields, kind_of
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VERSION = 1


class Text(str):
    """A row as it is in the file."""

    __slots__ = ()


def parse_document(
    text: str | bytes,
    source: str,
    kind: str,
    faults: Faults,
    *,
    versions: Sequence[int] = (VERSION,),
) -> Fields:
    """Parse JSON and return its fields; raise InputError if it is of another kind or version."""
    root = Fields(_parsed(text, source, faults), "", faults)
    stated = root.text("format")
    if root.ok("format") and stated != kind:
        message = _("expected {kind!r}, got {found}", kind=kind, found=kind_of(stated))
        root.fault("format", message)
    version = root.whole("version")
    if root.ok("format") and root.ok("version") and version not in versions:
        *others, last = map(str, versions)
        hint = _("known is only version {last}", last=last)
        if others:
            first = ", ".join(others)
            hint = _("known are versions {first} and {last}", first=first, last=last)
        root.fault("version", _("{value} is not known", value=version), hint)
    if not (root.ok("format") and root.ok("version")):
        raise file_error(faults, source)
    return root


def file_error(faults: Faults, source: str) -> InputError:
    """Return the error with all faults, each with the name of its file."""
    return InputError(
        Fault(f"{source} {fault.where}".rstrip(" :"), fault.message, fault.hint) for fault in faults
    )


def format_json(values: Mapping[str, object]) -> str:
    """Write one object or row on a line."""
    return _format(values, "") + "\n"


def _parsed(text: str | bytes, source: str, faults: Faults) -> object:
    text = _decoded(text, source)
    # By the id of an object: itself, so that the id stays its own, and its repeated names.
    repeated: dict[int, tuple[object, list[str]]] = {}

    def from_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        values = dict(pairs)
        if len(values) < len(pairs):
            counts = Counter(name for name, _ in pairs)
            repeated[id(values)] = values, [name for name in values if counts[name] > 1]
        return values

    try:
        value = json.loads(text, object_pairs_hook=from_pairs)
    except json.JSONDecodeError as error:
        where = f"{source}:{error.lineno}:{error.colno}"
        message = _("is not JSON: {reason}", reason=_reason(error.msg))
        raise InputError([Fault(where, message)]) from error
    except RecursionError as error:
        raise InputError([Fault(source, _("is nested too deeply to be read"))]) from error
    except ValueError as error:
        raise InputError([Fault(source, _("holds a number of too many digits"))]) from error
    if repeated:
        _note_repeated(value, repeated, faults)
    return value


def _reason(text: str) -> str:
    """Return why a text is no JSON, as Python says it, in the language of messages."""
    known = {
        "Expecting value": _("Expecting value"),
        "Expecting property name enclosed in double quotes": _(
            "Expecting property name enclosed in double quotes"
        ),
        "Expecting ':' delimiter": _("Expecting ':' delimiter"),
        "Expecting ',' delimiter": _("Expecting ',' delimiter"),
        "Extra data": _("Extra data"),
        "Unterminated string starting at": _("Unterminated string starting at"),
        "Invalid control character at": _("Invalid control character at"),
    }
    return known.get(text, text)


def _decoded(text: str | bytes, source: str) -> str:
    if isinstance(text, bytes):
        try:
            text = text.decode()
        except UnicodeDecodeError as error:
            values = {"byte": text[error.start], "position": error.start}
            message = _("is not UTF-8: byte 0x{byte:02x} at position {position}", **values)
            raise InputError([Fault(source, message, _("save it as UTF-8"))]) from error
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise InputError([Fault(source, _("is empty"))])
    return text


def _note_repeated(
    value: object, repeated: Mapping[int, tuple[object, list[str]]], faults: Faults
) -> None:
    """Note every name that is more than once in its object, with its path."""
    waiting: deque[tuple[str, object]] = deque([("", value)])
    while waiting:
        where, item = waiting.popleft()
        if isinstance(item, dict):
            for name in repeated.get(id(item), (item, []))[1]:
                faults.add(f"{where}.{name}".lstrip("."), _("is there more than once"))
            waiting += [(f"{where}.{name}".lstrip("."), child) for name, child in item.items()]
        elif isinstance(item, list):
            waiting += [(f"{where}[{n}]", child) for n, child in enumerate(item)]


def _format(value: object, margin: str) -> str:
    """Return an object or row without others in it as one line, and all else as several."""
    deeper = margin + "  "
    if isinstance(value, Text):
        return value
    if isinstance(value, dict) and any(map(_is_nested, value.values())):
        items = [f"{deeper}{_inline(key)}: {_format(item, deeper)}" for key, item in value.items()]
    elif isinstance(value, list) and _is_nested(value):
        items = [deeper + _format(item, deeper) for item in value]
    else:
        return _inline(value)
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    lines = ",\n".join(items)
    return f"{opening}\n{lines}\n{margin}{closing}"


def _is_nested(value: object) -> bool:
    if isinstance(value, list):
        return any(isinstance(item, list | dict | Text) for item in value)
    return isinstance(value, dict)


def _inline(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain)


def _plain(value: object) -> object:
    """Turn a number out of an array into one of Python's."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} has no place in a file")
