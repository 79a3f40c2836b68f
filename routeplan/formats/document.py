"""Parsing of JSON and TOML files of a known kind and version, and writing of JSON, line by line."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter, deque
from typing import TYPE_CHECKING, Any

import numpy as np

from routeplan.errors import Fault, Faults, InputError
from routeplan.formats.fields import Fields, kind_of

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
        root.fault("format", f"expected {kind!r}, got {kind_of(stated)}")
    version = root.whole("version")
    if root.ok("format") and root.ok("version") and version not in versions:
        known = "known are versions" if len(versions) > 1 else "known is only version"
        hint = f"{known} {' and '.join(map(str, versions))}"
        root.fault("version", f"{version} is not known", hint)
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


def parse_toml(data: bytes, source: str) -> dict[str, Any]:
    """Parse TOML in UTF-8, with or without a byte order mark; a fault names the line."""
    try:
        return tomllib.loads(text := data.decode("utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise InputError([_syntax_fault(source, text, str(error))]) from error
    except UnicodeDecodeError as error:
        hint = "save it in the encoding UTF-8"
        raise InputError([Fault(source, "is not in UTF-8", hint)]) from error
    except (ValueError, RecursionError) as error:
        message = "holds a number that is too long, or brackets too deep, to be read"
        raise InputError([Fault(source, message)]) from error


def check_version(fields: Fields, source: str, kind: str, version: int) -> None:
    """Refuse a TOML file of another kind or version: of that nothing else can be said."""
    faults = Faults()
    for name, expected in (("format", kind), ("version", version)):
        found = fields.raw(name, None)
        if found != expected or isinstance(found, bool):
            is_short = isinstance(found, str | float) or found in range(-999, 1000)
            message = f"{found!r} is not known" if is_short else f"{kind_of(found)} is not known"
            message = "is missing" if found is None else message
            line = f'{name} = "{expected}"' if isinstance(expected, str) else f"{name} = {expected}"
            faults.add(f"{source}: {name}", message, f"expected is the line {line}")
    faults.raise_any()


def _syntax_fault(name: str, text: str, message: str) -> Fault:
    reason, _, _ = message.partition(" (at ")
    place = re.search(r"at line ([0-9]+), column ([0-9]+)", message)
    line = text.split("\n")[int(place[1]) - 1] if place else ""
    hint = ""
    if "\\" in line:
        hint = "write / instead of \\ in paths"
    elif re.search(r"(?<![\"'0-9])[0-9]{1,2}:[0-9]{2}(?![\"'0-9:])", line):
        hint = 'put times into quotation marks: "08:00"'
    elif reason == "Invalid value":
        hint = "put texts into quotation marks"
    if not place:
        return Fault(name, f"is not valid TOML: {reason}", hint)
    return Fault(f"{name}:{place[1]}", f"is not valid TOML at column {place[2]}: {reason}", hint)


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
        raise InputError([Fault(where, f"is not JSON: {error.msg}")]) from error
    except RecursionError as error:
        raise InputError([Fault(source, "is nested too deeply to be read")]) from error
    except ValueError as error:
        raise InputError([Fault(source, "holds a number of too many digits")]) from error
    if repeated:
        _note_repeated(value, repeated, faults)
    return value


def _decoded(text: str | bytes, source: str) -> str:
    if isinstance(text, bytes):
        try:
            text = text.decode()
        except UnicodeDecodeError as error:
            message = f"is not UTF-8: byte 0x{text[error.start]:02x} at position {error.start}"
            raise InputError([Fault(source, message, "save it as UTF-8")]) from error
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise InputError([Fault(source, "is empty")])
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
                faults.add(f"{where}.{name}".lstrip("."), "is there more than once")
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
